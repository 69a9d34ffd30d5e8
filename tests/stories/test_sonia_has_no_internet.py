"""Sonia's prepaid gigabyte is used up: what she kept is in her phone, says when it was seen, and is nobody else's."""

import re
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Error, Page, Request, Route, expect

from tests.fixtures.browser import Phone
from tests.fixtures.server import Server
from tests.fixtures.strangers import Stranger, answering
from tests.stories.contents import sign_out
from tests.stories.ready_phones import holder, posted, receives_cookies, with_badges
from tests.stories.taps import Person
from tests.stories.test_sonia_shares_a_badge_with_the_app import TRAP
from tests.stories.without_internet import (
    answers,
    comes,
    comes_to_forget,
    comes_to_keep,
    everything,
    grows_older,
    kept,
    leaves_the_town,
)
from wallet.web import service_worker

pytestmark = [pytest.mark.browser, pytest.mark.service_worker]
Phones = Callable[..., Phone]
SEEN = re.compile(r"Vu le \d+(er)? \S+ \d{4} à \d+\xa0h\xa0\d\d\.")
"""In any month: the browser reads it, whose \\w has no « é » and no « û »."""
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
LONG = """() => {
  const asks = fetch
  self.fetch = async (to, how) => {
    const answer = await asks(to, how)
    if (to !== "/shares" || self.lets) return answer
    const said = await answer.text()
    return Object.assign(answer, { clone: () => ({ text: () => new Promise((done) => (self.lets = () => done(said))) }) })
  }
}"""
"""It is hers, and the end of what it says is long on its way."""
HANGS = """async () => {
  for (let waited = 0; waited < 50 && !self.lets; waited++) await new Promise((done) => setTimeout(done, 100))
  return Boolean(self.lets)
}"""
"""Whether one of these has come to it, within five seconds."""
HAS_THE_SHARE = f"""async () => {{
  const shares = {SHARES}, isThere = async () => (await shares()).includes("Arrêter ce partage")
  for (let waited = 0; waited < 50 && !(await isThere()); waited++) await new Promise((done) => setTimeout(done, 100))
  return isThere()
}}"""
"""Whether her phone keeps a share that she can stop, within five seconds."""
ENDS = """async () => {
  self.lets()
  await new Promise((done) => setTimeout(done))
  return (await caches.keys()).filter((name) => name.startsWith("person"))
}"""
"""The end is there: whose pages are kept then. A cache is asked for before the next turn, and they are opened one by one."""
CUT = """() => {
  const asks = fetch
  self.fetch = async (to, how) => {
    const answer = await asks(to, how)
    if (to.method === "POST") throw new TypeError("cut")
    return answer
  }
}"""
"""What is sent arrives, and no answer to it comes back."""
BROKEN = """() => {
  for (const one of ["delete", "has", "keys", "match", "open"])
    caches[one] = () => Promise.reject(new DOMException("Unexpected internal error.", "UnknownError"))
}"""
"""Its storage is full or broken: Chromium refuses so all that is asked of it."""
SAVES_DATA = (
    """(saveData) => Object.defineProperty(navigator, "connection", { value: { saveData }, configurable: true })"""
)
"""Whether its owner has told the phone to save data, as its worker reads it."""
KEEPS_FROM_LONG_AGO = """async (path) => {
  const name = (await caches.keys()).find((one) => one.startsWith("person"))
  await (await caches.open(name)).put(path, new Response("", { headers: { "kept-at": Date.now() - 8 * 86_400_000 } }))
}"""
"""A page that her phone kept eight days ago."""
OUTDATES = """async (asked) => {
  const cache = await caches.open((await caches.keys()).find((one) => one.startsWith("person"))), left = []
  for (const [sent, paths] of Object.entries(asked)) {
    for (const path of paths) await cache.put(path, new Response("", { headers: { "kept-at": Date.now() } }))
    await outdate(sent)
    left.push([])
    for (const path of paths) if (await cache.match(path)) left.at(-1).push(path)
    for (const path of paths) if (/7/.test(path)) await cache.delete(path)
  }
  return left
}"""
"""Of some pages that her phone keeps, those that are left after something was sent there."""
AS_BEFORE = "() => { delete self.lets; delete self.fetch; for (const one of Object.keys(caches)) delete caches[one] }"
"""The worker's own way to ask and to keep again."""
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def sonia(phone: Phone, server: Server, real_badge: Path, samples: Path) -> Person:
    """She has two badges and one share, and everything that her phone wants to keep is kept."""
    sonia = with_badges(phone, real_badge, samples / "ob3-organiser-2.png", at="")
    shows(phone, "/shares/new")
    phone.page.goto("/badges")
    all_is_kept(sonia)
    return sonia


