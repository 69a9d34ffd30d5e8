"""Files that the wallet itself lets go: written down with the row that goes, and removed by name until they are gone.

The names stand in `file_removals`, hashes and nothing else. Nobody asks the shelf while a transaction that writes is open.

Letting go: whoever takes away rows that name files, or writes other names over theirs, calls `schedule_removal` in that very
    transaction. It may be more than nobody needs: whoever removes looks who needs them.
Keeping: rows that name files are written by `commit_naming_files`. At the end of its transaction it looks for lines of those names:
    let go       the line goes with this commit, and the file stays;
    claimed      it is just being removed: nothing is written, and it is tried again in a moment;
    gone         it was kept before that, or after: nothing is written, the shelf is asked with nothing open, and where all
                 are there these very lines are passed by the next time. Else Unavailable, and nothing was written.
    perhaps gone it could not be removed: as gone, once no removal is on its way any more (SETTLES); until then as claimed.
                 A line that somebody claimed since is another one: nobody passes it by for what they saw before.
Removing, `remove_scheduled`:
    1. Alone, while nobody else writes: which is the last line there is. Whoever looked before it stood there has committed.
    2. Of the lines up to that one, some at a time: which of them rows need (storage/file_references.py), with nothing locked.
       Whoever writes a row after 1 takes its line away themselves.
    3. Alone again: the lines of what is needed go, and of the others those are claimed that still stand. From now on
       nobody writes a row with such a name. So nothing that is needed is ever claimed.
    4. Away from the shelf, and marked as gone. The line stays as long as anybody may be on the way (LATELY).
       What does not go holds up nobody else: all others are tried, the claim is given back, and it is let go still.
In the columns: let go has neither time, claimed has claimed_at, gone has both, perhaps gone has gone_at alone.
Whoever locks several lines does so by name: of two one waits, and not each for the other.
A claim that a crash left is taken up after CLAIM. Whoever claimed begins no removal later than TURN, which is well before.
What is written of either is the time by then (`by_now`): of a removal told as one of before nobody would wait for what it still does.
After a restore the lines are those of that day: 2 and 3 see to it that no file goes that a row needs.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from time import monotonic, sleep
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, String, and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from .database import Database, DatabaseUnavailable, Moment, Numbered
from .failpoints import failpoint
from .file_references import needed_files
from .file_store import FileStore, Unavailable
from .files import is_over
from .rows import in_batches

AT_ONCE = 200
"""Files that are claimed together, and that one statement names."""
HANDS = 16
"""Files that are removed together: a disk or a bucket takes many at once as fast as one."""
TURN, CLAIM = timedelta(minutes=1), timedelta(minutes=3)
"""How long whoever claimed some begins to remove another one; and after what their claim is somebody else's."""
LATELY = timedelta(hours=1)
"""Longer than anybody is on the way between keeping a file and its row."""
SETTLES = timedelta(seconds=45)
"""How long a removal that was not answered may still be carried out; less than the minute after which people try again."""
TRIES, A_MOMENT = 40, 0.05
"""How often whoever keeps what is just being removed tries again, and seconds in between."""
PATIENCE = 5.0
"""Seconds that an erasure waits for somebody else who removes the same."""
OWN = "let go in this transaction"
R = TypeVar("R")
State = tuple[int, datetime | None, datetime | None]
"""A line as somebody saw it: its number, claimed_at, gone_at."""


class FileRemoval(Numbered):
    """A file that is to be removed, or was so lately. It is nobody's, and no archive tells of it; a backup does."""

    __tablename__ = "file_removals"

    name: Mapped[str] = mapped_column(String(64), index=True)
    let_go_at: Mapped[datetime] = mapped_column(Moment)
    claimed_at: Mapped[datetime | None] = mapped_column(Moment)
    """Since when somebody is removing it."""
    gone_at: Mapped[datetime | None] = mapped_column(Moment)
    """Since when it is gone; where nobody claims it, since when it perhaps is."""


class Contested(Exception):  # what happened
    """Files of these names are just being removed, or were so lately."""

    def __init__(self, gone: Collection[State], *, is_being_removed: bool) -> None:
        super().__init__()
        self.gone, self.is_being_removed = gone, is_being_removed


def schedule_removal(session: Session, names: Iterable[str | None], now: datetime) -> None:
    """These files are not needed any more by what is written in this transaction, or perhaps not."""
    lines = [{"name": name, "let_go_at": now} for name in sorted({name for name in names if name})]
    if lines:
        ids = session.scalars(insert(FileRemoval).returning(FileRemoval.id), lines)
        session.info.setdefault(OWN, set()).update(ids)


