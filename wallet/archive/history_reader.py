"""What an archive tells that was found of a badge, in the shape in which a history is kept; proof of nothing."""

import json
import math
import re
from datetime import datetime
from typing import Any

from .. import accounts, openbadges, storage
from . import row_fields

FOUND = 256 * 1024
"""Characters of one thing that was found of a badge."""
LARGEST = 2**53
"""Whole numbers beyond are not the same to everyone. Source: RFC 8259, 6."""
SEEN = 40
"""Answers of issuers that are read of one examination."""
LINK = 2_000
OUTCOMES = frozenset({"passed", "failed", "unknown"})
PLACE = re.compile(r"[a-z0-9-]{1,40}(?:/[a-z0-9-]{1,40}){1,2}")
PLACES = 40
"""Where a badge may count (recognition.place), and at how many places."""
WORD = re.compile(r"[a-z-]{1,16}")


def state(told: Any, _latest: datetime) -> str:
    """What was to be said of it, in a word of then."""
    row_fields.require(WORD.fullmatch(told), "not a word")
    return str(told)


def examination(told: Any, _latest: datetime) -> dict[str, Any]:
    """What was found once, in the shape in which it is kept."""
    row_fields.require(isinstance(told, dict) and len(json.dumps(told)) <= FOUND, "not an examination that fits")
    clean: dict[str, Any] = _clean(told)
    checks = [one for one in clean["checks"] if isinstance(one, dict) and one.get("outcome") in OUTCOMES]
    seen = [row_fields.none_if_faulty(_seen, one) for one in clean.get("seen", [])[:SEEN]]
    clean |= {
        "checks": [one for one in checks if isinstance(one.get("name"), str)],
        "seen": [one for one in seen if one],
    }
    clean.pop("is_history", None)
    return clean


def _seen(told: Any) -> dict[str, Any]:
    """An answer that was seen, as badges/issuer_responses.py writes it down."""
    named = {member: told[member] for member in ("file", "packed", "sha256") if member in told}
    sized = {"size": max(0, told["size"])} if "size" in told else {}
    is_named = named.keys() & {"file", "sha256"} and all(map(storage.NAME.fullmatch, named.values()))
    row_fields.require(is_named and type(told["status"]) is type(told.get("size", 0)) is int, "not an answer")
    address = row_fields.read_text(told["address"], LINK)
    return {"address": address, "status": told["status"], "at": row_fields.moment_text(told["at"]), **sized, **named}


def match(told: Any, _latest: datetime) -> dict[str, Any]:
    """The proof, as it was told, that a badge is named to somebody."""
    return {
        "address": row_fields.read_text(told["address"], accounts.ADDRESS_LIMIT),
        "at": row_fields.moment_text(told["at"]),
    }


def counted(told: Any, _latest: datetime) -> dict[str, Any]:
    """Where a badge counted because its holder said so, and since when."""
    row_fields.require(isinstance(told, dict) and len(told) <= PLACES and all(map(PLACE.fullmatch, told)), "nowhere")
    return {place: row_fields.moment_text(at) for place, at in told.items()}


def own_contexts(told: Any, latest: datetime) -> dict[str, tuple[str, datetime]]:
    """The name of each file in which the vocabulary of a badge's issuer is kept, and when it was fetched, by their addresses;
    {} where there is none."""
    told = told or {}
    row_fields.require(isinstance(told, dict) and len(told) <= openbadges.MOST_CONTEXTS, "not some contexts")
    found = {
        row_fields.read_text(address, LINK): (entry["file"], min(row_fields.moment(entry["at"]), latest))
        for address, entry in told.items()
    }
    row_fields.require(all(storage.NAME.fullmatch(name) for name, _ in found.values()), "not the names of files")
    return found


def _clean(told: Any) -> Any:
    """*told* as both databases keep it: what no JSON of theirs can hold is left out."""
    match told:
        case dict():
            return {_without_nul(name): _clean(value) for name, value in told.items()}
        case list():
            return [_clean(value) for value in told]
        case str():
            return _without_nul(told)
        case float():
            return told if math.isfinite(told) else None
    return told if not isinstance(told, int) or abs(told) <= LARGEST else None


def _without_nul(text: str) -> str:
    return text.encode(errors="ignore").decode().replace("\0", "")
