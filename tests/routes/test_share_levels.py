"""Levels on the page that others are shown: in the third person, in the words of the framework in which the badge counts."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette

from tests.fixtures.framed import FORMAT_1, WITHOUT_NORMANDY, of_samples, written
from tests.fixtures.made_once import made_once
from tests.fixtures.visits import ISSUERS_KEY, Person, Stranger, holder, signed, words
from wallet.competencies import frameworks
from wallet.settings import Settings

STRANGER = Ed25519PrivateKey.generate()
SAYS_I = re.compile(r"\b(?:je|j’|I (?:practise|master))\b")


@pytest.fixture
def settings(settings: Settings, samples_count: Path) -> Settings:
    """An instance whose operator says whose badges count."""
    return replace(settings, frameworks=samples_count)


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    """Sonia, who organises."""
    return holder(app, ("a.json", signed("organiser-2")))


def shows(sonia: Person) -> str:
    """The address of a share of all that Sonia has."""
    return sonia.link_of(sonia.shows(*sonia.has(), name="Sonia"))


def level(page: str) -> list[str]:
    """What the page of a share says of levels, « gold » before what is told as certain, with the language where it says so."""
    found = re.findall(r'<span class="(?:reached ?(gold)?)">(?:<span( lang="fr")>)?([^<]*)<', page)
    return [" ".join(filter(None, (gold, language.strip(), said))) for gold, language, said in found]


def level_in_detail(page: str) -> list[str]:
    """Likewise the page of one badge."""
    found = re.findall(r'<p class="reached( gold)?"( lang="fr")?>([^<]*)</p>', page)
    return [" ".join(filter(None, (gold.strip(), language.strip(), said))) for gold, language, said in found]


def test_a_recruiter_reads_that_sonia_masters_it_and_what_that_means(sonia: Person, recruiter: Stranger) -> None:
    link = shows(sonia)

    details = f"{link}/badges/0"
    french, english = recruiter.reads(details), recruiter.reads(f"{details}?lang=en")

    assert level(recruiter.page(link)) == ["gold maîtrise"]
    assert level(recruiter.page(f"{link}?lang=en")) == ["gold confident"]
    assert level_in_detail(recruiter.page(details)) == ["gold maîtrise"]
    assert level_in_detail(recruiter.page(f"{details}?lang=en")) == ["gold confident"]
    assert "La personne le fait sans aide, dans plusieurs situations." in french
    assert "This person does it without help, in several situations." in english
    assert 'alt="Badge Organiser, maîtrise"' in recruiter.page(details)
    for told in (french, recruiter.reads(link)):
        assert not SAYS_I.search(told)


def test_the_preview_says_what_the_recruiter_will_read(sonia: Person) -> None:
    seen = sonia.post("/shares/preview", data={"badge": sonia.has(), "days": "7", "name": "Sonia"}).text

    assert level(seen) == ["gold maîtrise"]


def test_of_a_badge_that_does_not_count_only_its_title_speaks(app: Starlette, recruiter: Stranger) -> None:
    link = shows(holder(app, ("a.json", signed("organiser-2", STRANGER))))
    page, details = recruiter.page(link), recruiter.page(f"{link}/badges/0")

    assert level(page) == ["maîtrise"], "in plain ink"
    assert "pas confirmé par nous" in words(page)
    assert level_in_detail(details) == ['lang="fr" maîtrise'], "as its title says, and still not « je »"
    assert "La personne le fait sans aide" not in page + details


def test_a_framework_that_says_only_i_is_not_quoted_to_others(
    app: Starlette, sonia: Person, recruiter: Stranger, tmp_path: Path
) -> None:
    folder = tmp_path / "older"
    written(folder, json.loads(FORMAT_1.read_bytes()) | {"id": "autrefois"}, "1.json")
    written(folder, of_samples(ISSUERS_KEY) | {"id": "autrefois"}, "2.json")
    written(folder, WITHOUT_NORMANDY, "3.json")
    app.state.services.frameworks = frameworks.load_frameworks(folder)

    link = shows(sonia)
    page, details = recruiter.page(link), recruiter.page(f"{link}/badges/0")

    assert level(page) == ['gold lang="fr" maîtrise']
    assert level_in_detail(details) == ['lang="fr" maîtrise']
    assert "Vous le faites sans aide" not in page + details
