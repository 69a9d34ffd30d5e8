"""SD-JWT issued by hand, with the guild's keys: what is kept apart, what is shown of it, and who shows it.

A place is written as `credentialSubject.achievement.name`: each is a digest in the object that it stands in.
"""

import copy
import hashlib
import json
import zlib
from collections.abc import Collection, Mapping
from typing import Any

from tests.openbadges.support import guild
from wallet.openbadges.proofs.multibase import to_base64url

VCT = "https://purl.imsglobal.org/spec/ob/v3p0#OpenBadgeCredential"
HOLDER = guild.OTHER_KEY
LIST = f"https://{guild.HOST}/tokens/1"


def shown(*parts: Any) -> str:
    """A disclosure as an issuer writes it: a salt, and a name and a value, or a value alone."""
    return to_base64url(json.dumps(["salt", *parts]).encode())


def digest(written: str, name: str = "sha256") -> str:
    return to_base64url(hashlib.new(name, written.encode()).digest())


def kept_apart(claims: Mapping[str, Any], places: Collection[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """*claims* with digests in *places*, and the disclosure of each; the innermost come first."""
    whole = copy.deepcopy(dict(claims))
    disclosures = {}
    for place in places:
        *steps, last = place.split(".")
        inner: Any = whole
        for step in steps:
            inner = inner[int(step) if isinstance(inner, list) else step]
        if isinstance(inner, list):
            written = shown(inner[int(last)])
            inner[int(last)] = {"...": digest(written)}
        else:
            written = shown(last, inner.pop(last))
            inner.setdefault("_sd", []).append(digest(written))
        disclosures[place] = written
    return whole, disclosures


def plain(by: str | None = None, /, **members: Any) -> dict[str, Any]:
    """Maria's badge of the guild as claims of SD-JWT VC, as openbadgeslib writes them; None takes one away."""
    badge = guild.badge(by)
    subject = dict(badge["credentialSubject"])
    whole = {
        "iss": by or guild.did(),
        "vct": VCT,
        "iat": 1_767_323_045,
        "name": badge["name"],
        "achievement": subject.pop("achievement"),
        "validFrom": badge["validFrom"],
        "validUntil": badge["validUntil"],
        "exp": 1_893_456_000,
        "credentialSubject": subject,
    } | members
    return {name: value for name, value in whole.items() if value is not None}


def issued(
    claims: Mapping[str, Any],
    apart: Collection[str] = (),
    show: Collection[str] | None = None,
    key: guild.PrivateKey = guild.KEY,
    **header: Any,
) -> str:
    """*claims* as an SD-JWT in which the places *apart* are digests, of which those in *show* are shown: all of them by itself."""
    whole, disclosures = kept_apart(claims, apart)
    typ = {"typ": "vc+sd-jwt" if "@context" in claims else "dc+sd-jwt"}
    token = guild.token(whole, key, **(typ | header))
    told = [written for place, written in disclosures.items() if show is None or place in show]
    return "~".join([token, *told, ""])


def bound(text: str, key: guild.PrivateKey = HOLDER, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
    """*text* with the binding of a holder at its end."""
    said = {"aud": "https://verifier.example", "nonce": "n", "iat": 1_790_000_000, "sd_hash": digest(text)} | claims
    written = {name: value for name, value in said.items() if value is not None}
    return text + guild.token(written, key, **({"typ": "kb+jwt", "kid": None} | dict(header or {})))


def status(index: Any = 42, uri: Any = LIST) -> dict[str, Any]:
    """The claim that says where a withdrawal would be told."""
    return {"status_list": {"idx": index, "uri": uri}}


def status_list(
    values: Mapping[int, int] | None = None,
    bits: int = 1,
    key: guild.PrivateKey = guild.KEY,
    header: Mapping[str, Any] | None = None,
    **members: Any,
) -> bytes:
    """The guild's list of tokens, in which the *values* stand at their places."""
    content = bytearray(1_000)
    for index, value in (values or {}).items():
        content[index * bits // 8] |= value << index * bits % 8
    whole = {
        "sub": LIST,
        "iat": 1_767_323_045,
        "ttl": 43_200,
        "status_list": {"bits": bits, "lst": to_base64url(zlib.compress(bytes(content)))},
    } | members
    said = {name: value for name, value in whole.items() if value is not None}
    return guild.token(said, key, **({"typ": "statuslist+jwt"} | dict(header or {}))).encode()
