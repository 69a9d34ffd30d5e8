"""Whose key it is: nobody signs as Harvard because the badge says so."""

import json
from typing import Any

import pytest

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild
from tests.openbadges.support.guild import DID_DOCUMENT, KEY, OTHER_KEY, PROFILE, WEB_DID, Answer
from wallet.openbadges.examination import Fetched, Unreachable, Web
from wallet.openbadges.proofs.controllers import Key, key_in_header, key_of_method, keys_of_issuer
from wallet.openbadges.proofs.key_documents import NoKey
from wallet.openbadges.proofs.keys import PublicKey, public_key_from_jwk

HARVARD = "https://harvard.example/issuer"
JWKS = "https://guild.example/.well-known/jwks.json"
FRAGMENT = f"{PROFILE}#{guild.multikey(KEY)}"


def public(key: guild.PrivateKey = KEY) -> PublicKey:
    return public_key_from_jwk(guild.jwk(key))


def found(method: str, issuer: str, **answers: Answer) -> Key:
    return key_of_method(method, issuer, guild.web(answers))


def at(method: str, issuer: str, answers: dict[str, Answer]) -> Key:
    return key_of_method(method, issuer, guild.web(answers))


def refused(method: str, issuer: str, answers: dict[str, Answer] | None = None) -> NoKey:
    with pytest.raises(NoKey) as problem:
        key_of_method(method, issuer, guild.web(answers))
    return problem.value


@pytest.mark.parametrize("name", [guild.did(), guild.did_jwk(KEY)])
def test_an_issuer_that_is_its_key_certifies_itself(name: str) -> None:
    fragment = "0" if name.startswith("did:jwk") else guild.multikey(KEY)

    assert found(f"{name}#{fragment}", name) == Key(public(), "self-certified")
    assert found(name, name) == Key(public(), "self-certified")


def test_one_key_under_two_names_is_one_issuer() -> None:
    assert found(guild.method(), guild.did_jwk(KEY)).binding == "self-certified"


def test_a_key_of_somebody_else_does_not_fit_an_issuer_that_is_its_key() -> None:
    assert found(guild.method(OTHER_KEY), guild.did()) == Key(public(OTHER_KEY), "mismatch", "key-of-another")
    assert found(guild.method(), "did:key:z0") == Key(public(), "mismatch", "key-malformed")


def test_a_fragment_that_is_another_key_is_no_key() -> None:
    problem = refused(f"{guild.did()}#{guild.multikey(OTHER_KEY)}", guild.did())

    assert problem.outcome == "failed"
    assert problem.reason == "key-not-in-document"


@pytest.mark.parametrize(("did", "failed"), [("did:key:z0", True), ("did:key:Zabc", True), ("did:key:z6MkN", False)])
def test_a_name_that_is_no_key_will_never_be_one(did: str, failed: bool) -> None:
    assert (refused(did, did).outcome == "failed") == failed


def test_a_kind_of_key_that_we_do_not_know_is_not_called_wrong() -> None:
    bls12_381 = "did:key:" + guild.to_multibase(b"\xeb\x01" + b"\2" * 96)

    assert refused(bls12_381, bls12_381).outcome == "unknown"


def test_a_web_did_is_proven_by_its_document() -> None:
    assert at(f"{WEB_DID}#key-1", WEB_DID, {DID_DOCUMENT: guild.did_document()}) == Key(public(), "proven")


@pytest.mark.parametrize(
    "method", ["#key-1", f"{WEB_DID}#key-1", {"id": "#key-1", "publicKeyMultibase": guild.multikey(KEY)}]
)
def test_a_document_may_name_its_keys_in_short(method: Any) -> None:
    document = guild.did_document(assertionMethod=[method])
    if isinstance(method, dict):
        document["verificationMethod"] = []
    else:
        document["verificationMethod"][0]["id"] = "#key-1"

    assert at(f"{WEB_DID}#key-1", WEB_DID, {DID_DOCUMENT: document}).binding == "proven"


@pytest.mark.parametrize("assertions", [[], [f"{WEB_DID}#key-2"], None])
def test_a_key_for_other_uses_does_not_sign_badges(assertions: list[str] | None) -> None:
    document = guild.did_document(assertionMethod=assertions)
    if assertions is None:
        del document["assertionMethod"]

    assert at(f"{WEB_DID}#key-1", WEB_DID, {DID_DOCUMENT: document}) == Key(
        public(), "mismatch", "key-not-for-assertions"
    )


def test_a_document_about_somebody_else_says_nothing() -> None:
    document = guild.did_document(name="did:web:evil.example")

    assert refused(f"{WEB_DID}#key-1", WEB_DID, {DID_DOCUMENT: document}).reason == "document-of-another"


@rows("answer", ["timeout", 404, 410, 500, b"<html>", b"[]", b"\xff"])
def test_a_document_that_does_not_answer_leaves_the_key_unknown(answer: Answer) -> None:
    problem = refused(f"{WEB_DID}#key-1", WEB_DID, {DID_DOCUMENT: answer})

    assert problem.outcome == "unknown"
    assert problem.reason in ("key-document-unreachable", "key-document-unreadable")


def test_an_answer_from_another_host_is_not_the_issuers_word() -> None:
    def fetch(address: str) -> Fetched:
        body = json.dumps(guild.did_document()).encode()
        return Fetched(address="https://evil.example/did.json", status=200, media_type="", body=body)

    with pytest.raises(NoKey) as problem:
        key_of_method(f"{WEB_DID}#key-1", WEB_DID, Web(fetch, guild.NOW))

    assert problem.value.reason == "redirected-elsewhere"


def test_a_name_that_leads_nowhere_leaves_the_key_unknown() -> None:
    assert refused("did:web:..#key-1", "did:web:..").reason == "issuer-not-resolvable"
    assert refused("did:ebsi:zabc#1", "did:ebsi:zabc").reason == "did-method-unsupported"
    assert refused("z6MkNothing", "https://x.example").reason == "key-address-unsupported"
    assert refused("https://[::1#key", "https://[::1").reason == "issuer-not-resolvable"


