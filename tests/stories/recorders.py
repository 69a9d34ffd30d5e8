"""A phone's recorder, told instead of heard: what it gives is a recording that was written, a piece whenever it is asked."""

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from itertools import pairwise

from playwright.sync_api import BrowserContext, Page

from tests.fixtures.recordings import fragments, webm

RECORDER = """([kind, pieces]) => {
  const bytes = (piece) => Uint8Array.from(atob(piece), (letter) => letter.charCodeAt(0))
  window.MediaRecorder = class extends EventTarget {
    static isTypeSupported = (asked) => asked.startsWith(kind)
    state = "inactive"
    left = pieces.map(bytes)
    start() {
      this.state = "recording"
      this.gives(this.left.splice(0, 1))
      this.requestData()
    }
    requestData() {
      this.gives(this.left.splice(0, 1))
    }
    stop() {
      this.state = "inactive"
      this.requestData()
      queueMicrotask(() => this.dispatchEvent(new Event("stop")))
    }
    gives(some) {
      queueMicrotask(() => this.dispatchEvent(Object.assign(new Event("dataavailable"), { data: new Blob(some) })))
    }
  }
}"""
ONLY_WEBM = """() => {
  const knows = MediaRecorder.isTypeSupported.bind(MediaRecorder)
  MediaRecorder.isTypeSupported = (kind) => !kind.startsWith("audio/mp4") && knows(kind)
}"""
"""A browser that makes no mp4, as many a phone's."""
PARTS = 8
"""Pieces of a recording that was written, besides its head."""
CLUSTER = b"\x1f\x43\xb6\x75"
"""How the sound of a WebM begins."""
FRAGMENT = rb".{4}moof"


def written(kind: str) -> tuple[bytes, Sequence[bytes]]:
    """The head of a recording of *kind*, `mp4` or `webm`, and its sound: in whole fragments, or cut anywhere."""
    if kind == "mp4":
        whole = fragments(from_the_file=False, tells="each run", count=25, parts=PARTS)
        begins = [found.start() for found in re.finditer(FRAGMENT, whole, re.DOTALL)]
    else:
        whole = webm(25 * PARTS)
        first = whole.index(CLUSTER)
        begins = list(range(first, len(whole), (len(whole) - first) // PARTS + 1))
    return whole[: begins[0]], [whole[start:end] for start, end in pairwise([*begins, len(whole)])]


def records(context: BrowserContext, kind: str, *more: bytes) -> None:
    """From the next page on the phone's recorder makes a *kind*: its head at once, then *more*, or all its sound, in pieces."""
    head, sound = written(kind)
    pieces = [b64encode(one).decode() for one in (head, *(more or sound))]
    context.add_init_script(f"({RECORDER})({json.dumps([f'audio/{kind}', pieces])})")


def says_more(page: Page) -> None:
    """Another piece of what is being said is there."""
    page.evaluate("() => document.querySelector('voice-recorder').recorder.requestData()")
