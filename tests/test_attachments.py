"""What a holder attaches: a photo loses all but its pixels, a file stays as it is, what cannot be is Refused."""

import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from threading import BoundedSemaphore

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from tests.fixtures.photos import BLUE, CANARY, CORNERS, FORMATS, RED, corners, photo, scene
from tests.fixtures.recordings import webm
from tests.test_pictures import chunk, emblem, png, written
from wallet import attachments, children
from wallet.attachments import BIGGEST, REASONS, Refused, Taken, called, take_in
from wallet.children import is_walled

CLOSE = 40
"""How far a colour may be off after two lossy copies."""


def refusal(content: bytes, name: str = "") -> str:
    with pytest.raises(Refused) as refused:
        take_in(content, name)
    return refused.value.reason


def seen(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def is_scene(image: Image.Image) -> bool:
    return all(
        abs(one - other) < CLOSE
        for found, meant in zip(corners(image), CORNERS, strict=True)
        for one, other in zip(found, meant, strict=True)
    )


def markers(jpeg: bytes) -> set[int]:
    """The kinds of its segments, up to the first scan (ITU-T T.81, B.1.1.3)."""
    found, at = set(), 2
    while jpeg[at + 1] != 0xDA:
        assert jpeg[at] == 0xFF
        found.add(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return found


# --- photos ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_of_a_photo_stay_its_pixels_upright_and_nothing_else(kind: str) -> None:
    content = photo(kind, turn=6)
    assert CANARY in content

    taken = take_in(content, "IMG_0001.HEIC")

    assert (taken.kind, taken.media_type, taken.name, taken.seconds) == ("photo", "image/jpeg", "IMG_0001.jpg", None)
    assert (taken.width, taken.height) == (480, 320)
    assert seen(taken.content).size == (480, 320)
    assert is_scene(seen(taken.content))
    assert markers(taken.content) == {0xE0, 0xDB, 0xC2, 0xC4}  # JFIF, tables, frame: no Exif, XMP, profile, comment
    assert taken.preview is not None
    assert len(taken.preview) <= 30 * 1024
    assert (taken.preview[:4], taken.preview[8:16]) == (b"RIFF", b"WEBPVP8 ")
    assert is_scene(seen(taken.preview))
    assert not any(
        trace in taken.content + taken.preview for trace in (b"CAN", b"Exif", b"EXIF", b"GPS", b"xmp", b"ICC")
    )
    assert dict(seen(taken.content).getexif()) == {}


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "HEIF"])
def test_however_the_camera_was_held_the_photo_stands_upright(kind: str, turn: int) -> None:
    taken = take_in(photo(kind, turn), "")

    assert (taken.width, taken.height) == (480, 320)
    assert is_scene(seen(taken.content))


@pytest.mark.parametrize("kind", FORMATS)
def test_a_large_photo_becomes_smaller_in_its_proportion(kind: str) -> None:
    taken = take_in(photo(kind, 8, scene(3000, 4000)), "")

    assert (taken.width, taken.height) == (1536, 2048)
    assert is_scene(seen(taken.content))
    assert taken.preview is not None
    assert seen(taken.preview).size == (600, 800)


def test_a_photo_full_of_detail_still_has_a_light_preview() -> None:
    taken = take_in(written(Image.effect_noise((3000, 2000), 120).convert("RGB"), "JPEG"), "")

    assert taken.preview is not None
    assert len(taken.preview) <= 30 * 1024


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_a_picture_of_another_kind_of_pixels_is_taken_on_white(mode: str) -> None:
    image = Image.new("I;16", (90, 90), 65_535) if mode == "I;16" else emblem(90, 90).convert(mode)

    taken = take_in(written(image, "PNG"), "")

    assert seen(taken.content).mode == "RGB"
    assert (taken.width, taken.height) == (90, 90)
    if mode in {"LA", "RGBA", "I;16"}:
        assert min(corners(seen(taken.content))[0]) > 240


def test_a_photo_for_print_is_taken() -> None:
    assert seen(take_in(written(emblem(mode="CMYK"), "JPEG"), "").content).mode == "RGB"


