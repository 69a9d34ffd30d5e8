"""Whom a badge names: Maria finds herself whatever way her address was hashed, and nobody else finds themselves."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.quantity import rows
from tests.openbadges.support import guild
from wallet.openbadges import recipients
from wallet.openbadges.badge import Recipient
from wallet.openbadges.proofs.multibase import from_base64url

SOURCE = "Open Badges 2.0, IdentityObject"


def hashed(address: str, salt: str = "", algorithm: str = "sha256") -> str:
    """As issuers write it."""
    return f"{algorithm}${hashlib.new(algorithm, (address + salt).encode()).hexdigest()}"


def outcome(recipient: Recipient | None, *addresses: str) -> tuple[str, str]:
    """What named_to_me says, and why."""
    check = recipients.named_to_me([recipient] if recipient else [], addresses, SOURCE)
    assert (check.name, check.source) == ("named_to_me", SOURCE)
    return check.outcome, check.reason


@rows(
    ("written", "told"),
    [
        ("maria@example.org", "maria@example.org"),
        ("Maria@Example.org", "Maria@Example.org"),
        ("maria@example.org", "Maria@Example.ORG"),
        ("Maria@example.org", "Maria@EXAMPLE.org"),
        ("Maria@example.org", "maria@example.org"),
        ("Maria.costa@example.org", "maria.costa@example.org"),
        ("Maria.Costa@example.org", "maria.costa@example.org"),
        ("maria@Example.org", "maria@example.org"),
        ("Maria.Costa@Example.org", "maria.costa@example.org"),
        ("Maria.Costa@Example.Org", "maria.costa@example.org"),  # so a spreadsheet writes it as a proper name
        ("MARIA@EXAMPLE.ORG", "maria@example.org"),
        ("maria@example.org", "  maria@example.org "),
        ("maria@example.org", "mailto:maria@example.org"),
        ("andr\u00e9@example.org", "andre\u0301@example.org"),
        # One domain, as mail servers read it: such a badge was said to be somebody else's.
        ("maria@xn--lan-9la.example", "Maria@élan.example"),
        ("maria@élan.example", "Maria@xn--lan-9la.example"),  # so Chrome sends it, whatever she typed
        ("maria@élan.example", "maria@élan.example"),
        ("https://maria.example", "https://maria.example/"),
        ("https://maria.example/", "https://maria.example"),
        ("+33612345678", "+33612345678"),
        ("+33612345678", "06 12 34 56 78"),
        ("+33612345678", "00 33 6 12 34 56 78"),
        ("0612345678", "+33 6 12 34 56 78"),
        ("+32470123456", "+32 470 12 34 56"),
        ("0032470123456", "+32 470 12 34 56"),
        ("+32470123456", "00 32 470 12 34 56"),
        ("+33339123456", "00 33 3 39 12 34 56"),
        ("0339123456", "33 3 39 12 34 56"),
    ],
)
@rows("salt", ["", "deadsea", "sel gris é"])
@rows("algorithm", ["sha256", "md5"])
def test_maria_is_found_whatever_way_her_address_was_hashed(written: str, told: str, salt: str, algorithm: str) -> None:
    named = recipients.recipient("email", hashed(written, salt, algorithm), True, salt)

    assert outcome(named, "youssef@example.org", told) == ("passed", "")
    assert outcome(named, "youssef@example.org")[0] != "passed"


def test_capital_hexadecimals_are_the_same_hash() -> None:
    named = recipients.recipient("email", hashed("maria@example.org").upper().replace("SHA", "sha"), True)

    assert outcome(named, "maria@example.org") == ("passed", "")


def test_no_capitals_make_one_address_of_two() -> None:
    named = recipients.recipient("email", hashed("STRASSE@EXAMPLE.ORG"), True)

    assert outcome(named, "stra\u00dfe@example.org")[0] != "passed"
    assert outcome(recipients.recipient("email", "strasse@example.org"), "stra\u00dfe@example.org")[0] != "passed"


def test_a_domain_with_accents_is_one_with_the_same_in_ascii() -> None:
    assert outcome(recipients.recipient("email", "maria@élan.example"), "maria@xn--lan-9la.example") == ("passed", "")
    for other in (
        "maria@elan.example",
        "maria@é lan.example",
        "élan",
        "maria@xn--lan-9la.example.org",
        "maria@xn--.example",
    ):
        assert outcome(recipients.recipient("email", "maria@élan.example"), other)[0] != "passed"


def test_what_no_mail_server_reads_is_no_other_spelling() -> None:
    """Two people of one site have these names, and no domain has a path."""
    named = recipients.recipient("url", "https://social.example/@élan")
    assert outcome(named, "https://social.example/@xn--lan-9la")[0] != "passed"
    assert outcome(recipients.recipient("email", "maria@élan.example/x"), "maria@xn--lan-9la.example")[0] != "passed"


def test_a_salt_that_came_as_a_number_is_its_digits() -> None:
    """Maria read that her badge was somebody else's: what writes numbers without quotes (PHP) does so with a salt of digits."""
    named = recipients.recipient("email", hashed("maria@example.org", "20260102"), True, 20260102)

    assert outcome(named, "maria@example.org") == ("passed", "")
    assert outcome(named, "youssef@example.org") == ("failed", "named-to-someone-else")


