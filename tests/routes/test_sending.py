"""A share is handed on: its message, the block for a CV, the picture of its code, and one badge on LinkedIn."""

import re
from html import unescape
from io import BytesIO
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import zxingcpp
from PIL import Image
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.sheets import read, text_of
from tests.fixtures.visits import Person, Stranger, holder, signed, words
from wallet.badges.models import KeptBadge
from wallet.concurrency import Pool
from wallet.sandbox import sheet_setter
from wallet.sandbox.child import ChildBusy, NoAnswer

ORIGIN = "http://localhost:8000"
ARABIC = "سونيا مارتن"
SIXTY = "Maria-Magdalena de la Concepción Wolfeschlegelsteinhausenber"


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    return holder(app, ("a.json", signed("organiser-1")), ("b.json", signed("adapter-2")))


@pytest.fixture
@made_once
def share(sonia: Person) -> str:
    return sonia.shows(*sonia.has(), name="Sonia Martin")


def leading_to(page: str, start: str) -> str:
    """The one address of *page* that begins so."""
    (found,) = {unescape(one) for one in re.findall(r'href="([^"]*)"', page) if one.startswith(start)}
    return found


def text_sent(page: str) -> str:
    """What WhatsApp is given, and an SMS too, and an e-mail."""
    sent = unquote(leading_to(page, "https://wa.me/?text=").partition("?text=")[2])
    assert unquote(leading_to(page, "sms:").partition("?&body=")[2]) == sent
    assert unquote(leading_to(page, "mailto:").partition("&body=")[2]) == sent.replace("\n", "\r\n")
    return sent


def test_a_share_of_which_no_badge_is_left_says_so_and_is_not_offered_to_be_sent(sonia: Person) -> None:
    """Sonia removed the badge that she had shown: at the counter she reads so before the employer does."""
    first, _ = sonia.has()
    share = sonia.shows(first)
    sonia.post(f"/badges/{first}/removal")

    for path in (share, "/shares", f"{share}/details"):
        assert "Ce partage ne montre plus aucun badge. Choisissez-en d’autres, ou arrêtez-le." in sonia.reads(path), (
            path
        )
        assert f'href="{share}/editing"' in sonia.page(path), path
        assert f'href="{share}/send"' not in sonia.page(path), "it leads nowhere"


def test_the_sentence_is_ready_and_goes_by_plain_links(sonia: Person, share: str):
    page = sonia.page(f"{share}/send")

    assert text_sent(page) == f"Bonjour, c’est Sonia Martin. Voici mes 2 badges.\n{ORIGIN}{sonia.link_of(share)}"
    assert "subject=Les%20badges%20de%20Sonia%20Martin&" in leading_to(page, "mailto:")
    assert f'href="{share}/send"' in sonia.page(share)
    assert f'href="{share}/send"' in sonia.page("/shares")
    for start in ("https://wa.me", "sms:", "mailto:"):
        link = next(one for one in re.findall(r"<a\b[^>]*>", page) if f'href="{start}' in one)
        assert 'rel="noreferrer"' in link
        assert "data-sends" in link, "what she types goes by each of them"
        assert "target" not in link


def test_another_sentence_works_without_a_script(sonia: Person, share: str):
    odd = 'Bonjour Zoë « & + # % ? = » "O\'Brien" <b>😀</b> سونيا'
    page = sonia.get(f"{share}/send", params={"message": odd}).text

    assert text_sent(page) == f"{odd}\n{ORIGIN}{sonia.link_of(share)}"
    assert odd in unescape(page.partition("<textarea")[2].partition("</textarea>")[0])
    assert "<b>😀" not in page
    assert text_sent(sonia.get(f"{share}/send", params={"message": " "}).text) == ORIGIN + sonia.link_of(share)
    long = sonia.get(f"{share}/send", params={"message": "é\r\n" * 900}).text
    assert len(text_sent(long)) < 400


