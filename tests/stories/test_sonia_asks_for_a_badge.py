"""Sonia misses a badge on her map and asks the GRETA; the GRETA, by its letter, without an account and without a script, gives it."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.bent_offers import by_value
from tests.fixtures.browser import Phone, axe
from tests.fixtures.clockwork import Clockwork
from tests.fixtures.fablab import Fablab
from tests.fixtures.mail import body
from tests.fixtures.traveller import Traveller
from tests.fixtures.visits import signed
from tests.stories.ready_phones import holder, receives_cookies
from tests.stories.taps import PROMISED, Person
from wallet import registers, trust

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
SMALL = {"width": 360, "height": 640}
AT_WORK = "badges@greta.example"
OF_A_STRUCTURE = 3
"""Taps of whoever is asked: they type a code, so that they are in no table of those who type nothing."""
OF_AN_OFFER = 3
"""Taps from the path to a badge that was offered: the answer, « Ajouter mon badge », and the « Ajouter » of all offers."""


@pytest.fixture(scope="module")
def server(clockwork: Clockwork) -> Clockwork:
    """Where the phones of this module begin."""
    return clockwork


@pytest.fixture
def sonia(server: Clockwork, tmp_path: Path) -> Iterator[Traveller]:
    """Sonia, who keeps a badge of an issuer whom the operator knows."""
    badge = file_of("communiquer-1", tmp_path)
    entry = trust.Entry(match=json.loads(badge.read_bytes())["issuer"]["id"], name="Le GRETA", asks_at=AT_WORK)
    server.services.database.write(registers.add_issuer, entry, "a test", server.clock())
    server.room.letters.clear()
    yield from holder(server, badge)


def file_of(name: str, folder: Path) -> Path:
    """A badge that the GRETA gave."""
    (path := folder / f"{name}.json").write_bytes(signed(name))
    return path


def asks(sonia: Person, look: Callable[[Page], list[str]]) -> None:
    """From the map, by the taps that are promised; *look* finds nothing on the page of this way that no table draws each time."""
    sonia.taps = 0
    sonia.tap(sonia.page.locator("a b").filter(has_text="Il vous manque").inner_text())
    expect(sonia.page.get_by_role("heading", level=1)).to_have_text("À qui demandez-vous ?")
    assert look(sonia.page) == []
    sonia.tap("Le GRETA")
    expect(sonia.page.get_by_role("heading", level=1)).to_have_text("Que montrez-vous ?")
    sonia.tap("Envoyer ma demande")
    sonia.reads("Votre demande est partie.")


def answers(greta: Person, server: Clockwork, field: str, badge: Path | str, said: str) -> None:
    """By the link of the letter, and the code of the next one: *badge*, a file or an offer, in the *field* for it."""
    server.wait_for_letter_to(AT_WORK)
    letter = next(one for one in server.room.letters if AT_WORK in one["To"])
    link = re.search(r"http\S+/demande/\w+", body(letter))
    assert link is not None
    before = len(server.codes_to(AT_WORK))
    greta.taps = 0
    greta.page.goto(link[0])
    greta.reads("demande un badge")
    greta.tap("Donner le badge")
    place = greta.page.get_by_label(field)
    place.set_input_files(badge) if isinstance(badge, Path) else place.fill(badge)
    greta.page.get_by_label("Votre code").fill(server.next_code_to(AT_WORK, before))
    greta.tap("Envoyer")
    greta.reads(said)
    assert greta.taps <= OF_A_STRUCTURE
    assert greta.page.context.cookies() == []


def named_on_the_map(page: Page) -> str:
    """The skill of which the map says that it is missing, as the files of the samples call it."""
    named = page.get_by_role("link", name="Il vous manque").inner_text()
    found = re.search(r"«\s(.*?)\s»", named)
    assert found is not None
    return found[1].lower().removeprefix("s’").replace("é", "e")


@pytest.mark.breadth
def test_three_taps_ask_and_the_structure_gives_the_badge_without_a_script(
    phones: Phones, sonia: Traveller, server: Clockwork, tmp_path: Path
) -> None:
    phone = phones(viewport=SMALL)
    receives_cookies(phone, sonia)
    taps = Person(phone.page)
    greta = Person(phones(passkeys=False, java_script_enabled=False, viewport=SMALL).page)

    phone.page.goto("/path")
    badge = file_of(f"{named_on_the_map(phone.page)}-1", tmp_path)
    asks(taps, axe)
    assert (taps.taps, taps.characters) == (PROMISED["F21"], 0)
    answers(greta, server, "Le fichier du badge", badge, "La personne a le badge maintenant.")

    taps.page.goto("/path")
    taps.reads("Le GRETA a répondu oui. Voici votre badge.")
    taps.taps = 0
    taps.tap("Le GRETA a répondu oui. Voici votre badge.")
    taps.tap("Voir mon badge")
    expect(taps.page.get_by_role("heading", level=1)).to_be_visible()
    assert taps.taps <= PROMISED["F21"]


@pytest.mark.soak  # routes/test_petition_offers.py: it waits for her, and by her taps it comes and grants what she asked for
def test_an_offer_waits_for_her_and_three_taps_add_the_badge(
    phones: Phones, sonia: Traveller, server: Clockwork
) -> None:
    phone = phones(viewport=SMALL)
    receives_cookies(phone, sonia)
    taps = Person(phone.page)
    greta = Person(phones(passkeys=False, java_script_enabled=False, viewport=SMALL).page)
    taps.page.goto("/path")
    skill = f"{named_on_the_map(taps.page)}-1"
    fablab = Fablab(format="ldp_vc", badges={skill: json.loads(signed(skill))})
    server.services.fetcher.issuer = fablab  # type: ignore[attr-defined]
    asks(taps, lambda _page: [])
    assert (taps.taps, taps.characters) == (PROMISED["F21"], 0)
    answers(greta, server, "Ou son lien", by_value(fablab.offer()), "va l’ajouter.")

    taps.page.goto("/path")
    taps.taps = 0
    taps.tap("Le GRETA a répondu oui. Ajoutez votre badge.")
    taps.tap("Ajouter mon badge")
    taps.tap("Ajouter")
    assert taps.taps == OF_AN_OFFER
    taps.page.goto("/path")
    expect(taps.page.get_by_text("Le GRETA a répondu oui. Voici votre badge.")).to_have_count(1)
