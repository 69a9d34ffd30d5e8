"""A person with a phone: what they tap is counted, and they find things by the words they read."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

SHEET = 2
"""Taps that the phone's own sheet asks for to make a key: « Continuer », then the finger."""
FINGER = 1
"""To show one, the finger alone."""
ALLOW = 1
"""« Autoriser », where the phone asks before we may see or read something of its own."""
PROMISED = {
    "F1": 5, "F2": 4, "F3": 3, "F3b": 3, "F3c": 2, "F3d": 3, "F3e": 3, "F3f": 2, "F3g": 2, "F4": 2, "F5": 9, "F6": 2, "F6b": 4, "F7": 1, "F8": 4,
    "F9": 0, "F10": 2, "F11": 2, "F11b": 5, "F12": 5, "F13": 3, "F14": 4, "F15": 2, "F16": 3, "F17": 3, "F17b": 2,
    "F18": 3, "F19": 4, "F20": 2, "F21": 3, "F22": 1,
}  # fmt: skip
"""The taps of each flow, and nothing typed in any (docs/decisions.md 27); F3b is one more for each file beyond the first."""
COUNTING = """addEventListener("input", ({ target }) => {
  if (target.matches("textarea, input:not([type=checkbox], [type=radio], [type=file])"))
    sessionStorage.typed = Number(sessionStorage.typed || 0) + 1
}, true)"""

RECORDED = """(seconds) => [...document.querySelectorAll("voice-recorder")].some(
  ({ began, heard }) => heard && performance.now() - began >= seconds * 1000)"""
"""So many seconds were recorded, and sound is in what the browser gave of them: the first that it gives may be a head alone."""


def time_stands_still(page: Page) -> None:
    """On *page* nothing that moves moves: what is offered for ten seconds is there for slow machines, too."""
    session = page.context.new_cdp_session(page)
    session.send("Animation.enable")
    session.send("Animation.setPlaybackRate", {"playbackRate": 0})


class Person:
    """Taps on *page* by the accessible names that people and screen readers meet."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.taps = 0
        page.add_init_script(COUNTING)

    @property
    def characters(self) -> int:
        """How often something was typed into a field, on pages of ours that came since there is this person."""
        return int(self.page.evaluate("() => Number(sessionStorage.typed || 0)"))

    def tap(self, words: str) -> None:
        """Touch the one button or link of that name, once the page is there."""
        self.page.wait_for_load_state()
        self.find(words).click()
        self.taps += 1

    def find(self, words: str) -> Locator:
        """The button or link of that name."""
        button = self.page.get_by_role("button", name=words, exact=True)
        row = self.page.locator(
            "a", has=self.page.locator("b").get_by_text(words, exact=True)
        )  # named with its line, too
        return button.or_(self.page.get_by_role("link", name=words, exact=True)).or_(row).first

    def choose(self, words: str, *files: Path) -> None:
        """Touch a button that opens the phone's own picker, and touch the files in it."""
        with self.page.expect_file_chooser() as chooser:
            self.tap(words)
        with self.page.expect_navigation():
            chooser.value.set_files(list(files))
        self.taps += len(files)

    def confirm_with_a_finger(self, words: str) -> None:
        """Touch a button that brings up the phone's key sheet, and confirm there."""
        with self.page.expect_navigation():
            self.tap(words)
        self.taps += SHEET

    def leaves(self) -> None:
        """« Me déconnecter »: what was not sent goes first."""
        with self.page.expect_navigation():
            self.tap("Me déconnecter")

    def shows_a_finger(self, words: str) -> None:
        """Touch a button for which a key is shown, and show it."""
        with self.page.expect_navigation():
            self.tap(words)
        self.taps += FINGER

    def speaks_for(self, seconds: int) -> None:
        """Returns when so many seconds were recorded, and something of them is there."""
        self.page.wait_for_function(RECORDED, arg=seconds)

    def reads(self, words: str) -> None:
        """The words are there to be read."""
        expect(self.page.get_by_text(words).first).to_be_visible()
