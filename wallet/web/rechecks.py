"""« Vérifier encore »: kept badges looked at again because somebody asks for it, their holder or whoever is shown them; and
« Chercher une version plus récente », where the issuer of one that has ended gives one, because its holder taps; and what was
kept as a badge before words were told from badges.

Nothing is written of who asks. What comes of it is what comes of every look: a failure is no verdict, and what was good
before stays told with its date (badges.note).
"""

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import BoundedSemaphore
from time import monotonic
from typing import Any, Literal

from sqlalchemy.orm import Session

from .. import badges, concurrency, endorsements, inspection, network, openbadges, rechecks, shares, storage
from ..badges import ImportOutcome, NewBadge
from .transactions import keep_with_files, release_files, storing_files
from .visit import Visit

MOST = 12
"""Badges of a share that are looked at by one press, those that were looked at longest ago."""
FRESH = timedelta(minutes=1)
"""So lately looked at that another look would say nothing new, by whatever share it was asked for."""
LASTS = 10.0
"""Seconds after which no further badge of a silent issuer is begun; a fetch gives up by itself (fetching.TOTAL)."""
TURNS = BoundedSemaphore(4)
"""Shares that are looked at together: the threads in which people are answered are few."""
Done = Literal["checked", "tried", "later", "busy", "unreadable", "no-badge"]
Renewed = Literal[
    "updated",
    "added",
    "later",
    "full",
    "newer-silent",
    "busy",
    "newer-unread",
    "newer-none",
    "newer-other",
    "newer-bad",
    "newer-unsure",
]
"""What came of it: one of a file that is brought, or why there is nothing newer to keep."""
_WITHOUT_ANSWER: dict[str, Renewed] = {
    "link-no-answer": "newer-silent",
    "link-too-often": "later",
    "late": "newer-silent",
    "busy": "busy",
    **dict.fromkeys(openbadges.OF_PERSONS, "newer-none"),
}
_PUT_OFF: frozenset[Done] = frozenset({"later", "busy"})
_STILL_ENDED = ("expired", "revoked", "suspended")


def recheck_badge(visit: Visit, kept: badges.KeptBadge, addresses: Collection[str]) -> Done:
    """Look at *kept* again and write down what is found; *addresses* are what its holder has proven to be theirs.

    `tried` is for an issuer who does not answer and may another day, `later` for one whom we asked too often to ask now, of
    which nothing is written down, nor where we are too busy to look (`busy`); `unreadable` for a document in which nothing can be read, `no-badge` for one that tells
    who somebody is, and was kept before all of these were refused. Raises database.Missing when the badge is gone meanwhile.
    """
    try:
        with storing_files(visit) as shelved:
            tools = visit.services.import_tools(visit.now, addresses, shelved=shelved)
            contexts = badges.read_contexts(kept.own_contexts, visit.services.files)
            found = badges.examine_again(visit.services.files.read(kept.document), tools, kept.link, contexts)
    except openbadges.UnreadableBadge as problem:
        return _why_not_read(problem)
    except storage.LOST:
        return _note_loss(visit, kept)
    names = badges.response_files(found[1])
    if found[0].state == "unknown" and network.why_unasked(tools.inspection.fetch):
        release_files(visit, names)
        return "later"
    keep_with_files(visit, names, _note_check, kept.holder_id, kept.id, kept.document, *found)
    return "tried" if found[0].why_unknown == "later" else "checked"


