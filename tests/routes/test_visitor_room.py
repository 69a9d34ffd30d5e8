"""What visitors tell has little room, of each, of a network, of all; whoever makes a key has room of their own."""

from typing import Any

import pytest
from starlette.applications import Starlette

from tests.fixtures.archived import Archive
from tests.fixtures.moments import a_moment
from tests.fixtures.visits import AWARDED, Person, holder, signed, words
from tests.routes.test_archive_import import returns
from tests.routes.test_offline_drafts import draft, mark, sends
from wallet.evidence import editing
from wallet.routes import offline_drafts as drafts
from wallet.web.rate_limits import BYTES, HOUR, Limit

WHAT_TO_DO = "Il n’y a plus de place. Gardez d’abord vos badges. Vous aurez alors de la place."
PLAN, OTHER = (f"plan{number}.bin" for number in (1, 2))


def somebody_without_a_key(app: Starlette, address: str) -> Person:
    person = Person(app, address=address)
    assert person.brings(("badge.json", signed())).status_code == 303
    return person


def attaches(person: Person, moment: str, size: int, letter: bytes = b"x") -> Any:
    return person.attaches(moment, (PLAN, letter * size))


@pytest.mark.breadth
def test_a_visitor_has_little_room_and_more_with_a_key(app: Starlette, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(editing, "OF_A_VISITOR", 5_000)
    visitor, maria = somebody_without_a_key(app, "203.0.113.7"), holder(app)
    moment = visitor.tells()
    assert attaches(visitor, moment, 3_000).status_code == 303

    told = attaches(visitor, moment, 3_000, b"y")

    assert told.status_code == 413
    assert WHAT_TO_DO in words(told.text).replace("\xa0", " ")
    assert sends(visitor, draft(visitor, situation="work"), (PLAN, b"z" * 3_000)).json() == {"problem": "full"}
    assert attaches(maria, maria.tells(), 6_000).status_code == 303
    assert visitor.makes_a_key().status_code == 200
    assert attaches(visitor, moment, 3_000, b"y").status_code == 303, "as the page said"


@pytest.mark.breadth
def test_all_visitors_share_a_room_which_holders_do_not_need(app: Starlette, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(editing, "OF_VISITORS", 5_000)
    one, other = (somebody_without_a_key(app, address) for address in ("198.51.100.66", "203.0.113.7"))
    moment = one.tells()
    assert attaches(one, moment, 4_000).status_code == 303

    assert attaches(other, other.tells(), 4_000).status_code == 413
    maria = holder(app)
    assert attaches(maria, maria.tells(), 4_000).status_code == 303
    one.makes_a_key()
    assert attaches(other, other.tells(), 4_000).status_code == 303, "who has a key is no visitor any more"


@pytest.mark.breadth
def test_visitors_of_one_network_fill_no_room_of_others(app: Starlette, monkeypatch: pytest.MonkeyPatch):
    flood = [somebody_without_a_key(app, "198.51.100.66") for _ in range(2)]
    other = somebody_without_a_key(app, "203.0.113.7")
    maria = holder(app, address="198.51.100.66")
    flood[0].services.rate_limits.window.forget()
    monkeypatch.setitem(BYTES, "visitor", Limit(9_000, HOUR))
    assert attaches(flood[0], flood[0].tells(), 6_000).status_code == 303

    before = set(maria.services.files.names())
    assert attaches(flood[1], flood[1].tells(), 6_001).status_code == 413
    assert sends(flood[1], draft(flood[1], situation="work"), (PLAN, b"z" * 6_002)).json() == {"problem": "full"}

    assert set(maria.services.files.names()) == before, "nothing of it was shelved"
    assert attaches(maria, maria.tells(), 6_003).status_code == 303
    assert attaches(other, other.tells(), 6_004).status_code == 303


def test_a_draft_that_was_put_off_and_comes_again_counts_once(app: Starlette, monkeypatch: pytest.MonkeyPatch):
    one, other = (somebody_without_a_key(app, "198.51.100.66") for _ in range(2))
    one.services.rate_limits.window.forget()
    monkeypatch.setitem(BYTES, "visitor", Limit(6_000, HOUR))
    what, file = draft(one, situation="work"), (PLAN, b"x" * 4_000)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(drafts, "BUDGET", 2)
        for _ in range(3):
            meanwhile.setattr(drafts, "monotonic", iter(range(9)).__next__)  # the second file finds no time
            assert sends(one, what, file, (OTHER, b"y")).json() == {"problem": "busy"}

    assert sends(one, what, file).status_code == 200
    assert sends(other, what | {"of": mark(other)}, file).json() == {"problem": "full"}, "somebody else's are others"
    assert sends(one, draft(one, situation="work"), file).json() == {"problem": "full"}, "and another draft is, too"


def test_the_texts_of_an_archive_count_for_the_network_as_its_files_do(app: Starlette, monkeypatch: pytest.MonkeyPatch):
    """One archive of 22 MB brings ten million letters; 120 of them an hour were let in from one network."""
    maria = holder(app, address="198.51.100.66")
    maria.services.rate_limits.window.forget()
    monkeypatch.setitem(BYTES, "visitor", Limit(50_000, HOUR))
    monkeypatch.setattr(editing, "OF_VISITORS", 10**9)
    said = {"question": "facts", "text": "é" * 12_000, "key": "1", "made_at": AWARDED.isoformat()}
    archive = Archive().add(signed()).tells(a_moment("a", answers=[said])).tells(a_moment("b")).packed()

    first, second = (words(returns(Person(app, address=f"198.51.100.{n}"), archive).text) for n in (66, 67))

    assert "2 moments racontés sont de nouveau ici." in first
    assert "Il n’y a plus de place pour 1 de vos textes." in second.replace("\xa0", " ")
    assert "1 moment raconté est de nouveau ici." in second
    for other in (
        maria,
        Person(app, address="203.0.113.7"),
    ):  # whoever has a key is not counted, nor is another network
        assert "2 moments racontés sont de nouveau ici." in words(returns(other, archive).text)


@pytest.mark.breadth
def test_what_goes_with_the_moments_of_an_archive_takes_the_same_room(app: Starlette, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(editing, "OF_A_VISITOR", 5_000)
    files = ((PLAN, b"x" * 4_000), (OTHER, b"y" * 4_000))
    archive = Archive().add(signed()).tells(a_moment("a", badges=[0]), *files).packed()
    nobody = Person(app)

    told = returns(nobody, archive)

    assert "1 photo, son ou fichier est de nouveau ici." in words(told.text)
    assert "Gardez d’abord vos badges." in words(told.text).replace("\xa0", " ")
    assert nobody.makes_a_key().status_code == 200
    assert "1 photo, son ou fichier est de nouveau ici." in words(returns(nobody, archive).text)
