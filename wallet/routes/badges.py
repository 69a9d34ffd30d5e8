"""The holder's badges: seen, added, checked again, taken out and put back."""

from dataclasses import replace
from typing import Any

from .. import accounts, badges, endorsements, evidence, inspection, issuance, recovery, shares, storage, web


def index(visit: web.Visit) -> web.Response:
    """My badges; for a visitor, what was found and what a key would keep."""
    number = visit.query.number("removed")
    kept = visit.read(badges.get_removed_badge, visit.holder_id, number, visit.now) if number else None
    (removed,), done = web.told_now(visit, [kept.card]) if kept else (None,), visit.query.text("done")
    if visit.holder and not visit.holder.is_kept:
        return web.show_result(visit, removed=removed, done=done)
    leaf = badges.get_page(visit.services.database, visit.holder_id, visit.query.number("page"))
    has_something, wants_paper = map(
        bool, visit.services.database.fetch_rows(recovery.OFFER_BOTH, holder=visit.holder_id)[0]
    )
    offered = {"paper_offered": wants_paper, "install_offered": has_something and _may_install(visit)}

    wish = badges.wished(visit.query.text("show"), visit.query.text("sort"), leaf.number)
    is_arranged = leaf.count >= badges.ARRANGED_FROM

    def what() -> dict[str, Any]:
        registers = visit.services.registers.at(leaf.registers_edition)
        told = {"removed": removed, "done": done, "kind": accounts.device_kind(visit.user_agent)} | offered
        if is_arranged:
            arranged = visit.read(
                badges.arrange_badges, visit.holder_id, wish, visit.services.badge_lists, registers, visit.now
            )
            shown = replace(leaf, number=arranged.wish.number, leaves=arranged.leaves)
            return {"badges": arranged.cards, "arranged": arranged, "until": arranged.until, "leaf": shown} | told
        cards = visit.read(badges.cards_in_order, visit.holder_id, leaf)
        return {
            "badges": [badges.told_at(card, registers, visit.now) for card in cards],
            "until": badges.right_until(cards, registers, visit.now),
            "leaf": leaf,
        } | told

    if visit.services.database.fetch_rows(badges.ANY_PENDING, holder=visit.holder_id)[0][0]:
        waiting, page = visit.read(badges.list_pending, visit.holder_id, ~issuance.SENT)
        told = zip(web.told_now(visit, (card for card, _ in waiting)), (until for _, until in waiting), strict=True)
        _, sent = visit.read(issuance.list_waiting, visit.holder_id, 1)
        asked = {"waiting": list(told), "more_waiting": page.count - len(waiting), "to_accept": sent.count}
        return visit.page("badges/index.html", **what() | asked)
    if visit.services.database.fetch_rows(shares.ANY_UNSEEN, holder=visit.holder_id):
        return visit.page("badges/index.html", unseen=visit.read(shares.get_unseen_views, visit.holder_id), **what())
    if visit.services.database.fetch_rows(endorsements.ANY_NEWS, holder=visit.holder_id, now=visit.now)[0][0]:
        words = visit.read(endorsements.view_words, visit.holder_id, visit.now)
        return visit.page("badges/index.html", words_of_others=words, **what())
    if removed or done or leaf.count <= 1:
        return visit.page("badges/index.html", **what())
    name, known = ("badges", wish), (leaf.registers_edition, leaf.wallet_edition, *offered.values())
    return web.cached_own_page(visit, name, known, "badges/index.html", what)


def new(visit: web.Visit) -> web.Response:
    """Add a badge; a letter of an issuer may lead here with the link of one: `?link=https://…`."""
    text = visit.query.text("link", badges.SHARED_TEXT_LIMIT)
    if offered := web.show_offered(visit, text):
        return offered
    link, _ = badges.split_shared_text("", "", text)
    return _offer(visit, link) if link else visit.page("badges/new.html", problems=[], link="")


def redraw_new(visit: web.Visit) -> web.Response:
    """With the link that was pasted; files are chosen anew."""
    return visit.page("badges/new.html", problems=[], link=visit.form.text("link", badges.SHARED_TEXT_LIMIT))


def create(visit: web.Visit) -> web.Response:
    """Take in files and a pasted link: each has its own line, and the good ones are kept whatever the others are.

    What came from a page that saw nobody adds nothing to a wallet that is there after all: its holder is asked.
    """
    link = visit.form.text("link", badges.SHARED_TEXT_LIMIT)
    unasked = bool(link and visit.form.text("unasked"))
    if visit.holder and unasked:
        return _offer(visit, link)
    return web.import_files(visit, visit.form.files("documents"), link, unasked=unasked)


def show(visit: web.Visit) -> web.Response:
    """One badge."""
    kept, done = _get_badge(visit), visit.query.text("done")
    (badge,) = web.told_now(visit, [kept.card])
    words = visit.read(endorsements.words_on_badge, visit.holder_id, kept.id, visit.now)
    said = badges.endorsements_told_at([one.said for one in words], web.current_registers(visit), visit.now)
    return visit.page(
        "badges/show.html",
        words=[replace(one, said=told) for one, told in zip(words, said, strict=True)],
        removed_word=visit.query.number("word"),
        is_endorsement=web.is_endorsement(visit, kept),
        badge=badge,
        to_whom=shares.given_to(visit.holder.name if visit.holder else "", [(badge, kept)]),
        just_checked=done == "checked",
        done=done,
        tellings=visit.read(evidence.view_all_moments, visit.holder_id, kept.id),
        shown=visit.read(shares.shown_moment_ids, visit.holder_id, visit.now),
        shown_by_link=visit.read(endorsements.asked_moment_ids, visit.holder_id, visit.now),
    )


