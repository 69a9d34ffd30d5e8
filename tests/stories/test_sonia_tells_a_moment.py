"""Sonia tells what she did: by her voice without typing, by five questions, with a photo; and shows it to one employer."""

import re
import secrets
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, FilePayload, Page, Route, expect

from tests.fixtures.browser import Phone, axe
from tests.fixtures.photos import CANARY, corners, photo
from tests.fixtures.server import Server
from tests.stories.ready_phones import with_badges
from tests.stories.taps import PROMISED, Person
from tests.stories.test_sonia_tells_in_the_bus import OURS, badge_of
from tests.stories.test_sonia_tells_in_the_bus import begins as begins_at_once
from tests.stories.voices import heard, speaks
from tests.stories.without_internet import comes, comes_back_to_town

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
SMALL = {"device": None, "viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
FACTS = "Un client était en colère."
MISSPELT = "Elle parlait pas bien francais. Alors j ai montré à 2 m à gauche, jusqu a midi. A t elle compris\u202f? OUI, TRES BIEN. Merci contact@hotel-du-port.fr, l hotel-du-port.fr"
CORRECTIONS = ["j ai → j’ai", "jusqu a → jusqu’à", "l hotel → l’hotel", "francais → français", "TRES → TRÈS"]
DRAFTS = "async () => (await document.querySelector('draft-sender').store.list()).length"
NEWEST = "async () => (await document.querySelector('draft-sender').store.list()).at(-1)"
AFTERWARDS = ("Qu’avez-vous fait, vous ?", "Qu’est-ce que cela a donné ?", "Qu’avez-vous appris ?", "Relisez")
"""What is asked after each of the four questions that want words."""
"""Taps of a proof, as taps.py promises them for F5."""


@pytest.fixture(scope="module")
def browser(hearing: Browser) -> Browser:
    """Every phone here has a microphone."""
    return hearing


@pytest.fixture
def sonia(phones: Phones, server: Server, samples: Path) -> Person:
    """Sonia with a small phone, on the page of her one badge."""
    return with_badges(phones(**SMALL), samples / "ob3-communiquer-2.png", at="/badges")


@pytest.fixture
def at_home(phones: Phones, server: Server, samples: Path) -> Person:
    """Sonia with a small phone, which shows nothing as yet."""
    return with_badges(phones(**SMALL), samples / "ob3-communiquer-2.png", at="")


def begins(sonia: Person, where: str = "Au travail") -> None:
    """« Racontez un moment vécu », and where it was: two taps."""
    sonia.page.get_by_role("link", name="Racontez un moment vécu").click()
    sonia.taps += 1
    heading(sonia.page, "C’était où ?")
    sonia.tap(where)
    heading(sonia.page, "Que s’est-il passé ?")


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1, name=words)).to_be_visible()


def test_a_proof_by_voice_without_a_letter_typed(sonia: Person, server: Server) -> None:
    begins(sonia)
    sonia.tap("Enregistrer ma voix")
    expect(sonia.page.get_by_text("Votre voix s’enregistre")).to_be_visible()
    sonia.speaks_for(1)
    assert axe(sonia.page) == []
    asked = sonia.page.evaluate("() => document.querySelector('voice-recorder').recorder.audioBitsPerSecond")
    assert asked == 32_000, "ten minutes are two megabytes"
    sonia.tap("J’ai fini")
    heading(sonia.page, "Réécoutez-vous")
    assert axe(sonia.page) == []
    sonia.tap("J’ai tout dit")
    heading(sonia.page, "Choisissez une phrase")
    sonia.page.get_by_role("button").first.click()
    sonia.taps += 1
    heading(sonia.page, "Relisez")
    sonia.tap("Garder")

    expect(sonia.page.get_by_text("Personne d’autre ne le voit pour l’instant.").first).to_be_visible()
    assert sonia.taps <= PROMISED["F5"]
    assert sonia.characters == 0
    expect(sonia.page.get_by_role("button", name="Écouter ma voix")).to_be_visible()
    sonia.page.locator("audio").evaluate(
        "sound => new Promise((done, not) => { sound.onloadedmetadata = done; sound.onerror = not; sound.load() })"
    )
    moment = urlsplit(sonia.page.url).path
    assert re.fullmatch(r"/evidence/\d+", moment)
    _a_phone_that_cannot_play_a_sound_says_so(sonia, moment)
    _a_closed_microphone_is_told(sonia, moment)


