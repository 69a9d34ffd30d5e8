"""My proof, my words: a moment told question by question, and nothing lost on the way."""

import re
import secrets
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from tests.fixtures.made_once import has, made_once, tells
from tests.fixtures.visits import NOW, Clock, IssuersWeb, Person, Stranger, signed, words
from wallet.badges.models import KeptBadge
from wallet.evidence import editing
from wallet.evidence.answers import SITUATIONS, STEPS, TEXT_LIMIT, WORDS
from wallet.evidence.editing import UNDO_REMOVAL
from wallet.evidence.models import Answer, Evidence
from wallet.operations import cleanup

FACTS = "Un client était en colère."


@made_once
def begins(person: Person, *ids: int, situation: str = "work", **more: str) -> str:
    """The first question is answered: where the moment is."""
    data = {"text": situation, "key": secrets.token_hex(16), "badge": [str(id) for id in ids]} | more
    answer = person.post("/evidence", data=data)
    assert answer.status_code == 303, answer.status_code
    assert answer.headers["location"].endswith("/answers/facts")
    return str(answer.headers["location"]).removesuffix("/answers/facts")


@made_once
def says(person: Person, moment: str, question: str, text: str, **more: str) -> str:
    """Answers one question: where it leads."""
    data = {"text": text, "key": secrets.token_hex(16), **more}
    answer = person.post(f"{moment}/answers/{question}", data=data)
    assert answer.status_code == 303, answer.status_code
    return str(answer.headers["location"])


@pytest.mark.breadth
def test_maria_answers_five_questions_and_reads_them_over(maria: Person):
    moment = begins(maria, has(maria)[0], place="Magasin du port")

    leads = [says(maria, moment, question, f"Réponse {question}.") for question in WORDS]

    assert leads == [f"{moment}/answers/{question}" for question in WORDS[1:]] + [moment]
    page = maria.reads(moment)
    assert "Relisez" in page
    assert "Au travail, Magasin du port" in page
    for question in WORDS:
        assert f"Réponse {question}." in page


@pytest.mark.breadth
def test_every_question_may_be_skipped(maria: Person):
    moment = begins(maria)

    for question in WORDS:
        says(maria, moment, question, "", skip="1")

    page = maria.page(moment)
    assert "Vous pouvez en dire plus" in page
    assert all(f"{moment}/answers/{question}?over=1" in page for question in WORDS)


@pytest.mark.breadth
def test_whoever_skipped_them_all_is_asked_for_a_word_and_not_told_that_it_is_told(maria: Person):
    """Else an employer reads « Ce sont ses mots. » below nothing."""
    moment = begins(maria)

    page = maria.page(moment)

    assert "Vous n’avez encore rien raconté. Écrivez, ou enregistrez votre voix. Répondre" in words(page)
    assert f'href="{moment}/answers/facts"' in page
    assert f'action="{moment}/saving"' not in page
    says(maria, moment, "facts", "Le tracteur était en panne.")
    assert f'action="{moment}/saving"' in maria.page(moment)


@pytest.mark.breadth
def test_a_story_in_which_nothing_is_left_is_offered_to_nobody(maria: Person, recruiter: Stranger):
    """Maria took back the only words that she had saved: an employer is not to read « Ce sont ses mots. » below nothing. Where it
    is shown already it stays, to be turned off."""
    [badge] = maria.has()
    moment = maria.tells(badge, facts="Le tracteur était en panne.")
    pair = f"{badge}-{moment.rpartition('/')[2]}"
    share = maria.shows(badge, moment=[pair])
    [known] = re.findall(r'name="after" value="(\d+)"', maria.page(f"{moment}/answers/facts"))

    says(maria, moment, "facts", "", after=known)

    assert f'value="{pair}"' not in maria.page("/shares/new")
    assert "Pas encore commencé" not in maria.reads("/page")
    assert "Montrer avec mon badge" not in maria.reads(moment)
    assert f'value="{pair}" checked' in maria.page(f"{share}/editing")
    assert "Le tracteur était en panne." in recruiter.reads(maria.link_of(share))


def test_what_was_typed_is_kept_by_whoever_skips_too(maria: Person):
    moment = begins(maria)

    says(maria, moment, "facts", FACTS, skip="1")

    assert FACTS in maria.reads(moment)


def test_nothing_is_kept_of_a_page_that_was_only_looked_at(maria: Person):
    maria.page("/evidence/new")

    assert "Racontez un jour où rien" in maria.reads("/evidence")


