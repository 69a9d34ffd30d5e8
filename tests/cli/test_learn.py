"""`wallet frameworks learn`: real badges in, a file out that makes them count; nothing of what nobody proves."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.fixtures.framed import GESTURES, gesture, of_samples, written
from tests.fixtures.visits import AWARDED, ISSUERS_KEY, signed
from wallet.cli import samples
from wallet.cli.commands import main
from wallet.competencies import frameworks


@pytest.fixture(autouse=True)
def operators(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the operator's frameworks, empty as yet."""
    folder = tmp_path / "operators"
    folder.mkdir()
    monkeypatch.setenv("WALLET_FRAMEWORKS", str(folder))
    return folder


def learn(*words: str | Path) -> Result:
    """Type it."""
    return CliRunner().invoke(main, ["frameworks", "learn", *map(str, words)], catch_exceptions=False)


def file(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def called(name: str) -> bytes:
    return samples.make_badge(
        replace(samples.samples()[0], art="petal-2-loose", name=name), ISSUERS_KEY, AWARDED
    ).encode()


def test_the_nine_badges_are_learned_and_count_from_then_on(tmp_path: Path, operators: Path) -> None:
    nine = [file(tmp_path, f"{one.art}.json", signed(one.art)) for one in samples.samples()]

    result = learn("--offline", *nine)

    assert (result.exit_code, result.stderr) == (0, "")
    written(operators, json.loads(result.stdout))
    [found] = frameworks.load_frameworks(operators)
    named = frameworks.check_framework(written(tmp_path, of_samples(ISSUERS_KEY)))
    assert found.issuers == named.issuers
    assert [one.badges for one in found.competencies] == [one.badges for one in named.competencies]
    assert found.general == named.general


def test_badges_of_open_badges_2_are_learned_from_what_their_addresses_answer(tmp_path: Path) -> None:
    samples.write_samples(tmp_path / "samples", AWARDED)

    result = learn("--web", tmp_path / "samples/web.json", tmp_path / "samples/ob2-adapter-2.png")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {
        "id": "normandie",
        "issuers": [f"{samples.HOME}/issuer.json"],
        "competencies": [
            {
                "key": "adapter",
                "badges": {"masters": {"ids": [f"{samples.HOME}/classes/adapter-2.json"], "targets": []}},
            }
        ],
    }


def test_a_framework_that_is_off_is_learned_for_and_on_with_that_file(tmp_path: Path, operators: Path) -> None:
    badges = [file(tmp_path, f"{key}.json", gesture(key, ISSUERS_KEY)) for key in GESTURES]

    result = learn("--offline", *badges)

    written(operators, json.loads(result.stdout))
    assert [one.id for one in frameworks.load_frameworks(operators)] == ["normandie", "gestes-durables"]


def test_what_nobody_proves_teaches_nothing(tmp_path: Path) -> None:
    changed = file(tmp_path, "changed.json", signed("organiser-2").replace(b"Sonia", b"Kevin"))
    hosted = file(tmp_path, "hosted.json", json.dumps(samples.make_assertion(samples.samples()[0], AWARDED)).encode())
    unreadable = file(tmp_path, "text.txt", b"Bonjour")

    assert learn("--offline", changed).stderr == f"{changed}: invalid, and nobody proves who gave it.\n"
    assert [learn("--offline", one).exit_code for one in (changed, hosted, unreadable)] == [1, 1, 2]
    assert learn("--offline", changed, hosted, unreadable).stdout == ""


def test_what_has_no_known_name_is_placed_by_hand(tmp_path: Path) -> None:
    badge, known = file(tmp_path, "a.json", called("Attestation 12")), file(tmp_path, "b.json", signed("organiser-1"))

    unplaced, partly = learn("--offline", badge), learn("--offline", badge, known)
    placed = learn("--offline", "--framework", "normandie", "--as", "integrer/masters", badge)

    assert "No framework has such names: say --framework and --as." in unplaced.stderr
    assert partly.exit_code == 1
    assert f"{badge}: no competency has its name, or several have: say --as." in partly.stderr
    assert [one["key"] for one in json.loads(partly.stdout)["competencies"]] == ["organiser"]
    assert placed.exit_code == 0
    assert list(json.loads(placed.stdout)["competencies"][0]["badges"]) == ["masters"]


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["--framework", "bretagne"], "There is no framework bretagne: there is normandie, gestes-durables."),
        (["--as", "organiser/top"], "There is no place organiser/top: there is organiser/practises,"),
        (["--as", "terre-crue/knows", "--framework", "normandie"], "There is no place terre-crue/knows"),
        (["--web", "nowhere.json"], "does not exist"),
    ],
)
def test_what_is_not_there_is_told(words: list[str], fault: str, tmp_path: Path) -> None:
    result = learn("--offline", *words, file(tmp_path, "a.json", signed("organiser-1")))

    assert result.exit_code == 2
    assert fault in result.output


def test_badges_of_two_frameworks_are_learned_one_by_one(tmp_path: Path) -> None:
    both = [file(tmp_path, "a.json", signed("organiser-1")), file(tmp_path, "b.json", gesture("lin", ISSUERS_KEY))]

    result = learn("--offline", *both)

    assert result.exit_code == 2
    assert "More than one fits: say --framework normandie or gestes-durables." in result.stderr


def test_what_is_known_for_something_else_is_not_learned_anew(tmp_path: Path, operators: Path) -> None:
    written(operators, of_samples(ISSUERS_KEY))

    result = learn("--offline", "--as", "adapter/masters", file(tmp_path, "a.json", signed("organiser-1")))

    assert result.exit_code == 1
    assert "which competencies[organiser].badges.practises has too" in result.stderr
    assert result.stdout == ""


def test_names_of_strangers_give_a_terminal_no_orders(tmp_path: Path) -> None:
    known, evil = file(tmp_path, "a.json", signed("organiser-1")), file(tmp_path, "\x1b[31m.json", called("\u202eX"))

    result = learn("--offline", known, evil)

    assert result.exit_code == 1
    assert "\x1b" not in result.output
