"""Kévin lost his phone and has his paper; an old phone has nothing but the paper; a thief with the paper is stopped."""

from collections.abc import Callable
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.fixtures.browser import Phone, axe
from tests.fixtures.server import Server
from tests.stories.contents import badges_of
from tests.stories.ready_phones import with_badges
from tests.stories.taps import PROMISED, Person
from wallet.accounts import crockford

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
PRINTED = {"width": 703, "height": 1032}
"""CSS pixels of an A4 page within its margins."""
TOLD_OF_EACH = """(codes) => codes.map((code) => {
  const field = document.querySelector("#code.code-typed")
  field.value = code
  field.dispatchEvent(new InputEvent("input", { bubbles: true }))
  return document.querySelector("paper-code .live").innerText
})"""
"""What the page says of each of these codes as soon as it is typed."""
BETWEEN = (" ", "\u2011", "\u2012", "_", "\u00ad", "\u200b", "\u2069\u2068")
"""What stands between the groups of a code: a space, dashes, marks that nobody sees, as where it was pasted."""
A4 = (595, 842)
"""Points."""


def keep_two_badges(phone: Phone, samples: Path, at: str = "/badges") -> Person:
    """A holder, on the page of their badges, or *at* another one."""
    return with_badges(phone, samples / "ob3-organiser-2.png", samples / "ob3-communiquer-2.png", at=at)


def code_on(page: Page) -> str:
    """What one reads off the paper."""
    return page.locator(".groups").inner_text()


def make_a_paper(person: Person) -> str:
    """From the quiet row to the paper: its code as it stands there. One thing is offered at a time, the home screen first."""
    if person.find("Plus tard").is_visible():
        person.tap("Plus tard")
    person.tap("Gardez un papier de secours")
    person.tap("Faire mon papier")
    person.reads("Mon papier de secours")
    return code_on(person.page)


def takes_a_paper(person: Person) -> str:
    """The same, from the page of the paper on."""
    person.page.goto("/paper")
    person.tap("Faire mon papier")
    person.reads("Mon papier de secours")
    return code_on(person.page)


def scan(page: Page, picture: Path) -> str:
    """The address that a phone's camera reads off what *page* shows now."""
    page.screenshot(path=picture, full_page=True)
    (code,) = zxingcpp.read_barcodes(Image.open(picture), formats=zxingcpp.BarcodeFormat.QRCode)
    return code.text


def names(page: Page) -> list[str]:
    """The badges of the wallet."""
    page.goto("/badges")
    return sorted(page.locator(".patch .name").all_inner_texts())


@pytest.fixture
def kevin(phone: Phone, server: Server, samples: Path) -> Person:
    """Kévin, with two badges and a key on his phone."""
    return keep_two_badges(phone, samples, at="")


@pytest.mark.breadth
def test_the_paper_is_one_a4_page_and_kevin_scans_it_with_a_new_phone(
    kevin: Person, phones: Phones, server: Server, tmp_path: Path
) -> None:
    kevin.page.goto("/badges")
    code = make_a_paper(kevin)
    address = scan(kevin.page, tmp_path / "paper.png")
    assert address == f"{server.origin}/entry/paper#{''.join(code.split())}"
    _is_one_a4_page(kevin.page, code, tmp_path)
    asked: list[str] = []
    phone = phones()
    person = Person(phone.page)
    phone.page.on("request", lambda request: asked.append(request.url))

    phone.page.goto(address)
    expect(phone.page.get_by_label("Le code du papier")).to_have_value(code.replace("\n", " "))
    assert phone.page.url == f"{server.origin}/entry/paper"
    expect(phone.page.locator(".pictured")).to_be_hidden()  # one thing is left to do
    expect(person.find("Ouvrir mes badges")).to_have_class("button main")
    phone.page.get_by_label("Le code du papier").fill("")
    phone.page.evaluate("(address) => location.assign(address)", address)  # scanned once more while the page is open
    expect(phone.page.get_by_label("Le code du papier")).to_have_value(code.replace("\n", " "))
    assert phone.page.evaluate("() => location.hash") == ""
    person.tap("Ouvrir mes badges")
    person.reads("Vous revoilà")
    person.confirm_with_a_finger("Créer une clé sur ce téléphone")

    assert person.taps <= 5
    assert badges_of(person) == badges_of(kevin)
    assert len(names(phone.page)) == 2
    assert not any(crockford.as_typed_meant(code)[:10] in url for url in asked), (
        "the code is in no address that is asked for"
    )


