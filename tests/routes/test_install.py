"""The wallet among the apps of a phone: what its manifest says, when it is offered, and what an app within is told."""

import re
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from starlette.applications import Starlette

from tests.fixtures.made_once import has
from tests.fixtures.visits import Person, Stranger, holder, signed, words
from wallet.pages.web_manifest import SCREEN

PIXEL = "Mozilla/5.0 (Linux; Android 11; moto e7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36"
WITHIN = PIXEL.replace("moto e7", "moto e7; wv")
OFFER = "Mettez Mes badges sur votre écran d’accueil."
PAPER = "Gardez un papier de secours"
ONE, TWO = ("un.json", signed()), ("deux.json", signed("adapter-1"))


def manifest(person: Person, language: str = "fr") -> dict[str, Any]:
    page = person.get("/", headers={"Accept-Language": language}).text
    (address,) = re.findall(r'<link rel="manifest" href="([^"]*)">', page)
    answer = person.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/manifest+json"
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert "set-cookie" not in answer.headers
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(
    ("language", "name", "code"), [("fr", "Mes badges", "Montrer mon QR code"), ("en", "My badges", "Show my QR code")]
)
def test_the_manifest_speaks_the_language_of_the_page(recruiter: Stranger, language: str, name: str, code: str):
    told = manifest(recruiter, language)

    assert (told["id"], told["start_url"], told["scope"]) == ("/", "/badges", "/")
    assert (told["name"], told["short_name"], told["lang"], told["dir"]) == (name, name, language, "ltr")
    assert (told["display"], told["theme_color"], told["background_color"]) == ("standalone", "#0b5345", "#f6f0e4")
    assert next(one["name"] for one in told["shortcuts"]) == code
    assert [one["url"] for one in told["shortcuts"]] == ["/code", "/badges/new"]
    assert told["share_target"]["action"] == "/handovers"
    handed = told["share_target"]["params"]
    assert [handed["title"], handed["text"], handed["url"], handed["files"][0]["name"]] == [
        "title",
        "text",
        "url",
        "files",
    ]
    assert told["protocol_handlers"] == [{"protocol": "web+interaction", "url": "/offre?link=%s"}]
    assert told["prefer_related_applications"] is False


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_picture_that_it_names_is_there_in_its_size(recruiter: Stranger, language: str):
    told = manifest(recruiter, language)
    named = [*told["icons"], *told["screenshots"], *(icon for one in told["shortcuts"] for icon in one["icons"])]
    assert {one.get("purpose") for one in told["icons"]} == {"any", "maskable", "monochrome"}
    assert {one["sizes"] for one in told["screenshots"]} == {"{}x{}".format(*SCREEN)}

    for one in named:
        answer = recruiter.get(one["src"])
        assert answer.status_code == 200
        assert answer.headers["content-type"] == one["type"]
        assert "immutable" in answer.headers["cache-control"]
        if one["sizes"] != "any":
            assert "{}x{}".format(*Image.open(BytesIO(answer.content)).size) == one["sizes"]
            assert len(answer.content) < 60_000


def test_what_matters_of_the_maskable_icon_is_in_the_safe_zone(recruiter: Stranger):
    """W3C, maskable icons: a circle of 80 %; all around is ground, to the very edge."""
    (src,) = [one["src"] for one in manifest(recruiter)["icons"] if one["purpose"] == "maskable"]
    picture = Image.open(BytesIO(recruiter.get(src).content)).convert("RGBA")
    ground = picture.getpixel((0, 0))
    assert ground == (11, 83, 69, 255)

    outside = [
        (x, y)
        for x in range(0, 512, 2)
        for y in range(0, 512, 2)
        if (x - 255.5) ** 2 + (y - 255.5) ** 2 > (0.4 * 512) ** 2 and picture.getpixel((x, y)) != ground
    ]
    assert outside == []


def test_a_monochrome_icon_is_all_in_its_alpha(recruiter: Stranger):
    (src,) = [one["src"] for one in manifest(recruiter)["icons"] if one["purpose"] == "monochrome"]
    alpha = Image.open(BytesIO(recruiter.get(src).content)).convert("RGBA").getchannel("A")

    assert alpha.getpixel((0, 0)) == 0
    assert alpha.getextrema()[1] >= 250


