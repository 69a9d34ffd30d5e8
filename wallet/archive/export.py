"""« Tout récupérer »: an archive of a holder's wallet is made and sent (archive/format.py says what is in it).

Rule 1: all is gathered in short transactions, a hundred badges at a time, and with none open the files are looked at:
one that is missing or damaged is told in the archive, and never sent as whole.
Rule 2: no file of ours is written, so that it works on a full disk too. The texts are kept deflated in memory; of the
files there is the one that is being sent, of what the holder told a few moments.
Rule 3: what was looked at is what is sent. A file that is lost between the two breaks the ZIP off; nobody takes a broken
one for a whole one.
"""

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from .. import accounts, badges, endorsements, evidence, inspection, storage, trust
from ..pages import ZONE, Pages
from ..trust import Answer
from . import export_evidence, export_rows, zip_stream
from .format import BADGES, ENDORSEMENTS, FILES, FORMAT, MOMENTS, PAGE, README, SCHEMA, SUMS, WALLET, archive_schema

TOGETHER = 100
"""Badges that are read in one transaction."""
AT_ONCE = 4
"""Files that are looked at together: a bucket takes its time for each."""
SLUG = 60
"""Characters of a badge's name in the name of its file."""
TYPES = {
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    **dict(evidence.RECORDINGS.values()),
}
"""How the file of a photo or a recording ends."""
OWN = re.compile(r"(?<=.)(\.[A-Za-z0-9]{1,8})$")
"""How the name of the holder's own file ends: only they know what opens it."""
CALLED = 80
"""Characters by which a moment is called where it is told elsewhere on the page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportOrder:
    """Whose archive is made, for whom to read, and what it says of where it comes from."""

    holder_id: int
    language: str
    origin: str
    schema_address: str
    now: datetime
    registers: trust.Registers = trust.NO_REGISTERS
    """Who vouches for which issuers at *now*: told with its day, as the page stays."""


@dataclass(frozen=True, slots=True)
class ExportedArchive:
    """An archive that is ready to be sent."""

    members: Sequence[zip_stream.Member]
    made_at: datetime
    is_whole: bool
    """Whether nothing was left out because a return goes on."""

    @property
    def name(self) -> str:
        """As it is called where it is kept."""
        return f"{FORMAT}-{self.made_at:%Y-%m-%d}.zip"

    @property
    def length(self) -> int:
        """All its bytes."""
        return zip_stream.zip_length(self.members)

    def pieces(self) -> Iterator[bytes]:
        """Its bytes; raises FileMissing, Damaged when a file is lost meanwhile."""
        return zip_stream.zip_pieces(self.members, self.made_at)


@dataclass(frozen=True, slots=True)
class Entry:
    """A badge, as the page in the archive shows it, and what was told of it."""

    card: badges.Card
    trust: Answer
    """Who vouched for its issuer on the day on which this was made."""
    paths: export_rows.BadgePaths
    moments: Iterator[export_evidence.MomentForReading]
    """Those that are told here, under the first badge that they speak of."""
    elsewhere: Sequence[tuple[int, str]]
    """Those that are told above, by their ids, and what they are called."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """A file that is whole."""

    size: int
    crc: int
    start: bytes


@dataclass(slots=True)
class _ExportedFiles:
    """What was gathered so far."""

    files: storage.FileStore
    looked: dict[str, _Looked | None] = field(default_factory=dict)
    """By their hash; None for one that is missing or damaged."""
    members: dict[str, zip_stream.Member] = field(default_factory=dict)
    """The files by their names in the archive."""
    sums: dict[str, str] = field(default_factory=dict)
    """The hash of each member."""
    originals: dict[str, str] = field(default_factory=dict)
    """Where a file is that badges came in, by its hash."""
    places: dict[int, int] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    """Of each badge by its id: its place in the list, and how it is called."""
    moments: dict[int, str] = field(default_factory=dict)
    """How the moments are called that the page has told, by their ids."""
    attached: Counter[int] = field(default_factory=Counter)
    """How many files of each moment have their place."""

    @property
    def missing(self) -> list[str]:
        """The files that are not in the archive."""
        return [name for name, found in self.looked.items() if found is None]

    def look(self, names: Iterable[str]) -> None:
        """Look at the files of these names that were not looked at yet."""
        with ThreadPoolExecutor(AT_ONCE) as together:
            unique = [name for name in dict.fromkeys(names) if name not in self.looked]
            self.looked |= zip(unique, together.map(partial(_look, self.files), unique), strict=True)

    def put(self, kept: badges.KeptBadge, called: str) -> export_rows.BadgePaths:
        """Give the files of a badge their place in the archive."""
        self.places[kept.id], self.names[kept.id] = len(self.places), called
        file = self._original(kept, called)
        for seen in export_rows.kept_response_files(kept):
            self._put(seen, FILES + seen)
        return export_rows.BadgePaths(
            file=file,
            document=self._put(kept.document, FILES + kept.document) if kept.came_in else file,
            picture=self._put(kept.picture, f"{FILES}{kept.picture}.webp") if kept.picture else None,
        )

    def attach(self, place: int, attachments: Sequence[evidence.Attachment]) -> dict[int, str | None]:
        """Give the files of these attachments of the moment at *place* theirs: by the ids of the attachments."""
        self.look(one.file for one in attachments if one.file)
        return {one.id: self._attach(place, one) if one.file else None for one in attachments}

    def say(self, number: int, said: endorsements.Endorsement) -> export_rows.EndorsementPaths:
        """Give the files of a word their place, which is the same whenever it is asked for."""
        self.look(name for name in (said.document, said.recording) if name)
        stem = f"{ENDORSEMENTS}{number:03}-{_slug(said.name, 'endorsement')}"
        document = self._put(said.document, stem + self._ending(said.document)) if said.document else None
        ending = TYPES.get(said.media_type, ".bin")
        return export_rows.EndorsementPaths(
            document, self._put(said.recording, stem + ending) if said.recording else None
        )

    def _ending(self, name: str) -> str:
        looked = self.looked[name]
        return (inspection.file_ending(looked.start) if looked else "") or ".bin"

    def _attach(self, place: int, one: evidence.Attachment) -> str | None:
        name = one.file or ""
        if self.looked[name] and name not in self.originals:
            self.attached[place] += 1
            stem, ending = _own(one)
            self.originals[name] = f"{MOMENTS}{place + 1:03}-{self.attached[place]:02}-{_slug(stem, one.kind)}{ending}"
        return self._put(name, self.originals.get(name, ""))

    def _original(self, kept: badges.KeptBadge, called: str) -> str | None:
        name = kept.came_in or kept.document
        looked = self.looked[name]
        if looked and name not in self.originals:
            ending = (
                self._ending(name) if kept.came_in else inspection.DOCUMENT_TYPES.get(kept.container, ("", ".bin"))[1]
            )
            self.originals[name] = f"{BADGES}{len(self.places):03}-{_slug(called)}{ending}"
        return self._put(name, self.originals[name]) if looked else None

    def _put(self, kept: str, name: str) -> str | None:
        looked = self.looked[kept]
        if looked is None:
            return None
        self.sums[name] = kept
        self.members[name] = zip_stream.Member(
            name=name, size=looked.size, crc=looked.crc, content=partial(self.files.read, kept), written=looked.size
        )
        return name


def export_wallet(
    database: storage.Database, shelf: storage.FileStore, pages: Pages, order: ExportOrder
) -> ExportedArchive:
    """Make the archive ready: its texts are written, its files are looked at. Raises Unavailable, Missing for who erased all
    meanwhile."""
    told = database.read(export_rows.read_wallet, order.holder_id, order.now)
    export = _Export(database, pages, order, told, _ExportedFiles(shelf))
    texts = {
        README: _readme(pages, order, told),
        PAGE: export.page(),
        WALLET: export.finished_wallet(),  # its badges are those that the page has brought
        SCHEMA: zip_stream.Text(archive_schema()),
    }
    sums = zip_stream.Text()
    for name, hashed in ({name: text.sha256 for name, text in texts.items()} | export.files.sums).items():
        sums.add(f"{hashed}  {name}\n")
    members = [text.member(name) for name, text in texts.items()]
    storage.failpoint("archive.packed")
    return ExportedArchive(
        (*members, *export.files.members.values(), sums.member(SUMS)),
        made_at=order.now.astimezone(ZONE),
        is_whole=told.has_words,
    )


def note_export(session: Session, holder_id: int, archive: ExportedArchive, now: datetime, kind: str) -> None:
    """Write down that it was taken, on that *kind* of device. Raises Missing for who erased all while it was made."""
    accounts.lock_holder(session, holder_id)
    accounts.note_event(session, holder_id, "exported" if archive.is_whole else "exported-in-part", now, kind)


class _Export:
    """The page and wallet.json, written side by side: each badge is read once for both."""

    def __init__(
        self,
        database: storage.Database,
        pages: Pages,
        order: ExportOrder,
        told: export_rows.ExportedWallet,
        files: _ExportedFiles,
    ) -> None:
        self.database, self.pages, self.order, self.told, self.files = database, pages, order, told, files
        self.places = {id: place for place, id in enumerate(told.moment_ids)}
        head = export_rows.head(told, order.now, order.origin, order.schema_address)
        self.wallet = zip_stream.Text(export_rows.to_json(head, 1).removesuffix("\n}") + ',\n "badges": [')

    def page(self) -> zip_stream.Text:
        """What people read; the badges are in wallet.json afterwards."""
        page = zip_stream.Text()
        for piece in self.pages.pieces(
            "archive/exported_page/index.html",
            self.order.language,
            made_at=self.order.now,
            origin=self.order.origin,
            told=self.told,
            entries=self._entries(),
            others=lambda: self._moments_for_reading(self.told.moment_ids),  # when the badges are told
            said=self._said(),
            shares=self.told.shares[::-1],
            names=self.files.names,
        ):
            page.add(piece)
        return page

    def finished_wallet(self) -> zip_stream.Text:
        """wallet.json, whose badges the page has brought: the moments, and the rest."""
        self.wallet.add('\n ],\n "evidence": [')
        places = dict[int, int]()
        for id, pieces in self._moments():
            self.wallet.add(",\n" if places else "\n")
            places[id] = len(places)  # some may be gone since they were counted
            for piece in pieces:
                self.wallet.add(piece)
        said = [
            export_rows.where_it_belongs(one.said, one.paths, places, self.files.places)
            | export_rows.row_as_json(one.said)
            for one in self._said()
        ]
        tail = export_rows.to_json(self.told.tail(self.files.places, said, self.files.missing), 1)
        self.wallet.add("\n ]," + tail.removeprefix("{") + "\n")
        return self.wallet

    def _said(self) -> Iterator[export_rows.EndorsementForReading]:
        """What others say of them."""
        for number, one in enumerate(self.told.said, 1):
            yield export_rows.EndorsementForReading(one, self.files.say(number, one))

    def _entries(self) -> Iterator[Entry]:
        """The badges, each with what was told of it."""
        files, ids = self.files, self.told.badge_ids
        for some_ids in storage.in_batches(ids, TOGETHER):
            with self.database.reading() as session:
                rows = export_rows.badges_with_ids(session, self.order.holder_id, some_ids)
                dids = export_rows.bound_to(session, some_ids)
                spoken = export_evidence.moments_of_badges(session, [kept.id for kept in rows]) if self.places else {}
            files.look(
                name
                for kept in rows
                for name in (kept.came_in, kept.document, kept.picture, *export_rows.kept_response_files(kept))
                if name
            )
            storage.failpoint("archive.gathered")
            for kept in rows:
                told = badges.told_at(kept.card, self.order.registers, self.order.now)
                # What has ended since it was checked is told so; all else as if nobody vouched, as the page stays.
                card = told if told.sentence == "expired" else kept.card
                comma = ",\n" if files.places else "\n"
                paths = files.put(kept, card.full_name)
                told_of_it = export_rows.badge_as_json(kept, paths, dids.get(kept.id), has_words=self.told.has_words)
                self.wallet.add(comma + export_rows.to_json(told_of_it))
                if kept.removed_at is None:
                    moments = spoken.get(kept.id, ())
                    above = [(id, files.moments[id]) for id in moments if id in files.moments]
                    yield Entry(card, told.trust, paths, self._moments_for_reading(moments), above)

    def _moments_for_reading(self, ids: Sequence[int]) -> Iterator[export_evidence.MomentForReading]:
        """Those of these moments that were not told yet."""
        new = [id for id in ids if id in self.places and id not in self.files.moments]
        for some_ids in storage.in_batches(new, export_evidence.TOGETHER):
            with self.database.reading() as session:
                some = evidence.view_moments(session, self.order.holder_id, some_ids)[::-1]
                counts = export_evidence.answer_counts(session, [telling.id for telling in some])
            for telling in some:
                self.files.moments[telling.id] = telling.beginning[:CALLED]
                yield export_evidence.MomentForReading(
                    telling=telling,
                    paths=self.files.attach(self.places[telling.id], telling.attachments),
                    earlier=export_evidence.earlier_answers(self.database, telling, counts.get(telling.id, 0)),
                )

    def _moments(self) -> Iterator[tuple[int, Iterator[str]]]:
        """All moments for wallet.json: the id of each, and its pieces."""
        for some_ids in storage.in_batches(self.told.moment_ids, export_evidence.TOGETHER):
            some = self.database.read(export_evidence.moments_with_ids, self.order.holder_id, some_ids)
            for moment in some:
                yield moment.evidence.id, self._pieces_of(moment)

    def _pieces_of(self, moment: export_evidence.ExportedMoment) -> Iterator[str]:
        files = self.files.attach(self.places[moment.evidence.id], moment.attachments)
        told = export_rows.to_json(export_evidence.moment_as_json(moment, self.files.places, files))
        yield told.removesuffix("}") + ', "answers": ['
        for number, answer in enumerate(export_evidence.all_answers(self.database, moment.evidence.id)):
            yield (", " if number else "") + export_rows.to_json(export_rows.row_as_json(answer))
        yield "]}"


def _readme(pages: Pages, order: ExportOrder, told: export_rows.ExportedWallet) -> zip_stream.Text:
    """With the mark and the line ends by which every editor on Windows shows it right."""
    until = told.left_out_until
    words = pages.render(
        "archive/exported_page/readme.txt", "fr", made_at=order.now, origin=order.origin, left_out_until=until
    )
    return zip_stream.Text("\ufeff" + words.replace("\n", "\r\n"))


def _look(shelf: storage.FileStore, name: str) -> _Looked | None:
    try:
        content = shelf.read(name)
    except storage.LOST:
        return None
    return _Looked(len(content), zlib.crc32(content), content[: inspection.TELLING])


def _own(one: evidence.Attachment) -> tuple[str, str]:
    """The name of an attachment without its ending, and the ending by which it opens."""
    found = OWN.search(one.name)
    own = found[1] if found else ""
    ending = TYPES.get(one.media_type, ".bin") if one.kind != "file" else own.lower() or ".bin"
    return one.name.removesuffix(own), ending


def _slug(called: str, otherwise: str = "badge") -> str:
    """*called* in small letters without accents, as every system writes the name of a file."""
    plain = unicodedata.normalize("NFKD", called.replace("’", " ")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:SLUG].strip("-") or otherwise
