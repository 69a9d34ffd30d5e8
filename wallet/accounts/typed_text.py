"""What people type who are not signed in: text and nothing else, and nothing in it turns round what stands beside it."""

import unicodedata

_JOINERS = "\u200c\u200d"
_LATIN_ENDS = "\u024f"


def keep_printable(typed: str, instead: str = "") -> str:
    """*typed* with *instead* of each sign that cannot be printed, but for the joiners of languages and emoji."""
    if typed.isprintable():
        return typed
    return "".join(one if one.isprintable() or _joins(typed, at) else instead for at, one in enumerate(typed))


def clean_line(typed: str) -> str:
    """*typed* in one line of what can be printed."""
    return " ".join(keep_printable(unicodedata.normalize("NFC", typed), instead=" ").split())


def clean_text(typed: str) -> str:
    """*typed* in lines as `clean_line` cleans them, no empty ones at either end and no two one after another."""
    lines = [clean_line(line) for line in typed.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
    return "\n".join(kept).strip()


def _joins(text: str, at: int) -> bool:
    """Whether a joiner stands there between two signs that it may join: in Latin letters it would only hide."""
    sides = (text[max(0, at - 1) : at], text[at + 1 : at + 2])
    return text[at] in _JOINERS and all(side > _LATIN_ENDS and side.isprintable() for side in sides)
