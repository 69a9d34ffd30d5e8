"""One request made plain: what is kept and what is not, what a form may say, and that nobody waits for anybody's issuer."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from tests.fixtures.visits import NOW, IssuersWeb, Person, holder, signed
from wallet.accounts import holders
from wallet.accounts.holders import Holder
from wallet.openbadges import Fetched
from wallet.web.services import Services
from wallet.web.visit import Visit

LONG = 120
"""Seconds after which a test that waits for another thread gives up."""


def visiting(
    app: Starlette, *, query: str = "", form: FormData | None = None, body: bytes = b"", **cookies: str
) -> Visit:
    """A visit as a door makes it."""
    scope = {
        "type": "http", "method": "GET", "path": "/", "query_string": query.encode(), "headers": [], "app": app,
        "scheme": "http", "server": ("localhost", 8000),
    }  # fmt: skip
    return Visit(Request(scope), app.state.services, None, form or FormData(), NOW, body, cookies)


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


@pytest.mark.parametrize(
    ("typed", "read"),
    [("  Maria ", "Maria"), ("a\x00b", "ab"), ("a\ud800b", "ab"), ("🎓", "🎓"), ("a\nb", "a\nb"), ("x" * 9000, "x" * 5000), ("", "")],
)  # fmt: skip
def test_a_field_is_text_that_any_database_takes(app: Starlette, typed: str, read: str):
    assert visiting(app, form=FormData([("name", typed)])).text("name") == read


def test_a_file_where_a_text_belongs_is_no_text(app: Starlette):
    form = FormData([("name", UploadFile(None))])  # type: ignore[arg-type]  # nothing in it

    assert visiting(app, form=form).text("name") == ""
    assert visiting(app, form=form).numbers("name") == []
    assert visiting(app).text("name") == ""


def test_a_text_where_a_file_belongs_is_no_file_and_an_untouched_field_neither(app: Starlette):
    untouched = UploadFile(None, filename="", size=0, headers=Headers())  # type: ignore[arg-type]
    form = FormData([("documents", "text"), ("documents", untouched)])

    assert visiting(app, form=form).uploads("documents") == []


def test_numbers_are_whole_and_not_endless(app: Starlette):
    form = FormData([("badge", word) for word in ("7", "-1", "1.5", "x", "", "²", "9" * 10, "9" * 5000, "999999999")])

    assert visiting(app, form=form).numbers("badge") == [7, 999999999]


@pytest.mark.parametrize(
    ("query", "number"), [("id=7", 7), ("id=-7", 0), ("id=x", 0), ("", 0), ("id=" + "9" * 5000, 0), ("id=%D9%A1", 0)]
)
def test_a_number_of_the_address_is_one_or_none(app: Starlette, query: str, number: int):
    assert visiting(app, query=query).number("id") == number


@pytest.mark.parametrize("body", [
    b"", b"[]", b"1", b"null", b"{", b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":Infinity}', b"\xff", b"[" * 60_000, b'{"a":' * 10_000,
    b'{"a":' * 25 + b"1" + b"}" * 25, b'{"a":' + b"9" * 5000 + b"}",
])  # fmt: skip
def test_json_that_two_readers_might_read_differently_is_refused(app: Starlette, body: bytes):
    with pytest.raises(HTTPException) as refused:
        _ = visiting(app, body=body).json

    assert refused.value.status_code == 400


def test_plain_json_is_read(app: Starlette):
    assert visiting(app, body=b'{"a": [{"b": 1}]}').json == {"a": [{"b": 1}]}


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
