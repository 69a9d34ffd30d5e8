"""Nadia was given Sonia's link: she reads one moment, says a word on it or no, and takes back what she said."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.robotparser import RobotFileParser

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from starlette.applications import Starlette

from tests.fixtures.asked import asks, token_of
from tests.fixtures.examined import somebody_with_a_key
from tests.fixtures.made_once import made_once
from tests.fixtures.moments import SAID, Teller, a_photo, a_recording
from tests.fixtures.recordings import ogg
from tests.fixtures.screens import pages
from tests.fixtures.screens_tutor import SCREENS_OF_TUTOR
from tests.fixtures.tables_made import make_tables
from tests.fixtures.visits import Clock, IssuersWeb, Person, Stranger, holder, words
from wallet import accounts, endorsements, storage
from wallet.accounts.outbox import MAIL_PURPOSE, Mail
from wallet.accounts.user_agents import PREVIEW_ROBOTS
from wallet.app import create_app
from wallet.endorsements.models import AFEST_TICKS, Endorsement, EndorsementRequest
from wallet.evidence import editing
from wallet.evidence.models import Attachment, EvidenceFull
from wallet.settings import Settings
from wallet.storage import file_removals
from wallet.web.rate_limits import HOUR, STRICT, Limit

MOMENT = tuple(text for question, text in SAID.items() if question != "situation")
FROM_THE_PAGE = {"Sec-Fetch-Site": "same-origin"}
HERS = {"name": "Nadia Martin", "role": "cheffe d’équipe", "organisation": "Jardins du Perche"}
AT_WORK = "nadia@jardins-perche.fr"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}"


class Nadia(Stranger):
    """She has no account, and a browser that keeps nothing."""

    def touches(self, link: str, step: str = "read", **typed: Any) -> Any:
        """The button of that name."""
        return self.post(link, data={"step": step} | typed, headers=FROM_THE_PAGE)

    def writes(self, link: str, **typed: Any) -> Any:
        """From « Oui, je l’ai vu » to « Envoyer »."""
        form = self.touches(link, "saw").text
        files = {"voice": ("mot.ogg", typed.pop("voice"), "audio/ogg")} if "voice" in typed else None
        data = {"step": "send", "secret": secret_in(form), "relation": "saw"} | HERS | typed
        return self.post(link, data=data, files=files, headers=FROM_THE_PAGE)


def secret_in(form: str) -> str:
    found = re.search(r'name="secret" value="([0-9A-Z]{26})"', form)
    assert found is not None
    return found[1]


def hidden_in(page: str) -> dict[str, str]:
    """What the page sends along by itself."""
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)}


@made_once
def who_was_asked(app: Starlette) -> Nadia:
    """Where somebody sent their link."""
    asked_by(app)
    return Nadia(app)


@pytest.fixture
def nadia(app: Starlette, request: pytest.FixtureRequest) -> Nadia:
    return (who_was_asked if "link" in request.fixturenames else Nadia)(app)


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    """Holder 1, in her own browser, who sends a link."""
    sonia = holder(app)
    asked_by(app, 1)
    return sonia


@pytest.fixture
def hers(app: Starlette, sonia: Person) -> str:
    """The path of the link that she sends."""
    return f"/mot/{token_of(app.state.services.database, 1)}"


@pytest.fixture
def link(app: Starlette, nadia: Nadia) -> str:
    return f"/mot/{token_of(app.state.services.database, 1)}"


def asked_by(app: Starlette, holder_id: int = 0, key: str = "1", moment: int = 0) -> str:
    """The path of the link that somebody sends, the holder of that id or a new one: of that moment, or of a new one."""
    services = app.state.services
    holder_id = holder_id or somebody_with_a_key(services.database)
    moment = moment or Teller(services.database, services.files, holder_id).tells(key=key)
    return f"/mot/{token_of(services.database, asks(services.database, holder_id, moment, key))}"


def rows(app: Starlette, table: Any = Endorsement) -> list[Any]:
    with app.state.services.database.reading() as session:
        return list(session.scalars(select(table).order_by(table.id)))


def code_of(app: Starlette) -> str:
    """What stands in the letter that waits."""
    (letter,) = rows(app, Mail)
    return str(app.state.services.keyring.unseal(letter.sealed, MAIL_PURPOSE).decode())


# Reading


@pytest.mark.breadth
def test_a_preview_of_the_link_tells_nothing_of_the_moment_and_robots_not_even_who_asks(nadia: Nadia, link: str):
    page = nadia.get(link)

    assert "Sonia vous demande un mot" in words(page.text)
    assert "Cette personne raconte un moment vécu. L’avez-vous vu ?" in words(page.text), "it may be one at home"
    assert not [told for told in MOMENT if told in unescape(page.text)]
    assert "set-cookie" not in page.headers
    assert "<script" not in page.text
    for language, locale in (("fr", "fr_FR"), ("en", "en_GB")):
        assert f'property="og:locale" content="{locale}"' in nadia.get(f"{link}?lang={language}").text
    assert page.headers["cache-control"] == "no-store"
    assert "noindex" in page.headers["x-robots-tag"]
    assert "referrer-policy" in page.headers
    for robot in PREVIEW_ROBOTS:
        page = unescape(nadia.get(link, headers={"User-Agent": f"{robot}/2.23"}).text)
        assert "Une personne vous demande un mot" in page, robot
        assert not [told for told in ("Sonia", *MOMENT) if told in page], robot


@pytest.mark.breadth
def test_three_touches_and_sixty_signs_are_enough(nadia: Nadia, sonia: Person, hers: str, app: Starlette):
    read = nadia.touches(hers)
    assert all(told in unescape(read.text) for told in MOMENT)
    form = nadia.touches(hers, "saw")
    assert "Sonia pourra montrer ce mot à un employeur." in words(form.text)
    assert "Pas de santé, pas de vie privée." in words(form.text)
    assert sum(map(len, HERS.values())) <= 60
    sent = nadia.touches(hers, "send", secret=secret_in(form.text), relation="saw", **HERS)

    assert sent.status_code == 303
    done = nadia.get(sent.headers["location"])
    for told in ("C’est fait.", "Merci pour Sonia.", "Gardez ce lien.", "Il permet de retirer votre mot.",
                 "Nous ne vous écrirons plus.", "Nous n’avons pas vérifié son nom."):  # fmt: skip
        assert told in words(done.text)
    assert app.state.services.settings.origin + sent.headers["location"] in unescape(done.text)
    for answer in (read, form, sent, done):
        assert "set-cookie" not in answer.headers
        assert "<script" not in answer.text
    (word,) = rows(app)
    assert (word.name, word.role, word.organisation, word.relation) == (*HERS.values(), "saw")
    assert (word.sentence, word.means, word.accepted_at, word.document) == ("", "none", None, None)
    assert (word.setting, word.afest) == ("", None), "what she did not tick she does not say"
    assert "Nadia Martin" in sonia.reads(f"/endorsements/{word.id}")


@pytest.mark.breadth
def test_a_ready_sentence_counts_where_she_wrote_none(nadia: Nadia, link: str, app: Starlette):
    form = nadia.touches(link, "saw").text
    ready = unescape(re.findall(r'name="ready" value="([^"]*)"', form)[0])
    nadia.writes(link, ready=ready)

    assert ready == "On peut compter sur Sonia."
    assert rows(app)[0].sentence == ready


def test_another_ready_sentence_counts_where_the_first_one_came_back_to_be_corrected(
    nadia: Nadia, link: str, app: Starlette
):
    first, second = "On peut compter sur Sonia.", "J’ai vu Sonia progresser."
    form = nadia.writes(link, name="", ready=first).text
    assert f'value="{first}" checked' in unescape(form)
    nadia.writes(link, ready=second, sentence=unescape(re.findall(r'name="sentence"[^>]*>([^<]*)<', form)[0]))

    assert rows(app)[0].sentence == second


def test_her_own_words_count_before_a_ready_sentence(nadia: Nadia, link: str, app: Starlette):
    nadia.writes(link, ready="On peut compter sur Sonia.", sentence="Sonia est patiente.")

    assert rows(app)[0].sentence == "Sonia est patiente."


def test_whoever_was_not_there_says_so(nadia: Nadia, link: str, app: Starlette):
    form = nadia.touches(link, "knows").text
    secret = secret_in(form)
    nothing = nadia.touches(link, "send", secret=secret, relation="knows", **HERS)
    assert (nothing.status_code, "Vous n’avez pas vu ce moment." in words(nothing.text)) == (422, True)
    nadia.touches(link, "send", secret=secret, relation="knows", sentence="On peut compter sur Sonia.", **HERS)

    assert rows(app)[0].relation == "knows"


def test_what_makes_an_afest_is_ticked_one_by_one(nadia: Nadia, link: str, app: Starlette):
    nadia.writes(link, afest=["trainer", "analysis", "else"])

    assert (rows(app)[0].setting, rows(app)[0].afest) == ("afest", ["analysis", "trainer"])


def test_a_no_tells_nothing_more(nadia: Nadia, link: str, app: Starlette):
    assert "Si c’est non : Sonia lira : « Pas de mot cette fois. »" in words(nadia.touches(link).text)
    answer = nadia.touches(link, "no")

    noted = words(nadia.get(answer.headers["location"]).text)
    assert "C’est noté." in noted
    assert "Vous vouliez dire oui ? Demandez un nouveau lien à la personne." in noted
    assert nadia.touches(link, "no").status_code == 410
    assert rows(app) == []
    assert [(one.was_declined, one.answered_at is not None) for one in rows(app, EndorsementRequest)] == [(True, True)]


def test_her_voice_is_drawn_anew(nadia: Nadia, link: str, app: Starlette):
    sent = nadia.writes(link, voice=ogg(200))

    assert sent.status_code == 303
    (word,) = rows(app)
    assert word.media_type == "audio/ogg"
    assert word.seconds
    assert app.state.services.files.read(word.recording) != ogg(200)
    assert "Sa voix" in words(nadia.get(sent.headers["location"]).text)


def test_what_is_no_voice_is_refused_and_what_was_typed_stays(nadia: Nadia, link: str, app: Starlette):
    for voice in (b"%PDF-1.7 ...", b"", b"\xff\xd8\xff photo", ogg(200)[:60]):
        answer = nadia.writes(link, voice=voice, sentence="Sonia est patiente.")
        assert answer.status_code == 422, voice[:9]
        assert "Sonia est patiente." in answer.text
        assert 'id="voice-fault"' in answer.text
    assert rows(app) == []
    assert rows(app, EndorsementRequest)[0].answered_at is None


@pytest.mark.parametrize(("problem", "status"), [(EvidenceFull, 413), (endorsements.NotOpen, 410)])
def test_a_voice_that_finds_no_room_or_comes_too_late_goes_from_the_shelf(
    nadia: Nadia, link: str, app: Starlette, monkeypatch: pytest.MonkeyPatch, problem: type[Exception], status: int
):
    def give(*_: Any, **__: Any) -> None:
        raise problem

    def receive(visit: Any, shelved: set[str]) -> None:
        shelved.add(visit.services.files.keep(b"her voice"))

    monkeypatch.setattr("wallet.endorsements.give_endorsement", give)
    monkeypatch.setattr("wallet.routes.tutor._receive_voice", receive)

    assert nadia.writes(link).status_code == status

    assert len(app.state.services.database.read(file_removals.pending_removals)) == 1


@pytest.mark.parametrize("typed", [{"name": ""}, {"mail": "nadia@gmail.com"}, {"step": "again"}], ids=str)
def test_a_voice_that_a_page_could_not_keep_is_asked_for_again(
    nadia: Nadia, link: str, app: Starlette, typed: dict[str, str]
):
    page = nadia.writes(link, voice=ogg(200), **typed).text

    assert "Votre fichier n’a pas été gardé. Enregistrez encore votre voix." in words(page)
    assert 'id="voice-fault"' in page
    assert rows(app) == []


def test_what_is_to_be_corrected_is_said_at_its_field(nadia: Nadia, link: str, app: Starlette):
    form = secret_in(nadia.touches(link, "saw").text)
    for field, typed in (
        *(("name", " "), ("name", "N" * 81), ("role", "r" * 81), ("organisation", "o" * 81), ("sentence", "s" * 301)),
        *(("mail", "nadia"), ("mail", "nadia@gmail.com"), ("mail", "nadia@BBOX.fr"), ("mail", "nadia@orange.fr")),
        ("mail", "nadia@mozmail.com"),
    ):
        answer = nadia.touches(link, "send", secret=form, **HERS | {field: typed})
        assert answer.status_code == 422, (field, typed)
        assert f'id="{field}-fault"' in answer.text
        assert "<title>Erreur" in answer.text
        assert "cheffe d’équipe" in answer.text or field == "role"
    assert (rows(app), rows(app, Mail)) == ([], [])


@pytest.mark.breadth
def test_what_she_types_is_text_and_nothing_else(nadia: Nadia, sonia: Person, hers: str, app: Starlette):
    at = nadia.writes(hers, name=HOSTILE, sentence=HOSTILE, role="\u202eeffehc").headers["location"]

    for page in (nadia.get(at).text, sonia.page(f"/endorsements/{rows(app)[0].id}")):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "\u202e" not in page


@pytest.mark.parametrize("step", ["saw", "knows", "again", "send"])
def test_she_reads_the_moment_again_beside_what_she_types(nadia: Nadia, link: str, step: str):
    """« Retour » leads to no page that a POST made: it says that something is to be sent anew, and all that was typed is gone."""
    page = unescape(nadia.touches(link, step, name="").text)

    assert "Relire le moment" in page
    assert all(told in page for told in MOMENT)


def test_the_other_language_keeps_what_was_typed(nadia: Nadia, link: str):
    page = nadia.post(f"{link}?lang=en", data={"step": "again", **HERS, "sentence": "Bravo"}, headers=FROM_THE_PAGE)

    assert "This is what will be read" in words(page.text)
    assert all(told in unescape(page.text) for told in (*HERS.values(), "Bravo"))
    assert f'action="{link}?lang=en"' in page.text


# Who may not, and when


def test_what_is_signed_is_in_the_language_in_which_she_read(nadia: Nadia, sonia: Person, hers: str):
    form = nadia.touches(f"{hers}?lang=en", "saw").text
    nadia.touches(f"{hers}?lang=en", "send", secret=secret_in(form), relation="saw", **HERS)
    sonia.post("/endorsements/1/acceptance")

    assert "This person was there and saw it." in sonia.get("/endorsements/1/file").json()["description"]


def test_sonias_own_browser_writes_no_word(sonia: Person, hers: str, app: Starlette):
    assert "C’est votre demande à vous" in sonia.reads(hers)
    for step in ("read", "saw", "again", "send", "no"):
        answer = sonia.post(hers, data={"step": step} | HERS)
        assert answer.status_code == 422
        assert "Une autre personne doit écrire ce mot." in words(answer.text)
    assert rows(app) == []
    assert rows(app, EndorsementRequest)[0].answered_at is None


def test_somebody_else_who_has_a_wallet_may(app: Starlette, link: str):
    youssef = holder(app, address="203.0.113.77")

    assert youssef.post(link, data={"step": "send", "relation": "saw"} | HERS).status_code == 303


def test_a_link_is_good_for_one_word(nadia: Nadia, link: str, app: Starlette):
    nadia.writes(link)
    late = nadia.touches(link, "send", secret=accounts.new_code(), relation="saw", sentence="Encore", **HERS)

    assert late.status_code == 410
    assert "Une réponse est déjà arrivée." in words(late.text)
    assert [one.sentence for one in rows(app)] == [""]
    assert "Une réponse est déjà arrivée." in words(nadia.get(link).text)
    assert "Un client" not in unescape(nadia.touches(link).text)


def test_the_same_page_sent_twice_is_one_word_and_leads_to_the_same_page(nadia: Nadia, link: str, app: Starlette):
    secret = secret_in(nadia.touches(link, "saw").text)
    sent = [nadia.touches(link, "send", secret=secret, relation="saw", **HERS) for _ in range(2)]

    assert {one.headers["location"] for one in sent} == {f"/mon-mot/{secret}"}
    assert len(rows(app)) == 1


def test_what_nadia_changed_and_sent_again_is_not_said_to_be_done(nadia: Nadia, link: str, app: Starlette):
    secret = secret_in(nadia.touches(link, "saw").text)
    first = nadia.touches(link, "send", secret=secret, relation="saw", sentence="Sonia est patience.", **HERS)
    again = nadia.touches(link, "send", secret=secret, relation="saw", sentence="Sonia est patiente.", **HERS)

    assert again.status_code == 410
    assert "Une réponse est déjà arrivée." in words(again.text)
    assert "Sonia est patiente." in unescape(again.text), "to be copied"
    assert f'href="{first.headers["location"]}"' in again.text, "where the first one is taken back"
    assert [one.sentence for one in rows(app)] == ["Sonia est patience."]

    nadia.post(f"{first.headers['location']}/withdrawal", headers=FROM_THE_PAGE)
    late = nadia.touches(link, "send", secret=secret, relation="saw", **HERS)
    assert late.headers["location"] == first.headers["location"], "that is withdrawn, whatever is sent"


@pytest.fixture
def either(settings: Settings, web: IssuersWeb, clock: Clock, database_url: str) -> Any:
    """The whole house, on SQLite and on PostgreSQL."""
    app = create_app(replace(settings, database_url=database_url), web, clock)  # type: ignore[arg-type]
    make_tables(app.state.services.database)
    yield app
    app.state.services.database.close()


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_two_who_answer_at_once_are_one_word(either: Starlette):
    link = asked_by(either)
    people = [Nadia(either) for _ in range(4)]
    forms = [secret_in(people[0].touches(link, "saw").text)] * 2 + [accounts.new_code() for _ in range(2)]

    def send(who: Nadia, secret: str) -> int:
        return int(who.touches(link, "send", secret=secret, relation="saw", **HERS).status_code)

    with ThreadPoolExecutor(4) as together:
        told = sorted(together.map(send, people, forms))

    assert len(rows(either)) == 1
    assert set(told) <= {303, 410}
    assert 303 in told


def test_after_fourteen_days_the_link_is_over(nadia: Nadia, link: str, clock: Clock):
    clock.move(days=14)

    assert "Ce lien est fini." in words(nadia.get(link).text)
    late = nadia.touches(link, "send", secret=accounts.new_code(), sentence="Sonia est patiente.", **HERS)
    assert late.status_code == 410
    typed = "\n".join(["Sonia est patiente.", *HERS.values()])
    assert f">{typed}</textarea>" in late.text
    by_a_tap = nadia.touches(link, "send", secret=accounts.new_code(), ready="On peut compter sur Sonia.", name="Nadia")
    assert ">On peut compter sur Sonia.\nNadia</textarea>" in by_a_tap.text


def test_a_stopped_request_is_told_as_such(nadia: Nadia, link: str, app: Starlette):
    app.state.services.database.write(endorsements.stop_request, *one_request(app), app.state.services.clock())

    page = nadia.touches(link)
    assert page.status_code == 410
    assert "Cette demande a été arrêtée." in words(page.text)
    other_language = nadia.touches(link, "again", **HERS)
    assert (other_language.status_code, HERS["name"] in other_language.text) == (410, True)
    assert not any(told in unescape(other_language.text) for told in MOMENT), "nobody reads it any more"


def one_request(app: Starlette) -> tuple[int, int]:
    (request,) = rows(app, EndorsementRequest)
    return request.holder_id, request.id


def test_what_she_wrote_stays_where_the_request_was_stopped_meanwhile(
    nadia: Nadia, link: str, app: Starlette, monkeypatch: pytest.MonkeyPatch
):
    def stopped_first(what: str, *_: Any) -> bool:
        if what == "word":
            app.state.services.database.write(endorsements.stop_request, *one_request(app), app.state.services.clock())
        return True

    monkeypatch.setattr(app.state.services.rate_limits, "allow", stopped_first)
    answer = nadia.writes(link, sentence="Sonia est patiente.")

    assert answer.status_code == 410
    assert "Sonia est patiente.\nNadia Martin\n" in answer.text


@pytest.mark.parametrize(("chosen", "stays"), [(b"", True), (b"mot.ogg", False)], ids=["no voice", "a voice"])
def test_what_she_wrote_is_given_back_where_it_cannot_be_kept_now_unless_a_voice_went_with_it(
    nadia: Nadia, link: str, app: Starlette, monkeypatch: pytest.MonkeyPatch, chosen: bytes, *, stays: bool
):
    """A browser sends a file without a name for the field that she did not touch; a page can hold no other one."""
    said = {"step": "send", "secret": secret_in(nadia.touches(link, "saw").text), "relation": "saw"} | HERS
    said["sentence"] = "Sonia est patiente."
    fields = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in said.items()]
    fields.append(b'name="voice"; filename="%b"\r\nContent-Type: audio/ogg\r\n\r\n' % chosen)
    body = b"".join(b"--b\r\nContent-Disposition: form-data; %b\r\n" % one for one in fields) + b"--b--\r\n"

    def is_away(*_: Any, **__: Any) -> None:
        raise storage.DatabaseUnavailable("", {}, Exception("away"))

    with monkeypatch.context() as outage:
        outage.setattr(app.state.services.database, "write", is_away)
        outage.setattr("wallet.routes.tutor._receive_voice", lambda *_: None)
        answer = nadia.post(
            link, content=body, headers=FROM_THE_PAGE | {"Content-Type": "multipart/form-data; boundary=b"}
        )

    assert answer.status_code == 503
    assert ("Sonia est patiente." in answer.text, f'action="{link}"' in answer.text) == (stays, stays)


@pytest.mark.breadth
def test_what_she_wrote_stays_where_sonia_erased_everything_meanwhile(nadia: Nadia, link: str, app: Starlette):
    nadia.touches(link, "saw")
    (holder_id, _), services = one_request(app), app.state.services
    services.erasures.erase(holder_id, services.clock())

    for step in ("send", "again"):
        answer = nadia.touches(link, step, sentence="Sonia est patiente.", **HERS)
        assert answer.status_code == 404
        assert "Votre mot n’est pas parti." in words(answer.text)
        assert ">Sonia est patiente.\nNadia Martin\n" in answer.text


@pytest.mark.parametrize("table", [EndorsementRequest, Endorsement])
def test_a_no_or_a_withdrawal_that_waits_while_sonia_erases_everything_finds_nothing(
    nadia: Nadia, link: str, app: Starlette, monkeypatch: pytest.MonkeyPatch, table: Any
):
    """It waits for her row, and is let on between two steps of it: the holder is there, and what she had is not."""
    at = f"{nadia.writes(link).headers['location']}/withdrawal" if table is Endorsement else link
    lock = accounts.lock_holder

    def waits(session: Session, holder_id: int) -> accounts.Holder:
        session.execute(delete(table).execution_options(synchronize_session=False))
        return lock(session, holder_id)

    monkeypatch.setattr(accounts, "lock_holder", waits)

    answer = nadia.touches(at, "no")

    assert (answer.status_code, "Cette page n’existe plus." in words(answer.text)) == (404, True)


def test_a_link_that_is_nobodys_says_so(nadia: Nadia, app: Starlette):
    for at in (f"/mot/{accounts.new_code()}", f"/mon-mot/{accounts.new_code()}", "/mot/x", "/mon-mot/é"):
        answer = nadia.get(at)
        assert answer.status_code == 404, at
        assert "Cette page n’existe plus." in words(answer.text)


@pytest.mark.breadth
def test_whoever_would_take_a_word_back_that_is_erased_has_nothing_to_ask_for(nadia: Nadia, link: str, app: Starlette):
    at = str(nadia.writes(link).headers["location"])
    (holder_id, _), services = one_request(app), app.state.services
    services.erasures.erase(holder_id, services.clock())

    for answer in (nadia.get(at), nadia.post(f"{at}/withdrawal", headers=FROM_THE_PAGE)):
        assert answer.status_code == 404
        assert "Comparez-le avec le lien que vous avez gardé." in words(answer.text)
        assert "Demandez un nouveau lien" not in words(answer.text)


def test_what_is_seen_with_the_moment_ends_with_the_link(nadia: Nadia, app: Starlette):
    services = app.state.services
    sonia = Teller(services.database, services.files, somebody_with_a_key(services.database))
    moment = sonia.tells()
    sonia.attaches(moment, a_photo(), "photo.jpg")
    token = token_of(services.database, asks(services.database, sonia.holder, moment))
    other = asked_by(app)

    assert f'src="/mot/{token}/told/0/picture"' in nadia.touches(f"/mot/{token}").text
    assert nadia.get(f"/mot/{token}/told/0").content == services.files.read(rows(app, Attachment)[0].file)
    for nothing in (f"/mot/{token}/told/1", f"{other}/told/0", f"/mot/{token}/told/999999999/picture"):
        assert nadia.get(nothing).status_code == 404, nothing
    nadia.touches(f"/mot/{token}", "no")
    assert nadia.get(f"/mot/{token}/told/0").status_code == 404


def test_what_sonia_took_off_is_not_offered_and_not_confirmed(nadia: Nadia, app: Starlette):
    services = app.state.services
    sonia = Teller(services.database, services.files, somebody_with_a_key(services.database))
    moment = sonia.tells()
    taken_off, there = sonia.attaches(moment, a_recording(), "mot.webm"), sonia.attaches(moment, a_photo(), "photo.jpg")
    link = asked_by(app, sonia.holder, moment=moment)
    services.database.write(editing.remove_attachment, sonia.holder, moment, taken_off, services.clock())

    page = nadia.touches(link).text
    assert "<audio" not in page
    assert f'src="{link}/told/1/picture"' in page
    assert nadia.get(f"{link}/told/1/picture").status_code == 200
    nadia.writes(link)

    assert [one["id"] for one in rows(app)[0].told["attachments"]] == [there]


@pytest.mark.parametrize("comes_back", ["while she reads", "while she writes"])
@pytest.mark.breadth
def test_what_sonia_put_back_after_she_had_read_is_not_confirmed(nadia: Nadia, app: Starlette, comes_back: str):
    services = app.state.services
    sonia = Teller(services.database, services.files, somebody_with_a_key(services.database))
    moment = sonia.tells()
    voice, there = sonia.attaches(moment, a_recording(), "mot.webm"), sonia.attaches(moment, a_photo(), "photo.jpg")
    link = asked_by(app, sonia.holder, moment=moment)
    services.database.write(editing.remove_attachment, sonia.holder, moment, voice, services.clock())

    def put_back() -> None:
        services.database.write(editing.restore_attachment, sonia.holder, moment, voice, services.clock())

    page = nadia.touches(link).text
    assert "<audio" not in page
    if comes_back == "while she reads":
        put_back()
    page = nadia.touches(link, "saw", **hidden_in(page)).text
    if comes_back == "while she writes":
        put_back()
    page = nadia.touches(link, "again", **hidden_in(page) | HERS).text
    assert "<audio" not in page, "nor is it offered beside what she writes"
    assert nadia.touches(link, "send", **hidden_in(page) | HERS).status_code == 303

    assert [one["id"] for one in rows(app)[0].told["attachments"]] == [there]


def test_where_all_that_she_heard_was_changed_for_another_voice_nothing_is_confirmed(nadia: Nadia, app: Starlette):
    services = app.state.services
    sonia = Teller(services.database, services.files, somebody_with_a_key(services.database))
    moment = sonia.tells(said={"situation": "work"})
    heard, other = (sonia.attaches(moment, a_recording(name), f"{name}.webm") for name in "ab")
    link = asked_by(app, sonia.holder, moment=moment)
    services.database.write(editing.remove_attachment, sonia.holder, moment, other, services.clock())
    page = nadia.touches(link, "saw", **hidden_in(nadia.touches(link).text)).text
    services.database.write(editing.remove_attachment, sonia.holder, moment, heard, services.clock())
    services.database.write(editing.restore_attachment, sonia.holder, moment, other, services.clock())

    answer = nadia.touches(link, "send", **hidden_in(page) | HERS)

    assert answer.status_code == 410
    assert "Cette demande a été arrêtée." in words(answer.text)
    assert "Nadia Martin" in answer.text
    assert rows(app) == []


def test_where_sonia_took_off_the_voice_that_was_all_nothing_is_asked(nadia: Nadia, app: Starlette):
    services = app.state.services
    sonia = Teller(services.database, services.files, somebody_with_a_key(services.database))
    moment = sonia.tells(said={"situation": "work"})
    voice = sonia.attaches(moment, a_recording(), "mot.webm")
    link = asked_by(app, sonia.holder, moment=moment)
    form = secret_in(nadia.touches(link, "saw").text)
    services.database.write(editing.remove_attachment, sonia.holder, moment, voice, services.clock())

    for step in ("read", "saw", "send"):
        answer = nadia.touches(link, step, secret=form, relation="saw", **HERS)
        assert (answer.status_code, "Cette demande a été arrêtée." in words(answer.text)) == (410, True), step
    assert rows(app) == []

    [asked] = rows(app, EndorsementRequest)
    said = endorsements.clean_answer({"relation": "saw"} | HERS, [])
    assert services.database.read(endorsements.view_words, sonia.holder, services.clock()).waiting == []
    with pytest.raises(endorsements.NotOpen):  # taken off between the look at it and the word
        services.database.write(endorsements.give_endorsement, asked.id, said, form, services.clock())

    services.database.write(editing.restore_attachment, sonia.holder, moment, voice, services.clock())
    assert "<audio" in nadia.touches(link).text


def test_of_one_link_only_so_much_is_sent(nadia: Nadia, link: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(STRICT, "word", Limit(2, HOUR))
    for _ in range(2):
        assert nadia.writes(link, voice=b"%PDF").status_code == 422
    answer = nadia.writes(link, voice=b"%PDF", sentence="Sonia est patiente.")

    assert answer.status_code == 429
    assert "Sonia est patiente." in answer.text


# The code


def with_code(nadia: Nadia, link: str, mail: str = AT_WORK) -> str:
    """Where Nadia types it."""
    return str(nadia.writes(link, mail=mail).headers["location"])


def types(nadia: Nadia, at: str, **typed: str) -> Any:
    return nadia.post(f"{at}/code", data=typed, headers=FROM_THE_PAGE)


def test_the_code_proves_the_domain_and_the_address_is_kept_nowhere(nadia: Nadia, link: str, app: Starlette):
    at = with_code(nadia, link)
    (letter,) = rows(app, Mail)
    assert (letter.address, letter.kind) == (AT_WORK, "endorsement")
    assert "Tapez votre code" in words(nadia.get(at).text)
    assert rows(app)[0].arrives_at > app.state.services.clock()

    types(nadia, at, code=code_of(app).lower().replace(" ", "-"))

    (word,) = rows(app)
    assert (word.means, word.mail_domain) == ("mail", "jardins-perche.fr")
    assert (word.code_hash, word.code_sealed, word.arrives_at) == (None, None, app.state.services.clock())
    assert "Elle a reçu un code à son adresse : jardins-perche.fr" in words(nadia.get(at).text)
    told = {column.key: getattr(word, column.key) for column in Endorsement.__table__.columns}
    assert b"nadia@" not in repr(told).encode().lower()


@pytest.mark.parametrize("how", ["typed", "over", "withdrawn"])
@pytest.mark.breadth(beside=["withdrawn"])
def test_while_her_code_is_awaited_sonia_reads_that_a_word_is_on_its_way(
    sonia: Person, nadia: Nadia, hers: str, app: Starlette, clock: Clock, how: str
):
    (asked,) = rows(app, EndorsementRequest)
    moment, told = (
        f"/evidence/{asked.evidence_id}",
        "Quelqu’un a répondu. Vous pourrez lire son mot dans une heure au plus.",
    )
    assert told not in sonia.reads(moment)
    at = with_code(nadia, hers)

    assert f"Vous attendez un mot. {told}" in sonia.reads(moment)
    assert f'href="/requests/{asked.id}"' in sonia.page(moment)
    assert told in sonia.reads(f"/requests/{asked.id}")
    assert HERS["name"] not in sonia.reads(moment)

    if how == "typed":
        types(nadia, at, code=code_of(app))
    elif how == "over":
        clock.move(hours=1)
    else:
        nadia.post(f"{at}/withdrawal", headers=FROM_THE_PAGE)
    for page in (moment, f"/requests/{asked.id}"):
        assert told not in sonia.reads(page)
    assert ("Son mot est arrivé." in sonia.reads(moment)) == (how != "withdrawn")


def test_whoever_leaves_for_their_mailbox_has_the_link_by_which_they_take_it_back(
    nadia: Nadia, link: str, app: Starlette
):
    """In an hour the word is there without the code, and that page is the only one they were shown."""
    at = with_code(nadia, link)

    page = nadia.page(at)

    assert "Gardez ce lien." in words(page)
    assert "Nous ne vous écrirons plus." not in words(page), "a letter is on its way"
    assert f"{app.state.services.settings.origin}{at}</textarea>" in page
    assert f'action="{at}/withdrawal"' in page
    assert "Jardins du Perche" not in page, "what will be read is not known yet"


def test_a_code_that_was_right_is_so_for_a_second_tap(nadia: Nadia, link: str, app: Starlette):
    at, code = with_code(nadia, link), code_of(app)
    first, second = types(nadia, at, code=code), types(nadia, at, code=code)

    assert first.status_code == second.status_code == 303
    assert second.headers["location"] == first.headers["location"]


def test_three_tries_and_no_more(nadia: Nadia, link: str, app: Starlette):
    at = with_code(nadia, link)
    assert "Vous avez 3 essais." in words(nadia.get(at).text)
    for none in ("", "  ", " - "):
        told = words(types(nadia, at, code=none).text)
        assert "Vous avez 3 essais. Tapez le code." in told, "whoever typed none was told that it is the wrong one"
    for left in ("2 essais", "1 essai"):
        wrong = words(types(nadia, at, code="AAAA AAAA").text)
        assert "Ce code n’est pas le bon." in wrong
        assert f"Vous avez {left}." in wrong
        assert f"Vous avez {left}." in words(nadia.get(at).text), "she opens her link again"
    assert "Ce code ne marche plus." in words(types(nadia, at, code="AAAA AAAA").text)
    assert "Ce code ne marche plus." in words(types(nadia, at, code=code_of(app)).text)

    (word,) = rows(app)
    assert (word.means, word.code_sealed, word.arrives_at) == ("none", None, app.state.services.clock())


def test_whoever_does_not_wait_sends_without(nadia: Nadia, link: str, app: Starlette):
    at = with_code(nadia, link)
    types(nadia, at, skip="1")

    assert "C’est fait." in words(nadia.get(at).text)
    assert (rows(app)[0].means, rows(app)[0].code_sealed) == ("none", None)
    assert "Ce code ne marche plus." in words(types(nadia, at, code=code_of(app)).text)


@pytest.mark.breadth
def test_after_an_hour_the_word_is_there_without(nadia: Nadia, link: str, app: Starlette, clock: Clock):
    at = with_code(nadia, link)
    clock.move(hours=1)

    assert "C’est fait." in words(nadia.get(at).text)
    assert "Ce code ne marche plus." in words(types(nadia, at, code=code_of(app)).text)
    assert not app.state.services.database.write(endorsements.forget_unproven, clock())
    assert (rows(app)[0].means, rows(app)[0].code_sealed) == ("none", None)


@pytest.mark.parametrize("typed", [AT_WORK, "Nadia+1@Jardins-Perche.fr"])
def test_an_address_of_hers_proves_nothing_for_sonia(
    nadia: Nadia, sonia: Person, hers: str, app: Starlette, typed: str
):
    services = app.state.services
    sonia.post("/addresses", data={"address": AT_WORK})
    with services.database.writing() as session:
        session.execute(update(accounts.EmailAddress).values(verified_at=services.clock()))
        session.execute(Mail.__table__.delete())
    at = with_code(nadia, hers, typed)

    answer = types(nadia, at, code=code_of(app))

    assert "C’est une adresse de la personne qui demande." in words(answer.text)
    assert (rows(app)[0].means, rows(app)[0].mail_domain) == ("none", "")


def test_an_address_that_sonia_typed_and_never_proved_keeps_nobody_from_proving_it(
    nadia: Nadia, sonia: Person, hers: str, app: Starlette
):
    sonia.post("/addresses", data={"address": AT_WORK})
    with app.state.services.database.writing() as session:
        session.execute(Mail.__table__.delete())
    at = with_code(nadia, hers)

    types(nadia, at, code=code_of(app))

    assert (rows(app)[0].means, rows(app)[0].mail_domain) == ("mail", "jardins-perche.fr")


def test_one_mailbox_is_known_for_one_holder_and_not_across(app: Starlette):
    marks = list[bytes]()
    sonia, malik = (somebody_with_a_key(app.state.services.database) for _ in range(2))
    for number, who in enumerate((sonia, sonia, malik)):
        nadia = Nadia(app)
        at = with_code(nadia, asked_by(app, who, str(number)), "Nadia+mots@Jardins-Perche.fr" if number else AT_WORK)
        types(nadia, at, code=code_of(app))
        with app.state.services.database.writing() as session:
            session.execute(Mail.__table__.delete())
        marks = [one.mail_mark for one in rows(app)]

    assert marks[0] == marks[1] != marks[2]


@pytest.mark.breadth
def test_whoever_shares_a_mailbox_is_not_told_that_it_will_be_read(app: Starlette):
    database = app.state.services.database
    sonia = somebody_with_a_key(database)
    for number, name in enumerate(("Nadia Martin", "Paul Petit")):
        nadia = Nadia(app)
        at = nadia.writes(asked_by(app, sonia, str(number)), mail=AT_WORK, name=name).headers["location"]
        types(nadia, at, code=code_of(app))
        with database.writing() as session:
            session.execute(Mail.__table__.delete())
    told = "Elle a reçu un code à son adresse"
    assert told in words(nadia.get(at).text), "while nobody kept it"

    database.write(endorsements.prepare_acceptance, sonia, 2, app.state.services.clock())
    database.write(endorsements.accept_endorsement, sonia, 2, None, app.state.services.clock())

    assert told not in words(nadia.get(at).text), "it is kept and not signed: no address is told"


def test_no_mailbox_is_bombed(app: Starlette):
    database = app.state.services.database
    sent, sonia = 0, somebody_with_a_key(database)
    moment = Teller(database, app.state.services.files, sonia).tells()
    for number in range(STRICT["word letter"].amount + 2):
        nadia = Nadia(app)
        link = asked_by(app, sonia, str(number), moment)
        answer = nadia.writes(link, mail=f"victim+{number}@exemple.fr", sentence="Sonia est patiente.")
        sent += answer.status_code == 303
        if answer.status_code != 303:
            assert answer.status_code == 429
            assert "Trop de codes sont partis aujourd’hui." in words(answer.text)
            assert "Sonia est patiente." in answer.text
            assert nadia.writes(link).status_code == 303

    assert sent == STRICT["word letter"].amount
    assert len(rows(app, Mail)) == sent


def test_the_letter_says_nothing_that_sonia_wrote(nadia: Nadia, link: str, app: Starlette):
    with_code(nadia, link)
    ends_at = rows(app, Mail)[0].ends_at
    subject, text = app.state.services.pages.letter("endorsement", "fr", code=code_of(app), ends_at=ends_at)

    assert "Sonia" not in subject + text
    assert "Nous ne vous écrirons plus." in text
    assert code_of(app) in text


@pytest.mark.breadth
def test_where_no_mail_goes_no_address_is_asked_for(settings: Settings, web: IssuersWeb, clock: Clock):
    app = create_app(replace(settings, mail=None), web, clock)  # type: ignore[arg-type]
    make_tables(app.state.services.database)
    nadia, link = Nadia(app), asked_by(app)

    assert 'name="mail"' not in nadia.touches(link, "saw").text
    assert nadia.writes(link, mail=AT_WORK).status_code == 303
    assert rows(app, Mail) == []
    app.state.services.database.close()


# Taking back


def test_after_three_years_no_words_are_put_into_her_mouth_and_she_still_takes_it_back(
    nadia: Nadia, sonia: Person, hers: str, clock: Clock
):
    at = str(nadia.writes(hers, sentence="Sonia est patiente.").headers["location"])
    sonia.post("/endorsements/1/acceptance")
    assert "Voici ce que l’on lira" in words(nadia.get(at).text)

    clock.move(days=3 * 365)

    page = words(nadia.get(at).text)
    assert "Ce mot n’est plus valable. Il n’est plus montré." in page
    assert "Voici ce que l’on lira" not in page
    assert "Je confirme ce moment." not in page, "she wrote something else"
    nadia.post(f"{at}/withdrawal", headers=FROM_THE_PAGE)
    assert "Votre mot est retiré" in words(nadia.get(at).text)


def test_she_takes_it_back_there_and_then_and_nothing_of_it_stays(
    nadia: Nadia, link: str, app: Starlette, clock: Clock
):
    at = str(nadia.writes(link, sentence="Sonia est patiente.", voice=ogg(200)).headers["location"])
    recording = rows(app)[0].recording
    answer = nadia.post(f"{at}/withdrawal", headers=FROM_THE_PAGE)

    assert "Votre mot est retiré" in words(nadia.get(answer.headers["location"]).text)
    assert rows(app)[0].withdrawn_at == clock()
    assert "set-cookie" not in answer.headers
    services = app.state.services
    assert not services.database.write(endorsements.erase_withdrawn, clock())
    (word,) = rows(app)
    left = repr([getattr(word, column.key) for column in Endorsement.__table__.columns])
    assert not [told for told in (*HERS.values(), "patiente", *MOMENT, recording) if told in left]
    assert "Votre mot est retiré" in words(nadia.get(at).text)
    assert nadia.post(f"{at}/withdrawal", headers=FROM_THE_PAGE).status_code == 303


@pytest.mark.breadth
def test_looking_takes_nothing_back(nadia: Nadia, link: str, app: Starlette):
    at = str(nadia.writes(link).headers["location"])
    for path in (at, f"{at}/withdrawal", f"{at}/code"):
        nadia.get(path)

    assert rows(app)[0].withdrawn_at is None


@pytest.mark.breadth
def test_the_request_does_not_open_the_word(nadia: Nadia, link: str, app: Starlette):
    """Sonia has the link of her request, and not the one by which Nadia takes back what she said."""
    nadia.writes(link)

    assert nadia.get(f"/mon-mot/{link.removeprefix('/mot/')}").status_code == 404
    assert nadia.post(f"/mon-mot/{link.removeprefix('/mot/')}/withdrawal", headers=FROM_THE_PAGE).status_code == 404
    assert rows(app)[0].withdrawn_at is None


def test_robots_that_draw_previews_may_ask_for_the_page_and_for_nothing_of_a_word(nadia: Nadia, link: str):
    rules = RobotFileParser()
    rules.parse(nadia.get("/robots.txt").text.splitlines())

    assert rules.can_fetch("WhatsApp/2.23", f"http://localhost:8000{link}")
    assert not rules.can_fetch("WhatsApp/2.23", "http://localhost:8000/mon-mot/K7PM")
    for at in (link, "/mon-mot/K7PM"):
        assert not rules.can_fetch("Googlebot", f"http://localhost:8000{at}")


def test_a_form_that_brings_the_secret_of_another_word_is_a_word_with_a_link_of_its_own(
    nadia: Nadia, link: str, app: Starlette
):
    first = nadia.writes(link).headers["location"]
    other = nadia.writes(asked_by(app), secret=first.rpartition("/")[2], name="Paul")

    assert other.status_code == 303
    assert other.headers["location"] != first
    assert nadia.post(f"{first}/withdrawal", headers=FROM_THE_PAGE).status_code == 303
    assert [(one.name, one.withdrawn_at is None) for one in rows(app)] == [("Nadia Martin", False), ("Paul", True)]


# What the pages say, in the states of tests/fixtures/screens_tutor.py.


def test_what_she_ticked_and_typed_in_a_fold_stays_in_sight_where_something_is_to_be_corrected():
    corrected, fresh = drawn("the word, too long"), drawn("the word")

    assert re.findall(r'name="afest" value="(\w+)" checked', corrected) == list(AFEST_TICKS)
    assert 'value="nadia@gmail.com"' in corrected
    assert re.search(r'name="voice" type="file" accept="audio/\*" capture="user"', fresh), "a phone opens its recorder"
    for fold in ("C’était une formation au travail", "Prouver où vous travaillez"):
        assert re.search(rf'<details class="fold" open>\s*<summary>{fold}', corrected)
        assert re.search(rf'<details class="fold">\s*<summary>{fold}', fresh)


def test_what_her_word_will_also_say_is_told_and_of_an_address_only_where_one_is_asked_for():
    saw, knows = (words(drawn(state)) for state in ("the word", "the word, for nobody by name"))

    assert "On lira aussi que vous dites l’avoir vu." in saw
    assert "On lira aussi que vous ne l’avez pas vu." in knows
    assert "De votre adresse, nous gardons la fin et une marque." in saw
    assert "adresse" not in knows, "no mail goes from here"
    assert "Elle n’était pas là, mais connaît Sonia." in words(drawn("given, spoken", name="Sonia"))


def test_whoever_kept_no_link_reads_where_to_write_for_their_word():
    kept_none = words(drawn("asked, answered"))
    assert "Ouvrez le lien que vous avez gardé. Sans votre lien, écrivez-nous. bonjour@exemple.fr" in kept_none
    assert "écrivez-nous" not in words(drawn("asked, answered", secret="5" * 26)), "its link is there"


def drawn(state: str, **other: Any) -> str:
    """The page in that *state*, and with that what is *other*."""
    template, context = SCREENS_OF_TUTOR[state]
    return pages().render(template, "fr", **context | other)
