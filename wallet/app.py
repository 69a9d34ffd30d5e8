"""Puts all together: settings, database, files, keys, routes, pages, what a request passes, chores."""

import contextlib
import gc
import logging
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

from anyio import to_thread
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from . import (
    __version__,
    accounts,
    badges,
    competencies,
    concurrency,
    issuance,
    monitoring,
    network,
    operations,
    registers,
    sandbox,
    storage,
    web,
)
from .pages import Pages
from .routes import CONSENT, LETTERS, ROUTES, SHARE_TARGET, body_limit, ready_page, route_name
from .settings import Settings
from .web import Services

TURN = 0.0005
"""Seconds that a thread may compute while others wait to; Python's own 5 ms are ten times as long."""
STARTING = 60
"""Seconds for which a worker that begins waits for a database or a shelf that does not answer."""
LAST_WORDS = 30
"""Seconds that a worker without a supervisor has to end: longer than the answers that it still gives."""
NOT_PACKED = (*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/octet-stream", "application/pdf")
"""What is packed already, as a rule: trying costs a second of a core for one file of 25 MB, and saves nothing."""
PROBLEMS = {400, 403, 404, 413, 429, 500, 503}
ASKS_NOBODY = {400, 500}
"""Where it is not asked who it is: another host's name, and a fault of ours."""
BUSY = HTTPStatus.SERVICE_UNAVAILABLE
TOLD = {HTTPStatus.INTERNAL_SERVER_ERROR, BUSY}
"""What is written into the log in any case. These pages alone show the number of the request: what is not there, or not
for whoever asks, has one page to the byte, and a number that nobody wrote down would lead nowhere."""
TOO_MUCH = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
TOO_MANY_FILES = f"Too many files. Maximum number of files is {web.FILES_LIMIT}."
"""What Starlette says of a form with more of them; where none is taken at all there is no form of ours."""
TOO_LONG_TEXT = {f"{what} exceeded maximum size of {web.FIELD_LIMIT // 1024}KB." for what in ("Part", "Field")}
"""What it says of one with a longer text."""
TOO_HEAVY = dict.fromkeys(("evidence", "drafts", "photo", "mot"), "file") | {
    **dict.fromkeys(("badges", "handovers"), "badge or folder"),
    "demande": "badge",
    "archive": "folder",
}
"""What was brought there, of which the page of 413 names the one limit: the first word of the address."""
IN_A_MINUTE = {"Retry-After": "60"}
"""As the page of it says."""
SHELF_VERBS = ("keep", "read", "read_part", "has", "remove", "set_aside")
"""What the shelf is asked, each in one answer."""
present = partial(datetime.now, UTC)
"""The present moment, aware, UTC."""
log = logging.getLogger("wallet")
T = TypeVar("T")


def from_environment() -> Starlette:
    """The application that the environment asks for; raises SettingsError, NoSandbox."""
    _end_with_supervisor()
    operations.limit_memory_pools()
    # Looking at what strangers bring is work of Python's own: whoever only wants an answer waits less for their turn.
    sys.setswitchinterval(TURN)
    settings = operations.read_settings(os.environ)
    if settings.sandbox == "required":
        sandbox.make_announced(required=True)  # once tried it stays so: no file is ever opened without
    app = _patiently(partial(create_app, settings))
    # All of this stays. Were it looked through for what is no longer needed, again and again, everybody would wait 100 ms.
    gc.collect()
    gc.freeze()
    return app


def _end_with_supervisor() -> None:
    """A worker ends soon after the process that started it, however that ended: nobody else would ever stop it."""
    supervisor = multiprocessing.parent_process()
    if supervisor is None:
        return

    def wait() -> None:
        supervisor.join()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(LAST_WORDS)
        os.kill(os.getpid(), signal.SIGKILL)

    Thread(target=wait, name="supervisor", daemon=True).start()


def _patiently(begin: Callable[[], T]) -> T:
    """What *begin* gives. Where there are several workers it is tried again while the database or the shelf does not
    answer: the process that started them saw both answer, and ends all of them with one that cannot begin."""
    until = time.monotonic() + STARTING
    while True:
        try:
            return begin()
        except (OperationalError, storage.Unavailable) as problem:
            if multiprocessing.parent_process() is None or time.monotonic() > until:
                raise
            log.warning("not yet: %s", type(problem).__name__)
            time.sleep(1)


def make_services(
    settings: Settings, fetcher: network.Fetcher | None = None, clock: Callable[[], datetime] = present
) -> Services:
    """What the wallet works with, with or without a server. Raises what the settings' database, shelf and keys raise."""

    named = {route.name: route for route in ROUTES}

    def path(name: str, **parts: Any) -> str:
        return str(named[name].url_path_for(name, **parts))

    metrics = monitoring.Metrics(__version__) if settings.operations else None
    database, files = _open_store(settings, metrics)
    reserve = operations.DiskReserve(operations.folders_written(settings, database, files))
    pages = Pages(settings, path)
    keyring = _keys_of(database, settings)
    shared = _shared_counts(settings, database, keyring)
    return Services(
        settings=settings,
        metrics=metrics,
        database=database,
        files=files,
        keyring=keyring,
        fetcher=_way_out(settings, shared) if fetcher is None else fetcher,
        draw=sandbox.draw,
        pages=pages,
        workers=web.service_workers(pages, path, is_on=settings.offline),
        rate_limits=web.RateLimits(settings.proxies, shared),
        clock=clock,
        disk_reserve=reserve,
        erasures=operations.Erasure(database, files, operations.open_ledger(settings, files), reserve),
        mailer=network.Mailer(settings.mail) if settings.mail else None,
        page_cache=web.PageCache(),
        registers=registers.RegistersAtHand(database),
        frameworks=competencies.load_frameworks(settings.frameworks),
        path=path,
    )


def create_app(
    settings: Settings, fetcher: network.Fetcher | None = None, clock: Callable[[], datetime] = present
) -> Starlette:
    """The whole application. *fetcher* is the way out to issuers, *clock* tells the time: tests bring their own."""
    services = make_services(settings, fetcher, clock)
    app = Starlette(
        routes=ROUTES,
        middleware=[
            *_watches(settings, services.metrics),
            Middleware(
                web.SecurityHeaders,
                origin=settings.origin,
                answer=_problem_page,
                sheet=services.pages.assets.sheet.source,
                share_target=SHARE_TARGET,
                stops=LETTERS,
                ready=ready_page,
            ),
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=4, exclude_content_types=NOT_PACKED),
            Middleware(
                web.BodyGuard,
                limit=body_limit,
                answer=_turned_away,
                network=lambda scope: services.rate_limits.network(Request(scope)),
            ),
        ],
        exception_handlers={
            HTTPException: _refused,
            OperationalError: _busy,
            StaleDataError: _busy,
            storage.Unavailable: _busy,
        },
        lifespan=_lifespan,
    )
    app.router.redirect_slashes = False  # Starlette would write the address from what the request says of itself
    app.state.services = services
    return app


