"""Passkeys: how a holder keeps a wallet and comes back, in the two ceremonies of WebAuthn.

Rule 1: an answer has to answer a challenge of ours (accounts/challenges.py), which is taken back before anything is verified.
Rule 2: verifying (accounts/ceremonies.py) happens with no transaction open; what it proves is kept by one short write.
Rule 3: every ceremony gives the device a new token, and the one before opens nothing any more (docs/security.md A14).
Rule 4: a counter that does not rise is written to the log and locks nobody out (docs/security.md A5).
"""

import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, LargeBinary, String, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship
from webauthn import generate_authentication_options, generate_registration_options
from webauthn.helpers import bytes_to_base64url, options_to_json_dict
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorAttachment,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialHint,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from ..settings import Settings
from ..storage import Database, Missing, Moment, fetch_one, insert, require
from . import activity, ceremonies, challenges, holders, recoveries, recovery_codes
from .holders import ANYWHERE, Holder, OfHolder, SignedIn, SignInContext

logger = logging.getLogger(__name__)

PasskeyOptions = dict[str, Any]
"""What the browser is given to begin a ceremony, as JSON holds it (WebAuthn L3, 5.1.8 and 5.1.9)."""
Answer = dict[str, Any]
"""What it sends back (WebAuthn L3, 5.1: RegistrationResponseJSON, AuthenticationResponseJSON)."""
MoveBadges = Callable[[Session, int, int], bool | None]
"""Takes along what one holder has to another one: `(session, from, to)`; whether something waits with the first."""

OUR_NAME = "Mes badges"
"""By which the wallet calls itself where no page translates it: beside a key, and in what it signs and publishes."""
TIMEOUT = challenges.CHALLENGE_LASTS // timedelta(milliseconds=1)
MOST_PASSKEYS = 10
"""Keys that a holder may have."""


class NotFresh(Exception):  # what happened, not a fault of ours
    """What is done once is done only just after showing a key or the paper."""


class TooManyKeys(Exception):  # what happened, not a fault of ours
    """The holder has as many keys as one may have."""


