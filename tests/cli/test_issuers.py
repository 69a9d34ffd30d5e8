"""`wallet issuers`: what an operator reads, compares, keeps, strikes and asks about, in sentences and lines that are harmless."""

import getpass
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.fixtures.registers import (
    GRETA,
    HEADER,
    NOW,
    REGION,
    RIVES,
    SIAE,
    endorsement,
    first,
    imports,
    issuers,
    kept,
    log_of,
    numbers,
    register,
    registry,
    second,
    siae_line,
    training_line,
)
from tests.fixtures.strangers import Open, answering
from tests.fixtures.tables_made import make_tables
from tests.openbadges.support import guild
from wallet import registers, trust
from wallet.cli import samples
from wallet.cli.commands import main
from wallet.storage.database import Database

Wallet = Callable[..., Result]
GIVEN = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def wallet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> Wallet:
    """Types a command beside a wallet whose operator is a region, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WALLET_DATABASE_URL", database_url)
    monkeypatch.setenv("WALLET_OPERATOR_NAME", "Région d’essai")
    monkeypatch.setenv("LOGNAME", "marie")

    def type_it(*words: str, ends: int = 0) -> Result:
        result = CliRunner().invoke(main, ["issuers", *words], catch_exceptions=False)
        assert "Traceback" not in result.output
        assert result.exit_code == ends, result.output
        return result

    return type_it


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with closing(Database(database_url)) as made:
        make_tables(made)
        yield made


def written(name: str, content: bytes) -> str:
    Path(name).write_bytes(content)
    return name


@pytest.mark.breadth
def test_the_operator_sees_what_a_file_changes_before_it_is_kept(wallet: Wallet, database: Database) -> None:
    file = written("issuers.json", first(RIVES))

    told = wallet("import", file, "--as", "operator").output

    assert "  added     École des Rives  https://rives.example/issuer  until " in told
    assert told.endswith("Nothing is kept yet: add --keep.\n")
    assert log_of(database) == []
    assert wallet("import", file, "--as", "operator", "--keep").output.endswith("Kept: 1 added.\n")
    found = register(database, "operator")
    assert (found.kind, found.name) == ("operator", "Région d’essai")
    assert log_of(database)[-1].by == "wallet issuers import (marie)"
    assert "Nothing changes." in wallet("import", file, "--as", "operator").output


@pytest.mark.breadth
def test_who_speaks_in_the_operators_register_is_changed_by_name_alone(wallet: Wallet, database: Database) -> None:
    file = Path(written("issuers.json", second(RIVES, name="Réseau des badges")))
    database.write(registers.adopt_file, file, "Région d’essai", NOW)
    file.write_bytes(second(RIVES, GRETA, name="Réseau des badges"))

    wallet("import", str(file), "--as", "operator", "--keep")

    assert register(database, "operator").name == "Réseau des badges", "whoever started with it is who speaks"
    wallet("import", str(file), "--as", "operator", "--name", "La Région", "--keep")
    assert register(database, "operator").name == "La Région"


def test_the_first_import_says_who_speaks_as_the_first_start_does(wallet: Wallet, database: Database) -> None:
    wallet("import", written("issuers.json", second(RIVES, name="Réseau des badges")), "--as", "operator", "--keep")

    assert register(database, "operator").name == "Réseau des badges"


def test_large_changes_wait_until_the_operator_accepts_them(wallet: Wallet, database: Database) -> None:
    wallet("import", written("all.json", first(*issuers(30))), "--as", "operator", "--keep")
    less = written("less.json", first(*issuers(20)))

    told = wallet("import", less, "--as", "operator", "--keep", ends=1).output

    assert "  It strikes 10 of 30." in told
    assert told.endswith("then wallet issuers accept operator.\n")
    assert all(row.retired_at is None for row in kept(database, "operator").values())
    assert "SOMETHING WAITS FOR YOU since " in wallet("list").output
    assert wallet("diff", "operator").output.count("  struck    ") == 10
    assert wallet("accept", "operator").output == "Kept: 10 struck.\n"
    assert "operator: Région d’essai, operator, 20 issuers, and 10 no longer" in wallet("list").output
    assert "Nothing waits in operator." in wallet("accept", "operator", ends=1).output


def test_what_waits_is_not_accepted_where_something_else_waits_by_then(
    wallet: Wallet, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    wallet("import", written("all.json", first(*issuers(30))), "--as", "operator", "--keep")
    wallet("import", written("less.json", first(*issuers(20))), "--as", "operator", "--keep", ends=1)
    read = trust.read_register

    def read_meanwhile(*what: Any, **how: Any) -> trust.ReadRegister:
        monkeypatch.setattr(trust, "read_register", read)
        wallet("import", written("none.json", first(*issuers(10))), "--as", "operator", "--keep", ends=1)
        return read(*what, **how)

    monkeypatch.setattr(trust, "read_register", read_meanwhile)

    told = wallet("accept", "operator", ends=1).output

    assert "Nothing is kept: somebody changed operator meanwhile." in told
    assert wallet("diff", "operator").output.count("  struck    ") == 20


def test_an_issuer_is_added_changed_and_retired_by_one_line_each(wallet: Wallet, database: Database) -> None:
    told = wallet("add", RIVES["id"], "--name", RIVES["name"], "--siret", GRETA["siret"], "--until", "2027-12-31")
    assert "  added     École des Rives  https://rives.example/issuer  until 2027-12-31 21:59 UTC, SIRET" in told.output
    again = wallet("add", RIVES["id"], "--name", "Lycée des Rives", "--siret", GRETA["siret"], "--until", "2027-12-31")
    assert "(name: École des Rives → Lycée des Rives)" in again.output

    told = wallet("retire", RIVES["id"], "--why", "stop")

    assert "Lycée des Rives" in told.output
    assert "(stop)" in told.output
    assert "Whoever else" not in told.output
    assert kept(database, "operator")[RIVES["id"]].why == "stop"
    assert (
        "Nobody vouches for https://rives.example/issuer in operator."
        in wallet("retire", RIVES["id"], "--why", "ended", ends=1).output
    )
    assert (
        "Nobody vouches for did:web:x.example in operator."
        in wallet("retire", "did:web:x.example", "--why", "ended", ends=1).output
    )
    log = wallet("log").output.splitlines()
    assert [line.rpartition("  by wallet issuers ")[2] for line in log] == [
        "add (marie)",
        "add (marie)",
        "add (marie)",
        "retire (marie)",
    ]
    assert "name: École des Rives → Lycée des Rives" in log[2]
    wallet("add", RIVES["id"], "--name", RIVES["name"])
    assert kept(database, "operator")[RIVES["id"]].why == "", "who stopped it may begin again"


def test_who_does_not_begin_yet_is_not_listed_as_in_force(wallet: Wallet, database: Database) -> None:
    """Whoever slipped in the year looks there for why no page is green."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    wallet("add", RIVES["id"], "--name", RIVES["name"], "--since", tomorrow.isoformat())
    wallet("add", GRETA["id"], "--name", GRETA["name"], "--since", "2020-01-01")

    told = wallet("list", "operator").output

    assert f"{RIVES['id']}  begins {tomorrow:%Y-%m-%d %H:%M} UTC, until " in told
    assert f"{GRETA['id']}  in force, until " in told


