"""What Maria sees of what she told: the latest of each, and nothing of what she took away."""

from datetime import timedelta

import pytest

from tests.fixtures.examined import NOW, found, keeps, somebody_with_a_key
from tests.fixtures.moments import Teller, a_photo
from wallet.badges import badges
from wallet.evidence import editing, views
from wallet.evidence.models import Evidence
from wallet.storage.database import Database
from wallet.storage.files import Folder


@pytest.mark.breadth
def test_what_she_removed_is_in_no_list_and_makes_no_page(wallets: Database, folder: Folder) -> None:
    maria = somebody_with_a_key(wallets)
    (badge,) = keeps(wallets, maria, found())
    removed = Teller(wallets, folder, maria).tells(badge)
    with wallets.writing() as session:
        editing.remove_moment(session, maria, removed, NOW)
        session.add_all(Evidence(holder_id=maria, key=f"{number}", begun_at=NOW) for number in range(60))

    with wallets.reading() as session:
        told, page, leaves = views.moments_page(session, maria, 2)
        assert (len(told), page, leaves) == (60, 1, 1)
        assert views.saved_moments(session, maria) == []
        assert views.badges_told_of(session, maria) == frozenset()
        assert editing.count_moments(session, maria) == 60


@pytest.mark.breadth
def test_a_badge_and_a_file_that_were_taken_away_go_with_no_moment(wallets: Database, folder: Folder) -> None:
    maria = somebody_with_a_key(wallets)
    (badge,) = keeps(wallets, maria, found())
    teller = Teller(wallets, folder, maria)
    moment = teller.tells(badge)
    plan, _ = teller.attaches(moment, b"a plan", "plan.pdf"), teller.attaches(moment, a_photo(), "atelier.jpg")
    with wallets.writing() as session:
        badges.remove_badge(session, maria, badge, NOW)
        editing.remove_attachment(session, maria, moment, plan, NOW)

        told = views.view_moment(session, maria, moment)

    assert (told.badge_ids, [one.kind for one in told.attachments]) == ([], ["photo"])
    assert not told.is_spoken, "a photo is no voice"


@pytest.mark.parametrize("is_removed", [False, True])
def test_a_moment_is_called_by_its_sentence_first(wallets: Database, folder: Folder, is_removed: bool) -> None:
    maria = somebody_with_a_key(wallets)
    teller = Teller(wallets, folder, maria)
    moment = teller.tells()
    if is_removed:
        teller.answers(moment, "sentence", "", NOW + timedelta(hours=1))

    with wallets.reading() as session:
        told = views.view_moment(session, maria, moment)

    assert told.beginning == ("Un client était en colère." if is_removed else "J’ai calmé un client.")
