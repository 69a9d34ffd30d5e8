"""Which words of others a share shows: those that the holder chose for this one share.

A word on a moment stands under that moment, as long as it tells no more than its tutor read (endorsements/matching.py); one on a
badge, or in it, with that badge. What was removed or changed is shown no more, and of what was taken back no more than that it
was, there and then. Of a kept word nothing is copied: what its tutor takes back stays nowhere.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ForeignKey, Select, String, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import endorsements, storage
from ..badges import KeptBadge
from ..endorsements import Endorsement, EndorsementView
from ..evidence import Evidence
from .evidence_snapshots import SnapshotView

MARK_LIMIT, _DIGITS = 43, 19
MOST_SHOWN_ENDORSEMENTS = 60
"""Words in one share."""
State = Literal["shown", "withdrawn", "over", "gone", "aside", "untold"]


class ShownEndorsement(storage.Numbered):
    """A word in a share."""

    __tablename__ = "shown_endorsements"

    share_id: Mapped[int] = mapped_column(ForeignKey("shares.id", ondelete="CASCADE"), index=True)
    endorsement_id: Mapped[int | None] = mapped_column(ForeignKey("endorsements.id", ondelete="SET NULL"), index=True)
    """The kept word; None for one that stands in a badge, and where it is gone for good."""
    place: Mapped[int | None]
    """Of the badge that it is about, or in which it stands; None for a word on a moment."""
    mark: Mapped[str] = mapped_column(String(MARK_LIMIT), default="")
    """Of one that stands in the badge at `place`: by which it is found there (badges.endorsement_mark); "" else."""
    told: Mapped[dict[str, Any] | None] = mapped_column(storage.Document)
    """`given_at`, for the holder's own record; of one that stands in a badge `name`, too."""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class EndorsementChoice:
    """A word that is chosen: a kept one by its id, one that stands in a badge by the id of that badge and its mark."""

    id: int = 0
    badge_id: int = 0
    mark: str = ""

    def __str__(self) -> str:
        """As it is written in a form."""
        return f"{self.badge_id}-{self.mark}" if self.mark else str(self.id)


