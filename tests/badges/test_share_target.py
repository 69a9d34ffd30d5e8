"""What is put aside is for whoever holds its secret, for half an hour, and there is room for so much: on both databases."""

from datetime import timedelta

import pytest

from tests.fixtures.people import NOW, somebody
from wallet.accounts import holders
from wallet.badges import share_target as handovers
from wallet.badges.share_target import LASTS, ROOM, File, Full
from wallet.storage.database import Database, Missing

BADGE = File(name="badge.png", size=1000, file="a" * 64)
FILM = File(name="film.mp4", size=ROOM, file=None)


def put_aside(
    people: Database, *files: File, holder_id: int | None = None, later: timedelta = timedelta(0)
) -> tuple[int, str]:
    with people.keeping() as session:
        return handovers.put_aside(session, files, "", "", holder_id, NOW + later)


def with_a_key(people: Database) -> int:
    """A holder who keeps a wallet."""
    id = somebody(people).holder.id
    with people.keeping() as session:
        holders.keep(session, id, NOW)
    return id


def is_there(
    people: Database, id: int, token: str, holder_id: int | None = None, later: timedelta = timedelta(0)
) -> bool:
    with people.reading() as session:
        try:
            return handovers.one(session, id, token, holder_id, NOW + later).id == id
        except Missing:
            return False


def test_it_is_there_for_its_secret_and_for_half_an_hour(people: Database):
    sonia, kevin = somebody(people).holder.id, somebody(people).holder.id
    id, token = put_aside(people, BADGE, FILM, holder_id=sonia)
    other, theirs = put_aside(people, BADGE)

    assert is_there(people, id, token, sonia)
    assert is_there(people, other, theirs, kevin), "who sent it was not signed in"
    for wrong in ((id, theirs, sonia), (other, token, sonia), (id, token, kevin), (id, token, None), (id, "", sonia)):
        assert not is_there(people, *wrong), wrong
    assert is_there(people, id, token, sonia, LASTS - timedelta(seconds=1))
    assert not is_there(people, id, token, sonia, LASTS)


def test_what_is_over_makes_room_and_is_forgotten(people: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(handovers, "ROOM", 1500)
    sonia = with_a_key(people)
    put_aside(people, BADGE, FILM, holder_id=sonia)  # of a film too big nothing is kept, and it takes no room
    with pytest.raises(Full):
        put_aside(people, BADGE, holder_id=sonia)
    put_aside(people, BADGE, holder_id=sonia, later=LASTS)

    with people.keeping() as session:
        handovers.forget_over(session, NOW + LASTS)
    with people.reading() as session:
        assert list(handovers.named_files(session)) == [("handover 2", BADGE.file)]


def test_whoever_has_no_key_fills_a_tenth_with_all_others_and_no_more(
    people: Database, monkeypatch: pytest.MonkeyPatch
):
    """A visitor's cookie, which anybody gets, opens no room of their own."""
    monkeypatch.setattr(handovers, "ROOM", 25_000)
    sonia, visitor, other = with_a_key(people), somebody(people).holder.id, somebody(people).holder.id
    put_aside(people, BADGE)
    put_aside(people, BADGE, holder_id=visitor)
    for stranger in (None, visitor, other):
        with pytest.raises(Full):
            put_aside(people, BADGE, holder_id=stranger)

    put_aside(people, BADGE, holder_id=sonia)
    with people.keeping() as session:
        holders.keep(session, visitor, NOW)
    put_aside(people, BADGE, holder_id=other)
    put_aside(people, BADGE, later=LASTS)


def test_all_of_a_holder_goes_and_nothing_of_others(people: Database):
    sonia, kevin = somebody(people).holder.id, somebody(people).holder.id
    for holder_id in (sonia, sonia, kevin, None):
        put_aside(people, BADGE, holder_id=holder_id)

    with people.keeping() as session:
        assert handovers.erase(session, sonia, 1) == (1, {BADGE.file})
        assert handovers.erase(session, sonia, 50) == (1, {BADGE.file})
        assert handovers.erase(session, sonia, 50) == (0, set())
        others = handovers.named_files(session)
        assert [whose for whose, _ in others] == ["handover 3", "handover 4"]


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (("", "", ""), ("", "")),
        (("Titre", "Voici", ""), ("", "Voici")),
        (("", "http://a.example/b).", ""), ("http://a.example/b", "")),
        (("", "data:image/png;base64,aHR0cHM6Ly9h", ""), ("", "data:image/png;base64,aHR0cHM6Ly9h")),
        (("", "eyJhbGciOiJFZERTQSJ9.eyJpZCI6Imh0dHBzOi8vYSJ9.x https://a.example", ""), None),
        (("", "https://" + "a" * 3000, ""), ("", "https://" + "a" * 3000)),
        (("", "https:// rien", ""), ("", "https:// rien")),
    ],
)  # fmt: skip
def test_a_link_is_told_from_a_text_and_from_a_badge_that_is_text(
    told: tuple[str, str, str], found: tuple[str, str] | None
):
    title, text, url = told

    assert handovers.link_and_text(title, text, url) == (found or ("", text))
