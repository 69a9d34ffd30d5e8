"""How fast anyone may go: one account strictly, a whole job fair behind one address loosely."""

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from wallet import monitoring
from wallet.web.rate_limits import (
    BYTES,
    FAILED,
    LOOSE,
    MINUTE,
    NEWEST,
    SHARE,
    STRICT,
    Limit,
    OurProxies,
    RateLimits,
    Window,
    network_of,
)

PROXY = "10.0.0.1"


def asking(address: str = "203.0.113.5", forwarded: str = "") -> Request:
    """A request from *address*, with what it says of those before it."""
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    return Request({"type": "http", "headers": headers, "client": (address, 40_000)})


def may_try(paces: RateLimits, what: str, request: Request) -> bool:
    """Whether somebody of that network is let through: not where too many of them failed."""
    try:
        paces.require_few_failures(what, request)
    except HTTPException as refused:
        return refused.status_code != 429
    return True


def allowed(paces: RateLimits, times: int, what: str, request: Request, *whose: object) -> int:
    """How many of *times* were let through."""
    return sum(paces.allow(what, request, whose) for _ in range(times))


def test_one_account_is_held_back_and_another_one_on_the_same_network_is_not() -> None:
    paces = RateLimits()

    assert allowed(paces, 25, "key", asking(), 1) == 20
    assert allowed(paces, 5, "key", asking(), 2) == 5


@pytest.mark.parametrize(("what", "whose"), [("recheck", ("a share",)), ("check", (1,))])
def test_whoever_goes_on_when_held_back_uses_up_nothing_of_the_neighbours(what: str, whose: tuple[object, ...]) -> None:
    """A recruiter who presses « Vérifier encore » again and again, a script that tries again without end."""
    paces = RateLimits()

    assert allowed(paces, 2 * LOOSE[what].amount, what, asking(), *whose) == STRICT[what].amount
    assert paces.allow(what, asking(), ("another one",))


def test_one_account_is_held_back_whatever_network_it_asks_from() -> None:
    paces = RateLimits()

    assert sum(paces.allow("key", asking(f"203.0.{number}.5"), (1,)) for number in range(25)) == 20


def test_a_job_fair_behind_one_address_is_let_through() -> None:
    paces = RateLimits()

    assert sum(paces.allow("key", asking(), (person,)) for person in range(200)) == 200


def test_a_flood_from_one_network_is_held_back_and_the_others_still_get_in() -> None:
    paces = RateLimits()

    assert allowed(paces, 310, "mail", asking()) == 300
    assert not paces.allow("mail", asking("203.0.113.77"), ())
    assert paces.allow("mail", asking("203.0.114.5"), ())


def test_only_those_who_failed_are_counted_for_their_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAILED, "key", Limit(3, MINUTE))
    paces = RateLimits()

    for _ in range(3):
        assert may_try(paces, "key", asking("203.0.113.77"))
        paces.failed("key", asking())

    assert not may_try(paces, "key", asking("203.0.113.77")), "the whole network"
    assert may_try(paces, "key", asking("203.0.114.5"))
    assert paces.allow("key", asking(), (1,)), "whoever is known is counted by themselves"


def test_bytes_are_counted_for_a_network_and_what_does_not_fit_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BYTES, "visitor", Limit(100, MINUTE))
    paces = RateLimits()

    assert [paces.allow_bytes("visitor", asking(), amount) for amount in (60, 50, 40, 1)] == [True, False, True, False]
    assert paces.allow_bytes("visitor", asking("203.0.114.5"), 100)
    assert paces.allow_bytes("handover", asking(), 100)


def test_what_was_refused_is_refused_when_it_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BYTES, "visitor", Limit(100, MINUTE))
    paces = RateLimits()

    assert [paces.allow_bytes("visitor", asking(), 150, "a draft") for _ in range(2)] == [False, False]


def test_what_is_counted_for_one_thing_is_not_counted_for_another() -> None:
    paces = RateLimits()
    allowed(paces, 25, "key", asking(), 1)

    assert paces.allow("import", asking(), (1,))


def test_what_has_no_pace_is_let_through() -> None:
    assert allowed(RateLimits(), 1_000, "reading", asking(), 1) == 1_000


