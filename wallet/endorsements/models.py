"""What somebody says of a moment or of a badge of a holder, as it is kept; and what a holder asks for.

Rule 1: a badge's state never changes by what others say of it (docs/decisions.md 32).
Rule 2: what a tutor confirms is the text that they read: a frozen copy with its digest. Where the moment says something else now,
their word is set aside.
Rule 3: what a tutor wrote is theirs, too: they take it back as easily as they gave it, and nothing of it stays.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from .. import accounts, evidence, storage

REQUEST_LASTS = timedelta(days=14)
"""How long a tutor may answer."""
UNANSWERED_LASTS = timedelta(days=30)
"""After which nothing stays of what was asked, from the day on which it was."""
UNREAD_LASTS = timedelta(days=90)
"""After which nothing stays of a word that its holder did not keep."""
ENDORSEMENT_LASTS = timedelta(days=3 * 365)
"""Until when a signed word is valid."""
CODE_LASTS = timedelta(hours=1)
"""How long a code that went to a tutor's mailbox may come back; so long, at most, their word waits for it."""
NAME_LIMIT, ROLE_LIMIT, ORGANISATION_LIMIT, SENTENCE_LIMIT = 80, 80, 80, 300
"""Characters of what a tutor types."""
MOST_OPEN_REQUESTS, MOST_ENDORSEMENTS = 20, 500
"""Of one holder: what waits for an answer, and words, however they came."""
SEALED = "endorsement-request"
"""For what the secret of a request's link is sealed."""
Origin = Literal["file", "asked"]
"""It came as a file, signed by whoever says it; or it was asked for, and this instance signs it."""
Relation = Literal["saw", "knows"]
"""They were there and saw it; they were not, and know the person."""
Setting = Literal["", "afest", "siae", "internship", "job"]
"""In which situation of work it was; "" where they do not say."""
AFEST_TICKS = ("analysis", "trainer", "reflection", "assessment")
"""The four that make an AFEST. Source: Code du travail, D. 6313-3-2."""
Means = Literal["none", "mail"]
"""How it is known who says it: not at all, or by a code that they typed, which went to an address of theirs."""


