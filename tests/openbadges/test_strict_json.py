"""Strangers' JSON read piece by piece, and with fewer levels than a badge may have; documents are in test_documents.py."""

from collections.abc import Callable

import pytest

from tests.fixtures.quantity import rows
from wallet.openbadges import DamagedFile, JsonReader, strict_json
from wallet.openbadges import read_json_object as read_object

PIECES = '{"badges" : [{"a": 1},\n 2 ], "empty": [], "none": {}} '


def test_pieces_are_read_where_they_stand() -> None:
    reader = JsonReader(PIECES)
    read = {}
    for name in reader.names():
        items = reader.comes("[")
        read[name] = [(value, reader.began) for value in reader.items()] if items else reader.value()

    assert read == {"badges": [({"a": 1}, 13), (2, 24)], "empty": [], "none": {}}
    assert reader.ends()
    assert JsonReader(PIECES, 13).value() == {"a": 1}


@pytest.mark.parametrize("stretch", range(1, 60))
def test_a_value_is_found_wherever_the_stretch_ends_in_which_it_is_looked_for(
    monkeypatch: pytest.MonkeyPatch, stretch: int
) -> None:
    monkeypatch.setattr(strict_json, "_STRETCHES", (stretch, 100))
    reader = JsonReader('{"a": [12, 345], "b": -1.5e3, "c": "d\\"e,", "f": true}', most=13)

    assert {name: (reader.value(), reader.signs) for name in reader.names()} == {
        "a": ([12, 345], 2),
        "b": (-1500.0, 0),
        "c": ('d"e,', 1),
        "f": (True, 0),
    }
    assert reader.ends()


def test_what_has_more_signs_than_it_may_is_not_unfolded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strict_json, "_STRETCHES", (8, 100))
    reader = JsonReader("[[1, 2], [1, 2, 3, 4, 5, 6]]", most=5)
    found = reader.items()

    assert next(found) == [1, 2]
    with pytest.raises(ValueError, match="unfolds to too much"):
        next(found)
    with pytest.raises(ValueError, match="no value"):
        JsonReader('["d', most=5).value()


@rows(
    "text",
    [
        *(
            "",
            "[]",
            '{"a"}',
            '{"a": 1',
            '{"a": 1,}',
            "{7: 1}",
            '{"a": {"b": 1, "b": 2}}',
            '{"a": NaN}',
            '{"a": -Infinity}',
        ),
        '{"a": ' + "[" * 31 + "1" + "]" * 31 + "}",
    ],
)
def test_what_is_no_such_json_is_refused(text: str) -> None:
    reader = JsonReader(text)

    with pytest.raises(ValueError, match=r".+"):
        _ = [reader.value() for _ in reader.names()]


def objects(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


def lists(levels: int) -> str:
    return '{"a":' + "[" * (levels - 1) + "]" * (levels - 1) + "}"


@pytest.mark.parametrize("nested", [objects, lists])
def test_whoever_wants_fewer_levels_says_so(nested: Callable[[int], str]) -> None:
    assert read_object(nested(20), 20)

    with pytest.raises(DamagedFile):
        read_object(nested(21), 20)
    assert read_object(nested(64))
