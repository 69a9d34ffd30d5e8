"""The pictures of strangers in badges: bytes on stdin, a small WebP on stdout.

Rule: an SVG is drawn only where the parent says `svg`, which it does where this process sees no files of the machine,
by bubblewrap or by Landlock: resvg reads local files (docs/decisions.md 10).
"""

import json
import sys
from io import BytesIO
from xml.parsers import expat

from PIL import Image

from . import webp

PIXELS = 25_000_000
"""Of a picture that comes in; four bytes each, twice, stay within the memory."""
SIDE = 384
"""Pixels of the longer side of what goes out: a badge is shown 192 pixels wide on a screen of double density."""
QUALITIES = (82, 70, 55, 40, 25)
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


def rasterise(document: bytes) -> bytes:
    """The SVG *document* as a PNG that fits into the square; raises ValueError, or ends the process."""
    import resvg_py  # noqa: PLC0415 — most pictures are no SVG, and take no time for it

    width, height = _measure(document)
    wide = width >= height
    svg = document.decode("utf-8")
    if "var(--" in svg:
        raise ValueError("its colours are set by CSS variables, which resvg draws as black")
    return resvg_py.svg_to_bytes(svg_string=svg, dpi=96, width=SIDE if wide else None, height=None if wide else SIDE)


def _measure(document: bytes) -> tuple[float, float]:
    """Width and height of the first element, in any unit: only their proportion counts here."""
    met: list[dict[str, str]] = []

    def see(_name: str, attributes: dict[str, str]) -> None:
        met.append(attributes)
        raise StopIteration

    parser = expat.ParserCreate()
    parser.StartElementHandler = see
    try:
        parser.Parse(document, True)
    except StopIteration:
        pass
    except expat.ExpatError as problem:
        raise ValueError("not well-formed") from problem
    attributes = met[0]
    box = attributes.get("viewBox", "").replace(",", " ").split()
    sides = box[2:] if len(box) == 4 else [attributes.get("width", "1"), attributes.get("height", "1")]
    width, height = (float(side.rstrip("abcdefghijklmnopqrstuvwxyz%")) for side in sides)
    if not (width > 0 and height > 0 and 1 / 50 <= width / height <= 50):
        raise ValueError("no proportion that fits")
    return width, height


def redraw(content: bytes) -> tuple[bytes, int, int, bool]:
    """The picture drawn anew: WebP, width, height, and whether something shines through."""
    webp.refuse_larger(PIXELS)
    with Image.open(BytesIO(content), formats=FORMATS) as opened:
        opened.draft("RGB", (SIDE, SIDE))
        has_alpha = opened.has_transparency_data
        image = webp.in_eight_bits(opened).convert("RGBA" if has_alpha else "RGB")
        turn = webp.turn_of(opened)
    image.thumbnail((SIDE, SIDE))
    image = webp.upright(image, turn)
    transparent = has_alpha and image.getchannel("A").tobytes().strip(b"\xff") != b""
    if not transparent:
        image = image.convert("RGB")
    image.info.clear()
    return *webp.light(image, QUALITIES), transparent


def main(kind: str) -> None:
    """Draw what stands on stdin, a `raster` or an `svg`: one line of JSON, then the WebP."""
    content = sys.stdin.buffer.read()
    if kind == "svg":
        content = rasterise(content)
    picture, width, height, transparent = redraw(content)
    answer = json.dumps({"width": width, "height": height, "transparent": transparent})
    sys.stdout.buffer.write(answer.encode() + b"\n" + picture)
