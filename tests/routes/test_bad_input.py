"""What goes wrong: each a plain sentence on the same page, nothing half kept, and the other files are taken in."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import qrcode
from sqlalchemy import text
from starlette.applications import Starlette

from tests.fixtures import carriers
from tests.fixtures.strangers import Stranger as Server
from tests.fixtures.strangers import hanging
from tests.fixtures.tables_made import make_tables
from tests.fixtures.visits import AWARDED, Clock, IssuersWeb, Person, baked, signed, words
from tests.openbadges.support import hostile
from wallet import openbadges
from wallet.app import create_app
from wallet.cli import samples
from wallet.network.client import BIGGEST, Fetcher
from wallet.settings import Settings
from wallet.web.authentication import FIELD_LIMIT
from wallet.web.body_limits import FILES
from wallet.web.services import Services

SENTENCES = {
    "empty": "Ce fichier est vide.",
    "damaged": "Ce fichier est abîmé.",
    "two-badges": "Il y a deux badges dans ce fichier.",
    "too-big": "Ce fichier est trop lourd.",
    "broken-json": "Nous ne savons pas lire ce fichier.",
    "not-a-badge": "Nous ne savons pas lire ce fichier.",
    "unknown-kind": "Nous ne savons pas lire ce fichier.",
    "no-badge-in-picture": "Une capture d’écran ou une image WhatsApp perd le badge.",
}
OPENED = ("a pdf", "a zip")
"""They are opened before the engine sees them, and these break off where they begin."""
SHELVES = {
    "damaged": hostile.DAMAGED | {name: hostile.UNKNOWN_KIND[name] for name in OPENED},
    "two-badges": hostile.TWO_BADGES,
    "too-big": hostile.TOO_BIG,
    "broken-json": hostile.BROKEN_JSON,
    "not-a-badge": hostile.NOT_A_BADGE,
    "unknown-kind": {name: file for name, file in hostile.UNKNOWN_KIND.items() if name not in OPENED},
    "no-badge-in-picture": hostile.PICTURES,
    "empty": {"0 bytes": b"", "white space": b" \n"},
}


def rows(app: Starlette) -> dict[str, int]:
    """How much there is of everything."""
    services: Services = app.state.services
    with services.database.reading() as session:
        counted = {
            table: session.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608  # names of ours
            for table in ("holders", "devices", "badges")
        }
    return {**counted, "files": len(list(services.files.names()))}


NOTHING = {"holders": 0, "devices": 0, "badges": 0, "files": 0}


@pytest.mark.parametrize("why", SHELVES)
def test_a_bad_file_is_told_in_a_plain_sentence_and_leaves_nothing(app: Starlette, why: str):
    for name, file in [*SHELVES[why].items()][:2]:  # the others come together, in the next test
        answer = Person(app).brings(("mon badge.png", file))

        assert answer.status_code == (413 if why == "too-big" else 422), name
        assert SENTENCES[why] in words(answer.text), name
        assert "mon badge.png" in answer.text, name
        assert "Choisir un autre fichier" in answer.text, f"{name}: the way on"
        assert "set-cookie" not in answer.headers, name
        assert rows(app) == NOTHING, name


@pytest.mark.parametrize("why", SHELVES)
@pytest.mark.breadth(beside=["damaged"])
def test_the_other_files_of_the_upload_are_taken_in(visitor: Person, app: Starlette, why: str):
    bad = [(f"{number}.png", file) for number, file in enumerate(SHELVES[why].values())][:28]

    answer = visitor.brings(("un.json", signed()), *bad, ("deux.png", baked(signed("adapter-1"))))

    assert answer.status_code == 200
    told = words(answer.text)
    assert told.count(SENTENCES[why].split(". ")[0]) == len(bad)
    assert len(visitor.has()) == 2
    found = rows(app)
    assert found["badges"] == 2
    alone = Person(app)
    alone.brings(("un.json", signed()), ("deux.png", baked(signed("adapter-1"))))
    assert rows(app)["files"] - found["files"] == 2, (
        "the documents; pictures are those of before: of bad files none is kept"
    )


@pytest.mark.breadth
def test_a_file_of_thirty_megabytes_is_told_as_too_heavy(visitor: Person, app: Starlette):
    answer = visitor.brings(("film.mp4", b"\0" * (30 * 1024 * 1024)))

    assert answer.status_code == 413
    assert "Ce fichier est trop lourd. Il doit faire moins de 5 Mo." in words(answer.text)
    assert rows(app) == NOTHING


def test_and_a_good_one_beside_it_is_taken_in(visitor: Person, app: Starlette):
    answer = visitor.brings(("film.mp4", b"\0" * (30 * 1024 * 1024)), ("badge.json", signed()))

    assert answer.status_code == 200
    assert "Ce fichier est trop lourd." in words(answer.text)
    assert rows(app)["badges"] == 1


@pytest.mark.breadth
def test_an_upload_beyond_all_measure_gets_our_page(visitor: Person, app: Starlette):
    answer = visitor.brings(*((f"{number}.bin", b"\0" * (FILES // 4)) for number in range(5)))

    assert answer.status_code == 413
    assert '<html lang="fr"' in answer.text
    assert "content-security-policy" in answer.headers
    assert rows(app) == NOTHING


def test_a_badge_signed_by_nobody_is_told_and_not_kept(visitor: Person, app: Starlette):
    for algorithm in ("none", "None", "HS256", "HS512"):
        token = hostile.token({"alg": algorithm}, json.loads(signed()), b"x" * 32)

        answer = visitor.brings(("badge.jwt", token.encode()))

        assert answer.status_code == 422, algorithm
        assert "Personne n’a signé ce fichier." in words(answer.text), algorithm
        assert rows(app) == NOTHING, algorithm


def test_a_drawing_with_a_program_is_told_and_not_kept(visitor: Person, app: Starlette):
    drawing = openbadges.bake(samples.samples()[0].drawing.encode(), signed().decode())
    for script in ("<script>alert(1)</script>", '<x:script xmlns:x="http://www.w3.org/2000/svg"/>'):
        answer = visitor.brings(("badge.svg", drawing.replace(b"</svg>", f"{script}</svg>".encode())))

        assert answer.status_code == 422, script
        assert "Il y a un programme dans ce fichier." in words(answer.text), script
        assert rows(app) == NOTHING, script


@pytest.mark.parametrize(
    "attack", ["<a onclick='alert(1)'><text>x</text></a>", "<a href='javascript:x'><text>x</text></a>"]
)
@pytest.mark.breadth(beside=["<a href='javascript:x'><text>x</text></a>", "<a onclick='alert(1)'><text>x</text></a>"])
def test_a_drawing_that_would_run_is_never_given_out_as_a_drawing(visitor: Person, attack: str):
    drawing = samples.samples()[0].drawing.replace("</svg>", f"{attack}</svg>").encode()
    visitor.brings(("badge.svg", openbadges.bake(drawing, signed().decode())))
    (id,) = visitor.has()

    original, picture = visitor.get(f"/badges/{id}/document"), visitor.get(f"/badges/{id}/picture")

    assert original.headers["content-disposition"].startswith("attachment")
    assert original.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert picture.status_code == 404 or picture.headers["content-type"] == "image/webp"
    assert attack not in visitor.page(f"/badges/{id}")


LINKS = (
    "bonjour", "http://", "https://[", "javascript:alert(1)", "https://nowhere.example/badge", "x" * 5000, "https://" + "a" * 4000,
    "https://exa mple.example", "\x00https://a.example/b", "https://issuer.example/page", "https://issuer.example/lost",
    "https://issuer.example/huge", "data:application/json,{}", "//issuer.example/badge", "https://issuer.example:99999/",
)  # fmt: skip


def test_a_link_without_a_badge_is_told_on_the_same_page(visitor: Person, app: Starlette, web: IssuersWeb):
    web["https://issuer.example/page"] = (200, "text/html", b"<!doctype html><p>Bonjour")
    web["https://issuer.example/lost"] = 404
    web["https://issuer.example/huge"] = b"{" + b" " * BIGGEST + b"}"

    for link in LINKS:
        answer = visitor.brings(link=link)

        assert answer.status_code == 422, link[:50]
        told = words(answer.text)
        assert any(
            sentence in told for sentence in ("Ce lien ne mène pas à un badge.", "Nous n’avons pas pu ouvrir ce lien.")
        ), link[:50]
        assert 'name="link"' in answer.text, link[:50]
        assert rows(app) == NOTHING, link[:50]


@pytest.fixture
def careful(settings: Settings, clock: Clock, tmp_path: Path) -> Iterator[Callable[..., Person]]:
    """A browser at a wallet that asks the real network, with this fetcher."""
    houses: list[Services] = []

    def at(fetcher: Fetcher, origin: str = settings.origin) -> Person:
        app = create_app(replace(settings, origin=origin), fetcher, clock)
        houses.append(app.state.services)
        make_tables(app.state.services.database)
        return Person(app)

    yield at
    for services in houses:
        services.database.close()


def test_a_link_into_our_own_house_is_never_opened(careful: Callable[..., Person], canaries: Server):
    person = careful(Fetcher(allow_http=True))

    for host in ("0x7f.1", "2130706433"):
        answer = person.brings(link=f"https://{host}:{canaries.port}/badge")
        assert "Nous n’avons pas pu ouvrir ce lien." in words(answer.text), "no address at all"
    for host in ("127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254"):
        for scheme in ("http", "https"):
            answer = person.brings(link=f"{scheme}://{host}:{canaries.port}/badge")

            assert answer.status_code == 422, host
            # So much the address says itself, be there anything or not; later helps no more than now.
            assert "D’ici, nous ne pouvons pas ouvrir cette adresse." in words(answer.text), host
            assert "Ajoutez plutôt l’image ou le fichier du badge." in words(answer.text), host
            assert "essayez plus tard" not in words(answer.text), host


@pytest.mark.parametrize(
    "address", ["http://organisme.example/badge", "https://192.168.1.1/badge", "https://{ours}/s/A"]
)
@pytest.mark.breadth(beside=["https://192.168.1.1/badge", "http://organisme.example/badge", "https://{ours}/s/A"])
def test_a_code_that_leads_where_we_never_ask_is_not_put_off_until_later(
    careful: Callable[..., Person], settings: Settings, address: str
):
    person, address = careful(Fetcher()), address.format(ours=settings.host)
    photo = carriers.picture(qrcode.make(address).convert("RGB"))

    for told in (
        person.brings(("menu.png", photo)),
        person.post("/badges", data={"scanned": "yes"}, files=[("documents", ("code.png", photo))]),
        person.post("/badges", data={"scanned": "yes", "link": address}),
    ):
        assert told.status_code == 422
        assert "D’ici, nous ne pouvons pas ouvrir l’adresse de ce QR code." in words(told.text)
        assert "Ajoutez plutôt l’image ou le fichier du badge." in words(told.text)
        assert "Ce QR code mène à une page qui ne répond pas." not in words(told.text), "later helps no more than now"


def test_a_name_of_our_own_house_is_told_as_one_that_nobody_has(careful: Callable[..., Person]):
    """What a name resolves to is not told: nobody learns from us what there is inside (docs/security.md E9)."""

    def resolve(host: str, port: int) -> list[str]:
        if host.startswith("inside"):
            return ["10.0.0.1"]
        raise OSError(host)

    person = careful(Fetcher(resolve=resolve))

    for host in ("inside.exemple.fr", "nobody.exemple.fr"):
        answer = person.brings(link=f"https://{host}/badge")

        assert answer.status_code == 422
        assert "Nous n’avons pas pu ouvrir ce lien. Copiez-le en entier, ou essayez plus tard." in words(answer.text)


@pytest.mark.breadth
def test_an_address_of_this_wallet_is_not_to_be_tried_later(careful: Callable[..., Person]):
    """It may lie behind the very wall that we never ask across."""
    person = careful(Fetcher(resolve=lambda _host, _port: ["10.0.0.1"]), "https://badges.exemple.fr")

    answer = person.brings(link="https://badges.exemple.fr/s/ABCDEFGHJKMNPQRSTVWXYZ0123")

    assert "Ajoutez plutôt l’image ou le fichier du badge." in words(answer.text)
    assert "essayez plus tard" not in words(answer.text)


@pytest.mark.breadth
def test_a_link_that_hangs_is_told_when_its_time_is_over(
    careful: Callable[..., Person], stranger: Callable[..., Server]
):
    server = stranger(hanging)
    person = careful(Fetcher(allow_http=True, allow=[server.pair], total=0.2))

    answer = person.brings(("badge.json", signed()), link=server.address("/badge"))

    assert answer.status_code == 200
    assert "Nous n’avons pas pu ouvrir ce lien." in words(answer.text)
    assert len(person.has()) == 1, "the file beside it is taken in"


def test_choosing_nothing_is_told(visitor: Person, app: Starlette):
    for sent in ({"data": {}}, {"files": {"other": ("x", b"y")}}):
        answer = visitor.post("/badges", **sent)
        assert answer.status_code == 422
        assert "Choisissez une image ou un fichier." in words(answer.text)
    empty = visitor.post("/badges", data={"link": " "})
    assert empty.status_code == 422
    assert "Collez le lien de votre badge." in words(empty.text)
    assert rows(app) == NOTHING


@pytest.mark.breadth
def test_whoever_has_a_wallet_reads_it_with_the_way_on_and_the_way_back(maria: Person):
    answer = maria.brings(("vide.png", b""))

    assert answer.status_code == 422
    assert "Choisir un autre fichier" in words(answer.text)
    assert '<a class="back" href="/badges/new">' in answer.text
    assert "Ce fichier est vide." in words(answer.text)


BOUNDARY = {"Content-Type": "multipart/form-data; boundary=x"}


def part(head: bytes, body: bytes = b"x") -> bytes:
    return b"--x\r\n" + head + b"\r\n\r\n" + body + b"\r\n--x--\r\n"


NAMED = b'Content-Disposition: form-data; name="link"'
FILED = b'Content-Disposition: form-data; name="documents"; filename="a"'
FORMS = {
    "not multipart at all": (BOUNDARY, b"nothing"),
    "no boundary": ({"Content-Type": "multipart/form-data"}, b"x"),
    "a boundary of 300 bytes": ({"Content-Type": "multipart/form-data; boundary=" + "b" * 300}, b"x"),
    "cut off": (BOUNDARY, part(FILED)[:-12]),
    "a part without a name": (BOUNDARY, part(b"Content-Disposition: form-data")),
    "a part without a head": (BOUNDARY, b"--x\r\n\r\nx\r\n--x--\r\n"),
    "2,000 parts": (BOUNDARY, (b"--x\r\n" + NAMED + b"\r\n\r\nx\r\n") * 2000 + b"--x--\r\n"),
    "100 files": (BOUNDARY, (b"--x\r\n" + FILED + b"\r\n\r\nx\r\n") * 100 + b"--x--\r\n"),
    "a head of 1 MB": (BOUNDARY, part(FILED + b"\r\nX-A: " + b"a" * 2**20)),
    "a field of 1 MB": (BOUNDARY, part(NAMED, b"a" * 2**20)),
    "half a character": ({"Content-Type": "multipart/form-data; boundary=x; charset=utf-7"}, part(NAMED, b"+2AA-")),
    "an encoding that is none": ({"Content-Type": "multipart/form-data; boundary=x; charset=klingon"}, part(NAMED)),
    "an encoding of bytes": ({"Content-Type": "multipart/form-data; boundary=x; charset=hex"}, part(NAMED)),
    "another form of 1 MB": ({"Content-Type": "application/x-www-form-urlencoded"}, b"link=" + b"a" * 2**20),
    "100,000 fields": ({"Content-Type": "application/x-www-form-urlencoded"}, b"a=1&" * 100_000),
    "JSON": ({"Content-Type": "application/json"}, b"{}"),
    "too much JSON": ({"Content-Type": "application/json"}, b"[" * 70_000),
    "nothing at all": ({}, b""),
    "another kind": ({"Content-Type": "text/plain"}, b"link=x"),
}


@pytest.mark.breadth
def test_no_form_breaks_the_house(visitor: Person, app: Starlette):
    for name, (headers, body) in FORMS.items():
        answer = visitor.post("/badges", headers=headers, content=body)

        assert 400 <= answer.status_code < 500, f"{name}: {answer.status_code}"
        assert '<html lang="fr"' in answer.text, name
        assert rows(app) == NOTHING, name


@pytest.mark.parametrize(("path", "name"), [("/badges", b"link"), ("/handovers", b"text")])
def test_a_badge_that_is_too_long_for_a_text_is_asked_for_as_a_file(maria: Person, path: str, name: bytes):
    """It was « Nous n’avons pas compris cette demande », or cut, and then a link that could not be opened « plus tard »."""
    head = b'Content-Disposition: form-data; name="' + name + b'"'
    answer = maria.post(path, headers=BOUNDARY, content=part(head, b'{"a": "' + b"a" * FIELD_LIMIT + b'"}'))

    assert answer.status_code == 413
    assert "Un badge aussi long doit venir dans un fichier." in words(answer.text)


def test_a_badge_that_was_pasted_whole_is_read_whole(maria: Person):
    """With its picture written out in it, it was cut after 200,000 letters."""
    assertion = samples.make_assertion(samples.samples()[0], AWARDED) | {"narrative": "a" * 220_000}
    answer = maria.post("/badges", data={"link": json.dumps(assertion, indent=1)})

    assert answer.headers["location"].endswith("?done=added")


def test_no_form_breaks_another_page_either(maria: Person):
    for path in ("/settings", "/language", "/shares"):
        for name, (headers, body) in FORMS.items():
            assert maria.post(path, headers=headers, content=body).status_code < 500, f"{path}: {name}"
    for name, (headers, body) in FORMS.items():
        assert maria.post("/leaving", headers=headers, content=body).status_code < 500, name
        if not maria.cookies:
            maria.enters()
