"""What a holder shows of an SD-JWT stands in the place of its digest, once; whatever else is done to it is refused."""

import hashlib
import json
from typing import Any

import pytest

from wallet.openbadges.proofs.jws import Unsupported
from wallet.openbadges.proofs.multibase import to_base64url
from wallet.openbadges.proofs.sd_jwt import BadDisclosure, Disclosed, disclosed, is_sd_jwt, read_sd_jwt

TOKEN = "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"


def shown(*parts: Any) -> str:
    """A disclosure as an issuer writes it: a salt, and a name and a value, or a value alone."""
    return to_base64url(json.dumps(["salt", *parts]).encode())


def digest(written: str, name: str = "sha256") -> str:
    return to_base64url(hashlib.new(name, written.encode()).digest())


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


def test_an_endless_row_of_them_is_refused() -> None:
    with pytest.raises(BadDisclosure):
        read_sd_jwt(TOKEN + "~x" * 3_000 + "~")


@pytest.mark.parametrize(
    ("claims", "disclosures", "expected"),
    [
        ({"a": 1}, [], Disclosed({"a": 1}, 0)),
        ({"a": 1, "_sd": [digest(NAME), digest(LEVEL)]}, [NAME], Disclosed({"a": 1, "name": "Maria"}, 1)),
        ({"_sd": []}, [], Disclosed({}, 0)),
        ({"list": ["x", {"...": digest(INNER)}, {"...": digest("decoy")}]}, [INNER], Disclosed({"list": ["x", "inner"]}, 1)),
        ({"_sd": [digest(DEEP)]}, [NAME, DEEP], Disclosed({"subject": {"name": "Maria"}}, 0)),
        ({"_sd": [digest(DEEP)]}, [DEEP], Disclosed({"subject": {}}, 1)),
        ({"_sd_alg": "sha-512", "_sd": [digest(NAME, "sha512")]}, [NAME], Disclosed({"name": "Maria"}, 0)),
        ({"x": {"_sd": [digest(LEVEL)], "y": [{"z": 1}]}}, [LEVEL], Disclosed({"x": {"level": 3, "y": [{"z": 1}]}}, 0)),
    ],
)  # fmt: skip
def test_what_is_shown_stands_in_its_place(claims: dict[str, Any], disclosures: list[str], expected: Disclosed) -> None:
    assert disclosed(claims, disclosures) == expected


@pytest.mark.parametrize(
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
def test_a_hundred_within_each_other_are_refused(is_list: bool) -> None:
    """Each is a short text of its own; together they would be deeper than anybody reads."""
    within: Any = "x"
    disclosures = []
    for _ in range(100):
        written = shown([within]) if is_list else shown("a", within)
        disclosures.append(written)
        within = {"...": digest(written)} if is_list else {"_sd": [digest(written)]}

    assert reason({"list": [within]} if is_list else within, *disclosures) == "disclosure-malformed"


@pytest.mark.parametrize("algorithm", ["md5", "SHA-256", "", 5, None, ["sha-256"]])
def test_another_hash_is_unknown(algorithm: Any) -> None:
    with pytest.raises(Unsupported) as told:
        disclosed({"_sd_alg": algorithm}, [])
    assert told.value.outcome == "unknown"
