"""« Mon dossier AFEST »: what was told and said of the work at one place, as one file, for the structure that must prove it.

Nothing is sent from here, and nothing of it is kept: the holder takes the file.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from .. import badges, concurrency, endorsements, evidence, pages, sandbox, shares, web

UNREADABLE = 422
PDF = "application/pdf"
MOMENT = 5
"""Seconds after which whoever found no room may ask again."""
NAME_LIMIT, DATES_LIMIT = 80, 60


@dataclass(frozen=True, kw_only=True, slots=True)
class DossierForm:
    """What is chosen for a dossier, and what its holder writes on it."""

    moment_ids: Collection[int] = ()
    word_ids: Collection[int] = ()
    name: str = ""
    dates: str = ""
    share_id: int = 0
    """The share to which its code leads, 0 for no code."""


def show(visit: web.Visit) -> web.Response:
    """What there is of one place: of that of the moment that is asked for, else of the newest; what was one is ticked."""
    found, asked = _dossiers(visit), visit.query.number("of")
    dossier = _with_moment(found, asked) or next(iter(found), None)
    if dossier is None:
        return _choose(visit, found, None, DossierForm())
    return _choose(visit, found, dossier, _ready(dossier, _name_of(visit, dossier)))


def redraw(visit: web.Visit) -> web.Response:
    """With what is ticked and was typed."""
    found, form = _dossiers(visit), _typed(visit)
    dossier = _with_moment(found, visit.form.number("of"))
    return _choose(visit, found, dossier, form) if dossier else _choose_another(visit, found, form)


def paper(visit: web.Visit) -> web.Response:
    """The file: what is ticked, and nothing else."""
    found, form = _dossiers(visit), _typed(visit)
    dossier = _with_moment(found, visit.form.number("of"))
    if dossier is None:
        return _choose_another(visit, found, form)
    chosen = dossier.with_only(form.moment_ids, form.word_ids)
    share = next((one for one in _shares_of(visit, dossier) if one.id == form.share_id), None)
    if not chosen.moments:
        return _choose(visit, found, dossier, form, "nothing")
    if form.share_id and share is None:
        return _choose(visit, found, dossier, form, "share-over")
    if chosen.letters > endorsements.MOST_LETTERS:
        return _choose(visit, found, dossier, form, "too-long")
    visit.limit_rate("dossier", visit.holder_id)
    try:
        content = _set(visit, chosen, form, share)
    except sandbox.ChildBusy:
        raise concurrency.PoolFull(MOMENT) from None
    except sandbox.NoAnswer:  # it was more than a core sets in its time
        return _choose(visit, found, dossier, form, "too-long")
    return web.download(content, PDF, shares.sending.file_name("dossier-afest", form.name, ".pdf"))


def _typed(visit: web.Visit) -> DossierForm:
    return DossierForm(
        moment_ids=visit.form.numbers("moment"),
        word_ids=visit.form.numbers("word"),
        name=visit.form.text("name", NAME_LIMIT),
        dates=visit.form.text("dates", DATES_LIMIT),
        share_id=visit.form.number("share"),
    )


def _choose_another(visit: web.Visit, found: Sequence[endorsements.Dossier], form: DossierForm) -> web.Response:
    """What was said is taken back since, or a moment is told otherwise: another place is offered, with what was typed."""
    other = next(iter(found), None)
    return _choose(visit, found, other, _ready(other, form.name, form.dates), "over") if other else visit.go("afest")


def _choose(
    visit: web.Visit,
    found: Sequence[endorsements.Dossier],
    dossier: endorsements.Dossier | None,
    form: DossierForm,
    problem: str = "",
) -> web.Response:
    return visit.page(
        "afest/show.html",
        UNREADABLE if problem else 200,
        dossiers=found,
        dossier=dossier,
        chosen=form,
        shares=_shares_of(visit, dossier) if dossier else [],
        limits={"name": NAME_LIMIT, "dates": DATES_LIMIT},
        problem=problem,
    )


def _ready(dossier: endorsements.Dossier, name: str, dates: str = "") -> DossierForm:
    """What is offered first: each moment that was one is ticked, with what is said of it."""
    return DossierForm(
        moment_ids=[one.view.id for one in dossier.moments if one.is_afest],
        word_ids=[word.id for one in dossier.moments for word in one.words],
        name=name,
        dates=dates,
    )


def _with_moment(found: Sequence[endorsements.Dossier], moment_id: int) -> endorsements.Dossier | None:
    """The one in which that moment is, be it an AFEST still or not."""
    return next((one for one in found if moment_id in {it.view.id for it in one.moments}), None)


def _dossiers(visit: web.Visit) -> list[endorsements.Dossier]:
    return visit.read(endorsements.list_dossiers, visit.holder_id, web.current_registers(visit), visit.now)


def _name_of(visit: web.Visit, dossier: endorsements.Dossier) -> str:
    """As it stands on a badge of the dossier, else as the holder calls themselves here."""
    written = next((card.recipient_name for card in dossier.cards if card.recipient_name), "")
    return (written or visit.authenticated.holder.name)[:NAME_LIMIT]


def _shares_of(visit: web.Visit, dossier: endorsements.Dossier) -> list[shares.OwnedShare]:
    """The holder's open shares that show a badge of the dossier: its code may lead to one of them."""
    mine = visit.read(shares.list_owned_shares, visit.holder_id, visit.services.keyring.unseal, visit.now)
    ids = {card.id for card in dossier.cards}
    return [
        one for one in mine if one.is_open and one.token and not one.is_paused and ids & {it.id for it in one.badges}
    ]


def _set(visit: web.Visit, chosen: endorsements.Dossier, form: DossierForm, share: shares.OwnedShare | None) -> bytes:
    """The PDF; raises NoAnswer, of its family."""
    link = visit.services.address("shared", token=share.token) if share else ""
    cards = {card.id: card for card in chosen.cards}
    kept = [one for one in visit.read(badges.list_badges, visit.holder_id) if one.id in cards] if cards else []
    told, unnamed = (
        json.loads(
            visit.services.pages.render(
                "afest/dossier.txt",
                visit.language,
                dossier=chosen,
                name=name,
                dates=form.dates,
                share=share,
                given=shares.given_to(name, [(cards[one.id], one) for one in kept]).each,
                address=[link.partition("://")[2].removesuffix(share.token), *share.groups] if share else [],
                words=evidence.WORDS,
                level_for_others=badges.level_for_others,
                now=visit.now,
            )
        )
        for name in (form.name, "")
    )
    drawings = {"code": pages.qr_svg(link).decode()} if link else {}
    return sandbox.set_as("dossier", told["words"], drawings, visit.now, unnamed=unnamed["words"])
