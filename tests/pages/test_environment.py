"""Every page in every state, in both languages: whole, titled, honest, and deaf to what strangers write in a badge."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from tests.fixtures import screens
from tests.fixtures.quantity import each_named
from tests.fixtures.quick_html import QuickParser
from tests.fixtures.screens import SCREENS, drawn, pages
from tests.fixtures.screens_cards import (
    ALL,
    ELSEWHERE,
    IN_PART,
    MARIA,
    MISWRITTEN,
    NOW,
    SIGNED_WRONGLY,
    STANDINGS,
    badge,
)
from tests.fixtures.screens_evidence import WORDLESS, index
from tests.fixtures.screens_shares import told
from tests.fixtures.screens_shown import one_badge, opened, shown
from tests.fixtures.visits import words
from wallet.badges.card_details import CardDetails, ShownWord
from wallet.pages.environment import format_day, format_moment, without_tags
from wallet.pages.languages import LANGUAGES
from wallet.shares.recipients import Given
from wallet.trust import Answer

TEMPLATES = Path(__file__).parents[2] / "wallet/templates"
PAGES = pages()
SHEET = PAGES.assets.sheet.content.decode()
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}"
VOID = {"base", "meta", "link", "input", "img", "br", "wbr", "path", "circle", "rect"}
INSIDE = "archive/exported_page/"
"""What is read without us brings its own look, and is no screen (tests/archive/test_export.py)."""
every_language = pytest.mark.parametrize("language", LANGUAGES)


class Reading(QuickParser):
    """A page read through once: its elements, its title, what is not closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: dict[str, str] = {"title": "", "h1": ""}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute twice: {tag} {attrs}"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in self.texts:
            self.texts[self.open[-1]] += data

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        """The attributes of every element of these names."""
        return [attributes for tag, attributes in self.elements if tag in tags]

    def values(self, name: str) -> list[str]:
        """Every value of an attribute."""
        return [value for _, attributes in self.elements if (value := attributes.get(name))]


def render(screen: str, language: str = "fr", **other: Any) -> str:
    template, given = SCREENS[screen]
    return PAGES.render(template, language, **(given | other)) if other else drawn(screen, language)


@every_language
@pytest.mark.breadth(beside=["fr"])
def test_a_page_keeps_every_rule(language: str) -> None:
    with each_named() as named:
        for screen in SCREENS:
            with named(screen):
                it_keeps_every_rule(render(screen, language), language)


def it_keeps_every_rule(html: str, language: str) -> None:
    page = Reading(html)
    it_is_whole(page, language)
    what_is_named_is_there_once(page)
    pictures_have_their_size_and_their_words(page)
    buttons_of_the_same_words_are_told_apart(html)
    nothing_runs_or_is_styled_but_by_our_own_files(page, html)
    links_away_leave_no_trace_of_us(page)
    # A template may take another one's macro for its own word: « Macro » stood where « C’est fait. » belongs.
    assert re.findall(r"&lt;(?:Macro|Undefined|function|bound method)", html) == []


def it_is_whole(page: Reading, language: str) -> None:
    assert page.open == []
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1
    assert page.texts["h1"].strip()
    assert page.all("html")[0]["lang"] == language


def what_is_named_is_there_once(page: Reading) -> None:
    ids = Counter(page.values("id"))
    named = [
        word for name in ("for", "aria-labelledby", "aria-describedby") for v in page.values(name) for word in v.split()
    ]
    inside = [href[1:] for href in page.values("href") if href.startswith("#")]

    assert [one for one, times in ids.items() if times > 1] == []
    assert set(named + inside) - set(ids) == set()


def pictures_have_their_size_and_their_words(page: Reading) -> None:
    for picture in page.all("img"):
        assert picture["width"]
        assert picture["height"]
        assert picture["alt"] is not None
    for drawing in page.all("svg"):
        assert drawing["width"]
        assert drawing["height"]
        assert drawing["aria-hidden"] == "true"


def buttons_of_the_same_words_are_told_apart(html: str) -> None:
    """Whoever listens may go from button to button: which badge, key or address it is about is told with it.

    A switch of « Ma page » names its badge itself.
    """
    told: dict[str, dict[str, list[str]]] = {}
    for action, form in re.findall(r'<form\b[^>]*action="([^"]*)"[^>]*>(.*?)</form>', html, re.DOTALL):
        for attributes, inside in re.findall(r"<button\b([^>]*)>(.*?)</button>", form, re.DOTALL):
            if 'class="switch"' in attributes:
                continue
            words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", inside)).strip()
            label = re.findall(r'aria-label="([^"]*)"', attributes)
            about = re.findall(r'aria-describedby="([^"]*)"', attributes)
            value = re.findall(r' value="([^"]*)"', attributes)
            told.setdefault("".join(label) or words, {}).setdefault(f"{action} {value}", about)

    assert {
        words: does for words, does in told.items() if len({" ".join(about) for about in does.values()}) < len(does)
    } == {}


