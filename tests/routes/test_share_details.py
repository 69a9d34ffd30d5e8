"""The pages behind the page of a share: one badge, or one story, for whoever was given the link, and for nobody else."""

import json
import re
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.photos import photo
from tests.fixtures.recordings import mp3
from tests.fixtures.screens import pages
from tests.fixtures.screens_cards import badge
from tests.fixtures.screens_shown import one_badge
from tests.fixtures.statements import asked_of
from tests.fixtures.visits import Clock, Person, Stranger, holder, signed, words
from tests.routes.test_evidence_snapshots import pair
from tests.routes.test_share_passcodes import Coded, coded, sonia, types  # noqa: F401  # fixtures

ROBOT = {"User-Agent": "WhatsApp/2.23.20.0 A"}
PLACES = ("badges/0", "told/1")
NOWHERE = ("badges/7", "badges/999999999", "told/7")


def as_sent(answer: Any) -> tuple[int, bytes, str]:
    """All that an answer tells."""
    return answer.status_code, answer.content, json.dumps(sorted(answer.headers.items()))


@pytest.fixture
@made_once
def share(sonia: Person) -> str:  # noqa: F811
    """What Sonia shows: two badges, and a story with the first."""
    first, second = sonia.has()
    moment = sonia.tells(
        first, facts="Un client criait.\n\nJe l’ai écouté.", sentence="J’ai calmé un client.", place="Port"
    )
    sonia.attaches(moment, ("photo.jpg", photo("JPEG")), ("preuve.pdf", b"%PDF-1.7 preuve"))
    return sonia.shows(first, second, name="Sonia", moment=pair(first, moment))


@pytest.fixture
@made_once
def link(sonia: Person, share: str) -> str:  # noqa: F811
    return sonia.link_of(share)


@pytest.mark.breadth
def test_one_badge_tells_all_that_others_may_read_of_it(sonia: Person, link: str, recruiter: Stranger) -> None:  # noqa: F811
    page = recruiter.page(f"{link}/badges/0")
    told = words(page.partition("<body")[2])

    name = words(re.findall(r"<h1[^>]*>(.*?)</h1>", page)[0])
    assert name in ("Communiquer", "S’adapter")
    for said in (
        "Badge intact",
        "Donné le",
        "Donné à",
        "Comment c’est jugé",
        "Ce que nous avons vérifié",
        "Détails techniques",
    ):
        assert said in told
    assert "je pratique" not in told
    assert f'href="{link}"' in page, "the way back"
    assert f'href="{link}/files/0"' in page
    assert recruiter.get(f"{link}/files/0").status_code == 200


@pytest.mark.breadth
def test_machine_words_are_in_the_technical_details_alone(link: str, recruiter: Stranger) -> None:
    seen, _, asked = recruiter.page(f"{link}/badges/0").partition("<body")[2].partition('<details class="fold">')

    for word in ("did:", "z6Mk", "Open Badges", "eddsa"):
        assert word not in words(seen)
    assert "Open Badges 3.0" in words(asked)
    assert "did:key:" in words(asked)


@pytest.mark.breadth
def test_the_other_badges_of_the_skill_are_a_tap_away(app: Starlette, recruiter: Stranger) -> None:
    paul = holder(app, *((f"{one}.json", signed(one)) for one in ("communiquer-1", "communiquer-2", "organiser-1")))
    link = paul.link_of(paul.shows(*paul.has(), name="Paul"))
    pages = {place: recruiter.page(f"{link}/badges/{place}") for place in range(3)}
    names = {place: words(re.findall(r"<h1[^>]*>(.*?)</h1>", page)[0]) for place, page in pages.items()}

    for place, page in pages.items():
        alike = {other for other, name in names.items() if name == names[place] and other != place}
        assert {int(one) for one in re.findall(rf'href="{link}/badges/(\d)"', page)} == alike
        assert f'href="{link}/badges' not in recruiter.page(f"{link}/badges/{place}/alone"), (
            "where it was put by itself"
        )
    assert sorted(names.values()) == ["Communiquer", "Communiquer", "Organiser"]


