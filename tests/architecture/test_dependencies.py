"""What is fetched to set up: by hash, from no named address, for a reason, and none of it known to be weak."""

import ast
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.fixtures.parsed import statements

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).parents[2]
LOCKS = (
    "requirements.lock",
    "requirements-dev.lock",
    "requirements-node.lock",
    "requirements-others.lock",
    "requirements-bench.lock",
    "requirements-nodes.lock",
    "requirements-suffixes.lock",
    "package-lock.json",
    ".npmrc",
)
WEAK = {  # see docs/security.md L1: below these versions there is a published hole
    "starlette": "1.3.1",  # CVE-2026-48710, CVE-2026-54283
    "python-multipart": "0.0.32",  # CVE-2026-24486, -40347, -42561
    "h11": "0.16",  # CVE-2025-43859
    "pillow": "12.3.0",  # nineteen of 2026, see its release notes
    "pyjwt": "2.13",  # CVE-2026-32597, CVE-2026-48526
    "authlib": "1.6.9",  # CVE-2026-27962
    "jinja2": "3.1.6",  # CVE-2025-27516
    "weasyprint": "70",  # CVE-2026-55073
}
REFUSED = {"cairosvg", "svglib", "python-jose"}
"""Never a part of the wallet: ReDoS and SSRF, XXE, forged signatures (docs/security.md L1)."""
UNSEEN = {  # what others import for us
    "httptools": "uvicorn",
    "tzdata": "zoneinfo, where the system has no database",
    "uvloop": "uvicorn",
    "psycopg": "sqlalchemy",
    "python-multipart": "starlette",
}
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
EXTRAS = r"(?:\[([\w, -]+)\])?"


def pins(lock: str) -> set[tuple[str, str]]:
    """What *lock* holds: name and version; a name may come twice, for different Pythons."""
    found = re.findall(rf"^({NAME}){EXTRAS}==([^\s;]+)", (PROJECT / lock).read_text(), re.MULTILINE)
    return {(name, pinned) for name, _, pinned in found}


def locked(name: str) -> list[Version]:
    """The versions of *name* in the longer lock."""
    return [Version(pinned) for one, pinned in pins("requirements-dev.lock") if one == name]


def declared() -> set[str]:
    """The names of all that pyproject.toml says the wallet needs while it runs."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    return {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_an_address(lock: str) -> None:
    text = (PROJECT / lock).read_text()
    assert "://" not in text
    assert '"resolved"' not in text


@pytest.mark.parametrize("lock", [name for name in LOCKS if name.startswith("requirements")])
def test_every_pin_has_its_hash(lock: str) -> None:
    entries = re.split(rf"\n(?={NAME}(?:\[.+\])?==)", (PROJECT / lock).read_text())
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_every_package_of_npm_has_its_hash() -> None:
    packages = json.loads((PROJECT / "package-lock.json").read_text())["packages"]
    assert [name for name, one in packages.items() if name and not one.get("integrity", "").startswith("sha512-")] == []


def test_only_what_pages_use_comes_with_the_wallet() -> None:
    """The tools of others, with all that they bring, are for the tests alone."""
    packages = json.loads((PROJECT / "package-lock.json").read_text())["packages"]
    assert {name for name, one in packages.items() if name and not one.get("dev")} == {
        "node_modules/htmx.org",
        "node_modules/qr",
    }


def test_the_library_of_others_is_no_part_of_ours() -> None:
    """It and openvc-core are under the LGPL: they have a place of their own, and only what is run there imports them."""
    assert not {"openbadgeslib", "openvc-core"} & {
        name for name, _ in pins("requirements-dev.lock") | pins("requirements.lock")
    }
    importers = {
        path.relative_to(PROJECT).as_posix()
        for folder in ("wallet", "tests", "bench", "tools")
        for path in (PROJECT / folder).rglob("*.py")
        if re.search(r"^\s*(from|import) (openbadgeslib|openvc)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert importers == {
        f"tests/others/{name}.py" for name in ("endorsed", "issue", "issue_sd_jwt", "offer", "rate", "verify")
    }


def test_every_dependency_says_what_it_is_for() -> None:
    lines = [line.strip() for line in (PROJECT / "pyproject.toml").read_text().splitlines()]
    bare = [
        line
        for before, line in itertools.pairwise(lines)
        if re.fullmatch(rf'"{NAME}(\[\w+\])?>=.*",', line) and not re.match(r"# [\w`]", before)
    ]
    assert bare == []


@cache
def imported() -> set[str]:
    """The outside packages that the wallet's own files import, by the names under which they are installed."""
    modules = set()
    for path in (PROJECT / "wallet").rglob("*.py"):
        for node in statements(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.split(".")[0])
    providers = packages_distributions()
    return {
        canonicalize_name(provider)
        for module in modules - {"wallet", *sys.stdlib_module_names}
        for provider in providers.get(module, [f"nobody provides {module}"])
    }


