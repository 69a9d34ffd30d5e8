"""`wallet figures`: what a Region is told each month, and that it is never told who."""

import csv
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.fixtures.examined import COMMUNICATE, another, found, keeps, somebody_with_a_key, visitor_at
from tests.fixtures.framed import CLASSES, NORMANDY, SCHOOL
from tests.fixtures.whole_wallet import a_wallet, settings_of
from wallet.accounts.holders import Holder
from wallet.badges.models import KeptBadge, NewBadge
from wallet.cli import figures as command
from wallet.cli.commands import main
from wallet.operations import figure_noise, figures
from wallet.operations.figures import Figure, Month
from wallet.settings import Settings
from wallet.shares import lifecycle, view_counts
from wallet.shares.models import Choice, Share
from wallet.storage.database import Database

NOVEMBER = Month(date(2026, 11, 1))
NOW = datetime(2026, 12, 1, 4, tzinfo=UTC)
"""When the timer counts November."""
LOT = bytes(range(32))


def lot(number: int) -> bytes:
    """Like what Keyring.mark makes."""
    return sha256(str(number).encode()).digest()


def school(number: int, place: str = "communiquer-masters") -> NewBadge:
    """A badge of the school, for that place in the framework of Normandy."""
    badge = another(number)
    return found(
        replace(
            badge,
            issuer=replace(badge.issuer, id=SCHOOL),
            achievement=replace(COMMUNICATE.achievement, id=f"{CLASSES}{place}"),
        )
    )


def shares(database: Database, holder: int, badges: Sequence[int], *made: datetime) -> list[int]:
    """The holder shows these badges, at these moments: the ids of the shares."""
    with database.writing() as session:
        choice = Choice(badge_ids=badges, ends_at=None)
        return [lifecycle.create_share(session, holder, choice, lambda it, _: it, at).id for at in made]


def opened(database: Database, share: int, *days: date) -> None:
    """Somebody looks at the share on these days."""
    with database.writing() as session:
        for day in days:
            view_counts.count_view(session, share, day, "phone")


def in_there(settings: Settings, change: Callable[[Session], object]) -> None:
    """Something is changed, or looked up, in the database of that wallet."""
    with closing(Database(settings.database_url)) as database:
        database.write(change)


def counted(database: Database, month: Month = NOVEMBER) -> dict[str, int]:
    """What is counted, before it is blurred: nobody is ever told."""
    return dict(figures.count_holders(database, [NORMANDY], month, NOW))


@pytest.mark.postgresql
def test_the_region_counts_people_badges_of_a_level_and_shares(wallets: Database):
    maria, pedro = somebody_with_a_key(wallets), somebody_with_a_key(wallets)
    visitor_at(wallets)
    ids = keeps(wallets, maria, school(1), school(2, "communiquer-practises"), school(3, "general"), found(another(4)))
    first, second, _ = shares(wallets, maria, ids[:1], NOVEMBER.began, NOW - timedelta(days=9), NOW)
    opened(wallets, first, date(2026, 11, 1), date(2026, 11, 30))
    opened(wallets, second, date(2026, 12, 1))

    assert counted(wallets) == {
        "holders": 2,
        "holders/with-badges": 1,
        "badges/normandie": 3,
        "badges/normandie/masters": 1,
        "badges/normandie/practises": 1,
        "shares/made": 2,
        "shares/opened": 1,
    }
    assert pedro
    assert counted(wallets, Month(date(2026, 10, 1))) == {}, "nobody had a key in October"


@pytest.mark.breadth
def test_nobody_adds_more_than_the_noise_hides(wallets: Database):
    maria = somebody_with_a_key(wallets)
    ids = keeps(wallets, maria, *(school(number) for number in range(12)))
    made = shares(wallets, maria, ids[:1], *[NOW - timedelta(days=2)] * 7)
    for share in made:
        opened(wallets, share, date(2026, 11, 29))

    asked = figures.names([NORMANDY])
    assert {name: count for name, count in counted(wallets).items() if count != asked[name]} == {}


def test_what_is_bad_removed_brought_back_or_too_late_is_not_counted(wallets: Database):
    maria = somebody_with_a_key(wallets)
    ids = keeps(wallets, maria, *(school(number) for number in range(4)))
    brought_back, _ = shares(wallets, maria, ids[:1], NOW - timedelta(days=2), NOW + timedelta(hours=1))
    with wallets.writing() as session:
        for id, told in zip(ids, ({"state": "revoked"}, {"removed_at": NOW}, {"added_at": NOW}, {}), strict=True):
            session.execute(update(KeptBadge).where(KeptBadge.id == id).values(told))
        session.execute(update(Share).where(Share.id == brought_back).values(is_history=True))

    assert counted(wallets) == {
        "holders": 1,
        "holders/with-badges": 1,
        "badges/normandie": 1,
        "badges/normandie/masters": 1,
        "shares/made": 0,
        "shares/opened": 0,
    }


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_a_month_is_told_once_whoever_comes_and_whatever_changes(wallets: Database):
    for _ in range(30):
        somebody_with_a_key(wallets)

    def told() -> dict[str, int | None]:
        with wallets.reading() as session:
            return dict(session.execute(select(Figure.name, Figure.value)).all())

    assert figures.count_last_month(wallets, [NORMANDY], lambda *_: LOT, NOW)
    first = told()
    somebody_with_a_key(wallets)

    assert not figures.count_last_month(wallets, [NORMANDY], lambda *_: bytes(32), NOW + timedelta(days=20))
    assert told() == first
    assert first.keys() == figures.names([NORMANDY]).keys()
    assert all(value is None or (value >= 10 and value % 10 == 0) for value in first.values())


