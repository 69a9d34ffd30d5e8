"""Kévin scans the code on the poster of his trainer, and his paper, with the camera of his phone; and what if he cannot."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.fixtures.bent_offers import by_value
from tests.fixtures.browser import Phone, axe
from tests.fixtures.cameras import OPEN, SEEN, Camera
from tests.fixtures.carriers import code, picture
from tests.fixtures.served_fablab import ServedFablab
from tests.fixtures.server import Server
from tests.fixtures.strangers import Stranger
from tests.openbadges.support import guild
from tests.stories.ready_phones import with_badges
from tests.stories.taps import ALLOW, PROMISED, Person

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
SMALL = {"device": None, "viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
ALLOWED = {"permissions": ["camera"]}
NATIVE = """window.BarcodeDetector = class {
  static getSupportedFormats() { return Promise.resolve(["qr_code"]) }
  detect(seen) { window.looked = [seen.width, seen.height]; return Promise.resolve([{ rawValue: "%s" }]) }
}"""
"""Android's own detector, which Chromium for Linux has not: the browser's part, not ours."""
BROKEN = """window.BarcodeDetector = class {
  static getSupportedFormats() { return Promise.resolve(["qr_code"]) }
  detect() { return Promise.reject(new DOMException("no service", "NotSupportedError")) }
}"""
DENIES = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '%s'))"
ASKS = "delete navigator.mediaDevices.getUserMedia"
"""The browser's own answer again, which is that nobody allowed it."""
UNSEEN = """() => {
  Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true })
  document.dispatchEvent(new Event("visibilitychange"))
}"""
SEEN_AGAIN = "() => { delete document.visibilityState }"
UNSENT = "() => document.dispatchEvent(new Event('unsent'))"
"""The page is told that no answer came (service-worker-start.js)."""
COME_BACK_TO = "() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"
"""It is come back to as the browser kept it: no browser of the tests keeps one."""
LEFT = "() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))"
TAKEN = "() => document.querySelector('badge-scanner').stream.getVideoTracks()[0].dispatchEvent(new Event('ended'))"
SEES_NOTHING = """() => {
  const scanner = document.querySelector("badge-scanner"), now = performance.now.bind(performance)
  scanner.detector = { detect: async () => [] }
  scanner.look((scanner.turn = {}))
  performance.now = () => now() + 10_000
}"""
"""For ten seconds there is no code in the frame."""
ALLOWS_LATE = """() => {
  const camera = navigator.mediaDevices.getUserMedia
  navigator.mediaDevices.getUserMedia = async (asked) => {
    navigator.mediaDevices.getUserMedia = camera
    const stream = await camera(asked)
    await new Promise((done) => (window.allows = done))
    return stream
  }
}"""
"""The phone asks whether the page may use its camera, and nobody says so until `allows`."""


@pytest.fixture(scope="module")
def browser(seeing: Browser) -> Browser:
    """Every phone here has a camera."""
    return seeing


@pytest.fixture(scope="module")
def server(serve: Callable[..., Server], trainer: Stranger, served_fablab: ServedFablab) -> Server:
    """A wallet that may ask these sites, which are on this machine."""
    allowed = " ".join(f"{one.host}:{one.port}" for one in (trainer, served_fablab))
    return serve(WALLET_FETCH_HTTP="yes", WALLET_FETCH_ALLOW=allowed)


def with_a_wallet(phone: Phone, samples: Path) -> Person:
    phone.context.add_init_script(SEEN)
    return with_badges(phone, samples / "ob3-communiquer-2.png", at="/badges")


@pytest.fixture
def kevin(phones: Phones, server: Server, samples: Path) -> Person:
    """Kévin, with one badge and a key, and a phone on which he allowed the camera."""
    return with_a_wallet(phones(**SMALL, **ALLOWED), samples)


def visitor(phones: Phones, *before: str, **options: object) -> Person:
    """Somebody without a wallet, on the page where codes are scanned."""
    phone = phones(passkeys=False, **SMALL, **options)
    for script in (SEEN, *before):
        phone.context.add_init_script(script)
    phone.page.goto("/badges/scan")
    return Person(phone.page)