def _open_store(settings: Settings, metrics: monitoring.Metrics | None) -> tuple[storage.Database, storage.FileStore]:
    """Database and shelf; where somebody counts, they are seen from around them."""
    where = (settings.database_url, settings.database_pool, storage.STATEMENT_LIMIT)
    if metrics is None:
        return storage.Database(*where), storage.open_files(settings.files_url)
    files = storage.open_files(settings.files_url)
    monitoring.time_calls(files, SHELF_VERBS, metrics.note_shelf, storage.Unavailable)
    return storage.TimedDatabase(*where, metrics.note_transaction), files


def _watches(settings: Settings, metrics: monitoring.Metrics | None) -> list[Middleware]:
    """What stands around each request for the operator; nothing where nobody asks for it."""
    numbers = settings.log == "json"
    tells = [*([metrics.note_request] if metrics else []), *([monitoring.tell_request] if numbers else [])]
    if not tells:
        return []
    return [Middleware(monitoring.RequestWatch, name_of=route_name, tells=tells, whole=web.EXTENSION, numbers=numbers)]


def _node(services: Services, metrics: monitoring.Metrics) -> monitoring.Node:
    """What answers for this process, and looks at it (monitoring/node.py)."""
    settings, database = services.settings, services.database
    assert settings.operations  # noqa: S101  # else nothing is counted

    def rooms() -> list[monitoring.Room]:
        ours = to_thread.current_default_thread_limiter().statistics()
        found = monitoring.Room(monitoring.PAGES, ours.borrowed_tokens, int(ours.total_tokens), ours.tasks_waiting)
        apart = services.pools.items()
        return [found, *(monitoring.Room(name, len(one.running), one.threads, len(one.waiting)) for name, one in apart)]

    def look() -> monitoring.Seen:
        now = services.clock()
        seen = operations.measure_disk(settings, services.erasures.ledger, now)
        try:
            if faults := operations.find_faults_of_node(database, services.keyring):
                return monitoring.Seen(seen, faults, is_whole=False)  # of another schema nothing can be counted
            return monitoring.Seen(seen | database.read(operations.measure_rows, now), [], is_whole=True)
        except storage.DatabaseUnavailable:  # no fault of this node
            return monitoring.Seen(seen, [], is_whole=False)

    return monitoring.Node(
        address=settings.operations,
        metrics=metrics,
        health=monitoring.Health(Path(metrics.folder) if metrics.folder else None),
        rooms=rooms,
        connections=lambda: database.used_connections,
        look=look,
    )


