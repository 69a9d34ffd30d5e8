"""Who leaves is gone: a text in every field and file of theirs is nowhere afterwards, and no backup brings it back.

Over the network, against `wallet serve`: the database, its log and its shared memory, the files and their drafts, the
keys, the ledger, the temporary folder and what the process said are all below the server's folder.
"""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.fixtures.canary import CANARY, NAMING, Planter, count, hits
from tests.fixtures.filled import belonging
from tests.fixtures.patience import until
from tests.fixtures.postgres import programs
from tests.fixtures.server import Server
from tests.fixtures.tables_made import make_tables
from tests.fixtures.traveller import Traveller
from tests.fixtures.visits import AWARDED, ISSUERS_KEY, baked
from wallet.accounts.holders import Device
from wallet.cli import samples
from wallet.storage.database import Database
from wallet.storage.files import open_files

SHORTER = {
    "endorsement_requests": {"language"},
    "holders": {"language"},
    "letters": {"language"},
    "petitions": {"language", "state"},
    "sent_badges": {"version"},
}
"""Fields of a few letters: too short for it."""


class House:
    """A served wallet with everything of it in one folder, and its database wherever it is."""

    def __init__(self, folder: Path, url: str) -> None:
        (folder / "tmp").mkdir()
        self.folder, self.url, self.is_sqlite = folder, url, url.startswith("sqlite")
        self.server = Server(folder, WALLET_DATABASE_URL=url, TMPDIR=str(folder / "tmp"))
        self.server.is_preloaded = True
        self.yesterday = folder.with_name("yesterday")
        self.people: list[Traveller] = []

    def hits(self) -> dict[str, int]:
        """Where the canary is, and how often."""
        found = hits(self.folder)
        if not self.is_sqlite and (number := count(self._dump("--format=plain"))):
            found["pg_dump"] = number
        return found

    def back_up(self) -> None:
        """Copy database and files, as an operator does at night."""
        self.yesterday.mkdir()
        shutil.copytree(self.folder / "var/files", self.yesterday / "files")
        if self.is_sqlite:
            for path in (self.folder / "var").glob("wallet.sqlite3*"):
                shutil.copy(path, self.yesterday)
        else:
            (self.yesterday / "dump").write_bytes(self._dump("--format=custom"))

    def bring_back(self) -> None:
        """Put yesterday's copy in the place of what is there."""
        shutil.rmtree(self.folder / "var/files")
        shutil.copytree(self.yesterday / "files", self.folder / "var/files")
        if self.is_sqlite:
            for path in (self.folder / "var").glob("wallet.sqlite3*"):
                path.unlink()
            for path in self.yesterday.glob("wallet.sqlite3*"):
                shutil.copy(path, self.folder / "var")
            return
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        restore = [self._program("pg_restore"), "--dbname", self.url, self.yesterday / "dump"]
        subprocess.run(restore, check=False, capture_output=True)  # it minds that there is a schema already

    def _dump(self, form: str) -> bytes:
        return subprocess.run([self._program("pg_dump"), form, self.url], check=True, capture_output=True).stdout

    @staticmethod
    def _program(name: str) -> Path:
        folder = programs()
        assert folder is not None
        return folder / name


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Iterator[House]:
    folder = tmp_path / "served"
    folder.mkdir()
    url = database_url
    if make_url(url).get_backend_name() == "sqlite":
        (folder / "var").mkdir()
        url = f"sqlite:///{folder}/var/wallet.sqlite3"
        make_tables(Database(url))
    services = House(folder, url)
    services.server.start()
    yield services
    for person in services.people:
        person.close()
    services.server.stop()


def badge(name: str) -> bytes:
    """A signed badge of that name in a picture."""
    sample = replace(samples.samples()[0], name=name)
    return baked(samples.make_badge(sample, ISSUERS_KEY, AWARDED).encode())


OF_BOTH = badge("Communiquer")


def comes(services: House, *files: tuple[str, bytes]) -> Traveller:
    """Somebody keeps a wallet with these badges."""
    person = Traveller(services.server)
    services.people.append(person)
    assert person.brings(*files).status_code in {200, 303}
    person.makes_a_key()
    return person


def plant(services: House, maria: Traveller) -> Planter:
    """The canary in all that is Maria's."""
    database = Database(services.url)
    with database.reading() as session:
        [holder_id] = [
            device.holder_id for device in session.query(Device) if bytes(device.token_hash) == maria.token_hash
        ]
    planter = Planter(database, open_files(f"file://{services.folder}/var/files"), holder_id, maria.token_hash)
    planter.plant()
    database.close()
    return planter


def is_whole(youssef: Traveller) -> bool:
    """Youssef has his badge, its picture, and the very file."""
    page = youssef.get("/badges").text
    [id] = {part.partition("/")[0].partition('"')[0] for part in page.split('href="/badges/')[1:]} - {"new"}
    pictures = youssef.get(f"/badges/{id}/picture").status_code
    return pictures == 200 and youssef.get(f"/badges/{id}/document").content == OF_BOTH


def text_fields() -> dict[str, set[str]]:
    """Every field of text, JSON or bytes of the tables that belong to a holder."""
    return {
        table.name: {
            column.name
            for column in table.columns
            if column.type.python_type in {str, bytes, dict, list} and not column.foreign_keys
        }
        - SHORTER.get(table.name, set())
        - NAMING.get(table.name, set())
        for table in belonging()
    }


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_nothing_of_who_leaves_stays_and_no_backup_brings_it_back(services: House):
    youssef = comes(services, ("communiquer.png", OF_BOTH))
    maria = comes(services, ("communiquer.png", OF_BOTH), ("canary.png", badge(CANARY)))
    planted = plant(services, maria)
    # It grows with the tables; else finding nothing afterwards would say nothing.
    assert {name: fields for name, fields in text_fields().items() if fields - planted.fields[name]} == {}
    before = services.hits()
    assert len([name for name in before if "files" in name]) == 11
    assert sum(before.values()) > 30
    services.server.stop()
    services.back_up()
    services.server.start()

    answer = maria.post("/erasure")

    assert (answer.status_code, answer.headers["location"]) == (303, "/erased")
    until(lambda: services.hits() == {})  # where a round of the server's own reads for seconds, the next one ends it
    assert maria.get("/badges").headers["location"] == "/"
    assert is_whole(youssef)

    services.server.stop()
    services.bring_back()
    assert sum(services.hits().values()) > 30
    services.server.start()

    assert services.hits() == {}
    assert is_whole(youssef)
