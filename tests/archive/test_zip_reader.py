"""The ZIP of an archive, looked at from outside: what is wrong with it is one word, and nothing of it is believed."""

import struct
import zipfile
from io import BytesIO

import pytest

from tests.fixtures.archived import Archive, named, zipped
from wallet.archive import zip_reader
from wallet.archive.zip_reader import ArchiveRefused, ArchiveZip, UnusableMember, is_archive

BADGE = b'{"a badge": true}'
SOUND = Archive().add(BADGE).packed()
FILE = "badges/001-badge.json"


def refusal(content: bytes) -> str:
    with pytest.raises(ArchiveRefused) as problem:
        ArchiveZip(BytesIO(content))
    return problem.value.reason


def with_member(name: str, content: bytes = b"x") -> bytes:
    archive = Archive()
    archive.members[name] = content
    return archive.packed()


def bent(at: int, fmt: str, *values: int) -> bytes:
    """SOUND with other numbers in its end record."""
    end = bytearray(SOUND)
    struct.pack_into(fmt, end, len(SOUND) - 22 + at, *values)
    return bytes(end)


def test_a_sound_archive_gives_its_members() -> None:
    parcel = ArchiveZip(BytesIO(SOUND))

    assert parcel.read(FILE) == BADGE
    assert parcel.sums[FILE] == named(BADGE)
    assert parcel.listed()[1], "wallet.json fits"


def test_a_folder_that_a_mac_unpacked_and_packed_again_is_the_same() -> None:
    again = Archive().add(BADGE).packed(around="mes-badges-2026-11-25/")
    with zipfile.ZipFile(file := BytesIO(again), "a") as archive:
        archive.writestr("mes-badges-2026-11-25/", b"")
        archive.writestr("__MACOSX/._wallet.json", b"x")
        archive.writestr("mes-badges-2026-11-25/.DS_Store", b"x")

    assert ArchiveZip(file).read(FILE) == BADGE


@pytest.mark.parametrize(
    "folder", ["Mes badges 30:11:2026", "👩\u200d🎓 Mes badges", "Mes badges\u00a0", "Dossier de\u0301place\u0301"]
)
def test_the_folder_around_is_called_whatever_somebody_called_it(folder: str) -> None:
    again = BytesIO(Archive().add(BADGE).packed(around=f"{folder}/"))
    with zipfile.ZipFile(again, "a") as archive:
        for name in (f"{folder}/", f"{folder}/Icon\r", f"__MACOSX/{folder}/._Icon\r", "SHA256SUMS"):
            archive.writestr(name, b"")

    assert ArchiveZip(again).read(FILE) == BADGE, (
        "what a Mac calls 30/11/2026 has colons, and what lies beside is not ours"
    )
    assert is_archive(again)


@pytest.mark.parametrize("around", ["", "mes-badges\\"])
def test_one_that_was_packed_again_with_backslashes_is_the_same(around: str) -> None:
    with zipfile.ZipFile(BytesIO(SOUND)) as archive:
        again = {around + name.replace("/", "\\"): archive.read(name) for name in archive.namelist()}
    file = BytesIO(zipped(again))

    assert is_archive(file)
    assert ArchiveZip(file).read(FILE) == BADGE
    assert refusal(zipped(again | {around + "badges/001-badge.json": b"twice"})) == "bad-path"


def test_the_checksums_are_read_with_the_mark_and_the_line_ends_of_an_editor_on_windows() -> None:
    archive = Archive().add(BADGE)
    sums = f"{named(BADGE)}  {FILE}\r\n".encode("utf-8-sig")

    assert (
        ArchiveZip(BytesIO(zipped({**archive.members, "wallet.json": b"{}", "SHA256SUMS": sums}))).read(FILE) == BADGE
    )


