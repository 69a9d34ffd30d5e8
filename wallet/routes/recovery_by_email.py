"""Coming back by e-mail: the address, its code, the wait. The same pages for every address, whoever's it is."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from functools import partial
from http import HTTPStatus

from .. import accounts, recovery, storage, web

ASKED = "asked to come back"
"""The purpose of the sealed number that stands for a code that was asked for: nobody tries one by counting."""
SITE = 48
"""Bits of the IPv6 prefix that is one network here: whoever has one site has all the /56 in it."""
NUMBER = 8
"""Bytes of that number: it looks the same for all."""
TOLD = "told of a return"
"""The purpose of what is told of a right code, sealed: it has a page of its own, for the code does not come back once more."""


@web.requires_mail
def ask(visit: web.Visit) -> web.Response:
    """Type the address."""
    if visit.holder and visit.holder.is_kept:
        return visit.go("badges")
    return visit.page("recovery/email.html", problem="", typed="")


@web.requires_mail
def redraw(visit: web.Visit) -> web.Response:
    """With the address that was typed."""
    typed = visit.form.text("address", accounts.ADDRESS_LIMIT + 1)
    return visit.page("recovery/email.html", problem="", typed=typed)


@web.requires_mail
def send(visit: web.Visit) -> web.Response:
    """An address was typed: if it is a holder's a letter with a code goes there."""
    typed = visit.form.text("address", accounts.ADDRESS_LIMIT + 1)
    visit.limit_rate("mail")
    secret = web.secret_in(visit, web.MAIL_COOKIE) or web.new_secret()
    try:
        code_id = web.keep_to_leave(
            visit,
            recovery.ask_by_email,
            typed,
            _typed(visit, "", secret),
            visit.now,
            visit.services.code_writer(visit.request, visit.language),
        )
    except accounts.NoAddress:
        return visit.page("recovery/email.html", HTTPStatus.UNPROCESSABLE_ENTITY, problem="no-address", typed=typed)
    visit.services.mail_was_written()
    sealed = visit.services.keyring.seal(code_id.to_bytes(NUMBER, "big"), ASKED)
    return _told_apart(visit, visit.go("entry.mail.code", f"?ask={urlsafe_b64encode(sealed).decode()}"), secret)


@web.requires_mail
def code(visit: web.Visit) -> web.Response:
    """Type the code; or what came of it, for whoever reads it again or in the other language."""
    if visit.holder and visit.holder.is_kept:
        return visit.go("badges")
    if (told := visit.query.text("told", 400)) and (outcome := _told(visit, told)):
        return visit.page(f"recovery/{outcome.kind}.html", until=outcome.until)
    return _ask_for_code(visit, visit.query.text("ask", 100))


@web.requires_mail
def redraw_code(visit: web.Visit) -> web.Response:
    """With the code that was typed; whoever is in by now is led to their badges."""
    if visit.holder and visit.holder.is_kept:
        return visit.go("badges")
    return _ask_for_code(visit, visit.form.text("ask", 100), visit.form.text("code", 100))


@web.requires_mail
def use(visit: web.Visit) -> web.Response:
    """A code was typed: the first right one begins the wait, one after the wait lets in."""
    visit.services.rate_limits.require_few_failures("code", visit.request)
    if visit.holder and visit.holder.is_kept:  # else a device that was there before is one that came back
        return visit.go("badges")
    ask, typed = visit.form.text("ask", 100), visit.form.text("code", 100)
    if not accounts.as_typed_meant(typed):  # no try is spent by whoever typed none
        return _ask_for_code(visit, ask, typed, "none")
    is_shared = visit.form.text("shared") == "yes"
    outcome = web.keep_to_leave(
        visit,
        recovery.answer_by_email,
        visit.signed_in,
        (_number(visit, ask), _typed(visit, typed, web.secret_in(visit, web.MAIL_COOKIE))),
        accounts.SignInContext(accounts.device_kind(visit.user_agent), is_shared),
        visit.now,
        visit.services.code_writer(visit.request, visit.language),
        partial(recovery.join_wallet, now=visit.now),
    )
    if outcome.kind == "wrong":
        visit.services.rate_limits.failed("code", visit.request)
        return _ask_for_code(visit, ask, typed, "wrong")
    visit.services.mail_was_written()
    if outcome.kind == "entered":
        return web.sign_in(visit, visit.go("returns"), outcome.token, is_shared=is_shared)
    told = f"{outcome.kind} {outcome.until.isoformat() if outcome.until else ''}".encode()
    sealed = visit.services.keyring.seal(told, TOLD)
    return visit.go("entry.mail.code", f"?told={urlsafe_b64encode(sealed).decode()}")


def _told(visit: web.Visit, told: str) -> recovery.RecoveryOutcome | None:
    """What came of the code; None where that is none of ours."""
    try:
        kind, _, until = visit.services.keyring.unseal(urlsafe_b64decode(told), TOLD).decode().partition(" ")
    except (storage.Unsealable, ValueError, binascii.Error):
        return None
    return recovery.RecoveryOutcome(
        "waits" if kind == "waits" else "stopped", datetime.fromisoformat(until) if until else None
    )


def _typed(visit: web.Visit, code: str, secret: str) -> accounts.TypedCode:
    return accounts.TypedCode(code, secret, visit.services.rate_limits.network(visit.request, ipv6=SITE))


def _ask_for_code(visit: web.Visit, ask: str, typed: str = "", problem: str = "") -> web.Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    is_shared = visit.form.text("shared") == "yes"
    page = visit.page(
        "recovery/email_code.html", status, problem=problem, typed=typed, ask=ask, is_for_others=is_shared
    )
    return _told_apart(visit, page)


def _told_apart(visit: web.Visit, response: web.Response, secret: str = "") -> web.Response:
    """*response*, with which the browser keeps a secret of its own: the same one however often it asks."""
    secret = secret or web.secret_in(visit, web.MAIL_COOKIE) or web.new_secret()
    return web.set_cookie(
        visit, response, web.MAIL_COOKIE, secret, accounts.CODE_LASTS, visit.services.path("entry.mail")
    )


def _number(visit: web.Visit, ask: str) -> int:
    """The id of the code that *ask* stands for; 0 when it is none of ours."""
    try:
        return int.from_bytes(visit.services.keyring.unseal(urlsafe_b64decode(ask), ASKED), "big")
    except (storage.Unsealable, ValueError, binascii.Error):
        return 0
