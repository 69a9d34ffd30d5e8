"""« Comprendre ces badges » and « Demander ces compétences »: what employers read, and ask for, without an account.

No cookie is read or set here. Who makes a call has a secret link, shown once: with it they read who answered, in the order in
which they came, and nothing by which people could be counted or compared.
"""

from .. import accounts, pages, shares, storage, web

TOO_MANY, UNREADABLE, GONE = 429, 422, 404
TYPED = 2_000
"""Characters of one field that are given back."""
MADE, CLOSED = "made", "closed"


def understand(visit: web.Visit) -> web.Response:
    """What the badges mean, for somebody who has a minute."""
    return visit.page("calls/understand.html", framework=visit.services.frameworks[0], query=_asked(visit))


def new(visit: web.Visit) -> web.Response:
    """The place to ask."""
    return _form(visit, shares.calls.CallForm())


def redraw(visit: web.Visit) -> web.Response:
    """As it was filled in."""
    return _form(visit, _typed(visit))


def create(visit: web.Visit) -> web.Response:
    """Make the two links: the one for the announcement, and the secret one, which leads to the answers."""
    form = _typed(visit)
    if problems := shares.calls.form_problems(form):
        return _form(visit, form, UNREADABLE, problems=problems)
    if not visit.services.rate_limits.allow("call", visit.request, ()):
        return _form(visit, form, TOO_MANY, problem="too-often")
    try:
        made = visit.keep(shares.calls.create_call, form, visit.now)
    except shares.calls.TooManyCalls:
        return _form(visit, form, TOO_MANY, problem="full")
    return visit.go("call.own", _asked(visit, f"done={MADE}"), secret=made.secret)


@web.rate_limited("open")
def own(visit: web.Visit) -> web.Response:
    """What the employer keeps: the link of the announcement, its code, and who answered."""
    try:
        call = visit.read(shares.calls.find_own_call, visit.part["secret"], visit.services.keyring.unseal, visit.now)
    except storage.Missing:
        return visit.page("calls/gone.html", GONE, is_own=True)
    return visit.page(
        "calls/own.html",
        call=call,
        skills=shares.calls.asked_skills(visit.services.frameworks, call.places),
        link=visit.services.address("call", code=call.code),
        own_link=visit.services.address("call.own", secret=visit.part["secret"]),
        secret=visit.part["secret"],
        done=visit.query.text("done"),
        query=_asked(visit),
    )


def close(visit: web.Visit) -> web.Response:
    """Nobody answers any more."""
    try:
        visit.keep(shares.calls.close_call, visit.part["secret"], visit.now)
    except storage.Missing:
        return visit.page("calls/gone.html", GONE, is_own=True)
    return visit.go("call.own", _asked(visit, f"done={CLOSED}"), secret=visit.part["secret"])


@web.rate_limited("open")
def qr(visit: web.Visit) -> web.Response:
    """The code of the announcement, as a drawing."""
    return web.show_drawing(pages.qr_svg(_link(visit)), "image/svg+xml")


@web.rate_limited("open")
def qr_picture(visit: web.Visit) -> web.Response:
    """The same as a picture to put into it."""
    return web.download(pages.qr_png(_link(visit)), "image/png", "qr-code.png")


@web.rate_limited("open")
def report(visit: web.Visit) -> web.Response:
    """The place to say that a call is wrong; thanks, when it was said."""
    return _report(visit, is_made=visit.query.text("done") == MADE)


def make_report(visit: web.Visit) -> web.Response:
    """Keep what was said, for the operator."""
    try:
        return _make_report(visit)
    except storage.Missing:
        return visit.page("calls/gone.html", GONE, is_own=False)


def _make_report(visit: web.Visit) -> web.Response:
    reason = visit.form.text("reason")
    if reason not in shares.calls.REPORT_REASONS:
        return _report(visit, UNREADABLE, problem="choose")
    call, limits = visit.read(shares.calls.find_call, visit.part["code"], visit.now), visit.services.rate_limits
    # By the call and not by what was typed: each way to write its code would count anew, and so would what is no code at all.
    if not limits.allow("report here", visit.request, (f"call {call.id} {limits.network(visit.request)}",)):
        return _report(visit, TOO_MANY, problem="said-here")
    if not limits.allow("report", visit.request, ()):
        return _report(visit, TOO_MANY, problem="too-often")
    visit.keep(shares.calls.report_call, call.id, reason, visit.now)
    return visit.go("call.report", _asked(visit, f"done={MADE}"), code=visit.part["code"])


def _link(visit: web.Visit) -> str:
    """Where the announcement leads; raises Missing where the call is over."""
    call = visit.read(shares.calls.find_call, visit.part["code"], visit.now)
    return visit.services.address("call", code=call.code)


def _form(
    visit: web.Visit,
    form: shares.calls.CallForm,
    status: int = 200,
    *,
    problems: list[str] | None = None,
    problem: str = "",
) -> web.Response:
    return visit.page(
        "calls/new.html",
        status,
        form=form,
        problems=problems or [],
        problem=problem,
        frameworks=visit.services.frameworks,
        limits=shares.calls.LIMITS,
        most=shares.calls.MOST_PLACES,
        query=_asked(visit),
    )


def _typed(visit: web.Visit) -> shares.calls.CallForm:
    """What was typed, as text and nothing else, and what was chosen of each skill."""
    return shares.calls.CallForm(
        title=accounts.clean_line(visit.form.text("title", TYPED)),
        employer=accounts.clean_line(visit.form.text("employer", TYPED)),
        places=tuple(_places(visit)),
    )


def _places(visit: web.Visit) -> list[str]:
    """Of each skill for which a level was chosen, its place."""
    return [
        f"{name}/{level.key}"
        for framework in visit.services.frameworks
        for competency in framework.competencies
        for name in [f"{framework.id}/{competency.key}"]
        for level in framework.levels
        if visit.form.text(name) == level.key
    ]


def _report(visit: web.Visit, status: int = 200, *, problem: str = "", is_made: bool = False) -> web.Response:
    try:
        call = visit.read(shares.calls.find_call, visit.part["code"], visit.now)
    except storage.Missing:
        if not is_made:  # one that was stopped since it was said keeps its thanks
            return visit.page("calls/gone.html", GONE, is_own=False)
        call = None
    return visit.page(
        "calls/report.html",
        status,
        call=call,
        code=visit.part["code"],
        problem=problem,
        is_made=is_made,
        reason=visit.form.text("reason"),
        query=_asked(visit),
    )


def _asked(visit: web.Visit, *more: str) -> str:
    """The query of an address to go on to: *more*, and the language if it was chosen by the address, as no cookie keeps it."""
    chosen = web.language_in_address(visit.request)
    told = [*more, *([f"lang={chosen}"] if chosen in pages.LANGUAGES else [])]
    return f"?{'&'.join(told)}" if told else ""
