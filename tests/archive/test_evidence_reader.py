"""What an archive tells that somebody told is read strictly: what does not fit is left out and counted, never believed."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.fixtures.archived import Archive
from tests.fixtures.moments import a_moment
from tests.fixtures.visits import AWARDED, NOW
from wallet.archive import reader
from wallet.archive.evidence_reader import ArchivedMoment
from wallet.archive.reader import WalletJson

AT = AWARDED.isoformat()
LATER = (NOW + timedelta(days=2)).isoformat()
SAID = {"question": "facts", "text": "Voilà.", "key": "k", "made_at": AT}
FILE = {
    "file": "moments/001-01-plan.pdf",
    "key": "f",
    "kind": "file",
    "name": "plan.pdf",
    "address": "",
    "added_at": AT,
    "removed_at": None,
}
LINK = FILE | {"file": None, "kind": "link", "name": "", "address": "https://exemple.fr/a", "key": "l"}


def told(*moments: Any, **more: Any) -> WalletJson:
    return reader.read_wallet_json(json.dumps(Archive(evidence=list(moments), **more).told).encode(), NOW)


def moments(found: WalletJson) -> list[ArchivedMoment]:
    return [found.moment(at) for at in found.moments]


def test_a_sound_one_is_read_whole() -> None:
    second = SAID | {"question": "situation", "text": "work", "key": "s"}
    moment = a_moment(answers=[SAID, second], attachments=[FILE, LINK], badges=[1, 0])

    found = told(moment, a_moment("b", told_at=None))

    first, draft = moments(found)
    assert (first.key, first.begun_at, first.told_at, first.places) == ("a", AWARDED, AWARDED, (1, 0))
    assert [(one.question, one.text, one.key, one.made_at) for one in first.answers] == [
        ("facts", "Voilà.", "k", AWARDED),
        ("situation", "work", "s", AWARDED),
    ]
    assert [(one.name, one.file, one.address) for one in first.attachments] == [
        ("plan.pdf", "moments/001-01-plan.pdf", ""),
        ("", "", "https://exemple.fr/a"),
    ]
    assert (draft.told_at, found.left_out, found.is_empty) == (None, 0, False)


def test_an_archive_from_before_tells_none() -> None:
    found = reader.read_wallet_json(json.dumps(Archive().add(b"1").told).encode(), NOW)

    assert (found.moments, found.left_out) == ([], 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": ""},
        {"key": None},
        {"key": 7},
        {"key": "x" * 41},
        {"key": "a\0b"},
        {"begun_at": "hier"},
        {"begun_at": None},
        {"begun_at": LATER},
        {"begun_at": "2026-11-24T10:12:00"},
        {"told_at": LATER},
        {"told_at": []},
        {"answers": {}},
        {"answers": 7},
        {"answers": [SAID | {"question": "mood"}]},
        {"attachments": "plan.pdf"},
        {"badges": 0},
        {"badges": {"0": 1}},
    ],
    ids=str,
)
def test_a_moment_that_cannot_be_read_is_left_out(wrong: dict[str, Any]) -> None:
    found = told(a_moment(**wrong), a_moment("b"))

    assert [one.key for one in moments(found)] == ["b"]
    assert found.left_out == 1


@pytest.mark.parametrize("wrong", ["a moment", None, 7, [], {}, {"key": "a"}], ids=str)
def test_what_is_no_moment_is_left_out(wrong: Any) -> None:
    found = told(wrong, a_moment("b"))

    assert (len(found.moments), found.left_out) == (1, 1)


@pytest.mark.parametrize("shape", [{}, "x", 7, {"a": [1]}], ids=str)
def test_what_is_no_list_is_no_moment(shape: Any) -> None:
    found = reader.read_wallet_json(json.dumps(Archive(evidence=shape).told).encode(), NOW)

    assert (found.is_empty, found.left_out) == (True, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"question": "mood"},
        {"question": ["facts"]},
        {"question": None},
        {"text": 7},
        {"text": None},
        {"text": "a\0b"},
        {"text": "\ud800"},
        {"text": "x" * 20_001},
        {"question": "sentence", "text": "x" * 121},
        {"question": "place", "text": "x" * 121},
        {"question": "situation", "text": "on the moon"},
        {"key": ""},
        {"key": "x" * 41},
        {"key": "same"},
        {"made_at": "hier"},
        {"made_at": LATER},
    ],
    ids=lambda wrong: str(wrong)[:60],
)
def test_an_answer_that_cannot_be_read_is_left_out_and_the_others_stay(wrong: dict[str, Any]) -> None:
    found = told(a_moment(answers=[SAID | {"key": "same"}, SAID | wrong, SAID | {"key": "last"}]))

    [moment] = moments(found)
    assert [one.key for one in moment.answers] == ["same", "last"]
    assert found.left_out == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "film"},
        {"kind": ["file"]},
        {"kind": None},
        {"file": 7},
        {"file": "x" * 301},
        {"name": None},
        {"name": "x" * 301},
        {"name": "a\0b"},
        {"key": ""},
        {"key": "l"},
        {"added_at": LATER},
        {"kind": "link"},
        {"kind": "link", "address": None},
        {"kind": "link", "address": "javascript:alert(1)"},
        {"kind": "link", "address": "data:text/html,<script>"},
        {"kind": "link", "address": "file:///etc/passwd"},
        {"kind": "link", "address": "//exemple.fr"},
        {"kind": "link", "address": "https://localhost"},
        {"kind": "link", "address": "https://[exemple.fr"},
        {"kind": "link", "address": "https://exemple.fr/a b"},
        {"kind": "link", "address": "https://exemple.fr/\u202e"},
        {"kind": "link", "address": "https://exemple.fr/" + "a" * 2000},
    ],
    ids=lambda wrong: str(wrong)[:60],
)
def test_an_attachment_that_cannot_be_read_is_left_out_and_the_others_stay(wrong: dict[str, Any]) -> None:
    found = told(a_moment(attachments=[LINK, FILE | wrong, FILE | {"key": "last"}]))

    [moment] = moments(found)
    assert [one.key for one in moment.attachments] == ["l", "last"]
    assert found.left_out == 1


def test_a_name_is_read_on_one_line_without_a_place() -> None:
    [moment] = moments(told(a_moment(attachments=[FILE | {"name": "../../\u202ea\nb/plan.pdf"}])))

    assert moment.attachments[0].name == "plan.pdf"


def test_what_was_removed_is_passed_over() -> None:
    found = told(a_moment(removed_at=AT, answers=[SAID, SAID]), a_moment("b", attachments=[FILE | {"removed_at": AT}]))

    [moment] = moments(found)
    assert (moment.key, moment.attachments, found.left_out) == ("b", [], 0)


def test_one_in_which_nothing_is_told_any_more_is_passed_over() -> None:
    """As one that was begun with a photo alone, which was taken off."""
    emptied = a_moment(answers=[], attachments=[FILE | {"removed_at": AT}])

    found = told(emptied, a_moment("b"))

    assert ([one.key for one in moments(found)], found.moment_places.keys(), found.left_out) == (["b"], {1}, 0)


def test_what_was_removed_takes_nobodys_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wallet.evidence.MOST_MOMENTS", 1)

    found = told(a_moment(), a_moment("b", removed_at=AT))

    assert ([one.key for one in moments(found)], found.left_out) == (["a"], 0)


def test_a_file_that_was_missing_is_not_forgotten() -> None:
    [moment] = moments(told(a_moment(attachments=[FILE | {"file": None}])))

    assert [one.file for one in moment.attachments] == [""]


def test_places_are_numbers_and_each_is_told_once() -> None:
    found = told(a_moment(badges=[0, 0, True, "1", None, 10**12, -1]))

    [moment] = moments(found)
    assert (moment.places, found.left_out) == ((0, 10**12, -1), 3)


def test_no_more_is_read_than_anybody_may_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wallet.evidence.MOST_MOMENTS", 2)
    monkeypatch.setattr("wallet.archive.evidence_reader.ANSWERS", 3)
    monkeypatch.setattr("wallet.archive.evidence_reader.ATTACHMENTS", 1)
    many = a_moment(
        answers=[SAID | {"key": f"{number}"} for number in range(5)], attachments=[FILE, FILE | {"key": "g"}]
    )

    found = told(many, a_moment("b"), a_moment("c"))

    first, _ = moments(found)
    assert (len(first.answers), len(first.attachments), found.left_out) == (3, 1, 2 + 1 + 1)
