"""Words of others, on their holder's side: asked for, read when they come, kept or not, taken back.

Nothing is sent from here: a link opens messages on the holder's own phone, and they choose to whom.
"""

import secrets
from collections.abc import Sequence

from .. import badges, endorsements, evidence, pages, shares, storage, web

UNREADABLE, CONFLICT, TOO_MUCH = 422, 409, 413
JSON_LD = "application/vc+ld+json"


def ask(visit: web.Visit) -> web.Response:
    """« Demander un mot »: what will be seen, and what may be left out of it."""
    return _ask(visit, _moment(visit), _first_name(visit), [])


def redraw(visit: web.Visit) -> web.Response:
    """As it was filled in."""
    return _ask(visit, *_typed(visit))


def create(visit: web.Visit) -> web.Response:
    """Make the link; what is not ticked is not seen."""
    moment, name, left = _typed(visit)
    visit.limit_rate("change", visit.holder_id)
    if not name:
        return _ask(visit, moment, name, left, "no-name")
    asked = endorsements.Asked(
        key=_sent_key(visit), evidence_id=moment.id, name=name, leaves_out=left, language=visit.language
    )
    seal, return_id = visit.services.keyring.seal, visit.authenticated.device.return_id
    try:
        made = visit.keep(endorsements.create_request, visit.holder_id, asked, seal, visit.now, return_id)
    except endorsements.NothingToRead:
        return _ask(visit, moment, name, left, "nothing")
    except endorsements.TooManyRequests:
        return _ask(visit, moment, name, left, "too-many")
    except endorsements.TooManyEndorsements:
        return _ask(visit, moment, name, left, "full")
    return visit.go("request", id=made.id)


def send(visit: web.Visit) -> web.Response:
    """« Envoyez ce lien par SMS », with the ready sentence, or the holder's own as the address says it."""
    told = _request(visit)
    ready = " ".join(visit.services.pages.render("endorsements/message.txt", visit.language, asked=told.row).split())
    is_changed = "message" in visit.query
    message = shares.sending.message_of(visit.query.text("message")) if is_changed else ready
    link = visit.services.address("asked", token=told.token) if told.token else ""
    text = shares.sending.with_link(message, link)
    subject = visit.services.pages.render("endorsements/subject.txt", visit.language, asked=told.row).strip()
    return visit.page(
        "endorsements/request.html",
        asked=told,
        story=_story_of(visit, told),
        link=link,
        message=message,
        is_changed=is_changed and message != ready,
        limit=shares.sending.MESSAGE_LIMIT,
        by_whatsapp=shares.sending.whatsapp_link(text),
        by_sms=shares.sending.sms_link(text),
        by_e_mail=shares.sending.mail_link(subject, text),
    )


def qr(visit: web.Visit) -> web.Response:
    """The link as a code to scan."""
    told = _request(visit)
    if not told.token:
        raise storage.Missing
    return web.show_drawing(pages.qr_svg(visit.services.address("asked", token=told.token)), "image/svg+xml")


def stop(visit: web.Visit) -> web.Response:
    """The link leads nowhere from now on: so says the moment, or the request itself where that was removed in another window."""
    web.keep_to_leave(visit, endorsements.stop_request, visit.holder_id, visit.part["id"], visit.now)
    story = _story_of(visit, _request(visit))
    if not story:
        return visit.go("request", id=visit.part["id"])
    return visit.go("evidence.one", "?done=request-stopped", id=story)


def mark_seen(visit: web.Visit) -> web.Response:
    """« Pas de mot cette fois. »: they have read it."""
    visit.keep(endorsements.mark_declined_seen, visit.holder_id, visit.now)
    return visit.go("evidence")


def show(visit: web.Visit) -> web.Response:
    """One word, and what may be done with it."""
    told = visit.read(endorsements.view_endorsement, visit.holder_id, visit.part["id"], visit.now)
    moments = visit.read(evidence.view_moments, visit.holder_id, [told.row.evidence_id or 0])
    return visit.page(
        "endorsements/show.html",
        200,
        web.LISTENING,
        word=told,
        story=moments[0] if moments else None,
        done=visit.query.text("done"),
    )


