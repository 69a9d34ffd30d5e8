"""Coming back by the paper over HTTP: the way in, what everybody reads while it runs, and who stops whom."""

import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest
import qrcode
from PIL import Image
from sqlalchemy import event, select
from starlette.applications import Starlette

from tests.fixtures.carriers import picture
from tests.fixtures.made_once import made_once
from tests.fixtures.quantity import counted_as
from tests.fixtures.visits import Clock, Person, holder, signed, words
from tests.routes.test_recovery_codes import makes_a_paper, opens, paper_of, written
from tests.routes.test_whose_computer import WINDOWS
from wallet.accounts import crockford, passkeys
from wallet.accounts.holders import SignInContext
from wallet.accounts.passkeys import Passkey
from wallet.badges import badges
from wallet.concurrency import FairTurns
from wallet.recovery import flows
from wallet.sandbox import child
from wallet.web.rate_limits import FAILED, HOUR, Limit

ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 Chrome/129.0 Mobile"
ALARM = "Votre papier de secours a servi. Le 24 novembre 2026 à 11 h 12, sur un téléphone Android."
UNKNOWN = "Ce papier n’ouvre rien. Il a peut-être déjà servi. Cherchez un papier plus récent"


@pytest.fixture
@made_once
def code(maria: Person) -> str:
    """The code of Maria's paper."""
    return makes_a_paper(maria)


@pytest.fixture
@made_once
def thief(app: Starlette, code: str) -> Person:
    """Somebody who came in by Maria's paper, on an Android phone."""
    person = Person(app, address="198.51.100.7")
    person.headers["user-agent"] = ANDROID
    assert opens(person, code)
    return person


def stopping(page: str) -> str:
    """Where the button of the banner leads."""
    found = re.search(r'action="(/returns/\d+/stopping)"', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    "typed",
    [
        written,
        lambda code: written(code).lower(),
        lambda code: written(code).replace(" ", ""),
        lambda code: f"  {written(code).replace(' ', '-')}\n",
        lambda code: written(code).replace("0", "O").replace("1", "l"),
        lambda code: "\u00a0".join(written(code)),
    ],
    ids=["as it stands", "small", "in one", "dashes", "O and l", "wide"],
)
@pytest.mark.breadth(beside=["wide"])
def test_the_code_is_taken_however_it_is_typed(app: Starlette, maria: Person, code: str, typed):
    kevin = Person(app)

    answer = kevin.post("/entry/paper", data={"code": typed(code)})

    assert answer.headers["location"] == "/returns"
    assert "max-age" in answer.headers["set-cookie"].lower()
    assert "Vous revoilà" in (shown := kevin.reads("/returns"))
    assert "Votre papier sert 1 fois" in shown.replace("\u00a0", " ")
    assert kevin.has() == maria.has()


@pytest.mark.breadth
def test_before_kevin_makes_one_more_paper_he_reads_that_the_one_he_just_printed_opens_nothing_then(
    app: Starlette, code: str
):
    kevin, warned = Person(app), "L’ancien n’ouvre plus rien."
    kevin.post("/entry/paper", data={"code": written(code)})
    assert warned not in kevin.reads("/returns"), "the one by which he came is used"

    kevin.makes_a_key()
    assert kevin.post("/paper", data={"here": "/returns"}).status_code == 200

    assert warned in kevin.reads("/returns")


@pytest.mark.breadth
def test_one_wrong_sign_is_found_at_once_and_what_was_typed_stays(app: Starlette, code: str):
    kevin, right = Person(app), written(code)
    for place in (i for i, sign in enumerate(right) if sign != " "):
        other = crockford.ALPHABET[(crockford.ALPHABET.index(right[place]) + 7) % 32]
        typed = f"{right[:place]}{other}{right[place + 1 :]}"

        answer = kevin.post("/entry/paper", data={"code": typed})

        group = place // 6 + 1
        assert answer.status_code == 422
        assert f"Le groupe {group} a une faute." in words(answer.text)
        assert f'value="{typed}"' in answer.text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Scannez votre papier ou tapez son code."),
        (" - ", "Scannez votre papier ou tapez son code."),
        ("éèà@#", "Le groupe 1 a une faute."),
        ("\0" * 99, "Scannez votre papier ou tapez son code."),
        ("😀" * 40, "Le groupe 1 a une faute."),
    ],
)
def test_what_is_no_code_is_told_in_words(app: Starlette, typed: str, told: str):
    answer = Person(app).post("/entry/paper", data={"code": typed})

    assert answer.status_code == 422
    assert told in words(answer.text)


