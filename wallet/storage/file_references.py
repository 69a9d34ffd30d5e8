"""Which rows need which files, written down beside them: who needs a file is looked up by its name, whoever has how many.

Rule 1: the rows themselves say what they need; `kept_files` repeats it, and is in no archive. A trigger of the database
notes every row that is written in one of the columns that name files, by whatever statement and whatever release of the
wallet, as not listed: a line without a name. A trigger takes all lines of a row that goes.
Rule 2: whoever writes such a row with the session lists it at the end of the same transaction (`_list_written`). What
nobody listed, as what was there before there was this table, is listed by a chore (`list_rows_left`).
Rule 3: whoever asks who needs a file reads the rows that are not listed as well, and these first. So a line that is late
costs time, and never a file.
Rule 4: which columns these are is said beside each table (`rows_naming_files`), and in the migration that makes its triggers.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from sqlalchemy import ColumnElement, Index, String, delete, event, insert, inspect, select, text
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from .database import Base, Database
from .rows import as_they_come, grouped, in_batches

AT_ONCE = 200
"""Rows that are listed, and names that are looked up, in one transaction."""
READ_TOGETHER = 20
"""Rows that are in memory together: a badge may tell of its examinations in some hundred KB."""
FUNCTIONS = ("note_naming_row", "forget_naming_row")
"""What the triggers call on PostgreSQL (operations/migrations/naming_rows.py)."""
NOT_LISTED = ""
"""The name in the line of a row whose files are not listed as they are now."""
LOOKS = 2
"""How often what looks wrong is looked at again."""
WRITTEN = "rows that name files"
"""Under this name a session keeps which rows it wrote."""


class KeptFile(Base):
    """A file that a row needs."""

    __tablename__ = "kept_files"
    __table_args__ = (
        Index("ix_kept_files_name", "name"),
        Index(
            "ix_kept_files_not_listed",
            "kind",
            "row_id",
            sqlite_where=text("name = ''"),
            postgresql_where=text("name = ''"),
        ),
    )

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    """Of the row: badge, attachment or handover."""
    row_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Of the file; NOT_LISTED says that the other lines of the row may be wrong."""


@dataclass(frozen=True, slots=True)
class NamingRows:
    """The rows of one table that name files."""

    kind: str
    id: InstrumentedAttribute[int]
    columns: tuple[InstrumentedAttribute[Any], ...]
    """All that tell of files; whoever writes another one changes nothing of what is needed."""
    names: Callable[..., Iterable[str | None]]
    """The names that a row tells, by the values of these columns in their order."""

    def files(
        self, session: Session, *which: ColumnElement[bool], locked: bool = False
    ) -> Iterator[tuple[int, set[str]]]:
        """What each of *which* rows needs, or of all, by its number; *locked*: of these few those alone that nobody else
        writes, and nobody does until the transaction ends."""
        rows = select(self.id, *self.columns).where(*which).order_by(self.id)
        if locked:
            rows = rows.with_for_update(key_share=True, skip_locked=True)
        else:
            rows = rows.execution_options(yield_per=READ_TOGETHER)
        for id, *told in session.execute(rows):
            yield id, {name for name in self.names(*told) if name}

    def owned_files(self, session: Session, *which: ColumnElement[bool]) -> Iterator[tuple[str, str]]:
        """The same one by one: whose a file is, as `badge 12`, and its name."""
        for id, names in self.files(session, *which):
            yield from ((f"{self.kind} {id}", name) for name in sorted(names))


KINDS: dict[str, NamingRows] = {}
"""All tables whose rows name files, by the kind of their rows."""


def rows_naming_files(
    kind: str,
    id: InstrumentedAttribute[int],
    columns: Sequence[InstrumentedAttribute[Any]],
    names: Callable[..., Iterable[str | None]],
) -> NamingRows:
    """Say of a table that its rows name files: in *columns*, as *names* finds them. Its triggers are made by a migration."""
    KINDS[kind] = NamingRows(kind, id, tuple(columns), names)
    return KINDS[kind]


def all_named_files(session: Session) -> Iterator[tuple[str, str]]:
    """A look at everybody's rows: every file that one needs, whose it is (`badge 12`) and its name. A file may come several times."""
    for rows in KINDS.values():
        yield from rows.owned_files(session)


