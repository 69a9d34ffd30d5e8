"""In which situation something was learnt, as its issuer names it: AFEST, a stage, a SIAE …

Issuers write it as the genre of a piece of evidence (Open Badges 2.0 and 3.0, Evidence), as the type of an achievement
(3.0, achievementType, where own words begin with `ext:`), or into a name. What is known here has a word on pages; the rest
is shown as it was written. That somebody worked in a SIAE tells of their past: it stays with them unless they say otherwise.
"""

import re
import unicodedata
from collections.abc import Mapping

_WRITTEN: Mapping[str, tuple[str, ...]] = {
    # Action de formation en situation de travail: code du travail, art. L. 6313-2 and D. 6313-3-2.
    "afest": ("afest", "action de formation en situation de travail", "formation en situation de travail"),
    # Code de l'éducation, art. L. 124-1: stages, and périodes de formation en milieu professionnel.
    "stage": ("stage", "stage en entreprise", "stage en milieu professionnel", "internship"),
    "pfmp": ("pfmp", "periode de formation en milieu professionnel"),
    # Code du travail, art. L. 6221-1 (apprenticeship) and L. 6325-1 (contrat de professionnalisation).
    "alternance": ("alternance", "contrat de professionnalisation", "work study"),
    "apprenticeship": ("apprentissage", "contrat d apprentissage", "apprenticeship"),
    # Période de mise en situation en milieu professionnel: code du travail, art. L. 5135-1.
    "pmsmp": ("pmsmp", "periode de mise en situation en milieu professionnel", "immersion professionnelle"),
    # Validation des acquis de l'expérience: code du travail, art. L. 6411-1.
    "vae": ("vae", "validation des acquis de l experience"),
    # Code du service national, art. L. 120-1.
    "civic": ("service civique", "civic service"),
    # Structures d'insertion par l'activité économique: code du travail, art. L. 5132-4; EITI: loi 2018-771, art. 83.
    "siae": ("siae", "iae", "insertion par l activite economique", "structure d insertion par l activite economique"),
    "ei": ("ei", "entreprise d insertion"),
    "ai": ("ai", "association intermediaire"),
    "aci": ("aci", "chantier d insertion", "atelier et chantier d insertion", "ateliers et chantiers d insertion"),
    "etti": ("etti", "entreprise de travail temporaire d insertion"),
    "eiti": ("eiti", "entreprise d insertion par le travail independant"),
}
"""What pages have a word for, and how it is written, in the words of _plain."""
_SITUATIONS = {words: situation for situation, written in _WRITTEN.items() for words in written}
_SIAE = frozenset({"siae", "ei", "ai", "aci", "etti", "eiti"})
_TELLING = re.compile(
    r"\b(?:siaes?|s i a e|etti|eiti|d ?insertion|associations? intermediaires?|work integration)\b"
    r"|\binsertion par l(?:e|a)? (?:activite|economi|travail)"
)
"""Words that tell of a SIAE wherever they stand; EI, AI and ACI are many things, and do so only as a whole genre.

What is taken for such words wrongly is only not shown until the holder says so.
"""
_IN_THEM = ("siae", "etti", "eiti", "dinsertion", "insertionparl", "intermediaire", "workintegration")
"""One of these is in the bare letters of all words that _TELLING finds; most have none, and need not be taken apart."""
_NO_LETTERS = {sign: None for sign in range(128) if not chr(sign).isalpha()}
_JOINT, _WORD = re.compile(r"(?<=[a-z])(?=[A-Z])"), re.compile(r"[^\W_]+")
_UNSEEN = re.compile(r"[\u0300-\u036f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")
"""Accents, and what has no shape."""
_EXTENSION = "ext:"


def situation_of(genre: str) -> str:
    """Which of the situations that pages have a word for *genre* names, "" for none."""
    return _SITUATIONS.get(_plain(genre), "")


def tells_of_siae(words: str, *, is_genre: bool = False) -> bool:
    """Whether *words* tell that somebody worked in a SIAE; a genre does so also by the short name of a kind of them."""
    if is_genre and situation_of(words) in _SIAE:
        return True
    bare = _without_accents(words).encode("ascii", "replace").decode().translate(_NO_LETTERS).lower()
    return any(known in bare for known in _IN_THEM) and _TELLING.search(_plain(words)) is not None


def without_prefix(achievement_type: str) -> str:
    """A type of achievement without the sign by which an issuer's own are told from the standard's."""
    return achievement_type.removeprefix(_EXTENSION)


def _plain(words: str) -> str:
    """*words* in small letters without accents, what is written together as in « ParcoursSIAE » taken apart, one space between."""
    return " ".join(_WORD.findall(_JOINT.sub(" ", _without_accents(words)).casefold()))


def _without_accents(words: str) -> str:
    return words if words.isascii() else _UNSEEN.sub("", unicodedata.normalize("NFKD", words))
