"""The two ceremonies over HTTP: what the phone is told, what it may send, and what nobody gets in with."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.fixtures.authenticator import PRESENT, Key, bend
from tests.fixtures.examined import examined
from tests.fixtures.tables_made import make_tables
from tests.fixtures.visits import loop
from wallet.accounts import holders
from wallet.accounts.holders import Device, Holder
from wallet.app import create_app
from wallet.badges import badges
from wallet.badges.models import KeptBadge
from wallet.settings import Settings
from wallet.web.rate_limits import FAILED, LOOSE, MINUTE, Limit, RateLimits
from wallet.web.services import Services

NOW = datetime(2026, 11, 24, 10, 12, tzinfo=UTC)
JSON = {"Content-Type": "application/json"}
DOORS = ("/passkeys/challenges", "/passkeys", "/devices")


class Clock:
    """A clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Phone(TestClient):
    """A phone's browser with a key in it; `door` is who is let in by its cookie."""

    def __init__(self, app: Starlette, *, address: str = "203.0.113.5", language: str = "fr") -> None:
        services: Services = app.state.services
        headers = {"Sec-Fetch-Site": "same-origin", "Accept-Language": language}
        super().__init__(
            app, services.settings.origin, headers=headers, client=(address, 40_000), follow_redirects=False
        )
        self.services = services
        self.key = Key(origin=services.settings.origin)
        self.portal = loop()

    def visit(self) -> int:
        """Become a visitor, as whoever brings a first badge; the holder's id."""
        with self.services.database.writing() as session:
            holder, token = holders.ensure_holder(session, None, self.services.clock())
        self.bear(token)
        return holder.id

    def bear(self, token: str) -> None:
        """Have *token* as the cookie; the jar files a name without a dot under .local, as RFC 2965 had it."""
        host = self.services.settings.host
        self.cookies.set(self.services.cookie, token, domain=host if "." in host else f"{host}.local")

    def ask(self, purpose: str) -> dict[str, Any]:
        """What the phone is asked for."""
        answer = self.post("/passkeys/challenges", json={"purpose": purpose})
        assert answer.status_code == 200
        options: dict[str, Any] = answer.json()
        return options

    def keep(self) -> Any:
        """Make the key."""
        return self.post("/passkeys", json=self.key.make(self.ask("registration")))

    def enter(self, **bent: Any) -> Any:
        """Show the key."""
        return self.post("/devices", json=self.key.show(self.ask("authentication"), **bent))

    @property
    def is_in(self) -> bool:
        """Whether the cookie opens a kept wallet."""
        with self.services.database.reading() as session:
            known = holders.recognise(session, self.cookies.get(self.services.cookie, ""), self.services.clock())
        return known is not None and known.holder.is_kept


@pytest.fixture
def clock() -> Clock:
    """The time, which the test turns."""
    return Clock()


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[Starlette]:
    """The whole house on an empty SQLite."""
    yield from wallet_at("http://localhost:8000", tmp_path, clock)


def wallet_at(origin: str, folder: Path, clock: Clock) -> Iterator[Starlette]:
    settings = Settings(
        origin=origin,
        database_url=f"sqlite:///{folder}/wallet.sqlite3",
        files_url=f"file://{folder}/files",
        keys=folder / "keys.json",
    )
    app = create_app(settings, clock=clock)
    services: Services = app.state.services
    make_tables(services.database)
    yield app
    services.database.close()


@pytest.fixture
def phone(app: Starlette) -> Phone:
    """Maria's phone."""
    return Phone(app)


@pytest.fixture
def kept(phone: Phone) -> Phone:
    """Maria's phone, with her wallet kept by its key."""
    phone.visit()
    assert phone.keep().status_code == 200
    return phone


@pytest.mark.breadth
def test_maria_keeps_her_wallet_leaves_and_comes_back(phone: Phone) -> None:
    phone.visit()

    kept = phone.keep()

    assert (kept.status_code, kept.json()) == (200, {"go": "/badges?done=kept"})
    assert phone.is_in
    assert phone.post("/leaving").status_code == 303
    assert not phone.is_in
    entered = phone.enter()
    assert (entered.status_code, entered.json()) == (200, {"go": "/badges"})
    assert phone.is_in


@pytest.mark.breadth
def test_the_phone_calls_the_key_by_the_day_or_by_the_first_name(app: Starlette) -> None:
    french, english, named = Phone(app), Phone(app, language="en"), Phone(app)
    french.visit(), english.visit()
    holder_id = named.visit()
    with named.services.database.writing() as session:
        holders.rename_holder(session, holder_id, "Sonia")

    names = [phone.ask("registration")["user"]["name"] for phone in (french, english, named)]

    assert names == ["Mes badges – 24 novembre 2026", "Mes badges – 24 November 2026", "Mes badges – Sonia"]


