"""Maria takes all she has with her: the file comes by itself, and once more by its button, with or without scripts."""

from pathlib import Path

import pytest

from tests.fixtures.archives import opened, wallet_of
from tests.fixtures.browser import Phone
from tests.fixtures.server import Server
from tests.stories.ready_phones import with_badges
from tests.stories.taps import Person

pytestmark = [pytest.mark.browser, pytest.mark.service_worker]


def test_the_file_comes_to_the_phone_by_itself_and_by_the_button(
    phone: Phone, server: Server, real_badge: Path
) -> None:
    maria: Person = with_badges(phone, real_badge)
    phone.page.goto("/settings")
    maria.taps = 0

    with phone.page.expect_download() as by_itself:
        maria.tap("Tout récupérer")
    maria.reads("Le dossier arrive dans vos téléchargements.")
    with phone.page.expect_download() as by_button:
        maria.tap("Récupérer le dossier")

    assert maria.taps == 2
    for download in (by_itself.value, by_button.value):
        assert download.suggested_filename.startswith("mes-badges-")
        found = opened(download.path().read_bytes())
        (badge,) = wallet_of(found)["badges"]
        assert found[badge["file"]] == real_badge.read_bytes()
    assert phone.page.url.endswith("/archive"), "the page stays"
