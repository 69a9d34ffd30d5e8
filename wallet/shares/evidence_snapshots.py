"""What of a holder's evidence a share shows: the moments that they chose for this one share, as they were when they chose.

What they write afterwards changes nothing that was shown; what they take away is shown no more, there and then. A moment
is seen under the badge that it was chosen for, and nothing else of it or of its holder can be reached from there.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ForeignKey, Select, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import evidence, storage
from ..evidence import Attachment, Evidence, EvidenceView

MomentAndBadge = tuple[int, int]
"""A badge and a moment that is shown with it, by their ids."""


LONGEST_TEXT = 2_000
"""Characters of a moment that stand on the page of a share; the rest has a page of its own."""
MOST_SHOWN_MOMENTS = 60
"""Moments in one share: nobody reads more, and each is copied."""


class EvidenceSnapshot(storage.Numbered):
    """A moment in a share."""

    __tablename__ = "exhibits"

    share_id: Mapped[int] = mapped_column(ForeignKey("shares.id", ondelete="CASCADE"), index=True)
    place: Mapped[int]
    """Of the badge that it is shown with."""
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id", ondelete="SET NULL"), index=True)
    """None when the holder took it away for good."""
    told: Mapped[dict[str, Any]] = mapped_column(storage.Document)
    """What it was when it was chosen: `situation`, `place`, `sentence`, `said` (question and text), `attachments`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SnapshotView:
    """A moment as others see it, under the badge at `place`."""

    id: int
    place: int
    told: Mapping[str, Any]
    attachments: Sequence[Mapping[str, Any]]
    """Those that the holder did not take off since; each with its `number` in this moment."""
    evidence_id: int | None = None
    """The moment itself: one that is shown with several badges is told once."""

    @property
    def told_now(self) -> Mapping[str, Any]:
        """What is told of it, less what the holder took off since."""
        return {**self.told, "attachments": self.attachments}

    @property
    def text(self) -> str:
        """What is told, as it runs: the questions are scaffolding, and not for the reader."""
        return "\n".join(text for _, text in self.told["said"])

    @property
    def beginning(self) -> str:
        """Of a long text as many whole sentences as a page has room for (LONGEST_TEXT)."""
        return evidence.beginning_of(self.text, LONGEST_TEXT)


def snapshot_evidence(
    session: Session, holder_id: int, share_id: int, places: Mapping[int, int], pairs: Sequence[MomentAndBadge]
) -> None:
    """Let the share show these moments, as they are now, with the badges of *places*; what is for another badge is not.

    Raises Missing where a moment is not the holder's, and ValueError for more than MOST_SHOWN_MOMENTS.
    """
    chosen = _chosen(session, holder_id, places, pairs)
    if len(chosen) > MOST_SHOWN_MOMENTS:
        raise ValueError("more moments than a share shows")
    session.add_all(
        EvidenceSnapshot(share_id=share_id, place=place, evidence_id=telling.id, told=evidence.moment_as_json(telling))
        for place, telling in chosen
    )


def change_snapshots(
    session: Session,
    holder_id: int,
    share_id: int,
    places: Mapping[int, int],
    pairs: Sequence[MomentAndBadge],
    *,
    away: Collection[int] = (),
    keeps: bool = False,
) -> None:
    """Let the share show these moments from now on: one that is as it was stays what it is, with its address, and *keeps* says
    that one stays whose words are others now, or that speaks of another badge, too; one that was removed a moment ago, or the badge that it is shown with (its
    place is *away*), and may come back, stays as well, unless it is taken from under another badge now. Raises as
    `snapshot_evidence` does."""
    here = list(snapshots_of(session, share_id))
    staying = {(one.place, one.evidence_id) for one in here if keeps}
    # Under another badge, too: one share tells a story in one way.
    as_shown = {one.evidence_id: one.told for one in here if keeps}
    wanted = {
        (place, telling.id): as_shown.get(telling.id) or evidence.moment_as_json(telling)
        for place, telling in _chosen(session, holder_id, places, pairs, staying)
    }
    if len(wanted) > MOST_SHOWN_MOMENTS:
        raise ValueError("more moments than a share shows")
    removed = set(
        session.scalars(
            select(Evidence.id).where(
                Evidence.id.in_({one.evidence_id for one in here} - {None}), Evidence.removed_at.is_not(None)
            )
        )
    )
    taken = {one.evidence_id for one in here if one.place not in away} - {id for _, id in wanted}
    for one in here:
        key = (one.place, one.evidence_id or 0)
        if wanted.get(key) == one.told or (keeps and key in wanted):
            del wanted[key]
        elif one.place in away and one.evidence_id not in taken:
            continue
        elif key in wanted or one.evidence_id not in removed or one.place not in places.values():
            session.delete(one)
    session.add_all(
        EvidenceSnapshot(share_id=share_id, place=place, evidence_id=id, told=told)
        for (place, id), told in wanted.items()
    )


def list_snapshots(session: Session, share_id: int) -> list[SnapshotView]:
    """What others see of the moments of a share."""
    shown = select(EvidenceSnapshot).join(Evidence, Evidence.id == EvidenceSnapshot.evidence_id)
    hung = session.scalars(
        shown.where(EvidenceSnapshot.share_id == share_id, Evidence.removed_at.is_(None)).order_by(EvidenceSnapshot.id)
    ).all()
    ids = {one["id"] for exhibit in hung for one in exhibit.told["attachments"]}
    there = set(session.scalars(select(Attachment.id).where(Attachment.id.in_(ids), Attachment.removed_at.is_(None))))
    return [_hung(exhibit.id, exhibit.place, exhibit.told, there, exhibit.evidence_id) for exhibit in hung]


