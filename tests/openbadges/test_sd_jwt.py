"""What a holder shows of an SD-JWT stands in the place of its digest, once; whatever else is done to it is refused."""

from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild
from tests.openbadges.support.sd_jwts import digest, shown
from wallet.openbadges import texts
from wallet.openbadges.proofs.jws import Unsupported
from wallet.openbadges.proofs.multibase import to_base64url
from wallet.openbadges.proofs.sd_jwt import BadDisclosure, Disclosed, disclosed, is_sd_jwt, read_sd_jwt
from wallet.openbadges.proofs.signed_texts import SignedText, from_json_serialization, signed_text

TOKEN = "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"


NAME, LEVEL, INNER = shown("name", "Maria"), shown("level", 3), shown("inner")
DEEP = shown("subject", {"_sd": [digest(NAME)]})


def reason(claims: dict[str, Any], *disclosures: str) -> str:
    with pytest.raises(BadDisclosure) as told:
        disclosed(claims, disclosures)
    assert told.value.outcome == "failed"
    return told.value.reason


@pytest.mark.parametrize("text", [f"{TOKEN}~", f"{TOKEN}~{NAME}~", f"{TOKEN}~{NAME}~{TOKEN}"])
def test_what_has_a_tilde_behind_a_token_is_one(text: str) -> None:
    assert is_sd_jwt(text)
    found = read_sd_jwt(text)
    assert (found.token, found.presented + found.key_binding) == (TOKEN, text)


@pytest.mark.parametrize("text", [TOKEN, "", "~", "https://guild.example/~maria", f"{{}}~{NAME}~"])
def test_nothing_else_is(text: str) -> None:
    assert not is_sd_jwt(text)


@pytest.mark.parametrize("text", [f"{TOKEN}~{NAME}", f"{TOKEN}~{NAME}~x"])
def test_a_disclosure_that_is_not_closed_is_refused(text: str) -> None:
    """It was cut off: RFC 9901, 4: each disclosure is followed by a tilde."""
    with pytest.raises(BadDisclosure):
        read_sd_jwt(text)


def test_an_endless_row_of_them_is_not_read() -> None:
    with pytest.raises(Unsupported):
        read_sd_jwt(TOKEN + "~x" * 3_000 + "~")


@rows(
    ("claims", "disclosures", "expected"),
    [
        ({"a": 1}, [], Disclosed({"a": 1})),
        ({"a": 1, "_sd": [digest(NAME), digest(LEVEL)]}, [NAME], Disclosed({"a": 1, "name": "Maria"}, ("",))),
        ({"_sd": []}, [], Disclosed({})),
        ({"list": ["x", {"...": digest(INNER)}, {"...": digest("decoy")}]}, [INNER], Disclosed({"list": ["x", "inner"]}, ("/list",))),
        ({"_sd": [digest(DEEP)]}, [NAME, DEEP], Disclosed({"subject": {"name": "Maria"}})),
        ({"_sd": [digest(DEEP)]}, [DEEP], Disclosed({"subject": {}}, ("/subject",))),
        ({"_sd_alg": "sha-512", "_sd": [digest(NAME, "sha512")]}, [NAME], Disclosed({"name": "Maria"})),
        ({"x": {"_sd": [digest(LEVEL)], "y": [{"z": 1}]}}, [LEVEL], Disclosed({"x": {"level": 3, "y": [{"z": 1}]}})),
    ],
)  # fmt: skip
def test_what_is_shown_stands_in_its_place(claims: dict[str, Any], disclosures: list[str], expected: Disclosed) -> None:
    assert disclosed(claims, disclosures) == expected


