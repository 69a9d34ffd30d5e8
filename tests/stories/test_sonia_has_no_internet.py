"""Sonia's prepaid gigabyte is used up: what she kept is in her phone, says when it was seen, and is nobody else's."""

import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from tests.fixtures.browser import Phone
from tests.fixtures.server import Server
from tests.fixtures.strangers import Stranger, answering
from tests.stories.contents import sign_out
from tests.stories.ready_phones import with_badges
from tests.stories.taps import Person
from tests.stories.test_sonia_shares_a_badge_with_the_app import TRAP
from tests.stories.test_sonia_shows_her_first_badge import show_it
from tests.stories.without_internet import answers, comes, comes_to_forget, comes_to_keep, everything, grows_older, kept
from wallet.web import service_worker

pytestmark = [pytest.mark.browser, pytest.mark.service_worker]
Phones = Callable[..., Phone]
SEEN = re.compile(r"Vu le \d+(er)? \w+ \d{4} à \d+\xa0h\xa0\d\d\.")
HERS = "Organisme d’essai"
"""Who gave her a badge: it stands on her pages, and on none of ours."""
SHARES = "async () => (await (await caches.match('/shares'))?.text()) || ''"
OFF = "Internet est coupé."
SLOW = """() => {
  const asks = fetch
  self.fetch = async (to, how) => {
    const answer = await asks(to, how)
    if (to === "/shares" && !self.lets) await new Promise((done) => (self.lets = done))
    return answer
  }
}"""
"""The worker's next answer about the shares hangs in the air."""
SLOWLY = """() => {
  const [asks, opens] = [fetch, caches.open.bind(caches)]
  let asked = false
  self.fetch = async (to, how) => {
    const answer = await asks(to, how)
    asked ||= to === "/shares"
    return answer
  }
  caches.open = async (name) => {
    if (asked && !self.lets && name.startsWith("person")) await new Promise((done) => (self.lets = done))
    return opens(name)
  }
}"""
"""It came, and takes long to be put away."""
CUT = """() => {
  const asks = fetch
  self.fetch = async (to, how) => {
    const answer = await asks(to, how)
    if (to.method === "POST") throw new TypeError("cut")
    return answer
  }
}"""
"""What is sent arrives, and no answer to it comes back."""


@pytest.fixture
def sonia(phone: Phone, server: Server, real_badge: Path, samples: Path) -> Person:
    """She has two badges and one share, and everything that her phone wants to keep is kept."""
    sonia = with_badges(phone, real_badge, samples / "ob3-organiser-2.png")
    show_it(sonia)
    sonia.page.goto("/badges")
    badges = [str(one.get_attribute("href")) for one in sonia.page.locator("a.patch").all()]
    comes_to_keep(sonia.page, "/badges", "/path", "/shares", "/code", "/evidence/draft", *badges)
    comes(lambda: "Arrêter ce partage" in sonia.page.evaluate(SHARES))
    return sonia


def test_her_badges_and_her_code_are_there_say_when_they_were_seen_and_are_gone_after_seven_days(
    sonia: Person, phone: Phone, tmp_path: Path
) -> None:
    page = sonia.page
    named = page.locator("a.patch .name").all_inner_texts()
    phone.context.set_offline(True)

    assert answers(page, "/badges").from_service_worker
    expect(page.locator(".seen")).to_have_text(SEEN)
    assert page.locator("a.patch .name").all_inner_texts() == named
    page.locator("a.patch").last.click()
    expect(page.locator(".seen")).to_have_text(SEEN)
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    # from the home screen, and the code itself: a recruiter can scan it
    page.goto("/code")
    sonia.reads("Ce n’est pas grave, le QR code marche quand même.")
    page.wait_for_function("() => [...document.images].every((one) => one.complete && one.naturalWidth)")
    page.screenshot(path=tmp_path / "code.png")
    (code,) = zxingcpp.read_barcodes(Image.open(tmp_path / "code.png"))
    assert "/s/" in code.text

    # what was not kept is said to be away, and nothing is done
    page.goto("/settings")
    sonia.reads(OFF)
    page.goto("/shares")
    sonia.tap("Arrêter ce partage")
    sonia.reads("Votre page est encore là.")
    page.get_by_role("navigation", name="Les pages").get_by_role("link", name="Montrer").click()
    sonia.reads("le QR code marche quand même")
    page.goto("/settings")
    sonia.tap("Voir les badges gardés dans ce téléphone")
    expect(page.locator(".seen")).to_have_text(SEEN)
    phone.context.set_offline(False)
    page.goto("/shares")
    expect(page.locator(".seen")).to_be_hidden()
    sonia.reads("Arrêter ce partage")

    _is_gone_after_seven_days(sonia, phone)