def test_colours_are_those_that_the_profile_means() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"swap").replace(b"bXYZ", b"rXYZ").replace(b"swap", b"bXYZ")

    taken = take_in(written(Image.new("RGB", (60, 60), RED), "PNG", icc_profile=swapped), "")

    assert corners(seen(taken.content))[0] == pytest.approx(BLUE, abs=CLOSE)


def test_a_profile_or_an_exif_that_nobody_understands_is_no_fault_of_the_photo() -> None:
    content = written(scene(), "JPEG", icc_profile=b"\0" * 300, exif=b"Exif\0\0MM\0\x2a\xff\xff\xff\xff")

    assert is_scene(seen(take_in(content, "").content))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "MPO", "AVIF"])
def test_of_several_pictures_the_first_is_taken(kind: str) -> None:
    content = written(scene(), kind, save_all=True, append_images=[Image.new("RGB", (480, 320), "black")] * 2)

    assert is_scene(seen(take_in(content, "").content))


def test_what_hides_behind_or_inside_a_photo_is_gone() -> None:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("evil.html", "<script>alert(1)</script>")
    script = b"<?php system($_GET['c']); ?><html><script>alert(1)</script>"
    for content in (
        photo("PNG") + archive.getvalue(),
        photo("JPEG") + script,
        photo("JPEG", comment=script),
        photo("HEIF") + archive.getvalue(),
    ):
        taken = take_in(content, "photo.jpg.php")
        assert not zipfile.is_zipfile(BytesIO(taken.content))
        assert not any(trace in taken.content for trace in (b"script", b"<?php", b"evil", b"PK\x03\x04"))
        assert taken.name == "photo.jpg.jpg"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "HEIF"])
def test_forty_million_dots_fit_into_the_memory_of_the_child(kind: str) -> None:
    taken = take_in(written(scene(8000, 5000), kind, **({"compress_level": 1} if kind == "PNG" else {})), "")

    assert (taken.width, taken.height) == (2048, 1280)


def test_forty_million_dots_that_shine_through_fit_as_well() -> None:
    assert take_in(written(Image.new("RGBA", (8000, 5000), (9, 9, 9, 9)), "PNG", compress_level=1), "").width == 2048


def jpeg_of(width: int, height: int) -> bytes:
    """A small JPEG that says that it is large."""
    content = written(Image.new("RGB", (16, 16)), "JPEG")
    at = content.index(b"\xff\xc0") + 5
    return content[:at] + height.to_bytes(2, "big") + width.to_bytes(2, "big") + content[at + 4 :]


def heic_of(width: int, height: int) -> bytes:
    """A small HEIC that says that it is large (ISO/IEC 23008-12, 6.5.3)."""
    content = written(scene(64, 64), "HEIF")
    at = content.index(b"ispe") + 8
    return content[:at] + width.to_bytes(4, "big") + height.to_bytes(4, "big") + content[at + 8 :]


TOO_LARGE = {
    "png-50000-by-50000": png(50_000, 50_000, chunk(b"IDAT", zlib.compress(b"\0"))),
    "jpeg-20000-by-20000": jpeg_of(20_000, 20_000),
    "heic-20000-by-20000": heic_of(20_000, 20_000),
    "png-a-row-too-many": png(8000, 5001, chunk(b"IDAT", zlib.compress(b"\0"))),
    "webp-16383-by-16383": b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xfe\x3f\0\xfe\x3f\0VP8 \0\0\0\0",
}


