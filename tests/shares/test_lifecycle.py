"""What a holder shows: to whoever has the link, until it ends or is stopped, and nothing else of the holder."""

import json
from collections import Counter
from dataclasses import asdict, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from tests.fixtures.examined import (
    COMMUNICATE,
    NOW,
    again,
    another,
    examined,
    found,
    keeps,
    named,
    somebody_with_a_key,
    telling,
)
from wallet.accounts import crockford, holders, recoveries
from wallet.accounts.crockford import ALPHABET
from wallet.badges import badges, files
from wallet.badges.models import KeptBadge
from wallet.openbadges import Check
from wallet.shares import lifecycle, models, owner_view, public_view
from wallet.shares.models import DAYS, LONGEST, SLOW, UNDO_STOP, Choice, NothingShown, Share
from wallet.shares.public_view import PublicShare, Standpoint
from wallet.storage.database import Database, Missing
from wallet.storage.keyring import Keyring, Unsealable

WEEK = timedelta(days=7)


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "keys.json")


@pytest.fixture
def maria(wallets: Database) -> int:
    return somebody_with_a_key(wallets)


@pytest.fixture
def youssef(wallets: Database) -> int:
    return somebody_with_a_key(wallets)


class Shown:
    """A share that was made, seen from both sides."""

    def __init__(self, wallets: Database, keyring: Keyring, holder: int, *ids: int, **choice: Any) -> None:
        self.wallets, self.holder, self.ids = wallets, holder, ids
        with wallets.writing() as session:
            made = lifecycle.create_share(
                session, holder, Choice(badge_ids=ids, **{"ends_at": NOW + WEEK, **choice}), keyring.seal, NOW
            )
            self.id = made.id
            self.told = owner_view.get_owned_share(session, holder, made.id, keyring.unseal, NOW)
        self.token = self.told.token

    def opened(self, token: str = "", after: timedelta = timedelta(0)) -> PublicShare:
        with self.wallets.reading() as session:
            return public_view.view_share(session, token or self.token, Standpoint(now=NOW + after))

    def picture(self, place: int = 0, after: timedelta = timedelta(0)) -> str:
        with self.wallets.reading() as session:
            return public_view.shared_badge(session, self.token, place, NOW + after).picture or ""

    def is_closed(self, after: timedelta = timedelta(0)) -> bool:
        """For the page and for its pictures alike."""
        for look in (self.opened, self.picture):
            try:
                look(after=after)
            except Missing:
                continue
            return False
        return True

    def stop(self) -> None:
        with self.wallets.writing() as session:
            lifecycle.stop_share(session, self.holder, self.id, NOW)


@pytest.fixture
def shown(wallets: Database, keyring: Keyring, maria: int) -> Shown:
    """Maria's one badge, for a week."""
    return Shown(wallets, keyring, maria, *keeps(wallets, maria, found()))


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_a_recruiter_sees_what_was_chosen_in_one_order(wallets: Database, keyring: Keyring, maria: int):
    first, _, third = keeps(wallets, maria, *(found(another(number, name=f"n° {number}")) for number in (1, 2, 3)))

    opened = Shown(wallets, keyring, maria, first, third, name="Maria", word="Bonjour").opened()

    assert (opened.name, opened.word, opened.ends_at) == ("Maria", "Bonjour", NOW + WEEK)
    assert [one.name for one in opened.badges] == ["n° 3", "n° 1"]
    assert [one.id for one in opened.badges] == [0, 1], "places, and not the ids of rows"


def test_a_link_cannot_be_guessed():
    tokens = [crockford.new_code() for _ in range(4000)]

    assert len(set(tokens)) == len(tokens)
    assert {len(token) for token in tokens} == {26}
    assert set("".join(tokens)) == set(ALPHABET)
    # 26 letters of 5 bits hold 130: the first one carries three, and all the others five.
    assert {ALPHABET.index(token[0]) for token in tokens} == set(range(8))
    for place in range(1, 26):
        assert len(Counter(token[place] for token in tokens)) == 32


@pytest.mark.breadth
def test_the_database_holds_no_token(wallets: Database, shown: Shown):
    with wallets.reading() as session:
        rows = [
            dict(row)
            for table in ("shares", "shown_badges", "badges", "holders")
            for row in session.execute(text(f"SELECT * FROM {table}")).mappings()  # noqa: S608  # four names of ours
        ]

    kept = repr(rows)
    assert shown.token not in kept
    assert shown.token.lower() not in kept
    for start in range(26 - 8):
        assert shown.token[start : start + 8] not in kept


