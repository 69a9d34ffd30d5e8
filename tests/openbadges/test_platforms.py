"""The pages of the platforms that people paste: each leads to its badge, and a badge is asked at its own address."""

import json

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild, school
from tests.openbadges.support.pages import looked_at
from wallet import openbadges
from wallet.openbadges import Examination, Fetched, NotABadge, Unreachable
from wallet.openbadges.carriers import platforms

ID = "4WUQlL7pSgKx7_cpYXcU3A"
UUID = "2116ec78-6c6a-4c8f-b837-5740379a5687"
SHA1 = "036df2b4b0ce29eaedb39900a1ded618e9404977"
CREDLY_3 = f"https://www.credly.com/api/v1/obi/v3/open_badge_credentials/{UUID}"
CREDLY_2 = f"https://api.credly.com/v1/obi/v2/badge_assertions/{UUID}"
OEB = f"https://api.openbadges.education/public/assertions/{ID}"

KNOWN = {
    f"https://www.credly.com/badges/{UUID}": (CREDLY_3, CREDLY_2),
    f"https://www.credly.com/badges/{UUID}/public_url": (CREDLY_3, CREDLY_2),
    f"https://www.credly.com/badges/{UUID}/linked_in_profile": (CREDLY_3, CREDLY_2),
    f"https://credly.com/badges/{UUID}?source=x": (CREDLY_3, CREDLY_2),
    f"https://www.youracclaim.com/badges/{UUID}/public_url": (CREDLY_3, CREDLY_2),
    f"https://api.youracclaim.com/v1/obi/v2/badge_assertions/{UUID}": (CREDLY_2,),
    f"http://api.youracclaim.com/v1/obi/badge_assertions/{UUID}.json": (CREDLY_2,),
    f"https://badgr.com/public/assertions/{ID}?identity__email=maria%40example.org": ("api.badgr.io",),
    f"https://badgr.io/public/assertions/{ID}": ("api.badgr.io",),
    f"https://asu.badgr.com/public/assertions/{ID}?v=": ("api.badgr.io",),
    f"https://eu.badgr.com/public/assertions/{ID}#top": ("api.eu.badgr.io",),
    f"https://au.badgr.com/public/assertions/{ID}/": ("api.au.badgr.io",),
    f"https://ca.badgr.io/public/assertions/{ID}": ("api.ca.badgr.io",),
    f"https://campus.sg.badgr.com/public/assertions/{ID}": ("api.sg.badgr.io",),
    f"http://api.badgr.io/public/assertions/{ID}.json?v=2_0": ("api.badgr.io",),
    f"https://api.eu.badgr.io/public/assertions/{ID}?identity__email=m%40e.org": ("api.eu.badgr.io",),
    f"https://badges.parchment.com/public/assertions/{ID}?identity__email=x": ("api.badges.parchment.com",),
    f"https://generalassembly.badges.parchment.com/public/assertions/{ID}": ("api.badges.parchment.com",),
    f"https://badges.parchment.eu/public/assertions/{ID}": ("api.badges.parchment.eu",),
    f"https://www.edubadges.nl/public/assertions/{ID}": ("api.edubadges.nl",),
    f"https://openbadges.education/public/assertions/{ID}": (f"{OEB}?v=3_0", OEB),
    f"https://school.example/badges/badge.php?hash={SHA1}": (
        f"https://school.example/badges/assertion.php?b={SHA1}&obversion=2",
    ),
    f"https://school.example:8443/moodle/41/badges/badge.php?lang=fr&hash={SHA1}&bake=1": (
        f"https://school.example:8443/moodle/41/badges/assertion.php?b={SHA1}&obversion=2",
    ),
    f"https://openbadgefactory.com/v1/assertion/{SHA1}": (f"https://openbadgefactory.com/v1/assertion/{SHA1}.json",),
    f"https://openbadgefactory.com/v1/assertion/{SHA1}.html": (
        f"https://openbadgefactory.com/v1/assertion/{SHA1}.json",
    ),
    "https://openbadgepassport.com/app/badge/info/918042/pic/embed": (
        "https://openbadgepassport.com/app/obpv1/badge/info/918042",
    ),
}


def kept_at(page: str) -> tuple[str, ...]:
    """The addresses that the table gives; one that names a host alone keeps the usual path of Badgr."""
    return tuple(one if "/" in one else f"https://{one}/public/assertions/{ID}" for one in KNOWN[page])


@rows("page", KNOWN)
def test_the_page_of_a_platform_tells_where_its_badge_stands(page: str) -> None:
    assert platforms.badge_addresses(page) == kept_at(page)


@rows(
    "page",
    [
        "",
        "https://www.credly.com/badges/",
        f"https://www.credly.com/users/{UUID}",
        f"https://www.credly.com.evil.example/badges/{UUID}",
        f"https://evilcredly.com/badges/{UUID}",
        f"https://evil.example/?https://www.credly.com/badges/{UUID}",
        f"https://badgr.com@evil.example/public/assertions/{ID}",
        f"https://evil.example/badgr.com/public/assertions/{ID}",
        f"https://notbadgr.com/public/assertions/{ID}",
        f"https://badgr.com/public/assertions/{ID}/image",
        f"https://badgr.com/public/badges/{ID}",
        f"https://test.badgr.com/public/assertions/{ID}",
        f"https://api.demo.badges.parchment.com/public/assertions/{ID}",
        f"https://school.example/badges/badge.php?id={SHA1}",
        f"https://school.example/?x=/badges/badge.php?hash={SHA1}",
        f"https://school.example/badges/badge.php?hash={SHA1}%26x",
        f"ftp://badgr.com/public/assertions/{ID}",
        f"https://openbadgefactory.com/v1/assertion/{SHA1[:-1]}",
        f"https://badgr.com/public/assertions/{ID}?{'x' * 3000}",
        "https://" + "a-." * 600 + "badgr.com",
    ],
)
def test_other_addresses_are_left_as_they_are(page: str) -> None:
    assert platforms.badge_addresses(page) == ()


