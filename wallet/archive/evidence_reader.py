"""What an archive tells that a holder told: moments, read as strictly as what a stranger tells.

A moment that cannot be read is left out; of one that can, what cannot: an answer, a file, a badge.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from .. import badges
from ..evidence import (
    KEY_LIMIT,
    LIMITS,
    LINK_LIMIT,
    MOST_ATTACHED,
    SHORT_LIMIT,
    SITUATION,
    SITUATIONS,
    WORDS,
    page_address,
)
from ..inspection import file_label
from . import values
from .zip_reader import NAME

ANSWERS = 5_000
"""How many answers are read of one moment."""
CALLED = 120
"""Characters of an address, and of the name of a file."""
EXHIBITS, ANSWERED, MEDIA_TYPE = 200, 10, 64
"""How many moments are read that a share showed, and answers of each; characters of what kind of file it was."""
Shown = tuple[int, dict[str, Any]]
"""A moment that a share showed, with the place of its badge."""
KINDS = ("photo", "recording", "file")
"""What is attached and has bytes."""
T = TypeVar("T", bound="_Keyed")


@dataclass(frozen=True, slots=True)
class ArchivedAnswer:
    """What was answered to one question, at one time."""

    question: str
    text: str
    key: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class ArchivedAttachment:
    """What goes with a moment: a link, or a file of the archive, of which nothing is believed but its bytes."""

    key: str
    name: str
    file: str
    """The member that holds it; "" for a link."""
    address: str
    added_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivedMoment:
    """A moment in an archive."""

    key: str
    begun_at: datetime
    told_at: datetime | None
    is_removed: bool
    places: Sequence[int]
    """Of the badges that it speaks of, in the list of badges."""
    answers: Sequence[ArchivedAnswer]
    attachments: Sequence[ArchivedAttachment]
    """Those that were not removed."""
    left_out: int
    """What could not be read of it."""


class _Keyed(Protocol):
    """What is known again by its key."""

    @property
    def key(self) -> str: ...


def read_moment(told: Any, latest: datetime) -> ArchivedMoment:
    """A moment as an archive tells it, of which nothing happened after *latest*; raises one of values.ILL."""
    answers, lost = _rows(told["answers"], ANSWERS, lambda one: _answer(one, latest))
    there = [one for one in values.read_list(told.get("attachments")) if _is_there(one)]
    attachments, more = _rows(there, MOST_ATTACHED, lambda one: _attachment(one, latest))
    places = values.read_list(told.get("badges"))
    read = [one for one in places[: badges.MOST_BADGES] if type(one) is int]
    told_at = told.get("told_at")
    if not answers and not attachments:
        raise ValueError("nothing is told")
    return ArchivedMoment(
        key=_key(told["key"]),
        begun_at=values.read_past(told["begun_at"], latest),
        told_at=None if told_at is None else values.read_past(told_at, latest),
        is_removed=told.get("removed_at") is not None,
        places=tuple(dict.fromkeys(read)),
        answers=answers,
        attachments=attachments,
        left_out=lost + more + len(places) - len(read),
    )


def read_exhibits(told: Any, count: int) -> tuple[Shown, ...]:
    """The moments that a share of *count* badges showed, as they were; older archives do not tell."""
    return tuple(_exhibit(one, count) for one in values.read_list(told)[:EXHIBITS])


def _exhibit(told: Any, count: int) -> Shown:
    place, situation = told["place"], told["situation"]
    if type(place) is not int or not 0 <= place < count or situation not in {"", *SITUATIONS}:
        raise ValueError("not a moment that was shown")
    said = [
        [question, values.read_text(text, LIMITS[question])]
        for question, text in values.read_list(told["said"])[:ANSWERED]
    ]
    if any(question not in WORDS for question, _ in said):
        raise ValueError("not a question")
    return place, {
        "situation": situation,
        "place": values.read_text(told["name_of_place"], SHORT_LIMIT),
        "sentence": values.read_text(told["sentence"], SHORT_LIMIT),
        "said": said,
        "attachments": [_shown_attachment(one) for one in values.read_list(told["attachments"])[:MOST_ATTACHED]],
    }


def _shown_attachment(told: Any) -> dict[str, Any]:
    """What went with a moment that was shown: what it was called, and nothing of its bytes."""
    if told["kind"] not in {*KINDS, "link"}:
        raise ValueError("nothing that is attached")
    measured = {name: told[name] for name in ("size", "width", "height", "seconds")}
    if any(value is not None and (type(value) is not int or not 0 <= value < 2**31) for value in measured.values()):
        raise ValueError("not a measure")
    address = _address(told["address"]) if told["kind"] == "link" else ""
    named = {
        "name": values.read_text(told["name"], CALLED),
        "media_type": values.read_text(told["media_type"], MEDIA_TYPE),
    }
    return {"id": 0, "kind": told["kind"], "address": address} | named | measured


def _rows(told: Any, most: int, read: Callable[[Any], T]) -> tuple[list[T], int]:
    """Those of the rows that can be read, each key once, and how many are left out."""
    rows = values.read_list(told)
    found: dict[str, T] = {}
    for row in rows[:most]:
        one = values.none_if_faulty(read, row)
        if one is not None:
            found.setdefault(one.key, one)
    return list(found.values()), len(rows) - len(found)


def _is_there(told: Any) -> bool:
    """Whether it was not removed; what is no attachment at all is there, and is told so when it is read."""
    return not isinstance(told, dict) or told.get("removed_at") is None


def _answer(told: Any, latest: datetime) -> ArchivedAnswer:
    question = told["question"]
    said = values.read_text(told["text"], LIMITS[question])
    if question == SITUATION and said not in {"", *SITUATIONS}:
        raise ValueError("not a situation")
    return ArchivedAnswer(question, said, _key(told["key"]), values.read_past(told["made_at"], latest))


def _attachment(told: Any, latest: datetime) -> ArchivedAttachment:
    key, kind, added_at = _key(told["key"]), told["kind"], values.read_past(told["added_at"], latest)
    if kind == "link":
        return ArchivedAttachment(key, "", "", _address(told["address"]), added_at)
    if kind not in KINDS:
        raise ValueError("nothing that is attached")
    # null where the file was missing: nothing is called "", and the taking in of the attachment tells so.
    name = file_label(values.read_text(told["name"], NAME))[:CALLED]
    return ArchivedAttachment(key, name, values.read_text(told["file"] or "", NAME), "", added_at)


def _address(told: Any) -> str:
    """Where a link leads."""
    return page_address(values.read_text(told, LINK_LIMIT))


def _key(told: Any) -> str:
    if not told:
        raise ValueError("known by nothing")
    return values.read_text(told, KEY_LIMIT)