class Passkey(OfHolder):
    """A holder's key: its public half, and what its authenticator said of it (WebAuthn L3, 4: credential record)."""

    __tablename__ = "passkeys"

    credential_id: Mapped[bytes] = mapped_column(LargeBinary(ceremonies.CREDENTIAL_ID_LIMIT), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """Up to 2^32 - 1 (WebAuthn L3, 6.1): more than a plain integer of PostgreSQL holds."""
    backup_eligible: Mapped[bool]
    """Whether the phone's maker may keep a copy of it; never changes."""
    backed_up: Mapped[bool]
    """Whether there was a copy when it was last used."""
    transports: Mapped[list[str]] = mapped_column(JSON)
    aaguid: Mapped[str] = mapped_column(String(36))
    attachment: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(holders.NAME_LIMIT), default="")
    """As its holder calls it, "" when they gave it no name."""
    kind: Mapped[str] = mapped_column(String(16), default="")
    """The kind of device on which it was made, a word of accounts/user_agents.py."""
    return_id: Mapped[int | None] = mapped_column(ForeignKey("returns.id", ondelete="SET NULL"), index=True)
    """The return during which it was made, if there was one: it goes when that is stopped."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime] = mapped_column(Moment)
    holder: Mapped[Holder] = relationship(lazy="joined", innerjoin=True)

    @property
    def is_beside(self) -> bool:
        """Whether it was made beside the device on which it was asked for: in a phone that read a code there, or on a stick."""
        return self.attachment == "cross-platform"

    @property
    def is_in_phone(self) -> bool:
        """Whether a phone has it that read a code, as far as it says; one on a stick is in no phone (WebAuthn L3, 5.8.4: hybrid)."""
        return self.is_beside and "hybrid" in self.transports

    def is_in(self, device: holders.Device) -> bool:
        """Whether it opened *device* and is in it, as far as kinds tell: a phone opens a computer by a code on its screen. One that
        was made so is in a phone, and one on a stick is in no device (WebAuthn L3, 5.8.4: hybrid)."""
        is_where_made = self.kind == device.kind
        is_in_phone = "hybrid" in self.transports and device.is_phone
        is_there = is_in_phone and not is_where_made if self.is_beside else is_where_made
        return self.id == device.passkey_id and is_there


def may_make_passkey(session: Session, known: SignedIn, now: datetime) -> bool:
    """Whether the holder may make a key on this device now, which is never one that others use too.

    They may who have no wallet yet, who just showed a key or the paper, and who came by a return that still runs.
    """
    holder = session.get(Holder, known.holder.id)
    came_back = recoveries.get_recovery(session, known.holder.id, known.device.return_id, now) is not None
    is_free = holder is not None and not holder.is_kept
    return not known.device.is_shared and (is_free or known.is_fresh(now) or came_back)


def must_confirm(session: Session, known: SignedIn, now: datetime) -> bool:
    """Whether the holder is asked for a key before what is done once: they have one, and showed none just now."""
    return not known.is_fresh(now) and bool(list_passkeys(session, known.holder.id))


def begin_registration(
    session: Session,
    known: SignedIn,
    name: str,
    now: datetime,
    settings: Settings,
    browser: str = "",
    *,
    is_beside: bool = False,
) -> PasskeyOptions:
    """A key is asked for, which the phone will call *name*; the visitor's half hour begins again. *is_beside* asks for one in
    another device: the computer is not theirs, and a phone reads a code from its screen (WebAuthn L3, 5.4.4 and 5.8.7).

    Raises NotFresh for a holder who may not make one now, and TooManyKeys for one who has enough.
    """
    holder = holders.lock_holder(session, known.holder.id)
    if not may_make_passkey(session, known, now):
        raise NotFresh
    keys = list_passkeys(session, holder.id)
    if len(keys) >= MOST_PASSKEYS:
        raise TooManyKeys
    holders.ensure_holder(session, holder, now)
    options = generate_registration_options(
        rp_id=settings.host,
        rp_name=OUR_NAME,
        user_id=holder.handle,
        user_name=name,
        challenge=challenges.make_challenge(session, challenges.REGISTRATION, holder.id, now, browser),
        timeout=TIMEOUT,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            authenticator_attachment=AuthenticatorAttachment.CROSS_PLATFORM if is_beside else None,
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        hints=[PublicKeyCredentialHint.HYBRID] if is_beside else None,
        exclude_credentials=[_described(passkey) for passkey in keys],
        supported_pub_key_algs=ceremonies.ALGORITHMS,
    )
    return options_to_json_dict(options)


def finish_registration(
    database: Database,
    known: SignedIn,
    answer: Answer,
    now: datetime,
    settings: Settings,
    place: SignInContext = ANYWHERE,
) -> str:
    """Keep the key that *answer* brings, and with it the holder: the new token of their device.

    Raises CeremonyFailed, and then nothing was kept.
    """
    challenge = challenges.spend_challenge(
        database, answer, challenges.REGISTRATION, known.holder.id, now, place.browser
    )
    key = ceremonies.verify_registration(answer, expected_challenge=challenge, settings=settings)
    if place.is_shared and key.attachment != "cross-platform":
        raise ceremonies.CeremonyFailed("a computer that others use keeps no key")
    with database.writing() as session:
        known = _here(session, known)  # locked, so that of many keys begun at once none is one too many
        holder_id = known.holder.id
        if len(list_passkeys(session, holder_id)) >= MOST_PASSKEYS:
            raise ceremonies.CeremonyFailed("as many keys as one may have")
        back = recoveries.get_recovery(session, holder_id, known.device.return_id, now)
        by = back.id if back else None
        new = Passkey(holder_id=holder_id, created_at=now, used_at=now, kind=place.kind, return_id=by, **asdict(key))
        try:
            passkey = insert(session, new)
        except IntegrityError as problem:
            raise ceremonies.CeremonyFailed("the key is somebody's already, or the holder is gone") from problem
        holders.keep_holder(session, holder_id, now)
        activity.note_event(session, holder_id, "key-made", now, place.kind)
        # Whoever came back by a paper spends that one; whoever came back by e-mail spends none of somebody else's.
        if (back is None or back.code_hash) and recovery_codes.spend_recovery_code(
            session, holder_id, back.code_hash if back else None
        ):
            activity.note_event(session, holder_id, "paper-spent", now, place.kind)
        return _sign_in_anew(session, known, passkey, now, place)


def begin_authentication(session: Session, now: datetime, settings: Settings, browser: str = "") -> PasskeyOptions:
    """Any key of ours is asked for: no name is typed, the key says whose it is."""
    return _key_options(session, challenges.AUTHENTICATION, None, now, settings, browser)


def finish_authentication(
    database: Database,
    known: SignedIn | None,
    answer: Answer,
    now: datetime,
    settings: Settings,
    *,
    move: MoveBadges,
    place: SignInContext = ANYWHERE,
) -> str:
    """Let in the holder whose key *answer* shows: the new token of their device.

    A visitor (*known*) who turns out to have a wallet takes along what they looked at, by *move*.
    Raises CeremonyFailed, and then nothing was kept.
    """
    challenge = challenges.spend_challenge(database, answer, challenges.AUTHENTICATION, None, now, place.browser)
    passkey, use = _shown(database, answer, challenge, settings)
    with database.writing() as session:
        passkey = _used(session, passkey, use, now)
        token = _sign_in_anew(session, known, passkey, now, place)
        activity.note_event(session, passkey.holder_id, "entered-key", now, place.kind)
        if known and not known.holder.is_kept:
            join_visitor(session, known.holder.id, passkey.holder_id, move)
        return token


def begin_confirmation(
    session: Session, known: SignedIn, now: datetime, settings: Settings, browser: str = ""
) -> PasskeyOptions:
    """One of the holder's own keys is asked for, before something that is done once; raises Missing."""
    holder_id = require(session.get(Holder, known.holder.id)).id
    theirs = [_described(passkey) for passkey in list_passkeys(session, holder_id)]
    return _key_options(session, challenges.CONFIRMATION, holder_id, now, settings, browser, theirs)


