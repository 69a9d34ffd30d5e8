"""Yann prints what Sonia shows: nine badges and two long stories are one A4, and none of her words is cut."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import zxingcpp

from tests.fixtures.browser import Phone
from tests.fixtures.server import Server
from tests.fixtures.sheets import leaves, seen, text_of
from tests.fixtures.traveller import Traveller
from tests.fixtures.visits import signed
from tests.routes.test_share_sheet import SAMPLES

pytestmark = pytest.mark.browser
TOLD = "Elle ne parlait pas bien français. Alors j’ai montré avec les mains et le téléphone. Je l’ai écoutée. "
LAST = "J’ai appris à ne pas crier."


@pytest.fixture
def link(serve: Callable[..., Server]) -> str:
    """What Sonia shows: nine badges, and two moments of 1,200 signs."""
    server = serve()
    with Traveller(server) as sonia:
        sonia.brings(("first.json", signed(SAMPLES[0])))
        sonia.makes_a_key()
        sonia.brings(*[(f"{name}.json", signed(name)) for name in SAMPLES[1:]])
        ids = sorted(set(re.findall(r'/badges/(\d+)"', sonia.get("/badges").text)), key=int)
        share = {"badge": ids, "days": "7", "name": "Sonia Martin", "moment": [tells(sonia, id) for id in ids[:2]]}
        made = sonia.post("/shares", data=share).headers["location"]
        found = re.search(r"/s/[0-9A-Z]{26}", sonia.get(made).text)
        assert found
        return server.origin + found[0]


def tells(sonia: Traveller, badge: str) -> str:
    """A moment with that badge, as a share is asked to show it."""
    begun = sonia.post("/evidence", data={"text": "work", "key": f"{badge}a" * 16, "badge": badge})
    moment = str(begun.headers["location"]).partition("/answers")[0]
    for question, text in (("facts", TOLD * 11 + LAST), ("sentence", "J’ai aidé une cliente à trouver son rayon.")):
        sonia.post(f"{moment}/answers/{question}", data={"text": text, "key": f"{question[0]}{badge}" * 16})
    sonia.post(f"{moment}/saving")
    return f"{badge}-{moment.rpartition('/')[2]}"


@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="poppler is not here")
def test_nine_badges_and_two_stories_are_one_a4(link: str, phones: Callable[..., Phone], tmp_path: Path) -> None:
    page = phones(passkeys=False, device=None, viewport={"width": 1100, "height": 640}).page
    page.goto(link, wait_until="load")
    pdf = page.pdf(prefer_css_page_size=True, tagged=True)

    text = text_of(pdf).replace("\xa0", " ")

    assert leaves(pdf) == 1
    assert text.count(LAST) == 2, "to the last word"
    assert "Sonia Martin raconte" in text
    assert "9 badges intacts" in text
    assert "Donnés à Sonia" in text
    assert [one.text for one in zxingcpp.read_barcodes(seen(pdf, tmp_path))] == [link]
