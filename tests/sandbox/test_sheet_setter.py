"""The child that sets a sheet of paper: no file of ours, no network, a room of its own, and a letter or the truth about it."""

import json
import socket
import unicodedata
from pathlib import Path
from typing import Any

import manimgx_fonts
import pytest

from tests.fixtures.screens_cards import NOW
from tests.fixtures.sheets import nine, words_of
from wallet.concurrency.fair_turns import FairTurns
from wallet.sandbox import child, sheet_setter
from wallet.sandbox.child import ChildBusy, NoAnswer
from wallet.sandbox.typeset.letters import Letters

pytestmark = pytest.mark.slow

SPY = """
import json, sys, os, socket
told = json.loads(sys.stdin.buffer.read())
import typst
found = {}
for path in told["paths"]:
    try:
        found[path] = bool(open(path, "rb").read(1))
    except OSError:
        found[path] = False
try:
    typst.compile(('#read("/' + told["paths"][0].lstrip("/") + '")').encode(), root="/", format="pdf")
    found["typst"] = True
except Exception:
    found["typst"] = False
try:
    typst.compile(b'#import "@preview/cetz:0.3.0"', format="pdf")
    found["package"] = True
except Exception:
    found["package"] = False
try:
    socket.create_connection(("127.0.0.1", told["port"]), 1)
    found["network"] = True
except OSError:
    found["network"] = False
sys.stdout.buffer.write(json.dumps(found).encode() + b"\\n")
"""


def told(**other: Any) -> tuple[dict[str, Any], dict[str, str]]:
    said = words_of(nine())
    drawn = sheet_setter.drawings_of(one["art"] for one in said["words"]["flower"])
    return said["words"] | other, drawn | said["drawings"] | {"code": drawn["organiser-2"]}


@pytest.mark.parametrize("wall", ["bubblewrap", "kernel_wall"])
@pytest.mark.breadth
def test_the_child_sees_no_file_of_ours_and_no_network(wall: str, request: pytest.FixtureRequest, tmp_path: Path):
    request.getfixturevalue(wall)
    secret, program = tmp_path / "keys.json", tmp_path / "spy" / "spy.py"
    secret.write_text("secret")
    program.parent.mkdir()
    program.write_text(SPY)
    with socket.create_server(("127.0.0.1", 0)) as door:
        spy = child.Child(program=program, packages=sheet_setter.SETTER.packages, answer=10_000, threaded=True)
        paths = [str(secret), str(Path(child.__file__).parents[1] / "settings.py"), "/etc/shadow"]
        found, _ = spy.tell(json.dumps({"paths": paths, "port": door.getsockname()[1]}).encode())

    assert found == dict.fromkeys([*paths, "typst", "package", "network"], False)


@pytest.mark.parametrize("wall", ["bubblewrap", "kernel_wall", "no_wall"])
@pytest.mark.breadth
def test_it_is_set_behind_each_wall(wall: str, request: pytest.FixtureRequest):
    request.getfixturevalue(wall)
    assert sheet_setter.set_sheet(*told(), NOW).startswith(b"%PDF-1.7")


@pytest.mark.breadth
def test_the_same_words_give_the_same_bytes():
    assert sheet_setter.set_sheet(*told(), NOW) == sheet_setter.set_sheet(*told(), NOW)


@pytest.mark.breadth
def test_it_has_a_room_of_its_own(monkeypatch: pytest.MonkeyPatch):
    """Whoever looks at strangers' files fills all of their turns: a sheet is set meanwhile."""
    monkeypatch.setattr(child, "AT_ONCE", FairTurns(0))
    assert sheet_setter.set_sheet(*told(), NOW)


def test_one_sheet_is_set_at_a_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(child, "PATIENCE", 0.05)
    turn = sheet_setter.SETTER.turns.begin(1)
    try:
        with pytest.raises(ChildBusy):
            sheet_setter.set_sheet(*told(), NOW)
    finally:
        sheet_setter.SETTER.turns.end(turn)


@pytest.mark.breadth
def test_what_cannot_be_set_is_no_answer():
    words, drawings = told()
    with pytest.raises(NoAnswer):
        sheet_setter.set_sheet(words | {"rows": 3}, drawings, NOW)


def test_a_drawing_that_is_not_there_is_a_plain_petal():
    assert sheet_setter.drawings_of(["nowhere"])["nowhere"] == sheet_setter.drawings_of(["petal-0"])["petal-0"]


@pytest.fixture(scope="module")
def letters() -> Letters:
    return Letters(Path(manimgx_fonts.__file__).parent.glob("*.ttf"))


def test_what_europe_and_its_neighbours_write_has_its_letters(letters: Letters):
    for words in (
        "àâäæçéèêëîïôöœùûüÿÀÉŒ«»’–—€№²½",
        "Łódź Ştefan Čapek Þór Nguyễn ǅ",
        "Олена Αλέξανδρος Հայաստան საქართველო",
        "سونيا שלום हिन्दी বাংলা ไทย አማርኛ",
        "😀🙂👍🏽❤✔☎→",
    ):
        assert letters.settable(words) == words
    assert not letters.lacked


def test_what_no_font_has_is_left_out_and_told(letters: Letters):
    some = Letters([])
    some._first, some._last = letters._first, letters._last

    assert some.settable("a\u202eb\u200b\u2066c\x00d\ufe0f") == "abcd"
    assert not some.lacked, "nobody would have seen them"
    assert some.settable("你a好") == "a"
    assert some.lacked


def test_what_is_left_out_of_a_sheet_is_all_that_its_fonts_lack(letters: Letters):
    """As Typst sees it: of each row of letters one is set, and PDF/A refuses what has no drawing."""
    sample = [chr(one) for first, last in zip(letters._first, letters._last, strict=True) for one in {first, last}]
    kept = [one for one in sample if letters.settable(one).strip() and one.isprintable() and one != " "]
    assert len(kept) > 400
    assert sheet_setter.set_sheet(*told(theirs=" ".join(kept)), NOW)


def test_a_mark_on_a_letter_of_another_alphabet_does_not_cost_the_sheet(letters: Letters):
    """One Arabic vowel upon a Latin letter, in a badge's title or a word of Sonia's, and Typst refused the whole sheet."""
    for words in ("So\u064enia", "a\u1cd8b", "(\u0301", "2\u1cd1"):
        assert sheet_setter.set_sheet(*told(word=words, name=words), NOW)
    for words in ("Nguyễn Văn Ý", "हिन्दी", "سُونِيَا", "שָׁלוֹם", "น้ำ", "தமிழ்", "1\u20e3", "ẹ́"):
        assert letters.settable(words) == unicodedata.normalize("NFC", words)
