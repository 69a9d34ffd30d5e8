"""Public lists of organisations: what a line says that cannot be so is left out and counted, and a shared site is nobody's."""

from collections.abc import Iterable

import pytest

from tests.fixtures.registers import HEADER, SIAE, siae_line, training_line
from wallet.trust import FaultyRegister, Organisation, UnreadableRegister, open_list
from wallet.trust.forms import public_lists
from wallet.trust.forms.public_lists import site_host


def read(lines: Iterable[str], region: str = "") -> tuple[list[Organisation], dict[str, int]]:
    found = open_list(lines, region)
    return list(found.organisations()), dict(found.left_out)


def test_the_list_of_training_organisations_is_read_by_its_published_header() -> None:
    lines = [
        HEADER,
        training_line(siret="73282932000074", nda="28140012314", name=" GRETA   d’essai ", actions="true", vae="true"),
        training_line(siret="73282932000075", region="28"),
        training_line(siret="73282932000074", region="11"),
    ]

    [one], left_out = read(lines, "28")

    assert one == Organisation(
        name="GRETA d’essai",
        siret="73282932000074",
        nda="28140012314",
        marks=("Qualiopi : actions de formation", "Qualiopi : VAE"),
    )
    assert left_out == {"with a SIRET that does not exist": 1, "of another region": 1}
    assert len(read(lines)[0]) == 2, "of the whole country"


def test_an_establishment_may_be_told_by_the_end_of_its_number() -> None:
    [one], _ = read([HEADER, training_line(siret="00074", siren="732829320")])

    assert one.siret == "73282932000074"


def test_la_poste_has_numbers_of_its_own_kind() -> None:
    assert len(read([HEADER, training_line(siret="35600000049837")])[0]) == 1


def test_a_list_of_siae_keeps_those_that_are_and_their_sites() -> None:
    lines = [
        SIAE,
        siae_line(
            kind="ACI", name="LES JARDINS DU PERCHE", sign="Les Jardins", site="http://www.jardins-perche.example/x"
        ),
        siae_line(kind="GEIQ"),
        siae_line(kind="EI", site="https://www.facebook.com/jardins"),
        siae_line(kind="EI", name="", sign=""),
        siae_line(kind="EI", name="X\u202e"),
    ]

    found, left_out = read(lines)

    assert [(one.name, one.marks, one.host) for one in found] == [
        ("Les Jardins", ("ACI",), "jardins-perche.example"),
        ("ESSAI", ("EI",), ""),
    ]
    assert left_out == {"of a kind that is no SIAE": 1, "without a name that can be shown": 2}


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("greta.example", "greta.example"),
        ("WWW.Greta.Example/accueil?x=1", "greta.example"),
        ("HTTPS://greta.example:8443", "greta.example"),
        ("https://école.example", "xn--cole-9oa.example"),
        ("https://greta.example.", "greta.example"),
        ("", ""),
        ("néant", ""),
        ("https://[", ""),
        ("192.168.1.1", ""),
        ("localhost", ""),
        ("greta.github.io", "greta.github.io"),
        ("github.io", ""),
        ("co.uk", ""),
        ("https://sites.google.com/view/greta", ""),
        ("fr-fr.facebook.com/greta", ""),
        ("greta@rives.example", ""),
        ("mailto:greta@rives.example", ""),
        ("eu.openbadgefactory.com", ""),
        ("https://" + "a" * 300 + ".example", ""),
    ],
)
def test_a_site_is_its_host_and_a_shared_one_is_nobodys(written: str, host: str) -> None:
    assert site_host(written) == host


def test_a_file_that_is_another_one_is_told() -> None:
    for header in ("a;b;c\n", "", "[{}]"):
        with pytest.raises(UnreadableRegister, match="its first line has other columns"):
            open_list([header])
    with pytest.raises(FaultyRegister, match="does not tell regions"):
        open_list([SIAE], "28")


def test_a_file_that_breaks_off_is_told_with_its_line() -> None:
    with pytest.raises(FaultyRegister, match=r"is no CSV after line 2 \("):
        read([HEADER, training_line(siret="73282932000074"), '"a;b'])


def test_what_is_not_utf_8_is_told() -> None:
    def lines() -> Iterable[str]:
        yield HEADER
        yield training_line(siret="73282932000074")
        b"\xe9".decode()

    with pytest.raises(FaultyRegister, match="is not written in UTF-8 after line 2"):
        read(lines())


def test_there_is_an_end_to_the_lines_that_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_lists, "MOST_LINES", 3)
    with pytest.raises(FaultyRegister, match="has more than 3 lines"):
        read([HEADER, *[training_line(siret="73282932000074")] * 3])
