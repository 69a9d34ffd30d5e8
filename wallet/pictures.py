"""Our own copies of the pictures in badges, drawn anew by a bounded child (drawing.py).

Rule 1: no picture of a stranger is decoded in this process. The child has little memory and little time, and where
bubblewrap works it sees an empty machine: an interpreter, Pillow, resvg, and nothing of ours (decisions.md, 10).
Rule 2: whatever goes wrong in there is None here, and a drawn placeholder stands on the page.
Rule 3: an SVG is drawn under bubblewrap or not at all.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from threading import BoundedSemaphore

BIGGEST = 5 * 1024 * 1024
"""Bytes of a picture that is drawn."""
ANSWER = 64 * 1024
"""Bytes that the child may answer."""
AT_ONCE = BoundedSemaphore(2)
"""Two children at a time: the others wait, so that pictures never take the whole machine."""
PATIENCE = 30.0
"""Seconds that a picture waits for its turn."""
TIME = 10.0
"""Seconds that a child may live."""
DRAWING = Path(__file__).with_name("drawing.py")
PACKAGES = ("PIL", "resvg_py")
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/usr/share/fonts")
"""What an interpreter is linked with, and the fonts of an SVG's words."""
RASTERS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture that can be shown: WebP of 30 KB at most, no side longer than 384 pixels."""

    content: bytes
    width: int
    height: int
    transparent: bool
    """Whether something shines through: such a picture needs a plate behind it."""


def draw(content: bytes) -> Picture | None:
    """Our own copy of the picture *content*, PNG, JPEG, WebP, GIF or SVG; None when it cannot be drawn safely."""
    kind = sniff(content)
    if kind is None or len(content) > BIGGEST or (kind == "svg" and not is_walled()):
        return None
    if not AT_ONCE.acquire(timeout=PATIENCE):
        return None
    try:
        answer = _run_child(content, kind)
    finally:
        AT_ONCE.release()
    return _read(answer) if answer is not None else None


def sniff(content: bytes) -> str | None:
    """`raster` or `svg`, by the first bytes and nothing else; None for what is not drawn."""
    if content.startswith(RASTERS) or (content.startswith(b"RIFF") and content[8:12] == b"WEBP"):
        return "raster"
    start = content[: 64 * 1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    return "svg" if start.startswith(b"<") and b"<svg" in start else None


@cache
def is_walled() -> bool:
    """Whether bubblewrap is here and can close a child in."""
    if not _bubblewrap():
        return False
    command = [*_wall(), _interpreter(), "-I", "-S", "-c", "import json, resource, xml.parsers.expat"]
    try:
        tried = subprocess.run(command, env={}, capture_output=True, timeout=TIME, check=False)  # noqa: S603 — all ours
        return tried.returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _run_child(content: bytes, kind: str) -> bytes | None:
    command = [_interpreter(), "-I", "-S", str(DRAWING), *_folders(), *(["svg"] if kind == "svg" else [])]
    if is_walled():
        command = [*_wall(), *command]
    # The answer goes to a file: a child that answers without end meets its own limit, not our memory.
    with TemporaryFile() as answer:
        child = subprocess.Popen(  # noqa: S603 — the stranger's part goes to stdin
            command, stdin=subprocess.PIPE, stdout=answer, stderr=subprocess.DEVNULL, env={}, start_new_session=True
        )
        try:
            child.communicate(content, timeout=TIME)
        except subprocess.TimeoutExpired:
            return None
        finally:
            child.kill()
            child.wait()
        answer.seek(0)
        return answer.read(ANSWER) if child.returncode == 0 else None


def _read(answer: bytes) -> Picture | None:
    told, _, content = answer.partition(b"\n")
    try:
        said = json.loads(told)
        picture = Picture(content=content, width=said["width"], height=said["height"], transparent=said["transparent"])
    except (ValueError, KeyError, TypeError):
        return None
    return picture if content.startswith(b"RIFF") and content[8:12] == b"WEBP" else None


def _wall() -> list[str]:
    """The command of bubblewrap: an empty root, read-only, with what an interpreter needs; no network, no rights."""
    command = [_bubblewrap(), "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    stands = {*LIBRARIES, str(Path(sys.base_prefix) / "lib"), sysconfig.get_path("stdlib"), _interpreter()}
    packages = [place for package in PACKAGES for place in _places(package)]
    for path in (*sorted(stands), str(DRAWING), *packages):
        command += ["--ro-bind-try", path, path]
    return [*command, "--chdir", "/"]


def _bubblewrap() -> str:
    return shutil.which("bwrap") or ""


def _interpreter() -> str:
    """The interpreter itself: the one of a virtual environment is a link that the child would not find."""
    return os.path.realpath(sys.executable)


def _folders() -> list[str]:
    return list(dict.fromkeys(str(Path(place).parent) for package in PACKAGES for place in _places(package)))


@cache
def _places(package: str) -> tuple[str, ...]:
    """The folder of *package*, and of the libraries that its wheel brings along."""
    spec = find_spec(package)
    folder = Path(next(iter(spec.submodule_search_locations or ()))) if spec else Path()
    libraries = folder.with_name("pillow.libs" if package == "PIL" else f"{package}.libs")
    return str(folder), str(libraries)
