"""A share with a secret code, over HTTP: the form, the tries, the pass, and what nobody learns."""

import json
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlalchemy import text
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.visits import Clock, Person, Stranger, holder, signed, words
from wallet.settings import Settings
from wallet.shares import owner_view, passcodes

on_both_databases = pytest.mark.usefixtures("database_url")
SENT = {"Sec-Fetch-Site": "same-origin"}
FORM = re.compile(r'name="form" value="(\w+)"')
BADGES = re.compile(r'href="(/s/[^"]*/badges/\d+[^"]*)"')
PICTURES = re.compile(r'src="(/s/[^"]*/pictures/\d+[^"]*)"')
BELOW = ("qr.svg", "pictures/0", "files/0", "badges/0")


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """The instance, once on SQLite and once on PostgreSQL where a test is `on_both_databases`."""
    if "database_url" not in request.fixturenames:
        return settings
    return replace(settings, database_url=request.getfixturevalue("database_url"))


def pictures_of(recruiter: Stranger, page: str) -> list[str]:
    """The pictures of the badges to whose own pages *page* leads."""
    return [one for badge in BADGES.findall(page) for one in PICTURES.findall(recruiter.page(unescape(badge)))]


class Coded:
    """What a holder shows behind a secret code."""

    def __init__(self, person: Person, **choice: Any) -> None:
        self.person = person
        self.share, self.link = shown_with_a_code(person, choice)

    @property
    def told(self) -> owner_view.OwnedShare:
        """As its owner reads it."""
        services, holder_id = self.person.services, 1
        with services.database.reading() as session:
            mine = owner_view.list_owned_shares(session, holder_id, services.keyring.unseal, services.clock())
        return next(one for one in mine if self.link.endswith(one.token))

    @property
    def code(self) -> str:
        return self.told.code

    @property
    def wrong(self) -> Sequence[str]:
        """A thousand other codes."""
        right = int(self.code)
        return [f"{(right + number) % 10**6:06}" for number in range(1, 1001)]


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    """Sonia, the first who has a wallet here, with two badges."""
    return holder(app, ("a.json", signed()), ("b.json", signed("adapter-2")))


def shown(person: Person, choice: dict[str, Any]) -> tuple[str, str]:
    """Where the share is in their wallet, and its link."""
    share = person.shows(*person.has(), code="yes", **choice)
    return share, person.link_of(share)


shown_with_a_code = made_once(shown)


@pytest.fixture
def coded(sonia: Person) -> Coded:
    return Coded(sonia, name="Sonia", word="À bientôt")


def types(who: Person, link: str, code: str, **more: str) -> Any:
    """Send the code, as its form does."""
    return who.post(link, data={"code": code, **more}, headers=SENT)


def as_sent(answer: Any) -> tuple[int, bytes, str]:
    """All that an answer tells."""
    return answer.status_code, answer.content, json.dumps(sorted(answer.headers.items()))


@pytest.mark.breadth
def test_nobody_waits_while_the_digits_are_made(sonia: Person, monkeypatch: pytest.MonkeyPatch):
    """What is costly comes before the transaction holds anything: another writer gets through meanwhile."""
    written: list[int] = []

    class Slow:
        def __init__(self, **what: Any) -> None:
            self.real = Argon2id(**what)

        def derive_phc_encoded(self, digits: bytes) -> str:
            with sonia.services.database.writing() as session:
                session.execute(text("UPDATE holders SET name = 'Meanwhile'"))
                written.append(1)
            return self.real.derive_phc_encoded(digits)

    monkeypatch.setattr(passcodes, "Argon2id", Slow)

    share, _ = shown(sonia, {})  # made here, and no copy

    assert share
    assert written == [1]


def test_the_link_asks_for_the_code_and_tells_nothing(coded: Coded, recruiter: Stranger):
    answer = recruiter.get(coded.link)

    assert answer.status_code == 200
    assert "Un mot de passe ouvre cette page" in words(answer.text)
    assert 'inputmode="numeric" autocomplete="one-time-code"' in answer.text
    assert "set-cookie" not in answer.headers
    for personal in ("Sonia", "À bientôt", "Communiquer", "adapter", "/pictures/", "<script"):
        assert personal not in answer.text


@on_both_databases
def test_the_right_code_is_answered_by_the_page_itself(coded: Coded, recruiter: Stranger):
    code = coded.code
    for typed in (f" {code} ", f"{code[:3]} {code[3:]}", f"Code : {code}", code):
        answer = types(recruiter, coded.link, typed)
        assert answer.status_code == 200, typed
        assert "Sonia vous montre 2 badges" in words(answer.text)
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    pictures = pictures_of(recruiter, answer.text)
    assert len(pictures) == 2
    assert {recruiter.get(picture).status_code for picture in pictures} == {200}


