"""What carries a badge into the wallet besides a badge: PDF, ZIP and QR codes, made by the tests."""

import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest
import qrcode
from PIL import Image
from pypdf import PdfWriter

from wallet import openbadges
from wallet.openbadges import UnreadableBadge
from wallet.unpacking import Part, parts

ADDRESS = b"https://openbadgefactory.com/v1/assertion/51d2f8.json"
CREDENTIAL = b'{"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["OpenBadgeCredential"]}'
TOKEN = b"eyJhbGciOiJSUzI1NiJ9.eyJpZCI6InVybjp4In0.c2lnbmVk"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'


def picture(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def code(words: bytes = ADDRESS) -> Image.Image:
    return qrcode.make(words.decode()).convert("RGB")


BLANK = picture(Image.new("RGB", (60, 60), "white"))
BAKED = openbadges.bake(BLANK, ADDRESS.decode(), "openbadges")


def a_pdf(make: Callable[[PdfWriter], object] | None = None, **encrypt: str) -> bytes:
    """A PDF of one page, to which *make* does something."""
    writer = PdfWriter()
    writer.add_blank_page(300, 300)
    if make:
        make(writer)
    if encrypt:
        writer.encrypt(**encrypt)  # type: ignore[arg-type]
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


def a_zip(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def contents(found: list[Part]) -> list[bytes]:
    return [part.content for part in found]


def reason_of(content: bytes) -> str:
    """Why nothing could be had from *content*."""
    with pytest.raises(UnreadableBadge) as problem:
        parts("file", content)
    return problem.value.reason
