"""One request made plain: who asks, what they sent, and how to answer.

A route is an ordinary function `(visit) -> Response`, run in a thread (web/access.py). It reads in short transactions
(`visit.read`), asks the network with nothing open, and keeps in one short transaction at the end
(`visit.keep`): returned = kept, raised = nothing was (docs/decisions.md 1).
"""

import secrets
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import quote, urlsplit

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from .. import accounts, openbadges, recovery, storage
from ..accounts import Holder, MailedCodeWriter, SignedIn
from ..pages import LANGUAGES, language_of
from ..recovery import RecoveryNotice
from ..storage import DatabaseUnavailable, Missing
from . import service_worker
from .page_cache import CachedPage, Rendered
from .services import Services

P = ParamSpec("P")
R = TypeVar("R")

JSON_DEPTH = 20
LANGUAGE_COOKIE, HANDED_COOKIE, LATER_COOKIE = "language", "handover", "install"
MAIL_COOKIE, CEREMONY_COOKIE = "mail", "ceremony"
CEREMONIES = ("passkeys.create", "devices.create")
"""The routes below which a browser that begins a ceremony is told from others."""
SECRET = 32
"""Characters of the secret by which a browser is told from others."""
TEXT_SIZE_COOKIE = "text-size"
TEXT_SIZES = ("normal", "large", "larger")
"""How large letters are, the usual size first."""
DIGITS = 10
"""Fewer digits than the largest number that both databases hold."""
YEAR = timedelta(days=365)


