"""Any change of a signed value is never valid: every value of every kind of badge, one by one.

The exceptions are told here: a document signed as linked data may name more contexts, or one twice, as long as every
word means what it meant, and more types, which mean nothing and are told as unsigned; nothing that is shown changes.
"""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fixtures.quantity import here_and_in_soak, rows
from tests.openbadges.support import hostile, sound
from tests.openbadges.support.sound import Sound
from wallet.openbadges import UnreadableBadge
from wallet.openbadges.proofs.multibase import from_base64url

Place = tuple[str | int, ...]

PROVEN = tuple(one.name for one in sound.badges() if one.document.startswith(b"{") and one.name.startswith("3.0"))
TOKENS = tuple(one.name for one in sound.badges() if one.document.startswith(b"e"))
HOSTED = tuple(one.name for one in sound.badges() if one.document.startswith(b"{") and one.name < "3.0")


def leaves(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every value that is no object and no list, with the way to it."""
    if isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*place, step))
    else:
        yield place, value


def others(value: Any) -> list[Any]:
    """What could stand in the place of *value*."""
    if isinstance(value, bool):
        return [not value, 1 - value]
    if isinstance(value, int | float):
        return [value + 1, -value - 1]
    return [f"{value}x", value.swapcase() if value.swapcase() != value else "9", "2031-01-01T00:00:00Z", 7]


def changes(document: dict[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    """*document* with one value changed, taken away, made two, or given a brother."""
    for place, value in leaves(document):
        for other in [*others(value), None, [value, "x"], {"id": "urn:x"}]:
            changed = copy.deepcopy(document)
            inner: Any = changed
            for step in place[:-1]:
                inner = inner[step]
            if other is None:
                del inner[place[-1]]
            else:
                inner[place[-1]] = other
            yield place, changed


def state(one: Sound, document: bytes) -> str:
    try:
        return one.examine(document).state
    except UnreadableBadge:
        return "unreadable"


@pytest.mark.parametrize("share", ["an eleventh", pytest.param("all", marks=pytest.mark.soak)])
@pytest.mark.parametrize("name", PROVEN)
@pytest.mark.breadth(
    beside=[
        "3.0 eddsa-jcs-2022-an eleventh",
        "3.0 ecdsa-jcs-2019 secp384r1-an eleventh",
        "3.0 ecdsa-rdfc-2019 secp384r1-an eleventh",
    ]
)
def test_no_value_that_a_proof_covers_is_changed(name: str, share: str) -> None:
    """Of each of the eleven kinds another eleventh in `make test`, all of them in `make soak`."""
    one = sound.by_name(name)
    some = slice(None) if share == "all" else slice(PROVEN.index(name) % 11, None, 11)
    for place, changed in list(changes(json.loads(one.document)))[some]:
        if state(one, sound.written(changed)) == "valid":
            found = one.examine(sound.written(changed))
            assert "jcs" not in name, place
            assert found.badge == one.examine().badge, place
            # Beside a word or an address that is signed, one that is relative says nothing: it is dropped, and told as unsigned.
            is_beside = place[-1] in ("type", "statusListCredential") and found.unsigned
            assert place[0] == "@context" or is_beside, place


@pytest.mark.parametrize("every", here_and_in_soak(3, 1))
@rows("name", TOKENS)
@rows("part", [0, 1])
@pytest.mark.breadth
def test_no_value_in_a_token_is_changed(name: str, part: int, every: int) -> None:
    """In `make test` each value in one to three of its ways, which its place decides; in `make soak` in all of them."""
    one = sound.by_name(name)
    parts = one.document.decode().split(".")
    for place, changed in list(changes(json.loads(from_base64url(parts[part]))))[TOKENS.index(name) % every :: every]:
        parts[part] = hostile.part(json.dumps(changed).encode())
        assert state(one, ".".join(parts).encode()) != "valid", place


@rows("name", TOKENS)
@pytest.mark.breadth
def test_no_letter_of_a_token_is_changed(name: str) -> None:
    one = sound.by_name(name)
    token = one.document.decode()
    for place in [*range(0, len(token), 11), *range(len(token) - 4, len(token))]:
        other = "A" if token[place] != "A" else "B"
        assert state(one, (token[:place] + other + token[place + 1 :]).encode()) != "valid", place


@pytest.mark.parametrize("name", HOSTED)
@pytest.mark.breadth
def test_no_value_of_a_file_is_shown_in_the_place_of_what_its_address_answers(name: str) -> None:
    one = sound.by_name(name)
    for place, changed in changes(json.loads(one.document)):
        if state(one, sound.written(changed)) == "valid":
            assert one.examine(sound.written(changed)).badge == one.examine().badge, place


@rows("name", [name for name in PROVEN if "jcs" not in name])
@rows(
    ("member", "value"),
    [
        ("validUntil", "2031-01-01T00:00:00Z"),
        ("description", "forged"),
        ("image", {"id": "https://evil.example/x.png", "type": "Image"}),
        ("evidence", [{"type": ["Evidence"], "name": "forged"}]),
        ("credentialStatus", {"id": "urn:x", "type": "1EdTechRevocationList"}),
        ("grade", "A"),
        ("image", "relative.png"),
        ("expires", "2031"),
    ],
    ids=lambda it: it if isinstance(it, str) else "",
)
@pytest.mark.breadth
def test_no_brother_of_what_a_proof_covers_is_shown(name: str, member: str, value: Any) -> None:
    one = sound.by_name(name)

    found = one.examine(sound.written(json.loads(one.document) | {member: value}))

    assert found.state != "valid" or (found.unsigned, found.badge) == ((f"/{member}",), one.examine().badge)
