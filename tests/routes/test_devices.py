"""Where Sonia is signed in and what happened; and a computer that others use too, which closes by itself."""

import re
from datetime import timedelta

import pytest
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.screens import pages
from tests.fixtures.screens_keys import SCREENS_OF_KEYS
from tests.fixtures.visits import Clock, Person, words
from tests.routes.test_keys import IPHONE, WINDOWS, confirms, has_a_paper, id_of, keys_of
from tests.routes.test_keys import sonia as sonia  # noqa: PLC0414  # a fixture
from wallet.accounts import holders
from wallet.accounts.activity import EVENT_WORDS
from wallet.accounts.holders import SignInContext
from wallet.recovery import flows


def enters(app: Starlette, owner: Person, agent: str = WINDOWS, *, shared: bool = False) -> Person:
    """The owner's key shown on another device."""
    other = Person(app)
    other.headers["User-Agent"], other.key = agent, owner.key
    options = other.post("/passkeys/challenges", json={"purpose": "authentication"}).json()
    entered = other.post("/devices", json=other.key.show(options) | {"shared": shared})
    assert entered.status_code == 200
    other.set_cookie = entered.headers["set-cookie"].lower()  # type: ignore[attr-defined]  # for the tests of it
    return other


def is_in(person: Person) -> bool:
    return person.get("/badges").status_code == 200


def device_of(person: Person) -> int:
    with person.services.database.reading() as session:
        known = holders.recognise(session, person.cookies[person.services.cookie], person.services.clock())
    assert known is not None
    return known.device.id


@pytest.fixture
@made_once
def computer(app: Starlette, sonia: Person) -> Person:
    """A computer that others use too, where Sonia said so."""
    return enters(app, sonia, shared=True)


@pytest.mark.breadth
def test_all_devices_are_told_and_this_one_is_marked(app: Starlette, sonia: Person):
    enters(app, sonia, IPHONE)

    read = sonia.reads("/devices")

    assert read.index("iPhone") < read.index("Téléphone Android Vous êtes ici.")
    assert read.count("Vous êtes ici.") == 1
    assert read.count("Ouvert depuis le 24 novembre 2026") == 2
    assert read.count("Déconnecter cet appareil") == 1


@pytest.mark.breadth
def test_one_other_device_is_signed_out(app: Starlette, sonia: Person):
    lost, kept = enters(app, sonia, IPHONE), enters(app, sonia)

    assert sonia.post(f"/devices/{device_of(lost)}/removal").headers["location"] == "/devices?done=one"

    assert (is_in(lost), is_in(kept), is_in(sonia)) == (False, True, True)


@pytest.mark.breadth
def test_everywhere_else_is_signed_out_at_once(app: Starlette, sonia: Person):
    others = [enters(app, sonia, IPHONE), enters(app, sonia), enters(app, sonia, shared=True)]

    assert sonia.post("/devices/removal").headers["location"] == "/devices?done=all"

    assert [is_in(one) for one in [*others, sonia]] == [False, False, False, True]
    assert "Les autres appareils ont été déconnectés." in sonia.reads("/devices")


def test_a_shared_computer_that_has_closed_by_itself_is_not_to_be_signed_out(
    sonia: Person, computer: Person, clock: Clock
):
    """Sonia is told that her phone alone is open, and is not left to think that something else still is."""
    assert "Déconnecter les autres appareils" in sonia.reads("/devices")
    clock.move(minutes=11)

    read = sonia.reads("/devices")

    assert read.count("Ouvert depuis") == 1
    assert "Déconnecter les autres appareils" not in read


@pytest.mark.breadth
def test_this_very_device_and_those_of_others_are_not_signed_out_there(sonia: Person, maria: Person):
    for id in (device_of(sonia), device_of(maria), 999_999):
        assert sonia.post(f"/devices/{id}/removal").headers["location"] == "/devices", (
            "which says that nothing was done"
        )
    assert is_in(sonia)
    assert is_in(maria)


def test_a_thief_with_the_paper_signs_out_nobody(app: Starlette, sonia: Person, clock: Clock):
    code, thief = has_a_paper(sonia), Person(app)
    with sonia.services.database.writing() as session:
        token = flows.enter_by_recovery_code(session, None, code, SignInContext("windows"), clock(), lambda *_: None)
    thief.cookies.set(sonia.services.cookie, token, domain="localhost.local")

    assert "Déconnecter cet appareil" not in thief.page("/devices")
    assert thief.post(f"/devices/{device_of(sonia)}/removal").headers["location"] == "/devices"
    thief.post("/devices/removal")
    assert is_in(sonia)

    assert sonia.post(f"/devices/{device_of(thief)}/removal").status_code == 303
    assert not is_in(thief)


