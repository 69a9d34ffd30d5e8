"""Sonia's badges close while she writes, as those on a computer that others use do after ten minutes: what she wrote is not lost."""

import re
from html import unescape

import pytest
from starlette.applications import Starlette

from tests.fixtures.photos import photo
from tests.fixtures.visits import Clock, Person, Stranger, signed, words
from tests.routes.test_devices import enters

WORD = "Je cherche un poste en caisse,\r\nle matin si possible."
FIELD = re.compile(
    r'<input type="hidden" name="(?P<hidden>\w+)" value="(?P<value>[^"]*)">'
    r'|<textarea[^>]* name="(?P<seen>\w+)"[^>]*>\n?(?P<text>[^<]*)</textarea>'
)


def stands_on(page: str) -> dict[str, list[str]]:
    """What the form that goes to where it was sent holds, as a browser reads it."""
    found: dict[str, list[str]] = {}
    for field in FIELD.finditer(page[page.index('<form method="post" action="/s') :].partition("</form>")[0]):
        said = unescape(field["value"] if field["hidden"] else field["text"])
        found.setdefault(field["hidden"] or field["seen"], []).append(said)
    return found


@pytest.mark.breadth
def test_a_word_for_a_recruiter_goes_as_it_was_once_she_has_shown_her_key(maria: Person, recruiter: Stranger):
    chosen = {"badge": [str(id) for id in maria.has()], "days": ["30"], "name": ["Sonia"], "word": [WORD]}
    maria.post("/leaving")

    answer = maria.post("/shares", data=chosen)

    assert answer.status_code == 401
    assert "Vos badges se sont refermés. Rien n’est perdu." in words(answer.text)
    assert 'action="/shares"' in answer.text
    assert {name: [one.strip() for one in said] for name, said in stands_on(answer.text).items()} == chosen
    maria.enters()
    made = maria.post("/shares", data=stands_on(answer.text))
    assert "le matin si possible. »" in words(recruiter.page(maria.link_of(made.headers["location"])))


def test_the_address_of_a_page_goes_to_the_story_that_it_belongs_to(maria: Person):
    moment = maria.tells(facts="J’ai rangé la réserve.")
    maria.post("/leaving")

    answer = maria.post(f"{moment}/attachments", data={"link": "https://atelier.exemple/la-reserve"})

    assert answer.status_code == 401
    assert f'action="{moment}/attachments"' in answer.text
    assert 'value="https://atelier.exemple/la-reserve"' in answer.text


def test_a_file_stays_with_her_and_she_reads_it(maria: Person):
    maria.post("/leaving")

    answer = maria.post("/photo", files={"photo": ("moi.jpg", photo("JPEG"), "image/jpeg")})

    assert answer.status_code == 401
    assert "Votre fichier n’a pas été gardé." in words(answer.text)
    assert 'href="/entry"' in answer.text
    assert "<form" not in answer.text.partition("</main>")[0]


def test_a_tap_without_a_word_leads_to_the_entry_and_so_does_what_asks_for_a_key_just_now(maria: Person):
    maria.post("/leaving")

    for path, sent in (
        ("/badges/refusal", {}),
        ("/page/visibility", {"visible": "on"}),
        ("/page/switches", {"turn": "badges:1:on"}),
        ("/messages/letters", {"on": "1"}),
        ("/path/counting", {"newest": "9"}),
        ("/erasure", {"sure": "yes"}),
        ("/addresses", {"address": "m@exemple.fr"}),
    ):
        answer = maria.post(path, data=sent)
        assert (answer.status_code, answer.headers["location"]) == (303, "/entry"), path


def test_a_script_that_waits_for_a_part_of_a_page_is_led_to_the_entry(maria: Person):
    maria.post("/leaving")

    answer = maria.post("/shares/preview", data={"word": WORD}, headers={"HX-Request": "true"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/entry")


def test_nothing_of_another_site_is_put_before_her(maria: Person):
    maria.post("/leaving")

    answer = maria.post("/sought", data={"sought": "Un virement"}, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert "virement" not in answer.text


def test_a_rescue_paper_is_neither_made_nor_shown_for_whoever_shows_a_key_next(maria: Person):
    maria.post("/leaving")

    for path, sent in (
        ("/paper", {"here": "/paper"}),
        ("/paper", {"shared": "yes"}),
        ("/confirmation/paper", {"next": "/addresses", "here": "/confirmation?next=/addresses", "code": "7H2K MQ4T"}),
    ):
        answer = maria.post(path, data=sent)
        assert (answer.status_code, answer.text) == (303, ""), path


def test_a_visitor_whose_half_hour_is_over_is_not_promised_what_is_gone(app: Starlette, clock: Clock):
    visitor = Person(app)
    visitor.brings(("badge.json", signed()))
    moment = visitor.tells()
    clock.move(minutes=31)

    answer = visitor.post(f"{moment}/attachments", data={"link": "https://atelier.exemple/la-reserve"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/")


SENT = (("/shares", {"word": WORD, "shared": "on"}), ("/evidence/1/answers/me", {"text": WORD, "shared": "on"}))


@pytest.mark.parametrize(("path", "sent"), SENT, ids=["a word", "an answer"])
def test_what_was_written_leaves_the_screen_of_a_computer_that_others_use(
    app: Starlette, maria: Person, clock: Clock, path: str, sent: dict[str, str]
):
    library, own = enters(app, maria, shared=True), maria
    clock.move(minutes=11)

    answer = library.post(path, data=sent)

    assert answer.status_code == 401
    assert answer.headers["refresh"] == "600; url=/closed"
    assert re.findall('<input[^>]*name="shared"[^>]*>', answer.text) == ['<input type="checkbox" name="shared">']
    library.cookies.clear()
    assert library.post(path, data=sent).headers["refresh"] == "600; url=/closed", "signed out in another tab"
    clock.move(days=31)
    answer = own.post(path, data=sent)
    assert (answer.status_code, "refresh" in answer.headers) == (401, False)


@pytest.mark.breadth
def test_it_leaves_that_screen_also_where_she_signed_it_out_from_her_phone(app: Starlette, maria: Person):
    library, own = enters(app, maria, shared=True), enters(app, maria)
    maria.post("/devices/removal")

    for path, sent in SENT:
        answer = library.post(path, data=sent)
        assert (answer.status_code, answer.headers.get("refresh")) == (401, "600; url=/closed")
        answer = own.post(path, data=sent)
        assert (answer.status_code, "refresh" in answer.headers) == (401, False), "a computer of her own waits for her"


def test_where_the_browser_keeps_cookies_no_more_she_reads_that_and_not_that_we_do_not_answer(maria: Person):
    maria.post("/leaving")
    options = maria.post("/passkeys/challenges", json={"purpose": "authentication"}).json()
    maria.cookies.clear()

    said = maria.post("/devices", json=maria.key.show(options)).json()["message"]

    assert said == "no-cookies"
    assert f'data-message="{said}"' in maria.post("/shares", data={"word": WORD}).text
