"""What an issuer may ask of Maria in an exchange, and what she gets: told by a dictionary, nobody is asked."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.issuance.exchanging import ASKS, HERE, Answer, Fablab, asking
from tests.openbadges.support import guild
from wallet import openbadges
from wallet.issuance import exchanges, offers
from wallet.issuance.holder_keys import HolderKey
from wallet.issuance.received import Failed

BADGE = guild.signed(guild.badge())
KEY = HolderKey(openbadges.did_key(guild.KEY), guild.KEY.private_bytes_raw())
SHOWN = {"type": ["VerifiablePresentation"], "verifiableCredential": [BADGE]}


def may_ask(address: str) -> bool:
    return address.startswith("https://") and "intranet" not in address


def received(answers: Sequence[Answer], challenge: str = "") -> tuple[list[str], Fablab]:
    fablab = Fablab(list(answers))
    found = exchanges.receive_badges(offers.ExchangeAt(HERE, challenge), fablab, may_ask, KEY, guild.NOW)
    assert {one.key for one in found} == {KEY}
    return [one.content for one in found], fablab


def told(answers: Sequence[Answer], challenge: str = "") -> str:
    """Why nothing came, in a word."""
    with pytest.raises(Failed) as problem:
        received(answers, challenge)
    return problem.value.reason


@pytest.mark.parametrize(
    "given",
    [
        BADGE,
        SHOWN,
        [BADGE],
        f'"{guild.token(guild.badge())}"'.encode(),
        guild.token(guild.badge()).encode(),
        {"verifiablePresentation": SHOWN},
        {"verifiablePresentation": SHOWN, "redirectUrl": "https://fablab.example/thanks"},
        {
            "verifiablePresentation": {
                "type": "EnvelopedVerifiablePresentation",
                "id": f"data:application/vp+jwt,{guild.token({'vp': SHOWN})}",
            }
        },
        {"verifiablePresentation": SHOWN} | asking(query=[{"type": "QueryByExample"}]),
    ],
    ids=["bare", "shown", "list", "JSON token", "token", "answer", "with a way on", "envelope", "and asks for more"],
)
def test_a_badge_is_found_however_it_is_given(given: Any) -> None:
    [document], _ = received([asking(), given])
    assert document == guild.token(guild.badge()) or json.loads(document) == BADGE


def test_a_bare_badge_stays_as_it_came() -> None:
    written = json.dumps(BADGE, indent=3)
    assert received([written.encode()], "Qui ?")[0] == [written]


def test_badges_of_several_rounds_are_all_kept() -> None:
    documents, fablab = received([asking() | {"verifiablePresentation": SHOWN}, BADGE])
    assert len(documents) == 2
    assert [one[:2] for one in fablab.came] == [("POST", HERE), ("POST", HERE)]


@pytest.mark.parametrize(
    ("bound", "most"), [("MOST_DOCUMENTS", 1), ("MOST_BYTES", len(json.dumps(BADGE).encode()) * 3 // 2)]
)
def test_there_is_an_end_to_what_all_rounds_together_give(
    monkeypatch: pytest.MonkeyPatch, bound: str, most: int
) -> None:
    monkeypatch.setattr(exchanges, bound, most)

    documents, _ = received([asking() | {"verifiablePresentation": SHOWN}, BADGE])
    assert len(documents) == 1


def test_the_answer_goes_where_the_issuer_says() -> None:
    service = [
        {"type": "CredentialHandlerService"},
        {"type": "UnmediatedPresentationService2021", "serviceEndpoint": f"{HERE}/2"},
    ]
    _, fablab = received([asking(interact={"service": service}), BADGE])
    assert [address for _, address, _ in fablab.came] == [HERE, f"{HERE}/2"]


def test_a_member_that_is_null_is_one_that_is_not_there() -> None:
    """Many programs write all members that they know."""
    asks = asking(domain=None, interact=None) | {"verifiablePresentation": None, "redirectUrl": None}
    nothing = {"verifiablePresentation": None, "verifiablePresentationRequest": None, "redirectUrl": None}

    assert len(received([asks, BADGE])[0]) == 1
    assert told([asking(), nothing]) == "offer-not-given"


@pytest.mark.parametrize("domain", ["fablab.example", "https://fablab.example", "FABLAB.example/", None])
def test_what_is_signed_is_for_the_host_that_is_asked(domain: str | None) -> None:
    _, fablab = received(
        [asking(domain=domain) if domain else {"verifiablePresentationRequest": ASKS | {"domain": ""}}, BADGE]
    )
    proof = fablab.came[1][2]["verifiablePresentation"]["proof"]
    assert proof["domain"] == (domain or "fablab.example")
    assert proof["challenge"] == "Qui ?"


@pytest.mark.parametrize(
    ("port", "domain"),
    [
        *((443, domain) for domain in ("xn--crit-9oa.example", "https://écrit.example", "écrit.example:443", None)),
        *((8443, domain) for domain in ("xn--crit-9oa.example", "écrit.example", "xn--crit-9oa.example:8443")),
    ],
)
def test_a_host_with_accents_is_the_same_however_it_is_written(port: int, domain: str | None) -> None:
    """Its address stands in the link as people write it, and browsers and programs call it by its letters in ASCII (RFC 5890)."""
    fablab = Fablab([asking(domain=domain), BADGE])
    offer = offers.ExchangeAt(f"https://écrit.example:{port}/exchanges/1")

    exchanges.receive_badges(offer, fablab, may_ask, KEY, guild.NOW)

    assert fablab.came[1][2]["verifiablePresentation"]["proof"]["domain"] == (domain or "xn--crit-9oa.example")


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        ({"query": [{"type": "QueryByExample"}]}, "offer-asks-for-badges"),
        ({"query": [{"type": "DIDAuthentication"}, {"type": "QueryByExample"}]}, "offer-asks-for-badges"),
        ({"query": [{"type": "DigitalCredentialQueryLanguage"}]}, "offer-asks-for-badges"),
        ({"query": [{"type": "AuthorizationCapabilityQuery"}]}, "offer-other-apps"),
        ({"query": []}, "offer-other-apps"),
        ({"query": "DIDAuthentication"}, "offer-not-given"),
        ({"query": {"type": "DIDAuthentication", "acceptedMethods": [{"method": "web"}]}}, "offer-other-apps"),
        (
            {"query": {"type": "DIDAuthentication", "acceptedCryptosuites": [{"cryptosuite": "bbs-2023"}]}},
            "offer-other-apps",
        ),
        ({"domain": "bank.example"}, "offer-other-host"),
        ({"domain": "fablab.example.bank.example"}, "offer-other-host"),
        ({"domain": "https://fablab.example/bank"}, "offer-other-host"),
        ({"domain": ["fablab.example"]}, "offer-not-given"),
        ({"challenge": None}, "offer-not-given"),
        ({"challenge": "x" * 2001}, "offer-not-given"),
        ({"interact": {"service": [{"type": "CredentialHandlerService"}]}}, "offer-other-apps"),
        ({"interact": []}, "offer-not-given"),
        (
            {
                "interact": {
                    "service": {
                        "type": "VerifiableCredentialApiExchangeService",
                        "serviceEndpoint": "https://intranet/",
                    }
                }
            },
            "offer-not-safe",
        ),
    ],
)
def test_what_is_not_answered(request_: dict[str, Any], why: str) -> None:
    """She sends nothing but the first, empty question."""
    fablab = Fablab([asking(**request_), BADGE])
    with pytest.raises(Failed) as problem:
        exchanges.receive_badges(offers.ExchangeAt(HERE), fablab, may_ask, KEY, guild.NOW)
    assert problem.value.reason == why
    assert [body for _, _, body in fablab.came] == [{}]


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        (["no-answer"], "offer-no-answer"),
        (["timeout"], "offer-no-answer"),
        (["refused"], "offer-no-answer"),
        ([asking(), "refused"], "offer-unknown"),
        ([asking(), {"redirectUrl": "https://fablab.example/sign-in"}], "offer-sign-in"),
        (["redirected"], "offer-not-given"),
        (["too-big"], "offer-not-given"),
        (["too-often"], "offer-no-answer"),
        ([500], "offer-no-answer"),
        ([503], "offer-no-answer"),
        ([429], "offer-no-answer"),
        ([404], "offer-used"),
        ([410], "offer-used"),
        ([401], "offer-not-given"),
        ([b"<html>Bonjour</html>"], "offer-not-given"),
        ([b"https://fablab.example/badge.json"], "offer-not-given"),
        ([{}], "offer-not-given"),
        ([{"message": "ok"}], "offer-not-given"),
        ([[]], "offer-not-given"),
        ([{"verifiablePresentation": {"type": "VerifiablePresentation"}}], "offer-not-given"),
        ([{"redirectUrl": "https://fablab.example/sign-in"}], "offer-sign-in"),
        ([b'{"a":' * 100_000], "offer-not-given"),
        ([asking(), "no-answer"], "offer-unknown"),
        ([asking(), 502], "offer-unknown"),
        ([asking(), 403], "offer-not-given"),
        ([asking(), 410], "offer-used"),
        ([asking()] * (1 + exchanges.ROUNDS), "offer-not-given"),
    ],
)
def test_why_nothing_came(answers: list[Answer], why: str) -> None:
    assert told(answers) == why


def test_whoever_is_answered_at_once_and_falls_silent_may_have_taken_it() -> None:
    assert told(["timeout"], "Qui ?") == "offer-unknown"


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ([{"protocols": {"vcapi": HERE}}], offers.ExchangeAt(HERE)),
        ([{"protocols": {"interact": f"{HERE}?iuv=1"}}, {"protocols": {"vcapi": HERE}}], offers.ExchangeAt(HERE)),
        ([{"protocols": {"interact": HERE}}] * 2, "offer-other-kind"),
        ([{"protocols": {"inviteRequest": HERE}}], "offer-sign-in"),
        ([{"protocols": {"vcapi": "https://intranet/"}}], "offer-not-safe"),
        ([{}], "offer-not-given"),
        ([404], "offer-used"),
        (["timeout"], "offer-no-answer"),
        ([b"<html>"], "offer-not-given"),
        ([[]], "offer-not-given"),
    ],
)
def test_an_interaction_is_asked_by_GET_alone(answers: list[Answer], found: offers.Offer | str) -> None:  # noqa: N802
    fablab = Fablab(list(answers))
    try:
        led_to: offers.Offer | str = exchanges.choose_protocol(offers.InteractionAt(HERE), fablab, may_ask)
    except (offers.NotTaken, Failed) as problem:
        led_to = str(problem)
    assert led_to == found
    assert {(method, body) for method, _, body in fablab.came} == {("GET", None)}