@pytest.mark.parametrize("said", [OSError("No username set in the environment"), KeyError("uid not found: 12345")])
def test_an_account_without_a_name_vouches_all_the_same(
    wallet: Wallet, database: Database, monkeypatch: pytest.MonkeyPatch, said: Exception
) -> None:
    """As a container may have it: Python says so from 3.13 on, and before."""

    def nobody() -> str:
        raise said

    monkeypatch.setattr(getpass, "getuser", nobody)
    wallet("add", "did:web:badges.example.org", "--name", "École Exemple")

    assert "by wallet issuers add\n" in wallet("log").stdout


def test_what_a_person_stopped_no_file_brings_back(wallet: Wallet, database: Database) -> None:
    file = written("issuers.json", second(RIVES, GRETA))
    wallet("import", file, "--as", "region", "--keep")
    told = wallet("retire", RIVES["id"], "--why", "stop", "--as", "region").output

    assert "  Whoever else vouches for it still does: a stop that counts above all is one in your own register." in told
    assert "Nothing changes." in wallet("import", file, "--as", "region", "--keep").output
    assert kept(database)[RIVES["id"]].why == "stop"


def test_who_ended_may_be_stopped_for_good(wallet: Wallet, database: Database) -> None:
    wallet("add", RIVES["id"], "--name", RIVES["name"])
    wallet("retire", RIVES["id"], "--why", "ended")
    struck = kept(database, "operator")[RIVES["id"]].retired_at

    wallet("retire", RIVES["id"], "--why", "stop")

    row = kept(database, "operator")[RIVES["id"]]
    assert (row.why, row.retired_at) == ("stop", struck)


