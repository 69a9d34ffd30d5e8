"""Frameworks: what a file says, what a second file adds to it, and every fault with its place."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.framed import CLASSES, KEYS, OURS, SCHOOL, extension, written
from tests.openbadges.support.others import ask, needs_npm
from wallet.competencies import frameworks, json_schema
from wallet.competencies.frameworks import FaultyFramework, UnreadableFramework
from wallet.operations.configuration import read_settings
from wallet.settings import SettingsError

WHOLE: dict[str, Any] = json.loads((frameworks.OURS / "normandie.json").read_bytes())
SCHEMA: dict[str, Any] = json.loads(frameworks.SCHEMA.read_bytes())
Bend = Callable[[dict[str, Any]], object]


def elsewhere(bend: Bend = id) -> dict[str, Any]:
    """A framework of another region, bent."""
    told = copy.deepcopy(WHOLE) | {"id": "bretagne"}
    bend(told)
    return told


def faults(folder: Path, told: Any) -> list[str]:
    """What is said of a file that says so."""
    with pytest.raises(FaultyFramework) as problem:
        frameworks.check_framework(written(folder, told))
    return problem.value.faults


def of_key(framework: frameworks.Framework, key: str) -> frameworks.Competency:
    (found,) = (one for one in framework.competencies if one.key == key)
    return found


def test_ours_has_four_competencies_at_two_levels_and_the_general_badge_at_three() -> None:
    assert OURS.id == "normandie"
    assert KEYS == ("organiser", "adapter", "communiquer", "integrer")
    assert OURS.needed == 3
    assert [OURS.levels[level]["fr"] for level in frameworks.LEVELS] == ["je pratique", "je maîtrise"]
    assert OURS.issuers == frozenset(), "we know the ids of none, and say so"


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_competency_has_three_prompts_and_one_more_for_who_masters_it(key: str, language: str) -> None:
    competency = of_key(OURS, key)

    practised, mastered = (frameworks.prompts_for(competency, level, language) for level in frameworks.LEVELS)

    assert len(practised) == 3
    assert mastered[:3] == practised
    assert len(mastered) == 4
    assert frameworks.prompts_for(competency, "", language) == practised, "at no level that anybody knows"
    assert all(one.ask and one.sentence.endswith(".") for one in mastered)


def french(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        yield from (
            [told["fr"]] if set(told) == {"fr", "en"} else (text for one in told.values() for text in french(one))
        )
    elif isinstance(told, list):
        yield from (text for one in told for text in french(one))


def test_the_french_of_ours_is_short_and_set_as_french_is() -> None:
    texts = list(french(WHOLE))
    sentences = [part for text in texts for part in re.split(r"(?<=[.!?:])\s+", text)]

    assert [one for one in sentences if len(re.findall(r"\w+", one)) > 15] == []
    assert [text for text in texts if re.search(r"[^\u00a0][?!:;]|'|\"", text)] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Communiquer – je maîtrise", "communiquer je maitrise"),
        ("S’adapter", "s'adapter"),
        ("S’intégrer (JE PRATIQUE)", "S'Intégrer, je pratique"),
        ("ŒUVRE", "œuvre"),
        ("é", "e\u0301"),
    ],
)
def test_names_are_compared_without_accents_capitals_and_signs(one: str, other: str) -> None:
    assert frameworks.normalise_name(one) == frameworks.normalise_name(other)


def test_five_lines_name_an_issuer_and_the_ids_of_its_badges(tmp_path: Path) -> None:
    written(tmp_path, extension())

    [found] = frameworks.load_frameworks(tmp_path)

    assert found.issuers == {SCHOOL}
    assert of_key(found, "adapter").badges["masters"].ids == {f"{CLASSES}adapter-masters"}
    assert of_key(found, "adapter").badges["masters"].names == of_key(OURS, "adapter").badges["masters"].names
    assert of_key(found, "adapter").prompts == of_key(OURS, "adapter").prompts
    assert found.general_badges.ids == {f"{CLASSES}general"}


def test_lists_of_texts_grow_and_all_else_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    written(tmp_path, {"id": "normandie", "issuers": ["a"]}, "1.json")
    written(tmp_path, {"id": "normandie", "issuers": ["b", "a"], "names": {"fr": "À nous"}}, "2.json")
    written(tmp_path, elsewhere(), "3.json")

    ours, theirs = frameworks.load_frameworks(tmp_path)

    assert ours.issuers == {"a", "b"}
    assert ours.names == {"fr": "À nous", "en": OURS.names["en"]}
    assert (theirs.id, theirs.issuers) == ("bretagne", frozenset())


def test_another_framework_may_have_other_competencies_and_no_drawings(tmp_path: Path) -> None:
    rare = elsewhere(lambda told: told.update(id="terre", competencies=told["competencies"][:2]))
    rare["general"]["needed"] = 2
    for one in rare["competencies"]:
        del one["drawing"]

    found = frameworks.check_framework(written(tmp_path, rare))

    assert [one.drawing for one in found.competencies] == ["", ""]


FAULTY: list[tuple[Any, str]] = [
    ([], "The file must be an object, as {…}."),
    ({"id": "bretagne"}, "names is missing."),
    (elsewhere(lambda told: told.update(colour="red")), "colour is nothing that anybody reads."),
    (elsewhere(lambda told: told.update(id="Île de France")), "id must look like ^[a-z0-9-]{1,40}$."),
    (elsewhere(lambda told: told.update(id="bretagne\n")), "id must look like ^[a-z0-9-]{1,40}$."),
    (elsewhere(lambda told: told.update(issuers="did:web:a")), "issuers must be a list, as […]."),
    ({"id": "normandie", "issuers": [3]}, "issuers[1] must be a text."),
    (elsewhere(lambda told: told["names"].pop("en")), "names.en is missing."),
    (elsewhere(lambda told: told["general"].update(needed=True)), "general.needed must be a whole number."),
    (elsewhere(lambda told: told["general"].update(needed=0)), "general.needed must not be less than 1."),
    (elsewhere(lambda told: told["general"].update(needed=13)), "general.needed must not be more than 12."),
    (elsewhere(lambda told: told["general"].update(needed=5)), "general.needed is 5, of 4 competencies."),
    (elsewhere(lambda told: told.update(competencies=[])), "competencies must have at least 1."),
    (
        elsewhere(lambda told: told["competencies"].append(told["competencies"][0])),
        "competencies[organiser] is there more than once.",
    ),
    (
        elsewhere(lambda told: told["competencies"][1]["prompts"][2].update(level="top")),
        "competencies[adapter].prompts[3].level must be one of: practises, masters.",
    ),
    (
        elsewhere(lambda told: told["competencies"][0]["badges"]["masters"]["names"].append("communiquer JE MAITRISE")),
        "competencies[communiquer].badges.masters.names has “communiquer je maitrise”, "
        "which competencies[organiser].badges.masters has too.",
    ),
    (
        elsewhere(lambda told: told["general"]["badges"]["names"].append("– !")),
        "general.badges.names has a name without a letter.",
    ),
    (elsewhere(lambda told: told["ask"].update(address="http://a.fr")), "ask.address must look like"),
    (elsewhere(lambda told: told["ask"]["text"].update(fr="a" * 301)), "ask.text.fr must not have more than 300"),
]


@pytest.mark.parametrize(("told", "fault"), FAULTY)
def test_each_fault_is_said_with_its_place(told: Any, fault: str, tmp_path: Path) -> None:
    found = faults(tmp_path, told)

    assert any(one.startswith(fault) for one in found), found


def test_all_faults_are_said_at_once(tmp_path: Path) -> None:
    found = faults(tmp_path, elsewhere(lambda told: (told["general"].pop("needed"), told["ask"].pop("text"))))

    assert found == ["general.needed is missing.", "ask.text is missing."]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b'{"id": "a"', b"[" * 100_000, b'{"id": "\\ud800"}', b" " * (1024 * 1024 + 1)]
)
def test_what_cannot_be_read_is_told(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)

    with pytest.raises(UnreadableFramework):
        frameworks.check_framework(path)


def test_a_folder_that_is_not_there_and_too_many_frameworks_are_told(tmp_path: Path) -> None:
    with pytest.raises(FaultyFramework, match="There is no such folder"):
        frameworks.load_frameworks(tmp_path / "nowhere")
    for number in range(frameworks.MOST):
        written(tmp_path, elsewhere() | {"id": f"region-{number}"}, f"{number}.json")
    with pytest.raises(FaultyFramework, match="more than 20"):
        frameworks.load_frameworks(tmp_path)


def test_the_setting_names_a_folder_and_its_faults_are_told_at_start(tmp_path: Path) -> None:
    path = written(tmp_path, extension())
    assert read_settings({"WALLET_FRAMEWORKS": str(tmp_path)}).frameworks == tmp_path
    path.write_text('{"id": "normandie", "general": {"needed": 9}}')

    with pytest.raises(SettingsError) as problem:
        read_settings({"WALLET_FRAMEWORKS": str(tmp_path)})

    assert problem.value.faults == [f"WALLET_FRAMEWORKS names {path}: general.needed is 9, of 4 competencies."]


def mutants() -> Iterator[Any]:
    """Whole frameworks with one thing in them changed for another kind of thing, or gone."""

    def places(told: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        yield at
        for name, one in told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ():
            yield from places(one, (*at, name))

    for at in [place for place in places(WHOLE) if place][::7]:
        for value in (None, 7, "", [], {}, "x" * 400, False):
            told = copy.deepcopy(WHOLE)
            inner = told
            for step in at[:-1]:
                inner = inner[step]
            if value is False and isinstance(inner, dict):
                del inner[at[-1]]
            else:
                inner[at[-1]] = value
            yield told


@needs_npm
def test_our_reader_of_the_schema_says_what_ajv_says() -> None:
    values = [WHOLE, *mutants(), *(told for told, _ in FAULTY)]

    theirs = ask("schema.mjs", [{"schema": SCHEMA, "value": value} for value in values])

    differ = [
        (ours, found)
        for value, found in zip(values, theirs, strict=True)
        if bool(ours := json_schema.schema_faults(value, SCHEMA)) != bool(found)
    ]
    assert len(values) > 200
    assert differ == []
