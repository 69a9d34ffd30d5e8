"""Whether a word may stand under a moment as it is told somewhere: its tutor confirms what they read, and nothing else.

Pure. Rule: nothing that is told stands over a word whose tutor did not read it, or hear it. What they read and is not told there
does no harm. Photos, files and links confirm nothing, and whoever is shown a word reads that.
"""

from collections.abc import Mapping
from typing import Any

PARTS = ("situation", "place", "sentence")


def is_of_moment(read: Mapping[str, Any] | None, told: Mapping[str, Any]) -> bool:
    """Whether all that is *told* of a moment (evidence.moment_as_json) was read by whoever *read* that of it."""
    return bool(read) and _told_in(told) <= _told_in(read or {}) and _says_something(told)


def _told_in(moment: Mapping[str, Any]) -> set[tuple[str, Any]]:
    """Each text of a moment, and each voice in which it is told."""
    texts = {(part, moment[part]) for part in PARTS if moment[part]}
    said = {(f"said {question}", text) for question, text in moment["said"]}
    voices = {("voice", one["id"]) for one in moment["attachments"] if one["kind"] == "recording"}
    return texts | said | voices


def _says_something(moment: Mapping[str, Any]) -> bool:
    return any(part not in ("situation", "place") for part, _ in _told_in(moment))