def _a_phone_that_cannot_play_a_sound_says_so(sonia: Person, moment: str) -> None:
    sonia.page.add_init_script("HTMLMediaElement.prototype.canPlayType = () => ''")

    sonia.page.goto(moment)

    expect(sonia.page.get_by_text("Ce navigateur ne sait pas lire ce son.")).to_be_visible()
    expect(sonia.page.get_by_role("button", name="Écouter ma voix")).to_be_hidden()


TAKEN = """() => {
  const microphone = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  window.begun = window.given = 0
  navigator.mediaDevices.getUserMedia = (asked) => (window.given++, microphone(asked))
  MediaRecorder.prototype.start = () => {
    window.begun += 1
    throw new DOMException("", "NotSupportedError")
  }
}"""
"""A call comes between the microphone that was given and the first word."""


def _a_closed_microphone_is_told(sonia: Person, moment: str) -> None:
    sonia.page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))"
    )
    sonia.page.goto(f"{moment}/answers/me")
    sonia.tap("Enregistrer ma voix")

    expect(sonia.page.get_by_text("Le micro est fermé.")).to_be_visible()
    expect(sonia.page.get_by_role("button", name="Enregistrer ma voix")).to_be_visible()
    _a_microphone_that_a_call_takes_as_soon_as_it_is_given_is_told_and_let_go(sonia, moment)


def _a_microphone_that_a_call_takes_as_soon_as_it_is_given_is_told_and_let_go(sonia: Person, moment: str) -> None:
    """The button is good to be touched again."""
    page = sonia.page.context.new_page()
    page.goto(f"{moment}/answers/me")
    page.evaluate(TAKEN)
    record = page.get_by_role("button", name="Enregistrer ma voix")
    for times in (1, 2):
        record.click()

        expect(page.get_by_text("Une autre appli utilise le micro.")).to_be_visible()
        page.wait_for_function("(times) => window.begun === times", arg=times)
        assert not page.evaluate("() => document.querySelector('voice-recorder').stream.active")
    record.evaluate("(button) => { button.click(); button.click() }")
    page.wait_for_function("() => window.begun === 3 && !document.querySelector('voice-recorder').busy")
    assert page.evaluate("() => window.given") == 3, "a microphone that was given twice would stay open"


@pytest.mark.breadth
def test_d4_she_hears_herself_says_it_again_and_the_next_question_follows(at_home: Person) -> None:
    begins_at_once(at_home)
    page = at_home.page
    at_home.tap("Enregistrer ma voix")
    at_home.speaks_for(0)
    at_home.tap("J’ai fini")
    heading(page, "Réécoutez-vous")
    expect(page.get_by_text("Question 2 sur 5")).to_be_visible()
    play = page.get_by_role("button", name="Écouter ma voix")
    page.context.set_offline(True)
    play.click()
    expect(page.get_by_text("Internet est coupé. Touchez le bouton pour recommencer.")).to_be_visible()
    expect(page.get_by_text("Ce navigateur ne sait pas lire")).to_be_hidden()
    page.context.set_offline(False)
    play.click()
    expect(page.get_by_text("Internet est coupé.")).to_be_hidden()
    expect(play).to_have_attribute("aria-pressed", "true")

    at_home.tap("Recommencer")
    at_home.speaks_for(0)
    expect(page.get_by_role("link", name="Garder et continuer")).to_be_hidden()
    at_home.tap("J’ai fini")
    expect(page.get_by_text("Votre nouvelle voix remplace l’ancienne.")).to_be_visible()
    at_home.tap("Garder et continuer")

    heading(page, AFTERWARDS[0])
    page.goto(re.sub(r"/answers/.*", "", page.url))
    expect(page.locator("audio")).to_have_count(1)
    expect(page.get_by_text("Pas encore dit")).to_have_count(0)