@pytest.mark.breadth
def test_a_sentence_of_several_lines_goes_whole_in_lines_of_a_letter(sonia: Person, share: str):
    sentence = "\r\n".join(["Bonjour,", "o" * 100, "o" * 100, "o" * 80 + " fin"])
    page = sonia.get(f"{share}/send", params={"message": sentence}).text
    by_mail = re.findall(r'href="mailto:[^"]*body=([^"]*)"', page)[0]

    assert "fin%0D%0A" in by_mail
    assert "%0D%0D" not in by_mail


@pytest.mark.parametrize("name", ["", ARABIC, SIXTY, 'A"><script>'])
def test_whoever_it_is_from(sonia: Person, name: str):
    share = sonia.shows(sonia.has()[0], name=name)
    sent = text_sent(sonia.page(f"{share}/send"))

    assert sent.startswith(f"Bonjour, c’est {name}. Voici mon badge." if name else "Bonjour. Voici mon badge.")


def test_a_secret_code_is_never_in_the_message(sonia: Person):
    share = sonia.shows(sonia.has()[0], name="Sonia", code="1")
    page = sonia.page(f"{share}/send")
    code = "".join(re.findall(r"<span>(\d{3})</span>", page))

    assert len(code) == 6
    assert code not in text_sent(page)
    assert "L’employeur aura besoin de ce mot de passe." in words(page)


def test_a_share_that_is_over_sends_nothing(sonia: Person, share: str, app: Starlette):
    sonia.post(f"{share}/stopping")

    assert sonia.get(f"{share}/send").headers["location"] == f"{share}/details"
    assert sonia.get(f"{share}/block").headers["location"] == f"{share}/details"
    assert {sonia.get(f"{share}/{name}").status_code for name in ("block.png", "block.pdf", "qr.png")} == {404}


def test_a_share_that_shows_no_badge_any_more_promises_none(sonia: Person, share: str):
    for id in sonia.has():
        sonia.post(f"/badges/{id}/removal")

    assert sonia.get(f"{share}/send").headers["location"] == f"{share}/details"
    assert sonia.reads(f"{share}/details").count("Vous l’avez enlevé depuis.") == 2


def test_the_block_of_a_share_is_for_print_and_says_how_long_it_works(sonia: Person, share: str):
    picture, paper = sonia.get(f"{share}/block.png"), sonia.get(f"{share}/block.pdf")
    drawn = Image.open(BytesIO(picture.content))

    assert picture.headers["content-disposition"].startswith('attachment; filename="bloc-cv-sonia.png"')
    assert paper.headers["content-disposition"].startswith('attachment; filename="bloc-cv-sonia.pdf"')
    assert (drawn.size, round(drawn.info["dpi"][0])) == ((2008, 591), 600)
    assert zxingcpp.read_barcodes(drawn, formats=zxingcpp.BarcodeFormat.QRCode)[0].text == ORIGIN + sonia.link_of(share)
    assert "Sonia Martin, 2 badges" in text_of(paper.content)
    assert "Ce QR code marche jusqu’au 1er décembre 2026." in text_of(paper.content)
    assert round(float(read(paper.content).pages[0].mediabox.width) / 72 * 25.4) == 85
    assert "Ce QR code marche jusqu’au 1er décembre 2026." in sonia.reads(f"{share}/block")
    assert Image.open(BytesIO(sonia.get(f"{share}/block.png?seen=1").content)).size == (669, 197)
    assert f'href="{share}/block?top=1"' in sonia.page(f"{share}/block")
    assert sonia.get(f"{share}/block.png?top=1").content != picture.content


