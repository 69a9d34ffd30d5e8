"""Files and links come in, by whatever door, and are looked at together."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic

from starlette.datastructures import UploadFile
from starlette.responses import Response

from ... import archive, badges, concurrency, inspection, issuance, network, openbadges
from ...badges import ImportOutcome, NewBadge
from .. import transactions
from ..visit import Visit
from .allowance import Allowance, counted, why_full
from .archives import bring_back
from .keeping import ask_about_endorsements, keep_brought, proven_addresses, sign_in_visitor
from .offers import Offered, look_up, stop_at_offer, stop_at_offers
from .pages import is_of_a_link, show_problems, tell_outcomes

AT_ONCE = 4
"""Files of one upload that are looked at together: one slow issuer does not make all the others wait."""


def import_files(
    visit: Visit,
    uploads: Sequence[UploadFile],
    link: str,
    *,
    unasked: bool = False,
    on_identity: Callable[[], object] | None = None,
) -> Response:
    """Take in files and a link: the good ones are kept whatever the others are; *unasked* what nobody tapped to bring.

    *on_identity* is called where one of them holds somebody's identity: of that nothing stays.
    """
    visit.limit_rate("import", *([visit.holder.id] if visit.holder else []))
    received = sum(upload.size or 0 for upload in uploads)
    if full := why_full(visit, received):
        return show_problems(visit, [ImportOutcome("", "problem", full)], link)
    try:
        if link:
            stop_at_offer(visit, link)
        return _take_in(visit, uploads, link, received, unasked=unasked, on_identity=on_identity)
    except Offered as found:
        return look_up(visit, found.offer, link)
    except issuance.offers.NotTaken as problem:
        return show_problems(visit, [ImportOutcome("", "problem", problem.reason)], link)


def _take_in(
    visit: Visit,
    uploads: Sequence[UploadFile],
    link: str,
    received: int,
    *,
    unasked: bool,
    on_identity: Callable[[], object] | None,
) -> Response:
    """As `import_files`, of *received* bytes, which are counted; raises Offered, NotTaken."""
    allowance = Allowance(visit, received)
    archives = [upload for upload in uploads if archive.is_archive(upload.file)]
    with transactions.storing_files(visit) as shelved:
        on_codes = partial(stop_at_offers, visit) if len(uploads) == 1 and not link else None
        arrived = _look_at(visit, [upload for upload in uploads if upload not in archives], link, shelved, on_codes)
        arrived = counted(visit, arrived, allowance)
        if on_identity and any(
            isinstance(one, ImportOutcome) and one.reason in openbadges.OF_PERSONS for one in arrived
        ):
            on_identity()
        if archives:
            return bring_back(visit, archives, allowance, arrived)
    if not any(isinstance(one, NewBadge) for one in arrived):
        problems = ask_about_endorsements(visit, [one for one in arrived if isinstance(one, ImportOutcome)])
        if any(one.badge_id for one in problems):
            return tell_outcomes(visit, problems)
        nothing = "link-empty" if is_of_a_link(visit) else "nothing-chosen"
        return show_problems(visit, problems or [ImportOutcome("", "problem", nothing)], link)
    token, outcomes = keep_brought(visit, arrived, unasked=unasked)
    return sign_in_visitor(visit, tell_outcomes(visit, ask_about_endorsements(visit, outcomes)), token)


@dataclass(frozen=True, slots=True)
class GivenOffer:
    """An offer that somebody gives for a holder: its text, of which nobody is asked anything."""

    text: str


def look_at_given(
    visit: Visit, holder_id: int, uploads: Sequence[UploadFile], link: str, shelved: set[str]
) -> list[NewBadge | ImportOutcome] | GivenOffer:
    """What somebody who is nobody here gives for that holder, looked at as whatever comes in, and not kept."""
    addresses = visit.read(badges.proven_addresses, holder_id)
    try:
        if link:
            stop_at_offer(visit, link)
        on_codes = partial(stop_at_offers, visit) if len(uploads) == 1 and not link else None
        return _look_at(visit, uploads, link, shelved, on_codes, addresses)
    except Offered as found:
        return GivenOffer(found.text)
    except issuance.offers.NotTaken as problem:
        return [ImportOutcome("", "problem", problem.reason)]


def _look_at(
    visit: Visit,
    uploads: Sequence[UploadFile],
    link: str,
    shelved: set[str],
    on_codes: Callable[[list[str]], object] | None,
    addresses: Sequence[str] | None = None,
) -> list[NewBadge | ImportOutcome]:
    """Each with a way out of its own, and with what tells whether a badge is named to whoever brings it, or whose *addresses*
    are given; *on_codes* as of inspection.Inspection, whose faults are raised."""
    theirs = proven_addresses(visit) if addresses is None else addresses
    counting = partial(visit.services.import_tools, visit.now, theirs, monotonic(), shelved=shelved)

    def look(upload: UploadFile) -> list[NewBadge | ImportOutcome]:
        tools = counting()
        if monotonic() >= tools.inspection.until:
            return [ImportOutcome(inspection.file_label(upload.filename or ""), "problem", "late")]
        tools = replace(tools, inspection=replace(tools.inspection, on_codes=on_codes))
        found = badges.import_file(upload.filename or "", upload.file.read(badges.FILE_LIMIT + 1), tools)
        if on_codes and not any(isinstance(one, NewBadge) for one in found):
            _stop_where_led(visit, found, tools)
        return found

    with ThreadPoolExecutor(AT_ONCE) as together:
        arrived = [one for found in together.map(concurrency.same_requester(look), uploads) for one in found]
    arrived += _look_at_link(visit, link, counting()) if link else []
    return [_told_of_silence(visit, one) for one in arrived]


def _look_at_link(visit: Visit, link: str, tools: badges.ImportTools) -> list[NewBadge | ImportOutcome]:
    """What *link* leads to; raises what `_stop_where_led` raises."""
    arrived = badges.import_link(link, tools)
    _stop_where_led(visit, arrived, tools)
    return arrived


def _stop_where_led(visit: Visit, arrived: Sequence[NewBadge | ImportOutcome], tools: badges.ImportTools) -> None:
    """Raise Offered and NotTaken where a link, or a code's, is a short one, or one of a letter's, that leads to an offer."""
    for one in arrived:
        if isinstance(one, ImportOutcome) and (one.led_to or one.reason in ("link-no-answer", "link-no-badge")):
            stop_at_offers(visit, network.pointed_to(tools.inspection.fetch, one.led_to or one.file_name))


def _told_of_silence(visit: Visit, one: NewBadge | ImportOutcome) -> NewBadge | ImportOutcome:
    """Where nobody answered, at a link or where a code leads: whether anybody may be asked there, as far as the address says it
    itself, and whether that is not us. What its name resolves to is told to nobody (docs/security.md E9); of what is no whole
    address a piece is missing."""
    if not isinstance(one, ImportOutcome) or one.reason not in ("link-no-answer", "code-no-answer"):
        return one
    address = one.led_to or one.file_name
    with suppress(network.NotAnAddress):
        host = issuance.offers.host_of(address)
        is_whole = host == "localhost" or "." in host or ":" in host
        if host == visit.services.settings.host or (is_whole and not visit.services.fetcher.may_lead_to(address)):
            return replace(one, reason=one.reason.replace("no-answer", "not-asked"))
    return one
