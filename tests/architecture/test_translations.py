"""Every sentence has its French, none is left over, and the French is easy to read.

Here the catalogues are read, whole; test_easy_french.py reads screen by screen, test_spelling.py asks two dictionaries.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_from_file
from babel.messages.pofile import read_po

from tests.fixtures.reading import BANNED, MEAN, WORDS_A_SENTENCE, filled, framework_texts, read, sentences, words
from wallet.pages.languages import catalogue_of

pytestmark = pytest.mark.words

PROJECT = Path(__file__).parents[2]
ONE_WORD = {
    "recruteurs?": "employeur",
    "émetteurs?": "organisme",
    "portefeuilles?": "vos badges",
    "archives?": "dossier",
    "réessay\\w+": "essayez encore",
    "(dé)?connexion|entre[rz]|sort(ir|ez)": "ouvrir mes badges, me déconnecter, connectez-vous",
    "supprim\\w+": "enlever, effacer",
    "(retirer|retirez|(?<=vous l’avez )retiré\\w*)(?! (votre|mon|ce) mot)": "enlever: only an issuer « retire » a badge, and whoever said it a word",
    "caractères?": "signes",
    "anomalie|requête|serveur|navigation privée": "a word that everyone knows",
    "appuy\\w+\\b(?! longtemps)|taper sur": "touchez",
    "histoires?|récits?": "moment, ce que vous racontez",
    "écri\\w+ (le|un|votre) code": "tapez",
    "applications?": "appli",
    "responsable de ce site|équipe du site": "l’équipe de ce site",
    "facultati\\w+": "pas obligatoire",
    "(ouvrir|fermer|fermez) Ma page|page est (ouverte|fermée)": "allumer, éteindre",
    "pas (d’)?Internet|(?-i:internet)": "Internet est coupé, or does not answer where only that is known",
}
"""One word for one thing: what is said elsewhere for it (a regular expression), and what we say."""
ENGLISH = {
    "words?": "comment, but for the words that somebody says, reads or types",
    "letters?": "e-mail, but for those that words are made of",
    "secret codes?": "passcode",
    "stands? in": "is on",
    "team of this site": "team that runs this site",
    "[mM]akes? (a|the|my|another|a new) key": "create",
    "few touches": "few taps",
    "learnt": "learned",
}
"""The same of the English (docs/writing.md); OTHER_ENGLISH is what else these words mean."""
OTHER_ENGLISH = re.compile(
    r"(?:own|[tT]heir|[tT]hese|Your|few|fewer) words|on your word|A word from|words? to correct|%\(word\)s"
    r"|(?:the|and|Small|with|between) letters"
)
DENIED = re.compile(
    r"\b(?:no|not|none|nothing|nobody|never|cannot|without|off|closed?|expired|stop)\b|n’t\b", re.IGNORECASE
)
WEIGHED = re.compile(
    r"\d+|\b(?:genuine|sign|confirm|check|erase|remove|kept|employer|page|link|key|paper|minute|hour)|[?:.!]$",
    re.IGNORECASE,
)
"""What a text that says it otherwise must still say: the numbers, the words that a person acts on, whether it asks or tells."""
TEMPLATES = {"newstyle_gettext": "true", "trimmed": "true", "silent": "false"}
PATTERNS = ("templates/**.html", "templates/**.txt")
MAPPING = [(pattern, "jinja2.ext.babel_extract") for pattern in PATTERNS]
OPTIONS = dict.fromkeys(PATTERNS, TEMPLATES)
ASKING = re.compile(rf"\b(?:{'|'.join(DEFAULT_KEYWORDS)})\s*\(")
"""In a file of Python that has no such call Babel finds nothing, and takes long over it."""
Ids = str | tuple[str, ...]


@cache
def used() -> set[Ids]:
    """Every sentence that a template or a Python file of the wallet asks for."""
    asked = {found[2] for found in extract_from_dir(PROJECT / "wallet", MAPPING, OPTIONS)}
    for path in (PROJECT / "wallet").rglob("*.py"):
        if ASKING.search(path.read_text(encoding="utf-8")):
            asked |= {found[1] for found in extract_from_file("python", path)}
    return asked


def catalogue(language: str) -> Catalog:
    with (PROJECT / f"wallet/pages/translations/{language}/LC_MESSAGES/wallet.po").open("rb") as file:
        return read_po(file, locale=language)


@cache
def messages(language: str) -> dict[Ids, Message]:
    return {ids(message): message for message in catalogue(language) if message.id}


def ids(message: Message) -> Ids:
    return tuple(message.id) if isinstance(message.id, list | tuple) else message.id


def french() -> Iterator[str]:
    """Every French text, its two forms where it counts, and what our own frameworks say."""
    for message in messages("fr").values():
        yield from [message.string] if isinstance(message.string, str) else message.string
    yield from framework_texts()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_sentence_is_in_both_catalogues_and_none_is_left_over(language: str) -> None:
    there, wanted = set(messages(language)), used()

    assert wanted - there == set(), "not in the catalogue"
    assert there - wanted == set(), "left over"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_entry_of_a_catalogue_is_whole(language: str) -> None:
    """Babel reads half a one with no more than a warning."""
    text = (PROJECT / f"wallet/pages/translations/{language}/LC_MESSAGES/wallet.po").read_text(encoding="utf-8")

    halves = [
        entry
        for entry in text.strip().split("\n\n")
        if len(re.findall(r"^msg(?:id|str(?:\[0\])?) ", entry, re.MULTILINE)) != 2
    ]

    assert halves == []
    assert "\n#: " not in text, (
        "where a sentence stands is found by looking for it; written down here it is soon elsewhere"
    )


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
    long = [part for text in french() for part in sentences(filled(text, 100)) if len(words(part)) > WORDS_A_SENTENCE]

    assert long == []
    assert read(filled(text, 100) for text in french() if text.strip(" :\u00a0")).mean <= MEAN


def test_no_banned_word_is_said() -> None:
    said = [text for text in french() if BANNED & {word.lower() for word in words(text)}]

    assert said == []


def test_one_thing_has_one_word_in_english_too() -> None:
    read = [text for key, message in messages("en").items() for text in english(key, message)]

    said = [text for text in read if re.search(rf"\b({'|'.join(ENGLISH)})\b", OTHER_ENGLISH.sub("", text))]

    assert said == []


def test_english_that_is_said_otherwise_says_neither_more_nor_the_contrary() -> None:
    """The sentence in the page is written by whoever makes it; the catalogue says it better, and of the same badge."""
    said = [
        (one, text)
        for key, message in messages("en").items()
        for one, text in zip([key] if isinstance(key, str) else key, english(key, message), strict=True)
        if one != text
    ]

    assert [pair for pair in said if len({bool(DENIED.search(text)) for text in pair}) > 1] == []
    assert [pair for pair in said if len({weighed(text) for text in pair}) > 1] == []


def weighed(text: str) -> frozenset[str]:
    return frozenset(found.lower() for found in WEIGHED.findall(text))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_one_has_no_s(language: str) -> None:
    """« 1 badge », and never « 1 badges »."""
    ones = [message.string[0] or key[0] for key, message in messages(language).items() if not isinstance(key, str)]

    assert [one for one in ones if re.search(r"%\(num\)s[ \u00a0](?!is\b|fois\b)\w+s\b", one)] == []


def english(key: Ids, message: Message) -> list[str]:
    """What is read: the sentence itself, but where the catalogue says otherwise."""
    texts = [message.string] if isinstance(message.string, str) else message.string
    return [text or one for text, one in zip(texts, [key] if isinstance(key, str) else key, strict=True)]


def test_french_is_set_as_french_is() -> None:
    straight = [text for text in french() if "'" in text or '"' in text]
    loose = [text for text in french() if re.search(r"[^\u00a0][?!:;»]|«[^\u00a0]", text)]

    assert straight == []
    assert loose == []


def test_nobody_is_called_tu_and_no_sentence_speaks_for_two() -> None:
    """What a button does is said by the person (« mes »), what we say is said to the person (« vous »)."""
    own, other = r"\b(je|mon|ma|mes)\b|\bj’", r"\b(vous|votre|vos)\b"
    plain = [re.sub(r"«[^»]*»|Mes badges", "", text).lower() for text in french()]

    assert [text for text in plain if re.search(r"\b(tu|te|toi|ton|ta|tes)\b|\bt’", text)] == []
    assert [part for text in plain for part in sentences(text) if re.search(own, part) and re.search(other, part)] == []


def test_no_word_agrees_with_who_reads_it() -> None:
    """« Vous êtes sorti » is said to a man; what is meant goes without."""
    agrees = (
        r"\bvous (n’)?(êtes|étiez|serez|restez|sembliez) (pas |déjà |bien |tout )?\w+(é|ée|i|ie|u|ue|s|se|eux|euse|f)\b"
    )

    assert [text for text in french() if re.search(agrees, text.lower()) and "vous êtes ici" not in text.lower()] == []


@pytest.mark.parametrize(("instead_of", "say"), ONE_WORD.items())
def test_one_thing_has_one_word(instead_of: str, say: str) -> None:
    other = [text for text in french() if re.search(rf"\b{instead_of}\b", text, re.IGNORECASE)]

    assert other == [], f"say « {say} »"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_signed_of_an_afest_is_what_was_ticked(language: str) -> None:
    said = catalogue_of(language).gettext
    signed_of = {
        "The work was looked at before.": "the work was analysed",
        "A trainer was named.": "somebody was named to train",
        "There was time to think it over.": "there was time to reflect",
        "What was learnt was assessed.": "what was learned was assessed",
    }

    ticked = [said(tick).strip(".") for tick in signed_of]

    assert [said(signed) for signed in signed_of.values()] == [tick[0].lower() + tick[1:] for tick in ticked]


def test_the_names_that_people_were_promised_are_there() -> None:
    promised = {
        "Ajouter mon premier badge",
        "J’ai déjà mes badges ici",
        "Garder ce badge",
        "Ouvrir mes badges",
        "Vérifier encore",
        "Montrer mes badges",
        "Créer le QR code",
        "Mes partages",
        "Arrêter ce partage",
    }

    assert promised - set(french()) == set()
