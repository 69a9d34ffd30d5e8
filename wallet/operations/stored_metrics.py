"""What is asked of database and disk for an operator's tools, every few seconds at most: what waits, how old a backup is,
whether this node can still read what is there.

Rule 1: each question reads rows by an index or of a small table, and of many no more than MOST.
Rule 2: how many holders or shares there are is not asked (docs/monitoring.md).
"""

from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from ..accounts import Holder, Mail
from ..badges import KeptBadge
from ..settings import USUAL_LEDGER, Settings
from ..storage import (
    AnotherStore,
    Database,
    Fit,
    Keyring,
    check_store_keys,
    current_revision,
    read_store,
    schema_fit,
    schema_in_words,
)
from .erasure_log import ErasureLog, Ledger

MOST = 10_000
"""Of more due badges or waiting letters it is only known that there are so many."""
MARK = "last-backup"


def backup_mark(settings: Settings) -> Path:
    """A file beside the ledger, or where that would be; its time says when the last whole backup was taken."""
    return (settings.erasures or USUAL_LEDGER).with_name(MARK)


def note_backup(settings: Settings) -> None:
    """A whole backup was taken just now."""
    mark = backup_mark(settings)
    with suppress(OSError):  # it is no less whole where that cannot be written down
        mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # with all else elsewhere nobody made it before
        try:
            mark.touch(0o600)
        except PermissionError:  # root typed the command before, and it is root's
            mark.unlink()
            mark.touch(0o600)


def measure_disk(settings: Settings, ledger: Ledger, now: datetime) -> dict[str, float]:
    """The age of the last backup, where one is known of, and the lines of a ledger that is a file, by the names of their
    metrics: a shelf is not asked again and again for what tells little."""
    found = dict[str, float]()
    with suppress(OSError):  # of one that cannot be read now nothing is known, and all else is
        if isinstance(ledger, ErasureLog):
            found["ledger_lines"] = float(len(ledger.lines()))
    with suppress(OSError):
        found["backup_age_seconds"] = max(0.0, now.timestamp() - backup_mark(settings).stat().st_mtime)
    return found


def measure_rows(session: Session, now: datetime) -> dict[str, float]:
    """What is due and what waits, and for how long, by the names of their metrics."""
    due = select(KeptBadge.due_at).where(KeptBadge.due_at <= now, KeptBadge.removed_at.is_(None))
    # What waits with a visitor for its holder's word is not checked before (rechecks/due.py).
    due = due.join(Holder, Holder.id == KeptBadge.holder_id).where(Holder.kept_at.is_not(None))
    badges, oldest_badge = _count(session, due.order_by(KeptBadge.due_at).limit(MOST).subquery().c.due_at)
    # One that was tried is due again later, and waits all the same: since it was written.
    since = case((Mail.tries > 0, Mail.made_at), else_=Mail.due_at).label("since")
    waiting = select(since).where(or_(Mail.due_at <= now, Mail.tries > 0)).limit(MOST).subquery()
    letters, oldest_letter = _count(session, waiting.c.since)
    return {
        "due_badges": badges,
        "due_oldest_seconds": _seconds(oldest_badge, now),
        "letters_waiting": letters,
        "letters_oldest_seconds": _seconds(oldest_letter, now),
        "schema_revision": float(current_revision(session) or 0),
    }


def find_faults_of_node(database: Database, keyring: Keyring) -> list[str]:
    """What speaks against this node, while it serves: a sentence each.

    Another node may have brought the schema up to date meanwhile, which this one goes on with where it understands that;
    what was brought back from a backup may be older than it can read, or be sealed by other keys. Raises DatabaseUnavailable.
    """
    if schema_fit(database) in {Fit.OLDER, Fit.FOREIGN}:
        return [schema_in_words(database)]
    try:
        check_store_keys(database.read(read_store), keyring)
    except AnotherStore as problem:
        return [str(problem)]
    return []


def _count(session: Session, moments: ColumnElement[datetime]) -> tuple[float, datetime | None]:
    """How many *moments* there are, and the first of them."""
    amount, first = session.execute(select(func.count(), func.min(moments))).one()
    return float(amount), first


def _seconds(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
