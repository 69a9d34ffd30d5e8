"""A PostgreSQL that is killed with all its children, and started again on what it left."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

from tests.fixtures.ports import free_port
from tests.fixtures.postgres import PATIENCE, SERVER, wait_for

SETTINGS = (
    "fsync=off",
    "max_wal_size=128MB",
    "listen_addresses=127.0.0.1",
    "dynamic_shared_memory_type=mmap",  # whoever is killed leaves it: so it is in a folder that goes
)
"""What a dead process gave to the kernel stays: nothing needs to reach the disk, but all of it must be written."""


class Postmaster:
    """PostgreSQL of *binaries* in a folder of its own; `address` is that of its `postgres` database."""

    def __init__(self, binaries: Path) -> None:
        self.binaries = binaries
        self.as_server = {"user": SERVER, "group": SERVER, "extra_groups": ()} if os.geteuid() == 0 else {}
        self.folder = Path(tempfile.mkdtemp(prefix="wallet-postmaster-"))
        self.port = free_port()
        self.address = f"postgresql://wallet@127.0.0.1:{self.port}/postgres"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Postmaster":
        if self.as_server:
            shutil.chown(self.folder, SERVER, SERVER)
        making = ("-U", "wallet", "--auth=trust", "--encoding=UTF8", "--no-sync")
        command = [self.binaries / "initdb", "-D", self.folder / "data", *making]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **self._options)  # type: ignore[call-overload]
        self.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Returns when it answers."""
        settings = [word for setting in SETTINGS for word in ("-c", setting)]
        command = [self.binaries / "postgres", "-D", self.folder / "data", "-p", str(self.port), "-k", self.folder]
        said = self.folder / "log"
        with said.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *settings], stdout=log, stderr=log, start_new_session=True, **self._options
            )
        wait_for(self.process, self.address, said)

    def kill(self) -> None:
        """The postmaster and all its children, at once."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)  # it starts nobody any more
        # Children lead sessions of their own: they are found by their parent.
        listed = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        for pid in (self.process.pid, *map(int, listed.stdout.split())):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(PATIENCE)
        self.process = None

    @property
    def _options(self) -> dict[str, object]:
        return {"cwd": self.folder, "env": {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}, **self.as_server}
