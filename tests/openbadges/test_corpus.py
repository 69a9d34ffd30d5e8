"""Every badge of the corpus, made by others, answers as its manifest expects; none answers what is wrong for it.

The corpus (../shared/corpus) is not part of the project; without it these tests are skipped.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild
from tests.openbadges.test_direct_statements import documents
from wallet.inspection.files import Inspected, Inspection, inspect_file
from wallet.openbadges import Fetched, Unreachable, kinds
from wallet.openbadges.examination import Unverified
from wallet.openbadges.proofs.unsigned_members import unsigned_members, without

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
NOW = datetime(2026, 11, 25, tzinfo=UTC)
ENTRIES: list[dict[str, Any]] = (
    json.loads((CORPUS / "manifest.json").read_text(encoding="utf-8")) if CORPUS.is_dir() else []
)
MEANS = {
    "valid": {"valid"},
    "expired": {"expired"},
    "revoked": {"revoked"},
    "suspended": {"revoked"},
    "not-yet-valid": {"invalid", "expired"},
    "invalid": {"invalid"},
    "unknown": {"unknown", "needs-network"},
    "unreadable": {"unreadable"},
}
"""What our states mean in the words of the manifest (its README)."""
ENDORSEMENTS = {"1ed-ob3-endorsement", "dcc-b2k-legacy-noStatus-notExpired-endorsement"}
"""What somebody says of a badge: the manifest asks for a signature that verifies, we keep no word as if it were a badge."""
pytestmark = pytest.mark.skipif(not ENTRIES, reason="the corpus of badges (../shared/corpus) is not here")


def look(entry: dict[str, Any]) -> Inspected:
    replay = entry.get("replay", {})

    def fetch(address: str) -> Fetched:
        if address not in replay:
            raise Unreachable(address, "offline")
        body = (CORPUS / replay[address]).read_bytes()
        return Fetched(address=address, status=200, media_type="", body=body)

    content = (CORPUS / entry["path"]).read_bytes()
    return inspect_file(Path(entry["path"]).name, content, Inspection(fetch=fetch, now=NOW))[0]


@rows("entry", ENTRIES, ids=lambda entry: entry["id"])
def test_a_badge_of_others_answers_as_expected(entry: dict[str, Any]) -> None:
    looked, expected = look(entry), entry["expected"]
    found = looked.examination.state if looked.examination else "unreadable"

    assert MEANS[found].isdisjoint(expected["must_not"])
    if entry["id"] in ENDORSEMENTS:
        assert looked.problem is not None
        assert looked.problem.reason == "endorsement"
        return
    if entry.get("controversial"):
        return
    if found == "unreadable":
        # `parse: false` = unreadable or invalid.
        assert not expected["parse"] or "unreadable" in expected["also_acceptable"]
    else:
        assert not MEANS[found].isdisjoint({expected["verify"], *expected["also_acceptable"]})


NOT_IN_FORM = {
    "http://example.com/credentials/3527": "wrong-type",
    "http://example.edu/credentials/3732": "member-missing",  # two of them
    "urn:uuid:677fe8a6cacf98774d482d06": "member-missing",  # of the time before there was a validFrom
    # The caption of its picture is told at another place than its address.
    "urn:uuid:91c82a75-7b2d-4e38-a5d3-78f0c2e9a16b": "one-address-for-two",
}


def test_the_form_of_what_others_write_is_doubted_in_no_other_place() -> None:
    """Most of the corpus is not signed by itself, as 1EdTech's largest example: signed by the guild, each is looked at whole."""
    signed, doubted = 0, dict[str, str]()
    for document in documents():
        if not kinds.is_badge(document):
            continue
        issuer = document.get("issuer")
        by_us = {**issuer, "id": guild.did()} if isinstance(issuer, dict) else guild.did()
        plain = {**document, "issuer": by_us}
        plain.pop("proof", None)
        try:
            found = guild.examine(guild.signed(without(plain, unsigned_members(plain))))
        except Unverified:
            continue  # not to be signed as linked data, by anybody
        signed += 1
        if found.check("conforms").outcome != "passed":
            doubted[str(document.get("id"))] = found.check("conforms").reason

    assert doubted == NOT_IN_FORM
    assert signed > 60
