"""Many badges to be ticked: of which kind they are, in which order they stand, and that no tick is lost by either."""

from dataclasses import replace

from tests.fixtures.examined import NOW
from tests.fixtures.screens_cards import badge
from wallet.badges import Card
from wallet.shares.chooser import MANY, Chooser, chooser_of

WORDS = ("Vitrine", "étiquetage", "Caisse", "")
MINE = [
    replace(
        badge("expired" if id == 3 else "unknown" if id == 5 else "valid"),
        id=id,
        full_name=f"{WORDS[id % 4]} {id}".strip() if WORDS[id % 4] else "",
        issuer_id="",
        issuer_name=f"École {id % 2}",
        issued_on=NOW.replace(year=2000 + id),
        ends_soon=id == 7,
    )
    for id in range(MANY)
]


def in_sight(chooser: Chooser) -> list[int]:
    """The badges that are seen, in their order."""
    rows: list[Card] = [one for group in chooser.groups for one in [*group.badges, *group.folded]]
    return [one.id for one in rows if not chooser.is_aside(one)]


def test_each_kind_is_counted_and_what_is_of_another_one_is_out_of_sight_with_its_tick():
    every, ended = (chooser_of(MINE, range(MANY), asked=asked) for asked in ("", "expired.issuer"))

    assert every.counts == {"good": MANY - 2, "soon": 1, "review": 1, "expired": 1}
    assert in_sight(chooser_of(MINE, (), asked="soon.issuer")) == [7]
    assert in_sight(ended) == [3]
    assert ended.count == MANY, "what is ticked is in the form still"
    assert [ended.is_empty(one) for one in ended.groups] == [True, False]
    assert not any(one.folded for one in ended.groups)


def test_by_date_the_newest_is_first_and_by_name_accents_are_no_matter_and_the_nameless_last():
    assert in_sight(chooser_of(MINE, (), asked=".date")) == [*reversed(range(MANY))]
    assert in_sight(chooser_of(MINE, (), asked=".name"))[:3] == [10, 2, 6]
    assert [MINE[id].full_name for id in in_sight(chooser_of(MINE, (), asked=".name"))[-3:]] == ["", "", ""]
    assert in_sight(chooser_of(MINE, (1, 2), asked=".date"))[:2] == [1, 2], "the few that are ticked stay first"


def test_what_is_no_kind_and_no_order_asks_for_nothing():
    for asked in ("1", "withdrawn.size", ".", "review"):
        chooser = chooser_of([one for one in MINE if one.id != 5] + [replace(MINE[0], id=99)], (), asked=asked)
        assert (chooser.wish.kind, chooser.wish.order) == ("", "issuer")