def test_of_the_other_badges_of_the_skill_each_that_does_not_hold_says_so() -> None:
    others = [badge(state, id=id) for id, state in enumerate(("valid", "revoked", "expired", "site"))]
    page = pages().render("open_share/badge.html", "fr", **one_badge(badge(), *others))

    told = [words(one) for one in re.findall(r'<a class="row-link"[^>]*/badges/[^>]*>(.*?)</a>', page, re.DOTALL)]

    states = [next((word for word in ("Retiré", "Expiré") if word in one), "") for one in told]
    assert states == ["", "Retiré", "Expiré", ""]


def test_one_story_is_told_whole_without_the_questions(link: str, recruiter: Stranger) -> None:
    page = recruiter.page(f"{link}/told/1")
    told = words(page.partition("<body")[2])

    assert "« J’ai calmé un client. »" in words(re.findall(r"<h1[^>]*>(.*?)</h1>", page)[0])
    assert "Sonia raconte Au travail, Port" in told
    assert re.findall(r'<p class="said" dir="auto">([^<]*)</p>', page) == ["Un client criait.", "Je l’ai écouté."]
    assert "Que s’est-il passé" not in told
    assert "Ce sont ses mots. Personne ne les a vérifiés." in told
    assert "Ces fichiers n’ont pas été vérifiés." in told
    assert recruiter.get(re.findall(rf'src="({link}/told/1/0/picture)"', page)[0]).status_code == 200
    assert recruiter.get(re.findall(rf'href="({link}/told/1/1)"', page)[0]).content == b"%PDF-1.7 preuve"


@pytest.mark.breadth
def test_a_voice_is_played_without_a_script_and_can_be_taken(sonia: Person, recruiter: Stranger) -> None:  # noqa: F811
    (first, _) = sonia.has()
    moment = sonia.tells(first, facts="Bonjour.")
    sonia.attaches(moment, ("voix.mp3", mp3()))
    link = sonia.link_of(sonia.shows(first, name="Sonia", moment=pair(first, moment)))
    page = recruiter.page(f"{link}/told/1")

    (address,) = re.findall(r'<audio controls preload="none" src="([^"]+)"', page)
    assert "<script" not in page
    assert f'href="{address}"' in page, "who cannot play it takes it"
    assert "Vous n’entendez rien ? Votre navigateur ne sait pas lire ce son. Prendre le son" in words(page)
    assert recruiter.get(address).status_code == 200


@pytest.mark.parametrize("below", PLACES)
@pytest.mark.breadth
def test_it_has_the_headers_of_the_page_no_cookie_and_no_script(link: str, recruiter: Stranger, below: str) -> None:
    page, one = recruiter.get(link), recruiter.get(f"{link}/{below}")

    own = {"content-length", "link", "vary"}
    assert {k: v for k, v in one.headers.items() if k not in own} == {
        k: v for k, v in page.headers.items() if k not in own
    }
    assert "set-cookie" not in one.headers
    assert one.headers["x-robots-tag"] == "noindex, noarchive"
    assert "<script" not in one.text
    assert 'name="robots" content="noindex, noarchive"' in one.text
    head = one.text.partition("</head>")[0]
    assert "Sonia" not in head
    assert "Communiquer" not in head


