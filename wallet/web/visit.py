"""A visit is one request made plain (our one word for it): who asks, what they sent, and how to answer.

A route is an ordinary function `(visit) -> Response`, run in a thread (web/authentication.py). It reads in short transactions
(`visit.read`), asks the network with nothing open, and keeps in one short transaction at the end
(`visit.keep`): returned = kept, raised = nothing was (docs/decisions.md 1).

What only some routes need is a function that takes the visit, in a module of its own: cookies, navigation, transactions,
cached pages, who vouches for issuers, what is brought in. Nothing of the domain stands here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ..accounts import Holder, SignedIn, is_in_app_browser, is_phone
from . import forms, layout
from .services import Services

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(slots=True)
class Visit:
    """One request, as routes see it."""

    request: Request
    services: Services
    signed_in: SignedIn | None
    form: forms.Fields
    now: datetime
    body: bytes = b""
    """What was sent, when it says that it is JSON."""
    cookies: Mapping[str, str] = field(default_factory=dict)
    """What the browser keeps of us; nothing where nobody is known."""
    is_unrecognised: bool = False
    """Whether the database could not say whose the cookie is."""
    asks_nothing: bool = False
    """Whether the database is what failed: the page is drawn of what is known already."""

    @property
    def holder(self) -> Holder | None:
        """Who is at the door; a visitor without a key is a holder without a key."""
        return self.signed_in.holder if self.signed_in else None

    @property
    def holder_id(self) -> int:
        """Whose wallet it is; 401 when nobody is signed in."""
        return self.authenticated.holder.id

    @property
    def authenticated(self) -> SignedIn:
        """Who is at the door, and by which device; 401 when nobody is signed in."""
        if self.signed_in is None:
            raise HTTPException(HTTPStatus.UNAUTHORIZED)
        return self.signed_in

    @property
    def is_shared(self) -> bool:
        """Whether they are signed in on a computer that others use too."""
        return self.signed_in is not None and self.signed_in.device.is_shared

    @property
    def part(self) -> dict[str, Any]:
        """The parts of the address, as `id`."""
        return self.request.path_params

    @property
    def query(self) -> forms.Fields:
        """What the address says behind its question mark."""
        return forms.Fields(self.request.query_params)

    @property
    def json(self) -> dict[str, Any]:
        """The JSON object that was sent; 400 for anything else."""
        return forms.read_json_object(self.body)

    @property
    def user_agent(self) -> str:
        """What the browser says of itself."""
        return self.request.headers.get("user-agent", "")

    @property
    def language(self) -> str:
        """In which to answer."""
        return layout.choose_language(self.request, self.cookies, self.holder, self.services.settings.language)

    @property
    def here(self) -> str:
        """Which page one is on: a form says on which one it stands, "" when it does not."""
        return self.form.text("here") if self.request.method == "POST" else self.request.url.path

    def read(self, look: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What *look* finds, in a short transaction of its own."""
        return self.services.database.read(look, *args, **kwargs)

    def keep(self, change: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """What *change* answers, its writes committed; when it raises, nothing was kept.

        What it read and somebody else took away before it was written is looked for once more: a row that is gone is
        missing then, as ever, and what was brought for it is kept in a new one.
        """
        try:
            return self.services.database.write(change, *args, **kwargs)
        except (IntegrityError, StaleDataError):
            # Two at once wrote the same thing, or one took it away: it is looked again.
            return self.services.database.write(change, *args, **kwargs)

    def limit_rate(self, what: str, *whose: object) -> None:
        """Count one more of *what* for whom it may concern and for their network; 429 beyond the limit."""
        self.services.rate_limits.require(what, self.request, whose)

    def page(
        self, template: str, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
    ) -> Response:
        """A whole page, with *headers* of its own."""
        html = self.services.pages.render(
            template,
            self.language,
            holder=self.holder,
            is_shared=self.is_shared,
            notices=[] if self.asks_nothing else layout.find_notices(self.services.database, self.signed_in, self.now),
            unread=0 if self.asks_nothing else layout.count_unread(self.services.database, self.signed_in),
            address=layout.address_to_ask_again(self.request, self.here, self.services.settings.origin),
            text_size=layout.choose_text_size(self.cookies),
            is_within=is_in_app_browser(self.user_agent),
            is_computer=not is_phone(self.user_agent),
            whose=self.query.text("whose"),
            **context,
        )
        usual = layout.page_headers(self.language, self.services.path("closed") if self.is_shared else "")
        return HTMLResponse(html, status, usual | dict(headers or {}))

    def go(self, name: str, query: str = "", **parts: Any) -> Response:
        """The answer to a POST: look at that page now (303)."""
        return RedirectResponse(self.services.path(name, **parts) + query, HTTPStatus.SEE_OTHER)
