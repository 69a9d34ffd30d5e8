"""« Mon parcours »: what the holder's badges say of their competencies; what counts there because they say so."""

from dataclasses import replace

from .. import badges, competencies, web


def show(visit: web.Visit) -> web.Response:
    """The map of the competencies, and the dates by leaves."""
    registers, now = visit.registers, visit.now
    frameworks = competencies.frameworks_at(visit.services.frameworks, registers, now)
    path = visit.read(competencies.get_journey, frameworks, visit.holder_id, visit.query.number("page"), now)
    return visit.page(
        "journey/show.html",
        path=replace(path, cards={id: badges.told_at(one, registers, now) for id, one in path.cards.items()}),
        done=visit.query.text("done"),
    )


def count(visit: web.Visit) -> web.Response:
    """« Oui, ce badge compte »: on one's own map, and nowhere else."""
    place = visit.form.text("place", limit=200)
    visit.keep(competencies.count_badge, visit.services.frameworks, visit.holder_id, visit.part["id"], place, visit.now)
    return visit.go("path", "?done=counted")


def uncount(visit: web.Visit) -> web.Response:
    """Take that back."""
    visit.keep(competencies.uncount_badge, visit.holder_id, visit.part["id"], visit.form.text("place", limit=200))
    return visit.go("path", "?done=uncounted")
