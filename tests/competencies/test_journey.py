"""A holder's path, read from what is kept: on both databases, at this moment, and whoever else there is."""

import tracemalloc
from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from tests.fixtures.examined import COMMUNICATE, NOW, another, found, keeps, somebody_with_a_key
from tests.fixtures.framed import CLASSES, KEYS, NORMANDY, SCHOOL, aligned
from wallet.badges import badges
from wallet.badges.cards import told_at
from wallet.badges.models import KeptBadge
from wallet.competencies import journey
from wallet.competencies.frameworks import Ids
from wallet.competencies.journey import Journey
from wallet.competencies.map import CompetencyMap
from wallet.evidence import answers, editing
from wallet.evidence.answers import SentAnswer
from wallet.openbadges import Badge
from wallet.storage.database import Database, Missing
from wallet.trust import NO_REGISTERS

PLACE = "normandie/communiquer/masters"


def of_the_school(key: str, level: str, number: int, **changes: Any) -> Badge:
    """A badge of the school for that competency."""
    id = f"{CLASSES}{key}-{level}" if level else f"{CLASSES}general"
    achievement = replace(COMMUNICATE.achievement, id=id, alignment=())
    issuer = replace(COMMUNICATE.issuer, id=SCHOOL)
    return another(number, name="Atelier", achievement=achievement, issuer=issuer, **changes)


def shown(wallets: Database, holder: int, number: int = 1, later: timedelta = timedelta()) -> Journey:
    """« Mon parcours » of the holder."""
    with wallets.reading() as session:
        return journey.get_journey(session, (NORMANDY,), holder, number, NOW + later)


def levels(path: Journey) -> list[Any]:
    return [one.level for one in path.maps[0].standings]


def counted(wallets: Database, id: int) -> Any:
    with wallets.reading() as session:
        return session.scalar(select(KeptBadge.counted).where(KeptBadge.id == id))


def test_the_nine_make_the_whole_map(wallets: Database) -> None:
    maria = somebody_with_a_key(wallets)
    nine = [(key, level) for key in KEYS for level in ("practises", "masters")] + [("general", "")]
    keeps(wallets, maria, *(found(of_the_school(*one, number)) for number, one in enumerate(nine, 1)))

    path = shown(wallets, maria)

    assert levels(path) == ["masters"] * 4
    assert path.maps[0].is_complete
    assert path.leaf.count == 9


def test_somebody_else_has_a_path_of_their_own(wallets: Database) -> None:
    maria, youssef = somebody_with_a_key(wallets), somebody_with_a_key(wallets)
    [hers] = keeps(wallets, maria, found(COMMUNICATE))

    path = shown(wallets, youssef)

    assert (path.leaf.count, path.cards, path.maps[0].is_touched) == (0, {}, False)
    with wallets.writing() as session:
        with pytest.raises(Missing):
            journey.count_badge(session, (NORMANDY,), youssef, hers, PLACE, NOW)
        with pytest.raises(Missing):
            journey.uncount_badge(session, youssef, hers)
        journey.restore_counts(session, youssef, hers, {PLACE: NOW.isoformat()})
    assert counted(wallets, hers) is None


def test_what_ends_leaves_the_count_at_that_moment_and_before_it_is_checked_again(wallets: Database) -> None:
    maria = somebody_with_a_key(wallets)
    keeps(wallets, maria, found(of_the_school("adapter", "masters", 1, valid_until=NOW + timedelta(days=1))))

    assert levels(shown(wallets, maria))[1] == "masters"
    path = shown(wallets, maria, later=timedelta(days=1))
    assert levels(path)[1] is None
    [gone] = path.maps[0].standings[1].gone
    told = told_at(path.cards[gone.held.id], NO_REGISTERS, NOW + timedelta(days=1))
    assert (gone.held.state, told.sentence) == ("expired", "expired")


def test_what_was_withdrawn_is_not_said_to_have_ended_though_its_end_has_come_too(wallets: Database) -> None:
    maria = somebody_with_a_key(wallets)
    ended = of_the_school("adapter", "masters", 1, valid_until=NOW + timedelta(days=1))
    keeps(wallets, maria, found(ended, not_withdrawn="failed"))

    [gone] = shown(wallets, maria, later=timedelta(days=2)).maps[0].standings[1].gone

    assert gone.held.state == "revoked"


