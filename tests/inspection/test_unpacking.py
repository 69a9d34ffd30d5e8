"""Files that hold badges: the picture of a QR code is read, every other file comes back, and a child may die or lie."""

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from PIL import Image

from tests.fixtures.carriers import ADDRESS, BAKED, BLANK, CREDENTIAL, SVG, TOKEN, code, contents, picture, reason_of
from wallet.concurrency.fair_turns import FairTurns
from wallet.inspection import TELLING, Inspection, file_ending, inspect_file, unpacking
from wallet.inspection.unpacking import Part, documents_in
from wallet.openbadges import DamagedFile
from wallet.sandbox import child

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"words",
        CREDENTIAL,
        TOKEN,
        SVG,
        ADDRESS,
        BAKED,
        b"\x89PNG cut",
        b"II*\0tiff",
        b'{"name": "%PDF-1.7 explained"}',
    ],
)
def test_a_file_that_holds_no_other_file_comes_back_untouched_and_starts_no_child(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child.subprocess, "Popen", lambda *_, **__: pytest.fail("a child was started"))

    assert documents_in("maria.png", content) == [Part(name="maria.png", content=content, came_in="")]


def test_a_png_with_two_badges_comes_back_for_the_engine_to_refuse() -> None:
    twice = BAKED[:-12] + BAKED[33:]

    assert documents_in("a.png", twice) == [Part(name="a.png", content=twice, came_in="")]


def turned(image: Image.Image) -> bytes:
    """A photo as a phone writes it: lying on its side, with a note to set it upright."""
    exif = image.getexif()
    exif[0x0112] = 6
    return picture(image.rotate(90, expand=True), "JPEG", quality=40, exif=exif)


def photo(words: bytes = ADDRESS) -> Image.Image:
    """A code on a table, held a little askew, in poor light."""
    noise = Random(60).randbytes(1600 * 1200)  # noqa: S311  # the same table each time
    table = Image.frombytes("L", (1600, 1200), noise).convert("RGB")
    table.paste(code(words).rotate(11, expand=True, fillcolor="white"), (400, 300))
    return table


@pytest.mark.parametrize(
    "make",
    [
        lambda: picture(code()),
        lambda: picture(code().convert("P")),
        lambda: picture(code(), "GIF"),
        lambda: picture(code(), "WEBP"),
        lambda: picture(code(), "JPEG", quality=15),
        lambda: picture(photo(), "JPEG", quality=50),
        lambda: turned(photo()),
        lambda: picture(code(), "HEIF"),
        lambda: picture(code(), "AVIF"),
    ],
    ids=["png", "palette", "gif", "webp", "jpeg", "photo", "turned", "heic", "avif"],
)
@pytest.mark.breadth
def test_a_picture_of_a_qr_code_gives_the_address_in_it(make: Callable[[], bytes]) -> None:
    assert documents_in("photo.jpg", make()) == [Part(name="photo.jpg", content=ADDRESS, came_in="qr")]


@pytest.fixture
def slow_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child has all the time in the world: what is asked is whether it can, not how fast this machine is."""
    monkeypatch.setattr(child, "SECONDS", 120)
    patient = replace(unpacking.opener(), time=120.0)
    monkeypatch.setattr(unpacking, "opener", lambda: patient)


@pytest.mark.breadth
def test_black_on_nothing_is_read_as_black_on_white(slow_machine: None) -> None:
    clear = code().convert("RGBA")
    clear.putalpha(code().convert("L").point(lambda grey: 255 - grey))

    large = Image.new("RGBA", (5000, 5000))
    large.paste(clear, (2000, 2000))

    assert contents(documents_in("code.png", picture(clear))) == [ADDRESS]
    assert contents(documents_in("code.png", picture(large, compress_level=1))) == [ADDRESS]


@pytest.mark.breadth
def test_a_code_for_dark_pages_is_read_from_the_picture_that_maria_saved_of_it() -> None:
    """White on nothing: on white paper there would be nothing to be seen."""
    clear = Image.new("RGBA", code().size, "white")
    clear.putalpha(code().convert("L").point(lambda grey: 255 - grey))

    assert contents(documents_in("code.png", picture(clear))) == [ADDRESS]


@pytest.mark.parametrize(
    "words", [TOKEN, CREDENTIAL, b"[%s]" % CREDENTIAL, b'{"credentials": [{"credential": "%s"}]}' % TOKEN]
)
@pytest.mark.breadth
def test_a_badge_may_be_written_out_in_a_qr_code(words: bytes) -> None:
    assert contents(documents_in("code.png", picture(code(words)))) == [words]


@pytest.mark.parametrize(
    "words",
    [b"WIFI:S:Pole emploi;;", b"BEGIN:VCARD", b"Bravo Maria", b"tel:+33231000000", b'{"a": 1}', b"[1]", b'[{"a": 1}]'],
)
@pytest.mark.breadth
def test_a_qr_code_about_something_else_counts_as_none(words: bytes) -> None:
    content = picture(code(words))

    assert documents_in("code.png", content) == [Part(name="code.png", content=content, came_in="")]


@pytest.mark.breadth
def test_an_offer_of_a_badge_comes_along_as_a_link_that_happened_to_stand_there() -> None:
    words = b"openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fcours.exemple.fr%2F7"

    (part,) = documents_in("code.png", picture(code(words)))

    assert (part.content, part.came_in, part.tentative) == (words, "qr", True)


@pytest.mark.breadth
def test_of_many_codes_five_are_taken_and_each_once() -> None:
    sheet = Image.new("RGB", (1600, 1600), "white")
    for place in range(9):
        sheet.paste(code(ADDRESS + b"?%d" % (place % 7)).resize((450, 450)), (place % 3 * 520, place // 3 * 520))

    found = contents(documents_in("sheet.png", picture(sheet)))

    assert len(found) == len(set(found)) == 5


@pytest.mark.parametrize(
    "content",
    [
        BLANK,
        picture(code(), "JPEG")[:300],
        b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + b"\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\2\0\0;",
        picture(Image.new("1", (5100, 5000)), "GIF"),
        b"RIFF\xff\xff\xff\x7fWEBPVP8 " + bytes(range(256)) * 9,
        picture(Image.new("RGB", (60, 60), "white"), "HEIF"),
        b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + bytes(900),
    ],
    ids=["blank", "truncated", "as-wide-as-the-moon", "26-million-dots", "noise", "blank-heic", "film"],
)
@pytest.mark.breadth(beside=["film", "blank", "blank-heic"])
def test_a_picture_without_a_code_or_beyond_reading_comes_back_itself(content: bytes) -> None:
    assert documents_in("a.png", content) == [Part(name="a.png", content=content, came_in="")]


@pytest.mark.parametrize(("kind", "ending"), [("HEIF", ".heic"), ("AVIF", ".avif"), ("JPEG", ".jpg")])
@pytest.mark.breadth(beside=["JPEG-.jpg"])
def test_the_photo_in_which_a_badge_came_is_given_back_under_a_name_by_which_it_opens(kind: str, ending: str) -> None:
    assert file_ending(picture(code(), kind)[:TELLING]) == ending
    assert file_ending(b"\0\0\0\x1cftypavis\0\0\0\0") == ".avif", "of a moving one, too"


@pytest.mark.parametrize("start", [b"%PDF-1.7\n", b"PK\x03\x04"])
def test_what_is_too_heavy_is_not_opened(start: bytes) -> None:
    assert reason_of(start + b"\0" * unpacking.BIGGEST_FILE) == "too-big"


def opener_that(does: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put in the place of the opening child one that was taken over by its file."""
    program = folder / "taken.py"
    program.write_text(f"import sys, os, time, json\nsys.stdin.buffer.read()\n{does}\n")
    taken = replace(unpacking.opener(), program=program, time=1.0, answer=100_000)
    monkeypatch.setattr(unpacking, "opener", lambda: taken)


