"""Which badges are named to their holder: matched when an address is verified, and theirs for good."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import update

from tests.fixtures.chore import Chore
from tests.fixtures.examined import NOW, again, another, examined, found, keeps
from tests.fixtures.mailboxes import MARIA, Somebody
from wallet.accounts import holders
from wallet.badges import ownership, paging
from wallet.badges.models import KeptBadge
from wallet.cli import samples
from wallet.openbadges import Recipient
from wallet.recovery import joining
from wallet.shares import lifecycle, models, public_view
from wallet.shares.models import Choice
from wallet.shares.recipients import given_to
from wallet.storage.database import Database
from wallet.storage.keyring import Keyring

HOUR = timedelta(hours=1)


@pytest.fixture
def maria(wallets: Database, keyring: Keyring) -> Somebody:
    return Somebody(wallets, keyring)


def named_to(*identities: str, number: int = 1, type: str = "email") -> Any:
    """A badge that names these."""
    recipients = tuple(Recipient(type=type, identity=one) for one in identities)
    return found(another(number, recipients=recipients))


@pytest.mark.breadth
def test_badges_are_matched_when_an_address_is_verified(maria: Somebody):
    mine, other, nobody = keeps(
        maria.wallets, maria.id, named_to("maria@exemple.fr"), named_to("youssef@exemple.fr", number=2),
        found(another(3))
    )  # fmt: skip

    maria.owns()

    assert [maria.named(id) for id in (mine, other, nobody)] == ["passed", "failed", "unknown"]
    assert maria.kept(mine).match == {"address": MARIA, "at": NOW.isoformat()}
    assert maria.kept(other).match is None
    assert maria.kept(mine).card.sentence != "other-address"
    assert maria.kept(other).card.sentence == "other-address"


def test_a_hashed_and_salted_address_is_found_too(maria: Somebody):
    digest = sha256(b"maria@exemple.frdeadsea").hexdigest()
    recipient = Recipient(type="email", identity=f"sha256${digest}", hashed=True, salt="deadsea")
    (id,) = keeps(maria.wallets, maria.id, found(another(1, recipients=(recipient,))))

    maria.owns()

    assert maria.named(id) == "passed"


@pytest.mark.breadth
def test_a_badge_stays_mine_when_the_address_is_gone(maria: Somebody):
    (id,) = keeps(maria.wallets, maria.id, named_to("maria@exemple.fr"))
    address = maria.owns()

    maria.does(ownership.remove_address, address, now=NOW + HOUR)

    assert maria.named(id) == "passed"
    assert maria.kept(id).match == {"address": MARIA, "at": NOW.isoformat()}
    with maria.wallets.reading() as session:
        assert ownership.proven_addresses(session, maria.id) == (MARIA,)


@pytest.mark.parametrize(("now", "outcome", "tie"), [(["youssef@exemple.fr"], "failed", "address-unconfirmed"),
                                                     ([], "unknown", "unnamed")])  # fmt: skip
@pytest.mark.breadth(beside=["sqlite-now0-failed-address-unconfirmed", "sqlite-now1-unknown-unnamed"])
def test_a_hosted_badge_that_names_somebody_else_since_is_theirs_no_more(
    maria: Somebody, now: list[str], outcome: str, tie: str
):
    (id,) = keeps(maria.wallets, maria.id, named_to("maria@exemple.fr"))
    maria.owns()
    assert maria.kept(id).match

    with maria.wallets.writing() as session:
        again(session, maria.id, id, replace(named_to(*now).examination, checked_at=NOW + HOUR))

    kept = maria.kept(id)
    assert (maria.named(id), kept.match, given_to("Maria", [(kept.card, kept)]).tie) == (outcome, None, tie)


@pytest.mark.breadth
def test_a_badge_stays_mine_while_its_issuer_is_silent(maria: Somebody):
    (id,) = keeps(maria.wallets, maria.id, named_to("maria@exemple.fr"))
    maria.owns()

    with maria.wallets.writing() as session:
        again(session, maria.id, id, examined(another(1), at=NOW + HOUR, intact="unknown", bound="unknown"))

    assert maria.kept(id).match == {"address": MARIA, "at": NOW.isoformat()}


def test_what_another_address_failed_is_unknown_when_it_is_gone(maria: Somebody):
    (id,) = keeps(maria.wallets, maria.id, named_to("old@exemple.fr"))
    address = maria.owns()
    assert maria.named(id) == "failed"

    maria.does(ownership.remove_address, address)

    assert maria.named(id) == "unknown"


def test_an_address_in_another_alphabet_is_told_in_both_spellings(maria: Somebody):
    (id,) = keeps(maria.wallets, maria.id, named_to("maria@xn--bcher-kva.example"))

    maria.owns("maria@bücher.example")

    assert maria.named(id) == "passed"


@pytest.mark.breadth(beside=["sqlite"])
def test_a_page_that_is_kept_is_another_one_when_an_address_is_verified_and_when_it_goes(maria: Somebody):
    (id,) = keeps(maria.wallets, maria.id, named_to("old@exemple.fr"))
    with maria.wallets.writing() as session:
        choice = Choice(badge_ids=[id], ends_at=NOW + HOUR)
        made = lifecycle.create_share(session, maria.id, choice, maria.keyring.seal, NOW)
    token = maria.keyring.unseal(made.token_sealed, models.SEALED).decode()

    def editions() -> tuple[object, object]:
        return public_view.find_open_share(maria.wallets, token, NOW).edition, paging.get_page(
            maria.wallets, maria.id, 1
        ).marks

    first = editions()
    assert editions() == first
    address = maria.owns()
    assert maria.named(id) == "failed"
    second = editions()
    maria.does(ownership.remove_address, address)
    assert maria.named(id) == "unknown"
    third = editions()

    for seen in zip(first, second, third, strict=True):
        assert len(set(seen)) == 3


def test_every_way_to_write_a_badge_gives_it_another_edition(maria: Somebody):
    (id,) = keeps(maria.wallets, maria.id, named_to("maria@exemple.fr"))
    seen = [maria.kept(id).edition]
    with maria.wallets.writing() as session:
        session.get_one(KeptBadge, id).state = "revoked"
    seen.append(maria.kept(id).edition)
    with maria.wallets.writing() as session:
        session.execute(update(KeptBadge).values(state="valid"))
    seen.append(maria.kept(id).edition)

    assert None not in seen
    assert len(set(seen)) == 3


@pytest.mark.breadth
def test_a_changed_file_that_names_me_proves_nothing(maria: Somebody):
    changed = found(another(1, recipients=(Recipient(type="email", identity="maria@exemple.fr"),)), intact="failed")
    (id,) = keeps(maria.wallets, maria.id, changed)

    maria.owns()

    kept = maria.kept(id)
    assert maria.named(id) == "passed"
    assert kept.match is None
    told = next(one for one in kept.card.checks if one["name"] == "named_to_me")
    assert told["outcome"] == "unknown", "no good news beside a changed file"


@pytest.mark.breadth
def test_what_a_visitor_brought_is_matched_when_it_joins_the_wallet(maria: Somebody, wallets: Database):
    with wallets.writing() as session:
        visitor = holders.create_visitor(session, NOW).id
    maria.owns()
    (id,) = keeps(wallets, visitor, named_to("maria@exemple.fr"))

    with wallets.writing() as session:
        joining.move_badges(session, visitor, maria.id, NOW)

    assert maria.named(id) == "passed"
    assert maria.kept(id).match


def test_whose_address_a_badge_is_named_to_is_told_to_nobody_else(maria: Somebody):
    """Who confirms an address looks no worse to others than who confirms none."""
    ids = keeps(maria.wallets, maria.id, named_to("maria@exemple.fr"), named_to("youssef@exemple.fr", number=2))
    maria.owns()

    cards = [public_view.card_for_others(0, maria.kept(id), public_view.Standpoint(now=NOW)) for id in ids]

    assert [maria.kept(id).card.sentence == "other-address" for id in ids] == [False, True]
    assert {card.sentence for card in cards} == {"site"}
    told = [one for card in cards for one in card.checks if one["name"] == "named_to_me"]
    assert [(one["outcome"], one["detail"]) for one in told] == [("passed", ""), ("unknown", "")]


@pytest.mark.breadth
def test_a_badge_that_is_checked_again_is_seen_with_the_addresses_of_its_own_holder(
    chore: Chore, maria: Somebody, wallets: Database, keyring: Keyring
):
    youssef = Somebody(wallets, keyring)
    (mine,) = keeps(wallets, maria.id, chore.brought(1))
    (his,) = keeps(wallets, youssef.id, chore.brought(2))
    address = maria.owns(samples.RECIPIENT)
    youssef.owns("youssef@exemple.fr")
    maria.does(ownership.remove_address, address)

    assert [len(chore.round(**after)) for after in ({"days": 9}, {"seconds": 6})] == [1, 1]

    assert (maria.named(mine), youssef.named(his)) == ("passed", "failed")
    assert (maria.kept(mine).match or {})["at"] == NOW.isoformat(), "the first proof stays"


@pytest.mark.postgresql
@pytest.mark.breadth
def test_an_address_verified_while_the_issuer_is_asked_counts(chore: Chore, maria: Somebody):
    (id,) = keeps(maria.wallets, maria.id, chore.brought(1))

    def meanwhile() -> None:
        if not maria.has():
            maria.owns(samples.RECIPIENT)

    chore.meanwhile = meanwhile
    chore.round(days=9)

    assert maria.named(id) == "passed"
