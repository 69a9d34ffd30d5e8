"""What issuers write in Markdown: readable, and unable to do anything but be read."""

import sys
from html.parser import HTMLParser
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from tests.fixtures.quantity import rows
from wallet.pages.markdown import ELEMENTS, LIMIT, LINK, STEPS, to_html

pytestmark = pytest.mark.words

HOSTILE = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example></ScRiPt>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='data:text/html,<script>alert(1)</script>'></object>",
    "<embed src=//evil.example>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' java\tscript:alert(1)'>x</a>",
    "<a href='https://fine.example' onclick=alert(1) style='position:fixed'>x</a>",
    "<form action=//evil.example><input name=a><button>x</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<body onload=alert(1)>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example>",
    "<style>*{background:url(//evil.example)}</style>",
    "<div style='background:url(//evil.example)'>x</div>",
    "<video><source onerror=alert(1)></video>",
    "<details open ontoggle=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<template><script>alert(1)</script></template>",
    "<p id=main name=main class=button>x</p>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<<script>script>alert(1)<</script>/script>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](/leaving)",
    "[x](leaving)",
    "[x](#main)",
    "[x](?lang=en)",
    "[x](\\\\evil.example)",
    "[x](mailto:maria@exemple.fr)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "![x](https://evil.example/p.gif)",
    "![x](https://evil.example/p.gif 'seen')",
    "[![x](https://evil.example/p.gif)](https://evil.example)",
    '[x](https://fine.example "onmouseover=alert(1)")',
    "[x](https://fine.example'onmouseover='alert(1))",
    "[a](<javascript:alert(1)>)",
    "# <img src=x onerror=alert(1)>",
    "- <img src=x onerror=alert(1)>\n  - <script>alert(1)</script>\n    - [x](javascript:alert(1))",
    "> > > <script>alert(1)</script>",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "`</code><script>alert(1)</script>`",
    "<h1><script>alert(1)</script></h1>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\x00<script\x00>alert(1)</script>",
    "| a |\n|---|\n| <script>alert(1)</script> |",
]


