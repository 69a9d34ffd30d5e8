"""What an employer asks for: whoever answers shows it once, in a share of their own; it ends, has its bounds, and can be stopped."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.fixtures.examined import NOW, another, found, keeps, somebody_with_a_key
from tests.fixtures.framed import NORMANDY, held
from tests.fixtures.made_once import rows_made_once
from wallet.accounts import holders, recoveries
from wallet.competencies.map import HeldBadge, draw_map
from wallet.shares import lifecycle
from wallet.shares.calls import answering, asking, moderation
from wallet.shares.calls.models import (
    ANSWER_LASTS,
    CALL_LASTS,
    MOST_PLACES,
    REPORT_REASONS,
    Call,
    CallAnswer,
    CallForm,
    asked_skills,
    form_problems,
)
from wallet.shares.models import PURPOSE_LIMIT, Share
from wallet.storage.database import Database, Missing
from wallet.storage.keyring import Keyring

COMMUNICATE, ORGANISE = "normandie/communiquer/masters", "normandie/organiser/practises"
SELLER = CallForm(title="Vente, Caen", employer="Intérim du Littoral", places=(COMMUNICATE, ORGANISE))
SECOND = timedelta(seconds=1)


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "keys.json")


@rows_made_once
def its_call(wallets: Database) -> Any:
    """What an agency asked for, with its links."""
    return wallets.write(asking.create_call, SELLER, NOW)


class Agency:
    """An agency that asked, and those who answer it."""

    def __init__(self, wallets: Database, keyring: Keyring) -> None:
        self.wallets, self.keyring = wallets, keyring
        self.made = its_call(wallets)

    @property
    def call(self) -> asking.OpenCall:
        return self.wallets.read(asking.find_call, self.made.code, NOW)

    def is_answered_by(self, holder: int, badges: list[int], name: str = "Sonia", at: datetime = NOW) -> int:
        """The share by which they answer."""
        choice = answering.choice_to_answer(self.call, badges, name, at)
        return self.wallets.write(answering.answer_call, holder, self.call.id, choice, self.keyring.seal, at)

    def reads(self, at: datetime = NOW) -> list[str]:
        """The first names of those who show it something, as they stand on its page."""
        own = self.wallets.read(asking.find_own_call, self.made.secret, self.keyring.unseal, at)
        return [one.name for one in own.answers]


@pytest.fixture
def agency(wallets: Database, keyring: Keyring) -> Agency:
    return Agency(wallets, keyring)


@rows_made_once
def somebody(wallets: Database) -> tuple[int, list[int]]:
    """A holder, and the one badge that they have."""
    holder = somebody_with_a_key(wallets)
    return holder, keeps(wallets, holder, found(another(1)))


def counted(wallets: Database, model: Any) -> int:
    with wallets.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_who_answers_is_read_in_the_order_in_which_they_came(agency: Agency, wallets: Database):
    for number, name in enumerate(("Sonia", "Kévin", "Amina")):
        agency.is_answered_by(*somebody(wallets), name, NOW + number * SECOND)

    assert agency.reads() == ["Sonia", "Kévin", "Amina"]


@pytest.mark.breadth(beside=["sqlite"])
def test_of_a_name_its_first_word_is_told_and_names_on_badges_are_hidden(agency: Agency, wallets: Database):
    share = agency.is_answered_by(*somebody(wallets), "Sonia Martin")

    assert agency.reads() == ["Sonia"]
    with wallets.reading() as session:
        shown = session.get_one(Share, share)
        assert (shown.hides_name, shown.shows_marks, shown.shows_siae) == (True, False, False)
        assert (shown.name, shown.ends_at) == ("Sonia", NOW + ANSWER_LASTS)


@pytest.mark.parametrize(
    ("title", "employer", "purpose"),
    [
        ("Vente, Caen", "Intérim du Littoral", "Vente, Caen, Intérim du Littoral"),
        ("Vendeur en boulangerie (CDD 6 mois, 35 h, travail le samedi)", "Boulangerie du Perrey",
         "Vendeur en boulangerie (CDD 6 mois…, Boulangerie du Perrey"),
        ("Vente", "Association intermédiaire pour l’emploi des Hauts de Rouen et de sa vallée",
         "Vente, Association intermédiaire pour l’emploi des Hauts de…"),
        ("o" * 80, "a" * 80, f"{'o' * 28}…, {'a' * 28}…"),
    ],
)  # fmt: skip
def test_a_long_advert_is_told_with_whose_it_is_and_each_is_cut_where_that_is_seen(
    agency: Agency, title: str, employer: str, purpose: str
):
    call = replace(agency.call, title=title, employer=employer)

    told = answering.choice_to_answer(call, [], "Sonia", NOW).purpose

    assert told == purpose
    assert len(told) <= PURPOSE_LIMIT


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_somebody_who_sends_it_twice_has_one_answer(agency: Agency, wallets: Database):
    sonia = somebody(wallets)

    with ThreadPoolExecutor(2) as together:
        first, second = together.map(lambda _: agency.is_answered_by(*sonia), range(2))

    assert first == second
    assert agency.reads() == ["Sonia"]
    assert counted(wallets, Share) == 1


@pytest.mark.postgresql
@pytest.mark.breadth
def test_who_stopped_their_answer_is_read_no_more_and_may_answer_anew(agency: Agency, wallets: Database):
    sonia, badges = somebody(wallets)
    agency.is_answered_by(*somebody(wallets), "Kévin")
    share = agency.is_answered_by(sonia, badges)
    wallets.write(lifecycle.stop_share, sonia, share, NOW + SECOND)
    assert agency.reads(NOW + SECOND) == ["Kévin"]

    again = agency.is_answered_by(sonia, badges, "Sonya", NOW + 2 * SECOND)

    assert again != share
    assert agency.reads(NOW + 2 * SECOND) == ["Kévin", "Sonya"]
    wallets.write(lifecycle.reopen_share, sonia, share, NOW + 2 * SECOND)
    assert agency.reads(NOW + 2 * SECOND) == ["Kévin", "Sonia"], "each once, whatever they undo, and by the first one"


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_two_hundred_answer_a_call_and_no_more(agency: Agency, wallets: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(answering, "MOST_ANSWERS", 2)
    sonia, badges = somebody(wallets)
    share = agency.is_answered_by(sonia, badges)
    agency.is_answered_by(*somebody(wallets), "Kévin")

    with pytest.raises(answering.CallIsFull):
        agency.is_answered_by(*somebody(wallets), "Amina")

    assert agency.reads() == ["Sonia", "Kévin"]
    wallets.write(lifecycle.stop_share, sonia, share, NOW)
    agency.is_answered_by(sonia, badges, at=NOW + SECOND)
    assert agency.reads(NOW + SECOND) == ["Kévin", "Sonia"], "who was there may come back"


def test_there_is_an_end_to_how_many_calls_there_are(wallets: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(asking, "MOST_CALLS", 2)
    for _ in range(2):
        wallets.write(asking.create_call, SELLER, NOW)

    with pytest.raises(asking.TooManyCalls):
        wallets.write(asking.create_call, SELLER, NOW)

    assert counted(wallets, Call) == 2


def test_a_badge_of_somebody_else_answers_nothing(agency: Agency, wallets: Database):
    sonia, _ = somebody(wallets)
    _, badges = somebody(wallets)

    with pytest.raises(Missing):
        agency.is_answered_by(sonia, badges)

    assert agency.reads() == []


def test_it_ends_and_what_was_answered_is_read_on(agency: Agency, wallets: Database):
    sonia = somebody(wallets)
    late = NOW + CALL_LASTS - SECOND
    agency.is_answered_by(*sonia, at=late)

    for over in (NOW + CALL_LASTS, late + ANSWER_LASTS - SECOND):
        with pytest.raises(Missing):
            wallets.read(asking.find_call, agency.made.code, over)
        assert agency.reads(over) == ["Sonia"]


def test_sixty_days_after_its_end_nothing_stays_but_the_share_of_whoever_answered(agency: Agency, wallets: Database):
    agency.is_answered_by(*somebody(wallets))
    end = NOW + CALL_LASTS + ANSWER_LASTS

    wallets.write(asking.forget_ended_calls, end - SECOND)
    assert (counted(wallets, Call), counted(wallets, CallAnswer)) == (1, 1)
    wallets.write(asking.forget_ended_calls, end)

    assert (counted(wallets, Call), counted(wallets, CallAnswer), counted(wallets, Share)) == (0, 0, 1)


def test_its_employer_closes_it(agency: Agency, wallets: Database):
    sonia, badges = somebody(wallets)
    agency.is_answered_by(sonia, badges)
    call = agency.call
    wallets.write(asking.close_call, agency.made.secret, NOW + SECOND)

    choice = answering.choice_to_answer(call, badges, "Kévin", NOW + SECOND)
    with pytest.raises(Missing):
        wallets.write(answering.answer_call, sonia, call.id, choice, agency.keyring.seal, NOW + SECOND)

    assert agency.reads(NOW + SECOND) == ["Sonia"]
    with pytest.raises(Missing):
        wallets.write(asking.close_call, agency.made.code, NOW), "the link of the advert closes nothing"


def test_who_closes_it_once_more_keeps_it_no_longer(agency: Agency, wallets: Database):
    for at in (NOW + SECOND, NOW + ANSWER_LASTS):
        wallets.write(asking.close_call, agency.made.secret, at)

    with wallets.reading() as session:
        assert session.scalars(select(Call)).one().ends_at == NOW + SECOND


def test_whether_one_answered_it_is_told_of_nobody_else(agency: Agency, wallets: Database):
    (sonia, _), (kevin, his) = somebody(wallets), somebody(wallets)
    share = agency.is_answered_by(kevin, his)

    told = [wallets.read(answering.answers_to, holder, agency.made.code, NOW) for holder in (sonia, kevin)]
    assert told == [(False, None), (True, share)]


def test_an_answer_that_ended_is_nowhere_to_be_read(agency: Agency, wallets: Database):
    sonia, badges = somebody(wallets)
    agency.is_answered_by(sonia, badges)

    assert wallets.read(answering.answers_to, sonia, agency.made.code, NOW + ANSWER_LASTS) == (True, None)


def test_nothing_in_the_database_opens_the_answers(agency: Agency, wallets: Database):
    with wallets.reading() as session:
        kept = session.scalars(select(Call)).one()
        told = repr([getattr(kept, column.name) for column in Call.__table__.columns])

    assert agency.made.secret not in told
    assert agency.made.code in told
    assert len(agency.made.code) == 8
    assert len(agency.made.secret) == 26


def test_who_erases_everything_is_read_no_more(agency: Agency, wallets: Database):
    sonia, badges = somebody(wallets)
    agency.is_answered_by(sonia, badges)

    with wallets.writing() as session:
        holders.erase_holder(session, sonia)

    assert agency.reads() == []
    assert counted(wallets, CallAnswer) == 0


# --- « Signaler » -----------------------------------------------------------------------------------------------------


def reported(wallets: Database, **how: bool) -> list[moderation.CallForOperator]:
    with wallets.reading() as session:
        return moderation.list_reported_calls(session, NOW, **how)


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_each_reason_is_kept_once_however_often_it_is_given(agency: Agency, wallets: Database):
    for reason in ("other", "money", "money", "other"):
        wallets.write(moderation.report_call, agency.call.id, reason, NOW)

    (one,) = reported(wallets)
    assert (one.title, one.employer, one.reasons) == (SELLER.title, SELLER.employer, ["money", "other"])
    wallets.write(moderation.close_call_report, one.id, NOW)
    assert reported(wallets) == []
    assert len(reported(wallets, closed=True)) == 1
    wallets.write(moderation.report_call, one.id, "other", NOW)
    assert reported(wallets) == [], "what the operator has read"
    wallets.write(moderation.report_call, one.id, "false", NOW)
    assert [one.reasons for one in reported(wallets)] == [["false", "money", "other"]]


def test_an_employer_cannot_have_all_reasons_read_before_there_is_anything_to_see(wallets: Database, agency: Agency):
    for reason in REPORT_REASONS:
        wallets.write(moderation.report_call, agency.call.id, reason, NOW)
    wallets.write(moderation.close_call_report, agency.call.id, NOW)

    wallets.write(moderation.report_call, agency.call.id, "money", NOW + timedelta(days=1))

    (one,) = reported(wallets)
    assert (one.id, one.reported_at) == (agency.call.id, NOW), "in its place, as of when somebody said so first"


def test_what_the_operator_stops_shows_nothing_to_nobody(agency: Agency, wallets: Database):
    sonia, badges = somebody(wallets)
    share = agency.is_answered_by(sonia, badges)
    call = agency.call.id
    with pytest.raises(Missing):
        wallets.write(moderation.stop_reported_call, call, NOW)
    wallets.write(moderation.report_call, call, "money", NOW)

    assert wallets.write(moderation.stop_reported_call, call, NOW + SECOND)

    assert reported(wallets) == [], "the operator is done with it"
    assert not wallets.write(moderation.stop_reported_call, call, NOW + 2 * SECOND)
    for look in (
        lambda: agency.reads(NOW + SECOND),
        lambda: wallets.read(asking.find_call, agency.made.code, NOW + SECOND),
        lambda: wallets.write(lifecycle.reopen_share, sonia, share, NOW + SECOND),
    ):
        with pytest.raises(Missing):
            look()
    with wallets.reading() as session:
        assert not session.get_one(Share, share).is_open(NOW + SECOND)
        assert session.get_one(Call, call).ends_at == NOW + SECOND, "and is forgotten no later for a second stop"


def test_an_answer_that_is_stopped_already_comes_back_by_no_undo(agency: Agency, wallets: Database):
    sonia, badges = somebody(wallets)
    sami, of_sami = somebody(wallets)
    hers, his = agency.is_answered_by(sonia, badges), agency.is_answered_by(sami, of_sami)
    with wallets.writing() as session:
        thief = recoveries.begin_recovery(session, sami, "paper", "android", NOW).id
        lifecycle.stop_share(session, sonia, hers, NOW)
        lifecycle.stop_share(session, sami, his, NOW, thief)
    wallets.write(moderation.report_call, agency.call.id, "money", NOW)

    wallets.write(moderation.stop_reported_call, agency.call.id, NOW + SECOND)

    with pytest.raises(Missing):
        wallets.write(lifecycle.reopen_share, sonia, hers, NOW + 2 * SECOND)
    wallets.write(lifecycle.undo_shares_of_recovery, sami, thief, NOW + 2 * SECOND)
    with wallets.reading() as session:
        assert [session.get_one(Share, one).is_open(NOW + 2 * SECOND) for one in (hers, his)] == [False, False]


# --- what of it somebody has ------------------------------------------------------------------------------------------


def stand(*badges: HeldBadge, places: tuple[str, ...] = SELLER.places) -> list[tuple[str, int | None, bool]]:
    skills = asked_skills([NORMANDY], places)
    fits = answering.fits_of(skills, [draw_map(NORMANDY, badges)])
    return [(one.skill.competency.key, one.badge_id, one.has) for one in fits]


def test_what_they_have_is_told_by_the_level_that_is_asked_for():
    confident, practising = held("communiquer", "masters", id=1), held("communiquer", "practises", id=2)

    assert stand(confident) == [("organiser", None, False), ("communiquer", 1, True)]
    assert stand(practising) == [("organiser", None, False), ("communiquer", 2, False)]
    assert stand(practising, confident) == [("organiser", None, False), ("communiquer", 1, True)]
    assert stand(held("organiser", "masters", id=3))[0] == ("organiser", 3, True), "more than was asked for"


def test_what_is_good_no_more_counts_for_nothing():
    gone = replace(held("communiquer", "masters", id=1), state="revoked", is_good=False)

    assert stand(gone)[1] == ("communiquer", None, False)


def test_what_bears_another_name_is_not_offered():
    fits = held("communiquer", "masters", id=1)
    strangers = replace(fits, issuer=replace(fits.issuer, id="https://elsewhere.example"))

    assert stand(strangers)[1] == ("communiquer", 1, True), "it would count with one word of theirs"
    assert stand(replace(strangers, is_anothers=True))[1] == ("communiquer", None, False)


def test_a_skill_that_no_framework_has_any_more_is_left_out():
    assert stand(places=("normandie/gone/masters", "elsewhere/communiquer/masters", COMMUNICATE)) == [
        ("communiquer", None, False)
    ]


def test_what_is_to_be_corrected_is_told():
    assert form_problems(SELLER) == []
    assert form_problems(CallForm()) == ["title-none", "employer-none", "places-none"]
    many = CallForm(title="o" * 81, employer="o" * 81, places=("a/b/c",) * (MOST_PLACES + 1))
    assert form_problems(many) == ["title-long", "employer-long", "places-many"]
