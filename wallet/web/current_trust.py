"""Who vouches for which issuers at the moment of a visit, and what a page may tell by that."""

from collections.abc import Iterable, Sequence

from .. import badges, competencies, shares, trust
from .visit import Visit


def current_registers(visit: Visit) -> trust.Registers:
    """Who vouches for which issuers, as it stands now."""
    return visit.services.registers.current()


def current_frameworks(visit: Visit) -> Sequence[competencies.Framework]:
    """The frameworks, each counting the badges that count there now."""
    return competencies.frameworks_at(visit.services.frameworks, current_registers(visit), visit.now)


def current_standpoint(visit: Visit) -> shares.Standpoint:
    """With what a share is told to its holder now."""
    return shares.Standpoint(registers=current_registers(visit), frameworks=visit.services.frameworks, now=visit.now)


def told_now(visit: Visit, cards: Iterable[badges.Card]) -> list[badges.Card]:
    """*cards* as a page may show them now (badges.told_at)."""
    known = current_registers(visit)
    return [badges.told_at(card, known, visit.now) for card in cards]
