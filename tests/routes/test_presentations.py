"""A share as machines read it, at the same address and to keep; and the files of its badges."""

import json
import re
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.visits import AWARDED, IssuersWeb, Person, Stranger, baked, holder, signed, words
from tests.openbadges.support import guild
from tests.openbadges.support.others import ask, in_svg, needs_npm
from wallet import openbadges
from wallet.badges.models import KeptBadge
from wallet.cli import samples
from wallet.shares import owner_view, verifiable_presentation

MACHINE = {"Accept": "application/vp, application/ld+json"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
JWK = guild.did_jwk(guild.P256_KEY)
TOKEN = guild.token(guild.badge(JWK, id="urn:uuid:token"), guild.P256_KEY, kid=f"{JWK}#0").encode()
HERS = "bilan de compétences de Sonia.json"


def hosted(web: IssuersWeb) -> bytes:
    """A badge of Open Badges 2.0 that its issuer's web confirms."""
    sample = samples.samples()[0]
    assertion = samples.make_assertion(sample, AWARDED)
    for one in (assertion, samples.make_class(sample), samples.profile()):
        web[one["id"]] = json.dumps(one).encode()
    return baked(json.dumps(assertion).encode())


@pytest.fixture
@made_once
def kept(app: Starlette, web: IssuersWeb) -> tuple[Person, tuple[tuple[str, bytes], ...]]:
    """Sonia, and what she keeps, the newest last: JSON, a picture, a drawing, a token; and one of Open Badges 2.0."""
    files = (
        (HERS, signed("organiser-1")),
        ("Sonia.png", baked(signed("communiquer-1"))),
        ("Sonia.svg", in_svg(signed("integrer-1").decode())),
        ("Sonia.jwt", TOKEN),
        ("Sonia 2.png", hosted(web)),
    )
    return holder(app, *files), files


@pytest.fixture
def sonia(kept: tuple[Person, Any]) -> Person:
    return kept[0]


@pytest.fixture
def files(kept: tuple[Any, tuple[tuple[str, bytes], ...]]) -> list[tuple[str, bytes]]:
    return [*kept[1]]


@pytest.fixture
@made_once
def link(sonia: Person) -> str:
    return sonia.link_of(sonia.shows(*sonia.has(), name="Fanny", word="Bonjour", purpose="Chez Martin"))


def carried(answer: Any) -> list[Any]:
    assert answer.status_code == 200
    found: list[Any] = answer.json().get("verifiableCredential", [])
    return found


@pytest.mark.breadth
def test_the_same_address_gives_people_a_page_and_machines_a_presentation(recruiter: Stranger, link: str):
    page, machine = recruiter.get(link, headers=BROWSER), recruiter.get(link, headers=MACHINE)

    assert page.headers["content-type"].startswith("text/html")
    assert machine.headers["content-type"] == "application/vp"
    assert (
        recruiter.get(link, headers={"Accept": "application/ld+json"}).headers["content-type"] == "application/ld+json"
    )
    for answer in (page, machine):
        assert "Accept" in answer.headers["vary"].replace(",", " ").split()
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-robots-tag"] == "noindex, noarchive"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers
    assert page.headers["link"] == f'<{link}/presentation>; rel="alternate"; type="application/vp"'
    assert f'<{link}>; rel="alternate"; type="text/html"' in machine.headers["link"]
    assert recruiter.get(link).content == page.content, "whoever says nothing is somebody"


@pytest.mark.breadth
def test_what_issuers_wrote_stands_there_to_the_letter_and_nothing_else(
    recruiter: Stranger, link: str, files: list[tuple[str, bytes]], app: Starlette
):
    text = recruiter.get(link, headers=MACHINE).text

    texts = [content.decode() for name, content in files if name == HERS]
    texts += [openbadges.unbake(content) for _, content in files[1:3]]
    envelope = f'{{"@context":"{guild.VC2}","id":"data:application/vc+jwt,{TOKEN.decode()}","type":"EnvelopedVerifiableCredential"}}'
    for piece in (*texts, envelope):
        assert piece in text
        text = text.replace(piece, "")
    assert text == f'{{"@context":["{guild.VC2}"],"type":["VerifiablePresentation"],"verifiableCredential":[,,,]}}'


def test_nothing_of_the_holder_is_in_it_but_what_issuers_wrote(recruiter: Stranger, link: str, app: Starlette):
    """The file a badge came in, its name and its address are the holder's."""
    with app.state.services.database.writing() as session:
        for kept in session.query(KeptBadge):
            kept.came_in, kept.link = (
                app.state.services.files.keep(b"%PDF-1.7 CANARY"),
                "https://canary.example/?secret",
            )

    for path, headers in (
        (link, MACHINE),
        (f"{link}/presentation", {}),
        *((f"{link}/files/{n}", {}) for n in range(5)),
    ):
        answer = recruiter.get(path, headers=headers)
        told = f"{answer.headers} ".encode() + answer.content
        assert answer.status_code == 200
        for hers in (b"CANARY", b"canary", b"Fanny", b"Martin", b"bilan"):
            assert hers not in told, (path, hers)


def test_it_can_be_kept_as_a_file(recruiter: Stranger, link: str):
    answer = recruiter.get(f"{link}/presentation", headers=BROWSER)

    assert answer.headers["content-type"] == "application/vp"
    assert answer.headers["content-disposition"].startswith('attachment; filename="presentation.json"')
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.content == recruiter.get(link, headers=MACHINE).content


def test_a_badge_of_open_badges_2_stands_beside_it(recruiter: Stranger, link: str, files: list[tuple[str, bytes]]):
    links = recruiter.get(link, headers=MACHINE).headers["link"]

    (path,) = re.findall(r'<(/s/\w+/files/\d+)>; rel="related"; type="image/png"', links)
    assert recruiter.get(path).content == files[-1][1]
    assert f'<{samples.make_assertion(samples.samples()[0], AWARDED)["id"]}>; rel="related"' in links


@pytest.mark.breadth
def test_with_nothing_but_open_badges_2_it_carries_no_credential(app: Starlette, recruiter: Stranger, web: IssuersWeb):
    maria = holder(app, ("badge.png", hosted(web)))

    answer = recruiter.get(maria.link_of(maria.shows(*maria.has())), headers=MACHINE)

    assert answer.json() == {"@context": [guild.VC2], "type": ["VerifiablePresentation"]}


@pytest.mark.breadth
def test_the_page_offers_the_file_where_a_badge_is_in_it_and_says_how_many_are_not(
    app: Starlette, recruiter: Stranger, web: IssuersWeb, link: str
):
    """Of Open Badges 2.0 alone the file was empty: « Un logiciel peut vérifier ces badges sans nous. »"""
    maria = holder(app, ("badge.png", hosted(web)))
    of_the_old = recruiter.page(maria.link_of(maria.shows(*maria.has())))
    of_both = recruiter.page(link)

    assert ("/presentation" in of_the_old, "/presentation" in of_both) == (False, True)
    assert "1 badge n’est pas dans ce fichier." in words(of_both)
    sonia = holder(app, ("badge.json", signed()))
    all_in_it = recruiter.page(sonia.link_of(sonia.shows(*sonia.has())))
    assert ("/presentation" in all_in_it, "dans ce fichier" in all_in_it) == (True, False)


@pytest.mark.breadth
def test_only_what_is_shown_is_in_it(sonia: Person, recruiter: Stranger):
    last = sonia.has()[-1]
    link = sonia.link_of(sonia.shows(last))

    (one,) = carried(recruiter.get(link, headers=MACHINE))

    assert one["name"] == "Organiser – je pratique"
    sonia.post(f"/badges/{last}/removal")
    assert carried(recruiter.get(link, headers=MACHINE)) == []


@pytest.mark.parametrize("path", ["", "/presentation", "/files/0"])
@pytest.mark.breadth
def test_after_a_stop_and_an_end_it_is_the_one_closed_page(sonia: Person, recruiter: Stranger, clock: Any, path: str):
    stopped, ended = (sonia.shows(*sonia.has()) for _ in range(2))
    links = [f"{sonia.link_of(share)}{path}" for share in (stopped, ended)]
    assert {recruiter.get(link, headers=MACHINE).status_code for link in links} == {200}
    sonia.post(f"{stopped}/stopping")
    clock.move(days=7)

    answers = [recruiter.get(link, headers=MACHINE) for link in [*links, f"/s/{'0' * 26}{path}"]]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.breadth
def test_where_a_code_is_asked_for_it_is_closed_without_the_pass(sonia: Person, recruiter: Stranger):
    share = sonia.shows(*sonia.has(), code="1")
    link, services = sonia.link_of(share), sonia.services
    with services.database.reading() as session:
        code = owner_view.get_owned_share(
            session, 1, int(share.rpartition("/")[2]), services.keyring.unseal, services.clock()
        ).code
    closed = recruiter.get(f"/s/{'0' * 26}", headers=MACHINE)

    page = recruiter.post(link, data={"code": code}, headers={"Sec-Fetch-Site": "same-origin"})
    key = re.findall(r"pass=([\w-]+)", page.text)[0]

    for path in (link, f"{link}/presentation", f"{link}/files/0", f"{link}?pass=1-x"):
        answer = recruiter.get(path, headers=MACHINE)
        assert (answer.status_code, answer.content) == (404, closed.content)
    answer = recruiter.get(f"{link}?pass={key}", headers=MACHINE)
    assert len(carried(answer)) == 4
    (beside,) = re.findall(r"<(/s/[^>]*/files/[^>]*)>", answer.headers["link"])
    assert recruiter.get(beside).status_code == 200, "with its pass"


def test_robots_get_none(recruiter: Stranger, link: str):
    for path in (link, f"{link}/presentation"):
        answer = recruiter.get(path, headers=MACHINE | {"User-Agent": "Slackbot-LinkExpanding 1.0"})

        assert answer.headers["content-type"].startswith("text/html")
        assert "Organiser" not in answer.text


@pytest.mark.breadth
def test_where_a_file_is_lost_there_is_none_and_the_page_stays(
    sonia: Person, recruiter: Stranger, link: str, app: Starlette
):
    """Rather than one that does not tell what is missing."""
    with app.state.services.database.reading() as session:
        app.state.services.files.remove(session.get_one(KeptBadge, 1).document)

    answers = [
        recruiter.get(link, headers=MACHINE),
        recruiter.get(f"{link}/presentation"),
        recruiter.get(f"{link}/files/4"),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert recruiter.get(link).status_code == 200


@pytest.mark.parametrize("limit", ["MOST_PRESENTED", "LARGEST", "READ"])
def test_one_that_is_larger_than_we_would_read_is_not_made(
    recruiter: Stranger, link: str, monkeypatch: pytest.MonkeyPatch, limit: str
):
    monkeypatch.setattr(verifiable_presentation, limit, 4)

    assert recruiter.get(link, headers=MACHINE).status_code == 404
    assert recruiter.get(link).status_code == 200


@pytest.mark.breadth
def test_an_issuer_puts_nothing_into_the_headers(app: Starlette, recruiter: Stranger, web: IssuersWeb):
    maria = holder(app, ("badge.png", hosted(web)))
    link = maria.link_of(maria.shows(*maria.has()))
    for address, told in (
        ("https://évil.example/ü,", "<https://%C3%A9vil.example/%C3%BC,>"),
        ('https://evil.example/>; rel="self"\r\nSet-Cookie: a=1', "%3E;%20rel=%22self%22%0D%0ASet-Cookie:%20a=1>"),
        ("javascript:alert(1)", None),
        ("http://evil.example/", None),
    ):
        with app.state.services.database.writing() as session:
            kept = session.get_one(KeptBadge, 1)
            kept.read = kept.read | {"id": address}

        answer = recruiter.get(link, headers=MACHINE)

        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert (told in answer.headers["link"]) if told else (address not in answer.headers["link"])


@pytest.mark.breadth
def test_an_address_that_is_too_long_for_a_header_is_left_out_of_it(
    app: Starlette, recruiter: Stranger, web: IssuersWeb
):
    maria = holder(app, ("badge.png", hosted(web)))
    link = maria.link_of(maria.shows(*maria.has()))
    with app.state.services.database.writing() as session:
        kept = session.get_one(KeptBadge, 1)
        kept.read = kept.read | {"id": "https://badges.example/" + "é" * 1_900}

    told = recruiter.get(link, headers=MACHINE).headers["link"]

    assert len(told) < 8_000
    assert f'<{link}/files/0>; rel="related"' in told


@needs_npm
@pytest.mark.breadth
def test_its_credentials_verify_elsewhere_and_a_changed_one_does_not(
    sonia: Person, app: Starlette, recruiter: Stranger, link: str
):
    """One letter is changed, on the way to whoever verifies it."""
    text, token = recruiter.get(link, headers=MACHINE).text, TOKEN.decode()
    other = "B" if token[-9] == "A" else "A"
    letters = [text.replace("je pratique", "je pratiqua"), text.replace(token, token[:-9] + other + token[-8:])]

    good, changed, cut = ask("present.mjs", [text, *letters])

    assert [(one["valid_signature"], one["errors"]) for one in good["credentials"]] == [(True, [])] * 4
    assert [one["errors"] for one in changed["credentials"][:3]] == [["invalid_signature"]] * 3
    assert [one.get("valid_signature") for one in cut["credentials"]] == [True, True, True, False]


# The files.


CONTAINERS = [
    ("application/jwt", ".jwt"),
    ("image/svg+xml", ".svg"),
    ("image/png", ".png"),
    ("application/json", ".json"),
]


def test_the_file_of_each_badge_is_one_tap_away_byte_for_byte(
    recruiter: Stranger, link: str, files: list[tuple[str, bytes]]
):
    for place, ((_, content), (media_type, ending)) in enumerate(
        zip(reversed(files), [("image/png", ".png"), *CONTAINERS], strict=True)
    ):
        answer = recruiter.get(f"{link}/files/{place}")

        assert answer.content == content
        assert answer.headers["content-type"] == media_type
        assert answer.headers["content-disposition"].startswith(f'attachment; filename="badge-{place + 1}{ending}"')
        assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
    assert recruiter.get(f"{link}/files/5").status_code == 404


def test_of_a_badge_out_of_another_file_only_its_own_document_is_given(app: Starlette, recruiter: Stranger):
    """A ZIP, a presentation: others may be in them."""
    document, other = signed("organiser-1"), signed("adapter-2")
    whole = {"@context": [guild.VC2], "type": ["VerifiablePresentation"]}
    written = json.dumps(whole | {"verifiableCredential": [json.loads(document), json.loads(other)]})
    maria = holder(app, ("export.json", written.encode()))
    link = maria.link_of(maria.shows(1))

    answer = recruiter.get(f"{link}/files/0")

    assert answer.json() == json.loads(document)
    assert b"S\xe2\x80\x99adapter" not in answer.content
    assert carried(recruiter.get(link, headers=MACHINE)) == [json.loads(document)]


@pytest.mark.breadth
def test_a_badge_that_came_as_an_address_has_no_file_and_tells_where_its_issuer_keeps_it(
    app: Starlette, recruiter: Stranger, web: IssuersWeb
):
    """What Sonia was sent may open more than the badge, and a page that she saved has who knows what in it."""
    hosted(web)
    address = samples.make_assertion(samples.samples()[0], AWARDED)["id"]
    saved = f'<html><body>Bonjour Sonia <link rel="alternate" type="application/json" href="{address}"></body></html>'
    for name, content in (("address.txt", address.encode()), ("page.html", saved.encode())):
        sonia = holder(app, (name, content))
        with app.state.services.database.reading() as session:
            assert session.get_one(KeptBadge, sonia.has()[0]).container == "link"
        link = sonia.link_of(sonia.shows(*sonia.has()))

        assert "/files/" not in recruiter.page(link)
        assert recruiter.get(f"{link}/files/0").status_code == 404
        told = recruiter.get(link, headers=MACHINE).headers["link"]
        assert f'<{address}>; rel="related"' in told
        assert "/files/" not in told