@pytest.mark.breadth
def test_it_may_have_been_anywhere(maria: Person):
    told = ("Au travail", "En stage", "En formation", "Dans une association", "À la maison", "Ailleurs")
    for situation, where in zip(SITUATIONS, told, strict=True):
        moment = begins(maria, situation=situation)

        assert where in maria.reads(moment).partition("Que s’est-il passé")[0], situation


def test_a_place_that_is_not_offered_is_none(maria: Person):
    for situation in ("", "nowhere", "WORK", "<script>"):
        answer = maria.post("/evidence", data={"text": situation, "key": secrets.token_hex(16)})

        assert answer.status_code == 422, situation
        assert "Choisissez un lieu." in answer.text, situation
    assert "/evidence/1" not in maria.page("/evidence")


@pytest.mark.breadth
def test_the_prompts_are_those_of_the_competency(maria: Person):
    moment = begins(maria, has(maria)[0])

    page = maria.reads(f"{moment}/answers/facts")
    sentences = maria.reads(f"{moment}/answers/sentence")

    assert "Voir des idées" in page
    assert "Choisissez une phrase" in sentences
    assert page.count("?") > 3


@pytest.mark.breadth
def test_a_change_leads_back_to_where_it_was_made(maria: Person):
    moment = tells(maria, facts=FACTS)

    [after] = re.findall(r'name="after" value="(\d+)"', maria.page(f"{moment}/answers/facts"))

    assert says(maria, moment, "facts", "Deux clients.", over="1", after=after) == moment
    assert "Deux clients." in maria.reads(moment)


def test_earlier_texts_are_there_and_may_hold_again(maria: Person):
    moment = tells(maria, facts=FACTS)
    says(maria, moment, "facts", "Deux clients.")

    past = maria.page(f"{moment}/answers")
    number = re.search(r'name="answer" value="(\d+)"', past)
    assert number is not None
    assert FACTS in past
    maria.post(f"{moment}/answers", data={"answer": number[1], "key": secrets.token_hex(16)})

    assert FACTS in maria.reads(moment)


def test_two_windows_lose_nothing_and_are_told(maria: Person):
    moment = tells(maria, facts=FACTS)
    seen = re.search(r'name="after" value="(\d+)"', maria.page(f"{moment}/answers/facts"))
    assert seen is not None
    says(maria, moment, "facts", "La première fenêtre.", after=seen[1])

    leads = says(maria, moment, "facts", "La seconde fenêtre.", after=seen[1])

    page = maria.get(leads)
    assert page.status_code == 409
    assert "Ce texte a été changé dans une autre fenêtre." in page.text
    assert "La première fenêtre." in page.text
    assert "La seconde fenêtre." in page.text
    elsewhere = maria.get(leads.replace("/facts?", "/me?"))
    assert (elsewhere.status_code, "La première fenêtre." in elsewhere.text) == (200, False), "of another question"


def test_whoever_was_signed_out_meanwhile_loses_no_word(maria: Person):
    moment = tells(maria, facts=FACTS)
    maria.post("/leaving")

    answer = maria.post(f"{moment}/answers/me", data={"text": "J’ai écouté.", "key": "a" * 32})

    assert answer.status_code == 401
    assert "J’ai écouté." in answer.text
    assert f'action="{moment}/answers/me"' in answer.text
    assert f'value="{"a" * 32}"' in answer.text
    maria.enters()
    maria.post(f"{moment}/answers/me", data={"text": "J’ai écouté.", "key": "a" * 32})
    assert "J’ai écouté." in maria.reads(moment)


def test_whoever_was_signed_out_at_the_first_question_goes_on_from_there(maria: Person):
    id = has(maria)[0]
    maria.post("/leaving")

    answer = maria.post("/evidence", data={"text": "home", "place": "Chez moi", "badge": str(id), "key": "a" * 32})

    assert answer.status_code == 401
    assert "À la maison" in answer.text
    assert 'value="Chez moi"' in answer.text
    assert f'name="badge" value="{id}"' in answer.text


@pytest.mark.breadth
def test_a_visitor_without_a_key_tells_and_keeps_it_with_a_key(visitor: Person):
    visitor.brings(("badge.json", signed()))
    moment = begins(visitor)
    says(visitor, moment, "facts", FACTS)

    visitor.makes_a_key()

    assert FACTS in visitor.reads(moment)