def preview_snapshots(
    session: Session, holder_id: int, places: Mapping[int, int], pairs: Sequence[MomentAndBadge]
) -> list[SnapshotView]:
    """What `list_snapshots` would tell if the share were made now; raises as `snapshot_evidence` does."""
    return [
        _hung(number, place, evidence.moment_as_json(telling), {one.id for one in telling.attachments}, telling.id)
        for number, (place, telling) in enumerate(_chosen(session, holder_id, places, pairs))
    ]


def get_snapshot_attachment(session: Session, share_id: int, exhibit_id: int, number: int) -> Attachment:
    """The attachment of that number in a moment of the share, while the holder lets it be; raises Missing."""
    hung = storage.require(next((one for one in list_snapshots(session, share_id) if one.id == exhibit_id), None))
    attached = storage.require(next((one for one in hung.attachments if one["number"] == number), None))
    return storage.require(session.get(Attachment, attached["id"]))


def last_shown_pairs(
    session: Session, share_ids: Sequence[int], badge_ids_of: Mapping[int, Sequence[int]]
) -> set[MomentAndBadge]:
    """The moments that these shares showed, each with the badges of which it speaks now (*badge_ids_of*)."""
    shown = set(session.scalars(select(EvidenceSnapshot.evidence_id).where(EvidenceSnapshot.share_id.in_(share_ids))))
    return {(badge_id, id) for id, badge_ids in badge_ids_of.items() if id in shown for badge_id in badge_ids}


def restore_snapshots(session: Session, share_id: int, shown: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """What an archive tells that a share showed comes back as history; what is told of it here already stays."""
    if session.scalar(select(EvidenceSnapshot.id).where(EvidenceSnapshot.share_id == share_id).limit(1)) is None:
        session.add_all(
            EvidenceSnapshot(share_id=share_id, place=place, evidence_id=None, told=told) for place, told in shown
        )


def forget_snapshots(session: Session, moments: Collection[int]) -> None:
    """Of these moments, which are erased with the next step, no word stays: only where they were, and that they were shown."""
    for one in session.scalars(select(EvidenceSnapshot).where(EvidenceSnapshot.evidence_id.in_(moments))):
        one.told = without_words(one.told)


def without_words(told: Mapping[str, Any]) -> dict[str, Any]:
    """A moment that was shown, without what was told."""
    return {**told, "place": "", "sentence": "", "said": [], "attachments": []}


def detach_moment(session: Session, evidence_id: int) -> None:
    """A moment that comes back with an archive is shown by no share that showed it before it was removed."""
    session.execute(
        update(EvidenceSnapshot).where(EvidenceSnapshot.evidence_id == evidence_id).values(evidence_id=None)
    )


def snapshots_as_json(session: Session, share_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """The moments that each share showed, in plain JSON, for the holder's archive."""
    return storage.grouped(
        (one.share_id, moment_for_archive(one.place, one.told)) for one in session.scalars(_of_shares(share_ids))
    )


def moment_for_archive(place: int, told: Mapping[str, Any]) -> dict[str, Any]:
    """A moment that was shown with the badge at *place*, in plain JSON, for the holder's archive."""
    attachments = [{name: value for name, value in it.items() if name != "id"} for it in told["attachments"]]
    words = {name: told[name] for name in ("situation", "sentence", "said")}
    return {"place": place, "attachments": attachments, "name_of_place": told["place"], **words}


def snapshots_for_owner(session: Session, share_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """What each share showed, for its owner: also of what was taken away since, which is `is_away`."""
    here = select(Evidence.id).where(Evidence.removed_at.is_(None))
    shown = session.execute(_of_shares(share_ids).add_columns(EvidenceSnapshot.evidence_id.in_(here))).all()
    return storage.grouped((one.share_id, {**one.told, "is_away": not is_here}) for one, is_here in shown)


def snapshots_of(session: Session, share_id: int) -> Sequence[EvidenceSnapshot]:
    """The moments of one share, as they are kept."""
    return session.scalars(_of_shares([share_id])).all()


def _of_shares(share_ids: Sequence[int]) -> Select[EvidenceSnapshot]:
    return select(EvidenceSnapshot).where(EvidenceSnapshot.share_id.in_(share_ids)).order_by(EvidenceSnapshot.id)


def _hung(id: int, place: int, told: Mapping[str, Any], there: set[int], evidence_id: int | None) -> SnapshotView:
    numbered = [one | {"number": number} for number, one in enumerate(told["attachments"])]
    shown = [one for one in numbered if one["id"] in there]
    return SnapshotView(id=id, place=place, told=told, attachments=shown, evidence_id=evidence_id)


def _chosen(
    session: Session,
    holder_id: int,
    places: Mapping[int, int],
    pairs: Sequence[MomentAndBadge],
    staying: Collection[tuple[int, int | None]] = (),
) -> list[tuple[int, EvidenceView]]:
    """The moments that were chosen for the badges of *places*, each with its place; raises Missing, also where one does not speak
    of its badge, unless it is *staying* there."""
    chosen = [(badge_id, evidence_id) for badge_id, evidence_id in dict.fromkeys(pairs) if badge_id in places]
    ids = {evidence_id for _, evidence_id in chosen}
    found = {one.id: one for one in evidence.view_moments(session, holder_id, sorted(ids))}
    if found.keys() != ids:
        raise storage.Missing
    new = [(badge_id, id) for badge_id, id in chosen if (places[badge_id], id) not in staying]
    if any(badge_id not in found[id].badge_ids for badge_id, id in new):
        raise storage.Missing
    return [(places[badge_id], found[evidence_id]) for badge_id, evidence_id in chosen]
