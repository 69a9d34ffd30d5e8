"""« Demander un mot »: Sonia asks, sends the link herself, reads what came, keeps it, takes it back."""

import json
import re
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from tests.fixtures.asked import NADIA
from tests.fixtures.made_once import made_once
from tests.fixtures.moments import Teller, a_recording
from tests.fixtures.recordings import webm
from tests.fixtures.screens import pages
from tests.fixtures.screens_asked import SCREENS_OF_ASKED
from tests.fixtures.visits import Clock, Person, Stranger, holder, signed, words
from wallet.endorsements import answering, withdrawing
from wallet.endorsements.models import Endorsement, EndorsementRequest
from wallet.evidence import editing
from wallet.operations import cleanup

SAID = {"facts": "Un client était en colère.", "me": "Je l’ai écouté.", "sentence": "J’ai calmé un client."}
ALL = ["place", "sentence", "facts", "me"]
KEY = "0123456789abcdef0123456789abcdef"
MOMENT = "/evidence/1"


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    """Sonia, who told a moment."""
    person = holder(app)
    assert person.tells(*person.has(), place="Magasin du port", **SAID) == MOMENT
    return person


@pytest.fixture
def moment(sonia: Person) -> str:
    return MOMENT


def asks(sonia: Person, moment: str, parts: list[str] = ALL, name: str = "Sonia", key: str = KEY) -> Any:
    return sonia.post(f"{moment}/requests", data={"part": parts, "name": name, "key": key})


def rows(app: Starlette, table: Any) -> list[Any]:
    with app.state.services.database.reading() as session:
        return list(session.scalars(select(table).order_by(table.id)))


def gives(app: Starlette, answer: answering.TutorAnswer = NADIA, number: int = 1, link: str = "hers") -> str:
    """Nadia’s answer: where Sonia reads it."""
    services = app.state.services
    given = services.database.write(answering.give_endorsement, number, answer, link, services.clock())
    return f"/endorsements/{given.id}"


@pytest.fixture
@made_once
def word(app: Starlette, sonia: Person, moment: str) -> str:
    asks(sonia, moment)
    return gives(app)


def test_nobody_is_said_to_see_a_moment_for_which_its_link_waits(app: Starlette, sonia: Person, moment: str):
    badge = sonia.has()[0]
    paths = (moment, f"{moment}?done=saved", "/evidence", f"/badges/{badge}", "/badges/search?q=client")
    told = "Personne d’autre ne le voit.", "Personne d’autre ne le voit pour l’instant."
    asks(sonia, moment)

    for path in paths:
        page = sonia.reads(path)
        assert not any(one in page for one in told), path
        assert "Montré par un lien" in page or "Toute personne qui a votre lien peut le lire." in page, path
    sonia.post("/requests/1/stopping")
    for path in paths:
        assert any(one in sonia.reads(path) for one in told), path


def test_she_reads_what_will_be_seen_and_nothing_is_made_by_looking(app: Starlette, sonia: Person, moment: str):
    assert f'href="{moment}/requests/new"' in sonia.page(moment)

    page = sonia.reads(f"{moment}/requests/new")

    for told in ("Elle verra ce moment. Rien d’autre.", "Magasin du port", *SAID.values()):
        assert told in page
    assert rows(app, EndorsementRequest) == []
    assert "seulement si elle lit tous vos textes." in page
    sonia.attaches(moment, ("voix.webm", webm()))
    assert "seulement si elle lit tous vos textes et entend votre voix." in sonia.reads(f"{moment}/requests/new")


def test_before_she_takes_all_along_she_is_told_of_a_word_that_waits(sonia: Person, word: str):
    """Nobody has signed it, so it could not come back."""
    told = "1 mot attend que vous le lisiez. Gardez-le d’abord : sinon, il ne pourra pas revenir avec ce dossier."

    assert told in words(sonia.page("/archive"))
    assert f'href="{word}"' in sonia.page("/archive")
    sonia.post(f"{word}/acceptance")
    assert "attend que vous" not in words(sonia.page("/archive"))


@pytest.mark.breadth
def test_before_she_erases_all_she_is_told_that_words_come_back_with_no_folder(
    app: Starlette, sonia: Person, word: str
):
    """Kept or not: all are withdrawn. That one that is kept first comes back is true of whoever erases nothing."""
    told = "Les mots sur vous ne compteront plus, même dans votre dossier."

    assert told in sonia.reads("/erasure")
    assert "revenir avec ce dossier" not in sonia.reads("/erasure")
    sonia.post(f"{word}/acceptance")
    assert told in sonia.reads("/erasure")

    folder = sonia.get("/archive/file").content
    sonia.post("/erasure")
    back = Person(app).post("/archive/return", files={"documents": ("mes-badges.zip", folder)})
    assert "1 mot sur vous n’est pas revenu." in words(back.text)


