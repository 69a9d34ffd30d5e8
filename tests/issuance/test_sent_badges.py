"""What GRETA du Havre and MFR de Vire send Maria, on both databases: rows, claims, crashes, and whoever erases meanwhile."""

import threading
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from tests.fixtures.import_tools import import_tools
from tests.fixtures.people import NOW
from tests.fixtures.platforms import connects, keeper, maria, wallet
from tests.fixtures.tables_made import make_tables
from tests.fixtures.visits import Clock, IssuersWeb, signed
from wallet.accounts import emails
from wallet.accounts.activity import Event
from wallet.accounts.holders import Holder, SignedIn, erase_holder
from wallet.badges import pending
from wallet.badges.importing import ImportTools
from wallet.badges.models import KeptBadge
from wallet.issuance import sent_badges, sent_checks
from wallet.issuance.platforms.links import stop_link
from wallet.issuance.platforms.models import PlatformLink
from wallet.issuance.sent_badges import MOST_WAITING, NoRoom, SentBadge, TooManyWaiting
from wallet.issuance.sent_documents import SentDocument, read_credential
from wallet.operations import cleanup
from wallet.recovery import joining
from wallet.storage.database import Database, Missing
from wallet.storage.files import FileStore, open_files

__all__ = ["maria", "wallet"]
MAIL = "maria@exemple.fr"


@pytest.fixture
def shelf(tmp_path: Path) -> FileStore:
    return open_files(f"file://{tmp_path}/files")


@pytest.fixture
def greta(wallet: Database, maria: SignedIn) -> int:
    """The link of GRETA du Havre."""
    return connects(wallet, maria)


def owns(wallet: Database, maria: SignedIn) -> None:
    """Maria's address is verified."""
    with wallet.writing() as session:
        address = emails.EmailAddress(
            holder_id=maria.holder.id, written=MAIL, plain=MAIL, verified_at=NOW, added_at=NOW
        )
        session.add(address)


def badge(to: str = "yann@exemple.fr") -> SentDocument:
    return read_credential(signed("adapter-1", recipient=to))


def link_to(number: int) -> SentDocument:
    content = f"https://issuer.example/{number}".encode()
    return SentDocument(content, sha256(content).digest())


def sends(wallet: Database, link: int, *sent: SentDocument) -> None:
    for one in sent:
        wallet.write(sent_badges.receive, link, one, "3.0", NOW)


def count(wallet: Database, table: Any, *which: Any) -> int:
    with wallet.reading() as session:
        return session.scalar(select(func.count()).select_from(table).where(*which)) or 0


class Chore:
    """The chore, with a hand that does something while an issuer is asked."""

    def __init__(self, wallet: Database, shelf: FileStore, web: IssuersWeb, clock: Clock) -> None:
        self.wallet, self.shelf, self.web, self.clock = wallet, shelf, web, clock
        self.meanwhile: Callable[[], object] = lambda: None

    def __call__(self, goes_on: Callable[[], bool] = lambda: True) -> bool:
        return sent_checks.check_sent(self.wallet, self.shelf, self.tools, self.clock, goes_on)

    def tools(self, now: Any, addresses: Any, shelved: set[str]) -> ImportTools:
        self.meanwhile()
        return import_tools(self.web, self.shelf, now, addresses=addresses)


@pytest.fixture
def looks(wallet: Database, shelf: FileStore, web: IssuersWeb, clock: Clock) -> Chore:
    clock.now = NOW
    return Chore(wallet, shelf, web, clock)