def test_a_key_that_is_gone_from_the_document_is_a_mismatch() -> None:
    """The issuer's own word names other keys: it says nothing of this one."""
    method = f"{WEB_DID}#{guild.multikey(OTHER_KEY)}"

    assert at(method, WEB_DID, {DID_DOCUMENT: guild.did_document()}) == Key(
        public(OTHER_KEY), "mismatch", "key-not-in-document"
    )


def test_a_key_in_the_address_alone_is_only_claimed() -> None:
    """Anybody can write `https://harvard.example/issuer#z6Mk…` (docs/decisions.md 21)."""
    forged = at(f"{HARVARD}#{guild.multikey(OTHER_KEY)}", HARVARD, {})

    assert forged == Key(public(OTHER_KEY), "claimed", "key-document-unreachable")


def test_a_key_in_the_address_that_the_profile_does_not_list_is_a_mismatch() -> None:
    method = {"id": f"{PROFILE}#key-1", "publicKeyMultibase": guild.multikey(OTHER_KEY)}
    profile = {"id": PROFILE, "type": "Profile", "verificationMethod": [method]}

    assert at(FRAGMENT, PROFILE, {PROFILE: profile}).binding == "mismatch"


@pytest.mark.parametrize(
    "listing",
    [
        {"verificationMethod": [{"id": FRAGMENT, "publicKeyMultibase": guild.multikey(KEY)}]},
        {"verificationMethod": {"id": FRAGMENT, "publicKeyJwk": guild.jwk(KEY)}},
        {"verificationMethod": {"id": "#other", "publicKeyJwk": guild.jwk(KEY)}},
        {"assertionMethod": {"id": FRAGMENT, "publicKeyMultibase": guild.multikey(KEY)}},
        {"keys": [guild.jwk(KEY, kid="other")]},
    ],
)
def test_a_profile_that_lists_the_key_proves_it(listing: dict[str, Any]) -> None:
    assert at(FRAGMENT, PROFILE, {PROFILE: {"id": PROFILE, **listing}}) == Key(public(), "proven")


def test_a_list_of_keys_at_the_issuers_host_proves_it() -> None:
    for extra in ({}, {"iss": PROFILE}):
        assert at(FRAGMENT, PROFILE, {JWKS: {"keys": [guild.jwk(KEY)], **extra}}).binding == "proven"
    assert at(FRAGMENT, PROFILE, {JWKS: {"keys": [guild.jwk(KEY)], "iss": HARVARD}}).binding == "claimed"
    assert at(FRAGMENT, PROFILE, {JWKS: {"keys": [guild.jwk(OTHER_KEY)]}}).binding == "mismatch"
    assert at(FRAGMENT, PROFILE, {PROFILE: {"id": PROFILE}, JWKS: "timeout"}).binding == "claimed"


KEY_DOCUMENT = "https://guild.example/keys/1"


ED448 = {"kty": "OKP", "crv": "Ed448", "x": "AAAA", "kid": "key-1"}


def of_web(**method: Any) -> dict[str, guild.Answer]:
    written = {"id": f"{WEB_DID}#key-1", "type": "Multikey", "controller": WEB_DID} | method
    return {DID_DOCUMENT: {"id": WEB_DID, "verificationMethod": [written], "assertionMethod": [written["id"]]}}


@rows(
    ("issuer", "kid", "answers"),
    [
        (WEB_DID, f"{WEB_DID}#key-1", of_web(publicKeyHex="00")),
        (WEB_DID, "key-1", of_web(publicKeyJwk=ED448)),
        (WEB_DID, f"{WEB_DID}#key-1", of_web(id="#0", publicKeyJwk=ED448)),
        (WEB_DID, None, of_web(publicKeyJwk=ED448)),
        (PROFILE, "key-1", {PROFILE: {"id": PROFILE}, JWKS: {"keys": [ED448]}}),
        (PROFILE, None, {PROFILE: {"id": PROFILE, "publicKey": {"id": f"{PROFILE}#1", "publicKeyHex": "00"}}}),
    ],
)
def test_an_issuer_whose_keys_are_all_of_kinds_that_we_do_not_know_is_not_asked_again(
    issuer: str, kid: str | None, answers: dict[str, guild.Answer]
) -> None:
    """It was told as one that lists no key, or another one, and a person would come back each day."""
    found = guild.examine(guild.token(guild.badge(issuer), kid=kid), answers)

    assert (found.check("intact").reason, found.why_unknown) == ("key-unsupported", "unchecked")


@pytest.mark.parametrize(
    "answers",
    [
        of_web(),
        of_web(publicKey="https://guild.example/key"),
        of_web(publicKeyJwk=guild.jwk(KEY) | {"x": "AA"}),
        of_web(id="#0", publicKeyHex="00"),
    ],
)
def test_a_key_that_is_not_there_or_is_damaged_may_be_there_another_day(answers: dict[str, guild.Answer]) -> None:
    found = guild.examine(guild.signed(guild.badge(WEB_DID), by=f"{WEB_DID}#key-1"), answers)

    assert (found.check("intact").reason, found.why_unknown) == ("key-not-in-document", "later")


def test_a_key_document_that_the_profile_links_is_the_issuers() -> None:
    document = {"id": KEY_DOCUMENT, "controller": PROFILE, "publicKeyMultibase": guild.multikey(KEY)}
    profile = {"id": PROFILE, "verificationMethod": KEY_DOCUMENT}

    assert at(KEY_DOCUMENT, PROFILE, {KEY_DOCUMENT: document, PROFILE: profile}) == Key(public(), "proven")
    alone = at(KEY_DOCUMENT, PROFILE, {KEY_DOCUMENT: document, PROFILE: {"id": PROFILE}})
    assert alone == Key(public(), "claimed", "issuer-lists-no-key")


