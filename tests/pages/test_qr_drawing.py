"""The code of a share: a phone reads the very address, and it is small enough to be read from afar."""

from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from resvg_py import svg_to_bytes

from wallet.accounts.crockford import new_code
from wallet.pages import qr_drawing

ADDRESS = "https://badges.exemple.fr/s/"


def scanned(png: bytes) -> zxingcpp.Barcode:
    """What a phone reads."""
    found = zxingcpp.read_barcodes(Image.open(BytesIO(png)), formats=zxingcpp.BarcodeFormat.QRCode)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("before", [ADDRESS, "http://localhost:8000/s/"])
def test_a_phone_reads_the_link_off_the_picture(before: str):
    address = before + new_code()

    assert scanned(qr_drawing.qr_png(address)).text == address


def test_a_phone_reads_the_link_off_the_screen():
    address = ADDRESS + new_code()

    drawn = bytes(svg_to_bytes(svg_string=qr_drawing.qr_svg(address).decode(), width=592, height=592, dpi=96))

    assert scanned(drawn).text == address


def test_the_code_of_a_usual_address_has_large_modules():
    """Version 4 at most: 33 modules a side (docs/decisions.md 9)."""
    picture = Image.open(BytesIO(qr_drawing.qr_png(ADDRESS + new_code())))

    modules = picture.width // qr_drawing.PIXELS - 2 * qr_drawing.MARGIN
    assert modules <= 33
    assert scanned(qr_drawing.qr_png(ADDRESS + new_code())).ec_level == "M"


def test_it_is_black_on_white_with_a_white_margin_whatever_the_theme():
    picture = Image.open(BytesIO(qr_drawing.qr_png(ADDRESS + new_code()))).convert("L")
    edge = qr_drawing.MARGIN * qr_drawing.PIXELS

    assert picture.getpixel((edge, edge)) == 0
    for box in ((0, 0, picture.width, edge), (0, 0, edge, picture.height)):
        assert picture.crop(box).getextrema() == (255, 255)


def test_the_drawing_brings_its_own_ground_and_nothing_that_runs():
    drawing = qr_drawing.qr_svg(ADDRESS + new_code()).decode()

    assert drawing.count('fill="white"') == 1
    assert "<script" not in drawing
    assert "href" not in drawing
