"""A stop is seen by every worker at the next request: two served wallets on one database, and one with several workers.

Each worker keeps the page of a share printed (web/page_cache.py). Here all have printed it and shown it again before its owner stops
the share through one of them: from the very next request on, nothing that is under its address is shown by any.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from starlette.routing import Route

from tests.fixtures import platforms
from tests.fixtures.photos import photo
from tests.fixtures.platforms import claimed
from tests.fixtures.server import Server
from tests.fixtures.tables_made import make_tables
from tests.fixtures.traveller import Traveller
from tests.fixtures.visits import baked, signed, words
from tests.fixtures.vouching import retire, vouch
from wallet.accounts.holders import recognise
from wallet.badges.models import KeptBadge
from wallet.issuance.platforms import links, tokens
from wallet.routes import ROUTES
from wallet.shares.models import Share
from wallet.storage.database import Database
from wallet.storage.keyring import Keyring

UNKNOWN = "0" * 26
WORKERS = {"two workers": 2, "four workers": 4}
TIMES = 8
"""Connections that are opened to two workers behind one port, and for each two more: by then all have had some."""
BELOW = sorted(
    re.sub(r"{(place|number|word):row}", "0", route.path).replace("{exhibit:row}", "1")
    for route in ROUTES
    if isinstance(route, Route) and route.path.startswith("/s/{token}") and "GET" in (route.methods or ())
    if route.name != "shared.photo"  # Ma page alone shows one (tests/routes/test_lasting_page.py)
)
"""All that can be asked for under a share: its page, its code, its pictures and files, and whatever else there will be."""
PRESENTED = {"Accept": "application/vp, application/ld+json"}
IN_MANY = pytest.mark.parametrize(
    ("setup", "database_url"),
    [
        ("two servers", "postgresql"),
        ("two servers", "sqlite"),
        # A worker is a process as each of two servers is one: what several take to start is asked by tests/cli/test_supervisor.py.
        *(
            pytest.param(*more, marks=pytest.mark.soak)
            for more in (
                ("two workers", "sqlite"),
                ("two workers", "postgresql"),
                ("four workers", "sqlite"),
                ("four workers", "postgresql"),
            )
        ),
    ],
    indirect=["database_url"],
)
Ask = Callable[..., list[httpx2.Response]]
"""Asks every worker for a path, each time on a new connection."""


@contextmanager
def asks(*ports: int, host: str, times: int = 1) -> Iterator[Ask]:
    each_anew = httpx2.Limits(max_keepalive_connections=0)
    client = httpx2.Client(
        headers={"Host": host, "Accept-Language": "fr"}, limits=each_anew, trust_env=False, timeout=60
    )

    def ask(path: str, **headers: str) -> list[httpx2.Response]:
        addresses = [f"http://127.0.0.1:{port}{path}" for port in ports for _ in range(times)]
        return [client.get(one, headers=headers) for one in addresses]

    with client:
        yield ask


@pytest.fixture
def served(setup: str, database_url: str, tmp_path: Path) -> Iterator[tuple[Server, Ask]]:
    """Two processes on one database and one folder: each on its own port, or both behind one."""
    with closing(Database(database_url)) as database:
        make_tables(database)
    with ExitStack() as ending:

        def start(*options: str, **settings: str) -> Server:
            server = Server(tmp_path, *options, WALLET_DATABASE_URL=database_url, **settings)
            server.is_preloaded = not options  # several workers are started by the program itself
            ending.callback(server.stop)
            server.start()
            return server

        if count := WORKERS.get(setup):
            server = start("--workers", str(count))
            ask = asks(server.port, host=f"localhost:{server.port}", times=TIMES * count // 2)
        else:
            server = start()
            second = start(WALLET_ORIGIN=server.origin)
            ask = asks(server.port, second.port, host=f"localhost:{server.port}")
        yield server, ending.enter_context(ask)


def shows(sonia: Traveller) -> tuple[str, str]:
    """Sonia keeps a badge by a key and shows it: where the share is in her wallet, and the path of its link."""
    sonia.brings(("badge.png", baked(signed())))
    sonia.makes_a_key()
    (badge,) = set(re.findall(r'/badges/(\d+)"', sonia.get("/badges").text))
    begun = sonia.post("/evidence", data={"text": "work", "key": "a" * 32, "badge": badge})
    moment = str(begun.headers["location"]).partition("/answers")[0]
    sonia.post(f"{moment}/attachments", files=[("files", ("photo.jpg", photo("JPEG"), "image/jpeg"))])
    sonia.post(f"{moment}/saving")
    told = f"{badge}-{moment.rpartition('/')[2]}"
    made = sonia.post("/shares", data={"badge": badge, "days": "7", "moment": told, "name": "Sonia"})
    share = str(made.headers["location"])
    found = re.search(r"/s/[0-9A-Z]{26}", sonia.get(share).text)
    assert found is not None
    return share, found[0]


def is_shown(answers: list[httpx2.Response]) -> list[bool]:
    return [answer.status_code == 200 and "Communiquer" in words(answer.text) for answer in answers]


def ends(answers: list[httpx2.Response]) -> set[str]:
    """Until when the share is shown, as its page says."""
    return {end for answer in answers for end in re.findall(r"jusqu’au ([^.]*)\.", answer.text)}


@pytest.mark.postgresql
@IN_MANY
@pytest.mark.breadth(beside=["two servers-sqlite"])
def test_what_is_written_of_a_share_is_seen_by_every_worker_at_the_next_request(
    served: tuple[Server, Ask], setup: str, database_url: str
):
    """By a chore, an operator, another worker or its owner: it gives the badge or the share another edition."""
    server, ask = served
    with Traveller(server) as sonia, closing(Database(database_url)) as database:
        share, link = shows(sonia)
        sees_its_issuer_struck_off(ask, database, link)
        sees_each_new_edition(ask, database, link)
        sees_the_stop(ask, sonia, share, link, asked_often=setup in WORKERS)


def sees_each_new_edition(ask: Ask, database: Database, link: str) -> None:
    """A new look, an address that was confirmed, and the end that has come."""

    def write(change: Callable[[KeptBadge], object]) -> str:
        """What every worker shows at the next request, and at the one after that, once *change* was written."""
        with database.writing() as session:
            change(session.query(KeptBadge).one())
        told = {answer.text for answer in [*ask(link), *ask(link)]}
        assert len(told) == 1
        return told.pop()

    def confirmed(match: dict[str, str] | None) -> Callable[[KeptBadge], object]:
        return lambda kept: setattr(kept, "match", match)

    named = write(lambda _kept: None)
    before = write(lambda kept: setattr(kept, "read", kept.read | {"recipient_name": ""}))
    assert before != named
    confirms = write(confirmed({"address": "sonia@exemple.fr"}))
    assert confirms != before
    assert write(confirmed(None)) == before
    assert write(lambda kept: setattr(kept, "checked_at", kept.checked_at - timedelta(days=3))) != before

    with database.writing() as session:
        share = session.query(Share).one()
        planned, share.ends_at = share.ends_at, datetime.now(UTC)
    assert {answer.status_code for answer in ask(link)} == {404}
    with database.writing() as session:
        session.query(Share).one().ends_at = planned
    assert {answer.status_code for answer in ask(link)} == {200}


def sees_its_issuer_struck_off(ask: Ask, database: Database, link: str) -> None:
    """It is green in no worker from the next request on."""
    issuer = json.loads(signed())["issuer"]["id"]

    def green() -> set[bool]:
        return {"Vrai badge, valide" in words(answer.text) for answer in ask(link)}

    assert green() == green() == {False}
    vouch(database, issuer)
    assert green() == green() == {True}
    retire(database, issuer, datetime.now(UTC))
    assert green() == {False}


def sees_the_stop(ask: Ask, sonia: Traveller, share: str, link: str, *, asked_often: bool) -> None:
    """Its undo, and a longer end; and when it is stopped again all that is below the link is closed."""
    paths = [path.replace("/s/{token}", link) for path in BELOW]
    for _ in range(1 if asked_often else 2):  # printed, and shown as printed
        for path in paths:
            # Whoever comes back to it is led to the page; a photo is on « Ma page » alone, and nobody said a word.
            is_not_there = path.endswith("/photo") or "/words/" in path
            shown = {303} if path.endswith("/verifications") else {404} if is_not_there else {200}
            assert {answer.status_code for answer in ask(path)} == shown, path
    assert all(is_shown(ask(link)))
    until = ends(ask(link))

    assert sonia.post(f"{share}/stopping").status_code == 303
    assert {answer.status_code for answer in ask(link)} == {404}

    assert sonia.post(f"{share}/return").status_code == 303
    assert all(is_shown(ask(link)))
    assert sonia.post(f"{share}/end", data={"days": "365"}).status_code == 303
    later = ends(ask(link))
    assert (len(until), len(later)) == (1, 1)
    assert later != until

    assert sonia.post(f"{share}/stopping").status_code == 303

    closed = {answer.text for answer in ask(f"/s/{UNKNOWN}")}
    assert len(closed) == 1
    for path in [*paths, f"{link}?lang=fr"]:
        is_page = path.partition("?")[0] == link
        for headers in ({}, PRESENTED, {"Accept-Encoding": "gzip"})[: None if is_page or not asked_often else 1]:
            answers = ask(path, **headers)
            assert {answer.status_code for answer in answers} == {404}, path
            told = {re.sub(re.escape(path.partition("?")[0]), f"/s/{UNKNOWN}", answer.text) for answer in answers}
            assert told == closed, path


@pytest.mark.postgresql
@pytest.mark.soak  # each request reads the link: in `make test` that is asked of the row (tests/issuance/platforms/test_tokens.py)
@IN_MANY
def test_a_platform_that_is_stopped_may_do_nothing_in_any_worker_from_its_next_request_on(
    served: tuple[Server, Ask], database_url: str, tmp_path: Path
):
    server, ask = served
    keyring, bearer = Keyring(tmp_path / "var" / "keys.json"), {"Authorization": "Bearer a-token-of-greta"}
    with Traveller(server) as sonia, closing(Database(database_url)) as database:
        sonia.brings(("badge.png", baked(signed())))
        sonia.makes_a_key()
        with database.writing() as session:
            known = recognise(session, sonia.cookies["wallet"], now := datetime.now(UTC))
            assert known
            link = links.connect(session, known, claimed(), now).id
            asking = platforms.asks(keyring, now=now)
            tokens.issue_tokens(session, asking, link, platforms.SCOPES, "a-token-of-greta", "another")

        def may() -> set[int]:
            return {answer.status_code for answer in ask("/ims/ob/v2p1/assertions", **bearer)}

        assert may() == {200}
        assert sonia.post(f"/platforms/{link}/stopping").status_code == 303
        assert may() == {401}
