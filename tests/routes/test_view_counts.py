"""What is an opening and what is none, over HTTP: a GET never, a robot never, its owner never; and nothing of who it was."""

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from tests.accounts.test_user_agents import PEOPLE, ROBOTS
from tests.fixtures.made_once import made_once
from tests.fixtures.visits import Clock, Person, Stranger, words
from wallet.operations.all_tables import metadata
from wallet.shares.passcodes import PASSCODE_SEAL, Passcode
from wallet.shares.view_counts import DayOfViews, ViewCount
from wallet.storage.database import Database
from wallet.web.services import Services

SENT = {"Sec-Fetch-Site": "same-origin"}
CANARY_AGENT = "Mozilla/5.0 (Linux; Android 13; CanariDeNormandie 7) Chrome/124.0.0.0 Mobile Safari/537.36"
CANARY_ADDRESS = "203.0.113.177"


@pytest.fixture
@made_once
def link(maria: Person) -> str:
    """The path that Maria's code leads to."""
    return maria.link_of(maria.shows(*maria.has(), name="Maria"))


def looks(who: Person, link: str, agent: str = "Firefox", **headers: str) -> int:
    """What the page sends after two seconds."""
    token = link.rpartition("/")[2]
    sent = SENT | {"User-Agent": agent} | headers
    return int(who.post("/openings", data={"token": token}, headers=sent).status_code)


def told(app: Starlette) -> list[DayOfViews]:
    """All openings of all shares."""
    services: Services = app.state.services
    with services.database.reading() as session:
        rows = session.scalars(select(ViewCount).order_by(ViewCount.day, ViewCount.kind))
        return [DayOfViews(one.day, one.kind, one.times) for one in rows]


def times(app: Starlette) -> int:
    return sum(one.times for one in told(app))


@pytest.mark.breadth
def test_a_robot_counts_nothing_and_gets_the_neutral_title(app: Starlette, recruiter: Stranger, link: str):
    for name, told_agent in ROBOTS.items():
        agent = {"User-Agent": told_agent}
        page, head = recruiter.get(link, headers=agent), recruiter.head(link, headers=agent)
        for picture in ("pictures/0", "qr.svg"):
            recruiter.get(f"{link}/{picture}", headers=agent)
        assert looks(recruiter, link, told_agent) == 204, name

        assert (page.status_code, head.status_code) == (200, 200), name
        assert "<title>Quelqu’un partage ses badges avec vous" in page.text, name
        assert '<meta property="og:title" content="Quelqu’un partage ses badges avec vous">' in page.text, name
        for personal in ("Maria", "Communiquer", "Organisme", "/pictures/", "<img", "<script"):
            assert personal not in page.text, name
    assert times(app) == 0


@pytest.mark.breadth
def test_a_person_in_the_browser_of_an_app_sees_the_page_and_counts(app: Starlette, recruiter: Stranger, link: str):
    for name, (agent, _) in PEOPLE.items():
        assert "Maria vous montre 1 badge" in words(recruiter.get(link, headers={"User-Agent": agent}).text), name
        assert looks(recruiter, link, agent) == 204

    on_a_phone = sum(on_a_phone for _, on_a_phone in PEOPLE.values())
    assert [(one.kind, one.times) for one in told(app)] == [
        ("computer", len(PEOPLE) - on_a_phone),
        ("phone", on_a_phone),
    ]


def test_that_the_address_was_asked_for_never_counts(app: Starlette, recruiter: Stranger, link: str):
    for purpose in ("", "prefetch", "prefetch;prerender", "prefetch;anonymous-client-ip"):
        for asks in (recruiter.get, recruiter.head):
            assert asks(link, headers={"Sec-Purpose": purpose}).status_code == 200

    assert times(app) == 0


def test_what_is_sent_from_a_page_that_is_fetched_ahead_does_not_count(app: Starlette, recruiter: Stranger, link: str):
    assert looks(recruiter, link, **{"Sec-Purpose": "prefetch;prerender"}) == 204
    assert times(app) == 0
    assert looks(recruiter, link) == 204
    assert times(app) == 1


def test_the_owner_does_not_count_and_another_holder_does(app: Starlette, maria: Person, youssef: Person, link: str):
    assert looks(maria, link) == 204
    assert times(app) == 0

    assert looks(youssef, link) == 204
    assert times(app) == 1


@pytest.mark.breadth
def test_a_share_with_a_code_is_not_counted_by_whoever_has_not_got_in(
    app: Starlette, maria: Person, recruiter: Stranger
):
    link = maria.link_of(maria.shows(*maria.has(), code="yes"))

    assert looks(recruiter, link) == 204
    assert times(app) == 0


def test_nobody_learns_from_it_which_links_are_open(app: Starlette, maria: Person, recruiter: Stranger, link: str):
    stopped = maria.shows(*maria.has())
    dead = maria.link_of(stopped)
    maria.post(f"{stopped}/stopping")

    answers = {looks(recruiter, one) for one in (link, dead, f"/s/{'0' * 26}", "/s/", "/s/\x00", "/s/" + "x" * 5000)}

    assert answers == {204}
    assert times(app) == 1


def test_another_site_cannot_have_anything_counted(app: Starlette, recruiter: Stranger, link: str):
    assert looks(recruiter, link, **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert times(app) == 0


@pytest.mark.breadth
def test_nobody_counts_for_ever(app: Starlette, recruiter: Stranger, link: str):
    answers = [looks(recruiter, link) for _ in range(65)]

    assert (answers.count(204), answers.count(429)) == (60, 5)
    assert times(app) == 60


def test_the_day_is_that_of_the_clock_on_the_wall(app: Starlette, recruiter: Stranger, link: str, clock: Clock):
    clock.move(hours=12, minutes=47)  # 22:59 in Greenwich, 23:59 in Paris
    looks(recruiter, link)
    clock.move(minutes=1)
    looks(recruiter, link)

    assert [str(one.day) for one in told(app)] == ["2026-11-24", "2026-11-25"]


def test_of_whoever_looks_nothing_is_kept(app: Starlette, maria: Person, link: str):
    """Their address and what their browser says are nowhere in the database, whatever they did."""
    coded = maria.link_of(maria.shows(*maria.has(), code="yes"))
    somebody = Person(app, address=CANARY_ADDRESS)
    somebody.headers["User-Agent"] = CANARY_AGENT
    for path in (link, f"{link}?lang=en", f"{link}/pictures/0", f"{link}/files/0", coded, "/s/nothing"):
        somebody.get(path)
    looks(somebody, link, CANARY_AGENT)
    somebody.post(coded, data={"code": "000000"})
    assert somebody.post(coded, data={"code": owner_reads(app)}).status_code == 200
    assert times(app) == 2

    kept = everything(app.state.services.database)

    assert "Communiquer" in kept
    for told in (CANARY_ADDRESS, "203.0.113", "CanariDeNormandie", "Mozilla", CANARY_AGENT):
        assert told not in kept


def owner_reads(app: Starlette) -> str:
    """The one code there is."""
    services: Services = app.state.services
    with services.database.reading() as session:
        sealed = session.scalars(select(Passcode.code_sealed)).one()
    return services.keyring.unseal(sealed, PASSCODE_SEAL).decode()


def everything(database: Database) -> str:
    """Every row of every table."""
    with database.reading() as session:
        return "".join(repr(tuple(row)) for table in metadata.sorted_tables for row in session.execute(table.select()))