def _is_gone_after_seven_days(sonia: Person, phone: Phone) -> None:
    comes_to_keep(sonia.page, "/badges")
    phone.context.set_offline(True)
    grows_older(sonia.page, 6)
    sonia.page.goto("/badges")
    sonia.reads("Organiser")

    grows_older(sonia.page, 8)  # what was still on its way a moment ago, too
    sonia.page.goto("/badges")

    expect(sonia.page.get_by_role("heading", level=1)).to_have_text(OFF)
    comes_to_forget(sonia.page)
    assert HERS not in everything(sonia.page)


def test_what_is_shown_to_strangers_is_never_kept_and_the_newest_is_there_as_soon_as_there_is_internet(
    sonia: Person, phone: Phone
) -> None:
    page = sonia.page
    page.goto("/code")
    link = re.sub(r"\s", "", page.locator("#address").inner_text())
    answer = answers(page, f"http://{link}")

    assert not answer.from_service_worker
    assert not [path for paths in kept(page).values() for path in paths if path.startswith("/s/")]

    page.goto("/shares")
    sonia.tap("Arrêter ce partage")
    sonia.reads("C’est arrêté.")
    page.goto("/badges")
    comes(lambda: "/shares" in kept(page)["person"] and "Montrer le QR code" not in page.evaluate(SHARES))
    phone.context.set_offline(True)

    page.goto("/shares")

    expect(page.get_by_role("link", name="Montrer le QR code")).to_have_count(0)
    page.goto("/code")
    expect(page.get_by_role("heading", level=1)).to_have_text(OFF)
    assert not [path for path in kept(page)["person"] if path.startswith("/shares/") and "qr" not in path]


def test_what_she_typed_stays_when_nothing_answers_and_she_is_out_though_the_way_back_was_cut(
    sonia: Person, phone: Phone
) -> None:
    page = sonia.page
    page.goto("/shares/new")
    page.get_by_text("Pour qui").first.click()
    page.get_by_label("Autre").check()
    page.locator("#other").fill("Le magasin de Vire")
    phone.context.set_offline(True)

    page.get_by_role("button", name="Créer le QR code").click()

    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.locator("#other")).to_have_value("Le magasin de Vire")
    phone.context.set_offline(False)
    sonia.tap("Créer le QR code")
    sonia.reads("Faites scanner ce QR code")

    phone.context.service_workers[-1].evaluate(CUT)

    page.goto("/settings")
    sonia.tap("Me déconnecter")

    comes_to_forget(page)
    page.goto("/badges")
    sonia.reads("Vous revoilà")


@pytest.mark.parametrize("slow", [SLOW, SLOWLY], ids=["on its way", "being put away"])
def test_what_was_under_way_when_she_stopped_is_not_kept(sonia: Person, phone: Phone, slow: str) -> None:
    page, keeper = sonia.page, phone.context.service_workers[-1]
    keeper.evaluate(slow)
    grows_older(page, 1)
    page.goto("/badges")
    comes(lambda: keeper.evaluate("() => Boolean(self.lets)"))
    page.goto("/shares")
    sonia.tap("Arrêter ce partage")
    sonia.reads("C’est arrêté.")
    comes(lambda: "Montrer le QR code" not in page.evaluate(SHARES))

    keeper.evaluate("() => self.lets()")

    page.wait_for_timeout(500)
    assert "Montrer le QR code" not in page.evaluate(SHARES)


