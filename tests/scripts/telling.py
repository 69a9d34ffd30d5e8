"""What the pages share on which something is told, asked alone."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Error

from tests.fixtures import browser
from tests.fixtures.page_alone import Alone

KEEPS = """async (drafts) => {
    const { newDraft } = await import("SCRIPT"), { store } = document.querySelector("draft-sender")
    const named = []
    for (const { files = [], ...draft } of drafts) {
        const made = newDraft(draft)
        made.files = files.map((file, number) => ({ id: `${made.id}/${number}`, size: 9, ...file }))
        await store.save(made, made.files.map(({ id, name }) => [id, new Blob([name])]))
        named.push(made.id)
    }
    return named
}"""
"""This phone keeps *drafts* from now on, each file being its name; how they are named."""
UNTIL = """
    const until = async (is) => {
        for (const began = performance.now(); !(await is()); await new Promise((done) => setTimeout(done)))
            if (performance.now() - began > PATIENCE) throw new Error(`it never comes to be: ${is}`)
    }
"""


def until() -> str:
    """`until(is)` waits in a page until something is so, as long as a test is patient."""
    return UNTIL.replace("PATIENCE", str(browser.PATIENCE))


def keeps(alone: Alone, *drafts: dict[str, Any]) -> list[str]:
    """This phone keeps *drafts*; how they are named."""
    names: list[str] = alone.page.evaluate(KEEPS.replace("SCRIPT", alone.script("draft-store")), drafts)
    return names


@pytest.fixture
def errors(alone: Alone) -> Iterator[list[Error]]:
    """Whatever the scripts of a page stumble over: nothing."""
    found: list[Error] = []

    def stumbles(error: Error) -> None:
        found.append(error)

    alone.page.on("pageerror", stumbles)
    yield found
    assert found == []