def nothing_runs_or_is_styled_but_by_our_own_files(page: Reading, html: str) -> None:
    assert re.findall(r"<style.*?</style>", html, re.DOTALL) in ([], [f"<style>{SHEET}</style>"])
    assert all(script.get("src", "") and "/static/" in str(script["src"]) for script in page.all("script"))
    assert [
        name for _, attributes in page.elements for name in attributes if name.startswith("on") or name == "style"
    ] == []
    assert all(address.startswith("/") for address in page.values("src"))


def links_away_leave_no_trace_of_us(page: Reading) -> None:
    away = [link for link in page.all("a") if str(link["href"]).startswith("http")]

    assert [link for link in away if link.get("rel") != "noreferrer" and "/s/" not in str(link["href"])] == []


def test_every_title_is_its_own() -> None:
    by_title: dict[str, set[str]] = {}
    for screen, (template, _) in SCREENS.items():
        [title] = re.findall("<title>([^<]*)</title>", render(screen))
        by_title.setdefault(title, set()).add(template)

    of_a_share = {
        "open_share/page.html",
        "open_share/link_preview.html",
        "open_share/code.html",
    }  # nobody who only has the link learns more from a title
    of_nothing = {
        "open_share/closed.html",
        "calls/gone.html",
        "tutor/closed.html",
        "petitions/closed.html",
    }  # nor of what a link opened once
    assert {
        title: found
        for title, found in by_title.items()
        if len(found - of_a_share - of_nothing) + bool(found & of_a_share) + bool(found & of_nothing) > 1
    } == {}


def test_the_title_of_a_page_with_a_problem_says_so_first() -> None:
    for screen in (
        "not added, a screenshot",
        "welcome, nothing chosen",
        "add, wrong link",
        "choose, nothing chosen",
        "problem 404",
    ):
        assert Reading(render(screen)).texts["title"].startswith("Erreur"), screen


def test_no_template_has_a_way_around_the_walls() -> None:
    with each_named() as named:
        for path in sorted(TEMPLATES.rglob("*.html")):
            template = path.relative_to(TEMPLATES).as_posix()
            with named(template):
                it_has_no_way_around_the_walls(template, path.read_text())


def it_has_no_way_around_the_walls(template: str, source: str) -> None:
    for forbidden in (
        r"\|\s*safe\b",
        r"autoescape",
        *((r"<style(?!>{{ sheet\(\) }}</style>)",) if INSIDE not in template else ()),
        r"\sstyle=",
        r"\son[a-z]+=",
        r"<script(?![^>]*\ssrc=)",
        r"javascript:",
    ):
        assert not re.search(forbidden, source), forbidden


def test_no_screen_takes_the_name_of_another_and_is_drawn_in_its_place() -> None:
    named = [name for word, some in vars(screens).items() if word.startswith("SCREENS_OF_") for name in some]

    assert len(named) > 100
    assert sorted(named) == sorted(set(named))
    assert set(named) <= screens.SCREENS.keys()


def test_every_template_is_on_some_screen() -> None:
    sources = {path.relative_to(TEMPLATES).as_posix(): path.read_text() for path in TEMPLATES.rglob("*.html")}
    asked = {name for source in sources.values() for name in re.findall(r'"([\w/]+\.html)"', source)}

    shown = {template for template, _ in SCREENS.values()}
    sheet = "recovery_codes/sheet_texts.html"  # words of a picture, and no page

    assert {name for name in set(sources) - asked - shown - {sheet} if INSIDE not in name} == set()


@every_language
def test_what_strangers_write_in_a_badge_is_only_read(language: str) -> None:
    words = dict.fromkeys(("name", "level", "full_name", "description", "issuer_name", "issuer_id"), HOSTILE)
    more = dict.fromkeys(("issuer_domain", "recipient_name", "format", "language"), HOSTILE)
    worst = badge("site", **words, **more, unsigned=[HOSTILE])
    worst = replace(
        worst,
        trust=Answer(
            standing="vouched",
            **dict.fromkeys(("by", "name", "host", "alike", "alike_id"), HOSTILE),
            struck_at=NOW,
        ),
        alignments=[{"name": HOSTILE, "url": "https://exemple.fr/\"'><script>", "framework": HOSTILE, "code": HOSTILE}],
        issuer_evidence=[{"name": HOSTILE, "url": "", "text": HOSTILE}],
        checks=[check | {"reason": HOSTILE, "detail": HOSTILE} for check in worst.checks],
        details=CardDetails(
            **dict.fromkeys(("role", "source", "parent_org", "achievement_type"), HOSTILE),
            genres=[ShownWord(words=HOSTILE)],
            siae=[ShownWord(words=HOSTILE)],
        ),
    )
    share = shown(opened([worst], name=HOSTILE, word=HOSTILE))

    for screen, given in [
        ("badge, valid", {"badge": worst}),
        ("result", {"badge": worst, "others": [worst]}),
        ("many badges", {"badges": [worst, worst], "removed": worst}),
        ("choose", {"badges": [worst], "name": HOSTILE, "word": HOSTILE}),
        ("code", {"share": told([worst], word=HOSTILE)}),
        ("shares", {"shares": [told([worst], word=HOSTILE, purpose=HOSTILE)]}),
        ("recruiter", share),
    ]:
        html = render(screen, language, **given)
        page = Reading(html)
        assert "alert(1)</script>" not in html, screen
        assert "<img src=x" not in html, screen
        assert [a for _, a in page.elements if "onerror" in a] == [], screen
        assert "49" not in re.findall(r"\{\{.*?\}\}|>49<", html), screen


