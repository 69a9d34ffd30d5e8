"""The QR code of a share: drawn once per address, black on white whatever the theme.

Error level M and a margin of four modules, never inverted (decisions.md, 9; ISO/IEC 18004).
"""

from functools import lru_cache
from io import BytesIO

MARGIN = 4
PIXELS = 12
"""Of one module in the picture to keep."""


@lru_cache(maxsize=256)
def svg(address: str) -> bytes:
    """The code of *address* as an SVG drawing on a white ground."""
    import qrcode.image.svg  # noqa: PLC0415  # 25 ms that a start need not wait for (speed.md, E)

    image = _code(address).make_image(image_factory=qrcode.image.svg.SvgPathFillImage)
    return bytes(image.to_string(encoding="utf-8"))


@lru_cache(maxsize=64)
def png(address: str) -> bytes:
    """The code of *address* as a PNG picture."""
    stream = BytesIO()
    _code(address).make_image().save(stream, format="PNG")
    return stream.getvalue()


def _code(address: str):  # type: ignore[no-untyped-def]  # qrcode's generics say nothing of use here
    import qrcode  # noqa: PLC0415  # as above

    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=MARGIN, box_size=PIXELS)
    code.add_data(address)
    code.make(fit=True)
    return code
