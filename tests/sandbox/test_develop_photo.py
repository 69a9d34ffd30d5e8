"""Photos of holders: their pixels stay, upright and small; all else is gone, and what harms is refused by a child."""

import zipfile
import zlib
from collections.abc import Callable
from functools import cache, partial
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from tests.fixtures.photos import BLUE, CANARY, CORNERS, FORMATS, RED, corners, photo, scene
from tests.fixtures.refusals import refusal
from tests.sandbox.test_pictures import chunk, emblem, finely_grey, png, written
from wallet.evidence.attachments import AttachmentRefused, clean_attachment

pytestmark = pytest.mark.slow

CLOSE = 40
"""How far a colour may be off after two lossy copies."""


QUICKLY: dict[str, dict[str, object]] = {
    "PNG": {"compress_level": 1},
    "WEBP": {"method": 0},
    "HEIF": {"enc_params": {"preset": "ultrafast"}},
    "AVIF": {"speed": 10},
}
"""How each is written soonest, where nothing hangs on its size."""


def seen(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def is_scene(image: Image.Image) -> bool:
    return all(
        abs(one - other) < CLOSE
        for found, meant in zip(corners(image), CORNERS, strict=True)
        for one, other in zip(found, meant, strict=True)
    )


def markers(jpeg: bytes) -> set[int]:
    """The kinds of its segments, up to the first scan (ITU-T T.81, B.1.1.3)."""
    found, at = set(), 2
    while jpeg[at + 1] != 0xDA:
        assert jpeg[at] == 0xFF
        found.add(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return found


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.breadth
def test_of_a_photo_stay_its_pixels_upright_and_nothing_else(kind: str) -> None:
    content = photo(kind, turn=6)
    assert CANARY in content

    taken = clean_attachment(content, "IMG_0001.HEIC")

    assert (taken.kind, taken.media_type, taken.name, taken.seconds) == ("photo", "image/jpeg", "IMG_0001.jpg", None)
    assert (taken.width, taken.height) == (480, 320)
    assert seen(taken.content).size == (480, 320)
    assert is_scene(seen(taken.content))
    assert markers(taken.content) == {0xE0, 0xDB, 0xC2, 0xC4}  # JFIF, tables, frame: no Exif, XMP, profile, comment
    assert taken.preview is not None
    assert len(taken.preview) <= 30 * 1024
    assert (taken.preview[:4], taken.preview[8:16]) == (b"RIFF", b"WEBPVP8 ")
    assert is_scene(seen(taken.preview))
    assert not any(
        trace in taken.content + taken.preview for trace in (b"CAN", b"Exif", b"EXIF", b"GPS", b"xmp", b"ICC")
    )
    assert dict(seen(taken.content).getexif()) == {}


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "HEIF"])
@pytest.mark.breadth(beside=["JPEG-1"])
def test_however_the_camera_was_held_the_photo_stands_upright(kind: str, turn: int) -> None:
    taken = clean_attachment(photo(kind, turn), "")

    assert (taken.width, taken.height) == (480, 320)
    assert is_scene(seen(taken.content))


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.breadth
def test_a_large_photo_becomes_smaller_in_its_proportion(kind: str) -> None:
    side = 4000 if kind == "JPEG" else 2400  # the others take seconds to be written at the size of a camera
    taken = clean_attachment(photo(kind, 8, scene(side * 3 // 4, side), **QUICKLY.get(kind, {})), "")

    assert (taken.width, taken.height) == (1536, 2048)
    assert is_scene(seen(taken.content))
    assert taken.preview is not None
    assert seen(taken.preview).size == (600, 800)


@pytest.mark.breadth
def test_a_photo_full_of_detail_still_has_a_light_preview() -> None:
    taken = clean_attachment(written(Image.effect_noise((3000, 2000), 120).convert("RGB"), "JPEG"), "")

    assert taken.preview is not None
    assert len(taken.preview) <= 30 * 1024


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_a_picture_of_another_kind_of_pixels_is_taken_on_white(mode: str) -> None:
    image = Image.new("I;16", (90, 90), 65_535) if mode == "I;16" else emblem(90, 90).convert(mode)

    taken = clean_attachment(written(image, "PNG"), "")

    assert seen(taken.content).mode == "RGB"
    assert (taken.width, taken.height) == (90, 90)
    if mode in {"LA", "RGBA", "I;16"}:
        assert min(corners(seen(taken.content))[0]) > 240


@pytest.mark.breadth
def test_a_scan_in_sixteen_bits_of_grey_stays_readable() -> None:
    """It was kept as a white sheet, and the scan itself nowhere."""
    taken = seen(clean_attachment(written(finely_grey(), "PNG"), "scan.png").content)

    assert [taken.getpixel((x, 150))[0] for x in (0, 75, 150, 225, 299)] == pytest.approx([0, 64, 128, 192, 255], abs=6)  # type: ignore[index]


@pytest.mark.breadth
def test_a_photo_for_print_is_taken() -> None:
    assert seen(clean_attachment(written(emblem(mode="CMYK"), "JPEG"), "").content).mode == "RGB"


def test_colours_are_those_that_the_profile_means() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"swap").replace(b"bXYZ", b"rXYZ").replace(b"swap", b"bXYZ")

    taken = clean_attachment(written(Image.new("RGB", (60, 60), RED), "PNG", icc_profile=swapped), "")

    assert corners(seen(taken.content))[0] == pytest.approx(BLUE, abs=CLOSE)


@pytest.mark.breadth
def test_a_profile_or_an_exif_that_nobody_understands_is_no_fault_of_the_photo() -> None:
    content = written(scene(), "JPEG", icc_profile=b"\0" * 300, exif=b"Exif\0\0MM\0\x2a\xff\xff\xff\xff")

    assert is_scene(seen(clean_attachment(content, "").content))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "MPO", "AVIF"])
