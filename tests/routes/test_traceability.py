"""In which situation a badge was earned, in its issuer's words: others read it, but of a SIAE only where the holder says so."""

import json
from typing import Any

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from tests.fixtures.archives import opened, take, wallet_of
from tests.fixtures.made_once import made_once
from tests.fixtures.visits import IssuersWeb, Person, Stranger, holder, words
from tests.openbadges.support import guild, school
from wallet.shares.models import Share

PHOTO = "https://guild.example/photo"
TICK = 'name="siae" value="1" aria-describedby="siae-words siae-hint"'
AT_WORK = {
    "type": ["Evidence"],
    "id": PHOTO,
    "name": "Nadia Martin",
    "narrative": "Vue par Nadia, 12 rue des Lilas.",
    "genre": "AFEST",
}


def evidence(*genres: Any) -> list[dict[str, Any]]:
    return [{"type": ["Evidence"], "genre": genre} for genre in genres]


def written(*pieces: dict[str, Any], kind: str = "Fieldwork", **members: Any) -> dict[str, Any]:
    """Maria's badge with these *pieces* of evidence, of this *kind*, by an issuer that is a part of the Region."""
    found = guild.badge(evidence=[*pieces], **members)
    found["credentialSubject"]["achievement"]["achievementType"] = kind
    parent = {"id": "https://region.example/", "type": ["Profile"], "name": "La Région Exemple"}
    found["issuer"]["parentOrg"] = parent
    return found


def traced(*pieces: dict[str, Any], **more: Any) -> bytes:
    return json.dumps(guild.signed(written(*pieces, **more))).encode()


@pytest.fixture
@made_once
def aline(app: Starlette) -> Person:
    """Aline learnt in an AFEST, and worked in a « chantier d'insertion » before."""
    jardins = {"id": "https://jardins.example/", "type": ["Profile"], "name": "SIAE Les Jardins"}
    badge = written(AT_WORK, *evidence("ACI", "Film"))
    badge["credentialSubject"]["source"] = jardins
    return holder(app, ("badge.json", json.dumps(guild.signed(badge)).encode()))


OPEN = ("Formation au travail (AFEST)", "Film", "travail sur le terrain", "La Région Exemple")
OF_SIAE = ("Chantier d’insertion (ACI)", "SIAE Les Jardins")
BACK = ("Nadia", "rue des Lilas", PHOTO)


def test_the_holder_reads_all_of_it(aline: Person) -> None:
    page = aline.reads("/badges/1")

    assert [said for said in (*OPEN, *OF_SIAE, *BACK[:2]) if said not in page] == []
    assert "L’organisme dépend de La Région Exemple" in page
    assert "Situation Formation au travail (AFEST)" in page


@pytest.mark.parametrize("with_siae", [False, True])
@pytest.mark.breadth(beside=["False", "True"])
def test_others_read_of_a_siae_only_what_the_holder_ticked_and_never_the_evidence(
    aline: Person, recruiter: Stranger, with_siae: bool
) -> None:
    share = aline.shows(*aline.has(), marks="1", **({"siae": "1"} if with_siae else {}))
    link = aline.link_of(share)

    answer = recruiter.get(f"{link}/badges/0").text

    page = words(answer)
    assert [said for said in OPEN if said not in page] == []
    assert [said for said in OF_SIAE if (said in page) != with_siae] == []
    assert [said for said in BACK if said in answer] == []
    assert ("SIAE" in answer, "ACI" in answer) == (with_siae, with_siae)
    assert ("Travail en SIAE montré" in aline.reads(f"{share}/details")) == with_siae
    whole = recruiter.get(link).text
    assert [said for said in (*OF_SIAE, *BACK, "SIAE") if said in whole + aline.page(f"{share}/page")] == []


def test_the_form_tells_the_very_words_and_keeps_the_tick(aline: Person, maria: Person) -> None:
    assert TICK not in maria.page("/shares/new")
    assert "data-siae" not in maria.page("/shares/new")
    page = aline.page("/shares/new")
    assert f"{TICK}>" in page, "not ticked by itself"
    assert "data-siae" in page
    assert "Sans cela, la page ne montre pas ces mots : Souder : SIAE Les Jardins, Chantier d’insertion (ACI)" in words(
        page
    )

    wrong = aline.post("/shares", data={"badge": "1", "days": "date", "siae": "1"})

    assert wrong.status_code == 422
    assert f"{TICK} checked>" in wrong.text
    share = aline.shows(1, siae="1")
    assert f"{TICK} checked>" in aline.page(f"/shares/new?again={share.rpartition('/')[2]}")
    assert f"{TICK}>" in aline.page("/shares/new"), "another share is another choice"


def test_the_preview_shows_what_the_page_will(aline: Person) -> None:
    choice = {"badge": "1", "days": "7"}

    without, with_siae = (
        words(aline.post("/shares/preview", data=data, headers={"HX-Request": "true"}).text)
        for data in (choice, choice | {"siae": "1"})
    )

    assert [said in without for said in (*OPEN, *OF_SIAE)] == [True] * 4 + [False] * 2
    assert [said for said in OF_SIAE if said not in with_siae] == []


