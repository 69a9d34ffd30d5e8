"""Levels on the page that others are shown: in the third person, in the words of the framework in which the badge counts."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette

from tests.fixtures.framed import FORMAT_1, of_samples, written
from tests.fixtures.visits import ISSUERS_KEY, Person, Stranger, holder, signed
from wallet.competencies import frameworks
from wallet.settings import Settings

STRANGER = Ed25519PrivateKey.generate()
SAYS_I = re.compile(r"\b(?:je|j’|I (?:practise|master))\b")


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """An instance whose operator says whose badges count."""
    written(tmp_path / "frameworks", of_samples(ISSUERS_KEY))
    return replace(settings, frameworks=tmp_path / "frameworks")


def shows(sonia: Person) -> str:
    """The address of a share of all that Sonia has."""
    return sonia.link_of(sonia.shows(*sonia.has(), name="Sonia"))


def level(page: str) -> list[str]:
    """What the page says of levels, with the language in which it says so."""
    return re.findall(r'<p class="level"([^>]*>[^<]*)</p>', page)


def test_a_recruiter_reads_that_sonia_masters_it_and_what_that_means(app: Starlette, recruiter: Stranger) -> None:
    link = shows(holder(app, ("a.json", signed("organiser-2"))))

    french, english = recruiter.reads(link), recruiter.reads(f"{link}?lang=en")

    assert level(recruiter.page(link)) == [">maîtrise"]
    assert level(recruiter.page(f"{link}?lang=en")) == [">masters"]
    assert "La personne le fait sans aide, dans plusieurs situations." in french
    assert "This person does it without help, in several situations." in english
    assert 'alt="Badge Organiser, maîtrise"' in recruiter.page(link)
    assert not SAYS_I.search(french)


def test_the_preview_says_what_the_recruiter_will_read(app: Starlette) -> None:
    sonia = holder(app, ("a.json", signed("organiser-2")))

    seen = sonia.post("/shares/preview", data={"badge": sonia.has(), "days": "7", "name": "Sonia"}).text

    assert level(seen) == [">maîtrise"]


def test_of_a_badge_that_does_not_count_only_its_title_speaks(app: Starlette, recruiter: Stranger) -> None:
    page = recruiter.page(shows(holder(app, ("a.json", signed("organiser-2", STRANGER)))))

    assert level(page) == [' lang="fr">maîtrise'], "as its title says, and still not « je »"
    assert "La personne le fait sans aide" not in page


def test_a_framework_that_says_only_i_is_not_quoted_to_others(
    app: Starlette, recruiter: Stranger, tmp_path: Path
) -> None:
    folder = tmp_path / "older"
    written(folder, json.loads(FORMAT_1.read_bytes()) | {"id": "autrefois"}, "1.json")
    written(folder, of_samples(ISSUERS_KEY) | {"id": "autrefois"}, "2.json")
    app.state.services.frameworks = frameworks.load_frameworks(folder)

    page = recruiter.page(shows(holder(app, ("a.json", signed("organiser-2")))))

    assert level(page) == [' lang="fr">maîtrise']
    assert "Vous le faites sans aide" not in page
