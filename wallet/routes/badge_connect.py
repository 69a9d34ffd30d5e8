"""Badge Connect: what a connected platform may do, and no more. It sends badges, and sees those that it sent.

Source: Open Badges 2.1, 5.3 (assertions), 5.4 (profile), 5.6 (responses).
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from .. import arrivals, web


def answer(status: int, text: str, error: str | None = None, **more: Any) -> web.Response:
    """An answer of Open Badges 2.1, of which platforms read the status in the body."""
    told = {"status": {"error": error, "statusCode": status, "statusText": text}}
    return web.send_to_machine(told | more, status)


def refuse(status: int, text: str, error: str, headers: Mapping[str, str]) -> web.Response:
    """One that says no, in one sentence for whoever looks at the platform's page."""
    response = answer(status, text, error)
    response.headers.update(headers)
    return response


@web.needs_scope(arrivals.platforms.CREATE, refuse)
def receive(visit: web.Visit, link: arrivals.platforms.PlatformLink) -> web.Response:
    """A badge. 200 as soon as it has the shape of one: it is looked at afterwards, so that no site waits for itself."""
    lead = visit.services.fetcher.may_lead_to
    taken = web.take_in_sent(visit, link, lambda: arrivals.read_assertion(visit.body, lead), "2.1", refuse)
    return taken if isinstance(taken, web.Response) else answer(HTTPStatus.OK, "OK")


@web.needs_scope(arrivals.platforms.READ, refuse)
def list_sent(visit: web.Visit, link: arrivals.platforms.PlatformLink) -> web.Response:
    """The badges that this platform sent, and no others."""
    try:
        found, headers = web.find_sent(visit, link, "2.1", "badge_connect.assertions")
    except ValueError:
        _ = web.machine_words(visit)
        return refuse(HTTPStatus.BAD_REQUEST, "BAD_REQUEST", _("We cannot read this question."), {})
    plain = [told for told in found if isinstance(told, dict)]
    signed = [told for told in found if isinstance(told, str)]
    response = answer(HTTPStatus.OK, "OK", assertions=plain, signedAssertions=signed)
    response.headers.update(headers)
    return response


@web.needs_scope(arrivals.platforms.PROFILE, refuse)
def profile(visit: web.Visit, link: arrivals.platforms.PlatformLink) -> web.Response:
    """A first name, where the holder said so; never an address. What is posted here changes nothing."""
    told = {
        "@context": "https://w3id.org/openbadges/v2",
        "id": visit.services.address("badge_connect.profile"),
        "type": "Profile",
        "name": web.name_for_platform(visit, link),
    }
    return answer(HTTPStatus.OK, "OK", profile=told)
