"""What import-linter cannot say of the wallet's code (its contracts are in pyproject.toml): each rule is a function from the
project's folder to its faults, one sentence each. Nothing is imported, files are parsed; each rule is broken once below.
"""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.fixtures.parsed import statements

PROJECT = Path(__file__).parents[2]
MOST_ENTRIES, MOST_FILES = 30, 20
LINES_OF_A_FACE = 31
WITHOUT_LIMIT = {"routes", "versions"}
"""A route file a page family, a migration a release: they grow with the wallet."""

Rule = Callable[[Path], list[str]]


@cache
def parsed(path: Path, _changed: float) -> ast.Module:
    """Each file once for all rules."""
    return ast.parse(path.read_text(encoding="utf-8"))


def sources(project: Path) -> Iterator[tuple[Path, ast.Module]]:
    """Every Python file of the wallet."""
    for path in sorted((project / "wallet").rglob("*.py")):
        yield path, parsed(path, path.stat().st_mtime)


def imports(project: Path) -> Iterator[tuple[Path, str, str]]:
    """Every import, wherever it stands: the file, the full dotted name, and where it is written, as `file:line`."""
    for path, tree in sources(project):
        package = path.relative_to(project).parent.parts
        for node in statements(tree):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            where = f"{path.relative_to(project)}:{node.lineno}"
            if isinstance(node, ast.Import):
                yield from ((path, alias.name, where) for alias in node.names)
            else:
                above = package[: len(package) - node.level + 1] if node.level else ()
                module = ".".join(filter(None, [*above, node.module]))
                yield from ((path, f"{module}.{alias.name}", where) for alias in node.names)


def each_package_has_one_face(project: Path) -> list[str]:
    """Others import a package, never a module within; its `__init__` says what it is for and hands on what they use, in so
    many lines; what it loads only when somebody asks for it comes behind."""
    wallet = project / "wallet"
    inside = {
        f"wallet.{path.parent.name}.{path.stem}"
        for path in wallet.glob("*/*.py")
        if path.stem != "__init__" and path.parent.name != "routes"
    }
    inside |= {f"wallet.{path.parent.parent.name}.{path.parent.name}" for path in wallet.glob("*/*/__init__.py")}
    return [
        f"{where} imports {name}, past the face of its package"
        for path, name, where in imports(project)
        for module in (".".join(name.split(".")[:3]),)
        if module in inside and path.relative_to(wallet).parts[0] != module.split(".")[1]
    ] + [
        f"{path.relative_to(project)} has more than {LINES_OF_A_FACE} lines"
        for path in sorted(wallet.glob("*/__init__.py"))
        if path.parent.name not in {"routes", "openbadges"}
        and len(path.read_text(encoding="utf-8").partition("\nif TYPE_CHECKING:")[0].splitlines()) > LINES_OF_A_FACE
    ]


def folders_can_be_taken_in(project: Path) -> list[str]:
    """The first `ls` shows few entries, and no package has more files than one can know."""
    wallet = project / "wallet"
    entries = {path.relative_to(wallet).parts[0] for path in wallet.rglob("*.*") if "__pycache__" not in path.parts}
    folders = {path.parent for path in wallet.rglob("*.py")} - {wallet}
    many = {folder: len(list(folder.glob("*.py"))) for folder in folders if folder.name not in WITHOUT_LIMIT}
    # The engine is one thing, and its front hall has what all versions share.
    return [f"wallet/ has {len(entries)} entries"] * (len(entries) > MOST_ENTRIES) + [
        f"{folder.relative_to(project)} has {count} files"
        for folder, count in sorted(many.items())
        if count > MOST_FILES
    ]


def the_engine_asks_no_clock(project: Path) -> list[str]:
    """openbadges is told the time and given the bytes: it calls neither now() nor open()."""
    return [
        f"{path.relative_to(project)}:{node.lineno} calls {ast.unparse(node.func)}"
        for path, tree in sources(project)
        if "openbadges" in path.parts
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and re.fullmatch(r"open|.*\bdate(time)?\.(now|utcnow|today)", ast.unparse(node.func))
    ]


def only_the_network_asks_addresses(project: Path) -> list[str]:
    """What import-linter does not see: it knows a foreign package by its first name alone, and guards none that nobody imports."""
    return [
        f"{where} imports {name}"
        for path, name, where in imports(project)
        if re.match(r"(urllib\.request|http\.client|ftplib|imaplib|poplib)\b", name) and "network" not in path.parts
    ]


