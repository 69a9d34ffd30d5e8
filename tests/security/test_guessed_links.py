"""Links that are guessed open nothing: random ones, as many as one likes, asked as the page of a share asks (docs/decisions.md 9)."""

import secrets
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.fixtures.examined import NOW, found, keeps, somebody_with_a_key
from tests.fixtures.quantity import here_and_in_soak
from wallet.accounts import crockford
from wallet.accounts.crockford import ALPHABET, SYMBOLS
from wallet.shares import lifecycle, public_view
from wallet.shares.models import Choice
from wallet.storage.database import Database, Missing

MANY, ALL = 4_000, 10**6
FEWER = 10
"""PostgreSQL, which is asked over a socket, is asked so many times fewer."""
SHARES = 50


@pytest.fixture
def tokens(wallets: Database) -> list[str]:
    """Those of fifty open shares."""
    holder = somebody_with_a_key(wallets)
    choice = Choice(badge_ids=keeps(wallets, holder, found()), ends_at=NOW + timedelta(days=7))
    sealed: list[bytes] = []
    with wallets.writing() as session:
        for _ in range(SHARES):
            lifecycle.create_share(session, holder, choice, lambda what, _: sealed.append(what) or what, NOW)
    return [token.decode() for token in sealed]


def guesses(number: int) -> Iterator[str]:
    """Half of them as ours are made, half of all that 26 symbols can be."""
    for count in range(number):
        yield crockford.new_code() if count % 2 else "".join(secrets.choice(ALPHABET) for _ in range(SYMBOLS))


def hits(wallets: Database, guessed: Iterator[str]) -> int:
    """How many of them open something, each asked for as a request asks (shown.GLANCE)."""
    found = 0
    for token in guessed:
        try:
            public_view.find_open_share(wallets, token, NOW)
        except Missing:
            continue
        found += 1
    return found


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_none_of_four_thousand_random_links_opens_anything(wallets: Database, tokens: list[str]) -> None:
    assert hits(wallets, iter(tokens)) == SHARES, "the real ones do"
    assert hits(wallets, guesses(MANY if wallets.is_sqlite else MANY // FEWER)) == 0


@pytest.mark.soak
def test_none_of_a_million_random_links_opens_anything(wallets: Database, tokens: list[str]) -> None:
    assert hits(wallets, iter(tokens)) == SHARES
    assert hits(wallets, guesses(ALL if wallets.is_sqlite else ALL // FEWER)) == 0


@pytest.mark.parametrize("few", here_and_in_soak(1, 3))
def test_a_link_that_is_nearly_right_opens_nothing(wallets: Database, tokens: list[str], few: int) -> None:
    """Every one that differs in one place from one of these."""
    near = [
        token[:place] + symbol + token[place + 1 :]
        for token in tokens[:few]
        for place in range(SYMBOLS)
        for symbol in ALPHABET
        if symbol != token[place]
    ]

    assert hits(wallets, iter(near)) == 0
