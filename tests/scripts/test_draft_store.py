"""What a phone keeps of somebody's drafts (draft-store.js), asked directly: sealed, for one holder, as long as it is theirs."""

from typing import Any

import pytest

from tests.fixtures.page_alone import Alone
from tests.fixtures.screens_cards import MARIA

pytestmark = pytest.mark.browser
ASKS = """async (given) => {
    const { DraftStore, newDraft, newFile } = await import("SCRIPT")
    const store = (of = "HOLDER") => new DraftStore(of, "/drafts/key", () => {})
    const kept = (name) => new Promise((done) => {
        indexedDB.open("drafts").onsuccess = ({ target: { result: base } }) => {
            const asked = base.transaction(name).objectStore(name).getAll()
            asked.onsuccess = () => done(asked.result) || base.close()
        }
    })
    return await (ACT)(given)
}"""
"""Asks ACT of a page: `store()` is hers, `kept("drafts")` what lies in the phone, whoever's it is."""


def asks(alone: Alone, act: str, given: Any = None) -> Any:
    """What *act*, a function of JavaScript, gives for *given*."""
    script = ASKS.replace("SCRIPT", alone.script("draft-store")).replace("HOLDER", MARIA.mark)
    return alone.page.evaluate(script.replace("ACT", act), given)


def test_what_she_keeps_is_hers_alone_and_nobody_reads_it_in_the_phone(alone: Alone) -> None:
    alone.opens("moment, facts")

    hers, others, lying = asks(
        alone,
        """async () => {
            const draft = newDraft({ said: { facts: "Un client était en colère." } })
            await store().save(draft)
            const [lying] = await kept("drafts")
            return [await store().list(), await store("somebody else").list(), new TextDecoder().decode(lying.sealed)]
        }""",
    )

    assert [one["said"] for one in hers] == [{"facts": "Un client était en colère."}]
    assert others == []
    assert "client" not in lying
