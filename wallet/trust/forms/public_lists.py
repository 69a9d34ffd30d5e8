"""Public lists of organisations, read line by line: that of training organisations, and those of the SIAE.

An organisation that is listed is no issuer: the list says what it is, and on which site; whether an issuer is that
organisation is decided elsewhere (trust/registers.py). What a line says that cannot be so is left out, and counted.
Sources: data.gouv.fr, « Liste publique des organismes de formation » (L.6351-7-1 du Code du travail), its header;
github.com/gip-inclusion/les-emplois, the columns of an enterprise; L.5132-4 du Code du travail for the kinds of SIAE.
"""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from ... import openbadges
from .entries import NAME, FaultyRegister, UnreadableRegister
from .members import hidden_sign, is_siret

ListForm = Literal["training", "siae"]
MOST_LINES = 1_000_000
"""Of a file."""
_REGION = "adressePhysiqueOrganismeFormation.codeRegion"
_QUALIOPI: Mapping[str, str] = MappingProxyType(
    {
        "certifications.actionsDeFormation": "Qualiopi : actions de formation",
        "certifications.bilansDeCompetences": "Qualiopi : bilans de compétences",
        "certifications.VAE": "Qualiopi : VAE",
        "certifications.actionsDeFormationParApprentissage": "Qualiopi : apprentissage",
    }
)
_TRAINING = ("numeroDeclarationActivite", "denomination", "siren", "siretEtablissementDeclarant", *_QUALIOPI)
_SIAE = ("siret", "type", "raison_sociale", "enseigne", "site_web")
_KINDS = frozenset({"EI", "AI", "ACI", "ETTI", "EITI"})
"""What is a SIAE by the law; GEIQ, EA and EATT, which the same list has, are none."""
_OF_EVERYBODY = (
    *("facebook.com", "instagram.com", "linkedin.com", "twitter.com", "x.com", "youtube.com", "tiktok.com"),
    *("google.com", "google.fr", "business.site", "helloasso.com", "pagesjaunes.fr", "leboncoin.fr"),
)
"""Hosts on which organisations have a page among others, that no list of ours has (openbadges.is_shared)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Organisation:
    """What a public list says of one."""

    name: str
    siret: str
    nda: str = ""
    marks: tuple[str, ...] = ()
    host: str = ""
    """Of its site, "" where that is no site of its own."""


@dataclass(kw_only=True, slots=True)
class PublicList:
    """A file that is being read: its organisations come one by one, and what is left out is counted meanwhile."""

    form: ListForm
    region: str
    lines: "Iterator[dict[str, str]]"
    left_out: Counter[str] = field(default_factory=Counter)
    """How many lines, by the reason."""

    def organisations(self) -> Iterator[Organisation]:
        """Each that can be used; raises FaultyRegister where the file ends to be a list."""
        number = 1
        try:
            for number, line in enumerate(self.lines, 2):
                if number > MOST_LINES:
                    raise FaultyRegister([f"has more than {MOST_LINES} lines."])
                found = _training(line, self.region) if self.form == "training" else _siae(line)
                if isinstance(found, str):
                    self.left_out[found] += 1
                else:
                    yield found
        except UnicodeDecodeError:
            raise FaultyRegister([f"is not written in UTF-8 after line {number}."]) from None
        except csv.Error as problem:
            raise FaultyRegister([f"is no CSV after line {number} ({problem})."]) from None


def open_list(text: Iterable[str], region: str = "") -> PublicList:
    """The list that *text*, the lines of a file, begins; only those of *region* where that is told.

    Its form is told by its header. Raises UnreadableRegister for another file, FaultyRegister where regions are not told.
    """
    lines = iter(text)
    try:
        header = next(lines, "")
    except UnicodeDecodeError:
        raise UnreadableRegister(["is not written in UTF-8."]) from None
    sign = ";" if header.count(";") > header.count(",") else ","
    columns = [name.strip().strip('"') for name in header.strip().removeprefix("\ufeff").split(sign)]
    reader = csv.DictReader(lines, columns, delimiter=sign, restval="", strict=True)
    if {*_TRAINING, _REGION} <= set(columns):
        return PublicList(form="training", region=region, lines=reader)
    if set(_SIAE) <= set(columns):
        if region:
            raise FaultyRegister(["does not tell regions: leave --region out."])
        return PublicList(form="siae", region="", lines=reader)
    raise UnreadableRegister(["is no list that is read here: its first line has other columns."])


def site_host(written: str) -> str:
    """The host of a site, however it is written; "" for what is no site of one organisation."""
    address = re.sub(r"^(?:https?://)?", "https://", written.strip(), count=1, flags=re.IGNORECASE)
    host = openbadges.host_of(address).lower().removesuffix(".")
    bare = host.removeprefix("www.")
    is_name = re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?", bare) and re.search(r"\.[a-z][a-z0-9-]+$", bare)
    if not is_name or openbadges.platform_of(bare) or openbadges.is_shared(f"https://{bare}"):
        return ""
    if "@" in written:
        return ""  # an e-mail address: its host is that of whoever keeps the letters
    of_everybody = any(bare == one or bare.endswith(f".{one}") for one in _OF_EVERYBODY)
    return "" if of_everybody else bare


def _training(line: Mapping[str, str], region: str) -> Organisation | str:
    if region and line[_REGION].strip() != region:
        return "of another region"
    siret = line["siretEtablissementDeclarant"].replace(" ", "")
    if len(siret) == 5:  # of the establishment alone, behind that of the enterprise
        siret = line["siren"].replace(" ", "") + siret
    nda = re.sub(r"\W", "", line["numeroDeclarationActivite"])
    marks = tuple(mark for column, mark in _QUALIOPI.items() if line[column].strip().lower() in ("true", "oui", "1"))
    return _organisation(line["denomination"], siret, nda=nda if len(nda) <= 11 else "", marks=marks)


def _siae(line: Mapping[str, str]) -> Organisation | str:
    kind = line["type"].strip().upper()
    if kind not in _KINDS:
        return "of a kind that is no SIAE"
    name = line["enseigne"].strip() or line["raison_sociale"]
    return _organisation(name, line["siret"].replace(" ", ""), marks=(kind,), host=site_host(line["site_web"]))


def _organisation(
    written: str, siret: str, *, nda: str = "", marks: tuple[str, ...] = (), host: str = ""
) -> Organisation | str:
    if not is_siret(siret):
        return "with a SIRET that does not exist"
    name = unicodedata.normalize("NFC", " ".join(written.split()))
    if not name or len(name) > NAME or hidden_sign(name):
        return "without a name that can be shown"
    return Organisation(name=name, siret=siret, nda=nda, marks=marks, host=host)
