"""The key that signs is replaced: what a retired one signed still verifies, a compromised one is nobody's, all else goes on."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.storage.test_keyring import ROOT
from wallet.settings import GivenKeys
from wallet.storage.keyring import (
    MOST_FORMER,
    FaultyKeys,
    Keyring,
    is_multikey,
    make_keys,
    newest_keys,
    replace_signing_key,
)

pytestmark = pytest.mark.slow
ORIGIN = "https://badges.example.fr"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var/keys.json"


@pytest.fixture
def before(path: Path) -> Keyring:
    return Keyring(path)


def listed(keyring: Keyring) -> list[str]:
    """The keys of the did document by which words are verified."""
    document = json.loads(json.dumps(keyring.did_document(ORIGIN)))
    methods = {one["id"]: one["publicKeyMultibase"] for one in document["verificationMethod"]}
    assert document["assertionMethod"] == list(methods)
    assert document["authentication"] == list(methods)[:1], "who we are now only the key says that signs now"
    return list(methods.values())


def test_a_retired_key_stays_in_the_did_document_behind_the_one_that_signs(path: Path, before: Keyring) -> None:
    after = replace_signing_key(path, before.multikey)
    now = Keyring(path)
    assert (now.multikey, listed(now)) == (after, [after, before.multikey])

    last = replace_signing_key(path, after)

    assert listed(Keyring(path)) == [last, after, before.multikey]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["keys.json"]


def test_of_a_retired_key_nothing_stays_with_which_one_could_sign(path: Path, before: Keyring) -> None:
    secret = json.loads(path.read_bytes())["signing"]

    replace_signing_key(path, before.multikey)

    assert secret not in path.read_text()


def test_a_compromised_key_leaves_the_did_document(path: Path, before: Keyring) -> None:
    after = replace_signing_key(path, before.multikey, leaves=before.multikey)

    assert listed(Keyring(path)) == [after]


def test_a_former_key_that_is_compromised_leaves_alone(path: Path, before: Keyring) -> None:
    after = replace_signing_key(path, before.multikey)

    assert replace_signing_key(path, after, leaves=before.multikey) == after
    assert listed(Keyring(path)) == [after]


def test_what_was_sealed_and_marked_before_is_so_afterwards(path: Path, before: Keyring) -> None:
    sealed, mark = before.seal(b"token", "share"), before.mark(b"482913", "code")

    replace_signing_key(path, before.multikey, leaves=before.multikey)

    now = Keyring(path)
    assert (now.unseal(sealed, "share"), now.mark(b"482913", "code")) == (b"token", mark)


EIGHT_AT_ONCE = """
import os, sys
from pathlib import Path
from wallet.storage.keyring import FaultyKeys, Keyring, replace_signing_key

path = Path(sys.argv[1])
known = Keyring(path).multikey
begin, go = os.pipe()
children = []
for _ in range(8):
    children.append(os.fork())
    if children[-1] == 0:
        os.close(go)
        os.read(begin, 1)  # until the last one is there: then its end is closed for all of them
        try:
            told = replace_signing_key(path, known)
        except FaultyKeys:
            told = "refused"
        os.write(1, f"{told}\\n".encode())
        os._exit(0)
