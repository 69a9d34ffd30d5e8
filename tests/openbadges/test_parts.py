"""The parts that every version of a badge has, in all the shapes in which issuers write them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.quantity import rows
from wallet.openbadges import parts
from wallet.openbadges.badge import Alignment, Criteria, Evidence, Image, Issuer

PICTURE = "data:image/png;base64," + "A" * 10_000


@rows(
    ("written", "found"),
    [
        ("https://a.example/1.png", Image(id="https://a.example/1.png")),
        (PICTURE, Image(id=PICTURE)),
        ({"id": PICTURE, "caption": "A heart"}, Image(id=PICTURE, caption="A heart")),
        ([PICTURE, {"id": PICTURE, "caption": "A heart"}], Image(id=PICTURE, caption="A heart")),
        ([{"id": PICTURE}, {"id": "https://a.example/1.png", "caption": "Another"}], Image(id=PICTURE)),
        ({"@id": "https://a.example/1.png", "caption": True}, Image(id="https://a.example/1.png")),
        ([None, {"id": ""}, "https://a.example/2.png"], Image(id="https://a.example/2.png")),
        ("data:" + "A" * 6_000_000, None),
        ({}, None),
        (5, None),
        (None, None),
    ],
)
def test_a_picture(written: object, found: Image | None) -> None:
    assert parts.image(written) == found


def test_an_issuer_is_an_address_or_a_profile() -> None:
    profile = {
        "id": "https://a.example",
        "name": "École",
        "email": "a@a.example",
        "url": "https://a.example",
        "image": "x:y",
    }

    assert parts.issuer("did:key:z6Mk") == Issuer(id="did:key:z6Mk")
    assert parts.issuer(None) == Issuer(id="")
    assert parts.issuer(profile) == Issuer(
        id="https://a.example", name="École", url="https://a.example", email="a@a.example", image=Image(id="x:y")
    )


@rows(
    ("written", "found"),
    [
        ("https://a.example/criteria", Criteria(id="https://a.example/criteria")),
        ("Be there.", Criteria(narrative="Be there.")),
        ({"narrative": "Be **there**.\n\nTwice."}, Criteria(narrative="Be **there**.\n\nTwice.")),
        (
            {"id": "https://a.example/c", "narrative": {"fr": "Être là."}},
            Criteria(id="https://a.example/c", narrative="Être là."),
        ),
        (
            ["https://a.example/c", "One", {"narrative": "Two"}],
            Criteria(id="https://a.example/c", narrative="One\n\nTwo"),
        ),
        (None, Criteria()),
        (True, Criteria()),
    ],
)
def test_criteria(written: object, found: Criteria) -> None:
    assert parts.criteria(written) == found


@pytest.mark.breadth
def test_alignments_of_1_and_of_2() -> None:
    old = {"name": "Read", "url": "https://a.example/read", "description": "Follow"}
    new = {"targetName": "Read", "targetUrl": "https://a.example/read", "targetFramework": "F", "targetCode": "1"}

    assert parts.alignments([old, new, "x", {}]) == (
        Alignment(target_name="Read", target_url="https://a.example/read", target_description="Follow"),
        Alignment(target_name="Read", target_url="https://a.example/read", target_framework="F", target_code="1"),
    )
    assert len(parts.alignments([old | {"name": str(number)} for number in range(10_000)])) == parts.MOST


FRENCH = {"@value": "La photo", "@language": "fr"}
ENGLISH = {"@value": "The photo", "@language": "en"}


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["Une photo", "Un film"], ["Une photo", "Un film"]),
        (["Une photo", "Une photo"], ["Une photo"]),
        ([FRENCH, ENGLISH, FRENCH], ["La photo"]),
        ([FRENCH, "Un film", ENGLISH], ["La photo", "Un film"]),
        ([{"@value": "Un film", "@language": "fr"}, FRENCH, ENGLISH], ["Un film", "La photo"]),
        ([FRENCH, {"@value": "Un film", "@language": 5}], ["La photo", "Un film"]),
        ([], [""]),
    ],
)
def test_evidence_that_is_told_in_several_ways_shows_each(words: list[Any], shown: list[str]) -> None:
    """Of two pieces with one address a holder made one, that told the first of them alone."""
    subject = {"id": "https://guild.example/photo", "type": ["Evidence"]}
    found = parts.evidence([subject | {"description": words, "name": "La pièce"}], "fr")

    assert found == tuple(Evidence(id=subject["id"], name="La pièce", description=one) for one in shown)


def test_evidence_is_an_address_or_words_or_an_object() -> None:
    written = ["https://a.example/work", "I did it.", {"id": "_:b1", "narrative": "Rocked", "genre": "Film"}, {}, True]

    assert parts.evidence(written) == (
        Evidence(id="https://a.example/work"),
        Evidence(narrative="I did it."),
        Evidence(narrative="Rocked", genre="Film"),
    )


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("https://a.example"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["id", "@id", "name", "narrative", "url", "@value", "fr"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(ANYTHING)
@pytest.mark.breadth
def test_no_shape_breaks_anything(written: object) -> None:
    assert isinstance(parts.image(written), Image | None)
    assert isinstance(parts.issuer(written), Issuer)
    assert isinstance(parts.criteria(written), Criteria)
    assert isinstance(parts.alignments(written), tuple)
    assert isinstance(parts.evidence(written), tuple)
