"""Many badges to be ticked: of which kind they are, in which order they stand, and that no tick is lost by either."""

from dataclasses import replace

from tests.fixtures.examined import NOW
from tests.fixtures.screens_cards import badge
from wallet.badges import Card
from wallet.shares.chooser import AT_FIRST, FEW_TICKED, MANY, ROOM, Chooser, chooser_of

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


def test_a_small_word_before_a_vowel_is_not_looked_for():
    """Sonia types « d’école » as she says it, and the badges are of « École 1 »."""
    assert in_sight(chooser_of(MINE, (), "D’école 1")) == in_sight(chooser_of(MINE, (), "ecole 1")) != []
    assert in_sight(chooser_of(MINE, (), "l’")) == [], "not everything"


def test_what_is_no_kind_and_no_order_asks_for_nothing():
    for asked in ("1", "withdrawn.size", ".", "review"):
        chooser = chooser_of([one for one in MINE if one.id != 5] + [replace(MINE[0], id=99)], (), asked=asked)
        assert (chooser.wish.kind, chooser.wish.order) == ("", "issuer")


def test_a_few_badges_are_one_list_and_from_so_many_on_there_are_groups():
    few, many = chooser_of(MINE[1:], ()), chooser_of(MINE, ())

    assert (few.is_many, len(few.groups)) == (False, 1)
    assert (many.is_many, len(many.groups)) == (True, 2)


def test_the_few_that_are_ticked_have_a_group_and_more_of_them_stand_first_with_their_issuers():
    few, more = (chooser_of(MINE, range(count)) for count in (FEW_TICKED, FEW_TICKED + 1))

    assert [one.is_ticked for one in few.groups] == [True, False, False]
    assert [one.is_ticked for one in more.groups] == [False, False]


def test_of_an_issuer_of_many_all_that_are_ticked_are_seen_as_far_as_there_is_room():
    of_one = [
        replace(one, issuer_name="École", id=one.id)
        for one in [*MINE, *(replace(MINE[0], id=20 + n) for n in range(4))]
    ]
    ticked = [[20, 21, 22, 23, *range(count - 4)] for count in (7, 8)]

    seen = [chooser_of(of_one, some).groups[0] for some in ticked]

    assert [(len(one.badges), one.ticked_within) for one in seen] == [(AT_FIRST, 3), (AT_FIRST, 4)]
    assert not chooser_of(of_one, (), asked="good.issuer").groups[0].folded, "what is looked for is in sight"


def test_six_that_are_ticked_of_one_issuer_are_all_in_sight_and_so_are_six_that_are_all_there_are():
    """One more is ticked elsewhere: the few that are ticked have no group of their own then."""
    six = [replace(MINE[0], id=20 + number, issuer_name="École") for number in range(ROOM)]
    more = [replace(MINE[0], id=30 + number, issuer_name="École") for number in range(3)]
    ticked = [0, *(one.id for one in six)]

    alone, among = (chooser_of([*MINE, *some], ticked).groups[-1] for some in (six, [*more, *six]))

    assert ([one.id for one in alone.badges], list(alone.folded)) == (ticked[1:], [])
    assert ([one.id for one in among.badges], list(among.folded), among.ticked_within) == (ticked[1:], more, 0)
    for count in (ROOM, ROOM + 1):
        unticked = chooser_of([*MINE, *[*six, *more][:count]], ()).groups[-1]
        assert len(unticked.folded) == (0 if count == ROOM else count - AT_FIRST)
