"""What Sonia tells without Internet goes wrong on its way: a phone that is full, a clock that is wrong, a photo that is lost."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, FileChooser, Page, Route, expect

from tests.fixtures.browser import Authenticator, axe
from tests.fixtures.photos import photo
from tests.fixtures.server import Server
from tests.stories.contents import sign_out
from tests.stories.drawers import AGES, comes_to_be_kept
from tests.stories.taps import Person
from tests.stories.test_sonia_tells_in_the_bus import (
    BEGAN,
    FACTS,
    OURS,
    SECOND,
    TURNED_AWAY,
    Phones,
    at_home,
    begins_online,
    finishes,
    heading,
    moments,
    opens,
    phone,
    sonia,
    tells,
)
from tests.stories.without_internet import comes, comes_back_to_town, leaves_the_town
from wallet.evidence.offline_drafts import LASTS

pytestmark = pytest.mark.browser
__all__ = ["at_home", "phone", "sonia"]
SOON = 10_000
"""Milliseconds until a page tries once more (draft-sender.js)."""
SILENCE = 6_000
"""Milliseconds after which a page asks the store no longer (draft-store.js)."""
ADDS = "(size) => document.querySelector('moment-draft').add({ name: '1.jpg', type: 'image/jpeg', size })"
"""Adds a photo of so many bytes to what she tells; whether it is there."""
NEWEST = "async () => (await document.querySelector('draft-sender').store.list()).at(-1)"
"""The draft that the phone kept last."""


@pytest.fixture(scope="module")
def browser(hearing: Browser) -> Browser:
    """Every phone here has a microphone."""
    return hearing


@pytest.mark.breadth
def test_a_voice_that_the_phone_cannot_keep_stays_in_the_page_and_at_most_twenty_files_go_with_a_draft(
    sonia: Person,
) -> None:
    page = sonia.page
    leaves_the_town(page.context)
    tells(sonia)
    _the_way_past_the_top_leads_to_no_other_page(page)
    _what_she_types_is_said_to_be_kept_nowhere(page)
    _what_she_says_is_in_this_page_alone(sonia)

    page.evaluate("() => { delete document.querySelector('draft-sender').store.write }")
    sonia.tap("Envoyer encore")

    heading(page, "Réécoutez-vous")
    assert not page.evaluate(ASKED)
    _her_first_voice_is_taken_back_once(page)
    _where_nothing_is_heard_nothing_is_finished(page)
    _what_was_just_typed_is_read_over(page)
    _what_is_being_said_ends_with_its_question(sonia)
    heading(page, "Relisez")
    expect(page.locator(".attached", has_text="Ma voix")).to_have_count(2)

    photos = [{"name": f"{one}.jpg", "mimeType": "image/jpeg", "buffer": b"photo"} for one in range(20)]
    page.locator("input[type=file]").set_input_files(photos)

    expect(page.get_by_text("Il y a trop de fichiers.")).to_be_visible()
    kept = "async () => (await document.querySelector('draft-sender').store.list()).at(-1).files.length"
    assert page.evaluate(kept) == 20
    expect(page.locator(".attached")).to_have_count(20)
    _nobody_is_recorded_who_went_on_before_the_phone_allowed_it(page)
    _whoever_has_a_keyboard_goes_on_where_they_took_one_away(page)
    assert not page.evaluate(ADDS, 30_000_001)
    expect(page.get_by_text("C’est trop lourd.").first).to_be_visible()


def _what_she_says_is_in_this_page_alone(sonia: Person) -> None:
    page = sonia.page
    page.evaluate("() => { document.querySelector('draft-sender').store.write = async () => false }")
    sonia.tap("Enregistrer ma voix")
    sonia.speaks_for(1)
    sonia.tap("J’ai fini")
    expect(page.get_by_text("Ce téléphone ne peut rien garder pour l’instant.")).to_be_visible()
    expect(page.get_by_role("button", name="Envoyer encore")).to_be_visible()
    assert page.evaluate(ASKED), "« Ne fermez pas cette page. »"


def _the_way_past_the_top_leads_to_no_other_page(page: Page) -> None:
    """What was told stays where it is, and the address goes on naming it."""
    named = page.url
    page.evaluate("() => { window.isSame = true }")

    page.locator("a.skip").press("Enter")

    page.wait_for_url(named)
    page.wait_for_timeout(300)
    assert page.evaluate("() => window.isSame")
    expect(page.locator("#text-facts")).to_have_value(FACTS)


def _what_she_types_is_said_to_be_kept_nowhere(page: Page) -> None:
    """By a phone that became full meanwhile, as long as it is."""
    sorry = page.get_by_text("Ce téléphone ne peut rien garder pour l’instant.")
    page.evaluate("() => { document.querySelector('draft-sender').store.write = async () => false }")
    page.locator("#text-facts").fill(SECOND)
    expect(sorry).to_be_visible()

    page.evaluate("() => { delete document.querySelector('draft-sender').store.write }")
    page.locator("#text-facts").fill(FACTS)

    expect(sorry).to_be_hidden()


def _nobody_is_recorded_who_went_on_before_the_phone_allowed_it(page: Page) -> None:
    page.evaluate(ALLOWS_LATE)
    page.wait_for_function("() => window.allows")
    page.evaluate("() => { document.querySelector('moment-draft').go('over', false); window.allows() }")

    page.wait_for_function("() => !document.querySelector('[data-step=me] voice-recorder').busy")
    assert not page.evaluate("() => document.querySelector('[data-step=me] voice-recorder').stream.active")


ALLOWS_LATE = """() => {
    const microphone = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
    navigator.mediaDevices.getUserMedia = async (asked) => {
        const stream = await microphone(asked)
        await new Promise((done) => (window.allows = done))
        return stream
    }
    document.querySelector("moment-draft").go("me", false)
    document.querySelector("[data-step=me] voice-recorder").record()
}"""
"""A phone that asks whether the page may use its microphone: nobody says so until `allows`."""


def _whoever_has_a_keyboard_goes_on_where_they_took_one_away(page: Page) -> None:
    """At the next one; after the last one, where another is added."""
    ways = page.locator(".attached button")
    for place, there in ((0, ways.first), (-1, page.locator("input[type=file]"))):
        left = ways.count() - 1
        ways.nth(place).press("Enter")
        expect(ways).to_have_count(left)
        expect(there).to_be_focused()


def _her_first_voice_is_taken_back_once(page: Page) -> None:
    """Though « Annuler » is tapped twice, the second time before the phone has kept the first."""
    kept = page.evaluate(NEWEST)["files"]
    page.evaluate("(first) => { document.querySelector('moment-draft').before = first }", kept[0] | {"name": "first"})

    page.locator("[data-act=undo]").evaluate(TWICE)

    page.evaluate("async () => { await document.querySelector('moment-draft').save() }")  # behind what both taps keep
    assert page.evaluate(NEWEST)["files"] == [kept[0] | {"name": "first"}]


def _where_nothing_is_heard_nothing_is_finished(page: Page) -> None:
    """What she told before goes when she sends it."""
    before = page.evaluate(NEWEST)["at"]

    page.evaluate("""() => document.querySelector("[data-listening] voice-recorder").give("voice-so-far", null)""")

    comes(lambda: page.evaluate(NEWEST)["at"] > before)
    assert not page.evaluate(NEWEST)["ready"]


def _what_was_just_typed_is_read_over(page: Page) -> None:
    """Before the pause after which the phone keeps it."""
    page.locator("[data-listening] [data-act=next]").click()
    page.locator("#text-me").evaluate(
        """(box, text) => {
        box.value = text
        box.dispatchEvent(new Event("input", { bubbles: true }))
        document.querySelector("[data-question=place]").value = "Gare de Vire"
        document.querySelector("[data-step=me] [data-act=over]").click()
        window.readAtOnce = document.querySelector("[data-said]").textContent
    }""",
        SECOND,
    )

    assert SECOND in page.evaluate("() => window.readAtOnce")
    assert "Au travail, Gare de Vire" in page.evaluate("() => window.readAtOnce")
    page.locator("a.back").click()
    heading(page, "Qu’avez-vous appris ?")
    expect(page.locator(".progress")).to_contain_text("5 sur 5")
    page.locator("[data-step=learning] [data-act=over]").click()


def _what_is_being_said_ends_with_its_question(sonia: Person) -> None:
    """She goes on without « J’ai fini »: the microphone closes, and what she said answers what she was asked."""
    page = sonia.page
    sonia.tap("Changer : Qu’avez-vous fait, vous ?")
    sonia.tap("Enregistrer ma voix")
    page.wait_for_function("() => document.querySelector('[data-step=me] voice-recorder').heard")

    sonia.tap("J’ai tout dit")

    expect(page.locator(".attached", has_text="Ma voix")).to_have_count(2)
    assert [file["question"] for file in page.evaluate(NEWEST)["files"]] == ["facts", "me"]
    assert not page.evaluate("() => document.querySelector('[data-step=me] voice-recorder').stream.active")


@pytest.mark.breadth
def test_a_phone_whose_store_says_nothing_shows_where_to_tell_says_that_it_keeps_nothing_and_lets_her_out_and_in(
    sonia: Person, samples: Path
) -> None:
    page = sonia.page
    page.add_init_script("indexedDB.open = () => ({})")
    page.clock.install()
    page.goto("/evidence/draft")
    sorry = page.get_by_text("Ce téléphone ne peut rien garder pour l’instant.")

    def says_so() -> bool:
        page.clock.fast_forward(SILENCE)
        return sorry.is_visible()

    comes(says_so)
    sonia.tap("Au travail")
    page.locator("#text-facts").fill(FACTS)
    page.locator("[data-step=facts] [data-act=over]").click()
    expect(sorry).to_be_hidden()
    sonia.tap("Envoyer")
    comes(says_so)
    _she_signs_out_and_enters_there_too(sonia, samples)


def _she_signs_out_and_enters_there_too(sonia: Person, samples: Path) -> None:
    page = sonia.page

    def comes_to(path: str) -> None:
        def is_there() -> bool:
            page.clock.fast_forward(SILENCE)
            return urlsplit(page.url).path == path

        comes(is_there)

    page.goto("/settings")
    sonia.tap("Me déconnecter")
    comes_to("/")
    badge = {"name": "badge.png", "mimeType": "image/png", "buffer": (samples / "ob3-organiser-2.png").read_bytes()}
    page.request.post("/badges", headers=OURS, multipart={"documents": badge})
    page.goto("/entry")
    sonia.tap("Ouvrir mes badges")
    comes_to("/badges")


WRITES_WHILE_IT_IS_SENT = """async () => {
    const { store } = document.querySelector("draft-sender"), [sent] = await store.list()
    await store.save({ ...sent })
    await store.remove(sent)
}"""
"""What was there before has come, and goes."""
RETURNS = "() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))"
"""A window is seen again."""


@pytest.mark.breadth
def test_what_she_tells_in_two_windows_is_kept_from_both(sonia: Person) -> None:
    """In the app and in the browser: back in the first one she goes on with what she told in the second."""
    page = sonia.page
    tells(sonia)
    other = page.context.new_page()
    other.goto(page.url)
    Person(other).tap("Répondre : Qu’avez-vous fait, vous ?")
    other.locator("#text-me").fill(SECOND)
    comes_to_be_kept(other, SECOND)

    page.evaluate(RETURNS)
    comes(lambda: page.locator("#text-me").input_value() == SECOND)
    page.locator("#text-facts").fill(FACTS + SECOND)
    comes_to_be_kept(page, FACTS + SECOND)

    assert page.evaluate(NEWEST)["said"]["me"] == SECOND
    page.evaluate(WRITES_WHILE_IT_IS_SENT)
    assert page.evaluate(NEWEST)["said"]["me"] == SECOND, "what was sent is not all that she told"


def test_a_draft_that_lost_its_photo_and_a_refused_one_stop_no_other(sonia: Person, server: Server) -> None:
    """The first has no bytes of its photo any more; the second has more than the server takes."""
    page, before = sonia.page, moments(server)
    leaves_the_town(page.context)
    page.evaluate(
        """async (facts) => {
        const { newDraft } = await import(document.querySelector("link[href*='/draft-store.']").href), at = { ready: true };
        const lost = newDraft({ ...at, said: { facts } });
        lost.files = [{ id: `${lost.id}/1`, name: "bus.jpg", type: "image/jpeg", size: 9 }];
        const bad = newDraft({ ...at, said: { facts } });
        bad.files = Array.from({ length: 120 }, (_, at) => ({ id: `${bad.id}/${at}`, name: "bus.jpg", type: "image/jpeg" }));
        const good = newDraft({ ...at, said: { facts } });
        for (const one of [bad, lost, good]) await document.querySelector("draft-sender").store.save(one);
    }""",
        FACTS,
    )

    page.context.set_offline(False)
    comes(lambda: page.evaluate("async () => (await document.querySelector('draft-sender').store.list()).length") == 1)
    page.goto("/evidence")

    expect(page.locator("unsent-drafts li.moment")).to_have_count(1)
    assert [files for _, _, files in moments(server)[len(before) :]] == [0, 0]
    _what_finds_no_room_waits_for_it_however_long(page)


def answers(status: int) -> Callable[[Route], None]:
    """A wallet that answers so whatever it is sent."""
    return lambda route: route.fulfill(status=status, json={"problem": "full"})


def _what_finds_no_room_waits_for_it_however_long(page: Page) -> None:
    """Be it of the day or of the wallet: nobody else has it. What was refused goes after its time."""
    page.evaluate(
        """async (said) => {
        const { newDraft } = await import(document.querySelector("link[href*='/draft-store.']").href)
        await document.querySelector("draft-sender").store.save(newDraft({ ready: true, said }))
    }""",
        {"facts": SECOND},
    )
    expect(page.locator("unsent-drafts .said")).to_have_text([SECOND, FACTS])  # the newest first
    for status, words in (429, "Le service ne répond pas."), (413, "Il n’y a plus de place."):
        page.context.route("**/drafts", answers(status))
        page.get_by_role("button", name="Envoyer maintenant").click()
        expect(page.locator("unsent-drafts").get_by_text(words)).to_be_visible()

    page.evaluate(AGES, LASTS.total_seconds() * 1000 + 60_000)

    left = "async () => (await document.querySelector('draft-sender').store.sealed()).map(({ refused }) => !!refused)"
    assert page.evaluate(left) == [False]


LATE = """
    const defines = customElements.define.bind(customElements), waits = customElements.whenDefined.bind(customElements)
    customElements.define = (name, kind) =>
        name === "draft-sender" ? (window.lets = () => defines(name, kind)) : defines(name, kind)
    customElements.whenDefined = (name) => { window.isMissed ||= name === "draft-sender"; return waits(name) }
