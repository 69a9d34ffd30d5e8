"""A ZIP made while it is sent: every reader takes it, from its end or from its beginning, and its length is no surprise."""

import shutil
import struct
import subprocess
import zipfile
import zlib
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from wallet.archive import zip_stream
from wallet.archive.zip_stream import PIECE, Member, Text

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 24, 10, 12, 31, tzinfo=UTC)
READERS = {
    "unzip": ["unzip", "-t"],
    "bsdtar": ["bsdtar", "-xOf"],
    "busybox": ["busybox", "unzip", "-t"],
    "7z": ["7z", "t"],
    "jar": ["jar", "tf"],
}
ZEROS = bytes(25 * 1024 * 1024)
"""As much as a file may have."""


def stored(name: str, content: bytes) -> Member:
    return Member(name=name, size=len(content), crc=zlib.crc32(content), content=lambda: content, written=len(content))


def deflated(name: str, *pieces: str) -> Member:
    text = Text()
    for piece in pieces:
        text.add(piece)
    return text.member(name)


FILES = {
    "LISEZMOI.txt": "Ce dossier est à vous.\r\n".encode() * 50,
    "badges/001-communiquer.png": bytes(range(256)) * 3000,
    "vide.txt": b"",
    "files/données": b"\x00PK\x03\x04 looks like a header, and is none",
}


def members() -> list[Member]:
    readme, *others = FILES.items()
    return [deflated(readme[0], readme[1].decode()), *(stored(*other) for other in others)]


def whole() -> bytes:
    return b"".join(zip_stream.zip_pieces(members(), NOW))


def streamed(content: bytes) -> dict[str, bytes]:
    """The files of a ZIP as one reads them who never sees its end: header after header."""
    found, place = {}, 0
    while content[place : place + 4] == b"PK\3\4":
        flags, method, crc, written, size, name_length, extra = struct.unpack_from("<2xHH4xLLLHH", content, place + 4)
        assert not flags & 0b1000, "the sizes are in the header, and not behind the file"
        name = content[place + 30 : place + 30 + name_length].decode()
        start = place + 30 + name_length + extra
        body = content[start : start + written]
        found[name] = zlib.decompress(body, -15) if method == 8 else body
        assert (len(found[name]), zlib.crc32(found[name])) == (size, crc)
        place = start + written
    assert content[place : place + 4] == b"PK\1\2", "the directory follows"
    return found


def test_python_reads_all_of_it_byte_for_byte() -> None:
    with zipfile.ZipFile(BytesIO(whole())) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
        assert archive.testzip() is None
        assert {one.date_time for one in archive.infolist()} == {(2026, 11, 24, 10, 12, 30)}
        assert {one.external_attr >> 16 for one in archive.infolist()} == {0o100644}


def test_so_does_whoever_only_sees_it_pass_by() -> None:
    assert streamed(whole()) == FILES


@pytest.mark.parametrize("reader", READERS)
def test_other_peoples_tools_find_nothing_wrong(reader: str, tmp_path: Path) -> None:
    if not shutil.which(READERS[reader][0]):
        pytest.skip(f"{reader} is not here")
    (tmp_path / "a.zip").write_bytes(whole())

    done = subprocess.run([*READERS[reader], tmp_path / "a.zip"], capture_output=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_its_length_is_known_before_its_first_byte() -> None:
    assert zip_stream.zip_length(members()) == len(whole())
    assert zip_stream.zip_length([]) == len(b"".join(zip_stream.zip_pieces([], NOW))) == 22


def test_the_same_files_make_the_same_bytes() -> None:
    assert whole() == whole()


def test_a_large_file_is_handed_on_piece_by_piece() -> None:
    sizes = [len(piece) for piece in zip_stream.zip_pieces([stored("a", ZEROS)], NOW)]

    assert max(sizes) == PIECE
    assert sum(sizes) == zip_stream.zip_length([stored("a", ZEROS)])


def test_each_file_is_asked_for_when_its_turn_has_come() -> None:
    asked: list[str] = []

    def member(name: str) -> Member:
        def content() -> bytes:
            asked.append(name)
            return b"12345"

        return Member(name=name, size=5, crc=zlib.crc32(b"12345"), content=content, written=5)

    sending = zip_stream.zip_pieces([member("a"), member("b")], NOW)

    assert asked == []
    next(sending), next(sending)
    assert asked == ["a"]
    sending.close()
    assert asked == ["a"]


def test_half_a_character_harms_nobody() -> None:
    text = Text()
    text.add("un \ud800 deux")

    with zipfile.ZipFile(BytesIO(b"".join(zip_stream.zip_pieces([text.member("a.txt")], NOW)))) as archive:
        assert archive.read("a.txt") == b"un ? deux"


@pytest.mark.breadth
def test_more_files_than_two_bytes_can_count() -> None:
    many = [stored(f"files/{number}", b"") for number in range(65_536)]

    content = b"".join(zip_stream.zip_pieces(many, NOW))

    assert zip_stream.zip_length(many) == len(content)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert len(archive.namelist()) == 65_536


def test_more_bytes_than_four_can_tell(tmp_path: Path) -> None:
    """170 files of 25 MB on a disk that need not write down zeros."""
    large = stored("", ZEROS)
    many = [
        *(
            Member(name=f"files/{number}", size=large.size, crc=large.crc, content=large.content, written=large.size)
            for number in range(170)
        ),
        stored("the-last", b"behind 4 GB"),
    ]
    nothing = bytes(PIECE)
    with (tmp_path / "large.zip").open("wb") as file:
        for piece in zip_stream.zip_pieces(many, NOW):
            if piece == nothing:
                file.seek(PIECE, 1)
            else:
                file.write(piece)

    assert zip_stream.zip_length(many) == (tmp_path / "large.zip").stat().st_size > 2**32
    with zipfile.ZipFile(tmp_path / "large.zip") as archive:
        assert archive.read("the-last") == b"behind 4 GB"
        assert archive.getinfo("files/169").file_size == large.size
