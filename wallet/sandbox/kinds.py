"""What kind of picture a file is, by its content: it is asked of every file that comes in, and opens none."""

import re

RASTERS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
DRAWING = re.compile(rb"<(?:[\w.-]{1,40}:)?svg[\s/>]")
"""The root of an SVG; some programs give it a prefix, as `ns0:svg`."""


def sniff(content: bytes) -> str | None:
    """`raster` or `svg`, by the first bytes and nothing else; None for what is not drawn."""
    if content.startswith(RASTERS) or (content.startswith(b"RIFF") and content[8:12] == b"WEBP"):
        return "raster"
    start = content[: 64 * 1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    return "svg" if start.startswith(b"<") and DRAWING.search(start) else None
