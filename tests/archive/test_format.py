"""An archive holds every column of every table that belongs to a holder, or says why not: read off the tables themselves.

A table or a column that comes later makes these tests fail until it has its place in archive/format.py and in the schema.
"""

import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Integer, LargeBinary, MetaData, String, Table, insert

from tests.fixtures.examined import COMMUNICATE, NOW, examined, named
from tests.fixtures.screens import pages
from tests.openbadges.others import ask, needs_npm
from wallet.archive import export, export_rows
from wallet.archive.export import ExportOrder
from wallet.archive.format import ELSEWHERE, LEFT_OUT, TOLD, WHERE, WRITTEN, archive_schema
from wallet.badges.badges import _plain
from wallet.badges.models import KeptBadge
from wallet.operations import tables
from wallet.storage.database import Database, Moment
from wallet.storage.files import FileStore, open_files

PAGES = pages()
BADGE_FILES = ("badges.document", "badges.came_in", "badges.picture")
NAMED = (*BADGE_FILES, "attachments.file", "attachments.preview")
"""The columns that name a file."""
MOMENT_LATER = {"evidence"}
"""Members of wallet.json that archives before the proofs do not have."""
CAME_LATER = {"purpose", "told", "openings", "exhibits", "counted"}
"""Members of a share and of a badge that older archives do not have: the format is the same, for old readers and new ones."""
MEASURED = {"id": 3, "size": 9, "width": None, "height": None, "seconds": 7}
EXAMINATION: dict[str, Any] = {"binding": "proven", "format": "3.0", "unsigned": [], "origins": {}, "unanswered": []}


def belonging(metadata: MetaData) -> list[Table]:
    """Every table whose rows are a holder's, by a foreign key at any distance."""
    found = {"holders"}
    while more := {
        table.name
        for table in metadata.sorted_tables
        if table.name not in found and {key.column.table.name for key in table.foreign_keys} & found
    }:
        found |= more
    return [table for table in metadata.sorted_tables if table.name in found]


def faults(metadata: MetaData) -> list[str]:
    """What of the tables has no place, or two; and what of the lists is of no table."""
    there = [f"{table.name}.{column.name}" for table in belonging(metadata) for column in table.columns]
    listed = [*(f"{table}.{column}" for table, columns in TOLD.items() for column in columns), *ELSEWHERE, *LEFT_OUT]
    return [f"{name} has {listed.count(name)} places" for name in there if listed.count(name) != 1] + [
        f"{name} is in no table" for name in listed if name not in there
    ]


def test_every_column_of_a_holder_has_one_place_or_one_reason() -> None:
    assert faults(tables.metadata) == []
    assert all(len(reason) > 20 for reason in LEFT_OUT.values())


def test_a_table_and_a_column_that_come_later_are_missed() -> None:
    later = MetaData()
    for table in tables.metadata.sorted_tables:
        table.to_metadata(later)
    later.tables["holders"].append_column(Column("phone", String))
    Table("reflections", later, Column("id", Integer), Column("badge_id", ForeignKey("badges.id")))

    assert faults(later) == [
        "holders.phone has 0 places",
        "reflections.id has 0 places",
        "reflections.badge_id has 0 places",
    ]


@pytest.fixture
def shelf(tmp_path: Path) -> FileStore:
    """A shelf with nothing on it yet."""
    return open_files(f"file://{tmp_path}/files")


def examination(word: str) -> dict[str, Any]:
    """What was found of a badge, with *word* in it, and a file that was seen."""
    seen = [{"address": "https://issuer.example", "status": 200, "at": NOW.isoformat(), "file": named(word)}]
    return EXAMINATION | {"checks": [asdict(check) for check in examined().checks], "seen": seen, "format": word}


MADE: Mapping[str, Callable[[str], Any]] = {
    "badges.state": lambda _: "revoked",
    "badges.read": lambda word: _plain(asdict(COMMUNICATE)) | {"recipient_name": word},
    "badges.examination": examination,
    "badges.good": examination,
    "badges.match": lambda word: {"address": word, "at": NOW.isoformat()},
    "badges.counted": lambda word: {f"normandie/{word}/masters": NOW.isoformat()},
    "shown_badges.told": lambda word: {"name": word, "level": "", "issuer_name": word, "issued_on": NOW.isoformat()},
    "exhibits.told": lambda word: {
        "situation": "work",
        "place": word,
        "sentence": word,
        "said": [["facts", word]],
        "attachments": [dict.fromkeys(("kind", "name", "address", "media_type"), word) | MEASURED],
    },
    "openings.kind": lambda _: "phone",
    "answers.question": lambda _: "facts",
    "attachments.kind": lambda _: "recording",
    "evidence.removed_at": lambda _: None,
}
"""The columns that pages and the schema want in a shape of their own."""
OF_A_KIND: Sequence[tuple[type[Any], Callable[[str, int], Any]]] = (
    (Moment, lambda _, number: NOW + timedelta(minutes=number)),
    (Boolean, lambda _, __: True),
    (Date, lambda _, number: (NOW + timedelta(days=number)).date()),
    (LargeBinary, lambda word, _: word.encode()),
    (String, lambda word, _: word),
    (JSON, lambda word, _: {"canary": word}),
    (Integer, lambda _, number: 1000 + number),
)


