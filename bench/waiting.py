"""How long others wait while strangers' servers say nothing: `.venv/bin/python bench/waiting.py [--postgres]`.

41 people, each of a network of their own, bring 24 files that are but an address of a server that never answers; meanwhile
somebody asks for help, for a sign-in challenge, and for a recruiter's page (with a code, so that it lies nowhere printed).
Their times are printed beside those of the same requests before, when nothing else goes on; how the 41 were answered; and
how long the wallet takes to end while they wait. All on loopback, one worker. Nothing is asserted; the issue wants the
others' p99 at most twice what it is when idle.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from tests.fixtures.postgres import programs, running  # noqa: E402
from tests.fixtures.server import Server  # noqa: E402
from tests.fixtures.strangers import Stranger, hanging  # noqa: E402
from tests.fixtures.visits import holder  # noqa: E402
from wallet.app import create_app, present  # noqa: E402
from wallet.settings import Settings  # noqa: E402

PEOPLE, FILES = 41, 24
IDLE, PAUSE = 10.0, 0.05
"""Seconds of the round before, and between two requests."""
EDGE = "waiting"
FORM = "application/x-www-form-urlencoded"


def share_of(folder: Path, origin: str, database_url: str) -> str:
    """A wallet with a badge that is shown under a code: the path of its page."""
    app = create_app(
        Settings(
            origin=origin,
            database_url=database_url,
            files_url=f"file://{folder}/var/files",
            keys=folder / "var/keys.json",
            erasures=folder / "var/erasures",
        ),
        clock=present,
    )
    app.state.services.database.migrate()
    sonia = holder(app, address="192.0.2.1")
    link = sonia.link_of(sonia.shows(*sonia.has(), code="yes"))
    app.state.services.database.close()
    return link


def ask(server: Server, network: int, method: str, path: str, body: bytes = b"", kind: str = FORM) -> tuple[int, float]:
    """The status, and the seconds until all of the answer is there."""
    line = HTTPConnection("127.0.0.1", server.port, timeout=300)
    headers = {
        "Host": f"localhost:{server.port}",
        "X-Forwarded-For": f"10.{network >> 8}.{network & 255}.1",
        "Sec-Fetch-Site": "same-origin",
        "Accept": "text/html",
        "Content-Type": kind,
    }
    began = time.perf_counter()
    line.request(method, path, body, headers)
    answer = line.getresponse()
    answer.read()
    took = time.perf_counter() - began
    line.close()
    return answer.status, took


def others(server: Server, link: str, until: "Future[float] | float") -> dict[str, list[float]]:
    """The seconds that each kind of request takes, asked again and again."""
    told: dict[str, list[float]] = {"/help": [], "challenge": [], "recruiter's page": []}
    end = time.perf_counter() + until if isinstance(until, float) else 0.0
    number = 1000
    while (time.perf_counter() < end) if isinstance(until, float) else not until.done():
        challenge = ("POST", "/passkeys/challenges", b'{"purpose": "authentication"}', "application/json")
        for name, what in (("/help", ("GET", "/help")), ("challenge", challenge), ("recruiter's page", ("GET", link))):
            number += 1
            status, took = ask(server, number, *what)  # type: ignore[arg-type]  # method, path, body, kind
            if status != 200:
                print(f"  {name}: {status}")
            told[name].append(took)
        time.sleep(PAUSE)
    return told


def attack(server: Server, silent: Stranger, number: int) -> tuple[int, float]:
    """24 files, each an address."""
    parts = b"".join(
        b'--%s\r\nContent-Disposition: form-data; name="documents"; filename="%d.txt"\r\n\r\n%s\r\n'
        % (EDGE.encode(), file, silent.address(f"/{number}/{file}").encode())
        for file in range(FILES)
    )
    body = parts + f"--{EDGE}--\r\n".encode()
    return ask(server, number, "POST", "/badges", body, f"multipart/form-data; boundary={EDGE}")


def row(name: str, idle: list[float], busy: list[float]) -> str:
    """p50 and p99 of both."""
    cells = []
    for times in (idle, busy):
        cells += [statistics.median(times) * 1000, statistics.quantiles(times, n=100)[98] * 1000]
    return f"{name:18}" + "".join(f"{cell:9.0f}" for cell in cells) + f"{cells[3] / cells[1]:9.1f}"


@contextmanager
def wallet(stack: ExitStack, silent: Stranger, *, on_postgres: bool) -> Iterator[tuple[Server, str]]:
    """A served wallet, and its share."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    database = f"sqlite:///{folder}/var/wallet.sqlite3"
    if on_postgres:
        binaries = programs()
        if binaries is None:
            raise SystemExit("There is no PostgreSQL on this machine.")
        database = stack.enter_context(running(binaries))
    allow = f"127.0.0.1:{silent.port}"
    server = Server(
        folder,
        WALLET_PROXIES="127.0.0.1",
        WALLET_FETCH_HTTP="yes",
        WALLET_FETCH_ALLOW=allow,
        WALLET_DATABASE_URL=database,
    )
    (folder / "var").mkdir()
    link = share_of(folder, server.origin, database)
    server.start()
    try:
        yield server, link
    finally:
        server.stop()


def main() -> None:
    """Print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own")
    asked = parser.parse_args()
    silent = Stranger(hanging)
    with ExitStack() as stack, wallet(stack, silent, on_postgres=asked.postgres) as (server, link):
        others(server, link, 1.0)  # the first time everything is read from the disk
        idle = others(server, link, IDLE)
        with ThreadPoolExecutor(PEOPLE + 1) as together:
            people = [together.submit(attack, server, silent, number) for number in range(PEOPLE)]
            all_done: Future[float] = together.submit(lambda: max(one.result()[1] for one in people))
            busy = others(server, link, all_done)
        print(
            f"{'ms':18}{'idle p50':>9}{'p99':>9}{'busy p50':>9}{'p99':>9}{'ratio':>9}   ({len(busy['/help'])} of each)"
        )
        for name in idle:
            print(row(name, idle[name], busy[name]))
        print("the 41:", dict(Counter(one.result()[0] for one in people)), f"longest {all_done.result():.1f} s")
        print(f"{silent.connections} connections to the silent server")
        with ThreadPoolExecutor(PEOPLE) as together:
            hung_up = [together.submit(attack, server, silent, number) for number in range(PEOPLE)]
            time.sleep(2)
            began = time.perf_counter()
            server.stop()
            print(f"SIGTERM meanwhile: ended after {time.perf_counter() - began:.1f} s")
            print("the 41:", dict(Counter(type(one.exception()).__name__ for one in hung_up)))
    silent.close()


if __name__ == "__main__":
    main()
