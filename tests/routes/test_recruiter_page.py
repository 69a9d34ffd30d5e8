"""The page that a recruiter is given: one verdict, no gold that nobody vouches for, one screen whatever is shown."""

import json
import random
import re
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.sheets import text_of
from tests.fixtures.visits import Clock, Person, Stranger, holder, signed, words
from tests.fixtures.vouching import vouch
from tests.openbadges.support import guild
from tests.routes.test_badge_paging import keeps
from tests.routes.test_evidence_snapshots import pair
from tests.routes.test_to_whom import HERS, given_to
from wallet.badges.models import KeptBadge
from wallet.cli.samples import samples

NINE = tuple(one.art for one in samples())
ISSUER = json.loads(signed())["issuer"]["id"]
GOLD = re.compile(r'class="[^"]*\b(?:gold|won)\b[^"]*"|/art/(?:\w+-2|general)(?!-tacked)[.\w]*\.svg|#f2be45')
"""What is gold: the rim of a drawing of ours, a level, the heart with its tick."""
KB = 1024
RLO = "\N{RIGHT-TO-LEFT OVERRIDE}"


def of(bears: str, number: int = 0, issuer: str = "La guilde", **members: Any) -> bytes:
    """A badge that bears the name *bears*, the one of this *number* by an issuer with a key of its own."""
    key = Ed25519PrivateKey.from_private_bytes(sha256(issuer.encode()).digest())
    document = guild.badge(guild.did(key), id=f"urn:uuid:b{number}", **members)
    document["issuer"]["name"] = issuer
    subject = document["credentialSubject"]
    subject["identifier"] = [
        {"type": "IdentityObject", "identityType": "name", "hashed": False, "identityHash": bears},
    ]
    subject["achievement"]["name"] = document["name"]
    return json.dumps(guild.signed(document, key)).encode()


def body(page: str) -> str:
    """What *page* is about, without its styles and our own sign."""
    return page.partition("<main")[2]


def proof(page: str) -> str:
    """What the one verdict says."""
    return words(page.partition('<section class="proof')[2].partition(">")[2].partition("</section>")[0])


def tone(page: str) -> str:
    return re.findall(r'<section class="proof (\w+)"', page)[0]


def confirms_all(person: Person) -> None:
    """« Oui, tout compte »."""
    asked = re.search(r'action="/path/counting">(.*?)</form>', person.page("/path"), re.DOTALL)
    assert asked
    assert (
        person.post("/path/counting", data=dict(re.findall(r'name="(\w+)" value="([^"]*)"', asked[1]))).status_code
        == 303
    )


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    """Sonia with the nine badges of somebody whom no register knows."""
    return holder(app, *((f"{name}.json", signed(name)) for name in NINE))


@pytest.mark.breadth
def test_what_sonia_confirms_herself_is_gold_on_no_page(sonia: Person, recruiter: Stranger) -> None:
    """Gold is not for sale: all nine are confirmed by her hand, and nobody vouches for who gave them."""
    confirms_all(sonia)
    link = sonia.link_of(sonia.shows(*sonia.has(), name="Sonia"))
    pages = {path: body(recruiter.page(path)) for path in (link, *(f"{link}/badges/{place}" for place in range(9)))}
    seen = {"badge": sonia.has(), "days": "7", "name": "Sonia"}
    pages["the preview"] = sonia.post("/shares/preview", data=seen, headers={"HX-Request": "true"}).text

    assert {path: GOLD.findall(page) for path, page in pages.items() if GOLD.search(page)} == {}
    for page in (pages[link], pages["the preview"]):
        assert page.count("-2-tacked") == 8, "four petals and four rows, with loose stitches"
        assert "confirmé par Sonia, pas par nous" in words(page.partition('<section class="proof')[0]), (
            "beside the flower"
        )
        assert "confirmé par Sonia, pas par nous" in words(page.partition('<section class="skills')[2]), (
            "and in its row"
        )
        assert "maîtrise" in words(page), "the level is told, in plain ink"
    said = ["confirmé par Sonia, pas par nous" in words(pages[f"{link}/badges/{place}"]) for place in range(9)]
    assert said.count(True) == 5, "four at the highest level, and the general badge"
    alone = recruiter.page(sonia.link_of(sonia.shows(sonia.has()[said.index(True)], name="Sonia")))
    assert "confirmé par Sonia, pas par nous" in words(alone.partition('<section class="proof')[0])


