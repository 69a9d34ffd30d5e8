"""A badge that is offered by a link, over HTTP: by which doors it comes, what is said where nothing can be made of it."""

from typing import Any

import pytest

from tests.fixtures.bent_offers import PLATFORM, Bent, bent_offers, by_reference, by_value, offer
from tests.fixtures.carriers import code, picture
from tests.fixtures.visits import IssuersWeb, Person, words
from tests.routes.test_map import everything

GOOD = by_value(offer())
INTERACTION = f"{PLATFORM}/i/7?iuv=1"
SENTENCES = {
    "offer-not-whole": "Il manque un bout à ce lien. Copiez-le en entier. Ou scannez le QR code avec Mes badges.",
    "offer-not-safe": "Ce lien mène à un endroit privé. Nous ne l’ouvrons pas. Demandez un autre lien à l’organisme.",
    "offer-sign-in": "L’organisme veut que vous vous connectiez chez lui. Nous ne savons pas le faire. "
    "Demandez-lui un fichier ou un lien.",
    "offer-other-apps": "L’organisme n’accepte que d’autres applis. Demandez-lui un fichier ou un lien.",
    "offer-other-kind": "Ce badge est d’une sorte que nous ne lisons pas. Demandez un fichier.",
    "offer-asks-for-badges": "Ce lien demande vos badges. Il n’en donne pas. Pour les montrer, "
    "touchez « Montrer mes badges ».",
}
BENT = [bent for bent in bent_offers() if bent.word]
SHARED = {"Sec-Fetch-Site": "none"}


def pasted(person: Person, text: str, **more: str) -> Any:
    return person.post("/badges", data={"link": text, **more})


def shared(person: Person, **texts: str) -> Any:
    fields = {"title": "", "text": "", "url": "", **texts}
    return person.post("/handovers", data=fields, files=[("nothing", ("", b""))], headers=SHARED)


def test_each_word_has_a_true_sentence_and_the_field_keeps_what_was_typed(maria: Person, web: IssuersWeb) -> None:
    before = everything(maria)
    for word, sentence in SENTENCES.items():
        bent = next(one for one in BENT if one.word == word)
        answer = pasted(maria, bent.text)

        assert answer.status_code == 422
        assert sentence in words(answer.text)
        assert 'aria-invalid="true"' in answer.text
        assert bent.text[:30] in answer.text
        assert "plus tard" not in words(answer.text.partition("</main>")[0].partition("<main")[2])
    assert web.asked == []
    assert everything(maria) == before


@pytest.mark.soak  # one for each word above; the word of each in arrivals/test_offers.py
@pytest.mark.parametrize("bent", BENT, ids=lambda bent: bent.name)
def test_every_bent_offer_is_told_by_every_door(maria: Person, web: IssuersWeb, bent: Bent) -> None:
    scanned = bent.word.replace("offer-not-whole", "scan-offer-not-whole")
    for answer in (
        pasted(maria, bent.text),
        shared(maria, text=bent.text),
        maria.get("/offre", params={"link": bent.text}),
    ):
        assert answer.status_code == 422
        assert SENTENCES[bent.word] in words(answer.text)
    answer = pasted(maria, bent.text, scanned="yes")
    assert answer.status_code == 422
    assert SENTENCES.get(scanned, "Il manque un bout à ce QR code.") in words(answer.text)
    assert web.asked == []


def test_a_code_of_which_a_piece_is_missing_is_told_at_the_camera(maria: Person) -> None:
    answer = pasted(maria, GOOD[:90], scanned="yes")

    assert answer.status_code == 422
    assert "Il manque un bout à ce QR code. Demandez un autre QR code à l’organisme." in words(answer.text)
    assert "<badge-scanner" in answer.text


@pytest.mark.parametrize("whose", ["maria", "visitor"])
@pytest.mark.parametrize(
    ("path", "field"),
    [
        (f"/offre?{GOOD.partition('?')[2]}", None),
        (f"/offre?{by_reference(PLATFORM + '/offre/7').partition('?')[2]}", None),
        (f"/offre?link=web%2Binteraction:{PLATFORM}/i/7?iuv=1", f"web+interaction:{INTERACTION}"),
        (f"/badges/new?link={GOOD.replace('%', '%25').replace('?', '%3F')}", GOOD),
    ],
)
def test_a_link_shows_whose_badge_it_is_and_nobody_is_asked(
    request: pytest.FixtureRequest, web: IssuersWeb, whose: str, path: str, field: str | None
) -> None:
    person: Person = request.getfixturevalue(whose)
    before = everything(person)

    answer = person.get(path)

    assert answer.status_code == 200
    said = words(answer.text)
    assert "Un badge pour vous" in said
    assert "cours.exemple.fr vous donne un badge. Nous n’avons encore rien demandé à ce site." in said
    assert "Voir ce badge" in said
    assert 'type="hidden" name="link"' in answer.text
    assert field is None or f'value="{field}"' in answer.text
    assert "<link-goes" not in answer.text, "nothing goes by itself"
    assert web.asked == []
    assert everything(person) == before


@pytest.mark.parametrize("texts", [{"text": f"Ton badge : {GOOD}"}, {"url": GOOD}, {"title": INTERACTION, "text": "?"}])
def test_what_an_app_shares_shows_it_too_and_is_not_kept(maria: Person, web: IssuersWeb, texts: dict[str, str]) -> None:
    before = everything(maria)

    answer = shared(maria, **texts)

    assert answer.status_code == 200
    assert "cours.exemple.fr vous donne un badge." in words(answer.text)
    assert web.asked == []
    assert everything(maria) == before


def test_a_shared_offer_may_be_as_long_as_16_kb_and_becomes_no_file(maria: Person) -> None:
    answer = shared(maria, text=by_value(offer(beside="b" * 15_000)))

    assert answer.status_code == 200
    assert "Un badge pour vous" in words(answer.text)


def test_without_an_offer_the_page_of_links_is_shown(maria: Person) -> None:
    assert "Le lien de votre badge" in maria.reads("/offre")


def test_a_badge_that_is_written_out_offers_nothing_by_the_addresses_in_it(maria: Person) -> None:
    answer = pasted(maria, '{"type": "Person", "url": "https://cours.exemple.fr/i?iuv=1"}')

    assert "Ce lien ne mène pas à un badge." in words(answer.text)


def test_a_scheme_that_nobody_knows_is_no_host(maria: Person, web: IssuersWeb) -> None:
    answer = pasted(maria, "greta://cours.exemple.fr/badge/7")

    assert "Ce lien ne mène pas à un badge. Copiez le lien en entier." in words(answer.text)
    assert web.asked == []


def test_a_phone_lets_interactions_lead_here(maria: Person) -> None:
    handlers = maria.get("/manifest.webmanifest").json()["protocol_handlers"]

    assert handlers == [{"protocol": "web+interaction", "url": "/offre?link=%s"}]


@pytest.mark.parametrize("form", [{"scanned": "yes"}, {}], ids=["photo", "file"])
def test_the_code_in_a_photo_is_an_offer_too(maria: Person, web: IssuersWeb, form: dict[str, str]) -> None:
    asking = picture(code(b"openid4vp://?client_id=dupont&request_uri=https%3A%2F%2Fdupont.exemple%2Fr"))

    answer = maria.post("/badges", data=form, files={"documents": ("IMG_1.png", asking, "image/png")})

    assert answer.status_code == 422
    assert SENTENCES["offer-asks-for-badges"] in words(answer.text)
    assert web.asked == []