def value(name: str, column: Column[Any], ids: Mapping[str, int], number: int, shelf: FileStore) -> Any:
    """Something that is nowhere else, of a kind that the column takes; a foreign key leads to the row that there is."""
    word = f"canary-{name.replace('.', '-')}"
    if column.foreign_keys:
        return ids.get(next(iter(column.foreign_keys)).column.table.name)
    if name in NAMED:
        return shelf.keep(word.encode())
    if name in MADE:
        return MADE[name](word)
    if column.primary_key and isinstance(column.type, Integer):
        return None
    make = next(make for kind, make in OF_A_KIND if isinstance(column.type, kind))
    made = make(word, number)
    return made[-column.type.length :] if isinstance(column.type, String) and column.type.length else made


def filled(database: Database, shelf: FileStore) -> tuple[int, dict[str, Any]]:
    """One holder with a row in every table, a different word in every column: the holder, and `table.column`: value."""
    ids: dict[str, int] = {}
    values: dict[str, Any] = {}
    number = 0
    with database.writing() as session:
        for table in belonging(tables.metadata):
            row: dict[str, Any] = {}
            for column in table.columns:
                number += 1
                name = f"{table.name}.{column.name}"
                values[name] = made = value(name, column, ids, number, shelf)
                if made is not None:
                    row[column.name] = made
            done = session.execute(insert(table).values(**row))
            key = done.inserted_primary_key[0]
            ids[table.name] = key if isinstance(key, int) else 0
    return ids["holders"], values


def packed(database: Database, shelf: FileStore, holder: int, now: datetime = NOW) -> zipfile.ZipFile:
    """The holder's archive."""
    order = ExportOrder(
        holder_id=holder,
        language="fr",
        origin="https://badges.exemple.fr",
        schema_address="https://badges.exemple.fr/s",
        now=now,
    )
    made = export.export_wallet(database, shelf, PAGES, order)
    return zipfile.ZipFile(BytesIO(b"".join(made.pieces())))


def at(wallet: Any, place: str) -> Any:
    """What stands at a *place* like `shares[].badges[]`: of each list the first."""
    for step in place.split("."):
        wallet = wallet[step.removesuffix("[]")]
        if step.endswith("[]"):
            wallet = wallet[0]
    return wallet


@pytest.mark.postgresql
def test_every_value_that_a_holder_has_is_in_the_archive_where_it_is_said_to_be(
    wallets: Database, shelf: FileStore
) -> None:
    holder, values = filled(wallets, shelf)

    with packed(wallets, shelf, holder) as archive:
        wallet = json.loads(archive.read("wallet.json"))

        lost = [
            f"{table}.{column}"
            for table, columns in TOLD.items()
            for column in columns
            if at(wallet, WHERE[table])[column] != export_rows._plain(_plain(values[f"{table}.{column}"]))
        ]
        assert lost == []
        for name in (*BADGE_FILES, "attachments.file"):
            assert archive.read(at(wallet, ELSEWHERE[name])) == f"canary-{name.replace('.', '-')}".encode()
        assert wallet["shares"][0]["badges"] == wallet["evidence"][0]["badges"] == [0]
        assert wallet["shares"][0]["told"] == [values["shown_badges.told"]]
        assert wallet["missing"] == sorted([named("canary-badges-examination"), named("canary-badges-good")])


def test_what_is_left_out_is_nowhere_in_it(wallets: Database, shelf: FileStore) -> None:
    holder, values = filled(wallets, shelf)

    with packed(wallets, shelf, holder) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())

    out = {
        name: value.encode() if isinstance(value, str) else value
        for name, value in values.items()
        if name in LEFT_OUT and isinstance(value, str | bytes) and len(value) > 8
    }
    assert len(out) > 10
    assert [name for name, word in out.items() if word in everything or word.hex().encode() in everything] == []


