"""A ZIP that holds badges: each comes out under its own name; a hostile one is UnreadableBadge, no worse."""

import struct
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from PIL import Image

from tests.fixtures.carriers import (
    ADDRESS,
    BAKED,
    BLANK,
    CREDENTIAL,
    SVG,
    TOKEN,
    a_pdf,
    a_zip,
    code,
    contents,
    picture,
    reason_of,
)
from wallet.inspection import Inspection, documents_inside, inspect_file, unpacking
from wallet.inspection.unpacking import Part, documents_in
from wallet.openbadges import UnreadableBadge

pytestmark = pytest.mark.slow


@pytest.mark.breadth
def test_the_badges_in_a_zip_come_out_under_their_own_names() -> None:
    content = a_zip(
        {
            "soudure/badge à souder.png": BAKED,
            "b.json": CREDENTIAL,
            "c.svg": SVG,
            "d.jws": TOKEN,
            "liens/e.txt": ADDRESS,
            "lisez-moi.txt": b"Bravo",
            "film.mp4": b"\0\0\0\x18ftypmp42" + b"\0" * 9_000_000,
            "__MACOSX/._b.json": CREDENTIAL,
            ".DS_Store": CREDENTIAL,
            "vide.json": b"",
            "more.zip": a_zip({"b.json": CREDENTIAL}),
        }
    )

    found = documents_in("badges.zip", content)

    assert [(part.name, part.content) for part in found] == [
        ("badge à souder.png", BAKED),
        ("b.json", CREDENTIAL),
        ("c.svg", SVG),
        ("d.jws", TOKEN),
        ("e.txt", ADDRESS),
    ]
    assert {(part.came_in, part.tentative, part.problem) for part in found} == {("zip", False, "")}


def test_a_drawing_whose_elements_have_a_prefix_comes_along() -> None:
    """Python's own ElementTree writes it so."""
    prefixed = SVG.replace(b"<svg ", b"<ns0:svg xmlns:ns0='http://www.w3.org/2000/svg' ").replace(
        b"</svg", b"</ns0:svg"
    )

    assert prefixed != SVG
    assert contents(documents_in("a.zip", a_zip({"a.svg": prefixed}))) == [prefixed]


@pytest.mark.parametrize(
    "content",
    [
        b"[ " + CREDENTIAL + b"]",
        b'["' + TOKEN + b'"]',
        SVG.decode().encode("utf-16"),
        SVG.decode().encode("utf-16-be").join((b"\xfe\xff", b"")),
    ],
)
def test_what_is_read_when_it_comes_alone_is_read_in_the_zip_of_maria(content: bytes) -> None:
    """A list that a service answered, and a drawing in UTF-16, were left out without a word, and her badges with them."""
    assert contents(documents_in("a.zip", a_zip({"a": content, "b.json": CREDENTIAL}))) == [content, CREDENTIAL]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("/etc/cron.d/job.json", "job.json"),
        ("C:\\Users\\maria\\badge.json", "badge.json"),
        ("gnp.\u202ebadge\x07.json", "gnp.badge.json"),
        ("a" * 300 + ".json", "a" * 200),
        ("..", "maria.zip"),
    ],
)
@pytest.mark.breadth
def test_a_name_in_a_zip_is_a_label_and_leads_nowhere(name: str, shown: str) -> None:
    assert documents_in("maria.zip", a_zip({name: CREDENTIAL})) == [Part(name=shown, content=CREDENTIAL, came_in="zip")]


@pytest.mark.breadth
def test_a_name_in_utf_8_that_does_not_say_so_is_read_all_the_same() -> None:
    content = a_zip({"aaaa.json": CREDENTIAL}).replace(b"aaaa.json", "éà.json".encode())
    latin = a_zip({"a.json": CREDENTIAL}).replace(b"a.json", b"\x82.json")

    assert [part.name for part in documents_in("a.zip", content)] == ["éà.json"]
    assert [part.name for part in documents_in("a.zip", latin)] == ["é.json"]