def fetch_contexts(
    visit: Visit, kept: badges.KeptBadge, host: str
) -> Done | Literal["no-words", "other-words", "no-room"]:
    """Fetch what *kept* needs of its issuer's own vocabulary from *host*, look at it again under it, and keep both.

    `no-words` where there is none to be had, `other-words` where it does not help, `no-room` where there is none for it:
    nothing is written down then. The rest as `recheck_badge`.
    """
    try:
        with storing_files(visit) as shelved:
            addresses = visit.read(badges.proven_addresses, kept.holder_id)
            tools = visit.services.import_tools(visit.now, addresses, shelved=shelved)
            document, given = (
                visit.services.files.read(kept.document),
                badges.read_contexts(kept.own_contexts, tools.files),
            )
            fetched = badges.fetch_contexts(
                badges.missing_contexts(document, kept.examination["checks"], given), host, tools.inspection.fetch
            )
            found = badges.examine_again(document, tools, kept.link, given | fetched) if fetched else None
            if found is None or found[0].check("intact").reason in badges.USELESS_CONTEXTS:
                release_files(visit, shelved)
                return (
                    "other-words" if found else "later" if network.why_unasked(tools.inspection.fetch) else "no-words"
                )
            entries = (kept.own_contexts or {}) | badges.keep_contexts(
                fetched, dict.fromkeys(fetched, visit.now), tools.keep
            )
    except openbadges.UnreadableBadge as problem:
        return _why_not_read(problem)
    except storage.LOST:
        return _note_loss(visit, kept)
    names = badges.response_files(found[1]) | badges.context_files(entries)
    no_room = keep_with_files(visit, names, _note_contexts, kept.holder_id, kept.id, kept.document, entries, *found)
    return "no-room" if no_room else "checked"


def recheck_share(visit: Visit, share: shares.OpenShare) -> Literal["too-often", "busy"] | None:
    """Look at the badges of a share again, each issuer in a line of its own; else why it is put off.

    `busy` is for too many shares at once, which is soon over and counts for nothing; `too-often` for too many presses. So it
    is where none of the badges could be looked at: we are too busy, or asked their issuers too often to ask now.
    """
    if not TURNS.acquire(blocking=False):
        return "busy"
    try:
        if not visit.services.rate_limits.allow("recheck", visit.request, (share.id,)):
            return "too-often"
        addresses = visit.read(badges.proven_addresses, share.holder_id)
        due = [kept for _, kept in visit.read(shares.shared_badges, share.id) if _may_change(kept, visit.now)]
        lines = storage.grouped(
            (badges.issuer_host(kept.read["issuer"]["id"]), kept)
            for kept in sorted(due, key=lambda one: one.checked_at)[:MOST]
        )
        with ThreadPoolExecutor(MOST) as together:
            check_line = concurrency.same_requester(lambda line: _check_line(visit, line, addresses))
            done = {one for line in together.map(check_line, lines.values()) for one in line}
    finally:
        TURNS.release()
    if not done or not done <= _PUT_OFF:
        return None
    return "too-often" if "later" in done else "busy"


def _note_check(session: Session, holder_id: int, badge_id: int, document: str, *found: Any) -> None:
    """As badges.note_check; what an open share shows is checked again within a day."""
    badges.note_check(session, holder_id, badge_id, document, *found)
    rechecks.hasten_checks(session, [badge_id], found[0].checked_at)


def _note_contexts(session: Session, holder_id: int, badge_id: int, document: str, entries: Any, *found: Any) -> str:
    """As badges.note_contexts, and so."""
    problem = badges.note_contexts(session, holder_id, badge_id, document, entries, *found)
    rechecks.hasten_checks(session, [badge_id], found[0].checked_at)
    return problem


def _why_not_read(problem: openbadges.UnreadableBadge) -> Done:
    if problem.reason == "busy":
        return "busy"
    return "no-badge" if problem.reason in openbadges.OF_PERSONS else "unreadable"


def _note_loss(visit: Visit, kept: badges.KeptBadge) -> Done:
    is_told = visit.keep(
        rechecks.note_lost_document, kept.holder_id, kept.id, (kept.document, kept.checked_at), visit.now
    )
    return "checked" if is_told else "unreadable"


def _may_change(kept: badges.KeptBadge, now: datetime) -> bool:
    """Whether another look at *kept* may say something new: not just after the last, nor of what is never checked here."""
    return kept.checked_at <= now - FRESH and not badges.is_never_known(kept)