def test_the_keys_of_a_whole_site_may_be_for_its_sign_in() -> None:
    """They speak against no key that stands on that site, and for none."""
    signing = {KEY_DOCUMENT: {"id": KEY_DOCUMENT, "controller": PROFILE, "publicKeyMultibase": guild.multikey(KEY)}}
    sign_in = {JWKS: {"keys": [guild.jwk(OTHER_KEY, kid="oidc")]}}
    elsewhere = "https://keys.example/1"
    theirs = {elsewhere: {"id": elsewhere, "controller": PROFILE, "publicKeyMultibase": guild.multikey(KEY)}}
    lists_another = {PROFILE: guild.did_document(OTHER_KEY, PROFILE)}
    unlisted = Key(public(), "mismatch", "key-not-listed")

    for profile in ({PROFILE: {"id": PROFILE}}, {}):
        found = at(KEY_DOCUMENT, PROFILE, {**signing, **sign_in, **profile})
        assert found == Key(public(), "claimed", "issuer-lists-no-key")
        assert at(elsewhere, PROFILE, {**theirs, **sign_in, **profile}) == unlisted
    assert at(KEY_DOCUMENT, PROFILE, {**signing, **sign_in, **lists_another}) == unlisted


KEEPER = "did:web:keys.example"
KEPT = f"{KEEPER}#2026"
KEEPERS_DOCUMENT = "https://keys.example/.well-known/did.json"
TOKENS: list[dict[str, Any]] = [{"kid": None}, {"kid": None, "jwk": guild.jwk(KEY)}, {"kid": "2026"}, {"kid": KEPT}]


def linking(issuer: str, link: Any = KEPT, **members: Any) -> dict[str, Answer]:
    """An issuer that writes out one key, and names another by its address, which is the one that signs."""
    document = guild.did_document(OTHER_KEY, issuer, assertionMethod=[f"{issuer}#key-1", link])
    kept = {"id": KEPT, "controller": KEEPER, "publicKeyMultibase": guild.multikey(KEY)} | members
    keeper = {"id": KEEPER, "verificationMethod": [kept], "assertionMethod": [KEPT]}
    return {DID_DOCUMENT if issuer == WEB_DID else issuer: document, KEEPERS_DOCUMENT: keeper}


@pytest.mark.parametrize("issuer", [PROFILE, WEB_DID])
@pytest.mark.parametrize("link", [KEPT, {"id": KEPT}])
def test_a_key_that_is_linked_is_listed_whatever_the_badge_calls_it(issuer: str, link: Any) -> None:
    """It was refused, as none of the keys that the issuer lists, where the badge did not call it by that address."""
    answers = linking(issuer, link)
    for badge in (
        guild.signed(guild.badge(issuer), by=guild.method()),
        *(guild.token(guild.badge(issuer), **header) for header in TOKENS),
    ):
        assert guild.examine(badge, answers).state == "valid"
    assert at(guild.method(guild.P256_KEY), issuer, answers).binding == "mismatch"

    for members, reason in (
        ({"revoked": PAST}, "key-revoked"),
        ({"expires": PAST}, "key-expired"),
        ({"id": f"{KEEPER}#1"}, "key-not-listed"),
        ({"controller": "did:web:evil.example"}, "key-not-listed"),
    ):
        assert at(guild.method(), issuer, linking(issuer, link, **members)).reason == reason


@pytest.mark.parametrize("issuer", [PROFILE, WEB_DID])
def test_a_key_that_may_be_where_a_link_gives_no_answer_is_not_called_a_forgery(issuer: str) -> None:
    for silence in SILENT:
        answers = linking(issuer) | {KEEPERS_DOCUMENT: silence}
        for header in TOKENS:
            found = guild.examine(guild.token(guild.badge(issuer), **header), answers)
            assert (found.state, found.why_unknown) == ("unknown", "later")
        alone: dict[str, Answer] = {PROFILE: {"id": PROFILE, "assertionMethod": KEPT}, KEEPERS_DOCUMENT: silence}
        assert at(guild.method(), PROFILE, alone) == Key(public(), "claimed", "key-document-unreachable")
    assert at(guild.method(), issuer, linking(issuer) | {KEEPERS_DOCUMENT: 404}).binding == "mismatch"


def test_of_many_links_few_are_followed_and_what_may_stand_at_the_others_is_not_denied() -> None:
    links = [f"https://keys.example/{number}" for number in range(40)]
    answers: dict[str, Answer] = {PROFILE: {"id": PROFILE, "assertionMethod": links}}
    web = guild.web(answers)

    assert key_of_method(guild.method(), PROFILE, web) == Key(public(), "claimed", "too-many-keys")
    assert len([place for place in web.answers if place in links]) == 5
    assert guild.examine(guild.signed(guild.badge(PROFILE)), answers).why_unknown == "unchecked"
    assert guild.examine(guild.signed(guild.badge(PROFILE)), answers | {links[0]: "timeout"}).why_unknown == "later"


@rows("keys", [[], [guild.jwk(OTHER_KEY)]])
def test_a_link_that_is_asked_on_no_day_is_not_said_to_give_no_answer(keys: list[dict[str, Any]]) -> None:
    """Nobody is told to try again tomorrow: tomorrow it is as today."""
    link = "http://keys.example/1"
    profile = {"id": PROFILE, "verificationMethod": [*keys, link]}
    found = guild.examine(guild.signed(guild.badge(PROFILE)), {PROFILE: profile, link: Unreachable.NEVER})

    assert (found.state, found.why_unknown) == ("unknown", "unchecked")
    assert found.check("bound").reason == "address-never-asked"

    for header in TOKENS[:2]:
        token = guild.token(guild.badge(PROFILE), **header)
        found = guild.examine(token, {PROFILE: profile, link: Unreachable.NEVER})
        assert (found.state, found.why_unknown) == ("unknown", "unchecked")


