"""Who may import whom, which room uses which tool, and what no file may be: the law of the house, read off the source.

Nothing of the wallet is imported here; the files are parsed. Each rule is a function from the project's folder to its
faults, one sentence each. The examples at the end break every kind of rule once, and exactly one rule names each.
A new room needs its floor and its tools in the two tables below: deciding them is the point.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
FLOORS = (  # a room imports only from the floors below its own
    {"shapes", "child_answers", "requester", "terminal"},
    {"issuers", "failpoints", "frameworks", "disk", "shelves", "confinement", "postgresql", "breakers", "turns"},
    {"folders"},
    {
        "openbadges",
        "recognition",
        "settings",
        "database",
        "files",
        "languages",
        "paces",
        "narratives",
        "networks",
        "qr",
        "pools",
    }
    | {"assets", "bodies", "gate", "bounds", "children", "drawing", "opening", "browsers", "crockford"}
    | {"developing", "listening", "connection_limits", "memory"}
    | {"parcels", "zips", "prints", "negotiation", "cursors", "values"},
    {"maps", "connections", "keyring", "pictures", "ceremonies", "events", "returns", "papers", "postman"}
    | {"errands", "ballast", "ledger", "sheets", "manifests", "removals", "responses", "asking"},
    {"fetching", "holders", "challenges", "cards", "unpacking", "heavy", "notices", "letters", "identity"},
    {"examining", "handovers", "badges", "passkeys", "openings", "passcodes", "mailed_codes", "sizes"},
    {"addresses"},
    {"evidence", "badge_space", "badge_files"},
    {"answers", "attachments", "erasure_steps", "size_checks", "badge_keeping"},
    {"tellings", "drafts"},
    {"exhibits"},
    {"checking", "arrivals", "shares", "matches", "presentations", "recollections"},
    {"reports", "waiting_badges"},
    {"rechecks", "archives", "inventories", "tables", "offers", "ways", "shown", "records", "leaves"},
    {"paths", "searches", "chores", "pages", "dumps", "belongings", "erasures", "mailbox", "retellings"},
    {"keepsakes", "archived_answers", "adoption", "probes"},
    {"worker", "house", "migrations", "samples", "packing", "backups", "homecoming", "choosing"},
    {"visit", "restores"},
    {"stores"},
    {"doors"},
    {"viewings", "verifying", "reception", "downloads"},
    {"routes"},
    {"app", "maintenance"},
    {"commands"},
)
TOOLS = {  # the outside packages of a room; a room that is not named needs none
    "openbadges": {"cryptography", "pyld", "rfc8785", "base58", "cbor2", "defusedxml"},
    "database": {"sqlalchemy", "alembic"},
    "postgresql": {"sqlalchemy", "psycopg"},
    "migrations": {"sqlalchemy", "alembic"},
    "tables": {"sqlalchemy"},
    "dumps": {"sqlalchemy"},
    "stores": {"sqlalchemy"},
    "identity": {"sqlalchemy"},
    "adoption": {"sqlalchemy"},
    "restores": {"sqlalchemy"},
    "holders": {"sqlalchemy"},
    "events": {"sqlalchemy"},
    "returns": {"sqlalchemy"},
    "papers": {"sqlalchemy"},
    "addresses": {"sqlalchemy"},
    "mailed_codes": {"sqlalchemy"},
    "waiting_badges": {"sqlalchemy"},
    "letters": {"sqlalchemy"},
    "matches": {"sqlalchemy"},
    "mailbox": {"sqlalchemy"},
    "ways": {"sqlalchemy"},
    "badges": {"sqlalchemy"},
    "badge_files": {"sqlalchemy"},
    "removals": {"sqlalchemy"},
    "badge_space": {"sqlalchemy"},
    "badge_keeping": {"sqlalchemy"},
    "sizes": {"sqlalchemy"},
    "size_checks": {"sqlalchemy"},
    "arrivals": {"sqlalchemy"},
    "shares": {"sqlalchemy"},
    "evidence": {"sqlalchemy"},
    "answers": {"sqlalchemy"},
    "tellings": {"sqlalchemy"},
    "drafts": {"sqlalchemy"},
    "searches": {"sqlalchemy", "snowballstemmer"},
    "exhibits": {"sqlalchemy"},
    "shown": {"sqlalchemy"},
    "records": {"sqlalchemy"},
    "leaves": {"sqlalchemy"},
    "paths": {"sqlalchemy"},
    "openings": {"sqlalchemy"},
    "passcodes": {"sqlalchemy", "cryptography"},
    "reports": {"sqlalchemy"},
    "handovers": {"sqlalchemy"},
    "erasures": {"sqlalchemy"},
    "erasure_steps": {"sqlalchemy"},
    "rechecks": {"sqlalchemy"},
    "homecoming": {"sqlalchemy"},
    "belongings": {"sqlalchemy"},
    "keepsakes": {"sqlalchemy"},
    "retellings": {"sqlalchemy"},
    "archives": {"sqlalchemy"},
    "passkeys": {"sqlalchemy", "webauthn"},
    "challenges": {"sqlalchemy", "webauthn"},
    "ceremonies": {"webauthn"},
    "narratives": {"markdown_it", "nh3", "markupsafe"},
    "files": {"obstore"},
    "shelves": {"obstore"},
    "breakers": {"obstore"},
    "keyring": {"cryptography", "base58"},
    "fetching": {"httpcore2"},
    "connections": {"httpcore2"},
    "networks": {"idna"},
    "languages": {"babel"},
    "pages": {"jinja2", "markupsafe", "babel"},
    "drawing": {"PIL", "resvg_py"},
    "developing": {"PIL", "pillow_heif"},
    "opening": {"PIL", "pypdf", "zxingcpp"},
    "qr": {"qrcode", "markupsafe"},
    "sheets": {"PIL"},
    "offers": {"sqlalchemy"},
    "paces": {"starlette"},
    "connection_limits": {"uvicorn"},
    "pools": {"anyio"},
    "gate": {"starlette"},
    "visit": {"starlette", "sqlalchemy"},
    "doors": {"starlette"},
    "viewings": {"starlette"},
    "reception": {"starlette"},
    "downloads": {"starlette"},
    "routes": {"starlette"},
    "app": {"starlette", "sqlalchemy"},
    "terminal": {"click"},
    "commands": {"click", "uvicorn", "sqlalchemy"},
    "maintenance": {"click", "sqlalchemy"},
    "probes": {"sqlalchemy"},
    "samples": {"PIL", "cryptography", "resvg_py"},
}
OUTSIDE = (
    {"time", "random", "secrets", "os", "sys", "pathlib", "shutil", "tempfile", "signal", "subprocess"}
    | {"socket", "ssl", "select", "http", "urllib.request", "asyncio", "multiprocessing"}
)  # fmt: skip
"""What openbadges never asks: the clock, the disk, the network, chance."""
ITS_SHELF = ("contexts.py", {"pathlib"})
"""The one exception: the JSON-LD contexts, which are data of the engine."""
CONNECTIONS = {"socket", "ssl", "http.client", "urllib.request", "ftplib", "smtplib", "poplib", "imaplib", "telnetlib"}
CONNECTORS = {"fetching", "connections", "postman"}
NO_NOUNS = {"utils", "util", "helpers", "common", "services", "models", "schemas", "core", "manager", "misc"}
CEILING = 400
LONG: dict[str, str] = {}
"""Files above the ceiling, each with its reason; one that has become shorter must leave this list."""

Rule = Callable[[Path], list[str]]


def sources(project: Path) -> Iterator[tuple[str, Path, ast.Module]]:
    """Every Python file of the wallet, with the room it belongs to ("" for the package itself)."""
    for path in sorted((project / "wallet").rglob("*.py")):
        room = path.relative_to(project / "wallet").parts[0].removesuffix(".py")
        yield ("" if room == "__init__" else room), path, parsed(path.read_text(encoding="utf-8"))


@cache
def parsed(source: str) -> ast.Module:
    """Each file once for all rules."""
    return ast.parse(source)


def imports(project: Path, path: Path, tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Every import, wherever it stands: its full dotted name and where it is written, as `file:line`."""
    package = path.relative_to(project).parent.parts
    for node in imports_of(tree):
        where = f"{path.relative_to(project)}:{node.lineno}"
        if isinstance(node, ast.Import):
            yield from ((alias.name, where) for alias in node.names)
        else:
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join(filter(None, [*above, node.module]))
            yield from ((f"{module}.{alias.name}", where) for alias in node.names)