@pytest.mark.breadth
def test_what_is_not_finished_is_one_card_and_whoever_was_signed_out_enters_and_it_is_kept(at_home: Person) -> None:
    _d12_what_is_not_finished_is_one_card(at_home)
    _whoever_was_signed_out_enters_and_it_is_kept(at_home)


def _d12_what_is_not_finished_is_one_card(at_home: Person) -> None:
    """The tab is closed in question 2: her phone has the text, and the wallet a moment in which nothing is said."""
    begins_at_once(at_home)
    page = at_home.page
    page.locator("#text").fill(FACTS)
    comes(lambda: page.evaluate(DRAFTS) == 1)
    page.goto("/evidence")

    expect(page.get_by_text(FACTS)).to_be_visible()
    expect(page.locator(".moment:visible")).to_have_count(1)
    expect(page.locator(".moment:visible").get_by_text("Au travail")).to_be_visible()
    page.locator(".moment:visible summary").click()
    page.get_by_role("button", name="Enlever ce texte").click()
    expect(page.locator(".moment:visible")).to_have_count(1)
    expect(page.get_by_text("Pas encore commencé")).to_be_visible()


def test_a_proof_by_five_questions_one_of_them_skipped(sonia: Person) -> None:
    begins(sonia, "En formation")
    for words, following in zip((FACTS, "J’ai écouté.", None, "J’écoute d’abord."), AFTERWARDS, strict=True):
        if words is None:
            sonia.tap("Passer cette question")
        else:
            sonia.page.locator("#text").fill(words)
            sonia.tap("Continuer")
        heading(sonia.page, following)
    heading(sonia.page, "Relisez")
    page = sonia.page.locator("main").inner_text()
    for words in ("En formation", FACTS, "J’ai écouté.", "J’écoute d’abord.", "Vous pouvez en dire plus"):
        assert words in page
    sonia.tap("Garder")
    expect(sonia.page.get_by_text("C’est raconté")).to_be_visible()


@pytest.mark.soak  # test_sonia_tells_in_the_bus.py ends the tab under a question and finds the text again, each time
def test_a_tab_that_is_killed_loses_no_step(at_home: Person) -> None:
    begins_at_once(at_home)
    at_home.page.locator("#text").fill(FACTS)
    at_home.tap("Continuer")
    heading(at_home.page, AFTERWARDS[0])
    again = at_home.page.context.new_page()
    at_home.page.close(run_before_unload=False)

    again.goto("/evidence")

    again.get_by_role("link", name=re.compile("À finir")).first.click()
    expect(again.get_by_text(FACTS)).to_be_visible()


def _whoever_was_signed_out_enters_and_it_is_kept(at_home: Person) -> None:
    begins_at_once(at_home)
    at_home.page.locator("#text").fill(FACTS)
    at_home.page.context.clear_cookies()

    at_home.tap("Continuer")

    heading(at_home.page, "Votre texte est encore là.")
    expect(at_home.page.locator("#text")).to_have_value(FACTS)
    assert axe(at_home.page) == []
    at_home.page.locator("#text").fill(f"{FACTS} Encore.")
    at_home.tap("Ouvrir mes badges et garder")
    heading(at_home.page, "Qu’avez-vous fait, vous ?")
    comes(lambda: at_home.page.evaluate("async () => await document.querySelector('draft-sender').store.count()") == 0)
    at_home.page.goto("/evidence")
    expect(at_home.page.get_by_text(f"{FACTS} Encore.")).to_have_count(1)


