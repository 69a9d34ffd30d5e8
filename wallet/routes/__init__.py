"""THE MAP: every address, its name, and whom its door lets in.

anyone     everyone; the page knows who is signed in
stranger   everyone; nobody is known there, no cookie is read
visitor    whoever has a wallet here, with a key or (for half an hour) without
signed_in  holders with a key
confirmed  holders who showed a key or the rescue paper just now

`redraw=…`: the page again with what stands in its form, where it is asked for in the other language: the handler is not called
then, whatever it does. Where none is named, nothing is done, and one is led back.

`offline=True`: the phone of whoever is signed in keeps it for when there is no Internet (web/service_worker.py).

`takes=…`: how many bytes may be posted there, where that is more than an ordinary form (web/body_limits.py).

`waits=…`: it waits for others than the database, so it runs in threads apart (concurrency/pools.py), and all else never queues
behind it. Whoever adds a handler asks what it waits for:
STRANGERS   it asks issuers, starts a child, or goes through many files. `with_files`: it does so where files came
SHELF       it reads or keeps a file, or a few
SHEETS      it sets a sheet of paper, unless that lies ready
nothing     the database alone. Nobody waits for strangers there, however many strangers there are

Addresses are nouns. GET shows and changes nothing, but that an archive was taken, or a message read, is noted; POST
changes.
"""

from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.routing import Match, Route
from starlette.types import Scope

from ..concurrency import SHEETS, SHELF, STRANGERS
from ..web import (
    ARCHIVE,
    ASKED,
    FILES,
    FORM,
    GIVEN,
    PETITIONED,
    TEXT,
    ReadyPage,
    anyone,
    confirmed,
    glimpse,
    reader,
    ready,
    show_scanner,
    signed_in,
    static_page,
    stranger,
    visitor,
    with_files,
)
from . import (
    account,
    afest,
    archive,
    attachments,
    badge_connect,
    badges,
    call_answers,
    calls,
    confirmation,
    devices,
    emails,
    endorsements,
    erasure,
    evidence,
    install,
    journey,
    lasting_page,
    messages,
    oauth,
    offers,
    offline_drafts,
    passkey_ceremonies,
    passkeys,
    petition_answers,
    petitions,
    platforms,
    profile,
    public,
    recovery,
    recovery_by_email,
    recovery_codes,
    search,
    sending,
    share_form,
    share_target,
    shares,
    tutor,
    verifiers,
)
from .open_share import abuse_reports, details, page, rechecks, replies, sheet

POST = ["POST"]
LETTERS = "/letters/"
"""Below it letters are stopped, also by mail programs, which post from nowhere (web/security_headers.py)."""
SHARE_TARGET = "/handovers"
"""Where a phone posts what another app shares: the one address that our own pages do not post to (web/security_headers.py)."""

CONSENT = "/oauth/authorization"
"""Where a form is answered by leading on to a platform: only its own page lets it (routes/oauth.py), no other sends it again."""


class Row(IntegerConvertor):
    """The number of a row: of no more digits than both databases hold in one."""

    regex = "[0-9]{1,9}"


register_url_convertor("row", Row())

