"""A strict OAuth client of somebody else's (npm oauth4webapi) connects, refreshes and gives its token back."""

import json
import subprocess
from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.fixtures.connecting import ORIGIN, Platform, consents, may
from tests.fixtures.visits import holder
from tests.openbadges.support.others import NODE, SCRIPTS, needs_npm
from wallet.issuance.platforms.scopes import OFFERED
from wallet.settings import Settings

LINES = 60
"""More than it asks."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """As a platform finds the wallet: over https."""
    return replace(settings, origin=ORIGIN)


@needs_npm
def test_a_strict_client_gets_all_that_it_looks_for(app: Starlette) -> None:
    told = talk(app)

    assert told["registered"]["redirect_uris"] == ["https://cfa.example/retour"]
    tokens = [told[name] for name in ("first", "basic", "post")]
    assert [one["token_type"] for one in tokens] == ["bearer"] * 3
    assert [one["scope"] for one in tokens] == [" ".join(OFFERED)] * 3
    assert len({one[kind] for one in tokens for kind in ("access_token", "refresh_token")}) == 6
    assert told["refusal"] == "invalid_grant"
    assert not may(app, told["post"]["access_token"]), "it gave it back"


def talk(app: Starlette) -> dict[str, Any]:
    """What the client found; the wallet is asked for it, and Maria says yes."""
    maria, cfa = holder(app), Platform(app)
    command = [NODE, str(SCRIPTS / "connect.mjs"), ORIGIN]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        for _ in range(LINES):
            line = json.loads(client.stdout.readline())
            if "done" in line:
                client.stdin.write("{}\n")
                break
            if "consent" in line:
                answer: dict[str, Any] = {"location": consents(maria, line["consent"])}
            else:
                asked = line["ask"]
                got = cfa.request(asked["method"], asked["url"], content=asked["body"], headers=asked["headers"])
                answer = {"status": got.status_code, "headers": dict(got.headers), "body": got.text}
            client.stdin.write(f"{json.dumps(answer)}\n")
            client.stdin.flush()
    found: dict[str, Any] = line["done"]
    return found