@pytest.mark.breadth
def test_a_photo_becomes_small_in_the_phone_and_tells_nothing_of_where(
    at_home: Person, server: Server, tmp_path: Path
) -> None:
    from PIL import Image  # noqa: PLC0415

    noise = Image.effect_noise((3000, 2250), 90).convert("RGB")
    large = photo("JPEG", image=noise)
    begins_at_once(at_home)
    moment = re.sub(r"/answers/.*", "", at_home.page.url)
    at_home.page.goto(moment)
    sizes = list[int]()
    at_home.page.on(
        "request", lambda sent: sizes.append(len(sent.post_data_buffer or b"")) if sent.method == "POST" else None
    )

    (taken := tmp_path / "IMG.jpg").write_bytes(large)
    at_home.page.locator("input[accept]").set_input_files(taken)

    expect(at_home.page.locator("img[alt^='Photo']")).to_be_visible()
    assert max(sizes) < len(large) * 0.8
    stored = [path.read_bytes() for path in (server.folder / "var").rglob("*") if path.is_file()]
    assert not any(CANARY in content for content in stored)

    for how in COMES_BACK_TO, UNSENT:
        assert at_home.page.evaluate(IS_SENT_AND, how) is False, "another photo may be chosen"
    at_home.page.locator("attach-files:has([accept])").evaluate("(one) => (one.dataset.heaviest = 10)")
    at_home.page.locator("input[accept]").set_input_files(taken)
    expect(at_home.page.get_by_text("C’est trop lourd.").first).to_be_visible()
    at_home.page.reload()
    at_home.page.evaluate(NO_LISTS)
    at_home.page.locator("input[accept]").set_input_files(
        {"name": "2.jpg", "mimeType": "image/jpeg", "buffer": photo("JPEG")}
    )
    expect(at_home.page.locator("img[alt^='Photo']")).to_have_count(2)


@pytest.mark.breadth
def test_what_shines_through_in_a_picture_is_white_when_the_phone_makes_it_smaller(at_home: Person) -> None:
    """Black letters on a clear ground were black on black, and the picture itself was kept nowhere."""
    from PIL import Image  # noqa: PLC0415

    clear = Image.effect_noise((900, 900), 90).convert("RGBA")
    clear.putalpha(0)
    begins_at_once(at_home)
    at_home.page.goto(re.sub(r"/answers/.*", "", at_home.page.url))
    at_home.page.evaluate(IS_MADE)
    taken = FilePayload(name="1.png", mimeType="image/png", buffer=photo("PNG", image=clear))
    at_home.page.locator("input[accept]").set_input_files(taken)
    at_home.page.wait_for_function("() => window.made")
    assert at_home.page.evaluate("() => window.made") == list(clear.size), "and none becomes larger"
    at_home.page.locator("input[accept]").set_input_files(taken)

    shown = at_home.page.locator("img[alt^='Photo']")
    expect(shown).to_be_visible()
    kept = at_home.page.context.request.get(str(shown.evaluate("(one) => one.src"))).body()
    assert corners(Image.open(BytesIO(kept)))[0] == (255, 255, 255)


IS_MADE = """() => addEventListener("photos", async (event) => {
  event.preventDefault()
  const { width, height } = await createImageBitmap(event.detail[0])
  window.made = [width, height]
}, { once: true })"""
"""How large the next photo is that the phone has made smaller; that one is not sent."""
IS_SENT_AND = """([where, name]) => {
  const files = document.querySelector("attach-files")
  files.sent = true
  window[where].dispatchEvent(new PageTransitionEvent(name, { persisted: true }))
  return files.sent
}"""
"""A photo was sent, and then: whether it is still on its way."""
COMES_BACK_TO = ("window", "pageshow")
"""The page is come back to as the browser kept it."""
UNSENT = ("document", "unsent")
"""No answer came (service-worker-start.js)."""
NO_LISTS = '() => { window.DataTransfer = class { constructor() { throw new TypeError("Illegal constructor") } } }'
"""As Safari has it before 14.1."""


