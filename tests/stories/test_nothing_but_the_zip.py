"""Her phone is gone, her paper too, and the mailbox: Sonia comes back with the folder that she took away."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.browser import Phone
from tests.fixtures.server import Server
from tests.stories.contents import badges_of
from tests.stories.ready_phones import with_badges
from tests.stories.taps import Person

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]


def take_everything(person: Person, folder: Path) -> Path:
    """« Tout récupérer »: where the archive is now."""
    person.page.goto("/settings")
    with person.page.expect_download() as download:
        person.tap("Tout récupérer")
    archive = folder / download.value.suggested_filename
    download.value.save_as(archive)
    return archive


@pytest.mark.breadth
def test_sonia_comes_back_with_nothing_but_the_zip(
    phone: Phone, phones: Phones, server: Server, real_badge: Path, samples: Path, tmp_path: Path
) -> None:
    sonia = with_badges(phone, real_badge, samples / "ob3-organiser-2.png", at="/shares/new")
    sonia.tap("Créer le QR code")
    before = badges_of(sonia)
    archive = take_everything(sonia, tmp_path)

    new = phones()
    sonia = Person(new.page)
    new.page.goto("/")
    sonia.tap("J’ai un dossier de mes badges")
    sonia.choose("Choisir mon dossier", archive)
    sonia.reads("2 badges sont de nouveau ici.")
    sonia.reads("1 ancien partage est de nouveau ici, arrêté.")
    sonia.tap("Créer ma clé")
    sonia.confirm_with_a_finger("Garder mes badges")

    sonia.reads("Vos badges sont gardés.")
    assert sonia.taps <= 7
    assert sorted(badges_of(sonia).values()) == sorted(before.values())
    assert len(before) == 2
