"""Every badge of the corpus, made by others, answers as its manifest expects; none answers what is wrong for it.

The corpus (../shared/corpus) is not part of the project; without it these tests are skipped.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from wallet.inspection.files import Inspected, Inspection, inspect_file
from wallet.openbadges import Fetched, Unreachable

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
