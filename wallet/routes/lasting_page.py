"""« Ma page »: the one lasting page of a holder, turned on and off with what it shows, and given another address."""

from .. import accounts, badges, shares, storage, web

UNREADABLE = 422
LONGEST_TURN = 40_000
"""Characters by which a switch says what it turns: the numbers of all badges of one issuer."""


def show(visit: web.Visit) -> web.Response:
    """The page of the holder with a switch for each thing, or what they would show there and the way to begin."""
    return _show(visit)


def redraw(visit: web.Visit) -> web.Response:
    """With what was ticked before it is turned on."""
    return _show(visit, choice=_ticked(visit))


@web.rate_limited("share")
def create(visit: web.Visit) -> web.Response:
    """Turn it on for the first time, with what is ticked; one that is there already stays as it is."""
    choice = _ticked(visit)
    if not choice.badge_ids:
        return _show(visit, "nothing-chosen", choice)
    try:
        visit.keep(
            shares.create_page,
            visit.holder_id,
            choice,
            visit.services.keyring.seal,
            visit.now,
            visit.authenticated.device.return_id,
        )
    except shares.TooManyShares:
        return _show(visit, "too-many-shares", choice)
    except ValueError:
        is_of_words = len(choice.endorsements) > shares.MOST_SHOWN_ENDORSEMENTS
        return _show(visit, "too-many-comments" if is_of_words else "too-many-moments", choice)
    return visit.go("page", "?done=made")


@web.rate_limited("change")
def turn(visit: web.Visit) -> web.Response:
    """One thing is shown there from now on, or no more."""
    asked, _, rest = visit.form.text("turn", LONGEST_TURN).partition(":")
    numbers, _, state = rest.partition(":")
    what = next((one for one in shares.TURNED if one == asked), None)
    if what is None or state not in {"on", "off"}:
        return visit.go("page")
    ids = [number for text in numbers.split(".") if (number := web.whole_number(text)) is not None]
    word = shares.choice_written(numbers) if what == "comment" else None
    one = shares.Turn(what=what, ids=frozenset(ids), endorsement=word, is_on=state == "on")
    try:
        visit.keep(shares.turn_switch, visit.holder_id, one, visit.now, visit.authenticated.device.return_id)
    except shares.NothingShown:  # what stood there may have been removed elsewhere
        return _show(visit, "nothing-left" if what == "badges" else "nothing-chosen")
    except ValueError:
        return _show(visit, "too-many-comments" if what == "comment" else "too-many-moments")
    at = f"comment-{word}" if word else f"{what}-{ids[0]}{'-all' if ids[1:] else ''}" if ids else what
    return visit.go("page", f"?at={at}#{at}")


def set_visibility(visit: web.Visit) -> web.Response:
    """Let others see it, or nobody."""
    if visit.form.text("visible") == "on":
        visit.limit_rate("change", visit.holder_id)
        visit.keep(shares.open_page, visit.holder_id, visit.authenticated.device.return_id)
    else:
        web.keep_to_leave(visit, shares.close_page, visit.holder_id, visit.now, visit.authenticated.device.return_id)
    return visit.go("page", "?at=visible")


def ask_address(visit: web.Visit) -> web.Response:
    """Before it gets another address: what that means for the codes of before."""
    mine = _get_page(visit)
    return visit.page("lasting_page/address.html", mine=mine) if mine and mine.is_open else visit.go("page")


@web.rate_limited("share")
def move(visit: web.Visit) -> web.Response:
    """Give it another address; whoever looked at one of before is shown the one that is."""
    try:
        visit.keep(
            shares.move_page,
            visit.holder_id,
            visit.form.number("of"),
            visit.services.keyring.seal,
            visit.now,
            visit.authenticated.device.return_id,
        )
    except storage.Missing:
        return visit.go("page", "?done=elsewhere")
    except shares.TooManyShares:
        return _show(visit, "too-many-shares")
    return visit.go("page", "?done=moved")


def _ticked(visit: web.Visit) -> shares.Choice:
    """What the form says that the page is to show."""
    kept, ids = visit.read(badges.list_badges, visit.holder_id), set(visit.form.numbers("badge"))
    return shares.Choice(
        badge_ids=sorted(ids & {one.id for one in kept}),
        ends_at=None,
        is_page=True,
        name=shares.first_name(visit.holder, [one for one in kept if badges.is_wanted(one)]),
        pairs=visit.read(shares.pairs_of, visit.holder_id, visit.form.numbers("moment"), ids),
        endorsements=set(filter(None, map(shares.choice_written, visit.form.texts("endorsement")))),
        shows_photo="photo" in visit.form,
        shows_sought="sought" in visit.form,
    )


def _show(visit: web.Visit, problem: str = "", choice: shares.Choice | None = None) -> web.Response:
    kept = visit.read(badges.list_badges, visit.holder_id)
    mine = _get_page(visit)
    share = visit.read(shares.find_page, visit.holder_id)
    newcomer = visit.holder_id, visit.authenticated.device.return_id, visit.now
    if share is not None:
        choice = visit.read(shares.shown_choice, share)
    elif choice is None:
        asked = [one.id for one in kept if one.may_be_shown and badges.is_wanted(one)]
        choice = shares.Choice(badge_ids=asked, ends_at=None)
    told = web.told_now(visit, (one.card for one in kept))
    cards = [one for one in told if one.id in choice.badge_ids or one.sentence not in {"revoked", "invalid"}]
    chosen = [(card, one) for card, one in zip(told, kept, strict=True) if one.id in choice.badge_ids]
    name = share.name if share else shares.first_name(visit.holder, [one for one in kept if badges.is_wanted(one)])
    return visit.page(
        "lasting_page/show.html",
        UNREADABLE if problem else 200,
        mine=mine,
        link=visit.services.address("shared", token=mine.token) if mine and mine.token else "",
        chosen=choice,
        given=shares.given_to(name, chosen, is_hidden=choice.hides_name),
        groups=shares.badge_switches(
            cards,
            choice.badge_ids,
            {one.id: one.added_at for one in kept},
            shares.new_since(mine, visit.now) if mine else None,
        ),
        comments=visit.read(shares.comment_switches, share, visit.holder_id, choice, kept, visit.now),
        stories=visit.read(shares.story_switches, share, visit.holder_id, choice),
        photo=visit.read(accounts.get_photo, visit.holder_id),
        waits_until=visit.read(accounts.newcomer_until, *newcomer),
        problem=problem,
        at=visit.query.text("at", 80),
        done=visit.query.text("done", 40),
    )


def _get_page(visit: web.Visit) -> shares.OwnedShare | None:
    return visit.read(shares.find_owned_page, visit.holder_id, visit.services.keyring.unseal, visit.now)