def shows(phone: Phone, path: str) -> None:
    """She shows all she has, by what the form at *path* sends."""
    badges = re.findall(r'name="badge" value="(\d+)"', phone.page.request.get(path).text())
    posted(phone, "/shares", urlencode({"badge": badges, "days": "7"}, doseq=True).encode(), FORM)


def all_is_kept(sonia: Person) -> None:
    """Returns when it is."""
    badges = [str(one.get_attribute("href")) for one in sonia.page.locator("a.patch").all()]
    comes_to_keep(sonia.page, "/badges", "/path", "/shares", "/code", "/evidence/draft", *badges)
    comes(lambda: "Arrêter ce partage" in sonia.page.evaluate(SHARES))


def test_she_leaves_the_town_after_her_first_page(phone: Phone, server: Server, samples: Path) -> None:
    """It was asked for before the phone knew whose it is, and so was the key of what she tells there."""
    page = with_badges(phone, samples / "ob3-organiser-2.png", at="").page
    lags: list[Route] = []
    phone.context.route("**/badges", lambda route: lags.append(route) if kept_by(route.request) else route.continue_())
    with phone.context.expect_event("request", kept_by):
        page.goto("/badges")
    page.wait_for_function("() => navigator.serviceWorker.controller")

    page.evaluate("() => fetch('/drafts/key')")  # whose it is
    lags.pop().continue_()

    comes_to_keep(page, "/badges", "/evidence/draft")
    leaves_the_town(phone.context)
    page.goto("/evidence/draft")
    page.wait_for_function("() => document.querySelector('moment-draft').draft")
    assert page.evaluate("async () => await document.querySelector('moment-draft').save()"), "it keeps what she tells"
    page.goto("/shares/new")
    expect(page.get_by_role("link", name="Voir les badges gardés dans ce téléphone")).to_be_visible()
    expect(page.get_by_role("link", name="Montrer mon QR code")).to_be_hidden()  # she has made none


def kept_by(request: Request) -> bool:
    """Whether the worker asks for her badges, to keep them."""
    return bool(request.service_worker) and request.url.endswith("/badges")


@pytest.mark.breadth
def test_her_badges_and_her_code_are_there_say_when_they_were_seen_are_the_newest_and_are_gone_after_seven_days(
    sonia: Person, phone: Phone, tmp_path: Path
) -> None:
    """One phone from the first day to the last; what it shows to strangers is never kept."""
    page = sonia.page
    named = page.locator("a.patch .name").all_inner_texts()
    phone.context.set_offline(True)

    assert answers(page, "/").from_service_worker  # which leads whoever is in to their badges
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
    (code,) = zxingcpp.read_barcodes(Image.open(tmp_path / "code.png"), formats=zxingcpp.BarcodeFormat.QRCode)
    assert "/s/" in code.text

    _what_was_not_kept_is_said_to_be_away_and_nothing_is_done(sonia, phone)
    _what_is_only_asked_for_goes_on_being_kept(sonia)
    _what_is_shown_to_strangers_is_never_kept(sonia)
    _what_is_not_there_any_more_is_kept_no_longer(sonia)
    _what_was_sent_makes_old_what_it_is_about_and_nothing_else(phone)
    _where_data_is_saved_nothing_is_asked_for_ahead(sonia, phone)
    _the_newest_is_there_as_soon_as_there_is_internet(sonia, phone)
    _what_she_typed_stays_when_nothing_answers(sonia, phone)
    _all_works_on_the_network_where_the_storage_is_broken(sonia, phone)
    _is_gone_after_seven_days(sonia, phone)
    _she_is_out_though_the_way_back_was_cut(sonia, phone)


