"""Words that came as files, signed by whoever says them: on which badge of the holder's each is, and whether they want it.

Rule 1: what a word is about its subject says, by its id, and nothing else (docs/decisions.md 32): where the holder has no badge
of that id, nor any of such an achievement, issuer or creator, it is not kept.
Rule 2: what was changed, does not come from whom it names, or was taken back, is not kept: it is nobody's word.
Rule 3: a question first. Until its holder says yes nobody else is shown it, and where they say nothing it goes (checking.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, exists, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from .. import accounts, badges, evidence, openbadges, storage
from . import erasing, keeping
from .models import MOST_ENDORSEMENTS, NAME_LIMIT, Endorsement
from .views import worth_at
from .withdrawing import note_change

NOT_ON_THEIRS = "endorsement"
"""Why a word is not kept, as the reason of an Outcome: it speaks of nothing of the holder's."""
HERE = "endorsement-here"
"""The same: it is the file of a word on a moment, which they have."""
NO_ROOM = frozenset({"full", "too-many-endorsements"})
"""The same: there is no room for it."""
_UNTRUE = {
    "changed": "endorsement-changed",
    "of-another": "endorsement-of-another",
    "withdrawn": "endorsement-withdrawn",
}
"""The same, by what it is worth (rule 2)."""
_PARTS: Mapping[openbadges.About, tuple[str, ...]] = {
    "badge": ("id",),
    "achievement": ("achievement", "id"),
    "issuer": ("issuer", "id"),
    "creator": ("details", "creator", "id"),
}
"""What a word may be about, and where its id stands in what was read of a badge; the nearest first."""


@dataclass(frozen=True, slots=True)
class BadgeEndorsement:
    """A word that came as a file, on the page of its badge."""

    id: int
    said: badges.ShownEndorsement
    is_kept: bool
    """False where it waits for the holder's answer."""


def why_untrue(found: openbadges.LoneEndorsement) -> str:
    """Why a word is not to be kept, whatever it is about, as the reason of an Outcome; "" where it may."""
    [said] = badges.make_endorsements([_told(found, "other", "other")])
    return _UNTRUE.get(said.worth, "")


def ask_to_keep(
    session: Session, holder_id: int, brought: badges.BroughtEndorsement, document: str, now: datetime
) -> badges.ImportOutcome:
    """« Voulez-vous le garder ? », of a word whose *document* lies on the shelf: on which badge it is, or why nobody asks.

    Brought twice, it is told with its badge; one that was removed is asked once more. Raises Missing for a holder who erased
    all meanwhile.
    """
    accounts.lock_holder(session, holder_id)
    return _told_of(*_wait(session, holder_id, brought, document, now))


def accept_file(session: Session, holder_id: int, _badge_id: int, endorsement_id: int, now: datetime) -> None:
    """« Garder ce mot » : from now on it may be shown. Raises Missing."""
    accounts.lock_holder(session, holder_id)
    found = keeping.get_endorsement(session, holder_id, endorsement_id, now)
    if found.origin != "file":
        raise storage.Missing
    found.accepted_at = found.accepted_at or now
    note_change(session, found)  # it may stand in a share from before it was removed


def remove_file(session: Session, holder_id: int, _badge_id: int, endorsement_id: int, now: datetime) -> None:
    """« Ne pas le garder », or not any more; as keeping.remove_endorsement."""
    keeping.remove_endorsement(session, holder_id, endorsement_id, now)


def restore_file(session: Session, holder_id: int, _badge_id: int, endorsement_id: int, now: datetime) -> None:
    """Undo that; as keeping.restore_endorsement."""
    keeping.restore_endorsement(session, holder_id, endorsement_id, now)


def move_badge(
    session: Session, holder_id: int, badge_id: int, brought: badges.BroughtEndorsement, document: str, now: datetime
) -> badges.ImportOutcome:
    """What was kept as a badge, and is a word on another one, is kept as that from now on; or why not, as an outcome.

    The holder kept it before, so nobody asks them again. Raises Missing.
    """
    accounts.lock_holder(session, holder_id)
    badges.get_badge(session, holder_id, badge_id)
    found, reason = _wait(session, holder_id, brought, document, now, less=badge_id)
    if found:
        found.accepted_at = found.accepted_at or now
        badges.remove_badge(session, holder_id, badge_id, now)
    return _told_of(found, reason)


