"""Children that do otherwise than they should: in a file of their own, as each loads the file that it begins in.

To load a file of tests took a child two seconds, with all that tests are made of.
"""

import ctypes
import fcntl
import os
import socket
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from wallet.inspection import isolated
from wallet.inspection.inspection import Task
from wallet.openbadges import DamagedFile, Examination

WORK = isolated._work


def dies_at_once(_parent: object, _seconds: int) -> None:
    """What a child does whose machine has no memory left."""
    os._exit(1)


def reads_nothing(_parent: object, _seconds: int) -> None:
    time.sleep(60)


def feigns_death(_parent: Any, _seconds: int) -> None:
    """It closes all by which one hears of its end, and ends by itself much later."""
    os.closerange(0, 256)
    time.sleep(60)
    os._exit(3)


def says(line: Connection, _seconds: int) -> None:
    """A child that was taken over: it says what lies in the document, and waits to be heard."""
    line.send_bytes(line.recv().document)
    line.poll(30)


assert ctypes  # by which the walls are made (wallet/sandbox/confinement.py): what it loads is code of this process
CODE = {line.split()[4] for line in Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()}
"""The numbers of the files of code of this process: a libffi with static trampolines keeps its own open, to map it once more."""


def is_open(descriptor: int) -> bool:
    """Whether something can be reached by it: nothing can by that of nothing, nor by code that it runs anyhow."""
    with suppress(OSError):
        it = os.fstat(descriptor)
        return it.st_rdev != os.makedev(1, 3) and str(it.st_ino) not in CODE
    return False


def wants_out(task: Task, _allowance: object = None) -> Examination:
    """What an engine does that was taken over by its document: tell what it got, a file, a network, a process."""
    got = []
    line, *others = [one for one in range(256) if is_open(one)]
    for name, way in {
        "file": Path(task.document.decode()).read_bytes,
        "network": socket.socket,
        "process": lambda: os.fork() or os._exit(0),
        "signals": lambda: fcntl.ioctl(line, 0x8901, os.getppid().to_bytes(4, "little")),
        "more": lambda: others,
    }.items():
        with suppress(OSError):
            if way() != []:
                got.append(name)
    raise DamagedFile("damaged", " ".join(got) or "nothing")


def works_taken_over(parent: Any, seconds: int) -> None:
    isolated.examine_here = wants_out  # in the child alone
    WORK(parent, seconds)
