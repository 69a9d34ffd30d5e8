"""What people read on their pages and can do there, line by line: each word, count and date, each button and what it sends.

A holder reads French here, and English whoever is shown or asked something without an account. It is kept under kept/ as
tests/fixtures/transcripts.py writes it, so that whoever changes a page reads what changed for people.
Whoever means a change makes it anew with `WALLET_SNAPSHOTS=new .venv/bin/python -m pytest tests/pages/test_kept_pages.py`
and reads what git then shows.
"""

import os
import re
from pathlib import Path

import pytest

from tests.fixtures.screens import drawn
from tests.fixtures.transcripts import transcript

KEPT = Path(__file__).with_name("kept")
SCREEN = re.compile(r"^== (?P<screen>.*)\n", re.MULTILINE)


@pytest.mark.parametrize("area", sorted(path.stem for path in KEPT.glob("*.txt")))
def test_a_page_says_and_does_what_it_is_kept_to(area: str) -> None:
    file, language = KEPT / f"{area}.txt", "en" if area.endswith("-in-english") else "fr"
    before = file.read_text("utf-8")
    told = "\n".join(f"== {screen}\n{transcript(drawn(screen, language))}" for screen in SCREEN.findall(before))
    if os.environ.get("WALLET_SNAPSHOTS") == "new":
        file.write_text(told, "utf-8")

    assert told.splitlines() == file.read_text("utf-8").splitlines()


def test_a_transcript_tells_what_is_typed_folded_and_chosen() -> None:
    """Else what is kept would hold nothing."""
    page = """<header class="top"><a href="/badges">Badges</a></header><main><h1>Moi <svg><text>x</text></svg></h1><p class="chip stop">Retiré</p>
        <details open><summary>Changer</summary><form action="/name"><input type="hidden" name="key" value="k">
        <input name="name" value="Sonia"><textarea name="word">Bonjour.</textarea><input type="checkbox" name="on" checked>
        <input type="file" name="files" multiple><p hidden>Attendez.</p><button name="size" value="2" aria-pressed="true">Garder</button></form></details>
        <details><summary>Aide</summary><img src="/a" alt="Un badge"></details></main>"""

    assert transcript(page).splitlines() == [
        "Badges > /badges",
        "# Moi",
        "{stop} Retiré",
        "- Changer",
        "[name=Sonia]",
        "[word=Bonjour.]",
        "[on=] *",
        "[files=…]",
        "Garder >> /name key=k size=2 *",
        "+ Aide",
        "(Un badge)",
    ]
