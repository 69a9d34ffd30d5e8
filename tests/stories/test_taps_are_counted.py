"""The taps of the flows that were promised (docs/decisions.md 27): where each is counted, and here those that no other story counts.

COUNTED is the table. A flow that it does not name, and a test that does not hold the flow to what was promised
(`PROMISED["F7"]` of taps.py), fail.
"""

import ast
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.fixtures.browser import Phone, axe
from tests.fixtures.server import Server
from tests.fixtures.strangers import Stranger, answering
from tests.stories.ready_phones import with_badges
from tests.stories.taps import ALLOW, PROMISED, Person
from tests.stories.test_sonia_has_several_keys import six_minutes_pass
from wallet.shares.sending import outgoing_links

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
MORE = "test_more_badges_from_files_and_the_link_that_she_copied"
BACK = "test_back_without_a_tap_while_the_session_lasts_later_by_a_finger_and_all_is_taken_along"
SENT = "test_the_code_again_from_the_shares_its_link_sent_to_somebody_and_a_badge_on_linkedin"
NEW_PHONE = "test_a_key_that_the_cloud_kept_opens_all_on_a_new_phone_and_a_second_device_is_in_after_five_taps"
SCANNED = "test_kevin_scans_the_poster_of_his_trainer_and_takes_what_the_fablab_offers_by_its_code_and_by_a_link"
COUNTED = {
    "F1": (
        "test_sonia_shows_her_first_badge",
        "test_sonia_keeps_her_badge_in_five_taps_and_yann_sees_it_without_account_cookie_or_script_until_she_stops",
    ),
    "F2": ("test_taps_are_counted", "test_f2_the_link_in_a_letter_of_the_trainer"),
    "F3": ("test_taps_are_counted", MORE),
    "F3b": ("test_taps_are_counted", MORE),
    "F3c": ("test_sonia_shares_a_badge_with_the_app", "test_a_badge_in_an_e_mail_is_in_the_wallet_after_two_taps"),
    "F3d": ("test_taps_are_counted", MORE),
    "F3e": ("test_kevin_scans_a_code", SCANNED),
    "F3f": ("test_kevin_scans_a_code", SCANNED),
    "F3g": ("test_kevin_scans_a_code", SCANNED),
    "F4": ("test_taps_are_counted", BACK),
    "F5": ("test_sonia_tells_a_moment", "test_a_proof_by_voice_without_a_letter_typed"),
    "F6": (
        "test_sonia_shows_her_first_badge",
        "test_sonia_keeps_her_badge_in_five_taps_and_yann_sees_it_without_account_cookie_or_script_until_she_stops",
    ),
    "F6b": (
        "test_sonia_chooses_what_to_show",
        "test_four_taps_show_one_badge_of_three_for_a_year_on_a_cv_and_two_show_all_for_a_week",
    ),
    "F7": ("test_taps_are_counted", SENT),
    "F8": ("test_taps_are_counted", SENT),
    "F9": ("test_yann_reads_and_prints", "test_the_first_screen_answers_and_nothing_jumps"),
    "F10": ("test_sonia_stops_and_prolongs", "test_sonia_stops_in_two_taps_and_undoes_it_until_it_is_too_late"),
    "F11": ("test_sonia_has_a_new_phone", NEW_PHONE),
    "F11b": (
        "test_kevin_comes_back_by_his_paper",
        "test_with_a_browser_that_knows_no_camera_a_picture_of_the_paper_opens_all_in_five_taps_until_kevin_stops_it",
    ),
    "F12": ("test_sonia_has_a_new_phone", NEW_PHONE),
    "F13": ("test_taps_are_counted", BACK),
    "F14": ("test_maria_erases_everything", "test_maria_leaves_in_four_taps"),
    "F15": ("test_taps_are_counted", SENT),
    "F16": ("test_sonia_connects_her_course_site", "test_two_taps_and_a_finger_connect_it"),
    "F17": (
        "test_sonia_asks_for_a_word",
        "test_three_taps_ask_nadia_says_it_without_a_script_and_two_more_keep_it",
    ),
    "F17b": (
        "test_sonia_asks_for_a_word",
        "test_three_taps_ask_nadia_says_it_without_a_script_and_two_more_keep_it",
    ),
    "F18": ("test_sonia_changes_a_share", "test_three_taps_change_what_the_recruiter_reads_at_the_same_link"),
    "F19": ("test_sonia_has_a_page", "test_her_page_lasts_while_what_it_shows_changes"),
    "F20": ("test_sonia_answers_a_call", "test_an_agency_asks_without_a_script_and_sonia_answers_in_two_taps"),
    "F21": (
        "test_sonia_asks_for_a_badge",
        "test_three_taps_ask_and_the_structure_gives_the_badge_without_a_script",
    ),
    "F22": ("test_sonia_follows_her_path", "test_one_tap_confirms_nine_badges_of_an_organism_that_nobody_lists"),
}
"""Of each flow the file, and the test in it, that counts its taps."""
SHEET_OF_APPS = "navigator.share = async (sent) => { window.sent = sent }"
"""The sheet of a phone on which one chooses whom to send to: Chromium for Linux has none."""
THEIRS = 2
"""Taps in the other app: the person, « Envoyer »."""