def test_what_happened_is_told_with_its_day_and_its_device(app: Starlette, sonia: Person, clock: Clock):
    clock.move(days=1)
    enters(app, sonia, IPHONE)
    cookie = enters(app, sonia).cookies["wallet"]
    with sonia.services.database.writing() as session:
        flows.renew_recovery_code(session, holders.recognise(session, cookie, clock()), clock())  # type: ignore[arg-type]

    read = sonia.reads("/devices").partition("Ce qui s’est passé")[2].replace("\u00a0", " ")

    sentences = ["Un papier de secours a été fait.", "Une clé a ouvert vos badges.", "Une clé a été créée."]
    assert [read.index(one) for one in sentences] == sorted(read.index(one) for one in sentences)
    assert "Une clé a ouvert vos badges. 25 novembre 2026 à 11 h 12, iPhone" in read
    assert "Une clé a été créée. 24 novembre 2026 à 11 h 12, Téléphone Android" in read


def test_every_word_of_what_may_happen_has_its_own_sentence():
    template, given = SCREENS_OF_KEYS["devices, all kinds"]

    page = pages().render(template, "fr", **given)

    told = [words(part.partition("</strong>")[0]) for part in re.split(r"<li>\s*<strong>", page)[1:]]
    assert len(set(told)) == len(EVENT_WORDS)


# A computer that others use too


def test_a_shared_computer_keeps_a_cookie_only_until_its_window_closes(app: Starlette, sonia: Person):
    shared, own = enters(app, sonia, shared=True), enters(app, sonia)

    assert "max-age" not in shared.set_cookie  # type: ignore[attr-defined]
    assert "expires" not in shared.set_cookie  # type: ignore[attr-defined]
    assert "httponly" in shared.set_cookie  # type: ignore[attr-defined]
    assert "max-age" in own.set_cookie  # type: ignore[attr-defined]


@pytest.mark.breadth
def test_after_ten_minutes_unused_it_is_closed(computer: Person, sonia: Person, clock: Clock):
    for _ in range(5):
        clock.move(minutes=9, seconds=59)
        assert is_in(computer), "used, so it stays"

    clock.move(minutes=10)
    assert not is_in(computer)
    assert is_in(sonia), "her own phone stays"


@pytest.mark.breadth
def test_after_two_hours_it_is_closed_whatever_one_does(computer: Person, clock: Clock):
    for _ in range(13):
        clock.move(minutes=9)
        assert is_in(computer)

    clock.move(minutes=4)
    assert not is_in(computer)


def test_its_pages_leave_the_screen_by_themselves_when_it_closes(computer: Person, sonia: Person, clock: Clock):
    for path in ("/badges", "/settings", "/keys", "/devices", "/shares", "/help"):
        answer = computer.get(path)
        assert answer.headers["refresh"] == "600; url=/closed", path
        assert "Me déconnecter" in words(answer.text), path
        assert "refresh" not in sonia.get(path).headers

    clock.move(minutes=10)
    closed = computer.get("/closed")
    assert "Vos badges sont fermés" in closed.text
    assert closed.headers["clear-site-data"] == '"cache", "storage"'
    assert computer.services.cookie not in computer.cookies


def test_a_link_of_any_page_to_closed_clears_nothing_that_is_not_over(sonia: Person, clock: Clock):
    """Whoever is signed out, as whoever has another page open, may have texts in the phone that are not sent."""
    assert "clear-site-data" not in sonia.get("/closed").headers
    clock.move(days=3000)
    assert sonia.get("/closed").headers["clear-site-data"] == '"cache"', "the session is over, of a phone of her own"

    answer = sonia.get("/closed")

    assert "Vos badges sont fermés" in answer.text
    assert "clear-site-data" not in answer.headers


def test_a_window_left_behind_does_not_close_the_one_that_is_used(computer: Person, clock: Clock):
    clock.move(minutes=9)
    assert is_in(computer)
    clock.move(minutes=1)

    answer = computer.get("/closed")

    assert answer.headers["location"] == "/badges"
    assert "clear-site-data" not in answer.headers
    assert is_in(computer)


@pytest.mark.breadth
def test_a_refreshing_page_does_not_itself_keep_it_open(computer: Person, clock: Clock):
    """What was looked at last is at most ten minutes ago when its page asks for /closed."""
    for seconds in (0, 30, 59, 61):
        clock.move(seconds=seconds)
        assert is_in(computer)
    with computer.services.database.reading() as session:
        known = holders.recognise(session, computer.cookies["wallet"], clock())
    assert known is not None
    assert clock() - known.device.seen_at <= timedelta(minutes=1)

    clock.move(minutes=10)
    assert computer.get("/closed").status_code == 200


def test_closing_it_says_so_and_clears_what_the_browser_kept(computer: Person):
    answer = computer.post("/leaving")

    assert answer.headers["location"] == "/closed"
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert not is_in(computer)