def test_every_package_that_the_wallet_imports_is_declared() -> None:
    assert imported() - declared() == set()


def test_every_declared_package_is_used() -> None:
    assert declared() - imported() - UNSEEN.keys() == set()


def test_what_runs_here_is_what_is_locked() -> None:
    different = {}
    for name in {name for name, _ in pins("requirements-dev.lock")}:
        try:
            installed = version(name)
        except PackageNotFoundError:  # its marker leaves it out on this machine
            continue
        if Version(installed) not in locked(name):
            different[name] = f"{installed} is installed, {locked(name)} is locked"
    assert different == {}


def test_both_locks_agree() -> None:
    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def test_the_lock_names_the_extras_that_packages_ask_of_others() -> None:
    """As the pip of Debian 12 wants it (before 23.3): it takes what is asked for with an extra for something that is not pinned."""
    text = (PROJECT / "requirements-dev.lock").read_text()
    named = dict(re.findall(rf"^({NAME}){EXTRAS}==", text, re.MULTILINE))
    unnamed = set()
    for name in named:
        with suppress(PackageNotFoundError):  # its marker leaves it out on this machine
            for one in map(Requirement, requires(name) or []):
                its_own = re.split(", *", named.get(canonicalize_name(one.name), ""))
                if (not one.marker or one.marker.evaluate({"extra": ""})) and not one.extras <= {*its_own}:
                    unnamed.add(f"{name} wants {one}")
    assert unnamed == set()


@pytest.mark.parametrize(("name", "floor"), WEAK.items())
def test_no_package_is_older_than_its_last_known_hole(name: str, floor: str) -> None:
    assert [pinned for pinned in locked(name) if pinned < Version(floor)] == []


def test_the_floors_are_read_from_the_packages_we_have() -> None:
    assert {"starlette", "python-multipart", "h11", "pillow", "jinja2"} <= {name for name in WEAK if locked(name)}


def test_packages_that_were_refused_stay_out() -> None:
    assert {name for name in REFUSED if locked(name)} == set()


@pytest.mark.parametrize(
    ("python", "sentence"),
    [
        (
            'case "$*" in --version) echo Python 3.9.2;; *) exit 1;; esac',
            "The wallet needs Python 3.11 or newer and found only Python 3.9.2: install one and try again.",
        ),
        (
            'case "$*" in *venv*) exit 1;; esac',
            "python3 has no venv module: install it (on Debian and Ubuntu, apt-get install python3-venv) and try again.",
        ),
        (None, "The wallet needs Python 3.11 or newer: install one and try again."),
    ],
)
def test_a_newcomer_is_told_in_one_sentence_what_is_missing(python: str | None, sentence: str, tmp_path: Path) -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed here")
    for name in ("Makefile", "pyproject.toml", "requirements.lock", "package-lock.json"):
        shutil.copy(PROJECT / name, tmp_path)
    tools = tmp_path / "bin"
    tools.mkdir()
    if python is not None:
        (tools / "python3").write_text(f"#!/bin/sh\n{python}\n")
        (tools / "python3").chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    answer = subprocess.run(
        [make, "install"],
        check=False,
        cwd=tmp_path,
        env=environment | {"PATH": str(tools)},
        capture_output=True,
        text=True,
    )
    assert answer.returncode != 0
    told = [line for line in answer.stderr.splitlines() if not line.startswith("make")]
    assert told == [sentence]


def test_whoever_has_the_project_without_git_has_only_its_own_files_checked(tmp_path: Path) -> None:
    ruff = Path(sys.executable).with_name("ruff")
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    ignored = (PROJECT / ".gitignore").read_text(encoding="utf-8")
    made = re.search(r"^# what the set-up makes$(.*?)^#", ignored, re.MULTILINE | re.DOTALL)
    assert made is not None
    for folder in (*made[1].split(), "/wallet/"):
        path = tmp_path / folder.strip("/") / "any.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    looked_at = subprocess.run(
        [ruff, "check", "--show-files"], check=True, cwd=tmp_path, capture_output=True, text=True
    )

    named = {str(Path(line).relative_to(tmp_path)) for line in looked_at.stdout.splitlines()}
    assert named == {"pyproject.toml", "wallet/any.py"}
