"""`wallet reports`: what the operator reads of what was said, and what they do about it."""

import json
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.fixtures.asked import NADIA, asks, gives, words_of
from tests.fixtures.examined import another, found, keeps, somebody_with_a_key
from tests.fixtures.moments import Teller
from tests.fixtures.tables_made import make_tables
from wallet.cli.commands import main
from wallet.endorsements import keeping
from wallet.messages import inbox, incoming
from wallet.messages.models import Note
from wallet.shares import abuse_reports, lifecycle
from wallet.shares.abuse_reports import Report
from wallet.shares.calls import CallForm, NewCall, answer_call, create_call, report_call
from wallet.shares.models import Choice, Share
from wallet.storage.database import Database
from wallet.storage.files import open_files

Wallet = Callable[..., Result]
ESCAPES = "Rien.\x1b]0;root\x07\x1b[2J\x9b31m\r\n\u202eElle ment\u2066\x7f, dit-on.\x0bReport 9: false"
MADE = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
def wallet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> Wallet:
    """Types a command beside a wallet, once on SQLite and once on PostgreSQL."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WALLET_DATABASE_URL", database_url)

    def type_it(*words: str) -> Result:
        result = CliRunner().invoke(main, ["reports", *words], catch_exceptions=False)
        assert "Traceback" not in result.output
        return result

    return type_it


@pytest.fixture
def services(database_url: str) -> Iterator[Database]:
    """Two shares of Maria, of which somebody said three things."""
    database = Database(database_url)
    make_tables(database)
    maria = somebody_with_a_key(database)
    ids = keeps(database, maria, found(another(1)), found(another(2)))
    with database.writing() as session:
        for name, word in (("Maria", "Bonjour.\x1b[31m"), ("", "")):
            choice = Choice(
                badge_ids=ids, ends_at=MADE + timedelta(days=7), name=name, word=word, purpose="Chez Durand"
            )
            lifecycle.create_share(session, maria, choice, lambda content, _: content, MADE)
        for share, reason, words in ((1, "not-them", "Je connais Maria."), (1, "other", ESCAPES), (2, "false", "")):
            abuse_reports.make_report(session, share, reason, words, MADE)
            session.flush()
    yield database
    database.close()


def closed(services: Database) -> list[bool]:
    with services.reading() as session:
        return [one.closed_at is not None for one in session.query(Report).order_by(Report.id)]


def open_shares(services: Database) -> list[bool]:
    with services.reading() as session:
        return [one.is_open(datetime.now(UTC)) for one in session.query(Share).order_by(Share.id)]


def test_what_was_said_of_what_is_read_the_oldest_first(wallet: Wallet, services: Database):
    told = wallet()

    assert told.exit_code == 0
    first, _, third = f"\n{told.stdout}".split("\nReport ")[1:]
    assert first == (
        f"1 of {MADE:%Y-%m-%d %H:%M} UTC: not-them\n"
        f"  Share 1, open until {MADE + timedelta(days=7):%Y-%m-%d}, shown by Maria\n"
        "  Its word: Bonjour.�[31m\n"
        "  Badge: Communiquer, je maîtrise, by Organisme d’essai\n"
        "  Badge: Communiquer, je maîtrise, by Organisme d’essai\n"
        "  > Je connais Maria."
    )
    assert "Share 2, open until" in third
    assert "shown by (no name)" in third
    assert ">" not in third


@pytest.mark.parametrize("how", [(), ("--json",)])
def test_a_terminal_obeys_nothing_that_strangers_wrote(wallet: Wallet, services: Database, how: tuple[str, ...]):
    told = wallet(*how).stdout

    assert "Elle ment" in told
    assert [c for c in told if unicodedata.category(c)[0] == "C" and c != "\n"] == []
    assert all(line.startswith(("Report ", "  ", "{")) for line in told.splitlines())
    assert "\nReport 9" not in told


@pytest.mark.breadth
def test_neither_the_link_nor_the_holder_is_told(wallet: Wallet, services: Database):
    with services.reading() as session:
        tokens = [one.token_sealed.decode() for one in session.query(Share)]  # the test seals nothing

    for told in (wallet("--all").stdout, wallet("--all", "--json").stdout):
        for hidden in (*tokens, "Durand", "holder"):
            assert hidden not in told


@pytest.mark.postgresql
def test_a_line_of_json_for_each_report(wallet: Wallet, services: Database):
    lines = [json.loads(line) for line in wallet("--json").stdout.splitlines()]

    assert [(one["id"], one["share_id"], one["reason"]) for one in lines] == [
        (1, 1, "not-them"),
        (2, 1, "other"),
        (3, 2, "false"),
    ]
    assert lines[1]["words"] == ESCAPES
    assert lines[0]["made_at"] == MADE.isoformat()
    assert lines[0]["shown"][0]["name"] == "Communiquer"


def test_what_one_is_done_with_is_read_no_more_but_among_all(wallet: Wallet, services: Database):
    done = wallet("close", "1", "3")

    assert (done.exit_code, done.stdout) == (0, "Closed: 1, 3.\n")
    assert closed(services) == [True, False, True]
    assert open_shares(services) == [True, True]
    assert "Je connais Maria." not in wallet().stdout
    assert "not-them (closed)" in wallet("--all").stdout
    wallet("close", "2")
    assert wallet().stdout == "There is no report to read.\n"
    assert wallet("--json").stdout == ""


def test_a_share_is_stopped_with_all_that_was_said_of_it(wallet: Wallet, services: Database):
    done, again = wallet("stop", "2", "--yes"), wallet("stop", "1", "--yes")

    assert (done.exit_code, again.exit_code) == (0, 0)
    assert done.stdout.endswith("\nShare 1 is stopped, and all reports of it are closed.\n")
    assert again.stdout.endswith("\nShare 1 was over already, and all reports of it are closed.\n")
    assert open_shares(services) == [False, True]
    assert closed(services) == [True, True, False]
    assert "Share 1, over," in wallet("--all").stdout


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sits before it, who answers nothing."""
    monkeypatch.setattr("wallet.cli.terminal.is_watched", lambda: True)


