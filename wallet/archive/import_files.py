"""The files in which the badges of one archive came, such as a PDF or a presentation: each looked through once, however
many of its badges the archive brings."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from .. import inspection, openbadges
from .zip_reader import UnusableMember

REMEMBERED = 32
"""Files: badges that came in one stand beside each other in most wallets."""
_NOT_YET = "busy"
"""Why a file was not looked at now: another time it will be."""


@dataclass(kw_only=True, slots=True)
class _Found:
    """What was found in one file."""

    documents: frozenset[bytes]
    """The SHA-256 of each document in it."""
    has_identity: bool
    presentations: list[openbadges.Check | None] = field(default_factory=list)
    """Whether its holder signed it; empty as long as nobody looked."""


class ImportedFiles:
    """The files of one archive, looked at as of *now*."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._found: dict[bytes, _Found] = {}

    def may_keep(self, file: bytes, document: bytes) -> bool:
        """Whether *file* may be kept around the *document* of a badge: nobody's identity is in it (docs/security.md C12).

        Raises UnusableMember: `damaged`, `locked` and the like for one that cannot be looked through, and `busy`.
        """
        found = self._look_through(file)
        is_around = inspection.is_container(file) or sha256(document).digest() in found.documents
        return is_around and not found.has_identity

    def presentation(self, file: bytes, how: Callable[[], inspection.Inspection]) -> openbadges.Check | None:
        """Whether its holder signed the presentation in *file*, one that may be kept; None where it is none."""
        found = self._look_through(file)
        if not found.presentations:
            check = inspection.inspect_presentation(file, how())
            if check and check.reason == _NOT_YET:
                return check
            found.presentations.append(check)
        return found.presentations[0]

    def _look_through(self, file: bytes) -> _Found:
        name = sha256(file).digest()
        found = self._found.pop(name, None)
        if found is None:
            try:
                documents = inspection.documents_inside(file, self._now)
            except openbadges.UnreadableBadge as problem:
                raise UnusableMember(problem.reason) from None
            found = _Found(
                documents=frozenset(sha256(one).digest() for one in documents),
                has_identity=any(map(openbadges.identity_kind, documents)),
            )
        self._found[name] = found
        if len(self._found) > REMEMBERED:
            del self._found[next(iter(self._found))]
        return found
