"""A public list takes the place of the one before in a moment; while it is written the old one counts and nobody waits."""

import tracemalloc
from collections.abc import Iterator
from itertools import chain

import pytest
from sqlalchemy import func, select

from tests.fixtures.registers import (
    HEADER,
    NOW,
    RIVES,
    SIAE,
    first,
    imports,
    log_of,
    numbers,
    register,
    second,
    siae_line,
    training_line,
)
from wallet import registers
from wallet.registers import KeptFact, KeptList, KeptRegister, facts
from wallet.storage.database import Database
from wallet.trust import Entry, FaultyRegister, Issuer, open_list

JARDINS = "https://jardins.example/issuer"


def keep(database: Database, *lines: str, key: str = "of") -> KeptList:
    return registers.keep_list(database, key, open_list(lines), "Liste d’essai", "a test", NOW)


def kept(database: Database) -> dict[str, list[str]]:
    """The names of the organisations of each list."""
    with database.reading() as session:
        found = session.execute(
            select(KeptRegister.key, KeptFact.name).outerjoin(KeptFact).order_by(KeptRegister.key, KeptFact.id)
        ).all()
    return {key: [name for one, name in found if one == key and name] for key, _ in found}


def said(database: Database, id: str) -> tuple[str, str]:
    asked = Issuer(id=id, name="", binding="proven")
    answer = database.read(registers.read_registers).answer(asked, NOW)
    return answer.standing, answer.by


def test_an_organisation_is_known_by_the_site_that_the_list_tells(database: Database) -> None:
    done = keep(database, SIAE, siae_line("ACI", site="www.jardins.example"), key="siae")

    assert done == KeptList(organisations=1, with_site=1, shared_sites=0)
    assert said(database, JARDINS) == ("listed", "Liste d’essai")
    assert said(database, "https://autre.example/issuer")[0] == "site"
    asked, known = Issuer(id=JARDINS, name="", binding="proven"), database.read(registers.read_registers)
    assert known.answer(asked, NOW, with_siae=False).standing == "site", "others see it by the holder's choice alone"
    assert log_of(database)[-1].after == {"name": "Liste d’essai", "organisations": 1, "with a site": 1}


def test_every_worker_knows_it_at_the_next_page(database: Database) -> None:
    at_hand = registers.RegistersAtHand(database)
    rives = Issuer(id=JARDINS, name="", binding="proven")
    assert at_hand.current().answer(rives, NOW).standing == "site"

    keep(database, SIAE, siae_line("ACI", site="www.jardins.example"), key="siae")

    assert at_hand.current().answer(rives, NOW).standing == "listed"


@pytest.mark.postgresql
def test_of_two_who_keep_the_same_list_at_once_the_later_one_does(database: Database) -> None:
    def lines() -> Iterator[str]:
        yield SIAE
        yield from (siae_line("ACI") for _ in range(facts.BATCH))
        keep(database, SIAE, siae_line("ACI", name="Les Jardins"))
        yield siae_line("ACI")

    with pytest.raises(FaultyRegister, match="somebody else keeps a list as of just now"):
        registers.keep_list(database, "of", open_list(lines()), "Liste d’essai", "a test", NOW)

    assert kept(database) == {"of": ["Les Jardins"]}


@pytest.mark.postgresql
def test_a_list_has_a_key_to_which_a_mark_can_be_added(database: Database) -> None:
    keep(database, SIAE, siae_line("ACI"), key="k" * 36)

    with pytest.raises(FaultyRegister, match="is called by 36 signs at most"):
        keep(database, SIAE, siae_line("ACI"), key="k" * 37)


def test_a_site_that_several_enterprises_name_is_nobodys(database: Database) -> None:
    one, other, third = numbers(3)
    lines = (
        siae_line("ACI", siret=one, site="commun.example"),
        siae_line("EI", siret=other, site="https://www.commun.example/b"),
        siae_line("EI", siret=third, site="seul.example"),
        siae_line("ACI", siret=third, site="seul.example"),
    )

    assert keep(database, SIAE, *lines, key="siae") == KeptList(organisations=4, with_site=2, shared_sites=2)
    assert said(database, "https://commun.example/issuer")[0] == "site"
    assert said(database, "https://seul.example/issuer")[0] == "listed"


