"""What a phone would write otherwise in what somebody told (correct-words.js): what it finds, shows and sends, and what it leaves."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.fixtures.page_alone import Alone, Answer

pytestmark = pytest.mark.browser
WRITTEN = {
    "l école": ("L’école", [["l école", "L’école"]]),
    "Il m a dit qu il va jusqu a la fin.": (
        "Il m’a dit qu’il va jusqu’à la fin.",
        [["m a", "m’a"], ["qu il", "qu’il"], ["jusqu a", "jusqu’à"]],
    ),
    "Jusqu ici, d ici et d ecole.fr, l epicerie": (
        "Jusqu’ici, d’ici et d’ecole.fr, l’épicerie",
        [["Jusqu ici", "Jusqu’ici"], ["d ici", "d’ici"], ["d ecole", "d’ecole"], ["l epicerie", "l’épicerie"]],
    ),
    "Une planche de 3 m en bois.": ("Une planche de 3 m en bois.", []),
    "2 l au total.": ("2 l au total.", []),
    "APRES le Meme probleme": (
        "APRÈS le Même problème",
        [["APRES", "APRÈS"], ["Meme", "Même"], ["probleme", "problème"]],
    ),
    "été, puis voila": ("Été, puis voilà", [["voila", "voilà"], ["été", "Été"]]),
    "Sur www.metier.fr : ecole@metier.fr": ("Sur www.metier.fr : ecole@metier.fr", []),
    "metier.com est là.": ("metier.com est là.", []),
    "meme": ("Même", [["meme", "Même"]]),
    "Voila, voila, voila.": ("Voilà, voilà, voilà.", [["Voila", "Voilà"], ["voila", "voilà"]]),
    "": ("", []),
}
"""What is told, what would be written, and the pairs that change."""
ANEW = """(texts) => {
  const one = document.querySelector("word-corrections"), other = one.cloneNode(true)
  other.hidden = true
  other.querySelector("[role=status]").replaceChildren()
  other.querySelectorAll("template[data-after]").forEach(({ content }, place) => (content.textContent = texts[place] ?? ""))
  one.replaceWith(other)
}"""
"""The same moment, as if it told something else."""
SHOWN = """() => {
  const one = document.querySelector("word-corrections"), say = one.querySelector("[role=status]").textContent.trim()
  const words = [...one.querySelectorAll("template[data-message]")].find(({ content }) => content.textContent.trim() === say)
  const pairs = [...one.querySelectorAll("li")].map((row) => row.textContent)
  return one.hidden ? [] : [one.querySelector("h2").textContent.replace("\u00a0", " "), pairs, words?.dataset.message ?? ""]
}"""


def tells(page: Page, *texts: str) -> Any:
    """What is asked of who told so."""
    page.evaluate(ANEW, texts)
    return page.evaluate(SHOWN)


def test_what_is_surely_written_otherwise_is_found_and_nothing_else(alone: Alone) -> None:
    page = alone.opens("moment, read over")

    found = page.evaluate(
        f"async (texts) => {{ const {{ corrected }} = await import('{alone.script('correct-words')}'); return texts.map(corrected) }}",
        list(WRITTEN),
    )

    assert found == [{"text": text, "pairs": pairs} for text, pairs in WRITTEN.values()]


def test_what_would_change_is_shown_pair_by_pair_six_at_most_and_what_is_left_is_not_asked_again(alone: Alone) -> None:
    page = alone.opens("moment, read over")
    assert page.evaluate(SHOWN) == [], "nothing to correct"
    assert tells(page, "Il m a dit non.") == ["1 mot à corriger ?", ["m a → m’a"], ""]
    found = tells(page, "Il m a dit qu il va.", "Tout va.", "Meme apres. Deja la fete, l ecole et la tete.")
    assert found[0] == "8 mots à corriger ?"
    assert found[1] == [
        "m a → m’a",
        "qu il → qu’il",
        "l ecole → l’école",
        "Meme → Même",
        "apres → après",
        "Deja → Déjà",
    ]

    page.evaluate("() => document.querySelector('word-corrections [data-act=leave]').click()")
    assert page.evaluate(SHOWN) == []
    page.evaluate("() => { document.querySelector('word-corrections').hidden = true }")
    assert tells(page, "Il m a dit qu il va.") == [], "of the same texts"
    page.evaluate("() => document.querySelector('word-corrections template[data-after]').dataset.after = 9")
    assert tells(page, "Il m a dit qu il va.")[0] == "2 mots à corriger ?"
    assert [one for one in alone.wire.asked if one.method == "POST"] == []


FACTS, ME = "POST /evidence/1/answers/facts", "POST /evidence/1/answers/me"
KEPT = Answer(json={"at": "/evidence/1"})


def test_each_answer_that_changes_is_sent_and_whoever_lets_them_be_corrected_is_told_what_came_of_it(
    alone: Alone,
) -> None:
    page = alone.opens("moment, read over", at="/evidence/1")
    alone.answers["GET /evidence/1"] = Answer(204)
    alone.answers.update({FACTS: KEPT, ME: KEPT})

    def corrects() -> None:
        tells(page, "un client m a crié dessus.", "J ai écouté.", "Tout va.")
        page.evaluate("() => document.querySelector('word-corrections [data-act=correct]').click()")

    def says(word: str) -> None:
        page.wait_for_function(f"(word) => ({SHOWN})()[2] === word", arg=word)

    corrects()
    alone.wire.asked_for("GET /evidence/1", 2)
    posts = [one for one in alone.wire.asked if one.method == "POST"]
    key = ("key", "0123456789abcdef" * 2)
    assert [(one.path, one.form, one.headers["Accept"]) for one in posts] == [
        (
            "/evidence/1/answers/facts",
            [key, ("after", "3"), ("text", "Un client m’a crié dessus."), ("over", "1")],
            "application/json",
        ),
        ("/evidence/1/answers/me", [key, ("after", "4"), ("text", "J’ai écouté."), ("over", "1")], "application/json"),
    ]

    faults: list[tuple[Answer | None, str]] = [
        (None, "offline"),
        (Answer(body='{"at": '), "offline"),
        (Answer(json={}), "offline"),
        (Answer(503, json={"at": "/evidence/1"}), "failed"),
        (Answer(303, headers={"Location": "/conditions"}), "failed"),
    ]
    alone.answers["GET /conditions"] = Answer(json={"at": "/evidence/1"})
    for answer, word in faults:
        for place in (FACTS, ME):
            alone.answers.update({FACTS: KEPT, ME: KEPT, place: answer})
            corrects()
            says(word)
    assert len(alone.wire.asked_for("GET /evidence/1")) == 2

    for times, answer in enumerate((Answer(401, json={}), Answer(404, json={})), 3):
        alone.answers[FACTS] = answer
        corrects()
        alone.wire.asked_for("GET /evidence/1", times)
        assert page.evaluate(SHOWN)[2] == ""
    alone.answers.update({FACTS: Answer(json={"at": "/evidence/1?changed=facts"}), ME: KEPT})
    corrects()
    assert [one.path for one in alone.wire.asked_for("GET /evidence/1", 5)][-1] == "/evidence/1?changed=facts"
