"""« Ma page »: off until it is wanted, one address that stays, one switch a thing, and nobody sees what is off."""

import re
import zlib
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from tests.fixtures.made_once import has, made_once
from tests.fixtures.photos import CANARY, photo, scene
from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.screens import pages
from tests.fixtures.screens_lasting_page import OFF, PAGE, SCREENS_OF_LASTING_PAGE, page
from tests.fixtures.visits import Clock, Person, Stranger, holder, signed, words
from tests.routes.test_recovery import stopping
from tests.routes.test_recovery_codes import makes_a_paper, opens
from tests.routes.test_replies import FROM_THE_PAGE, YANN
from tests.routes.test_share_editing import withdraws
from tests.routes.test_to_whom import given_to
from tests.sandbox.test_pictures import chunk, png
from wallet.accounts.photos import Photo
from wallet.shares.abuse_reports import list_reports, stop_reported_share
from wallet.shares.models import NO_END, Share
from wallet.web.rate_limits import HOUR, STRICT, Limit

THREE = ("communiquer-1", "adapter-2", "organiser-1")
UNKNOWN = "/s/0123456789ABCDEFGHJKMNPQRS"


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    """Sonia, who keeps three badges and has no page."""
    return holder(app, *((f"{name}.json", signed(name)) for name in THREE))


@made_once
def begins(person: Person, *ids: int, **choice: str) -> str:
    """« Allumer ma page », with these badges, or all: the path of its link."""
    made = person.post("/page", data={"badge": [str(id) for id in ids or person.has()], **choice})
    assert made.status_code == 303, words(made.text)
    return link_of(person)


def link_of(person: Person) -> str:
    """The path of the link that the page of *person* has now."""
    found = re.search(r'href="(/s/[0-9A-Z]{26})"', person.page("/page"))
    assert found, "it is off"
    return found[1]


def switches(person: Person) -> dict[str, bool]:
    """Each switch of the page, by its id, and whether it is on."""
    found = re.findall(r'id="([a-z0-9-]+)" aria-pressed="(true|false)"', person.page("/page"))
    return {id: state == "true" for id, state in found}


def turns(person: Person, value: str) -> int:
    """Touches the switch that sends *value*: the status of the answer."""
    return int(person.post("/page/switches", data={"turn": value}).status_code)


def shown_to(stranger: Person, link: str) -> set[str]:
    """Which of the three badges a stranger reads at *link*."""
    told = stranger.reads(link)
    return {name for name, word in zip(THREE, ("Communiquer", "S’adapter", "Organiser"), strict=True) if word in told}


def test_nobody_has_a_page_before_they_turn_it_on(sonia: Person, recruiter: Stranger, app: Starlette):
    page = sonia.page("/page")

    assert "Allumer ma page" in page
    assert 'action="/page"' in page
    assert page.count('name="badge"') == page.count(" checked>") == 3
    with app.state.services.database.reading() as session:
        assert session.scalars(select(Share)).all() == []

    link = begins(sonia)

    assert shown_to(recruiter, link) == set(THREE)
    assert "noindex" in recruiter.page(link)


def test_who_ticked_no_badge_sees_the_boxes_to_tick(sonia: Person):
    assert '<details class="fold">' in sonia.page("/page")

    answer = sonia.post("/page")

    assert (answer.status_code, answer.text.count('<details class="fold" open>')) == (422, 1)
    assert "Choisissez un badge à montrer." in words(answer.text)


def test_whoever_comes_back_from_the_photo_before_there_is_a_page_sees_which_badges_are_ticked(sonia: Person):
    """What was unticked before is ticked again: nothing is kept of a page that is not there."""
    led = sonia.post("/sought", data={"sought": "vendeuse, Caen"}).headers["location"].partition("#")[0]

    assert '<details class="fold" open>' in sonia.page(led)
    begins(sonia)
    assert '<details class="fold" open>' not in sonia.page(led)


