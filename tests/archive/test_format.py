"""An archive holds every column of every table that belongs to a holder, or says why not: read off the tables themselves.

A table or a column that comes later makes these tests fail until it has its place in archive/format.py and in the schema.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table

from tests.fixtures.examined import NOW, named
from tests.fixtures.filled import BADGE_FILES, at, belonging, examination, filled, packed
from tests.openbadges.support.others import ask, needs_npm
from wallet.archive import export_rows
from wallet.archive.format import ELSEWHERE, LEFT_OUT, MEMBERS, WHERE, WRITTEN, archive_schema
from wallet.badges.badges import _plain
from wallet.badges.models import KeptBadge
from wallet.operations import all_tables
from wallet.storage.database import Database
from wallet.storage.files import FileStore, open_files

MEMBERS_LATER = {"evidence", "platforms"}
"""Members of wallet.json that older archives do not have."""
CAME_LATER = {"purpose", "told", "openings", "exhibits", "changed_at", "editions", "counted"}
"""Members of a share and of a badge that older archives do not have: the format is the same, for old readers and new ones."""


def faults(metadata: MetaData) -> list[str]:
    """What of the tables has no place, or two; and what of the lists is of no table."""
    there = [f"{table.name}.{column.name}" for table in belonging(metadata) for column in table.columns]
    listed = [*(f"{table}.{column}" for table, columns in MEMBERS.items() for column in columns), *ELSEWHERE, *LEFT_OUT]
    return [f"{name} has {listed.count(name)} places" for name in there if listed.count(name) != 1] + [
        f"{name} is in no table" for name in listed if name not in there
    ]


def test_every_column_of_a_holder_has_one_place_or_one_reason() -> None:
    assert faults(all_tables.metadata) == []
    assert all(len(reason) > 20 for reason in LEFT_OUT.values())


@pytest.mark.breadth
def test_a_table_and_a_column_that_come_later_are_missed() -> None:
    later = MetaData()
    for table in all_tables.metadata.sorted_tables:
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


@pytest.mark.postgresql
@pytest.mark.breadth
def test_every_value_that_a_holder_has_is_in_the_archive_where_it_is_said_to_be(
    wallets: Database, shelf: FileStore
) -> None:
    holder, values = filled(wallets, shelf)

    with packed(wallets, shelf, holder) as archive:
        wallet = json.loads(archive.read("wallet.json"))

        lost = [
            f"{table}.{column}"
            for table, columns in MEMBERS.items()
            for column in columns
            if at(wallet, WHERE[table])[column] != export_rows._plain(_plain(values[f"{table}.{column}"]))
        ]
        assert lost == []
        for name in (*BADGE_FILES, "attachments.file"):
            assert archive.read(at(wallet, ELSEWHERE[name])) == f"canary-{name.replace('.', '-')}".encode()
        assert wallet["shares"][0]["badges"] == wallet["evidence"][0]["badges"] == [0]
        assert wallet["shares"][0]["told"] == [values["shown_badges.told"]]
        answers = (f"canary-badges-{told}" for told in ("examination", "good", "history", "own_contexts"))
        assert wallet["missing"] == sorted(map(named, answers))


@pytest.mark.breadth
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
@pytest.mark.breadth
def test_the_archive_says_what_its_schema_says(wallets: Database, shelf: FileStore) -> None:
    holder, _ = filled(wallets, shelf)
    with packed(wallets, shelf, holder) as archive:
        wallet, schema = (json.loads(archive.read(name)) for name in ("wallet.json", "schema.json"))

    [share], [platform] = wallet["shares"], wallet["platforms"]
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
        wallet | {"platforms": [platform | {"client_mark": "00"}]},
        wallet | {"platforms": [platform | {"stopped_at": "hier"}]},
    ]
    older = wallet | {
        members: [{name: told for name, told in one.items() if name not in CAME_LATER} for one in wallet[members]]
        for members in ("badges", "shares")
    }
    older = {name: told for name, told in older.items() if name not in MEMBERS_LATER}
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
@pytest.mark.breadth(beside=["sqlite"])
def test_while_a_return_goes_on_nothing_that_the_holder_wrote_is_in_it(wallets: Database, shelf: FileStore) -> None:
    holder, values = filled(wallets, shelf)
    until = NOW + timedelta(hours=72)
    with wallets.writing() as session:
        returns = all_tables.metadata.tables["returns"]
        session.execute(returns.update().values(stopped_at=None, entered_at=NOW, ends_at=until))
        session.execute(
            all_tables.metadata.tables["badges"].update().values(history={"match": {"address": "h@exemple.fr"}})
        )
    written = [values[f"{table}.{column}"] for table, columns in WRITTEN.items() for column in columns]
    words = [word["address"] if isinstance(word, dict) else word for word in written] + ["h@exemple.fr"]
    words += [values[name] for name in ("addresses.written", "answers.text", "attachments.name", "attachments.address")]
    words += [values["exhibits.told"]["sentence"], values["endorsements.sentence"], values["messages.text"]]

    with packed(wallets, shelf, holder) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
        wallet = json.loads(archive.read("wallet.json"))
    assert [word for word in words if word.encode() in everything] == []
    assert (wallet["left_out_until"], wallet["evidence"]) == (until.isoformat(), [])
    assert [one["name"] + one["word"] for one in shown(wallet)] == ["", ""]
    assert [one["exhibits"] + one["endorsements"] for one in shown(wallet)] == [[], []], (
        "now, and before it was changed"
    )
    assert "Vos textes et vos adresses n’y sont pas." in everything.decode(errors="replace")

    with packed(wallets, shelf, holder, until) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
        wallet = json.loads(archive.read("wallet.json"))
    assert [word for word in words if word.encode() not in everything] == []
    told = [told for one in shown(wallet) for told in one["exhibits"] + one["endorsements"]]
    assert [one["place"] for one in told] == [0] * 4, "where the badge stands that each of them went with"


def shown(wallet: Any) -> list[Any]:
    """What the only share shows, and what it showed before."""
    [share] = wallet["shares"]
    return [share, *share["editions"]]


def test_pictures_within_a_badge_are_not_told_twice(wallets: Database, shelf: FileStore) -> None:
    holder, _ = filled(wallets, shelf)
    with wallets.writing() as session:
        kept = session.get_one(KeptBadge, 1)
        kept.read = kept.read | {"image": {"id": "data:image/png;base64,iVBORw0KGgo=", "caption": ""}}
        kept.read |= {"images": ["data:image/webp;base64,UklGRg==", "https://issuer.example/a.png"]}

    with packed(wallets, shelf, holder) as archive:
        (badge,) = json.loads(archive.read("wallet.json"))["badges"]

    assert badge["read"]["image"]["id"] == "data:image/png;base64,"
    assert badge["read"]["images"] == ["data:image/webp;base64,", "https://issuer.example/a.png"]


def test_the_schema_goes_with_the_wallet() -> None:
    assert json.loads(archive_schema())["properties"]["version"] == {
        "description": "Of this format.",
        "const": 1,
    }
