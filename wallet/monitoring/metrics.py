"""The metrics of a node, as Prometheus reads them (docs/monitoring.md says what each means).

Rule 1: a label is a word of ours: the name of a route, a status, a verb. Never a path, a host, a number of somebody's.
Rule 2: how many holders or shares there are is no metric: who reads it every few seconds would see each one come and go.
Rule 3: what is not known is not there. A zero that nobody counted would end an alarm.

Where several workers serve, each counts in files of one folder in memory (`shared_folder`), and whoever is asked adds
them up: the multiprocess mode of prometheus-client. Those who write run out of room there by a signal that ends them,
so the folder lies on no disk that may be full.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from .counting import Counted

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where prometheus-client reads the folder of a node with several workers, when it is loaded."""
IN_MEMORY = Path("/dev/shm")  # noqa: S108  # a folder that is made there has a name of its own, and is ours alone
NAMED = "wallet-metrics-"
OF_A_NODE = re.compile(rf"{NAMED}([0-9]{{1,9}})-\w+")
OF_A_PROCESS = re.compile(r"gauge_live\w*_(\d+)\.db")
SECONDS = (0.01, 0.05, 0.25, 1.0, 5.0)
"""Bounds of the histograms: few, for each is a line of each route."""
MEASURED = {
    "due_badges": "Badges whose new check is due, counted up to 10 000.",
    "due_oldest_seconds": "For how long the badge that is due longest has been.",
    "letters_waiting": "Letters that are due and not sent.",
    "letters_oldest_seconds": "For how long the letter that is due longest has been.",
    "backup_age_seconds": "How long ago the last whole backup by `wallet backup` was taken.",
    "ledger_lines": "Lines in the ledger of erasures.",
    "schema_revision": "Revision of the schema of the database.",
}
"""What is asked for now and then (operations/stored_metrics.py)."""


class Metrics:
    """All metrics of this process; *version* is the wallet's."""

    def __init__(self, version: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.folder = os.environ.get(FOLDER)
        self.registry = CollectorRegistry()
        counter = partial(Counter, registry=self.registry)
        histogram = partial(Histogram, registry=self.registry, buckets=SECONDS)
        self._requests = counter("wallet_requests", "Requests that were answered.", ["route", "status"])
        self._seconds = histogram("wallet_request_seconds", "What answering took.", ["route"])
        self._database = histogram("wallet_database_seconds", "What transactions took.", ["kind"])
        self._silences = counter("wallet_database_faults", "Transactions that the database did not take.", ["kind"])
        self._shelf = histogram("wallet_shelf_seconds", "What calls of the shelf took.", ["verb"])
        self._shelf_faults = counter("wallet_shelf_faults", "Calls of the shelf that failed.", ["verb"])
        self._counted: dict[Counted, Counter] = {
            "rechecks": counter("wallet_rechecks", "Badges checked again while nobody waited.", ["outcome"]),
            "limit_hits": counter("wallet_limit_hits", "What was refused because a limit was reached.", ["what"]),
            "limits_engine_gone": counter("wallet_limits_engine_gone", "Times the engine of limits was silent."),
            "children": counter("wallet_children", "Children that opened strangers' files.", ["outcome"]),
        }
        self._busy = self._gauge("threads_busy", "Threads at work.", "livesum", "room")
        self._waiting = self._gauge("threads_waiting", "Who waits for a thread.", "livesum", "room")
        self._connections = self._gauge("pool_connections", "Connections to the database in use.", "livesum")
        self._leader = self._gauge("leader", "Whether the lease is here.", "livemax", "lease")
        self._measured: dict[str, Gauge] = {}
        self._status_of = cache(self._requests.labels)  # to find one by its labels takes longer than to count it
        self._seconds_of, self._database_of = cache(self._seconds.labels), cache(self._database.labels)
        self._gauge("build_info", "The version that runs.", "livemax", "version").labels(version).set(1)

    def note_request(self, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._status_of(route, status).inc()
        self._seconds_of(route).observe(seconds)

    def note_transaction(self, kind: str, seconds: float, failed: bool) -> None:  # as timing.Seen has it
        """A transaction is over."""
        self._database_of(kind).observe(seconds)
        if failed:
            self._silences.labels(kind).inc()

    def note_shelf(self, verb: str, seconds: float, failed: bool) -> None:  # see above
        """A call of the shelf is over."""
        self._shelf.labels(verb).observe(seconds)
        if failed:
            self._shelf_faults.labels(verb).inc()

    def note_room(self, room: str, busy: int, waiting: int) -> None:
        """How many threads of a room are at work now, and how many wait for one."""
        self._busy.labels(room).set(busy)
        self._waiting.labels(room).set(waiting)

    def note_connections(self, used: int) -> None:
        """How many connections to the database are in use now."""
        self._connections.set(used)

    def note_measured(self, values: Mapping[str, float]) -> None:
        """What was asked for just now, by its name in MEASURED."""
        for name, value in values.items():
            self._of_measured(name, MEASURED[name]).set(value)

    def note_age(self, seconds: float) -> None:
        """How long ago it was asked for."""
        self._of_measured("measured_age_seconds", "How old what the database says here is.").set(seconds)

    def count(self, what: Counted, label: str) -> None:
        """One more of *what* (counting.py)."""
        counter = self._counted[what]
        (counter.labels(label) if label else counter).inc()

    def lead(self, lease: str, *, is_here: bool) -> None:
        """Whether this process has that lease (counting.py)."""
        self._leader.labels(lease).set(is_here)

    def text(self) -> bytes:
        """All of the node, as Prometheus reads it; for a thread of its own."""
        if self.folder is None:
            return generate_latest(self.registry)
        for path in Path(self.folder).iterdir():
            if (found := OF_A_PROCESS.fullmatch(path.name)) and not is_alive(int(found[1])):
                mark_process_dead(int(found[1]), self.folder)  # type: ignore[no-untyped-call]
        of_all = CollectorRegistry()
        MultiProcessCollector(of_all, path=self.folder)  # type: ignore[no-untyped-call]
        return generate_latest(of_all)

    def _of_measured(self, name: str, help: str) -> Gauge:
        if name not in self._measured:
            self._measured[name] = self._gauge(name, help, "livemax")
        return self._measured[name]

    def _gauge(self, name: str, help: str, mode: Any, *labels: str) -> Gauge:
        """*mode* says what several workers are together."""
        return Gauge(f"wallet_{name}", help, labels, multiprocess_mode=mode, registry=self.registry)


@contextmanager
def shared_folder() -> Iterator[Path]:
    """A folder in which the workers that are started meanwhile count together, and tell how they are."""
    shelf = IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    for left in shelf.glob(f"{NAMED}*"):  # by one that was killed; anybody may make there what is called alike
        if (found := OF_A_NODE.fullmatch(left.name)) and not is_alive(int(found[1])):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{NAMED}{os.getpid()}-", dir=shelf, ignore_cleanup_errors=True) as made:
        os.environ[FOLDER] = made
        try:
            yield Path(made)
        finally:
            del os.environ[FOLDER]


def is_alive(pid: int) -> bool:
    """Whether a process of that number runs."""
    with suppress(ProcessLookupError):
        with suppress(PermissionError):  # somebody else's, and there
            os.kill(pid, 0)
        return pid > 0
    return False
