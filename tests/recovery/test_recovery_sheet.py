"""The picture of the rescue paper: a phone reads its code, and whatever stands on it fits."""

from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from resvg_py import svg_to_bytes

from wallet.accounts import crockford
from wallet.recovery import recovery_sheet
from wallet.recovery.recovery_sheet import EDGE, WIDTH

LINK = "https://badges.exemple.fr/entry/paper"


def sheet(code: str, whose: str = "Zoé", link: str = LINK) -> bytes:
    """The picture of the paper of *code*."""
    lines = ("Ce papier ouvre vos badges.", link, "Fait le 24 novembre 2026")
    return recovery_sheet.sheet_png(code, link, "Mon papier de secours", whose, lines)


def drawn(picture: bytes) -> Image.Image:
    return Image.open(BytesIO(picture)).convert("L")


@pytest.mark.parametrize(
    "link", [LINK, "http://localhost:8000/entry/paper", f"https://{'badges.' * 12}exemple.fr/entry/paper"]
)
@pytest.mark.breadth(beside=["link2"])
def test_a_phone_reads_the_code_off_the_picture_and_nothing_is_cut_off(link: str):
    code = crockford.new_code()

    picture = drawn(sheet(code, "M" * 60, link))

    (found,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    assert found.text == recovery_sheet.recovery_link(code, link)
    for edge in ((0, 0, EDGE, picture.height), (WIDTH - EDGE + 1, 0, WIDTH, picture.height)):
        assert picture.crop(edge).getextrema() == (255, 255)
    assert picture.crop((0, picture.height - EDGE + 10, WIDTH, picture.height)).getextrema() == (255, 255)


def test_a_small_copy_as_messengers_send_it_is_read_too():
    code = crockford.new_code()
    whole = drawn(sheet(code))
    small = whole.resize((WIDTH // 3, whole.height // 3))
    file = BytesIO()
    small.save(file, "JPEG", quality=40)

    (found,) = zxingcpp.read_barcodes(Image.open(file), formats=zxingcpp.BarcodeFormat.QRCode)

    assert found.text == recovery_sheet.recovery_link(code, LINK)


@pytest.mark.breadth
def test_a_name_in_letters_that_the_font_has_not_is_left_out_rather_than_drawn_as_boxes():
    code = crockford.new_code()

    nameless = sheet(code, "")
    assert sheet(code, "مريم") == nameless
    assert nameless not in [sheet(code, name) for name in ("Žofie", "Ștefania", "N’Deye")]


def test_a_phone_reads_the_code_off_the_page():
    code = crockford.new_code()

    page = recovery_sheet.sheet_page(code, LINK)

    svg = str(page["drawing"]).replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"')
    white = Image.new("RGB", (800, 800), "white")
    white.paste(Image.open(BytesIO(bytes(svg_to_bytes(svg_string=svg, width=600, background="white")))), (100, 100))
    (found,) = zxingcpp.read_barcodes(white, formats=zxingcpp.BarcodeFormat.QRCode)
    assert found.text == recovery_sheet.recovery_link(code, LINK)
    assert page["groups"] == crockford.with_check_symbols(code)


def test_what_stands_behind_the_sign_is_the_code_with_its_check_signs():
    code = crockford.new_code()

    assert crockford.read_code(recovery_sheet.recovery_link(code, LINK).partition("#")[2]) == code