WRONG = {
    "empty": ("not-a-zip", b""),
    "a PDF": ("not-a-zip", b"%PDF-1.7"),
    "a ZIP of badges": ("not-ours", zipped({"badge.json": BADGE})),
    "climbing folder": ("not-ours", zipped({"../wallet.json": b"{}"})),
    "climbing in a folder": ("bad-path", zipped({"a/wallet.json": b"{}", "a/../climbs.json": b"{}"})),
    "two wallets": ("not-ours", zipped({"a/wallet.json": b"{}", "b/wallet.json": b"{}"})),
    "without its last byte": ("truncated", SOUND[:-1]),
    "its first half": ("truncated", SOUND[: len(SOUND) // 2]),
    "its beginning": ("truncated", SOUND[:30]),
    "something behind": ("truncated", SOUND + b"behind"),
    "something before": ("truncated", b"PK\x03\x04" + SOUND),
    "the directory elsewhere": ("truncated", bent(16, "<L", 0)),
    "as many as a Mac packs of 5,000 badges": ("damaged", bent(8, "<2H", 50_000, 50_000)),
    "as many files as there may be, and fewer": ("damaged", bent(8, "<2H", 60_000, 60_000)),
    "too many files": ("too-many-files", bent(8, "<2H", 60_001, 60_001)),
    "too many for a ZIP": ("too-many-files", bent(8, "<2H", 0xFFFF, 0xFFFF)),
    "fewer than there are": ("damaged", bent(8, "<2H", 1, 1)),
    "more than there are": ("damaged", bent(8, "<2H", 300, 300)),
    "a little more than there are": ("damaged", bent(8, "<2H", 5, 5)),
    "packed as few do": ("damaged", zipped({"wallet.json": b"{}"}, zipfile.ZIP_LZMA)),
    "packed as others do": ("damaged", zipped({"wallet.json": b"{}"}, zipfile.ZIP_BZIP2)),
    "several disks": ("damaged", bent(4, "<H", 1)),
    "climbing": ("bad-path", with_member("../climbs.json")),
    "climbing inside": ("bad-path", with_member("badges/../../climbs.json")),
    "absolute": ("bad-path", with_member("/etc/passwd")),
    "a drive": ("bad-path", with_member("C:/windows")),
    "climbing on Windows": ("bad-path", with_member("badges\\..\\climbs.json")),
    "an empty part": ("bad-path", with_member("badges//twice")),
    "a dot": ("bad-path", with_member("./here")),
    "the same to a Mac": ("bad-path", with_member("wallet.JSON")),
    "too long": ("bad-path", with_member("a" * 301)),
    "a bomb": ("bomb", with_member("files/zeros", bytes(5 * 1024 * 1024))),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_sound_archive_is_told_in_a_word(case: str) -> None:
    word, content = WRONG[case]

    assert refusal(content) == word


def read_for_ever(parcel: ArchiveZip) -> None:
    while True:
        parcel.read(FILE)


def test_what_is_there_twice_is_refused() -> None:
    with zipfile.ZipFile(file := BytesIO(SOUND), "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(FILE, b"another")

    assert refusal(file.getvalue()) == "bad-path"


def test_a_record_of_zip64_between_the_lines_is_not_followed() -> None:
    directory = SOUND.rindex(b"PK\x01\x02")
    comment = b"PK\x06\x07" + bytes(16)
    forged = bytearray(SOUND[:-22] + comment + SOUND[-22:])
    struct.pack_into("<H", forged, directory + 32, len(comment))
    size = struct.unpack("<L", SOUND[-22:][12:16])[0]
    struct.pack_into("<L", forged, len(forged) - 22 + 12, size + len(comment))

    assert refusal(bytes(forged)) == "damaged"


def test_more_than_a_gibibyte_is_refused_by_what_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_reader, "BIGGEST_ARCHIVE", len(BADGE))

    assert refusal(SOUND) == "bomb"


def test_what_is_unpacked_again_and_again_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_reader, "READ", 1_000)
    parcel = ArchiveZip(BytesIO(SOUND))

    for _ in range(1_000 // len(BADGE) - 20):
        parcel.read(FILE)

    with pytest.raises(UnusableMember, match="too-big"):
        read_for_ever(parcel)


def test_a_member_larger_than_it_declares_is_damaged() -> None:
    forged = bytearray(Archive().add(BADGE * 50).packed())
    entry = forged.rindex(FILE.encode()) - 46
    struct.pack_into("<L", forged, entry + 24, 10)

    with pytest.raises(UnusableMember, match="damaged"):
        ArchiveZip(BytesIO(bytes(forged))).read(FILE)


@pytest.mark.parametrize(
    ("word", "name", "limit"), [("missing", "badges/none", 100), ("too-big", FILE, 3), ("missing", "", 100)]
)
def test_one_member_that_is_not_taken(word: str, name: str, limit: int) -> None:
    with pytest.raises(UnusableMember, match=word):
        ArchiveZip(BytesIO(SOUND)).read(name, limit)


def test_a_member_that_does_not_fit_its_checksum_is_told_and_the_others_are_read() -> None:
    parcel = ArchiveZip(BytesIO(Archive().add(BADGE).add(b"2").packed(sums={FILE: named(b"else")})))

    with pytest.raises(UnusableMember, match="changed"):
        parcel.read(FILE)
    assert parcel.read("badges/002-badge.json") == b"2"


@pytest.mark.parametrize("sums", [b"", f"{named(b'2')}  badges/002-badge.json\n".encode()])
def test_a_member_of_which_the_checksums_tell_nothing_is_as_one_that_was_changed(sums: bytes) -> None:
    parcel = ArchiveZip(BytesIO(zipped({**Archive().add(BADGE).members, "wallet.json": b"{}", "SHA256SUMS": sums})))

    with pytest.raises(UnusableMember, match="changed"):
        parcel.read(FILE)


def test_damaged_bytes_are_told() -> None:
    forged = bytearray(SOUND)
    forged[forged.index(FILE.encode()) + len(FILE) + 5] ^= 1

    with pytest.raises(UnusableMember, match="damaged"):
        ArchiveZip(BytesIO(bytes(forged))).read(FILE)


OURS = {
    "sound": (SOUND, True),
    "newer": (Archive(version=9).packed(), True),
    "climbing": (with_member("../climbs"), True),
    "empty": (b"", False),
    "a beginning": (b"PK\x03\x04", False),
    "truncated": (SOUND[:-5], True),
    "its first half": (SOUND[: len(SOUND) // 2], True),
    "half a ZIP of badges": (zipped({"badge.json": BADGE})[:-5], False),
    "a ZIP of badges": (zipped({"badge.json": BADGE}), False),
    "another wallet's": (zipped({"wallet.json": b'{"format": "another"}'}), False),
}


@pytest.mark.parametrize("case", OURS)
def test_one_of_ours_is_known_among_other_files(case: str) -> None:
    content, ours = OURS[case]
    file = BytesIO(content)

    assert is_archive(file) is ours
    assert file.tell() == 0
