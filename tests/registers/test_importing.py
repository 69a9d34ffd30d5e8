"""A register is kept as it was read, large changes wait for a person, and nobody is added unseen."""

import json
from datetime import timedelta

import pytest

from tests.fixtures.registers import (
    GRETA,
    NOW,
    RIVES,
    day,
    endorsement,
    first,
    imports,
    issuers,
    kept,
    later,
    log_of,
    register,
    second,
)
from wallet import registers
from wallet.registers import importing
from wallet.storage.database import Database
from wallet.trust import Issuer, forms
from wallet.trust.forms import FaultyRegister

ANCHOR = "did:web:region.example"


def standing(database: Database, id: str = RIVES["id"], **issuer: object) -> str:
    """What is said of an issuer whose site was shown to be its own."""
    asked = Issuer(id=id, name="", binding="proven", **issuer)  # type: ignore[arg-type]
    return database.read(registers.read_registers).answer(asked, NOW).standing


def edition(database: Database) -> int:
    return database.read(registers.read_registers).edition


def test_what_was_read_is_kept_with_a_line_for_each_issuer_and_all_workers_see_it(database: Database) -> None:
    before = edition(database)

    done = imports(database, second(RIVES, {**GRETA, "until": "2027-12-31"}))

    assert [(one.kind, one.match) for one in done.kept] == [("added", RIVES["id"]), ("added", GRETA["id"])]
    rows = kept(database)
    assert rows[RIVES["id"]].until == NOW + forms.LASTS
    assert (rows[GRETA["id"]].until, rows[GRETA["id"]].siret) == (day("2027-12-31"), GRETA["siret"])
    assert [(one.register, one.match, one.by) for one in log_of(database)] == [
        ("region", "", "a test"),
        ("region", RIVES["id"], "a test"),
        ("region", GRETA["id"], "a test"),
    ]
    assert edition(database) > before
    assert standing(database) == "vouched"


def test_who_speaks_is_whom_the_operator_says_else_the_register_itself(database: Database) -> None:
    imports(database, second(RIVES))
    assert (register(database).name, register(database).kind, register(database).form) == (
        "Région d’essai",
        "network",
        "ours-2",
    )
    assert log_of(database)[0].after == {"form": "ours-2", "kind": "network", "name": "Région d’essai"}
    imports(database, second(RIVES), name="Normandie", kind="public-list")
    assert (register(database).name, register(database).kind) == ("Normandie", "public-list")
    assert log_of(database)[-1].before == {"form": "ours-2", "kind": "network", "name": "Région d’essai"}
    assert standing(database) == "listed"
    imports(database, second(RIVES), kind="operator")
    assert (register(database).kind, register(database).rank) == ("network", 10), "the operator has one of their own"


def test_a_register_that_is_written_in_another_form_has_that_one_from_then_on(database: Database) -> None:
    imports(database, json.dumps(endorsement()).encode())
    imports(database, second(RIVES))

    assert register(database).form == "ours-2"
    assert [(one.before or {}).get("form") for one in log_of(database) if not one.match] == [None, "endorsement"]


def test_an_issuer_that_is_there_no_more_is_struck_and_stays_known_to_whoever_kept_its_badge_before(
    database: Database,
) -> None:
    imports(database, first(RIVES, *issuers(20)))

    done = imports(database, first(*issuers(20)), now=later(days=1), says=False)

    assert [(one.kind, one.match) for one in done.kept] == [("struck", RIVES["id"])]
    row = kept(database)[RIVES["id"]]
    assert (row.retired_at, row.why) == (later(days=1), "ended")
    assert log_of(database)[-1].after is None
    asked = Issuer(id=RIVES["id"], name="", binding="proven", kept_at=NOW)
    assert database.read(registers.read_registers).answer(asked, later(days=2)).is_vouched


@pytest.mark.parametrize(
    ("content", "doubt"),
    [
        (first(*issuers(26)), "strikes 4 of 30."),
        (first(*issuers(30)[1:], {**issuers(1)[0], "name": "Lycée"}), "renames 1."),
        (second(*issuers(30)[1:], {**issuers(1)[0], "siret": GRETA["siret"]}), "changes the SIRET of 1."),
    ],
)
def test_what_changes_much_waits_for_a_person(database: Database, content: bytes, doubt: str) -> None:
    imports(database, first(*issuers(30)))

    done = imports(database, content, says=False, now=later(days=1))

    assert (done.doubts, done.kept, done.is_waiting) == ([doubt], [], True)
    assert all(row.retired_at is None and row.name.startswith("École") for row in kept(database).values())
    assert (register(database).waiting, register(database).waiting_since) == (content, later(days=1))
    assert log_of(database)[-1].after == {"waits": [doubt]}

    imports(database, content, says=True, now=later(days=2))

    assert register(database).waiting is None
    assert kept(database).keys() >= {one["id"] for one in issuers(26)}
    assert log_of(database)[-1].after != {"waits": [doubt]}


