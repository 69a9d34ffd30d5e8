"""Coming back by e-mail: the address, its code, the wait. The same pages for every address, whoever's it is."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import partial
from http import HTTPStatus

from starlette.responses import Response

from .. import addresses, mailbox, mailed_codes, waiting_badges
from ..addresses import NoAddress
from ..holders import Place
from ..keyring import Unsealable
from ..mailed_codes import Typed
from ..paces import network_of
from ..visit import MAIL_COOKIE, Visit, new_secret

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
    typed, secret = visit.text("address", addresses.LIMIT + 1), visit.secret(MAIL_COOKIE) or new_secret()
    try:
        code_id = visit.keep_to_leave(mailbox.ask, typed, _typed(visit, "", secret), visit.now, visit.hand)
    except NoAddress:
        return visit.page("recovery/email.html", HTTPStatus.UNPROCESSABLE_ENTITY, problem="no-address", typed=typed)
    visit.house.letter_was_written()
    sealed = visit.house.keyring.seal(code_id.to_bytes(NUMBER, "big"), ASKED)
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
    ask, place = visit.text("ask", 100), Place(visit.kind, is_shared=visit.text("shared") == "yes")
    typed, number = visit.text("code", 100), _number(visit, ask)
    asked = (number, _typed(visit, typed, visit.secret(MAIL_COOKIE)))
    move = partial(waiting_badges.join, now=visit.now)
    outcome = visit.keep_to_leave(mailbox.answer, visit.known, asked, place, visit.now, visit.hand, move)
    if outcome.kind == "wrong":
        visit.house.paces.failed("code", visit.request)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _told_apart(visit, visit.page("recovery/email_code.html", status, problem="wrong", ask=ask, typed=typed))
    visit.house.letter_was_written()
    if outcome.kind == "entered":
        return visit.sign_in(visit.go("returns"), outcome.token, is_shared=place.is_shared)
    return visit.page(f"recovery/{outcome.kind}.html", until=outcome.until)


def _typed(visit: Visit, code: str, secret: str) -> Typed:
    return Typed(code, secret, network_of(visit.house.paces.asker(visit.request), ipv6=SITE))


def _told_apart(visit: Visit, response: Response, secret: str = "") -> Response:
    """*response*, with which the browser keeps a secret of its own: the same one however often it asks."""
    secret = secret or visit.secret(MAIL_COOKIE) or new_secret()
    return visit.tell_apart(response, MAIL_COOKIE, secret, visit.house.path("entry.mail"), mailed_codes.LASTS)


def _number(visit: Visit, ask: str) -> int:
    """The id of the code that *ask* stands for; 0 when it is none of ours."""
    try:
        return int.from_bytes(visit.house.keyring.unseal(urlsafe_b64decode(ask), ASKED), "big")
    except (Unsealable, ValueError, binascii.Error):
        return 0
