"""« Techniques rares ou émergentes »: a second framework, of one level and without a general badge, on every page with a map.

It ships with the wallet, off until the operator names it, and there is no line of Python for it.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette

from tests.fixtures.framed import GESTURES, WITHOUT_NORMANDY, gesture, of_gestures, of_samples, written
from tests.fixtures.visits import ISSUERS_KEY, Person, Stranger, holder, signed, words
from wallet.competencies import frameworks
from wallet.settings import Settings

PROJECT = Path(__file__).parents[2]
BOTH = (of_samples(ISSUERS_KEY), of_gestures(ISSUERS_KEY))
ALONE = (WITHOUT_NORMANDY, of_gestures(ISSUERS_KEY))
ROW = re.compile(r'<span class="what"><strong>([^<]*)</strong>.*?<span class="reached">([^<]*)</span>', re.DOTALL)


@pytest.fixture
def settings(settings: Settings, tmp_path: Path, files: Sequence[dict[str, Any]]) -> Settings:
    """An instance whose operator has these files of frameworks."""
    for number, told in enumerate(files):
        written(tmp_path / "frameworks", told, f"{number}.json")
    return replace(settings, frameworks=tmp_path / "frameworks")


def brings(app: Starlette, *keys: str, by: Ed25519PrivateKey = ISSUERS_KEY, **more: Any) -> Person:
    """Somebody with badges for these skills."""
    return holder(app, *((f"{key}.json", gesture(key, by)) for key in keys), **more)


def rows(page: str) -> dict[str, str]:
    """Of each competency on the page, what stands in its row."""
    return {name: level.strip() for name, level in ROW.findall(page)}


def test_it_is_off_until_a_file_of_the_operators_has_its_id(tmp_path: Path) -> None:
    assert [one.id for one in frameworks.load_frameworks()] == ["normandie"]
    written(tmp_path, {"id": "gestes-durables"})

    assert [one.id for one in frameworks.load_frameworks(tmp_path)] == ["normandie", "gestes-durables"]


@pytest.mark.breadth
def test_no_line_of_python_speaks_of_it() -> None:
    words = re.compile("gestes.durables|terre.crue|reemploi|reparation")

    found = [path for path in (PROJECT / "wallet").rglob("*.py") if words.search(path.read_text())]

    assert found == []


@pytest.mark.parametrize("files", [ALONE])
@pytest.mark.breadth
def test_its_path_says_what_one_can_do_and_speaks_of_no_general_badge(app: Starlette) -> None:
    paul = brings(app, "terre-crue", "lin")

    page, told = paul.page("/path"), paul.reads("/path")

    assert rows(page) == {
        "Terre crue": "je sais le faire",
        "Lin": "je sais le faire",
        "Réemploi": "pas encore",
        "Réparation": "pas encore",
    }
    assert "Vous avez 2 compétences" in told
    assert "Vous l’avez fait devant une personne du métier." in told, "what the one level means"
    assert "badge général" not in told
    assert "maîtris" not in told
    assert 'class="flower"' in page, "four of one framework are a flower"


@pytest.mark.parametrize("files", [ALONE])
@pytest.mark.breadth
def test_its_path_is_complete_with_all_of_them_and_leads_to_showing_them(app: Starlette) -> None:
    paul = brings(app, *GESTURES, language="en")

    told = paul.reads("/path")

    assert "You have 4 skills . Your path is complete." in told
    assert "How do I get the next one?" not in told
    assert 'href="/shares/new"' in paul.page("/path")
    assert "I ask for" not in paul.page("/shares/new?for=gestes-durables"), "there is nothing to ask for"


@pytest.mark.parametrize("files", [ALONE])
@pytest.mark.breadth
def test_whoever_has_no_badge_yet_reads_what_there_is(app: Starlette) -> None:
    paul = brings(app, "lin")
    paul.post(f"/badges/{paul.has()[0]}/removal")

    told = paul.reads("/path")

    assert "Votre parcours commence avec votre premier badge." in told
    assert "Bâtir et enduire des murs avec de la terre." in told


@pytest.mark.parametrize("files", [ALONE])
@pytest.mark.breadth
def test_what_only_its_name_says_is_counted_by_hand_and_taken_back(app: Starlette) -> None:
    paul = brings(app, "reemploi", by=Ed25519PrivateKey.generate())
    [id] = paul.has()
    place = {"place": "gestes-durables/reemploi/knows"}
    assert "Votre compétence est là Ce badge est bien à vous ?" in paul.reads("/path")

    counted = paul.post(f"/badges/{id}/counting", data=place)

    assert "Ce badge compte sur votre parcours." in paul.reads(counted.headers["location"])
    assert rows(paul.page("/path"))["Réemploi"] == "je sais le faire"
    paul.post(f"/badges/{id}/counting/removal")
    assert rows(paul.page("/path"))["Réemploi"] == "pas encore"


@pytest.mark.parametrize(("files", "language", "says"), [(ALONE, "fr", "sait le faire"), (ALONE, "en", "can do it")])
@pytest.mark.breadth
def test_a_recruiter_reads_it_in_the_third_person(
    app: Starlette, recruiter: Stranger, language: str, says: str
) -> None:
    paul = brings(app, "terre-crue")
    link = paul.link_of(paul.shows(*paul.has(), name="Paul"))

    page = recruiter.page(f"{link}?lang={language}")

    assert f'<span class="reached gold">{says}</span>' in page
    details = recruiter.page(f"{link}/badges/0?lang={language}")
    assert says in words(details)
    assert "je sais" not in page + details


@pytest.mark.parametrize(
    ("files", "key", "asked"),
    [
        (ALONE, "reparation", ["Racontez une panne.", "Qu’avez-vous réparé que d’autres voulaient jeter"]),
        (BOTH, "reparation", ["Racontez une panne.", "Qu’avez-vous réparé que d’autres voulaient jeter"]),
        (ALONE, "", ["Racontez un mur", "Racontez une journée de récolte.", "Racontez une panne."]),
    ],
)
@pytest.mark.breadth
def test_the_questions_are_those_of_the_skill_or_one_of_each(app: Starlette, key: str, asked: list[str]) -> None:
    paul = brings(app, "reparation")
    begun = paul.post("/evidence", data={"text": "work", "key": "0" * 32, "badge": paul.has() if key else []})
    moment = begun.headers["location"].partition("/answers")[0]

    ideas, sentences = paul.reads(f"{moment}/answers/facts"), paul.reads(f"{moment}/answers/sentence")

    assert [one for one in asked if one not in ideas] == []
    assert "J’ai trouvé la panne et je l’ai réparée." in sentences
    assert ("Racontez un mur" in ideas) is not key


@pytest.mark.parametrize("files", [BOTH])
@pytest.mark.breadth(beside=["files0"])
def test_two_frameworks_are_two_lists_and_no_flower(app: Starlette) -> None:
    paul = brings(app, "terre-crue", "lin")
    paul.brings(("a.json", signed("organiser-2")))

    page, told = paul.page("/path"), paul.reads("/path")

    assert rows(page)["Organiser"] == "je maîtrise"
    assert rows(page)["Terre crue"] == "je sais le faire"
    assert 'class="flower"' not in page
    assert page.index("Quatre compétences, en Normandie") < page.index("Gestes durables")
    assert "Vous avez 2 compétences" in told
    assert "Vous maîtrisez 1 compétence . Il en manque 2 pour le badge général." in told


@pytest.mark.parametrize("files", [BOTH])
@pytest.mark.breadth
def test_of_two_frameworks_one_that_no_badge_speaks_of_is_not_shown(app: Starlette) -> None:
    page = brings(app, "lin").page("/path")

    assert 'class="flower"' in page
    assert "Organiser" not in rows(page)


@pytest.mark.parametrize("files", [BOTH])
@pytest.mark.breadth
def test_it_is_searched_for_by_its_skills_too(app: Starlette) -> None:
    paul = brings(app, "terre-crue", "lin")

    page = paul.page("/badges/search?competency=gestes-durables/lin")

    assert 'value="gestes-durables/terre-crue"' in page
    assert page.count('href="/badges/') == 1


def grown(number: int) -> dict[str, Any]:
    """The same, with so many skills in two groups that nobody has."""
    words = {"fr": "Chaume", "en": "Thatch"}
    more = [{"key": f"c{one}", "names": words, "means": words} for one in range(number)]
    groups = [
        {"key": "build", "names": {"fr": "Bâtir", "en": "Build"}, "competencies": ["terre-crue", "c0", "c1"]},
        {"key": "mend", "names": {"fr": "Réparer", "en": "Mend"}, "competencies": ["reparation"]},
    ]
    told = of_gestures(ISSUERS_KEY)
    return told | {"competencies": [*told["competencies"], *more], "groups": groups}


@pytest.mark.parametrize("files", [(WITHOUT_NORMANDY, grown(36))])
@pytest.mark.breadth
def test_forty_are_a_list_by_groups_and_few_questions(app: Starlette) -> None:
    paul = brings(app, "lin")

    page = paul.page("/path")

    assert 'class="flower"' not in page
    assert page.count('class="reached"') == 40
    assert re.findall("<h2>([^<]*)", page)[:3] == ["Bâtir", "Réparer", "Autres compétences"]
    assert "Chercher la panne et réparer au lieu de jeter." in page, "what is missing says in its row what it means"
    begun = paul.post("/evidence", data={"text": "work", "key": "0" * 32})
    moment = begun.headers["location"].partition("/answers")[0]
    assert paul.page(f"{moment}/answers/sentence").count('name="text" value="J’ai') == 4, "one of each that has some"


@pytest.mark.parametrize(
    "files", [(json.loads((frameworks.OURS / "gestes-durables.json").read_bytes()) | {"on": True},)]
)
def test_a_copy_of_it_is_one_with_it(app: Starlette) -> None:
    assert [one.id for one in app.state.services.frameworks] == ["normandie", "gestes-durables"]
