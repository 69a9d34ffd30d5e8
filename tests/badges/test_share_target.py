"""What is put aside is for whoever holds its secret, for half an hour, and there is room for so much: on both databases."""

from datetime import timedelta

import pytest

from tests.fixtures.people import NOW, somebody
from wallet.accounts import holders
from wallet.badges import share_target
from wallet.badges.share_target import ROOM, SHARED_ITEM_LASTS, SharedFile, SharedItemRefused
from wallet.storage.database import Database, Missing

BADGE = SharedFile(name="badge.png", size=1000, file="a" * 64)
FILM = SharedFile(name="film.mp4", size=ROOM, file=None)


def put_aside(
    people: Database, *files: SharedFile, holder_id: int | None = None, later: timedelta = timedelta(0)
) -> tuple[int, str]:
    with people.writing() as session:
        return share_target.keep_shared_item(session, files, "", "", holder_id, NOW + later)


def with_a_key(people: Database) -> int:
    """A holder who keeps a wallet."""
    id = somebody(people).holder.id
    with people.writing() as session:
        holders.keep_holder(session, id, NOW)
    return id


def is_there(
    people: Database, id: int, token: str, holder_id: int | None = None, later: timedelta = timedelta(0)
) -> bool:
    with people.reading() as session:
        try:
            return share_target.get_shared_item(session, id, token, holder_id, NOW + later).id == id
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
    assert is_there(people, id, token, sonia, SHARED_ITEM_LASTS - timedelta(seconds=1))
    assert not is_there(people, id, token, sonia, SHARED_ITEM_LASTS)


def test_what_is_over_makes_room_and_is_forgotten(people: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(share_target, "ROOM", 1500)
    sonia = with_a_key(people)
    put_aside(people, BADGE, FILM, holder_id=sonia)  # of a film too big nothing is kept, and it takes no room
    with pytest.raises(SharedItemRefused):
        put_aside(people, BADGE, holder_id=sonia)
    put_aside(people, BADGE, holder_id=sonia, later=SHARED_ITEM_LASTS)

    with people.writing() as session:
        share_target.forget_ended_shared_items(session, NOW + SHARED_ITEM_LASTS)
    with people.reading() as session:
        assert list(share_target.shared_item_files(session)) == [("handover 2", BADGE.file)]


def test_whoever_has_no_key_fills_a_tenth_with_all_others_and_no_more(
    people: Database, monkeypatch: pytest.MonkeyPatch
):
    """A visitor's cookie, which anybody gets, opens no room of their own."""
    monkeypatch.setattr(share_target, "ROOM", 25_000)
    sonia, visitor, other = with_a_key(people), somebody(people).holder.id, somebody(people).holder.id
    put_aside(people, BADGE)
    put_aside(people, BADGE, holder_id=visitor)
    for stranger in (None, visitor, other):
        with pytest.raises(SharedItemRefused):
            put_aside(people, BADGE, holder_id=stranger)

    put_aside(people, BADGE, holder_id=sonia)
    with people.writing() as session:
        holders.keep_holder(session, visitor, NOW)
    put_aside(people, BADGE, holder_id=other)
    put_aside(people, BADGE, later=SHARED_ITEM_LASTS)


def test_all_of_a_holder_goes_and_nothing_of_others(people: Database):
    sonia, kevin = somebody(people).holder.id, somebody(people).holder.id
    for holder_id in (sonia, sonia, kevin, None):
        put_aside(people, BADGE, holder_id=holder_id)

    with people.writing() as session:
        assert share_target.erase_shared_items(session, sonia, 1) == (1, {BADGE.file})
        assert share_target.erase_shared_items(session, sonia, 50) == (1, {BADGE.file})
        assert share_target.erase_shared_items(session, sonia, 50) == (0, set())
        others = share_target.shared_item_files(session)
        assert [whose for whose, _ in others] == ["handover 3", "handover 4"]


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (("", "", ""), ("", "")),
        (("Titre", "Voici", ""), ("", "Voici")),
        (("", "http://a.example/b).", ""), ("http://a.example/b", "")),
        (("", "Ton badge est là : “http://a.example/b”!", ""), ("http://a.example/b", "")),
        (("", "Ton badge : \u2066http://a.example/\u200bb\u2069", ""), ("http://a.example/b", "")),
        (("", "data:image/png;base64,aHR0cHM6Ly9h", ""), ("", "data:image/png;base64,aHR0cHM6Ly9h")),
        (("", "eyJhbGciOiJFZERTQSJ9.eyJpZCI6Imh0dHBzOi8vYSJ9.x https://a.example", ""), None),
        (("", '\ufeff{"id":"https://a.example"}\u200b', ""), None),
        (("", 'Mon badge : {"id":"https://a.example/b","name":"Maria"}', ""), ("https://a.example/b", "")),
        (("", "https://" + "a" * 3000, ""), ("", "https://" + "a" * 3000)),
        (("", "https:// rien", ""), ("", "https:// rien")),
    ],
)  # fmt: skip
def test_a_link_is_told_from_a_text_and_from_a_badge_that_is_text(
    told: tuple[str, str, str], found: tuple[str, str] | None
):
    title, text, url = told

    assert share_target.split_shared_text(title, text, url) == (found or ("", text))
