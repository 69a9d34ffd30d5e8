"""Coming back by e-mail: the address, its code, the wait. The same pages for every address, whoever's it is."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import partial
from http import HTTPStatus

from starlette.responses import Response

from .. import accounts, recovery
from ..accounts import NoAddress, SignInContext, TypedCode
from ..storage import Unsealable
from ..web import MAIL_COOKIE, Visit, network_of, new_secret

ASKED = "asked to come back"
"""The purpose of the sealed number that stands for a code that was asked for: nobody tries one by counting."""
SITE = 48
"""Bits of the IPv6 prefix that is one network here: whoever has one site has all the /56 in it."""
NUMBER = 8
"""Bytes of that number: it looks the same for all."""


def ask(visit: Visit) -> Response:
    """Type the address."""
    visit.needs_mail()
    if visit.holder and visit.holder.is_kept:
        return visit.go("badges")
    return visit.page("recovery/email.html", problem="", typed="")


def send(visit: Visit) -> Response:
    """An address was typed: if it is a holder's a letter with a code goes there."""
    visit.needs_mail()
    visit.pace("mail")
    typed, secret = visit.text("address", accounts.ADDRESS_LIMIT + 1), visit.secret(MAIL_COOKIE) or new_secret()
    try:
        code_id = visit.keep_to_leave(
            recovery.ask_by_email, typed, _typed(visit, "", secret), visit.now, visit.code_writer
        )
    except NoAddress:
        return visit.page("recovery/email.html", HTTPStatus.UNPROCESSABLE_ENTITY, problem="no-address", typed=typed)
    visit.services.mail_was_written()
    sealed = visit.services.keyring.seal(code_id.to_bytes(NUMBER, "big"), ASKED)
    return _told_apart(visit, visit.go("entry.mail.code", f"?ask={urlsafe_b64encode(sealed).decode()}"), secret)


def code(visit: Visit) -> Response:
    """Type the code."""
    visit.needs_mail()
    if visit.holder and visit.holder.is_kept:
        return visit.go("badges")
    ask = visit.request.query_params.get("ask", "")[:100]
    return _told_apart(visit, visit.page("recovery/email_code.html", problem="", typed="", ask=ask))


def use(visit: Visit) -> Response:
    """A code was typed: the first right one begins the wait, one after the wait lets in."""
    visit.needs_mail()
    visit.pace_failures("code")
    ask, place = visit.text("ask", 100), SignInContext(visit.kind, is_shared=visit.text("shared") == "yes")
    typed, number = visit.text("code", 100), _number(visit, ask)
    asked = (number, _typed(visit, typed, visit.secret(MAIL_COOKIE)))
    move = partial(recovery.join_wallet, now=visit.now)
    outcome = visit.keep_to_leave(
        recovery.answer_by_email, visit.known, asked, place, visit.now, visit.code_writer, move
    )
    if outcome.kind == "wrong":
        visit.services.rate_limits.failed("code", visit.request)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _told_apart(visit, visit.page("recovery/email_code.html", status, problem="wrong", ask=ask, typed=typed))
    visit.services.mail_was_written()
    if outcome.kind == "entered":
        return visit.sign_in(visit.go("returns"), outcome.token, is_shared=place.is_shared)
    return visit.page(f"recovery/{outcome.kind}.html", until=outcome.until)


def _typed(visit: Visit, code: str, secret: str) -> TypedCode:
    return TypedCode(code, secret, network_of(visit.services.rate_limits.asker(visit.request), ipv6=SITE))


def _told_apart(visit: Visit, response: Response, secret: str = "") -> Response:
    """*response*, with which the browser keeps a secret of its own: the same one however often it asks."""
    secret = secret or visit.secret(MAIL_COOKIE) or new_secret()
    return visit.tell_apart(response, MAIL_COOKIE, secret, visit.services.path("entry.mail"), accounts.CODE_LASTS)


def _number(visit: Visit, ask: str) -> int:
    """The id of the code that *ask* stands for; 0 when it is none of ours."""
    try:
        return int.from_bytes(visit.services.keyring.unseal(urlsafe_b64decode(ask), ASKED), "big")
    except (Unsealable, ValueError, binascii.Error):
        return 0
