"""What several badges have in common is worked out once, where the answers that it rests on are the very same."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild
from tests.openbadges.support.guild import LIST, NOW
from wallet import openbadges
from wallet.openbadges import Examination, Fetched, Unreachable, Web, WorkedOut
from wallet.openbadges.examination import Seen
from wallet.openbadges.v3 import status, token_status

Known = dict[tuple[str, ...], WorkedOut]
OTHER = "https://guild.example/other"


def in_list(place: int) -> bytes:
    """A badge that stands at that place of the list."""
    return json.dumps(
        guild.signed(guild.badge(id=f"urn:uuid:{place}", credentialStatus=guild.status(str(place))))
    ).encode()


def listed(*places: int, **members: Any) -> Fetched:
    """The list in which these are withdrawn."""
    body = json.dumps(guild.signed(guild.status_list(places, **members))).encode()
    return Fetched(address=LIST, status=200, media_type="", body=body)


def examined(document: bytes, answers: Mapping[str, Fetched], known: Known | None, **told: Any) -> Examination:
    return openbadges.examine(document, answers.__getitem__, NOW, worked_out=known, **told)


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was unpacked."""
    found: list[object] = []

    def counting(unpack: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
        return lambda encoded: found.append(encoded) or unpack(encoded)

    for module in (status, token_status):
        monkeypatch.setattr(module, "_decompressed", counting(module._decompressed))
    return found


def test_a_list_is_unpacked_once_for_two_badges_and_both_have_seen_it(unpacked: list[object]):
    known, answers = Known(), {LIST: listed(8)}

    first, second = (examined(in_list(place), answers, known) for place in (7, 8))

    assert (first.state, second.state, len(unpacked)) == ("valid", "revoked", 1)
    assert [one.address for one in second.seen] == [LIST]


def test_without_it_each_badge_does_all_by_itself(unpacked: list[object]):
    for place in (7, 8):
        examined(in_list(place), {LIST: listed()}, None)

    assert len(unpacked) == 2


def test_another_answer_is_worked_out_anew(unpacked: list[object]):
    known = Known()
    states = [examined(in_list(7), {LIST: answer}, known).state for answer in (listed(), listed(7), listed())]

    assert (states, len(unpacked)) == (["valid", "revoked", "valid"], 3)


def test_a_list_that_is_out_of_date_by_now_is_not_believed_though_it_was_worked_out():
    known, answers = Known(), {LIST: listed(validUntil="2026-11-24T10:14:00Z")}
    then = NOW.replace(hour=10, minute=13)
    told = [
        openbadges.examine(in_list(7), answers.__getitem__, moment, worked_out=known).check("not_withdrawn").outcome
        for moment in (then, then.replace(hour=23))
    ]

    assert told == ["passed", "unknown"]


def test_under_contexts_of_its_own_a_document_is_worked_out_by_itself(unpacked: list[object]):
    known, answers = Known(), {LIST: listed()}
    examined(in_list(7), answers, known)

    examined(in_list(8), answers, known, contexts={"https://guild.example/words": b'{"@context": {}}'})

    assert len(unpacked) == 2


def test_nothing_is_kept_that_rests_on_silence_or_failed():
    def fetch(address: str) -> Fetched:
        if address == OTHER:
            raise Unreachable(address, "timeout")
        return listed()

    known, web = Known(), Web(fetch, NOW)
    web.worked_out = known

    def rests_on_silence() -> str:
        for address in (LIST, OTHER):
            with suppress(Unreachable):
                web.get(address)
        return "made"

    def fails() -> str:
        raise openbadges.NotABadge("empty")

    assert web.once((LIST, "silence"), rests_on_silence) == "made"
    with pytest.raises(openbadges.NotABadge):
        web.once((LIST, "fault"), fails)
    assert known == {}
    assert web._trails == []


def test_what_was_seen_is_told_with_the_moment_at_which_it_was_given():
    before = NOW.replace(hour=9)
    answer = Fetched(
        address=LIST, status=200, media_type="a/b", body=b"{}", etag='"1"', last_modified="then", at=before
    )
    web = Web(lambda _: answer, NOW)

    web.get(LIST)

    assert [(one.at, one.media_type, one.etag, one.last_modified) for one in web.seen] == [
        (before, "a/b", '"1"', "then")
    ]
    assert isinstance(web.seen[0], Seen)


@rows(
    ("body", "is_one"),
    [
        (b'{"type": "Assertion", "badge": "https://a.example", "recipient": {}}', True),
        (b'{"id": "https://a.example/1", "revoked": true}', True),
        (b'{"type": "BadgeClass", "name": "A"}', False),
        (b'{"type": "Issuer", "id": "https://a.example"}', False),
        (b'{"credentialSubject": [{"achievement": {}}]}', True),
        (b'{"credentialSubject": {"type": "BitstringStatusList"}}', False),
        (b" -----BEGIN PUBLIC KEY-----", False),
        (b"<!DOCTYPE html><title>A badge</title>", True),
        (b"https://a.example/badge", True),
        (b"\x89PNG\r\n\x1a\n", True),
        (b"{", True),
        (b"", True),
        (guild.token({"vc": {"credentialSubject": {"achievement": {}}}}).encode(), True),
        (guild.token({"status_list": {"bits": 1, "lst": ""}}).encode(), False),
    ],
)
def test_a_badge_is_told_from_what_several_have_in_common(body: bytes, is_one: bool):
    assert openbadges.is_of_one_badge(body) == is_one
