"""A word as a signed credential, which others verify without asking us what we think.

Rule 1: who says it, and how that is known, stands in it as plainly as what is said: the instance that signs says no more than
that it was given so (docs/decisions.md 46).
Rule 2: a word that is signed anew is the same credential, under the same id and in the same place of its list.
Rule 3: that somebody works in a SIAE tells of a past: it is not signed, so that it stays with whoever chooses to show it.
"""

import json
import uuid
from base64 import b64encode
from datetime import UTC, datetime, timedelta

from .. import accounts, openbadges, pages, storage
from .models import ENDORSEMENT_LASTS, Endorsement

A_DAY = timedelta(days=1)
_NO_QUOTES = dict.fromkeys(map(ord, '“”«»„‟"'), "'")


class AnotherSigner(ValueError):
    """The credential is not one of this instance: it is nobody's here to sign anew."""


def signer_of(origin: str, keyring: storage.Keyring, name: str = "") -> openbadges.Signer:
    """With what the instance at *origin* signs what it says itself, under its own did:web; its operator's *name* may stand there."""
    did = storage.did_of(origin)
    return openbadges.Signer(did, f"{did}#{keyring.multikey}", keyring.signing, name or accounts.OUR_NAME, origin)


def make_document(
    endorsement: Endorsement, signer: openbadges.Signer, status_address: str, language: str = pages.DEFAULT
) -> bytes:
    """*endorsement* as a signed EndorsementCredential of Open Badges 3.0, in the *language* in which its tutor read.

    It has a place in a list (`reserve_place`), which is published at *status_address*. The same each time, but for the key: by that a
    word is known again that comes back with an archive, so that whoever changes what is signed here leaves what was.
    """
    begins, ends = endorsement.given_at, endorsement.ends_at or endorsement.given_at + ENDORSEMENT_LASTS
    _ = pages.catalogue_of(language).gettext
    said = openbadges.Said(
        id=_id_at(status_address, endorsement),
        subject=endorsement.subject,
        comment=endorsement.sentence,
        name=_("A comment on a story"),
        description=describe(endorsement, language),
        begins=begins,
        ends=ends,
        status=(status_address, _place_of(endorsement)),
        related=_related(endorsement),
    )
    return _written(openbadges.sign_endorsement(said, signer))


def sign_again(document: bytes, signer: openbadges.Signer, now: datetime) -> bytes:
    """The credential in *document*, which this instance signed once, under the key with which it signs today.

    Raises AnotherSigner where it names another issuer than *signer*, and UnreadableBadge for what is none.
    """
    credential = openbadges.read_json_object(document)
    issuer = credential.get("issuer")
    if (issuer.get("id") if isinstance(issuer, dict) else issuer) != signer.did:
        raise AnotherSigner(signer.did)
    plain = {name: value for name, value in credential.items() if name != "proof"}
    return _written(openbadges.sign_credential(plain, signer, now))


def method_of(document: bytes) -> str:
    """The verification method by which *document* says that it is signed, "" where it says none."""
    proof = openbadges.read_json_object(document).get("proof")
    method = proof.get("verificationMethod") if isinstance(proof, dict) else ""
    return method if isinstance(method, str) else ""


def publish_status_list(bits: bytes, address: str, signer: openbadges.Signer, now: datetime) -> tuple[str, datetime]:
    """The signed list of *bits* at *address*, and until when it is right where nobody withdraws anything.

    It is signed for today and tomorrow, so that whoever kept it asks again soon; and from midnight on, so that all workers
    sign the same.
    """
    begins = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    signed = openbadges.sign_status_list(address, bits, signer, begins, begins + 2 * A_DAY)
    return json.dumps(signed), begins + A_DAY


def describe(endorsement: Endorsement, language: str) -> str:
    """Who says it, and how that is known, in one paragraph."""
    _ = pages.catalogue_of(language).gettext
    who = ", ".join(filter(None, (endorsement.name, endorsement.role, endorsement.organisation)))
    # What they typed ends where it is told to end: no sentence of ours can be typed into it.
    told = [_("Who says it, as this person typed it: “%(name)s”.") % {"name": who.translate(_NO_QUOTES)}]
    if endorsement.relation == "knows":
        told.append(_("This person was not there, and knows who tells the story."))
    elif endorsement.relation == "saw":
        told.append(_("This person was there and saw it."))
    if ticked := _ticked(endorsement, language):
        told.append(_("On-the-job training (AFEST). This person confirms: %(what)s.") % {"what": ", ".join(ticked)})
    if endorsement.siret:
        told.append(_("Company number, as this person gives it: %(number)s.") % {"number": endorsement.siret})
    if endorsement.means == "mail":
        told.append(_("This person received a code at their address: %(site)s.") % {"site": endorsement.mail_domain})
    told += [_("Their name was not checked."), _("Nobody checked here what this comment says.")]
    return " ".join(told)


def _ticked(endorsement: Endorsement, language: str) -> list[str]:
    """What of an AFEST they saw. Source: Code du travail, D. 6313-3-2."""
    _ = pages.catalogue_of(language).gettext
    words = {
        "analysis": _("the work was analysed"),
        "trainer": _("somebody was named to train"),
        "reflection": _("there was time to reflect"),
        "assessment": _("what was learned was assessed"),
    }
    return [said for tick, said in words.items() if tick in (endorsement.afest or ())]


def _related(endorsement: Endorsement) -> list[dict[str, str]]:
    """What was read, and the voice; of that the name on the shelf is its SHA-256."""
    found = []
    if endorsement.digest:
        found.append({"id": endorsement.subject, "digestSRI": endorsement.digest, "mediaType": "application/json"})
    if endorsement.recording:
        content = bytes.fromhex(endorsement.recording)
        found.append(
            {
                "id": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, endorsement.recording)}",
                "digestSRI": f"sha256-{b64encode(content).decode('ascii')}",
                "mediaType": endorsement.media_type,
            }
        )
    return found


def _place_of(endorsement: Endorsement) -> int:
    if endorsement.list_index is None:
        raise ValueError(f"The endorsement {endorsement.id} has no place in a list.")
    return endorsement.list_index


def _id_at(status_address: str, endorsement: Endorsement) -> str:
    """A place is given once (status_lists.py), so that the id made of it is nobody else's."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{status_address}#{_place_of(endorsement)}')}"


def _written(credential: dict[str, object]) -> bytes:
    return json.dumps(credential, ensure_ascii=False).encode()
