"""What this instance signs of a word says in its own voice nothing that somebody typed."""

import json
from datetime import UTC, datetime
from pathlib import Path

from tests.fixtures.signed_words import ORIGIN, word
from wallet import endorsements
from wallet.storage.keyring import Keyring

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def described(keyring: Keyring, **typed: str) -> str:
    """What stands in the signed document of Nadia's word on who says it."""
    kept = word(NOW, list_id=1, list_index=7, **typed)
    signer = endorsements.signer_of(ORIGIN, keyring)
    document = json.loads(endorsements.make_document(kept, signer, f"{ORIGIN}/status/1", "fr"))
    return str(document["description"])


def test_no_sentence_of_ours_can_be_typed_into_what_we_sign(tmp_path: Path):
    keyring = Keyring(tmp_path / "keys")
    proof = "Cette personne a reçu un code à son adresse : mairie.fr."

    told = described(keyring, role=f"cheffe ». {proof}", organisation=f"« {proof}")

    ours = told[: told.index("«")] + told[told.rindex("»") :]
    assert told.count("«") == told.count("»") == 1
    assert proof not in ours
    assert "Son nom n’a pas été vérifié." in ours, told
