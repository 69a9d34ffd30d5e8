"""The photos of holders: bytes on stdin, a clean JPEG, upright and in sRGB, and a small WebP on stdout."""

import json
import sys
from io import BytesIO

from PIL import Image, ImageCms
from pillow_heif import register_heif_opener

from . import webp

PIXELS = 40_000_000
"""Of a photo that comes in (docs/security.md C4)."""
FEWER = {"WEBP": 25_000_000}
"""What is decoded as a film holds several pictures at a time: more than this is beyond the memory."""
SIDE = 2048
"""Pixels of the longer side of the photo that is kept."""
QUALITY = 85
PREVIEW = 800
"""Pixels of the longer side of what others are shown first: as wide as an old phone, at double density."""
QUALITIES = (80, 65, 50, 35, 25)
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF")
AS_THEY_ARE = {"L", "LA", "RGB", "RGBA", "CMYK"}
"""Modes that can be made smaller without being converted first, which would take their memory twice."""


class TooLarge(Exception):
    """More pixels than are decoded."""


def develop(content: bytes) -> tuple[Image.Image, int]:
    """The photo in *content*, its first picture, and how the camera was held; raises TooLarge, or ends the process."""
    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    webp.refuse_larger(PIXELS)
    try:
        opened = Image.open(BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as problem:
        raise TooLarge from problem
    if opened.width * opened.height > FEWER.get(opened.format or "", PIXELS):
        raise TooLarge
    opened.draft("RGB", (SIDE, SIDE))
    turn = webp.turn_of(opened)
    image = webp.in_eight_bits(opened)
    if image.mode not in AS_THEY_ARE or "transparency" in image.info:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((SIDE, SIDE))
    return image, turn


def finish(image: Image.Image, turn: int) -> Image.Image:
    """*image* upright, in sRGB, on white, without anything that came along."""
    has_alpha = image.mode in {"LA", "RGBA"}
    alpha = image.getchannel("A") if has_alpha else None
    image = _in_srgb(image.convert(image.mode.removesuffix("A")) if has_alpha else image)
    if alpha:
        ground = Image.new("RGB", image.size, "white")
        ground.paste(image, mask=alpha)
        image = ground
    image = webp.upright(image, turn)
    image.info.clear()
    return image


def _in_srgb(image: Image.Image) -> Image.Image:
    """*image* with the colours that its profile means; where that cannot be read, with those that it says."""
    profile = image.info.get("icc_profile")
    if profile:
        try:
            meant = ImageCms.ImageCmsProfile(BytesIO(profile))
            drawn = ImageCms.profileToProfile(image, meant, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            drawn = None
        if drawn is not None:
            return drawn
    return image.convert("RGB")


def main() -> None:
    """Develop what stands on stdin: one line of JSON, then the photo, then its preview; or the word why not."""
    try:
        image = finish(*develop(sys.stdin.buffer.read()))
    except TooLarge:
        sys.stdout.buffer.write(json.dumps({"problem": "too-large-picture"}).encode() + b"\n")
        return
    photo = BytesIO()
    image.save(photo, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    answer = {"width": image.width, "height": image.height, "size": photo.tell()}
    image.thumbnail((PREVIEW, PREVIEW))
    preview, *_ = webp.light(image, QUALITIES)
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + photo.getvalue() + preview)
