"""The badges that a holder keeps.

We keep the document as it came, byte for byte, under its hash. The other columns are only what we read in
it and what we found when we looked: they can be thrown away and read again. Removing one can be undone for a
while; the same badge twice is told, not doubled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from .. import openbadges, storage
from . import asked_hosts, card_details, cards, issuer_responses, quota
from .models import FILE_NAME_LIMIT, GOOD_STATES, KeptBadge, NewBadge
from .recheck_dates import CHECK_DAILY, CHECK_WEEKLY, SILENT, _until_endorsers, _until_next, next_check

UNDO_REMOVAL = timedelta(days=1)
"""How long a removed badge can be put back."""
MOST_BADGES = 5000
"""Badges that one holder may keep (docs/security.md K3)."""
WITHDRAWN = frozenset({"revoked", "suspended"})
FOUND = (
    *("document", "came_in", "file_name", "link", "container", "picture", "plate", "own_contexts"),
    *("read", "state", "examination", "checked_at", "good", "good_at", "silent_since", "due_at", "asks"),
)
"""The columns that come from one file: they change together."""
PRESENTATION = "presentation"
"""The member of an examination that tells whether the presentation was signed in which the badge came: it was looked at once."""
UNHEARD, MOST_UNHEARD = "unheard", 50
"""The member of an examination that tells since when what others said is here which is silent now, by its mark
(card_details.endorsement_mark), null where it came with its badge; and how much of that is remembered."""
OF_WHAT_WAS_READ = (
    *("origins", "unsigned", "format", "context_generation", "not_shared", "key_binding", "own_contexts", "own_words"),
)
"""What an examination tells of the words that were read, and not of the day on which it looked."""
AWARD = (
    *("name", "description", "achievement", "recipients", "recipient_name"),
    *("issued_on", "valid_until", "narrative", "issuer"),
)
"""What of a badge says which award it is; of its picture and its issuer's profile nothing does."""


def remember_history(session: Session, holder_id: int, badge_id: int, history: dict[str, Any]) -> None:
    """Keep beside the holder's badge what an archive told of it: proof of nothing. What a later archive told stays."""
    kept = session.get(KeptBadge, badge_id)
    before = (kept.history or {}).get("made_at", "") if kept else ""
    if kept and kept.holder_id == holder_id and before < history["made_at"]:  # else it is gone meanwhile, or older
        kept.history = history


def replace_file(kept: KeptBadge, found: NewBadge, now: datetime) -> None:
    """Everything that comes from one file is that of *found* now."""
    is_other = kept.document != found.document
    kept.document, kept.came_in, kept.container = found.document, found.came_in, found.examination.container
    kept.file_name, kept.link = found.file_name[:FILE_NAME_LIMIT], found.link
    kept.picture, kept.plate, kept.match = found.picture, found.plate, None
    kept.own_contexts = {address: dict(entry) for address, entry in found.own_contexts.items()} or None
    if kept.examination:  # in what the old file came is nothing of this one
        kept.examination = {name: told for name, told in kept.examination.items() if name != PRESENTATION}
        if is_other:  # what was kept before an issuer ended is no proof of what it wrote since
            kept.examination |= {cards.HERE_SINCE: now.isoformat()}
    note_examination(kept, found.examination, found.seen)


def note_examination(
    kept: KeptBadge,
    examination: openbadges.Examination,
    seen: tuple[dict[str, Any], ...],
    *,
    is_of_same_file: bool = False,
) -> None:
    """Write down what was found; the last good examination stays beside a later one that is not.

    What was read stays too while nobody can say whether the file is intact, or whose it is: words that nobody confirmed, an end
    date among them, do not take the place of words that the issuer did, nor does silence. What is told of those words stays with
    them.
    What the issuer withdrew stays withdrawn until they say otherwise: their silence does not bring it back, nor does what
    they said before.
    """
    is_older = is_of_same_file and was_withdrawn_after(examination.checked_at, kept)
    if kept.state in WITHDRAWN and (_is_silent_on_withdrawal(examination) or is_older):
        kept.examination = {name: told for name, told in kept.examination.items() if name != cards.NO_DOCUMENT}
        kept.due_at = next_check(kept, examination.checked_at, CHECK_WEEKLY)
        return
    plain: dict[str, Any] = {
        "checks": [asdict(check) for check in examination.checks],
        "binding": examination.binding,
        "key": examination.key,
        "seen": list(seen),
        "unanswered": list(examination.unanswered),
    }
    if examination.presentation:
        plain[PRESENTATION] = asdict(examination.presentation)
    elif kept.examination and PRESENTATION in kept.examination:
        plain[PRESENTATION] = kept.examination[PRESENTATION]
    if kept.examination and cards.HERE_SINCE in kept.examination:
        plain[cards.HERE_SINCE] = kept.examination[cards.HERE_SINCE]
    before = kept.read
    plain |= _words_told(kept, examination, is_of_same_file=is_of_same_file)
    if before and _is_rewritten(before, kept.read, examination.origins):  # as another file, it was not here before
        plain[cards.HERE_SINCE] = examination.checked_at.isoformat()
    is_silent = examination.why_unknown == "later" and bool(examination.unanswered) and kept.good is not None
    kept.silent_since = (kept.silent_since or examination.checked_at) if is_silent else None
    kept.state, kept.examination, kept.checked_at = examination.state, plain, examination.checked_at
    kept.asks = asked_hosts.asked_host(examination)
    every = min(_until_next(kept, examination), _until_endorsers(kept, plain, examination.checked_at))
    kept.due_at = next_check(kept, examination.checked_at, every)
    note_proof(kept, examination.check("named_to_me"), examination.check("intact").outcome, examination.checked_at)
    if examination.state == GOOD_STATES:
        kept.good, kept.good_at = plain, examination.checked_at


