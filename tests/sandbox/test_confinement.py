"""Without bubblewrap: what a child gives up by Landlock and seccomp, tried by one that wants out, as root and as nobody."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from tests.fixtures import carriers
from tests.fixtures.photos import photo
from tests.fixtures.recordings import webm
from tests.fixtures.walls import as_nobody
from tests.sandbox.test_pictures import canary, opened, svg, written
from wallet.app import from_environment
from wallet.cli.commands import main
from wallet.evidence import attachments
from wallet.inspection import unpacking
from wallet.sandbox import child as children
from wallet.sandbox import confinement, pictures
from wallet.sandbox.child import Child, NoAnswer, NoSandbox, Wall

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).parents[2]
BADGE = b'{"@context": "https://w3id.org/openbadges/v2", "type": "Assertion", "id": "https://a.example/1"}'
WANTS_OUT = """
import ctypes, fcntl, json, os, socket, sys
secret, port, victim = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
kernel = ctypes.CDLL(None, use_errno=True)
def ask(number, *words):
    if kernel.syscall(number, *words) == -1:
        raise OSError(ctypes.get_errno(), "refused")
def starts():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
def becomes():
    try:
        os.execv("/no/such/program", ["x"])
    except FileNotFoundError:
        pass  # it was looked for
def owns(request):
    try:
        line = socket.socketpair()[0].detach()
    except PermissionError:
        line = 0  # where the request is not refused it answers that this is no socket
    fcntl.ioctl(line, request, victim.to_bytes(4, "little"))
ways = {
    "reads a secret": lambda: open(secret).read(),
    "reads who else is there": lambda: open(f"/proc/{victim}/status").read(),
    "writes": lambda: open(secret + ".new", "w").close(),
    "opens a secret to the world": lambda: os.chmod(secret, 0o666),
    "makes a folder": lambda: os.mkdir(secret + ".folder"),
    "connects": lambda: socket.create_connection(("127.0.0.1", port), 5).close(),
    "asks a name server": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"?", ("127.0.0.1", 53)),
    "starts a process": starts,
    "starts a program": lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0),
    "becomes another program": becomes,
    "signals": lambda: os.kill(victim, 0),
    "signals by way of a pipe": lambda: fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, victim),
    "signals by way of a socket": lambda: owns(0x8901),
    "signals by another way of a socket": lambda: owns(0x8902),
    "traces": lambda: ask(SEIZE, 0x4206, victim, 0, 0),
}
done = []
for name, way in ways.items():
    try:
        way()
    except OSError as refused:
        if refused.errno not in (1, 13):
            done.append(f"{name}: {refused}")
    else:
        done.append(name)
print(json.dumps(done))
"""
ALL = set(re.findall(r'^    "([a-z ]+)": ', WANTS_OUT, re.MULTILINE))


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that another user may read as well, with a program and what it is after."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))  # pytest's own folders are closed to others
    folder.chmod(0o777)
    seize = confinement.CALLS["ptrace"][confinement.BY_NUMBER.get(confinement.machine(), 0)]
    (folder / "out.py").write_text(WANTS_OUT.replace("SEIZE", str(seize)))
    (folder / "keys.json").write_text("secret")
    (folder / "keys.json").chmod(0o644)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def after(place: Path) -> Iterator[list[str]]:
    """What it is after: a file, a server, a process."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        victim = subprocess.Popen(["/bin/sleep", "600"])
        yield [str(place / "keys.json"), str(server.getsockname()[1]), str(victim.pid)]
        victim.kill()
        victim.wait()


BEHIND_THE_KERNEL_S = f"""
import sys
sys.path.insert(0, {str(PROJECT)!r})
from wallet.sandbox import child
child._bubblewrap = lambda: ""
wall = child.find_wall()
assert wall.kind == "kernel", wall
"""


@pytest.mark.breadth
def test_without_a_wall_it_gets_all_that_it_wants(place: Path, after: list[str]) -> None:
    """Else the tests below would prove nothing."""
    done = subprocess.run([sys.executable, str(place / "out.py"), *after], capture_output=True, check=True)

    may_be_forbidden_anyhow = set() if os.geteuid() == 0 else {"traces"}
    assert set(json.loads(done.stdout)) >= ALL - may_be_forbidden_anyhow


def test_behind_landlock_and_seccomp_it_gets_nothing(kernel_wall: None, place: Path, after: list[str]) -> None:
    child = Child(program=place / "out.py", packages=(), answer=4096)

    assert json.loads(child.ask(b"", *after)) == []
    assert json.loads(Child(program=place / "out.py", packages=(), answer=4096, threaded=True).ask(b"", *after)) == []


