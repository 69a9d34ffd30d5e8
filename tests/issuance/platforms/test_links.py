"""Links to platforms: one for each platform, stopped for good, and only as many as one reads."""

from datetime import timedelta

import pytest

from tests.fixtures.people import NOW
from tests.fixtures.platforms import connects, gives_code, gives_tokens, keeper, keyring, maria, wallet
from tests.fixtures.ways_in import happened
from wallet.accounts import recoveries
from wallet.accounts.holders import SignedIn
from wallet.accounts.recoveries import RecoveryPending
from wallet.issuance.platforms import links, tokens
from wallet.issuance.platforms.models import AuthorisationCode, PlatformLink, PlatformToken
from wallet.issuance.platforms.scopes import CREATE
from wallet.storage.database import Database, Missing
from wallet.storage.keyring import Keyring

__all__ = ["keyring", "maria", "wallet"]
DAY = timedelta(days=1)


def count(wallet: Database, model: type[PlatformLink | AuthorisationCode | PlatformToken]) -> int:
    with wallet.reading() as session:
        return session.query(model).count()


def test_who_connects_a_platform_again_goes_on_with_the_same_link(wallet: Database, maria: SignedIn) -> None:
    first, youssef = connects(wallet, maria), keeper(wallet)
    theirs = connects(wallet, youssef)

    assert connects(wallet, maria, now=NOW + DAY) == first != theirs
    with wallet.reading() as session:
        (link,) = links.list_links(session, maria.holder.id)
    assert (link.name, link.host, link.connected_at, link.sent) == (
        "GRETA du Havre",
        "moodle.greta.example",
        NOW + DAY,
        0,
    )
    assert happened(wallet, maria) == ["platform-connected"] * 2


@pytest.mark.postgresql
def test_a_stopped_platform_has_nothing_left_that_opens(wallet: Database, maria: SignedIn, keyring: Keyring) -> None:
    link = connects(wallet, maria)
    gives_code(wallet, keyring, link, "code")
    gives_tokens(wallet, keyring, link, "access", "refresh")

    with wallet.writing() as session:
        links.stop_link(session, maria.holder.id, link, NOW + DAY, "android")
    with wallet.writing() as session:  # a second tap
        assert links.stop_link(session, maria.holder.id, link, NOW + 2 * DAY).stopped_at == NOW + DAY
    assert (count(wallet, AuthorisationCode), count(wallet, PlatformToken)) == (0, 0)
    assert happened(wallet, maria) == ["platform-connected", "platform-stopped"]

    # what was being given out while it was stopped
    gives_tokens(wallet, keyring, link, "late", "later")
    with wallet.reading() as session, pytest.raises(tokens.NotAuthorised):
        tokens.authorise_token(session, keyring.mark, "late", CREATE, NOW)
    connects(wallet, maria)
    with wallet.reading() as session, pytest.raises(tokens.NotAuthorised):
        tokens.authorise_token(session, keyring.mark, "late", CREATE, NOW)


def test_nobody_stops_somebody_elses_platform(wallet: Database, maria: SignedIn) -> None:
    link, youssef = connects(wallet, maria), keeper(wallet)

    with pytest.raises(Missing), wallet.writing() as session:
        links.stop_link(session, youssef.holder.id, link, NOW)
    with wallet.reading() as session:
        assert [one.stopped_at for one in links.list_links(session, maria.holder.id)] == [None]


def test_who_came_back_without_a_key_connects_nothing_yet(wallet: Database, maria: SignedIn) -> None:
    with wallet.writing() as session:
        recoveries.begin_recovery(session, maria.holder.id, "paper", "android", NOW)

    with pytest.raises(RecoveryPending):
        connects(wallet, maria)
    assert count(wallet, PlatformLink) == 0


def test_there_is_an_end_to_how_many_platforms_one_connects(
    wallet: Database, maria: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "MOST_LINKS", 2)
    connects(wallet, maria, b"greta")
    connects(wallet, maria, b"afpa ")

    with pytest.raises(links.TooManyLinks):
        connects(wallet, maria, b"cfa  ")
    afpa = connects(wallet, maria, b"afpa ")  # one that is there
    with wallet.writing() as session:
        links.stop_link(session, maria.holder.id, afpa, NOW)
    connects(wallet, maria, b"cfa  ")
    assert count(wallet, PlatformLink) == 2


@pytest.mark.postgresql
def test_each_badge_that_came_is_counted(wallet: Database, maria: SignedIn) -> None:
    link = connects(wallet, maria)

    for hour in range(3):
        with wallet.writing() as session:
            links.note_badge_sent(session, link, NOW + timedelta(hours=hour))
    with wallet.reading() as session:
        (seen,) = links.list_links(session, maria.holder.id)
    assert (seen.sent, seen.last_sent_at) == (3, NOW + timedelta(hours=2))
