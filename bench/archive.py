"""How long the archive of a large wallet takes, beside plain zipfile of the same files: `.venv/bin/python bench/archive.py`.

    ours            5,000 badges with their rows, pages, pictures and checksums: gathered, looked at, then sent piece by piece
    first byte      until when nothing is sent: all is looked at before
    plain zipfile   the same files, stored, written into one ZIP that nobody keeps: what nobody can go below with it

Each is done in a process of its own, whose peak of memory is told. The badges are as large as real ones (60 KB); the rows
are copies of one that was truly examined. No target is set and nothing is asserted (docs/security.md K3: 60 s, 400 MB).
"""

import os
import secrets
import subprocess
import sys
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import insert

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from tests.fixtures.visits import baked, holder, signed  # noqa: E402
from wallet.app import create_app, present  # noqa: E402
from wallet.archive import export  # noqa: E402
from wallet.archive.export import ExportOrder  # noqa: E402
from wallet.badges.models import KeptBadge  # noqa: E402
from wallet.settings import Settings  # noqa: E402
from wallet.web.services import Services  # noqa: E402

BADGES = 5000
SIZE = 60_000
"""Bytes of a badge."""


class Sink:
    """A place where nothing stays."""

    def __init__(self) -> None:
        self.length = 0

    def write(self, content: bytes) -> int:
        self.length += len(content)
        return len(content)

    def flush(self) -> None: ...


def wallet_at(folder: Path) -> Any:
    settings = Settings(
        database_url=f"sqlite:///{folder}/wallet.sqlite3", files_url=f"file://{folder}/files", keys=folder / "keys.json"
    )
    return create_app(settings)


def fill(folder: Path) -> None:
    """One holder, one badge that came in by the door, and copies of it with a file each."""
    app = wallet_at(folder)
    services: Services = app.state.services
    services.database.migrate()
    holder(app, ("badge.png", baked(signed())))
    with services.database.reading() as session:
        first = session.get_one(KeptBadge, 1)
        row = {
            column.name: getattr(first, column.name) for column in KeptBadge.__table__.columns if column.name != "id"
        }
    with ThreadPoolExecutor(16) as together:  # each waits for the disk
        names = list(
            together.map(lambda size: services.files.keep(secrets.token_bytes(size)), [SIZE, SIZE // 5] * BADGES)
        )
    copies = [
        row | {"identity": secrets.token_hex(32), "document": document, "picture": picture}
        for document, picture in zip(names[2::2], names[3::2], strict=True)
    ]
    with services.database.writing() as session:
        session.execute(insert(KeptBadge), copies)
    services.database.close()


def ours(folder: Path) -> None:
    services: Services = wallet_at(folder).state.services
    before, began = peak(), perf_counter()
    order = ExportOrder(
        holder_id=1, language="fr", origin="https://b.fr", schema_address="https://b.fr/s", now=present()
    )
    packed = export.export_wallet(services.database, services.files, services.pages, order)
    looked = perf_counter() - began
    length = sum(len(piece) for piece in packed.pieces())
    told("ours", length, perf_counter() - began, before, f"first byte after {looked:.1f} s, {packed.length == length}")


def plain(folder: Path) -> None:
    names = sorted(path for path in (folder / "files").rglob("*") if path.is_file())
    before, began, sink = peak(), perf_counter(), Sink()
    with zipfile.ZipFile(sink, "w") as archive:  # type: ignore[arg-type]  # it needs no more than to write
        for path in names:
            archive.writestr(path.name, path.read_bytes())
    told("plain zipfile", sink.length, perf_counter() - began, before, f"{len(names)} files")


def peak() -> int:
    """The most memory that this process has had, in MB. Source: proc(5), VmHWM; that of getrusage begins with the parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def told(name: str, length: int, seconds: float, before: int, more: str) -> None:
    rate = length / seconds / 1e6
    print(
        f"{name:15} {seconds:6.1f} s  {length / 1e6:6.0f} MB  {rate:6.1f} MB/s  peak {peak()} MB ({before} MB before)  {more}"
    )


def main() -> None:
    if len(sys.argv) > 1:
        {"ours": ours, "plain": plain}[sys.argv[1]](Path(sys.argv[2]))
        return
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M}  {BADGES} badges of {SIZE} bytes, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder))
        for who in ("plain", "ours", "plain", "ours"):
            subprocess.run([sys.executable, __file__, who, folder], check=True)


if __name__ == "__main__":
    main()
