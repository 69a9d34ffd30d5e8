"""Challenges: what an authenticator is asked to sign, once.

Rule 1: a challenge is good for one answer. It is taken back by a write of its own, committed before anything
is verified: of the same answer sent 32 times at once, one finds it (docs/security.md A1).
Rule 2: it answers the browser that asked alone, told by the secret in a cookie of the ceremonies (*browser*). All its
tabs have the same one; an answer from elsewhere leaves the challenge to the browser that may give it.
Rule 3: whoever asks for one is nobody yet, so nobody is refused for how many others of their network ask: of one browser,
and of one network, only the newest stay (web/rate_limits.py, NEWEST). They fill no table, and lock no neighbour out.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, delete, or_
from sqlalchemy.orm import Mapped, Session, mapped_column
from webauthn.helpers import base64url_to_bytes

from ..storage import Base, Database, Moment, delete_some, hash_of_secret
from .ceremonies import CeremonyFailed, challenge_in

REGISTRATION, AUTHENTICATION, CONFIRMATION = "registration", "authentication", "confirmation"
CHALLENGE_LASTS = timedelta(minutes=5)


class NoChallenge(CeremonyFailed):
    """It answers nothing that this browser was asked: no challenge was spent on it."""


class Challenge(Base):
    """What an authenticator is asked to sign, while it may still answer; of the 32 random bytes only the hash."""

    __tablename__ = "challenges"

    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("holders.id", ondelete="CASCADE"), index=True)
    """Whose key is to be made; None for a sign-in, where nobody is known yet."""
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
    browser: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """The hash of the secret of the browser that asked, which alone may answer; None in a row of before there was any."""


def make_challenge(session: Session, purpose: str, holder_id: int | None, now: datetime, browser: str) -> bytes:
    """A new one: 32 random bytes."""
    challenge = secrets.token_bytes(32)
    session.add(
        Challenge(
            hash=sha256(challenge).digest(),
            purpose=purpose,
            holder_id=holder_id,
            expires_at=now + CHALLENGE_LASTS,
            browser=hash_of_secret(browser),
        )
    )
    return challenge


def forget_challenges(session: Session, challenges: Iterable[str]) -> None:
    """These challenges, as browsers were given them, are answered by nobody any more."""
    session.execute(
        delete(Challenge).where(Challenge.hash.in_([sha256(base64url_to_bytes(one)).digest() for one in challenges]))
    )


def forget_expired_challenges(session: Session, now: datetime) -> bool:
    """Challenges that can no longer be answered are erased, some of them; whether there are more."""
    return delete_some(session, Challenge, Challenge.expires_at, now)


def spend_challenge(
    database: Database, answer: dict[str, Any], purpose: str, holder_id: int | None, now: datetime, browser: str
) -> bytes:
    """The challenge that *answer* claims to answer: taken back for good, whatever comes of it; raises NoChallenge."""
    try:
        challenge = challenge_in(answer)
    except CeremonyFailed as problem:
        raise NoChallenge("no challenge in it") from problem
    with database.writing() as session:
        spent = session.scalar(
            delete(Challenge)
            .where(
                Challenge.hash == sha256(challenge).digest(),
                Challenge.purpose == purpose,
                Challenge.holder_id == holder_id,
                Challenge.expires_at > now,
                or_(Challenge.browser == hash_of_secret(browser), Challenge.browser.is_(None)),
            )
            .returning(Challenge.hash)
        )
    if spent is None:
        raise NoChallenge("no such challenge")
    return challenge
