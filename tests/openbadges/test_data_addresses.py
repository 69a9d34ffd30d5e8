"""Addresses that carry their answer: opened like files, wherever they stand, and nobody is asked."""

import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild, hostile
from tests.openbadges.support.guild import NOW
from wallet import openbadges
from wallet.openbadges import DamagedFile, Fetched, NotABadge, UnreadableBadge, from_data_address, is_data_address

SIGNED = json.dumps(guild.signed(guild.badge()))
TOKEN = guild.token(guild.badge())
PICTURE = hostile.png(hostile.itxt(SIGNED.encode(), b"openbadgecredential"))
DRAWING = hostile.svg(hostile.element("", TOKEN))


def base64(content: bytes) -> str:
    return b64encode(content).decode()


def nobody(address: str) -> Fetched:
    raise AssertionError(address)


CARRYING = [
    f"data:application/json,{quote(SIGNED)}",
    f"data:application/ld+json;charset=utf-8,{SIGNED}",
    f"data:application/ld+json;base64,{base64(SIGNED.encode())}",
    f"data:application/vc+jwt,{TOKEN}",
    f"data:application/vc+jwt;base64,{base64(TOKEN.encode())}",
    f"data:,{TOKEN}",
    f"DATA:image/png;BASE64,{base64(PICTURE)}",
    f"data:image/png;base64,{quote(base64(PICTURE))}",
    f"data:image/png;base64,{base64(PICTURE).rstrip('=')}",
    f"data:image/png;base64,{urlsafe_b64encode(PICTURE).decode()}",
    f"data:image/png;base64,{base64(PICTURE)[:90]}\r\n  {base64(PICTURE)[90:]}",
    f"data:text/plain;base64,{base64(PICTURE)}",
    f"data:image/svg+xml,{quote(DRAWING)}",
    f"data:image/svg+xml;utf8,{DRAWING.decode()}",
]


@rows("address", CARRYING)
def test_a_data_address_is_the_badge_that_it_carries(address: str) -> None:
    found = openbadges.examine(f" {address}\n".encode(), nobody, NOW)

    assert (found.state, found.container) == ("valid", "link")


@rows("address", CARRYING[:7])
def test_a_picture_may_hold_a_data_address(address: str) -> None:
    for picture, container in (
        (hostile.png(hostile.text(address.encode())), "png"),
        (hostile.svg(hostile.element("", quote(address, safe=":,;/+%="))), "svg"),
    ):
        found = openbadges.examine(picture, nobody, NOW)

        assert (found.state, found.container) == ("valid", container)


@rows(
    ("address", "kind", "reason"),
    [
        ("data:", DamagedFile, "damaged"),
        ("data:image/png;base64", DamagedFile, "damaged"),
        ("data:image/png;base64,%%%", DamagedFile, "damaged"),
        ("data:image/png;base64,A", DamagedFile, "damaged"),
        ("data:image/png;base64,é", DamagedFile, "damaged"),
        ("data:,", NotABadge, "empty"),
        ("data:application/json,[", DamagedFile, "broken-json"),
        ("data:image/png;base64," + base64(hostile.png()), NotABadge, "no-badge-in-picture"),
        ("data:,bonjour", NotABadge, "unknown-kind"),
        ("data:,data:," + TOKEN, NotABadge, "unknown-kind"),
        ("data:," * 50_000 + TOKEN, NotABadge, "unknown-kind"),
        ("data:," + quote(hostile.png(hostile.text(f"data:,{TOKEN}".encode()))), NotABadge, "not-a-badge"),
    ],
)
def test_a_data_address_without_a_badge_is_told_like_a_file(
    address: str, kind: type[UnreadableBadge], reason: str
) -> None:
    with pytest.raises(UnreadableBadge) as refusal:
        openbadges.examine(address.encode(), nobody, NOW)

    assert (type(refusal.value), refusal.value.reason) == (kind, reason)


@given(st.binary(max_size=100))
@pytest.mark.breadth
def test_what_is_carried_comes_out_as_it_went_in(content: bytes) -> None:
    assert from_data_address(f"data:;base64,{base64(content)}") == content
    assert from_data_address(f"data:,{quote(content)}") == content


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_and_never_grows(text: str) -> None:
    for address in (text, f"data:{text}", f"data:;base64,{text}"):
        try:
            content = from_data_address(address)
        except DamagedFile:
            continue
        assert is_data_address(address)
        assert len(content) <= len(address.encode(errors="replace"))
