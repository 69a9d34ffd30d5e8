"""The pages that help a tired reader: eighteen questions, the size of letters, eight sentences, the map, what the law asks."""

import re
from datetime import timedelta

import pytest
from starlette.applications import Starlette

from tests.fixtures.made_once import has
from tests.fixtures.screens import OPERATOR, pages
from tests.fixtures.visits import MAIL, Person, Stranger, signed, words
from tests.routes.test_account import TRICKS
from wallet.accounts import activity, holders
from wallet.badges import badges, quota
from wallet.evidence import editing
from wallet.operations import backup
from wallet.pages.environment import FOLDER, Pages
from wallet.routes import ROUTES
from wallet.routes.public import STATED
from wallet.settings import Operator, Settings

QUESTIONS = 18
SENTENCES_AN_ANSWER = 4
PROMISES = 8
NO_PAGE_OF_ITS_OWN = {
    *("static", "robots", "did", "entry.qr", "archive.file", "archive.schema", "worker"),  # no page
    *("photo", "page.block.png", "page.block.pdf"),  # a picture, and the files of a page
    *("closed", "erased", "returns", "offline"),  # what one reads when something is over, or goes on
    *("entry.mail.code", "confirmation"),  # the middle of a way
    "offered",  # where a link of an issuer's leads
    *(
        "page.address",
        "path.choice",
        "badges.waiting",
        "oauth.authorization",
    ),  # asked for where there is something to answer
    *("draft", "drafts.key"),  # what one gets without Internet, and what seals it
    "site_map",
}
"""GET without a part in its address, and yet not on the site map. A page is on the map unless there is a reason here."""
WAYS_IN = {"welcome", "entry", "entry.paper"}
"""What leads in: whoever is in is not sent there."""


def answers(page: str) -> dict[str, str]:
    """Each answer of the help page by its anchor."""
    return {
        found[1]: found[0]
        for found in re.finditer(r'<section class="answer" id="(\w+)">.*?</section>', page, re.DOTALL)
    }


@pytest.mark.parametrize("language", ["fr", "en"])
def test_help_answers_eighteen_questions_each_with_its_own_picture_and_a_stranger_meets_no_door(
    app: Starlette, language: str
):
    found = answers(Person(app, language=language).page("/help"))

    assert len(found) == QUESTIONS
    drawings = {re.search(r"<svg.*?</svg>", one, re.DOTALL)[0] for one in found.values()}  # type: ignore[index]
    assert len(drawings) == QUESTIONS
    for id, one in found.items():
        said = re.search(rf'<ul class="plain" id="{id}-said">(.*?)</ul>', one, re.DOTALL)
        assert said, id
        assert 1 < said[1].count("<li>") <= SENTENCES_AN_ANSWER, id
        links = re.findall("<a ", one)
        assert len(links) == (id in {"where", "offered", "lost", "key", "shared"}), (
            f"{id}: nobody without a wallet ends at the door"
        )


def test_each_way_on_leads_to_a_page_that_maria_has(maria: Person):
    for id, one in answers(maria.page("/help")).items():
        (path,) = re.findall(r'<a [^>]*href="([^"]*)"', one)
        assert maria.get(path, follow_redirects=True).status_code == 200, id


def test_the_key_has_one_word_on_each_kind_of_phone(visitor: Person):
    told = words(answers(visitor.page("/help"))["key"])

    assert "« clé d’accès » sur Android, « clé d’identification » sur iPhone" in told.replace("\u00a0", " ")


def test_whoever_points_to_an_answer_finds_it(visitor: Person):
    page = visitor.page("/help")
    asked = {
        anchor
        for path in (FOLDER / "templates").rglob("*.html")
        for anchor in re.findall(r"""url_for\(['"]help['"]\) }}#([\w-]+)""", path.read_text())
    }

    assert asked >= {"where", "key", "text-size"}
    assert {anchor for anchor in asked if f'id="{anchor}"' not in page} == set()


def test_letters_stay_as_large_as_kevin_chose_on_this_device_alone(app: Starlette, visitor: Person):
    answer = visitor.post("/text-size", data={"size": "larger", "next": "/help#text-size"})

    assert answer.headers["location"] == "/help#text-size"
    assert answer.headers["set-cookie"].startswith("text-size=larger; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax")
    for path in ("/", "/help", "/privacy", "/entry"):
        assert '<html lang="fr" class=" larger">' in visitor.page(path), path
    assert 'class=" larger"' in visitor.get("/nowhere").text
    assert 'class=" larger"' not in Person(app).page("/")


