"""A PDF that holds badges: attached, in its metadata, linked or shown; a hostile one is UnreadableBadge, no worse."""

import zlib
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from pypdf import PdfWriter
from pypdf.annotations import Link
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    RectangleObject,
    TextStringObject,
    create_string_object,
)

from tests.fixtures.carriers import ADDRESS, BAKED, CREDENTIAL, SVG, TOKEN, a_pdf, code, contents, picture, reason_of
from wallet.inspection.unpacking import Part, documents_in
from wallet.openbadges import NotABadge

pytestmark = pytest.mark.slow


def stream(content: bytes, **entries: str) -> DecodedStreamObject:
    made = DecodedStreamObject()
    made.set_data(content)
    made.update({NameObject(f"/{key}"): NameObject(f"/{value}") for key, value in entries.items()})
    return made


def specification(writer: PdfWriter, name: str, content: bytes) -> DictionaryObject:
    """A file specification that no name tree names."""
    kept = writer._add_object(stream(content, Type="EmbeddedFile"))
    return DictionaryObject(
        {NameObject("/UF"): create_string_object(name), NameObject("/EF"): DictionaryObject({NameObject("/F"): kept})}
    )


def link(writer: PdfWriter, address: str) -> None:
    writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url=address))


def xmp(inside: str) -> bytes:
    return (
        '<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:openbadges="http://openbadges.org">{inside}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def saying(packet: bytes) -> bytes:
    return a_pdf(
        lambda writer: writer.root_object.update({NameObject("/Metadata"): writer._add_object(stream(packet))})
    )


def showing(image: Image.Image) -> bytes:
    """A PDF of one page that is a picture."""
    return picture(image, "PDF")


@pytest.mark.parametrize("content", [BAKED, SVG, CREDENTIAL, b"\xef\xbb\xbf" + CREDENTIAL, TOKEN, ADDRESS + b"\n"])
@pytest.mark.breadth
def test_a_badge_attached_to_a_pdf_comes_out_byte_for_byte(content: bytes) -> None:
    pdf = a_pdf(lambda writer: writer.add_attachment("mon badge.bin", content))

    assert documents_in("diploma.pdf", pdf) == [Part(name="mon badge.bin", content=content, came_in="pdf")]


@pytest.mark.breadth
def test_a_badge_associated_with_the_document_or_its_page_or_pinned_on_it_comes_out() -> None:
    def attach(writer: PdfWriter) -> None:
        writer.root_object[NameObject("/AF")] = ArrayObject([specification(writer, "whole.json", CREDENTIAL)])
        writer.pages[0][NameObject("/AF")] = specification(writer, "page.svg", SVG)
        pin = {"/Subtype": NameObject("/FileAttachment"), "/FS": specification(writer, "pin.jws", TOKEN)}
        pinned = DictionaryObject({NameObject(key): value for key, value in pin.items()})
        pinned[NameObject("/Rect")] = RectangleObject((0, 0, 9, 9))
        writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(pinned)])

    found = documents_in("diploma.pdf", a_pdf(attach))

    assert [(part.name, part.content) for part in found] == [
        ("whole.json", CREDENTIAL),
        ("page.svg", SVG),
        ("pin.jws", TOKEN),
    ]


@pytest.mark.breadth
def test_a_badge_on_a_branch_of_a_branch_of_names_comes_out_and_a_tree_that_bites_its_tail_ends() -> None:
    """Programs split the names of many files into a tree, as deep as they like: Maria’s badge was said not to be there."""

    def attach(writer: PdfWriter) -> None:
        file = writer._add_object(specification(writer, "maria.json", CREDENTIAL))
        leaf = DictionaryObject({NameObject("/Names"): ArrayObject([create_string_object("maria.json"), file])})
        kids = ArrayObject([writer._add_object(leaf)])
        branch = DictionaryObject({NameObject("/Kids"): kids})
        root = writer._add_object(DictionaryObject({NameObject("/Kids"): ArrayObject([writer._add_object(branch)])}))
        kids.append(root)
        writer.root_object[NameObject("/Names")] = DictionaryObject({NameObject("/EmbeddedFiles"): root})

    assert documents_in("maria.pdf", a_pdf(attach)) == [Part(name="maria.json", content=CREDENTIAL, came_in="pdf")]


