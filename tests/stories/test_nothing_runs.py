"""What strangers and holders write is text: 400 texts that want to run, in every field that pages show, run nowhere.
In `make test` it is every tenth of them.

The house answers for itself, with its real pages, styles, scripts and Content-Security-Policy; Chromium draws them. The
recruiter's pages of all shares are drawn together, and each must show its texts letter by letter.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote_plus, urlsplit

import pytest
from playwright.sync_api import Page, Route
from starlette.applications import Starlette

from tests.fixtures.browser import Phone
from tests.fixtures.examined import COMMUNICATE, examined, keep_one, named
from tests.fixtures.payloads import PAYLOADS
from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.visits import NOW, Person, Stranger, holder, signed
from wallet.accounts.holders import clean_name
from wallet.badges.models import NewBadge
from wallet.evidence import answers, editing
from wallet.evidence.answers import LIMITS, SHORT_LIMIT, SentAnswer
from wallet.openbadges import Alignment, Badge, Criteria, Evidence
from wallet.openbadges.texts import plain  # the reader's own hand: what no reader lets through is in no badge
from wallet.shares import owner_view
from wallet.storage import grouped
from wallet.web.security_headers import policy_with

pytestmark = [pytest.mark.browser, pytest.mark.service_worker]
CUT = 90
"""Characters of a name that a recruiter surely reads on the page of all badges; its own page has all of it."""
PART = 10
"""Badges, or moments, of one share where each has a page of its own: the whole share is looked at for each of its pages."""
SHOWN_TO_HER = (("P", 60),)
"""The fields of a share that « Mes partages » shows, and their length."""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LISTEN = """
  window.reports = []
  document.addEventListener("securitypolicyviolation", (one) => reports.push(`${one.violatedDirective} ${one.sample} ${one.blockedURI}`))
