"""A share is changed under the same link: Sonia adds what she got since, mends a word, and the recruiter's link goes on."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.fixtures.examined import NOW, another, found, keeps, somebody_with_a_key
from tests.fixtures.moments import Teller
from wallet.accounts.recoveries import Recovery, RecoveryPending
from wallet.badges import badges
from wallet.evidence import editing as told
from wallet.shares import editing, editions, evidence_snapshots, lifecycle, passcodes, public_view
from wallet.shares.editing import ChangedMeanwhile, EditContext
from wallet.shares.models import LONGEST, Choice, NothingShown, Share, ShownBadge
from wallet.shares.public_view import OpenShare, PublicShare, Standpoint
from wallet.storage.database import Database, Missing
from wallet.storage.files import Folder
from wallet.storage.keyring import Keyring

WEEK, DAY, HOUR = timedelta(days=7), timedelta(days=1), timedelta(hours=1)
LATER = NOW + HOUR


class Shelf:
    """Sonia, who has four badges and shows the first two."""

    def __init__(self, wallets: Database, keyring: Keyring, folder: Path) -> None:
        self.wallets, self.seal = wallets, keyring.seal
        self.holder = somebody_with_a_key(wallets)
        self.badges = keeps(wallets, self.holder, *(found(another(n, name=f"n° {n}")) for n in range(4)))
        self.teller = Teller(wallets, Folder(folder), self.holder)
        with wallets.writing() as session:
            made = lifecycle.create_share(session, self.holder, self.choice(0, 1, name="Sonia"), keyring.seal, NOW)
            self.id, token = made.id, keyring.unseal(made.token_sealed, "share-token").decode()
        self.token = token

    def choice(self, *numbers: int, **more: Any) -> Choice:
        return Choice(badge_ids=[self.badges[one] for one in numbers], **{"ends_at": NOW + WEEK, **more})

    def change(
        self, *numbers: int, now: datetime = LATER, context: EditContext = editing.AS_IT_IS, **more: Any
    ) -> None:
        with self.wallets.writing() as session:
            wanted = self.choice(*numbers, **{"name": "Sonia", **more})
            editing.change_share(session, self.holder, self.id, wanted, now, context)

    def door(self, now: datetime = LATER) -> OpenShare:
        return public_view.find_open_share(self.wallets, self.token, now)

    def page(self, now: datetime = LATER) -> PublicShare:
        with self.wallets.reading() as session:
            return public_view.view_share(session, self.token, Standpoint(now=now))

    def places(self) -> dict[int, int]:
        """Where each badge stands that is shown, by its number."""
        with self.wallets.reading() as session:
            shown = session.scalars(select(ShownBadge).where(ShownBadge.share_id == self.id))
            return {self.badges.index(one.badge_id): one.place for one in shown if one.badge_id}

    def before(self) -> list[tuple[datetime, datetime, dict[str, Any]]]:
        """What was shown before, the newest first."""
        with self.wallets.reading() as session:
            return [(one.shown_from, one.shown_until, one.told) for one in editions.list_editions(session, self.id)]

    def told_rows(self) -> dict[int, str]:
        """The moments that are shown: what each says first, by the number of its address."""
        with self.wallets.reading() as session:
            return {one.id: one.told["said"][0][1] for one in evidence_snapshots.list_snapshots(session, self.id)}


@pytest.fixture
def sonia(wallets: Database, tmp_path: Path) -> Shelf:
    return Shelf(wallets, Keyring(tmp_path / "keys.json"), tmp_path / "files")


@pytest.mark.postgresql
@pytest.mark.breadth
def test_the_same_link_shows_what_she_chose_since(sonia: Shelf):
    sonia.change(1, 2, name="Sonia M.", word="Je suis libre lundi.", purpose="Le garage", ends_at=NOW + DAY)

    page = sonia.page()

    assert [one.name for one in page.badges] == ["n° 2", "n° 1"]
    assert (page.name, page.word, page.ends_at) == ("Sonia M.", "Je suis libre lundi.", NOW + DAY)
    with sonia.wallets.reading() as session:
        assert lifecycle.get_share(session, sonia.holder, sonia.id).purpose == "Le garage"


@pytest.mark.breadth
def test_a_badge_keeps_its_place_for_ever_and_a_new_one_gets_one_that_was_nobodys(sonia: Shelf):
    at_first = sonia.places()

    sonia.change(1, 2)
    assert sonia.places() == {1: at_first[1], 2: 2}
    sonia.change(2, 3, now=LATER + HOUR)
    assert sonia.places() == {2: 2, 3: 3}
    sonia.change(0, 1, now=LATER + 2 * HOUR)
    assert sonia.places() == at_first, "they stand again where they stood"


@pytest.mark.breadth
def test_each_change_is_noticed_at_the_next_request(sonia: Shelf):
    moment = sonia.teller.tells(sonia.badges[0])
    seen = [sonia.door().edition]
    for change in (
        {"name": "S."},
        {"name": "S.", "word": "Bonjour"},
        {"name": "S.", "word": "Bonjour", "shows_marks": True},
        {"name": "S.", "word": "Bonjour", "shows_siae": True},
        {"name": "S.", "word": "Bonjour", "hides_name": True},
        {"name": "S.", "word": "Bonjour", "takes_messages": False},
        {"name": "S.", "word": "Bonjour", "ends_at": NOW + DAY},
        {"name": "S.", "word": "Bonjour", "ends_at": NOW + DAY, "pairs": [(sonia.badges[0], moment)]},
    ):
        sonia.change(0, 1, **change)
        seen.append(sonia.door().edition)
    sonia.change(0)
    seen.append(sonia.door().edition)

    assert len(set(seen)) == len(seen)


@pytest.mark.breadth
def test_what_is_chosen_as_it_was_changes_nothing(sonia: Shelf):
    sonia.change(0, 1, ends_at=None)

    with sonia.wallets.reading() as session:
        share = lifecycle.get_share(session, sonia.holder, sonia.id)
        assert (share.changes, share.changed_at, share.ends_at) == (0, None, NOW + WEEK)
    assert sonia.before() == []


def test_its_end_comes_earlier_or_later_and_never_later_than_the_longest(sonia: Shelf):
    for wanted, ends_at in ((NOW + DAY, NOW + DAY), (NOW + 5000 * DAY, LATER + LONGEST), (None, LATER + LONGEST)):
        sonia.change(0, 1, ends_at=wanted)
        assert sonia.page().ends_at == ends_at


@pytest.mark.postgresql
@pytest.mark.breadth
def test_a_moment_that_is_as_it_was_keeps_its_address_and_one_that_changed_is_told_as_it_is_now(sonia: Shelf):
    first = sonia.teller.tells(sonia.badges[0], key="1", said={"facts": "Un client"})
    second = sonia.teller.tells(sonia.badges[0], key="2", said={"facts": "Une panne"})
    pairs = [(sonia.badges[0], first), (sonia.badges[0], second)]
    sonia.change(0, 1, pairs=pairs)
    (one, _), (other, __) = sonia.told_rows().items()
    sonia.teller.answers(second, "facts", "Une grande panne", NOW + timedelta(minutes=3))

    sonia.change(0, 1, pairs=pairs, word="Bonjour")

    rows = sonia.told_rows()
    assert rows.pop(one) == "Un client"
    assert other not in rows
    assert [*rows.values()] == ["Une grande panne"]


@pytest.mark.breadth
def test_what_was_removed_a_moment_ago_stands_again_where_it_stood_when_it_comes_back(sonia: Shelf):
    moment = sonia.teller.tells(sonia.badges[0])
    sonia.change(0, 1, pairs=[(sonia.badges[0], moment)])
    (address,) = sonia.told_rows()
    with sonia.wallets.writing() as session:
        badges.remove_badge(session, sonia.holder, sonia.badges[0], NOW)
        told.remove_moment(session, sonia.holder, moment, NOW)

    sonia.change(1, 2, now=LATER + HOUR)
    assert [one.name for one in sonia.page().badges] == ["n° 2", "n° 1"]
    with sonia.wallets.writing() as session:
        badges.restore_badge(session, sonia.holder, sonia.badges[0], NOW + HOUR)
        told.restore_moment(session, sonia.holder, moment, NOW + HOUR)

    assert sorted(one.name for one in sonia.page().badges) == ["n° 0", "n° 1", "n° 2"]
    assert [*sonia.told_rows()] == [address]


@pytest.mark.breadth
def test_with_a_badge_that_comes_back_comes_what_was_shown_with_it(sonia: Shelf):
    """It was removed by mistake, something else was changed, and then it was put back."""
    moment = sonia.teller.tells(sonia.badges[0])
    sonia.change(0, 1, pairs=[(sonia.badges[0], moment)])
    (address,) = sonia.told_rows()
    with sonia.wallets.writing() as session:
        badges.remove_badge(session, sonia.holder, sonia.badges[0], NOW)

    sonia.change(1, now=LATER + HOUR, word="Bonjour")
    assert list(sonia.page().hung) == []
    with sonia.wallets.writing() as session:
        badges.restore_badge(session, sonia.holder, sonia.badges[0], NOW + HOUR)

    assert [one.id for one in sonia.page().hung] == [address]
    sonia.change(0, 1, now=LATER + 2 * HOUR)
    assert sonia.told_rows() == {}, "what is there and was not chosen is shown no more"


@pytest.mark.breadth(beside=["sqlite"])
def test_a_moment_that_is_taken_off_does_not_come_back_with_another_badge(sonia: Shelf):
    moment = sonia.teller.tells(sonia.badges[0], sonia.badges[1])
    sonia.change(0, 1, pairs=[(sonia.badges[0], moment), (sonia.badges[1], moment)])
    with sonia.wallets.writing() as session:
        badges.remove_badge(session, sonia.holder, sonia.badges[0], NOW)

    sonia.change(1, now=LATER + HOUR)
    with sonia.wallets.writing() as session:
        badges.restore_badge(session, sonia.holder, sonia.badges[0], NOW + HOUR)

    assert sonia.told_rows() == {}


def test_what_is_over_or_somebody_elses_is_not_changed_and_nothing_shows_nothing(sonia: Shelf):
    youssef = somebody_with_a_key(sonia.wallets)
    with pytest.raises(NothingShown):
        sonia.change()
    with pytest.raises(Missing), sonia.wallets.writing() as session:
        editing.change_share(session, youssef, sonia.id, sonia.choice(0), LATER)
    with pytest.raises(Missing):
        sonia.change(0, now=NOW + 8 * DAY)
    with sonia.wallets.writing() as session:
        lifecycle.stop_share(session, sonia.holder, sonia.id, LATER)
    with pytest.raises(Missing):
        sonia.change(0)

    assert sonia.before() == []


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_of_two_devices_the_later_one_is_told_that_it_was_changed_meanwhile(sonia: Shelf):
    sonia.change(0, word="d’un téléphone", context=EditContext(changes=0))

    with pytest.raises(ChangedMeanwhile):
        sonia.change(1, word="de l’autre", context=EditContext(changes=0))
    assert (sonia.page().word, len(sonia.page().badges)) == ("d’un téléphone", 1)

    sonia.change(1, word="de l’autre", context=EditContext(changes=1))
    assert sonia.page().word == "de l’autre"


@pytest.mark.breadth
def test_whoever_came_back_by_a_return_that_may_be_stopped_changes_nothing_yet(sonia: Shelf):
    with sonia.wallets.writing() as session:
        back = Recovery(
            holder_id=sonia.holder,
            way="paper",
            kind="android",
            ends_at=NOW + 3 * DAY,
            began_at=NOW,
            opens_at=NOW,
            entered_at=NOW,
        )
        session.add(back)
        session.flush()
        came = EditContext(came_in_id=back.id)

    with pytest.raises(RecoveryPending) as waits:
        sonia.change(0, word="Faux", context=came)
    assert waits.value.until == NOW + 3 * DAY
    with pytest.raises(RecoveryPending), sonia.wallets.writing() as session:
        lifecycle.set_takes_messages(session, sonia.holder, sonia.id, NOW, back.id, takes=False)
    assert (sonia.page().word, sonia.page().takes_messages) == ("", True)

    sonia.change(0, word="Sur mon téléphone")
    assert sonia.page().word == "Sur mon téléphone", "on a device that was there before"
    sonia.change(0, word="Trois jours après", now=NOW + 3 * DAY, context=came)
    assert sonia.page(NOW + 3 * DAY).word == "Trois jours après"


@pytest.mark.breadth
def test_a_passcode_is_asked_for_from_now_on_or_no_more(sonia: Shelf):
    new = passcodes.make_passcode(sonia.seal)

    sonia.change(0, 1, context=EditContext(asks_code=True, code=new))
    assert sonia.door().code_hash == new.hash
    sonia.change(0, 1, word="Bonjour", context=EditContext(asks_code=True, code=passcodes.make_passcode(sonia.seal)))
    assert sonia.door().code_hash == new.hash, "the digits that she told stay"
    sonia.change(0, 1, word="Bonsoir")
    assert sonia.door().code_hash == new.hash
    sonia.change(0, 1, word="Bonsoir", context=EditContext(asks_code=False))
    assert sonia.door().code_hash is None


def shown_once(session: Session, sonia: Shelf, now: datetime) -> None:
    lifecycle.count_share_view(session, sonia.id, now.date(), "phone")


def share_of(session: Session, sonia: Shelf) -> Share:
    return lifecycle.get_share(session, sonia.holder, sonia.id)
