"""20 course sites send 1,000 badges beside recruiters, and one sends 10,000 times what is none: nothing is lost, little is kept."""

import json
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import sha256
from threading import Event

import httpx2
import pytest
from sqlalchemy import func, select

from tests.fixtures.patience import eventually
from tests.fixtures.people import NOW
from tests.fixtures.platforms import asks
from tests.fixtures.server import Server
from tests.fixtures.traveller import Traveller
from tests.fixtures.visits import signed
from wallet.accounts.emails import EmailAddress
from wallet.accounts.holders import Device
from wallet.badges.models import KeptBadge
from wallet.issuance.platforms import tokens
from wallet.issuance.platforms.models import PlatformLink
from wallet.issuance.platforms.scopes import KNOWN
from wallet.issuance.sent_badges import MOST_WAITING, SentBadge
from wallet.storage.database import Database
from wallet.storage.keyring import Keyring

pytestmark = [pytest.mark.soak, pytest.mark.slow]
SITES, OF_EACH, GARBAGE = 20, 50, 10_000
SCOPES = " ".join(KNOWN)
PACE = 0.25
"""Seconds between two looks of one recruiter: four of them are one network, which may open 1,200 pages a minute."""


class Sites:
    """Course sites, each connected by somebody of its own, at a served wallet."""

    def __init__(self, server: Server, count: int) -> None:
        self.server = server
        self.database = Database(f"sqlite:///{server.folder}/var/wallet.sqlite3")
        keyring = Keyring(server.folder / "var/keys.json")
        self.owners = [Traveller(server) for _ in range(count)]
        self.tokens = [f"token-{number}" for number in range(count)]
        for number, owner in enumerate(self.owners):
            owner.brings(("badge.json", signed()))
            owner.makes_a_key()
            self._connects(owner, number, keyring)

    def _connects(self, owner: Traveller, number: int, keyring: Keyring) -> None:
        now = NOW.now(NOW.tzinfo)
        with self.database.writing() as session:
            holder_id = session.scalars(select(Device.holder_id).where(Device.token_hash == owner.token_hash)).one()
            mail = f"somebody{number}@exemple.fr"
            session.add(EmailAddress(holder_id=holder_id, written=mail, plain=mail, verified_at=now, added_at=now))
            link = PlatformLink(
                holder_id=holder_id,
                client_mark=sha256(str(number).encode()).digest(),
                name=f"GRETA {number}",
                host=f"cours{number}.example",
                scopes=SCOPES,
                tells_name=False,
                connected_at=now,
            )
            session.add(link)
            session.flush()
            token = self.tokens[number]
            tokens.issue_tokens(session, asks(keyring, now=now), link.id, SCOPES, token, f"r-{token}")

    def close(self) -> None:
        """They are gone."""
        self.database.close()
        for owner in self.owners:
            owner.close()

    def client(self, number: int) -> httpx2.Client:
        headers = {"Authorization": f"Bearer {self.tokens[number]}", "Content-Type": "application/json"}
        return httpx2.Client(base_url=self.server.origin, headers=headers, trust_env=False, timeout=60)

    def count(self, *which: object) -> int:
        """How many rows there are of what was sent."""
        with self.database.reading() as session:
            return session.scalar(select(func.count(SentBadge.id)).where(*which)) or 0  # type: ignore[arg-type]


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def of(share: float, times: list[float]) -> float:
    """The time in ms that *share* of them stay below."""
    return 1000 * sorted(times)[min(len(times) - 1, int(share * len(times)))]


def look_on(server: Server, path: str, stop: Event) -> list[float]:
    """A recruiter who opens the page again and again, until told to stop."""
    times = list[float]()
    with httpx2.Client(base_url=server.origin, trust_env=False, timeout=60) as recruiter:
        while not stop.is_set():
            times.append(timed(lambda: recruiter.get(path).raise_for_status()))
            time.sleep(PACE)
    return times


def recruiters(server: Server, path: str, until: Callable[[], object]) -> list[float]:
    """What four recruiters wait for their page until *until* is done."""
    stop = Event()
    with ThreadPoolExecutor(4) as together:
        looking = [together.submit(look_on, server, path, stop) for _ in range(4)]
        try:
            until()
        finally:
            stop.set()
        return [time for one in looking for time in one.result()]


@pytest.fixture
def sites(request: pytest.FixtureRequest, serve: Callable[..., Server]) -> Iterator[Sites]:
    """As many as the test says, at a wallet of their own."""
    with closing(Sites(serve(), request.param)) as connected:
        yield connected