def _is_silent_on_withdrawal(examination: openbadges.Examination) -> bool:
    """Whether nobody can say what its issuer says of it now: neither a day that has passed meanwhile nor a key that is another
    one since is a word of theirs."""
    return examination.state == "unknown" or examination.check("not_withdrawn").outcome == "unknown"


def _words_told(kept: KeptBadge, examination: openbadges.Examination, *, is_of_same_file: bool) -> dict[str, Any]:
    """What an examination tells of the words that hold from now on: those that it read, or those that were read before."""
    reads_less = _read_less(examination, kept)
    is_confirmed = all(examination.check(name).outcome != "unknown" for name in ("intact", "bound"))
    if (kept.good is None and not reads_less) or is_confirmed:
        if kept.good and _names_another_issuer(examination, kept):
            kept.good, kept.good_at = None, None
        kept.read = _plain(asdict(examination.badge))
        told = {member: _plain(getattr(examination, member)) for member in OF_WHAT_WAS_READ}
        stays_said = False
    else:
        told = {member: kept.examination[member] for member in OF_WHAT_WAS_READ if member in kept.examination}
        stays_said = reads_less or examination.check("intact").outcome == "unknown"
    if is_of_same_file and examination.endorsers and not examination.are_endorsers_asked:
        stays_said = True  # they were asked when nobody waited, and what they answered then is not forgotten
    if stays_said and "endorsements" in kept.examination:
        return told | {name: kept.examination[name] for name in ("endorsements", UNHEARD) if name in kept.examination}
    said = [_plain(asdict(one)) for one in examination.endorsements]
    return told | _said_since(kept.examination, said, examination.checked_at)


def _said_since(before: Mapping[str, Any], said: Sequence[dict[str, Any]], now: datetime) -> dict[str, Any]:
    """*said*, with since when each is here that came after its badge: an address may say today what it did not say then. What was
    said *before* and is silent now is remembered, so that it is not new when it is heard again."""
    if not before:
        return {"endorsements": said}
    marks = [card_details.endorsement_mark(one) for one in said]
    known = {**before.get(UNHEARD, {})}
    for one in before.get("endorsements", ()):
        known[card_details.endorsement_mark(one)] = one.get(card_details.SAID_SINCE)
    since = [known.get(mark, now.isoformat()) for mark in marks]
    unheard = [(mark, at) for mark, at in known.items() if mark not in marks]
    return {
        "endorsements": [
            one | ({card_details.SAID_SINCE: at} if at else {}) for one, at in zip(said, since, strict=True)
        ],
        **({UNHEARD: dict(unheard[-MOST_UNHEARD:])} if unheard else {}),
    }


def _is_rewritten(before: Mapping[str, Any], now: Mapping[str, Any], origins: Mapping[str, str]) -> bool:
    """Whether the words of a badge that its issuer's addresses give, and no signature covers, are those of another award now."""
    by_address = [member for member in AWARD if origins.get(member) == "issuer"]
    return any(_of_award(member, before.get(member)) != _of_award(member, now.get(member)) for member in by_address)


def _of_award(member: str, told: Any) -> Any:
    match member:
        case "issuer":
            return told["id"]
        case "achievement":
            return {name: told.get(name) for name in ("id", "name", "description", "criteria", "alignment")}
    return told


def note_new_examination(
    session: Session,
    kept: KeptBadge | None,
    examination: openbadges.Examination,
    seen: tuple[dict[str, Any], ...],
) -> None:
    """As `note_examination`, for a badge that was looked at again; answers that it needs no more go, and all of them where it is gone."""
    before = issuer_responses.response_files(seen) | (kept.files if kept else set())
    if kept:
        note_examination(kept, examination, seen, is_of_same_file=True)
    storage.schedule_removal(session, before - (kept.files if kept else set()), examination.checked_at)