@pytest.fixture(scope="module")
def server(serve: Callable[..., Server], trainer: Stranger) -> Server:
    """A wallet that may ask the trainer's site, which is on this machine."""
    return serve(WALLET_FETCH_HTTP="yes", WALLET_FETCH_ALLOW=f"{trainer.host}:{trainer.port}")


@pytest.fixture
def letter(stranger: Callable[..., Stranger], server: Server, trainer: Stranger) -> str:
    """Where a letter of the trainer is read, in the browser as any page: with the link to take the badge."""
    link = f"{server.origin}/badges/new?link={quote(trainer.address('/badge.json'), safe='')}"
    page = f'<!doctype html><title>Bravo</title><a href="{link}">Prendre mon badge</a>'
    return stranger(answering(page.encode(), "200 OK", "Content-Type: text/html; charset=utf-8")).address()


@pytest.fixture
def sonia(phone: Phone, server: Server, samples: Path) -> Person:
    """Sonia on the page of her one badge, nothing touched as yet."""
    person = with_badges(phone, samples / "ob3-communiquer-2.png")
    phone.page.goto("/badges")
    person.taps = 0
    return person


def promises_held(test: ast.AST) -> Iterator[str]:
    """The flows whose promise is part of something that *test* asserts."""
    for asserted in (node for node in ast.walk(test) if isinstance(node, ast.Assert)):
        for node in ast.walk(asserted):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "PROMISED":
                yield ast.literal_eval(node.slice)


@cache
def parsed(file: str) -> ast.Module:
    """A file of stories, read once for all its flows."""
    return ast.parse((Path(__file__).parent / f"{file}.py").read_text(encoding="utf-8"))


@pytest.mark.parametrize("flow", PROMISED)
def test_each_flow_is_counted_where_the_table_says(flow: str) -> None:
    file, name = COUNTED[flow]
    (test,) = (node for node in parsed(file).body if isinstance(node, ast.FunctionDef) and node.name == name)

    assert flow in promises_held(test)


@pytest.mark.breadth
def test_f2_the_link_in_a_letter_of_the_trainer(phone: Phone, server: Server, letter: str) -> None:
    kevin = Person(phone.page)
    phone.page.goto(letter)

    kevin.tap("Prendre mon badge")
    kevin.reads("Souder")
    kevin.confirm_with_a_finger("Garder ce badge")

    kevin.reads("Votre badge est gardé.")
    assert (kevin.taps, kevin.characters) == (PROMISED["F2"], 0)

    # Now that there is a wallet, anybody's link asks before it changes it, and going back asks again.
    phone.page.goto(letter)
    kevin.tap("Prendre mon badge")
    expect(phone.page.get_by_role("heading", level=1, name="Ajouter le badge de ce lien\u00a0?")).to_be_visible()
    kevin.reads("127.0.0.1")
    assert axe(phone.page) == []
    kevin.tap("Ajouter")
    kevin.reads("Vous avez déjà ce badge.")


def test_whoever_goes_back_is_not_sent_away_once_more(phone: Phone, server: Server, letter: str) -> None:
    """A fast phone has no stop on the way back; a slow one stops at the page, which now waits for a tap."""
    kevin = Person(phone.page)
    phone.page.goto(letter)
    kevin.tap("Prendre mon badge")
    kevin.reads("Garder ce badge")

    phone.page.go_back()

    if phone.page.url != letter:
        phone.page.wait_for_timeout(300)
        expect(phone.page.get_by_role("heading", level=1)).to_have_text("Ajouter le badge de ce lien\u00a0?")
        phone.page.go_back()
        assert phone.page.url == letter