def new_secret() -> str:
    """By which a browser that keeps none yet is told from others."""
    return secrets.token_urlsafe(SECRET * 3 // 4)


@dataclass(slots=True)
class Visit:
    """One request, as routes see it."""

    request: Request
    services: Services
    known: SignedIn | None
    form: FormData
    now: datetime
    body: bytes = b""
    """What was sent, when it says that it is JSON."""
    cookies: Mapping[str, str] = field(default_factory=dict)
    """What the browser keeps of us; nothing where nobody is known."""
    is_unrecognised: bool = False
    """Whether the database could not say whose the cookie is."""

    @property
    def json(self) -> dict[str, Any]:
        """The JSON object that was sent; 400 for anything else."""
        try:
            return openbadges.read_json_object(self.body, JSON_DEPTH)
        except openbadges.UnreadableBadge:
            raise HTTPException(HTTPStatus.BAD_REQUEST) from None

    @property
    def holder(self) -> Holder | None:
        """Who is at the door; a visitor without a key is a holder without a key."""
        return self.known.holder if self.known else None

    @property
    def holder_id(self) -> int:
        """Whose wallet it is; 401 when nobody is signed in."""
        return self.someone.holder.id

    @property
    def someone(self) -> SignedIn:
        """Who is at the door, and by which device; 401 when nobody is signed in."""
        if self.known is None:
            raise HTTPException(HTTPStatus.UNAUTHORIZED)
        return self.known

    @property
    def is_shared(self) -> bool:
        """Whether they are signed in on a computer that others use too."""
        return self.known is not None and self.known.device.is_shared

    @property
    def code_writer(self) -> MailedCodeWriter:
        """What writes the codes that go out by e-mail, in the language of whoever asks."""
        keyring, paces = self.services.keyring, self.services.rate_limits
        return MailedCodeWriter(
            keyring.mark, keyring.seal, self.language, lambda mailbox: paces.allow("letter", self.request, (mailbox,))
        )

    @property
    def kind(self) -> str:
        """What kind of device asks, a word of accounts/user_agents.py."""
        return accounts.device_kind(self.request.headers.get("user-agent", ""))

    @property
    def setting(self) -> str:
        """How the wallet is put among the apps of what asks, a word of accounts/user_agents.py."""
        return accounts.install_kind(self.request.headers.get("user-agent", ""))

    @property
    def may_install(self) -> bool:
        """Whether to offer it: on a phone of one's own, in its browser, where nobody said « Plus tard »."""
        told = self.request.headers.get("user-agent", "")
        is_fit = accounts.is_phone(told) and not accounts.is_in_app_browser(told)
        return is_fit and not self.is_shared and LATER_COOKIE not in self.cookies

    @property
    def before(self) -> str:
        """The page of ours that one came from, as the browser tells it; "" for none, and for the one that was asked for."""
        told = self.request.headers.get("referer", "")
        page = told.removeprefix(self.services.settings.origin)
        if page == told or not is_ours(page):
            return ""
        is_here = self.request.method != "POST" and urlsplit(page).path == self.request.url.path
        return "" if is_here else page

    @property
    def part(self) -> dict[str, Any]:
        """The parts of the address, as `id`."""
        return self.request.path_params

    @property
    def language(self) -> str:
        """Asked for in the address, else chosen before, else what the browser prefers, else ours."""
        asked = self.request.query_params.get("lang", "")
        chosen = self.cookies.get(LANGUAGE_COOKIE, "")
        wanted = next((word for word in (asked, chosen, self.holder.language if self.holder else "") if word), "")
        return language_of(self.request.headers.get("accept-language", ""), wanted, self.services.settings.language)

    @property
    def text_size(self) -> str:
        """How large letters are to be on this device, "" for as usual."""
        chosen = self.cookies.get(TEXT_SIZE_COOKIE, "")
        return chosen if chosen in TEXT_SIZES[1:] else ""

    def read(self, look: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What *look* finds, in a short transaction of its own."""
        with self.services.database.reading() as session:
            return look(session, *args, **kwargs)

    def keep(self, change: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What *change* answers, its writes committed; when it raises, nothing was kept.

        What it read and somebody else took away before it was written is looked for once more: a row that is gone is
        missing then, as ever, and what was brought for it is kept in a new one.
        """
        try:
            with self.services.database.writing() as session:
                return change(session, *args, **kwargs)
        except (IntegrityError, StaleDataError):
            # Two at once wrote the same thing, or one took it away: it is looked again.
            with self.services.database.writing() as session:
                return change(session, *args, **kwargs)

    def keep_to_leave(self, change: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """As `keep`, also on a full disk: for what somebody must be able to end at any time (operations/disk_reserve.py)."""
        return self.services.disk_reserve.spend(lambda: self.keep(change, *args, **kwargs))

    def keep_filed(
        self, names: Iterable[str], change: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """As `keep`, for rows that name files: Unavailable, and nothing is kept, when one was removed meanwhile."""
        return storage.commit_naming_files(
            self.keep, self.services.files, names, lambda session: change(session, *args, **kwargs), self.now
        )

    @contextmanager
    def shelving(self) -> Iterator[set[str]]:
        """Names of files that lie on the shelf before any row names them: they are let go where it raises."""
        names = set[str]()
        try:
            yield names
        except Exception:
            with suppress(DatabaseUnavailable):  # then the sweep has them
                self.let_go(names)
            raise

    def let_go(self, names: Iterable[str]) -> None:
        """These files lie on the shelf, and no row is to name them."""
        if names := set(names):
            self.keep(storage.schedule_removal, names, self.now)

    def text(self, name: str, limit: int = 5000) -> str:
        """A field of the form in one piece, "" when it is absent."""
        value = self.form.get(name, "")
        # NUL is no text to PostgreSQL; half a character comes out of odd encodings and goes into none.
        whole = value.encode(errors="ignore").decode().replace("\0", "") if isinstance(value, str) else ""
        return whole.strip()[:limit]

    def numbers(self, name: str) -> list[int]:
        """The whole numbers that the form gives under *name*; anything else is left out."""
        return [int(v) for v in self.form.getlist(name) if isinstance(v, str) and v.isdecimal() and len(v) < DIGITS]

    def number(self, name: str) -> int:
        """A whole number from the query of the address, 0 for anything else."""
        value = self.request.query_params.get(name, "")
        return int(value) if value.isascii() and value.isdigit() and len(value) < DIGITS else 0

    def uploads(self, name: str) -> list[UploadFile]:
        """The files that the form gives under *name*, without the empty one of an untouched field."""
        return [f for f in self.form.getlist(name) if isinstance(f, UploadFile) and (f.filename or f.size)]

    @property
    def here(self) -> str:
        """Which page one is on: a form says on which one it stands, "" when it does not."""
        return self.text("here") if self.request.method == "POST" else self.request.url.path

    def page(self, template: str, status: int = 200, **what: Any) -> Response:
        """A whole page; never kept by anyone on the way (docs/security.md B8)."""
        html = self.services.pages.render(
            template,
            self.language,
            holder=self.holder,
            is_shared=self.is_shared,
            notices=self._notices(),
            address=self.here or self.request.url.path,
            text_size=self.text_size,
            is_within=accounts.is_in_app_browser(self.request.headers.get("user-agent", "")),
            **what,
        )
        headers = {"Cache-Control": "no-store", "Content-Language": self.language}
        if self.is_shared:
            # What nobody looks at any more does not stay on the screen of a computer that others use.
            headers["Refresh"] = f"{int(accounts.SHARED_IDLE.total_seconds())}; url={self.services.path('closed')}"
        return HTMLResponse(html, status, headers=headers)

    def printed(self, name: Hashable, edition: object, template: str, what: Callable[[], dict[str, Any]]) -> Response:
        """A page that is the same for all who ask for *name*, as long as *edition* is the same (web/page_cache.py).

        What makes it another one at a certain moment says so as `until` in *what*.
        """

        def render() -> Rendered:
            given = what()
            until = given.pop("until", None)
            return self.services.pages.render(template, language, address=self.request.url.path, **given), until

        language = self.language
        return self._show(self.services.page_cache.get_or_render((name, language), edition, self.now, render))

    def already_printed(self, name: Hashable, edition: object) -> Response | None:
        """As `printed`, where it was printed before."""
        kept = self.services.page_cache.kept((name, self.language), edition, self.now)
        return self._show(kept) if kept else None

    def _show(self, found: CachedPage) -> Response:
        headers = {"Cache-Control": "no-store", "Content-Language": self.language}
        if "gzip" in self.request.headers.get("accept-encoding", ""):
            return HTMLResponse(found.packed, headers=headers | {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})
        return HTMLResponse(found.plain, headers=headers)

    def own_print(self, name: Hashable, edition: object, template: str, what: Callable[[], dict[str, Any]]) -> Response:
        """As `printed`, for a page of the holder's own; one on which something else is told is made anew."""
        holder = self.someone.holder
        if self.is_shared or holder.erase_at or self._notices():
            return self.page(template, **what())
        size = self.text_size
        return self.printed(
            (holder.id, name, size), edition, template, lambda: {"holder": holder, "text_size": size, **what()}
        )

    def _notices(self) -> list[RecoveryNotice]:
        """What the device reads of whoever is coming back to the wallet without a key."""
        if self.known is None or not self.known.holder.is_kept:
            return []
        if not self.services.database.fetch_rows(accounts.ANY_RECOVERY_RUNNING, holder=self.holder_id, now=self.now):
            return []
        return self.read(_notices, self.known, self.now)

    def go(self, name: str, query: str = "", **parts: Any) -> Response:
        """The answer to a POST: look at that page now (303)."""
        return RedirectResponse(self.services.path(name, **parts) + query, HTTPStatus.SEE_OTHER)

    def confirm_first(self) -> Response:
        """Show a key or the rescue paper first; then the page where this was asked comes again."""
        return self.go("confirmation", f"?next={quote(self.here or self.services.path('settings'))}")

    def back(self, path: str) -> Response:
        """Back to a page of ours; anything that might lead elsewhere goes to the welcome (docs/security.md B6)."""
        return RedirectResponse(path if is_ours(path) else self.services.path("welcome"), HTTPStatus.SEE_OTHER)

    def sign_in(self, response: Response, token: str, *, is_shared: bool = False) -> Response:
        """*response*, with the cookie of a device signed in (docs/security.md A14); a shared one's goes with the window."""
        self._give(response, self.services.cookie, token, None if is_shared else accounts.LONGEST)
        response.headers[service_worker.HOLDER] = (
            service_worker.NOBODY
        )  # of whoever was here before, nothing stays in the phone
        return response

    def entrust(self, response: Response, secret: str, path: str, lasts: timedelta) -> Response:
        """*response*, with a secret that opens what is below *path* to this browser alone, for so long."""
        return self._give(response, HANDED_COOKIE, secret, lasts, path)

    def secret(self, cookie: str) -> str:
        """The secret that tells this browser from others, in *cookie*; "" when it keeps none."""
        kept = self.cookies.get(cookie, "")
        return kept if len(kept) == SECRET and kept.isascii() else ""

    def tell_apart(self, response: Response, cookie: str, secret: str, path: str, lasts: timedelta) -> Response:
        """*response*, with a secret by which this browser is told from others, below *path* alone."""
        return self._give(response, cookie, secret, lasts, path)

    def sign_out(self, response: Response, *, is_shared: bool = False) -> Response:
        """*response*, with which the browser forgets what it kept of us; a shared one also all that scripts keep.

        In a phone of their own the worker throws away what is theirs: what somebody else has not sent yet stays, sealed.
        """
        self._take(response, self.services.cookie)
        for name in CEREMONIES:
            self._take(response, CEREMONY_COOKIE, self.services.path(name))
        response.headers[service_worker.HOLDER] = service_worker.NOBODY
        response.headers["Clear-Site-Data"] = '"cache", "storage"' if is_shared or self.is_shared else '"cache"'
        return response

    def choose_language(self, response: Response, language: str) -> Response:
        """*response*, with the choice that stays."""
        return self._give(response, LANGUAGE_COOKIE, language, YEAR) if language in LANGUAGES else response

    def choose_text_size(self, response: Response, size: str) -> Response:
        """*response*, with the choice that stays on this device; the usual size needs no cookie."""
        if size == TEXT_SIZES[0]:
            self._take(response, TEXT_SIZE_COOKIE)
        return self._give(response, TEXT_SIZE_COOKIE, size, YEAR) if size in TEXT_SIZES[1:] else response

    def postpone_installing(self, response: Response) -> Response:
        """*response*, after which this browser is not asked again whether it wants the wallet among its apps."""
        return self._give(response, LATER_COOKIE, "later", YEAR)

    def _give(self, response: Response, cookie: str, value: str, lasts: timedelta | None, path: str = "/") -> Response:
        """*response*, with a cookie for so long, None for as long as the window is open."""
        seconds, secure = int(lasts.total_seconds()) if lasts else None, self.services.settings.secure
        response.set_cookie(cookie, value, seconds, path=path, secure=secure, httponly=True, samesite="lax")
        return response

    def _take(self, response: Response, cookie: str, path: str = "/") -> None:
        response.delete_cookie(cookie, path, secure=self.services.settings.secure, httponly=True, samesite="lax")

    def needs_mail(self) -> None:
        """Where no mail server is told there is no such page; raises Missing."""
        if self.services.mailer is None:
            raise Missing

    def pace(self, what: str, *whose: object) -> None:
        """Count one more of *what* for whom it may concern and for their network; 429 beyond the limit."""
        if not self.services.rate_limits.allow(what, self.request, whose):
            raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "60"})

    def allow_bytes(self, size: int, once: str = "") -> bool:
        """Count so many bytes more of a visitor's network, of what has a name *once*; whoever has a key is not counted."""
        is_kept = self.holder is not None and self.holder.is_kept
        return is_kept or self.services.rate_limits.allow_bytes("visitor", self.request, size, once)

    def pace_failures(self, what: str) -> None:
        """429 where too many of this network failed at *what* lately."""
        if not self.services.rate_limits.may_fail(what, self.request):
            raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": "60"})


def _notices(session: Session, known: SignedIn, now: datetime) -> list[RecoveryNotice]:
    running = accounts.running_recoveries(session, known.holder.id, now)
    asking = {back.id for back in running if recovery.needs_key_to_stop(session, known, back, now)}
    return recovery.recovery_notices(running, known.device.return_id, asking)


def is_ours(path: str) -> bool:
    """Whether *path* leads to a page of ours, whatever a browser makes of it."""
    return path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()


def show_missing(visit: Visit) -> Response:
    """Not there, or somebody else's: there is no telling which."""
    return visit.page("problems/404.html", HTTPStatus.NOT_FOUND, before=visit.before)
