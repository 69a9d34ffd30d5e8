"""The number of a request where an operator has set nothing: on the page of a fault, and in the log line of it."""

import re

import pytest
from sqlalchemy import update
from starlette.applications import Starlette

from tests.fixtures.visits import Person, Stranger, holder, words
from wallet.badges.models import KeptBadge
from wallet.monitoring.request_ids import HEADER
from wallet.storage import Unavailable
from wallet.storage.database import Database
from wallet.web.services import Services

NUMBER = re.compile(r"Si vous nous écrivez, donnez ce numéro : ([0-9a-f]{10})\b")
THEIRS = {HEADER: "0123456789"}


@pytest.mark.breadth
def test_nothing_stands_around_a_request_and_nothing_is_counted(app: Starlette) -> None:
    """The way of a page that lies ready is what it was: the first layer is the one that gives it."""
    services: Services = app.state.services

    assert next(layer.cls.__name__ for layer in app.user_middleware) == "SecurityHeaders"
    assert type(services.database) is Database
    assert "keep" not in vars(services.files)
    assert app.state.services.metrics is None
    assert HEADER not in Person(app).get("/help").headers


def test_the_wallets_own_port_knows_none_of_the_pages_for_tools(app: Starlette) -> None:
    for path in ("/alive", "/ready", "/metrics"):
        assert Person(app).get(path).status_code == 404


@pytest.mark.breadth
def test_maria_meets_a_fault_and_is_given_the_number_that_the_log_has(
    app: Starlette, caplog: pytest.LogCaptureFixture
) -> None:
    maria = holder(app, raise_server_exceptions=False)
    (id,) = maria.has()
    app.state.services.database.write(lambda session: session.execute(update(KeptBadge).values(read={})))

    answer = maria.get(f"/badges/{id}", headers=THEIRS)
    again = maria.get(f"/badges/{id}", headers=THEIRS)

    assert answer.status_code == 500
    (number,) = NUMBER.findall(words(answer.text))
    assert answer.headers[HEADER] == number
    assert number not in {THEIRS[HEADER], again.headers[HEADER]}
    assert f"request {number} failed" in caplog.text


@pytest.mark.breadth
def test_so_is_whoever_sends_something_while_the_shelf_is_silent(
    app: Starlette, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    maria = holder(app)

    def silent(*_what: object) -> None:
        raise Unavailable("the bucket")

    monkeypatch.setattr(app.state.services.database, "write", silent)
    answer = maria.post("/settings", data={"name": "Maria"}, headers=THEIRS)

    assert answer.status_code == 503
    (number,) = NUMBER.findall(words(answer.text))
    assert f"request {number}, not now" in caplog.text


@pytest.mark.breadth
def test_a_page_that_is_not_there_shows_no_number(app: Starlette) -> None:
    """A share that was stopped and one that never was are the same to the byte."""
    maria = holder(app)
    share = maria.shows(*maria.has())
    link = maria.link_of(share)
    maria.post(f"{share}/stopping")
    gone, never = Stranger(app).get(link), Stranger(app).get("/s/" + "0" * 26)

    assert gone.status_code == never.status_code == 404
    assert gone.content == never.content
    assert HEADER not in gone.headers
    assert not re.search(r"donnez ce numéro", gone.text)
