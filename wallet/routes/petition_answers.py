"""A structure that is asked for a badge: it reads who asks and with what, and answers, without an account and without a script.

No cookie is set or read. GET says who asks and nothing of their proofs; each answer is a POST, with the code that went to the
mailbox of the letter, where there was one.
"""

from functools import partial
from typing import Any, Literal

from .. import accounts, badges, issuance, pages, shares, storage, web

GONE, CLOSED, UNREADABLE, TOO_MUCH, TOO_MANY = 404, 410, 422, 413, 429
TYPED = 2_000
Kind = Literal["give", "lack", "no"]
"""What may be answered: the badge; what is missing; that it is for somebody else."""
KINDS: tuple[Kind, ...] = ("give", "lack", "no")
NO_CODE = {"over": "no-code", "spent": "codes-spent"}
"""What is said where no code goes."""
TOLD_OF_A_LINK = ("link-", "code-", "pdf-", "page-")
"""How the reasons begin that are told as they are: of what was given as a link or as the photo of a code, or leads to one."""


@web.rate_limited("open")
def show(visit: web.Visit) -> web.Response:
    """Who asks for which badge, and the three answers; or why there is nothing to answer."""
    try:
        found = _find(visit)
    except storage.Missing:
        return _page(visit, "petitions/closed.html", GONE, state="unknown")
    if not found.is_open:
        return _closed(visit, found)
    is_robot = accounts.is_robot(visit.user_agent)
    return _page(
        visit,
        "petitions/asked.html",
        name="" if is_robot else found.name,
        proofs="" if is_robot else found.proofs,
        is_lost=not (is_robot or found.proofs),
        skill=shares.petitions.skill_of(found.row, visit.services.frameworks),
        petition=found.row,
        ends_at=found.ends_at,
    )


@web.rate_limited("open")
def answer(visit: web.Visit) -> web.Response:
    """The place for one of the answers, for which a code goes out; or that answer itself."""
    try:
        found = _find(visit)
        kind = next((one for one in KINDS if visit.form.text("kind", 8) == one), None)
        if not found.is_open:
            return _closed(visit, found)
        if kind is None:
            return visit.go("petitioned", _asked(visit), token=visit.part["token"])
        if not visit.services.rate_limits.allow("petition answer", visit.request, (f"petition {found.row.id}",)):
            return _form(visit, found, kind, TOO_MANY, "too-often")
        if visit.form.text("step", 8) != "send":
            return _begin(visit, found, kind)
        return _answer(visit, found, kind)
    except storage.Missing:
        return _page(visit, "petitions/closed.html", GONE, state="unknown", typed=_typed(visit))


def _find(visit: web.Visit) -> shares.petitions.FoundPetition:
    """The petition of the link, which is over where the operator does not know whoever is asked any more. Raises Missing."""
    unseal = visit.services.keyring.unseal
    found = visit.read(shares.petitions.find_petition, visit.part["token"], unseal, visit.now)
    known = shares.petitions.KnownNow(frameworks=visit.services.frameworks, registers=web.current_registers(visit))
    is_known = shares.petitions.is_asked_still(found.row, known, visit.now)
    return found if is_known else shares.petitions.closed(found)


def _begin(visit: web.Visit, found: shares.petitions.FoundPetition, kind: Kind) -> web.Response:
    """The place to answer; a code is on its way to the mailbox of the letter, or there since a while."""
    state = _write_code(visit, found) if _needs_code(visit, found) else "there"
    problem = NO_CODE.get(state, "")
    return _form(visit, found, kind, TOO_MANY if problem else 200, problem, is_sent=state == "sent")


def _write_code(visit: web.Visit, found: shares.petitions.FoundPetition) -> shares.petitions.CodeState:
    keyring = visit.services.keyring
    state = visit.keep(shares.petitions.write_code, found.row.id, keyring.mark, keyring.seal, visit.now)
    if state == "sent":
        visit.services.mail_was_written()
    return state