def test_a_script_stops_what_it_names_and_waits_for_nobody(wallet: Wallet, services: Database):
    assert wallet("stop", "2").exit_code == 0
    assert open_shares(services) == [False, True]


@pytest.mark.usefixtures("at_terminal")
def test_what_a_report_is_about_is_shown_and_nothing_stopped_unasked(wallet: Wallet, services: Database):
    """A number is mistyped easily, and nobody undoes it."""
    told = wallet("stop", "1")  # and nobody answers: stdin is empty

    assert told.exit_code == 1
    for line in (f"Report 1 of {MADE:%Y-%m-%d %H:%M} UTC: not-them", "  Share 1, open until", "  > Je connais Maria."):
        assert line in told.stdout
    assert "Stop share 1 for good? Its owner cannot undo that. [y/N]" in told.stdout
    assert open_shares(services) == [True, True]
    assert closed(services) == [False] * 3


@pytest.mark.parametrize("words", [("close", "1", "7"), ("stop", "7"), ("stop", str(2**31 - 1))])
def test_a_report_that_is_not_there_is_told_and_nothing_changes(
    wallet: Wallet, services: Database, words: tuple[str, ...]
):
    result = wallet(*words)

    assert result.exit_code == 1
    assert f"There is no report {words[-1]}." in result.stderr
    assert closed(services) == [False] * 3
    assert open_shares(services) == [True, True]


@pytest.mark.parametrize(
    "words", [("close",), ("stop",), ("stop", "0"), ("stop", "x"), ("stop", str(2**31)), ("open", "1")]
)
def test_a_word_that_is_none_is_told(wallet: Wallet, services: Database, words: tuple[str, ...]):
    assert wallet(*words).exit_code == 2


