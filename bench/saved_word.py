"""What one saved word costs beside all that visitors told: `.venv/bin/python bench/saved_word.py [--postgres] [LETTERS]`.

Somebody with a key, and a visitor, save a word again and again: in an empty wallet, beside LETTERS (250,000,000) letters of
a hundred other visitors, and beside as many visitors as there may be at once, with a badge and a moment each. Each time of
the full wallets is printed with its ratio to that of the empty one, and beside both the times of a page that writes nothing.
Then what the look at all numbers takes that is done each hour, and how long somebody else waited to write meanwhile.
All in one process, on loopback nothing. Nothing is asserted.
"""

import argparse
import secrets
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread
from time import perf_counter

from sqlalchemy import delete, insert

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from tests.fixtures.postgres import programs, running  # noqa: E402
from tests.fixtures.visits import Person, holder, signed  # noqa: E402
from wallet.accounts import storage_use  # noqa: E402
from wallet.accounts.holders import Holder  # noqa: E402
from wallet.accounts.storage_use import HolderSize  # noqa: E402
from wallet.app import create_app, present  # noqa: E402
from wallet.evidence.answers import TEXT_LIMIT  # noqa: E402
from wallet.evidence.models import Answer, Evidence  # noqa: E402
from wallet.operations import storage_use_check  # noqa: E402
from wallet.settings import Settings  # noqa: E402
from wallet.web.services import Services  # noqa: E402

LETTERS, VISITORS, TIMES = 250_000_000, 100, 60
AT_ONCE = 100
"""Texts that are written in one transaction."""
Times = dict[str, list[float]]


@contextmanager
def wallet_at(stack: ExitStack, *, on_postgres: bool) -> Iterator[tuple[Services, Person, Person]]:
    """A wallet, somebody with a key in it, and a visitor."""
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    database = f"sqlite:///{folder}/wallet.sqlite3"
    if on_postgres:
        binaries = programs()
        if binaries is None:
            raise SystemExit("There is no PostgreSQL on this machine.")
        database = stack.enter_context(running(binaries))
    app = create_app(
        Settings(database_url=database, files_url=f"file://{folder}/files", keys=Path(folder, "keys.json")),
        clock=present,
    )
    services: Services = app.state.services
    services.database.migrate()
    lea = Person(app, address="198.51.100.66")
    lea.brings(("badge.json", signed()))
    yield services, holder(app), lea
    services.database.close()


def visitors(services: Services, count: int) -> list[int]:
    """So many more, who stay for the run: their ids."""
    leaves_at = present() + timedelta(hours=3)
    rows = [
        {"handle": secrets.token_bytes(64), "name": "", "language": "", "created_at": present(), "leaves_at": leaves_at}
        for _ in range(count)
    ]
    with services.database.writing() as session:
        return list(session.scalars(insert(Holder).returning(Holder.id), rows))


def tell(services: Services, ids: list[int], letters: int) -> None:
    """These visitors told so many letters, in texts as long as they may be, as a wallet wrote them that did not count."""
    rows = [{"holder_id": id, "key": "a", "begun_at": present(), "edition": "a"} for id in ids]
    with services.database.writing() as session:
        moments = list(session.scalars(insert(Evidence).returning(Evidence.id), rows))
    texts = letters // TEXT_LIMIT
    for start in range(0, texts, AT_ONCE):
        answers = [
            {
                "evidence_id": moments[number % len(moments)],
                "question": "facts",
                "text": f"{number} ".ljust(TEXT_LIMIT, "é"),
                "key": f"{number}",
                "made_at": present(),
            }
            for number in range(start, min(start + AT_ONCE, texts))
        ]
        with services.database.writing() as session:
            session.execute(insert(Answer), answers)


def save(person: Person, moment: str) -> float:
    """Seconds until one word more is saved."""
    person.services.rate_limits.window.forget()
    word = {"text": secrets.token_hex(4), "key": secrets.token_hex(16), "after": "0"}
    began = perf_counter()
    answer = person.post(f"{moment}/answers/facts", data=word)
    took = perf_counter() - began
    if answer.status_code != 303:
        raise SystemExit(f"not saved: {answer.status_code}")
    return took


def look(person: Person) -> float:
    """Seconds until a page is there that writes nothing."""
    began = perf_counter()
    person.get("/help")
    return perf_counter() - began


def measure(maria: Person, lea: Person, moments: tuple[str, str]) -> Times:
    """Each TIMES times, one after the other."""
    told: Times = {"holder's word": [], "visitor's word": [], "idle /help": []}
    for _ in range(TIMES):
        told["holder's word"].append(save(maria, moments[0]))
        told["visitor's word"].append(save(lea, moments[1]))
        told["idle /help"].append(look(maria))
    return told


def correct(services: Services, maria: Person, moment: str) -> tuple[float, list[float]]:
    """Seconds that the look at all numbers takes, and those of words that were saved meanwhile."""
    began = perf_counter()
    checking = Thread(target=storage_use_check.correct_sizes, args=(services.database,))
    checking.start()
    meanwhile = []
    while checking.is_alive():
        meanwhile.append(save(maria, moment))
    checking.join()
    return perf_counter() - began, meanwhile


def row(name: str, times: list[float], before: list[float] | None = None) -> str:
    """Half of them, the slowest, and how often the empty wallet's."""
    middle = statistics.median(times)
    ratio = f"{middle / statistics.median(before):9.2f}" if before else " " * 9
    return f"{name:44}{1000 * middle:9.1f}{1000 * max(times):9.1f}{ratio}"


def main() -> None:
    """Print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("letters", nargs="?", type=int, default=LETTERS)
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own")
    asked = parser.parse_args()
    with ExitStack() as stack:
        services, maria, lea = stack.enter_context(wallet_at(stack, on_postgres=asked.postgres))
        moments = maria.tells(*maria.has()), lea.tells(*lea.has())
        save(maria, moments[0])
        print(f"{'ms':44}{'p50':>9}{'longest':>9}{'ratio':>9}")
        empty = measure(maria, lea, moments)
        for name, times in empty.items():
            print(row(f"{name}, empty", times))
        told = visitors(services, VISITORS)
        tell(services, told, asked.letters)
        for named in ("measured the first time", "compared each hour"):
            took, meanwhile = correct(services, maria, moments[0])
            print(row(f"a word while all is {named}", meanwhile, empty["holder's word"]), f"  ({took:.1f} s)")
        for name, times in measure(maria, lea, moments).items():
            print(row(f"{name}, beside {asked.letters:,} letters", times, empty[name]))
        with services.database.writing() as session:
            session.execute(delete(Holder).where(Holder.id.in_(told)))
        ids = visitors(services, storage_use.MOST_VISITORS)
        with services.database.writing() as session:
            session.execute(insert(HolderSize), [{"holder_id": id, "moments": 60_000, "badges": 60_000} for id in ids])
        for name, times in measure(maria, lea, moments).items():
            print(row(f"{name}, beside {len(ids):,} visitors", times, empty[name]))


if __name__ == "__main__":
    main()
