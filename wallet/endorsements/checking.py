"""Words that came as files are looked at again, daily, while nobody waits: whoever said them may have taken them back.

Rule 1: nothing is open while whoever said it is asked (docs/decisions.md 1), and each host is asked once in a round.
Rule 2: silence is no verdict: what was found before somebody fell silent stays told.
Rule 3: what its list withdraws is withdrawn here, at once and for good (withdrawing.py).
Rule 4: what its holder gave no answer for in UNANSWERED_LASTS, and what is on a badge that is gone for good, is let go as what
they removed themselves.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from .. import accounts, badges, inspection, openbadges, storage
from . import lone_files
from .models import UNANSWERED_LASTS, Endorsement
from .withdrawing import note_change, withdraw

MOST = 50
"""Words of one round."""
LASTS = timedelta(seconds=20)
"""After this a round begins no other word."""


@dataclass(frozen=True, slots=True)
class DueEndorsement:
    """A word that is to be looked at."""

    id: int
    holder_id: int
    document: str
    host: str
    """Of whoever says it, "" for none."""


def check_due(
    database: storage.Database,
    tools_for: Callable[[datetime, Collection[str]], badges.ImportTools],
    clock: Callable[[], datetime],
    goes_on: Callable[[], bool],
) -> None:
    """Look at some of the words that are due; *goes_on* is asked before each."""
    began = clock()
    for due in database.write(_claim_due, began):
        if not goes_on() or clock() - began > LASTS:
            return
        found = look_at(due, tools_for(clock(), ()))
        with suppress(storage.Missing):  # its holder erased all meanwhile
            database.write(note_look, due, found, clock())


def look_at(due: DueEndorsement, tools: badges.ImportTools) -> openbadges.LoneEndorsement | None:
    """What is found of it; None where its document cannot be read."""
    try:
        return inspection.inspect_endorsement(tools.files.read(due.document), tools.inspection)
    except (openbadges.UnreadableBadge, *storage.LOST):
        return None


def note_look(session: Session, due: DueEndorsement, found: openbadges.LoneEndorsement | None, now: datetime) -> None:
    """Write down what was *found*, unless another file of it came meanwhile, or it is gone. Raises Missing with its holder."""
    accounts.lock_holder(session, due.holder_id)
    kept = session.get(Endorsement, due.id, with_for_update=True)
    if kept is None or kept.document != due.document or kept.withdrawn_at or kept.removed_at:
        return
    before = kept.examination or {}
    kept.checked_at = now
    badge = session.get(badges.KeptBadge, kept.badge_id) if kept.badge_id else None
    if found is None or badge is None or (found.state == "unknown" and before.get("intact") == "passed"):
        return
    lone_files.note_found(kept, found, badge.read, now)
    if found.state == "revoked":
        withdraw(session, kept, now)
    elif found.state != before.get("state"):
        note_change(session, kept)


def _claim_due(session: Session, now: datetime) -> list[DueEndorsement]:
    """Some of the words that are due, the longest first: one of each host is looked at now, and all of them are due again later
    (rule 1). What waits for nobody any more is let go (rule 4)."""
    due = select(Endorsement).where(*_LOOKED_AT, Endorsement.checked_at <= now - badges.CHECK_DAILY)
    found = list[DueEndorsement]()
    hosts = set[str]()
    for one in session.scalars(due.order_by(Endorsement.checked_at).limit(MOST).with_for_update(skip_locked=True)):
        is_unanswered = one.accepted_at is None and one.arrives_at <= now - UNANSWERED_LASTS
        if one.badge_id is None or is_unanswered:
            one.removed_at = now
            continue
        one.checked_at = now - badges.CHECK_DAILY + _AGAIN
        told = _due(one)
        if told.host and told.host in hosts:
            continue
        hosts.add(told.host)
        found.append(told)
    return found


_AGAIN = timedelta(minutes=5)
"""After so long the next word of a host is due, and what a round had no time for."""
_LOOKED_AT: tuple[ColumnElement[bool], ...] = (
    Endorsement.checked_at.is_not(None),
    Endorsement.origin == "file",
    or_(Endorsement.withdrawn_at.is_(None), Endorsement.badge_id.is_(None)),  # taken back, it is let go all the same
    Endorsement.removed_at.is_(None),
)


def _due(kept: Endorsement) -> DueEndorsement:
    endorser = (kept.examination or {}).get("endorser", {})
    return DueEndorsement(kept.id, kept.holder_id, kept.document or "", openbadges.host_of(endorser.get("id", "")))