def test_whoever_erases_all_and_has_no_words_reads_of_none(sonia: Person):
    assert "Les mots sur vous" not in sonia.reads("/erasure")


def test_the_link_goes_by_her_own_phone(app: Starlette, sonia: Person, moment: str, recruiter: Stranger):
    at = asks(sonia, moment).headers["location"]
    page = sonia.page(at)
    link = re.search(r'data-link="([^"]*)"', page)
    assert link is not None

    assert "Envoyez ce lien par SMS. Il marche 14 jours." in words(page)
    ways = [unquote(unescape(sent)) for sent in re.findall(r'data-sends href="([^"]*)"', page)]
    assert [way.partition(":")[0] for way in ways] == ["sms", "https", "mailto"], "what she types goes by each of them"
    assert all(link[1] in way for way in ways)
    assert ways[2].startswith("mailto:?subject=Sonia vous demande un mot&"), (
        "mailers ask before they send without a subject"
    )
    assert recruiter.get(link[1]).status_code == 200
    assert "Sonia" in recruiter.reads(link[1])
    assert sonia.get(f"{at}/qr.svg").headers["content-type"] == "image/svg+xml"


def test_what_she_unticks_is_not_seen_and_sent_twice_it_is_asked_once(app: Starlette, sonia: Person, moment: str):
    first, again = (asks(sonia, moment, ["sentence", "me"]).headers["location"] for _ in range(2))

    assert first == again
    (request,) = rows(app, EndorsementRequest)
    told = request.told
    assert (told["place"], told["said"]) == ("", [["me", SAID["me"]]])


def test_what_is_wrong_is_said_and_what_was_ticked_stays(app: Starlette, sonia: Person, moment: str):
    for parts, name, says in ((ALL, " ", "Écrivez votre prénom."), (["place"], "Sonia", "Il ne reste rien à lire.")):
        answer = asks(sonia, moment, parts, name)

        assert answer.status_code == 422, says
        assert says in words(answer.text)
        assert set(re.findall(r'name="part" value="(\w+)" checked', answer.text)) == set(parts), says
    assert rows(app, EndorsementRequest) == []


