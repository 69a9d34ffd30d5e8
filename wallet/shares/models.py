"""A share as it is kept: what a holder shows, to whom, until when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .. import accounts, storage
from . import evidence_snapshots, shown_endorsements, view_counts

DAYS = (7, 30, 365)
"""How long a share may last, where no day is chosen."""
LONGEST = timedelta(days=366)
NO_END = datetime(9999, 1, 1, tzinfo=UTC)
"""When « Ma page » ends: never, and no page tells it as a date."""
PURPOSE_LIMIT = 60
WORD_LIMIT = 500
MOST_SHARES = 2_000
"""Where a holder has as many, open or over, no more is made, and none comes back with archives, whoever made those."""
UNDO_STOP, SLOW = timedelta(seconds=10), timedelta(seconds=10)
"""How long « Annuler » is offered after a stop, and how long a slow phone has to say it."""
SEALED = "share-token"


class NothingShown(ValueError):
    """No badge is chosen: a share without one shows nothing."""


class TooManyShares(Exception):  # what happened, in the words of the page
    """The holder has MOST_SHARES of them."""


class Share(accounts.OfHolder):
    """Something that a holder shows."""

    __tablename__ = "shares"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    token_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(String(accounts.NAME_LIMIT))
    """The first name shown with it, "" for none."""
    word: Mapped[str] = mapped_column(String(WORD_LIMIT))
    """A word to the employer."""
    purpose: Mapped[str] = mapped_column(String(PURPOSE_LIMIT))
    """For whom or for what it is, in the holder's words; nobody else is shown it."""
    created_at: Mapped[datetime] = mapped_column(storage.Moment)
    ends_at: Mapped[datetime] = mapped_column(storage.Moment)
    stopped_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    shows_marks: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the marks of its badges are shown, too."""
    shows_siae: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether what its badges tell of a SIAE is shown, too."""
    hides_name: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the names on its badges are hidden, and with them their files, which tell them."""
    is_page: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it is, or was, the page of its holder that has no end (shares/lasting_page.py)."""
    page_of: Mapped[int | None] = mapped_column(index=True, unique=True)
    """The holder, where it is their page now, open or closed: there is one at most. None where its address was given up."""
    shows_photo: Mapped[bool] = mapped_column(default=False, server_default=false())
    shows_sought: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether that page shows the photo of its holder, and what they look for."""
    changes: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often its owner changed it, by which one knows that its page is another one."""
    changed_at: Mapped[datetime | None] = mapped_column(storage.Moment)
    """Since when it shows what it shows; None since it was made."""
    places: Mapped[int | None]
    """How many places it gave to badges, those that left it too; None while it was never changed."""
    takes_messages: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether those to whom it is shown can answer (messages/)."""
    is_history: Mapped[bool] = mapped_column(default=False)
    """Whether it came back with an archive: it is over, and its link is nobody's."""
    made_in_id: Mapped[int | None] = mapped_column(ForeignKey("returns.id", ondelete="SET NULL"), index=True)
    stopped_in_id: Mapped[int | None] = mapped_column(ForeignKey("returns.id", ondelete="SET NULL"), index=True)
    opened_in_id: Mapped[int | None] = mapped_column(ForeignKey("returns.id", ondelete="SET NULL"), index=True)
    """The return by which the device came that made it, stopped it, or let it be seen again: what a thief did is undone with
    the return."""
    shown: Mapped[list["ShownBadge"]] = relationship(
        order_by="ShownBadge.place", lazy="selectin", cascade="all, delete-orphan", passive_deletes=True
    )

    def is_open(self, now: datetime) -> bool:
        """Whether it shows anything at *now*."""
        return self.stopped_at is None and now < self.ends_at


class ShownBadge(storage.Numbered):
    """A badge in a share."""

    __tablename__ = "shown_badges"

    share_id: Mapped[int] = mapped_column(ForeignKey("shares.id", ondelete="CASCADE"), index=True)
    place: Mapped[int]
    badge_id: Mapped[int | None] = mapped_column(ForeignKey("badges.id", ondelete="SET NULL"), index=True)
    """The kept badge; None when the holder removed it for good."""
    told: Mapped[dict[str, Any] | None] = mapped_column(storage.Document)
    """What it was when the share was made: `name`, `level`, `issuer_name`, `issued_on`; for the holder's own record."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What the holder chose to show, and until when."""

    badge_ids: Sequence[int]
    ends_at: datetime | None
    """None: as late as may be, and where a share is changed, as it was."""
    name: str = ""
    word: str = ""
    purpose: str = ""
    pairs: Sequence[evidence_snapshots.MomentAndBadge] = ()
    """The moments that are shown, each with the badge for which it was chosen."""
    endorsements: Collection[shown_endorsements.EndorsementChoice] = ()
    """The words of others that are shown with these badges and moments."""
    shows_marks: bool = False
    shows_siae: bool = False
    hides_name: bool = False
    is_page: bool = False
    """Whether it is the page that has no end, whatever *ends_at* says."""
    shows_photo: bool = False
    shows_sought: bool = False
    takes_messages: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivedEdition:
    """What a share showed before it was changed, as an archive tells of it."""

    shown_from: datetime
    shown_until: datetime
    name: str
    word: str
    shows_marks: bool
    shows_siae: bool
    hides_name: bool
    told: tuple[dict[str, Any] | None, ...]
    """What each badge was, in the order of their places."""
    exhibits: tuple[tuple[int, dict[str, Any]], ...]
    endorsements: tuple[dict[str, Any], ...] = ()
    """The words of others: each with its place, its mark, and what was told of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivedShare:
    """A share as an archive tells of it: `places` says which badges of the archive it showed."""

    name: str
    word: str
    created_at: datetime
    ends_at: datetime
    stopped_at: datetime | None
    places: tuple[int | None, ...]
    purpose: str = ""
    told: tuple[dict[str, Any] | None, ...] = ()
    """What each of these badges was when it was shown; empty where an older archive does not tell."""
    openings: tuple[view_counts.DayOfViews, ...] = ()
    shows_marks: bool = False
    shows_siae: bool = False
    hides_name: bool = False
    takes_messages: bool = True
    exhibits: tuple[tuple[int, dict[str, Any]], ...] = ()
    """The moments that it showed, each with the place of its badge."""
    changed_at: datetime | None = None
    is_page: bool = False
    shows_photo: bool = False
    shows_sought: bool = False
    editions: tuple[ArchivedEdition, ...] = ()
    """What it showed before, the oldest first."""
    endorsements: tuple[dict[str, Any], ...] = ()
    """The words of others that it showed: `place`, `mark` and `told` of each."""