"""
"""The script that sends what was told is late: it is there when the test `lets` it, and somebody may have missed it before."""
ASKED = "() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))"
"""Whether a browser asks whoever goes from this page now."""
BUSY = """
    const asks = window.fetch;
    window.fetch = (to, how) => {
        if (sessionStorage.hand || !how || how.method !== "POST" || !String(to).endsWith("/drafts")) return asks(to, how);
        sessionStorage.asked = Number(sessionStorage.asked || 0) + 1;
        return Promise.resolve(new Response("{}", { status: 503 }));
    };
"""
"""A server that has no hand for drafts until `hand` is set, and how often it was asked."""
FULL = "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') }"
"""A phone that has no room for a further word."""
TWICE = "(button) => { window.isSame = true; button.click(); button.click() }"
"""Two taps one upon the other."""
PLAYS_SLOWLY = """
    async () => {
        const heard = { begun: 0, ended: 0, at: 0 };
        let decoded;
        window.AudioContext = class {
            get currentTime() { return heard.at }
            decodeAudioData(raw, done) { decoded = done }
            async resume() {}
            createBufferSource() {
                return {
                    connect() {},
                    start() { heard.begun++ },
                    stop() { heard.ended++; setTimeout(() => this.onended()) },
                };
            }
        };
        const player = document.querySelector("voice-player"), button = player.querySelector("button");
        const moment = () => new Promise((done) => setTimeout(done, 50));
        const told = () => [heard.begun - heard.ended, button.getAttribute("aria-pressed")];
        const clock = player.querySelector("[data-clock]"), clocks = [];
        const ticks = new Promise((done) => {
            new MutationObserver(() => heard.at && done()).observe(clock, { childList: true });
            setTimeout(done, 10_000);
        });
        player.hold(new Blob(["voice"]), "1:07");
        clocks.push(clock.textContent);
        button.click(); await moment(); button.click(); decoded({}); await moment();
        const early = told();
        button.click(); await moment();
        const plays = told();
        heard.at = 64.9; await ticks;
        clocks.push(clock.textContent);
        button.click(); button.click(); await moment();
        const again = told();
        player.hold(new Blob(["another voice"]), "0:09"); await moment();
        const other = told();
        clocks.push(clock.textContent);
        button.click(); await moment(); decoded({}); await moment();
        dispatchEvent(new Event("pagehide")); await moment();
        return [[early, plays, again, other, told()], clocks];
    }
