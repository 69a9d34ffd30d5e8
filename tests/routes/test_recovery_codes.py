"""The rescue paper over HTTP: offered in its time, told once, kept as a picture, and the only way in for an old phone."""

import re
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from starlette.applications import Starlette

from tests.fixtures.quantity import each_named
from tests.fixtures.visits import Clock, Person, signed, words
from wallet.accounts import crockford, recovery_codes
from wallet.accounts.holders import SignInContext
from wallet.accounts.recovery_codes import RecoveryCode
from wallet.badges import badges
from wallet.recovery import flows

OFFER = "Gardez un papier de secours"
SECOND = ("deux.json", signed("adapter-1"))


def code_of(page: str) -> str:
    """The code that the page of a paper tells."""
    found = re.search(r'class="groups">(.*?)</p>', page)
    assert found is not None
    return crockford.read_code(words(found[1]))


def written(code: str) -> str:
    """As it stands on the paper."""
    return " ".join(crockford.with_check_symbols(code))


def makes_a_paper(person: Person) -> str:
    """« Faire mon papier »: its code."""
    answer = person.post("/paper", data={"here": "/paper"})
    assert answer.status_code == 200
    return code_of(answer.text)


def opens(person: Person, code: str) -> bool:
    """Whether the paper of *code* lets somebody in."""
    return bool(person.post("/entry/paper", data={"code": written(code)}).status_code == 303)


def paper_of(person: Person) -> RecoveryCode | None:
    """The one paper there is."""
    with person.services.database.reading() as session:
        return recovery_codes.get_recovery_code(session, 1)


def is_offered(person: Person) -> bool:
    """Whether the paper is offered where nobody looked for it."""
    return OFFER in person.reads("/badges")


@pytest.mark.breadth
def test_it_is_offered_from_the_second_badge_on_and_no_more_once_it_is_made(maria: Person):
    assert not is_offered(maria)
    assert "vous n’en avez pas" in maria.reads("/settings")

    maria.brings(SECOND)
    assert is_offered(maria)

    makes_a_paper(maria)
    assert not is_offered(maria)
    assert "Fait le 24 novembre 2026" in maria.reads("/settings")


@pytest.mark.breadth
def test_it_is_offered_once_something_was_shown(maria: Person):
    share = maria.shows(*maria.has())

    assert OFFER in maria.reads(share)
    assert is_offered(maria)


@pytest.mark.breadth
def test_a_visitor_is_offered_none_but_where_the_phone_makes_no_key(visitor: Person):
    visitor.brings(("un.json", signed()), SECOND)

    page = visitor.page("/badges")

    assert OFFER not in page
    beyond = re.sub(r"<(template|noscript).*?</\1>", "", page, flags=re.DOTALL)
    assert "papier de secours" not in beyond
    for hidden in ("no-lock", "old"):
        message = re.search(rf'<template data-message="{hidden}">.*?</template>', page, re.DOTALL)
        assert message is not None
        assert 'action="/paper"' in message[0]
    assert re.search(r'<noscript>.*?action="/paper".*?</noscript>', page, re.DOTALL)


@pytest.mark.breadth
def test_who_has_no_key_keeps_the_wallet_by_the_paper_and_comes_back_by_it(
    visitor: Person, app: Starlette, clock: Clock
):
    visitor.brings(("un.json", signed()))
    code = makes_a_paper(visitor)
    clock.move(days=20)
    assert visitor.has(), "the half hour no longer counts"

    another = Person(app)

    assert opens(another, code)
    assert another.has() == visitor.has()


