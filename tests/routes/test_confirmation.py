"""Showing a key or the rescue paper once more: whose it must be, how long it counts, and where one goes on."""

import re

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from tests.fixtures.authenticator import PRESENT, Key
from tests.fixtures.visits import Clock, Person, holder, words
from tests.routes.test_account import TRICKS
from tests.routes.test_keys import confirms, has_a_paper, keys_of
from wallet.accounts import crockford, holders, recoveries, recovery_codes
from wallet.accounts.holders import SignInContext
from wallet.operations import cleanup
from wallet.recovery import flows
from wallet.web.rate_limits import HOUR, STRICT, Limit


def is_fresh(person: Person) -> bool:
    """Whether whoever holds the cookie showed a key or the paper just now."""
    now = person.services.clock()
    with person.services.database.reading() as session:
        known = holders.recognise(session, person.cookies[person.services.cookie], now)
    return known is not None and known.is_fresh(now)


def lives_by_a_paper(person: Person) -> str:
    """Whoever it is has no key left, only a paper: its code."""
    code = has_a_paper(person)
    (key,) = keys_of(person)
    assert person.post(f"/keys/{key.id}/removal").status_code == 303
    return code


def written(code: str) -> str:
    """As the paper has it."""
    return " ".join(crockford.with_check_symbols(code))


def test_a_key_shown_once_more_counts_for_five_minutes(maria: Person, clock: Clock):
    clock.move(minutes=6)
    assert not is_fresh(maria)
    before = maria.cookies[maria.services.cookie]

    assert confirms(maria).json() == {}

    assert is_fresh(maria)
    assert maria.cookies[maria.services.cookie] != before, "a new token each time"
    clock.move(minutes=4, seconds=59)
    assert maria.get("/confirmation?next=/keys").headers["location"] == "/keys"
    clock.move(seconds=1)
    assert maria.get("/confirmation?next=/keys").status_code == 200


def test_somebody_elses_key_confirms_nothing(maria: Person, youssef: Person, clock: Clock):
    clock.move(minutes=6)
    before = maria.cookies[maria.services.cookie]

    refused = [confirms(maria, youssef.key), confirms(maria, Key(credential_id=maria.key.credential_id))]

    assert [(one.status_code, one.json()) for one in refused] == [(400, {"message": "not-mine"})] * 2
    assert not any("set-cookie" in one.headers for one in refused)
    assert maria.cookies[maria.services.cookie] == before
    assert not is_fresh(maria)


def test_a_challenge_of_one_kind_answers_no_other(maria: Person, clock: Clock):
    clock.move(minutes=6)
    entering = maria.post("/passkeys/challenges", json={"purpose": "authentication"}).json()
    confirming = maria.post("/passkeys/challenges", json={"purpose": "confirmation"}).json()

    assert maria.post("/passkeys/confirmations", json=maria.key.show(entering)).status_code == 400
    assert maria.post("/devices", json=maria.key.show(confirming)).status_code == 400
    assert not is_fresh(maria)


def test_a_key_without_a_finger_confirms_nothing_and_no_answer_counts_twice(maria: Person, clock: Clock):
    clock.move(minutes=6)
    options = maria.post("/passkeys/challenges", json={"purpose": "confirmation"}).json()
    answer = maria.key.show(options)

    assert maria.post("/passkeys/confirmations", json=maria.key.show(options, flags=PRESENT)).status_code == 400
    assert maria.post("/passkeys/confirmations", json=answer).status_code == 400, "the challenge is spent"
    assert not is_fresh(maria)


def test_the_phone_is_asked_for_ones_own_keys_alone(maria: Person, youssef: Person):
    options = maria.post("/passkeys/challenges", json={"purpose": "confirmation"}).json()

    assert len(options["allowCredentials"]) == 1
    assert options["userVerification"] == "required"


