"""A share while Sonia chooses it: which dates it may end on, what is wrong with it, and the same once more."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.fixtures.examined import NOW
from wallet.shares import evidence_snapshots, form, shown_endorsements
from wallet.shares.form import A_DATE, FOR_A_YEAR, ShareForm
from wallet.shares.models import DAYS, LONGEST
from wallet.shares.owner_view import OwnedShare
from wallet.shares.shown_endorsements import EndorsementChoice

LATE = datetime(2026, 12, 1, 23, 30, tzinfo=UTC)
"""Half past midnight on the wall, of the day after."""


def asks_for(date: str, now: datetime = NOW) -> list[str]:
    return form.form_problems(ShareForm(badge_ids=frozenset({1}), days=A_DATE, date=date), now)


def test_it_ends_today_or_on_the_last_day_and_on_none_before_or_after() -> None:
    first, last, day = form.first_day(NOW), form.last_day(NOW), timedelta(days=1)

    assert [asks_for(str(one)) for one in (first - day, first, last, last + day)] == [
        ["date-past"],
        [],
        [],
        ["date-far"],
    ]
    chosen = form.form_choice(ShareForm(badge_ids=frozenset({1}), days=A_DATE, date=str(last)), NOW)
    assert chosen.ends_at is not None
    assert chosen.ends_at <= NOW + LONGEST, "it lasts to the evening of that day"


def test_the_day_is_that_of_the_wall() -> None:
    assert str(form.first_day(LATE)) == "2026-12-02"
    assert asks_for("2026-12-01", LATE) == ["date-past"]


@pytest.mark.parametrize(("more", "problems"), [(0, []), (1, ["too-many-moments"])])
def test_so_many_moments_and_no_more_and_none_of_a_badge_that_is_not_ticked(more: int, problems: list[str]) -> None:
    many = evidence_snapshots.MOST_SHOWN_MOMENTS + more
    pairs = frozenset((badge, moment) for badge in (1, 2) for moment in range(many))

    assert form.form_problems(ShareForm(badge_ids=frozenset({1}), pairs=pairs), NOW) == problems


@pytest.mark.parametrize(("more", "problems"), [(0, []), (1, ["too-many-comments"])])
def test_so_many_words_and_no_more_and_none_in_a_badge_that_is_not_ticked(more: int, problems: list[str]) -> None:
    """Sonia took a badge off, and its words were still ticked below it: she was told to take off some that nobody would see."""
    many = shown_endorsements.MOST_SHOWN_ENDORSEMENTS + more
    words = frozenset(EndorsementChoice(badge_id=badge, mark=f"{n}") for badge in (1, 2) for n in range(many))

    assert form.form_problems(ShareForm(badge_ids=frozenset({1}), endorsements=words), NOW) == problems


def test_a_year_is_for_the_cv_where_nothing_else_was_chosen() -> None:
    year = ShareForm(badge_ids=frozenset({1}), days=form.A_YEAR)

    assert form.form_choice(year, NOW).purpose == FOR_A_YEAR
    assert form.form_choice(ShareForm(badge_ids=frozenset({1}), days=form.A_YEAR, other="Le garage"), NOW).purpose == (
        "Le garage"
    )


def told(**columns: Any) -> OwnedShare:
    """A share that Sonia stopped just now."""
    texts = dict.fromkeys(("token", "name", "word", "purpose", "code"), "")
    lists = dict.fromkeys(("groups", "badges", "told", "openings"), ())
    times = {"created_at": NOW, "ends_at": NOW + timedelta(days=DAYS[0]), "stopped_at": NOW}
    states = dict.fromkeys(("is_open", "is_paused"), False)
    return OwnedShare(**({"id": 1} | texts | lists | times | states | columns))


@pytest.mark.parametrize("what", ["shows_marks", "shows_siae", "hides_name", "takes_messages", "has_code"])
@pytest.mark.parametrize("is_so", [True, False])
def test_once_more_it_is_as_it_was(what: str, is_so: bool) -> None:
    assert getattr(form.form_of_past_share(told(**{what: is_so})), what) == is_so


def test_it_is_made_longer_by_a_day_at_least_and_opened_again_only_before_its_end() -> None:
    longest, second = max(DAYS), timedelta(seconds=1)
    a_day_less = NOW + timedelta(days=longest - 1)

    assert longest in told(ends_at=a_day_less).longer(NOW)
    assert told(ends_at=a_day_less + second).longer(NOW) == []
    assert told(ends_at=NOW + second).can_reopen(NOW)
    assert not told(ends_at=NOW).can_reopen(NOW), "it has ended meanwhile"
