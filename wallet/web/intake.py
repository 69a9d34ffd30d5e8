"""Where whatever somebody brings is received: files, a link, archives; each has its own line in the answer.

Whoever brings it may be nobody as yet: the first badge, or the first archive, makes them a visitor.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import Response

from .. import accounts, archive, badges, concurrency, endorsements, evidence, inspection, issuance, openbadges, shares
from ..badges import Card, ImportOutcome, NewBadge
from . import cookies, security_headers, transactions
from .visit import Visit

TOO_BIG, UNREADABLE = 413, 422
TOO_MUCH = {"too-big", "full", "visitors-full"}
NOT_OF_A_FILE = {"nothing-chosen", "busy", "full", "too-many", "visitors-full", "code-too-often"}
"""What another file would not mend."""
AT_ONCE = 4
"""Files of one upload that are looked at together: one slow issuer does not make all the others wait."""
OF_A_SCAN = {
    "link-no-badge": "scan-no-badge",
    "code-no-badge": "scan-no-badge",
    "link-no-answer": "code-no-answer",
    "link-too-often": "code-too-often",
    "no-badge-in-picture": "scan-no-code",
    "nothing-chosen": "scan-nothing",
    "link-empty": "scan-nothing",
    "offer-not-whole": "scan-offer-not-whole",
}
"""What is wrong with a link or a picture, in a word for whoever held a phone before a code."""


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
    if full := _full(visit, received):
        return show_problems(visit, [ImportOutcome("", "problem", full)], link)
    try:
        if link:
            _stop_at_offer(visit, link)
        return _take_in(visit, uploads, link, received, unasked=unasked, on_identity=on_identity)
    except _Offered as found:
        return _look_up(visit, found.offer, link)
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
    """As `import_files`, of *received* bytes, which are counted; raises _Offered, NotTaken."""
    allowance = _Allowance(visit, received)
    archives = [upload for upload in uploads if archive.is_archive(upload.file)]
    with transactions.storing_files(visit) as shelved:
        on_code = partial(_stop_at_offer, visit) if len(uploads) == 1 and not link else None
        arrived = _look_at(visit, [upload for upload in uploads if upload not in archives], link, shelved, on_code)
        arrived = _counted(visit, arrived, allowance)
        if on_identity and any(
            isinstance(one, ImportOutcome) and one.reason in openbadges.OF_PERSONS for one in arrived
        ):
            on_identity()
        if archives:
            return _bring_back(visit, archives, allowance, arrived)
    if not any(isinstance(one, NewBadge) for one in arrived):
        problems = _ask_about_endorsements(visit, [one for one in arrived if isinstance(one, ImportOutcome)])
        if any(one.badge_id for one in problems):
            return _tell(visit, problems)
        nothing = "link-empty" if _is_of_a_link(visit) else "nothing-chosen"
        return show_problems(visit, problems or [ImportOutcome("", "problem", nothing)], link)
    token, outcomes = _keep(visit, arrived, unasked=unasked)
    return _signed_in(visit, _tell(visit, _ask_about_endorsements(visit, outcomes)), token)


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
            _stop_at_offer(visit, link)
        on_code = partial(_stop_at_offer, visit) if len(uploads) == 1 and not link else None
        return _look_at(visit, uploads, link, shelved, on_code, addresses)
    except _Offered as found:
        return GivenOffer(found.text)
    except issuance.offers.NotTaken as problem:
        return [ImportOutcome("", "problem", problem.reason)]


def _ask_about_endorsements(visit: Visit, outcomes: Sequence[ImportOutcome]) -> list[ImportOutcome]:
    """*outcomes*, and of each word among them on which badge of the holder's it waits now, or why it does not."""
    return [_asked(visit, one) if one.brought else one for one in outcomes]