@pytest.mark.parametrize("content", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_a_flood_of_dots_is_refused_before_it_is_decoded(content: bytes) -> None:
    assert len(content) < 10_000
    begun = time.monotonic()

    assert refusal(content) in {"too-large-picture", "unreadable-photo"}
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("name", ["png-50000-by-50000", "jpeg-20000-by-20000", "png-a-row-too-many"])
def test_and_the_reason_is_told(name: str) -> None:
    assert refusal(TOO_LARGE[name]) == "too-large-picture"


UNREADABLE = {
    **{f"half-a-{kind}": photo(kind, image=scene(900, 900))[: -len(photo(kind)) // 2] for kind in FORMATS},
    **{f"head-of-{kind}": photo(kind)[:40] for kind in FORMATS},
    "jpeg-2000-named-png": b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x0cjP  \r\n\x87\n",
    "webp-of-noise": b"RIFF\xff\xff\xff\x7fWEBPVP8 " + bytes(range(256)) * 9,
    "heic-of-noise": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(range(256)) * 9,
    "png-with-a-bomb-of-text": png(9, 9, chunk(b"zTXt", b"a\0\0" + zlib.compress(b"a" * 90_000_000))),
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_photo_that_cannot_be_drawn_is_refused(content: bytes) -> None:
    assert refusal(content, "photo.jpg") == "unreadable-photo"


# --- the child -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "does",
    [
        "os.abort()",
        "time.sleep(60)",
        "while True: pass",
        "raise MemoryError",
        "print('no json')",
        "print('[]')",
        "print('{\"problem\": [1]}')",
        'print(\'{"problem": "<script>"}\')',
        'print(\'{"width": 9, "height": 9}\')',
        "sys.stdout.write(json.dumps(dict(width=9, height=9, size=5)) + '\\n<svg onload=alert(1)>')",
        "sys.stdout.write(json.dumps(dict(width=True, height=-9, size=1e9)) + '\\n')",
        "[os.write(1, b'x' * 65536) for _ in range(500)]",
    ],
)
def test_a_child_that_hangs_dies_or_lies_refuses_the_photo(
    does: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "developing.py"
    program.write_text(f"import sys, os, time, json\nsys.stdin.buffer.read()\n{does}\n")
    monkeypatch.setattr(attachments, "DEVELOPER", replace(attachments.DEVELOPER, program=program, time=1.0))

    assert refusal(photo("JPEG")) == "unreadable-photo"


def test_while_one_decoder_hangs_the_others_are_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "developing.py"
    program.write_text("import time\ntime.sleep(60)")
    monkeypatch.setattr(attachments, "DEVELOPER", replace(attachments.DEVELOPER, program=program, time=1.5))

    with ThreadPoolExecutor(6) as visitors:
        hanging = [visitors.submit(take_in, photo("JPEG"), "") for _ in range(2)]
        served = [visitors.submit(take_in, content, "") for content in [webm(), b"%PDF-1.7", webm(), b"text"]]

    assert [one.result().kind for one in served] == ["recording", "file", "recording", "file"]
    assert all(isinstance(one.exception(), Refused) for one in hanging)


def test_whoever_waits_too_long_for_a_turn_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "AT_ONCE", BoundedSemaphore(1))
    monkeypatch.setattr(children, "PATIENCE", 0.01)

    with children.AT_ONCE:
        assert refusal(photo("JPEG")) == "busy"
        assert refusal(webm()) == "busy"
        assert take_in(b"a file needs no turn", "").kind == "file"


@pytest.fixture
def no_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(children, "_bubblewrap", lambda: "")
    is_walled.cache_clear()
    yield
    is_walled.cache_clear()


def test_without_bubblewrap_photos_and_recordings_are_taken_as_well(no_bubblewrap: None) -> None:
    assert take_in(photo("HEIF"), "").kind == "photo"
    assert take_in(webm(), "").kind == "recording"
    assert refusal(TOO_LARGE["png-50000-by-50000"]) == "too-large-picture"


def test_this_process_never_loads_a_decoder_nor_a_reader_of_sound() -> None:
    program = (
        "import sys; from wallet.attachments import take_in\n"
        f"take_in({photo('JPEG', quality=20)!r}, ''); take_in({webm(9)!r}, '')\n"
        "print([name for name in ('PIL', 'pillow_heif', 'wallet.developing', 'wallet.listening') if name in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-"], input=program, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    )
    assert told.stdout == "[]\n"


# --- files -----------------------------------------------------------------------------------------------------------

FILES: dict[str, tuple[bytes, str]] = {
    "pdf": (b"%PDF-1.7\n1 0 obj << /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>", "application/pdf"),
    "html": (b"<!doctype html><script>alert(1)</script>", "application/octet-stream"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "application/octet-stream"),
    "program": (b"MZ\x90\0" + bytes(90), "application/octet-stream"),
    "zip": (b"PK\x03\x04" + bytes(90), "application/octet-stream"),
    "gif": (written(emblem(mode="P"), "GIF"), "application/octet-stream"),
    "tiff": (written(Image.new("RGB", (5, 5)), "TIFF"), "application/octet-stream"),
    "bmp": (written(Image.new("RGB", (5, 5)), "BMP"), "application/octet-stream"),
    "wav": (b"RIFF\x24\0\0\0WAVEfmt " + bytes(20), "application/octet-stream"),
    "a-pdf-further-down": (b"hello %PDF-1.7", "application/octet-stream"),
    "one-byte": (b"\0", "application/octet-stream"),
    "as-heavy-as-may-be": (bytes(BIGGEST), "application/octet-stream"),
}


@pytest.mark.parametrize(("content", "media_type"), FILES.values(), ids=FILES.keys())
def test_any_other_file_stays_as_it_came_and_is_read_by_nobody(
    content: bytes, media_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children.subprocess, "Popen", lambda *_, **__: pytest.fail("a child was started"))

    taken = take_in(content, "Attestation.odt")

    assert taken == Taken(kind="file", content=content, media_type=media_type, name="Attestation.odt")


def test_nothing_and_too_much_are_refused_whatever_they_are_called() -> None:
    assert refusal(b"", "photo.jpg") == "empty"
    assert refusal(bytes(BIGGEST + 1), "thèse.pdf") == "too-heavy"
    assert refusal(photo("JPEG") + bytes(BIGGEST), "photo.jpg") == "too-heavy"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("photo.png", written(Image.new("RGB", (5, 5)), "TIFF"), "unreadable-photo"),
        ("photo.HEIC", b"a text", "unreadable-photo"),
        ("voix.webm", b"a text", "not-audio"),
        ("film.mov", b"a text", "video"),
    ],
)
def test_a_name_that_promises_what_the_content_is_not_is_refused(name: str, content: bytes, reason: str) -> None:
    assert refusal(content, name) == reason


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Maria\\CV.pdf", "CV.pdf"),
        ("a\0.png", "a.png"),
        ("gpj.\u202eexe.pdf", "gpj.exe.pdf"),
        ('lettre"\r\nSet-Cookie: a=b', 'lettre"Set-Cookie: a=b'),
        ("ligne\u2028suivante\tici", "ligne suivanteici"),
        ("e\u0301te\u0301.pdf", "été.pdf"),
        ("a" * 10_000 + ".pdf", "a" * 116 + ".pdf"),
        ("a" * 10_000, "a" * 120),
        ("👩‍🍳.jpg", "👩🍳.jpg"),
        ("..", ""),
        ("/", ""),
        ("", ""),
        ("\ud800.pdf", "pdf"),
    ],
)
def test_a_name_is_one_short_line_and_leads_nowhere(name: str, shown: str) -> None:
    assert called(name) == shown


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=400), st.sampled_from(["", ".jpg"]))
def test_any_name_is_harmless(name: str, ending: str) -> None:
    shown = called(name, ending)

    assert len(shown) <= 120
    assert not set(shown) & set("/\\\r\n\0\u2028\u202e")
    assert shown.isprintable()
    assert not shown or shown.endswith(ending)
    shown.encode()


