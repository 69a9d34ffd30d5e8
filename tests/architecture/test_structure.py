"""Of which pages all parts are: what is the same twice is left out, and what is new, wherever it stands, is not."""

import pytest

from tests.fixtures.structure import each_part_once

PAGE = '<html lang="fr"><body><main><h1>a</h1><p>b</p><p>c</p></main></body></html>'


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("<p>b</p>", '<p id="b">b</p>'),
        ("<p>b</p>", "<div>b</div>"),
        ("<p>b</p>", "<p><em>b</em></p>"),
        ("<h1>a</h1><p>b</p>", "<p>b</p><h1>a</h1>"),
        ("<p>c</p>", "<p>c</p><h3>d</h3>"),
        ('lang="fr"', 'lang="en"'),
        ("</main>", "</main><main></main>"),
    ],
)
def test_what_is_built_otherwise_is_read_as_well(there: str, instead: str) -> None:
    other = PAGE.replace(there, instead, 1)

    assert set(each_part_once([("page", PAGE), ("again", PAGE), ("other", other)])) >= {"other"}
    assert each_part_once([("page", PAGE), ("again", PAGE)]) == ["page"]


def test_other_words_are_nothing_new() -> None:
    assert each_part_once([("page", PAGE), ("other", PAGE.replace(">b<", ">z<"))]) == ["page"]
