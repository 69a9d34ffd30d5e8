"""Pages kept as they were rendered: none that changed is shown, and together they take the room they may."""

import gzip
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Event, get_ident

import pytest

from wallet import storage
from wallet.web.page_cache import HEADERS, PageCache, Rendered

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def page(cache: PageCache, name: str, text: str, *, edition: int = 1, now: datetime = NOW) -> bytes:
    """What somebody is shown who asks for *name*, where *text* is what would be rendered now."""
    return cache.get_or_render(name, edition, now, lambda: (text, None)).plain


def test_what_did_not_change_is_rendered_once_and_what_changed_anew() -> None:
    cache = PageCache()

    assert page(cache, "a", "first") == b"first"
    assert page(cache, "a", "second") == b"first"
    assert page(cache, "a", "third", edition=2) == b"third"
    assert cache.kept("a", 1, NOW) is None, "an edition of before is not shown"


def test_of_forty_recruiters_who_open_a_page_at_once_one_has_it_made_and_all_read_it() -> None:
    cache, made, askers, all_ask = PageCache(), list[int](), set[int](), Event()

    class Name:
        """The name of the page: it knows how many look for it."""

        def __hash__(self) -> int:
            askers.add(get_ident())
            if len(askers) == 40:
                all_ask.set()
            return 1

    def render() -> Rendered:
        made.append(1)
        assert all_ask.wait(timeout=60)  # it is not there yet when the last of them has looked
        return "once", None

    name = Name()
    with ThreadPoolExecutor(40) as threads:
        asked = [threads.submit(cache.get_or_render, name, 1, NOW, render) for _ in range(40)]

    assert [one.result().plain for one in asked] == [b"once"] * 40
    assert made == [1]


def test_who_waited_for_a_page_that_could_not_be_made_has_it_made() -> None:
    cache = PageCache()

    def fail() -> Rendered:
        raise storage.Missing

    with pytest.raises(storage.Missing):
        cache.get_or_render("a", 1, NOW, fail)

    assert page(cache, "a", "now") == b"now"


def test_what_is_right_until_a_moment_is_made_anew_from_that_moment_on() -> None:
    cache = PageCache()
    until = NOW + timedelta(minutes=1)

    def render() -> Rendered:
        return "ends soon", until

    assert cache.get_or_render("a", 1, NOW, render).plain == b"ends soon"
    assert cache.kept("a", 1, until - timedelta(seconds=1))
    assert cache.kept("a", 1, until) is None


def test_those_asked_for_longest_ago_go_when_there_is_no_room() -> None:
    texts = {str(number): Random(number).randbytes(500).hex() for number in range(10)}  # noqa: S311  # nothing to pack
    room = int(3.5 * (HEADERS + len(gzip.compress(texts["0"].encode(), mtime=0))))
    cache = PageCache(room)

    for name in "0123":
        page(cache, name, texts[name])
        assert cache.kept("0", 1, NOW), "looked at again each time"

    assert [name for name in texts if cache.kept(name, 1, NOW)] == ["0", "2", "3"]


def test_a_page_that_takes_all_the_room_is_shown_and_not_kept() -> None:
    cache = PageCache(10)

    assert (
        page(cache, "a", "longer than ten bytes, however it is packed")
        == b"longer than ten bytes, however it is packed"
    )
    assert cache.kept("a", 1, NOW) is None
    assert page(cache, "a", "again") == b"again"


def test_a_page_that_changes_again_and_again_takes_the_room_of_one() -> None:
    """A share that is opened while it is edited sends nobody else's page away."""
    cache = PageCache(4 * HEADERS)
    page(cache, "another", "stays")

    for edition in range(10):
        page(cache, "a", "changes", edition=edition)

    assert cache.kept("a", 9, NOW)
    assert cache.kept("another", 1, NOW)