@pytest.mark.breadth
def test_more_badges_from_files_and_the_link_that_she_copied(
    phone: Phone, sonia: Person, server: Server, trainer: Stranger, samples: Path
) -> None:
    sonia.tap("Ajouter")
    sonia.choose("Choisir une image ou un fichier", samples / "ob3-organiser-2.png")

    sonia.reads("Organiser")
    assert (sonia.taps, sonia.characters) == (PROMISED["F3"], 0)

    _is_at_her_badges(sonia)
    names = ("organiser-1", "adapter-2", "integrer-2")
    sonia.tap("Ajouter")
    sonia.choose("Choisir une image ou un fichier", *(samples / f"ob3-{name}.png" for name in names))

    sonia.reads("3 badges sont ajoutés")
    assert (sonia.taps, sonia.characters) == (PROMISED["F3b"] + len(names) - 1, 0)

    _is_at_her_badges(sonia)
    phone.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.origin)
    sonia.tap("Ajouter")
    _copied_the_wrong_thing(sonia)
    _copies(sonia, f"Voici votre badge\u00a0: {trainer.address('/badge.json')}")
    sonia.tap("Coller le lien")

    sonia.reads("Souder")
    assert (sonia.taps + ALLOW, sonia.characters) == (PROMISED["F3d"], 0)
    for copied, told in (
        ("Ton badge : openid-credential-offer://?credential_offer=%7B", "Il manque un bout à ce lien."),
        ("Ton badge : dccrequest:present?nonce=7", "Ce lien demande vos badges."),
        ("www.cafoc.exemple vous l’offre : dccrequest:present?nonce=8", "Ce lien demande vos badges."),
    ):
        phone.page.goto("/badges/new")
        _copies(sonia, copied)
        sonia.tap("Coller le lien")
        sonia.reads(told)
        expect(phone.page.get_by_label("Le lien de votre badge")).to_have_value(copied.partition(" : ")[2])
    phone.page.goto("/badges/new")
    _copies(sonia, "openid-" * 1_500)  # in which each word may begin a scheme
    sonia.tap("Coller le lien")
    sonia.reads("Ce que vous avez copié n’est pas un lien.")


def _is_at_her_badges(sonia: Person) -> None:
    sonia.page.goto("/badges")
    sonia.taps = 0


def _copies(sonia: Person, words: str) -> None:
    sonia.page.evaluate("(words) => navigator.clipboard.writeText(words)", words)


def _copied_the_wrong_thing(sonia: Person) -> None:
    taps = sonia.taps
    _copies(sonia, "mon mot de passe")
    sonia.tap("Coller le lien")
    sonia.reads("Ce que vous avez copié n’est pas un lien.")
    expect(sonia.page.get_by_label("Le lien de votre badge")).to_have_value("")
    assert axe(sonia.page) == []
    sonia.taps = taps


@pytest.mark.breadth
def test_back_without_a_tap_while_the_session_lasts_later_by_a_finger_and_all_is_taken_along(
    sonia: Person, server: Server
) -> None:
    sonia.page.goto("/")
    assert sonia.page.url == f"{server.origin}/badges"
    sonia.page.goto("/settings")
    sonia.leaves()
    sonia.page.goto("/entry")
    sonia.taps = 0

    sonia.shows_a_finger("Ouvrir mes badges")

    expect(sonia.page.get_by_role("heading", level=1, name="Communiquer")).to_be_visible()
    assert (sonia.taps, sonia.characters) == (PROMISED["F4"], 0)

    six_minutes_pass(server)
    sonia.taps = 0
    sonia.tap("Moi")

    with sonia.page.expect_download():
        sonia.shows_a_finger("Tout récupérer")

    assert (sonia.taps, sonia.characters) == (PROMISED["F13"], 0)