def test_a_size_that_is_none_is_not_remembered(visitor: Person):
    assert "set-cookie" not in visitor.post("/text-size", data={"size": "x" * 3000}).headers


def test_the_usual_letters_need_no_cookie(visitor: Person):
    visitor.post("/text-size", data={"size": "large"})
    assert 'value="large" aria-pressed="true"' in visitor.page("/help")

    visitor.post("/text-size", data={"size": "normal"})

    assert 'value="normal" aria-pressed="true"' in visitor.page("/help")
    assert not visitor.cookies


@pytest.mark.parametrize("size", ["", "huge", "LARGE", 'x" onload="', "l" * 5000, "\x00"])
def test_another_size_changes_nothing(visitor: Person, size: str):
    answer = visitor.post("/text-size", data={"size": size, "next": "/help"})

    assert answer.status_code == 303
    assert "set-cookie" not in answer.headers
    assert 'class=""' in visitor.get("/help", headers={"Cookie": f"text-size={size[:20].encode().hex()}"}).text


def test_the_form_of_letters_leads_off_no_page_of_ours(visitor: Person):
    for next in TRICKS:
        assert visitor.post("/text-size", data={"size": "large", "next": next}).headers["location"] == "/", next


@pytest.mark.breadth
def test_a_page_that_is_kept_as_it_was_rendered_has_the_letters_of_each_device(app: Starlette, maria: Person):
    maria.brings(("second.json", signed("organiser-2")))
    other = Person(app)
    other.key = maria.key
    other.enters()
    other.post("/text-size", data={"size": "larger"})

    for _ in range(2):
        assert 'class=" larger"' in other.page("/badges")
        assert 'class=""' in maria.page("/badges")


def test_a_recruiter_is_asked_for_no_cookie_and_reads_usual_letters(app: Starlette, maria: Person):
    link = maria.link_of(maria.shows(*has(maria)))
    maria.post("/text-size", data={"size": "larger"})

    for path in (link, "/s/nobody"):
        assert maria.get(path).content == Stranger(app).get(path).content


def test_privacy_is_eight_sentences_and_then_all_of_it(visitor: Person):
    page = visitor.page("/privacy")
    promises = re.search(r'<ul class="ticked" id="promises">(.*?)</ul>', page, re.DOTALL)
    assert promises

    said = words(promises[1])
    assert len(re.findall(r"<li>", promises[1])) == PROMISES
    assert len(re.findall(r"[.!?]", said)) == PROMISES


def test_the_times_and_limits_that_privacy_tells_are_those_that_hold(visitor: Person):
    told = words(visitor.page("/privacy")).replace("\u00a0", " ")

    assert timedelta(minutes=30) == holders.VISIT_LASTS
    assert badges.UNDO_REMOVAL == editing.UNDO_REMOVAL == timedelta(days=1)
    assert timedelta(days=90) == activity.EVENTS_KEPT
    assert backup.DAYS == 30
    assert (quota.ROOM, editing.ROOM, editing.OF_A_VISITOR) == (1024**3, 500 * 1024**2, 50 * 1024**2)
    for one in (
        "Sans clé, un badge est effacé après 30 minutes.", "Ce que vous enlevez est effacé après un jour.",
        "Ce qui s’est passé est gardé 90 jours.", "Nos copies de sécurité sont effacées après 30 jours.",
        "Vos badges ont 1 Go de place.", "Vos photos, vos fichiers et votre voix ont 500 Mo.",
        "Sans clé, ils ont 50 Mo.",
    ):  # fmt: skip
        assert one in told