@pytest.mark.breadth
def test_the_picture_of_the_code_bears_a_name_that_every_system_takes(sonia: Person):
    for name, called in [("Sonia Martin", "badges-sonia.png"), (ARABIC, "badges.png")]:
        share = sonia.shows(sonia.has()[0], name=name)
        answer = sonia.get(f"{share}/qr.png")
        assert answer.headers["content-disposition"].startswith(f'attachment; filename="{called}"')
        (code,) = zxingcpp.read_barcodes(Image.open(BytesIO(answer.content)), formats=zxingcpp.BarcodeFormat.QRCode)
        assert code.text == ORIGIN + sonia.link_of(share)


@pytest.mark.parametrize(("problem", "status"), [(ChildBusy, 429), (NoAnswer, 404)])
def test_what_cannot_be_set_is_told_and_the_code_is_given_bare(
    problem: type[Exception], status: int, sonia: Person, share: str, monkeypatch: pytest.MonkeyPatch
):
    def fails(*_: object) -> bytes:
        raise problem

    monkeypatch.setattr(sheet_setter, "set_as", fails)

    assert sonia.get(f"{share}/block.pdf").status_code == status
    picture = sonia.get(f"{share}/qr.png")
    assert picture.status_code == (200 if problem is NoAnswer else 429)
    assert problem is ChildBusy or zxingcpp.read_barcodes(
        Image.open(BytesIO(picture.content)), formats=zxingcpp.BarcodeFormat.QRCode
    )


def test_a_full_room_is_told_in_words(sonia: Person, share: str, app: Starlette):
    full = Pool(threads=0, of_one=0, queue=0, queue_of_one=0, lasts=2)
    app.state.services.pools = app.state.services.pools | {"sheets": full}

    assert sonia.get(f"{share}/block.png").status_code == 429
    assert sonia.get(f"{share}/send").status_code == 200


def test_where_my_page_is_off_linkedin_asks_for_it_first_and_one_tap_turns_it_on(sonia: Person, recruiter: Stranger):
    one, other = sonia.has()
    asked = sonia.page(f"/badges/{one}/elsewhere")
    assert "linkedin.com" not in asked
    assert "Elle montrera ce badge. Elle ne montre pas vos moments racontés." in words(asked)

    done = sonia.post("/page/badges", data={"badge": str(one), "then": "elsewhere"})

    assert done.headers["location"] == f"/badges/{one}/elsewhere"
    page = sonia.page(f"/badges/{one}/elsewhere")
    told = parse_qs(urlsplit(leading_to(page, "https://www.linkedin.com/")).query)
    assert told["startTask"] == ["CERTIFICATION_NAME"]
    assert told["organizationName"] == ["Organisme d’essai"]
    assert (told["issueYear"], told["issueMonth"]) == (["2026"], ["10"])
    assert told["certId"][0].startswith("urn:uuid:")
    assert recruiter.get(urlsplit(told["certUrl"][0]).path).status_code == 200
    assert f'href="{told["certUrl"][0]}"' in page, "she sees what it opens"
    assert "linkedin.com" not in sonia.page(f"/badges/{other}/elsewhere"), "a badge that my page does not show"


def test_what_linkedin_opens_is_that_badge_alone_without_a_word_of_hers(sonia: Person, recruiter: Stranger):
    one, other = sonia.has()
    moment = sonia.tells(one, situation="work", facts="Une cliente cherchait le sucre.", me="Je l’ai menée au rayon.")
    sonia.post("/page/badges", data={"badge": [str(one), str(other)], "then": "elsewhere"})
    page = sonia.page(f"/badges/{one}/elsewhere")
    path = urlsplit(parse_qs(urlsplit(leading_to(page, "https://www.linkedin.com/")).query)["certUrl"][0]).path
    alone = recruiter.get(path)
    token = path.split("/")[2]

    assert path.endswith("/alone")
    assert moment
    assert "sucre" not in alone.text
    links = set(re.findall(rf'(?:href|action)="(/s/{token}[^"]*)"', alone.text))
    assert links == {f"/s/{token}/reports"}, "nothing leads on to the rest"
    assert alone.headers["x-robots-tag"] == "noindex, noarchive"
    assert "set-cookie" not in alone.headers
    sonia.post("/page/visibility", data={"visible": "off"})
    assert recruiter.get(path).status_code == 404, "closed with the page"


