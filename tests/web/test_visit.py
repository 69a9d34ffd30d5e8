"""One request made plain: what is kept and what is not, in which language, and that nobody waits for anybody's issuer."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

from tests.fixtures.visits import NOW, IssuersWeb, Person, holder, signed
from wallet.accounts import holders
from wallet.accounts.holders import Holder
from wallet.openbadges import Fetched
from wallet.web.forms import Fields
from wallet.web.services import Services
from wallet.web.visit import Visit

LONG = 120
"""Seconds after which a test that waits for another thread gives up."""


def visiting(app: Starlette, *, query: str = "", **cookies: str) -> Visit:
    """A visit as a door makes it."""
    scope = {
        "type": "http", "method": "GET", "path": "/", "query_string": query.encode(), "headers": [], "app": app,
        "scheme": "http", "server": ("localhost", 8000),
    }  # fmt: skip
    return Visit(Request(scope), app.state.services, None, Fields(FormData()), NOW, cookies=cookies)


def welcomed(session: Session) -> int:
    return holders.create_visitor(session, NOW).id


def how_many(app: Starlette) -> int:
    services: Services = app.state.services
    with services.database.reading() as session:
        return session.scalar(text("SELECT count(*) FROM holders")) or 0


def test_what_is_returned_is_kept(app: Starlette):
    id = visiting(app).keep(welcomed)

    assert visiting(app).read(lambda session: session.get_one(Holder, id).created_at) == NOW


def test_what_is_raised_is_undone(app: Starlette):
    def begun_and_broken(session: Session) -> None:
        welcomed(session)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        visiting(app).keep(begun_and_broken)

    assert how_many(app) == 0


def test_reading_writes_nothing(app: Starlette):
    visiting(app).read(welcomed)

    assert how_many(app) == 0


def test_two_at_once_who_write_the_same_thing_both_get_an_answer(app: Starlette):
    """The second one finds what the first one wrote (a constraint tells it) and looks again."""
    tried: list[int] = []

    def once_more(session: Session) -> str:
        tried.append(1)
        if len(tried) == 1:
            raise IntegrityError("", {}, Exception())
        return "looked again"

    assert visiting(app).keep(once_more) == "looked again"


def test_a_constraint_that_is_broken_twice_is_a_fault_and_not_an_endless_loop(app: Starlette):
    def never(session: Session) -> None:
        raise IntegrityError("", {}, Exception())

    with pytest.raises(IntegrityError):
        visiting(app).keep(never)


def test_nobody_has_no_wallet(app: Starlette):
    with pytest.raises(HTTPException) as refused:
        _ = visiting(app).holder_id

    assert refused.value.status_code == 401


@pytest.mark.parametrize(
    ("query", "cookie", "language"),
    [("", "", "fr"), ("lang=en", "", "en"), ("", "en", "en"), ("lang=fr", "en", "fr"), ("lang=de", "en", "fr"), ("", "de", "fr")],
)  # fmt: skip
def test_a_language_is_asked_for_or_chosen_before(app: Starlette, query: str, cookie: str, language: str):
    assert visiting(app, query=query, language=cookie).language == language


def test_the_next_holders_write_does_not_wait_for_an_import_whose_issuer_hangs(app: Starlette):
    """Nothing is open while the network is asked (docs/decisions.md 1): real threads, and no clock is looked at."""
    asked, answer = Event(), Event()

    class Hanging(IssuersWeb):
        def __call__(self, address: str) -> Fetched:
            asked.set()
            assert answer.wait(LONG)
            return super().__call__(address)

    app.state.services.fetcher = Hanging()
    maria, youssef = Person(app), holder(app)

    with ThreadPoolExecutor() as threads:
        importing = threads.submit(maria.brings, link="https://issuer.example/badge")
        assert asked.wait(LONG)
        others = [
            threads.submit(youssef.post, "/settings", data={"name": "Youssef"}),
            threads.submit(Person(app).brings, ("badge.json", signed())),
        ]
        statuses = [one.result(LONG).status_code for one in others]
        still_hanging = not importing.done()
        answer.set()

    assert statuses == [303, 303]
    assert still_hanging
    assert importing.result().status_code == 422
    assert 'value="Youssef"' in youssef.page("/settings")


def test_one_holder_who_brings_the_same_badge_from_two_tabs_at_once_has_it_once(app: Starlette):
    maria = holder(app)
    document, together = signed("adapter-1"), Barrier(8)

    def tab(_: int) -> int:
        other = Person(app)
        other.cookies.update(maria.cookies)
        together.wait(LONG)
        return int(other.brings(("badge.json", document)).status_code)

    with ThreadPoolExecutor(8) as tabs:
        assert set(tabs.map(tab, range(8))) == {303}

    assert len(maria.has()) == 2


def test_nobody_is_kept_twice(app: Starlette):
    """A visitor's first upload makes one holder, however many files it has."""
    Person(app).brings(*((f"{number}.json", signed("adapter-1")) for number in range(5)))

    with app.state.services.database.reading() as session:
        assert len(session.scalars(select(Holder)).all()) == 1