@pytest.mark.breadth
def test_the_badge_on_the_deepest_branch_of_names_comes_out() -> None:
    def attach(writer: PdfWriter) -> None:
        file = writer._add_object(specification(writer, "maria.json", CREDENTIAL))
        names = ArrayObject([create_string_object("maria.json"), file])
        branch = writer._add_object(DictionaryObject({NameObject("/Names"): names}))
        for _ in range(1200):
            branch = writer._add_object(DictionaryObject({NameObject("/Kids"): ArrayObject([branch])}))
        writer.root_object[NameObject("/Names")] = DictionaryObject({NameObject("/EmbeddedFiles"): branch})

    assert contents(documents_in("maria.pdf", a_pdf(attach))) == [CREDENTIAL]


@pytest.mark.breadth
def test_the_same_badge_in_two_places_comes_out_once_and_other_files_stay_where_they_are() -> None:
    def attach(writer: PdfWriter) -> None:
        for name, content in {
            "a.json": CREDENTIAL,
            "b.json": CREDENTIAL,
            "c.txt": b"Bravo",
            "d.doc": b"\xd0\xcf",
        }.items():
            writer.add_attachment(name, content)

    assert contents(documents_in("diploma.pdf", a_pdf(attach))) == [CREDENTIAL]


@pytest.mark.parametrize("where", ["element", "attribute", "nested"])
@pytest.mark.parametrize("document", [CREDENTIAL, TOKEN, ADDRESS])
def test_a_badge_in_the_metadata_of_a_pdf_comes_out(where: str, document: bytes) -> None:
    words = document.decode().replace('"', "&quot;")
    packet = {
        "element": xmp(f"<openbadges:assertion>{words}</openbadges:assertion>"),
        "attribute": xmp(f'<openbadges:assertion verify="{words}"/>'),
        "nested": xmp(f"<openbadges:x><rdf:Bag><openbadges:li> {words} </openbadges:li></rdf:Bag></openbadges:x>"),
    }[where]

    found = documents_in("diploma.pdf", saying(packet))

    assert [(part.content, part.tentative) for part in found] == [(document, False)]


@pytest.mark.breadth
def test_addresses_that_happen_to_stand_in_a_pdf_are_tentative_and_come_last() -> None:
    def fill(writer: PdfWriter) -> None:
        link(writer, "https://cafoc.example/badge/7")
        link(writer, "https://cafoc.example/badge/7")
        link(writer, "mailto:maria@example.org")
        link(writer, "file:///etc/passwd")
        writer.add_metadata({"/Keywords": f"soudure, {ADDRESS.decode()}, 2026", "/OpenBadge": TOKEN.decode()})

    found = documents_in("diploma.pdf", a_pdf(fill))

    assert [(part.content, part.tentative) for part in found] == [
        (TOKEN, False),
        (ADDRESS, True),
        (b"https://cafoc.example/badge/7", True),
    ]
    assert {part.name for part in found} == {"diploma.pdf"}


@pytest.mark.breadth
def test_of_many_links_a_hundred_are_taken() -> None:
    found = documents_in("a.pdf", a_pdf(lambda writer: [link(writer, f"https://a.example/{n}") for n in range(130)]))

    assert contents(found) == [b"https://a.example/%d" % n for n in range(100)]


@pytest.mark.breadth
def test_a_qr_code_on_the_page_of_a_pdf_is_read() -> None:
    found = documents_in("diploma.pdf", showing(code()))

    assert found == [Part(name="diploma.pdf", content=ADDRESS, came_in="pdf", tentative=True)]