def test_a_tap_more_puts_a_badge_beside_what_stands_on_my_page(sonia: Person, recruiter: Stranger):
    one, other = sonia.has()
    sonia.post("/page/badges", data={"badge": str(one), "then": "elsewhere"})
    before = leading_to(sonia.page(f"/badges/{one}/elsewhere"), "https://www.linkedin.com/")
    sonia.post("/page/visibility", data={"visible": "off"})
    assert "Elle est éteinte. Elle garde son badge." in sonia.reads(f"/badges/{other}/elsewhere")

    sonia.post("/page/badges", data={"badge": str(other), "then": "elsewhere"})

    assert leading_to(sonia.page(f"/badges/{one}/elsewhere"), "https://www.linkedin.com/") == before, (
        "its address stays"
    )
    assert "linkedin.com" in sonia.page(f"/badges/{other}/elsewhere")


@pytest.mark.parametrize("badge", ["", "999", "x", ["1", "999"]])
def test_what_is_not_hers_turns_nothing_on(sonia: Person, badge: object):
    answer = sonia.post("/page/badges", data={"badge": badge, "then": "elsewhere"}, follow_redirects=True)

    assert answer.status_code in {200, 404}
    assert "D’abord\u00a0: Ma page" in sonia.page("/page/block")


def test_whoever_removed_a_badge_in_another_tab_chooses_on_my_page(sonia: Person):
    ids = re.findall(r'name="badge" value="(\d+)"', sonia.page("/page/block"))
    sonia.post(f"/badges/{ids[0]}/removal")

    answer = sonia.post("/page/badges", data={"badge": ids, "then": "block"}, follow_redirects=True)

    assert answer.status_code == 200
    assert "Allumer ma page" in answer.text


def test_the_block_leads_to_my_page_which_is_asked_for_first(sonia: Person, share: str, recruiter: Stranger):
    asked = sonia.page(f"/page/block?share={share.rpartition('/')[2]}")
    assert sonia.get("/page/block.png").headers["location"] == "/page/block"
    ids = re.findall(r'name="badge" value="(\d+)"', asked)
    assert len(ids) == 2

    assert sonia.post("/page/badges", data={"badge": ids, "then": "block"}).headers["location"] == "/page/block"

    assert "Le QR code mène à Ma page." in sonia.reads("/page/block")
    code = zxingcpp.read_barcodes(
        Image.open(BytesIO(sonia.get("/page/block.png").content)), formats=zxingcpp.BarcodeFormat.QRCode
    )[0].text
    assert recruiter.get(urlsplit(code).path).status_code == 200
    assert "marche jusqu’au" not in text_of(sonia.get("/page/block.pdf").content)


@pytest.mark.parametrize("state", ["revoked", "invalid", "unreadable"])
@pytest.mark.breadth
def test_what_became_of_no_worth_on_my_page_is_added_to_no_profile(app: Starlette, state: str):
    sonia = holder(app)
    (one,) = sonia.has()
    sonia.post("/page/badges", data={"badge": str(one), "then": "elsewhere"})
    assert "linkedin.com" in sonia.page(f"/badges/{one}/elsewhere")
    with sonia.services.database.writing() as session:
        session.get_one(KeptBadge, one).state = state

    assert "linkedin.com" not in sonia.page(f"/badges/{one}/elsewhere")


@pytest.mark.breadth
def test_a_badge_that_was_changed_is_put_nowhere(app: Starlette):
    forged = holder(app, ("a.json", signed("organiser-1").replace(b"Organiser", b"Diriger ")))
    (one,) = forged.has()

    page = forged.page(f"/badges/{one}/elsewhere")

    assert "D’abord" not in page
    assert "linkedin.com" not in page