def test_a_phone_that_does_not_let_us_paste_says_how_else(phones: Phones, server: Server) -> None:
    kevin = Person(phones(passkeys=False).page)
    kevin.page.add_init_script("navigator.clipboard.readText = () => Promise.reject(new DOMException('no'))")
    kevin.page.goto("/badges/new")

    kevin.tap("Coller le lien")

    kevin.reads("Votre téléphone ne nous laisse pas coller.")
    expect(kevin.page.get_by_label("Le lien de votre badge")).to_be_focused()
    said = kevin.page.locator("paste-link").get_by_role("status")
    kevin.page.evaluate("() => document.dispatchEvent(new Event('unsent'))")
    expect(said).to_have_text("")
    kevin.page.evaluate("() => document.querySelector('paste-link').say('reading')")
    kevin.page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(said).to_have_text("")  # whoever comes back waits for nothing
    kevin.page.add_init_script("delete Clipboard.prototype.readText; delete navigator.clipboard.readText")
    kevin.page.reload()
    expect(kevin.find("Coller le lien")).to_be_hidden()


@pytest.mark.breadth
def test_the_code_again_from_the_shares_its_link_sent_to_somebody_and_a_badge_on_linkedin(
    sonia: Person, server: Server
) -> None:
    sonia.page.add_init_script(SHEET_OF_APPS)
    sonia.tap("Montrer mes badges")
    sonia.tap("Créer le QR code")
    sonia.reads("Faites scanner ce QR code")
    sonia.page.goto("/shares")
    sonia.taps = 0

    sonia.tap("Montrer le QR code")
    sonia.reads("Faites scanner ce QR code")
    assert (sonia.taps, sonia.characters) == (PROMISED["F7"], 0)

    sonia.taps = 0
    sonia.tap("Envoyer mes badges")
    link = "http://" + sonia.page.locator("#address").inner_text()
    whatsapp = sonia.find("Envoyer par WhatsApp")
    ready = "Bonjour, c’est Sonia. Voici mon badge."
    assert whatsapp.get_attribute("href") == outgoing_links.whatsapp_link(f"{ready}\n{link}")
    sonia.taps += 1  # on that button
    assert (sonia.taps + THEIRS, sonia.characters) == (PROMISED["F8"], 0)

    _another_sentence_goes_with_all_the_ways(sonia, link)
    _is_on_my_page(sonia)
    sonia.taps = 0

    sonia.tap("LinkedIn, CV, autre appli")
    to_linkedin = sonia.find("Ajouter à LinkedIn")
    href = to_linkedin.get_attribute("href") or ""
    sonia.taps += 1  # on that link: LinkedIn is not here

    assert href.startswith("https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME&name=Communiquer")
    assert to_linkedin.get_attribute("rel") == "noreferrer"
    assert (sonia.taps, sonia.characters) == (PROMISED["F15"], 0)
    assert axe(sonia.page) == []
    sonia.tap("Voir ce que LinkedIn montrera")
    expect(sonia.page.get_by_role("heading", level=1)).to_have_text("Communiquer")


def _another_sentence_goes_with_all_the_ways(sonia: Person, link: str) -> None:
    """At once, as it is typed."""
    whatsapp = sonia.find("Envoyer par WhatsApp")
    sonia.page.get_by_text("Changer le message").click()
    sonia.page.get_by_label("Message à envoyer").fill("Voici.")
    expect(whatsapp).to_have_attribute("href", outgoing_links.whatsapp_link(f"Voici.\n{link}"))
    expect(sonia.find("E-mail")).to_have_attribute(
        "href", outgoing_links.mail_link("Les badges de Sonia", f"Voici.\n{link}")
    )
    sonia.tap("Autre appli")
    assert sonia.page.evaluate("() => window.sent") == {"title": "Voici mes badges", "text": "Voici.", "url": link}
    sonia.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sonia.tap("Copier")
    sonia.reads("C’est copié.")
    assert sonia.page.evaluate("() => navigator.clipboard.readText()") == f"Voici.\n{link}"
    sonia.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new DOMException('no')) }")
    sonia.tap("Copier")
    sonia.page.wait_for_function("() => String(getSelection())")
    assert "http://" + sonia.page.evaluate("() => String(getSelection())") == link, "a long press copies it"
    assert axe(sonia.page) == []
    sonia.page.evaluate("() => delete sessionStorage.typed")


def _is_on_my_page(sonia: Person) -> None:
    """Sonia is on the page of her badge, which is shown to all."""
    sonia.page.goto("/badges")
    sonia.tap("Voir ce badge")
    its_page = sonia.page.url
    sonia.tap("LinkedIn, CV, autre appli")
    sonia.tap("Oui, le montrer sur Ma page")
    sonia.reads("Voir ce que LinkedIn montrera")
    sonia.page.goto(its_page)
