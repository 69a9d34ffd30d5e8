"""What others see of a share: its page, for people or for machines, its code, pictures, files; counted when somebody looked.

No cookie is read here but where openings are counted, and there only to leave the owner out. What is not open is told as
entry.py says.
"""

from collections.abc import Hashable, Sequence
from contextlib import suppress
from urllib.parse import quote

from starlette.datastructures import FormData
from starlette.requests import Request

from ... import accounts, concurrency, endorsements, evidence, inspection, pages, shares, storage, web
from .entry import (
    addresses,
    ask_for_code,
    asked,
    glance,
    has_pass,
    is_owner,
    or_closed,
    page_of,
    pass_of,
    passed,
    today,
)

TOO_MANY, UNREADABLE = 429, 422
PAGE = "text/html"
FORMS = (PAGE, *shares.PRESENTATION_TYPES)
"""In which a share is shown; the first one to whoever likes all the same."""
IN_ADDRESSES = "%:/?#[]@!$&'()*+,;=-._~"
MOST_LINKS, LONGEST_LINKS = 20, 6_000
"""Badges that are told of beside a presentation, and the characters of all links together: servers take 8 KB of headers."""


@or_closed
@web.rate_limited("open")
def share(visit: web.Visit) -> web.Response:
    """What a recruiter sees, or a machine that asks for it; where a code is asked for, the place to give it; for robots, no
    more than that there is something."""
    form = web.preferred(visit.request.headers.get("accept", ""), FORMS)
    response = _page(visit) if form == PAGE else _presentation(visit, form)
    response.headers.add_vary_header("Accept")
    return response


def machines_wait(request: Request, _form: FormData) -> str:
    """A presentation is made of many files; the page needs none."""
    return "" if web.preferred(request.headers.get("accept", ""), FORMS) == PAGE else concurrency.STRANGERS


def ready(visit: web.Visit) -> web.ReadyPage | None:
    """What `share` answers, where that lies ready; None for all else: a code, a machine, a robot, a first reader, and
    whoever asks too often."""
    if web.preferred(visit.request.headers.get("accept", ""), FORMS) != PAGE or accounts.is_robot(visit.user_agent):
        return None
    try:
        open_share = glance(visit)
    except storage.Missing:
        return None
    found = None if open_share.code_hash else web.find_ready_page(visit, *_name_of(visit, open_share))
    return found if found and visit.services.rate_limits.allow("open", visit.request, ()) else None


def _page(visit: web.Visit) -> web.Response:
    open_share = glance(visit)
    if accounts.is_robot(visit.user_agent):
        return visit.page("open_share/link_preview.html")
    return ask_for_code(visit) if open_share.code_hash else _cached(visit, open_share)


@or_closed
@web.rate_limited("open")
def enter(visit: web.Visit) -> web.Response:
    """The code was given, or a pass for it: the page itself is the answer. What has not six digits is no try.

    Whoever was taken for a robot comes in here, too: those ask, and post nothing.
    """
    open_share = glance(visit)
    if open_share.code_hash is None:
        return _cached(visit, open_share)
    if has_pass(visit, open_share, visit.form.text("pass")):
        return _show(visit, open_share)
    digits = shares.code_digits(visit.form.text("code"))
    if not digits:
        problem = "digits" if "code" in visit.form else "late" if "pass" in visit.form else ""
        return ask_for_code(visit, UNREADABLE if problem else 200, problem)
    tried = visit.keep(shares.begin_code_try, open_share.id, visit.now)
    if tried is None:
        return ask_for_code(visit, TOO_MANY, "paused" if visit.read(shares.are_tries_paused, open_share.id) else "wait")
    if not shares.is_code_right(tried.code_hash, digits):
        return ask_for_code(visit, UNREADABLE, "wrong")
    visit.keep(shares.give_back_try, tried)
    # A page that is reloaded sends its code once more: it came from the same sight of the form, and is no other opening.
    is_first = not (form := visit.form.text("form", 16)) or visit.services.rate_limits.allow(
        "entering", visit.request, (form,)
    )
    if is_first and not is_owner(visit, open_share):
        _count(visit, open_share)
    return _show(visit, open_share)


