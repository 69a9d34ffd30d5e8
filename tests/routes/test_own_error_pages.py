"""D9: whoever meets a problem keeps their own page: the bar, a way back to where they were, and one limit where there is one."""

import re

import pytest
from sqlalchemy import event
from starlette.applications import Starlette

from tests.fixtures.made_once import has
from tests.fixtures.visits import Person, Stranger, words
from wallet import accounts, routes, storage
from wallet.concurrency import Limit
from wallet.web import layout
from wallet.web.authentication import FILES_LIMIT
from wallet.web.body_limits import FORM
from wallet.web.rate_limits import HOUR, LOOSE, MINUTE, STRICT

BAR = '<nav class="bar"'
FROM_THE_PAGE = {"Sec-Fetch-Site": "same-origin"}


def came_from(person: Person, path: str) -> dict[str, str]:
    """What the browser tells of the page on which one was."""
    return {"Referer": f"{person.services.settings.origin}{path}"}


def is_their_own(page: str, back: str) -> bool:
    """Whether it has the bar, and leads back there."""
    return BAR in page and bool(re.search(rf'<a class="button \w+"\s+href="{re.escape(back)}"', page))


@pytest.mark.parametrize(
    ("path", "page", "told"),
    [
        ("/badges", "/badges/new", "Un badge doit faire moins de 5 Mo."),
        ("/evidence/1/attachments", "/evidence/1", "Une photo ou un autre fichier doit faire moins de 25 Mo."),
        ("/archive/return", "/archive/return", "Un dossier doit peser moins de 600 Mo."),
        ("/settings", "/settings", "Envoyez-en moins à la fois."),
    ],
)
def test_a_file_too_big_names_the_one_limit_that_was_met(
    maria: Person, monkeypatch: pytest.MonkeyPatch, path: str, page: str, told: str
):
    monkeypatch.setattr(routes, "_TAKING", [])
    files = {"documents": ("film.mp4", b"\0" * 2 * FORM, "video/mp4")}

    answer = maria.post(path, files=files, headers=came_from(maria, page))

    assert answer.status_code == 413
    assert is_their_own(answer.text, page)
    said = words(answer.text)
    assert told in said
    assert len(re.findall(r"\d\W?Mo\b", said)) <= 1


@pytest.mark.parametrize(("path", "told"), [("/mot/A", "moins de 25 Mo."), ("/demande/A", "moins de 5 Mo.")])
def test_whoever_has_one_file_too_big_and_no_account_is_not_told_to_send_less_at_once(
    recruiter: Stranger, monkeypatch: pytest.MonkeyPatch, path: str, told: str
):
    monkeypatch.setattr(routes, "_TAKING", [])
    files = {"documents": ("film.mp4", b"\0" * 2 * FORM, "video/mp4")}

    answer = recruiter.post(path, files=files, headers={"Sec-Fetch-Site": "same-origin"})

    assert (answer.status_code, told in words(answer.text)) == (413, True)
    assert "à la fois" not in words(answer.text)
    assert "/archive/return" not in answer.text, "they have no folder of badges"


def test_more_files_than_one_form_takes_are_told_as_such(maria: Person):
    files = [(f"{number}.json", b"{}") for number in range(FILES_LIMIT + 1)]

    answer = maria.brings(*files)

    assert answer.status_code == 413
    assert "Il y a trop de fichiers. Rien n’a changé. Envoyez-en moins à la fois." in words(answer.text)


@pytest.mark.parametrize("path", ["/nothing", "/badges/9999"])
def test_what_is_not_there_leaves_maria_where_she_was(maria: Person, path: str):
    answer = maria.get(path, headers=came_from(maria, "/shares"))

    assert answer.status_code == 404
    assert is_their_own(answer.text, "/shares")
    assert is_their_own(maria.get(path, headers=came_from(maria, f"{path}?a")).text, "/badges"), "and not in a circle"


