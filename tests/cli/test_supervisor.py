"""Workers do not outlive the process that started them: an orphan would go on serving what an operator thinks has ended."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.durability.servers import Postmaster
from tests.fixtures.patience import eventually
from tests.fixtures.postgres import programs
from tests.fixtures.server import Server

pytestmark = pytest.mark.slow
UNITS = Path(__file__).parents[2] / "deploy/systemd"
"""What an operator copies."""


def workers_of(pid: int) -> list[int]:
    """The children of that process that serve."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid and b"spawn_main" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:  # it has just ended
            continue
    return found


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked for as Linux shows them")
@pytest.mark.breadth
def test_a_worker_that_begins_while_the_database_is_away_ends_no_other_and_all_end_with_their_supervisor(
    tmp_path: Path,
):
    """One runs out of memory while the database is restarted: help is still there, and soon two serve again. Then the supervisor
    is killed."""
    binaries = programs()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed here (Debian package: postgresql)")
    with Postmaster(binaries) as postmaster:
        server = Server(tmp_path, "--workers", "2", WALLET_DATABASE_URL=postmaster.address)
        server.start()
        try:
            assert server.process
            supervisor = server.process.pid
            assert eventually(lambda: server.log.count("Application startup complete.") == 2)
            postmaster.kill()
            os.kill(workers_of(supervisor)[0], signal.SIGKILL)

            def is_tried_again() -> bool:
                return "not yet: " in server.log

            # whoever dies while the supervisor asks how it is, is missed half a minute later
            assert eventually(is_tried_again) or eventually(is_tried_again), server.log
            with urlopen(f"{server.origin}/help") as answer:
                assert answer.status == 200
            postmaster.start()

            assert eventually(lambda: server.log.count("Application startup complete.") == 3)
            assert server.process.poll() is None

            workers = workers_of(supervisor)
            assert len(workers) == 2
            server.process.kill()
            server.process.wait()
            assert eventually(lambda: not any(map(is_running, workers)))
        finally:
            server.kill()


@pytest.mark.breadth
def test_what_the_wallet_makes_is_for_its_owner_alone(tmp_path: Path):
    """Also where the database is in a folder that everybody may look into."""
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    server = Server(tmp_path, WALLET_DATABASE_URL=f"sqlite:///{folder}/wallet.sqlite3")
    server.is_preloaded = True
    server.start()
    try:
        made = [*folder.iterdir(), *(path for path in (tmp_path / "var").rglob("*") if path.is_file())]
        assert {"wallet.sqlite3", "wallet.sqlite3-wal", "keys.json"} <= {path.name for path in made}
        assert {path.name: oct(path.stat().st_mode & 0o077) for path in made if path.stat().st_mode & 0o077} == {}
        assert server.process is not None
        told = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
        assert "Umask:\t0077\n" in told, "so is whatever else it comes to make, by whose code ever"
    finally:
        server.stop()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed here")
def test_systemd_understands_every_line_of_the_units_that_we_ship(tmp_path: Path):
    here = str(Path(sys.executable).with_name("wallet"))
    for path in UNITS.glob("wallet*"):
        unit = path.read_text(encoding="utf-8").replace("/opt/wallet/.venv/bin/wallet", here)
        (tmp_path / path.name.replace("@", "@8000")).write_text(unit, encoding="utf-8")
    units = sorted(tmp_path.glob("wallet*"))
    assert len(units) == 6

    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )

    assert (said.returncode, said.stderr) == (0, "")
