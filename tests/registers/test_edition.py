"""The registers at hand of a worker: read once for each edition, by one thread, and without leaving the memory in pieces."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.fixtures.registers import RIVES, imports, issuers, second
from wallet import registers
from wallet.registers import RegistersAtHand, read_registers
from wallet.storage.database import Database


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_of_many_threads_that_see_a_new_edition_one_reads_it(database: Database) -> None:
    imports(database, second(RIVES))
    hand, together = RegistersAtHand(database), Barrier(8)

    def asks(_: int) -> int:
        together.wait()
        return id(hand.current())

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(asks, range(8)))) == 1


def test_who_read_the_number_a_moment_too_early_reads_nothing_again(database: Database) -> None:
    """A request saw edition 1, and another one brought edition 2 to hand before it came to it."""
    imports(database, second(RIVES))
    hand = RegistersAtHand(database)
    early = hand.current().edition
    database.write(registers.raise_edition)
    newest = hand.current()

    assert newest.edition == early + 1
    assert hand.at(early) is newest


@pytest.mark.breadth
def test_reading_them_anew_takes_little_more_than_they_do(database: Database) -> None:
    """Each edition is read beside the one at hand: what else is made then leaves holes between them."""
    imports(database, second(*issuers(1000)))
    database.read(read_registers)
    tracemalloc.start()
    known = database.read(read_registers)
    kept, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(known.rows) == 1000
    assert most < 1.4 * kept, f"{most / kept:.2f} times"