def test_of_two_nodes_that_count_at_once_one_tells(wallets: Database, monkeypatch: pytest.MonkeyPatch):
    figures.count_last_month(wallets, [NORMANDY], lambda *_: LOT, NOW)
    monkeypatch.setattr(figures, "_is_counted", lambda *_: False)  # it looked a moment before

    assert not figures.count_last_month(wallets, [NORMANDY], lambda *_: bytes(32), NOW)


def test_holders_are_gone_through_some_at_a_time(wallets: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(figures, "AT_ONCE", 2)
    seen: list[Sequence[int]] = []
    of_these = figures._counts_of
    monkeypatch.setattr(
        figures, "_counts_of", lambda session, ids, *rest: seen.append(ids) or of_these(session, ids, *rest)
    )
    people = [somebody_with_a_key(wallets) for _ in range(5)]
    for number, one in enumerate(people):
        keeps(wallets, one, school(number))

    assert counted(wallets)["holders/with-badges"] == 5
    assert [*map(len, seen)] == [2, 2, 1]


def test_a_month_that_nobody_counted_is_told_as_such(wallets: Database):
    figures.count_last_month(wallets, [NORMANDY], lambda *_: LOT, NOW)
    figures.count_last_month(wallets, [NORMANDY], lambda *_: LOT, datetime(2027, 3, 2, tzinfo=UTC))

    with wallets.reading() as session:
        told = dict(figures.list_figures(session, datetime(2027, 4, 1, 9, tzinfo=UTC)))
    assert [month for month, found in told.items() if found] == ["2026-11", "2027-02"]
    assert [month for month, found in told.items() if not found] == ["2026-12", "2027-01", "2027-03"]


def test_a_month_begins_at_midnight_on_the_wall():
    assert str(figures.last_month(datetime(2026, 11, 30, 22, 59, tzinfo=UTC))) == "2026-10"
    assert str(figures.last_month(datetime(2026, 11, 30, 23, tzinfo=UTC))) == "2026-11"
    assert str(figures.last_month(datetime(2027, 1, 31, 12, tzinfo=UTC))) == "2026-12"
    assert NOVEMBER.following.began == datetime(2026, 11, 30, 23, tzinfo=UTC)


def test_an_operator_types_it_twice_and_reads_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settings = settings_of(tmp_path)
    a_wallet(settings, 1)
    in_there(settings, lambda session: session.execute(update(Holder).values(kept_at=datetime(2026, 1, 1, tzinfo=UTC))))
    monkeypatch.setenv("WALLET_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("WALLET_KEYS", str(settings.keys))
    monkeypatch.setattr(figure_noise, "noise", lambda *_: 1_233)

    def typed(*words: str) -> str:
        result = CliRunner().invoke(main, ["figures", *words], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    once = typed()
    monkeypatch.setattr(figure_noise, "noise", lambda *_: -50)
    assert typed() == once
    assert [line.split() for line in once.splitlines()[1:3]] == [
        ["badges/normandie", "1,230"],
        ["badges/normandie/masters", "1,230"],
    ]
    rows = list(csv.DictReader(typed("--csv").splitlines()))
    assert {row["name"]: row["value"] for row in rows}["holders"] == "1230"

    few = update(Figure).where(Figure.name == "holders").values(value=None)
    in_there(settings, lambda session: session.execute(few))
    in_there(settings, lambda session: session.execute(update(Figure).values(month="2026-01")))
    assert command.FEW in typed()
    assert command.NOT_COUNTED in once + typed()
    assert "2026-01,holders,<10" in typed("--csv")


@pytest.mark.breadth
def test_with_other_keys_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settings, told = settings_of(tmp_path), list[int | None]()
    a_wallet(settings, 1)
    a_wallet(settings_of(tmp_path / "other"), 1)
    monkeypatch.setenv("WALLET_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("WALLET_KEYS", str(tmp_path / "other" / "keys.json"))

    result = CliRunner().invoke(main, ["figures"], catch_exceptions=False)

    assert result.exit_code == 1
    assert "keys" in result.output
    in_there(settings, lambda session: told.append(session.scalar(select(func.count()).select_from(Figure))))
    assert told == [0]


# --- the noise --------------------------------------------------------------------------------------------------------


def test_the_same_figure_has_the_same_noise_and_another_one_another():
    assert figure_noise.noise(1, LOT) == figure_noise.noise(1, LOT)
    drawn = [figure_noise.noise(5, lot(number)) for number in range(500)]
    assert len(set(drawn)) > 20


def test_the_ends_of_the_lot_are_drawn_as_well():
    lots = bytes(8), b"\xff" * 8
    assert {figure_noise.noise(1, a + b) > 0 for a, b in (lots, lots[::-1])} == {True, False}


@pytest.mark.parametrize(("count", "told"), [(0, None), (9, 10), (4, None), (14, 10), (15, 20), (1_234, 1_230)])
def test_it_is_told_in_tens_and_nothing_below_ten(count: int, told: int | None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(figure_noise, "noise", lambda *_: 0)
    assert figure_noise.blurred(count, 1, LOT) == told


def test_the_noise_is_as_wide_as_what_one_person_adds():
    """Of many draws half are nearer than the middle of the distribution says, for one who adds 1 as for one who adds 10."""
    for most in (1, figures.MOST_SHARES, figures.MOST_BADGES):
        drawn = sorted(abs(figure_noise.noise(most, lot(number))) for number in range(2_000))
        assert most * 2 < drawn[1_000] < most * 4