def test_who_is_retired_by_the_id_of_one_award_is_told_by_which_it_is_known(wallet: Wallet, database: Database) -> None:
    known = "https://openbadgefactory.com/v1/client?key=rives"
    wallet("add", known, "--name", RIVES["name"], "--ignoring", "event")

    told = wallet("retire", f"{known}&event=41", "--why", "stop", ends=1).output

    assert f"Nobody vouches for {known}&event=41 in operator. But it is known there as {known}: retire that." in told
    assert "(stop)" in wallet("retire", known, "--why", "stop").output
    assert "But" not in wallet("retire", f"{known}&event=41", "--why", "stop", ends=1).output


def test_who_is_retired_and_stands_there_twice_is_told_to_be_vouched_for_still(
    wallet: Wallet, database: Database
) -> None:
    """Two awards of one tenant were added: what Inès is given after the end of the first row would be green by the second."""
    one, other = (f"https://openbadgefactory.com/v1/client?key=rives&event={award}" for award in "12")
    for id in (one, other):
        wallet("add", id, "--name", RIVES["name"], "--ignoring", "event")

    told = wallet("retire", one, "--why", "ended").output
    assert f"  It is still vouched for there as {other}: retire that, too." in told
    assert "still vouched for" not in wallet("retire", other, "--why", "ended").output


def test_the_log_tells_of_an_issuer_that_comes_back_as_it_was(wallet: Wallet, database: Database) -> None:
    for why in ("ended", "stop"):
        wallet("add", RIVES["id"], "--name", RIVES["name"], "--until", "2027-12-31")
        wallet("retire", RIVES["id"], "--why", why)
    wallet("add", RIVES["id"], "--name", RIVES["name"], "--until", "2027-12-31")

    log = [line.partition("issuer: ")[2].partition("  by ")[0] for line in wallet("log").output.splitlines()[2:]]

    assert log == [
        "why: (none) → ended",
        "why: ended → (none)",
        "why: (none) → stop",
        "why: stop → ended",
        "why: ended → (none)",
    ]


def test_who_is_added_to_a_register_that_is_believed_no_longer_is_told_to_be_on_no_page(
    wallet: Wallet, database: Database
) -> None:
    imports(database, second(RIVES, next_update="2026-11-25"), key="operator", now=datetime(2020, 1, 1, tzinfo=UTC))

    told = wallet("add", GRETA["id"], "--name", GRETA["name"]).output

    assert "No page believes it: operator is believed no longer since" in told
    imports(database, second(RIVES), key="operator")
    assert "No page believes it" not in wallet("add", GRETA["id"], "--name", "GRETA").output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "Rives", "--name", "Rives"), "What you typed must say the id of entry 1 as an https address or a DID."),
        (("add", RIVES["id"], "--name", "R\u202e"), "What you typed must say the name of entry 1 without the sign U+202E"),
        (("add", RIVES["id"], "--name", "R", "--siret", "1"), "What you typed must say the siret of entry 1 as a number"),
        (("add", RIVES["id"], "--name", "R", "--ignoring", "event"), "may leave nothing of the query out"),
        (("add", RIVES["id"], "--name", "R", "--as", "region"), "There is no register region."),
        (("list", "region"), "There is no register region."),
        (("diff", "region"), "There is no register region."),
        (("refresh", "region"), "There is no register region with an address."),
        (("import", "no.json", "--as", "region"), "no.json cannot be read (No such file or directory)."),
        (("import", "https://127.0.0.1/x", "--as", "region"), "https://127.0.0.1/x gives no answer that can be used (never-asked)."),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_in_a_sentence(
    wallet: Wallet, database: Database, words: tuple[str, ...], told: str
) -> None:
    assert told in wallet(*words, ends=1).output
    assert log_of(database) == []