# fmt: off
ROUTES = [
    Route("/",                              anyone(public.welcome),                 name="welcome"),
    Route("/help",                          reader(static_page("public/help.html"), offline=True), name="help"),
    Route("/privacy",                       reader(static_page("public/privacy.html")), name="privacy"),
    Route("/advisers",                      reader(static_page("public/advisers.html")), name="advisers"),
    Route("/legal",                         reader(static_page("public/legal.html")), name="legal"),
    Route("/accessibilite",                 reader(static_page("public/accessibility.html", stated=public.STATED)),
                                                                           name="accessibility"),
    Route("/site-map",                      reader(static_page("public/site_map.html")), name="site_map"),
    Route("/static/{path:path}",            ready(public.asset),                    name="static"),
    Route("/offline",                       stranger(static_page("problems/offline.html")), name="offline"),
    Route("/worker.js",                     ready(public.worker),                   name="worker"),
    Route("/robots.txt",                    ready(public.robots),                   name="robots"),
    Route("/.well-known/did.json",          ready(verifiers.did),                   name="did"),
    Route("/issuers.json",                  stranger(verifiers.issuers),            name="issuers"),
    Route("/issuers/{issuer:path}",         stranger(verifiers.issuer),             name="issuer"),
    Route("/status/{list:row}",             stranger(verifiers.status_list),        name="status_list"),
    Route("/status/issuers/{list:row}",     stranger(verifiers.withdrawn_issuers),  name="issuers.withdrawn"),
    Route("/manifest.webmanifest",          ready(install.manifest),                name="manifest"),
    Route("/install",                       anyone(install.show),                   name="install"),
    Route("/install/later",                 anyone(install.postpone),               name="install.later", methods=POST),
    Route("/language", anyone(account.language, takes=TEXT, redraw=account.language), name="language", methods=POST),
    Route("/text-size",                     anyone(account.text_size),              name="text_size", methods=POST),

    Route("/employeurs",                    stranger(calls.understand),             name="employers"),
    Route("/employeurs/demande",            stranger(calls.new),                    name="call.new"),
    Route("/employeurs/demande",            stranger(calls.create, redraw=calls.redraw), name="call.create", methods=POST),
    Route("/e/{secret}",                    stranger(calls.own),                    name="call.own"),
    Route("/e/{secret}/closing",            stranger(calls.close),                  name="call.closing", methods=POST),
    Route("/o/{code}",                      anyone(call_answers.show),              name="call"),
    Route("/o/{code}/qr.svg",               stranger(calls.qr),                     name="call.qr"),
    Route("/o/{code}/qr.png",               stranger(calls.qr_picture),             name="call.qr.png"),
    Route("/o/{code}/badges",               signed_in(call_answers.look),           name="call.look"),
    Route("/o/{code}/answers",              signed_in(call_answers.send, redraw=call_answers.redraw),
                                                                           name="call.answer", methods=POST),
    Route("/o/{code}/reports",              stranger(calls.report),                 name="call.report"),
    Route("/o/{code}/reports", stranger(calls.make_report), name="call.report.make", methods=POST),

    Route("/s/{token}", stranger(page.share, page.ready, waits=page.machines_wait), name="shared"),
    Route("/s/{token}",                     stranger(page.enter),                   name="shared.enter", methods=POST),
    Route("/s/{token}/qr.svg",              stranger(page.qr),                      name="shared.qr"),
    Route("/s/{token}/pictures/{place:row}",stranger(page.picture, waits=SHELF),    name="shared.picture"),
    Route("/s/{token}/files/{place:row}",   stranger(page.file, waits=SHELF),       name="shared.file"),
    Route("/s/{token}/told/{exhibit:row}/{number:row}", stranger(page.attachment, waits=SHELF), name="shared.attachment"),
    Route("/s/{token}/told/{exhibit:row}/{number:row}/picture", stranger(page.attachment_picture, waits=SHELF),
                                                                           name="shared.attachment.picture"),
    Route("/s/{token}/words/{word:row}",    stranger(page.word, waits=SHELF),       name="shared.word"),
    Route("/s/{token}/words/{word:row}/voice", stranger(page.word_voice, waits=SHELF), name="shared.word.voice"),
    Route("/s/{token}/photo",               stranger(page.photo),                   name="shared.photo"),
    Route("/s/{token}/badges/{place:row}",  stranger(details.badge),                name="shared.badge"),
    Route("/s/{token}/badges/{place:row}/alone", stranger(details.alone),           name="shared.alone"),
    Route("/s/{token}/told/{exhibit:row}",  stranger(details.moment),               name="shared.moment"),
    Route("/s/{token}/sheet.pdf", stranger(sheet.show, sheet.kept, waits=SHEETS),       name="shared.sheet"),
    Route("/s/{token}/presentation",        stranger(page.presentation, waits=STRANGERS), name="shared.presentation"),
    Route("/s/{token}/verifications", stranger(rechecks.check, waits=STRANGERS), name="shared.check", methods=POST),
    Route("/s/{token}/verifications",       stranger(rechecks.back),                name="shared.checked"),
    Route("/s/{token}/reports",             stranger(abuse_reports.report),         name="shared.report"),
    Route("/s/{token}/reports", stranger(abuse_reports.make, redraw=abuse_reports.redraw),
                                                                           name="shared.report.make", methods=POST),
    Route("/s/{token}/reply",               stranger(replies.reply),                name="shared.reply"),
    Route("/s/{token}/reply", stranger(replies.send, redraw=replies.redraw), name="shared.reply.send", methods=POST),
    Route("/openings", anyone(page.note_opening), name="openings.create", methods=POST),

    Route("/entry",                         anyone(account.entry),                  name="entry"),
    Route("/entry/qr.svg",                  signed_in(account.entry_qr),            name="entry.qr"),
    Route("/entry/paper",                   anyone(recovery.entry),                 name="entry.paper"),
    Route("/entry/paper",                   anyone(recovery.enter, takes=FILES, waits=with_files, redraw=recovery.redraw),
                                                                           name="entry.paper.use", methods=POST),
    Route("/entry/lost",                    anyone(static_page("public/lost_phone.html")), name="entry.lost"),
    Route("/paper",                         visitor(recovery_codes.show),           name="paper"),
    Route("/paper",                         visitor(recovery_codes.create),         name="paper.create", methods=POST),
    Route("/paper/picture",                 visitor(recovery_codes.picture),        name="paper.picture", methods=POST),
    Route("/returns",                       signed_in(recovery.index),              name="returns"),
    Route("/returns/{id:row}/stopping", signed_in(recovery.stop), name="return.stopping", methods=POST),
    Route("/returns/{id:row}/acknowledgement", signed_in(recovery.acknowledge), name="return.acknowledgement", methods=POST),
    Route("/entry/mail",                    anyone(recovery_by_email.ask),          name="entry.mail"),
    Route("/entry/mail", anyone(recovery_by_email.send, redraw=recovery_by_email.redraw),
                                                                           name="entry.mail.ask", methods=POST),
    Route("/entry/mail/code",               anyone(recovery_by_email.code),         name="entry.mail.code"),
    Route("/entry/mail/code", anyone(recovery_by_email.use, redraw=recovery_by_email.redraw_code),
                                                                           name="entry.mail.code.use", methods=POST),
    Route("/passkeys/challenges", anyone(passkey_ceremonies.challenge), name="passkeys.challenge", methods=POST),
    Route("/passkeys", visitor(passkey_ceremonies.create), name="passkeys.create", methods=POST),
    Route("/passkeys/confirmations", signed_in(passkey_ceremonies.confirm), name="passkeys.confirmation", methods=POST),
    Route("/devices", anyone(passkey_ceremonies.authenticate), name="devices.create", methods=POST),
    Route("/confirmation",                  signed_in(confirmation.ask),            name="confirmation"),
    Route("/confirmation/paper", signed_in(confirmation.paper, redraw=confirmation.redraw),
                                                                           name="confirmation.paper", methods=POST),
    Route("/leaving",                       visitor(account.leave),                 name="leaving", methods=POST),
    Route("/closed",                        anyone(account.closed),                 name="closed"),
    Route("/settings",                      signed_in(account.settings),            name="settings"),
    Route("/settings",                      signed_in(account.edit, redraw=account.redraw_settings),
                                                                           name="holder.edit", methods=POST),

    Route("/archive",                       confirmed(archive.show),                name="archive"),
    Route("/archive/file",                  confirmed(archive.file, waits=STRANGERS), name="archive.file"),
    Route("/archive/return",                anyone(static_page("archive/import.html", problems=[])), name="archive.return"),
    Route("/archive/return",                anyone(archive.bring_back, takes=ARCHIVE, waits=STRANGERS),
                                                                           name="archive.return.create", methods=POST),
    Route("/schemas/wallet-1.json",         stranger(archive.schema),               name="archive.schema"),
    Route("/erasure",                       signed_in(erasure.show),                name="erasure"),
    Route("/erasure", confirmed(erasure.erase), name="erasure.create", methods=POST),
    Route("/erasure/stopping", signed_in(erasure.stop), name="erasure.stopping", methods=POST),
    Route("/erased",                        anyone(static_page("erasure/erased.html")), name="erased"),
    Route("/keys",                          signed_in(passkeys.index),              name="keys"),
    Route("/keys/new",                      signed_in(passkeys.new),                name="key.new"),
    Route("/keys/{id:row}/name",            signed_in(passkeys.name),               name="key.name", methods=POST),
    Route("/keys/{id:row}/removal",         signed_in(passkeys.remove),             name="key.removal", methods=POST),
    Route("/devices",                       signed_in(devices.index),               name="devices"),
    Route("/devices/removal", signed_in(devices.remove_others), name="devices.removal", methods=POST),
    Route("/devices/{id:row}/removal", signed_in(devices.remove), name="device.removal", methods=POST),
    Route("/addresses",                     signed_in(emails.index),                name="addresses"),
    Route("/addresses", confirmed(emails.create, redraw=emails.redraw_new), name="addresses.create", methods=POST),
    Route("/addresses/new",                 confirmed(emails.new),                  name="addresses.new"),
    Route("/addresses/{id:row}",            signed_in(emails.show),                 name="address"),
    Route("/addresses/{id:row}/verification", signed_in(emails.verify, redraw=emails.show),
                                                                           name="address.verification", methods=POST),
    Route("/addresses/{id:row}/letter", signed_in(emails.write_again), name="address.letter", methods=POST),
    Route("/addresses/{id:row}/removal", confirmed(emails.remove), name="address.removal", methods=POST),

    Route("/badges",                        visitor(badges.index, offline=True),    name="badges"),
    Route("/badges",                        anyone(badges.create, takes=FILES, waits=STRANGERS, redraw=badges.redraw_new),
                                                                           name="badges.create", methods=POST),
    Route("/badges/new",                    anyone(badges.new),                     name="badges.new"),
    Route("/badges/scan",                   anyone(show_scanner),                   name="badges.scan"),
    Route("/badges/search",                 visitor(search.search),                 name="badges.search"),
    Route("/badges/{id:row}",               visitor(badges.show, offline=True),     name="badge"),
    Route("/badges/{id:row}/picture",       visitor(badges.picture, waits=SHELF),   name="badge.picture"),
    Route("/badges/{id:row}/document",      visitor(badges.document, waits=SHELF),  name="badge.document"),
    Route("/badges/{id:row}/elsewhere",     signed_in(sending.elsewhere),           name="badge.elsewhere"),
    Route("/badges/{id:row}/verifications", visitor(badges.verify, waits=STRANGERS), name="badge.verifications", methods=POST),
    Route("/badges/{id:row}/contexts", visitor(badges.fetch_contexts, waits=STRANGERS), name="badge.contexts", methods=POST),
    Route("/badges/{id:row}/newer", visitor(badges.renew, waits=STRANGERS), name="badge.newer", methods=POST),
    Route("/badges/{id:row}/removal",       visitor(badges.remove),                 name="badge.removal", methods=POST),
    Route("/badges/{id:row}/return",        visitor(badges.put_back),               name="badge.return", methods=POST),
    Route("/badges/{id:row}/words/{number:row}/acceptance", visitor(badges.keep_word), name="badge.word.acceptance", methods=POST),
    Route("/badges/{id:row}/words/{number:row}/removal", visitor(badges.remove_word), name="badge.word.removal", methods=POST),
    Route("/badges/{id:row}/words/{number:row}/return", visitor(badges.put_back_word), name="badge.word.return", methods=POST),
    Route("/badges/{id:row}/words", visitor(badges.move_word, waits=STRANGERS), name="badge.words", methods=POST),
    Route("/badges/{id:row}/addition", signed_in(badges.add_waiting), name="badge.addition", methods=POST),
    Route("/badges/{id:row}/refusal",       signed_in(badges.refuse_waiting),       name="badge.refusal", methods=POST),
    Route("/badges/refusal", signed_in(badges.refuse_all_waiting), name="badges.refusal", methods=POST),

    Route(SHARE_TARGET,                     anyone(share_target.create, takes=FILES, waits=SHELF),
                                                                           name="handovers.create", methods=POST),
    Route("/handovers/{id:row}",            anyone(share_target.show),              name="handover"),
    Route("/handovers/{id:row}/badges", anyone(share_target.take_in, waits=STRANGERS), name="handover.taking", methods=POST),
    Route("/handovers/{id:row}/removal", anyone(share_target.drop), name="handover.removal", methods=POST),

    Route("/offre",                         anyone(offers.offered),                 name="offered"),
    Route("/offers/{id:row}",               anyone(offers.show),                    name="offer"),
    Route("/offers/{id:row}/code",          anyone(offers.ask_code),                name="offer.code"),
    Route("/offers/{id:row}/promise",       anyone(offers.promise),                 name="offer.promise"),
    Route("/offers/{id:row}/badges", anyone(offers.take, waits=STRANGERS, redraw=offers.redraw_code),
                                                                           name="offer.taking", methods=POST),

    Route("/path",                          signed_in(journey.show, offline=True),  name="path"),
    Route("/path/choice",                   signed_in(journey.choose),              name="path.choice"),
    Route("/path/counting", signed_in(journey.count_all, redraw=journey.redraw_choice), name="path.counting", methods=POST),
    Route("/path/counting/removal", signed_in(journey.uncount_all), name="path.counting.removal", methods=POST),
    Route("/badges/{id:row}/counting", signed_in(journey.count), name="badge.counting", methods=POST),
    Route("/badges/{id:row}/counting/removal", signed_in(journey.uncount), name="badge.counting.removal", methods=POST),

    Route(f"{ASKED}{{token}}",              stranger(tutor.show),                   name="asked"),
    Route(f"{ASKED}{{token}}", stranger(tutor.answer, takes=FILES, waits=with_files, redraw=tutor.redraw),
                                                                           name="asked.answer", methods=POST),
    Route(f"{ASKED}{{token}}/told/{{number:row}}", stranger(tutor.attachment, waits=SHELF), name="asked.attachment"),
    Route(f"{ASKED}{{token}}/told/{{number:row}}/picture", stranger(tutor.picture, waits=SHELF), name="asked.picture"),
    Route(f"{GIVEN}{{secret}}",             stranger(tutor.given),                  name="given"),
    Route(f"{GIVEN}{{secret}}/code",        stranger(tutor.type_code),              name="given.code", methods=POST),
    Route(f"{GIVEN}{{secret}}/withdrawal",  stranger(tutor.withdraw),               name="given.withdrawal", methods=POST),

    Route(f"{PETITIONED}{{token}}",         stranger(petition_answers.show),        name="petitioned"),
    Route(f"{PETITIONED}{{token}}", stranger(petition_answers.answer, takes=FILES, waits=STRANGERS),
                                                                           name="petitioned.answer", methods=POST),
    Route("/petitions/new",                 signed_in(petitions.new),               name="petition.new"),
    Route("/petitions", signed_in(petitions.create, takes=TEXT, redraw=petitions.redraw),
                                                                           name="petitions.create", methods=POST),
    Route("/petitions/{id:row}",            signed_in(petitions.show),              name="petition"),
    Route("/petitions/{id:row}/reminder",   signed_in(petitions.remind),            name="petition.reminder", methods=POST),
    Route("/petitions/{id:row}/offer", signed_in(petitions.look_up_offer, waits=STRANGERS), name="petition.offer", methods=POST),
    Route("/petitions/{id:row}/end",        signed_in(petitions.mark_seen),         name="petition.end", methods=POST),

    Route("/evidence",                      visitor(evidence.index, offline=True),  name="evidence"),
    Route("/evidence", anyone(evidence.create), name="evidence.create", methods=POST),
    Route("/evidence/new",                  visitor(evidence.new),                  name="evidence.new"),
    Route("/evidence/draft",                visitor(offline_drafts.new, offline=True), name="draft"),
    Route("/drafts",                        anyone(offline_drafts.create, takes=FILES, waits=with_files),
                                                                           name="drafts.create", methods=POST),
    Route("/drafts/key",                    visitor(offline_drafts.key),            name="drafts.key"),
    Route("/evidence/afest",                signed_in(afest.show),                  name="afest"),
    Route("/evidence/afest/file", signed_in(afest.paper, waits=SHEETS, redraw=afest.redraw),
                                                                           name="afest.file", methods=POST),
    Route("/evidence/{id:row}",             visitor(evidence.show, offline=True),   name="evidence.one"),
    Route("/evidence/{id:row}/answers",     visitor(evidence.earlier),              name="evidence.earlier"),
    Route("/evidence/{id:row}/answers", visitor(evidence.restore), name="evidence.restore", methods=POST),
    Route("/evidence/{id:row}/answers/{question}",visitor(evidence.ask, offline=True), name="evidence.answer"),
    Route("/evidence/{id:row}/answers/{question}", anyone(evidence.answer, takes=TEXT),
                                                                           name="evidence.answer.keep", methods=POST),
    Route("/evidence/{id:row}/answers/{question}/voice", visitor(evidence.listen), name="evidence.voice"),
    Route("/evidence/{id:row}/attachments", visitor(attachments.create, takes=FILES, waits=with_files),
                                                                           name="attachments.create", methods=POST),
    Route("/evidence/{id:row}/attachments/{number:row}",visitor(attachments.show, waits=SHELF), name="attachment"),
    Route("/evidence/{id:row}/attachments/{number:row}/picture", visitor(attachments.picture, waits=SHELF),
                                                                           name="attachment.picture"),
    Route("/evidence/{id:row}/attachments/{number:row}/removal", visitor(attachments.remove),
                                                                           name="attachment.removal", methods=POST),
    Route("/evidence/{id:row}/attachments/{number:row}/return", visitor(attachments.put_back),
                                                                           name="attachment.return", methods=POST),
    Route("/evidence/{id:row}/saving", visitor(evidence.save), name="evidence.saving", methods=POST),
    Route("/evidence/{id:row}/badges",      visitor(evidence.choose),               name="evidence.badges"),
    Route("/evidence/{id:row}/badges",      visitor(evidence.speak_of, takes=TEXT, redraw=evidence.redraw_badges),
                                                                           name="evidence.badges.choose", methods=POST),
    Route("/evidence/{id:row}/removal", visitor(evidence.remove), name="evidence.removal", methods=POST),
    Route("/evidence/{id:row}/return", visitor(evidence.put_back), name="evidence.return", methods=POST),

    Route("/evidence/{id:row}/requests/new", signed_in(endorsements.ask),           name="evidence.request"),
    Route("/evidence/{id:row}/requests", signed_in(endorsements.create, redraw=endorsements.redraw),
                                                                           name="evidence.requests", methods=POST),
    Route("/requests/seen",                 signed_in(endorsements.mark_seen),      name="requests.seen", methods=POST),
    Route("/requests/{id:row}",             signed_in(endorsements.send),           name="request"),
    Route("/requests/{id:row}/qr.svg",      signed_in(endorsements.qr),             name="request.qr"),
    Route("/requests/{id:row}/stopping", signed_in(endorsements.stop), name="request.stopping", methods=POST),
    Route("/endorsements/{id:row}",         signed_in(endorsements.show),           name="endorsement"),
    Route("/endorsements/{id:row}/acceptance", signed_in(endorsements.accept, waits=SHELF),
                                                                           name="endorsement.acceptance", methods=POST),
    Route("/endorsements/{id:row}/removal", signed_in(endorsements.remove), name="endorsement.removal", methods=POST),
    Route("/endorsements/{id:row}/return", signed_in(endorsements.put_back), name="endorsement.return", methods=POST),
    Route("/endorsements/{id:row}/withdrawal", signed_in(endorsements.withdraw),
                                                                           name="endorsement.withdrawal", methods=POST),
    Route("/endorsements/{id:row}/report", signed_in(endorsements.report), name="endorsement.report", methods=POST),
    Route("/endorsements/{id:row}/file", signed_in(endorsements.document, waits=SHELF), name="endorsement.file"),
    Route("/endorsements/{id:row}/voice", signed_in(endorsements.voice, waits=SHELF), name="endorsement.voice"),

    Route("/shares",                        signed_in(shares.index, offline=True),  name="shares"),
    Route("/shares", signed_in(share_form.create, takes=TEXT), name="shares.create", methods=POST),
    Route("/shares/new",                    signed_in(share_form.new),              name="shares.new"),
    Route("/shares/preview", signed_in(share_form.preview, takes=TEXT, redraw=share_form.redraw),
                                                                           name="shares.preview", methods=POST),
    Route("/page",                          signed_in(lasting_page.show, offline=True), name="page"),
    Route("/page",                          signed_in(lasting_page.create, takes=TEXT, redraw=lasting_page.redraw),
                                                                           name="page.create", methods=POST),
    Route("/page/switches", signed_in(lasting_page.turn, takes=TEXT), name="page.turn", methods=POST),
    Route("/page/visibility", signed_in(lasting_page.set_visibility), name="page.visibility", methods=POST),
    Route("/page/address",                  signed_in(lasting_page.ask_address),    name="page.address"),
    Route("/page/address", signed_in(lasting_page.move), name="page.address.change", methods=POST),
    Route("/shares/openings",               signed_in(shares.mark_seen),            name="shares.seen", methods=POST),
    Route("/photo",                         signed_in(profile.photo),               name="photo"),
    Route("/photo", signed_in(profile.keep_photo, takes=FILES, waits=STRANGERS), name="photo.create", methods=POST),
    Route("/photo/edit",                    signed_in(profile.edit_photo),          name="photo.edit"),
    Route("/photo/removal",                 signed_in(profile.remove_photo),        name="photo.removal", methods=POST),
    Route("/sought",                        signed_in(profile.edit_sought),         name="sought"),
    Route("/sought",                        signed_in(profile.keep_sought, redraw=profile.redraw_sought),
                                                                           name="sought.keep", methods=POST),
    Route("/code",                          signed_in(shares.newest, offline=True), name="code"),
    Route("/shares/{id:row}",               signed_in(shares.show, offline=True),   name="share"),
    Route("/shares/{id:row}/details",       signed_in(shares.details),              name="share.details"),
    Route("/page/block",                    signed_in(sending.page_block),          name="page.block"),
    Route("/page/block.png",                signed_in(sending.page_picture, waits=SHEETS), name="page.block.png"),
    Route("/page/block.pdf",                signed_in(sending.page_paper, waits=SHEETS), name="page.block.pdf"),
    Route("/page/badges",                   signed_in(sending.show_on_page),        name="page.badges.show", methods=POST),
    Route("/shares/{id:row}/editing",       signed_in(share_form.edit),             name="share.editing"),
    Route("/shares/{id:row}/editing", signed_in(share_form.change, takes=TEXT), name="share.change", methods=POST),
    Route("/shares/{id:row}/page",          signed_in(shares.page),                 name="share.page"),
    Route("/shares/{id:row}/sheet",         signed_in(shares.sheet),                name="share.sheet"),
    Route("/shares/{id:row}/qr.svg",        signed_in(shares.qr),                   name="share.qr"),
    Route("/shares/{id:row}/qr.png",        signed_in(sending.code_picture, waits=SHEETS), name="share.qr.png"),
    Route("/shares/{id:row}/send",          signed_in(sending.send, offline=True),  name="share.send"),
    Route("/shares/{id:row}/block",         signed_in(sending.block),               name="share.block"),
    Route("/shares/{id:row}/block.png",     signed_in(sending.block_picture, waits=SHEETS), name="share.block.png"),
    Route("/shares/{id:row}/block.pdf",     signed_in(sending.block_paper, waits=SHEETS), name="share.block.pdf"),
    Route("/shares/{id:row}/stopping", signed_in(shares.stop), name="share.stopping", methods=POST),
    Route("/shares/{id:row}/return",        signed_in(shares.reopen),               name="share.return", methods=POST),
    Route("/shares/{id:row}/end",           signed_in(shares.prolong),              name="share.end", methods=POST),
    Route("/shares/{id:row}/code",          signed_in(shares.go_on),                name="share.code", methods=POST),
    Route("/shares/{id:row}/messages", signed_in(shares.take_messages), name="share.messages", methods=POST),
    Route("/shares/{id:row}/removal",       signed_in(shares.forget),               name="share.removal", methods=POST),

    Route("/platforms",                     signed_in(platforms.index),             name="platforms"),
    Route("/platforms/{id:row}/stopping", signed_in(platforms.stop), name="platform.stopping", methods=POST),
    Route("/badges/waiting",                signed_in(platforms.waiting),           name="badges.waiting"),
    Route("/badges/waiting/refusal", signed_in(platforms.refuse_all), name="badges.waiting.refusal", methods=POST),
    Route("/ims/ob/v2p1/assertions",        stranger(badge_connect.list_sent, waits=SHELF), name="badge_connect.assertions"),
    Route("/ims/ob/v2p1/assertions", stranger(badge_connect.receive), name="badge_connect.assertions.create", methods=POST),
    Route("/ims/ob/v2p1/profile",           stranger(badge_connect.profile),        name="badge_connect.profile"),
    Route("/ims/ob/v2p1/profile", stranger(badge_connect.profile), name="badge_connect.profile.change", methods=POST),
    Route("/ims/ob/v3p0/discovery",         stranger(badge_connect.discovery),    name="open_badges_api.discovery"),
    Route("/ims/ob/v3p0/credentials",       stranger(badge_connect.list_credentials, waits=SHELF),
                                                                           name="open_badges_api.credentials"),
    Route("/ims/ob/v3p0/credentials", stranger(badge_connect.receive_credential), name="open_badges_api.upsert", methods=POST),
    Route("/ims/ob/v3p0/profile",           stranger(badge_connect.show_profile),      name="open_badges_api.profile"),
    Route("/ims/ob/v3p0/profile", stranger(badge_connect.change_profile), name="open_badges_api.profile.change", methods=["PUT"]),

    Route("/messages",                      signed_in(messages.index, offline=True), name="messages"),
    Route("/messages/letters", signed_in(messages.letters), name="messages.letters", methods=POST),
    Route("/messages/removal", signed_in(messages.remove_unread), name="messages.removal", methods=POST),
    Route("/messages/return", signed_in(messages.put_back_together), name="messages.return", methods=POST),
    Route("/messages/{id:row}",             signed_in(messages.show, offline=True), name="message"),
    Route("/messages/{id:row}/removal", signed_in(messages.remove), name="message.removal", methods=POST),
    Route("/messages/{id:row}/return", signed_in(messages.put_back), name="message.return", methods=POST),
    Route("/messages/{id:row}/report", signed_in(messages.report), name="message.report", methods=POST),
    Route("/messages/{id:row}/closing", signed_in(messages.close), name="message.closing", methods=POST),

    Route("/.well-known/badgeconnect.json", ready(oauth.discover),                  name="badgeconnect"),
    Route("/oauth/registration", stranger(oauth.register), name="oauth.registration", methods=POST),
    Route(CONSENT,                          anyone(oauth.ask),                      name="oauth.authorization"),
    Route(CONSENT, confirmed(oauth.connect), name="oauth.connect", methods=POST),
    Route("/oauth/token", stranger(oauth.token), name="oauth.token", methods=POST),
    Route("/oauth/revocation", stranger(oauth.revoke), name="oauth.revocation", methods=POST),

    Route(f"{LETTERS}{{token}}",            stranger(messages.letters_to_stop),     name="letters.stop"),
    Route(f"{LETTERS}{{token}}", stranger(messages.stop_letters), name="letters.stopping", methods=POST),
]
# fmt: on