def _shared_counts(
    settings: Settings, database: storage.Database, keyring: storage.Keyring
) -> concurrency.Counts | None:
    """What all nodes count with, loaded where they do; None where each process counts in its memory."""
    if settings.counts_in == "memory":
        return None
    at_hand = settings.counts_in == "database"
    table = concurrency.InTable(storage.RateCounts(database)) if at_hand else None
    engine = table or concurrency.in_valkey(settings.counts_in)
    gone = partial(monitoring.count, "limits_engine_gone")
    return concurrency.SharedWindow(engine, keyring.mark, web.OF_A_NODE, when_gone=gone)


def _way_out(settings: Settings, shared: concurrency.Counts | None) -> network.Fetcher:
    fetcher = network.Fetcher(
        allow_http=settings.fetch_http,
        allow=settings.fetch_allow,
        user_agent=network.user_agent(__version__, settings.origin, settings.operator.email),
        own=settings.host,
    )
    fetcher.asked = shared or fetcher.asked
    return fetcher


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    services: Services = app.state.services
    async with _running(services, has_chores=services.settings.chores):
        yield


async def work(settings: Settings, until: Callable[[], Awaitable[object]]) -> None:
    """Do the chores, and serve nothing, until what *until* gives has come."""
    async with _running(make_services(settings), has_chores=True):
        await until()


@contextlib.asynccontextmanager
async def _running(services: Services, *, has_chores: bool) -> AsyncIterator[None]:
    node = _node(services, services.metrics) if services.metrics else None
    with contextlib.closing(services.database):
        await run_in_threadpool(_patiently, partial(_make_ready, services))
        background = operations.Background(
            database=services.database,
            files=services.files,
            erasures=services.erasures,
            reserve=services.disk_reserve,
            clock=services.clock,
            rechecks=services.make_rechecks(),
            later_badges=services.make_later_badges(),
            fetcher=services.fetcher,
            send_mail=partial(_send_mail, services, services.mailer) if services.mailer else None,
            leases=storage.Leases(services.database, operations.LEASES) if has_chores else None,
            check_endorsements=services.check_endorsements,
            settle_petitions=services.settle_petitions,
            check_sent=partial(_check_sent, services),
        )
        background.start()
        services.mail_was_written = background.mail_was_written
        services.badge_was_sent = background.badge_was_sent
        async with node.watched() if node else contextlib.nullcontext():
            yield
            await background.stop()


def _make_ready(services: Services) -> None:
    """See that all of it is of one store, bring the schema up to date, and erase again whoever a backup brought back:
    before anybody is served."""
    services.disk_reserve.spend(partial(operations.check_before_creation, services.database, services.files))
    with services.database.long():
        bring = partial(storage.bring_up_to_date, services.database, migrates=services.settings.migrate)
        if told := services.disk_reserve.spend(bring):
            log.warning("%s", told)
        operations.adopt_store(services.database, services.files, services.keyring, services.clock())
        services.erasures.begin(services.clock())
        services.disk_reserve.spend(
            partial(
                services.database.write,
                registers.adopt_file,
                services.settings.issuers,
                services.settings.operator.name,
                services.clock(),
            )
        )
    services.rate_limits.window.get_ready()
    services.disk_reserve.lay()


def _keys_of(database: storage.Database, settings: Settings) -> storage.Keyring:
    try:
        return operations.keys_for_new_store(database, settings.keys)
    except BaseException:
        database.close()
        raise


