"""Whoever opens a share stays unseen: over the network, against `wallet serve`, their address and their browser are
nowhere below the server's folder afterwards, neither in the database and its log of writes nor in what the process said.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from sqlalchemy.engine import make_url

from tests.fixtures.quantity import here_and_in_soak
from tests.fixtures.server import Server
from tests.fixtures.tables_made import make_tables
from tests.fixtures.traveller import Traveller
from tests.fixtures.visits import signed
from wallet.operations.all_tables import metadata
from wallet.storage.database import Database

ADDRESSES = ("198.51.100.177", "2001:db8:77:77::177")
NETWORKS = ("198.51.100.", "2001:db8:77")
AGENT = "Mozilla/5.0 (Linux; Android 13; CanariDeNormandie 7) Chrome/124.0.0.0 Mobile Safari/537.36"
WORDS = ("CanariDeNormandie", "Mozilla/5.0")


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[Server]:
    """A wallet behind a proxy of its own, whose word about who asks is taken."""
    folder = tmp_path / "served"
    folder.mkdir()
    is_sqlite = make_url(database_url).get_backend_name() == "sqlite"
    url = f"sqlite:///{folder}/wallet.sqlite3" if is_sqlite else database_url
    if is_sqlite:
        make_tables(Database(url))
    server = Server(folder, WALLET_DATABASE_URL=url, WALLET_PROXIES="127.0.0.1 ::1")
    server.is_preloaded = True
    server.start()
    yield server
    server.stop()


def whatever_stays(server: Server) -> bytes:
    """All files of the server, what it said among them, and every row of every table."""
    files = b"".join(path.read_bytes() for path in server.folder.rglob("*") if path.is_file())
    database = Database(server.settings["WALLET_DATABASE_URL"])
    with database.reading() as session:
        rows = [repr(tuple(row)) for table in metadata.sorted_tables for row in session.execute(table.select())]
    database.close()
    return files + "".join(rows).encode()


def opens(link: str, code: str, address: str) -> list[int]:
    """Somebody at *address* looks at all there is, has it counted, types wrong codes, and gets lost."""
    told = {"X-Forwarded-For": address, "User-Agent": AGENT, "Sec-Fetch-Site": "same-origin"}
    with httpx2.Client(headers=told, trust_env=False, timeout=60) as somebody:
        origin, token = link.split("/s/")
        tried = [
            somebody.get(f"{link}{below}") for below in ("", "?lang=en", "/pictures/0", "/files/0", "/qr.svg", "/none")
        ]
        tried += [somebody.post(f"{origin}/openings", data={"token": token}), somebody.get(f"{origin}/s/nothing")]
        tried += [somebody.post(link, data={"code": typed}) for typed in ("", "12", *([code] if code else []))]
        return [answer.status_code for answer in tried]


@pytest.mark.parametrize("database_url", here_and_in_soak("sqlite", "postgresql"), indirect=True)
def test_neither_address_nor_browser_of_whoever_opens_it_stays_anywhere(served: Server) -> None:
    with Traveller(served) as maria:
        maria.brings(("badge.json", signed()))
        maria.makes_a_key()
        (badge,) = set(re.findall(r'/badges/(\d+)["/]', maria.get("/badges").text))
        plain, coded = (shows(maria, badge, **more) for more in ({}, {"code": "yes"}))

    for address in ADDRESSES:
        assert opens(plain, "", address) == [200, 200, 200, 200, 200, 404, 204, 404, 200, 200]
        answers = opens(coded, "000000", address)
        assert answers[:8] == [200, 200, 404, 404, 404, 404, 204, 404]
        assert set(answers[8:]) <= {422, 200}
    served.stop()

    kept = whatever_stays(served)
    assert b"Communiquer" in kept
    assert [word for word in (*ADDRESSES, *NETWORKS, *WORDS) if word.encode() in kept] == []


def shows(person: Traveller, badge: str, **more: str) -> str:
    """The link of a share of *badge*."""
    made = person.post("/shares", data={"badge": badge, "days": "7", **more})
    assert made.status_code == 303
    found = re.search(r"http://localhost:\d+/s/[0-9A-Z]{26}", person.get(made.headers["location"]).text)
    assert found is not None
    return found[0]
