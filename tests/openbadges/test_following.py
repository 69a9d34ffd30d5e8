"""The way from an address to a badge: who points does not matter, what stands at the badge's own address does."""

import json

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges import test_europass
from tests.openbadges.support import guild, hostile, school
from tests.openbadges.support.pages import PAGE, Pages, alternate, looked_at, script
from tests.openbadges.support.school import BADGE, HOME, NOW
from wallet import openbadges
from wallet.openbadges import Fetched, NotABadge, opening
from wallet.openbadges.examination import Web
from wallet.openbadges.v2.hosted import is_assertion_or_withdrawn
from wallet.openbadges.v3 import bundles
from wallet.openbadges.v3.examine import is_credential

# Who is believed.


def test_a_page_of_anybody_that_points_at_a_genuine_badge_gives_that_badge() -> None:
    evil = "https://evil.example/"
    for html in (
        alternate(BADGE),
        f'<meta property="og:url" content="{BADGE}">',
        f"<base href='{HOME}'>" + alternate(BADGE),
    ):
        found = Pages().page(html, evil).look(evil)

        assert (found.state, found.binding, found.badge.issuer.id) == ("valid", "proven", school.ISSUER)


def test_a_page_that_calls_itself_the_school_is_not_the_school() -> None:
    forged = school.assertion(id=None, badge=school.badge_class(name="Chirurgie"))
    pages = Pages().page(f'<meta property="og:url" content="{HOME}/"><base href="{HOME}/">' + script(forged))

    found = pages.look()

    assert found.state != "valid"
    assert found.binding != "proven"


def test_a_badge_at_a_strangers_address_does_not_become_the_schools() -> None:
    pages = Pages().page(alternate("/forged.json"))
    pages.answers["https://pages.example/forged.json"] = school.assertion(id=None, verify={"type": "hosted"})

    found = pages.look()

    assert (found.state, found.binding) == ("invalid", "mismatch")


def test_a_page_that_sends_to_somebody_else_does_not_speak_for_its_host() -> None:
    pages = Pages().page(alternate(f"{HOME}/go?to=evil"))
    pages.answers[f"{HOME}/go?to=evil"] = ("https://evil.example/1", school.assertion(id=f"{HOME}/go?to=evil"))

    assert pages.look().state == "unknown"


def test_a_page_cannot_call_a_badge_withdrawn() -> None:
    pages = Pages().page(alternate(f"{HOME}/gone"))
    pages.answers[f"{HOME}/gone"] = 410

    with pytest.raises(NotABadge, match="link-no-badge"):
        pages.look()
    with pytest.raises(NotABadge, match="unknown-kind"):
        pages.look(saved(alternate(f"{HOME}/gone")))


def test_an_address_that_is_gone_is_a_badge_that_was_withdrawn() -> None:
    pages = Pages()
    pages.answers[PAGE] = 410

    assert pages.look().state == "revoked"


# A saved page.


def saved(html: str) -> bytes:
    return f"<!DOCTYPE html><html>{html}</html>".encode()


@pytest.mark.parametrize("html", [alternate(BADGE), script(school.assertion())])
def test_a_page_that_maria_saved_leads_to_her_badge(html: str) -> None:
    found = Pages().look(saved(html))

    assert (found.state, found.container) == ("valid", "link")


@rows("html", [alternate("/assertions/1"), alternate(f"{HOME}/nothing"), script({"@type": "WebSite"})])
@rows("found_inside", [False, True])
def test_a_saved_page_without_a_badge_is_a_file_of_no_kind_we_know(html: str, found_inside: bool) -> None:
    web = Web(Pages().fetch, NOW)

    with pytest.raises(NotABadge, match="unknown-kind"):
        opening.follow(opening.open_document(saved(html)), web, found_inside=found_inside)


@pytest.mark.parametrize("answer", [503, "timeout", "too-often"])
def test_of_a_saved_page_whose_badge_is_silent_maria_reads_that_later_may_help(answer: str | int) -> None:
    pages = Pages()
    pages.answers[BADGE] = answer

    with pytest.raises(NotABadge, match="page-no-answer"):
        pages.look(saved(alternate(BADGE) + '<meta property="og:image" content="https://pages.example/logo.png">'))


# What is no badge.


@pytest.mark.parametrize(
    ("status", "reason"),
    [(200, "link-no-badge"), (401, "link-no-answer"), (403, "link-no-answer"), (503, "link-no-answer")],
)
def test_a_page_behind_a_door_leads_nowhere(status: int, reason: str) -> None:
    def fetch(address: str) -> Fetched:
        return Fetched(address=address, status=status, media_type="text/html", body=b"<html><form>Password")

    with pytest.raises(NotABadge) as refusal:
        looked_at(PAGE.encode(), fetch)

    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    ("badge", "reason"),
    [
        (503, "link-no-answer"),
        ("timeout", "link-no-answer"),
        (404, "link-no-badge"),
        ("never-asked", "link-no-badge"),
    ],
)
def test_of_a_page_whose_badge_is_silent_it_is_not_said_that_there_is_none(badge: str | int, reason: str) -> None:
    pages = Pages().page(alternate(BADGE) + '<meta property="og:image" content="/logo.png">')
    pages.answers |= {BADGE: badge, "https://pages.example/logo.png": 404}

    with pytest.raises(NotABadge) as refusal:
        pages.look()

    assert refusal.value.reason == reason


