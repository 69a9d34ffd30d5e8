"""What a sheet says, as JSON on stdin; on stdout one line of JSON, then the sheet as a PDF, or as a picture.

`layout` says which of ours is set, `words` are the texts, `unnamed` what they are where the name cannot be printed, `drawings`
our own SVG, `made_at` the moment that the file bears; `dots` are those of an inch of a picture, 0 for a PDF. The words are data
to Typst and never its source; a letter that no font has is left out and told in the sheet itself (`unset`), a name of which
letters are missing as a whole (`unset_name`).
"""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from struct import pack
from typing import Any
from zlib import crc32

os.environ["RAYON_NUM_THREADS"] = "1"  # one of Typst's own: each more takes address space that is bounded here
import manimgx_fonts
import typst

from .letters import Letters

LAYOUTS = {name: Path(__file__).with_name(f"{name}.typ") for name in ("sheet", "dossier", "cv-block", "code-picture")}
INCHES = 39.3701
"""In a metre."""
HEAD_OF_PNG = 33
"""Bytes of its signature and its first part. Source: PNG, 3rd edition, 5.2 and 11.2.1."""


def main() -> None:
    """Set the sheet that stands on stdin."""
    told = json.load(sys.stdin.buffer)
    folder = Path(manimgx_fonts.__file__).parent
    letters = Letters(sorted(folder.glob("*.ttf")))
    try:
        sheet = _set(told, letters, folder)
    except typst.TypstError:  # a mark upon a letter for which it takes another font than one that has both
        letters.leaves_marks_out = True
        sheet = _set(told, letters, folder)
    sys.stdout.buffer.write(json.dumps({"is_whole": not letters.lacked}).encode() + b"\n" + sheet)


def _set(told: dict[str, Any], letters: Letters, folder: Path) -> bytes:
    letters.lacked = False
    words = told["words"]
    name = letters.settable(words["name"])
    is_name_whole = not letters.lacked
    if any(one.isalpha() and not letters.has(one) for one in words["name"]) or not name.strip():
        # No sentence bears a part of it, nor a hole in its place.
        name = words["unset_name"]
        words = (told["unnamed"] or words) | {"title": words["unset_title"]}
    words = letters.all_settable(words) | {"name": name}
    words["unset"] = words["unset"] if letters.lacked or not is_name_whole else ""
    layout, dots = LAYOUTS[told["layout"]], told["dots"]
    compiler = typst.Compiler(
        layout,
        root=layout.parent,
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]),
        sys_inputs={"sheet": json.dumps(words), "drawings": json.dumps(told["drawings"])},
    )
    if dots:
        picture = compiler.compile(format="png", ppi=dots)
        assert isinstance(picture, bytes)  # noqa: S101 — one file was asked for
        return _measured(picture, dots)
    made_at = datetime.fromtimestamp(told["made_at"], UTC)
    # PDF/UA-1 and PDF/A-2a: tagged, with a title, a language, its fonts within; a letter without a drawing is an error.
    sheet = compiler.compile(format="pdf", pdf_standards=["ua-1", "a-2a"], timestamp=made_at)
    assert isinstance(sheet, bytes)  # noqa: S101 — one file was asked for
    return sheet


def _measured(picture: bytes, dots: int) -> bytes:
    """The PNG *picture*, which says that it has so many dots in an inch: a word processor draws it in its true size.
    Source: PNG, 3rd edition, 11.3.4.3 (pHYs)."""
    told = b"pHYs" + pack(">IIB", round(dots * INCHES), round(dots * INCHES), 1)
    part = pack(">I", len(told) - 4) + told + pack(">I", crc32(told))
    return picture[:HEAD_OF_PNG] + part + picture[HEAD_OF_PNG:]


if __name__ == "__main__":
    main()
