"""« Tout effacer » while something is on its way to the wallet: it comes back nowhere, not for half an hour either."""

from typing import Any

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from tests.fixtures.archived import whole
from tests.fixtures.made_once import made_once
from tests.fixtures.visits import Person, holder, signed
from wallet import archive, storage
from wallet.accounts.holders import Holder
from wallet.badges import importing as issuance
from wallet.web.services import Services


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    """Sonia, who keeps one badge by a key."""
    return holder(app)


def erase(services: Services) -> None:
    """She erases all, on another device."""
    with services.database.reading() as session:
        (id,) = session.scalars(select(Holder.id))
    services.erasures.erase(id, services.clock())


def people(services: Services) -> int:
    """How many people and visitors there are."""
    with services.database.reading() as session:
        return len(session.scalars(select(Holder.id)).all())


@pytest.mark.parametrize("point", ["import.looked", "import.badges", "import.shares"])
@pytest.mark.breadth
def test_an_archive_on_its_way_is_nobodys(sonia: Person, monkeypatch: pytest.MonkeyPatch, point: str):
    reached = point

    def meanwhile(name: str) -> None:
        nonlocal reached
        if name == reached:
            reached = ""
            erase(sonia.services)

    monkeypatch.setattr(storage, "failpoint", meanwhile)
    content = whole(signed(), signed()).packed()

    answer = sonia.post("/archive/return", files=[("documents", ("a.zip", content, "application/zip"))])

    assert (answer.status_code, reached, people(sonia.services)) == (404, "", 0)
    assert "set-cookie" not in answer.headers


def test_a_badge_on_its_way_is_nobodys(sonia: Person, monkeypatch: pytest.MonkeyPatch):
    look = issuance.import_file

    def meanwhile(*what: Any) -> Any:
        found = look(*what)
        erase(sonia.services)
        return found

    monkeypatch.setattr(issuance, "import_file", meanwhile)
    monkeypatch.setattr("wallet.badges.import_file", meanwhile)

    answer = sonia.brings(("badge.json", signed("adapter-1")))

    assert (answer.status_code, people(sonia.services)) == (404, 0)


@pytest.mark.parametrize("point", ["rows.read", "archive.gathered", "archive.packed"])
@pytest.mark.breadth(beside=["archive.gathered"])
def test_an_archive_that_is_being_made_is_nobodys(sonia: Person, monkeypatch: pytest.MonkeyPatch, point: str):
    reached, make = point, archive.export_wallet

    def meanwhile(name: str) -> None:
        nonlocal reached
        if name == reached:
            reached = ""
            erase(sonia.services)

    def from_now_on(*what: Any) -> Any:
        meanwhile("rows.read")
        return make(*what)

    monkeypatch.setattr(storage, "failpoint", meanwhile)
    monkeypatch.setattr(archive, "export_wallet", from_now_on)

    answer = sonia.get("/archive/file")

    assert (answer.status_code, reached, people(sonia.services)) == (404, "", 0)
