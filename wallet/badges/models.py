"""A badge as it is kept, and one that was looked at and is not kept yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from .. import accounts, openbadges, storage, trust
from . import asked_hosts, cards, issuer_responses, own_contexts

FILE_NAME_LIMIT = 120
EDITIONS = Index("ix_badges_editions", "holder_id", "removed_at", "edition").ddl_if(dialect="sqlite")
"""A file reads a row from its beginning, and a badge is long; PostgreSQL keeps what is long elsewhere."""
DUE_BY_HOST = Index(
    "ix_badges_asks_due_at",
    "asks",
    "due_at",
    sqlite_where=text("removed_at IS NULL"),
    postgresql_where=text("removed_at IS NULL"),
)
"""By which the hosts are found of which something is due, and of each what is due the longest (rechecks/due.py)."""
GOOD_STATES = "valid"
OutcomeKind = Literal["added", "updated", "duplicate", "worse", "unsure", "endorsement", "problem"]
"""What becomes of a badge that comes in: new, better than the one they have, the same, an altered copy of it, a newer edition that
nobody can check today; or none. What
somebody says of one of theirs waits beside that for the holder's word (endorsements/lone_files.py)."""


class KeptBadge(accounts.OfHolder):
    """A badge in a holder's wallet."""

    __tablename__ = "badges"
    __table_args__ = (
        UniqueConstraint("holder_id", "identity"),
        Index("ix_badges_in_order", "holder_id", "removed_at", "added_at", "id"),
        EDITIONS,
        DUE_BY_HOST,
        storage.index_of_removed("badges"),
        storage.NEVER_AGAIN,
    )

    identity: Mapped[str] = mapped_column(String(64))
    """Says which badge it is, so that the same one is not kept twice: a hash of issuer and id."""
    document: Mapped[str] = mapped_column(String(64))
    """Where the badge's own document is kept: the SHA-256 of its bytes."""
    file_name: Mapped[str] = mapped_column(String(FILE_NAME_LIMIT))
    link: Mapped[str]
    """The address it came from, "" for a file."""
    container: Mapped[str] = mapped_column(String(16))
    picture: Mapped[str | None] = mapped_column(String(64))
    """Our own copy of its picture, redrawn."""
    plate: Mapped[bool] = mapped_column(default=True)
    """Whether the picture needs a white plate behind it."""
    read: Mapped[dict[str, Any]] = mapped_column(storage.Document)
    """openbadges.Badge in plain JSON."""
    state: Mapped[str] = mapped_column(String(16))
    examination: Mapped[dict[str, Any]] = mapped_column(storage.Document)
    """The last examination in plain JSON."""
    checked_at: Mapped[datetime] = mapped_column(storage.Moment)
    good: Mapped[dict[str, Any] | None] = mapped_column(storage.Document)
    """The last examination that was good, with what was seen: still there when the issuer is gone."""
    good_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    added_at: Mapped[datetime] = mapped_column(storage.Moment)
    removed_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    came_in: Mapped[str | None] = mapped_column(String(64))
    """The file in which the document was found, as it came; None when the document is that file."""
    silent_since: Mapped[datetime | None] = mapped_column(storage.Moment)
    """When the issuer of a badge that was good was first found not to answer; None when they did the last time."""
    due_at: Mapped[datetime] = mapped_column(storage.Moment, index=True)
    """When it is to be checked again (rechecks/due.py)."""
    asks: Mapped[str | None] = mapped_column(String(asked_hosts.LIMIT))
    """Whose host its last check asked, "" for nobody's (asked_hosts.py); None until it is noted (rechecks/due.py)."""
    match: Mapped[dict[str, Any] | None] = mapped_column(storage.Document)
    """The proof that it is named to an address of the holder: `address` and `at`; kept when the address is gone."""
    history: Mapped[dict[str, Any] | None] = mapped_column(storage.Document)
    """What an archive told of it (archive/format.py): read again, proof of nothing."""
    counted: Mapped[dict[str, Any] | None] = mapped_column(storage.Document)
    """Where it counts on the holder's own map because they say so, and since when (competencies/journey.py); None if they never did."""
    unasked: Mapped[bool | None]
    """None for what was asked for. True: a link brought it to whoever was nobody then, and nobody has said since that they
    want it. False: so it came, and it was seen when they kept it by their key (badges/pending.py)."""
    own_contexts: Mapped[dict[str, Any] | None] = mapped_column(storage.Document)
    """Its issuer's own vocabulary, by address, as badges/own_contexts.py writes it down; None where it needs none."""
    edition: Mapped[storage.Edition | None]
    """By which one knows whether it may look otherwise than before; None until it is first written at this revision."""

    @property
    def files(self) -> set[str]:
        """The names of all files that it needs."""
        return issuer_responses.all_badge_files(
            self.document,
            self.came_in,
            self.picture,
            self.own_contexts,
            self.examination,
            self.good,
            self.history,
        )

    @property
    def may_be_shown(self) -> bool:
        """Whether it is ticked when a share is made: valid, or good the last time it could be checked."""
        return self.state == GOOD_STATES or (self.state == "unknown" and self.good_at is not None)

    @property
    def issuer(self) -> trust.Issuer:
        """Its issuer, and what of that was shown: while nobody answers, when it was good last."""
        looked = self.good if self.state == "unknown" and self.good else self.examination
        is_lost = cards.is_document_lost(self.state, self.examination)
        return trust.Issuer(
            id=self.read["issuer"]["id"],
            name=self.read["issuer"]["name"],
            binding="unknown" if is_lost else looked["binding"],
            key=looked.get("key", ""),
            kept_at=self.here_since,
        )

    @property
    def here_since(self) -> datetime:
        """Since when its document is here: another one of the same badge may have been before."""
        return cards.here_since(self.added_at, self.examination)

    @property
    def said(self) -> Sequence[Mapping[str, Any]]:
        """What others say in it, as it may be told."""
        return cards.said_in(self.state, self.examination)

    @property
    def card(self) -> cards.Card:
        """As pages show it."""
        return cards.make_card({column.key: getattr(self, column.key) for column in self.__table__.columns})