@cache
def imports_of(tree: ast.Module) -> list[ast.Import | ast.ImportFrom]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


def is_within(name: str, modules: set[str]) -> bool:
    return any(name == module or name.startswith(module + ".") for module in modules)


def rooms_look_down(project: Path) -> list[str]:
    """A room imports only rooms of lower floors, and every room has its floor."""
    floor = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    faults = []
    for room, path, tree in sources(project):
        if room and room not in floor:
            faults.append(f"{path.relative_to(project)} has no floor in FLOORS")
        for name, where in imports(project, path, tree):
            other = name.split(".")[1] if name.startswith("wallet.") else room
            if other != room and floor.get(other, -1) >= floor.get(room, len(FLOORS)):
                faults.append(f"{where} imports {name}, which is not below {room or 'the name of the house'}")
    return faults


def rooms_use_their_own_tools(project: Path) -> list[str]:
    """Outside packages are used only in the rooms that answer for them."""
    return [
        f"{where} uses {name}, which is no tool of {room or 'the package itself'}"
        for room, path, tree in sources(project)
        for name, where in imports(project, path, tree)
        if name.split(".")[0] not in {"wallet", "__future__", *sys.stdlib_module_names, *TOOLS.get(room, ())}
    ]


def the_engine_is_pure(project: Path) -> list[str]:
    """openbadges asks no clock, no disk, no network: all it needs is handed in."""
    faults = []
    for room, path, tree in sources(project):
        if room != "openbadges":
            continue
        outside = OUTSIDE - ITS_SHELF[1] if path.name == ITS_SHELF[0] else OUTSIDE
        faults += [
            f"{where} imports {name}" for name, where in imports(project, path, tree) if is_within(name, outside)
        ]
        faults += [
            f"{path.relative_to(project)}:{node.lineno} calls {ast.unparse(node.func)}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and re.fullmatch(r"open|.*\bdate(time)?\.(now|utcnow|today)", ast.unparse(node.func))
        ]
    return faults