def test_a_month_has_the_badges_that_came_in_before_it_was_over(wallets: Database) -> None:
    maria = somebody_with_a_key(wallets)
    [id] = keeps(wallets, maria, found(COMMUNICATE))

    with wallets.reading() as session:
        came = [list(journey.badges_held(session, [maria], NOW + timedelta(seconds=more), NOW)) for more in (0, 1)]

    assert [[(whose, one.id) for whose, one in some] for some in came] == [[], [(maria, id)]]


def test_a_story_is_asked_for_of_a_competency_and_not_of_the_general_badge(wallets: Database) -> None:
    maria = somebody_with_a_key(wallets)
    keeps(wallets, maria, found(of_the_school("general", "", 1)), found(of_the_school("adapter", "masters", 2)))

    asked = [one.competency for one in shown(wallets, maria).untold]

    assert [one and one.key for one in asked] == ["adapter"]


@pytest.mark.parametrize(
    ("first", "then", "counts"),
    [
        ({}, {"not_withdrawn": "failed"}, False),
        ({}, {"not_withdrawn": "unknown"}, True),
        ({"not_withdrawn": "unknown"}, {"not_withdrawn": "unknown"}, False),
        ({"not_withdrawn": "unknown"}, {}, True),
    ],
)
def test_a_later_check_decides(wallets: Database, first: Any, then: Any, counts: bool) -> None:
    maria, badge = somebody_with_a_key(wallets), of_the_school("adapter", "masters", 1)
    [id] = keeps(wallets, maria, found(badge, **first))
    with wallets.writing() as session:
        kept = badges.get_badge(session, maria, id)
        badges.note_examination(kept, found(badge, at=NOW + timedelta(hours=1), **then).examination, ())

    assert (levels(shown(wallets, maria))[1] == "masters") is counts


def test_a_valid_badge_of_an_issuer_that_is_only_claimed_does_not_count(wallets: Database) -> None:
    maria, badge = somebody_with_a_key(wallets), of_the_school("adapter", "masters", 1)
    keeps(wallets, maria, found(badge, binding="claimed"))

    path = shown(wallets, maria)

    assert levels(path)[1] is None
    [tacked] = path.maps[0].standings[1].tacked
    assert (tacked.held.state, tacked.found.why) == ("valid", "unlisted")


@pytest.mark.postgresql
def test_while_an_issuer_is_silent_it_is_known_by_what_it_showed_when_the_badge_was_good(wallets: Database) -> None:
    maria, badge = somebody_with_a_key(wallets), of_the_school("adapter", "masters", 1)
    [id] = keeps(wallets, maria, found(badge, key="its"))
    with wallets.writing() as session:
        kept = badges.get_badge(session, maria, id)
        silent = found(badge, at=NOW + timedelta(hours=1), bound="unknown", intact="unknown", binding="unknown")
        badges.note_examination(kept, silent.examination, ())
        assert (kept.state, kept.issuer.binding, kept.issuer.key) == ("unknown", "proven", "its")

    path = shown(wallets, maria)

    assert levels(path)[1] == "masters"
    rests_on = path.maps[0].standings[1].rests_on
    assert rests_on is not None
    assert rests_on.held.issuer == kept.issuer, "the map and the badge say the same of it"


@pytest.mark.parametrize("then", [{"intact": "failed"}, {"bound": "failed"}])
def test_of_a_badge_that_is_no_longer_good_the_last_look_says_whose_it_is(wallets: Database, then: Any) -> None:
    maria, badge = somebody_with_a_key(wallets), of_the_school("adapter", "masters", 1)
    [id] = keeps(wallets, maria, found(badge))
    with wallets.writing() as session:
        kept = badges.get_badge(session, maria, id)
        badges.note_examination(kept, found(badge, binding="mismatch", **then).examination, ())
        assert not kept.issuer.is_proven

    assert levels(shown(wallets, maria))[1] is None


def test_of_a_badge_whose_document_is_lost_nothing_shows_whose_it_is(wallets: Database) -> None:
    maria = somebody_with_a_key(wallets)
    [id] = keeps(wallets, maria, found(of_the_school("adapter", "masters", 1)))
    with wallets.writing() as session:
        kept = badges.get_badge(session, maria, id)
        assert kept.issuer.is_proven
        badges.note_loss(kept, NOW)
        assert not kept.issuer.is_proven

    assert levels(shown(wallets, maria))[1] is None


