"""What connected platforms ask, whichever API they speak: who they are, what they send, what they may see.

Each API says no in its own words (Refusal); all else is the same. The status is also in the body, where platforms look.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from .. import arrivals, pages, storage
from .access import Handler
from .visit import Response, Visit

TRIES_AGAIN = {"Retry-After": "3600"}
"""Seconds: a day's badges and what waits go by the hour at most."""
Linked = Callable[[Visit, arrivals.platforms.PlatformLink], Response]
Refusal = Callable[[int, str, str, Mapping[str, str]], Response]
"""How an API says no: its status, its word for it, the sentence, further headers."""


def needs_scope(scope: str, says_no: Refusal) -> Callable[[Linked], Handler]:
    """Only with a token that allows *scope*: the handler is told whose it is."""

    def dress(work: Linked) -> Handler:
        def run(visit: Visit) -> Response:
            _ = machine_words(visit)
            kind, _space, token = visit.request.headers.get("authorization", "").partition(" ")
            try:
                if kind.lower() != "bearer":
                    raise arrivals.platforms.NotAuthorised
                mark = visit.services.keyring.mark
                return work(visit, visit.read(arrivals.platforms.authorise_token, mark, token, scope, visit.now))
            except (arrivals.platforms.NotAuthorised, storage.Missing):
                asked = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
                return says_no(HTTPStatus.UNAUTHORIZED, "UNAUTHENTICATED", _("This site is not connected."), asked)
            except arrivals.platforms.ScopeMissing:
                asked = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
                return says_no(HTTPStatus.FORBIDDEN, "PERMISSION_DENIED", _("This site may not do that."), asked)

        return run

    return dress


def take_in_sent(
    visit: Visit,
    link: arrivals.platforms.PlatformLink,
    read: Callable[[], arrivals.SentDocument],
    version: arrivals.Version,
    says_no: Refusal,
) -> Response | bool:
    """Keep what was sent until somebody looks: whether it is new, or the answer that says no."""
    _, limits = machine_words(visit), visit.services.rate_limits
    try:
        sent = read()
        if not limits.allow_once("sent", visit.request, str(link.id), sha256(sent.content).hexdigest()):
            enough = _("Too many badges today. Try again tomorrow.")
            return says_no(HTTPStatus.TOO_MANY_REQUESTS, "BAD_REQUEST", enough, TRIES_AGAIN)
        is_new = visit.keep(arrivals.receive, link.id, sent, version, visit.now)
    except arrivals.NotSent as problem:
        if problem.fault == "missing":
            return says_no(HTTPStatus.BAD_REQUEST, "REQUEST_VALIDATION_ERROR", _("There is no badge here."), {})
        return says_no(HTTPStatus.BAD_REQUEST, "INVALID_BADGE", _("We cannot read this badge."), {})
    except arrivals.TooManyWaiting:
        enough = _("Too many badges are waiting. First accept those that are there.")
        return says_no(HTTPStatus.TOO_MANY_REQUESTS, "BAD_REQUEST", enough, TRIES_AGAIN)
    visit.services.badge_was_sent()
    return is_new


def find_sent(
    visit: Visit, link: arrivals.platforms.PlatformLink, version: arrivals.Version, name: str
) -> tuple[list[Any], dict[str, str]]:
    """What the platform sent, each as an object or a signed text, and the headers that tell how many there are and where the
    others stand (RFC 8288). Raises ValueError for a query that says nothing."""
    query = visit.request.query_params
    limit, offset = _number(query.get("limit"), arrivals.PAGE), _number(query.get("offset"), 0)
    limit, since = min(max(1, limit), arrivals.PAGE), _moment(query.get("since"))
    rows, count = visit.read(arrivals.list_sent, link.id, version, since, offset, limit)
    told = [one for row in rows if (one := arrivals.tell_sent(row, visit.services.files)) is not None]
    places = {"first": 0, "last": (max(count, 1) - 1) // limit * limit}
    places |= {"prev": max(0, offset - limit)} if offset else {}
    places |= {"next": offset + limit} if offset + limit < count else {}
    kept = {"since": query["since"]} if since else {}
    address = visit.services.address(name)
    links = [
        f'<{address}?{urlencode({"limit": limit, "offset": at} | kept)}>; rel="{rel}"' for rel, at in places.items()
    ]
    return told, {"X-Total-Count": str(count), "Link": ", ".join(links)}


def name_for_platform(visit: Visit, link: arrivals.platforms.PlatformLink) -> str:
    """By which the platform may call the holder."""
    _ = machine_words(visit)
    return visit.read(arrivals.name_for_platform, link.id) or _("Badge holder")


def machine_words(visit: Visit) -> Callable[[str], str]:
    """What translates a sentence: platforms say nothing of the language of whoever looks at them."""
    return pages.catalogue_of(visit.services.settings.language).gettext


def _number(text: str | None, otherwise: int) -> int:
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(text)
    return int(text)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
