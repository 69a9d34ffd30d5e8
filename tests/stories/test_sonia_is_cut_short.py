"""Sonia's phone ends the page while she speaks: for another app, a call, an empty battery. What she had said is there."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.server import Server
from tests.stories.taps import Person
from tests.stories.test_sonia_tells_in_the_bus import begins_online, heading, moments, opens, phone, sonia, tells
from tests.stories.test_sonias_draft_goes_wrong import BUSY
from tests.stories.without_internet import comes, comes_to_keep, leaves_the_town

pytestmark = pytest.mark.browser
__all__ = ["phone", "sonia"]
TURNED_AWAY = """() => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => true })
  document.dispatchEvent(new Event("visibilitychange"))
}"""
"""She goes to another app: no page of a browser without a window is ever hidden."""
FILES = "async () => (await document.querySelector('draft-sender').mine()).flatMap((draft) => draft.files).length"
LEFT = "async () => (await document.querySelector('draft-sender').mine()).length"
PLAYS = """() => new Promise((done) => {
  const sound = document.querySelector("audio")
  sound.addEventListener("ended", () => done(true))
  sound.addEventListener("error", () => done(false))
  sound.play()
})"""
"""Whether a recording plays to its end."""


@pytest.fixture(scope="module")
def browser(hearing: Browser) -> Browser:
    """Every phone here has a microphone."""
    return hearing


def speaks_and_turns_away(sonia: Person, times: int = 1) -> None:
    page = sonia.page
    sonia.tap("Enregistrer ma voix")
    # Longer each time: two beeps of one length are one file to the wallet.
    sonia.speaks_for(1 + 2 * times)
    page.evaluate(TURNED_AWAY)
    comes(lambda: page.evaluate(FILES) == times)


def killed(page: Page, at: str) -> Page:
    """The page was ended, and is opened anew *at* its address."""
    context = page.context
    page.close(run_before_unload=False)
    again = context.new_page()
    again.goto(at)
    return again


def test_what_she_had_said_under_a_question_goes_when_she_comes_back(sonia: Person) -> None:
    moment = begins_online(sonia)
    question = sonia.page.url
    sonia.page.locator("#text").fill("Un client")
    speaks_and_turns_away(sonia)

    again = killed(sonia.page, question)

    expect(again.get_by_text("Votre voix s’est coupée.")).to_be_visible()
    expect(again.locator("#text")).to_have_value("Un client")
    comes(lambda: again.evaluate(LEFT) == 0)
    again.goto(moment)
    expect(again.locator("audio")).to_have_count(1)
    assert again.evaluate(PLAYS)
    again.goto(question)
    expect(again.get_by_text("Votre voix s’est coupée.")).to_be_hidden()


def test_she_is_led_to_it_from_elsewhere(sonia: Person) -> None:
    begins_online(sonia)
    question = sonia.page.url
    speaks_and_turns_away(sonia)

    again = killed(sonia.page, "/evidence")

    waits = again.locator("unsent-drafts li.moment")
    expect(waits).to_have_count(1)
    waits.get_by_role("link").click()
    again.wait_for_url(question)
    expect(again.get_by_text("Votre voix s’est coupée.")).to_be_visible()


def test_in_her_pocket_it_goes_on_and_is_kept_once(sonia: Person) -> None:
    moment = begins_online(sonia)
    question = sonia.page.url
    speaks_and_turns_away(sonia)

    sonia.tap("J’ai fini")

    sonia.page.wait_for_url(lambda url: url != question)
    assert sonia.page.evaluate(LEFT) == 0
    sonia.page.goto(moment)
    expect(sonia.page.locator("audio")).to_have_count(1)
    sonia.page.goto(question)
    expect(sonia.page.get_by_text("Votre voix s’est coupée.")).to_be_hidden()


def test_another_tab_sends_nothing_of_what_is_still_being_said(sonia: Person) -> None:
    moment = begins_online(sonia)
    question = sonia.page.url
    sonia.page.locator("#text").fill("Un client")
    speaks_and_turns_away(sonia)

    other = sonia.page.context.new_page()
    opens(other, question)
    other.evaluate("async () => { await document.querySelector('draft-sender').send({ now: true }) }")
    expect(other.get_by_text("Votre voix s’est coupée.")).to_be_hidden()
    assert other.evaluate(FILES) == 1
    sonia.tap("J’ai fini")

    sonia.page.wait_for_url(lambda url: url != question)
    sonia.page.goto(moment)
    expect(sonia.page.locator("audio")).to_have_count(1)


def test_the_other_tab_sends_it_once_the_first_one_has_ended(sonia: Person) -> None:
    moment = begins_online(sonia)
    question = sonia.page.url
    sonia.page.locator("#text").fill("Un client")
    speaks_and_turns_away(sonia)
    other = sonia.page.context.new_page()
    opens(other, question)
    expect(other.locator("#text")).to_have_value("")

    sonia.page.close(run_before_unload=False)

    expect(other.get_by_text("Votre voix s’est coupée.")).to_be_visible()
    expect(other.locator("#text")).to_have_value("Un client")
    comes(lambda: other.evaluate(LEFT) == 0)
    other.goto(moment)
    expect(other.locator("audio")).to_have_count(1)


def test_in_the_bus_too(sonia: Person, server: Server) -> None:
    page, before = sonia.page, moments(server)
    page.goto("/badges")
    comes_to_keep(page, "/badges", "/evidence/draft")
    opens(page)
    leaves_the_town(page.context)
    tells(sonia)
    speaks_and_turns_away(sonia)

    sonia = Person(killed(page, page.url))

    heading(sonia.page, "Relisez")
    expect(sonia.page.locator(".attached", has_text="Ma voix")).to_be_visible()
    sonia.tap("Changer : Que s’est-il passé ?")
    speaks_and_turns_away(sonia, times=2)
    sonia = Person(killed(sonia.page, sonia.page.url))
    expect(sonia.page.locator(".attached", has_text="Ma voix")).to_have_count(2)
    sonia.tap("Envoyer")
    sonia.reads("Nous l’enverrons plus tard.")
    sonia.page.context.set_offline(False)
    sonia.reads("C’est envoyé.")
    assert [row[2] for row in moments(server)[len(before) :]] == [2]
    sonia.page.goto(f"/evidence/{moments(server)[-1][0]}")
    sounds = sonia.page.locator("audio").evaluate_all("(all) => all.map((one) => one.currentSrc || one.src)")
    assert len({hash(sonia.page.request.get(sound).body()) for sound in sounds}) == 2, "each is another one"


def test_what_is_said_to_the_end_in_the_bus_takes_the_place_of_its_beginning(sonia: Person) -> None:
    leaves_the_town(sonia.page.context)
    tells(sonia)
    speaks_and_turns_away(sonia)

    sonia.tap("J’ai fini")

    heading(sonia.page, "Relisez")
    expect(sonia.page.locator(".attached", has_text="Ma voix")).to_have_count(1)
    assert sonia.page.evaluate(FILES) == 1


def test_a_recording_that_still_waits_does_not_go_with_the_next_one(sonia: Person) -> None:
    """The first one could not be sent, and the wallet has no hand for it yet; the second goes at once."""
    page, context, moment = sonia.page, sonia.page.context, begins_online(sonia)
    question = page.url
    sonia.tap("Enregistrer ma voix")
    sonia.speaks_for(2)
    leaves_the_town(context)
    sonia.tap("J’ai fini")
    expect(page.get_by_text("Votre voix est gardée dans ce téléphone.")).to_be_visible()
    page.close(run_before_unload=False)
    context.set_offline(False)
    context.add_init_script(BUSY)
    sonia = Person(killed(context.new_page(), question))
    comes(lambda: sonia.page.evaluate("document.querySelector('kept-answer').draft?.files.length") == 1)

    speaks_and_turns_away(sonia, times=2)
    sonia.tap("J’ai fini")

    sonia.page.wait_for_url(lambda url: url != question)
    assert sonia.page.evaluate(FILES) == 1
    sonia.page.evaluate(
        "async () => { sessionStorage.hand = 1; await document.querySelector('draft-sender').send({ now: true }) }"
    )
    comes(lambda: sonia.page.evaluate(LEFT) == 0)
    sonia.page.goto(moment)
    expect(sonia.page.locator("audio")).to_have_count(2)
