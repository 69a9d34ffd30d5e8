"""The page that people are shown of a badge: it points at the badge, and is believed in nothing."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild, hostile, school
from tests.openbadges.support.pages import PAGE, Pages, alternate, script
from tests.openbadges.support.processor import within
from tests.openbadges.support.school import BADGE, HOME, NOW
from wallet import openbadges
from wallet.openbadges import Fetched, NotABadge, Unreachable, opening
from wallet.openbadges.carriers import web_pages
from wallet.openbadges.examination import UnreadableBadge


def hints(html: str, address: str = PAGE) -> tuple[web_pages.Hint, ...]:
    return web_pages.hints(html.encode(), address)


# What a page says.


@rows(
    "html",
    [
        alternate(BADGE),
        alternate(BADGE, "application/json"),
        alternate(BADGE, "application/vc"),
        alternate(BADGE, "application/vc+ld+json; charset=utf-8"),
        f"<LINK TYPE='application/json' REL='Alternate nofollow' HREF='{BADGE}' />",
        f"<link href={BADGE} type=application/json rel=alternate>",
        f"<base href='{HOME}/x/'>" + alternate("../assertions/1"),
        alternate(BADGE.removeprefix("https:")).replace("href", "title='a > b' href"),
        alternate(BADGE.replace("/", "&#x2F;").replace(":", "&colon;")),
        alternate(f"{BADGE}#top"),
        f'<meta property="og:url" content="{BADGE}">',
        f'<meta content="{BADGE}" name="og:url">',
        f'<link rel="canonical" href="{BADGE}">',
        script({"@context": "https://schema.org", "@type": "EducationalOccupationalCredential", "url": BADGE}),
        script([{"@type": "WebSite", "url": HOME}, {"@type": "Assertion", "@id": BADGE}]),
        script({"@graph": [1, {"@type": "schema:EducationalOccupationalCredential", "@id": "#it", "url": BADGE}]}),
    ],
)
def test_a_page_points_at_its_badge(html: str) -> None:
    found = Pages().page(html).look()

    assert (found.state, found.container, found.badge.title) == ("valid", "link", "Soudure – je maîtrise")


def test_the_badge_may_stand_in_the_page_itself() -> None:
    held = guild.signed(guild.badge())

    found = Pages().page(script({"@type": "WebSite"}) + script(held)).look()

    assert (found.state, found.badge.title) == ("valid", "Souder – je maîtrise")


def test_a_hosted_badge_that_a_page_carries_is_asked_for_at_its_own_address() -> None:
    forged = school.assertion(issuedOn="2020-01-01T00:00:00Z", badge="https://pages.example/class")
    pages = Pages().page(script(forged))

    found = pages.look()

    assert found.state == "valid"
    assert found.badge.issued_on == datetime(2026, 1, 1, tzinfo=UTC)
    assert BADGE in pages.asked
    pages.answers[BADGE] = 404
    assert pages.look().state == "unknown"


@rows(
    "html",
    [
        '<meta property="og:image" content="/images/1.png">',
        '<meta property="og:image:secure_url" content="https://pages.example/images/1.png">',
        '<img src="logo.jpg"><img src="/images/1.png">',
        '<img alt="Badge of Maria" src="https://pages.example/images/1.png">',
    ],
)
@rows("baked", [hostile.png(hostile.text(BADGE.encode())), hostile.svg(hostile.element("", BADGE))])
def test_the_picture_of_a_page_may_hold_the_badge(html: str, baked: bytes) -> None:
    pages = Pages().page(html)
    pages.answers["https://pages.example/images/1.png"] = baked

    assert pages.look().state == "valid"


def test_what_is_announced_comes_before_what_is_carried_named_or_drawn() -> None:
    html = (
        '<img src="/badge.png"><img src="/other.svg"><meta property="og:image" content="/og.png">'
        '<link rel="canonical" href="/canonical"><meta property="og:url" content="/og">'
        + script({"a": 1})
        + alternate("/plain", "application/json")
        + alternate("/token", "application/vc+jwt")
        + alternate("/linked")
        + alternate("/linked")
    )

    place = "https://pages.example"
    assert hints(html) == (
        f"{place}/token",
        f"{place}/linked",
        f"{place}/plain",
        {"a": 1},
        f"{place}/og",
        f"{place}/canonical",
        f"{place}/badge.png",
        f"{place}/og.png",
        f"{place}/other.svg",
    )


@rows(
    "html",
    [
        "",
        "<p>Bonjour</p>",
        "<!--" + alternate(BADGE) + "-->",
        "<!--" + alternate(BADGE),
        "<script>'" + alternate(BADGE) + "'</script>",
        alternate(BADGE, "application/rss+xml"),
        alternate(BADGE, "application/json+oembed"),
        f'<link rel="stylesheet" type="application/json" href="{BADGE}">',
        f'<link rel="alternate" type="application/json" title="{"x" * 5000}" href="{BADGE}">',
        alternate("javascript:alert(1)"),
        alternate("java\nscript:alert(1)"),
        alternate("file:///etc/passwd"),
        alternate("ftp://school.example/1"),
        alternate("data:application/json,{}"),
        alternate("https://maria:secret@school.example/1"),
        alternate("https://[school.example/1"),
        alternate(""),
        alternate("\\\\school.example/1"),
        '<meta property="og:title" content="https://school.example/1">',
        '<img src="https://tracker.example/1.png">',
        '<img src="/photo.jpg">',
        '<img src="data:image/png;base64,AAAA">',
        '<script type="application/ld+json">{"a": 1, "a": 2}</script>',
        '<script type="application/ld+json">' + "[" * 5000 + "</script>",
        '<script type="application/json">{"a": 1}</script>',
        script(["text", 1, None]),
        script({"@type": "EducationalOccupationalCredential", "url": 7, "@id": "urn:uuid:1"})[:60],
        "<link",
        "<link/ alternate",
        "<base>",
        "<img/\x00=\x00>",
        "<img x' src='>",
    ],
)
def test_a_page_that_says_nothing_of_use_points_nowhere(html: str) -> None:
    assert hints(html) == ()


def test_only_the_first_mebibyte_is_read() -> None:
    assert hints(" " * web_pages.MOST_READ + alternate(BADGE)) == ()


# What is a page.


@pytest.mark.parametrize(
    "page",
    [
        "<!doctype html><svg><openbadges:assertion verify='https://x.example/'/></svg>",
        '\ufeff \n<!-- saved from url=(0014)about:internet -->\n<html lang="fr">',
        '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x.dtd"><html>',
        "<HEAD>",
    ],
)
def test_a_page_with_a_drawing_in_it_is_no_drawing(page: str) -> None:
    assert web_pages.is_page(page.encode())
    with pytest.raises(NotABadge, match="unknown-kind"):
        opening.open_document(page.encode())


@rows("other", [b"", b"<svg xmlns='x'><html></html></svg>", b"<htmlx>", b"<!-- <html>", b"{}", b"<?xml"])
def test_what_begins_otherwise_is_no_page(other: bytes) -> None:
    assert not web_pages.is_page(other)


def test_a_drawing_that_answers_is_a_drawing_whatever_it_is_called() -> None:
    def fetch(address: str) -> Fetched:
        body = hostile.svg(hostile.element(guild.token(guild.badge())))
        return Fetched(address=address, status=200, media_type="text/html", body=body)

    assert openbadges.examine(PAGE.encode(), fetch, NOW).state == "valid"


def test_a_page_that_begins_like_none_is_known_by_its_name() -> None:
    def fetch(address: str) -> Fetched:
        if address == PAGE:
            body = b"<title>Badge</title>" + alternate("/1").encode()
            return Fetched(address=address, status=200, media_type="text/html", body=body)
        assert address == "https://pages.example/1"
        body = json.dumps(guild.signed(guild.badge())).encode()
        return Fetched(address=address, status=200, media_type="application/json", body=body)

    assert openbadges.examine(PAGE.encode(), fetch, NOW).state == "valid"


def test_links_are_read_from_where_the_page_was_at_last() -> None:
    def fetch(address: str) -> Fetched:
        if address == PAGE:
            body = b"<html>" + alternate("1").encode()
            return Fetched(address=f"{HOME}/assertions/page", status=200, media_type="text/html", body=body)
        return pages.fetch(address)

    pages = Pages()
    assert openbadges.examine(PAGE.encode(), fetch, NOW).state == "valid"


# What is meant to do harm.


MEBIBYTE = 2**20
HARMFUL = {
    name: b"<!doctype html>" + piece * (2 * MEBIBYTE // len(piece))
    for name, piece in {
        "links": b"<link",
        "links in quotes": b'<link "',
        "links in quotes of both kinds": b"<link\"'",
        "comments": b"<!--",
        "scripts that never begin": b"<script",
        "scripts that never end": b'<script type="application/ld+json">',
        "nesting": b"<div><a>",
        "JSON without a bottom": b'<script type="application/ld+json">[[[[[[[[',
        "declarations": b"<?",
        "entities": b'<link rel=alternate href="&amp;&#x;&lt',
        "attributes": b"<img " + b"a=b " * 600 + b">",
        "slashes": b"<img " + b"/" * 2400 + b">",
        "signs": b"<link alternate" + b" =" * 1200 + b">",
        "steps up": b"<link rel=canonical href='" + b"/.." * 800 + b"'>",
    }.items()
}


@rows("name", HARMFUL)
@pytest.mark.breadth
def test_a_page_that_is_made_to_take_forever_takes_a_moment(name: str) -> None:
    pages = Pages()
    pages.answers[PAGE] = HARMFUL[name]

    with within(3), pytest.raises(NotABadge):
        pages.look()


WORDS = """ < > " ' / = &# [ { // a <link <img <base <meta <script </script> <!-- --> href= src= rel= type= content=
    property= alternate application/ld+json og:url https:// """
PIECES = st.sampled_from([" ", "\0", *WORDS.split()])


@given(st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=200), st.sampled_from(["", PAGE]))
@pytest.mark.breadth
def test_any_page_points_at_web_addresses_or_nowhere(html: str, address: str) -> None:
    for hint in web_pages.hints(html.encode(errors="replace"), address):
        assert isinstance(hint, dict) or hint.lower().startswith(("https://", "http://"))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.lists(PIECES, max_size=40).map(lambda all_: ("<html>" + "".join(all_)).encode()))
@pytest.mark.breadth
def test_whatever_an_address_answers_is_read_or_refused(body: bytes) -> None:
    def fetch(address: str) -> Fetched:
        if address != PAGE:
            raise Unreachable(address, "no-answer")
        return Fetched(address=address, status=200, media_type="text/html", body=body)

    for document in (PAGE.encode(), body):
        try:
            openbadges.examine(document, fetch, NOW)
        except UnreadableBadge:
            continue
