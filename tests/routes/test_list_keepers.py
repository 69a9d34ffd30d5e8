"""Who keeps the list of withdrawn badges, where that is not the issuer: the holder reads it in the details."""

import json
from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette

from tests.fixtures.visits import IssuersWeb, holder, words
from tests.openbadges.support import guild
from wallet import openbadges

KEEPER = "did:web:lists.example"
DOCUMENT = "https://lists.example/.well-known/did.json"


def badge() -> bytes:
    """Maria's, whose issuer is a key and has given its list into other hands."""
    return json.dumps(guild.signed(guild.badge(credentialStatus=guild.status()))).encode()


def kept_by(keeper: str, method: str) -> bytes:
    made = openbadges.sign_eddsa_rdfc(
        guild.status_list(issuer=keeper), guild.OTHER_KEY, method, datetime(2026, 1, 2, tzinfo=UTC)
    )
    return json.dumps(made).encode()


@pytest.mark.parametrize(("language", "told"), [
    ("fr", "La liste est tenue par {}."), ("en", "The list is kept by {}."),
])  # fmt: skip
@pytest.mark.parametrize(
    ("keeper", "method", "name"),
    [
        (KEEPER, f"{KEEPER}#key-1", "lists.example"),
        (
            guild.did(guild.OTHER_KEY),
            guild.method(guild.OTHER_KEY),
            f"{guild.did(guild.OTHER_KEY)[:18]}…{guild.did(guild.OTHER_KEY)[-4:]}",
        ),
    ],
    ids=["a site", "a key"],
)
@pytest.mark.breadth(beside=["a site-fr-La liste est tenue par {}.", "a key-fr-La liste est tenue par {}."])
def test_the_details_name_who_keeps_the_list(
    app: Starlette, web: IssuersWeb, language: str, told: str, keeper: str, method: str, name: str
):
    web[DOCUMENT] = json.dumps(guild.did_document(guild.OTHER_KEY, KEEPER)).encode()
    web[guild.LIST] = kept_by(keeper, method)
    maria = holder(app, ("badge.json", badge()))

    page = words(maria.get(f"/badges/{maria.has()[0]}?lang={language}").text)

    assert told.format(name) in page


@pytest.mark.breadth
def test_nobody_is_named_where_the_issuer_keeps_it(app: Starlette, web: IssuersWeb):
    web[guild.LIST] = json.dumps(guild.signed(guild.status_list())).encode()
    maria = holder(app, ("badge.json", badge()))

    assert "La liste est tenue" not in maria.page(f"/badges/{maria.has()[0]}")