def test_an_accent_is_one_letter_or_two_signs() -> None:
    """José read that his badge was somebody else's: his school's machine writes his name in two signs (Unicode, NFD)."""
    for written in ("jos\u00e9@example.org", "jose\u0301@example.org"):
        named = recipients.recipient("email", hashed(written, "s"), True, "s")
        for told in ("jos\u00e9@example.org", "jose\u0301@example.org"):
            assert outcome(named, told) == ("passed", "")


@pytest.mark.parametrize(("length", "hers"), [(2_000, ("passed", "")), (2_001, ("unknown", "no-address-of-that-kind"))])
def test_of_a_salt_that_is_too_long_to_try_nobody_is_told_that_the_badge_is_somebody_elses(
    length: int, hers: tuple[str, str]
) -> None:
    salt = "s" * length
    named = recipients.recipient("email", hashed("maria@example.org", salt), True, salt)

    assert outcome(named, "maria@example.org") == hers


def test_a_hash_that_does_not_say_that_it_is_one_is_one() -> None:
    named = recipients.recipient("email", hashed("maria@example.org", "s"), None, "s")

    assert named is not None
    assert named.hashed
    assert outcome(named, "maria@example.org") == ("passed", "")


def test_a_badge_for_another_address_is_not_marias() -> None:
    assert outcome(recipients.recipient("email", "youssef@example.org"), "maria@example.org") == (
        "failed",
        "named-to-someone-else",
    )
    assert outcome(recipients.recipient("email", hashed("youssef@example.org"), True), "maria@example.org") == (
        "failed",
        "named-to-someone-else",
    )


def test_maria_who_told_no_address_is_not_refused() -> None:
    assert outcome(recipients.recipient("email", "maria@example.org")) == ("unknown", "no-address-told")


@rows(
    ("type_", "identity", "told"),
    [
        ("telephone", "+33 6 12 34 56 78", "maria@example.org"),
        ("url", "https://maria.example", "maria@example.org"),
        ("id", "did:key:z6Mk", "maria@example.org"),
        ("id", "urn:uuid:12345678-1234", "+33612345678"),
        ("email", "maria@example.org", "+33612345678"),
        ("ext:pupil", hashed("1234"), "maria@example.org"),
    ],
)
def test_an_address_of_another_kind_says_nothing(type_: str, identity: str, told: str) -> None:
    assert outcome(recipients.recipient(type_, identity), told) == ("unknown", "no-address-of-that-kind")


@pytest.mark.parametrize("identity", ["sha256$cbb08ce0", "sha1$" + "0" * 40, "md5$" + "0" * 64, "sha256$" + "z" * 64])
def test_a_hash_that_nobody_can_make_says_nothing(identity: str) -> None:
    named = recipients.recipient("email", identity, True)

    assert outcome(named, "maria@example.org") == ("unknown", "no-address-of-that-kind")