def _is_one_a4_page(paper: Page, code: str, tmp_path: Path) -> None:
    """And the code is read off it."""
    paper.pdf(path=tmp_path / "paper.pdf", prefer_css_page_size=True)
    paper.emulate_media(media="print")
    paper.set_viewport_size(PRINTED)

    address = scan(paper, tmp_path / "paper.png")

    assert address.endswith("".join(code.split()))
    (sheet,) = PdfReader(tmp_path / "paper.pdf").pages
    assert (round(sheet.mediabox.width), round(sheet.mediabox.height)) == A4
    text = sheet.extract_text()
    assert all(group in text for group in code.split())
    assert "Pliez ici." in text
    for for_the_screen in ("Garder l’image", "Imprimer", "Aide", "Badges\n", "montré une seule fois"):
        assert for_the_screen not in text


@pytest.mark.breadth
def test_with_a_browser_that_knows_no_camera_a_picture_of_the_paper_opens_all_in_five_taps_until_kevin_stops_it(
    kevin: Person, phones: Phones, server: Server, samples: Path, tmp_path: Path
) -> None:
    """A photo that he takes, or one that somebody has: it is the same way. The wrong one is told."""
    takes_a_paper(kevin)
    with kevin.page.expect_download() as kept:
        kevin.tap("Garder l’image")
    assert kept.value.suggested_filename == "papier-de-secours.png"
    kept.value.save_as(tmp_path / "paper.png")
    phone = phones()
    phone.page.add_init_script("delete Navigator.prototype.mediaDevices")
    person = Person(phone.page)
    phone.page.goto("/entry/paper")
    person.choose("Choisir l’image", samples / "ob3-organiser-2.png")
    person.reads("Nous ne trouvons pas de QR code dans cette image.")
    phone.page.goto("/entry")
    person.taps = 0

    person.tap("J’ai un papier de secours")
    with phone.page.expect_file_chooser() as camera:
        person.tap("Prendre mon papier en photo")
    with phone.page.expect_navigation():
        camera.value.set_files(tmp_path / "paper.png")
    person.confirm_with_a_finger("Créer une clé sur ce téléphone")

    assert (person.taps, person.characters) == (PROMISED["F11b"], 0)
    assert len(names(phone.page)) == 2
    _it_is_stopped_from_the_old_phone(kevin, person)


def _it_is_stopped_from_the_old_phone(kevin: Person, thief: Person) -> None:
    kevin.taps = 0
    kevin.page.goto("/badges")
    kevin.reads("Votre papier de secours a servi")

    kevin.tap("Non, arrêter")

    kevin.reads("Le papier n’ouvre plus rien.")
    assert kevin.taps == 1
    assert is_out(thief)
    assert len(names(kevin.page)) == 2


@pytest.mark.breadth
def test_kevin_types_his_code_is_told_of_one_wrong_sign_and_says_on_his_own_phone_that_it_was_him(
    kevin: Person, phones: Phones, server: Server
) -> None:
    code = takes_a_paper(kevin)
    groups = code.split()
    wrong = groups[2][:2] + ("7" if groups[2][2] != "7" else "8") + groups[2][3:]
    phone = phones()
    person = Person(phone.page)
    phone.page.goto("/entry/paper")
    field, said = phone.page.get_by_label("Le code du papier"), phone.page.locator("paper-code .live")

    field.press_sequentially(" ".join([*groups[:2], wrong[:4]]).lower())
    expect(said).to_have_text("")
    field.press_sequentially(wrong[4].lower())
    expect(said).to_have_text(f"Le groupe 3 a une faute. ({wrong})")
    person.tap("Ouvrir mes badges")
    expect(phone.page.get_by_role("group", name="Le groupe 3 a une faute.")).to_be_visible()
    expect(field).to_have_value(" ".join([*groups[:2], wrong]).lower())
    assert axe(phone.page) == []

    field.fill("-".join(groups[:1]))
    expect(said).to_have_text("")
    field.fill("".join(groups))
    expect(said).to_have_text("")
    person.tap("Ouvrir mes badges")

    person.reads("Vous revoilà")
    person.confirm_with_a_finger("Créer une clé sur ce téléphone")
    assert len(names(phone.page)) == 2
    _he_says_on_his_own_phone_that_it_was_him_and_the_alarm_is_gone(kevin, person)


def _he_says_on_his_own_phone_that_it_was_him_and_the_alarm_is_gone(kevin: Person, again: Person) -> None:
    kevin.page.goto("/badges")

    kevin.confirm_with_a_finger("Oui, c’est moi")

    kevin.reads("Merci, c’est noté.")
    expect(kevin.find("Imprimer")).to_have_attribute("href", "/paper")
    for person in (kevin, again):
        person.page.goto("/settings")
        expect(person.page.locator(".notices")).to_have_count(0)
    again.page.goto("/returns")
    again.reads("Certaines choses attendent")


