"""What several badges share is asked once in a few minutes, and only if it is another one; what is remembered has an end."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier, Semaphore
from typing import Any

import pytest

from tests.fixtures.chore import Chore
from tests.fixtures.examined import NOW, keeps, somebody_with_a_key
from tests.fixtures.visits import Clock, IssuersWeb
from wallet.openbadges import Fetched, Unreachable, WorkedOut
from wallet.rechecks import answer_cache
from wallet.rechecks.answer_cache import LASTS, AnswerCache, SeenBefore
from wallet.storage.database import Database

ADDRESS = "https://issuer.example/list"
LIST = b'{"credentialSubject": {"type": "BitstringStatusList"}}'


class TaggedWeb(IssuersWeb):
    """Issuers who tell by a tag whether an answer is another one since."""

    def __init__(self) -> None:
        super().__init__()
        self.conditions: list[tuple[str, int]] = []

    def __call__(self, address: str, condition: tuple[tuple[str, str], ...] = ()) -> Fetched:
        answer = super().__call__(address)
        tag = f'"{len(answer.body)}"'
        is_same = ("If-None-Match", tag) in condition
        told = {"status": 304, "body": b"", "media_type": ""} if is_same else {}
        if condition:
            self.conditions.append((address, 304 if is_same else answer.status))
        return Fetched(**{"address": address, "status": answer.status, "media_type": answer.media_type,
                          "body": answer.body, "etag": tag, **told})  # fmt: skip


@pytest.fixture
def web() -> TaggedWeb:
    return TaggedWeb()


@pytest.fixture
def cache(clock: Clock) -> AnswerCache:
    return AnswerCache(clock)


def answers(*bodies: bytes | int) -> Any:
    """A way out whose answers are these, one after the other."""
    left: Iterator[bytes | int] = iter(bodies)

    def ask(address: str, condition: Any = ()) -> Fetched:
        one = next(left)
        status, body = (one, b"") if isinstance(one, int) else (200, one)
        return Fetched(address=address, status=status, media_type="", body=body)

    return ask


def got(cache: AnswerCache, ask: Any, **told: Any) -> tuple[int, bytes]:
    answer = cache.get(ADDRESS, ask, None, **{"is_own": False, **told})
    return answer.status, answer.body


def test_an_answer_is_remembered_for_five_minutes_with_its_moment(cache: AnswerCache, clock: Clock):
    first, second = LIST, LIST + b" "
    ask = answers(first, second, first)

    assert got(cache, ask) == (200, first)
    clock.move(minutes=4.9)
    assert got(cache, ask) == (200, first)
    assert cache.answers[ADDRESS].at == NOW
    clock.move(minutes=0.1)
    assert got(cache, ask) == (200, second)
    clock.move(minutes=-1)
    assert got(cache, ask) == (200, first), "a clock that was set back makes nothing last longer"


@pytest.mark.parametrize("status", [404, 410, 429, 500, 503])
def test_no_error_is_remembered(cache: AnswerCache, status: int):
    ask = answers(status, LIST)

    assert got(cache, ask)[0] == status
    assert got(cache, ask) == (200, LIST)


def test_no_silence_is_remembered(cache: AnswerCache):
    def silent(address: str) -> Fetched:
        raise Unreachable(address, "timeout")

    with pytest.raises(Unreachable):
        got(cache, silent)
    assert got(cache, answers(LIST)) == (200, LIST)


@pytest.mark.parametrize(
    "badge",
    [
        b'{"type": "Assertion", "badge": "https://a.example", "recipient": {}}',
        b'{"id": "https://a.example/1", "revoked": true}',
        b'{"credentialSubject": {"achievement": {}}}',
        b'{"vc": {"credentialSubject": {"achievement": {}}}}',
        b"<!DOCTYPE html><title>A badge</title>",
        b"\x89PNG\r\n",
        b"{",
        b"",
    ],
)
def test_no_badge_is_remembered_nor_what_leads_to_one(cache: AnswerCache, badge: bytes):
    ask = answers(badge, LIST)

    assert got(cache, ask) == (200, badge)
    assert got(cache, ask) == (200, LIST)


def test_the_address_of_a_badge_is_asked_whatever_stands_there(cache: AnswerCache):
    ask = answers(LIST, LIST + b" ")

    assert got(cache, ask, is_own=True) == (200, LIST)
    assert got(cache, ask, is_own=True) == (200, LIST + b" ")


def test_of_several_that_need_it_at_once_one_asks(cache: AnswerCache):
    together, ask = Barrier(4), answers(LIST)

    def one(_: int) -> tuple[int, bytes]:
        together.wait()
        return got(cache, ask)

    with ThreadPoolExecutor(4) as workers:
        assert set(workers.map(one, range(4))) == {(200, LIST)}


@pytest.mark.parametrize(("seconds", "asks"), [(10.0, 1), (0.5, 8)])
def test_whoever_is_silent_does_not_keep_one_badge_after_the_other_waiting(
    cache: AnswerCache, monkeypatch: pytest.MonkeyPatch, seconds: float, asks: int
):
    """A list of many issuers hangs: eight badges that are in it took eight times as long, and nobody else's had a thread. Of a
    host that one badge left no time each asks itself."""
    needed, asked, passed = Semaphore(0), list[str](), [0.0]

    def needs() -> datetime:
        needed.release()
        return NOW

    def hangs(address: str) -> Fetched:
        if not asked:
            assert all(needed.acquire(timeout=60) for _ in range(8))
        asked.append(address)
        passed[0] += seconds
        raise Unreachable(address, "timeout")

    monkeypatch.setattr(cache, "clock", needs)
    monkeypatch.setattr(answer_cache, "perf_counter", lambda: passed[0])

    def one(_: int) -> str:
        with pytest.raises(Unreachable) as problem:
            got(cache, hangs)
        return problem.value.why

    with ThreadPoolExecutor(8) as workers:
        assert set(workers.map(one, range(8))) == {"timeout"}
    assert len(asked) == asks
    assert got(cache, answers(LIST)) == (200, LIST), "no silence is remembered"


@pytest.mark.parametrize("unpacked", [bytes(5_000), (2, bytes(5_000))], ids=["of badges", "of tokens"])
def test_there_is_an_end_to_what_is_remembered(clock: Clock, unpacked: object):
    cache = AnswerCache(clock, room=10_000)
    for number in range(9):
        cache.get(f"https://issuer.example/{number}", answers(LIST + b" " * 900), None, is_own=False)
    assert [address[-1] for address in cache.answers] == ["6", "7", "8"]

    cache.worked_out[("https://issuer.example/8", "bits")] = WorkedOut(unpacked, {})
    assert [address[-1] for address in cache.answers] == ["8"], "what is unpacked counts, too"
    assert cache.worked_out[("https://issuer.example/8", "bits")].found == unpacked
    cache.worked_out[("https://issuer.example/8", "more")] = WorkedOut(bytes(50_000), {})
    assert (cache.size, len(cache.answers)) == (0, 0)
    cache.worked_out[("https://issuer.example/1", "bits")] = WorkedOut(b"", {})
    assert not [what for what in cache.worked_out if what[1] == "bits"], "nothing is kept of an answer that is gone"


def test_what_was_worked_out_is_forgotten_with_its_answer(cache: AnswerCache, clock: Clock):
    got(cache, answers(LIST))
    cache.worked_out[(ADDRESS, "list")] = WorkedOut("list", {})
    clock.move(seconds=LASTS.total_seconds())

    got(cache, answers(LIST))

    assert dict(cache.worked_out) == {}


def test_what_was_seen_before_is_asked_for_only_if_it_is_another_one(cache: AnswerCache):
    entry = {"address": ADDRESS, "etag": '"1"', "last_modified": "Tue, 24 Nov 2026 10:00:00 GMT", "media_type": "a/b"}
    asked: list[Any] = []

    def ask(address: str, condition: Any = ()) -> Fetched:
        asked.append(condition)
        return Fetched(address=address, status=304, media_type="", body=b"")

    answer = cache.get(ADDRESS, ask, SeenBefore(entry, lambda _: LIST), is_own=False)

    assert asked == [(("If-None-Match", '"1"'), ("If-Modified-Since", "Tue, 24 Nov 2026 10:00:00 GMT"))]
    assert (answer.status, answer.body, answer.media_type, answer.etag) == (200, LIST, "a/b", '"1"')
    assert answer.at == NOW


def test_who_stands_where_it_leads_does_not_say_that_it_is_no_other(cache: AnswerCache):
    """A list that moved, where a proxy says 304 to whoever comes: nobody said that nothing was withdrawn since."""

    def ask(_address: str, _condition: Any = ()) -> Fetched:
        return Fetched(address="https://elsewhere.example/lists/1", status=304, media_type="", body=b"")

    before = SeenBefore({"address": ADDRESS, "etag": '"1"'}, lambda _: LIST)

    assert cache.get(ADDRESS, ask, before, is_own=False).status == 304


@pytest.mark.parametrize("entry", [{"etag": '"1"'}, {}])
def test_what_is_not_on_the_shelf_any_more_is_asked_for_whole(cache: AnswerCache, entry: dict[str, Any]):
    before = SeenBefore({"address": ADDRESS, **entry}, lambda _: None)

    assert cache.get(ADDRESS, answers(LIST), before, is_own=False).body == LIST


def test_a_badge_that_is_as_it_was_is_not_sent_again(chore: Chore, web: TaggedWeb, wallets: Database):
    """304 is what was seen: the badge is good, and what was seen stays with it."""
    [id] = keeps(wallets, somebody_with_a_key(wallets), chore.brought())
    before = chore.kept(id)
    chore.clock.move(days=9)
    chore.worker().round()

    one = chore.kept(id)
    assert (one.state, one.checked_at) == ("valid", chore.clock())
    assert {(address.rpartition("/")[2], status) for address, status in web.conditions} == {
        ("1.json", 304),
        ("class.json", 304),
        ("issuer.json", 304),
    }
    seen = [{**entry, "at": NOW.isoformat()} for entry in one.examination["seen"]]
    assert seen == before.examination["seen"]
    assert {entry["at"] for entry in one.examination["seen"]} == {chore.clock().isoformat()}

    web["https://issuer.example/badges/1.json"] = 410
    chore.clock.move(days=9)
    chore.worker().round()
    assert chore.kept(id).state == "revoked"
    assert timedelta(minutes=5) == LASTS