def picture(visit: web.Visit) -> web.Response:
    """Our own copy of the badge's picture."""
    return web.show_picture(visit, _get_badge(visit).picture)


def document(visit: web.Visit) -> web.Response:
    """The file as it came, byte for byte, under a name by which it opens: what was pasted, or stands behind a link, may have none."""
    kept = _get_badge(visit)
    called = kept.file_name or "badge"
    try:
        media_type, ending = inspection.DOCUMENT_TYPES[kept.container]
        if kept.came_in:
            start = visit.services.files.read_part(kept.came_in, 0, inspection.TELLING)
            media_type, ending = "application/octet-stream", inspection.file_ending(start)
        endings = (".jpg", ".jpeg") if ending == ".jpg" else ending
        name = called if called.lower().endswith(endings) else f"{called}{ending}"
        return web.download_kept(visit, kept.came_in or kept.document, media_type, name)
    except (storage.Lost, *storage.LOST):
        return visit.go("badge", "?done=unreadable", id=kept.id)


@web.rate_limited("check")
def verify(visit: web.Visit) -> web.Response:
    """Check again, now."""
    kept = _get_badge(visit)
    done = web.recheck_badge(visit, kept, visit.read(badges.proven_addresses, visit.holder_id))
    return visit.go("badge", f"?done={done}", id=kept.id)


@web.rate_limited("check")
def fetch_contexts(visit: web.Visit) -> web.Response:
    """Fetch the issuer's own vocabulary, of the host that was named to whoever tapped."""
    kept, host = _get_badge(visit), visit.form.text("host")
    done = web.fetch_contexts(visit, kept, host) if host == kept.card.vocabulary_host else "no-words"
    return visit.go("badge", f"?done={done}", id=kept.id)


@web.rate_limited("check")
def renew(visit: web.Visit) -> web.Response:
    """Look for a newer edition of a badge that has ended, where its issuer gives one."""
    done, badge_id = web.find_newer_edition(visit, _get_badge(visit))
    return visit.go("badge", f"?done={done}", id=badge_id)


remove = web.keeps(badges.remove_badge, "badges", "?removed={id}")
"""Take the badge out of the wallet."""
put_back = web.keeps(badges.restore_badge, "badges", "?done=returned")
"""Undo a removal."""
keep_word = web.keeps(endorsements.accept_file, "badge", "?done=word-kept", "id")
"""« Garder ce mot », which came as a file."""
remove_word = web.keeps(endorsements.remove_file, "badge", "?done=word-removed&word={number}", "id")
"""« Ne pas le garder », or not any more."""
put_back_word = web.keeps(endorsements.restore_file, "badge", "?done=word-returned", "id")
"""Undo that."""


@web.rate_limited("check")
def move_word(visit: web.Visit) -> web.Response:
    """What was kept as a badge, and is a word on another one, is kept with that."""
    kept = _get_badge(visit)
    told = web.move_to_endorsements(visit, kept)
    if told.badge_id is None:
        return visit.go("badge", f"?done={told.reason}", id=kept.id)
    return visit.go("badge", "?done=word-moved", id=told.badge_id)


def add_waiting(visit: web.Visit) -> web.Response:
    """A badge that a link had brought before they entered, or that a platform sent: they want it. Done twice it is done once."""
    try:
        visit.keep(recovery.accept_pending, visit.holder_id, visit.part["id"], visit.now)
    except storage.Missing:
        _get_badge(visit)
    return _after_answer(visit, "?done=added")


def refuse_waiting(visit: web.Visit) -> web.Response:
    """They do not want it; of one that is not there the page says so."""
    try:
        visit.keep(badges.refuse_pending, visit.holder_id, visit.part["id"], visit.now)
    except storage.Missing:
        return _after_answer(visit, "")
    return _after_answer(visit, "?done=refused")


refuse_all_waiting = web.keeps(issuance.refuse_all_brought, "badges", "?done=refused-all")
"""They want none of those that wait."""


def _after_answer(visit: web.Visit, done: str) -> web.Response:
    """Back to the page where they answered, as long as something waits there."""
    there = visit.here == visit.services.path("badges.waiting")
    return visit.go("badges.waiting" if there and visit.read(issuance.any_waiting, visit.holder_id) else "badges", done)


def _get_badge(visit: web.Visit) -> badges.KeptBadge:
    return visit.read(badges.get_badge, visit.holder_id, visit.part["id"])


def _may_install(visit: web.Visit) -> bool:
    """Whether to offer it: on a phone of one's own, in its browser, where nobody said « Plus tard »."""
    return (
        accounts.is_phone(visit.user_agent)
        and not accounts.is_in_app_browser(visit.user_agent)
        and not visit.is_shared
        and web.INSTALL_LATER_COOKIE not in visit.cookies
    )


def _offer(visit: web.Visit, link: str) -> web.Response:
    """« Ajouter ce badge ? », of what an address leads to: anybody may have written the letter in which it stood."""
    return visit.page("badges/confirm_link.html", link=link, place=badges.split_address(link))
