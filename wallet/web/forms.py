"""What a form, the query of an address, or a JSON body says: text, whole numbers and files, and nothing that surprises."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeGuard

from starlette.datastructures import ImmutableMultiDict, UploadFile
from starlette.exceptions import HTTPException

from .. import openbadges

JSON_DEPTH = 20
DIGITS = 10
"""Fewer digits than the largest number that both databases hold."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a form or of a query, by their names; there may be several of one name, and each may be anything."""

    values: ImmutableMultiDict[str, Any]

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str, limit: int = 5000) -> str:
        """A field in one piece, "" when it is absent, and where nothing of it can be seen."""
        value = self.values.get(name, "")
        # NUL is no text to PostgreSQL; half a character comes out of odd encodings and goes into none.
        whole = value.encode(errors="ignore").decode().replace("\0", "") if isinstance(value, str) else ""
        whole = whole.strip()[:limit]
        return whole if any(sign.isprintable() and not sign.isspace() for sign in whole) else ""

    def sent_text(self, name: str, limit: int = 5000) -> str:
        """As `text`; 400 where no such field was sent: what is no form of ours empties nothing that is kept."""
        if name not in self.values:
            raise HTTPException(HTTPStatus.BAD_REQUEST)
        return self.text(name, limit)

    def texts(self, name: str) -> list[str]:
        """All fields of that *name*, as they came, without files."""
        return [value for value in self.values.getlist(name) if isinstance(value, str)]

    def numbers(self, name: str) -> list[int]:
        """The whole numbers under *name*; anything else is left out."""
        return [number for text in self.texts(name) if (number := whole_number(text)) is not None]

    def number(self, name: str) -> int:
        """The first whole number under *name*, 0 when there is none."""
        return next(iter(self.numbers(name)), 0)

    def files(self, name: str) -> list[UploadFile]:
        """The files under *name*, without the empty one of an untouched field."""
        return [f for f in self.values.getlist(name) if is_file(f)]


def is_asked_again(form: ImmutableMultiDict[str, Any]) -> bool:
    """Whether a page is asked for in the other language (layouts/_language_switch.html, layouts/_language_button.html): what was
    typed or ticked stands there again, and nothing is done with it."""
    return "again" in form.getlist("step")


def is_file(value: object) -> TypeGuard[UploadFile]:
    """Whether somebody chose that file: browsers send one without name and content for a field that nobody touched."""
    return isinstance(value, UploadFile) and bool(value.filename or value.size)


def holds_file(form: ImmutableMultiDict[str, Any]) -> bool:
    """Whether a file came with *form*. Every field counts, also one that a later field of the same name hides."""
    return any(is_file(value) for _, value in form.multi_items())


def typed_in(form: ImmutableMultiDict[str, Any]) -> list[tuple[str, str]]:
    """All that *form* says in text, as it came."""
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


def whole_number(text: str) -> int | None:
    """The number that *text* writes in digits; None for anything else, and for one that no database holds."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < DIGITS else None


def read_json_object(body: bytes) -> dict[str, Any]:
    """The JSON object that was sent; 400 for anything else."""
    try:
        return openbadges.read_json_object(body, JSON_DEPTH)
    except openbadges.UnreadableBadge:
        raise HTTPException(HTTPStatus.BAD_REQUEST) from None
