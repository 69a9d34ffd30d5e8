"""Each table and each kind of file has its row in tests/architecture/duties.py, and what the rows say is so.

One wallet answers all: a holder with a row in every table and another word in every column takes it away, brings it into a
new wallet, is in a backup, and erases it. Each rule is a function that tells what is wrong, and what to write where; below
the rules each of them is shown to tell it.
"""

import ast
import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table, select, update

from tests.architecture import duties
from tests.architecture.duties import (
    DUMP,
    FILES,
    NO_FILE,
    OURS,
    SHELF,
    SHELF_OF_BACKUPS,
    TABLES,
    Bound,
    By,
    Duties,
    In,
    Limits,
    No,
    Owed,
    Says,
)
from tests.fixtures.archived import Home, list_at, signer
from tests.fixtures.carriers import a_pdf
from tests.fixtures.examined import NOW, somebody_with_a_key
from tests.fixtures.filled import at, belonging, filled, packed
from tests.fixtures.photos import photo
from tests.fixtures.registers import RIVES, first, imports, register
from tests.fixtures.screens import pages
from tests.fixtures.tables_made import make_tables
from tests.fixtures.visits import IssuersWeb, words
from tests.fixtures.whole_wallet import settings_of, starts
from tests.openbadges.support import own_words
from wallet.archive import export_rows
from wallet.archive import format as archives
from wallet.badges.badges import _plain
from wallet.concurrency import Limit
from wallet.endorsements.models import Endorsement
from wallet.endorsements.signing import make_document
from wallet.endorsements.status_lists import reserve_place
from wallet.operations import all_tables, backup, disk_reserve, restore
from wallet.operations.backup import KEYS, LEDGER, MANIFEST, Manifest
from wallet.operations.disk_reserve import DiskReserve
from wallet.operations.erasure import Erasure
from wallet.operations.erasure_log import ErasureLog, ShelfErasureLog
from wallet.operations.figures import Figure
from wallet.pages.languages import catalogue_of
from wallet.rechecks.hosts import meet_hosts
from wallet.registers import KeptFact
from wallet.settings import Settings
from wallet.storage.database import Database
from wallet.storage.files import Folder, open_files
from wallet.storage.keyring import Keyring

HERE = "tests/architecture/duties.py"
OWED: set[str] = set()
"""What the wallet ought to do and does not, as row and question: nothing comes to it unseen, and what is done leaves it."""
LENGTH = 64
"""Of the name of a file on the shelf."""


# --- the wallet that answers ------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What became of one holder's wallet."""

    values: Mapping[str, Any]
    """What was in it, by `table.column`."""
    contents: Mapping[str, bytes]
    """The bytes of the files on its shelf, by the columns that name them."""
    named: Collection[bytes]
    """The bytes of all files that `tables.all_named_files` tells, and those that it tells of this holder."""
    archive: Mapping[str, bytes]
    rows: Mapping[str, int]
    returned: Mapping[str, int]
    """Rows in the new wallet into which the archive was brought."""
    files_returned: Collection[str]
    backup: Path
    manifest: Manifest
    rows_left: Mapping[str, int]
    files_left: Collection[str]
    words_left: Collection[str]
    """Files beside the backups in which a word of theirs stands after they erased all."""
    paths: Collection[str]
    """All files that there were at any time."""

    @property
    def wallet(self) -> dict[str, Any]:
        """The list of contents of the archive."""
        found: dict[str, Any] = json.loads(self.archive[archives.WALLET])
        return found


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Observed:
    settings = settings_of(tmp_path_factory.mktemp("wallet"))
    with closing(Database(settings.database_url)) as database:
        return follow_wallet(settings, database, tmp_path_factory.mktemp("new-wallet"))


