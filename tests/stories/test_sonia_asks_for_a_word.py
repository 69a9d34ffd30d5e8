"""Sonia asks for a word and sends the link by SMS; Nadia, with an old phone and no script, says it; Sonia reads and keeps it."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.browser import Phone, axe
from tests.fixtures.server import Server
from tests.stories.ready_phones import posted, with_badges
from tests.stories.taps import PROMISED, Person

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
SMALL = {"device": None, "viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
FORM = "application/x-www-form-urlencoded"
FACTS, SENTENCE = "Un client était en colère.", "J’ai calmé un client."
WORD = "Elle a gardé son calme."
THREE = 3
"""Taps of a tutor: they type, so that they are in no table of those who type nothing."""


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1, name=words)).to_be_visible()


def tells(phone: Phone) -> str:
    """A moment of Sonia's, saved: where it is."""
    begun = posted(phone, "/evidence", b"text=work&key=" + b"a" * 32, FORM).headers["location"]
    moment = begun.partition("/answers")[0]
    for number, (question, text) in enumerate((("facts", FACTS), ("sentence", SENTENCE))):
        posted(phone, f"{moment}/answers/{question}", f"text={quote(text)}&key={number:032x}".encode(), FORM)
    posted(phone, f"{moment}/saving", b"", FORM)
    return moment


def asks(sonia: Person) -> str:
    """From the page of a moment to the SMS, by three taps: the link in it."""
    sonia.tap("Demander un mot")
    heading(sonia.page, "Demandez un mot")
    sonia.reads("Elle verra ce moment. Rien d’autre.")
    sonia.tap("Préparer mon lien")
    heading(sonia.page, "Envoyez ce lien par SMS.")
    return link_sent(sonia)


def link_sent(sonia: Person) -> str:
    sent = unquote(sonia.find("Envoyer par SMS").get_attribute("href") or "")
    link = re.search(r"https?://\S+/mot/\w+", sent)
    assert link is not None
    return link[0]


def says(nadia: Person, link: str) -> None:
    """By three taps, and a sentence of her own."""
    nadia.page.goto(link)
    expect(nadia.page.get_by_text(FACTS)).to_have_count(0)
    nadia.tap("Lire")
    nadia.reads(FACTS)
    nadia.tap("Oui, je l’ai vu")
    nadia.page.get_by_label("Votre nom").fill("Nadia Martin")
    nadia.page.locator("#sentence").fill(WORD)
    nadia.tap("Envoyer")
    nadia.reads("C’est fait.")
    assert nadia.taps == THREE
    assert nadia.page.context.cookies() == []


def keeps(sonia: Person) -> None:
    """By two taps, from the list of her badges."""
    sonia.page.goto("/badges")
    sonia.reads("Son mot est arrivé.")
    sonia.taps = 0
    sonia.tap("Lire le mot")
    sonia.reads(WORD)
    assert axe(sonia.page) == []
    sonia.tap("Garder ce mot")
    sonia.reads("Le mot est gardé.")


def test_three_taps_ask_nadia_says_it_without_a_script_and_two_more_keep_it(
    phones: Phones, server: Server, samples: Path
) -> None:
    phone = phones(**SMALL)
    sonia = with_badges(phone, samples / "ob3-communiquer-2.png", at="")
    phone.page.goto(tells(phone))

    link = asks(sonia)
    assert (sonia.taps + 1, sonia.characters) == (PROMISED["F17"], 0), "with « Envoyer par SMS », which leads away"
    sonia.page.goto(link)
    sonia.reads("C’est votre demande à vous")
    expect(sonia.page.get_by_role("button", name="Lire")).to_have_count(0)
    says(Person(phones(**SMALL, passkeys=False, java_script_enabled=False).page), link)
    keeps(sonia)
    assert (sonia.taps, sonia.characters) == (PROMISED["F17b"], 0)

    with phone.page.expect_download() as file:
        sonia.tap("Garder le fichier")
    assert WORD in Path(file.value.path()).read_text("utf-8")
