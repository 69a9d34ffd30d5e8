"""The rescue paper is offered from the second badge or the first share on, and not once there is one."""

from starlette.applications import Starlette

from tests.fixtures.visits import NOW, Person, holder, signed
from wallet.accounts import recovery_codes
from wallet.recovery import offers

ONE, TWO = ("un.json", signed()), ("deux.json", signed("adapter-1"))


def wants(person: Person, holder_id: int = 1) -> bool:
    """Whether the paper is offered."""
    with person.services.database.reading() as session:
        return offers.should_offer_code(session, holder_id)


def test_one_badge_is_too_early_and_the_second_one_is_not(app: Starlette):
    maria = holder(app, ONE)
    assert not wants(maria)

    maria.brings(TWO)
    assert wants(maria)


def test_the_first_share_is_enough_even_when_it_is_stopped(app: Starlette):
    maria = holder(app, ONE)
    share = maria.shows(*maria.has())
    maria.post(f"{share}/stopping")

    assert wants(maria)


def test_what_others_keep_and_show_does_not_count(app: Starlette):
    maria, youssef = holder(app, ONE), holder(app, ONE, TWO)
    youssef.shows(*youssef.has())

    assert not wants(maria)
    assert wants(youssef, 2)


def test_a_paper_ends_the_offer_until_it_was_used(app: Starlette):
    maria = holder(app, ONE, TWO)
    with maria.services.database.writing() as session:
        code = recovery_codes.make_recovery_code(session, 1, NOW)
    assert not wants(maria)

    with maria.services.database.writing() as session:
        assert recovery_codes.use_recovery_code(session, code, NOW)
    assert wants(maria)
