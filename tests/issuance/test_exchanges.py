"""Maria is given badges by exchanges: she answers who she is, by a fresh key, and nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.issuance.exchanging import CHALLENGE, HOST, Issuer, begun_issuer, fetcher_for, now, received
from tests.issuance.taking import Sonia
from tests.openbadges.support import guild
from tests.openbadges.support.others import needs_npm
from wallet import openbadges
from wallet.badges.models import KeptBadge
from wallet.issuance import exchanges, offers
from wallet.issuance.holder_keys import make_ed25519_key
from wallet.issuance.received import Failed
from wallet.network import Fetcher, Outgoing
from wallet.storage.database import Database

pytestmark = needs_npm


@pytest.fixture(scope="module")
def fablab() -> Iterator[Issuer]:
    with begun_issuer() as issuer:
        yield issuer


@pytest.fixture
def fetcher(fablab: Issuer) -> Fetcher:
    return fetcher_for((HOST, fablab.port))


KEY = make_ed25519_key()
PRIVATE = Ed25519PrivateKey.from_private_bytes(KEY.secret)


def found(fetcher: Fetcher, text: str) -> offers.Offer | None:
    return offers.find_offer(text, fetcher.may_lead_to)


def learner_link(fablab: Issuer) -> str:
    asked = {"auth_type": "bearer", "challenge": CHALLENGE, "vc_request_url": fablab.address("/direct")}
    return f"https://lcw.app/request.html?{urlencode({'issuer': 'issuer.example.com'} | asked)}"


def learner_json(fablab: Issuer, path: str) -> str:
    told = {"credentialRequestOrigin": fablab.address(""), "protocols": {"vcapi": fablab.address(path)}}
    return f"https://lcw.app/request?{urlencode({'request': json.dumps(told)})}"


def require_is_hers(documents: list[bytes]) -> None:
    """One badge, valid, and named to the key that she answered with."""
    [document] = documents
    looked = openbadges.examine(document, guild.web().fetch, now(), [KEY.did])
    assert looked.state == "valid"
    assert looked.check("named_to_me").outcome == "passed"


def test_an_interaction_leads_to_a_badge_that_is_named_to_her(fablab: Issuer, fetcher: Fetcher) -> None:
    """One route through the whole counterpart: an interaction, its exchange, the suite that nobody names."""
    require_is_hers(received(fetcher, KEY, found(fetcher, fablab.address("/interactions/1?iuv=1"))))
    [told] = [one for one in fablab.log() if "verified" in one]
    assert told == {
        "verified": True,
        "carried": 0,
        "holder": KEY.did,
        "suite": "Ed25519Signature2020",
    }


@pytest.mark.breadth(beside=["postgresql"])
def test_what_sonia_is_given_by_an_interaction_is_kept_as_hers(
    fablab: Issuer, fetcher: Fetcher, wallets: Database, tmp_path: Path
) -> None:
    """« Ajouter », by the door of all offers."""
    sonia = Sonia(wallets, tmp_path, may_ask=fetcher.may_lead_to).signs_in()
    sonia.clock.now = now()
    posts = len(fablab.posts())

    prepared = sonia.sees(fetcher.for_exchange(), found(fetcher, fablab.address("/interactions/1?iuv=1")))
    assert (prepared.kind, prepared.host) == ("exchange", HOST)
    assert len(fablab.posts()) == posts, "nothing is spent by looking"

    assert [one.kind for one in sonia.takes(fetcher.for_exchange())] == ["added"]
    [kept] = sonia.rows(KeptBadge)
    assert kept.match, kept.examination["checks"]
    assert kept.match["address"] == sonia.dids[0]
    assert sonia.dids[0].startswith("did:key:")
    assert [one.kind for one in sonia.takes(fetcher.for_exchange())] == ["added"], "the second of two taps"
    assert len(fablab.posts()) == posts + 2


@pytest.mark.soak
@pytest.mark.parametrize("suite", openbadges.AUTHENTICATION_SUITES)
def test_a_request_names_its_suite(fablab: Issuer, fetcher: Fetcher, suite: str) -> None:
    require_is_hers(received(fetcher, KEY, found(fetcher, learner_json(fablab, f"/request/{suite}"))))
    assert [one for one in fablab.log() if "verified" in one][-1]["suite"] == suite


@pytest.mark.soak
def test_a_link_of_the_learner_credential_wallet_is_answered_at_once(fablab: Issuer, fetcher: Fetcher) -> None:
    require_is_hers(received(fetcher, KEY, found(fetcher, learner_link(fablab))))
    require_is_hers(
        received(fetcher, KEY, found(fetcher, learner_link(fablab).replace("https://lcw.app/", "dccrequest://")))
    )


@pytest.mark.soak
@pytest.mark.parametrize("suite", openbadges.AUTHENTICATION_SUITES)
def test_a_bare_answer_is_verified_in_both_suites(
    fablab: Issuer, fetcher: Fetcher, suite: openbadges.AuthenticationSuite
) -> None:
    """The wallet sends the older one there, which all know; the consortium's libraries take the other as well."""
    answer = openbadges.authentication(PRIVATE, suite, CHALLENGE, f"{HOST}:{fablab.port}", now())

    given = fetcher.for_exchange().send(fablab.address("/direct"), Outgoing(body=json.dumps(answer).encode()))

    require_is_hers([given.body])


@pytest.mark.soak
def test_an_answer_to_another_question_gives_nothing(fablab: Issuer, fetcher: Fetcher) -> None:
    with pytest.raises(Failed) as problem:
        received(fetcher, KEY, offers.ExchangeAt(fablab.address("/direct"), "another"))
    assert problem.value.reason == "offer-not-given"


@pytest.mark.soak
@pytest.mark.parametrize(
    ("path", "why", "posts"),
    [("/elsewhere", "offer-other-host", 1), ("/endless", "offer-not-given", 1 + exchanges.ROUNDS)],
)
def test_whoever_asks_for_another_or_without_end_gets_no_further(
    fablab: Issuer, fetcher: Fetcher, path: str, why: str, posts: int
) -> None:
    with pytest.raises(Failed) as problem:
        received(fetcher, KEY, offers.ExchangeAt(fablab.address(path)))
    assert problem.value.reason == why
    assert len([one for one in fablab.log() if one.get("path") == path]) == posts


@pytest.mark.soak
def test_whoever_asks_for_badges_gets_none(fablab: Issuer, fetcher: Fetcher) -> None:
    before = len(fablab.log())
    with pytest.raises(Failed) as problem:
        received(fetcher, KEY, offers.ExchangeAt(fablab.address("/asks")))
    assert problem.value.reason == "offer-asks-for-badges"
    assert fablab.log()[before:] == [{"method": "POST", "path": "/asks"}]
