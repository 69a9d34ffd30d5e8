"""QR codes: in a picture, however large, turned, or noisy it is, as long as it fits into the memory."""

import warnings
from collections.abc import Iterator
from io import BytesIO

import zxingcpp
from PIL import Image

from .find import ADDRESS, LINK, PLAIN, Find, is_credential, tentative

PIXELS = 25_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
CODES = 5
"""QR codes in one picture."""
_QR = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])

Image.MAX_IMAGE_PIXELS = PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)


def find_badges(content: bytes) -> list[Find]:
    """The documents in the QR codes of a picture; none for a picture that cannot be read."""
    try:
        with Image.open(BytesIO(content), formats=_formats(content)) as image:
            return [
                Find(content=text.encode()) if ADDRESS.fullmatch(text) or is_credential(text) else tentative(text)
                for text in texts(image)
            ]
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return []


def _formats(content: bytes) -> tuple[str, ...]:
    """What it may be; the decoders of a photo in boxes are loaded for such a one alone, whose child has them."""
    if content[4:8] != b"ftyp":
        return FORMATS
    from pillow_heif import register_heif_opener  # noqa: PLC0415 — see above

    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    return "HEIF", "AVIF"


def texts(image: Image.Image) -> list[str]:
    """The links, tokens and credentials in the QR codes of *image*, each once.

    However the picture is turned: a QR code says itself where its top is.
    """
    if image.width * image.height > PIXELS:
        return []
    seen = next(filter(None, (zxingcpp.read_barcodes(grey, formats=_QR) for grey in _greys(image))), [])
    said = [code.text.strip() for code in seen]
    words = dict.fromkeys(f"https://{text}" if PLAIN.fullmatch(text) else text for text in said)
    return [text for text in words if LINK.fullmatch(text) or is_credential(text)][:CODES]


def _greys(image: Image.Image) -> Iterator[Image.Image]:
    """*image* in grey; where something shines through on white paper, and on black: a code for dark pages is white itself."""
    if not image.has_transparency_data:
        if image.mode == "I;16":  # Pillow itself makes white of all but the darkest 256th
            image = image.point(lambda grey: grey / 256)
        yield image.convert("L")
        return
    image = image.convert("RGBA")
    grey, mask = image.convert("L"), image.getchannel("A")
    for colour in ("white", "black"):
        paper = Image.new("L", image.size, colour)
        paper.paste(grey, mask=mask)
        yield paper