@pytest.mark.parametrize("while_at_it", [11, 125], ids=["ten-minutes", "two-hours"])
@pytest.mark.breadth
def test_a_visitor_who_took_their_time_is_told_the_paper_on_a_computer_that_others_use(
    visitor: Person, app: Starlette, clock: Clock, while_at_it: int
):
    """A shared computer closes after ten minutes, and two hours: from when it is known to be one."""
    for _ in range(0, while_at_it, 11):
        visitor.brings(("un.json", signed()))
        clock.move(minutes=11)

    answer = visitor.post("/paper", data={"here": "/paper", "shared": "yes"})

    assert answer.status_code == 200
    assert visitor.has(), "they go on"
    clock.move(minutes=9)
    assert visitor.has()
    clock.move(minutes=11)
    assert visitor.get("/badges").status_code == 303
    assert opens(Person(app), code_of(answer.text))


def test_the_page_tells_all_that_is_needed_on_paper(maria: Person):
    maria.post("/settings", data={"name": "Maria <b>"})

    page = maria.post("/paper").text

    text = words(page)
    code = code_of(page)
    for needed in (
        "Maria <b>",
        "Fait le 24 novembre 2026",
        "localhost:8000/entry/paper",
        *crockford.with_check_symbols(code),
    ):
        assert needed in text, needed
    for way in ("Imprimer", "Garder l’image", "Donner à une personne de confiance"):
        assert way in text, way
    assert "<b>" not in page.split("Fait le")[0].rpartition('class="made">')[2].replace("<b>Maria", "")


def test_the_code_is_told_once_and_written_down_nowhere(maria: Person, app: Starlette):
    answer = maria.post("/paper")
    code = code_of(answer.text)

    assert answer.headers["cache-control"] == "no-store"
    assert written(code)[:11] not in words(maria.page("/paper"))
    paper = paper_of(maria)
    assert paper is not None
    assert code.encode() not in paper.code_hash


def test_a_reload_makes_another_one_and_says_so(maria: Person, app: Starlette):
    first = makes_a_paper(maria)

    again = maria.post("/paper").text

    assert "C’est un nouveau papier. L’ancien n’ouvre plus rien." in words(again)
    assert not opens(Person(app), first)
    assert opens(Person(app, address="198.51.100.9"), code_of(again))


@pytest.mark.breadth
def test_who_is_signed_out_from_elsewhere_as_it_is_made_still_reads_it(
    maria: Person, app: Starlette, monkeypatch: pytest.MonkeyPatch
):
    phone, kept = Person(app), list[str]()
    phone.key = maria.key
    assert phone.enters().status_code == 200

    def meanwhile(point: str) -> None:
        if point == "rows.kept" and not kept and paper_of(maria):
            kept.append(point)
            assert phone.post("/devices/removal").status_code == 303

    monkeypatch.setattr("wallet.storage.database.failpoint", meanwhile)

    answer = maria.post("/paper")

    assert answer.status_code == 200
    assert maria.get("/badges").status_code == 303, "signed out"
    assert opens(Person(app), code_of(answer.text)), "the only paper that there is"


def test_the_picture_holds_the_code_for_a_camera(maria: Person):
    maria.post("/settings", data={"name": "Zoé"})
    code = makes_a_paper(maria)

    answer = maria.post("/paper/picture", data={"code": written(code)})

    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"].startswith('attachment; filename="papier-de-secours.png"')
    (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(answer.content)), formats=zxingcpp.BarcodeFormat.QRCode)
    assert found.text == f"http://localhost:8000/entry/paper#{written(code).replace(' ', '')}"


@pytest.mark.parametrize("code", ["", "7KQ2X", "0" * 33, written("7KQ2M9XF4TWR8BDH7KQ2M9XF4T"), "é\0" * 200])
def test_no_picture_is_drawn_of_a_code_that_is_not_theirs(maria: Person, code: str):
    makes_a_paper(maria)

    assert maria.post("/paper/picture", data={"code": code}).headers["location"] == "/paper"


def test_another_persons_paper_is_no_picture_of_mine(maria: Person, youssef: Person):
    code = makes_a_paper(maria)
    makes_a_paper(youssef)

    assert youssef.post("/paper/picture", data={"code": written(code)}).status_code == 303


