"""Sonia's keys: a second one, their names, whether there is a copy, taking one away, and never the last way in."""

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.fixtures.authenticator import BACKED_UP, ELIGIBLE, SYNCED, Key, encoded
from tests.fixtures.made_once import made_once
from tests.fixtures.visits import Clock, Person, holder, signed, words
from wallet.accounts import passkeys, recovery_codes
from wallet.accounts.holders import SignInContext
from wallet.accounts.passkeys import Passkey
from wallet.recovery import flows

ANDROID = "Mozilla/5.0 (Linux; Android 11; SM-A105FN) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 16_7 like Mac OS X) AppleWebKit/605.1.15 Version/16.6 Safari/604.1"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    """Sonia, who keeps one badge by a key in her Android phone."""
    person = Person(app)
    person.headers["User-Agent"] = ANDROID
    person.brings(("badge.json", signed()))
    assert person.makes_a_key().status_code == 200
    return person


def keys_of(person: Person) -> list[Passkey]:
    """The keys of whoever's phone it is, found by its own key."""
    with person.services.database.reading() as session:
        mine = [key for key in session.query(Passkey) if key.holder.handle == person.key.handle]
    return sorted(mine, key=lambda key: key.id)


def another_key(person: Person, **how: Any) -> tuple[Any, Key]:
    """What the phone answers when one more key is made on it, and that key."""
    key = Key(origin=person.services.settings.origin, **how)
    options = person.post("/passkeys/challenges", json={"purpose": "registration"})
    return (
        (person.post("/passkeys", json=key.make(options.json())), key) if options.status_code == 200 else (options, key)
    )


def confirms(person: Person, key: Key | None = None) -> Any:
    """Show a key once more."""
    options = person.post("/passkeys/challenges", json={"purpose": "confirmation"}).json()
    return person.post("/passkeys/confirmations", json=(key or person.key).show(options))


def id_of(key: Key, person: Person) -> int:
    return next(one.id for one in keys_of(person) if one.credential_id == key.credential_id)


def has_a_paper(person: Person) -> str:
    """Sonia makes a rescue paper: its code."""
    with person.services.database.writing() as session:
        return recovery_codes.make_recovery_code(session, keys_of(person)[0].holder_id, person.services.clock())


def news_on(page: str) -> dict[str, Any]:
    """What the page has the browser tell the phone."""
    found = re.search(r"<passkey-news data-of=\"(\w+)\" data-news='([^']*)'", page)
    assert found is not None
    return {"of": found[1], **json.loads(unescape(found[2]))}


@pytest.mark.parametrize(
    ("agent", "kind", "called"),
    [
        (ANDROID, "android", "Téléphone Android"),
        (IPHONE, "iphone", "iPhone"),
        (WINDOWS, "windows", "Ordinateur Windows"),
    ],
)
def test_a_key_is_called_by_where_it_was_made(app: Starlette, agent: str, kind: str, called: str):
    person = Person(app)
    person.headers["User-Agent"] = agent
    person.brings(("badge.json", signed()))
    person.makes_a_key()

    assert [key.kind for key in keys_of(person)] == [kind]
    read = person.reads("/keys")
    assert called in read
    assert "Créée le 24 novembre 2026" in read
    assert "Utilisée le 24 novembre 2026" in read


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (SYNCED, "Votre téléphone garde une copie de la clé."),
        (SYNCED & ~BACKED_UP, "Cette clé est seulement dans ce téléphone. Faites aussi un papier de secours."),
        (
            SYNCED & ~BACKED_UP & ~ELIGIBLE,
            "Cette clé est seulement dans ce téléphone. Faites aussi un papier de secours.",
        ),
    ],
)
@pytest.mark.breadth
def test_whether_there_is_a_copy_is_told_from_what_the_key_says(sonia: Person, flags: int, says: str):
    ways_in, key = another_key(sonia, flags=flags)

    assert ways_in.json() == {"go": "/keys?done=made"}
    page = sonia.page("/keys?done=made")
    done = page.partition('class="outcome ok"')[2].partition("</div>")[0]
    assert says.partition(".")[0] in words(done), "right there, where it was made"
    assert says in words(page)
    assert confirms(sonia, key).status_code == 200


def test_the_first_key_says_at_once_that_it_is_only_in_this_phone(app: Starlette):
    person = Person(app)
    person.headers["User-Agent"] = ANDROID
    person.key.flags = SYNCED & ~BACKED_UP
    person.brings(("badge.json", signed()))

    go = person.makes_a_key().json()["go"]

    assert "Votre badge est gardé. Cette clé est seulement dans ce téléphone." in person.reads(go)


def test_a_copy_made_later_is_told_the_next_time_the_key_is_used(sonia: Person):
    sonia.key.flags = SYNCED & ~BACKED_UP

    confirms(sonia)

    assert "Cette clé est seulement dans ce téléphone." in sonia.reads("/keys")