def _refuse_code(visit: web.Visit, found: shares.petitions.FoundPetition, kind: Kind, outcome: str) -> web.Response:
    """The code that was typed is not the one; where none is there any more, another one is on its way, if one may go."""
    has_tries = outcome == "wrong" and visit.read(shares.petitions.tries_left, found.row.id)
    state = "there" if has_tries else _write_code(visit, found)
    if outcome == "wrong" and state in ("there", "over"):
        return _form(visit, found, kind, UNREADABLE, "code-wrong")
    problem = NO_CODE.get(state, "code-over")
    status = UNREADABLE if problem == "code-over" else TOO_MANY
    return _form(visit, found, kind, status, problem, is_sent=state == "sent")


def _answer(visit: web.Visit, found: shares.petitions.FoundPetition, kind: Kind) -> web.Response:
    """What they answer is kept; what is to be corrected is said, and what was typed stays."""
    sentence = accounts.clean_line(visit.form.text("sentence", TYPED))
    uploads, link = visit.form.files("documents"), visit.form.text("link", issuance.offers.LONGEST)
    if kind == "lack" and not sentence:
        return _form(visit, found, kind, UNREADABLE, "sentence-none")
    if kind == "lack" and len(sentence) > shares.petitions.ANSWER_LIMIT:
        return _form(visit, found, kind, UNREADABLE, "sentence-long")
    if kind == "give" and not (uploads or link):
        return _form(visit, found, kind, UNREADABLE, "badge-none")
    if _needs_code(visit, found):
        mark, code = visit.services.keyring.mark, visit.form.text("code", 40)
        if not accounts.as_typed_meant(code) and _has_code(visit, found):  # no try is spent by whoever typed none
            return _form(visit, found, kind, UNREADABLE, "code-none")
        outcome = visit.keep(shares.petitions.try_code, found.row.id, code, mark, visit.now)
        if outcome != "right":
            return _refuse_code(visit, found, kind, outcome)
    try:
        if kind == "give":
            return _give(visit, found)
        if kind == "lack":
            visit.keep(shares.petitions.say_lacking, found.row.id, sentence, visit.now)
        else:
            visit.keep(shares.petitions.refuse, found.row.id, visit.now)
    except shares.petitions.NotWaiting:
        return _closed(visit, _find(visit))
    return visit.go("petitioned", _asked(visit, "done=1"), token=visit.part["token"])


def _give(visit: web.Visit, found: shares.petitions.FoundPetition) -> web.Response:
    """The badge, by the doors of all badges; kept only where it is the one that is asked for. An offer is for whoever asked to
    take. Raises NotWaiting."""
    uploads, link = visit.form.files("documents"), visit.form.text("link", issuance.offers.LONGEST)
    with web.storing_files(visit) as shelved:
        arrived = web.look_at_given(visit, found.row.holder_id, uploads[:1], "" if uploads else link, shelved)
        if isinstance(arrived, web.GivenOffer):
            web.release_files(visit, shelved)
            seal = visit.services.keyring.seal
            visit.keep(shares.petitions.offer_badge, found.row.id, arrived.text, seal, visit.now)
            return visit.go("petitioned", _asked(visit, "done=1"), token=visit.part["token"])
        given = [one for one in arrived if isinstance(one, badges.NewBadge)]
        why = _why_not(visit, found, given, [one for one in arrived if isinstance(one, badges.ImportOutcome)])
        if why:
            web.release_files(visit, shelved)
            return _form(visit, found, "give", TOO_MUCH if why == "badge-full" else UNREADABLE, why)
        keep = partial(shares.petitions.grant, found=given[0])
        try:
            web.keep_with_files(visit, given[0].files, keep, found.row.id, now=visit.now)
        except shares.petitions.NotKept:
            web.release_files(visit, shelved)
            return _form(visit, found, "give", TOO_MUCH, "badge-full")
    return visit.go("petitioned", _asked(visit, "done=1"), token=visit.part["token"])