def follow_wallet(settings: Settings, database: Database, elsewhere: Path) -> Observed:
    """A holder's wallet, taken away, brought into a new one *elsewhere*, backed up, and erased."""
    folder, shelf = settings.keys.parent, open_files(settings.files_url)
    assert isinstance(shelf, Folder)
    make_tables(database)
    keyring = Keyring(settings.keys)
    starts(settings)
    holder, values = filled(database, shelf)
    fill_registers(database)
    database.write(meet_hosts, ["issuer.example"], NOW)
    contents = {**keep_files(shelf, values), **make_importable(database, shelf, keyring)}
    with database.reading() as session:
        named, rows = all_tables.files_in_use(session), all_tables.row_counts(session)
    named_contents = {shelf.read(name) for name in named}
    with packed(database, shelf, holder) as taken:
        archive = {name: taken.read(name) for name in taken.namelist()}
        returned, files_returned = import_elsewhere(elsewhere, taken.fp, settings.keys)
    before = {*list_files(folder)}
    kept = backup.take_backup(settings, folder / "backups", NOW)
    erase_all(settings, database, shelf, holder)
    with database.reading() as session:
        rows_left = all_tables.row_counts(session)
    files_left, words_left = set(shelf.names()), files_with_words(folder)
    again = backup.take_backup(settings, folder / "backups", NOW + timedelta(days=1))
    return Observed(
        values=values,
        contents=contents,
        named=named_contents,
        archive=archive,
        rows=rows,
        returned=returned,
        files_returned=files_returned,
        backup=folder / "backups" / again.name,
        manifest=kept.manifest,
        rows_left=rows_left,
        files_left=files_left,
        words_left=words_left,
        paths=before.union(list_files(folder), transient_files(settings, shelf)),
    )


def fill_registers(database: Database) -> None:
    """What the operator keeps beside the holders: a row in each table of the registers, and a figure."""
    imports(database, first(RIVES))
    with database.writing() as session:
        session.add(Figure(month="2026-10", name="holders", value=None))
        session.add(KeptFact(register_id=register(database).id, name="École des Rives", read_on=NOW.date()))


def erase_all(settings: Settings, database: Database, shelf: Folder, holder: int) -> None:
    """« Tout effacer », where the disk's reserve is laid and a file was swept that nobody needs."""
    shelf.set_aside(shelf.keep(b"nobody needs it"), datetime.now(UTC) + timedelta(hours=2), NOW)
    reserve = DiskReserve([settings.keys.parent])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk_reserve, "SIZE", 4096)
        reserve.lay()
    Erasure(database, shelf, ErasureLog(settings.erasures), reserve).erase(holder, NOW)
    ShelfErasureLog(shelf).write(b"as another node has its ledger", NOW)


def keep_files(shelf: Folder, values: Mapping[str, Any]) -> dict[str, bytes]:
    """All files of the wallet that was filled, by the columns that name them."""
    words = {column: f"canary-{column.replace('.', '-')}".encode() for column in values}
    contents = {
        column: words[column] for column in values if column in SHELF or names_file_of(values[column], words[column])
    }
    for content in contents.values():
        shelf.keep(content)
    return contents


def names_file_of(value: Any, word: bytes) -> bool:
    """Whether *value* names the file of *word*."""
    return sha256(word).hexdigest() in json.dumps(value, default=str)


def make_importable(database: Database, shelf: Folder, keyring: Keyring) -> dict[str, bytes]:
    """What can come back: a badge that somebody signed in words of their own, in a file of another kind; and neither it nor
    the file removed. And a word of somebody else that this instance signed."""
    given = {own_words.WORDS: own_words.context()}
    contents = {
        "badges.document": json.dumps(own_words.signed(own_words.badge(workload="30 h"), given)).encode(),
        "badges.came_in": a_pdf(lambda pdf: pdf.add_metadata({"/Title": "canary-badges-came_in"})),
        "badges.own_contexts": given[own_words.WORDS],
    }
    document, came_in, words = map(shelf.keep, contents.values())
    contexts = {own_words.WORDS: {"file": words, "size": len(given[own_words.WORDS]), "at": NOW.isoformat()}}
    with database.writing() as session:
        badges, attachments = (all_tables.metadata.tables[name] for name in ("badges", "attachments"))
        session.execute(
            update(badges).values(document=document, came_in=came_in, own_contexts=contexts, removed_at=None)
        )
        session.execute(update(attachments).values(removed_at=None))
        session.execute(update(all_tables.metadata.tables["photos"]).values(content=photo("WEBP")))
        said, place = session.scalars(select(Endorsement)).one(), reserve_place(session)
        said.list_id, said.list_index = place.list_id, place.index
        signed_word = make_document(said, signer(keyring), list_at(place.list_id), "fr")
        said.document = shelf.keep(signed_word)
    contents["endorsements.document"] = signed_word
    for column in contents:
        shelf.remove(sha256(f"canary-{column.replace('.', '-')}".encode()).hexdigest())
    return contents


