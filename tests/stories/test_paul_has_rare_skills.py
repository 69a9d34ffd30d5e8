"""Paul has rare skills: the path, a moment and a share run with a second framework as they do with the first one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.fixtures.browser import Phone
from tests.fixtures.framed import GESTURES, WITHOUT_NORMANDY, gesture, of_gestures, written
from tests.fixtures.server import Server
from tests.fixtures.visits import ISSUERS_KEY
from tests.stories.ready_phones import with_badges

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]


@pytest.fixture(scope="module")
def server(serve: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A wallet whose operator named the framework of rare skills, and wants no other."""
    folder = tmp_path_factory.mktemp("frameworks")
    written(folder, WITHOUT_NORMANDY, "1.json")
    written(folder, of_gestures(ISSUERS_KEY), "2.json")
    return serve(WALLET_FRAMEWORKS=str(folder))


@pytest.mark.soak  # routes/test_rare_skills.py: path, questions and recruiter; test_sonia_follows_her_path.py walks a path
def test_he_sees_his_path_grow_tells_a_moment_and_shows_it(
    phones: Phones, phone: Phone, server: Server, tmp_path: Path
) -> None:
    files = [tmp_path / f"{key}.json" for key in GESTURES]
    for path in files:
        path.write_bytes(gesture(path.stem, ISSUERS_KEY))
    paul = with_badges(phone, *files[:3])
    phone.page.goto("/path")
    paul.reads("Vous avez 3 compétences.")

    phone.page.goto("/badges/new")
    paul.choose("Choisir une image ou un fichier", files[3])
    paul.tap("Parcours")
    paul.reads("Votre parcours est complet.")
    levels = phone.page.locator(".standings .reached").all_inner_texts()
    assert levels == ["je sais le faire"] * 4

    phone.page.goto("/badges")
    phone.page.get_by_role("link", name="Réparation").click()
    phone.page.get_by_role("link", name="Racontez un moment vécu").click()
    paul.tap("Au travail")
    phone.page.get_by_text("Voir des idées").click()
    paul.reads("Racontez une panne.")

    phone.page.goto("/path")
    paul.tap("Montrer mes badges")
    paul.tap("Créer le QR code")
    link = phone.page.locator("#address").inner_text().replace(" ", "").replace("\n", "")
    boss = phones(passkeys=False)
    boss.page.goto(f"http://{link}")
    expect(boss.page.locator(".skills .name > span")).to_have_text(["sait le faire"] * 4)
    expect(boss.page.locator("main")).not_to_contain_text("je sais")
