"""A black-box client: somebody who uses a served wallet, and notes what they were told.

A promise is noted when an answer of 2xx or 3xx has come, and not before; it is asked about over HTTP, byte for byte.
What was cut off on its way is no promise: it may be there, whole, or not.
"""

import json
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from random import Random
from types import TracebackType

import httpx2

from tests.fixtures.authenticator import Key

LINK = re.compile(r"/s/[0-9A-Z]{26}")
WAITS = 20.0
"""Seconds for one answer: a wallet that takes longer is told as one that hangs."""
ACTS = ("add", "add", "tell", "attach", "share", "stop", "leave", "again", "remove")
"""What somebody does, more often what is done more often."""


class Unkept(AssertionError):
    """Something that was acknowledged is not there."""


class Broken(AssertionError):
    """The wallet answered as it never may: 500, or another word than it owes."""


@dataclass(slots=True)
class Promise:
    """What somebody was told is kept; `holds` looks, and raises Unkept."""

    what: str
    holds: Callable[[], None]


class Person:
    """One holder: a browser with cookies, a phone with a key, and the list of what they were promised."""

    def __init__(self, origin: str, chance: Random, refused: frozenset[int] = frozenset()) -> None:
        self.origin, self.chance = origin, chance
        self.refused = refused
        """What the wallet may answer while it is in trouble: 503."""
        self.key = Key(origin=origin)
        headers = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "fr"}
        self.browser = httpx2.Client(base_url=origin, headers=headers, timeout=WAITS, follow_redirects=False)
        self.stranger = httpx2.Client(base_url=origin, timeout=WAITS, follow_redirects=False)
        """Who has a link, or a cookie of an earlier time."""
        self.documents: dict[int, bytes] = {}
        self.gone: set[int] = set()
        """Badges that were removed."""
        self.maybe: set[int] = set()
        """Badges whose removal was cut off."""
        self.texts: dict[str, list[str]] = {}
        """What was told, by the address of its moment."""
        self.files: dict[str, list[bytes]] = {}
        """What was attached, by the address of its moment."""
        self.links: dict[str, str] = {}
        """The link of each share, by the share's address."""
        self.open: dict[str, bool | None] = {}
        """Whether it is open; None where a stop was cut off."""
        self.left: list[dict[str, str]] = []
        """Cookies that were signed out."""
        self.is_told_to_stop = False
        """Whether they do nothing more for now."""
        self.is_kept = self.is_in = False
        """Whether they are signed in, as far as they know: who is not is sent to the door, and that acknowledges nothing."""
        self.is_erased: bool | None = False
        """None where erasing was cut off."""
        self.counts: dict[str, int] = {}

    def __enter__(self) -> "Person":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.browser.close()
        self.stranger.close()

    # What they do

    def begin(self) -> None:
        """A first badge, and a key that keeps it; nothing is promised before."""
        self.browser.cookies.clear()
        document = badge(self.chance)
        if self._bring(document) is None:
            return
        made = self._ask("/passkeys/challenges", json={"purpose": "registration"})
        if made.status_code != 200 or self._ask("/passkeys", json=self.key.make(made.json())).status_code != 200:
            return
        self.is_kept = self.is_in = True
        if found := re.search(r'"/badges/(\d+)"', self.browser.get("/badges").text):
            self.documents[int(found[1])] = document

    def act(self) -> None:
        """Something, by chance; raises httpx2.HTTPError where the answer was cut off."""
        if not self.is_kept:
            self.begin()
            return
        if not self.is_in and not self.enter():
            return
        name = self.chance.choice(ACTS)
        getattr(self, name)()

    def add(self) -> None:
        """Bring a badge that nobody has."""
        document = badge(self.chance)
        answer = self._bring(document)
        if answer is None:
            return
        location = answer.headers.get("location", "")
        found = re.match(r"/badges/(\d+)", location)
        if not found:
            raise Broken(f"a badge was taken in, and nothing says where it is: {answer.status_code} {location}")
        self.documents[int(found[1])] = document
        self._count("add")

    def tell(self) -> None:
        """A moment with its first text."""
        badge = self._some(sorted(self.documents.keys() - self.gone - self.maybe))
        if badge is None:
            return
        begun = self._post(
            "/evidence", data={"text": "work", "place": "", "key": secrets.token_hex(16), "badge": [str(badge)]}
        )
        if begun is None:
            return
        moment = begun.headers["location"].partition("/answers")[0]
        self.texts.setdefault(moment, [])
        text = f"J’ai rangé la réserve {secrets.token_hex(8)}."
        question = begun.headers["location"].rpartition("/")[2].partition("?")[0]
        if self._post(f"{moment}/answers/{question}", data={"text": text, "key": secrets.token_hex(16)}):
            self.texts[moment].append(text)
        self._count("tell")

    def attach(self) -> None:
        """A file goes with a moment."""
        moment = self._some(sorted(self.texts))
        if moment is None:
            return
        content = self.chance.randbytes(self.chance.randrange(2_000, 60_000))
        if self._post(f"{moment}/attachments", files=[("files", ("notes.bin", content, "application/octet-stream"))]):
            self.files.setdefault(moment, []).append(content)
            self._count("attach")

    def share(self) -> None:
        """Show up to three badges."""
        ids = sorted(self.documents.keys() - self.gone - self.maybe)[-3:]
        if not ids:
            return
        made = self._post("/shares", data={"badge": [str(id) for id in ids], "days": "7", "name": "Sonia"})
        if made is None:
            return
        path = made.headers["location"]
        page = self.browser.get(path)
        found = LINK.search(page.text) if page.status_code == 200 else None
        if found:
            self.links[path], self.open[path] = found[0], True
            self._count("share")

    def stop(self) -> None:
        """Stop one that is open."""
        path = self._some(sorted(path for path, is_open in self.open.items() if is_open))
        if path is None:
            return
        self.open[path] = None
        if self._post(f"{path}/stopping", data={}):
            self.open[path] = False
            self._count("stop")
        else:
            self.open[path] = True

    def remove(self) -> None:
        """Take a badge away, seldom."""
        ids = sorted(self.documents.keys() - self.gone - self.maybe)
        if len(ids) < 4:
            return
        id = self.chance.choice(ids)
        self.maybe.add(id)
        if self._post(f"/badges/{id}/removal", data={}):
            self.gone.add(id)
            self._count("remove")
        self.maybe.discard(id)

    def cookies(self) -> dict[str, str]:
        """What signs them in, in this browser."""
        return {cookie.name: str(cookie.value) for cookie in self.browser.cookies.jar if cookie.name == "wallet"}

    def leave(self) -> None:
        """Sign out; whoever has the old cookie has nothing."""
        cookies = self.cookies()
        self.is_in = False
        if self._post("/leaving", data={}):
            self.left.append(cookies)
            self._count("leave")
        self.enter()

    def again(self) -> None:
        """Another device: sign in by the key."""
        self.enter()
        self._count("again")

    def enter(self) -> bool:
        """Sign in by the key, in a browser that has nothing yet; whether they are in."""
        self.browser.cookies.clear()
        self.is_in = False
        options = self._ask("/passkeys/challenges", json={"purpose": "authentication"})
        if options.status_code == 200:
            self.is_in = self._ask("/devices", json=self.key.show(options.json())).status_code == 200
        return self.is_in

    def erase(self) -> None:
        """« Tout effacer », behind the key just shown."""
        asked_on = {"Referer": f"{self.origin}/confirmation?next=/erasure"}
        options = self._ask("/passkeys/challenges", json={"purpose": "confirmation"}, headers=asked_on)
        if options.status_code != 200:
            return
        shown = self.key.show(options.json())
        if self._ask("/passkeys/confirmations", json=shown, headers=asked_on).status_code != 200:
            return
        self.is_erased = None
        answer = self._post("/erasure", data={})
        self.is_erased = answer is not None and answer.headers.get("location") == "/erased"
        self._count("erase")

    # What they were promised

    def promises(self) -> list[Promise]:
        """All of it, by now."""
        if self.is_erased is None or not self.is_kept:
            return []
        if self.is_erased:
            return [Promise("everything is erased", self._nothing_is_left)]
        out = [Promise("a device that was signed out", partial(self._is_out, cookies)) for cookies in self.left]
        return [*out, *self._of_badges(), *self._of_moments(), *self._of_shares()]

    def _of_badges(self) -> Iterator[Promise]:
        for id, document in self.documents.items():
            if id in self.gone:
                yield Promise(f"badge {id} is removed", partial(self._is, f"/badges/{id}", 404))
            elif id not in self.maybe:
                yield Promise(f"badge {id}", partial(self._gives, f"/badges/{id}/document", document))

    def _of_moments(self) -> Iterator[Promise]:
        for moment, texts in self.texts.items():
            yield from (Promise(f"{moment}: {text}", partial(self._reads, moment, text)) for text in texts)
        for moment, contents in self.files.items():
            yield Promise(f"{len(contents)} files of {moment}", partial(self._has_files, moment, contents))

    def _of_shares(self) -> Iterator[Promise]:
        for path, link in self.links.items():
            if self.open[path] is not None:
                status = 200 if self.open[path] else 404
                yield Promise(f"{path} {status}", partial(self._shows, link, status))

    def comes_in(self) -> int:
        """Sign in by the key, and ask for nothing else; raises Unkept."""
        if self.is_kept and self.is_erased is False and not self.enter():
            raise Unkept("the key does not open the wallet")
        return 0

    def look(self) -> int:
        """Ask about every promise; how many there were. Raises Unkept."""
        asked = self.comes_in()
        for promise in self.promises():
            try:
                promise.holds()
            except Unkept as problem:
                raise Unkept(f"{promise.what}: {problem}") from None
            asked += 1
        return asked

    # How they ask

    def _bring(self, document: bytes) -> httpx2.Response | None:
        return self._post("/badges", files=[("documents", ("badge.json", document, "application/json"))])

    def _post(self, path: str, **what: object) -> httpx2.Response | None:
        """The answer, where it acknowledges; None where the wallet said that it did not keep it."""
        answer = self.browser.post(path, **what)  # type: ignore[arg-type]
        return answer if self._fits(path, answer) else None

    def _ask(self, path: str, **what: object) -> httpx2.Response:
        answer = self.browser.post(path, **what)  # type: ignore[arg-type]
        self._fits(path, answer)
        return answer

    def _fits(self, path: str, answer: httpx2.Response) -> bool:
        """Whether it acknowledges; raises Broken for what no wallet may say."""
        if answer.status_code in self.refused:
            self._count(f"refused {path.split('/')[1]}")
            return False
        if answer.status_code >= 500:
            raise Broken(f"{path}: {answer.status_code}")
        sent_to = answer.headers.get("location", "")
        if path != "/leaving" and (sent_to == "/" or sent_to.startswith(("/entry", "/?", "/confirmation"))):
            raise Broken(f"{path}: sent to {sent_to}")
        if answer.status_code >= 400:
            self._count(f"declined {path.split('/')[1]} {answer.status_code}")
        return answer.status_code < 400

    def _attached(self, moment: str) -> list[str]:
        return sorted(set(re.findall(rf'"({re.escape(moment)}/attachments/\d+)"', self.browser.get(moment).text)))

    def _is(self, path: str, status: int) -> None:
        answer = self.browser.get(path)
        if answer.status_code != status:
            raise Unkept(f"{path} answers {answer.status_code}")

    def _gives(self, path: str, content: bytes) -> None:
        answer = self.browser.get(path)
        if answer.status_code != 200 or answer.content != content:
            raise Unkept(f"{path} answers {answer.status_code}, {len(answer.content)} bytes of {len(content)}")

    def _has_files(self, moment: str, contents: list[bytes]) -> None:
        here = {self.browser.get(path).content for path in self._attached(moment)}
        if missing := [len(content) for content in contents if content not in here]:
            raise Unkept(f"of the files of {moment} some are not as they were, of so many bytes: {missing}")

    def _reads(self, path: str, text: str) -> None:
        answer = self.browser.get(path)
        if answer.status_code != 200 or text not in answer.text:
            raise Unkept(f"{path} answers {answer.status_code} without it")

    def _shows(self, link: str, status: int) -> None:
        answer = self.stranger.get(link)
        if answer.status_code != status:
            raise Unkept(f"it answers {answer.status_code}")

    def _is_out(self, cookies: dict[str, str]) -> None:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        answer = self.stranger.get("/settings", headers=headers)
        self.stranger.cookies.clear()
        if answer.status_code == 200:
            raise Unkept("it still opens the wallet")

    def _nothing_is_left(self) -> None:
        if self.enter():
            raise Unkept("the key still opens the wallet")
        for link in self.links.values():
            self._shows(link, 404)

    def _some(self, what: list) -> object:  # type: ignore[type-arg]
        return self.chance.choice(what) if what else None

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


def badge(chance: Random) -> bytes:
    """A badge of which there is no other: Open Badges 3.0, signed by nobody. It asks nobody anything."""
    number = chance.randbytes(12).hex()
    return json.dumps(
        {
            "@context": [
                "https://www.w3.org/ns/credentials/v2",
                "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
            ],
            "id": f"urn:uuid:{number[:8]}-{number[8:12]}-4{number[12:15]}-8{number[15:18]}-{number[12:24]}",
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": f"Organiser {number}",
            "issuer": {"id": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "type": ["Profile"]},
            "validFrom": "2026-11-01T00:00:00Z",
            "credentialSubject": {
                "type": ["AchievementSubject"],
                "achievement": {
                    "id": f"urn:x:{number}",
                    "type": ["Achievement"],
                    "name": f"Organiser {number}",
                    "description": "Elle prépare son travail.",
                    "criteria": {"narrative": "Vu au travail."},
                },
            },
        },
        ensure_ascii=False,
    ).encode()