@needs_npm
def test_the_archive_says_what_its_schema_says(wallets: Database, shelf: FileStore) -> None:
    holder, _ = filled(wallets, shelf)
    with packed(wallets, shelf, holder) as archive:
        wallet, schema = (json.loads(archive.read(name)) for name in ("wallet.json", "schema.json"))

    [share] = wallet["shares"]
    doubtful = [
        wallet | {"more": 1},
        wallet | {"version": 2},
        {member: value for member, value in wallet.items() if member != "shares"},
        wallet | {"badges": [wallet["badges"][0] | {"file": "../../etc/passwd"}]},
        wallet | {"badges": [wallet["badges"][0] | {"checked_at": "hier"}]},
        wallet | {"badges": [wallet["badges"][0] | {"counted": {"normandie/communiquer/masters": "hier"}}]},
        wallet | {"shares": [share | {"openings": [{"day": "hier", "kind": "phone", "times": 1}]}]},
        wallet | {"shares": [share | {"openings": [{"day": "2026-11-24", "kind": "phone", "times": 10**9}]}]},
        wallet | {"shares": [share | {"told": ["Communiquer"]}]},
    ]
    older = wallet | {
        members: [{name: told for name, told in one.items() if name not in CAME_LATER} for one in wallet[members]]
        for members in ("badges", "shares")
    }
    older = {name: told for name, told in older.items() if name not in MOMENT_LATER}
    asked = [{"schema": schema, "value": value} for value in (wallet, older, *doubtful)]
    whole, whole_too, *broken = ask("schema.mjs", asked)

    assert (whole, whole_too) == ([], [])
    assert [bool(found) for found in broken] == [True] * len(doubtful)


def test_what_an_earlier_archive_told_stands_in_where_there_is_nothing_of_ones_own(
    wallets: Database, shelf: FileStore
) -> None:
    holder, values = filled(wallets, shelf)
    before = {"good": examination("before"), "good_at": "2026-01-02T03:04:05+00:00", "match": {"address": "a@b.fr"}}
    with wallets.writing() as session:
        kept = session.get_one(KeptBadge, 1)
        kept.history, kept.good, kept.good_at, kept.match = before, None, None, None

    with packed(wallets, shelf, holder) as archive:
        (badge,) = json.loads(archive.read("wallet.json"))["badges"]
    assert badge["good"] == before["good"] | {"is_history": True}
    assert (badge["good_at"], badge["match"]) == (before["good_at"], {"address": "a@b.fr", "is_history": True})
    assert badge["history"] == before

    with wallets.writing() as session:
        kept = session.get_one(KeptBadge, 1)
        kept.good, kept.good_at, kept.match = values["badges.good"], NOW, values["badges.match"]
    with packed(wallets, shelf, holder) as archive:
        (badge,) = json.loads(archive.read("wallet.json"))["badges"]
    assert badge["good"] == values["badges.good"], "one's own, and no older one"
    assert badge["match"] == values["badges.match"]


@pytest.mark.postgresql
def test_while_a_return_goes_on_nothing_that_the_holder_wrote_is_in_it(wallets: Database, shelf: FileStore) -> None:
    holder, values = filled(wallets, shelf)
    until = NOW + timedelta(hours=72)
    with wallets.writing() as session:
        returns = tables.metadata.tables["returns"]
        session.execute(returns.update().values(stopped_at=None, entered_at=NOW, ends_at=until))
        session.execute(
            tables.metadata.tables["badges"].update().values(history={"match": {"address": "h@exemple.fr"}})
        )
    written = [values[f"{table}.{column}"] for table, columns in WRITTEN.items() for column in columns]
    words = [word["address"] if isinstance(word, dict) else word for word in written] + ["h@exemple.fr"]
    words += [values[name] for name in ("addresses.written", "answers.text", "attachments.name", "attachments.address")]

    with packed(wallets, shelf, holder) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
        wallet = json.loads(archive.read("wallet.json"))
    assert [word for word in words if word.encode() in everything] == []
    assert (wallet["left_out_until"], wallet["evidence"]) == (until.isoformat(), [])
    assert "Vos textes et vos adresses n’y sont pas." in everything.decode(errors="replace")

    with packed(wallets, shelf, holder, until) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert [word for word in words if word.encode() not in everything] == []


def test_pictures_within_a_badge_are_not_told_twice(wallets: Database, shelf: FileStore) -> None:
    holder, _ = filled(wallets, shelf)
    with wallets.writing() as session:
        kept = session.get_one(KeptBadge, 1)
        kept.read = kept.read | {"image": {"id": "data:image/png;base64,iVBORw0KGgo=", "caption": ""}}

    with packed(wallets, shelf, holder) as archive:
        (badge,) = json.loads(archive.read("wallet.json"))["badges"]

    assert badge["read"]["image"]["id"] == "data:image/png;base64,"


def test_the_schema_goes_with_the_wallet() -> None:
    assert json.loads(archive_schema())["properties"]["version"] == {
        "description": "Of this format.",
        "const": 1,
    }
