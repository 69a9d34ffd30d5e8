"""A database of which somebody wants to know how long its transactions take (WALLET_OPERATIONS)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from .database import Database, DatabaseUnavailable
from .prepared_queries import Rows

Observe = Callable[[str, float, bool], None]
"""Learns of each transaction its kind, its seconds, and whether the database did not take it."""


class TimedDatabase(Database):
    """As Database. The kinds are `read`, `write` (with the wait for other writers, and the commit) and `page`, the one query
    of a page that is asked for most."""

    def __init__(self, url: str, connections: int | None, statement: float, observe: Observe) -> None:
        super().__init__(url, connections, statement)
        self._observe = observe

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """As Database."""
        with self._timed("read"), super().reading() as session:
            yield session

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Session]:
        """As Database."""
        with self._timed("write"), super().writing(alone=alone) as session:
            yield session

    def fetch_rows(self, statement: Select[Any], **given: Any) -> Rows:
        """As Database."""
        with self._timed("page"):
            return super().fetch_rows(statement, **given)

    @contextmanager
    def _timed(self, kind: str) -> Iterator[None]:
        began, failed = perf_counter(), False
        try:
            yield
        except DatabaseUnavailable:
            failed = True
            raise
        finally:
            self._observe(kind, perf_counter() - began, failed)