@rows(
    ("claims", "disclosures", "why"),
    [
        ({"_sd": [digest(NAME)]}, [NAME, NAME], "disclosure-twice"),
        ({"_sd": [digest(NAME)]}, [NAME, LEVEL], "disclosure-left-over"),
        ({}, [NAME], "disclosure-left-over"),
        ({"_sd": [digest(NAME), digest(NAME)]}, [NAME], "digest-twice"),
        ({"_sd": [digest("decoy")], "x": {"_sd": [digest("decoy")]}}, [], "digest-twice"),
        ({"_sd": [digest(NAME)], "name": "Eve"}, [NAME], "disclosure-says-again"),
        ({"_sd": [digest(shown("_sd", []))]}, [shown("_sd", [])], "disclosure-says-again"),
        ({"_sd": [digest(shown("...", []))]}, [shown("...", [])], "disclosure-says-again"),
        ({"_sd": [digest(shown(5, []))]}, [shown(5, [])], "disclosure-says-again"),
        ({"_sd": [digest(INNER)]}, [INNER], "disclosure-malformed"),
        ({"list": [{"...": digest(NAME)}]}, [NAME], "disclosure-malformed"),
        ({"list": [{"...": 5}]}, [], "disclosure-malformed"),
        ({"_sd": "x"}, [], "disclosure-malformed"),
        ({"_sd": [{}]}, [], "disclosure-malformed"),
        ({"...": "x"}, [], "disclosure-malformed"),
        ({"list": [{"...": "x", "y": 1}]}, [], "disclosure-malformed"),
        ({}, ["not base64url!"], "disclosure-malformed"),
        ({}, [to_base64url(b"{}")], "disclosure-malformed"),
        ({}, [to_base64url(b'["a"')], "disclosure-malformed"),
        ({}, [to_base64url(b'[5, "a", 1]')], "disclosure-malformed"),
        ({}, [to_base64url(b'["salt"]')], "disclosure-malformed"),
        ({}, [to_base64url(b'["salt", "a", 1, 2]')], "disclosure-malformed"),
    ],
)  # fmt: skip
def test_whatever_else_is_done_to_it_is_refused(claims: dict[str, Any], disclosures: list[str], why: str) -> None:
    assert reason(claims, *disclosures) == why


@pytest.mark.parametrize("is_list", [False, True])
def test_a_hundred_within_each_other_are_not_read(is_list: bool) -> None:
    """Each is a short text of its own; together they would be deeper than anybody reads."""
    within: Any = "x"
    disclosures = []
    for _ in range(100):
        written = shown([within]) if is_list else shown("a", within)
        disclosures.append(written)
        within = {"...": digest(written)} if is_list else {"_sd": [digest(written)]}

    with pytest.raises(Unsupported) as told:
        disclosed({"list": [within]} if is_list else within, disclosures)
    assert told.value.reason == "disclosures-too-deep"


@rows("algorithm", ["md5", "SHA-256", "", 5, None, ["sha-256"]])
def test_another_hash_is_unknown(algorithm: Any) -> None:
    with pytest.raises(Unsupported) as told:
        disclosed({"_sd_alg": algorithm}, [])
    assert told.value.outcome == "unknown"


def test_a_token_that_says_it_is_one_needs_no_tilde() -> None:
    typed = guild.token({}, typ="dc+sd-jwt")
    assert SignedText(typed).is_sd_jwt
    assert read_sd_jwt(typed).token == typed
    assert not SignedText(guild.token({})).is_sd_jwt
    assert not SignedText("eyJ.e30.").is_sd_jwt


@pytest.mark.parametrize(
    ("claims", "is_one"),
    [
        ({"_sd": ["x"]}, True),
        ({"vc": {"a": [{"b": {"_sd": []}}]}}, True),
        ({"credentialStatus": ["a", {"...": "x"}]}, True),
        ({"_sd": "x", "name": '"..." _sd'}, False),
        ({"a": [{"...": 1}, {"...": "x", "b": 1}]}, False),
    ],
)
def test_a_token_with_digests_needs_no_tilde_and_no_type(claims: dict[str, Any], is_one: bool) -> None:
    """Whoever takes its last tilde away would hide that something is not shown."""
    assert SignedText(guild.token(claims)).is_sd_jwt == is_one