def test_who_has_a_paper_is_not_told_to_make_one(sonia: Person):
    sonia.key.flags = SYNCED & ~BACKED_UP
    confirms(sonia)
    has_a_paper(sonia)

    assert "Faites aussi un papier" not in sonia.reads("/keys")


def test_sonia_names_a_key(sonia: Person):
    (key,) = keys_of(sonia)

    answer = sonia.post(f"/keys/{key.id}/name", data={"name": " Téléphone de \u202e Awa\x00 " + "a" * 100})

    assert answer.headers["location"] == "/keys?done=named"
    (key,) = keys_of(sonia)
    assert key.name == ("Téléphone de  Awa " + "a" * 100)[:60]
    assert key.name in sonia.page("/keys")
    sonia.post(f"/keys/{key.id}/name", data={"name": "<script>alert(1)</script>"})
    assert "<script>alert" not in sonia.page("/keys")


def test_with_a_fresh_finger_one_of_two_keys_goes_and_opens_nothing_any_more(
    sonia: Person, app: Starlette, clock: Clock
):
    _, second = another_key(sonia)
    first = sonia.key
    clock.move(minutes=6)
    removal = f"/keys/{id_of(first, sonia)}/removal"

    late = sonia.post(removal, data={"here": "/keys"})
    assert late.headers["location"] == "/confirmation?next=/keys"
    assert len(keys_of(sonia)) == 2
    assert confirms(sonia, second).status_code == 200
    assert sonia.post(removal, data={"here": "/keys"}).headers["location"] == "/keys?done=removed"

    thief = Person(app)
    thief.key = first
    assert thief.enters().status_code == 400
    sonia.key = second
    news = news_on(sonia.page("/keys?done=removed"))
    assert news["of"] == "keys"
    assert news["rpId"] == "localhost"
    assert news["ids"] == [encoded(second.credential_id)]
    assert news["userId"] == encoded(second.handle)


def test_the_last_way_in_stays_and_the_page_says_what_to_do_first(sonia: Person):
    (key,) = keys_of(sonia)

    refused = sonia.post(f"/keys/{key.id}/removal", data={"here": "/keys"})

    assert refused.status_code == 409
    assert "<title>Erreur" in refused.text
    assert 'name="next" value="/keys"' in refused.text, "the other language leads to a page that is there"
    assert "Créez d’abord une autre clé, ou faites un papier de secours." in refused.text
    assert len(keys_of(sonia)) == 1
    has_a_paper(sonia)
    assert sonia.post(f"/keys/{key.id}/removal").headers["location"] == "/keys?done=removed"
    assert "Votre papier de secours ouvre vos badges." in sonia.reads("/keys")


def test_while_somebody_is_coming_back_no_key_goes(sonia: Person, app: Starlette, clock: Clock):
    _, second = another_key(sonia)
    code, services = has_a_paper(sonia), sonia.services
    with services.database.writing() as session:
        flows.enter_by_recovery_code(session, None, code, SignInContext("windows"), clock(), lambda *_: None)

    waits = sonia.post(f"/keys/{id_of(second, sonia)}/removal")

    assert waits.status_code == 409
    assert "Il faut attendre" in waits.text
    assert "27 novembre 2026 à 11 h 12" in unescape(waits.text).replace("\u00a0", " ")
    assert len(keys_of(sonia)) == 2


def test_a_second_key_wants_a_fresh_finger(sonia: Person, clock: Clock):
    assert sonia.get("/keys/new").status_code == 200
    assert "passkey-confirmation" not in sonia.page("/keys"), "fresh: nothing is asked twice"
    clock.move(minutes=6)

    assert sonia.get("/keys/new").headers["location"] == "/confirmation?next=/keys/new"
    assert "passkey-confirmation" in sonia.page("/keys")
    refused, _ = another_key(sonia)
    assert (refused.status_code, refused.json()) == (403, {"message": "late"})


