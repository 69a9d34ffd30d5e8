"""« Tout récupérer »: what an archive holds, the archive itself, the schema that all of them follow; the way back."""

from contextlib import suppress

from .. import accounts, archive, badges, endorsements, evidence, issuance, shares, storage, web

ZIP, SCHEMA = "application/zip", "application/schema+json"


def show(visit: web.Visit) -> web.Response:
    """What is in it; the file comes by itself, but never onto a computer that others use."""
    return visit.page(
        "archive/export.html",
        count=badges.get_page(visit.services.database, visit.holder_id, 1).count,
        moments=visit.read(evidence.count_moments, visit.holder_id),
        petitions_open=visit.read(shares.petitions.count_going_on, visit.holder_id, visit.now),
        badges_promised=len(visit.read(issuance.openid4vci.promised_offers, visit.holder_id, visit.now)),
        badges_waiting=visit.read(badges.list_pending, visit.holder_id)[1].count,
        comments_waiting=visit.read(endorsements.list_unread, visit.holder_id, visit.now),
        until=visit.read(accounts.pending_until, visit.holder_id, visit.now),
    )


def file(visit: web.Visit) -> web.Response:
    """The archive, made while it is sent."""
    if visit.is_shared:
        return visit.go("archive")
    if visit.request.method == "HEAD":  # its length and its name are known once it is made (RFC 9110, 8.6 and 9.3.2)
        like = web.download(b"", ZIP, "")
        del like.headers["content-length"], like.headers["content-disposition"]
        return like
    visit.limit_rate("export", visit.holder_id)
    services = visit.services
    order = archive.ExportOrder(
        holder_id=visit.holder_id,
        language=visit.language,
        origin=services.settings.origin,
        schema_address=services.address("archive.schema"),
        registers=web.current_registers(visit),
        now=visit.now,
    )
    packed = archive.export_wallet(services.database, services.files, services.pages, order)
    with suppress(storage.DatabaseUnavailable):  # a full disk keeps no note, and nobody from what is theirs
        visit.keep(archive.note_export, visit.holder_id, packed, visit.now, accounts.device_kind(visit.user_agent))
    return web.stream_download(visit, packed.pieces(), packed.length, ZIP, packed.name)


def schema(_visit: web.Visit) -> web.Response:
    """What an archive's wallet.json may hold."""
    return web.Response(archive.archive_schema(), media_type=SCHEMA, headers={"Cache-Control": "public, max-age=86400"})


def bring_back(visit: web.Visit) -> web.Response:
    """Take in an archive: its badges looked at anew, all else of it as history."""
    return web.import_archives(visit, visit.form.files("documents")[:1])
