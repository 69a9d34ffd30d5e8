"""« Fiche compétences »: one A4 that says what the page says, cuts nothing short, and is never the verdict itself."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fixtures.framed import OURS, lasting
from tests.fixtures.screens import pages
from tests.fixtures.screens_cards import ALL, DAY, NOW, UNSIGNED, VOUCHED, badge
from tests.fixtures.screens_shown import hung, one_badge, opened, shown
from tests.fixtures.sheets import (
    ADDRESS,
    code_on,
    leaves,
    many,
    nine,
    printed,
    read,
    seen,
    stories,
    story,
    text_of,
    words_of,
)
from tests.fixtures.visits import words
from tests.fixtures.words_of_others import ENDLESS, NADIA, OTHER, PAUL, STORY, TAKEN_BACK, in_share, of_moment
from wallet.badges.cards import Card
from wallet.competencies import ShownMap, ShownSkill
from wallet.evidence.sentences import each_of
from wallet.shares.recipients import Given, Tie
from wallet.shares.sheet import FEW, MOST_OTHERS, MOST_ROWS, MOST_TOLD, SheetStory, sheet_of, shortened
from wallet.trust import Answer

pytestmark = pytest.mark.slow

TOLD = (
    "Elle ne parlait pas bien français. Alors j’ai montré avec les mains.\n"
    "Elle est repartie contente. J’ai appris à ne pas crier."
)
GOLD = (242, 190, 69)
FILLED = (11, 83, 69)
INJECTIONS = ('#read("/etc/passwd")', "$x^2$", "*gras*", "_italique_", "\\ \\#", "@citation", "<label>", "`raw`", "//x")


def amount(image, colour: tuple[int, int, int]) -> int:
    """How many pixels of *image* have that colour, nearly."""
    return sum(
        count
        for count, pixel in image.getcolors(image.width * image.height)
        if all(abs(one - other) < 12 for one, other in zip(pixel, colour, strict=True))
    )


@pytest.mark.breadth
def test_an_employer_reads_sonias_words_on_paper():
    text = text_of(printed(nine(hung=stories(TOLD, "Le camion n’est pas venu. J’ai appelé."))))

    assert "Sonia Martin raconte" in text
    assert "J’ai appris à ne pas crier." in text
    assert "Le camion n’est pas venu." in text
    assert "Ce sont ses mots. Personne ne les a vérifiés." in text


@pytest.mark.breadth
def test_it_bears_the_day_of_the_check_and_leads_to_today():
    text = text_of(printed(nine()))

    assert "Vérifiés le 24 novembre 2026. Aujourd’hui ? Scannez." in text.replace("\xa0", " ")
    assert "9 vrais badges, valides." in text
    assert "Donnés à Sonia Martin" in text
    assert "Nous n’avons pas vérifié son identité." in text


def test_the_day_is_that_of_the_badge_that_was_looked_at_longest_ago():
    old = badge(id=1, checked_at=NOW - 20 * DAY)

    assert "4 novembre 2026" in words_of(opened([badge(id=0), old]))["words"]["verdict"]["head"]


@pytest.mark.parametrize(
    ("badges", "told"),
    [
        ([UNSIGNED], "Regardé le"),
        ([badge("unknown")], "Regardé le"),
        ([badge("unreadable")], "Regardé le"),
        ([badge("revoked")], "Vérifié le"),
        ([badge(), replace(UNSIGNED, id=8)], "Regardés le"),
        ([badge(), badge("expired", id=8)], "Vérifiés le"),
    ],
)
def test_what_could_not_be_checked_is_on_paper_no_badge_that_was(badges: list[Card], told: str):
    head = words_of(opened(badges))["words"]["verdict"]["head"]

    assert head.replace("\u202f", " ").replace("\xa0", " ") == f"{told} 24 novembre 2026. Aujourd’hui ? Scannez."


def test_paper_says_of_an_issuer_what_the_page_does():
    rives = badge(
        id=0, issuer_id="did:web:a", issuer_name="École des Rives", trust=replace(VOUCHED, name="Rives & Rives")
    )
    like = badge(
        "intact", id=1, issuer_id="did:web:b", issuer_name="Rives & Rivès", trust=Answer(alike="Rives & Rives")
    )

    told = words_of(opened([rives, like, replace(like, id=2), replace(rives, id=3)]))["words"]

    assert [row["line"] for row in told["rows"][:2]] == ["Rives & Rives", "Rives & Rivès"], "as those say who vouch"
    warned = "".join(part["text"] for part in told["verdict"]["lines"][-1]["parts"]).replace("\xa0", " ")
    assert warned.replace("\u202f", " ") == (
        "Rives & Rivès : Ce nom ressemble à « Rives & Rives ». L’adresse n’est pas la même."
    )


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (badge("revoked"), ["N’en tenez pas compte."]),
        (badge("expired", trust=VOUCHED), ["Région d’essai confirme cet organisme."]),
        (UNSIGNED, ["Rien ne prouve d’où il vient."]),
        (badge("unknown"), []),
    ],
    ids=["withdrawn", "expired", "unsigned", "unknown now"],
)
def test_of_one_badge_that_does_not_hold_paper_says_what_the_page_does(one: Card, says: list[str]):
    lines = words_of(opened([one]))["words"]["verdict"]["lines"]

    assert [line["parts"][0]["text"].strip() for line in lines[1:-1]] == says


def test_paper_says_how_one_badge_calls_an_issuer_that_is_known_by_another_name():
    one = badge(issuer_name="Les Rives")

    told = [words_of(opened(some))["words"]["verdict"]["lines"][-1] for some in ([one], [one, replace(one, id=8)])]

    said = ["".join(part["text"] for part in line["parts"]) for line in told]
    assert ["Sur le badge : Les Rives." in line.replace("\xa0", " ") for line in said] == [True, False], "as the page"


@pytest.mark.parametrize(
    ("states", "told"),
    [
        (("valid", "revoked"), "1er juin 2021"),
        (("site", "expired", "intact"), "2 badges, 1er juin 2021"),
        (("unknown", "revoked"), "1er juin 2021"),
        (("valid", "valid"), "2 badges, 3 mai 2026"),
    ],
)
def test_what_does_not_hold_makes_no_skill_newer_on_paper(states: tuple[str, ...], told: str):
    """The date beside a skill is read as that of its badges: one that was withdrawn says nothing there."""
    given = [NOW.replace(2021, 6, 1), NOW.replace(2026, 5, 3), NOW.replace(2020, 2, 2)]
    badges = [badge(one, id=id, issued_on=given[id]) for id, one in enumerate(states)]
    drawn = nine().maps[0]
    skill = replace(drawn.skills[0], badge_ids=[one.id for one in badges])

    rows = words_of(replace(opened(badges), maps=[replace(drawn, skills=(skill,), general=None)]))["words"]["rows"]

    assert [row["aside"] for row in rows] == [told]


@pytest.mark.parametrize(
    ("tie", "said"), [("same", "Ce que sait faire Sonia Martin"), ("differs", "Ce que disent ces badges")]
)
def test_paper_says_no_more_than_the_page_of_who_can_do_it(tie: Tie, said: str):
    share = nine()

    assert words_of(replace(share, given=replace(share.given, tie=tie)))["words"]["can"] == said


def test_where_there_is_no_level_none_is_called_unconfirmed():
    share = nine("name")
    rows = words_of(share)["words"]["rows"]
    assert {row["ground"] for row in rows[:4]} == {"niveau pas confirmé par nous"}
    assert rows[4]["ground"] == "pas confirmé par nous"

    general, drawn = share.badges[-1], replace(share.maps[0], skills=())
    of_one = {"badges": [general], "maps": [drawn], "given": replace(share.given, about=[general])}
    for name, told in (
        ("page", shown(replace(share, **of_one))),
        ("badge", one_badge(general, **of_one) | {"skill": drawn.general}),
    ):
        page = words(pages().render(f"open_share/{name}.html", "fr", **told))
        assert "pas confirmé par nous" in page
        assert "niveau pas confirmé" not in page


def test_an_issuer_of_many_badges_is_told_by_the_one_of_which_the_least_is():
    before, since = badge(issuer_id="did:web:a", trust=VOUCHED), badge("intact", issuer_id="did:web:a", trust=Answer())
    cards = [replace(before, id=0), *(replace(since, id=number) for number in range(1, 14))]

    (row,) = words_of(opened(cards))["words"]["rows"]

    assert row["line"] == "Nous n’avons pas encore vérifié cet organisme."


@pytest.mark.breadth
def test_it_is_one_a4_in_english_too():
    pdf = printed(nine(hung=stories(TOLD)), "en")

    assert leaves(pdf) == 1
    assert "All checked on 24 November 2026. Today? Scan." in text_of(pdf)
    assert read(pdf).root_object["/Lang"] == "en"


@pytest.mark.breadth
def test_a_phone_reads_the_code_from_three_centimetres_at_150_dpi(tmp_path: Path):
    image = seen(printed(nine(hung=stories(TOLD, TOLD))), tmp_path, 150)
    (code,) = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
    side = (code.position.top_right.x - code.position.top_left.x) / 150 * 25.4

    assert code.text == ADDRESS
    assert 30 <= side <= 33
    assert code_on(image.convert("L").resize((image.width * 3 // 4, image.height * 3 // 4))) == ADDRESS, (
        "copied smaller"
    )


@pytest.mark.breadth
def test_the_seal_is_an_outline_even_where_everybody_vouches(tmp_path: Path):
    told = words_of(nine())["drawings"]["verdict"]

    assert 'fill="none"' in told.partition("A5.2")[0]
    band = seen(printed(nine()), tmp_path).crop((80, 320, 200, 520))
    assert amount(band, FILLED) < 0.15 * band.width * band.height


@pytest.mark.breadth
def test_gold_is_for_counted_places_alone(tmp_path: Path):
    assert amount(seen(printed(nine()), tmp_path), GOLD) > 2000
    for ground in ("name", "confirmed", "waiting"):
        pdf = printed(nine(ground))
        assert amount(seen(pdf, tmp_path), GOLD) == 0, ground
        assert "Bord doré" not in text_of(pdf)
        assert not any(row["gold"] for row in words_of(nine(ground))["words"]["rows"])
    assert "confirmé par Sonia Martin, pas par nous" in text_of(printed(nine("confirmed")))


@pytest.mark.breadth
def test_it_is_tagged_and_says_its_title_and_language():
    pdf = printed(nine())

    root = read(pdf).root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]["/K"]
    assert root["/Lang"] == "fr"
    assert read(pdf).metadata.title == "Fiche compétences de Sonia Martin"
    told = root["/Metadata"].get_data()
    assert b"pdfuaid:part" in told
    assert b"pdfaid:part" in told


@pytest.mark.parametrize("count", [1, 3, 9, 60, 250])
@pytest.mark.breadth
def test_it_is_one_sheet_however_many_badges_there_are(count: int):
    share = replace(opened(many(count)), hung=[story(1, 0, TOLD * 30), story(2, 0, TOLD * 30), story(3, 0, TOLD)])
    pdf, told = printed(share), sheet_of(share)
    text = text_of(pdf)

    assert leaves(pdf) == 1
    assert "1 autre moment avec le QR code." in text
    assert len(told.rows) <= MOST_ROWS
    if count > 60:
        assert "autres badges, avec le QR code." in text
    assert "…" not in text


def test_each_badge_is_listed_or_counted():
    share = opened(many(250))
    told = sheet_of(share)

    assert told.unlisted[0] == 250
    assert told.unlisted[-1] == 250 - sum(len(row.badges) for row in told.rows)
    assert told.unlisted == sorted(told.unlisted, reverse=True)


def test_so_many_have_a_row_each_and_from_one_more_on_each_issuer_has_one():
    few, more = (sheet_of(opened(many(count))).rows for count in (MOST_OTHERS, MOST_OTHERS + 1))

    assert [row.is_issuer for row in few] == [False] * MOST_OTHERS
    assert all(row.is_issuer for row in more)
    assert [sheet_of(opened(many(count))).is_short for count in (FEW, FEW + 1)] == [True, False]


def test_a_story_of_just_so_many_signs_is_whole():
    told = [SheetStory(view=story(1, 0, "x" * signs), row=None) for signs in (MOST_TOLD, MOST_TOLD + 1)]

    assert [one.is_whole for one in told] == [True, False]


def test_one_skill_alone_is_drawn_as_no_flower():
    [drawn] = (share := nine()).maps

    assert sheet_of(share).flower == drawn
    assert sheet_of(replace(share, maps=[replace(drawn, skills=drawn.skills[:1], general=None)])).flower is None


@pytest.mark.breadth
def test_a_story_of_5000_words_goes_on_behind_the_code():
    text = "Je range la réserve le matin. " * 833
    pdf = printed(nine(hung=stories(text)))
    found = text_of(pdf)

    assert leaves(pdf) == 1
    assert "La suite avec le QR code." in found
    assert found.count("Je range la réserve le matin.") == 14  # whole sentences in 420 signs
    assert "La suite" not in text_of(printed(nine(hung=stories("Je range. " * 10))))


@pytest.mark.breadth
def test_a_long_word_to_the_employer_begins_on_paper_and_goes_on_behind_the_code():
    text = text_of(printed(nine(word="Je cherche un poste de soudeuse à Rouen. " * 6)))

    assert "« Je cherche un poste de soudeuse à Rouen." in text
    assert text.count("soudeuse") == 3
    assert "La suite avec le QR code." in text
    assert "suite" not in text_of(printed(nine(word="Je cherche un poste.", hung=[])))


def test_a_sentence_that_never_ends_ends_at_a_word_and_is_told_to_go_on():
    told = words_of(nine(hung=stories("et puis " * 2000)))["words"]["stories"][0]

    assert told["paragraphs"][0][0].endswith(("et", "puis"))
    assert not told["is_whole"]


@pytest.mark.breadth
def test_nadias_word_stands_whole_under_the_story_with_how_it_is_known():
    share = nine(hung=[of_moment(hung(1, 1, STORY), STORY)], endorsements=in_share(TAKEN_BACK, NADIA, PAUL))
    pdf = printed(share)
    found = text_of(pdf)

    assert leaves(pdf) == 1
    assert "Mot de Nadia Martin, cheffe d’équipe. « Les Jardins du Perche »" in found
    assert "« C’est vrai, j’étais là. Maria reste calme et souriante. »" in found
    assert "Nous n’avons pas vérifié son nom." in found
    assert "Personne ne les a vérifiés." in found
    assert "1 autre mot avec le QR code." in found
    assert "retiré" not in found


def test_no_french_sign_stands_alone_at_the_end_or_the_beginning_of_a_line():
    share = nine(hung=[of_moment(hung(1, 1, STORY), STORY)], endorsements=in_share(TAKEN_BACK, NADIA, PAUL))
    told = json.dumps(words_of(share)["words"], ensure_ascii=False)

    assert "«\u00a0Les Jardins du Perche\u00a0»" in told
    assert re.findall(r".{20}« .{9}|.{20} [»:;!?%].{9}", told) == []


@pytest.mark.breadth
def test_the_longest_word_beside_the_longest_story_keeps_to_one_sheet():
    hanging = of_moment(hung(1, 1, OTHER), OTHER)
    pdf = printed(
        nine(hung=[hanging, *stories("", "Je range la réserve le matin. " * 833)[1:]], endorsements=in_share(ENDLESS))
    )

    assert leaves(pdf) == 1
    assert "Nous n’avons pas vérifié son nom." in text_of(pdf)


def test_sentences_stay_whole():
    assert each_of("Un. Deux ! (Trois ?) Quatre\n\nCinq…") == [["Un.", "Deux !", "(Trois ?)", "Quatre"], ["Cinq…"]]
    assert shortened("mot " * 100)[0].endswith("mot")
    assert shortened("court") == ("court", True)


def test_whoever_reads_the_paper_knows_which_of_two_badges_of_one_name_was_withdrawn():
    gone, good = badge("revoked", id=1), badge(id=2, level="pratique")
    told = words_of(opened([good, replace(gone, level="maîtrise")]))["words"]

    assert told["verdict"]["lines"][1]["parts"][1]["text"] == "Communiquer, maîtrise"
    assert {(row["name"], row["level"]) for row in told["rows"]} == {
        ("Communiquer", "pratique"),
        ("Communiquer, maîtrise", "Retiré"),
    }


@pytest.mark.breadth
def test_expired_badges_and_other_names_keep_their_own_words():
    text = text_of(printed(replace(opened(ALL), given=Given(tie="differs", name="Kévin Dupont", about=ALL[:1]))))

    for word in ("Expiré", "Retiré", "Fichier changé", "Kévin Dupont", "Un nom peut changer."):
        assert word in text


@pytest.mark.parametrize(
    ("name", "told"),
    [  # spaces aside: a name may go on in the next line
        ("Zoë Nguyễn-Łukasz", "Zoë Nguyễn-Łukasz"),
        ("Олена Шевченко", "Олена Шевченко"),
        ("Sonia\u202eia 😀", "Soniaia 😀"),
        ("王小明", "Le nom se lit avec le QR code"),
        ("Sonia 王", "Le nom se lit avec le QR code"),
        ("\u202e\u200b", "Le nom se lit avec le QR code"),
    ],
)
@pytest.mark.breadth
def test_a_name_is_read_or_it_is_told_where_to_read_it(name: str, told: str):
    assert told.replace(" ", "") in text_of(printed(nine(name=name))).replace(" ", "")


@pytest.mark.parametrize("name", ["王小明", "Sonia 王"])
@pytest.mark.breadth
def test_where_a_name_is_not_printed_each_sentence_does_without_it(name: str):
    """« confirmé par , pas par nous », and « Page tenue par Sonia . »: of somebody of whom half the name is left."""
    share = nine("confirmed", name=name, is_page=True, updated_at=NOW, hung=stories(TOLD))
    text = text_of(printed(replace(share, given=Given(tie="address-unconfirmed", about=share.badges))))

    assert "Sonia" not in text
    for told in (
        "confirmé par la personne, pas par nous",
        "La personne raconte",
        "La personne n’a pas encore confirmé",
    ):
        assert told in text
    assert "Page tenue par" not in text


@pytest.mark.breadth
def test_a_name_in_arabic_is_there_letter_by_letter():
    assert set("سونيا") <= set(text_of(printed(nine(name="سونيا مارتن"))))


@pytest.mark.breadth
def test_signs_that_no_font_has_are_told_of():
    pdf = printed(nine(hung=stories("J’ai dit 你好 à la cliente.")))

    assert "Certains signes ne s’impriment pas ici." in text_of(pdf)
    assert "Certains signes" not in text_of(printed(nine(hung=stories("J’ai dit bonjour 🙂."))))


@pytest.mark.parametrize("letters", ["o" * 200, "Anne-Marie " * 18, "W" * 200])
@pytest.mark.breadth
def test_a_name_of_200_signs_leaves_room_for_the_rest(letters: str):
    pdf = printed(nine(name=letters, hung=stories(TOLD * 5, TOLD * 5)))

    assert leaves(pdf) == 1
    assert letters.replace(" ", "")[:198] in text_of(pdf).replace(" ", "").replace("\u200b", "")


@pytest.mark.parametrize("name", ["Anne-Sophie Vandenbroucke", "Andrianampoinimerina", "Marie-Rose " + "W" * 23])
@pytest.mark.breadth
def test_a_long_word_of_a_name_comes_into_neither_the_address_nor_the_code(name: str, tmp_path: Path):
    beside = [round(mm / 25.4 * 150) for mm in (14 + 96.5, 0, 210, 52)]
    drawn = [seen(printed(nine(name=one, word="")), tmp_path).crop(beside) for one in ("Li", name)]

    assert drawn[0].tobytes() == drawn[1].tobytes()
    assert code_on(drawn[1]) == ADDRESS


@pytest.mark.parametrize(
    "name", ["o" * 60, "RAKOTONDRAMANANTSOAVINA", "Jean-Baptiste O'Connor de la Tour d'Auvergne & Cie"]
)
@pytest.mark.breadth
def test_who_keeps_a_lasting_page_is_read_beside_the_whole_legend(name: str, tmp_path: Path):
    share = nine(name=name, is_page=True, updated_at=NOW)
    level, unsure = (
        replace(share.maps[0].skills[0], level=OURS.levels[0]),
        replace(share.maps[0].skills[1], ground="name"),
    )
    share = replace(share, maps=(replace(share.maps[0], skills=(level, unsure, *share.maps[0].skills[2:])),))
    pdf = printed(share)

    assert f"Page tenue par {name}. Mise à jour le 24 novembre 2026." in text_of(pdf).replace("\u200b", "")
    assert "pas confirmé par nous" in text_of(pdf)
    assert not _lying_upon_another_in_the_foot(pdf, tmp_path)


def _lying_upon_another_in_the_foot(pdf: bytes, folder: Path) -> list[tuple[str, str]]:
    """The words at the bottom of a sheet that are printed upon another one."""
    if not shutil.which("pdftotext"):
        pytest.skip("poppler is not here")
    (folder / "sheet.pdf").write_bytes(pdf)
    boxes = subprocess.run(["pdftotext", "-bbox", "sheet.pdf", "-"], cwd=folder, check=True, capture_output=True).stdout
    number = '"([0-9.]+)"'
    found = re.findall(rf"<word xMin={number} yMin={number} xMax={number} yMax={number}>(.*?)</word>", boxes.decode())
    words = [(*map(float, box), word) for *box, word in found if float(box[1]) > 700]
    assert words
    return [
        (one[4], other[4])
        for one, other in combinations(words, 2)
        if min(one[2], other[2]) - max(one[0], other[0]) > 1 and min(one[3], other[3]) - max(one[1], other[1]) > 3
    ]


@pytest.mark.parametrize("name", ["Marie-Clémentine-Joséphine", "Rochefoucauld-Bettencourt"])
@pytest.mark.breadth
def test_a_name_with_hyphens_is_broken_there_and_nowhere_else(name: str):
    text = text_of(printed(nine(name=name)))

    assert all(part in text for part in name.split("-"))


@pytest.mark.parametrize("code", INJECTIONS)
@pytest.mark.breadth
def test_what_somebody_types_is_no_code_of_typst(code: str):
    share = replace(
        nine(name=code, word=code, hung=[story(1, 1, code, sentence=code, place=code)]),
        badges=[replace(one, name=code, issuer_name=code) for one in nine().badges],
        maps=(),
    )
    text = text_of(printed(share))

    assert text.replace(" ", "").count(code.replace(" ", "")) >= 5
    assert "root:" not in text


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=300), st.text(max_size=2000), st.integers(0, 40))
@pytest.mark.breadth
def test_whatever_people_write_it_is_one_sheet(name: str, text: str, count: int):
    cards = [badge("site", id=number, name=name or "x", description=text) for number in range(count + 1)]

    assert leaves(printed(replace(opened(cards, name=name), hung=[story(1, 0, text, sentence=name[:120])]))) == 1


@pytest.mark.breadth
def test_whoever_hears_the_sheet_hears_of_no_skill_that_nobody_showed():
    """Each petal was called by its skill, those too that wait to be sewn on."""
    share = nine()
    two = replace(share, maps=(replace(share.maps[0], skills=share.maps[0].skills[:2], general=None),))
    named = [one.competency.names["fr"] for one in two.maps[0].skills if one.competency]

    assert [one["alt"] for one in words_of(two)["words"]["flower"]] == [*named, "", ""]
    assert [_told_of_pictures(printed(one)) for one in (share, two)] == [5, 3], "the QR code has words, too"


def _told_of_pictures(pdf: bytes) -> int:
    """How many pictures of a sheet are told in words."""
    found, left = 0, [read(pdf).trailer["/Root"]["/StructTreeRoot"]]
    while left:
        one = left.pop().get_object()
        if isinstance(one, list):
            left += one
        elif isinstance(one, dict):
            found += one.get("/S") == "/Figure" and bool(one.get("/Alt"))
            left += [one["/K"]] if "/K" in one else []
    return found


def test_where_a_framework_has_one_level_no_gold_edge_says_without_help():
    """The rare skills: « sait le faire » is all that was signed."""
    skills = lasting()
    cards = [badge("valid", id=place, name=one.names["fr"], level="") for place, one in enumerate(skills.competencies)]
    reached = tuple(
        ShownSkill(competency=one, level=skills.levels[0], ground="counted", is_top=True, badge_ids=(place,))
        for place, one in enumerate(skills.competencies)
    )
    maps = (ShownMap(framework=skills, skills=reached, general=None),)

    assert "sans aide" in str(words_of(nine())["words"]["legend"])
    assert words_of(replace(opened(cards, name="Sonia"), maps=maps))["words"]["legend"] == []
