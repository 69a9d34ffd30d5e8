"""« Tout récupérer »: an archive of a holder's wallet is made and sent (archives.py says what is in it).

Rule 1: all is gathered in short transactions, a hundred badges at a time, and with none open the files are looked at:
one that is missing or damaged is told in the archive, and never sent as whole.
Rule 2: no file of ours is written, so that it works on a full disk too. The texts are kept deflated in memory; of the
files there is the one that is being sent.
Rule 3: what was looked at is what is sent. A file that is lost between the two breaks the ZIP off; nobody takes a broken
one for a whole one.
"""

import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from . import archives, files, zips
from .archives import Paths, Told
from .badges import KeptBadge
from .cards import Card
from .database import Database
from .failpoints import failpoint
from .files import Files
from .pages import ZONE, Pages
from .zips import Member, Text

TOGETHER = 100
"""Badges that are read in one transaction."""
AT_ONCE = 4
"""Files that are looked at together: a bucket takes its time for each."""
SLUG = 60
"""Characters of a badge's name in the name of its file."""
ENDINGS = {"png": ".png", "svg": ".svg", "json": ".json", "jws": ".jwt", "link": ".txt"}
"""By what the document of a badge is."""
STARTS = (
    *((b"%PDF-", ".pdf"), (b"\x89PNG\r\n", ".png"), (b"\xff\xd8\xff", ".jpg"), (b"GIF8", ".gif")),
    *((b"RIFF", ".webp"), (b"PK\3\4", ".zip"), (b"{", ".json"), (b"[", ".json"), (b"ey", ".jwt"), (b"<", ".xml")),
)
"""How a file begins that held a badge; its name is a stranger's word."""
READ = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """Whose archive is made, for whom to read, and what it says of where it comes from."""

    holder_id: int
    language: str
    origin: str
    schema_address: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Packed:
    """An archive that is ready to be sent."""

    members: Sequence[Member]
    made_at: datetime

    @property
    def name(self) -> str:
        """As it is called where it is kept."""
        return f"mes-badges-{self.made_at:%Y-%m-%d}.zip"

    @property
    def length(self) -> int:
        """All its bytes."""
        return zips.length(self.members)

    def pieces(self) -> Iterator[bytes]:
        """Its bytes; raises files.Trouble when a file is lost meanwhile."""
        return zips.pieces(self.members, self.made_at)


@dataclass(frozen=True, slots=True)
class Entry:
    """A badge, as the page in the archive shows it."""

    card: Card
    paths: Paths


@dataclass(frozen=True, slots=True)
class _Looked:
    """A file that is whole."""

    size: int
    crc: int
    start: bytes


@dataclass(slots=True)
class _Parcel:
    """What was gathered so far."""

    files: Files
    looked: dict[str, _Looked | None] = field(default_factory=dict)
    """By their hash; None for one that is missing or damaged."""
    members: dict[str, Member] = field(default_factory=dict)
    """The files by their names in the archive."""
    sums: dict[str, str] = field(default_factory=dict)
    """The hash of each member."""
    originals: dict[str, str] = field(default_factory=dict)
    """Where a file is that badges came in, by its hash."""
    places: dict[int, int] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    """Of each badge by its id: its place in the list, and how it is called."""

    @property
    def missing(self) -> list[str]:
        """The files that are not in the archive."""
        return [name for name, found in self.looked.items() if found is None]

    def look(self, rows: Sequence[KeptBadge]) -> None:
        """Look at the files of these badges that were not looked at yet."""
        names = [name for kept in rows for name in _files_of(kept) if name not in self.looked]
        with ThreadPoolExecutor(AT_ONCE) as together:
            unique = list(dict.fromkeys(names))
            self.looked |= zip(unique, together.map(partial(_look, self.files), unique), strict=True)

    def put(self, kept: KeptBadge, called: str) -> Paths:
        """Give the files of a badge their place in the archive."""
        self.places[kept.id], self.names[kept.id] = len(self.places), called
        file = self._original(kept, called)
        for seen in archives.seen_files(kept):
            self._put(seen, f"{archives.FILES}{seen}")
        return Paths(
            file=file,
            document=self._put(kept.document, f"{archives.FILES}{kept.document}") if kept.came_in else file,
            picture=self._put(kept.picture, f"{archives.FILES}{kept.picture}.webp") if kept.picture else None,
        )

    def _original(self, kept: KeptBadge, called: str) -> str | None:
        name = kept.came_in or kept.document
        looked = self.looked[name]
        if looked and name not in self.originals:
            ending = _ending(looked.start) if kept.came_in else ENDINGS.get(kept.container, ".bin")
            self.originals[name] = f"{archives.BADGES}{len(self.places):03}-{_slug(called)}{ending}"
        return self._put(name, self.originals[name]) if looked else None

    def _put(self, kept: str, name: str) -> str | None:
        looked = self.looked[kept]
        if looked is None:
            return None
        self.sums[name] = kept
        self.members[name] = Member(
            name=name, size=looked.size, crc=looked.crc, content=partial(self.files.read, kept), written=looked.size
        )
        return name


