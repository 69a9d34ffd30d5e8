"""Codes and tokens: spent once whoever comes at once, over in time, and of one platform alone."""

import threading
from datetime import timedelta

import pytest

from tests.fixtures.people import NOW
from tests.fixtures.platforms import asks, claimed, connects, gives_code, gives_tokens, keyring, maria, wallet
from wallet.accounts.holders import SignedIn
from wallet.issuance.platforms import links, tokens
from wallet.issuance.platforms.models import AuthorisationCode, PlatformToken
from wallet.issuance.platforms.scopes import CREATE, PROFILE
from wallet.storage.database import Database
from wallet.storage.keyring import Keyring

__all__ = ["keyring", "maria", "wallet"]
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def spends(wallet: Database, keyring: Keyring, code: str, client: bytes = b"greta", after: timedelta = SECOND) -> bool:
    """Whether the platform has the code now."""
    with wallet.writing() as session:
        return tokens.spend_code(session, asks(keyring, client, NOW + after), code) is not None


def refreshes(
    wallet: Database, keyring: Keyring, token: str, after: timedelta = SECOND, client: bytes = b"greta"
) -> bool:
    """Whether the platform gets another pair."""
    with wallet.writing() as session:
        return tokens.spend_refresh_token(session, asks(keyring, client, NOW + after), token) is not None


def is_good(wallet: Database, keyring: Keyring, token: str, after: timedelta = SECOND, scope: str = CREATE) -> bool:
    """Whether the platform may do that."""
    with wallet.reading() as session:
        try:
            return bool(tokens.authorise_token(session, keyring.mark, token, scope, NOW + after))
        except tokens.NotAuthorised:
            return False


def is_stopped(wallet: Database, maria: SignedIn) -> bool:
    with wallet.reading() as session:
        (link,) = links.list_links(session, maria.holder.id)
    return link.stopped_at is not None


@pytest.fixture
def link(wallet: Database, maria: SignedIn) -> int:
    """Maria connected GRETA du Havre."""
    return connects(wallet, maria)