def test_the_same_nine_are_gold_where_a_register_vouches(app: Starlette, sonia: Person, recruiter: Stranger) -> None:
    """The search for gold would find it."""
    link = sonia.link_of(sonia.shows(*sonia.has(), name="Sonia"))
    before = body(recruiter.page(link))
    vouch(app.state.services.database, ISSUER, key="operator")

    page = body(recruiter.page(link))

    assert not GOLD.search(before)
    assert "9 vrais badges, valides" in proof(page)
    assert tone(page) == "ok"
    assert "confirmé par Sonia" not in words(page)


def test_kevin_who_shows_sonias_badges_is_amber_above_all(app: Starlette, sonia: Person, recruiter: Stranger) -> None:
    vouch(app.state.services.database, ISSUER, key="operator")
    link = sonia.link_of(sonia.shows(*sonia.has(), name="Kévin Dupont"))

    page = recruiter.page(link)

    assert tone(page) == "differs"
    assert proof(page).startswith("Vrais badges, autre nom")
    assert "Montrés par Kévin Dupont" in proof(page)
    assert "Donnés à Sonia" in proof(page)
    assert "Un nom peut changer. Demandez-lui pourquoi." in proof(page)
    assert "Nous n’avons pas vérifié son identité." in proof(page)
    assert 'class="proof ok"' not in page
    for place in range(9):
        details = recruiter.page(f"{link}/badges/{place}")
        assert tone(details) == "differs"
        told = proof(details)
        assert "Vrai badge, autre nom" in told
        assert "Montré par Kévin Dupont Donné à Sonia" in told
        assert "Vrai badge, valide" not in words(body(details))


def test_a_badge_of_another_is_amber_and_those_of_sonia_are_not(app: Starlette, recruiter: Stranger) -> None:
    sonia = holder(
        app,
        *((f"{one}.json", of(name, one, name=f"Souder {one}")) for one, name in enumerate(["Sonia M.", "Paul Roy"])),
    )
    link = sonia.link_of(sonia.shows(*sonia.has(), name="Sonia Martin"))

    page = recruiter.page(link)
    found = {}
    for place in range(2):
        details = recruiter.page(f"{link}/badges/{place}")
        found["Paul Roy" in words(details)] = tone(details)

    assert tone(page) == "differs"
    assert found == {True: "differs", False: "paper"}


@pytest.mark.parametrize("hides", ["", "1"], ids=["told", "hidden"])
@pytest.mark.breadth(beside=["hidden", "told"])
def test_it_is_read_which_badge_bears_another_name(app: Starlette, recruiter: Stranger, hides: str) -> None:
    """On the page and on paper: nobody opens each badge to find it, also where its name is hidden."""
    bear = ("Awa Ba", "Jean Roy", "Awa Ba")
    awa = holder(app, *((f"{one}.json", of(name, one, name=f"Tâche {one}")) for one, name in enumerate(bear)))
    link = awa.link_of(awa.shows(*awa.has(), name="Awa", hide_name=hides))

    page = recruiter.page(link)

    assert "1 badge à un autre nom" in proof(page)
    (listed,) = re.findall(r'<ul class="also">(.*?)</ul>', page, re.DOTALL)
    assert words(listed) == "Autre nom : Tâche 1"
    (leads,) = re.findall(r'href="([^"]*)"', listed)
    assert tone(recruiter.page(leads)) == "differs"
    assert "Autre nom : Tâche 1" in text_of(recruiter.get(f"{link}/sheet.pdf").content)


@pytest.mark.breadth
def test_it_is_read_which_badge_bears_an_address_that_nobody_confirmed(app: Starlette, recruiter: Stranger) -> None:
    """« Donnés à un e-mail » is said of all of them, and is so of one."""
    awa = holder(
        app, *(given_to("Awa Ba", title=f"Tâche {one}") for one in range(2)), given_to("", HERS, title="Caisse")
    )
    link = awa.link_of(awa.shows(*awa.has(), name="Awa"))

    assert "E-mail non confirmé : Caisse" in proof(recruiter.page(link))
    assert "E-mail non confirmé : Caisse" in text_of(recruiter.get(f"{link}/sheet.pdf").content)
    alone = awa.link_of(awa.shows(*awa.has()[:1], name="Awa"))
    assert "À elle ?" in proof(recruiter.page(alone))
    assert "non confirmé :" not in proof(recruiter.page(alone))