def test_a_page_that_is_not_given_what_it_shows_is_a_fault() -> None:
    with pytest.raises(UndefinedError):
        PAGES.render("badges/show.html", "fr", holder=MARIA)


@pytest.mark.parametrize("one", [*ALL, *STANDINGS.values()], ids=lambda one: f"{one.sentence}-{one.id}")
def test_only_a_checked_badge_of_an_issuer_that_is_vouched_for_is_green(one: Any) -> None:
    tone = {"valid": "ok"} | dict.fromkeys(("unknown", "other-address", "unreadable"), "ask")
    tone |= {
        "site": "paper",
        "intact": "paper",
        "expired": "old",
        "not-yet-valid": "old",
        "suspended": "old",
        "revoked": "stop",
        "invalid": "stop",
    }
    share = PAGES.render("open_share/page.html", "fr", **shown(opened([one])))
    page = PAGES.render(
        "badges/show.html", "fr", badge=one, just_checked=False, done="", tellings=[], shown=set(), holder=MARIA
    )

    assert f'class="label state {tone[one.sentence]}"' in page
    assert f'class="proof {tone[one.sentence]}"' in share


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.sentence)
def test_a_state_says_who_looked_and_when(one: Any) -> None:
    page = PAGES.render(
        "badges/show.html", "fr", badge=one, just_checked=False, done="", tellings=[], shown=set(), holder=MARIA
    )
    share = PAGES.render("open_share/page.html", "fr", **shown(opened([one])))

    for html in (page, share):
        assert re.search(r"(par|essai de)\sMes\sbadges", html)
        assert "24 novembre 2026 à 10\u00a0h\u00a012" in html.replace("24\u00a0novembre", "24 novembre")


def test_a_check_that_could_not_be_made_has_no_tick() -> None:
    page = PAGES.render(
        "badges/show.html", "fr", badge=badge("unknown"), just_checked=False, done="", tellings=[], holder=MARIA
    )
    ticks = re.findall(r'<li><span class="(\w+)">.*?</span>\s*(.*?)</li>', page, re.DOTALL)

    assert ("ask", "Nous ne savons pas si l’organisme l’a retiré.") in ticks
    assert ("ok", "Le fichier n’a pas été changé.") in ticks


@pytest.mark.parametrize(
    ("one", "said", "not_said"),
    [
        (SIGNED_WRONGLY, "La signature n’est pas bonne.", "Le fichier a été changé."),
        (MISWRITTEN, "Le fichier n’est pas écrit comme il faut.", "Il manque quelque chose"),
        (
            replace(
                ELSEWHERE,
                checks=[
                    form if form["name"] == "conforms" else one
                    for form, one in zip(MISWRITTEN.checks, ELSEWHERE.checks, strict=True)
                ],
            ),
            "Le fichier n’est pas écrit comme il faut.",
            "Il manque quelque chose",
        ),
    ],
    ids=["signed wrongly", "written wrongly", "of another, and written wrongly"],
)
def test_what_was_checked_says_what_the_head_says(one: Any, said: str, not_said: str) -> None:
    """« La signature n’est pas bonne » stood above « Le fichier a été changé », which nobody knows."""
    for html in (
        PAGES.render("badges/show.html", "fr", badge=one, just_checked=False, done="", tellings=[], holder=MARIA),
        PAGES.render("open_share/badge.html", "fr", **one_badge(one)),
    ):
        assert said in words(html)
        assert not_said not in words(html)


def test_of_a_badge_that_lacks_nothing_nobody_is_told_that_a_part_is_not_shared() -> None:
    """A digest for which nothing was shown may be a decoy."""
    for one, is_told in (
        (IN_PART, True),
        (replace(IN_PART, state="valid", sentence="intact", checks=badge("intact").checks), False),
    ):
        html = words(PAGES.render("open_share/badge.html", "fr", **one_badge(one)))
        assert "L’organisme a peut-être signé plus que ce que l’on voit ici." in html
        assert ("Ce badge est partagé en partie." in html) == is_told