def test_it_has_no_end_and_no_page_tells_one(sonia: Person, recruiter: Stranger, app: Starlette, clock: Clock):
    sonia.post("/settings", data={"name": "Sonia Martin"})
    link = begins(sonia)
    with app.state.services.database.reading() as session:
        (share,) = session.scalars(select(Share)).all()
    assert share.ends_at == NO_END
    at = f"/shares/{share.id}"

    told = [
        recruiter.reads(link),
        *(sonia.reads(path) for path in ("/page", "/shares", at, f"{at}/details", f"{at}/page")),
    ]

    assert not any("9999" in one or "Prolonger" in one for one in told)
    assert "Page tenue par Sonia Martin. Mise à jour le" in told[0]
    assert "jusqu’au" not in told[0]
    assert "sans date de fin" in told[4]
    clock.move(days=4000)
    assert recruiter.get(link).status_code == 200


@pytest.mark.breadth
def test_two_taps_make_one_page(sonia: Person, app: Starlette):
    first = begins(sonia, has(sonia)[0])

    assert begins(sonia) == first, "the second one finds it"
    with app.state.services.database.reading() as session:
        assert len(session.scalars(select(Share)).all()) == 1


def test_it_is_called_on_only_while_it_is(sonia: Person):
    begins(sonia)
    assert "Votre page est allumée." in sonia.reads("/page?done=made")
    sonia.post("/page/visibility", data={"visible": "off"})

    late = sonia.post("/page", data={"badge": str(sonia.has()[0])}, follow_redirects=True)

    assert "Votre page est éteinte." in words(late.text)
    assert "Votre page est allumée." not in words(late.text)


@pytest.mark.breadth
def test_a_switch_changes_what_is_read_at_once_under_the_same_link(sonia: Person, recruiter: Stranger):
    link, ids = begins(sonia), has(sonia)
    assert shown_to(recruiter, link) == set(THREE)
    ready = recruiter.get(link).text

    assert turns(sonia, f"badges:{ids[0]}:off") == 303

    assert shown_to(recruiter, link) == set(THREE[:2])
    assert turns(sonia, f"badges:{ids[0]}:off") == turns(sonia, f"badges:{ids[0]}:on") == 303
    assert shown_to(recruiter, link) == set(THREE)
    assert recruiter.get(link).text.count("/badges/") == ready.count("/badges/")
    assert link_of(sonia) == link


@pytest.mark.breadth
def test_messages_have_a_switch_that_stays_whatever_else_is_turned(sonia: Person, recruiter: Stranger):
    link, (first, *_) = begins(sonia), has(sonia)
    assert "Répondre" in recruiter.reads(link)
    assert switches(sonia)["messages"]

    assert turns(sonia, "messages::off") == turns(sonia, f"badges:{first}:off") == 303

    assert not switches(sonia)["messages"]
    assert "Répondre" not in recruiter.reads(link)
    assert turns(sonia, "messages::on") == 303
    assert "Répondre" in recruiter.reads(link)


def test_one_badge_stays_and_all_of_an_issuer_turn_together(sonia: Person, recruiter: Stranger):
    link, ids = begins(sonia), has(sonia)
    all_of_them = ".".join(map(str, ids))
    refused = sonia.post("/page/switches", data={"turn": f"badges:{all_of_them}:off"})
    assert refused.status_code == 422
    assert "Il faut garder un badge sur votre page." in words(refused.text)
    assert shown_to(recruiter, link) == set(THREE), "nothing was lost"

    turns(sonia, f"badges:{ids[0]}.{ids[1]}:off")

    assert shown_to(recruiter, link) == {THREE[0]}
    assert "1 est montré." in sonia.reads("/page")
    turns(sonia, f"badges:{all_of_them}:on")
    assert shown_to(recruiter, link) == set(THREE)


def test_where_no_badge_is_left_nobody_is_told_that_too_much_is_chosen(sonia: Person):
    """All were removed in another tab: whatever is turned then, a badge comes first."""
    moment = sonia.tells(*has(sonia), sentence="J’ai calmé un client.").rpartition("/")[2]
    begins(sonia)
    for id in has(sonia):
        sonia.post(f"/badges/{id}/removal")

    for value in (f"moment:{moment}:on", f"moment:{moment}:off", "comment:1:on"):
        refused = sonia.post("/page/switches", data={"turn": value})
        assert refused.status_code == 422, value
        assert "Choisissez un badge à montrer." in words(refused.text), value
        assert "60 au plus" not in words(refused.text), value


