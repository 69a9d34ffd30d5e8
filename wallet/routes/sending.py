"""What is shown is handed on: the message that is ready to be sent, the block for a CV, the picture of the code, a badge on a
profile.

Nothing is sent from here: a link opens WhatsApp, messages or mail on the holder's own phone, and they choose to whom.
"""

import json
from datetime import date, datetime

from .. import badges, concurrency, pages, sandbox, shares, storage, web

PNG, PDF = "image/png", "application/pdf"
MOMENT = 5
"""Seconds after which whoever found no room may ask again."""
DOTS_OF_CODE = 300
"""Of an inch, in the picture of the code: some thousand across."""
FAR = 3000
"""A year from here on is none for a form: by it an issuer means "never"."""


def send(visit: web.Visit) -> web.Response:
    """« Envoyer mes badges », with the ready sentence, or the holder's own as the address says it."""
    told = _share_of(visit)
    if not (told.is_open and told.token and told.badges):
        return visit.go("share.details", id=told.id)
    ready = " ".join(visit.services.pages.render("shares/message.txt", visit.language, share=told).split())
    is_changed = "message" in visit.query
    message = shares.sending.message_of(visit.query.text("message")) if is_changed else ready
    link = visit.services.address("shared", token=told.token)
    text = shares.sending.with_link(message, link)
    subject = visit.services.pages.render("shares/subject.txt", visit.language, share=told).strip()
    return visit.page(
        "shares/send.html",
        share=told,
        link=link,
        message=message,
        is_changed=is_changed and message != ready,
        limit=shares.sending.MESSAGE_LIMIT,
        by_whatsapp=shares.sending.whatsapp_link(text),
        by_sms=shares.sending.sms_link(text),
        by_e_mail=shares.sending.mail_link(subject, text),
    )


def block(visit: web.Visit) -> web.Response:
    """« Petit bloc pour mon CV », as it will be in print."""
    told = _share_of(visit)
    if not (told.is_open and told.token and told.badges):
        return visit.go("share.details", id=told.id)
    return _show_block(visit, told)


def page_block(visit: web.Visit) -> web.Response:
    """The block that leads to « Ma page »; where that is off it is asked for, with the badges of a share, or all good ones."""
    mine = _page_of(visit)
    if opened := _open_page_of(visit):
        return _show_block(visit, opened)
    told = None
    if number := visit.query.number("share"):
        told = visit.read(shares.get_owned_share, visit.holder_id, number, visit.services.keyring.unseal, visit.now)
    kept = visit.read(badges.list_badges, visit.holder_id)
    good = [one.id for one in kept if one.may_be_shown and badges.is_wanted(one)]
    wanted = [one.id for one in told.badges] if told else [] if mine and mine.badges else good
    return visit.page("shares/ask_page.html", mine=mine, wanted=wanted, has_badges=bool(kept))


@web.rate_limited("share")
def show_on_page(visit: web.Visit) -> web.Response:
    """« Oui, montrer sur Ma page »: it is on, with these badges; then on to what asked for it."""
    ids = sorted(set(visit.form.numbers("badge")))
    kept = [one for one in visit.read(badges.list_badges, visit.holder_id) if badges.is_wanted(one)]
    first = shares.sending.FirstPage(name=shares.first_name(visit.holder, kept), seal=visit.services.keyring.seal)
    return_id = visit.authenticated.device.return_id
    try:
        visit.keep(shares.sending.show_on_page, visit.holder_id, ids, first, visit.now, return_id)
    except (ValueError, storage.Missing, shares.ChangedMeanwhile, shares.TooManyShares):
        return visit.go("page")  # a badge may have been removed in another tab
    if visit.form.text("then") == "elsewhere" and ids:
        return visit.go("badge.elsewhere", id=ids[0])
    return visit.go("page.block")


def elsewhere(visit: web.Visit) -> web.Response:
    """One badge on profiles and CVs, and in other wallets: what LinkedIn will show of it, and its form filled in."""
    kept = visit.read(badges.get_badge, visit.holder_id, visit.part["id"])
    (badge,) = web.told_now(visit, [kept.card])
    page, mine = visit.read(shares.find_page, visit.holder_id), _page_of(visit)
    place = shares.sending.place_on_page(page, kept.id) if page and mine and mine.is_open and mine.token else None
    certification = None
    if mine and place is not None and badge.is_showable:
        certification = shares.sending.Certification(
            name=" – ".join(filter(None, (badge.name, badges.level_for_others(badge.level)))),
            organisation=badge.trust.name or badge.issuer_name,
            issued_on=_day(badge.issued_on),
            ends_on=_day(badge.valid_until),
            address=visit.services.address("shared.alone", token=mine.token, place=place),
            number=str(kept.read["id"] or ""),
        )
    return visit.page(
        "badges/export.html",
        badge=badge,
        container=kept.container,
        mine=mine,
        certification=certification,
        by_linkedin=shares.sending.linkedin_link(certification) if certification else "",
        link=visit.services.address("shared", token=mine.token) if mine and mine.token else "",
    )


def page_picture(visit: web.Visit) -> web.Response:
    """As `block_picture`, of « Ma page »; where that is off it is asked for."""
    mine = _open_page_of(visit)
    return _block_picture(visit, mine) if mine else visit.go("page.block")


def page_paper(visit: web.Visit) -> web.Response:
    """As `block_paper`, likewise."""
    mine = _open_page_of(visit)
    return _block_paper(visit, mine) if mine else visit.go("page.block")


