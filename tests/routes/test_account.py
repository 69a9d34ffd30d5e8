"""Entering, leaving, the first name to show, the language that stays."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from tests.fixtures.made_once import has
from tests.fixtures.photos import photo
from tests.fixtures.platforms import claimed
from tests.fixtures.visits import Clock, Person, holder, signed
from wallet.accounts.emails import EmailAddress
from wallet.accounts.holders import Holder
from wallet.shares import view_counts
from wallet.shares.models import Share
from wallet.web.layout import LONGEST_QUERY

TRICKS = [
    "//evil.example", "///evil.example", "https://evil.example", "http:evil.example", "javascript:alert(1)",
    "\\\\evil.example", "/\\evil.example", "\\/evil.example", "/\\/evil.example", "/\t/evil.example", "/\n/evil.example",
    "\t//evil.example", "//evil.example/%2f..", "//localhost:8000@evil.example", "///", "//", "", "evil.example", "data:,x",
    "/\x00/evil.example", "/\u2028/evil.example", "//\u3002evil.example", "/%0d%0aSet-Cookie:a=b\r\nSet-Cookie: a=b",
]  # fmt: skip


@pytest.mark.breadth
def test_settings_that_say_no_name_are_refused_and_leave_it(maria: Person):
    maria.post("/settings", data={"name": "Maria"})

    for sent in ({"data": {"other": "x"}}, {"json": {"name": "Youssef"}}, {"content": b"name=Youssef"}, {}):
        assert maria.post("/settings", **sent).status_code == 400, sent

    assert 'value="Maria"' in maria.page("/settings")
    maria.post("/settings", data={"name": ""})
    assert 'value="Maria"' not in maria.page("/settings"), "a form whose field is empty takes it away"


def test_what_is_looked_for_and_what_a_key_is_called_stay_where_no_form_says_them(maria: Person):
    key = min(int(id) for id in re.findall(r"/keys/(\d+)/name", maria.page("/keys")))
    maria.post("/sought", data={"sought": "vendeuse, Caen"})
    maria.post(f"/keys/{key}/name", data={"name": "Mon téléphone"})

    for path in ("/sought", f"/keys/{key}/name"):
        for sent in ({"data": {"other": "x"}}, {"json": {"sought": "y", "name": "y"}}, {}):
            assert maria.post(path, **sent).status_code == 400, (path, sent)

    assert 'value="vendeuse, Caen"' in maria.page("/sought")
    assert 'value="Mon téléphone"' in maria.page("/keys")


@pytest.mark.breadth
def test_coming_back_is_one_button(app: Starlette):
    maria = holder(app)
    maria.post("/leaving")

    assert "Ouvrir mes badges" in maria.reads("/entry")
    assert maria.enters().json() == {"go": "/badges"}
    assert len(maria.has()) == 1


def test_whoever_is_in_already_is_not_asked_again(maria: Person):
    assert maria.get("/entry").headers["location"] == "/badges"


def test_a_signed_out_phone_shows_nothing_of_the_wallet(maria: Person):
    (id,) = has(maria)
    share = maria.shows(id)

    answer = maria.post("/leaving")

    assert (answer.status_code, answer.headers["location"]) == (303, "/?done=left")
    assert answer.headers["clear-site-data"] == '"cache"'
    assert maria.services.cookie not in maria.cookies
    for path in ("/badges", f"/badges/{id}", f"/badges/{id}/picture", f"/badges/{id}/document"):
        assert maria.get(path).headers["location"] == "/"
    for path in ("/shares", share, f"{share}/qr.svg", "/shares/new", "/settings"):
        assert maria.get(path).headers["location"] == "/entry"


def test_signing_out_ends_this_device_and_no_other(maria: Person, app: Starlette):
    other = Person(app)
    other.key = maria.key
    assert other.enters().status_code == 200

    maria.post("/leaving")

    assert len(other.has()) == 1


def test_the_cookie_that_was_signed_out_opens_nothing_even_when_it_was_copied(maria: Person):
    copied = maria.cookies[maria.services.cookie]
    maria.post("/leaving")

    answer = maria.get("/badges", headers={"Cookie": f"{maria.services.cookie}={copied}"})

    assert answer.headers["location"] == "/"


def test_a_visitor_who_leaves_takes_everything_along(visitor: Person, app: Starlette):
    visitor.brings(("badge.json", signed()))

    visitor.post("/leaving")

    services = visitor.services
    with services.database.reading() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM badges").scalar() == 0
        assert session.connection().exec_driver_sql("SELECT count(*) FROM holders").scalar() == 0


@pytest.mark.parametrize("token", ["", "x", "x" * 10_000, "é", "%00", '"', "a b", "=;="])
def test_a_cookie_that_nobody_gave_opens_nothing(visitor: Person, token: str):
    answer = visitor.get("/badges", headers={"Cookie": f"{visitor.services.cookie}={token}".encode()})

    assert answer.headers["location"] == "/"


def test_an_unused_phone_is_signed_out_in_the_end(maria: Person, clock: Clock):
    for _ in range(2):
        clock.move(days=29)
        assert maria.get("/badges").status_code == 200, "used, so it stays"

    clock.move(days=30)
    assert maria.get("/badges").headers["location"] == "/"


@pytest.mark.breadth
def test_no_phone_stays_signed_in_for_ever(maria: Person, clock: Clock):
    for _ in range(8):
        clock.move(days=10)
        assert maria.get("/badges").status_code == 200

    clock.move(days=11)
    assert maria.get("/badges").headers["location"] == "/"


def test_the_cookie_is_out_of_reach_of_scripts(visitor: Person):
    told = visitor.brings(("badge.json", signed())).headers["set-cookie"].lower()

    assert "httponly" in told
    assert "samesite=lax" in told
    assert "path=/" in told
    assert "domain" not in told


def test_a_first_name_is_kept_and_offered_with_the_next_share(maria: Person):
    answer = maria.post("/settings", data={"name": "  Maria\u202e\x00 "})

    assert answer.headers["location"] == "/settings?done=kept"
    assert 'value="Maria"' in maria.page("/settings")
    assert 'value="Maria"' in maria.page("/shares/new")
    emptied = maria.post("/settings", data={"name": " \u202e "}).headers["location"]
    assert "C’est fait. Aucun prénom n’est gardé ici." in maria.reads(emptied)
    assert "Votre prénom est gardé." not in maria.reads(emptied)


def test_what_she_says_of_herself_on_a_page_left_open_is_not_said_of_whoever_entered_since(
    maria: Person, youssef: Person
):
    """One phone for two: her name and her face would stand on his page."""
    sent = {"/settings": {"name": "Maria"}, "/sought": {"sought": "Vendeuse"}, "/photo": {}, "/photo/removal": {}}
    pages = {"/settings": "/settings", "/sought": "/sought", "/photo": "/photo/edit"}
    left_open = {at: marks_on(maria.page(page)) for at, page in pages.items()}
    left_open["/photo/removal"] = left_open["/photo"]
    maria.post("/leaving")
    maria.key = youssef.key
    maria.enters()
    face = ("moi.jpg", photo("JPEG"), "image/jpeg")
    maria.post("/photo", data={"of": marks_on(maria.page("/photo/edit"))}, files=[("photo", face)])
    his = maria.get("/photo").content

    for at, said in sent.items():
        files = [("photo", ("elle.jpg", photo("JPEG", 3), "image/jpeg"))] if at == "/photo" else None
        answer = maria.post(at, data=said | {"of": left_open[at]}, files=files)
        assert answer.headers["location"] == "/settings?done=another", at

    told = maria.reads("/settings?done=another")
    assert "Rien n’a changé. D’autres badges ont été ouverts ici depuis." in told
    assert "Vendeuse" not in told
    assert 'value="Maria"' not in maria.page("/settings")
    assert maria.get("/photo").content == his


def marks_on(page: str) -> str:
    """Whose page it is, as its forms say it."""
    [mark] = set(re.findall('name="of" value="([^"]*)"', page))
    return mark


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x>', "{{ 7 * 7 }}", "é" * 1000])
def test_a_name_is_words_and_nothing_else(maria: Person, name: str):
    maria.post("/settings", data={"name": name})

    page = maria.page("/settings")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert 'value="49"' not in page


@pytest.mark.breadth
def test_what_a_form_does_not_offer_is_not_taken(maria: Person):
    """Mass assignment (docs/security.md B10)."""
    maria.post("/settings", data={"name": "M", "id": "99", "kept_at": "", "handle": "x", "leaves_at": "2000-01-01"})

    assert maria.get("/badges").status_code == 200
    assert 'value="M"' in maria.page("/settings")


def test_french_is_spoken_unless_the_browser_says_otherwise(app: Starlette):
    assert '<html lang="fr"' in Person(app, language="").page("/")
    assert '<html lang="fr"' in Person(app, language="ar, de;q=0.8").page("/")
    assert '<html lang="en"' in Person(app, language="en-GB, fr;q=0.5").page("/")


@pytest.mark.breadth
def test_the_switch_stays_and_leads_back(maria: Person):
    answer = maria.post("/language", data={"language": "en", "next": "/badges/new"})

    assert answer.headers["location"] == "/badges/new"
    assert '<html lang="en"' in maria.page("/badges/new")
    assert answer.headers["set-cookie"].startswith("language=en")


@pytest.mark.parametrize(
    ("asked", "again"),
    [
        ("/badges/search?q=pain", "/badges/search?q=pain"),
        ("/badges?show=valid&page=1", "/badges?show=valid&page=1"),
        ("/badges?sort=name", "/badges?sort=name"),
        ("/help?lang=en&q=a%26b", "/help?q=a%26b"),
        ("/help?lang=en", "/help"),
        ("/help?q=" + "a" * LONGEST_QUERY, "/help"),
    ],
)
def test_the_same_is_asked_for_in_the_other_language(maria: Person, asked: str, again: str):
    """Of an address that no field of a form takes back whole, the page itself."""
    for _ in range(2):  # the second may be the print of the first
        page = maria.page(asked)

        assert {html.unescape(one) for one in re.findall('name="next" value="([^"#]*)', page)} == {again}

    there = maria.post("/language", data={"language": "de", "next": again}).headers["location"]
    assert there == again


def test_the_choice_comes_along_to_the_next_phone(maria: Person, app: Starlette):
    maria.post("/language", data={"language": "en", "next": "/"})
    other = Person(app)
    other.key = maria.key

    other.enters()

    assert '<html lang="en"' in other.page("/badges")


def test_a_visitor_who_is_nobody_yet_may_switch_too(visitor: Person):
    visitor.post("/language", data={"language": "en", "next": "/help"})

    assert '<html lang="en"' in visitor.page("/help")


def test_the_choice_of_a_visitor_is_kept_with_what_they_brought(visitor: Person):
    """And comes along to the next phone, once they made a key."""
    visitor.brings(("badge.json", signed()))
    visitor.post("/language", data={"language": "en", "next": "/"})

    with visitor.services.database.reading() as session:
        assert [one.language for one in session.scalars(select(Holder))] == ["en"]


@pytest.mark.parametrize("language", ["", "de", "english", "e" * 5000, "../fr", "\x00"])
def test_another_language_changes_nothing(maria: Person, language: str):
    answer = maria.post("/language", data={"language": language, "next": "/badges"})

    assert answer.status_code == 303
    assert "set-cookie" not in answer.headers
    assert '<html lang="fr"' in maria.page("/badges")
    assert '<html lang="fr"' in maria.get("/", headers={"Cookie": "language=de"}, follow_redirects=True).text


def test_no_address_in_a_form_leads_off_our_pages(visitor: Person):
    for next in TRICKS:
        location = visitor.post("/language", data={"language": "fr", "next": next}).headers["location"]

        assert location == "/", next


def test_what_is_over_unproven_or_of_last_week_is_not_counted_under_her_name(maria: Person, clock: Clock):
    has(maria)
    maria.post("/page", data={"badge": "1"})
    with maria.services.database.writing() as session:
        [page] = session.scalars(select(Share))
        for number, at in enumerate((clock.now, None)):
            address, verified_at = f"maria{number}@exemple.fr", clock.now if at else None
            session.add(
                EmailAddress(
                    holder_id=page.holder_id,
                    written=address,
                    plain=address,
                    added_at=clock.now,
                    verified_at=verified_at,
                )
            )
            link = claimed((b"greta", b"lycee")[number])
            link.holder_id, link.connected_at, link.stopped_at = page.holder_id, clock.now, at
            session.add(link)
        for days in (6, 7):
            view_counts.count_view(session, page.id, clock.now.date() - timedelta(days=days), "phone")

    told = maria.reads("/settings")

    assert "Ouverte 1 fois cette semaine" in told
    assert "1 adresse confirmée" in told
    assert "1 site peut" in told
