"""The bounded child: a program of ours that looks at what a stranger sent, so that this process never has to.

Rule 1: it has little memory and little time (sandbox/launcher.py), and where bubblewrap works it sees an empty machine: an
interpreter, the few packages that it was given, and nothing of ours (docs/decisions.md 10). Elsewhere it may read these and
nothing else, and has no network and no other process, by Landlock and seccomp (sandbox/confinement.py).
Rule 2: it may die, hang or lie. What it answers is bytes of a stranger, too; whatever goes wrong is NoAnswer.
"""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer
from typing import Any, Literal

from .. import monitoring
from ..concurrency import FairTurns

AT_ONCE = FairTurns(2)
"""Two children at a time, of all kinds: the others wait, so that strangers' files never take the whole machine, and whoever
comes alone does not wait behind all the files of one network."""
PATIENCE = 30.0
"""Seconds that a question waits for its turn."""
TRIAL = 10.0
"""Seconds in which it shows whether a wall stands."""
TOO_BUSY = "The machine is too busy to try the wall around strangers' files"
MEMORY = 512 * 1024 * 1024
SECONDS = 5
"""Of a processor."""
BOUNDS = Path(__file__).with_name("launcher.py")
CONFINEMENT = Path(__file__).with_name("confinement.py")
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/usr/share/fonts")
"""What an interpreter is linked with, and the fonts of an SVG's words."""


class NoAnswer(Exception):
    """The child gave no answer that can be used.

    NoAnswer
    + ChildBusy   it was not even started: too many others were
    """


class ChildBusy(NoAnswer):
    """It was not even started."""