def _what_was_not_kept_is_said_to_be_away_and_nothing_is_done(sonia: Person, phone: Phone) -> None:
    page = sonia.page
    page.goto("/settings")
    sonia.reads(OFF)
    page.goto("/shares")
    sonia.tap("Arrêter ce partage")
    sonia.reads("Votre page est encore là.")
    page.get_by_role("navigation", name="Les pages").get_by_role("link", name="Montrer").click()
    sonia.reads("le QR code marche quand même")
    page.goto("/settings")
    expect(page.get_by_role("link", name="Montrer mon QR code")).to_be_visible()
    sonia.tap("Voir les badges gardés dans ce téléphone")
    expect(page.locator(".seen")).to_have_text(SEEN)
    phone.context.set_offline(False)
    page.goto("/shares")
    expect(page.locator(".seen")).to_be_hidden()
    sonia.reads("Arrêter ce partage")


def _what_is_only_asked_for_goes_on_being_kept(sonia: Person) -> None:
    """A page may ask whether something is there (HEAD): nothing was sent. What says « C’est gardé » is seen once."""
    page, badge = sonia.page, a_badge(sonia)

    assert page.evaluate("async (path) => (await fetch(path, { method: 'HEAD' })).status", badge) == 200

    assert badge in kept(page)["person"]
    page.goto(f"{badge}?done=kept")
    page.goto("/badges")
    assert "</html>" in page.evaluate("async (path) => await (await caches.match(path)).text()", badge)


def a_badge(sonia: Person) -> str:
    """The page of one that her phone keeps."""
    return next(path for path in kept(sonia.page)["person"] if re.fullmatch(r"/badges/\d+", path))


def fulfils(answer: dict[str, Any], route: Route) -> None:
    """Nothing but *answer* comes."""
    route.fulfill(**answer)


def _what_is_not_there_any_more_is_kept_no_longer(sonia: Person) -> None:
    """Be it away or elsewhere; and of what is kept, what is too old goes without the rest."""
    page, badge = sonia.page, a_badge(sonia)
    for answer in ({"status": 404}, {"status": 303, "headers": {"location": "/badges"}}):
        page.context.route(f"**{badge}", partial(fulfils, answer))
        page.goto(badge)
        comes(lambda: badge not in kept(page)["person"])
        page.context.unroute(f"**{badge}")
        page.goto(badge)
        comes_to_keep(page, badge)
    page.evaluate(KEEPS_FROM_LONG_AGO, "/badges/0")

    page.goto("/badges")

    comes(lambda: "/badges/0" not in kept(page)["person"])
    assert "/badges" in kept(page)["person"]


def _what_was_sent_makes_old_what_it_is_about_and_nothing_else(phone: Phone) -> None:
    """A picture never becomes another one, and the page to tell on is wanted in the bus."""
    left = phone.context.service_workers[-1].evaluate(
        OUTDATES,
        {
            "/drafts": ["/evidence/77", "/evidence/77/answers/me", "/evidence/draft", "/badges/77"],
            "/badges/77/notes": ["/badges/77", "/badges/77/details", "/badges/77/picture", "/badges/771", "/code"],
            "/shares/77/stop": ["/shares/77", "/shares/77/qr.svg", "/badges/77", "/code"],
        },
    )

    assert left == [
        ["/evidence/draft", "/badges/77"],
        ["/badges/77/picture", "/badges/771", "/code"],
        ["/shares/77/qr.svg", "/badges/77"],
    ]


def _where_data_is_saved_nothing_is_asked_for_ahead(sonia: Person, phone: Phone) -> None:
    """Her phone is told so, for her gigabyte has to last. No page of hers asks for that one, which might come meanwhile."""
    page, keeper = sonia.page, phone.context.service_workers[-1]
    found = []
    for saves in (True, False):
        keeper.evaluate(SAVES_DATA, saves)
        keeper.evaluate("() => keep(['/help'])")
        found.append("/help" in kept(page)["person"])

    assert found == [False, True]


def _what_is_shown_to_strangers_is_never_kept(sonia: Person) -> None:
    page = sonia.page
    page.goto("/code")
    link = re.sub(r"\s", "", page.locator("#address").inner_text())
    answer = answers(page, f"http://{link}")

    assert not answer.from_service_worker
    assert not [path for paths in kept(page).values() for path in paths if path.startswith("/s/")]