@rows("issuer", [PROFILE, WEB_DID])
@rows("link", ["did:ebsi:zx", "did:ion:abc#k"])
@rows("header", [{"kid": None}, {"kid": None, "jwk": guild.jwk(KEY)}])
def test_a_key_that_is_linked_by_a_did_out_of_our_reach_is_not_denied(
    issuer: str, link: str, header: dict[str, Any]
) -> None:
    """What is signed under it is unknown, never false, as where the badge itself calls it so (proofs/dids.py)."""
    found = guild.examine(guild.token(guild.badge(issuer), **header), linking(issuer, link))
    assert (found.state, found.why_unknown) == ("unknown", "unchecked")

    alone: dict[str, Answer] = {PROFILE: {"id": PROFILE, "assertionMethod": [link, KEPT]}, **linking(PROFILE)}
    alone[PROFILE] = {"id": PROFILE, "assertionMethod": [*(f"did:ion:{number}" for number in range(9)), KEPT]}
    assert at(guild.method(), PROFILE, alone) == Key(public(), "proven"), "what can be asked is asked first"
    alone[KEEPERS_DOCUMENT] = 404
    assert at(guild.method(), PROFILE, alone) == Key(public(), "claimed", "did-method-unsupported")


@pytest.mark.parametrize("link", [guild.method(), guild.did(), f"{guild.did_jwk(KEY)}#0"])
@pytest.mark.parametrize("issuer", [PROFILE, WEB_DID])
def test_a_document_may_link_a_key_by_the_did_that_it_is(issuer: str, link: str) -> None:
    place, other = {PROFILE: PROFILE, WEB_DID: DID_DOCUMENT}[issuer], guild.method(OTHER_KEY)
    answers: dict[str, Answer] = {place: {"id": issuer, "assertionMethod": [link]}}

    for signed in (guild.signed(guild.badge(issuer)), guild.token(guild.badge(issuer), kid=None, jwk=guild.jwk(KEY))):
        assert guild.examine(signed, answers).state == "valid"
    assert at(other, issuer, answers) == Key(public(OTHER_KEY), "mismatch", "key-not-listed")

    for uses in ({"authentication": [link], "assertionMethod": []}, {"assertionMethod": ["did:key:z0", "did:jwk:e30"]}):
        assert at(guild.method(), issuer, {place: {"id": issuer, **uses}}).binding != "proven"
    for end, reason in (("revoked", "key-revoked"), ("expires", "key-expired")):
        written = {"id": guild.method(), "publicKeyMultibase": guild.multikey(KEY), end: PAST}
        listed = {"verificationMethod": [written], "assertionMethod": [guild.method(), link]}
        assert at(guild.method(), issuer, {place: {"id": issuer, **listed}}) == Key(public(), "claimed", reason)
    written = {"id": f"{issuer}#1", "publicKeyMultibase": guild.multikey(KEY)}
    listed = {"verificationMethod": [written], "assertionMethod": [link]}
    assert at(guild.method(), issuer, {place: {"id": issuer, **listed}}) == Key(public(), "proven"), "it has not ended"


@rows("silence", ["timeout", 404, 500, b"<html>", {"id": HARVARD}, {}, {"ok": True}])
def test_a_key_document_beside_a_profile_that_may_list_other_keys_proves_nothing(silence: guild.Answer) -> None:
    document = {"id": KEY_DOCUMENT, "controller": PROFILE, "publicKeyMultibase": guild.multikey(KEY)}

    assert at(KEY_DOCUMENT, PROFILE, {KEY_DOCUMENT: document, PROFILE: silence}).binding == "claimed"


@pytest.mark.parametrize("controller", [HARVARD, "https://evil.example/issuer"])
def test_a_key_document_elsewhere_proves_nothing(controller: str) -> None:
    address = "https://evil.example/key"
    document = {"id": address, "controller": controller, "publicKeyMultibase": guild.multikey(OTHER_KEY)}

    assert at(address, HARVARD, {address: document}).binding == "claimed"
    profile = {"id": HARVARD, "publicKey": [{"id": "#1", "publicKeyMultibase": guild.multikey(KEY)}]}
    assert at(address, HARVARD, {address: document, HARVARD: profile}).binding == "mismatch"


@rows(
    ("issuer", "name", "own"),
    [
        (WEB_DID, f"{WEB_DID}#key-1", {DID_DOCUMENT: guild.did_document()}),
        (PROFILE, KEY_DOCUMENT, {PROFILE: {"id": PROFILE, "verificationMethod": KEY_DOCUMENT}}),
    ],
)
def test_a_key_that_bears_the_address_of_the_issuers_at_another_address_proves_nothing(
    issuer: str, name: str, own: dict[str, Answer]
) -> None:
    """Found there by its `kid`, it was taken for the one that the issuer links: anybody signed in the name of any site."""
    address = "https://evil.example/key"
    written = {"id": name, "controller": issuer, "publicKeyJwk": guild.jwk(OTHER_KEY, kid=f"{address}#1")}
    answers = own | {address: {"verificationMethod": [written]}}

    assert at(f"{address}#1", issuer, answers).binding != "proven"
    for badge in (
        guild.signed(guild.badge(issuer), OTHER_KEY, f"{address}#1"),
        guild.token(guild.badge(issuer), OTHER_KEY, kid=f"{address}#1"),
    ):
        assert guild.examine(badge, answers).state != "valid"


def test_a_key_that_the_issuer_links_may_be_called_by_the_kid_within_it() -> None:
    written = {"id": f"{KEY_DOCUMENT}#1", "controller": PROFILE, "publicKeyJwk": guild.jwk(KEY, kid="abc")}
    profile = {"id": PROFILE, "verificationMethod": f"{KEY_DOCUMENT}#1"}
    answers: dict[str, Answer] = {KEY_DOCUMENT: {"verificationMethod": [written]}, PROFILE: profile}

    assert at(f"{KEY_DOCUMENT}#abc", PROFILE, answers) == Key(public(), "proven")


