"""What goes with the pages is asked for once, kept for a year, and light."""

import gzip
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from wallet.pages.assets import IMPORT, REMARK, Asset, Assets

STATIC = Path(__file__).parents[2] / "wallet/static"
TEMPLATES = STATIC.with_name("templates")
STYLES_LIMIT = 13_000
"""Bytes in gzip of all the styles of holders; a browser fetches them once."""
SHEET_LIMIT = 6_800
"""The same of what strangers are shown, which is in each of their pages and before its first words: 5 ms a KB on slow 4G."""
OF_HOLDERS = {"erasure", "recovery", "offline_drafts", "passkeys", "_shared_computer.html"}
"""Folders and files that the frame of all pages has for holders alone."""
ASKED_BY_HOLDERS = {"chalk", "play", "sounding", "wave"}
"""Classes of two macros beside others that their pages ask for."""
HOLDERS_WAYS = {
    ".telling #story",
    ".reached",
    ".won .reached",
    "button.alone",
    '.button input[type="file"]',
    "form .what a",
    "section .language button",
}
"""Rules of their wallet alone, by classes that strangers' pages wear otherwise."""
BARE = {"says"}
"""A class of a template that no sheet knows: what the organism says of its badge is found by it."""
ALONE = {
    "abuse-report.css",
    "advice.css",
    "calls.css",
    "endorsements.css",
    "lasting-page.css",
    "messages.css",
    "recovery-sheet.css",
    "sending.css",
    "tutor.css",
}
"""Sheets of screens that are seldom seen: they come with these."""


@pytest.fixture(scope="module")
def assets() -> Assets:
    return Assets(STATIC)


def found(assets: Assets, path: str) -> Asset:
    asset = assets.find(path)
    assert asset is not None
    return asset


