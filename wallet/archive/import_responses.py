"""What an archive tells that issuers answered: the answers that lie in it, read, and as much of each kept as of any.

Rule 1: an answer is what its name says, the SHA-256 of its bytes, or it is none.
Rule 2: what is kept of it beside a badge is what badges/issuer_responses.py keeps of one that we heard ourselves; its size is measured
here, whatever the archive tells.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from .. import badges, openbadges
from .format import FILES
from .zip_reader import ArchiveZip, UnusableMember

LONGEST = 2 * 1024 * 1024
"""Bytes of an answer that was seen; issuers are never heard for longer (network/client.py)."""
LOOKS = ("examination", "good")
"""The examinations of a history."""


class ArchivedResponses:
    """The answers that lie in one archive."""

    def __init__(self, archive: ArchiveZip, shelve: Callable[[bytes], str]) -> None:
        self._archive, self._shelve = archive, shelve
        self._kept: dict[str, dict[str, Any]] = {}
        """What was shelved lately, by the name in the archive: the members of its entry; {} for what lies there not."""

    def read(self, name: str) -> bytes | None:
        """The answer of that hash, when it lies in the archive."""
        try:
            content = self._archive.read(FILES + name, LONGEST)
        except UnusableMember:
            return None
        return content if sha256(content).hexdigest() == name else None

    def shelve(self, history: Mapping[str, Any]) -> dict[str, Any]:
        """*history* with those of its answers that lie in the archive, as much as is kept of them on the shelf now."""
        looks = {name: history[name] for name in LOOKS if name in history}
        kept = {name: look | {"seen": [*filter(None, map(self._entry, look["seen"]))]} for name, look in looks.items()}
        return {**history, **kept}

    def forget(self) -> None:
        """What was shelved may be let go from now on: what is needed again is read again."""
        self._kept.clear()

    def fetch(self, history: Mapping[str, Any]) -> Callable[[str], openbadges.Fetched]:
        """A fetch that gives the answers of which *history* tells, and raises Unreachable for all others."""
        seen = {one["address"]: one for one in badges.responses_in_history(history) if one["status"] == 200}

        def get(address: str) -> openbadges.Fetched:
            content = badges.read_response(seen.get(address, {}), self.read, LONGEST)
            if content is None:
                raise openbadges.Unreachable(address, "no-answer")
            return openbadges.Fetched(address=address, status=200, media_type="", body=content)

        return get

    def _entry(self, told: Mapping[str, Any]) -> dict[str, Any] | None:
        """The entry of an answer; None where the archive tells of its bytes and has none."""
        about = {member: value for member, value in told.items() if member not in {"file", "packed"}}
        for member, keep in (
            ("file", lambda content: badges.keep_response_body(content, self._shelve)),
            ("packed", self._keep_packed),
        ):
            if member in told:
                name = told[member]
                if name not in self._kept:
                    content = self.read(name)
                    self._kept[name] = {} if content is None else keep(content)
                kept = self._kept[name]
                # Of a packed one only the archive tells how long it was.
                longer = {"size": max(kept["size"], told.get("size", 0))} if kept and member == "packed" else {}
                return about | kept | longer if kept else None
        return dict(about)

    def _keep_packed(self, content: bytes) -> dict[str, Any]:
        """Nobody heard so much that it is longer once it is packed."""
        return {"packed": self._shelve(content), "size": len(content)} if len(content) <= badges.RESPONSE_LIMIT else {}


def without_responses(history: Mapping[str, Any]) -> dict[str, Any]:
    """What an archive told, but for what was answered, for which there is no room."""
    return {**history, **{name: history[name] | {"seen": []} for name in LOOKS if name in history}}
