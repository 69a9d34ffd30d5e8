"""What a holder answers: kept as it is given, never changed, never doubled, whatever a phone or a second window does."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from tests.fixtures.examined import NOW, found, keeps, somebody_with_a_key
from wallet.evidence import answers, editing, views
from wallet.evidence.answers import SentAnswer
from wallet.evidence.models import Answer, Evidence, EvidenceFull
from wallet.evidence.views import EvidenceView
from wallet.storage.database import Database, Missing

PAGE, ANOTHER = "a" * 32, "b" * 32


@pytest.fixture
def maria(wallets: Database) -> int:
    return somebody_with_a_key(wallets)


@pytest.fixture
def youssef(wallets: Database) -> int:
    return somebody_with_a_key(wallets)


class Moments:
    """The moments of one holder."""

    def __init__(self, wallets: Database, holder: int) -> None:
        self.wallets, self.holder = wallets, holder

    def begins(self, key: str = PAGE, *badge_ids: int, text: str = "work") -> int:
        with self.wallets.writing() as session:
            return answers.begin_moment(session, self.holder, SentAnswer("situation", text, key), badge_ids, NOW)

    def says(self, id: int, text: str, key: str = PAGE, question: str = "facts", after: int = 0) -> Answer | None:
        with self.wallets.writing() as session:
            return answers.keep_answer(session, self.holder, id, SentAnswer(question, text, key, after), NOW)

    def takes_again(self, id: int, answer: int) -> str:
        with self.wallets.writing() as session:
            return answers.restore_answer(session, self.holder, id, answer, "c" * 32, NOW)

    def telling(self, id: int) -> EvidenceView:
        with self.wallets.reading() as session:
            return views.view_moment(session, self.holder, id)

    def texts(self, id: int) -> list[str]:
        """Every text to « Que s’est-il passé ? », the first one first."""
        with self.wallets.reading() as session:
            given = answers.list_earlier_answers(session, self.holder, id)
        return [one.text for one in reversed(given) if one.question == "facts"]


@pytest.fixture
def moments(wallets: Database, maria: int) -> Moments:
    return Moments(wallets, maria)


@pytest.mark.postgresql
def test_the_same_step_sent_three_times_is_one_answer(moments: Moments):
    id = moments.begins()

    for _ in range(3):
        moments.says(id, "Un client attendait.")

    assert moments.texts(id) == ["Un client attendait."]


def test_a_moment_begun_three_times_is_one_moment(wallets: Database, moments: Moments):
    assert len({moments.begins() for _ in range(3)}) == 1
    with wallets.reading() as session:
        assert session.scalar(select(func.count()).select_from(Evidence)) == 1


def test_another_page_begins_another_moment(moments: Moments):
    assert moments.begins(PAGE) != moments.begins(ANOTHER)


def test_whoever_goes_back_and_chooses_another_place_changes_the_same_moment(moments: Moments):
    id = moments.begins()

    assert moments.begins(text="home") == id
    assert moments.telling(id).situation == "home"


def test_whoever_goes_back_to_a_page_and_writes_something_else_loses_nothing(moments: Moments):
    """A browser shows the page as it was left, with the key it had."""
    id = moments.begins()
    moments.says(id, "Un client attendait.")

    for text in ("Un client attendait depuis une heure.", "Un client attendait."):
        assert moments.says(id, text) is None, "it is no other window that wrote before"

    assert moments.telling(id).text("facts") == "Un client attendait."
    assert moments.texts(id) == [
        "Un client attendait.",
        "Un client attendait depuis une heure.",
        "Un client attendait.",
    ]


def test_a_page_on_which_two_things_are_asked_is_known_by_either_answer(moments: Moments):
    id = moments.begins()
    moments.says(id, "Garage Petit", question="place")

    asked = [(question, key) for question in ("situation", "place", "facts") for key in (PAGE, ANOTHER)]
    with moments.wallets.reading() as session:
        known = [one for one in asked if answers.is_answered(session, id, *one)]
    assert known == [("situation", PAGE), ("place", PAGE)]


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_what_comes_late_does_not_undo_what_was_written_since(moments: Moments):
    """A phone sends its first text once more, when the line is back: by then another page has said more."""
    id = moments.begins()
    moments.says(id, "Un client.")
    moments.says(id, "Un client attendait.", ANOTHER)

    moments.says(id, "Un client.")

    assert moments.telling(id).text("facts") == "Un client attendait."


def test_two_windows_write_the_same_text_and_both_are_kept(moments: Moments):
    id = moments.begins()
    moments.says(id, "Un client.", PAGE)
    seen = moments.telling(id).answers["facts"].id
    assert moments.says(id, "Un client criait.", ANOTHER, after=seen) is None

    other = moments.says(id, "Un client pleurait.", "c" * 32, after=seen)

    assert other is not None
    assert other.text == "Un client criait."
    assert moments.telling(id).text("facts") == "Un client pleurait."
    assert "Un client criait." in moments.texts(id)


@pytest.mark.breadth
def test_an_earlier_text_holds_again(moments: Moments):
    id = moments.begins()
    moments.says(id, "Un client.", PAGE)
    first = moments.telling(id).answers["facts"].id
    moments.says(id, "Personne.", ANOTHER)

    assert moments.takes_again(id, first) == "facts"
    assert moments.telling(id).text("facts") == "Un client."
    assert moments.texts(id) == ["Un client.", "Personne.", "Un client."]


def test_a_text_may_be_taken_back(moments: Moments):
    id = moments.begins()
    moments.says(id, "Un client.", PAGE)

    moments.says(id, "", ANOTHER, after=moments.telling(id).answers["facts"].id)

    assert moments.telling(id).text("facts") == ""
    assert moments.texts(id) == ["Un client.", ""]


def test_an_empty_box_of_an_old_window_takes_nothing_back(moments: Moments):
    id = moments.begins()
    moments.says(id, "Un client.", PAGE)

    other = moments.says(id, "", ANOTHER, after=0)

    assert other is not None
    assert moments.telling(id).text("facts") == "Un client."


def test_nobody_else_answers_or_reads(wallets: Database, moments: Moments, youssef: int):
    id = moments.begins()
    moments.says(id, "Un client.")
    other = Moments(wallets, youssef)

    for deed in (
        lambda: other.says(id, "Je suis passé."),
        lambda: other.telling(id),
        lambda: other.texts(id),
        lambda: other.takes_again(id, moments.telling(id).answers["facts"].id),
    ):
        with pytest.raises(Missing):
            deed()
    assert moments.texts(id) == ["Un client."]


def test_an_answer_of_another_moment_does_not_come_here(moments: Moments):
    id, another = moments.begins(PAGE), moments.begins(ANOTHER)
    moments.says(another, "Ailleurs.")

    with pytest.raises(Missing):
        moments.takes_again(id, moments.telling(another).answers["facts"].id)


def test_a_moment_speaks_only_of_ones_own_badges(wallets: Database, moments: Moments, youssef: int):
    [theirs] = keeps(wallets, youssef, found())

    with pytest.raises(Missing):
        moments.begins(PAGE, theirs)

    with wallets.reading() as session:
        assert session.scalar(select(func.count()).select_from(Evidence)) == 0


def test_there_is_an_end_to_what_may_be_told(moments: Moments, monkeypatch: pytest.MonkeyPatch):
    id = moments.begins()
    monkeypatch.setattr(editing, "ROOM", 100)

    with pytest.raises(EvidenceFull):
        moments.says(id, "é" * 50)

    assert moments.texts(id) == []
    moments.says(id, "é" * 20)


def test_there_is_an_end_to_how_many_moments_there_are(moments: Moments, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(editing, "MOST_MOMENTS", 1)
    moments.begins(PAGE)
    moments.begins(PAGE)

    with pytest.raises(EvidenceFull):
        moments.begins(ANOTHER)


@pytest.mark.breadth
def test_the_latest_hundred_edits_are_all_there(moments: Moments):
    id = moments.begins()
    for number in range(100):
        moments.says(id, f"Texte {number}.", f"{number:032x}")

    assert moments.texts(id) == [f"Texte {number}." for number in range(100)]
    assert moments.telling(id).text("facts") == "Texte 99."


@pytest.mark.postgresql
@settings(
    max_examples=settings.default.max_examples // 4,  # more in soak
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["", "un", "deux"])), max_size=8))
@pytest.mark.breadth
def test_the_last_text_holds_and_none_is_lost(wallets: Database, steps: list[tuple[str, str]]):
    moments = Moments(wallets, somebody_with_a_key(wallets))
    id = moments.begins()
    for page, text in steps:
        moments.says(id, text, page * 32)

    given = moments.texts(id)
    assert {text for _, text in steps if text} <= set(given)
    assert all(one != following for one, following in pairwise(given))
    assert moments.telling(id).text("facts") == (given[-1] if given else "")


def test_when_it_was_said_is_kept(moments: Moments):
    id = moments.begins()

    assert moments.telling(id).answers["situation"].made_at == NOW
    assert moments.telling(id).begun_at + timedelta(0) == NOW