class EndorsementRequest(accounts.OfHolder):
    """A link by which one person may say a word on one moment."""

    __tablename__ = "endorsement_requests"
    __table_args__ = (UniqueConstraint("holder_id", "key"), storage.NEVER_AGAIN)

    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id", ondelete="CASCADE"), index=True)
    """The moment; a request goes with it."""
    key: Mapped[str] = mapped_column(String(evidence.KEY_LIMIT))
    """Of the page on which it was asked, and of what is read by it: sent twice from there, it is asked once (requests.py)."""
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    token_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(String(accounts.NAME_LIMIT))
    """The first name of the holder, as the tutor reads it."""
    told: Mapped[dict[str, Any]] = mapped_column(storage.Document)
    """The moment as the tutor reads it: evidence.moment_as_json, less what the holder took off."""
    digest: Mapped[str] = mapped_column(String(71))
    """Of what the tutor reads. Source: Verifiable Credentials Data Model 2.0, 5.3 (digestSRI)."""
    subject: Mapped[str] = mapped_column(String(45))
    """What a word is about: `urn:uuid:` of this frozen copy."""
    language: Mapped[str] = mapped_column(String(2))
    """In which it was asked; where there is a word, in which whoever gave it read."""
    made_at: Mapped[datetime] = mapped_column(storage.Moment, index=True)
    ends_at: Mapped[datetime] = mapped_column(storage.Moment)
    stopped_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    """When the holder stopped it."""
    answered_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    was_declined: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the answer was no: nobody learns why."""
    seen_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    """When the holder saw that it was declined."""
    made_in_id: Mapped[int | None] = mapped_column(ForeignKey("returns.id", ondelete="SET NULL"), index=True)
    """The return by which the device came that asked: what a thief did is undone with the return."""


LOOKED_AT = Index(
    "ix_endorsements_checked_at",
    "checked_at",
    sqlite_where=text("checked_at IS NOT NULL"),
    postgresql_where=text("checked_at IS NOT NULL"),
)
"""By which those are found that came as files and are due for another look (checking.py)."""

NOT_KEPT = Index(
    "ix_endorsements_arrives_at",
    "arrives_at",
    sqlite_where=text("accepted_at IS NULL"),
    postgresql_where=text("accepted_at IS NULL"),
)
"""By which those are found that nobody kept (erasing.py)."""


class Endorsement(accounts.OfHolder):
    """A word: what one person says of a moment, or of a badge."""

    __tablename__ = "endorsements"
    __table_args__ = (
        Index("ix_endorsements_withdrawn_at", "withdrawn_at"),
        LOOKED_AT,
        NOT_KEPT,
        storage.index_of_removed("endorsements"),
        storage.NEVER_AGAIN,
    )

    origin: Mapped[str] = mapped_column(String(8))
    """An Origin."""
    request_id: Mapped[int | None] = mapped_column(
        ForeignKey("endorsement_requests.id", ondelete="SET NULL"), unique=True
    )
    """Which request it answers: one word a link. None for what came as a file, or whose request is forgotten."""
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id", ondelete="SET NULL"), index=True)
    badge_id: Mapped[int | None] = mapped_column(ForeignKey("badges.id", ondelete="SET NULL"), index=True)
    """What it is about: a moment or a badge; None when the holder took that away for good."""
    subject: Mapped[str] = mapped_column(Text)
    """The id of its subject, as it is signed."""
    told: Mapped[dict[str, Any] | None] = mapped_column(storage.Document)
    """The moment that the tutor read, as in the request; None for a word on a badge."""
    digest: Mapped[str] = mapped_column(String(71), default="")
    name: Mapped[str] = mapped_column(String(NAME_LIMIT))
    role: Mapped[str] = mapped_column(String(ROLE_LIMIT), default="")
    organisation: Mapped[str] = mapped_column(String(ORGANISATION_LIMIT), default="")
    """Who says it, in their own words."""
    siret: Mapped[str] = mapped_column(String(14), default="")
    """Of their enterprise, where they chose to tell it; "" else."""
    relation: Mapped[str] = mapped_column(String(8), default="")
    """A Relation; "" for what came as a file."""
    setting: Mapped[str] = mapped_column(String(16), default="")
    """A Setting."""
    afest: Mapped[list[str] | None] = mapped_column(storage.Document)
    """What of AFEST_TICKS they ticked."""
    sentence: Mapped[str] = mapped_column(Text)
    """"" where they confirm without a word of their own, or speak."""
    recording: Mapped[str | None] = mapped_column(String(64))
    """Where the bytes of their voice are kept."""
    media_type: Mapped[str] = mapped_column(String(64), default="")
    """Of the recording."""
    size: Mapped[int] = mapped_column(default=0)
    """Bytes that it takes: its recording and its document (erasing.add_bytes)."""
    seconds: Mapped[int | None]
    """Of the recording."""
    means: Mapped[str] = mapped_column(String(8), default="none")
    """A Means."""
    mail_domain: Mapped[str] = mapped_column(String(254), default="")
    mail_mark: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Of the address that was proven stays its domain, and a mark that this instance alone can make."""
    code_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    code_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The address to which the code went, sealed; None when it is proven or over."""
    code_tries: Mapped[int] = mapped_column(default=0, server_default="0")
    given_at: Mapped[datetime] = mapped_column(storage.Moment)
    arrives_at: Mapped[datetime] = mapped_column(storage.Moment)
    """From when its holder sees it: when it was given, or when the code that was asked for is typed, given up or over."""
    withdrawal_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    """Of the secret of the link by which it is taken back."""
    accepted_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    """When the holder read and kept it: from then on it is signed, and may be shown."""
    document: Mapped[str | None] = mapped_column(String(64))
    """The signed credential, on the shelf; None for a word that is not signed."""
    examination: Mapped[dict[str, Any] | None] = mapped_column(storage.Document)
    """What was found when it came as a file, or was looked at last; None for what this instance signed itself."""
    checked_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    list_id: Mapped[int | None] = mapped_column(ForeignKey("status_lists.id"), index=True)
    list_index: Mapped[int | None]
    """Where it stands in the list of what is withdrawn; None for what is not signed here."""
    ends_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    """Until when it is valid."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    """When its tutor or its holder took it back, or its list said so."""
    removed_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    """When the holder removed it, kept or not; for a while it can be put back."""
    reported_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    closed_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    """When the holder reported it, and when the operator was done with that."""


ENDORSEMENTS = storage.rows_naming_files(
    "endorsement", Endorsement.id, (Endorsement.document, Endorsement.recording), lambda *names: names
)
endorsement_files = ENDORSEMENTS.owned_files
"""Every file that an endorsement needs, of *which* or of all: whose it is (`endorsement 12`), and its name."""
