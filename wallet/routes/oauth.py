"""Platforms that send badges (Badge Connect 2.1): what they read of us, how they register, how a holder connects one, and tokens.

Whatever a platform asks is answered by issuance/platforms/; no cookie is read there. The two addresses at which a person is asked
are pages like any other: GET shows, and POST connects, behind a key that was shown just now.
"""

from functools import partial
from http import HTTPStatus

from starlette.exceptions import HTTPException

from .. import accounts, issuance, pages, web

CONTEXT = "https://purl.imsglobal.org/spec/ob/v2p1/ob_v2p1.jsonld"
API, VERSION = "/ims/ob/v2p1", "v2p1"
PICTURE = "icons/icon-512.png"


def discover(visit: web.Visit) -> web.Response:
    """What a platform reads when its administrator types our address. Source: Open Badges 2.1, 3.

    One entry, for some take the first one and some the last.
    """
    services = visit.services
    api = {
        "name": pages.catalogue_of(services.settings.language).gettext("My badges"),
        "image": services.settings.origin + services.pages.static(PICTURE),
        "apiBase": services.settings.origin + API,
        "version": VERSION,
        "termsOfServiceUrl": services.address("legal"),
        "privacyPolicyUrl": services.address("privacy"),
        "scopesOffered": issuance.platforms.OFFERED,
        "registrationUrl": services.address("oauth.registration"),
        "authorizationUrl": services.address("oauth.authorization"),
        "tokenUrl": services.address("oauth.token"),
        "tokenRevocationUrl": services.address("oauth.revocation"),
    }
    return web.send_to_machine({"@context": CONTEXT, "id": services.address("badgeconnect"), "badgeConnectAPI": [api]})


def register(visit: web.Visit) -> web.Response:
    """A platform registers by itself; nothing is kept of it (RFC 7591)."""
    visit.limit_rate("registration")
    try:
        told = visit.json
    except HTTPException:
        return web.send_to_machine(_fault("invalid_client_metadata", "A JSON object is needed."), 400)
    services = visit.services
    try:
        client = issuance.platforms.register(told, services.keyring, partial(_may_lead, services), visit.now)
    except issuance.platforms.NotRegistered as refusal:
        return web.send_to_machine(_fault(refusal.error, refusal.description), 400)
    return web.send_to_machine(client, HTTPStatus.CREATED)


def ask(visit: web.Visit) -> web.Response:
    """« Relier GRETA du Havre ? »: who asks, for what. Nothing is kept before they say yes."""
    asked = _read(visit)
    if isinstance(asked, web.Response):
        return asked
    is_theirs = visit.holder is not None and visit.holder.is_kept
    if is_theirs:
        visit.read(accounts.refuse_while_pending, visit.holder_id, visit.now)
    return visit.page(
        "platforms/connect.html",
        headers=web.form_leads_to(asked.client.host),
        client=asked.client,
        here=_here(visit),
        refusal=asked.refusal,
        sends=asked.asks_for(issuance.platforms.SENDS),
        reads=asked.asks_for(issuance.platforms.READS),
        knows_name=asked.asks_for(issuance.platforms.KNOWS_NAME) and bool(visit.holder and visit.holder.name),
        is_theirs=is_theirs,
        is_connected=is_theirs and _is_connected(visit, asked),
        asks=is_theirs and visit.read(accounts.must_confirm, visit.authenticated, visit.now),
    )


def connect(visit: web.Visit) -> web.Response:
    """« Relier »: the platform gets a code by the browser, and sends badges from now on."""
    asked = _read(visit)
    if isinstance(asked, web.Response):
        return asked
    try:
        tells_name = visit.form.text("tells_name") == "yes" and asked.asks_for(issuance.platforms.KNOWS_NAME)
        back = visit.keep(
            issuance.platforms.grant,
            visit.authenticated,
            asked,
            visit.services.keyring,
            visit.now,
            tells_name=tells_name,
        )
    except issuance.platforms.TooManyLinks:
        return visit.page("platforms/too_many.html", HTTPStatus.CONFLICT, most=issuance.platforms.MOST_LINKS)
    return web.Response(status_code=HTTPStatus.SEE_OTHER, headers={"Location": back, "Cache-Control": "no-store"})


def token(visit: web.Visit) -> web.Response:
    """A platform brings a code, or the token that brings the next ones."""
    visit.limit_rate("token")
    return _answered(visit, issuance.platforms.answer_token_request)


def revoke(visit: web.Visit) -> web.Response:
    """A platform gives a token back: it is stopped."""
    visit.limit_rate("token")
    return _answered(visit, issuance.platforms.answer_revocation)


def _answered(visit: web.Visit, act: issuance.platforms.Acts) -> web.Response:
    fields = [(name, value) for name, value in visit.form.values.multi_items() if isinstance(value, str)]
    shown = visit.request.headers.get("authorization", "")
    answer = visit.keep(act, fields, shown, visit.services.keyring, visit.now)
    return web.Response(answer.body, answer.status, answer.headers)


def _read(visit: web.Visit) -> "issuance.platforms.Authorisation | web.Response":
    """What the address asks for; or the page that says that it cannot be answered."""
    no = pages.catalogue_of(visit.language).gettext("You said no.")
    try:
        return issuance.platforms.read_authorisation(
            visit.request.query_params.multi_items(), visit.services.keyring, no
        )
    except issuance.platforms.Unanswerable as fault:
        return visit.page("platforms/unanswerable.html", HTTPStatus.BAD_REQUEST, back=fault.back, host=fault.host)


def _is_connected(visit: web.Visit, asked: "issuance.platforms.Authorisation") -> bool:
    mark = issuance.platforms.link_mark(asked.client.client_id, visit.services.keyring)
    return visit.read(issuance.platforms.is_connected, visit.holder_id, mark)


def _may_lead(services: web.Services, address: str) -> bool:
    """Browsers are sent to public addresses, and not to our own pages as if somebody else asked for it."""
    return services.fetcher.may_lead_to(address) and issuance.offers.host_of(address) != services.settings.host


def _here(visit: web.Visit) -> str:
    return f"{visit.request.url.path}?{visit.request.url.query}"


def _fault(error: str, description: str) -> dict[str, str]:
    return {"error": error, "error_description": description}