"""
"""A phone that takes its time to open a voice: how many sounds play, and what the button tells, after one tap more while it is
being opened, one when it is, and two at once; when she has spoken anew, and when the page is left. And what its clock tells:
how long it is, and where it is while it plays."""


def test_a_voice_that_is_slow_to_open_plays_once_and_not_after_it_was_stopped(sonia: Person) -> None:
    opens(sonia.page)

    plays, clocks = sonia.page.evaluate(PLAYS_SLOWLY)
    assert plays == [[0, "false"], [1, "true"], [1, "true"], [0, "false"], [0, "false"]]
    assert clocks == ["1:07", "1:04", "0:09"]


SIGNED_OUT = """async () => {
    const { store } = document.querySelector("draft-sender"), asks = window.fetch
    window.fetch = async () => new Response("{}", { status: 401 })
    await document.querySelector("draft-sender").send({ now: true })
    window.fetch = asks
    return (await store.noted((await store.list())[0])).tried
}"""
"""When what she told was last tried, after somebody who is signed out has tried it."""
COMES_BACK = """async (facts) => {
    const { newDraft } = await import(document.querySelector("link[href*='/draft-store.']").href)
    const sender = document.querySelector("draft-sender"), light = newDraft({ ready: true, said: { facts } })
    await sender.store.save(light)
    clearTimeout(sender.later)
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))
    await navigator.locks.request("drafts", () => sender.store.remove(light))
}"""
"""She goes back to the page as the browser kept it (no browser of the tests keeps one), after she told something on another."""


@pytest.mark.breadth
def test_what_is_heavy_is_not_sent_anew_at_each_page(sonia: Person) -> None:
    page = sonia.page
    page.add_init_script(BUSY)
    page.evaluate(
        """async (facts) => {
        const { newDraft } = await import(document.querySelector("link[href*='/draft-store.']").href);
        const heavy = newDraft({ ready: true, said: { facts } });
        heavy.files = [{ id: `${heavy.id}/1`, name: "bus.jpg", type: "image/jpeg", size: 9 }];
        await document.querySelector("draft-sender").store.save(heavy, [[heavy.files[0].id, new Blob(["photo"])]]);
    }""",
        FACTS,
    )
    for _ in range(3):
        page.goto("/evidence")
        expect(page.get_by_text(FACTS)).to_be_visible()
        page.wait_for_function("() => sessionStorage.asked")
        page.wait_for_timeout(300)
    assert page.evaluate("sessionStorage.asked") == "1"

    sonia.tap("Envoyer maintenant")
    page.wait_for_function("() => sessionStorage.asked === '2'")
    expect(page.locator("unsent-drafts").get_by_role("status")).to_have_text(
        "Le service ne répond pas. Nous l’enverrons plus tard."
    )

    page.evaluate(COMES_BACK, FACTS)
    page.wait_for_function("() => sessionStorage.asked === '3'")

    assert page.evaluate(SIGNED_OUT) == 0, "it goes as soon as she has entered"

    page.evaluate(FULL.join(("() => {", "}")))
    page.evaluate("() => { sessionStorage.hand = 1 }")
    sonia.tap("Envoyer maintenant")
    expect(page.get_by_text("C’est envoyé, mais pas tout.")).to_be_visible()  # that photo is none


SHRINKS_SLOWLY = """
    const reads = window.createImageBitmap
    window.createImageBitmap = async (...what) => {
        await new Promise((done) => (window.hasShrunk = done))
        return reads(...what)
    }