def commit_naming_files(
    keep: Callable[..., Any],
    files: FileStore,
    names: Iterable[str | None],
    change: Callable[[Session], R],
    now: datetime,
) -> R:
    """What *change* answers, its writes committed by *keep*: rows that name files of these *names*, kept already.

    *keep* takes a function of a session; when that raises, nothing was kept.

    Raises Unavailable, and nothing is kept, when one of them was removed meanwhile. When it raises anything but
    DatabaseUnavailable, whose act is tried again with the same files, they are let go.
    """
    kept = frozenset(name for name in names if name)
    try:
        return _keep(keep, files, kept, change, now)
    except DatabaseUnavailable:
        raise
    except Exception:
        if kept:
            keep(partial(schedule_removal, names=kept, now=now))
        raise


def by_now(now: datetime, began: float) -> datetime:
    """The present moment, of which *now* was the one when monotonic() was *began*."""
    return now + timedelta(seconds=monotonic() - began)


def remove_scheduled(database: Database, files: FileStore, now: datetime, only: Collection[str] | None = None) -> int:
    """Remove what was let go, *only* those names or all; how many files.

    *now* is the present moment, also for whoever did something else before. Raises DatabaseUnavailable, Unavailable: it is
    tried again.
    """
    began = monotonic()
    if next(_due(database, now, only), None) is None:
        return 0
    with database.writing(alone=True) as session:
        last = session.scalar(select(func.max(FileRemoval.id))) or 0
    removed, problems = 0, list[Unavailable]()
    for lines in _due(database, now, only, last):
        with database.reading() as session:
            in_use = needed_files(session, {name for _, name in lines})
        failpoint("removal.looked")
        _forget(database, [id for id, name in lines if name in in_use], now)
        free = [id for id, name in lines if name not in in_use]
        if free:
            count, failed = _remove_some(database, files, free, by_now(now, began))
            removed, problems = removed + count, problems + failed
    if problems:
        raise problems[0]
    return removed


def remove_files(database: Database, files: FileStore, names: Collection[str], now: datetime) -> None:
    """Remove these at once; raises DatabaseUnavailable, Unavailable: what did not go now goes with the next round."""
    began = monotonic()
    while True:
        remove_scheduled(database, files, by_now(now, began), names)
        with database.reading() as session:
            if not pending_removals(session, names):
                return
        if monotonic() - began > PATIENCE:
            raise Unavailable("somebody else is removing the same files")
        sleep(A_MOMENT)


def pending_removals(session: Session, names: Collection[str] | None = None) -> set[str]:
    """What was let go and is not gone yet; of these *names* or of all."""
    is_there = or_(FileRemoval.gone_at.is_(None), FileRemoval.claimed_at.is_(None))
    pending = select(FileRemoval.name).where(is_there)
    if names is None:
        return set(session.scalars(pending))
    some = in_batches(sorted(names), AT_ONCE)
    return {name for part in some for name in session.scalars(pending.where(FileRemoval.name.in_(part)))}


def forget_old_removals(session: Session, now: datetime) -> bool:
    """Of what is gone nothing is known when nobody can be on the way any more; whether there is more of it."""
    over = (FileRemoval.gone_at < now - LATELY, FileRemoval.claimed_at.is_not(None))
    ids = list(session.scalars(select(FileRemoval.id).where(*over).order_by(FileRemoval.id).limit(AT_ONCE)))
    locked = _lock(session, FileRemoval.id.in_(ids), *over)
    session.execute(delete(FileRemoval).where(FileRemoval.id.in_(locked)))
    return len(ids) == AT_ONCE


def _keep(
    keep: Callable[..., Any], files: FileStore, names: Collection[str], change: Callable[[Session], R], now: datetime
) -> R:
    passed: set[State] = set()

    def change_and_look(session: Session) -> R:
        done = change(session)
        _look(session, names, passed, now)
        return done

    for _ in range(TRIES):
        try:
            done: R = keep(change_and_look)
            return done
        except Contested as problem:
            if problem.is_being_removed:
                sleep(A_MOMENT)
                continue
            files.expect(names)
            passed.update(problem.gone)
    raise Unavailable("files of the same bytes are being removed")


