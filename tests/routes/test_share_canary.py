"""A share leaks nothing of what is not in it: canaries in every field of another badge, of the holder, of another share.

All that can be reached with the link is fetched: every route under /s/{token}, and every address that a page of it names,
again and again until there is nothing new. Each answer, with its headers, is searched for each canary: as it is, without
accents and capitals, percent-encoded, in base64 at each of its three starts, in hexadecimal, in UTF-16, and unpacked.
"""

import base64
import io
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import product
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit

import pytest
from PIL import Image, PngImagePlugin
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.routing import Route

from tests.fixtures.archives import opened, take
from tests.fixtures.made_once import made_once
from tests.fixtures.moments import Teller
from tests.fixtures.visits import AWARDED, ISSUERS_KEY, Person, Stranger, baked, holder, signed
from tests.routes.test_recovery_codes import makes_a_paper
from wallet import openbadges
from wallet.routes import ROUTES
from wallet.shares import owner_view
from wallet.shares.models import Share
from wallet.web.services import Services

CRAWLERS = ("WhatsApp/2.23.20.0", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "LinkedInBot/1.0")
HERE = (("open", "en", ""), ("with a code", "fr", ""), ("open", "fr", CRAWLERS[0]))
IN_SOAK = [one for one in product(("open", "with a code"), ("fr", "en"), ("", *CRAWLERS)) if one not in HERE]
"""Robots are told no more of a page behind a code than of any other: test_share_passcodes.py."""
MOST = 400
"""Addresses that are fetched: more than a share of one badge has, by far."""
SCHEMES = re.compile(r"^(data|mailto|javascript):")
NAMED = re.compile(r"""(?:href|src|srcset|action|poster|content|data-[a-z-]+)=["']([^"']+)["']""")


STEM = "zqCanari-"
"""How every canary begins."""


def canary(where: str) -> str:
    """A word that stands nowhere else: long enough to be no accident in the bytes of a picture."""
    return f"{STEM}{where}-xW7"


def spelled(word: str) -> Iterator[bytes]:
    """*word* in every way in which it may stand in an answer, in small letters: base64 keeps its capitals apart."""
    plain = word.encode()
    yield plain.lower()
    yield plain.hex().encode()
    yield word.encode("utf-16-le").lower()
    yield word.encode("utf-16-be").lower()


def in_base64(word: str) -> Iterator[bytes]:
    """What of *word* stands in base64 for certain, at each of the three places where it may begin."""
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + word.encode() + b"\0" * 3)
        yield coded[-(-8 * before // 6) : 8 * (before + len(word)) // 6]


def unpacked(content: bytes) -> bytes:
    """*content*, without its percent signs too, and what is packed in it: the pieces of PNG and the streams of zlib."""
    found = [content, unquote_to_bytes(content)]
    for at in (one.start() for one in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", content)):
        try:
            found.append(zlib.decompressobj().decompress(content[at:], 1_000_000))
        except zlib.error:
            continue
    return b"\n".join(found)


def hits(content: bytes, words: set[str]) -> set[str]:
    """Which of *words* stand in *content*, however they are written.

    However a canary is written, its stem is written so before it: each is looked for where the stem stands.
    """
    whole = unpacked(content)
    small = whole.lower()
    flat = whole.replace(b"-", b"+").replace(b"_", b"/")

    def is_there(word: str) -> bool:
        return any(_stands(one, small) for one in spelled(word)) or any(
            one in whole or one.replace(b"-", b"+").replace(b"_", b"/") in flat for one in in_base64(word)
        )

    has_a_canary = is_there(STEM)
    return {word for word in words if (has_a_canary or not word.startswith(STEM)) and is_there(word)}


def _stands(one: bytes, small: bytes) -> bool:
    """Whether *one* is in *small*; six digits alone, as they stand by chance in many a hash and signature."""
    return re.search(rb"(?<![0-9a-z])%b(?![0-9a-z])" % one, small) is not None if one.isdigit() else one in small


@dataclass(frozen=True, slots=True)
class Reached:
    """Something that was fetched with nothing but the link."""

    address: str
    content: bytes
    head: bytes


def planted(name: str = "caché") -> tuple[str, bytes]:
    """A badge with a canary in every field of it, in a picture with canaries in its metadata, under a telling file name."""
    multikey = openbadges.to_multibase(b"\xed\x01" + ISSUERS_KEY.public_key().public_bytes_raw())
    issuer, word = f"did:key:{multikey}", canary
    document = {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": f"https://{word('id')}.example/1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": word("name"),
        "description": word("description"),
        "issuer": {
            "id": issuer,
            "type": ["Profile"],
            "name": word("issuer"),
            "description": word("about"),
            "email": f"{word('mail')}@issuer.example",
            "url": f"https://{word('site')}.example",
        },
        "validFrom": AWARDED.isoformat(),
        "awardedDate": AWARDED.isoformat(),
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "identityType": "emailAddress",
                    "hashed": False,
                    "identityHash": f"{word('recipient')}@exemple.fr",
                },
                {
                    "type": "IdentityObject",
                    "identityType": "name",
                    "hashed": False,
                    "identityHash": word("person"),
                },
            ],
            "achievement": {
                "id": f"https://{word('class')}.example/class",
                "type": ["Achievement"],
                "name": word("achievement"),
                "description": word("what"),
                "criteria": {"id": f"https://{word('criteria')}.example", "narrative": word("narrative")},
                "alignment": [
                    {
                        "type": ["Alignment"],
                        "targetName": word("alignment"),
                        "targetUrl": f"https://{word('target')}.example",
                        "targetFramework": word("framework"),
                        "targetCode": word("code"),
                    }
                ],
                "tag": [word("tag")],
            },
        },
        "evidence": [
            {
                "id": f"https://{word('evidence')}.example",
                "type": ["Evidence"],
                "name": word("proof"),
                "narrative": word("told"),
                "description": word("described"),
            }
        ],
    }
    secured = json.dumps(openbadges.sign_eddsa_rdfc(document, ISSUERS_KEY, f"{issuer}#{multikey}", AWARDED))
    picture, info = io.BytesIO(), PngImagePlugin.PngInfo()
    info.add_text("Comment", canary("text"))
    info.add_text("XML:com.adobe.xmp", canary("xmp"))
    exif = Image.Exif()
    exif[0x010E] = canary("exif")
    Image.new("RGB", (200, 200), "teal").save(picture, "PNG", pnginfo=info, exif=exif)
    return f"{canary('file')}.png", openbadges.bake(picture.getvalue(), secured)


