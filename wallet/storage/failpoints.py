"""Points at which a test may end the process as a power cut would, so that what a crash leaves behind is looked at.

`FAILPOINT=name` in the environment kills the process the first time it passes that point, `FAILPOINT=name:3` the third
time. Nobody else sets it, and without it passing a point is one comparison. The tests are in tests/durability/test_killed_at_points.py.
"""

import os
import signal
from collections.abc import Iterator
from itertools import count

POINTS = frozenset(
    {
        # a file is kept in a folder (storage/files.py)
        *("file.written", "file.synced", "file.renamed", "file.kept"),
        # rows are kept (storage/database.py)
        *("rows.written", "rows.kept"),
        # the schema moves on (storage/database.py, operations/migrations/env.py)
        *("migration.statement", "migration.revision", "migration.ready", "migration.kept"),
        # a backup is taken (operations/backup.py)
        *("backup.begun", "backup.database", "backup.file", "backup.described", "backup.counts", "backup.pruned"),
        # a backup is brought back (operations/restore.py)
        *("restore.aside", "restore.ledger", "restore.begun", "restore.file", "restore.drafted"),
        *("restore.marked", "restore.keys", "restore.database", "restore.done"),
        # an archive is made and sent (archive/export.py, archive/zip_stream.py)
        *("archive.gathered", "archive.packed", "archive.piece"),
        # an archive comes back (archive/importing.py)
        *("import.looked", "import.badges", "import.moments", "import.shares"),
        *("import.attachments", "import.rest"),
        # a holder leaves (operations/erasure.py, operations/erasure_steps.py)
        *("erasure.ledger", "erasure.shut", "erasure.badges", "erasure.holder"),
        *("erasure.withdrawals", "erasure.some", "erasure.emptied", "erasure.files"),
        # files that were let go are removed (storage/file_removals.py)
        *("removal.looked", "removal.claimed", "removal.file", "removal.gone"),
        # an offer is taken (issuance/openid4vci/taking.py)
        *("issuance.claimed", "issuance.token", "issuance.credential", "issuance.arrived"),
        # what a platform sent is looked at (issuance/sent_checks.py)
        *("sent.claimed", "sent.looked"),
        # a letter is sent (accounts/outbox.py)
        *("letter.claimed", "letter.sent"),
    }
)
"""All of them, by what has just been done."""

_armed: tuple[str, int, Iterator[int]] | None = None


def failpoint(name: str) -> None:
    """Pass the point *name*: nothing happens, unless it was armed and its turn has come."""
    if _armed is not None and _armed[0] == name and next(_armed[2]) == _armed[1]:
        os.kill(os.getpid(), signal.SIGKILL)


def arm(told: str) -> None:
    """Let the process end at `name` or `name:n`, and at no point for ""; raises ValueError for a name that is none."""
    global _armed  # noqa: PLW0603  # one process, one point
    name, _, turn = told.partition(":")
    if name and name not in POINTS:
        raise ValueError(f"FAILPOINT: there is no point {name}.")
    _armed = (name, int(turn or 1), count(1)) if name else None


arm(os.environ.get("FAILPOINT", ""))
