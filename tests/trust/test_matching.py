"""Whether an issuer is the one that a row names: to the letter, but for what a platform writes into each award."""

from datetime import UTC, datetime
from itertools import product

import pytest

from wallet.trust import Issuer, Register, Registers, Row, ignoring_is_allowed, is_match, without_award
from wallet.trust.matching import place_of

EVENT = frozenset({"event"})
HOST = "https://openbadgefactory.com"
TENANT = f"{HOST}/v1/client?key=P4XYZ&event=E1"
REGION = Register(key="operator", name="Région d’essai", kind="operator")


def vouched(id: str, row: str = TENANT) -> bool:
    """Whether the registers vouch for *id*, where they name the tenant at *row*."""
    registers = Registers(rows=[Row(register=REGION, match=row, name="Région", ignoring=EVENT)])
    return registers.answer(
        Issuer(id=id, name="Région", binding="proven"), datetime(2026, 11, 24, tzinfo=UTC)
    ).is_vouched


@pytest.mark.parametrize(
    "id",
    [
        TENANT,
        f"{HOST}/v1/client?key=P4XYZ&event=E2",
        f"{HOST}/v1/client?key=P4XYZ&event=",
        f"{HOST}/v1/client?key=P4XYZ&event",
        f"{HOST}/v1/client?event=E2&key=P4XYZ",
        f"{HOST}/v1/client?key=P4XYZ",
    ],
)
def test_two_awards_of_one_tenant_are_both_vouched_for(id: str) -> None:
    assert is_match(TENANT, EVENT, id)
    assert vouched(id)


def test_what_is_of_one_award_is_left_out_of_the_id_of_a_tenant_and_of_no_other() -> None:
    tenant = f"{HOST}/v1/client?key=P4XYZ"
    awards = (tenant, TENANT, f"{HOST}/v1/client?event=E2&key=P4XYZ", f"{tenant}&event")

    assert {without_award(one) for one in awards} == {tenant}
    alone = (
        f"{HOST}/v1/client?event=E1",
        f"{TENANT}&event=E2",
        "https://a.exemple/?key=1&event=2",
        "did:web:a.exemple",
        "",
    )
    assert [without_award(one) for one in alone] == [*alone]
    assert tenant not in set(map(without_award, near_ids()))


def near_ids() -> list[str]:
    """Addresses that look like the tenant's, and are another's."""
    places = [
        "http://openbadgefactory.com/v1/client",
        "HTTPS://openbadgefactory.com/v1/client",
        "https://OpenBadgeFactory.com/v1/client",
        "https://openbadgefactory.com.evil.example/v1/client",
        "https://eu.openbadgefactory.com/v1/client",
        "https://myopenbadgefactory.com/v1/client",
        "https://openbadgefactory.com:443/v1/client",
        "https://openbadgefactory.com:8443/v1/client",
        "https://evil@openbadgefactory.com/v1/client",
        "https://openbadgefactory.com@evil.example/v1/client",
        "https://openbadgefactory.com./v1/client",
        "https://openbadgefactory.com/v1/client/",
        "https://openbadgefactory.com//v1/client",
        "https://openbadgefactory.com/v1/../v1/client",
        "https://openbadgefactory.com/v1/%63lient",
        "https://openbadgefactory.com/V1/client",
        "https://openbadgefactory.com/v2/client",
        "https://openbadgefаctory.com/v1/client",  # the Cyrillic а
        "//openbadgefactory.com/v1/client",
        " https://openbadgefactory.com/v1/client",
    ]
    queries = [
        "key=P4XYZ&event=E1",
        "key=P4XYZ&event=E2",
        "key=P4XYZ",
        "event=E1&key=P4XYZ",
        "key=OTHER&event=E1",
    ]
    others = [
        "?key=OTHER&event=E1",
        "?key=P4XYZ0&event=E1",
        "?key=P4XY&event=E1",
        "?key=p4xyz&event=E1",
        "?key=P4XYZ%00&event=E1",
        "?key=%50%34XYZ&event=E1",
        "?key=P4XYZ+&event=E1",
        "?key=&event=E1",
        "?key&event=E1",
        "?event=E1",
        "?event=P4XYZ",
        "",
        "?",
        "?&",
        "?key=P4XYZ&key=OTHER",
        "?key=OTHER&key=P4XYZ&event=E1",
        "?key=P4XYZ&key=P4XYZ&event=E1",
        "?key=P4XYZ&event=E1&event=E2",
        "?key=P4XYZ&event=E1&key=OTHER",
        "?key=P4XYZ&event=key=OTHER&key=OTHER",
        "?KEY=P4XYZ&event=E1",
        "?key=P4XYZ&Event=E1",
        "?key=P4XYZ&%65vent=E1",
        "?key=P4XYZ;event=E1",
        "?key=P4XYZ&event=E1&other=1",
        "?key=P4XYZ&client=1",
        "?key=P4XYZ&&event=E1",
        "?key=P4XYZ&",
        "?&key=P4XYZ",
        "??key=P4XYZ&event=E1",
        "?key=P4XYZ?event=E1",
        "?key=P4XYZ&event=E1#x",
        "?key=P4XYZ#&event=E1",
        "#?key=P4XYZ&event=E1",
        "#key=P4XYZ",
        "/?key=P4XYZ&event=E1",
        "%3Fkey=P4XYZ&event=E1",
        "?key=P4XYZ%26event=E1",
        "?k%65y=P4XYZ&event=E1",
        "?key= P4XYZ&event=E1",
        "?key=P4XYZ\n&event=E1",
        "?key=Р4XYZ&event=E1",  # the Cyrillic Р
        "?key=P4XYZ\u202e&event=E1",
        "?key=P4XYZ\u200b&event=E1",
    ]
    inside = [f"?key={key}&event=E1" for key in (f"P4XYZ{number}" for number in range(60))]
    return [
        *(f"{place}?{query}" for place, query in product(places, queries)),
        *(f"{HOST}/v1/client{rest}" for rest in [*others, *inside]),
    ]


