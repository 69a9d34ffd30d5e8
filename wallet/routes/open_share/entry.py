"""Somebody who was given a link stands before a share: whether it is open to them, and what its page is made of.

Whatever is not open (any more), or asks for a code that was not given, is one and the same page, byte for byte. Whoever gave the
code, longer ago than that lasts, is asked for it again.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import wraps
from typing import Any

from ... import accounts, pages, shares, storage, web

GONE, SHUT = 404, 403
TYPED = 40
"""Characters of a code that was typed that stay in the field."""
Addresses = Callable[..., str]


class PassIsOver(storage.Missing):
    """Whoever asks gave the code of the share longer ago than a pass lasts."""


def or_closed(handler: web.Handler) -> web.Handler:
    """*handler*, with the one answer for all that is not open; of an open share a file that is lost is told as such."""

    @wraps(handler)
    def answer(visit: web.Visit) -> web.Response:
        try:
            return handler(visit)
        except storage.Lost:
            return visit.page("open_share/not_now.html", GONE)
        except storage.Missing as problem:
            return not_open(visit, problem)

    return answer


def not_open(visit: web.Visit, problem: storage.Missing, chosen: str = "", *typed: str) -> web.Response:
    """The page of a share that is not open to whoever asks, with what they chose and typed, to be copied: it was not sent."""
    if isinstance(problem, PassIsOver):
        return ask_for_code(visit, SHUT, "late", chosen=chosen, typed=typed)
    return visit.page("open_share/closed.html", GONE, chosen=chosen, typed=typed)


def ask_for_code(visit: web.Visit, status: int = 200, problem: str = "", **unsent: Any) -> web.Response:
    """The place for the code, which leads to the page of the share; *problem* says what was wrong with what was typed, which
    stays, and *unsent* what else was not taken (not_open)."""
    path = visit.services.path("shared", token=visit.part["token"])
    digits = visit.form.text("code", TYPED)
    form = secrets.token_hex(8)
    return visit.page(
        "open_share/code.html",
        status,
        path=path,
        to=path + asked(visit),
        problem=problem,
        digits=digits,
        form=form,
        **unsent,
    )


def glance(visit: web.Visit) -> shares.OpenShare:
    """The open share of the address, whether or not it asks for a code; raises Missing."""
    return shares.find_open_share(visit.services.database, visit.part["token"], visit.now)


def passed(visit: web.Visit) -> shares.OpenShare:
    """The open share of the address; raises Missing, also where it asks for a code and no pass is given, PassIsOver where one is
    that was good."""
    open_share = glance(visit)
    if open_share.code_hash is not None and not has_pass(visit, open_share, given(visit)):
        was_good = shares.is_pass_over(visit.services.keyring.mark, open_share.code_hash, given(visit), visit.now)
        raise PassIsOver if was_good else storage.Missing
    return open_share


def given(visit: web.Visit) -> str:
    """The pass that came with the request, be it good or not; "" for none."""
    return visit.form.text("pass") or visit.query.text("pass")


def has_pass(visit: web.Visit, open_share: shares.OpenShare, given: str) -> bool:
    """Whether *given* is a pass for the code of the share, and not over."""
    return shares.is_valid_pass(visit.services.keyring.mark, open_share.code_hash or "", given, visit.now)


def pass_of(visit: web.Visit, open_share: shares.OpenShare) -> str:
    """The pass that was given, else a new one, where the share asks for a code; "" where it asks for none.

    None is ever made longer: 15 minutes after the code was typed, it is asked for again.
    """
    if not open_share.code_hash:
        return ""
    if has_pass(visit, open_share, given(visit)):
        return given(visit)
    return shares.pass_for(visit.services.keyring.mark, open_share.code_hash, visit.now)


def is_owner(visit: web.Visit, open_share: shares.OpenShare) -> bool:
    """Whether the holder looks at what they show themselves."""
    return web.is_signed_in_as(visit, open_share.holder_id)


def addresses(visit: web.Visit, token: str, key: str) -> Addresses:
    """Makes the addresses under a share, with the pass *key* where there is one."""
    query = asked(visit, f"pass={key}" if key else "")
    return lambda name, **parts: visit.services.path(name, token=token, **parts) + query


def asked(visit: web.Visit, *more: str) -> str:
    """The query of an address to go on to: *more*, and the language if it was chosen by the address, as no cookie keeps it."""
    chosen = web.language_in_address(visit.request)
    told = [one for one in (*more, f"lang={chosen}" if chosen in pages.LANGUAGES else "") if one]
    return f"?{'&'.join(told)}" if told else ""


def today(visit: web.Visit) -> date:
    """The day on the wall of those who read the page."""
    return visit.now.astimezone(pages.ZONE).date()


def standpoint_of(visit: web.Visit, open_share: shares.OpenShare) -> shares.Standpoint:
    """From where a share is told now."""
    registers = visit.services.registers.at(open_share.registers_edition)
    return shares.Standpoint(registers=registers, frameworks=visit.services.frameworks, now=visit.now)


def page_of(visit: web.Visit, open_share: shares.OpenShare, token: str, key: str) -> dict[str, Any]:
    """What the page of a share is given: its pictures are under its own address, and end with it. Raises Missing.

    However *token* was typed, it is written in one way: the page is the same for all who ask for it.
    """
    token = accounts.as_typed_meant(token)
    standpoint, at = standpoint_of(visit, open_share), addresses(visit, token, key)
    opened = visit.read(shares.view_share, token, standpoint)
    cards = [replace(one, picture_address=at("shared.picture", place=one.id)) for one in opened.badges]
    presented = sum(map(shares.is_presented, cards))
    return {
        "share": replace(opened, badges=cards),
        "token": token,
        "key": key,
        "photo": at("shared.photo") if opened.has_photo else "",
        "at": at,
        "today": today(visit),
        "for_software": opened.offers_files and 0 < presented <= len(cards) <= shares.MOST_PRESENTED,
        "not_presented": len(cards) - presented,
        "until": opened.right_until(standpoint),
    }
