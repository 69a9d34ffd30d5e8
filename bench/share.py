"""How fast the recruiter's page and « Mes badges » are, beside Django and a bare hello: `.venv/bin/python bench/share.py`.

    hello           one route of Starlette's, async, nothing around it, served as the wallet is: the ceiling
    share           the page of three badges with criteria, evidence and skills, as a recruiter's browser asks for it;
                    share, plain is the same, not packed
    badges          « Mes badges » of a holder with sixty
    … in Django     the same pages (django_share/): default middleware, three queries of its ORM each, cached templates,
                    gunicorn, one sync worker; it packs nothing, and its sentences lie ready in columns
    while imports   the share once more, 64 connections, while visitors send badges in beside it
    5,000 badges    every page of a holder who keeps as many as one may, one after the other

All on loopback, one worker each, SQLite, wrk with 16 connections; rounds are interleaved, so that whatever else the
machine does falls on all alike, and medians are told; on a busy machine what each request costs of a core (CPU µs) says
more than how many there are. Each request comes from another network, as a proxy would say: the pace that the wallet
counts for each is counted here too, and not switched off. Nothing is asserted; the issue wants
share ≥ 0.3 × hello and ≥ 20 × Django, badges ≥ 3 × Django, p99 < 50 ms while imports run, p95 < 250 ms with 5,000.
`--seconds 1 --rounds 1` is a quick look.
"""

import argparse
import http.client
import json
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from bench.share_badges import DJANGO, MANY, SOME, badge, fill, fill_django  # noqa: E402
from tests.fixtures.ports import free_port  # noqa: E402
from tests.fixtures.server import Server  # noqa: E402

AGENT = (
    "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"
)
IMPORTERS = 2
LONG = 60
"""Seconds of the round beside imports."""


@dataclass(frozen=True, slots=True)
class Target:
    """A page that is asked for again and again."""

    name: str
    port: int
    path: str
    cookie: str = ""
    host: str = ""
    packed: bool = True
    process: int = 0

    @property
    def headers(self) -> dict[str, str]:
        """What a request for it sends, but where it comes from."""
        packed = {"Accept-Encoding": "gzip, deflate, br"} if self.packed else {}
        return packed | {
            "Accept-Language": "fr-FR,fr;q=0.9,en;q=0.5",
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            "User-Agent": AGENT,
            "Host": self.host or f"localhost:{self.port}",
            "Cookie": self.cookie,
        }


@dataclass(slots=True)
class Measured:
    """What the rounds of one target told."""

    size: str
    rounds: list[dict[str, float]] = field(default_factory=list)

    def median(self, what: str) -> float:
        """The median of the rounds."""
        return statistics.median(one[what] for one in self.rounds)


# --- the servers -----------------------------------------------------------------------------------------------------


