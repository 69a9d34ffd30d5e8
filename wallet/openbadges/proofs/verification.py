"""How a credential is secured, and whether that holds: by proofs inside it, or by the token around it.

Gives the credential as it was signed, less what no signature covers. Used for badges and for the lists that say
which badges were withdrawn: what is asked of one is asked of the other.
Sources: Verifiable Credential Data Integrity 1.0, 4.4; Securing Verifiable Credentials using JOSE and COSE, 3;
Verifiable Credentials Data Model 1.1, 6.3.1; Open Badges 3.0, 8.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .. import dates, strict_json, texts
from ..examination import Binding, Binds, Check, Outcome, Unverified, Web, gravest
from . import context_guard, contexts, nquads
from .controllers import Key, key_in_header, key_of_method
from .data_integrity import NOTHING_OWN, Fits, as_doubles, fits, proofs_of
from .jws import BadSignature, Token, Unsupported, signing_algorithm
from .key_documents import NoKey
from .suites import SUITES, suite_of
from .unsigned_members import say_something, unsigned_members, without
from .vocabularies.own_contexts import OwnContexts, own_words, types_among, with_written_out, written_out
from .walk.active_contexts import Unusual
from .walk.direct_statements import direct_statements

_DATA_INTEGRITY = "Verifiable Credential Data Integrity 1.0, Verify Proof Sets and Chains"
_MODEL_1_1 = "Verifiable Credentials Data Model 1.1, 6.3.1"
_JOSE = "Securing Verifiable Credentials using JOSE and COSE, 3"
_BOUND = "Open Badges 3.0, Verification"
_MOST_PROOFS = 6
CHARACTERS_OF_A_MEMBER = 200
"""Of a token, which take as long to read as a member of linked data takes to work out."""
_OF_ANOTHER_KIND = frozenset({"proof-unsupported", "algorithm-unsupported", "proof-for-holder-only"})
"""Why a proof is of a kind that we cannot check: it says nothing for a badge, and nothing against one beside it."""
_ASSERTS = "assertionMethod"
"""The purpose of a proof by which an issuer says what a badge says."""
_FOR_OTHER_ENDS = "proof-purpose"
"""Why a proof asserts nothing: it may be its holder's, made to sign in somewhere. Beside one that asserts it has no say (Verifiable
Credential Data Integrity 1.0, 4.2: each is verified for the purpose that is expected of it)."""
_OF_PARTS = "ecdsa-sd-2023"
"""The suite by which a holder shows some of what was signed."""
_TIMES_QUICKER = 10
"""A member of a document over which the walk goes (walk/direct_statements.py), and that is signed whole: less than a tenth of what
it costs the long way."""
_MOST_TO_READ = 40_000
"""Members of a document that has several proofs, times those of them that read it whole."""
_LEADS_TO_STATUS = b"<https://www.w3.org/2018/credentials#credentialStatus>"
Lack = Literal["beginning", "end", "status", "any_status"]
"""When a credential begins and ends, and a place where its withdrawal is told."""
_CLOSEST: tuple[Binding, ...] = ("proven", "self-certified", "claimed", "mismatch", "unknown")
_BINDING_OUTCOMES: Mapping[Binding, Outcome] = {
    "proven": "passed",
    "self-certified": "passed",
    "claimed": "unknown",
    "mismatch": "failed",
    "unknown": "unknown",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Secured:
    """A credential, and what its signature says of it."""

    credential: dict[str, Any]
    """As it was signed, without its proofs and without `unsigned`; as it was found when nothing verified."""
    intact: Check
    bound: Check
    binding: Binding
    mechanism: str
    """As `eddsa-rdfc-2022` or `VC-JWT, RS256`; "unsigned" where there is none."""
    generation: str = ""
    own_contexts: Mapping[str, str] = field(default_factory=lambda: NOTHING_OWN)
    """The contexts that were given with it under which it was signed, and the SHA-256 of each (vocabularies/own_contexts.py)."""
    own_words: tuple[str, ...] = ()
    """What is said in the words of these alone, or of contexts written out in it, as JSON pointers: it is not in
    `credential`, where in the place of a type stands ""."""
    unsigned: tuple[str, ...] = ()
    says_unsigned: bool = False
    """Whether something is said there: a null that no signature covers is no word of anybody."""
    hidden: Check | None = None
    """What speaks against its form, as the check `conforms`, or None."""
    token_begins: Any = None
    """What the token around it says of its beginning, as written (`nbf`)."""
    token_ends: Any = None
    """What the token around it says of its end, as written (`exp`)."""
    proofs_end: Any = None
    """When the last of its proofs ends, as written (`expires`); None where one of them has no end."""
    token_status: Any = None
    """Where the token around it says that its withdrawal would be told (`status`), as written."""
    id_within: str = ""
    """The id in a `vc` whose place another one takes (`jti`): its withdrawal may be told under either; "" where there is none."""
    not_shared: tuple[str, ...] = ()
    """JSON pointers of what holds more than the holder shares of it: once for each thing."""
    is_derived: bool = False
    """Whether its holder chose what is shown, and nobody can tell what is not (ecdsa-sd-2023)."""
    is_read_in_part: bool = False
    """Whether what is shown beside a token cannot be believed, or not read: what is missing may be among it."""
    may_lack: frozenset[Lack] = frozenset()
    """What may be among it, whatever else of the kind is shown; `any_status` only where no place is shown at all."""
    key_binding: Binds = ""
    has_certificate: bool = False
    """Whether a certificate beside it tells who issued it, which SD-JWT VC may leave to that."""
    key: str = ""
    """The thumbprint of the key that signed it (RFC 7638), "" where none is tied to the issuer."""

    @property
    def beginnings(self) -> tuple[Any, ...]:
        """When it begins, as written in each place that may say so."""
        return self.credential.get("validFrom"), self.credential.get("issuanceDate"), self.token_begins

    @property
    def ends(self) -> tuple[Any, ...]:
        """When it ends, as written in each place that may say so."""
        return (
            self.credential.get("validUntil"),
            self.credential.get("expirationDate"),
            self.token_ends,
            self.proofs_end,
        )


@dataclass(frozen=True, slots=True)
class _CheckedProof:
    """One proof that was looked at."""

    suite: str
    intact: Check
    key: Key | None = None
    fits: Fits | None = None
    is_without_key: bool = False
    """Whether its key is not known here: it may be good."""
    ends: Any = None
    """When it ends, as written (`expires`): nothing was forged then, and what it covers is no longer said."""


_TOO_MANY_PROOFS = _CheckedProof("", Check("intact", "unknown", "too-many-proofs", _DATA_INTEGRITY))


def issuer_of(credential: Mapping[str, Any]) -> str:
    """The id of the issuer that *credential* names, "" when it names none."""
    issuer = texts.single(credential.get("issuer"))
    name = issuer.get("id") if isinstance(issuer, dict) else issuer
    return name if isinstance(name, str) else ""


def secured_object(credential: dict[str, Any], web: Web) -> Secured:
    """*credential* with the proofs inside it looked at; every proof of a kind that we know must verify.

    Where it was signed alike without the contexts of what stands in it, these say nothing, and it is read without them.
    """
    found = _secured(credential, web)
    bare = context_guard.without_contexts_within(credential) if found.hidden else None
    alike = _secured(bare, web) if bare else found
    return alike if alike.intact.outcome == "passed" else found


def _secured(credential: dict[str, Any], web: Web) -> Secured:
    plain = {name: value for name, value in credential.items() if name != "proof"}
    if web.allowance is not None:
        # Each proof reads it whole.
        members = strict_json.count_members(credential) * max(1, len(texts.listed(credential.get("proof"))))
        is_near = web.allowance < members <= web.allowance * _TIMES_QUICKER
        web.spend(members // _TIMES_QUICKER if is_near and _is_quick(plain) else members)
    own = OwnContexts(web.contexts) if web.contexts or written_out(credential) else None
    if own:
        web.spend(own.cost(strict_json.count_members(credential)))
    checked = _check_proofs(credential, web, own)
    intact = _intact(checked)
    good = _closest(checked) if intact.outcome == "passed" else []
    try:
        unsigned = _unsigned(plain, good[0], own) if good and not any(proof.whole for proof in good) else ()
    except nquads.Inexpressible as problem:
        intact, unsigned, good = problem.check("intact", _DATA_INTEGRITY), (), []
    unsigned = (*_added_contexts(good), *unsigned)
    if "" in unsigned:
        intact, unsigned, good = Check("intact", "failed", "nothing-signed", _DATA_INTEGRITY), (), []
    if good and all(proof.as_doubles for proof in good):
        plain = as_doubles(plain)  # who signed the other digits would be shown with those of whoever changed them
    signing = [proof.key for proof in checked if proof.key and proof.fits]
    # Beside one of which we do not know whether it is good, that another's is says nothing: the issuer's may be the other.
    tying = [key for key in signing if intact.outcome == "passed" or key.binding != "mismatch"]
    bound, binding, signer = bound_by(intact, tying)
    used = {address: hash for proof in good for address, hash in proof.own.items()}
    # What is signed as text has no second spelling, and what is not signed hides nothing.
    is_data = bool(good) and all(proof.form == "rdfc" for proof in good)
    within = with_written_out(credential, own, {proof.generation for proof in good}) if own and is_data else None
    words = own_words(plain) if used or within else ()
    kinds = types_among(words) - {*unsigned}
    is_derived = bool(good) and _are_derived(good, checked)
    return Secured(
        credential=without(plain, {*unsigned, *words} - kinds, kinds) if unsigned or words else plain,
        intact=intact,
        bound=bound,
        binding=binding,
        key=signer,
        mechanism=" + ".join(dict.fromkeys(proof.suite for proof in checked if proof.suite)) or "unsigned",
        generation=_generation(credential, good),
        own_contexts=used,
        own_words=tuple(word for word in words if word not in unsigned),
        unsigned=unsigned,
        says_unsigned=say_something(plain, unsigned),
        is_derived=is_derived,
        may_lack=_may_lack(plain, good) if is_derived else frozenset(),
        hidden=_hidden(credential, unsigned, within or own) if is_data else None,
        proofs_end=_last_end(checked, good),
    )


def _hidden(credential: dict[str, Any], unsigned: Collection[str], own: OwnContexts | None) -> Check | None:
    """What speaks against the form of *credential*, as it stands there or less what is *unsigned*: a copy that is not signed would
    stand where a word was, and the word itself where nobody reads it."""
    looked_at = [credential, without(credential, unsigned)] if unsigned else [credential]
    found = [check for one in looked_at if (check := context_guard.hidden_statements(one, own))]
    return gravest(found) if found else None


def _last_end(checked: list[_CheckedProof], good: list[Fits]) -> Any:
    """The last end of the proofs that are *good*, as written: as long as one of them holds, what they cover is signed."""
    written = [proof.ends for proof in checked if any(proof.fits is one for one in good)]
    ends = {dates.moment(one): one for one in written}
    return ends[max(filter(None, ends))] if ends and None not in ends else None


def _are_derived(good: list[Fits], checked: list[_CheckedProof]) -> bool:
    """Whether each of the *good* proofs was derived by the holder, of which nobody can tell what they leave out (Data Integrity
    ECDSA Cryptosuites 1.0, 3.6.6)."""
    return all(proof.suite == _OF_PARTS for proof in checked if any(proof.fits is one for one in good))


def _may_lack(credential: Mapping[str, Any], good: list[Fits]) -> frozenset[Lack]:
    """What may be left out of *credential*: a beginning and an end that it shows of its own data model end the doubt, and of the
    places where a withdrawal would be told, that none of them was the holder's to choose."""
    begin, end = dates.names_in(credential)
    found: set[Lack] = {"any_status"}
    if dates.is_absent(credential.get(begin)):
        found.add("beginning")
    if dates.is_absent(credential.get(end)):
        found.add("end")
    if any(line.split(b" ")[1] == _LEADS_TO_STATUS for proof in good for line in proof.chosen):
        found.add("status")
    return frozenset(found)