def finish_confirmation(
    database: Database, known: SignedIn, answer: Answer, now: datetime, settings: Settings, browser: str = ""
) -> str:
    """The holder showed one of their keys: the new token of their device, on which they are fresh.

    Families share phones: somebody else's key confirms nothing. Raises CeremonyFailed, and then nothing was kept.
    """
    challenge = challenges.spend_challenge(database, answer, challenges.CONFIRMATION, known.holder.id, now, browser)
    passkey, use = _shown(database, answer, challenge, settings, known.holder.id)
    place = SignInContext(known.device.kind, known.device.is_shared)
    with database.writing() as session:
        return _sign_in_anew(session, _here(session, known), _used(session, passkey, use, now), now, place)


def list_passkeys(session: Session, holder_id: int) -> list[Passkey]:
    """The holder's keys, the oldest first."""
    return list(session.scalars(select(Passkey).where(Passkey.holder_id == holder_id).order_by(Passkey.id)))


def rename_passkey(
    session: Session, holder_id: int, passkey_id: int, name: str, now: datetime, came_in_id: int | None = None
) -> None:
    """What the holder calls a key of theirs, "" for nothing; raises Missing.

    Raises RecoveryPending on a device that came by the return *came_in_id*, while that runs, for a key that came by no such one.
    """
    passkey = fetch_one(session, select(Passkey).where(Passkey.holder_id == holder_id, Passkey.id == passkey_id))
    if passkey.return_id != came_in_id:
        recoveries.refuse_newcomer(session, holder_id, came_in_id, now)
    passkey.name = holders.clean_name(name)


def passkey_name(holder: Holder, since: str) -> str:
    """What a phone calls the key: families share phones, so the first name, else the day."""
    return f"{OUR_NAME} – {holder.name or since}"