def _why_not(
    visit: web.Visit,
    found: shares.petitions.FoundPetition,
    given: list[badges.NewBadge],
    problems: list[badges.ImportOutcome],
) -> str:
    """What is wrong with what was given, as the form says it; "" for the badge that is asked for."""
    if len(given) != 1:
        return "badge-many" if given else _why_none([one.reason for one in problems])
    known = shares.petitions.KnownNow(frameworks=visit.services.frameworks, registers=web.current_registers(visit))
    why = shares.petitions.why_unfit(given[0], found.row, known, visit.now)
    if why == "not-valid" and given[0].examination.why_unknown == "later":
        return "badge-silent"
    return f"badge-{why}" if why else ""


def _why_none(reasons: list[str]) -> str:
    """What is wrong where there is no badge in what was given."""
    if offered := next((one for one in reasons if one.startswith("offer-")), ""):
        return "offer-not-whole" if offered == "offer-not-whole" else "offer-unread"
    told = (one for one in reasons if one == "busy" or one.startswith(TOLD_OF_A_LINK))
    return next(told, "badge-unreadable")


def _needs_code(visit: web.Visit, found: shares.petitions.FoundPetition) -> bool:
    return found.row.is_mailed and visit.services.mailer is not None


def _has_code(visit: web.Visit, found: shares.petitions.FoundPetition) -> bool:
    """Whether a code is in their mailbox that may be typed still."""
    sent_at = visit.read(shares.petitions.code_sent_at, found.row.id)
    is_there = sent_at is not None and visit.now < sent_at + accounts.CODE_LASTS
    return is_there and visit.read(shares.petitions.tries_left, found.row.id) > 0


def _form(
    visit: web.Visit,
    found: shares.petitions.FoundPetition,
    kind: Kind,
    status: int = 200,
    problem: str = "",
    *,
    is_sent: bool = False,
) -> web.Response:
    """The form of an answer; *is_sent*: a code went to the mailbox just now, and is not there already."""
    return _page(
        visit,
        "petitions/answer.html",
        status,
        kind=kind,
        name=found.name,
        skill=shares.petitions.skill_of(found.row, visit.services.frameworks),
        needs_code=_needs_code(visit, found),
        is_sent=is_sent,
        sent_at=visit.read(shares.petitions.code_sent_at, found.row.id),
        tries=visit.read(shares.petitions.tries_left, found.row.id),
        is_file_lost=bool(visit.form.files("documents")),
        problem=problem,
        sentence=visit.form.text("sentence", TYPED),
        given_link=visit.form.text("link", issuance.offers.LONGEST),
        code=visit.form.text("code", 40),
        limit=shares.petitions.ANSWER_LIMIT,
    )


def _typed(visit: web.Visit) -> str:
    """What stays to be copied where it cannot be sent: the sentence, or the link of a badge."""
    return visit.form.text("sentence", TYPED) or visit.form.text("link", issuance.offers.LONGEST)


def _closed(visit: web.Visit, found: shares.petitions.FoundPetition) -> web.Response:
    """That it is answered or over; what was typed stays, to be copied, but the link of a badge that came maybe by it."""
    state = found.row.state if found.row.state in ("granted", "not-ours") else "over"
    typed = visit.form.text("sentence", TYPED) if state == "granted" else _typed(visit)
    return _page(visit, "petitions/closed.html", 200 if state != "over" else CLOSED, state=state, typed=typed)


def _asked(visit: web.Visit, *more: str) -> str:
    """The query of an address to go on to: *more*, and the language if it was chosen by the address, as no cookie keeps it."""
    chosen = web.language_in_address(visit.request)
    told = [*more, *([f"lang={chosen}"] if chosen in pages.LANGUAGES else [])]
    return f"?{'&'.join(told)}" if told else ""


def _page(visit: web.Visit, template: str, status: int = 200, **context: Any) -> web.Response:
    """A page on which nobody is known; where it leads on, the language goes along that was chosen by its address."""
    token, done = visit.part["token"], visit.query.text("done")
    return visit.page(template, status, token=token, done=done, language_asked=_asked(visit), **context)