@pytest.mark.breadth
def test_what_is_shown_to_recruiters_names_no_app(app: Starlette, recruiter: Stranger):
    maria = holder(app)
    link = maria.link_of(maria.shows(*has(maria)))

    for path in (link, f"{link}/reports", "/s/00000000000000000000000000"):
        page = recruiter.get(path).text
        assert "manifest" not in page, path
        assert "apple-touch-icon" not in page, path
    assert 'rel="manifest"' in maria.page("/badges")


def of_a_phone(app: Starlette, *files: tuple[str, bytes], agent: str = PIXEL) -> Person:
    person = holder(app, *files)
    person.headers["User-Agent"] = agent
    return person


def test_the_home_screen_is_offered_from_the_second_badge_on_and_the_paper_after_it(app: Starlette):
    sonia = of_a_phone(app, ONE)
    page = sonia.reads("/badges")
    assert OFFER not in page
    assert PAPER not in page

    sonia.brings(TWO)
    assert OFFER in sonia.reads("/badges")
    # the paper is in the page for the home screen alone, where a style changes the two over
    assert re.findall(r'<div class="installed">(.*?)</div>', sonia.page("/badges"), re.DOTALL)[0].count("button") == 1

    answer = sonia.post("/install/later")
    assert (answer.status_code, answer.headers["location"]) == (303, "/badges")
    assert "max-age=31536000" in answer.headers["set-cookie"].lower()
    page = sonia.reads("/badges")
    assert OFFER not in page
    assert PAPER in page


@pytest.mark.breadth
def test_the_first_share_is_enough(app: Starlette):
    sonia = of_a_phone(app, ONE)
    sonia.shows(*has(sonia))

    assert OFFER in sonia.reads("/badges")


def test_another_device_is_asked_for_itself(app: Starlette):
    sonia = of_a_phone(app, ONE, TWO)
    sonia.post("/install/later")
    other = Person(app, address="203.0.113.9")
    other.headers["User-Agent"] = PIXEL
    other.key = sonia.key
    assert other.enters().status_code == 200

    assert OFFER in other.reads("/badges")
    assert OFFER not in sonia.reads("/badges")


@pytest.mark.parametrize("agent", [WITHIN, "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", ""])
@pytest.mark.breadth(beside=["agent0"])
def test_it_is_not_offered_where_it_cannot_be(app: Starlette, agent: str):
    sonia = of_a_phone(app, ONE, TWO, agent=agent)

    page = sonia.reads("/badges")
    assert OFFER not in page
    assert PAPER in page


def test_nothing_is_offered_at_a_first_visit(visitor: Person):
    visitor.headers["User-Agent"] = PIXEL
    for path in ("/", "/badges/new", "/entry"):
        assert OFFER not in visitor.reads(path)
    visitor.brings(ONE, TWO)
    assert OFFER not in visitor.reads("/badges"), "without a key there is nothing to come back to"


@pytest.mark.parametrize(
    ("agent", "first"),
    [
        (PIXEL, "Sur Android, avec Chrome"),
        (PIXEL.replace("Chrome/", "SamsungBrowser/26.0 Chrome/"), "Sur un Samsung, avec Internet"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 15_0 like Mac OS X) Version/15.0 Safari/604.1",
            "Sur un iPhone, avec Safari",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/124.0", "Sur un ordinateur"),
        ("", "Sur un ordinateur"),
    ],
)
def test_the_steps_of_the_phone_at_hand_come_first_and_the_others_are_folded(visitor: Person, agent: str, first: str):
    page = visitor.get("/install", headers={"User-Agent": agent}).text

    assert f"<h2>{first}</h2>" in page
    folded = re.findall(r"<summary>([^<]*)<", page)
    assert len(folded) == 3
    assert first not in folded
    assert "/install" in visitor.page("/help")
    assert "/install" in visitor.page("/site-map")


def test_within_an_app_holders_are_told_to_leave_and_recruiters_are_not(
    app: Starlette, visitor: Person, recruiter: Stranger
):
    maria = holder(app)
    link = maria.link_of(maria.shows(*has(maria)))
    told = "Ouvrez cette page dans Chrome ou Safari."

    for person in (visitor, recruiter):
        person.headers["User-Agent"] = WITHIN
    for path in ("/", "/entry"):
        assert told in visitor.reads(path)
    visitor.brings(ONE)
    page = visitor.page("/badges")
    assert told in words(page)
    assert 'data-address="http://localhost:8000/"' in page, "what a browser within keeps stays within: begin anew"
    assert told not in words(recruiter.get(link).text)
    del visitor.headers["User-Agent"]
    assert told not in visitor.reads("/badges")