def look(page: str, web: dict[str, object]) -> Examination:
    def fetch(address: str) -> Fetched:
        asked.append(address)
        answer = web.get(address)
        if answer is None:
            raise Unreachable(address, "no-answer")
        if isinstance(answer, Fetched):
            return answer
        if isinstance(answer, int):
            return Fetched(address=address, status=answer, media_type="", body=b"")
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return Fetched(address=address, status=200, media_type="", body=body)

    asked: list[str] = []
    found = looked_at(page.encode(), fetch)
    assert len(asked) == len(set(asked)), "each address is asked once"
    return found


@rows("page", KNOWN)
def test_a_hosted_badge_is_found_from_the_page_that_maria_pastes(page: str) -> None:
    kept = kept_at(page)[-1]
    home = kept.split("/")[2]
    issuer = f"https://{home}/issuer"
    web: dict[str, object] = {
        page: b"<!doctype html><div id=app></div>",
        kept: school.assertion(id=kept, badge=f"https://{home}/class"),
        f"https://{home}/class": school.badge_class(id=f"https://{home}/class", issuer=issuer),
        issuer: school.profile(id=issuer),
    }

    found = look(page, web)

    assert (found.state, found.binding, found.container) == ("valid", "proven", "link")


def test_credly_gives_the_signed_badge_before_the_hosted_one() -> None:
    found = look(f"https://www.credly.com/badges/{UUID}/public_url", {CREDLY_3: guild.signed(guild.badge())})

    assert (found.state, found.format) == ("valid", "Open Badges 3.0, eddsa-rdfc-2022")


@pytest.mark.parametrize("status", [200, 403])
def test_the_link_of_a_letter_that_ends_at_the_page_of_a_platform_gives_maria_her_badge(status: int) -> None:
    """Those who send letters count who opens them by an address of their own; it was said to lead to no badge."""
    page = f"https://www.credly.com/badges/{UUID}/public_url"
    counted = "https://links.letters.example/ls/click?upn=u001.x"
    web: dict[str, object] = {
        counted: Fetched(
            address=page, status=status, media_type="text/html", body=b"<!doctype html><div id=app></div>"
        ),
        CREDLY_3: guild.signed(guild.badge()),
    }

    assert look(counted, web).state == "valid"


def test_what_is_withdrawn_is_told_so_behind_a_short_link() -> None:
    page, kept = (f"https://{host}/public/assertions/{ID}" for host in ("badgr.com", "api.badgr.io"))
    web: dict[str, object] = {
        "https://short.example/x": Fetched(
            address=page, status=200, media_type="text/html", body=b"<html><div id=app>"
        ),
        kept: 410,
    }

    assert look("https://short.example/x", web).state == "revoked"


def test_what_the_platform_does_not_give_is_looked_for_on_the_page() -> None:
    page = f"https://www.credly.com/badges/{UUID}"
    web: dict[str, object] = {
        page: b'<html><link rel="alternate" type="application/json" href="/1.json">',
        CREDLY_3: {"error": "Not found"},
        CREDLY_2: b"<html>Not found",
        "https://www.credly.com/1.json": guild.signed(guild.badge()),
    }

    assert look(page, web).state == "valid"


def test_the_page_of_a_passport_names_the_badge_of_another_house() -> None:
    page = "https://openbadgepassport.com/app/badge/info/918042"
    home = school.School()
    web: dict[str, object] = dict(home.answers)
    web["https://openbadgepassport.com/app/obpv1/badge/info/918042"] = {
        "assertion_url": school.BADGE,
        "badge_id": "1",
        "content": [{"name": "Autre chose"}],
    }

    found = look(page, web)

    assert (found.state, found.badge.title) == ("valid", "Soudure – je maîtrise")


def test_a_platform_without_the_badge_and_a_page_without_one_is_told_in_one_word() -> None:
    page, badge = f"https://badgr.com/public/assertions/{ID}", f"https://api.badgr.io/public/assertions/{ID}"

    with pytest.raises(NotABadge, match="link-no-badge"):
        look(page, {page: b"<html><app-root></app-root>", badge: 404})
    with pytest.raises(NotABadge, match="link-no-answer"):
        look(page, {})
    with pytest.raises(NotABadge, match="link-no-answer"):  # its badge is silent, and its page is drawn by a script
        look(page, {page: b"<html><app-root></app-root>", badge: 503})


@pytest.mark.parametrize(
    ("address", "leads_there"),
    [
        (f"https://api.badgr.io/public/assertions/{ID}", True),
        ("https://cours.lycee.example/moodle/badges/badge.php?hash=" + "a" * 40, True),
        ("https://badgr.io.example/public/assertions/1", False),
        ("https://guild.example/badges/1", False),
    ],
)
def test_a_platform_is_known_by_its_host_and_moodle_by_its_path(address: str, leads_there: bool) -> None:
    assert openbadges.is_of_platform(address) is leads_there
