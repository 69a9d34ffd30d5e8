"""What the rules of pages are told by the quicker parser is what Python's own tells."""

from html.parser import HTMLParser
from typing import Any

import pytest

from tests.fixtures.quick_html import QuickParser
from tests.fixtures.screens import drawn

AWKWARD = (
    '<!doctype html><!-- <p> --><INPUT Required value=\'a > b\' title="&lt;&eacute;"><br/><svg><path d="M1 1"/></svg>'
    "<style>p > a::before{content:'</p>&lt;'}</style><script>if (a < b) { '<p>' }</script>a &amp; b&nbsp;</A ><p\nid=c>end"
)


class Told:
    """All that a parser calls, in its order."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[Any, ...]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.told.append(("start", tag, [*attrs], self.get_starttag_text()))  # type: ignore[attr-defined]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.told.append(("both", tag, [*attrs], self.get_starttag_text()))  # type: ignore[attr-defined]

    def handle_endtag(self, tag: str) -> None:
        self.told.append(("end", tag))

    def handle_data(self, data: str) -> None:
        before = self.told.pop()[1] if self.told and self.told[-1][0] == "text" else ""
        self.told.append(("text", before + data))


class Own(Told, HTMLParser):
    """Python's."""


class Quick(Told, QuickParser):
    """Ours."""


@pytest.mark.parametrize("html", [AWKWARD, AWKWARD * 2, *map(drawn, ("welcome", "badge, valid", "scan", "recruiter"))])
def test_it_calls_what_the_other_one_calls(html: str) -> None:
    own, quick = Own(), Quick()

    own.feed(html)
    quick.feed(html)

    assert quick.told == own.told
    assert len(quick.told) >= 15


@pytest.mark.parametrize("html", ["<p>a < b</p>", '<p>a</p><p class="a>b</p>', "<p>a</p><p"])
def test_what_is_no_markup_is_a_fault(html: str) -> None:
    with pytest.raises(AssertionError, match="no markup"):
        Quick().feed(html)