def keep_archived(
    session: Session,
    holder_id: int,
    brought: badges.BroughtEndorsement,
    document: str,
    now: datetime,
    *,
    was_kept: bool,
) -> str:
    """A word that an archive brings, as one that comes as a file; of one that was kept there nobody asks again. Why it is not
    here, as the reason of an Outcome, "" where it is: its holder's row is locked."""
    found, reason = _wait(session, holder_id, brought, document, now)
    if found and was_kept:
        found.accepted_at = found.accepted_at or now
    return "" if found else reason


def may_be_endorsement(kept: badges.KeptBadge) -> bool:
    """Whether *kept* may be a word that was kept as a badge once, when none was told from the other: its document says.

    Whatever was examined since then is none, and its examination has what is said in it.
    """
    is_of_before = "endorsements" not in kept.examination
    return bool(is_of_before and kept.read["version"] == "" and kept.read["achievement"]["id"] == "")


def words_on_badge(session: Session, holder_id: int, badge_id: int, now: datetime) -> list[BadgeEndorsement]:
    """The words on a badge of the holder's that came as files: what waits for an answer first, then the newest."""
    rows = [
        one
        for one in keeping.list_endorsements(session, holder_id, now, badge_id=badge_id)
        if one.origin == "file" and one.examination is not None
    ]
    rows.sort(key=lambda one: one.accepted_at is not None)
    return [BadgeEndorsement(one.id, _shown(one, now), one.accepted_at is not None) for one in rows]


def note_found(kept: Endorsement, found: openbadges.LoneEndorsement, read: Mapping[str, Any], now: datetime) -> None:
    """Write down what was found of a word on the badge in which that was *read*."""
    told = told_on(found, read)
    kept.examination, kept.checked_at = told | {"checks": [asdict(one) for one in found.checks]}, now
    [said] = badges.make_endorsements([told])
    kept.name, kept.sentence = said.name[:NAME_LIMIT], said.comment
    kept.given_at, kept.ends_at = found.said_on or kept.given_at, found.ends


def _shown(kept: Endorsement, now: datetime) -> badges.ShownEndorsement:
    [said] = badges.make_endorsements([kept.examination or {}])
    endorser = replace(said.endorser, kept_at=kept.arrives_at)
    return replace(said, endorser=endorser, worth=worth_at(kept, said.worth, now))


def told_on(found: openbadges.LoneEndorsement, read: Mapping[str, Any]) -> dict[str, Any]:
    """A word, told on the badge in which that was *read* as one is that stands in it."""
    return _told(found, _about(found.subject.id, read), _said_by(found.endorser.id, read))


def _told(
    found: openbadges.LoneEndorsement, about: openbadges.About, by: Literal["issuer", "holder", "other"]
) -> dict[str, Any]:
    """A word as one is told that stands in a badge (openbadges.Endorsement), in plain JSON, with its id."""
    return {
        "id": found.id,
        "about": about,
        "endorser": asdict(found.endorser),
        "comment": found.comment,
        "said_on": found.said_on.isoformat() if found.said_on else None,
        "by": by,
        "state": found.state,
        "binding": found.binding,
        "intact": found.check("intact").outcome,
        "bound": found.check("bound").outcome,
        "reason": found.reason,
        "key": found.key,
    }


def _told_of(kept: Endorsement | None, reason: str) -> badges.ImportOutcome:
    return badges.ImportOutcome("", "endorsement" if kept else "problem", reason, kept.badge_id if kept else None)


def _wait(
    session: Session,
    holder_id: int,
    brought: badges.BroughtEndorsement,
    document: str,
    now: datetime,
    *,
    less: int | None = None,
) -> tuple[Endorsement | None, str]:
    """Let it wait for the answer of the holder, whose row is locked: where it is kept, and the reason of an Outcome, `duplicate`
    where the holder has it already."""
    found, reason = brought.found, why_untrue(brought.found)
    badge = None if reason else _find_badge(session, holder_id, found.subject.id, less)
    if badge and found.state != "valid" and _same(session, holder_id, badge.id, found, document, was_withdrawn=True):
        badge, reason = None, _UNTRUE["withdrawn"]  # silence is no verdict
    same = badge and _same(session, holder_id, badge.id, found, document)
    if badge and same:
        badge = _its_badge(session, same, less) or badge
        same.badge_id = badge.id
    if badge is None and not reason and _is_here(session, holder_id, document):
        return None, HERE
    if badge is None or (same is None and (reason := _why_no_room(session, holder_id, len(brought.document)))):
        storage.schedule_removal(session, {document}, now)
        return None, reason or NOT_ON_THEIRS
    if same and same.removed_at is None and (same.document == document or not _is_better(found, same)):
        storage.schedule_removal(session, {document} - {same.document}, now)
        return same, "duplicate" if same.accepted_at else ""
    kept = same or storage.insert(session, _new(holder_id, badge.id, found, now))
    if same and same.removed_at:
        kept.removed_at, kept.accepted_at, kept.arrives_at = None, None, now
    storage.schedule_removal(session, {kept.document} - {document, None}, now)
    kept.document = document
    note_found(kept, found, badge.read, now)
    erasing.add_bytes(session, kept, len(brought.document) - kept.size)
    if same:
        note_change(session, kept)
    return kept, "duplicate" if kept.accepted_at else ""


