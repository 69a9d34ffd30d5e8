"""Every screen is easy to read in French: short sentences, everyday words, Flesch 80 or more, screen by screen.

The measure is our own (fixtures/reading.py). Where the project's folder of tools stands beside it, its check_words.py
reads every screen too, in place.
"""

import contextlib
import io
import re
import sys
from pathlib import Path

import pytest

from tests.fixtures.quantity import each_named
from tests.fixtures.reading import (
    BANNED,
    EASE,
    MEAN,
    WORDS_A_SENTENCE,
    framework_texts,
    heard,
    read,
    said,
    sentences,
    words,
)
from tests.fixtures.screens import SCREENS, drawn
from tests.fixtures.screens_cards import NOW
from wallet.pages.environment import FOLDER

pytestmark = pytest.mark.words

CHECK_WORDS = Path(__file__).parents[3] / "shared/tools/check_words.py"
NOT_READ = re.compile(r"(?s)<(script|style)\b.*?</\1>|</?(?:a|b|bdi|strong|span)\b[^>]*>")
"""What stands between two sentences and parts them for nobody."""
TOUCHING = re.compile(r"[a-zà-ÿ”»)][.?!][A-ZÀ-Ý][a-zà-ÿ’][^<>]*")
KINDS = sorted(path.stem for path in (FOLDER / "templates/letters").glob("*.txt"))


@pytest.mark.breadth
def test_every_screen_is_easy_to_read() -> None:
    with each_named() as named:
        for screen in SCREENS:
            with named(screen):
                it_is_easy_to_read(said(screen))


@pytest.mark.breadth
def test_no_sentence_touches_the_next() -> None:
    """Behind an `{% endif %}` at the end of a line, what follows has no space of its own."""
    with each_named() as named:
        for screen in SCREENS:
            with named(screen):
                assert TOUCHING.findall(re.sub(NOT_READ, "", drawn(screen))) == []


def it_is_easy_to_read(texts: list[str]) -> None:
    found = read(texts)
    assert [part for text in texts for part in sentences(text) if len(words(part)) > WORDS_A_SENTENCE] == []
    assert [text for text in texts if BANNED & {word.lower() for word in words(text)}] == []
    assert found.mean <= MEAN
    assert found.ease >= EASE, "\n".join(f"{read([text]).ease:.0f}  {text}" for text in texts)


@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_is_easy_to_read(kind: str) -> None:
    given = {"code": "482913", "made_at": NOW, "opens_at": NOW, "ends_at": NOW}

    texts = heard(lambda pages: "\n".join(pages.letter(kind, "fr", **given)))

    assert len(texts) > 5
    assert read(texts).mean <= MEAN
    assert read(texts).ease >= EASE


def test_our_frameworks_are_easy_to_read() -> None:
    assert read(framework_texts()).ease >= EASE


def test_the_text_beside_an_archive_is_easy_to_read() -> None:
    french = (FOLDER / "templates/archive/exported_page/readme.txt").read_text().partition("\n\n\n")[0]
    lines = re.sub(r"{%.*?%}", "", french).splitlines()  # what is there at times is read as well
    texts = [re.sub(r"{{.*?}}", "12 mars 2026", line) for line in lines if line and "English" not in line]

    assert len(texts) > 20
    assert read(texts).mean <= MEAN
    assert read(texts).ease >= EASE
    assert [part for text in texts for part in sentences(text) if len(words(part)) > WORDS_A_SENTENCE] == []


def test_what_is_read_is_what_the_screen_says_and_not_what_issuers_write() -> None:
    """Else the guard above would hold nothing, or hold issuers."""
    texts = said("badge, valid")

    assert "Vrai badge, valide" in texts
    assert "Donné à Sonia par :" in texts
    assert "Vérifié par Mes badges" in texts
    assert not [text for text in texts if "Mission" in text or "Communiquer" in text]
    assert "2 badges" in said("shares"), "a number is itself"


def test_a_hard_text_is_told_from_an_easy_one() -> None:
    easy = ["Ce badge est valide.", "Vous pouvez le montrer."]
    hard = ["L’authentification cryptographique conditionne irrémédiablement la vérification des informations."]

    assert read(easy).ease >= EASE > read(hard).ease
    assert read(easy).mean == 4
    assert read(["Retour", "Aide"]).mean == 1, "a label is a sentence"


@pytest.mark.breadth
def test_every_screen_passes_the_check_of_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    if not CHECK_WORDS.exists():
        pytest.skip(f"{CHECK_WORDS} is not here: the measure of fixtures/reading.py stands alone")
    faults = []
    program = compile(CHECK_WORDS.read_text(encoding="utf-8"), str(CHECK_WORDS), "exec")
    monkeypatch.setattr(sys, "argv", [str(CHECK_WORDS)])
    for screen in SCREENS:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{screen}\t{text}\n" for text in said(screen))))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), pytest.raises(SystemExit) as end:
            exec(program, {"__name__": "__main__"})  # noqa: S102  # the project's own, in place
        if end.value.code:
            faults.append((screen, [line for line in printed.getvalue().splitlines() if not line.startswith("rare")]))

    assert faults == []
