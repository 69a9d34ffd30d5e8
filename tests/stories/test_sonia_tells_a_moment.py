"""Sonia tells what she did: by her voice without typing, by five questions, with a photo; and shows it to one employer."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.browser import Phone, axe
from tests.fixtures.photos import CANARY, photo
from tests.fixtures.server import Server
from tests.stories.ready_phones import with_badges
from tests.stories.taps import PROMISED, Person
from tests.stories.voices import heard, speaks
from tests.stories.without_internet import comes_back_to_town

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
SMALL = {"device": None, "viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
FACTS = "Un client était en colère."
AFTERWARDS = ("Qu’avez-vous fait, vous ?", "Qu’est-ce que cela a donné ?", "Qu’avez-vous appris ?", "Relisez")
"""What is asked after each of the four questions that want words."""
"""Taps of a proof, as taps.py promises them for F5."""


@pytest.fixture(scope="module")
def browser(hearing: Browser) -> Browser:
    """Every phone here has a microphone."""
    return hearing


def signed_in(phone: Phone, samples: Path, *names: str) -> Person:
    return with_badges(phone, *(samples / f"{name}.png" for name in names), at="/badges")


@pytest.fixture
def sonia(phones: Phones, server: Server, samples: Path) -> Person:
    """Sonia with a small phone, on the page of her one badge."""
    return signed_in(phones(**SMALL), samples, "ob3-communiquer-2")


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
    expect(sonia.page.get_by_text("Nous vous écoutons.")).to_be_visible()
    sonia.speaks_for(1)
    assert axe(sonia.page) == []
    sonia.tap("J’ai fini")
    heading(sonia.page, "Choisissez une phrase")
    sonia.page.get_by_role("button").first.click()
    sonia.taps += 1
    heading(sonia.page, "Relisez")
    sonia.tap("Garder")

    expect(sonia.page.get_by_text("Personne d’autre ne le voit pour l’instant.").first).to_be_visible()
    assert sonia.taps <= PROMISED["F5"]
    assert sonia.characters == 0
    sound = sonia.page.locator("audio")
    expect(sound).to_be_visible()
    sound.evaluate(
        "sound => new Promise((done, not) => { sound.onloadedmetadata = done; sound.onerror = not; sound.load() })"
    )


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
    assert axe(sonia.page) == []
    page = sonia.page.locator("main").inner_text()
    for words in ("En formation", FACTS, "J’ai écouté.", "J’écoute d’abord.", "Pas encore dit"):
        assert words in page
    sonia.tap("Garder")
    expect(sonia.page.get_by_text("C’est fait.")).to_be_visible()


def test_without_a_script_it_is_told_all_the_same(phones: Phones, server: Server, sonia: Person) -> None:
    reader = phones(passkeys=False, java_script_enabled=False, **SMALL)
    reader.context.add_cookies(sonia.page.context.cookies())
    page = reader.page
    page.goto("/evidence/new")
    page.get_by_role("button", name="À la maison").click()
    page.locator("#text").fill(FACTS)
    page.get_by_role("button", name="Continuer").click()
    heading(page, "Qu’avez-vous fait, vous ?")
    page.go_back()
    expect(page.locator("#text")).to_have_value(FACTS)
    assert page.locator("voice-recorder").is_hidden()
    page.goto(re.sub(r"/answers/.*", "", page.url))
    page.locator("input[type=file]").nth(1).set_input_files(
        {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    )
    page.get_by_role("button", name="Ajouter", exact=True).nth(1).click()
    expect(page.get_by_role("link", name="a.pdf")).to_be_visible()


def test_a_tab_that_is_killed_loses_no_step(sonia: Person) -> None:
    begins(sonia)
    sonia.page.locator("#text").fill(FACTS)
    sonia.tap("Continuer")
    heading(sonia.page, AFTERWARDS[0])
    again = sonia.page.context.new_page()
    sonia.page.close(run_before_unload=False)

    again.goto("/evidence")

    again.get_by_role("link", name=re.compile("À finir")).first.click()
    expect(again.get_by_text(FACTS)).to_be_visible()


def test_whoever_was_signed_out_enters_and_it_is_kept(sonia: Person) -> None:
    begins(sonia)
    sonia.page.locator("#text").fill(FACTS)
    sonia.page.context.clear_cookies()

    sonia.tap("Continuer")

    heading(sonia.page, "Votre texte est encore là.")
    expect(sonia.page.locator("#text")).to_have_value(FACTS)
    assert axe(sonia.page) == []
    sonia.tap("Entrer et garder")
    heading(sonia.page, "Qu’avez-vous fait, vous ?")
    sonia.page.goto("/evidence")
    expect(sonia.page.get_by_text(FACTS)).to_have_count(1)


def test_a_photo_becomes_small_in_the_phone_and_tells_nothing_of_where(
    sonia: Person, server: Server, tmp_path: Path
) -> None:
    from PIL import Image  # noqa: PLC0415

    noise = Image.effect_noise((3000, 2250), 90).convert("RGB")
    large = photo("JPEG", image=noise)
    begins(sonia)
    moment = re.sub(r"/answers/.*", "", sonia.page.url)
    sonia.page.goto(moment)
    sizes = list[int]()
    sonia.page.on(
        "request", lambda sent: sizes.append(len(sent.post_data_buffer or b"")) if sent.method == "POST" else None
    )

    sonia.page.locator("input[accept]").set_input_files({"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": large})

    expect(sonia.page.locator("img[alt^='Photo']")).to_be_visible()
    assert max(sizes) < len(large) * 0.8
    stored = [path.read_bytes() for path in (server.folder / "var").rglob("*") if path.is_file()]
    assert not any(CANARY in content for content in stored)


@pytest.mark.service_worker
def test_a_line_that_is_cut_keeps_the_recording(sonia: Person) -> None:
    begins(sonia)
    sonia.tap("Enregistrer ma voix")
    sonia.speaks_for(1)
    sonia.page.context.set_offline(True)
    sonia.tap("J’ai fini")

    expect(sonia.page.get_by_text("Votre voix est encore là.")).to_be_visible()
    expect(sonia.page.get_by_role("button", name="Envoyer encore")).to_be_visible()
    expect(sonia.page.get_by_text("Votre voix est gardée dans ce téléphone.")).to_be_visible()
    comes_back_to_town(sonia.page)
    expect(sonia.page.get_by_text("C’est envoyé.")).to_be_visible()
    expect(sonia.page.get_by_role("button", name="Envoyer encore")).to_be_hidden()
    sonia.tap("Voir mon moment")

    heading(sonia.page, "Choisissez une phrase")


def test_a_recording_is_sent_again_by_hand_where_nothing_can_be_kept(sonia: Person) -> None:
    sonia.page.add_init_script("indexedDB.open = () => { throw new DOMException('', 'SecurityError') }")
    begins(sonia)
    sonia.tap("Enregistrer ma voix")
    sonia.speaks_for(1)
    sonia.page.context.set_offline(True)
    sonia.tap("J’ai fini")
    expect(sonia.page.get_by_text("Ne fermez pas cette page.")).to_be_visible()
    sonia.page.context.set_offline(False)
    sonia.tap("Envoyer encore")

    heading(sonia.page, "Choisissez une phrase")


def test_a_phone_that_cannot_play_a_sound_says_so(sonia: Person) -> None:
    begins(sonia)
    sonia.tap("Enregistrer ma voix")
    sonia.speaks_for(1)
    sonia.tap("J’ai fini")
    heading(sonia.page, "Choisissez une phrase")
    moment = re.sub(r"/answers/.*", "", sonia.page.url)
    sonia.page.add_init_script("HTMLMediaElement.prototype.canPlayType = () => ''")

    sonia.page.goto(moment)

    expect(sonia.page.get_by_text("Ce téléphone ne sait pas lire ce son.")).to_be_visible()
    expect(sonia.page.locator("audio")).to_be_hidden()


def test_a_question_and_ones_own_text_are_read_aloud(sonia: Person) -> None:
    """What is spoken is heard before it reaches the phone's own voice, of which this browser has none."""
    speaks(sonia.page, "fr-FR")
    begins(sonia)
    sonia.tap("Lire à voix haute")
    assert heard(sonia.page)[0][:2] == ["fr", "Que s’est-il passé\u00a0?"]
    sonia.page.locator("#text").fill(FACTS)
    sonia.tap("Continuer")
    heading(sonia.page, AFTERWARDS[0])
    sonia.page.goto(re.sub(r"/answers/.*", "", sonia.page.url))
    sonia.tap("Écouter mon texte")
    assert FACTS in heard(sonia.page)[0][1]


