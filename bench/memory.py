"""Where the memory of the workers goes: `.venv/bin/python bench/memory.py [MINUTES] [WORKERS]` (20 and 2).

First the engine alone, in this process: eight times a thousand checks of SD-JWT, no two alike, each with a picture of 30 KB:
by a key of its own, with other words kept back or shown, some of them broken. After each thousand one line: what is resident.

Then four people do one thing after the other to `wallet serve` on loopback: bring badges and a ZIP, keep them by a key, tell a
moment with a photo, show it, look as a recruiter does, search, take an archive away and bring it back. Each minute one line:
what each worker has resident, how much of that is its own (anonymous), how many files are open, how many requests were
answered and how many of those were none of ours (5xx). At the end it is quiet for a minute, and one more line is printed.
Nothing is asserted; both should be flat after the first lines.
"""

import os
import re
import sys
import tempfile
import time
from collections import Counter
from io import BytesIO
from pathlib import Path
from threading import Event, Thread
from typing import Any
from zipfile import ZipFile

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

import httpx2  # noqa: E402
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: E402

from tests.fixtures.photos import photo  # noqa: E402
from tests.fixtures.server import Server  # noqa: E402
from tests.fixtures.traveller import Traveller  # noqa: E402
from tests.fixtures.visits import baked, signed  # noqa: E402
from tests.openbadges.support import guild, sd_jwts  # noqa: E402
from wallet import openbadges  # noqa: E402

PEOPLE = 4
THOUSANDS = 8
PICTURE = "data:image/png;base64," + "iVBORw0KGgo" * 2_700
told: Counter[int] = Counter()


def check(number: int) -> str:
    """One badge as an SD-JWT that nobody has seen before, and its state."""
    key = Ed25519PrivateKey.generate()
    by = guild.did(key)
    claims: dict[str, Any] = {
        "name": f"Badge {number}",
        "image": {"id": PICTURE, "type": "Image"},
        "narrative": f"{number}",
        "cnf": {"jwk": guild.jwk(key)},
    }
    apart = ["name", "image", "narrative", "achievement.name", "credentialSubject"]
    show = [place for bit, place in enumerate(apart) if number >> bit & 1]
    text = sd_jwts.issued(sd_jwts.plain(by, **claims), apart, show, key)
    if number % 3 == 0:
        text = sd_jwts.bound(text, key)
    if number % 7 == 0:
        text = text.replace("~", f"~{sd_jwts.shown(str(number), number)}~", 1)
    try:
        return guild.examine(text).state
    except openbadges.UnreadableBadge as problem:
        return problem.reason


def checks() -> None:
    """What so many of them leave in memory."""
    for thousand in range(THOUSANDS):
        states = Counter(check(thousand * 1_000 + number) for number in range(1_000))
        found = ", ".join(f"{count} {state}" for state, count in states.most_common())
        print(
            f"{thousand + 1:5d} 000 checks of SD-JWT  | {resident(os.getpid())['RssAnon']:5.1f} MB own  | {found}",
            flush=True,
        )


def note(answer: httpx2.Response) -> httpx2.Response:
    """Count it."""
    told[answer.status_code // 100] += 1
    return answer


def live(server: Server, number: int) -> None:
    """One life of a wallet."""
    with Traveller(server) as person:
        person.event_hooks = {"response": [note]}
        packed = BytesIO()
        with ZipFile(packed, "w") as together:
            for name in range(5):
                together.writestr(f"{name}.json", signed())
        person.brings(("badge.png", baked(signed())), ("badges.zip", packed.getvalue()))
        person.makes_a_key()
        ids = sorted(set(re.findall(r'/badges/(\d+)"', person.get("/badges").text)))
        begun = person.post("/evidence", data={"text": "work", "key": f"{number:032x}", "badge": ids[0]})
        moment = str(begun.headers["location"]).partition("/answers")[0]
        person.post(f"{moment}/answers/facts", data={"text": "J’ai tenu la caisse. " * 200, "key": f"{number:032x}"})
        person.post(f"{moment}/attachments", files=[("files", ("photo.jpg", photo("JPEG"), "image/jpeg"))])
        person.post(f"{moment}/saving")
        pair = f"{ids[0]}-{moment.rpartition('/')[2]}"
        made = person.post("/shares", data={"badge": ids, "days": "7", "moment": pair})
        link = re.search(r"/s/[0-9A-Z]{26}", person.get(str(made.headers["location"])).text)
        for path in (*(f"/badges/{id}" for id in ids), "/badges", "/badges/search?q=caisse", "/path", "/help", "/none"):
            person.get(path)
        with httpx2.Client(base_url=server.origin, trust_env=False, timeout=60) as recruiter:
            recruiter.event_hooks = {"response": [note]}
            if link:
                for path in ("", "/qr.svg", "/pictures/0", "/files/0"):
                    recruiter.get(link[0] + path)
        archive = person.get("/archive/file").content
        with Traveller(server) as home:
            home.event_hooks = {"response": [note]}
            home.post("/archive/return", files=[("documents", ("archive.zip", archive))])


def lives(server: Server, number: int, stopping: Event) -> None:
    """Again and again, whatever goes wrong meanwhile."""
    while not stopping.is_set():
        number += PEOPLE
        try:
            live(server, number)
        except (AssertionError, KeyError, IndexError, httpx2.HTTPError) as problem:
            told[0] += 1
            if told[0] < 4:
                print(f"a life ended early: {problem!r}")


def workers(parent: int) -> list[int]:
    """The processes that serve: the children of *parent* that have the wallet in memory, or itself when it has none."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    big = [int(child) for child in children if resident(int(child))["VmRSS"] > 50]
    return sorted(big) or [parent]


def resident(process: int) -> dict[str, float]:
    """VmRSS and RssAnon in MB, and how many threads there are."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    found = dict(line.split(":", 1) for line in lines if line.startswith(("VmRSS", "RssAnon", "Threads")))
    return {name: float(value.split()[0]) / (1 if name == "Threads" else 1024) for name, value in found.items()}


def line(server: Server, minute: float) -> str:
    """What there is now."""
    assert server.process is not None  # noqa: S101
    parts = [f"{minute:5.1f} min"]
    for process in workers(server.process.pid):
        now, files = resident(process), len(list(Path(f"/proc/{process}/fd").iterdir()))
        parts.append(f"{now['VmRSS']:4.0f} MB ({now['RssAnon']:4.0f} own, {now['Threads']:.0f} threads, {files} files)")
    return "  |  ".join(parts) + f"  |  {sum(told.values())} requests, {told[5]} of them 5xx, {told[0]} lives cut"


def main() -> None:
    checks()
    minutes, count = (int(one) for one in (*sys.argv[1:], *("20", "2")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), "--workers", str(count))
        server.start()
        stopping = Event()
        people = [Thread(target=lives, args=(server, number, stopping)) for number in range(PEOPLE)]
        try:
            print(line(server, 0), flush=True)
            for one in people:
                one.start()
            for minute in range(1, minutes + 1):
                time.sleep(60)
                print(line(server, minute), flush=True)
        finally:
            stopping.set()
            for one in people:
                one.join()
            time.sleep(60)
            print(line(server, minutes + 1), "quiet", flush=True)
            server.stop()


if __name__ == "__main__":
    main()
