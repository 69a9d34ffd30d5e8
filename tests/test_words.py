"""Every sentence has its French, none is left over, and the French is easy to read.

The small guard here always runs: length, banned words, apostrophes, no-break spaces. Where the project's folder of
tools stands beside it, its check of reading ease runs too, on all the texts.
"""

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

PROJECT = Path(__file__).parents[1]
CHECK_WORDS = PROJECT.parent / "shared/tools/check_words.py"
WORDS_A_SENTENCE, MEAN = 15, 8
BANNED = set(
    re.findall(
        r"\S+",
        "assertion url token authentification identifiant cryptographique révoqué révocation émetteur credential wallet "
        "passkey biométrie synchronisé utilisateur formulaire soumettre invalide veuillez désolé oups",
    )
)
"""screens.md, 3.2."""
TEMPLATES = {"newstyle_gettext": "true", "trimmed": "true", "silent": "false"}
PATTERNS = ("templates/**.html", "templates/**.txt")
MAPPING = [*((pattern, "jinja2.ext.babel_extract") for pattern in PATTERNS), ("**.py", "python")]
OPTIONS = dict.fromkeys(PATTERNS, TEMPLATES)
Ids = str | tuple[str, ...]


def used() -> set[Ids]:
    """Every sentence that a template or a Python file of the wallet asks for."""
    return {found[2] for found in extract_from_dir(PROJECT / "wallet", MAPPING, OPTIONS)}


def catalogue(language: str) -> Catalog:
    with (PROJECT / f"wallet/translations/{language}/LC_MESSAGES/wallet.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> dict[Ids, Message]:
    return {ids(message): message for message in catalogue(language) if message.id}


def ids(message: Message) -> Ids:
    return tuple(message.id) if isinstance(message.id, list | tuple) else message.id


def french() -> Iterator[str]:
    """Every French text, its two forms where it counts."""
    for message in messages("fr").values():
        yield from [message.string] if isinstance(message.string, str) else message.string


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?:…])\s+", text) if part.strip()]


def words(text: str) -> list[str]:
    plain = re.sub(r"%\(\w+\)s", "mot", text).replace("’", " ")
    return re.findall(r"[A-Za-zÀ-ÿœŒ0-9]+(?:-[A-Za-zÀ-ÿ]+)*", plain)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_sentence_is_in_both_catalogues_and_none_is_left_over(language: str) -> None:
    there, wanted = set(messages(language)), used()

    assert wanted - there == set(), "not in the catalogue"
    assert there - wanted == set(), "left over"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_entry_of_a_catalogue_is_whole(language: str) -> None:
    """Babel reads half a one with no more than a warning."""
    text = (PROJECT / f"wallet/translations/{language}/LC_MESSAGES/wallet.po").read_text(encoding="utf-8")

    halves = [
        entry
        for entry in text.strip().split("\n\n")
        if len(re.findall(r"^msg(?:id|str(?:\[0\])?) ", entry, re.MULTILINE)) != 2
    ]

    assert halves == []


def test_every_sentence_has_its_french() -> None:
    untold = [key for key, message in messages("fr").items() if not all(message.string and [*message.string])]
    doubtful = [key for key, message in messages("fr").items() if message.fuzzy]

    assert untold == []
    assert doubtful == []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_places_for_names_and_dates_are_the_same_in_both_languages(language: str) -> None:
    wrong = [
        (key, text)
        for key, message in messages(language).items()
        for text in ([message.string] if isinstance(message.string, str) else message.string)
        if text and places(text) != places(key if isinstance(key, str) else key[1]) - one(text)
    ]

    assert wrong == []


def one(text: str) -> set[str]:
    """« Mon badge » says its number without a figure."""
    return set() if "%(num)s" in text else {"%(num)s"}


def places(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)s", text))


def test_french_sentences_are_short() -> None:
    long = [part for text in french() for part in sentences(text) if len(words(part)) > WORDS_A_SENTENCE]
    counts = [len(words(part)) for text in french() for part in sentences(text)]

    assert long == []
    assert sum(counts) / len(counts) <= MEAN


def test_no_banned_word_is_said() -> None:
    said = [text for text in french() if BANNED & {word.lower() for word in words(text)}]

    assert said == []


def test_french_is_set_as_french_is() -> None:
    straight = [text for text in french() if "'" in text or '"' in text]
    loose = [text for text in french() if re.search(r"[^\u00a0][?!:;»]|«[^\u00a0]", text)]

    assert straight == []
    assert loose == []


def test_the_names_that_people_were_promised_are_there() -> None:
    promised = {
        "Ajouter mon premier badge",
        "J’ai déjà mes badges ici",
        "Garder ce badge",
        "Entrer",
        "Vérifier encore",
        "Montrer mes badges",
        "Créer le code",
        "Mes partages",
        "Arrêter ce partage",
    }

    assert promised - set(french()) == set()


def test_the_texts_pass_the_check_of_reading_ease(tmp_path: Path) -> None:
    if not CHECK_WORDS.exists():
        pytest.skip(f"{CHECK_WORDS} is not here")
    missing = [name for name in ("textstat", "wordfreq") if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"check_words.py needs {' and '.join(missing)} (pip install), which only it uses")
    (tmp_path / "words.tsv").write_text("".join(f"text\t{text}\n" for text in french()))

    check = subprocess.run(
        [sys.executable, CHECK_WORDS, tmp_path / "words.tsv"], check=False, capture_output=True, text=True
    )

    assert check.returncode == 0, check.stdout