@pytest.mark.breadth
def test_the_cookie_is_new_each_time_and_out_of_reach_of_scripts(phone: Phone) -> None:
    phone.visit()
    tokens = [phone.cookies["wallet"]]
    for act in (phone.keep, phone.enter):
        answer = act()
        assert {"httponly", "samesite=lax", "path=/"} <= set(answer.headers["set-cookie"].lower().split("; "))
        tokens.append(phone.cookies["wallet"])

    assert len(set(tokens)) == 3
    for old in tokens[:2]:
        phone.bear(old)
        assert not phone.is_in


@pytest.mark.breadth
def test_over_https_the_cookie_belongs_to_this_very_origin(tmp_path: Path, clock: Clock) -> None:
    for app in wallet_at("https://wallet.example", tmp_path, clock):
        phone = Phone(app)
        phone.visit()

        cookie = phone.keep().headers["set-cookie"].lower()

        assert cookie.startswith("__host-wallet=")
        assert {"secure", "path=/"} <= set(cookie.split("; "))
        assert "domain" not in cookie


@pytest.mark.breadth
def test_what_is_told_is_kept_by_no_one_on_the_way(phone: Phone) -> None:
    phone.visit()

    for answer in (phone.post("/passkeys/challenges", json={"purpose": "authentication"}), phone.keep(), phone.enter()):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"] == "application/json"


def test_a_stranger_is_asked_for_no_new_key_but_shown_where_to_begin(phone: Phone) -> None:
    asked = phone.post("/passkeys/challenges", json={"purpose": "registration"})
    made = phone.post("/passkeys", json={})

    assert (asked.status_code, asked.headers["location"]) == (303, "/")
    assert (made.status_code, made.headers["location"]) == (303, "/")


def test_a_visitor_whose_half_hour_is_over_makes_no_key(phone: Phone, clock: Clock) -> None:
    phone.visit()
    clock.now += timedelta(minutes=26)
    options = phone.ask("registration")
    clock.now += timedelta(minutes=4)

    assert phone.post("/passkeys", json=phone.key.make(options)).status_code == 200  # asking began it again
    phone.visit()
    clock.now += timedelta(minutes=31)
    assert phone.post("/passkeys/challenges", json={"purpose": "registration"}).status_code == 303


def test_a_thief_of_an_open_phone_adds_no_key_later(kept: Phone, clock: Clock) -> None:
    clock.now += timedelta(minutes=5, seconds=1)

    assert kept.post("/passkeys/challenges", json={"purpose": "registration"}).status_code == 403


@pytest.mark.breadth
def test_what_was_looked_at_comes_along_to_the_wallet_maria_has(app: Starlette, kept: Phone, clock: Clock) -> None:
    phone = Phone(app)
    phone.key, visitor = kept.key, phone.visit()
    with phone.services.database.writing() as session:
        session.add(a_badge(visitor))

    assert phone.enter().status_code == 200

    with phone.services.database.reading() as session:
        maria = session.scalars(select(Holder)).one()
        assert [badge.file_name for badge in badges.list_badges(session, maria.id)] == ["communiquer.png"]


def a_badge(holder_id: int) -> KeptBadge:
    return KeptBadge(
        holder_id=holder_id,
        identity="a" * 64,
        document="b" * 64,
        file_name="communiquer.png",
        link="",
        container="png",
        read={"recipients": []},
        state="valid",
        examination={"checks": [asdict(check) for check in examined().checks]},
        checked_at=NOW,
        added_at=NOW,
        due_at=NOW,
    )


# What is refused


def test_a_refusal_does_not_tell_what_was_wrong(app: Starlette, kept: Phone) -> None:
    stranger, other = Phone(app), Phone(app)
    other.key, other.key.private = Key(credential_id=kept.key.credential_id, handle=kept.key.handle), Key().private
    used = kept.key.show(kept.ask("authentication"))
    kept.post("/devices", json=used)

    refused = [
        stranger.enter(),
        other.enter(),
        kept.enter(flags=PRESENT),
        kept.enter(handle=bytes(64)),
        kept.enter(client_data={"crossOrigin": True}),
        kept.enter(client_data={"origin": "http://localhost:8001"}),
        kept.post("/devices", json=used),
        kept.post("/devices", json={}),
    ]

    assert {answer.status_code for answer in refused} == {400}
    assert {answer.text for answer in refused} == {'{"message":"not-here"}'}
    assert not any("set-cookie" in answer.headers for answer in refused)


def test_a_key_that_is_refused_loses_nothing_and_the_next_one_is_kept(phone: Phone) -> None:
    phone.visit()
    token = phone.cookies["wallet"]

    refused = phone.post("/passkeys", json=phone.key.make(phone.ask("registration"), flags=PRESENT))

    assert (refused.status_code, refused.json()) == (400, {"message": "failed"})
    assert phone.cookies["wallet"] == token
    assert phone.keep().status_code == 200