def _send_mail(services: Services, mailer: network.Mailer, goes_on: Callable[[], bool] = lambda: True) -> bool:
    """Also on a full disk: a letter brings the code by which somebody enters. Whether there may be more."""
    take, words = services.keyring.unseal, services.pages.letter
    return services.disk_reserve.spend(
        partial(
            accounts.send_due,
            services.database,
            mailer,
            take,
            words,
            services.clock,
            goes_on,
            lambda token: services.address("letters.stop", token=token),
        ),
        late=True,
    )


def _check_sent(services: Services, goes_on: Callable[[], bool]) -> bool:
    def tools_for(now: datetime, addresses: Collection[str], shelved: set[str]) -> badges.ImportTools:
        return services.import_tools(now, addresses, time.monotonic(), shelved=shelved)

    return issuance.check_sent(services.database, services.files, tools_for, services.clock, goes_on)


async def _problem_page(
    request: Request,
    status: int,
    headers: Mapping[str, str] | None = None,
    *,
    name: str = "",
    asks: bool = True,
    **what: Any,
) -> Response:
    """The page that says what happened and what to do: the one of *status*, or of that *name*. It is their own page where
    it can be known whose; *asks* as of `begin_answer`."""
    if request.url.path.startswith(web.MACHINES):
        return web.problem_for_machine(request, status, headers)
    shown = status if status in PROBLEMS else (400 if status < HTTPStatus.INTERNAL_SERVER_ERROR else 500)

    headers = dict(headers or {})
    if status in TOLD and not name:
        number = headers[monitoring.HEADER] = what["request_id"] = monitoring.id_of_request(request.scope)
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:  # its trace follows
            log.error("request %s failed", number)

    def draw(*, asks: bool) -> Response:
        visit = web.begin_answer(request, asks=asks)
        return visit.page(f"problems/{name or shown}.html", status, headers, before=web.previous_page(visit), **what)

    try:
        return await run_in_threadpool(draw, asks=asks and status not in ASKS_NOBODY)
    except storage.Unavailable:
        return await run_in_threadpool(draw, asks=False)


def _turned_away(_scope: Scope, status: int) -> ASGIApp:
    """The page for a body that is too large or too slow, or for which there was no place."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        headers, name = (IN_A_MINUTE, "busy") if status == BUSY else (None, "")
        limit = _heavy_there(scope["path"]) if status == TOO_MUCH else ""
        response = await _problem_page(Request(scope), status, headers, name=name, has_files=True, limit=limit)
        await response(scope, receive, send)

    return answer


def _heavy_there(path: str) -> str:
    """What is brought at that *path*, of which the page of 413 names the limit; "" where that cannot be known."""
    return TOO_HEAVY.get(path.strip("/").partition("/")[0], "")


async def _refused(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)  # noqa: S101  # the table of handlers says so
    if problem.detail == TOO_MANY_FILES:
        return await _problem_page(request, TOO_MUCH, limit="number")
    if problem.detail in TOO_LONG_TEXT:
        is_badge = _heavy_there(request.url.path).startswith("badge")
        return await _problem_page(request, TOO_MUCH, limit="text" if is_badge else "")
    if problem.status_code != HTTPStatus.TOO_MANY_REQUESTS:
        return await _problem_page(request, problem.status_code, problem.headers)
    wait = int((problem.headers or IN_A_MINUTE)["Retry-After"])
    form, sent_to = _given_back(request)
    return await _problem_page(request, problem.status_code, problem.headers, wait=wait, form=form, sent_to=sent_to)


async def _busy(request: Request, problem: Exception) -> Response:
    """The database or the shelf could not take it now, or others write the same row again and again: nothing was kept, and
    the same thing works a little later."""
    log.error("request %s, not now: %s: %s", monitoring.id_of_request(request.scope), type(problem).__name__, problem)
    form, sent_to = _given_back(request)
    return await _problem_page(request, BUSY, IN_A_MINUTE, asks=False, form=form, sent_to=sent_to)


def _given_back(request: Request) -> tuple[list[tuple[str, str]], str]:
    """What was typed, and where it was sent: a path of ours and nothing else."""
    typed, query = [] if request.url.path == CONSENT else _typed(request), request.url.query
    return typed, request.url.path + (f"?{query}" if query else "") if typed else ""


def _typed(request: Request) -> list[tuple[str, str]]:
    """What was typed, for the page that gives it back; nothing where a file went with it, which no page can hold."""
    form = getattr(request.state, "form", FormData())
    fields = web.typed_in(form)
    return fields if not web.holds_file(form) and any(value.strip() for _, value in fields) else []