def test_unusable_keys_in_a_document_are_passed_over() -> None:
    document = guild.did_document()
    document["verificationMethod"] = [{"id": "#0"}, "nonsense", {"id": 5, "publicKeyJwk": {}}] + document[
        "verificationMethod"
    ]

    assert at(f"{WEB_DID}#key-1", WEB_DID, {DID_DOCUMENT: document}).binding == "proven"


def test_an_issuer_lists_its_own_keys() -> None:
    jwks = {"keys": [guild.jwk(KEY, kid="one"), guild.jwk(OTHER_KEY, kid="two")]}

    def keys(name: str) -> list[Key]:
        return keys_of_issuer(PROFILE, guild.web({JWKS: jwks}), name)

    assert keys("two") == [Key(public(OTHER_KEY), "proven")]
    assert len(keys("")) == len(keys("three")) == 2
    assert keys_of_issuer(guild.did(), guild.web()) == [Key(public(), "self-certified")]
    with pytest.raises(NoKey):
        keys_of_issuer("urn:uuid:nobody", guild.web())


def in_header(issuer: str, answers: dict[str, Answer] | None = None, **header: Any) -> Key:
    [key] = key_in_header(header, issuer, guild.web(answers))
    return key


def test_a_token_names_its_key_by_kid() -> None:
    documents: dict[str, Answer] = {DID_DOCUMENT: guild.did_document()}

    assert in_header(guild.did(), kid=guild.method()).binding == "self-certified"
    assert in_header(WEB_DID, documents, kid=f"{WEB_DID}#key-1").binding == "proven"
    assert in_header(WEB_DID, documents, kid="key-1").binding == "proven"
    assert in_header(WEB_DID, documents, kid="#key-1").binding == "proven"
    assert in_header(guild.did()).binding == "self-certified"
    assert in_header(PROFILE, {JWKS: {"keys": [guild.jwk(KEY, kid="a")]}}, kid="a").binding == "proven"


def test_a_token_may_name_a_list_of_keys() -> None:
    address = "https://guild.example/keys"
    jwks = {"keys": [guild.jwk(OTHER_KEY, kid="b"), guild.jwk(KEY, kid="a")]}

    key = in_header(PROFILE, {address: jwks, JWKS: jwks}, kid=f"{address}#a")

    assert key == Key(public(), "proven")


def test_a_key_in_the_header_is_a_claim_until_the_issuer_confirms_it() -> None:
    jwk = guild.jwk(KEY)

    assert in_header(PROFILE, jwk=jwk) == Key(public(), "claimed", "key-document-unreachable")
    assert in_header(PROFILE, {JWKS: {"keys": [jwk]}}, jwk=jwk).binding == "proven"
    assert in_header(PROFILE, {JWKS: {"keys": [guild.jwk(OTHER_KEY)]}}, jwk=jwk).binding == "mismatch"
    assert in_header(guild.did_jwk(KEY), jwk=jwk).binding == "self-certified"
    assert in_header(guild.did_jwk(OTHER_KEY), jwk=jwk).binding == "mismatch"
    assert in_header("did:example:1", jwk=jwk).binding == "claimed"


@pytest.mark.parametrize(
    ("jwk", "failed"), [({"kty": "OKP", "d": "x"}, True), ({"kty": "EC", "crv": "BLS12-381"}, False), ({}, False)]
)
def test_a_key_in_the_header_that_is_none_is_refused(jwk: dict[str, str], failed: bool) -> None:
    with pytest.raises(NoKey) as problem:
        key_in_header({"jwk": jwk}, PROFILE, guild.web())

    assert (problem.value.outcome == "failed") == failed


@rows("kid", ["../../etc/passwd", "' OR 1=1 --", "x" * 1_000_000, 5, None, ["a"]])
def test_a_kid_made_to_do_harm_only_finds_nothing(kid: object) -> None:
    with pytest.raises(NoKey):
        key_in_header({"kid": kid}, PROFILE, guild.web())


PAST, FUTURE = "2025-01-01T00:00:00Z", "2027-01-01T00:00:00Z"


def ending(**members: Any) -> dict[str, Any]:
    """The document of the guild's did:web, with *members* more in its key."""
    document = guild.did_document()
    document["verificationMethod"][0] |= members
    return document


@rows(
    ("members", "reason"),
    [
        ({}, ""),
        ({"revoked": FUTURE, "expires": FUTURE}, ""),
        ({"revoked": None}, ""),
        ({"revoked": False}, ""),
        ({"revoked": PAST}, "key-revoked"),
        ({"revoked": True}, "key-revoked"),
        ({"revoked": "long ago", "expires": FUTURE}, "key-revoked"),
        ({"expires": PAST}, "key-expired"),
        ({"expires": "soon"}, "key-expired"),
    ],
)
def test_a_key_that_its_issuer_ended_proves_nothing(members: dict[str, Any], reason: str) -> None:
    """Whoever has it today can write any day into a badge; and a badge from before is not called wrong."""
    answers: dict[str, Answer] = {DID_DOCUMENT: ending(**members)}
    method = f"{WEB_DID}#key-1"
    expected = Key(public(), "claimed", reason) if reason else Key(public(), "proven")

    assert at(method, WEB_DID, answers) == expected
    assert at(f"{WEB_DID}#{guild.multikey(KEY)}", WEB_DID, answers) == expected
    assert in_header(WEB_DID, answers) == in_header(WEB_DID, answers, kid="key-1") == expected
    assert in_header(WEB_DID, answers, jwk=guild.jwk(KEY)) == expected
    for signed in (guild.signed(guild.badge(WEB_DID), by=method), guild.token(guild.badge(WEB_DID), kid=method)):
        found = guild.examine(signed, answers)
        assert (found.state, found.why_unknown) == (("unknown", "unchecked") if reason else ("valid", None))


