"""The forms of registers: what an operator, a region or a consortium writes is read strictly, each fault told with its place."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.registers import GRETA, NOW, RIVES, VOUCHED, day, first, registry, second
from wallet.trust import forms
from wallet.trust.forms import Entry, FaultyRegister
from wallet.trust.forms.members import is_siret


def faults(content: bytes, **how: Any) -> list[str]:
    """What is told of it; each is a sentence."""
    with pytest.raises(FaultyRegister) as told:
        forms.read_register(content, NOW, **how)
    assert all(fault.endswith(".") for fault in told.value.faults)
    return told.value.faults


def test_the_operator_vouches_for_their_own_in_the_list_that_they_always_had() -> None:
    found = forms.read_register(first(RIVES), NOW)

    assert (found.form, found.entries) == ("ours-1", (Entry(match=RIVES["id"], name=RIVES["name"]),))
    assert (found.name, found.kind, found.issued_at, found.remarks) == ("", None, None, ())


def test_who_else_vouches_may_be_told() -> None:
    [one] = forms.read_register(first(VOUCHED), NOW).entries

    assert (one.vouched_by, one.read_at) == (VOUCHED["vouched_by"], VOUCHED["read_at"])


def test_format_2_says_all_that_a_row_has() -> None:
    whole = {
        **VOUCHED,
        "id": "https://openbadgefactory.com/v1/client?key=A",
        "siret": "732 829 320 00074",
        "ignoring": ["event"],
        "keys": ["NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"],
        "scope": ["normandie"],
        "asks_at": "badges@greta.example",
        "since": "2026-01-01",
        "until": "2027-12-31",
    }

    found = forms.read_register(second(whole, created="2026-11-01T10:00:00+01:00", next_update="2026-12-01"), NOW)

    assert (found.form, found.name, found.kind) == ("ours-2", "Région d’essai", "network")
    assert (found.issued_at, found.next_update) == (NOW.replace(day=1, hour=9), day("2026-12-01"))
    [one] = found.entries
    assert one == Entry(
        match=whole["id"],
        name=RIVES["name"],
        ignoring=("event",),
        siret="73282932000074",
        vouched_by="Région d’essai",
        read_at="https://region.example/organismes",
        keys=("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",),
        scope=("normandie",),
        asks_at="badges@greta.example",
        since=NOW.replace(month=1, day=1, hour=0),
        until=day("2027-12-31"),
    )


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("[{", "is not JSON (Expecting property name enclosed in double quotes: line 1 column 3 (char 2))."),
        ('[{"id": "https://a.example", "id": "https://b.example", "name": "X"}]', "is not JSON (the name 'id' stands twice in one object)."),
        ('[{"id": "x", "name": "X\\u0000"}]', "is not JSON (a NUL character)."),
        ("7", "is a register in no form that is read here: ours, endorsements of Open Badges 3.0, or a registry of the DCC."),
        ('{"format": 3, "issuers": []}', "is a register in no form that is read here: ours, endorsements of Open Badges 3.0, or a registry of the DCC."),
        ('["x", 7]', "must hold objects with id and name; entry 2 is none."),
        ('[{"id": "https://x.example"}]', "does not say the name of entry 1."),
        ('[{"id": "https://x.example", "name": 7}]', "must say the name of entry 1 in a text."),
        ('[{"id": " ", "name": "X"}]', "must say the id of entry 1 in a text."),
        ('[{"id": "https://x.example", "name": "X\\u202e"}]', "must say the name of entry 1 without the sign U+202E, which nobody sees."),
        ('[{"id": "https://x.example", "name": "\\u3164"}]', "must say the name of entry 1 without the sign U+3164, which nobody sees."),
        ('[{"id": "https://x.example", "name": "\\u200d"}]', "must say the name of entry 1 in a text."),
        ('[{"id": "https://x.example", "name": "X\\nY"}]', "must say the name of entry 1 without the sign U+000A, which nobody sees."),
        ('[{"id": "https://x.example\\u200b", "name": "X"}]', "must say the id of entry 1 without the sign U+200B, which nobody sees."),
        ('[{"id": "https://x.example", "name": "X", "vouchedBy": "Y"}]', "has a member in entry 1 that nobody reads: vouchedBy."),
        ('[{"id": "https://x.example", "name": "X", "siret": "1"}]', "has a member in entry 1 that nobody reads: siret."),
        ('[{"id": "https://x.example", "name": "X", "read_at": "http://y.example"}]', "must say the read_at of entry 1 as an https address."),
        ('[{"id": "https://x.example", "name": "X"}, {"id": "https://x.example", "name": "Y"}]', "names https://x.example more than once."),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_used_is_told_in_a_sentence(content: str, fault: str) -> None:
    assert fault in faults(content.encode())


def test_a_name_of_5000_signs_is_not_cut_in_silence() -> None:
    assert faults(first({**RIVES, "name": "É" * 5000})) == ["must say the name of entry 1 in 300 signs at most."]
    assert forms.read_register(first({**RIVES, "name": "É" * 300}), NOW).entries[0].name == "É" * 300


@pytest.mark.parametrize(
    ("members", "fault"),
    [
        ({"siret": "73282932000075"}, "must say the siret of entry 1 as a number that exists: one digit is wrong."),
        ({"siret": 73282932000074}, "must say the siret of entry 1 in a text."),
        ({"ignoring": ["event"]}, "may leave nothing of the query out for the host of entry 1: see matching.py for the hosts."),
        ({"ignoring": "event"}, "must say the ignoring of entry 1 in a list of texts, 50 at most."),
        ({"scope": ["\u202e"]}, "must say the scope of entry 1 without the sign U+202E, which nobody sees."),
        ({"scope": ["x"] * 51}, "must say the scope of entry 1 in a list of texts, 50 at most."),
        ({"keys": ["short"]}, "must say the keys of entry 1 as thumbprints of keys (RFC 7638), 43 signs each."),
        ({"asks_at": "http://x.example"}, "must say the asks_at of entry 1 as an e-mail address or an https address."),
        ({"since": "soon"}, "must say the since of entry 1 as a day, 2027-12-31, or a moment in ISO 8601."),
        ({"until": 7}, "must say the until of entry 1 as a day, 2027-12-31, or a moment in ISO 8601."),
        ({"since": "2027-01-01", "until": "2026-12-31"}, "says that entry 1 ends before it begins."),
        ({"id": "http://rives.example/issuer"}, "must say the id of entry 1 as an https address or a DID."),
        ({"id": "Rives"}, "must say the id of entry 1 as an https address or a DID."),
        ({"id": "https://"}, "must say the id of entry 1 as an https address or a DID."),
        ({"id": "https://" + "x" * 1000}, "must say the id of entry 1 in 1000 signs at most."),
        ({"id": "https://a.exemple/" + "e\u0301" * 500}, "must say the id of entry 1 in 1000 signs at most."),
        ({"extra": 1}, "has a member in entry 1 that nobody reads: extra."),
    ],
)  # fmt: skip
def test_each_member_of_format_2_has_its_fault(members: dict[str, Any], fault: str) -> None:
    assert faults(second({**RIVES, **members})) == [fault]


@pytest.mark.parametrize(
    ("head", "fault"),
    [
        ({"kind": "friend"}, "must say the kind of the register as one of operator, network, public-list."),
        ({"issuers": {}}, "must say the issuers in a list of objects with id and name."),
        ({"created": "x"}, "must say the created of the register as a day, 2027-12-31, or a moment in ISO 8601."),
        ({"name": "\u202e"}, "must say the name of the register without the sign U+202E, which nobody sees."),
        ({"more": 1}, "has a member in the register that nobody reads: more."),
    ],
)
def test_the_head_of_format_2_has_its_faults(head: dict[str, Any], fault: str) -> None:
    assert faults(second(**head)) == [fault]
    assert faults(b'{"format": 2}') == ["does not say the issuers of the register."]


def test_all_faults_are_told_at_once_and_a_flood_of_them_is_counted() -> None:
    assert len(faults(first({"id": "https://x.example"}, {"name": "X"}, 7))) == 3
    told = faults(first(*[7] * 500))
    assert (len(told), told[-1]) == (51, "has 450 more faults.")


def test_what_is_too_much_is_refused_before_it_is_read() -> None:
    assert faults(b" " * 10_000_001) == ["is larger than 10 MB."]
    assert faults(b"[" + b"7," * 20_000 + b"7]") == ["has 20001 entries; 20000 are read at most."]
    assert faults(b"[" * 100_000)[0].startswith("is not JSON (")


def test_a_register_that_was_made_in_the_future_is_refused_or_no_honest_one_would_ever_come_after_it() -> None:
    for content in (second(RIVES, created="2026-12-01"), registry(updated="9999-12-31T00:00:00Z")):
        assert faults(content) == ["says that it was made in the future."]
    assert forms.read_register(second(RIVES, created="2026-11-25"), NOW).entries


def test_an_entry_lasts_two_years_at_most() -> None:
    found = forms.read_register(second({**RIVES, "until": "2040-01-01"}), NOW)

    assert found.entries[0].until is None
    assert found.remarks == ("says that entry 1 holds until 2040-01-01: two years is the most that is believed.",)


def test_an_issuer_that_nobody_can_show_to_be_stays_in_the_old_list_and_is_remarked() -> None:
    found = forms.read_register(first({**RIVES, "id": "http://rives.example"}), NOW)

    assert found.entries[0].match == "http://rives.example"
    assert found.remarks == ("names entry 1 neither by an https address nor by a DID: nobody may ever show to be it.",)


def test_a_name_is_told_in_one_way_whatever_its_spaces_and_accents() -> None:
    [one] = forms.read_register(first({**RIVES, "name": "  E\u0301cole   des Rives "}), NOW).entries

    assert one.name == "École des Rives"


def test_the_number_of_an_establishment_is_checked_and_that_of_la_poste_in_its_own_way() -> None:
    assert is_siret(GRETA["siret"])
    assert not is_siret("73282932000075")
    assert not is_siret("7328293200007")
    assert not is_siret("7328293200007⁴")
    assert is_siret("35600000000048"), "the head office, by Luhn"
    assert not is_siret("35600000000002")
    assert is_siret("35600000049837"), "a post office: its digits add up to 45"


def test_a_registry_of_the_consortium_is_read() -> None:
    found = forms.read_register(registry(("did:web:school.example", " School "), ("did:key:z6Mk", "Other")), NOW)

    assert (found.form, found.issued_at) == ("dcc", NOW.replace(day=1, hour=0))
    assert [(one.match, one.name) for one in found.entries] == [
        ("did:web:school.example", "School"),
        ("did:key:z6Mk", "Other"),
    ]


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"registry": {}}, "must say its meta in an object."),
        ({"meta": {}, "registry": []}, "must say its registry in an object of issuers by their DID."),
        ({"meta": {}, "registry": {"did:web:x": 7}}, "must say the issuer did:web:x in an object with its name."),
        ({"meta": {}, "registry": {"did:web:x": {}}}, "does not say the name of the issuer did:web:x."),
        ({"meta": {}, "registry": {"x\u202e": {"name": "X"}}}, "must say the id of the issuer x� without the sign U+202E, which nobody sees."),
        ({"meta": {}, "registry": {"http://x.example": {"name": "X"}}}, "must say the id of the issuer http://x.example as an https address or a DID."),
        ({"meta": {"updated": "x"}, "registry": {}}, "must say the updated of meta as a day, 2027-12-31, or a moment in ISO 8601."),
    ],
)  # fmt: skip
def test_a_registry_that_cannot_be_used_is_told(told: dict[str, Any], fault: str) -> None:
    assert faults(json.dumps(told).encode()) == [fault]


def test_a_registry_has_so_many_issuers_at_most() -> None:
    many = {f"did:web:{at}": {} for at in range(20_001)}
    assert faults(json.dumps({"meta": {}, "registry": many}).encode()) == ["has 20001 entries; 20000 are read at most."]


def test_of_a_list_of_lists_those_that_can_be_read_are_told_and_a_federation_is_not() -> None:
    told = [
        {"name": "Pilot", "type": "dcc-legacy", "url": "https://dcc.example/registry.json"},
        {"name": "Federation", "type": "oidf", "fetchEndpoint": "https://f.example"},
    ]

    found = forms.read_register(json.dumps(told).encode(), NOW)

    assert found.form == "dcc-lists"
    assert found.lists == (("Pilot", "https://dcc.example/registry.json"),)
    assert found.remarks == ("names Federation, of the type oidf: not read here.",)
    assert faults(json.dumps([{"type": "dcc-legacy"}]).encode()) == [
        "does not say the name of entry 1.",
        "does not say the url of entry 1.",
    ]


def test_a_register_is_of_the_form_that_was_said_or_is_refused() -> None:
    assert forms.read_register(first(RIVES), NOW, form="ours-1").entries
    assert faults(first(RIVES), form="dcc") == ["is written as ours-1, and not as dcc."]


def test_what_nobody_signs_is_refused_where_somebody_must() -> None:
    for content in (first(RIVES), second(RIVES), registry()):
        assert faults(content, anchor="did:web:region.example") == [
            "is signed by nobody, and must be by did:web:region.example."
        ]


def test_the_operators_file_is_looked_into_before_anything_is_served(tmp_path: Path) -> None:
    path = tmp_path / "issuers.json"
    path.write_bytes(first({"id": "https://x.example"}))
    assert forms.faults_of_file(path, NOW) == [f"a file, {path}, that does not say the name of entry 1."]
    path.write_bytes(registry())
    assert forms.faults_of_file(path, NOW) == [
        f"a file, {path}, that is written as dcc: read it with wallet issuers import."
    ]
    assert forms.faults_of_file(tmp_path / "no", NOW) == [
        f"a file, {tmp_path / 'no'}, that cannot be read (No such file or directory)."
    ]
    path.write_bytes(second(RIVES))
    assert forms.faults_of_file(path, NOW) == []


def test_whoever_has_no_database_has_the_operators_file(tmp_path: Path) -> None:
    path = tmp_path / "issuers.json"
    path.write_bytes(first(RIVES))

    [row] = forms.registers_of_file(path, "Association d’essai", NOW).rows

    assert (row.match, row.name, row.register.name, row.register.kind) == (
        RIVES["id"],
        RIVES["name"],
        "Association d’essai",
        "operator",
    )
    assert forms.registers_of_file(None, "", NOW).rows == ()
