"""What an answer and an issuer say of themselves: green, a platform's name, a host, only where that was proven."""

from typing import get_args

import pytest

from wallet.trust import NOBODY, Answer, Issuer, Standing


@pytest.mark.parametrize("standing", get_args(Standing))
def test_green_is_for_whom_somebody_vouches_and_for_whom_an_official_list_names(standing: Standing) -> None:
    assert Answer(standing=standing).is_vouched == (standing in {"vouched", "listed"})


@pytest.mark.parametrize("standing", get_args(Standing))
def test_a_platform_is_told_where_it_is_all_there_is(standing: Standing) -> None:
    told = Answer(standing=standing, host="openbadgefactory.com").platform

    assert told == ("Open Badge Factory" if standing == "platform" else "")


def test_of_whom_nobody_was_asked_nothing_is_said() -> None:
    assert (NOBODY.standing, NOBODY.by, NOBODY.name, NOBODY.is_vouched) == ("nobody", "", "", False)


@pytest.mark.parametrize(
    ("binding", "is_proven"),
    [
        ("proven", True),
        ("self-certified", True),
        ("claimed", False),
        ("mismatch", False),
        ("unknown", False),
        ("", False),
    ],
)
def test_an_issuer_is_proven_by_its_site_or_its_key_and_by_nothing_else(binding: str, is_proven: bool) -> None:
    assert Issuer(id="https://a.example", name="A", binding=binding).is_proven is is_proven


@pytest.mark.parametrize(
    ("id", "host", "is_on_platform"),
    [
        ("https://rives.exemple.fr/issuer", "rives.exemple.fr", False),
        ("did:web:rives.exemple.fr", "rives.exemple.fr", False),
        ("https://api.badgr.io/public/issuers/1", "api.badgr.io", True),
        ("https://evil-badgr.io/public/issuers/1", "evil-badgr.io", False),
        ("did:key:z6Mk", "", False),
        ("https://[", "", False),
        ("", "", False),
    ],
)
def test_the_host_of_an_issuer_is_that_of_its_id(id: str, host: str, is_on_platform: bool) -> None:
    one = Issuer(id=id, name="A", binding="proven")

    assert (one.host, one.is_on_platform) == (host, is_on_platform)
