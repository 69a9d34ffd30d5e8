"""In which situation something was learnt: which words are known, and which tell of a SIAE, that is, of somebody's past."""

import pytest

from tests.fixtures.quantity import rows
from wallet.openbadges import situation_of, tells_of_siae, without_prefix


@rows(
    ("written", "situation"),
    [
        ("AFEST", "afest"),
        (" Action de formation en situation de travail ", "afest"),
        ("Stage", "stage"),
        ("internship", "stage"),
        ("Période de formation en milieu professionnel", "pfmp"),
        ("ALTERNANCE", "alternance"),
        ("Contrat d’apprentissage", "apprenticeship"),
        ("PMSMP", "pmsmp"),
        ("Validation des acquis de l'expérience", "vae"),
        ("Service civique", "civic"),
        ("SIAE", "siae"),
        ("Entreprise d’insertion", "ei"),
        ("AI", "ai"),
        ("Ateliers et chantiers d'insertion", "aci"),
        ("etti", "etti"),
        ("EITI", "eiti"),
        ("Film", ""),
        ("AFEST à Rouen", ""),
        ("", ""),
    ],
)
def test_what_is_known_has_a_word_however_it_is_written(written: str, situation: str) -> None:
    assert situation_of(written) == situation


TELLING = [
    *("SIAE", "une SIAE de Rouen", "siae", "S.I.A.E.", "(SIAE)", "SIAE_2025", "SIAEs", "ParcoursSIAE", "ext:SIAE"),
    *("S\N{SOFT HYPHEN}IAE", "\N{RIGHT-TO-LEFT OVERRIDE}SIAE", "\N{FULLWIDTH LATIN CAPITAL LETTER S}IAE"),
    *("Chantier d’insertion Les Jardins", "CHANTIERS D'INSERTION", "EntrepriseDInsertion", "contrat d’insertion"),
    *("Association intermédiaire du Perche", "insertion par l'activité économique", "Insertion par le travail"),
    *("ETTI Ouest", "EITI", "work integration social enterprise"),
]
KINDS = ["EI", "AI", "ACI", "iae", " ai "]
OTHERS = [
    *("AFEST", "Stage", "PMSMP", "Alternance", "Film", "", "SIAEN", "Messiae", "réinsertion", "Insertion"),
    *("Grand insertion", "Formation AI", "AI literacy", "EI et AI", "ACI Rouen", "L’EI", "Raie", "Ai-je compris ?"),
]


@rows("written", TELLING)
def test_words_of_a_siae_tell_of_it_wherever_they_stand(written: str) -> None:
    assert tells_of_siae(written)
    assert tells_of_siae(written, is_genre=True)


@pytest.mark.parametrize("written", KINDS)
def test_the_short_name_of_a_kind_of_siae_tells_of_it_as_a_whole_genre_alone(written: str) -> None:
    """AI is artificial intelligence nearly everywhere."""
    assert tells_of_siae(written, is_genre=True)
    assert not tells_of_siae(written)


@rows("written", OTHERS)
def test_what_is_no_word_of_a_siae_is_shown(written: str) -> None:
    assert not tells_of_siae(written)
    assert not tells_of_siae(written, is_genre=True)


def test_the_sign_of_an_issuers_own_type_is_no_word() -> None:
    assert [without_prefix(one) for one in ("ext:AFEST", "Fieldwork", "")] == ["AFEST", "Fieldwork", ""]
