"""Code speaks the trade's plain words: what no file, class or function of the wallet is called, and why a reader needs none."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.parsed import statements

WALLET = Path(__file__).parents[2] / "wallet"
# fmt: off
OF_A_DICTIONARY = {
    "homecoming", "belongings", "keepsakes", "recollections", "retellings", "tellings", "inventories", "parcels",
    "errands", "cursors", "leaves", "paces", "ways", "sheets", "prints", "viewings", "gate", "doors", "ballast",
    "bounds", "arrivals", "developing", "listening", "postman", "house", "reception", "handovers", "papers",
    "narratives", "shapes", "stores", "dumps",
}
# fmt: on
"""Words that a stranger would have to look up here: what they stood for has a name that everybody knows."""
DRAWERS = {"utils", "util", "helpers", "common", "core", "manager", "misc"}
"""Of files and folders: drawers for odds and ends."""
SAYING_NOTHING = {"of", "one", "told", "need", "left", "hold", "stay", "gone"}
"""Of public functions."""


def names(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """Every class and function of a file: `class` or `def`, its name, its line."""
    for node in statements(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield "class" if isinstance(node, ast.ClassDef) else "def", node.name, node.lineno


def faults(wallet: Path) -> list[str]:
    """Each name that is none, with its place."""
    found = []
    for path in sorted(wallet.rglob("*.*")):
        here = path.relative_to(wallet)
        # A migration is history: what it did once is called as it was called then.
        if path.suffix not in {".py", ".js", ".css", ".html"} or {"vendor", "versions"} & set(here.parts):
            continue
        words = {part.removesuffix(path.suffix).lstrip("_").replace("-", "_") for part in here.parts}
        found += [f"{here} is called {word}" for word in sorted(words & (OF_A_DICTIONARY | DRAWERS))]
        for kind, name, line in names(ast.parse(path.read_text(encoding="utf-8"))) if path.suffix == ".py" else ():
            plain = name.lstrip("_").lower()
            singular = {f"{plain}s"} if kind == "class" else set()
            if {plain, *singular} & OF_A_DICTIONARY or (kind == "def" and name in SAYING_NOTHING):
                found.append(f"{here}:{line} {kind} {name}")
    return found


def test_no_name_needs_a_dictionary_of_ours() -> None:
    assert faults(WALLET) == []


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("doors.py", ""),
        ("web/ways.py", ""),
        ("static/js/prints.js", ""),
        ("templates/papers/show.html", ""),
        ("badges/utils.py", ""),
        ("web/visit.py", "class House: ..."),
        ("web/visit.py", "class _Parcel: ..."),
        ("badges/badges.py", "def of(): ..."),
        ("badges/badges.py", "class Badges:\n    def told(self): ..."),
    ],
)
def test_a_name_that_says_nothing_is_told_with_its_place(file: str, content: str, tmp_path: Path) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(content, encoding="utf-8")

    assert [fault.partition(" ")[0].partition(":")[0] for fault in faults(tmp_path)] == [file]