def test_a_share_tells_its_choice_in_an_archive_and_comes_back_with_it(aline: Person, youssef: Person) -> None:
    aline.shows(1, siae="1")
    aline.shows(1, word="Bonjour")

    files = take(aline)

    assert [one["shows_siae"] for one in wallet_of(opened(files))["shares"]] == [True, False]
    youssef.post("/archive/return", files={"documents": ("dossier.zip", files, "application/zip")})
    with youssef.services.database.reading() as session:
        brought = session.scalars(select(Share).where(Share.is_history))
        assert sorted(one.shows_siae for one in brought) == [False, True]


UNSIGNED = written(AT_WORK, kind="ext:Mentorat")
CHANGED = json.loads(traced(AT_WORK, kind="ext:Mentorat")) | {"name": "Docteure"}


@pytest.mark.parametrize("badge", [UNSIGNED, CHANGED], ids=["unsigned", "changed"])
@pytest.mark.breadth(beside=["unsigned"])
def test_what_no_signature_covers_is_shown_to_its_holder_alone(
    app: Starlette, recruiter: Stranger, badge: dict[str, Any]
) -> None:
    person = holder(app, ("badge.json", json.dumps(badge).encode()))
    said = ("Formation au travail (AFEST)", "Mentorat", "La Région Exemple")
    page = person.reads("/badges/1")
    assert [one for one in said if one not in page] == []

    link = person.link_of(person.shows(1, siae="1"))
    for path in (link, f"{link}/badges/0"):
        page = words(recruiter.get(path).text)
        assert [one for one in said if one in page] == []


def test_a_genre_that_a_stranger_adds_is_shown_to_nobody(app: Starlette) -> None:
    """Evidence without a type has no genre: linked data says nothing of it, and the signature holds."""
    forged = json.loads(traced({"id": "urn:uuid:e1"}))
    forged["evidence"][0]["genre"] = "Film"
    person = holder(app, ("badge.json", json.dumps(forged).encode()))

    page = person.reads("/badges/1")

    assert "Badge intact" in page
    assert "Film" not in page


def test_a_badge_of_2_0_tells_the_genres_of_its_evidence(app: Starlette, web: IssuersWeb, recruiter: Stranger) -> None:
    pieces = [{"id": "https://school.example/photo", "genre": "Stage"}, {"narrative": "Un an.", "genre": "SIAE"}]
    for address, answer in school.School().answers.items():
        web[address] = json.dumps(answer).encode()
    web[school.BADGE] = json.dumps(school.assertion(evidence=pieces)).encode()
    person = holder(app, ("badge.json", web[school.BADGE]))

    page = person.reads("/badges/1")

    assert "Situation Stage Travail d’insertion (SIAE)" in page
    page = words(recruiter.get(f"{person.link_of(person.shows(1))}/badges/0").text)
    assert "Situation Stage" in page
    assert "SIAE" not in page
    assert "Un an." not in page


HOSTILE = {
    "long": evidence("x" * 30_000, "é " * 20_000),
    "many": evidence(*(f"genre {number}" for number in range(100)), *["SIAE"] * 100),
    "numbers": evidence(12, True, None, [], {}, [[]], {"@value": 7}, {"fr": {"fr": "SIAE"}}),
    "turned": evidence("\N{RIGHT-TO-LEFT OVERRIDE}SIAE", "<script>alert(1)</script>", "\N{ZERO WIDTH JOINER}"),
    "strings": ["SIAE", "https://guild.example/SIAE", 5, None],
}


KINDS: tuple[Any, ...] = ("x" * 9_000, {"a": 1}, ["SIAE", "EI"], 7)


@pytest.mark.parametrize(
    ("pieces", "kind"),
    [
        pytest.param(pieces, kind, marks=() if row % len(KINDS) == column else pytest.mark.soak, id=f"{name}-{column}")
        for row, (name, pieces) in enumerate(HOSTILE.items())
        for column, kind in enumerate(KINDS)
    ],
)
@pytest.mark.breadth(beside=["numbers-2"])
def test_whatever_stands_there_pages_are_words(app: Starlette, recruiter: Stranger, pieces: Any, kind: Any) -> None:
    """A token signs any JSON."""
    badge = written(kind=kind)
    badge["evidence"] = pieces
    badge["issuer"]["parentOrg"] = {"id": ["\N{RIGHT-TO-LEFT OVERRIDE}"], "name": kind}
    person = Person(app)
    person.brings(("badge.jwt", guild.token(badge).encode()))
    person.makes_a_key()

    for path in ("/badges/1", "/shares/new"):
        page = person.page(path)
        assert "<script>alert" not in page
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in page
        assert "x" * 301 not in page
    link = person.link_of(person.shows(1))
    for path in (link, f"{link}/badges/0"):
        answer = recruiter.get(path)
        assert answer.status_code == 200
        assert "SIAE" not in words(answer.text).replace("guild.example/SIAE", "")
