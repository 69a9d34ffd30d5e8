"""Maria leaves in four taps: Réglages, Tout effacer, Oui, effacer, and her finger."""

from pathlib import Path

import pytest

from tests.fixtures.browser import Phone
from tests.fixtures.server import Server
from tests.stories.ready_phones import with_badges
from tests.stories.taps import PROMISED
from tests.stories.test_sonia_has_several_keys import six_minutes_pass

pytestmark = [pytest.mark.browser, pytest.mark.service_worker]


def test_maria_leaves_in_four_taps(phone: Phone, server: Server, real_badge: Path) -> None:
    maria = with_badges(phone, real_badge)
    six_minutes_pass(server)
    phone.page.goto("/badges")
    maria.taps = 0

    maria.tap("Moi")
    maria.tap("Tout effacer")
    maria.reads("Voulez-vous d’abord tout récupérer\u00a0?")
    maria.shows_a_finger("Oui, effacer")

    phone.page.wait_for_url("**/erased")
    maria.reads("Tout est effacé")
    assert (maria.taps, maria.characters) == (PROMISED["F14"], 0)
    assert phone.page.context.cookies() == []
    phone.page.goto("/badges")
    maria.reads("Ajouter mon premier badge")