BODIES = {
    "nothing": b"",
    "no JSON": b"purpose=registration",
    "half of it": b'{"purpose": "authentication"',
    "a list": b"[]",
    "a text": b'"authentication"',
    "null": b"null",
    "not a number": b'{"purpose": NaN}',
    "endless": b'{"purpose": -Infinity}',
    "told twice": b'{"purpose": "authentication", "purpose": "authentication"}',
    "not UTF-8": b'{"purpose": "\xff"}',
    "21 deep": b'{"a":' + b"[" * 21 + b"1" + b"]" * 21 + b"}",
    "32,000 deep": b"[" * 32_000 + b"]" * 32_000,
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.breadth
def test_a_body_that_is_no_plain_object_is_refused(phone: Phone, door: str) -> None:
    phone.visit()

    for why, body in BODIES.items():
        assert phone.post(door, content=body, headers=JSON).status_code == 400, why


@pytest.mark.parametrize("door", DOORS)
def test_a_body_of_another_kind_is_refused(phone: Phone, door: str) -> None:
    phone.visit()

    assert phone.post(door, data={"purpose": "authentication"}).status_code == 400
    assert phone.post(door, content=b'{"purpose": "authentication"}').status_code == 400


@pytest.mark.parametrize("door", DOORS)
def test_a_body_beyond_64_kilobytes_is_refused_while_it_comes_in(phone: Phone, door: str) -> None:
    phone.visit()
    pieces = iter([b'{"purpose": "', *[b"a" * 8192] * 9, b'"}'])

    assert phone.post(door, content=pieces, headers=JSON).status_code == 413


@pytest.mark.parametrize("purpose", ["", "Registration", "recovery", None, 5, [], {}, ["registration"]])
def test_a_ceremony_nobody_knows_is_refused(phone: Phone, purpose: Any) -> None:
    phone.visit()

    assert phone.post("/passkeys/challenges", json={"purpose": purpose}).status_code == 400


def devices(services: Services) -> int:
    with services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Device)) or 0


@pytest.mark.breadth
def test_a_hundred_bent_answers_get_no_cookie_and_no_crash(app: Starlette, kept: Phone) -> None:
    chance, services = Random(3), kept.services  # noqa: S311  # the same bends every time, not secrets
    thief = Phone(app)
    before = devices(services)
    for _ in range(100):
        services.rate_limits = RateLimits()
        bent = bend(kept.key.show(thief.ask("authentication")), chance)
        bent["response"] = {**bent.get("response", {}), "signature": "AAAA"} if chance.random() < 0.5 else []
        answer = thief.post("/devices", content=json.dumps(bent), headers=JSON)
        assert answer.status_code == 400
        assert "set-cookie" not in answer.headers
    assert devices(services) == before


# How often


@pytest.mark.breadth
def test_many_wrong_keys_from_one_network_are_held_back_and_maria_still_enters(
    app: Starlette, kept: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    thief, maria = Phone(app, address="198.51.100.66"), Phone(app, address="192.0.2.9")
    maria.key = kept.key

    monkeypatch.setitem(FAILED, "key", Limit(30, MINUTE))

    told = [thief.enter() for _ in range(40)]

    assert {answer.status_code for answer in told[:30]} == {400}
    assert {answer.status_code for answer in told[30:]} == {429}
    assert 1 <= int(told[-1].headers["retry-after"]) <= 60
    assert maria.enter().status_code == 200


def test_what_answers_nothing_that_was_asked_locks_nobody_out(
    app: Starlette, kept: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five empty answers a second from one phone had kept a carrier's whole network from signing in."""
    monkeypatch.setitem(FAILED, "key", Limit(1, MINUTE))
    thief, other, maria = (Phone(app, address=f"198.51.100.{number}") for number in (66, 67, 7))
    maria.key = kept.key
    stolen = other.key.show(other.ask("authentication"))

    told = [thief.post("/devices", json=answer) for answer in ({}, {"rawId": "AA"}, stolen, stolen)]

    assert {answer.status_code for answer in told} == {400}
    assert {json.dumps(answer.json()) for answer in told} == {'{"message": "no-cookies"}'}
    assert maria.enter().status_code == 200
    assert thief.enter().status_code == 400, "a key that is nobody's, shown to a challenge of its own"
    assert maria.enter().status_code == 429


@pytest.mark.breadth
def test_whoever_enters_again_and_again_locks_no_neighbour_out(
    app: Starlette, kept: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """150 sign-ins of one phone locked out everybody behind the same carrier. Here twelve would."""
    monkeypatch.setitem(LOOSE, "key", Limit(20, 10 * MINUTE))
    monkeypatch.setitem(FAILED, "key", Limit(5, 10 * MINUTE))
    keen, neighbour = Phone(app, address="198.51.100.66"), Phone(app, address="198.51.100.7")
    keen.key, neighbour.key = kept.key, kept.key

    assert {keen.enter().status_code for _ in range(12)} == {200}
    assert neighbour.enter().status_code == 200


@pytest.mark.breadth
def test_one_visitor_does_not_ask_without_end(phone: Phone) -> None:
    phone.visit()

    told = [phone.post("/passkeys/challenges", json={"purpose": "registration"}).status_code for _ in range(25)]

    assert told == [200] * 20 + [429] * 5
