"""ZIP, as a school sends the badges of a whole class, or a person saves her own."""

import re
import struct
import zipfile
import zlib
from io import BytesIO

from .find import LARGEST, START, TOGETHER, Find, Shut, is_readable, is_shut

MEMBERS = 200
"""Files in a ZIP."""
OFFICE = {"[Content_Types].xml", "META-INF/MANIFEST.MF", "META-INF/container.xml", "AndroidManifest.xml", "mimetype"}
"""By these one knows a ZIP that is a document, a book or a program."""
OPENED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""Other methods inflate without a limit that one could set, and hardly anybody sends badges in them."""
_NAME_AT = 30
"""Where the name of its first file stands in a ZIP. Source: APPNOTE 6.3.10, 4.3.7."""
LITTER = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|\._)")


def find_badges(content: bytes) -> list[Find]:
    """The files of kinds that we read in a ZIP.

    Raises Shut `damaged`, `locked`, `too-big`, `too-many-files` or `no-badge-in-zip`; `unopened-in-zip` where something in it may
    be, or lead to, a badge, and is not opened here.
    """
    try:
        with _archive(content) as archive:
            members = _members(archive)
            opened = [member for member in members if member.compress_type in OPENED]
            found = _inflate(archive, opened)
            if not found and (len(opened) < len(members) or any(_is_shut(archive, member) for member in opened)):
                raise Shut("unopened-in-zip")
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error):
        raise Shut("damaged") from None
    if not found:
        raise Shut("no-badge-in-zip")
    return found


def _archive(content: bytes) -> zipfile.ZipFile:
    """Many a phone writes names in UTF-8 without saying so."""
    try:
        return zipfile.ZipFile(BytesIO(content), metadata_encoding="utf-8")
    except UnicodeDecodeError:
        return zipfile.ZipFile(BytesIO(content))


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    files = [member for member in archive.infolist() if not (member.is_dir() or LITTER.search(member.filename))]
    if len(files) > MEMBERS:
        raise Shut("too-many-files")
    if any(member.filename in OFFICE for member in files):
        raise Shut("no-badge-in-zip")
    if any(member.flag_bits & 0x1 for member in files):
        raise Shut("locked")
    return files


def _inflate(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> list[Find]:
    found = []
    left = TOGETHER
    for member in members:
        try:
            content = _content(archive, member)
        except (zipfile.BadZipFile, zlib.error, EOFError):
            found.append(Find(content=b"", name=member.filename, problem="damaged"))
            continue
        left -= len(content)
        if left < 0:
            raise Shut("too-big")
        if len(content) > LARGEST:
            found.append(Find(content=b"", name=member.filename, problem="too-big"))
        elif content:
            found.append(Find(content=content, name=member.filename))
    return found


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The content of *member*, one byte more than allowed at most; b"" when it is of no kind that we read."""
    with archive.open(member) as file:
        start = file.read(START)
        return start + file.read(LARGEST + 1 - START) if is_readable(start) else b""


def _is_shut(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    with archive.open(member) as file:
        start = file.read(START)
    is_office = any(start.startswith(name.encode(), _NAME_AT) for name in OFFICE)
    return is_shut(start) and not is_office
