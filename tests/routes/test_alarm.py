"""D5: the alarm has a « yes », on Maria's own devices alone. It takes away the question everywhere, and never the guard."""

import re
from collections.abc import Callable

import pytest
from starlette.applications import Starlette

from tests.fixtures.authenticator import Key
from tests.fixtures.made_once import made_once
from tests.fixtures.people import known_by
from tests.fixtures.visits import Clock, Person, words
from tests.fixtures.ways_in import is_guarded
from tests.routes.test_recovery import stopping
from tests.routes.test_recovery_codes import makes_a_paper, opens
from wallet.accounts.holders import SignInContext
from wallet.badges import badges
from wallet.recovery import flows

ASKED = "Votre papier de secours a servi."
YES = "Oui, c’est moi"


@pytest.fixture
@made_once
def code(maria: Person, clock: Clock) -> str:
    """The code of the paper that Maria made on the day before."""
    code = makes_a_paper(maria)
    clock.move(days=1)
    return code


@pytest.fixture
def back(app: Starlette, code: str) -> Person:
    """Whoever came in by it: Maria herself on a new phone, or a thief. Nobody knows."""
    person = Person(app, address="198.51.100.7")
    assert opens(person, code)
    return person


def yes(page: str) -> str:
    """Where « Oui, c'est moi » leads; "" where it is not offered."""
    found = re.search(r'action="(/returns/\d+/acknowledgement)"', page)
    return found[1] if found else ""


def shows_the_key(person: Person, key: Key | None = None) -> None:
    """The finger on the phone, once more."""
    options = person.post("/passkeys/challenges", json={"purpose": "confirmation"}).json()
    assert person.post("/passkeys/confirmations", json=(key or person.key).show(options)).status_code == 200


def test_maria_says_yes_on_her_own_phone_and_nobody_is_asked_any_more(app: Starlette, maria: Person, back: Person):
    computer = Person(app)
    computer.key = maria.key
    assert computer.enters().status_code == 200
    page = maria.page("/badges")
    assert ASKED in words(page)
    assert YES in words(page)
    shows_the_key(maria)

    answer = maria.post(yes(page))

    assert answer.headers["location"] == "/badges?done=acknowledged-paper"
    text = maria.reads("/badges?done=acknowledged-paper")
    assert "Merci, c’est noté. Ce papier a servi. Imprimez un nouveau papier." in text
    for person in (maria, back, computer):
        assert ASKED not in person.reads("/badges")
        assert 'class="notices"' not in person.page("/badges")
    assert "Vous avez dit" in maria.reads("/devices")


def test_the_guard_is_there_still_after_a_yes_and_so_is_the_stop(maria: Person, back: Person, clock: Clock):
    path = stopping(maria.page("/badges"))
    known = known_by(maria.services.database, back.cookies[maria.services.cookie], clock.now)
    shows_the_key(maria)
    maria.post(yes(maria.page("/badges")))

    assert is_guarded(maria.services.database, known, clock.now)
    assert back.get("/returns").status_code == 200, "they read there what waits, and until when"
    clock.move(hours=1)
    shows_the_key(maria)
    assert maria.post(path).status_code == 303, "she may change her mind"
    assert back.get("/settings").headers["location"] == "/entry"


def test_the_thief_sees_no_yes_and_the_post_by_hand_is_refused(maria: Person, back: Person):
    assert YES not in back.reads("/badges")

    answer = back.post(yes(maria.page("/badges")))

    assert answer.status_code == 403
    assert "Cet appareil ne peut pas répondre oui. Rien n’a changé. Il faut une clé que vous aviez avant." in words(
        answer.text
    )
    assert ASKED in maria.reads("/badges")


def a_key_of_their_own(app: Starlette, maria: Person, back: Person) -> Person:
    """Whoever came back made a key."""
    assert back.makes_a_key().status_code == 200
    shows_the_key(back)
    return back


def that_key_elsewhere(app: Starlette, maria: Person, back: Person) -> Person:
    """Whoever came back made a key, and comes in with it from another device."""
    assert back.makes_a_key().status_code == 200
    other = Person(app)
    other.key = back.key
    assert other.enters().status_code == 200
    return other


def a_newer_key(app: Starlette, maria: Person, back: Person) -> Person:
    """A computer on which Maria made a key since."""
    other = Person(app)
    other.key = maria.key
    other.enters()
    other.key = Key(origin=other.key.origin, handle=other.key.handle)
    assert other.makes_a_key().status_code == 200
    shows_the_key(other)
    return other


@pytest.mark.parametrize("who", [a_key_of_their_own, that_key_elsewhere, a_newer_key])
@pytest.mark.breadth
def test_no_key_that_was_made_since_says_yes(
    app: Starlette, maria: Person, back: Person, clock: Clock, who: Callable[[Starlette, Person, Person], Person]
):
    path = yes(maria.page("/badges"))
    clock.move(minutes=1)
    other = who(app, maria, back)

    assert yes(other.page("/badges")) == ""
    assert other.post(path).status_code == 403
    assert ASKED in maria.reads("/badges")


@pytest.mark.parametrize("lately", ["never", "before the paper was used", "six minutes ago"])
@pytest.mark.breadth(beside=["six minutes ago"])
def test_a_phone_on_which_no_finger_was_shown_for_it_is_refused(
    app: Starlette, maria: Person, code: str, clock: Clock, lately: str
):
    if lately == "before the paper was used":
        shows_the_key(maria)
        clock.move(minutes=1)
    assert opens(Person(app), code)
    path = yes(maria.page("/badges"))
    assert "<passkey-confirmation" in maria.page("/badges")
    if lately == "six minutes ago":
        shows_the_key(maria)
        clock.move(minutes=6)

    answer = maria.post(path)

    assert answer.status_code == 403
    assert "Montrez d’abord votre clé. Rien n’a changé." in words(answer.text)
    assert ASKED in maria.reads("/badges")


def test_somebody_elses_return_is_not_there_to_say_yes_to(maria: Person, youssef: Person, back: Person):
    shows_the_key(youssef)

    assert youssef.post(yes(maria.page("/badges"))).status_code == 404


@pytest.mark.breadth
def test_who_said_yes_to_the_wait_is_asked_again_when_somebody_is_in(maria: Person, clock: Clock):
    clock.move(days=1)
    with maria.services.database.writing() as session:
        flows.begin_email_recovery(session, 1, "windows", clock.now)
    shows_the_key(maria)
    assert maria.post(yes(maria.page("/badges"))).headers["location"] == "/badges?done=acknowledged-mail"
    assert "veut revenir" not in maria.reads("/badges")
    clock.move(hours=49)

    with maria.services.database.writing() as session:
        flows.complete_email_recovery(session, None, 1, SignInContext("windows"), clock.now, badges.move_badges)

    assert "Vos badges ont été ouverts par e-mail." in maria.reads("/badges")


def test_a_phone_of_before_0025_tells_no_key_and_is_asked_for_it(app: Starlette, maria: Person, back: Person):
    with maria.services.database.writing() as session:
        session.connection().exec_driver_sql("UPDATE devices SET passkey_id = NULL")
    path = yes(maria.page("/badges"))

    assert path
    assert maria.post(path).status_code == 403
    shows_the_key(maria)
    assert maria.post(path).status_code == 303