def test_the_keys_of_a_did_that_was_given_up_prove_nothing() -> None:
    answers: dict[str, Answer] = {DID_DOCUMENT: guild.did_document(deactivated=True)}

    assert at(f"{WEB_DID}#key-1", WEB_DID, answers) == Key(public(), "claimed", "key-revoked")


def test_a_key_for_other_uses_that_was_revoked_signs_no_presentation() -> None:
    """presented.py takes the keys that are for authentication alone by the reason."""
    answers: dict[str, Answer] = {DID_DOCUMENT: ending(revoked=PAST) | {"assertionMethod": []}}

    assert at(f"{WEB_DID}#key-1", WEB_DID, answers) == Key(public(), "mismatch", "key-revoked")


def test_a_key_document_that_says_that_it_was_revoked_is_believed() -> None:
    document = {"id": KEY_DOCUMENT, "controller": PROFILE, "publicKeyMultibase": guild.multikey(KEY), "revoked": PAST}
    others = {"id": PROFILE, "keys": [guild.jwk(OTHER_KEY)]}
    claimed = Key(public(), "claimed", "key-revoked")

    for profile in ({"id": PROFILE, "verificationMethod": KEY_DOCUMENT}, {"id": PROFILE, "keys": [guild.jwk(KEY)]}):
        assert at(KEY_DOCUMENT, PROFILE, {KEY_DOCUMENT: document, PROFILE: profile}) == claimed
    assert at(KEY_DOCUMENT, PROFILE, {KEY_DOCUMENT: document, PROFILE: others}).binding == "mismatch"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"expires": PAST}, {"expires": FUTURE}, Key(public(), "proven")),
        ({"expires": FUTURE}, {"revoked": PAST}, Key(public(), "claimed", "key-revoked")),
        ({"expires": PAST}, {"expires": PAST}, Key(public(), "claimed", "key-expired")),
    ],
)
def test_a_key_that_is_listed_twice_may_have_a_new_end_and_is_revoked_once(
    first: dict[str, str], second: dict[str, str], expected: Key
) -> None:
    multikey = guild.multikey(KEY)
    listed = [{"id": f"#{number}", "publicKeyMultibase": multikey} | one for number, one in enumerate((first, second))]

    assert at(FRAGMENT, PROFILE, {PROFILE: {"id": PROFILE, "verificationMethod": listed}}) == expected


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("names", [("#key-1", "#key-2"), ("#key-1", "#key-1")])
def test_a_key_that_is_revoked_in_one_place_is_not_used_by_the_name_that_it_has_in_another(
    names: tuple[str, str], number: int
) -> None:
    """Whoever made a badge with it chooses the name."""
    key = {"controller": WEB_DID, "publicKeyMultibase": guild.multikey(KEY)}
    listed = [key | {"id": name} for name in names]
    listed[number]["revoked"] = PAST
    document = {"id": WEB_DID, "verificationMethod": listed, "assertionMethod": list(names)}

    for name in names:
        method = f"{WEB_DID}{name}"
        assert at(method, WEB_DID, {DID_DOCUMENT: document}) == Key(public(), "claimed", "key-revoked")
        for signed in (guild.signed(guild.badge(WEB_DID), by=method), guild.token(guild.badge(WEB_DID), kid=method)):
            assert guild.examine(signed, {DID_DOCUMENT: document}).state == "unknown"


def test_an_issuer_revokes_a_key_that_has_a_document_of_its_own() -> None:
    """Nobody has to change that document, too."""
    document = {"id": KEY_DOCUMENT, "controller": PROFILE, "publicKeyMultibase": guild.multikey(KEY)}
    profile = {"id": PROFILE, "assertionMethod": [KEY_DOCUMENT], "verificationMethod": [document]}
    answers: dict[str, Answer] = {KEY_DOCUMENT: document, PROFILE: profile}

    assert at(KEY_DOCUMENT, PROFILE, answers) == Key(public(), "proven")
    answers[PROFILE] = profile | {"verificationMethod": [document | {"revoked": PAST}]}
    assert at(KEY_DOCUMENT, PROFILE, answers) == Key(public(), "claimed", "key-revoked")


@pytest.mark.parametrize("issuer", [PROFILE, WEB_DID])
def test_a_key_that_is_linked_is_of_no_use_once_the_issuer_gave_up_its_name(issuer: str) -> None:
    answers = linking(issuer)
    place = DID_DOCUMENT if issuer == WEB_DID else PROFILE
    document = answers[place]
    assert isinstance(document, dict)
    answers[place] = document | {"deactivated": True}

    assert at(KEPT, issuer, answers) == at(guild.method(), issuer, answers) == Key(public(), "claimed", "key-revoked")
    for badge in (
        guild.signed(guild.badge(issuer), by=KEPT),
        *(guild.token(guild.badge(issuer), **one) for one in TOKENS),
    ):
        assert guild.examine(badge, answers).state == "unknown"


@pytest.mark.parametrize("method", [f"{PROFILE}#key-1", KEPT, guild.method()])
def test_a_key_that_one_document_of_an_issuer_revoked_is_so_by_the_name_that_it_has_in_another(method: str) -> None:
    """Whoever made a badge with it chooses the name."""
    own = guild.did_document(KEY, PROFILE, assertionMethod=[f"{PROFILE}#key-1", KEPT])
    answers: dict[str, Answer] = linking(PROFILE) | {PROFILE: own}
    assert at(method, PROFILE, answers) == Key(public(), "proven")

    for revoking in ({JWKS: {"keys": [guild.jwk(KEY, kid="old", revoked=PAST)]}}, linking(PROFILE, revoked=PAST)):
        assert at(method, PROFILE, answers | revoking | {PROFILE: own}) == Key(public(), "claimed", "key-revoked")


