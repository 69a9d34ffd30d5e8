"""« Demander un badge » as it is kept: which badge, of whom, with what for a proof, and what they said to it.

Rule 1: whoever is asked is an issuer that the operator of this wallet knows, and gave an address themselves.
Rule 2: the proofs are a share, and nothing of them stands here: it is stopped as any other, and with it the page of whoever is asked.
Rule 3: a letter goes to the address of the register alone, and says nothing that a holder wrote.
"""

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from ... import accounts, storage

PETITION_LASTS = timedelta(days=60)
"""How long it may be answered."""
KEPT_AFTER = timedelta(days=30)
"""How long after that it is told what came of it."""
MOST_OPEN = 3
"""Petitions of one holder that wait."""
MOST_A_DAY = 30
"""Petitions in one day to one address, by all holders together."""
ANSWER_LIMIT = 300
"""Characters of what is missing."""
CODE_TRIES, MOST_CODES = 3, 5
"""How often a code may be tried, and how many go to the address for one petition."""
SEALED, OFFER_SEALED = "petition-token", "petition-offer"
State = Literal["sent", "lacking", "offered", "unfit", "not-valid", "granted", "not-ours"]
"""Nobody said anything yet; something is missing, and it still waits; an offer is there, which the holder takes; it gave another
badge, or one that is not valid, and it still waits; the badge came; it is for somebody else."""
OFFERED: tuple[State, ...] = ("offered", "unfit", "not-valid")
"""The badge may still come by an offer, or be found to be it."""
WAITING: tuple[State, ...] = ("sent", "lacking", *OFFERED)


class Petition(accounts.OfHolder):
    """A badge that a holder asks one structure for."""

    __tablename__ = "petitions"

    place: Mapped[str] = mapped_column(String(200))
    """The skill and the level, as Recognition.place names them."""
    issuer: Mapped[str] = mapped_column(String(1000))
    """Whom they ask, as the row of the register names it (RegisterRow.match)."""
    structure: Mapped[str] = mapped_column(String(300))
    """What that row calls it."""
    asks_at: Mapped[str] = mapped_column(String(2000), index=True)
    """The address to which it went, or its one letter more, as the row told it then."""
    is_mailed: Mapped[bool]
    """Whether our letter brings it; else the holder does, with the link."""
    share_id: Mapped[int | None] = mapped_column(ForeignKey("shares.id", ondelete="SET NULL"), unique=True)
    """The proofs; None when the holder took that share off their record."""
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    token_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(2))
    """Of the letters."""
    state: Mapped[str] = mapped_column(String(10), default="sent", index=True)
    answer: Mapped[str] = mapped_column(String(ANSWER_LIMIT), default="")
    """What is missing, in their words."""
    offer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The offer that they gave, until the badge is here or another answer is."""
    offer_id: Mapped[int | None]
    """By which number the holder was shown it the last time (issuance.openid4vci.Issuance.id)."""
    badge_id: Mapped[int | None] = mapped_column(ForeignKey("badges.id", ondelete="SET NULL"), index=True)
    """The badge that came: the one that was asked for, or, where it is `unfit` or `not-valid`, what came instead."""
    made_at: Mapped[datetime] = mapped_column(storage.Moment)
    ends_at: Mapped[datetime] = mapped_column(storage.Moment, index=True)
    answered_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    reminded_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    """When the holder sent the one letter more."""
    seen_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    """When the holder was done with what came of it."""
    code_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    code_ends_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    code_tries: Mapped[int] = mapped_column(default=0)
    codes: Mapped[int] = mapped_column(default=0)
    """How many went to the address."""
