"""Pictures of strangers: ours are drawn anew, small and clean; hostile ones are None, and the wallet lives on."""

import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from wallet.sandbox import child, pictures
from wallet.sandbox.child import is_walled
from wallet.sandbox.drawn_lately import DrawnLately
from wallet.sandbox.kinds import sniff
from wallet.sandbox.pictures import Picture, draw

pytestmark = pytest.mark.slow

CORPUS = Path(__file__).parents[3] / "shared/corpus"
NAMESPACE = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
ORIENTATION, MAKER, GPS = 0x0112, 0x010F, 0x8825


@pytest.fixture(autouse=True)
def _nothing_was_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test asks a child, whatever the one before has drawn."""
    monkeypatch.setattr(pictures, "LATELY", DrawnLately())


def written(image: Image.Image, kind: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def emblem(width: int = 500, height: int = 500, mode: str = "RGBA") -> Image.Image:
    """A disc on a clear ground."""
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((5, 5, width - 5, height - 5), fill=(20, 90, 160, 255))
    return image.convert(mode)


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IEND", b"")


def svg(inside: str, attributes: str = 'width="100" height="100"') -> bytes:
    return f"<svg {NAMESPACE} {attributes}>{inside}</svg>".encode()


def opened(picture: Picture | None) -> Image.Image:
    assert picture is not None
    image = Image.open(BytesIO(picture.content), formats=["WEBP"])
    assert image.size == (picture.width, picture.height)
    return image


NORMAL: dict[str, Callable[[], bytes]] = {
    "png-rgba": lambda: written(emblem(), "PNG"),
    "png-rgb": lambda: written(emblem(mode="RGB"), "PNG"),
    "png-palette": lambda: written(emblem(mode="P"), "PNG"),
    "png-palette-clear": lambda: written(emblem().quantize(16), "PNG"),
    "png-grey": lambda: written(emblem(mode="L"), "PNG"),
    "png-grey-clear": lambda: written(emblem(mode="LA"), "PNG"),
    "png-bits": lambda: written(emblem(mode="1"), "PNG"),
    "png-16-bits": lambda: written(Image.new("I;16", (300, 300), 40_000), "PNG"),
    "png-interlaced": lambda: written(emblem(), "PNG", interlace=1),
    "png-moving": lambda: written(emblem(), "PNG", save_all=True, append_images=[emblem(mode="RGBA")]),
    "png-wide": lambda: written(emblem(1200, 300), "PNG"),
    "png-tall": lambda: written(emblem(200, 900), "PNG"),
    "png-one-dot": lambda: written(Image.new("RGB", (1, 1)), "PNG"),
    "jpeg": lambda: written(emblem(mode="RGB"), "JPEG"),
    "jpeg-grey": lambda: written(emblem(mode="L"), "JPEG"),
    "jpeg-print": lambda: written(emblem(mode="CMYK"), "JPEG"),
    "jpeg-progressive": lambda: written(emblem(1600, 1600, "RGB"), "JPEG", progressive=True),
    "webp": lambda: written(emblem(), "WEBP"),
    "webp-lossless": lambda: written(emblem(), "WEBP", lossless=True),
    "gif": lambda: written(emblem(mode="P"), "GIF"),
    "gif-moving": lambda: written(emblem(mode="P"), "GIF", save_all=True, append_images=[emblem(mode="P")]),
}


@pytest.mark.parametrize("make", NORMAL.values(), ids=NORMAL.keys())
@pytest.mark.breadth
def test_an_ordinary_picture_is_drawn_anew_small_and_in_its_proportion(make: Callable[[], bytes]) -> None:
    content = make()
    before = Image.open(BytesIO(content))

    picture = draw(content)

    assert picture is not None
    assert len(picture.content) <= 30 * 1024
    assert max(picture.width, picture.height) == min(384, max(before.size))
    assert picture.width / picture.height == pytest.approx(before.width / before.height, rel=0.02)
    assert opened(picture).format == "WEBP"


def finely_grey(width: int = 300, height: int = 300) -> Image.Image:
    """Grey from black on the left to white on the right, in sixteen bits, as a scanner writes it."""
    row = b"".join((x * 65_535 // (width - 1)).to_bytes(2, "little") for x in range(width))
    return Image.frombytes("I;16", (width, height), row * height)


@pytest.mark.parametrize("more", [{}, {"transparency": 65_535}])
def test_greys_in_sixteen_bits_stay_what_they_are(more: dict[str, object]) -> None:
    """All that was brighter than a 256th was white."""
    drawn = opened(draw(written(finely_grey(), "PNG", **more))).convert("RGB")

    assert [drawn.getpixel((x, 150))[0] for x in (0, 75, 150, 225)] == pytest.approx([0, 64, 128, 192], abs=6)  # type: ignore[index]


@pytest.mark.breadth
def test_it_is_told_whether_something_shines_through() -> None:
    assert draw(written(emblem(), "PNG")).transparent  # type: ignore[union-attr]
    assert not draw(written(emblem(mode="RGB"), "PNG")).transparent  # type: ignore[union-attr]
    assert not draw(written(Image.new("RGBA", (9, 9), (1, 2, 3, 255)), "PNG")).transparent  # type: ignore[union-attr]


@pytest.mark.breadth
def test_a_picture_full_of_detail_is_still_light() -> None:
    noise = Image.effect_noise((900, 900), 120).convert("RGB")

    picture = draw(written(noise, "PNG"))

    assert picture is not None
    assert len(picture.content) <= 30 * 1024


@pytest.mark.breadth
def test_where_marias_phone_took_the_picture_is_gone_and_it_stands_upright() -> None:
    image = Image.new("RGB", (400, 200), "white")
    ImageDraw.Draw(image).rectangle((0, 0, 60, 60), fill="red")
    exif = image.getexif()
    exif[ORIENTATION], exif[MAKER] = 6, "CANARY"
    exif.get_ifd(GPS)[1] = "N"
    profile = b"CANARY-PROFILE" * 20
    content = written(image, "JPEG", exif=exif, icc_profile=profile, comment=b"CANARY")
    assert b"CANARY" in content

    picture = draw(content)

    upright = opened(picture)
    assert (upright.width, upright.height) == (192, 384)
    red, green, _ = upright.convert("RGB").getpixel((upright.width - 10, 10))  # type: ignore[misc]
    assert red > 200
    assert green < 60
    assert dict(upright.getexif()) == {}
    assert picture is not None
    assert not any(trace in picture.content for trace in (b"CANARY", b"EXIF", b"ICCP", b"XMP "))


TURNED_BESIDE_NONSENSE = bytes.fromhex(
    "4578696600004d4d002a00000008 0002 0112 0003 00000001 0006 0000 0124 0002 00000002 7800 0000 00000000"
)
"""It tells how the camera was held, and in the place of a number a letter."""


@pytest.mark.parametrize("exif", [b"Exif\0\0words", TURNED_BESIDE_NONSENSE], ids=["words", "half"])
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
@pytest.mark.breadth(beside=["JPEG-half"])
def test_an_exif_that_nobody_understands_is_no_fault_of_the_picture(kind: str, exif: bytes) -> None:
    """Maria saw a petal of ours in the place of her badge."""
    assert draw(written(emblem(mode="RGB"), kind, exif=exif)) is not None


def test_a_page_hidden_behind_a_picture_does_not_come_along() -> None:
    picture = draw(written(emblem(), "PNG") + b"<script>alert(1)</script>PK\x03\x04")

    assert picture is not None
    assert b"script" not in picture.content


@pytest.mark.breadth
def test_as_many_dots_as_a_good_camera_fit_into_the_memory_of_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "SECONDS", 120)  # how fast this machine is, is not asked
    monkeypatch.setattr(pictures, "DRAWER", replace(pictures.DRAWER, time=120.0))
    assert draw(written(Image.new("RGBA", (5000, 5000), (9, 9, 9, 9)), "PNG", compress_level=1)) is not None
    assert draw(written(Image.new("RGB", (5000, 5000)), "PNG", interlace=1, compress_level=1)) is not None


HOSTILE: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "a-magic-alone": lambda: b"\x89PNG\r\n\x1a\n",
    "text": lambda: b"Attestation de competences",
    "pdf": lambda: b"%PDF-1.7\n",
    "tiff": lambda: written(Image.new("RGB", (5, 5)), "TIFF"),
    "bmp": lambda: written(Image.new("RGB", (5, 5)), "BMP"),
    "icon": lambda: written(Image.new("RGB", (16, 16)), "ICO"),
    "jpeg-2000-named-gif": lambda: b"GIF89a" + b"\0\0\0\x0cjP  \r\n\x87\n",
    "truncated-png": lambda: written(emblem(), "PNG")[:900],
    "truncated-jpeg": lambda: written(emblem(mode="RGB"), "JPEG")[:2000],
    "png-50000-by-50000": lambda: png(50_000, 50_000, chunk(b"IDAT", zlib.compress(b"\0"))),
    "png-26-million-dots": lambda: png(5_200, 5_000, chunk(b"IDAT", zlib.compress(b"\0" * 5_000 * (1 + 3 * 5_200)))),
    "png-0-by-0": lambda: png(0, 0, chunk(b"IDAT", zlib.compress(b"\0"))),
    "png-of-a-length-beyond-the-file": lambda: b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 0x7FFF_FFFF) + b"IHDR",
    "png-with-a-bomb-of-text": lambda: png(9, 9, chunk(b"zTXt", b"a\0\0" + zlib.compress(b"a" * 90_000_000))),
    "png-with-a-bad-sum": lambda: png(9, 9, chunk(b"IDAT", b"")[:-1] + b"!"),
    "gif-65535-by-65535": lambda: (
        b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + b"\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\2\0\0;"
    ),
    "webp-of-noise": lambda: b"RIFF\xff\xff\xff\x7fWEBPVP8 " + bytes(range(256)) * 9,
    "six-megabytes": lambda: written(emblem(), "PNG") + b"\0" * 6_000_000,
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.breadth(beside=["tiff", "text", "bmp"])
def test_a_hostile_picture_is_none(make: Callable[[], bytes]) -> None:
    assert draw(make()) is None


@pytest.mark.breadth
def test_an_svg_is_drawn_with_its_proportion(walled: None) -> None:
    picture = draw(svg('<circle cx="100" cy="50" r="50" fill="#00f"/>', 'viewBox="0 0 200 100"'))

    image = opened(picture)
    assert image.size == (384, 192)
    assert image.convert("RGBA").getpixel((192, 96))[:3] == pytest.approx((0, 0, 255), abs=12)  # type: ignore[index]
    assert picture is not None
    assert picture.transparent


@pytest.mark.parametrize(
    "attributes", ['width="100px" height="50px"', 'width="100%" height="50%"', 'width="10cm" height="5cm"', ""]
)
@pytest.mark.breadth
def test_an_svg_may_say_its_size_in_many_ways(walled: None, attributes: str) -> None:
    assert draw(svg('<rect width="10" height="5"/>', attributes)) is not None


def canary(folder: Path) -> Path:
    """A picture, all red, that no badge may show."""
    path = folder / "canary.png"
    path.write_bytes(written(Image.new("RGB", (100, 100), "red"), "PNG"))
    return path


@pytest.mark.parametrize("reference", ["{}", "file://{}", "/proc/self/root{}", "../../../../../../../../..{}"])
@pytest.mark.parametrize("attribute", ["href", "xlink:href"])
@pytest.mark.breadth
def test_an_svg_cannot_see_the_files_of_the_machine(
    walled: None, tmp_path: Path, reference: str, attribute: str
) -> None:
    address = reference.format(canary(tmp_path))

    picture = draw(svg(f'<rect width="9" height="9"/><image {attribute}="{address}" width="100" height="100"/>'))

    assert picture is not None
    red, _, _, seen = opened(picture).convert("RGBA").getpixel((300, 300))  # type: ignore[misc]
    assert (red, seen) == (0, 0)


HOSTILE_SVG = {
    "as-wide-as-the-moon": svg("<rect/>", 'width="1000000000" height="1000000000" viewBox="0 0 1e9 1"'),
    "no-height": svg("<rect/>", 'width="9" height="0"'),
    "no-number": svg("<rect/>", 'width="wide" height="9"'),
    "infinite": svg("<rect/>", 'width="inf" height="nan"'),
    "truncated": svg("<g>")[:-8],
    "laughs": b'<!DOCTYPE svg [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(10))
    + b"]>"
    + svg("<text>&k;</text>"),
    "itself-within-itself": svg(
        '<g id="a0"><rect width="9" height="9"/></g>'
        + "".join(f'<g id="a{n + 1}">' + f'<use href="#a{n}"/>' * 10 + "</g>" for n in range(9))
        + '<use href="#a9"/>'
    ),
    "200000-deep": svg("<g>" * 200_000 + "</g>" * 200_000),
    "a-filter-of-a-gigabyte": svg(
        '<filter id="f"><feGaussianBlur stdDeviation="1e9"/></filter><rect width="9" height="9" filter="url(#f)"/>',
        'width="9" height="9" viewBox="0 0 1e-9 1e-9"',
    ),
}


@pytest.mark.parametrize("content", HOSTILE_SVG.values(), ids=HOSTILE_SVG.keys())
@pytest.mark.breadth
def test_a_hostile_svg_harms_nobody(walled: None, content: bytes) -> None:
    picture = draw(content)

    # Some of them are drawn after all, harmlessly; what counts is that we are still here and it is a small WebP.
    assert picture is None or len(picture.content) <= 30 * 1024


@pytest.mark.parametrize("name", ["as-wide-as-the-moon", "no-number", "infinite", "truncated"])
@pytest.mark.breadth(beside=["truncated"])
def test_an_svg_without_a_sensible_size_is_none(walled: None, name: str) -> None:
    assert draw(HOSTILE_SVG[name]) is None


@pytest.mark.breadth
def test_a_script_in_an_svg_is_not_in_our_copy(walled: None) -> None:
    content = svg('<script>alert(1)</script><rect width="50" height="50" onload="alert(2)"/>')

    picture = draw(content)

    assert picture is not None
    assert b"alert" not in picture.content


@pytest.mark.breadth
def test_without_a_wall_no_svg_is_drawn_but_other_pictures_are(no_wall: None) -> None:
    assert draw(svg("<rect/>")) is None
    assert draw(written(emblem(), "PNG")) is not None
    assert draw(HOSTILE["png-26-million-dots"]()) is None


def child_that(does: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put in the place of the drawing child one that was taken over by its picture."""
    place = tmp_path / "draw_picture.py"
    place.write_text(f"import sys, os, time, json\nsys.stdin.buffer.read()\n{does}\n")
    monkeypatch.setattr(pictures, "DRAWER", replace(pictures.DRAWER, program=place, time=1.0))


