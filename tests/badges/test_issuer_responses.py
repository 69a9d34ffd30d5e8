"""What issuers answered: how much is kept of a short answer, of a long one, and of one that does not fit even packed."""

import gzip
import json
from hashlib import sha256, shake_256
from typing import Any

import pytest

from tests.fixtures.visits import NOW
from wallet.badges import issuer_responses
from wallet.badges.issuer_responses import RESPONSE_LIMIT
from wallet.openbadges import Seen

LONG = b"a status list " * RESPONSE_LIMIT
NOISE = shake_256(b"noise").digest(RESPONSE_LIMIT + 1)


def answered(body: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The entry of that answer, and what lies on the shelf then."""
    shelf = dict[str, bytes]()

    def shelve(content: bytes) -> str:
        name = sha256(content).hexdigest()
        shelf[name] = content
        return name

    seen = Seen(address="https://a.example/1", status=200, at=NOW, body=body, sha256=sha256(body).hexdigest())
    return json.loads(json.dumps(issuer_responses.keep_response(seen, shelve))), shelf


@pytest.mark.parametrize("body", [b"", b"{}", NOISE[:RESPONSE_LIMIT]])
def test_a_short_answer_is_kept_as_it_came(body: bytes):
    entry, shelf = answered(body)

    assert shelf == {entry["file"]: body}
    assert entry["size"] == issuer_responses.responses_size([entry]) == len(body)
    assert issuer_responses.response_files([entry]) == {entry["file"]}
    assert issuer_responses.are_responses_whole([entry])


def test_a_long_one_is_kept_packed_with_its_hash():
    entry, shelf = answered(LONG)

    assert "file" not in entry
    assert (entry["size"], entry["sha256"]) == (len(LONG), sha256(LONG).hexdigest())
    assert gzip.decompress(shelf[entry["packed"]]) == LONG
    assert len(shelf[entry["packed"]]) <= RESPONSE_LIMIT
    assert issuer_responses.unpack_response(shelf[entry["packed"]], entry["sha256"], len(LONG)) == LONG
    assert issuer_responses.are_responses_whole([entry])


def test_of_one_that_does_not_fit_even_packed_the_hash_stays():
    entry, shelf = answered(NOISE)

    assert shelf == {}
    assert entry == {
        "address": "https://a.example/1",
        "status": 200,
        "at": NOW.isoformat(),
        "size": len(NOISE),
        "sha256": sha256(NOISE).hexdigest(),
    }
    assert issuer_responses.response_files([entry]) == set()
    assert issuer_responses.responses_size([entry]) == 0
    assert not issuer_responses.are_responses_whole([entry])


def test_what_is_packed_is_believed_only_by_its_hash_and_never_opened_without_end():
    packed = gzip.compress(LONG)

    assert issuer_responses.unpack_response(packed, sha256(b"another").hexdigest(), len(LONG)) is None
    assert issuer_responses.unpack_response(packed, sha256(LONG).hexdigest(), len(LONG) - 1) is None
    assert issuer_responses.unpack_response(b"no gzip", sha256(LONG).hexdigest(), len(LONG)) is None
    assert issuer_responses.unpack_response(packed[:-9], sha256(LONG).hexdigest(), 10) is None


def test_an_entry_from_before_has_no_size():
    entry = {"address": "https://a.example/1", "status": 200, "at": NOW.isoformat(), "file": "0" * 64}

    assert (
        issuer_responses.response_files([entry]),
        issuer_responses.responses_size([entry]),
        issuer_responses.are_responses_whole([entry]),
    ) == (
        {"0" * 64},
        0,
        True,
    )