def _is_here(session: Session, holder_id: int, document: str) -> bool:
    """Whether it is the file of a word that the holder has, on a moment."""
    its = (Endorsement.holder_id == holder_id, Endorsement.document == document, Endorsement.removed_at.is_(None))
    return bool(session.scalar(select(exists().where(*its))))


def _new(holder_id: int, badge_id: int, found: openbadges.LoneEndorsement, now: datetime) -> Endorsement:
    return Endorsement(
        holder_id=holder_id,
        origin="file",
        badge_id=badge_id,
        subject=found.subject.id,
        name="",
        sentence="",
        size=0,
        given_at=found.said_on or now,
        arrives_at=now,
    )


def _same(
    session: Session,
    holder_id: int,
    badge_id: int,
    found: openbadges.LoneEndorsement,
    document: str,
    *,
    was_withdrawn: bool = False,
) -> Endorsement | None:
    """The same word on that badge, brought before; removed or not, and withdrawn or not. What is about an issuer may stand with an
    older badge of theirs."""
    withdrawn = Endorsement.withdrawn_at.is_not(None) == was_withdrawn
    theirs = (Endorsement.holder_id == holder_id, Endorsement.origin == "file", withdrawn)
    about = or_(Endorsement.badge_id == badge_id, Endorsement.subject == found.subject.id)
    for one in session.scalars(select(Endorsement).where(*theirs, about).order_by(Endorsement.id)):
        told = one.examination or {}
        is_of_that_name = found.id != "" and (told.get("id"), told["endorser"]["id"]) == (found.id, found.endorser.id)
        if one.document == document or is_of_that_name:
            return one
    return None


def _its_badge(session: Session, kept: Endorsement, less: int | None) -> badges.KeptBadge | None:
    """The badge with which *kept* stands, while that is there; not the one of the id *less*."""
    badge = session.get(badges.KeptBadge, kept.badge_id) if kept.badge_id not in {None, less} else None
    return badge if badge and badge.removed_at is None and badge.state != "invalid" else None


def _is_better(found: openbadges.LoneEndorsement, kept: Endorsement) -> bool:
    return found.state == "valid" and (kept.examination or {}).get("state") != "valid"


def _why_no_room(session: Session, holder_id: int, size: int) -> str:
    count = select(func.count(Endorsement.id)).where(Endorsement.holder_id == holder_id)
    if (session.scalar(count) or 0) >= MOST_ENDORSEMENTS:
        return "too-many-endorsements"
    try:
        erasing.need_room(session, holder_id, size)
    except evidence.EvidenceFull:
        return "full"
    return ""


def _find_badge(session: Session, holder_id: int, subject: str, less: int | None) -> badges.KeptBadge | None:
    """The holder's badge that *subject* names, or whose achievement, issuer or creator it is: of several the newest, and not
    the one of the id *less*."""
    if not subject:
        return None
    kept = badges.KeptBadge
    theirs = (
        kept.holder_id == holder_id,
        kept.removed_at.is_(None),
        kept.state != "invalid",
        kept.id.is_distinct_from(less),
    )
    for path in _PARTS.values():
        its = type_coerce(kept.read, JSON())[path].as_string() == subject
        newest = select(kept).where(*theirs, its).order_by(kept.added_at.desc(), kept.id.desc()).limit(1)
        if found := session.scalar(newest):
            return found
    return None


def _about(subject: str, read: Mapping[str, Any]) -> openbadges.About:
    """What of a badge it is about, by the id of its subject (openbadges.endorsing)."""
    return next((about for about, path in _PARTS.items() if _at(read, path) == subject != ""), "other")


def _said_by(endorser: str, read: Mapping[str, Any]) -> Literal["issuer", "holder", "other"]:
    if endorser == read["issuer"]["id"] != "":
        return "issuer"
    return "holder" if any(endorser == one["identity"] != "" for one in read["recipients"]) else "other"


def _at(read: Mapping[str, Any], path: Sequence[str]) -> Any:
    found: Any = read
    for name in path:
        found = (found or {}).get(name)
    return found
