"""Issuers that are bent: Sonia is told what is so, nothing breaks, nobody waits without end, and no code is spent for what cannot be."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import pytest

from tests.fixtures.fablab import Fablab, badge
from tests.fixtures.strangers import Stranger
from tests.issuance.bent_issuers import (
    BIG,
    DEEP,
    HOST,
    PACKED,
    PAGE,
    PICTURE,
    Bent,
    Wire,
    begun,
    breaks_off,
    drips,
    hangs,
    is_no_http,
    points,
    points_to_itself,
    says,
)
from tests.issuance.taking import Sonia
from tests.openbadges.support import guild, sd_jwts
from wallet.badges.models import KeptBadge
from wallet.issuance import exchanges, offers
from wallet.issuance.openid4vci.records import Issuance
from wallet.issuance.received import Failed, Reason
from wallet.network import Fetcher
from wallet.openbadges.proofs.multibase import to_base64url
from wallet.storage.database import Database

CANARY = "http://127.0.0.1:CANARY/"
"""A place of our own network, which nobody may ask."""
REASONS = {word for some in get_args(Reason) for word in (get_args(some) or (some,))}
PLAIN = guild.badge(id="urn:uuid:adapt")
IDENTITY = sd_jwts.issued({"iss": guild.did(), "vct": "urn:eudi:pid:1", "family_name": "Martin"})
"""Of another kind than badges, and not kept by anybody here."""


@dataclass(kw_only=True)
class Row:
    """A bent issuer, and what becomes of its offer."""

    why: str
    """A reason, or what becomes of the badge."""
    at: str = ""
    wire: Wire | None = None
    fablab: dict[str, Any] = field(default_factory=dict)
    spends: int = 0
    """How often the code is sent."""


def at(step: str, wire: Wire, why: str, spends: int = 0) -> Row:
    return Row(why=why, at=step, wire=wire, spends=spends)


def told(why: str, /, spends: int = 0, **fablab: Any) -> Row:
    return Row(why=why, fablab=fablab, spends=spends)


def given(why: str, credentials: Any, **more: Any) -> Row:
    """What the credential endpoint answers, after the code is spent."""
    return told(why, spends=1, instead={"credential": (200, {"credentials": credentials} | more)})


UNSIGNED = f"eyJhbGciOiJub25lIn0.{to_base64url(json.dumps(PLAIN).encode())}."
"""Its header says that nobody signed it."""
SILENT: dict[str, Row] = {
    "metadata hangs": at("metadata", hangs, "offer-no-answer"),
    "metadata drips": at("metadata", drips, "offer-no-answer"),
    "server drips": at("server", drips, "offer-no-answer"),
    "token hangs": at("token", hangs, "offer-unknown", 1),
    "token drips": at("token", drips, "offer-unknown", 1),
    "nonce hangs": at("nonce", hangs, "offer-no-answer", 1),
    "badge hangs": at("credential", hangs, "offer-no-answer", 1),
    "badge drips": at("credential", drips, "offer-no-answer", 1),
    "notification hangs": Row(why="added", at="notification", wire=hangs, spends=1),
}
BEFORE: dict[str, Row] = {
    "metadata is of another": told("offer-other-apps", more={"credential_issuer": "https://bank.example"}),
    "metadata is nobody's": told("offer-other-apps", more={"credential_issuer": None}),
    "metadata leads into the house": at("metadata", points(CANARY), "offer-no-answer"),
    "metadata leads to a file": at("metadata", points("file:///etc/passwd"), "offer-no-answer"),
    "metadata leads in a circle": at("metadata", points_to_itself, "offer-not-given"),
    "metadata is 3 MB": at("metadata", says(BIG), "offer-not-given"),
    "metadata is packed": at("metadata", says(b"\x1f\x8b", **PACKED), "offer-no-answer"),
    "metadata breaks off": at("metadata", breaks_off, "offer-no-answer"),
    "metadata is no HTTP": at("metadata", is_no_http, "offer-no-answer"),
    "metadata is broken": at("metadata", says(b"", 500), "offer-no-answer"),
    "metadata is a page": at("metadata", says(PAGE, Content_Type="text/html"), "offer-other-apps"),
    "metadata is deep": at("metadata", says(DEEP), "offer-other-apps"),
    "metadata is a list": at("metadata", says([]), "offer-other-apps"),
    "metadata is null": at("metadata", says(None), "offer-other-apps"),
    "no kinds": told("offer-denied", more={"credential_configurations_supported": None}),
    "kinds are a list": told("offer-denied", more={"credential_configurations_supported": ["adapt"]}),
    "the kind is text": told("offer-denied", more={"credential_configurations_supported": {"adapt": "jwt"}}),
    "another kind": told("offer-denied", more={"credential_configurations_supported": {"other": {}}}),
    "mdoc": told("offer-other-kind", format="mso_mdoc"),
    "no format": told("offer-other-kind", of_badge={"format": None}),
    "format is a list": told("offer-other-kind", of_badge={"format": ["jwt_vc_json"]}),
    "another algorithm": told(
        "offer-other-apps",
        of_badge={"proof_types_supported": {"jwt": {"proof_signing_alg_values_supported": ["ES512"]}}},
    ),
    "proofs of another type": told("offer-other-apps", of_badge={"proof_types_supported": {"attestation": {}}}),
    "proofs are text": told("offer-other-apps", of_badge={"proof_types_supported": "jwt"}),
    "attested keys": told(
        "offer-other-apps",
        of_badge={
            "proof_types_supported": {
                "jwt": {"proof_signing_alg_values_supported": ["ES256"], "key_attestations_required": {}}
            }
        },
    ),
    "keys of COSE": told("offer-other-apps", of_badge={"cryptographic_binding_methods_supported": ["cose_key"]}),
    "encrypted": told("offer-other-apps", more={"credential_response_encryption": {"encryption_required": True}}),
    "no endpoint": told("offer-other-apps", more={"credential_endpoint": ""}),
    "endpoint in the house": told("offer-not-safe", more={"credential_endpoint": CANARY}),
    "endpoint is a script": told("offer-not-safe", more={"credential_endpoint": "javascript:alert(1)"}),
    "nonces in the house": told("offer-not-safe", more={"nonce_endpoint": CANARY}),
    "nonces at a number": told("offer-other-apps", more={"nonce_endpoint": 5}),
    "notification in the house": told("offer-not-safe", more={"notification_endpoint": CANARY}),
    "server in the house": told("offer-not-safe", more={"authorization_servers": [CANARY]}),
    "server is of another": told("offer-other-apps", of_server={"issuer": "https://bank.example"}),
    "server is a page": at("server", says(PAGE, Content_Type="text/html"), "offer-other-apps"),
    "server leads into the house": at("server", points(CANARY), "offer-no-answer"),
    "server is broken": at("server", says(b"", 502), "offer-no-answer"),
    "server signs in": told("offer-sign-in", of_server={"grant_types_supported": ["authorization_code"]}),
    "server wants no strangers": told(
        "offer-other-apps", of_server={"pre-authorized_grant_anonymous_access_supported": False}
    ),
    "server wants attested clients": told(
        "offer-other-apps", of_server={"token_endpoint_auth_methods_supported": ["attest_jwt_client_auth"]}
    ),
    "tokens in the house": told("offer-not-safe", of_server={"token_endpoint": CANARY}),
    "tokens nowhere": told("offer-other-apps", of_server={"token_endpoint": None}),
}
AFTER: dict[str, Row] = {
    "token leads elsewhere": at("token", points("/token2"), "offer-unknown", 1),
    "token leads into the house": at("token", points(CANARY), "offer-unknown", 1),
    "token is broken": at("token", says(b"", 500), "offer-unknown", 1),
    "token is a page": at("token", says(PAGE, Content_Type="text/html"), "offer-unknown", 1),
    "token is 3 MB": at("token", says(BIG), "offer-unknown", 1),
    "token is deep": at("token", says(DEEP), "offer-unknown", 1),
    "token breaks off": at("token", breaks_off, "offer-unknown", 1),
    "no token": told("offer-unknown", 1, token_more={"access_token": None}),
    "token of two lines": told("offer-unknown", 1, token_more={"access_token": "a\r\nX-Evil: 1"}),
    "token is endless": told("offer-unknown", 1, token_more={"access_token": "x" * 20_000}),
    "DPoP": told("offer-other-apps", 1, token_more={"token_type": "DPoP"}),
    "code is used": told("offer-used", 1, instead={"token": (400, {"error": "invalid_grant"})}),
    "client is nobody": told("offer-other-apps", 1, instead={"token": (401, {"error": "invalid_client"})}),
    "token lasts for text": told("added", 1, token_more={"expires_in": "soon", "scope": ["x"]}),
    "names of badges are text": told("added", 1, token_more={"authorization_details": "x"}),
    "nonce is broken": at("nonce", says(b"", 500), "offer-no-answer", 1),
    "nonce is none": at("nonce", says({"c_nonce": ["x"]}), "offer-not-given", 1),
    "nonce leads into the house": at("nonce", points(CANARY), "offer-not-given", 1),
    "badge leads into the house": at("credential", points(CANARY), "offer-not-given", 1),
    "badge is broken": at("credential", says(b"", 500), "offer-no-answer", 1),
    "badge is a page": at("credential", says(PAGE, Content_Type="text/html"), "offer-other-kind", 1),
    "badge is 3 MB": at("credential", says(BIG), "offer-not-given", 1),
    "badge is deep": at("credential", says(DEEP), "offer-other-kind", 1),
    "badge is bytes": at("credential", says(b"\xff\xfe\x00"), "offer-other-kind", 1),
    "badge is encrypted": at("credential", says(b"eyJ.a.b.c.d", Content_Type="application/jwt"), "offer-other-kind", 1),
    "badge wants DPoP": told("offer-other-apps", 1, instead={"credential": (400, {"error": "use_dpop_nonce"})}),
    "badge is denied": told("offer-denied", 1, instead={"credential": (400, {"error": "credential_request_denied"})}),
    "token was not good": told("offer-used", 1, instead={"credential": (401, {"error": "invalid_token"})}),
    "proof is never good": told("offer-other-apps", 1, instead={"credential": (400, {"error": "invalid_proof"})}),
    "nonce is never good": told("offer-other-apps", 1, instead={"credential": (400, {"error": "invalid_nonce"})}),
    "names that are none": told(
        "added",
        1,
        more={"display": [None, 5, {"name": 5}, {"name": "x" * 100_000}, {"name": "a\u202eb\x07", "locale": "fr"}]},
        of_badge={"display": "x", "credential_metadata": [], "claims": {"x": 5}},
    ),
    "text for an object": told("added", 1, format="ldp_vc"),
    "an object for text": told("added", 1, badges={"adapt": guild.signed(PLAIN)}),
    "none": given("offer-other-kind", []),
    "null": given("offer-other-kind", None),
    "text for a list": given("offer-other-kind", "badge"),
    "a list of null": given("offer-other-kind", [None]),
    "a number": given("offer-other-kind", [{"credential": 5}]),
    "an address": given("offer-other-kind", [{"credential": "https://fablab.example/badge.json"}]),
    "an address in the house": given("offer-other-kind", [{"credential": CANARY}]),
    "empty text": given("offer-other-kind", [{"credential": ""}]),
    "empty object": given("offer-other-kind", [{"credential": {}}]),
    "mdoc in the end": given("offer-other-kind", [{"credential": "omdkb2NUeXBldW9yZy5pc28uMTgwMTMuNS4x"}]),
    "another kind in the end": given("offer-other-kind", [{"credential": IDENTITY}]),
    "1,000": given("added", [{"credential": badge("adapt")}] + [{"credential": "x"}] * 999),
    "a picture of 400 KB": given(
        "added", [{"credential": guild.token(PLAIN | {"image": {"id": PICTURE, "type": "Image"}})}]
    ),
    "for the key of another": given(
        "added", [{"credential": guild.token(PLAIN | {"cnf": {"kid": guild.did_jwk(guild.P256_KEY)}})}]
    ),
    "expired": given("added", [{"credential": guild.token(PLAIN | {"validUntil": "2026-02-01T00:00:00Z"})}]),
    "changed": given("added", [{"credential": guild.signed(PLAIN) | {"name": "Ministre"}}]),
    "nobody signed it": given("added", [{"credential": PLAIN}]),
    "signed by nobody": given("offer-other-kind", [{"credential": UNSIGNED}]),
    "an SD-JWT without its parts": given(
        "added", [{"credential": sd_jwts.issued(sd_jwts.plain(), ["achievement"], [])}]
    ),
    "a badge and a promise": given("added", [{"credential": badge("adapt")}], transaction_id="x", interval=60),
    "promise without a name": told("offer-other-apps", 1, instead={"credential": (202, {"interval": 60})}),
    "promise without a place": told(
        "offer-other-apps",
        1,
        waits=1,
        more={"deferred_credential_endpoint": ""},
    ),
    "promise of a text": told(
        "promised", 1, instead={"credential": (202, {"transaction_id": "x", "interval": "soon"})}
    ),
    "promise of no time": told("promised", 1, instead={"credential": (202, {"transaction_id": "x", "interval": -5})}),
    "notification is broken": told("added", 1, notification=500),
    "notification leads into the house": at("notification", points(CANARY), "added", 1),
}
OF_THE_OFFER: dict[str, Row] = {
    "offer hangs": at("offer", hangs, "offer-no-answer"),
    "offer leads into the house": at("offer", points(CANARY), "offer-no-answer"),
    "offer is broken": at("offer", says(b"", 503), "offer-no-answer"),
    "offer is gone": at("offer", says(b"", 404), "offer-used"),
    "offer is a page": at("offer", says(PAGE, Content_Type="text/html"), "offer-not-given"),
    "offer is 3 MB": at("offer", says(BIG), "offer-not-given"),
    "offer is deep": at("offer", says(DEEP), "offer-not-given"),
    "offer is of the house": at(
        "offer", says({"credential_issuer": CANARY, "credential_configuration_ids": ["a"]}), "offer-not-safe"
    ),
}
QUICK = ("metadata is of another", "server leads into the house", "DPoP", "1,000", "nobody signed it")
"""One of each sort, in every test run."""
ROWS = SILENT | BEFORE | AFTER | OF_THE_OFFER


def rows(some: dict[str, Row]) -> list[Any]:
    return [pytest.param(name, id=name, marks=() if name in QUICK else pytest.mark.soak) for name in some]


def in_place(value: Any, canary: Stranger) -> Any:
    """*value* with the canary's own place in it."""
    if isinstance(value, str):
        return value.replace(CANARY, canary.address())
    if isinstance(value, dict):
        return {name: in_place(one, canary) for name, one in value.items()}
    return [in_place(one, canary) for one in value] if isinstance(value, list) else value


