"""Sonia has the wallet among her apps: a badge in her e-mail comes in by two taps, and no page brings one in for her.

No sheet of a real phone can be opened here. What Android does is done: the POST with `Sec-Fetch-Site: none` and the
cookies of her browser, which follows to where the answer leads.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Playwright, Request, expect

from tests.fixtures.browser import CHROMIUM, FLAGS, PATIENCE, WORKER, Authenticator, Phone, axe, keeps_a_diary
from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.server import Server
from tests.fixtures.strangers import Stranger, answering
from tests.fixtures.visits import signed
from tests.stories.ready_phones import with_badges
from tests.stories.taps import PROMISED, Person
from tests.stories.test_sonia_shows_her_first_badge import show_it

pytestmark = pytest.mark.browser
Phones = Callable[..., Phone]
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/124.0.0.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 15_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
WITHIN = {
    "WhatsApp": f"Mozilla/5.0 (Linux; Android 11; moto e7; wv) {CHROME} WhatsApp/2.24.10",
    "Facebook": f"{IPHONE} [FBAN/FBIOS;FBAV/466.0.0.44.106;FBBV/607000000;FBDV/iPhone12,8;FBMD/iPhone]",
    "LinkedIn": f"Mozilla/5.0 (Linux; Android 11; moto e7; wv) {CHROME} [LinkedInApp]/2.312.70",
    "the app of Google": f"{IPHONE} GSA/310.0.629000000 Safari/604.1",
}
LEAVE = "Ouvrez cette page dans Chrome ou Safari."
OFFER = "Mettez Mes badges sur votre écran d’accueil."
BLOCKED = "Service Worker registration blocked by Playwright"
TRAP = """<!doctype html><title>Gagnez un vélo</title>
<form method="post" action="{origin}/handovers" enctype="multipart/form-data"><input type="file" name="files"></form>
<script>
  const files = new DataTransfer()
  files.items.add(new File([{badge}], "communiquer.json", {{ type: "application/json" }}))
  document.querySelector("input").files = files.files