WORDS = {
    canary(where)
    for where in (
        *(
            "id",
            "name",
            "description",
            "issuer",
            "about",
            "mail",
            "site",
            "recipient",
            "person",
            "class",
            "achievement",
        ),
        *("what", "criteria", "narrative", "alignment", "target", "framework", "code", "tag", "evidence", "proof"),
        *("told", "described", "text", "xmp", "exif", "file"),
        *("address", "holder", "purpose", "other-name", "other-word", "other-purpose"),
        *("moment", "moment-place", "moment-sentence", "moment-before", "photo-name", "sound-name", "plan-name"),
        *("link", "plan"),
    )
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Album:
    """Maria's wallet: what is shown in one share, and all that is not."""

    person: Person
    link: str
    digits: str
    """The six digits that open it, "" for none."""
    secrets: set[str]
    """What nobody may reach with the link."""

    @property
    def token(self) -> str:
        return self.link.rpartition("/")[2]


@pytest.fixture(params=["open", "with a code"])
def album(app: Starlette, request: pytest.FixtureRequest) -> Album:
    """Three badges: one is shown, one is full of canaries, one is in another share; a paper, an address, a name, a key."""
    person, link, digits, seen = filled(app, request.param)
    return Album(person=person, link=link, digits=digits, secrets=WORDS | {*seen})


@made_once
def filled(app: Starlette, how: str) -> tuple[Person, str, str, tuple[str, ...]]:
    """Her who has them, what leads to the one that is shown, its digits, and which secrets she was given."""
    maria = holder(app, ("communiquer.png", baked(signed())), planted(), ("organiser.json", signed("organiser-1")))
    shown, hidden, other = sorted(maria.has())
    assert maria.post("/addresses", data={"address": f"{canary('address')}@exemple.fr"}).status_code == 303
    Teller(maria.services.database, maria.services.files, 1).tells_words(canary, shown, hidden)
    paper = makes_a_paper(maria)
    elsewhere = maria.link_of(
        maria.shows(
            *(hidden, other),
            name=canary("other-name"),
            word=canary("other-word"),
            purpose=canary("other-purpose"),
            code="on",
        )
    )
    more = {"code": "on"} if how == "with a code" else {}
    share = maria.shows(shown, name="Maria", word="Bonjour.", purpose=canary("purpose"), **more)
    maria.post("/settings", data={"name": canary("holder")})
    services: Services = app.state.services
    with services.database.reading() as session:
        mine, others = owner_view.list_owned_shares(session, 1, services.keyring.unseal, services.clock())
        handle = session.scalars(select(Share)).first()
    assert handle is not None
    seen = elsewhere.rpartition("/")[2], others.code, paper.replace(" ", "").replace("-", "")
    return maria, maria.link_of(share), mine.code, seen


class Crawler:
    """Fetches all that the link leads to, as a recruiter, a robot, or somebody curious would."""

    def __init__(self, stranger: Stranger, album: Album, language: str, agent: str) -> None:
        self.stranger, self.album = stranger, album
        self.origin = stranger.services.settings.origin
        self.other = "en" if language == "fr" else "fr"
        stranger.headers |= {"Accept-Language": language, "Sec-Fetch-Site": "same-origin"}
        if agent:
            stranger.headers["User-Agent"] = agent
        self.seen: dict[tuple[str, str], Reached] = {}

    def fetch(self, method: str, path: str, accept: str = "*/*", **form: str) -> None:
        """What stands at *path*, and at all that it names."""
        if (method, path) in self.seen or len(self.seen) >= MOST:
            return
        fields = {"data": form} if method == "POST" else {}
        answer = self.stranger.request(method, path, headers={"Accept": accept}, **fields)
        assert answer.status_code < 500, f"{method} {path}: {answer.status_code}"
        head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items()).encode()
        self.seen[method, path] = Reached(f"{method} {path} {accept}", answer.content, head)
        if "location" in answer.headers:
            self.follow(path, answer.headers["location"])
        if answer.headers.get("content-type", "").startswith(("text/html", "text/css", "image/svg")):
            for named in self.named(answer.text):
                self.follow(path, named)

    @staticmethod
    def named(text: str) -> list[str]:
        """The addresses in a page, a style or a drawing."""
        found = [unescape(one) for one in NAMED.findall(text)] + re.findall(r"url\(['\"]?([^'\")]+)", text)
        return [one for one in found if "/" in one and " " not in one and not SCHEMES.match(one)]

    def follow(self, path: str, named: str) -> None:
        """*named* in what stands at *path*, if it is ours."""
        address = urlsplit(urljoin(self.origin + path, named))
        if f"{address.scheme}://{address.netloc}" == self.origin:
            self.fetch("GET", address.path + (f"?{address.query}" if address.query else ""))

    def walk(self) -> dict[str, Reached]:
        """All that can be reached."""
        token, digits = self.album.token, self.album.digits
        # The page with the digits first: its pictures and files carry the pass.
        self.fetch("GET", self.album.link)
        if digits:
            self.fetch("POST", self.album.link, code=digits)
        key = self._pass()
        for route in routes_of_a_share():
            for place in range(4) if re.search(r"\{(place|exhibit)", route.path) else [0]:
                path = route.path.replace("{token}", token).replace("{number:row}", "0")
                path = re.sub(r"\{(place|exhibit):row\}", str(place), path)
                for method in sorted((route.methods or set()) & {"GET", "HEAD", "POST"}):
                    if method == "HEAD":
                        self.fetch(method, path)
                        continue
                    form = (
                        {"pass": key, "reason": "other", "words": "Bonjour", "token": token} if method == "POST" else {}
                    )
                    for query in {"", f"?pass={key}" if key else "", f"?lang={self.other}"}:
                        self.fetch(method, path + query, **form)
        for accept in ("application/vp", "application/ld+json", "application/json", "application/vp+jwt"):
            self.fetch("GET", f"{self.album.link}?{accept}", accept)
            self.fetch("GET", f"/s/{token}/presentation?{accept}{f'&pass={key}' if key else ''}", accept)
        self.fetch("POST", "/openings", token=token)
        self.fetch("GET", f"/s/{token.lower()}")
        return {one.address: one for one in self.seen.values()}

    def _pass(self) -> str:
        pages = b"".join(one.content for one in self.seen.values())
        found = re.search(rb"pass=([0-9]+-[0-9a-f]+)", pages)
        assert bool(found) == bool(self.album.digits), "a page behind a code carries a pass, and no other"
        return found[1].decode() if found else ""