"""
"""A phone that takes until `hasShrunk` to make a photo smaller."""


def test_a_photo_that_is_still_made_smaller_goes_with_what_is_sent(sonia: Person, server: Server) -> None:
    page, before = sonia.page, moments(server)
    page.evaluate(SHRINKS_SLOWLY.join(("() => {", "}")))
    tells(sonia)
    page.locator("[data-step=facts] [data-act=over]").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": photo("JPEG") + bytes(500_000)}
    )
    page.wait_for_function("() => window.hasShrunk")
    _no_other_one_is_chosen_meanwhile(page)

    sonia.tap("Envoyer")
    page.wait_for_timeout(300)
    heading(page, "Relisez")
    page.evaluate("() => window.hasShrunk()")

    page.wait_for_url("**/evidence/*")
    comes(lambda: [row[1:] for row in moments(server)[len(before) :]] == [(2, 1)])


def _no_other_one_is_chosen_meanwhile(page: Page) -> None:
    """It would have been chosen, and come nowhere."""
    asked = list[FileChooser]()
    page.on("filechooser", lambda one: asked.append(one))  # noqa: PLW0108  # Playwright marks what it calls

    page.get_by_text("Ajouter une photo").click()

    expect(page.locator("attach-files [role=status]")).to_have_text("Nous l’ajoutons…")
    page.wait_for_timeout(300)
    assert asked == []


@pytest.mark.breadth
def test_what_she_typed_for_a_moment_that_she_removed_elsewhere_is_told_and_sent(at_home: Person) -> None:
    sonia, page = at_home, at_home.page
    moment = begins_online(sonia)
    page.wait_for_function(BEGAN)
    page.locator("#text").fill(FACTS)
    comes_to_be_kept(page, FACTS)
    removed = page.request.post(f"{moment}/removal", headers=OURS, max_redirects=0)
    assert removed.status == 303, removed.text()
    page.goto("/evidence")

    sonia.tap("Continuer")
    heading(page, "Ce moment n’est plus ici.")
    assert axe(page) == []
    sonia.tap("Continuer")
    heading(page, "Relisez")
    sonia.tap("Envoyer")

    page.wait_for_url("**/evidence/*")
    sonia.reads(FACTS)


def tells_as_a_visitor(sonia: Person, samples: Path) -> None:
    """She is signed out, does not see that she is, adds a badge and tells of it."""
    sign_out(sonia)
    comes_as_a_visitor(sonia.page, samples)
    tells(sonia)


def comes_as_a_visitor(page: Page, samples: Path) -> None:
    """A first badge is here, and the page to tell of it is open."""
    badge = {"name": "badge.png", "mimeType": "image/png", "buffer": (samples / "ob3-organiser-2.png").read_bytes()}
    added = page.request.post("/badges", headers=OURS, multipart={"documents": badge}, max_redirects=0)
    assert added.status == 303, added.text()
    opens(page, "/evidence/draft")


@pytest.mark.breadth
def test_what_a_visitor_began_to_tell_joins_the_wallet_and_who_enters_without_it_is_told_before(
    sonia: Person, server: Server, samples: Path
) -> None:
    page = sonia.page
    tells_as_a_visitor(sonia, samples)
    before = moments(server)
    page.goto("/badges")
    assert moments(server) == before, "she has not finished it: nothing goes by itself"

    page.add_init_script(BUSY)
    sonia.tap("J’ai déjà mes badges ici")
    sonia.tap("Ouvrir mes badges")

    sonia.reads("Un texte n’est pas encore envoyé. Touchez encore le bouton pour ouvrir vos badges sans lui.")
    assert page.url.endswith("/entry")
    page.evaluate("() => { sessionStorage.hand = 1 }")
    sonia.confirm_with_a_finger("Ouvrir mes badges")

    sonia.reads("Mes 2 badges")
    page.goto("/evidence")
    expect(page.get_by_text(FACTS)).to_have_count(1)
    expect(page.locator("unsent-drafts")).to_be_hidden()
    assert len(moments(server)) == len(before) + 1


@pytest.mark.breadth
def test_a_paper_too_waits_for_what_a_visitor_told_and_so_does_a_page_that_is_not_all_there(
    sonia: Person, server: Server, samples: Path
) -> None:
    """A paper that opens nothing: the form goes all the same, after the text went. Then, the script that sends is the last to come."""
    page = sonia.page
    tells_as_a_visitor(sonia, samples)
    before = moments(server)

    page.goto("/entry/paper")
    with page.expect_navigation():
        page.get_by_role("button", name="English").first.click()
    assert moments(server) == before, "another language is no way in"
    with page.expect_navigation():
        page.get_by_role("button", name="Français").first.click()
    page.get_by_label("Le code du papier").fill("0000 0000 0000 0000 0000 0000 00")
    page.evaluate(BUSY.join(("() => {", "}")))
    page.evaluate(TWICE, page.get_by_role("button", name="Ouvrir mes badges").element_handle())
    sonia.reads("Un texte n’est pas encore envoyé. Touchez encore le bouton pour ouvrir vos badges sans lui.")
    page.wait_for_timeout(500)
    assert page.evaluate("() => window.isSame"), "she had not read that it would go without it"
    page.evaluate(
        "() => { sessionStorage.hand = 1; delete HTMLFormElement.prototype.requestSubmit }"
    )  # as in Safari 15
    with page.expect_navigation():
        sonia.tap("Ouvrir mes badges")

    assert len(moments(server)) == len(before) + 1

    opens(page, "/evidence/draft")
    tells(sonia)
    page.add_init_script(LATE)
    page.goto("/entry")

    with page.expect_navigation():
        sonia.tap("Ouvrir mes badges")
        page.wait_for_function("() => window.isMissed")
        page.evaluate("() => window.lets()")

    sonia.reads("Mes 2 badges")
    assert len(moments(server)) == len(before) + 2


def test_what_a_visitor_began_to_tell_goes_first_where_a_computer_of_others_is_to_keep_nothing(
    phones: Phones, server: Server, samples: Path
) -> None:
    """From then on that computer keeps no draft, and clears what it kept as she signs out."""
    computer = phones(device=None, passkeys=False)
    sonia, page, before = Person(computer.page), computer.page, moments(server)
    Authenticator(page, transport="usb")
    comes_as_a_visitor(page, samples)
    tells(sonia)
    page.goto("/badges?whose=shared")
    page.evaluate(BUSY.join(("() => {", "}")))

    sonia.tap("Prendre un papier de secours")

    sonia.reads("Un texte n’est pas encore envoyé. Touchez encore le bouton pour garder vos badges sans lui.")
    page.goto("/badges?whose=shared")
    assert moments(server) == before
    with page.expect_request("**/passkeys/challenges") as asked:
        sonia.confirm_with_a_finger("Garder ce badge")
    assert asked.value.post_data_json["shared"] is True, "the key is to be made in a phone beside it"
    sonia.reads("Cet ordinateur est partagé.")
    assert len(moments(server)) == len(before) + 1


@pytest.mark.breadth
def test_what_she_types_under_a_question_is_kept_before_the_page_is_all_there_and_while_her_voice_is_being_sent(
    at_home: Person,
) -> None:
    moment = begins_online(at_home)
    _what_she_types_before_the_page_is_all_there_is_kept(at_home)
    _a_question_that_is_shown_again_is_another_page(at_home.page)
    _nothing_is_typed_behind_what_is_being_sent(at_home, moment)
    begins_online(at_home)
    _what_she_types_while_her_voice_is_being_sent_is_kept(at_home)


def _what_she_types_before_the_page_is_all_there_is_kept(sonia: Person) -> None:
    page = sonia.page.context.new_page()
    page.add_init_script(LATE)
    page.goto(sonia.page.url)
    page.locator("#text").fill(FACTS)
    assert page.evaluate("() => customElements.get('draft-sender')") is None

    page.evaluate("() => window.lets()")
    page.wait_for_function(BEGAN)

    comes_to_be_kept(page, FACTS)
    page.locator("#text").evaluate(TYPES_AND_IS_INTERRUPTED, SECOND)
    page.evaluate(TURNED_AWAY)
    comes_to_be_kept(page, SECOND)
    assert page.evaluate(RESCUES, FACTS) == SECOND, "whoever types something else goes on with it"
    page.close()


def _a_question_that_is_shown_again_is_another_page(page: Page) -> None:
    """A page that a phone kept comes with the key that it had: what is written on it is an answer of its own."""
    answer = page.reload()
    page.wait_for_function(BEGAN)

    assert answer
    assert page.locator("[name=key]").get_attribute("value") not in answer.text()


def _nothing_is_typed_behind_what_is_being_sent(sonia: Person, moment: str) -> None:
    """What would be typed while the answer is on its way would go with the page."""
    page = sonia.page
    page.evaluate("""() => {
        const asks = window.fetch.bind(window)
        window.asked = 0
        window.fetch = async (...asked) => {
            window.asked++
            await new Promise((done) => (window.lets = done))
            return asks(...asked)
        }
    }""")
    page.locator("#text").fill(FACTS)
    sonia.tap("Continuer")
    page.wait_for_function("() => window.lets")

    expect(page.locator("#text")).not_to_be_editable()
    sonia.tap("Continuer")
    page.wait_for_timeout(300)
    assert page.evaluate("() => window.asked") == 1, "once"
    page.evaluate("() => window.lets()")
    heading(page, "Qu’avez-vous fait, vous ?")
    page.goto(moment)
    expect(page.get_by_text(FACTS)).to_have_count(1)


def _what_she_types_while_her_voice_is_being_sent_is_kept(sonia: Person) -> None:
    page, question = sonia.page, sonia.page.url
    page.evaluate("""() => {
        const asks = window.fetch.bind(window)
        window.fetch = async (to, how) => {
            if (how.body instanceof FormData) await new Promise((done) => (window.lets = done))
            return asks(to, how)
        }
    }""")
    sonia.tap("Enregistrer ma voix")
    sonia.speaks_for(1)
    page.evaluate("() => { document.querySelector('voice-recorder').pause() }")  # its beginning is kept
    sonia.tap("J’ai fini")
    page.wait_for_function("() => window.lets")

    page.locator("#text").fill(FACTS)
    page.evaluate("() => window.lets()")

    page.wait_for_url(lambda url: url != question)
    opens(page, question)
    expect(page.locator("#text")).to_have_value(FACTS)


TYPES_AND_IS_INTERRUPTED = """(box, text) => {
  box.value = text
  box.dispatchEvent(new Event("input", { bubbles: true }))
  clearTimeout(document.querySelector("kept-answer").pause)
}"""
"""The pause after which a phone keeps what is typed never comes."""
RESCUES = """async (text) => {
  const answer = document.querySelector("kept-answer"), { question } = answer.draft
  const cut = { ...answer.draft, id: "0".repeat(32), at: 0, said: { [question]: text } }
  await answer.adopt(cut)
  await answer.store.remove({ id: cut.id, at: Infinity })
  await answer.save()
  return (await answer.store.list()).map(({ said }) => said[question]).join()
}"""
"""A page was ended while she spoke, and what she had said goes now: what is kept of what she types here."""
TROUBLE = """
    const opens = indexedDB.open.bind(indexedDB), asks = window.fetch.bind(window)
    window.unanswered = window.refused = 0
    indexedDB.open = (name, version) => {
        if (name === "keys" && window.unanswered++ < 2) throw new DOMException("", "InvalidStateError")
        return opens(name, version)
    }
    window.fetch = (to, how) => {
        if (how && how.method === "POST" && String(to).endsWith("/drafts") && window.refused++ < 1)
            return Promise.resolve(new Response("{}", { status: 503 }))
        return asks(to, how)
    }
