"""Nothing that a person wrote is cut in the middle of a sentence where it has an end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.openbadges.support.processor import within
from wallet.evidence.sentences import beginning_of, each_of


@pytest.mark.parametrize(
    ("text", "limit", "beginning"),
    [
        ("Elle pleurait. Je l’ai écoutée. Elle est repartie.", 33, "Elle pleurait. Je l’ai écoutée."),
        ("« Merci ! » Elle est repartie.", 15, "« Merci ! »"),
        ("J’ai rangé\nPuis j’ai appelé le dépôt", 20, "J’ai rangé"),
        ("J’ai mis 3.5 kilos dans le sac du client", 20, "J’ai mis 3.5 kilos"),
        ("Elle pleurait. J’ai appelé M. Martin et le dépôt", 40, "Elle pleurait."),
        ("J’ai aidé M. Martin à ranger les palettes", 33, "J’ai aidé M. Martin à ranger les"),
        ("I helped Mrs. Lea Martin with the pallets", 30, "I helped Mrs. Lea Martin with"),
        ("J’ai aidé MM. Martin et Petit à ranger", 30, "J’ai aidé MM. Martin et Petit"),
        ("J’habite en H.L.M. J’aide mes voisins", 33, "J’habite en H.L.M."),
        ("J’ai le permis B. Je conduis depuis deux ans", 33, "J’ai le permis B."),
        ("J’ai salué M... Elle est repartie", 20, "J’ai salué M..."),
        ("Non !... Elle est repartie", 20, "Non !..."),
        ("Tout va bien.", 13, "Tout va bien."),
        ("Anticonstitutionnellement", 6, "Antico"),
    ],
)
def test_a_text_ends_with_a_sentence(text: str, limit: int, beginning: str) -> None:
    assert beginning_of(text, limit) == beginning


def test_whoever_is_named_stands_in_the_sentence_that_names_them() -> None:
    """On paper each sentence is set by itself: « J’ai aidé M. » alone would say of whom it is nothing."""
    assert each_of("J’ai aidé M. Martin. Mme Petit a dit merci ! Voilà…") == [
        ["J’ai aidé M. Martin.", "Mme Petit a dit merci !", "Voilà…"]
    ]


def test_rows_of_dots_in_a_story_make_no_recruiter_wait() -> None:
    """A page shows sixty stories: each of them took a tenth of a second, in which nobody else was answered."""
    dots = "." * 1_990 + "x" * 20

    with within(0.5):
        assert [beginning_of(dots, 2_000) for _ in range(10)] == [dots[:2_000]] * 10


@given(st.text(), st.integers(1, 200))
@pytest.mark.breadth
def test_it_is_a_beginning_and_has_room(text: str, limit: int) -> None:
    found = beginning_of(text, limit)

    assert text.startswith(found)
    assert len(found) <= limit
