"""The ZIP of an archive that comes back, held at arm's length: what it tells of itself is checked before it is opened.

Whoever made it may be anybody. Its end record is read here before zipfile sees anything, its names are labels and
never places, nothing of it is written to a disk, and no more than one member is in memory at a time. What is wrong with
the whole is ArchiveRefused, with one member UnusableMember; both say it in one word, for which the pages have a sentence.
"""

import json
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Collection
from hashlib import sha256
from typing import BinaryIO

from .format import (
    BIGGEST_ARCHIVE,
    BIGGEST_MEMBER,
    BIGGEST_WALLET,
    FORMAT,
    MEMBER_NAME_LIMIT,
    MOST_MEMBERS,
    README,
    SUMS,
    WALLET,
)

READ = 3 * BIGGEST_ARCHIVE
"""Bytes that are unpacked in all; some members are looked at more than once."""
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""How members may be packed: as everybody packs. Of other methods a few bytes ask for gigabytes."""
RATIO, SMALL = 250, 1024 * 1024
"""How many times smaller a member of more than SMALL bytes may be packed."""
END, ENTRY, LOCATOR, LOCAL = 22, 46, 20, 30
"""Bytes of the end record, of the least entry in the central directory, of the locator of ZIP64, of what stands before the name of a
member. Source: APPNOTE 4.3."""
AROUND = 200
"""Bytes of a name and what goes with it in the central directory, taken over all."""
COMMENT = 65_535
_END = struct.Struct("<4x4H2LH")
PEEK = 64 * 1024
LITTER = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Icon\r$|Thumbs\.db$|\._)")
LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")
"""A line of SHA256SUMS, as sha256sum writes it."""
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error)
"""What zipfile says of what it cannot read; a locked member is a RuntimeError."""


class ArchiveProblem(Exception):  # what happened, in the words of the page
    """It is not taken; `reason` says why in one word, as that of an attachment."""

    @property
    def reason(self) -> str:
        """The word."""
        return str(self)

    @classmethod
    def unless(cls, holds: object, reason: str) -> None:
        """Raises it for that *reason* where it does not hold."""
        if not holds:
            raise cls(reason)


class ArchiveRefused(ArchiveProblem):
    """The whole archive is not taken."""


class UnusableMember(ArchiveProblem):
    """One member is not taken."""


class ArchiveZip:
    """An archive that came back. Names are as the archive format has them, whatever folder somebody put around them."""

    def __init__(self, file: BinaryIO) -> None:
        """Look at the seekable *file* from outside; raises ArchiveRefused.

        `not-a-zip`, `truncated`, `damaged`, `too-many-files`, `bad-path`, `bomb`, or `not-ours`: there is no wallet.json.
        """
        self._zip = _open(file)
        self._members = _named(self._zip.infolist())
        _weigh(self._members)
        self._left = READ
        self.sums = self._sums()
        """The SHA-256 that the archive tells of each member, by its name."""

    def read(self, name: str, limit: int = BIGGEST_MEMBER) -> bytes:
        """The member *name*, which fits what SHA256SUMS tells; raises UnusableMember: missing, too-big, damaged, changed."""
        content = self._read(name, limit)
        UnusableMember.unless(self.sums.get(name) == sha256(content).hexdigest(), "changed")
        return content

    def listed(self) -> tuple[bytes, bool]:
        """wallet.json, and whether it fits SHA256SUMS; raises ArchiveRefused."""
        try:
            content = self._read(WALLET, BIGGEST_WALLET)
        except UnusableMember as problem:
            raise ArchiveRefused("damaged") from problem
        return content, self.sums.get(WALLET) == sha256(content).hexdigest()

    def _read(self, name: str, limit: int) -> bytes:
        member = self._members.get(name)
        if member is None:
            raise UnusableMember("missing")
        UnusableMember.unless(member.file_size <= limit, "too-big")
        self._left -= member.file_size
        UnusableMember.unless(self._left >= 0, "too-big")
        try:
            # zipfile gives no more than was declared, and compares its length and its CRC.
            return self._zip.read(member)
        except BROKEN:
            raise UnusableMember("damaged") from None

    def _sums(self) -> dict[str, str]:
        try:
            lines = self._read(SUMS, BIGGEST_MEMBER).decode("utf-8-sig", "replace").splitlines()
        except UnusableMember:
            return {}
        return {line[2].removeprefix("./"): line[1] for line in map(LINE.fullmatch, lines[: 2 * MOST_MEMBERS]) if line}


def is_archive(file: BinaryIO) -> bool:
    """Whether *file* says that it is an archive of ours, be it whole or not; it is left at its beginning."""
    try:
        archive = _open(file)
        members = {_label(member): member for member in archive.infolist()}
        with archive.open(members[_folder(members) + WALLET]) as listed:
            return json.dumps(FORMAT).encode() in listed.read(PEEK)
    except (ArchiveRefused, KeyError, *BROKEN) as problem:
        return str(problem) == "truncated" and _begins_as_ours(file)
    finally:
        file.seek(0)


def _begins_as_ours(file: BinaryIO) -> bool:
    """Whether the first member is called as the first of ours: of a download that broke off nothing else can be known."""
    file.seek(0)
    return file.read(LOCAL + len(README))[LOCAL:] == README.encode()


def _open(file: BinaryIO) -> zipfile.ZipFile:
    told = _count(file)
    file.seek(0)
    try:
        archive = zipfile.ZipFile(file)
    except BROKEN:
        raise ArchiveRefused("damaged") from None
    members = archive.infolist()
    is_plain = all(member.compress_type in METHODS for member in members)
    ArchiveRefused.unless(is_plain and len(members) == told, "damaged")
    return archive


def _count(file: BinaryIO) -> int:
    """How many members the end record tells of, once it and the central directory are in proportion.

    There is one disk, and no ZIP64. Source: APPNOTE 4.3.16.
    """
    file.seek(0)
    ArchiveRefused.unless(file.read(4) in {b"PK\x03\x04", b"PK\x05\x06"}, "not-a-zip")
    size = file.seek(0, 2)
    start = max(0, size - END - COMMENT - LOCATOR)
    file.seek(start)
    tail = file.read(size - start)
    at = tail.rfind(b"PK\x05\x06")
    ArchiveRefused.unless(0 <= at <= len(tail) - END, "truncated")
    disk, first, here, total, directory, offset, comment = _END.unpack(tail[at : at + END])
    ArchiveRefused.unless(len(tail) == at + END + comment and offset + directory == start + at, "truncated")
    ArchiveRefused.unless(total <= MOST_MEMBERS, "too-many-files")
    is_plain = (disk, first, here) == (0, 0, total) and tail[at - LOCATOR : at - LOCATOR + 4] != b"PK\x06\x07"
    is_in_proportion = ENTRY * total <= directory <= (ENTRY + AROUND) * total + 4 * MEMBER_NAME_LIMIT
    ArchiveRefused.unless(is_plain and is_in_proportion, "damaged")
    return int(total)


def _named(members: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """The members by their names within the folder around them, which somebody named as they liked; what lies beside it is not ours.

    Raises ArchiveRefused `bad-path` for one that is no plain name, or there twice.
    """
    labels = [_label(member) for member in members]
    inside = _folder(labels)
    found: dict[str, zipfile.ZipInfo] = {}
    alike: set[str] = set()
    for label, member in zip(labels, members, strict=True):
        name = label.removeprefix(inside)
        if LITTER.search(name) or not name or not label.startswith(inside):
            continue
        plain = unicodedata.normalize("NFC", name).casefold()
        ArchiveRefused.unless(_is_plain(name) and plain not in alike, "bad-path")
        alike.add(plain)
        if not name.endswith("/"):
            found[name] = member
    return found


def _label(member: zipfile.ZipInfo) -> str:
    """What a member is called, its folders told apart as the format wants it: some programs on Windows write backslashes."""
    return member.orig_filename.replace("\\", "/")


def _is_plain(name: str) -> bool:
    """Whether *name* stays where it is unpacked, on every machine."""
    parts = name.removesuffix("/").split("/")
    return (
        len(name) <= MEMBER_NAME_LIMIT
        and name.isprintable()
        and ":" not in name
        and not any(part in {"", ".", ".."} for part in parts)
    )


def _folder(names: Collection[str]) -> str:
    """The folder around it all, "" for none: a Mac unpacks what it downloads, and packs the folder again."""
    if WALLET in names:
        return ""
    around = [
        name.removesuffix(WALLET)
        for name in names
        if re.fullmatch(rf"(?!\.\.?/)[^/]+/{re.escape(WALLET)}", name) and not LITTER.search(name)
    ]
    ArchiveRefused.unless(len(around) == 1, "not-ours")
    return around[0]


def _weigh(members: dict[str, zipfile.ZipInfo]) -> None:
    """Raises ArchiveRefused `bomb` for members that are too large together, or too small for what they unpack to."""
    ArchiveRefused.unless(
        all(one.file_size <= max(SMALL, RATIO * one.compress_size) for one in members.values())
        and members[WALLET].file_size <= BIGGEST_WALLET
        and sum(one.file_size for one in members.values()) <= BIGGEST_ARCHIVE,
        "bomb",
    )
