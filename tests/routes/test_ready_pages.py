"""The page of a share that lies ready is the answer of its route to the byte, and lies ready for nobody else.

The ordinary way is told apart by what it alone does: it asks a door (web/authentication.py).
"""

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any, NamedTuple

import pytest
from sqlalchemy import text
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.statements import asked_of
from tests.fixtures.visits import Clock, Person, Stranger, holder, loop, signed
from wallet import routes
from wallet.concurrency import MINUTE, Limit
from wallet.web import authentication, rate_limits
from wallet.web.services import Services

AGENT = (
    "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"
)
PREVIEW = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"
LANGUAGES = ("fr-FR,fr;q=0.9", "en", "de", "")
PACKINGS = ("gzip, deflate, br", "br", "")
PAGES = ("text/html,application/xhtml+xml,*/*;q=0.8", "*/*", "")
MACHINE = "application/vp"
QUERIES = ("", "lang=en", "lang=xx&more=1")
Doors = list[str]
"""The paths of those that came to a door."""


class Answer(NamedTuple):
    """What an ASGI server is told to send."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Answers:
    """Asks *app* as a server does, with nothing between: what is packed stays packed."""

    def __init__(self, app: Starlette, path: str) -> None:
        self.app, self.path = app, path
        services: Services = app.state.services
        self.services = services

    def __call__(self, method: str = "GET", query: str = "", path: str = "", **headers: str) -> Answer:
        """The answer to one request; *headers* as `accept_language`, and none where they are ""."""
        sent = {"host": self.services.settings.origin.partition("://")[2], "user_agent": AGENT} | headers
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path or self.path,
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items() if value],
            "client": ("198.51.100.7", 40_000),
        }
        told = list[Mapping[str, Any]]()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Mapping[str, Any]) -> None:
            told.append(message)

        loop().call(self.app, scope, receive, send)
        start, *rest = told
        return Answer(start["status"], list(start["headers"]), b"".join(one.get("body", b"") for one in rest))


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> Doors:
    asked, enter = Doors(), authentication._answer

    def note(*what: Any, **more: Any) -> Any:
        asked.append(what[3].url.path)
        return enter(*what, **more)

    monkeypatch.setattr(authentication, "_answer", note)
    return asked


@pytest.fixture
@made_once
def maria(app: Starlette) -> Person:
    return holder(app)


@pytest.fixture
def ask(app: Starlette, maria: Person) -> Answers:
    """Asks for the page of a share of hers."""
    return Answers(app, maria.link_of(maria.shows(*maria.has())))


@pytest.fixture
def ordinary(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """The answer of the ordinary way, whatever lies ready."""

    def answer(ask: Answers, *what: Any, **more: Any) -> Answer:
        with monkeypatch.context() as patch:
            patch.setattr(routes, "_READY", [])
            return ask(*what, **more)

    return answer


@pytest.mark.breadth
def test_it_is_the_answer_of_the_route_to_the_byte_however_it_is_asked_for(
    ask: Answers, ordinary: Callable[..., Answer], doors: Doors
):
    methods = ("GET", "HEAD")
    kinds = [
        *product(methods, QUERIES, PAGES, PACKINGS, LANGUAGES),
        *product(methods, QUERIES, (MACHINE,), PACKINGS, LANGUAGES[:1]),
    ]
    assert len(kinds) > 80
    for method, query, accept, accept_encoding, accept_language in kinds:
        headers = {"accept": accept, "accept_encoding": accept_encoding, "accept_language": accept_language}
        right = ordinary(ask, method, query, **headers)
        ask(method, query, **headers)
        doors.clear()

        assert ask(method, query, **headers) == right, (method, query, headers)

        assert right.status == 200
        assert bool(doors) == (accept == MACHINE), (method, query, headers)
        ask.services.rate_limits.window.forget()


@pytest.mark.breadth
def test_it_costs_one_read_and_no_door(ask: Answers, doors: Doors):
    ask()
    assert doors == [ask.path]
    with asked_of(ask.services.database) as asked:
        assert ask().status == 200

    assert len(asked) == 1
    assert doors == [ask.path]


@pytest.mark.breadth
def test_a_first_reader_of_each_packing_and_language_comes_to_the_door(ask: Answers, doors: Doors):
    for headers in ({}, {"accept_encoding": "gzip"}, {"accept_language": "en"}):
        doors.clear()
        first, second = ask(**headers), ask(**headers)
        assert first == second
        assert len(doors) == 1, headers


def test_a_robot_is_shown_no_more_than_that_there_is_something(ask: Answers, doors: Doors):
    page = ask()
    doors.clear()
    preview = ask(user_agent=PREVIEW)

    assert preview == ask(user_agent=PREVIEW)
    assert preview.body != page.body
    assert doors == [ask.path] * 2


@pytest.mark.breadth
def test_where_a_code_is_asked_for_nothing_lies_ready(app: Starlette, maria: Person, doors: Doors):
    ask = Answers(app, maria.link_of(maria.shows(*maria.has(), code="on")))
    doors.clear()
    asked = [ask() for _ in range(3)]

    assert {one.status for one in asked} == {200}
    assert doors == [ask.path] * 3
    assert not any(b"Communiquer" in one.body for one in asked)


def test_another_host_and_another_hand_are_refused(ask: Answers):
    ask()

    assert ask(host="other.example").status == 400
    assert ask(host="").status == 400
    assert ask("POST").status == 403
    assert ask("DELETE").status == 403


def test_no_cookie_is_read_and_none_is_given(ask: Answers, maria: Person):
    ask()
    signed_in = "; ".join(f"{one.name}={one.value}" for one in maria.cookies.jar)
    assert signed_in
    page = ask(cookie=f"{signed_in}; language=en; text-size=larger")

    assert page == ask()
    assert not [name for name, _ in page.headers if name == b"set-cookie"]


@pytest.mark.breadth
def test_however_a_link_was_typed_first_it_is_the_same_page_for_all(ask: Answers):
    first = ask(path=ask.path.lower())

    assert dict(ask().headers)[b"link"] == dict(first.headers)[b"link"]
    assert ask.path.encode() in dict(first.headers)[b"link"]


@pytest.mark.breadth
def test_a_page_that_lies_ready_counts_as_any_other_and_beyond_the_limit_is_given_to_nobody(
    ask: Answers, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(rate_limits.LOOSE, "open", Limit(5, MINUTE))
    asked = [ask() for _ in range(7)]

    assert [one.status for one in asked] == [200] * 5 + [429] * 2
    assert 1 <= int(dict(asked[-1].headers)[b"retry-after"]) <= 60
    assert ask.services.rate_limits.window.amount(rate_limits.LOOSE["open"], "open", "198.51.100.0/24") == 5


@pytest.mark.breadth
def test_a_stop_its_undo_and_the_end_are_seen_at_the_next_request(app: Starlette, maria: Person, clock: Clock):
    share = maria.shows(*maria.has())
    ask = Answers(app, maria.link_of(share))
    page = [ask(), ask()][-1]

    maria.post(f"{share}/stopping")
    closed = ask()
    assert closed.status == 404
    maria.post(f"{share}/return")
    assert ask() == page
    clock.move(days=6)
    assert [ask().status, ask().status] == [200, 200]
    clock.move(days=1, seconds=1)
    assert ask() == closed


def test_while_the_database_does_not_answer_it_is_said_as_ever(ask: Answers):
    page = [ask(), ask()][-1]
    with ask.services.database.writing() as session:
        session.execute(text("ALTER TABLE shares RENAME TO away"))
    assert ask().status == 503
    with ask.services.database.writing() as session:
        session.execute(text("ALTER TABLE away RENAME TO shares"))

    assert ask() == page


@pytest.mark.breadth
def test_of_what_a_holder_sees_alone_no_headers_are_kept(app: Starlette, recruiter: Stranger):
    maria = holder(app, ("one.json", signed()), ("two.json", signed()))
    link = maria.link_of(maria.shows(*maria.has()))
    for _ in range(2):
        maria.page("/badges")
        recruiter.page(link)
    services: Services = app.state.services

    kept = services.page_cache._kept
    assert len(kept) >= 2
    assert [bool(page.headers) for page in kept.values()].count(True) == 1