@pytest.mark.breadth(beside=["MPO"])
def test_of_several_pictures_the_first_is_taken(kind: str) -> None:
    content = written(scene(), kind, save_all=True, append_images=[Image.new("RGB", (480, 320), "black")] * 2)

    assert is_scene(seen(clean_attachment(content, "").content))


@pytest.mark.breadth
def test_what_hides_behind_or_inside_a_photo_is_gone() -> None:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("evil.html", "<script>alert(1)</script>")
    script = b"<?php system($_GET['c']); ?><html><script>alert(1)</script>"
    for content in (
        photo("PNG") + archive.getvalue(),
        photo("JPEG") + script,
        photo("JPEG", comment=script),
        photo("HEIF") + archive.getvalue(),
    ):
        taken = clean_attachment(content, "photo.jpg.php")
        assert not zipfile.is_zipfile(BytesIO(taken.content))
        assert not any(trace in taken.content for trace in (b"script", b"<?php", b"evil", b"PK\x03\x04"))
        assert taken.name == "photo.jpg.jpg"


@pytest.mark.parametrize(
    ("kind", "quickly"),
    [
        ("JPEG", {}),
        pytest.param("PNG", QUICKLY["PNG"], marks=pytest.mark.soak),
        pytest.param("HEIF", QUICKLY["HEIF"], marks=pytest.mark.soak),
    ],
)
@pytest.mark.breadth
def test_forty_million_dots_fit_into_the_memory_of_the_child(kind: str, quickly: dict[str, object]) -> None:
    taken = clean_attachment(written(scene(8000, 5000), kind, **quickly), "")

    assert (taken.width, taken.height) == (2048, 1280)


@pytest.mark.breadth
def test_forty_million_dots_that_shine_through_fit_as_well() -> None:
    assert (
        clean_attachment(written(Image.new("RGBA", (8000, 5000), (9, 9, 9, 9)), "PNG", compress_level=1), "").width
        == 2048
    )


@pytest.mark.soak
def test_forty_million_greys_in_sixteen_bits_fit_as_well() -> None:
    assert clean_attachment(written(finely_grey(8000, 5000), "PNG", compress_level=1), "").width == 2048


@pytest.mark.breadth
def test_a_webp_which_may_be_a_film_holds_fewer_dots() -> None:
    content = written(scene(5000, 5000), "WEBP", quality=10, method=0)
    at = content.index(b"\x9d\x01\x2a") + 5  # the height, behind the mark of a first picture (RFC 6386, 9.1)

    assert clean_attachment(content, "").width == 2048
    assert refusal(content[:at] + (5001).to_bytes(2, "little") + content[at + 2 :]) == "too-large-picture"


