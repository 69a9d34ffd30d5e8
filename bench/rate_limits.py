"""What it costs to count one who asks: `.venv/bin/python bench/rate_limits.py [valkey://host:port]`.

In the memory of a process as `wallet` does it (concurrency/sliding_windows.py) and as the library `limits` does; in a
PostgreSQL of its own as all nodes together do it (storage/rate_counts.py), one after the other and sixteen at once for the
same network; and in the Valkey whose address is given, whose counts are forgotten then. Nothing is asserted.
"""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from time import perf_counter

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from tests.fixtures.postgres import programs, running  # noqa: E402
from wallet.concurrency import MINUTE, Limit, Window  # noqa: E402
from wallet.concurrency.shared_windows import InTable, SharedWindow, in_valkey  # noqa: E402
from wallet.storage.database import Database  # noqa: E402
from wallet.storage.rate_counts import RateCounts  # noqa: E402

OPEN = Limit(1200, MINUTE)
NETWORKS = 250


def mark(content: bytes, purpose: str) -> bytes:
    """As a keyring does it."""
    return sha256(purpose.encode() + content).digest()


def show(what: str, times: int, hit: Callable[[str], object], together: int = 1, networks: int = NETWORKS) -> None:
    """Print what one hit takes."""
    names = [f"10.0.{number % networks}.0/24" for number in range(times)]
    with ThreadPoolExecutor(together) as hands:
        began = perf_counter()
        list(hands.map(hit, names) if together > 1 else map(hit, names))
        took = perf_counter() - began
    print(f"{what:48}{took / times * 1e6:9.1f} µs")


def main() -> None:
    """Print the figures."""
    window, library = Window(), MovingWindowRateLimiter(MemoryStorage())
    item = RateLimitItemPerSecond(OPEN.amount, int(OPEN.seconds))
    show("memory, ours", 100_000, lambda name: window.hit(OPEN, "open", name))
    show("memory, of the library", 100_000, lambda name: library.hit(item, "open", name))
    if binaries := programs():
        with running(binaries) as address, closing(Database(address)) as database:
            database.migrate()
            table = SharedWindow(InTable(RateCounts(database)), mark, {"open"}, patience=30)
            table.get_ready()
            show("of PostgreSQL, what each node counts", 100_000, lambda name: table.hit(OPEN, "open", name))
            show("PostgreSQL", 2_000, lambda name: table.hit(OPEN, "import", name))
            show("PostgreSQL, sixteen for one network", 2_000, lambda name: table.hit(OPEN, "import", name), 16, 1)
    if address := next(iter(sys.argv[1:]), ""):
        there = SharedWindow(in_valkey(address), mark, patience=30)
        show("Valkey", 2_000, lambda name: there.hit(OPEN, "import", name))
        there.forget()


if __name__ == "__main__":
    main()