def import_elsewhere(folder: Path, archive: Any, keys: Path) -> tuple[dict[str, int], set[str]]:
    """The rows and files of a new wallet, of the same instance, into which *archive* was brought."""
    database, shelf = Database(f"sqlite:///{folder}/wallet.sqlite3"), open_files(f"file://{folder}/files")
    make_tables(database)
    with database.reading() as session:
        before = all_tables.row_counts(session)
    home = Home(database, shelf, IssuersWeb(), Keyring(keys))
    archive.seek(0)
    home.brings(somebody_with_a_key(database), archive.read())
    with database.reading() as session:
        found, files = all_tables.row_counts(session), all_tables.files_in_use(session)
    database.close()
    return {name: count - before[name] for name, count in found.items()}, files


def list_files(folder: Path) -> Iterator[str]:
    """The paths of all files in it."""
    return (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def files_with_words(folder: Path) -> set[str]:
    """The files in which a word of the holder stands, but for the backups."""
    there = (path for path in list_files(folder) if not path.startswith("backups/"))
    return {path for path in there if b"canary-" in (folder / path).read_bytes()}


def transient_files(settings: Settings, shelf: Folder) -> Iterator[str]:
    """Files that are there only while something goes on, as the wallet names them."""
    folder = settings.keys.parent
    paths = (
        *(
            restore._mark(settings),
            restore._begun(settings),
            folder / "wallet.sqlite3.draft",
            folder / ".erasures.draft",
        ),
        *(folder / "backups" / f"{backup.PARTIAL}20261124T101200Z" / MANIFEST, shelf.drafts / ("0" * LENGTH)),
    )
    return (str(path.relative_to(folder)) for path in paths)


# --- the rules: each tells what is wrong, and what to write where -------------------------------------------------------


def row_faults(there: Collection[str], rows: Collection[str], kind: str, table: str) -> list[str]:
    """Whether each has its row, and each row is of something."""
    return [
        *(f"{kind} {name} has no row: add one to {table} in {HERE}." for name in sorted({*there} - {*rows})),
        *(f"{kind} {name} is nowhere: take its row out of {table} in {HERE}." for name in sorted({*rows} - {*there})),
    ]


def fits(path: str, row: str) -> bool:
    """Whether all of *path* is like *row*: one that begins with / is not looked for at the end alone."""
    return PurePosixPath("/", path).match(f"/{row}")


def file_row_faults(paths: Collection[str], rows: Collection[str]) -> list[str]:
    """The same of files, of which a row has a pattern."""
    missing = [path for path in sorted(paths) if not any(fits(path, row) for row in rows)]
    empty = [row for row in rows if not any(fits(path, row) for path in paths)]
    return [
        *(f"The file {path} has no row: add one to FILES in {HERE}." for path in missing),
        *(f"No file is like {row}: take it out of FILES in {HERE}." for row in empty),
    ]


def column_faults(metadata: MetaData) -> list[str]:
    """Whether each column that may name a file says whether it does: else its file would be swept after an hour."""
    there = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, String) and column.type.length == LENGTH
    }
    return [
        f"{name} is as long as the name of a file: tell its files in operations/all_tables.py and add a row to SHELF in"
        f" {HERE}, or name it in NO_FILE there."
        for name in sorted(there - SHELF.keys() - NO_FILE.keys())
    ] + [f"{name} is in no table: take it out of NO_FILE in {HERE}." for name in sorted(NO_FILE.keys() - there)]


