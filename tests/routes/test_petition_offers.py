"""The GRETA answers Sonia by an offer: it waits for her, she alone takes it, and the badge that comes is looked at."""

import json
from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.fixtures.bent_offers import by_reference, by_value
from tests.fixtures.carriers import code, picture
from tests.fixtures.fablab import Fablab
from tests.fixtures.visits import AWARDED, ISSUERS_KEY, NOW, Clock, IssuersWeb, Person, signed, words
from tests.routes import test_petitions
from tests.routes.test_petitions import Structure, asked, rows
from wallet import openbadges
from wallet.badges.models import KeptBadge
from wallet.shares.models import Share

settings, sonia, greta, link = test_petitions.settings, test_petitions.sonia, test_petitions.greta, test_petitions.link
SAYS_YES = "Le GRETA a répondu oui. Ajoutez votre badge."
IS_HERE = "Le GRETA a répondu oui. Voici votre badge."


@pytest.fixture
def fablab(web: IssuersWeb) -> Fablab:
    """Where the GRETA has its badges made, « Organiser » now."""
    web.issuer = gives("organiser-1")
    return web.issuer


def gives(name: str) -> Fablab:
    return Fablab(format="ldp_vc", badges={name: json.loads(signed(name))})


def offers(app: Starlette, greta: Structure, link: str, fablab: Fablab, **more: Any) -> None:
    """The GRETA pastes the offer."""
    given = greta.answers(app, link, "give", link=f"Votre badge : {by_value(fablab.offer())}", **more)
    assert given.status_code == 303, words(given.text)
    assert "Sonia va l’ajouter." in words(greta.page(f"{link}?done=1"))


def takes(sonia: Person) -> Any:
    """Sonia, from her path to « Ajouter »."""
    at = sonia.post(f"/petitions/{petition_of(sonia).id}/offer")
    assert at.status_code == 303, words(at.text)
    return sonia.post(f"{at.headers['location']}/badges")


def petition_of(sonia: Person) -> Any:
    return rows(sonia.app)[-1]  # type: ignore[arg-type]


@pytest.mark.breadth
def test_it_waits_for_her_nobody_is_asked_before_she_taps_and_then_the_petition_is_granted(
    app: Starlette, sonia: Person, greta: Structure, link: str, fablab: Fablab
):
    offers(app, greta, link, fablab)

    assert fablab.asked == []
    assert SAYS_YES in words(sonia.page("/path"))
    page = words(sonia.page(f"/petitions/{petition_of(sonia).id}"))
    assert SAYS_YES in page
    assert "Le badge vient de ce site : fablab.example" in page
    assert "Ajouter mon badge" in page
    before = sonia.has()

    assert takes(sonia).status_code == 303

    petition = petition_of(sonia)
    (new,) = set(sonia.has()) - set(before)
    assert (petition.state, petition.badge_id) == ("granted", new)
    assert IS_HERE in words(sonia.page("/path"))
    assert "La personne a le badge maintenant." in words(greta.page(link))
    (proofs,) = rows(app, Share)
    assert proofs.stopped_at == NOW


@pytest.mark.breadth
def test_who_taps_again_after_it_came_is_shown_what_came_of_it(
    app: Starlette, sonia: Person, youssef: Person, greta: Structure, link: str, fablab: Fablab
):
    """The page of her petition still stands in another tab."""
    offers(app, greta, link, fablab)
    takes(sonia)
    at = f"/petitions/{petition_of(sonia).id}"

    again = sonia.post(f"{at}/offer")

    assert (again.status_code, again.headers["location"]) == (303, at)
    assert IS_HERE in words(sonia.page(at))
    assert youssef.post(f"{at}/offer").status_code == 404


@pytest.mark.breadth
def test_a_photo_of_its_code_is_the_same_offer(
    app: Starlette, sonia: Person, greta: Structure, link: str, fablab: Fablab
):
    photo = picture(code(by_value(fablab.offer()).encode()))

    assert greta.answers(app, link, "give", file=photo).status_code == 303

    takes(sonia)
    assert petition_of(sonia).state == "granted"


def test_another_badge_stays_hers_and_the_petition_goes_on(
    app: Starlette, sonia: Person, greta: Structure, link: str, web: IssuersWeb
):
    web.issuer = gives("adapter-1")
    offers(app, greta, link, web.issuer)

    takes(sonia)

    petition = petition_of(sonia)
    assert petition.state == "unfit"
    assert petition.badge_id in sonia.has()
    assert "Le badge ajouté n’est pas celui que vous demandez." in words(sonia.page("/path"))
    assert "Votre demande continue." in words(sonia.page(f"/petitions/{petition.id}"))
    said = "Votre offre a donné un autre badge. Nous attendons : Organiser (pratique), donné par vous."
    assert said in words(greta.page(link))
    assert greta.answers(app, link, "give", file=signed("organiser-1")).status_code == 303
    assert IS_HERE in words(sonia.page("/path"))