def test_a_closed_microphone_is_told(phones: Phones, server: Server, sonia: Person) -> None:
    sonia.page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))"
    )
    begins(sonia)
    sonia.tap("Enregistrer ma voix")

    expect(sonia.page.get_by_text("Le micro est fermé.")).to_be_visible()
    expect(sonia.page.get_by_role("button", name="Enregistrer ma voix")).to_be_visible()


def test_what_was_told_for_one_employer_is_not_shown_to_another(sonia: Person, phones: Phones) -> None:
    begins(sonia)
    sonia.page.locator("#text").fill(FACTS)
    sonia.tap("Continuer")
    heading(sonia.page, AFTERWARDS[0])
    moment = re.sub(r"/answers/.*", "", sonia.page.url)
    sonia.page.goto(moment)
    sonia.tap("Garder")
    links = []
    for ticks in (True, False):
        sonia.page.goto("/shares/new")
        box = sonia.page.locator("label", has_text="Montrer aussi ce que j’ai raconté")
        if sonia.page.locator("input[name=moment]").is_checked() != ticks:
            box.click()
        sonia.tap("Créer le code")
        links.append("http://" + re.sub(r"\s", "", sonia.page.locator("#address").inner_text()))

    yann = phones(passkeys=False, java_script_enabled=False).page
    yann.goto(links[0])
    yann.locator("summary", has_text="Ce que raconte").click()
    expect(yann.get_by_text(FACTS)).to_be_visible()
    expect(yann.get_by_text("Ce texte n’a pas été vérifié.")).to_be_visible()
    yann.goto(links[1])
    assert FACTS not in yann.content()
