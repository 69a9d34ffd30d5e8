"""Coming back by the rescue paper: the way in, what whoever came back reads first, and how the others stop it."""

from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import UploadFile

from .. import accounts, inspection, openbadges, recovery, storage, web


def entry(visit: web.Visit, problem: str = "", typed: str = "", group: int = 0) -> web.Response:
    """Where the paper is scanned, typed, or chosen among the photos; *problem* is what was wrong with it."""
    return visit.page(
        "recovery_codes/use.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
        web.LOOKING,
        problem=problem,
        typed=typed,
        group=group,
        is_for_others="shared" in visit.form,
    )


def redraw(visit: web.Visit) -> web.Response:
    """With the code that was typed; a picture is chosen anew."""
    return entry(visit, typed=visit.form.text("code", 200))


def enter(visit: web.Visit) -> web.Response:
    """Come back by the paper: unknown and used ones are told alike.

    A picture in which no code was found counts as a failure, as a code that opens nothing does: each one costs a child's turn.
    """
    visit.services.rate_limits.require_few_failures("paper", visit.request)
    if visit.holder and visit.holder.is_kept:
        return entry(visit)
    typed, pictures = visit.form.text("code", 200), visit.form.files("picture")
    place = accounts.SignInContext(accounts.device_kind(visit.user_agent), bool(visit.form.text("shared")))
    try:
        code = _pictured(pictures[0]) if pictures else accounts.read_code(typed)
        token = web.keep_to_leave(
            visit,
            recovery.enter_by_recovery_code,
            visit.signed_in,
            code,
            place,
            visit.now,
            partial(recovery.join_wallet, now=visit.now),
            visit.language,
        )
    except accounts.Mistyped as fault:
        return entry(visit, "mistyped" if accounts.as_typed_meant(typed) else "empty", typed, fault.group)
    except (openbadges.UnreadableBadge, storage.Missing) as fault:
        problem = "unknown" if isinstance(fault, storage.Missing) else "busy" if fault.reason == "busy" else "no-code"
        if problem != "busy":  # else nobody looked at it
            visit.services.rate_limits.failed("paper", visit.request)
        return entry(visit, problem, typed)
    visit.services.mail_was_written()
    return web.sign_in(visit, visit.go("returns"), token, is_shared=place.is_shared)


def index(visit: web.Visit) -> web.Response:
    """« Vous revoilà »: a key for this phone, where it has made none yet, and what waits until when."""
    device = visit.authenticated.device
    mine = visit.read(accounts.get_recovery, visit.holder_id, device.return_id, visit.now)
    if mine is None or mine.entered_at is None:
        return visit.go("badges")
    has_key = any(key.return_id == mine.id for key in visit.read(accounts.list_passkeys, visit.holder_id))
    return visit.page(
        "recovery/recovered.html",
        is_borrowed=device.is_shared,
        has_key=has_key,
        way=mine.way,
        paper=visit.read(accounts.get_recovery_code, visit.holder_id),
        still_good=visit.read(recovery.is_recovery_code_still_good, visit.authenticated, visit.now),
    )


def stop(visit: web.Visit) -> web.Response:
    """« Ce n'est pas moi »: nobody gets in by that return any more, and what came with it is gone."""
    id = visit.part["id"]
    back = visit.read(accounts.get_recovery, visit.holder_id, id, visit.now)
    try:
        code = web.keep_to_leave(visit, recovery.stop_recovery, visit.authenticated, id, visit.now)
    except storage.Missing:
        if visit.read(accounts.is_too_late_to_stop, visit.holder_id, id, visit.now):  # the page stood open for long
            return visit.page("recovery/too_late.html", HTTPStatus.CONFLICT)
        # As where the button is touched twice, and the answer with a new paper may not have been seen.
        return visit.go("badges" if visit.read(recovery.list_ways_in, visit.holder_id).keys else "paper")
    except recovery.WrongDevice:
        return visit.page("recovery/refused.html", HTTPStatus.CONFLICT)
    if code:
        return visit.page(
            "recovery_codes/sheet.html",
            **recovery.sheet_page(code, visit.services.address("entry.paper")),
            made_at=visit.now,
            replaced=True,
            stopped=True,
        )
    return visit.go("paper" if back and back.way == "paper" else "badges", "?done=stopped")


def acknowledge(visit: web.Visit) -> web.Response:
    """« Oui, c'est moi »: nobody is asked about that return any more."""
    try:
        back = web.keep_to_leave(visit, recovery.acknowledge_recovery, visit.authenticated, visit.part["id"], visit.now)
    except (recovery.KeyTooNew, recovery.KeyNotShown) as refusal:
        may_show = isinstance(refusal, recovery.KeyNotShown)
        return visit.page("recovery/not_yours.html", HTTPStatus.FORBIDDEN, may_show=may_show)
    return visit.go("badges", f"?done=acknowledged-{back.way}")


def _pictured(upload: UploadFile) -> str:
    """The code on the picture of a paper; raises UnreadableBadge when there is none."""
    for text in inspection.qr_codes_in(upload.file.read(inspection.BIGGEST_FILE + 1)):
        try:
            return accounts.read_code(urlsplit(text).fragment)
        except ValueError:  # the code of something else, or no address at all
            continue
    raise openbadges.UnreadableBadge("no-code")
