"""QR codes: in a picture, however large, turned, or noisy it is, as long as it fits into the memory."""

import warnings
from io import BytesIO

import zxingcpp
from PIL import Image

from .find import ADDRESS, LINK, Find, is_credential, tentative

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
    seen = zxingcpp.read_barcodes(_grey(image), formats=_QR)
    words = dict.fromkeys(code.text.strip() for code in seen)
    return [text for text in words if LINK.fullmatch(text) or is_credential(text)][:CODES]


def _grey(image: Image.Image) -> Image.Image:
    """*image* in grey, on white paper where something shines through."""
    if not image.has_transparency_data:
        if image.mode == "I;16":  # Pillow itself makes white of all but the darkest 256th
            image = image.point(lambda grey: grey / 256)
        return image.convert("L")
    image = image.convert("RGBA")
    paper = Image.new("L", image.size, "white")
    paper.paste(image.convert("L"), mask=image.getchannel("A"))
    return paper
