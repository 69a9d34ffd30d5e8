"""What the child of heavy badges says is a stranger's word: nothing of it runs here, and only a whole answer is taken."""

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.inspection import bad_children
from tests.inspection.test_files import inspection, states, written
from tests.openbadges.support import guild
from wallet.inspection import child_json, files, isolated
from wallet.inspection.child_json import UntrueAnswer
from wallet.inspection.files import inspect_file
from wallet.inspection.inspection import Task
from wallet.openbadges import Examination, Fetched, Web

pytestmark = pytest.mark.slow

FOUND = isolated.examine_here(Task(document=written(guild.signed(guild.badge())), stood_at="", inspection=inspection()))


class Runs:
    """What a pickle may be: a call in the process that reads it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Path]]:
        return Path.touch, (self.path,)


def told_by(monkeypatch: pytest.MonkeyPatch, message: bytes) -> list[str]:
    monkeypatch.setattr(isolated, "_work", bad_children.says)
    monkeypatch.setattr(files, "LIGHT", 0)
    whole = json.dumps(guild.signed(guild.badge())).encode()
    # What it is given is the badge, what it says is the message: the pickle that we send carries both.
    monkeypatch.setattr(
        isolated, "_send", lambda line, what: line.send_bytes(pickle.dumps(replace(what, document=message)))
    )
    return states(inspect_file("badge.json", whole, inspection()))


@pytest.mark.breadth
def test_a_pickle_that_runs_something_is_not_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    trap = pickle.dumps(Runs(ran))
    pickle.loads(trap)  # noqa: S301 — that is what is shown
    assert ran.exists(), "whoever unpickles it runs it"
    ran.unlink()

    assert told_by(monkeypatch, trap) == ["too-heavy"]

    assert not ran.exists()


def message(**told: Any) -> bytes:
    return child_json.to_json(isolated._Told(**told))


BADGE = json.loads(message(found=FOUND))
LIES = {
    "no JSON": b"\xff\xfe",
    "endless": b"[" * 100_000,
    "another type": b'["Examination"]',
    "nothing": message(),
    "a kind of ours": message(problem=("MemoryError", "too-heavy", "")),
    "a reason with words": message(problem=("DamagedFile", "<b>now</b>", "")),
    "half a problem": message(problem=("DamagedFile",)),
    "no check": message(found=replace(FOUND, checks=())),
    "nobody vouches": message(found=replace(FOUND, origins={})),
    "another moment": message(found=replace(FOUND, checked_at=datetime(2020, 1, 1, tzinfo=UTC))),
    "another container": message(found=replace(FOUND, container="exe")),
    "a number for a name": json.dumps({**BADGE, "found": {**BADGE["found"], "format": 7}}).encode(),
    "one member more": json.dumps({**BADGE, "found": {**BADGE["found"], "more": 7}}).encode(),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_told_as_every_fault_of_a_child(lie: str) -> None:
    """Read as from a child; that one child's lie is told to whoever brought the badge is shown above."""
    ours, theirs = isolated._SPAWN.Pipe()
    with ours, theirs:
        theirs.send_bytes(LIES[lie])
        with pytest.raises(UntrueAnswer):
            isolated._served(ours, Web(guild.web().fetch, guild.NOW))


def test_more_than_an_answer_may_be_long_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated, "ANSWER", 1000)

    assert told_by(monkeypatch, b"x" * 1001) == ["too-heavy"]


def test_whoever_asks_without_end_is_left() -> None:
    ours, theirs = isolated._SPAWN.Pipe()
    asks = message(asks="https://guild.example/")
    with ours, theirs:
        for _ in range(isolated.ASKED):
            theirs.send_bytes(asks)
        with pytest.raises(UntrueAnswer):
            isolated._served(ours, Web(guild.web().fetch, guild.NOW))


def test_what_it_saw_is_what_we_gave_it() -> None:
    """It may say what it found: not what an issuer said."""
    lie = replace(FOUND, unanswered=("https://issuer.example/",), seen=())
    answer = Fetched(address="https://a.example/1", status=200, media_type="", body=b"true")
    ours, theirs = isolated._SPAWN.Pipe()
    with ours, theirs:
        theirs.send_bytes(message(asks="https://a.example/1"))
        theirs.send_bytes(message(found=lie))
        found = isolated._served(ours, Web(lambda _: answer, guild.NOW))

    assert [(one.address, one.body) for one in found.seen] == [("https://a.example/1", b"true")]
    assert found.unanswered == ()
    with pytest.raises(UntrueAnswer):
        child_json.from_json(Examination, child_json.to_json(replace(FOUND, seen=({"address": "x"},))))  # type: ignore[arg-type]


def test_all_of_an_examination_comes_through_as_it_was() -> None:
    odd = replace(FOUND, badge=replace(FOUND.badge, name="Demi \ud83d caractère\x00, « é »"), unsigned=("/a/0",))
    for found in (FOUND, odd):
        assert child_json.from_json(Examination, child_json.to_json(found)) == found
    assert FOUND.badge.valid_from, "a moment is among it"


@pytest.mark.parametrize("moment", ["2026-01-01T00:00:00", "2026-01-01T00:00:00+02:00", "tomorrow"])
def test_a_moment_is_one_in_utc(moment: str) -> None:
    with pytest.raises(UntrueAnswer):
        child_json.from_json(datetime, json.dumps(moment).encode())
