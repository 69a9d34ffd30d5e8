"""The first thing that runs in a bounded child: it gives up what looking does not need, then becomes the program.

Started by `children` and by nobody else: `python -I -S bounds.py MEMORY SECONDS ANSWER FOLDERS PROGRAM WORD…`, without
site-packages; FOLDERS, joined by `:`, hold the few packages of PROGRAM, which is a file or a folder with a `__main__`.
It imports nothing of the wallet.
Rule: it is all given up before a line of the program is read.
"""

import resource
import runpy
import sys


def bound(memory: int, seconds: int, answer: int) -> None:
    """Give up, for good, all but *memory* bytes, *seconds* of a processor, and *answer* bytes of any file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (answer, answer))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))


def main(memory: str, seconds: str, answer: str, folders: str, program: str, *words: str) -> None:
    """Bound this process and run *program* in it, with *words* as its arguments."""
    bound(int(memory), int(seconds), int(answer))
    folder, _, name = program.rpartition("/")
    # The standard library comes first, the program's own folder last: nothing in them can stand for another module.
    sys.path[:] = [*sys.path, *folders.split(":"), folder]
    sys.argv = [program, *words]
    runpy.run_module(name.removesuffix(".py"), run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
