"""Whoever brings an identity document is told so, and nothing of it stays: no byte on the shelf, no word in a log."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from tests.fixtures.carriers import a_pdf, a_zip
from tests.fixtures.made_once import made_once
from tests.fixtures.visits import Clock, IssuersWeb, Person, holder, words
from tests.openbadges.support import guild, sd_jwts
from tests.openbadges.support.guild import did
from tests.openbadges.support.others import in_png, in_svg
from tests.openbadges.support.sd_jwts import issued
from tests.routes.test_share_target import shares, waiting
from wallet.badges import KeptBadge
from wallet.inspection import unpacking
from wallet.operations import all_tables, cleanup
from wallet.web.services import Services

PERSON = {"given_name": "Xenophon", "birthdate": "1990-01-01"}
IDENTITY = issued({"iss": did(), "vct": "urn:eudi:pid:1"} | PERSON, list(PERSON))
BADGE = issued(sd_jwts.plain(), ["name"])
MARK = IDENTITY.split("~")[1].encode()
"""A part of it that stands in no other file."""
AT = "https://id.example/pid"


def both(text: str) -> bytes:
    other = json.loads(text) if text.startswith("{") else text
    return json.dumps({"type": "VerifiablePresentation", "verifiableCredential": [BADGE, other]}).encode()


FORMS: dict[str, Callable[[str], bytes]] = {
    "as it is": str.encode,
    "wrapped": lambda text: json.dumps({"credential": text}).encode(),
    "in a ZIP": lambda text: a_zip({"pid.txt": text.encode()}),
    "in a PNG": in_png,
    "in an SVG": in_svg,
    "beside a badge": both,
    "in a list beside a badge": lambda text: json.dumps(json.loads(both(text))["verifiableCredential"]).encode(),
    "beside a badge, in a ZIP": lambda text: a_zip({"badge.txt": BADGE.encode(), "pid.txt": text.encode()}),
    "beside a badge, in one file of a ZIP": lambda text: a_zip({"all.json": both(text)}),
}


def nothing_stays(app: Starlette, clock: Clock) -> None:
    services: Services = app.state.services
    cleanup.clean_up(services.database, services.files, clock.now)
    for name in services.files.names():
        assert MARK not in services.files.read(name), name
        assert b"Xenophon" not in services.files.read(name)
    with services.database.reading() as session:
        assert set(services.files.names()) == all_tables.files_in_use(session)


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    return holder(app)


@pytest.mark.breadth
def test_it_is_told_and_nothing_of_it_is_kept(
    sonia: Person, app: Starlette, clock: Clock, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)

    for name, form in FORMS.items():
        told = words(sonia.brings(("pid", form(IDENTITY))).text)

        assert "Ce n’est pas un badge. C’est une pièce d’identité. Nous n’en gardons rien." in told, name
    nothing_stays(app, clock)
    assert "Xenophon" not in caplog.text
    assert MARK.decode() not in caplog.text


CARD: dict[str, Any] = {
    "@context": [guild.VC2, "https://w3id.org/citizenship/v4rc1"],
    "type": ["VerifiableCredential", "PermanentResidentCard"],
    "issuer": did(),
    "credentialSubject": {"type": ["Person"], "givenName": "Xenophon", "birthDate": "1990-01-01"},
}


@pytest.mark.breadth
def test_a_card_of_the_data_model_stays_no_more_than_one_of_the_wallets(sonia: Person, app: Starlette, clock: Clock):
    """It was kept, and shown as a badge that nobody could check, while the same card as SD-JWT was refused."""
    for card in (json.dumps(guild.signed_in("eddsa-jcs-2022", CARD, guild.KEY)), guild.token(CARD)):
        for form in (str.encode, in_png, both, lambda text: a_zip({"card.json": text.encode()})):
            told = words(sonia.brings(("card", form(card))).text)

            assert "Ce n’est pas un badge. C’est une pièce d’identité. Nous n’en gardons rien." in told, (card, form)
    nothing_stays(app, clock)


def test_one_that_was_kept_before_is_told_at_the_next_look(sonia: Person, app: Starlette):
    """To ask for its file again, which is refused now, would be no help."""
    services: Services = app.state.services
    sonia.brings(("badge.txt", BADGE.encode()))
    with services.database.writing() as session:
        for kept in session.scalars(select(KeptBadge)):
            kept.document = services.files.keep(json.dumps(CARD).encode())
    id = max(sonia.has())

    answer = sonia.post(f"/badges/{id}/verifications")

    assert answer.headers["location"] == f"/badges/{id}?done=no-badge"
    assert "Ce n’est pas un badge. C’est une pièce d’identité. Vous pouvez l’enlever." in sonia.reads(
        answer.headers["location"]
    )


@pytest.mark.breadth
def test_the_badge_beside_it_is_kept_by_itself(sonia: Person, app: Starlette, clock: Clock):
    sonia.brings(("all.json", both(IDENTITY)))

    assert "Souder" in sonia.reads("/badges")
    document = sonia.get("/badges/2/document")
    assert document.text == BADGE
    assert document.headers["content-type"] == "application/sd-jwt"
    nothing_stays(app, clock)


@pytest.mark.breadth
def test_no_file_is_kept_around_a_badge_while_nobody_has_opened_all_that_is_in_it(
    sonia: Person, app: Starlette, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    """The identity of Sonia, in a PDF for which there was no time, would lie on the shelf for as long as her badge."""
    services: Services = app.state.services
    pid = a_pdf(lambda writer: writer.add_attachment("pid.txt", json.dumps(IDENTITY).encode()))
    folder = a_zip({"all.json": both(BADGE), "pid.pdf": pid})
    monkeypatch.setattr(unpacking, "BUDGET", -1.0)

    told = words(sonia.brings(("folder.zip", folder)).text)

    assert "Le temps a manqué pour lire ce fichier. Ajoutez-le encore, seul." in told
    assert "Souder" in sonia.reads("/badges")
    assert folder not in {services.files.read(name) for name in services.files.names()}
    nothing_stays(app, clock)


def test_behind_a_link_it_is_told_as_well(sonia: Person, app: Starlette, clock: Clock, web: IssuersWeb):
    web[AT] = (200, "application/dc+sd-jwt", IDENTITY.encode())

    for link in (AT, IDENTITY, f"data:application/dc+sd-jwt,{IDENTITY}"):
        told = words(sonia.brings(link=link).text)

        assert "C’est une pièce d’identité." in told, link
    nothing_stays(app, clock)


def test_what_a_phone_handed_over_is_gone_with_the_answer(sonia: Person, app: Starlette, clock: Clock):
    """Else it would lie here for half an hour after it was refused."""
    place = shares(sonia, ("pid.txt", IDENTITY.encode()), ("badge.txt", BADGE.encode())).headers["location"]
    assert waiting(app) == 1

    assert "C’est une pièce d’identité." in words(sonia.post(f"{place}/badges").text)

    assert waiting(app) == 0
    assert "Souder" in sonia.reads("/badges")
    nothing_stays(app, clock)


@pytest.mark.parametrize(
    ("vct", "told"),
    [
        ("org.iso.18013.5.1.mDL", "C’est un permis de conduire."),
        ("urn:eu.europa.ec.eudi:diploma:1", "C’est un diplôme."),
        ("https://shop.example/loyalty", "C’est une attestation d’une autre sorte."),
    ],
)
def test_other_kinds_are_told_for_what_they_are(sonia: Person, vct: str, told: str):
    page = words(sonia.brings(("x", issued({"iss": did(), "vct": vct}).encode())).text)
    assert f"Ce n’est pas un badge. {told} Nous n’en gardons rien." in page
