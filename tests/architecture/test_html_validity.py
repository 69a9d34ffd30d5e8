"""The HTML of every page in every state, and of the page in an archive, as two others read it: html-validate and the W3C's vnu.

Each is started once for all pages of a language. In `make test` it is the pages that together have every part of any; `make
soak` has all of them read, in English, too.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from starlette.applications import Starlette

from tests.fixtures.archives import opened, take
from tests.fixtures.moments import Teller
from tests.fixtures.screens import SCREENS, drawn
from tests.fixtures.structure import each_part_once
from tests.fixtures.visits import baked, holder, signed
from tests.openbadges.support.others import NODE, PROJECT, SCRIPTS

pytestmark = [pytest.mark.slow, pytest.mark.words]

VALIDATE = PROJECT / "node_modules/html-validate"
VNU = PROJECT / "node_modules/vnu-jar/build/dist/vnu.jar"
JAVA = shutil.which("java") or ""
NOT_ITS_TRADE = re.compile("violates Content Security Policy|appears to be written in")
"""It takes no file for one of its own folder. Chromium obeys the policy, and tests/archive/test_export.py hears it complain of nothing.
And it guesses at the language of forty words, most of which are names: test_language_tags.py knows whose words are whose.
"""
SENT_BY_ITSELF = ("scan", "wcag/h32")
"""The form of the scanner needs no button: it goes when a code is read, and is not there without a script."""
in_both_languages = pytest.mark.parametrize(
    ("language", "is_every"),
    [
        ("fr", False),
        pytest.param("fr", True, marks=pytest.mark.soak),
        pytest.param("en", True, marks=pytest.mark.soak),
    ],
)
needs_html_validate = pytest.mark.skipif(
    not NODE or not VALIDATE.exists(), reason="html-validate is not here: make install-for-tests"
)
needs_vnu = pytest.mark.skipif(
    not JAVA or not VNU.exists(), reason="vnu is not here, or no Java (Debian package: default-jre-headless)"
)


HARMED = "the page in an archive, harmed"
"""What each reader must find wrong: else what it says of the others is nothing."""


@cache
def chosen(language: str, *, is_every: bool) -> list[str]:
    """The names of every screen, or of those that together have every part."""
    return list(SCREENS) if is_every else each_part_once((screen, drawn(screen, language)) for screen in SCREENS)


def written(app: Starlette, folder: Path, language: str, *, is_every: bool) -> dict[str, str]:
    """Screens in *folder*, and the page in an archive, as it is and HARMED: the name of each by that of its file."""
    pages = {screen: drawn(screen, language) for screen in chosen(language, is_every=is_every)}
    maria = holder(app, ("communiquer.json", signed()), ("organiser.png", baked(signed("organiser-1"))))
    Teller(maria.services.database, maria.services.files, 1).tells_all(1, 2)
    taken = opened(take(maria))["index.html"].decode()
    pages |= {"the page in an archive": taken, HARMED: taken.replace("<h1", "<p><div></p><h1", 1)}
    names = {}
    for number, (name, html) in enumerate(pages.items()):
        names[f"{number:03}.html"] = name
        (folder / f"{number:03}.html").write_text(html, encoding="utf-8")
    return names


def validate(folder: Path) -> Iterator[tuple[str, str]]:
    """What html-validate has against the files of *folder*: the file, and the fault."""
    command = (NODE, "--single-threaded", SCRIPTS / "html.mjs", *sorted(folder.glob("*.html")))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    for page in json.loads(done.stdout):
        for fault in page["messages"]:
            yield Path(page["filePath"]).name, f"{fault['line']}: {fault['ruleId']}: {fault['message']}"


def vnu(folder: Path) -> Iterator[tuple[str, str]]:
    """What vnu has against the files of *folder*: the file, and the error or warning."""
    command = (
        JAVA,
        "-Xss4m",
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-Xmn128m",
        "-jar",
        VNU,
        "--format",
        "json",
        "--exit-zero-always",
        "--stdout",
    )
    done = subprocess.run((*command, *sorted(folder.glob("*.html"))), capture_output=True, text=True, check=True)
    for fault in json.loads(done.stdout)["messages"]:
        if not NOT_ITS_TRADE.search(fault["message"]):
            yield fault["url"].rpartition("/")[2], f"{fault.get('lastLine', 0)}: {fault['message']}"


@needs_html_validate
@in_both_languages
@pytest.mark.breadth
def test_html_validate_finds_no_fault(app: Starlette, tmp_path: Path, language: str, is_every: bool) -> None:
    names = written(app, tmp_path, language, is_every=is_every)

    faults = [(names[file], fault) for file, fault in validate(tmp_path)]
    assert HARMED in dict(faults)
    assert [
        (name, fault)
        for name, fault in faults
        if name != HARMED and not (name.startswith(SENT_BY_ITSELF[0]) and SENT_BY_ITSELF[1] in fault)
    ] == []


@needs_vnu
@in_both_languages
@pytest.mark.breadth
def test_vnu_finds_no_fault(app: Starlette, tmp_path: Path, language: str, is_every: bool) -> None:
    names = written(app, tmp_path, language, is_every=is_every)

    faults = [(names[file], fault) for file, fault in vnu(tmp_path)]
    assert HARMED in dict(faults)
    assert [(name, fault) for name, fault in faults if name != HARMED] == []
