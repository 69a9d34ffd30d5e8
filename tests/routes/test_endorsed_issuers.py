"""/issuers/ID: an issuer for whom the operator vouches, as a signed endorsement that others verify and that is refused once struck."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from starlette.applications import Starlette

from tests.fixtures.registers import RIVES, imports, second
from tests.fixtures.signed_words import ORIGIN, both_say, ours_says
from tests.fixtures.visits import Clock, Stranger
from tests.openbadges.support import others
from wallet import openbadges, registers, trust
from wallet.settings import Operator, Settings
from wallet.storage.database import Database

GRETA, TENANT = "did:web:greta.example", "https://factory.example/v1/client?key=2DVCCWPZK7a1&lang=fr"
pytestmark = pytest.mark.slow


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The wallet of a region; a did:web is asked for over https alone."""
    return replace(settings, origin=ORIGIN, operator=Operator(name="Région d’essai"))


@pytest.fixture
def database(app: Starlette, clock: Clock) -> Database:
    clock.now = datetime.now(UTC)  # others look at their own clock
    found: Database = app.state.services.database
    return found


@pytest.fixture
def vouch(database: Database, clock: Clock) -> Any:
    def add(id: str, **members: Any) -> None:
        entry = trust.Entry(**{"match": id, "name": "GRETA d’essai"} | members)
        database.write(registers.add_issuer, entry, "a test", clock())

    return add


def strike(database: Database, clock: Clock, id: str) -> None:
    database.write(registers.retire_issuer, id, "ended", "a test", clock())


def published(recruiter: Stranger, id: str) -> str:
    answer = recruiter.get(f"/issuers/{quote(id, safe=':')}")
    assert answer.status_code == 200, answer.status_code
    text: str = answer.text
    return text


def is_published(recruiter: Stranger, id: str) -> bool:
    return recruiter.get(f"/issuers/{quote(id, safe=':')}").status_code != 404


def web(recruiter: Stranger) -> Mapping[str, str]:
    """What others are answered who verify."""
    paths = "/.well-known/did.json", "/status/issuers/0"
    return {f"{ORIGIN}{path}": recruiter.get(path).text for path in paths}


@pytest.mark.breadth
def test_an_endorsement_says_who_vouches_for_whom_and_until_when(recruiter: Stranger, vouch: Any, clock: Clock) -> None:
    vouch(TENANT, name="Atelier d’essai", siret="73282932000074", until=clock() + timedelta(days=90))

    told = json.loads(published(recruiter, TENANT))

    assert told["id"] == f"{ORIGIN}/issuers/{quote(TENANT, safe=':')}"
    assert told["issuer"]["name"] == "Région d’essai"
    assert told["credentialSubject"]["id"] == TENANT
    assert told["credentialSubject"]["name"] == "Atelier d’essai"
    assert told["credentialSubject"]["endorsementComment"] == "Région d’essai confirme cet organisme."
    assert "73282932000074" in told["description"]
    assert datetime.fromisoformat(told["validUntil"]) == (clock() + timedelta(days=90)).replace(microsecond=0)


@pytest.mark.soak
@others.needs_npm
@others.needs_library
def test_it_is_valid_at_two_others_and_refused_by_them_once_the_issuer_is_struck(
    recruiter: Stranger, database: Database, vouch: Any, clock: Clock
) -> None:
    vouch(GRETA)
    vouch(TENANT)
    greta, tenant = (published(recruiter, id).encode() for id in (GRETA, TENANT))
    before = web(recruiter)
    strike(database, clock, GRETA)
    after = web(recruiter)

    said = both_say([(greta, before), (tenant, before), (greta, after), (tenant, after)])

    assert [valid for valid, _ in said] == [True, True, False, True]
    assert [why for _, why in said if "is set at index" not in why] == ["", "", ""]


def test_once_it_is_struck_its_endorsement_is_refused_and_published_no_more(
    recruiter: Stranger, database: Database, vouch: Any, clock: Clock
) -> None:
    vouch(GRETA)
    vouch(TENANT)
    greta, tenant = (published(recruiter, id).encode() for id in (GRETA, TENANT))
    assert [ours_says(one, web(recruiter), clock()) for one in (greta, tenant)] == ["valid", "valid"]

    strike(database, clock, GRETA)

    assert [ours_says(one, web(recruiter), clock()) for one in (greta, tenant)] == ["revoked", "valid"]
    assert [is_published(recruiter, one) for one in (GRETA, TENANT)] == [False, True]


def test_an_issuer_that_comes_back_has_another_endorsement_and_the_old_one_stays_refused(
    recruiter: Stranger, database: Database, vouch: Any, clock: Clock
) -> None:
    vouch(GRETA)
    old = published(recruiter, GRETA).encode()
    strike(database, clock, GRETA)
    vouch(GRETA)

    new = published(recruiter, GRETA).encode()

    assert [ours_says(one, web(recruiter), clock()) for one in (old, new)] == ["revoked", "valid"]


def test_an_issuer_that_is_called_otherwise_is_not_vouched_for_under_its_old_name(
    recruiter: Stranger, vouch: Any, clock: Clock
) -> None:
    vouch(GRETA)
    old = published(recruiter, GRETA).encode()

    vouch(GRETA, name="GRETA Normandie")

    new = published(recruiter, GRETA).encode()
    assert [ours_says(one, web(recruiter), clock()) for one in (old, new)] == ["revoked", "valid"]


def test_what_is_not_in_force_or_not_whole_or_anothers_is_not_there(
    recruiter: Stranger, database: Database, vouch: Any, clock: Clock
) -> None:
    vouch("did:web:soon.example", since=clock() + timedelta(days=1))
    vouch("did:web:over.example", until=clock() + timedelta(hours=1))
    vouch("did:web:keyed.example", keys=("z6Mk",))
    vouch("did:web:partly.example", scope=("normandie",))
    imports(database, second(RIVES))
    ids = (
        "did:web:soon.example",
        "did:web:over.example",
        "did:web:keyed.example",
        "did:web:partly.example",
        RIVES["id"],
        "did:web:nobody.example",
        "did:web:null.example\0",
        "x" * 3000,
    )
    assert [id for id in ids if is_published(recruiter, id)] == ["did:web:over.example"]

    clock.move(days=1)

    assert [id for id in ids if is_published(recruiter, id)] == ["did:web:soon.example"]


def test_another_wallet_reads_it_as_a_register_that_is_pinned_to_us(
    recruiter: Stranger, vouch: Any, clock: Clock
) -> None:
    vouch(GRETA)
    answers = web(recruiter)

    def fetch(address: str) -> openbadges.Fetched:
        return openbadges.Fetched(
            address=address, status=200, media_type="application/json", body=answers[address].encode()
        )

    did = "did:web:wallet.example"
    read = trust.read_register(published(recruiter, GRETA).encode(), clock(), anchor=did, fetch=fetch)

    assert [(entry.match, entry.name) for entry in read.entries] == [(GRETA, "GRETA d’essai")]
    assert (read.name, read.signed_by) == ("Région d’essai", did)


def test_any_site_may_read_it_and_a_list_that_is_none_is_not_there(recruiter: Stranger, vouch: Any) -> None:
    vouch(GRETA)
    for path in (f"/issuers/{GRETA}", "/status/issuers/0"):
        answer = recruiter.get(path)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cache-control"] == "no-cache"
        assert "set-cookie" not in answer.headers
    assert recruiter.get("/status/issuers/1").status_code == 404