def pattern_of(path: str) -> str:
    """*path* as the map has it."""
    path = re.sub(r"/(pictures|files|badges)/\d+", r"/\1/{place:row}", path)
    path = re.sub(r"/told/\d+", "/told/{exhibit:row}", path)
    return re.sub(r"(/\{exhibit:row\}/)\d+", r"\1{number:row}", path)


def routes_of_a_share() -> list[Route]:
    """All that the map has under a link: what is added there later is crawled too."""
    return [route for route in ROUTES if route.path.startswith("/s/{token}")]


@pytest.mark.parametrize(
    ("album", "language", "agent"),
    [*HERE, *(pytest.param(*who, marks=pytest.mark.soak) for who in IN_SOAK)],
    indirect=["album"],
)
@pytest.mark.breadth(beside=["with a code-fr-"])
def test_nothing_that_is_not_shown_can_be_reached_with_the_link(
    app: Starlette, album: Album, language: str, agent: str
):
    reached = Crawler(Stranger(app), album, language, agent).walk()

    leaks = {
        f"{one.address}: {word}"
        for one in reached.values()
        for word in hits(one.content + b"\n" + one.head, album.secrets)
    }
    assert leaks == set()
    assert {route.path for route in routes_of_a_share()} <= {
        pattern_of(path.split("?")[0].replace(album.token, "{token}"))
        for _, path, *_ in (address.split(" ") for address in reached)
    }, "all routes were asked"
    assert any("/static/" in address for address in reached), "and what the pages name"


