"""Puts the house together: settings, database, files, keys, routes, pages, gate, chores."""

import asyncio
import contextlib
import gc
import logging
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from itertools import count
from threading import Thread
from typing import Any, TypeVar

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
    adoption,
    children,
    chores,
    frameworks,
    issuers,
    letters,
    memory,
    postgresql,
    rechecks,
    worker,
)
from .ballast import Ballast, written_to
from .bodies import BodyGuard
from .database import Database
from .erasures import Erasures
from .fetching import Fetcher, user_agent
from .files import Unavailable, open_files
from .gate import SHOWN, Gate
from .house import House
from .identity import AnotherStore
from .keyring import Keyring
from .ledger import Ledger
from .paces import Paces, network_of
from .pages import Pages
from .pictures import draw
from .postman import Postman
from .prints import Prints
from .routes import HANDED, ROUTES, body_limit
from .settings import Settings
from .visit import Visit

CHORES_EVERY = 60
"""Seconds between two rounds of chores."""
REMOVING_EVERY, THOROUGH_EVERY = 10, 60
"""Rounds; the first one after a start removes what was let go."""
BALLAST_EVERY = 5
"""Seconds after which it is looked whether there is room for the ballast again."""
TURN = 0.0005
"""Seconds that a thread may compute while others wait to; Python's own 5 ms are ten times as long."""
STARTING = 60
"""Seconds for which a worker that begins waits for a database or a shelf that does not answer."""
LAST_WORDS = 30
"""Seconds that a worker without a supervisor has to end: longer than the answers that it still gives."""
NOT_PACKED = (*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/octet-stream", "application/pdf")
"""What is packed already, as a rule: trying costs a second of a core for one file of 25 MB, and saves nothing."""
PROBLEMS = {400, 403, 404, 413, 429, 500, 503}
BUSY = HTTPStatus.SERVICE_UNAVAILABLE
log = logging.getLogger("wallet")
T = TypeVar("T")


def present() -> datetime:
    """The present moment, aware, UTC."""
    return datetime.now(UTC)


def from_environment() -> Starlette:
    """The application that the environment asks for; raises SettingsError, NoWall."""
    _end_with_supervisor()
    memory.keep_few_pools()
    # Looking at what strangers bring is work of Python's own: whoever only wants an answer waits less for their turn.
    sys.setswitchinterval(TURN)
    settings = Settings.from_environment(os.environ)
    if settings.sandbox == "required":
        children.announced(required=True)  # once tried it stays so: no file is ever opened without
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
        except (OperationalError, Unavailable) as problem:
            if multiprocessing.parent_process() is None or time.monotonic() > until:
                raise
            log.warning("not yet: %s", type(problem).__name__)
            time.sleep(1)


def create_app(
    settings: Settings, fetcher: Fetcher | None = None, clock: Callable[[], datetime] = present
) -> Starlette:
    """The whole house. *fetcher* is the way out to issuers, *clock* tells the time: tests bring their own."""

    named = {route.name: route for route in ROUTES}

    def path(name: str, **parts: Any) -> str:
        return str(named[name].url_path_for(name, **parts))

    def network(scope: Scope) -> str:
        return network_of(house.paces.asker(Request(scope)))

    database = Database(settings.database_url, settings.database_pool, postgresql.STATEMENT)
    files = open_files(settings.files_url)
    ballast = Ballast(written_to(settings, database, files))
    pages = Pages(settings, path)
    house = House(
        settings=settings,
        database=database,
        files=files,
        keyring=_keys_of(database, settings),
        fetcher=_way_out(settings) if fetcher is None else fetcher,
        draw=draw,
        pages=pages,
        workers=worker.scripts(pages, path, is_on=settings.offline),
        paces=Paces(settings.proxies),
        clock=clock,
        ballast=ballast,
        erasures=Erasures(database, files, Ledger(settings.erasures), ballast),
        postman=Postman(settings.mail) if settings.mail else None,
        prints=Prints(),
        known_issuers=issuers.registry(settings.issuers, settings.operator.name),
        frameworks=frameworks.registry(settings.frameworks),
        path=path,
    )
    app = Starlette(
        routes=ROUTES,
        middleware=[
            Middleware(
                Gate,
                origin=settings.origin,
                answer=_problem_page,
                sheet=house.pages.assets.sheet.source,
                handed=HANDED,
            ),
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=4, exclude_content_types=NOT_PACKED),
            Middleware(BodyGuard, limit=body_limit, answer=_turned_away, network=network),
        ],
        exception_handlers={
            HTTPException: _refused,
            OperationalError: _busy,
            StaleDataError: _busy,
            Unavailable: _busy,
        },
        lifespan=_lifespan,
    )
    app.router.redirect_slashes = False  # Starlette would write the address from what the request says of itself
    app.state.house = house
    return app


def _way_out(settings: Settings) -> Fetcher:
    return Fetcher(
        allow_http=settings.fetch_http,
        allow=settings.fetch_allow,
        user_agent=user_agent(__version__, settings.origin, settings.operator.email),
        own=settings.host,
    )


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    house: House = app.state.house
    try:
        await run_in_threadpool(_patiently, partial(_make_ready, house))
    except BaseException:
        house.database.close()
        raise
    stopping, written = asyncio.Event(), asyncio.Event()
    # The loop may be closed when the last visits end; their letters go when it starts again.
    house.letter_was_written = partial(_wake, asyncio.get_running_loop(), written)
    begun = (_do_chores(house, stopping), _post(house, stopping, written), _lay_ballast(house.ballast, stopping))
    rounds = [asyncio.create_task(one) for one in begun]
    yield
    # Not cancelled: the thread of a round that has begun would go on with a database that is closed.
    stopping.set()
    written.set()
    await asyncio.gather(*rounds)
    house.database.close()


