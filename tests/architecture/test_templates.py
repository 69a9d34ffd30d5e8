"""How templates are written: one element a line where lines are long, small files, parts that say what they draw and are used.

That they escape what strangers write is held by tests/pages/test_environment.py, that every page is shown to the tests as well.
"""

import ast
import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "wallet/templates"
SOURCES = {path.relative_to(TEMPLATES).as_posix(): path.read_text("utf-8") for path in TEMPLATES.rglob("*.html")}
PARTS = {name for name in SOURCES if name.rpartition("/")[2].startswith("_")}
WIDTH = 120
LONG_LINES = 0.02
"""Of all lines: the paths of drawings are hard to break."""
LONGEST = 80
"""Lines of a template."""
IMPORT = re.compile(r'{%-? from "[^"]+" import (?P<names>[^%]+?)(?: with context)? -?%}')
MACRO = re.compile(r"{%-? macro (\w+)\(")
CALL = re.compile(r"(?<![\w.])(\w+)\(")


def test_lines_are_short() -> None:
    """Of letters and sheets (.txt) as of pages: what is inside a tag of Jinja is broken without a byte sent otherwise."""
    paths = [path for path in TEMPLATES.rglob("*") if path.suffix in {".html", ".txt"}]
    lines = [line for path in paths for line in path.read_text("utf-8").splitlines()]

    assert len([line for line in lines if len(line) > WIDTH]) <= LONG_LINES * len(lines)


def test_files_are_small() -> None:
    assert {name: found for name, text in SOURCES.items() if (found := len(text.splitlines())) > LONGEST} == {}


def test_each_part_is_drawn_by_some_page() -> None:
    asked = {name for text in SOURCES.values() for name in re.findall(r'"([\w/]+\.html)"', text)}

    assert PARTS - asked == set()


def test_each_part_says_first_what_it_draws() -> None:
    assert [name for name in sorted(PARTS) if not SOURCES[name].startswith("{# ")] == []


def imported(text: str) -> set[str]:
    """The macros that a template takes from others, under the names that it gives them."""
    return {one.rpartition(" as ")[2].strip() for found in IMPORT.finditer(text) for one in found["names"].split(",")}


@pytest.mark.breadth
def test_each_template_imports_the_macros_that_it_calls_and_no_others() -> None:
    """Jinja also finds those of the page that includes a part or that it extends: until that page takes them away."""
    macros = {macro for text in SOURCES.values() for macro in MACRO.findall(text)}
    wrong = {}
    for name, text in SOURCES.items():
        rest, taken = IMPORT.sub("", text), imported(text)
        called = {word for word in CALL.findall(rest) if word in macros}
        idle = {word for word in taken if not re.search(rf"\b{word}\b", rest)}
        if found := called - taken - set(MACRO.findall(text)) | idle:
            wrong[name] = found

    assert wrong == {}


def test_the_phone_finds_what_a_page_is_seen_with() -> None:
    """The worker reads kept pages for ` src="…"` and ` href="…"` (static/js): an attribute on a line of its own is indented."""
    assert [name for name, text in SOURCES.items() if re.search(r"^(?:src|href)=", text, re.MULTILINE)] == []


@pytest.mark.breadth
def test_no_page_is_given_anything_by_a_name_that_every_template_knows() -> None:
    """The layout around it calls `moment` where something waits: of a page that is given a number by that name it is none."""
    known = {"static", "script", "sheet", "day", "month", "moment", "figures", "numeral", "megabytes", "url_for"}
    given = [
        f"{path.name}: {word.arg}"
        for path in (TEMPLATES.parent / "routes").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "page"
        for word in call.keywords
        if word.arg in known
    ]

    assert given == []
