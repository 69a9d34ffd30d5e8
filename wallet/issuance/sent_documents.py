"""What a platform sends, read before anything is kept: it has the shape of a badge, or it is refused.

Pure: nobody is asked, and nothing is verified. Source: Open Badges 2.1, 5 (Badge Connect API); Open Badges 3.0 API, 5.
"""

import json
from codecs import BOM_UTF8
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from .. import openbadges

LONGEST = 64 * 1024
"""Bytes of what is sent at once."""
LINK_LIMIT = 2000
"""Characters of an address."""
Version = Literal["2.1", "3.0"]
Fault = Literal["missing", "unreadable"]


class NotSent(Exception):  # what happened, in the words of the answer
    """There is no badge in it; *fault* says whether none was named, or what was named is none."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class SentDocument:
    """A badge as it was sent: its bytes, or the address at which it stands."""

    content: bytes
    mark: bytes
    """By which the same badge is known again when it comes once more: the SHA-256 of its id, else of its bytes."""

    @property
    def is_link(self) -> bool:
        """Whether it is an address."""
        return is_link(self.content)


def is_link(content: bytes) -> bool:
    """Whether what was sent is an address, and no badge itself."""
    return content.startswith(b"https://")


def read_assertion(body: bytes, may_lead_to: Callable[[str], bool]) -> SentDocument:
    """What `POST /assertions` brings: of both members `signedAssertion` counts; an `assertion` that is no more than an id, as
    Badgr's clients send it, is the address of one, if it *may_lead_to* it. Raises NotSent."""
    told = _object(body)
    signed, plain = told.get("signedAssertion"), told.get("assertion")
    if signed:
        if not isinstance(signed, str) or signed.lstrip()[:1] in ("{", "[", '"') or "://" in signed:
            raise NotSent("unreadable")
        return _document(signed.strip().encode(errors="replace"))
    if not plain:
        raise NotSent("missing")
    if isinstance(plain, dict) and not _says_more_than_its_address(plain):
        plain = plain["id"]
    if isinstance(plain, str):
        return _link(plain, may_lead_to)
    if not isinstance(plain, dict):
        raise NotSent("unreadable")
    return _document(json.dumps(plain, ensure_ascii=False).encode(errors="replace"))


def read_credential(body: bytes) -> SentDocument:
    """What `POST /credentials` brings: a credential in JSON, or a compact JWS, whose bytes stay as they came, but for a mark of
    their encoding, which is none of them. Raises NotSent."""
    body = body.removeprefix(BOM_UTF8)
    if not body.strip():
        raise NotSent("missing")
    if body.lstrip()[:4].lower() in (b"http", b"data"):
        raise NotSent("unreadable")
    return _document(body.strip())


def _object(body: bytes) -> dict[str, Any]:
    try:
        return openbadges.read_json_object(body)
    except openbadges.UnreadableBadge:
        raise NotSent("unreadable") from None


def _says_more_than_its_address(assertion: dict[str, Any]) -> bool:
    return not isinstance(assertion.get("id"), str) or bool(assertion.keys() - {"@context", "type", "id"})


def _link(address: str, may_lead_to: Callable[[str], bool]) -> SentDocument:
    content = address.strip().encode(errors="replace")
    if not is_link(content) or len(content) > LINK_LIMIT or not may_lead_to(address.strip()):
        raise NotSent("unreadable")
    return SentDocument(content, sha256(content).digest())


def _document(content: bytes) -> SentDocument:
    try:
        id = openbadges.claimed_id(content)
    except openbadges.UnreadableBadge:
        raise NotSent("unreadable") from None
    return SentDocument(content, sha256(id.encode(errors="replace") if id else content).digest())
