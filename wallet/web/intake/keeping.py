"""What was brought is kept: badges at once, words on them when their holder says so. The first badge makes a visitor of nobody."""

from collections.abc import Sequence
from dataclasses import replace

from starlette.responses import Response

from ... import accounts, badges, endorsements
from ...badges import ImportOutcome, NewBadge
from .. import cookies, transactions
from ..visit import Visit
from .allowance import files_of


def keep_brought(
    visit: Visit, arrived: Sequence[NewBadge | ImportOutcome], *, unasked: bool = False
) -> tuple[str, list[ImportOutcome]]:
    """As badges.keep_or_ask, of which the visit knows afterwards."""
    token, outcomes = transactions.keep_with_files(
        visit, files_of(arrived), badges.keep_or_ask, visit.holder, arrived, visit.now, unasked=unasked
    )
    recognise_visitor(visit, token)
    return token, outcomes


def recognise_visitor(visit: Visit, token: str) -> None:
    """Whoever was nobody is a visitor now."""
    if token:
        visit.signed_in = visit.read(accounts.recognise, token, visit.now)


def sign_in_visitor(visit: Visit, response: Response, token: str) -> Response:
    """*response*, for whoever was nobody with the cookie of a visitor."""
    return cookies.sign_in(visit, response, token, is_kept=False) if token else response


def ask_about_endorsements(visit: Visit, outcomes: Sequence[ImportOutcome]) -> list[ImportOutcome]:
    """*outcomes*, and of each word among them on which badge of the holder's it waits now, or why it does not."""
    return [_asked(visit, one) if one.brought else one for one in outcomes]


def _asked(visit: Visit, one: ImportOutcome) -> ImportOutcome:
    brought = one.brought
    if brought is None or visit.holder is None or endorsements.why_untrue(brought.found):
        reason = endorsements.why_untrue(brought.found) if brought else ""
        return replace(one, reason=reason or one.reason, brought=None)
    with transactions.storing_files(visit) as shelved:
        name = visit.services.files.keep(brought.document)
        shelved.add(name)
        told = transactions.keep_with_files(
            visit, [name], endorsements.ask_to_keep, visit.holder.id, brought, name, visit.now
        )
    return replace(told, file_name=one.file_name)


def proven_addresses(visit: Visit) -> Sequence[str]:
    """What whoever is known has proven to be theirs."""
    return visit.read(badges.proven_addresses, visit.holder.id) if visit.holder else ()
