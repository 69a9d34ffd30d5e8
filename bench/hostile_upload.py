"""What one hostile upload does to others: `.venv/bin/python bench/hostile_upload.py` (two minutes).

Somebody sends a ZIP of 25 badges (20 KB, nobody signed them) whose criteria are `[` × 19,900. Meanwhile others write (a
challenge for a passkey) and read (help), one after the other, as fast as they are answered; the same is measured before on
the idle server; three times in turn, all counted together. p50, p99 and the longest of each in ms, refusals counted, and
how many times the idle p99 theirs is. Nothing is asserted; twice is the aim. `--uploads 5` sends more, one after the other;
`--badges 200` as many in each as a ZIP may hold.
"""

import argparse
import http.client
import io
import json
import statistics
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from threading import Event, Thread

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from tests.durability.test_open_transactions import packed, tangled  # noqa: E402
from tests.fixtures.server import Server  # noqa: E402

SECONDS = 8.0
ROUNDS = 3
BOUNDARY = "----hostile"
KIND = f"multipart/form-data; boundary={BOUNDARY}"


def ask(port: int, method: str, path: str, body: bytes = b"", kind: str = "") -> int:
    """One request of a browser's: its status."""
    way = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"Host": f"localhost:{port}", "Sec-Fetch-Site": "same-origin"} | ({"Content-Type": kind} if kind else {})
    way.request(method, path, body, headers)
    answer = way.getresponse()
    answer.read()
    way.close()
    return answer.status


class Other:
    """Somebody who asks for the same thing again and again, while it lasts."""

    def __init__(self, port: int, name: str, method: str, path: str, body: bytes = b"", kind: str = "") -> None:
        self.name, self.took, self.refused, self._over = name, list[float](), 0, Event()
        self._what = (port, method, path, body, kind)
        self._thread = Thread(target=self._ask)

    def _ask(self) -> None:
        while not self._over.is_set():
            began = time.perf_counter()
            self.refused += ask(*self._what) >= http.client.INTERNAL_SERVER_ERROR
            self.took.append((time.perf_counter() - began) * 1000)
            time.sleep(0.02)

    def __enter__(self) -> "Other":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def others(port: int) -> tuple[Other, Other]:
    """Who is there: one who writes, one who reads."""
    purpose = json.dumps({"purpose": "authentication"}).encode()
    writes = Other(port, "writes", "POST", "/passkeys/challenges", purpose, "application/json")
    return writes, Other(port, "reads", "GET", "/help")


def upload(badges: int) -> bytes:
    """The hostile form."""
    archive = packed(*(tangled(number) for number in range(badges)))
    sys.stdout.write(
        f"the upload: {len(archive)} bytes, {len(zipfile.ZipFile(io.BytesIO(archive)).namelist())} badges\n"
    )
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="documents"; filename="a.zip"\r\n'
    return f"{head}Content-Type: application/zip\r\n\r\n".encode() + archive + f"\r\n--{BOUNDARY}--\r\n".encode()


def tell(when: str, them: list[Other]) -> float:
    """A line of what it was like for *them*, who asked for the same: their p99."""
    took, refused = sorted(one for other in them for one in other.took), sum(other.refused for other in them)
    p99 = took[min(len(took) - 1, int(len(took) * 0.99))]
    line = f"{them[0].name:10}{when:14}{len(took):5} asked  p50 {statistics.median(took):7.1f}  p99 {p99:7.1f}"
    sys.stdout.write(f"{line}  longest {took[-1]:7.1f} ms  refused {refused}\n")
    return p99


def main() -> None:
    """Measure and tell."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--uploads", type=int, default=1)
    options.add_argument("--badges", type=int, default=25)
    wanted = options.parse_args()
    form = upload(wanted.badges)
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        server.start()
        try:
            there: dict[str, list[tuple[Other, Other]]] = {"warming": [], "idle": [], "under attack": []}
            for when in ("warming", *ROUNDS * ("idle", "under attack")):
                writes, reads = others(server.port)
                there[when].append((writes, reads))
                began = time.perf_counter()
                with writes, reads:
                    if when == "under attack":
                        for _ in range(wanted.uploads):
                            status = ask(server.port, "POST", "/badges", form, KIND)
                            sys.stdout.write(f"upload: {status} after {time.perf_counter() - began:.1f} s\n")
                    while time.perf_counter() - began < SECONDS / (1 + (when == "warming")):
                        time.sleep(0.05)
            for idle, attacked in zip(
                zip(*there["idle"], strict=True), zip(*there["under attack"], strict=True), strict=True
            ):
                before, after = tell("idle", [*idle]), tell("under attack", [*attacked])
                sys.stdout.write(f"{idle[0].name:10}{after / before:.1f} times the idle p99\n")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