def _is_quick(plain: Mapping[str, Any]) -> bool:
    """Whether one walk over *plain* tells all that it says."""
    try:
        return direct_statements(plain).whole
    except (Unusual, nquads.Inexpressible):
        return False


def _added_contexts(good: list[Fits]) -> tuple[str, ...]:
    """The contexts that none of the *good* proofs that cover all else covers: what is said in their words is not what was signed."""
    return min((proof.added_contexts for proof in good if proof.whole), key=len, default=())


def _unsigned(plain: Mapping[str, Any], proof: Fits, own: OwnContexts | None) -> tuple[str, ...]:
    resolver = own.resolver(proof.generation) if own and proof.own else None
    return unsigned_members(plain, proof.generation, resolver, directions=proof.directions)


def _generation(credential: Mapping[str, Any], good: list[Fits]) -> str:
    """That of the context that was changed in place, where the words of *credential* were read in it."""
    changed = contexts.CHANGED_IN_PLACE in texts.listed(credential.get("@context"))
    found = next((proof.generation for proof in good if changed and proof.form == "rdfc"), "")
    return contexts.NEWEST if found == contexts.EARLIER else found


def _closest(checked: list[_CheckedProof]) -> list[Fits]:
    """The proofs that fit and whose keys are closest to the issuer: what a stranger signs beside them covers nothing."""
    found = [(_CLOSEST.index(proof.key.binding), proof.fits) for proof in checked if proof.key and proof.fits]
    best = min((place for place, _ in found), default=0)
    return [proof for place, proof in found if place == best]