def _look(session: Session, names: Collection[str], passed: Collection[State], now: datetime) -> None:
    """The last step of whoever writes rows with these names: what was let go stays; raises Contested."""
    own = session.info.get(OWN, ())
    lines: list[State] = []
    for some in in_batches(sorted(names), AT_ONCE):
        query = select(FileRemoval.id, FileRemoval.claimed_at, FileRemoval.gone_at).where(FileRemoval.name.in_(some))
        found = session.execute(query.order_by(FileRemoval.name, FileRemoval.id).with_for_update())
        lines += [(id, claimed_at, gone_at) for id, claimed_at, gone_at in found if id not in own]
    is_being_removed = any(
        claimed_at is not None if gone_at is None else claimed_at is None and gone_at > now - SETTLES
        for _, claimed_at, gone_at in lines
    )
    gone = [line for line in lines if line[2] is not None and line not in passed]
    if is_being_removed or gone:
        raise Contested(gone, is_being_removed=is_being_removed)
    for ids in in_batches([id for id, *_ in lines], AT_ONCE):
        session.execute(delete(FileRemoval).where(FileRemoval.id.in_(ids)))


def _is_free(now: datetime) -> ColumnElement[bool]:
    """Says of a line whether its file is there still, or perhaps, and nobody is removing it."""
    # One that is of later than clocks differ was written before the clock was set back: nobody is at it either.
    is_over = or_(FileRemoval.claimed_at <= now - CLAIM, FileRemoval.claimed_at > now + LATELY)
    return or_(FileRemoval.claimed_at.is_(None), and_(FileRemoval.gone_at.is_(None), is_over))


def _lock(session: Session, *which: ColumnElement[bool]) -> list[int]:
    """The numbers of these lines, locked in the order of all."""
    query = select(FileRemoval.id).where(*which).order_by(FileRemoval.name, FileRemoval.id)
    return list(session.scalars(query.with_for_update()))


def _due(
    database: Database, now: datetime, only: Collection[str] | None, last: int | None = None
) -> Iterator[list[tuple[int, str]]]:
    """The lines of what is to be removed, up to the one of the number *last*, some at a time."""
    free = select(FileRemoval.id, FileRemoval.name).where(_is_free(now)).order_by(FileRemoval.id)
    if last is not None:
        free = free.where(FileRemoval.id <= last)
    if only is not None:
        for names in in_batches(sorted(only), AT_ONCE):
            if found := _lines(database, free.where(FileRemoval.name.in_(names))):
                yield found
        return
    after = 0
    while found := _lines(database, free.where(FileRemoval.id > after).limit(AT_ONCE)):
        yield found
        after = found[-1][0]


def _lines(database: Database, query: Select[int, str]) -> list[tuple[int, str]]:
    with database.reading() as session:
        return [(id, name) for id, name in session.execute(query)]


def _forget(database: Database, ids: Sequence[int], now: datetime) -> None:
    """Drop the lines of files that somebody needs."""
    for some in in_batches(ids, AT_ONCE):
        with database.writing() as session:
            free = _lock(session, FileRemoval.id.in_(some), _is_free(now))
            session.execute(delete(FileRemoval).where(FileRemoval.id.in_(free)))


def _remove_some(
    database: Database, files: FileStore, ids: Collection[int], now: datetime
) -> tuple[int, list[Unavailable]]:
    """Claim these and remove them: how many files went, and why others did not."""
    began = monotonic()
    claim = update(FileRemoval).where(FileRemoval.id.in_(ids), _is_free(now)).values(claimed_at=now, gone_at=None)
    with database.writing(alone=True) as session:
        claimed = {line.id: line.name for line in session.execute(claim.returning(FileRemoval.id, FileRemoval.name))}
    failpoint("removal.claimed")
    gone, refused, begun, problems, is_silent = set[str](), set[str](), set[str](), list[Unavailable](), Event()

    def take(name: str) -> None:
        if is_silent.is_set() or monotonic() - began > TURN.total_seconds():
            return
        begun.add(name)
        try:
            files.remove(name)
        except Unavailable as problem:
            problems.append(problem)
            if is_over(problem):
                refused.add(name)
            else:
                is_silent.set()
            return
        gone.add(name)
        failpoint("removal.file")

    with ThreadPoolExecutor(HANDS) as together:
        list(together.map(take, set(claimed.values())))
    ended = by_now(now, began)
    with database.writing() as session:
        mine = _lock(session, FileRemoval.id.in_(claimed), FileRemoval.claimed_at == now, FileRemoval.gone_at.is_(None))
        for names, values in (
            (gone, {"gone_at": ended}),
            (refused, {"claimed_at": None, "gone_at": ended - LATELY}),  # over for whoever is on the way
            (begun - gone - refused, {"claimed_at": None, "gone_at": ended}),
            (set(claimed.values()) - begun, {"claimed_at": None}),
        ):
            whose = [id for id in mine if claimed[id] in names]
            session.execute(update(FileRemoval).where(FileRemoval.id.in_(whose)).values(values))
    failpoint("removal.gone")
    return len(gone), problems
