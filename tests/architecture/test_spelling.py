"""No word is misspelt and no sentence breaks the grammar: hunspell reads both languages, grammalecte the French.

Both are Debian's (`make debian`). French is read as it is shown: with a name, a date, a number in each place.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.architecture.test_translations import english, messages
from tests.fixtures.reading import filled, framework_texts

pytestmark = [pytest.mark.slow, pytest.mark.words]

NAMES = {
    **dict.fromkeys(("iPhone", "iPad", "Chromebook"), "what people call what they hold in their hand"),
    **dict.fromkeys(
        (
            "WhatsApp",
            "LinkedIn",
            "Europass",
            "openbadgepassport.com",
            "openbadgepassport",
            "com",
            "francetravail.fr",
            "francetravail",
            "Word",
        ),
        "services that people look for",
    ),
    **dict.fromkeys(("TalkBack", "VoiceOver"), "what reads a screen aloud on Android and on iPhone"),
    **dict.fromkeys(("des", "droits", "CNIL", "RGAA", "WCAG"), "French institutions and rules keep their names"),
    **dict.fromkeys(("Add", "Advanced"), "buttons of others, which have no French"),
    **dict.fromkeys(("LISEZMOI", "LISEZMOI.txt", "txt", "zip"), "the folder that one takes home, and a file of it"),
    **dict.fromkeys(
        ("AFEST", "PFMP", "PMSMP", "VAE", "SIAE", "EI", "AI", "ACI", "ETTI", "EITI"),
        "what people call where they learnt and worked; the words stand beside it",
    ),
    "QR": "the kind of code that a camera reads",
    "A4": "the paper that is in every printer here",
}
"""Words that are in no dictionary, each with why it is said all the same."""
NOT_FAULTS = {
    "esp_début_ligne": "the colon that stands between a file and what is wrong with it",
    "esp_fin_ligne": "« Erreur : » before a title",
    "typo_point_collé_à_mot_suivant": "« .zip » begins with its point",
    "typo_guillemets_ouvrants_inverses3": "« .zip » begins with its point",
    "gv1__imp_verbe_groupe2_groupe3_t__b2_a1_1": "« Finit le 9 décembre » begins with its verb, and orders nothing",
    "unit_nbsp_avant_unités1": "a day and its hour may stand on two lines; %(moment)s brings its own spaces",
}
"""Rules of grammalecte that see a fault where there is none."""


def told(language: str) -> Iterator[str]:
    """Every text of *language* as it is shown; what counts, for one and for three."""
    for key, message in messages(language).items():
        forms = english(key, message)
        for form, number in zip(forms, (1, 3) if len(forms) == 2 else (3,), strict=True):
            yield filled(form, number) if language == "fr" else re.sub(r"%\(\w+\)s", "Mary", form)


def tool(name: str) -> str:
    if (path := shutil.which(name)) is None:
        pytest.skip(f"{name} is not here (`make debian` as root brings it)")
    return path


def misspelt(language: str, texts: Iterable[str]) -> set[str]:
    """The words of *texts* that hunspell does not know; ’ is read as ', which is in its dictionaries."""
    found = subprocess.run(
        [tool("hunspell"), "-i", "utf-8", "-d", {"fr": "fr", "en": "en_GB"}[language], "-l"],
        input="\n".join(texts).replace("’", "'"),
        env={"LC_ALL": "C.UTF-8"},
        check=True,
        capture_output=True,
        text=True,
    )
    return {word.strip(".") for word in found.stdout.splitlines()}


def ungrammatical(texts: Iterable[str], folder: Path) -> list[tuple[str, str, str]]:
    """What grammalecte says: the text, the rule, the sentence of the rule. Each text is a paragraph."""
    lines = list(texts)
    (folder / "told.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = subprocess.run(
        [tool("grammalecte-cli"), "-f", folder / "told.txt", "-j"], check=True, capture_output=True, text=True
    )
    return [
        (lines[paragraph["iParagraph"] - 1], fault["sRuleId"], fault["sMessage"])
        for paragraph in json.loads(found.stdout)["data"]
        for fault in paragraph["lGrammarErrors"]
        if fault["sRuleId"] not in NOT_FAULTS
    ]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_word_is_in_the_dictionary(language: str) -> None:
    assert misspelt(language, told(language)) - set(NAMES) == set()


def test_every_word_of_our_frameworks_is_in_the_dictionary() -> None:
    assert misspelt("fr", framework_texts()) == set()


@pytest.mark.breadth
def test_every_french_sentence_is_grammatical(tmp_path: Path) -> None:
    assert ungrammatical([*told("fr"), *framework_texts()], tmp_path) == []


def test_a_misspelt_word_and_a_wrong_agreement_are_seen(tmp_path: Path) -> None:
    """Else the guards above would hold nothing."""
    assert misspelt("fr", ["Votre badje est gardé."]) == {"badje"}
    assert misspelt("en", ["Your badge is kepd."]) == {"kepd"}
    assert [rule for _, rule, _ in ungrammatical(["Bonjour.", "Mes badge sont gardés."], tmp_path)]


def test_a_name_that_is_no_longer_said_leaves_the_list() -> None:
    every = " ".join([*told("fr"), *told("en")])

    assert [name for name in NAMES if name not in every] == []