def test_a_pdf_and_a_photo_in_a_zip_are_opened_in_their_turn() -> None:
    plain = picture(Image.new("RGB", (60, 60)), "JPEG")
    files = {
        "d.pdf": a_pdf(lambda writer: writer.add_attachment("in.json", CREDENTIAL)),
        "photo.jpg": picture(code(), "JPEG"),
        "letter.pdf": a_pdf(),
        "me.jpg": plain,
        "IMG_0001.HEIC": picture(code(), "HEIF"),
    }

    assert documents_in("a.zip", a_zip(files)) == [
        Part(name="in.json", content=CREDENTIAL, came_in="pdf"),
        Part(name="photo.jpg", content=ADDRESS, came_in="qr", member=1),
        Part(name="letter.pdf", content=files["letter.pdf"], came_in="zip", member=2, problem="no-badge-in-pdf"),
        Part(name="me.jpg", content=plain, came_in="zip", member=3),
        Part(name="IMG_0001.HEIC", content=ADDRESS, came_in="qr", member=4),
    ]


def test_what_comes_out_of_the_files_in_a_zip_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PDF of 36 KB holds 35 MB of blanks, and a ZIP of 13 KB twelve of them: 400 MB for a wallet that others use, too."""
    monkeypatch.setattr(unpacking, "ROOM", len(CREDENTIAL))
    pdf = a_pdf(lambda writer: writer.add_attachment("in.json", CREDENTIAL))
    found = documents_in("a.zip", a_zip({"a.pdf": pdf, "b.json": CREDENTIAL, "c.pdf": pdf, "d.png": picture(code())}))

    assert [(part.name, part.problem) for part in found] == [
        ("in.json", ""),
        ("b.json", ""),
        ("c.pdf", "late"),
        ("d.png", "late"),
    ]


def test_when_time_is_up_the_files_in_a_zip_come_out_unopened(monkeypatch: pytest.MonkeyPatch) -> None:
    """The badges of a whole class: of those that nobody opened it is not said that there is no badge in them."""
    monkeypatch.setattr(unpacking, "BUDGET", -1.0)
    photo_of_a_code = picture(code())
    pdf = a_pdf(lambda writer: writer.add_attachment("in.json", CREDENTIAL))
    content = a_zip({"a.png": photo_of_a_code, "b.json": CREDENTIAL, "c.pdf": pdf})

    assert contents(documents_in("a.zip", content)) == [photo_of_a_code, CREDENTIAL, pdf]
    told = inspect_file("a.zip", content, Inspection(now=datetime.now(UTC)))
    assert [(one.name, str(one.problem)) for one in told if one.name != "b.json"] == [
        ("a.png", "late"),
        ("c.pdf", "late"),
    ]
    with pytest.raises(UnreadableBadge, match="late"):
        documents_inside(content, datetime.now(UTC))


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"lisez-moi.txt": b"Bravo"},
        {"lettre.docx": a_zip({"[Content_Types].xml": b"<Types/>"})},
        {"[Content_Types].xml": b"<Types/>", "word/media/image1.png": BLANK},
        {"META-INF/MANIFEST.MF": b"", "logo.png": BLANK},
        {"AndroidManifest.xml": b"", "res/icon.png": BLANK},
        {"mimetype": b"application/epub+zip", "cover.png": BLANK},
    ],
    ids=["empty", "words", "docx-in-zip", "docx", "jar", "apk", "epub"],
)
def test_a_zip_without_a_badge_says_so(files: dict[str, bytes]) -> None:
    assert reason_of(a_zip(files)) == "no-badge-in-zip"


@pytest.mark.parametrize(
    "content",
    [
        a_zip({"Classe/3e.zip": a_zip({"b.json": CREDENTIAL}), "lisez-moi.txt": b"Bravo"}),
        a_zip({"b.json": CREDENTIAL}, zipfile.ZIP_LZMA),
        a_zip({"Mon badge.html": b"<!DOCTYPE html>\n<html><head><title>Souder</title>"}),
        a_zip({"Mon badge.html": b"\xef\xbb\xbf<!-- saved from url=(0030)https://ecole.example/ -->\n<html><head>"}),
    ],
    ids=["zip", "packed as few do", "saved page", "saved page with its marks"],
)
def test_of_what_is_not_opened_in_a_zip_it_is_not_said_that_there_is_no_badge(content: bytes) -> None:
    """Youssef opens the ZIP of his school and adds what is in it; « pas de badge » sent him back to the school."""
    assert reason_of(content) == "unopened-in-zip"


def test_a_page_of_comments_alone_costs_no_time() -> None:
    """Each was taken for the beginning of the next as well: twice as long for each, and the ZIP was called damaged."""
    assert reason_of(a_zip({"page.html": b"<!---->" * 9_000})) == "no-badge-in-zip"


@pytest.mark.breadth
def test_a_pdf_behind_some_bytes_is_opened_in_a_zip_as_alone() -> None:
    pdf = b"\r\n" + a_pdf(lambda writer: writer.add_attachment("in.json", CREDENTIAL))

    assert (
        contents(documents_in("a.pdf", pdf)) == contents(documents_in("a.zip", a_zip({"a.pdf": pdf}))) == [CREDENTIAL]
    )


def test_a_zip_with_a_password_is_locked() -> None:
    content = bytearray(a_zip({"b.json": CREDENTIAL}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1

    assert reason_of(bytes(content)) == "locked"


@pytest.mark.breadth
def test_a_file_that_is_too_heavy_does_not_cost_the_others_their_place() -> None:
    found = documents_in("a.zip", a_zip({"big.json": b"{" + b" " * 6_000_000 + b"}", "b.json": CREDENTIAL}))

    assert [(part.name, part.content, part.problem) for part in found] == [
        ("big.json", b"", "too-big"),
        ("b.json", CREDENTIAL, ""),
    ]


@pytest.mark.breadth
def test_a_file_that_is_damaged_does_not_cost_the_others_their_place() -> None:
    content = a_zip({"a.json": CREDENTIAL, "b.json": TOKEN}, zipfile.ZIP_STORED).replace(
        b'{"@context"', b'{"@CONTEXT"', 1
    )

    assert [(part.name, part.problem) for part in documents_in("a.zip", content)] == [
        ("a.json", "damaged"),
        ("b.json", ""),
    ]


def overlapping() -> bytes:
    """Two hundred names for one file that inflates to a thousand times its size."""
    kept = bytearray(a_zip({"a.json": b"{" + b" " * 4_900_000}))
    start = kept.index(b"PK\x01\x02")
    entry, end = bytes(kept[start : kept.index(b"PK\x05\x06")]), kept[kept.index(b"PK\x05\x06") :]
    struct.pack_into("<HHLL", end, 8, 200, 200, len(entry) * 200, start)
    return bytes(kept[:start]) + entry * 200 + bytes(end)


def stating(size: int) -> bytes:
    """A ZIP that lies about the size of what is in it."""
    content = bytearray(a_zip({"b.json": b"{" + b" " * 30_000_000}))
    struct.pack_into("<L", content, content.index(b"PK\x01\x02") + 24, size)
    return bytes(content)


HOSTILE: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "10000-members": (lambda: a_zip({f"{n}.json": CREDENTIAL for n in range(10_000)}), {"too-many-files"}),
    "60-megabytes": (lambda: a_zip({f"{n}.json": b"{" + b" " * 4_900_000 for n in range(12)}), {"too-big"}),
    "overlapping": (overlapping, {"damaged", "too-big"}),
    "truncated": (lambda: a_zip({"b.json": CREDENTIAL})[:60], {"damaged"}),
    "noise": (lambda: b"PK\x03\x04" + bytes(range(256)) * 9, {"damaged"}),
    "a-magic-alone": (lambda: b"PK\x03\x04", {"damaged"}),
    "unbounded-method": (
        lambda: a_zip({"b.json": b"{" + b" " * 12_000_000}, zipfile.ZIP_LZMA),
        {"unopened-in-zip"},
    ),
}


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.breadth(beside=["noise", "truncated", "a-magic-alone"])
def test_a_hostile_zip_gives_nothing_and_harms_nobody(hostile: str) -> None:
    make, reasons = HOSTILE[hostile]

    assert reason_of(make()) in reasons


@pytest.mark.breadth
def test_what_a_zip_says_about_sizes_is_not_believed() -> None:
    assert [part.problem for part in documents_in("a.zip", stating(10))] in (["damaged"], ["too-big"])
    assert [part.problem for part in documents_in("a.zip", stating(2**32 - 2))] == ["too-big"]


def test_a_long_token_is_known_by_its_beginning() -> None:
    long = TOKEN.replace(b".", b"." + b"A" * 90_000, 1)
    header = b"eyJ" + b"A" * 90_000 + b".e30.c2ln"

    assert contents(documents_in("a.zip", a_zip({"a.jws": long, "b.jws": header}))) == [long, header]


def test_two_hundred_badges_fit_into_one_zip() -> None:
    assert len(documents_in("class.zip", a_zip({f"{n}.json": CREDENTIAL for n in range(200)}))) == 200
