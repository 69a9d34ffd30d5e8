"""Sonia tells a moment in the bus, without Internet: it is kept in her phone, hers alone, and sent once."""

import re
import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.fixtures.browser import Phone, axe
from tests.fixtures.lossy import Line
from tests.fixtures.photos import photo
from tests.fixtures.server import Server
from tests.stories.drawers import AGES, DUMP, EXPORTS, OPENS, comes_to_be_kept
from tests.stories.ready_phones import with_badges
from tests.stories.taps import Person
from tests.stories.without_internet import comes, comes_back_to_town, comes_to_keep, leaves_the_town
from wallet.evidence.offline_drafts import LASTS

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
SMALL = {"device": None, "viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
FACTS = "Un canari chantait dans le bus 7341."
SECOND = "Un merle dormait au marché 2950."
OURS = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of a form of our own pages."""
IS_READY = "async () => Boolean(await document.querySelector('draft-sender').ready)"
BEGAN = "() => typeof document.querySelector('kept-answer').before === 'string'"
"""A page with a question knows what stood in its box."""

READY = "async () => (await document.querySelector('draft-sender').store.list())[0].ready"
"""Whether what she told is to be sent."""
TURNED_AWAY = """() => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => true })
  document.dispatchEvent(new Event("visibilitychange", { bubbles: true }))
}"""
"""She goes to another app: no page of a browser without a window is ever hidden."""


@pytest.fixture(scope="module")
def browser(hearing: Browser) -> Browser:
    """Every phone here has a microphone."""
    return hearing


def keeps_a_badge(page: Page, samples: Path) -> Person:
    person = Person(page)
    page.goto("/")
    person.choose("Ajouter mon premier badge", samples / "ob3-communiquer-2.png")
    person.confirm_with_a_finger("Garder ce badge")
    return person


@pytest.fixture
def phone(phones: Phones) -> Phone:
    """A small phone."""
    return phones(**SMALL)


@pytest.fixture
def at_home(phone: Phone, server: Server, samples: Path) -> Person:
    """Sonia, whose phone shows nothing as yet."""
    return with_badges(phone, samples / "ob3-communiquer-2.png", at="")


@pytest.fixture
def sonia(at_home: Person) -> Person:
    """Sonia, who is about to take the bus: the page to tell on is open, or lies in her phone."""
    badge = badge_of(at_home)
    opens(at_home.page, f"/evidence/draft?badge={badge}")
    return at_home


def badge_of(sonia: Person) -> str:
    """Her one badge."""
    [badge] = set(re.findall(r'href="/badges/([0-9]+)"', sonia.page.request.get("/badges").text()))
    return badge


def opens(page: Page, at: str = "/evidence/draft") -> None:
    """Returns when the page has what it needs to keep something."""
    page.goto(at)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    comes(lambda: page.evaluate(IS_READY))


def opens_anew(context: BrowserContext, at: str) -> Person:
    """In a new tab."""
    person = Person(context.new_page())
    person.page.goto(at)
    return person


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1, name=words)).to_be_visible()


def tells(sonia: Person, facts: str = FACTS) -> None:
    """Where, and what happened."""
    sonia.tap("Au travail")
    heading(sonia.page, "Que s’est-il passé ?")
    sonia.page.locator("#text-facts").fill(facts)
    comes_to_be_kept(sonia.page, facts)


def finishes(sonia: Person) -> None:
    """Out of town: it is kept as something that is to be sent."""
    sonia.page.locator("[data-step=facts] [data-act=over]").click()
    heading(sonia.page, "Relisez")
    sonia.tap("Envoyer")
    sonia.reads("Nous l’enverrons plus tard.")
    expect(sonia.page.get_by_role("link", name="Retour à mes badges")).to_be_visible()


def moments(server: Server) -> list[tuple[Any, ...]]:
    """The moments there are, with how many answers and recordings each has."""
    with closing(sqlite3.connect(next(server.folder.rglob("*.sqlite3")))) as database:
        return database.execute(
            "SELECT e.id, (SELECT count(*) FROM answers a WHERE a.evidence_id = e.id),"
            " (SELECT count(*) FROM attachments f WHERE f.evidence_id = e.id) FROM evidence e ORDER BY e.id"
        ).fetchall()


@pytest.mark.service_worker
@pytest.mark.breadth
def test_told_by_voice_and_by_hand_in_the_bus_and_sent_when_there_is_internet(sonia: Person, server: Server) -> None:
    page, before = sonia.page, moments(server)
    _tells_and_her_phone_is_asked_to_keep_it(sonia)
    assert axe(page) == []
    sonia.tap("Enregistrer ma voix")
    sonia.speaks_for(1)
    sonia.tap("J’ai fini")
    heading(page, "Réécoutez-vous")
    assert axe(page) == []
    sonia.tap("J’ai tout dit")
    heading(page, "Relisez")
    expect(page.get_by_text(FACTS)).to_be_visible()
    expect(page.locator(".attached", has_text="Ma voix")).to_be_visible()
    assert axe(page) == []
    sonia.tap("Envoyer")

    heading(page, "Votre moment est gardé")
    expect(page.get_by_text("Nous l’enverrons plus tard.")).to_be_visible()
    assert axe(page) == []
    _lies_there_sealed(page)
    comes_back_to_town(page)
    expect(page.get_by_text("C’est envoyé.")).to_be_visible()
    assert page.evaluate(DUMP)["seen"] == ["keys/keys"], "neither her words nor her voice stay"
    sonia.tap("Voir mon moment")
    heading(page, "Choisissez une phrase")
    page.goto("/evidence")
    expect(page.get_by_text(FACTS)).to_have_count(1)
    page.get_by_text(FACTS).click()
    expect(page.get_by_role("button", name="Écouter ma voix")).to_be_visible()
    expect(page.get_by_text("Communiquer").first).to_be_visible()
    [new] = moments(server)[len(before) :]
    assert new[1:] == (2, 1)


def _tells_and_her_phone_is_asked_to_keep_it(sonia: Person) -> None:
    """Else one that is full throws it away."""
    page = sonia.page
    page.evaluate("() => { navigator.storage.persist = async () => (window.isAskedToKeep = true) }")
    leaves_the_town(page.context)
    tells(sonia)
    assert page.evaluate("() => window.isAskedToKeep")


def _lies_there_sealed(page: Page) -> None:
    assert FACTS not in page.evaluate(DUMP)["text"]
    page.evaluate("(facts) => sessionStorage.setItem('a', facts)", FACTS)
    assert FACTS in page.evaluate(DUMP)["text"], "one that lies there in the clear would be found"


@pytest.mark.service_worker
@pytest.mark.breadth
def test_from_a_badge_that_lies_in_her_phone_she_tells_and_the_tab_is_killed(sonia: Person, server: Server) -> None:
    """The worker gives the page to tell on, in a new tab too; what was kept goes from whatever page opens next."""
    context, before = sonia.page.context, moments(server)
    sonia.page.goto("/badges")
    comes_to_keep(sonia.page, "/badges", "/evidence/draft")
    [badge] = set(re.findall(r'href="(/badges/[0-9]+)"', sonia.page.content()))
    sonia.page.goto(badge)
    comes_to_keep(sonia.page, badge)
    comes(lambda: sonia.page.evaluate(IS_READY))
    leaves_the_town(context)
    sonia.page.goto(badge)
    sonia.page.get_by_role("link", name="Racontez un moment vécu").click()
    heading(sonia.page, "C’était où ?")
    tells(sonia)
    at = sonia.page.url
    sonia.page.close(run_before_unload=False)

    sonia = opens_anew(context, at)
    for words in ("Relisez", "Votre texte est gardé.", FACTS):
        expect(sonia.page.get_by_text(words).first).to_be_visible()
    sonia.page.locator("input[type=file]").set_input_files(
        {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": photo("JPEG")}
    )
    expect(sonia.page.locator(".attached", has_text="IMG.jpg")).to_be_visible()
    sonia.tap("Envoyer")
    expect(sonia.page.get_by_text("Nous l’enverrons plus tard.")).to_be_visible()
    sonia.page.close(run_before_unload=False)
    context.set_offline(False)
    sonia = opens_anew(context, "/badges")

    sonia.reads("C’est envoyé.")
    [new] = moments(server)[len(before) :]
    assert new[1:] == (2, 1)
    sonia.page.goto(f"/evidence/{new[0]}")
    sonia.reads("Communiquer")


def test_a_line_that_loses_what_is_sent_and_what_is_answered_makes_one_moment(
    phones: Phones, line: Line, samples: Path
) -> None:
    origin = line.server.settings["WALLET_ORIGIN"]
    sonia = with_badges(phones(**SMALL, base_url=origin), samples / "ob3-communiquer-2.png")
    page = sonia.page
    opens(page)
    leaves_the_town(page.context)
    tells(sonia)
    finishes(sonia)
    for _ in range(3):
        expect(page.get_by_text("Nous l’enverrons plus tard.")).to_be_visible()
        page.evaluate("() => dispatchEvent(new Event('online'))")  # three times, and none of them gets out
    assert line.sent == 0

    page.context.set_offline(False)
    for _ in range(8):
        page.wait_for_timeout(300)
        if page.get_by_text("C’est envoyé.").is_visible() or "/evidence/1" in page.url:
            break
        page.evaluate("() => dispatchEvent(new Event('online'))")

    expect(page.get_by_text("C’est envoyé.")).to_be_visible()
    assert (line.sent, line.taken) == (4, 3), "its answers were lost twice, and it came three times"
    assert [row[1:] for row in moments(line.server)] == [(2, 0)]


@pytest.mark.service_worker
@pytest.mark.breadth
def test_her_session_ends_another_person_on_her_phone_loses_nothing_and_she_finds_all_when_she_comes_back(
    sonia: Person, phone: Phone, samples: Path, server: Server
) -> None:
    """Of two moments: one that she had begun, and one that was to be sent."""
    page, before = sonia.page, moments(server)
    tells(sonia)
    opens(page)
    leaves_the_town(page.context)
    tells(sonia, SECOND)
    finishes(sonia)
    page.context.clear_cookies()
    comes_back_to_town(page)

    expect(page.get_by_text("Vos badges se sont fermés.")).to_be_visible()
    assert moments(server) == before
    page.evaluate("() => indexedDB.deleteDatabase('keys')")  # as the service worker does on a 401
    sonia.tap("Ouvrir mes badges pour envoyer")
    expect(sonia.find("Ouvrir mes badges")).to_be_visible()
    way_back = page.url

    _another_person_reads_counts_and_loses_nothing(sonia, phone, samples)

    before = moments(server)
    page.goto(way_back)
    sonia.shows_a_finger("Ouvrir mes badges")
    expect(page.get_by_text("C’est envoyé.")).to_be_visible()
    assert [row[1:] for row in moments(server)[len(before) :]] == [(2, 0)], "hers, once"
    _finds_what_she_had_begun(page)


def _another_person_reads_counts_and_loses_nothing(sonia: Person, phone: Phone, samples: Path) -> None:
    page = sonia.page
    assert phone.authenticator
    hers = phone.authenticator.credentials()

    keeps_a_badge(page, samples)
    page.goto("/evidence")

    comes(lambda: page.evaluate(IS_READY))
    assert page.locator("unsent-drafts").is_hidden()
    found = page.evaluate(DUMP)
    assert found["seen"].count("drafts/drafts") == 2, "hers are still there"
    for hidden in (FACTS, SECOND, "canari"):
        assert hidden not in found["text"]
    assert page.evaluate(OPENS) == []
    page.goto("/settings")
    sonia.leaves()
    heading(page, "Vous revoilà")
    page.goto("/closed")
    heading(page, "Vos badges sont fermés")

    assert page.evaluate(DUMP)["seen"] == ["drafts/drafts"] * 2, "hers outlive that Kévin signs out"
    for one in phone.authenticator.credentials():
        if one["credentialId"] != hers[0]["credentialId"]:
            phone.authenticator.send("removeCredential", credentialId=one["credentialId"])


def _finds_what_she_had_begun(page: Page) -> None:
    page.goto("/evidence")
    begun = page.locator("unsent-drafts")
    expect(begun.get_by_text("À finir")).to_be_visible()
    expect(begun.get_by_role("button", name="Envoyer maintenant")).to_be_hidden()  # nothing is ready to go
    expect(begun.get_by_text(FACTS)).to_be_visible()
    expect(page.get_by_text(SECOND)).to_have_count(1)
    assert axe(page) == []
    assert len(page.evaluate(OPENS)) == 1, "what was sent is in the phone no more"
    assert page.evaluate(EXPORTS) == "InvalidAccessError"
    begun.get_by_role("link", name="Continuer").click()
    heading(page, "Relisez")
    page.goto("/evidence")
    since_1970 = page.evaluate("() => Date.now()")
    page.evaluate(AGES, since_1970)
    page.reload()
    expect(begun.get_by_text(FACTS)).to_be_visible()  # a phone whose clock was wrong makes nothing old
    page.evaluate(AGES, LASTS.total_seconds() * 1000 + 60_000 - since_1970)
    page.reload()
    expect(begun).to_be_hidden()
    comes(lambda: all(one.startswith("keys") for one in page.evaluate(DUMP)["seen"]))


COUNTS_ONCE = """() => {
    const { store } = document.querySelector("draft-sender"), kept = store.count()
    store.count = () => {
        store.count = () => { delete store.count; return Promise.reject(new Error("busy")) }
        return kept
    }
}"""
"""A store that has told what it keeps, and does not say so again when it is to tell what is left."""


@pytest.mark.breadth
@pytest.mark.service_worker
def test_who_signs_out_is_asked_where_it_cannot_be_sent_and_else_it_is_sent(sonia: Person, server: Server) -> None:
    page, before = sonia.page, moments(server)
    tells(sonia)
    page.goto("/settings")
    leaves_the_town(page.context)
    page.get_by_role("button", name="Me déconnecter", exact=True).focus()
    page.keyboard.press("Enter")

    question = page.get_by_role("group", name="Un texte n’est pas encore envoyé.")
    expect(question).to_be_focused()
    assert axe(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(question).to_be_hidden()
    expect(page.get_by_role("button", name="Me déconnecter", exact=True)).to_be_focused()
    page.evaluate(COUNTS_ONCE)
    sonia.tap("Me déconnecter")
    sonia.tap("Me déconnecter et le perdre")
    expect(page.get_by_text("Vous ne pouvez pas vous déconnecter maintenant.")).to_be_visible()
    sonia.tap("Rester ici")

    page.context.set_offline(False)
    comes(lambda: page.evaluate("async () => await document.querySelector('draft-sender').reaches()"))
    sonia.leaves()

    heading(page, "Vous revoilà")
    assert [row[1:] for row in moments(server)[len(before) :]] == [(2, 0)], "what was not finished was sent as it was"
    assert page.evaluate(DUMP)["seen"] == []


def begins_online(sonia: Person) -> str:
    """As `begins`, on a page that has what it needs to keep something."""
    moment = begins(sonia)
    comes(lambda: sonia.page.evaluate(IS_READY))
    return moment


def begins(sonia: Person, **badge: str) -> str:
    """Where it was is told while there is Internet, as by « Au travail »: where the moment is; its next question is open."""
    said = {"text": "work", "place": "", "key": secrets.token_hex(16), **badge}
    made = sonia.page.request.post("/evidence", form=said, headers=OURS, max_redirects=0)
    assert made.status == 303, made.text()
    moment = made.headers["location"].partition("/answers")[0]
    sonia.page.goto(f"{moment}/answers/facts")
    heading(sonia.page, "Que s’est-il passé ?")
    sonia.page.wait_for_function(BEGAN)
    return re.sub(r"/answers/.*", "", sonia.page.url)


@pytest.mark.breadth
def test_an_answer_that_cannot_be_sent_stays_what_was_typed_comes_back_and_a_voice_outlives_its_tab(
    at_home: Person,
) -> None:
    sonia, page = at_home, at_home.page
    moment = begins_online(sonia)
    leaves_the_town(page.context)
    page.locator("#text").fill(FACTS)
    sonia.tap("Continuer")

    expect(page.get_by_text("Votre texte est gardé dans ce téléphone.")).to_be_visible()
    expect(page.locator("#text")).to_have_value(FACTS)
    assert axe(page) == []
    page.locator("#text").fill(SECOND)
    comes_to_be_kept(page, SECOND)
    assert not page.evaluate(READY), "half a sentence goes nowhere by itself"
    page.locator("#text").fill(FACTS)
    sonia.tap("Continuer")
    comes(lambda: page.evaluate(READY))
    page.context.set_offline(False)
    expect(page.get_by_text("C’est envoyé.")).to_be_visible()
    sonia.tap("Continuer")
    heading(page, "Qu’avez-vous fait, vous ?")

    _what_was_typed_under_a_question_comes_back_in_a_new_tab(page)
    page = page.context.pages[-1]
    page.goto(moment)
    expect(page.get_by_text(FACTS)).to_have_count(1)
    page.goto(f"{moment}/answers")
    expect(page.get_by_text(FACTS)).to_have_count(0)
    page.goto("/evidence")
    expect(page.locator("unsent-drafts")).to_be_hidden()

    _a_page_of_the_networks_own_takes_no_voice(Person(page))
    _a_voice_that_cannot_be_sent_outlives_its_tab(Person(page))


def _what_was_typed_under_a_question_comes_back_in_a_new_tab(page: Page) -> None:
    page.wait_for_function(BEGAN)
    comes(lambda: page.evaluate(IS_READY))
    question = page.url
    page.locator("#text").fill(SECOND)
    comes_to_be_kept(page, SECOND)
    again = page.context.new_page()
    page.close(run_before_unload=False)

    again.goto(question)

    expect(again.locator("#text")).to_have_value(SECOND)
    expect(again.get_by_text("Votre texte est gardé.")).to_be_visible()
    with again.expect_navigation(url=lambda url: url != question):
        Person(again).tap("Continuer")


def _a_page_of_the_networks_own_takes_no_voice(sonia: Person) -> None:
    """Behind a filter that wants its conditions read first, and answers with them: what she said is kept, and goes when she likes."""
    page = sonia.page
    begins_online(sonia)
    question = page.url
    page.context.route(
        "**/attachments", lambda route: route.fulfill(content_type="text/html", body="<h1>Conditions</h1>")
    )
    sonia.tap("Enregistrer ma voix")
    sonia.speaks_for(1)
    sonia.tap("J’ai fini")
    sonia.reads("Votre voix est gardée dans ce téléphone.")
    page.context.unroute("**/attachments")
    page.context.route(question, lambda route: route.fulfill(content_type="text/html", body="<h1>Conditions</h1>"))
    with page.expect_response(question):  # nor the text beside it, which goes first
        sonia.tap("Envoyer encore")
    expect(sonia.find("Envoyer encore")).to_be_visible()
    assert page.evaluate("() => document.querySelector('kept-answer').draft.files.length") == 1, "it is one voice"

    page.context.unroute(question)
    sonia.tap("Envoyer encore")

    heading(page, "Réécoutez-vous")


def _a_voice_that_cannot_be_sent_outlives_its_tab(sonia: Person) -> None:
    moment = begins_online(sonia)
    sonia.tap("Enregistrer ma voix")
    sonia.speaks_for(1)
    leaves_the_town(sonia.page.context)
    sonia.tap("J’ai fini")
    expect(sonia.page.get_by_text("Votre voix est gardée dans ce téléphone.")).to_be_visible()
    expect(sonia.find("Envoyer encore")).to_be_focused()
    context = sonia.page.context
    sonia.page.close(run_before_unload=False)
    context.set_offline(False)
    again = context.new_page()

    again.goto("/badges")

    expect(again.get_by_text("C’est envoyé.")).to_be_visible()
    assert axe(again) == []
    again.goto(moment)
    expect(again.locator("audio")).to_have_count(1)
