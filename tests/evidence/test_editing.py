"""The rows of moments: what is somebody else's is not there, asked while its owner could do just that."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.fixtures.examined import NOW, found, keeps, somebody_with_a_key
from tests.fixtures.moments import Teller
from wallet.evidence import attachments, editing, models
from wallet.storage.database import Database, Missing
from wallet.storage.files import Folder


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