def test_a_stranger_and_a_visitor_confirm_nothing(visitor: Person):
    assert visitor.post("/passkeys/challenges", json={"purpose": "confirmation"}).headers["location"] == "/entry"
    assert visitor.post("/passkeys/confirmations", json={}).headers["location"] == "/entry"


@pytest.mark.breadth
def test_no_address_leads_off_our_pages(maria: Person, clock: Clock):
    for next in TRICKS:
        assert maria.get("/confirmation", params={"next": next}).headers["location"] == "/", next
    clock.move(minutes=6)

    for next in TRICKS:
        page = maria.get("/confirmation", params={"next": next}).text
        assert 'class="button main" href="/settings"' in page, next


def test_whoever_showed_their_key_is_led_to_all_that_they_had_asked_for(maria: Person, clock: Clock):
    clock.move(minutes=6)
    asked = "/addresses/new?lang=en&address=a%26b"

    confirmation = maria.get(asked).headers["location"]
    confirms(maria)

    assert maria.get(confirmation).headers["location"] == asked


def test_with_a_key_one_button_leads_on_and_no_paper_is_asked_for(maria: Person, clock: Clock):
    clock.move(minutes=6)

    page = maria.page("/confirmation?next=/keys/new")

    assert 'class="button main" href="/keys/new"' in page
    assert 'name="code"' not in page
    assert "JavaScript" in page


def test_without_a_key_the_paper_is_typed_and_not_used_up(maria: Person, clock: Clock):
    code = lives_by_a_paper(maria)
    clock.move(minutes=6)
    assert "passkey-confirmation" not in maria.page("/confirmation?next=/keys")

    answer = maria.post("/confirmation/paper", data={"next": "/keys", "code": written(code).lower()})

    assert answer.headers["location"] == "/keys"
    assert is_fresh(maria)
    with maria.services.database.reading() as session:
        paper = session.query(recovery_codes.RecoveryCode).one()
        assert paper.used_at is None


def slip(group: str) -> str:
    """Its first symbol as another one."""
    return ("8" if group[0] != "8" else "9") + group[1:]


SLIPS = {
    "a wrong letter at once": (lambda groups: [slip(groups[0]), *groups[1:]], "Le groupe 1 a une faute."),
    "a wrong letter": (lambda groups: [*groups[:2], slip(groups[2]), *groups[3:]], "Le groupe 3 a une faute."),
    "two groups turned round": (lambda groups: [groups[1], groups[0], *groups[2:]], "Le groupe 1 a une faute."),
    "the last one forgotten": (lambda groups: groups[:-1], "Le code n’est pas complet."),
    "nothing": (lambda _: [], "Le code n’est pas complet."),
    "another paper": (lambda _: crockford.with_check_symbols(crockford.new_code()), "Ce n’est pas votre papier."),
}


@pytest.mark.parametrize("what", SLIPS)
def test_a_mistake_is_told_where_it_is_and_nothing_typed_is_lost(maria: Person, clock: Clock, what: str):
    slips, says = SLIPS[what]
    text = " ".join(slips(crockford.with_check_symbols(lives_by_a_paper(maria))))
    clock.move(minutes=6)

    wrong = maria.post("/confirmation/paper", data={"next": "/keys", "code": text})

    assert wrong.status_code == 422
    assert "<title>Erreur : " in wrong.text.replace("\u00a0", " ")
    assert says in words(wrong.text)
    assert f'value="{text}"' in wrong.text
    assert 'name="next" value="/keys"' in wrong.text
    assert not is_fresh(maria)


def test_the_paper_of_another_confirms_nothing(maria: Person, youssef: Person, clock: Clock):
    lives_by_a_paper(maria)
    code = has_a_paper(youssef)
    clock.move(minutes=6)

    assert maria.post("/confirmation/paper", data={"code": written(code)}).status_code == 422
    assert not is_fresh(maria)


def test_who_has_a_key_and_came_by_no_return_shows_the_key(maria: Person, clock: Clock):
    """A thief of an open phone with the paper behind it: the finger is asked for."""
    code = has_a_paper(maria)
    clock.move(minutes=6)

    assert maria.post("/confirmation/paper", data={"code": written(code)}).status_code == 422
    assert not is_fresh(maria)


