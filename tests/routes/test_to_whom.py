"""To whom badges were given: Kévin Dupont shows Sonia's, Sonia's name changed, nobody is named, only an address is; and
whoever hides the name on their badges hides it at every door."""

import json
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from tests.fixtures.archives import opened, take, wallet_of
from tests.fixtures.made_once import made_once
from tests.fixtures.mail import codes_for
from tests.fixtures.screens import pages
from tests.fixtures.screens_cards import badge
from tests.fixtures.screens_evidence import telling
from tests.fixtures.screens_shares import SCREENS_OF_SHARES
from tests.fixtures.screens_shown import one_badge, one_moment
from tests.fixtures.statements import asked_of
from tests.fixtures.visits import Person, Stranger, holder, words
from tests.openbadges.support import guild
from wallet.shares import Share, Standpoint, find_open_share, view_share
from wallet.shares.recipients import Given, Tie

HERS = "sonia@exemple.fr"
MACHINE = {"Accept": "application/vp, application/ld+json"}


def given_to(
    name: str = "", address: str = "", title: str = "Souder – je maîtrise", says: str = "", **members: Any
) -> tuple[str, bytes]:
    """A badge of the guild that names whoever was given it, as a file."""
    found = guild.badge(id=f"urn:uuid:{uuid5(NAMESPACE_URL, name + address + title)}", name=title, **members)
    subject = found["credentialSubject"] | {"narrative": says}
    subject["identifier"] = [
        *([guild.identity(address, "sel")] if address else []),
        *([{"type": "IdentityObject", "hashed": False, "identityHash": name, "identityType": "name"}] if name else []),
    ]
    if not subject["identifier"]:
        del subject["identifier"]
        subject["id"] = "https://guild.example/people/7"
    return "badge.json", json.dumps(guild.signed(found | {"credentialSubject": subject})).encode()


def told(person: Person, link: str) -> Given:
    """What the page at *link* is made of."""
    services = person.services
    with services.database.reading() as session:
        return view_share(session, link.removeprefix("/s/"), Standpoint(now=services.clock())).given


def shown(person: Person, name: str = "", **choice: Any) -> str:
    """The link of all that *person* has, shown under *name*."""
    return person.link_of(person.shows(*person.has(), name=name, **choice))


def confirms(person: Person, address: str = HERS) -> str:
    """Types the code of that address: where it is in their wallet."""
    at = str(person.post("/addresses", data={"address": address}).headers["location"])
    assert person.post(f"{at}/verification", data={"code": codes_for(person.services, address)[-1]}).status_code == 303
    return at


@pytest.fixture
@made_once
def kevin(app: Starlette) -> Person:
    """Kévin, who has a badge of Sonia's beside none of his own."""
    return holder(app, given_to("Sonia Martin"))


@pytest.mark.breadth
def test_kevin_dupont_shows_sonias_badge_and_is_told_before_he_does(kevin: Person) -> None:
    kevin.post("/settings", data={"name": "Kévin Dupont"})
    before = kevin.reads("/shares/new")
    assert "Ce badge est donné à un autre nom. Le nom : Sonia Martin . L’employeur le verra." in before
    assert "Ce badge est au nom de Sonia Martin." in kevin.reads(f"/badges/{kevin.has()[0]}")

    share = kevin.shows(*kevin.has(), name="Kévin Dupont")

    assert "Ce badge est donné à un autre nom. Le nom : Sonia Martin" in kevin.reads(share)
    given = told(kevin, kevin.link_of(share))
    assert (given.tie, given.name, len(given.others)) == ("differs", "Sonia Martin", 1)


@pytest.mark.breadth
def test_kevin_is_told_when_he_adds_several(app: Starlette) -> None:
    kevin = holder(app, given_to())
    kevin.post("/settings", data={"name": "Kévin Dupont"})

    page = kevin.brings(
        given_to("Sonia Martin"), given_to("Kevin DUPONT", title="Caisse"), given_to(HERS, title="Vente")
    )

    assert words(page.text).count("Au nom de") == 1
    assert "je maîtrise Au nom de Sonia Martin Ajouté" in words(page.text)


@pytest.mark.breadth
def test_the_preview_tells_it_of_the_name_that_is_typed(kevin: Person) -> None:
    form = {"badge": [str(id) for id in kevin.has()], "days": "7"}

    other = words(kevin.post("/shares/preview", data=form | {"name": "Kévin"}, headers={"HX-Request": "true"}).text)
    same = words(kevin.post("/shares/preview", data=form | {"name": "Sonia M."}, headers={"HX-Request": "true"}).text)

    assert ("donné à un autre nom" in other, "donné à un autre nom" in same) == (True, False)


@pytest.mark.breadth
def test_to_sonia_whose_name_is_the_same_nothing_is_said(app: Starlette) -> None:
    sonia = holder(app, given_to("Sonia Martin"))
    sonia.post("/settings", data={"name": "Sonia M."})

    share = sonia.shows(*sonia.has(), name="Sonia M.")

    for path in ("/shares/new", f"/badges/{sonia.has()[0]}", share):
        assert "autre nom" not in sonia.reads(path)
        assert "au nom de" not in sonia.reads(path)
    assert told(sonia, sonia.link_of(share)).tie == "same"


