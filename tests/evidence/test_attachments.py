"""What a holder attaches is known by its content and taken, or Refused for a reason; nobody else comes to harm."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.fixtures.photos import photo
from tests.fixtures.recordings import webm
from tests.fixtures.refusals import refusal
from tests.sandbox.test_pictures import emblem, png, written
from wallet.concurrency.fair_turns import FairTurns
from wallet.evidence import attachments
from wallet.evidence.attachments import (
    BIGGEST_ATTACHMENT,
    REASONS,
    AttachmentRefused,
    NewAttachment,
    clean_attachment,
    clean_file_name,
)
from wallet.sandbox import child

pytestmark = pytest.mark.slow

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
    "as-heavy-as-may-be": (bytes(BIGGEST_ATTACHMENT), "application/octet-stream"),
}


@pytest.mark.parametrize(("content", "media_type"), FILES.values(), ids=FILES.keys())
def test_any_other_file_stays_as_it_came_and_is_read_by_nobody(
    content: bytes, media_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child.subprocess, "Popen", lambda *_, **__: pytest.fail("a child was started"))

    taken = clean_attachment(content, "Attestation.odt")

    assert taken == NewAttachment(kind="file", content=content, media_type=media_type, name="Attestation.odt")


def test_nothing_and_too_much_are_refused_whatever_they_are_called() -> None:
    assert refusal(b"", "photo.jpg") == "empty"
    assert refusal(bytes(BIGGEST_ATTACHMENT + 1), "thèse.pdf") == "too-heavy"
    assert refusal(photo("JPEG") + bytes(BIGGEST_ATTACHMENT), "photo.jpg") == "too-heavy"


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
    assert clean_file_name(name) == shown


@given(st.text(max_size=400), st.sampled_from(["", ".jpg"]))
@pytest.mark.breadth
def test_any_name_is_harmless(name: str, ending: str) -> None:
    shown = clean_file_name(name, ending)

    assert len(shown) <= 120
    assert not set(shown) & set("/\\\r\n\0\u2028\u202e")
    assert shown.isprintable()
    assert not shown or shown.endswith(ending)
    shown.encode()


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
    program = tmp_path / "develop_photo.py"
    program.write_text(f"import sys, os, time, json\nsys.stdin.buffer.read()\n{does}\n")
    monkeypatch.setattr(attachments, "DEVELOPER", replace(attachments.DEVELOPER, program=program, time=1.0))

    assert refusal(photo("JPEG")) == "unreadable-photo"


@pytest.mark.breadth
def test_while_one_decoder_hangs_the_others_are_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "develop_photo.py"
    program.write_text("import time\ntime.sleep(60)")
    monkeypatch.setattr(attachments, "DEVELOPER", replace(attachments.DEVELOPER, program=program, time=1.5))

    with ThreadPoolExecutor(6) as visitors:
        hanging = [visitors.submit(clean_attachment, photo("JPEG"), "") for _ in range(2)]
        served = [visitors.submit(clean_attachment, content, "") for content in [webm(), b"%PDF-1.7", webm(), b"text"]]

    assert [one.result().kind for one in served] == ["recording", "file", "recording", "file"]
    assert all(isinstance(one.exception(), AttachmentRefused) for one in hanging)


def test_whoever_waits_too_long_for_a_turn_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "AT_ONCE", FairTurns(0))
    monkeypatch.setattr(child, "PATIENCE", 0.01)

    assert refusal(photo("JPEG")) == "busy"
    assert refusal(webm()) == "busy"
    assert clean_attachment(b"a file needs no turn", "").kind == "file"


@pytest.mark.breadth
def test_without_bubblewrap_photos_and_recordings_are_taken_as_well(no_bubblewrap: None) -> None:
    assert [clean_attachment(photo(kind), "").kind for kind in ("HEIF", "AVIF")] == ["photo"] * 2
    assert clean_attachment(webm(), "").kind == "recording"
    assert refusal(png(50_000, 50_000)) == "too-large-picture"


@pytest.mark.breadth
def test_this_process_never_loads_a_decoder_nor_a_reader_of_sound() -> None:
    program = (
        "import sys; from wallet.evidence import clean_attachment\n"
        f"clean_attachment({photo('JPEG', quality=20)!r}, ''); clean_attachment({webm(9)!r}, '')\n"
        "print([name for name in ('PIL', 'pillow_heif', 'wallet.sandbox.images', 'wallet.sandbox.audio') if name in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-"], input=program, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert told.stdout == "[]\n"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.text(max_size=20))
@pytest.mark.breadth
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
@pytest.mark.breadth
def test_any_bytes_behind_a_start_that_is_known_are_taken_or_refused(start: bytes, content: bytes) -> None:
    _tried(start + content, "")


def _tried(content: bytes, name: str) -> None:
    try:
        taken = clean_attachment(content, name)
    except AttachmentRefused as problem:
        reason = problem.reason
    else:
        reason = ""
        assert taken.kind in {"photo", "recording", "file"}
    assert reason in REASONS | {""}
