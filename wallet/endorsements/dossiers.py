"""The dossier of an AFEST: what was told of the work at one place, and what others say of that, for the structure that must
prove it (Code du travail, D. 6313-3-2).

Rule 1: that it was an AFEST somebody else said: the tutor of a moment, or the issuer of its badge. Its holder alone does not make it
one.
Rule 2: a word stands under a moment only where its tutor read all that is told there (matching.py).
Rule 3: nothing of a dossier is kept here, and nobody is sent any of it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from .. import badges, evidence, storage, trust
from ..badges import Card
from ..evidence import PLACE, EvidenceView
from . import matching, views
from .models import AFEST_TICKS
from .views import EndorsementView

AFEST = "afest"
MOST_LETTERS = 120_000
"""Of one dossier: some thirty sheets, that a core sets in two seconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DossierMoment:
    """A moment, as it stands in a dossier."""

    view: EvidenceView
    words: Sequence[EndorsementView]
    """What others say of it, the oldest first."""
    cards: Sequence[Card]
    """The badges of which it speaks."""

    @property
    def is_afest(self) -> bool:
        """Whether somebody else says that it was one."""
        return any(one.setting == AFEST or one.afest for one in self.words) or any(map(is_of_afest, self.cards))

    @property
    def place(self) -> str:
        """Where it was: as its holder calls it, else as whoever saw it does; "" where neither says it."""
        told = [self.view.text(PLACE), *(one.organisation for one in self.words)]
        return next((text for one in told if (text := " ".join(one.split()))), "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Dossier:
    """What there is of one place, the oldest moment first: at least one of its moments was an AFEST when it was offered."""

    place: str
    moments: Sequence[DossierMoment]

    @property
    def id(self) -> int:
        """By which it is asked for: the oldest of its moments that was one."""
        return next((one.view.id for one in self.moments if one.is_afest), 0)

    @property
    def cards(self) -> Sequence[Card]:
        """The badges of which its moments speak, each once."""
        return list({card.id: card for one in self.moments for card in one.cards}.values())

    @property
    def told_on(self) -> Sequence[datetime]:
        """When its moments were told, the first day first."""
        return sorted(one.view.told_at for one in self.moments if one.view.told_at)

    @property
    def letters(self) -> int:
        """How long all that is told and said in it is."""
        told = sum(len(one.text) for moment in self.moments for one in moment.view.answers.values())
        return told + sum(len(one.sentence) for moment in self.moments for one in moment.words)

    def ticked_by(self, tick: str) -> Sequence[str]:
        """Who confirms that one of AFEST_TICKS, each name once; "" where somebody gave none."""
        said = (one for moment in self.moments for one in moment.words if tick in one.afest)
        return list(dict.fromkeys(one.name for one in said))

    @property
    def ticks(self) -> Sequence[tuple[str, Sequence[str]]]:
        """The four that make an AFEST, each with those who confirm it."""
        return [(tick, self.ticked_by(tick)) for tick in AFEST_TICKS]

    def with_only(self, moment_ids: Collection[int], word_ids: Collection[int]) -> "Dossier":
        """It, of these moments alone and of what is said of them these words."""
        chosen = [
            replace(one, words=[word for word in one.words if word.id in word_ids])
            for one in self.moments
            if one.view.id in moment_ids
        ]
        return replace(self, moments=chosen)


def is_of_afest(card: Card) -> bool:
    """Whether the issuer of a badge that holds says that it was learnt in one."""
    return card.is_good and any(genre.situation == AFEST for genre in card.details.genres)


def list_dossiers(session: Session, holder_id: int, registers: trust.Registers, now: datetime) -> list[Dossier]:
    """The holder's, as others may read them, the newest first: no list that tells of a SIAE says anything in them."""
    told = [one for one in evidence.view_all_moments(session, holder_id) if one.told_at and not one.is_empty]
    said = [
        views.told_to_others(one, registers, now)
        for one in views.showable_endorsements(session, holder_id, now)
        if one.evidence_id
    ]
    kept = badges.cards_by_id(session, holder_id, {id for one in told for id in one.badge_ids})
    cards = [badges.told_at(card, registers, now, with_siae=False) for card in kept.values()]
    return dossiers_of(told, said, cards)


def dossiers_of(told: Sequence[EvidenceView], said: Sequence[EndorsementView], cards: Sequence[Card]) -> list[Dossier]:
    """The dossiers of these moments, words and badges, the one with the newest moment first."""
    words, by_id = storage.grouped((one.evidence_id or 0, one) for one in said), {one.id: one for one in cards}
    moments = [
        DossierMoment(
            view=one,
            words=[word for word in words[one.id] if matching.is_of_moment(word.told, evidence.moment_as_json(one))],
            cards=[by_id[id] for id in one.badge_ids if id in by_id],
        )
        for one in sorted(told, key=lambda view: view.id)
    ]
    places = storage.grouped((one.place.casefold(), one) for one in moments)
    found = [Dossier(place=some[-1].place, moments=some) for some in places.values() if any(m.is_afest for m in some)]
    return sorted(found, key=lambda one: one.moments[-1].view.id, reverse=True)