def _the_newest_is_there_as_soon_as_there_is_internet(sonia: Person, phone: Phone) -> None:
    """What was under way when she stopped is not kept: be it on its way, or being put away."""
    page = sonia.page
    page.goto("/badges")
    _stops_while_something_is_under_way(sonia, phone, SLOW)
    shows(phone, "/shares/new")
    _her_phone_asks_again(page, lambda: page.evaluate(HAS_THE_SHARE))
    _stops_while_something_is_under_way(sonia, phone, SLOWLY)

    page.goto("/badges")
    comes(lambda: "/shares" in kept(page)["person"] and "Montrer le QR code" not in page.evaluate(SHARES))
    phone.context.set_offline(True)

    page.goto("/shares")

    expect(page.get_by_role("link", name="Montrer le QR code")).to_have_count(0)
    page.goto("/code")
    expect(page.get_by_role("heading", level=1)).to_have_text(OFF)
    assert not [path for path in kept(page)["person"] if path.startswith("/shares/") and "qr" not in path]
    phone.context.set_offline(False)


def _stops_while_something_is_under_way(sonia: Person, phone: Phone, slow: str) -> None:
    page, keeper = sonia.page, phone.context.service_workers[-1]
    keeper.evaluate(slow)
    _her_phone_asks_again(page, lambda: keeper.evaluate(HANGS))
    page.goto("/shares")
    sonia.tap("Arrêter ce partage")
    sonia.reads("C’est arrêté.")
    comes(lambda: "Montrer le QR code" not in page.evaluate(SHARES))

    keeper.evaluate("() => self.lets()")

    page.wait_for_timeout(500)
    assert "Montrer le QR code" not in page.evaluate(SHARES)
    keeper.evaluate(AS_BEFORE)


def _her_phone_asks_again(page: Page, is_so: Callable[[], bool]) -> None:
    """For the shares, until it is so; what an earlier page asked for may come first, and is new enough for a day."""
    for _ in range(3):
        grows_older(page, 1)
        page.goto("/badges")
        if is_so():
            return
    raise AssertionError("Nobody asks for them.")


def _what_she_typed_stays_when_nothing_answers(sonia: Person, phone: Phone) -> None:
    page = sonia.page
    page.goto("/shares/new")
    page.get_by_text("Pour qui").first.click()
    page.get_by_label("Autre").check()
    page.locator("#other").fill("Le magasin de Vire")
    phone.context.set_offline(True)
    page.evaluate("() => { window.told = 0; document.addEventListener('unsent', () => window.told++) }")

    for times in (1, 2):
        page.get_by_role("button", name="Créer le QR code").click()
        page.wait_for_function("(times) => window.told === times", arg=times)

    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.locator("#other")).to_have_value("Le magasin de Vire")
    phone.context.set_offline(False)
    sonia.tap("Créer le QR code")
    sonia.reads("Faites scanner ce QR code")
    page.goto("/settings?done=kept")
    sonia.reads("Votre prénom est gardé.")
    phone.context.set_offline(True)
    page.evaluate("() => document.querySelector('form[action=\"/settings\"]').requestSubmit()")
    sonia.reads("Votre page est encore là.")
    expect(page.get_by_text("Votre prénom est gardé.")).to_have_count(0)
    phone.context.set_offline(False)


def _all_works_on_the_network_where_the_storage_is_broken(sonia: Person, phone: Phone) -> None:
    page, keeper = sonia.page, phone.context.service_workers[-1]
    keeper.evaluate(BROKEN)

    assert answers(page, "/badges").from_service_worker
    expect(page.locator(".seen")).to_be_hidden()
    page.wait_for_function("() => [...document.images].every((one) => one.complete && one.naturalWidth)")
    page.goto("/shares/new")
    sonia.tap("Créer le QR code")
    sonia.reads("Faites scanner ce QR code")
    phone.context.set_offline(True)
    with pytest.raises(Error, match="ERR_FAILED"):
        page.goto("/badges")

    phone.context.set_offline(False)
    keeper.evaluate(AS_BEFORE)
    page.goto("/badges")


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
    phone.context.set_offline(False)


