"""`wallet frameworks check`: 0 when all can be used, 1 when some cannot, 2 when some cannot be read."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.fixtures.framed import extension, written
from wallet.cli.commands import main
from wallet.competencies import frameworks

NORMANDY = frameworks.OURS / "normandie.json"


def check(*paths: Path) -> Result:
    """Type it."""
    return CliRunner().invoke(main, ["frameworks", "check", *map(str, paths)], catch_exceptions=False)


def test_ours_can_be_used() -> None:
    result = check(NORMANDY)

    assert (result.exit_code, result.output) == (
        0,
        f"{NORMANDY}: normandie, 4 competencies, 0 issuers whose badges count, and those for whom the register operator vouches.\n",
    )


def test_what_adds_to_ours_is_looked_at_after_it_was_joined(tmp_path: Path) -> None:
    result = check(written(tmp_path, extension()))

    assert result.exit_code == 0
    assert "4 competencies, 1 issuers" in result.output


def test_what_adds_to_a_framework_of_the_operators_is_joined_to_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was learned for their own framework is looked at before it is put beside that, as the documents say."""
    folder = tmp_path / "operators"
    own = json.loads(NORMANDY.read_bytes()) | {"id": "metiers"}
    monkeypatch.setenv("WALLET_FRAMEWORKS", str(written(folder, own, "trades.json").parent))
    learned = written(tmp_path, {"id": "metiers", "issuers": ["did:web:rives.example"]}, "learned.json")

    result = check(learned)

    assert result.exit_code == 0, result.output
    assert "metiers, 4 competencies, 1 issuers whose badges count" in result.output


def test_what_takes_the_place_of_a_file_of_the_operators_is_not_joined_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "operators"
    own = json.loads(NORMANDY.read_bytes()) | {"id": "metiers"}
    there = written(folder, own, "trades.json")
    monkeypatch.setenv("WALLET_FRAMEWORKS", str(folder))
    del own["levels"]
    newer = written(tmp_path, own, "trades.json")

    assert "levels is missing" in check(newer).output
    there.write_bytes(newer.read_bytes())
    assert "levels is missing" in check(there).output, (
        "also where nothing else can be typed, for the wallet does not start"
    )


def test_each_fault_has_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, {"id": "normandie", "issuers": [1], "general": {"needed": "three"}})

    result = check(path, NORMANDY)

    assert result.exit_code == 1
    assert result.output.splitlines()[:2] == [
        f"{path}: general.needed must be a whole number.",
        f"{path}: issuers[1] must be a text or an object, as {{…}}.",
    ]
    assert "normandie, 4 competencies" in result.output, "the others are looked at too"


@pytest.mark.parametrize("content", ["", "{", "\x00"])
def test_what_cannot_be_read_is_worse_than_what_is_wrong(content: str, tmp_path: Path) -> None:
    unreadable, faulty = tmp_path / "a.json", written(tmp_path, [], "b.json")
    unreadable.write_text(content)

    result = check(unreadable, faulty)

    assert result.exit_code == 2
    assert f"{unreadable}: It is not JSON" in result.output


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    result = check(tmp_path / "nowhere.json")

    assert result.exit_code == 2
    assert "does not exist" in result.output
