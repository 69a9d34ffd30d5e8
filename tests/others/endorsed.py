"""What PyPI's openbadgeslib says of endorsements: {credential, web} in a list, why each is refused out, "" where it is not.

Its whole verifier takes badges alone; so its own three steps are asked in turn: the key that the proof names, the proof, the list.
Run by .venv-others alone, as issue.py is.
"""

import json
import sys
from types import SimpleNamespace
from typing import Any

from openbadgeslib.ob3 import (
    OB3VerificationError,
    check_credential_status,
    resolve_verification_method,
    verify_data_integrity_proof,
)


def refused(credential: dict[str, Any], web: dict[str, str]) -> str:
    """Why *credential* is refused; "" when it is not."""

    def download(address: str, *_: Any, **__: Any) -> bytes:
        return web[address].encode()

    entries = credential.get("credentialStatus") or []
    told = SimpleNamespace(
        issuer=SimpleNamespace(id=credential["issuer"]["id"]),
        credential_status=entries if isinstance(entries, list) else [entries],
    )
    try:
        method = credential["proof"]["verificationMethod"]
        verify_data_integrity_proof(credential, resolve_verification_method(method, download=download))
        check_credential_status(told, download)
    except OB3VerificationError as problem:
        return str(problem)
    return ""


json.dump([refused(order["credential"], order["web"]) for order in json.load(sys.stdin)], sys.stdout)