@pytest.mark.parametrize(
    "does",
    [
        "os.abort()",
        "time.sleep(60)",
        "while True: pass",
        "sys.exit(3)",
        "print('{\"width\": 1}')",
        "print('no json'); print('RIFF')",
        "sys.stdout.write('[]\\nRIFF0000WEBP')",
        "sys.stdout.write(json.dumps(dict(width=1, height=1, transparent=False)) + '\\n<svg onload=alert(1)>')",
        "os.dup2(1, 2); [os.write(1, b'x' * 65536) for _ in range(50)]",
        "raise MemoryError",
    ],
)
def test_a_child_that_hangs_dies_or_lies_gives_none(does: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child_that(does, tmp_path, monkeypatch)

    assert draw(written(emblem(), "PNG")) is None


@pytest.mark.breadth
def test_eight_pictures_at_once_are_all_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    content = written(emblem(), "PNG")

    with ThreadPoolExecutor(8) as visitors:
        drawn = list(visitors.map(draw, [content] * 8))

    assert None not in drawn


def test_what_is_no_picture_starts_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child.subprocess, "Popen", lambda *_, **__: pytest.fail("a child was started"))

    assert draw(b"{}") is None
    assert sniff(b"\xef\xbb\xbf\n <?xml version='1.0'?><svg/>") == "svg"
    assert sniff(b"<ns0:svg xmlns:ns0='http://www.w3.org/2000/svg'/>") == "svg"


def test_this_process_never_loads_a_decoder() -> None:
    program = "import sys; import wallet.sandbox.pictures; print('PIL' in sys.modules, 'resvg_py' in sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert told.stdout == "False False\n"


@pytest.mark.breadth
def test_a_real_badge_of_the_corpus_is_drawn() -> None:
    if not CORPUS.is_dir():
        pytest.skip("../shared/corpus is not here")
    badges = sorted(CORPUS.rglob("*.png"))[:3] + (sorted(CORPUS.rglob("*.svg"))[:2] if is_walled() else [])
    assert badges
    drawn = {path.name: draw(path.read_bytes()) for path in badges}
    assert any(drawn.values()), drawn