@pytest.mark.breadth
def test_kevin_scans_the_poster_of_his_trainer_and_takes_what_the_fablab_offers_by_its_code_and_by_a_link(
    kevin: Person, camera: Camera, trainer: Stranger, served_fablab: ServedFablab
) -> None:
    asked: list[str] = []
    kevin.page.on("request", lambda request: asked.append(request.url))
    camera.aims_at(trainer.address("/badge.json"))

    kevin.tap("Ajouter")
    kevin.find("Scanner un QR code").wait_for()
    assert not [one for one in asked if "/vendor/qr/" in one]
    kevin.tap("Scanner un QR code")
    kevin.reads("C’est fait.")

    assert (kevin.taps + ALLOW, kevin.characters) == (PROMISED["F3e"], 0)
    kevin.reads("Souder")
    fetched = [re.sub(r"\.\w{10}\.", ".", one.rpartition("/")[2]) for one in asked if "/vendor/qr/" in one]
    assert fetched == ["decode.js", "index.js"]
    assert not [one for one in asked if trainer.address("") in one], "the phone itself goes nowhere"

    _begins_to_take_what_the_fablab_offers_by_its_code(kevin, camera, served_fablab)
    kevin.tap("Ajouter")
    kevin.reads("C’est fait.")
    assert (kevin.taps, kevin.characters) == (PROMISED["F3f"], 0)
    _going_back_spends_nothing_again(kevin, served_fablab)

    _begins_to_take_what_the_fablab_offers_by_a_link(kevin, served_fablab)
    kevin.tap("Ajouter")
    kevin.reads("C’est fait.")
    assert (kevin.taps, kevin.characters) == (PROMISED["F3g"], 0)


def _begins_to_take_what_the_fablab_offers_by_its_code(
    kevin: Person, camera: Camera, served_fablab: ServedFablab
) -> None:
    camera.aims_at(by_value(served_fablab.offers("xK41")), share=0.95)
    kevin.page.goto("/badges/new")
    kevin.taps = 0

    kevin.tap("Scanner un QR code")
    kevin.reads("Il vient de 127.0.0.1")
    kevin.reads("« S’adapter »")
    kevin.reads("de « Fablab de Caen »")
    assert "token" not in served_fablab.issuer.asked, "nothing is spent before « Ajouter »"
    kevin.page.reload()


def _going_back_spends_nothing_again(kevin: Person, served_fablab: ServedFablab) -> None:
    kevin.page.go_back()
    kevin.page.wait_for_load_state()
    kevin.page.get_by_role("button", name="Ajouter", exact=True).click()
    kevin.reads("C’est fait.")
    assert served_fablab.issuer.asked.count("token") == 1


def _begins_to_take_what_the_fablab_offers_by_a_link(kevin: Person, served_fablab: ServedFablab) -> None:
    offer = by_value(served_fablab.offers("zP92")).partition("?")[2]
    kevin.page.goto(f"/offre?{offer}")
    kevin.taps = 0

    expect(kevin.page.get_by_role("heading", level=2)).to_have_text("127.0.0.1 vous donne un badge.")
    assert axe(kevin.page) == []
    assert served_fablab.issuer.asked == [], "nobody is asked before « Voir ce badge »"
    kevin.tap("Voir ce badge")


@pytest.mark.breadth
def test_what_is_no_badge_is_said_and_goes_nowhere_a_code_that_leads_to_none_is_told_and_a_paper_opens_all(
    kevin: Person, phones: Phones, camera: Camera, server: Server
) -> None:
    posted: list[str] = []
    kevin.page.on("request", lambda request: request.method == "POST" and posted.append(request.url))
    kevin.page.goto("/badges/new")
    camera.aims_at("WIFI:S:Mission locale;T:WPA;P:bonjour;;")
    kevin.tap("Scanner un QR code")
    said = kevin.page.locator("badge-scanner, paper-scanner").get_by_role("status")
    expect(said).to_have_text("Ce n’est pas le QR code d’un badge. Placez un autre QR code dans le cadre.")
    assert axe(kevin.page) == []

    kevin.page.get_by_role("button", name="Arrêter la caméra").press("Enter")
    expect(said).to_have_text("La caméra est arrêtée.")
    assert kevin.page.evaluate(OPEN) == 0
    expect(kevin.find("Ouvrir la caméra")).to_be_focused()
    camera.aims_at(f"{server.origin}/entry/paper#K7Q2MK7Q2MK7Q2M")
    kevin.page.keyboard.press("Enter")
    expect(said).to_contain_text("C’est un papier de secours, pas un badge.")
    assert posted == []
    expect(kevin.find("Arrêter la caméra")).to_be_focused()

    kevin.page.evaluate(UNSEEN)
    expect(said).to_have_text("La caméra est arrêtée.")
    assert kevin.page.evaluate(OPEN) == 0
    for how in (UNSENT, COME_BACK_TO):
        _what_was_read_and_had_no_answer_may_be_read_again(kevin, how)
    _no_camera_stays_open_behind_what_is_not_seen(kevin)
    _a_code_that_leads_to_none_is_told_and_the_camera_waits(kevin, camera, server)
    _kevin_scans_his_paper_and_types_nothing(kevin, phones, camera, server)