def test_a_code_that_breaks_off_between_groups_is_too_short(app: Starlette, code: str):
    answer = Person(app).post("/entry/paper", data={"code": written(code)[:23]})

    assert "Le code a 33 signes." in words(answer.text)


def test_unknown_and_used_papers_are_told_alike(app: Starlette, code: str, thief: Person):
    used, unknown = (
        Person(app).post("/entry/paper", data={"code": written(one)}) for one in (code, crockford.new_code())
    )

    assert used.status_code == unknown.status_code == 422
    assert UNKNOWN in words(used.text)
    value = re.compile(r'value="[^"]*"')
    assert value.sub("", used.text) == value.sub("", unknown.text)
    assert "set-cookie" not in used.headers


@pytest.mark.breadth
def test_of_32_at_once_one_gets_in(app: Starlette, code: str):
    people = [Person(app) for _ in range(32)]

    with ThreadPoolExecutor(32) as together:
        inside = list(together.map(lambda person: opens(person, code), people))

    assert sum(inside) == 1


@pytest.mark.breadth
def test_guesses_from_one_network_are_held_back_and_none_gets_in(app: Starlette, code: str):
    """Of 10,000 of them 300 are looked at: tests/web/test_rate_limits.py."""
    guesser = Person(app, address="203.0.113.5")

    def guesses() -> Any:
        return guesser.post("/entry/paper", data={"code": written(crockford.new_code())})

    with counted_as(app.state.services, 290):
        answers = [guesses()]
    answers += [guesses() for _ in range(20)]

    assert [one.status_code for one in answers] == [422] * 11 + [429] * 10
    assert "Il y a trop d’essais." in words(answers[-1].text)
    assert not any("set-cookie" in one.headers for one in answers)


def test_one_network_is_held_back_and_the_others_still_get_in(
    app: Starlette, code: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(FAILED, "paper", Limit(3, HOUR))
    guesser = Person(app)
    told = [guesser.post("/entry/paper", data={"code": written(crockford.new_code())}).status_code for _ in range(5)]

    assert told == [422, 422, 422, 429, 429]
    assert opens(Person(app, address="198.51.100.7"), code)


@pytest.mark.breadth
def test_neither_who_gets_in_nor_who_mistypes_holds_their_neighbours_back(
    app: Starlette, code: str, monkeypatch: pytest.MonkeyPatch
):
    """A job fair comes in by its papers, all behind one address."""
    monkeypatch.setitem(FAILED, "paper", Limit(1, HOUR))
    another = makes_a_paper(holder(app))
    mistyped = [Person(app).post("/entry/paper", data={"code": "7KQ2X"}).status_code for _ in range(5)]

    assert mistyped == [422] * 5
    assert opens(Person(app), another)
    assert opens(Person(app), code)


def photo_of(text: str) -> bytes:
    return picture(qrcode.make(text).convert("RGB"))


@pytest.mark.parametrize("kind", ["PNG", "HEIF"])
@pytest.mark.breadth(beside=["PNG"])
def test_the_kept_picture_opens_too(app: Starlette, maria: Person, code: str, kind: str):
    """Many a phone keeps every photo as HEIC, that of a paper, too."""
    kept = maria.post("/paper/picture", data={"code": written(code)}).content
    kept = kept if kind == "PNG" else picture(Image.open(BytesIO(kept)).convert("RGB"), kind)
    kevin = Person(app)

    answer = kevin.post("/entry/paper", data={"code": ""}, files={"picture": ("photo.png", kept, "image/png")})

    assert answer.headers["location"] == "/returns"
    assert kevin.has() == maria.has()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"words",
        b"%PDF-1.7\n",
        b"PK\x03\x04",
        b"\x89PNG\r\n\x1a\ncut",
        photo_of("https://exemple.fr/"),
        photo_of("https://exemple.fr/entry/paper#7KQ2X"),
        photo_of("https://[exemple.fr/#7KQ2X"),
        photo_of("WIFI:S:Maison;;"),
    ],
    ids=["empty", "text", "pdf", "zip", "cut", "address", "short", "no address", "wifi"],
)
def test_a_picture_without_a_code_is_told_in_words(app: Starlette, content: bytes):
    answer = Person(app).post("/entry/paper", files={"picture": ("photo.png", BytesIO(content), "image/png")})

    assert answer.status_code == 422
    text = words(answer.text)
    assert "Nous ne trouvons pas de QR code dans cette image." in text or "Scannez votre papier" in text


