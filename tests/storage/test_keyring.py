"""The keys of the instance: made once, for the owner's eyes, and each sealing opens for its own purpose only."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import base58
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from wallet.storage.keyring import FaultyKeys, Keyring, Unsealable, did_of

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var/keys.json"


@pytest.fixture
def keyring(path: Path) -> Keyring:
    return Keyring(path)


def test_the_first_start_makes_keys_that_only_the_owner_reads(path: Path) -> None:
    Keyring(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["keys.json"]


def test_the_second_start_has_the_same_keys(path: Path, keyring: Keyring) -> None:
    again = Keyring(path)

    assert again.multikey == keyring.multikey
    assert again.unseal(keyring.seal(b"token", "share"), "share") == b"token"


def test_another_instance_has_other_keys(tmp_path: Path, keyring: Keyring) -> None:
    other = Keyring(tmp_path / "other.json")

    assert other.multikey != keyring.multikey
    with pytest.raises(Unsealable):
        other.unseal(keyring.seal(b"token", "share"), "share")


EIGHT_AT_ONCE = """
import os, sys
from pathlib import Path
from wallet.storage.keyring import Keyring

begin, go = os.pipe()
children = []
for _ in range(8):
    children.append(os.fork())
    if children[-1] == 0:
        os.close(go)
        os.read(begin, 1)  # until the last one is there: then its end is closed for all of them
        os.write(1, f"{Keyring(Path(sys.argv[1])).multikey}\\n".encode())
        os._exit(0)
os.close(go)
print([os.waitpid(child, 0)[1] for child in children])
"""


@pytest.mark.breadth
def test_eight_processes_that_start_at_once_end_with_one_file(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", EIGHT_AT_ONCE, path], capture_output=True, text=True, cwd=ROOT, check=True
    )
    *answers, ended = done.stdout.splitlines()

    assert ended == str([0] * 8), done.stderr
    assert answers == [Keyring(path).multikey] * 8
    assert [file.name for file in path.parent.iterdir()] == ["keys.json"]


def test_what_is_sealed_shows_nothing_and_is_never_the_same_twice(keyring: Keyring) -> None:
    first, second = keyring.seal(b"a token of the share", "share"), keyring.seal(b"a token of the share", "share")

    assert first != second
    assert b"token" not in first
    assert keyring.unseal(first, "share") == keyring.unseal(second, "share") == b"a token of the share"


def test_what_is_sealed_for_one_purpose_does_not_open_for_another(keyring: Keyring) -> None:
    sealed = keyring.seal(b"token", "share")

    with pytest.raises(Unsealable):
        keyring.unseal(sealed, "paper kit")


def test_no_changed_or_shortened_byte_opens(keyring: Keyring) -> None:
    sealed = keyring.seal(b"token", "share")
    changed = [sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :] for place in range(len(sealed))]
    shortened = [sealed[:length] for length in range(len(sealed))]

    for other in [*changed, *shortened, sealed + b"\0"]:
        with pytest.raises(Unsealable):
            keyring.unseal(other, "share")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o620])
def test_keys_that_others_can_read_are_refused_with_a_sentence(path: Path, keyring: Keyring, mode: int) -> None:
    path.chmod(mode)

    with pytest.raises(FaultyKeys, match=r"can be read or written by others than its owner.*chmod 600"):
        Keyring(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        b'{"version": 1, "signing": 3, "sealing": 4}',
        b'{"version": 1, "signing": "AAAA", "sealing": "AAAA"}',
        b'{"version": 2, "signing": "%s", "sealing": "%s"}' % ((b"A" * 43 + b"=",) * 2),
    ],
)
def test_a_damaged_file_of_keys_is_refused_with_a_sentence_and_stays_as_it_is(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(FaultyKeys, match=r"keys"):
        Keyring(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("origin", "did"),
    [
        ("https://badges.example.fr", "did:web:badges.example.fr"),
        ("http://localhost:8000", "did:web:localhost%3A8000"),
    ],
)
def test_the_did_document_holds_the_key_that_signs(keyring: Keyring, origin: str, did: str) -> None:
    document = json.loads(json.dumps(keyring.did_document(origin)))

    assert document["id"] == did == did_of(origin)
    (method,) = document["verificationMethod"]
    assert document["assertionMethod"] == [method["id"]]
    assert (method["type"], method["controller"]) == ("Multikey", did)
    public = base58.b58decode(method["publicKeyMultibase"][1:])
    assert public[:2] == b"\xed\x01"
    key = Ed25519PublicKey.from_public_bytes(public[2:])
    key.verify(keyring.sign(b"a presentation"), b"a presentation")
    with pytest.raises(InvalidSignature):
        key.verify(keyring.sign(b"a presentation"), b"another one")


def test_a_mark_is_the_same_each_time_and_another_for_each_purpose_and_instance(
    keyring: Keyring, path: Path, tmp_path: Path
) -> None:
    mark = keyring.mark(b"482913", "code")

    assert len(mark) == 32
    assert Keyring(path).mark(b"482913", "code") == mark
    others = [keyring.mark(b"482914", "code"), keyring.mark(b"482913", "other"), keyring.mark(b"e482913", "cod")]
    others.append(Keyring(tmp_path / "others.json").mark(b"482913", "code"))
    assert len({mark, *others}) == 5
