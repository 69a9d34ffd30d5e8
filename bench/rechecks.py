"""How soon badges whose check asks nobody are checked again: `.venv/bin/python bench/rechecks.py [--badges 50000] [--rounds 10]`.

A wallet on SQLite has that many badges of one issuer whose id is a key, all of them due at once, of a hundred holders; the
documents are 200 real ones, signed here. Then rounds of rechecks/round.py, a minute apart by their own clock: how long
one takes, of wall and of CPU, and of that how long it takes to choose and to claim. Printed beside it is what the rounds of a week come
to. That number is reckoned, not waited for: a round a minute, each with as many badges as these had.
Nothing is asserted.
"""

import argparse
import json
import statistics
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from time import perf_counter, process_time

from sqlalchemy import func, insert, select

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from tests.fixtures.chore import Chore  # noqa: E402
from tests.fixtures.examined import keeps, named, somebody_with_a_key  # noqa: E402
from tests.fixtures.visits import Clock, IssuersWeb  # noqa: E402
from tests.openbadges.support import guild  # noqa: E402
from wallet.badges import importing  # noqa: E402
from wallet.badges.models import KeptBadge, NewBadge  # noqa: E402
from wallet.rechecks import due  # noqa: E402
from wallet.rechecks.round import ROUND_EVERY  # noqa: E402
from wallet.storage.database import Database  # noqa: E402
from wallet.storage.files import open_files  # noqa: E402

REAL, HOLDERS = 200, 100
WEEK = timedelta(days=7)


def fill(chore: Chore, badges: int) -> None:
    """So many due badges: real ones, and further rows that have their documents."""
    brought: list[NewBadge] = []
    for number in range(REAL):
        made = json.dumps(guild.signed(guild.badge(id=f"urn:uuid:{number}"))).encode()
        [found] = importing.import_file("badge.json", made, chore.import_tools(chore.clock()))
        brought += [found] if isinstance(found, NewBadge) else []
    keeps(chore.wallets, somebody_with_a_key(chore.wallets), *brought)
    holders = [somebody_with_a_key(chore.wallets) for _ in range(HOLDERS)]
    with chore.wallets.writing() as session:
        columns = [column.key for column in KeptBadge.__table__.columns if column.key not in {"id", "edition"}]
        rows = [{name: getattr(one, name) for name in columns} for one in session.scalars(select(KeptBadge))]
        more = (
            rows[number % REAL] | {"holder_id": holders[number % HOLDERS], "identity": named(str(number))}
            for number in range(badges - REAL)
        )
        session.execute(insert(KeptBadge), list(more))


def main() -> None:  # noqa: PLR0915  # one figure after the other
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--badges", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=10)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/wallet.sqlite3")
        database.migrate()
        chore = Chore(database, open_files(f"file://{folder}/files"), IssuersWeb(), Clock())
        fill(chore, told.badges)
        chore.clock.move(days=9)
        walls, cores, choosing, claiming, done = [], [], [], [], 0
        for _ in range(told.rounds):
            chore.clock.move(seconds=ROUND_EVERY)
            began = perf_counter()
            chosen, _ = chore.rechecks._choose(chore.clock())
            choosing.append(perf_counter() - began)
            began = perf_counter()
            claims = database.write(due.claim, chosen, chore.clock())
            claiming.append(perf_counter() - began)
            database.write(due.give_back, claims)
            done += len(chosen)
            began, core = perf_counter(), process_time()
            chore.round()
            walls.append(perf_counter() - began)
            cores.append(process_time() - core)
        with database.reading() as session:
            checked = session.scalar(select(func.count()).where(KeptBadge.checked_at >= chore.clock() - WEEK))
        database.close()
    wall, a_week = statistics.median(walls), WEEK // timedelta(seconds=ROUND_EVERY)
    each = done / told.rounds
    print(
        f"{told.badges} due badges of one issuer that is a key; {told.rounds} rounds checked {checked}, {each:.0f} each"
    )
    print(f"a round: median {wall * 1e3:.0f} ms of wall, {statistics.median(cores) * 1e3:.0f} ms of CPU")
    choose, claim = (statistics.median(one) * 1e3 for one in (choosing, claiming))
    print(f"of that to choose: median {choose:.1f} ms; to claim all of them: {claim:.1f} ms")
    print(f"within a round: {each / wall:.0f} badges a second; the rest of its {ROUND_EVERY} s it rests")
    print(f"in a week of {a_week} rounds: {each * a_week:.0f} badges; {told.badges} are done after "
          f"{told.badges / each * ROUND_EVERY / 3600:.1f} hours")  # fmt: skip


if __name__ == "__main__":
    main()