def test_another_user_than_root_gets_nothing_either(kernel_wall: None, place: Path, after: list[str]) -> None:
    asks = f"print(child.Child(program=Path({str(place / 'out.py')!r}), packages=(), answer=4096).ask(b'', *{after}))"

    told = as_nobody([sys.executable, "-c", f"from pathlib import Path\n{BEHIND_THE_KERNEL_S}\n{asks}"])

    assert (told.stdout, told.returncode) == (b"b'[]\\n'\n", 0), told.stderr


@pytest.mark.parametrize(("threads", "told"), [("no", "Resource temporarily unavailable"), ("yes", "started")])
@pytest.mark.breadth
def test_greed_for_processes_meets_a_limit_of_its_own_where_one_is_not_root(
    place: Path, threads: str, told: str
) -> None:
    """Beside what the kernel's wall refuses, which does not stand here: root alone is above it."""
    (place / "greedy.py").write_text(
        "import os\nchild = os.fork() or os._exit(0)\nos.waitpid(child, 0)\nexit('started')"
    )
    limits = [str(512 * 1024 * 1024), "5", "65536", threads]

    begun = as_nobody(
        [sys.executable, "-I", "-S", str(children.BOUNDS), *limits, "around", "", "/", str(place / "greedy.py")]
    )

    assert told in begun.stderr.decode()


def test_threads_are_for_those_who_need_them(kernel_wall: None, place: Path) -> None:
    program = place / "threads.py"
    program.write_text(
        "import threading\none = threading.Thread(target=print, args=('threads',))\none.start()\none.join()"
    )

    assert Child(program=program, packages=(), answer=99, threaded=True).ask(b"") == b"threads\n"
    with pytest.raises(NoAnswer):
        Child(program=program, packages=(), answer=99).ask(b"")


@pytest.mark.breadth
def test_it_reads_its_own_packages_and_none_of_ours(kernel_wall: None, place: Path) -> None:
    program = place / "imports.py"
    program.write_text(
        "import PIL.Image\n"
        "for name in ('starlette', 'pypdf', 'children'):\n"
        "    try: __import__(name)\n"
        "    except (ImportError, OSError) as no: print(type(no).__name__)\n"
    )

    told = Child(program=program, packages=("PIL",), answer=999).ask(b"").split()

    assert len(told) == 3


def looked_at() -> dict[str, object]:
    """One file of each kind that strangers send: what becomes of it."""
    code = carriers.picture(carriers.code())
    pdf = carriers.a_pdf(lambda writer: writer.add_attachment("badge.json", BADGE))
    return {
        "png": pictures.draw(written(Image.new("RGB", (50, 50), "red"), "PNG")) is not None,
        "svg": pictures.draw(svg('<text y="20">Souder</text>')) is not None,
        "code": unpacking.qr_codes_in(code),
        "photo of a code": unpacking.qr_codes_in(carriers.picture(carriers.code(), "HEIF")),
        "pdf": [part.came_in for part in unpacking.documents_in("a.pdf", pdf)],
        "zip": [part.came_in for part in unpacking.documents_in("a.zip", carriers.a_zip({"badge.json": BADGE}))],
        **{kind: attachments.clean_attachment(photo(kind), "").kind for kind in ("JPEG", "HEIF", "AVIF")},
        "sound": attachments.clean_attachment(webm(), "").kind,
    }


OPENED = {"png": True, "svg": True, "code": [carriers.ADDRESS.decode()], "pdf": ["pdf"], "zip": ["zip"]}
OPENED |= {"photo of a code": OPENED["code"]}
OPENED |= {"JPEG": "photo", "HEIF": "photo", "AVIF": "photo", "sound": "recording"}


@pytest.mark.breadth
def test_whatever_people_send_is_still_opened(kernel_wall: None) -> None:
    assert looked_at() == OPENED


@pytest.mark.breadth
def test_and_by_another_user_than_root(kernel_wall: None, place: Path) -> None:
    """Whom RLIMIT_NPROC holds as well: a HEIF is decoded by threads."""
    (place / "photo").write_bytes(photo("HEIF"))
    (place / "drawing").write_bytes(svg('<text y="20">Souder</text>'))
    asks = (
        "from pathlib import Path\nfrom wallet import evidence, sandbox\n"
        f"print(evidence.clean_attachment(Path({str(place / 'photo')!r}).read_bytes(), '').kind)\n"
        f"print(sandbox.draw(Path({str(place / 'drawing')!r}).read_bytes()) is not None)"
    )

    told = as_nobody([sys.executable, "-B", "-c", f"{BEHIND_THE_KERNEL_S}\n{asks}"])

    assert told.stdout == b"photo\nTrue\n", told.stderr


