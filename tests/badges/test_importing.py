"""Files and links that arrive: looked at, made safe on the shelf, and told in one word when there is no badge in them."""

import base64
import json
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image

from tests.fixtures.import_tools import import_tools
from tests.fixtures.visits import AWARDED, NOW, IssuersWeb, baked, signed
from wallet import openbadges
from wallet.badges import importing
from wallet.badges.importing import ImportTools
from wallet.badges.models import ImportOutcome, NewBadge
from wallet.cli import samples
from wallet.openbadges import Fetched, Unreachable
from wallet.sandbox.pictures import Picture, draw
from wallet.storage.files import FileStore, open_files

pytestmark = pytest.mark.slow

SAMPLE = samples.samples()[0]
ASSERTION = samples.make_assertion(SAMPLE, AWARDED)
AT = ASSERTION["id"]


class Drawer:
    """Draws, and remembers what it was given."""

    def __init__(self) -> None:
        self.given: list[bytes] = []

    def __call__(self, content: bytes) -> Picture | None:
        self.given.append(content)
        return draw(content)


@pytest.fixture
def drawer() -> Drawer:
    return Drawer()


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return open_files(f"file://{tmp_path}/files")


@pytest.fixture
def tools(web: IssuersWeb, drawer: Drawer, files: FileStore) -> ImportTools:
    badge_class = samples.make_class(SAMPLE)
    web |= {
        AT: json.dumps(ASSERTION).encode(),
        ASSERTION["badge"]: json.dumps(badge_class).encode(),
        badge_class["issuer"]: json.dumps(samples.profile()).encode(),
    }
    return import_tools(web, files, draw=drawer)


def names_as_its_picture(web: IssuersWeb, image: str) -> None:
    """Let the issuer name this picture, and no other."""
    web[AT] = json.dumps({name: value for name, value in ASSERTION.items() if name != "image"}).encode()
    web[ASSERTION["badge"]] = json.dumps({**samples.make_class(SAMPLE), "image": image}).encode()


def found(arrived: list[NewBadge | ImportOutcome]) -> NewBadge:
    [one] = arrived
    assert isinstance(one, NewBadge), one
    return one


@pytest.mark.breadth
def test_the_document_is_kept_as_it_came(tools: ImportTools, files: FileStore):
    content = baked(signed())

    one = found(importing.import_file("badge.png", content, tools))

    assert files.read(one.document) == content
    assert (one.file_name, one.link, one.examination.state) == ("badge.png", "", "valid")


def test_all_that_was_seen_is_kept_with_its_address_and_its_time(tools: ImportTools, files: FileStore, web: IssuersWeb):
    one = found(importing.import_file("badge.json", web[AT], tools))

    assert {seen["address"] for seen in one.seen} == {AT, ASSERTION["badge"], samples.profile()["id"]}
    for seen in one.seen:
        assert (seen["status"], seen["at"]) == (200, NOW.isoformat())
        assert files.read(seen["file"]) == web[seen["address"]]


@pytest.mark.parametrize("container", ["png", "svg"])
@pytest.mark.breadth
def test_the_picture_shown_is_our_own_copy(tools: ImportTools, files: FileStore, container: str):
    drawing = SAMPLE.picture(100) if container == "png" else SAMPLE.drawing.encode()
    content = openbadges.bake(drawing, signed().decode())

    one = found(importing.import_file(f"badge.{container}", content, tools))

    assert one.picture is not None
    copy = files.read(one.picture)
    assert Image.open(BytesIO(copy)).format == "WEBP"
    assert b"OpenBadge" not in copy


@pytest.mark.breadth
def test_a_badge_without_a_picture_of_its_own_takes_the_one_it_names(tools: ImportTools, drawer: Drawer):
    one = found(importing.import_file("badge.json", signed(), tools))

    assert one.picture is not None
    assert drawer.given == [SAMPLES_PICTURE]


SAMPLES_PICTURE = next(one for one in samples.samples() if one.art == "communiquer-1").picture(samples.CARRIED_SIDE)


@pytest.mark.parametrize("answer", [404, b"not a picture", (200, "image/png", b""), None])
def test_a_picture_that_is_not_to_be_had_is_no_fault(tools: ImportTools, web: IssuersWeb, answer: object):
    at = "https://issuer.example/picture.png"
    names_as_its_picture(web, at)
    if answer is not None:
        web[at] = answer  # type: ignore[assignment]

    one = found(importing.import_file("badge.json", web[AT], tools))

    assert one.picture is None
    assert one.plate


@pytest.mark.parametrize(
    "image", ["data:image/png;base64,%%%", "data:,", "data:image/png;base64,AAAA", "data:image/svg+xml,<svg"]
)
def test_a_picture_that_is_broken_is_none(tools: ImportTools, web: IssuersWeb, image: str):
    names_as_its_picture(web, image)

    assert found(importing.import_file("badge.json", web[AT], tools)).picture is None