def passkey_signals(holder: Holder, keys: list[Passkey], since: str, settings: Settings) -> PasskeyOptions:
    """What the holder's browser may tell the phone of their keys, so that it lists none that is gone and none by an old name;
    *since* as of `passkey_name`.

    Source: WebAuthn L3, 5.1.10 (signalAllAcceptedCredentials, signalCurrentUserDetails).
    """
    return {
        "rpId": settings.host,
        "userId": bytes_to_base64url(holder.handle),
        "ids": [bytes_to_base64url(key.credential_id) for key in keys],
        "name": passkey_name(holder, since),
    }


def _key_options(
    session: Session,
    purpose: str,
    holder_id: int | None,
    now: datetime,
    settings: Settings,
    browser: str,
    theirs: list[PublicKeyCredentialDescriptor] | None = None,
) -> PasskeyOptions:
    """One of the keys *theirs* is asked for, or any key of ours."""
    return options_to_json_dict(
        generate_authentication_options(
            rp_id=settings.host,
            challenge=challenges.make_challenge(session, purpose, holder_id, now, browser),
            timeout=TIMEOUT,
            user_verification=UserVerificationRequirement.REQUIRED,
            allow_credentials=theirs,
        )
    )


def _shown(
    database: Database, answer: Answer, challenge: bytes, settings: Settings, holder_id: int | None = None
) -> tuple[Passkey, ceremonies.KeyUse]:
    """The key that *answer* shows, and what it says of itself; of that holder when one is named."""
    with database.reading() as session:
        passkey = session.scalar(select(Passkey).where(Passkey.credential_id == ceremonies.credential_id_in(answer)))
    if passkey is None or holder_id not in (None, passkey.holder_id):
        raise ceremonies.CeremonyFailed("no such key")
    use = ceremonies.verify_authentication(
        answer,
        expected_challenge=challenge,
        expected_handle=passkey.holder.handle,
        is_known=holder_id is not None,
        public_key=passkey.public_key,
        backup_eligible=passkey.backup_eligible,
        settings=settings,
    )
    return passkey, use


def _here(session: Session, known: SignedIn) -> SignedIn:
    """Who is at the door, their row locked; whoever was signed out meanwhile has no ceremony to finish."""
    try:
        return holders.lock_signed_in(session, known)
    except Missing as gone:
        raise ceremonies.CeremonyFailed("the device was signed out meanwhile") from gone


def _used(session: Session, shown: Passkey, use: ceremonies.KeyUse, now: datetime) -> Passkey:
    # The holder first, as in recovery/flows.py: a return that is stopped meanwhile takes the key away before a device is made by it.
    session.get(Holder, shown.holder_id, with_for_update=True)
    passkey = session.get(Passkey, shown.id, with_for_update={"of": Passkey})
    if passkey is None:
        raise ceremonies.CeremonyFailed("the key was removed meanwhile")
    if (use.sign_count or passkey.sign_count) and use.sign_count <= passkey.sign_count:
        logger.warning(
            "the counter of passkey %d did not rise: %d after %d", passkey.id, use.sign_count, passkey.sign_count
        )
    passkey.sign_count, passkey.backed_up, passkey.used_at = use.sign_count, use.backed_up, now
    return passkey


def join_visitor(session: Session, visitor_id: int, holder_id: int, move: MoveBadges) -> None:
    """A visitor turned out to have a wallet: what they looked at joins it by *move*, and the visitor is gone, unless
    something waits with them."""
    # Asked again under a lock: in another tab the visitor may have made a key meanwhile, and is nobody's to erase.
    visitor = session.get(Holder, visitor_id, with_for_update=True, populate_existing=True)
    if visitor and not visitor.is_kept and not move(session, visitor_id, holder_id):
        holders.erase_holder(session, visitor_id)


def _sign_in_anew(
    session: Session, known: SignedIn | None, passkey: Passkey, now: datetime, place: SignInContext
) -> str:
    """A device that is as good as the key it showed: one that came with a return goes with it."""
    if known:
        holders.sign_out(session, known.device.id)
    back = recoveries.get_recovery(session, passkey.holder_id, passkey.return_id, now)
    return holders.sign_in(session, passkey.holder, now, place, back.id if back else None, passkey.id)


def _described(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(
        id=passkey.credential_id, transports=[AuthenticatorTransport(word) for word in passkey.transports]
    )