@pytest.mark.breadth
def test_ten_keys_are_enough(sonia: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("wallet.web.rate_limits.STRICT", {})
    for _ in range(passkeys.MOST_PASSKEYS - 1):
        assert another_key(sonia)[0].status_code == 200

    refused, _ = another_key(sonia)

    assert (refused.status_code, refused.json()) == (403, {"message": "too-many"})
    assert "Vous avez 10 clés. Enlevez une clé pour en ajouter une autre." in sonia.reads("/keys")
    assert sonia.get("/keys/new").headers["location"] == "/keys"
    assert len(keys_of(sonia)) == passkeys.MOST_PASSKEYS


def test_a_page_left_open_makes_no_key_to_the_badges_of_whoever_entered_since(sonia: Person, app: Starlette):
    """One phone for two: a key made there would open his badges with her thumb."""
    youssef = Person(app)
    youssef.brings(("badge.json", signed()))
    [left_open] = re.findall('data-of="([^"]*)"', youssef.page("/badges"))
    youssef.makes_a_key()

    refused = sonia.post("/passkeys/challenges", json={"purpose": "registration", "of": left_open})

    assert (refused.status_code, refused.json()) == (403, {"message": "another"})
    [own] = re.findall('<passkey-registration data-of="([^"]*)"', sonia.page("/keys/new"))
    options = sonia.post("/passkeys/challenges", json={"purpose": "registration", "of": own})
    assert options.status_code == 200


@pytest.mark.breadth
def test_of_many_keys_begun_together_none_is_one_too_many(sonia: Person, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("wallet.web.rate_limits.STRICT", {})
    begun = [sonia.post("/passkeys/challenges", json={"purpose": "registration"}).json() for _ in range(12)]

    made = [sonia.post("/passkeys", json=Key().make(options)).status_code for options in begun]

    assert made == [200] * 9 + [400] * 3
    assert len(keys_of(sonia)) == passkeys.MOST_PASSKEYS


def test_who_enters_with_the_key_of_another_device_is_offered_one_here(sonia: Person, app: Starlette):
    computer = Person(app)
    computer.headers["User-Agent"], computer.key = WINDOWS, sonia.key
    options = computer.post("/passkeys/challenges", json={"purpose": "authentication"}).json()

    entered = computer.post("/devices", json=computer.key.show(options) | {"authenticatorAttachment": "cross-platform"})

    assert entered.json() == {"go": "/keys/new?entered=1"}
    offered = computer.page("/keys/new?entered=1")
    assert "Vous venez d’ouvrir vos badges avec un autre appareil." in offered
    assert re.search(r'href="/badges">Plus tard', offered)
    made, _ = another_key(computer)
    assert made.status_code == 200
    assert [key.kind for key in keys_of(computer)] == ["android", "windows"]


@pytest.mark.breadth
def test_a_computer_that_a_phone_opened_is_not_told_to_have_the_key(sonia: Person, app: Starlette):
    """Sonia opens her badges at the library by her phone: whoever reads that the key is there may let the phone go."""
    computer = Person(app)
    computer.headers["User-Agent"], computer.key = WINDOWS, sonia.key

    assert computer.enters().status_code == 200

    assert "1 clé : cet appareil" in sonia.reads("/settings")
    assert "1 clé : un téléphone" in computer.reads("/settings")


def test_of_a_key_on_a_stick_nobody_reads_that_the_computer_has_it_or_a_copy(sonia: Person):
    """Sonia makes one more key at a computer, in something beside it."""
    sonia.headers["User-Agent"] = WINDOWS
    key = Key(origin=sonia.services.settings.origin)
    options = sonia.post("/passkeys/challenges", json={"purpose": "registration"}).json()

    made = sonia.post("/passkeys", json=key.make(options) | {"authenticatorAttachment": "cross-platform"})

    told = sonia.reads(made.json()["go"])
    assert "Votre clé est créée. Une copie de la clé est gardée." in told
    assert "Votre ordinateur garde une copie de la clé." not in told
    assert "2 clés : un téléphone, une clé à part" in sonia.reads("/settings")


@pytest.mark.breadth
def test_the_first_key_on_a_stick_is_not_said_to_be_in_the_computer(app: Starlette):
    marc = Person(app)
    marc.headers["User-Agent"] = WINDOWS
    marc.brings(("badge.json", signed()))
    options = marc.post("/passkeys/challenges", json={"purpose": "registration"}).json()

    made = marc.post("/passkeys", json=marc.key.make(options) | {"authenticatorAttachment": "cross-platform"})

    told = marc.reads(made.json()["go"])
    assert "Votre badge est gardé." in told
    assert "ordinateur garde une copie" not in told


def test_a_key_that_is_here_already_is_left_out_by_the_phone(sonia: Person):
    options = sonia.post("/passkeys/challenges", json={"purpose": "registration"}).json()

    assert [one["id"] for one in options["excludeCredentials"]] == [encoded(sonia.key.credential_id)]


@pytest.mark.parametrize("act", ["name", "removal"])
@pytest.mark.breadth(beside=["removal"])
def test_nobody_touches_the_keys_of_another(sonia: Person, app: Starlette, act: str):
    kevin: Callable[..., Any] = holder(app).post
    (key,) = keys_of(sonia)

    answer = kevin(f"/keys/{key.id}/{act}", data={"name": "à moi"})

    assert answer.status_code == (303 if act == "removal" else 404), "a removal leads to his own list"
    assert [one.name for one in keys_of(sonia)] == [""]


def test_the_page_of_the_keys_tells_how_another_phone_comes_in(sonia: Person):
    assert sonia.services.settings.origin in sonia.page("/keys")
    assert sonia.get("/entry/qr.svg").headers["content-type"] == "image/svg+xml"
    assert '"of"' not in sonia.page("/keys")
    assert "passkey-news" not in sonia.page("/keys"), "the handle is told only where the phone is told"


def test_a_new_first_name_is_told_to_the_phone(sonia: Person):
    sonia.post("/settings", data={"name": "Sonia"})

    news = news_on(sonia.page("/settings?done=kept"))

    assert (news["of"], news["name"]) == ("name", "Mes badges – Sonia")