def test_a_wrong_code_is_said_first_and_stays_to_be_compared(coded: Coded, recruiter: Stranger):
    answer = types(recruiter, coded.link, coded.wrong[0])

    assert answer.status_code == 422
    assert "<title>Erreur" in answer.text
    assert 'class="problems" role="group" aria-labelledby="problems-head" tabindex="-1" autofocus' in answer.text
    assert "Ce n’est pas le bon mot de passe. Demandez-le à la personne." in words(answer.text)
    assert f'value="{coded.wrong[0]}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "Sonia" not in answer.text


@pytest.mark.breadth
def test_what_has_not_six_digits_is_no_try(coded: Coded, recruiter: Stranger):
    """After four wrong ones a single try more would be one too many."""
    for code in coded.wrong[:4]:
        types(recruiter, coded.link, code)

    for typed in ("", "12345", "1234567", "abcdef", "<b>\"'", "\x00", "1" * 5000):
        answer = types(recruiter, coded.link, typed)
        assert answer.status_code == 422
        assert "Tapez les 6 chiffres du mot de passe." in words(answer.text)
        assert "<b>" not in answer.text

    assert types(recruiter, coded.link, coded.code).status_code == 200


@pytest.mark.postgresql
@on_both_databases
@pytest.mark.breadth(beside=["sqlite"])
def test_after_five_wrong_ones_even_the_right_one_waits_fifteen_minutes(
    coded: Coded, recruiter: Stranger, clock: Clock
):
    for code in coded.wrong[:5]:
        assert types(recruiter, coded.link, code).status_code == 422

    waits = types(recruiter, coded.link, coded.code)
    clock.move(minutes=14, seconds=59)
    still = types(recruiter, coded.link, coded.code)
    clock.move(seconds=1)

    assert (waits.status_code, still.status_code) == (429, 429)
    assert "Il y a eu trop d’essais. Attendez 15 minutes, puis essayez encore." in words(waits.text)
    assert 'role="group"' in waits.text
    assert types(recruiter, coded.link, coded.code).status_code == 200


@on_both_databases
def test_right_ones_after_four_wrong_ones_take_nothing_and_give_nothing(coded: Coded, recruiter: Stranger):
    for code in coded.wrong[:4]:
        types(recruiter, coded.link, code)

    assert [types(recruiter, coded.link, coded.code).status_code for _ in range(6)] == [200] * 6
    assert types(recruiter, coded.link, coded.wrong[4]).status_code == 422
    assert types(recruiter, coded.link, coded.code).status_code == 429


@pytest.mark.postgresql
@on_both_databases
@pytest.mark.parametrize("at_once", here_and_in_soak(8, 20, 100))
@pytest.mark.breadth(beside=["sqlite-8"])
def test_of_many_wrong_codes_at_once_twenty_are_looked_at_and_the_owner_goes_on(
    app: Starlette, coded: Coded, clock: Clock, monkeypatch: pytest.MonkeyPatch, at_once: int
):
    looked_at: list[datetime] = []

    class Watched:
        @staticmethod
        def verify_phc_encoded(*what: Any) -> None:
            looked_at.append(clock.now)
            Argon2id.verify_phc_encoded(*what)

    monkeypatch.setattr(passcodes, "Argon2id", Watched)
    wrong = iter(coded.wrong)
    answers: list[int] = []
    with ThreadPoolExecutor(16) as crowd:
        for _ in range(10):
            codes = [next(wrong) for _ in range(at_once)]
            answers += crowd.map(lambda code: types(Stranger(app), coded.link, code).status_code, codes)
            clock.move(minutes=5)

    assert (answers.count(422), answers.count(429)) == (20, 10 * at_once - 20)
    assert len(looked_at) == 20
    assert all(
        (later - first).total_seconds() >= 15 * 60 for first, later in zip(looked_at, looked_at[5:], strict=False)
    )

    clock.move(hours=5)
    recruiter = Stranger(app)
    refused = types(recruiter, coded.link, coded.code)
    assert refused.status_code == 429
    assert "Demandez à la personne de rouvrir le lien." in words(refused.text)
    assert len(looked_at) == 20, "the right one is not looked at either"
    assert coded.told.is_paused, "the owner is told"

    assert coded.person.post(f"{coded.share}/code").status_code == 303
    assert not coded.told.is_paused
    assert types(recruiter, coded.link, coded.code).status_code == 200
    assert len(looked_at) == 21