def _check_line(visit: Visit, line: Sequence[badges.KeptBadge], addresses: Collection[str]) -> set[Done]:
    """The badges of one issuer, one after the other, and what came of it; one that cannot be looked at now stays as it was."""
    until, done = monotonic() + LASTS, set[Done]()
    for kept in line:
        if monotonic() > until:
            break
        try:
            done.add(recheck_badge(visit, kept, addresses))
        except storage.Unavailable:
            done.add("busy")
        except storage.Missing:
            continue
    return done


def find_newer_edition(visit: Visit, kept: badges.KeptBadge) -> tuple[Renewed, int]:
    """Ask for a newer edition of *kept*: what came of it, and the badge on whose page that is told.

    Nobody is asked where its issuer, by a signature that holds, names no address for one, or it has not ended.
    """
    address = kept.card.newer_at
    if not address:
        return "newer-none", kept.id
    with storing_files(visit) as shelved:
        proven = visit.read(badges.proven_addresses, visit.holder_id)
        tools = visit.services.import_tools(visit.now, proven, monotonic(), shelved=shelved)
        arrived = badges.import_link(address, tools)
        found = [one for one in arrived if isinstance(one, NewBadge)]
        newer = [one for one in found if badges.is_edition_of(kept, one.examination.badge)]
        good = [one for one in newer if one.examination.state not in ("invalid", *_STILL_ENDED)]
        release_files(
            visit, {name for one in found for name in one.files} - {name for one in good[:1] for name in one.files}
        )
        if not good:
            return _why_none(arrived, found, newer), kept.id
        names = good[0].files
        _, [outcome] = keep_with_files(
            visit, names, badges.keep_or_ask, visit.holder, good[:1], visit.now, unasked=False
        )
    return _told_of(outcome), outcome.badge_id or kept.id


def _why_none(
    arrived: Sequence[NewBadge | ImportOutcome], found: Sequence[NewBadge], newer: Sequence[NewBadge]
) -> Renewed:
    """Why nothing of what *arrived* is kept, of which *found* are badges, and *newer* those that are editions of it."""
    if newer:
        is_bad = any(one.examination.state == "invalid" for one in newer)
        return "newer-bad" if is_bad else "newer-none"
    if found:
        return "newer-other"
    reasons = [one.reason for one in arrived if isinstance(one, ImportOutcome)]
    return next((_WITHOUT_ANSWER[reason] for reason in reasons if reason in _WITHOUT_ANSWER), "newer-unread")


def _told_of(outcome: ImportOutcome) -> Renewed:
    match outcome.kind:
        case "added" | "updated" as kept:
            return kept
        case "problem":
            return "full"
    return "newer-unsure"


def move_to_endorsements(visit: Visit, kept: badges.KeptBadge) -> ImportOutcome:
    """Of *kept*, which was kept as a badge and is a word on another one: what it becomes, as an outcome. Raises Missing."""
    try:
        document = visit.services.files.read(kept.document)
        found = inspection.inspect_endorsement(document, visit.services.import_tools(visit.now).inspection)
    except (openbadges.UnreadableBadge, *storage.LOST):
        return ImportOutcome("", "problem", "unreadable")
    brought = badges.BroughtEndorsement(document=document, found=found)
    with storing_files(visit) as shelved:
        name = visit.services.files.keep(document)
        shelved.add(name)
        return keep_with_files(
            visit, [name], endorsements.move_badge, visit.holder_id, kept.id, brought, name, visit.now
        )


def is_endorsement(visit: Visit, kept: badges.KeptBadge) -> bool:
    """Whether *kept* is one, as its document says; its shelf is asked only where it may be."""
    if not endorsements.may_be_endorsement(kept):
        return False
    try:
        return openbadges.is_endorsement(visit.services.files.read(kept.document))
    except (storage.Unavailable, *storage.LOST):
        return False
