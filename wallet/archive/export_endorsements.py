"""What others say of a holder, as an archive of theirs holds it: the signed credentials, the voices, and who said what.

What was taken back is in no archive, and what is still on its way to the holder neither.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..endorsements import Endorsement
from ..shares import ShownEndorsement


@dataclass(frozen=True, slots=True)
class EndorsementPaths:
    """Where in the archive the files of a word are; None where there is none, or it is missing or damaged."""

    document: str | None
    recording: str | None


@dataclass(frozen=True, slots=True)
class EndorsementForReading:
    """A word as the page in the archive shows it."""

    said: Endorsement
    paths: EndorsementPaths


def endorsements_of(session: Session, holder_id: int, now: datetime) -> list[Endorsement]:
    """The words that the holder has at *now*, the one that came first at the beginning."""
    theirs = (Endorsement.holder_id == holder_id, Endorsement.arrives_at <= now, Endorsement.withdrawn_at.is_(None))
    return list(session.scalars(select(Endorsement).where(*theirs).order_by(Endorsement.id)))


def where_it_belongs(
    said: Endorsement, paths: EndorsementPaths, moments: Mapping[int, int], badges: Mapping[int, int]
) -> dict[str, Any]:
    """The files of a word, and what it is about, in plain JSON; *moments* and *badges* have the place of each in its list, by
    their ids."""
    return {
        "document": paths.document,
        "recording": paths.recording,
        "moment": moments.get(said.evidence_id or 0),
        "badge": badges.get(said.badge_id or 0),
    }


def shown_as_json(shown: ShownEndorsement, words: Sequence[int], places: Sequence[int]) -> dict[str, Any]:
    """A word in a share; *words* are the ids of the words of the archive, *places* those of the badges of the share, each in the
    order in which the archive tells them."""
    return {
        "endorsement": words.index(shown.endorsement_id) if shown.endorsement_id in words else None,
        "place": places.index(shown.place) if shown.place in places else None,
        "mark": shown.mark,
        "told": shown.told,
    }