def note_loss(kept: KeptBadge, now: datetime) -> None:
    """Its document cannot be read any more. What was found stays as history; the next look at a mended one makes it whole.

    What the issuer withdrew stays withdrawn: that is graver, and must not be forgotten when the file is back.
    """
    kept.due_at = next_check(kept, now, CHECK_DAILY)
    if kept.state in WITHDRAWN:
        kept.examination = kept.examination | {cards.NO_DOCUMENT: True}
    else:
        kept.state, kept.checked_at = cards.DOCUMENT_LOST, now


def _read_less(examination: openbadges.Examination, kept: KeptBadge) -> bool:
    """Whether an address that gave nothing of use left less to read than is here already: no issuer, or a name less."""
    if not kept.read:
        return False
    badge, here = examination.badge, kept.read
    words = ((badge.issuer.id, here["issuer"]["id"]), (badge.issuer.name, here["issuer"]["name"]))
    return any(before and not now for now, before in (*words, (badge.achievement.name, here["achievement"]["name"])))


def _names_another_issuer(examination: openbadges.Examination, kept: KeptBadge) -> bool:
    """Whether a hosted badge names another issuer now than the one that was shown to give it, and nothing shows that it is of that
    one: nobody was ever shown to have given it then."""
    is_other = kept.read["issuer"]["id"] != examination.badge.issuer.id
    return is_other and examination.check("bound").outcome != "passed"


def note_proof(kept: KeptBadge, named: openbadges.Check, intact: str, now: datetime) -> None:
    """Keep the first proof that the badge is named to an address of the holder; of a changed one it proves nothing."""
    if named.outcome == "passed" and intact == "passed":
        kept.match = kept.match or {"address": named.detail, "at": now.isoformat()}


def replaces(state: str, valid_from: str | datetime | None, not_shared: Sequence[object], kept: KeptBadge) -> bool:
    """A good file takes the place of one that was not, and a newer edition that of an older one.

    Where only nobody can confirm today what was good lately, neither an older edition nor a file that shows less of it does: the
    other one could not be had again.
    """
    if state != GOOD_STATES:
        return False
    if kept.state == GOOD_STATES or is_newer(valid_from, kept):
        return is_newer(valid_from, kept)
    new, old = _plain(valid_from), kept.read["valid_from"]
    is_older = bool(new and old) and new < old
    shows_less = len(not_shared) > len(kept.examination.get("not_shared", ()))
    return not (_was_good_lately(kept) and (is_older or shows_less))


def is_newer(valid_from: str | datetime | None, kept: KeptBadge) -> bool:
    """Whether an edition that begins then is a newer one than *kept*, as far as both say when they begin."""
    new, old = _plain(valid_from), kept.read["valid_from"]
    return bool(new and old) and new > old


def _was_good_lately(kept: KeptBadge) -> bool:
    """Whether it was good, and is no more than unknown since."""
    return kept.state == "unknown" and kept.good_at is not None and kept.checked_at - kept.good_at < SILENT


def is_withdrawn_since(state: str, checked_at: datetime, kept: KeptBadge) -> bool:
    """Whether a look at *checked_at* says that the issuer withdrew what was not, or not in this way, withdrawn when *kept* was
    looked at, which was before."""
    return state in WITHDRAWN and state != kept.state and kept.checked_at <= checked_at


def was_withdrawn_after(checked_at: datetime, kept: KeptBadge) -> bool:
    """Whether a look after *checked_at* found that the issuer withdrew *kept*."""
    return kept.state in WITHDRAWN and checked_at < kept.checked_at


def mends_loss(document: str, is_proven: bool, kept: KeptBadge) -> bool:
    """Whether another file, of which is shown that its issuer wrote it, stands for one of the same badge that is lost: it may have
    ended since."""
    return is_proven and document != kept.document and cards.is_document_lost(kept.state, kept.examination)


def shows_more(state: str, not_shared: Sequence[object], kept: KeptBadge) -> bool:
    """Whether a good file shows more of what the issuer signed than the good one that is here (SD-JWT)."""
    return state == GOOD_STATES == kept.state and len(not_shared) < len(kept.examination.get("not_shared", ()))


