"""What neighbours get while somebody of their network drips: `.venv/bin/python bench/drips.py` (a minute and a half).

So many bodies (200; `--drips 33`) come to POST /language at 1.1 kB a second each, and each that is given up begins again.
From the same network a neighbour on a slow phone sends a form of 4 KB at 2 KB a second, another one asks for a challenge
of a passkey in two pieces, a second apart, a third one reads help; the same is measured before on the idle server. How many
were refused, p50 and the longest in ms, and how many times the idle p50 theirs is. Nothing is asserted.
"""

import argparse
import json
import socket
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from tests.fixtures.server import Server  # noqa: E402

SECONDS = 40.0
FORM = "application/x-www-form-urlencoded"


def head(port: int, path: str, size: int, kind: str, method: str = "POST") -> bytes:
    """Of a request of a browser's."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: localhost:{port}", "Sec-Fetch-Site: same-origin", "Connection: close"]
    if method == "POST":
        lines += [f"Content-Type: {kind}", f"Content-Length: {size}"]
    return "\r\n".join([*lines, "", ""]).encode()


def ask(port: int, begin: bytes, pieces: list[bytes], pause: float) -> int:
    """One request, its body in *pieces*: its status."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.sendall(begin)
        told = b""
        with suppress(OSError):
            for number, piece in enumerate(pieces):
                time.sleep(pause if number else 0)
                line.sendall(piece)
        with suppress(OSError):
            while piece := line.recv(65536):
                told += piece
        return int(told.split()[1]) if told else 0


def drip(port: int, many: int, over: Event, ended: Counter[str]) -> None:
    """Keep so many bodies under way."""
    lines: list[socket.socket | None] = [None] * many
    while not over.is_set():
        for place, kept in enumerate(lines):
            try:
                line = kept or socket.create_connection(("127.0.0.1", port), timeout=5)
                if not kept:
                    lines[place] = line
                    line.sendall(head(port, "/language", 60_000, FORM))
                    line.setblocking(False)
                line.send(b"x" * 1100)
                with suppress(BlockingIOError):
                    told = line.recv(65536)
                    ended[told.split()[1].decode() if told else "closed"] += 1
                    line.close()
                    lines[place] = None
            except OSError:
                ended["closed"] += 1
                lines[place] = None
        over.wait(1)
    for one in lines:
        if one:
            one.close()


class Other:
    """A neighbour who asks for the same again and again, while it lasts."""

    def __init__(self, name: str, what: Callable[[], int]) -> None:
        self.name, self.what, self.took, self.said, self._over = name, what, list[float](), Counter[int](), Event()
        self._thread = Thread(target=self._ask)

    def _ask(self) -> None:
        while not self._over.is_set():
            began = time.perf_counter()
            self.said[self.what()] += 1
            self.took.append((time.perf_counter() - began) * 1000)
            time.sleep(0.2)

    def start(self) -> None:
        """They begin."""
        self._thread.start()

    def stop(self) -> None:
        """They have what they asked for last."""
        self._over.set()
        self._thread.join()


def neighbours(port: int) -> list[Other]:
    """Who is there."""
    form = b"language=fr&next=%2F&more=".ljust(4096, b"x")
    purpose = json.dumps({"purpose": "authentication"}).encode()
    slow = [form[start : start + 512] for start in range(0, len(form), 512)]
    halves = [purpose[:10], purpose[10:]]
    json_head = head(port, "/passkeys/challenges", len(purpose), "application/json")
    return [
        Other("slow form", lambda: ask(port, head(port, "/language", len(form), FORM), slow, 0.25)),
        Other("challenge", lambda: ask(port, json_head, halves, 1.0)),
        Other("help", lambda: ask(port, head(port, "/help", 0, "", "GET"), [], 0)),
    ]


def main() -> None:
    """Measure and tell."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--drips", type=int, default=200)
    wanted = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        server.start()
        try:
            idle: dict[str, float] = {}
            for drips in (0, wanted.drips):
                over, ended = Event(), Counter[str]()
                dripping = Thread(target=drip, args=(server.port, drips, over, ended))
                dripping.start()
                time.sleep(8 if drips else 0)  # until they are counted
                there = neighbours(server.port)
                for one in there:
                    one.start()
                time.sleep(SECONDS)
                for one in there:
                    one.stop()
                over.set()
                dripping.join()
                for one in there:
                    p50 = statistics.median(one.took)
                    line = f"{drips:4} drips  {one.name:10} {dict(one.said)}  p50 {p50:7.1f}  longest {max(one.took):7.1f} ms"
                    sys.stdout.write(f"{line}  {p50 / idle.setdefault(one.name, p50):.2f} times idle\n")
                sys.stdout.write(f"{drips:4} drips  ended: {dict(ended)}\n")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
