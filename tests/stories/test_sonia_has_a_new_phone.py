"""Sonia's phone is at the bottom of a river: her maker's cloud kept her key, or it did not. And what all that costs in taps."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.browser import Authenticator, Phone
from tests.fixtures.server import Server
from tests.stories.contents import badges_of, give_keys, keys_in
from tests.stories.taps import FINGER, PROMISED, SHEET, Person
from tests.stories.test_kevin_comes_back_by_his_paper import keep_two_badges
from tests.stories.test_sonia_has_several_keys import IN_ANOTHER_PHONE, six_minutes_pass
from tests.stories.test_sonia_shows_her_first_badge import keep_a_badge

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
ONLY_HERE = {"defaultBackupEligibility": False, "defaultBackupState": False}
"""A phone whose keys stay in it."""


@pytest.mark.breadth
def test_a_key_that_the_cloud_kept_opens_all_on_a_new_phone_and_a_second_device_is_in_after_five_taps(
    phone: Phone, phones: Phones, server: Server, samples: Path
) -> None:
    sonia = keep_two_badges(phone, samples)
    before = badges_of(sonia)
    phone.page.goto("/keys")
    sonia.reads("Votre téléphone garde une copie de la clé.")
    kept_by_the_cloud = keys_in(phone)

    new = phones()
    give_keys(new, kept_by_the_cloud)
    sonia = Person(new.page)
    new.page.goto("/entry")
    sonia.shows_a_finger("Ouvrir mes badges")

    assert (sonia.taps, sonia.characters) == (PROMISED["F11"], 0)
    assert new.page.url == f"{server.origin}/badges", "her own key on her own phone: no other one is offered"
    assert badges_of(sonia) == before
    assert len(before) == 2
    new.page.goto("/keys")
    sonia.reads("Votre téléphone garde une copie de la clé.")

    sonia, with_the_other, far = _enters_on_a_second_device(phone, phones)
    assert sonia.taps + with_the_other.taps == PROMISED["F12"]
    assert sonia.characters + with_the_other.characters == 0
    assert badges_of(with_the_other) == before
    _a_key_of_its_own_is_three_taps(with_the_other, far)
    assert badges_of(with_the_other) == before


def _enters_on_a_second_device(phone: Phone, phones: Phones) -> tuple[Person, Person, Authenticator]:
    """Where to find the key is asked by the phones' own sheets (WebAuthn's way across devices), and is not counted here."""
    phone.page.goto("/badges")
    sonia = Person(phone.page)
    sonia.tap("Moi")
    phone.page.get_by_role("link", name="Mes clés").click()
    sonia.taps += 1
    sonia.reads("Scannez ce QR code avec l’autre téléphone.")

    other = phones(passkeys=False)
    far = Authenticator(other.page, **IN_ANOTHER_PHONE)
    (key,) = keys_in(phone)
    far.send("addCredential", credential=key)
    with_the_other = Person(other.page)
    other.page.goto("/entry")  # one tap: its camera read the code
    with_the_other.taps = 1
    with_the_other.shows_a_finger("Ouvrir mes badges")
    other.page.wait_for_url("**/keys/new?entered=1")
    return sonia, with_the_other, far


def _a_key_of_its_own_is_three_taps(with_the_other: Person, far: Authenticator) -> None:
    """The button, « Continuer », the finger."""
    with_the_other.page.goto("/keys/new?entered=1")
    with_the_other.taps = 0
    far.send("removeVirtualAuthenticator")
    far.session.detach()
    Authenticator(with_the_other.page)
    with_the_other.confirm_with_a_finger("Créer une clé ici")

    assert with_the_other.taps == 1 + SHEET


def test_a_key_that_is_only_in_the_phone_says_so_and_is_gone_with_it(
    phones: Phones, server: Server, samples: Path
) -> None:
    phone = phones(passkeys=False)
    phone.authenticator = Authenticator(phone.page, **ONLY_HERE)
    sonia = keep_a_badge(phone, samples / "ob3-organiser-2.png")
    phone.page.goto("/keys")
    sonia.reads("Cette clé est seulement dans ce téléphone.")
    sonia.reads("Faites aussi un papier de secours.")

    sonia = Person(phones().page)
    sonia.page.goto("/entry")
    sonia.tap("Ouvrir mes badges")

    sonia.reads("Rien n’est perdu.")  # to us the browser says no more than that no key was shown
    sonia.tap("J’ai perdu mon téléphone")
    sonia.reads("Votre papier ouvre vos badges tout de suite.")


@pytest.mark.soak  # F13 of test_taps_are_counted.py is the same walk
def test_all_is_taken_in_three_taps_when_no_key_was_shown_lately(phone: Phone, server: Server, samples: Path) -> None:
    sonia = keep_two_badges(phone, samples)
    six_minutes_pass(server)
    phone.page.goto("/badges")
    sonia.taps = 0

    sonia.tap("Moi")
    with phone.page.expect_download() as taken:
        sonia.shows_a_finger("Tout récupérer")

    assert sonia.taps == 2 + FINGER == 3
    assert taken.value.suggested_filename.endswith(".zip")
