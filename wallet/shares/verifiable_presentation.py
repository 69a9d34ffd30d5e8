"""A share for machines: the documents of its badges in one unsigned Verifiable Presentation.

Nothing is added to what issuers wrote, and nothing of the holder: no name, no name of a file, nothing of the file that a
badge came in. What is no credential of its own (Open Badges 2.0) stands beside it, by its file and its hosted address.
All or nothing: where one document is lost there is no presentation, rather than one that does not tell what is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from .. import badges, inspection, openbadges, storage

PRESENTATION_TYPES = ("application/vp", "application/ld+json")
"""Of a presentation. Source: Verifiable Credentials Data Model 2.0, C.2 and 6.1."""
MOST_PRESENTED, LARGEST = 200, 10 * 1024 * 1024
"""Badges and characters in one presentation: as much as we would read of somebody else's (openbadges/v3/bundles.py)."""
READ = 64 * 1024 * 1024
"""Bytes of files that are read for one: pictures around badges are large."""
NO_CREDENTIALS = ("Open Badges 0.", "Open Badges 1.", "Open Badges 2.")
"""How the format of a badge begins that is no credential of its own."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A badge that has no place in a presentation."""

    place: int
    media_type: str
    """Of its file, "" where it has none: an address was all that came in."""
    hosted_at: str
    """The https address at which its issuer keeps it, "" for none."""


def make_presentation(
    shown: Sequence[tuple[int, badges.KeptBadge]], files: storage.FileStore
) -> tuple[str, list[Beside]]:
    """The presentation of the badges *shown*, each with its place, and what has no place in it; raises Missing where there
    can be none, Lost for now."""
    if len(shown) > MOST_PRESENTED:
        raise storage.Missing
    credentials: list[str] = []
    beside: list[Beside] = []
    room, read = LARGEST, READ
    for place, kept in shown:
        document = storage.read_needed(files, kept.document)
        credential = openbadges.presentable(document)
        room, read = room - len(credential), read - len(document)
        if credential:
            credentials.append(credential)
        else:
            media_type = "" if kept.container == "link" else inspection.DOCUMENT_TYPES[kept.container][0]
            beside.append(Beside(place, media_type, _hosted_at(kept)))
        if min(room, read) < 0:
            raise storage.Missing
    return openbadges.presentation(credentials), beside


def is_presented(card: badges.Card) -> bool:
    """Whether the badge of *card* has a place in a presentation, as far as it is known without its document."""
    is_unsigned = any(check["name"] == "intact" and check["reason"] == "no-proof" for check in card.checks)
    return not (card.container == "link" or is_unsigned or card.format.startswith(NO_CREDENTIALS))


def _hosted_at(kept: badges.KeptBadge) -> str:
    address = str(kept.read["id"])
    return address if address.lower().startswith("https://") else ""