@pytest.mark.breadth
def test_what_the_holder_sees_has_them_all_or_the_search_would_say_nothing(album: Album):
    """The same search over Maria's own pages finds them: in her badges, her shares, her settings, her archive."""
    maria = album.person
    pages = ["/badges", "/shares", "/settings", "/addresses"]
    pages += [f"/badges/{id}" for id in maria.has()]
    pages += re.findall(r'href="(/shares/\d+/details)"', maria.page("/shares"))
    content = "".join(maria.page(path) for path in pages).encode()
    [hidden] = [id for id in maria.has() if canary("narrative") in maria.page(f"/badges/{id}")]
    content += maria.get(f"/badges/{hidden}/document").content

    content += b"".join(opened(take(maria)).values())

    missed = WORDS - hits(content, WORDS)

    assert missed <= {canary("file")}, missed


@pytest.mark.parametrize(
    "write",
    [
        lambda word: word.encode(),
        lambda word: word.upper().encode(),
        lambda word: quote(word).replace("-", "%2D").encode(),
        lambda word: "".join(f"%{byte:02X}" for byte in word.encode()).encode(),
        lambda word: base64.b64encode(word.encode()),
        lambda word: base64.b64encode(b"a" + word.encode() + b"bc"),
        lambda word: base64.urlsafe_b64encode(b"ab" + word.encode() + b"bc"),
        lambda word: word.encode().hex().encode(),
        lambda word: word.encode().hex().upper().encode(),
        lambda word: word.encode("utf-16"),
        lambda word: b"PNG" + zlib.compress(b"Comment\0" + word.encode()),
    ],
    ids=["raw", "capitals", "percent", "all percent", "base64", "second", "third", "hex", "HEX", "UTF-16", "deflated"],
)
def test_it_would_be_found_however_it_is_written(write: Any):
    for word in (canary("name"), "123456"):
        assert hits(b"before " + write(word) + b" behind", {word, canary("told")}) == {word}
    assert hits(b"MjM0 NDU2", {"123456"}) == set(), "what three digits make stands in one key of a thousand"


@pytest.mark.breadth
def test_a_picture_of_a_share_is_drawn_anew_without_what_was_around_it(app: Starlette):
    """The badge with canaries in its picture is the one that is shown: its words are, the picture's metadata are not."""
    maria = holder(app, planted())
    link = maria.link_of(maria.shows(*maria.has()))
    picture = Stranger(app).get(f"{link}/pictures/0")

    assert picture.status_code == 200
    assert hits(picture.content, WORDS) == set()
    assert Image.open(io.BytesIO(picture.content)).info.keys() <= {"background", "loop", "duration", "timestamp"}
    own = {canary(where) for where in ("recipient", "file", "evidence", "proof", "told", "described", "mail")}
    for path in (link, f"{link}/badges/0"):
        assert hits(Stranger(app).get(path).content, own) == set(), "the address and the proofs are not theirs to tell"
    person = {canary("person")}
    assert hits(Stranger(app).get(link).content, person) == person, "to whom it was given stands beside who shows it"
    hidden = maria.link_of(maria.shows(*maria.has(), hide_name="1"))
    for path in (hidden, f"{hidden}/badges/0"):
        assert hits(Stranger(app).get(path).content, own | person) == set(), "unless the holder hides it"
