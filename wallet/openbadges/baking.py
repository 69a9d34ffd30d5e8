"""A badge inside a picture: baked into a PNG or an SVG, and taken out again.

A picture holds one badge or is refused: two readers must not find two different ones in the same file.
"""

from typing import Literal

from . import examination, opening
from .carriers import png, svg
from .v3 import bundles, examine

Carrier = Literal["openbadges", "openbadgecredential", "clrcredential"]
"""Under which name a badge stands in a picture: Open Badges 2.0 and before, 3.0, or a Comprehensive Learner Record."""


def unbake(picture: bytes) -> str:
    """The badge in *picture*, a PNG or an SVG: JSON, a token or an address.

    Raises NotABadge `no-badge-in-picture`, Ambiguous `two-badges`, or DamagedFile `damaged` or `too-big`.
    """
    if picture.startswith(png.SIGNATURE):
        return png.unbake(picture)
    if not svg.is_svg(picture):
        raise examination.NotABadge("unknown-kind", "neither a PNG nor an SVG")
    return svg.unbake(picture)


def bake(picture: bytes, badge: str, carrier: Carrier = "openbadgecredential") -> bytes:
    """*picture*, a PNG or an SVG, with *badge* (JSON, a token or an address) in it; never compressed.

    Raises Ambiguous when the picture holds a badge already, NotABadge `unknown-kind` when it is neither, and DamagedFile when
    it is no sound one.
    """
    try:
        unbake(picture)
    except examination.NotABadge as problem:
        if problem.reason == "unknown-kind":  # a photo is no damaged SVG
            raise
        into = png.bake if picture.startswith(png.SIGNATURE) else svg.bake
        return into(picture, badge, carrier)
    raise examination.Ambiguous("two-badges", "the picture holds a badge already")


def carrier_of(badge: str) -> Carrier:
    """Under which name *badge* (JSON, a token or an address) belongs in a picture; raises UnreadableBadge."""
    found = opening.open_document(badge.encode())
    if found.container not in ("json", "jws", "sd-jwt", "link"):
        raise examination.NotABadge("not-a-badge", found.container)
    if found.is_open and not opening.is_badge(found.claims):
        raise examination.NotABadge("not-a-badge")
    if not examine.is_credential(found.claims):
        return "openbadges"
    return "clrcredential" if bundles.is_record(found.claims) else "openbadgecredential"