@contextmanager
def served(*command: str | Path, port: int, path: str, **env: str) -> Iterator[int]:
    """A server of others on *port*: its process."""
    with subprocess.Popen(command, cwd=PROJECT, env=os.environ | env, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(600):
                try:
                    answer(Target("", port, path))
                    break
                except OSError:
                    time.sleep(0.05)
            yield process.pid
        finally:
            process.terminate()


def servers(stack: ExitStack, folder: Path) -> list[Target]:
    """The wallet, hello and Django, each served; what is asked of them."""
    wallet = Server(folder, WALLET_PROXIES="127.0.0.1")
    filled = fill(folder, wallet.origin)
    wallet.start()
    stack.callback(wallet.stop)
    bare = free_port()
    quiet = ("--no-access-log", "--no-proxy-headers", "--no-server-header", "--log-level", "warning")
    uvicorn = (sys.executable, "-m", "uvicorn", "bench.hello:app", "--port", str(bare), *quiet)
    hello = stack.enter_context(served(*uvicorn, port=bare, path="/"))
    ours = wallet.process.pid if wallet.process else 0
    targets = [
        Target("hello", bare, "/", process=hello),
        Target("share", wallet.port, filled.link, process=ours),
        Target("share, plain", wallet.port, filled.link, packed=False, process=ours),
        Target("badges", wallet.port, "/badges", filled.some, process=ours),
        Target("5,000 badges", wallet.port, "/badges", filled.many, process=ours),
    ]
    if not (DJANGO / "gunicorn").exists():
        print("Django is left out: make bench fetches it.")
        return targets
    cookie, port = fill_django(folder, filled), free_port()
    gunicorn = (DJANGO / "gunicorn", "--workers", "1", "--bind", f"127.0.0.1:{port}", "bench.django_share.site")
    env = {"BENCH_DATABASE": str(folder / "django.sqlite3"), "DJANGO_SETTINGS_MODULE": "bench.django_share.settings"}
    django = stack.enter_context(served(*gunicorn, port=port, path="/hello", **env))
    return [
        *targets,
        Target("share in Django", port, filled.link, host="localhost", process=django),
        Target("badges in Django", port, "/badges", cookie, "localhost", process=django),
    ]


def spent(process: int) -> float:
    """Seconds that *process* and its children have used of a core. Source: proc(5), stat: utime and stime."""
    tasks = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    ticks = 0
    for one in (process, *tasks):
        told = Path(f"/proc/{one}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks += int(told[11]) + int(told[12])
    return ticks / os.sysconf("SC_CLK_TCK")


# --- the rounds ------------------------------------------------------------------------------------------------------


def answer(target: Target, path: str = "") -> tuple[int, bytes, float]:
    """Status, body and seconds of one request, from a network of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=60)
    began = time.perf_counter()
    network = f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.1"
    connection.request("GET", path or target.path, headers=target.headers | {"X-Forwarded-For": network})
    found = connection.getresponse()
    body = found.read()
    connection.close()
    return found.status, body, time.perf_counter() - began


def load(target: Target, seconds: int, connections: int = 16) -> dict[str, float]:
    """What wrk tells of *target*."""
    sent = {f"BENCH_{name.upper().replace('-', '_')}": value for name, value in target.headers.items()}
    address = f"http://127.0.0.1:{target.port}{target.path}"
    wrk = ("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", PROJECT / "bench/wrk.lua", address)
    before = spent(target.process)
    done = subprocess.run(wrk, env=os.environ | sent, stdout=subprocess.PIPE, text=True, check=True).stdout
    told = dict(json.loads(done.splitlines()[-1]))
    return told | {"cpu": (spent(target.process) - before) / told["answers"] * 1e6}


@contextmanager
def imports(wallet: Target) -> Iterator[list[int]]:
    """Visitors send badges in, one after the other: the statuses that they are answered with."""
    ready, answers, over = [badge(number) for number in range(9)], list[int](), Event()

    def send() -> None:
        while not over.is_set():
            mark, number = secrets.token_hex(8), len(answers)
            head = f'--{mark}\r\nContent-Disposition: form-data; name="documents"; filename="b{number}.png"\r\n\r\n'
            body = head.encode() + ready[number % 9] + f"\r\n--{mark}--\r\n".encode()
            network = f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.1"
            headers = {
                **wallet.headers,
                "Content-Type": f"multipart/form-data; boundary={mark}",
                "Sec-Fetch-Site": "same-origin",
                "X-Forwarded-For": network,
            }
            connection = http.client.HTTPConnection("127.0.0.1", wallet.port, timeout=60)
            connection.request("POST", "/badges", body, headers)
            answers.append(connection.getresponse().status)
            connection.close()

    senders = [Thread(target=send) for _ in range(IMPORTERS)]
    for sender in senders:
        sender.start()
    try:
        yield answers
    finally:
        over.set()
        for sender in senders:
            sender.join()


def compare(targets: Sequence[Target], seconds: int, rounds: int) -> dict[str, Measured]:
    """Ask everybody in turn."""
    found = {}
    for target in targets:
        status, body, _ = answer(target)
        assert status == 200, f"{target.name}: {status}"  # noqa: S101  # a bench of refusals measures nothing
        found[target.name] = Measured(f"{len(body) / 1000:.1f}")
        load(target, 1)  # warm
    for _ in range(rounds):
        for target in targets:
            found[target.name].rounds.append(load(target, seconds))
    return found


def table(found: dict[str, Measured]) -> None:
    print(
        f"{'':<18}{'per second':>11}{'× hello':>9}{'× Django':>9}{'p50 ms':>9}{'p99 ms':>9}{'CPU µs':>8}{'KB sent':>9}{'failed':>8}"
    )
    for name, one in found.items():
        rate, page = one.median("rate"), name.partition(",")[0]
        django = found.get(f"{page} in Django")
        beside = f"{rate / django.median('rate'):>9.1f}" if django else f"{'':>9}"
        failed = sum(round_["failed"] for round_ in one.rounds)
        times = f"{one.median('p50'):>9.2f}{one.median('p99'):>9.2f}{one.median('cpu'):>8.0f}"
        print(
            f"{name:<18}{rate:>11.0f}{rate / found['hello'].median('rate'):>9.3f}{beside}{times}{one.size:>9}{failed:>8}"
        )


def while_imports_run(wallet: Target) -> None:
    """Long enough for the connecting of all 64, at once, to be no part of the last hundredth."""
    with imports(wallet) as answers:
        told = load(wallet, LONG, connections=64)
    good = sum(status in {200, 303} for status in answers)
    print(
        f"\nwhile imports run, 64 connections: {told['rate']:.0f} per second, p50 {told['p50']:.1f} ms,"
        f" p95 {told['p95']:.1f} ms, p99 {told['p99']:.1f} ms, {told['failed']} failed;"
        f" {good} of {len(answers)} badges taken in, {good / LONG:.0f} per second"
    )


def every_page(full: Target) -> None:
    """A holder with as many badges as one may keep turns all the pages."""
    times, sizes = [], []
    for page in range(1, 3 + MANY // SOME):
        status, body, took = answer(full, f"{full.path}?page={page}")
        assert status == 200  # noqa: S101
        times.append(took * 1000)
        sizes.append(len(body))
    ordered = sorted(times)
    print(
        f"5,000 badges, {len(times)} pages of {max(sizes) / 1000:.1f} KB at most: p50 {statistics.median(times):.1f} ms,"
        f" p95 {ordered[int(len(ordered) * 0.95)]:.1f} ms, longest {ordered[-1]:.1f} ms"
    )


def main() -> None:
    """Fill, serve, ask, tell."""
    asked = argparse.ArgumentParser(description="See the top of this file.")
    asked.add_argument("--seconds", type=int, default=4)
    asked.add_argument("--rounds", type=int, default=5)
    told = asked.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing; on Debian: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        targets = servers(stack, Path(folder))
        print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        table(compare(targets[:4] + targets[5:], told.seconds, told.rounds))
        while_imports_run(targets[1])
        every_page(targets[4])


if __name__ == "__main__":
    main()