@pytest.mark.breadth
def test_a_visitor_who_has_a_wallet_already_takes_it_along(maria: Person, visitor: Person):
    visitor.brings(("badge.json", signed()))
    moment = begins(visitor)
    says(visitor, moment, "facts", FACTS)
    visitor.key = maria.key

    visitor.enters()

    assert FACTS in maria.reads(moment)


@pytest.mark.breadth
def test_what_a_visitor_told_joins_a_full_wallet_all_the_same(
    maria: Person, visitor: Person, monkeypatch: pytest.MonkeyPatch
):
    """The visitor goes when they enter: what stayed with them was lost, and nobody said so."""
    visitor.brings(("badge.json", signed()))
    moment = begins(visitor)
    says(visitor, moment, "facts", FACTS)
    visitor.attaches(moment, ("note.txt", b"une note"))
    tells(maria, facts=FACTS)
    monkeypatch.setattr(editing, "ROOM", 1)
    monkeypatch.setattr(editing, "MOST_MOMENTS", 1)
    monkeypatch.setattr("wallet.evidence.MOST_MOMENTS", 1)
    visitor.key = maria.key

    visitor.enters()

    assert FACTS in maria.reads(moment)
    assert "note.txt" in maria.reads(moment)
    more = maria.post(f"{moment}/answers/me", data={"text": "Moi.", "key": secrets.token_hex(16)})
    assert more.status_code == 413, "nothing more is taken"
    [after] = re.findall(r'name="after" value="(\d+)"', maria.page(f"{moment}/answers/facts"))
    says(maria, moment, "facts", "", after=after)
    assert FACTS not in maria.reads(moment)


def test_nobody_else_finds_it(maria: Person, youssef: Person):
    moment = tells(maria, has(maria)[0], facts=FACTS)

    for path in (moment, f"{moment}/answers", f"{moment}/answers/facts", f"{moment}/badges"):
        assert youssef.get(path).status_code == 404, path
    for path in (f"{moment}/answers/facts", f"{moment}/saving", f"{moment}/removal", f"{moment}/badges"):
        assert youssef.post(path, data={"text": "x", "key": "a" * 32}).status_code == 404, path
    assert FACTS in maria.reads(moment)


@pytest.mark.breadth
def test_a_question_that_there_is_not_is_not_there(maria: Person):
    moment = tells(maria)

    for question in ("place", "nothing", "facts/x", "%00"):
        assert maria.get(f"{moment}/answers/{question}").status_code == 404, question


def test_it_is_removed_and_put_back(maria: Person, clock: Clock):
    moment = tells(maria, has(maria)[0], facts=FACTS)

    leads = maria.post(f"{moment}/removal").headers["location"]

    assert "Ce moment est enlevé." in maria.reads(leads)
    assert maria.get(moment).status_code == 404
    maria.post(f"{moment}/return")
    assert FACTS in maria.reads(moment)
    maria.post(f"{moment}/removal")
    clock.now += UNDO_REMOVAL + timedelta(minutes=1)
    assert maria.post(f"{moment}/return").status_code == 404


@pytest.mark.breadth
def test_to_remove_a_moment_or_put_it_back_twice_is_to_do_it_once(maria: Person, youssef: Person, clock: Clock):
    moment = tells(maria, facts=FACTS)
    for act in ("removal", "return"):
        first = maria.post(f"{moment}/{act}")
        clock.now += timedelta(minutes=1)
        again = maria.post(f"{moment}/{act}")

        assert (again.status_code, again.headers["location"]) == (303, first.headers["location"]), act
        assert youssef.post(f"{moment}/{act}").status_code == 404, act
    maria.post(f"{moment}/removal")
    clock.now += UNDO_REMOVAL - timedelta(minutes=1)
    maria.post(f"{moment}/removal")
    clock.now += timedelta(minutes=2)
    assert maria.post(f"{moment}/removal").status_code == 404
    assert maria.post(f"{moment}/return").status_code == 404, "the day is counted from the first time"


def test_no_address_says_that_a_moment_or_a_comment_was_removed_which_was_not(maria: Person, youssef: Person):
    moment = tells(maria, facts=FACTS)
    number = moment.rpartition("/")[2]
    for query in (f"removed={number}", "removed=999", "word=999"):
        assert "enlevé" not in maria.reads(f"/evidence?{query}"), query
    maria.post(f"{moment}/removal")
    assert "Ce moment est enlevé." in maria.reads(f"/evidence?removed={number}")
    assert "Ce moment est enlevé." not in youssef.reads(f"/evidence?removed={number}")
    maria.post(f"{moment}/return")
    assert "Ce moment est enlevé." not in maria.reads(f"/evidence?removed={number}")