def _she_is_out_though_the_way_back_was_cut(sonia: Person, phone: Phone) -> None:
    sonia.page.goto("/badges")
    comes_to_keep(sonia.page, "/badges")
    sonia.page.goto("/settings")
    phone.context.service_workers[-1].evaluate(CUT)

    sonia.tap("Me déconnecter")

    comes_to_forget(sonia.page)
    sonia.page.goto("/badges")
    sonia.reads("Vous revoilà")


@pytest.mark.breadth
def test_a_foreign_page_takes_nothing_kevin_finds_nothing_and_a_session_that_ended_or_was_left_takes_all_along(
    sonia: Person,
    phone: Phone,
    server: Server,
    real_badge: Path,
    stranger: Callable[..., Stranger],
) -> None:
    """And a network that never answers is not waited for."""
    page = sonia.page
    (hers,) = [one for one in phone.context.cookies() if one["name"] == "wallet"]
    link = page.get_by_role("link", name=re.compile("Organiser")).first.get_attribute("href")
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)  # connections are taken, and nothing is ever said
    try:
        page.goto("/badges")
        expect(page.locator(".seen")).to_have_text(SEEN)
    finally:
        server.process.send_signal(signal.SIGCONT)

    _a_foreign_page_takes_nothing(sonia, phone, server, stranger)
    _kevin_signs_in_and_finds_nothing_of_hers(sonia, phone, server, real_badge)
    _a_session_that_ended_takes_all_along(sonia, phone)

    # Sonia is back, and leaves by the button: the shell alone is there.
    phone.context.set_offline(False)
    phone.context.add_cookies([{"name": "wallet", "value": hers["value"], "url": phone.origin}])
    page.goto("/badges")
    all_is_kept(sonia)
    assert HERS in everything(page)
    sign_out(sonia)
    sonia.reads("Vous revoilà")
    page.evaluate("async () => void (await navigator.serviceWorker.ready)")
    phone.context.set_offline(True)

    for path in ("/badges", str(link), "/code"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_text(OFF)
    assert set(kept(page)) == {"shell"}
    assert HERS not in everything(page)


def _a_foreign_page_takes_nothing(
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


def _kevin_signs_in_and_finds_nothing_of_hers(sonia: Person, phone: Phone, server: Server, real_badge: Path) -> None:
    keeper = phone.context.service_workers[-1]
    keeper.evaluate(SLOW)
    _her_phone_asks_again(sonia.page, lambda: keeper.evaluate(HANGS))
    for kevin in holder(server, real_badge):
        receives_cookies(phone, kevin)

    sonia.page.goto("/badges")
    heading = sonia.page.get_by_role("heading", level=1)
    expect(heading).not_to_have_text("Mes 2 badges")
    his_badge = heading.inner_text()
    comes(lambda: HERS not in everything(sonia.page) and "/badges" in kept(sonia.page).get("person", []))
    keeper.evaluate("() => self.lets()")  # what was asked for in her name comes only now
    sonia.page.wait_for_timeout(500)
    assert "/badges" in kept(sonia.page)["person"]
    assert HERS not in everything(sonia.page)
    keeper.evaluate(AS_BEFORE)

    phone.context.set_offline(True)
    sonia.page.goto("/badges")
    sonia.reads(his_badge)
    sonia.page.goto("/code")
    expect(sonia.page.get_by_role("heading", level=1)).to_have_text(OFF)


def _a_session_that_ended_takes_all_along(sonia: Person, phone: Phone) -> None:
    page, keeper = sonia.page, phone.context.service_workers[-1]
    phone.context.set_offline(False)
    keeper.evaluate(LONG)
    _her_phone_asks_again(page, lambda: keeper.evaluate(HANGS))
    phone.context.clear_cookies(name="wallet")

    page.goto("/shares")

    sonia.reads("Ouvrir mes badges")
    comes_to_forget(page)
    assert keeper.evaluate(ENDS) == [], "what was on its way is not kept for who is gone"
    keeper.evaluate(AS_BEFORE)
    phone.context.set_offline(True)
    page.goto("/badges")
    expect(page.get_by_role("heading", level=1)).to_have_text(OFF)
