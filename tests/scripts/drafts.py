"""What the tests of drafts have in common: what lies in a phone before a page opens, and what a page of it is asked."""

from typing import Any

from playwright.sync_api import Page

from tests.fixtures.page_alone import Alone, Answer, evaluate
from tests.fixtures.screens_cards import MARIA

FACTS = "Un client était en colère."
SENT = Answer(json={"at": "/evidence/9", "refused": 0, "unsaid": 0})
"""What the server says of a draft that it took whole."""
ASKS = """async (given) => {
    const { DraftStore, ifAny, newDraft, newFile } = await import("SCRIPT")
    const changes = [], sender = document.querySelector("draft-sender")
    const storeOf = (of = "HOLDER") => new DraftStore(of, "/drafts/key", () => changes.push(of))
    const store = sender?.store ?? storeOf()
    let before = 0
    const keep = async ({ sounds = [], ...what }) => {
        const draft = newDraft({ at: before, ...what }), added = []
        for (const { text, name, type, ...about } of sounds) {
            const blob = new File([text ?? name], name, { type }), file = newFile(draft, blob, about)
            draft.files.push(file)
            added.push([file.id, blob])
        }
        await store.save(draft, added)
        before = draft.at
        return draft.id
    }
    const within = (base, name, act) => new Promise((done) => {
        indexedDB.open(base).onsuccess = ({ target: { result } }) => {
            const turn = result.transaction(name, "readwrite"), asked = act(turn.objectStore(name))
            turn.oncomplete = () => done(asked.result) || result.close()
        }
    })
    const kept = (name, base = "drafts") => within(base, name, (at) => at.getAll())
    const noted = (id) => within("drafts", "drafts", (at) => at.get(id))
    const telling = (facts) => newDraft({ said: { facts } })
    const factsOf = async (store) => (await store.list()).map(({ said }) => said.facts)
    return await (ACT)(given)
}"""
"""Asks ACT of a page: `store` is hers, `storeOf` another one, `keep` puts a draft there and gives its name; `noted` is what lies
beside it, and `kept("drafts")` all that the phone has, whoever's it is. `telling` makes a draft of what happened, `factsOf` a
store are those that it lists."""
QUIET = """async () => {
    await document.querySelector("draft-sender").ready
    await navigator.locks.request("drafts", () => {})
}"""
"""Until nothing is being sent any more: one page at a time does, and whoever asks after it waits."""
VOICE = {"text": "voice", "name": "voix.webm", "type": "audio/webm"}
PHOTO = {"text": "photo", "name": "bus.jpg", "type": "image/jpeg"}
LATE = """() => {
    const defines = customElements.define.bind(customElements)
    customElements.define = (name, what) => {
        if (name === "draft-sender") window.lets = () => defines(name, what)
        else defines(name, what)
    }
}"""
"""The script that knows of drafts is the last to be there, as the test says."""


def asks(alone: Alone, act: str, given: Any = None) -> Any:
    """What *act*, a function of JavaScript, gives for *given*."""
    script = ASKS.replace("SCRIPT", alone.script("draft-store")).replace("HOLDER", MARIA.mark)
    return evaluate(alone.page, script.replace("ACT", act), given)


def keeps(alone: Alone, *drafts: dict[str, Any]) -> list[str]:
    """Puts *drafts* into the phone, one after the other; gives their names. Where no page is open, on an empty one."""
    if alone.page.url == "about:blank":
        alone.answers["GET /empty"] = Answer(body="<!doctype html><title>-</title>")
        alone.page.goto(f"{alone.wire.origin}/empty")
    names: list[str] = asks(
        alone, "async (all) => { const ids = []; for (const one of all) ids.push(await keep(one)); return ids }", drafts
    )
    return names


def left(alone: Alone) -> list[str]:
    """The names of what the phone still keeps, the oldest first."""
    names: list[str] = asks(alone, "async () => (await store.list()).map(({ id }) => id)")
    return names


def sends(page: Page, how: str = "") -> None:
    """Sends what is finished, and waits until that is done."""
    page.evaluate(f"() => document.querySelector('draft-sender').send({how})")