def block_picture(visit: web.Visit) -> web.Response:
    """The block as a picture, to be put into a document; smaller where it is only looked at."""
    return _block_picture(visit, _open_share_of(visit))


def block_paper(visit: web.Visit) -> web.Response:
    """The block as a PDF of its very size."""
    return _block_paper(visit, _open_share_of(visit))


def code_picture(visit: web.Visit) -> web.Response:
    """The code as a picture to keep among one's photos, which says whose it is and until when; bare where it cannot be set."""
    told = _open_share_of(visit)
    try:
        content = _drawn(visit, told, "code-picture", DOTS_OF_CODE)
    except (storage.Lost, storage.Missing):
        content = pages.qr_png(visit.services.address("shared", token=told.token))
    return web.download(content, PNG, shares.sending.file_name("badges", told.name, ".png"))


def _show_block(visit: web.Visit, told: shares.OwnedShare) -> web.Response:
    opened = visit.read(shares.view_share, told.token, web.current_standpoint(visit))
    return visit.page(
        "shares/block.html", share=told, can_choose=shares.sending.can_choose_top(opened), only_top="top" in visit.query
    )


def _block_picture(visit: web.Visit, told: shares.OwnedShare) -> web.Response:
    is_seen = "seen" in visit.query
    content = _drawn(visit, told, "cv-block", shares.sending.DOTS_SEEN if is_seen else shares.sending.DOTS)
    if is_seen:
        return web.show_drawing(content, PNG)
    return web.download(content, PNG, shares.sending.file_name("bloc-cv", told.name, ".png"))


def _block_paper(visit: web.Visit, told: shares.OwnedShare) -> web.Response:
    content = _drawn(visit, told, "cv-block", 0)
    return web.download(content, PDF, shares.sending.file_name("bloc-cv", told.name, ".pdf"))


def _page_of(visit: web.Visit) -> shares.OwnedShare | None:
    """« Ma page » as its holder sees it, open or closed; None where there is none."""
    return visit.read(shares.find_owned_page, visit.holder_id, visit.services.keyring.unseal, visit.now)


def _open_page_of(visit: web.Visit) -> shares.OwnedShare | None:
    """The same, where it is open and shows something."""
    mine = _page_of(visit)
    return mine if mine and mine.is_open and mine.token and mine.badges else None


def _day(moment: datetime | None) -> date | None:
    """On which it was, where those who read it are; the end of all time is none."""
    try:
        return moment.astimezone(pages.ZONE).date() if moment and moment.year < FAR else None
    except OverflowError:
        return None


def _share_of(visit: web.Visit) -> shares.OwnedShare:
    """The holder's share of the address; raises Missing."""
    return visit.read(
        shares.get_owned_share, visit.holder_id, visit.part["id"], visit.services.keyring.unseal, visit.now
    )


def _open_share_of(visit: web.Visit) -> shares.OwnedShare:
    """The same; raises Missing also where it is over, or its link cannot be read any more."""
    told = _share_of(visit)
    if not (told.is_open and told.token):
        raise storage.Missing
    return told


def _drawn(visit: web.Visit, told: shares.OwnedShare, layout: sandbox.Layout, dots: int) -> bytes:
    """What is laid out so, once for each edition of the share; raises as open_share/sheet.py does."""
    open_share = shares.find_open_share(visit.services.database, told.token, visit.now)
    name = (open_share.token_hash, visit.language, layout, dots, "top" in visit.query)
    found = visit.services.sheets.get_or_render(
        name, open_share.edition, visit.now, lambda: _set(visit, told, open_share, layout, dots)
    )
    return found.plain


def _set(
    visit: web.Visit, told: shares.OwnedShare, open_share: shares.OpenShare, layout: sandbox.Layout, dots: int
) -> web.Rendered:
    visit.limit_rate("sheet", open_share.id)
    standpoint, only_top = web.current_standpoint(visit), "top" in visit.query
    opened = visit.read(shares.view_share, told.token, standpoint)
    if not opened.badges:
        raise storage.Missing
    address, patches = (
        visit.services.address("shared", token=told.token),
        shares.sending.patches_of(opened, only_top=only_top),
    )
    words = json.loads(
        visit.services.pages.render(
            "shares/block_words.txt",
            visit.language,
            share=opened,
            address=[address.partition("://")[2].removesuffix(told.token), *told.groups],
            patches=patches,
            layout=layout,
            is_lasting=told.is_page,
        )
    )
    drawings = (
        sandbox.drawings_of(one.drawing for one in patches)
        | {name: _picture(visit, kept) for name, kept in shares.sending.pictures_needed(patches).items()}
        | {"code": pages.qr_svg(address).decode()}
    )
    try:
        content = sandbox.set_as(layout, words, drawings, visit.now, dots)
    except sandbox.ChildBusy:
        raise concurrency.PoolFull(MOMENT) from None
    except sandbox.NoAnswer as problem:
        raise storage.Lost from problem
    return content, badges.right_until(opened.badges, standpoint.registers, visit.now)


def _picture(visit: web.Visit, name: str) -> str:
    """A kept picture, to be set; the plain petal for one that is lost."""
    try:
        return shares.sending.picture_drawing(storage.read_needed(visit.services.files, name))
    except storage.Lost:
        return sandbox.drawings_of(["petal-0"])["petal-0"]
