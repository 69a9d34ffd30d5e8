"""The OAuth side of the host: what a platform asks is read, and answered, by oauthlib (docs/decisions.md 45).

What is asked for comes as fields and is written out anew from those that have a meaning here, so that nothing odd and nothing that
oauthlib would take for its own reaches it. Five things are added to it, because it leaves them to its user:

1. PKCE is S256 alone (`_Code`): `plain` would be taken.
2. A FatalClientError leads to a page of ours and never anywhere (`read_authorisation`): its address is nobody's.
3. A code is spent within `validate_code`, by one statement: else two workers give two tokens for it.
4. A code that is brought twice ends all that came of it (tokens.spend_code).
5. An old refresh token ends soon after the next one (tokens.spend_refresh_token).
"""

import binascii
import logging
import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus, urlencode

from oauthlib.oauth2 import (
    AccessDeniedError,
    AuthorizationCodeGrant,
    AuthorizationEndpoint,
    BearerToken,
    FatalClientError,
    InvalidRequestError,
    OAuth2Error,
    RefreshTokenGrant,
    RequestValidator,
    RevocationEndpoint,
    TokenEndpoint,
)
from sqlalchemy.orm import Session

from ... import accounts, storage
from . import links, tokens
from .clients import Client, find_client, is_secret, link_mark
from .models import AuthorisationCode, PlatformLink
from .scopes import KNOWN, OFFERED

STATE_LIMIT, QUERY_LIMIT = 2048, 4800
"""Characters of what a platform has brought back to it, and of all that an authorisation is asked with, as it stands in an
address."""
_ASKED = ("client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method")
_FOR_TOKENS = (
    "grant_type",
    "code",
    "redirect_uri",
    "client_id",
    "client_secret",
    "code_verifier",
    "refresh_token",
    "scope",
)
_TO_REVOKE = ("token", "token_type_hint", "client_id", "client_secret")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
"""A SHA-256 in letters. Source: RFC 7636, 4.2."""
_HERE = "https://wallet/"
"""oauthlib wants an address, and looks at nothing of it but what is asked."""
Acts = Callable[[Session, "Fields", str, storage.Keyring, datetime], "Answer"]
"""What answers a platform that shows who it is."""
Fields = Iterable[tuple[str, str]]
Headers = Mapping[str, str]

# It would write codes and tokens down, where somebody logs all that there is.
logging.getLogger("oauthlib").setLevel(logging.WARNING)


class Unanswerable(Exception):  # what happened, in the words of the page
    """What is asked cannot be answered. *back* is where the platform hears why, with *host*; "" where it is no address of its own."""

    def __init__(self, back: str = "", host: str = "") -> None:
        super().__init__(host)
        self.back, self.host = back, host


@dataclass(frozen=True, kw_only=True, slots=True)
class Authorisation:
    """What a platform asks a holder for, and holds: nothing of it is kept until they say yes."""

    client: Client
    scopes: tuple[str, ...]
    refusal: str
    """Where a browser goes that says no."""
    fields: tuple[tuple[str, str], ...]

    def asks_for(self, some: Iterable[str]) -> bool:
        """Whether it asks for one of *some*."""
        return not {*some}.isdisjoint(self.scopes)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a platform."""

    status: int
    body: str
    headers: Headers


def read_authorisation(query: Fields, keyring: storage.Keyring, no: str) -> Authorisation:
    """What is asked for in *query*; *no* is what a platform shows to a holder who said so, a sentence in ASCII (RFC 6749, 4.1.2.1).

    Raises Unanswerable.
    """
    fields = _meant(query, _ASKED)
    if len(urlencode(fields)) > QUERY_LIMIT or any(
        name == "state" and len(value) > STATE_LIMIT for name, value in fields
    ):
        raise Unanswerable
    try:
        scopes, asked = _Server(_Validator(keyring)).validate_authorization_request(_address(fields))
    except FatalClientError:
        raise Unanswerable from None
    except OAuth2Error as fault:
        raise Unanswerable(*_way_back(fault, keyring)) from None
    client: Client = asked["request"].client
    denied = AccessDeniedError(no, request=asked["request"])
    refusal = denied.in_uri(denied.redirect_uri)
    return Authorisation(client=client, scopes=tuple(scopes), refusal=refusal, fields=tuple(fields))


def grant(
    session: Session,
    signed_in: accounts.SignedIn,
    asked: Authorisation,
    keyring: storage.Keyring,
    now: datetime,
    *,
    tells_name: bool,
) -> str:
    """The holder said yes: the link is kept, and the browser goes to the address that is given back, with a code.

    Raises what links.connect raises.
    """
    claimed = PlatformLink(
        client_mark=link_mark(asked.client.client_id, keyring),
        name="" if asked.client.name == asked.client.host else asked.client.name,  # a host may be longer than any name
        host=asked.client.host,
        scopes=" ".join(asked.scopes),
        tells_name=tells_name,
    )
    link = links.connect(session, signed_in, claimed, now)
    server = _Server(_Validator(keyring, session, now))
    headers, _, _ = server.create_authorization_response(
        _address(asked.fields), scopes=[*asked.scopes], credentials={"user": link.id}
    )
    return str(headers["Location"])


def answer_token_request(
    session: Session, form: Fields, authorization: str, keyring: storage.Keyring, now: datetime
) -> Answer:
    """Tokens for a code, or for a token that brings the next ones; *authorization* is the header of that name.

    What was spent stays spent, whatever is answered: the transaction is to be kept.
    """
    server = _Server(_Validator(keyring, session, now))
    body, sent = urlencode(_meant(form, _FOR_TOKENS)), _headers(authorization)
    headers, told, status = server.create_token_response(_HERE, "POST", body, sent)
    return Answer(status, told, _as_oauth_says(headers, status))


def answer_revocation(
    session: Session, form: Fields, authorization: str, keyring: storage.Keyring, now: datetime
) -> Answer:
    """A token is given back: the platform is stopped (RFC 7009); one that is none is as good as given back."""
    server = _Server(_Validator(keyring, session, now))
    body, sent = urlencode(_meant(form, _TO_REVOKE)), _headers(authorization)
    headers, told, status = server.create_revocation_response(_HERE, "POST", body, sent)
    return Answer(status, told or "{}", _as_oauth_says(headers, status))


def _meant(fields: Fields, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Those that have a meaning; what is empty is as good as absent (RFC 6749, 3.1 and 3.2)."""
    return [(name, value) for name, value in fields if name in names and value]


