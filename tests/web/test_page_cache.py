"""Pages kept as they were rendered: none that changed is shown, and together they take the room they may."""

import gzip
from datetime import UTC, datetime, timedelta
from random import Random

from wallet.web.page_cache import Prints, Rendered

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def page(prints: Prints, name: str, text: str, *, edition: int = 1, now: datetime = NOW) -> bytes:
    """What somebody is shown who asks for *name*, where *text* is what would be rendered now."""
    return prints.of(name, edition, now, lambda: (text, None)).plain


def test_what_did_not_change_is_rendered_once_and_what_changed_anew() -> None:
    prints = Prints()

    assert page(prints, "a", "first") == b"first"
    assert page(prints, "a", "second") == b"first"
    assert page(prints, "a", "third", edition=2) == b"third"
    assert prints.kept("a", 1, NOW) is None, "an edition of before is not shown"


def test_what_is_right_until_a_moment_is_made_anew_from_that_moment_on() -> None:
    prints = Prints()
    until = NOW + timedelta(minutes=1)

    def render() -> Rendered:
        return "ends soon", until

    assert prints.of("a", 1, NOW, render).plain == b"ends soon"
    assert prints.kept("a", 1, until - timedelta(seconds=1))
    assert prints.kept("a", 1, until) is None


def test_those_asked_for_longest_ago_go_when_there_is_no_room() -> None:
    texts = {str(number): Random(number).randbytes(500).hex() for number in range(10)}  # noqa: S311  # nothing to pack
    room = int(3.5 * len(gzip.compress(texts["0"].encode(), mtime=0)))
    prints = Prints(room)

    for name in "0123":
        page(prints, name, texts[name])
        assert prints.kept("0", 1, NOW), "looked at again each time"

    assert [name for name in texts if prints.kept(name, 1, NOW)] == ["0", "2", "3"]


def test_a_page_that_takes_all_the_room_is_shown_and_not_kept() -> None:
    prints = Prints(10)

    assert (
        page(prints, "a", "longer than ten bytes, however it is packed")
        == b"longer than ten bytes, however it is packed"
    )
    assert prints.kept("a", 1, NOW) is None
    assert page(prints, "a", "again") == b"again"
