"""What an archive tells that a holder told: moments, read as strictly as what a stranger tells.

A moment that cannot be read is left out; of one that can, what cannot: an answer, a file, a badge.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from .. import badges, evidence, inspection
from .format import ATTACHED, MEMBER_NAME_LIMIT, read_row_of
from .row_fields import none_if_faulty, or_none, read_list, read_row, read_text, require, text, whole_number, word_of

ANSWERS = 5_000
"""How many answers are read of one moment."""
ATTACHMENTS = 200
"""What is read of one moment that goes with it: as many as it may have, and those that were put back beside them."""
CALLED = 120
"""Characters of the name of a file."""
EXHIBITS, ANSWERED = 200, 10
"""How many moments are read that a share showed, and answers of each."""
Shown = tuple[int, dict[str, Any]]
"""A moment that a share showed, with the place of its badge."""


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
    question: str | None
    """Which one a voice answers; None where the archive does not tell."""
    added_at: datetime


T = TypeVar("T", ArchivedAnswer, ArchivedAttachment)


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

    @property
    def is_empty(self) -> bool:
        """Whether nothing is told, as where all that was attached was taken off."""
        return not (self.answers or self.attachments)


def read_moment(told: Any, latest: datetime) -> ArchivedMoment:
    """A moment as an archive tells it, of which nothing happened after *latest*; raises one of members.FAULTS."""
    answers, lost = _rows(told["answers"], ANSWERS, lambda row: _answer(row, latest))
    # Those that were not removed; what is no attachment at all is there, and is told so when it is read.
    there = [
        row for row in read_list(told.get("attachments")) if not isinstance(row, dict) or row.get("removed_at") is None
    ]
    attachments, more = _rows(there, ATTACHMENTS, lambda row: _attachment(row, latest))
    require(answers or attachments or not lost + more, "nothing that is told can be read")
    places = read_list(told.get("badges"))
    numbers = [place for place in places[: badges.MOST_BADGES] if type(place) is int]
    row = read_row_of("evidence", told, latest)
    return ArchivedMoment(
        key=row["key"],
        begun_at=row["begun_at"],
        told_at=row["told_at"],
        is_removed=row["removed_at"],
        places=tuple(dict.fromkeys(numbers)),
        answers=answers,
        attachments=attachments,
        left_out=lost + more + len(places) - len(numbers),
    )


def _rows(told: Any, most: int, read: Callable[[Any], T]) -> tuple[list[T], int]:
    """Those of the rows that can be read, each key once, and how many are left out."""
    rows = read_list(told)
    found: dict[str, T] = {}
    for row in rows[:most]:
        if (one := none_if_faulty(read, row)) is not None:
            found.setdefault(one.key, one)
    return list(found.values()), len(rows) - len(found)


def _answer(told: Any, latest: datetime) -> ArchivedAnswer:
    answer = ArchivedAnswer(**read_row_of("answers", told, latest))
    read_text(answer.text, evidence.LIMITS[answer.question])
    require(answer.question != evidence.SITUATION or answer.text in {"", *evidence.SITUATIONS}, "not a situation")
    return answer


def _attachment(told: Any, latest: datetime) -> ArchivedAttachment:
    row = read_row_of("attachments", told, latest)
    if row["kind"] == "link":
        return ArchivedAttachment(row["key"], "", "", _address(told["address"]), None, row["added_at"])
    # null where the file was missing: nothing is called "", and the taking in of the attachment tells so.
    file = read_text(told["file"] or "", MEMBER_NAME_LIMIT)
    name = inspection.file_label(row["name"])[:CALLED]
    return ArchivedAttachment(row["key"], name, file, "", row["question"], row["added_at"])


def _address(told: Any) -> str:
    """Where a link leads."""
    return evidence.page_address(read_text(told, evidence.LINK_LIMIT))


_SHOWN_ATTACHMENT = {
    "kind": word_of(ATTACHED),
    "name": text(CALLED),
    "media_type": text(64),
    **dict.fromkeys(("size", "width", "height", "seconds"), or_none(whole_number(0, 2**31 - 1))),
}
"""What went with a moment that was shown: what it was called, and nothing of its bytes."""


def read_exhibits(told: Any, count: int, latest: datetime) -> tuple[Shown, ...]:
    """The moments that a share of *count* badges showed, as they were; older archives do not tell."""
    return tuple(_exhibit(row, count, latest) for row in read_list(told)[:EXHIBITS])


def read_shown_moment(told: Any, latest: datetime) -> dict[str, Any]:
    """A moment as somebody read it (evidence.moment_as_json), but for what went with it; raises one of members.FAULTS."""
    return _words_of(told, told["place"], latest) | {"attachments": []}


def _exhibit(told: Any, count: int, latest: datetime) -> Shown:
    place = whole_number(0, count - 1)(told["place"], latest)
    attachments = [_shown_attachment(one, latest) for one in read_list(told["attachments"])[: evidence.MOST_ATTACHED]]
    return place, _words_of(told, told["name_of_place"], latest) | {"attachments": attachments}


def _words_of(told: Any, name_of_place: Any, latest: datetime) -> dict[str, Any]:
    """What is told of a moment, but for what goes with it."""
    kinds = {"situation": word_of({"", *evidence.SITUATIONS}), "sentence": text(evidence.SHORT_LIMIT)}
    said = [
        [question, read_text(text, evidence.LIMITS[question])] for question, text in read_list(told["said"])[:ANSWERED]
    ]
    require(all(question in evidence.WORDS for question, _ in said), "not a question")
    row = read_row(kinds, told, latest)
    return {**row, "place": read_text(name_of_place, evidence.SHORT_LIMIT), "said": said}


def _shown_attachment(told: Any, latest: datetime) -> dict[str, Any]:
    row = read_row(_SHOWN_ATTACHMENT, told, latest)
    return {"id": 0, "address": _address(told["address"]) if row["kind"] == "link" else "", **row}
