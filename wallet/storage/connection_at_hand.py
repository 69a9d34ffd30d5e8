"""A connection to a file of SQLite that stays open between two looks, and knows whether anything was written meanwhile."""

from collections.abc import Mapping
from typing import Any

from .prepared_queries import PreparedQuery, Rows

MOST_KEPT, MOST_ROWS, LONGEST = 64, 200, 16 * 1024
"""Answers that one connection keeps; a page that many ask for at once needs one. Of one answer, its rows and the characters
of a value: what is larger, like all that one holder has, is asked for again rather than kept."""


class ConnectionAtHand:
    """*connection*, with what it answered since somebody wrote last.

    SQLite gives another `data_version` once any other connection, of this process or of another one, has committed: as long
    as it is the same, the same question has the same answer (https://www.sqlite.org/pragma.html#pragma_data_version).
    Nothing is written through this one.
    """

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self._cursor = connection.cursor()
        self._version = 0
        self._kept: dict[tuple[object, ...], Rows] = {}

    def fetch(self, look: PreparedQuery, given: Mapping[str, Any]) -> Rows:
        """The rows of *look* for the parameters *given*, as they are committed now."""
        version = self._cursor.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version or len(self._kept) >= MOST_KEPT:
            self._kept.clear()
            self._version = version
        asked = (look, *given.items())
        rows = self._kept.get(asked)
        if rows is None:
            rows = self._cursor.execute(look.text, look.parameters(given)).fetchall()
            if _is_small(rows):
                self._kept[asked] = rows
        return rows


def _is_small(rows: Rows) -> bool:
    return len(rows) <= MOST_ROWS and all(
        len(value) <= LONGEST for row in rows for value in row if isinstance(value, str | bytes)
    )
