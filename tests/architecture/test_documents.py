"""Whatever a comment, a template or a page cites can be opened in this repository, and has the paragraph that is named; what a
function says that it raises is called so.

Comments cite `docs/decisions.md 7` and `docs/security.md C3`; pages link to each other. The examples at the end break each
rule of a citation once.
"""

import builtins
import re
import tomllib
from collections.abc import Iterator, Set
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PAGES = sorted([PROJECT / "README.md", *PROJECT.glob("docs/*.md")])
NUMBERED = {"docs/decisions.md": r"## (\d+) · ", "docs/security.md": r"### ([A-L]\d+) · "}
"""The pages of which a paragraph is cited, and how one begins."""
CODE = {".py", ".html", ".css", ".js", ".po", ".txt", ".toml", ".mako", ".lua"}
CITED = re.compile(r"(?P<page>[\w./-]*\w\.md)\b(?P<paragraphs>(?:(?:,|;| and| to)? [A-L]?\d+\b)*)")
LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)\)|(?:src|href)=\"(?P<source>[^\"]+)\"")
OF_OURS = re.compile(r"(?<![\w/.])(?:wallet|tests|bench|docs)/[\w./-]*\w")
ENDING = re.compile(r"\.(?:py|html|css|js)\b")
PATH = re.compile(r"(?<![\w/.:-])(?:[\w-]+/)*[\w-]+$")
NOT_OURS = {"apps/issuer/public_api.py", "jsonld.js", "test_made_up.py"}
"""Files that are named and belong to others, or to a test that makes one up."""
DOCUMENTED = re.compile(r'"""[\s\S]*?"""|#.*')
RAISED = re.compile(r"\braises? ((?:[A-Z]\w+)(?:(?:,? and |, | or )[A-Z]\w+)*)", re.IGNORECASE)
ROW = r"^\| `(\w+)/`"
"""Of the map in the README: a package."""
LONGEST_README, HEAVIEST_PICTURES = 120, 300_000


@cache
def paragraphs(page: str) -> list[str]:
    """The ids of what is numbered in *page*, in their order."""
    return re.findall(f"^{NUMBERED[page]}", (PROJECT / page).read_text(encoding="utf-8"), re.MULTILINE)


@cache
def anchors(page: Path) -> set[str]:
    """What a link into *page* may name, as GitHub makes it of the headings."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def citations(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each page that *text*, of code, cites, with the paragraphs that it names."""
    if ".md" not in text:
        return
    for found in CITED.finditer(re.sub(r"\s*\n\s*(?:# ?|\* )?", " ", text)):
        yield found["page"], re.findall(r"[A-L]?\d+", found["paragraphs"])


def faults_of_code(text: str) -> list[str]:
    """What nobody can open of all that *text* cites, a sentence each."""
    faults = [f"{found} is outside the project" for found in re.findall(r"\.\./shared\b(?!/corpus\b)[\w/.-]*", text)]
    for page, named in citations(text):
        if not (page == "README.md" or page.startswith("docs/")) or not (PROJECT / page).is_file():
            faults.append(f"there is no page {page}")
        elif page in NUMBERED:
            faults += [f"{page} has no paragraph {id}" for id in named if id not in paragraphs(page)]
            faults += [] if named else [f"{page} is cited without a paragraph"]
    return faults


@cache
def files() -> frozenset[str]:
    """Every file of code, by its path and by each end of it."""
    parts = [path.relative_to(PROJECT).parts for path in code()] + [Path(__file__).relative_to(PROJECT).parts]
    return frozenset("/".join(one[start:]) for one in parts for start in range(len(one)))


def faults_of_files(text: str, begins: str = "") -> list[str]:
    """Each file that *text* names, its name with *begins*, and nobody can open, a sentence each."""
    named = []
    for end in ENDING.finditer(text):
        if before := PATH.search(text[max(0, end.start() - 80) : end.start()]):
            named.append(before[0] + end[0])
    ours = (name for name in named if name.rpartition("/")[2].startswith(begins))
    return [f"there is no file {name}" for name in ours if name not in files() | NOT_OURS]


def names_in(text: str) -> set[str]:
    """What is called by a name with a capital in *text*, Python, less its docstrings and comments."""
    return set(re.findall(r"\b[A-Z]\w+", DOCUMENTED.sub("", text)))


def faults_of_raised(text: str, names: Set[str]) -> list[str]:
    """Each error that a docstring or a comment of *text* says is raised, and that is none of *names*, a sentence each."""
    raised = " ".join(found for one in DOCUMENTED.findall(text) for found in RAISED.findall(one))
    return [f"there is no error {name}" for name in re.findall(r"\b[A-Z]\w+", raised) if name not in names]


def faults_of_page(path: Path, text: str) -> list[str]:
    """What *text*, of the page at *path*, leads to and is not there, a sentence each."""
    faults = [f"there is no {name}" for name in OF_OURS.findall(text) if not (PROJECT / name).exists()]
    for found in LINK.finditer(text):
        target = found["target"] or found["source"]
        if re.match(r"\w+:", target):
            continue
        name, _, anchor = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        if not there.is_relative_to(PROJECT) or not there.exists():
            faults.append(f"there is no {target}")
        elif anchor and anchor not in anchors(there):
            faults.append(f"{name or path.name} has no heading #{anchor}")
        elif there.name == "decisions.md" and found["text"]:
            named = re.findall(r"\d+", found["text"])
            faults += [f"there is no decision {id}" for id in named if id not in paragraphs("docs/decisions.md")]
    return faults