@or_closed
def picture(visit: web.Visit) -> web.Response:
    """A picture of an open share."""
    passed(visit)
    kept = visit.read(shares.shared_badge, visit.part["token"], visit.part["place"], visit.now)
    return web.show_picture(visit, kept.picture)


@or_closed
def photo(visit: web.Visit) -> web.Response:
    """The photo of whoever keeps an open page, where it shows that."""
    passed(visit)
    return web.show_bytes(visit, *visit.read(shares.shared_photo, visit.part["token"], visit.now).as_shown)


@or_closed
def file(visit: web.Visit) -> web.Response:
    """The document of a badge, byte for byte; never the file around it, in which others may be, nor the holder's name of it.

    Where the document is an address, there is none to give: what the holder was sent may open more than the badge. Nor where
    the share hides the names.
    """
    open_share = passed(visit)
    place = visit.part["place"]
    kept = visit.read(shares.shared_badge, visit.part["token"], place, visit.now)
    if kept.container == "link" or not open_share.offers_files:
        raise storage.Missing
    media_type, ending = inspection.DOCUMENT_TYPES[kept.container]
    return web.download_kept(visit, kept.document, media_type, f"badge-{place + 1}{ending}")


@or_closed
def attachment(visit: web.Visit) -> web.Response:
    """What goes with a moment of an open share: to be taken, a browser runs nothing of it."""
    one = _attachment(visit)
    return web.download_kept(visit, one.file, one.media_type, one.name or one.kind)


@or_closed
def attachment_picture(visit: web.Visit) -> web.Response:
    """The small picture of a photo in a moment of an open share."""
    return web.show_picture(visit, _attachment(visit).preview)


@or_closed
def word(visit: web.Visit) -> web.Response:
    """The signed document of a word in an open share, byte for byte: software checks it without us. It tells the name of the
    holder, maybe: where the share hides that there is none."""
    if not passed(visit).offers_files:
        raise storage.Missing
    one = _endorsement(visit)
    document = storage.read_needed(visit.services.files, storage.require(one.document))
    media_type, ending = inspection.DOCUMENT_TYPES["json" if document.lstrip()[:1] == b"{" else "jws"]
    return web.download(document, media_type, f"mot-{visit.part['word']}{ending}")


@or_closed
def word_voice(visit: web.Visit) -> web.Response:
    """The voice of whoever says a word in an open share."""
    one = _endorsement(visit)
    return web.download_kept(visit, one.recording, one.media_type, f"mot-{visit.part['word']}")


def _endorsement(visit: web.Visit) -> endorsements.Endorsement:
    """The kept word of the address; raises Missing where the page of the share does not tell it (any more)."""
    passed(visit)
    return visit.read(shares.shared_endorsement, visit.part["token"], visit.part["word"], visit.now)


def _attachment(visit: web.Visit) -> evidence.Attachment:
    passed(visit)
    exhibit, number = visit.part["exhibit"], visit.part["number"]
    return visit.read(shares.shared_attachment, visit.part["token"], exhibit, number, visit.now)


@or_closed
@web.rate_limited("open")
def presentation(visit: web.Visit) -> web.Response:
    """The badges for machines, to keep: a Verifiable Presentation of their documents as they came."""
    return _presentation(visit, FORMS[1], "presentation.json")


@or_closed
def qr(visit: web.Visit) -> web.Response:
    """The code that leads to an open share, for the page on paper."""
    passed(visit)
    # Written in one way: as somebody may type it, with a dash and a space more and more, no code has room for it.
    token = accounts.as_typed_meant(visit.part["token"])
    return web.show_drawing(pages.qr_svg(visit.services.address("shared", token=token)), "image/svg+xml")