_TAKING = [(route, takes) for route in ROUTES if (takes := vars(route.endpoint)["takes"]) > FORM]
_READY = [(route, at_once) for route in ROUTES if (at_once := vars(route.endpoint)["at_once"])]
_NAMES: dict[object, str] = {route.endpoint: route.name for route in ROUTES}
NO_ROUTE = "none"
"""The name for what is no address of ours, or was turned away before its route was looked for."""


def body_limit(scope: Scope) -> int:
    """How many bytes the request of *scope* may bring: more than a text only as a form with files, where they are taken."""
    if scope["method"] != "POST":
        return FORM
    takes = next((takes for route, takes in _TAKING if route.matches(scope)[0] is Match.FULL), FORM)
    kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    return {"application/json": FORM, "multipart/form-data": takes}.get(kind, min(takes, TEXT))


def ready_page(scope: Scope) -> ReadyPage | None:
    """The page that lies ready for the request of *scope*; None for all that its route has to answer."""
    for route, at_once in _READY:  # by what Route.matches looks at, at half of its price
        if scope["method"] in (route.methods or ()) and (found := route.path_regex.match(scope["path"])):
            return glimpse(at_once, Request({**scope, "path_params": found.groupdict()}))
    return None


def route_name(scope: Scope) -> str:
    """The name of the route that answered the request of *scope*; a page that lies ready is given before one is looked for."""
    name = _NAMES.get(scope.get("endpoint"))
    if name is None:
        name = next((route.name for route, _ in _READY if route.matches(scope)[0] is Match.FULL), NO_ROUTE)
    return name
