"""Frameworks: what a file says, what a second file adds to it, and every fault with its place."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.framed import CLASSES, FORMAT_1, KEYS, LEVELS, OURS, SCHOOL, extension, written
from tests.fixtures.people import NOW
from tests.fixtures.vouching import vouched
from tests.openbadges.support.others import ask, needs_npm
from wallet.competencies import framework_files, frameworks, json_schema
from wallet.competencies.framework_files import FaultyFramework, UnreadableFramework
from wallet.competencies.frameworks import Ids
from wallet.operations.configuration import read_settings
from wallet.settings import SettingsError
from wallet.trust import Registers
from wallet.trust.registers import Register, Row

WHOLE: dict[str, Any] = json.loads((frameworks.OURS / "normandie.json").read_bytes())
OLDER: dict[str, Any] = json.loads(FORMAT_1.read_bytes())
SCHEMA: dict[int, dict[str, Any]] = {
    number: json.loads(path.read_bytes()) for number, path in framework_files.SCHEMAS.items()
}
TENANT = "https://openbadgefactory.com/v1/client?key=P4XYZ&event=E1"
Bend = Callable[[dict[str, Any]], object]


def elsewhere(bend: Bend = id, whole: dict[str, Any] = WHOLE) -> dict[str, Any]:
    """A framework of another region, bent."""
    told = copy.deepcopy(whole) | {"id": "bretagne"}
    bend(told)
    return told


def older(bend: Bend = id) -> dict[str, Any]:
    """One of format 1."""
    return elsewhere(bend, OLDER)


def many(number: int) -> dict[str, Any]:
    """A framework of that many competencies, of one level, without a general badge."""
    words = {"fr": "Bauge", "en": "Cob"}
    return {
        "id": "bretagne",
        "format": 2,
        "names": words,
        "levels": [{"key": "knows", "names": words, "means": words}],
        "competencies": [{"key": f"c{one}", "names": words, "means": words} for one in range(1, number + 1)],
        "ask": {"text": words},
    }


def marked(*ids: list[Any]) -> dict[str, Any]:
    """What adds these ids of badges to the first competencies of ours, at the higher level."""
    listed = [
        {"key": key, "badges": {"masters": {"ids": some}}} for key, some in zip(KEYS[: len(ids)], ids, strict=True)
    ]
    return {"id": "normandie", "competencies": listed}


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
    assert OURS.general is not None
    assert OURS.general.needed == 3
    assert [(one.key, one.names["fr"]) for one in OURS.levels] == [
        ("practises", "je pratique"),
        ("masters", "je maîtrise"),
    ]
    assert OURS.issuers == Ids(), "we know the ids of none, and say so"
    assert OURS.vouching == {"operator"}, "one row of the operator's serves both"


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_competency_has_three_prompts_and_one_more_for_who_masters_it(key: str, language: str) -> None:
    competency = of_key(OURS, key)

    practised, mastered = (frameworks.prompts_for(competency, level, language) for level in LEVELS)

    assert len(practised) == 3
    assert mastered[:3] == practised
    assert len(mastered) == 4
    assert frameworks.prompts_for(competency, "", language) == practised, "at no level that anybody knows"
    assert all(one.ask and one.sentence.endswith(".") for one in mastered)


def test_ours_has_words_for_others_in_the_third_person_and_short_ones() -> None:
    for level in OURS.levels:
        told = [*level.names_for_others.values(), *level.means_for_others.values()]
        assert [text for text in told if not text or frameworks.SPOKEN_TO_ONE.search(text)] == []
    assert [one.names_for_others for one in OURS.levels] == [
        {"fr": "pratique", "en": "practising"},
        {"fr": "maîtrise", "en": "confident"},
    ]
    for one in OURS.competencies:
        assert all(0 < len(text) <= 40 and not frameworks.SPOKEN_TO_ONE.search(text) for text in one.line.values())
        assert all(0 < len(text) <= 12 for text in one.short.values())


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


def test_five_lines_name_an_issuer_and_the_ids_of_its_badges(tmp_path: Path) -> None:
    written(tmp_path, extension())

    [found] = frameworks.load_frameworks(tmp_path)

    assert found.issuers == Ids(frozenset({SCHOOL}))
    assert of_key(found, "adapter").badges["masters"].ids == Ids(frozenset({f"{CLASSES}adapter-masters"}))
    assert of_key(found, "adapter").badges["masters"].names == of_key(OURS, "adapter").badges["masters"].names
    assert of_key(found, "adapter").prompts == of_key(OURS, "adapter").prompts
    assert found.general is not None
    assert found.general.badges.ids == Ids(frozenset({f"{CLASSES}general"}))


def test_lists_of_texts_grow_and_all_else_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    written(tmp_path, {"id": "normandie", "issuers": ["a"]}, "1.json")
    written(tmp_path, {"id": "normandie", "issuers": ["b", "a"], "names": {"fr": "À nous"}}, "2.json")
    written(tmp_path, elsewhere(), "3.json")

    ours, theirs = frameworks.load_frameworks(tmp_path)

    assert ours.issuers == Ids(frozenset({"a", "b"}))
    assert ours.names == {"fr": "À nous", "en": OURS.names["en"]}
    assert (theirs.id, theirs.issuers) == ("bretagne", Ids())


def test_issuers_and_ids_may_leave_out_what_a_platform_writes_anew(tmp_path: Path) -> None:
    loose = {"id": TENANT, "ignoring": ["event"]}
    written(tmp_path, marked([loose]) | {"issuers": ["a", loose, {"from": "region"}]}, "1.json")
    written(tmp_path, marked(["https://b.fr"]) | {"issuers": ["b", loose, {"from": "region"}]}, "2.json")

    [ours] = frameworks.load_frameworks(tmp_path)

    assert ours.vouching == {"operator", "region"}, "beside ours"
    assert ours.issuers == Ids(frozenset({"a", "b"}), ((TENANT, frozenset({"event"})),))
    ids = of_key(ours, "organiser").badges["masters"].ids
    assert "https://b.fr" in ids
    assert TENANT.replace("E1", "E2") in ids
    assert TENANT.replace("P4", "P5") not in ids


def test_another_framework_may_have_other_competencies_and_no_drawings(tmp_path: Path) -> None:
    rare = elsewhere(lambda told: told.update(id="terre", competencies=told["competencies"][:2]))
    rare["general"]["needed"] = 2
    for one in rare["competencies"]:
        del one["drawing"], one["line"], one["short"]

    found = frameworks.check_framework(written(tmp_path, rare))

    assert [one.drawing for one in found.competencies] == ["", ""]
    assert [one.line["fr"] for one in found.competencies] == ["", ""]
    assert [one.short["fr"] for one in found.competencies] == ["Organiser", "S’adapter"]


@pytest.mark.parametrize(
    ("names", "means", "expected"),
    [
        ("je pratique", "Vous le faites, avec un peu d’aide.", ("", "")),
        ("J’anime", "Je montre aux autres.", ("", "")),
        ("À MON aise", "Tu le fais.", ("", "")),
        ("niveau 1", "Le geste est sûr.", ("niveau 1", "Le geste est sûr.")),
        ("jeune pousse", "Marche à suivre connue.", ("jeune pousse", "Marche à suivre connue.")),
    ],
)
def test_a_framework_without_words_for_others_never_says_i_of_somebody_else(
    names: str, means: str, expected: tuple[str, str], tmp_path: Path
) -> None:
    told = elsewhere()
    told["levels"] = [
        {"key": one["key"], "names": {"fr": names, "en": "I do"}, "means": {"fr": means, "en": "You do it."}}
        for one in told["levels"]
    ]

    [level, _] = frameworks.check_framework(written(tmp_path, told)).levels

    assert (level.names_for_others["fr"], level.means_for_others["fr"]) == expected
    assert (level.names_for_others["en"], level.means_for_others["en"]) == ("", "")


@pytest.mark.parametrize("said", ["Doing it yourself.", "done by myself"])
def test_nor_does_it_in_english(said: str, tmp_path: Path) -> None:
    told = elsewhere()
    told["levels"] = [
        {"key": one["key"], "names": {"fr": "seul", "en": said}, "means": {"fr": "Le faire seul.", "en": said}}
        for one in told["levels"]
    ]

    [level, _] = frameworks.check_framework(written(tmp_path, told)).levels

    assert (level.names_for_others["en"], level.means_for_others["en"]) == ("", "")
    assert (level.names_for_others["fr"], level.means_for_others["fr"]) == ("seul", "Le faire seul.")


def test_a_framework_of_format_1_reads_as_it_did(tmp_path: Path) -> None:
    found = frameworks.check_framework(written(tmp_path, older()))

    assert [(one.key, one.names["fr"]) for one in found.levels] == [
        ("practises", "je pratique"),
        ("masters", "je maîtrise"),
    ]
    assert [one.names_for_others["fr"] for one in found.levels] == ["", ""], "it says « je » alone"
    assert [one.badges for one in found.competencies] == [one.badges for one in OURS.competencies]
    assert [one.prompts for one in found.competencies] == [one.prompts for one in OURS.competencies]
    assert found.general == OURS.general


def test_a_copy_of_ours_in_format_1_adds_to_ours(tmp_path: Path) -> None:
    theirs = older(lambda told: told.update(id="normandie", issuers=[SCHOOL]))
    theirs["levels"]["masters"]["means"]["fr"] = "Vous le faites toujours sans aide."

    found = frameworks.check_framework(written(tmp_path, theirs))

    assert found.issuers == Ids(frozenset({SCHOOL}))
    assert found.levels[1].means["fr"] == "Vous le faites toujours sans aide."
    assert found.levels[1].names_for_others["fr"] == "maîtrise"
    assert found.competencies == OURS.competencies


def test_one_to_three_levels_groups_and_no_general_badge(tmp_path: Path) -> None:
    told = many(40)
    told["levels"] += [{**told["levels"][0], "key": "shows"}, {**told["levels"][0], "key": "teaches"}]
    told["competencies"][1]["badges"] = {"shows": {"ids": ["https://a.fr/1"]}}
    told["groups"] = [{"key": "walls", "names": told["names"], "competencies": ["c2", "c1"]}]

    found = frameworks.check_framework(written(tmp_path, told))

    assert [one.key for one in found.levels] == ["knows", "shows", "teaches"]
    assert (found.top, found.height("shows"), found.general, len(found.competencies)) == ("teaches", 1, None, 40)
    assert of_key(found, "c2").badges["shows"].ids == Ids(frozenset({"https://a.fr/1"}))
    assert of_key(found, "c2").badges["teaches"].ids == Ids()
    assert [one.keys for one in found.groups] == [["c2", "c1"]]


def test_what_is_off_is_on_once_a_file_of_the_operators_names_it(tmp_path: Path) -> None:
    written(tmp_path, {"id": "normandie", "on": False}, "1.json")
    written(tmp_path, many(3) | {"on": False}, "2.json")
    with pytest.raises(FaultyFramework, match="No framework is on"):
        frameworks.load_frameworks(tmp_path)

    written(tmp_path, {"id": "bretagne"}, "3.json")

    assert [one.id for one in frameworks.load_frameworks(tmp_path)] == ["bretagne"]


def test_what_adds_to_an_operators_own_framework_may_stand_before_it(tmp_path: Path) -> None:
    """`learned.json`, as the documents call it, comes before many a name, and the wallet started no more with it."""
    written(tmp_path, {"id": "bretagne", "issuers": [SCHOOL]}, "learned.json")
    written(tmp_path, {"id": "bretagne", "names": {"fr": "Bretagne", "en": "Brittany"}}, "names.json")
    written(tmp_path, many(3), "trades.json")

    [_, found] = frameworks.load_frameworks(tmp_path)

    assert (found.id, SCHOOL in found.issuers, found.names["en"]) == ("bretagne", True, "Brittany")


def test_what_adds_to_no_framework_is_told_to_be_incomplete(tmp_path: Path) -> None:
    path = written(tmp_path, {"id": "bretagne", "issuers": [SCHOOL]}, "learned.json")
    written(tmp_path, {"id": "normandie", "issuers": [SCHOOL]}, "z.json")

    with pytest.raises(FaultyFramework, match=r"learned\.json: names is missing\.") as problem:
        frameworks.load_frameworks(tmp_path)
    assert problem.value.path == path


FAULTY: list[tuple[Any, str]] = [
    ([], "The file must be an object, as {…}."),
    (many(41), "competencies must not have more than 40."),
    (many(1) | {"levels": []}, "levels must have at least 1."),
    (many(1) | {"levels": many(1)["levels"] * 2}, "levels[knows] is there more than once."),
    (elsewhere(lambda told: told.update(levels=told["levels"] * 2)), "levels must not have more than 3."),
    (elsewhere(lambda told: told["levels"][0].pop("names")), "levels[practises].names is missing."),
    (elsewhere(lambda told: told["levels"][0].update(names={"fr": "oui"})), "levels[practises].names.en is missing."),
    (elsewhere(lambda told: told.update(format=3)), "format must not be more than 2."),
    (elsewhere(lambda told: told.pop("format")), "format is missing."),
    (elsewhere(lambda told: told.update(on="no")), "on must be true or false."),
    (
        elsewhere(lambda told: told["competencies"][0]["line"].update(fr="a" * 41)),
        "competencies[organiser].line.fr must not have more than 40 characters.",
    ),
    (
        elsewhere(lambda told: told["competencies"][0]["short"].update(en="a" * 13)),
        "competencies[organiser].short.en must not have more than 12 characters.",
    ),
    (elsewhere(lambda told: told["names"].update(fr="a" * 5000)), "names.fr must not have more than 300 characters."),
    (
        elsewhere(lambda told: told["names"].update(fr="Savoir \u202eriaf")),
        "names.fr has signs that nobody sees: U+202E.",
    ),
    (
        elsewhere(lambda told: told["competencies"][2]["prompts"][0]["ask"].update(en="a\u0000b\u2066")),
        "competencies[communiquer].prompts[1].ask.en has signs that nobody sees: U+0000, U+2066.",
    ),
    (
        many(2) | {"groups": [{"key": "walls", "names": many(1)["names"], "competencies": ["c1", "roof"]}]},
        "groups[walls].competencies has “roof”, which is no competency.",
    ),
    (
        many(2) | {"groups": [{"key": one, "names": many(1)["names"], "competencies": ["c1"]} for one in ("a", "b")]},
        "groups[b].competencies has “c1”, which groups[a] has too.",
    ),
    (
        many(2) | {"groups": [{"key": "a", "names": many(1)["names"], "competencies": []}] * 2},
        "groups[a] is there more than once.",
    ),
    (
        elsewhere(lambda told: told["competencies"][0]["badges"].update(top={})),
        "competencies[organiser].badges.top is of no level.",
    ),
    (
        elsewhere(lambda told: told["competencies"][0]["badges"].update({"a" * 5000: 3})),
        f"competencies[organiser].badges.{'a' * 120} must be an object",
    ),
    (
        {"id": "normandie", "competencies": [{"key": "adapter"}, {"key": "adapter", "drawing": "adapter"}]},
        "competencies[adapter] is there more than once.",
    ),
    ({"id": "normandie", "levels": {"masters": 3}}, "levels.masters must be an object, as {…}."),
    ({"id": "normandie", "levels": {"top": {}}}, "levels.top is nothing that anybody reads."),
    ({"id": "normandie", "levels": 3}, "levels must be an object, as {…}."),
    (older(lambda told: told["levels"].pop("masters")), "levels.masters is missing."),
    (older(lambda told: told.pop("general")), "general is missing."),
    (older(lambda told: told["competencies"][1]["badges"].pop("masters")), "competencies[adapter].badges.masters is"),
    (
        older(lambda told: told["competencies"][1]["prompts"][2].update(level="top")),
        "competencies[adapter].prompts[3].level must be one of: practises, masters.",
    ),
    ({"id": "bretagne"}, "names is missing."),
    (elsewhere(lambda told: told.update(colour="red")), "colour is nothing that anybody reads."),
    (elsewhere(lambda told: told.update(id="Île de France")), "id must look like ^[a-z0-9-]{1,40}$."),
    (elsewhere(lambda told: told.update(id="bretagne\n")), "id must look like ^[a-z0-9-]{1,40}$."),
    (elsewhere(lambda told: told.update(issuers="did:web:a")), "issuers must be a list, as […]."),
    ({"id": "normandie", "issuers": [3]}, "issuers[1] must be a text or an object, as {…}."),
    (elsewhere(lambda told: told.update(issuers=[True])), "issuers[1] must be a text or an object, as {…}."),
    ({"id": "normandie", "issuers": [{"id": TENANT}]}, "issuers[1].ignoring is missing."),
    ({"id": "normandie", "issuers": [{"ignoring": ["event"]}]}, "issuers[2].id is missing."),
    ({"id": "normandie", "issuers": [{"from": "La Région"}]}, "issuers[2].from must look like"),
    ({"id": "normandie", "issuers": [{"from": "a", "id": "b"}]}, "issuers[2].id is nothing that anybody reads."),
    (
        {"id": "normandie", "issuers": [{"id": TENANT, "ignoring": ["event", "key"]}]},
        f"issuers[2].ignoring has “event”, “key”, which counts on the host of “{TENANT}”: wallet/trust/matching.py names",
    ),
    (
        {"id": "normandie", "issuers": [{"id": "https://a.fr/?key=1&event=2", "ignoring": ["event"]}]},
        "issuers[2].ignoring has “event”, which counts on the host of “https://a.fr/?key=1&event=2”:",
    ),
    (
        marked([{"id": "https://a.fr/?a=1&event=2", "ignoring": ["event"]}]),
        "competencies[organiser].badges.masters.ids[1].ignoring has “event”, which",
    ),
    (marked([{"from": "operator"}]), "competencies[organiser].badges.masters.ids[1].id is missing."),
    (
        marked([{"id": TENANT, "ignoring": ["event"]}], [TENANT.replace("E1", "E2")]),
        f"competencies[organiser].badges.masters.ids has “{TENANT}”, which competencies[adapter].badges.masters has too.",
    ),
    (
        marked([TENANT.replace("E1", "E2")], [{"id": TENANT, "ignoring": ["event"]}]),
        f"competencies[adapter].badges.masters.ids has “{TENANT}”, which competencies[organiser].badges.masters has too.",
    ),
    (elsewhere(lambda told: told["names"].pop("en")), "names.en is missing."),
    (elsewhere(lambda told: told["general"].update(needed=True)), "general.needed must be a whole number."),
    (elsewhere(lambda told: told["general"].update(needed=0)), "general.needed must not be less than 1."),
    (elsewhere(lambda told: told["general"].update(needed=41)), "general.needed must not be more than 40."),
    (older(lambda told: told["general"].update(needed=13)), "general.needed must not be more than 12."),
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


def test_two_members_of_one_name_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"id": "normandie", "names": {"fr": "a", "fr": "b"}, "id": "bretagne"}')

    with pytest.raises(FaultyFramework) as problem:
        frameworks.check_framework(path)

    assert problem.value.faults == ["“fr” is there twice in one object.", "“id” is there twice in one object."]


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


def mutants(whole: Any) -> Iterator[Any]:
    """Whole frameworks with one thing in them changed for another kind of thing, or gone."""

    def places(told: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        yield at
        for name, one in told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ():
            yield from places(one, (*at, name))

    for at in [place for place in places(whole) if place][::7]:
        for value in (None, 7, "", [], {}, "x" * 400, False):
            told = copy.deepcopy(whole)
            inner = told
            for step in at[:-1]:
                inner = inner[step]
            if value is False and isinstance(inner, dict):
                del inner[at[-1]]
            else:
                inner[at[-1]] = value
            yield told


@needs_npm
@pytest.mark.breadth
def test_our_reader_of_the_schema_says_what_ajv_says() -> None:
    told = [WHOLE, OLDER, many(3), *(told for told, _ in FAULTY)]
    values = [(number, one) for number in SCHEMA for one in told]
    # By the schema of the other format each of them is faulty, whatever is changed in it.
    values += [(number, one) for number, whole in ((1, OLDER), (2, WHOLE)) for one in mutants(whole)]

    theirs = ask("schema.mjs", [{"schema": SCHEMA[number], "value": value} for number, value in values])

    differ = [
        (number, ours, found)
        for (number, value), found in zip(values, theirs, strict=True)
        if bool(ours := json_schema.schema_faults(value, SCHEMA[number])) != bool(found)
    ]
    assert len(values) > 600
    assert differ == []


@pytest.mark.parametrize(("keys", "is_asked"), [(set(), True), ({"theirs"}, True), ({"another"}, False)])
def test_whoever_is_vouched_for_with_their_key_may_be_asked_where_the_operator_names_none(
    keys: set[str], is_asked: bool
) -> None:
    """Sonia may ask the school: the network that counts there pins its key, and the operator tells where one asks."""
    [normandy] = frameworks.load_frameworks()
    [said] = vouched(SCHOOL, asks_at="ici@ecole.example", keys=frozenset(keys)).rows
    network = Register(key="network", name="Le réseau", kind="network")
    registers = Registers(
        edition=1, rows=[said, Row(register=network, match=SCHOOL, name="L’école", keys=frozenset({"theirs"}))]
    )

    asked = replace(normandy, vouching=frozenset({"network"})).whom_to_ask(registers, NOW)

    assert asked == ([said] if is_asked else [])
