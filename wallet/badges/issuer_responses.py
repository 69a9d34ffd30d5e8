"""What issuers answered while a badge was looked at, and how much of it is kept beside the badge.

Rule 1: every answer is read and verified whole, however long it is. What is written here is kept for later: an answer of
at most WHOLE bytes as it came, a longer one packed, if it then is no longer than that (docs/decisions.md 26).
Rule 2: of one that is kept in neither way its address, time, size and SHA-256 stay: who has it can prove that it is the one.

An entry has `address`, `status`, `at` and `responses_size`; and `file`, under which its bytes are kept, or `sha256`, and
perhaps `packed`, under which its bytes packed by gzip are kept. Entries from before have no `responses_size`. Where its address
told by what it can be asked whether it is another one since, an entry has that: `etag`, `last_modified`, with `media_type`.
"""

import gzip
import zlib
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Any

from ..openbadges import Seen
from . import own_contexts

RESPONSE_LIMIT = 256 * 1024
"""Bytes of one answer that are kept, as they came or packed."""


def keep_response(seen: Seen, shelve: Callable[[bytes], str]) -> dict[str, Any]:
    """The entry of an answer; what is kept of its bytes is on the shelf."""
    return {
        "address": seen.address,
        "status": seen.status,
        "at": seen.at.isoformat(),
        **_validators(seen),
        **keep_response_body(seen.body, shelve),
    }


def _validators(seen: Seen) -> dict[str, Any]:
    told = {"etag": seen.etag, "last_modified": seen.last_modified}
    if seen.status != 200 or not any(told.values()):
        return {}
    return {**{name: value for name, value in told.items() if value}, "media_type": seen.media_type}


def keep_response_body(body: bytes, shelve: Callable[[bytes], str]) -> dict[str, Any]:
    """What an entry says of the bytes of an answer; what is kept of them is on the shelf."""
    if len(body) <= RESPONSE_LIMIT:
        return {"size": len(body), "file": shelve(body)}
    packed = gzip.compress(body, 6, mtime=0)
    told = {"size": len(body), "sha256": sha256(body).hexdigest()}
    return told | ({"packed": shelve(packed)} if len(packed) <= RESPONSE_LIMIT else {})


def response_files(entries: Iterable[Mapping[str, Any]]) -> set[str]:
    """The names of all files that *entries* need."""
    return {one[member] for one in entries for member in ("file", "packed") if member in one}


def all_badge_files(
    document: str,
    came_in: str | None,
    picture: str | None,
    contexts: own_contexts.KeptContexts | None,
    *told: Mapping[str, Any] | None,
) -> set[str]:
    """The names of all files that a badge needs; *told* are its examinations, and at last its history."""
    own = ({document, came_in or "", picture or ""} - {""}) | own_contexts.context_files(contexts)
    return own | response_files(responses_of_examinations(*told))


def responses_of_examinations(*told: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """The entries of all that *told*, the examinations of a badge and at last its history, need."""
    return [one for look in told[:-1] for one in (look or {}).get("seen", ())] + responses_in_history(told[-1] or {})


def responses_in_history(history: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The entries of both examinations of which an archive told."""
    return [one for member in ("examination", "good") for one in (history.get(member) or {}).get("seen", ())]


def responses_size(entries: Iterable[Mapping[str, Any]]) -> int:
    """How many bytes they take on the shelf, at most; the same answer once."""
    return sum(
        {name: min(one.get("size", 0), RESPONSE_LIMIT) for one in entries for name in response_files([one])}.values()
    )


def are_responses_whole(entries: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the bytes of all of them are kept, in one way or the other."""
    return all(response_files([one]) for one in entries)


def unpack_response(packed: bytes, hash: str, most: int) -> bytes | None:
    """The answer that is kept *packed*; None where it is another than *hash* says, or longer than *most*."""
    opened = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        content = opened.decompress(packed, most + 1)
    except zlib.error:
        return None
    return content if len(content) <= most and sha256(content).hexdigest() == hash else None


def read_response(entry: Mapping[str, Any], read: Callable[[str], bytes | None], most: int) -> bytes | None:
    """The answer that *entry* tells of, as *read* gives its file; None where it is not kept, or not there."""
    if "file" in entry:
        return read(entry["file"])
    packed = read(entry["packed"]) if "packed" in entry else None
    return None if packed is None else unpack_response(packed, entry["sha256"], most)