def _plain(value: Any) -> Any:
    """*value* as JSON can hold it: times in ISO 8601, tuples as lists."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, datetime) else value


def count_badges(session: Session, holder_id: int) -> int:
    """How many badges the holder has, removed ones included."""
    return session.scalar(select(func.count()).select_from(KeptBadge).where(KeptBadge.holder_id == holder_id)) or 0


def list_badges(session: Session, holder_id: int) -> list[KeptBadge]:
    """The holder's badges, the newest first."""
    return list(
        session.scalars(
            select(KeptBadge)
            .where(KeptBadge.holder_id == holder_id, KeptBadge.removed_at.is_(None))
            .order_by(KeptBadge.added_at.desc(), KeptBadge.id.desc())
        )
    )


def get_badge(session: Session, holder_id: int, badge_id: int, *, for_update: bool = False) -> KeptBadge:
    """The holder's badge of that id; raises Missing, also when it is somebody else's. *for_update*: whoever else writes it
    waits, or has done so."""
    mine = select(KeptBadge).where(
        KeptBadge.holder_id == holder_id, KeptBadge.id == badge_id, KeptBadge.removed_at.is_(None)
    )
    return storage.fetch_one(session, mine.with_for_update() if for_update else mine)


def remove_badge(session: Session, holder_id: int, badge_id: int, now: datetime) -> None:
    """Take the badge out of the wallet; `restore_badge` undoes it while UNDO lasts. Done twice it is done once. Raises Missing."""
    mine = (KeptBadge.holder_id == holder_id, KeptBadge.id == badge_id)
    storage.mark_removed(session, KeptBadge, now - UNDO_REMOVAL, now, *mine)


def restore_badge(session: Session, holder_id: int, badge_id: int, now: datetime) -> None:
    """Undo a removal; raises Missing when it is too late."""
    mine = (KeptBadge.holder_id == holder_id, KeptBadge.id == badge_id)
    storage.restore_removed(session, KeptBadge, now - UNDO_REMOVAL, *mine)


def get_removed_badge(session: Session, holder_id: int, badge_id: int, now: datetime) -> KeptBadge | None:
    """The badge that was just removed and can still be put back."""
    return session.scalar(
        select(KeptBadge).where(
            KeptBadge.holder_id == holder_id, KeptBadge.id == badge_id, KeptBadge.removed_at >= now - UNDO_REMOVAL
        )
    )


def restore_badges_removed_since(session: Session, holder_id: int, moment: datetime) -> None:
    """Undo every removal since *moment*: they were not the holder's."""
    session.execute(
        update(KeptBadge)
        .where(KeptBadge.holder_id == holder_id, KeptBadge.removed_at >= moment)
        .values(removed_at=None)
    )


def move_badges(session: Session, from_holder_id: int, to_holder_id: int) -> None:
    """A visitor turned out to have a wallet: what they looked at joins it, but what came unasked.

    Of a badge that they have already the better file stays, as when it is brought twice; they want it, and what an
    archive told of it is remembered.
    """
    hers = aliased(KeptBadge)
    theirs = (KeptBadge.holder_id == from_holder_id, KeptBadge.removed_at.is_(None), KeptBadge.unasked.is_not(True))
    doubled = session.execute(
        select(KeptBadge, hers)
        .join(hers, hers.identity == KeptBadge.identity)
        .where(*theirs, hers.holder_id == to_holder_id)
        .order_by(KeptBadge.id)
    ).all()
    twice = [brought.id for brought, _ in doubled]
    session.execute(update(KeptBadge).where(*theirs, KeptBadge.id.not_in(twice)).values(holder_id=to_holder_id))
    for brought, here in doubled:
        here.removed_at, here.unasked = None, None
        if here.counted is None:  # else what its holder said here stays
            here.counted = brought.counted
        if brought.history:
            remember_history(session, to_holder_id, here.id, brought.history)
            quota.note_badge_size(session, here.id)
        if _is_better(brought, here):
            is_other = here.document != brought.document or _is_rewritten(
                here.read, brought.read, brought.examination.get("origins", {})
            )
            since = brought.here_since if is_other else here.here_since
            for column in FOUND:
                setattr(here, column, getattr(brought, column))
            here.examination = here.examination | {cards.HERE_SINCE: since.isoformat()}
            quota.note_other_files(session, here.id, brought.id)
        elif cards.is_document_lost(here.state, here.examination) or is_withdrawn_since(
            brought.state, brought.checked_at, here
        ):  # they may have brought its file, or the news: it is looked at soon
            here.due_at = here.checked_at


def _is_better(brought: KeptBadge, here: KeptBadge) -> bool:
    """Whether the file that a visitor brought is the better one of the same badge."""
    if brought.document == here.document and was_withdrawn_after(brought.checked_at, here):
        return False
    not_shared = brought.examination.get("not_shared", ())
    return (
        replaces(brought.state, brought.read["valid_from"], not_shared, here)
        or shows_more(brought.state, not_shared, here)
        or mends_loss(brought.document, cards.is_proven(brought.examination["checks"]), here)
    )
