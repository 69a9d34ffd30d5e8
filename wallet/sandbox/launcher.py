"""The first thing that runs in a bounded child: it gives up what looking does not need, then becomes the program.

Started by `children` and by nobody else: `python -I -S sandbox/launcher.py MEMORY SECONDS ANSWER THREADS WALL READABLE FOLDERS
PROGRAM WORD…`, without site-packages. THREADS is `yes` where it may start some; WALL is `around` where bubblewrap stands
around it already, `needed` where it must confine itself or end, `best` where it confines itself as well as it can;
READABLE, joined by `:`, is what may be read then; FOLDERS, too, hold the few packages of PROGRAM, which is a file or a
folder with a `__main__`. It imports nothing of the wallet.
Rule: it is all given up before a line of the program is read.
"""

import os
import resource
import runpy
import sys
from importlib.util import module_from_spec, spec_from_file_location


def bound(memory: int, seconds: int, answer: int, *, threaded: bool) -> None:
    """Give up, for good, all but *memory* bytes, *seconds* of a processor, and *answer* bytes of any file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (answer, answer))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    if not threaded:  # it counts threads as well; root is not held by it
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def confine(readable: list[str], listed: list[str], *, threaded: bool, needed: bool) -> None:
    """Give up files, network and other processes (sandbox/confinement.py); end where that is *needed* and cannot be."""
    spec = spec_from_file_location("confinement", f"{os.path.dirname(__file__)}/confinement.py")  # noqa: PTH120 — as there
    assert spec and spec.loader  # noqa: S101, PT018 — it is a file of ours
    confinement = module_from_spec(spec)
    spec.loader.exec_module(confinement)
    lacks = confinement.confine(readable, listed, threaded=threaded)
    if needed and lacks:
        sys.exit(f"not confined: {', '.join(lacks)}")


def main(limits: list[str], threads: str, wall: str, readable: str, folders: str, program: str, *words: str) -> None:
    """Bound this process and run *program* in it, with *words* as its arguments."""
    folder, _, name = program.rpartition("/")
    places = [*filter(None, folders.split(":")), folder]
    memory, seconds, answer = map(int, limits)
    bound(memory, seconds, answer, threaded=threads == "yes")
    if wall != "around":
        # An import looks for the name first: the names in these folders may be read.
        confine(readable.split(":"), places, threaded=threads == "yes", needed=wall == "needed")
    # The standard library comes first, the program's own folder last: nothing in them can stand for another module.
    sys.path[:] = [*sys.path, *places]
    sys.argv = [program, *words]
    runpy.run_module(name.removesuffix(".py"), run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:4], *sys.argv[4:])