@pytest.mark.breadth
def test_of_200_near_ids_none_is_vouched_for() -> None:
    found = near_ids()

    assert len(set(found)) >= 200
    assert [id for id in found if vouched(id) or is_match(TENANT, EVENT, id)] == []


@pytest.mark.parametrize("id", [f"{HOST}/v1/client", f"{HOST}/v1/client?event=E1"])
def test_a_row_whose_whole_query_is_left_out_names_only_itself(id: str) -> None:
    """All tenants of the platform stand at that address."""
    assert not is_match(f"{HOST}/v1/client?event=E9", EVENT, id)
    assert not vouched(id, f"{HOST}/v1/client?event=E9")
    assert vouched(f"{HOST}/v1/client?event=E9", f"{HOST}/v1/client?event=E9")


def test_a_row_that_doubles_a_member_names_only_itself() -> None:
    doubled = f"{HOST}/v1/client?key=P4XYZ&key=Q"

    assert vouched(doubled, doubled)
    assert not vouched(f"{doubled}&event=E1", doubled)


def test_without_ignoring_every_letter_counts() -> None:
    assert is_match(TENANT, (), TENANT)
    assert not is_match(TENANT, (), f"{HOST}/v1/client?key=P4XYZ&event=E2")


@pytest.mark.parametrize(
    ("match", "ignoring", "is_allowed"),
    [
        (TENANT, {"event"}, True),
        (TENANT.replace("https://", "https://eu."), {"event"}, True),
        (TENANT, (), True),
        (TENANT, {"event", "key"}, False),
        (TENANT, {"key"}, False),
        (TENANT.replace("openbadge", "myopenbadge"), {"event"}, False),
        (TENANT.replace(".com/", ".com.example/"), {"event"}, False),
        ("https://rives.exemple.fr/issuer?event=1", {"event"}, False),
        ("https://rives.exemple.fr/issuer", (), True),
        ("did:key:z6Mk", (), True),
        ("did:key:z6Mk", {"event"}, False),
        ("https://[", {"event"}, False),
    ],
)
def test_only_what_a_platform_is_known_to_write_may_be_left_out(
    match: str, ignoring: set[str], is_allowed: bool
) -> None:
    assert ignoring_is_allowed(match, ignoring) is is_allowed


@pytest.mark.parametrize("address", ["http://a.example/", "did:web:a.example", "urn:x", "", "HTTPS://a.example"])
def test_only_an_https_address_has_a_place(address: str) -> None:
    assert place_of(address) is None
    assert not is_match(address, EVENT, f"{address}?event=1")
