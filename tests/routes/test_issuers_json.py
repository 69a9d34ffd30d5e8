"""/issuers.json: for whom the operator vouches, for other verifiers, and only what is in force."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.applications import Starlette

from tests.fixtures.registers import RIVES, imports, second
from tests.fixtures.visits import NOW, Stranger
from tests.openbadges.support import others
from wallet import registers, trust
from wallet.cli import samples
from wallet.storage.database import Database
from wallet.web import Services

GIVEN = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def database(app: Starlette) -> Database:
    services: Services = app.state.services
    return services.database


def vouch(database: Database, id: str, **members: Any) -> None:
    entry = trust.Entry(match=id, name="GRETA", **members)
    database.write(registers.add_issuer, entry, "a test", NOW)


def published(recruiter: Stranger) -> dict[str, Any]:
    found: dict[str, Any] = recruiter.get("/issuers.json").json()
    return found


def test_others_read_for_whom_the_operator_vouches_and_no_longer_the_moment_one_is_struck(
    recruiter: Stranger, database: Database
) -> None:
    assert published(recruiter) == {
        "meta": {"created": "1970-01-01T00:00:00+00:00", "updated": "1970-01-01T00:00:00+00:00"},
        "registry": {},
    }
    vouch(database, "did:web:greta.example")
    vouch(database, "https://rives.example/issuer")
    found = published(recruiter)
    assert found["registry"]["did:web:greta.example"] == {
        "name": "GRETA",
        "location": "",
        "url": "https://greta.example",
    }
    assert found["meta"]["updated"] == NOW.isoformat()

    database.write(registers.retire_issuer, "did:web:greta.example", "ended", "a test", NOW)

    assert published(recruiter)["registry"].keys() == {"https://rives.example/issuer"}


def test_what_others_vouch_for_is_not_published_in_the_operators_name(recruiter: Stranger, database: Database) -> None:
    imports(database, second(RIVES))

    assert published(recruiter)["registry"] == {}


def test_what_our_own_pages_believe_no_longer_is_not_published_either(
    recruiter: Stranger, database: Database, clock: Any
) -> None:
    """The operator’s file told when the next one comes, and none came."""
    vouch(database, "did:web:greta.example")
    with database.writing() as session:
        registers.find_register(session, trust.OPERATOR).stale_after = NOW + timedelta(days=1)  # type: ignore[union-attr]
        registers.raise_edition(session)
    assert published(recruiter)["registry"].keys() == {"did:web:greta.example"}

    clock.move(days=1)

    assert published(recruiter)["registry"] == {}


def test_what_has_ended_or_not_begun_is_not_there_though_nobody_wrote_since(
    recruiter: Stranger, database: Database, clock: Any
) -> None:
    vouch(database, "did:web:soon.example", since=NOW + timedelta(days=1))
    vouch(database, "did:web:over.example", until=NOW + timedelta(days=1))
    assert published(recruiter)["registry"].keys() == {"did:web:over.example"}

    clock.move(days=1)

    assert published(recruiter)["registry"].keys() == {"did:web:soon.example"}


def test_any_site_may_read_it_and_no_cookie_is_set(recruiter: Stranger) -> None:
    answer = recruiter.get("/issuers.json", headers={"Accept-Encoding": "identity"})

    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-cache"
    assert "set-cookie" not in answer.headers


@others.needs_npm
@pytest.mark.breadth
def test_a_verifier_of_the_consortium_knows_an_issuer_by_it(recruiter: Stranger, database: Database) -> None:
    """npm's @digitalcredentials/verifier-core: the real one, with what the wallet publishes."""
    badge = json.loads(samples.make_badge(samples.samples()[0], Ed25519PrivateKey.generate(), GIVEN))
    address = "https://wallet.example/issuers.json"
    vouch(database, badge["issuer"]["id"])
    known = recruiter.get("/issuers.json").text
    database.write(registers.retire_issuer, badge["issuer"]["id"], "stop", "a test", NOW)
    struck = recruiter.get("/issuers.json").text

    orders = [{"credential": badge, "address": address, "registry": one} for one in (known, struck)]
    yes, no = others.ask("registry.mjs", orders)

    assert (yes["valid_signature"], yes["registered_issuer"]) == (True, True)
    assert no["registered_issuer"] is not True
