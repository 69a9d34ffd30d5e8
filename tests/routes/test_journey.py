"""« Mon parcours » over HTTP: whose it is, what it tells, what is counted because the person says so, the way to ask."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette

from tests.fixtures.archives import opened, take, wallet_of
from tests.fixtures.framed import KEYS, OURS, of_samples, written
from tests.fixtures.made_once import has, made_once
from tests.fixtures.visits import AWARDED, ISSUERS_KEY, NOW, Clock, Person, holder, signed, words
from tests.fixtures.vouching import retire, vouch
from wallet.cli import samples
from wallet.settings import Settings

STRANGER = Ed25519PrivateKey.generate()
PLACE = "normandie/communiquer/masters"
N = "\u00a0"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """An instance whose operator says whose badges count."""
    written(tmp_path / "frameworks", of_samples(ISSUERS_KEY))
    return replace(settings, frameworks=tmp_path / "frameworks")


@made_once
def brings(app: Starlette, *names: str, language: str = "fr") -> Person:
    """Somebody with these badges of the samples."""
    return holder(app, *((f"{name}.json", signed(name)) for name in names), language=language)


@made_once
def keeps(app: Starlette, *names: str) -> Person:
    """Somebody with these badges of an issuer whom nobody lists."""
    return holder(app, *((f"{name}.json", signed(name, STRANGER)) for name in names))


def called(name: str) -> bytes:
    """A badge of that name, whose id no framework of ours knows."""
    return samples.make_badge(replace(samples.samples()[0], art="petal-2-loose", name=name), STRANGER, AWARDED).encode()


def rows(page: str) -> dict[str, str]:
    """Of each competency on the page, what stands in its row."""
    found = re.findall(
        r"<span class=\"what\"><strong>([^<]*)</strong>(.*?)<span class=\"reached\">([^<]*)</span>", page, re.DOTALL
    )
    return {name: level.strip() for name, _, level in found}


@pytest.mark.breadth
def test_the_way_there_is_on_every_page_of_a_holder(maria: Person) -> None:
    for path in ("/badges", "/shares/new", "/help", "/site-map"):
        assert 'href="/path"' in maria.page(path), path
    assert 'href="/path" aria-current="page"' in maria.page("/path")


@pytest.mark.breadth
def test_the_map_tells_each_competency_and_what_is_missing(app: Starlette) -> None:
    maria = brings(app, "organiser-2", "adapter-1", "communiquer-2")

    page = maria.page("/path")

    assert rows(page) == {
        "Organiser": "je maîtrise",
        "S’adapter": "je pratique",
        "Communiquer": "je maîtrise",
        "S’intégrer": "pas encore",
    }
    told = maria.reads("/path")
    assert "Vous maîtrisez 2 compétences . Il en manque 1 pour le badge général." in told
    assert "Demandez à l’organisme qui vous a donné un badge." in told
    assert "25 octobre 2026" in told
    assert told.count("Son organisme le dit.") == 3


def test_it_is_told_in_english_too(app: Starlette) -> None:
    sonia = brings(app, "organiser-2", language="en")

    told = sonia.reads("/path")

    assert "You are confident in 1 skill . 2 more for the general badge." in told
    assert "Organise Its issuer says so. I am confident" in told


def test_nobody_sees_the_path_of_somebody_else(app: Starlette, maria: Person, youssef: Person) -> None:
    [hers] = has(maria)
    other = Person(app)

    assert other.get("/path").headers["location"].startswith("/entry")
    assert rows(brings(app, "organiser-2").page("/path"))["Organiser"] == "je maîtrise"
    assert rows(youssef.page("/path"))["Organiser"] == "pas encore"
    for path in (f"/badges/{hers}/counting", f"/badges/{hers}/counting/removal"):
        assert youssef.post(path, data={"place": PLACE}).status_code == 404
        assert other.post(path, data={"place": PLACE}).status_code in {303, 401}
    assert f"/badges/{hers}" not in youssef.page("/path")


@pytest.mark.breadth
def test_whoever_has_no_badge_yet_reads_what_there_is_to_win(maria: Person) -> None:
    maria.post(f"/badges/{maria.has()[0]}/removal")

    told = maria.reads("/path")

    assert "Votre parcours commence avec votre premier badge." in told
    assert "Expliquer, écouter et demander." in told
    assert "Mes dates" not in told


@pytest.mark.breadth
def test_what_is_told_without_a_badge_is_no_badge(maria: Person) -> None:
    """Maria removed her only badge: what she told stays, and nobody says that her badges speak of something else."""
    maria.tells(facts="J’ai préparé la salle.")
    maria.post(f"/badges/{maria.has()[0]}/removal")

    told = maria.reads("/path")

    assert "Votre parcours commence avec votre premier badge. Ajouter un badge" in told
    assert "Vos badges parlent d’autre chose." not in told
    assert "Comment avoir le suivant ?" not in told
    assert "J’ai préparé la salle." in told


@pytest.mark.breadth
def test_badges_of_others_have_their_dates(app: Starlette) -> None:
    app.state.services.frameworks = (OURS,)
    maria = holder(app, ("a.json", called("Soudure")))

    told = maria.reads("/path")

    assert "Vos badges parlent d’autre chose. Ils ont leur place ici aussi." in told
    assert "Mes dates : octobre 2026, 1 badge Soudure" in told


@pytest.mark.breadth
def test_the_right_id_of_an_issuer_whom_nobody_lists_is_a_question_too(app: Starlette) -> None:
    maria = keeps(app, "communiquer-2")

    told = maria.reads("/path")

    assert "Votre compétence est là Ce badge est bien à vous ? Oui, ce badge compte" in told
    assert "Votre organisme n’est pas encore dans notre liste. Alors c’est vous qui confirmez, une seule fois." in told
    assert "communiquer-2-loose" in maria.page("/path"), "it lies on the flower in loose stitches"
    assert 'aria-label="Organiser\u00a0: pas encore' in maria.page("/path")
    assert "Communiquer\u00a0: je maîtrise (à confirmer)" in maria.page("/path")


@pytest.mark.breadth
def test_a_name_alone_is_a_question_and_counts_when_the_person_says_so(app: Starlette) -> None:
    app.state.services.frameworks = (OURS,)
    maria = holder(app, ("a.json", called("Communiquer – je maîtrise")))
    [id] = has(maria)
    assert "Oui, ce badge compte" in maria.page("/path")
    assert "Vous maîtrisez" not in maria.reads("/path")

    answer = maria.post(f"/badges/{id}/counting", data={"place": PLACE})
    assert (answer.status_code, answer.headers["location"]) == (303, "/path?done=counted")

    assert "Ce badge compte sur votre parcours." in maria.reads("/path?done=counted")
    assert "Vous maîtrisez 1 compétence" in maria.reads("/path")
    assert "Ajouté par vous." in maria.reads("/path")
    shown = maria.reads(maria.link_of(maria.shows(id)))
    assert "compte" not in shown, "a recruiter is told nothing of it"

    maria.post(f"/badges/{id}/counting/removal")
    told = maria.reads("/path")
    assert "À voir à part Communiquer, je maîtrise Vous l’avez enlevé de votre parcours. Oui, ce badge compte" in told
    assert "bien à vous" not in told, "they have answered"


def says_yes(person: Person) -> Any:
    """« Oui, tout compte », as the form on the page says it."""
    [newest] = re.findall(r'name="newest" value="(\d+)"', person.page("/path"))
    return person.post("/path/counting", data={"newest": newest})


def test_one_word_counts_all_nine_and_one_undoes_it(app: Starlette) -> None:
    sonia = holder(app, *((f"{one.art}.json", signed(one.art, STRANGER)) for one in samples.samples()))
    before = sonia.reads("/path")
    assert "4 sur 4 Vos 4 compétences sont là Ces 9 badges sont bien à vous ? Oui, tout compte" in before
    assert "sur 3" not in before

    answer = says_yes(sonia)

    after = sonia.reads(answer.headers["location"])
    assert "Bravo, tout est là Vous maîtrisez 4 compétences . Le badge général est obtenu." in after
    assert "9 badges comptent sur votre parcours. Annuler" in after
    assert "Racontez pour « Organiser » Ce badge n’a pas encore de moment raconté." in after
    assert set(rows(sonia.page("/path")).values()) == {"je maîtrise", "obtenu"}
    assert "Annuler" not in sonia.reads("/path"), "it is offered on the page that follows"

    [undo] = re.findall(r'action="(/path/counting/removal[^"]*)"', sonia.page(answer.headers["location"]))
    sonia.post(undo)
    assert sonia.reads("/path") == before
    assert sonia.post(undo).status_code == 303, "a second tap changes nothing"


@pytest.mark.breadth
def test_yes_twice_is_yes_once(app: Starlette, clock: Clock) -> None:
    sonia = keeps(app, "communiquer-2", "adapter-2")
    newest = max(has(sonia))
    first = sonia.post("/path/counting", data={"newest": str(newest)}).headers["location"]
    clock.move(seconds=1)

    again = sonia.post("/path/counting", data={"newest": str(newest)}).headers["location"]

    assert again == first, "the same page, with the same way back"
    assert "2 badges comptent sur votre parcours." in sonia.reads(again)


@pytest.mark.breadth
def test_what_comes_in_after_the_page_was_seen_is_no_part_of_the_answer(app: Starlette) -> None:
    sonia = keeps(app, "communiquer-2")
    [seen] = re.findall(r'name="newest" value="(\d+)"', sonia.page("/path"))
    sonia.brings(("b.json", signed("adapter-2", STRANGER)))

    sonia.post("/path/counting", data={"newest": seen})

    assert rows(sonia.page("/path"))["Communiquer"] == "je maîtrise"
    assert "adapter-2-loose" in sonia.page("/path"), "it is asked about next"


def test_one_by_one_only_what_is_ticked_counts_and_each_may_count_no_more(app: Starlette) -> None:
    sonia = keeps(app, "communiquer-2", "adapter-2")
    page = sonia.page("/path/choice")
    ticked = re.findall(r'name="badge" value="(\d+)" checked', page)
    assert sorted(map(int, ticked)) == sorted(sonia.has())
    mine = next(id for id in sonia.has() if "Communiquer" in sonia.reads(f"/badges/{id}"))

    answer = sonia.post("/path/counting", data={"badge": str(mine)})

    told = sonia.page(answer.headers["location"])
    notice = told[told.index('role="status" tabindex="-1" autofocus') :]
    assert "C’est fait. 1 badge compte sur votre parcours. Annuler Vos 2 compétences sont là" in words(notice)
    assert "communiquer-2.svg" not in sonia.page("/path")
    assert "adapter-2-loose" in sonia.page("/path")
    told = sonia.reads("/path/choice")
    assert "Ce qui compte grâce à vous Communiquer, je maîtrise Ne plus compter" in told
    sonia.post(f"/badges/{mine}/counting/removal")
    assert "Vous l’avez enlevé de votre parcours." in sonia.reads("/path/choice")


def test_nothing_is_said_to_count_where_nothing_does(app: Starlette) -> None:
    """Sonia took back the only one, and came back to that page: it is asked about on her path."""
    sonia = keeps(app, "communiquer-2")
    [mine] = sonia.has()
    sonia.post("/path/counting", data={"newest": str(mine)})
    sonia.post(f"/badges/{mine}/counting/removal")

    assert sonia.get("/path/choice").headers["location"] == "/path"
    assert "À voir à part Communiquer, je maîtrise Vous l’avez enlevé de votre parcours." in sonia.reads("/path")


def test_one_badge_that_counts_no_more_is_one(app: Starlette) -> None:
    sonia = keeps(app, "communiquer-2")
    [undo] = re.findall(r'action="(/path/counting/removal[^"]*)"', sonia.page(says_yes(sonia).headers["location"]))

    assert "Ce badge ne compte plus." in sonia.reads(sonia.post(undo).headers["location"])


def test_with_nothing_ticked_nothing_counts(app: Starlette) -> None:
    sonia = keeps(app, "communiquer-2")

    in_english = sonia.post("/path/counting", data={"step": "again"}).text
    assert re.findall(r'name="badge" value="\d+"( checked)?', in_english) == [""], "what she unticked stays so"
    for sent in ({}, {"badge": "x"}, {"newest": "9" * 30}, {"badge": ["0", "999999"]}):
        assert sonia.post("/path/counting", data=sent).headers["location"] == "/path"
    for at in ("", "?at=", "?at=%00", "?at=" + "a" * 3000, "?at=2026-11-24T10:12:00%2B00:00"):
        assert sonia.post(f"/path/counting/removal{at}").headers["location"] == "/path?done=undone"
    assert "Ce badge est bien à vous" in sonia.page("/path")


def test_nobody_counts_for_somebody_else(app: Starlette) -> None:
    sonia = keeps(app, "communiquer-2")
    kevin = holder(app, ("b.json", signed("adapter-2", STRANGER)), address="203.0.113.9")

    kevin.post("/path/counting", data={"badge": [str(id) for id in sonia.has()]})
    kevin.post("/path/counting", data={"newest": "999"})

    assert "Ce badge est bien à vous" in sonia.page("/path")
    assert "Bravo" not in sonia.page("/path")


def test_a_badge_that_bears_another_name_is_told_by_itself(app: Starlette) -> None:
    sonia = keeps(app, "communiquer-2", "adapter-2")
    sonia.post("/settings", data={"name": "Kévin Dupont"})

    told = sonia.reads("/path")

    assert "bien à vous" not in told
    assert told.count("Il porte un autre nom : Sonia") == 2
    assert sonia.post("/path/counting", data={"newest": "999"}).headers["location"] == "/path"
    assert "Ajouté par vous" not in sonia.reads("/path")


def test_where_all_bear_another_name_the_question_comes_first_and_no_nought_is_shown(app: Starlette) -> None:
    sonia = keeps(app, "communiquer-2", "adapter-2")
    sonia.post("/settings", data={"name": "Kévin Dupont"})

    before = sonia.reads("/path")
    adds, place = re.findall(r'action="(/badges/\d+/counting)".*?value="([^"]+)"', sonia.page("/path"), re.DOTALL)[0]
    sonia.post(adds, data={"place": place})
    after = sonia.reads("/path")

    assert "sur 3" not in before
    assert "Comment avoir le suivant" not in before
    assert before.index("Il porte un autre nom") < before.index("S’intégrer pas encore")
    assert "1 sur 3" in after
    assert "Comment avoir le suivant" in after
    assert after.index("S’intégrer pas encore") < after.index("Il porte un autre nom")


def test_whom_the_operator_stopped_is_not_offered_and_cannot_be_counted_by_hand(app: Starlette) -> None:
    sonia = keeps(app, "communiquer-2")
    [id] = has(sonia)
    issuer = json.loads(signed("communiquer-2", STRANGER))["issuer"]["id"]
    vouch(app.state.services.database, issuer)
    retire(app.state.services.database, issuer, NOW - timedelta(days=1))

    told = sonia.reads("/path")

    assert "L’équipe de ce site ne fait plus confiance à cet organisme. Le badge ne compte pas." in told
    assert "Oui, ce badge compte" not in told
    assert "Comment avoir le suivant" in told, "there is nothing to answer"
    assert sonia.post("/path/counting", data={"newest": str(id)}).headers["location"] == "/path"
    assert sonia.post(f"/badges/{id}/counting", data={"place": PLACE}).status_code == 404


@pytest.mark.breadth
def test_the_only_skill_of_which_nothing_is_told_is_the_next_thing(app: Starlette) -> None:
    sonia = brings(app, "organiser-2", "adapter-2", "adapter-1")
    organises, adapts = (
        next(id for id in sonia.has() if f"{name} je maîtrise" in sonia.reads(f"/badges/{id}"))
        for name in ("Organiser", "S’adapter")
    )
    sonia.tells(organises, facts="J’ai rangé l’atelier.")

    told, page = sonia.reads("/path"), sonia.page("/path")

    assert "Racontez pour « S’adapter » Il manque un moment pour ce seul badge." in told
    assert f'href="/evidence/new?badge={adapts}"' in page
    sonia.tells(adapts, facts="Le camion était en retard.")
    assert "Racontez pour" not in sonia.reads("/path")


@pytest.mark.breadth
def test_dates_are_folded_by_month_and_a_month_counts_all_of_its_own(app: Starlette) -> None:
    sonia = holder(app, *((f"{n}.json", signed("communiquer-1")) for n in range(61)))

    first, second = sonia.reads("/path"), sonia.reads("/path?page=2")

    assert "octobre 2026, 61 badges" in first
    assert "octobre 2026, 61 badges" in second
    assert sonia.page("/path").count('<details class="fold">') == 1


@pytest.mark.breadth
def test_what_no_page_offers_is_refused_and_changes_nothing(app: Starlette) -> None:
    maria = keeps(app, "communiquer-2")
    [id] = has(maria)

    for place in ("", "normandie/organiser/masters", "\0", "a" * 5000, "../../etc/passwd"):
        assert maria.post(f"/badges/{id}/counting", data={"place": place}).status_code == 404, place
        assert maria.post(f"/badges/{id}/counting/removal", data={"place": place}).status_code == 303, place
    assert maria.post(f"/badges/{id + 99}/counting", data={"place": PLACE}).status_code == 404
    assert "Oui, ce badge compte" in maria.page("/path")


@pytest.mark.breadth
def test_odd_addresses_show_the_page(maria: Person) -> None:
    for query in ("?page=0", "?page=99999999999", "?page=-1", "?page=x", "?done=%00", "?done=<script>"):
        assert maria.get(f"/path{query}").status_code == 200, query


@pytest.mark.breadth
def test_what_has_ended_is_told_and_counts_no_more(app: Starlette, clock: Clock) -> None:
    ends = AWARDED + timedelta(days=60)
    maria = holder(app, ("a.json", signed("communiquer-2", valid_until=ends)), ("b.json", signed("organiser-2")))
    assert "Vous maîtrisez 2 compétences" in maria.reads("/path")

    clock.now = ends + timedelta(days=1)
    maria.enters()

    told = maria.reads("/path")
    assert "Vous maîtrisez 1 compétence" in told
    assert "Ce badge n’est plus valable : il ne compte plus." in told.replace(N, " ")


@pytest.mark.breadth
def test_badges_that_came_in_before_the_framework_are_seen(app: Starlette) -> None:
    services = app.state.services
    with_it, services.frameworks = services.frameworks, (OURS,)
    maria = brings(app, "organiser-2")
    assert "Vous maîtrisez" not in maria.reads("/path")

    services.frameworks = with_it

    assert "Vous maîtrisez 1 compétence" in maria.reads("/path")


@pytest.mark.breadth
def test_the_general_badge_is_asked_for_with_three_badges_and_a_word(app: Starlette) -> None:
    maria = brings(app, *(f"{key}-{level}" for key in KEYS[:3] for level in (1, 2)), "integrer-1")
    page = maria.page("/path")
    assert 'href="/shares/new?for=normandie"' in page
    assert "Vous avez ce qu’il faut pour le badge général." in page

    form = maria.page("/shares/new?for=normandie")

    ticked = {int(id) for id in re.findall(r'name="badge" value="(\d+)" checked', form)}
    mastered = {id for id in maria.has() if "je maîtrise" in maria.reads(f"/badges/{id}").split("Ce que ce badge")[0]}
    assert ticked == mastered
    assert len(ticked) == 3
    assert "Je maîtrise 3 compétences. Je demande le badge général.</textarea>" in form
    assert re.search(r'id="other"[^>]*value="Badge général"', form)
    assert re.search(r'value="" id="purpose-other" checked', form)


@pytest.mark.breadth
def test_who_cannot_ask_yet_chooses_as_always(app: Starlette) -> None:
    maria = brings(app, "organiser-2")

    for wanted in ("normandie", "nowhere", "%00", "a" * 3000):
        form = maria.page(f"/shares/new?for={wanted}")

        assert "Je demande" not in form, wanted
        assert 'name="badge"' in form, wanted


def test_with_the_general_badge_the_path_is_complete(app: Starlette) -> None:
    maria = brings(app, *(f"{key}-2" for key in KEYS[:3]), "general")

    told = maria.reads("/path")

    assert "Bravo, le badge général est là Vous maîtrisez 3 compétences . Le badge général est obtenu." in told
    assert "Demander le badge général" not in told


@pytest.mark.breadth
def test_what_the_person_says_is_in_the_archive_and_comes_back(app: Starlette) -> None:
    maria = keeps(app, "communiquer-2")
    maria.post(f"/badges/{maria.has()[0]}/counting", data={"place": PLACE})
    archive = take(maria)
    [told] = wallet_of(opened(archive))["badges"]
    assert told["counted"] == {PLACE: NOW.isoformat()}

    other = Person(app)
    other.post("/archive/return", files={"documents": ("a.zip", archive)})
    other.makes_a_key()

    assert "Ajouté par vous." in other.reads("/path")


@pytest.mark.breadth
def test_names_of_strangers_are_no_html(app: Starlette) -> None:
    app.state.services.frameworks = (OURS,)
    evil = "<img src=x onerror=alert(1)>"
    maria = holder(app, ("a.json", called(evil)))

    page = maria.page("/path")

    assert evil not in page
    assert "&lt;img src=x" in page