def test_what_no_switch_sends_changes_nothing(sonia: Person, recruiter: Stranger):
    link = begins(sonia)

    for value in (
        *("", "badges", "badges:1", "badges:x:on", "badges::on"),
        *("wallet:1:on", "moment:999:on", "badges:99999999:on"),
    ):
        assert turns(sonia, value) == 303, value
        assert shown_to(recruiter, link) == set(THREE), value


def test_nobody_turns_what_is_somebody_elses(sonia: Person, youssef: Person, recruiter: Stranger):
    link, theirs = begins(sonia, has(sonia)[0]), youssef.has()[0]

    turns(sonia, f"badges:{theirs}:on")

    assert len(shown_to(recruiter, link)) == 1
    assert turns(youssef, f"badges:{theirs}:on") == 404, "who has no page has no switch"


def test_whoever_turns_on_a_badge_in_another_name_reads_so_where_they_do(app: Starlette):
    """As where a share is made: the employer reads it, and nobody sees their page beforehand."""
    awa = holder(app, given_to("Awa Ba"), given_to("Jean Roy", title="Caisse"))
    other, hers = awa.has()
    awa.post("/settings", data={"name": "Awa"})
    told = "1 badge est donné à un autre nom. Le nom : Jean Roy"

    assert told in awa.reads("/page"), "before it is turned on"
    begins(awa, hers)
    assert "autre nom" not in awa.reads("/page")
    turns(awa, f"badges:{other}:on")
    assert told in awa.reads("/page")


@pytest.mark.breadth
def test_a_new_badge_arrives_off_and_is_called_new(sonia: Person, recruiter: Stranger, clock: Clock):
    link = begins(sonia)
    clock.move(minutes=1)
    sonia.brings(("integrer-2.json", signed("integrer-2")))
    new = sonia.has()[0]

    assert switches(sonia)[f"badges-{new}"] is False
    assert "Nouveau. Le montrer ?" in sonia.reads("/page")
    assert "S’intégrer" not in recruiter.reads(link)

    turns(sonia, f"badges:{new}:on")

    assert "S’intégrer" in recruiter.reads(link)
    assert "Nouveau" not in sonia.reads("/page")


@pytest.mark.breadth
def test_off_is_the_one_404_and_on_again_the_same_address(sonia: Person, recruiter: Stranger):
    link = begins(sonia)
    nobody = recruiter.get(UNKNOWN)

    sonia.post("/page/visibility", data={"visible": "off"})

    closed = recruiter.get(link)
    assert (closed.status_code, closed.content) == (404, nobody.content)
    assert {name: value for name, value in closed.headers.items() if name != "date"} == {
        name: value for name, value in nobody.headers.items() if name != "date"
    }
    for form, data in {"reply": YANN, "verifications": {}, "reports": {"reason": "other"}}.items():
        late = recruiter.post(f"{link}/{form}", data=data, headers=FROM_THE_PAGE)
        assert (late.status_code, "Cette page n’existe plus." in words(late.text)) == (404, True), form
        assert form != "reply" or YANN["text"] in late.text, "what was typed stays"
    assert "Votre page est éteinte." in sonia.reads("/page")
    assert sonia.get("/page/address").headers["location"] == "/page", "what nobody sees needs no other address"
    assert "Ma page" in sonia.reads("/shares")
    assert "Enlever de la liste" not in sonia.reads("/shares")
    sonia.post("/page/visibility", data={"visible": "on"})
    assert recruiter.get(link).status_code == 200


@pytest.mark.breadth
def test_what_is_gone_keeps_her_from_nothing_and_what_was_withdrawn_is_not_ticked_but_can_be_turned_off(
    sonia: Person, recruiter: Stranger
):
    """Her phone still shows the page of before she removed one of the three in another tab."""
    first, second, third = has(sonia)
    sonia.post(f"/badges/{first}/removal")
    withdraws(sonia, second)
    asked = sonia.page("/page")
    assert re.findall(r'name="badge" value="(\d+)"( checked)?', asked) == [(str(third), " checked")]

    link = begins(sonia, first, third, 999_999)
    assert len(shown_to(recruiter, link)) == 1
    assert turns(sonia, f"badges:{first}:on") == 303
    assert len(shown_to(recruiter, link)) == 1
    assert f"badges-{second}" not in switches(sonia), "it is not offered"
    sonia.post(f"/badges/{first}/return")
    turns(sonia, f"badges:{first}:on")
    withdraws(sonia, third)
    assert switches(sonia)[f"badges-{third}"], "what others see can be turned off"
    assert turns(sonia, f"badges:{third}:off") == 303
    assert f"badges-{third}" not in switches(sonia)