def answer_faults(kind: str, rows: Mapping[str, Duties], owed: Collection[str]) -> list[str]:
    """Whether each answer is a reason, and nothing is owed but what is known."""
    answers = {
        f"{name}.{question.name}": getattr(row, question.name) for name, row in rows.items() for question in fields(row)
    }
    return [
        *(
            f"{at} of {kind}: say why in a sentence."
            for at, no in answers.items()
            if isinstance(no, No) and len(no.why) < 10
        ),
        *(
            f"{at} is owed: do it, or say so in OWED."
            for at, it in answers.items()
            if isinstance(it, Owed) and at not in owed
        ),
    ]


def export_faults(rows: Mapping[str, Duties], observed: Observed) -> list[str]:
    """Whether the rows of a table stand in wallet.json where its row says, and what is left out is nowhere."""
    everything = b"".join(observed.archive.values())
    problems = []
    for name, row in rows.items():
        where = {archives.WHERE.get(name), *(to for of, to in archives.ELSEWHERE.items() if of.startswith(f"{name}."))}
        if isinstance(row.exported, In):
            place = row.exported.place
            if not any(f"{to}.".startswith(f"{place}.") for to in where if to):
                problems.append(
                    f"{name} is not exported to {place}: archive/format.py says {sorted(filter(None, where))}."
                )
            else:
                problems += value_faults(name, place, observed)
        elif any(where) or f"canary-{name}-".encode() in everything:
            problems.append(f"{name} is left out by its row, and in the archive.")
    return problems


def value_faults(name: str, place: str, observed: Observed) -> list[str]:
    """Whether what stands in wallet.json at *place* is what the table has."""
    try:
        told = at(observed.wallet, place)
    except (KeyError, IndexError):
        return [f"{name}: there is nothing at {place} of wallet.json."]
    columns = [column for column in archives.MEMBERS.get(name, ()) if f"{name}.{column}" not in CHANGED]
    kept = {column: export_rows._plain(_plain(observed.values[f"{name}.{column}"])) for column in columns}
    return [
        f"{name}.{column} does not stand at {place} of wallet.json."
        for column in columns
        if told[column] != kept[column]
    ]


CHANGED = {"badges.removed_at", "badges.own_contexts", "attachments.removed_at"}
"""What `make_importable` wrote since."""


def exported_file_faults(rows: Mapping[str, Duties], observed: Observed) -> list[str]:
    """Whether the files stand in the folder of the archive that their row says, and what is left out in none."""
    problems = []
    for name, row in rows.items():
        members = [member for member, content in observed.archive.items() if content == observed.contents[name]]
        if isinstance(row.exported, In) and not any(member.startswith(row.exported.place) for member in members):
            problems.append(f"The file of {name} is not in {row.exported.place} of the archive.")
        if not isinstance(row.exported, In) and members:
            problems.append(f"The file of {name} is left out by its row, and is in the archive: {members}.")
    return problems


def return_faults(rows: Mapping[str, Duties], returned: Collection[str]) -> list[str]:
    """Whether what is said to come back is there again, and nothing else."""
    return [
        *(
            f"{at}: nothing came back with the archive."
            for at, row in rows.items()
            if is_done(row.returns) > (at in returned)
        ),
        *(
            f"{at}: it came back, and its row says no."
            for at, row in rows.items()
            if is_done(row.returns) < (at in returned)
        ),
    ]


def erasure_faults(rows: Mapping[str, Duties], left: Collection[str]) -> list[str]:
    """Whether what is said to be erased is gone."""
    return [
        f"{name} is still there after « Tout effacer »: give it a foreign key with ON DELETE CASCADE, or let"
        " operations/erasure_steps.py take it away."
        for name, row in rows.items()
        if is_done(row.erased) and name in left
    ]