def _address(fields: Fields) -> str:
    return f"{_HERE}?{urlencode([*fields])}"


def _headers(authorization: str) -> dict[str, str]:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return kind | ({"Authorization": authorization} if authorization else {})


def _as_oauth_says(headers: Headers, status: int) -> Headers:
    """*headers*, and that nobody keeps it; who was not known reads by what they can show who they are (RFC 6749, 5.2)."""
    more = {"WWW-Authenticate": 'Basic realm="token"'} if status == 401 else {}
    return (
        {"Content-Type": "application/json", "Pragma": "no-cache"}
        | dict(headers)
        | more
        | {"Cache-Control": "no-store"}
    )


def _way_back(fault: OAuth2Error, keyring: storage.Keyring) -> tuple[str, str]:
    """Where the platform hears of *fault*, and its host. oauthlib found its address to be the platform's before."""
    client = find_client(fault.client_id or "", keyring)
    if client is None or fault.redirect_uri not in client.redirect_uris:
        return "", ""
    return fault.in_uri(fault.redirect_uri), client.host


def _credentials(request: Any) -> tuple[str, str]:
    """The id and the secret that are shown: by Basic, as an old client encodes them or not, or in the body."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if not kind:
        return request.client_id or "", request.client_secret or ""
    try:
        given = b64decode(value, validate=True).decode() if kind.lower() == "basic" else ""
    except (binascii.Error, ValueError):
        given = ""
    client_id, _, secret = given.partition(":")
    return unquote_plus(client_id), unquote_plus(secret)


class _Code(AuthorizationCodeGrant):  # type: ignore[misc]  # oauthlib ships no types
    """oauthlib takes `plain`, too: whoever reads the address of an authorisation could then use its code."""

    _code_challenge_methods: Mapping[str, Any] = {"S256": AuthorizationCodeGrant._code_challenge_methods["S256"]}


class _Server(AuthorizationEndpoint, TokenEndpoint, RevocationEndpoint):  # type: ignore[misc]  # oauthlib ships no types
    """Codes and refresh tokens, and none of the other ways to a token."""

    def __init__(self, validator: "_Validator") -> None:
        code = _Code(validator, pre_auth=[_require_challenge])
        bearer = BearerToken(
            validator,
            token_generator=lambda _: tokens.new_secret(),
            expires_in=int(tokens.ACCESS_LASTS.total_seconds()),
        )
        refresh = RefreshTokenGrant(validator)
        AuthorizationEndpoint.__init__(self, "code", bearer, {"code": code})
        TokenEndpoint.__init__(
            self, "authorization_code", bearer, {"authorization_code": code, "refresh_token": refresh}
        )
        RevocationEndpoint.__init__(self, validator)


def _require_challenge(request: Any) -> dict[str, Any]:
    if not _CHALLENGE.fullmatch(request.code_challenge or ""):
        raise InvalidRequestError("A code_challenge of S256 is needed.", request=request)
    return {}


class _Validator(RequestValidator):  # type: ignore[misc]  # oauthlib ships no types
    """What oauthlib asks: who somebody is, what they may, what is kept. Of one request, within its transaction."""

    def __init__(self, keyring: storage.Keyring, session: Session | None = None, now: datetime | None = None) -> None:
        super().__init__()
        self.keyring, self._session, self._now = keyring, session, now
        self.code: AuthorisationCode | None = None
        self.link_id = 0
        self.original: list[str] = []

    @property
    def session(self) -> Session:
        """The transaction."""
        assert self._session is not None  # noqa: S101  # reading what is asked for needs none
        return self._session

    def asks(self, request: Any) -> tokens.Issuing:
        """Who asks, when."""
        assert self._now is not None  # noqa: S101  # with a transaction there is a moment
        return tokens.Issuing(link_mark(request.client.client_id, self.keyring), self.keyring.mark, self._now)

    # who, and where browsers go back to

    def validate_client_id(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Whether it is an id of ours."""
        request.client = find_client(client_id, self.keyring)
        return request.client is not None

    def client_authentication_required(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """All have a secret."""
        return True

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Whether id and secret belong together, and no other id is told beside."""
        client_id, secret = _credentials(request)
        client = find_client(client_id, self.keyring)
        if (
            client is None
            or not is_secret(client_id, secret, self.keyring)
            or request.client_id not in {None, client_id}
        ):
            return False
        request.client = client
        return True

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """To the letter."""
        return redirect_uri in request.client.redirect_uris

    def get_default_redirect_uri(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> None:
        """It must be told (Open Badges 2.1, 4.1)."""
        return

    # what they may

    def get_default_scopes(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        """All that it registered for; of who named none there, what it was told then (clients.register)."""
        registered: tuple[str, ...] = request.client.scopes
        return list(OFFERED if registered == KNOWN else registered)

    def validate_scopes(
        self, client_id: str, scopes: list[str], client: Client, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Whether it registered for all of them."""
        request.scopes = [*dict.fromkeys(scopes)]
        return {*scopes} <= {*client.scopes}

    def validate_response_type(
        self, client_id: str, response_type: str, client: Client, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """A code, and nothing beside it."""
        return response_type == "code"

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Client, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """The two that there are."""
        return grant_type in {"authorization_code", "refresh_token"}

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        """Of all."""
        return True

    # codes

    def save_authorization_code(self, client_id: str, code: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        """Keep its mark."""
        asks = self.asks(request)
        tokens.keep_code(
            self.session,
            AuthorisationCode(
                link_id=request.user,
                mark=tokens.mark_of(asks.mark, code["code"], tokens.CODE),
                redirect_uri=request.redirect_uri,
                scopes=" ".join(request.scopes),
                challenge=request.code_challenge,
                expires_at=asks.now + tokens.CODE_LASTS,
            ),
        )

    def validate_code(self, client_id: str, code: str, client: Client, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Spend it: whatever is wrong besides, nobody has it any more."""
        self.code = tokens.spend_code(self.session, self.asks(request), code)
        if self.code is None:
            return False
        self.link_id = request.user = self.code.link_id
        request.scopes = self.code.scopes.split()
        return True

    def get_code_challenge(self, code: str, request: Any) -> str | None:
        """Of the code that was spent just now."""
        return self.code.challenge if self.code else None

    def get_code_challenge_method(self, code: str, request: Any) -> str:
        """There is one."""
        return "S256"

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Client, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Whether it is the address to which the code went."""
        return self.code is not None and self.code.redirect_uri == redirect_uri

    def invalidate_authorization_code(self, client_id: str, code: str, request: Any, *args: Any, **kwargs: Any) -> None:
        """It is spent already."""

    # tokens

    def save_bearer_token(self, token: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        """Keep the marks of both."""
        pair = (token["access_token"], token["refresh_token"])
        tokens.issue_tokens(self.session, self.asks(request), self.link_id, " ".join(request.scopes), *pair)

    def validate_refresh_token(
        self, refresh_token: str, client: Client, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Whether it still brings the next pair."""
        pair = tokens.spend_refresh_token(self.session, self.asks(request), refresh_token)
        if pair is None:
            return False
        self.link_id = request.user = pair.link_id
        self.original = pair.scopes.split()
        return True

    def get_original_scopes(self, refresh_token: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        """What the pair before was good for: no next one is good for more."""
        return self.original

    def rotate_refresh_token(self, request: Any) -> bool:
        """Each brings another one."""
        return True

    def revoke_token(self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any) -> None:
        """Of either kind, whatever is said of it."""
        tokens.revoke_token(self.session, self.asks(request), token)