def test_json_that_is_no_badge_does_not_end_the_search() -> None:
    pages = Pages().page(
        alternate("/wp-json/2", "application/json") + alternate(f"{HOME}/classes/welding") + alternate(BADGE)
    )
    pages.answers["https://pages.example/wp-json/2"] = {"id": 2, "type": "page"}

    assert pages.look().state == "valid"


def test_what_a_picture_holds_is_followed_and_is_a_badge_in_itself() -> None:
    pages = Pages().page('<meta property="og:image" content="/1.png">')
    pages.answers["https://pages.example/1.png"] = hostile.png(hostile.text(f"{HOME}/away".encode()))

    found = pages.look()

    assert (found.state, found.container) == ("unknown", "link")


def test_an_address_found_inside_another_file_is_unknown_when_it_leads_nowhere() -> None:
    code = opening.open_document(PAGE.encode())

    assert opening.follow(code, Web(Pages().fetch, NOW), found_inside=True) == code
    with pytest.raises(NotABadge, match="link-no-answer"):
        opening.follow(code, Web(Pages().fetch, NOW))


def test_everything_that_a_version_recognises_is_looked_at_closer() -> None:
    token = guild.token(guild.badge())
    known: list[dict[str, object]] = [
        school.assertion(),
        school.assertion(**{"@context": None, "type": None, "id": None}),
        {"id": BADGE, "revoked": True},
        {"receipt": {}, "document": {"assertion": {"uid": "1"}, "certificate": {}}},
        guild.badge(),
        guild.badge(type=None),
        {"vc": guild.badge()},
        {"vp": {}},
        {"jwt": token},
        {"type": "EnvelopedVerifiableCredential", "id": f"data:application/vc+jwt,{token}"},
        {"type": ["VerifiablePresentation"], "verifiableCredential": []},
        {"type": "EnvelopedVerifiablePresentation"},
        test_europass.sealed(test_europass.diploma()),
    ]
    for claims in known:
        found = opening.open_document(json.dumps(claims).encode())
        assert is_assertion_or_withdrawn(claims) or is_credential(claims) or bundles.is_presentation(found), claims
        assert opening.is_badge(claims), claims
    for other in ({}, {"@type": "WebSite"}, school.badge_class(), school.profile(), {"jwt": "x", "user": 1}):
        assert not opening.is_badge(other), other


# Where the file of a badge is.


def test_the_file_to_which_a_page_leads_can_be_had() -> None:
    pages = Pages().page(alternate("/1.png"))
    pages.answers["https://pages.example/1.png"] = hostile.png(hostile.text(BADGE.encode()))

    found = openbadges.locate(PAGE, pages.fetch, NOW)

    assert (found.address, found.body) == ("https://pages.example/1.png", pages.answers["https://pages.example/1.png"])
    assert openbadges.locate(BADGE, pages.fetch, NOW).address == BADGE


def test_what_a_page_carries_within_becomes_a_file() -> None:
    held = guild.signed(guild.badge())

    found = openbadges.locate(PAGE, Pages().page(script({"@graph": [{"@type": "WebPage"}, held]})).fetch, NOW)

    assert (found.address, found.media_type, json.loads(found.body)) == (PAGE, "application/ld+json", held)
    assert openbadges.examine(found.body, Pages().fetch, NOW).state == "valid"


@pytest.mark.parametrize(
    ("answer", "reason"), [(410, "link-no-answer"), (404, "link-no-answer"), (b"<html>", "link-no-badge")]
)
def test_where_there_is_no_file_one_word_says_why(answer: int | bytes, reason: str) -> None:
    pages = Pages()
    pages.answers[PAGE] = answer

    with pytest.raises(NotABadge) as refusal:
        openbadges.locate(PAGE, pages.fetch, NOW)

    assert refusal.value.reason == reason


# Not for ever.


def test_pages_that_point_at_each_other_are_asked_once_each() -> None:
    pages = (
        Pages()
        .page(alternate("/b") + alternate(PAGE))
        .page(alternate(PAGE) + alternate("/b"), "https://pages.example/b")
    )

    with pytest.raises(NotABadge, match="link-no-badge"):
        pages.look()

    assert pages.asked == [PAGE, "https://pages.example/b"]


def test_no_more_than_eight_addresses_are_asked() -> None:
    pages = Pages().page("".join(alternate(f"/{number}") for number in range(10_000)))

    with pytest.raises(NotABadge, match="link-no-badge"):
        pages.look()

    assert len(pages.asked) == 8


def test_the_fourth_page_behind_the_first_is_not_asked_for_another() -> None:
    pages = Pages()
    for number in range(6):
        pages.page(alternate(f"/{number + 1}"), f"https://pages.example/{number}")

    with pytest.raises(NotABadge):
        pages.look("https://pages.example/0")

    assert pages.asked == [f"https://pages.example/{number}" for number in range(4)]