def jpeg_of(width: int, height: int) -> bytes:
    """A small JPEG that says that it is large."""
    content = written(Image.new("RGB", (16, 16)), "JPEG")
    at = content.index(b"\xff\xc0") + 5
    return content[:at] + height.to_bytes(2, "big") + width.to_bytes(2, "big") + content[at + 4 :]


def heic_of(width: int, height: int) -> bytes:
    """A small HEIC that says that it is large (ISO/IEC 23008-12, 6.5.3)."""
    content = written(scene(64, 64), "HEIF")
    at = content.index(b"ispe") + 8
    return content[:at] + width.to_bytes(4, "big") + height.to_bytes(4, "big") + content[at + 8 :]


TOO_LARGE = {
    "png-50000-by-50000": png(50_000, 50_000, chunk(b"IDAT", zlib.compress(b"\0"))),
    "jpeg-20000-by-20000": jpeg_of(20_000, 20_000),
    "heic-20000-by-20000": heic_of(20_000, 20_000),
    "png-a-row-too-many": png(8000, 5001, chunk(b"IDAT", zlib.compress(b"\0"))),
    "webp-16383-by-16383": b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xfe\x3f\0\xfe\x3f\0VP8 \0\0\0\0",
}


@pytest.mark.parametrize("content", TOO_LARGE.values(), ids=TOO_LARGE.keys())
@pytest.mark.breadth(beside=["png-50000-by-50000", "png-a-row-too-many", "webp-16383-by-16383"])
def test_a_flood_of_dots_is_refused_before_it_is_decoded(content: bytes) -> None:
    assert len(content) < 10_000

    assert refusal(content) in {"too-large-picture", "unreadable-photo"}


@pytest.mark.parametrize("name", ["png-50000-by-50000", "jpeg-20000-by-20000", "png-a-row-too-many"])
@pytest.mark.breadth(beside=["jpeg-20000-by-20000", "png-a-row-too-many"])
def test_and_the_reason_is_told(name: str) -> None:
    assert refusal(TOO_LARGE[name]) == "too-large-picture"


def half(kind: str) -> bytes:
    return photo(kind, image=scene(900, 900))[: -len(photo(kind)) // 2]


def head(kind: str) -> bytes:
    return photo(kind)[:40]


UNREADABLE: dict[str, Callable[[], bytes]] = {
    **{f"half-a-{kind}": partial(half, kind) for kind in FORMATS},
    **{f"head-of-{kind}": partial(head, kind) for kind in FORMATS},
    "jpeg-2000-named-png": lambda: b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x0cjP  \r\n\x87\n",
    "webp-of-noise": lambda: b"RIFF\xff\xff\xff\x7fWEBPVP8 " + bytes(range(256)) * 9,
    "heic-of-noise": lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(range(256)) * 9,
    "png-with-a-bomb-of-text": lambda: png(9, 9, chunk(b"zTXt", b"a\0\0" + zlib.compress(b"a" * 90_000_000))),
}


@pytest.mark.parametrize("make", UNREADABLE.values(), ids=UNREADABLE.keys())
@pytest.mark.breadth(beside=["half-a-JPEG", "head-of-JPEG", "webp-of-noise"])
def test_a_photo_that_cannot_be_drawn_is_refused(make: Callable[[], bytes]) -> None:
    assert refusal(make(), "photo.jpg") == "unreadable-photo"


@cache
def small(kind: str) -> bytes:
    return photo(kind, image=scene(64, 48))


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=8, deadline=None)
@given(st.data())
@pytest.mark.breadth
def test_a_photo_with_errors_is_taken_or_refused(kind: str, data: st.DataObject) -> None:
    damaged = bytearray(small(kind))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(12, len(damaged) - 1))
        damaged[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=6))
    reason = ""
    try:
        taken = clean_attachment(bytes(damaged), "")
    except AttachmentRefused as problem:
        reason = problem.reason
    else:
        assert CANARY not in taken.content
    assert reason in {"", "unreadable-photo", "too-large-picture"}
