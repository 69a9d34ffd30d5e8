"""Names that are made to be taken for another's are told; those of honest organisations are not.

names.json is one half of the names that were gathered before the code was written; the other was kept apart from it.
"""

import hashlib
import json
import sys
import tracemalloc
from itertools import islice
from pathlib import Path
from subprocess import run
from typing import Any

import pytest

from wallet.trust import names, near_words
from wallet.trust.appearance import FOLDER, readings, shape
from wallet.trust.names import Names
from wallet.trust.near_words import NearWords, is_slip

TOLD = json.loads((Path(__file__).parent / "names.json").read_text(encoding="utf-8"))
INDEX = json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))
VOUCHED = [(name, f"https://register.example/{number}") for number, name in enumerate(TOLD["vouched"])]
STRANGER = "https://stranger.example/"
KNOWN = Names(VOUCHED)


def like(name: str, *vouched: str) -> str:
    """The vouched name that *name* of a stranger looks like."""
    found = (Names((one, f"#{number}") for number, one in enumerate(vouched)) if vouched else KNOWN).alike(
        name, STRANGER
    )
    return found[0] if found else ""


def test_nineteen_of_twenty_spoofs_are_told_by_the_name_that_they_copy() -> None:
    missed = [(spoof, vouched) for spoof, vouched in TOLD["spoofs"] if like(spoof) != vouched]

    assert len(missed) <= len(TOLD["spoofs"]) * 0.05, missed


def test_of_a_hundred_honest_names_at_most_one_is_accused() -> None:
    accused = [(name, like(name)) for name in TOLD["honest"] if like(name)]

    assert len(accused) <= len(TOLD["honest"]) * 0.01, accused