@pytest.mark.breadth
def test_what_was_withdrawn_of_several_is_told_in_their_row_as_of_one_alone(sonia: Person):
    """Her page says it in red: she does not have to unfold « Choisir un par un » to know."""
    begins(sonia)
    withdraws(sonia, has(sonia)[1])

    (row,) = re.findall(r'id="badges-\d+-all".*?</button>', sonia.page("/page"), re.DOTALL)

    assert "Mes 3 badges" in words(row).replace("\u00a0", " ")
    assert "Retiré · 1" in words(row).replace("\u00a0", " ")


@pytest.mark.breadth
def test_what_it_shows_can_be_changed_while_it_is_off(sonia: Person, recruiter: Stranger):
    link, ids = begins(sonia), has(sonia)
    sonia.post("/page/visibility", data={"visible": "off"})

    assert turns(sonia, f"badges:{ids[0]}:off") == 303

    assert recruiter.get(link).status_code == 404
    sonia.post("/page/visibility", data={"visible": "on"})
    assert shown_to(recruiter, link) == set(THREE[:2])


def test_another_address_is_said_before_kills_the_old_one_and_keeps_all_else(sonia: Person, recruiter: Stranger):
    moment = sonia.tells(has(sonia)[0], sentence="J’ai aidé une cliente.", actions="Je l’ai écoutée.")
    link = begins(sonia, moment=moment.rpartition("/")[2])
    before = recruiter.reads(link)
    assert "J’ai aidé une cliente." in before
    asked = sonia.page("/page/address")
    assert "Les anciens QR codes ne marcheront plus." in asked
    of = re.search(r'name="of" value="(\d+)"', asked)
    assert of
    moved = sonia.post("/page/address", data={"of": of[1]})

    assert moved.headers["location"] == "/page?done=moved"
    assert link_of(sonia) != link
    assert recruiter.get(link).status_code == 404
    assert shown_to(recruiter, link_of(sonia)) == set(THREE)
    assert "J’ai aidé une cliente." in recruiter.reads(link_of(sonia))
    assert "Ma page, ancienne adresse" in sonia.reads("/shares")
    new = link_of(sonia)
    again = sonia.post("/page/address", data={"of": of[1]}, follow_redirects=True)
    assert "Votre page a changé entre-temps." in words(again.text), "the other tab saw the address of before"
    assert link_of(sonia) == new
    sonia.post(f"/shares/{of[1]}/return")
    assert recruiter.get(link).status_code == 404, "nothing brings the old address back"


@pytest.mark.breadth
def test_openings_are_counted_and_shown(sonia: Person, app: Starlette):
    link = begins(sonia)
    phone = Person(app, address="198.51.100.9")
    agent = "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"

    phone.post("/openings", data={"token": link.removeprefix("/s/")}, headers={"User-Agent": agent})

    assert "Ouverte 1 fois." in sonia.reads("/page")


@pytest.mark.breadth
def test_a_story_stays_as_it_was_shown_until_it_is_turned_anew(sonia: Person, recruiter: Stranger):
    ids = has(sonia)
    moment = sonia.tells(ids[0], sentence="Avant.", actions="Je l’ai écoutée.")
    number = moment.rpartition("/")[2]
    link = begins(sonia)
    assert "Avant." not in recruiter.reads(link)
    turns(sonia, f"moment:{number}:on")
    assert "Avant." in recruiter.reads(link)
    sonia.post(f"{moment}/answers/sentence", data={"text": "Après.", "key": "k2"})

    turns(sonia, f"badges:{ids[2]}:off")

    assert "Avant." in recruiter.reads(link)
    assert "Vous avez changé ce texte." in sonia.reads("/page")
    turns(sonia, f"moment:{number}:off")
    assert "Avant." not in recruiter.reads(link)
    turns(sonia, f"moment:{number}:on")
    assert "Après." in recruiter.reads(link)
    turns(sonia, f"badges:{ids[0]}:off")
    assert "Après." not in recruiter.reads(link)
    assert "Montrez d’abord son badge." in sonia.reads("/page")