def test_the_sealed_token_opens_with_these_keys_and_for_this_purpose_alone(
    wallets: Database, keyring: Keyring, shown: Shown, tmp_path: Path
):
    with wallets.reading() as session:
        sealed = session.scalars(select(Share)).one().token_sealed

    assert keyring.unseal(sealed, models.SEALED) == shown.token.encode()
    with pytest.raises(Unsealable):
        keyring.unseal(sealed, "another")
    with pytest.raises(Unsealable):
        Keyring(tmp_path / "other.json").unseal(sealed, models.SEALED)


@pytest.mark.parametrize("typed", [
    str.lower, lambda token: " ".join(token[at : at + 4] for at in range(0, 26, 4)),
    lambda token: token.replace("0", "O").replace("1", "I"), lambda token: token.replace("1", "l").replace("0", "o"),
    "-".join, lambda token: f" {token} ",
], ids=["lower case", "in groups", "O for 0, I for 1", "l for 1, o for 0", "with hyphens", "with spaces"])  # fmt: skip
@pytest.mark.breadth(beside=["sqlite-with spaces", "sqlite-lower case"])
def test_a_link_that_is_typed_from_paper_opens(shown: Shown, typed: Any):
    assert shown.opened(typed(shown.token)).badges


@pytest.mark.postgresql
@pytest.mark.breadth
def test_any_other_link_opens_nothing(shown: Shown):
    for wrong in ("none", "0" * 26, "\x00", "🎓" * 26, "%", "x" * 100_000, "\udcff", "{", "'"):
        for token in (wrong, shown.token + wrong, shown.token[:-1], shown.token[::-1]):
            with pytest.raises(Missing):
                shown.opened(token)


@pytest.mark.parametrize("days", DAYS)
def test_it_ends_when_it_was_said_to_end(wallets: Database, keyring: Keyring, maria: int, days: int):
    end, second = timedelta(days=days), timedelta(seconds=1)
    shown = Shown(wallets, keyring, maria, *keeps(wallets, maria, found()), ends_at=NOW + end)

    assert not shown.is_closed(after=end - second)
    assert shown.is_closed(after=end)
    assert shown.is_closed(after=end + second)


def test_it_lasts_a_year_and_a_day_at_most(wallets: Database, keyring: Keyring, maria: int):
    shown = Shown(wallets, keyring, maria, *keeps(wallets, maria, found()), ends_at=NOW + timedelta(days=10**5))

    assert shown.told.ends_at == NOW + LONGEST


def test_nor_longer_where_it_is_prolonged(wallets: Database, shown: Shown):
    wallets.write(lifecycle.prolong_share, shown.holder, shown.id, NOW + timedelta(days=10**5), NOW)

    with wallets.reading() as session:
        assert session.get_one(Share, shown.id).ends_at == NOW + LONGEST


def test_what_a_thief_made_by_the_same_form_is_not_the_one_that_she_makes(
    wallets: Database, keyring: Keyring, maria: int
):
    choice = Choice(badge_ids=keeps(wallets, maria, found()), ends_at=NOW + WEEK)
    with wallets.writing() as session:
        back = recoveries.begin_recovery(session, maria, "paper", "", NOW).id

    def sends(made_in: int | None) -> int:
        make = partial(
            lifecycle.create_share, holder_id=maria, choice=choice, seal=keyring.seal, now=NOW, made_in_id=made_in
        )
        return wallets.write(lambda session: lifecycle.create_share_once(session, maria, 0, make, NOW).id)

    theirs, hers = sends(back), sends(None)

    assert theirs != hers, "it would end with the thief's return"
    with pytest.raises(lifecycle.MadeBefore):
        sends(None)


def test_what_is_shown_for_longer_is_looked_at_within_a_day(wallets: Database, shown: Shown):
    with wallets.writing() as session:
        session.get_one(KeptBadge, shown.ids[0]).due_at = NOW + WEEK

    wallets.write(lifecycle.prolong_share, shown.holder, shown.id, NOW + 2 * WEEK, NOW)

    with wallets.reading() as session:
        kept = session.get_one(KeptBadge, shown.ids[0])
        assert kept.due_at == kept.checked_at + timedelta(days=1)


@pytest.mark.breadth(beside=["sqlite"])
def test_a_form_that_was_opened_before_nobody_could_answer_is_another_one(wallets: Database, shown: Shown):
    for takes in (False, False, True):
        wallets.write(partial(lifecycle.set_takes_messages, takes=takes), shown.holder, shown.id, NOW)

    with wallets.reading() as session:
        assert session.get_one(Share, shown.id).changes == 2, "what is as it was is no change"