def test_a_removed_badge_has_left_and_is_back_when_it_is_put_back(wallets: Database) -> None:
    maria = somebody_with_a_key(wallets)
    [id] = keeps(wallets, maria, found(COMMUNICATE))
    with wallets.writing() as session:
        journey.count_badge(session, (NORMANDY,), maria, id, PLACE, NOW)
        badges.remove_badge(session, maria, id, NOW)
    assert shown(wallets, maria).leaf.count == 0
    with wallets.writing() as session:
        with pytest.raises(Missing):
            journey.count_badge(session, (NORMANDY,), maria, id, PLACE, NOW)
        badges.restore_badge(session, maria, id, NOW)

    assert levels(shown(wallets, maria))[2] == "masters", "and what she said of it"


def test_what_the_person_says_is_kept_once_and_may_be_taken_back(wallets: Database) -> None:
    maria = somebody_with_a_key(wallets)
    [id] = keeps(wallets, maria, found(COMMUNICATE))
    assert levels(shown(wallets, maria))[2] is None

    with wallets.writing() as session:
        journey.count_badge(session, (NORMANDY,), maria, id, PLACE, NOW)
        journey.count_badge(session, (NORMANDY,), maria, id, PLACE, NOW + timedelta(days=1))
    assert counted(wallets, id) == {PLACE: NOW.isoformat()}
    assert levels(shown(wallets, maria))[2] == "masters"

    with wallets.writing() as session:
        journey.uncount_badge(session, maria, id)
        journey.uncount_badge(session, maria, id)
    assert counted(wallets, id) == {}
    assert levels(shown(wallets, maria))[2] is None


def says_yes(wallets: Database, holder: int, meant: Container[int], later: timedelta = timedelta()) -> str:
    """« Oui, tout compte », with nobody's name on any badge."""
    fitting = fits(wallets, holder, meant, later)
    with wallets.writing() as session:
        return journey.count_fitting(session, holder, fitting, NOW + later)


def fits(wallets: Database, holder: int, meant: Container[int], later: timedelta = timedelta()) -> journey.Fitting:
    """What of these would be counted by it."""
    with wallets.reading() as session:
        return journey.find_fitting(session, (NORMANDY,), holder, meant, NOW + later, journey.all_theirs)


@pytest.mark.postgresql
@pytest.mark.breadth
def test_all_that_fits_is_counted_at_once_and_taken_back_at_once(wallets: Database) -> None:
    maria, youssef = somebody_with_a_key(wallets), somebody_with_a_key(wallets)
    both = [of_the_school(key, "masters", number) for number, key in enumerate(KEYS[:2], 1)]
    ids = keeps(wallets, maria, *(found(one, binding="claimed") for one in both))
    [his] = keeps(wallets, youssef, found(both[0], binding="claimed"))
    assert len(shown(wallets, maria).offer.badges) == 2

    at = says_yes(wallets, maria, range(10_000))

    assert levels(shown(wallets, maria))[:2] == ["masters", "masters"]
    assert [counted(wallets, id) for id in ids] == [{f"normandie/{key}/masters": at} for key in KEYS[:2]]
    assert counted(wallets, his) is None
    assert says_yes(wallets, maria, range(10_000), timedelta(hours=1)) == at, "said again, it is the same answer"
    with wallets.writing() as session:
        journey.uncount_since(session, youssef, at)
        journey.uncount_since(session, maria, "")
    assert levels(shown(wallets, maria))[:2] == ["masters", "masters"]

    with wallets.writing() as session:
        journey.uncount_since(session, maria, at)

    assert [counted(wallets, id) for id in ids] == [None, None]
    assert len(shown(wallets, maria).offer.badges) == 2, "and they are asked again"


def test_what_was_taken_back_stays_so_when_all_else_is_counted(wallets: Database) -> None:
    maria = somebody_with_a_key(wallets)
    first, second = (of_the_school(key, "masters", number) for number, key in enumerate(KEYS[:2], 1))
    ids = keeps(wallets, maria, found(first, binding="claimed"), found(second, binding="claimed"))
    says_yes(wallets, maria, ids)
    with wallets.writing() as session:
        journey.uncount_badge(session, maria, ids[0])

    says_yes(wallets, maria, ids, timedelta(hours=1))

    path = shown(wallets, maria)
    assert levels(path)[:2] == [None, "masters"]
    assert [(one.held.id, one.aside) for one in path.offer.aside] == [(ids[0], "taken-back")]