@pytest.mark.postgresql
def test_a_new_list_takes_the_place_of_the_old_one_and_a_broken_one_of_none(database: Database) -> None:
    one, other = numbers(2)
    keep(database, HEADER, training_line(one, name="A"))
    keep(database, HEADER, training_line(other, name="B"))
    assert kept(database) == {"of": ["B"]}

    with pytest.raises(FaultyRegister, match="is no CSV"):
        keep(database, HEADER, training_line(one, name="C"), '"x')
    with pytest.raises(FaultyRegister, match=r"no organisation that can be kept \(no line behind its first one\)"):
        keep(database, HEADER)
    with pytest.raises(FaultyRegister, match=r"\(1 with a SIRET that does not exist\)"):
        keep(database, HEADER, training_line("1" * 14))
    assert kept(database) == {"of": ["B"]}


def test_what_a_crash_left_is_taken_away_by_the_next_one(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(database, HEADER, training_line(numbers(1)[0], name="A"))
    with monkeypatch.context() as patch:
        patch.setattr(facts, "_swap", None)
        with pytest.raises(TypeError):
            keep(database, HEADER, training_line(numbers(1)[0], name="B"))
    assert kept(database) == {"of": ["A"], "of~new": ["B"]}
    assert len(database.read(registers.read_registers).facts) == 0, "neither has a site, nor is one asked for"

    keep(database, HEADER, training_line(numbers(1)[0], name="C"))
    assert kept(database) == {"of": ["C"]}


def test_there_is_an_end_to_how_many_organisations_a_list_has(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "MOST_FACTS", 2)
    keep(database, HEADER, *[training_line(one) for one in numbers(2)])

    with pytest.raises(FaultyRegister, match="has more than 2 organisations"):
        keep(database, HEADER, *[training_line(one, name="X") for one in numbers(3)])
    assert kept(database) == {"of": ["ESSAI", "ESSAI"]}


def test_a_register_of_issuers_is_no_list(database: Database) -> None:
    imports(database, first(RIVES), key="of")

    with pytest.raises(FaultyRegister, match="which is a register of issuers"):
        keep(database, HEADER)
    assert register(database, "of").form == "ours-1"


def test_no_list_takes_the_key_of_the_operators_register_before_there_is_one(database: Database) -> None:
    """No command takes a list away: the operator could vouch for nobody, and stop nobody, ever after."""
    with pytest.raises(FaultyRegister, match="which is a register of issuers"):
        keep(database, HEADER, training_line(numbers(1)[0]), key="operator")

    with database.writing() as session:
        assert registers.add_issuer(session, Entry(match="https://rives.example", name="Rives"), "a test", NOW)


def test_a_list_of_another_kind_does_not_take_the_place_of_one(database: Database) -> None:
    keep(database, HEADER, training_line(numbers(1)[0]))
    with pytest.raises(FaultyRegister, match="which is another list, "):
        keep(database, SIAE, siae_line("EI"))

    assert register(database, "of").form == "training"


def test_no_issuer_is_kept_in_a_list_of_organisations(database: Database) -> None:
    keep(database, HEADER, training_line(numbers(1)[0]))

    with pytest.raises(FaultyRegister, match="which is a public list of organisations"):
        imports(database, first(RIVES), key="of")
    with (
        database.writing() as session,
        pytest.raises(FaultyRegister, match="as of, which is a public list of organisations"),
    ):
        registers.add_issuer(session, Entry(match=RIVES["id"], name=RIVES["name"]), "a test", NOW, key="of")
    assert kept(database) == {"of": ["ESSAI"]}
    assert said(database, RIVES["id"])[0] == "site", "no list says more than was published in it"


def test_what_a_list_says_is_told_of_an_issuer_whose_row_has_the_number(database: Database) -> None:
    siret, other = numbers(2)
    keep(database, HEADER, training_line(siret, name="GRETA", vae="true"), training_line(other))
    imports(database, second({**RIVES, "siret": siret}))

    known = database.read(registers.read_registers)

    assert len(known.facts) == 1, "of 150,000 organisations no more are read than can be told"
    [told] = known.answer(Issuer(id=RIVES["id"], name="", binding="proven"), NOW).facts
    assert (told.list, told.name, told.marks) == ("Liste d’essai", "GRETA", ("Qualiopi : VAE",))


@pytest.mark.breadth
def test_a_whole_list_is_read_line_by_line(database: Database) -> None:
    """Six thousand lines are eleven megabytes on their way: no more than a few batches are there at once."""
    lines = (training_line(one) for one in numbers(6_000))
    found = open_list(chain([HEADER], lines))
    tracemalloc.start()
    try:
        registers.keep_list(database, "of", found, "Liste d’essai", "a test", NOW)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert most < 6_000_000
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(KeptFact)) == 6_000