@pytest.mark.parametrize("way", ["by herself", "by the clock", "for good"])
@pytest.mark.breadth(beside=["by herself", "by the clock", "for good"])
def test_whoever_comes_next_reads_in_their_own_language_and_size(computer: Person, clock: Clock, way: str):
    chosen = [
        computer.post("/language", data={"language": "en", "next": "/badges"}),
        computer.post("/text-size", data={"size": "larger", "next": "/badges"}),
    ]
    assert not any("max-age" in answer.headers["set-cookie"].lower() for answer in chosen), "gone with the window, too"
    if way == "by the clock":
        clock.move(minutes=10)
        last = "/closed"
    else:
        last = computer.post("/leaving" if way == "by herself" else "/erasure").headers["location"]

    assert ("Everything is erased" if way == "for good" else "You are signed out") in computer.page(last)
    assert not {"language", "text-size"} & set(computer.cookies)
    assert '<html lang="fr" class="">' in computer.page("/")


def test_a_phone_of_her_own_goes_on_speaking_as_it_did(sonia: Person):
    chosen = sonia.post("/language", data={"language": "en", "next": "/badges"})
    assert "max-age" in chosen.headers["set-cookie"].lower()

    sonia.post("/leaving")

    assert '<html lang="en"' in sonia.page("/")


def test_signed_out_from_her_phone_it_keeps_nothing_either(computer: Person, sonia: Person):
    sonia.post("/devices/removal")

    closed = computer.get("/closed")

    assert "Il ne reste rien de vous sur cet ordinateur." in words(closed.text)
    assert closed.headers["clear-site-data"] == '"cache", "storage"'


LENT = {
    "fr": [
        "Ce téléphone est partagé.",
        "D’autres personnes se servent de ce téléphone.",
        "Téléphone partagé",
        "Il ne reste rien de vous dans ce téléphone.",
        "D’autres personnes se servent de cet appareil",
    ],
    "en": [
        "This phone is shared.",
        "Other people use this phone too.",
        "Shared phone",
        "Nothing of yours is left on this phone.",
        "Other people use this device too",
    ],
}


@pytest.mark.parametrize("language", LENT)
@pytest.mark.breadth(beside=["en"])
def test_a_phone_that_a_friend_lent_is_called_no_computer(app: Starlette, sonia: Person, language: str):
    """Sonia ticks the box on a friend's phone, and looks afterwards whether all is closed there."""
    lent = enters(app, sonia, IPHONE, shared=True)
    lent.post("/language", data={"language": language, "next": "/badges"})
    shared, folder, listed, nothing, box = LENT[language]

    for path in ("/settings", "/keys", "/evidence/draft"):
        assert lent.reads(path).count(shared) == 2, f"{path}: above, and where something does not go there"
    assert folder in lent.reads("/archive")
    assert listed in lent.reads("/devices")
    closed = lent.post("/leaving").headers["location"]
    assert nothing in lent.reads(closed)
    assert box in lent.reads(f"/entry?lang={language}")


def test_no_key_is_made_on_it_not_even_by_hand(computer: Person):
    asked = computer.post("/passkeys/challenges", json={"purpose": "registration"})

    assert asked.status_code == 403
    assert computer.post("/passkeys", json={}).status_code == 400
    assert computer.get("/keys/new").headers["location"] == "/keys"
    assert "Cet ordinateur est partagé. On ne crée pas de clé ici." in computer.reads("/keys")
    assert "Faites cela avec votre téléphone." in computer.reads("/settings")
    assert len(keys_of(computer)) == 1


def test_a_shared_computer_stays_one_when_a_key_is_shown_once_more(computer: Person, clock: Clock):
    clock.move(minutes=6)

    told = confirms(computer)

    assert "max-age" not in told.headers["set-cookie"].lower()
    assert "Me déconnecter" in computer.page("/badges")
    clock.move(minutes=10)
    assert not is_in(computer)


def test_the_key_of_another_device_is_offered_no_key_on_it(app: Starlette, sonia: Person):
    computer = Person(app)
    options = computer.post("/passkeys/challenges", json={"purpose": "authentication"}).json()
    answer = sonia.key.show(options) | {"authenticatorAttachment": "cross-platform", "shared": True}

    assert computer.post("/devices", json=answer).json() == {"go": "/badges"}


@pytest.mark.breadth
def test_only_a_plain_yes_makes_it_shared(app: Starlette, sonia: Person):
    for shared in (None, 0, 1, "true", "", [], {}, [True]):
        other = Person(app)
        options = other.post("/passkeys/challenges", json={"purpose": "authentication"}).json()

        entered = other.post("/devices", json=sonia.key.show(options) | {"shared": shared})

        assert "max-age" in entered.headers["set-cookie"].lower(), shared


def test_the_key_that_went_is_in_what_happened(app: Starlette, sonia: Person, clock: Clock):
    has_a_paper(sonia)
    sonia.post(f"/keys/{id_of(sonia.key, sonia)}/removal")

    assert "Une clé a été enlevée." in sonia.reads("/devices")