def telling(contents: str = "", **changes: object) -> str:
    one = {"name": "a", "size": 2, "tentative": False, "problem": ""} | changes
    return f"sys.stdout.write({json.dumps({'found': [one]})!r} + '\\n' + {contents!r})"


@pytest.mark.parametrize(
    "does",
    [
        "os.abort()",
        "time.sleep(60)",
        "sys.exit(3)",
        "pass",
        "print('no json')",
        "print('[]')",
        "print('null')",
        "print('[' * 90_000)",
        "print('{}')",
        "print('{\"found\": 7}')",
        "print('{\"found\": [7]}')",
        'print(\'{"problem": "a word of its own"}\')',
        "print('{\"problem\": [1]}')",
        "print(json.dumps({'found': [{'name': '', 'size': 0, 'tentative': False, 'problem': ''}] * 300}))",
        "os.write(1, b'x' * 99_999); os.write(1, b'x' * 99_999); os.write(1, b'x')",
        telling("abc"),
        telling("a"),
        telling("ab", size=-2),
        telling("ab", size=True),
        telling("ab", size="2"),
        telling("ab", name=7),
        telling("ab", tentative="no"),
        telling("ab", problem="unheard-of"),
        telling("ab", problem=[]),
    ],
)
def test_a_child_that_dies_hangs_or_lies_is_a_damaged_file(
    does: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opener_that(does, tmp_path, monkeypatch)

    with pytest.raises(DamagedFile) as problem:
        documents_in("a", b"%PDF-1.7\n")
    assert problem.value.reason == "damaged"


def test_a_child_that_calls_a_file_of_a_zip_a_mere_hint_has_found_no_badge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opener_that(telling("ab", tentative=True), tmp_path, monkeypatch)

    (found,) = inspect_file("a.zip", b"PK\x03\x04", Inspection(now=datetime.now(UTC)))

    assert str(found.problem) == "no-badge-in-zip"


@pytest.mark.parametrize("content", [b"PK\x03\x04", BLANK], ids=["zip", "picture"])
def test_so_it_is_whatever_the_file_was(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opener_that("os.abort()", tmp_path, monkeypatch)

    assert reason_of(content) == "damaged"


def test_whoever_finds_all_children_busy_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "AT_ONCE", FairTurns(0))
    monkeypatch.setattr(child, "PATIENCE", 0.01)

    assert reason_of(b"%PDF-1.7\n") == "busy"


@pytest.mark.breadth
def test_the_codes_of_a_picture_are_told_without_a_look_for_badges() -> None:
    assert unpacking.qr_codes_in(turned(photo())) == [ADDRESS.decode()]


@pytest.mark.breadth
def test_a_code_that_was_scanned_in_sixteen_bits_of_grey_is_read() -> None:
    """Its ink is no deep black: it was as white as the paper."""
    grey = code().convert("L").point(lambda light: 64 + light // 2)
    fine = Image.frombytes("I;16", grey.size, b"".join(bytes((0, light)) for light in grey.tobytes()))

    assert unpacking.qr_codes_in(picture(fine)) == [ADDRESS.decode()]


@pytest.mark.parametrize(
    "content", [b"", CREDENTIAL, TOKEN, BAKED, BLANK, b"%PDF-1.7\n", b"PK\x03\x04", picture(code(b"WIFI:S:Maison;;"))]
)
def test_any_other_file_shows_no_code(content: bytes) -> None:
    assert unpacking.qr_codes_in(content) == []