def bent_by(row: Row, canary: Stranger) -> Bent:
    instead = {step: (status, in_place(said, canary)) for step, (status, said) in row.fablab.get("instead", {}).items()}
    fablab = Fablab(**{name: in_place(one, canary) for name, one in row.fablab.items()} | {"instead": instead})

    def placed(asked: Any) -> None:
        says_it = asked.says

        def says(body: bytes, status: int = 200, **headers: str) -> None:
            body = body.replace(CANARY.encode(), canary.address().encode())
            says_it(body, status, **in_place(headers, canary))

        asked.says = says
        assert row.wire
        row.wire(asked)

    return Bent(fablab=fablab, wire={row.at: placed} if row.at else {})


@pytest.fixture
def sonia(wallets: Database, tmp_path: Path) -> Sonia:
    return Sonia(wallets, tmp_path).signs_in()


def fetcher_for(bent: Bent) -> Fetcher:
    return Fetcher(allow_http=True, allow=[(HOST, bent.port)], total=1.0)


def become(sonia: Sonia, bent: Bent, offer: offers.Offer) -> str:
    """A reason, or what becomes of the badge: nothing else comes out."""
    fetcher = fetcher_for(bent)
    sonia.may_ask = fetcher.may_lead_to
    try:
        sonia.sees(fetcher.for_exchange(), offer)
        outcomes = sonia.takes(fetcher.for_exchange())
    except (offers.NotTaken, Failed) as problem:
        return problem.reason
    if sonia.row.state == "over":
        return sonia.row.reason
    return outcomes[0].kind if outcomes else sonia.row.state


