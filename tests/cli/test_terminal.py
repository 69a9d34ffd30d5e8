"""What the command line writes gives a terminal no orders, whoever named a file or wrote into a badge."""

import json
import os
import sys
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.cli.test_commands import GIVEN, SAMPLE
from wallet import openbadges
from wallet.cli import samples
from wallet.cli.commands import main
from wallet.cli.terminal import plain, say_json

RED = "\x1b[31mrouge\x9b2J\u202e\x7f"
Wallet = Callable[..., Result]


@pytest.fixture
def wallet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Wallet:
    """Types a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, list(words), catch_exceptions=False)


def obeyed(told: str) -> list[str]:
    """What a terminal would obey of it, or what would end a line unseen."""
    return [c for c in told if c != "\n" and (unicodedata.category(c)[0] == "C" or c in "\u2028\u2029")]


def badge(name: str) -> str:
    """Its issuer calls it, and themselves, so."""
    made = json.loads(samples.make_badge(SAMPLE, Ed25519PrivateKey.generate(), GIVEN))
    made["name"] = made["issuer"]["name"] = made["credentialSubject"]["achievement"]["name"] = name
    return json.dumps(made)


@pytest.mark.parametrize(
    "words", [("--help",), ("--version",), ("check", "--help"), ("check", "--offline", "none.json")]
)
def test_a_disk_that_is_full_is_told_in_a_sentence_whatever_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
):
    with Path("/dev/full").open("w", encoding="utf-8") as full, monkeypatch.context() as output:
        output.setattr(sys, "stdout", full)
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        with suppress(OSError):  # what it could not write is still there
            full.close()

    assert ended.value.code == 1
    assert capsys.readouterr().err == "Error: The output: No space left on device\n"


@pytest.mark.parametrize(
    ("name", "words", "end"),
    [
        ("stdin", ("check", "--offline", "-"), 2),
        ("stdin", ("issuers", "check", "-"), 2),
        ("stdout", ("check", "--offline", "--json", "none.json"), 2),
        ("stdout", ("samples", "made"), 0),
        ("stderr", ("frameworks", "learn", "--offline", "none.json"), 2),
    ],
)
def test_what_was_closed_before_it_began_ends_no_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, words: tuple[str, ...], end: int
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "none.json").write_text("{}")
    monkeypatch.setattr(sys, name, None)

    with pytest.raises(SystemExit) as ended:
        main(list(words))

    getattr(sys, name).close()
    assert ended.value.code == end


@pytest.mark.parametrize(
    "words",
    [
        ("check", RED),
        ("check", "--offline", f"{RED}.json"),
        ("check", "--at", RED, "badge.json"),
        ("check", f"--{RED}", "badge.json"),
        (f"--{RED}",),
        (RED,),
        ("bake", RED, "badge.json", "-o", "out.png"),
        ("bake", f"{RED}.json", f"{RED}.json", "-o", "out.png"),
        ("unbake", f"{RED}.json"),
        ("samples", f"{RED}.json"),
        ("frameworks", "check", f"{RED}.json"),
        ("backup", RED),
        ("restore", RED),
        ("reports", "stop", RED),
    ],
)
def test_what_is_told_of_a_name_from_outside_is_harmless(wallet: Wallet, words: tuple[str, ...]):
    Path(f"{RED}.json").write_text(badge(RED))

    result = wallet(*words)

    assert obeyed(result.output) == []
    assert "rouge" in result.output or "no-such" in result.output or words[0] == "backup"


@pytest.mark.parametrize(
    "words",
    [
        ("backup", ""),
        ("restore", " "),
        ("samples", ""),
        ("make-keys", ""),
        ("new-signing-key", "--why", "retired", "--to", ""),
        ("bake", "badge.svg", "badge.svg", "-o", ""),
        ("unbake", ""),
    ],
)
def test_a_path_without_a_name_is_not_the_folder_that_one_is_in(wallet: Wallet, words: tuple[str, ...]):
    """As of a variable that is not set: `wallet backup "$BACKUPS"`."""
    Path("badge.svg").touch()

    told = wallet(*words)

    assert told.exit_code == 2
    assert "it is empty: is a variable not set?" in told.stderr
    assert list(Path().iterdir()) == [Path("badge.svg")]


def test_json_tells_the_very_name_and_is_harmless_too(wallet: Wallet):
    name = f"{RED}\u2028🎓é.json"
    Path(name).write_text(badge(RED))

    told = wallet("check", "--json", "--offline", name).stdout

    assert obeyed(told) == []
    (line,) = told.splitlines()
    assert json.loads(line)["source"] == name
    assert "🎓é" in told


def test_a_name_of_several_lines_tells_no_line_of_its_own(wallet: Wallet):
    Path("a\nb.json: valid").write_text(badge("x\nc.json: valid"))

    told = wallet("check", "--offline", "a\nb.json: valid").stdout.splitlines()

    assert not any(line.startswith(("b.json", "c.json")) for line in told)


def test_a_name_that_is_no_text_is_told_all_the_same(wallet: Wallet):
    name = os.fsdecode(b"\xff.json")
    Path(name).write_text(badge("x"))

    words, lines = wallet("check", "--offline", name).stdout, wallet("check", "--offline", "--json", name).stdout

    assert words.startswith("�.json: ")
    assert json.loads(lines)["source"] == name


def test_every_sign_that_is_no_letter_comes_back_out_of_json(capsys: pytest.CaptureFixture[str]):
    signs = "".join(map(chr, (*range(0x300), 0x2028, 0x2029, 0x202E, 0xFEFF, 0xD800, 0xE0001, 0x1F393)))

    say_json({"signs": signs})

    told = capsys.readouterr().out
    assert obeyed(told) == []
    assert json.loads(told) == {"signs": signs}
    assert plain("a\tb\nc\u00ad é🎓") == "a b c� é🎓"


def test_a_terminal_that_lacks_letters_is_told_all_the_same(tmp_path: Path):
    picture = tmp_path / "badge.svg"
    picture.write_bytes(openbadges.bake(SAMPLE.drawing.encode(), badge("Élise’s 🎓")))
    typed = CliRunner(charset="iso-8859-1")

    told = typed.invoke(main, ["check", "--offline", str(picture)], catch_exceptions=False).stdout_bytes
    written = typed.invoke(main, ["check", "--offline", "--json", str(picture)], catch_exceptions=False).stdout_bytes
    taken_out = typed.invoke(main, ["unbake", str(picture)], catch_exceptions=False).stdout_bytes

    assert "Élise\\u2019s \\U0001f393".encode("iso-8859-1") in told
    assert json.loads(written)["name"] == json.loads(taken_out)["name"] == "Élise’s 🎓"
