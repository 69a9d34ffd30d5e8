"""Every page in every state as it stands without JavaScript: each form goes by a button of its own, each link leads
somewhere, and what only a script brings is known here, with what stands on the page in its place.

No browser is asked, one reading of the HTML tells. tests/stories/test_fatou_has_no_script.py goes through the forms.
"""

import re
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import pytest
from starlette.routing import Match

from tests.fixtures.quick_html import QuickParser
from tests.fixtures.screens import SCREENS, drawn
from wallet.routes import ROUTES

pytestmark = pytest.mark.slow

VOID = {"base", "meta", "link", "input", "img", "br", "wbr"}
ADDRESS = 'id="address"|class="plain"'
"""Where a link stands to be read."""
EXTRAS = {
    "a data-home": ("the end of the page that a script leads through", 'href="/evidence/new"'),
    "badge-scanner": ("a photo of the code is sent by the form below", 'name="documents"'),
    "copy-link": ("the address stands there to be copied by hand", ADDRESS),
    "div .choice": (
        "of another kind than the one that was asked for: « Tous » brings it back",
        r'name="seek" value="\.',
    ),
    "div .kept-ways": ("the way to pages that the worker kept", 'href=""'),
    "div data-progress": ("of the page that a script leads through", 'href="/evidence/new"'),
    "div data-question": ("asked when a text waits in the phone: without a script none does", 'action="/leaving"'),
    "button": ("no hand touches it but by « Entrée » in the field beside it", 'name="place"'),
    "button .play": ("the browser’s own player stands there", '<audio controls|href="/evidence/new"'),
    "div .listening": ("a sound is sent as a file, and heard on the page of its moment", 'href="/evidence/new"'),
    "div data-step": ("the same questions are asked a page each", 'href="/evidence/new"'),
    "install-app": ("how it is done by hand is told", '<ol|href="/install"'),
    "p .seen": ("said by the worker, of a page that it kept", "<h1"),
    "p data-message": ("said when a sound does not play; it is shown with its own buttons", "<audio"),
    "paper-scanner": ("the paper is photographed, or its code typed", 'name="code"'),
    "paste-link": ("the link is pasted by hand into its field", 'name="link"'),
    "print-page": ("the menu of every browser prints", "<h1"),
    "read-aloud": ("what would be read stands there", "<h1"),
    "share-link": ("the other ways are plain links", 'href="https://wa.me'),
    "span #copied-words": ("said once the address is copied", ADDRESS),
    "span data-ticked": ("how many are ticked in a fold, once a script counts them", "<input"),
    "span data-message": ("said while a script sends", "<button"),
    "unsent-drafts": ("without a script nothing waits in the phone", "<h1"),
    "word-corrections": ("words are corrected by hand, where they are changed", "/answers/"),
    "voice-recorder": (
        "words are typed, and a sound is sent as a file",
        r'name="text"|name="files"|href="/evidence/(?:new|\d+/answers/)',
    ),
}
"""What is hidden until a script shows it: why nobody misses it, and what there is on the page in its place."""
WAITING = {"passkey-authentication", "passkey-registration"}
"""The ceremonies of a key: their button waits for its script, and a sentence says why."""
KEYS = WAITING | {"passkey-return"}
PAPER = re.compile(r'(?:action|href)="/(?:paper|entry/paper|entry)"|name="code"')
"""The ways to the rescue paper: it is made, shown, typed here, or found on the page of those who enter."""
KEY_ALONE = {
    *("confirmation", "platform, nobody signed in", "platform, within another app"),
}
"""Whoever has a key and came in by it shows that key: the paper alone must not pass for it. Who comes in by the paper now can
connect nothing for three days."""
GOES_NOWHERE = {
    "moment, gone meanwhile": ["#text"],
    "closed, with what was typed": ["#typed"],
    "code of a share, after 15 minutes of writing": ["#typed"],
    "reply, to one that takes none any more": ["#typed"],
    "asked, stopped while it was written": ["#typed"],
    "asked, answered before in other words": ["#typed"],
    **{f"badge asked for, {state}": ["#typed"] for state in ("granted", "over")},
    **{f"petition, to {how}": ["#link"] for how in ("bring", "send")},
    **{key: ["#link"] for key in ("given", "given, proven", "given, at length", "given, spoken")},
    **{key: ["#link"] for key in ("given, a code that is over", "given, a code to who asks", "given, over")},
    **{key: ["#link"] for key in ("given, a code awaited", "given, a wrong code")},
}
"""A box to copy one's own words from, or the link to keep."""
SENT_BY_A_SCRIPT = re.compile("scan($|,)")
"""The form of the camera is empty without it; the form of the photo stands below."""


MADE_UP = re.compile(r"/s/\w+/(check|file)$|/$")
"""Where forms and links of the table of screens go that their route fills in: the printed page, the page after signing out."""


@dataclass(slots=True)
class Form:
    """A form, and what goes with it."""

    method: str
    action: str
    kind: str
    buttons: int = 0
    files: int = 0