@pytest.mark.breadth
def test_what_was_taken_off_a_story_leaves_nothing_to_turn_anew(sonia: Person, recruiter: Stranger):
    first, *_ = has(sonia)
    moment = sonia.tells(first, sentence="Avant.")
    sonia.attaches(moment, ("un.jpg", photo("JPEG")), ("deux.jpg", photo("JPEG", 3)))
    link = begins(sonia, first, moment=moment.rpartition("/")[2])
    assert recruiter.page(link).count("/picture") == 2

    sonia.post(f"{moment}/attachments/1/removal")

    assert recruiter.page(link).count("/picture") == 1
    assert "Vous avez changé ce texte." not in sonia.reads("/page")
    sonia.attaches(moment, ("trois.jpg", photo("PNG")))
    assert "Vous avez changé ce texte." in sonia.reads("/page")


def test_a_story_that_speaks_of_another_badge_now_stays_where_it_is_shown_and_can_be_turned_off(
    sonia: Person, recruiter: Stranger
):
    first, second, third = has(sonia)
    moment = sonia.tells(first, sentence="Avant.")
    story = f"moment-{moment.rpartition('/')[2]}"
    link = begins(sonia, first, third)
    turns(sonia, f"{story.replace('-', ':')}:on")
    sonia.post(f"{moment}/badges", data={"badge": str(second)})

    assert ("Avant." in recruiter.reads(link), switches(sonia)[story]) == (True, True)
    turns(sonia, f"badges:{third}:off")
    assert sonia.post("/settings", data={"name": "Soso"}).status_code == 303
    assert ("Avant." in recruiter.reads(link), switches(sonia)[story]) == (True, True), "all else stays"
    turns(sonia, f"{story.replace('-', ':')}:off")
    assert "Avant." not in recruiter.reads(link)
    assert "Montrez d’abord son badge." in sonia.reads("/page")
    turns(sonia, f"badges:{second}:on")
    turns(sonia, f"{story.replace('-', ':')}:on")
    turns(sonia, f"badges:{first}:off")
    assert ("Avant." in recruiter.reads(link), switches(sonia)[story]) == (True, True), "under the other one"


def test_a_photo_is_drawn_anew_without_its_place_and_shown_only_where_its_switch_is_on(
    sonia: Person, recruiter: Stranger, app: Starlette
):
    link = begins(sonia)
    assert recruiter.get(f"{link}/photo").status_code == 404
    brought = photo("JPEG")
    assert CANARY in brought

    kept = sonia.post("/photo", files=[("photo", ("moi.jpg", brought, "image/jpeg"))])

    assert kept.headers["location"].startswith("/page")
    with app.state.services.database.reading() as session:
        (row,) = session.scalars(select(Photo)).all()
    assert row.content.startswith(b"RIFF")
    assert CANARY not in row.content
    assert len(row.content) <= 16 * 1024
    assert sonia.get("/photo").content == row.content
    assert recruiter.get(f"{link}/photo").status_code == 404, "it arrives off"
    assert 'class="portrait"' not in recruiter.page(link)
    turns(sonia, "photo::on")
    assert 'class="portrait"' in recruiter.page(link), "at the next request"
    seen = recruiter.get(f"{link}/photo")
    assert (seen.content, seen.headers["cache-control"]) == (row.content, "private, no-cache")
    share = sonia.shows(*sonia.has())
    assert recruiter.get(f"{sonia.link_of(share)}/photo").status_code == 404, "on no other share"

    sonia.post("/photo/removal")

    assert recruiter.get(f"{link}/photo").status_code == sonia.get("/photo").status_code == 404
    assert 'class="portrait"' not in recruiter.page(link)
    with app.state.services.database.reading() as session:
        assert session.scalars(select(Photo)).all() == []


def test_a_photo_that_was_erased_in_another_tab_is_not_turned_on_for_the_next_one(sonia: Person, recruiter: Stranger):
    mine = [("photo", ("moi.jpg", photo("JPEG"), "image/jpeg"))]
    link = begins(sonia, photo="1")
    sonia.post("/photo", files=mine)
    assert recruiter.get(f"{link}/photo").status_code == 404
    sonia.post("/photo/removal")
    turns(sonia, "photo::on")
    sonia.post("/photo", files=mine)
    assert recruiter.get(f"{link}/photo").status_code == 404
    assert switches(sonia)["photo"] is False

    turns(sonia, "photo::on")

    assert recruiter.get(f"{link}/photo").status_code == 200