@pytest.mark.parametrize("name", rows(ROWS))
@pytest.mark.breadth(
    beside=[
        "sqlite-metadata is of another",
        "sqlite-server leads into the house",
        "sqlite-DPoP",
        "sqlite-nobody signed it",
    ]
)
def test_a_bent_issuer_is_told_as_it_is(name: str, sonia: Sonia, canaries: Stranger) -> None:
    row = ROWS[name]
    with begun(bent_by(row, canaries)) as bent:
        offer = (
            offers.OfferAt(f"{bent.address}/offer")
            if row.at == "offer"
            else offers.read_offer(json.dumps(bent.fablab.offer()), lambda _: True)
        )

        assert become(sonia, bent, offer) == row.why

        assert bent.asked.count("token") == row.spends
        assert row.why in REASONS | {"added", "promised"}
        assert len(sonia.rows(KeptBadge)) == (row.why == "added")
        assert [one.state for one in sonia.rows(Issuance) if one.state in ("asking", "arrived")] == []


@pytest.mark.soak
@pytest.mark.parametrize("name", [name for name, row in AFTER.items() if row.spends and row.why.startswith("offer-")])
def test_a_code_is_not_sent_again_whatever_came_of_it(name: str, sonia: Sonia, canaries: Stranger) -> None:
    """She taps again, and again."""
    row = ROWS[name]
    with begun(bent_by(row, canaries)) as bent:
        offer = offers.read_offer(json.dumps(bent.fablab.offer()), lambda _: True)
        become(sonia, bent, offer)
        for _ in range(2):
            with pytest.raises(Failed):
                sonia.takes(fetcher_for(bent).for_exchange())
        assert bent.asked.count("token") == 1