def test_what_asks_issuers_is_bounded_for_everybody_together_and_each_network_has_its_share() -> None:
    """Ten networks closed « Vérifier encore » for all others, for an hour."""
    paces, numbers = RateLimits(), iter(range(10_000))

    def looked(network: int) -> int:
        return sum(paces.allow("recheck", asking(f"10.0.{network}.1"), (next(numbers),)) for _ in range(60))

    assert [looked(network) for network in range(10)] == [60] * 10
    assert [looked(network) for network in range(10, 13)] == [SHARE["recheck"]] * 3


def test_of_what_nobody_is_refused_the_newest_stay_of_one_browser_and_of_one_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1_000.0]
    monkeypatch.setattr("wallet.concurrency.sliding_windows.monotonic", lambda: now[0])
    monkeypatch.setitem(NEWEST, "challenge", (Limit(2, MINUTE), Limit(4, MINUTE)))
    paces = RateLimits()

    def asks(name: str, browser: str, address: str = "203.0.113.5") -> list[str]:
        return paces.make_room("challenge", asking(address), name, browser)

    assert [asks("1", "a"), asks("2", "a"), asks("3", "a")] == [[], [], ["1"]], "of its own the oldest"
    assert [asks("4", "b"), asks("5", "c")] == [[], ["1"]]
    assert asks("6", "d") == ["2"], "of the network the oldest, whose browser ever it was"
    assert asks("7", "e", "198.51.100.4") == []
    now[0] += 61
    assert asks("8", "a") == []
    assert sum(map(len, paces.newest._asked.values())) == 2, "once for its browser, once for its network"