def _check_proofs(credential: Mapping[str, Any], web: Web, own: OwnContexts | None) -> list[_CheckedProof]:
    """The proofs of *credential*, up to the first that asserts it and fails, or that costs much for nothing: so would they all."""
    checked: list[_CheckedProof] = []
    try:
        proofs = proofs_of(credential)
    except BadSignature as problem:
        return [_CheckedProof("unknown", problem.check("intact", _DATA_INTEGRITY))]
    read = sum(suite_of(proof) in SUITES and proof.get("proofPurpose") == _ASSERTS for proof in proofs[:_MOST_PROOFS])
    if read > 1:
        size = sum(strict_json.count_members(value) for name, value in credential.items() if name != "proof")
        if size * read > _MOST_TO_READ:
            return [_TOO_MANY_PROOFS]
    for proof in proofs[:_MOST_PROOFS]:
        checked.append(_check_proof(credential, proof, web, own, read))
        last = checked[-1].intact
        if last.reason == "not-canonicalisable" or (last.outcome == "failed" and last.reason != _FOR_OTHER_ENDS):
            return checked
    return [*checked, _TOO_MANY_PROOFS] if len(proofs) > _MOST_PROOFS else checked


def _check_proof(
    credential: Mapping[str, Any], proof: Mapping[str, Any], web: Web, own: OwnContexts | None, read: int
) -> _CheckedProof:
    """*proof* looked at, one of so many that are *read*."""
    suite = suite_of(proof)
    try:
        key = key_of_method(_method(proof), issuer_of(credential), web)
    except Unverified as problem:
        unknown = problem.check("intact", _DATA_INTEGRITY)
        return _CheckedProof(suite, unknown, is_without_key=unknown.outcome == "unknown")
    try:
        found = fits(credential, proof, key.key, own, read)
    except Unverified as problem:
        return _CheckedProof(suite, problem.check("intact", _DATA_INTEGRITY))
    end = dates.not_ended(proof.get("expires"), web.now, _DATA_INTEGRITY)
    if end.outcome == "unknown":
        return _CheckedProof(suite, Check("intact", "unknown", end.reason, _DATA_INTEGRITY, end.detail))
    begin = dates.begun(proof.get("created"), web.now, _DATA_INTEGRITY)
    if begin.outcome != "passed":
        # Somebody's clock is wrong, ours or the signer's: time will tell. It will not tell what nobody can read.
        reason = "proof-date" if begin.outcome == "failed" else begin.reason
        return _CheckedProof(suite, Check("intact", "unknown", reason, _DATA_INTEGRITY, begin.detail))
    return _CheckedProof(suite, Check("intact", "passed", "", _DATA_INTEGRITY), key, found, ends=proof.get("expires"))


