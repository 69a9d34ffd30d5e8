"""What people type who are not signed in: text and nothing else, and nothing in it turns round what stands beside it."""

import unicodedata


def clean_line(typed: str) -> str:
    """*typed* in one line of what can be printed."""
    return " ".join("".join(one if one.isprintable() else " " for one in unicodedata.normalize("NFC", typed)).split())


def clean_text(typed: str) -> str:
    """*typed* in lines as `clean_line` cleans them, no empty ones at either end and no two one after another."""
    lines = [clean_line(line) for line in typed.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
    return "\n".join(kept).strip()