class Plain(QuickParser):
    """A page as a browser without scripts shows it: noscript is read, a template is not, nor is what is hidden."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.shown = ""
        self.noscript = ""
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.extras: set[str] = set()
        self.elements: set[str] = set()
        self.idle: list[str] = []
        self.nameless: list[str] = []
        self.asked: set[tuple[str, str]] = set()
        self.goes: set[tuple[str, str]] = set()
        self._ids: dict[str, Form] = {}
        self._open: list[tuple[str, bool]] = []
        self._form: list[Form] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        is_away = self._is_away
        if "hidden" in said and not is_away:
            self.extras.add(named(tag, said))
        if tag not in VOID:
            self._open.append((tag, is_away or tag == "template" or "hidden" in said))
        if is_away or tag == "template" or "hidden" in said:
            return
        self.shown += self.get_starttag_text() or ""
        self.elements.add(tag)
        self.asked |= {("post" if name == "data-hx-post" else "get", said[name]) for name in said if name in HTMX}
        match tag:
            case "form":
                self._begin(said)
            case "a":
                self.links.append(said.get("href", "#"))
            case "button":
                self._touch(said)
            case "input" | "textarea" | "select":
                self._fill(said)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A line of a drawing."""

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()
        if tag == "form" and not self._is_away:
            self._form.pop()

    def handle_data(self, data: str) -> None:
        if not self._is_away:
            self.shown += data
            self.noscript += data if self._within({"noscript"}) else ""

    @property
    def _is_away(self) -> bool:
        return bool(self._open) and self._open[-1][1]

    def _within(self, names: set[str]) -> bool:
        return any(tag in names for tag, _ in self._open)

    def _begin(self, said: dict[str, str]) -> None:
        form = Form(said.get("method", "get"), said.get("action", ""), said.get("enctype", ""))
        self.forms.append(form)
        self._form.append(form)
        self._ids[said.get("id", "")] = form
        self.goes.add((form.method, form.action))

    def _touch(self, said: dict[str, str]) -> None:
        form = self._ids.get(said["form"]) if "form" in said else self._form[-1] if self._form else None
        if form and said.get("type") != "button":
            form.buttons += "formaction" not in said
            self.goes.add((form.method, said.get("formaction", form.action).partition("#")[0]))
        elif "disabled" not in said or not self._within(WAITING):
            self.idle.append(f"button {said}")

    def _fill(self, said: dict[str, str]) -> None:
        if not self._form and not self._within(WAITING):
            self.idle.append(f"#{said.get('id')}")
        if not said.get("name"):
            self.nameless.append(f"#{said.get('id')}")
        if self._form and said.get("type") == "file":
            self._form[-1].files += 1


HTMX = {"data-hx-get", "data-hx-post"}
MARKS = ("data-home", "data-message", "data-progress", "data-question", "data-step", "data-ticked")


def named(tag: str, said: dict[str, str]) -> str:
    """How EXTRAS calls a hidden element."""
    mark = next((mark for mark in MARKS if mark in said), "")
    if not mark and said.get("class"):
        mark = "." + said["class"]
    elif not mark and said.get("id"):
        mark = "#" + said["id"]
    return f"{tag} {mark}".strip()


@cache
def plain(screen: str) -> Plain:
    """*screen* in French, without scripts."""
    return Plain(drawn(screen))


@cache
def leads(method: str, address: str) -> bool:
    """Whether the map has *address*, and answers *method* there; an address without a path is that of the page itself."""
    asked = {"type": "http", "method": method.upper(), "path": urlsplit(address).path, "headers": []}
    return (
        address.startswith("?")
        or bool(MADE_UP.match(address))
        or any(route.matches(asked)[0] is Match.FULL for route in ROUTES)
    )


def test_every_form_goes_by_a_button_to_where_it_is_answered() -> None:
    stopped = {
        (screen, form.action)
        for screen in SCREENS
        for form in plain(screen).forms
        if not form.buttons and not (SENT_BY_A_SCRIPT.match(screen) and not form.files)
    }
    lost = {
        (screen, form.method, form.action)
        for screen in SCREENS
        for form in plain(screen).forms
        if not leads(form.method, form.action or "?")
    }
    without_their_files = {
        screen
        for screen in SCREENS
        for form in plain(screen).forms
        if form.files and (form.method, form.kind) != ("post", "multipart/form-data")
    }

    assert stopped == set()
    assert lost == set()
    assert without_their_files == set()


def test_what_is_filled_in_has_a_name_and_what_is_touched_does_something() -> None:
    nameless = {screen: plain(screen).nameless for screen in SCREENS if plain(screen).nameless}
    idle = {screen: plain(screen).idle for screen in SCREENS if plain(screen).idle}

    assert nameless == GOES_NOWHERE
    assert idle == GOES_NOWHERE


def test_every_link_leads_to_a_page() -> None:
    ours = {
        (screen, link)
        for screen in SCREENS
        for link in plain(screen).links
        if not re.match(r"https?://|mailto:|sms:|tel:|#.", link)
    }

    assert {(screen, link) for screen, link in ours if not leads("get", link)} == {("offline", "")}


def test_what_htmx_asks_for_is_asked_for_by_a_form_too() -> None:
    assert {screen: rest for screen in SCREENS if (rest := plain(screen).asked - plain(screen).goes)} == {}
    assert sum(len(plain(screen).asked) for screen in SCREENS) > 20


def test_what_a_script_shows_is_an_extra_and_something_stands_in_its_place() -> None:
    seen = {extra for screen in SCREENS for extra in plain(screen).extras}
    missed = {
        (screen, extra)
        for screen in SCREENS
        for extra in plain(screen).extras & set(EXTRAS)
        if not re.search(EXTRAS[extra][1], plain(screen).shown)
    }

    assert seen == set(EXTRAS)
    assert missed == set()


def test_where_a_key_is_asked_for_it_is_explained_and_the_paper_is_offered() -> None:
    asks = {s for s in SCREENS if plain(s).elements & KEYS or SCREENS[s][0] == "account/confirmation.html"}
    by_a_key = {s for s in asks if plain(s).elements & (KEYS | {"passkey-confirmation"})}

    assert {screen for screen in by_a_key if "JavaScript" not in plain(screen).noscript} == set()
    assert {screen for screen in asks if not PAPER.search(plain(screen).shown)} == KEY_ALONE
    assert len(asks) > 15