@pytest.mark.soak
@pytest.mark.parametrize("name", [name for name, row in AFTER.items() if row.why == "added"])
def test_what_may_be_kept_says_no_more_than_is_so(name: str, sonia: Sonia, canaries: Stranger) -> None:
    row = ROWS[name]
    with begun(bent_by(row, canaries)) as bent:
        become(sonia, bent, offers.read_offer(json.dumps(bent.fablab.offer()), lambda _: True))
        (kept,) = sonia.rows(KeptBadge)
        expected = {"expired": "expired", "changed": "invalid", "nobody signed it": "unknown"}
        assert kept.state == expected.get(name, "unknown" if "parts" in name else "valid")
        assert kept.match is None


# --- exchanges --------------------------------------------------------------------------------------------------------

OF_EXCHANGES: dict[str, tuple[Wire, str]] = {
    "hangs": (hangs, "offer-unknown"),
    "drips": (drips, "offer-unknown"),
    "breaks off": (breaks_off, "offer-unknown"),
    "no HTTP": (is_no_http, "offer-unknown"),
    "packed": (says(b"\x1f\x8b", **PACKED), "offer-unknown"),
    "leads into the house": (points(CANARY), "offer-not-given"),
    "leads in a circle": (points_to_itself, "offer-not-given"),
    "3 MB": (says(BIG), "offer-not-given"),
    "broken": (says(b"", 500), "offer-unknown"),
    "busy": (says(b"", 429), "offer-no-answer"),
    "gone": (says(b"", 410), "offer-used"),
    "page": (says(PAGE, Content_Type="text/html"), "offer-not-given"),
    "deep": (says(DEEP), "offer-not-given"),
    "empty": (says(b""), "offer-not-given"),
    "null": (says(None), "offer-not-given"),
    "list of null": (says([None]), "offer-not-given"),
    "1,000": (says([PLAIN] * 1_000), "offer-not-given"),
    "another kind": (says(IDENTITY.encode()), "offer-other-kind"),
    "nobody signed it": (says(PLAIN), "added"),
    "a picture": (says(guild.signed(PLAIN | {"image": {"id": PICTURE, "type": "Image"}})), "added"),
}