def the_engine_has_one_door(project: Path) -> list[str]:
    """The rest of the wallet imports wallet.openbadges, never what is inside."""
    inside = {f"wallet.openbadges.{path.stem}" for path in (project / "wallet/openbadges").glob("*.py")}
    return [
        f"{where} imports {name}, past the door of openbadges"
        for room, path, tree in sources(project)
        for name, where in imports(project, path, tree)
        if room != "openbadges" and is_within(name, inside)
    ]


def the_engine_has_no_circles(project: Path) -> list[str]:
    """Inside openbadges, whoever is imported does not import back, at any distance."""
    folder = project / "wallet/openbadges"
    names = {f"wallet.openbadges.{path.stem}": path for path in folder.glob("*.py") if path.stem != "__init__"}
    uses = {
        name: {
            other
            for found, _ in imports(project, path, parsed(path.read_text(encoding="utf-8")))
            for other in names
            if is_within(found, {other})
        }
        for name, path in names.items()
    }
    while leaves := {name for name, others in uses.items() if not others & uses.keys()}:
        uses = {name: others for name, others in uses.items() if name not in leaves}
    return [f"in a circle: {', '.join(sorted(uses))}"] if uses else []


def routes_do_not_know_each_other(project: Path) -> list[str]:
    """Only the map imports a file of routes/."""
    return [
        f"{where} imports {name}: only the map knows routes"
        for room, path, tree in sources(project)
        for name, where in imports(project, path, tree)
        if room == "routes" and path.stem != "__init__" and name.startswith("wallet.routes")
    ]


def one_room_opens_connections(project: Path) -> list[str]:
    """Only fetching, connections for it, and the postman reach other machines."""
    return [
        f"{where} imports {name}: only fetching and the postman open connections"
        for room, path, tree in sources(project)
        for name, where in imports(project, path, tree)
        if room not in {*CONNECTORS, "openbadges"} and is_within(name, CONNECTIONS)
    ]


def written_by_us(project: Path) -> Iterator[Path]:
    for folder in ("wallet", "tests"):
        for path in sorted((project / folder).rglob("*")):
            if path.suffix in {".py", ".js", ".css", ".html"} and "vendor" not in path.parts:
                yield path


def files_are_short(project: Path) -> list[str]:
    """No file is longer than the ceiling, but those with a reason; no reason outlives its file."""
    lengths = {
        str(path.relative_to(project)): len(path.read_text(encoding="utf-8").splitlines())
        for path in written_by_us(project)
    }
    long = {name for name, lines in lengths.items() if lines > CEILING}
    return [f"{name} has {lengths[name]} lines" for name in sorted(long - LONG.keys())] + [
        f"{name} is no longer long: take it off the list" for name in sorted(LONG.keys() & lengths.keys() - long)
    ]


def names_are_nouns_of_the_trade(project: Path) -> list[str]:
    """No drawer for odds and ends."""
    found = {part for path in written_by_us(project) for part in (path, path.parent)}
    return [f"{path.relative_to(project)} says nothing" for path in sorted(found) if path.stem in NO_NOUNS]