def test_so_many_wait_and_the_page_says_what_to_do(sonia: Person, moment: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("wallet.endorsements.requests.MOST_OPEN_REQUESTS", 2)
    for number in range(2):
        asks(sonia, moment, key=f"{number:032x}")

    answer = asks(sonia, moment, key=f"{2:032x}")
    assert answer.status_code == 409
    assert "Vous attendez déjà 20 mots. Arrêtez d’abord un lien." in words(answer.text)
    sonia.post("/requests/2/stopping")
    assert asks(sonia, moment, key=f"{2:032x}").status_code == 303


def test_who_has_all_the_words_that_there_may_be_does_what_the_page_says(
    app: Starlette, sonia: Person, moment: str, word: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    """Taken back, it counts too; and for a day it can be put back."""
    services = app.state.services
    monkeypatch.setattr("wallet.endorsements.requests.MOST_ENDORSEMENTS", 1)
    services.database.write(withdrawing.withdraw_given, "hers", services.clock())
    answer = asks(sonia, moment, key="1" * 32)
    assert answer.status_code == 413
    told = "Vous avez tous les mots possibles. Enlevez-en un d’abord. S’il n’y a toujours pas de place, essayez encore demain."
    assert told in words(answer.text)

    removal = re.search(r'action="([^"]+/removal)"', sonia.page(word))
    assert removal is not None
    assert "Le mot est enlevé." in sonia.reads(sonia.post(removal[1]).headers["location"])
    assert asks(sonia, moment, key="1" * 32).status_code == 413
    clock.move(days=1, minutes=1)
    cleanup.clean_up(services.database, services.files, clock.now)
    sonia.enters()

    assert asks(sonia, moment, key="1" * 32).status_code == 303


def test_a_visitor_is_not_offered_to_ask_and_may_not(visitor: Person):
    visitor.brings(("badge.json", signed()))
    moment = visitor.tells(**SAID)

    assert "/requests/new" not in visitor.page(moment)
    assert visitor.get(f"{moment}/requests/new").status_code == 303


def test_stopped_it_leads_nowhere(app: Starlette, sonia: Person, moment: str):
    at = asks(sonia, moment).headers["location"]
    assert sonia.post(f"{at}/stopping").headers["location"].startswith(moment)

    page = sonia.page(at)
    assert "Ce lien est fini. Vous l’avez arrêté." in words(page)
    assert "data-link" not in page
    assert sonia.get(f"{at}/qr.svg").status_code == 404
    with pytest.raises(answering.NotOpen):
        gives(app)


def test_she_stops_a_link_of_a_moment_that_she_removed_in_another_window(sonia: Person, moment: str):
    at = asks(sonia, moment).headers["location"].partition("?")[0]
    sonia.post(f"{moment}/removal")

    stopped = sonia.post(f"{at}/stopping")

    page = sonia.page(stopped.headers["location"])
    assert "Ce lien est fini. Vous l’avez arrêté." in words(page)
    assert f'href="{moment}"' not in page, "it leads nowhere that she removed"
    assert "Ce que je raconte" in words(page)
    sonia.post(f"{moment}/return")
    assert f'href="{moment}"' in sonia.page(at)


@pytest.mark.breadth
def test_a_request_whose_voice_was_all_and_was_taken_off_is_over_and_not_said_to_be_stopped(
    app: Starlette, sonia: Person, moment: str
):
    services = app.state.services
    teller = Teller(services.database, services.files, 1)
    spoken = teller.tells(key="2", said={"situation": "work"})
    voice = teller.attaches(spoken, a_recording(), "mot.webm")
    at = str(asks(sonia, f"/evidence/{spoken}", [f"attachment-{voice}"]).headers["location"])
    assert "Vous attendez un mot." in sonia.reads(f"/evidence/{spoken}")

    services.database.write(editing.remove_attachment, 1, spoken, voice, services.clock())

    assert "Vous attendez un mot." not in sonia.reads(f"/evidence/{spoken}")
    assert "Ce lien est fini." in sonia.reads(at)
    assert "Vous l’avez arrêté" not in sonia.reads(at)


@pytest.mark.breadth
def test_a_word_that_came_is_told_everywhere_until_it_is_read_and_kept(sonia: Person, moment: str, word: str):
    told = "Son mot est arrivé. Lisez-le avant de le montrer."
    for at in ("/badges", "/evidence", moment):
        assert told in sonia.reads(at)
        assert NADIA.sentence not in sonia.reads(at)
    page = sonia.reads(word)
    for told_there in (NADIA.name, NADIA.role, NADIA.organisation, NADIA.sentence, "Nous n’avons pas vérifié son nom."):
        assert told_there in page
    assert "/shares/new?badge" not in sonia.page(word)

    sonia.post(f"{word}/acceptance")

    for at in ("/badges", "/evidence"):
        assert told not in sonia.reads(at)
    assert NADIA.name in sonia.reads(moment)
    assert "/shares/new?badge" in sonia.page(word)


def test_of_a_word_on_a_moment_that_she_removed_nobody_says_that_she_shows_it(sonia: Person, moment: str, word: str):
    """Her page of the word says that she can show it no more."""
    sonia.post(f"{moment}/removal")

    for at in ("/badges", "/evidence", word):
        page = sonia.reads(at)
        assert "Son mot est arrivé." in page
        assert "Lisez-le avant de le montrer." not in page


def test_kept_it_is_signed_and_is_hers_as_a_file(app: Starlette, sonia: Person, word: str):
    assert sonia.get(f"{word}/file").status_code == 404
    assert sonia.post(f"{word}/acceptance").headers["location"] == f"{word}?done=kept"
    promise = "Le mot est gardé. Personne d’autre ne le voit sans votre accord."
    assert promise in sonia.reads(f"{word}?done=kept"), "so it is when she comes back there once it is shown, too"

    file = sonia.get(f"{word}/file")
    document = json.loads(file.content)
    (kept,), (asked,) = rows(app, Endorsement), rows(app, EndorsementRequest)
    assert "attachment" in file.headers["content-disposition"]
    assert document["credentialSubject"]["endorsementComment"] == NADIA.sentence
    assert document["credentialSubject"]["id"] == asked.subject
    assert document["credentialStatus"]["statusListIndex"] == str(kept.list_index)
    assert asked.digest in json.dumps(document)
    assert kept.size == len(file.content)

    assert sonia.post(f"{word}/acceptance").status_code == 303
    (twice,) = rows(app, Endorsement)
    assert (twice.document, twice.list_index) == (kept.document, kept.list_index), "kept twice it is signed once"
    assert sonia.get(f"{word}/file").content == file.content


def test_not_kept_it_is_gone_and_can_come_back_and_what_is_reported_stays(sonia: Person, moment: str, word: str):
    assert "L’équipe de ce site va lire ce mot." in sonia.reads(sonia.post(f"{word}/report").headers["location"])
    assert NADIA.sentence in sonia.reads(word)
    led = sonia.post(f"{word}/removal").headers["location"]

    assert "Le mot est enlevé." in sonia.reads(led)
    assert sonia.get(word).status_code == 404
    assert NADIA.name not in sonia.reads(moment)
    sonia.post(f"{word}/return")
    assert NADIA.sentence in sonia.reads(word)


def test_to_remove_a_word_or_put_it_back_twice_is_to_do_it_once(
    sonia: Person, word: str, youssef: Person, clock: Clock
):
    for act in ("removal", "return"):
        first = sonia.post(f"{word}/{act}")
        clock.move(minutes=1)
        again = sonia.post(f"{word}/{act}")

        assert (again.status_code, again.headers["location"]) == (303, first.headers["location"]), act
        assert youssef.post(f"{word}/{act}").status_code == 404, act
    sonia.post(f"{word}/removal")
    clock.move(hours=23)
    sonia.post(f"{word}/removal")
    clock.move(hours=2)
    assert sonia.post(f"{word}/return").status_code == 404, "the day is counted from the first time"


def test_a_no_is_told_once_and_says_nothing_else(app: Starlette, sonia: Person, moment: str):
    asks(sonia, moment)
    app.state.services.database.write(answering.decline_request, 1, app.state.services.clock())

    assert "Pas de mot cette fois." in sonia.reads("/evidence")
    sonia.post("/requests/seen")
    assert "Pas de mot cette fois." not in sonia.reads("/evidence")


def test_taken_back_by_nadia_it_is_not_there_to_be_kept_or_read(app: Starlette, sonia: Person, word: str):
    services = app.state.services
    services.database.write(withdrawing.withdraw_given, "hers", services.clock())

    assert sonia.post(f"{word}/acceptance").headers["location"] == word
    page = sonia.reads(word)
    assert "Ce mot a été retiré." in page
    assert NADIA.sentence not in page
    assert rows(app, Endorsement)[0].document is None


def test_withdrawn_by_sonia_the_list_says_so(app: Starlette, sonia: Person, word: str, recruiter: Stranger):
    sonia.post(f"{word}/acceptance")
    (kept,) = rows(app, Endorsement)
    before = recruiter.get(f"/status/{kept.list_id}").content
    assert sonia.post(f"{word}/withdrawal").status_code == 303

    assert "Ce mot a été retiré." in sonia.reads(word)
    assert recruiter.get(f"/status/{kept.list_id}").content != before


def test_one_mailbox_behind_two_names_is_kept_and_said_not_to_be_signed(app: Starlette, sonia: Person, moment: str):
    for number, name in enumerate(("Nadia Martin", "Paul Petit"), 1):
        asks(sonia, moment, key=f"{number:032x}")
        gives(app, replace(NADIA, name=name), number, name)
    with app.state.services.database.writing() as session:
        for one in session.scalars(select(Endorsement)):
            one.means, one.mail_domain, one.mail_mark = "mail", "jardins-perche.fr", b"m" * 32

    sonia.post("/endorsements/2/acceptance")

    page = sonia.reads("/endorsements/2")
    assert "Ce mot n’est pas signé. La même adresse a servi avec un autre nom." in page
    assert "Elle a reçu un code à son adresse : jardins-perche.fr ." in page
    assert sonia.get("/endorsements/2/file").status_code == 404


def test_a_changed_moment_sets_the_word_aside_and_leads_to_a_new_one(sonia: Person, moment: str, word: str):
    sonia.post(f"{word}/acceptance")
    assert "mis de côté" not in sonia.reads(word)
    sonia.post(f"{moment}/answers/facts", data={"text": "Il riait.", "key": "f" * 32})

    assert "Ce mot est mis de côté." in sonia.reads(word)
    assert "Ce mot est mis de côté." in sonia.reads(moment)
    assert f"{moment}/requests/new" in sonia.page(word)


def test_of_a_word_that_came_back_without_what_was_read_no_story_is_said_to_be_changed():
    told = {
        state: words(pages().render(template, "fr", **context))
        for state in ("word, set aside", "word, set aside, nobody knows of what")
        for template, context in [SCREENS_OF_ASKED[state]]
    }

    changed, unknown = "Votre moment dit autre chose", "Nous ne savons plus ce que cette personne a lu."
    assert [(changed in page, unknown in page) for page in told.values()] == [(True, False), (False, True)]


def test_after_three_years_she_reads_that_it_is_over_and_is_led_to_a_new_one(
    sonia: Person, moment: str, word: str, clock: Clock
):
    sonia.post(f"{word}/acceptance")
    over = "Ce mot n’est plus valable."
    assert over not in sonia.reads(word) + sonia.reads(moment)

    clock.move(days=3 * 365)
    sonia.enters()

    page = sonia.page(word)
    assert f"{over} Il n’est plus montré." in words(page)
    assert NADIA.sentence in words(page), "what Nadia said is hers still, and she takes the file"
    assert f"{moment}/requests/new" in page
    assert "/shares/new?badge=" not in page
    assert over in sonia.reads(moment)


@pytest.mark.breadth
def test_a_word_whose_moment_she_removed_is_found_at_the_end_of_all_that_she_tells(
    app: Starlette, sonia: Person, moment: str, word: str, clock: Clock
):
    """It is hers still: she takes it home, or removes it."""
    services, heading = app.state.services, "Les mots sur un moment qui n’est plus ici"
    sonia.post(f"{word}/acceptance")
    assert heading not in sonia.reads("/evidence")

    sonia.post(f"{moment}/removal")
    assert heading in sonia.reads("/evidence"), "also while that can be put back"
    sonia.post(f"{moment}/return")
    assert heading not in sonia.reads("/evidence")
    sonia.post(f"{moment}/removal")
    clock.move(days=2)
    cleanup.clean_up(services.database, services.files, clock.now)
    sonia.enters()

    told, page = sonia.page("/evidence"), sonia.page(word)
    assert f"{heading} Nadia Martin" in words(told)
    assert f'href="{word}"' in told
    assert "Ce mot parle d’un moment qui n’est plus ici. Vous ne pouvez plus le montrer." in words(page)
    assert 'href="/evidence"' in page
    assert sonia.get(f"{word}/file").status_code == 200
    sonia.post(f"{word}/removal")
    assert heading not in sonia.reads("/evidence")


def test_words_without_their_moment_stand_on_the_last_page_of_all_that_she_tells():
    template, context = SCREENS_OF_ASKED["moments, words whose moment is gone"]
    told = [
        words(pages().render(template, "fr", **context | {"leaf": {"number": number, "leaves": 2}}))
        for number in (1, 2)
    ]

    assert ["Les mots sur un moment qui n’est plus ici" in page for page in told] == [False, True]


def test_a_word_in_the_letters_of_others_stands_as_it_was_typed(app: Starlette, sonia: Person, moment: str):
    asks(sonia, moment)
    word = gives(app, replace(NADIA, name="<b>محمد</b>", sentence="<script>alert(1)</script> 06 00 00 00 00"))

    page = sonia.page(word)
    assert "<script>alert(1)" not in page
    assert "telephone=no" in page


def test_an_ended_link_says_so(sonia: Person, moment: str, clock: Clock):
    at = asks(sonia, moment).headers["location"]
    clock.move(days=15)

    assert "Ses 14 jours sont passés." in sonia.reads(at)


def test_its_page_says_nothing_that_is_not_so_whatever_its_address_says():
    """An address stays in the history of a phone."""
    kept, back = "Le mot est gardé.", "Le mot est de nouveau ici."
    told = {
        (state, done): words(pages().render(template, "fr", **context | {"done": done}))
        for state in ("word, arrived", "word, kept", "word, withdrawn")
        for template, context in [SCREENS_OF_ASKED[state]]
        for done in ("kept", "back")
    }

    assert [at for at, page in told.items() if kept in page] == [("word, kept", "kept")]
    assert [at for at, page in told.items() if back in page] == [("word, arrived", "back"), ("word, kept", "back")]
    added = "Elle n’a rien ajouté."
    for state, is_so in {"word, without words": True, "word, spoken": False, "word, arrived": False}.items():
        template, context = SCREENS_OF_ASKED[state]
        assert (added in words(pages().render(template, "fr", **context))) == is_so, state