REASONS = [
    # what the name is made of, a vouched name, its spoof, and an honest name that is as near
    ("the very same", "Le Dôme", "Le Dôme", "Le Dock"),
    ("Cyrillic letters", "Région Normandie", "Régiоn Nоrmаndiе", "Ассоциация Нормандия-Неман"),
    ("Cyrillic small letters that look like our capitals", "CIBC Normandie", "CIBC Noгмandie", "CIBC Bгетagne"),
    ("Cyrillic capitals", "CCI Caen Normandie", "ССІ Caen Normandie", "СЕМ Caen"),
    ("a letter that is like none of ours", "CCI Caen Normandie", "CCI Caeп Normandie", "CCI Roueп Normandie"),
    ("Greek letters", "ARDES", "ΑRDΕS", "ΑIDΕS"),
    ("Greek letters that look like ours from afar", "Région Normandie", "Rεgion Nοrmandιe", "Rεgion Brεtagne"),
    ("a letter like none of ours in a short name", "ARDES", "ΛRDES", "ΛIDES"),
    ("Cherokee letters", "ARDES", "ᎪᎡDES", "ᎪIDES"),
    ("small capitals", "BAC Environnement", "ʙᴀᴄ Environnement", "ᴀʙᴄ Environnement"),
    ("forms of mathematics", "Le Dôme", "𝘓𝘦 𝘋ô𝘮𝘦", "𝘓𝘦 𝘋𝘰𝘫𝘰"),
    ("wide letters", "CRIJ Normandie", "ＣＲＩＪ Normandie", "ＣＲＯＵＳ Normandie"),
    ("letters of emoji", "ARDES", "🅰🆁🅳🅴🆂", "🅰🅸🅳🅴🆂"),
    ("flags", "ARDES", "🇦🇷🇩🇪🇸", "🇦🇮🇩🇪🇸"),
    ("spaces that nobody sees", "Mission locale de Caen", "Mis\u200bsion lo\u2060cale de Ca\u00aden", "Mis\u200bsion locale de Lyon"),
    ("letters that nobody sees", "ARDES", "AR\u3164DES", "AI\u3164DES"),
    ("a text turned round", "Région Normandie", "\u202eeidnamroN noigéR", "\u202eengaterB noigéR"),
    ("a part turned round", "Le Havre Tourisme", "Le \u202eervaH\u202c Tourisme", "Le \u202egruobrehC\u202c Tourisme"),
    ("a part turned round twice", "Caen Badges", "\u202eseg\u202edaB\u202c neaC", "\u202esegdaB nouR"),
    ("accents left out", "École de la 2e chance de Rouen", "Ecole de la 2e chance de Rouen", "Ecole de la 2e chance de Reims"),
    ("other marks", "La Chiffo", "La Chi\u0307ff\u0323o", "La Gri\u0307ff\u0323e"),
    ("capitals", "Mission locale de Caen", "MISSION LOCALE DE CAEN", "MISSION LOCALE DE LYON"),
    ("l, I and 1", "AIFCC", "AlFCC", "AIFCA"),
    ("a capital I amid small letters", "Mission locale de Caen", "Mission IocaIe de Caen", "Mission sociale de Caen"),
    ("0 and O", "Coorace Normandie", "C00race Normandie", "Coorace Occitanie"),
    ("digits for letters", "Région Normandie", "R3gion N0rm4ndie", "R3gion Br3t4gne"),
    ("signs for letters", "Région Normandie", "Région Norm@ndi€", "Région Bret@gn€"),
    ("r and n for m", "Emmaüs Caen", "Ernrnaüs Caen", "Ernrnaüs Rouen"),
    ("c and l for d", "Les Jardins d'Arlette", "Les Jarclins d'Arlette", "Les Jarclins de Cocagne"),
    ("v and v for w", "Lycée Simone Weil", "Lycée Simone VVeil", "Lycée Simone Veil"),
    ("a letter doubled", "Carif-Oref de Normandie", "Carif-Oref de Normanndie", "Carif-Oref Occitanie"),
    ("a letter doubled in a short word", "GRETA Côte Normande", "GRETTA Côte Normande", "GRETA Côte d'Azur"),
    ("a letter missing", "Chambre d'agriculture du Calvados", "Chambre d'agriculure du Calvados", "Chambre d'agriculture du Cantal"),
    ("a letter too many in a town", "INSA Rouen Normandie", "INSA Rouven Normandie", "INSA Rennes"),
    ("letters swapped", "Badgeons la Normandie", "Badgeons la Nromandie", "Badgeons la Bretagne"),
    ("letters swapped in a short word", "AFPA Normandie", "APFA Normandie", "APEA Normandie"),
    ("another letter", "GRETA Côte Normande", "GRETA Côte Normende", "GRETA Portes Normandes"),
    ("another letter that is another town", "Mission locale de Nantes", "Mission locale de Namtes", "Mission locale de Mantes"),
    ("a slip in two words", "Ligue de l'enseignement de Normandie", "Ligue de l'enseignemnet de Normandi", "Ligue de football de Normandie"),
    ("one letter of a short word", "CROS Normandie", "CR0S Normandie", "CROUS Normandie"),
    ("first letters", "CEMÉA Normandie", "CEMÉA Normandi", "CEMEX Normandie"),
    ("« officiel »", "Région Normandie", "Région Normandie officiel", "Région académique Normandie"),
    ("what gives badges", "ENSICAEN", "Service certification ENSICAEN", "Service certification ENSICA"),
    ("what gives badges, beside a place alone", "Formation Normandie", "Formation Normandie officiel", "Normandie Tourisme"),
    ("the form in law", "CFA Simone Veil", "CFA Simone Veil SAS", "CFA Simone Signoret"),
    ("an association", "La Chiffo", "Asso La Chiffo (loi 1901)", "La Chiffonnerie"),
    ("a year", "Région Normandie", "Région Normandie 2026", "FRANCE 3 Normandie"),
    ("a trade mark", "Région Normandie", "Région Normandie™", "Région Bretagne™"),
    ("whose council it is", "Région Normandie", "Conseil régional de Normandie", "Conseil départemental de l'Orne"),
    ("an address", "AFPA Normandie", "www.afpa-normandie.fr", "www.afpa-bretagne.fr"),
    ("an address without signs", "AFPA Normandie", "afpanormandieofficiel.com", "afpabretagneofficiel.com"),
    ("words that join", "Université de Caen Normandie", "L'Université à Caen en Normandie", "Université populaire de Caen"),
    ("the order of words", "AFPA Normandie", "Normandie AFPA", "Normandie Attractivité"),
    ("numbers in words", "École de la 2e chance de Rouen", "École de la deuxième chance de Rouen", "École de la 3e chance de Rouen"),
    ("spaces left out", "Région Normandie", "RegionNormandie", "RegionBretagne"),
    ("spaces put in", "AFPA Normandie", "AFPA Norm andie", "AFPA Bret agne"),
    ("a space behind each letter", "CROS Normandie", "C R O S   N o r m a n d i e", "C R O U S   N o r m a n d i e"),
    ("points", "ARDES", "A.R.D.E.S.", "A.I.D.E.S."),
    ("signs that look like an apostrophe", "EPIDE d'Alençon", "EPIDE dʼAlencon", "EPIDE dʼAngers"),
    ("emoji", "MFR de Vimoutiers", "🏅 MFR de Vimoutiers ✓", "🏅 MFR de Moutiers ✓"),
    ("plurals", "Mission locale de Caen", "Missions locales de Caen", "Missions locales"),
    ("short for long", "CCI Caen Normandie", "Chambre de commerce et d'industrie de Caen", "Chambre de commerce de Rouen"),
    ("numbers of Rome", "École de la 2e chance de Rouen", "École de la IIe chance de Rouen", "École de la IIIe chance de Rouen"),
    ("the department of a town", "Emmaüs Caen", "Emmaüs Caen Calvados", "Emmaüs Caen Nord"),
    ("a region in English", "Région Normandie", "Normandy Region", "Brittany Region"),
    ("a region in English, the other way round", "Brittany Region", "Région Bretagne", "Région Normandie"),
    ("the region of a town", "Emmaüs Caen", "Emmaüs Caen Normandie", "Emmaüs Normandie"),
    ("the town of a region", "Région Normandie", "Région Normandie – Rouen", "Emploi Normandie – Rouen"),
    ("the town of a council", "Conseil régional de Normandie", "Région Normandie (Caen)", "Région Bretagne (Rennes)"),
    ("a word missing", "Chambre de métiers et de l'artisanat de Normandie", "Chambre de l'artisanat de Normandie", "Chambre d'agriculture de Normandie"),
    ("all but the place missing", "Mission locale de Caen", "Mission locale Caen", "Mission locale"),
    ("a word of its own", "Région Normandie", "La Région Normandie", "Syndicat CGT de la Région Normandie"),
    ("a proper name is never the word that is missing", "MFR de Trifouilly", "MFR Trifouilly", "MFR"),
]  # fmt: skip