def test_more_lines_than_there_can_be_are_asked_for_in_vain(wallet: Wallet, database: Database) -> None:
    assert "is not in the range" in wallet("log", "--last", "9" * 20, ends=2).output


@pytest.mark.parametrize(
    "words",
    [
        ("list", "É"),
        ("import", "x", "--as", "x" * 41),
        ("add", "x", "--name", "x", "--as", "\x1b"),
        ("refresh", "\udcff"),
        ("refresh", "region", "\x1b"),
    ],
)
def test_a_key_that_is_none_is_told_and_gives_the_terminal_no_order(
    wallet: Wallet, database: Database, words: tuple[str, ...]
) -> None:
    told = wallet(*words, ends=2).output
    assert "is no key: small letters, digits and -, 40 at most." in told
    assert "\x1b" not in told


def test_checks_end_with_the_worst_that_was_met(wallet: Wallet, database: Database) -> None:
    good, faulty = written("good.json", second(RIVES)), written("faulty.json", first({"id": "https://x.example"}))
    broken = written("broken.json", b"[")

    assert "good.json can be used.\n  form ours-2, who speaks: Région d’essai, 1 issuer" in wallet("check", good).output
    told = wallet("check", good, faulty, ends=1).output
    assert "faulty.json does not say the name of entry 1." in told
    assert "broken.json is not JSON (" in wallet("check", broken, faulty, "nowhere.json", ends=2).output
    assert log_of(database) == []


def test_who_speaks_must_be_said_where_a_register_does_not(wallet: Wallet, database: Database) -> None:
    file = written("dcc.json", registry(("did:web:school.example", "School")))

    assert (
        "dcc.json does not tell who speaks: say it with --name."
        in wallet("import", file, "--as", "dcc", "--keep", ends=1).output
    )
    wallet("import", file, "--as", "dcc", "--name", "DCC", "--kind", "public-list", "--keep")
    assert (register(database, "dcc").kind, register(database, "dcc").name) == ("public-list", "DCC")
    told = wallet("list").output
    assert "dcc: DCC, public-list, 1 issuer\n  from a file, or typed (dcc), read " in told, (
        "issuers are in it, no facts"
    )


def test_a_list_of_lists_tells_what_to_type(wallet: Wallet, database: Database) -> None:
    lists = [
        {"name": "Pilot", "type": "dcc-legacy", "url": "https://dcc.example/r.json"},
        {"name": "Fed", "type": "oidf"},
    ]

    told = wallet("import", written("lists.json", json.dumps(lists).encode()), "--as", "dcc", "--keep").output

    assert "  A list, Pilot: wallet issuers import https://dcc.example/r.json --as …" in told
    assert "  It names Fed, of the type oidf: not read here." in told
    assert log_of(database) == []


