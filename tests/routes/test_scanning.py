"""A code before a camera, over HTTP: which page may look, what becomes of what was read, and of a photo of a code."""

import json

import pytest
from PIL import Image, ImageFilter, ImageOps
from starlette.applications import Starlette

from tests.fixtures.carriers import code, picture
from tests.fixtures.visits import IssuersWeb, Person, signed, words
from tests.openbadges.support import guild

AT = "https://organisme.example/badge.json"
SCANNED = {"scanned": "yes"}
PHONE, SMALL = (4000, 3000), (1600, 1200)
"""Twelve megapixels, and two."""


@pytest.fixture
def poster(web: IssuersWeb) -> Image.Image:
    """The code on the wall, behind which there is a badge."""
    web[AT] = signed("organiser-1")
    return code(AT.encode())


def shot(of: Image.Image, blur: float = 0, size: tuple[int, int] = SMALL) -> bytes:
    """A photo of it as a phone writes it: askew, lying on its side with a note to set it upright."""
    photo = Image.effect_noise(size, 30).convert("RGB")
    askew = of.resize((900, 900)).rotate(8, expand=True, fillcolor=of.getpixel((0, 0)))
    photo.paste(askew, (size[0] * 2 // 5, (size[1] - askew.height) // 2))
    if blur:
        photo = photo.filter(ImageFilter.GaussianBlur(blur))
    exif = photo.getexif()
    exif[0x0112] = 6
    return picture(photo.rotate(90, expand=True), "JPEG", quality=80, exif=exif)


def scans(person: Person, text: str) -> str:
    """The words of the page that a scanned code leads to."""
    return words(person.post("/badges", data={**SCANNED, "link": text}, follow_redirects=True).text)


def photographs(person: Person, photo: bytes) -> str:
    """The words of the page that a photo of a code leads to."""
    files = {"documents": ("IMG_20261124.jpg", photo, "image/jpeg")}
    return words(person.post("/badges", data=SCANNED, files=files, follow_redirects=True).text)


def test_only_where_a_code_is_scanned_a_page_may_open_the_camera(visitor: Person):
    refused = visitor.post("/badges", data={**SCANNED, "link": "https://nowhere.example/"})
    mistyped = visitor.post("/entry/paper", data={"code": "x"})

    for answer in (visitor.get("/badges/scan"), visitor.get("/entry/paper"), refused, mistyped):
        assert "camera=(self), geolocation=(), microphone=()" in answer.headers["permissions-policy"]
    for path in ("/", "/badges/new", "/entry"):
        assert "camera=()" in visitor.get(path).headers["permissions-policy"]


@pytest.mark.breadth
def test_the_address_in_a_code_comes_in_as_a_pasted_link_does(maria: Person, poster: Image.Image):
    assert "Organiser" in scans(maria, AT)
    assert len(maria.has()) == 2


@pytest.mark.parametrize("field", [SCANNED, {}], ids=["scanned", "pasted"])
@pytest.mark.parametrize(
    "written", [guild.token(guild.badge()), json.dumps(guild.signed(guild.badge()))], ids=["token", "json"]
)
def test_a_badge_that_is_written_out_in_a_code_comes_in(maria: Person, field: dict[str, str], written: str):
    answer = maria.post("/badges", data={**field, "link": written})

    assert answer.status_code == 303
    assert len(maria.has()) == 2
    document = maria.get(answer.headers["location"].partition("?")[0] + "/document")
    assert document.content == written.encode()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("https://nowhere.example/badge", "Ce QR code mène à une page qui ne répond pas. Essayez plus tard."),
        ("https://organisme.example/page", "Ce QR code ne mène pas à un badge. Scannez un autre QR code."),
        ("WIFI:S:Maison;;", "Ce QR code ne mène pas à un badge."),
        ("javascript:alert(1)", "Ce QR code ne mène pas à un badge."),
        ("file:///etc/passwd", "Ce QR code ne mène pas à un badge."),
        (
            '{"@context": ["https://www.w3.org/ns/credentials/v2"], "type": "Person"}',
            "Ce QR code ne mène pas à un badge.",
        ),
        ("{" * 4000 + "}", "Ce QR code ne mène pas à un badge."),
        ("eyJhbGciOiJub25lIn0.eyJpZCI6InVybjp4In0.", "Ce QR code ne mène pas à un badge."),
        ("https://" + "a" * 9000, "Ce QR code"),
        ("", "Prenez le QR code en photo."),
    ],
)
def test_what_is_no_badge_is_told_on_the_page_of_the_camera(maria: Person, web: IssuersWeb, text: str, told: str):
    web["https://organisme.example/page"] = b"<!doctype html><title>Bonjour</title>"

    answer = maria.post("/badges", data={**SCANNED, "link": text})

    assert answer.status_code == 422
    assert told in words(answer.text)
    assert "<badge-scanner" in answer.text
    assert "data-now" not in answer.text, "the camera would read the same code again"
    assert len(maria.has()) == 1


@pytest.mark.parametrize(
    ("dark", "size"), [(False, PHONE), (True, SMALL)], ids=["large, black on white", "white on black"]
)
@pytest.mark.breadth
def test_a_photo_that_lies_on_its_side_is_read(visitor: Person, poster: Image.Image, dark: bool, size: tuple[int, int]):
    assert "Organiser" in photographs(visitor, shot(ImageOps.invert(poster) if dark else poster, size=size))


@pytest.mark.parametrize(
    ("of", "blur"), [(AT, 40), ("WIFI:S:Maison;;", 0)], ids=["too blurred", "a code about something else"]
)
@pytest.mark.breadth
def test_a_photo_without_the_code_of_a_badge_is_told(visitor: Person, poster: Image.Image, of: str, blur: float):
    told = photographs(visitor, shot(code(of.encode()), blur))

    assert "Nous ne voyons pas de QR code de badge sur cette photo. Reprenez-la de plus près, sans reflet." in told
    assert "IMG_20261124" not in told


def test_without_a_camera_and_without_a_photo_it_is_said_what_to_do(visitor: Person):
    answer = visitor.post("/badges", data=SCANNED, files={"documents": ("", b"", "application/octet-stream")})

    assert answer.status_code == 422
    assert "Prenez le QR code en photo." in words(answer.text)


def test_what_reads_codes_is_fetched_once_and_asked_for_no_more(app: Starlette):
    phone = Person(app)
    first = phone.get("/static/vendor/qr/decode.js", headers={"Accept-Encoding": "gzip"})
    tag = first.headers["etag"]

    again = phone.get("/static/vendor/qr/decode.js", headers={"If-None-Match": tag})

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again.headers["etag"] == tag
    assert phone.get("/static/vendor/qr/decode.js", headers={"If-None-Match": 'W/"0"'}).status_code == 200
    assert b"eval(" not in first.content
    assert b"new Function" not in first.content
