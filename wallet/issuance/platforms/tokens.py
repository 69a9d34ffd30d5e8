"""Codes and tokens of platforms: given for a link, spent once, and found again by their marks.

Rule 1: a code is spent by one statement, so that of two workers that hold it one alone has it. Who brings it once more,
whoever that is, ends the link: one of both stole it (RFC 6749, 4.1.2).
Rule 2: a pair of tokens is over when the next one was asked for; it may be asked for again for GRACE, by a second tab or by
whoever did not hear the answer.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from ... import storage
from .links import USED_TWICE, stop_link
from .models import AuthorisationCode, PlatformLink, PlatformToken

CODE, ACCESS, REFRESH = "platform code", "platform access token", "platform refresh token"
"""The purposes under which they are marked."""
CODE_LASTS = timedelta(seconds=60)
ACCESS_LASTS, REFRESH_LASTS = timedelta(hours=1), timedelta(days=365)
"""A platform that sent nothing for a course's year is connected anew."""
GRACE = timedelta(seconds=60)
REMEMBERED = timedelta(days=1)
"""How long it is known of a code that it was spent."""
MOST_CODES, MOST_TOKENS = 10, 20
"""Of one link: the newest."""


class NotAuthorised(Exception):  # what happened, in the words of the answer
    """The token is unknown or over, or its link was stopped: 401."""


class ScopeMissing(Exception):  # what happened, in the words of the answer
    """The token is good, and this was not allowed: 403."""


@dataclass(frozen=True, slots=True)
class Issuing:
    """Who asks with a code or a token, with what mark, and when."""

    client_mark: bytes
    mark: storage.Seal
    now: datetime


def new_secret() -> str:
    """A code or a token: 256 bits, in letters that stay as they are in an address."""
    return secrets.token_urlsafe(32)


def mark_of(mark: storage.Seal, secret: str, purpose: str) -> bytes:
    """What is kept of *secret*."""
    return mark(secret.encode(errors="replace"), purpose)


def keep_code(session: Session, code: AuthorisationCode) -> None:
    """*code* is good from now on; of one link there are the newest alone."""
    storage.insert(session, code)
    _forget_older(session, AuthorisationCode, code.link_id, MOST_CODES)


def spend_code(session: Session, asks: Issuing, code: str) -> AuthorisationCode | None:
    """The code, which nobody else can spend any more; None for one that is none, over, or another platform's.

    One that was spent before is None too, and ends its link.
    """
    theirs = select(PlatformLink.id).where(
        PlatformLink.client_mark == asks.client_mark, PlatformLink.stopped_at.is_(None)
    )
    which = (AuthorisationCode.mark == mark_of(asks.mark, code, CODE), AuthorisationCode.link_id.in_(theirs))
    spent = session.scalar(
        update(AuthorisationCode)
        .where(*which, AuthorisationCode.used_at.is_(None), AuthorisationCode.expires_at > asks.now)
        .values(used_at=asks.now)
        .returning(AuthorisationCode)
        .execution_options(synchronize_session=False)
    )
    if spent is None:
        again = session.scalar(
            select(PlatformLink).join(AuthorisationCode).where(*which, AuthorisationCode.used_at.is_not(None))
        )
        if again is not None:
            stop_link(session, again.holder_id, again.id, asks.now, event=USED_TWICE)
    return spent


def issue_tokens(session: Session, asks: Issuing, link_id: int, scopes: str, access: str, refresh: str) -> None:
    """The pair *access* and *refresh* stands for the link from now on; of one link there are the newest alone."""
    storage.insert(
        session,
        PlatformToken(
            link_id=link_id,
            access_mark=mark_of(asks.mark, access, ACCESS),
            refresh_mark=mark_of(asks.mark, refresh, REFRESH),
            scopes=scopes,
            issued_at=asks.now,
            access_until=asks.now + ACCESS_LASTS,
            expires_at=asks.now + REFRESH_LASTS,
        ),
    )
    _forget_older(session, PlatformToken, link_id, MOST_TOKENS)


def spend_refresh_token(session: Session, asks: Issuing, token: str) -> PlatformToken | None:
    """The pair of which *token* brings the next one; None for one that is none, over, or another platform's."""
    theirs = select(PlatformLink.id).where(
        PlatformLink.client_mark == asks.client_mark, PlatformLink.stopped_at.is_(None)
    )
    which = (
        PlatformToken.refresh_mark == mark_of(asks.mark, token, REFRESH),
        PlatformToken.link_id.in_(theirs),
        PlatformToken.expires_at > asks.now,
    )
    # The old pair goes with the grace: a chore finds it then.
    first = update(PlatformToken).where(*which, PlatformToken.refreshed_at.is_(None))
    session.execute(
        first.values(refreshed_at=asks.now, expires_at=asks.now + ACCESS_LASTS).execution_options(
            synchronize_session=False
        )
    )
    return session.scalar(select(PlatformToken).where(*which, PlatformToken.refreshed_at > asks.now - GRACE))


def revoke_token(session: Session, asks: Issuing, token: str) -> None:
    """The platform gives back a token of either kind: its link is stopped. What is none of its own changes nothing."""
    marks = (mark_of(asks.mark, token, ACCESS), mark_of(asks.mark, token, REFRESH))
    link = session.scalar(
        select(PlatformLink)
        .join(PlatformToken)
        .where(
            PlatformLink.client_mark == asks.client_mark,
            or_(PlatformToken.access_mark == marks[0], PlatformToken.refresh_mark == marks[1]),
        )
    )
    if link is not None:
        stop_link(session, link.holder_id, link.id, asks.now)


def authorise_token(session: Session, mark: storage.Seal, token: str, scope: str, now: datetime) -> PlatformLink:
    """The link for which *token* speaks, which allows *scope* (scopes.py); *mark* is the keyring's.

    Raises NotAuthorised, also from the moment on at which the link was stopped, and ScopeMissing.
    """
    found = session.execute(
        select(PlatformLink, PlatformToken.scopes)
        .join(PlatformToken, PlatformToken.link_id == PlatformLink.id)
        .where(
            PlatformToken.access_mark == mark_of(mark, token, ACCESS),
            PlatformToken.access_until > now,
            PlatformLink.stopped_at.is_(None),
        )
    ).first()
    if found is None:
        raise NotAuthorised
    link, scopes = found
    if scope not in scopes.split() or not link.may(scope):  # what they allowed last counts, for older tokens too
        raise ScopeMissing
    return link


def forget_ended_codes(session: Session, now: datetime) -> bool:
    """Codes that were over a day ago, some of them; whether there are more."""
    return storage.delete_some(session, AuthorisationCode, AuthorisationCode.expires_at, now - REMEMBERED)


def forget_ended_tokens(session: Session, now: datetime) -> bool:
    """Pairs of tokens that open nothing any more, some of them; whether there are more."""
    return storage.delete_some(session, PlatformToken, PlatformToken.expires_at, now)


def _forget_older(session: Session, model: type[AuthorisationCode | PlatformToken], link_id: int, most: int) -> None:
    newest = select(model.id).where(model.link_id == link_id).order_by(model.id.desc()).limit(most)
    session.execute(
        delete(model)
        .where(model.link_id == link_id, model.id.not_in(newest))
        .execution_options(synchronize_session=False)
    )