@pytest.mark.breadth
def test_after_continuer_the_share_is_open_at_once(coded: Coded, clock: Clock, app: Starlette):
    """Nobody waits for the rest of the quarter of an hour in which the last wrong codes were typed."""
    recruiter, wrong = Stranger(app), iter(coded.wrong)
    for _ in range(4):
        clock.move(minutes=15)
        for _ in range(5):
            assert types(recruiter, coded.link, next(wrong)).status_code == 422
    assert "Demandez à la personne de rouvrir le lien." in words(types(recruiter, coded.link, coded.code).text)

    assert coded.person.post(f"{coded.share}/code").status_code == 303

    assert types(recruiter, coded.link, coded.code).status_code == 200


def test_the_pictures_are_signed_for_fifteen_minutes(coded: Coded, recruiter: Stranger, clock: Clock):
    page = types(recruiter, coded.link, coded.code).text
    pictures = pictures_of(recruiter, page)

    clock.move(minutes=14, seconds=59)
    assert {recruiter.get(picture).status_code for picture in pictures} == {200}
    clock.move(seconds=1)
    assert {recruiter.get(picture).status_code for picture in pictures} == {403}


@pytest.mark.breadth
def test_a_stop_ends_the_pictures_of_whoever_is_in_at_once(coded: Coded, recruiter: Stranger):
    pictures = pictures_of(recruiter, types(recruiter, coded.link, coded.code).text)
    assert {recruiter.get(picture).status_code for picture in pictures} == {200}

    coded.person.post(f"{coded.share}/stopping")

    assert {recruiter.get(picture).status_code for picture in pictures} == {404}
    assert types(recruiter, coded.link, coded.code).status_code == 404


@pytest.mark.breadth
def test_a_pass_opens_no_other_share(coded: Coded, recruiter: Stranger):
    another = Coded(coded.person)
    key = BADGES.findall(types(recruiter, coded.link, coded.code).text)[0].partition("?")[2]

    assert recruiter.get(f"{coded.link}/pictures/0?{key}").status_code == 200
    assert recruiter.get(f"{another.link}/pictures/0?{key}").status_code == 404
    assert types(recruiter, another.link, "", **{"pass": key.partition("=")[2]}).status_code == 422


def test_whoever_is_in_reads_it_in_the_other_language_by_the_pass(coded: Coded, recruiter: Stranger, clock: Clock):
    page = types(recruiter, coded.link, coded.code).text
    action, key = re.findall(
        rf'action="({coded.link}\?lang=en)">\s*<input type="hidden" name="pass" value="([^"]+)"', page
    )[0]
    clock.move(minutes=14)

    english = recruiter.post(action, data={"pass": key}, headers=SENT)

    assert english.status_code == 200
    assert '<html lang="en"' in english.text
    assert "Sonia shows you 2 badges" in words(english.text)
    assert f'value="{key}"' in english.text, "the same pass, which is not made longer"
    assert coded.told.times == 1
    clock.move(minutes=1)
    late = recruiter.post(action, data={"pass": key}, headers=SENT)
    assert late.status_code == 422
    assert "The 15 minutes are up. Type the passcode again." in words(late.text)


@on_both_databases
def test_a_page_that_is_loaded_again_with_its_code_is_no_other_opening(coded: Coded, recruiter: Stranger):
    """A browser that loads it again sends the same form; whoever opens the link again gets another one."""
    form = FORM.findall(recruiter.get(coded.link).text)[0]
    for _ in range(3):
        assert types(recruiter, coded.link, coded.code, form=form).status_code == 200
    assert coded.told.times == 1

    another = FORM.findall(recruiter.get(coded.link).text)[0]
    types(recruiter, coded.link, coded.code, form=another)
    assert another != form
    assert coded.told.times == 2


def test_its_owner_who_types_the_code_is_no_opening(coded: Coded):
    answer = types(coded.person, coded.link, coded.code)

    assert answer.status_code == 200
    assert "Sonia vous montre 2 badges" in words(answer.text)
    assert coded.told.times == 0


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.breadth
def test_dead_links_are_one_page_for_whoever_types_a_code_too(
    sonia: Person, recruiter: Stranger, clock: Clock, method: str
):
    stopped, ended = Coded(sonia, days="365"), Coded(sonia, days="7")
    code, key = stopped.code, BADGES.findall(types(recruiter, stopped.link, stopped.code).text)[0].rpartition("=")[2]
    sonia.post(f"{stopped.share}/stopping")
    clock.move(days=7)
    links = [stopped.link, ended.link, f"/s/{'0' * 26}", "/s/x", "/s/%00"]
    more = {"data": {"code": code, "pass": key}, "headers": SENT} if method == "post" else {}

    answers = [getattr(recruiter, method)(link, **more) for link in links]

    assert {answer.status_code for answer in answers} == {404}
    assert len({as_sent(answer) for answer in answers}) == 1


