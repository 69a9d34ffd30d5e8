"""The WebP that others are shown of a picture: pixels and nothing else, within few bytes."""

import struct
import warnings
from io import BytesIO

from PIL import Image, WebPImagePlugin  # noqa: F401 — known before it is asked for, it needs none of Pillow's forty others

HEAVIEST = 30 * 1024
"""Bytes of what is shown."""
ORIENTATION = 0x0112
"""Exif 3.0, 4.6.5.1.2: how the camera was held."""


def refuse_larger(pixels: int) -> None:
    """From now on opening a picture of more *pixels* raises DecompressionBombWarning or DecompressionBombError."""
    Image.MAX_IMAGE_PIXELS = pixels
    warnings.simplefilter("error", Image.DecompressionBombWarning)


def turn_of(opened: Image.Image) -> int:
    """How the camera was held, 1 to 8; 1 where it is not told, or told in a way that nobody understands."""
    try:
        turn = opened.getexif().get(ORIENTATION)
    except (SyntaxError, ValueError, LookupError, TypeError, struct.error, OSError):
        return 1
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def upright(image: Image.Image, turn: int) -> Image.Image:
    """*image*, turned as *turn* tells. Pillow’s own way writes its Exif anew, and fails over whatever else is odd in it."""
    ways = Image.Transpose
    turns = [
        *(None, ways.FLIP_LEFT_RIGHT, ways.ROTATE_180, ways.FLIP_TOP_BOTTOM),
        *(ways.TRANSPOSE, ways.ROTATE_270, ways.TRANSVERSE, ways.ROTATE_90),
    ]
    way = turns[turn - 1]
    return image if way is None else image.transpose(way)


def in_eight_bits(image: Image.Image) -> Image.Image:
    """*image*, its greys in eight bits where they have sixteen: Pillow itself makes white of all but the darkest 256th."""
    if image.mode != "I;16":
        return image
    drawn = image.point(lambda grey: grey / 256).convert("L")
    if isinstance(clear := image.info.get("transparency"), int):  # the grey that shines through
        drawn.info["transparency"] = clear >> 8
    return drawn


def light(image: Image.Image, qualities: tuple[int, ...], heaviest: int = HEAVIEST) -> tuple[bytes, int, int]:
    """The WebP of *image*, its width and its height: plainer by *qualities* and then smaller until it is light enough."""
    while True:
        for quality in qualities:
            written = BytesIO()
            image.save(written, "WEBP", quality=quality, method=4)
            if written.tell() <= heaviest:
                return written.getvalue(), image.width, image.height
        image = image.resize((max(1, image.width * 3 // 4), max(1, image.height * 3 // 4)))
