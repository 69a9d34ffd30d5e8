"""Every form that is refused comes back: what is wrong is said first and at its field, and nothing typed is lost."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.fixtures.faulted import Faulted
from tests.fixtures.made_once import made_once
from tests.fixtures.visits import Clock, Person, Stranger, holder
from tests.routes.test_abuse_reports import FROM_THE_PAGE
from tests.routes.test_addresses import adds
from tests.routes.test_confirmation import lives_by_a_paper
from tests.routes.test_evidence import begins
from wallet.evidence import editing
from wallet.shares.abuse_reports import REPORT_WORDS_LIMIT


@dataclass
class Form:
    """What is sent where, and what of it must still stand in the page that comes back."""

    address: str
    data: dict[str, Any]
    status: int = 422
    stays: tuple[str, ...] = ()
    files: list[Any] | None = None
    person: Any = None
    is_told_once: bool = False
    """Whether nothing stands at a field: what is wrong is a file, and another one is chosen."""


def link(sonia: Person, **choice: Any) -> tuple[Stranger, str]:
    """Yann, and the link of a share of hers."""
    return Stranger(sonia.app), sonia.link_of(sonia.shows(*sonia.has(), **choice))


def report(sonia: Person, **said: str) -> Form:
    yann, at = link(sonia)
    return Form(f"{at}/reports", said, person=yann)


def code_of_a_share(sonia: Person, code: str) -> Form:
    yann, at = link(sonia, code="yes")
    form = re.search(r'name="form" value="([^"]*)"', yann.page(at))
    return Form(at, {"code": code, "form": form[1] if form else ""}, stays=(f'value="{code}"',), person=yann)


def file(name: str, content: bytes) -> list[Any]:
    return [("documents", (name, content, "application/octet-stream"))]


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    return holder(app)


FORMS: dict[str, Callable[[Person], Form]] = {
    "a badge, no link": lambda _: Form("/badges", {"link": ""}),
    "a badge, no file": lambda _: Form("/badges", {}, files=file("", b"")),
    "a badge, a file without one": lambda _: Form(
        "/badges", {}, files=file("vide.png", b"\x89PNG\r\n\x1a\n"), is_told_once=True
    ),
    "a badge, a link that leads to none": lambda _: Form("/badges", {"link": "nulle part"}, stays=("nulle part",)),
    "an archive, another file": lambda _: Form("/archive/return", {}, files=file("a.zip", b"x")),
    "a share, no badge": lambda _: Form("/shares", {"word": "Bonjour Yann", "days": "7"}, stays=("Bonjour Yann",)),
    "a share, a date that is past": lambda sonia: Form(
        "/shares",
        {"badge": sonia.has(), "days": "date", "date": "2020-01-01", "word": "Bonjour Yann"},
        stays=("2020-01-01", "Bonjour Yann"),
    ),
    "an address that is none": lambda _: Form("/addresses", {"address": "sonia@"}, stays=('value="sonia@"',)),
    "the code of an address": lambda sonia: Form(
        f"{adds(sonia)}/verification", {"code": "12 34"}, stays=('value="12 34"',)
    ),
    "coming back, no address": lambda sonia: Form(
        "/entry/mail", {"address": "sonia"}, stays=('value="sonia"',), person=Person(sonia.app)
    ),
    "coming back, a wrong code": lambda sonia: Form(
        "/entry/mail/code",
        {"ask": "rien", "code": "12 34", "shared": "yes"},
        stays=('value="12 34"', "rien", 'value="yes" checked'),
        person=Person(sonia.app),
    ),
    "the rescue paper, nothing typed": lambda sonia: Form("/entry/paper", {"code": ""}, person=Person(sonia.app)),
    "the rescue paper, mistyped": lambda sonia: Form(
        "/entry/paper",
        {"code": "ABCD EFGH", "shared": "yes"},
        stays=("ABCD EFGH", 'value="yes" checked'),
        person=Person(sonia.app),
    ),
    "a moment, no place": lambda _: Form("/evidence", {"text": "", "key": secrets.token_hex(16)}),
    "a report, nothing chosen": lambda sonia: replace(report(sonia, words="Je sais."), stays=("Je sais.",)),
    "a report, too long": lambda sonia: replace(
        report(sonia, reason="false", words="a" * (REPORT_WORDS_LIMIT + 1)), stays=("a" * (REPORT_WORDS_LIMIT + 1),)
    ),
    "the secret code, too short": lambda sonia: code_of_a_share(sonia, "12"),
    "the secret code, a wrong one": lambda sonia: code_of_a_share(sonia, "000001"),
}


ENGLISH = {
    "a badge, no link",
    "a share, a date that is past",
    "coming back, a wrong code",
    "the secret code, a wrong one",
}
"""Forms that are asked for in English each time; what is said there is one file for all."""


@pytest.mark.parametrize(
    ("name", "language"),
    [
        pytest.param(name, language, marks=() if language == "fr" or name in ENGLISH else pytest.mark.soak)
        for name in FORMS
        for language in ("fr", "en")
    ],
)
def test_it_comes_back_with_what_is_wrong_and_what_was_typed(sonia: Person, name: str, language: str) -> None:
    form = FORMS[name](sonia)

    answer = (form.person or sonia).post(
        form.address, data=form.data, files=form.files, headers=FROM_THE_PAGE | {"Accept-Language": language}
    )

    assert answer.status_code == form.status, answer.text[:300]
    page = Faulted(answer.text)
    assert page.faults == []
    assert bool(page.led_to) != form.is_told_once
    assert f'<html lang="{language}"' in answer.text
    assert [typed for typed in form.stays if typed not in unescape(answer.text)] == []


def test_a_text_for_which_no_room_is_left_stays_in_its_box(sonia: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = begins(sonia)
    monkeypatch.setattr(editing, "ROOM", 10)

    answer = sonia.post(
        f"{moment}/answers/facts", data={"text": "Un client était en colère.", "key": secrets.token_hex(16)}
    )

    assert answer.status_code == 413
    assert Faulted(answer.text).faults == []
    assert Faulted(answer.text).led_to[0][0] == "text"
    assert "Un client était en colère.</textarea>" in answer.text


def test_the_paper_that_is_asked_for_again_comes_back_as_it_was_typed(sonia: Person, clock: Clock) -> None:
    """For a step that cannot be undone, somebody who came in by a paper alone."""
    lives_by_a_paper(sonia)
    clock.move(minutes=6)

    answer = sonia.post("/confirmation/paper", data={"next": "/keys", "code": "ABCD EFGH"})

    assert answer.status_code == 422
    assert Faulted(answer.text).faults == []
    assert "ABCD EFGH" in answer.text
