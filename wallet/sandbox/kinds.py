"""What kind of picture a file is, by its content: it is asked of every file that comes in, and opens none."""

import re

RASTERS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
DRAWING = re.compile(rb"<(?:[\w.-]{1,40}:)?svg[\s/>]")
"""The root of an SVG; some programs give it a prefix, as `ns0:svg`."""
BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"}
"""Of photos in boxes (ISO/IEC 23008-12, Annex B; AVIF 1.1, 6)."""


def sniff(content: bytes) -> str | None:
    """`raster` or `svg`, by the first bytes and nothing else; None for what is not drawn."""
    if content.startswith(RASTERS) or (content.startswith(b"RIFF") and content[8:12] == b"WEBP"):
        return "raster"
    start = content[: 64 * 1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    return "svg" if start.startswith(b"<") and DRAWING.search(start) else None


def is_boxed_photo(content: bytes) -> bool:
    """Whether it is a photo in boxes, HEIC or AVIF, as many phones take them; a film in boxes is none."""
    if content[4:8] != b"ftyp":
        return False
    size = min(int.from_bytes(content[:4], "big"), 512)
    return not BRANDS.isdisjoint(content[at : at + 4] for at in (8, *range(16, size - 3, 4)))
