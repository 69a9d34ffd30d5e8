"""The block for a CV: of its very size, read by a phone from print, with gold for what is counted, whatever the name."""

import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from tests.fixtures.screens import pages
from tests.fixtures.screens_cards import NOW, badge
from tests.fixtures.screens_shown import opened
from tests.fixtures.sheets import ADDRESS, TOKEN, code_on, nine, read, seen, text_of
from tests.shares.test_sheet import GOLD, amount
from wallet.pages import qr_drawing
from wallet.sandbox import sheet_setter
from wallet.shares.public_view import PublicShare
from wallet.shares.sending import cv_block

pytestmark = pytest.mark.slow
ARABIC = "سونيا مارتن"
SIXTY = "Maria-Magdalena de la Concepción Wolfeschlegelsteinhausenber"
INCH = 25.4


def block(
    share: PublicShare, dots: int = 600, *, layout: sheet_setter.Layout = "cv-block", lasting: bool = True
) -> bytes:
    """The block of *share*, as a picture; or as a PDF, for no *dots*."""
    patches = cv_block.patches_of(share)
    words = json.loads(
        pages().render(
            "shares/block_words.txt",
            "fr",
            share=share,
            address=["badges.exemple.fr/s/", *(TOKEN[at : at + 4] for at in range(0, len(TOKEN), 4))],
            patches=patches,
            layout=layout,
            is_lasting=lasting,
        )
    )
    pictures = dict.fromkeys(cv_block.pictures_needed(patches), cv_block.picture_drawing(_webp()))
    drawings = sheet_setter.drawings_of(one.drawing for one in patches) | pictures
    code = {"code": qr_drawing.qr_svg(ADDRESS).decode()}
    return sheet_setter.set_as(layout, words, drawings | code, NOW, dots)


def _webp() -> bytes:
    made = BytesIO()
    Image.new("RGB", (96, 96), "navy").save(made, "WEBP")
    return made.getvalue()


def picture(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


@pytest.mark.breadth
def test_it_is_85_by_25_millimetres_as_a_picture_and_as_a_pdf(tmp_path: Path) -> None:
    drawn, paper = picture(block(nine())), block(nine(), 0)
    box = read(paper).pages[0].mediabox

    assert drawn.size == (2008, 591)
    assert [round(dots) for dots in drawn.info["dpi"]] == [600, 600]
    assert [round(side / dots * INCH, 1) for side, dots in zip(drawn.size, drawn.info["dpi"], strict=True)] == [85, 25]
    assert [round(float(side) / 72 * INCH, 2) for side in (box.width, box.height)] == [85, 25]
    assert len(read(paper).pages) == 1
    assert "Sonia Martin, 9 badges" in text_of(paper)
    assert "Scannez pour vérifier et me lire." in text_of(paper)
    assert "badges.exemple.fr/s/" in text_of(paper)
    assert "marche jusqu’au" not in text_of(paper), "Ma page has no end"
    assert seen(paper, tmp_path, 300).size == (1004, 296)


@pytest.mark.breadth
def test_a_phone_reads_its_code_in_print_copied_in_grey_and_blurred(tmp_path: Path) -> None:
    drawn = picture(block(nine())).convert("RGB")
    poor = seen(block(nine(), 0), tmp_path, 150).convert("L")
    printed = drawn.resize((1004, 296), Image.Resampling.BILINEAR).filter(ImageFilter.GaussianBlur(2.2))

    for image in (drawn, poor, printed, printed.convert("L").point(lambda dot: 40 + dot * 150 // 255)):
        assert code_on(image) == ADDRESS


@pytest.mark.parametrize("name", [ARABIC, SIXTY, "x" * 60, "Ó", "ﷺ" * 30, "W" * 23])
def test_whatever_the_name_all_stays_within_and_the_code_is_read(name: str) -> None:
    drawn = picture(block(replace(nine(), name=name), lasting=False)).convert("L")
    edges = [(590, 12, 1890, 18), (590, 573, 1890, 579), (1980, 110, 1990, 570)]

    assert code_on(drawn) == ADDRESS
    assert all(min(drawn.crop(edge).tobytes()) > 200 for edge in edges), "nothing reaches the frame, or is cut"
    gap = drawn.crop((round(24.2 / 85 * 2008), 12, round(24.8 / 85 * 2008), 579))
    assert min(gap.tobytes()) > 200, "words keep off the code"


@pytest.mark.breadth
def test_a_share_says_how_long_its_code_works() -> None:
    assert "Ce QR code marche jusqu’au" in text_of(block(nine(), 0, lasting=False))


@pytest.mark.breadth
def test_gold_is_for_counted_places_alone() -> None:
    assert amount(picture(block(nine())).convert("RGB"), GOLD) > 2000
    for ground in ("name", "confirmed", "waiting"):
        assert amount(picture(block(nine(ground))).convert("RGB"), GOLD) == 0, ground


def test_five_patches_at_most_and_badges_of_no_skill_where_room_is_left() -> None:
    share = nine()
    others = [badge("valid", id=20 + number, picture="kept") for number in range(9)]

    assert [one.skill and one.skill.competency is None for one in cv_block.patches_of(share)] == [False] * 4 + [True]
    alone = opened([*others, badge("invalid", id=40, picture="kept")], name="Sonia")
    assert [one.badge.id for one in cv_block.patches_of(alone) if one.badge] == [20, 21, 22, 23, 24]
    assert block(alone)


def test_the_best_levels_alone_may_stand_on_it() -> None:
    share = nine()
    (drawn,) = share.maps
    mixed = replace(share, maps=(replace(drawn, skills=(replace(drawn.skills[0], is_top=False), *drawn.skills[1:])),))

    assert len(cv_block.patches_of(mixed)) == 5
    assert [one.drawing for one in cv_block.patches_of(mixed, only_top=True)] == [
        one.drawing for one in cv_block.patches_of(share)[1:]
    ]
    assert (cv_block.can_choose_top(mixed), cv_block.can_choose_top(share)) == (True, False)


@pytest.mark.breadth
def test_the_picture_of_the_code_says_whose_it_is_and_until_when() -> None:
    for name in ("Sonia Martin", ARABIC, SIXTY, "Andrianampoinimerina", "W" * 23):
        drawn = picture(block(replace(nine(), name=name), 300, layout="code-picture", lasting=False)).convert("L")
        assert code_on(drawn) == ADDRESS
        edge = drawn.crop((drawn.width - round(5 / INCH * 300), 0, drawn.width, drawn.height))
        assert min(edge.tobytes()) > 200, f"{name} is not cut"
        assert drawn.width == 1063
    told = text_of(block(nine(), 0, layout="code-picture", lasting=False))
    assert "Sonia Martin 9 badges Visible jusqu’au" in told
    assert "Visible" not in text_of(block(nine(), 0, layout="code-picture"))
