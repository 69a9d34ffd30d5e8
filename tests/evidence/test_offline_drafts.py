"""Drafts as they are kept: each phone's are its holder's, and what came twice leaves no file behind."""

from sqlalchemy import select

from tests.fixtures.examined import NOW, somebody_with_a_key
from tests.fixtures.moments import a_photo, take_in
from wallet.evidence import offline_drafts
from wallet.evidence.offline_drafts import Draft
from wallet.storage.database import Database
from wallet.storage.file_removals import FileRemoval
from wallet.storage.files import Folder

DRAFT = Draft(key="a" * 32, begun_as="b" * 32, said={"facts": "Un client attendait."}, refused=[("film.mov", "video")])


def test_a_draft_of_maria_is_known_again_by_nobody_else(wallets: Database) -> None:
    maria, youssef = somebody_with_a_key(wallets), somebody_with_a_key(wallets)

    with wallets.writing() as session:
        sent = offline_drafts.keep_draft(session, maria, DRAFT, NOW)
        assert offline_drafts.find_delivery(session, maria, DRAFT.key) == sent
        assert offline_drafts.get_delivery(session, maria, sent.id) == sent
        assert offline_drafts.find_delivery(session, youssef, DRAFT.key) is None
        assert offline_drafts.get_delivery(session, youssef, sent.id) is None, "what was refused is told to Maria alone"


def test_what_came_with_a_draft_that_is_here_already_is_let_go_photo_and_preview(
    wallets: Database, folder: Folder
) -> None:
    maria, names = somebody_with_a_key(wallets), set[str]()
    with wallets.writing() as session:
        offline_drafts.keep_draft(session, maria, DRAFT, NOW)
        photo = take_in(a_photo(), "atelier.jpg").shelve(folder.keep, names)

        offline_drafts.keep_draft(session, maria, Draft(key=DRAFT.key, begun_as="b" * 32, said={}, files=[photo]), NOW)

        assert len(names) == 2
        assert set(session.scalars(select(FileRemoval.name))) == names