@pytest.mark.parametrize(("vouched", "spoof", "honest"), [one[1:] for one in REASONS], ids=[one[0] for one in REASONS])
def test_a_name_is_known_by(vouched: str, spoof: str, honest: str) -> None:
    assert like(spoof, vouched) == vouched
    assert not like(honest, vouched)


NAMES_OF_NOBODY = [
    "",
    " ",
    "\u202e",
    "\ud800",
    "\udfff\ud800 \u202c",
    "🏅",
    "🏅⭐ ✓",
    "\u200b" * 5000,
    "\0",
    "'",
    "de la",
    "1",
    "officiel",
]


@pytest.mark.parametrize(
    "name", [*NAMES_OF_NOBODY, "é" * 5000, "\u202ea" * 2500, "cl" * 2500, "\ufdfa" * 5000, "a b " * 1250]
)
def test_no_name_is_too_strange_to_be_compared(name: str) -> None:
    for strange in (name, f"{name}Région {name} Normandie", f"\u202e{name}\u2069\u202c\u202c{name}"):
        assert Names([(strange, "#1"), *VOUCHED]).alike("AFPA Normandie SAS", STRANGER)
        KNOWN.alike(strange, STRANGER)


def test_a_name_that_says_nothing_looks_like_nobodys() -> None:
    mine = Names([(name, "#1") for name in ("", "🏅", "\u202e", "Les", *TOLD["vouched"])])

    assert [name for name in NAMES_OF_NOBODY if mine.alike(name, STRANGER)] == []


def test_an_issuer_is_not_told_to_look_like_itself() -> None:
    twice = Names([("Le Dôme", "#1"), ("Le Dome", "#2"), ("AFPA Normandie", "#3")])

    assert twice.alike("Le Dôme", "#1") is None
    assert twice.alike("Le Dôme officiel", "#1") is None
    assert twice.alike("Le Dôme", "#2") is None, "two who are vouched for may have one name"
    assert twice.alike("AFPA Normandie", "#2") == ("AFPA Normandie", "#3")


