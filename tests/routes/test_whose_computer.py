"""D6: on anything that is no phone, whose computer it is is asked before a key is made; a shared one keeps none."""

import re
from collections.abc import Sequence

import pytest
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.visits import Clock, Person, signed, words
from tests.routes.test_badge_list import keeps
from tests.routes.test_recovery_codes import code_of, opens
from wallet import accounts
from wallet.storage.database import DatabaseUnavailable

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/129.0"
ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 Chrome/129.0 Mobile"
ASKED = "À qui est cet ordinateur ?"
MAKES = "<passkey-registration"


@pytest.fixture
@made_once
def marc(app: Starlette) -> Person:
    """Somebody at Marc's desk, who has just added a first badge."""
    person = Person(app)
    person.headers["user-agent"] = WINDOWS
    person.brings(("un.json", signed()))
    return person


def makes_a_key_beside(person: Person, attachment: str = "cross-platform", transports: Sequence[str] = ("hybrid",)):
    """The code on the screen, read by the phone; with other *transports* a stick."""
    begun = {"purpose": "registration", "shared": True}
    options = person.post("/passkeys/challenges", json=begun).json()
    answer = person.key.make(options) | {"authenticatorAttachment": attachment, "shared": True}
    answer["response"]["transports"] = list(transports)
    return options, person.post("/passkeys", json=answer)


def test_a_computer_is_asked_about_first_and_no_key_is_made_before(marc: Person):
    (id,) = marc.has()

    for path in ("/badges", f"/badges/{id}"):
        page = marc.page(path)
        assert ASKED in words(page)
        assert MAKES not in page


@pytest.mark.parametrize("said", ["", "?done=removed", "?whose=shared", "?whose=nobody"])
@pytest.mark.breadth
def test_the_answer_is_heard_whatever_the_address_said_before(marc: Person, said: str):
    (id,) = marc.has()

    for path in ("/badges", f"/badges/{id}"):
        answers = re.findall(r'href="([^"#]*whose=[^"#]*)', marc.page(path + said))
        assert f"{path}?whose=mine" in answers
        for answer in answers:
            page = marc.page(answer)
            assert MAKES in page, answer
            assert ("data-shared" in page) == answer.endswith("shared"), answer


@pytest.mark.breadth
def test_a_phone_is_not_asked(app: Starlette, visitor: Person):
    visitor.headers["user-agent"] = ANDROID
    visitor.brings(("un.json", signed()))

    page = visitor.page("/badges")

    assert ASKED not in words(page)
    assert MAKES in page


@pytest.mark.breadth
def test_a_computer_reads_nothing_of_the_lock_of_a_phone(marc: Person, visitor: Person):
    for path in ("/badges", "/badges?whose=mine"):
        assert "téléphone" not in words(marc.page(path)).partition("Ce que nous avons vérifié")[2]
    assert "le visage ou le verrouillage du téléphone" not in words(marc.page("/badges?whose=mine"))
    assert "le visage ou le verrouillage du téléphone" in words(marc.page("/badges?whose=shared"))

    visitor.headers["user-agent"] = ANDROID
    visitor.brings(("un.json", signed()))
    assert "Mon téléphone n’a pas de verrouillage" in words(visitor.page("/badges"))


def test_what_a_computer_is_told_of_its_key_and_of_what_it_keeps_names_no_phone(marc: Person):
    phones = r"(sur|dans) (ce|le|votre) téléphone|du téléphone|Ce téléphone|autre téléphone|micro de votre clavier"
    for path in ("/entry", "/erased", "/evidence/draft", "/evidence"):
        assert not re.findall(phones, words(marc.page(path))), path

    marc.headers["user-agent"] = ANDROID
    for path in ("/entry", "/erased", "/evidence/draft", "/evidence"):
        assert re.findall(phones, words(marc.page(path))), path


def test_of_a_key_that_was_shown_and_opens_nothing_it_is_not_said_that_it_is_elsewhere(marc: Person, visitor: Person):
    """She has read « La clé reste dans votre téléphone, mais elle n’ouvre plus rien », and shows it."""
    assert "Cette clé n’ouvre pas de badges ici. Avez-vous une autre clé ?" in words(marc.page("/entry"))
    assert "Cette clé n’ouvre pas de badges ici. Avez-vous un autre téléphone ?" in words(visitor.page("/entry"))


def test_on_ones_own_computer_the_computer_makes_the_key(marc: Person):
    page = marc.page("/badges?whose=mine")

    assert ASKED not in words(page)
    assert "Votre ordinateur crée une clé." in words(page)
    assert MAKES in page
    assert "data-shared" not in page
    options = marc.post("/passkeys/challenges", json={"purpose": "registration"}).json()
    assert "authenticatorAttachment" not in options["authenticatorSelection"]
    assert "hints" not in options