def pack(database: Database, shelf: Files, pages: Pages, order: Order) -> Packed:
    """Make the archive ready: its texts are written, its files are looked at. Raises files.Unavailable."""
    with database.reading() as session:
        told = archives.tell(session, order.holder_id, order.now)
    parcel, made_at = _Parcel(shelf), order.now.astimezone(ZONE)
    wallet = Text()
    wallet.add(_opening(told, order))
    page = _page(pages, order, told, parcel, lambda: _entries(database, order, told, parcel, wallet))
    wallet.add(_closing(told, parcel))
    readme = _readme(pages, order)
    texts = {archives.README: readme, archives.PAGE: page, archives.WALLET: wallet, archives.SCHEMA: _schema()}
    sums = Text()
    for name, hashed in ({name: text.sha256 for name, text in texts.items()} | parcel.sums).items():
        sums.add(f"{hashed}  {name}\n")
    members = [text.member(name) for name, text in texts.items()]
    failpoint("archive.packed")
    return Packed((*members, *parcel.members.values(), sums.member(archives.SUMS)), made_at)


def _entries(database: Database, order: Order, told: Told, parcel: _Parcel, wallet: Text) -> Iterator[Entry]:
    """The badges for the page, while *wallet* takes the same ones in: each is read once."""
    for start in range(0, len(told.badge_ids), TOGETHER):
        with database.reading() as session:
            rows = archives.badges(session, order.holder_id, told.badge_ids[start : start + TOGETHER])
        parcel.look(rows)
        failpoint("archive.gathered")
        for kept in rows:
            card = kept.card
            comma = ",\n" if parcel.places else "\n"
            paths = parcel.put(kept, card.full_name)
            wallet.add(comma + archives.to_json(archives.of_badge(kept, paths, has_words=told.has_words)))
            if kept.removed_at is None:
                yield Entry(card, paths)


def _page(pages: Pages, order: Order, told: Told, parcel: _Parcel, entries: Callable[[], Iterator[Entry]]) -> Text:
    page = Text()
    for piece in pages.pieces(
        "archive/inside/index.html",
        order.language,
        made_at=order.now,
        origin=order.origin,
        told=told,
        entries=entries(),
        shares=told.shares[::-1],
        names=parcel.names,
    ):
        page.add(piece)
    return page


def _readme(pages: Pages, order: Order) -> Text:
    """With the mark and the line ends by which every editor on Windows shows it right."""
    words = pages.render("archive/inside/readme.txt", "fr", made_at=order.now, origin=order.origin)
    readme = Text()
    readme.add("\ufeff" + words.replace("\n", "\r\n"))
    return readme


def _schema() -> Text:
    text = Text()
    text.add(archives.schema())
    return text


def _opening(told: Told, order: Order) -> str:
    head = archives.head(told, order.now, order.origin, order.schema_address)
    return archives.to_json(head, 1).removesuffix("\n}") + ',\n "badges": ['


def _closing(told: Told, parcel: _Parcel) -> str:
    tail = archives.to_json(told.tail(parcel.places, parcel.missing), 1)
    return "\n ]," + tail.removeprefix("{") + "\n"


def _files_of(kept: KeptBadge) -> list[str]:
    named = (kept.came_in, kept.document, kept.picture, *archives.seen_files(kept))
    return [name for name in named if name]


def _look(shelf: Files, name: str) -> _Looked | None:
    try:
        content = shelf.read(name)
    except files.LOST:
        return None
    return _Looked(len(content), zlib.crc32(content), content[:READ].lstrip())


def _ending(start: bytes) -> str:
    return next((ending for begins, ending in STARTS if start.startswith(begins)), ".bin")


def _slug(called: str) -> str:
    """*called* in small letters without accents, as every system writes the name of a file."""
    plain = unicodedata.normalize("NFKD", called.replace("’", " ")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:SLUG].strip("-") or "badge"
