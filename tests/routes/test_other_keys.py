"""What was sealed with other keys, be it a share, a page or a request: that one cannot be shown any more, and all the rest goes on."""

import pytest
from sqlalchemy import update
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.visits import Person, Stranger, holder, signed
from wallet.endorsements import EndorsementRequest
from wallet.operations import first_start
from wallet.shares.models import Share
from wallet.shares.passcodes import Passcode

NO_MORE = "Ce partage ne peut plus être montré."
OTHERS = b"\x01" + b"of other keys" * 9


@pytest.fixture
@made_once
def maria(app: Starlette) -> Person:
    """Maria, who shows a badge twice; the second share asks for a code and was sealed with keys that are lost."""
    maria = holder(app, ("badge.json", signed()))
    maria.shows(1)
    maria.shows(1, code="yes")
    with app.state.services.database.writing() as session:
        session.execute(update(Share).where(Share.id == 2).values(token_sealed=OTHERS))
        session.execute(update(Passcode).values(code_sealed=OTHERS))
    return maria


def test_the_list_tells_it_of_that_one_alone(maria: Person):
    page = maria.page("/shares")

    assert page.count(NO_MORE) == 1
    assert 'href="/shares/1"' in page
    assert 'href="/shares/2"' not in page
    assert maria.page("/code").count("qr.svg"), "the newest that can be shown"


def test_no_page_of_it_is_a_fault(maria: Person):
    for path in ("/shares/2", "/shares/2/details", "/shares/2/page"):
        answer = maria.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        assert NO_MORE in answer.text, path
    assert maria.get("/shares/2/qr.svg").status_code == 404
    again = maria.page("/shares/new?again=2")
    assert 'name="badge" value="1" checked' in again
    assert 'aria-describedby="code-hint" checked' in again, "it asks for a code again"


@pytest.mark.breadth
def test_its_owner_stops_it(maria: Person, app: Starlette):
    assert maria.post("/shares/2/stopping").status_code == 303

    assert NO_MORE not in maria.page("/shares")
    assert Stranger(app).get(maria.link_of("/shares/1")).status_code == 200


def test_a_link_for_a_word_is_told_as_such_and_stopped(app: Starlette):
    maria = holder(app, ("badge.json", signed()))
    moment = maria.tells(1, facts="J’ai soudé.")
    asked = str(
        maria.post(f"{moment}/requests", data={"part": "facts", "name": "Maria", "key": "1" * 32}).headers["location"]
    )
    services = maria.services
    with services.database.writing() as session:
        session.execute(update(EndorsementRequest).values(token_sealed=OTHERS))

    page = maria.reads(asked)

    assert "Ce lien ne peut plus être montré. Qui l’a peut encore lire votre moment." in page
    assert "14 jours" not in page
    assert first_start.unsealable(services.database, services.settings.keys, services.clock()) == ["request 1"]
    assert maria.post(f"{asked}/stopping").status_code == 303
    assert "Vous l’avez arrêté." in maria.reads(asked)
    assert first_start.unsealable(services.database, services.settings.keys, services.clock()) == []


def test_her_page_is_given_another_address(app: Starlette):
    """Turned off and on it would keep the one that nobody can show."""
    maria = holder(app, ("badge.json", signed()))
    maria.post("/page", data={"badge": "1"})
    with app.state.services.database.writing() as session:
        session.execute(update(Share).values(token_sealed=OTHERS))

    page = maria.page("/page")
    assert "L’adresse de votre page ne peut plus être montrée." in page
    assert NO_MORE not in page
    assert page.count('href="/page/address"') == 2
    maria.post("/page/visibility", data={"visible": "off"})
    services = maria.services
    assert first_start.unsealable(services.database, services.settings.keys, services.clock()) == ["share 1"]
    maria.post("/page/visibility", data={"visible": "on"})
    maria.post("/page/address", data={"of": "1"})

    assert "ne peut plus être montrée" not in maria.page("/page")
    assert "ne peut plus être montrée" not in maria.page("/shares")