def test_whose_the_good_ones_are_is_not_asked_where_another_bears_the_address(
    app: Starlette, clock: Clock, recruiter: Stranger
) -> None:
    """« 2 badges valides sur 3. À elle ? » was read of Awa’s own two, and nothing told which badge is meant."""
    lent = given_to("", HERS, title="Caisse", validUntil="2026-11-26T00:00:00Z")
    awa = holder(app, *(given_to("Awa Ba", title=f"Tâche {one}") for one in range(2)), lent)
    link = awa.link_of(awa.shows(*awa.has(), name="Awa"))
    clock.move(days=3)

    for read in (proof(recruiter.page(link)), text_of(recruiter.get(f"{link}/sheet.pdf").content)):
        assert "À elle ?" not in read
        assert "E-mail non confirmé : Caisse" in read
        assert "Expiré : Caisse" in read


def test_a_hidden_name_stays_hidden_on_the_details_and_the_tone_does_not_change(
    sonia: Person, recruiter: Stranger
) -> None:
    link = sonia.link_of(sonia.shows(*sonia.has(), name="Kévin Dupont", hide_name="1"))

    for path in (link, *(f"{link}/badges/{place}" for place in range(9))):
        page = body(recruiter.page(path))
        assert tone(page) == "differs"
        assert "un autre nom" in words(page)
        assert "Sonia" not in page


def test_sonia_hides_the_name_and_it_is_read_that_it_is_the_same(sonia: Person, recruiter: Stranger) -> None:
    link = sonia.link_of(sonia.shows(*sonia.has(), name="Sonia", hide_name="1"))

    page = words(body(recruiter.page(link)))

    assert "Montrés par Sonia Donnés au même nom Nous n’avons pas vérifié son identité." in page


def test_thirty_two_badges_are_told_by_issuer_and_each_has_its_page(app: Starlette, recruiter: Stranger) -> None:
    issuers = [f"École {letter}" for letter in "ABCD"]
    many = [(f"{one}.json", of("Sonia", one, issuers[one % 4], name=f"Caisse {one}")) for one in range(32)]
    sonia = holder(app, *many[:20])
    sonia.brings(*many[20:])
    link = sonia.link_of(sonia.shows(*sonia.has(), name="Sonia"))

    page = recruiter.page(link)
    rows = page.partition('<section class="skills"')[2].partition("</section>")[0]

    assert "32 badges, par organisme" in words(rows)
    assert re.findall(r"<summary>.*?<b[^>]*>([^<]*)</b>", rows, re.DOTALL) == issuers[::-1], "the newest first"
    assert words(rows).count("8 badges · ") == 4
    assert len(set(re.findall(rf'href="({link}/badges/\d+)"', rows))) == 32
    assert "4 organismes" in proof(page)
    assert page.count('class="proof') == 1, "one verdict for all"


