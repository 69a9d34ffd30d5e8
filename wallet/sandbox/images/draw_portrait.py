"""The photo of a holder: bytes on stdin; on stdout one line of JSON, then a small square WebP, upright and in sRGB."""

import json
import sys

from PIL import Image

from . import develop_photo, webp

SIDE = 288
"""Pixels: as wide as it is shown, at three times the density."""
HEAVIEST = 16 * 1024
QUALITIES = (80, 65, 50, 35, 20)
HIGHER = 0.35
"""Of an upright photo the part that is cut away above, of what is cut away at all: a face is in its upper half."""


def squared(image: Image.Image) -> Image.Image:
    """The middle of *image*, of an upright one nearer to its upper edge."""
    side = min(image.size)
    left, top = (image.width - side) // 2, int((image.height - side) * HIGHER)
    return image.crop((left, top, left + side, top + side)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def main() -> None:
    """Draw what stands on stdin, or say why not."""
    try:
        image = develop_photo.finish(*develop_photo.develop(sys.stdin.buffer.read()))
    except develop_photo.TooLarge:
        sys.stdout.buffer.write(json.dumps({"problem": "too-large-picture"}).encode() + b"\n")
        return
    drawn, width, height = webp.light(squared(image), QUALITIES, HEAVIEST)
    sys.stdout.buffer.write(json.dumps({"width": width, "height": height}).encode() + b"\n" + drawn)