@pytest.mark.parametrize("type_", ["name", "systemId"])
def test_a_name_is_nothing_to_compare(type_: str) -> None:
    assert outcome(recipients.recipient(type_, "Maria"), "maria@example.org") == ("unknown", "names-nobody-to-compare")
    assert outcome(None, "maria@example.org") == ("unknown", "names-nobody-to-compare")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("0612345678", "+33 6 12 34 56 78"),
        ("+33612345678", "06.12.34.56.78"),
        ("0033612345678", "0612345678"),
        ("+33 3 39 12 34 56", "0033 3 39 12 34 56"),
        ("03 39 12 34 56", "+33 (0)3 39 12 34 56"),
        ("+44 7911 123456", "0044 7911 123456"),
        ("tel:+447911123456", "+44 7911 123456"),
        ("07911 123456", "7911 123456"),
    ],
)
def test_a_number_in_france_and_from_abroad_is_one_number(written: str, told: str) -> None:
    assert outcome(recipients.recipient("phoneNumber", written), told) == ("passed", "")
    assert outcome(recipients.recipient("telephone", written), "+33611111111")[0] == "failed"


def test_a_hashed_number_of_another_country_is_not_that_of_france() -> None:
    for told in ("+491234567", "+49 1234567"):
        assert outcome(recipients.recipient("telephone", hashed("+33491234567"), True), told)[0] == "failed"
        assert outcome(recipients.recipient("telephone", hashed("+491234567"), True), told) == ("passed", "")


@pytest.mark.parametrize("told", ["03 76 12 34 56", "+33376123456", "0033 3 76 12 34 56"])
def test_a_number_of_a_small_country_is_not_the_one_in_france_with_its_digits(told: str) -> None:
    """Whoever has the one was told to be whom the other names."""
    assert outcome(recipients.recipient("telephone", "+376 123 456"), told)[0] != "passed"
    assert outcome(recipients.recipient("telephone", "+376 123 456"), "00376123456") == ("passed", "")


def test_what_has_no_digit_is_nobodys_number() -> None:
    assert outcome(recipients.recipient("telephone", "+ (inconnu)"), "+maria")[0] != "passed"


@pytest.mark.parametrize("told", ["0612345678@example.org", "https://example.org/33612345678"])
def test_the_digits_of_another_address_are_no_number(told: str) -> None:
    """Who has such a mailbox was told to be whom the number names."""
    assert outcome(recipients.recipient("telephone", "0612345678"), told) == ("unknown", "no-address-of-that-kind")
    assert outcome(recipients.recipient("telephone", "0612345678"), "tel:+33612345678") == ("passed", "")


def test_subjects_are_e_mail_addresses_numbers_and_ids() -> None:
    assert outcome(recipients.subject("mailto:maria@example.org"), "Maria@example.org") == ("passed", "")
    assert outcome(recipients.subject("mailto:maria%2Bjob%40example.org"), "maria+job@example.org") == ("passed", "")
    assert outcome(recipients.subject("mailto:maria%2Bjob@example.org"), "maria@example.org")[0] == "failed"
    assert outcome(recipients.subject("tel:+33612345678"), "0612345678") == ("passed", "")
    assert outcome(recipients.subject("did:key:z6MkMaria"), "did:key:z6MkMaria") == ("passed", "")
    assert outcome(recipients.subject("https://maria.example/"), "https://maria.example") == ("passed", "")
    assert recipients.subject({"a": 1}) is None


@pytest.mark.parametrize("identity", [None, True, "", "  ", ["maria@example.org"]])
def test_what_is_no_identity_names_nobody(identity: object) -> None:
    assert recipients.recipient("email", identity) is None


def test_the_words_of_open_badges_3_are_ours() -> None:
    assert getattr(recipients.recipient("emailAddress", "maria@example.org"), "type", "") == "email"
    assert getattr(recipients.recipient(None, "maria@example.org"), "type", "") == "email"
    assert getattr(recipients.recipient(None, "https://maria.example"), "type", "") == "url"
    assert getattr(recipients.recipient(5, hashed("maria@example.org")), "type", "") == "email"


def test_one_of_several_recipients_is_enough() -> None:
    named = [Recipient(type="name", identity="Maria"), Recipient(type="email", identity="maria@example.org")]

    assert recipients.named_to_me(named, ["maria@example.org"], SOURCE).outcome == "passed"


EMAIL, NUMBER = (
    Recipient(type="email", identity="youssef@example.org"),
    Recipient(type="telephone", identity="0612345678"),
)


