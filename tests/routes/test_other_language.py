"""« English » beside a form: Maria reads on in her language, what she typed and ticked stands there, and nothing is done with it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.applications import Starlette
from starlette.routing import Match

from tests.fixtures.fablab import Fablab
from tests.fixtures.faulted import Element, Faulted
from tests.fixtures.made_once import made_once
from tests.fixtures.screens import SCREENS, drawn, has_what_stands_there_alone
from tests.fixtures.visits import Clock, IssuersWeb, Person, Stranger, holder, signed, words
from tests.routes import test_afest, test_calls, test_offers, test_petitions
from tests.routes.test_account import TRICKS
from tests.routes.test_addresses import adds
from tests.routes.test_confirmation import lives_by_a_paper
from tests.routes.test_journey import STRANGER
from wallet.routes import ROUTES
from wallet.settings import Settings

Fields = list[tuple[str, str]]


@pytest.fixture
def settings(settings: Settings, samples_count: Path) -> Settings:
    """An instance whose operator says whose badges count."""
    return replace(settings, frameworks=samples_count)


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    return holder(app, *((f"{name}.json", signed(name)) for name in ("communiquer-2", "adapter-2")))


def paper(sonia: Person) -> str:
    lives_by_a_paper(sonia)
    return "/confirmation?next=/keys"


def proofs(sonia: Person) -> str:
    test_petitions.knows(sonia.app)
    return f"/petitions/new?place={test_petitions.ORGANISE}&to={test_petitions.GRETA}"


def dossier(sonia: Person) -> str:
    moment = sonia.tells(*sonia.has(), place="Magasin du port", **test_afest.SAID)
    test_afest.is_told(sonia, moment)
    sonia.shows(*sonia.has())
    return test_afest.AT


def advert(sonia: Person) -> str:
    made = test_calls.asks(Stranger(sonia.app)).headers["location"]
    return re.findall(r"/o/[0-9A-Z]{8}\b", Stranger(sonia.app).page(made))[0] + "/badges"


def choice(sonia: Person) -> str:
    sonia.brings(*((f"{name}.json", signed(name, STRANGER)) for name in ("organiser-1", "integrer-1")))
    return "/path/choice"


FORMS: dict[str, Callable[[Person], str]] = {
    "shares.preview": lambda _: "/shares/new",
    "page.create": lambda _: "/page",
    "sought.keep": lambda _: "/sought",
    "holder.edit": lambda _: "/settings",
    "badges.create": lambda _: "/badges/new",
    "addresses.create": lambda _: "/addresses/new",
    "address.verification": adds,
    "confirmation.paper": paper,
    "path.counting": choice,
    "petitions.create": proofs,
    "call.answer": advert,
    "afest.file": dossier,
    "evidence.badges.choose": lambda sonia: f"{sonia.tells(*sonia.has())}/badges",
    "evidence.requests": lambda sonia: f"{sonia.tells(*sonia.has(), facts='Un client.')}/requests/new",
}
"""Where each form of a holder stands, by the name of the address to which it goes in the other language."""
OF_NOBODY = {
    "entry.mail.ask": "/entry/mail",
    "entry.mail.code.use": "/entry/mail/code?ask=rien",
    "entry.paper.use": "/entry/paper",
}
BY_ITSELF = "offer.taking"
"""The form that has a test of its own below, with an issuer who offers."""


@pytest.mark.words
@pytest.mark.breadth
def test_every_form_that_the_other_language_takes_along_is_tried_here() -> None:
    pages = [drawn(screen) for screen in SCREENS]
    to = {unescape(one) for page in pages for one in re.findall(r'form="typed" formaction="(/language[^"]*)"', page)}
    paths = {urlsplit(parse_qs(urlsplit(one).query)["next"][0]).path for one in to}

    assert {_named(path) for path in paths} == {*FORMS, *OF_NOBODY, BY_ITSELF}


@pytest.mark.words
def test_each_address_that_is_asked_for_what_was_typed_in_the_other_language_gives_it() -> None:
    """Elsewhere whoever touches the button is led back, to an empty form."""
    buttons = {one for screen in SCREENS for one in re.findall(r'<button[^>]* value="again"[^>]*>', drawn(screen))}
    ways = {urlsplit(unescape(re.findall(r'formaction="([^"]*)"', one)[0])) for one in buttons}
    names = {_named(parse_qs(way.query).get("next", [way.path])[0].partition("?")[0]) for way in ways}

    assert names > {"call.create", "shared.reply.send", "asked.answer"}
    assert names - {route.name for route in ROUTES if vars(route.endpoint)["redraws"]} == set()


@pytest.mark.parametrize("name", FORMS)
def test_sonia_reads_on_in_english_and_nothing_is_lost(sonia: Person, clock: Clock, name: str) -> None:
    address = FORMS[name](sonia)
    if name == "confirmation.paper":
        clock.move(minutes=6)
    _keeps(sonia, address)


@pytest.mark.parametrize("name", OF_NOBODY)
def test_whoever_comes_back_reads_on_in_english_and_nothing_is_lost(app: Starlette, name: str) -> None:
    _keeps(Person(app), OF_NOBODY[name])


def test_the_code_of_an_offer_stays_and_goes_nowhere(sonia: Person, web: IssuersWeb) -> None:
    web.issuer = fablab = Fablab()
    fablab.tx_code = "4711"

    place = test_offers.brings(sonia, fablab)
    fablab.asked.clear()

    _keeps(sonia, f"{place}/code")

    assert fablab.asked == []


@pytest.mark.words
def test_no_other_language_takes_away_what_stands_on_a_page_alone() -> None:
    """Her badges have closed, or too many are here: the one button of the page sends it. Or what it was written for is gone, or
    takes no message any more: it is copied there."""
    alone = set(filter(has_what_stands_there_alone, SCREENS))
    offering = {name for name in alone if re.search(r"/language\b|hreflang=", drawn(name))}

    assert {"closed, with what was typed", "moment, gone meanwhile", "waiting, with a link"} <= alone
    assert offering == set()


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/shares", {"badge": "1", "days": "30", "word": "Le matin si possible."}),
        ("/evidence", {"text": "work", "key": "0" * 32}),
    ],
)
@pytest.mark.breadth(beside=["/evidence-sent1"])
def test_where_no_page_is_drawn_again_nothing_is_done(sonia: Person, path: str, sent: dict[str, str]) -> None:
    """No button of the other language leads there."""
    badge = {"badge": str(sonia.has()[0])} if "badge" in sent else {}
    before = words(sonia.page(path))

    from_help = {"referer": f"{sonia.services.settings.origin}/help"}
    answer = sonia.post(path, data=sent | badge | {"step": "again"}, headers=from_help)

    assert (answer.status_code, answer.headers["location"]) == (303, "/help"), "where she was"
    assert words(sonia.page(path)) == before
    assert sonia.post(path, data=sent | badge).status_code == 303
    assert words(sonia.page(path)) != before


def test_where_her_badges_close_before_she_chooses_english_her_key_brings_the_page_and_sends_nothing(
    sonia: Person,
) -> None:
    page = sonia.page("/sought")
    sonia.post("/leaving")
    sonia.cookies.set("returning", "yes")

    closed = sonia.post(_way(page), data={"sought": "vendeuse", "step": "again"}, follow_redirects=True).text
    sonia.enters()
    there = sonia.post("/sought", data=_data(_sent(closed)))

    assert _without_whose(_sent(there.text)) == [("sought", "vendeuse")]
    assert _without_whose(_typed_in(sonia.page("/sought"))) == [("sought", "")]


def test_the_name_of_that_button_is_a_word_like_any_other(sonia: Person) -> None:
    sonia.post("/sought", data={"sought": "again"})

    assert _without_whose(_typed_in(sonia.page("/sought"))) == [("sought", "again")]


def test_her_language_stays_chosen(sonia: Person) -> None:
    sonia.post(_way(sonia.page("/sought")), data={"sought": "vendeuse", "step": "again"}, follow_redirects=True)

    assert '<html lang="en"' in sonia.page("/badges")


@pytest.mark.breadth
def test_a_form_with_a_box_for_each_of_5000_badges_is_sent_on_whole(sonia: Person) -> None:
    ticked = {"badge": [str(id) for id in range(1_000_000, 1_005_000)], "step": "again"}

    sent = sonia.post(_way(sonia.page("/shares/new")), data=ticked)

    assert (sent.status_code, sent.headers["location"]) == (307, "/shares/preview")


@pytest.mark.breadth
def test_what_was_typed_is_sent_to_pages_of_ours_alone(sonia: Person) -> None:
    for trick in TRICKS:
        sent = sonia.post("/language", params={"language": "en", "next": trick}, data={"step": "again", "word": "Oui"})

        assert sent.status_code == 307
        assert sent.headers["location"] == "/" or sent.headers["location"].startswith("/%"), trick


def _keeps(person: Person, address: str) -> None:
    page = person.page(address)
    before = _typed_in(page)
    button = _button(page)
    sent = [*_filled(_form(page)), button]

    there = person.post(_way(page), data=_data(sent), follow_redirects=True)

    assert there.status_code == 200, there.status_code
    assert '<html lang="en"' in there.text
    assert sorted(_but_drawn([*_sent(there.text), button])) == sorted(_but_drawn(sent))
    assert _way(there.text) == _way(page).replace("language=en", "language=fr")
    assert _typed_in(person.page(address)) == before, "nothing of it is kept"


def _without_whose(fields: Fields) -> Fields:
    """Without whose page it is, which its form says beside what is typed."""
    return [field for field in fields if field[0] != "of"]


def _named(path: str) -> str:
    asked = {"type": "http", "method": "POST", "path": path}
    return str(next(route.name for route in ROUTES if route.matches(asked)[0] is Match.FULL))


def _way(page: str) -> str:
    """Where the other language leads what was typed."""
    (way,) = set(re.findall(r'form="typed" formaction="(/language[^"]*)"', page))
    return unescape(way)


def _button(page: str) -> tuple[str, str]:
    """What the button of the other language says of itself."""
    (button,) = set(re.findall(r'form="typed" formaction="/language[^>]* name="(\w+)" value="(\w+)"', page))
    name, value = button
    return name, value


def _form(page: str) -> Element:
    found = Faulted(page)
    return found.at("typed") or next(one for one in found.first("passkey-return").inside if one.tag == "form")


def _fields(element: Element) -> Iterator[tuple[Element, str, str, str]]:
    """Each field within, with its kind, name and value."""
    for one in element.inside:
        if one.tag == "textarea":
            yield one, "textarea", one.attributes["name"], one.words.removeprefix("\n").strip()
        elif one.tag == "input" and "name" in one.attributes:
            yield one, one.attributes.get("type", "text"), one.attributes["name"], one.attributes.get("value", "on")
        yield from _fields(one)


def _sent(page: str) -> Fields:
    """What a browser sends of the form as it stands."""
    found = [
        (one, kind, name, value) for one, kind, name, value in _fields(_form(page)) if kind not in {"file", "submit"}
    ]
    return [
        (name, value)
        for one, kind, name, value in found
        if kind not in {"checkbox", "radio"} or "checked" in one.attributes
    ]


def _but_drawn(fields: Fields) -> Fields:
    """Less the name with which a look was drawn: that one anew is drawn with what was typed."""
    return [field for field in fields if field[0] != "looked_at"]


def _typed_in(page: str) -> Fields:
    return [field for field in _sent(page) if field[0] != "key"]


def _filled(form: Element) -> Fields:
    """What Sonia sends: as much typed in each field as it takes, every other box ticked that was not, and the last of what may be
    chosen."""
    told, boxes, chosen = Fields(), 0, dict[str, str]()
    for one, kind, name, value in _fields(form):
        if kind == "checkbox":
            boxes += 1
            if boxes % 2 == ("checked" not in one.attributes):
                told.append((name, value))
        elif kind == "radio":
            chosen[name] = value
        elif kind == "date":
            told.append((name, "2027-01-02"))
        elif kind == "textarea":
            told.append((name, "Bonjour Yann.\nC’est Zoé.".ljust(int(one.attributes.get("maxlength", 9_000)), "é")))
        elif kind in {"hidden", "search"}:
            told.append((name, value if kind == "hidden" else ""))
        elif kind != "file":
            told.append((name, "zoé&C°7".ljust(int(one.attributes.get("maxlength", 6_000)), "é")))
    return [*told, *chosen.items()]


def _data(sent: Fields) -> dict[str, list[str]]:
    return {name: [value for other, value in sent if other == name] for name, _ in sent}
