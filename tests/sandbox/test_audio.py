"""Recordings of holders: the sound stays, and plays; everything else about it is gone; what is no recording is refused."""

import struct
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fixtures.recordings import (
    CANARY,
    PACKET,
    box,
    element,
    fragments,
    full,
    mp3,
    mp4,
    numbers,
    ogg,
    opus_entry,
    page,
    sealed,
    webm,
)
from tests.fixtures.refusals import refusal
from wallet.evidence.attachments import BIGGEST_ATTACHMENT, clean_attachment
from wallet.sandbox.audio import mp3 as frames
from wallet.sandbox.audio import mp4 as boxes
from wallet.sandbox.audio import ogg as pages
from wallet.sandbox.audio import webm as elements
from wallet.sandbox.audio.sound import NotASound
from wallet.sandbox.child import Child

pytestmark = pytest.mark.slow

WRITTEN: dict[str, tuple[Callable[..., bytes], str, str]] = {
    "mp4": (mp4, "audio/mp4", "voix.m4a"),
    "webm": (webm, "audio/webm", "voix.webm"),
    "ogg": (ogg, "audio/ogg", "voix.ogg"),
    "mp3": (mp3, "audio/mpeg", "voix.mp3"),
}
READERS = {"mp4": boxes, "webm": elements, "ogg": pages, "mp3": frames}


@pytest.mark.parametrize("kind", WRITTEN)
def test_a_recording_keeps_its_sound_and_loses_where_when_and_by_what_it_was_made(kind: str) -> None:
    write, media_type, name = WRITTEN[kind]
    content = write()
    assert CANARY in content

    taken = clean_attachment(content, "voix")

    assert (taken.kind, taken.media_type, taken.name) == ("recording", media_type, name)
    assert taken.seconds in {2, 3}
    assert b"CANARY" not in taken.content
    assert b"48.85" not in taken.content
    assert numbers(0xDCC0FFEE) not in taken.content
    assert taken.preview is taken.width is taken.height is None


def test_a_voice_of_less_than_half_a_second_is_not_told_to_last_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Child, "ask", lambda *_asked: b'{"seconds": 0.3}\n' + webm())

    assert clean_attachment(webm(), "").seconds == 1


@pytest.mark.parametrize("kind", WRITTEN)
@pytest.mark.breadth
def test_what_was_cleaned_once_stays_as_it_is(kind: str) -> None:
    once = clean_attachment(WRITTEN[kind][0](), "voix")

    assert clean_attachment(once.content, "voix") == once


@pytest.mark.parametrize("kind", ["mp4", "webm", "ogg"])
def test_nothing_moves(kind: str) -> None:
    content = WRITTEN[kind][0]()

    assert len(clean_attachment(content, "").content) == len(content)


@pytest.mark.breadth
def test_a_webm_whose_sizes_are_told_is_read_as_well() -> None:
    taken = clean_attachment(webm(unknown=False), "blob")

    assert taken.seconds == 2
    assert b"CANARY" not in taken.content


@pytest.mark.breadth
def test_comments_of_many_pages_are_gone_from_each_and_the_pages_are_sealed_anew() -> None:
    content = ogg(comments=CANARY * 8000)

    kept = clean_attachment(content, "").content

    assert b"CANARY" not in kept
    assert len(kept) == len(content)
    found = list(pages.pages(bytearray(kept)))
    assert len(found) > 103
    wholes = [kept[one.start : one.end] for one in found]
    assert [sealed(whole) for whole in wholes] == wholes


@pytest.mark.breadth
def test_a_cover_of_five_megabytes_in_the_comments_is_gone_in_time() -> None:
    taken = clean_attachment(ogg(comments=CANARY * 210_000), "")

    assert taken.seconds == 2
    assert b"CANARY" not in taken.content