def test_what_is_taken_back_or_removed_while_all_is_looked_for_is_not_counted(wallets: Database) -> None:
    maria = somebody_with_a_key(wallets)
    some = [of_the_school(key, "masters", number) for number, key in enumerate(KEYS[:3], 1)]
    ids = keeps(wallets, maria, *(found(one, binding="claimed") for one in some))
    fitting = fits(wallets, maria, ids)
    with wallets.writing() as session:
        journey.uncount_badge(session, maria, ids[0])
        badges.remove_badge(session, maria, ids[1], NOW)

    with wallets.writing() as session:
        journey.count_fitting(session, maria, fitting, NOW)

    assert [counted(wallets, id) for id in ids] == [{}, None, {f"normandie/{KEYS[2]}/masters": NOW.isoformat()}]


def test_a_badge_that_speaks_of_two_competencies_is_taken_back_and_counted_again_as_one(wallets: Database) -> None:
    target = COMMUNICATE.achievement.alignment[0].target_url
    frameworks = (aligned(communiquer=target, organiser=target),)
    maria = somebody_with_a_key(wallets)
    [id] = keeps(wallets, maria, found(COMMUNICATE))
    with wallets.writing() as session:
        fitting = journey.find_fitting(session, frameworks, maria, [id], NOW, journey.all_theirs)
        journey.count_fitting(session, maria, fitting, NOW)
    with wallets.reading() as session:
        choice = journey.get_choice(session, frameworks, maria, 1, NOW)
    assert [one.held.id for one in choice.counted] == [id], "one row, and one tap"

    with wallets.writing() as session:
        journey.uncount_badge(session, maria, id)
        fitting = journey.find_fitting(session, frameworks, maria, [id], NOW, journey.all_theirs)
        journey.count_fitting(session, maria, fitting, NOW)
        path = journey.get_journey(session, frameworks, maria, 1, NOW)
    assert (levels(path), path.offer.fitting) == ([None] * 4, [])
    assert [(one.held.id, one.aside) for one in path.offer.aside] == [(id, "taken-back")]

    with wallets.writing() as session:
        journey.count_badge(session, frameworks, maria, id, PLACE, NOW)
        path = journey.get_journey(session, frameworks, maria, 1, NOW)
    assert (levels(path), path.offer.fitting, path.offer.aside) == (["masters", None, "masters", None], [], [])


@pytest.mark.breadth
def test_what_she_is_asked_about_by_itself_stands_on_the_first_leaf_alone(wallets: Database) -> None:
    maria = somebody_with_a_key(wallets)
    many(wallets, maria, 61)
    [id] = keeps(wallets, maria, found(of_the_school("adapter", "masters", 1), binding="claimed"))
    with wallets.writing() as session:
        session.get_one(KeptBadge, id).unasked = True
        leaves = [journey.get_choice(session, (NORMANDY,), maria, number, NOW) for number in (1, 2)]

    assert [len(one.fitting) for one in leaves] == [60, 1]
    assert [[aside.held.id for aside in one.aside] for one in leaves] == [[id], []]


def test_she_confirms_a_badge_only_where_her_word_is_asked_for(wallets: Database) -> None:
    """What its issuer vouches for must not count by her word once nobody vouches for that issuer any more."""
    maria = somebody_with_a_key(wallets)
    [id] = keeps(wallets, maria, found(of_the_school("communiquer", "masters", 1)))
    elsewhere = replace(NORMANDY, id="ailleurs", issuers=Ids())

    with wallets.writing() as session:
        journey.count_badge(session, (NORMANDY, elsewhere), maria, id, "ailleurs/communiquer/masters", NOW)

    assert counted(wallets, id) == {"ailleurs/communiquer/masters": NOW.isoformat()}


def test_a_badge_that_a_link_brought_unasked_is_asked_about_by_itself(wallets: Database) -> None:
    maria = somebody_with_a_key(wallets)
    [id] = keeps(wallets, maria, found(of_the_school("adapter", "masters", 1), binding="claimed"))
    with wallets.writing() as session:
        session.get_one(KeptBadge, id).unasked = True

    assert says_yes(wallets, maria, [id]) == ""
    assert [one.aside for one in shown(wallets, maria).offer.aside] == ["unasked"]
    with wallets.writing() as session:
        session.get_one(KeptBadge, id).match = {"address": "maria@exemple.fr", "at": NOW.isoformat()}
    assert not shown(wallets, maria).offer.aside, "it is named to them"


