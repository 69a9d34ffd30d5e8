"""Offers of badges: found in links and codes, looked up by GETs alone, and taken when somebody says yes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic

from starlette.responses import Response

from ... import badges, issuance, openbadges, shares
from ...badges import ImportOutcome
from .. import cookies, transactions
from ..current_trust import current_registers
from ..visit import Visit
from .allowance import Allowance, count_what_came, counted, why_full
from .keeping import ask_about_endorsements, proven_addresses, recognise_visitor, sign_in_visitor
from .pages import TOO_BIG, TOO_MUCH, UNREADABLE, show_problems, tell_outcomes


def show_offered(visit: Visit, *texts: str) -> Response | None:
    """« Un badge pour vous », of the first of *texts* in which one is offered; None where there is none.

    Nobody is asked and nothing is kept: whoever wrote the link may have made any browser open it.
    """
    for text in texts:
        try:
            offer = _offer_in(visit, text)
        except issuance.offers.NotTaken as problem:
            return show_problems(visit, [ImportOutcome("", "problem", problem.reason)], text)
        if offer:
            return visit.page("offers/offered.html", host=issuance.offers.asked_host(offer), link=text)
    return None


def offering_host(visit: Visit, text: str) -> str:
    """The host that would be asked for what *text* offers; "" where nothing can be made of it."""
    try:
        offer = _offer_in(visit, text)
    except issuance.offers.NotTaken:
        return ""
    return issuance.offers.asked_host(offer) if offer else ""


def look_up_given(visit: Visit, text: str, on_shown: Callable[[int], object]) -> Response:
    """Ask what an offer promises that somebody gave for this holder, as of one that they paste; *on_shown* learns its number."""
    visit.limit_rate("import", visit.holder_id)
    try:
        stop_at_offer(visit, text)
    except Offered as found:
        return look_up(visit, found.offer, text, on_shown)
    except issuance.offers.NotTaken as problem:
        return show_problems(visit, [ImportOutcome("", "problem", problem.reason)], text)
    return show_problems(visit, [ImportOutcome("", "problem", "offer-not-whole")], text)


def offer_keys(visit: Visit) -> issuance.openid4vci.Keys:
    """By which what waits of an offer is sealed and opened."""
    return issuance.openid4vci.Keys(seal=visit.services.keyring.seal, unseal=visit.services.keyring.unseal)


def take_offer(visit: Visit, id: int, token: str, tx_code: str) -> Response:
    """« Ajouter » : the badges that an offer promises come in by the door of all others; *token* is the browser's secret.

    Nothing is spent where there is no room for them; the second of two taps needs none. Raises issuance.Failed, storage.Missing.
    """
    services, keys, whose = visit.services, offer_keys(visit), visit.holder.id if visit.holder else None
    full = why_full(visit, 1) or visit.read(badges.why_no_room, visit.holder)
    if full and not visit.read(issuance.openid4vci.is_settled, id, token, whose, keys, visit.now):
        return visit.page("offers/failed.html", TOO_BIG, reason=full)
    with transactions.storing_files(visit) as shelved:
        addresses, began = proven_addresses(visit), monotonic()
        taking = issuance.openid4vci.TakingTools(
            database=services.database,
            keys=keys,
            asking=services.fetcher.for_exchange(),
            may_ask=services.fetcher.may_lead_to,
            import_tools=lambda names: services.import_tools(visit.now, [*addresses, *names], began, shelved=shelved),
            clock=services.clock,
        )
        taken = issuance.openid4vci.take(id, token, whose, taking, tx_code)
        allowance = Allowance(visit, count_what_came(visit, taken.size))
        taken = replace(taken, arrived=tuple(counted(visit, taken.arrived, allowance)))
    device, outcomes = transactions.keep_with_files(
        visit, taken.files, issuance.openid4vci.keep_taken, taken, visit.holder, keys, visit.now
    )
    recognise_visitor(visit, device)
    _settle_petitions(visit, id, outcomes)
    outcomes = ask_about_endorsements(visit, outcomes)
    if any(one.badge_id for one in outcomes):
        return sign_in_visitor(visit, tell_outcomes(visit, outcomes), device)
    if taken.later:
        return sign_in_visitor(visit, visit.go("offer.promise", id=id), device)
    known = openbadges.OF_PERSONS | TOO_MUCH | {"too-many", "busy"}
    reasons = ["busy" if one.reason == "late" else one.reason for one in outcomes]
    told = [reason for reason in reasons if reason in known or reason.startswith("endorsement")]
    reason, prepared = next(iter(told), "offer-other-kind"), taken.progress and taken.progress.prepared
    return visit.page("offers/failed.html", UNREADABLE, id=id, prepared=prepared, reason=reason)


def _settle_petitions(visit: Visit, offer_id: int, outcomes: Sequence[ImportOutcome]) -> None:
    """Where a structure gave the offer to whoever asked it for a badge, say whether that badge came."""
    if visit.holder is None:
        return
    known = shares.petitions.KnownNow(frameworks=visit.services.frameworks, registers=current_registers(visit))
    came = {one.badge_id for one in outcomes if one.badge_id}
    visit.keep(shares.petitions.settle_taken, visit.holder.id, offer_id, came, known, visit.now)


def look_up(
    visit: Visit, offer: issuance.offers.Offer, link: str, on_shown: Callable[[int], object] = lambda _id: None
) -> Response:
    """Ask what *offer* promises, by GETs alone, and keep that until somebody says yes."""
    services = visit.services
    try:
        prepared = issuance.openid4vci.prepare(
            offer, services.fetcher.for_exchange(), services.fetcher.may_lead_to, visit.language
        )
    except (issuance.offers.NotTaken, issuance.Failed) as problem:
        return show_problems(visit, [ImportOutcome("", "problem", problem.reason)], link)
    whose = visit.holder.id if visit.holder else None
    id, token = visit.keep(issuance.openid4vci.keep_prepared, prepared, whose, services.keyring.seal, visit.now)
    on_shown(id)
    response, path = visit.go("offer", id=id), services.path("offer", id=id)
    return cookies.set_cookie(visit, response, cookies.OFFER_COOKIE, token, issuance.openid4vci.OFFER_LASTS, path)


class Offered(Exception):  # what happened
    """What was brought is no badge, but the offer of one."""

    def __init__(self, offer: issuance.offers.Offer, text: str) -> None:
        super().__init__()
        self.offer, self.text = offer, text


def stop_at_offer(visit: Visit, text: str) -> None:
    """Go no further with *text*, a link or what stands in a code, where it is an offer: raises Offered, NotTaken.

    A link that stands in such a code is not opened as that of a badge: its host need not be whom the offer is from.
    """
    if offer := _offer_in(visit, text):
        raise Offered(offer, text)


def stop_at_offers(visit: Visit, texts: Sequence[str]) -> None:
    """As `stop_at_offer`, of several: the first that can be taken, else why the first cannot. One poster has a code for each app."""
    refused = list[issuance.offers.NotTaken]()
    for text in texts:
        try:
            stop_at_offer(visit, text)
        except issuance.offers.NotTaken as problem:
            refused.append(problem)
    if refused:
        raise refused[0]


def _offer_in(visit: Visit, text: str) -> issuance.offers.Offer | None:
    """The offer in *text*; none in a badge that is written out, whose addresses are its own. Raises NotTaken."""
    text = openbadges.strip_unseen(text)
    return None if badges.A_BADGE.match(text) else issuance.offers.find_offer(text, visit.services.fetcher.may_lead_to)
