"""Showing one's badges: choosing, the code, the list of what is shown, and the end of it."""

import re
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from resvg_py import svg_to_bytes
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.visits import Clock, Person, Stranger, holder, signed
from tests.routes.test_badge_paging import keeps

ONE_OF_EACH = ("communiquer-1", "adapter-2", "organiser-1")


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    """Sonia, who keeps three good badges and one that was changed."""
    good = [(f"{name}.json", signed(name)) for name in ONE_OF_EACH]
    return holder(app, *good, ("changed.json", signed("integrer-1").replace("S’intégrer".encode(), b"Diriger")))


def ticked(page: str) -> list[int]:
    """The badges that are ticked when the page opens."""
    return [int(id) for id in re.findall(r'name="badge" value="(\d+)" checked', page)]


@pytest.mark.breadth
def test_the_valid_ones_are_ticked_and_a_week_is_chosen(sonia: Person):
    page = sonia.page("/shares/new")

    assert len(ticked(page)) == 3
    assert 'name="days" value="7" checked' in page
    assert "Créer le QR code" in page


@pytest.mark.breadth
def test_from_a_badge_only_that_one_is_ticked(sonia: Person):
    one = sonia.has()[1]

    assert ticked(sonia.page(f"/shares/new?badge={one}")) == [one]


@pytest.mark.breadth
def test_the_code_is_two_taps_from_the_badges_with_what_is_offered(maria: Person, recruiter: Stranger):
    assert 'href="/shares/new"' in maria.page("/badges"), "the first tap"
    page = maria.page("/shares/new")

    made = maria.post("/shares", data={"badge": ticked(page), "days": "7", "name": "", "word": ""})

    assert made.status_code == 303
    assert f'src="{made.headers["location"]}/qr.svg"' in maria.page(made.headers["location"])
    assert recruiter.get(maria.link_of(made.headers["location"])).status_code == 200


@pytest.mark.breadth
def test_a_phone_reads_the_link_off_the_code_on_the_screen_and_off_the_picture(maria: Person):
    share = maria.shows(*maria.has())
    link = "http://localhost:8000" + maria.link_of(share)

    drawing, picture = maria.get(f"{share}/qr.svg"), maria.get(f"{share}/qr.png")

    drawn = bytes(svg_to_bytes(svg_string=drawing.text, width=592, height=592, dpi=96))
    for image in (drawn, picture.content):
        assert zxingcpp.read_barcodes(Image.open(BytesIO(image)), formats=zxingcpp.BarcodeFormat.QRCode)[0].text == link
    assert picture.headers["content-disposition"].startswith('attachment; filename="badges.png"')
    assert {answer.headers["cache-control"] for answer in (drawing, picture)} == {"no-store"}


@pytest.mark.breadth
def test_the_code_is_shown_again_later_from_the_list(maria: Person):
    share = maria.shows(*maria.has(), days="30")

    page = maria.page("/shares")

    assert f'href="{share}"' in page
    assert "24 décembre 2026" in page
    assert "Montrer le QR code" in page
    assert "Arrêter ce partage" in page


@pytest.mark.breadth
def test_the_pictures_of_the_list_are_those_of_the_badges_shown(sonia: Person):
    shown = sonia.has()[2:]
    mine = [sonia.get(f"/badges/{id}/picture").content for id in shown]
    share = sonia.shows(*shown)

    for path in ("/shares", share):
        found = re.findall(r'src="(/[^"]*/pictures?[^"]*)"', sonia.page(path))
        assert [sonia.get(one).content for one in found] == mine


@pytest.mark.breadth
def test_stopping_ends_it_at_once_and_can_be_undone(maria: Person, recruiter: Stranger):
    share = maria.shows(*maria.has())
    link = maria.link_of(share)

    stopped = maria.post(f"{share}/stopping")

    assert recruiter.get(link).status_code == 404
    assert f'action="{share}/return"' in maria.page(stopped.headers["location"])
    assert maria.get(share).headers["location"] == "/shares", "a share that is over has no code"
    assert maria.post(f"{share}/return").status_code == 303
    assert recruiter.get(link).status_code == 200