def test_stopping_is_seen_at_once_by_the_page_and_its_pictures(shown: Shown):
    assert shown.picture() == named(f"picture of {COMMUNICATE.id}")

    shown.stop()

    assert shown.is_closed()


def test_a_stop_can_be_undone_for_ten_seconds_and_as_long_again_on_a_slow_phone(wallets: Database, shown: Shown):
    shown.stop()

    with wallets.writing() as session:
        lifecycle.reopen_share(session, shown.holder, shown.id, NOW + UNDO_STOP + SLOW - timedelta(seconds=1))
    assert not shown.is_closed()

    shown.stop()
    with pytest.raises(Missing), wallets.writing() as session:
        lifecycle.reopen_share(session, shown.holder, shown.id, NOW + UNDO_STOP + SLOW)
    assert shown.is_closed()


def test_what_came_back_with_an_archive_is_over_however_lately_it_was_stopped(wallets: Database, shown: Shown):
    shown.stop()
    with wallets.writing() as session:
        session.get_one(Share, shown.id).is_history = True

    with pytest.raises(Missing), wallets.writing() as session:
        lifecycle.reopen_share(session, shown.holder, shown.id, NOW)


def test_stopping_twice_gives_no_more_time_to_undo_it(wallets: Database, shown: Shown):
    shown.stop()

    with wallets.writing() as session:
        lifecycle.stop_share(session, shown.holder, shown.id, NOW + timedelta(hours=1))

    with pytest.raises(Missing), wallets.writing() as session:
        lifecycle.reopen_share(session, shown.holder, shown.id, NOW + timedelta(hours=1))


@pytest.mark.breadth
def test_a_removed_badge_leaves_its_shares_and_comes_back_with_them(wallets: Database, shown: Shown):
    (id,) = shown.ids
    with wallets.writing() as session:
        badges.remove_badge(session, shown.holder, id, NOW)

    assert shown.opened().badges == []
    with pytest.raises(Missing):
        shown.picture()

    with wallets.writing() as session:
        badges.restore_badge(session, shown.holder, id, NOW)
    assert len(shown.opened().badges) == 1


@pytest.mark.breadth
def test_a_badge_that_was_forgotten_leaves_an_empty_place(wallets: Database, keyring: Keyring, maria: int):
    first, second = keeps(wallets, maria, found(another(1)), found(another(2)))
    shown = Shown(wallets, keyring, maria, first, second)
    with wallets.writing() as session:
        badges.remove_badge(session, maria, second, NOW)
        files.forget_removed_badges(session, NOW + badges.UNDO_REMOVAL + timedelta(seconds=1))

    assert [one.id for one in shown.opened().badges] == [1]
    assert shown.picture(1) == named("picture of https://issuer.example/assertions/1")


@pytest.mark.breadth
def test_the_state_is_the_one_of_today(wallets: Database, shown: Shown):
    (id,) = shown.ids
    later = NOW + timedelta(days=1)

    with wallets.writing() as session:
        again(session, shown.holder, id, examined(at=later, not_withdrawn="failed"), ())

    (seen,) = shown.opened().badges
    assert (seen.state, seen.sentence, seen.checked_at) == ("revoked", "revoked", later)


@pytest.mark.breadth(beside=["sqlite"])
def test_no_forged_text_is_ever_shown_beside_the_state_of_the_genuine_badge(
    wallets: Database, keyring: Keyring, maria: int
):
    """Share a forged edition of a badge, then bring the genuine one: what was read and what was found go together."""
    forged = replace(COMMUNICATE, name="Chirurgienne en chef – je maîtrise")
    shown = Shown(wallets, keyring, maria, *keeps(wallets, maria, found(forged, document="forged", intact="failed")))
    assert [(one.name, one.state) for one in shown.opened().badges] == [("Chirurgienne en chef", "invalid")]

    keeps(wallets, maria, found())

    assert [(one.name, one.state) for one in shown.opened().badges] == [("Communiquer", "valid")]
    assert shown.picture() == named(f"picture of {COMMUNICATE.id}")