def test_a_badge_tells_what_is_told_of_it(maria: Person):
    id = has(maria)[0]
    assert "Racontez un moment vécu" in maria.reads(f"/badges/{id}")

    tells(maria, id, facts=FACTS)

    page = maria.reads(f"/badges/{id}")
    assert "Ce que vous avez raconté" in page
    assert FACTS in page
    assert "Personne d’autre ne le voit." in page


def test_it_speaks_of_other_badges_when_they_say_so(maria: Person):
    id = has(maria)[0]
    moment = tells(maria, facts=FACTS)

    maria.post(f"{moment}/badges", data={"badge": str(id)})
    assert FACTS in maria.reads(f"/badges/{id}")
    maria.post(f"{moment}/badges", data={})
    assert FACTS not in maria.reads(f"/badges/{id}")


def test_a_badge_that_does_not_hold_is_no_better_beside_a_story_than_among_the_badges(maria: Person):
    (one, *_) = maria.has()
    moment = maria.tells(one, sentence="J’ai calmé une personne en colère.")
    pages = (moment, f"{moment}/badges")
    assert [page for page in pages if "Retiré" in maria.reads(page)] == []
    with maria.services.database.writing() as session:
        session.get_one(KeptBadge, one).state = "revoked"

    for page in ("/badges", *pages):
        assert "Retiré" in maria.reads(page), page


@pytest.mark.breadth
def test_a_long_text_is_kept_to_the_last_letter_that_there_is_room_for(maria: Person):
    moment = begins(maria)

    says(maria, moment, "facts", "語" * (TEXT_LIMIT + 5))

    assert "語" * TEXT_LIMIT in maria.page(moment)


def test_strange_letters_are_kept_as_they_are(maria: Person):
    moment = begins(maria)
    text = "Bonjour 🙂\n\nمرحبا\u200d <b>gras</b> \u202e&amp;"

    says(maria, moment, "facts", text.replace("\n", "\r\n"))

    page = maria.page(f"{moment}/answers/facts")
    assert "&lt;b&gt;gras&lt;/b&gt;" in page
    assert "Bonjour 🙂\n\nمرحبا" in page


@pytest.mark.breadth
def test_edits_ask_nobody_and_change_no_byte_of_the_badge(maria: Person, web: IssuersWeb):
    id = has(maria)[0]
    before = maria.get(f"/badges/{id}/document").content
    web.asked.clear()
    moment = tells(maria, id)

    for number in range(12):
        says(maria, moment, STEPS[1 + number % 4], f"Texte {number}.")

    assert web.asked == []
    assert maria.get(f"/badges/{id}/document").content == before


def test_a_voice_may_be_recorded_on_these_pages_and_on_no_other(maria: Person):
    moment = tells(maria)

    assert "microphone=(self)" in maria.get(moment).headers["permissions-policy"]
    assert "microphone=(self)" in maria.get(f"{moment}/answers/facts").headers["permissions-policy"]
    assert "microphone=()" in maria.get("/badges").headers["permissions-policy"]


@pytest.mark.breadth
def test_many_moments_come_by_sixty(maria: Person):
    begins(maria)
    with maria.services.database.writing() as session:
        for number in range(60):
            one = Evidence(holder_id=1, key=f"{number}", begun_at=NOW + timedelta(seconds=1 + number))
            session.add(one)
            session.flush()
            told = {"question": "situation", "text": "home", "key": f"{number}", "made_at": one.begun_at}
            session.add(Answer(evidence_id=one.id, **told))

    first, second = maria.page("/evidence"), maria.page("/evidence?page=2")

    assert len(set(re.findall(r'href="(/evidence/\d+)"', first))) == 60
    assert len(set(re.findall(r'href="(/evidence/\d+)"', second))) == 1
    assert "Au travail" in second


@pytest.mark.breadth
def test_the_half_hour_of_a_visitor_begins_again_with_each_answer(visitor: Person, clock: Clock):
    visitor.brings(("badge.json", signed()))
    moment = begins(visitor)
    for question in WORDS:
        clock.move(minutes=25)
        says(visitor, moment, question, "J’ai écouté.")

    cleanup.forget_expired(visitor.services.database, clock.now)

    assert "J’ai écouté." in visitor.reads(moment)


