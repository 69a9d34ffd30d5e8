"""Sonia's phone ends the page while she speaks: for another app, a call, an empty battery. What she had said is there.

Browsers record mp4, or WebM where they make no mp4. Once each is recorded really, and plays; the other stories have a
recorder that gives what was written.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.browser import Phone, axe
from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.server import Server
from tests.stories.ready_phones import with_badges
from tests.stories.recorders import ONLY_WEBM, records, says_more, written
from tests.stories.taps import Person
from tests.stories.test_sonia_tells_in_the_bus import TURNED_AWAY, begins_online, heading, moments, opens, phone, tells
from tests.stories.test_sonia_tells_in_the_bus import at_home as speaking
from tests.stories.test_sonias_draft_goes_wrong import ASKED, BUSY
from tests.stories.without_internet import comes, comes_back_to_town, comes_to_keep, leaves_the_town
from wallet.evidence.attachments import BIGGEST_ATTACHMENT, LONGEST

pytestmark = pytest.mark.browser
__all__ = ["phone", "speaking"]
FILES = "async () => (await document.querySelector('draft-sender').store.list()).flatMap((draft) => draft.files).length"
LEFT = "async () => (await document.querySelector('draft-sender').store.list()).length"
GOES = "async () => (await document.querySelector('draft-sender').store.list()).map((draft) => draft.ready)"
CUT = """async ([type, head]) => {
  const { store, draft } = document.querySelector("kept-answer")
  const id = `${draft.id}/1`
  const cut = { id, name: "voix.webm", type, size: head.length, cut: true }
  await store.save({ ...draft, files: [cut] }, [[id, new Blob([new Uint8Array(head)])]])
}"""
"""A voice of which this phone kept no more than that."""
EARLIER_CAME = """() => {
  const { sender, draft } = document.querySelector("kept-answer")
  sender.announce("sent", { id: draft.id, draft: structuredClone(draft) })
}"""
"""What she had said before the page was ended has come at last, while she speaks again."""
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


@pytest.fixture
def kind() -> str:
    """What the phone records: WebM, where a story does not ask for mp4 as well."""
    return "webm"


@pytest.fixture
def sonia(phone: Phone, server: Server, samples: Path, kind: str) -> Person:
    """Sonia, whose recorder gives what was written."""
    records(phone.context, kind)
    return with_badges(phone, samples / "ob3-communiquer-2.png", at="")


def speaks_and_turns_away(sonia: Person, times: int = 1) -> None:
    page = sonia.page
    sonia.tap("Enregistrer ma voix")
    sonia.speaks_for(0)
    for _ in range(2 * times - 2):
        says_more(page)  # two recordings of one length are one file to the wallet
    page.evaluate(TURNED_AWAY)
    comes(lambda: page.evaluate(FILES) == times)


def killed(page: Page, at: str) -> Page:
    """The page was ended, and is opened anew *at* its address."""
    context = page.context
    page.close(run_before_unload=False)
    again = context.new_page()
    again.goto(at)
    return again


# The other stories record WebM each time, and one of them plays what was cut: test_in_her_pocket_it_goes_on_and_of_two_tabs_one_sends_it.
@pytest.mark.parametrize("only", here_and_in_soak("", ONLY_WEBM), ids=["mp4", "webm"])
def test_what_she_had_said_under_a_question_goes_when_she_comes_back(speaking: Person, only: str) -> None:
    """Really recorded, in what her browser likes best."""
    sonia = speaking
    if only:
        sonia.page.context.add_init_script(f"({only})()")
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


@pytest.mark.service_worker
@pytest.mark.breadth
def test_she_is_led_to_it_from_elsewhere(sonia: Person) -> None:
    begins_online(sonia)
    question = sonia.page.url
    speaks_and_turns_away(sonia)

    again = killed(sonia.page, "/evidence")

    waits = again.locator("unsent-drafts li.moment")
    expect(waits).to_have_count(1)
    expect(waits.locator(".said")).to_have_text("Ma voix")
    waits.get_by_role("link").click()
    again.wait_for_url(question)
    expect(again.get_by_text("Votre voix s’est coupée.")).to_be_visible()


@pytest.mark.breadth
def test_in_her_pocket_it_goes_on_and_of_two_tabs_one_sends_it(sonia: Person) -> None:
    _in_her_pocket_it_goes_on_and_is_kept_once(sonia)
    _another_tab_sends_nothing_of_what_is_still_being_said(sonia)
    other = _the_other_tab_sends_it_once_the_first_one_has_ended(sonia)
    _what_is_said_to_the_end_in_the_bus_takes_the_place_of_its_beginning(other)


def _in_her_pocket_it_goes_on_and_is_kept_once(sonia: Person) -> None:
    moment = begins_online(sonia)
    question = sonia.page.url
    speaks_and_turns_away(sonia)
    _what_the_wallet_cannot_keep_her_phone_keeps_no_longer(sonia)
    speaks_and_turns_away(sonia)
    sonia.page.evaluate(EARLIER_CAME)

    sonia.tap("J’ai fini")

    sonia.page.wait_for_url(lambda url: url != question)
    assert sonia.page.evaluate(LEFT) == 0
    sonia.page.goto(moment)
    expect(sonia.page.locator("audio")).to_have_count(1)
    sonia.page.goto(question)
    expect(sonia.page.get_by_text("Votre voix s’est coupée.")).to_be_hidden()


def _what_the_wallet_cannot_keep_her_phone_keeps_no_longer(sonia: Person) -> None:
    """It would be sent again and again. She may speak anew. What finds no room now is still there, to be sent when there is."""
    sonia.page.context.route("**/attachments", lambda route: route.fulfill(status=413))
    sonia.tap("J’ai fini")
    expect(sonia.page.get_by_text("Il n’y a plus de place.")).to_be_visible()
    expect(sonia.page.get_by_text("Envoyer encore")).to_be_visible()
    assert sonia.page.evaluate(GOES) == [False], "not by itself, again and again"
    assert sonia.page.evaluate(ASKED), "whoever goes to make room is asked: it is in this page alone"
    sonia.page.context.unroute("**/attachments")
    sonia.page.context.route("**/attachments", lambda route: route.fulfill(status=422))
    sonia.tap("Envoyer encore")

    expect(sonia.page.get_by_text("Nous ne pouvons pas garder ce son.")).to_be_visible()
    comes(lambda: sonia.page.evaluate(LEFT) == 0)
    assert not sonia.page.evaluate(ASKED)
    sonia.page.context.unroute("**/attachments")


def _another_tab_sends_nothing_of_what_is_still_being_said(sonia: Person) -> None:
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


def _the_other_tab_sends_it_once_the_first_one_has_ended(sonia: Person) -> Person:
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
    assert other.evaluate(PLAYS)
    return Person(other)


@pytest.mark.service_worker
@pytest.mark.parametrize("kind", here_and_in_soak("webm", "mp4"))
@pytest.mark.breadth
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
    comes_back_to_town(sonia.page)
    sonia.reads("C’est envoyé.")
    assert [row[2] for row in moments(server)[len(before) :]] == [2]
    sonia.page.goto(f"/evidence/{moments(server)[-1][0]}")
    sounds = sonia.page.locator("audio").evaluate_all("(all) => all.map((one) => one.currentSrc || one.src)")
    assert len({hash(sonia.page.request.get(sound).body()) for sound in sounds}) == 2, "each is another one"


def _what_is_said_to_the_end_in_the_bus_takes_the_place_of_its_beginning(sonia: Person) -> None:
    opens(sonia.page)
    leaves_the_town(sonia.page.context)
    tells(sonia)
    speaks_and_turns_away(sonia)

    sonia.tap("J’ai fini")

    heading(sonia.page, "Réécoutez-vous")
    sonia.tap("J’ai tout dit")
    heading(sonia.page, "Relisez")
    expect(sonia.page.locator(".attached", has_text="Ma voix")).to_have_count(1)
    assert sonia.page.evaluate(FILES) == 1


def test_sonia_goes_on_without_j_ai_fini_and_is_asked_before_she_goes_away_so_that_her_voice_is_kept(
    sonia: Person, samples: Path
) -> None:
    page, moment = sonia.page, begins_online(sonia)
    page.locator("#text").fill("Un client")
    sonia.tap("Enregistrer ma voix")
    sonia.speaks_for(0)

    page.get_by_role("button", name="Continuer").dblclick()

    heading(page, "Réécoutez-vous")
    page.goto(moment)
    expect(page.locator("audio")).to_have_count(1)
    expect(page.locator("#story")).to_contain_text("Un client")
    _whoever_stays_may_choose_the_photo_again(sonia, samples / "ob3-general.png")


def _whoever_stays_may_choose_the_photo_again(sonia: Person, photo: Path) -> None:
    page = sonia.page
    sonia.tap("Enregistrer ma voix")
    sonia.speaks_for(0)
    with page.expect_event("dialog") as asked:
        page.once("dialog", lambda dialog: dialog.dismiss())
        page.locator("attach-files input").first.set_input_files(photo)

    assert asked.value.type == "beforeunload"
    expect(page.get_by_text("Votre voix s’enregistre")).to_be_visible()
    assert not page.evaluate("document.querySelector('attach-files').sent")


@pytest.mark.breadth
def test_a_recording_that_still_waits_does_not_go_with_the_next_one(sonia: Person) -> None:
    """The first one could not be sent, and the wallet has no hand for it yet; the second goes at once."""
    page, context, moment = sonia.page, sonia.page.context, begins_online(sonia)
    question = page.url
    sonia.tap("Enregistrer ma voix")
    sonia.speaks_for(0)
    leaves_the_town(context)
    sonia.tap("J’ai fini")
    expect(page.get_by_text("Votre voix est gardée dans ce téléphone.")).to_be_visible()
    assert page.evaluate("dispatchEvent(new Event('beforeunload', { cancelable: true }))"), "nothing keeps her here"
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


@pytest.mark.parametrize("kind", here_and_in_soak("webm", "mp4"))
@pytest.mark.breadth
def test_before_the_first_word_nothing_is_kept_of_her_voice_and_nothing_is_wrong(speaking: Person, kind: str) -> None:
    _a_head_alone_that_her_phone_kept_is_no_reproach(speaking, kind)
    _before_the_first_word_nothing_is_kept(speaking, kind)


def _a_head_alone_that_her_phone_kept_is_no_reproach(speaking: Person, kind: str) -> None:
    """As phones kept it before."""
    moment = begins_online(speaking)
    page, (head, _) = speaking.page, written(kind)
    page.evaluate(CUT, [f"audio/{kind}", list(head)])

    page.reload()

    expect(page.get_by_text("Nous n’avons encore rien entendu.")).to_be_visible()
    comes(lambda: page.evaluate(LEFT) == 0)
    page.goto(moment)
    expect(page.locator("audio")).to_have_count(0)
    expect(page.get_by_text("n’a pas été ajouté")).to_have_count(0)


def _before_the_first_word_nothing_is_kept(speaking: Person, kind: str) -> None:
    """What a recorder gives first is a head alone, in which nothing is said."""
    sonia = speaking
    records(sonia.page.context, kind, b"")
    begins_online(sonia)
    question, page = sonia.page.url, sonia.page
    page.locator("#text").fill("Un client")
    sonia.tap("Enregistrer ma voix")
    expect(page.get_by_text("Votre voix s’enregistre")).to_be_visible()
    page.evaluate(TURNED_AWAY)
    comes(lambda: page.evaluate(LEFT) == 1)
    assert page.evaluate(FILES) == 0

    sonia.tap("J’ai fini")
    expect(page.get_by_text("Nous n’avons encore rien entendu.")).to_be_visible()
    expect(page.get_by_role("button", name="Enregistrer ma voix")).to_be_visible()
    assert not page.evaluate(ASKED), "there is nothing to stay for"
    again = killed(page, question)

    expect(again.locator("#text")).to_have_value("Un client")
    expect(again.get_by_text("Votre texte est gardé.")).to_be_visible()
    expect(again.get_by_text("Votre voix s’est coupée.")).to_be_hidden()
    assert again.evaluate(FILES) == 0


@pytest.mark.breadth
def test_her_recording_ends_by_itself_before_it_is_too_heavy_or_too_long(speaking: Person) -> None:
    records(speaking.page.context, "webm")
    _it_ends_before_it_is_too_heavy(speaking)
    _it_ends_before_it_is_too_long(speaking)


def _it_ends_before_it_is_too_heavy(speaking: Person) -> None:
    """Whatever her browser makes of the rate that it was asked for."""
    sonia, page = speaking, speaking.page
    begins_online(sonia)
    sonia.tap("Enregistrer ma voix")
    sonia.speaks_for(0)

    page.evaluate(
        "(bytes) => { document.querySelector('voice-recorder').weight = () => bytes }", BIGGEST_ATTACHMENT - 1_000_000
    )
    says_more(page)

    page.wait_for_url(lambda url: not url.endswith("/answers/facts"))


def _it_ends_before_it_is_too_long(speaking: Person) -> None:
    """With a word before it, and all that she said is there; though nobody sees the page, and its clock stands still."""
    sonia, page = speaking, speaking.page
    page.clock.install()
    moment = begins_online(sonia)
    sonia.tap("Enregistrer ma voix")
    sonia.speaks_for(0)
    page.clock.fast_forward((LONGEST - 120) * 1000)
    says_more(page)
    expect(page.get_by_text("Votre voix s’enregistre")).to_be_visible()
    comes(lambda: page.evaluate(FILES) == 1)  # every half minute, though she turns away from nothing
    page.clock.fast_forward(61_000)
    expect(page.get_by_text("Il reste moins d’une minute.")).to_be_visible()
    expect(page.locator("voice-recorder [data-clock]:visible")).to_have_text(re.compile(r"^\d+:[0-5]\d$"))
    assert axe(page) == []
    page.evaluate("() => clearInterval(document.querySelector('voice-recorder').clock)")
    page.clock.fast_forward(54_000)
    assert page.evaluate("() => document.querySelector('voice-recorder').recorder.state") == "recording"

    says_more(page)

    page.wait_for_url(lambda url: not url.endswith("/answers/facts"))
    page.goto(moment)
    expect(page.locator("audio")).to_have_count(1)