def listed_files(session: Session, names: Collection[str] | None = None) -> Iterator[tuple[str, str]]:
    """The same, or those of these *names*, without a look at rows, but at those that are not listed."""
    asked, late = None if names is None else set(names), set[tuple[str, int]]()
    for kind, rows in KINDS.items():  # before the lines: who lists a row meanwhile takes it from here to there
        for ids in _rows_left(session, rows):
            late.update((kind, id) for id in ids)
            for owner, name in rows.owned_files(session, rows.id.in_(ids)):
                if asked is None or name in asked:
                    yield owner, name
    lines = select(KeptFile.kind, KeptFile.row_id, KeptFile.name).where(KeptFile.name != NOT_LISTED)
    if asked is None:
        parts = [lines]
    else:
        parts = [lines.where(KeptFile.name.in_(some)) for some in in_batches(sorted(asked), AT_ONCE)]
    for part in parts:
        ordered = part.order_by(KeptFile.kind, KeptFile.row_id, KeptFile.name)
        for kind, id, name in session.execute(ordered.execution_options(yield_per=10 * AT_ONCE)):
            if (kind, id) not in late:
                yield f"{kind} {id}", name


def needed_files(session: Session, names: Collection[str]) -> set[str]:
    """Those of these *names* that some row needs."""
    return {name for _, name in listed_files(session, names)}


def rows_there(session: Session, owners: Collection[str]) -> set[str]:
    """Those of these rows, told as `badge 12`, that are there."""
    told = grouped((kind, int(id)) for kind, id in (owner.split() for owner in owners))
    return {
        f"{kind} {id}"
        for kind, ids in told.items()
        for some in in_batches(sorted(ids), AT_ONCE)
        for id in session.scalars(select(KINDS[kind].id).where(KINDS[kind].id.in_(some)))
    }


def list_rows_left(database: Database, seconds: float) -> bool:
    """List what is not listed yet, for so many *seconds* at most; whether all is."""
    until = monotonic() + seconds
    for rows in KINDS.values():
        after = 0
        while last := database.write(_list_some, rows, after):
            after = last
            if monotonic() > until:
                return False
    return True


def list_anew(database: Database) -> int:
    """List all rows, whatever is said of them; how many were listed otherwise than they are. Each step holds nobody up."""
    count = 0
    for rows in KINDS.values():
        after: int | None = 0
        while after is not None:
            after, wrong = database.write(_list_next, rows, after)
            count += wrong
    return count


def wrong_lists(session: Session) -> dict[str, set[str]]:
    """A look at all rows: which of those that are listed, as `badge 12`, are listed otherwise than they are; and what they need."""
    wrong = dict[str, set[str]]()
    for kind, rows in KINDS.items():
        for some in as_they_come(rows.files(session), AT_ONCE):
            ids = _wrong_of(session, kind, dict(some))
            for _ in range(LOOKS):  # beside a served wallet they were written since they were read
                ids = _wrong_of(session, kind, dict(rows.files(session, rows.id.in_(ids)))) if ids else []
            wrong |= {f"{kind} {id}": needed for id, needed in some if id in ids}
    return wrong


def names_needed(database: Database, more: Iterable[str] = ()) -> Iterator[list[str]]:
    """All names that rows need, each once, some at a time, in transactions of their own; and these *more*."""
    with database.reading() as session:
        late = {*more, *(name for rows in KINDS.values() for name in _names_left(session, rows))}
    after = NOT_LISTED
    while names := database.read(_next_names, after):
        late.difference_update(names)
        yield names
        after = names[-1]
    yield from as_they_come(sorted(late), AT_ONCE)


def _next_names(session: Session, after: str) -> list[str]:
    names = select(KeptFile.name).where(KeptFile.name > after).distinct()
    return list(session.scalars(names.order_by(KeptFile.name).limit(AT_ONCE)))


def _names_left(session: Session, rows: NamingRows) -> Iterator[str]:
    for ids in _rows_left(session, rows):
        yield from (name for _, name in rows.owned_files(session, rows.id.in_(ids)))


def _wrong_of(session: Session, kind: str, needed: dict[int, set[str]]) -> list[int]:
    there = _lines(session, kind, list(needed))
    return [id for id, names in needed.items() if NOT_LISTED not in there[id] and there[id] != names]


