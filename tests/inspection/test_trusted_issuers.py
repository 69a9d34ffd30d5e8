"""The issuers that somebody vouches for: matched letter by letter, and each fault of a file told in a sentence."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.fixtures.visits import AWARDED, NOW
from wallet.cli import samples
from wallet.cli.commands import main
from wallet.inspection import trusted_issuers
from wallet.inspection.trusted_issuers import OPERATORS_MEMBERS, FaultyRegistry, KnownIssuer

RIVES = {"id": "https://rives.example/issuer", "name": "École des Rives"}
VOUCHED = {**RIVES, "vouched_by": "Région d’essai", "read_at": "https://region.example/organismes"}

VOICE = ("standing", "source", "by", "name", "doubt")


def written(folder: Path, *entries: object) -> Path:
    path = folder / "issuers.json"
    path.write_text(json.dumps(entries), encoding="utf-8")
    return path


def faults(path: Path, needed: tuple[str, ...] = OPERATORS_MEMBERS) -> list[str]:
    with pytest.raises(FaultyRegistry) as told:
        trusted_issuers.read_issuers(path, needed=needed)
    assert all(fault.endswith(".") for fault in told.value.faults)
    return told.value.faults


def test_our_own_file_can_be_read_and_says_who_vouches_for_each():
    known = trusted_issuers.load_issuers()

    assert all(one.vouched_by and one.read_at for one in known.values())
    assert not any("example" in id for id in known)


def test_the_operator_vouches_for_their_own(tmp_path: Path):
    known = trusted_issuers.load_issuers(written(tmp_path, RIVES), "Association d’essai")

    assert known[RIVES["id"]] == KnownIssuer(**RIVES, vouched_by="Association d’essai")


def test_an_operator_without_a_name_is_the_operator(tmp_path: Path):
    (one,) = trusted_issuers.read_issuers(written(tmp_path, RIVES), needed=OPERATORS_MEMBERS)

    assert (one.name, one.vouched_by) == ("École des Rives", "")


def test_who_else_vouches_may_be_told(tmp_path: Path):
    known = trusted_issuers.load_issuers(written(tmp_path, VOUCHED), "Association d’essai")

    assert known[RIVES["id"]] == KnownIssuer(**VOUCHED)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("[{", "is not JSON."),
        ("[" * 100_000, "is not JSON."),
        (b"\xff".decode("latin-1"), "is not JSON."),
        ("{}", "must hold a JSON list of objects with id and name."),
        ('["x"]', "must hold objects with id and name; entry 1 is none."),
        ('[{"id": "x"}]', "does not say the name of entry 1."),
        ('[{"id": "x", "name": 7}]', "must say the name of entry 1 in a text."),
        ('[{"id": " ", "name": "X"}]', "must say the id of entry 1 in a text."),
        ('[{"id": "x", "name": "X\\u0000"}]', "must say the name of entry 1 in a text."),
        ('[{"id": "x", "name": "X", "vouchedBy": "Y"}]', "has a member in entry 1 that nobody reads: vouchedBy."),
        ('[{"id": "x", "name": "X", "read_at": "http://y.example"}]', "must say the read_at of entry 1 as an https address."),
        ('[{"id": "x", "name": "X"}, {"id": "x", "name": "Y"}]', "names x more than once."),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_told_in_a_sentence(tmp_path: Path, content: str, fault: str):
    (tmp_path / "issuers.json").write_text(content, encoding="latin-1")

    assert faults(tmp_path / "issuers.json") == [fault]


def test_all_faults_are_told_at_once(tmp_path: Path):
    assert faults(tmp_path / "nowhere.json") == ["cannot be read (No such file or directory)."]
    assert len(faults(written(tmp_path, {"id": "x"}, {"name": "X"}, 7))) == 3
    assert len(faults(written(tmp_path, RIVES), trusted_issuers.MEMBERS)) == 2, "ours must say who vouches, and where"


def test_the_command_line_knows_them_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    sample = samples.samples()[0]
    answers = (samples.make_assertion(sample, AWARDED), samples.make_class(sample), samples.profile())
    for number, one in enumerate(answers):
        (tmp_path / f"{number}.json").write_text(json.dumps(one))
    (tmp_path / "web.json").write_text(json.dumps({one["id"]: f"{at}.json" for at, one in enumerate(answers)}))
    words = ["check", "--json", "--at", NOW.isoformat(), "--web", str(tmp_path / "web.json"), str(tmp_path / "0.json")]

    id, by_itself = samples.profile()["id"], ("site", "badge", "organisme-essai.example", "", "")
    named = ("vouched", VOUCHED["read_at"], "Région d’essai", "École des Rives", "")
    near = [id.replace("https:", "http:"), id + "/", id.upper(), samples.HOME]
    for entry, voices in (
        *((RIVES | {"id": one}, [by_itself]) for one in (RIVES["id"], *near)),
        (VOUCHED | {"id": id}, [named, by_itself]),
    ):
        monkeypatch.setenv("WALLET_ISSUERS", str(written(tmp_path, entry)))
        line = json.loads(CliRunner().invoke(main, words, catch_exceptions=False).stdout)
        told = [tuple(one[part] for part in VOICE) for one in line["issuer"]["voices"]]
        assert (line["state"], told) == ("valid", voices)
    read = CliRunner().invoke(main, [one for one in words if one != "--json"], catch_exceptions=False).stdout
    assert "  issuer: vouched for by Région d’essai, as École des Rives\n" in read
    assert "  issuer: its own site: organisme-essai.example\n" in read

    monkeypatch.setenv("WALLET_ISSUERS", str(tmp_path / "nowhere.json"))
    refused = CliRunner().invoke(main, words, catch_exceptions=False)
    assert "cannot be read" in refused.output
    assert "Traceback" not in refused.output
    assert refused.exit_code == 1