def _what_was_read_and_had_no_answer_may_be_read_again(kevin: Person, how: str) -> None:
    kevin.page.evaluate("""() => {
        const scanner = document.querySelector("badge-scanner")
        scanner.closest("form").submit = () => {}
        for (const text of ["openid4vp:?request_uri=x", "dccrequest:request?x", "haip-vci:?x", "www.exemple.fr/badge/7"])
            if (scanner.take(text)) throw text // of offers and pages, as phones and the server read them
        scanner.take(`${location.origin}/badge#le-mien`)
    }""")
    said = kevin.page.locator("badge-scanner").get_by_role("status")
    expect(said).to_contain_text("Le QR code est lu.")

    kevin.page.evaluate(how)

    expect(said).to_have_text("La caméra est arrêtée.")
    expect(kevin.find("Ouvrir la caméra")).to_be_visible()


def _no_camera_stays_open_behind_what_is_not_seen(kevin: Person) -> None:
    """Be the page gone or in the background when the phone gives it; and whoever loses it to a call is told so."""
    page, said = kevin.page, kevin.page.locator("badge-scanner").get_by_role("status")
    page.evaluate(SEEN_AGAIN)
    page.evaluate(ALLOWS_LATE)
    kevin.find("Ouvrir la caméra").click()
    page.wait_for_function("() => window.allows")
    page.evaluate(UNSEEN)
    page.evaluate("async () => { window.allows(); await new Promise((done) => setTimeout(done)) }")
    assert page.evaluate(OPEN) == 0

    page.evaluate(SEEN_AGAIN)
    for lost, words in (
        (LEFT, "La caméra est arrêtée."),
        (TAKEN, "Une autre appli utilise la caméra. Fermez-la, puis essayez encore."),
    ):
        kevin.find("Ouvrir la caméra").click()
        expect(said).to_contain_text("papier de secours")
        page.evaluate(lost)
        expect(said).to_have_text(words)
        assert page.evaluate(OPEN) == 0


def _a_code_that_leads_to_none_is_told_and_the_camera_waits(kevin: Person, camera: Camera, server: Server) -> None:
    camera.aims_at(f"{server.origin}/help")
    kevin.page.goto("/badges/new")
    kevin.tap("Scanner un QR code")
    kevin.page.wait_for_url("**/badges")

    expect(kevin.page.locator(".problems")).to_be_focused()
    assert kevin.page.title().startswith("Erreur")
    assert kevin.page.evaluate(OPEN) == 0, "it would read the same code again"
    kevin.tap("Scanner un autre QR code")
    kevin.page.wait_for_url("**/badges")


def test_the_detector_of_the_phone_is_asked_first_for_a_small_picture_and_gives_way_to_ours_without_its_service(
    phones: Phones, server: Server, camera: Camera, trainer: Stranger
) -> None:
    """And a badge that is written out in the code is shown before there is a wallet."""
    camera.aims_at("")
    person = visitor(phones, NATIVE % "rien", **ALLOWED)
    expect(person.page.locator("badge-scanner, paper-scanner").get_by_role("status")).to_contain_text(
        "Ce n’est pas le QR code d’un badge."
    )
    assert person.page.evaluate("window.looked") == [640, 640]
    person.page.evaluate(SEES_NOTHING)
    person.reads("Approchez")

    person.page.add_init_script(NATIVE % trainer.address("/badge.json"))
    person.page.reload()
    person.reads("Souder")

    camera.aims_at(trainer.address("/badge.json"))
    person.page.add_init_script(BROKEN)
    _scans_again(person)
    person.reads("Souder")

    subject = {"type": ["AchievementSubject"], "achievement": guild.badge()["credentialSubject"]["achievement"]}
    camera.aims_at(guild.token(guild.badge(credentialSubject=subject, evidence=None)), share=0.95)
    _scans_again(person)
    person.reads("Garder ce badge")
    person.reads("Souder")


def _scans_again(person: Person) -> None:
    """As somebody who was never here."""
    person.page.context.clear_cookies()
    person.page.goto("/badges/scan")