def _rows_left(session: Session, rows: NamingRows) -> Iterator[list[int]]:
    """The numbers of the rows that are not listed, some at a time."""
    after = 0
    while ids := _some_left(session, rows, after):
        yield ids
        after = ids[-1]


def _some_left(session: Session, rows: NamingRows, after: int) -> list[int]:
    left = select(KeptFile.row_id).where(
        KeptFile.kind == rows.kind, KeptFile.name == NOT_LISTED, KeptFile.row_id > after
    )
    return list(session.scalars(left.order_by(KeptFile.row_id).limit(AT_ONCE)))


def _list_some(session: Session, rows: NamingRows, after: int) -> int:
    """List some rows that are not; the last of them, 0 where there was none. What somebody else writes just now is listed
    by them, or the next time."""
    ids = _some_left(session, rows, after)
    _list(session, rows, ids)
    there = set(session.scalars(select(rows.id).where(rows.id.in_(ids))))
    gone = [id for id in ids if id not in there]  # it went while the migration noted it
    session.execute(delete(KeptFile).where(KeptFile.kind == rows.kind, KeptFile.row_id.in_(gone)))
    return ids[-1] if ids else 0


def _list_next(session: Session, rows: NamingRows, after: int) -> tuple[int | None, int]:
    ids = list(session.scalars(select(rows.id).where(rows.id > after).order_by(rows.id).limit(AT_ONCE)))
    return (ids[-1], _list(session, rows, ids)) if ids else (None, 0)


def _list(session: Session, rows: NamingRows, ids: Sequence[int], together: int = READ_TOGETHER) -> int:
    """Write down which files these rows need, as they stand in the database by now; how many were listed otherwise. So many
    are read *together*."""
    needed = dict[int, set[str]]()
    for some in in_batches(ids, together):
        needed.update(rows.files(session, rows.id.in_(some), locked=True))
    there = _lines(session, rows.kind, list(needed))
    wrong, new = 0, list[dict[str, object]]()
    over = grouped((name, id) for id, names in needed.items() for name in there[id] - names)
    for name, whose in over.items():  # nearly always one: that they were not listed
        lines = (KeptFile.kind == rows.kind, KeptFile.row_id.in_(whose), KeptFile.name == name)
        session.execute(delete(KeptFile).where(*lines).execution_options(synchronize_session=False))
    for id, names in needed.items():
        new += [{"kind": rows.kind, "row_id": id, "name": name} for name in sorted(names - there[id])]
        wrong += NOT_LISTED not in there[id] and there[id] != names
    if new:
        session.execute(insert(KeptFile), new)
    return wrong


def _lines(session: Session, kind: str, ids: Sequence[int]) -> dict[int, set[str]]:
    """The lines of these rows."""
    found: dict[int, set[str]] = {id: set() for id in ids}
    for some in in_batches(ids, AT_ONCE):
        lines = select(KeptFile.row_id, KeptFile.name).where(KeptFile.kind == kind, KeptFile.row_id.in_(some))
        for id, name in session.execute(lines):
            found[id].add(name)
    return found


@event.listens_for(Session, "after_flush")
def _note_written(session: Session, _context: object) -> None:
    """Which rows are to be listed before the transaction ends."""
    by_class = {rows.id.class_: rows for rows in KINDS.values()}
    for row in (*session.new, *session.dirty):
        rows = by_class.get(type(row))
        if rows and (row in session.new or _tells_otherwise(row, rows)):
            session.info.setdefault(WRITTEN, {}).setdefault(rows.kind, set()).add(row.id)


def _tells_otherwise(row: object, rows: NamingRows) -> bool:
    attributes = inspect(row).attrs
    return any(attributes[column.key].history.has_changes() for column in rows.columns)


@event.listens_for(Session, "before_commit")
def _list_written(session: Session) -> None:
    """The last step of whoever wrote rows that name files. What is read is what the row says now: somebody else may have
    written another column of it since this session read it."""
    session.flush()
    for kind, ids in session.info.pop(WRITTEN, {}).items():
        for some in in_batches(sorted(ids), AT_ONCE):
            _list(session, KINDS[kind], some, AT_ONCE)  # whoever wrote them has them in memory
