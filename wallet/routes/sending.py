"""A share is handed on: the message that is ready to be sent, the block for a CV, the picture of its code.

Nothing is sent from here: a link opens WhatsApp, messages or mail on the holder's own phone, and they choose to whom.
"""

import json

from .. import badges, concurrency, sandbox, shares, storage, web

PNG, PDF = "image/png", "application/pdf"
MOMENT = 5
"""Seconds after which whoever found no room may ask again."""
DOTS_OF_CODE = 300
"""Of an inch, in the picture of the code: some thousand across."""


def send(visit: web.Visit) -> web.Response:
    """« Envoyer mes badges », with the ready sentence, or the holder's own as the address says it."""
    told = visit_share(visit)
    if not told.is_open or not told.token:
        return visit.go("share.details", id=told.id)
    ready = " ".join(visit.services.pages.render("shares/message.txt", visit.language, share=told).split())
    is_changed = "message" in visit.query
    message = visit.query.text("message", shares.MESSAGE_LIMIT) if is_changed else ready
    link = visit.services.address("shared", token=told.token)
    text = shares.with_link(message, link)
    subject = visit.services.pages.render("shares/subject.txt", visit.language, share=told).strip()
    return visit.page(
        "shares/send.html",
        share=told,
        link=link,
        message=message,
        is_changed=is_changed and message != ready,
        limit=shares.MESSAGE_LIMIT,
        by_whatsapp=shares.whatsapp_link(text),
        by_sms=shares.sms_link(text),
        by_mail_link=shares.mail_link(subject, text),
    )


def block(visit: web.Visit) -> web.Response:
    """« Petit bloc pour mon CV », as it will be in print."""
    told = visit_share(visit)
    if not (told.is_open and told.token and told.badges):
        return visit.go("share.details", id=told.id)
    return visit.page("shares/block.html", share=told)


def block_picture(visit: web.Visit) -> web.Response:
    """The block as a picture, to be put into a document; smaller where it is only looked at."""
    is_seen = "seen" in visit.query
    told = open_share_of(visit)
    content = _drawn(visit, told, "cv-block", shares.DOTS_SEEN if is_seen else shares.DOTS)
    return (
        web.show_drawing(content, PNG)
        if is_seen
        else web.download(content, PNG, shares.file_name("bloc-cv", told.name, ".png"))
    )


def block_paper(visit: web.Visit) -> web.Response:
    """The block as a PDF of its very size."""
    told = open_share_of(visit)
    content = _drawn(visit, told, "cv-block", 0)
    return web.download(content, PDF, shares.file_name("bloc-cv", told.name, ".pdf"))


def code_picture(visit: web.Visit) -> web.Response:
    """The code as a picture to keep among one's photos, which says whose it is and until when; bare where it cannot be set."""
    told = open_share_of(visit)
    try:
        content = _drawn(visit, told, "code-picture", DOTS_OF_CODE)
    except (storage.Lost, storage.Missing):
        content = shares.qr_png(visit.services.address("shared", token=told.token))
    return web.download(content, PNG, shares.file_name("badges", told.name, ".png"))


def visit_share(visit: web.Visit) -> shares.OwnedShare:
    """The holder's share of the address; raises Missing."""
    return visit.read(
        shares.get_owned_share, visit.holder_id, visit.part["id"], visit.services.keyring.unseal, visit.now
    )


def open_share_of(visit: web.Visit) -> shares.OwnedShare:
    """The same; raises Missing also where it is over, or its link cannot be read any more."""
    told = visit_share(visit)
    if not (told.is_open and told.token):
        raise storage.Missing
    return told


def _drawn(visit: web.Visit, told: shares.OwnedShare, layout: sandbox.Layout, dots: int) -> bytes:
    """What is laid out so, once for each edition of the share; raises as open_share/sheet.py does."""
    open_share = shares.find_open_share(visit.services.database, told.token, visit.now)
    name = (open_share.token_hash, visit.language, layout, dots)
    found = visit.services.sheets.get_or_render(
        name, open_share.edition, visit.now, lambda: _set(visit, told, open_share, layout, dots)
    )
    return found.plain


def _set(
    visit: web.Visit, told: shares.OwnedShare, open_share: shares.OpenShare, layout: sandbox.Layout, dots: int
) -> web.Rendered:
    visit.limit_rate("sheet", open_share.id)
    standpoint = shares.Standpoint(registers=visit.registers, frameworks=visit.services.frameworks, now=visit.now)
    opened = visit.read(shares.view_share, told.token, standpoint)
    if not opened.badges:
        raise storage.Missing
    address, patches = visit.services.address("shared", token=told.token), shares.patches_of(opened)
    words = json.loads(
        visit.services.pages.render(
            "shares/block_words.txt",
            visit.language,
            share=opened,
            address=[address.partition("://")[2].removesuffix(told.token), *told.groups],
            patches=patches,
            layout=layout,
            is_lasting=False,
        )
    )
    drawings = (
        sandbox.drawings_of(one.drawing for one in patches)
        | {name: _picture(visit, kept) for name, kept in shares.pictures_needed(patches).items()}
        | {"code": shares.qr_svg(address).decode()}
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
        return shares.picture_drawing(storage.read_needed(visit.services.files, name))
    except storage.Lost:
        return sandbox.drawings_of(["petal-0"])["petal-0"]