def test_only_a_name_that_was_verified_makes_a_badge_another_persons(wallets: Database) -> None:
    maria = somebody_with_a_key(wallets)
    vouched, written = (
        of_the_school(key, "masters", number, recipient_name="Kévin") for number, key in enumerate(KEYS[:2])
    )
    keeps(
        wallets,
        maria,
        found(vouched, binding="claimed", origins={"recipient_name": "signature"}),
        found(written, binding="claimed", origins={"recipient_name": "file"}),
    )

    with wallets.reading() as session:
        path = journey.get_journey(session, (NORMANDY,), maria, 1, NOW, lambda names: set(names) & {"Kévin"})

    assert [(one.found.competency and one.found.competency.key, one.aside) for one in path.offer.aside] == [
        ("organiser", "other-name")
    ]
    assert len(path.offer.badges) == 1


@pytest.mark.breadth(beside=["sqlite"])
def test_dates_stand_in_their_months_and_each_month_counts_all_of_its_own(wallets: Database) -> None:
    maria = somebody_with_a_key(wallets)
    given = [another(n, issued_on=NOW - timedelta(days=n) if n < 70 else None, valid_from=None) for n in range(1, 72)]
    keeps(wallets, maria, *map(found, given))

    first, second = (shown(wallets, maria, number).months for number in (1, 2))

    assert sum(len(month.dates) for month in first) == 60
    assert first[-1].first == second[0].first, "one month is on both leaves"
    assert first[-1].badges == second[0].badges == len(first[-1].dates) + len(second[0].dates)
    assert (second[-1].first, second[-1].badges) == (None, 2)


@pytest.mark.parametrize("place", ["", "normandie/organiser/masters", "normandie/communiquer", "x" * 200])
def test_of_a_badge_only_what_it_speaks_of_can_be_counted(wallets: Database, place: str) -> None:
    maria = somebody_with_a_key(wallets)
    [id] = keeps(wallets, maria, found(COMMUNICATE))

    with wallets.writing() as session, pytest.raises(Missing):
        journey.count_badge(session, (NORMANDY,), maria, id, place, NOW)
    assert counted(wallets, id) is None


def test_an_archive_does_not_say_again_what_was_taken_back(wallets: Database) -> None:
    maria = somebody_with_a_key(wallets)
    new, taken_back = keeps(wallets, maria, found(COMMUNICATE), found(another(2)))
    told = {PLACE: NOW.isoformat()}
    with wallets.writing() as session:
        journey.count_badge(session, (NORMANDY,), maria, taken_back, PLACE, NOW)
        journey.uncount_badge(session, maria, taken_back)
        journey.restore_counts(session, maria, new, told)
        journey.restore_counts(session, maria, taken_back, told)
        journey.restore_counts(session, maria, new, None)

    assert (counted(wallets, new), counted(wallets, taken_back)) == (told, {})


def test_what_was_counted_is_told_and_undone_of_the_badges_that_are_meant_and_here(wallets: Database) -> None:
    maria = somebody_with_a_key(wallets)
    both = [of_the_school(key, "masters", number) for number, key in enumerate(KEYS[:2], 1)]
    gone, here = keeps(wallets, maria, *(found(one, binding="claimed") for one in both))
    at = says_yes(wallets, maria, [gone, here])
    assert says_yes(wallets, maria, [10_000]) == "", "of these nothing was ever counted"

    with wallets.writing() as session:
        badges.remove_badge(session, maria, gone, NOW)
        assert journey.uncount_since(session, maria, at) == 1


def test_a_badge_of_a_months_last_night_stands_in_the_month_that_its_page_tells(wallets: Database) -> None:
    maria = somebody_with_a_key(wallets)
    keeps(wallets, maria, found(another(1, issued_on=datetime(2026, 10, 31, 23, 30, tzinfo=UTC))))

    assert [month.first for month in shown(wallets, maria).months] == [date(2026, 11, 1)]