@pytest.mark.parametrize("below", PLACES)
def test_a_robot_is_drawn_the_preview_of_the_page_and_its_button_leads_to_it(
    link: str, recruiter: Stranger, below: str
) -> None:
    page, one = recruiter.get(link, headers=ROBOT).text, recruiter.get(f"{link}/{below}", headers=ROBOT).text

    assert one.replace(f' action="{link}"', "") == page
    assert recruiter.post(link, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


@pytest.mark.breadth
def test_what_is_not_there_stopped_ended_or_unknown_is_the_one_closed_page(
    sonia: Person,  # noqa: F811
    share: str,
    link: str,
    recruiter: Stranger,
    clock: Clock,
) -> None:
    other = sonia.link_of(sonia.shows(sonia.has()[0], days="30"))
    closed = as_sent(recruiter.get(f"/s/{'0' * 26}"))
    assert closed[0] == 404
    for below in (*PLACES, *NOWHERE):
        assert as_sent(recruiter.get(f"/s/{'0' * 26}/{below}")) == closed
    assert [recruiter.get(f"{link}/{below}").status_code for below in PLACES] == [200, 200]
    assert as_sent(recruiter.get(f"{other}/told/1")) == closed, "a story of another share"
    for below in NOWHERE:
        assert as_sent(recruiter.get(f"{link}/{below}")) == closed
    sonia.post(f"{share}/stopping")
    for below in PLACES:
        assert as_sent(recruiter.get(f"{link}/{below}")) == closed, "stopped"
    assert recruiter.get(f"{other}/badges/0").status_code == 200
    clock.move(days=31)
    assert as_sent(recruiter.get(f"{other}/badges/0")) == closed, "ended"


def test_a_story_that_is_taken_away_is_gone_at_the_next_request(
    sonia: Person,  # noqa: F811
    link: str,
    recruiter: Stranger,
) -> None:
    assert recruiter.get(f"{link}/told/1").status_code == 200
    sonia.post("/evidence/1/removal")

    assert recruiter.get(f"{link}/told/1").status_code == 404


@pytest.mark.breadth
def test_where_a_code_is_asked_for_the_pass_opens_it_and_goes_along(
    coded: Coded,  # noqa: F811
    recruiter: Stranger,
    clock: Clock,
) -> None:
    key = re.findall(r'badges/0\?pass=([^"&]+)', types(recruiter, coded.link, coded.code).text)[0]
    closed = as_sent(recruiter.get(f"/s/{'0' * 26}"))
    for given in ("", "?pass=", "?pass=x", f"?pass={key}0"):
        assert as_sent(recruiter.get(f"{coded.link}/badges/0{given}")) == closed

    page = recruiter.page(f"{coded.link}/badges/0?pass={key}")

    addresses = re.findall(rf'(?:href|src)="({coded.link}/(?:files|pictures|badges|reports)[^"]*)"', page)
    assert [address for address in addresses if f"pass={key}" in address] == addresses != []
    (other,) = re.findall(r'href="(\?[^"]*lang=en)"', page)
    assert "One badge in detail" in recruiter.page(f"{coded.link}/badges/0{other.replace('&amp;', '&')}")
    assert page.count(f'<input type="hidden" name="pass" value="{key}">') == 2, "both ways back"
    clock.move(minutes=15)
    assert recruiter.get(f"{coded.link}/badges/0?pass={key}").status_code == 403


def test_nobody_is_counted_there(sonia: Person, share: str, link: str, recruiter: Stranger) -> None:  # noqa: F811
    for below in PLACES:
        page = recruiter.page(f"{link}/{below}")
        assert "view-beacon" not in page
    assert "/openings" not in page
    with sonia.services.database.reading() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM openings").scalar() == 0


@pytest.mark.parametrize("below", PLACES)
def test_it_asks_the_database_no_more_than_the_page_does(
    sonia: Person,  # noqa: F811
    link: str,
    recruiter: Stranger,
    below: str,
) -> None:
    database = sonia.services.database
    counts: dict[str, list[int]] = {}
    for path in (link, f"{link}/{below}"):
        for _ in range(2):  # made, then kept
            with asked_of(database) as asked:
                recruiter.page(path)
            counts.setdefault(path, []).append(len(asked))

    made, kept = counts[f"{link}/{below}"]
    assert made <= counts[link][0], "the first of all read the registers, too"
    assert kept == counts[link][1] == 1


@pytest.mark.breadth
def test_a_new_look_at_a_badge_is_seen_at_the_next_request(app: Starlette, recruiter: Stranger, clock: Clock) -> None:
    maria = holder(app, ("a.json", signed()))
    link = maria.link_of(maria.shows(*maria.has(), name="Maria"))
    assert "Vérifié aujourd’hui" in recruiter.reads(f"{link}/badges/0")
    clock.move(days=1)
    assert "aujourd’hui" not in recruiter.reads(f"{link}/badges/0")
    maria.post(f"/badges/{maria.has()[0]}/verifications")

    assert "Vérifié aujourd’hui" in recruiter.reads(f"{link}/badges/0")


def test_a_badge_of_another_name_is_never_told_as_valid_alone(app: Starlette, recruiter: Stranger) -> None:
    maria = holder(app, ("a.json", signed()))
    first, others = maria.has()[0], maria.shows(*maria.has(), name="Kévin Dupont")

    told = recruiter.reads(f"{maria.link_of(others)}/badges/0")

    assert "autre nom" in told
    assert "Un nom peut changer." in told
    assert "autre nom" not in recruiter.reads(f"{maria.link_of(maria.shows(first, name='Sonia'))}/badges/0")