def test_a_network_that_never_answers_is_not_waited_for_and_who_signed_out_finds_the_shell_alone(
    sonia: Person, phone: Phone, server: Server
) -> None:
    page = sonia.page
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)  # connections are taken, and nothing is ever said
    try:
        page.goto("/badges")
        expect(page.locator(".seen")).to_have_text(SEEN)
    finally:
        server.process.send_signal(signal.SIGCONT)

    link = page.get_by_role("link", name=re.compile("Organiser")).first.get_attribute("href")
    assert HERS in everything(page)
    sign_out(sonia)
    sonia.reads("Vous revoilà")
    page.evaluate("async () => void (await navigator.serviceWorker.ready)")
    phone.context.set_offline(True)

    for path in ("/", "/badges", str(link), "/code", "/shares", "/path", "/evidence"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_text(OFF)
    assert set(kept(page)) == {"shell"}
    assert HERS not in everything(page)


def test_kevin_signs_in_on_her_phone_and_finds_nothing_of_hers(
    sonia: Person, phone: Phone, phones: Phones, real_badge: Path
) -> None:
    kevin = with_badges(phones(), real_badge)
    his_badge = kevin.page.get_by_role("heading", level=1).inner_text()
    (his,) = [one for one in kevin.page.context.cookies() if one["name"] == "wallet"]
    name, domain, path = his["name"], his["domain"], his["path"]
    phone.context.add_cookies([{"name": name, "value": his["value"], "domain": domain, "path": path}])

    sonia.page.goto("/badges")
    sonia.reads(his_badge)
    comes(lambda: HERS not in everything(sonia.page) and "/badges" in kept(sonia.page).get("person", []))

    phone.context.set_offline(True)
    sonia.page.goto("/badges")
    sonia.reads(his_badge)
    sonia.page.goto("/code")
    expect(sonia.page.get_by_role("heading", level=1)).to_have_text(OFF)


def test_a_foreign_page_takes_nothing_from_her_phone_and_a_session_that_ended_takes_all_along(
    sonia: Person, phone: Phone, server: Server, stranger: Callable[..., Stranger]
) -> None:
    page, trap = sonia.page, TRAP.format(origin=server.origin, badge="'{}'")
    evil = stranger(answering(trap.encode(), "200 OK", "Content-Type: text/html; charset=utf-8"))
    told: list[str] = []
    page.on("response", lambda one: told.append(one.headers["wallet-holder"]) if "/handovers" in one.url else None)
    before = set(kept(page)["person"])

    for reset, words in (("document.forms[0].reset()", "Aucun badge n’est ajouté"), ("", "Ajouter ce badge\u00a0?")):
        page.goto(evil.address())
        page.evaluate(f"() => {{ {reset}; document.forms[0].submit() }}")
        sonia.reads(words)

    # Both came without her cookie, and were answered as to nobody; the page to which the second one led knows her.
    assert told[:2] == [service_worker.NOBODY] * 2
    assert service_worker.NOBODY not in told[2:]
    assert before <= set(kept(page)["person"])
    phone.context.set_offline(True)
    page.goto("/badges")
    sonia.reads("Organiser")

    phone.context.set_offline(False)
    phone.context.clear_cookies(name="wallet")

    page.goto("/shares")

    sonia.reads("Ouvrir mes badges")
    comes_to_forget(page)
    phone.context.set_offline(True)
    page.goto("/badges")
    expect(page.get_by_role("heading", level=1)).to_have_text(OFF)
    assert HERS not in everything(page)
