"""Data Integrity: whether a proof that stands inside a document fits the document, and how such a proof is made.

The proof names a suite (suites.py). What is signed is the whole document but its proofs, and the whole proof but its
value: nothing is picked out.
Source: Verifiable Credential Data Integrity 1.0, 4.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from types import MappingProxyType
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .. import strict_json, texts
from . import contexts, jsonld_expansion, jws, keys, multibase, nquads
from .canonicalization import UNCHANGED, Canonical, HashName, TooMuchWork, canonicalize
from .suites import SUITES, Form, Suite, digests, signed_by, suite_of
from .vocabularies.own_contexts import OtherVocabulary, OwnContexts, require_same_meaning

_MOST_TO_READ_AGAIN = 3_000
"""Members of a document that is read in more than one way, times its proofs: each of them is read so."""
_MOST_READ_AGAIN = 30_000
"""The same, times the further readings: a document has two seconds of work (docs/security.md F5)."""
_MOST_PROOFS_TO_READ_AGAIN = 2
_MOST_WORK_IN_ALL = 100_000
"""Of all readings for one proof together (Canonical.work), a third of a second: few members may stand for much."""
_EXACT = 2**53
"""Below it every whole number is a double, and no other has the same."""
_WRITTEN_IN_TWO_WAYS = (*(f"\\{sign}" for sign in ("t", "b", "f", "\\", "u000", "u001", "u007")), *"|^`")
"""In JSON, what older libraries write into N-Quads as it is, and newer ones escape. Each is looked for by itself: a pattern
of all of them takes a fifth of a second for a document of 5 MB, in which no other thread runs."""


NOTHING_OWN: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Fits:
    """A proof that fits its document."""

    generation: str
    """That of the context of Open Badges 3.0.3 under which it did."""
    whole: bool
    """False when members of the document were dropped on the way to the bytes, and are not covered."""
    form: Form
    own: Mapping[str, str] = field(default_factory=lambda: NOTHING_OWN)  # Python 3.11 has it for one that changes
    """The contexts that we do not have under which it did, and the SHA-256 of each (vocabularies/own_contexts.py)."""
    added_contexts: tuple[str, ...] = ()
    """The contexts that were added after it was made, as JSON pointers: it does not cover them."""
    chosen: tuple[bytes, ...] = ()
    """The statements that the holder chose to show, as N-Quads."""
    directions: bool = False
    """Whether it covers from where texts are read."""
    as_doubles: bool = False
    """Whether it covers long numbers as JavaScript reads them, with other digits than stand there (as_doubles)."""


def proofs_of(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The proofs that stand in *document*; raises BadSignature when one is not an object."""
    found = texts.listed(document.get("proof"))
    if not all(isinstance(proof, dict) for proof in found):
        raise jws.BadSignature("proof-malformed")
    return found