def test_a_name_of_one_short_word_allows_no_slip_but_a_doubled_letter() -> None:
    assert not like("Chiffon", "La Chiffo")
    assert not like("ARDESK", "ARDES")
    assert like("Chifo", "La Chiffo")
    assert like("ARDDES", "ARDES")
    assert like("ENSICAN", "ENSICAEN")
    assert like("OPCLIA", "OPCALIA"), "from seven letters on a slip is one"
    assert like("ARDES Certifcation", "ARDES"), "a slip in a word that adds nothing"
    assert like("ardesfrance.fr", "ARDES")
    assert not like("Lienpro", "Lien"), "of so short a word the next one may be a part"


def test_a_vouched_name_is_no_reason_against_another_one() -> None:
    assert [name for name in TOLD["vouched"] if like(name) != name] == []


@pytest.mark.parametrize(
    ("written", "meant", "is_one"),
    [
        ("normandi", "normandie", True),
        ("ormandie", "normandie", True),
        ("vannes", "cannes", False),
        ("pegion", "region", False),
        ("eregion", "region", False),
        ("ergion", "region", True),
        ("loiret", "loire", False),
        ("rouuen", "rouen", True),
        ("roeun", "rouen", True),
        ("roune", "rouen", False),
        ("cean", "caen", True),
        ("caan", "caen", False),
        ("aides", "ardes", False),
        ("normandie", "normandie", False),
        ("nromadnie", "normandie", False),
        ("normandieet", "normandie", False),
    ],
)
def test_the_shorter_a_word_the_more_a_letter_says(written: str, meant: str, is_one: bool) -> None:
    assert is_slip(written, meant) is is_one
    assert (meant in NearWords([meant, "mission"]).find(written)) is is_one


def test_numbers_and_very_long_words_are_compared_to_the_letter() -> None:
    words = NearWords(["123456789", "a" * 41, "abc", "normandie"])

    assert [words.find(one) for one in ("123456788", "a" * 40, "abd", "abc")] == [[], [], [], []]


def test_readings_are_plain_words() -> None:
    assert list(islice(readings("\u202eeidnamroN d\u02bcoc@L"), 4)) == [
        ["eidnamron", "d", "oc", "l"],
        ["eidnamron", "d", "ocal"],
        ["l", "co", "d", "normandie"],
        ["laco", "d", "normandie"],
    ]
    assert [shape(word) for word in ("2e", "deuxieme", "007", "1er", "e2c", "10", "vv1ll")] == [
        "2",
        "2",
        "7",
        "1",
        "e2c",
        "10",
        "wlll",
    ]


# What it costs: counted, not timed, that no load of the machine makes it red.


def counted(monkeypatch: pytest.MonkeyPatch, vouched: list[str], asked: list[str]) -> int:
    """How often, at most, one of *asked* makes a word be compared with a word, or a form be looked up."""
    seen: list[Any] = []

    class Counting(dict[str, int]):
        def __contains__(self, form: object) -> bool:
            seen.append(form)
            return super().__contains__(form)

    known = Names((name, f"#{number}") for number, name in enumerate(vouched))
    known._by_form = Counting(known._by_form)
    monkeypatch.setattr(near_words, "is_slip", lambda *pair: bool(seen.append(pair)) or is_slip(*pair))
    most = 0
    for name in asked:
        seen.clear()
        known.alike(name, STRANGER)
        most = max(most, len(seen))
    return most


def five_thousand() -> list[str]:
    first, second = (
        ("ba", "co", "di", "fu", "la", "me", "ni", "po", "ra", "so"),
        ("ville", "court", "mont", "bourg", "lieu"),
    )
    return [f"Mission locale de {a}{b}{c}{d}".title() for a in first for b in first for c in first for d in second]


@pytest.mark.breadth
def test_a_question_costs_the_same_beside_5000_names_and_beside_50(monkeypatch: pytest.MonkeyPatch) -> None:
    many = five_thousand()
    asked = [spoof for spoof, _ in TOLD["spoofs"]] + TOLD["honest"] + ["Mission locale de Cocobaville"]

    assert len(set(many)) == 5000
    assert counted(monkeypatch, many, asked) <= 100
    assert counted(monkeypatch, many[:50], asked) <= 100


