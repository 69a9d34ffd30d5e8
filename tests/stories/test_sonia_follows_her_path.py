"""Sonia follows her path: nine badges in any order, nine that one tap confirms, one that only its name speaks for, and the way
to ask for the last one."""

import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import expect

from tests.fixtures.browser import Phone, axe
from tests.fixtures.framed import KEYS, of_samples, written
from tests.fixtures.server import Server
from tests.fixtures.visits import AWARDED, ISSUERS_KEY, baked, signed
from tests.stories.ready_phones import with_badges
from tests.stories.taps import PROMISED, Person
from wallet.cli import samples

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
NINE = [sample.art for sample in samples.samples()]
MASTERED = [f"{key}-2" for key in KEYS[:3]]


@pytest.fixture(scope="module")
def server(serve: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A wallet whose operator says whose badges count."""
    folder = tmp_path_factory.mktemp("frameworks")
    written(folder, of_samples(ISSUERS_KEY))
    return serve(WALLET_FRAMEWORKS=str(folder))


def files(folder: Path, *names: str, key: Ed25519PrivateKey = ISSUERS_KEY) -> list[Path]:
    """These badges as pictures, as an organism sends them that signs with *key*."""
    found = [folder / f"{number}-{name}.png" for number, name in enumerate(names)]
    for path, name in zip(found, names, strict=True):
        path.write_bytes(baked(signed(name, key), name))
    return found


def standings(person: Person) -> dict[str, str]:
    """What the list says of each competency."""
    person.page.wait_for_load_state()
    rows = person.page.locator(".standings > li").all()
    return {row.locator("strong").first.inner_text(): row.locator(".reached").inner_text() for row in rows}


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.soak)])
@pytest.mark.breadth
def test_she_asks_for_the_general_badge_and_nine_badges_in_any_order_make_the_whole_flower(
    phones: Phones, phone: Phone, server: Server, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # an order, the same each time
    some = chance.sample([*MASTERED, "adapter-1", "integrer-1"], 5)
    more = chance.sample([one for one in NINE if one not in some], 4)
    sonia = with_badges(phone, *files(tmp_path, *some), at="/path")
    _asks_for_the_general_badge_and_the_organism_reads_exactly_that(sonia, phones)

    phone.page.goto("/badges/new")
    sonia.choose("Choisir une image ou un fichier", *files(tmp_path, *more))
    phone.page.goto("/badges")
    sonia.tap("Parcours")

    sonia.reads("Bravo, tout est là")
    sonia.reads("Le badge général est obtenu.")
    assert standings(sonia) == {
        "Organiser": "je maîtrise",
        "S’adapter": "je maîtrise",
        "Communiquer": "je maîtrise",
        "S’intégrer": "je maîtrise",
        "Badge général": "obtenu",
    }
    assert phone.page.locator(".dates li").count() == 9


def _asks_for_the_general_badge_and_the_organism_reads_exactly_that(sonia: Person, phones: Phones) -> None:
    sonia.taps = 0

    sonia.tap("Demander le badge général")
    expect(sonia.page.get_by_label("Votre mot")).to_have_value(
        "Je maîtrise 3 compétences. Je demande le badge général."
    )
    sonia.tap("Créer le QR code")
    sonia.reads("Faites scanner ce QR code")

    assert sonia.taps == 2
    link = re.sub(r"\s", "", sonia.page.locator("#address").inner_text())
    organism = phones(passkeys=False, java_script_enabled=False)
    organism.page.goto(f"http://{link}")
    page = organism.page.locator("main")
    expect(page).to_contain_text("Je maîtrise 3 compétences. Je demande le badge général.")
    shown = [one.inner_text() for one in page.locator(".skills b").all()]
    assert sorted(shown) == ["Communiquer", "Organiser", "S’adapter"]
    assert "je pratique" not in page.inner_text()
    sonia.page.goto("/shares")
    sonia.reads("Badge général")


@pytest.mark.breadth
def test_one_tap_confirms_nine_badges_of_an_organism_that_nobody_lists(
    phone: Phone, server: Server, tmp_path: Path
) -> None:
    sonia = with_badges(phone, *files(tmp_path, *NINE, key=Ed25519PrivateKey.generate()), at="/path")
    sonia.reads("Vos 4 compétences sont là")
    expect(phone.page.get_by_role("img", name=re.compile("S’adapter.: je maîtrise .à confirmer."))).to_be_visible()
    assert axe(phone.page) == []
    sonia.taps = 0

    sonia.tap("Oui, tout compte")

    sonia.reads("Bravo, tout est là")
    assert (sonia.taps, sonia.characters) == (PROMISED["F22"], 0)
    assert set(standings(sonia).values()) == {"je maîtrise", "obtenu"}
    expect(phone.page.get_by_role("status").filter(has_text="Bravo, tout est là")).to_be_focused()
    phone.page.evaluate("() => Promise.all(document.getAnimations().map(({ finished }) => finished))")
    assert axe(phone.page) == []
    sonia.tap("Annuler")
    sonia.reads("Ces 9 badges sont bien à vous ?")


@pytest.mark.soak  # routes/test_journey.py sends the same forms: a name alone counts when the person says so
def test_without_scripts_she_says_that_a_badge_counts_and_takes_it_back(
    phones: Phones, phone: Phone, server: Server, tmp_path: Path
) -> None:
    stranger = Ed25519PrivateKey.generate()
    sample = replace(samples.samples()[0], art="petal-2-loose", name="S’intégrer – je maîtrise")
    named = tmp_path / "named.json"
    named.write_text(samples.make_badge(sample, stranger, AWARDED))
    with_badges(phone, *files(tmp_path, "organiser-2", "communiquer-2"), named)
    plain = phones(passkeys=False, java_script_enabled=False)
    plain.context.add_cookies(phone.context.cookies())  # type: ignore[arg-type]  # as it gave them
    sonia = Person(plain.page)
    plain.page.goto("/path")
    sonia.reads("Vos 3 compétences sont là")

    sonia.tap("Oui, ce badge compte")

    sonia.reads("1 badge compte sur votre parcours.")
    assert standings(sonia)["S’intégrer"] == "je maîtrise"
    sonia.reads("Vous avez ce qu’il faut pour le badge général.")

    sonia.tap("Ne plus compter un badge")
    sonia.tap("Ne plus compter : S’intégrer, je maîtrise")
    sonia.reads("Ce badge ne compte plus.")
    assert standings(sonia)["S’intégrer"] == "pas encore"
    sonia.reads("Il en manque 1 pour le badge général.")
    plain.page.get_by_text("Comment avoir le suivant").click()
    sonia.reads("Demandez à l’organisme qui vous a donné un badge.")
