"""Words whose key this instance gave up are signed anew: what was signed here, and nothing that came from elsewhere."""

import json
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.fixtures.examined import NOW, somebody_with_a_key
from tests.fixtures.signed_words import ORIGIN, keep_word
from wallet import accounts, endorsements, storage
from wallet.endorsements import Endorsement, erasing, signing_again
from wallet.storage.database import Database
from wallet.storage.files import FileStore, open_files
from wallet.storage.keyring import Keyring, replace_signing_key

LATER = NOW + timedelta(days=40)
pytestmark = pytest.mark.slow


@pytest.fixture
def shelf(tmp_path: Path) -> FileStore:
    return open_files(f"file://{tmp_path}/files")


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    Keyring(tmp_path / "keys.json")
    return tmp_path / "keys.json"


class House:
    """An instance whose words Sonia keeps."""

    def __init__(self, wallets: Database, shelf: FileStore, keys: Path) -> None:
        self.wallets, self.shelf, self.keys = wallets, shelf, keys
        self.sonia = somebody_with_a_key(wallets)
        self.word = partial(keep_word, wallets, shelf, Keyring(keys), self.sonia, NOW)

    def gives_up(self, *, compromised: bool) -> str:
        """The key that signs is another one from now on: the one before."""
        before = Keyring(self.keys).multikey
        replace_signing_key(self.keys, before, leaves=before if compromised else "")
        return before

    def signs_again(self) -> endorsements.SignedAgain:
        keyring = Keyring(self.keys)
        signer = endorsements.signer_of(ORIGIN, keyring)
        return endorsements.sign_words_again(self.wallets, self.shelf, signer, keyring.published, LATER)

    def document(self, id: int) -> bytes:
        with self.wallets.reading() as session:
            name = session.get_one(Endorsement, id).document
        assert name
        return self.shelf.read(name)

    def change(self, id: int, **members: object) -> None:
        with self.wallets.writing() as session:
            kept = session.get_one(Endorsement, id)
            for name, value in members.items():
                setattr(kept, name, value)


@pytest.fixture
def house(wallets: Database, shelf: FileStore, keys: Path) -> House:
    return House(wallets, shelf, keys)


@pytest.mark.breadth(beside=["sqlite"])
def test_words_of_a_compromised_key_are_the_same_words_under_another_one(house: House) -> None:
    words = [house.word() for _ in range(3)]
    before = house.gives_up(compromised=True)

    done = house.signs_again()

    assert (done.signed, done.lost) == ({before: 3}, [])
    for id, old in words:
        told, now = json.loads(old), json.loads(house.document(id))
        method = now.pop("proof")["verificationMethod"]
        del told["proof"]
        assert now == told, "its id, its place in the list and its dates among it"
        assert method.endswith(f"#{Keyring(house.keys).multikey}")
    assert house.signs_again().signed == {}, "twice is once"


@pytest.mark.breadth
def test_words_of_a_retired_key_stay_as_they_are(house: House) -> None:
    id, old = house.word()
    house.gives_up(compromised=False)

    assert house.signs_again().signed == {}
    assert house.document(id) == old


def test_the_bytes_of_what_is_signed_anew_are_counted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    id, old = house.word()
    with house.wallets.writing() as session:
        erasing.add_bytes(session, session.get_one(Endorsement, id), len(old))
    house.gives_up(compromised=True)
    monkeypatch.setattr(signing_again, "sign_again", lambda *_: old + b"     ")

    house.signs_again()

    with house.wallets.reading() as session:
        counted = accounts.holder_size(session, house.sonia)
        assert session.get_one(Endorsement, id).size == len(old) + 5 == (counted and counted.moments)


@pytest.mark.breadth
def test_the_document_of_before_goes_from_the_shelf_and_the_new_one_stays(house: House) -> None:
    id, _ = house.word()
    house.gives_up(compromised=True)

    house.signs_again()
    storage.remove_scheduled(house.wallets, house.shelf, LATER)

    with house.wallets.reading() as session:
        assert set(house.shelf.names()) == {session.get_one(Endorsement, id).document}


def test_what_came_as_a_file_or_with_an_archive_is_not_signed_for_whoever_had_the_key(house: House) -> None:
    """Else a thief's forgery, brought here before the key was given up, would be ours afterwards."""
    (filed, old), (returned, other), (taken, gone) = house.word(), house.word(), house.word()
    house.change(filed, origin="file", withdrawal_hash=None, list_id=None, list_index=None)
    house.change(returned, withdrawal_hash=None)
    house.change(taken, withdrawn_at=NOW)
    house.gives_up(compromised=True)

    assert house.signs_again().signed == {}
    assert [house.document(one) for one in (filed, returned, taken)] == [old, other, gone]


def test_a_document_that_is_lost_or_of_another_instance_is_told_and_the_others_are_signed(house: House) -> None:
    (lost, _), (foreign, old), (whole, _) = house.word(), house.word(), house.word()
    house.change(lost, document="0" * 64)
    told = json.loads(old) | {"issuer": "did:web:another.example"}
    house.change(foreign, document=house.shelf.keep(json.dumps(told).encode()))
    before = house.gives_up(compromised=True)

    done = house.signs_again()

    assert (done.signed, done.lost) == ({before: 1}, [lost, foreign])
    assert endorsements.method_of(house.document(whole)).endswith(Keyring(house.keys).multikey)


def test_a_word_that_is_withdrawn_meanwhile_is_not_brought_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    id, old = house.word()
    house.gives_up(compromised=True)
    keep = house.shelf.keep

    def kept_while_she_withdraws(content: bytes) -> str:
        house.change(id, withdrawn_at=LATER)
        return keep(content)

    monkeypatch.setattr(house.shelf, "keep", kept_while_she_withdraws)

    assert house.signs_again().signed == {}
    assert house.document(id) == old