def choice_of(view: EndorsementView) -> EndorsementChoice:
    """By what *view* is chosen."""
    return (
        EndorsementChoice(badge_id=view.badge_id or 0, mark=view.mark) if view.mark else EndorsementChoice(id=view.id)
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class RememberedEndorsement:
    """A word that a share showed, for its owner."""

    name: str
    """"" where nobody knows any more who said it: it was taken back, or is gone."""
    given_at: datetime | None
    state: State
    """What became of it: `aside` where its moment tells something there that its tutor did not read, `untold` where that was
    removed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EndorsementInShare:
    """A word as others see it in a share."""

    id: int
    """Of its address there."""
    place: int | None
    """Of its badge; None for a word on a moment."""
    view: EndorsementView

    def is_under(self, story: SnapshotView) -> bool:
        """Whether it stands under *story*: its tutor read all that is told there."""
        return self._is_of(story, story.told_now)

    def may_be_under(self, story: SnapshotView) -> bool:
        """The same, also where it stands there again as soon as a voice is put back."""
        return self.is_under(story) or self._is_of(story, story.told)

    def _is_of(self, story: SnapshotView, told: Mapping[str, Any]) -> bool:
        view = self.view
        if self.place is not None or view.evidence_id is None or view.evidence_id != story.evidence_id:
            return False
        return view.is_withdrawn or endorsements.is_of_moment(view.told, told)


def choice_written(text: str) -> EndorsementChoice | None:
    """What *text* chooses, as `str` of a choice writes it; None for anything else."""
    number, _, mark = text.partition("-")
    if not (number.isascii() and number.isdecimal() and len(number) < _DIGITS and len(mark) <= MARK_LIMIT):
        return None
    return EndorsementChoice(badge_id=int(number), mark=mark) if mark else EndorsementChoice(id=int(number))


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferedEndorsement:
    """A word that its holder may choose."""

    view: EndorsementView
    is_aside: bool = False
    """Whether its moment tells something now that its tutor did not read: then it is not shown with it."""

    @property
    def choice(self) -> EndorsementChoice:
        """By what it is chosen."""
        return choice_of(self.view)


def offered_endorsements(
    session: Session,
    holder_id: int,
    badges: Collection[KeptBadge],
    told: Mapping[int, Mapping[str, Any]],
    now: datetime,
) -> list[OfferedEndorsement]:
    """The words that the holder may choose with these badges, and with these moments, by their ids, as they are *told*; none whose
    badge or moment is gone."""
    offered, there = list[OfferedEndorsement](), {badge.id for badge in badges}
    for one in endorsements.showable_endorsements(session, holder_id, now):
        if one.badge_id in there:
            offered.append(OfferedEndorsement(view=one))
        elif moment := told.get(one.evidence_id or 0):
            offered.append(OfferedEndorsement(view=one, is_aside=not endorsements.is_of_moment(one.told, moment)))
    return offered + [
        OfferedEndorsement(view=one) for badge in badges for one in _in_badge(badge, now) if one.may_be_shown
    ]


def change_endorsements(
    session: Session,
    share_id: int,
    badges: Mapping[int, KeptBadge],
    hung: Sequence[SnapshotView],
    chosen: Collection[EndorsementChoice],
    now: datetime,
    away: Collection[int] = (),
) -> None:
    """Let the share, whose *badges* by their places and moments (*hung*) are there already, show these words from now on. One
    that is shown already keeps its address; one that was removed a moment ago, or what it is about, or its badge (*away* are
    the places of those), and may come back, stays, too.

    What is not of these badges and moments is left out, as what was taken back meanwhile, or is somebody else's. Raises ValueError
    for more than MOST_SHOWN_ENDORSEMENTS.
    """
    wanted = {_key(one): one for one in _rows_of(session, badges, hung, chosen, now)}
    alone = {one.evidence_id for one in hung if one.place in away} - {
        one.evidence_id for one in hung if one.place not in away
    }
    staying = set(session.scalars(_away(share_id, alone)))
    for one in session.scalars(_of_shares([share_id])):
        if _key(one) in wanted:
            del wanted[_key(one)]
        elif one.id not in staying and one.place not in away:
            session.delete(one)
    for one in wanted.values():
        one.share_id = share_id
        session.add(one)


def preview_endorsements(
    session: Session,
    badges: Mapping[int, KeptBadge],
    hung: Sequence[SnapshotView],
    chosen: Collection[EndorsementChoice],
    now: datetime,
) -> list[EndorsementInShare]:
    """What `list_endorsements` would tell if the share were made now; raises as `change_endorsements` does."""
    return _tell(session, enumerate(_rows_of(session, badges, hung, chosen, now)), badges, hung, now)


def list_endorsements(
    session: Session, share_id: int, badges: Mapping[int, KeptBadge], hung: Sequence[SnapshotView], now: datetime
) -> list[EndorsementInShare]:
    """What others see of the words of a share that shows these badges, by their places, and these moments."""
    rows = session.scalars(_of_shares([share_id])).all()
    return _tell(session, ((one.id, one) for one in rows), badges, hung, now)


def shown_choices(session: Session, share_ids: Sequence[int], badge_ids: Mapping[int, int]) -> set[EndorsementChoice]:
    """By what the words that these shares show are chosen once more; *badge_ids* by their places, for those that stand in badges."""
    rows = session.scalars(_of_shares(share_ids)).all()
    kept = {EndorsementChoice(id=one.endorsement_id) for one in rows if one.endorsement_id}
    in_badges = ((badge_ids.get(one.place or 0), one.mark) for one in rows if one.mark)
    return kept | {EndorsementChoice(badge_id=id, mark=mark) for id, mark in in_badges if id}


def copy_endorsements(session: Session, from_share_id: int, to_share_id: int) -> None:
    """A share shows all the words that another one does."""
    session.add_all(
        ShownEndorsement(
            share_id=to_share_id, endorsement_id=one.endorsement_id, place=one.place, mark=one.mark, told=one.told
        )
        for one in session.scalars(_of_shares([from_share_id]))
    )


def restore_endorsements(session: Session, share_id: int, shown: Sequence[Mapping[str, Any]]) -> None:
    """What an archive tells that a share showed comes back as history; what is told of it here already stays."""
    if session.scalar(select(ShownEndorsement.id).where(ShownEndorsement.share_id == share_id).limit(1)) is None:
        session.add_all(ShownEndorsement(share_id=share_id, endorsement_id=None, **one) for one in shown)


def detach_endorsement(session: Session, endorsement_id: int) -> None:
    """A word that comes back with an archive is shown by no share that showed it before it was removed."""
    shown = update(ShownEndorsement).where(ShownEndorsement.endorsement_id == endorsement_id)
    session.execute(shown.values(endorsement_id=None))


def endorsements_as_shown(session: Session, share_id: int) -> list[dict[str, Any]]:
    """The words of a share, as ShareEdition.told keeps them."""
    return [
        {"endorsement_id": one.endorsement_id, "place": one.place, "mark": one.mark, "told": one.told}
        for one in session.scalars(_of_shares([share_id]))
    ]


def endorsements_for_owner(session: Session, share_ids: Sequence[int]) -> dict[int, list[ShownEndorsement]]:
    """The words that each share shows, or showed, for its owner and their archive."""
    return storage.grouped((one.share_id, one) for one in session.scalars(_of_shares(share_ids)))


def remembered(
    session: Session,
    share_ids: Sequence[int],
    moments: Mapping[int, Sequence[Mapping[str, Any]]],
    now: datetime,
) -> dict[int, list[RememberedEndorsement]]:
    """What each share shows or showed of words of others, given the *moments* of each as they were told there."""
    rows = session.scalars(_of_shares(share_ids)).all()
    ids = {one.endorsement_id for one in rows if one.endorsement_id}
    kept = endorsements.view_endorsements(session, ids, now) if ids else {}
    found = list[tuple[int, RememberedEndorsement]]()
    for row in rows:
        told, view = row.told or {}, kept.get(row.endorsement_id or 0)
        state: State = "shown"
        if row.mark:
            pass
        elif view is None:
            state = "gone"
        elif view.is_withdrawn:
            state = "withdrawn"
        elif view.worth == "ended":
            state = "over"
        elif view.evidence_id:
            fitting = [one for one in moments[row.share_id] if endorsements.is_of_moment(view.told, one)]
            state = "aside" if not fitting else "untold" if all(one["is_away"] for one in fitting) else "shown"
        name = "" if state in ("withdrawn", "gone") else view.name if view else told.get("name", "")
        at = told.get("given_at")
        given_at = datetime.fromisoformat(at) if at else None
        found.append((row.share_id, RememberedEndorsement(name=name, given_at=given_at, state=state)))
    return storage.grouped(found)


def _rows_of(
    session: Session,
    badges: Mapping[int, KeptBadge],
    hung: Sequence[SnapshotView],
    chosen: Collection[EndorsementChoice],
    now: datetime,
) -> list[ShownEndorsement]:
    """The rows of the words that were *chosen*, of no share yet: as far as they may be shown with these badges and moments."""
    places = {kept.id: place for place, kept in badges.items()}
    holders = {kept.holder_id for kept in badges.values()}
    mine = select(Endorsement.id).where(Endorsement.holder_id.in_(holders))
    theirs = set(session.scalars(mine.where(Endorsement.id.in_({one.id for one in chosen if not one.mark}))))
    views = [one for id, one in sorted(endorsements.view_endorsements(session, theirs, now).items())]
    views += [one for kept in badges.values() for one in _in_badge(kept, now)]
    rows = list[ShownEndorsement]()
    for view in views:
        place = None if view.evidence_id else places.get(view.badge_id or 0)
        one = EndorsementInShare(id=0, place=place, view=view)
        if choice_of(view) in chosen and view.may_be_shown and (place is not None or any(map(one.may_be_under, hung))):
            told = {"given_at": view.given_at.isoformat() if view.given_at else ""}
            told |= {"name": view.name} if view.mark else {}
            rows.append(ShownEndorsement(endorsement_id=view.id or None, place=place, mark=view.mark, told=told))
    if len(rows) > MOST_SHOWN_ENDORSEMENTS:
        raise ValueError("more words than a share shows")
    return rows


def _tell(
    session: Session,
    rows: Iterable[tuple[int, ShownEndorsement]],
    badges: Mapping[int, KeptBadge],
    hung: Sequence[SnapshotView],
    now: datetime,
) -> list[EndorsementInShare]:
    numbered = list(rows)
    ids = {one.endorsement_id for _, one in numbered if one.endorsement_id}
    kept = endorsements.view_endorsements(session, ids, now) if ids else {}
    in_badges = {
        (place, one.mark): one
        for place in {row.place for _, row in numbered if row.mark}
        if place is not None and place in badges
        for one in sorted(
            _in_badge(badges[place], now), key=lambda view: view.may_be_shown
        )  # a good one wins over its twin
    }
    found = list[EndorsementInShare]()
    for number, row in numbered:
        view = in_badges.get((row.place or 0, row.mark)) if row.mark else kept.get(row.endorsement_id or 0)
        if view is None or not (view.may_be_shown or view.is_withdrawn):
            continue
        one = EndorsementInShare(id=number, place=row.place, view=view)
        if row.place in badges or any(map(one.is_under, hung)):
            found.append(one)
    return found


def _in_badge(kept: KeptBadge, now: datetime) -> list[EndorsementView]:
    return endorsements.views_in_badge(kept.id, kept.said, now, kept.here_since)


def _key(row: ShownEndorsement) -> tuple[int | None, int | None, str]:
    return row.endorsement_id, row.place, row.mark


def _of_shares(share_ids: Sequence[int]) -> Select[ShownEndorsement]:
    return select(ShownEndorsement).where(ShownEndorsement.share_id.in_(share_ids)).order_by(ShownEndorsement.id)


def _away(share_id: int, moment_ids: Collection[int | None]) -> Select[int]:
    """The rows of a share whose word, or what that is about, was removed, and may come back; and those on these moments."""
    return (
        select(ShownEndorsement.id)
        .join(Endorsement, Endorsement.id == ShownEndorsement.endorsement_id)
        .outerjoin(Evidence, Evidence.id == Endorsement.evidence_id)
        .outerjoin(KeptBadge, KeptBadge.id == Endorsement.badge_id)
        .where(ShownEndorsement.share_id == share_id)
        .where(
            or_(
                Endorsement.removed_at.is_not(None),
                Endorsement.evidence_id.in_(moment_ids),
                Evidence.removed_at.is_not(None),
                KeptBadge.removed_at.is_not(None),
            )
        )
    )