@pytest.mark.breadth
def test_a_camera_that_is_not_to_be_had_is_told_and_a_refused_one_leaves_the_photo(
    phones: Phones, server: Server, camera: Camera, trainer: Stranger
) -> None:
    person = visitor(phones, DENIES % "NotFoundError")
    for problem, words in (
        ("NotReadableError", "Nous ne trouvons pas de caméra ici. Choisissez une photo du QR code."),
        ("", "Une autre appli utilise la caméra. Fermez-la, puis essayez encore."),
    ):
        expect(person.page.locator("badge-scanner, paper-scanner").get_by_role("status")).to_have_text(words)
        expect(person.find("Ouvrir la caméra")).to_be_visible()
        person.page.add_init_script(DENIES % problem if problem else ASKS)
        person.page.reload()

    person.reads("La caméra reste fermée pour cette page.")
    expect(person.page.locator(".button.main:visible")).to_have_text("Prendre le QR code en photo")
    assert axe(person.page) == []
    _a_picture_that_may_be_a_badge_goes_as_it_is(person)
    photo = Image.effect_noise((2800, 2100), 20).convert("RGB")  # more than a phone sends
    photo.paste(code(trainer.address("/badge.json").encode()).resize((630, 630)).rotate(90), (490, 1050))
    with person.page.expect_file_chooser() as chooser:
        person.tap("Prendre le QR code en photo")
    chooser.value.set_files({"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": picture(photo, "JPEG")})

    person.reads("Garder ce badge")
    person.reads("Souder")


def _a_picture_that_may_be_a_badge_goes_as_it_is(person: Person) -> None:
    """What is baked into it would be gone with its size."""
    picker = person.page.locator("file-picker[data-shrinks]")
    picker.evaluate("(one) => (one.input.form.submit = () => (window.sent = one.input.files[0].type))")
    large = picture(Image.effect_noise((1000, 1000), 90).convert("RGB"), "PNG")
    picker.locator("input[type=file]").set_input_files({"name": "1.png", "mimeType": "image/png", "buffer": large})

    person.page.wait_for_function("() => window.sent")
    assert person.page.evaluate("() => window.sent") == "image/png"
    expect(picker.get_by_role("status")).to_have_text("Nous regardons le badge…")
    person.page.evaluate(UNSENT)
    expect(picker.get_by_role("status")).to_have_text("")
    expect(picker.locator("input[type=file]")).to_have_value("")
    picker.evaluate("(one) => { delete one.input.form.submit }")


@pytest.mark.soak  # routes/test_scanning.py reads such a photo; test_fatou_has_no_script.py sends files by the button
def test_without_script_a_photo_is_taken_and_sent_by_a_button(
    phones: Phones, server: Server, trainer: Stranger
) -> None:
    page = phones(passkeys=False, java_script_enabled=False, **SMALL).page
    page.goto("/badges/scan")
    expect(page.locator("badge-scanner")).to_be_hidden()
    shot = picture(code(trainer.address("/badge.json").encode()), "JPEG")
    page.locator("#documents").set_input_files({"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": shot})
    page.get_by_role("button", name="Ajouter").click()

    Person(page).reads("Souder")


def _kevin_scans_his_paper_and_types_nothing(kevin: Person, phones: Phones, camera: Camera, server: Server) -> None:
    asked_for = kevin.page.request.post("/paper", form={"here": "/paper"}, headers={"Origin": server.origin})
    (groups,) = re.findall(r'class="groups">(.*?)</p>', asked_for.text())
    written = re.sub(r"<[^>]*>|\s", "", groups)
    phone = phones(**SMALL, **ALLOWED)
    phone.context.add_init_script(SEEN)
    person, page, asked = Person(phone.page), phone.page, list[str]()
    page.goto("/entry")
    page.on("request", lambda request: asked.append(f"{request.url} {request.post_data or ''}"))
    camera.aims_at("https://exemple.fr/entry/paper#" + written)

    person.tap("J’ai un papier de secours")
    expect(person.find("Prendre mon papier en photo")).to_have_count(0)
    person.tap("Scanner mon papier")
    said = page.locator("badge-scanner, paper-scanner").get_by_role("status")
    expect(said).to_have_text("Ce n’est pas un papier de secours. Placez le QR code de votre papier dans le cadre.")
    person.find("Arrêter la caméra").click()
    camera.aims_at(f"{server.origin}/entry/paper#{written}")
    person.find("Scanner mon papier").click()
    expect(said).to_have_text("Le QR code est lu. Touchez « Ouvrir mes badges ».")
    assert axe(page) == []
    assert page.get_by_label("Le code du papier").input_value().replace(" ", "") == written
    assert page.evaluate(OPEN) == 0
    assert not any(written in one for one in asked), "nothing is sent before « Ouvrir mes badges »"
    expect(person.find("Ouvrir mes badges")).to_be_focused()
    person.tap("Ouvrir mes badges")
    person.confirm_with_a_finger("Créer une clé sur ce téléphone")

    assert person.taps == 6
    page.goto("/badges")
    person.reads("Communiquer")