@pytest.mark.breadth
def test_who_came_back_by_the_paper_shows_the_next_one_though_a_key_is_lost_somewhere(maria: Person, clock: Clock):
    code, services = has_a_paper(maria), maria.services
    with services.database.writing() as session:
        token = flows.enter_by_recovery_code(session, None, code, SignInContext("android"), clock(), lambda *_: None)
    maria.cookies.set(services.cookie, token, domain="localhost.local")
    with services.database.writing() as session:
        known = holders.recognise(session, token, clock())
        assert known is not None
        code = flows.renew_recovery_code(session, known, clock())
    clock.move(hours=73)

    assert (
        maria.post("/confirmation/paper", data={"next": "/keys", "code": written(code)}).headers["location"] == "/keys"
    )

    assert is_fresh(maria)
    with services.database.reading() as session:
        assert recoveries.pending_until(session, keys_of(maria)[0].holder_id, clock()) is None
    for _ in range(3):  # as long as they are signed in
        clock.move(days=25)
        assert maria.get("/badges").status_code == 200
        cleanup.forget_expired(services.database, clock())
        assert maria.post("/confirmation/paper", data={"code": written(code)}).status_code == 303
    clock.move(days=25)
    assert maria.get("/badges").status_code == 303
    cleanup.forget_expired(services.database, clock())
    with services.database.reading() as session:
        assert session.scalars(select(recoveries.Recovery)).all() == []


def test_who_came_back_and_made_a_key_is_asked_for_no_paper_that_was_spent_by_it(
    maria: Person, app: Starlette, clock: Clock
):
    """It would be « pas votre papier », and it is."""
    kevin = Person(app)
    kevin.post("/entry/paper", data={"code": written(has_a_paper(maria))})
    assert kevin.makes_a_key().status_code == 200
    clock.move(minutes=6)

    assert "papier" not in kevin.reads("/confirmation?next=/keys").lower()

    confirms(kevin)
    assert 'action="/paper"' in kevin.page("/paper")
    assert kevin.post("/paper").status_code == 200
    clock.move(minutes=6)
    assert "Code de votre papier de secours" in kevin.reads("/confirmation?next=/keys"), "of the next one"


@pytest.mark.breadth
def test_papers_are_not_guessed(maria: Person, clock: Clock, app: Starlette, monkeypatch: pytest.MonkeyPatch):
    assert STRICT["paper"] == Limit(10, HOUR)
    monkeypatch.setitem(STRICT, "paper", Limit(2, HOUR))
    code = lives_by_a_paper(maria)
    clock.move(minutes=6)

    told = [
        maria.post("/confirmation/paper", data={"code": written(crockford.new_code())}).status_code for _ in range(3)
    ]
    typos = [holder(app).post("/confirmation/paper", data={"code": "7KQ2M"}).status_code for _ in range(3)]

    assert told == [422] * 2 + [429]
    assert maria.post("/confirmation/paper", data={"code": written(code)}).status_code == 429
    assert typos == [422] * 3, "a slip of the pen is no guess"


@pytest.mark.breadth
def test_whatever_is_typed_is_words_and_nothing_else(maria: Person, clock: Clock):
    lives_by_a_paper(maria)
    clock.move(minutes=6)

    for code in ("\x00", "é" * 5000, "<script>alert(1)</script>", "🙂" * 30, "ß" * 35, '"><img src=x>'):
        answer = maria.post("/confirmation/paper", data={"code": code})

        assert answer.status_code == 422, code
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text


def test_in_another_language_it_is_asked_for_the_same(maria: Person, clock: Clock):
    clock.move(minutes=6)

    page = maria.page("/confirmation?next=/addresses")

    (again,) = set(re.findall('name="next" value="(/confirmation[^"]*)"', page))
    assert 'href="/addresses"' in maria.page(again)
