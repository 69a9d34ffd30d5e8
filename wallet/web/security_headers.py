"""What stands before every route: the right host, no foreign page, and the headers that browsers obey.

Nothing of a request is believed: the public address comes from the settings (docs/security.md B3). A POST must come
from our own pages: Sec-Fetch-Site says so, else Origin must be ours, and where both are absent it is refused
(docs/security.md B1). One address is left open, because what a phone shares there has no page that it comes from: what is
posted to it is put aside and shown, and nothing is done with it (docs/security.md I6). Below another one mail programs stop
letters by themselves (RFC 8058): who may do that, the address itself says, and no cookie is read. Where platforms ask
(MACHINES) there are no pages and no cookies: what they may do, their tokens say (docs/security.md B12).

A page that lies ready whole is given here, before all that is within, with the headers with which it went out before: it
passed everything once. Whatever does not lie ready goes the ordinary way, which alone makes answers.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .cached_responses import GOES_OUT
from .page_cache import CachedPage, ReadyPage, send_whole

SAFE = {"GET", "HEAD", "OPTIONS"}
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PERMISSIONS = (
    "camera=(), geolocation=(), microphone=(), payment=(), usb=(), "
    "publickey-credentials-create=(self), publickey-credentials-get=(self)"
)
LISTENING = {"Permissions-Policy": PERMISSIONS.replace("microphone=()", "microphone=(self)")}
"""Of a page on which somebody may record their voice."""
LOOKING = {"Permissions-Policy": PERMISSIONS.replace("camera=()", "camera=(self)")}
"""Of a page on which a code may be scanned."""
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": PERMISSIONS,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # no-referrer would make our own forms send "Origin: null" (docs/decisions.md 11)
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SHOWN = "/s/"
"""Below it is what people show to strangers: no cookie is read there, no robot is welcome."""
ASKED, GIVEN = "/mot/", "/mon-mot/"
"""Below them whoever is asked for a word on somebody reads what it is about, and takes back what they said."""
OF_A_CALL = "/e/"
"""Below it an employer has what they asked for, by a link of their own."""
PETITIONED = "/demande/"
"""Below it a structure that is asked for a badge reads who asks, and answers."""
FOR_STRANGERS = (SHOWN, ASKED, GIVEN, OF_A_CALL, PETITIONED)
"""Below them nobody is known, and nothing is for robots."""
STATIC = "/static/"
"""Below it are the files that go with the pages."""
MACHINES = ("/oauth/registration", "/oauth/token", "/oauth/revocation", "/ims/")
"""Below them programs of others ask, which come from no page and show no cookie; they are answered in JSON (downloads.py)."""
TWO_YEARS = "max-age=63072000"
Answer = Callable[[Request, int], Awaitable[Response]]
Ready = Callable[[Scope], ReadyPage | None]


def form_leads_to(host: str) -> dict[str, str]:
    """The headers of a page whose form leads on to *host*: browsers look at that where a form is answered by a redirect, too."""
    return {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY.replace(
            "form-action 'self'", f"form-action 'self' https://{host}"
        )
    }


def policy_with(sheet: str) -> str:
    """The Content-Security-Policy of a page that has the styles within whose hash is *sheet*, as `'sha256-…'`."""
    return CONTENT_SECURITY_POLICY.replace("style-src 'self'", f"style-src 'self' {sheet}")


class SecurityHeaders:
    """An ASGI layer around *app*; *answer* makes the page for a request that is turned away, or that broke us.

    *sheet* is the hash of the styles that pages for strangers have within (`policy_with`); *share_target* the path to which
    any page may post, *stops* that below which mail programs stop letters; *ready* gives the page that lies ready for a request that is welcome, if there is one.
    """

    def __init__(
        self,
        app: ASGIApp,
        origin: str,
        answer: Answer,
        sheet: str,
        share_target: str = "",
        stops: str = "",
        ready: Ready = lambda _scope: None,
    ) -> None:
        self.app = app
        self.ready = ready
        self.share_target, self.stops = share_target, stops
        self.origin = origin
        self.host = origin.partition("://")[2].encode()
        self.answer = answer
        headers = HEADERS | ({"Strict-Transport-Security": TWO_YEARS} if origin.startswith("https://") else {})
        self.headers = _written(headers)
        # A style, a script, a drawing has no camera to open: on a prepaid gigabyte each line counts.
        self.headers_static = _written({name: headers[name] for name in headers if name != "Permissions-Policy"})
        self.headers_shown = _written(
            headers | {"Content-Security-Policy": policy_with(sheet), "X-Robots-Tag": "noindex, noarchive"}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer it here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                told = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(one for one in self._headers(scope["path"]) if one[0] not in told),
                ]
                page: CachedPage | None = scope.get("state", {}).get(GOES_OUT)
                if page is not None and message["status"] == HTTPStatus.OK:
                    page.note_headers(message["headers"])
            await send(message)

        refused = self._refusal(scope)
        if refused:
            await self._turn_away(refused, scope, receive, send_with_headers)
            return
        try:
            if ready := self.ready(scope):
                begun = True
                if not send_whole(scope, ready):
                    await send({"type": "http.response.start", "status": HTTPStatus.OK, "headers": ready.headers})
                    await send({"type": "http.response.body", "body": ready.body})
                return
            await self.app(scope, receive, send_with_headers)
        except Exception:
            # Answered here and not by Starlette, which stands outside: the page of a fault has its headers, too.
            if not begun:
                await self._turn_away(500, scope, receive, send_with_headers)
            raise

    def _headers(self, path: str) -> list[tuple[bytes, bytes]]:
        if path.startswith(FOR_STRANGERS):
            return self.headers_shown
        return self.headers_static if path.startswith(STATIC) else self.headers

    async def _turn_away(self, status: int, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.answer(Request(scope, receive), status)
        await response(scope, receive, send)

    def _refusal(self, scope: Scope) -> int:
        """The status with which the request is turned away, 0 for a welcome one."""
        if [value for name, value in scope["headers"] if name == b"host"] != [self.host]:
            return 400
        if scope["method"] in SAFE or scope["path"].startswith(MACHINES):
            return 0
        if scope["method"] == "POST" and self._takes_from_anywhere(scope["path"]):
            return 0
        headers = Headers(scope=scope)
        site = headers.get("sec-fetch-site")
        ours = site in {"same-origin", "none"} if site else headers.get("origin") == self.origin
        return 0 if ours else 403

    def _takes_from_anywhere(self, path: str) -> bool:
        return path == self.share_target or (self.stops != "" and path.startswith(self.stops))


def _written(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