@pytest.mark.breadth
def test_sonia_married_and_her_address_is_confirmed(app: Starlette) -> None:
    sonia = holder(app, given_to("Sonia Durand", HERS))
    confirms(sonia)

    given = told(sonia, shown(sonia, "Sonia Martin"))

    assert (given.tie, given.name, given.confirmed) == ("differs", "Sonia Durand", True)


@pytest.mark.breadth
def test_nobody_is_named(app: Starlette) -> None:
    sonia = holder(app, given_to())

    assert told(sonia, shown(sonia, "Sonia")).tie == "unnamed"
    assert 'name="hide_name"' not in sonia.page("/shares/new"), "there is nothing to hide"


@pytest.mark.breadth
def test_an_address_is_confirmed_after_it_is_shown_and_stays_so_when_it_is_taken_away(
    app: Starlette, recruiter: Stranger
) -> None:
    """The mailbox dies, and the badge is still Sonia's (badges/ownership.py, rule 2)."""
    sonia = holder(app, given_to("", HERS))
    link = shown(sonia, "Sonia")
    editions = []

    def look() -> tuple[str, bool]:
        recruiter.get(link)
        database = sonia.services.database
        editions.append(find_open_share(database, link.removeprefix("/s/"), sonia.services.clock()).edition)
        return told(sonia, link).tie, told(sonia, link).confirmed

    assert look() == ("address-unconfirmed", False)
    at = confirms(sonia)
    assert look() == ("address", True)
    assert editions[0] != editions[1], "a page that was kept is another one now"
    sonia.post(f"{at}/removal")
    assert look() == ("address", True)


def test_another_address_confirms_nothing(app: Starlette) -> None:
    sonia = holder(app, given_to("", HERS))
    link = shown(sonia, "Sonia")

    confirms(sonia, "kevin@exemple.fr")

    assert told(sonia, link).tie == "address-unconfirmed"


@pytest.mark.breadth
def test_sonia_who_confirmed_it_while_the_issuer_was_silent_is_asked_no_more_and_nobody_is_told_to_ask_her(
    app: Starlette, recruiter: Stranger
) -> None:
    waits = json.loads(given_to("", HERS)[1]) | {
        "issuer": {"id": guild.WEB_DID, "type": ["Profile"], "name": "La guilde"}
    }
    silent = guild.signed({k: v for k, v in waits.items() if k != "proof"}, by=f"{guild.WEB_DID}#key-1")
    sonia = holder(app, ("badge.json", json.dumps(silent).encode()))
    share = sonia.shows(*sonia.has(), name="Sonia")
    pages = (f"/badges/{sonia.has()[0]}", share)
    for path in pages:
        assert "Confirmez votre adresse e-mail" in sonia.reads(path), path
    assert "Sonia n’a pas encore confirmé cette adresse." in recruiter.reads(sonia.link_of(share))

    confirms(sonia)

    for path in pages:
        assert "Confirmez votre adresse e-mail" not in sonia.reads(path), path
    assert "n’a pas encore confirmé" not in recruiter.reads(sonia.link_of(share))


def test_sonia_is_led_to_confirm_her_address(app: Starlette) -> None:
    sonia = holder(app, given_to("", HERS))
    share = sonia.shows(*sonia.has(), name="Sonia")

    for path in (f"/badges/{sonia.has()[0]}", "/shares/new", share):
        assert 'href="/addresses/new">Confirmez votre adresse e-mail' in sonia.page(path), path
    confirms(sonia)
    for path in (f"/badges/{sonia.has()[0]}", "/shares/new", share):
        assert "Confirmez votre adresse e-mail" not in sonia.page(path), path


@pytest.mark.breadth
def test_nothing_is_asked_of_the_addresses_of_a_holder_when_a_page_is_made(app: Starlette) -> None:
    """One snapshot; how many statements there are says test_trust_when_a_page_is_made.py."""
    sonia = holder(app, given_to("", HERS), given_to("Sonia"))
    link = shown(sonia, "Sonia")

    with asked_of(sonia.services.database) as asked:
        told(sonia, link)

    assert asked
    assert not [one for one in asked if "addresses" in one]