@pytest.mark.breadth
def test_the_code_of_a_certificate_comes_before_the_links_of_whoever_made_it() -> None:
    """Ten links to a training centre, its town and its funders left no room for the badge of Maria."""
    links = [f"https://cafoc.example/{n}" for n in range(10)]
    writer = PdfWriter(clone_from=BytesIO(showing(code())))
    for address in [*links, ADDRESS.decode()]:
        link(writer, address)
    writer.write(pdf := BytesIO())

    found = contents(documents_in("diploma.pdf", pdf.getvalue()))

    assert found == [ADDRESS, *(address.encode() for address in links)]


@pytest.mark.breadth
def test_a_pdf_that_nobody_may_change_but_everybody_may_read_is_opened() -> None:
    for algorithm in ("RC4-128", "AES-256"):
        kept = {"user_password": "", "owner_password": "sesame", "algorithm": algorithm}
        pdf = a_pdf(lambda writer: writer.add_attachment("a.json", CREDENTIAL), **kept)

        assert contents(documents_in("a.pdf", pdf)) == [CREDENTIAL], algorithm


@pytest.mark.breadth
def test_a_pdf_with_a_password_is_locked() -> None:
    assert reason_of(a_pdf(user_password="sesame")) == "locked"


@pytest.mark.breadth
def test_a_pdf_without_a_badge_says_so() -> None:
    with pytest.raises(NotABadge) as problem:
        documents_in("letter.pdf", a_pdf(lambda writer: writer.add_metadata({"/Title": "Lettre de motivation"})))
    assert problem.value.reason == "no-badge-in-pdf"


@pytest.mark.breadth
def test_a_pdf_may_have_a_few_bytes_before_it() -> None:
    pdf = a_pdf(lambda writer: writer.add_attachment("a.json", CREDENTIAL))

    assert contents(documents_in("a.pdf", b"\r\n\0junk\n" + pdf)) == [CREDENTIAL]


@pytest.mark.breadth
def test_scripts_and_programs_of_a_pdf_are_left_alone() -> None:
    def arm(writer: PdfWriter) -> None:
        script = {"/S": NameObject("/JavaScript"), "/JS": TextStringObject("app.launchURL('https://evil.example/')")}
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
            {NameObject(key): value for key, value in script.items()}
        )
        for action in ({"/S": "/Launch", "/F": "/bin/sh"}, {"/S": "/JavaScript", "/URI": "https://evil.example/"}):
            link(writer, "https://harmless.example/")
            annotation = writer.pages[0]["/Annots"][-1].get_object()  # type: ignore[index]
            annotation[NameObject("/A")] = DictionaryObject(
                {NameObject(key): TextStringObject(value) for key, value in action.items()}
            )

    assert reason_of(a_pdf(arm)) == "no-badge-in-pdf"


def objects(*bodies: str | bytes) -> bytes:
    """A PDF written by hand: object 1 is its catalog; no reader gets a table from it."""
    written = [b"%d 0 obj\n" % number + (body if isinstance(body, bytes) else body.encode()) + b"\nendobj\n"
               for number, body in enumerate(bodies, 1)]  # fmt: skip
    return b"%PDF-1.7\n" + b"".join(written) + b"trailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"


def deflated(piece: bytes, times: int) -> bytes:
    """*piece* so many times as zlib packs it (RFC 1950), itself packed once: it ends where a byte does."""
    packer, checked = zlib.compressobj(9, zlib.DEFLATED, -15), 1
    packed = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(times):
        checked = zlib.adler32(piece, checked)
    return b"\x78\xda" + packed * times + b"\x03\x00" + checked.to_bytes(4)