@pytest.mark.breadth
def test_a_share_shows_nothing_that_is_the_holders_own_affair(wallets: Database, keyring: Keyring, maria: int):
    """A canary in every member that is not for others: addresses, evidence, tags, details of the check (G10).

    To whom a badge was given is for others, in one place, and nowhere where Maria hides it.
    """
    with wallets.writing() as session:
        holders.rename_holder(session, maria, "canary")
    to_me = Check("named_to_me", "failed", detail="canary@exemple.fr")
    arrived = replace(
        found(telling("canary"), named_to_me=to_me), file_name="canary.png", link="https://canary.example"
    )

    ids = keeps(wallets, maria, arrived)
    named, hidden = (Shown(wallets, keyring, maria, *ids, name="Maria", hides_name=hides) for hides in (False, True))

    opened = named.opened()
    assert "canary" in opened.given.name.lower()
    for seen in (hidden.opened(), replace(opened, given=replace(opened.given, name="", names=(), each={}))):
        told = json.dumps(asdict(seen), default=str)
        assert "Communiquer" in told
        assert "canary" not in told.lower()


def test_its_owner_sees_which_badges_it_shows_and_its_link(wallets: Database, keyring: Keyring, maria: int):
    ids = keeps(wallets, maria, found(another(1)), found(another(2)))

    told = Shown(wallets, keyring, maria, *ids, purpose="Entretien").told

    assert [one.id for one in told.badges] == list(ids)[::-1], "their own cards"
    assert "".join(told.groups) == told.token
    assert (told.purpose, told.is_open, told.code, told.times) == ("Entretien", True, "", 0)


def test_nothing_chosen_is_no_share(wallets: Database, keyring: Keyring, maria: int):
    with pytest.raises(NothingShown):
        Shown(wallets, keyring, maria)


def test_nobody_shows_what_is_somebody_elses(wallets: Database, keyring: Keyring, maria: int, youssef: int):
    (hers,) = keeps(wallets, maria, found())
    (his,) = keeps(wallets, youssef, found())

    with pytest.raises(Missing):
        Shown(wallets, keyring, youssef, his, hers)

    with wallets.reading() as session:
        assert lifecycle.list_shares(session, youssef) == []


def test_nobody_shows_what_was_removed(wallets: Database, keyring: Keyring, maria: int):
    (id,) = keeps(wallets, maria, found())
    with wallets.writing() as session:
        badges.remove_badge(session, maria, id, NOW)

    with pytest.raises(Missing):
        Shown(wallets, keyring, maria, id)


@pytest.mark.breadth(beside=["sqlite"])
def test_nobody_touches_somebody_elses_share(wallets: Database, keyring: Keyring, shown: Shown, youssef: int):
    """Each is asked of it while its owner could do just that, who then does it."""
    attempts = (
        lambda session, whose: lifecycle.get_share(session, whose, shown.id),
        lambda session, whose: owner_view.get_owned_share(session, whose, shown.id, keyring.unseal, NOW),
        lambda session, whose: lifecycle.prolong_share(session, whose, shown.id, NOW + 2 * WEEK, NOW),
        lambda session, whose: lifecycle.allow_code_tries(session, whose, shown.id),
        lambda session, whose: lifecycle.stop_share(session, whose, shown.id, NOW),
        lambda session, whose: lifecycle.reopen_share(session, whose, shown.id, NOW),
        lambda session, whose: lifecycle.stop_share(session, whose, shown.id, NOW),
        lambda session, whose: lifecycle.forget_share(session, whose, shown.id, NOW),
    )

    for attempt in attempts:
        before = shown.is_closed()
        with pytest.raises(Missing), wallets.writing() as session:
            attempt(session, youssef)
        assert shown.is_closed() == before
        with wallets.writing() as session:
            attempt(session, shown.holder)


@pytest.mark.postgresql
@pytest.mark.breadth
def test_the_owner_reads_all_their_shares_the_newest_first(wallets: Database, keyring: Keyring, maria: int):
    ids = keeps(wallets, maria, found())
    made = [Shown(wallets, keyring, maria, *ids) for _ in range(3)]
    made[1].stop()

    with wallets.reading() as session:
        told = owner_view.list_owned_shares(session, maria, keyring.unseal, NOW)
        ended = owner_view.list_owned_shares(session, maria, keyring.unseal, NOW + WEEK)

    assert [one.id for one in told] == [one.id for one in made[::-1]]
    assert [one.is_open for one in told] == [True, False, True]
    assert not any(one.is_open for one in ended)


@pytest.mark.breadth
def test_with_the_holder_go_the_shares(wallets: Database, shown: Shown):
    with wallets.writing() as session:
        holders.erase_holder(session, shown.holder)

    assert shown.is_closed()
    with wallets.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM shown_badges")) == 0


def test_what_was_typed_is_cut_and_not_refused(wallets: Database, keyring: Keyring, maria: int):
    told = Shown(wallets, keyring, maria, *keeps(wallets, maria, found()), name="n" * 100, word="w" * 1000).told

    assert (len(told.name), len(told.word)) == (60, 500)
