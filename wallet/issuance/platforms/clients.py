"""Platforms as they register themselves: nothing of that is kept. Source: RFC 7591; Open Badges 2.1, 4.1.

Whoever asks is registered, before any holder knows of it. So the id of a platform *is* its registration, sealed: what it said
that it is called, the addresses to which browsers may be sent back, what it may ask for. Its secret is a mark of the id. A flood
of registrations fills nothing, and every worker knows each of them.

Rule 1: browsers are sent to the addresses in the id, to the letter, and nowhere else: all https, of one public host.
Rule 2: id and secret are of letters that no encoding changes: some clients encode them before Basic (RFC 6749, 2.3.1), some do not.
"""

import binascii
import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from ... import accounts, storage
from .models import ADDRESS_LIMIT, NAME_LIMIT
from .scopes import KNOWN, OFFERED

ID, SECRET, LINKED = "platform id", "platform secret", "platform link"
"""The purposes under which an id is sealed, and a secret and the id of a link are marked."""
ID_LIMIT = 600
"""Letters of an id: it stands in addresses."""
MOST_ADDRESSES = 5
QUOTES = str.maketrans(dict.fromkeys('«»“”„‟"<>', " "))
"""A name stands between quotes: with some of its own it could end them, and speak as we do."""
ECHOED = (
    *("client_name", "client_uri", "logo_uri", "tos_uri", "policy_uri", "software_id", "software_version"),
    *("contacts", "redirect_uris"),
)
"""Members of a registration that are told back as they came (RFC 7591, 2)."""
GRANTS, RESPONSES = ["authorization_code", "refresh_token"], ["code"]
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?")
MayLead = Callable[[str], bool]
"""Whether an address is one that may be asked, as `Fetcher.may_lead_to` says it."""


class NotRegistered(Exception):  # what happened, in the words of the answer
    """*error* is a word of RFC 7591, 3.2.2, *description* a sentence in ASCII."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error, self.description = error, description


@dataclass(frozen=True, kw_only=True, slots=True)
class Client:
    """A platform that registered."""

    client_id: str
    name: str
    """What it says that it is called, one line without quotes; its host where it says nothing."""
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]

    @property
    def host(self) -> str:
        """Where it is: the host of all addresses to which browsers go back."""
        return urlsplit(self.redirect_uris[0]).netloc.lower()


def register(told: Mapping[str, Any], keyring: storage.Keyring, may_lead: MayLead, now: datetime) -> dict[str, Any]:
    """The answer to the registration *told*: all that it said, its id and its secret. Raises NotRegistered."""
    addresses = _addresses(told.get("redirect_uris"), may_lead)
    asked = told.get("scope")
    scopes = [one for one in KNOWN if not asked or (isinstance(asked, str) and one in asked.split())]
    if not scopes:
        raise NotRegistered("invalid_client_metadata", "None of these scopes is offered.")
    name = told.get("client_name")
    kept = [_line(name) if isinstance(name, str) else "", addresses, sum(1 << KNOWN.index(one) for one in scopes)]
    sealed = keyring.seal(json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode(errors="ignore"), ID)
    client_id = _letters(sealed)
    if len(client_id) > ID_LIMIT:
        raise NotRegistered("invalid_client_metadata", "The name and the addresses are too long together.")
    offered = scopes if asked else [one for one in OFFERED if one in scopes]
    return {
        **{member: told[member] for member in ECHOED if member in told},
        "client_id": client_id,
        "client_secret": secret_of(client_id, keyring),
        "client_id_issued_at": int(now.timestamp()),
        "client_secret_expires_at": 0,
        "scope": " ".join(offered),
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": GRANTS,
        "response_types": RESPONSES,
    }


def find_client(client_id: str, keyring: storage.Keyring) -> Client | None:
    """The platform whose id that is; None for what is no id of ours."""
    try:
        sealed = urlsafe_b64decode(client_id + "=" * (-len(client_id) % 4)) if len(client_id) <= ID_LIMIT else b""
        name, addresses, bits = json.loads(keyring.unseal(sealed, ID))
    except (storage.Unsealable, binascii.Error, ValueError):
        return None
    if _letters(sealed) != client_id:  # another spelling of the same bytes is another id
        return None
    scopes = tuple(one for place, one in enumerate(KNOWN) if bits & 1 << place)
    found = Client(client_id=client_id, name=name, redirect_uris=tuple(addresses), scopes=scopes)
    return (
        found
        if name
        else Client(client_id=client_id, name=found.host, redirect_uris=found.redirect_uris, scopes=scopes)
    )


def secret_of(client_id: str, keyring: storage.Keyring) -> str:
    """The secret of the platform of that id."""
    return _letters(keyring.mark(client_id.encode(), SECRET))


def is_secret(client_id: str, secret: str, keyring: storage.Keyring) -> bool:
    """Whether *secret* is that of the platform of that id."""
    return hmac.compare_digest(secret_of(client_id, keyring).encode(), secret.encode(errors="replace"))


def link_mark(client_id: str, keyring: storage.Keyring) -> bytes:
    """By which a link knows the platform of that id again."""
    return keyring.mark(client_id.encode(), LINKED)


def _addresses(told: object, may_lead: MayLead) -> list[str]:
    if not isinstance(told, list) or not 0 < len(told) <= MOST_ADDRESSES:
        raise NotRegistered("invalid_redirect_uri", f"One to {MOST_ADDRESSES} addresses are needed.")
    if not all(isinstance(one, str) and _is_address(one) and may_lead(one) for one in told):
        raise NotRegistered("invalid_redirect_uri", "Each must be a public https address, without fragment.")
    if len({urlsplit(one).netloc.lower() for one in told}) > 1:
        raise NotRegistered("invalid_redirect_uri", "All must be of one host.")
    return told


def _is_address(told: str) -> bool:
    """Whether it is https and nothing that readers of addresses read in two ways."""
    if not told.isascii() or not told.isprintable() or len(told) > ADDRESS_LIMIT or set(told) & set(" \\#<>\"'`{}|^;,"):
        return False
    try:
        parts = urlsplit(told)
    except ValueError:
        return False
    return told.startswith("https://") and _HOST.fullmatch(parts.netloc.lower()) is not None


def _line(name: str) -> str:
    """*name* in one line, of as much as a heading holds: what is left out of it is seen."""
    whole = accounts.clean_line(name.translate(QUOTES))
    return whole if len(whole) <= NAME_LIMIT else whole[: NAME_LIMIT - 1].rstrip() + "…"


def _letters(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
