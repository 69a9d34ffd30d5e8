"""Our own copies of the pictures in badges, drawn anew by a bounded child (sandbox/images/).

Rule 1: no picture of a stranger is decoded in this process, but in a child that may die (sandbox/child.py): Pillow, resvg,
and nothing of ours.
Rule 2: whatever goes wrong in there is None here, and a drawn placeholder stands on the page.
Rule 3: what was drawn lately is not drawn again (sandbox/drawn_lately.py).
Rule 4: an SVG is drawn where a wall stands around the child (sandbox/child.py), or not at all: resvg reads local files.
"""

from dataclasses import dataclass
from pathlib import Path

from .child import Child, NoAnswer, is_walled
from .drawn_lately import DrawnLately, without_texts
from .kinds import sniff

BIGGEST = 5 * 1024 * 1024
"""Bytes of a picture that is drawn."""
DRAWER = Child(program=Path(__file__).parent / "images", packages=("PIL", "resvg_py"), answer=64 * 1024)


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture that can be shown: WebP of 30 KB at most, no side longer than 384 pixels."""

    content: bytes
    width: int
    height: int
    transparent: bool
    """Whether something shines through: such a picture needs a plate behind it."""


LATELY: DrawnLately[Picture] = DrawnLately()


def draw(content: bytes) -> Picture | None:
    """Our own copy of the picture *content*, PNG, JPEG, WebP, GIF or SVG; None when it cannot be drawn safely."""
    kind = sniff(content)
    if kind is None or len(content) > BIGGEST or (kind == "svg" and not is_walled()):
        return None
    content = without_texts(content)
    known = LATELY.find(content)
    if known is not None:
        return known
    picture = _drawn(content, kind)
    if picture is not None:
        LATELY.keep(content, picture)
    return picture


def _drawn(content: bytes, kind: str) -> Picture | None:
    try:
        told, drawn = DRAWER.tell(content, "draw_picture", kind)
        picture = Picture(content=drawn, width=told["width"], height=told["height"], transparent=told["transparent"])
    except (NoAnswer, KeyError):
        return None
    return picture if drawn.startswith(b"RIFF") and drawn[8:12] == b"WEBP" else None
