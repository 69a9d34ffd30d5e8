"""The worker as phones get it, and under whose name they keep pages: the same for one sign-in, nobody else's, or none."""

import json
import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette

from tests.fixtures.made_once import made_once
from tests.fixtures.visits import Clock, Person, signed
from tests.openbadges.support.others import NODE
from tests.routes.test_keys import has_a_paper
from tests.routes.test_recovery_codes import opens
from wallet.accounts.recoveries import RECOVERY_GUARD
from wallet.app import create_app
from wallet.pages.environment import format_moment
from wallet.settings import Settings
from wallet.web import service_worker

PAGES = ("/badges", "/path", "/shares", "/evidence", "/help")


@pytest.fixture
@made_once
def sonia(app: Starlette) -> Person:
    sonia = Person(app)
    sonia.brings(("badge.json", signed()))
    sonia.makes_a_key()
    return sonia


def mark(person: Person, path: str = "/badges") -> str:
    """Under which name the phone of *person* keeps that page; it is told to keep none of nobody's."""
    headers = person.get(path).headers
    assert path not in PAGES or ("Wallet-Keep" in headers) == (headers["Wallet-Holder"] != service_worker.NOBODY)
    return str(headers["Wallet-Holder"])


@pytest.mark.breadth
def test_her_pages_are_kept_under_one_mark(sonia: Person) -> None:
    answers = [sonia.get(path) for path in PAGES]

    assert {answer.headers["Wallet-Keep"] for answer in answers} == {"yes"}
    assert all("service-worker-start" in answer.text for answer in answers)
    (one,) = {answer.headers["Wallet-Holder"] for answer in answers}
    assert re.fullmatch(r"[\w-]{16}", one)


def test_another_device_and_another_person_have_another_mark(sonia: Person, app: Starlette) -> None:
    marks = {mark(sonia)}
    sonia.post("/leaving")
    sonia.enters()
    marks.add(mark(sonia))
    kevin = Person(app)
    kevin.brings(("badge.json", signed()))
    kevin.makes_a_key()
    marks.add(mark(kevin))

    assert len(marks) == 3


def test_of_visitors_nothing_is_kept_nor_after_signing_out(sonia: Person, visitor: Person) -> None:
    visitor.brings(("badge.json", signed()))
    assert mark(visitor) == service_worker.NOBODY

    left = sonia.post("/leaving")

    assert left.headers["Wallet-Holder"] == service_worker.NOBODY
    assert left.headers["Clear-Site-Data"] == '"cache"'
    assert mark(sonia, "/entry") == mark(sonia, "/") == service_worker.NOBODY


def test_whoever_signs_in_finds_nothing_of_whoever_was_there(sonia: Person) -> None:
    sonia.post("/leaving")

    assert sonia.enters().headers["Wallet-Holder"] == service_worker.NOBODY


def test_on_a_computer_that_others_use_nothing_is_kept(sonia: Person) -> None:
    sonia.post("/leaving")
    options = sonia.post("/passkeys/challenges", json={"purpose": "authentication"}).json()
    sonia.post("/devices", json={**sonia.key.show(options), "shared": True})

    page = sonia.get("/badges")

    assert page.headers["Wallet-Holder"] == service_worker.NOBODY
    assert "Wallet-Keep" not in page.headers, (
        "the worker may be there already: the page on which they signed in brought it"
    )
    assert "service-worker-start" not in page.text


def test_of_whoever_came_back_without_a_key_pages_are_kept_once_nobody_can_stop_them(
    sonia: Person, app: Starlette, clock: Clock
) -> None:
    back = Person(app)
    assert opens(back, has_a_paper(sonia))

    assert mark(back) == service_worker.NOBODY
    clock.move(seconds=RECOVERY_GUARD.total_seconds())
    assert mark(back) != service_worker.NOBODY


@pytest.mark.parametrize("path", ["/settings", "/keys", "/shares/new", "/badges/new", "/badges/999", "/privacy"])
def test_what_changes_something_and_what_is_not_there_are_not_kept(sonia: Person, path: str) -> None:
    assert "Wallet-Keep" not in sonia.get(path).headers


def test_strangers_get_neither_mark_nor_worker(sonia: Person, recruiter: Person) -> None:
    share = sonia.shows(*sonia.has())

    shown = recruiter.get(sonia.link_of(share))

    assert "Wallet-Holder" not in shown.headers
    assert "service-worker-start" not in shown.text


@pytest.mark.breadth
def test_the_newest_code_is_one_address(sonia: Person) -> None:
    assert sonia.get("/code", follow_redirects=False).headers["Location"] == "/shares/new"
    sonia.shows(*sonia.has())
    newest = sonia.shows(*sonia.has(), name="Entretien")

    page = sonia.get("/code")

    assert page.headers["Wallet-Keep"] == "yes"
    assert f"{newest}/qr.svg" in page.text


def test_the_script_says_what_everybody_keeps_and_is_asked_for_each_time(app: Starlette, visitor: Person) -> None:
    answer = visitor.get("/worker.js")

    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"
    told = dict(re.findall(r"^const (VERSION|SHELL|OFFLINE) = (.+)$", answer.text, re.MULTILINE))
    for path in [*json.loads(told["SHELL"]), json.loads(told["OFFLINE"])]:
        assert visitor.get(path).status_code == 200
    assert "Internet est coupé." in visitor.get(json.loads(told["OFFLINE"])).text
    assert '"/offline?lang=en"' in visitor.get("/worker.js?lang=en").text
    again = visitor.get("/worker.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert visitor.get("/worker.js?lang=en", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 200


@pytest.mark.skipif(not NODE, reason="node is not here: make install-for-tests")
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.breadth
def test_a_kept_page_says_when_it_was_seen_as_all_pages_say_it(visitor: Person, language: str) -> None:
    moments = [datetime(2026, 12, *when, tzinfo=UTC) for when in ((1, 8, 5), (1, 23, 5), (11, 9, 0), (31, 18, 54))]
    script = visitor.get("/worker.js").text
    told = script[script.index("function inWords") : script.index("async function seen")].partition("\n}\n")[0] + "\n}"
    asked = json.dumps([moment.timestamp() * 1000 for moment in moments])

    answer = subprocess.run(
        (NODE, "-e", f"{told}\nconsole.log(JSON.stringify({asked}.map((one) => inWords(one, '{language}'))))"),
        capture_output=True,
        check=True,
        text=True,
    )

    assert json.loads(answer.stdout) == [format_moment(moment, language) for moment in moments]


def test_without_it_phones_drop_what_they_kept(settings: Settings) -> None:
    off = Person(create_app(replace(settings, offline=False)))

    assert "unregister" in off.get("/worker.js").text
    assert "service-worker-start" not in off.get("/").text