def test_the_lasting_address_changes_with_the_content(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a { color: red }")
    before = Assets(tmp_path).address_of("a.css")
    (tmp_path / "a.css").write_text("a { color: blue }")
    after = Assets(tmp_path).address_of("a.css")

    assert re.fullmatch(r"a\.[0-9a-f]{10}\.css", before)
    assert before != after


@pytest.mark.breadth
def test_two_starts_give_the_same_addresses(assets: Assets) -> None:
    assert Assets(STATIC).address_of("css/wallet.css") == assets.address_of("css/wallet.css")


def test_the_lasting_address_is_kept_for_a_year_and_the_plain_one_asked_again(assets: Assets) -> None:
    address = assets.address_of("js/share-link.js")

    assert "immutable" in found(assets, address).caching(address)
    assert found(assets, "js/share-link.js").caching("js/share-link.js") == "no-cache"


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    """One imports another, which imports a third; a fourth is imported later."""
    (tmp_path / "js").mkdir()
    (tmp_path / "vendor").mkdir()
    (tmp_path / "js/form.js").write_text('import { hex } from "./store.js"\nimport("../vendor/qr.js")\n')
    (tmp_path / "js/store.js").write_text('import "./encoding.js"\nexport { hex } from "./encoding.js"\n')
    (tmp_path / "js/encoding.js").write_text("export const hex = 1\n")
    (tmp_path / "vendor/qr.js").write_text('import "./other.js"\n')
    return tmp_path


def test_a_module_is_sent_with_the_lasting_addresses_of_its_neighbours(modules: Path) -> None:
    assets = Assets(modules)
    store, qr = (assets.address_of(name) for name in ("js/store.js", "vendor/qr.js"))

    assert assets.text("js/form.js") == (f'import {{ hex }} from "./{store.removeprefix("js/")}"\nimport("../{qr}")\n')
    assert assets.text("vendor/qr.js") == 'import "./other.js"\n', "what is not ours is sent as it came"


def test_a_page_is_told_of_all_that_a_module_cannot_begin_without(modules: Path) -> None:
    assets = Assets(modules)

    assert assets.imports_of("js/form.js") == ["js/store.js", "js/encoding.js"]
    assert assets.imports_of("js/encoding.js") == []


def test_a_change_in_a_module_is_a_change_in_all_that_import_it(modules: Path) -> None:
    before = Assets(modules)
    (modules / "js/encoding.js").write_text("export const hex = 2\n")
    after = Assets(modules)

    changed = {name for name in ("js/form.js", "js/store.js", "js/encoding.js", "vendor/qr.js")
               if before.address_of(name) != after.address_of(name)}  # fmt: skip
    assert changed == {"js/form.js", "js/store.js", "js/encoding.js"}


def test_a_module_that_is_not_there_is_found_at_start(modules: Path) -> None:
    (modules / "js/encoding.js").unlink()

    with pytest.raises(KeyError, match=re.escape("js/encoding.js")):
        Assets(modules)


def test_what_is_told_to_whoever_reads_a_script_is_not_sent(assets: Assets) -> None:
    """And nothing else is taken for it: no text that a script holds."""
    for path in (STATIC / "js").glob("*.js"):
        script = path.read_text()
        before = [script[: found.start()].rpartition("\n")[2] for found in REMARK.finditer(script)]
        assert all(line.count(quote) % 2 == 0 for line in before for quote in "\"'`"), path.name
        assert not re.search(r"/\*| // ", assets.text(f"js/{path.name}")), path.name


def test_every_script_of_a_page_is_a_module() -> None:
    """Htmx is none: it is sent as it came."""
    templates = "\n".join(path.read_text() for path in (STATIC.parent / "templates").rglob("*.html"))

    others = [script for script in re.findall(r"<script\b[^>]*>", templates) if 'type="module"' not in script]
    assert others
    assert all("vendor/htmx.min.js" in script for script in others), others


@pytest.mark.parametrize(
    "path", ["", "css", "css/", "../pages.py", "css/../../pages.py", "/etc/passwd", "css/nobody.css"]
)
def test_nothing_else_is_served(assets: Assets, path: str) -> None:
    assert assets.find(path) is None


def test_a_licence_beside_a_script_stays_with_us(tmp_path: Path) -> None:
    (tmp_path / "htmx.LICENSE").write_text("text")

    assert Assets(tmp_path).find("htmx.LICENSE") is None


def parts_of(path: Path) -> set[Path]:
    """The template at *path* and all that it is made of, but what it has for holders alone."""
    parts, new = set[Path](), {path}
    while new:
        parts |= new
        named = {
            TEMPLATES / name
            for part in new
            for tag in re.findall(r"{%-? *(?:extends|include|from|import) (.*?)%}", part.read_text(), re.DOTALL)
            for name in re.findall(r'"([\w/.]+\.html)"', tag)
        }
        new = {one for one in named if not OF_HOLDERS & set(one.parts)} - parts
    return parts


def selectors_of(sheet: str) -> set[str]:
    """What the rules of *sheet* are about."""
    rules = re.findall(r"^ *([^@/}\n][^{}\n]*) {", (STATIC / "css" / sheet).read_text(), re.MULTILINE)
    return {one for rule in rules for one in re.split(r", *(?![^(]*\))", rule)}


def test_the_styles_are_one_file_and_light(assets: Assets) -> None:
    styles = found(assets, "css/wallet.css")

    assert b"@import" not in styles.content
    assert b"/*" not in styles.content
    assert gzip.decompress(styles.packed) == styles.content
    assert len(styles.packed) <= STYLES_LIMIT


@pytest.mark.breadth
def test_no_template_of_ours_has_a_class_that_no_sheet_and_no_script_knows() -> None:
    """A class that one sheet gives up may be another's: the rows of a path once lost theirs so, and no test saw it."""
    known = {
        name
        for path in (*STATIC.rglob("*.css"), *STATIC.rglob("*.js"))
        for name in re.findall(r"\.([a-z][a-z-]*)", path.read_text())
    }
    named = {
        name
        for path in TEMPLATES.rglob("*.html")
        if path.parent.name != "exported_page"
        for classes in re.findall(r'class="([^"{]*)"', path.read_text())
        for name in classes.split()
    }

    assert named - known - BARE == set()


def test_every_noun_of_the_styles_is_in_the_one_file() -> None:
    named = {match["name"] for match in IMPORT.finditer((STATIC / "css/wallet.css").read_text())}

    assert named == {path.name for path in (STATIC / "css").glob("*.css")} - {"wallet.css", "open-share.css", *ALONE}


def test_the_sheet_of_what_strangers_are_shown_is_a_part_of_ours_in_the_same_order() -> None:
    ours, theirs = (
        [match["name"] for match in IMPORT.finditer((STATIC / "css" / name).read_text())]
        for name in ("wallet.css", "open-share.css")
    )

    assert [name for name in ours if name in theirs] == theirs


def test_a_phone_that_knows_no_layers_has_all_rules_in_their_order(tmp_path: Path) -> None:
    """Before Safari 15.4 and Chrome 99 what stands in a layer is nothing: the page of an old phone was without any style."""
    (tmp_path / "css").mkdir()
    (tmp_path / "css/part.css").write_text(
        "/* Ours. */\n@layer screens {\n  @media print {\n    a { top: 2px; }\n  }\n}\n@layer base {\n  a { top: 1px; }\n}\n"
    )
    (tmp_path / "css/wallet.css").write_text(
        '@property --far { syntax: "*"; }\n@import "part.css";\n@layer tokens {\n  a { top: 0; }\n}\n'
    )

    assert found(Assets(tmp_path), "css/wallet.css").content.decode().splitlines() == [
        '@property --far { syntax: "*"; }',
        *("a { top: 0; }", "a { top: 1px; }", "@media print {", "a { top: 2px; }", "}"),
    ]


def test_what_stays_in_its_place_on_the_screen_names_its_edges_one_by_one() -> None:
    """Before Safari 14.1 and Chrome 87 nobody knows `inset`: the bars would lie over what is read."""
    rules = [rule for path in (STATIC / "css").glob("*.css") for rule in path.read_text().splitlines()]
    fixed = [rule for rule in rules if "position: fixed" in rule]

    assert len(fixed) >= 3
    assert [rule for rule in fixed if " inset:" in rule] == []


def test_no_sheet_is_sent_in_layers(assets: Assets) -> None:
    sheets = {path.name: found(assets, f"css/{path.name}").content for path in (STATIC / "css").glob("*.css")}

    assert {name for name, content in sheets.items() if b"@layer" in content} == set()
    assert {name for name, content in sheets.items() if not content} == set()


def test_what_strangers_are_shown_has_no_style_that_only_holders_get() -> None:
    """The sheet in their page goes before its first words: what is of holders stays out of it, and nothing of theirs does."""
    worn = {
        name
        for page in ("page", "badge", "moment")
        for path in parts_of(TEMPLATES / f"open_share/{page}.html")
        for classes in re.findall(r'class="([^"{]*)', path.read_text())
        for name in classes.split()
    } - ASKED_BY_HOLDERS
    ours, theirs = (
        {match["name"] for match in IMPORT.finditer((STATIC / "css" / name).read_text())}
        for name in ("wallet.css", "open-share.css")
    )
    left_out = {
        selector
        for name in ours - theirs
        for selector in selectors_of(name)
        if (classes := set(re.findall(r"\.([a-z][a-z-]*)", selector))) and classes <= worn
    } - {selector for name in theirs for selector in selectors_of(name)}

    assert {"answering", "proof", "twins", "map"} <= worn
    assert left_out == HOLDERS_WAYS


def test_the_sheet_of_what_strangers_are_shown_is_light(assets: Assets) -> None:
    assert len(assets.sheet.packed) <= SHEET_LIMIT


def test_the_sheet_of_what_strangers_are_shown_may_stand_in_their_page(assets: Assets) -> None:
    sheet = assets.sheet

    assert sheet == found(assets, "css/open-share.css")
    assert sheet.source == f"'sha256-{b64encode(sha256(sheet.content).digest()).decode()}'"
    assert not set("<&\r") & set(sheet.content.decode())


def test_braces_of_the_styles_match(assets: Assets) -> None:
    for path in (STATIC / "css").glob("*.css"):
        text = path.read_text()
        assert text.count("{") == text.count("}"), path.name


def test_no_style_asks_another_address(assets: Assets) -> None:
    assert b"url(" not in found(assets, "css/wallet.css").content


def test_drawings_hold_no_script_and_no_address() -> None:
    for path in [*(STATIC / "art").iterdir(), *(STATIC / "icons").glob("*.svg")]:
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"<script|\son\w+=|href|http|<style|style=", text), path.name