def test_every_strict_pace_has_a_loose_one_above_it() -> None:
    # These count each network by itself, or each connection: behind one course site are all its learners; or one offer.
    above, of_a_network = FAILED | LOOSE, {"report here", "reply here", "sent", "platform", "transaction code"}
    assert STRICT.keys() - of_a_network <= above.keys()
    assert all(
        above[what].amount / above[what].seconds > pace.amount / pace.seconds
        for what, pace in STRICT.items()
        if what not in of_a_network
    )


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.5", "203.0.113.0/24"),
        ("203.0.113.250", "203.0.113.0/24"),
        ("2001:db8:1:2ff:aaaa::1", "2001:db8:1:200::/56"),
        ("2001:db8:1:201::2", "2001:db8:1:200::/56"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_a_network_stands_for_all_its_addresses(address: str, network: str) -> None:
    assert network_of(address) == network


def test_nobody_gets_a_pace_of_their_own_by_naming_another_address() -> None:
    paces = RateLimits()

    told = [paces.allow("mail", asking(forwarded=f"198.51.{number}.4"), ()) for number in range(310)]

    assert sum(told) == 300


def test_behind_our_own_proxy_the_last_address_it_saw_counts() -> None:
    paces = RateLimits((PROXY,))

    assert paces.asker(asking(PROXY, "1.2.3.4, 198.51.100.4")) == "198.51.100.4"
    assert paces.asker(asking(PROXY, f"1.2.3.4, 198.51.100.4, {PROXY}")) == "198.51.100.4"
    assert paces.asker(asking(PROXY)) == PROXY
    assert paces.asker(asking("203.0.113.5", "1.2.3.4")) == "203.0.113.5"


def test_a_request_without_an_address_has_a_pace_too() -> None:
    nowhere = Request({"type": "http", "headers": [], "client": None})

    assert RateLimits().asker(nowhere) == ""
    assert RateLimits().allow("key", nowhere, ())


@pytest.mark.parametrize(
    ("peer", "hops", "asker"),
    [
        ("10.9.8.7", "198.51.100.4", "198.51.100.4"),
        ("::ffff:10.9.8.7", "198.51.100.4", "198.51.100.4"),
        ("10.9.8.7", "198.51.100.4, fd00::7", "198.51.100.4"),
        ("fd00:0:0::7", "198.51.100.4", "198.51.100.4"),
        ("11.0.0.1", "198.51.100.4", "11.0.0.1"),
        ("10.9.8.7", "198.51.100.4, no address", "no address"),
        ("192.0.2.1", "198.51.100.4", "198.51.100.4"),
        ("10.9.8.7", "10.1.1.1", "10.1.1.1"),
    ],
)
def test_the_proxies_of_a_cluster_are_a_network(peer: str, hops: str, asker: str):
    paces = RateLimits(("10.0.0.0/8", "fd00::/8", "192.0.2.1"))

    assert paces.asker(asking(peer, hops)) == asker


@pytest.mark.parametrize(
    ("told", "peer"), [("192.0.2.1", "::ffff:192.0.2.1"), ("fd00::7", "fd00::7"), ("fd00::7", "fd00:0:0::7")]
)
def test_a_proxy_is_the_same_however_a_socket_writes_its_address(told: str, peer: str):
    """Else all who come through it would be one network."""
    assert RateLimits((told,)).asker(asking(peer, "198.51.100.4")) == "198.51.100.4"
    assert RateLimits((told,)).asker(asking("::ffff:192.0.2.9", "198.51.100.4")) == "::ffff:192.0.2.9"


def test_whether_one_lies_in_a_network_is_found_once_and_never_of_what_is_told_as_an_address():
    """Each request asks it of its proxy."""
    proxies = OurProxies(("10.0.0.0/8", "192.0.2.1"))

    assert all("192.0.2.1" in proxies and "10.1.1.1" in proxies for _ in range(100))

    asked = proxies._lies_in_one.cache_info()
    assert (asked.misses, asked.hits) == (1, 99)
    assert asked.maxsize is not None


def test_ipv4_spoken_through_an_ipv6_socket_is_its_own_network() -> None:
    assert network_of("::ffff:192.0.2.7") == network_of("192.0.2.9")
    assert network_of("::ffff:198.51.100.7") != network_of("::ffff:192.0.2.7")


@pytest.mark.breadth
def test_of_ten_thousand_guesses_of_a_paper_from_one_network_few_are_looked_at() -> None:
    paces = RateLimits()

    looked_at = 0
    for number in range(10_000):
        somebody = asking(f"203.0.113.{number % 250}")
        if may_try(paces, "paper", somebody):
            looked_at += 1
            paces.failed("paper", somebody)

    assert looked_at == 300


def test_whoever_is_refused_is_told_when_the_limit_that_is_full_has_room_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr("wallet.concurrency.sliding_windows.monotonic", lambda: now[0])
    monkeypatch.setitem(STRICT, "entering", Limit(1, 24 * 60 * MINUTE))
    monkeypatch.setitem(FAILED, "key", Limit(1, 10 * MINUTE))
    paces = RateLimits()
    paces.require("entering", asking(), ("one",))
    paces.failed("key", asking())
    now[0] += 90.5

    waits = []
    for refused in (
        lambda: paces.require("entering", asking(), ("one",)),
        lambda: paces.require_few_failures("key", asking()),
    ):
        with pytest.raises(HTTPException) as problem:
            refused()
        waits.append((problem.value.headers or {})["Retry-After"])

    assert waits == [str(24 * 3600 - 90), "510"]


def test_whatever_is_refused_is_counted_by_the_name_of_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """By that an operator sees that there is a flood, or that a limit is too low (docs/monitoring.md)."""
    counted = list[tuple[str, str]]()
    monkeypatch.setattr(monitoring, "count", lambda what, label="": counted.append((what, label)))
    for limits, what in ((STRICT, "sheet"), (LOOSE, "registration"), (FAILED, "paper"), (BYTES, "handover")):
        monkeypatch.setitem(limits, what, Limit(1, MINUTE))
    paces = RateLimits()

    for _ in range(2):
        paces.allow("sheet", asking(), ("a share",))
        paces.allow("registration", asking(), ())
        if may_try(paces, "paper", asking()):
            paces.failed("paper", asking())
        paces.allow_bytes("handover", asking(), 1)

    assert counted == [("limit_hits", what) for what in ("sheet", "registration", "paper", "handover")]


def test_what_was_done_counts_for_as_long_as_its_limit_lasts_and_is_then_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1_000.0]
    monkeypatch.setattr("wallet.concurrency.sliding_windows.monotonic", lambda: now[0])
    window = Window()
    twice = Limit(2, 10 * MINUTE)

    assert [window.hit(twice, "key", "one") for _ in range(3)] == [True, True, False]
    now[0] += 599
    assert not window.hit(twice, "key", "one")
    now[0] += 2
    assert [window.hit(twice, "key", "one") for _ in range(3)] == [True, True, False]
    assert all(window.hit(twice, "key", f"another {number}") for number in range(100))
    now[0] += 700
    assert window.hit(twice, "key", "somebody")
    assert len(window._done) == 1