@pytest.mark.parametrize(
    ("sentence", "tie", "says"),
    [
        ("valid", "same", []),
        ("valid", "differs", ["Autre nom"]),
        ("valid", "address-unconfirmed", ["E-mail non confirmé"]),
        ("revoked", "differs", ["Retiré", "Autre nom"]),
    ],
)
def test_where_a_badge_is_only_named_it_says_beside_it_what_speaks_against_it(
    sentence: str, tie: Tie, says: list[str]
) -> None:
    one, other = badge(sentence, id=7), badge(id=8, name="Vendre")
    given = Given(tie=tie, each={7: Given(tie=tie), 8: Given(tie="same")})
    of_a_story, of_another = one_moment(telling(), one, given=given), one_badge(other, one, given=given)

    story = words(pages().render("open_share/moment.html", "fr", **of_a_story))
    beside = words(pages().render("open_share/badge.html", "fr", **of_another))

    assert " ".join(["badge : Communiquer", *says, "Revenir aux badges"]) in story.replace("\xa0", " ")
    assert " ".join(["Communiquer, maîtrise 8 mai 2026", *says, "Détails"]) in beside.replace("\xa0", " ")


# The name is hidden


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    says = "Madame Martin soude seule."
    return holder(app, given_to("Sonia Martin", HERS, says=says), given_to("Sonia Martin", title="Caisse de Sonia"))


@pytest.mark.parametrize(("name", "tie"), [("Sonia", "same"), ("Kévin Dupont", "differs"), ("", "nobody-shows")])
@pytest.mark.breadth(beside=["K\\xe9vin Dupont-differs", "-nobody-shows", "Sonia-same"])
def test_a_hidden_name_is_on_no_page_and_the_tie_stays(sonia: Person, recruiter: Stranger, name: str, tie: str) -> None:
    link = shown(sonia, name, hide_name="1")

    given = told(sonia, link)

    assert (given.tie, given.name, given.names, given.is_hidden) == (tie, "", (), True)
    assert "Martin" not in recruiter.get(link).text


def test_where_the_name_is_hidden_its_files_are_as_if_they_were_not_there(sonia: Person, recruiter: Stranger) -> None:
    hidden, open_ = shown(sonia, "Sonia", hide_name="1"), shown(sonia, "Sonia")
    unknown = "/s/0000000000000000000000000Z"

    for path, asking in (("/files/0", {}), ("/files/1", {}), ("/presentation", {}), ("", MACHINE)):
        closed, nowhere = recruiter.get(hidden + path, headers=asking), recruiter.get(unknown + path, headers=asking)
        assert recruiter.get(open_ + path, headers=asking).status_code == 200
        assert (closed.status_code, closed.content) == (404, nowhere.content)
        assert without_dates(closed.headers) == without_dates(nowhere.headers)
    for once in range(2):  # when it is made, and when it is kept
        page = recruiter.get(hidden)
        assert page.status_code == 200, once
        assert "Link" not in page.headers
        assert "/files/" not in page.text
        assert "/presentation" not in page.text
        assert 'rel="alternate"' in recruiter.get(open_).headers["Link"]


def without_dates(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in ("date", "content-length", "etag")}


@pytest.mark.breadth
def test_sonia_is_told_what_hiding_does_and_what_it_cannot(sonia: Person) -> None:
    page = sonia.reads("/shares/new")

    assert "Cacher le nom écrit sur mes badges" in page
    assert "Il ne peut pas prendre les fichiers des badges." in page
    assert "Le nom peut rester dans un titre, un texte ou une image." in page
    share = sonia.shows(*sonia.has(), name="Sonia", hide_name="1")
    assert "Le nom reste dans ce titre : Caisse de Sonia" in sonia.reads(share)
    assert "Nom sur les badges caché" in sonia.reads(f"{share}/details")
    assert "Nom sur les badges" not in sonia.reads(f"{sonia.shows(*sonia.has())}/details")


def test_hiding_stays_ticked_where_the_form_comes_back_and_where_it_is_made_again(sonia: Person) -> None:
    ticked = 'name="hide_name" value="1" aria-describedby="names-hint" checked'
    wrong = sonia.post("/shares", data={"badge": "1", "days": "date", "hide_name": "1"})
    share = sonia.shows(*sonia.has(), hide_name="1")

    assert ticked in wrong.text
    assert ticked in sonia.page(f"/shares/new?again={share.rpartition('/')[2]}")
    assert ticked not in sonia.page("/shares/new")


def test_an_archive_tells_that_the_name_was_hidden_and_brings_it_back(sonia: Person, youssef: Person) -> None:
    sonia.shows(*sonia.has(), hide_name="1")
    sonia.shows(*sonia.has(), word="Bonjour")

    files = take(sonia)

    assert [one["hides_name"] for one in wallet_of(opened(files))["shares"]] == [True, False]
    youssef.post("/archive/return", files={"documents": ("dossier.zip", files, "application/zip")})
    with youssef.services.database.reading() as session:
        brought = session.scalars(select(Share).where(Share.is_history))
        assert sorted(one.hides_name for one in brought) == [False, True]


def test_nobody_is_led_to_confirm_an_address_where_no_mail_goes() -> None:
    template, context = SCREENS_OF_SHARES["choose, given to an address"]
    with_mail, without = (pages().render(template, "fr", **context | {"by_mail": by_mail}) for by_mail in (True, False))

    assert ["Confirmez votre adresse e-mail" in words(page) for page in (with_mail, without)] == [True, False]
