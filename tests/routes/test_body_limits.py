"""How many bytes each address takes: a form little, a long text more, files where they are taken; counted before any room sees them."""

from types import SimpleNamespace

import pytest
import starlette.formparsers
from starlette.applications import Starlette

from tests.fixtures.visits import Person
from wallet.badges import badges
from wallet.evidence import answers
from wallet.routes import POST, ROUTES, body_limit
from wallet.web.authentication import FORM_FIELDS
from wallet.web.body_limits import ARCHIVE, FILES, FORM, TEXT

MULTIPART = "multipart/form-data; boundary=b"
URLENCODED = "application/x-www-form-urlencoded"
TAKES = {
    "entry.paper.use": FILES,
    "archive.return.create": ARCHIVE,
    "badges.create": FILES,
    "handovers.create": FILES,
    "drafts.create": FILES,
    "attachments.create": FILES,
    "evidence.answer.keep": TEXT,
    "evidence.badges.choose": TEXT,
    "shares.create": TEXT,
    "shares.preview": TEXT,
    "share.change": TEXT,
    "page.create": TEXT,
    "page.turn": TEXT,
    "photo.create": FILES,
    "asked.answer": FILES,
    "petitions.create": TEXT,
    "language": TEXT,
    "petitioned.answer": FILES,
}
"""What takes more than an ordinary form."""
NINE_DIGITS = "9" * 9


def asked(path: str, kind: str, method: str = "POST") -> dict[str, object]:
    return {"type": "http", "method": method, "path": path, "headers": [(b"content-type", kind.encode())]}


def test_every_address_that_takes_more_than_a_form_is_told_twice():
    assert {route.name: route.endpoint.takes for route in ROUTES if route.endpoint.takes != FORM} == TAKES
    assert all("POST" in route.methods for route in ROUTES if route.name in TAKES)


def test_the_limit_is_of_the_address_and_of_what_is_sent():
    for route in ROUTES:
        path = route.path.replace("{id:row}", "7").replace("{number:row}", "7").replace("{question}", "facts")
        takes = TAKES.get(route.name, FORM)
        if POST[0] in route.methods and "{" not in path:
            assert body_limit(asked(path, MULTIPART)) == takes, route.name
            assert body_limit(asked(path, URLENCODED)) == min(takes, TEXT), route.name
            assert body_limit(asked(path, "application/json")) == FORM, route.name
            assert body_limit(asked(path, MULTIPART, "PUT")) == FORM, route.name
    assert body_limit(asked("/evidence/7/answers/facts", URLENCODED)) == TEXT
    assert body_limit(asked("/not/here", MULTIPART)) == FORM


def form_of(size: int) -> bytes:
    start = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
    return start + b"x" * (size - len(start) - 9) + b"\r\n--b--\r\n"


def test_no_file_is_put_on_the_disk_where_none_is_taken(visitor: Person, monkeypatch: pytest.MonkeyPatch):
    spooled = list[int]()

    def spool(max_size: int) -> None:
        spooled.append(max_size)

    monkeypatch.setattr(starlette.formparsers, "SpooledTemporaryFile", spool)

    small = visitor.post("/text-size", content=form_of(1000), headers={"Content-Type": MULTIPART})
    large = visitor.post("/text-size", content=form_of(3 * FORM), headers={"Content-Type": MULTIPART})

    assert (small.status_code, large.status_code) == (400, 413)
    assert "Nous n’avons pas compris" in small.text
    assert "C’est trop lourd." in large.text
    assert spooled == []


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [("/text-size", FORM + 1, 413), ("/badges", TEXT + 1, 413), ("/badges", TEXT, 400), ("/text-size", FORM, 400)],
)
def test_a_form_of_nothing_but_ampersands_is_refused_before_it_is_parsed(
    visitor: Person, monkeypatch: pytest.MonkeyPatch, path: str, size: int, status: int
):
    """The parser needs 0.6 s of the event loop for a megabyte of them."""
    written = list[bytes]()
    monkeypatch.setattr(
        starlette.formparsers.multipart.QuerystringParser, "write", lambda _self, data: written.append(data)
    )

    answer = visitor.post(path, content=b"&" * size, headers={"Content-Type": URLENCODED})

    assert answer.status_code == status
    assert written == []


@pytest.mark.parametrize("letters", ["punycode", "undefined", "no-such-letters", '"PunyCode"'])
def test_a_form_in_letters_that_no_browser_writes_is_refused_before_it_is_parsed(
    visitor: Person, monkeypatch: pytest.MonkeyPatch, letters: str
):
    """A field of 256 KB in punycode took 6 s of the event loop, `undefined` broke, and Python remembers each unknown name."""
    asked = list[str]()
    monkeypatch.setattr("starlette.formparsers.codecs", SimpleNamespace(lookup=asked.append))
    part = b'--b\r\nContent-Disposition: form-data; name="to"\r\n\r\nfr\r\n--b--\r\n'

    answer = visitor.post("/text-size", content=part, headers={"Content-Type": f"{MULTIPART}; charset={letters}"})

    assert answer.status_code == 400
    assert "Nous n’avons pas compris" in answer.text
    assert asked == []


def test_a_form_that_says_it_is_written_in_utf_8_is_read(visitor: Person):
    part = b'--b\r\nContent-Disposition: form-data; name="size"\r\n\r\nlarge\r\n--b--\r\n'

    answer = visitor.post("/text-size", content=part, headers={"Content-Type": f"{MULTIPART}; charset=UTF-8"})

    assert answer.status_code == 303


@pytest.mark.breadth
def test_a_share_of_as_many_badges_as_one_may_keep_fits(maria: Person):
    boxes = {"badge": [NINE_DIGITS] * badges.MOST_BADGES, "days": ["30"]}
    boxes["moment"] = [f"{NINE_DIGITS}-{NINE_DIGITS}"] * (FORM_FIELDS - badges.MOST_BADGES - 1)

    for path in ("/shares", "/shares/preview"):
        answer = maria.post(path, data=boxes)
        assert answer.status_code in {200, 404, 422}, "it is read; none of them is hers"


@pytest.mark.breadth
def test_the_longest_text_fits_in_any_letters(maria: Person):
    moment = maria.tells(facts="?")
    text = "\N{DROMEDARY CAMEL}" * answers.TEXT_LIMIT

    answer = maria.post(f"{moment}/answers/facts", data={"text": text, "key": "b" * 32})

    assert answer.status_code == 303
    assert text in maria.page(moment)


def test_who_finds_no_place_is_told_to_come_again_and_when(
    app: Starlette, visitor: Person, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("wallet.web.body_limits.PLACES", 0)
    monkeypatch.setattr("wallet.web.body_limits.PATIENCE", 0)

    answer = visitor.brings(("film.mp4", b"\0" * 1024 * 1024))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "Il y a trop de monde en ce moment." in answer.text
    assert "Essayez encore dans une minute." in answer.text
