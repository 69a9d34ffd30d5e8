"""Which language a person reads, and its words.

The English sentence is the key, French is the default (docs/decisions.md 24). The catalogues are read from their
.po files into memory at start: there is no compiled file that could be older than its source.
"""

import re
import unicodedata
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LANGUAGES = ("fr", "en")
DEFAULT = "fr"
FOLDER = Path(__file__).parent / "translations"
LOCALES = {"fr": "fr_FR", "en": "en_GB"}
"""The locale of each language, for dates and numbers; English as it is written in Europe."""
OF_A_NAME = re.compile(r"\b([Dd])e %\(name\)s")
TAGS = re.compile(r"^(?:\s|<[^>]*>)+")
ENDS_IN_A_STOP = re.compile(r"[.…](?:\s|<[^>]*>)*$")
VOWEL = re.compile("(?!ou[aio])[aeiouœæ]|y(?![aeiouœæ])")


def language_of(accept_language: str, chosen: str = "", default: str = DEFAULT) -> str:
    """The language to answer in: the one *chosen* before, else what the browser prefers, else *default*.

    `accept_language` is the header as it came; an unknown or malformed part of it is passed over.
    Source: RFC 9110, 12.5.4.
    """
    # A browser writes fewer than 100 characters; no more than 300 are read.
    return chosen if chosen in LANGUAGES else _preferred(accept_language[:300]) or default


@lru_cache(1024)
def _preferred(accept_language: str) -> str:
    wanted = [_weighed(part, place) for place, part in enumerate(accept_language.split(","))]
    return next((language for weight, _, language in sorted(wanted) if weight < 0 and language in LANGUAGES), "")


def _weighed(part: str, place: int) -> tuple[float, int, str]:
    """Sorts by falling weight, then by place: (-q, place, primary subtag)."""
    tag, _, parameter = part.partition(";")
    name, _, number = parameter.strip().partition("=")
    try:
        weight = float(number) if name.strip() == "q" else 1.0
    except ValueError:
        weight = 0.0
    return (-weight if 0 <= weight <= 1 else 0.0, place, tag.strip().partition("-")[0].lower())


def elided(sentence: str, name: str) -> str:
    """A French *sentence* as it is written where that *name* stands in it, which may be drawn already: « Les badges d’Inès ».

    « Yves » and « Oumar » begin with a vowel, « Youssef » and « Ouarda » do not; whether an h is mute no letter tells, and
    « de » stays.
    """
    letters = unicodedata.normalize("NFD", TAGS.sub("", name)[:4].lower())
    return OF_A_NAME.sub(r"\1’%(name)s", sentence) if VOWEL.match(letters) else sentence


def with_one_stop(sentence: str, name: str) -> str:
    """*sentence* as it is written where *name* ends in a stop of its own, as « Marc D. » does, be it drawn already."""
    return sentence.replace("%(name)s.", "%(name)s") if ENDS_IN_A_STOP.search(name) else sentence


@cache
def catalogue_of(language: str) -> Translations:
    """The words of *language*, read once from its .po file; a sentence it does not have stays English."""
    with (FOLDER / language / "LC_MESSAGES" / "wallet.po").open("rb") as file:
        catalogue = read_po(file, locale=language, domain="wallet")
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(fp=compiled, domain="wallet")