class Reader(HTMLParser):
    """Everything a browser would make of a page's piece: its elements, and what they carry."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[tuple[str, str, str | None]] = set()
        self.others: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {(tag, name, value) for name, value in attrs}

    def handle_decl(self, decl: str) -> None:
        self.others.append(decl)

    handle_comment = unknown_decl = handle_pi = handle_decl


def assert_harmless(html: str) -> None:
    found = Reader(html)
    assert found.elements <= ELEMENTS
    assert found.others == []
    for tag, name, value in found.attributes:
        assert (tag, name) in {("a", "href"), ("a", "rel"), ("ol", "start")}
        if name == "start":
            assert str(value).isdecimal()
        elif name == "href":
            assert str(value).lower().startswith(("https://", "http://"))
        else:
            assert value == LINK


@rows("narrative", HOSTILE)
def test_no_issuer_reaches_out_of_the_text(narrative: str):
    assert_harmless(to_html(narrative))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*HOSTILE, "\n\n", " ", "**", "[", "](", ")", "`", "<a href=", ">"]), max_size=6))
def test_nor_with_several_tricks_in_one_another(pieces: list[str]):
    assert_harmless(to_html("".join(pieces)))


def test_a_text_is_told_as_it_was_meant():
    html = to_html(
        "# Communiquer\n\nElle **écoute**, et *répond* :\n\n- à l’oral\n- à l’écrit\n\n[la fiche](https://fiche.example)"
    )

    assert isinstance(html, Markup)
    assert "<h3>Communiquer</h3>" in html
    assert "<strong>écoute</strong>" in html
    assert "<em>répond</em>" in html
    assert html.count("<li>") == 2
    assert f'<a href="https://fiche.example" rel="{LINK}">la fiche</a>' in html


def test_a_list_begins_with_the_number_that_was_signed():
    """« 2024. » was « 1. », and so was each step after a text between two."""
    assert '<ol start="2024">' in to_html("2024. Bilan de la saison")
    assert to_html("1. Accueillir\n\nPuis :\n\n2. Orienter").endswith('<ol start="2">\n<li>Orienter</li>\n</ol>\n')


@pytest.mark.parametrize(("written", "shown"), [("# x", "h3"), ("## x", "h3"), ("### x", "h3"), ("###### x", "h4")])
def test_headings_stay_below_those_of_the_page(written: str, shown: str):
    assert Reader(to_html(written)).elements == {shown}


def test_html_is_shown_as_it_was_written():
    assert to_html("un <b>mot</b>") == Markup("<p>un &lt;b&gt;mot&lt;/b&gt;</p>\n")


def test_quotations_stand_in_one_another_only_so_far():
    """Each takes a piece of the width of a phone, and a word beneath a hundred of them has none."""
    assert to_html("> " * 60 + "x").count("<blockquote>") == 20


def test_nothing_is_nothing():
    assert to_html("") == ""


def test_an_endless_text_ends():
    assert len(to_html("x" * 10 * LIMIT)) < LIMIT + 100


@rows("piece", ["[", "![[", "> ", "*a ", "`", "<", "- ", "**a*", "[a](", "\\"])
def test_a_text_made_to_be_slow_is_read_all_the_same(piece: str):
    assert_harmless(to_html(piece * LIMIT))


SIGNS = [*"[]()<>*_`~!&#|-+=:.\"'@{}a \n\\"]
PIECES = (
    *("[]", "[[]", "![", "](", "[](", "[a](", "[a](<", "[a]('", "![a](", "[a]: ", "[a]:x\n", "[a]:\n", "\n[a"),
    *("**", "a*", "*a ", "a_", "_a", "*_", "**_", "* _", "``", "~~~\n", "```\n", "\\[", "<a ", '<a b="', "<!--"),
    *("<![CDATA[", "</", "<https://a>", "&a", "&amp;", "&#", "> ", "- ", "1. ", "\n\n", "\n- ", "\n  - ", "\n> > "),
    *("\n#", "a\n---\n", "a\n===\n", "\n    ", "\t-", "\n1. "),
)
CALLS = 100 * STEPS
"""Python's own calls for one text; plain words take some 30,000 of them, and `[` alone once took 6.6 million."""


def calls(text: str) -> int:
    """How many calls it takes to show *text*: what it costs, whatever else the machine does."""
    to_html.cache_clear()
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        to_html(text)
    finally:
        sys.setprofile(before)
    return count


def long(*pieces: str) -> str:
    """Each of *pieces* again and again, one after the other, as long as a text may be."""
    share = LIMIT // len(pieces)
    return "".join((piece * share)[:share] for piece in pieces)


@rows("piece", PIECES[::4])
def test_no_text_costs_more_than_another_because_of_what_is_repeated_in_it(piece: str):
    assert calls(long(piece)) < CALLS
    assert calls(long("[", piece)) < CALLS


@pytest.mark.soak
@pytest.mark.parametrize("first", [*SIGNS, *PIECES])
def test_nor_because_of_any_two_pieces(first: str):
    """Every sign and piece, after and among every other one."""
    for second in (*SIGNS, *PIECES):
        assert calls(long(first + second)) < CALLS, (first, second)
        assert calls(long(first, second)) < CALLS, (first, second)


def test_a_text_that_is_too_tangled_is_shown_as_it_was_written():
    html = to_html("Elle soude.\nSeule, <b>et bien</b>.\n\n" + "[" * 9000)

    assert html.startswith("<p>Elle soude.<br>\nSeule, &lt;b&gt;et bien&lt;/b&gt;.</p>\n<p>[[[[")
    assert html.endswith("[[[</p>\n")


@pytest.mark.parametrize(
    "line",
    [
        "- **Souder** *proprement*, d’après [la fiche du métier](https://fiche.exemple.fr/soudure-1) : oui\n",
        "Elle écoute, elle répond, elle explique ce qu’elle fait à quelqu’un.\n\n",
    ],
)
def test_the_longest_honest_text_is_no_tangle(line: str):
    assert to_html(line * (LIMIT // len(line))).count("</p>" if line[0] == "E" else "</a>") == LIMIT // len(line)