@pytest.mark.breadth
def test_pictures_without_a_code_count_for_their_network_and_one_that_opens_does_not(
    app: Starlette, maria: Person, code: str, monkeypatch: pytest.MonkeyPatch
):
    def shows(person: Person, content: bytes) -> int:
        return person.post("/entry/paper", files={"picture": ("photo.png", content, "image/png")}).status_code

    monkeypatch.setitem(FAILED, "paper", Limit(2, HOUR))
    kept = maria.post("/paper/picture", data={"code": written(code)}).content
    near, far = Person(app), Person(app, address="198.51.100.7")

    assert [shows(near, b"words") for _ in range(3)] == [422, 422, 429]
    assert shows(far, kept) == 303
    assert [shows(Person(app, address="198.51.100.8"), b"words") for _ in range(3)] == [422, 422, 429]


def test_a_picture_at_which_nobody_looked_is_no_failure(app: Starlette, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(FAILED, "paper", Limit(1, HOUR))
    monkeypatch.setattr(child, "AT_ONCE", FairTurns(0))
    monkeypatch.setattr(child, "PATIENCE", 0.01)
    kevin, kept = Person(app), {"picture": ("photo.png", photo_of("https://exemple.fr/"), "image/png")}

    assert [kevin.post("/entry/paper", files=kept).status_code for _ in range(2)] == [422, 422]


def test_on_a_shared_computer_nothing_is_kept(app: Starlette, code: str, clock: Clock):
    kevin = Person(app)

    answer = kevin.post("/entry/paper", data={"code": written(code), "shared": "yes"})

    assert "max-age" not in answer.headers["set-cookie"].lower()
    page = kevin.page("/returns")
    assert "Créer une clé" not in page
    assert "Faire un nouveau papier" in page
    clock.move(minutes=11)
    assert kevin.get("/returns").headers["location"] == "/entry"


@pytest.mark.breadth
def test_what_a_visitor_brought_comes_along(app: Starlette, maria: Person, code: str):
    kevin = Person(app)
    kevin.brings(("deux.json", signed("adapter-1")))

    assert opens(kevin, code)

    assert len(kevin.has()) == 2


@pytest.mark.parametrize(("agent", "lock"), [(ANDROID, "Votre téléphone"), (WINDOWS, "Votre ordinateur")])
def test_who_has_the_key_here_after_all_is_told_so_and_sent_to_no_button_of_another_page(
    app: Starlette, maria: Person, code: str, agent: str, lock: str
):
    """Maria came back by the paper on a new phone, to which the one who made it had already brought her key."""
    back = Person(app)
    back.headers["user-agent"] = agent
    assert opens(back, code)
    options = back.post("/passkeys/challenges", json={"purpose": "registration"}).json()
    assert options["excludeCredentials"], "the phone says that it has it: InvalidStateError"

    page = back.page("/returns")

    told = words(page.partition('data-message="exists">')[2].partition("</template>")[0])
    assert told == "Cet appareil a déjà une clé. Vous n’avez pas besoin d’une autre."
    assert lock + " n’a pas de verrouillage" in words(page)


def test_who_came_back_and_has_as_many_keys_as_may_be_is_not_told_that_nobody_answers(
    app: Starlette, maria: Person, code: str, monkeypatch: pytest.MonkeyPatch
):
    """None of them can be removed for three days; a paper can be made."""
    monkeypatch.setattr(passkeys, "MOST_PASSKEYS", 1)
    back = Person(app)
    assert opens(back, code)

    why = back.post("/passkeys/challenges", json={"purpose": "registration"}).json()["message"]

    told = words(back.page("/returns").partition(f'data-message="{why}">')[2].partition("</template>")[0])
    assert told == "Vous avez assez de clés. Faites un nouveau papier."


def test_who_is_in_already_uses_up_no_paper(maria: Person, youssef: Person, code: str):
    for person in (maria, youssef):
        answer = person.post("/entry/paper", data={"code": written(code)})
        assert "Votre papier n’a pas servi." in words(answer.text)
        assert "Vos badges sont déjà ouverts" in person.reads("/entry/paper")
    paper = paper_of(maria)
    assert paper is not None
    assert paper.used_at is None


@pytest.mark.breadth
def test_every_page_of_the_holder_says_who_came_back(maria: Person, thief: Person):
    for path in ("/badges", "/settings", "/shares", "/paper", "/help", f"/badges/{maria.has()[0]}"):
        text = maria.reads(path)
        assert ALARM in text, path
        assert "Non, arrêter" in text, path


def test_who_came_back_reads_what_waits_and_is_given_no_button(maria: Person, thief: Person):
    page = thief.page("/badges")

    assert "Vous revoilà. Certaines choses attendent jusqu’au 27 novembre 2026 à 11 h 12." in words(page)
    assert "papier de secours a servi" not in page
    assert "/stopping" not in page


def test_who_made_a_key_here_and_reads_again_what_waits_is_asked_for_no_second_one(thief: Person):
    assert "La prochaine fois, une clé ouvre vos badges." in thief.reads("/returns")
    thief.makes_a_key()

    page = thief.reads("/returns")

    assert "La prochaine fois, une clé ouvre vos badges." not in page
    assert "Créer une clé" not in page, "« Cet appareil a déjà une clé » was all that it answered"
    assert "Tout effacer" in page


def test_who_came_back_reads_all_that_waits_before_any_of_it_is_refused(maria: Person, thief: Person):
    refused = thief.get("/sought")

    assert refused.status_code == 409
    asked = re.findall(r'<ul class="checks">.*?</ul>', refused.text, re.DOTALL)
    assert "Ma page" in words(asked[0])
    assert "Changer le nom d’une ancienne clé" in words(asked[0])
    with maria.services.database.reading() as session:
        hers = session.scalars(select(Passkey.id)).first()
    named = thief.post(f"/keys/{hers}/name", data={"name": "Le voleur"})
    assert (named.status_code, words(asked[0]) in words(named.text)) == (409, True)
    assert re.findall(r'<ul class="checks">.*?</ul>', thief.page("/returns"), re.DOTALL) == asked


def test_nobody_else_reads_of_it(app: Starlette, maria: Person, youssef: Person, thief: Person):
    link = maria.link_of(maria.shows(*maria.has()))

    for person, path in ((youssef, "/badges"), (Person(app), "/"), (Person(app), link), (maria, link)):
        assert "secours a servi" not in person.page(path)


def test_it_is_one_question_a_page(maria: Person, thief: Person):
    asked: list[str] = []
    engine = maria.services.database.engine
    event.listen(engine, "before_cursor_execute", lambda *what: asked.append(what[2]))

    maria.get("/help")

    assert len([one for one in asked if "FROM returns" in one]) == 1


def test_maria_stops_the_thief_from_the_phone_that_was_there_before(app: Starlette, maria: Person, thief: Person):
    answer = maria.post(stopping(maria.page("/badges")))

    assert answer.headers["location"] == "/paper?done=stopped"
    assert "C’est arrêté. Le papier n’ouvre plus rien." in maria.reads("/paper?done=stopped")
    assert "secours a servi" not in maria.page("/badges")
    assert thief.get("/settings").headers["location"] == "/entry"
    assert maria.has()


def test_a_key_that_the_thief_made_goes_with_the_return(app: Starlette, maria: Person, thief: Person):
    assert thief.makes_a_key().status_code == 200
    maria.post(stopping(maria.page("/badges")))

    assert thief.get("/settings").headers["location"] == "/entry"
    assert thief.enters().status_code == 400
    assert maria.enters().status_code == 200


def test_maria_stops_the_thief_by_her_key_on_another_phone(app: Starlette, maria: Person, thief: Person):
    other = Person(app)
    other.key = maria.key
    assert other.enters().status_code == 200

    assert other.post(stopping(other.page("/badges"))).status_code == 303
    assert thief.get("/settings").headers["location"] == "/entry"


def test_the_thief_stops_nobody(maria: Person, thief: Person):
    path = stopping(maria.page("/badges"))

    answer = thief.post(path)

    assert answer.status_code == 409
    assert "Il faut un appareil ou une clé que vous aviez avant." in words(answer.text)
    assert thief.has()


def test_a_stop_by_somebody_else_stops_nothing_and_one_that_is_touched_twice_leads_where_it_is_seen(
    maria: Person, youssef: Person, thief: Person
):
    path = stopping(maria.page("/badges"))

    assert youssef.post(path).headers["location"] == "/badges"
    assert stopping(maria.page("/badges")) == path, "nothing is stopped by it"
    assert maria.post(path).status_code == 303
    assert maria.post(path).headers["location"] == "/badges"


def test_whoever_has_only_the_paper_is_given_a_new_one_when_they_stop(app: Starlette, visitor: Person):
    visitor.brings(("un.json", signed()))
    code = makes_a_paper(visitor)
    thief = Person(app)
    assert opens(thief, code)

    path = stopping(visitor.page("/badges"))
    answer = visitor.post(path)

    assert answer.status_code == 200
    assert "C’est arrêté." in words(answer.text)
    assert visitor.post(path).headers["location"] == "/paper", "touched twice, that sheet may not have been seen"
    new = re.search(r'name="code" value="(\w+)"', answer.text)
    assert new is not None
    assert opens(Person(app), crockford.read_code(new[1]))
    assert not opens(Person(app), code)


@pytest.mark.breadth
def test_a_wait_by_e_mail_is_told_and_stopped(app: Starlette, maria: Person, clock: Clock):
    with maria.services.database.writing() as session:
        flows.begin_email_recovery(session, 1, "windows", clock.now)
    text = maria.reads("/badges")
    assert "Quelqu’un veut revenir par e-mail. Cela s’ouvre le 26 novembre 2026 à 11 h 12." in text

    clock.move(days=2)
    since = "C’est possible depuis le 26 novembre 2026 à 11 h 12."
    assert f"Quelqu’un veut revenir par e-mail. {since}" in maria.reads("/badges"), (
        "whoever asked may come on any day now"
    )

    answer = maria.post(stopping(maria.page("/badges")))

    assert answer.headers["location"] == "/badges?done=stopped"
    assert "veut revenir" not in maria.page("/badges")


def test_who_came_back_by_e_mail_is_told_with_the_device(app: Starlette, maria: Person, clock: Clock):
    with maria.services.database.writing() as session:
        flows.begin_email_recovery(session, 1, "windows", clock.now)
    clock.move(hours=49)
    with maria.services.database.writing() as session:
        flows.complete_email_recovery(session, None, 1, SignInContext("windows"), clock.now, badges.move_badges)

    text = maria.reads("/badges")

    assert "Vos badges ont été ouverts par e-mail. Le 26 novembre 2026 à 12 h 12, sur un ordinateur Windows." in text


def test_after_three_days_nothing_is_said_any_more(maria: Person, thief: Person, clock: Clock):
    clock.move(hours=72, seconds=1)

    assert "secours a servi" not in maria.page("/badges")
    assert thief.get("/returns").headers["location"] == "/badges"


def test_a_stop_on_a_page_that_stood_open_for_three_days_does_not_pass_for_one(
    maria: Person, youssef: Person, thief: Person, clock: Clock
):
    """The alarm is gone by then: she would believe that the thief is."""
    assert thief.makes_a_key().status_code == 200
    left_open = stopping(maria.page("/badges"))
    clock.move(hours=72, seconds=1)

    answer = maria.post(left_open)

    assert answer.status_code == 409
    assert "C’est trop tard pour arrêter. Regardez vos appareils." in words(answer.text)
    assert {"/devices", "/keys"} <= set(re.findall('href="([^"]*)"', answer.text))
    assert youssef.post(left_open).headers["location"] == "/badges", "nothing of hers is told to him"


def test_the_page_of_all_ways_back_leads_to_each(app: Starlette):
    page = holder(app).page("/help")
    assert 'href="/entry/lost"' in page

    lost = Person(app).page("/entry/lost")

    for way in ("/entry", "/entry/paper", "/badges/new"):
        assert f'href="{way}"' in lost, way
    assert 'href="/entry/lost"' in Person(app).page("/entry")
