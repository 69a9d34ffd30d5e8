"""On a disk that is full to the last byte: every way in, and everything by which somebody is put out or leaves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.fixtures.mail import Served, codes_for
from tests.fixtures.small_disk import SmallDisk
from tests.fixtures.visits import Clock, Person, holder
from tests.operations.test_disk_reserve import app, services
from tests.routes.test_addresses import MARIA, owns
from tests.routes.test_confirmation import lives_by_a_paper, written
from tests.routes.test_devices import device_of
from tests.routes.test_erasure import somebody_came_back
from tests.routes.test_recovery import stopping
from tests.routes.test_recovery_by_email import Caller
from tests.routes.test_recovery_codes import makes_a_paper, opens
from tests.routes.test_tutor import FROM_THE_PAGE, Nadia, asked_by
from wallet.app import _send_mail
from wallet.operations.disk_reserve import NAME, SIZE
from wallet.web.services import Services

__all__ = ["app", "services"]
SIGNED_OUT = "/entry"


@dataclass
class Full:
    """A house, and what fills its disk again before each thing that somebody does: whatever one leaves free others take."""

    app: Starlette
    clock: Clock
    disk: SmallDisk

    def post(self, person: Person, path: str, **what: Any) -> Any:
        """What is answered on the full disk."""
        self.disk.fill()
        return person.post(path, **what)

    def confirms(self, person: Person, on: str) -> int:
        """The key is shown on that page, both steps of it on the full disk."""
        here = {"Referer": f"{person.services.settings.origin}{on}"}
        options = self.post(person, "/passkeys/challenges", json={"purpose": "confirmation"}, headers=here)
        if options.status_code != 200:
            return int(options.status_code)
        answer = person.key.show(options.json())
        return int(self.post(person, "/passkeys/confirmations", json=answer, headers=here).status_code)


Act = Callable[[], bool]


def enters_by_the_paper(full: Full) -> Act:
    code = written(makes_a_paper(holder(full.app)))
    sonia = Person(full.app)
    return lambda: full.post(sonia, "/entry/paper", data={"code": code}).headers["location"] == "/returns"


def enters_by_mail(full: Full) -> Act:
    """The letter is asked for, its code begins the wait, and after two days another one lets in."""
    maria = holder(full.app)
    owns(maria)
    caller = Caller(full.app)

    def calls() -> Any:
        asked = full.post(caller, "/entry/mail", data={"address": MARIA})
        told = {"ask": asked.headers["location"].partition("?ask=")[2], "code": codes_for(maria.services, MARIA)[-1]}
        return full.post(caller, "/entry/mail/code", data=told)

    def act() -> bool:
        waits = calls()
        full.clock.move(days=2, minutes=1)
        return "?told=" in waits.headers.get("location", "") and calls().headers["location"] == "/returns"

    return act


def erases_with_nothing_but_a_paper(full: Full) -> Act:
    maria = holder(full.app)
    code = lives_by_a_paper(maria)
    full.clock.move(minutes=6)
    told = {"code": written(code), "next": "/erasure"}

    def act() -> bool:
        shown = full.post(maria, "/confirmation/paper", data=told)
        return bool(
            shown.headers["location"] == "/erasure" and full.post(maria, "/erasure").headers["location"] == "/erased"
        )

    return act


def erases_with_the_key_shown_on_the_page_itself(full: Full) -> Act:
    """With a script nobody is led to another page."""
    maria = holder(full.app)
    full.clock.move(minutes=6)
    return lambda: (
        full.confirms(maria, "/erasure") == 200 and full.post(maria, "/erasure").headers["location"] == "/erased"
    )


def stops_a_return(full: Full) -> Act:
    """Whoever came back by the paper is out, once the key was shown where the banner stands."""
    maria, thief = holder(full.app), Person(full.app)
    assert opens(thief, makes_a_paper(maria))
    full.clock.move(minutes=6)
    path = stopping(maria.page("/badges"))

    def act() -> bool:
        return (
            full.confirms(maria, "/badges") == 200
            and full.post(maria, path).status_code == 303
            and thief.get("/settings").headers["location"] == SIGNED_OUT
        )

    return act


def stops_erasing(full: Full) -> Act:
    maria = holder(full.app)
    somebody_came_back(maria)
    assert maria.post("/erasure").headers["location"] == "/erasure"
    return lambda: full.post(maria, "/erasure/stopping").headers["location"] == "/erasure?done=stopped"


def puts_one_device_out(full: Full) -> Act:
    maria, other = holder(full.app), Person(full.app)
    other.key = maria.key
    assert other.enters().status_code == 200
    path = f"/devices/{device_of(other)}/removal"
    return lambda: (
        full.post(maria, path).status_code == 303 and other.get("/settings").headers["location"] == SIGNED_OUT
    )


def puts_all_others_out(full: Full) -> Act:
    maria, other = holder(full.app), Person(full.app)
    other.key = maria.key
    assert other.enters().status_code == 200
    return lambda: (
        full.post(maria, "/devices/removal").status_code == 303
        and other.get("/settings").headers["location"] == SIGNED_OUT
    )


def takes_a_word_back(full: Full) -> Act:
    """Nadia has no account: she has the link that she kept."""
    nadia = Nadia(full.app)
    at = str(nadia.writes(asked_by(full.app)).headers["location"])

    def act() -> bool:
        full.disk.fill()
        answer = nadia.post(f"{at}/withdrawal", headers=FROM_THE_PAGE)
        return bool(answer.status_code == 303 and "Votre mot est retiré" in nadia.get(at).text)

    return act


@pytest.mark.parametrize(
    "ready",
    [
        *(enters_by_the_paper, enters_by_mail, erases_with_nothing_but_a_paper),
        *(erases_with_the_key_shown_on_the_page_itself, stops_a_return, stops_erasing),
        *(puts_one_device_out, puts_all_others_out, takes_a_word_back),
    ],
)
@pytest.mark.breadth(beside=["puts_all_others_out", "takes_a_word_back", "enters_by_the_paper"])
def test_on_a_full_disk_people_come_in_and_put_others_out(
    small_disk: SmallDisk, app: Starlette, services: Services, clock: Clock, ready: Callable[[Full], Act]
):
    act = ready(Full(app, clock, small_disk))
    services.disk_reserve.lay()

    assert act()


@pytest.mark.breadth
def test_a_paper_that_is_shown_for_something_else_takes_no_room_from_those_who_leave(
    small_disk: SmallDisk, app: Starlette, services: Services, clock: Clock
):
    maria = holder(app)
    code = lives_by_a_paper(maria)
    clock.move(minutes=6)
    services.disk_reserve.lay()
    small_disk.fill()

    maria.post("/confirmation/paper", data={"code": written(code), "next": "/addresses/new"})

    assert (small_disk.folder / NAME).stat().st_size == SIZE


def test_the_letter_that_lets_somebody_in_goes_out_from_a_full_disk(
    small_disk: SmallDisk, app: Starlette, services: Services, mail_server: Served
):
    """And while there is none to send the ballast stays where it is."""
    owns(holder(app))
    services.disk_reserve.lay()
    asked = Caller(app).asks()
    assert asked
    small_disk.fill()

    _send_mail(services, mail_server.mailer())

    assert codes_for(services, MARIA) == []
    assert mail_server.room.letters
    small_disk.empty()
    services.disk_reserve.lay()
    small_disk.fill()
    before = (small_disk.folder / NAME).stat().st_ctime_ns
    _send_mail(services, mail_server.mailer())
    assert (small_disk.folder / NAME).stat().st_ctime_ns == before
