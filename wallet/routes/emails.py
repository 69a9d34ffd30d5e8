"""The holder's e-mail addresses: seen, added, verified by a code, taken away. Nothing of it where no mail server is told."""

from http import HTTPStatus

from .. import accounts, badges, storage, web

STATUS = {"too-many": HTTPStatus.TOO_MANY_REQUESTS, "none-goes": HTTPStatus.TOO_MANY_REQUESTS}


@web.requires_mail
def index(visit: web.Visit) -> web.Response:
    """My e-mail addresses."""
    return visit.page(
        "emails/index.html",
        addresses=visit.read(accounts.list_addresses, visit.holder_id),
        awaited=visit.read(accounts.awaited_codes, visit.holder_id, visit.now),
        most=accounts.MOST_ADDRESSES,
        done=visit.query.text("done"),
    )


@web.requires_mail
def new(visit: web.Visit) -> web.Response:
    """Add one."""
    return visit.page("emails/new.html", problem="", typed="")


@web.requires_mail
def redraw_new(visit: web.Visit) -> web.Response:
    """With the address that was typed."""
    return visit.page("emails/new.html", problem="", typed=visit.form.text("address", accounts.ADDRESS_LIMIT + 1))


@web.requires_mail
def create(visit: web.Visit) -> web.Response:
    """An address was typed: a letter with a code goes there; where none goes now the list asks for it again. None of hers is added to
    the badges of whoever entered in another tab since: by it she could come back to them."""
    if web.is_from_page_of_another(visit):
        return visit.go("addresses", "?done=another")
    typed = visit.form.text("address", accounts.ADDRESS_LIMIT + 1)
    visit.limit_rate("mail", visit.holder_id)
    try:
        address = visit.keep(
            accounts.add_address,
            visit.holder_id,
            typed,
            visit.now,
            visit.services.code_writer(visit.request, visit.language),
        )
    except accounts.NoAddress:
        return visit.page("emails/new.html", HTTPStatus.UNPROCESSABLE_ENTITY, problem="no-address", typed=typed)
    except accounts.TooManyAddresses:
        return visit.go("addresses")
    visit.services.mail_was_written()
    return visit.go("address", id=address.id) if _is_awaited(visit, address.id) else visit.go("addresses")


@web.requires_mail
def show(visit: web.Visit, problem: str = "") -> web.Response:
    """Type the code; *problem* is what was wrong with the one before."""
    address = visit.read(accounts.get_address, visit.holder_id, visit.part["id"])
    if address.verified_at is not None:
        return visit.go("addresses")
    return visit.page(
        "emails/verify.html",
        STATUS.get(problem, HTTPStatus.UNPROCESSABLE_ENTITY) if problem else HTTPStatus.OK,
        one=address,
        problem=problem,
        done=visit.query.text("done"),
        typed=visit.form.text("code", 100),
    )


@web.requires_mail
@web.rate_limited("code")
def verify(visit: web.Visit) -> web.Response:
    """A code was typed: with the right one the address is the holder's, and so are the badges that name it."""
    code = visit.form.text("code", 100)
    if not accounts.as_typed_meant(code):  # no try is spent by whoever typed none
        return show(visit, "none")
    answer = visit.keep(
        badges.verify_address,
        visit.authenticated,
        visit.part["id"],
        code,
        visit.now,
        visit.services.code_writer(visit.request, visit.language),
    )
    return visit.go("addresses", "?done=right") if answer == "right" else show(visit, answer)


@web.requires_mail
@web.rate_limited("mail")
def write_again(visit: web.Visit) -> web.Response:
    """One more letter; where so many went that none goes now, that is said."""
    is_on_its_way = visit.keep(
        accounts.send_code_again,
        visit.holder_id,
        visit.part["id"],
        visit.now,
        visit.services.code_writer(visit.request, visit.language),
    )
    if not is_on_its_way:
        return show(visit, "too-many" if _is_awaited(visit, visit.part["id"]) else "none-goes")
    visit.services.mail_was_written()
    return visit.go("address", "?done=sent", id=visit.part["id"])


@web.requires_mail
def remove(visit: web.Visit) -> web.Response:
    """Take it away; of one that is not there the list says so."""
    try:
        visit.keep(badges.remove_address, visit.authenticated, visit.part["id"], visit.now)
    except storage.Missing:
        return visit.go("addresses")
    return visit.go("addresses", "?done=removed")


def _is_awaited(visit: web.Visit, address_id: int) -> bool:
    """Whether a code went to the address that is still good."""
    return address_id in visit.read(accounts.awaited_codes, visit.holder_id, visit.now)