def templates_escape(project: Path) -> list[str]:
    """No template takes a stranger's words for HTML."""
    return [
        f"{path.relative_to(project)}:{number} {line.strip()}"
        for path in sorted((project / "wallet/templates").rglob("*.*"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"\|\s*safe\b|\bMarkup\(|autoescape\s+false", line)
    ]


RULES: tuple[Rule, ...] = (
    each_package_has_one_face,
    folders_can_be_taken_in,
    the_engine_asks_no_clock,
    only_the_network_asks_addresses,
    templates_escape,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_code_keeps(rule: Rule) -> None:
    faults = rule(PROJECT)
    assert not faults, "\n".join(faults)


def test_each_tool_has_its_packages() -> None:
    """Whoever brings another tool says in pyproject.toml who may use it."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    named = {
        tool
        for contract in settings["contracts"]
        for tool in (*contract.get("protected_modules", ()), *contract.get("forbidden_modules", ()))
    }
    written = {name.partition(".")[0] for _, name, _where in imports(PROJECT)} - {"wallet", ""}

    assert written - sys.stdlib_module_names - named == set()


def test_whoever_may_use_a_tool_uses_it() -> None:
    """Else the contract allows what nobody needs, as a way out of the engine."""
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    used = {
        (package, name.partition(".")[0])
        for path, name, _where in imports(PROJECT)
        for package in [".".join(path.relative_to(PROJECT).with_suffix("").parts[:2])]
    }
    unused = [
        f"{contract['name']}: {package}"
        for contract in settings["contracts"]
        for package in contract.get("allowed_importers", ())
        if not any((package, tool) in used for tool in contract["protected_modules"])
    ]

    assert unused == []


def test_imports_keep_the_contracts() -> None:
    """The contracts of pyproject.toml, each told with the import that breaks it."""
    told = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
    )
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize(
    ("rule", "files"),
    [
        (each_package_has_one_face, {"wallet/routes/badges.py": "from ..badges.paging import get_page"}),
        (each_package_has_one_face, {"wallet/routes/badges.py": "from ..badges import paging"}),
        (each_package_has_one_face, {"wallet/shares/form.py": "def late():\n    import wallet.badges.paging"}),
        (each_package_has_one_face, {"wallet/badges/badges.py": "from ..openbadges import v2"}),
        (each_package_has_one_face, {"wallet/badges/badges.py": "from ..openbadges.v2.examine import examine"}),
        (each_package_has_one_face, {"wallet/badges/__init__.py": "x = 1\n" * (LINES_OF_A_FACE + 1)}),
        (folders_can_be_taken_in, {f"wallet/room{n}.py": "" for n in range(MOST_ENTRIES)}),
        (folders_can_be_taken_in, {f"wallet/badges/part{n}.py": "" for n in range(MOST_FILES)}),
        (the_engine_asks_no_clock, {"wallet/openbadges/v3/status.py": "from datetime import datetime\nnow = datetime.now()"}),
        (the_engine_asks_no_clock, {"wallet/openbadges/v3/status.py": "lines = open('/etc/passwd')"}),
        (only_the_network_asks_addresses, {"wallet/badges/badges.py": "import http.client"}),
        (only_the_network_asks_addresses, {"wallet/routes/badges.py": "from urllib import request"}),
        (only_the_network_asks_addresses, {"wallet/messages/inbox.py": "import imaplib"}),
        (templates_escape, {"wallet/templates/badges/show.html": "<p>{{ badge.name | safe }}</p>"}),
        (templates_escape, {"wallet/templates/badges/show.html": "{% autoescape false %}"}),
    ],
)  # fmt: skip
def test_one_rule_and_no_other_names_the_culprit(rule: Rule, files: dict[str, str], tmp_path: Path) -> None:
    usual = {
        "wallet/badges/paging.py": "",
        "wallet/openbadges/v2/__init__.py": "",
        "wallet/openbadges/v2/examine.py": "",
    }
    for name, content in {**usual, **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")

    assert [broken.__name__ for broken in RULES if broken(tmp_path)] == [rule.__name__]
    assert len(rule(tmp_path)) == 1
