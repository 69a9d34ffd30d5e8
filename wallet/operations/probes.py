"""Whether database and shelf answer at all: within seconds, with the reason, and with what the operator does next.

Whoever asks is told at once what is wrong with a server, a name, a disk. Nothing here says that anything is damaged, and
nothing here advises to bring a backup back: what does not answer may be whole.
"""

import re
from collections.abc import Callable
from functools import partial
from threading import Thread
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, OperationalError

from ..storage import Bucket, Database, FileStore, Unavailable, current_revision, is_missing, place_of

PATIENCE = 10
"""Seconds in which an answer must come."""
LOOK_AT = "Look at WALLET_DATABASE_URL"
OF_A_DISK = r"readonly|read-only|unable to open|disk I/O|disk is full|locked"
"""What SQLite says of a disk; whatever else it says, it says of what it read."""
DAMAGED = {"XX001", "XX002"}
"""What PostgreSQL says of pages and indexes that are not what it wrote: all else it says of itself, or of who asks."""
REASONS = (  # what the server says, what that means, what to do; the first that fits
    (
        r"permission denied for (table|relation|schema|sequence)",
        "This user of the database server may not read the tables of the wallet",
        f"{LOOK_AT}: the user; and whose the tables are.",
    ),
    (
        r"(role|user) .* (does not exist|is not permitted)|authentication failed|no pg_hba|permission denied",
        "The database server does not let this user in",
        f"{LOOK_AT}: user and password; and at the users of the server.",
    ),
    (
        r"database .* does not exist",
        "The database server has no database of this name",
        f"{LOOK_AT}: the name. If it is lost: createdb, and then wallet restore DIR.",
    ),
    (
        r"translate host|resolve|[Nn]ame or service",
        "There is no such database server",
        f"{LOOK_AT}: the host.",
    ),
    (
        r"locked",
        "Somebody else holds the database",
        "Wait for a backup or a restore to end, and ask again.",
    ),
    (
        OF_A_DISK,
        "The disk does not give the database",
        "Look whether the disk is there, can be written, has room, and is this user's. Nothing says that it is damaged.",
    ),
    (
        "",
        "The database does not answer",
        "Look whether its server runs, and at its host and port in WALLET_DATABASE_URL. Nothing says that it is damaged.",
    ),
)


class NoAnswer(NamedTuple):
    """Why something does not answer, and what the operator does."""

    fault: str
    advice: str


def probe_database(database: Database) -> NoAnswer | None:
    """Why *database* does not answer; None when it does, or when its file is not there at all.

    Raises DatabaseError when it answers and cannot be read.
    """
    if is_missing(database):
        return None
    try:
        is_there = _in_time(partial(database.read, current_revision))
        return None if is_there else explain_silence(database, f"no answer within {PATIENCE} seconds")
    except DatabaseError as problem:
        if is_damage(database, problem):
            raise
        return explain_silence(database, problem.orig)


def is_damage(database: Database, problem: DatabaseError) -> bool:
    """Whether *problem* says that what was read is not what was written."""
    if not database.is_sqlite:
        return getattr(problem.orig, "sqlstate", None) in DAMAGED
    return not (isinstance(problem, OperationalError) and re.search(OF_A_DISK, str(problem.orig)))


def explain_silence(database: Database, problem: object) -> NoAnswer:
    """What *problem*, which is no damage, says of the server, the user or the disk."""
    said = " ".join(str(problem).split())
    _, what, advice = next(one for one in REASONS if re.search(one[0], said))
    return NoAnswer(f"{what} ({place_of(database)}): {said}".rstrip("."), advice)


def probe_sqlite_pages(database: Database) -> str:
    """What keeps a wallet from starting on a SQLite that is damaged; "" for a whole one.

    It is the quick look, which does not compare indexes with their tables: a start must not take minutes.
    """
    if is_missing(database) or not database.is_sqlite:
        return ""
    try:
        with database.reading() as session:
            said = str(session.scalar(text("PRAGMA quick_check(1)")))
    except DatabaseError as problem:
        said = str(problem.orig)
    if said == "ok":
        return ""
    return f"The database {place_of(database)} is damaged ({' '.join(said.split())})."


def probe_files(files: FileStore) -> NoAnswer | None:
    """Why the shelf does not answer; None when it does."""
    try:
        if _in_time(files.read_id):
            return None
        said = f"no answer within {PATIENCE} seconds"
    except Unavailable as problem:
        said = str(problem).removeprefix(f"{files.place}: ")
    where = "the disk and whose the folder is (WALLET_FILES_URL)"
    if isinstance(files, Bucket):
        where = (
            "the service and its address (WALLET_FILES_URL), and at the keys that open it (AWS_ACCESS_KEY_ID,"
            " AWS_SECRET_ACCESS_KEY, AWS_REGION)"
        )
    return NoAnswer(
        f"The files in {files.place} do not answer: {said}".rstrip("."),
        f"Look at {where}. Nothing says that a file is damaged.",
    )


def _in_time(ask: Callable[[], object]) -> bool:
    """Whether an answer came in time; what it raised is raised here. Whoever is still waiting holds up nobody's end."""
    raised: list[Exception] = []

    def asked() -> None:
        try:
            ask()
        except Exception as problem:  # noqa: BLE001  # handed on
            raised.append(problem)

    thread = Thread(target=asked, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if raised:
        raise raised[0]
    return not thread.is_alive()