MEDIA_RECORDER = ["audio/webm;codecs=opus", "audio/mp4", "audio/mp4;codecs=mp4a.40.2", "audio/ogg;codecs=opus"]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("mime", "slices"),
    [
        *((MEDIA_RECORDER[number], slices) for number, slices in enumerate((300, 300, 0, 0))),
        *(
            pytest.param(MEDIA_RECORDER[number], slices, marks=pytest.mark.soak)
            for number, slices in enumerate((0, 0, 300, 300))
        ),
    ],
)
@pytest.mark.breadth
def test_what_a_browser_records_is_measured_and_still_plays_the_same(
    mime: str, slices: int, record: Callable[..., bytes], play: Callable[[bytes], list[float]]
) -> None:
    content = record(mime, slices=slices, milliseconds=2200)

    taken = clean_attachment(content, "blob")

    assert (taken.kind, taken.media_type) == ("recording", mime.partition(";")[0])
    assert b"Chrome" not in taken.content
    heard = play(taken.content)
    assert heard == play(content)
    assert heard[0] > 1.5 * 48_000, "about two seconds, and more where the browser is slow to stop"
    assert taken.seconds == pytest.approx(heard[0] / 48_000, abs=0.75)
    assert heard[1] > 0


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["webm", "ogg", "mp4", "mp3"])
@pytest.mark.breadth
def test_a_browser_reads_what_is_left_of_a_written_one(kind: str, play: Callable[[bytes], list[float]]) -> None:
    content = WRITTEN[kind][0]()

    assert play(clean_attachment(content, "").content)[0] == pytest.approx(play(content)[0], abs=2400)


@pytest.mark.browser
@pytest.mark.parametrize("mime", ["video/webm;codecs=vp8,opus", "video/mp4", "video/x-matroska;codecs=avc1"])
@pytest.mark.breadth
def test_what_a_camera_recorded_is_refused_as_a_film(mime: str, record: Callable[..., bytes]) -> None:
    taken = (record(mime, video=True, milliseconds=700 * times) for times in (1, 4, 16))

    assert any(refusal(one, "blob") == "video" for one in taken)  # a machine that stalls films nothing at first


