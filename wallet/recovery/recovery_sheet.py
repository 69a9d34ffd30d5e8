"""The rescue paper as it is seen: what its page is given, and a picture to keep among one's photos.

The picture is drawn by us from our own words, so it needs no child. Neither is kept: who draws it again must know the
code.
"""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import accounts, pages

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

FONTS = Path(__file__).parent / "fonts"
SIDE = 246
"""CSS pixels of the code on the page: 65 mm on paper."""
WIDTH, EDGE = 1080, 80
"""Pixels, of the picture and of its margin."""
MODULE = 14
"""Pixels of one module of the code."""
IN_A_ROW = 3
"""Groups of the code."""
LETTERS = (range(0x20, 0x180), range(0x218, 0x21C), range(0x2010, 0x2030))
"""What the fonts can draw; a name in other letters is left out."""


def recovery_link(code: str, link: str) -> str:
    """Where the paper of *code* leads below *link*; what stands behind # stays in the browser."""
    return f"{link}#{''.join(accounts.with_check_symbols(code))}"


def sheet_page(code: str, link: str) -> dict[str, Any]:
    """What the page of the paper of *code* is given; *link* is where it is typed."""
    return {
        "groups": accounts.with_check_symbols(code),
        "drawing": pages.qr_inline(recovery_link(code, link), SIDE),
        "link": link,
    }


def sheet_png(code: str, link: str, title: str, whose: str, lines: Sequence[str]) -> bytes:
    """The picture of the paper of *code*, black on white, in the words of the page.

    *link* is where it is typed; *whose* is the first name, "" for none; *lines* say what it does, when it was made, where to
    type the code, what to do with it.
    """
    from PIL import Image, ImageDraw  # noqa: PLC0415  # 50 ms that a start need not wait for

    groups = accounts.with_check_symbols(code)
    rows = [groups[start : start + IN_A_ROW] for start in range(0, len(groups), IN_A_ROW)]
    drawing = _drawn(pages.qr_modules(recovery_link(code, link)))
    top, bottom = EDGE + 180, EDGE + 360 + drawing.height + 90 * len(rows)
    image = Image.new("L", (WIDTH, bottom + 60 + 58 * len(lines) + EDGE), "white")
    draw = ImageDraw.Draw(image)
    draw.text((EDGE, EDGE), title, font=_font("bold", 66, title), fill=0)
    if all(any(ord(letter) in some for some in LETTERS) for letter in whose):
        draw.text((EDGE, EDGE + 84), whose, font=_font("regular", 44, whose), fill=0)
    box, corners = (EDGE, top, WIDTH - EDGE, bottom), (False, True, False, True)
    draw.rounded_rectangle(box, radius=90, outline=0, width=6, corners=corners)
    image.paste(drawing, ((WIDTH - drawing.width) // 2, top + 70))
    for number, row in enumerate(rows):
        for place, group in enumerate(row):
            corner = (EDGE + 60 + place * 280, top + 120 + drawing.height + 90 * number)
            draw.text(corner, group, font=_font("bold", 68, group), fill=0)
    for number, line in enumerate(lines):
        draw.text((EDGE, bottom + 60 + 58 * number), line, font=_font("regular", 42, line), fill=0)
    file = BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _drawn(code: list[list[bool]]) -> "Image":
    """The code, each module a square."""
    from PIL import Image  # noqa: PLC0415  # as above

    small = Image.new("L", (len(code), len(code)))
    small.putdata([0 if black else 255 for row in code for black in row])
    return small.resize((len(code) * MODULE, len(code) * MODULE), Image.Resampling.NEAREST)


def _font(weight: str, size: int, text: str) -> "FreeTypeFont":
    """The letters of *text*, of at most *size* pixels, so that it fits between the margins."""
    from PIL import ImageFont  # noqa: PLC0415  # as above

    font = ImageFont.truetype(FONTS / f"roboto-{weight}.ttf", size)
    width = font.getlength(text)
    return font if width <= WIDTH - 2 * EDGE else font.font_variant(size=int(size * (WIDTH - 2 * EDGE) / width))