@rows("issuer", [guild.did(), guild.did_jwk(KEY)])
@rows("kid", ["NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", "key-1", "#key-1"])
def test_a_did_that_is_a_key_has_one_key_however_a_token_calls_it(issuer: str, kid: str) -> None:
    assert in_header(issuer, kid=kid) == Key(public(), "self-certified")
    assert guild.examine(guild.token(guild.badge(issuer), kid=kid)).state == "valid"
    assert guild.examine(guild.token(guild.badge(issuer), kid=kid, typ="vc+sd-jwt") + "~").state == "valid"
    assert guild.examine(guild.token(guild.badge(issuer), OTHER_KEY, kid=kid)).state == "invalid"


def with_jwk(kid: Any, *others: guild.PrivateKey) -> dict[str, Any]:
    """The document of a did:web whose methods are called by their place, with a `kid` within the first one's key."""
    keys = [guild.jwk(KEY, kid=kid), *map(guild.jwk, others)]
    listed = [{"id": f"{WEB_DID}#{place}", "publicKeyJwk": key} for place, key in enumerate(keys)]
    return {"id": WEB_DID, "verificationMethod": listed, "assertionMethod": [method["id"] for method in listed]}


@rows("kid", ["abc", "#abc", f"{WEB_DID}#abc", WEB_DID, "0", "another"])
def test_a_token_of_a_web_did_may_call_its_key_otherwise_than_the_document(kid: str) -> None:
    answers: dict[str, Answer] = {DID_DOCUMENT: with_jwk("abc", OTHER_KEY)}
    signed = guild.token(guild.badge(WEB_DID), kid=kid)

    found = guild.examine(signed, answers)

    assert (found.state, found.binding) == ("valid", "proven")
    assert guild.examine(signed[:-9] + "AAAAAAAAA", answers).state != "valid"


@rows("answers", [{PROFILE: guild.did_document(KEY, PROFILE)}, {PROFILE: b"<html>", JWKS: {"keys": [guild.jwk(KEY)]}}])
@rows("header", [{}, {"jwk": guild.jwk(KEY)}])
def test_a_token_of_a_site_may_call_its_key_by_the_site_alone(
    answers: dict[str, Answer], header: dict[str, Any]
) -> None:
    """As that of a web DID may: Maria's badge was unknown, although its issuer lists the very key."""
    signed = guild.token(guild.badge(PROFILE), kid=PROFILE, **header)

    found = guild.examine(signed, answers)

    assert (found.state, found.binding) == ("valid", "proven")
    assert guild.examine(signed[:-9] + "AAAAAAAAA", answers).state != "valid"
    assert guild.examine(guild.token(guild.badge(PROFILE), OTHER_KEY, kid=PROFILE), answers).state == "unknown"


IN_A_VAULT = "https://guild.vault.example/keys/badges/1"
BY_ITS_THUMBPRINT = (
    f"{PROFILE}/keys/urn:ietf:params:oauth:jwk-thumbprint:sha-256:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
)


@rows("name", [IN_A_VAULT, BY_ITS_THUMBPRINT, f"{PROFILE}#key-1", "did:web:keys.example#1", "did:example:keys#1"])
@rows("answer", [404, "timeout", b"<html>", {"keys": []}])
@rows("place", [PROFILE, JWKS])
@pytest.mark.breadth
def test_a_key_that_is_listed_under_an_address_that_leads_nowhere_is_the_issuers(
    name: str, answer: Answer, place: str
) -> None:
    """Securing Verifiable Credentials using JOSE and COSE, 4.3, recommends the second, and clouds name keys by the first: of a
    badge whose issuer lists the very key by that name Maria read « plus tard » for ever."""
    asked: dict[str, Answer] = {name: answer, "https://keys.example/.well-known/did.json": answer}
    listed = {"id": name, "type": "JsonWebKey", "controller": PROFILE, "publicKeyJwk": guild.jwk(KEY)}
    documents: dict[str, Answer] = {
        PROFILE: {"id": PROFILE, "verificationMethod": [listed], "assertionMethod": [name]},
        JWKS: {"keys": [guild.jwk(KEY, kid=name)]},
    }
    answers = asked | {place: documents[place]}
    badge, token = guild.badge(PROFILE), guild.token(guild.badge(PROFILE), kid=name)

    for signed in (guild.signed(badge, by=name), token):
        found = guild.examine(signed, answers)
        assert (found.state, found.binding) == ("valid", "proven")
    assert guild.examine(token[:-9] + "AAAAAAAAA", answers).state == "invalid"
    assert guild.examine(token, asked).state == "unknown"


@rows("members", [{"revoked": "2026-02-01T00:00:00Z"}, {"use": "enc"}])
def test_a_key_that_is_listed_so_and_not_to_be_used_proves_nothing(members: dict[str, Any]) -> None:
    answers: dict[str, Answer] = {JWKS: {"keys": [guild.jwk(KEY, kid=IN_A_VAULT, **members)]}}

    assert guild.examine(guild.token(guild.badge(PROFILE), kid=IN_A_VAULT), answers).state == "unknown"


@pytest.mark.parametrize("kid", ["abc", WEB_DID])
def test_a_key_that_is_gone_is_not_called_a_forgery_because_others_did_not_sign(kid: str) -> None:
    answers: dict[str, Answer] = {DID_DOCUMENT: guild.did_document(OTHER_KEY)}

    found = guild.examine(guild.token(guild.badge(WEB_DID), kid=kid), answers)

    assert found.state == "unknown"
    assert found.checks[1].reason == "key-not-in-document"


def test_a_key_that_a_site_lists_no_more_is_not_called_a_forgery_either() -> None:
    """`kid` names a key (RFC 7515, 4.1.4), and issuers take old ones off their lists (OpenID Connect Core 1.0, 10.1.1)."""
    answers: dict[str, Answer] = {JWKS: {"keys": [guild.jwk(OTHER_KEY, kid="2026")]}}

    def state(**header: Any) -> str:
        return guild.examine(guild.token(guild.badge(PROFILE), **header), answers).state

    gone = guild.examine(guild.token(guild.badge(PROFILE), kid="2025"), answers)
    assert (gone.state, gone.check("intact").reason) == ("unknown", "key-not-in-document")
    assert (state(kid="2026"), state(kid=None)) == ("invalid", "invalid")