def test_a_moment_in_which_nothing_is_written_is_called_by_what_goes_with_it() -> None:
    """Sonia would rather speak than write. What she ticks stands there, and not « » or a text that she never wrote."""
    mine, chosen = words(render("my page, told without a word")), words(render("choose, with what is told"))
    stories = words(PAGES.render("evidence/index.html", "fr", **index(*WORDLESS)))

    assert "« »" not in mine
    assert "Votre texte" not in mine
    for called in ("Ma voix", "Photo", "Fichier", "L’adresse d’une page"):
        assert f"{called}, 24 novembre 2026 Au travail" in mine
        assert f"Montrer aussi ce que j’ai raconté {called}, 24 novembre 2026" in chosen
        assert f"24 novembre 2026 {called} Personne d’autre ne le voit." in stories


def test_the_picture_of_a_badge_without_a_name_is_not_said_to_be_a_badge_twice() -> None:
    """Mme Diallo hears « Badge sans nom », and not « Badge Badge sans nom »."""
    for page in (render("one badge of a share, without a name"), render("result", badge=badge(name=""))):
        assert "Badge sans nom" in page
        assert "Badge Badge" not in page


def test_the_level_has_a_line_only_when_there_is_one() -> None:
    assert 'class="reached"' in render("recruiter", share=opened([badge()]))
    assert 'class="reached"' not in render("recruiter", share=opened([badge(level="")]))


def test_a_no_break_space_stays_one_where_a_page_takes_the_text_of_a_piece_of_it() -> None:
    """Within a page it is drawn as HTML, on paper as text: it is read as it is written in both."""
    for piece in (Markup("<b>Zoé\u00a0Petit</b> &amp;\u202fCo"), "<b>Zoé\u00a0Petit</b> &amp;\u202fCo"):
        assert without_tags(piece) == "Zoé\u00a0Petit &\u202fCo"
    share = replace(opened([badge()]), given=Given(tie="same", name="Zoé\u00a0Petit"))
    assert "Zoé\u00a0Petit" in PAGES.render("open_share/page.html", "fr", **shown(share))


def test_the_head_of_the_recruiters_page_names_nobody_and_its_scripts_are_of_no_need_to_it() -> None:
    html = render("recruiter")
    head = html.partition("</head>")[0]

    assert re.findall(r"<script[^>]* src=.(/static/js/[\w-]+)", html) == [
        "/static/js/print-page",
        "/static/js/view-beacon",
    ]
    assert html.count("<script") == 2
    assert "<print-page hidden>" in html, "no button without the script that makes it work"
    assert "Maria" not in head
    assert "Quelqu’un partage ses badges avec vous" in head
    assert "noindex" in head


def test_closed_unknown_and_ended_links_are_one_page() -> None:
    assert render("closed", address="/s/one") == render("closed", address="/s/two")


def test_what_an_issuer_wrote_in_its_own_language_says_so() -> None:
    html = render("badge, valid", badge=badge(language="de", criteria="Er kann *das* <script>."))

    assert '<div class="words" lang="de" dir="auto"><p>Er kann <em>das</em> &lt;script&gt;.</p>\n</div>' in html


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [("fr", "Il a été retiré", "Ils ont été retirés"), ("en", "It was withdrawn", "They were withdrawn")],
)
def test_what_did_not_come_back_is_counted_to_the_end_of_its_line(language: str, one: str, two: str) -> None:
    for screen, says in (("back, somebody else’s, some of it lost", one), ("back, and there is no room left", two)):
        assert f"{says}, " in render(screen, language)


def test_days_are_written_as_people_say_them() -> None:
    assert format_day(date(2026, 12, 1), "fr") == "1er décembre 2026"
    assert format_day(date(2026, 12, 2), "fr") == "2 décembre 2026"
    assert format_day(date(2026, 12, 1), "en") == "1 December 2026"


def test_moments_are_those_of_the_clock_on_the_wall() -> None:
    summer, winter = datetime(2026, 6, 30, 22, 5, tzinfo=UTC), datetime(2026, 11, 24, 9, 12, tzinfo=UTC)

    assert format_moment(summer, "fr") == "1er juillet 2026 à 0\u00a0h\u00a005"
    assert format_moment(winter, "fr") == "24 novembre 2026 à 10\u00a0h\u00a012"
    assert format_moment(winter, "en") == "24 November 2026 at 10:12"


def test_the_last_second_and_the_first_day_there_are_can_be_told() -> None:
    never, first = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)

    assert format_moment(never, "fr") == "31 décembre 9999 à 23\u00a0h\u00a059"
    assert format_day(first, "fr") == "1er janvier 1"
