"""D13: a button or a page that a sentence names is there, by that very name, in both languages."""

import re

import pytest

from tests.architecture.test_translations import messages

pytestmark = pytest.mark.words

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
