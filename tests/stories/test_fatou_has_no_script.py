"""Fatou's browser runs no script: with a paper instead of a key she goes through every form there is for her."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.fixtures.archives import opened, wallet_of
from tests.fixtures.browser import Phone
from tests.fixtures.clockwork import Clockwork
from tests.stories.taps import Person, time_stands_still
from tests.stories.test_kevin_comes_back_by_his_paper import code_on, scan

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
ADDRESS = "fatou@exemple.fr"
FACTS = "J’ai rangé la réserve."
AGAIN = "J’ai rangé la réserve, seule."


@pytest.fixture(scope="module")
def server(clockwork: Clockwork) -> Clockwork:
    """Where the phones of this module begin."""
    return clockwork


class Fatou(Person):
    """Keeps two badges by a paper."""

    def __init__(self, phone: Phone, samples: Path, folder: Path) -> None:
        super().__init__(phone.page)
        self.page.goto("/")
        self.brings(samples / "ob3-organiser-2.png")
        expect(self.find("Garder ce badge")).to_be_hidden()  # without a script it would do nothing
        self.tap("Prendre un papier de secours")
        self.paper = code_on(self.page)
        self.address = scan(self.page, folder / "paper.png")
        with self.page.expect_download():
            self.tap("Garder l’image")
        self.page.goto("/badges/new")
        self.brings(samples / "ob3-communiquer-2.png")
        self.badge = self.page.url

    def brings(self, *files: Path) -> None:
        """Chooses files, and sends them by the button that stands there without a script."""
        self.page.set_input_files("input[type=file]", files)
        self.tap("Ajouter")

    def unfolds(self, words: str) -> None:
        """Opens what is folded under these words."""
        self.page.locator("summary", has_text=words).click()

    def is_told(self, words: str) -> None:
        """The green line at the top of the page."""
        expect(self.page.locator(".outcome.ok")).to_contain_text(words)

    def shows_her_paper(self) -> None:
        """At the door of what is done once."""
        self.page.get_by_label("Code de votre papier de secours").fill(self.paper)
        self.tap("Continuer")

    def heading(self) -> str:
        """What the page is called."""
        return self.page.get_by_role("heading", level=1).inner_text()


@pytest.fixture
def fatou(phones: Phones, server: Clockwork, samples: Path, tmp_path: Path) -> Fatou:
    """She has just added her second badge."""
    return Fatou(phones(passkeys=False, java_script_enabled=False), samples, tmp_path)


def shows_her_badge(fatou: Fatou) -> str:
    """Where her second badge is shown; she is on the page of its code."""
    fatou.page.goto("/settings")
    fatou.page.get_by_label("Prénom").fill("Fatou")
    fatou.tap("Garder")
    fatou.is_told("Votre prénom est gardé.")
    fatou.page.goto(fatou.badge)
    fatou.tap("Montrer ce badge")
    fatou.tap("Créer le QR code")
    fatou.reads("Faites scanner ce QR code")
    return "http://" + "".join(fatou.page.locator("#address").inner_text().split())


@pytest.fixture
def yann(phones: Phones) -> Person:
    """Reads what he is shown, and runs no script either."""
    return Person(phones(passkeys=False, java_script_enabled=False).page)


@pytest.mark.breadth
def test_she_keeps_her_badges_tells_of_them_and_shows_one(fatou: Fatou, yann: Person) -> None:
    _her_badges_are_checked_searched_taken_away_and_put_back(fatou)
    _she_tells_changes_links_and_undoes(fatou)
    _a_reader_complains_and_she_prolongs_stops_and_reopens(fatou, yann)
    _she_comes_back_by_her_paper_and_takes_a_new_one(fatou)


def _her_badges_are_checked_searched_taken_away_and_put_back(fatou: Fatou) -> None:
    page = fatou.page
    fatou.is_told("Votre badge est ajouté.")
    fatou.tap("Vérifier encore")
    fatou.reads("Dernier essai de Mes badges")

    page.goto("/badges/search")
    page.get_by_role("searchbox", name="Chercher").fill("expliquer")
    fatou.tap("Chercher")
    fatou.reads("1 badge trouvé")
    fatou.unfolds("Choisir dans des listes")
    page.get_by_label("Compétence").select_option("Organiser")
    page.get_by_role("button", name="Chercher").last.click()
    fatou.reads("Aucun badge trouvé")

    page.goto(fatou.badge)
    fatou.unfolds("Enlever ce badge")
    fatou.tap("Enlever ce badge")
    fatou.is_told("Ce badge est enlevé")
    fatou.tap("Annuler")
    fatou.reads("Mes 2 badges")


def _she_tells_changes_links_and_undoes(fatou: Fatou) -> None:
    page = fatou.page
    page.goto("/evidence/new")
    fatou.tap("À la maison")
    page.locator("#text").fill(FACTS)
    assert page.locator("voice-recorder").is_hidden()
    fatou.tap("Continuer")
    fatou.reads("Qu’avez-vous fait, vous ?")
    page.go_back()
    expect(page.locator("#text")).to_have_value(FACTS)
    fatou.tap("Continuer")
    for _ in range(3):
        fatou.tap("Passer cette question")
    assert fatou.heading() == "Relisez comme un employeur"

    fatou.tap("Changer : Que s’est-il passé ?")
    page.locator("#text").fill(AGAIN)
    fatou.tap("Continuer")
    fatou.tap("Mes textes d’avant")
    fatou.tap("Reprendre ce texte")
    fatou.reads(FACTS)

    _she_adds_a_link_and_a_file(fatou)
    fatou.tap("Choisir les badges")
    page.get_by_role("checkbox", name="Communiquer").check()
    fatou.tap("Garder")
    expect(page.get_by_role("link", name="Communiquer")).to_be_visible()
    fatou.tap("Garder")
    fatou.is_told("Personne d’autre ne le voit pour l’instant.")

    fatou.unfolds("Enlever ce moment")
    fatou.tap("Enlever ce moment")
    fatou.tap("Annuler")
    fatou.reads(FACTS)


def _she_adds_a_link_and_a_file(fatou: Fatou) -> None:
    page = fatou.page
    fatou.unfolds("Ajouter un lien")
    page.get_by_label("L’adresse d’une page").fill("https://exemple.fr/")
    fatou.tap("Ajouter ce lien")
    fatou.is_told("C’est ajouté à votre moment.")
    fatou.tap("Enlever : https://exemple.fr/")
    fatou.tap("Annuler")
    expect(page.get_by_role("link", name="https://exemple.fr/")).to_be_visible()

    page.locator("input[type=file]").nth(1).set_input_files(
        {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    )
    page.get_by_role("button", name="Ajouter", exact=True).nth(1).click()
    expect(page.get_by_role("link", name="a.pdf")).to_be_visible()


def _a_reader_complains_and_she_prolongs_stops_and_reopens(fatou: Fatou, yann: Person) -> None:
    link = shows_her_badge(fatou)
    yann.page.goto(link)
    yann.tap("Signaler cette page")
    yann.tap("Envoyer")
    yann.reads("Choisissez ce qui ne va pas.")
    yann.page.get_by_role("radio", name="C’est faux").check()
    yann.page.get_by_label("Vos mots").fill("Ce n’est pas elle.")
    yann.tap("Envoyer")
    yann.reads("Merci")

    fatou.page.goto("/shares")
    fatou.unfolds("Prolonger")
    fatou.tap("30 jours")
    time_stands_still(fatou.page)
    fatou.is_told("Ce partage marche jusqu’au")
    fatou.tap("Arrêter ce partage")
    fatou.is_told("C’est arrêté.")
    answer = yann.page.goto(link)
    assert answer is not None
    assert answer.status == 404

    fatou.tap("Annuler")

    fatou.is_told("C’est annulé.")
    yann.page.goto(link)
    expect(yann.page.locator(".named")).to_contain_text("Fatou vous montre 1 badge.")


def _she_comes_back_by_her_paper_and_takes_a_new_one(fatou: Fatou) -> None:
    fatou.page.goto("/settings")
    fatou.leaves()
    fatou.page.goto(fatou.address)  # as the camera reads it off the paper
    fatou.page.get_by_label("Le code du papier").fill(fatou.paper)
    fatou.tap("Ouvrir mes badges")
    fatou.reads("Vous revoilà")
    fatou.tap("Faire un nouveau papier")

    fatou.reads("C’est un nouveau papier.")


@pytest.mark.breadth
def test_her_paper_is_taken_where_a_key_is_asked_for_and_she_takes_brings_back_and_erases_it_all(
    fatou: Fatou, server: Clockwork
) -> None:
    _where_a_key_is_asked_for_her_paper_is_taken(fatou, server)
    _she_takes_all_of_it_brings_it_back_and_erases_it(fatou, server)


def _where_a_key_is_asked_for_her_paper_is_taken(fatou: Fatou, server: Clockwork) -> None:
    page = fatou.page
    page.goto("/settings")
    fatou.reads("Votre papier de secours les ouvre encore.")
    server.passes(minutes=6)
    page.goto("/keys")
    fatou.tap("Ajouter une clé ici")
    fatou.shows_her_paper()
    expect(page.locator("noscript p")).to_contain_text("Pour créer une clé, il faut JavaScript.")
    fatou.tap("Papier de secours")
    assert fatou.heading() == "Gardez un papier de secours"

    server.passes(minutes=6)
    page.goto("/addresses")
    fatou.tap("Ajouter une adresse")
    fatou.shows_her_paper()
    page.get_by_label("Votre adresse e-mail").fill(ADDRESS)
    fatou.tap("Recevoir un code")
    page.get_by_label("Votre code").fill(server.next_code_to(ADDRESS, 0))
    fatou.tap("Continuer")
    fatou.reads(ADDRESS)


def _she_takes_all_of_it_brings_it_back_and_erases_it(fatou: Fatou, server: Clockwork) -> None:
    page = fatou.page
    server.passes(minutes=6)
    page.goto("/settings")
    fatou.tap("Tout récupérer")
    fatou.shows_her_paper()
    with page.expect_download() as taken:
        fatou.tap("Récupérer le dossier")
    assert len(wallet_of(opened(taken.value.path().read_bytes()))["badges"]) == 2
    page.wait_for_load_state()
    page.goto("/archive/return")
    fatou.brings(taken.value.path())
    fatou.reads("déjà")

    server.passes(minutes=6)
    page.goto("/settings")
    fatou.tap("Tout effacer")
    fatou.tap("Oui, effacer")
    fatou.shows_her_paper()
    fatou.tap("Oui, effacer")

    fatou.reads("Tout est effacé")
    page.goto("/badges")
    fatou.reads("Ajouter mon premier badge")
