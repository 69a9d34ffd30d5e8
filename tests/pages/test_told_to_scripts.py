"""What a page tells its scripts: an element that misses an attribute is drawn all the same, and copies or sends « undefined »."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from tests.fixtures.quick_html import QuickParser
from tests.fixtures.screens import SCREENS, drawn

pytestmark = pytest.mark.words

SCRIPTS = Path(__file__).parents[2] / "wallet/static/js"
CLASS = re.compile(r"^class (\w+) extends (\w+) \{\n(.*?)^\}", re.DOTALL | re.MULTILINE)
DEFINED = re.compile(r'customElements\.define\("([\w-]+)", (\w+)\)')
BY_A_FUNCTION = {("copy-link", "data-address"), ("ready-message", "data-link")}
"""What an element does not read by itself (share-link.js)."""
WHERE_ALONE = {
    ("file-picker", "data-shrinks"): {"badges/scan.html", "lasting_page/photo.html", "recovery_codes/use.html"},
    ("badge-scanner", "data-now"): {"badges/scan.html"},
    ("paper-scanner", "data-now"): set[str](),
    ("draft-sender", "data-joins"): {"badges/added.html"},
    ("paper-code", "data-first"): {"recovery_codes/use.html"},  # not where they are in, and it types nothing
    ("paper-code", "data-other"): {"recovery_codes/use.html"},
    ("tick-all", "data-of"): {"evidence/choose_badges.html", "shares/new.html"},
    ("unsent-drafts", "data-gone"): {"evidence/gone.html"},
    ("voice-recorder", "data-instead"): {"evidence/question.html", "evidence/voice.html"},
    ("voice-recorder", "data-over"): {"evidence/question.html", "evidence/voice.html"},
}
"""What an element may do without, and the pages that tell it."""
KEPT = {
    ("badges/index.html", "/badges/"),
    ("badges/added.html", "/badges/"),
    ("search/index.html", "/badges/"),
    ("shares/index.html", "/shares/"),
    ("lasting_page/show.html", "/shares/"),
}
"""Links to what a phone keeps for when there is no Internet: badges, and codes to hold out."""


def _read_by_scripts() -> set[tuple[str, str]]:
    """Each element, and each attribute that its script, or the one from which that is made, reads of it."""
    texts = [path.read_text() for path in SCRIPTS.glob("*.js")]

    def read(kind: str, text: str) -> set[str]:
        base, body = next(((base, body) for name, base, body in CLASS.findall(text) if name == kind), ("", ""))
        alone = set(re.findall(r"\bthis\.dataset\.(\w+)", body))
        several = re.findall(r"\{([^{}]*)\} = this\.dataset\b|\bthis\.dataset\[([^\]]*)\]", body)
        chosen = {name for _, either in several for name in re.findall(r'"(\w+)"', either)}
        unfolded = {one.partition(":")[0].strip() for names, _ in several for one in names.split(",")} - {""}
        return alone | chosen | unfolded | (read(base, text) if base else set())

    defined = [(*one, text) for text in texts for one in DEFINED.findall(text)]
    return {(element, _dashed(name)) for element, kind, text in defined for name in read(kind, text)} | BY_A_FUNCTION


def _dashed(name: str) -> str:
    return "data-" + re.sub("[A-Z]", lambda letter: f"-{letter[0].lower()}", name)


class Told(QuickParser):
    """The elements of a page, each with what it is told."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements = list[tuple[str, dict[str, str | None]]]()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if "-" in tag or tag == "a":
            self.elements.append((tag, dict(attrs)))


def test_each_element_of_a_script_is_told_what_its_script_reads_and_each_phone_what_to_keep() -> None:
    with_it, without = defaultdict[tuple[str, str], set[str]](set), defaultdict[tuple[str, str], set[str]](set)
    kept = set[tuple[str, str]]()
    reads = defaultdict[str, set[str]](set)
    for element, name in _read_by_scripts():
        reads[element].add(name)
    for screen, (template, _) in SCREENS.items():
        for element, said in Told(drawn(screen)).elements:
            for name in reads[element]:
                (with_it if name in said else without)[element, name].add(template)
            if element == "a" and "data-keep" in said:
                kept.add((template, re.sub(r"\d+$", "", said["href"] or "")))

    assert {one: where for one, where in without.items() if one not in WHERE_ALONE} == {}
    assert {one: with_it[one] for one in WHERE_ALONE} == WHERE_ALONE
    assert not with_it["file-picker", "data-shrinks"] & without["file-picker", "data-shrinks"]
    assert kept == KEPT