def speaks_and_is_cut_off(person: Person, text: str = "") -> None:
    """There is no internet any more when it is said; what was typed beside it is *text*."""
    begins_at_once(person)
    person.page.locator("#text").fill(text)
    person.tap("Enregistrer ma voix")
    person.speaks_for(1)
    person.page.context.set_offline(True)
    person.tap("J’ai fini")


@pytest.mark.service_worker
@pytest.mark.breadth
def test_a_line_that_is_cut_keeps_the_recording(at_home: Person) -> None:
    speaks_and_is_cut_off(at_home, FACTS)

    expect(at_home.page.get_by_text("Votre voix est encore là.")).to_be_visible()
    expect(at_home.page.get_by_role("button", name="Envoyer encore")).to_be_visible()
    expect(at_home.page.get_by_text("Votre voix est gardée dans ce téléphone.")).to_be_visible()
    comes_back_to_town(at_home.page)
    expect(at_home.page.get_by_text("C’est envoyé.")).to_be_visible()
    expect(at_home.page.get_by_role("button", name="Envoyer encore")).to_be_hidden()
    _what_she_types_next_goes_without_what_was_sent(at_home.page)
    at_home.tap("Voir mon moment")

    heading(at_home.page, "Réécoutez-vous")


def _what_she_types_next_goes_without_what_was_sent(page: Page) -> None:
    """A voice whose bytes are gone from the phone would be told as missing. And her text, as it was sent, waits no more."""
    page.locator("#text").fill(f"{FACTS} Il est parti.")
    comes(lambda: page.evaluate(DRAFTS) == 1)
    assert page.evaluate(NEWEST)["files"] == []

    page.locator("#text").fill(FACTS)

    comes(lambda: page.evaluate(DRAFTS) == 0)


@pytest.mark.breadth
def test_a_recording_is_sent_again_by_hand_where_nothing_can_be_kept(at_home: Person) -> None:
    at_home.page.add_init_script("indexedDB.open = () => { throw new DOMException('', 'SecurityError') }")
    speaks_and_is_cut_off(at_home)
    expect(at_home.page.get_by_text("Ne fermez pas cette page.")).to_be_visible()
    at_home.page.context.set_offline(False)
    at_home.tap("Envoyer encore")

    heading(at_home.page, "Réécoutez-vous")
    at_home.tap("Garder et continuer")
    heading(at_home.page, AFTERWARDS[0])
    at_home.page.locator("#text").fill(FACTS)
    at_home.tap("Continuer")
    heading(at_home.page, AFTERWARDS[1])


@pytest.mark.breadth
def test_a_question_and_ones_own_text_are_read_aloud_and_no_word_is_corrected_unasked(at_home: Person) -> None:
    """What is spoken is heard before it reaches the phone's own voice, of which this browser has none."""
    speaks(at_home.page, "fr-FR")
    begins_at_once(at_home)
    at_home.tap("Lire à voix haute")
    assert heard(at_home.page)[0][:2] == ["fr", "Que s’est-il passé\u00a0?"]
    at_home.page.locator("#text").fill(MISSPELT)
    at_home.tap("Continuer")
    heading(at_home.page, AFTERWARDS[0])
    at_home.page.goto(re.sub(r"/answers/.*", "", at_home.page.url))
    at_home.tap("Écouter mon texte")
    assert MISSPELT in " ".join(words for _, words, _ in heard(at_home.page))
    _her_phone_finds_words_to_correct_and_changes_none_unasked(at_home)