def _asked(visit: Visit, one: ImportOutcome) -> ImportOutcome:
    brought = one.brought
    if brought is None or visit.holder is None or endorsements.why_untrue(brought.found):
        reason = endorsements.why_untrue(brought.found) if brought else ""
        return replace(one, reason=reason or one.reason, brought=None)
    with transactions.storing_files(visit) as shelved:
        name = visit.services.files.keep(brought.document)
        shelved.add(name)
        told = transactions.keep_with_files(
            visit, [name], endorsements.ask_to_keep, visit.holder.id, brought, name, visit.now
        )
    return replace(told, file_name=one.file_name)


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
        _stop_at_offer(visit, text)
    except _Offered as found:
        return _look_up(visit, found.offer, text, on_shown)
    except issuance.offers.NotTaken as problem:
        return show_problems(visit, [ImportOutcome("", "problem", problem.reason)], text)
    return show_problems(visit, [ImportOutcome("", "problem", "offer-not-whole")], text)


def offer_keys(visit: Visit) -> issuance.openid4vci.Keys:
    """By which what waits of an offer is sealed and opened."""
    return issuance.openid4vci.Keys(seal=visit.services.keyring.seal, unseal=visit.services.keyring.unseal)


def take_offer(visit: Visit, id: int, token: str, tx_code: str) -> Response:
    """« Ajouter » : the badges that an offer promises come in by the door of all others; *token* is the browser's secret.

    Nothing is spent where there is no room for them. Raises issuance.Failed, storage.Missing.
    """
    if full := _full(visit, 1) or visit.read(badges.why_no_room, visit.holder):
        return visit.page("offers/failed.html", TOO_BIG, reason=full)
    services, keys = visit.services, offer_keys(visit)
    with transactions.storing_files(visit) as shelved:
        addresses, began = _proven_addresses(visit), monotonic()
        taking = issuance.openid4vci.TakingTools(
            database=services.database,
            keys=keys,
            errand=services.fetcher.for_exchange(),
            may_ask=services.fetcher.may_lead_to,
            import_tools=lambda names: services.import_tools(visit.now, [*addresses, *names], began, shelved=shelved),
            clock=services.clock,
        )
        taken = issuance.openid4vci.take(id, token, visit.holder.id if visit.holder else None, taking, tx_code)
        allowance = _Allowance(visit, _count_what_came(visit, taken.size))
        taken = replace(taken, arrived=tuple(_counted(visit, taken.arrived, allowance)))
    device, outcomes = transactions.keep_with_files(
        visit, taken.files, issuance.openid4vci.keep_taken, taken, visit.holder, keys, visit.now
    )
    _recognise(visit, device)
    _settle_petitions(visit, id, outcomes)
    outcomes = _ask_about_endorsements(visit, outcomes)
    if any(one.badge_id for one in outcomes):
        return _signed_in(visit, _tell(visit, outcomes), device)
    if taken.promised:
        return _signed_in(visit, visit.go("offer.promise", id=id), device)
    known = openbadges.OF_PERSONS | TOO_MUCH | {"too-many"}
    told = [one.reason for one in outcomes if one.reason in known or one.reason.startswith("endorsement")]
    return visit.page("offers/failed.html", UNREADABLE, reason=next(iter(told), "offer-other-kind"))


def _settle_petitions(visit: Visit, offer_id: int, outcomes: Sequence[ImportOutcome]) -> None:
    """Where a structure gave the offer to whoever asked it for a badge, say whether that badge came."""
    if visit.holder is None:
        return
    known = shares.petitions.KnownNow(frameworks=visit.services.frameworks, registers=visit.registers)
    came = {one.badge_id for one in outcomes if one.badge_id}
    visit.keep(shares.petitions.settle_taken, visit.holder.id, offer_id, came, known, visit.now)