def inflating(size: int) -> bytes:
    packed = zlib.compress(deflated(b"{" * 1_000_000, size // 1_000_000))
    return b"<</Filter[/FlateDecode/FlateDecode]/Length %d>>\nstream\n" % len(packed) + packed + b"\nendstream"


ATTACHED = "<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(a)<</F(a)/EF<</F 3 0 R>>>>]>>>>>>"
NO_PAGES = "<</Type/Pages/Kids[]/Count 0>>"
ONE_PAGE = "<</Type/Pages/Kids[3 0 R]/Count 1>>"
HOSTILE: dict[str, bytes | Callable[[], bytes]] = {
    "a-magic-alone": b"%PDF-1.7\n",
    "noise": b"%PDF-1.7\n" + bytes(range(256)) * 50,
    "no-catalog": objects("null"),
    "truncated": a_pdf(lambda writer: writer.add_attachment("a.json", CREDENTIAL * 50))[:700],
    "endless-reference": objects("<</Type/Catalog/Pages 2 0 R>>", "2 0 R"),
    "endless-pages": objects("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9/Parent 2 0 R>>"),
    "pages-in-a-ring": objects("<</Type/Catalog/Pages 2 0 R>>", ONE_PAGE, "<</Type/Pages/Kids[2 0 R]/Count 1>>"),
    "a-billion-pages": objects("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[]/Count 1000000000>>"),
    "deep": objects("<</Type/Catalog/Pages 2 0 R/X " + "[" * 200_000 + "]" * 200_000 + ">>", NO_PAGES),
    "tables-in-a-ring": b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1/Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF",
    "bomb": lambda: objects(ATTACHED, NO_PAGES, inflating(900_000_000)),
    "length-beyond-the-file": objects(ATTACHED, NO_PAGES, "<</Length 99999999999>>\nstream\nab\nendstream"),
    "form-in-itself": objects(
        "<</Type/Catalog/Pages 2 0 R>>",
        ONE_PAGE,
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</XObject<</A 4 0 R>>>>>>",
        "<</Subtype/Form/Resources<</XObject<</A 4 0 R/B 4 0 R>>>>/Length 0>>\nstream\n\nendstream",
    ),
    "picture-as-wide-as-the-moon": objects(
        "<</Type/Catalog/Pages 2 0 R>>",
        ONE_PAGE,
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<</XObject<</A 4 0 R>>>>>>",
        "<</Subtype/Image/Width 5000/Height 5000/ColorSpace/DeviceRGB/BitsPerComponent 8/Length 1>>\nstream\nx\nendstream",
    ),
    "laughing-metadata": saying(b'<!DOCTYPE x [<!ENTITY a "https://a.example/">]>' + xmp("&a;")),
    "an-unknown-lock": objects("<</Type/Catalog/Pages 2 0 R>>", NO_PAGES).replace(
        b"/Root", b"/Encrypt<</Filter/Nobody/V 9>>/ID[(a)(b)]/Root"
    ),
}  # fmt: skip


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_pdf_gives_nothing_and_harms_nobody(content: bytes | Callable[[], bytes]) -> None:
    assert reason_of(content if isinstance(content, bytes) else content()) in {
        "damaged",
        "no-badge-in-pdf",
        "locked",
        "too-big",
    }


def test_what_is_sound_in_a_bent_pdf_still_comes_out() -> None:
    def bend(writer: PdfWriter) -> None:
        writer.add_attachment("a.json", CREDENTIAL)
        writer.pages[0][NameObject("/Annots")] = NameObject("/None")
        writer.pages[0][NameObject("/Resources")] = ArrayObject([NameObject("/None")])

    assert contents(documents_in("a.pdf", a_pdf(bend))) == [CREDENTIAL]


@pytest.mark.breadth
def test_an_attached_file_that_is_broken_hides_no_badge_beside_it() -> None:
    """Maria’s badge came out where it was attached first, until the whole list was read before its first file."""
    pdf = objects(
        "<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(a)4 0 R(b)5 0 R(c)6 0 R]>>>>>>",
        NO_PAGES,
        b"<</Length %d>>\nstream\n" % len(TOKEN) + TOKEN + b"\nendstream",
        "<</UF(a.jws)/EF<</F 3 0 R>>>>",
        ")",
        "<</UF(c.svg)/EF<</F 7 0 R>>>>",
        b"<</Length %d>>\nstream\n" % len(SVG) + SVG + b"\nendstream",
    )

    assert contents(documents_in("maria.pdf", pdf)) == [TOKEN, SVG]
    assert reason_of(objects(ATTACHED.replace("<</F(a)/EF<</F 3 0 R>>>>", "3 0 R"), NO_PAGES, ")")) == "damaged"
