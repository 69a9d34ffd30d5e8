"""Sonia has Firefox: she adds a badge, keeps it by her finger, comes back by it, and shows it to Yann; and she speaks."""

from pathlib import Path

import pytest

from tests.fixtures.firefox import Firefox
from tests.fixtures.server import Server
from tests.fixtures.webkit import ELEMENT

pytestmark = pytest.mark.browser


@pytest.mark.breadth
def test_she_adds_comes_back_and_shows(firefox: Firefox, server: Server, samples: Path) -> None:
    firefox.has_a_finger()
    firefox.is_as_small_as(360, 740)
    firefox.go("/")
    firefox.reads("Ajouter mon premier badge")
    firefox.choose(samples / "ob3-organiser-2.png")
    firefox.tap("À moi")
    firefox.tap("Garder ce badge")
    firefox.reads("Votre badge est gardé.")

    firefox.go("/settings")
    firefox.tap("Me déconnecter")
    assert firefox.comes(lambda: not firefox.at.endswith("/settings"))
    firefox.go("/entry")
    firefox.tap("Ouvrir mes badges")
    firefox.reads("Organiser")
    assert firefox.at.endswith("/badges")

    firefox.tap("Montrer mes badges")
    firefox.tap("Créer le QR code")
    firefox.reads("Faites scanner ce QR code")
    link = firefox.run("return document.querySelector('#address').innerText").replace("\n", "").replace(" ", "")
    firefox.go(f"http://{link}")
    firefox.reads("1 badge")
    firefox.reads("Organiser")
    assert firefox.run("return document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.breadth
def test_in_firefox_too_she_speaks_hears_herself_and_goes_on(firefox: Firefox, server: Server, samples: Path) -> None:
    firefox.forgets()
    firefox.go("/")
    firefox.choose(samples / "ob3-communiquer-2.png")
    firefox.reads("Communiquer")
    firefox.go("/evidence/new")
    firefox.tap("Au travail")
    firefox.tap("Enregistrer ma voix")
    firefox.reads("Votre voix s’enregistre")
    assert firefox.comes(lambda: firefox.run("return document.querySelector('voice-recorder').heard"))
    firefox.tap("J’ai fini")

    firefox.reads("Réécoutez-vous")
    assert firefox.comes(lambda: firefox.run("return !document.querySelector('button.play').hidden"))
    play = firefox.ask("POST", "/element", {"using": "css selector", "value": "button.play"})[ELEMENT]
    firefox.ask("POST", f"/element/{play}/click", {})
    assert firefox.comes(lambda: firefox.run("return document.querySelector('audio').currentTime > 0"))
    firefox.tap("Garder et continuer")
    firefox.reads("Qu’avez-vous fait, vous")
