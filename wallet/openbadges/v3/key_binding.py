"""Key binding: a token at the end of an SD-JWT, by which a holder showed that the key in `cnf` is theirs.

Whom it was shown to, and when, is theirs to look at (`aud`, `nonce`): here it is told whether it fits. It says nothing of
who sends the file now, for whoever has the file has the binding, too.
Sources: RFC 9901, 4.3 and 7.3; RFC 7800, 3 (`cnf`).
"""

from collections.abc import Mapping
from typing import Any

from .. import dates, examination
from ..examination import Web
from ..proofs import dids, jws, keys, sd_jwt, verification
from ..proofs.signed_texts import SignedText

_TYPE = "kb+jwt"


class BadBinding(jws.BadSignature):
    """The holder's key did not sign this: somebody changed what was shown, or who shows it."""


def check_key_binding(signed: SignedText, web: Web) -> None:
    """That the binding of *signed*, an SD-JWT that has one, fits; raises BadBinding, or what cannot be checked of it."""
    parts = signed.shown.parts
    key = _holder_key(signed.shown.claims)
    try:
        token = jws.read_token(parts.key_binding)
        token.verify(key)
        said = token.claims
    except (jws.BadSignature, examination.UnreadableBadge) as problem:
        raise BadBinding("key-binding-wrong", problem.reason) from None
    if verification.token_type(token.header) != _TYPE:
        raise BadBinding("key-binding-wrong", f"typ {token.header.get('typ')}"[:80])
    if said.get("sd_hash") != sd_jwt.digest_of(parts.presented, signed.token.claims):
        raise BadBinding("key-binding-wrong", "sd_hash")
    if not {"aud", "nonce", "iat"} <= said.keys():
        raise BadBinding("key-binding-wrong", "aud, nonce, iat")
    if dates.begun(said["iat"], web.now, "").outcome != "passed":
        # Somebody's clock is wrong, ours or the holder's.
        raise jws.Unsupported("key-binding-date", str(said["iat"])[:80])


def _holder_key(claims: Mapping[str, Any]) -> keys.PublicKey:
    """The key that the issuer named as the holder's; raises BadBinding, Unsupported or UnusableKey."""
    match claims.get("cnf"):
        case {"jwk": dict(jwk)}:
            return keys.public_key_from_jwk(jwk)
        case {"kid": str(name)} if dids.is_a_key(name):
            return dids.key_in(dids.split(name)[0])
        case None:
            raise BadBinding("key-binding-wrong", "no cnf")
    raise jws.Unsupported("key-binding-unsupported", "cnf")
