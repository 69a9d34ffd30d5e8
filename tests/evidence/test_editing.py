"""The rows of moments: what is somebody else's is not there, asked while its owner could do just that."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.fixtures.examined import NOW, another, found, keeps, somebody_with_a_key
from tests.fixtures.moments import Teller, a_recording
from wallet import accounts
from wallet.badges import badges
from wallet.evidence import attachments, editing, models, views
from wallet.storage.database import Database, Missing
from wallet.storage.files import Folder


@pytest.mark.breadth(beside=["sqlite"])
def test_nobody_reaches_somebody_elses_moment(wallets: Database, folder: Folder):
    maria, youssef = somebody_with_a_key(wallets), somebody_with_a_key(wallets)
    (hers,), (his,) = keeps(wallets, maria, found()), keeps(wallets, youssef, found())
    teller = Teller(wallets, folder, maria)
    moment = teller.tells_all(hers)
    teller.attaches(moment, b"a plan", "plan.pdf")
    with wallets.reading() as session:
        file = session.scalars(select(models.Attachment.id)).first()
    assert file
    attempts = (
        lambda session, whose: editing.get_moment(session, whose, moment),
        lambda session, whose: editing.set_badges(session, whose, moment, [hers if whose == maria else his]),
        lambda session, whose: editing.get_attachment(session, whose, moment, file),
        lambda session, whose: editing.remove_attachment(session, whose, moment, file, NOW),
        lambda session, whose: editing.restore_attachment(session, whose, moment, file, NOW),
        lambda session, whose: editing.remove_moment(session, whose, moment, NOW),
        lambda session, whose: editing.restore_moment(session, whose, moment, NOW),
    )

    for attempt in attempts:
        with pytest.raises(Missing), wallets.writing() as session:
            attempt(session, youssef)
        with wallets.writing() as session:
            attempt(session, maria)


@pytest.mark.breadth(beside=["sqlite"])
def test_no_moment_speaks_of_somebody_elses_badge(wallets: Database, folder: Folder):
    maria, youssef = somebody_with_a_key(wallets), somebody_with_a_key(wallets)
    (hers,), (his,) = keeps(wallets, maria, found()), keeps(wallets, youssef, found())
    moment = Teller(wallets, folder, maria).tells_all(hers)

    for ids in ([his], [hers, his]):
        with pytest.raises(Missing), wallets.writing() as session:
            editing.set_badges(session, maria, moment, ids)
    with wallets.writing() as session:
        editing.set_badges(session, maria, moment, [hers])


def test_what_was_taken_off_twice_is_attached_again_when_the_first_of_both_is_gone_for_good(
    wallets: Database, folder: Folder
):
    maria = somebody_with_a_key(wallets)
    moment, about = Teller(wallets, folder, maria).tells(), attachments.link_columns("https://exemple.fr/atelier")
    times = [NOW + timedelta(hours=hours) for hours in (0, 20, 25, 26)]

    for now in times:
        with wallets.writing() as session:
            editing.forget_removed_evidence(session, now)
            id = editing.add_attachment(session, maria, moment, now, **about)
            if now != times[-1]:
                editing.remove_attachment(session, maria, moment, id, now)

    with wallets.reading() as session:
        there = session.scalars(select(models.Attachment).where(models.Attachment.removed_at.is_(None))).all()
    assert [one.address for one in there] == ["https://exemple.fr/atelier"]


def test_what_another_tap_took_off_between_the_look_and_the_write_is_taken_off_once(
    wallets: Database, folder: Folder, monkeypatch: pytest.MonkeyPatch
):
    teller = Teller(wallets, folder, somebody_with_a_key(wallets))
    moment = teller.tells()
    plan = teller.attaches(moment, b"a plan", "plan.pdf")
    wallets.write(editing.remove_attachment, teller.holder, moment, plan, NOW)
    monkeypatch.setattr("wallet.storage.was_removed", lambda *_: False)

    wallets.write(editing.remove_attachment, teller.holder, moment, plan, NOW + timedelta(seconds=1))

    with wallets.reading() as session:
        assert session.get_one(models.Attachment, plan).removed_at == NOW


def test_when_she_told_it_is_when_she_saved_it_first(wallets: Database, folder: Folder):
    maria = somebody_with_a_key(wallets)
    moment = Teller(wallets, folder, maria).tells()

    wallets.write(editing.save_moment, maria, moment, NOW + timedelta(days=30))

    with wallets.reading() as session:
        assert editing.get_moment(session, maria, moment).told_at == NOW


def test_a_badge_that_she_puts_back_is_spoken_of_as_before_though_she_chose_others_meanwhile(
    wallets: Database, folder: Folder
):
    maria = somebody_with_a_key(wallets)
    gone, other = keeps(wallets, maria, found(another(1)), found(another(2)))
    moment = Teller(wallets, folder, maria).tells(gone)
    with wallets.writing() as session:
        badges.remove_badge(session, maria, gone, NOW)
        editing.set_badges(session, maria, moment, [other])
        badges.restore_badge(session, maria, gone, NOW)

        assert views.view_moment(session, maria, moment).badge_ids == [gone, other]


def test_a_voice_takes_the_place_of_none_on_another_moment_and_is_heard(wallets: Database, folder: Folder):
    maria = somebody_with_a_key(wallets)
    teller = Teller(wallets, folder, maria)
    one, other = teller.tells(key="1"), teller.tells(key="2")
    first, new = (teller.attaches(moment, a_recording(), "voix.webm") for moment in (one, other))
    with wallets.writing() as session:
        session.execute(update(models.Attachment).values(question="facts"))

        editing.replace_voice(session, maria, other, new, first, NOW)

        assert [one.id for one in views.view_moment(session, maria, one).voices("facts")] == [first]


def test_the_half_hour_of_a_visitor_begins_again_with_what_they_tell(wallets: Database):
    with wallets.writing() as session:
        visitor, _ = accounts.ensure_holder(session, None, NOW)
        session.flush()

        editing.lock_evidence(session, visitor.id, NOW + timedelta(minutes=20))

        assert visitor.leaves_at == NOW + timedelta(minutes=20) + accounts.VISIT_LASTS