def _look_up(
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


class _Offered(Exception):  # what happened
    """What was brought is no badge, but the offer of one."""

    def __init__(self, offer: issuance.offers.Offer, text: str) -> None:
        super().__init__()
        self.offer, self.text = offer, text


def _stop_at_offer(visit: Visit, text: str) -> None:
    """Go no further with *text*, a link or what stands in a code, where it is an offer: raises _Offered, NotTaken.

    A link that stands in such a code is not opened as that of a badge: its host need not be whom the offer is from.
    """
    if offer := _offer_in(visit, text):
        raise _Offered(offer, text)


def _offer_in(visit: Visit, text: str) -> issuance.offers.Offer | None:
    """The offer in *text*; none in a badge that is written out, whose addresses are its own. Raises NotTaken."""
    return None if badges.A_BADGE.match(text) else issuance.offers.find_offer(text, visit.services.fetcher.may_lead_to)


def import_archives(visit: Visit, archives: Sequence[UploadFile]) -> Response:
    """Take in archives, one after the other."""
    # Of an archive only what it brings is kept, and counted then: most of a large one may find no room, and is told.
    if full := _full(visit, 1):
        return visit.page("archive/import.html", TOO_BIG, problems=[ImportOutcome("", "problem", full)])
    return _bring_back(visit, archives, _Allowance(visit, 1))


def _bring_back(
    visit: Visit,
    archives: Sequence[UploadFile],
    allowance: "_Allowance",
    beside: Sequence[NewBadge | ImportOutcome] = (),
) -> Response:
    """Archives, and what was chosen together with them."""
    report, refused, until = archive.ImportReport(), list[ImportOutcome](), monotonic() + archive.LONGEST
    for upload in archives:
        if monotonic() >= until:
            refused.append(ImportOutcome(inspection.file_label(upload.filename or ""), "problem", "late"))
            continue
        visit.limit_rate("archive import", *([visit.holder.id] if visit.holder else []))
        try:
            report.join(
                archive.import_archive(
                    upload.file, visit.holder, _import_context(visit, allowance, until - monotonic())
                )
            )
        except archive.ArchiveRefused as problem:
            refused.append(ImportOutcome(inspection.file_label(upload.filename or ""), "problem", problem.reason))
        _recognise(visit, report.token)
    others = [one for one in beside if isinstance(one, ImportOutcome)]
    if len(others) < len(beside):
        token, outcomes = _keep(visit, beside)
        report.join(archive.ImportReport.of_badges(_ask_about_endorsements(visit, outcomes), token))
    elif len(refused) == len(archives):
        problems = [*refused, *others] or [ImportOutcome("", "problem", "nothing-chosen")]
        return visit.page("archive/import.html", UNREADABLE, problems=problems)
    else:
        report.join(archive.ImportReport.of_badges(_ask_about_endorsements(visit, others)))
    return _signed_in(visit, visit.page("archive/imported.html", back=report, refused=refused), report.token)


def show_problems(visit: Visit, problems: Sequence[ImportOutcome], link: str = "") -> Response:
    """The page from which it was brought, with what is wrong, where there is nothing to keep."""
    status = TOO_BIG if all(one.reason in TOO_MUCH for one in problems) else UNREADABLE
    if visit.form.text("scanned"):
        return show_scanner(
            visit,
            [replace(one, file_name="", reason=OF_A_SCAN.get(one.reason, one.reason)) for one in problems],
            status,
        )
    if not link and not _is_of_a_link(visit) and any(one.reason not in NOT_OF_A_FILE for one in problems):
        return visit.page("badges/not_added.html", status, problems=problems)
    if visit.signed_in or link or _is_of_a_link(visit):
        return visit.page("badges/new.html", status, problems=problems, link=link)
    return visit.page("public/welcome.html", status, problems=problems)


def show_scanner(visit: Visit, problems: Sequence[ImportOutcome] = (), status: int = 200) -> Response:
    """The page on which a code is scanned, which alone may use the camera for a badge."""
    return visit.page("badges/scan.html", status, security_headers.LOOKING, problems=problems)


def show_result(
    visit: Visit, outcomes: Sequence[ImportOutcome] = (), removed: Card | None = None, done: str = ""
) -> Response:
    """What a visitor sees before there is any account."""
    cards = visit.tell(one.card for one in visit.read(badges.list_badges, visit.holder_id))
    if not cards:
        return visit.page("public/welcome.html", problems=outcomes, removed=removed, done=done)
    first = badges.first_told(cards)
    return visit.page(
        "badges/added.html",
        badge=first,
        others=[card for card in cards if card is not first],
        outcomes=outcomes,
        removed=removed,
        done=done,
        until=visit.holder.leaves_at if visit.holder else None,
    )


def _look_at(
    visit: Visit,
    uploads: Sequence[UploadFile],
    link: str,
    shelved: set[str],
    on_code: Callable[[str], object] | None,
    addresses: Sequence[str] | None = None,
) -> list[NewBadge | ImportOutcome]:
    """Each with a way out of its own, and with what tells whether a badge is named to whoever brings it, or whose *addresses*
    are given; *on_code* as of inspection.Inspection, whose faults are raised."""
    theirs = _proven_addresses(visit) if addresses is None else addresses
    counting = partial(visit.services.import_tools, visit.now, theirs, monotonic(), shelved=shelved)

    def look(upload: UploadFile) -> list[NewBadge | ImportOutcome]:
        tools = counting()
        if monotonic() >= tools.inspection.until:
            return [ImportOutcome(inspection.file_label(upload.filename or ""), "problem", "late")]
        tools = replace(tools, inspection=replace(tools.inspection, on_code=on_code))
        return badges.import_file(upload.filename or "", upload.file.read(badges.FILE_LIMIT + 1), tools)

    with ThreadPoolExecutor(AT_ONCE) as together:
        arrived = [one for found in together.map(concurrency.same_requester(look), uploads) for one in found]
    return arrived + (badges.import_link(link, counting()) if link else [])


def store_attachment(
    visit: Visit, taken: evidence.NewAttachment, shelved: set[str], before: int = 0, once: str = ""
) -> dict[str, Any]:
    """Keep the bytes of what was taken in, of which *shelved* learns the names: its columns.

    Raises EvidenceFull, and nothing is kept, where there is no room for it beside *before* bytes of others; *once* as of
    `RateLimits.allow_bytes`.
    """
    visit.read(evidence.need_room, visit.holder_id, before + taken.size)
    if not _allow_bytes(visit, taken.size, once):
        raise evidence.EvidenceFull
    return taken.shelve(visit.services.files.keep, shelved)


def _allow_bytes(visit: Visit, size: int, once: str = "") -> bool:
    """Count so many bytes more of a visitor's network, of what has a name *once*; whoever has a key is not counted."""
    is_kept = visit.holder is not None and visit.holder.is_kept
    return is_kept or visit.services.rate_limits.allow_bytes("visitor", visit.request, size, once)


def _count_what_came(visit: Visit, size: int) -> int:
    """Count so many bytes that an issuer sent, whatever they are: how many are counted.

    They lie in a row already, where nobody knew before how many would come. So what finds no room uses up all that there is,
    and the next tap of that network is told so before anything is asked.
    """
    if _allow_bytes(visit, size):
        return size
    visit.services.rate_limits.use_up_bytes("visitor", visit.request)
    return 0


def _full(visit: Visit, size: int) -> str:
    """Why so many bytes more do not fit, "" when they do; what visitors bring is counted for their network, too."""
    return visit.read(badges.get_room, visit.holder).problem(size) or (
        "" if _allow_bytes(visit, size) else "visitors-full"
    )


@dataclass(slots=True)
class _Allowance:
    """What the network of a visitor may still bring, of which *received* bytes are counted already, as they came."""

    visit: Visit
    received: int

    def allows(self, size: int) -> bool:
        """Count what takes so many bytes on the shelf, as far as it is more than came; False where that is too much."""
        more, self.received = max(0, size - self.received), max(0, self.received - size)
        return not more or _allow_bytes(self.visit, more)


def _counted(
    visit: Visit, arrived: Sequence[NewBadge | ImportOutcome], allowance: _Allowance
) -> list[NewBadge | ImportOutcome]:
    """*arrived*, counted as it lies on the shelf, where a link leads, too; nothing of it is to be kept if it is too much."""
    if allowance.allows(badges.arrivals_size(arrived)):
        return list(arrived)
    transactions.release_files(visit, _files_of(arrived))
    return [
        one
        if isinstance(one, ImportOutcome) and not one.brought
        else ImportOutcome(one.file_name, "problem", "visitors-full")
        for one in arrived
    ]


def _proven_addresses(visit: Visit) -> Sequence[str]:
    """What whoever is known has proven to be theirs."""
    return visit.read(badges.proven_addresses, visit.holder.id) if visit.holder else ()


def _keep(
    visit: Visit, arrived: Sequence[NewBadge | ImportOutcome], *, unasked: bool = False
) -> tuple[str, list[ImportOutcome]]:
    """As badges.keep_or_ask, of which the visit knows afterwards."""
    token, outcomes = transactions.keep_with_files(
        visit, _files_of(arrived), badges.keep_or_ask, visit.holder, arrived, visit.now, unasked=unasked
    )
    _recognise(visit, token)
    return token, outcomes


def _files_of(arrived: Sequence[NewBadge | ImportOutcome]) -> set[str]:
    return {name for one in arrived if isinstance(one, NewBadge) for name in one.files}


def _signed_in(visit: Visit, response: Response, token: str) -> Response:
    """*response*, for whoever was nobody with the cookie of a visitor."""
    return cookies.sign_in(visit, response, token) if token else response


def _recognise(visit: Visit, token: str) -> None:
    """Whoever was nobody is a visitor now."""
    if token:
        visit.signed_in = visit.read(accounts.recognise, token, visit.now)


def _import_context(visit: Visit, allowance: _Allowance, longest: float) -> archive.ImportContext:
    services, addresses = visit.services, _proven_addresses(visit)

    def attach(content: bytes, name: str) -> evidence.NewAttachment:
        """What an archive brings is a stranger's, as what anybody attaches."""
        taken = evidence.clean_attachment(content, name)
        if not allowance.allows(taken.size):
            raise evidence.AttachmentRefused("no-room")
        return taken

    return archive.ImportContext(
        read=visit.read,
        keep=visit.keep,
        import_tools=lambda: services.import_tools(visit.now, addresses),
        seal=services.keyring.seal,
        take_in=attach,
        ours=archive.OurSignature(
            services.signer,
            services.keyring.did_document(services.settings.origin),
            lambda number: services.address("status_list", list=number),
        ),
        allows=allowance.allows,
        kind=accounts.device_kind(visit.user_agent),
        longest=longest,
    )


def _tell(visit: Visit, outcomes: Sequence[ImportOutcome]) -> Response:
    is_kept = bool(visit.holder and visit.holder.is_kept)
    only = outcomes[0] if len(outcomes) == 1 else None
    if only and only.badge_id and (is_kept or only.kind != "added"):
        done = f"{only.kind}-{only.reason}" if only.reason else only.kind
        return visit.go("badge", f"?done={done}", id=only.badge_id)
    if all(one.badge_id for one in outcomes) and not is_kept:
        return visit.go("badges")
    if not is_kept:
        return show_result(visit, outcomes)
    known = visit.registers
    told = [
        replace(one, badge=badges.told_at(one.badge, known, visit.now)) if one.badge else one
        for one in visit.read(badges.add_cards, visit.holder_id, outcomes)
    ]
    called = visit.holder.name if visit.holder else ""
    others = {one.badge.id: shares.other_name(called, one.badge) for one in told if one.badge}
    return visit.page("badges/upload_outcomes.html", outcomes=told, other_names=others)


def _is_of_a_link(visit: Visit) -> bool:
    """Whether the form for a link was sent, and not the one for files."""
    return "link" in visit.form and "documents" not in visit.form
