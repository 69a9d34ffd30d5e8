"""What people do with a mailbox: give its address, and come back by the codes that arrive there."""

from tests.fixtures.clockwork import Clockwork
from tests.stories.taps import Person


def give_an_address(person: Person, address: str, server: Clockwork) -> None:
    """Of a holder who just showed their key: the address is theirs, by the code that came there."""
    person.page.goto("/addresses/new")
    person.page.get_by_label("Votre adresse e-mail").fill(address)
    _type_the_code(person, address, server)
    person.reads("Cette adresse est à vous.")


def calls(person: Person, address: str, server: Clockwork, start: str = "") -> None:
    """On the page where an address is asked for, or from *start* on: the address, then the code of its letter."""
    if start:
        person.page.goto(start)
    person.page.get_by_label("Votre adresse e-mail").fill(address)
    _type_the_code(person, address, server)


def _type_the_code(person: Person, address: str, server: Clockwork) -> None:
    before = len(server.codes_to(address))
    person.tap("Recevoir un code")
    person.page.get_by_label("Votre code").fill(server.next_code_to(address, before))
    with person.page.expect_navigation():
        person.tap("Continuer")