# --- whatever comes --------------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.text(max_size=20))
def test_any_bytes_are_taken_or_refused(content: bytes, name: str) -> None:
    _tried(content, name)


STARTS = [
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF....WEBP",
    b"\0\0\0\x18ftypheic",
    b"\0\0\0\x18ftypisom",
    b"\0\0\0\0moov",
]
STARTS += [b"\x1a\x45\xdf\xa3", b"OggS\0", b"ID3\4", b"\xff\xfb\x90", b"RIFF....AVI ", b"%PDF-"]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(STARTS), st.binary(max_size=200))
def test_any_bytes_behind_a_start_that_is_known_are_taken_or_refused(start: bytes, content: bytes) -> None:
    _tried(start + content, "")


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=8, deadline=None)
@given(st.data())
def test_a_photo_with_errors_is_taken_or_refused(kind: str, data: st.DataObject) -> None:
    content = bytearray(photo(kind, image=scene(64, 48)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(12, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=6))
    _tried(bytes(content), "")


def _tried(content: bytes, name: str) -> None:
    try:
        taken = take_in(content, name)
    except Refused as problem:
        reason = problem.reason
    else:
        reason = ""
        assert taken.kind in {"photo", "recording", "file"}
        assert CANARY not in taken.content or taken.kind == "file"
    assert reason in REASONS | {""}