os.close(go)
print([os.waitpid(child, 0)[1] for child in children])
"""


@pytest.mark.breadth
def test_of_eight_processes_that_replace_it_at_once_one_does_and_the_others_say_so(path: Path, before: Keyring) -> None:
    done = subprocess.run(
        [sys.executable, "-c", EIGHT_AT_ONCE, path], capture_output=True, text=True, cwd=ROOT, check=True
    )
    *answers, ended = done.stdout.splitlines()

    assert ended == str([0] * 8), done.stderr
    assert answers.count("refused") == 7
    assert {*answers} - {"refused"} == {Keyring(path).multikey}
    assert listed(Keyring(path))[1:] == [before.multikey]


@pytest.mark.parametrize(
    "draft", [".keys.json.draft", f".keys.json.{'0' * 16}"], ids=["of a new key", "of the first start"]
)
def test_what_a_crash_left_half_written_hinders_nobody(path: Path, before: Keyring, draft: str) -> None:
    (path.parent / draft).write_bytes(b'{"version": 2, "sig')
    assert Keyring(path).multikey == before.multikey

    after = replace_signing_key(path, before.multikey)

    assert Keyring(path).multikey == after


def test_given_keys_are_only_read_and_the_new_ones_are_written_to_hand_over(path: Path, before: Keyring) -> None:
    given, content = GivenKeys(name="env:KEYS", text=path.read_text()), path.read_bytes()
    with pytest.raises(FaultyKeys, match="env:KEYS is only read here"):
        replace_signing_key(given, before.multikey)

    after = replace_signing_key(given, before.multikey, to=path.parent / "new.json")

    now = Keyring(GivenKeys(name="env:KEYS", text=(path.parent / "new.json").read_text()))
    assert listed(now) == [after, before.multikey]
    assert path.read_bytes() == content
    assert stat.S_IMODE((path.parent / "new.json").stat().st_mode) == 0o600
    with pytest.raises(FaultyKeys, match="never written over"):
        replace_signing_key(given, before.multikey, to=path)


def test_a_key_that_is_none_of_this_wallet_changes_nothing(path: Path, before: Keyring, tmp_path: Path) -> None:
    other, content = Keyring(tmp_path / "other.json").multikey, path.read_bytes()

    with pytest.raises(FaultyKeys, match="none of the keys of this wallet"):
        replace_signing_key(path, before.multikey, leaves=other)
    with pytest.raises(FaultyKeys, match="Somebody replaced"):
        replace_signing_key(path, other)
    assert path.read_bytes() == content


def test_new_keys_of_a_wallet_that_lost_its_own_publish_what_signed_before(tmp_path: Path, before: Keyring) -> None:
    make_keys(tmp_path / "new.json", (before.multikey, before.multikey))

    now = Keyring(tmp_path / "new.json")

    assert listed(now) == [now.multikey, before.multikey]


@pytest.mark.parametrize("wrong", ["", "z", "z6Mk", "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2dO0", "did:web:x"])
def test_what_is_no_public_key_is_none_of_before(tmp_path: Path, wrong: str) -> None:
    assert not is_multikey(wrong)
    with pytest.raises(FaultyKeys, match="z6Mk"):
        make_keys(tmp_path / "new.json", (wrong,))
    assert not (tmp_path / "new.json").exists()


def test_no_more_former_keys_are_kept_than_a_reader_takes(tmp_path: Path, before: Keyring) -> None:
    many = tuple(Keyring(tmp_path / f"{number}.json").multikey for number in range(MOST_FORMER + 1))

    with pytest.raises(FaultyKeys, match=f"{MOST_FORMER} former keys at most"):
        make_keys(tmp_path / "new.json", many)


@pytest.mark.parametrize(
    "wrong", [{"former": "z6Mk"}, {"former": [3]}, {"former": ["z6Mk"]}, {"edition": 0}, {"edition": "2"}]
)
def test_a_damaged_file_of_the_second_kind_is_refused(path: Path, before: Keyring, wrong: dict[str, object]) -> None:
    replace_signing_key(path, before.multikey)
    path.write_text(json.dumps(json.loads(path.read_text()) | wrong))

    with pytest.raises(FaultyKeys, match="damaged"):
        Keyring(path)


def test_of_two_files_of_one_wallet_the_newer_one_is_known(path: Path, before: Keyring, tmp_path: Path) -> None:
    old = path.read_bytes()
    replace_signing_key(path, before.multikey)
    new = path.read_bytes()
    Keyring(tmp_path / "others.json")

    assert newest_keys(old, new) == newest_keys(new, old) == new
    assert newest_keys(old, (tmp_path / "others.json").read_bytes()) is None
    assert newest_keys(old, b"{}") is None