def _her_phone_finds_words_to_correct_and_changes_none_unasked(at_home: Person) -> None:
    page = at_home.page
    expect(page.get_by_text("5 mots à corriger")).to_be_visible()
    expect(page.locator("#story")).to_have_text(MISSPELT)
    expect(page.locator("word-corrections .pairs li")).to_have_text(CORRECTIONS)
    at_home.tap("Laisser")
    expect(page.get_by_text("à corriger")).to_be_hidden()
    page.reload()
    page.wait_for_function("() => document.querySelector('word-corrections').changed?.length")
    expect(page.get_by_text("à corriger")).to_be_hidden()  # as long as it is the same text, in this tab
    page.evaluate("() => sessionStorage.removeItem('left')")
    page.reload()
    for status, words in (503, "Le service ne répond pas."), (200, "Internet est coupé."):  # it was cut short
        page.context.route("**/answers/facts", partial(_answers, status))
        at_home.tap("Corriger")
        expect(page.locator("word-corrections").get_by_text(words)).to_be_visible()
        page.context.unroute("**/answers/facts")
    page.context.route("**/answers/facts", partial(_answers, 401))
    with page.expect_navigation(url=page.url):  # which tells whoever is signed out that they are
        at_home.tap("Corriger")
    page.context.unroute("**/answers/facts")

    at_home.tap("Corriger")

    expect(page.locator("#story")).to_have_text(
        "Elle parlait pas bien français. Alors j’ai montré à 2 m à gauche, jusqu’à midi. A t elle compris\u202f? OUI, TRÈS BIEN. "
        "Merci contact@hotel-du-port.fr, l’hotel-du-port.fr"
    )
    expect(page.get_by_text("à corriger")).to_be_hidden()
    _a_text_of_another_window_is_told_where_words_were_corrected(at_home)


def _answers(status: int, route: Route) -> None:
    route.fulfill(status=status, body='{"at": "/evi')


def _a_text_of_another_window_is_told_where_words_were_corrected(at_home: Person) -> None:
    """And what she told under another question is corrected all the same."""
    page, moment = at_home.page, urlsplit(at_home.page.url).path

    def writes(text: str, question: str = "facts") -> None:
        form = {"text": text, "key": secrets.token_hex(16)}
        page.request.post(f"{moment}/answers/{question}", form=form, headers=OURS)

    writes("Un client parlait francais.")
    page.goto(moment)
    expect(page.get_by_text("1 mot à corriger")).to_be_visible()
    writes("J’ai deja vu ça.", "me")
    page.reload()
    expect(page.get_by_text("2 mots à corriger")).to_be_visible()
    writes(FACTS)

    at_home.tap("Corriger")

    at_home.reads("Ce texte a été changé dans une autre fenêtre.")
    at_home.reads(FACTS)
    page.goto(moment)
    at_home.reads("J’ai déjà vu ça.")


@pytest.mark.soak  # routes/test_evidence_snapshots.py: what is told is shown to the one it was chosen for
def test_what_was_told_for_one_employer_is_not_shown_to_another(at_home: Person, phones: Phones) -> None:
    begins_at_once(at_home, badge=badge_of(at_home))
    at_home.page.locator("#text").fill(FACTS)
    at_home.tap("Continuer")
    heading(at_home.page, AFTERWARDS[0])
    moment = re.sub(r"/answers/.*", "", at_home.page.url)
    at_home.page.goto(moment)
    at_home.tap("Garder")
    links = []
    for ticks in (True, False):
        at_home.page.goto("/shares/new")
        box = at_home.page.locator("label", has_text="Montrer aussi ce que j’ai raconté")
        if at_home.page.locator("input[name=moment]").is_checked() != ticks:
            box.click()
        at_home.tap("Créer le QR code")
        links.append("http://" + re.sub(r"\s", "", at_home.page.locator("#address").inner_text()))

    yann = phones(passkeys=False, java_script_enabled=False).page
    yann.goto(links[0])
    expect(yann.get_by_text(FACTS)).to_be_visible()
    expect(yann.get_by_text("Personne ne les a vérifiés.")).to_be_visible()
    yann.goto(links[1])
    assert FACTS not in yann.content()