"""
"""A phone whose store gives no answer twice, then a server that is busy once."""


@pytest.mark.service_worker
def test_a_phone_whose_store_gives_no_answer_and_a_server_that_is_busy_are_asked_again(sonia: Person) -> None:
    """By itself, while a page is open: its clock runs faster than ours."""
    page = comes_back_in_trouble(sonia, TROUBLE)

    def asks_again() -> bool:
        page.clock.fast_forward(SOON)
        return bool(page.evaluate("() => unanswered > 2 && refused > 1"))

    comes(asks_again)
    expect(page.get_by_text("C’est envoyé.")).to_be_visible()


def comes_back_in_trouble(sonia: Person, trouble: str) -> Page:
    """A new tab, in which there is *trouble*, after she finished one without Internet."""
    context = sonia.page.context
    leaves_the_town(context)
    tells(sonia)
    finishes(sonia)
    sonia.page.close(run_before_unload=False)
    context.set_offline(False)
    page = context.new_page()
    page.add_init_script(trouble)
    page.clock.install()
    page.goto("/badges")
    return page


SAID_TOO_SOON = """
    const asks = window.fetch.bind(window), sets = window.setTimeout.bind(window)
    window.unheard = 0
    window.setTimeout = (act, milliseconds) => (milliseconds < 10_000 ? sets(act, milliseconds) : 0)
    window.fetch = (to, how) => {
        const isDraft = how && how.method === "POST" && String(to).endsWith("/drafts")
        return isDraft && window.unheard-- > 0 ? Promise.reject(new TypeError("no network")) : asks(to, how)
    }
"""
"""So many times as the test says a draft reaches nobody; and what is to be done in ten seconds or later is never done."""


@pytest.mark.breadth
def test_a_network_that_is_said_to_be_back_too_soon_is_asked_again_soon_and_a_wrong_clock_costs_no_finished_draft(
    sonia: Person, server: Server
) -> None:
    page, before = sonia.page, moments(server)
    page.add_init_script(SAID_TOO_SOON)
    opens(page)
    leaves_the_town(page.context)
    tells(sonia)
    finishes(sonia)
    page.evaluate(AGES, LASTS.total_seconds() * 1000 + 60_000)
    page.evaluate(
        "() => { window.unheard = 3 }"
    )  # the network is said to be back twice: by the browser, and by the test

    comes_back_to_town(page)

    expect(page.get_by_text("C’est envoyé.")).to_be_visible()
    assert [row[1:] for row in moments(server)[len(before) :]] == [(2, 0)]