@pytest.mark.parametrize(
    ("pasted", "asked"),
    [
        (AT, AT),
        (f"  {AT}\n", AT),
        (f"Votre badge : <{AT}>.", AT),
        (f"({AT}),", AT),
        (f'"{AT}"', AT),
        (f"Le voici : «{AT}» !", AT),
        (f"Tu l’as vu, {AT}?", AT),
        (f"Ton badge est là : “{AT}”!", AT),
        (AT.removeprefix("https://"), AT),
        (AT.replace("https", "HTTPS"), AT.replace("https", "HTTPS")),
        (f"{AT} https://issuer.example/other", AT),
        (f"Badge:{AT}", AT),
        (f"[Mon badge]({AT})", AT),
        (f"[{AT}]({AT})", AT),
        (f'<a href="{AT}">Mon badge</a>', AT),
        (f"\ufeff{AT}\u200b", AT),  # as a messenger hands it over: nobody sees what to correct
        (AT.replace("/", "/\u200b"), AT),
    ],
)
def test_the_link_is_found_in_what_was_pasted(tools: ImportTools, web: IssuersWeb, pasted: str, asked: str):
    web[asked] = web[AT]

    one = found(importing.import_link(pasted, tools))

    assert one.link == asked
    assert one.examination.container == "json"
    assert one.file_name == "organiser-1.json"
    assert web.asked.count(asked) == 1


@pytest.mark.parametrize("pasted", ["", "bonjour", "badge.png", "https//x", "mailto:a@b.example"])
def test_what_is_no_link_is_told(tools: ImportTools, web: IssuersWeb, pasted: str):
    assert importing.import_link(pasted, tools) == [ImportOutcome("", "problem", "link-no-badge")]
    assert web.asked == []


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        ("refused", "link-no-answer"),
        ("timeout", "link-no-answer"),
        ("too-big", "link-no-answer"),
        ("no-answer", "link-no-answer"),
    ],
)
def test_why_a_link_leads_nowhere_is_told_in_one_word(tools: ImportTools, why: str, reason: str):
    def fetch(address: str) -> Fetched:
        raise Unreachable(address, why)

    asking = import_tools(fetch, tools.files, draw=tools.draw)

    assert importing.import_link(AT, asking) == [ImportOutcome(AT, "problem", reason)]


def test_a_picture_behind_a_link_is_a_badge_too(tools: ImportTools, web: IssuersWeb):
    web["https://issuer.example/images/badge.png?x=1"] = (200, "image/png", baked(signed()))

    one = found(importing.import_link("https://issuer.example/images/badge.png?x=1", tools))

    assert (one.examination.container, one.file_name) == ("png", "badge.png")
    assert one.link == "https://issuer.example/images/badge.png?x=1"


def test_the_page_of_a_badge_leads_to_the_badge_which_is_kept(tools: ImportTools, web: IssuersWeb, files: FileStore):
    page = "https://issuer.example/fr/organiser"
    web[page] = (200, "text/html", f'<html><link rel=alternate type=application/json href="{AT}">'.encode())

    one = found(importing.import_link(page, tools))

    assert (one.examination.state, one.examination.container) == ("valid", "json")
    assert (one.link, one.file_name) == (AT, "organiser-1.json")
    assert files.read(one.document) == web[AT]
    assert web.asked.count(page) == web.asked.count(AT) == 1


def test_a_badge_that_a_page_carries_is_kept_as_a_file_of_its_own(
    tools: ImportTools, web: IssuersWeb, files: FileStore
):
    page = "https://issuer.example/badges/"
    badge = signed()
    web[page] = (200, "text/html", b"<html><script type=application/ld+json>" + badge + b"</script></html>")

    one = found(importing.import_link(page, tools))

    assert (one.examination.state, one.file_name) == ("valid", "issuer.example")
    assert json.loads(files.read(one.document)) == json.loads(badge)


def test_a_page_without_a_badge_is_told_in_one_word(tools: ImportTools, web: IssuersWeb, files: FileStore):
    page = "https://issuer.example/login"
    web[page] = (200, "text/html", b"<html><form>Password</form></html>")

    assert importing.import_link(page, tools) == [ImportOutcome(page, "problem", "link-no-badge")]
    assert list(files.names()) == []


@pytest.mark.parametrize("gone", [404, 410])
def test_a_link_to_what_is_gone_is_told_in_one_word(tools: ImportTools, web: IssuersWeb, gone: int):
    web[AT] = gone

    assert importing.import_link(AT, tools) == [ImportOutcome(AT, "problem", "link-no-answer")]


def test_a_pasted_data_address_is_a_file_and_nobody_is_asked_for_it(
    tools: ImportTools, web: IssuersWeb, files: FileStore
):
    content = baked(signed())
    address = "data:image/png;base64," + base64.b64encode(content).decode()

    one = found(importing.import_link(f"  {address}\n", tools))

    assert (one.examination.state, one.examination.container, one.link) == ("valid", "png", "")
    assert files.read(one.document) == content
    assert one.picture is not None
    assert not any(asked.startswith("data:") for asked in web.asked)