@pytest.mark.breadth
def test_an_svg_shows_no_file_of_the_machine(kernel_wall: None, tmp_path: Path) -> None:
    hidden = canary(tmp_path)
    words = svg(f'<rect width="9" height="9"/><image href="{hidden}" width="100" height="100"/>')
    bare = "import sys; from wallet.sandbox.images import draw_picture; sys.stdout.buffer.write(draw_picture.rasterise(sys.stdin.buffer.read()))"

    shown = subprocess.run(
        [sys.executable, "-c", bare], input=words, capture_output=True, check=True, cwd=PROJECT
    ).stdout
    assert Image.open(BytesIO(shown)).convert("RGBA").getpixel((300, 300)) == (255, 0, 0, 255)  # resvg reads it

    assert opened(pictures.draw(words)).convert("RGBA").getpixel((300, 300))[3] == 0  # type: ignore[index]


@pytest.mark.breadth
def test_nor_the_words_of_one(kernel_wall: None, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("secret " * 20)
    (tmp_path / "words.svg").write_bytes(svg('<rect width="100" height="100" fill="red"/>'))
    ways = [
        f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{tmp_path}/keys.json">]>'.encode() + svg('<text y="50">&x;</text>'),
        svg(f'<image href="{tmp_path}/words.svg" width="100" height="100"/>'),
        svg(f'<use href="file://{tmp_path}/words.svg#a"/><style>@import url("/etc/passwd");</style>'),
    ]

    for way in ways:
        picture = pictures.draw(way)
        assert picture is None or opened(picture).convert("RGBA").getchannel("A").getextrema() == (0, 0)


OF_ANOTHER_MACHINE = "setarch"
"""Makes us see another machine, whose numbers nobody knows: as on one without Landlock and seccomp, and for real."""


def elsewhere(*command: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """What *command* says there, where bubblewrap is not found either."""
    tool = shutil.which(OF_ANOTHER_MACHINE)
    if not tool or os.uname().machine != "x86_64":
        pytest.skip("only setarch on x86_64 shows us another machine")
    wrapped = [tool, "i686", *command]
    return subprocess.run(wrapped, env={"PATH": "/nowhere", **settings}, capture_output=True, text=True, check=False)


@pytest.mark.breadth
def test_one_that_cannot_be_confined_ends_where_it_must_be_and_goes_on_where_it_may(place: Path) -> None:
    (place / "well.py").write_text("print('well')")
    limits = [str(512 * 1024 * 1024), "5", "65536", "no"]

    def begun(wall: str) -> "subprocess.CompletedProcess[str]":
        bounds = [sys.executable, "-I", "-S", str(children.BOUNDS), *limits, wall, "/usr/lib", ""]
        return elsewhere(*bounds, str(place / "well.py"))

    assert (begun("needed").returncode, begun("needed").stdout) == (1, "")
    assert begun("needed").stderr == "not confined: Landlock, seccomp\n"
    assert begun("best").stdout == "well\n"


def test_the_wallet_says_at_its_start_which_wall_stands(place: Path) -> None:
    program = "from wallet import sandbox; print(sandbox.make_announced(required=False))"
    told = elsewhere(sys.executable, "-c", f"import sys; sys.path.insert(0, {str(PROJECT)!r})\n{program}")

    assert told.stdout == (
        "Strangers' files are opened behind no wall: bubblewrap does not work here, and of Landlock and seccomp there"
        " lacks: Landlock, seccomp. SVG pictures are not drawn.\n"
    )
    assert str(Wall(kind="bubblewrap")) == "Strangers' files are opened behind bubblewrap."
    assert "behind Landlock and seccomp" in str(Wall(kind="kernel"))


def test_where_a_wall_is_required_and_none_stands_it_does_not_serve(
    no_wall: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)

    told = CliRunner().invoke(main, ["serve"], env={"WALLET_SANDBOX": "required"})

    assert told.exit_code == 1
    assert "WALLET_SANDBOX=required forbids that" in told.stderr
    assert not (tmp_path / "var").exists()


def test_nor_does_a_worker(no_wall: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WALLET_SANDBOX", "required")

    with pytest.raises(NoSandbox, match="required forbids"):
        from_environment()


def test_a_machine_that_is_too_busy_to_tell_is_not_believed_to_hold(
    no_bubblewrap: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy() -> Wall:
        raise subprocess.TimeoutExpired("python", 1)

    monkeypatch.setattr(children, "kernel_wall", busy)

    assert not children.is_walled()
    assert "too busy" in children.make_announced(required=False)
    with pytest.raises(NoSandbox, match="too busy"):
        children.make_announced(required=True)
