"""The image is built from Debian's packages, without a hub, as operators do who may ask none; and it serves."""

import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import pytest

from tests.fixtures.patience import eventually
from tests.fixtures.ports import free_port
from tests.nodes.test_deploy_files import DEPLOY, PROJECT, needs

pytestmark = pytest.mark.soak

PATIENCE = 1_500
"""Seconds that one step of the building may take."""
FORBIDDEN = "peration not permitted"
Typed = Callable[..., str]
MOST = {kind: resource.getrlimit(getattr(resource, f"RLIMIT_{kind.upper()}"))[1] for kind in ("nofile", "nproc")}
LIMITS = [word for kind, most in MOST.items() for word in ("--ulimit", f"{kind}={most}:{most}")]
"""What this machine gives us: buildah asks for more unless told, and a machine in a machine may refuse it."""


@pytest.fixture(scope="module")
def typed() -> Iterator[Typed]:
    """Types a command beside a buildah that keeps its images in a folder of their own; what it printed.

    Skips the test where this machine lets nobody make a container.
    """
    needs("buildah", "debootstrap")
    if os.geteuid() != 0:
        pytest.skip("only root can make a base")
    with TemporaryDirectory(prefix="wallet-image-", dir="/var/tmp", ignore_cleanup_errors=True) as folder:  # gigabytes
        yield typing_beside(Path(folder))


def typing_beside(folder: Path) -> Typed:
    """The same, with that folder."""
    buildah = folder / "bin/buildah"
    buildah.parent.mkdir()
    buildah.write_text(
        f'#!/bin/sh\nexec {shutil.which("buildah")} --storage-driver vfs --root {folder}/images --runroot {folder}/run "$@"\n'
    )
    buildah.chmod(0o755)
    path = f"{buildah.parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "BUILDAH_ISOLATION": "chroot", "TMPDIR": str(folder)}

    def type_it(*words: str | Path) -> str:
        done = subprocess.run(
            words, capture_output=True, text=True, check=False, env=environment, timeout=PATIENCE, cwd=PROJECT
        )
        if done.returncode and FORBIDDEN in done.stderr:
            pytest.skip(f"no container may be made here: {done.stderr[-300:]}")
        assert done.returncode == 0, done.stdout[-1_000:] + done.stderr[-2_000:]
        return done.stdout.strip()

    return type_it


@pytest.fixture(scope="module")
def container(typed: Typed) -> str:
    """The name of a container of the image, which was just built."""
    if not (PROJECT / "wallet/static/vendor/htmx.min.js").is_file():
        pytest.skip("make install comes first")
    typed(DEPLOY / "base-without-a-hub.sh")
    certificates = "/etc/ssl/certs:/etc/ssl/certs:ro"
    typed(
        *("buildah", "build", "--quiet", "--network", "host", "--build-arg", "BASE=localhost/wallet-base"),
        *(*LIMITS, *(word for one in settings_of_pip() for word in ("--env", one)), "--volume", certificates),
        *("-f", DEPLOY / "Containerfile", "-t", "wallet", "."),
    )
    return typed("buildah", "from", *LIMITS, "wallet")


def settings_of_pip() -> Iterator[str]:
    """How this machine's pip asks for packages, which the one in the image does not know."""
    yield from (f"{name}={value}" for name, value in os.environ.items() if name.startswith("PIP_"))


@contextmanager
def served(typed: Typed, container: str) -> Iterator[int]:
    """The wallet in the container; the port at which it is reached."""
    port = free_port()
    script = f"echo $$ >/data/pid && exec wallet serve --port {port} >/dev/null 2>&1"
    typed("sh", "-c", f"buildah run --network host {container} -- sh -c '{script}' >/dev/null 2>&1 </dev/null &")
    try:
        yield port
    finally:
        os.kill(int(typed("buildah", "run", container, "--", "cat", "/data/pid")), signal.SIGTERM)


def answer(port: int) -> int:
    """The status of the first page; 0 while nobody answers."""
    try:
        with urlopen(f"http://localhost:{port}/", timeout=5) as page:
            return int(page.status)
    except OSError:
        return 0


def test_it_serves(typed: Typed, container: str):
    with served(typed, container) as port:
        assert eventually(lambda: answer(port) == 200)


def test_whoever_runs_it_is_nobody_in_particular_and_changes_no_code(typed: Typed, container: str):
    script = "id -u; touch /opt/wallet/x 2>/dev/null || echo read-only; touch /data/x && echo kept"
    assert typed("buildah", "run", container, "--", "sh", "-c", script).split() == ["10001", "read-only", "kept"]