def code() -> Iterator[Path]:
    """Every file of ours that may cite, but this one, whose examples are wrong."""
    for folder in ("wallet", "tests", "bench", "tools"):
        for path in (PROJECT / folder).rglob("*"):
            if path.suffix in CODE and "vendor" not in path.parts and path != Path(__file__):
                yield path
    yield from (PROJECT / name for name in ("Makefile", "pyproject.toml"))


def test_what_a_comment_cites_can_be_opened_here() -> None:
    found = {
        path.relative_to(PROJECT).as_posix(): faults
        for path in code()
        if (faults := faults_of_code(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert found == {}


def test_a_file_that_is_named_is_there() -> None:
    found = {}
    for path in code():
        # Tests make up files of all names, but no tests.
        begins = "" if path.is_relative_to(PROJECT / "wallet") else "test_"
        if faults := faults_of_files(path.read_text(encoding="utf-8", errors="replace"), begins):
            found[path.relative_to(PROJECT).as_posix()] = faults
    assert found == {}


def test_what_is_said_to_be_raised_is_there() -> None:
    texts = {path.as_posix(): path.read_text(encoding="utf-8") for path in (PROJECT / "wallet").rglob("*.py")}
    names = {name for text in texts.values() for name in names_in(text)} | vars(builtins).keys()

    assert {path: faults for path, text in texts.items() if (faults := faults_of_raised(text, names))} == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_leads_to_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert faults_of_page(page, text) == []
    assert "../shared" not in text


@pytest.mark.parametrize("page", NUMBERED)
def test_no_paragraph_has_the_number_of_another(page: str) -> None:
    ids = paragraphs(page)
    assert len(ids) > 20
    assert ids == sorted(set(ids), key=lambda id: (id.rstrip("0123456789"), int(id.lstrip("ABCDEFGHIJKL"))))


def test_the_readme_is_short_and_names_every_package() -> None:
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    folders = {path.name for path in (PROJECT / "wallet").iterdir() if path.is_dir()} - {"__pycache__"}

    assert len(text.splitlines()) <= LONGEST_README
    assert sorted(name for name in folders if f"`{name}/`" not in text) == []
    assert [name for name in re.findall(ROW, text, re.MULTILINE) if name not in folders] == []


def test_the_map_of_the_readme_stands_as_packages_may_import_each_other() -> None:
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(one["layers"] for one in settings["contracts"] if one["type"] == "layers")
    floors = {name.strip(): floor for floor, names in enumerate(layers) for name in names.split("|")}

    told = [floors[name] for name in re.findall(ROW, (PROJECT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)]

    assert told == sorted(told)


def test_the_pictures_of_the_readme_are_few_and_light() -> None:
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    pictures = {path.relative_to(PROJECT).as_posix(): path.stat().st_size for path in PROJECT.glob("docs/pictures/*")}

    assert sorted(pictures) == sorted(re.findall(r'src="(docs/pictures/[^"]*)"', text))
    assert sum(pictures.values()) < HEAVIEST_PICTURES


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# kept apart (screens.md, 6.2)", "there is no page screens.md"),
        ("# kept apart (docs/screens.md 6)", "there is no page docs/screens.md"),
        ("# kept apart (decisions.md 7)", "there is no page decisions.md"),
        ("# kept apart (docs/decisions.md 1, 7 and 99)", "docs/decisions.md has no paragraph 99"),
        ("# kept apart (docs/security.md\n    # C3 to C99)", "docs/security.md has no paragraph C99"),
        ("# kept apart (docs/security.md)", "docs/security.md is cited without a paragraph"),
        ("# as ../shared/design/tests.txt asks", "../shared/design/tests.txt is outside the project"),
        ("# as everybody ../shared", "../shared is outside the project"),
    ],
)
def test_one_fault_of_a_comment_is_told(text: str, told: str) -> None:
    assert faults_of_code(text) == [told]


def test_a_file_or_an_error_of_before_is_told() -> None:
    raises = 'def find() -> None:\n    """Raises Missing, Gone and NoBadge; raises what it was given."""'

    assert faults_of_files("# the guard (proofs/guarded.py), not context_guard.py") == [
        "there is no file proofs/guarded.py"
    ]
    assert faults_of_files("# see test_of_before.py and tests/architecture/test_documents.py", "test_") == [
        "there is no file test_of_before.py"
    ]
    assert faults_of_raised(raises, names_in("class Missing: ...\nraise NoBadge  # Gone")) == ["there is no error Gone"]


def test_a_comment_may_cite_what_is_there() -> None:
    assert (
        faults_of_code("# docs/decisions.md 7; docs/security.md C3 to C8, C10; docs/operating.md, ../shared/corpus")
        == []
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[there](nowhere.md)", "there is no nowhere.md"),
        ("[there](security.md#nowhere)", "security.md has no heading #nowhere"),
        ("[there](#nowhere)", "operating.md has no heading #nowhere"),
        ("[decisions 3 and 99](decisions.md)", "there is no decision 99"),
        ('<img src="pictures/nothing.webp">', "there is no pictures/nothing.webp"),
        ("see `wallet/nowhere.py`", "there is no wallet/nowhere.py"),
    ],
)
def test_one_fault_of_a_page_is_told(text: str, told: str) -> None:
    assert faults_of_page(PROJECT / "docs/operating.md", text) == [told]