def owner_faults(rows: Mapping[str, Duties], metadata: MetaData) -> list[str]:
    """Whether all that is a holder's is said to be erased, and goes with whom it belongs to by the database itself."""
    theirs = belonging(metadata)
    cascades = {
        table.name
        for table in theirs
        if any(key.ondelete == "CASCADE" for key in table.foreign_keys) or table.name == "holders"
    }
    names = [table.name for table in theirs]
    return [
        *(
            f"{name} is a holder's: its row must say what erases it."
            for name in names
            if name in rows and not is_done(rows[name].erased)
        ),
        *(
            f"{name} has no foreign key with ON DELETE CASCADE to what it belongs to."
            for name in names
            if name not in cascades
        ),
    ]


def backup_faults(rows: Mapping[str, Duties], dumped: Collection[str], copied: Collection[str]) -> list[str]:
    """Whether what is said to be in the dump, or among the files of the backups, is there."""
    there = {DUMP: dumped, SHELF_OF_BACKUPS: copied}
    return [
        f"{name} is not in {row.backup.place} (operations/backup.py)."
        for name, row in rows.items()
        if isinstance(row.backup, In) and name not in there.get(row.backup, ())
    ]


def bound_faults(rows: Mapping[str, Duties]) -> list[str]:
    """Whether what bounds it bounds it, and the test is there in which one too many is turned away."""
    bounds = {f"{name}.{part}": getattr(row, part) for name, row in rows.items() for part in ("per_holder", "in_all")}
    stated = {at: bound for at, bound in bounds.items() if isinstance(bound, Bound)}
    return [
        *(
            f"{at}: it is bounded by nothing."
            for at, it in stated.items()
            if not it.limits or not all(map(is_some, it.limits))
        ),
        *(
            f"{at}: there is no test {it.refused}."
            for at, it in stated.items()
            if it.refused and not is_test(it.refused)
        ),
    ]


def page_faults(rows: Mapping[str, Duties], english: str, french: str) -> list[str]:
    """Whether the page on personal data says the sentences of the rows, in both languages."""
    translated = catalogue_of("fr")
    said = {(name, row.told.sentence) for name, row in rows.items() if isinstance(row.told, Says)}
    return [
        f"{name}: “{sentence}” is not on the page on personal data (templates/public/_privacy_details.html),"
        " or not in French."
        for name, sentence in sorted(said)
        if sentence not in english or plain_spaces(translated.gettext(sentence)) not in french
    ]


def is_done(answer: By | No | Owed) -> bool:
    """Whether something does it."""
    return isinstance(answer, By)


def is_some(limit: Limits) -> bool:
    """Whether it is a limit, and more than nothing."""
    if isinstance(limit, Limit):
        return limit.amount > 0 and limit.seconds > 0
    return limit > timedelta() if isinstance(limit, timedelta) else limit > 0


@cache
def names_of_tests(path: Path) -> set[str]:
    """The tests of a file."""
    body = ast.parse(path.read_text(encoding="utf-8")).body if path.is_file() else []
    return {found.name for found in body if isinstance(found, ast.FunctionDef)}


def is_test(name: str) -> bool:
    """Whether there is a test of that name: `file::function`."""
    file, _, function = name.partition("::")
    return function in names_of_tests(Path(__file__).parents[2] / file)


def plain_spaces(text: str) -> str:
    """*text* with plain_spaces spaces."""
    return " ".join(text.split())


# --- what is so -------------------------------------------------------------------------------------------------------

EVERY = {"TABLES": TABLES, "SHELF": SHELF, "FILES": FILES}
BESIDE = {
    "keys.json": KEYS,
    "erasures": LEDGER,
    "files/ledger/*": LEDGER,
    "files/store-id": MANIFEST,
    "wallet.sqlite3": "wallet.sqlite3",
}
"""What of the files beside the shelf is in a backup, and under which name."""


