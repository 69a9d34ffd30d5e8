"""A badge as pages show it: names split from levels, links that lead nowhere but to the web, one sentence."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.fixtures.examined import AWARDED, COMMUNICATE, NOW, examined, found
from tests.fixtures.vouching import vouched
from wallet.badges.badges import note_examination, note_loss
from wallet.badges.cards import Card, right_until, told_at
from wallet.badges.models import KeptBadge
from wallet.openbadges import Alignment, Badge, Check, Criteria, Evidence, Issuer
from wallet.trust import NO_REGISTERS, NOBODY, Register, Registers, Row

MINUTE = timedelta(minutes=1)
KEY = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
REGISTERS = vouched(COMMUNICATE.issuer.id)


def shown(badge: Badge = COMMUNICATE, file_name: str = "badge.json", **bent: Any) -> Card:
    """The card of a badge that was kept just now."""
    kept = KeptBadge(id=7, file_name=file_name, picture=None, plate=True, added_at=NOW, good=None, good_at=None)
    note_examination(kept, examined(badge, **bent), found(badge).seen)
    return kept.card


def read(badge: Badge = COMMUNICATE, registers: Registers = REGISTERS, now: datetime = NOW, **bent: Any) -> Card:
    """The same as a page tells it at *now*, where the issuer is vouched for."""
    return told_at(shown(badge, **bent), registers, now)


def titled(title: str) -> Card:
    return shown(replace(COMMUNICATE, name=title))


@pytest.mark.parametrize("title", [
    "Communiquer – je maîtrise", "Communiquer - Je maîtrise", "Communiquer : je maîtrise", "Communiquer (je maîtrise)",
    "Communiquer | je maitrise", "Communiquer — JE MAÎTRISE", "Communiquer, je maîtrise",
])  # fmt: skip
def test_the_level_is_told_apart_from_the_name(title: str):
    card = titled(title)

    assert (card.name, card.level) == ("Communiquer", "je maîtrise")
    assert card.full_name == "Communiquer – je maîtrise"


@pytest.mark.parametrize(
    "title", ["Savoir ce que je maîtrise", "Je maîtrise", "Communiquer", "– je pratique", "-" * 300]
)
def test_a_name_without_a_level_stays_whole(title: str):
    assert (titled(title).name, titled(title).level) == (title, "")


def test_both_levels_are_known():
    assert titled("Coopérer – je pratique").level == "je pratique"


def test_neither_a_site_nor_a_file_is_the_name_of_a_badge():
    nameless = replace(COMMUNICATE, name=" ", achievement=replace(COMMUNICATE.achievement, name=""))

    assert shown(nameless).name == ""
    assert shown(replace(nameless, id="urn:uuid:1"), file_name="mon-badge.png").name == ""
    assert shown(nameless, file_name="mon-badge.png").file_name == "mon-badge.png"
    assert shown(replace(COMMUNICATE, name="")).name == "Communiquer"


def test_an_issuer_is_named_or_it_is_told_from_which_site_it_is():
    unnamed = shown(replace(COMMUNICATE, issuer=replace(COMMUNICATE.issuer, name="")))

    assert shown().is_issuer_named
    assert not unnamed.is_issuer_named
    assert unnamed.issuer_host == "issuer.example"


@pytest.mark.parametrize("address", [
    "javascript:alert(1)", "data:text/html,x", "//evil.example", "/leaving", "urn:uuid:1", "did:key:z6Mk", "ftp://a.example",
    " https://a.example",
])  # fmt: skip
def test_no_link_of_a_card_leads_anywhere_but_to_the_web(address: str):
    badge = replace(
        COMMUNICATE,
        issuer=Issuer(id=address, name="x", url=address),
        evidence=(Evidence(id=address, name="x"),),
        achievement=replace(
            COMMUNICATE.achievement,
            criteria=Criteria(id=address),
            alignment=(Alignment(target_name="x", target_url=address),),
        ),
    )

    card = shown(badge)

    assert card.issuer_url == card.criteria_url == ""
    assert [one["url"] for one in card.alignments] == [one["url"] for one in card.issuer_evidence] == [""]


@pytest.mark.parametrize(
    ("binding", "issuer", "proven"),
    [
        ("proven", "https://issuer.example/issuer", "issuer.example"),
        ("proven", "did:web:issuer.example:people", "issuer.example"),
        ("proven", "did:web:issuer.example%3A8443", "issuer.example"),
        ("self-certified", "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "did:key:z6MkhaXgBZ…2doK"),
        ("claimed", "https://issuer.example/issuer", ""),
        ("mismatch", "https://issuer.example/issuer", ""),
        ("unknown", "https://issuer.example/issuer", ""),
    ],
)
def test_only_what_was_proven_of_the_issuer_is_told_as_proven(binding: str, issuer: str, proven: str):
    """docs/security.md D3: a name beside a domain that nobody proved is how one is taken in."""
    card = shown(replace(COMMUNICATE, issuer=Issuer(id=issuer, name="Région")), binding=binding)

    assert card.issuer_domain == proven
    assert card.binding == binding


@pytest.mark.parametrize("binding", ["proven", "self-certified"])
def test_of_a_badge_whose_document_is_lost_nothing_is_told_as_proven(binding: str):
    """What was found stays with it as history; nobody can see any more that it was so."""
    kept = KeptBadge(id=7, file_name="badge.json", picture=None, plate=True, added_at=NOW, good=None, good_at=None)
    note_examination(kept, examined(binding=binding), found().seen)
    assert kept.card.issuer_domain
    assert told_at(kept.card, REGISTERS, NOW).genuine

    note_loss(kept, NOW)

    card = told_at(kept.card, REGISTERS, NOW)
    assert (card.state, card.binding, card.issuer_domain, card.issuer_key) == ("unreadable", "unknown", "", "")
    assert card.trust == NOBODY
    assert not card.proven
    assert not card.genuine
    assert {check["outcome"] for check in card.checks} == {"unknown"}


@pytest.mark.parametrize("reason", ["revoked", "suspended"])
@pytest.mark.parametrize("binding", ["proven", "self-certified"])
def test_nor_of_one_that_the_issuer_withdrew_before_it_was_lost(binding: str, reason: str):
    """That they did stays told; and with the file back from a backup all is told that was found, if they are silent too."""
    kept = KeptBadge(id=7, file_name="badge.json", picture=None, plate=True, added_at=NOW, good=None, good_at=None)
    withdrawn = {"not_withdrawn": Check("not_withdrawn", "failed", reason)}
    note_examination(kept, examined(binding=binding, **withdrawn), found().seen)
    before = kept.card
    assert before.issuer_domain

    note_loss(kept, NOW)
    note_loss(kept, NOW)

    card = told_at(kept.card, REGISTERS, NOW)
    assert (card.state, card.sentence, card.trust) == (reason, reason, NOBODY)
    assert (card.binding, card.issuer_domain, card.issuer_key) == ("unknown", "", "")
    assert not card.proven
    assert not card.genuine
    told = {check["name"]: check["outcome"] for check in card.checks}
    assert (told.pop("not_withdrawn"), set(told.values())) == ("failed", {"unknown"})
    note_examination(kept, examined(intact="unknown"), found().seen)
    assert kept.card == before


def test_a_lookalike_domain_is_told_in_ascii():
    card = shown(replace(COMMUNICATE, issuer=Issuer(id="https://bаdges.example/1")))  # the Cyrillic а

    assert card.issuer_domain.startswith("xn--")


@pytest.mark.parametrize(
    ("outcomes", "sentence"),
    [
        ({}, "valid"),
        ({"named_to_me": "failed"}, "other-address"),
        ({"intact": "failed"}, "invalid"),
        ({"intact": "unknown"}, "unknown"),
        ({"not_withdrawn": "failed"}, "revoked"),
        ({"not_withdrawn": Check("not_withdrawn", "failed", "suspended")}, "suspended"),
        ({"not_ended": "failed"}, "expired"),
        ({"begun": "failed"}, "not-yet-valid"),
    ],
)
def test_one_sentence_tells_what_was_found(outcomes: dict[str, Any], sentence: str):
    """Its issuer is vouched for: that makes good what is good, and nothing else."""
    assert read(**outcomes).sentence == sentence
    assert (shown(**outcomes).sentence == sentence) == (sentence != "valid"), "before anybody was asked"


@pytest.mark.parametrize(
    ("issuer", "binding", "registers", "sentence"),
    [
        (COMMUNICATE.issuer.id, "proven", REGISTERS, "valid"),
        (COMMUNICATE.issuer.id, "proven", NO_REGISTERS, "site"),
        (COMMUNICATE.issuer.id, "claimed", REGISTERS, "intact"),
        (COMMUNICATE.issuer.id, "mismatch", REGISTERS, "intact"),
        (COMMUNICATE.issuer.id, "unknown", REGISTERS, "intact"),
        (COMMUNICATE.issuer.id.replace("https:", "http:"), "proven", REGISTERS, "site"),
        ("https://openbadgefactory.com/v1/client?key=P4", "proven", REGISTERS, "intact"),
        (KEY, "self-certified", REGISTERS, "intact"),
        (KEY, "self-certified", vouched(KEY), "valid"),
    ],
)
def test_of_a_valid_badge_it_is_told_what_is_known_of_its_issuer(
    issuer: str, binding: str, registers: Registers, sentence: str
):
    badge = replace(COMMUNICATE, issuer=Issuer(id=issuer, name="Organisme d’essai"))
    card = read(badge, registers, binding=binding)

    assert card.sentence == sentence
    assert card.genuine == card.trust.is_vouched == (sentence == "valid")


@pytest.mark.parametrize(
    "bent", [{"intact": "failed"}, {"intact": "unknown"}, {"bound": "failed"}, {"bound": "unknown"}]
)
def test_a_forged_badge_with_a_vouched_id_is_never_genuine(bent: dict[str, str]):
    for binding in ("proven", "claimed", "mismatch", "unknown"):
        card = read(binding=binding, **bent)

        assert not card.genuine
        assert card.sentence != "valid"


def test_that_an_issuer_is_struck_off_is_seen_without_another_look():
    (row,) = REGISTERS.rows
    struck = Registers(rows=[replace(row, retired_at=NOW + MINUTE, why="stop")])

    assert read(registers=struck).sentence == "valid"
    card = read(registers=struck, now=NOW + MINUTE)
    assert (card.sentence, card.genuine) == ("site", False)
    assert card.trust.struck_at == NOW + MINUTE


def test_what_was_kept_before_its_issuer_ended_is_genuine_by_the_day_that_it_came_here():
    (row,) = REGISTERS.rows
    ended = Registers(rows=[replace(row, retired_at=NOW + MINUTE, why="ended")])
    later = NOW + 100 * MINUTE
    old = replace(shown(), added_at=NOW)
    late = replace(shown(), added_at=NOW + 2 * MINUTE, issued_on=NOW - 900 * MINUTE)

    assert told_at(old, ended, later).sentence == "valid"
    assert told_at(late, ended, later).sentence == "site", "the day in the badge is its issuer's to choose"


def test_a_badge_that_ended_may_be_genuine_and_is_not_told_as_valid():
    badge = replace(COMMUNICATE, valid_until=NOW + MINUTE)

    assert read(badge).sentence == "valid"
    over = read(badge, now=NOW + MINUTE)
    assert (over.state, over.sentence, over.genuine) == ("expired", "expired", True)
    assert not read(badge, NO_REGISTERS, NOW + MINUTE).genuine


@pytest.mark.parametrize(
    ("told", "other"),
    [
        ("Organisme d’essai", ""),
        (" ORGANISME D’ESSAI ", ""),
        ("Région", "Organisme d’essai"),
    ],
)
def test_the_name_on_the_badge_is_told_where_whoever_vouches_calls_it_otherwise(told: str, other: str):
    assert read(registers=vouched(COMMUNICATE.issuer.id, told)).other_issuer_name == other
    assert read(registers=NO_REGISTERS).other_issuer_name == ""


def test_a_page_is_right_until_the_first_end_of_a_badge_or_of_a_row():
    cards = [
        shown(),
        shown(replace(COMMUNICATE, valid_until=NOW + 3 * MINUTE)),
        shown(replace(COMMUNICATE, valid_until=NOW)),
    ]
    silent = Register(key="s", name="S", kind="network", stale_after=NOW + 2 * MINUTE)
    of_rows = Registers(
        rows=[
            Row(register=silent, match="https://a.example", name="A", until=NOW + 5 * MINUTE),
            Row(register=silent, match="https://b.example", name="B", since=NOW + MINUTE),
        ]
    )

    assert right_until(cards, NO_REGISTERS, NOW) == NOW + 3 * MINUTE
    assert right_until(cards, of_rows, NOW) == NOW + MINUTE
    assert right_until(cards, of_rows, NOW + MINUTE) == NOW + 2 * MINUTE
    assert right_until(cards, of_rows, NOW + 2 * MINUTE) == NOW + 3 * MINUTE
    assert right_until(cards, of_rows, NOW + 3 * MINUTE) == NOW + 5 * MINUTE
    assert right_until(cards, of_rows, NOW + 5 * MINUTE) is None
    assert right_until([shown()], NO_REGISTERS, NOW) is None


@pytest.mark.parametrize("outcome", ["passed", "unknown", "failed"])
def test_a_check_of_a_time_when_it_was_kept_who_is_known_makes_nothing_good_and_is_not_told(outcome: str):
    """In every wallet of before 2026-12, and in its archives, examinations carry it."""
    kept = KeptBadge(id=7, file_name="badge.json", picture=None, plate=True, added_at=NOW, good=None, good_at=None)
    note_examination(kept, examined(), found().seen)
    old = {"name": "known", "outcome": outcome, "reason": "", "source": "", "detail": "Région d’essai"}
    kept.examination = {**kept.examination, "checks": [*kept.examination["checks"], old]}

    for registers, sentence in ((NO_REGISTERS, "site"), (REGISTERS, "valid")):
        card = told_at(kept.card, registers, NOW)
        assert card.sentence == sentence
        assert "known" not in {check["name"] for check in card.checks}


@pytest.mark.parametrize(
    ("outcomes", "cause"),
    [
        ({"not_withdrawn": "unknown"}, ""),
        ({"intact": Check("intact", "unknown", "proof-unsupported")}, "unchecked"),
        ({"intact": Check("intact", "unknown", "seal-not-checked")}, "sealed"),
        ({"intact": Check("intact", "unknown", "no-proof")}, "unsigned"),
        ({"intact": Check("intact", "unknown", "a-word-of-another-version")}, "unchecked"),
        ({"intact": Check("intact", "unknown", "no-proof"), "not_ended": "failed"}, ""),
        ({"conforms": "failed", "bound": Check("bound", "unknown", "did-method-unsupported")}, "incomplete"),
        *(
            ({"conforms": Check("conforms", "failed", reason)}, "written-wrongly")
            for reason in (
                *("claims-differ", "context-unknown", "date-unreadable", "ends-before-it-begins", "hidden-statement"),
                *("member-unreadable", "recipient-unreadable", "two-badges", "wrong-type"),
            )
        ),
        ({"conforms": Check("conforms", "failed", "member-missing")}, "incomplete"),
        ({"conforms": Check("conforms", "failed", "date-unreadable"), "bound": "failed"}, "of-another"),
        ({"intact": Check("intact", "failed", "signature-does-not-match")}, "changed"),
        ({"intact": Check("intact", "failed", "another-badge-at-address")}, "changed"),
        ({"intact": Check("intact", "failed", "proof-malformed")}, "signed-wrongly"),
        ({"intact": Check("intact", "failed", "proof-expired"), "bound": "failed"}, "signed-wrongly"),
    ],
)
def test_whether_later_helps_is_read_from_what_was_kept(outcomes: dict[str, Any], cause: str):
    """A badge that was kept before there were families needs no other look."""
    assert shown(**outcomes).cause == cause


@pytest.mark.parametrize(
    ("not_shared", "outcomes", "cause"),
    [
        (("/validFrom",), {}, "in-part"),
        (("/validFrom",), {"bound": Check("bound", "unknown", "did-method-unsupported")}, "unchecked"),
        ((), {}, "unchecked"),
    ],
)
def test_only_of_what_is_not_shared_is_the_rest_asked_for(
    not_shared: tuple[str, ...], outcomes: dict[str, Any], cause: str
):
    """Of a proof of ecdsa-sd-2023 nobody can tell: whoever read Maria’s whole badge was told that it is not, and to ask her for it,
    and she to add it, which is in no form checked here."""
    card = shown(begun=Check("begun", "unknown", "date-not-shared"), **outcomes)

    assert replace(card, not_shared=not_shared).cause == cause


def test_it_is_told_whether_the_signature_is_what_is_not_checked():
    assert shown(intact=Check("intact", "unknown", "proof-unsupported")).is_signature_unchecked
    assert not shown(not_withdrawn=Check("not_withdrawn", "unknown", "status-unsupported")).is_signature_unchecked
    assert not shown(intact=Check("intact", "unknown", "address-never-asked")).is_signature_unchecked


def test_the_texts_of_the_issuer_are_kept_as_texts():
    narrative = "<script>alert(1)</script> [x](javascript:alert(1)) **gras**"
    badge = replace(
        COMMUNICATE,
        narrative=narrative,
        achievement=replace(COMMUNICATE.achievement, criteria=Criteria(narrative=narrative)),
    )

    assert (shown(badge).narrative, shown(badge).criteria) == (narrative, narrative), "a page makes HTML of it"


def test_dates_come_back_as_they_were():
    card = shown(replace(COMMUNICATE, valid_until=NOW))

    assert (card.issued_on, card.valid_from, card.valid_until, card.checked_at) == (AWARDED, AWARDED, NOW, NOW)
    assert shown(replace(COMMUNICATE, issued_on=None)).issued_on == AWARDED
    assert shown(replace(COMMUNICATE, issued_on=None, valid_from=None)).issued_on is None


def test_the_checks_are_all_there_in_their_order():
    assert [check["name"] for check in shown().checks] == [check.name for check in examined().checks]
    assert shown().checks[0] == asdict(examined().checks[0])


@pytest.mark.parametrize("intact", ["failed", "unknown"])
def test_that_a_file_names_the_holder_is_no_good_news_where_it_may_have_been_changed(intact: str):
    told = {check["name"]: check["outcome"] for check in shown(intact=intact, named_to_me="passed").checks}

    assert told["named_to_me"] == "unknown"
    whole = {check["name"]: check["outcome"] for check in shown(named_to_me="passed").checks}
    assert whole["named_to_me"] == "passed"
    other = {check["name"]: check["outcome"] for check in shown(intact=intact, named_to_me="failed").checks}
    assert other["named_to_me"] == "failed", "bad news stays"