@pytest.mark.soak  # sandbox/test_develop_photo.py opens one of that size each time, with the same eyes
def test_a_photo_of_forty_million_dots_with_its_place_is_drawn_anew_as_small(sonia: Person):
    brought = photo("JPEG", image=scene(8000, 5000), quality=30)
    assert CANARY in brought

    answer = sonia.post("/photo", files=[("photo", ("moi.jpg", brought, "image/jpeg"))])

    assert answer.status_code == 303
    kept = sonia.get("/photo").content
    assert (kept[:4], CANARY in kept, len(kept) <= 16 * 1024) == (b"RIFF", False, True)


def test_what_is_no_photo_is_refused_kindly_and_the_one_of_before_stays(sonia: Person):
    sonia.post("/photo", files=[("photo", ("moi.png", photo("PNG"), "image/png"))])
    before = sonia.get("/photo").content

    for content, told in (
        (b"", "Choisissez une photo."),
        (b"no picture", "Nous ne pouvons pas lire cette photo."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Nous ne pouvons pas lire cette photo."),
        (b"\xff\xd8\xff" + b"0" * 1000, "Nous ne pouvons pas lire cette photo."),
        (png(8000, 5001, chunk(b"IDAT", zlib.compress(b"\0"))), "Cette photo est trop grande."),
    ):
        answer = sonia.post("/photo", files=[("photo", ("moi.jpg", content, "image/jpeg"))])

        assert answer.status_code == (413 if "trop grande" in told else 422), content
        assert told in words(answer.text), content
        assert sonia.get("/photo").content == before, content
        assert "Choisissez-en un autre" not in words(answer.text), "a photo is « une autre »"


def test_what_she_looks_for_and_her_name_are_read_at_the_next_request(sonia: Person, recruiter: Stranger):
    link = begins(sonia)
    sonia.post("/sought", data={"sought": "vendeuse, Caen"})
    assert "vendeuse, Caen" not in recruiter.reads(link), "it arrives off"

    turns(sonia, "sought::on")
    assert "Poste recherché : vendeuse, Caen" in recruiter.reads(link)
    sonia.post("/sought", data={"sought": "بائعة في كان" + "x" * 100})
    assert "بائعة في كان" in recruiter.reads(link)
    sonia.post("/settings", data={"name": "Sonia Martin"})
    assert "Page tenue par Sonia Martin." in recruiter.reads(link)
    sonia.post("/sought", data={"sought": ""})
    assert "Poste recherché" not in recruiter.reads(link)


@pytest.mark.breadth
def test_what_she_looks_for_arrives_off_again_after_she_looked_for_nothing(sonia: Person, recruiter: Stranger):
    """As a photo does: without a word there is no switch to be seen, and it stood as it had been left."""
    link = begins(sonia)
    sonia.post("/sought", data={"sought": "vendeuse"})
    turns(sonia, "sought::on")
    for late in ("", "sought::on"):  # another tab held the switch still
        sonia.post("/sought", data={"sought": " "})
        if late:
            turns(sonia, late)
        sonia.post("/sought", data={"sought": "cuisine, de nuit"})
        assert "cuisine" not in recruiter.reads(link)
        assert switches(sonia)["sought"] is False

    turns(sonia, "sought::on")

    assert "Poste recherché : cuisine, de nuit" in recruiter.reads(link)


@pytest.mark.breadth
def test_many_badges_of_an_issuer_have_one_switch_and_each_its_own(app: Starlette, recruiter: Stranger):
    malik = holder(app, *((f"{n}.json", signed("organiser-1")) for n in range(12)))
    link = begins(malik)

    assert sum(switches(malik).values()) == len(switches(malik)) == 3 + len(malik.has())
    assert recruiter.get(link).status_code == 200


class TestAThief:
    """Who came back by her paper, and is stopped by her key."""

    @pytest.fixture
    @staticmethod
    @made_once
    def code(sonia: Person) -> str:
        """The code of her paper."""
        return makes_a_paper(sonia)

    @pytest.fixture
    @staticmethod
    @made_once
    def thief(app: Starlette, code: str) -> Person:
        """Somebody who came in by it."""
        person = Person(app, address="198.51.100.8")
        assert opens(person, code)
        return person

    @staticmethod
    def is_stopped_by(sonia: Person) -> None:
        """« Ce n'est pas moi »."""
        sonia.enters()
        sonia.post(stopping(sonia.page("/badges")))

    @pytest.mark.breadth
    def test_a_page_that_they_made_is_over_and_she_can_have_one(
        self, sonia: Person, thief: Person, recruiter: Stranger
    ):
        link = begins(thief)

        self.is_stopped_by(sonia)

        assert recruiter.get(link).status_code == 404
        assert "Allumer ma page" in sonia.page("/page")
        assert recruiter.get(begins(sonia)).status_code == 200

    @pytest.mark.parametrize(
        "acts", ["off", "moves twice", *here_and_in_soak("moves, then off", "moves", "off, then on")]
    )
    @pytest.mark.breadth(beside=["moves twice"])
    def test_her_address_is_back(self, sonia: Person, thief: Person, recruiter: Stranger, acts: str):
        link, made = begins(sonia), set[str]()
        for act in acts.replace(" twice", ", moves").split(", "):
            if "moves" in act:
                of = re.search(r'name="of" value="(\d+)"', thief.page("/page/address"))
                assert of
                thief.post("/page/address", data={"of": of[1]})
                made.add(link_of(thief))
            else:
                thief.post("/page/visibility", data={"visible": act.removeprefix("then ")})

        self.is_stopped_by(sonia)

        assert link_of(sonia) == link
        assert recruiter.get(link).status_code == 200
        assert {recruiter.get(one).status_code for one in made} <= {404}

    @pytest.mark.breadth
    def test_what_she_had_turned_off_is_off_again(self, sonia: Person, thief: Person, recruiter: Stranger):
        link = begins(sonia)
        sonia.post("/page/visibility", data={"visible": "off"})
        thief.post("/page/visibility", data={"visible": "on"})
        assert recruiter.get(link).status_code == 200

        self.is_stopped_by(sonia)

        assert recruiter.get(link).status_code == 404
        assert "Votre page est éteinte." in sonia.reads("/page")

    def test_what_she_changed_while_it_was_elsewhere_is_so_when_it_is_back(
        self, sonia: Person, thief: Person, recruiter: Stranger
    ):
        ids = has(sonia)
        sonia.post("/photo", files=[("photo", ("moi.jpg", photo("JPEG"), "image/jpeg"))])
        sonia.post("/sought", data={"sought": "Serveuse"})
        link = begins(sonia, photo="1", sought="1")
        assert "Serveuse" in recruiter.reads(link)
        of = re.search(r'name="of" value="(\d+)"', thief.page("/page/address"))
        assert of
        thief.post("/page/address", data={"of": of[1]})
        sonia.post("/sought", data={"sought": "Cuisine"})
        sonia.post("/photo/removal")
        turns(sonia, f"badges:{ids[0]}:off")
        elsewhere = shown_to(recruiter, link_of(sonia))

        self.is_stopped_by(sonia)
        sonia.post("/photo", files=[("photo", ("moi.jpg", photo("JPEG"), "image/jpeg"))])

        told = recruiter.reads(link)
        assert ("Cuisine" in told, "Serveuse" in told) == (True, False)
        assert recruiter.get(f"{link}/photo").status_code == 404
        assert len(shown_to(recruiter, link)) == 2
        assert shown_to(recruiter, link) == elsewhere
        assert not switches(sonia)["photo"]

    @pytest.mark.breadth
    def test_what_she_had_turned_off_is_off_again_however_they_turned_it_on_and_off(
        self, sonia: Person, thief: Person, recruiter: Stranger
    ):
        link = begins(sonia)
        sonia.post("/page/visibility", data={"visible": "off"})
        thief.post("/page/visibility", data={"visible": "on"})
        share = re.search(r'name="of" value="(\d+)"', thief.page("/page/address"))
        assert share
        assert thief.post(f"/shares/{share[1]}/stopping").status_code == 303

        self.is_stopped_by(sonia)

        assert recruiter.get(link).status_code == 404

    @pytest.mark.breadth
    def test_an_address_that_she_chose_since_stays_hers(self, sonia: Person, thief: Person, recruiter: Stranger):
        old = begins(sonia)
        for person in (thief, sonia):
            of = re.search(r'name="of" value="(\d+)"', person.page("/page/address"))
            assert of
            person.post("/page/address", data={"of": of[1]})
        hers = link_of(sonia)

        self.is_stopped_by(sonia)

        assert link_of(sonia) == hers
        assert [recruiter.get(link).status_code for link in (hers, old)] == [200, 404]

    @pytest.mark.breadth
    def test_they_change_nothing_on_it(self, sonia: Person, thief: Person, recruiter: Stranger):
        sonia.post("/settings", data={"name": "Sonia"})
        link, ids = begins(sonia), sonia.has()
        turns(sonia, "sought::on")
        before = recruiter.get(link).text

        refused = [
            turns(thief, f"badges:{ids[0]}:off"),
            turns(thief, "photo::on"),
            thief.post("/sought", data={"sought": "voleur"}).status_code,
            thief.post("/photo", files=[("photo", ("moi.jpg", photo("JPEG"), "image/jpeg"))]).status_code,
            thief.post("/photo/removal").status_code,
            thief.post("/settings", data={"name": "Voleur"}).status_code,
        ]

        assert set(refused) == {409}
        assert recruiter.get(link).text == before

    def test_they_are_offered_nothing_that_would_be_refused_and_read_until_when(self, sonia: Person, thief: Person):
        begins(sonia)

        for path in ("/sought", "/photo/edit"):
            answer = thief.get(path)
            assert answer.status_code == 409
            assert "Ma page" in words(answer.text).partition("Ce qui attend")[2].partition("Vos badges restent")[0]
            assert "<textarea" not in answer.text
            assert f'action="{path}"' not in answer.text
        for path, form in (("/page", "<fieldset disabled>"), ("/settings", "")):
            page = thief.page(path)
            assert "Il faut attendre Jusqu’au" in words(page)
            assert form in page
        assert 'name="name"' not in thief.page("/settings")
        assert "<fieldset disabled>" not in sonia.page("/page")
        assert 'name="name"' in sonia.page("/settings")
        assert sonia.get("/sought").status_code == 200


def test_the_operator_stops_it_for_good(sonia: Person, recruiter: Stranger, app: Starlette, clock: Clock):
    link = begins(sonia)
    recruiter.post(f"{link}/reports", data={"reason": "false", "words": ""}, headers={"Sec-Fetch-Site": "same-origin"})
    database, now = app.state.services.database, clock()
    assert isinstance(now, datetime)
    (report,) = database.read(list_reports, now)

    database.write(stop_reported_share, report.id, now)
    sonia.post("/page/visibility", data={"visible": "on"})

    assert recruiter.get(link).status_code == 404
    assert "Allumer ma page" in sonia.page("/page")


def test_of_a_page_that_is_off_it_is_told_how_often_it_was_opened_and_of_a_word_what_must_be_shown_first():
    opened = pages().render("lasting_page/show.html", "fr", **page(replace(OFF, openings=PAGE.openings)))
    assert "Ouverte 2 fois." in words(opened)
    assert "Ouvert" not in words(pages().render("lasting_page/show.html", "fr", **page(OFF)))

    template, context = SCREENS_OF_LASTING_PAGE["my page, with words of others"]
    told = words(pages().render(template, "fr", **context))
    assert "Mot de Nadia Martin Montrez d’abord son moment." in told
    assert "Mot de Mairie d’Alençon Montrez d’abord son badge." in told


@pytest.mark.breadth
def test_whoever_touches_it_again_and_again_waits_but_for_what_ends_it(app: Starlette, monkeypatch: pytest.MonkeyPatch):
    """Each of these reads all that is shown while others wait to write."""
    maria = holder(app, ("badge.json", signed()))
    maria.post("/page", data={"badge": "1"})
    share = maria.shows(1)
    monkeypatch.setitem(STRICT, "change", Limit(0, HOUR))

    for path, data in (
        ("/page/visibility", {"visible": "on"}),
        ("/settings", {"name": "Maria"}),
        (f"{share}/end", {"days": "30"}),
        ("/path/counting", {"newest": "1"}),
    ):
        assert maria.post(path, data=data).status_code == 429, path
    assert maria.post("/page/visibility", data={"visible": "off"}).status_code == 303
    assert maria.post(f"{share}/stopping").status_code == 303
