"""Whoever was given the link of a request: reads one moment, says a word on it or no, and takes back what they said.

Without an account and without a script. No cookie is set; it is read for one thing alone, to refuse the browser of whoever asks
for the word (docs/decisions.md 34). GET tells nothing of the moment: programs that draw previews of links get, and post nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial, wraps
from typing import Any

from starlette.datastructures import UploadFile

from .. import accounts, endorsements, evidence, pages, storage, web

GONE, CLOSED, TOO_MUCH, UNREADABLE, TOO_MANY, BUSY = 404, 410, 413, 422, 429, 503
TYPED = 2_000
"""Characters of one field that are given back."""
SHOWN = 500
"""Characters of the numbers of all that may go with a moment."""
SECRET = re.compile(r"[0-9A-Z]{26}")
SAID = ("relation", "name", "role", "organisation", "sentence")
FIELDS = (*SAID, "mail")


def or_gone(handler: web.Handler) -> web.Handler:
    """*handler*, with a page that says so where the link is nobody's, or what it gave is not there any more; what was typed stays
    there."""

    @wraps(handler)
    def answer(visit: web.Visit) -> web.Response:
        try:
            return handler(visit)
        except storage.Missing:
            state = "erased" if "secret" in visit.part else "unknown"
            return _page(visit, "tutor/closed.html", GONE, state=state, typed=_typed(visit))

    return answer


@or_gone
@web.rate_limited("open")
def show(visit: web.Visit) -> web.Response:
    """That somebody asks for a word, and nothing of what it is about."""
    found = _find(visit)
    if found.state != "open":
        return _closed(visit, found)
    is_own = web.is_signed_in_as(visit, found.request.holder_id)
    is_robot = accounts.is_robot(visit.user_agent)
    return _page(visit, "tutor/request.html", name=found.request.name, is_own=is_own, is_robot=is_robot)


@or_gone
@web.rate_limited("open")
def answer(visit: web.Visit) -> web.Response:
    """The moment; the form for the word; the word itself, or a no: as the button says that was touched."""
    found, step = _find(visit), visit.form.text("step", 16)
    if web.is_signed_in_as(visit, found.request.holder_id):
        return _own(visit, found)
    if step == "send" and (word := _given(visit, found.request.id)):
        return _send_again(visit, found, word)
    if found.state != "open":
        return _closed(visit, found, _typed(visit))
    if step in {"saw", "knows"}:
        return _form(visit, found, _answer_of(visit, {"relation": step}))
    if step == "send":
        return _send(visit, found)
    if step == "no":
        return _decline(visit, found.request)
    return _page(visit, "tutor/moment.html", name=found.request.name, told=found.told)


@or_gone
@web.rate_limited("open")
def redraw(visit: web.Visit) -> web.Response:
    """The form for the word with what was typed."""
    found = _find(visit)
    if web.is_signed_in_as(visit, found.request.holder_id):
        return _own(visit, found)
    return _form(visit, found, _typed_answer(visit)) if found.state == "open" else _closed(visit, found, _typed(visit))


@or_gone
def attachment(visit: web.Visit) -> web.Response:
    """What is heard or seen with the moment: to be taken, a browser runs nothing of it."""
    one = _attachment(visit)
    return web.download_kept(visit, one.file, one.media_type, one.name or one.kind)


@or_gone
def picture(visit: web.Visit) -> web.Response:
    """The small picture of a photo that goes with the moment."""
    return web.show_picture(visit, _attachment(visit).preview)


@or_gone
@web.rate_limited("open")
def given(visit: web.Visit) -> web.Response:
    """What was said, and where it is taken back; first the place for the code, while one is waited for."""
    return _show_given(visit)


@or_gone
def type_code(visit: web.Visit) -> web.Response:
    """The code that came by e-mail is typed, or nobody waits for it."""
    secret = _secret(visit)
    word = visit.read(endorsements.find_given, secret)
    visit.limit_rate("word", f"given {word.id}")
    if "skip" in visit.form:
        visit.keep(endorsements.skip_code, secret, visit.now)
        return _go_to_given(visit, secret)
    keyring = visit.services.keyring
    typed, is_awaited = visit.form.text("code", 40), endorsements.is_code_awaited(word, visit.now)
    if is_awaited and not accounts.as_typed_meant(typed):  # no try is spent by whoever typed none
        return _show_given(visit, UNREADABLE, problem="none")
    outcome = visit.keep(endorsements.type_code, secret, typed, visit.now, keyring.mark, keyring.unseal)
    if outcome == "right":
        return _go_to_given(visit, secret)
    if outcome == "wrong":
        return _show_given(visit, UNREADABLE, problem=outcome, typed=typed)
    return _show_given(visit, outcome=outcome)


@or_gone
def withdraw(visit: web.Visit) -> web.Response:
    """It is taken back, there and then."""
    secret = _secret(visit)
    word = visit.read(endorsements.find_given, secret)
    visit.limit_rate("word", f"given {word.id}")
    web.keep_to_leave(visit, endorsements.withdraw_given, secret, visit.now)
    return _go_to_given(visit, secret)


def _find(visit: web.Visit) -> endorsements.FoundRequest:
    return visit.read(endorsements.find_request, visit.part["token"], visit.now)


def _typed(visit: web.Visit) -> str:
    """What was typed, or chosen as it stands, in the form for the word."""
    said = _typed_answer(visit)
    return "\n".join(filter(None, (said.sentence, said.name, said.role, said.organisation)))


def _own(visit: web.Visit, found: endorsements.FoundRequest) -> web.Response:
    """Whoever asks for the word does not give it."""
    return _page(visit, "tutor/request.html", UNREADABLE, name=found.request.name, is_own=True, is_robot=False)


def _closed(visit: web.Visit, found: endorsements.FoundRequest, typed: str = "", secret: str = "") -> web.Response:
    """Why the request cannot be answered any more; what was typed stays, to be copied. Where it could be again, by what was put
    back since, it was stopped for whoever read it as it was. *secret* is that of the word that the reader gave before."""
    state = "declined" if found.request.was_declined else "stopped" if found.state == "open" else found.state
    return _page(visit, "tutor/closed.html", CLOSED, state=state, name=found.request.name, typed=typed, secret=secret)


def _send(visit: web.Visit, found: endorsements.FoundRequest) -> web.Response:
    """Keep the word: what is to be corrected is said, and what was typed stays."""
    request, said, services = found.request, _typed_answer(visit), visit.services
    looked_at = {"takes_mail": services.mailer is not None, "is_spoken": bool(visit.form.files("voice"))}
    if problems := endorsements.answer_problems(said, **looked_at):
        return _form(visit, found, said, UNREADABLE, problems)
    if not services.rate_limits.allow("word", visit.request, (f"asked {request.id}",)):
        return _form(visit, found, said, TOO_MANY, ["too-often"])
    secret = _free_secret(visit, request.id)
    with web.storing_files(visit) as shelved:
        try:
            voice = _receive_voice(visit, shelved)
        except evidence.AttachmentRefused as refused:
            return _form(
                visit, found, said, BUSY if refused.reason == "busy" else UNREADABLE, [f"voice-{refused.reason}"]
            )
        proof = None
        if said.mail and services.mailer is not None:
            whose = (f"mailbox {endorsements.mailbox_of(said.mail)}", f"holder {request.holder_id}")
            if not services.rate_limits.allow("word letter", visit.request, whose):
                web.release_files(visit, shelved)
                return _form(visit, found, said, TOO_MANY, ["mail-often"])
            proof = endorsements.make_code(said.mail, secret, services.code_writer(visit.request, visit.language))
        try:
            give = partial(endorsements.give_endorsement, voice=voice, proof=proof)
            web.keep_with_files(visit, shelved, give, request.id, said, secret, visit.now)
        except endorsements.NotOpen:
            return _closed(visit, _find(visit), _typed(visit))
        except evidence.EvidenceFull:
            return _form(visit, found, said, TOO_MUCH, ["voice-full"])
    if proof:
        services.mail_was_written()
    return _go_to_given(visit, secret)


def _decline(visit: web.Visit, request: endorsements.EndorsementRequest) -> web.Response:
    visit.limit_rate("word", f"asked {request.id}")
    try:
        visit.keep(endorsements.decline_request, request.id, visit.now)
    except endorsements.NotOpen:
        return _closed(visit, _find(visit))
    return visit.go("asked", _language_asked(visit), token=visit.part["token"])


def _receive_voice(visit: web.Visit, shelved: set[str]) -> dict[str, Any] | None:
    """The columns of the recording that was sent, its bytes kept, of which *shelved* learns the name; None where there is none.
    Raises AttachmentRefused."""
    sent: UploadFile | None = next(iter(visit.form.files("voice")), None)
    if sent is None:
        return None
    taken = evidence.receive_attachment(sent.file.read, sent.filename or "")
    if taken.kind != "recording":
        raise evidence.AttachmentRefused("not-audio")
    if (taken.seconds or 0) > endorsements.LONGEST_VOICE:
        raise evidence.AttachmentRefused("too-long")
    shelved.add(name := visit.services.files.keep(taken.content))
    return {"recording": name, "media_type": taken.media_type, "size": taken.size, "seconds": taken.seconds}


def _typed_answer(visit: web.Visit) -> endorsements.TutorAnswer:
    """What was typed, as text and nothing else; a ready sentence counts where none was written."""
    typed = {name: visit.form.text(name, TYPED) for name in FIELDS}
    typed["sentence"] = typed["sentence"] or visit.form.text("ready", TYPED)
    return _answer_of(visit, typed)


def _answer_of(visit: web.Visit, typed: Mapping[str, str]) -> endorsements.TutorAnswer:
    """*typed*, with what is ticked, in which language they read, and which attachments the page of the moment showed them, as it
    says itself."""
    said = endorsements.clean_answer(typed, visit.form.texts("afest"))
    numbers = map(web.whole_number, visit.form.text("shown", SHOWN).split(","))
    shown = [one for one in numbers if one is not None] if "shown" in visit.form else None
    return replace(said, language=visit.language, shown=shown)


def _form(
    visit: web.Visit,
    found: endorsements.FoundRequest,
    said: endorsements.TutorAnswer,
    status: int = 200,
    problems: Sequence[str] = (),
) -> web.Response:
    """The form for the word; the moment stands there again, as it was read, for no browser goes back to a page that it posted for
    and may not keep."""
    if visit.form.files("voice") and not any(one.startswith("voice") for one in problems):
        # No page can hold a file: who heard nothing of it would send their word without.
        problems = [*problems, "voice-again"]
    read = [one["number"] for one in found.told["attachments"]] if said.shown is None else said.shown
    return _page(
        visit,
        "tutor/write.html",
        status,
        name=found.request.name,
        told={**found.told, "attachments": [one for one in found.told["attachments"] if one["number"] in read]},
        said=said,
        problems=problems,
        secret=_secret(visit) or accounts.new_code(),
        limits=endorsements.ANSWER_LIMITS,
        takes_mail=visit.services.mailer is not None,
    )


def _show_given(
    visit: web.Visit, status: int = 200, *, problem: str = "", typed: str = "", outcome: str = ""
) -> web.Response:
    secret = _secret(visit)
    word = visit.read(endorsements.find_given, secret)
    said = endorsements.view_of(word, visit.now)
    return _page(
        visit,
        "tutor/given.html",
        status,
        # No address of a word is told that is kept and not signed; until then it may be signed.
        said=said if word.accepted_at else replace(said, mail_domain=word.mail_domain),
        is_withdrawn=word.withdrawn_at is not None,
        secret=secret,
        name=visit.read(endorsements.name_of_asker, word.request_id),
        awaits=endorsements.is_code_awaited(word, visit.now),
        tries=endorsements.tries_left(word),
        problem=problem,
        typed=typed,
        outcome=outcome,
        link=visit.services.address("given", secret=secret),
    )


def _go_to_given(visit: web.Visit, secret: str) -> web.Response:
    return visit.go("given", _language_asked(visit), secret=secret)


def _given(visit: web.Visit, request_id: int) -> endorsements.Endorsement | None:
    """The word that came of this very page, where it was sent before: by a second tap, or a phone that did not hear the answer."""
    try:
        word = visit.read(endorsements.find_given, _secret(visit))
    except storage.Missing:
        return None
    return word if word.request_id == request_id else None


def _send_again(visit: web.Visit, found: endorsements.FoundRequest, word: endorsements.Endorsement) -> web.Response:
    """What was done is told; not to whoever went back and changed what they say, for that is sent to nobody."""
    said, before = (
        [*(getattr(one, part) for part in SAID), *(one.afest or ())] for one in (_typed_answer(visit), word)
    )
    if word.withdrawn_at or said == before:
        return _go_to_given(visit, _secret(visit))
    return _closed(visit, found, _typed(visit), _secret(visit))


def _free_secret(visit: web.Visit, request_id: int) -> str:
    """The secret that the page brings; another one where it brings none or that of another word, as browsers may that fill in
    forms."""
    try:
        is_free = visit.read(endorsements.find_given, _secret(visit)).request_id == request_id
    except storage.Missing:
        is_free = True
    return _secret(visit) if is_free and _secret(visit) else accounts.new_code()


def _secret(visit: web.Visit) -> str:
    """The secret of the link by which the word is taken back, as the address or the form says; "" for none."""
    typed = accounts.as_typed_meant(visit.part.get("secret", "") or visit.form.text("secret", 64))
    return typed if SECRET.fullmatch(typed) else ""


def _attachment(visit: web.Visit) -> evidence.Attachment:
    found = _find(visit)
    if found.state != "open":
        raise storage.Missing
    return visit.read(endorsements.read_attachment, found.request, visit.part["number"])


def _page(visit: web.Visit, template: str, status: int = 200, **context: Any) -> web.Response:
    """A page on which nobody is known."""
    token = visit.part.get("token", "")
    return visit.page(template, status, token=token, language_asked=_language_asked(visit), **context)


def _language_asked(visit: web.Visit) -> str:
    """The query of an address to go on to: the language, if it was chosen by the address, as no cookie keeps it."""
    chosen = web.language_in_address(visit.request)
    return f"?lang={chosen}" if chosen in pages.LANGUAGES else ""