@pytest.mark.breadth
def test_after_twenty_seconds_it_is_stopped_for_good(maria: Person, clock: Clock):
    share = maria.shows(*maria.has())
    stopped = maria.post(f"{share}/stopping").headers["location"]
    clock.move(seconds=20)

    assert "/return" not in maria.page(stopped)
    assert "C’est trop tard pour annuler." in maria.page(maria.post(f"{share}/return").headers["location"])
    assert maria.get(f"{share}/qr.svg").status_code == 404


def test_choosing_nothing_is_told_and_what_was_typed_stays(maria: Person):
    answer = maria.post("/shares", data={"days": "30", "name": "Maria", "word": "Bonjour"})

    assert answer.status_code == 422
    assert "Choisissez un badge à montrer." in answer.text
    assert 'value="Maria"' in answer.text
    assert "Bonjour" in answer.text
    assert 'name="days" value="30" checked' in answer.text
    assert ticked(answer.text) == []


@pytest.mark.parametrize("badge", ["0", "999999999", "99999999999999999999", "-1", "1.5", "x", "", "١", "²", "1\x00"])
def test_a_badge_that_is_not_there_makes_no_share(maria: Person, badge: str):
    answer = maria.post("/shares", data={"badge": badge, "days": "7"})

    assert answer.status_code in {303, 404, 422}
    if answer.status_code == 303:  # an Arabic one is a one
        assert badge == "١"
    else:
        assert "Montrer le QR code" not in maria.page("/shares")


def test_nobody_shows_the_badge_of_somebody_else(maria: Person, youssef: Person):
    answer = youssef.post("/shares", data={"badge": [*maria.has(), *youssef.has()], "days": "365"})

    assert answer.status_code == 422, "as of one that he removed himself: nothing tells him that it is there"
    assert ticked(answer.text) == youssef.has()
    assert "Montrer le QR code" not in youssef.page("/shares")


@pytest.mark.parametrize("days", ["0", "8", "-1", "99999999999", "x", ""])
def test_another_length_of_time_is_a_week(maria: Person, days: str):
    assert "1er décembre 2026" in maria.page(maria.shows(*maria.has(), days=days))


def test_a_page_that_has_no_end_is_not_prolonged(maria: Person):
    assert maria.post("/page", data={"badge": [str(id) for id in maria.has()]}).status_code == 303
    (number,) = set(re.findall(r"/shares/(\d+)", maria.page("/page") + maria.page("/shares")))

    answer = maria.post(f"/shares/{number}/end", data={"days": "7"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/page")
    assert "9999" not in maria.reads(f"/shares?prolonged={number}"), "nor by that address"


@pytest.mark.breadth
def test_somebody_with_many_badges_shows_them_all(maria: Person):
    """More boxes than an upload may have fields."""
    keeps(maria, 301)

    share = maria.shows(*maria.has())

    assert "301" in maria.page(share)


def test_a_visitor_without_a_key_shows_nothing_yet(visitor: Person):
    visitor.brings(("badge.json", signed()))

    assert visitor.get("/shares/new").headers["location"] == "/badges"
    assert visitor.post("/shares", data={"badge": visitor.has(), "days": "7"}).headers["location"] == "/entry"


def test_the_link_is_at_our_own_address_whatever_the_request_says(maria: Person):
    share = maria.shows(*maria.has())
    tricks = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"}

    page = maria.get(share, headers=tricks).text

    assert "evil.example" not in page
    assert "http://localhost:8000/s/" in page


@pytest.mark.breadth
def test_a_removed_badge_is_no_longer_shown(sonia: Person, recruiter: Stranger):
    first, *others = sonia.has()[1:]
    link = sonia.link_of(sonia.shows(first, *others))
    shown = rf'href="({link}/badges/\d+)"'
    before = re.findall(shown, recruiter.get(link).text)

    sonia.post(f"/badges/{first}/removal")

    left = re.findall(shown, recruiter.get(link).text)
    assert len(left) == len(before) - 1
    (gone,) = set(before) - set(left)
    assert recruiter.get(gone).status_code == 404
