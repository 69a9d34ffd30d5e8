"""What a thief does who came back by Maria's paper is undone, and what Maria has stays: badges, keys, papers."""

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.visits import Clock, Person, Stranger, signed, words
from tests.routes.test_recovery import stopping
from tests.routes.test_recovery_codes import makes_a_paper, opens, paper_of
from wallet.accounts.recoveries import Recovery
from wallet.badges import badges
from wallet.operations import cleanup


@pytest.fixture
@made_once
def code(maria: Person) -> str:
    """The code of Maria's paper."""
    return makes_a_paper(maria)


@pytest.fixture
@made_once
def thief(app: Starlette, code: str) -> Person:
    """Somebody who came in by Maria's paper."""
    person = Person(app, address="198.51.100.7")
    assert opens(person, code)
    return person


def test_what_the_thief_removed_is_there_again_when_maria_stops_them(
    app: Starlette, maria: Person, thief: Person, clock: Clock
):
    had = maria.has()
    for id in had:
        thief.post(f"/badges/{id}/removal")
    assert maria.has() == []
    clock.move(hours=71, minutes=59)
    cleanup.forget_expired(app.state.services.database, clock())

    maria.enters()
    maria.post(stopping(maria.page("/badges")))

    assert maria.has() == had


def test_the_links_that_the_thief_made_are_dead_and_those_they_stopped_live_again(
    maria: Person, thief: Person, recruiter: Stranger, clock: Clock
):
    had, mine = maria.has(), maria.shows(*maria.has())
    kept, made = maria.link_of(mine), thief.link_of(thief.shows(*had))
    thief.post(f"{mine}/stopping")
    clock.move(minutes=2)
    assert thief.post(f"{mine}/removal").status_code == 409, "it would take it out of the list for good"
    assert [recruiter.get(link).status_code for link in (kept, made)] == [404, 200]

    maria.enters()
    maria.post(stopping(maria.page("/badges")))

    assert [recruiter.get(link).status_code for link in (kept, made)] == [200, 404]
    assert recruiter.get(f"{made}/pictures/0").status_code == recruiter.get(f"{made}/files/0").status_code == 404


def test_no_link_lasts_longer_and_nothing_new_has_another_name_after_a_thief_was_stopped(
    maria: Person, thief: Person, recruiter: Stranger, clock: Clock
):
    maria.post("/settings", data={"name": "Maria"})
    mine = maria.shows(*maria.has(), days="7", name="Maria")
    link = maria.link_of(mine)

    refused = (thief.post(f"{mine}/end", data={"days": "30"}), thief.post("/settings", data={"name": "Voleur"}))

    for answer in refused:
        assert answer.status_code == 409
        assert "Il faut attendre" in words(answer.text)
    maria.enters()
    maria.post(stopping(maria.page("/badges")))
    assert 'value="Maria"' in maria.page("/shares/new")
    clock.move(days=7, minutes=2)
    assert recruiter.get(link).status_code == 404


def test_a_device_that_came_back_may_stop_a_share_and_after_three_days_prolong_one_and_change_the_name(
    maria: Person, thief: Person, clock: Clock
):
    stopped, prolonged = (maria.shows(*maria.has(), days="7", name="Maria") for _ in range(2))

    assert thief.post(f"{stopped}/stopping").headers["location"].startswith("/shares?stopped=")
    clock.move(hours=72, minutes=1)
    thief.post("/settings", data={"name": "Marie"})

    assert thief.post(f"{prolonged}/end", data={"days": "30"}).headers["location"].startswith("/shares?prolonged=")
    assert "Marie" in thief.reads("/settings")


def test_what_was_removed_goes_when_nobody_stopped_them(app: Starlette, maria: Person, thief: Person, clock: Clock):
    (id,) = maria.has()
    thief.post(f"/badges/{id}/removal")
    clock.move(hours=72)
    cleanup.forget_expired(app.state.services.database, clock())

    with app.state.services.database.reading() as session:
        assert badges.count_badges(session, 1) == 0


def test_the_banner_asks_for_the_finger_itself_where_maria_has_a_key_from_before(
    maria: Person, thief: Person, clock: Clock
):
    assert "<passkey-confirmation" not in maria.page("/help")
    clock.move(minutes=6)

    assert "<passkey-confirmation" in maria.page("/help")


def test_no_key_that_came_with_the_thief_is_asked_for(app: Starlette, visitor: Person, clock: Clock):
    visitor.brings(("badge.json", signed()))
    code = makes_a_paper(visitor)
    thief = Person(app, address="198.51.100.7")
    opens(thief, code)
    thief.makes_a_key()
    clock.move(minutes=6)

    assert "<passkey-confirmation" not in visitor.page("/help")
    assert visitor.post(stopping(visitor.page("/badges"))).headers["location"] == "/paper?done=stopped"
    assert thief.get("/badges").headers["location"] == "/"


def test_a_paper_of_a_paper_of_a_paper_opens_and_takes_away_no_key(app: Starlette, maria: Person, code: str):
    """Each is made after coming back by the one before, all within three days; with the second one a key, too."""
    first, second, last = Person(app), Person(app), Person(app)
    assert opens(first, code)
    code = makes_a_paper(first)
    assert opens(second, code)
    assert second.makes_a_key().status_code == 200
    code = makes_a_paper(second)

    assert opens(last, code)

    assert paper_of(maria) is not None, "it is spent when there is another way in, not before"
    assert second.enters().status_code == 200
    assert last.has() == maria.has()


def test_a_return_that_is_long_over_leaves_no_row_when_its_device_is_out(
    app: Starlette, maria: Person, thief: Person, clock: Clock
):
    def rows() -> int:
        with app.state.services.database.reading() as session:
            return len(session.scalars(select(Recovery)).all())

    for days, left in ((11, 1), (90, 0)):
        clock.move(days=days)
        cleanup.forget_expired(app.state.services.database, clock())
        assert rows() == left