@pytest.mark.postgresql
def test_a_code_is_spent_once_whoever_comes_at_once_and_twice_ends_the_link(
    wallet: Database, keyring: Keyring, maria: SignedIn, link: int
) -> None:
    gives_code(wallet, keyring, link, "code")
    ready, had = threading.Barrier(2), list[bool]()

    def worker() -> None:
        ready.wait()
        had.append(spends(wallet, keyring, "code"))

    both = [threading.Thread(target=worker) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(had) == [False, True]
    assert is_stopped(wallet, maria), "one of both stole it"


def test_what_came_of_a_code_ends_when_it_is_brought_again(
    wallet: Database, keyring: Keyring, maria: SignedIn, link: int
) -> None:
    gives_code(wallet, keyring, link, "code")
    assert spends(wallet, keyring, "code")
    gives_tokens(wallet, keyring, link, "access", "refresh")
    assert is_good(wallet, keyring, "access")

    assert not spends(wallet, keyring, "code", after=20 * HOUR)
    assert not is_good(wallet, keyring, "access")
    assert not refreshes(wallet, keyring, "refresh")


def test_a_code_is_of_one_platform_and_lasts_a_minute(
    wallet: Database, keyring: Keyring, maria: SignedIn, link: int
) -> None:
    connects(wallet, maria, b"afpa ")
    gives_code(wallet, keyring, link, "code")

    assert not spends(wallet, keyring, "code", b"afpa ")
    assert not spends(wallet, keyring, "another")
    assert not spends(wallet, keyring, "code", after=tokens.CODE_LASTS)
    assert spends(wallet, keyring, "code", after=tokens.CODE_LASTS - SECOND), "none of these spent it"


def test_what_another_platform_brings_again_ends_nothing(
    wallet: Database, keyring: Keyring, maria: SignedIn, link: int
) -> None:
    gives_code(wallet, keyring, link, "code")
    assert spends(wallet, keyring, "code")

    assert not spends(wallet, keyring, "code", b"afpa ")
    assert not is_stopped(wallet, maria)


def test_an_old_refresh_token_ends_a_minute_after_the_next_one(wallet: Database, keyring: Keyring, link: int) -> None:
    gives_tokens(wallet, keyring, link, "access", "refresh")

    assert not refreshes(wallet, keyring, "refresh", client=b"afpa ")
    assert not refreshes(wallet, keyring, "access"), "it is the other one of the pair"
    assert refreshes(wallet, keyring, "refresh", HOUR)
    assert refreshes(wallet, keyring, "refresh", HOUR + tokens.GRACE - SECOND), "a second tab"
    assert not refreshes(wallet, keyring, "refresh", HOUR + tokens.GRACE)
    assert not refreshes(wallet, keyring, "refresh", HOUR + 2 * tokens.GRACE)


def test_tokens_end_in_time_and_leave_no_rows(wallet: Database, keyring: Keyring, link: int) -> None:
    gives_code(wallet, keyring, link, "code")
    gives_tokens(wallet, keyring, link, "access", "refresh")
    gives_tokens(wallet, keyring, link, "more", "later", NOW + HOUR)

    assert is_good(wallet, keyring, "access", HOUR - SECOND)
    assert not is_good(wallet, keyring, "access", HOUR)
    assert refreshes(wallet, keyring, "refresh", 2 * HOUR)
    assert not refreshes(wallet, keyring, "later", HOUR + tokens.REFRESH_LASTS)
    with wallet.writing() as session:
        assert not tokens.forget_ended_codes(session, NOW + tokens.CODE_LASTS + tokens.REMEMBERED)
        assert not tokens.forget_ended_tokens(session, NOW + 3 * HOUR)
        assert (session.query(AuthorisationCode).count(), session.query(PlatformToken).count()) == (0, 1)
        tokens.forget_ended_tokens(session, NOW + HOUR + tokens.REFRESH_LASTS)
        assert session.query(PlatformToken).count() == 0


def test_what_was_not_allowed_is_told_from_what_is_unknown(wallet: Database, keyring: Keyring, link: int) -> None:
    with wallet.writing() as session:
        tokens.issue_tokens(session, asks(keyring), link, PROFILE, "access", "refresh")

    assert is_good(wallet, keyring, "access", scope=PROFILE)
    with wallet.reading() as session, pytest.raises(tokens.ScopeMissing):
        tokens.authorise_token(session, keyring.mark, "access", CREATE, NOW)


def test_what_is_allowed_no_more_is_closed_to_older_tokens_too(
    wallet: Database, keyring: Keyring, maria: SignedIn, link: int
) -> None:
    gives_tokens(wallet, keyring, link, "access", "refresh")
    assert is_good(wallet, keyring, "access", scope=CREATE)
    with wallet.writing() as session:
        again = claimed()
        again.scopes = PROFILE
        assert links.connect(session, maria, again, NOW).id == link

    assert is_good(wallet, keyring, "access", scope=PROFILE)
    with wallet.reading() as session, pytest.raises(tokens.ScopeMissing):
        tokens.authorise_token(session, keyring.mark, "access", CREATE, NOW)


def test_a_token_given_back_stops_the_platform_and_anothers_does_not(
    wallet: Database, keyring: Keyring, maria: SignedIn, link: int
) -> None:
    gives_tokens(wallet, keyring, link, "access", "refresh")

    for client, token in ((b"afpa ", "access"), (b"greta", "another")):
        with wallet.writing() as session:
            tokens.revoke_token(session, asks(keyring, client), token)
    assert is_good(wallet, keyring, "access")
    with wallet.writing() as session:
        tokens.revoke_token(session, asks(keyring), "access")
    assert not is_good(wallet, keyring, "access")
    assert not refreshes(wallet, keyring, "refresh")
    assert is_stopped(wallet, maria)


def test_there_is_an_end_to_how_many_codes_a_link_has(wallet: Database, keyring: Keyring, link: int) -> None:
    for number in range(tokens.MOST_CODES + 3):
        gives_code(wallet, keyring, link, f"code {number}")

    with wallet.reading() as session:
        assert session.query(AuthorisationCode).count() == tokens.MOST_CODES
    assert not spends(wallet, keyring, "code 2")
    assert spends(wallet, keyring, f"code {tokens.MOST_CODES + 2}")


def test_there_is_an_end_to_how_many_tokens_a_link_has(wallet: Database, keyring: Keyring, link: int) -> None:
    for number in range(tokens.MOST_TOKENS + 3):
        gives_tokens(wallet, keyring, link, f"access {number}", f"refresh {number}")

    with wallet.reading() as session:
        assert session.query(PlatformToken).count() == tokens.MOST_TOKENS
    assert not is_good(wallet, keyring, "access 2")
    assert is_good(wallet, keyring, f"access {tokens.MOST_TOKENS + 2}")
