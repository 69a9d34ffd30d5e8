"""Offers of other people's issuers, taken to the end: PyPI's openbadgeslib and npm's @openid4vc, over HTTPS."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.fablab import badge
from tests.fixtures.mail import certificate
from tests.issuance.issuers import Issuing, begun
from tests.issuance.taking import Sonia
from tests.openbadges.support import guild
from tests.openbadges.support.others import ask, in_svg, needs_library, needs_npm
from wallet.badges.models import KeptBadge
from wallet.issuance import offers
from wallet.issuance.received import Failed
from wallet.openbadges.proofs.multibase import from_base64url
from wallet.storage.database import Database


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("issuers"), "localhost")


@pytest.fixture(scope="module")
def library(pem: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuing]:
    """Fablab de Caen, with openbadgeslib."""
    with begun("offer.py", str(tmp_path_factory.mktemp("fablab")), str(pem), certificate=pem) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def npm(pem: Path) -> Iterator[Issuing]:
    """Fablab de Caen, with npm's @openid4vc."""
    with begun("offer.mjs", str(pem), certificate=pem) as issuer:
        yield issuer


class Holder(Sonia):
    """Sonia, before an issuer of others, which has a clock of its own."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.clock.now = datetime.now(UTC)

    def opens(self, issuer: Issuing, link: str) -> None:
        """She scans or pastes *link*, and sees the page of the offer."""
        self.fetcher = issuer.fetcher()
        self.may_ask, self.web = self.fetcher.may_lead_to, self.fetcher.for_import()
        found = offers.find_offer(link, self.may_ask)
        assert found is not None
        prepared = self.sees(self.fetcher.for_exchange(), found)
        assert prepared.issuer_name in {"Fablab de Caen", ""}
        assert prepared.host == "localhost"

    def adds(self, tx_code: str = "") -> list[str]:
        """« Ajouter »: what became of it."""
        return [one.kind for one in self.takes(self.fetcher.for_exchange(), tx_code)]

    def is_refused(self, tx_code: str = "") -> str:
        with pytest.raises(Failed) as failed:
            self.adds(tx_code)
        return failed.value.reason

    @property
    def only_badge(self) -> tuple[KeptBadge, str]:
        """The one badge that she has, and its document."""
        (kept,) = self.rows(KeptBadge)
        return kept, self.files.read(kept.document).decode()


@pytest.fixture
def sonia(wallets: Database, tmp_path: Path) -> Holder:
    holder = Holder(wallets, tmp_path)
    holder.signs_in()
    return holder


@needs_library
@pytest.mark.breadth(beside=["postgresql"])
def test_a_badge_of_openbadgeslib_comes_in_six_requests_and_is_valid_and_hers(sonia: Holder, library: Issuing):
    made = library.trial("/offer?format=jwt_vc_json", {})
    before = len(library.trial("/asked"))
    sonia.opens(library, made["by_reference"])

    assert sonia.adds() == ["added"]

    asked = [path.rpartition("/")[2] for path in library.trial("/asked")[before:-1]]
    assert asked[1:6] == [
        *("openid-credential-issuer", "oauth-authorization-server", "token", "nonce", "credential"),
    ]
    assert asked.count("token") == 1
    kept, document = sonia.only_badge
    assert kept.state == "valid"
    # It is named to her key, which no one else has.
    claims = json.loads(from_base64url(document.split(".")[1]))
    assert claims["sub"] == sonia.dids[0]


@needs_npm
@pytest.mark.breadth
def test_a_badge_of_npm_s_issuer_comes_and_it_is_told_so(sonia: Holder, npm: Issuing):
    made = npm.trial("", {"format": "jwt_vc_json", "badges": {"adapt": badge("adapt")}, "flags": ["notified"]})
    sonia.opens(npm, made["link"])

    assert sonia.adds() == ["added"]
    sonia.later(sonia.fetcher.for_exchange(), minutes=1)

    told = npm.trial(f"/{made['number']}")
    assert told["asked"] == [
        *("openid-credential-issuer", "oauth-authorization-server", "token", "nonce", "credential", "notification"),
    ]
    assert told["told"] == ["credential_accepted"]
    assert sonia.only_badge[1] == badge("adapt")


@pytest.mark.soak
@needs_library
@pytest.mark.parametrize("how", ["by_value", "by_reference"])
@pytest.mark.parametrize("kind", ["jwt_vc_json", "vc%2Bsd-jwt"])
def test_every_form_of_openbadgeslib_is_kept_and_valid(sonia: Holder, library: Issuing, how: str, kind: str):
    sonia.opens(library, library.trial(f"/offer?format={kind}", {})[how])

    assert sonia.adds() == ["added"]
    assert sonia.only_badge[0].state == "valid"


@pytest.mark.soak
@needs_library
def test_a_code_that_openbadgeslib_told_is_counted_to_three(sonia: Holder, library: Issuing):
    made = library.trial("/offer?tx=1", {})
    wrong = "000000" if made["tx_code"] != "000000" else "111111"
    sonia.opens(library, made["by_value"])

    assert [sonia.is_refused(one) for one in ("", wrong, wrong)] == ["offer-wrong-code"] * 3
    assert sonia.adds(made["tx_code"]) == ["added"]
    sonia.opens(library, made["by_value"])
    assert sonia.adds(made["tx_code"]) == ["added"], "as before: a code is sent once"
    sonia.signs_in()  # somebody else, with the same link and code
    sonia.opens(library, made["by_value"])
    assert sonia.is_refused(made["tx_code"]) == "offer-wrong-code", "it was used: nobody is told which of the two"


@pytest.mark.soak
@needs_library
def test_an_issuer_with_a_path_of_openbadgeslib_is_found(
    sonia: Holder, pem: Path, tmp_path_factory: pytest.TempPathFactory
):
    folder = str(tmp_path_factory.mktemp("tenant"))
    with begun("offer.py", folder, str(pem), "/tenant/a", certificate=pem) as issuer:
        sonia.opens(issuer, issuer.trial("/offer", {})["by_reference"])

        assert sonia.adds() == ["added"]


LINKED = guild.signed(guild.badge())


@pytest.mark.soak
@needs_npm
@pytest.mark.parametrize(
    ("kind", "given", "flags"),
    [
        ("jwt_vc_json", badge("adapt"), ["did"]),
        ("jwt_vc_json", badge("adapt"), ["unbound"]),
        ("jwt_vc_json", badge("adapt"), ["reference"]),
        ("jwt_vc_json", badge("adapt"), ["link"]),
        ("jwt_vc_json-ld", badge("adapt"), []),
        ("ldp_vc", LINKED, []),
        ("ldp_vc", LINKED, ["reference", "did"]),
    ],
    ids=str,
)
def test_every_variant_of_npm_s_issuer_is_kept(sonia: Holder, npm: Issuing, kind: str, given: Any, flags: list[str]):
    made = npm.trial("", {"format": kind, "badges": {"adapt": given}, "flags": flags})
    sonia.opens(npm, made["link"])

    assert sonia.adds() == ["added"]
    document = sonia.only_badge[1]
    assert (json.loads(document) if kind == "ldp_vc" else document) == given
    assert npm.trial(f"/{made['number']}")["asked"].count("token") == 1
    assert len(sonia.dids) == ("unbound" not in flags)


@pytest.mark.soak
@needs_npm
@pytest.mark.parametrize("kind", ["dc+sd-jwt", "vc+sd-jwt"])
def test_a_badge_as_sd_jwt_of_npm_s_issuer_is_kept(sonia: Holder, npm: Issuing, kind: str):
    (issued,) = ask("issue_sd_jwt.py", [{"key": "ED25519"}])
    made = npm.trial("", {"format": kind, "badges": {"adapt": issued["secured"]}})
    sonia.opens(npm, made["link"])

    assert sonia.adds() == ["added"]
    assert sonia.only_badge[1] == issued["secured"]


@pytest.mark.soak
@needs_npm
def test_two_badges_of_npm_s_issuer_are_two(sonia: Holder, npm: Issuing):
    made = npm.trial("", {"format": "jwt_vc_json", "badges": {"one": badge("one"), "two": badge("two")}})
    sonia.opens(npm, made["link"])

    assert sonia.adds() == ["added", "added"]
    assert len(set(sonia.dids)) == 2


@pytest.mark.soak
@needs_npm
def test_a_code_that_npm_s_issuer_told(sonia: Holder, npm: Issuing):
    made = npm.trial("", {"format": "jwt_vc_json", "badges": {"adapt": badge("adapt")}, "flags": ["tx"]})
    sonia.opens(npm, made["link"])

    assert [sonia.is_refused(one) for one in ("", "0041")] == ["offer-wrong-code"] * 2
    assert sonia.adds("0042") == ["added"]
    assert npm.trial(f"/{made['number']}")["asked"].count("token") == 2
    sonia.opens(npm, made["link"])
    assert sonia.adds("0042") == ["added"]
    assert npm.trial(f"/{made['number']}")["asked"].count("token") == 2, "a code is sent once"
    sonia.signs_in()  # somebody else, with the same link and code
    sonia.opens(npm, made["link"])
    assert sonia.is_refused("0042") == "offer-wrong-code"


@pytest.mark.soak
@needs_npm
def test_a_badge_that_npm_s_issuer_makes_later_comes_by_itself(sonia: Holder, npm: Issuing):
    made = npm.trial("", {"format": "jwt_vc_json", "badges": {"adapt": badge("adapt")}, "flags": ["deferred"]})
    sonia.opens(npm, made["link"])

    assert sonia.adds() == []
    sonia.later(sonia.fetcher.for_exchange(), minutes=1)
    assert sonia.badges == []
    sonia.later(sonia.fetcher.for_exchange(), minutes=1)
    assert sonia.badges == ["urn:uuid:adapt"]
    sonia.later(sonia.fetcher.for_exchange(), minutes=1)
    assert npm.trial(f"/{made['number']}")["told"] == ["credential_accepted"]


@pytest.mark.soak
@needs_npm
@needs_library
def test_what_arrived_verifies_elsewhere(sonia: Holder, npm: Issuing):
    made = npm.trial("", {"format": "ldp_vc", "badges": {"adapt": LINKED}})
    sonia.opens(npm, made["link"])
    sonia.adds()

    document = sonia.only_badge[1]
    assert sonia.only_badge[0].state == "valid"
    (found,) = ask("verify.mjs", [json.loads(document)])
    assert found["valid_signature"] is True
    (found,) = ask("verify.py", [in_svg(document).decode()])
    assert (json.loads(found["text"]), found["refused"]) == (LINKED, "")