@pytest.mark.breadth
def test_a_pasted_list_of_badges_is_a_file_that_holds_them(tools: ImportTools):
    one, other = importing.import_link(f"[ {signed().decode()},\n{signed('adapter-1').decode()} ]", tools)

    assert isinstance(one, NewBadge)
    assert isinstance(other, NewBadge)
    assert (one.examination.state, other.examination.state) == ("valid", "valid")


@pytest.mark.parametrize("around", ["\ufeff{}", "\u2066{}\u2069", " \u200b{}\u200b\n"])
def test_a_pasted_badge_comes_in_as_it_was_signed_through_what_nobody_sees_around_it(
    tools: ImportTools, files: FileStore, around: str
):
    badge = signed()

    one = found(importing.import_link(around.replace("{}", badge.decode()), tools))

    assert (one.examination.state, files.read(one.document)) == ("valid", badge)


@pytest.mark.parametrize(
    ("before", "asked"),
    [("", set()), ("\ufeff", set()), ("Voici mon badge : ", {"https://www.w3.org/ns/credentials/v2"})],
)
def test_no_site_that_half_a_badge_names_is_told_the_rest_of_it(
    tools: ImportTools, web: IssuersWeb, before: str, asked: set[str]
):
    """Maria copied hers without its last line: what it tells of her stood in the address that was asked."""
    half = json.dumps(json.loads(signed()), separators=(",", ":"))[:-2]

    [outcome] = importing.import_link(before + half, tools)

    assert isinstance(outcome, ImportOutcome)
    assert outcome.reason.startswith("link-no-")
    assert set(web.asked) == asked


@pytest.mark.parametrize("pasted", ["data:image/png;base64,%%%", "data:,bonjour à tous"])
def test_a_data_address_without_a_badge_is_told_like_a_link(tools: ImportTools, pasted: str):
    assert importing.import_link(pasted, tools) == [ImportOutcome("", "problem", "link-no-badge")]


def test_looking_again_finds_what_is_true_now(tools: ImportTools, web: IssuersWeb, files: FileStore):
    one = found(importing.import_file("badge.json", web[AT], tools))
    web[AT] = 410
    later = import_tools(web, files, NOW + timedelta(days=1), draw=tools.draw)

    examination, seen = importing.examine_again(files.read(one.document), later, one.link, {})

    assert examination.state == "revoked"
    assert examination.checked_at == NOW + timedelta(days=1)
    assert seen[0]["status"] == 410


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("badge.png", "badge.png"),
        ("/home/maria/badge.png", "badge.png"),
        ("C:\\Users\\Maria\\badge.png", "badge.png"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\r\nc.png", "abc.png"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("e\u0301te\u0301.png", "été.png"),
        ("  badge.png  ", "badge.png"),
        ("\udcff.png", "png"),
        ("é" * 500, "é" * 120),
        ("", ""),
        ("/", ""),
    ],
)
def test_a_file_name_is_made_fit_to_be_shown(tools: ImportTools, name: str, shown: str):
    assert found(importing.import_file(name, signed(), tools)).file_name == shown


def test_what_comes_in_a_file_is_named_after_it_counts_with_it_and_from_a_zip_stands_alone(
    tools: ImportTools, files: FileStore
):
    mine, archive = baked(signed()), BytesIO()
    with ZipFile(archive, "w") as zipped:
        zipped.writestr("mine.png", mine)
    both = f"[{signed().decode()}, {signed('adapter-1').decode()}]".encode()

    alone = found(importing.import_file("badges.zip", archive.getvalue(), tools))
    one, other = importing.import_file("both.json", both, tools)

    assert (alone.file_name, alone.came_in, alone.came_in_size) == ("mine.png", None, 0)
    assert alone.picture is not None
    assert alone.size == len(mine) + len(files.read(alone.picture))
    for page in (one, other):
        assert isinstance(page, NewBadge)
        assert (page.file_name, page.came_in is not None, page.came_in_size) == ("both.json", True, len(both))


@pytest.mark.breadth
def test_a_file_too_heavy_is_not_even_looked_at(tools: ImportTools, files: FileStore):
    content = b"{" + b" " * importing.FILE_LIMIT

    assert importing.import_file("film.mp4", content, tools) == [ImportOutcome("film.mp4", "problem", "too-big")]
    assert list(files.names()) == []


def test_a_file_without_a_badge_leaves_nothing_on_the_shelf(tools: ImportTools, files: FileStore, drawer: Drawer):
    stream = BytesIO()
    Image.new("RGB", (10, 10)).save(stream, "PNG")

    assert importing.import_file("capture.png", stream.getvalue(), tools) == [
        ImportOutcome("capture.png", "problem", "no-badge-in-picture")
    ]
    assert list(files.names()) == []
    assert drawer.given == [], "and is never decoded"


def test_a_data_address_in_base64_is_read_as_it_is_written(tools: ImportTools, web: IssuersWeb, drawer: Drawer):
    picture = SAMPLE.picture(50)
    image = "data:image/png;base64," + base64.b64encode(picture).decode()
    names_as_its_picture(web, image)

    assert found(importing.import_file("badge.json", web[AT], tools)).picture
    assert drawer.given == [picture]