class Read(HTMLParser):
    """What a browser makes of a page: its tags, and whether each is closed by its own."""

    VOID = frozenset(("meta", "link", "img", "input", "br", "base"))

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One more that is open; nobody's words are what it does."""
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """The last one that is open."""
        assert self.open.pop() == tag, "each tag is closed where it was opened"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Of drawings: nothing stays open."""


HOSTILE = {
    "200 signs": "N" * 200,
    "200 signs in words": ("Marie-Anne " * 20)[:200],
    "Arabic": "سونيا مارتن",
    "emoji": "👩🏽\u200d🍳 Sonia 🌸",
    "turned": f"{RLO}ainoS",
    "markup": "</b></section><script>alert(1)</script>",
    "quotes": '" onmouseover="alert(1)',
    "accents": "o" + "\u0301" * 199,
    "nothing to see": "\u200b\u3164",
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name, id=what, marks=() if what in {"200 signs", "turned", "markup", "quotes"} else pytest.mark.soak
        )
        for what, name in HOSTILE.items()
    ],
)
@pytest.mark.breadth
def test_whatever_somebody_is_called_the_page_is_whole(app: Starlette, recruiter: Stranger, name: str) -> None:
    """As the one who shows, as the one to whom it was given, as issuer and as what the badge is called."""
    sonia = holder(app, *((f"{one}.json", of(name, one, name, name=f"{name} {one}")) for one in range(2)))
    for shown in (name, "Sonia"):
        link = sonia.link_of(sonia.shows(*sonia.has(), name=shown))
        for path in (link, f"{link}?lang=en", f"{link}/badges/0", f"{link}/badges/1"):
            answer = recruiter.get(path)
            assert answer.status_code == 200
            found = Read(answer.text)
            assert found.open == []
            assert "<script>alert" not in answer.text
            assert RLO not in answer.text


def told(signs: int, seed: int) -> str:
    """A story of so many signs, in words that do not repeat themselves for a packer."""
    drawn = random.Random(seed)  # noqa: S311 — no secret
    alphabet = "aeiouéàbcdflmnprstv"
    text = ""
    while len(text) < signs:
        some = " ".join("".join(drawn.choices(alphabet, k=drawn.randint(2, 9))) for _ in range(drawn.randint(6, 14)))
        text += f"{some.capitalize()}. "
    return text[:signs]


def packed(recruiter: Stranger, path: str) -> int:
    """How many bytes of the page are on the wire."""
    answer = recruiter.get(path, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    return int(answer.headers["content-length"])


@pytest.mark.breadth
def test_nine_badges_and_two_stories_are_14_kb_on_the_wire(sonia: Person, recruiter: Stranger) -> None:
    ids = sonia.has()
    said = ("J’ai calmé une cliente.", "J’ai rangé la réserve.")
    moments = [
        sonia.tells(id, facts=told(1_200, id), sentence=sentence) for id, sentence in zip(ids, said, strict=False)
    ]
    pairs = [pair(id, moment) for id, moment in zip(ids, moments, strict=False)]
    link = sonia.link_of(sonia.shows(*ids, name="Sonia", moment=pairs))

    assert words(recruiter.page(link)).count("Sonia raconte") == 2
    assert packed(recruiter, link) <= 14 * KB


@pytest.mark.breadth
def test_250_badges_are_45_kb_on_the_wire(maria: Person, recruiter: Stranger) -> None:
    """By 25 issuers, each badge with a name of its own."""
    keeps(maria, 250)
    with maria.services.database.writing() as session:
        for kept in session.scalars(select(KeptBadge)):
            issuer = told(40, -1 - kept.id % 25)
            read = {"name": told(30, kept.id), "issuer": {**kept.read["issuer"], "id": issuer, "name": issuer}}
            kept.read = {**kept.read, **read}
    link = maria.link_of(maria.shows(*maria.has(), name="Sonia"))

    page = recruiter.page(link)

    assert "250 badges" in proof(page)
    assert "250 badges, par organisme" in words(page)
    assert packed(recruiter, link) <= 45 * KB


def test_a_story_of_5000_words_ends_at_a_sentence_and_its_rest_is_a_tap_away(
    sonia: Person, recruiter: Stranger
) -> None:
    """20,000 signs are as many as one answer may have: the story is told in two of them."""
    first = sonia.has()[0]
    halves = [told(16_000, 1), told(16_000, 2)]
    moment = sonia.tells(first, facts=halves[0], me=halves[1], sentence="J’ai tenu.")
    link = sonia.link_of(sonia.shows(first, name="Sonia", moment=pair(first, moment)))
    page = recruiter.page(link)

    telling = page.partition('<section class="telling"')[2].partition("</section>")[0]
    text = "".join(re.findall(r'<p dir="auto">([^<]*)</p>', telling))
    (rest,) = re.findall(r'<a class="alone" href="([^"]*/told/\d+)">', telling)

    assert 1_000 < len(text) <= 2_000
    assert text.endswith(".")
    assert halves[0].startswith(text)
    whole = recruiter.reads(rest)
    for half in halves:
        assert " ".join(half.split()) in whole