def _make_ready(house: House) -> None:
    """See that all of it is of one store, bring the schema up to date, and erase again whoever a backup brought back:
    before anybody is served."""
    house.ballast.spend(partial(adoption.look_before, house.database, house.files))
    with house.database.long():
        house.ballast.spend(house.database.migrate)
        adoption.settle(house.database, house.files, house.keyring, house.clock())
        house.erasures.replay(house.clock())
    house.ballast.lay()


def _keys_of(database: Database, settings: Settings) -> Keyring:
    try:
        return adoption.keys_of(database, settings.keys)
    except BaseException:
        database.close()
        raise


async def _do_chores(house: House, stopping: asyncio.Event) -> None:
    """Do what is due, again and again; one that fails is told and tried again the next time."""
    counter = partial(house.counter, is_chore=True)
    is_again = False
    for number in count():
        is_due, has_failed = number % REMOVING_EVERY == 0, False
        how = {"removing": is_due or is_again, "thorough": number % THOROUGH_EVERY == 0}
        tidy = partial(chores.round, house.database, house.files, house.clock(), **how)
        for chore in (
            tidy,
            partial(house.erasures.round, house.clock()),
            partial(rechecks.round, house.database, counter, house.clock, lambda: not stopping.is_set()),
            memory.give_back,
        ):
            try:
                await run_in_threadpool(_take_time, house.database, chore)
            except AnotherStore as problem:
                log.error("nothing is removed: %s", problem)
            except Exception:
                log.exception("a chore failed")
                has_failed = has_failed or chore is tidy
        # What did not go is tried again in a minute, once: each time every badge is looked at, and some never go.
        is_again = is_due and has_failed
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), CHORES_EVERY)
        if stopping.is_set():
            return


def _take_time(database: Database, chore: Callable[[], object]) -> None:
    """Do *chore*, for which nobody waits."""
    with database.long():
        chore()


async def _lay_ballast(ballast: Ballast, stopping: asyncio.Event) -> None:
    """Make it whole as soon as there is room again: the disk may be full once more before the next round of chores."""
    while not stopping.is_set():
        try:
            await run_in_threadpool(ballast.lay)
        except Exception:
            log.exception("a chore failed")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), BALLAST_EVERY)


async def _post(house: House, stopping: asyncio.Event, written: asyncio.Event) -> None:
    """Send the letters that are due, each minute and as soon as one was written here."""
    while house.postman and not stopping.is_set():
        written.clear()
        try:
            await run_in_threadpool(_send_letters, house, house.postman, lambda: not stopping.is_set())
        except Exception:
            log.exception("a chore failed")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(written.wait(), CHORES_EVERY)


def _send_letters(house: House, postman: Postman, goes_on: Callable[[], bool] = lambda: True) -> None:
    """Also on a full disk: a letter brings the code by which somebody enters."""
    take, words = house.keyring.unseal, house.pages.letter
    house.ballast.spend_late(partial(letters.round, house.database, postman, take, words, house.clock, goes_on))


def _wake(loop: asyncio.AbstractEventLoop, written: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(written.set)


async def _problem_page(request: Request, status: int, name: str = "", **what: Any) -> Response:
    """The page that says what happened and what to do: the one of *status*, or of that *name*."""
    house: House = request.app.state.house
    shown = status if status in PROBLEMS else (400 if status < HTTPStatus.INTERNAL_SERVER_ERROR else 500)
    cookies = {} if request.url.path.startswith(SHOWN) else request.cookies
    visit = Visit(request, house, None, FormData(), house.clock(), cookies=cookies)
    template = f"problems/{name or shown}.html"
    return await run_in_threadpool(partial(visit.page, template, status, before=visit.before, **what))


def _turned_away(_scope: Scope, status: int) -> ASGIApp:
    """The page for a body that is too large or too slow, or for which there was no place."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        response = await _problem_page(Request(scope), status, "busy" if status == BUSY else "", has_files=True)
        if status == BUSY:
            response.headers["Retry-After"] = "60"
        await response(scope, receive, send)

    return answer


async def _refused(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)  # noqa: S101  # the table of handlers says so
    response = await _problem_page(request, problem.status_code)
    response.headers.update(problem.headers or {})
    return response


async def _busy(request: Request, problem: Exception) -> Response:
    """The database or the shelf could not take it now, or others write the same row again and again: nothing was kept, and
    the same thing works a little later."""
    log.error("not now: %s: %s", type(problem).__name__, problem)
    typed = _typed(request)
    sent_to = _sent_to(request) if typed else ""
    response = await _problem_page(request, HTTPStatus.SERVICE_UNAVAILABLE, form=typed, sent_to=sent_to)
    response.headers["Retry-After"] = "60"  # the minute that the page says
    return response


def _sent_to(request: Request) -> str:
    """Where it was sent: a path of ours and nothing else."""
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


def _typed(request: Request) -> list[tuple[str, str]]:
    """What was typed, for the page that gives it back; nothing where a file went with it, which no page can hold."""
    form = getattr(request.state, "form", FormData()).multi_items()
    fields = [(name, value) for name, value in form if isinstance(value, str)]
    return fields if len(fields) == len(form) and any(value.strip() for _, value in fields) else []