def test_a_register_that_a_region_signs_is_pinned_to_it(wallet: Wallet, database: Database) -> None:
    signed = written("signed.json", json.dumps(endorsement(validFrom="2026-01-01T00:00:00Z")).encode())
    did = guild.did(REGION)

    told = wallet("import", signed, "--as", "region", "--anchor", did, "--keep").output
    assert f", signed by {did}" in told
    assert register(database).anchor == did
    assert f"  must be signed by {did}" in wallet("list").output
    told = wallet("add", "did:web:x.example", "--name", "X", "--as", "region", ends=1).output
    assert f"What you typed is signed by nobody, and must be by {did}." in told
    assert list(kept(database)) == [RIVES["id"]], "a region confirms nobody whom it did not sign for"
    wallet("retire", RIVES["id"], "--why", "stop", "--as", "region")
    wallet("add", RIVES["id"], "--name", RIVES["name"], "--as", "region")
    assert kept(database)[RIVES["id"]].retired_at is None, "what a person stopped a person may begin again"
    unsigned = written("unsigned.json", second(RIVES))
    assert f"is signed by nobody, and must be by {did}." in wallet("import", unsigned, "--as", "region", ends=1).output
    told = wallet("import", unsigned, "--as", "region", "--anchor", "none", "--keep", ends=1).output  # made before
    assert "Nothing is kept, and nothing waits" in told
    assert "Nothing waits in region." in wallet("accept", "region", ends=1).output
    assert "region is no DID." in wallet("import", signed, "--as", "region", "--anchor", "region", ends=2).output


def test_who_signs_from_now_on_is_kept_with_what_the_operator_looked_at_first(
    wallet: Wallet, database: Database
) -> None:
    wallet("import", written("r.json", second({**RIVES, "name": "École"})), "--as", "region", "--keep")
    signed, did = written("signed.json", json.dumps(endorsement()).encode()), guild.did(REGION)
    typed = "import", signed, "--as", "region", "--anchor", did, "--name", "La Région"

    assert wallet(*typed, "--keep", ends=1).output.endswith("with --accept in the place of --keep.\n")
    assert kept(database)[RIVES["id"]].name == "École"
    assert wallet(*typed, "--accept").output.endswith("Kept: 1 renamed.\n")

    found = register(database)
    assert (found.anchor, found.name) == (did, "La Région")
    unsigned = written("r.json", second(RIVES))
    assert "is signed by nobody" in wallet("import", unsigned, "--as", "region", "--keep", ends=1).output


