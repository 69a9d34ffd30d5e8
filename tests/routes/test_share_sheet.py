"""« Fiche compétences »: asked with the link and nothing else, set once, gone at the next request, and never too much for us."""

import re
from io import BytesIO
from typing import Any

import pypdf
import pytest
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.recordings import webm
from tests.fixtures.sheets import text_of
from tests.fixtures.visits import Clock, Person, Stranger, holder, signed
from tests.routes.test_evidence_snapshots import pair
from tests.routes.test_share_passcodes import Coded, types
from wallet.concurrency import Limit, Pool
from wallet.sandbox import sheet_setter
from wallet.sandbox.child import ChildBusy, NoAnswer
from wallet.web import rate_limits

SAMPLES = ("communiquer-1", "communiquer-2", "organiser-1", "organiser-2", "adapter-1", "adapter-2", "integrer-1",
           "integrer-2", "general")  # fmt: skip
ROBOT = "WhatsApp/2.23.20.0 A"
BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    return holder(app)


@pytest.fixture
@made_once
def link(sonia: Person) -> str:
    return sonia.link_of(sonia.shows(*sonia.has(), name="Sonia Martin"))


def sheet_of(who: Person, link: str, **more: Any) -> Any:
    return who.get(f"{link}/sheet.pdf", **more)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many sheets are set from now on."""
    calls, set_sheet = [], sheet_setter.set_sheet

    def once(*told: Any) -> bytes:
        calls.append(1)
        return set_sheet(*told)

    monkeypatch.setattr(sheet_setter, "set_sheet", once)
    return calls


@pytest.mark.breadth
def test_a_recruiter_takes_the_sheet_with_the_link_alone(recruiter: Stranger, link: str):
    answer = sheet_of(recruiter, link, headers=BROWSER)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'inline; filename="fiche-competences.pdf"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex, noarchive"
    assert "set-cookie" not in answer.headers
    assert "Sonia Martin" in text_of(answer.content)
    assert "Badge intact." in text_of(answer.content)


@pytest.mark.breadth
def test_it_is_in_the_language_of_whoever_asks(app: Starlette, link: str):
    assert "Today? Scan." in text_of(sheet_of(Stranger(app, language="en"), link).content)
    assert "Today? Scan." in text_of(sheet_of(Stranger(app), f"{link}", params={"lang": "en"}).content)


@pytest.mark.breadth
def test_sonias_words_are_on_it(app: Starlette, sonia: Person, recruiter: Stranger):
    badge = sonia.has()[0]
    moment = sonia.tells(badge, situation="work", facts="Une cliente cherchait le sucre.", me="Je l’ai menée au rayon.")
    link = sonia.link_of(sonia.shows(badge, moment=pair(badge, moment), name="Sonia"))
    text = text_of(sheet_of(recruiter, link).content)

    assert "Sonia raconte" in text
    assert "Une cliente cherchait le sucre." in text
    assert "Je l’ai menée au rayon." in text


@pytest.mark.breadth
def test_a_name_that_cannot_be_printed_leaves_no_hole_in_a_sentence(sonia: Person, recruiter: Stranger):
    badge = sonia.has()[0]
    moment = sonia.tells(badge, facts="Une cliente cherchait le sucre.")
    link = sonia.link_of(sonia.shows(badge, moment=pair(badge, moment), name="Sonia 王"))
    text = text_of(sheet_of(recruiter, link).content)

    assert "La personne raconte" in text
    assert "Sonia raconte" not in text


@pytest.mark.breadth
def test_her_voice_is_told_with_its_length(sonia: Person, recruiter: Stranger):
    badge = sonia.has()[0]
    moment = sonia.tells(badge, facts="Une cliente cherchait le sucre.")
    sonia.attaches(moment, ("voix.webm", webm(1_000)))
    link = sonia.link_of(sonia.shows(badge, moment=pair(badge, moment), name="Sonia"))
    answer = sheet_of(recruiter, link)

    assert answer.status_code == 200
    assert "Écoutez sa voix avec le QR code : 20 secondes." in text_of(answer.content).replace("\n", " ")


@pytest.mark.breadth
def test_nine_badges_without_a_register_have_no_gold_though_their_holder_confirmed_them_all(
    app: Starlette, recruiter: Stranger
):
    sonia = holder(app, *[(f"{name}.json", signed(name)) for name in SAMPLES])
    (newest,) = re.findall(r'name="newest" value="(\d+)"', sonia.page("/path"))
    assert "?done=all" in sonia.post("/path/counting", data={"newest": newest}).headers["location"]
    answer = sheet_of(recruiter, sonia.link_of(sonia.shows(*sonia.has(), name="Sonia")))
    text = text_of(answer.content)

    assert len(pypdf.PdfReader(BytesIO(answer.content)).pages) == 1
    assert "Bord doré" not in text
    assert "pas par nous" in text or "pas confirmé par nous" in text
    assert "0.949 0.745" not in _operators(answer.content), "no gold is painted"


def _operators(pdf: bytes) -> str:
    """What is painted on its page."""
    page = pypdf.PdfReader(BytesIO(pdf)).pages[0]
    drawn = [page.get_contents().get_data()]
    drawn += [one.get_object().get_data() for one in page["/Resources"].get("/XObject", {}).values()]
    return b" ".join(drawn).decode("latin-1")


@pytest.mark.breadth
def test_it_is_set_once_for_an_edition(recruiter: Stranger, link: str, monkeypatch: pytest.MonkeyPatch):
    calls = counted(monkeypatch)
    answers = {sheet_of(recruiter, link).content for _ in range(20)}

    assert len(answers) == 1
    assert len(calls) == 1


def test_a_stopped_share_has_no_sheet_at_the_next_request(sonia: Person, recruiter: Stranger, link: str):
    assert sheet_of(recruiter, link).status_code == 200
    sonia.post("/shares/1/stopping")
    closed = recruiter.get("/s/00000000000000000000000000/sheet.pdf")

    assert sheet_of(recruiter, link).status_code == 404
    assert sheet_of(recruiter, link).content == closed.content


def test_a_share_that_has_ended_has_no_sheet(recruiter: Stranger, link: str, clock: Clock):
    assert sheet_of(recruiter, link).status_code == 200
    clock.move(days=8)
    assert sheet_of(recruiter, link).status_code == 404


def test_a_badge_that_is_taken_away_is_on_no_sheet(app: Starlette, recruiter: Stranger):
    sonia = holder(app, ("a.json", signed("organiser-1")), ("b.json", signed("adapter-2")))
    one, other = sonia.has()
    link = sonia.link_of(sonia.shows(one, other))
    assert "2 badges" in text_of(sheet_of(recruiter, link).content)
    sonia.post(f"/badges/{one}/removal")

    assert "1 badge" in text_of(sheet_of(recruiter, link).content)
    sonia.post(f"/badges/{other}/removal")
    assert sheet_of(recruiter, link).status_code == 404


def test_robots_learn_that_there_is_something(recruiter: Stranger, link: str):
    answer = sheet_of(recruiter, link, headers={"user-agent": ROBOT})

    assert answer.headers["content-type"].startswith("text/html")
    assert "Sonia" not in answer.text


@pytest.mark.breadth
def test_it_asks_for_the_code_that_its_page_asks_for(sonia: Person, recruiter: Stranger):
    coded = Coded(sonia, name="Sonia")
    link, code = coded.link, coded.code
    assert sheet_of(recruiter, link).status_code == 404
    opened = types(recruiter, link, code)
    key = re.search(r"pass=([^\"&]+)", opened.text)
    assert key, opened.text
    answer = sheet_of(recruiter, link, params={"pass": key[1]})

    assert answer.status_code == 200
    assert "La personne vous dit le mot de passe." in text_of(answer.content)
    assert code not in text_of(answer.content)
    assert sheet_of(recruiter, link).status_code == 404, "what lies ready is for whoever may read it"


def test_too_many_sheets_of_one_share_are_told_to_wait(recruiter: Stranger, sonia: Person, link: str, monkeypatch):
    monkeypatch.setitem(rate_limits.STRICT, "sheet", Limit(1, 3600))
    assert sheet_of(recruiter, link).status_code == 200
    assert sheet_of(recruiter, link).status_code == 200, "one that lies ready is no other one"
    answer = sheet_of(recruiter, link, params={"lang": "en"})

    assert answer.status_code == 429
    assert answer.headers["retry-after"]


def test_a_full_room_is_told_in_words_and_is_no_fault_of_ours(
    recruiter: Stranger, link: str, app: Starlette, monkeypatch
):
    full = Pool(threads=0, of_one=0, queue=0, queue_of_one=0, lasts=2)
    app.state.services.pools = app.state.services.pools | {"sheets": full}
    answer = sheet_of(recruiter, link)

    assert answer.status_code == 429
    assert "Il y a trop de monde en ce moment." in answer.text
    assert recruiter.get(link).status_code == 200, "the page itself waits for nobody"


@pytest.mark.parametrize(("problem", "status"), [(ChildBusy, 429), (NoAnswer, 404)])
def test_a_child_that_gives_none_is_told_in_words(
    problem: type[Exception], status: int, recruiter: Stranger, link: str, monkeypatch
):
    def fails(*_: object) -> bytes:
        raise problem

    monkeypatch.setattr(sheet_setter, "set_sheet", fails)
    answer = sheet_of(recruiter, link)

    assert answer.status_code == status
    assert "<h1" in answer.text


def test_sonia_finds_it_where_she_sends_her_badges(sonia: Person, link: str):
    assert 'href="/shares/1/send"' in sonia.page("/shares/1")
    page = sonia.page("/shares/1/send")

    assert 'href="/shares/1/sheet"' in page
    assert "Fiche compétences" in page
    assert "Sonia Martin" in text_of(sonia.get("/shares/1/sheet", follow_redirects=True).content)


@pytest.mark.breadth
def test_sonia_needs_no_code_for_her_own(sonia: Person):
    Coded(sonia, name="Sonia")

    assert "Sonia" in text_of(sonia.get("/shares/1/sheet", follow_redirects=True).content)


def test_somebody_else_is_led_nowhere(app: Starlette, sonia: Person, link: str):
    assert holder(app).get("/shares/1/sheet").status_code == 404
    sonia.post("/shares/1/stopping")
    assert sonia.get("/shares/1/sheet", follow_redirects=False).headers["location"] == "/shares/1/details"


def test_one_that_lies_ready_waits_for_nobody(app: Starlette, recruiter: Stranger, link: str):
    first = sheet_of(recruiter, link)
    app.state.services.pools = {}
    again = sheet_of(recruiter, link)

    assert again.status_code == 200
    assert again.content == first.content
    assert dict(again.headers) == dict(first.headers)