def _method(proof: Mapping[str, Any]) -> str:
    """The name of the key of a *proof* that could speak for an issuer; raises BadSignature or Unsupported."""
    if suite_of(proof) not in SUITES:
        raise Unsupported("proof-unsupported", suite_of(proof))
    if proof.get("proofPurpose") != _ASSERTS:
        raise BadSignature(_FOR_OTHER_ENDS, str(proof.get("proofPurpose"))[:80])
    method = proof.get("verificationMethod")
    name = method.get("id") if isinstance(method, dict) else method
    if not isinstance(name, str):
        raise BadSignature("proof-malformed", "verificationMethod")
    return name


def _intact(checked: list[_CheckedProof]) -> Check:
    asserting = [proof for proof in checked if proof.intact.reason != _FOR_OTHER_ENDS] or checked
    is_issuers = any(proof.fits and _is_of_issuer(proof.key) for proof in asserting)
    # Whoever signs beside the issuer may have a key that is not known here.
    aside = [
        proof for proof in asserting if proof.intact.reason in _OF_ANOTHER_KIND or (is_issuers and proof.is_without_key)
    ]
    known = [proof for proof in asserting if proof not in aside]
    if aside and all(proof.key and proof.key.binding == "mismatch" for proof in known):
        # What others signed beside it says nothing of the issuer's own, which cannot be checked.
        known = []
    suites = ", ".join(proof.suite for proof in known or asserting)
    if not known:
        reason = aside[0].intact.reason if aside else "no-proof"
        return Check("intact", "unknown", reason, _DATA_INTEGRITY, suites)
    found = gravest(proof.intact for proof in known)
    return Check("intact", "passed", found.reason, _DATA_INTEGRITY, suites) if found.outcome == "passed" else found


