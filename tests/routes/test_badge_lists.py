"""The list of Maria's badges: read once, true after whatever is written, and of so many people at most."""

from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import event, text

from tests.fixtures.visits import NOW, Person
from tests.routes.test_badge_list import keeps
from wallet.badges.badge_lists import BadgeLists
from wallet.badges.models import KeptBadge
from wallet.badges.paging import COUNT

DAY = timedelta(days=1)


def named(maria: Person, lists: BadgeLists, now: datetime = NOW, holder: int = 1) -> dict[str, str]:
    """What *lists* says of each of hers: its kinds by its name."""
    with maria.services.database.reading() as session:
        return {one.full_name: " ".join(sorted(one.kinds)) for one in lists.read(session, holder, now)}


def test_only_what_was_written_since_is_read_again(maria: Person):
    keeps(maria, *((f"Caisse {number}", "École", "valid") for number in range(20)))
    lists, asked = BadgeLists(), list[tuple[object, ...]]()
    before = named(maria, lists)

    @event.listens_for(maria.services.database.engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, given: tuple[object, ...], *_: object) -> None:
        if "issuer_name" in statement:
            asked.append(given)

    assert named(maria, lists) == before
    assert asked == []
    with maria.services.database.writing() as session:
        session.get_one(KeptBadge, 3).state = "revoked"
    assert named(maria, lists) == before | {"Caisse 1": "review"}
    (given,) = asked
    assert given[-1] == 3


def test_it_is_true_after_a_removal_a_return_and_an_end(maria: Person):
    keeps(maria, ("Caisse", "École", "valid"), ("Accueil", "École", "valid"))
    lists = BadgeLists()
    with maria.services.database.writing() as session:
        ends = session.get_one(KeptBadge, 2)
        ends.read = ends.read | {"valid_until": (NOW + 40 * DAY).isoformat()}
    before = named(maria, lists)

    assert before["Caisse"] == "good"
    assert named(maria, lists, NOW + 10 * DAY) == before | {"Caisse": "good soon"}
    assert named(maria, lists, NOW + 40 * DAY) == before | {"Caisse": "expired"}
    assert list(before)[:2] == ["Accueil", "Caisse"], "the newest first"
    maria.post("/badges/3/removal")
    assert "Accueil" not in named(maria, lists)
    maria.post("/badges/3/return")
    assert named(maria, lists)["Accueil"] == "good"


def test_a_badge_whose_edition_nobody_knows_is_read_each_time(maria: Person):
    lists = BadgeLists()
    with maria.services.database.writing() as session:
        session.execute(text("UPDATE badges SET edition = NULL"))
    (name,) = named(maria, lists)
    with maria.services.database.writing() as session:
        session.execute(text("UPDATE badges SET state = 'revoked'"))

    assert named(maria, lists) == {name: "review"}


def test_the_badges_of_those_who_came_longest_ago_are_at_hand_no_longer(maria: Person, youssef: Person):
    keeps(maria, ("Caisse", "École", "valid"), ("Accueil", "École", "valid"))
    lists = BadgeLists(room=3)

    assert len(named(maria, lists)) == 3
    assert len(named(youssef, lists, holder=2)) == 1
    assert list(lists._kept) == [2]
    assert len(named(maria, lists)) == 3
    assert list(lists._kept) == [1]


def test_the_edition_of_a_wallet_is_another_one_after_whatever_is_written_and_opens_no_badge(maria: Person):
    keeps(maria, ("Caisse", "École", "valid"))
    database = maria.services.database
    seen = [tuple(database.fetch_rows(COUNT, holder=1)[0])]
    for write in (
        "UPDATE badges SET removed_at = '2026-01-01' WHERE id = 2",
        "UPDATE badges SET removed_at = NULL, edition = 'another' WHERE id = 2",
        "UPDATE badges SET edition = NULL WHERE id = 2",
        "DELETE FROM badges WHERE id = 2",
    ):
        with database.writing() as session:
            session.execute(text(write))
        seen.append(tuple(database.fetch_rows(COUNT, holder=1)[0]))
    assert all(before != after for before, after in pairwise(seen))

    with database.reading() as session:
        how = f"EXPLAIN QUERY PLAN {database._looks[COUNT].text}"
        plan = session.connection().exec_driver_sql(how, database._looks[COUNT].parameters({"holder": 1})).all()
    assert any("COVERING INDEX ix_badges_editions" in row.detail for row in plan)