THUMBPRINT = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@pytest.mark.parametrize("issuer", [PROFILE, WEB_DID])
@pytest.mark.parametrize("kid", ["abc", "2026:1", "arn:aws:kms:eu-west-3:1:key/ab", THUMBPRINT])
def test_a_key_that_is_listed_by_its_name_did_not_sign_what_was_altered(kid: str, issuer: str) -> None:
    """A `kid` has any form (RFC 7517, 4.5), a colon in it as well (RFC 9278): an altered badge that named such a key was unknown."""
    document = with_jwk(kid) if issuer == WEB_DID else guild.did_document(KEY, PROFILE)
    if issuer == PROFILE:
        document["verificationMethod"] = [{"id": f"{PROFILE}#key-1", "publicKeyJwk": guild.jwk(KEY, kid=kid)}]
    head, said, _ = (token := guild.token(guild.badge(issuer), kid=kid)).split(".")
    altered = f"{head}.{said}.{guild.token({}, OTHER_KEY).split('.')[2]}"

    places: list[dict[str, Answer]] = [{DID_DOCUMENT: document, PROFILE: document}]
    if issuer == PROFILE:
        places.append({JWKS: {"keys": [guild.jwk(KEY, kid=kid), guild.jwk(OTHER_KEY, kid="web")]}})
    for answers in places:
        assert guild.examine(token, answers).state == "valid"
        found = guild.examine(altered, answers)
        assert (found.state, found.check("intact").reason) == ("invalid", "signature-does-not-match")


OTHERS: dict[str, Any] = {"keys": [guild.jwk(OTHER_KEY, kid="web")]}
SILENT: list[Answer] = ["timeout", 503, 429]


@pytest.mark.parametrize("silence", SILENT)
def test_a_key_may_be_listed_where_nobody_answers_now(silence: Answer) -> None:
    """The keys of an issuer stand in its profile or in the list of its host (Open Badges 3.0, 8.2.3): what is in the one says
    nothing of the other."""
    badge = guild.badge(PROFILE)
    headers: list[dict[str, Any]] = [{"kid": "k1"}, {"kid": None}, {}, {"kid": None, "jwk": guild.jwk(KEY)}]
    tokens = [guild.token(badge, **header) for header in headers]
    profile = guild.did_document(OTHER_KEY, PROFILE)
    for token in tokens:
        for answers in ({PROFILE: silence, JWKS: OTHERS}, {PROFILE: profile, JWKS: silence}):
            found = guild.examine(token, answers)
            assert (found.state, found.why_unknown) == ("unknown", "later")
    for answers in ({PROFILE: 404, JWKS: OTHERS}, {PROFILE: profile, JWKS: 404}):
        assert [guild.examine(token, answers).state for token in tokens[1:]] == ["invalid"] * 3


@pytest.mark.parametrize("silence", SILENT)
def test_a_key_that_is_listed_signs_though_another_place_is_silent(silence: Answer) -> None:
    listed = {"keys": [guild.jwk(KEY, kid="k1")]}
    token = guild.token(guild.badge(PROFILE), kid="k1")
    assert guild.examine(token, {PROFILE: silence, JWKS: listed}).state == "valid"

    head, said, _ = token.split(".")
    altered = f"{head}.{said}.{guild.token({}, OTHER_KEY).split('.')[2]}"
    assert guild.examine(altered, {PROFILE: silence, JWKS: listed}).state == "invalid"


def test_the_address_of_a_method_comes_before_the_kid_within_a_key() -> None:
    assert at(f"{WEB_DID}#1", WEB_DID, {DID_DOCUMENT: with_jwk("1", OTHER_KEY)}).key == public(OTHER_KEY)
    assert at(f"{WEB_DID}#1", WEB_DID, {DID_DOCUMENT: with_jwk("1")}).key == public()


@pytest.mark.parametrize("link", ["publicKey", "assertionMethod", "verificationMethod"])
@pytest.mark.parametrize("kid", [None, "k1", "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", f"{PROFILE}/keys/1"])
def test_a_key_that_stands_alone_goes_by_its_address_whatever_it_calls_itself(kid: str | None, link: str) -> None:
    """Open Badges 3.0, 8.2: `kid` is an address that leads to a JSON Web Key, in which `kid` is any name (RFC 7517, 4.5)."""
    key = f"{PROFILE}/keys/1"
    alone = guild.jwk(KEY) | ({"kid": kid} if kid else {})
    profile = {"id": PROFILE, "type": ["Profile"], link: [key]}

    assert at(key, PROFILE, {PROFILE: profile, key: alone}) == Key(public(), "proven")


@pytest.mark.parametrize("kid", [None, 5, "", ["abc"]])
def test_a_kid_within_a_key_that_is_no_name_names_nothing(kid: Any) -> None:
    answers: dict[str, Answer] = {DID_DOCUMENT: with_jwk(kid, OTHER_KEY)}

    assert refused(WEB_DID, WEB_DID, answers).reason == "key-not-in-document"
    assert guild.examine(guild.token(guild.badge(WEB_DID), OTHER_KEY, kid=WEB_DID), answers).state == "valid"


def test_a_key_for_other_uses_is_not_found_by_the_kid_within_it() -> None:
    answers: dict[str, Answer] = {DID_DOCUMENT: with_jwk("abc") | {"assertionMethod": []}}

    assert in_header(WEB_DID, answers, kid="abc").reason == "key-not-for-assertions"
    for kid in ("another", WEB_DID):
        found = guild.examine(guild.token(guild.badge(WEB_DID), kid=kid), answers)
        assert (found.state, found.checks[1].reason) == ("unknown", "key-not-in-document")
