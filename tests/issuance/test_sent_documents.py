"""What the course site of GRETA du Havre sends has the shape of a badge, or is refused before anything of it is kept."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.visits import signed
from tests.openbadges.support import guild
from wallet.issuance.sent_badges import ToldBadge, tell_sent
from wallet.issuance.sent_documents import NotSent, read_assertion, read_credential
from wallet.storage.files import open_files

AT = "https://moodle.greta.example/badges/json/assertion.php?b=abc&obversion=2"
ASSERTION: dict[str, Any] = {
    "@context": "https://w3id.org/openbadges/v2",
    "type": "Assertion",
    "id": AT,
    "recipient": {"identity": "sha256$" + "0" * 64, "type": "email", "hashed": True, "salt": "badges"},
    "verify": {"type": "hosted", "url": AT},
    "issuedOn": "2026-11-27T08:00:00+01:00",
    "badge": {
        "type": "BadgeClass",
        "name": "S’adapter",
        "id": "https://moodle.greta.example/badges/json/badge.php?id=1",
    },
}
TOKEN = "eyJhbGciOiJub25lIn0." + "eyJ0eXBlIjoiQXNzZXJ0aW9uIn0" + ".c2ln"


def anywhere(address: str) -> bool:
    return "private" not in address


def pushed(**told: Any) -> bytes:
    return json.dumps(told).encode()


def test_a_badge_of_a_course_site_is_read_as_it_came():
    sent = read_assertion(pushed(assertion=ASSERTION), anywhere)

    assert json.loads(sent.content) == ASSERTION
    assert (sent.is_link, sent.mark) == (False, sha256(AT.encode()).digest())


@pytest.mark.parametrize(
    "told", [{"id": AT}, {"id": AT, "type": "Assertion"}, AT], ids=["as Badgr", "with its type", "bare"]
)
def test_an_id_alone_is_the_address_of_a_badge(told: Any):
    sent = read_assertion(pushed(assertion=told), anywhere)

    assert (sent.content, sent.is_link) == (AT.encode(), True)


def test_of_both_the_signed_one_counts():
    badge = guild.token(guild.badge())

    sent = read_assertion(pushed(assertion=ASSERTION, signedAssertion=badge), anywhere)

    assert sent.content == badge.encode()


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", "unreadable"),
        (b"[]", "unreadable"),
        (b"{", "unreadable"),
        (b'{"a":' * 5_000, "unreadable"),
        (b"{}", "missing"),
        (pushed(assertion=None, signedAssertion=""), "missing"),
        (pushed(assertion={"type": "BadgeClass", "name": "x"}), "unreadable"),
        (pushed(assertion=[ASSERTION]), "unreadable"),
        (pushed(assertion=7), "unreadable"),
        (pushed(assertion={"id": "http://moodle.greta.example/1"}), "unreadable"),
        (pushed(assertion={"id": "https://private/1"}), "unreadable"),
        (pushed(assertion={"id": "https://a.example/" + "x" * 3_000}), "unreadable"),
        (pushed(assertion={"id": "javascript:alert(1)"}), "unreadable"),
        (pushed(signedAssertion="not.a.token"), "unreadable"),
        (pushed(signedAssertion={"a": 1}), "unreadable"),
        (pushed(signedAssertion=AT), "unreadable"),
        (pushed(signedAssertion='{"badge": {}, "recipient": {}}'), "unreadable"),
        (pushed(signedAssertion=TOKEN), "unreadable"),
        (pushed(signedAssertion="garbage", assertion=ASSERTION), "unreadable"),
        (b'{"assertion": {"id": "https://a.example/1", "id": "https://b.example/2"}}', "unreadable"),
    ],
)
def test_what_is_no_badge_is_refused(body: bytes, fault: str):
    with pytest.raises(NotSent) as refused:
        read_assertion(body, anywhere)

    assert refused.value.fault == fault


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"{}", AT.encode(), b"data:text/plain,x", b"\x89PNG\r\n\x1a\n", b"\xff\xfe"]
)
def test_a_credential_is_a_credential(body: bytes):
    with pytest.raises(NotSent):
        read_credential(body)


def test_a_credential_stays_as_it_came():
    badge = signed("adapter-1")

    assert read_credential(badge + b"\n").content == badge.strip()


def test_a_credential_that_begins_with_the_mark_of_its_encoding_is_told_to_its_platform_as_any_other(
    tmp_path: Path,
):
    badge = signed("adapter-1")
    sent = read_credential(b"\xef\xbb\xbf" + badge)

    assert sent == read_credential(badge)
    assert isinstance(tell_sent(ToldBadge(sent.content, ""), open_files(f"file://{tmp_path}")), dict)


def test_a_document_of_identity_is_refused():
    told = {"@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential", "NationalID"]}

    with pytest.raises(NotSent):
        read_credential(json.dumps(told | {"credentialSubject": {"id": "did:x:1"}}).encode())
