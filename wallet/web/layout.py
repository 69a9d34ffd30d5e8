"""What every page is drawn with, whatever it is about: its language, the size of its letters, and what must be read first."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import unquote, urlsplit

from starlette.requests import Request
from starlette.routing import Match

from .. import accounts, messages, pages, recovery, storage

LANGUAGE_COOKIE, TEXT_SIZE_COOKIE = "language", "text-size"
TEXT_SIZES = ("normal", "large", "larger")
"""How large letters are, the usual size first."""
READS = {"GET", "HEAD"}
NO_PAGES = {"photo", "attachment"}
"""Routes that give a picture or a file, at or below which forms of other pages are posted."""
LONGEST_QUERY = 4000
"""Signs behind the question mark that come back whole in a field of a form (web/forms.py)."""
DEEPEST = 8
"""Parts that an address of a page of ours has at most: above a longer one no page is looked for, but above its beginning."""


def choose_language(request: Request, cookies: Mapping[str, str], holder: accounts.Holder | None, default: str) -> str:
    """Asked for in the address, else chosen before, else what the browser prefers, else *default*."""
    asked, chosen = language_in_address(request), cookies.get(LANGUAGE_COOKIE, "")
    return pages.language_of(
        request.headers.get("accept-language", ""), asked or chosen or (holder.language if holder else ""), default
    )


def language_in_address(request: Request) -> str:
    """What the address says of the language, "" for nothing; most addresses have no query, and none is read then."""
    return request.query_params.get("lang", "") if request.scope["query_string"] else ""


def is_own_path(path: str) -> bool:
    """Whether *path* leads to a page of ours, whatever a browser makes of it."""
    return path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()


def came_from(request: Request, origin: str) -> str:
    """The page of ours, with its query, that a form was sent from, as the browser tells it; "" for none."""
    referer = request.headers.get("referer", "")
    page = referer.removeprefix(origin)
    return page if page != referer and is_own_path(page) else ""


def address_to_ask_again(request: Request, here: str, origin: str) -> str:
    """Where the page that is drawn may be asked for once more, in another language or with larger letters, and is about the same.

    An address that forms are posted to may be no page. Then it is the one that they say they stand on (*here*), or the one
    that one came from; and where neither is told, the nearest one above.
    """
    path = request.url.path
    if request.method in READS:
        return path + _query_to_ask_again(request)
    parts = path.split("/", DEEPEST + 1)[1 : DEEPEST + 1]
    above = ("/" + "/".join(parts[:count]) for count in range(len(parts) - 1, 0, -1))
    tried = (here, path, urlsplit(came_from(request, origin)).path, *above)
    return next((one for one in tried if is_own_path(one) and _is_page(request, one)), "/")


def _query_to_ask_again(request: Request) -> str:
    """What the address says besides the language, which is what may be chosen; "" where it is too long to come back."""
    said = "&".join(one for one in request.url.query.split("&") if one.partition("=")[0] not in {"", "lang"})
    return f"?{said}" if said and len(said) <= LONGEST_QUERY else ""


def _is_page(request: Request, address: str) -> bool:
    asked = {"type": "http", "method": "GET", "path": unquote(urlsplit(address).path)}
    return any(
        route.matches(asked)[0] is Match.FULL and getattr(route, "name", "") not in NO_PAGES
        for route in request.app.routes
    )


def choose_text_size(cookies: Mapping[str, str]) -> str:
    """How large letters are to be on this device, "" for as usual."""
    chosen = cookies.get(TEXT_SIZE_COOKIE, "")
    return chosen if chosen in TEXT_SIZES[1:] else ""


def find_notices(
    database: storage.Database, signed_in: accounts.SignedIn | None, now: datetime
) -> list[recovery.RecoveryNotice]:
    """What the device reads of whoever is coming back to the wallet without a key."""
    if signed_in is None or not signed_in.holder.is_kept:
        return []
    if not database.fetch_rows(accounts.ANY_RECOVERY_TO_TELL, holder=signed_in.holder.id, now=now):
        return []
    with database.reading() as session:
        running = accounts.running_recoveries(session, signed_in.holder.id, now)
        asking = {back.id for back in running if recovery.needs_key_to_stop(session, signed_in, back, now)}
        yes = {back.id for back in running if recovery.may_acknowledge(session, signed_in, back, now)}
        shows = {back.id for back in running if recovery.must_show_key(signed_in, back, now)}
        opened = {back.id for back in running if back.opens_at <= now}
        return recovery.recovery_notices(running, signed_in.device.return_id, asking, yes, shows, opened)


def count_unread(database: storage.Database, signed_in: accounts.SignedIn | None) -> int:
    """How many messages wait for whoever is signed in: the bar tells it."""
    if signed_in is None or not signed_in.holder.is_kept:
        return 0
    return int(database.fetch_rows(messages.UNREAD, holder=signed_in.holder.id)[0][0])


def page_headers(language: str, closed: str = "") -> dict[str, str]:
    """Never kept by anyone on the way (docs/security.md B8); *closed* is where a page goes that nobody looks at any more: it does
    not stay on the screen of a computer that others use."""
    headers = {"Cache-Control": "no-store", "Content-Language": language}
    return headers | ({"Refresh": f"{int(accounts.SHARED_IDLE.total_seconds())}; url={closed}"} if closed else {})