BADGES = storage.rows_naming_files(
    "badge",
    KeptBadge.id,
    (
        *(KeptBadge.document, KeptBadge.came_in, KeptBadge.picture),
        *(KeptBadge.own_contexts, KeptBadge.examination, KeptBadge.good, KeptBadge.history),
    ),
    issuer_responses.all_badge_files,
)
badge_files = BADGES.owned_files
"""Every file that a badge needs, of *which* badges or of all: whose it is (`badge 12`), and its name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewBadge:
    """A badge that was looked at and is not kept yet; its files are."""

    examination: openbadges.Examination
    document: str
    file_name: str
    link: str
    picture: str | None
    plate: bool
    seen: tuple[dict[str, Any], ...]
    """What was fetched, as badges/issuer_responses.py writes it down."""
    came_in: str | None = None
    """The file in which the document was found, as it came, when the document is not that file."""
    size: int = 0
    """Bytes of document and picture."""
    came_in_size: int = 0
    """Bytes of came_in, in which other badges may have come as well."""
    own_contexts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Its issuer's own vocabulary, as badges/own_contexts.py writes it down."""

    @property
    def files(self) -> set[str]:
        """The names of all files that its row will name."""
        return (
            {self.document, self.came_in or "", self.picture or ""}
            | issuer_responses.response_files(self.seen)
            | own_contexts.context_files(self.own_contexts)
        ) - {""}


@dataclass(frozen=True, kw_only=True, slots=True)
class BroughtEndorsement:
    """What somebody says of a badge, which came as a file of its own: looked at, and not on the shelf."""

    document: bytes
    found: openbadges.LoneEndorsement


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What became of one file or link."""

    file_name: str
    kind: OutcomeKind
    reason: str = ""
    badge_id: int | None = None
    """The badge that is kept now."""
    badge: cards.Card | None = None
    """The same for a page, read after all was kept (paging.add_cards)."""
    brought: BroughtEndorsement | None = None
    """What a file held that is no badge, where somebody says something of one in it."""
    led_to: str = ""
    """Where the code in a picture leads, where that is no badge."""