@pytest.mark.breadth
def test_words_made_to_be_alike_and_names_without_end_cost_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    hostile = [f"Organisation{a}{b}{c}" for a in letters for b in letters for c in letters[:7]]
    asked = [
        *hostile[:3],
        "Organisationabz",
        " ".join(hostile[:24]),
        " ".join(hostile[:400]),
        "mission " * 625,
        "cl" * 2500,
    ]

    assert counted(monkeypatch, hostile, asked) <= 24 * 64 + 100


def test_what_a_name_looks_like_is_looked_for_once_for_all_badges_of_an_issuer(monkeypatch: pytest.MonkeyPatch) -> None:
    again: list[str] = []
    monkeypatch.setattr(names, "readings", lambda name: again.append(name) or readings(name))
    known = Names(VOUCHED)
    spoof, vouched = TOLD["spoofs"][0]
    first = known.alike(spoof, STRANGER)
    again.clear()

    assert first
    assert first[0] == vouched
    assert [known.alike(spoof, STRANGER) for _ in range(5000)] == [first] * 5000
    assert again == []
    assert known.alike(spoof, first[1]) is None, "by its id it is the very one"


@pytest.mark.breadth
def test_names_without_end_are_not_remembered_without_end() -> None:
    known = Names(VOUCHED)
    tracemalloc.start()
    try:
        for number in range(2 * names._MOST_FOUND):
            known.alike(f"Organisme {number} {'x' * 280}", STRANGER)
            known.alike(f"Organisme {number} {'x' * 4980}", STRANGER)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(known._found) <= names._MOST_FOUND
    assert kept < 4_000_000, "the shapes of words among them"


@pytest.mark.breadth
def test_5000_names_take_a_few_megabytes() -> None:
    many = [(name, f"https://register.example/{number}") for number, name in enumerate(five_thousand())]
    tracemalloc.start()
    try:
        known = Names(many)
        kept, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert known.alike("Mission locale Bababaville", STRANGER)
    assert kept < 5_000_000
    assert most < 15_000_000


# The letters that look alike.


def test_the_letters_are_what_their_index_says() -> None:
    data = (FOLDER / INDEX["file"]).read_bytes()

    assert hashlib.sha256(data).hexdigest() == INDEX["sha256_of_the_data"]
    lines = [line.split(" ") for line in data.decode("utf-8").splitlines()]
    assert [looks for looks, _ in lines] == sorted(looks for looks, _ in lines)
    characters = [char for _, chars in lines for char in chars]
    assert len(characters) == len(set(characters))
    assert not any(char.isascii() for char in characters)
    assert len(data) < 10_000


@pytest.mark.breadth
def test_a_table_of_confusables_is_turned_into_lines_of_letters() -> None:
    from tools.confusable_letters import letters_in, prototypes_in  # noqa: PLC0415

    written = "\ufeff# a word\n\n0430 ;\t0061 ;\tMA\t# ( а → a )\n0412 ; 0042 ; MA # В\n02BC ; 0027 ; MA #\n1D400 ; 0041 ; MA\n2022 ; 006F ; MA\n"
    found = letters_in(prototypes_in(written))

    assert {"а", "ᴀ", "🅰"} <= set(found["a"]), "by the table; and two by their names"
    assert {"В", "в"} <= set(found["b"]), "the capital by the table, the small one as its own"
    assert "ʼ" in found["'"]
    assert not {"𝐀", "a", "à", "•"} & {char for chars in found.values() for char in chars}


@pytest.mark.breadth
def test_no_letters_are_read_before_a_name_is_compared_that_needs_them() -> None:
    script = """
from wallet.trust import appearance, names
names.Names([("AFPA Normandie", "1")]).alike("Afpa", "2")
print(appearance._looks.cache_info().currsize)
"""
    done = run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == "0\n"


def test_of_one_name_its_own_issuer_is_told_nothing_and_a_stranger_is_told_whose_it_is() -> None:
    known = Names([("École des Rives", "https://rives.example/")])

    for _ in range(2):  # looked for, and remembered
        assert known.alike("École des Rives", "https://rives.example/") is None
        assert known.alike("École des Rives", STRANGER) == ("École des Rives", "https://rives.example/")