@pytest.mark.parametrize("named", [[EMAIL, NUMBER], [NUMBER, EMAIL]])
def test_of_two_recipients_of_two_kinds_she_must_have_told_both_kinds_to_be_refused(named: list[Recipient]) -> None:
    def outcome(*addresses: str) -> tuple[str, str]:
        check = recipients.named_to_me(named, addresses, SOURCE)
        return check.outcome, check.reason

    assert outcome("maria@example.org") == ("unknown", "no-address-of-that-kind")
    assert outcome("+33611111111") == ("unknown", "no-address-of-that-kind")
    assert outcome("maria@example.org", "+33611111111") == ("failed", "named-to-someone-else")
    assert outcome("maria@example.org", "+33612345678") == ("passed", "")


def test_a_recipient_that_nobody_can_be_compared_with_refuses_nobody() -> None:
    named = [EMAIL, Recipient(type="email", identity="sha256$cbb08ce0", hashed=True)]

    assert recipients.named_to_me(named, ["maria@example.org"], SOURCE).outcome == "unknown"


MINE, OTHERS = guild.did(guild.P256_KEY), guild.did(guild.OTHER_KEY)
MINE_AS_JWK = guild.did_jwk(guild.P256_KEY)
JWK = json.loads(from_base64url(MINE_AS_JWK.removeprefix("did:jwk:")))


@rows("told", [MINE, MINE_AS_JWK])
@rows(
    "named",
    [
        recipients.subject(MINE),
        recipients.subject(f"{MINE}#{MINE.removeprefix('did:key:')}"),
        recipients.subject(MINE_AS_JWK),
        recipients.holder_key({"jwk": JWK}),
        recipients.holder_key({"jwk": {"use": "sig", "kid": "1", **dict(reversed(JWK.items()))}}),
        recipients.holder_key({"kid": f"{MINE_AS_JWK}#0"}),
    ],
)
def test_what_is_bound_to_marias_key_is_hers_however_the_key_is_written(named: Recipient, told: str) -> None:
    assert outcome(named, told, "maria@example.org") == ("passed", "")


def test_the_key_of_another_is_not_hers_and_refuses_nobody() -> None:
    """She has as many keys as exchanges, and those of other wallets besides."""
    for named in (
        recipients.subject(OTHERS),
        recipients.subject(MINE.lower()),
        recipients.subject("did:key:z6MkMaria"),
    ):
        assert outcome(named, MINE, "maria@example.org") == ("unknown", "no-address-of-that-kind")
    assert outcome(recipients.subject(MINE), f"{MINE}x") == ("unknown", "no-address-of-that-kind")


@rows("claim", [None, "x", {}, {"jwk": {}}, {"jwk": "x"}, {"kid": "did:web:maria.example#1"}, {"x5t": "1"}])
def test_another_confirmation_names_nobody(claim: object) -> None:
    assert recipients.holder_key(claim) is None


def test_a_key_does_not_make_hers_what_names_another_address() -> None:
    """Whoever scans another's code first has the badge, and a key in it, and is not whom it names."""

    def outcome(*addresses: str) -> tuple[str, str]:
        named = [Recipient(type="id", identity=MINE), Recipient(type="email", identity="maria@example.org")]
        check = recipients.named_to_me(named, addresses, SOURCE)
        return check.outcome, check.detail

    assert outcome(MINE, "youssef@example.org") == ("failed", "email")
    assert outcome(MINE) == ("passed", MINE)
    assert outcome(MINE, "maria@example.org") == ("passed", "maria@example.org")
    assert outcome(OTHERS, "youssef@example.org") == ("unknown", "id")


TEXT = st.text(max_size=60)
RECIPIENTS = st.builds(recipients.recipient, TEXT, TEXT, st.sampled_from([True, False, None]), TEXT)


@given(st.lists(RECIPIENTS, max_size=3), st.lists(st.text(max_size=60), max_size=3))
@pytest.mark.breadth
def test_nothing_written_as_a_recipient_breaks_anything(named: list[Recipient | None], addresses: list[str]) -> None:
    check = recipients.named_to_me([one for one in named if one], addresses, SOURCE)

    assert check.outcome in {"passed", "failed", "unknown"}
