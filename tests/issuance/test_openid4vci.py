"""An offer of OpenID for Verifiable Credential Issuance taken from an issuer that is as strict as any: on both databases."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from tests.fixtures.fablab import ISSUER, Fablab, badge
from tests.issuance.taking import Sonia, anywhere, offered
from tests.openbadges.support import guild
from wallet.accounts import holders
from wallet.badges import badges
from wallet.badges.models import ImportOutcome, KeptBadge
from wallet.badges.ownership import BoundKey, unseal_key
from wallet.issuance import exchanges, openid4vci
from wallet.issuance.offers import OfferAt
from wallet.issuance.openid4vci import records, requests, taking
from wallet.issuance.openid4vci.records import Issuance
from wallet.issuance.received import Failed
from wallet.network.client import OF_AN_EXCHANGE
from wallet.openbadges.proofs.multibase import from_base64url
from wallet.storage import Missing
from wallet.storage.database import Database

ES256 = {"proof_signing_alg_values_supported": ["ES256"]}
ALL_STEPS = ["metadata", "server", "token", "nonce", "credential"]


@pytest.fixture
def sonia(wallets: Database, tmp_path: Path) -> Sonia:
    return Sonia(wallets, tmp_path).signs_in()


def reason(act: Callable[..., object], *told: Any) -> str:
    """Why nothing comes of it."""
    with pytest.raises(Failed) as failed:
        act(*told)
    return failed.value.reason


def test_she_sees_who_gives_what_and_has_it_with_its_key(sonia: Sonia):
    fablab = Fablab()

    prepared = sonia.sees(fablab, offered(fablab))

    assert (prepared.host, prepared.issuer_name, prepared.badges) == (
        "fablab.example",
        "Fablab de Caen",
        ("S’adapter",),
    )
    assert fablab.asked == ["metadata", "server"], "nothing is spent by looking"
    assert [one.kind for one in sonia.takes(fablab)] == ["added"]
    assert fablab.asked == ALL_STEPS
    assert sonia.badges == ["urn:uuid:adapt"]
    (kept,) = sonia.rows(BoundKey)
    assert len(unseal_key(kept, sonia.keyring.unseal)) == 32
    assert json.loads(from_base64url(kept.did.removeprefix("did:jwk:"))) == fablab.keys[0]


def test_an_issuer_that_tells_one_language_is_asked_for_that_of_whoever_reads_it() -> None:
    fablab = Fablab()

    def tells_one(_what: str) -> None:
        spoken = dict(fablab.sent[-1].headers)["Accept-Language"][:2]
        names = [{"name": {"en": "Adapting", "fr": "S’adapter"}[spoken], "locale": spoken}]
        fablab.of_badge = {"credential_metadata": {"display": names}}

    fablab.before = tells_one
    prepared = openid4vci.prepare(offered(fablab), fablab, lambda _address: True, "en")
    assert prepared.badges == ("Adapting",)
    assert openid4vci.prepare(offered(fablab), fablab, lambda _address: True).badges == ("S’adapter",)


def test_who_reads_a_language_that_an_issuer_has_not_reads_french_before_any_other() -> None:
    fablab = Fablab()
    names = [{"name": "Anpassen", "locale": "de"}, {"name": "S’adapter", "locale": "fr-FR"}]
    fablab.of_badge = {"credential_metadata": {"display": names}}

    assert openid4vci.prepare(offered(fablab), fablab, lambda _address: True, "en").badges == ("S’adapter",)


def test_nothing_of_the_code_or_the_token_lies_open(sonia: Sonia):
    fablab = Fablab(code="a-code-that-is-secret")
    sonia.sees(fablab, offered(fablab))
    before = sonia.row.sealed

    sonia.takes(fablab)

    (token,) = fablab.tokens
    for content in (before, sonia.row.sealed, repr(sonia.rows(Issuance)[0].outcomes).encode()):
        assert b"a-code-that-is-secret" not in content
        assert token.encode() not in content
    progress = records.read_progress(sonia.row, sonia.keys)
    assert progress is not None
    assert progress.prepared.steps.code == ""  # type: ignore[union-attr]


def test_nothing_secret_is_logged_or_told_in_a_trace(
    wallets: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("DEBUG")
    kevin = Sonia(wallets, tmp_path)
    fablab = Fablab(code="a-code-that-is-secret", tx_code="4711-secret", token_more={"refresh_token": "again-secret"})
    prepared = kevin.sees(fablab, offered(fablab))
    kevin.takes(fablab, "4711-secret")
    taken = openid4vci.take(*kevin.offered, None, kevin.tools(fablab))

    told = caplog.text + repr((prepared, taken, fablab.sent))
    for secret in ("secret", *fablab.tokens, kevin.device):
        assert secret not in told, secret


@pytest.mark.parametrize(
    "issuer", [f"{ISSUER}/tenant/a", f"{ISSUER}/tenant/a/", f"{ISSUER}/"], ids=["path", "path and slash", "slash"]
)
@pytest.mark.parametrize("appended", [False, True])
def test_an_issuer_with_a_path_is_found_where_it_is(sonia: Sonia, issuer: str, *, appended: bool):
    fablab = Fablab(issuer=issuer, appended=appended)
    # An authorisation server of that name is looked for where RFC 8414 has it.
    sonia.sees(fablab, offered(fablab))

    assert [one.kind for one in sonia.takes(fablab)] == ["added"]


OF_ANOTHER = (200, {"credential_issuer": ISSUER, "issuer": ISSUER})
"""What a host tells at each place of which the beginning is one that it knows."""


@pytest.mark.parametrize(
    "told", [{"silent": "too-many"}, {"silent": "refused"}, {"instead": OF_ANOTHER}, {"instead": (500, b"")}], ids=str
)
def test_where_one_place_gives_nothing_of_an_issuers_the_next_one_is_asked(told: dict[str, Any]):
    place = f"{ISSUER}/.well-known/openid-credential-issuer/tenant/a"
    fablab = Fablab(issuer=f"{ISSUER}/tenant/a", appended=True, **{how: {place: what} for how, what in told.items()})

    assert openid4vci.prepare(offered(fablab), fablab, anywhere).badges == ("S’adapter",)
    assert fablab.asked[:2] == [place, "metadata"]

    elsewhere = {f"{ISSUER}/.well-known/openid-configuration/tenant/a": fablab._server(fablab.sent[0])}
    fablab.silent = {"server": told["silent"]} if "silent" in told else {}
    fablab.instead = elsewhere | ({"server": told["instead"]} if "instead" in told else {}) | fablab.instead
    assert openid4vci.prepare(offered(fablab), fablab, anywhere).code_host == "fablab.example"


def test_a_server_that_is_busy_is_told_before_one_that_does_not_suit():
    fablab = Fablab(more={"authorization_servers": ["https://codes.example", "https://people.example"]})
    place = "/.well-known/oauth-authorization-server"
    told = {"issuer": "https://people.example", "grant_types_supported": ["authorization_code"]}
    fablab.instead = {f"https://codes.example{place}": (503, b""), f"https://people.example{place}": (200, told)}

    assert reason(openid4vci.prepare, offered(fablab), fablab, anywhere) == "offer-no-answer"


def test_an_authorisation_server_elsewhere_is_asked(sonia: Sonia):
    fablab = Fablab(server="https://login.example/realms/caen")

    prepared = sonia.sees(fablab, offered(fablab))

    assert prepared.code_host == "login.example"
    assert [one.kind for one in sonia.takes(fablab)] == ["added"]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"format": "mso_mdoc"}, "offer-other-kind"),
        ({"more": {"credential_issuer": "https://other.example"}}, "offer-other-apps"),
        ({"more": {"credential_endpoint": "http://127.0.0.1/"}}, "offer-not-safe"),
        ({"more": {"nonce_endpoint": "https://10.0.0.1/"}}, "offer-not-safe"),
        ({"more": {"credential_configurations_supported": {}}}, "offer-denied"),
        ({"more": {"credential_configurations_supported": [1]}}, "offer-denied"),
        ({"more": {"credential_response_encryption": {"encryption_required": True}}}, "offer-other-apps"),
        ({"more": {"credential_request_encryption": {"encryption_required": True}}}, "offer-other-apps"),
        ({"more": {"authorization_servers": ["https://10.0.0.1"]}}, "offer-not-safe"),
        ({"of_server": {"issuer": "https://other.example"}}, "offer-other-apps"),
        ({"of_server": {"token_endpoint": "https://localhost/token"}}, "offer-not-safe"),
        ({"of_server": {"token_endpoint": None}}, "offer-other-apps"),
        ({"of_server": {"grant_types_supported": ["authorization_code"]}}, "offer-sign-in"),
        ({"of_server": {"grant_types_supported": ["implicit"]}}, "offer-other-apps"),
        ({"of_server": {"pre-authorized_grant_anonymous_access_supported": False}}, "offer-other-apps"),
        ({"of_server": {"token_endpoint_auth_methods_supported": ["attest_jwt_client_auth"]}}, "offer-other-apps"),
        ({"of_badge": {"proof_types_supported": {"attestation": {}}}}, "offer-other-apps"),
        (
            {"of_badge": {"proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": ["EdDSA"]}}}},
            "offer-other-apps",
        ),
        (
            {
                "of_badge": {
                    "proof_types_supported": {
                        "jwt": {"proof_signing_alg_values_supported": ["ES256"], "key_attestations_required": {}}
                    }
                }
            },
            "offer-other-apps",
        ),
        ({"of_badge": {"cryptographic_binding_methods_supported": ["cose_key"]}}, "offer-other-apps"),
        ({"silent": {"metadata": "timeout"}}, "offer-no-answer"),
        ({"silent": {"server": "no-answer"}}, "offer-no-answer"),
        ({"instead": {"metadata": (503, {})}}, "offer-no-answer"),
        ({"instead": {"metadata": (522, {})}}, "offer-no-answer"),
        ({"instead": {"server": (408, {})}}, "offer-no-answer"),
        ({"instead": {"metadata": (200, b"<html>")}}, "offer-other-apps"),
        ({"instead": {"metadata": (200, b"[" * 100_000)}}, "offer-other-apps"),
        ({"instead": {"metadata": (404, {})}}, "offer-other-apps"),
        ({"instead": {"server": (404, {})}}, "offer-other-apps"),
    ],
    ids=str,
)
def test_what_cannot_be_is_found_before_the_code_is_spent(told: dict[str, Any], why: str):
    fablab = Fablab(**told)

    def may_ask(address: str) -> bool:
        return not any(one in address for one in ("127.", "10.", "localhost"))

    assert reason(openid4vci.prepare, offered(fablab), fablab, may_ask) == why
    assert "token" not in fablab.asked


def test_a_server_that_the_issuer_does_not_name_is_not_asked(sonia: Sonia):
    fablab = Fablab()

    assert (
        reason(sonia.sees, fablab, offered(fablab, authorization_server="https://thief.example")) == "offer-other-apps"
    )
    assert fablab.asked == ["metadata"]


def test_an_offer_by_reference_is_fetched_once(sonia: Sonia):
    fablab = Fablab()

    sonia.sees(fablab, OfferAt(f"{ISSUER}/offer"))

    assert [one.kind for one in sonia.takes(fablab)] == ["added"]
    assert fablab.asked == ["offer", *ALL_STEPS]
    assert reason(sonia.sees, fablab, OfferAt(f"{ISSUER}/offer")) == "offer-used"
    fablab.instead = {"offer": (522, {})}
    assert reason(sonia.sees, fablab, OfferAt(f"{ISSUER}/offer")) == "offer-no-answer"


def test_a_code_that_she_was_told_is_sent_and_a_wrong_one_is_said_three_times(sonia: Sonia):
    fablab = Fablab(tx_code="0042")
    assert sonia.sees(fablab, offered(fablab)).tx_code is not None

    assert reason(sonia.takes, fablab) == "offer-wrong-code"
    assert "token" not in fablab.asked, "an empty field is not sent"
    for _ in range(2):
        assert reason(sonia.takes, fablab, "0041") == "offer-wrong-code"
    assert [one.kind for one in sonia.takes(fablab, "0042")] == ["added"]

    again = Fablab(tx_code="0042")
    sonia.sees(again, offered(again))
    for _ in range(3):
        assert reason(sonia.takes, again, "0041") == "offer-wrong-code"
    assert reason(sonia.takes, again, "0042") == "offer-used"
    assert again.asked.count("token") == 3
    assert sonia.row.sealed == b""


def test_a_tab_of_before_a_wrong_code_sends_none_that_would_not_count(sonia: Sonia):
    fablab = Fablab(tx_code="0042")
    sonia.sees(fablab, offered(fablab))
    before = sonia.database.read(records.find, *sonia.offered, sonia.holder_id, sonia.keys, sonia.clock())
    assert reason(sonia.takes, fablab, "0041") == "offer-wrong-code"

    assert not sonia.database.write(records.claim_code, before, sonia.holder_id, sonia.keys, sonia.clock())


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"code": "other"}, "offer-used"),
        ({"silent": {"token": "timeout"}}, "offer-unknown"),
        ({"silent": {"token": "no-answer"}}, "offer-unknown"),
        ({"silent": {"token": "redirected"}}, "offer-unknown"),
        ({"instead": {"token": (500, b"<html>")}}, "offer-unknown"),
        ({"instead": {"token": (200, {"access_token": "a\nb"})}}, "offer-unknown"),
        ({"instead": {"token": (400, {"error": {"code": 400, "status": "INVALID_ARGUMENT"}})}}, "offer-unknown"),
        ({"instead": {"token": (400, {"error": ["invalid_grant"]})}}, "offer-unknown"),
        ({"instead": {"token": (401, {"error": "invalid_client"})}}, "offer-other-apps"),
        ({"instead": {"token": (400, {"error": "invalid_request"})}}, "offer-other-apps"),
        ({"instead": {"token": (400, {"error": "use_dpop_nonce"})}}, "offer-other-apps"),
        ({"instead": {"token": (200, {"access_token": "a", "token_type": "DPoP"})}}, "offer-other-apps"),
        ({"instead": {"credential": (400, {"error": "credential_request_denied"})}}, "offer-denied"),
        ({"instead": {"credential": (400, {"error": "invalid_proof"})}}, "offer-other-apps"),
        ({"instead": {"credential": (401, {})}}, "offer-used"),
        ({"instead": {"credential": (200, {"credentials": []})}}, "offer-other-kind"),
        ({"instead": {"credential": (200, {"credentials": None})}}, "offer-other-kind"),
        (
            {"instead": {"credential": (200, {"credentials": [{"credential": "https://10.0.0.1/"}]})}},
            "offer-other-kind",
        ),
        ({"instead": {"credential": (200, {"credentials": [{"credential": 7}]})}}, "offer-other-kind"),
        ({"instead": {"credential": (200, {"credential": "half.a.\ud800"})}}, "offer-other-kind"),
        ({"instead": {"credential": (204, b"")}}, "offer-not-given"),
        ({"instead": {"nonce": (404, {})}}, "offer-not-given"),
        ({"instead": {"credential": (202, {})}}, "offer-other-apps"),
        ({"instead": {"credential": (202, {"transaction_id": "t", "interval": 600})}}, "offer-other-apps"),
    ],
    ids=str,
)
def test_what_goes_wrong_afterwards_is_said_and_the_code_is_not_sent_again(
    sonia: Sonia, told: dict[str, Any], why: str
):
    fablab = Fablab()
    sonia.sees(fablab, offered(fablab))
    for name, value in told.items():
        setattr(fablab, name, value)

    assert reason(sonia.takes, fablab) == why
    fablab.silent, fablab.instead = {}, {}
    assert reason(sonia.takes, fablab) == why
    assert fablab.asked.count("token") == 1
    assert sonia.row.sealed == b""
    assert sonia.badges == []


@pytest.mark.parametrize(
    ("why", "told"),
    [("too-many", "offer-not-given"), ("too-often", "offer-no-answer")],
)
def test_a_code_that_was_never_sent_may_be_sent_later(sonia: Sonia, why: str, told: str):
    fablab = Fablab(silent={"token": why})
    sonia.sees(fablab, offered(fablab))

    assert reason(sonia.takes, fablab) == told
    fablab.silent = {}
    assert [one.kind for one in sonia.takes(fablab)] == ["added"]


@pytest.mark.parametrize(
    "told",
    [{"silent": {"nonce": "timeout"}}, {"silent": {"credential": "timeout"}}, {"instead": {"credential": (408, {})}}],
    ids=str,
)
def test_who_gets_no_answer_after_the_token_goes_on_with_the_token(sonia: Sonia, told: dict[str, Any]):
    fablab = Fablab(**told)
    sonia.sees(fablab, offered(fablab))

    assert reason(sonia.takes, fablab) == "offer-no-answer"
    fablab.silent, fablab.instead = {}, {}
    assert [one.kind for one in sonia.takes(fablab)] == ["added"]
    assert fablab.asked.count("token") == 1


@pytest.mark.parametrize("told", [{}, {"identifiers": {"one": ["one-2026"], "two": ["two-2026"]}}], ids=str)
def test_who_comes_back_when_the_token_is_over_goes_on_with_the_next_one(sonia: Sonia, told: dict[str, Any]):
    fablab = Fablab(badges={"one": badge("one"), "two": badge("two")}, token_more={"refresh_token": "again"}, **told)
    sonia.sees(fablab, offered(fablab))

    def fails_with_each_token(what: str) -> None:
        fablab.silent = {"credential": "timeout"} if fablab.asked.count("credential") in (1, 3) else {}

    fablab.before = fails_with_each_token
    assert reason(sonia.takes, fablab) == "offer-no-answer"
    fablab.tokens = set()
    sonia.clock.move(minutes=6)
    assert reason(sonia.takes, fablab) == "offer-no-answer"

    assert [one.kind for one in sonia.takes(fablab)] == ["added", "added"]
    assert sonia.badges == ["urn:uuid:one", "urn:uuid:two"]
    assert fablab.asked.count("token") == 2


@pytest.mark.breadth
def test_a_nonce_that_was_too_old_is_asked_for_once_more(sonia: Sonia):
    fablab = Fablab(stale_nonces=1)
    sonia.sees(fablab, offered(fablab))

    assert [one.kind for one in sonia.takes(fablab)] == ["added"]
    assert fablab.asked.count("credential") == 2

    again = Fablab(stale_nonces=2, badges={"adapt": badge("later")})
    sonia.sees(again, offered(again))
    assert reason(sonia.takes, again) == "offer-other-apps"
    assert again.asked.count("credential") == 2


@pytest.mark.parametrize(
    "told", [{}, {"waits": 2, "interval": 60}, {"wants_did": True}, {"token_more": {"c_nonce": None}}], ids=str
)
@pytest.mark.breadth(
    beside=[
        "sqlite-{'waits': 2, 'interval': 60}",
        "sqlite-{'wants_did': True}",
        "sqlite-{'token_more': {'c_nonce': None}}",
    ]
)
def test_the_next_nonce_of_the_drafts_is_taken_from_any_answer(sonia: Sonia, told: dict[str, Any]):
    badges = {name: badge(name) for name in ("one", "two", "three")}
    fablab = Fablab(badges=badges, has_nonces=False, renews_nonces=True, **told)
    sonia.sees(fablab, offered(fablab))

    outcomes = sonia.takes(fablab)
    progress = records.read_progress(sonia.row, sonia.keys)
    assert progress is not None
    assert len(outcomes) + len(progress.promises) == 3
    assert not any(one.kind == "problem" for one in outcomes)


def test_a_proof_that_is_never_good_is_tried_no_more_often_whatever_nonces_come(sonia: Sonia):
    fablab = Fablab(has_nonces=False, renews_nonces=True, stale_nonces=9)
    sonia.sees(fablab, offered(fablab))

    assert reason(sonia.takes, fablab) == "offer-other-apps"
    assert fablab.asked.count("credential") == 2


@pytest.mark.parametrize(
    "told",
    [
        {"has_nonces": False},
        {"wants_did": True},
        {"proofs": False},
        {"identifiers": {"adapt": ["adapt-2026"]}},
        {"format": "vc+sd-jwt"},
        {"format": "jwt_vc_json-ld"},
        {"created": 201},
        {"proofs": False, "of_badge": {"proof_types_supported": None}},
        {"proofs": False, "of_badge": {"proof_types_supported": {}, "cryptographic_binding_methods_supported": []}},
        {"proofs": False, "of_badge": {"proof_types_supported": []}},
        {"of_badge": {"cryptographic_binding_methods_supported": None}},
        {"of_badge": {"proof_types_supported": {"jwt": {**ES256, "key_attestations_required": None}}}},
        {"of_server": {"grant_types_supported": None}},
    ],
    ids=str,
)
def test_whatever_way_of_the_standard_it_goes_the_badge_comes(sonia: Sonia, told: dict[str, Any]):
    fablab = Fablab(**told)
    sonia.sees(fablab, offered(fablab))

    assert [one.kind for one in sonia.takes(fablab)] == ["added"]
    assert len(sonia.dids) == fablab.proofs


OF_TYPES = {"credential_definition": {"type": ["VerifiableCredential", "OpenBadgeCredential"]}}


@pytest.mark.parametrize(
    "told",
    [
        {"draft": 13, "has_nonces": False, "renews_nonces": True, "of_badge": OF_TYPES},
        {"draft": 14, "format": "vc+sd-jwt", "of_badge": {"vct": "https://fablab.example/badge"}},
        {"draft": 13, "has_nonces": False, "identifiers": {"adapt": ["adapt-2026"]}},
        {"draft": 14, "proofs": False, "of_badge": OF_TYPES},
        {"draft": 14, "wants_did": True, "waits": 1, "interval": 60, "of_badge": OF_TYPES},
    ],
    ids=str,
)
def test_an_issuer_that_still_speaks_a_draft_is_asked_by_its_names(sonia: Sonia, told: dict[str, Any]):
    fablab = Fablab(**told)
    sonia.sees(fablab, offered(fablab))

    sonia.takes(fablab)
    sonia.later(fablab, minutes=20)

    assert sonia.badges == ["urn:uuid:adapt"]
    assert fablab.asked.count("token") == 1


def test_an_issuer_that_does_not_understand_is_asked_by_the_names_of_the_drafts_once(sonia: Sonia):
    fablab = Fablab(instead={"credential": (400, {"error": "invalid_credential_request"})})
    sonia.sees(fablab, offered(fablab))

    assert reason(sonia.takes, fablab) == "offer-other-apps"
    assert fablab.asked.count("credential") == 2


@pytest.mark.parametrize("told", [{"silent": {"metadata": "too-many"}}, {"instead": {"metadata": (404, {})}}], ids=str)
def test_a_badge_whose_names_of_a_draft_are_not_told_now_comes_by_the_next_exchange(sonia: Sonia, told: dict[str, Any]):
    """Nothing is lost: its code is spent, so that Sonia has no other way to it."""
    fablab = Fablab(draft=14, of_badge=OF_TYPES)
    sonia.sees(fablab, offered(fablab))
    fablab.silent, fablab.instead = told.get("silent", {}), told.get("instead", {})

    assert reason(sonia.takes, fablab) == "offer-no-answer"
    fablab.silent, fablab.instead = {}, {}
    assert [one.kind for one in sonia.takes(fablab)] == ["added"]
    assert fablab.asked.count("token") == 1


def test_an_issuer_that_calls_a_token_that_is_over_a_bad_request_is_asked_by_the_next_one(sonia: Sonia):
    """RFC 6750, 3.1, has 401; what is wrong is said in its word, and other names for the badge do not help."""
    fablab = Fablab(token_more={"refresh_token": "again"})
    sonia.sees(fablab, offered(fablab))

    def is_over(what: str) -> None:
        is_first = what == "credential" and fablab.asked.count("token") == 1
        fablab.instead = {"credential": (400, {"error": "invalid_token"})} if is_first else {}

    fablab.before = is_over
    assert [one.kind for one in sonia.takes(fablab)] == ["added"]
    assert fablab.asked.count("credential") == 2
    assert fablab.asked.count("metadata") == 1


def test_an_issuer_is_not_asked_again_in_the_same_words(sonia: Sonia):
    """A badge with a name of its own, and without a key, is asked for alike by the standard and its drafts."""
    refused = {"credential": (400, {"error": "invalid_credential_request"})}
    fablab = Fablab(proofs=False, identifiers={"adapt": ["adapt-2026"]}, instead=refused)
    sonia.sees(fablab, offered(fablab))

    assert reason(sonia.takes, fablab) == "offer-other-apps"
    assert fablab.asked.count("credential") == 1


def test_a_badge_that_is_an_object_is_kept_letter_by_letter(sonia: Sonia):
    signed = guild.signed(guild.badge())
    text = json.dumps(signed, indent=3, ensure_ascii=False).replace("é", "\\u00e9", 1)
    whole = f'{{"notification_id": "n", "credentials": [ {{"more": [1], "credential":  {text} }}, {{}} ] }}'
    fablab = Fablab(format="ldp_vc", instead={"credential": (200, whole.encode())})
    sonia.sees(fablab, offered(fablab))

    sonia.takes(fablab)

    (kept,) = sonia.rows(KeptBadge)
    assert sonia.files.read(kept.document).decode() == text
    assert kept.state in {"valid", "unknown"}


@pytest.mark.parametrize(
    "given", [badge("adapt"), guild.signed(guild.badge(id="urn:uuid:adapt"))], ids=["text", "object"]
)
def test_a_badge_may_stand_in_the_list_by_itself_as_draft_14_had_it(sonia: Sonia, given: Any):
    fablab = Fablab(instead={"credential": (200, {"credentials": [given]})})
    sonia.sees(fablab, offered(fablab))

    assert [one.kind for one in sonia.takes(fablab)] == ["added"]
    assert sonia.badges == ["urn:uuid:adapt"]


def test_an_answer_may_begin_with_the_mark_of_its_encoding(sonia: Sonia):
    def marks(body: dict[str, Any]) -> tuple[int, bytes]:
        return 200, b"\xef\xbb\xbf" + json.dumps(body).encode()

    fablab = Fablab()
    fablab.instead = {"credential": marks({"credentials": [{"credential": fablab.badges["adapt"]}]})}
    sonia.sees(fablab, offered(fablab))

    assert [one.kind for one in sonia.takes(fablab)] == ["added"]


def test_two_kinds_are_two_badges_each_with_a_key_of_its_own(sonia: Sonia):
    fablab = Fablab(badges={"one": badge("one"), "two": badge("two")})
    sonia.sees(fablab, offered(fablab))

    assert [one.kind for one in sonia.takes(fablab)] == ["added", "added"]
    assert sonia.badges == ["urn:uuid:one", "urn:uuid:two"]
    assert len(set(sonia.dids)) == 2
    assert fablab.asked == ["metadata", "server", "token", *["nonce", "credential"] * 2]


@pytest.mark.breadth
def test_all_badges_that_the_token_names_come_and_of_those_beyond_she_reads(
    sonia: Sonia, monkeypatch: pytest.MonkeyPatch
):
    """Nothing is lost: Fablab offers Sonia one kind of badge, and has twelve of it for her."""
    fablab = Fablab(identifiers={"adapt": [f"adapt-{number}" for number in range(12)]})

    def each_is_another(_what: str) -> None:
        fablab.badges["adapt"] = badge(f"adapt-{fablab.asked.count('credential')}")

    fablab.before = each_is_another
    sonia.sees(fablab, offered(fablab))
    assert [one.kind for one in sonia.takes(fablab)] == ["added"] * 12

    monkeypatch.setattr(exchanges, "MOST_DOCUMENTS", 3)
    fablab.code = "another"
    sonia.sees(fablab, offered(fablab))
    told = [(one.kind, one.reason) for one in sonia.takes(fablab)]
    assert told == [("added", "")] * 3 + [("problem", "offer-not-given")]


@pytest.mark.breadth
def test_of_an_offer_of_sixty_badges_fifty_come_and_of_those_beyond_she_reads(sonia: Sonia):
    """Nothing is lost, and nothing is missing of the link: no issuer says how many are offered at once (OpenID4VCI 1.0, 4.1.1)."""
    fablab = Fablab(badges={f"b{number}": badge(f"b{number}") for number in range(60)})

    assert len(sonia.sees(fablab, offered(fablab)).badges) == 50
    told = [(one.kind, one.reason) for one in sonia.takes(fablab)]
    assert told == [("added", "")] * 50 + [("problem", "offer-not-given")]


def test_badges_of_one_kind_that_the_token_names_each_by_itself_come_all(sonia: Sonia):
    """Nothing is lost: its kind stands there three times, and one badge twice (RFC 9396, 2)."""
    named = [["adapt-1"], ["adapt-1", "adapt-2"], ["adapt-2"]]
    details = [{"credential_configuration_id": "adapt", "credential_identifiers": names} for names in named]
    fablab = Fablab(identifiers={"adapt": ["adapt-1", "adapt-2"]}, token_more={"authorization_details": details})
    sonia.sees(fablab, offered(fablab))

    sonia.takes(fablab)

    asked = [json.loads(one.body) for one, what in zip(fablab.sent, fablab.asked, strict=True) if what == "credential"]
    assert [one["credential_identifier"] for one in asked] == ["adapt-1", "adapt-2"]


@pytest.mark.breadth
def test_what_one_exchange_asks_no_more_for_comes_by_the_next(sonia: Sonia):
    """Nothing is lost: of ten badges, each of which Fablab wants to be asked for twice, Sonia has the tenth, too."""
    fablab = Fablab(badges={f"b{number}": badge(f"b{number}") for number in range(10)}, wants_did=True)
    sonia.sees(fablab, offered(fablab))
    fablab.asked.clear()

    def of_an_exchange(what: str) -> None:
        fablab.silent = {what: "too-many"} if len(fablab.asked) > OF_AN_EXCHANGE else {}

    fablab.before = of_an_exchange
    assert [one.reason for one in sonia.takes(fablab)] == [""] * 9 + ["offer-awaited"]
    for _ in range(2):
        fablab.asked.clear()
        sonia.later(fablab, minutes=1)

    assert len(sonia.badges) == 10


def test_an_issuer_fills_no_row_with_what_it_hands_out(sonia: Sonia, monkeypatch: pytest.MonkeyPatch):
    fablab = Fablab(badges={"adapt": badge("adapt"), "listen": badge("listen")})
    sonia.sees(fablab, offered(fablab))
    monkeypatch.setattr(taking, "MOST_BYTES", 4_000)

    assert [(one.kind, one.reason) for one in sonia.takes(fablab)] == [("added", ""), ("problem", "offer-not-given")]


def test_of_two_badges_the_one_that_does_not_come_is_told_beside_the_other(sonia: Sonia):
    fablab = Fablab(badges={"one": badge("one"), "two": badge("two")})
    sonia.sees(fablab, offered(fablab))

    def second_is_denied(what: str) -> None:
        if what == "credential" and fablab.asked.count(what) == 2:
            fablab.instead = {"credential": (400, {"error": "credential_request_denied"})}

    fablab.before = second_is_denied
    assert [(one.kind, one.reason) for one in sonia.takes(fablab)] == [("added", ""), ("problem", "offer-denied")]
    assert sonia.badges == ["urn:uuid:one"]


@pytest.mark.breadth
def test_whoever_has_no_wallet_becomes_a_visitor_and_the_second_tap_is_theirs_too(wallets: Database, tmp_path: Path):
    kevin = Sonia(wallets, tmp_path)
    fablab = Fablab()
    kevin.sees(fablab, offered(fablab))

    first = kevin.takes(fablab)
    device = kevin.device
    assert kevin.takes(fablab) == first
    assert kevin.device == device != ""
    kevin.clock.move(minutes=2)
    with pytest.raises(Missing):
        kevin.takes(fablab)  # by then the browser is known by its cookie, or it is somebody else's
    with wallets.reading() as session:
        assert holders.recognise(session, device, kevin.clock()) is not None


def test_an_offer_is_hers_alone_and_over_after_half_an_hour(sonia: Sonia, wallets: Database, tmp_path: Path):
    fablab = Fablab()
    sonia.sees(fablab, offered(fablab))
    id, token = sonia.offered
    kevin = Sonia(wallets, tmp_path).signs_in()

    for holder_id, secret in ((kevin.holder_id, token), (None, token), (sonia.holder_id, "")):
        with wallets.reading() as session, pytest.raises(Missing):
            openid4vci.get_issuance(session, id, secret, holder_id, sonia.keys, sonia.clock())
    sonia.clock.move(minutes=30)
    with pytest.raises(Missing):
        sonia.takes(fablab)
    assert not wallets.write(openid4vci.forget_ended_issuances, sonia.clock())
    assert sonia.rows(Issuance) == []


def test_who_taps_at_the_last_moment_has_the_time_to_go_on(sonia: Sonia):
    fablab = Fablab(silent={"credential": "timeout"})
    sonia.sees(fablab, offered(fablab))
    sonia.clock.move(minutes=29, seconds=59)
    assert reason(sonia.takes, fablab) == "offer-no-answer"

    sonia.clock.move(minutes=5)
    fablab.silent = {}
    assert [one.kind for one in sonia.takes(fablab)] == ["added"]


def test_of_two_taps_at_once_one_asks_and_both_have_the_badge(sonia: Sonia, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(taking, "LOOKS_EVERY", 0.01)
    fablab, answers, second = Fablab(), list[Any](), list[Thread]()
    sonia.sees(fablab, offered(fablab))

    def tap() -> None:
        answers.append(sonia.takes(fablab))

    def tap_again(what: str) -> None:
        if what == "token":
            second.append(Thread(target=tap))
            second[-1].start()

    fablab.before = tap_again
    tap()
    second[0].join()

    assert fablab.asked == ALL_STEPS
    assert answers[0] == answers[1]
    assert len(sonia.badges) == 1


def test_in_two_tabs_the_code_of_one_link_is_sent_once(sonia: Sonia, monkeypatch: pytest.MonkeyPatch):
    """Nothing is lost: with some issuers a second use ends what came of the first one."""
    monkeypatch.setattr(taking, "PATIENCE", 0)
    fablab = Fablab()
    offer, tabs, told = offered(fablab), [], []
    for _ in range(2):
        sonia.sees(fablab, offer)
        tabs.append(sonia.offered)

    def the_other_tab(what: str) -> None:
        if what == "token":
            sonia.offered = tabs[0]
            told.append(reason(sonia.takes, fablab))

    fablab.before = the_other_tab
    assert [one.kind for one in sonia.takes(fablab)] == ["added"]
    assert told == ["offer-no-answer"]
    assert [one.kind for one in sonia.takes(fablab)] == ["added"], "as the first one was told"
    assert (fablab.asked.count("token"), len(sonia.badges)) == (1, 1)


def test_who_opens_the_link_that_sonia_took_is_told_nothing_of_hers(sonia: Sonia, wallets: Database, tmp_path: Path):
    fablab = Fablab()
    offer = offered(fablab)
    sonia.sees(fablab, offer)
    sonia.takes(fablab)
    kevin = Sonia(wallets, tmp_path, clock=sonia.clock).signs_in()
    kevin.sees(fablab, offer)

    assert reason(kevin.takes, fablab) == "offer-used"


def test_who_died_after_the_code_was_sent_is_told_that_nobody_knows(sonia: Sonia, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(taking, "PATIENCE", 0)
    fablab = Fablab()
    sonia.sees(fablab, offered(fablab))

    def dies(*_told: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(requests, "ask_token", dies)
        with pytest.raises(KeyboardInterrupt):
            sonia.takes(fablab)
    assert reason(sonia.takes, fablab) == "offer-no-answer", "somebody may be at it"
    sonia.clock.move(seconds=41)
    assert reason(sonia.takes, fablab) == "offer-unknown"
    assert "token" not in fablab.asked
    assert sonia.row.sealed == b""


def test_a_badge_that_is_taken_twice_keeps_the_key_of_its_document(sonia: Sonia):
    for _ in range(2):
        fablab = Fablab()
        sonia.sees(fablab, offered(fablab))
        sonia.takes(fablab)

    assert len(sonia.badges) == len(sonia.dids) == 1


@pytest.mark.parametrize("told", [{}, {"description": "Une fois de plus."}], ids=["the same", "another"])
@pytest.mark.breadth
def test_a_badge_that_was_removed_and_is_taken_once_more_keeps_the_key_of_the_document_that_it_has(
    sonia: Sonia, told: dict[str, Any]
):
    fablab = Fablab()
    sonia.sees(fablab, offered(fablab))
    sonia.takes(fablab)
    (before,), dids = sonia.rows(KeptBadge), sonia.dids
    with sonia.database.writing() as session:
        badges.remove_badge(session, before.holder_id, before.id, sonia.clock())
    again = Fablab(badges={"adapt": badge("adapt", **told)})
    sonia.sees(again, offered(again))

    assert [one.kind for one in sonia.takes(again)] == ["added"]

    (after,) = sonia.rows(KeptBadge)
    assert (after.removed_at, after.document, sonia.dids) == (None, before.document, dids)


def test_what_is_no_badge_is_not_kept_and_makes_nobody_a_visitor(wallets: Database, tmp_path: Path):
    kevin = Sonia(wallets, tmp_path)
    fablab = Fablab(badges={"adapt": "no.badge.this"})
    kevin.sees(fablab, offered(fablab))

    (outcome,) = kevin.takes(fablab)

    assert outcome.kind == "problem"
    assert kevin.device == ""
    assert kevin.badges == []
    assert reason(kevin.takes, fablab) == "offer-other-kind"


def test_a_badge_that_finds_no_room_waits_for_the_next_tap(sonia: Sonia, monkeypatch: pytest.MonkeyPatch):
    fablab = Fablab()
    sonia.sees(fablab, offered(fablab))
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(badges, "MOST_BADGES", 0)
        assert [one.reason for one in sonia.takes(fablab)] == ["too-many"]
    asked = list(fablab.asked)

    assert [one.kind for one in sonia.takes(fablab)] == ["added"]
    assert fablab.asked == asked


def test_what_could_not_be_kept_beside_another_badge_comes_by_itself(sonia: Sonia, monkeypatch: pytest.MonkeyPatch):
    fablab = Fablab(badges={"one": badge("one"), "two": badge("two")})
    sonia.sees(fablab, offered(fablab))
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(badges, "MOST_BADGES", 1)
        assert [(one.kind, one.reason) for one in sonia.takes(fablab)] == [("added", ""), ("problem", "too-many")]
        sonia.later(fablab, minutes=2)
        assert sonia.badges == ["urn:uuid:one"]
    asked = list(fablab.asked)

    sonia.later(fablab, hours=2)

    assert sonia.badges == ["urn:uuid:one", "urn:uuid:two"]
    assert len(set(sonia.dids)) == 2
    assert fablab.asked == asked
    sonia.later(fablab, seconds=1)
    assert (fablab.told[:1], sonia.row.sealed, sonia.row.due_at) == (["credential_accepted"], b"", None)


@pytest.mark.breadth(beside=["sqlite"])
def test_a_badge_that_nobody_had_time_to_look_at_beside_another_is_told_to_come(
    sonia: Sonia, monkeypatch: pytest.MonkeyPatch
):
    fablab = Fablab(badges={"one": badge("one"), "two": badge("two")})
    sonia.sees(fablab, offered(fablab))
    look, looked = taking.badges.import_file, list[str]()

    def second_is_busy(name: str, *what: Any) -> Any:
        looked.append(name)
        return [ImportOutcome(name, "problem", "busy")] if len(looked) == 2 else look(name, *what)

    monkeypatch.setattr(taking.badges, "import_file", second_is_busy)
    assert [(one.kind, one.reason) for one in sonia.takes(fablab)] == [("added", ""), ("problem", "offer-later")]

    sonia.later(fablab, minutes=2)

    assert sonia.badges == ["urn:uuid:one", "urn:uuid:two"]


def test_a_key_goes_with_its_badge(sonia: Sonia, wallets: Database):
    fablab = Fablab()
    sonia.sees(fablab, offered(fablab))
    sonia.takes(fablab)
    (kept,) = sonia.rows(KeptBadge)

    with wallets.writing() as session:
        session.delete(session.get_one(KeptBadge, kept.id))
    assert sonia.dids == []


def test_an_offer_lasts_half_an_hour() -> None:
    assert timedelta(minutes=30) == openid4vci.OFFER_LASTS


@pytest.mark.soak
def test_five_hundred_double_taps_are_five_hundred_badges(wallets: Database, tmp_path: Path):
    """Two workers at the same moment, with nothing but the database between them."""
    sonia = Sonia(wallets, tmp_path).signs_in()
    for number in range(500):
        fablab = Fablab(badges={"adapt": badge(str(number))})
        sonia.sees(fablab, offered(fablab))
        start, answers = Barrier(2), list[Any]()

        def tap(fablab: Fablab = fablab, start: Barrier = start, answers: list[Any] = answers) -> None:
            start.wait()
            answers.append(sonia.takes(fablab))

        both = [Thread(target=tap) for _ in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join()
        assert fablab.asked == ALL_STEPS
        assert len(answers) == 2
        assert answers[0] == answers[1]
        sonia.clock.move(minutes=31)
        wallets.write(openid4vci.forget_ended_issuances, sonia.clock())
    assert len(sonia.badges) == len(set(sonia.dids)) == 500