@web.rate_limited("open")
def note_opening(visit: web.Visit) -> web.Response:
    """Somebody looks at the page of a share: counted, unless it is its owner, a robot, or a share with a code."""
    nothing = web.Response(status_code=204)
    try:
        open_share = shares.find_open_share(visit.services.database, visit.form.text("token"), visit.now)
    except storage.Missing:
        return nothing
    is_prefetched = "prefetch" in visit.request.headers.get("sec-purpose", "")
    is_seen = accounts.may_have_viewer(visit.user_agent) and not is_prefetched
    if open_share.code_hash is None and is_seen and not is_owner(visit, open_share):
        visit.limit_rate("opening", open_share.id)
        with suppress(storage.Missing):  # gone meanwhile
            _count(visit, open_share)
    return nothing


def _presentation(visit: web.Visit, media_type: str, name: str = "") -> web.Response:
    """The share for machines, as a file called *name* where it is to be kept; what has no place in it is linked to. Raises
    Missing where the share hides the names, which all documents tell."""
    open_share, token = passed(visit), visit.part["token"]
    if not open_share.offers_files:
        raise storage.Missing
    if accounts.is_robot(visit.user_agent):
        return visit.page("open_share/link_preview.html", token=token)
    visit.limit_rate("presentation", open_share.id)
    text, beside = shares.make_presentation(visit.read(shares.shared_badges, open_share.id), visit.services.files)
    content = text.encode()
    response = web.download(content, media_type, name) if name else web.show_drawing(content, media_type)
    at = addresses(visit, token, pass_of(visit, open_share))
    links = [_link(visit.services.path("shared", token=token), "alternate", PAGE)]
    for one in beside[:MOST_LINKS]:
        if one.media_type:
            links.append(_link(at("shared.file", place=one.place), "related", one.media_type))
        if one.hosted_at:
            links.append(_link(one.hosted_at, "related"))
    words = visit.read(shares.shared_endorsements, token, visit.now)
    links += [_link(at("shared.word", word=one.id), "related") for one in words if one.view.has_document][:MOST_LINKS]
    response.headers["Link"] = ", ".join(_fitting(links))
    return response


def _fitting(links: Sequence[str]) -> list[str]:
    """Those of *links* that have room in a header, in their order: an issuer may keep a badge at an address that takes it all."""
    told, room = list[str](), LONGEST_LINKS
    for one in links:
        if len(one) + 2 <= room:
            told.append(one)
            room -= len(one) + 2
    return told


def _link(address: str, relation: str, media_type: str = "") -> str:
    """Source: RFC 8288, 3; RFC 3986, 2."""
    return f'<{quote(address, safe=IN_ADDRESSES)}>; rel="{relation}"' + (f'; type="{media_type}"' if media_type else "")


def _cached(visit: web.Visit, open_share: shares.OpenShare) -> web.Response:
    response = web.cached_page(
        visit,
        *_name_of(visit, open_share),
        "open_share/page.html",
        lambda: page_of(visit, open_share, visit.part["token"], ""),
    )
    _tell_of_forms(visit, open_share, response)
    return response


def _name_of(visit: web.Visit, open_share: shares.OpenShare) -> tuple[Hashable, Hashable]:
    """How the page is called in the cache, and its edition: links go on in the language chosen, a page says « aujourd’hui »."""
    return (open_share.token_hash, asked(visit)), (today(visit), *open_share.edition)


def _tell_of_forms(visit: web.Visit, open_share: shares.OpenShare, response: web.Response) -> None:
    if open_share.offers_files:
        # Written in one way, however it was typed, as all in a page that is the same for all (entry.page_of).
        token = accounts.as_typed_meant(visit.part["token"])
        response.headers["Link"] = _link(visit.services.path("shared.presentation", token=token), "alternate", FORMS[1])


def _show(visit: web.Visit, open_share: shares.OpenShare) -> web.Response:
    return visit.page(
        "open_share/page.html", **page_of(visit, open_share, visit.part["token"], pass_of(visit, open_share))
    )


def _count(visit: web.Visit, open_share: shares.OpenShare) -> None:
    is_phone = accounts.is_phone(visit.user_agent)
    visit.keep(
        shares.count_share_view,
        open_share.id,
        visit.now.astimezone(pages.ZONE).date(),
        "phone" if is_phone else "computer",
    )