def test_a_text_of_many_lines_is_not_cut(maria: Person):
    moment = begins(maria)
    text = "\n".join("é" * 99 for _ in range(TEXT_LIMIT // 100))

    says(maria, moment, "facts", text.replace("\n", "\r\n"))

    assert text in maria.page(f"{moment}/answers/facts")


def test_a_moment_that_is_gone_meanwhile_gives_the_text_back(maria: Person):
    moment = tells(maria, facts=FACTS)
    maria.post(f"{moment}/removal")

    answer = maria.post(f"{moment}/answers/me", data={"text": "J’ai écouté.", "key": "a" * 32})

    assert answer.status_code == 404
    assert "Ce moment n’est plus ici." in answer.text
    assert "J’ai écouté." in answer.text


@pytest.mark.parametrize("text", ["work", ""])
def test_a_moment_that_is_gone_meanwhile_gives_the_name_of_the_place_back(maria: Person, text: str):
    moment = tells(maria, facts=FACTS)
    maria.post(f"{moment}/removal")

    answer = maria.post(f"{moment}/answers/situation", data={"text": text, "place": "Magasin du port", "key": "a" * 32})

    assert answer.status_code == 404
    assert "Ce moment n’est plus ici." in answer.text
    assert ">Magasin du port</textarea>" in answer.text


def test_a_story_of_a_badge_removed_in_another_tab_begins_without_it_and_keeps_the_place(maria: Person):
    (badge,) = maria.has()
    maria.post(f"/badges/{badge}/removal")
    data = {"text": "work", "place": "Magasin du port", "badge": str(badge), "key": "a" * 32}

    answer = maria.post("/evidence", data=data)

    assert answer.status_code == 422
    assert "Vous avez enlevé un badge depuis." in words(answer.text)
    assert 'value="Magasin du port"' in answer.text
    assert 'name="badge"' not in answer.text, "the next tap is kept"


def test_a_badge_removed_in_another_tab_leaves_the_others_ticked(maria: Person):
    maria.brings(("b.json", signed("communiquer-2")))
    kept, removed = maria.has()
    moment = tells(maria, facts=FACTS)
    maria.post(f"/badges/{removed}/removal")

    answer = maria.post(f"{moment}/badges", data={"badge": [str(kept), str(removed)]})

    assert answer.status_code == 422
    assert "Vous avez enlevé un badge depuis." in words(answer.text)
    assert re.findall(r'name="badge" value="(\d+)" checked', answer.text) == [str(kept)]
    assert FACTS not in maria.reads(f"/badges/{kept}"), "nothing is kept before they have seen that"
    maria.post(f"{moment}/removal")
    assert maria.post(f"{moment}/badges", data={"badge": [str(removed)]}).status_code == 404


def test_a_form_without_its_text_is_no_empty_text(maria: Person):
    moment = tells(maria, facts=FACTS)

    assert maria.post(f"{moment}/answers/facts", data={"key": "a" * 32}).status_code == 422
    assert FACTS in maria.reads(moment)


def test_a_place_that_finds_no_room_is_told_on_its_own_page(maria: Person, monkeypatch: pytest.MonkeyPatch):
    moment = tells(maria, facts=FACTS)
    monkeypatch.setattr(editing, "ROOM", 0)

    answer = maria.post(f"{moment}/answers/situation", data={"text": "home", "key": "a" * 32})

    assert answer.status_code == 413
    assert "C’était où" in unescape(answer.text)
    assert "Il n’y a plus de place." in unescape(answer.text)


def test_the_name_of_a_place_is_taken_back_by_the_page_that_knew_it_and_by_no_other(maria: Person):
    moment = begins(maria, place="Chez Mme Petit")
    asked = maria.page(f"{moment}/answers/situation?over=1")
    known = dict(re.findall(r'name="((?:place-)?after)" value="(\d+)"', asked))

    says(maria, moment, "situation", "home", over="1", place="")
    assert "Chez Mme Petit" in maria.reads(moment)
    answer = maria.post(f"{moment}/answers/situation", data={"key": "a" * 32, "text": "", "place": ""} | known)
    assert answer.status_code == 422
    assert f'name="place-after" value="{known["place-after"]}"' in answer.text
    says(maria, moment, "situation", "home", over="1", place="", **known)

    assert "Chez Mme Petit" not in maria.reads(moment)
    assert "Chez Mme Petit" in maria.reads(f"{moment}/answers")
    maria.post("/leaving")
    answer = maria.post(f"{moment}/answers/situation", data={"key": "a" * 32, "text": "home", "place": ""} | known)
    assert all(f'name="{name}" value="{value}"' in answer.text for name, value in ({"place": ""} | known).items())


def test_enter_in_the_name_of_the_place_answers_nothing_that_maria_did_not_choose(maria: Person):
    def presses_enter(page: str, path: str, **more: str) -> Any:
        """As browsers send it: by the first button of the form (HTML, 4.10.21.2)."""
        form = page.partition(f'action="{path}"')[2].partition("</form>")[0]
        told = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
        [(name, value)] = re.findall(r'<button [^>]*?name="([^"]+)" value="([^"]*)"', form)[:1]
        return maria.post(path, data=told | more | {name: value})

    answer = presses_enter(maria.page("/evidence/new"), "/evidence", place="Chez Mme Petit")

    assert answer.status_code == 422
    assert "Choisissez un lieu." in answer.text
    assert 'value="Chez Mme Petit"' in answer.text
    moment = begins(maria, situation="home", place="Chez Mme Petit")
    where = f"{moment}/answers/situation"
    assert presses_enter(maria.page(where), where, place="Chez M. Grand").status_code == 303
    assert "À la maison, Chez M. Grand" in maria.reads(moment)


def test_two_windows_choose_a_place_and_nobody_goes_in_a_circle(maria: Person):
    moment = tells(maria, facts=FACTS)

    assert says(maria, moment, "situation", "home", over="1", after="1", place="") == moment
    assert says(maria, moment, "situation", "training", over="1", after="1", place="") == moment
    assert "En formation" in maria.reads(moment)


@pytest.mark.breadth
def test_d4b_the_chosen_sentence_is_seen_and_can_be_changed(maria: Person):
    moment = begins(maria, has(maria)[0])
    says(maria, moment, "sentence", "J’arrive à l’heure.")

    page = maria.page(moment)

    assert "« J’arrive à l’heure. »" in words(page).replace("\u00a0", " ")
    assert f'href="{moment}/answers/sentence"' in page
    says(maria, moment, "sentence", "J’ai aidé une cliente.")
    assert "J’ai aidé une cliente." in maria.reads(moment)
    past = maria.reads(f"{moment}/answers")
    assert "J’arrive à l’heure." in past
    assert "J’ai aidé une cliente." not in past


@pytest.mark.breadth
def test_d12_a_card_says_of_which_moment_it_is_so_that_a_phone_shows_it_once(maria: Person):
    key = secrets.token_hex(16)
    begins(maria, key=key)

    page = maria.page("/evidence")

    assert page.count('class="moment"') - page.count('<li class="moment"') == 1
    assert f'href="/evidence/1" data-key="{key}"' in page


@pytest.mark.breadth
def test_what_is_told_is_shown_with_its_badge_by_one_tap_more(maria: Person):
    badge = has(maria)[0]
    moment = tells(maria, badge, facts=FACTS)
    number = moment.rpartition("/")[2]

    page = maria.page(f"{moment}?done=saved")

    assert "C’est raconté" in words(page)
    [shows] = re.findall(r'href="(/shares/new[?]badge[^"]+)"', page)
    form = maria.page(unescape(shows))
    assert re.search(rf'name="badge" value="{badge}"[^>]* checked', form)
    assert re.search(rf'name="moment" value="{badge}-{number}"\s+checked', form)


def test_a_moment_of_no_badge_asks_for_one_before_it_is_shown(maria: Person):
    moment = tells(maria, facts=FACTS)

    page = maria.page(f"{moment}?done=saved")

    assert "/shares/new?badge" not in page
    assert f'href="{moment}/badges"' in page


def test_ones_own_words_are_spelt_with_the_phones_help_in_the_language_of_the_page(maria: Person):
    moment = begins(maria)

    for question in (*WORDS, "sentence"):
        assert 'spellcheck="true" lang="fr"' in " ".join(maria.page(f"{moment}/answers/{question}").split())


@pytest.mark.breadth
def test_it_is_read_as_an_employer_will_before_it_is_kept(maria: Person):
    moment = begins(maria, place="Magasin du port")
    says(maria, moment, "facts", FACTS)
    says(maria, moment, "me", "Je l’ai écouté.")

    page = maria.page(moment)

    assert "Relisez comme un employeur" in words(page)
    bubble = page[page.index('class="telling"') : page.index("/saving")]
    assert "Au travail, Magasin du port" in words(bubble)
    assert bubble.index(FACTS) < bubble.index("Je l’ai écouté.")
    assert "Que s’est-il passé" not in words(bubble)
