"""What Sonia's phone kept by the scripts of an older release (release_before/) is hers under today's: text, voice and code."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.fixtures.browser import Phone
from tests.fixtures.clockwork import Clockwork
from tests.stories.ready_phones import posted, with_badges
from tests.stories.recorders import records, written
from tests.stories.release_before import ReleaseBefore
from tests.stories.taps import Person
from tests.stories.test_sonia_is_cut_short import TURNED_AWAY
from tests.stories.test_sonia_tells_in_the_bus import FACTS, begins, heading, opens, tells
from tests.stories.test_the_worker_is_replaced import SHELLS, UPDATE
from tests.stories.without_internet import answers, comes, comes_back_to_town, comes_to_keep, leaves_the_town
from wallet.evidence.attachments import clean_attachment
from wallet.pages.assets import make_asset
from wallet.web.service_worker import service_workers

pytestmark = [pytest.mark.browser, pytest.mark.service_worker]
Phones = Callable[..., Phone]
ANSWER = "Un client ne parlait pas français."
OLD = "0123456789"
"""The version of the older worker: another one than today's, though its script may be the same."""
KEPT_BYTES = """async () => {
  const base = await new Promise((done) => (indexedDB.open("drafts").onsuccess = ({ target }) => done(target.result)))
  const files = base.transaction("files").objectStore("files").getAll()
  await new Promise((done) => (files.onsuccess = done))
  base.close()
  return files.result.map(({ sealed }) => sealed.byteLength)
}"""
SEAL = 16
"""Bytes that AES-GCM adds to what it seals."""
IMAGES_ARE_SEEN = "() => [...document.images].every((one) => one.complete && one.naturalWidth)"


@pytest.fixture(scope="module")
def browser(hearing: Browser) -> Browser:
    """Her phone has a microphone."""
    return hearing


@pytest.fixture
def release(clockwork: Clockwork) -> Callable[[], None]:
    """Serves the older release, until today's is released."""
    services = clockwork.services
    today, workers = services.pages.assets, services.workers
    services.pages.assets = ReleaseBefore(today)  # type: ignore[assignment]  # what is asked of Assets, it answers
    services.workers = {
        language: make_asset("worker.js", script.content.replace(version_of(script.content), OLD.encode()))
        for language, script in service_workers(services.pages, services.path, is_on=True).items()
    }

    def releases() -> None:
        services.pages.assets, services.workers = today, workers

    return releases


def version_of(script: bytes) -> bytes:
    return script.split(b'"', 2)[1]


def says_some(page: Page, kind: str) -> bytes:
    """She begins to speak and turns to another app: what was recorded until then, once the phone has kept it."""
    head, sound = written(kind)
    Person(page).tap("Enregistrer ma voix")
    Person(page).speaks_for(0)
    page.evaluate(TURNED_AWAY)
    said = head + sound[0] + sound[1]
    comes(lambda: page.evaluate(KEPT_BYTES) == [len(said) + SEAL])
    return said


def shows_her_code(page: Page) -> str:
    """What the code says that is on the page."""
    page.wait_for_function(IMAGES_ARE_SEEN)
    (code,) = zxingcpp.read_barcodes(Image.open(BytesIO(page.screenshot())), formats=zxingcpp.BarcodeFormat.QRCode)
    return code.text


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """What lies in her phone."""

    code: str
    """What the code says that she shows."""
    draft: str
    """Where she began to tell something, without Internet."""
    question: str
    """Where she was answering when another app came."""
    said: bytes
    """What was recorded of that answer."""


def keeps_all_kinds(phone: Phone, badge: str) -> Kept:
    """By tapping; the page on which she spoke was ended by her phone."""
    page = phone.page
    posted(phone, "/shares", f"badge={badge}&days=7".encode(), "application/x-www-form-urlencoded")
    page.goto("/badges")
    comes_to_keep(page, "/badges", "/code", "/evidence/draft")
    assert page.evaluate(SHELLS) == [f"shell {OLD}"]
    page.goto("/code")
    code = shows_her_code(page)
    opens(page)
    leaves_the_town(phone.context)
    tells(Person(page))
    draft = page.url
    comes_back_to_town(page)
    begins(Person(page))
    question = page.url
    page.locator("#text").fill(ANSWER)
    said = says_some(page, "webm")
    page.close(run_before_unload=False)
    return Kept(code=code, draft=draft, question=question, said=said)


def updates_itself(page: Page, clockwork: Clockwork) -> None:
    """The worker of today takes over, while a page of the release before is open."""
    page.evaluate(UPDATE)
    new = version_of(clockwork.services.workers["fr"].content).decode()
    comes(lambda: page.evaluate(SHELLS) == [f"shell {new}"])


def test_a_text_a_voice_and_a_code_of_the_release_before_are_there_in_todays(
    phones: Phones, clockwork: Clockwork, release: Callable[[], None], samples: Path
) -> None:
    phone = phones(base_url=clockwork.origin, permissions=["microphone"])
    records(phone.context, "webm")
    sonia = with_badges(phone, samples / "ob3-communiquer-2.png")
    kept = keeps_all_kinds(phone, str(sonia.find("Voir ce badge").get_attribute("href")).rpartition("/")[2])
    page = phone.context.new_page()
    page.goto("/settings")

    release()

    updates_itself(page, clockwork)
    leaves_the_town(phone.context)
    assert answers(page, "/code").from_service_worker
    assert shows_her_code(page) == kept.code
    phone.context.set_offline(False)
    page.goto(kept.draft)
    heading(page, "Relisez")
    expect(page.get_by_text("Votre texte est gardé.")).to_be_visible()
    expect(page.locator("#text-facts")).to_have_value(FACTS)
    page.goto(kept.question)
    expect(page.get_by_text("Votre voix s’est coupée.")).to_be_visible()
    expect(page.locator("#text")).to_have_value(ANSWER)
    page.goto(kept.question.partition("/answers")[0])
    expect(page.get_by_text(ANSWER)).to_have_count(1)
    sound = str(page.locator("audio").get_attribute("src"))
    assert page.request.get(sound).body() == clean_attachment(kept.said, "voix.webm").content
