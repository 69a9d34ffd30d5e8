"""What goes with the pages is asked for once, kept for a year, and light."""

import gzip
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from wallet.assets import IMPORT, Asset, Assets

STATIC = Path(__file__).parents[1] / "wallet/static"
STYLES_LIMIT = 11 * 1024
"""Bytes in gzip of all the styles of holders; a browser fetches them once."""


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


def test_two_starts_give_the_same_addresses(assets: Assets) -> None:
    assert Assets(STATIC).address_of("css/wallet.css") == assets.address_of("css/wallet.css")


def test_the_lasting_address_is_kept_for_a_year_and_the_plain_one_asked_again(assets: Assets) -> None:
    address = assets.address_of("js/share.js")

    assert "immutable" in found(assets, address).caching(address)
    assert found(assets, "js/share.js").caching("js/share.js") == "no-cache"


@pytest.mark.parametrize(
    "path", ["", "css", "css/", "../pages.py", "css/../../pages.py", "/etc/passwd", "css/nobody.css"]
)
def test_nothing_else_is_served(assets: Assets, path: str) -> None:
    assert assets.find(path) is None


def test_a_licence_beside_a_script_stays_with_us(tmp_path: Path) -> None:
    (tmp_path / "htmx.LICENSE").write_text("text")

    assert Assets(tmp_path).find("htmx.LICENSE") is None


def test_the_styles_are_one_file_and_light(assets: Assets) -> None:
    styles = found(assets, "css/wallet.css")

    assert b"@import" not in styles.content
    assert b"/*" not in styles.content
    assert gzip.decompress(styles.packed) == styles.content
    assert len(styles.packed) <= STYLES_LIMIT


def test_every_noun_of_the_styles_is_in_the_one_file() -> None:
    named = {match["name"] for match in IMPORT.finditer((STATIC / "css/wallet.css").read_text())}

    assert named == {path.name for path in (STATIC / "css").glob("*.css")} - {"wallet.css", "open-share.css"}


def test_the_sheet_of_what_strangers_are_shown_is_a_part_of_ours_in_the_same_order() -> None:
    ours, theirs = (
        [match["name"] for match in IMPORT.finditer((STATIC / "css" / name).read_text())]
        for name in ("wallet.css", "open-share.css")
    )
    layers = [
        (STATIC / "css" / name).read_text().split("*/\n", 1)[1].splitlines()[0] for name in ("wallet.css", "open-share.css")
    ]

    assert [name for name in ours if name in theirs] == theirs
    assert layers[0] == layers[1]


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
