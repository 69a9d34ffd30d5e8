"""Which words on the page were signed: those that no signature covers are named, each by its place."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild
from wallet.openbadges.proofs.canonicalization import canonicalize
from wallet.openbadges.proofs.nquads import Inexpressible
from wallet.openbadges.proofs.unsigned_members import _Marked, unsigned_members, without


def changed(document: dict[str, Any], place: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """*document* with another value at one place."""
    other = copy.deepcopy(document)
    inner: Any = other
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return other


SUBJECT = ("credentialSubject",)
ACHIEVEMENT = ("credentialSubject", "achievement")


def test_of_an_honest_badge_everything_is_signed() -> None:
    assert unsigned_members(guild.badge()) == ()


@rows(
    ("place", "value", "told"),
    [
        (("grade",), "A+++", "/grade"),
        ((*ACHIEVEMENT, "grade"), "A+++", "/credentialSubject/achievement/grade"),
        ((*ACHIEVEMENT, "a/b~c"), {"deep": [1]}, "/credentialSubject/achievement/a~1b~0c"),
        ((*SUBJECT, "role"), None, "/credentialSubject/role"),
        ((*SUBJECT, "type"), ["AchievementSubject", "Genius"], "/credentialSubject/type/1"),
        ((*SUBJECT, "type"), ["AchievementSubject", "@Genius"], "/credentialSubject/type/1"),
        ((*ACHIEVEMENT, "image", "id"), "photo.png", "/credentialSubject/achievement/image"),
        ((*ACHIEVEMENT, "criteria", "id"), "", "/credentialSubject/achievement/criteria"),
        (("evidence",), [{"type": ["Evidence"], "name": "a"}, {"type": "Nonsense"}], "/evidence/1/type"),
        (("evidence",), [None], "/evidence/0"),
        (("image",), "photo.png", "/image"),
        (("name",), {"@value": "x", "@language": "en", "@direction": "rtl"}, "/name/@direction"),
        (("proofPurpose",), "x", "/proofPurpose"),
        (("id",), "relative", ""),
    ],
)
def test_what_is_not_signed_is_told_by_its_place(place: tuple[str, ...], value: Any, told: str) -> None:
    assert unsigned_members(changed(guild.badge(), place, value)) in ((told,), ())
    if told != "/proofPurpose":
        assert unsigned_members(changed(guild.badge(), place, value)) == (told,)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("name",), {"@value": "x", "@language": "en"}),
        (("name",), "no address, only words"),
        (("image",), {"id": "data:image/png;base64,AAAA", "type": "Image"}),
        ((*ACHIEVEMENT, "criteria"), {"id": "https://guild.example/criteria"}),
        ((*ACHIEVEMENT, "creditsAvailable"), 7),
    ],
)
def test_what_is_signed_is_not_told(place: tuple[str, ...], value: Any) -> None:
    assert unsigned_members(changed(guild.badge(), place, value)) == ()


def test_a_mark_in_the_badge_itself_deceives_nobody() -> None:
    document = guild.badge(type=["VerifiableCredential", "OpenBadgeCredential", "urn:value-0-1"], grade="value-0-7")

    assert unsigned_members(document) == ("/grade",)


def test_only_the_whole_is_told_where_nothing_of_it_is_signed() -> None:
    document = guild.badge(curriculum={"year": 1, "more": [{"name": "x"}]})

    assert unsigned_members(document) == ("/curriculum",)


def test_types_that_come_out_in_another_number_are_all_told() -> None:
    """No context of ours does it; one that drops a type would shift the others."""
    marked = _Marked("secret")
    marked.node({"type": ["A", "B"]}, "")
    marked.find([{"@id": "urn:node-secret-0", "@type": ["urn:A"], "urn:p": [{"@value": 1}]}])

    assert list(marked.lost()) == ["/type/0", "/type/1"]


def test_what_is_not_signed_can_be_taken_away() -> None:
    document = guild.badge(grade="A", evidence=[{"type": ["Evidence"], "name": "a", "x": 1}, None, {"name": "b"}])

    plain = without(document, unsigned_members(document))

    assert "grade" not in plain
    assert plain["evidence"] == [{"type": ["Evidence"], "name": "a"}, {"name": "b"}]
    assert canonicalize(plain).whole
    assert without(guild.badge(), ()) == guild.badge()


def leaves(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The place of every value that is neither an object nor a list, but the contexts."""
    match value:
        case dict():
            for name, inner in value.items():
                if name != "@context":
                    yield from leaves(inner, (*place, name))
        case list():
            for number, inner in enumerate(value):
                yield from leaves(inner, (*place, number))
        case _:
            yield place


NAMES = ["name", "description", "image", "grade", "type", "id", "evidence", "narrative", "note", "url", "genre"]
words = st.sampled_from(["urn:a", "b", "photo.png", "https://x.example/", "Evidence", 1, 2.5, True])
inner = st.recursive(
    words, lambda inside: st.lists(inside, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inside, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(NAMES), inner, max_size=4))
@pytest.mark.breadth
def test_whatever_is_not_told_changes_the_canonical_form(members: dict[str, Any]) -> None:
    """The heart of it: a value that anybody may change is told."""
    document = {"@context": [guild.VC2, guild.OB3], "type": ["VerifiableCredential"], "evidence": [members]}
    try:
        before, told = canonicalize(document).content, unsigned_members(document)
    except Inexpressible:
        return
    for place in leaves(document["evidence"], ("evidence",)):
        pointer = "/" + "/".join(str(step) for step in place)
        if any(pointer == one or pointer.startswith(f"{one}/") for one in told):
            continue
        other = changed(document, place, "https://somewhere.example/else")
        assert canonicalize(other).content != before, (pointer, json.dumps(document), told)


def test_a_copy_that_is_not_signed_stands_for_no_word_that_was_moved() -> None:
    """Found at random: which edition is in French was read of nothing, while a copy of it hid that the word was moved."""
    of_the_course = {"id": "urn:c", "type": ["Related"], "inLanguage": "fr", "version": "2"}
    written = guild.badge(evidence=[{"id": "urn:c", "type": ["Evidence"], "name": "La photo"}])
    written["credentialSubject"]["achievement"]["related"] = [of_the_course]
    signed = guild.signed(written)
    forged = copy.deepcopy(signed)
    [edition], [photo] = forged["credentialSubject"]["achievement"]["related"], forged["evidence"]
    photo |= {"type": ["Evidence", "Related"], "inLanguage": "fr", "version": "2"}
    edition["type"] = []

    assert guild.examine(signed).state == "valid"
    found = guild.examine(forged)
    assert found.check("intact").outcome == "passed"
    assert (found.state, found.check("conforms").reason) == ("unknown", "one-address-for-two")
    assert found.unsigned