def test_every_sign_of_every_group_is_checked_while_typing_as_on_the_server(phones: Phones, server: Server) -> None:
    phone = phones(passkeys=False)
    phone.page.goto("/entry/paper?lang=fr#-")
    expect(phone.page.locator("paper-code:defined")).to_have_count(1)
    phone.page.wait_for_url("**/entry/paper?lang=fr")  # what the camera read is gone from it, and nothing else
    typed, faults = list[str](), list[str]()
    for _ in range(20):
        groups = crockford.with_check_symbols(crockford.new_code())
        for place, group in enumerate(groups[:6]):
            other = crockford.ALPHABET[(crockford.ALPHABET.index(group[place % 5]) + 1 + place) % 32]
            changed = [*groups]
            changed[place] = group[: place % 5] + other + group[place % 5 + 1 :]
            between = BETWEEN[len(typed) // 2 % len(BETWEEN)]
            alike = str.maketrans("01", "OI" if place % 2 else "oL")
            typed += [between.join(one).translate(alike) for one in (groups, changed)]
            faults += ["", changed[place]]

    for code, fault, said in zip(typed, faults, phone.page.evaluate(TOLD_OF_EACH, typed), strict=True):
        assert bool(said) == bool(fault), code
        assert fault in said


@pytest.mark.breadth
def test_a_phone_too_old_for_keys_keeps_the_wallet_by_the_paper(phones: Phones, server: Server, samples: Path) -> None:
    old = phones(passkeys=False)
    old.page.add_init_script("delete window.PublicKeyCredential")
    person = Person(old.page)
    old.page.goto("/")
    person.choose("Ajouter mon premier badge", samples / "ob3-organiser-2.png")
    expect(person.find("Prendre un papier de secours")).to_have_count(0)
    person.tap("Garder ce badge")
    person.reads("Prenez un papier de secours à la place.")
    assert axe(old.page) == []
    person.tap("Prendre un papier de secours")
    code = code_on(old.page)
    old.page.goto("/settings")
    person.leaves()

    old.page.goto("/entry")
    person.tap("J’ai un papier de secours")
    old.page.get_by_label("Le code du papier").fill(code)
    person.tap("Ouvrir mes badges")
    person.tap("Créer une clé sur ce téléphone")
    person.reads("Prenez un papier de secours à la place.")
    person.tap("Prendre un papier de secours")

    person.reads("C’est un nouveau papier.")
    assert code_on(old.page) != code
    old.page.goto("/badges")
    person.reads("Organiser")


@pytest.fixture
def thief(kevin: Person, phones: Phones, server: Server) -> Person:
    """Somebody who found Kévin's paper, and made a key at once."""
    code = takes_a_paper(kevin)
    person = Person(phones().page)
    person.page.goto("/entry/paper")
    person.page.get_by_label("Le code du papier").fill(code)
    person.tap("Ouvrir mes badges")
    person.confirm_with_a_finger("Créer une clé sur ce téléphone")
    return person


def is_out(person: Person) -> bool:
    """Whether neither the phone nor the key opens anything any more."""
    person.page.goto("/settings")
    if not person.page.url.endswith("/entry"):
        return False
    person.tap("Ouvrir mes badges")
    person.reads("Cette clé n’ouvre pas de badges ici.")
    return True


@pytest.mark.soak  # so is who takes a photo of it, above; routes/test_recovery.py: the kept picture opens too
def test_a_thief_with_a_picture_of_the_paper_is_stopped_from_the_old_phone(
    kevin: Person, phones: Phones, server: Server, tmp_path: Path
) -> None:
    takes_a_paper(kevin)
    with kevin.page.expect_download() as kept:
        kevin.tap("Garder l’image")
    kept.value.save_as(tmp_path / kept.value.suggested_filename)
    thief = Person(phones().page)
    thief.page.goto("/entry/paper")
    thief.choose("Choisir l’image", tmp_path / "papier-de-secours.png")
    thief.reads("Vous revoilà")
    thief.confirm_with_a_finger("Créer une clé sur ce téléphone")
    assert len(names(thief.page)) == 2
    _it_is_stopped_from_the_old_phone(kevin, thief)


@pytest.mark.soak  # test_a_thief_has_the_paper.py has it each time: the owner shows the key from before, and stops them
def test_a_thief_with_the_paper_is_stopped_by_the_key(kevin: Person, thief: Person) -> None:
    kevin.page.goto("/settings")
    kevin.leaves()
    kevin.page.goto("/entry")
    kevin.confirm_with_a_finger("Ouvrir mes badges")

    kevin.tap("Non, arrêter")

    kevin.reads("Le papier n’ouvre plus rien.")
    assert is_out(thief)