def test_where_there_is_no_room_it_stays_with_its_sender(
    wallet: Database, maria: SignedIn, greta: int, looks: Chore, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as full:
        full.setattr("wallet.badges.badges.MOST_BADGES", 0)
        with pytest.raises(NoRoom):
            sends(wallet, greta, badge())
        assert count(wallet, SentBadge) == 0

    sends(wallet, greta, badge())
    assert count(wallet, SentBadge) == 1


@pytest.mark.breadth
def test_what_finds_no_room_takes_nothing_from_the_badge_that_came_before(
    wallet: Database, maria: SignedIn, greta: int, looks: Chore, monkeypatch: pytest.MonkeyPatch
):
    owns(wallet, maria)
    sent = badge(MAIL)
    sends(wallet, greta, sent)
    looks()

    with monkeypatch.context() as full:
        full.setattr("wallet.badges.quota.ROOM", 0)
        sends(wallet, greta, sent)
        looks()

    with wallet.reading() as session:
        [told], number = sent_badges.list_sent(session, greta, "3.0", None, 0, 10)
        (link,) = session.scalars(select(PlatformLink))
    assert (number, told.content, link.sent) == (1, None, 1)


def test_the_51st_waits_outside(wallet: Database, maria: SignedIn, greta: int, looks: Chore):
    sends(wallet, greta, *(badge() for _ in range(2)))
    looks()
    assert count(wallet, KeptBadge, KeptBadge.unasked.is_(True)) == 2
    sends(wallet, greta, *(link_to(number) for number in range(MOST_WAITING - 2)))

    with pytest.raises(TooManyWaiting):
        sends(wallet, greta, link_to(99))
    sends(wallet, greta, link_to(3))
    assert count(wallet, SentBadge) == MOST_WAITING
    other = connects(wallet, maria, b"mfr--")
    sends(wallet, other, link_to(99))
    assert count(wallet, SentBadge) == MOST_WAITING + 1, "one platform takes no place of another"


def test_there_is_an_end_to_what_waits_for_one_holder_whoever_sent_it(
    wallet: Database, maria: SignedIn, looks: Chore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pending, "MOST_SENT", 2)
    for site in (b"eve-1", b"eve-2", b"eve-3"):
        sends(wallet, connects(wallet, maria, site), badge())
        looks()

    assert count(wallet, KeptBadge) == count(wallet, SentBadge) == 2


@pytest.mark.postgresql
def test_of_two_at_once_one_is_the_51st(wallet: Database, greta: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sent_badges, "MOST_WAITING", 5)
    sends(wallet, greta, *(link_to(number) for number in range(4)))
    refused, begin = list[int](), threading.Barrier(4)

    def one(number: int) -> None:
        begin.wait()
        try:
            sends(wallet, greta, link_to(1000 + number))
        except TooManyWaiting:
            refused.append(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(refused), count(wallet, SentBadge)) == (3, 5)


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["postgresql"])
def test_two_workers_look_at_each_once(
    wallet: Database, maria: SignedIn, greta: int, shelf: FileStore, web: IssuersWeb, clock: Clock
):
    owns(wallet, maria)
    sends(wallet, greta, *(badge(MAIL) for _ in range(6)))
    looked, changing = list[int](), threading.Lock()

    def look() -> None:
        chore = Chore(wallet, shelf, web, clock)

        def note() -> None:
            with changing:
                looked.append(1)

        chore.meanwhile = note
        chore()

    clock.now = NOW
    workers = [threading.Thread(target=look) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(looked) == 6
    assert count(wallet, KeptBadge, KeptBadge.holder_id == maria.holder.id) == 6
    assert count(wallet, Event, Event.what == "badges-sent") == 1, "told once a day"
    with wallet.reading() as session:
        assert session.get_one(PlatformLink, greta).sent == 6


@pytest.mark.breadth(beside=["sqlite"])
def test_who_dies_while_looking_loses_nothing(
    wallet: Database, maria: SignedIn, greta: int, looks: Chore, clock: Clock
):
    owns(wallet, maria)
    sends(wallet, greta, badge(MAIL))

    class Killed(BaseException):
        pass

    def dies() -> None:
        raise Killed

    looks.meanwhile = dies
    with pytest.raises(Killed):
        looks()
    looks.meanwhile = lambda: None
    looks()
    assert count(wallet, KeptBadge) == 0, "it is another one's until the claim is over"
    clock.move(minutes=3)
    looks()

    assert count(wallet, KeptBadge, KeptBadge.holder_id == maria.holder.id) == 1


def break_until_given_up(looks: Chore, clock: Clock) -> None:
    """Something breaks at each look, as often as one is tried."""

    def breaks() -> None:
        raise RuntimeError

    looks.meanwhile = breaks
    for _ in range(sent_checks.MOST_TRIES):
        with pytest.raises(RuntimeError):
            looks()
        clock.move(hours=3)


def test_what_breaks_whoever_looks_is_given_up(
    wallet: Database, maria: SignedIn, greta: int, looks: Chore, clock: Clock
):
    owns(wallet, maria)
    sends(wallet, greta, badge(MAIL))
    break_until_given_up(looks, clock)

    looks()

    assert count(wallet, SentBadge) == 0


def test_what_is_sent_again_is_looked_at_as_what_comes_for_the_first_time(
    wallet: Database, maria: SignedIn, greta: int, looks: Chore, clock: Clock
):
    """GRETA has mended what broke whoever looked; no earlier try counts against what it sends now."""
    owns(wallet, maria)
    sent = badge(MAIL)
    sends(wallet, greta, sent)
    break_until_given_up(looks, clock)

    looks.meanwhile = lambda: None
    sends(wallet, greta, sent)
    looks()

    assert count(wallet, KeptBadge, KeptBadge.holder_id == maria.holder.id) == 1


def test_whoever_erases_all_meanwhile_gets_nothing_back(
    wallet: Database, maria: SignedIn, greta: int, looks: Chore, shelf: FileStore
):
    owns(wallet, maria)
    sends(wallet, greta, badge(MAIL), badge())

    def erases() -> None:
        with wallet.writing() as session:
            erase_holder(session, maria.holder.id)

    looks.meanwhile = erases
    looks()

    assert (count(wallet, Holder), count(wallet, KeptBadge), count(wallet, SentBadge)) == (0, 0, 0)
    with pytest.raises(Missing):
        sends(wallet, greta, badge())


@pytest.mark.breadth
def test_a_stopped_platform_sends_nothing_and_what_it_sent_is_looked_at(
    wallet: Database, maria: SignedIn, greta: int, looks: Chore
):
    owns(wallet, maria)
    sends(wallet, greta, badge(MAIL))
    wallet.write(stop_link, maria.holder.id, greta, NOW)

    with pytest.raises(Missing):
        sends(wallet, greta, badge(MAIL))
    looks()
    assert count(wallet, KeptBadge, KeptBadge.holder_id == maria.holder.id) == 1


def test_an_address_taken_away_meanwhile_makes_it_wait(wallet: Database, maria: SignedIn, greta: int, looks: Chore):
    owns(wallet, maria)
    sends(wallet, greta, badge(MAIL))

    def takes_away() -> None:
        with wallet.writing() as session:
            session.delete(session.scalars(select(emails.EmailAddress)).one())

    looks.meanwhile = takes_away
    looks()

    assert count(wallet, KeptBadge, KeptBadge.unasked.is_(True)) == 1
    assert count(wallet, KeptBadge, KeptBadge.holder_id == maria.holder.id) == 0


def test_a_better_file_for_what_waits_takes_its_place(wallet: Database, maria: SignedIn, greta: int, looks: Chore):
    good = signed("adapter-1", recipient=MAIL)
    bad = good.replace("S’adapter".encode(), "S’adaptes".encode())
    assert bad != good
    for one in (bad, good):
        sends(wallet, greta, read_credential(one))
        looks()
    with wallet.reading() as session:
        assert [kept.state for kept in session.scalars(select(KeptBadge))] == ["valid"]

    owns(wallet, maria)
    sends(wallet, greta, read_credential(good))
    looks()
    cleanup.forget_expired(wallet, NOW + timedelta(days=2))
    assert count(wallet, KeptBadge) == 1, "known to be hers now, it waits no more"
    assert (count(wallet, Holder), count(wallet, SentBadge)) == (1, 1)


def test_a_better_file_that_comes_while_the_first_one_is_looked_at_is_looked_at_too(
    wallet: Database, maria: SignedIn, greta: int, looks: Chore
):
    owns(wallet, maria)
    good = signed("adapter-1", recipient=MAIL)
    bad = good.replace("S’adapter".encode(), "S’adaptes".encode())
    sends(wallet, greta, read_credential(bad))

    looks.meanwhile = lambda: sends(wallet, greta, read_credential(good))
    looks()
    looks.meanwhile = lambda: None
    looks()

    with wallet.reading() as session:
        assert [kept.state for kept in session.scalars(select(KeptBadge))] == ["valid"]


def test_what_comes_once_more_is_told_as_what_came_last(wallet: Database, greta: int):
    """GRETA asks for what changed since it asked before."""
    hour, (first, second) = timedelta(hours=1), (badge(), badge())
    sends(wallet, greta, first, second)
    wallet.write(sent_badges.receive, greta, first, "3.0", NOW + hour)

    assert [told.content for told in wallet.read(sent_badges.list_sent, greta, "3.0", None, 0, 10)[0]] == [
        first.content,
        second.content,
    ]
    [told], number = wallet.read(sent_badges.list_sent, greta, "3.0", NOW + hour, 0, 10)
    assert (told.content, number) == (first.content, 1)


def test_what_she_said_yes_to_is_not_asked_again_though_the_file_that_she_has_is_the_better_one(
    wallet: Database, maria: SignedIn, greta: int, looks: Chore
):
    owns(wallet, maria)
    good = signed("adapter-1", recipient=MAIL)
    bad = read_credential(good.replace("S’adapter".encode(), "S’adaptes".encode()))
    sends(wallet, greta, read_credential(good))
    looks()
    mfr = connects(wallet, maria, b"mfr--")
    sends(wallet, mfr, bad)
    looks()
    with wallet.writing() as session:
        waiting = session.scalars(select(KeptBadge).where(KeptBadge.unasked.is_(True))).one()
        sent_badges.move_sent(session, waiting.holder_id, maria.holder.id)
        came = select(SentBadge.badge_id).where(SentBadge.link_id == mfr)
        assert session.scalars(came).one() == waiting.id, "what she has not said yes to stays what waits"
        joining.accept_pending(session, maria.holder.id, waiting.id, NOW)

    sends(wallet, mfr, bad)
    looks()

    assert count(wallet, KeptBadge) == 1, "nothing waits"
    with wallet.reading() as session:
        assert [link.sent for link in session.scalars(select(PlatformLink).order_by(PlatformLink.id))] == [1, 1]
        assert sent_badges.list_sent(session, mfr, "3.0", None, 0, 10) == ([], 0), "it is told no file but its own"


def test_links_take_turns_and_a_silent_one_has_no_further(wallet: Database, greta: int, looks: Chore):
    other = connects(wallet, keeper(wallet), b"mfr--")
    sends(wallet, greta, *(link_to(number) for number in range(5)))
    sends(wallet, other, badge())

    looks()

    assert count(wallet, KeptBadge) == 1
    assert len({address for address in looks.web.asked if "issuer.example" in address}) <= 2, "of two threads each one"
    assert count(wallet, SentBadge, SentBadge.link_id == greta, SentBadge.tries == 0) >= 3


@pytest.mark.postgresql
@pytest.mark.breadth
def test_four_silent_sites_of_one_holder_fill_no_round(
    wallet: Database, maria: SignedIn, looks: Chore, monkeypatch: pytest.MonkeyPatch
):
    """As many badges of sites that hang were there first as a round looks at."""
    monkeypatch.setattr(sent_checks, "MOST", 12)
    for site in range(4):
        link = connects(wallet, maria, f"eve-{site}".encode()[-5:])
        sends(wallet, link, *(link_to(number) for number in range(3)))
    sends(wallet, connects(wallet, keeper(wallet), b"mfr--"), badge())

    looks()

    assert count(wallet, KeptBadge) == 1


@pytest.mark.breadth(beside=["sqlite"])
def test_platforms_never_read_each_others_badges(wallet: Database, maria: SignedIn, greta: int, looks: Chore):
    mfr, same = connects(wallet, maria, b"mfr--"), badge()
    sends(wallet, greta, same, badge())
    sends(wallet, mfr, same)
    looks()

    for link, many in ((greta, 2), (mfr, 1)):
        found, whole = wallet.read(sent_badges.list_sent, link, "3.0", None, 0, 50)
        assert (len(found), whole) == (many, many)
        assert wallet.read(sent_badges.list_sent, link, "2.1", None, 0, 50) == ([], 0)


@pytest.mark.breadth
def test_where_more_comes_than_one_round_takes_it_says_so(
    wallet: Database, greta: int, looks: Chore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sent_checks, "MOST", 2)
    sends(wallet, greta, *(badge() for _ in range(3)))

    assert [looks(), looks(), count(wallet, SentBadge, SentBadge.content.is_not(None))] == [True, False, 0]


@pytest.mark.breadth
def test_where_a_round_has_no_time_for_all_it_says_so(wallet: Database, greta: int, looks: Chore, clock: Clock):
    """Each look takes a minute: whoever is the third does not wait for the next round as well."""
    sends(wallet, greta, *(badge() for _ in range(3)))
    looks.meanwhile = lambda: clock.move(minutes=1)

    assert looks()


def test_whether_a_platform_sent_what_waits_is_asked_of_each_by_itself(tmp_path: Path):
    small = Database(f"sqlite:///{tmp_path}/wallet.db")
    make_tables(small)
    for which in (sent_badges.SENT, ~sent_badges.SENT):
        asked = select(KeptBadge.id).where(KeptBadge.holder_id == 7, which)
        told = asked.compile(small.engine, compile_kwargs={"literal_binds": True})
        with small.reading() as session:
            plan = " ".join(row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {told}")))
        assert "ix_sent_badges_badge_id (badge_id=?)" in plan, "and not what all holders were sent"
    small.close()
