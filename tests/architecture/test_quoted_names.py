"""D13: a button or a page that a sentence names is there, by that very name, in both languages; and a test that finds a sentence
missing looks for one that is said somewhere."""

import re
from pathlib import Path

import pytest

from tests.architecture.test_translations import messages

pytestmark = pytest.mark.words

TESTS = Path(__file__).parents[1]
MISSED = re.compile(r'assert "([A-ZÀÉ][^"\\\d%{]*[ \u00a0][^"\\\d%{]*)" not in')
"""What a test says is not on a page: of two words or more, without a number."""
QUOTED = {"en": r"“([^”]+)”", "fr": "«\u00a0([^»]+)\u00a0»"}
ENDS = ".?! \u00a0"
ELSEWHERE = {
    # what phones and browsers call their own
    *("Add to Home Screen", "Add to Home screen", "Home screen", "Add page to", "Advanced", "Paste", "passkey"),
    *("Ajouter à l’écran d’accueil", "Sur l’écran d’accueil", "Écran d’accueil", "Ajouter la page à", "Coller"),
    *("clé d’accès", "clé d’identification", "another device", "un autre appareil"),
    # what other wallets, and course sites, call theirs
    *("backpack", "sac à badges", "Mes badges"),
    *("Import", "import", "Add Badge", "add a badge", "Add", "Importer", "importer", "ajouter un badge"),
}
SAID = {
    # words, files and states that are quoted and are nobody's button
    *(".zip", "mes-badges", "I", "J’ai", "C’est moi.", "not compliant", "non conforme"),
    *("A customer was angry. His parcel had not come.", "Un client était en colère. Son colis n’était pas arrivé."),
    *("I listened to him. I looked for the parcel with him.", "Je l’ai écouté. J’ai cherché le colis avec lui."),
    *("We found the parcel. He said thank you.", "Nous avons trouvé le colis. Il a dit merci."),
    *("Now I listen first. Then I answer.", "Maintenant, j’écoute d’abord. Je réponds après."),
}


def spoken(language: str) -> list[str]:
    """Every text as it is said in *language*: English is said as it is written where its entry is empty."""
    return [
        text or key
        for ids, message in messages(language).items()
        for key, text in zip(
            [ids] if isinstance(ids, str) else ids,
            [message.string] if isinstance(message.string, str) else message.string,
            strict=True,
        )
    ]


@pytest.mark.parametrize("language", QUOTED)
def test_each_button_that_a_sentence_names_exists(language: str) -> None:
    texts = spoken(language)
    there = {text.rstrip(ENDS) for text in texts}

    missing = {
        (name, text)
        for text in texts
        for name in re.findall(QUOTED[language], text)
        if "%(" not in name and name.rstrip(ENDS) not in there and name not in ELSEWHERE | SAID
    }

    assert missing == set()


def test_a_button_that_is_not_there_is_seen() -> None:
    """« Make the code » was one."""
    assert re.findall(QUOTED["en"], "Touch “Show”, then “Make the code”.") == ["Show", "Make the code"]
    assert "Make the code" not in {text.rstrip(ENDS) for text in spoken("en")}


def test_a_sentence_that_is_not_on_a_page_could_be() -> None:
    """Else the test passes for ever, also on the day on which the page says it in other words. What stands twice in the tests was
    typed there by somebody."""
    said = " ".join(" ".join(text.split()) for language in QUOTED for text in spoken(language))
    wallet, tests = (
        "\n".join(path.read_text("utf-8") for end in ends for path in folder.rglob(end))
        for folder, ends in ((TESTS.parent / "wallet", ("*.py", "*.json")), (TESTS, ("*.py",)))
    )
    missed = {found for found in MISSED.findall(tests) if " ".join(found.split()) not in said and found not in wallet}

    assert {found for found in missed if tests.count(found) == 1} == {"Nouveau " + "محمد"}, (
        "a word of ours, before a name"
    )
