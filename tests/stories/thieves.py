"""Somebody who holds what is not theirs: a mailbox or a paper. What they try from their own phone, and that it fails."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import expect
from sqlalchemy import select

from tests.fixtures.archives import opened
from tests.fixtures.browser import Phone
from tests.fixtures.clockwork import Clockwork
from tests.stories.contents import badges_of, sign_out
from tests.stories.mailboxes import give_an_address
from tests.stories.ready_phones import posted
from tests.stories.taps import Person
from tests.stories.test_kevin_comes_back_by_his_paper import keep_two_badges
from wallet.accounts.holders import Device

SEND = """async ([path, fields]) => {
  const answer = await fetch(path, { method: "POST", body: new URLSearchParams(fields) })
  return { status: answer.status, path: new URL(answer.url).pathname }
}"""
"""What any page of ours sends when a form of it is sent; a thief writes the form that is not there."""
WAITS = 409
NAME, ADDRESS = "Zénobie", "zenobie@exemple.fr"
"""Words of the owner, which stand nowhere in what a thief takes away."""


def send(person: Person, path: str, **fields: str) -> dict[str, Any]:
    """What a form would, from the page on which they are."""
    answer: dict[str, Any] = person.page.evaluate(SEND, [path, fields])
    return answer


def an_owner(phone: Phone, server: Clockwork, samples: Path) -> Person:
    """Zénobie, with two badges, a key in her phone, her name, and an address; a day has gone by since."""
    owner = keep_two_badges(phone, samples, at="")
    give_an_address(owner, ADDRESS, server)
    posted(phone, "/settings", urlencode({"name": NAME}).encode(), "application/x-www-form-urlencoded")
    assert words_in_the_archive(owner) == {NAME, ADDRESS}
    server.passes(days=1)
    return owner


def tries_everything(thief: Person, owner: Person, server: Clockwork) -> None:
    """All that would hurt, tried by a thief who is in and showed what they have: each of it waits, or is not there."""
    assert words_in_the_archive(thief) == set()
    _takes_the_addresses(thief)
    _takes_the_keys(thief)
    _puts_the_owner_out(thief, owner, server)
    thief.page.goto("/erasure")
    assert send(thief, "/erasure", here="/erasure")["status"] == 200
    thief.page.goto("/badges")
    thief.reads("Tout sera effacé le")  # planned, and told on the owner's phone too
    badges = set(re.findall(r'/badges/(\d+)["/]', thief.page.content()))
    assert badges
    for id in badges:
        assert send(thief, f"/badges/{id}/removal")["status"] == 200


def is_in(person: Person, path: str) -> bool:
    """Whether *path* is theirs to see, and leads nowhere else."""
    return person.page.request.get(path).url.endswith(path)


def words_in_the_archive(person: Person) -> set[str]:
    """Which of the owner's words stand in what *person* takes away."""
    answer = person.page.request.get("/archive/file")
    assert answer.headers["content-type"] == "application/zip"
    content = b"".join(opened(answer.body()).values())
    return {word for word in (NAME, ADDRESS) if word.encode() in content}


def _takes_the_addresses(thief: Person) -> None:
    mine = set(re.findall(r"/addresses/(\d+)/removal", thief.page.request.get("/addresses").text()))
    assert len(mine) == 1
    assert [send(thief, f"/addresses/{id}/removal")["status"] for id in mine] == [WAITS]
    assert send(thief, "/addresses", address="thief@exemple.fr")["status"] == WAITS


def _takes_the_keys(thief: Person) -> None:
    keys = set(re.findall(r"/keys/(\d+)/removal", thief.page.request.get("/keys").text()))
    assert keys
    assert {send(thief, f"/keys/{id}/removal")["status"] for id in keys} == {WAITS}


def _puts_the_owner_out(thief: Person, owner: Person, server: Clockwork) -> None:
    send(thief, "/devices/removal")
    with server.services.database.reading() as session:
        every = list(session.scalars(select(Device.id).where(Device.return_id.is_(None))))
    assert every
    for id in every:
        send(thief, f"/devices/{id}/removal")
    with server.services.database.reading() as session:
        assert set(every) <= set(session.scalars(select(Device.id)))
    assert is_in(owner, "/settings")


def is_told_and_stops(owner: Person, words: str, button: str, *, shows: bool) -> None:
    """The owner looks at their phone as every day, reads *words*, and touches *button*; a finger where one *shows* it."""
    owner.page.goto("/badges")
    owner.reads(words)
    owner.taps = 0
    if shows:
        owner.shows_a_finger(button)
    else:
        with owner.page.expect_navigation():
            owner.tap(button)
    owner.page.wait_for_url("**?done=stopped")
    assert owner.taps <= 2
    owner.page.goto("/badges")
    expect(owner.page.get_by_text(words)).to_have_count(0)
    expect(owner.page.get_by_text("Tout sera effacé")).to_have_count(0)


def still_enters(owner: Person, before: dict[int, bytes]) -> None:
    """The key from before opens all that was there *before*."""
    sign_out(owner)
    owner.page.goto("/entry")
    owner.shows_a_finger("Ouvrir mes badges")
    assert badges_of(owner) == before


def is_out(thief: Person, *, has_key: bool) -> None:
    """What the thief had opens nothing any more: neither the phone that was in, nor a key that was made meanwhile."""
    for path in ("/badges", "/settings", "/returns"):
        assert not is_in(thief, path), path
    thief.page.goto("/entry")
    thief.tap("Ouvrir mes badges")
    thief.reads("Cette clé n’ouvre pas de badges ici." if has_key else "Rien n’est perdu.")
