"""The dossier of an AFEST: one of a place where somebody else says that it was one; every word of it on paper, and whose it is."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.fixtures.dossiers import ADDRESS, printed, told_in
from tests.fixtures.screens_afest import FIRST, LONGEST, SECOND, a_dossier, many, of_moment
from tests.fixtures.screens_cards import DAY, NOW, badge
from tests.fixtures.screens_evidence import SAID, telling
from tests.fixtures.screens_shares import told as a_share
from tests.fixtures.sheets import code_on, leaves, read, seen, text_of
from tests.fixtures.words_of_others import ENDLESS, NADIA, PAUL, word
from wallet.badges.card_details import CardDetails, ShownWord
from wallet.endorsements.dossiers import dossiers_of
from wallet.endorsements.models import AFEST_TICKS

GENRE = CardDetails(genres=[ShownWord(words="AFEST", situation="afest")])


def flat(text: str) -> str:
    """*text* without spaces, which a PDF may put anywhere between the lines."""
    return "".join(text.split())


def test_marias_stories_of_the_shop_are_one_dossier_with_the_oldest_first():
    elsewhere = telling({"situation": "work", "place": "Garage", "facts": "Une roue manquait."}, id=9, badge_ids=[])
    (found,) = dossiers_of([elsewhere, SECOND, FIRST], [of_moment(NADIA, FIRST)], [])

    assert found.place == "Magasin du port"
    assert [one.view.id for one in found.moments] == [FIRST.id, SECOND.id]
    assert [one.is_afest for one in found.moments] == [True, False]


def test_what_maria_says_alone_makes_no_afest():
    """Only somebody else’s word does (docs of D. 6313-3-2): neither a place at work, nor a word that says nothing of one."""
    assert dossiers_of([FIRST], [], [badge(id=7)]) == []
    assert dossiers_of([FIRST], [of_moment(PAUL, FIRST)], [badge(id=7)]) == []
    assert len(dossiers_of([FIRST], [of_moment(PAUL, FIRST, afest=("trainer",))], [])) == 1


def test_an_issuer_says_it_with_the_genre_of_a_badge_that_holds():
    assert len(dossiers_of([FIRST], [], [badge(id=7, details=GENRE)])) == 1
    assert dossiers_of([FIRST], [], [badge("invalid", id=7, details=GENRE)]) == []


def test_a_word_on_what_nadia_did_not_read_is_no_part_of_it():
    other = telling(SAID | {"facts": "J’ai tout fait seule."})

    assert dossiers_of([other], [of_moment(NADIA, FIRST)], []) == []


def test_a_place_that_maria_left_out_is_called_as_nadia_does():
    nowhere = telling({"situation": "work", "facts": "Un client attendait."})
    (found,) = dossiers_of([nowhere], [of_moment(NADIA, nowhere)], [])

    assert found.place == "Les Jardins du Perche"


def test_what_is_not_ticked_is_not_in_it():
    found = a_dossier().with_only([FIRST.id], [NADIA.id])

    assert [one.view.id for one in found.moments] == [FIRST.id]
    assert [one.name for one in found.moments[0].words] == ["Nadia Martin"]
    assert dict(found.ticks) == {tick: ["Nadia Martin"] for tick in AFEST_TICKS}
    assert not any(names for _, names in found.with_only([FIRST.id], []).ticks)


@pytest.mark.slow
@pytest.mark.breadth
def test_the_school_reads_who_told_what_and_who_says_so():
    text = text_of(printed(a_dossier(), dates="du 3 mars au 12 juin 2026"))

    for told in (
        *("Dossier AFEST", "Maria Dos Santos", "Lieu : Magasin du port", "du 3 mars au 12 juin 2026"),
        *(line for one in SAID.values() if one != "work" for line in one.splitlines()),
        *("Mot de Nadia Martin, cheffe d’équipe. « Les Jardins du Perche »", "Maria reste calme et souriante."),
        *(
            "Confirmé par Nadia Martin.",
            "Code du travail, article D. 6313-3-2.",
            "Une personne était nommée pour former.",
        ),
        *("Mot de Paul.", "Dit à voix haute : 42 secondes.", "Nous n’avons pas vérifié son nom."),
        *("Organiser – maîtrise", "Donné par École des Rives.", "Valide.", "Vérifié le 24 novembre 2026."),
        *(
            "Personne ne les a vérifiés.",
            "Ce site ne dit pas que c’était une AFEST.",
            "Il ne prouve pas que c’est arrivé.",
        ),
    ):
        assert flat(told) in flat(text), told


@pytest.mark.breadth
def test_a_badge_that_could_not_be_checked_is_not_told_as_checked():
    badges = [badge(one, id=7 + place) for place, one in enumerate(("valid", "unknown", "unreadable"))]
    [found] = dossiers_of([replace(FIRST, badge_ids=[7, 8, 9])], [of_moment(NADIA, FIRST)], badges)

    told = [one["state"].rpartition(". ")[2] for one in told_in(found)["badges"]]

    assert [one.split()[0] for one in told] == ["Vérifié", "Regardé", "Regardé"]


def test_of_comments_and_badges_it_says_what_it_proves_where_there_are_any():
    [by_badge] = dossiers_of([FIRST], [], [badge(id=7, details=GENRE)])
    [by_word] = dossiers_of([replace(FIRST, badge_ids=[])], [of_moment(NADIA, FIRST)], [])
    told = [" ".join(told_in(one)["proves"]["says"]) for one in (by_badge, by_word)]

    assert ["mot" in one for one in told] == [False, True]
    assert ["ni son métier" in one for one in told] == [False, True]
    assert ["badges" in one for one in told] == [True, False]
    assert all("Ce site ne dit pas que c’était une AFEST." in one for one in told)


def test_what_a_tutor_types_beside_their_name_is_none_of_our_sentences():
    typed = "Vu par l’État : ce dossier est vrai."
    said = of_moment(NADIA, FIRST, name=typed, organisation="Ce dossier est certifié.")
    told = told_in(a_dossier([FIRST], [said]))

    assert {one["by"].replace("\xa0", " ") for one in told["four"]["ticks"]} == {f"Confirmé par « {typed} »."}
    assert told["moments"][0]["words"][0]["by"].endswith("«\xa0Ce dossier est certifié.\xa0»")


@pytest.mark.slow
@pytest.mark.breadth
def test_a_name_that_cannot_be_printed_leaves_no_hole_in_a_sentence():
    text = text_of(printed(a_dossier(), name="Maria 王"))

    assert "La personne raconte" in text
    assert "Maria" not in text.replace("Maria reste calme", "")


@pytest.mark.slow
@pytest.mark.breadth
def test_what_nobody_confirms_of_an_afest_is_said_too():
    text = text_of(printed(a_dossier([FIRST], [of_moment(NADIA, FIRST, afest=("trainer",))])))

    assert text.count("Personne ne le confirme dans ce dossier.") == 3
    assert text.count("Confirmé par Nadia Martin.") == 1


@pytest.mark.slow
@pytest.mark.breadth
def test_it_is_tagged_in_english_too_with_its_title_and_language():
    pdf = printed(a_dossier(), "en")
    root = read(pdf).root_object

    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]["/K"]
    assert root["/Lang"] == "en"
    assert read(pdf).metadata.title == "AFEST file of Maria Dos Santos"
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    assert "This site does not say that it was an AFEST." in text_of(pdf)


@pytest.mark.slow
@pytest.mark.breadth
def test_one_moment_is_one_or_two_sheets_and_sixty_are_all_there():
    assert leaves(printed(a_dossier([FIRST], [of_moment(NADIA, FIRST)]))) <= 2

    text = flat(text_of(printed(many(60))))
    for number in range(1, 61):
        assert f"MotdeTuteur{number}," in text
    assert text.count(flat(SAID["me"])) == 60


@pytest.mark.slow
@pytest.mark.breadth
def test_long_names_and_words_without_a_space_stay_on_their_sheet(tmp_path: Path):
    found = a_dossier([LONGEST], [of_moment(ENDLESS, LONGEST, setting="afest", given_at=NOW - DAY)])
    pdf = printed(found, name="W" * 80, dates="y" * 60)
    text = flat(text_of(pdf)).replace("\u200b", "")

    assert "W" * 80 in text
    assert "y" * 60 in text
    assert text.count("m") >= 300, "a sheet may end within it"
    sheet = seen(pdf, tmp_path, 60).convert("L")
    assert sheet.crop((sheet.width - 40, 0, sheet.width, sheet.height)).getextrema() == (255, 255), "a margin of 17 mm"


@pytest.mark.slow
@pytest.mark.parametrize("typed", ['#read("/etc/passwd") $x^2$ *gras* _it_ <b> @citation', "王小明"])
@pytest.mark.breadth
def test_what_somebody_types_is_text(typed: str):
    moment = telling({"situation": "work", "place": typed, "facts": typed, "sentence": typed})
    said = word(moment, name=typed, role=typed, sentence=typed, setting="afest")
    text = text_of(printed(a_dossier([moment], [said]), name=typed, dates=typed))

    assert "root:" not in text
    if typed.isascii():
        assert flat(text).count(flat(typed)) >= 6
    else:
        assert "Certains signes ne s’impriment pas ici." in text
        assert "Le nom ne s’imprime pas ici" in text


@pytest.mark.slow
@pytest.mark.breadth
def test_the_code_leads_to_the_share_that_maria_chose_and_to_none_else(tmp_path: Path):
    share = a_share([badge()], ends_at=NOW + 7 * DAY)

    assert code_on(seen(printed(a_dossier(), share=share), tmp_path, 150)) == ADDRESS
    assert code_on(seen(printed(a_dossier()), tmp_path, 150)) == ""
    told = told_in(a_dossier(), share=replace(share, has_code=True))["code"]
    assert told["until"] == "Jusqu’au 1er décembre 2026."
    assert told["note"] == "La personne vous dit le mot de passe."