"""
ALIVE = """(sheet) => [...document.querySelectorAll("*")].filter((one) =>
    ["IFRAME", "OBJECT", "EMBED", "BASE", "MARQUEE", "VIDEO", "AUDIO", "TEMPLATE", "X-Y", "MATH"].includes(one.tagName)
      && !one.matches(":is(voice-recorder, draft-sender, unsent-drafts, leaving-door, kept-answer, moment-draft, word-corrections) > template, head > template#unsent")
    || (one.tagName === "STYLE" && one.textContent !== sheet)
    || (one.tagName === "SCRIPT" && !(one.getAttribute("src") || "").startsWith("/static/"))
    || (one.tagName === "META" && one.httpEquiv)
    || [...one.attributes].some((it) => /^on|^style$|^srcdoc$|^hx-on/i.test(it.name)
      || (/^(href|src|action|formaction|xlink:href|data)$/i.test(it.name) && !/^(\\/|#|[?]|https?:)/i.test(it.value.trim() || "#"))
      || /evil/i.test(it.name) || (/^(src|action|formaction|hx-)/i.test(it.name) && /evil/i.test(it.value))))
  .map((one) => one.outerHTML.slice(0, 200))"""
"""What a text would have to become before it could run, or be sent elsewhere."""
TEXT = """() => {
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT)
  let all = ""
  while (walker.nextNode()) all += walker.currentNode.data ?? (/^(P|BR)$/.test(walker.currentNode.tagName) ? " " : "")
  return all + [...document.querySelectorAll("input, textarea")].map((one) => one.value)
}"""
"""What is there to read: where a line ends, or a paragraph, no word goes on."""


def read(text: str) -> str:
    """*text* as it is read out of a badge."""
    return plain(text)


def seen(text: str) -> str:
    """*text* as one sees it: the spaces between are all alike."""
    return " ".join(text.split())


def issuer_id(number: int, text: str) -> str:
    """Whose badge that is: of texts that read alike the same issuer's, be they written otherwise."""
    return f"did:web:issuer.example:{number}" if number % 3 else read(text)


def hostile(number: int, text: str) -> Badge:
    """A badge with *text* in every member that a page shows; each says of itself where it stands."""
    level = " – je maîtrise" if number % 2 else ""
    return replace(
        COMMUNICATE,
        id=f"https://issuer.example/assertions/{number}",
        name=read(f"N{number} {text}{level}"),
        description=read(f"D{number} {text}"),
        narrative=read(f"T{number} {text}"),
        recipient_name=read(f"R{number} {text}"),
        language=read(text)[:8],
        evidence=(
            Evidence(id=read(text), name=read(f"E{number} {text}"), narrative=read(text), description=read(text)),
        ),
        issuer=replace(
            COMMUNICATE.issuer,
            id=issuer_id(number, text),
            name=read(f"I{number} {text}"),
            url=read(text),
        ),
        achievement=replace(
            COMMUNICATE.achievement,
            name=read(f"N{number} {text}"),
            description=read(text),
            criteria=Criteria(id=read(text), narrative=read(f"C{number}\n\n{text}\n\n{text}")),
            alignment=(
                Alignment(
                    target_name=read(f"S{number} {text}"),
                    target_url=read(text),
                    target_framework=read(f"F{number} {text}"),
                    target_code=read(f"K{number} {text}"),
                ),
            ),
        ),
    )


class Museum:
    """A wallet in which every text stands in every field, and the pages that show it."""

    def __init__(self, app: Starlette, texts: Sequence[str]) -> None:
        self.texts = texts
        self.maria, self.stranger = holder(app, ("badge.json", signed())), Stranger(app)
        self.services = self.maria.services
        with self.services.database.writing() as session:
            for number, text in enumerate(texts):
                badge = hostile(number, text)
                found = NewBadge(
                    examination=examined(badge),
                    document=named(badge.id),
                    file_name=read(text)[:120],
                    link="",
                    picture=None,
                    plate=True,
                    seen=(),
                )
                assert keep_one(session, 1, found).kind == "added"
        self.ids = self.maria.has()
        self.links: list[str] = []

    def shows_each(self) -> None:
        """A share for every text: as its name, its word, its purpose."""
        for number, text in enumerate(self.texts):
            self.services.rate_limits.window.forget()
            fields = {"badge": str(min(self.ids)), "days": "7"}
            fields |= {"name": f"V{number} {text}", "word": f"W{number} {text}", "purpose": f"P{number} {text}"}
            body = "&".join(f"{name}={quote_plus(value, errors='surrogatepass')}" for name, value in fields.items())
            made = self.maria.post("/shares", content=body.encode(), headers=FORM)
            assert made.status_code == 303, text
        with self.services.database.reading() as session:
            told = owner_view.list_owned_shares(session, 1, self.services.keyring.unseal, NOW)
        self.links = [f"/s/{one.token}" for one in reversed(told)]

    def tells_each(self) -> list[str]:
        """A moment for every text, in each of its fields; shares of some of them: their links."""
        badge, pairs = min(self.ids), list[str]()
        with self.services.database.writing() as session:
            for number, text in enumerate(self.texts):
                typed, key = text.encode(errors="ignore").decode().replace("\0", ""), f"{number:032x}"
                id = answers.begin_moment(session, 1, SentAnswer("situation", "work", key), [badge], NOW)
                for mark, question in (("A", "facts"), ("B", "sentence"), ("G", "place")):
                    said = f"{mark}{number} {typed}"[: LIMITS[question]].strip()
                    answers.keep_answer(session, 1, id, SentAnswer(question, said, f"{mark}{key}"), NOW)
                link = {"key": key, "kind": "link", "name": typed[:120], "address": f"https://exemple.fr/{typed}"}
                nothing = dict.fromkeys(("file", "preview", "width", "height", "seconds"))
                editing.add_attachment(session, 1, id, NOW, media_type="", size=1, **link, **nothing)
                editing.save_moment(session, 1, id, NOW)
                pairs.append(f"{badge}-{id}")
        self.services.rate_limits.window.forget()
        some = [pairs[at : at + PART] for at in range(0, len(pairs), PART)]
        return [self.maria.link_of(self.maria.shows(badge, moment=one, name="Maria")) for one in some]

    def shows_all(self) -> str:
        """One share of all badges: its link."""
        return self._shows(*self.ids)

    def shows_each_badge(self) -> list[str]:
        """Shares of some badges: where each badge has its page."""
        parts = [self.ids[at : at + PART] for at in range(0, len(self.ids), PART)]
        return [
            f"{link}/badges/{place}" for part in parts for link in [self._shows(*part)] for place in range(len(part))
        ]

    def _shows(self, *ids: int) -> str:
        self.services.rate_limits.window.forget()
        return self.maria.link_of(self.maria.shows(*ids, name="Maria"))

    def answer(self, route: Route, made_up: dict[str, str]) -> None:
        """What the house answers; *made_up* are pages of its own pieces."""
        self.services.rate_limits.window.forget()
        address = urlsplit(route.request.url)
        path = address.path + (f"?{address.query}" if address.query else "")
        if path in made_up:
            own = policy_with(self.services.pages.assets.sheet.source)
            headers = {"Content-Security-Policy": own, "Content-Type": "text/html; charset=utf-8"}
            route.fulfill(body=made_up[path], headers=headers)
            return
        if route.request.method == "POST" or route.request.resource_type == "image":  # nothing is read of these
            route.fulfill(status=204)
            return
        who = self.stranger if path.startswith("/s/") else self.maria
        found = who.get(path)
        told = {
            name: value for name, value in found.headers.items() if name not in {"content-encoding", "content-length"}
        }
        route.fulfill(status=found.status_code, headers=told, body=found.content)

    def together(self, links: Sequence[str], who: Person | None = None) -> str:
        """The pages at *links* in one, a recruiter's if nobody else's: the head of the first, the middle of each."""
        pages = []
        for link in links:
            self.services.rate_limits.window.forget()
            pages.append((who or self.stranger).page(link))
        first, _, rest = pages[0].partition("<main")
        middles = [
            re.sub(r'\bid="[^"]*"', "", page[page.index("<main") : page.rindex("</main>") + 7]) for page in pages
        ]
        return first + "".join(middles) + rest[rest.rindex("</main>") + 7 :]


class Ears:
    """Everything by which one would notice that a text ran."""

    def __init__(self, page: Page, museum: Museum, **made_up: str) -> None:
        self.page, self.dialogs, self.said, self.elsewhere = page, [], [], []
        page.on("dialog", self._dialog)
        page.on("console", lambda one: self.said.append(one.text))
        page.on("pageerror", lambda one: self.said.append(str(one)))
        page.on("popup", lambda one: self.elsewhere.append(one.url))
        page.add_init_script(LISTEN)
        pages = {f"/{name}": html for name, html in made_up.items()}
        origin = museum.services.settings.origin

        def answer(route: Route) -> None:
            if not route.request.url.startswith(origin + "/"):
                self.elsewhere.append(route.request.url)
                route.abort()
                return
            museum.answer(route, pages)

        page.route("**/*", answer)
        self.origin = origin
        self.sheet = museum.services.pages.assets.sheet.content.decode()

    def open(self, path: str) -> str:
        """The page at *path*, everything on it unfolded, a mouse gone over it: what there is to read."""
        self.page.goto(self.origin + path)
        self.page.evaluate("() => document.querySelectorAll('details').forEach((one) => (one.open = true))")
        for y in range(50, 600, 50):
            self.page.mouse.move(150, y)
        self.page.keyboard.press("Tab")
        self.page.wait_for_timeout(200)
        return seen(self.page.evaluate(TEXT))

    @property
    def heard(self) -> list[str]:
        """Dialogs, reports of the policy, addresses elsewhere, and what the page holds that could run."""
        missed = [one for one in self.said if "404" not in one and "fetching the script" not in one]
        alive = self.page.evaluate(ALIVE, self.sheet)
        return [*self.dialogs, *self.page.evaluate("reports"), *self.elsewhere, *missed, *alive]

    def _dialog(self, dialog: object) -> None:
        self.dialogs.append("a dialog")
        dialog.dismiss()  # type: ignore[attr-defined]  # Playwright hands over its own


@pytest.fixture(params=here_and_in_soak(PAYLOADS[::10], PAYLOADS), ids=["every tenth", "all"])
def museum(app: Starlette, request: pytest.FixtureRequest) -> Museum:
    return Museum(app, request.param)


def told(mark: str, texts: Sequence[str], limit: int = 10_000) -> dict[str, str]:
    """How each text reads in the field of that *mark*; half characters, which no form sends, are left out."""
    marked = {
        text: f"{mark}{number} {text}"
        for number, text in enumerate(texts)
        if "\ud800" not in text and "\udfff" not in text
    }
    return {text: seen(one.replace("\0", "").strip()[:limit]) for text, one in marked.items()}


def test_there_are_four_hundred_texts_and_each_is_another_one():
    assert len(PAYLOADS) == len(set(PAYLOADS)) >= 400
    assert max(map(len, PAYLOADS)) < 200


@pytest.mark.breadth
def test_in_every_field_of_a_badge_they_are_text(museum: Museum, phone: Phone):
    """On the page of a recruiter, where one share has them all, on that of each badge, and where the holder chooses."""
    link = museum.shows_all()
    ears = Ears(phone.page, museum, together=museum.together(museum.shows_each_badge()))
    page = ears.open(link)

    assert ears.heard == []
    called = {
        mark: [seen(read(f"{mark}{number} {text}"))[:CUT] for number, text in enumerate(museum.texts)] for mark in "NI"
    }
    assert [one for one in called["N"] if one not in page] == []
    issuers = grouped(zip(map(issuer_id, range(len(museum.texts)), museum.texts), called["I"], strict=True))
    assert [id for id, names in issuers.items() if not any(one in page for one in names)] == [], (
        "whoever gave several once"
    )
    page += ears.open("/together")
    assert ears.heard == []
    assert [one for one in called["I"] if one not in page] == []
    for mark in "NDSFK":
        read_there = [seen(read(f"{mark}{number} {text}")) for number, text in enumerate(museum.texts)]
        assert [one for one in read_there if one not in page] == [], mark
    assert "E1 " not in page, "the proofs of a badge are not shown"

    page = ears.open("/shares/new")
    assert ears.heard == []
    assert [text for number, text in enumerate(museum.texts) if seen(read(f"N{number} {text}")) not in page] == []


@pytest.mark.breadth
def test_in_every_field_of_a_share_they_are_text_and_what_would_run_is_heard(museum: Museum, phone: Phone):
    museum.shows_each()
    bare = "<!doctype html><title>x</title>" + "".join(one.encode(errors="ignore").decode() for one in PAYLOADS[:3])
    ears = Ears(phone.page, museum, together=museum.together(museum.links), bare=bare)

    page = ears.open("/together")
    assert ears.heard == []
    named = {text: seen(clean_name(f"V{number} {text}")) for number, text in enumerate(museum.texts)}
    assert [text for text in told("V", museum.texts) if named[text] not in page] == []
    assert [text for text, one in told("W", museum.texts).items() if one not in page] == []
    assert not [one for one in told("P", museum.texts).values() if one in page], "what it is for is the holder's alone"

    page = ears.open("/shares")
    assert ears.heard == []
    found = [
        [text for text, one in told(mark, museum.texts, limit).items() if one not in page]
        for mark, limit in SHOWN_TO_HER
    ]
    assert found == [[]] * len(SHOWN_TO_HER)

    _the_ears_hear(ears)


@pytest.mark.breadth
def test_in_every_field_of_a_moment_they_are_text(museum: Museum, phone: Phone):
    links = museum.tells_each()
    more = [path for link in links for path in re.findall(r'href="(/s/[^"]+/told/\d+)"', museum.stranger.page(link))]
    told_of = re.findall(r'href="(/evidence/\d+)"', museum.maria.page("/evidence"))[:6]
    assert told_of
    hers = museum.together(told_of, museum.maria)
    ears = Ears(phone.page, museum, shown=museum.together(links), together=museum.together(more), hers=hers)

    page = ""
    for path in ("/shown", "/together"):
        page += ears.open(path)
        assert ears.heard == []
    for mark, limit in (("A", 10_000), ("B", SHORT_LIMIT), ("G", SHORT_LIMIT)):
        assert [text for text, one in told(mark, museum.texts, limit).items() if one not in page] == [], mark

    for path in ("/evidence", "/evidence?page=2", "/shares/new", "/hers"):
        ears.open(path)
        assert ears.heard == []


def _the_ears_hear(ears: Ears) -> None:
    """The same texts as markup, at `/bare`: the policy still lets nothing run, but all of it is noticed."""
    ears.page.goto(f"{ears.origin}/bare")
    for _ in range(100):
        if [one for one in ears.heard if one.startswith("script-src")]:
            break
        ears.page.wait_for_timeout(200)

    assert ears.dialogs == []
    assert [one for one in ears.heard if one.startswith("script-src")]
    assert [one for one in ears.heard if one.startswith("<script")]
