"""The holder's e-mail addresses: seen, added, verified by a code, taken away. Nothing of it where no mail server is told."""

from http import HTTPStatus

from starlette.responses import Response

from .. import accounts, badges
from ..accounts import NoAddress, TooManyAddresses
from ..web import Visit


def index(visit: Visit) -> Response:
    """My e-mail addresses."""
    visit.needs_mail()
    mine = visit.read(accounts.list_addresses, visit.holder_id)
    done = visit.request.query_params.get("done", "")
    return visit.page("emails/index.html", addresses=mine, most=accounts.MOST_ADDRESSES, done=done)


def new(visit: Visit) -> Response:
    """Add one."""
    visit.needs_mail()
    return visit.page("emails/new.html", problem="", typed="")


def create(visit: Visit) -> Response:
    """An address was typed: a letter with a code goes there."""
    visit.needs_mail()
    visit.pace("mail", visit.holder_id)
    typed = visit.text("address", accounts.ADDRESS_LIMIT + 1)
    try:
        address = visit.keep(accounts.add_address, visit.holder_id, typed, visit.now, visit.code_writer)
    except NoAddress:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return visit.page("emails/new.html", status, problem="no-address", typed=typed)
    except TooManyAddresses:
        return visit.go("addresses")
    visit.services.mail_was_written()
    return visit.go("address", id=address.id)


def show(visit: Visit) -> Response:
    """Type the code."""
    visit.needs_mail()
    return _ask_for_code(visit)


def verify(visit: Visit) -> Response:
    """A code was typed: with the right one the address is the holder's, and so are the badges that name it."""
    visit.needs_mail()
    visit.pace("code", visit.holder_id)
    known, id = visit.someone, visit.part["id"]
    answer = visit.keep(badges.verify_address, known, id, visit.text("code", 100), visit.now, visit.code_writer)
    return visit.go("addresses", "?done=right") if answer == "right" else _ask_for_code(visit, answer)


def write_again(visit: Visit) -> Response:
    """One more letter."""
    visit.needs_mail()
    visit.pace("mail", visit.holder_id)
    visit.keep(accounts.send_code_again, visit.holder_id, visit.part["id"], visit.now, visit.code_writer)
    visit.services.mail_was_written()
    return visit.go("address", "?done=sent", id=visit.part["id"])


def remove(visit: Visit) -> Response:
    """Take it away."""
    visit.needs_mail()
    visit.keep(badges.remove_address, visit.someone, visit.part["id"], visit.now)
    return visit.go("addresses", "?done=removed")


def _ask_for_code(visit: Visit, problem: str = "") -> Response:
    address = visit.read(accounts.get_address, visit.holder_id, visit.part["id"])
    if address.verified_at is not None:
        return visit.go("addresses")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    done = visit.request.query_params.get("done", "")
    typed = visit.text("code", 100)
    return visit.page("emails/verify.html", status, one=address, problem=problem, done=done, typed=typed)
