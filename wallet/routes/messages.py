"""The holder's messages: read, erased, reported; and whether an e-mail says that one waits."""

from contextlib import suppress

from .. import messages, shares, storage, web

DONE = ("removed", "removed-new", "back", "closed")
"""What may just have been done, as the address of the list says: with the number of the message, or of the share."""


def index(visit: web.Visit) -> web.Response:
    """My messages, the newest first, and what was just done."""
    found, leaf = visit.read(messages.list_messages, visit.holder_id, visit.query.number("page") or 1, visit.now)
    done, about = _done(visit)
    return visit.page(
        "messages/index.html",
        messages=found,
        leaf=leaf,
        done=done,
        about=about,
        mailbox=visit.read(messages.first_address, visit.holder_id),
    )


def _done(visit: web.Visit) -> tuple[str, int]:
    """The word of the address, where it is so, and the message or the share that it is about."""
    word = next((name for name in DONE if visit.query.number(name)), "")
    word, about = word or visit.query.text("done"), visit.query.number(word) if word else 0
    with suppress(storage.Missing):
        if _is_so(visit, word, about):
            return word, about
    return "", 0


def _is_so(visit: web.Visit, word: str, about: int) -> bool:
    wants_letters = visit.holder is not None and visit.holder.wants_letters
    match word:
        case "removed" | "removed-new":
            return visit.read(messages.may_put_back, visit.holder_id, about, visit.now)
        case "back":
            return visit.read(messages.get_message, visit.holder_id, about, visit.now).removed_at is None
        case "closed":
            unseal = visit.services.keyring.unseal
            return not visit.read(shares.get_owned_share, visit.holder_id, about, unseal, visit.now).takes_messages
        case "letters":
            return wants_letters
        case _:
            return word == "no-letters" and not wants_letters


def show(visit: web.Visit) -> web.Response:
    """One message; that it was read is noted."""
    message = visit.read(messages.get_message, visit.holder_id, visit.part["id"], visit.now)
    if message.read_at is None:
        with suppress(storage.DatabaseUnavailable):  # a full disk: it is read all the same
            visit.keep(messages.mark_read, visit.holder_id, message.id, visit.now)
    closes = visit.read(messages.share_to_close, message, visit.now)
    to_page = visit.read(messages.answers_page, message)
    return visit.page(
        "messages/show.html", message=message, closes=closes, to_page=to_page, done=visit.query.text("done")
    )


def remove(visit: web.Visit) -> web.Response:
    """Erase it; it can be put back."""
    visit.keep(messages.remove_message, visit.holder_id, visit.part["id"], visit.now)
    return visit.go("messages", f"?removed={visit.part['id']}")


def put_back(visit: web.Visit) -> web.Response:
    """« Annuler »."""
    visit.keep(messages.put_back_message, visit.holder_id, visit.part["id"], visit.now)
    return visit.go("messages", f"?back={visit.part['id']}")


def remove_unread(visit: web.Visit) -> web.Response:
    """Erase all that are new; they can be put back."""
    last = visit.keep(messages.remove_unread, visit.holder_id, visit.now)
    return visit.go("messages", f"?removed-new={last}" if last else "")


def put_back_together(visit: web.Visit) -> web.Response:
    """« Annuler », of all that were erased together with the one that the address says."""
    visit.keep(messages.put_back_together, visit.holder_id, visit.query.number("of"), visit.now)
    return visit.go("messages")


def report(visit: web.Visit) -> web.Response:
    """« Signaler »: the operator reads it."""
    visit.keep(messages.report_message, visit.holder_id, visit.part["id"], visit.now)
    return visit.go("message", "?done=reported", id=visit.part["id"])


def close(visit: web.Visit) -> web.Response:
    """« Ne plus recevoir de messages par ce partage »."""
    came_in_id = visit.authenticated.device.return_id
    share_id = visit.keep(messages.close_share, visit.holder_id, visit.part["id"], visit.now, came_in_id)
    return visit.go("messages", f"?closed={share_id}")


@web.requires_mail
def letters(visit: web.Visit) -> web.Response:
    """« Me prévenir par e-mail », or not any more; without a confirmed address that comes first."""
    wants = "on" in visit.form
    if not visit.keep(messages.set_letters, visit.holder_id, visit.now, wants=wants):
        return visit.go("addresses")
    return visit.go("messages", f"?done={'letters' if wants else 'no-letters'}")


@web.rate_limited("open")
def letters_to_stop(visit: web.Visit) -> web.Response:
    """The link of a letter: nothing is stopped by looking, as mail programs do."""
    return _stopping(visit)


@web.rate_limited("open")
def stop_letters(visit: web.Visit) -> web.Response:
    """No letter goes any more: by the button, or by that of a mail program (RFC 8058)."""
    holder_id = messages.holder_of_stop_token(visit.part["token"], visit.services.keyring.mark)
    if holder_id is not None:
        web.keep_to_leave(visit, messages.stop_letters, holder_id, visit.now)
    return _stopping(visit, is_done=True)


def _stopping(visit: web.Visit, *, is_done: bool = False) -> web.Response:
    token = visit.part["token"]
    is_ours = messages.holder_of_stop_token(token, visit.services.keyring.mark) is not None
    return visit.page(
        "messages/stop_letters.html", 200 if is_ours else 404, token=token, is_ours=is_ours, is_done=is_done
    )