def test_a_register_at_an_address_is_read_again_by_a_word(
    wallet: Wallet, database: Database, stranger: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wallet("refresh").output == "No register has an address: there is nothing to read again.\n"
    site = stranger(answering(second(RIVES, *issuers(20)), "200 OK"))
    monkeypatch.setenv("WALLET_FETCH_HTTP", "yes")
    monkeypatch.setenv("WALLET_FETCH_ALLOW", f"{site.host}:{site.port}")
    monkeypatch.setenv("WALLET_OPERATOR_EMAIL", "contact@exemple.fr")
    wallet("import", site.address("/issuers.json"), "--as", "region", "--keep")
    assert b"; mailto:contact@exemple.fr)" in site.asked[0], "whoever keeps it reads who asks"
    assert register(database).address == site.address("/issuers.json")
    assert f"  from {site.address('/issuers.json')} (ours-2), read " in wallet("list").output

    site.serve = answering(second(*issuers(20), {"id": "https://new.example", "name": "New"}), "200 OK")
    assert "Its address would change in region:" in wallet("diff", "region").output
    told = wallet("refresh", ends=1).output

    assert told == "region 1 changes are kept, and something waits for you: wallet issuers diff region\n"
    assert kept(database)[RIVES["id"]].retired_at
    assert "https://new.example" not in kept(database), "nobody signs it, so that nobody is added unseen"
    wallet("accept", "region")
    assert "https://new.example" in kept(database)
    site.serve = answering(b"", "503 Service Unavailable")
    assert wallet("refresh", "region", ends=1).output == "region answers with 503.\n"
    assert "  silent since " in wallet("list").output


def test_a_file_in_the_place_of_an_address_is_told_to_be_read_again_nowhere(wallet: Wallet, database: Database) -> None:
    """Whoever is struck at that address would else stay green for two years, and nobody knew why."""
    address = "https://region.example/issuers.json"
    imports(database, first(RIVES), address=address, now=datetime.now(UTC))
    file = written("register.json", first(RIVES))

    assert address not in wallet("import", file, "--as", "region").output
    assert wallet("import", file, "--as", "region", "--keep").output.endswith(
        f"Kept: nothing changes.\n  It is read again nowhere from now on. So far it was, each day: {address}\n"
    )
    assert wallet("import", file, "--as", "region", "--keep").output.endswith("Kept: nothing changes.\n")


def test_who_vouches_for_the_issuer_of_a_badge_is_told_with_every_voice(wallet: Wallet, database: Database) -> None:
    key = Ed25519PrivateKey.generate()
    badge = written("badge.json", samples.make_badge(samples.samples()[0], key, GIVEN).encode())
    issuer = json.loads(Path(badge).read_bytes())["issuer"]["id"]

    told = wallet("who", badge, ends=1).output
    assert f"  Its issuer calls itself Organisme d’essai: {issuer}, self-certified" in told
    assert "The page is not green, and says: We have not checked this organisation yet." in told

    wallet("add", issuer, "--name", "Organisme d’essai")
    told = wallet("who", badge).output
    assert "  Région d’essai: « Organisme d’essai » (from operator, until " in told
    assert "The page is green, and says: Région d’essai confirms this organisation." in told

    wallet("retire", issuer, "--why", "stop")
    told = wallet("who", badge, ends=1).output
    assert " – does not count: it was struck" in told
    assert "  And: This organisation has been off the list since " in told
    assert "no badge can be read" in wallet("who", written("no.json", b"{}"), ends=2).output


@pytest.mark.breadth
def test_names_of_strangers_give_a_terminal_no_order(wallet: Wallet, database: Database) -> None:
    wallet("import", written("r.json", second({**RIVES, "name": "École"})), "--as", "region", "--keep")
    with database.writing() as session:
        row = registers.rows_of(session, registers.find_register(session, "region"))[0]
        row.name = "\x1b]0;root\x07\u202eelocÉ"

    for words in (("list", "region"), ("import", "r.json", "--as", "region")):
        told = wallet(*words).output
        assert "\x1b" not in told
        assert "\u202e" not in told


def test_thousands_of_changes_are_counted(wallet: Wallet, database: Database) -> None:
    told = wallet("import", written("many.json", first(*issuers(200))), "--as", "operator").output

    assert told.count("  added     École ") == 50
    assert "  added     … and 150 more" in told


def test_a_row_that_nobody_renews_ends_by_itself(wallet: Wallet, database: Database) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    wallet("import", written("r.json", second({**RIVES, "until": soon})), "--as", "region", "--keep")
    with database.writing() as session:
        registers.rows_of(session, registers.find_register(session, "region"))[0].until = datetime.now(UTC)

    assert "https://rives.example/issuer  ended, until " in wallet("list", "region").output


def test_a_public_list_is_kept_as_facts(wallet: Wallet, database: Database) -> None:
    siret = numbers(2)
    lines = HEADER + training_line(siret[0]) + training_line(siret[1], region="11") + training_line("1" * 14)

    told = wallet("facts", "of", written("of.csv", lines.encode("utf-8-sig")), "--region", "28").output

    assert told.splitlines() == [
        "Kept as of: 1 organisation, 0 with a site that is theirs alone.",
        "  1 left out: of another region",
        "  1 left out: with a SIRET that does not exist",
    ]
    assert "of: Liste publique des organismes de formation, public-list, 1 organisation" in wallet("list").output
    siae = written("siae.csv", (SIAE + siae_line("ACI", siret[0], site="jardins.example")).encode())
    assert "does not tell regions" in wallet("facts", "siae", siae, "--region", "28", ends=1).output
    assert "1 with a site that is theirs alone." in wallet("facts", "siae", siae, "--name", "Les SIAE").output
    assert "siae: Les SIAE, public-list, 1 organisation" in wallet("list").output
    assert "has other columns" in wallet("facts", "x", written("x.csv", b"a;b\n1;2\n"), ends=1).output
    assert "is not written in UTF-8" in wallet("facts", "x", written("x.csv", b"\xe9\xff\n"), ends=1).output
