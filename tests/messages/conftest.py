"""Sonia, who shows something, and what Yann answers."""

from datetime import timedelta

import pytest

from tests.fixtures.examined import NOW, another, found, keeps, somebody_with_a_key
from wallet.messages.models import Note
from wallet.shares import lifecycle
from wallet.shares.models import Choice
from wallet.storage.database import Database

YANN = Note(choice="meet", text="Mardi à 14 h ?", sender="Yann, Épicerie du Port", reply_to="02 31 00 00 00")
WEEK = timedelta(days=7)


@pytest.fixture
def sonia(wallets: Database) -> int:
    """Sonia, who shows a badge for her CV (share 1) and to a shop (share 2)."""
    sonia = somebody_with_a_key(wallets)
    ids = keeps(wallets, sonia, found(another(1)))
    for purpose in ("CV", "Chez Durand"):
        shows(wallets, sonia, ids, purpose)
    return sonia


def shows(wallets: Database, holder: int, ids: list[int], purpose: str) -> None:
    choice = Choice(badge_ids=ids, ends_at=NOW + WEEK, name="Sonia", purpose=purpose)
    with wallets.writing() as session:
        lifecycle.create_share(session, holder, choice, lambda content, _: content, NOW)