def test_digests_are_found_however_their_names_are_escaped() -> None:
    for written in (r'{"\u005f\u0073d": ["x"]}', r'{"a": [{"\u002E..": "x"}]}'):
        assert SignedText(f"eyJhIjoxfQ.{to_base64url(written.encode())}.AAAA").is_sd_jwt
    assert not SignedText("eyJhIjoxfQ.A.AAAA").is_sd_jwt


@rows(
    "token",
    [
        TOKEN,
        "eyJhbGciOiJFUzI1NiJ9.e30.",
        "eyJhbGciOiJFUzI1NiJ9..c2ln",
        "eyJhbGciOiJFUzI1NiJ9.e30",
        "eyJhbGciOiJFUzI1NiJ9.e31.c2ln",
        "eyJhbGciOiJFUzI1NiJ9.e30=.c2ln",
        "eyJhbGciOiJFUzI1NiJ9.e 0.c2ln",
        "eyJhbGciOiJFUzI1NiJ9.e30.c2ln.c2ln",
        "eyJ.e30.c2ln",
        f"{to_base64url(b' {}')}.e30.c2ln",
        f"{to_base64url(b'{ }')}.e30.c2ln",
        f"{to_base64url(b'[]')}.e30.c2ln",
        "é.e30.c2ln",
        "https://guild.example/",
        "",
    ],
)
@rows("behind", ["", "~", f"~{NAME}~", f"~{NAME}~{TOKEN}", "~+~", "~\n"])
def test_what_has_the_form_of_a_token_is_one_be_it_broken_or_not(token: str, behind: str) -> None:
    assert (signed_text(token + behind) is not None) == texts.is_signed_text(token + behind)


def test_where_something_is_not_shared_is_told_once_for_each_thing_with_its_signs_escaped() -> None:
    claims = {"a/b": {"_sd": ["x", "y"]}, "c": [{"z~": [{"...": "w"}]}]}
    assert disclosed(claims, []).not_shared == ("/a~1b", "/a~1b", "/c/0/z~0")


def test_a_place_is_told_by_its_beginning_where_names_are_endless() -> None:
    """Each pointer is a text of its own: thousands of long ones would fill the memory."""
    [place] = disclosed({"x" * 400: {"y" * 400: {"z": {"_sd": ["d"]}}}}, []).not_shared
    assert len(place) == 500


def serialized(**changes: Any) -> dict[str, Any]:
    protected, payload, signature = TOKEN.split(".")
    written = {"protected": protected, "payload": payload, "signature": signature}
    return {name: value for name, value in (written | changes).items() if value is not None}


@rows(
    ("members", "expected"),
    [
        (serialized(header={"disclosures": [NAME, LEVEL]}), f"{TOKEN}~{NAME}~{LEVEL}~"),
        (serialized(header={"disclosures": [], "kb_jwt": TOKEN}), f"{TOKEN}~{TOKEN}"),
        (
            {
                "payload": "e30",
                "signatures": [serialized(payload=None, header={"disclosures": [NAME], "kid": "x"}), {}],
            },
            f"{TOKEN}~{NAME}~",
        ),
        (serialized(), None),
        (serialized(header=5), None),
        (serialized(header={"disclosures": 5}), None),
        (serialized(header={"disclosures": [5]}), None),
        (serialized(header={"kb_jwt": 5}), None),
        (serialized(header={"disclosures": []}, protected="x"), None),
        (serialized(header={"disclosures": []}, payload=5), None),
        ({"payload": "e30", "signatures": []}, None),
        ({"payload": "e30", "signatures": {}}, None),
        ({}, None),
    ],
)
def test_the_json_serialization_says_the_same(members: dict[str, Any], expected: str | None) -> None:
    """RFC 9901, 8.1."""
    assert from_json_serialization(members) == expected