@pytest.mark.parametrize("sites", [SITES], indirect=True)
def test_a_thousand_badges_of_twenty_sites_beside_recruiters(sites: Sites):
    server = sites.server
    shown = sites.owners[0].get("/shares/new").text
    ids = [part.partition('"')[0] for part in shown.split('name="badge" value="')[1:]]
    made = sites.owners[0].post("/shares", data={"badge": ids, "days": "7"})
    page = sites.owners[0].get(made.headers["location"]).text
    path = "/s/" + page.partition(f"{server.origin}/s/")[2][:26]
    # half of what comes is hers, the other half may be anybody's
    badges = [
        [signed(recipient=f"somebody{number if turn % 2 else 'else'}@exemple.fr") for turn in range(OF_EACH)]
        for number in range(SITES)
    ]

    def send_all(number: int) -> list[float]:
        with sites.client(number) as site:
            return [
                timed(lambda one=one: site.post("/ims/ob/v3p0/credentials", content=one).raise_for_status())  # type: ignore[misc]
                for one in badges[number]
            ]

    recruiters(server, path, lambda: time.sleep(5))  # the first ones wait for the page to be made
    alone = recruiters(server, path, lambda: time.sleep(20))
    pushes = list[float]()

    def push() -> None:
        with ThreadPoolExecutor(SITES) as together:
            for times in together.map(send_all, range(SITES)):
                pushes.extend(times)
        assert sites.count() == SITES * OF_EACH
        assert any(eventually(lambda: sites.count(SentBadge.due_at.is_not(None)) == 0) for _ in range(5))

    beside = recruiters(server, path, push)

    print(f"\n  {SITES * OF_EACH} pushes: p50 {of(0.5, pushes):.0f} ms, p95 {of(0.95, pushes):.0f} ms")  # noqa: T201  # what soak tells
    print(f"  recruiters alone: p50 {of(0.5, alone):.1f}, p99 {of(0.99, alone):.1f} ms of {len(alone)}")  # noqa: T201  # what soak tells
    print(f"  beside the pushes: p50 {of(0.5, beside):.1f}, p99 {of(0.99, beside):.1f} ms of {len(beside)}")  # noqa: T201  # what soak tells
    print(f"  p99 x {of(0.99, beside) / of(0.99, alone):.2f}")  # noqa: T201  # what soak tells
    assert sites.count() == SITES * OF_EACH, "none is lost"
    with sites.database.reading() as session:
        kept = session.scalar(select(func.count()).where(KeptBadge.unasked.is_(None)))
        waits = session.scalar(select(func.count()).where(KeptBadge.unasked.is_(True)))
    assert (kept, waits) == (SITES + SITES * OF_EACH // 2, SITES * OF_EACH // 2)


def bent(dice: random.Random) -> bytes:
    """What is no badge, or seems to be one at an address that answers nothing."""
    match dice.randrange(6):
        case 0:
            return dice.randbytes(dice.randrange(200))
        case 1:
            return json.dumps({"assertion": {"id": f"https://{dice.randrange(10**9)}.invalid/1"}}).encode()
        case 2:
            return json.dumps({"assertion": {"type": "Assertion", "badge": dice.random(), "recipient": None}}).encode()
        case 3:
            return json.dumps({"signedAssertion": f"eyJhbGciOiJub25lIn0.{dice.randrange(10**9)}.x"}).encode()
        case 4:
            return b'{"assertion":' + b"[" * dice.randrange(5_000)
        case _:
            whole = bytearray(json.dumps({"assertion": {"id": "x", "badge": {}, "recipient": {}}}).encode())
            whole[dice.randrange(len(whole))] = dice.randrange(256)
            return bytes(whole)


@pytest.mark.parametrize("sites", [1], indirect=True)
def test_ten_thousand_times_what_is_no_badge_leaves_fifty_rows_at_most(sites: Sites):
    dice, statuses = random.Random(20261128), dict[int, int]()  # noqa: S311  # the same garbage each time

    with sites.client(0) as site:
        for number in range(GARBAGE):
            path = "/ims/ob/v2p1/assertions" if number % 2 else "/ims/ob/v3p0/credentials"
            status = site.post(path, content=bent(dice)).status_code
            statuses[status] = statuses.get(status, 0) + 1
            if number % 500 == 0:
                assert sites.count() <= MOST_WAITING

    print(f"\n  {GARBAGE} pushes of garbage: {statuses}, {sites.count()} rows")  # noqa: T201  # what soak tells
    assert sites.count() <= MOST_WAITING
    assert max(statuses) < 500
    assert set(statuses) <= {200, 201, 400, 429}
    assert sites.owners[0].get("/badges").status_code == 200
