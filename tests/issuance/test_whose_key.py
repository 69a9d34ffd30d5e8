"""A badge that is bound to the key that was made for it is its holder's; the key of another proves nothing."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.fablab import Fablab, Told
from tests.fixtures.visits import NOW
from tests.issuance.taking import Sonia, offered
from tests.openbadges.support import guild, sd_jwts
from wallet.badges import ownership
from wallet.badges.models import KeptBadge
from wallet.openbadges.proofs.multibase import to_base64url
from wallet.storage.database import Database

ANOTHERS = json.loads(
    '{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",'
    '"y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}'
)
"""A key of RFC 7517, A.1."""
NOBODY_ELSE: dict[str, Any] = {
    "credentialSubject": {
        name: told for name, told in guild.badge()["credentialSubject"].items() if name != "identifier"
    }
}


def did(jwk: dict[str, str]) -> str:
    return f"did:jwk:{to_base64url(json.dumps(jwk).encode())}"


def named(jwk: dict[str, str], **subject: Any) -> str:
    """A token about whoever has the key *jwk*."""
    about = NOBODY_ELSE["credentialSubject"] | {"id": did(jwk)} | subject
    return guild.token(guild.badge(id="urn:uuid:adapt", credentialSubject=about))


def bound(jwk: dict[str, str]) -> str:
    """An SD-JWT that is bound to the key *jwk*."""
    return sd_jwts.issued(sd_jwts.plain(jti="urn:uuid:adapt", cnf={"jwk": jwk}, **NOBODY_ELSE))


def written(jwk: dict[str, str]) -> Any:
    """A proof inside, about whoever has the key *jwk*."""
    about = NOBODY_ELSE["credentialSubject"] | {"id": did(jwk)}
    return guild.signed(guild.badge(id="urn:uuid:adapt", credentialSubject=about))


FORMS = {"jwt_vc_json": named, "dc+sd-jwt": bound, "ldp_vc": written}


@dataclass
class Binding(Fablab):
    """Binds its badges to the key of whoever asks, or to that of another."""

    is_anothers: bool = False

    def _given(self, id: str) -> Told:
        self.badges = {id: FORMS[self.format](ANOTHERS if self.is_anothers else self.keys[-1])}
        return super()._given(id)


@pytest.fixture
def sonia(wallets: Database, tmp_path: Path) -> Sonia:
    return Sonia(wallets, tmp_path).signs_in()


def takes(sonia: Sonia, fablab: Fablab) -> KeptBadge:
    sonia.sees(fablab, offered(fablab))
    sonia.takes(fablab)
    (kept,) = sonia.rows(KeptBadge)
    assert isinstance(kept, KeptBadge)
    return kept


def outcome(kept: KeptBadge) -> str:
    return str(next(one["outcome"] for one in kept.examination["checks"] if one["name"] == "named_to_me"))


@pytest.mark.parametrize("format", FORMS)
@pytest.mark.breadth(beside=["sqlite-jwt_vc_json", "sqlite-dc+sd-jwt"])
def test_a_badge_bound_to_her_key_is_hers_and_stays_it(sonia: Sonia, format: str) -> None:
    kept = takes(sonia, Binding(format=format))

    assert kept.state == "valid"
    assert outcome(kept) == "passed"
    assert kept.match == {"address": sonia.dids[0], "at": NOW.isoformat()}
    with sonia.database.writing() as session:
        ownership.match_badges(session, sonia.holder_id or 0, NOW)
    assert outcome(sonia.rows(KeptBadge)[0]) == "passed"


@pytest.mark.parametrize("format", FORMS)
def test_a_badge_bound_to_the_key_of_another_is_not_hers(sonia: Sonia, format: str) -> None:
    kept = takes(sonia, Binding(format=format, is_anothers=True))

    assert kept.state == "valid"
    assert outcome(kept) == "unknown", "and nobody says that it is another's: she may have that key elsewhere"
    assert kept.match is None


@pytest.mark.breadth
def test_one_whose_issuer_was_silent_is_hers_as_soon_as_its_signature_is_seen(sonia: Sonia) -> None:
    kept = takes(sonia, Binding())
    with sonia.database.writing() as session:
        here = session.get_one(KeptBadge, kept.id)
        checks = [
            one | ({"outcome": "unknown"} if one["name"] == "intact" else {}) for one in here.examination["checks"]
        ]
        here.match, here.examination = None, here.examination | {"checks": checks}
    with sonia.database.writing() as session:
        ownership.match_badges(session, sonia.holder_id or 0, NOW)
        assert session.get_one(KeptBadge, kept.id).match is None, "a changed file proves nothing"
        checks = [one | {"outcome": "passed"} for one in checks]
        here = session.get_one(KeptBadge, kept.id)
        here.examination = here.examination | {"checks": checks}
        ownership.match_badges(session, sonia.holder_id or 0, NOW)
        assert here.match == {"address": sonia.dids[0], "at": NOW.isoformat()}