def test_the_badge_of_another_issuer_does_not_fit(
    app: Starlette, sonia: Person, greta: Structure, link: str, web: IssuersWeb
):
    web.issuer = Fablab()
    offers(app, greta, link, web.issuer)

    takes(sonia)

    assert petition_of(sonia).state == "unfit"
    assert len(sonia.has()) == 2


def test_a_badge_that_is_not_valid_is_said_to_be_that(
    app: Starlette, sonia: Person, greta: Structure, link: str, web: IssuersWeb
):
    ended = signed("organiser-1", valid_until=NOW - timedelta(days=1))
    web.issuer = Fablab(format="ldp_vc", badges={"one": json.loads(ended)})
    offers(app, greta, link, web.issuer)

    takes(sonia)

    assert petition_of(sonia).state == "not-valid"
    assert "Le badge ajouté n’est pas valide maintenant." in words(sonia.page("/path"))
    assert "Le badge de votre offre n’est pas valide maintenant." in words(greta.page(link))


@pytest.mark.breadth
def test_of_two_offers_each_is_looked_at_for_itself(
    app: Starlette, sonia: Person, greta: Structure, link: str, web: IssuersWeb
):
    web.issuer = gives("communiquer-1")
    offers(app, greta, link, web.issuer)
    asked(sonia, place="normandie/adapter/practises")
    offers(app, greta, greta.letter(app), gives("adapter-1"))

    at = sonia.post(f"/petitions/{rows(app)[0].id}/offer").headers["location"]
    sonia.post(f"{at}/badges")

    assert [one.state for one in rows(app)] == ["unfit", "offered"]


def test_what_came_by_another_door_is_seen_by_the_chore(
    app: Starlette, sonia: Person, greta: Structure, link: str, fablab: Fablab
):
    offers(app, greta, link, fablab)
    sonia.brings(("organiser-1.json", signed("organiser-1")))

    app.state.services.settle_petitions()

    assert petition_of(sonia).state == "granted"


def test_a_newer_edition_of_a_badge_that_she_has_already_is_seen_by_the_chore_too(
    app: Starlette, sonia: Person, greta: Structure, clock: Clock, fablab: Fablab
):
    ended = signed("organiser-1", valid_until=NOW - timedelta(days=1))
    sonia.brings(("organiser-1.json", ended))
    clock.move(hours=1)
    asked(sonia)
    offers(app, greta, greta.letter(app), fablab)
    clock.move(hours=1)
    app.state.services.settle_petitions()
    assert petition_of(sonia).state == "offered", "nothing came as yet"

    told = {name: value for name, value in json.loads(ended).items() if name not in ("proof", "validUntil")}
    issuer = told["issuer"]["id"]
    newer = openbadges.sign_eddsa_rdfc(told, ISSUERS_KEY, f"{issuer}#{issuer.removeprefix('did:key:')}", AWARDED)
    again = sonia.brings(("organiser-1.json", json.dumps(newer).encode()))
    assert again.headers["location"].endswith("?done=updated")
    app.state.services.settle_petitions()

    assert petition_of(sonia).state == "granted"


@pytest.mark.breadth
def test_a_badge_that_was_there_before_grants_nothing(
    app: Starlette, sonia: Person, greta: Structure, clock: Clock, fablab: Fablab
):
    sonia.brings(("organiser-1.json", signed("organiser-1")))
    clock.move(hours=1)
    asked(sonia)
    offers(app, greta, greta.letter(app), fablab)

    app.state.services.settle_petitions()

    assert petition_of(sonia).state == "offered"


def test_what_she_took_and_its_issuer_prepares_is_not_offered_again(
    app: Starlette, sonia: Person, greta: Structure, link: str, fablab: Fablab
):
    fablab.waits, fablab.token_more = 1, {"expires_in": 86_400}
    offers(app, greta, link, fablab)
    assert takes(sonia).headers["location"].endswith("/promise")
    at, asked_before = f"/petitions/{petition_of(sonia).id}", len(fablab.asked)

    page = words(sonia.page(at))

    assert "L’organisme prépare votre badge." in page
    assert "Ajouter mon badge" not in page
    assert "leur envoyer notre e-mail encore une fois." not in page
    assert SAYS_YES not in page + words(sonia.page("/path"))
    again = sonia.post(f"{at}/offer")
    assert (again.status_code, again.headers["location"]) == (303, at)
    assert len(fablab.asked) == asked_before
    assert "Sonia va l’ajouter." in words(greta.page(link))


