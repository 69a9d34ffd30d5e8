"""« Demander un badge »: whoever misses a skill on their map asks somebody whom the operator knows, with proofs that they choose."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from .. import badges, competencies, evidence, issuance, openbadges, shares, storage, trust, web

UNREADABLE, CONFLICT = 422, 409
REFUSED: Mapping[type[Exception], str] = {
    shares.petitions.TooManyPetitions: "too-many",
    shares.petitions.AddressIsFull: "address-full",
    shares.TooManyShares: "too-many-shares",
    storage.Missing: "badge-gone",
}
SENT, REMINDED = "sent", "reminded"


def new(visit: web.Visit) -> web.Response:
    """What is asked for; of whom; with what: one after the other, each with what is chosen already in the address. Where the same
    is asked of them already nothing is chosen anew, for it would not be sent: what they see is changed on its page."""
    skill = _skill(visit, visit.query.text("place", 200))
    if skill is None:
        return _choose_skill(visit)
    row = _structure(visit, skill, visit.query.text("to", 1000))
    if row is None:
        return visit.page(
            "petitions/whom.html",
            skill=skill,
            rows=_structures(visit, skill),
            story=visit.query.number("moment"),
        )
    if (waiting := _waiting(visit, skill, row)) is not None:
        return visit.go("petition", id=waiting)
    return _choose_proofs(visit, skill, row, None)


def redraw(visit: web.Visit) -> web.Response:
    """With what is ticked and was typed, and with what was looked for."""
    skill, row = _asked_of(visit)
    if skill is None or row is None:
        return visit.go("petition.new")
    return _choose_proofs(visit, skill, row, _draft(visit), words=visit.form.text("q", 100))


def create(visit: web.Visit) -> web.Response:
    """« Envoyer ma demande »: a share of sixty days for them alone."""
    if "seek" in visit.form:
        return redraw(visit)
    skill, row = _asked_of(visit)
    if skill is None or row is None:
        return visit.go("petition.new")
    if (waiting := _waiting(visit, skill, row)) is not None:
        # It stays as it is, whatever was ticked since on a page of before.
        return visit.go("petition", id=waiting)
    draft = _draft(visit)
    if problems := [one for one in shares.form_problems(draft, visit.now) if not one.startswith("date")]:
        return _choose_proofs(visit, skill, row, draft, problem=problems[0])
    if not visit.services.rate_limits.allow("petition", visit.request, (visit.holder_id,)):
        return _choose_proofs(visit, skill, row, draft, problem="too-often")
    asked = shares.petitions.Asked(
        place=_place(skill),
        row=row,
        choice=replace(
            shares.form_choice(draft, visit.now),
            ends_at=visit.now + shares.petitions.PETITION_LASTS,
            purpose=row.name[: shares.PURPOSE_LIMIT],
        ),
        language=visit.services.settings.language,  # that of whoever asks says nothing of whom they ask
        has_mailer=visit.services.mailer is not None,
    )
    back_id, seal = visit.authenticated.device.return_id, visit.services.keyring.seal
    try:
        id = visit.keep(shares.petitions.create_petition, visit.holder_id, asked, seal, visit.now, back_id)
    except tuple(REFUSED) as refused:
        return _choose_proofs(visit, skill, row, draft, problem=REFUSED[type(refused)])
    if asked.is_mailed:
        visit.services.mail_was_written()
    return visit.go("petition", f"?done={SENT}", id=id)


def show(visit: web.Visit) -> web.Response:
    """What was asked for, what came of it, and the link where the holder brings it themselves."""
    told, unseal = _own(visit), visit.services.keyring.unseal
    offer = shares.petitions.offer_of(told.row, unseal)
    skill = shares.petitions.skill_of(told.row, visit.services.frameworks)
    matches = {row.match for row in _structures(visit, skill)} if skill else set[str]()
    host, known_host = web.offering_host(visit, offer) if offer else "", openbadges.host_of(told.row.issuer)
    return visit.page(
        "petitions/show.html",
        petition=told,
        host=host,
        other_host=known_host if host and not f".{host}".endswith(f".{known_host}") else "",
        skill=skill,
        whom={"they" if match == told.row.issuer else "others" for match in matches},
        link=visit.services.address("petitioned", token=told.token) if told.token and told.is_known else "",
        is_mailbox=shares.petitions.is_mailbox(told.asks_at),
        done=visit.query.text("done"),
    )


def look_up_offer(visit: web.Visit) -> web.Response:
    """« Ajouter mon badge »: the offer that they gave, by the door of all offers; what came of it where it is there no more."""
    id, told = visit.part["id"], _own(visit)
    offer = shares.petitions.offer_of(told.row, visit.services.keyring.unseal)
    if not offer or told.is_promised:  # taken before, or in another tab, or answered anew meanwhile
        return visit.go("petition", id=id)
    return web.look_up_given(
        visit, offer, lambda shown: visit.keep(shares.petitions.note_offer, shown, visit.holder_id, id)
    )


def remind(visit: web.Visit) -> web.Response:
    """One letter more, and no other, to the address that the operator gives now; none to whom the operator does not know any
    more, who could not answer."""
    keys, told = (visit.services.keyring.seal, visit.services.keyring.unseal), _own(visit)
    goes = told.may_remind and visit.keep(
        shares.petitions.remind, visit.holder_id, visit.part["id"], told.asks_at, keys, visit.now
    )
    if goes:
        visit.services.mail_was_written()
    return visit.go("petition", f"?done={REMINDED}" if goes else "", id=visit.part["id"])


def mark_seen(visit: web.Visit) -> web.Response:
    """They have read what came of it: it leaves their path."""
    visit.keep(shares.petitions.mark_seen, visit.holder_id, visit.part["id"], visit.now)
    return visit.go("path")


def _own(visit: web.Visit) -> shares.petitions.OwnPetition:
    """The petition of this address; raises Missing."""
    unseal = visit.services.keyring.unseal
    found = visit.read(shares.petitions.get_petition, visit.holder_id, visit.part["id"], unseal, visit.now)
    known = shares.petitions.KnownNow(frameworks=visit.services.frameworks, registers=web.current_registers(visit))
    promised = visit.read(issuance.openid4vci.promised_offers, visit.holder_id, visit.now)
    return shares.petitions.as_known(found, known, promised, visit.now)


def _skill(visit: web.Visit, place: str) -> shares.calls.AskedSkill | None:
    return next(iter(shares.calls.asked_skills(visit.services.frameworks, [place])), None)


def _asked_of(visit: web.Visit) -> tuple[shares.calls.AskedSkill | None, trust.Row | None]:
    """For which skill the form asks, and whom; None for what the operator does not know any more."""
    skill = _skill(visit, visit.form.text("place", 200))
    return skill, _structure(visit, skill, visit.form.text("to", 1000)) if skill else None


def _waiting(visit: web.Visit, skill: shares.calls.AskedSkill, row: trust.Row) -> int | None:
    """The petition of the same skill to the same structure that waits already, by its id; None for none."""
    return visit.read(shares.petitions.find_waiting, visit.holder_id, _place(skill), row.match, visit.now)


def _place(skill: shares.calls.AskedSkill) -> str:
    return f"{skill.framework.id}/{skill.competency.key}/{skill.level.key}"


def _structures(visit: web.Visit, skill: shares.calls.AskedSkill) -> list[trust.Row]:
    return skill.framework.whom_to_ask(web.current_registers(visit), visit.now)


def _structure(visit: web.Visit, skill: shares.calls.AskedSkill, match: str) -> trust.Row | None:
    return next((row for row in _structures(visit, skill) if row.match == match), None)


def _choose_skill(visit: web.Visit) -> web.Response:
    """What they miss, of all that somebody may be asked for."""
    frameworks = web.current_frameworks(visit)
    others = partial(shares.names_of_others, visit.holder.name if visit.holder else "")
    maps = visit.read(competencies.get_maps, frameworks, visit.holder_id, visit.now, others)
    found = [drawn for drawn in maps if drawn.framework.whom_to_ask(web.current_registers(visit), visit.now)]
    places = shares.petitions.places_to_ask_for(found)
    return visit.page(
        "petitions/skill.html",
        skills=shares.calls.asked_skills(visit.services.frameworks, places),
        is_nobody=not found,
        story=visit.query.number("moment"),
    )


def _draft(visit: web.Visit) -> shares.ShareForm:
    pairs = [tuple(map(web.whole_number, text.partition("-")[::2])) for text in visit.form.texts("moment")]
    return shares.ShareForm(
        badge_ids=frozenset(visit.form.numbers("badge")),
        name=visit.form.text("name", 200),
        pairs=frozenset((badge, moment) for badge, moment in pairs if badge is not None and moment is not None),
        endorsements=frozenset(filter(None, map(shares.choice_written, visit.form.texts("endorsement")))),
    )


def _choose_proofs(
    visit: web.Visit,
    skill: shares.calls.AskedSkill,
    row: trust.Row,
    draft: shares.ShareForm | None,
    *,
    problem: str = "",
    words: str = "",
) -> web.Response:
    """The badges, moments and words that go with it; what is good is ticked, and of the moments the one that they come from."""
    kept = visit.read(badges.list_badges, visit.holder_id)
    moments = visit.read(evidence.view_all_moments, visit.holder_id)
    told = [one for one in moments if one.told_at and not one.is_empty]
    if draft is None:
        wanted = [one for one in kept if badges.is_wanted(one)]
        draft = shares.ShareForm(
            badge_ids=frozenset(one.id for one in wanted if one.may_be_shown),
            name=shares.first_name(visit.holder, wanted),
            pairs=frozenset(_pairs_of(told, visit.query.number("moment"), {one.id for one in wanted})),
        )
    showable = [card for card in web.told_now(visit, (one.card for one in kept)) if not card.is_spoiled]
    return visit.page(
        "petitions/proofs.html",
        {"": 200, "too-many": CONFLICT, "address-full": CONFLICT, "too-many-shares": CONFLICT}.get(problem, UNREADABLE),
        skill=skill,
        row=row,
        place=_place(skill),
        is_mailed=shares.petitions.takes_letters(row.asks_at) and visit.services.mailer is not None,
        showable=showable,
        chooser=shares.chooser_of(showable, draft.badge_ids, words),
        by_link={one.id for one in kept if badges.came_by_link(one)},
        bearing=set[int](),
        tellings=told,
        offered=visit.read(
            shares.offered_endorsements,
            visit.holder_id,
            kept,
            {one.id: evidence.moment_as_json(one) for one in told},
            visit.now,
        ),
        draft=draft,
        ends_at=visit.now + shares.petitions.PETITION_LASTS - timedelta(seconds=1),
        problem=problem,
    )


def _pairs_of(
    told: Sequence[evidence.EvidenceView], moment_id: int, badge_ids: set[int]
) -> list[shares.MomentAndBadge]:
    return [(id, one.id) for one in told if one.id == moment_id for id in one.badge_ids if id in badge_ids][:1]