@pytest.mark.breadth
def test_the_picture_is_drawn_whatever_the_name(maria: Person):
    code = written(makes_a_paper(maria))

    with each_named() as named:
        for name in ("", "Zoé", "Иван", "مريم", "M" * 60, "<b>&amp;"):
            with named(name):
                maria.post("/settings", data={"name": name})
                answer = maria.post("/paper/picture", data={"code": code})
                assert Image.open(BytesIO(answer.content)).size[0] == 1080


def test_who_showed_no_key_lately_is_asked_to_first(maria: Person, clock: Clock):
    clock.move(minutes=6)
    before = paper_of(maria)
    if "confirmation" not in {route.name for route in maria.app.routes}:  # type: ignore[attr-defined]
        pytest.skip("the page that asks for the key is not on the map yet")

    answer = maria.post("/paper", data={"here": "/paper"})

    assert answer.status_code == 303
    assert "next=/paper" in answer.headers["location"].replace("%2F", "/")
    assert paper_of(maria) is before is None


@pytest.mark.parametrize("keeps_by", ["a key", "nothing yet"])
@pytest.mark.breadth(beside=["a key", "nothing yet"])
def test_a_page_that_was_left_open_makes_no_paper_of_whoever_entered_since_in_another_tab(
    app: Starlette, maria: Person, youssef: Person, visitor: Person, keeps_by: str
):
    """One phone for two: she would print what opens his badges, and the one that he keeps at home would open nothing."""
    code, phone = makes_a_paper(youssef), maria if keeps_by == "a key" else visitor
    if phone is visitor:
        visitor.brings(("un.json", signed()))
    page = phone.page("/paper" if phone is maria else "/badges")
    left_open = dict(re.findall('name="(here|of|shared)" value="([^"]*)"', page.partition('action="/paper"')[2]))
    phone.post("/leaving")
    phone.key = youssef.key
    phone.enters()

    answer = phone.post("/paper", data=left_open)

    assert answer.headers["location"] == "/paper?done=another"
    assert "Rien n’a changé. D’autres badges ont été ouverts ici depuis." in phone.reads("/paper?done=another")
    own = dict(re.findall('name="(here|of)" value="([^"]*)"', phone.page("/paper")))
    assert opens(Person(app), code)
    assert phone.post("/paper", data=own).status_code == 200


def test_whoever_came_back_by_e_mail_does_not_replace_a_good_paper(maria: Person, app: Starlette, clock: Clock):
    code, services = makes_a_paper(maria), maria.services
    with services.database.writing() as session:
        flows.begin_email_recovery(session, 1, "windows", clock.now)
    clock.move(hours=49)
    with services.database.writing() as session:
        token = flows.complete_email_recovery(session, None, 1, SignInContext(), clock.now, badges.move_badges)
    thief = Person(app, cookies={services.cookie: token})

    for path in ("/returns", "/paper"):
        page = thief.page(path)
        assert "Votre premier papier marche encore." in words(page)
        assert 'action="/paper"><input type="hidden" name="here"' not in re.sub(r">\s+<", "><", page), (
            "as it is refused"
        )
        assert "L’ancien n’ouvre plus rien." not in words(page), "it does"

    answer = thief.post("/paper")

    assert answer.status_code == 409
    assert "Votre premier papier marche encore." in words(answer.text)
    assert opens(Person(app), code)


def test_no_picture_of_the_paper_stays_on_a_computer_that_others_use(app: Starlette, maria: Person):
    library = Person(app)
    library.key = maria.key
    options = library.post("/passkeys/challenges", json={"purpose": "authentication"}).json()
    assert library.post("/devices", json=library.key.show(options) | {"shared": True}).status_code == 200

    paper = library.post("/paper")

    assert "/paper/picture" not in paper.text
    drawn = library.post("/paper/picture", data={"code": written(code_of(paper.text))})
    assert (drawn.status_code, drawn.headers["location"]) == (303, "/paper")