</script>"""


def shares(person: Person, server: Server, name: str, content: bytes) -> None:
    """« Partager » in another app, then « Mes badges » in the sheet of the phone: one tap that concerns us."""
    answer = person.page.context.request.post(
        f"{server.origin}/handovers",
        headers={"Sec-Fetch-Site": "none"},
        multipart={"title": "Votre badge", "files": {"name": name, "mimeType": "image/png", "buffer": content}},
        max_redirects=0,
    )
    assert answer.status == 303
    person.page.goto(answer.headers["location"])
    person.taps += 1


def test_a_badge_in_an_e_mail_is_in_the_wallet_after_two_taps(
    phone: Phone, server: Server, real_badge: Path, samples: Path
) -> None:
    sonia = with_badges(phone, real_badge)
    sonia.taps = 0

    shares(sonia, server, "organiser.png", (samples / "ob3-organiser-2.png").read_bytes())
    expect(phone.page.get_by_role("heading", level=1, name="Ajouter ce badge ?")).to_be_visible()
    sonia.reads("organiser.png")
    sonia.tap("Ajouter")

    sonia.reads("Votre badge est ajouté.")
    assert sonia.taps == PROMISED["F3c"]
    phone.page.goto("/badges")
    sonia.reads("Mes 2 badges")


@pytest.mark.soak  # routes/test_share_target.py: a visitor becomes one by the tap
def test_whoever_has_no_wallet_yet_keeps_it_as_after_an_upload(phone: Phone, server: Server, real_badge: Path) -> None:
    kevin = Person(phone.page)
    shares(kevin, server, "badge.png", real_badge.read_bytes())

    kevin.tap("Ajouter")
    kevin.confirm_with_a_finger("Garder ce badge")

    kevin.reads("Votre badge est gardé.")


@pytest.mark.soak  # routes/test_share_target.py sends the same forms
def test_without_javascript_it_is_the_same(phones: Phones, server: Server, real_badge: Path) -> None:
    phone = phones(passkeys=False, java_script_enabled=False)
    marc = Person(phone.page)
    shares(marc, server, "badge.png", real_badge.read_bytes())

    marc.tap("Non")
    assert phone.page.url == f"{server.origin}/"
    shares(marc, server, "badge.png", real_badge.read_bytes())
    marc.tap("Ajouter")

    marc.reads("Gardez-le, il est à vous")


def test_a_page_that_shares_in_sonias_name_brings_nothing_in(
    phone: Phone, server: Server, real_badge: Path, stranger: Callable[..., Stranger]
) -> None:
    sonia = with_badges(phone, real_badge)
    hers = phone.page.get_by_role("heading", level=1).inner_text()
    trap = TRAP.format(origin=server.origin, badge=json.dumps(signed("adapter-1").decode()))
    evil = stranger(answering(trap.encode(), "200 OK", "Content-Type: text/html; charset=utf-8", "Connection: close"))

    sent: list[Request] = []
    phone.page.on("request", lambda asked: asked.method == "POST" and sent.append(asked))
    phone.page.goto(evil.address())
    with phone.page.expect_navigation(url=re.compile("/handovers/")):
        phone.page.evaluate("document.querySelector('form').submit()")

    # Chromium sent it across sites and without her cookie; she is asked, and whoever asked for her reads nothing.
    told = [one.all_headers() for one in sent]
    assert [(one["sec-fetch-site"], "cookie" in one) for one in told] == [("cross-site", False)]
    sonia.reads("Ajouter ce badge ?")
    sonia.reads("Rien n’est encore ajouté.")
    place = phone.page.url
    assert evil.connections
    phone.page.goto(f"{server.origin}/badges")
    expect(phone.page.get_by_role("heading", level=1, name=hers)).to_be_visible()

    # the next form of that page is the one that would bring it in
    phone.page.goto(evil.address())
    with phone.page.expect_navigation() as answer:
        phone.page.evaluate(f"""() => {{ const form = document.querySelector("form")
            form.action = "{place}/badges"; form.submit() }}""")
    assert answer.value.status == 403
    phone.page.goto(f"{server.origin}/badges")
    expect(phone.page.get_by_role("heading", level=1, name=hers)).to_be_visible()

    phone.page.goto(place)
    sonia.tap("Non")
    assert phone.page.url == f"{server.origin}/badges"
    _a_frame_of_another_page_is_shown_nothing(phone, server, stranger)


def _a_frame_of_another_page_is_shown_nothing(phone: Phone, server: Server, stranger: Callable[..., Stranger]) -> None:
    trap = TRAP.format(origin=server.origin, badge="'x'").replace(
        '<form method="post"', '<form method="post" target="f"'
    )
    evil = stranger(
        answering(f"{trap}<iframe name='f'></iframe>".encode(), "200 OK", "Content-Type: text/html; charset=utf-8")
    )
    phone.page.goto(evil.address())

    with phone.page.expect_response(re.compile("/handovers/")) as shown:
        phone.page.evaluate("document.querySelector('form').submit()")

    assert shown.value.status == 404, "the secret is not kept in a frame of another site"


@pytest.fixture
def profile(playwright: Playwright, tmp_path: Path) -> Iterator[BrowserContext]:
    """A browser that keeps what it is given: only such a one installs anything."""
    context = playwright.chromium.launch_persistent_context(
        tmp_path, executable_path=CHROMIUM, args=list(FLAGS), locale="en-GB"
    )
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.mark.soak  # in French each time, in test_on_the_home_screen_the_paper_stands_where_the_offer_was
def test_chromium_finds_nothing_that_keeps_it_from_being_an_app_in_english(
    profile: BrowserContext, server: Server
) -> None:
    nothing_keeps_it_from_being_an_app(profile, server)


def nothing_keeps_it_from_being_an_app(profile: BrowserContext, server: Server) -> None:
    """As Chromium sees it on the first page."""
    page = profile.pages[0]
    complaints: list[str] = []
    page.on("console", lambda message: message.text == BLOCKED or complaints.append(message.text))
    page.goto(f"{server.origin}/")
    asking = profile.new_cdp_session(page)

    told = asking.send("Page.getAppManifest")

    assert told["errors"] == []
    manifest = json.loads(told["data"])
    language = page.evaluate("document.documentElement.lang")
    assert manifest["lang"] == language
    assert manifest["name"] == {"fr": "Mes badges", "en": "My badges"}[language]
    assert asking.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
    assert asking.send("Page.getAppId")["appId"] == f"{server.origin}/"
    assert complaints == []


@pytest.mark.breadth
def test_sonia_is_offered_the_home_screen_with_her_second_badge_and_puts_it_off(
    phone: Phone, server: Server, real_badge: Path, samples: Path
) -> None:
    sonia = with_badges(phone, real_badge)
    expect(phone.page.get_by_text(OFFER)).to_have_count(0)
    sonia.page.goto("/badges/new")
    sonia.choose("Choisir une image ou un fichier", samples / "ob3-organiser-2.png")
    phone.page.goto("/badges")
    sonia.reads(OFFER)
    sonia.reads("Le QR code marche alors sans Internet.")
    expect(sonia.find("Installer")).to_be_hidden()
    expect(sonia.find("Gardez un papier de secours")).to_be_hidden()

    sonia.tap("Voir comment faire")
    sonia.reads("Sur Android, avec Chrome")
    sonia.reads("Touchez les 3 points, en haut à droite.")
    phone.page.goto("/badges")
    sonia.tap("Plus tard")

    expect(phone.page.get_by_text(OFFER)).to_have_count(0)
    expect(sonia.find("Gardez un papier de secours")).to_be_visible()


HAS_A_SHEET = """() => {
  const sheet = new Event("beforeinstallprompt", { cancelable: true })
  sheet.prompt = () => { window.asked = true }
  window.dispatchEvent(sheet)
  window.stopped = sheet.defaultPrevented
}"""


def test_the_button_is_there_when_the_browser_has_a_sheet_and_all_is_gone_once_installed(
    phone: Phone, server: Server, real_badge: Path, samples: Path
) -> None:
    sonia = with_badges(phone, real_badge, samples / "ob3-organiser-2.png")
    phone.page.goto("/install")
    phone.page.evaluate(HAS_A_SHEET)
    expect(sonia.find("Installer")).to_be_visible()
    sonia.reads("Sur Android, avec Chrome")

    phone.page.goto("/badges")
    phone.page.evaluate(HAS_A_SHEET)
    expect(sonia.find("Voir comment faire")).to_be_hidden()
    sonia.tap("Installer")
    assert phone.page.evaluate("[window.asked, window.stopped]") == [True, True]

    with phone.page.expect_response("**/install/later"):
        phone.page.evaluate("window.dispatchEvent(new Event('appinstalled'))")
    expect(phone.page.get_by_text(OFFER)).to_be_hidden()
    phone.page.goto("/badges")
    expect(phone.page.get_by_text(OFFER)).to_have_count(0)


@pytest.fixture
def installed(
    request: pytest.FixtureRequest, playwright: Playwright, server: Server, tmp_path: Path
) -> Iterator[Phone]:
    """A phone on whose home screen the wallet is, opened from there: no bar of the browser."""
    # A screen that is emulated is never told from a browser's: the window is Chromium's own.
    pixel = {"user_agent": playwright.devices["Pixel 7"]["user_agent"], "no_viewport": True}
    # The window opens its first page by itself, before anybody can say what may run in it. An empty one asks for nothing:
    # no page of ours meets it on its way, and the wallet's worker is kept out of it as of every phone (browser.py, WORKER).
    # With the worker, /install was once never answered (CI; not seen again in 80 runs): nothing told here needs one.
    flags = [*FLAGS, "--app=data:text/html,"]
    context = playwright.chromium.launch_persistent_context(
        tmp_path / "profile",
        executable_path=CHROMIUM,
        args=flags,
        locale="fr-FR",
        base_url=server.origin,
        service_workers=WORKER,
        **pixel,
    )
    context.set_default_timeout(PATIENCE)
    keeps_a_diary(request, context)
    page = context.pages[0]
    yield Phone(context, page, Authenticator(page), server.origin)
    context.close()


@pytest.mark.breadth
def test_on_the_home_screen_the_paper_stands_where_the_offer_was(
    phone: Phone, installed: Phone, server: Server, real_badge: Path, samples: Path
) -> None:
    """What is on the home screen is the same browser, with the same cookies; and Chromium finds nothing against it."""
    nothing_keeps_it_from_being_an_app(installed.context, server)
    with_badges(phone, real_badge, samples / "ob3-organiser-2.png")
    installed.context.add_cookies(phone.context.cookies())  # type: ignore[arg-type]  # what it gives it takes
    sonia = Person(installed.page)

    installed.page.goto("/badges")
    expect(installed.page.get_by_text(OFFER)).to_be_hidden()
    expect(sonia.find("Gardez un papier de secours")).to_be_visible()
    installed.page.goto("/install")
    sonia.reads("Mes badges est déjà ici.")


@pytest.mark.parametrize("app", here_and_in_soak("WhatsApp", *list(WITHIN)[1:]))
@pytest.mark.breadth(beside=["WhatsApp"])
def test_within_another_app_a_holder_takes_the_address_along(phones: Phones, server: Server, app: str) -> None:
    phone = phones(passkeys=False, user_agent=WITHIN[app], permissions=["clipboard-read", "clipboard-write"])
    claire = Person(phone.page)
    for path in ("/", "/entry"):
        phone.page.goto(path)
        claire.reads(LEAVE)
        assert axe(phone.page) == []

        claire.tap("Copier l’adresse")
        claire.reads("L’adresse est copiée.")
        assert phone.page.evaluate("navigator.clipboard.readText()") == f"{server.origin}{path}"


@pytest.mark.soak  # routes/test_install.py: within an app recruiters are not told to leave; test_view_counts.py: they see the page
def test_within_another_app_yann_sees_what_he_was_sent(
    phone: Phone, phones: Phones, server: Server, real_badge: Path
) -> None:
    sonia = with_badges(phone, real_badge)
    link = f"http://{show_it(sonia)}"

    for agent in WITHIN.values():
        yann = phones(passkeys=False, user_agent=agent)
        answer = yann.page.goto(link)
        assert answer is not None
        assert answer.status == 200
        expect(yann.page.get_by_role("heading", level=1)).to_be_visible()
        expect(yann.page.get_by_text(LEAVE)).to_have_count(0)
        assert yann.context.cookies() == []
