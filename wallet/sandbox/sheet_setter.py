"""What a share is on paper, set by a bounded child (sandbox/typeset/): its A4 sheet, the block for a CV, the picture of its code.

Rule 1: what stands on it was written by strangers, and Typst is 84 MB of code: it runs behind the same wall as their files
(sandbox/child.py), one at a time, in turns that no other child takes (docs/decisions.md 38).
Rule 2: nothing of Typst's source comes from outside of this package.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ..concurrency import FairTurns
from .child import Child, NoAnswer

ART = Path(__file__).parents[1] / "static" / "art"
SETTER = Child(
    program=Path(__file__).parent / "typeset",
    packages=("typst", "manimgx_fonts"),
    answer=4 * 1024 * 1024,
    threaded=True,  # Typst sets in a thread of its own
    turns=FairTurns(1),
)
PDF, PNG = b"%PDF-", b"\x89PNG"
Layout = Literal["sheet", "dossier", "cv-block", "code-picture"]


def set_sheet(
    words: Mapping[str, Any],
    drawings: Mapping[str, str],
    made_at: datetime,
    unnamed: Mapping[str, Any] | None = None,
) -> bytes:
    """The PDF of a sheet that says *words* (shares/sheet.py), with the SVG *drawings* by their names, as it was at *made_at*;
    raises NoAnswer, of its family. *unnamed*: what it says instead where its name cannot be printed."""
    return set_as("sheet", words, drawings, made_at, unnamed=unnamed)


def set_as(
    layout: Layout,
    words: Mapping[str, Any],
    drawings: Mapping[str, str],
    made_at: datetime,
    dots: int = 0,
    unnamed: Mapping[str, Any] | None = None,
) -> bytes:
    """The same of what is laid out so, as a PDF, or as a PNG of so many *dots* an inch; raises NoAnswer, of its family."""
    told = {
        "layout": layout,
        "words": words,
        "unnamed": unnamed,
        "drawings": dict(drawings),
        "made_at": int(made_at.timestamp()),
        "dots": dots,
    }
    _, sheet = SETTER.tell(json.dumps(told).encode())
    if not sheet.startswith(PNG if dots else PDF):
        raise NoAnswer("it answers another file than was asked for")
    return sheet


def drawings_of(names: Iterable[str]) -> dict[str, str]:
    """Our drawings of those *names*; the plain petal for one that is not there."""
    return {name: _drawing(name) for name in sorted(set(names))}


@cache
def _drawing(name: str) -> str:
    path = ART / f"{name}.svg"
    return (path if path.is_file() else ART / "petal-0.svg").read_text(encoding="utf-8")