def test_the_general_badge_is_asked_for_with_one_badge_for_each_competency(wallets: Database) -> None:
    maria = somebody_with_a_key(wallets)
    both = [(key, level) for key in KEYS[:3] for level in ("practises", "masters")]
    ids = keeps(wallets, maria, *(found(of_the_school(*one, number)) for number, one in enumerate(both, 1)))

    def asking(framework: str = "normandie") -> CompetencyMap | None:
        with wallets.reading() as session:
            return journey.map_to_ask_with(session, (NORMANDY,), maria, framework, NOW)

    asked = asking()
    assert asked is not None
    assert (len(asked.mastered), asked.mastered_by) == (3, frozenset(ids[1::2]))
    assert asking("bretagne") is None
    keeps(wallets, maria, found(of_the_school("general", "", 9)))
    assert asking() is None, "it is there"


def test_who_masters_two_cannot_ask_yet(wallets: Database) -> None:
    maria = somebody_with_a_key(wallets)
    keeps(wallets, maria, *(found(of_the_school(key, "masters", n)) for n, key in enumerate(KEYS[:2], 1)))

    with wallets.reading() as session:
        assert journey.map_to_ask_with(session, (NORMANDY,), maria, "normandie", NOW) is None


@pytest.mark.postgresql
@pytest.mark.breadth
def test_dates_come_by_sixty_the_newest_first_and_those_without_one_last(wallets: Database) -> None:
    maria = somebody_with_a_key(wallets)
    given = [another(n, issued_on=NOW - timedelta(days=n) if n < 130 else None, valid_from=None) for n in range(1, 131)]
    ids = keeps(wallets, maria, *(found(one) for one in reversed(given)))[::-1]

    leaves = [shown(wallets, maria, number) for number in (1, 2, 3)]

    assert [id for path in leaves for _, id in path.dates] == ids
    assert [len(path.dates) for path in leaves] == [60, 60, 10]
    assert {path.leaf.leaves for path in leaves} == {3}
    assert shown(wallets, maria, 0).dates == leaves[0].dates
    assert shown(wallets, maria, 10**8).dates == leaves[2].dates
    assert all({id for _, id in path.dates} <= path.cards.keys() for path in leaves)


def many(wallets: Database, holder: int, count: int) -> None:
    """That many badges, each with a picture of 20 KB within, as platforms send them."""
    [id] = keeps(wallets, holder, found(COMMUNICATE))
    picture = {"id": f"data:image/png;base64,{'A' * 20_000}", "caption": ""}
    with wallets.writing() as session:
        kept = session.get_one(KeptBadge, id)
        row = {column.key: getattr(kept, column.key) for column in KeptBadge.__table__.columns if column.key != "id"}
        row["read"] = row["read"] | {"achievement": row["read"]["achievement"] | {"image": picture}}
        rows: Sequence[Any] = [row | {"identity": str(n), "edition": str(n)} for n in range(1, count)]
        session.execute(insert(KeptBadge), rows)


A_LIST_OF_ALL = 20_000_000
"""Bytes: four thousand for each badge, and no picture, of which one alone has twenty thousand."""


@pytest.mark.soak
def test_five_thousand_badges_are_no_burden(wallets: Database) -> None:
    maria = somebody_with_a_key(wallets)
    many(wallets, maria, badges.MOST_BADGES)
    shown(wallets, maria)

    tracemalloc.start()
    path = shown(wallets, maria)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (path.leaf.count, len(path.cards)) == (badges.MOST_BADGES, 60)
    assert most < A_LIST_OF_ALL, f"{most:,} bytes"


def test_moments_have_their_dates_between_those_of_badges(wallets: Database) -> None:
    maria, youssef = somebody_with_a_key(wallets), somebody_with_a_key(wallets)
    given = [another(n, issued_on=NOW - timedelta(days=10 * n), valid_from=None) for n in (1, 2)]
    newer, older = keeps(wallets, maria, *(found(one) for one in given))
    with wallets.writing() as session:
        ids = [answers.begin_moment(session, maria, SentAnswer("situation", "work", key * 32), (), NOW) for key in "ab"]
        editing.save_moment(session, maria, ids[0], NOW - timedelta(days=15))  # the other one is a draft
        other = answers.begin_moment(session, youssef, SentAnswer("situation", "work", "a" * 32), (), NOW)
        editing.save_moment(session, youssef, other, NOW)

    path = shown(wallets, maria, 1)

    assert path.dates == [("badge", newer), ("moment", ids[0]), ("badge", older)]
    assert path.tellings[ids[0]].situation == "work"
    with wallets.writing() as session:
        editing.remove_moment(session, maria, ids[0], NOW)
    assert shown(wallets, maria, 1).dates == [("badge", newer), ("badge", older)]
