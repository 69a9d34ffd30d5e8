"""A badge that is offered by a link, over HTTP: by which doors it comes, what is said where nothing can be made of it."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from io import BytesIO
from socket import socket
from typing import Any, get_args
from zipfile import ZipFile

import pytest
from PIL import Image
from pypdf import PdfWriter
from pypdf.annotations import Link
from starlette.applications import Starlette

from tests.fixtures.bent_offers import PLATFORM, bent_offers, by_reference, by_value, offer
from tests.fixtures.carriers import a_pdf, code, picture
from tests.fixtures.fablab import Fablab
from tests.fixtures.fablab import badge as of_fablab
from tests.fixtures.fetchers import fetcher_for
from tests.fixtures.made_once import has
from tests.fixtures.offered import SENTENCES, pasted, shared
from tests.fixtures.strangers import Open, answering, pointing
from tests.fixtures.visits import Clock, IssuersWeb, Person, signed, words
from tests.routes.test_map import everything
from tests.routes.test_recovery_codes import makes_a_paper, opens
from wallet.badges import ImportOutcome
from wallet.concurrency import Limit
from wallet.issuance.openid4vci import taking
from wallet.issuance.received import Reason
from wallet.sandbox.child import Child
from wallet.web.rate_limits import BYTES

GOOD = by_value(offer())
INTERACTION = f"{PLATFORM}/i/7?iuv=1"
AT = "https://organisme.example/badge.json"
EXCHANGE = "vc_request_url=https%3A%2F%2Fcours.exemple.fr%2Fechange"
BENT = [bent for bent in bent_offers() if bent.word]


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


def test_a_code_of_which_a_piece_is_missing_is_told_at_the_camera(maria: Person) -> None:
    answer = pasted(maria, GOOD[:90], scanned="yes")

    assert answer.status_code == 422
    assert "Il manque un bout à ce QR code. Demandez un autre QR code à l’organisme." in words(answer.text)
    assert "<badge-scanner" in answer.text


@pytest.mark.parametrize("whose", ["maria", "visitor"])
def test_a_link_shows_whose_badge_it_is_and_nobody_is_asked(
    request: pytest.FixtureRequest, web: IssuersWeb, whose: str
) -> None:
    person: Person = request.getfixturevalue(whose)
    before = everything(person)

    for path, field in (
        (f"/offre?{GOOD.partition('?')[2]}", None),
        (f"/offre?{by_reference(PLATFORM + '/offre/7').partition('?')[2]}", None),
        (f"/offre?link=web%2Binteraction:{PLATFORM}/i/7?iuv=1", f"web+interaction:{INTERACTION}"),
        (f"/badges/new?link={GOOD.replace('%', '%25').replace('?', '%3F')}", GOOD),
    ):
        answer = person.get(path)

        assert answer.status_code == 200, path
        said = words(answer.text)
        assert "Un badge pour vous" in said, path
        assert "cours.exemple.fr vous donne un badge. Nous n’avons encore rien demandé à ce site." in said, path
        assert "Voir ce badge" in said, path
        assert 'type="hidden" name="link"' in answer.text, path
        assert field is None or f'value="{field}"' in answer.text, path
        assert "<link-goes" not in answer.text, "nothing goes by itself"
    assert web.asked == []
    assert everything(person) == before


def test_another_language_keeps_what_the_link_offered(maria: Person) -> None:
    page = shared(maria, text=f"Ton badge : {GOOD}").text
    (way,) = re.findall(r'name="next" value="([^"]*)"', page)

    maria.post("/language", data={"language": "en", "next": unescape(way)})
    answer = maria.get(unescape(way))

    assert "cours.exemple.fr gives you a badge." in words(answer.text)
    assert 'name="next"' not in shared(maria, text=by_value(offer(beside="b" * 5_000))).text


@pytest.mark.parametrize(
    "location",
    [
        f"dccrequest://request?{EXCHANGE}",
        f"http://{{here}}/page?{EXCHANGE}",
        f"http://{{here}}/wallet?{EXCHANGE}",  # which sends whoever is not signed in there to the page where one is
    ],
)
@pytest.mark.breadth
def test_a_short_link_that_leads_to_an_offer_is_one(maria: Person, stranger: Open, location: str) -> None:
    """As mailers make one of each link of a letter: Maria would read « essayez plus tard », and her badge would not come."""
    page = answering(b"<!doctype html><title>Bonjour</title>", "200 OK", "Content-Type: text/html")

    def mailer(line: socket, asked: bytes) -> None:
        there = "/page" if b"GET /wallet" in asked else location.format(here=f"127.0.0.1:{short.port}")
        (page if b"GET /page" in asked else pointing(there))(line, asked)

    short = stranger(mailer)
    maria.services.fetcher = fetcher_for(short)

    poster = {"documents": ("IMG_1.png", picture(code(short.address("/c/7").encode())), "image/png")}

    for answer in (pasted(maria, short.address("/c/7")), maria.post("/badges", files=poster)):
        assert answer.status_code == 303, words(answer.text)
        page = main(maria.page(answer.headers["location"]))
        assert "Ajouter ce badge ? Un badge Il vient de cours.exemple.fr" in page


def test_a_short_link_that_leads_to_who_asks_for_badges_is_told_so(maria: Person, stranger: Open) -> None:
    short = stranger(pointing("openid4vp://?request_uri=https%3A%2F%2Fdupont.exemple%2Fr"))
    maria.services.fetcher = fetcher_for(short)

    answer = pasted(maria, short.address("/c/7"))

    assert SENTENCES["offer-asks-for-badges"] in words(answer.text)
    assert short.address("/c/7") in answer.text, "what was typed is kept"


@pytest.mark.breadth
def test_a_short_link_in_a_picture_is_followed_where_that_came_alone_and_holds_no_badge(
    maria: Person, stranger: Open
) -> None:
    short = stranger(pointing("openid4vp://?request_uri=https%3A%2F%2Fdupont.exemple%2Fr"))
    maria.services.fetcher = fetcher_for(short)
    poster = picture(code(short.address("/c/7").encode()))
    both = BytesIO()
    with ZipFile(both, "w") as zipped:
        zipped.writestr("affiche.png", poster)
        zipped.writestr("badge.json", signed("organiser-1"))

    several = maria.post("/badges", files=[("documents", (name, poster, "image/png")) for name in ("a.png", "b.png")])
    beside = maria.brings(("tout.zip", both.getvalue()))

    assert several.status_code == 422
    assert ASKS not in words(several.text)
    assert "Organiser" in words(beside.text)


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
@pytest.mark.breadth(beside=["file"])
def test_the_code_in_a_photo_is_an_offer_too(maria: Person, web: IssuersWeb, form: dict[str, str]) -> None:
    asking = picture(code(b"openid4vp://?client_id=dupont&request_uri=https%3A%2F%2Fdupont.exemple%2Fr"))

    answer = maria.post("/badges", data=form, files={"documents": ("IMG_1.png", asking, "image/png")})

    assert answer.status_code == 422
    assert SENTENCES["offer-asks-for-badges"] in words(answer.text)
    assert web.asked == []

    web[AT] = signed("organiser-1")
    beside = maria.post("/badges", data={**form, "link": AT}, files={"documents": ("IMG_1.png", asking, "image/png")})
    assert "Organiser" in words(beside.text)


ASKS, KIND = SENTENCES["offer-asks-for-badges"], SENTENCES["offer-other-kind"]
BY_SCHEME = {
    "openid4vp:?client_id=dupont&request_uri=https%3A%2F%2Fdupont.exemple%2Fr": ASKS,
    "eudi-openid4vp:?request_uri=https%3A%2F%2Fdupont.exemple%2Fr": ASKS,
    "mdoc:owBjMS4w": ASKS,
    "dccrequest:present?nonce=7": ASKS,
    "dccrequest:request?vc_request_url=https%3A%2F%2Fcours.exemple.fr%2Fechange&challenge=7": "cours.exemple.fr",
    "openid-initiate-issuance://?issuer=https%3A%2F%2Fcours.exemple.fr&credential_type=Souder": KIND,
    "openid-vc://?request_uri=https%3A%2F%2Fcours.exemple.fr%2Fr": SENTENCES["offer-other-apps"],
    "didcomm://invite?_oob=eyJ": "ne mène pas à un badge.",
    "www.exemple.fr/badge/7": "ne répond pas.",
}
"""What codes say, and what is told of each, by whatever door it comes."""


@pytest.mark.parametrize("text", BY_SCHEME)
@pytest.mark.breadth(beside=["www.exemple.fr/badge/7"])
def test_a_code_is_told_for_what_it_is_before_the_camera_and_in_a_photo(maria: Person, text: str) -> None:
    photo = {"documents": ("IMG_1.png", picture(code(text.encode())), "image/png")}

    for answer in (
        maria.post("/badges", data={"scanned": "yes", "link": text}, follow_redirects=True),
        maria.post("/badges", data={"scanned": "yes"}, files=photo, follow_redirects=True),
        maria.post("/badges", files=photo, follow_redirects=True),
    ):
        assert BY_SCHEME[text] in words(answer.text)
        assert "Nous ne voyons pas de QR code" not in words(answer.text)


@pytest.mark.parametrize("first", ["openid-vc://?request_uri=https%3A%2F%2Fcours.exemple.fr%2Fr", "mdoc:owBjMS4w"])
@pytest.mark.breadth
def test_of_a_poster_with_a_code_for_each_app_the_one_that_we_read_is_taken(maria: Person, first: str) -> None:
    codes = [code(text.encode()).convert("L") for text in (first, f"dccrequest:request?{EXCHANGE}")]
    poster = Image.new("L", (sum(one.width for one in codes), max(one.height for one in codes)), 255)
    for number, one in enumerate(codes):
        poster.paste(one, (number * codes[0].width, 0))
    photo = {"documents": ("IMG_1.png", picture(poster), "image/png")}

    assert "cours.exemple.fr" in words(maria.post("/badges", files=photo, follow_redirects=True).text)


@pytest.mark.parametrize("drawn", [True, False], ids=["as a code", "as a link"])
@pytest.mark.breadth
def test_a_letter_in_pdf_offers_a_badge_where_it_leads_to_none(maria: Person, web: IssuersWeb, drawn: bool) -> None:
    """Kévin’s training centre sent a PDF, « Ajoutez votre badge »: he is not told to ask for a picture."""

    def letter(text: str, funders: int = 0) -> dict[str, Any]:
        def linked(writer: PdfWriter) -> None:
            for address in (AT, *(f"https://financeur.example/{n}" for n in range(funders)), text):
                writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url=address))

        content = picture(code(text.encode()), "PDF") if drawn else a_pdf(linked)
        return {"documents": ("lettre.pdf", content, "application/pdf")}

    offered = "dccrequest://request?vc_request_url=https%3A%2F%2Fcours.exemple.fr%2Fechange&challenge=7"
    asking = "openid4vp://?request_uri=https%3A%2F%2Fdupont.exemple%2Fr"

    assert "cours.exemple.fr" in words(maria.post("/badges", files=letter(offered), follow_redirects=True).text)
    assert ASKS in words(maria.post("/badges", files=letter(asking)).text)
    if not drawn:
        assert "cours.exemple.fr" in words(maria.post("/badges", files=letter(offered, 30), follow_redirects=True).text)
        web[AT] = signed("organiser-1")
        assert "Organiser" in words(maria.post("/badges", files=letter(asking), follow_redirects=True).text)


@pytest.mark.parametrize("what", ["offer", "landscape"])
@pytest.mark.breadth
def test_a_photo_is_opened_once_whatever_it_shows(
    maria: Person, fablab: Fablab, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    opened, once = list[str](), Child.tell

    def tell(child: Child, content: bytes, *kinds: str) -> tuple[dict[str, Any], bytes]:
        opened.extend(kinds)
        return once(child, content, *kinds)

    monkeypatch.setattr(Child, "tell", tell)
    shown = picture(code(by_value(fablab.offer()).encode()) if what == "offer" else Image.new("RGB", (80, 80), "green"))
    answer = maria.post("/badges", files={"documents": ("IMG_1.png", shown, "image/png")})

    assert answer.status_code == (303 if what == "offer" else 422)
    assert opened == ["picture"]


@pytest.mark.breadth
def test_of_several_pictures_none_is_taken_for_an_offer(maria: Person, fablab: Fablab) -> None:
    shown = picture(code(by_value(fablab.offer()).encode()))
    files = [("documents", (name, shown, "image/png")) for name in ("a.png", "b.png")]

    assert maria.post("/badges", files=files).status_code == 422
    assert fablab.asked == []


@pytest.fixture
def fablab(web: IssuersWeb) -> Fablab:
    """Fablab de Caen, which offers « S’adapter » by a code."""
    web.issuer = Fablab()
    return web.issuer  # type: ignore[no-any-return]  # what it was just given


def brings(person: Person, fablab: Fablab, **more: str) -> str:
    """Where the page of its offer is, which somebody pasted."""
    answer = pasted(person, by_value(fablab.offer()), **more)
    assert answer.status_code == 303, words(answer.text)
    return str(answer.headers["location"])


def main(html: str) -> str:
    """The words of a page between its top and its foot."""
    return words(html.partition('<main id="main">')[2].partition("</main>")[0])


@pytest.mark.parametrize("door", [{}, {"scanned": "yes"}], ids=["pasted", "scanned"])
@pytest.mark.breadth
def test_maria_adds_what_was_offered_by_two_taps(maria: Person, fablab: Fablab, door: dict[str, str]) -> None:
    place = brings(maria, fablab, **door)
    assert fablab.asked == ["metadata", "server"], "GETs alone"
    assert {one.method for one in fablab.sent} == {"GET"}

    page = main(maria.page(place))
    assert "Ajouter ce badge ? « S’adapter » de « Fablab de Caen » Il vient de fablab.example Ajouter Non" in page

    added = maria.post(f"{place}/badges")
    assert (added.status_code, added.headers["location"]) == (303, "/badges/2?done=added")
    assert "C’est fait. Votre badge est ajouté." in maria.reads("/badges/2?done=added")
    assert fablab.asked.count("token") == 1


@pytest.mark.breadth
def test_somebody_without_a_wallet_has_half_an_hour(visitor: Person, fablab: Fablab) -> None:
    place = brings(visitor, fablab)
    assert "Ajouter ce badge ?" in visitor.reads(place)

    added = visitor.post(f"{place}/badges")

    assert (added.status_code, added.headers["location"]) == (303, "/badges")
    assert "Garder ce badge" in visitor.reads("/badges")
    assert visitor.makes_a_key().status_code == 200
    assert visitor.has() == [1]


@pytest.mark.parametrize("is_a_badge", [True, False])
def test_what_an_issuer_sends_to_visitors_of_one_network_has_an_end(
    visitor: Person, fablab: Fablab, monkeypatch: pytest.MonkeyPatch, *, is_a_badge: bool
) -> None:
    """Also what is no badge: it lay in a row of the database before anybody could look."""
    monkeypatch.setitem(BYTES, "visitor", Limit(1000, 1800))
    fablab.badges = {"adapt": of_fablab("adapt") if is_a_badge else "e30." + "x" * 2000 + ".x"}
    assert len(fablab.badges["adapt"]) > 1000
    first = visitor.post(f"{brings(visitor, fablab)}/badges")
    assert first.status_code == 422
    fablab.code = "d" * 16
    place = brings(visitor, fablab)
    fablab.asked.clear()

    second = visitor.post(f"{place}/badges")

    assert "Il n’y a plus de place pour les visiteurs" in words(second.text)
    assert fablab.asked == []


def test_looking_spends_and_keeps_nothing(maria: Person, fablab: Fablab) -> None:
    place = brings(maria, fablab)
    before, asked = everything(maria), list(fablab.asked)

    for path in (place, f"{place}/code", "/offre?" + by_value(fablab.offer()).partition("?")[2]):
        for method in ("GET", "HEAD"):
            assert maria.request(method, path).status_code < 400

    assert everything(maria) == before
    assert fablab.asked == asked


@pytest.mark.breadth
def test_a_second_tap_changes_nothing_and_says_the_same(maria: Person, visitor: Person, fablab: Fablab) -> None:
    for person in (maria, visitor):
        fablab.code, fablab.badges = "c" * 16, {"adapt": of_fablab(f"adapt-{id(person)}")}
        fablab.asked.clear()
        place = brings(person, fablab)
        first, second = (person.post(f"{place}/badges") for _ in range(2))

        assert first.status_code == second.status_code == 303
        assert first.headers["location"] == second.headers["location"]
        assert fablab.asked.count("token") == 1
        assert fablab.asked.count("credential") == 1


@pytest.mark.breadth
def test_a_tap_that_comes_when_the_issuer_was_told_says_the_same(maria: Person, fablab: Fablab, clock: Clock) -> None:
    place = brings(maria, fablab)
    first = maria.post(f"{place}/badges").headers["location"]
    clock.move(minutes=2)
    maria.services.make_later_badges().round()
    assert fablab.told == ["credential_accepted"]

    assert maria.post(f"{place}/badges").headers["location"] == first == "/badges/2?done=added"


@pytest.mark.parametrize("whose", ["maria", "visitor"])
def test_two_taps_at_once_are_one(request: pytest.FixtureRequest, fablab: Fablab, whose: str, app: Starlette) -> None:
    """Whoever was nobody is the same visitor by each answer: the browser keeps the cookie of the one that comes last."""
    person: Person = request.getfixturevalue(whose)
    place = brings(person, fablab)
    taps = [Person(app) for _ in range(4)]
    cookies = "; ".join(f"{one.name}={one.value}" for one in person.cookies.jar)

    with ThreadPoolExecutor() as at_once:
        answers = list(at_once.map(lambda tap: tap.post(f"{place}/badges", headers={"Cookie": cookies}), taps))

    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert fablab.asked.count("token") == 1
    if whose == "visitor":
        assert len({answer.cookies["wallet"] for answer in answers}) == 1
        assert all("Souder" in tap.reads("/badges") for tap in taps)


@pytest.mark.breadth
def test_a_badge_that_she_has_is_told_so(maria: Person, fablab: Fablab) -> None:
    maria.post(f"{brings(maria, fablab)}/badges")
    fablab.code = "d" * 16

    again = maria.post(f"{brings(maria, fablab)}/badges", follow_redirects=True)

    assert "Vous avez déjà ce badge." in words(again.text)
    assert len(maria.has()) == 2


def test_only_the_browser_that_was_shown_it_takes_it(maria: Person, youssef: Person, fablab: Fablab) -> None:
    place = brings(maria, fablab)
    (cookie,) = (one for one in maria.cookies.jar if one.name == "offer")
    assert (cookie.path, cookie.has_nonstandard_attr("HttpOnly")) == (place, True)

    for answer in (youssef.get(place), youssef.post(f"{place}/badges"), youssef.get(f"{place}/code")):
        assert answer.status_code == 404
        assert "Cette offre n’est plus ici" in words(answer.text)
        assert "S’adapter" not in words(answer.text)
    assert "token" not in fablab.asked


def test_another_language_is_chosen_on_each_of_its_pages(maria: Person, fablab: Fablab) -> None:
    fablab.tx_code = "4711"
    place = brings(maria, fablab)
    form = {"here": f"{place}/code", "code": "1"}

    (here,) = re.findall(r'name="next" value="([^"]*)"', maria.page(place))
    assert maria.get(here).status_code == 200
    for page in (maria.page(f"{place}/code"), maria.post(f"{place}/badges", data=form).text):
        (way,) = re.findall(r'formaction="(/language[^"]*)"', page)
        there = maria.post(unescape(way), data=form | {"step": "again"}, follow_redirects=True)
        assert (there.status_code, 'value="1"' in there.text) == (200, True)


def test_a_foreign_page_takes_nothing(maria: Person, fablab: Fablab) -> None:
    place = brings(maria, fablab)
    del maria.headers["Sec-Fetch-Site"]

    assert maria.post(f"{place}/badges", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert "token" not in fablab.asked


def test_after_half_an_hour_it_is_no_longer_here(maria: Person, fablab: Fablab, clock: Clock) -> None:
    place = brings(maria, fablab)
    clock.move(minutes=31)

    assert maria.get(place).status_code == 404
    answer = maria.post(f"{place}/badges")
    assert (answer.status_code, "token" in fablab.asked) == (404, False)
    assert "Nous gardons cette page 30 minutes, pas plus. Ouvrez encore le lien" in words(answer.text)


def test_the_code_of_the_issuer_is_asked_for_on_a_page_of_its_own(maria: Person, fablab: Fablab) -> None:
    fablab.tx_code = "4711"
    place = brings(maria, fablab)
    assert f'href="{place}/code"' in maria.page(place)

    page = maria.page(f"{place}/code")
    assert "Tapez le code de fablab.example L’organisme vous l’a donné." in main(page)
    assert "Ce code part chez fablab.example. Ne tapez jamais un code de votre banque." in main(page)
    assert 'autocomplete="off"' in page
    assert "one-time-code" not in page

    without = maria.post(f"{place}/badges", data={"code": "  "})
    assert "Tapez le code. L’organisme vous l’a donné." in words(without.text)
    assert "token" not in fablab.asked
    wrong = maria.post(f"{place}/badges", data={"code": "4712"})
    assert wrong.status_code == 422
    assert "Ce code n’est pas bon, ou il est trop vieux. Vérifiez-le, ou demandez-en un nouveau." in words(wrong.text)
    assert 'value="4712"' in wrong.text
    assert maria.post(f"{place}/badges", data={"code": "47 11"}).headers["location"] == "/badges/2?done=added"


@pytest.mark.parametrize(
    ("given", "typed"), [("4711", "٤٧ ١١"), ("471100", "471-100."), ("471100", "47\u201311\u201300"), ("A-47", "A-47")]
)
@pytest.mark.breadth(beside=["471100-47\\u201311\\u201300"])
def test_a_code_that_youssef_types_as_he_reads_or_writes_it_is_the_one_that_the_issuer_gave(
    youssef: Person, fablab: Fablab, given: str, typed: str
) -> None:
    """On an Arabic keyboard, or with the dash of the message: else his three tries are gone for digits that are the right ones."""
    fablab.tx_code = given
    place = brings(youssef, fablab)

    answer = youssef.post(f"{place}/badges", data={"code": typed})

    assert answer.status_code == 303, main(answer.text)


def test_a_code_that_has_served_is_not_asked_for_again(maria: Person, fablab: Fablab) -> None:
    fablab.tx_code = "4711"
    place = brings(maria, fablab)
    fablab.silent["credential"] = "timeout"
    silent = maria.post(f"{place}/badges", data={"code": "4711"})
    assert "L’organisme n’a pas répondu." in main(silent.text)
    fablab.silent = {}

    assert f'href="{place}/code"' in silent.text
    assert maria.get(f"{place}/code").headers["location"] == place
    assert f'action="{place}/badges"' in maria.page(place)
    other_language = {"code": "4711", "step": "again"}  # « English », on the page of before
    assert maria.post(f"{place}/badges", data=other_language).headers["location"] == place
    assert maria.post(f"{place}/badges").headers["location"] == "/badges/2?done=added"
    assert maria.post(f"{place}/badges", data=other_language).headers["location"] != "/badges/2?done=added"
    assert fablab.asked.count("token") == 1


def test_the_third_wrong_code_is_the_last(maria: Person, fablab: Fablab) -> None:
    fablab.tx_code = "4711"
    place = brings(maria, fablab)

    told = [maria.post(f"{place}/badges", data={"code": code}) for code in ("1", "2", "3")]

    assert [one.status_code for one in told] == [422, 422, 422]
    assert 'name="code"' in told[1].text
    assert 'name="code"' not in told[2].text
    assert "Ce code n’est pas bon, ou il est trop vieux." in main(told[2].text)
    over = maria.post(f"{place}/badges", data={"code": "4711"})
    assert (over.status_code, 'name="code"' in over.text, fablab.asked.count("token")) == (422, False, 3)
    assert "Demandez un nouveau code à l’organisme." in main(over.text)


def test_whoever_opens_it_again_and_again_tries_no_further_code(app: Starlette, fablab: Fablab) -> None:
    fablab.tx_code = "4711"

    told = list[int]()
    for _ in range(5):
        thief = Person(app)  # with the link, and without the code
        place = brings(thief, fablab)
        told += [thief.post(f"{place}/badges", data={"code": code}).status_code for code in ("1", "2", "3")]

    assert told == [422] * 12 + [429] * 3
    assert fablab.asked.count("token") == 12


@pytest.mark.breadth
def test_nobody_writes_a_code_while_somebody_is_back_without_a_key(
    maria: Person, fablab: Fablab, app: Starlette
) -> None:
    thief = Person(app)
    assert opens(thief, makes_a_paper(maria))
    fablab.tx_code = "4711"
    place = brings(thief, fablab)

    for answer in (thief.get(f"{place}/code"), thief.post(f"{place}/badges", data={"code": "4711"})):
        assert answer.status_code == 409
        assert "Il faut attendre" in words(answer.text)
    assert "token" not in fablab.asked


FAULTS = [
    ("metadata", (503, {}), "L’organisme n’a pas répondu. Votre code n’est pas perdu. Essayez encore dans 5 minutes."),
    ("metadata", (404, {}), SENTENCES["offer-other-apps"]),
    ("server", (200, {"issuer": "https://ailleurs.exemple"}), SENTENCES["offer-other-apps"]),
]
AFTER = [
    (
        "token",
        (400, {"error": "invalid_grant"}),
        "Ce badge a déjà été pris, ou le code est trop vieux. Demandez un nouveau code à l’organisme.",
    ),
    ("token", (401, {"error": "invalid_client"}), SENTENCES["offer-other-apps"]),
    ("credential", (400, {"error": "credential_request_denied"}), "L’organisme ne donne plus ce badge."),
    ("credential", (200, {"credentials": [{"credential": "bonjour"}]}), SENTENCES["offer-other-kind"]),
]


@pytest.mark.parametrize(("what", "instead", "told"), FAULTS)
def test_what_cannot_be_had_is_told_where_it_was_brought_and_nothing_is_spent(
    maria: Person, fablab: Fablab, what: str, instead: Any, told: str
) -> None:
    fablab.instead[what] = instead

    answer = pasted(maria, by_value(fablab.offer()))

    assert answer.status_code == 422
    assert told in words(answer.text)
    assert "token" not in fablab.asked


@pytest.mark.parametrize(("what", "instead", "told"), AFTER)
def test_what_did_not_come_is_told(maria: Person, fablab: Fablab, what: str, instead: Any, told: str) -> None:
    place = brings(maria, fablab)
    fablab.instead[what] = instead

    answer = maria.post(f"{place}/badges")

    assert answer.status_code == 422
    assert f"Aucun badge n’est ajouté {told}" in main(answer.text)
    assert "plus tard" not in main(answer.text)
    if "Essayez encore" not in told:
        assert f"Aucun badge n’est ajouté {told}" in main(maria.post(f"{place}/badges").text), "by a second tap, too"
    assert len(maria.has()) == 1


def test_who_had_no_answer_at_the_code_is_told_that_nobody_knows(maria: Person, fablab: Fablab) -> None:
    place = brings(maria, fablab)
    fablab.silent["token"] = "timeout"

    for _ in range(2):  # her phone heard nothing, and sends it again
        answer = maria.post(f"{place}/badges")

        assert answer.status_code == 422
        assert "L’organisme n’a pas répondu à temps. Nous ne savons pas si votre code a servi." in main(answer.text)
    assert fablab.asked.count("token") == 1


def test_whoever_looks_again_for_what_was_promised_sees_their_badges_when_it_came(
    maria: Person, fablab: Fablab, clock: Clock
) -> None:
    fablab.waits, fablab.interval = 1, 60
    promise = maria.post(f"{brings(maria, fablab)}/badges").headers["location"]
    for _ in range(2):
        clock.move(minutes=1)
        maria.services.make_later_badges().round()
    assert len(maria.has()) == 2

    assert maria.get(promise).headers["location"] == "/badges"


def test_what_the_issuer_makes_later_is_promised(maria: Person, visitor: Person, fablab: Fablab) -> None:
    fablab.waits, fablab.interval = 2, 60

    answer = maria.post(f"{brings(maria, fablab)}/badges", follow_redirects=True)

    assert answer.status_code == 200
    assert "L’organisme prépare votre badge. Il arrivera ici tout seul. Vous pouvez fermer cette page." in main(
        answer.text
    )
    fablab.code, fablab.waits = "e" * 16, 2
    answer = visitor.post(f"{brings(visitor, fablab)}/badges", follow_redirects=True)
    assert "Il arrivera ici tout seul. Mais il vous faut d’abord une clé." in main(answer.text)
    assert visitor.makes_a_key().status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "dccrequest://request?auth_type=bearer&challenge=7&vc_request_url=https%3A%2F%2Fcours.exemple.fr%2Fechange",
        "https://lcw.app/request?vc_request_url=https%3A%2F%2Fcours.exemple.fr%2Fechange",
    ],
)
def test_who_gives_by_an_exchange_is_asked_nothing_before_the_yes(maria: Person, web: IssuersWeb, text: str) -> None:
    answer = pasted(maria, text, scanned="yes")

    assert "Ajouter ce badge ? Un badge Il vient de cours.exemple.fr" in main(maria.page(answer.headers["location"]))
    assert web.asked == []


@pytest.mark.breadth
def test_several_badges_come_by_one_yes(maria: Person, fablab: Fablab) -> None:
    fablab.badges = {"adapt": of_fablab("adapt"), "souder": of_fablab("souder")}
    place = brings(maria, fablab)
    assert "Ajouter ces 2 badges ?" in maria.reads(place)

    maria.post(f"{place}/badges")

    assert len(maria.has()) == 3


def test_what_nobody_had_time_to_look_at_is_tried_again_and_comes(
    maria: Person, fablab: Fablab, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = brings(maria, fablab)
    with monkeypatch.context() as busy:
        busy.setattr(taking.badges, "import_file", lambda name, *_what: [ImportOutcome(name, "problem", "busy")])
        answer = maria.post(f"{place}/badges")

    assert answer.status_code == 422
    assert "Aucun badge n’est ajouté Beaucoup de gens ajoutent des badges. Essayez encore dans une minute." in main(
        answer.text
    )
    assert f'action="{place}/badges"' in answer.text
    maria.post(f"{place}/badges")
    assert len(maria.has()) == 2


def test_each_reason_has_its_sentence_and_later_is_said_where_later_helps(app: Starlette) -> None:
    pages = app.state.services.pages
    for reason in (told for one in get_args(Reason) for told in get_args(one)):
        said = main(pages.render("offers/failed.html", "fr", reason=reason))

        assert "Choisissez une image, un PDF" not in said, reason
        assert "plus tard" not in said, reason
        assert ("Essayez encore" in said) == (reason == "offer-no-answer"), reason
        assert "Error" not in main(pages.render("offers/failed.html", "en", reason=reason)), reason


def test_where_there_is_no_room_nothing_is_spent(
    maria: Person, fablab: Fablab, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = brings(maria, fablab)
    monkeypatch.setattr("wallet.web.intake.offers.why_full", lambda *_: "full")

    answer = maria.post(f"{place}/badges")

    assert answer.status_code == 413
    assert "Il n’y a plus de place pour vos badges." in words(answer.text)
    assert "token" not in fablab.asked


def test_whoever_has_as_many_badges_as_are_kept_spends_nothing(
    maria: Person, fablab: Fablab, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = brings(maria, fablab)
    monkeypatch.setattr("wallet.badges.badges.MOST_BADGES", len(has(maria)))

    answer = maria.post(f"{place}/badges")

    assert answer.status_code == 413
    assert "Vous avez trop de badges. Enlevez un badge, puis essayez encore." in words(answer.text)
    assert "token" not in fablab.asked


@pytest.mark.parametrize("whose", ["maria", "visitor"])
@pytest.mark.breadth
def test_a_second_tap_says_the_same_where_the_first_one_took_the_last_room(
    request: pytest.FixtureRequest, fablab: Fablab, monkeypatch: pytest.MonkeyPatch, app: Starlette, whose: str
) -> None:
    person: Person = request.getfixturevalue(whose)
    place, tap = brings(person, fablab), Person(app)
    cookies = "; ".join(f"{one.name}={one.value}" for one in person.cookies.jar)
    first = person.post(f"{place}/badges")
    assert first.status_code == 303
    monkeypatch.setattr("wallet.web.intake.offers.why_full", lambda *_: "visitors-full")

    second = tap.post(f"{place}/badges", headers={"Cookie": cookies})

    assert (second.status_code, second.headers["location"]) == (303, first.headers["location"])
    if whose == "visitor":
        assert "Souder" in tap.reads("/badges"), "the browser that hears the second answer alone is theirs"