def templates_escape(project: Path) -> list[str]:
    """No template takes a stranger's words for HTML."""
    return [
        f"{path.relative_to(project)}:{number} {line.strip()}"
        for path in sorted((project / "wallet/templates").rglob("*.*"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"\|\s*safe\b|\bMarkup\(|autoescape\s+false", line)
    ]


RULES: tuple[Rule, ...] = (
    rooms_look_down,
    rooms_use_their_own_tools,
    the_engine_is_pure,
    the_engine_has_one_door,
    the_engine_has_no_circles,
    routes_do_not_know_each_other,
    one_room_opens_connections,
    files_are_short,
    names_are_nouns_of_the_trade,
    templates_escape,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps(rule: Rule) -> None:
    faults = rule(PROJECT)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("rule", "file", "content"),
    [
        (rooms_look_down, "wallet/accounts/holders.py", "from .badges import KeptBadge"),
        (rooms_look_down, "wallet/badges/badges.py", "from . import visit"),
        (rooms_look_down, "wallet/shares/lifecycle.py", "def late():\n    import wallet.app"),
        (rooms_look_down, "wallet/openbadges/badge.py", "from .. import settings"),
        (rooms_look_down, "wallet/storage/database.py", "from wallet import settings"),
        (rooms_look_down, "wallet/extras.py", ""),
        (rooms_use_their_own_tools, "wallet/routes/badges.py", "from sqlalchemy import select"),
        (rooms_use_their_own_tools, "wallet/badges/badges.py", "from starlette.responses import Response"),
        (rooms_use_their_own_tools, "wallet/openbadges/proofs/keys.py", "import httpx2"),
        (rooms_use_their_own_tools, "wallet/operations/cleanup.py", "import requests"),
        (the_engine_is_pure, "wallet/openbadges/v3/status.py", "import time"),
        (the_engine_is_pure, "wallet/openbadges/v3/status.py", "from urllib.request import urlopen"),
        (the_engine_is_pure, "wallet/openbadges/v3/status.py", "import socket"),
        (the_engine_is_pure, "wallet/openbadges/v3/status.py", "from pathlib import Path"),
        (the_engine_is_pure, "wallet/openbadges/proofs/contexts.py", "import os"),
        (the_engine_is_pure, "wallet/openbadges/v3/status.py", "from datetime import datetime\nnow = datetime.now()"),
        (the_engine_is_pure, "wallet/openbadges/v3/status.py", "lines = open('/etc/passwd')"),
        (the_engine_has_one_door, "wallet/badges/badges.py", "from .openbadges.v2 import read"),
        (the_engine_has_one_door, "wallet/badges/badges.py", "from .openbadges import v2"),
        (the_engine_has_one_door, "wallet/routes/badges.py", "import wallet.openbadges.v2.examine"),
        (the_engine_has_no_circles, "wallet/openbadges/v2/examine.py", "from .v2 import read"),
        (routes_do_not_know_each_other, "wallet/routes/badges.py", "from .shares import show"),
        (routes_do_not_know_each_other, "wallet/routes/badges.py", "from . import shares"),
        (routes_do_not_know_each_other, "wallet/routes/badges.py", "from ..routes import shares"),
        (one_room_opens_connections, "wallet/badges/badges.py", "import http.client"),
        (one_room_opens_connections, "wallet/routes/badges.py", "from urllib import request"),
        (one_room_opens_connections, "wallet/accounts/outbox.py", "import smtplib"),
        (files_are_short, "wallet/badges/badges.py", "x = 1\n" * (CEILING + 1)),
        (files_are_short, "tests/badges/test_badges.py", "x = 1\n" * (CEILING + 1)),
        (names_are_nouns_of_the_trade, "wallet/routes/helpers.js", ""),
        (names_are_nouns_of_the_trade, "tests/common/test_badges.py", ""),
        (templates_escape, "wallet/templates/badges/show.html", "<p>{{ badge.name | safe }}</p>"),
        (templates_escape, "wallet/templates/badges/show.html", "{% autoescape false %}"),
    ],
)
def test_one_rule_and_no_other_names_the_culprit(rule: Rule, file: str, content: str, tmp_path: Path) -> None:
    for name, harmless in {"wallet/openbadges/v2/examine.py": "from .badge import Badge", file: content}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(harmless, encoding="utf-8")
    assert [one.__name__ for one in RULES if one(tmp_path)] == [rule.__name__]
    assert len(rule(tmp_path)) == 1


def test_whoever_is_new_finds_every_room_in_the_readme() -> None:
    told = (PROJECT / "README.md").read_text(encoding="utf-8")

    rooms = {path.name for path in (PROJECT / "wallet").glob("*.py")} - {"__init__.py"}

    assert sorted(room for room in rooms if f"{room}`" not in told) == []
