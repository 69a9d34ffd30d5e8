"""Nadia's word stands under what she read of Sonia's moment, and under nothing else."""

from typing import Any

import pytest

from wallet.endorsements.matching import is_of_moment

READ: dict[str, Any] = {
    "situation": "work",
    "place": "Garage Petit",
    "sentence": "J’ai calmé un client.",
    "said": [["facts", "Un client était en colère."], ["me", "Je l’ai écouté."]],
    "attachments": [{"id": 3, "kind": "recording"}, {"id": 4, "kind": "photo"}],
}


def voice(id: int) -> dict[str, Any]:
    return {"id": id, "kind": "recording"}


def test_it_stands_under_what_nadia_read():
    assert is_of_moment(READ, READ)


@pytest.mark.parametrize(
    "told",
    [
        {"place": ""},
        {"situation": ""},
        {"said": [["facts", "Un client était en colère."]]},
        {"sentence": ""},
        {"attachments": []},
        {"attachments": [voice(3), {"id": 9, "kind": "photo"}, {"id": 10, "kind": "file"}]},
    ],
)
def test_it_stands_under_a_part_of_that_whatever_photos_go_with_it(told: dict[str, Any]):
    assert is_of_moment(READ, READ | told)


@pytest.mark.parametrize(
    "told",
    [
        {"sentence": "J’ai calmé dix clients."},
        {"situation": "training"},
        {"place": "Garage Grand"},
        {"said": [["facts", "Dix clients étaient en colère."], ["me", "Je l’ai écouté."]]},
        {"said": [*READ["said"], ["result", "Il est revenu."]]},
        {"said": [["me", "Un client était en colère."], ["facts", "Je l’ai écouté."]]},
        {"attachments": [voice(3), voice(9)]},
    ],
)
def test_where_sonia_tells_what_nadia_did_not_read_it_is_put_aside(told: dict[str, Any]):
    assert not is_of_moment(READ, READ | told)


@pytest.mark.parametrize("part", ["situation", "place", "sentence"])
def test_what_sonia_took_off_before_nadia_read_is_not_told_over_her_word(part: str):
    assert not is_of_moment(READ | {part: ""}, READ)


def test_it_stands_under_nothing_where_nothing_is_told_or_nobody_knows_what_she_read():
    nothing = READ | {"sentence": "", "said": [], "attachments": [{"id": 4, "kind": "photo"}]}

    assert not is_of_moment(READ, nothing)
    assert not is_of_moment(None, READ)