def fits(
    document: Mapping[str, Any],
    proof: Mapping[str, Any],
    key: keys.PublicKey,
    own: OwnContexts | None = None,
    read: int | None = None,
) -> Fits:
    """That *proof* was made with *key* over *document*, its other proofs set aside unless they are chained to it; *read* of them all
    are read, where not each is.

    Raises BadSignature when it was not, Unsupported when it is of a kind that we cannot check, and UnknownContext or
    Inexpressible when the document cannot be brought into its canonical form; with *own*, the contexts that were given
    with the document, RefusedContext and OtherVocabulary as well.
    """
    signed = signed_by(proof, key)
    suite = SUITES[suite_of(proof)]
    plain = _plain(document, proof, suite.form)
    used = own.used_by(plain, proof.get("@context")) if own and suite.form == "rdfc" else {}
    work = _Work()
    for as_written in _readings(document, suite.form, len(proofs_of(document)) if read is None else read):
        reading = replace(as_written, own=own) if used else as_written
        said = _canonical(plain, reading, signed.hash_name, work, signed.labels)
        for config, options in _options(document, proof, suite, reading, signed.hash_name, work):
            if signed.holds(options, said.content):
                if own and used:
                    require_same_meaning(plain, own, reading.generation)
                    require_same_meaning(config, own, reading.generation)
                added = _added_contexts(document, proof) if suite.form == "jcs" else ()
                chosen = tuple(signed.chosen(said.content))
                return Fits(
                    reading.generation,
                    said.whole,
                    suite.form,
                    used,
                    added,
                    chosen,
                    reading.directions,
                    # Other digits are signed as linked data alone: in JCS a double is written as JavaScript writes it.
                    reading.as_doubles and suite.form == "rdfc",
                )
    if used or (own and suite.form == "rdfc" and own.gave_before(plain)):
        raise OtherVocabulary(", ".join(used))
    raise jws.BadSignature("signature-does-not-match", suite_of(proof))


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way in which a document may have been read when it was signed."""

    form: Form
    generation: str = contexts.NEWEST
    old_escapes: bool = False
    directions: bool = False
    as_doubles: bool = False
    """Whether long numbers were read as JavaScript reads them (as_doubles)."""
    own: OwnContexts | None = None


@dataclass(slots=True)
class _Work:
    """What was done for one proof so far."""

    done: int = 0

    def count(self, canonical: Canonical) -> Canonical:
        """*canonical*; raises TooMuchWork where all of them together take too long."""
        self.done += canonical.work
        if self.done > _MOST_WORK_IN_ALL:
            raise TooMuchWork(f"more than {_MOST_WORK_IN_ALL} steps in all ways to read it")
        return canonical


def _canonical(
    part: Mapping[str, Any],
    reading: _Reading,
    hash_name: HashName,
    work: _Work,
    labels: Mapping[str, str] = UNCHANGED,
) -> Canonical:
    """The canonical form of a document or of the options of its proof."""
    if reading.as_doubles:
        part = as_doubles(part, int if reading.form == "rdfc" else float)
    if reading.form == "rdfc":
        return work.count(
            canonicalize(
                part,
                hash_name=hash_name,
                generation=reading.generation,
                old_escapes=reading.old_escapes,
                directions=reading.directions,
                labels=labels,
                resolver=reading.own.resolver(reading.generation) if reading.own else None,
            )
        )
    if strict_json.count_members(part) > jsonld_expansion.MOST_MEMBERS:
        raise nquads.Inexpressible(f"more than {jsonld_expansion.MOST_MEMBERS} members")
    return Canonical(nquads.canonical_json(dict(part)), whole=True)


def _options(
    document: Mapping[str, Any],
    proof: Mapping[str, Any],
    suite: Suite,
    reading: _Reading,
    hash_name: HashName,
    work: _Work,
) -> Iterator[tuple[dict[str, Any], bytes]]:
    """What is signed of the proof, in each of the ways in which libraries read it: as a document, and in canonical form."""
    config = dict(proof)
    config.pop(suite.member, None)
    if reading.form == "jcs":
        yield config, _canonical(config, reading, hash_name, work).content
        return
    is_covered = False
    told = {name: value for name, value in config.items() if value is not None}  # which linked data drops
    for context in _contexts(document, proof, suite):
        under = {**told, "@context": context}
        said = _canonical(under, reading, hash_name, work)
        if said.whole:
            is_covered = True
            yield under, said.content
    if not is_covered:
        # Its purpose or its end would be anybody's to change.
        raise nquads.Inexpressible("the proof has members that the contexts do not define")


def _contexts(document: Mapping[str, Any], proof: Mapping[str, Any], suite: Suite) -> Iterator[Any]:
    """The contexts under which the members of *proof* may have been read; first, that of Data Integrity itself."""
    yield document.get("@context", [])
    own = texts.listed(proof.get("@context"))
    if own and all(isinstance(context, str) for context in own):
        yield [*texts.listed(document.get("@context")), *own]
    yield from suite.other_contexts


def _plain(document: Mapping[str, Any], proof: Mapping[str, Any], form: Form) -> dict[str, Any]:
    """What is signed of the document: all but its proofs, and those of them that this one is chained to."""
    plain = {name: value for name, value in document.items() if name != "proof"}
    chained = _previous(document, proof)
    if chained:
        plain["proof"] = chained
    if form == "jcs" and "@context" in proof:
        # EdDSA Cryptosuites, 3.3.2: the context of the proof is the beginning of the document's, and the one signed.
        own, whole = texts.listed(proof["@context"]), texts.listed(document.get("@context"))
        if whole[: len(own)] != own:
            raise jws.BadSignature("proof-context-differs")
        plain["@context"] = proof["@context"]
    return plain


def _added_contexts(document: Mapping[str, Any], proof: Mapping[str, Any]) -> tuple[str, ...]:
    """The contexts of *document* that stand behind those which *proof* names and signs (EdDSA Cryptosuites, 3.3.2)."""
    whole = texts.listed(document.get("@context"))
    signed = len(texts.listed(proof["@context"])) if "@context" in proof else len(whole)
    # A single one need not stand in a list.
    return (
        tuple(f"/@context/{place}" for place in range(signed, len(whole))) if signed else ("/@context",)[: len(whole)]
    )


def _previous(document: Mapping[str, Any], proof: Mapping[str, Any]) -> list[Any]:
    """The proofs that *proof* is chained to (Data Integrity 1.0, 4.4: Verify Proof Sets and Chains)."""
    if "previousProof" not in proof:
        return []
    names = texts.listed(proof["previousProof"])
    wanted = {name for name in names if isinstance(name, str)}
    others = (other for other in proofs_of(document) if other is not proof)
    found = [other for other in others if isinstance(other.get("id"), str) and other["id"] in wanted]
    if not all(isinstance(name, str) for name in names) or {other["id"] for other in found} != wanted:
        raise jws.BadSignature("previous-proof-missing")
    return found


def _readings(document: Mapping[str, Any], form: Form, proofs: int) -> Iterator[_Reading]:
    """The generations of contexts, and the ways to write texts and numbers, under which a document may have been signed, of whose
    *proofs* each reads it anew."""
    if form == "jcs":
        yield _Reading(form, as_doubles=True)  # RFC 8785, 3.2.2.3
        return
    yield _Reading(form)
    # Only now: nearly every proof fits the first, and most documents read the same in all.
    size = strict_json.count_members(document) * proofs
    if proofs <= _MOST_PROOFS_TO_READ_AGAIN and size <= _MOST_TO_READ_AGAIN:
        yield from islice(_further_readings(document, form), _MOST_READ_AGAIN // size)


def _further_readings(document: Mapping[str, Any], form: Form) -> Iterator[_Reading]:
    text = json.dumps(document)
    older = (
        contexts.GENERATIONS[1:]
        if contexts.CHANGED_IN_PLACE in text and any(f'"{term}"' in text for term in contexts.GAINED_TERMS)
        else ()
    )
    if any(address in text for address in contexts.changed_by_issuers()):
        older = (*older, contexts.EARLIER)
    found = [_Reading(form, generation) for generation in (contexts.NEWEST, *older)]
    if any(sign in text for sign in _WRITTEN_IN_TWO_WAYS):
        found += [replace(reading, old_escapes=True) for reading in tuple(found)]
    if '"@direction"' in text:
        found += [replace(reading, directions=True) for reading in tuple(found)]
    yield from found[1:]
    if as_doubles(document) != document:
        yield from (replace(reading, as_doubles=True) for reading in found)


def as_doubles(value: Any, written: type[int] | type[float] = int) -> Any:
    """*value* with each whole number that no double is exactly for the double that JavaScript writes so, *written* with all its
    digits or as such: most signers read all numbers as doubles (RFC 8259, 6), sign what those are to the last digit, and write no
    more digits than tell them apart."""
    match value:
        case dict():
            return {name: as_doubles(inner, written) for name, inner in value.items()}
        case list():
            return [as_doubles(inner, written) for inner in value]
        case int() if abs(value) >= _EXACT and _is_written_by_javascript(value):
            return written(float(value))
    return value


def _is_written_by_javascript(number: int) -> bool:
    """Whether these are the digits of its double: no more than tell it apart from others, and noughts."""
    from decimal import Decimal  # noqa: PLC0415  # a check from cold hardly ever meets such a number

    return int(Decimal(repr(float(number)))) == number


def sign_eddsa_rdfc(
    document: Mapping[str, Any],
    private_key: Ed25519PrivateKey,
    verification_method: str,
    created: datetime,
    **more: Any,
) -> dict[str, Any]:
    """*document* with one more proof, of the suite eddsa-rdfc-2022 and for the purpose assertionMethod.

    *created* is an aware moment; *more* are further members of the proof (`id`, `previousProof`, `expires` …).
    Raises UnknownContext or Inexpressible, and Inexpressible also when a member would not be covered.
    """
    kind = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022"}
    return _signed(document, private_key, kind | _said_of(verification_method, created) | more)


def sign_ed25519_2020(
    document: Mapping[str, Any],
    private_key: Ed25519PrivateKey,
    verification_method: str,
    created: datetime,
    **more: Any,
) -> dict[str, Any]:
    """As `sign_eddsa_rdfc`, of the older suite Ed25519Signature2020; a context of *document* defines it."""
    return _signed(
        document, private_key, {"type": "Ed25519Signature2020"} | _said_of(verification_method, created) | more
    )


def _said_of(verification_method: str, created: datetime) -> dict[str, str]:
    return {
        "created": created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "verificationMethod": verification_method,
        "proofPurpose": "assertionMethod",
    }


def _signed(document: Mapping[str, Any], private_key: Ed25519PrivateKey, proof: dict[str, Any]) -> dict[str, Any]:
    suite, reading = SUITES[suite_of(proof)], _Reading("rdfc")
    said = _canonical(_plain(document, proof, "rdfc"), reading, "sha256", _Work())
    if not said.whole:
        raise nquads.Inexpressible("a member of the document would not be signed")
    _, options = next(_options(document, proof, suite, reading, "sha256", _Work()))
    proof["proofValue"] = multibase.to_multibase(private_key.sign(digests("sha256", options, said.content)))
    before = proofs_of(document)
    return {**document, "proof": [*before, proof] if before else proof}
