"""The QR code of a share: drawn once per address, black on white whatever the theme; and that of a rescue paper, which
is a secret and kept nowhere.

Error level M and a margin of four modules, never inverted (docs/decisions.md 9; ISO/IEC 18004).
"""

from functools import lru_cache
from io import BytesIO

from markupsafe import Markup

MARGIN = 4
PIXELS = 12
"""Of one module in the picture to keep."""


@lru_cache(maxsize=256)
def qr_svg(address: str) -> bytes:
    """The code of *address* as an SVG drawing on a white ground."""
    import qrcode.image.svg  # noqa: PLC0415  # 25 ms that a start need not wait for

    image = _code(address).make_image(image_factory=qrcode.image.svg.SvgPathFillImage)
    return bytes(image.to_string(encoding="utf-8"))


@lru_cache(maxsize=64)
def qr_png(address: str) -> bytes:
    """The code of *address* as a PNG picture."""
    stream = BytesIO()
    _code(address).make_image().save(stream, format="PNG")
    return stream.getvalue()


def qr_modules(address: str) -> list[list[bool]]:
    """The code of *address* without its margin, row by row: True is black."""
    code = _code(address)
    return [[bool(module) for module in row[MARGIN:-MARGIN]] for row in code.get_matrix()[MARGIN:-MARGIN]]


def qr_inline(address: str, side: int) -> Markup:
    """The code of *address* to stand in a page, *side* pixels wide, on the ground that is there and without a margin."""
    rows = qr_modules(address)
    dark = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, black in enumerate(row) if black)
    return Markup(
        '<svg class="qr" width="{side}" height="{side}" viewBox="0 0 {size} {size}" shape-rendering="crispEdges"'
        ' aria-hidden="true" focusable="false"><path d="{dark}"/></svg>'
    ).format(side=side, size=len(rows), dark=dark)


def _code(address: str):  # type: ignore[no-untyped-def]  # qrcode's generics say nothing of use here
    import qrcode  # noqa: PLC0415  # as above

    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=MARGIN, box_size=PIXELS)
    code.add_data(address)
    code.make(fit=True)
    return code
