"""The bounded child: a program of ours that looks at what a stranger sent, so that this process never has to.

Rule 1: it has little memory and little time (bounds.py), and where bubblewrap works it sees an empty machine: an
interpreter, the few packages that it was given, and nothing of ours (decisions.md, 10).
Rule 2: it may die, hang or lie. What it answers is bytes of a stranger, too; whatever goes wrong is NoAnswer.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from threading import BoundedSemaphore, Timer

AT_ONCE = BoundedSemaphore(2)
"""Two children at a time, of all kinds: the others wait, so that strangers' files never take the whole machine."""
PATIENCE = 30.0
"""Seconds that a question waits for its turn."""
TRIAL = 10.0
"""Seconds in which it shows whether bubblewrap works."""
MEMORY = 512 * 1024 * 1024
SECONDS = 5
"""Of a processor."""
BOUNDS = Path(__file__).with_name("bounds.py")
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/usr/share/fonts")
"""What an interpreter is linked with, and the fonts of an SVG's words."""


class NoAnswer(Exception):
    """The child gave no answer that can be used.

    NoAnswer
    + NoTurn     it was not even started: too many others were
    """


class NoTurn(NoAnswer):
    """It was not even started."""


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

    def ask(self, content: bytes, *words: str) -> bytes:
        """What a new child answers to *content*, with *words* as its arguments; raises NoAnswer, of its family."""
        if not AT_ONCE.acquire(timeout=PATIENCE):
            raise NoTurn
        try:
            return self._run(content, words)
        except OSError:  # no room for another process, or for its answer
            raise NoTurn from None
        finally:
            AT_ONCE.release()

    def _run(self, content: bytes, words: tuple[str, ...]) -> bytes:
        # The answer goes to a file: a child that answers without end meets its own limit, not our memory.
        with TemporaryFile() as answer:
            child = subprocess.Popen(  # noqa: S603 — the stranger's part goes to stdin
                self._command(words),
                stdin=subprocess.PIPE,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                env={"PATH": ""},  # nobody in there finds another program to start
                start_new_session=True,
            )
            try:
                with killed_after(self.time, child.kill):
                    child.communicate(content)
            finally:
                child.kill()
                child.wait()
            if child.returncode != 0:
                raise NoAnswer(f"it ended with {child.returncode}")
            answer.seek(0)
            return answer.read(self.answer)

    def _command(self, words: tuple[str, ...]) -> list[str]:
        limits = [str(MEMORY), str(SECONDS), str(self.answer)]
        folders = ":".join(dict.fromkeys(str(Path(place).parent) for place in self._places()))
        command = [_interpreter(), "-I", "-S", str(BOUNDS), *limits, folders, str(self.program), *words]
        return [*wall([str(BOUNDS), str(self.program), *self._places()]), *command] if is_walled() else command

    def _places(self) -> list[str]:
        return [place for package in self.packages for place in _places(package)]


@contextmanager
def killed_after(seconds: float, kill: Callable[[], object]) -> Iterator[None]:
    """What goes on in here is ended by *kill* after *seconds*.

    Waiting for a child with a limit of time is to look at it again and again, for up to 50 ms after it is done.
    """
    end = Timer(seconds, kill)
    end.start()
    try:
        yield
    finally:
        end.cancel()
        end.join()


def is_walled() -> bool:
    """Whether bubblewrap is here and can close a child in; False for now where the machine is too busy to tell."""
    try:
        return holds()
    except subprocess.TimeoutExpired:
        return False


@cache
def holds() -> bool:
    """Whether it does, tried once; raises TimeoutExpired, and is tried again the next time."""
    if not _bubblewrap():
        return False
    command = [*wall([]), _interpreter(), "-I", "-S", "-c", "import json, resource, xml.parsers.expat"]
    try:
        return subprocess.run(command, env={}, capture_output=True, timeout=TRIAL, check=False).returncode == 0  # noqa: S603 — all ours
    except OSError:
        return False


def wall(places: Iterable[str]) -> list[str]:
    """The command of bubblewrap: an empty root, read-only, with what an interpreter needs and *places*; no network,
    no rights.
    """
    command = [_bubblewrap(), "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    stands = {*LIBRARIES, str(Path(sys.base_prefix) / "lib"), sysconfig.get_path("stdlib"), _interpreter()}
    for path in (*sorted(stands), *places):
        command += ["--ro-bind-try", path, path]
    return [*command, "--chdir", "/"]


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
