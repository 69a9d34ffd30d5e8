"""A badge of which its holder shows a part (ecdsa-sd-2023), derived here and now by npm's @digitalbazaar/vc.

What is shown is sound; changed in one thing, or with less shown than the issuer demands, it never is.
"""

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from tests.openbadges.support import guild
from tests.openbadges.support.others import Issued, altered, issued_by_npm, needs_npm, with_one_letter_changed

pytestmark = needs_npm

DEMANDED = ["/issuer", "/validFrom", "/validUntil", "/credentialStatus"]
WHOLE = guild.badge(credentialStatus=guild.status())
SHOWN = {
    "what was achieved": ["/name", "/credentialSubject/achievement"],
    "what was achieved, and for whom": ["/name", "/credentialSubject"],
    "all": ["/name", "/awardedDate", "/credentialSubject", "/evidence"],
}
ORDER = {"tool": "vc", "suite": "ecdsa-sd-2023", "curve": "P-256", "mandatory": DEMANDED}


@cache
def badges() -> dict[str, Issued]:
    orders: list[dict[str, Any]] = [ORDER | {"credential": WHOLE, "shown": shown} for shown in SHOWN.values()]
    lists = {guild.LIST: guild.signed(guild.status_list())}
    return {
        shown: replace(one, web={**one.web, **lists}) for shown, one in zip(SHOWN, issued_by_npm(orders), strict=True)
    }


@pytest.mark.parametrize("shown", SHOWN)
@pytest.mark.breadth
def test_a_part_of_a_badge_is_sound_in_every_form(shown: str) -> None:
    badge = badges()[shown]

    for form in badge.forms:
        found = badge.examine(form)

        assert found.check("intact").outcome == "passed"
        assert found.check("bound").outcome == "passed"
        assert found.unsigned == ()
        assert found.badge.achievement.name == "Souder"
        assert found.state == "valid"


@pytest.mark.parametrize("shown", SHOWN)
def test_changed_in_one_thing_it_is_refused(shown: str) -> None:
    badge = badges()[shown]

    for what, text in altered(badge.text):
        assert badge.state(text) == "invalid", what


@pytest.mark.parametrize("shown", SHOWN)
def test_with_one_letter_of_its_signature_changed_it_is_never_sound(shown: str) -> None:
    badge = badges()[shown]

    for text in with_one_letter_changed(badge.text):
        assert badge.state(text) != "valid", text


@pytest.mark.parametrize("member", ["validUntil", "validFrom", "issuer"])
def test_what_the_issuer_demands_cannot_be_left_out(member: str) -> None:
    badge = badges()["all"]
    less = json.loads(badge.text)
    del less[member]

    assert badge.state(json.dumps(less)) != "valid"


def test_what_its_holder_does_not_show_is_not_read() -> None:
    some, whole = (badges()[shown].examine(badges()[shown].text).badge for shown in ("what was achieved", "all"))

    assert some.evidence == ()
    assert some.recipients == ()
    assert [one.name for one in whole.evidence] == ["La photo"]


@pytest.mark.breadth
def test_a_badge_with_the_proof_that_is_not_for_showing_is_not_sound() -> None:
    """A base proof is between issuer and holder: whoever verifies is shown a derived one."""
    [badge] = issued_by_npm([ORDER | {"credential": WHOLE}])

    assert badge.state(badge.text) != "valid"