def test_on_a_shared_one_the_key_is_made_in_the_phone_and_the_computer_keeps_nothing(marc: Person, clock: Clock):
    page = marc.page("/badges?whose=shared")
    assert "Cet ordinateur ne garde rien. Un QR code apparaît. Scannez-le avec votre téléphone." in words(page)
    assert "<passkey-registration data-shared" in page
    # It keeps no draft: those that wait go before the key is made. On one's own they may wait.
    assert re.search(r"<draft-sender[^>]* data-joins>", page)
    assert not re.search(r"<draft-sender[^>]* data-joins>", marc.page("/badges?whose=mine"))
    assert "Faire un papier de secours" in words(page) or 'name="shared" value="yes"' in page

    options, answer = makes_a_key_beside(marc)

    assert options["authenticatorSelection"]["authenticatorAttachment"] == "cross-platform"
    assert options["hints"] == ["hybrid"]
    assert answer.json() == {"go": "/badges?done=kept-beside"}
    assert "max-age" not in answer.headers["set-cookie"].lower()
    assert "La clé reste dans votre téléphone." in marc.reads("/badges?done=kept-beside")
    assert "Cet ordinateur est partagé." in marc.reads("/badges")
    clock.move(minutes=11)
    assert marc.get("/settings").headers["location"] == "/entry"


def test_a_key_on_a_stick_is_not_said_to_stay_in_the_phone(marc: Person):
    """Marc would look for it there, and lose the stick with a light heart."""
    marc.page("/badges?whose=shared")

    _, answer = makes_a_key_beside(marc, transports=("usb",))

    assert answer.json() == {"go": "/badges?done=kept-elsewhere"}


@pytest.mark.parametrize("attachment", ["platform", None])
def test_a_key_in_the_shared_computer_itself_is_refused(marc: Person, attachment: str):
    _, answer = makes_a_key_beside(marc, attachment)

    assert answer.status_code == 400
    assert ASKED in marc.reads("/badges"), "nothing was kept"


def test_the_rescue_paper_keeps_the_wallet_there_and_the_computer_closes_as_well(
    app: Starlette, marc: Person, clock: Clock
):
    made = marc.post("/paper", data={"shared": "yes"})

    assert "max-age" not in made.headers["set-cookie"].lower()
    assert "Cet ordinateur est partagé." in words(made.text)
    clock.move(minutes=11)
    assert marc.get("/settings").headers["location"] == "/entry"
    assert opens(Person(app), code_of(made.text))


def test_a_paper_of_a_shared_computer_is_made_with_that_or_not_at_all(
    marc: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    """The database is away between the two: else Marc's badges stay open for ninety days where others sit, by a paper he never saw."""

    def is_away(*_what: object) -> None:
        raise DatabaseUnavailable("", {}, Exception("away"))

    with monkeypatch.context() as away:
        away.setattr(accounts, "share_device", is_away)
        assert marc.post("/paper", data={"shared": "yes"}).status_code == 503

    assert marc.post("/paper", data={"shared": "yes"}).status_code == 200

    clock.move(minutes=11)
    assert marc.get("/settings").headers["location"] == "/entry"


def test_at_a_computer_the_places_come_first_as_they_are_seen_and_under_a_thumb_last(maria: Person):
    """RGAA 4.1, 12.8: the order of the keyboard is that of the eye; a skip link stands before both."""
    for agent, first in ((WINDOWS, 'class="bar"'), (ANDROID, "<main")):
        maria.headers["user-agent"] = agent

        page = maria.page("/badges")

        marks = sorted((page.index(mark), mark) for mark in ('class="skip"', 'class="bar"', "<main"))
        assert [mark for _, mark in marks][:2] == ['class="skip"', first]
        assert page.count('class="bar"') == 1


def test_a_list_that_lies_ready_for_her_phone_is_another_one_at_her_computer(maria: Person):
    keeps(maria, ("Caisse", "École", "valid"), ("Accueil", "École", "valid"))

    for agent, is_first in ((ANDROID, False), (WINDOWS, True), (ANDROID, False)):
        maria.headers["user-agent"] = agent
        page = maria.page("/badges")

        assert (page.index('class="bar"') < page.index("<main")) is is_first, agent


def test_at_a_computer_the_button_that_prints_comes_below_the_page_that_it_prints(maria: Person):
    share = maria.shows(*maria.has())

    for agent in (WINDOWS, ANDROID):
        maria.headers["user-agent"] = agent
        page = maria.page(f"{share}/page")

        assert page.index("</main>") < page.index('class="act"'), agent
        assert page.count('class="act"') == 1