@pytest.mark.breadth
def test_twenty_of_many_may_leave_at_once_and_no_more(database: Database) -> None:
    imports(database, first(*issuers(300)))

    assert imports(database, first(*issuers(280)), says=False, now=later(days=1)).doubts == []
    assert imports(database, first(*issuers(259)), says=False, now=later(days=2)).doubts == ["strikes 21 of 280."]


def test_one_that_goes_back_in_time_waits(database: Database) -> None:
    imports(database, second(RIVES, created="2026-11-01"))

    for created in ({"created": "2026-10-01"}, {}):
        done = imports(database, second(RIVES, GRETA, **created), says=False)
        assert done.doubts[0].startswith("goes back in time: it was made ")
        assert done.kept == []
        assert imports(database, second(GRETA, **created), says=None).kept == []
    assert imports(database, second(RIVES, GRETA, created="2026-11-01"), says=False).kept


def test_what_is_older_than_what_was_kept_in_part_goes_back_in_time_too(database: Database) -> None:
    """Signed by the pinned one, an old register that we never saw would else add whom the newer one has no more."""
    imports(database, second(RIVES, *issuers(20), created="2026-10-01"))
    renamed = {**RIVES, "name": "Lycée des Rives"}
    newer = imports(database, second(renamed, *issuers(19), created="2026-10-20"), says=None)
    assert [one.kind for one in newer.kept] == ["struck"]

    old = second(RIVES, *issuers(19), GRETA, created="2026-10-10")

    assert imports(database, old, says=None).doubts[0].startswith("goes back in time")
    assert imports(database, second(renamed, *issuers(19), created="2026-10-20"), says=True).kept


def test_what_waits_already_is_told_once(database: Database) -> None:
    imports(database, first(*issuers(30)))
    for hour in range(3):
        imports(database, first(*issuers(10)), says=None, now=later(hours=hour))

    assert sum(bool(one.after and "waits" in one.after) for one in log_of(database)) == 1
    assert register(database).waiting_since == NOW


def test_while_nobody_looks_nothing_is_added_that_nobody_signs(database: Database) -> None:
    """Whoever takes over the site of a register makes no page green by it."""
    imports(database, second(RIVES, *issuers(20)))
    more = second(GRETA, {**issuers(1)[0], "scope": ["normandie"]}, *issuers(20)[1:])

    done = imports(database, more, says=None, now=later(days=1))

    assert [one.kind for one in done.kept] == ["struck"]
    assert done.is_waiting
    assert standing(database, GRETA["id"]) == "site"
    assert kept(database)[issuers(1)[0]["id"]].scope == []


def test_while_nobody_looks_what_the_pinned_one_signs_is_added(database: Database) -> None:
    imports(database, second(RIVES))
    with database.writing() as session:
        read = forms.read_register(second(RIVES, GRETA), NOW)
        source = registers.Source(key="region", content=b"signed", anchor=ANCHOR)
        row = registers.find_register(session, "region")
        assert row
        row.anchor = ANCHOR
        registers.import_register(session, source, read, "the chore", NOW, says=None)

    assert standing(database, GRETA["id"]) == "vouched"
    assert register(database).waiting is None


def test_one_that_was_struck_comes_back_by_a_person_alone(database: Database) -> None:
    imports(database, first(RIVES, *issuers(20)))
    imports(database, first(*issuers(20)), now=later(days=1))

    back = first(RIVES, *issuers(20))
    assert imports(database, back, says=False, now=later(days=2)).doubts == [
        "brings back 1 that were struck or had ended."
    ]
    assert imports(database, back, says=None, now=later(days=2), anchor="").kept == []
    imports(database, back, now=later(days=3))

    row = kept(database)[RIVES["id"]]
    assert (row.retired_at, row.why, row.until) == (None, "", NOW + forms.LASTS)


@pytest.mark.parametrize("said", [second({**RIVES, "until": "2027-12-31"}, GRETA), second(RIVES, GRETA)])
def test_one_whose_time_was_over_comes_back_by_a_person_alone(database: Database, said: bytes) -> None:
    imports(database, second({**RIVES, "until": "2026-11-25"}, GRETA))
    imports(database, second(GRETA), now=later(days=10))

    done = imports(database, said, says=None, now=later(days=20))

    assert (done.kept, done.is_waiting) == ([], True)
    assert kept(database)[RIVES["id"]].until == day("2026-11-25")
    imports(database, said, now=later(days=21))
    assert kept(database)[RIVES["id"]].until > later(days=300)


def test_what_is_read_again_is_prolonged_with_one_line_of_the_log_and_not_each_day(database: Database) -> None:
    imports(database, first(*issuers(3)))
    lines = len(log_of(database))

    assert imports(database, first(*issuers(3)), says=None, now=later(days=1)).changes == []
    done = imports(database, first(*issuers(3)), says=None, now=later(days=31))

    assert [one.kind for one in done.kept] == ["prolonged"] * 3
    assert [one.after for one in log_of(database)[lines:]] == [{"prolonged": 3}]
    assert {row.until for row in kept(database).values()} == {later(days=31) + forms.LASTS}


