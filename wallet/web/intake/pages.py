"""The pages that say what became of what was brought: each file has its own line."""

from collections.abc import Sequence
from dataclasses import replace

from starlette.responses import Response

from ... import badges, recovery, shares
from ...badges import Card, ImportOutcome
from .. import security_headers
from ..current_trust import current_registers, told_now
from ..visit import Visit

TOO_BIG, UNREADABLE = 413, 422
TOO_MUCH = {"too-big", "full", "visitors-full"}
NOT_OF_A_FILE = {
    *("nothing-chosen", "busy", "full", "too-many", "visitors-full"),
    *("code-too-often", "pdf-too-often", "page-too-often"),
}
"""What another file would not mend."""
OF_A_SCAN = {
    "link-no-badge": "scan-no-badge",
    "code-no-badge": "scan-no-badge",
    "link-no-answer": "code-no-answer",
    "link-not-asked": "code-not-asked",
    "link-too-often": "code-too-often",
    "no-badge-in-picture": "scan-no-code",
    "nothing-chosen": "scan-nothing",
    "link-empty": "scan-nothing",
    "offer-not-whole": "scan-offer-not-whole",
}
"""What is wrong with a link or a picture, in a word for whoever held a phone before a code."""


def show_problems(visit: Visit, problems: Sequence[ImportOutcome], link: str = "") -> Response:
    """The page from which it was brought, with what is wrong, where there is nothing to keep."""
    status = TOO_BIG if all(one.reason in TOO_MUCH for one in problems) else UNREADABLE
    if visit.form.text("scanned"):
        return show_scanner(
            visit,
            [replace(one, file_name="", reason=OF_A_SCAN.get(one.reason, one.reason)) for one in problems],
            status,
        )
    if not link and not is_of_a_link(visit) and any(one.reason not in NOT_OF_A_FILE for one in problems):
        return visit.page("badges/not_added.html", status, problems=problems)
    if visit.signed_in or link or is_of_a_link(visit):
        return visit.page("badges/new.html", status, problems=problems, link=link)
    return visit.page("public/welcome.html", status, problems=problems)


def show_scanner(visit: Visit, problems: Sequence[ImportOutcome] = (), status: int = 200) -> Response:
    """The page on which a code is scanned, which alone may use the camera for a badge."""
    return visit.page("badges/scan.html", status, security_headers.LOOKING, problems=problems)


def show_result(
    visit: Visit, outcomes: Sequence[ImportOutcome] = (), removed: Card | None = None, done: str = ""
) -> Response:
    """What a visitor sees before there is any account."""
    cards = told_now(visit, (one.card for one in visit.read(badges.list_badges, visit.holder_id)))
    until = visit.holder.leaves_at if visit.holder else None
    if not cards:
        until = until if until and visit.read(recovery.has_to_keep, visit.holder_id) else None
        return visit.page("public/welcome.html", problems=outcomes, removed=removed, done=done, until=until)
    first = badges.first_told(cards)
    return visit.page(
        "badges/added.html",
        badge=first,
        others=[card for card in cards if card is not first],
        outcomes=outcomes,
        removed=removed,
        done=done,
        until=until,
    )


def tell_outcomes(visit: Visit, outcomes: Sequence[ImportOutcome]) -> Response:
    """What became of each; of a single one that is kept, its own page says it."""
    is_kept = bool(visit.holder and visit.holder.is_kept)
    only = outcomes[0] if len(outcomes) == 1 else None
    if only and only.badge_id and (is_kept or only.kind != "added"):
        done = f"{only.kind}-{only.reason}" if only.reason else only.kind
        return visit.go("badge", f"?done={done}", id=only.badge_id)
    if all(one.badge_id for one in outcomes) and not is_kept:
        return visit.go("badges")
    if not is_kept:
        return show_result(visit, outcomes)
    known = current_registers(visit)
    told = [
        replace(one, badge=badges.told_at(one.badge, known, visit.now)) if one.badge else one
        for one in visit.read(badges.add_cards, visit.holder_id, outcomes)
    ]
    called = visit.holder.name if visit.holder else ""
    others = {one.badge.id: shares.other_name(called, one.badge) for one in told if one.badge}
    return visit.page("badges/upload_outcomes.html", outcomes=told, other_names=others)


def is_of_a_link(visit: Visit) -> bool:
    """Whether the form for a link was sent, and not the one for files."""
    return "link" in visit.form and "documents" not in visit.form
