"""The doors of the routes: who may enter, what of the request is received, and that nothing waits in async.

A door takes a handler `(visit) -> Response` and makes the endpoint of it that Starlette wants. Async stops here:
the body is received first, then who asks is looked up and the handler runs, all in a thread; what lies ready is given
without one, and before anything is received. Whoever may not enter is shown the way; what is not there, or somebody else's, is one and the same page
(docs/security.md B9).

A handler that waits for strangers or for the shelf says so in the map (`waits`): it runs in threads apart (concurrency/pools.py), and
whoever finds no place there reads at once that too many are here, with what they typed. « Tout effacer » alone does not:
whoever leaves waits for nobody, and a shelf that is silent is asked again by the chores (operations/erasure.py).
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from functools import partial, wraps
from http import HTTPStatus
from typing import Any, Concatenate

from python_multipart.multipart import parse_options_header
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from .. import accounts, concurrency, storage
from . import body_limits, forms, layout, navigation, service_worker
from .cookies import RETURNING_COOKIE
from .downloads import problem_for_machine
from .page_cache import ReadyPage
from .security_headers import FOR_STRANGERS, MACHINES
from .services import Services
from .visit import P, Visit

Handler = Callable[[Visit], Response]
Glimpse = Callable[[Visit], ReadyPage | None]
Endpoint = Callable[[Request], Any]
Waits = str | Callable[[Request, FormData], str]
"""The pool in whose threads a handler runs, "" for those of all; or what says it of a request and its form."""

SELDOM, SELDOM_ON_SHARED = timedelta(days=1), timedelta(minutes=1)
"""How often it is written down that a device was used."""
KEPT = {"key", "fresh"}
"""Doors that a visitor does not pass."""
UNKNOWN = {"stranger", "ready"}
"""Doors where nobody is known."""
FILES_LIMIT, FIELD_LIMIT = 100, 256 * 1024
"""Files, and bytes of one field: the longest text that one may tell fits in any letters, as forms write them."""
FORM_FIELDS, UPLOAD_FIELDS = 6000, 64
"""Fields of a form: a box for each badge that a holder may keep; fewer beside files, where each one costs more: as many as go
with a draft that tells all there is, with two beside each of its twenty files."""
LETTERS = frozenset({b"utf-8", b"utf8", b"us-ascii", b"iso-8859-1"})
"""In which a form with files may say that it is written; browsers say nothing."""
WHOLE = frozenset({"application/json", "application/ld+json", "application/vc+ld+json", "text/plain"})
"""Kinds of bodies that are no forms: they are received as they came."""
SHARED, ASKED_FOR = "shared", "next"
"""Fields: whether others use this computer, and what is asked for behind a key shown just now."""
NOT_TYPED = {"here", SHARED, "visible", "turn", "on", "newest"}
"""Fields that say where a form stands, or which way a switch was tapped: beside them nothing was typed or chosen."""
NO_FIELDS = forms.Fields(FormData())
log = logging.getLogger("wallet")


def anyone(
    handler: Handler,
    *,
    redraw: Handler | None = None,
    offline: bool = False,
    takes: int = body_limits.FORM,
    waits: Waits = "",
) -> Endpoint:
    """A door that lets everyone in; the handler sees who is signed in, if anyone.

    *redraw*, here and below: what gives the page again with what stands in its form, where it is asked for in the other language
    (forms.is_asked_again): *handler* is not called then. Where there is none, they are led back to where they came from.
    *offline*: their phone keeps the page, and what it is seen with, for when there is no Internet (web/service_worker.py).
    *takes*: how many bytes may come; no door takes files that does not say FILES or more (web/body_limits.py).
    *waits*: in which threads the handler waits for others.
    """
    return _door(handler, needs="nobody", redraw=redraw, offline=offline, takes=takes, waits=waits)


def reader(handler: Handler, *, offline: bool = False) -> Endpoint:
    """As `anyone`, for a page that says the same to all: while the database does not answer, they read it as nobody."""
    return _door(handler, needs="page", offline=offline)


def ready(handler: Handler) -> Endpoint:
    """As `stranger`, for what lies in memory: it is given at once, and waits for no thread that waits for something else."""
    return _door(handler, needs="ready")


def stranger(
    handler: Handler,
    at_once: Glimpse | None = None,
    *,
    redraw: Handler | None = None,
    takes: int = body_limits.FORM,
    waits: Waits = "",
) -> Endpoint:
    """A door where nobody is known: no cookie is read (the recruiter's page, pictures of a share).

    *at_once* is asked before all else that a request passes (web/security_headers.py), and gives the page where it lies
    ready. It waits for nothing but one read of SQLite, so it needs no thread, which would cost more than all the rest;
    where the database is elsewhere, it is not asked (`glimpse`).
    """
    return _door(handler, needs="stranger", at_once=at_once, redraw=redraw, takes=takes, waits=waits)


def visitor(
    handler: Handler,
    *,
    redraw: Handler | None = None,
    offline: bool = False,
    takes: int = body_limits.FORM,
    waits: Waits = "",
) -> Endpoint:
    """A door for whoever has a wallet here, with or without a key."""
    return _door(handler, needs="visitor", redraw=redraw, offline=offline, takes=takes, waits=waits)


def signed_in(
    handler: Handler,
    *,
    redraw: Handler | None = None,
    offline: bool = False,
    takes: int = body_limits.FORM,
    waits: Waits = "",
) -> Endpoint:
    """A door for holders with a key; others are shown the entry."""
    return _door(handler, needs="key", redraw=redraw, offline=offline, takes=takes, waits=waits)


def confirmed(handler: Handler, *, redraw: Handler | None = None, waits: Waits = "") -> Endpoint:
    """A door for holders who showed a key or the rescue paper just now; others are asked to (docs/security.md A4)."""
    return _door(handler, needs="fresh", redraw=redraw, waits=waits)


def with_files(_request: Request, form: FormData) -> str:
    """Files of strangers are looked at in children; a form without any waits for nobody."""
    return concurrency.STRANGERS if forms.holds_file(form) else ""


def rate_limited(what: str) -> Callable[[Handler], Handler]:
    """Before the handler, one more of *what* is counted for whoever is known, and for their network; 429 beyond the limit."""

    def limited(handler: Handler) -> Handler:
        @wraps(handler)
        def answer(visit: Visit) -> Response:
            visit.limit_rate(what, *([visit.holder.id] if visit.holder else []))
            return handler(visit)

        return answer

    return limited


def requires_mail(handler: Callable[Concatenate[Visit, P], Response]) -> Callable[Concatenate[Visit, P], Response]:
    """Where no mail server is told there is no such page."""

    @wraps(handler)
    def answer(visit: Visit, /, *args: P.args, **kwargs: P.kwargs) -> Response:
        if visit.services.mailer is None:
            raise storage.Missing
        return handler(visit, *args, **kwargs)

    return answer


def static_page(template: str, **context: Any) -> Handler:
    """A handler that shows a page which says the same to all."""
    return lambda visit: visit.page(template, **context)


def keeps(act: Callable[Concatenate[Session, int, ...], object], to: str, query: str = "", *parts: str) -> Handler:
    """A handler that keeps what *act* writes of the holder and of whatever the address names at this moment, and then goes
    to the page *to*, which has these *parts* of the address, too; in *query* they stand as `{id}`."""

    def answer(visit: Visit) -> Response:
        visit.keep(act, visit.holder_id, *visit.part.values(), visit.now)
        return visit.go(to, query.format(**visit.part), **{name: visit.part[name] for name in parts})

    return answer


def _door(
    handler: Handler,
    needs: str,
    at_once: Glimpse | None = None,
    *,
    redraw: Handler | None = None,
    offline: bool = False,
    takes: int = body_limits.FORM,
    waits: Waits = "",
) -> Endpoint:
    async def answer(request: Request, form: FormData, body: bytes = b"") -> Response:
        # Programs read no page, and what else they say is passed over (RFC 6749, 3.2).
        is_asked_again = forms.is_asked_again(form) and not request.url.path.startswith(MACHINES)
        act = (redraw or navigation.go_back) if is_asked_again else handler
        work = partial(_answer, act, needs, offline, request, form, body)
        name = waits if isinstance(waits, str) else waits(request, form)
        if is_asked_again or not name:
            return await run_in_threadpool(work)
        services: Services = request.app.state.services
        network = services.rate_limits.network(request)
        try:
            return await services.pools[name].run(network, concurrency.run_for(concurrency.Requester(network), work))
        except concurrency.PoolFull as full:
            # Who asks for a sheet can ask again, and nothing of ours is broken: it is set once, and then lies ready.
            status = HTTPStatus.TOO_MANY_REQUESTS if name == concurrency.SHEETS else HTTPStatus.SERVICE_UNAVAILABLE
            return await run_in_threadpool(_too_many, needs, request, form, full.seconds, status)

    async def enter(request: Request) -> Response:
        if needs == "ready":
            return _answer(handler, needs, offline, request)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        try:
            if kind in WHOLE:
                return await answer(request, FormData(), await request.body())
            if request.method == "POST":
                async with request.form(**await _limits(request, kind, takes)) as form:
                    request.state.form = form  # where it cannot be kept now, it is given back (app.py)
                    return await answer(request, form)
        except ClientDisconnect:  # while it came in: nothing broke, and nobody reads the answer
            log.debug("hung up while sending")
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        return await answer(request, FormData())

    enter.needs = {"page": "nobody", "ready": "stranger"}.get(needs, needs)  # type: ignore[attr-defined]  # told to the test that reads the map
    enter.takes, enter.waits, enter.at_once, enter.redraws = takes, waits, at_once, redraw is not None  # type: ignore[attr-defined]  # told to whoever counts what comes in, and to that test
    return enter


async def _limits(request: Request, kind: str, takes: int) -> dict[str, int]:
    """What a form may hold, as Starlette takes it; raises 400 for more fields than that, which its parser does not count
    where they are empty, and for letters of which it would ask Python: some take seconds, and each unknown one is remembered."""
    is_plain = kind != "multipart/form-data"
    form, told = parse_options_header(request.headers.get("content-type"))
    if form == b"multipart/form-data" and told.get(b"charset", b"utf-8").lower() not in LETTERS:
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    if is_plain and (await request.body()).count(b"&") > FORM_FIELDS:
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    return {
        "max_files": FILES_LIMIT if takes >= body_limits.FILES else 0,
        "max_fields": FORM_FIELDS if is_plain else UPLOAD_FIELDS,
        "max_part_size": FIELD_LIMIT,
    }


def begin_visit(
    request: Request, form: FormData | None = None, body: bytes = b"", *, reads_cookies: bool = True
) -> Visit:
    """The visit of *request*, of whom nothing is known as yet."""
    services: Services = request.app.state.services
    return Visit(
        request,
        services,
        signed_in=None,
        form=forms.Fields(form) if form else NO_FIELDS,
        now=services.clock(),
        body=body,
        cookies=request.cookies if reads_cookies else {},
    )


def begin_answer(request: Request, *, asks: bool) -> Visit:
    """The visit of a request that is refused or failed: whoever asked keeps their own page, with its bar and its ways back.

    Who it is was found out before, or is asked now; without *asks* the database is left alone, for it may be what failed.
    """
    visit = begin_visit(request, reads_cookies=not request.url.path.startswith(FOR_STRANGERS))
    visit.asks_nothing = not asks
    if hasattr(request.state, "signed_in"):
        visit.signed_in = request.state.signed_in
    elif asks:
        visit.signed_in = _who_if_told(visit)
    return visit


def glimpse(at_once: Glimpse, request: Request) -> ReadyPage | None:
    """The page that *at_once* finds ready for *request*; None where the database is elsewhere, or does not answer, which
    the ordinary way tells."""
    services: Services = request.app.state.services
    if not services.database.is_sqlite:
        return None
    try:
        return at_once(begin_visit(request, reads_cookies=False))
    except storage.DatabaseUnavailable:
        return None


def _answer(
    handler: Handler, needs: str, offline: bool, request: Request, form: FormData | None = None, body: bytes = b""
) -> Response:
    visit = begin_visit(request, form, body, reads_cookies=needs not in UNKNOWN)
    response = _enter(handler, needs, visit)
    if needs in UNKNOWN or visit.is_unrecognised:
        return response  # nobody can say now whose phone it is: it keeps what it has
    # A phone that kept pages of somebody else reads it here, and deletes them.
    mark = service_worker.mark_of(visit.signed_in, visit.services.keyring, visit.now)
    response.headers.setdefault(service_worker.HOLDER, mark)
    if (
        offline
        and response.status_code == HTTPStatus.OK
        and response.headers[service_worker.HOLDER] != service_worker.NOBODY
    ):
        response.headers[service_worker.KEEP] = "yes"
    return response


def _enter(handler: Handler, needs: str, visit: Visit) -> Response:
    try:
        visit.signed_in = _who_if_told(visit) if needs == "page" else _who(visit)
        visit.request.state.signed_in = visit.signed_in  # where it fails after this, the answer is still their own page
        return _refused(needs, visit) or handler(visit)
    except storage.Missing:
        # Not there, or somebody else's: there is no telling which.
        return visit.page("problems/404.html", HTTPStatus.NOT_FOUND, before=navigation.previous_page(visit))
    except accounts.NotFresh:
        return navigation.confirm_first(visit)
    except accounts.RecoveryPending as waits:
        return visit.page("account/must_wait.html", HTTPStatus.CONFLICT, until=waits.until)


def _refused(needs: str, visit: Visit) -> Response | None:
    """Where whoever may not pass this door is shown the way; None for those who may."""
    if needs == "visitor" and not visit.signed_in:
        return _closed(visit, "welcome")
    if needs in KEPT and not (visit.holder and visit.holder.is_kept):
        if visit.signed_in and visit.request.method == "GET":
            return visit.go("badges")
        # What is asked for behind a key shown just now is not sent again by whoever comes next to this computer.
        return visit.go("entry") if needs == "fresh" or visit.signed_in else _closed(visit, "entry")
    if needs == "fresh" and visit.signed_in and not visit.signed_in.is_fresh(visit.now):
        return navigation.confirm_first(visit)
    return None


def _too_many(needs: str, request: Request, form: FormData, seconds: int, status: HTTPStatus) -> Response:
    """Too many wait for others right now: what was typed stays, files have to be chosen again."""
    if request.url.path.startswith(MACHINES):
        return problem_for_machine(request, status, {"Retry-After": str(seconds)})
    visit = begin_answer(request, asks=needs != "stranger")
    has_files = forms.holds_file(form)
    return visit.page(
        "problems/busy.html",
        status,
        {"Retry-After": str(seconds)},
        before=navigation.previous_page(visit),
        has_files=has_files,
        form=[] if has_files else forms.typed_in(form),
        sent_to=_address(request) if request.method == "POST" and not has_files else "",
    )


def _address(request: Request) -> str:
    """Where *request* was sent: the pass of a share, and the language, stand in the address alone."""
    path, query = request.url.path, request.url.query
    return path + (f"?{query}" if query else "")


def _closed(visit: Visit, way_in: str) -> Response:
    """Nobody is signed in any more: what was typed or chosen stands on a page, and goes once they have entered.

    Not so what shows the rescue paper once more: what that was for begins anew. A visitor whose half hour is over has lost
    what they had, and no key to show.
    """
    sent = visit.form.values
    # A script puts a part of the answer into the page that is open, which has all that was typed.
    if not set(sent) - NOT_TYPED or ASKED_FOR in sent or "HX-Request" in visit.request.headers:
        return visit.go(way_in)
    if way_in == "welcome" and not (RETURNING_COOKIE in visit.cookies or _was_shared(visit)):
        return visit.go(way_in)
    has_files = forms.holds_file(sent)
    return closed_meanwhile(
        visit,
        "account/sign_in_again.html",
        [] if has_files else forms.typed_in(sent),
        "" if has_files else _address(visit.request),
    )


def closed_meanwhile(
    visit: Visit, template: str, form: Iterable[tuple[str, str]], sent_to: str, **what: Any
) -> Response:
    """The page on which all of *form* stands, and goes to *sent_to* once they have entered. As any page of theirs it does
    not stay on the screen of a computer that others use; whether this is one is asked anew."""
    closes = was_on_shared(visit)
    return visit.page(
        template,
        HTTPStatus.UNAUTHORIZED,
        layout.page_headers(visit.language, visit.services.path("closed") if closes else ""),
        form=[field for field in form if field[0] != SHARED],
        sent_to=sent_to,
        **what,
    )


def was_on_shared(visit: Visit) -> bool:
    """Whether whoever is signed in no more was on a computer that others use. Where nobody knows what they said, as of a device
    that was signed out from another one: unless somebody here has a wallet on a device of their own."""
    was_shared = _was_shared(visit)
    return RETURNING_COOKIE not in visit.cookies if was_shared is None else was_shared


def _was_shared(visit: Visit) -> bool | None:
    return visit.read(accounts.was_shared, visit.cookies.get(visit.services.cookie, ""))


def is_signed_in_as(visit: Visit, holder_id: int) -> bool:
    """Whether whoever asks is that holder, on a page where nobody is known; nothing else is asked of the cookie."""
    token = visit.request.cookies.get(visit.services.cookie, "")
    signed_in = visit.signed_in or (visit.read(accounts.recognise, token, visit.now) if token else None)
    return signed_in is not None and signed_in.holder.id == holder_id


def is_from_page_of_another(visit: Visit) -> bool:
    """Whether the form stood on a page of somebody else than who is in: on a shared phone they entered in another tab since, and
    what is asked for there would be done to their badges. The form says it by `of`, the mark of its holder."""
    return visit.form.text("of") not in ("", visit.authenticated.holder.mark)


def _who_if_told(visit: Visit) -> accounts.SignedIn | None:
    try:
        return _who(visit)
    except storage.DatabaseUnavailable:
        visit.is_unrecognised = True
        return None


def _who(visit: Visit) -> accounts.SignedIn | None:
    token = visit.cookies.get(visit.services.cookie, "")
    if not token:
        return None
    found = visit.read(accounts.recognise, token, visit.now)
    seldom = SELDOM_ON_SHARED if found and found.device.is_shared else SELDOM
    if found and visit.now - found.device.seen_at > seldom:
        # A full disk: whoever looks still sees, and it is written down another time.
        with suppress(storage.DatabaseUnavailable):
            visit.keep(accounts.note_device_used, found.device.id, visit.now)
    return found
