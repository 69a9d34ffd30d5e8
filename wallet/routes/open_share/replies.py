"""« Répondre »: whoever is shown a share answers its holder, without an account and without a cookie.

Nothing tells whether it is read, and no address of the holder is told. What is not kept stays in the form; where the share is
not open (any more) it stands on the page that says so, to be copied.
"""

from hashlib import sha256

from ... import accounts, messages, shares, storage, web
from .entry import addresses, asked, not_open, or_closed, pass_of, passed

TOO_MANY, UNREADABLE = 429, 422
SENT = "sent"
TYPED = 2_000
"""Characters of one field that are given back."""


@or_closed
@web.rate_limited("open")
def reply(visit: web.Visit) -> web.Response:
    """The place to answer; and that it was sent, when it was. Robots learn no name here, either."""
    open_share = passed(visit)
    if accounts.is_robot(visit.user_agent):
        return visit.page("open_share/link_preview.html", token=visit.part["token"])
    return _page(visit, open_share, messages.Note(), is_sent=visit.query.text("done") == SENT)


def redraw(visit: web.Visit) -> web.Response:
    """With what was typed."""
    note = _note(visit)
    try:
        return _page(visit, passed(visit), note)
    except storage.Missing as problem:
        return not_open(visit, problem, note.choice, note.text, note.sender, note.reply_to)


def send(visit: web.Visit) -> web.Response:
    """Keep what was answered, for the holder alone."""
    note = _note(visit)
    try:
        return _send(visit, passed(visit), note)
    except storage.Missing as problem:
        return not_open(visit, problem, note.choice, note.text, note.sender, note.reply_to)


def _send(visit: web.Visit, open_share: shares.OpenShare, note: messages.Note) -> web.Response:
    if problems := messages.note_problems(note):
        return _page(visit, open_share, note, UNREADABLE, problems=problems)
    try:
        visit.read(messages.check_room, open_share.id, note, visit.now)
        return _keep(visit, open_share, note)
    except messages.NotTaken:
        return _page(visit, open_share, note, UNREADABLE)
    except messages.TooManyMessages as full:
        return _page(visit, open_share, note, TOO_MANY, problem=full.reason)


def _keep(visit: web.Visit, open_share: shares.OpenShare, note: messages.Note) -> web.Response:
    limits, services = visit.services.rate_limits, visit.services
    here = f"{open_share.id} {limits.network(visit.request)}"
    if not limits.allow_once("reply here", visit.request, here, _digest(note)):
        return _page(visit, open_share, note, TOO_MANY, problem="said-here")
    if not limits.allow("reply", visit.request, ()):
        return _page(visit, open_share, note, TOO_MANY, problem="too-often")
    keyring = services.keyring
    writer = messages.LetterWriter(keyring.mark, keyring.seal, services.settings.language) if services.mailer else None
    if visit.keep(messages.receive_message, open_share.id, note, visit.now, writer):
        services.mail_was_written()
    key = pass_of(visit, open_share)
    return visit.go(
        "shared.reply", asked(visit, f"done={SENT}", f"pass={key}" if key else ""), token=visit.part["token"]
    )


def _page(
    visit: web.Visit,
    open_share: shares.OpenShare,
    note: messages.Note,
    status: int = 200,
    *,
    problems: list[str] | None = None,
    problem: str = "",
    is_sent: bool = False,
) -> web.Response:
    token, key = visit.part["token"], pass_of(visit, open_share)
    return visit.page(
        "open_share/reply.html",
        status,
        token=token,
        key=key,
        at=addresses(visit, token, key),
        to=visit.read(messages.find_recipient, open_share.id),
        note=note,
        problems=problems or [],
        problem=problem,
        is_sent=is_sent,
        limits=messages.LIMITS,
    )


def _note(visit: web.Visit) -> messages.Note:
    """What was typed, as text and nothing else."""
    return messages.Note(
        choice=visit.form.text("choice", 16),
        text=accounts.clean_text(visit.form.text("text", TYPED)),
        sender=accounts.clean_line(visit.form.text("sender", TYPED)),
        reply_to=accounts.clean_line(visit.form.text("reply_to", TYPED)),
    )


def _digest(note: messages.Note) -> str:
    """By which the same note is known again, and nothing of it is told."""
    told = "\n".join((note.choice, note.text, note.sender, note.reply_to))
    return sha256(told.encode(errors="replace")).hexdigest()