@pytest.mark.browser
@pytest.mark.parametrize("mime", ["audio/webm;codecs=opus", "audio/mp4"])
@pytest.mark.breadth
def test_what_is_left_of_a_recording_that_was_cut_plays_as_far_as_it_goes(
    mime: str, record: Callable[..., bytes], play: Callable[[bytes], list[float]]
) -> None:
    taken = (record(mime, slices=200, milliseconds=1500 * times) for times in (1, 2, 4))
    content = next(one for one in taken if play(one)[0] > 48_000)  # a machine that stalls hears less than there was
    whole, *_ = play(clean_attachment(content, "").content)
    lengths = []
    for part in range(4, 10):
        taken = clean_attachment(content[: len(content) * part // 10], "")
        length, loud = play(taken.content)
        assert loud > 0
        lengths.append(length)
    assert lengths == sorted(lengths)
    assert 0 < lengths[0] < lengths[-1] <= whole


FILMS = {
    "mp4": mp4(handler=b"vide"),
    "webm": webm(kind=1),
    "theora": page(2, 0, 0, b"\x80theora" + bytes(30)) + ogg(),
    "avi": b"RIFF\0\0\1\0AVI LIST",
    "flash": b"FLV\x01\x05\0\0\0\x09",
    "mpeg": b"\x00\x00\x01\xba\x44" + bytes(100),
    "heavy-mp4": mp4(handler=b"vide") + box(b"mdat", bytes(BIGGEST_ATTACHMENT)),
    "heavy-webm": webm(kind=1) + bytes(BIGGEST_ATTACHMENT),
    "heavy-avi": b"RIFF\0\0\1\0AVI LIST" + bytes(BIGGEST_ATTACHMENT),
}


@pytest.mark.parametrize("content", FILMS.values(), ids=FILMS.keys())
def test_a_film_is_refused_with_a_word_of_its_own(content: bytes) -> None:
    assert refusal(content) == "video"


@pytest.mark.parametrize("kind", WRITTEN)
@pytest.mark.breadth(beside=["mp4"])
def test_more_than_ten_minutes_is_too_long(kind: str) -> None:
    write, *_ = WRITTEN[kind]
    each = 1152 / 44_100 if kind == "mp3" else 0.02

    assert clean_attachment(write(int(595 / each)), "").seconds == pytest.approx(595, abs=1)
    assert refusal(write(int(605 / each))) == "too-long"


@pytest.mark.breadth
def test_a_heavy_recording_is_too_heavy() -> None:
    assert refusal(webm() + bytes(BIGGEST_ATTACHMENT)) == "too-heavy"
    assert refusal(mp4() + box(b"mdat", bytes(BIGGEST_ATTACHMENT))) == "too-heavy"


@pytest.mark.parametrize("kind", ["mp4", "webm", "ogg"])
def test_in_one_without_any_sound_nothing_is_said(kind: str) -> None:
    assert refusal(WRITTEN[kind][0](0)) == "nothing-said"


ENCRYPTED = box(b"enca", bytes(28))
ELSEWHERE = mp4().replace(full(b"url ", CANARY, flags=1), full(b"url ", CANARY, flags=0))
HOSTILE: dict[str, bytes] = {
    **{f"page-behind-{kind}": write() + b"<script>alert(1)</script>" * 99 for kind, (write, *_) in WRITTEN.items()},
    "ftyp-and-text": box(b"ftyp", b"M4A \0\0\0\0") + b"Bonjour, je suis un texte.",
    "two-films": mp4() + mp4(),
    "without-a-clock": mp4().replace(b"mdhd", b"mdhx"),
    "without-a-number": mp4().replace(b"tkhd", b"tkhx"),
    "encrypted": mp4(entry=ENCRYPTED),
    "flac-with-comments": mp4(entry=box(b"fLaC", bytes(28), box(b"dfLa", CANARY))),
    "sound-elsewhere": ELSEWHERE,
    "a-description-of-words": mp4(entry=opus_entry(box(b"btrt", CANARY * 300))),
    "a-box-of-2-to-the-64": box(b"ftyp", b"M4A \0\0\0\0") + b"\0\0\0\1moov" + b"\xff" * 8,
    "4-billion-samples": mp4().replace(full(b"stsz", numbers(41, 100)), full(b"stsz", numbers(1, 0xFFFFFFFF))),
    "4-billion-times": mp4().replace(full(b"stts", numbers(1, 100, 960)), full(b"stts", numbers(1, 0xFFFFFFFF, 0))),
    "4-billion-in-a-chunk": mp4().replace(
        full(b"stsc", numbers(1, 1, 100, 1)), full(b"stsc", numbers(1, 1, 0xFFFFFFFF, 1))
    ),
    "a-chunk-beyond": mp4().replace(full(b"stsz", numbers(41, 100)), full(b"stsz", numbers(0x7FFFFFF, 100))),
    "vorbis": webm(codec=b"A_VORBIS"),
    "matroska-of-another-kind": webm().replace(b"webm", b"docx"),
    "a-webm-with-two-sounds": webm(more=element(0x1654AE6B)),
    "boxes-500-000-deep": box(b"ftyp", b"M4A \0\0\0\0") + b"\0\0\0\0moov" * 500_000,
    "voids-without-end": element(0x1A45DFA3, element(0x4282, b"webm")) + element(0x18538067, b"\xec\x80" * 10_000_000),
    "ogg-vorbis": page(2, 0, 0, b"\x01vorbis" + bytes(23)) + page(0, 0, 1, b"\x03vorbis" + CANARY),
    "ogg-of-two-streams": page(2, 0, 0, b"fishead\0" + bytes(56), 8) + ogg(),
    "ogg-one-after-the-other": ogg() + ogg(),
    "ogg-without-comments": ogg().replace(b"OpusTags", b"Opustags"),
    "mp3-of-one-frame": mp3(1),
    "id3-alone": b"ID3\x04\0\0\0\0\0\x7f" + b"\1" * 2000,
    "aac-in-adts": b"ID3\x04\0\0\0\0\0\0" + b"\xff\xf1\x50\x80\x02\x1f\xfc" * 50,
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.breadth(beside=["a-chunk-beyond", "matroska-of-another-kind", "without-a-number"])
def test_what_is_no_sound_recording_is_refused(content: bytes) -> None:
    if content.startswith(b"ID3") and b"<script" in content:  # what stands behind a tag is cut off instead
        assert b"script" not in clean_attachment(content, "").content
    else:
        assert refusal(content) == "not-audio"


@pytest.mark.parametrize("name", ["voix.webm", "VOIX.MP3", "a/b/voix.m4a", "voix.ogg", "voix.mp4"])
def test_a_text_by_the_name_of_a_recording_is_refused(name: str) -> None:
    assert refusal("Bonjour, j’ai organisé la fête du quartier.".encode(), name) == "not-audio"


@pytest.mark.breadth
def test_a_track_in_which_a_word_was_forgotten_is_not_looked_for_by_name() -> None:
    """Boxes and elements that nobody has heard of go as well."""
    taken = clean_attachment(mp4(more=box(b"iNew", CANARY)), "")
    other = clean_attachment(webm(more=element(0x7ABC, CANARY)), "")

    assert b"CANARY" not in taken.content + other.content


@pytest.mark.breadth
def test_sizes_may_be_packed_into_half_a_byte_one_or_two() -> None:
    plain = full(b"stsz", numbers(41, 100))
    for bits, packed in ((8, b"\x29" * 100), (16, b"\x00\x29" * 100)):
        compact = full(b"stz2", numbers(bits, 100), packed)
        more = len(compact) - len(plain)
        content = mp4().replace(plain, compact)
        for name in (b"stbl", b"minf", b"mdia", b"trak", b"moov"):  # each holds the next
            at = content.index(name) - 4
            content = (
                content[:at] + struct.pack(">I", struct.unpack_from(">I", content, at)[0] + more) + content[at + 4 :]
            )
        assert clean_attachment(content, "").seconds == 2


@pytest.mark.parametrize("base", ["the fragment", "the file"])
@pytest.mark.parametrize("tells", ["each run", "the fragment", "the film"])
def test_fragments_say_in_many_ways_where_their_sound_is(base: str, tells: str) -> None:
    content = fragments(from_the_file=base == "the file", tells=tells)

    taken = clean_attachment(content, "")

    assert taken.seconds == 2
    assert taken.content.count(PACKET) == 100
    assert b"CANARY" not in taken.content


@pytest.mark.breadth(beside=["mp4", "webm"])
@pytest.mark.parametrize("kind", WRITTEN)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.data())
def test_a_recording_with_errors_is_read_or_is_none(kind: str, data: st.DataObject) -> None:
    """The readers themselves, as they stand in the child: no error of theirs but the one they announce."""
    content = bytearray(WRITTEN[kind][0](3))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=9))
    _read(kind, content)


@pytest.mark.breadth(beside=["mp4", "ogg", "mp3"])
@pytest.mark.parametrize("kind", WRITTEN)
@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_noise_is_no_recording(kind: str, noise: bytes) -> None:
    _read(kind, bytearray(noise))


def _read(kind: str, content: bytearray) -> None:
    reason, seconds = "", 0.0
    try:
        seconds = READERS[kind].listen(content)
    except NotASound as problem:
        reason = str(problem)
    assert reason in {"", "not-audio", "video", "nothing-said", "cut-short"}
    assert seconds >= 0


def test_a_child_that_lies_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    lies = [
        b'{"seconds": 3.0}\n<script>',
        b'{"seconds": NaN}\n' + webm(),
        b'{"seconds": -1.0}\n' + webm(),
        b'{"seconds": "3"}\n' + webm(),
        b'{"seconds": 3.0}\n' + webm() + webm(),
        b'{"problem": []}\n',
        b'{"problem": "<b>"}\n',
        b"[]\n",
        b"\xff",
        b"",
    ]
    for lie in lies:
        monkeypatch.setattr(Child, "ask", lambda *_asked, lie=lie: lie)  # it was taken over by what it read
        assert refusal(webm()) == "not-audio"