def test_a_form_of_another_site_and_too_many_tries_do_too(maria: Person, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(STRICT, "change", Limit(0, HOUR))

    foreign = maria.post("/settings", headers={"Sec-Fetch-Site": "cross-site"})
    often = maria.post("/paper", headers=came_from(maria, "/paper"))

    assert (foreign.status_code, often.status_code) == (403, 429)
    assert is_their_own(foreign.text, "/badges")
    assert is_their_own(often.text, "/paper")


def test_beyond_the_limit_of_an_hour_the_true_wait_is_told_and_what_was_typed_is_there_to_be_sent_again(
    maria: Person, monkeypatch: pytest.MonkeyPatch
):
    now = [1_000.0]
    monkeypatch.setattr("wallet.concurrency.sliding_windows.monotonic", lambda: now[0])
    monkeypatch.setitem(STRICT, "share", Limit(1, HOUR))
    typed = {"badge": str(maria.has()[0]), "days": "7", "word": "Je cuisine <b>bien</b>"}
    assert maria.post("/shares", data=typed).status_code == 303

    told = []
    for later in (0, 600, 2941):
        now[0] += later
        answer = maria.post("/shares", data=typed)
        assert answer.status_code == 429
        assert 'action="/shares"' in answer.text
        assert "Je cuisine &lt;b&gt;bien&lt;/b&gt;</textarea>" in answer.text
        wait = re.findall(r"Essayez encore dans [^.]*", words(answer.text))
        told.append((int(answer.headers["retry-after"]), *wait))

    assert told == [
        (3600, "Essayez encore dans une heure"),
        (3000, "Essayez encore dans 50 minutes"),
        (59, "Essayez encore dans une minute"),
    ]
    now[0] += 60
    assert maria.post("/shares", data=typed).status_code == 303


def test_whoever_tries_out_links_of_others_waits_at_each_page_behind_one(
    app: Starlette, monkeypatch: pytest.MonkeyPatch
):
    """Also where « English » is chosen: that asks for the page as well."""
    monkeypatch.setitem(LOOSE, "open", Limit(0, MINUTE))
    secret, somebody = "0" * 26, Stranger(app)
    share, call = f"/s/{secret}", "/o/00000000"
    of_share = ("", "/badges/0", "/badges/0/alone", "/told/0", "/sheet.pdf", "/reports", "/reply")
    read = [*(share + one for one in of_share), *(call + one for one in ("", "/qr.svg", "/qr.png", "/reports"))]
    read += [f"{one}{secret}" for one in ("/e/", "/mot/", "/mon-mot/", "/demande/", "/letters/")]
    sent = [(f"{one}{secret}", {}) for one in ("/mot/", "/demande/", "/letters/")]

    for path in read:
        assert somebody.get(path).status_code == 429, path
    for path, form in [(share, {"code": "1"}), *sent, (f"/mot/{secret}", {"step": "again"})]:
        assert somebody.post(path, data=form, headers=FROM_THE_PAGE).status_code == 429, (path, form)


@pytest.mark.parametrize(
    ("path", "limited", "label"),
    [("/badges", "import", "Le lien de votre badge"), ("/evidence/7/attachments", "attach", "L’adresse d’une page")],
)
def test_a_link_that_is_given_back_is_called_what_its_own_form_calls_it(
    maria: Person, monkeypatch: pytest.MonkeyPatch, path: str, limited: str, label: str
):
    monkeypatch.setitem(STRICT, limited, Limit(0, HOUR))

    answer = maria.post(path, data={"link": "https://exemple.fr/film"})

    assert answer.status_code == 429
    assert re.findall(r'<label for="link">(.*?)</label>', answer.text) == [label]
    assert 'value="https://exemple.fr/film"' in answer.text


def test_where_the_database_is_what_failed_it_is_asked_nothing_and_the_page_is_still_hers(
    maria: Person, monkeypatch: pytest.MonkeyPatch
):
    def fails(*_what: object) -> None:
        asked.clear()
        raise storage.DatabaseUnavailable("locked", None, OSError())

    asked: list[str] = []
    engine = maria.services.database.engine
    event.listen(engine, "before_cursor_execute", lambda *what: asked.append(what[2]))
    monkeypatch.setattr(accounts, "rename_holder", fails)

    answer = maria.post("/settings", data={"name": "Maria"}, headers=came_from(maria, "/settings"))

    assert answer.status_code == 503
    assert is_their_own(answer.text, "/settings")
    assert [one for one in asked if "SELECT" in one] == []


def test_a_stranger_reads_a_page_of_nobody(app: Starlette, maria: Person):
    share = maria.link_of(maria.shows(*has(maria)))

    for page in (Person(app).get("/nothing").text, maria.get(f"{share}/nothing").text):
        assert BAR not in page


@pytest.mark.parametrize(
    ("path", "page", "unknown"),
    [
        ("/photo", "/photo/edit", "/"),
        ("/evidence/1/attachments", "/evidence/1", "/evidence/1"),
        ("/shares/99999/stopping", "/shares", "/shares/99999"),
    ],
)
@pytest.mark.breadth
def test_whoever_sent_nothing_reads_the_same_page_in_english_and_in_larger_letters(
    maria: Person, path: str, page: str, unknown: str
):
    """The page that they came from; where the browser keeps that to itself, the one above."""
    maria.tells(*maria.has())

    told, silent = maria.post(path, headers=came_from(maria, page)), maria.post(path)

    for answer, place in ((told, page), (silent, unknown)):
        assert answer.status_code in {404, 422}, answer.status_code
        assert set(re.findall(r'name="next" value="([^"#]*)', answer.text)) == {place}


@pytest.mark.parametrize(
    ("path", "page", "taken_to"),
    [
        ("/evidence/1/requests", "/evidence/1/requests/new", "/evidence/1/requests"),
        ("/handovers", "/badges/new", "/badges"),
    ],
)
@pytest.mark.breadth
def test_where_the_answer_is_a_form_the_other_language_takes_it_along(
    maria: Person, path: str, page: str, taken_to: str
):
    maria.tells(*maria.has())

    for answer in (maria.post(path, headers=came_from(maria, page)), maria.post(path)):
        assert answer.status_code == 422, answer.status_code
        assert re.findall(r'form="typed" formaction="/language\?[^"]*next=([^"]*)"', answer.text) == [taken_to]


def test_no_word_of_another_site_says_where_the_other_language_is_chosen(maria: Person):
    for told in ("https://evil.example/help", f"{maria.services.settings.origin}//evil.example", "/help"):
        answer = maria.post("/photo", headers={"Referer": told})

        assert 'name="next" value="/"' in answer.text, told


def test_a_form_that_says_it_stands_where_no_page_is_is_not_believed(maria: Person):
    for here in ("//evil.example", "javascript:alert(1)", "/photo", "/nothing"):
        assert 'name="next" value="/"' in maria.post("/photo", data={"here": here}).text, here


def test_above_an_address_without_end_a_page_is_looked_for_only_as_deep_as_any_is(
    maria: Person, monkeypatch: pytest.MonkeyPatch
):
    """16 KB of slashes cost five seconds of a core."""
    looked, is_page = list[str](), layout._is_page
    monkeypatch.setattr(layout, "_is_page", lambda *what: looked.append(what[1]) or is_page(*what))

    answer = maria.post("/badges/" + "a/" * 5_000)

    assert (answer.status_code, 'name="next" value="/badges"' in answer.text) == (404, True)
    assert len(looked) <= layout.DEEPEST
    assert max(route.path.count("/") for route in routes.ROUTES) < layout.DEEPEST