def assert_none(problems: list[str]) -> None:
    """Nothing is wrong; else all of it is told."""
    assert not problems, "\n".join(problems)


def test_each_table_has_its_row():
    assert_none(row_faults([*all_tables.metadata.tables], TABLES, "The table", "TABLES"))


def test_each_kind_of_file_on_the_shelf_has_its_row(observed: Observed):
    columns = {content: column for column, content in observed.contents.items()}
    found = {columns.get(content, f"{content[:80]!r}") for content in observed.named}
    assert_none(row_faults(found, SHELF, "A file named by", "SHELF"))
    assert_none(column_faults(all_tables.metadata))


def test_each_other_file_has_its_row(observed: Observed):
    assert_none(file_row_faults(observed.paths, FILES))


@pytest.mark.parametrize("kind", EVERY)
def test_each_question_is_answered(kind: str):
    assert_none(answer_faults(kind, EVERY[kind], OWED))
    assert_none(bound_faults(EVERY[kind]))


def test_what_is_owed_no_more_leaves_the_list():
    rows = {name: row for kind in EVERY.values() for name, row in kind.items()}
    owing = {
        f"{at}.{it.name}" for at, row in rows.items() for it in fields(row) if isinstance(getattr(row, it.name), Owed)
    }
    assert owing == OWED


def test_it_is_exported_or_left_out(observed: Observed):
    assert_none(export_faults(TABLES, observed))
    assert_none(exported_file_faults(SHELF, observed))


def test_it_comes_back(observed: Observed):
    columns = {sha256(content).hexdigest(): column for column, content in observed.contents.items()}
    assert_none(return_faults(TABLES, {name for name, count in observed.returned.items() if count}))
    assert_none(return_faults(SHELF, {columns[name] for name in observed.files_returned if name in columns}))


def test_it_is_erased(observed: Observed):
    columns = {sha256(content).hexdigest(): column for column, content in observed.contents.items()}
    assert_none(erasure_faults(TABLES, {name for name, count in observed.rows_left.items() if count}))
    assert_none(erasure_faults(SHELF, {columns[name] for name in observed.files_left if name in columns}))
    assert_none(owner_faults(TABLES, all_tables.metadata))
    assert observed.words_left == set(), "in none of the wallet's files a word of theirs is left"


def test_it_is_in_the_backup(observed: Observed):
    dumped = {name for name, count in observed.manifest.counts.items() if count == observed.rows[name]}
    copied = {
        name for name, content in observed.contents.items() if sha256(content).hexdigest() in observed.manifest.files
    }
    assert {name for name in observed.rows if not observed.rows[name]} <= {"file_removals"}, "else a count says nothing"
    assert_none(backup_faults(TABLES, dumped, ()))
    assert_none(backup_faults(SHELF, (), copied))
    named = {name for name, row in FILES.items() if isinstance(row.backup, In)} - {"files/??/??/*"}
    assert named == BESIDE.keys()
    assert all((observed.backup / member).is_file() for member in BESIDE.values())
    assert observed.manifest.store, "the id of the shelf"


def test_the_page_on_personal_data_says_so():
    english, french = (words(pages().render("public/privacy.html", language)) for language in ("en", "fr"))
    for rows in EVERY.values():
        assert_none(page_faults(rows, english, french))


# --- each rule tells what is wrong --------------------------------------------------------------------------------------

LATER = replace(TABLES["papers"], told=No("It is a row for the tests."))


def with_new_table() -> MetaData:
    """The tables, and one that somebody added."""
    more = MetaData()
    for table in all_tables.metadata.sorted_tables:
        table.to_metadata(more)
    Table(
        "seals",
        more,
        Column("id", Integer),
        Column("holder_id", ForeignKey("holders.id")),
        Column("file", String(LENGTH)),
    )
    return more