def test_who_is_endorsed_anew_each_day_is_prolonged_and_never_waits(database: Database) -> None:
    """As another wallet gives its issuers: Inès goes on being vouched for after a year, though nobody accepted what is the same."""

    def signed(days: int) -> bytes:
        said = later(days=days)
        whole = endorsement(validFrom=said.isoformat(), validUntil=(said + timedelta(days=365)).isoformat())
        return json.dumps(whole).encode()

    imports(database, signed(0))

    for days in (1, 2):
        done = imports(database, signed(days), says=None, now=later(days=days))

        assert ([one.kind for one in done.kept], done.is_waiting) == (["prolonged"], False)
        assert kept(database)[RIVES["id"]].until == later(days=days + 365)


def test_a_beginning_that_is_put_off_waits_for_a_person(database: Database) -> None:
    imports(database, second(RIVES))

    done = imports(database, second({**RIVES, "since": "2026-12-31"}), says=None)

    assert ([one.kind for one in done.changes], done.is_waiting) == (["changed"], True)


def test_an_end_that_comes_earlier_is_kept_while_nobody_looks(database: Database) -> None:
    imports(database, second({**RIVES, "until": "2027-12-31"}))

    done = imports(database, second({**RIVES, "until": "2026-12-31"}), says=None)

    assert [one.kind for one in done.kept] == ["shortened"]
    assert kept(database)[RIVES["id"]].until == day("2026-12-31")


def test_an_issuer_whose_time_was_over_is_not_struck(database: Database) -> None:
    imports(database, second({**RIVES, "until": "2026-11-25"}))

    assert imports(database, second(), says=False, now=later(days=3)).changes == []


def test_one_that_adds_an_issuer_each_day_in_vain_is_not_silent(database: Database) -> None:
    address = "https://region.example/issuers.json"
    imports(database, second(RIVES, *issuers(2), next_update="2026-11-25"), address=address)

    for days in (1, 2, 3):
        told = second(RIVES, *issuers(2), GRETA, next_update=later(days=days + 1).date().isoformat())
        assert imports(database, told, says=None, now=later(days=days), address=address).is_waiting
    assert register(database).stale_after == day("2026-11-29")

    # What would strike most of them is not what is kept: until a person looked it says nothing of that.
    much = second(GRETA, next_update="2026-12-10")
    assert imports(database, much, says=None, now=later(days=4), address=address).kept == []
    assert register(database).stale_after == day("2026-11-29")


@pytest.mark.parametrize(
    "told",
    [second(GRETA), second(RIVES, GRETA, created="2026-01-01")],
    ids=["strikes many", "goes back in time"],
)
def test_what_says_no_longer_what_is_kept_is_as_silent_where_it_never_told_when_the_next_one_comes(
    database: Database, told: bytes
) -> None:
    """Each day anew it would be believed for thirty more, until a person looked, if ever."""
    address = "https://region.example/issuers.json"
    imports(database, second(RIVES, *issuers(2), created="2026-11-01"), address=address)

    for days in (1, 2, 20):
        assert imports(database, told, says=None, now=later(days=days), address=address).is_waiting
    assert register(database).stale_after == later(days=30)

    imports(database, told, now=later(days=21), address=address)
    assert register(database).stale_after == later(days=51)


def test_who_is_silent_is_believed_for_thirty_days_or_until_the_next_one_was_due(database: Database) -> None:
    imports(database, first(RIVES), address="https://region.example/issuers.json")
    assert register(database).stale_after == later(days=30)
    assert register(database).due_at == later(days=1)
    imports(database, second(RIVES, next_update="2026-12-01"), address="https://region.example/issuers.json")
    assert register(database).stale_after == day("2026-12-02")
    imports(database, second(RIVES, next_update="2027-12-01"), address="https://region.example/issuers.json")
    assert register(database).stale_after == later(days=30)
    imports(database, second(RIVES, next_update="9999-12-31"), address="https://region.example/issuers.json")
    assert register(database).stale_after == later(days=30)
    imports(database, second(RIVES), address="")
    assert (register(database).stale_after, register(database).due_at) == (None, None)


def test_there_is_an_end_to_how_many_registers_there_are(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MOST_REGISTERS", 2)
    imports(database, first(RIVES), key="one")
    imports(database, first(RIVES), key="two")

    with pytest.raises(FaultyRegister, match="2 is the most"):
        imports(database, first(RIVES), key="three")
    imports(database, first(RIVES, GRETA_AS_FIRST), key="two")


def test_there_is_an_end_to_how_many_rows_one_register_gathers(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MOST_ROWS", 3)
    imports(database, first(*issuers(3)))

    with pytest.raises(FaultyRegister, match="more than 3 rows, with those that were struck"):
        imports(database, first(*issuers(4)[1:]), now=later(days=1))
    assert len(kept(database)) == 3


GRETA_AS_FIRST = {name: GRETA[name] for name in ("id", "name")}


@pytest.mark.breadth
def test_a_large_register_is_kept_at_once(database: Database) -> None:
    imports(database, first(*issuers(5000)))

    assert len(kept(database)) == 5000
    assert not imports(database, first(*issuers(5000)), says=None).changes
