"""What it costs to bring a badge in a picture, the first time and when that picture was drawn lately: `.venv/bin/python bench/pictures.py`.

A visitor brings PNGs of some 45 KB through the door of a wallet on SQLite: each picture twice, with another badge baked into it.
Of the processor, in ms, medians: our process (with the test client that brings them), the child that draws, by its own word
(behind bubblewrap its time never reaches ours), and both together, beside those of the first time. Nothing is asserted;
0.2 of the first time is the aim.
"""

import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from time import process_time
from unittest import mock

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from tests.fixtures.visits import Person, baked, signed  # noqa: E402
from wallet.app import create_app  # noqa: E402
from wallet.sandbox import child  # noqa: E402
from wallet.settings import Settings  # noqa: E402

SIDES = range(600, 640, 2)
"""Of the pictures, each another one."""
MARK = b"\nspent "
COUNTED = f"""
import atexit, os, resource, sys

def tell():
    sys.stdout.flush()
    os.write(1, {MARK!r} + str(sum(resource.getrusage(resource.RUSAGE_SELF)[:2])).encode())

atexit.register(tell)
"""


def main() -> None:
    spent: list[float] = []
    run = child.Child._run

    def counted(self: child.Child, content: bytes, words: tuple[str, ...]) -> bytes:
        answer, _, seconds = run(self, content, words).rpartition(MARK)
        spent.append(float(seconds))
        return answer

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        settings = Settings(
            database_url=f"sqlite:///{folder}/wallet.sqlite3",
            files_url=f"file://{folder}/files",
            keys=folder / "keys.json",
        )
        app = create_app(settings)
        app.state.services.database.migrate()
        bounds = folder / "launcher.py"
        bounds.write_text(COUNTED + child.BOUNDS.read_text(encoding="utf-8"), encoding="utf-8")
        shutil.copy(child.CONFINEMENT, folder)
        with mock.patch.object(child, "BOUNDS", bounds), mock.patch.object(child.Child, "_run", counted):
            rounds = [brought(app, side, spent) for side in SIDES]
    told(rounds[1:])  # the first one has loaded all


def brought(app: object, side: int, spent: list[float]) -> list[tuple[float, float]]:
    """The seconds that one picture costs, ours and the child's, each time that it comes."""
    found = []
    for content in (baked(signed(), side=side), baked(signed(), side=side)):
        person = Person(app)
        spent.clear()
        begin = process_time()
        answer = person.brings(("badge.png", content))
        found.append((process_time() - begin, sum(spent)))
        if answer.status_code not in {200, 303}:
            raise SystemExit(f"it was refused: {answer.status_code}")
    return found


def told(rounds: list[list[tuple[float, float]]]) -> None:
    """Print the medians."""
    print(f"{child.find_wall()}\n  {'':<24}{'ours':>9}{'child':>9}{'both':>9}{'× first':>9}")
    first = statistics.median(sum(one[0]) for one in rounds)
    for name, place in (("a new picture", 0), ("one drawn lately", 1)):
        ours, theirs = (statistics.median(one[place][whose] for one in rounds) for whose in (0, 1))
        both = statistics.median(sum(one[place]) for one in rounds)
        print(f"  {name:<24}{ours * 1000:>9.1f}{theirs * 1000:>9.1f}{both * 1000:>9.1f}{both / first:>9.2f}")


if __name__ == "__main__":
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    main()
