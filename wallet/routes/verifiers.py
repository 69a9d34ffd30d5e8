"""What programs of others read who verify: who this instance is, for whom its operator vouches, and what was withdrawn since.

All the world may read it, also on other sites (Fetch Standard, CORS), and what was struck or withdrawn is so at the next request.
"""

from urllib.parse import quote

from starlette.responses import JSONResponse

from .. import endorsements, registers, storage, web

HEADERS = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}


def did(visit: web.Visit) -> web.Response:
    """The instance's own public keys. Source: did:web method, 2.5."""
    return JSONResponse(visit.services.keyring.did_document(visit.services.settings.origin), headers=HEADERS)


def issuers(visit: web.Visit) -> web.Response:
    """Which issuers the operator vouches for, in one list."""
    edition = web.current_registers(visit).edition
    found = visit.services.page_cache.get_or_render(
        "issuers.json", edition, visit.now, lambda: visit.read(registers.publish_register, visit.now)
    )
    return _sent(visit, found)


def issuer(visit: web.Visit) -> web.Response:
    """One of them, as a signed endorsement: whoever has the id of an issuer has the address."""
    services, id, edition = visit.services, visit.part["issuer"], web.current_registers(visit).edition

    if not id.isprintable():  # of which no database need hear
        raise storage.Missing

    def render() -> web.Rendered:
        vouched = visit.read(registers.find_vouched, id, visit.now)
        signer = endorsements.signer_of(services.settings.origin, services.keyring, services.settings.operator.name)
        address = services.address("issuer", issuer=quote(vouched.id, safe=":"))
        listed = services.address("issuers.withdrawn", list=vouched.place[0])
        return registers.endorse_issuer(vouched, address, listed, signer, visit.now, services.settings.language)

    return _sent(visit, services.page_cache.get_or_render(("issuer", id), edition, visit.now, render))


def withdrawn_issuers(visit: web.Visit) -> web.Response:
    """Which endorsements of issuers are withdrawn."""
    services, number, edition = visit.services, visit.part["list"], web.current_registers(visit).edition
    address = services.address("issuers.withdrawn", list=number)

    def render() -> web.Rendered:
        bits, right_until = visit.read(registers.withdrawn_places, number, visit.now)
        content, until = endorsements.publish_status_list(bits, address, services.signer, visit.now)
        return content, min(until, right_until or until)

    return _sent(visit, services.page_cache.get_or_render(address, edition, visit.now, render))


def status_list(visit: web.Visit) -> web.Response:
    """What was signed of words, and is withdrawn."""
    services, number = visit.services, visit.part["list"]
    bits, edition = visit.read(endorsements.read_status_list, number)
    address = services.address("status_list", list=number)
    found = services.page_cache.get_or_render(
        address,
        edition,
        visit.now,
        lambda: endorsements.publish_status_list(bits, address, services.signer, visit.now),
    )
    return _sent(visit, found)


def _sent(visit: web.Visit, found: web.CachedPage) -> web.Response:
    return web.answer_packed(visit, found, HEADERS, "application/json")