@web.rate_limited("change")
def accept(visit: web.Visit) -> web.Response:
    """« Garder ce mot »: signed, and on the shelf, before its row says so."""
    id, return_id = visit.part["id"], visit.authenticated.device.return_id
    try:
        found = visit.keep(endorsements.prepare_acceptance, visit.holder_id, id, visit.now, return_id)
        signed = None
        with web.storing_files(visit) as shelved:
            if found.list_id is not None:
                content = _signed(visit, found)
                signed = endorsements.SignedDocument(visit.services.files.keep(content), len(content))
                shelved.add(signed.name)
        web.keep_with_files(visit, shelved, endorsements.accept_endorsement, visit.holder_id, id, signed, visit.now)
    except evidence.EvidenceFull:
        return visit.page("evidence/no_room.html", TOO_MUCH)
    except endorsements.Withdrawn:
        return visit.go("endorsement", id=id)
    return visit.go("endorsement", "?done=kept", id=id)


def remove(visit: web.Visit) -> web.Response:
    """« Ne pas le garder », or not any more."""
    web.keep_to_leave(visit, endorsements.remove_endorsement, visit.holder_id, visit.part["id"], visit.now)
    return visit.go("evidence", f"?word={visit.part['id']}")


def put_back(visit: web.Visit) -> web.Response:
    """« Annuler »."""
    visit.keep(endorsements.restore_endorsement, visit.holder_id, visit.part["id"], visit.now)
    return visit.go("endorsement", "?done=back", id=visit.part["id"])


def withdraw(visit: web.Visit) -> web.Response:
    """« Retirer ce mot »: its file is worth nothing any more."""
    web.keep_to_leave(visit, endorsements.withdraw_kept, visit.holder_id, visit.part["id"], visit.now)
    return visit.go("endorsement", "?done=withdrawn", id=visit.part["id"])


def report(visit: web.Visit) -> web.Response:
    """« Signaler »: the operator reads it."""
    visit.keep(endorsements.report_endorsement, visit.holder_id, visit.part["id"], visit.now)
    return visit.go("endorsement", "?done=reported", id=visit.part["id"])


def document(visit: web.Visit) -> web.Response:
    """The signed word as a file."""
    found = _word(visit)
    name = shares.sending.file_name("mot", found.name, ".json")
    return web.download_kept(visit, found.document, JSON_LD, name)


def voice(visit: web.Visit) -> web.Response:
    """What was said aloud."""
    found = _word(visit)
    return web.download_kept(visit, found.recording, found.media_type, "mot")


def _signed(visit: web.Visit, found: endorsements.Endorsement) -> bytes:
    status = visit.services.address("status_list", list=found.list_id)
    language = visit.read(endorsements.language_of, found) or visit.language
    return endorsements.make_document(found, visit.services.signer, status, language)


def _moment(visit: web.Visit) -> evidence.EvidenceView:
    return visit.read(evidence.view_moment, visit.holder_id, visit.part["id"])


def _request(visit: web.Visit) -> endorsements.OwnedRequest:
    unseal = visit.services.keyring.unseal
    return visit.read(endorsements.view_request, visit.holder_id, visit.part["id"], unseal, visit.now)


def _story_of(visit: web.Visit, told: endorsements.OwnedRequest) -> int:
    """The moment that a request is about, by its id; 0 where its holder removed it."""
    try:
        return visit.read(evidence.get_moment, visit.holder_id, told.row.evidence_id or 0).id
    except storage.Missing:
        return 0


def _word(visit: web.Visit) -> endorsements.Endorsement:
    return visit.read(endorsements.get_endorsement, visit.holder_id, visit.part["id"], visit.now)


def _first_name(visit: web.Visit) -> str:
    kept = visit.read(badges.list_badges, visit.holder_id)
    return shares.first_name(visit.holder, [one for one in kept if badges.is_wanted(one)])


def _sent_key(visit: web.Visit) -> str:
    return visit.form.text("key", evidence.KEY_LIMIT) or secrets.token_hex(16)


def _typed(visit: web.Visit) -> tuple[evidence.EvidenceView, str, list[str]]:
    """The moment, the first name that was typed, and what is to be left out."""
    moment, shown = _moment(visit), visit.form.texts("part")
    return (
        moment,
        visit.form.text("name", 200).strip(),
        [part for part in endorsements.parts_of(moment) if part not in shown],
    )


def _ask(
    visit: web.Visit, moment: evidence.EvidenceView, name: str, left: Sequence[str], problem: str = ""
) -> web.Response:
    return visit.page(
        "endorsements/ask.html",
        {"": 200, "too-many": CONFLICT, "full": TOO_MUCH}.get(problem, UNREADABLE),
        web.LISTENING,
        told=moment,
        shown=evidence.moment_as_json(moment),
        parts=endorsements.parts_of(moment),
        left=left,
        name=name,
        key=_sent_key(visit),
        problem=problem,
    )
