"""« Mon parcours »: what the holder's badges say of their competencies; what counts there because they say so."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any
from urllib.parse import quote

from .. import badges, competencies, issuance, shares, web

LONGEST_MOMENT = 40
"""Signs of a moment as it stands in an address."""


def show(visit: web.Visit) -> web.Response:
    """The map of the competencies, what may count on it, and the dates by leaves."""
    path = visit.read(
        competencies.get_journey,
        web.current_frameworks(visit),
        visit.holder_id,
        visit.query.number("page"),
        visit.now,
        _other_names(visit),
        at := visit.query.text("at", limit=LONGEST_MOMENT),
    )
    unseal = visit.services.keyring.unseal
    known = shares.petitions.KnownNow(frameworks=visit.services.frameworks, registers=web.current_registers(visit))
    promised = visit.read(issuance.openid4vci.promised_offers, visit.holder_id, visit.now)
    petitions = [
        shares.petitions.as_known(one, known, promised, visit.now)
        for one in visit.read(shares.petitions.list_petitions, visit.holder_id, unseal, visit.now)
    ]
    told = {one.row.place for one in petitions}
    return visit.page(
        "journey/show.html",
        path=_told(visit, path),
        done=visit.query.text("done"),
        at=at,
        petitions=petitions,
        # Nobody is asked without a badge for a proof.
        missing=_missing(visit, path.maps, told) if path.badges else None,
    )


def choose(visit: web.Visit, ticked: Sequence[int] | None = None) -> web.Response:
    """« Choisir un par un »: what may count, all of it or *ticked*, and what counts by their word and may count no more; where
    there is neither, what they are asked about by itself stands on their path."""
    choice = visit.read(
        competencies.get_choice,
        web.current_frameworks(visit),
        visit.holder_id,
        visit.query.number("page"),
        visit.now,
        _other_names(visit),
    )
    if not choice.leaf.count:
        return visit.go("path")
    all_of_them = [one.held.id for one in choice.fitting]
    return visit.page(
        "journey/choice.html", choice=_told(visit, choice), ticked=all_of_them if ticked is None else ticked
    )


def redraw_choice(visit: web.Visit) -> web.Response:
    """With what was ticked."""
    return choose(visit, visit.form.numbers("badge"))


def count(visit: web.Visit) -> web.Response:
    """« Oui, ce badge compte »: on one's own map, for all that it speaks of, and nowhere else."""
    place = visit.form.text("place", limit=200)
    visit.keep(
        competencies.count_badge, web.current_frameworks(visit), visit.holder_id, visit.part["id"], place, visit.now
    )
    return visit.go("path", "?done=counted")


@web.rate_limited("change")
def count_all(visit: web.Visit) -> web.Response:
    """« Oui, tout compte »: all that the page offered, and nothing that came in since; or of that what was ticked."""
    ticked, newest = frozenset(visit.form.numbers("badge")), visit.form.number("newest")
    fitting = visit.read(
        competencies.find_fitting,
        web.current_frameworks(visit),
        visit.holder_id,
        ticked or range(newest + 1),
        visit.now,
        _other_names(visit),
    )
    counted_at = visit.keep(competencies.count_fitting, visit.holder_id, fitting, visit.now)
    return visit.go("path", f"?done=all&at={quote(counted_at)}" if counted_at else "")


def uncount(visit: web.Visit) -> web.Response:
    """Take that back."""
    visit.keep(competencies.uncount_badge, visit.holder_id, visit.part["id"])
    return visit.go("path", "?done=uncounted")


def uncount_all(visit: web.Visit) -> web.Response:
    """« Annuler »: what they let count at once counts no more, and they are asked again."""
    many = 0
    if counted_at := visit.query.text("at", limit=LONGEST_MOMENT):
        many = visit.keep(competencies.uncount_since, visit.holder_id, counted_at)
    return visit.go("path", "?done=uncounted" if many == 1 else "?done=undone")


def _missing(
    visit: web.Visit, maps: Sequence[competencies.CompetencyMap], told: Collection[str]
) -> shares.calls.AskedSkill | None:
    """The first skill that they miss and that somebody may be asked for who did not refuse it; none of the places *told*, of
    which a petition beside it says what came."""
    registers = web.current_registers(visit)
    whom = {
        drawn.framework.id: {row.match for row in drawn.framework.whom_to_ask(registers, visit.now)} for drawn in maps
    }
    asked = [drawn for drawn in maps if whom[drawn.framework.id]]
    refused = visit.read(shares.petitions.list_refusals, visit.holder_id)
    places = (
        place
        for place in shares.petitions.places_to_ask_for(asked)
        if place not in told and any((place, match) not in refused for match in whom[place.partition("/")[0]])
    )
    return next(iter(shares.calls.asked_skills(visit.services.frameworks, list(islice(places, 1)))), None)


def _other_names(visit: web.Visit) -> competencies.OtherNames:
    return partial(shares.names_of_others, visit.holder.name if visit.holder else "")


def _told(visit: web.Visit, found: Any) -> Any:
    """What was *found*, its badges as they may be read now."""
    cards = {id: badges.told_at(card, web.current_registers(visit), visit.now) for id, card in found.cards.items()}
    return replace(found, cards=cards)