@pytest.mark.parametrize("below", BELOW)
@pytest.mark.breadth(beside=["qr.svg"])
def test_what_is_below_a_link_without_a_pass_is_the_page_of_a_dead_one(
    coded: Coded, recruiter: Stranger, clock: Clock, below: str
):
    key = BADGES.findall(types(recruiter, coded.link, coded.code).text)[0].rpartition("=")[2]
    assert recruiter.get(f"{coded.link}/{below}?pass={key}").status_code == 200
    dead = as_sent(recruiter.get(f"/s/{'0' * 26}/{below}"))

    for given in ("", "?pass=", "?pass=x", f"?pass={key}0", f"?pass={key[:-1]}", "?pass=%00", f"?pass={'9' * 3000}"):
        assert as_sent(recruiter.get(f"{coded.link}/{below}{given}")) == dead
    clock.move(minutes=15)
    assert as_sent(recruiter.get(f"{coded.link}/{below}?pass={key[:-1]}")) == dead


def test_yann_who_goes_on_after_fifteen_minutes_is_asked_for_the_code_again(
    coded: Coded, recruiter: Stranger, clock: Clock
):
    badge = unescape(BADGES.findall(types(recruiter, coded.link, coded.code).text)[0])
    clock.move(minutes=15)

    asked = recruiter.get(f"{badge}&lang=en")

    assert asked.status_code == 403
    assert "The 15 minutes are up. Type the passcode again." in words(asked.text)
    assert "Sonia" not in asked.text
    [action] = re.findall(r'<form class="fields" method="post" action="([^"]+)"', asked.text)
    assert "Sonia shows you 2 badges" in words(types(recruiter, action, coded.code).text)
    coded.person.post(f"{coded.share}/stopping")
    assert recruiter.get(badge).status_code == 404, "what is stopped is not there, whatever was known of it"


@pytest.mark.parametrize(
    ("below", "form"),
    [
        ("reply", {"choice": "question", "text": "Quand venez-vous ?", "sender": "Yann"}),
        ("reports", {"reason": "false", "words": "Quand venez-vous ?"}),
    ],
)
def test_what_took_yann_more_than_fifteen_minutes_to_write_is_not_lost(
    coded: Coded, recruiter: Stranger, clock: Clock, below: str, form: dict[str, str]
):
    key = BADGES.findall(types(recruiter, coded.link, coded.code).text)[0].rpartition("=")[2]
    clock.move(minutes=15)

    answer = recruiter.post(f"{coded.link}/{below}", data=form | {"pass": key}, headers=SENT)

    assert answer.status_code == 403
    assert "Les 15 minutes sont passées. Tapez encore le mot de passe." in words(answer.text)
    assert "Quand venez-vous ?" in answer.text
    assert "Votre message n’est pas parti." in words(answer.text)


@pytest.mark.breadth
def test_a_robot_is_told_no_more_of_it_than_of_any_other(coded: Coded, recruiter: Stranger):
    plain = coded.person.link_of(coded.person.shows(*coded.person.has()))
    robot = {"User-Agent": "WhatsApp/2.23.20.0 A"}

    assert recruiter.get(coded.link, headers=robot).content == recruiter.get(plain, headers=robot).content


def test_whoever_was_taken_for_a_robot_comes_in_by_the_button(coded: Coded, recruiter: Stranger):
    taken = SENT | {"User-Agent": "Somebot, the phone"}

    asked = recruiter.post(coded.link, data={}, headers=taken)
    entered = recruiter.post(coded.link, data={"code": coded.code}, headers=taken)

    assert re.search(r'<form method="post">\s*<button', recruiter.get(coded.link, headers=taken).text)
    assert asked.status_code == 200
    assert "Erreur" not in asked.text
    assert "Sonia vous montre 2 badges" in words(entered.text)


@pytest.mark.breadth
def test_a_page_that_needs_no_code_is_one_for_all_spellings_of_its_link(sonia: Person, recruiter: Stranger):
    """Whoever asks first makes the page that all are shown: what they typed is not in it."""
    link = sonia.link_of(sonia.shows(*sonia.has()))

    page = recruiter.get(f"/s/{'%20'.join(link[3:].lower())}").text

    assert f'href="{link}/badges/0"' in page
    assert f'data-token="{link[3:]}"' in page
    assert page == recruiter.get(link).text
