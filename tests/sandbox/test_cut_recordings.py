"""A page that is ended while somebody speaks leaves a recording that ends anywhere: what had been said is kept.

That it plays is asked in test_audio.py, where a browser with a microphone is started anyhow.
"""

import re
from typing import NamedTuple

import pytest

from tests.fixtures.recordings import PACKET, fragments, laced, mp3, mp4, ogg, spread, webm
from tests.fixtures.refusals import refusal
from wallet.evidence.attachments import clean_attachment
from wallet.sandbox.audio import mp3 as frames
from wallet.sandbox.audio import mp4 as boxes
from wallet.sandbox.audio import ogg as pages
from wallet.sandbox.audio import webm as elements
from wallet.sandbox.audio.sound import NotASound

pytestmark = pytest.mark.slow

READERS = {"mp4": boxes, "webm": elements, "ogg": pages, "mp3": frames}
CUT: dict[str, tuple[str, bytes, float]] = {
    "webm": ("webm", webm(9), 0.03),
    "webm-whose-sizes-are-told": ("webm", webm(9, unknown=False), 0.03),
    "webm-whose-blocks-are-laced": ("webm", laced(9), 0.03),
    "mp4": ("mp4", mp4(9), 1),
    "mp4-in-fragments": ("mp4", fragments(from_the_file=False, tells="each run", count=9), 0.181),
    "mp4-in-fragments-that-count-from-the-start": (
        "mp4",
        fragments(from_the_file=True, tells="the film", count=9),
        0.181,
    ),
    "mp4-in-fragments-of-a-known-length": (
        "mp4",
        fragments(from_the_file=False, tells="each run", count=9, seconds=99),
        0.181,
    ),
    "ogg": ("ogg", ogg(9), 0.03),
    "ogg-with-a-packet-of-two-pages": ("ogg", spread(), 0.03),
    "mp3": ("mp3", mp3(9), 0.03),
}
"""Recordings by their containers, and how many seconds of them the lack of one byte may cost."""


@pytest.mark.parametrize("name", CUT)
def test_every_beginning_of_a_recording_is_kept_up_to_its_last_whole_piece(name: str) -> None:
    """Or nothing was said yet: no beginning is refused, none lasts longer than what comes after it."""
    kind, content, piece = CUT[name]
    whole, before = heard(kind, content), Heard("nothing-said", 0.0, b"")
    assert whole.seconds > 0
    for end in range(1, len(content)):
        cut = heard(kind, content[:end])

        assert cut.why in {"", "nothing-said"} or (cut.why == "cut-short" and name == "mp4"), end
        assert before.seconds <= cut.seconds <= whole.seconds, end
        assert sounds(kind, whole.content).startswith(sounds(kind, cut.content)), end
        assert len(cut.content) <= end
        assert b"CANARY" not in cut.content
        assert b"mehd" not in cut.content
        if cut.content != before.content:
            assert heard(kind, cut.content) == cut, "what was cut once stays as it is"
        before = cut
    assert before.seconds >= whole.seconds - piece


class Heard(NamedTuple):
    """What a reader tells of a recording."""

    why: str
    seconds: float
    content: bytes


def heard(kind: str, content: bytes) -> Heard:
    kept = bytearray(content)
    try:
        seconds = READERS[kind].listen(kept)
    except NotASound as problem:
        return Heard(str(problem), 0.0, b"")
    return Heard("" if seconds else "nothing-said", seconds, bytes(kept) if seconds else b"")


def sounds(kind: str, content: bytes) -> bytes:
    """The packets of sound in what was kept, one after the other."""
    return b"".join(re.findall(rb"\xff\xfb\x90\x00\x00{413}" if kind == "mp3" else re.escape(PACKET), content))


@pytest.mark.breadth
def test_of_a_recording_cut_in_the_middle_half_is_kept() -> None:
    for content in (webm(), webm(unknown=False), ogg(), fragments(from_the_file=False, tells="each run")):
        taken = clean_attachment(content[: len(content) * 6 // 10], "voix")

        assert (taken.kind, taken.seconds) == ("recording", 1)
        assert len(sounds("webm", taken.content)) >= 50 * len(PACKET)


@pytest.mark.breadth
def test_where_its_end_tells_how_to_read_it_a_cut_one_is_told_as_such() -> None:
    assert refusal(mp4()[:3000], "voix.m4a") == "cut-short"
    assert refusal(mp4()[:20], "voix.m4a") == "nothing-said"
