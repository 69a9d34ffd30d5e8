"""The cookies of the wallet: how one is set and taken back, and the one of a device that is signed in (docs/security.md A14)."""

import secrets
from datetime import timedelta

from starlette.responses import Response

from .. import accounts
from . import service_worker
from .layout import LANGUAGE_COOKIE, TEXT_SIZE_COOKIE
from .visit import Visit

HANDOVER_COOKIE, OFFER_COOKIE, INSTALL_LATER_COOKIE = "handover", "offer", "install"
MAIL_COOKIE, CEREMONY_COOKIE = "mail", "ceremony"
RETURNING_COOKIE = "returning"
"""That somebody on this device has a wallet, and nothing of whose: home offers to open it."""
HOW_ONE_READS = (LANGUAGE_COOKIE, TEXT_SIZE_COOKIE)
CEREMONIES = ("passkeys.create", "devices.create")
"""The routes below which a browser that begins a ceremony is told from others."""
SECRET = 32
"""Characters of the secret by which a browser is told from others."""
YEAR = timedelta(days=365)


def set_cookie(
    visit: Visit, response: Response, name: str, value: str, lasts: timedelta | None, path: str = "/"
) -> Response:
    """*response*, with a cookie below *path* for so long, None for as long as the window is open."""
    seconds, secure = int(lasts.total_seconds()) if lasts else None, visit.services.settings.secure
    response.set_cookie(name, value, seconds, path=path, secure=secure, httponly=True, samesite="lax")
    return response


def delete_cookie(visit: Visit, response: Response, name: str, path: str = "/") -> Response:
    """*response*, with which the browser forgets that cookie."""
    response.delete_cookie(name, path, secure=visit.services.settings.secure, httponly=True, samesite="lax")
    return response


def new_secret() -> str:
    """By which a browser that keeps none yet is told from others."""
    return secrets.token_urlsafe(SECRET * 3 // 4)


def secret_in(visit: Visit, cookie: str) -> str:
    """The secret that tells this browser from others, in *cookie*; "" when it keeps none."""
    kept = visit.cookies.get(cookie, "")
    return kept if len(kept) == SECRET and kept.isascii() else ""


def sign_in(visit: Visit, response: Response, token: str, *, is_shared: bool = False, is_kept: bool = True) -> Response:
    """*response*, with the cookie of a device signed in; a shared one's goes with the window.

    Of whoever was here before, nothing stays in the phone; of a wallet that is not kept as yet (*is_kept*) nothing will.
    """
    response.headers[service_worker.HOLDER] = service_worker.NOBODY
    set_cookie(visit, response, visit.services.cookie, token, None if is_shared else accounts.LONGEST)
    return remember_somebody(visit, response) if is_kept and not is_shared else response


def remember_choice(visit: Visit, response: Response, name: str, value: str) -> Response:
    """*response*, with which the browser remembers what was chosen; a shared one as long as it keeps who is signed in."""
    return set_cookie(visit, response, name, value, None if visit.is_shared else YEAR)


def as_chosen(visit: Visit) -> str:
    """The query by which the last page of whoever leaves a shared computer is in the language that they had chosen there."""
    return f"?lang={visit.language}" if visit.is_shared and LANGUAGE_COOKIE in visit.cookies else ""


def remember_somebody(visit: Visit, response: Response) -> Response:
    """*response*, with which the browser remembers that somebody here has a wallet; never on a computer that others use."""
    return set_cookie(visit, response, RETURNING_COOKIE, "yes", YEAR)


def sign_out(visit: Visit, response: Response, *, is_shared: bool = False) -> Response:
    """*response*, with which the browser forgets what it kept of us; a shared one also all that scripts keep, and how whoever
    leaves likes to read.

    In a phone of their own the worker throws away what is theirs: what somebody else has not sent yet stays, sealed.
    """
    is_shared = is_shared or visit.is_shared
    delete_cookie(visit, response, visit.services.cookie)
    for name in CEREMONIES:
        delete_cookie(visit, response, CEREMONY_COOKIE, visit.services.path(name))
    response.headers[service_worker.HOLDER] = service_worker.NOBODY
    for name in HOW_ONE_READS if is_shared else ():
        delete_cookie(visit, response, name)
    response.headers["Clear-Site-Data"] = '"cache", "storage"' if is_shared else '"cache"'
    return response