@pytest.mark.parametrize(
    ("host", "is_another"),
    [("fablab.example", True), ("badges.greta.example", False), ("autregreta.example", True)],
)
def test_an_offer_of_another_host_than_theirs_is_told(
    app: Starlette, sonia: Person, greta: Structure, link: str, fablab: Fablab, host: str, is_another: bool
):
    known, fablab.issuer = "did:web:greta.example", f"https://{host}"
    test_petitions.knows(app, known)
    asked(sonia, to=known, place="normandie/adapter/practises")
    offers(app, greta, greta.letter(app), fablab)

    page = words(sonia.page(f"/petitions/{petition_of(sonia).id}"))

    assert f"Le badge vient de ce site : {host}" in page
    assert ("Pour Le GRETA, nous connaissons un autre site : greta.example" in page) is is_another
    assert "Ajouter mon badge" in page


NO_OFFERS = (
    (by_value(Fablab().offer())[:90], "Il manque un bout à ce lien. Copiez-le en entier."),
    (by_reference("http://10.0.0.7/offre"), "Nous ne savons pas lire cette offre. Choisissez le fichier du badge."),
    ("openid4vp://?request_uri=https://x.example", "Nous ne savons pas lire cette offre."),
)


def test_what_is_no_offer_is_said_and_the_code_of_the_mailbox_goes_with_an_offer_too(
    app: Starlette, greta: Structure, link: str, fablab: Fablab
):
    for given, said in NO_OFFERS:
        answer = greta.answers(app, link, "give", link=given)
        assert answer.status_code == 422, given
        assert said in words(answer.text), given
        assert 'id="given-link-fault"' in answer.text, given
        assert given[:40] in answer.text
        assert rows(app)[0].state == "sent", given

    answer = greta.answers(app, link, "give", code="AAAA AAAA", link=by_value(fablab.offer()))

    assert answer.status_code == 422
    assert rows(app)[0].offer_sealed is None


def test_an_offer_that_is_over_is_said_and_another_one_may_come(
    app: Starlette, sonia: Person, greta: Structure, link: str, fablab: Fablab
):
    offers(app, greta, link, fablab)
    old, fablab.code = fablab.code, "another"
    at = sonia.post(f"/petitions/{petition_of(sonia).id}/offer").headers["location"]

    failed = sonia.post(f"{at}/badges")

    assert failed.status_code == 422
    assert "Ce badge a déjà été pris, ou le code est trop vieux." in words(failed.text)
    assert SAYS_YES in words(sonia.page("/path"))
    assert old != fablab.code
    assert "Votre offre ne marche plus ? Donnez-en une autre." in words(greta.page(link))
    offers(app, greta, link, fablab)
    takes(sonia)
    assert IS_HERE in words(sonia.page("/path"))


@pytest.mark.breadth
def test_an_issuer_that_is_silent_is_told_and_the_offer_stays(
    app: Starlette, sonia: Person, greta: Structure, link: str, fablab: Fablab
):
    offers(app, greta, link, fablab)
    fablab.silent["metadata"] = "no-answer"

    answer = sonia.post(f"/petitions/{petition_of(sonia).id}/offer")

    assert answer.status_code == 422
    assert "L’organisme n’a pas répondu." in words(answer.text)
    fablab.silent.clear()
    assert takes(sonia).status_code == 303


@pytest.mark.breadth
def test_when_the_proofs_are_over_the_offer_is_still_hers(
    app: Starlette, sonia: Person, greta: Structure, link: str, fablab: Fablab
):
    offers(app, greta, link, fablab)
    sonia.post(f"/shares/{petition_of(sonia).share_id}/stopping")

    assert SAYS_YES in words(sonia.page("/path"))
    takes(sonia)

    assert IS_HERE in words(sonia.page("/path"))


def test_it_lies_sealed_and_is_gone_when_another_answer_came(
    app: Starlette, sonia: Person, greta: Structure, link: str, fablab: Fablab
):
    offers(app, greta, link, fablab)
    (petition,) = rows(app)
    assert fablab.code.encode() not in petition.offer_sealed
    assert fablab.code not in sonia.page(f"/petitions/{petition.id}")

    greta.answers(app, link, "lack", sentence="La date du stage.")

    assert rows(app)[0].offer_sealed is None
    led = sonia.post(f"/petitions/{petition.id}/offer").headers["location"]
    assert "La date du stage." in words(sonia.page(led)), "from a page of before she reads what they say now"


@pytest.mark.breadth
def test_a_tap_on_send_twice_is_one_offer(app: Starlette, sonia: Person, greta: Structure, link: str, fablab: Fablab):
    offers(app, greta, link, fablab)
    offers(app, greta, link, fablab)
    takes(sonia)

    assert fablab.asked.count("token") == 1
    assert len(rows(app, KeptBadge)) == 2