def bound_by(intact: Check, keys: Iterable[Key]) -> tuple[Check, Binding, str]:
    """How the closest of *keys*, which signed, is tied to the issuer, and the thumbprint of that one."""
    found = min(keys, key=lambda key: _CLOSEST.index(key.binding), default=None)
    if found is None or intact.outcome == "failed":
        return Check("bound", "unknown", "no-signature-to-tie", _BOUND), "unknown", ""
    bound = Check("bound", _BINDING_OUTCOMES[found.binding], found.reason, _BOUND, found.binding)
    return bound, found.binding, found.key.thumbprint


_CLAIMS = frozenset({"iss", "sub", "aud", "jti", "nbf", "exp", "iat", "cnf", "nonce"})
TOKEN_TYPES = frozenset({"jose", "jwt", "vc+jwt", "vc+ld+jwt", "vc+ld+json+jwt", "vc-ld+jwt"})
"""What a token that holds a credential may call itself, in small letters: `JOSE` says no more than that it is one (RFC 7515, 4.1.9)."""


FindKeys = Callable[[Mapping[str, Any], str, Web], list[Key]]
"""Gives the keys that may have signed a token with such a header in the name of an issuer; raises Unverified."""


def secured_token(token: Token, web: Web, all_keys: FindKeys) -> Secured:
    """The credential in *token*, with the signature around it looked at; raises UnreadableBadge, or BadSignature where it is broken.

    *all_keys* are looked for where none of those to which the header leads is the issuer's and signed it: most tokens ask no more.
    """
    web.spend(len(token.signed) // CHARACTERS_OF_A_MEMBER)
    claims = token.claims
    credential = credential_in(claims)
    header, issuer = token.header, issuer_of(credential)
    intact, key = check_token(token, lambda: key_in_header(header, issuer, web))
    if not _is_of_issuer(key):
        found, other = check_token(token, lambda: all_keys(header, issuer, web))
        # What the issuer's own keys did not sign no certificate mends that anybody can make.
        if intact.outcome != "failed" or other is None or _is_of_issuer(other):
            intact, key = found, other
    bound, binding, signer = bound_by(intact, [key] if key else [])
    status = claims.get("status")
    return Secured(
        credential=credential,
        intact=intact,
        bound=bound,
        binding=binding,
        key=signer,
        mechanism=f"VC-JWT, {str(header.get('alg'))[:40]}",
        hidden=differing_claims(claims, credential),
        token_begins=claims.get("nbf"),
        token_ends=claims.get("exp"),
        # A word as "active" is no claim of Token Status List, and leads nowhere.
        token_status=status if isinstance(status, dict | list) or texts.is_link(status) else None,
        id_within=id_within(claims),
    )


def _is_of_issuer(key: Key | None) -> bool:
    return key is not None and _BINDING_OUTCOMES[key.binding] == "passed"


def check_token(
    token: Token, find_keys: Callable[[], list[Key]], types: Collection[str] = TOKEN_TYPES
) -> tuple[Check, Key | None]:
    """The check `intact` of a token of one of these *types*, and the key that signed it; *find_keys* raises Unverified."""
    kind = token_type(token.header)
    try:
        signing_algorithm(token.header)
        if kind not in types:
            raise Unsupported("token-type-unsupported", kind[:40])
        key = _signer(token, find_keys())
    except Unverified as problem:
        return problem.check("intact", _JOSE), None
    return Check("intact", "passed", "", _JOSE, str(token.header["alg"])), key


def token_type(header: Mapping[str, Any]) -> str:
    """What a *header* says that its token is, in small letters and without `application/` (RFC 7515, 4.1.9)."""
    return str(header.get("typ", "JWT")).lower().removeprefix("application/")


def _signer(token: Token, keys: list[Key]) -> Key:
    """The one of *keys* that signed; raises the problem of one that was named and did not, else that of the last one."""
    last: Unverified = NoKey("issuer-lists-no-key")
    for key in keys:
        try:
            token.verify(key.key)
        except BadSignature as problem:
            last = last if last.outcome == "failed" else key.refuses(problem)
        else:
            return key
    raise last


_BESIDE_VC = ("validFrom", "validUntil", "issuanceDate", "expirationDate", "credentialStatus")
"""Members of a credential by which it ends or is withdrawn, which some write around the `vc`."""


def _said_in(claims: Mapping[str, Any]) -> dict[str, Any]:
    """*claims* less those around a credential that are null, which says nothing."""
    around = {*_CLAIMS, "vc"} | ({*_BESIDE_VC} if isinstance(claims.get("vc"), dict) else set())
    return {name: said for name, said in claims.items() if said is not None or name not in around}


def credential_in(claims: Mapping[str, Any]) -> dict[str, Any]:
    """The credential that a token carries: its `vc` (data model 1.1) or all of it (2.0).

    Around a `vc`, `iss`, `jti` and `sub` take the place of what stands in it (data model 1.1, 6.3.1, JWT Decoding). A date
    or a status that stands beside it was signed, too, and counts. Else they say what the credential itself may leave out.
    """
    claims = _said_in(claims)
    match claims:
        case {"vc": dict(within)}:
            beside = {name: claims[name] for name in _BESIDE_VC if name in claims}
            credential, begin, end = beside | within, "issuanceDate", "expirationDate"
            for claim, member in (("iss", "issuer"), ("jti", "id"), ("sub", "credentialSubject")):
                if claim in claims:
                    credential[member] = _with_id(credential.get(member), claims[claim])
        case _:
            credential = {name: value for name, value in claims.items() if name not in _CLAIMS}
            begin, end = "validFrom", "validUntil"
            subject = texts.single(credential.get("credentialSubject"))
            if "sub" in claims and isinstance(subject, dict):
                credential["credentialSubject"] = {"id": claims["sub"]} | subject
    for claim, member in (("iss", "issuer"), ("jti", "id"), ("nbf", begin), ("exp", end)):
        if claim in claims:
            credential.setdefault(member, claims[claim])
    return credential


def id_within(claims: Mapping[str, Any]) -> str:
    """The id in the `vc` of *claims* whose place another one takes there, "" for none."""
    claims = _said_in(claims)
    within = claims["vc"].get("id") if isinstance(claims.get("vc"), dict) and "jti" in claims else None
    return within if isinstance(within, str) and within != claims["jti"] else ""


def _with_id(member: Any, name: Any) -> Any:
    """*member* with *name* for its id; several subjects stay as they are, for one name cannot be that of all."""
    found = texts.single(member)
    if isinstance(found, list):
        return member
    return {**found, "id": name} if isinstance(found, dict) else name


def _says_again(written: Any, other: Any) -> bool:
    return written == other or (dates.moment(written) is not None and dates.moment(written) == dates.moment(other))


def differing_claims(claims: Mapping[str, Any], credential: Mapping[str, Any]) -> Check | None:
    """Where what a token carries contradicts its claims, as the check `conforms`, or None."""
    claims = _said_in(claims)
    if "vc" in claims and "credentialSubject" in claims:
        # One reader takes the one, another the other.
        return Check("conforms", "failed", "two-badges", _JOSE, "vc and credentialSubject")
    if isinstance(claims.get("vc"), dict):
        # `iss` takes its place, and the name beside the issuer within stays: one organisation under the name of another.
        within = issuer_of(claims["vc"])
        # did:example is nobody's: walt.id's issuer leaves it in the place that `iss` takes (DID Core 1.0, 1.1: A Simple Example).
        is_same = not within or within.startswith("did:example:") or claims.get("iss", within) == within
        differing = [] if is_same else ["iss"]
        # What stands beside it may say again what is in it, and nothing else: one reader takes the one, another the other.
        both = [name for name in _BESIDE_VC if name in claims and name in claims["vc"]]
        differing += [name for name in both if not _says_again(claims[name], claims["vc"][name])]
        return Check("conforms", "failed", "claims-differ", _MODEL_1_1, differing[0]) if differing else None
    subject = texts.single(credential.get("credentialSubject"))
    named = {
        "iss": issuer_of(credential),
        "jti": credential.get("id"),
        "sub": subject.get("id", claims.get("sub")) if isinstance(subject, dict) else claims.get("sub"),
    }
    for claim, said in named.items():
        if claim in claims and claims[claim] != said:
            return Check("conforms", "failed", "claims-differ", _JOSE, claim)
    return None
