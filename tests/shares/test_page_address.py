"""« Ma page » in the database: turned off and on, and given another address, on both databases alike."""

import pytest

from tests.fixtures.examined import NOW
from tests.shares.test_editing import HOUR, LATER, Shelf, sonia
from wallet.accounts.recoveries import Recovery
from wallet.shares import lasting_page, lifecycle
from wallet.shares.lasting_page import Turn
from wallet.shares.models import Share
from wallet.storage.database import Missing

__all__ = ["sonia"]


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_it_is_turned_off_and_on_and_given_another_address(sonia: Shelf):
    def is_open() -> bool:
        with sonia.wallets.reading() as session:
            page = lasting_page.find_page(session, sonia.holder)
            return page is not None and page.is_open(LATER)

    write, mine = sonia.wallets.write, sonia.choice(0, 1, is_page=True)
    made = write(lasting_page.create_page, sonia.holder, mine, sonia.seal, NOW)
    seen = [is_open()]
    write(lasting_page.close_page, sonia.holder, LATER)
    seen.append(is_open())
    write(lasting_page.open_page, sonia.holder)
    seen.append(is_open())
    write(lifecycle.stop_share, sonia.holder, made.id, LATER)
    seen.append(is_open())
    write(lasting_page.open_page, sonia.holder)
    moved = write(lasting_page.move_page, sonia.holder, made.id, sonia.seal, LATER)
    for what in ("sought", "messages"):
        write(lasting_page.turn_switch, sonia.holder, Turn(what=what, is_on=True), LATER)
    write(
        lasting_page.turn_switch,
        sonia.holder,
        Turn(what="badges", ids=frozenset({sonia.badges[0]}), is_on=False),
        LATER + HOUR,
    )
    write(lasting_page.undo_page_of_recoveries, sonia.holder, [], LATER)

    assert seen == [True, False, True, False]
    with sonia.wallets.reading() as session:
        page = lasting_page.find_page(session, sonia.holder)
        assert page is not None
        assert (page.id, [one.badge_id for one in page.shown]) == (moved.id, [sonia.badges[1]])


def test_what_is_turned_off_is_turned_on_by_no_new_address(sonia: Shelf):
    """In another tab it was on still."""
    write = sonia.wallets.write
    page = write(lasting_page.create_page, sonia.holder, sonia.choice(0, is_page=True), sonia.seal, NOW).id
    write(lasting_page.close_page, sonia.holder, LATER)

    with pytest.raises(Missing):
        write(lasting_page.move_page, sonia.holder, page, sonia.seal, LATER)


def test_of_two_addresses_that_a_thief_gave_up_the_one_she_had_last_is_back(sonia: Shelf):
    """She gave her page another address herself between the two."""
    write, mine = sonia.wallets.write, sonia.choice(0, 1, is_page=True)
    with sonia.wallets.writing() as session:
        theirs = Recovery(
            holder_id=sonia.holder,
            way="paper",
            kind="phone",
            began_at=NOW,
            opens_at=NOW,
            entered_at=NOW,
            ends_at=LATER + HOUR,
        )
        session.add(theirs)
        session.flush()
        thief = theirs.id
    page = write(lasting_page.create_page, sonia.holder, mine, sonia.seal, NOW).id
    addresses = [page]
    for came_in in (thief, None, thief):
        page = write(lasting_page.move_page, sonia.holder, page, sonia.seal, LATER, came_in).id
        addresses.append(page)
    with sonia.wallets.reading() as session:
        before = session.get_one(Share, addresses[2]).changes

    write(lasting_page.undo_page_of_recoveries, sonia.holder, [thief], LATER)

    with sonia.wallets.reading() as session:
        back = lasting_page.find_page(session, sonia.holder)
        assert back is not None
        assert (addresses.index(back.id), back.is_open(LATER)) == (2, True)
        assert back.changes > before, "no page that lies ready shows what she looked for then"