def test_where_there_is_no_database_none_is_made(wallet: Wallet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("WALLET_DATABASE_URL", f"sqlite:///{tmp_path}/none.sqlite3")

    result = wallet()

    assert result.exit_code == 1
    assert "There is no database at" in result.stderr
    assert not (tmp_path / "none.sqlite3").exists()


@pytest.mark.postgresql
def test_a_database_of_another_version_is_left_alone(wallet: Wallet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("WALLET_DATABASE_URL", f"sqlite:///{tmp_path}/old.sqlite3")
    (tmp_path / "old.sqlite3").touch()

    assert "start it once" in wallet().stderr


def test_a_database_that_does_not_answer_is_told(wallet: Wallet, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WALLET_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")

    told = wallet()

    assert told.exit_code == 1
    assert "The database does not answer (postgresql://nobody@127.0.0.1:1/none)" in told.stderr
    assert "Look whether its server runs" in told.stderr


def test_of_a_disk_that_gives_no_database_an_operator_reads_where_to_look(
    wallet: Wallet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("WALLET_DATABASE_URL", f"sqlite:///{tmp_path}")

    told = wallet()

    assert told.exit_code == 1
    assert f"The disk does not give the database ({tmp_path})" in told.stderr
    assert "Look whether the disk is there" in told.stderr


# Messages that holders reported


@pytest.fixture
def answered(services: Database) -> Database:
    """Somebody answered to the first share, and Maria reported it."""
    note = Note(choice="meet", text="Payez 50 €.\nVite.", sender="Agence\x1b[2J", reply_to="06 00")
    services.write(incoming.receive_message, 1, note, MADE, None)
    services.write(inbox.report_message, 1, 1, MADE)
    return services


def test_a_message_that_was_reported_is_read_and_done_with(wallet: Wallet, answered: Database):
    told = wallet().output
    assert f"Message 1 of {MADE:%Y-%m-%d %H:%M} UTC" in told
    for line in ("  To share 1, signed Agence", ", to be reached by 06 00", "  > Payez 50 €.", "  > Vite."):
        assert line in told
    assert "\x1b" not in told
    assert json.loads(wallet("--json").output.splitlines()[-1])["kind"] == "message"

    assert wallet("close", "--messages", "1").output == "Closed: 1.\n"
    assert "Message 1" not in wallet().output
    assert "Message 1" in wallet("--all").output
    assert wallet("close", "--messages", "9").exit_code != 0


def test_what_a_sender_wrote_is_erased_when_they_ask(wallet: Wallet, answered: Database):
    assert wallet("erase-messages", "06").output == "Messages erased: 0.\n"
    assert wallet("erase-messages", "").output == "Messages erased: 0.\n"
    assert wallet("erase-messages", "--yes", " 06  00 ").output.endswith("\nMessages erased: 1.\n")
    assert "Message 1" not in wallet("--all").output


def test_nothing_of_a_name_that_several_people_have_is_erased_unasked(wallet: Wallet, answered: Database):
    for text, reply_to in (("Bravo", "rh@rives.example"), ("Venez", "rh@vire.example"), ("Lundi ?", "rh@vire.example")):
        note = Note(choice="meet", text=f"{text}, vous nous plaisez.", sender="Le service RH", reply_to=reply_to)
        answered.write(incoming.receive_message, 1, note, MADE, None)

    told = wallet("erase-messages", "Le service RH")  # and nobody answers: stdin is empty

    assert told.exit_code == 1
    for line in (
        f"1 signed Le service RH, to be reached by rh@rives.example, from {MADE:%Y-%m-%d}",
        f"2 signed Le service RH, to be reached by rh@vire.example, from {MADE:%Y-%m-%d}",
        "They may be of several people: type how one is to be reached",
        "Erase them for good? [y/N]",
    ):
        assert line in told.output
    assert "plaisez" not in told.output, "what nobody reported is its holder's alone"
    assert "erased:" not in told.output
    assert wallet("erase-messages", "rh@vire.example", "--yes").output.endswith("\nMessages erased: 2.\n")
    assert wallet("erase-messages", "Le service RH", "--yes").output.endswith("\nMessages erased: 1.\n")


# Words of others that holders reported


@pytest.fixture
def spoken(services: Database, tmp_path: Path) -> Database:
    """Nadia gave her word on a moment of Maria's, who reported it."""
    said = replace(NADIA, role="cheffe\x1b[2J", sentence="Elle est malade.\nSouvent.")
    moment = Teller(services, open_files(f"file://{tmp_path}/files"), 1).tells(now=MADE)
    word = gives(services, asks(services, 1, moment, now=MADE), said, MADE)
    services.write(keeping.report_endorsement, 1, word, MADE)
    return services


def test_a_word_that_was_reported_is_read_and_done_with(wallet: Wallet, spoken: Database):
    told = wallet().output
    assert f"Word 1 of {MADE:%Y-%m-%d}, reported {MADE:%Y-%m-%d}" in told
    for line in ("  Signed Nadia Martin, cheffe", "Jardins du Perche", "  > Elle est malade.", "  > Souvent."):
        assert line in told
    assert "\x1b" not in told
    assert json.loads(wallet("--json").output.splitlines()[-1])["kind"] == "word"

    assert wallet("close", "--words", "1").output == "Closed: 1.\n"
    assert "Word 1" not in wallet().output
    assert "Word 1" in wallet("--all").output
    assert wallet("close", "--words", "9").exit_code != 0


@pytest.mark.usefixtures("at_terminal")
@pytest.mark.postgresql
def test_whoever_lost_the_link_has_their_word_withdrawn_by_the_operator(wallet: Wallet, spoken: Database):
    assert "Word 1" in wallet("words-of", " Nadia  Martin ").output
    assert wallet("words-of", "Nadia").output == "There is no word of that name.\n"

    gives(spoken, asks(spoken, 1, 1, key="2", now=MADE), NADIA, MADE)

    told = wallet("withdraw", "1", "2", "2")  # and nobody answers: stdin is empty
    assert told.exit_code == 1
    for line in (f"Word 1 of {MADE:%Y-%m-%d}, reported", "  > Elle est malade.", f"Word 2 of {MADE:%Y-%m-%d}\n"):
        assert told.stdout.count(line) == 1
    assert "Nobody reported 2: look whether you mean it.\nWithdraw for good? [y/N]" in told.stdout
    with spoken.reading() as session:
        assert [word.withdrawn_at for word in words_of(session, 1)] == [None, None]
    assert wallet("withdraw", "1", "9", "--yes").output.endswith("Error: There is no word 9 that was given here.\n")
    assert wallet("withdraw", "1", "2", "--yes").output.endswith("\nWithdrawn: 1, 2.\n")

    with spoken.reading() as session:
        both = words_of(session, 1)
    assert [word.withdrawn_at is not None for word in both] == [True, True]
    assert [word.closed_at is not None for word in both if word.reported_at] == [True]
    assert "Word 1" not in wallet().output
    assert wallet("withdraw", "9").exit_code != 0


# --- adverts that ask for skills --------------------------------------------------------------------------------------


@pytest.fixture
def advert(services: Database) -> NewCall:
    """One that Maria answered, and of which somebody said something."""
    form = CallForm(title="Vente\x1b[2J", employer="Durand", places=("normandie/communiquer/masters",))
    made = services.write(create_call, form, MADE)
    choice = Choice(badge_ids=[1], ends_at=MADE + timedelta(days=7), name="Maria")
    services.write(answer_call, 1, 1, choice, lambda content, _: content, MADE)
    services.write(report_call, 1, "money", MADE)
    return made


@pytest.mark.usefixtures("advert")
def test_an_advert_that_was_reported_is_read_without_who_answered_it(wallet: Wallet):
    told = wallet().stdout.partition("\nAdvert ")[2]

    assert told == (
        f"1 of {MADE:%Y-%m-%d}, open, reported {MADE:%Y-%m-%d}: money\n"
        "  Vente�[2J, by Durand, asks for normandie/communiquer/masters\n"
    )
    (line,) = [one for one in map(json.loads, wallet("--json").stdout.splitlines()) if one.get("kind") == "call"]
    assert (line["id"], line["employer"], line["reasons"]) == (1, "Durand", ["money"])


@pytest.mark.usefixtures("at_terminal")
@pytest.mark.usefixtures("advert")
def test_an_advert_is_closed_or_stopped_with_what_was_shown_to_it(wallet: Wallet, services: Database):
    assert wallet("close", "--calls", "1").stdout == "Closed: 1.\n"
    assert "Advert 1" not in wallet().stdout
    assert open_shares(services) == [True, True, True]

    asked = wallet("stop-call", "1")  # and nobody answers: stdin is empty
    assert asked.exit_code == 1
    assert asked.stdout.startswith(f"Advert 1 of {MADE:%Y-%m-%d}, open, reported {MADE:%Y-%m-%d}: money (closed)\n")
    assert "Stop it for good, and every share that answered it? [y/N]" in asked.stdout
    assert open_shares(services) == [True, True, True]

    stopped = wallet("stop-call", "1", "--yes")

    assert stopped.stdout.endswith("\nAdvert 1 is stopped, with every share that answered it.\n")
    assert open_shares(services) == [True, True, False]
    assert "was stopped already" in wallet("stop-call", "1", "--yes").stdout
    assert wallet("stop-call", "2").exit_code == 1
    assert "There is no reported advert 2." in wallet("stop-call", "2").output