@pytest.mark.parametrize("challenge", ["", "Qui ?"])
@pytest.mark.parametrize(
    "name", [pytest.param(name, id=name, marks=() if name == "page" else pytest.mark.soak) for name in OF_EXCHANGES]
)
def test_a_bent_exchange_is_told_as_it_is(name: str, challenge: str, sonia: Sonia, canaries: Stranger) -> None:
    wire, why = OF_EXCHANGES[name]
    if not challenge and why == "offer-unknown":
        why = "offer-no-answer"  # what was sent says nothing of anybody
    with begun(bent_by(Row(why=why, at="/exchange", wire=wire), canaries)) as bent:
        assert become(sonia, bent, offers.ExchangeAt(f"{bent.address}/exchange", challenge)) == why

        assert bent.asked == ["/exchange"]
        assert len(sonia.rows(KeptBadge)) == (why == "added")
        assert sonia.row.state == ("offered" if why in exchanges.NOTHING_LOST else "kept" if why == "added" else "over")


@pytest.mark.soak
@pytest.mark.parametrize(
    ("name", "wire", "why"),
    [
        ("hangs", hangs, "offer-no-answer"),
        ("drips", drips, "offer-no-answer"),
        ("leads into the house", points(CANARY), "offer-no-answer"),
        ("leads in a circle", points_to_itself, "offer-not-given"),
        ("3 MB", says(BIG), "offer-not-given"),
        ("broken", says(b"", 500), "offer-no-answer"),
        ("gone", says(b"", 404), "offer-used"),
        ("page", says(PAGE, Content_Type="text/html"), "offer-not-given"),
        ("deep", says(DEEP), "offer-not-given"),
        ("no protocols", says({}), "offer-not-given"),
        ("protocols in the house", says({"protocols": {"vcapi": CANARY}}), "offer-not-safe"),
        ("a protocol nobody knows", says({"protocols": {"carrierPigeon": CANARY}}), "offer-other-kind"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bent_interaction_is_told_as_it_is(name: str, wire: Wire, why: str, sonia: Sonia, canaries: Stranger) -> None:
    with begun(bent_by(Row(why=why, at="/i", wire=wire), canaries)) as bent:
        assert become(sonia, bent, offers.InteractionAt(f"{bent.address}/i")) == why
        assert sonia.rows(Issuance) == [], "nothing is kept of what cannot be"
