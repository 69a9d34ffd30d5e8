"""« Tout récupérer »: what an archive holds, the archive itself, the schema that all of them follow; the way back."""

from contextlib import suppress

from starlette.responses import Response

from .. import archives, badges, downloads, events, evidence, packing, reception, returns
from ..database import Silent
from ..packing import Order
from ..visit import Visit

ZIP, SCHEMA = "application/zip", "application/schema+json"


def show(visit: Visit) -> Response:
    """What is in it; the file comes by itself, but never onto a computer that others use."""
    return visit.page(
        "archive/export.html",
        count=visit.read(badges.count, visit.holder_id),
        moments=visit.read(evidence.count, visit.holder_id),
        waits_until=visit.read(returns.guarded_until, visit.holder_id, visit.now),
    )


def file(visit: Visit) -> Response:
    """The archive, made while it is sent."""
    if visit.is_shared:
        return visit.go("archive")
    if visit.request.method == "HEAD":
        return downloads.attachment(b"", ZIP, "")
    visit.pace("export", visit.holder_id)
    house = visit.house
    order = Order(
        holder_id=visit.holder_id,
        language=visit.language,
        origin=house.settings.origin,
        schema_address=house.address("archive.schema"),
        now=visit.now,
    )
    packed = packing.pack(house.database, house.files, house.pages, order)
    with suppress(Silent):  # a full disk keeps no note, and nobody from what is theirs
        visit.keep(events.note, visit.holder_id, "exported", visit.now, visit.kind)
    return downloads.in_pieces(visit, packed.pieces(), packed.length, ZIP, packed.name)


def schema(_visit: Visit) -> Response:
    """What an archive's wallet.json may hold."""
    return Response(archives.schema(), media_type=SCHEMA, headers={"Cache-Control": "public, max-age=86400"})


def homecoming(visit: Visit) -> Response:
    """Bring an archive back."""
    return visit.page("archive/import.html", problems=[])


def bring_back(visit: Visit) -> Response:
    """Take in an archive: its badges looked at anew, all else of it as history."""
    return reception.bring_back(visit, visit.uploads("documents")[:1])
