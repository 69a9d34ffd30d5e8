"""What a holder keeps: each badge once, the better file of two, nothing of anybody else, and removal that can be undone."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from tests.fixtures.examined import (
    AWARDED,
    COMMUNICATE,
    NOW,
    again,
    another,
    examined,
    found,
    keep_one,
    keeps,
    named,
    somebody_with_a_key,
    visitor_at,
)
from tests.fixtures.quantity import rows
from tests.fixtures.vouching import vouched
from wallet.accounts import holders
from wallet.badges import badges, told_at
from wallet.badges.badges import UNDO_REMOVAL
from wallet.badges.models import ImportOutcome, KeptBadge, NewBadge
from wallet.badges.quota import BadgeSize
from wallet.competencies import journey
from wallet.endorsements.views import views_in_badge
from wallet.openbadges import Badge, Check, Endorsement, Party, origins
from wallet.operations import all_tables
from wallet.shares import public_view
from wallet.storage.database import Database, Missing
from wallet.trust import Register, Registers, Row

MINUTE = timedelta(minutes=1)
SAID = Endorsement(
    about="badge",
    endorser=Party(id="https://mairie.exemple.fr"),
    comment="Un bon travail.",
    said_on=None,
    by="other",
    state="valid",
    binding="proven",
    intact="passed",
    bound="passed",
    reason="",
)
FORGED = replace(COMMUNICATE, name="Chirurgienne en chef – je maîtrise")


@pytest.fixture
def maria(wallets: Database) -> int:
    return somebody_with_a_key(wallets)


@pytest.fixture
def youssef(wallets: Database) -> int:
    return somebody_with_a_key(wallets)


def brought(wallets: Database, holder: int, arrived: NewBadge) -> ImportOutcome:
    with wallets.writing() as session:
        return keep_one(session, holder, arrived)


def kept(wallets: Database, holder: int) -> list[KeptBadge]:
    with wallets.reading() as session:
        return badges.list_badges(session, holder)


def only(wallets: Database, holder: int) -> KeptBadge:
    (one,) = kept(wallets, holder)
    return one


def test_a_badge_is_kept_with_all_that_was_found(wallets: Database, maria: int):
    outcome = brought(wallets, maria, found())

    assert outcome.kind == "added"
    one = only(wallets, maria)
    assert outcome.badge_id == one.id
    assert one.document == named(COMMUNICATE.id)
    assert (one.state, one.checked_at, one.added_at) == ("valid", NOW, NOW)
    assert one.good == one.examination
    assert one.good_at == NOW
    assert one.examination["seen"][0]["file"] == named("key")
    assert one.read["valid_from"] == AWARDED.isoformat()


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_the_same_badge_twice_is_told_and_not_doubled(wallets: Database, maria: int):
    first = brought(wallets, maria, found())

    again = brought(wallets, maria, found(document="the same badge in another file"))

    assert (again.kind, again.badge_id) == ("duplicate", first.badge_id)
    assert only(wallets, maria).document == named(COMMUNICATE.id)


@pytest.mark.parametrize("id", [COMMUNICATE.id, f" {COMMUNICATE.id} ", COMMUNICATE.id.replace("1", "%31")])
def test_another_spelling_of_its_id_is_the_same_badge(wallets: Database, maria: int, id: str):
    brought(wallets, maria, found())

    assert brought(wallets, maria, found(replace(COMMUNICATE, id=id))).kind == "duplicate"


def test_badges_without_an_id_are_told_apart_by_their_file(wallets: Database, maria: int):
    nameless = replace(COMMUNICATE, id="")

    kinds = [brought(wallets, maria, found(nameless, document=word)).kind for word in ("one", "one", "two")]

    assert kinds == ["added", "duplicate", "added"]


def test_two_issuers_may_use_the_same_id(wallets: Database, maria: int):
    other = replace(COMMUNICATE, issuer=replace(COMMUNICATE.issuer, id="https://other.example"))

    assert [brought(wallets, maria, found(badge)).kind for badge in (COMMUNICATE, other)] == ["added", "added"]


def test_the_same_badge_of_two_people_is_two_badges(wallets: Database, maria: int, youssef: int):
    assert brought(wallets, maria, found()).kind == "added"
    assert brought(wallets, youssef, found()).kind == "added"


@pytest.mark.parametrize("state", ["invalid", "unknown", "expired", "revoked"])
def test_a_good_file_takes_the_place_of_one_that_was_not(wallets: Database, maria: int, state: str):
    failing = {
        "invalid": {"intact": "failed"},
        "unknown": {"intact": "unknown"},
        "expired": {"not_ended": "failed"},
        "revoked": {"not_withdrawn": "failed"},
    }[state]
    brought(wallets, maria, found(FORGED, document="forged", **failing))
    assert only(wallets, maria).state == state

    outcome = brought(wallets, maria, found())

    one = only(wallets, maria)
    assert outcome.kind == "updated"
    assert (one.state, one.document, one.card.name) == ("valid", named(COMMUNICATE.id), "Communiquer")


@pytest.mark.parametrize("outcome", ["failed", "unknown"])
def test_a_worse_file_never_takes_the_place_of_a_good_one(wallets: Database, maria: int, outcome: str):
    brought(wallets, maria, found())

    brought(wallets, maria, found(FORGED, document="forged", intact=outcome))

    one = only(wallets, maria)
    assert (one.state, one.document, one.card.name) == ("valid", named(COMMUNICATE.id), "Communiquer")


def test_a_newer_edition_takes_the_place_of_the_older_one_and_not_the_other_way_round(wallets: Database, maria: int):
    newer = replace(COMMUNICATE, description="2e édition", valid_from=AWARDED + timedelta(days=30))

    for edition in (found(), found(newer, document="newer"), found()):
        brought(wallets, maria, edition)

    assert only(wallets, maria).card.description == "2e édition"


@pytest.mark.breadth
def test_what_an_issuer_wrote_after_it_ended_was_not_kept_before_though_an_older_edition_was(
    wallets: Database, maria: int
):
    """Else whoever is struck gives holders of an old badge a higher one under the same id."""
    day = timedelta(days=1)
    known = vouched(COMMUNICATE.issuer.id, retired_at=NOW + day, why="ended")
    newer = found(replace(COMMUNICATE, valid_from=AWARDED + day), "newer")
    with wallets.writing() as session:
        keep_one(session, maria, found())

    def standings() -> set[str]:
        with wallets.reading() as session:
            [(_, held)] = journey.badges_held(session, {maria}, NOW + day, NOW + 3 * day)
        one = only(wallets, maria)
        told = told_at(one.card, known, NOW + 3 * day)
        return {known.answer(issuer, NOW + 3 * day).standing for issuer in (one.issuer, held.issuer)} | {
            told.trust.standing
        }

    assert standings() == {"vouched"}
    with wallets.writing() as session:
        keep_one(session, maria, newer, NOW + 2 * day)
    assert standings() == {"site"}
    with wallets.writing() as session:
        again(session, maria, only(wallets, maria).id, newer.examination, ())
    assert standings() == {"site"}, "also when it was looked at again"


@rows(
    ("change", "origin", "standing"),
    [
        ({"achievement": replace(COMMUNICATE.achievement, name="Diriger")}, "issuer", "site"),
        ({"valid_until": AWARDED + timedelta(days=900)}, "issuer", "site"),
        ({"issuer": replace(COMMUNICATE.issuer, description="Nous avons déménagé.")}, "issuer", "vouched"),
        ({"achievement": replace(COMMUNICATE.achievement, name="Diriger")}, "signed", "vouched"),
    ],
)
@rows("way", ["looked at again", "brought again", "brought by a visitor"])
@pytest.mark.breadth
def test_what_an_issuer_wrote_at_the_address_of_a_badge_after_it_ended_was_not_kept_before(
    wallets: Database, change: dict[str, Any], origin: Any, standing: str, way: str
):
    """A hosted badge is what its address says, today another one: its file is the same. What is signed was only read otherwise."""
    day = timedelta(days=1)
    known = vouched(COMMUNICATE.issuer.id, retired_at=NOW + day, why="ended")
    rewritten = replace(found(replace(COMMUNICATE, valid_from=AWARDED + day, **change)), document=named("the same"))
    rewritten = replace(
        rewritten,
        examination=replace(rewritten.examination, checked_at=NOW + 2 * day, origins=origins(origin)),
    )
    maria, visitor = somebody_with_a_key(wallets), visitor_at(wallets).id
    (id,) = keeps(wallets, maria, replace(found(), document=named("the same")))
    with wallets.writing() as session:
        if way == "looked at again":
            again(session, maria, id, rewritten.examination, ())
        else:
            keep_one(session, maria if way == "brought again" else visitor, rewritten, NOW + 2 * day)
    if way == "brought by a visitor":
        with wallets.writing() as session:
            badges.move_badges(session, visitor, maria)

    one = only(wallets, maria)
    assert one.read["valid_from"] == (AWARDED + day).isoformat()
    assert known.answer(one.issuer, NOW + 3 * day).standing == standing


def test_the_same_file_brought_again_was_kept_since_it_came_first(wallets: Database, maria: int):
    with wallets.writing() as session:
        keep_one(session, maria, found(bound="unknown"))
    with wallets.writing() as session:
        assert keep_one(session, maria, found(), NOW + timedelta(days=2)).kind == "updated"

    assert only(wallets, maria).here_since == NOW


def test_words_that_nobody_confirmed_do_not_take_the_place_of_words_the_issuer_did(wallets: Database, maria: int):
    """A hosted badge's file may say anything: when its issuer does not answer, its words are only the file's."""
    outcome = brought(wallets, maria, found())

    with wallets.writing() as session:
        again(session, maria, outcome.badge_id, examined(FORGED, intact="unknown"), ())

    one = only(wallets, maria)
    assert one.card.name == "Communiquer"
    assert (one.state, one.good_at, one.may_be_shown) == ("unknown", NOW, True)


def test_nor_does_silence_take_the_place_of_words_that_were_never_good(wallets: Database, maria: int):
    (id,) = keeps(wallets, maria, found(not_ended="failed"))
    nameless = replace(COMMUNICATE, name="", achievement=replace(COMMUNICATE.achievement, name=""))

    with wallets.writing() as session:
        again(session, maria, id, examined(nameless, bound="unknown", not_ended="failed"))

    assert (only(wallets, maria).state, only(wallets, maria).card.name) == ("expired", "Communiquer")


def test_what_others_say_in_a_signed_badge_is_heard_while_its_issuer_is_silent(wallets: Database, maria: int):
    (id,) = keeps(wallets, maria, found())

    with wallets.writing() as session:
        revoked = replace(SAID, state="revoked", reason="revoked")
        again(session, maria, id, replace(examined(bound="unknown"), endorsements=(revoked,)))

    assert [one["reason"] for one in only(wallets, maria).examination["endorsements"]] == ["revoked"]


def test_what_somebody_says_in_a_badge_since_they_ended_was_not_kept_before(wallets: Database, maria: int):
    """What stands at an address, and not in the file, may be written at any time."""
    (id,) = keeps(wallets, maria, replace(found(), examination=replace(examined(), endorsements=(SAID,))))
    ended = NOW + timedelta(days=1)
    register = Register(key="operator", name="Région d’essai", kind="operator")
    known = Registers(rows=[Row(register=register, match=SAID.endorser.id, name="", retired_at=ended, why="ended")])
    new = replace(SAID, comment="Une perle.")

    for days in (2, 3):
        with wallets.writing() as session:
            looked = replace(examined(), endorsements=(SAID, new), checked_at=NOW + timedelta(days=days))
            again(session, maria, id, looked)

    told = told_at(only(wallets, maria).card, known, NOW + timedelta(days=4))
    assert [(one.comment, one.trust.standing) for one in told.endorsements] == [
        (SAID.comment, "vouched"),
        (new.comment, "site"),
    ]
    examination = only(wallets, maria).examination
    views = views_in_badge(id, examination["endorsements"], NOW, NOW)
    assert [one.endorser and one.endorser.kept_at for one in views] == [NOW, NOW + timedelta(days=2)]


@pytest.mark.breadth
def test_what_somebody_says_in_a_badge_is_not_new_where_its_address_was_silent_once(wallets: Database, maria: int):
    """One evening without an answer, and whoever had ended since was known no more."""
    (id,) = keeps(wallets, maria, replace(found(), examination=replace(examined(), endorsements=(SAID,))))
    new = replace(SAID, comment="Une perle.")
    silent = replace(SAID, endorser=Party(), comment="", state="unknown", binding="unknown", intact="unknown")

    looks: list[tuple[Endorsement, ...]] = [(SAID, new), (silent,), (silent,), (SAID, new)]
    for days, said in enumerate(looks, start=1):
        with wallets.writing() as session:
            looked = replace(examined(), endorsements=said, checked_at=NOW + timedelta(days=days))
            again(session, maria, id, looked)

    examination = only(wallets, maria).examination
    views = views_in_badge(id, examination["endorsements"], NOW, NOW)
    assert [one.endorser and one.endorser.kept_at for one in views] == [NOW, NOW + timedelta(days=1)]

    for days in range(5, 60):
        with wallets.writing() as session:
            other = replace(SAID, comment=f"{days}")
            again(session, maria, id, replace(examined(), endorsements=(other,), checked_at=NOW + timedelta(days=days)))
    assert len(only(wallets, maria).examination["unheard"]) == badges.MOST_UNHEARD

    with wallets.writing() as session:
        heard = replace(SAID, comment="58")
        again(session, maria, id, replace(examined(), endorsements=(heard,), checked_at=NOW + timedelta(days=60)))
    [view] = views_in_badge(id, only(wallets, maria).examination["endorsements"], NOW, NOW)
    assert view.endorser
    assert view.endorser.kept_at == NOW + timedelta(days=58), "what was heard last is remembered"


def test_nor_does_a_silent_issuers_copy_that_says_it_was_withdrawn(wallets: Database, maria: int):
    outcome = brought(wallets, maria, found())

    with wallets.writing() as session:
        gone = examined(FORGED, intact="unknown", not_withdrawn="failed")
        again(session, maria, outcome.badge_id, gone, ())

    one = only(wallets, maria)
    assert (one.card.name, one.state) == ("Communiquer", "revoked")


def test_a_new_examination_takes_the_place_of_the_last_and_the_last_good_one_stays(wallets: Database, maria: int):
    outcome = brought(wallets, maria, found())
    later = NOW + timedelta(days=3)

    with wallets.writing() as session:
        again(session, maria, outcome.badge_id, examined(at=later, not_withdrawn="failed"), ())

    one = only(wallets, maria)
    card = one.card
    assert (card.state, card.checked_at, card.last_good_at) == ("revoked", later, NOW)
    assert one.good["seen"][0]["file"] == named("key")
    assert not one.may_be_shown


@pytest.mark.parametrize(
    ("bent", "is_silent"),
    [
        ({"not_withdrawn": "unknown", "unanswered": ("https://issuer.example/list",)}, True),
        ({"not_withdrawn": "unknown"}, False),
        (
            {
                "not_withdrawn": Check("not_withdrawn", "unknown", "status-unsupported"),
                "unanswered": ("https://issuer.example/picture",),
            },
            False,
        ),
        ({"intact": "unknown", "unanswered": ("https://issuer.example/1",)}, True),
        ({"not_withdrawn": "failed", "unanswered": ("https://issuer.example/1",)}, False),
        ({"unanswered": ("https://issuer.example/picture",)}, False),
    ],
)
def test_an_issuer_is_silent_who_was_asked_and_left_us_in_doubt(
    wallets: Database, maria: int, bent: dict[str, object], is_silent: bool
):
    (id,) = keeps(wallets, maria, found())
    first, second = NOW + timedelta(days=7), NOW + timedelta(days=14)

    for at in (first, second):
        with wallets.writing() as session:
            again(session, maria, id, examined(at=at, **bent), ())

    one = only(wallets, maria)
    assert one.silent_since == (first if is_silent else None)
    assert one.card.silent_since == one.silent_since
    assert one.examination["unanswered"] == list(bent.get("unanswered", ()))


@pytest.mark.parametrize(
    "silent",
    [
        {"intact": "unknown"},
        {"not_withdrawn": "unknown"},
        {"not_withdrawn": "unknown", "not_ended": "failed"},
        {"not_withdrawn": "unknown", "begun": "failed"},
        {"not_withdrawn": Check("not_withdrawn", "unknown", "not-intact"), "intact": "failed"},
        {"not_withdrawn": Check("not_withdrawn", "unknown", "another-badge-at-address"), "intact": "failed"},
    ],
)
@pytest.mark.parametrize("state", ["revoked", "suspended"])
@pytest.mark.breadth(beside=["sqlite-revoked-silent2", "sqlite-revoked-silent3", "sqlite-suspended-silent3"])
def test_what_an_issuer_withdrew_does_not_become_good_again_when_they_fall_silent(
    wallets: Database, maria: int, silent: dict[str, object], state: str
):
    (id,) = keeps(wallets, maria, found())
    withdrawn, gone, back = (NOW + timedelta(days=days) for days in (7, 14, 21))

    for at, bent in (
        (withdrawn, {"not_withdrawn": Check("not_withdrawn", "failed", state)}),
        (gone, silent | {"unanswered": ("https://issuer.example/list",)}),
    ):
        with wallets.writing() as session:
            again(session, maria, id, examined(at=at, **bent), ())

    one = only(wallets, maria)
    assert (one.state, one.checked_at, one.silent_since, one.may_be_shown) == (state, withdrawn, None, False)
    assert one.due_at > gone

    with wallets.writing() as session:
        again(session, maria, id, examined(at=back), ())
    assert only(wallets, maria).state == "valid"

    with wallets.writing() as session:
        again(session, maria, id, examined(at=back, not_ended="failed"), ())
    assert only(wallets, maria).state == "expired"


def test_a_look_that_began_before_the_issuer_withdrew_it_and_is_noted_after_it_brings_nothing_back(
    wallets: Database, maria: int
):
    (id,) = keeps(wallets, maria, found())
    with wallets.writing() as session:
        again(session, maria, id, examined(at=NOW + MINUTE, not_withdrawn="failed"))
        again(session, maria, id, examined(at=NOW))
    assert (only(wallets, maria).state, only(wallets, maria).checked_at) == ("revoked", NOW + MINUTE)

    with wallets.writing() as session:
        again(session, maria, id, examined(at=NOW + 2 * MINUTE))
    assert only(wallets, maria).state == "valid", "what they say since counts"


def test_of_what_was_never_good_nobody_says_that_the_issuer_fell_silent(wallets: Database, maria: int):
    silent = found(intact="unknown", unanswered=("https://issuer.example/1",))

    brought(wallets, maria, silent)

    assert only(wallets, maria).silent_since is None


def test_who_vouches_for_the_words_is_kept_with_them(wallets: Database, maria: int):
    (id,) = keeps(wallets, maria, found(unsigned=("/proof/created",)))

    with wallets.writing() as session:
        doubtful = examined(FORGED, intact="unknown", origins=origins("file"), unsigned=("/name",), format="Else")
        again(session, maria, id, doubtful, ())

    one = only(wallets, maria)
    assert one.read["name"] == COMMUNICATE.name
    assert one.examination["origins"] == origins("signed")
    assert one.examination["unsigned"] == ["/proof/created"]
    assert one.examination["format"] == "Open Badges 3.0, eddsa-rdfc-2022"
    assert one.examination["checks"][1]["outcome"] == "unknown"


def test_what_was_found_of_the_presentation_stays_with_the_file_that_came_in_it(wallets: Database, maria: int):
    """It is looked at once; another look at the badge alone says nothing of it, and another file came in another one."""
    told = Check("presentation", "failed", "signature-does-not-match")
    (id,) = keeps(wallets, maria, found(presentation=told))
    with wallets.writing() as session:
        again(session, maria, id, examined(), ())
    looked_again = only(wallets, maria)

    brought(wallets, maria, found(replace(COMMUNICATE, valid_from=NOW), "the newer edition"))

    assert looked_again.examination["presentation"]["reason"] == "signature-does-not-match"
    assert looked_again.card.presentation == asdict(told)
    assert public_view.card_for_others(0, looked_again, public_view.Standpoint(now=NOW)).presentation is None, (
        "who put it together is the holder's"
    )
    assert "presentation" not in only(wallets, maria).examination


def test_what_was_never_good_is_not_ticked_for_a_share(wallets: Database, maria: int):
    brought(wallets, maria, found(intact="unknown"))

    assert not only(wallets, maria).may_be_shown


def test_the_newest_comes_first(wallets: Database, maria: int):
    first, second = keeps(wallets, maria, found(another(1)), found(another(2)))

    assert [one.id for one in kept(wallets, maria)] == [second, first]


def test_nobody_reaches_what_is_somebody_elses(wallets: Database, maria: int, youssef: int):
    id = brought(wallets, maria, found()).badge_id
    attempts = (
        lambda session, whose: badges.get_badge(session, whose, id),
        lambda session, whose: again(session, whose, id, examined(), ()),
        lambda session, whose: badges.remove_badge(session, whose, id, NOW),
        lambda session, whose: badges.restore_badge(session, whose, id, NOW),
    )

    for attempt in attempts:
        before = len(kept(wallets, maria))
        with pytest.raises(Missing), wallets.writing() as session:
            attempt(session, youssef)
        assert (kept(wallets, youssef), len(kept(wallets, maria))) == ([], before)
        with wallets.writing() as session:
            attempt(session, maria)

    assert only(wallets, maria).removed_at is None


def test_a_removed_badge_can_be_put_back_for_a_day(wallets: Database, maria: int):
    id = brought(wallets, maria, found()).badge_id
    with wallets.writing() as session:
        badges.remove_badge(session, maria, id, NOW)
    assert kept(wallets, maria) == []
    with wallets.writing() as session:
        assert badges.get_removed_badge(session, maria, id, NOW + UNDO_REMOVAL).id == id
        badges.restore_badge(session, maria, id, NOW + UNDO_REMOVAL)

    assert only(wallets, maria).id == id


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.breadth
def test_maria_taps_twice_to_remove_a_badge_and_it_is_removed_once(wallets: Database, maria: int):
    """The second tap looked whether it was removed already, then for the badge; the first was kept in between."""
    id = brought(wallets, maria, found()).badge_id
    first = iter([lambda: _removes(wallets, maria, id, NOW)])

    def keep_first(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if "FROM badges" in statement:
            for keep in first:
                keep()

    event.listen(wallets.engine, "after_cursor_execute", keep_first)
    try:
        _removes(wallets, maria, id, NOW + MINUTE)
    finally:
        event.remove(wallets.engine, "after_cursor_execute", keep_first)
    _removes(wallets, maria, id, NOW + 2 * MINUTE)

    assert kept(wallets, maria) == []
    with wallets.reading() as session:
        assert badges.get_removed_badge(session, maria, id, NOW + UNDO_REMOVAL).id == id


def _removes(wallets: Database, whose: int, id: int, now: datetime) -> None:
    with wallets.writing() as session:
        badges.remove_badge(session, whose, id, now)


def test_after_a_day_it_is_too_late(wallets: Database, maria: int):
    id = brought(wallets, maria, found()).badge_id
    late = NOW + UNDO_REMOVAL + timedelta(seconds=1)
    with wallets.writing() as session:
        badges.remove_badge(session, maria, id, NOW)

    with wallets.reading() as session:
        assert badges.get_removed_badge(session, maria, id, late) is None
    with pytest.raises(Missing), wallets.writing() as session:
        badges.restore_badge(session, maria, id, late)


def test_bringing_a_removed_badge_again_puts_it_back(wallets: Database, maria: int):
    id = brought(wallets, maria, found()).badge_id
    with wallets.writing() as session:
        badges.remove_badge(session, maria, id, NOW)

    outcome = brought(wallets, maria, found())

    assert (outcome.kind, outcome.badge_id) == ("added", id)
    assert only(wallets, maria).id == id


def test_who_brings_a_changed_copy_of_a_removed_badge_is_told_that_the_good_one_is_back(wallets: Database, maria: int):
    id = brought(wallets, maria, found()).badge_id
    with wallets.writing() as session:
        badges.remove_badge(session, maria, id, NOW)

    outcome = brought(wallets, maria, found(FORGED, document="forged", intact="failed"))

    assert (outcome.kind, outcome.badge_id) == ("worse", id)
    assert only(wallets, maria).card.name == "Communiquer"


@pytest.mark.breadth
def test_what_a_visitor_looked_at_joins_the_wallet_they_turn_out_to_have(wallets: Database, maria: int):
    (mine,) = keeps(wallets, maria, found(another(1)))
    visitor = visitor_at(wallets).id
    keeps(wallets, visitor, found(another(1)), found(another(2)))

    with wallets.writing() as session:
        badges.move_badges(session, visitor, maria)

    assert {one.id for one in kept(wallets, maria)} >= {mine}
    assert [one.card.name for one in kept(wallets, maria)] == ["Communiquer"] * 2
    assert len(kept(wallets, visitor)) == 1, "what Maria has already stays behind, and is erased with the visitor"


def test_of_a_badge_that_is_in_both_the_better_file_stays(wallets: Database, maria: int):
    keeps(wallets, maria, found(FORGED, document="forged", intact="failed"))
    visitor = visitor_at(wallets).id
    keeps(wallets, visitor, replace(found(), came_in=named("diploma")))

    with wallets.writing() as session:
        badges.move_badges(session, visitor, maria)

    one = only(wallets, maria)
    assert (one.state, one.document, one.card.name) == ("valid", named(COMMUNICATE.id), "Communiquer")
    assert one.came_in == named("diploma")
    assert one.here_since == NOW


def test_a_better_file_is_kept_since_the_visitor_brought_it(wallets: Database, maria: int):
    keeps(wallets, maria, found(FORGED, document="forged", intact="failed"))
    visitor, later = visitor_at(wallets).id, NOW + timedelta(days=1)
    with wallets.writing() as session:
        keep_one(session, visitor, found(), later)

    with wallets.writing() as session:
        badges.move_badges(session, visitor, maria)

    assert (only(wallets, maria).added_at, only(wallets, maria).here_since) == (NOW, later)


def test_the_better_file_counts_as_many_bytes_as_it_has(wallets: Database, maria: int):
    keeps(wallets, maria, replace(found(FORGED, document="forged", intact="failed"), size=100))
    visitor = visitor_at(wallets).id
    keeps(wallets, visitor, replace(found(), size=5_000, came_in=named("diploma"), came_in_size=20_000))

    with wallets.writing() as session:
        badges.move_badges(session, visitor, maria)

    with wallets.reading() as session:
        counted = session.get_one(BadgeSize, only(wallets, maria).id)
    assert (counted.files, counted.came_in) == (5_000, 20_000)


def test_a_better_file_of_which_nobody_wrote_down_how_much_it_takes_joins_the_wallet_too(wallets: Database, maria: int):
    """It was brought before sizes were."""
    keeps(wallets, maria, found(FORGED, document="forged", intact="failed"))
    visitor = visitor_at(wallets).id
    (brought,) = keeps(wallets, visitor, found())
    with wallets.writing() as session:
        session.delete(session.get_one(BadgeSize, brought))

    wallets.write(badges.move_badges, visitor, maria)

    assert only(wallets, maria).document == named(COMMUNICATE.id)


def test_the_file_that_shows_more_of_the_same_badge_is_the_better_one(wallets: Database, maria: int):
    part = found(document="part")
    keeps(wallets, maria, replace(part, examination=replace(part.examination, not_shared=("/credentialSubject",))))
    visitor = visitor_at(wallets).id
    keeps(wallets, visitor, found(document="whole"))

    with wallets.writing() as session:
        badges.move_badges(session, visitor, maria)

    assert only(wallets, maria).document == named("whole")


def test_a_visitors_older_edition_does_not_replace_the_newer_one_for_a_day_of_silence(wallets: Database, maria: int):
    newer = replace(COMMUNICATE, valid_from=AWARDED + timedelta(days=30))
    (id,) = keeps(wallets, maria, found(newer, document="newer"))
    visitor = visitor_at(wallets).id
    keeps(wallets, visitor, found())

    with wallets.writing() as session:
        again(session, maria, id, examined(newer, at=NOW + MINUTE, bound="unknown"))
        badges.move_badges(session, visitor, maria)

    assert only(wallets, maria).document == named("newer")


def test_a_visitors_file_stands_for_one_that_is_lost_though_the_badge_has_ended(wallets: Database, maria: int):
    (id,) = keeps(wallets, maria, found())
    visitor = visitor_at(wallets).id
    keeps(wallets, visitor, found(document="spelt otherwise", not_ended="failed"))

    with wallets.writing() as session:
        badges.note_loss(session.get_one(KeptBadge, id), NOW)
        badges.move_badges(session, visitor, maria)

    assert (only(wallets, maria).state, only(wallets, maria).document) == ("expired", named("spelt otherwise"))


def test_what_the_visitor_heard_that_it_was_withdrawn_is_asked_again_soon(wallets: Database, maria: int):
    keeps(wallets, maria, found())
    visitor = visitor_at(wallets).id
    keeps(wallets, visitor, found(not_withdrawn="failed"))

    with wallets.writing() as session:
        badges.move_badges(session, visitor, maria)

    assert only(wallets, maria).due_at == NOW


def test_what_the_visitor_saw_before_the_issuer_withdrew_it_is_not_better(wallets: Database, maria: int):
    (id,) = keeps(wallets, maria, found())
    visitor = visitor_at(wallets).id
    keeps(wallets, visitor, found())

    with wallets.writing() as session:
        again(session, maria, id, examined(at=NOW + MINUTE, not_withdrawn="failed"))
        badges.move_badges(session, visitor, maria)

    assert only(wallets, maria).state == "revoked"


def test_what_the_visitor_brought_worse_is_left_behind(wallets: Database, maria: int):
    keeps(wallets, maria, found())
    visitor = visitor_at(wallets).id
    keeps(wallets, visitor, found(FORGED, document="forged", intact="failed"))

    with wallets.writing() as session:
        badges.move_badges(session, visitor, maria)

    assert only(wallets, maria).state == "valid"


@pytest.mark.parametrize("came", [True, False])
def test_what_a_visitor_brings_of_their_own_is_wanted_though_a_link_had_brought_it_before(
    wallets: Database, maria: int, came: bool
):
    (id,) = keeps(wallets, maria, found())
    visitor = visitor_at(wallets).id
    keeps(wallets, visitor, found())

    with wallets.writing() as session:
        badges.get_badge(session, maria, id).unasked = came
        badges.move_badges(session, visitor, maria)

    assert only(wallets, maria).unasked is None


def test_of_somebody_elses_badge_no_archive_tells(wallets: Database, maria: int):
    (id,) = keeps(wallets, maria, found())

    wallets.write(
        badges.remember_history, visitor_at(wallets).id, id, {"made_at": NOW.isoformat(), "good": {"seen": []}}
    )

    assert only(wallets, maria).history is None


def test_of_what_two_archives_told_the_later_stays_and_counts_though_a_visitor_brought_it(
    wallets: Database, maria: int
):
    (id,) = keeps(wallets, maria, found())
    visitor = visitor_at(wallets).id
    (twin,) = keeps(wallets, visitor, found())
    answer = {"address": "https://issuer.example/list", "status": 200, "at": NOW.isoformat(), "file": named("list")}
    earlier = {"made_at": AWARDED.isoformat(), "good": {"seen": []}}
    later = {"made_at": NOW.isoformat(), "good": {"seen": [answer | {"size": 700}]}}

    with wallets.writing() as session:
        badges.remember_history(session, maria, id, earlier)
        badges.remember_history(session, visitor, twin, later)
        before = session.get_one(BadgeSize, id).answers
        badges.move_badges(session, visitor, maria)

    with wallets.reading() as session:
        assert session.get_one(BadgeSize, id).answers == before + 700
    assert only(wallets, maria).history == later


@pytest.mark.parametrize(
    ("said", "stays"), [(None, {"rectec/comm/2": "then"}), ({}, {}), ({"a/b/1": "now"}, {"a/b/1": "now"})]
)
def test_where_an_archive_says_that_a_badge_counts_is_not_lost_where_a_visitor_brought_it(
    wallets: Database, maria: int, said: dict[str, str] | None, stays: dict[str, str]
):
    (id,) = keeps(wallets, maria, found())
    visitor = visitor_at(wallets).id
    (twin,) = keeps(wallets, visitor, found())

    with wallets.writing() as session:
        badges.get_badge(session, maria, id).counted = said
        journey.restore_counts(session, visitor, twin, {"rectec/comm/2": "then"})
        badges.move_badges(session, visitor, maria)

    assert only(wallets, maria).counted == stays


def test_every_file_that_a_badge_needs_is_named(wallets: Database, maria: int):
    (id,) = keeps(wallets, maria, found())
    with wallets.writing() as session:
        seen = ({"address": "https://issuer.example/list", "status": 200, "at": "", "file": named("list")},)
        again(session, maria, id, examined(not_withdrawn="unknown"), seen)

    with wallets.reading() as session:
        needed = all_tables.files_in_use(session)

    assert needed == {named(COMMUNICATE.id), named(f"picture of {COMMUNICATE.id}"), named("key"), named("list")}


def test_with_the_holder_go_the_badges(wallets: Database, maria: int, youssef: int):
    keeps(wallets, maria, found())
    keeps(wallets, youssef, found())

    with wallets.writing() as session:
        holders.erase_holder(session, maria)

    with wallets.reading() as session:
        assert session.scalars(select(KeptBadge.holder_id)).all() == [youssef]


@pytest.mark.postgresql
def test_texts_of_an_issuer_that_are_long_or_odd_are_kept_as_they_are(wallets: Database, maria: int):
    odd = "é🎓\u202f" * 5000
    badge: Badge = replace(COMMUNICATE, description=odd, name="n" * 300)

    brought(wallets, maria, replace(found(badge), file_name="f" * 500, link="https://issuer.example/" + "x" * 1900))

    one = only(wallets, maria)
    assert one.card.description == odd
    assert len(one.file_name) == 120
