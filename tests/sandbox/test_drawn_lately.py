"""A picture that was drawn lately is found by itself alone, and not for long."""

import pytest

from tests.sandbox.test_pictures import chunk, emblem, png, svg, written
from wallet.sandbox import pictures
from wallet.sandbox.child import is_walled
from wallet.sandbox.drawn_lately import MOST, SECONDS, DrawnLately, without_texts
from wallet.sandbox.pictures import draw


class Clock:
    """Goes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _nothing_was_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "LATELY", DrawnLately())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What children were given, from now on."""
    given: list[bytes] = []
    whole = pictures._drawn
    monkeypatch.setattr(pictures, "_drawn", lambda content, kind: (given.append(content), whole(content, kind))[1])
    return given


@pytest.mark.slow
@pytest.mark.breadth
def test_one_picture_with_two_badges_baked_into_it_is_drawn_once(asked: list[bytes]) -> None:
    plain = written(emblem(), "PNG")
    baked = [plain[:33] + chunk(b"iTXt", b"openbadgecredential" + bytes(5) + one) + plain[33:] for one in (b"a", b"b")]

    first, second = map(draw, baked)

    assert first is not None
    assert second is first
    assert asked == [plain]


@pytest.mark.slow
@pytest.mark.breadth
def test_two_pictures_are_two(asked: list[bytes]) -> None:
    """Nobody is shown another badge's picture, however alike they begin."""
    found = [draw(written(emblem(size, size), "PNG")) for size in (100, 101)]

    assert [picture and picture.width for picture in found] == [100, 101]
    assert len(asked) == 2


@pytest.mark.slow
@pytest.mark.breadth
def test_what_could_not_be_drawn_is_tried_again(asked: list[bytes]) -> None:
    """The child was busy, or died: the next one may do better."""
    broken = png(10, 10, chunk(b"IDAT", b"no pixels"))

    assert [draw(broken), draw(broken)] == [None, None]
    assert len(asked) == 2


def test_a_drawing_that_was_drawn_behind_a_wall_is_not_shown_where_none_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = svg("<rect width='9' height='9'/>")
    pictures.LATELY.keep(drawing, pictures.Picture(content=b"", width=1, height=1, transparent=False))
    monkeypatch.setattr(pictures, "is_walled", lambda: False)

    assert draw(drawing) is None
    assert is_walled is not pictures.is_walled


def test_it_is_forgotten_after_an_hour() -> None:
    clock = Clock()
    lately = DrawnLately[str](clock=clock)
    lately.keep(b"picture", "drawn")

    clock.now = SECONDS
    assert lately.find(b"picture") == "drawn"
    lately.keep(b"picture", "drawn again")  # does not begin the hour anew

    clock.now = SECONDS + 1
    assert lately.find(b"picture") is None
    assert lately._found == {}


def test_no_more_are_kept_than_there_is_room_for() -> None:
    lately = DrawnLately[int]()
    for number in range(MOST + 5):
        lately.keep(str(number).encode(), number)

    assert len(lately._found) == MOST
    assert [lately.find(b"4"), lately.find(b"5")] == [None, 5]


HEAD = png(1, 1)[:33]
END = png(1, 1)[33:]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(HEAD + chunk(b"tEXt", b"a\0b") + chunk(b"zTXt", b"c") + END, HEAD + END, id="texts"),
        pytest.param(HEAD + chunk(b"eXIf", b"upright") + END, HEAD + chunk(b"eXIf", b"upright") + END, id="what is drawn"),
        pytest.param(HEAD + END + b"a second file", HEAD + END, id="behind the end"),
        pytest.param(HEAD + chunk(b"tEXt", b"long")[:-1], HEAD + chunk(b"tEXt", b"long")[:-1], id="cut off"),
        pytest.param(HEAD + b"\xff\xff\xff\xffIDAT" + bytes(9), HEAD + b"\xff\xff\xff\xffIDAT" + bytes(9), id="longer than it is"),
        pytest.param(b"\xff\xd8\xff", b"\xff\xd8\xff", id="no PNG"),
    ],
)  # fmt: skip
def test_only_what_is_drawn_tells_pictures_apart(content: bytes, expected: bytes) -> None:
    assert without_texts(content) == expected