class NoSandbox(Exception):
    """Nothing stands around strangers' files here, in a sentence for the operator."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wall:
    """What stands around a bounded child on this machine."""

    kind: Literal["bubblewrap", "kernel", "none", "untried"]
    """`kernel` is Landlock and seccomp; `untried`: for now nobody can tell."""
    lacks: tuple[str, ...] = ()
    """Of `none`: what the kernel lacks, or what stays open in spite of all."""

    def __str__(self) -> str:
        match self.kind:
            case "bubblewrap":
                return "Strangers' files are opened behind bubblewrap."
            case "kernel":
                return "Strangers' files are opened behind Landlock and seccomp: bubblewrap does not work here."
            case "untried":
                return f"{TOO_BUSY}: it is tried again when one comes."
            case _:
                return (
                    "Strangers' files are opened behind no wall: bubblewrap does not work here, and of Landlock and"
                    f" seccomp there lacks: {', '.join(self.lacks)}. SVG pictures are not drawn."
                )


@dataclass(frozen=True, kw_only=True, slots=True)
class Child:
    """One kind of bounded child: bytes on stdin, bytes on stdout, and nothing else in the world."""

    program: Path
    """A file, or a folder with a `__main__`."""
    packages: tuple[str, ...]
    """What it may import beside the standard library."""
    answer: int
    """Bytes that it may answer at most."""
    time: float = 10.0
    """Seconds that it may live."""
    threaded: bool = False
    """Whether it may start threads."""
    turns: FairTurns | None = field(default=None, compare=False)
    """Its own, where it opens nothing of a stranger's and nobody's files should wait for it; None for those of all."""

    def ask(self, content: bytes, *words: str) -> bytes:
        """What a new child answers to *content*, with *words* as its arguments; raises NoAnswer, of its family."""
        turns = self.turns or AT_ONCE
        turn = turns.begin(PATIENCE)
        if turn is None:
            monitoring.count("children", "busy")
            raise ChildBusy
        outcome = "failed"
        try:
            answer, outcome = self._run(content, words), "done"
            return answer
        except OSError:  # no room for another process, or for its answer
            outcome = "busy"
            raise ChildBusy from None
        finally:
            turns.end(turn)
            monitoring.count("children", outcome)

    def tell(self, content: bytes, *words: str) -> tuple[dict[str, Any], bytes]:
        """What it tells in the one line of JSON with which its answer begins, and what follows that; raises as `ask`.

        A stranger may be speaking through it: what stands in the object is the caller's to doubt.
        """
        line, _, rest = self.ask(content, *words).partition(b"\n")
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            raise NoAnswer("it answers nonsense") from None
        if not isinstance(told, dict):
            raise NoAnswer("it answers nonsense")
        return told, rest

    def _run(self, content: bytes, words: tuple[str, ...]) -> bytes:
        # The answer goes to a file: a child that answers without end meets its own limit, not our memory.
        with TemporaryFile() as answer:
            child = subprocess.Popen(  # noqa: S603 — the stranger's part goes to stdin
                self._command(words),
                stdin=subprocess.PIPE,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={"PATH": ""},  # nobody in there finds another program to start
                start_new_session=True,
            )
            assert child.stdin  # noqa: S101 — it was started with one
            try:
                with killed_after(self.time, partial(_kill_all, child)):
                    with suppress(BrokenPipeError), child.stdin:  # it does not listen, or not to the end
                        child.stdin.write(content)
                    # Its end is waited for and it stays where it is: until it is let go, nobody else has its number.
                    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
            finally:
                _kill_all(child)
                child.wait()
                child.stdin.close()
            if child.returncode != 0:
                raise NoAnswer(f"it ended with {child.returncode}")
            answer.seek(0)
            return answer.read(self.answer)

    def _command(self, words: tuple[str, ...]) -> list[str]:
        limits = [str(MEMORY), str(SECONDS), str(self.answer), "yes" if self.threaded else "no"]
        folders = ":".join(dict.fromkeys(str(Path(place).parent) for place in self._places()))
        started, known = [_interpreter(), "-I", "-S", str(BOUNDS), *limits], [str(self.program), *self._places()]
        kind = find_wall().kind
        if kind == "bubblewrap":
            return [
                *bubblewrap_command([str(BOUNDS), *known]),
                *started,
                "around",
                "",
                folders,
                str(self.program),
                *words,
            ]
        needs = "needed" if kind == "kernel" else "best"
        return [*started, needs, ":".join([*program_code(), *known]), folders, str(self.program), *words]

    def _places(self) -> list[str]:
        return [place for package in self.packages for place in _places(package)]


@contextmanager
def killed_after(seconds: float, kill: Callable[[], object]) -> Iterator[None]:
    """What goes on in here is ended by *kill* after *seconds*. Raises OSError where there is no room for the thread that does so.

    Waiting for a child with a limit of time is to look at it again and again, for up to 50 ms after it is done.
    """
    end = Timer(seconds, kill)
    try:
        end.start()
    except RuntimeError as problem:  # as threading says it
        raise OSError(errno.EAGAIN, str(problem)) from None
    try:
        yield
    finally:
        end.cancel()
        end.join()


def _kill_all(child: "subprocess.Popen[bytes]") -> None:
    """End *child* and whomever it started; it must not have been waited for."""
    if child.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)


def is_walled() -> bool:
    """Whether a wall stands; False for now where the machine is too busy to tell."""
    return find_wall().kind in {"bubblewrap", "kernel"}


def make_announced(*, required: bool) -> str:
    """Which wall stands, in a sentence for the operator; raises NoSandbox where one is *required* and none does."""
    found = find_wall()
    if required and found.kind == "untried":
        raise NoSandbox(f"{TOO_BUSY}: start it again.")
    if required and found.kind == "none":
        raise NoSandbox(
            f"{found} WALLET_SANDBOX=required forbids that: allow bubblewrap here, or leave the setting out."
        )
    return str(found)


def find_wall() -> Wall:
    """Which wall stands; each is tried once, or again the next time where the machine was too busy to tell."""
    try:
        return Wall(kind="bubblewrap") if bubblewrap_works() else kernel_wall()
    except subprocess.TimeoutExpired:
        return Wall(kind="untried")


@cache
def bubblewrap_works() -> bool:
    """Whether bubblewrap is here and can close a child in, tried once; raises TimeoutExpired, and is tried again then."""
    if not _bubblewrap():
        return False
    command = [*bubblewrap_command([]), _interpreter(), "-I", "-S", "-c", "import json, resource, xml.parsers.expat"]
    try:
        return subprocess.run(command, env={}, capture_output=True, timeout=TRIAL, check=False).returncode == 0  # noqa: S603 — all ours
    except OSError:
        return False


@cache
def kernel_wall() -> Wall:
    """Whether Landlock and seccomp close a child in, tried once by one that tries to get out; raises TimeoutExpired."""
    command = [_interpreter(), "-I", "-S", str(CONFINEMENT), ":".join(program_code())]
    try:
        tried = subprocess.run(command, env={}, cwd="/", capture_output=True, timeout=TRIAL, check=True)  # noqa: S603 — all ours
        answer = json.loads(tried.stdout)
    except (OSError, subprocess.CalledProcessError, ValueError):
        return Wall(kind="none", lacks=("an interpreter that works behind them",))
    lacks = (*answer["lacks"], *(f"what refuses {what}" for what in answer["open"] if not answer["lacks"]))
    return Wall(kind="none", lacks=lacks) if lacks else Wall(kind="kernel")


def program_code() -> list[str]:
    """What an interpreter needs: it, its library, and what they are linked with."""
    return sorted({*LIBRARIES, str(Path(sys.base_prefix) / "lib"), sysconfig.get_path("stdlib"), _interpreter()})


def bubblewrap_command(places: Iterable[str]) -> list[str]:
    """The command of bubblewrap: an empty root, read-only, with what an interpreter needs and *places*; no network,
    no rights.
    """
    alone = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    read_only = [word for path in (*program_code(), *places) for word in ("--ro-bind-try", path, path)]
    return [_bubblewrap(), *alone, *read_only, "--chdir", "/"]


def _bubblewrap() -> str:
    return shutil.which("bwrap") or ""


def _interpreter() -> str:
    """The interpreter itself: the one of a virtual environment is a link that the child would not find."""
    return os.path.realpath(sys.executable)


@cache
def _places(package: str) -> tuple[str, ...]:
    """Where *package* stands, a folder or a file, and the libraries that its wheel brings along; () when it is not."""
    spec = find_spec(package)
    if spec is None:
        return ()
    place = Path(next(iter(spec.submodule_search_locations or ()), spec.origin or ""))
    libraries = place.with_name("pillow.libs" if package == "PIL" else f"{package}.libs")
    return str(place), str(libraries)