@pytest.mark.breadth
def test_privacy_counts_the_cookies_there_are(maria: Person):
    maria.post("/language", data={"language": "fr"})
    maria.post("/text-size", data={"size": "large"})
    told = words(maria.page("/privacy"))

    assert {*maria.cookies} == {maria.services.cookie, "language", "text-size", "ceremony", "returning"}
    for one in (
        "Un cookie vous reconnaît",
        "Un autre retient",
        "Un troisième retient",
        "Un quatrième retient",
        "Un cinquième retrouve",
        "Un sixième sert",
        "Un autre retrouve le badge qu’un site vous propose.",
        "Un autre retient que des badges ont été ouverts ici. Il ne dit pas à qui ils sont.",
        "Il n’y en a pas d’autre.",
    ):
        assert one in told
    ways = [
        text
        for path in FOLDER.rglob("*.py")
        for text in re.findall(r"\.set_cookie\(|\bset_cookie\(visit,", path.read_text())
    ]
    assert len(ways) == 1 + 8, (
        "one way (web/cookies.py), for the nine that are told, of which two are secrets of a browser and two how one reads"
    )


def test_every_page_is_on_the_map_of_whoever_may_see_it(maria: Person, visitor: Person):
    for person, needs in ((maria, {"nobody", "visitor", "key", "fresh"}), (visitor, {"nobody"})):
        links = set(re.findall(r'<a class="alone" href="([^"]*)"', person.page("/site-map")))
        wanted = {
            route.path
            for route in ROUTES
            if "GET" in (route.methods or ()) and "{" not in route.path and route.name not in NO_PAGE_OF_ITS_OWN
            if route.endpoint.needs in needs and not (person is maria and route.name in WAYS_IN)
        }
        assert wanted - links == set()
        for link in links:
            assert person.get(link, follow_redirects=True).status_code == 200, link


@pytest.mark.breadth
def test_a_visitor_without_a_key_has_no_dead_end_on_the_map(visitor: Person):
    visitor.brings(("badge.json", signed()))

    links = re.findall(r'<a class="alone" href="([^"]*)"', visitor.page("/site-map"))
    assert len(links) > 10
    for link in links:
        assert visitor.get(link, follow_redirects=True).status_code == 200, link


def told_by(operator: Operator, template: str) -> str:
    one = Pages(Settings(operator=operator, mail=MAIL), lambda name, **_parts: f"/{name}")
    return words(one.render(template, "fr"))


def test_the_legal_notice_names_who_publishes_answers_and_keeps():
    whole = Operator(
        name="Association d’essai", address="12 rue des Tisserands, Caen", email="bonjour@exemple.fr",
        phone="02 31 00 00 00", publisher="Claire Essai", host="Hébergeur d’essai, 1 quai de l’Orne, Caen",
    )  # fmt: skip
    told = told_by(whole, "public/legal.html")

    for one in (whole.name, whole.address, whole.email, whole.phone, whole.publisher, whole.host):
        assert one in told
    assert "pas encore" not in told


def test_what_the_operator_did_not_write_is_said_to_be_missing():
    told = told_by(Operator(), "public/legal.html")

    assert "n’a pas encore" in told
    assert told.count("Ce nom n’est pas encore écrit.") == 2


def test_a_french_office_is_spoken_in_french_on_an_english_page():
    page = pages().render("public/accessibility.html", "en", stated=STATED)

    assert page.count("Défenseur des droits") == len(re.findall(r'lang="fr">Défenseur des droits', page)) == 4


def test_accessibility_claims_nothing_that_nobody_checked(visitor: Person):
    told = words(visitor.page("/accessibilite")).replace("\u00a0", " ")
    done, _, rest = told.partition("Ce qui n’est pas contrôlé")

    assert "Accessibilité : non conforme" in done
    for one in ("TalkBack", "VoiceOver", "106 points"):
        assert one not in done
        assert one in rest
    for one in ("09 69 39 00 00", "Libre réponse 71120", "75342 Paris CEDEX 07", "Ce site est écrit simplement."):
        assert one in rest
    assert "Accessibilité : non conforme" in words(visitor.page("/")).replace("\u00a0", " "), "as the law asks"


def test_the_statement_names_whom_to_write_to():
    told = words(pages().render("public/accessibility.html", "fr", stated=STATED))

    assert OPERATOR.email in told
    assert "25 novembre 2026" in told


def test_an_adviser_reads_the_address_to_type(visitor: Person):
    told = words(visitor.page("/advisers"))

    assert "localhost:8000" in told
    minutes = [int(number) for number in re.findall(r"(\d+) minutes?\s:", told)]
    assert sum(minutes) == 10