def test_a_table_without_a_row_and_a_row_without_a_table_are_told():
    assert row_faults(["papers", "seals"], ["papers"], "The table", "TABLES") == [
        "The table seals has no row: add one to TABLES in tests/architecture/duties.py."
    ]
    assert row_faults(["papers"], ["papers", "seals"], "The table", "TABLES") == [
        "The table seals is nowhere: take its row out of TABLES in tests/architecture/duties.py."
    ]
    (problem,) = {*column_faults(with_new_table())} - {*column_faults(all_tables.metadata)}
    assert problem.startswith("seals.file is as long as the name of a file: tell its files in operations/all_tables.py")
    without = {name: row for name, row in FILES.items() if name != "keys.json"}
    assert file_row_faults(["keys.json"], ["keys.json", "keys"]) == [
        "No file is like keys: take it out of FILES in tests/architecture/duties.py."
    ]
    assert file_row_faults(["keys.json", "wallet.sqlite3"], without)[0] == (
        "The file keys.json has no row: add one to FILES in tests/architecture/duties.py."
    )


def test_a_row_that_says_nothing_or_owes_something_is_told():
    silent = {"seals": replace(LATER, exported=No(""), in_all=Owed("It grows."))}
    assert answer_faults("TABLES", silent, OWED) == [
        "seals.exported of TABLES: say why in a sentence.",
        "seals.in_all is owed: do it, or say so in OWED.",
    ]
    endless = {"seals": replace(LATER, per_holder=Bound(0), in_all=Bound(1, refused=f"{HERE}::test_nothing"))}
    assert bound_faults(endless) == [
        "seals.per_holder: it is bounded by nothing.",
        f"seals.in_all: there is no test {HERE}::test_nothing.",
    ]


def test_what_is_not_exported_and_what_is_although_its_row_says_no_are_told(observed: Observed):
    swapped = {
        "events": replace(TABLES["events"], exported=No("It is nobody's business.")),
        "letters": replace(TABLES["letters"], exported=In("letters[]")),
    }
    assert export_faults(swapped, observed) == [
        "events is left out by its row, and in the archive.",
        "letters is not exported to letters[]: archive/format.py says [].",
    ]
    lost = replace(observed, archive={**observed.archive, archives.WALLET: b'{"events": [], "keys": [{}]}'})
    assert export_faults({"events": TABLES["events"]}, lost) == ["events: there is nothing at events[] of wallet.json."]
    told = {"passkeys": replace(TABLES["passkeys"], exported=No("It is nobody's business."))}
    assert export_faults(told, observed) == ["passkeys is left out by its row, and in the archive."]
    files = {
        "badges.picture": replace(SHELF["badges.picture"], exported=No("It is drawn again.")),
        "attachments.preview": replace(SHELF["attachments.preview"], exported=In(archives.FILES)),
    }
    assert [problem.partition(" of ")[2].partition(" is ")[0] for problem in exported_file_faults(files, observed)] == [
        *files
    ]


def test_what_does_not_come_back_is_not_erased_or_not_backed_up_is_told():
    rows = {"seals": replace(LATER, returns=By(duties.Bound)), "stamps": LATER}
    assert return_faults(rows, ["stamps"]) == [
        "seals: nothing came back with the archive.",
        "stamps: it came back, and its row says no.",
    ]
    assert [problem.partition(" is still")[0] for problem in erasure_faults(rows, ["seals"])] == ["seals"]
    assert backup_faults(rows, ["stamps"], ()) == ["seals is not in the dump of the database (operations/backup.py)."]
    rows = {"seals": replace(LATER, erased=No("It stays for ever."))}
    assert {*owner_faults(rows, with_new_table())} - {*owner_faults({}, all_tables.metadata)} == {
        "seals is a holder's: its row must say what erases it.",
        "seals has no foreign key with ON DELETE CASCADE to what it belongs to.",
    }


def test_a_sentence_that_is_not_on_the_page_is_told():
    rows = {"seals": replace(OURS, told=Says("We never keep anything."))}
    assert [problem.partition(":")[0] for problem in page_faults(rows, "We keep all.", "Nous gardons tout.")] == [
        "seals"
    ]
