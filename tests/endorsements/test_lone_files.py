"""On which of Sonia's badges a word is that came as a file, and what becomes of it, in both databases."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from tests.fixtures.examined import COMMUNICATE, NOW, another, found, keeps, somebody_with_a_key
from wallet.accounts.holders import Holder
from wallet.archive import import_endorsements
from wallet.badges.models import BroughtEndorsement, ImportOutcome
from wallet.endorsements import checking, erasing, lone_files
from wallet.endorsements.models import Endorsement
from wallet.openbadges import Check, LoneEndorsement, Party
from wallet.storage.database import Database

TOWN_HALL = Party(id="https://mairie.example/", name="La mairie")
OTHERS = "https://somebody.example/"


def said(about: str, **other: object) -> BroughtEndorsement:
    """What the town hall says of *about*, valid as it was found."""
    names = ("conforms", "intact", "bound", "begun", "not_ended", "not_withdrawn")
    usual: dict[str, object] = {
        "subject": Party(id=about),
        "endorser": TOWN_HALL,
        "comment": "Je l’ai vue.",
        "begins": NOW,
        "ends": None,
        "binding": "proven",
        "state": "valid",
        "checks": tuple(Check(name, "passed") for name in names),
        "id": "urn:uuid:e1",
    }
    return BroughtEndorsement(document=b"{}", found=LoneEndorsement(**(usual | other)))  # type: ignore[arg-type]


def brings(wallets: Database, sonia: int, word: BroughtEndorsement, document: str = "d" * 64) -> ImportOutcome:
    with wallets.writing() as session:
        return lone_files.ask_to_keep(session, sonia, word, document, NOW)


def test_the_nearest_of_what_a_word_may_be_about_is_found_by_its_id(wallets: Database, sonia: int) -> None:
    first, second = keeps(wallets, sonia, found(), found(another(2)))

    read = COMMUNICATE
    assert brings(wallets, sonia, said(read.id)).badge_id == first
    assert brings(wallets, sonia, said(another(2).id), "e" * 64).badge_id == second
    assert brings(wallets, sonia, said(read.issuer.id), "f" * 64).badge_id == second, "of several the newest"
    for nothing in ("", OTHERS, read.id.upper(), f"{read.id}/", "%", "null"):
        told = brings(wallets, sonia, said(nothing), "a" * 64)
        assert (told.kind, told.reason, told.badge_id) == ("problem", "endorsement", None)


def test_a_word_is_read_on_its_own_badge_alone_and_says_whether_the_issuer_says_it(
    wallets: Database, sonia: int
) -> None:
    first, second = keeps(wallets, sonia, found(), found(another(2)))
    issuer = replace(TOWN_HALL, id=COMMUNICATE.issuer.id)
    brings(wallets, sonia, said(COMMUNICATE.id))
    brings(wallets, sonia, said(another(2).id, endorser=issuer, id="urn:uuid:e2"), "e" * 64)

    with wallets.reading() as session:
        told = [lone_files.words_on_badge(session, sonia, badge, NOW) for badge in (first, second)]
    assert [[word.said.by for word in words] for words in told] == [["other"], ["issuer"]]


def test_a_word_on_an_issuer_is_the_same_word_when_a_newer_badge_of_theirs_is_there(
    wallets: Database, sonia: int
) -> None:
    (first,) = keeps(wallets, sonia, found())
    assert brings(wallets, sonia, said(COMMUNICATE.issuer.id)).badge_id == first
    (second,) = keeps(wallets, sonia, found(another(2)))

    assert brings(wallets, sonia, said(COMMUNICATE.issuer.id)).badge_id == first
    with wallets.writing() as session:
        lone_files.badges.remove_badge(session, sonia, first, NOW)
    assert brings(wallets, sonia, said(COMMUNICATE.issuer.id)).badge_id == second
    with wallets.reading() as session:
        assert session.scalars(select(Endorsement.badge_id)).all() == [second]


def test_nobodys_badge_but_their_own_is_looked_through(wallets: Database, sonia: int) -> None:
    keeps(wallets, somebody_with_a_key(wallets), found())

    assert brings(wallets, sonia, said(COMMUNICATE.id)).badge_id is None


def test_a_badge_that_was_changed_or_removed_has_no_words(wallets: Database, sonia: int) -> None:
    (badge,) = keeps(wallets, sonia, found())
    with wallets.writing() as session:
        lone_files.badges.remove_badge(session, sonia, badge, NOW)

    assert brings(wallets, sonia, said(COMMUNICATE.id)).badge_id is None


def test_the_file_of_a_word_on_a_moment_that_she_has_is_told_as_that(wallets: Database, sonia: int) -> None:
    with wallets.writing() as session:
        session.add(
            Endorsement(
                holder_id=sonia,
                origin="asked",
                subject="urn:uuid:told",
                name="Nadia",
                sentence="C’est vrai.",
                given_at=NOW,
                arrives_at=NOW,
                document="d" * 64,
            )
        )

    assert brings(wallets, sonia, said("urn:uuid:told")).reason == "endorsement-here"
    assert brings(wallets, sonia, said("urn:uuid:told"), "e" * 64).reason == "endorsement"


def test_one_that_was_removed_and_comes_back_with_an_archive_is_told(wallets: Database, sonia: int) -> None:
    (badge,) = keeps(wallets, sonia, found())
    name = "d" * 64
    file = import_endorsements.TakenFile(said(COMMUNICATE.id), name, was_kept=True, files={name})

    def comes_back() -> int:
        with wallets.writing() as session:
            holder = session.get_one(Holder, sonia)
            return import_endorsements.keep_endorsements(session, holder, [file], {}, NOW).report.endorsements

    assert [comes_back() for _ in range(2)] == [1, 0]
    with wallets.writing() as session:
        (word,) = lone_files.words_on_badge(session, sonia, badge, NOW)
        lone_files.remove_file(session, sonia, badge, word.id, NOW)

    assert comes_back() == 1
    with wallets.reading() as session:
        assert len(lone_files.words_on_badge(session, sonia, badge, NOW)) == 1


@pytest.mark.postgresql
def test_what_was_kept_as_a_badge_is_put_with_another_one_and_never_with_itself(wallets: Database, sonia: int) -> None:
    first, second = keeps(wallets, sonia, found(), found(another(2)))

    def put(id: int, about: str) -> tuple[str, int | None]:
        with wallets.writing() as session:
            told = lone_files.move_badge(session, sonia, id, said(about), "d" * 64, NOW)
        return told.reason, told.badge_id

    assert put(second, another(2).id) == ("endorsement", None)
    assert put(second, COMMUNICATE.issuer.id) == ("", first), "of several the newest that is not itself"


def test_its_bytes_count_for_its_holder_and_are_given_back(wallets: Database, sonia: int) -> None:
    keeps(wallets, sonia, found())
    brings(wallets, sonia, said(COMMUNICATE.id))
    brings(wallets, sonia, said(COMMUNICATE.id))

    with wallets.writing() as session:
        assert session.scalars(select(Endorsement.size)).all() == [2]
        erasing.erase_endorsements(session, sonia, 10)
    with wallets.reading() as session:
        assert session.scalars(select(Endorsement.id)).all() == []
        assert session.get(Holder, sonia) is not None


@pytest.mark.breadth
def test_what_is_due_is_claimed_once_and_what_waits_for_nobody_goes(wallets: Database, sonia: int) -> None:
    keeps(wallets, sonia, found(), found(another(2)))
    brings(wallets, sonia, said(COMMUNICATE.id))
    brings(wallets, sonia, said(another(2).id, endorser=replace(TOWN_HALL, id=OTHERS), id="urn:uuid:e2"), "e" * 64)
    later = NOW + timedelta(days=1)

    with wallets.writing() as session:
        assert [one.host for one in checking._claim_due(session, later)] == ["mairie.example", "somebody.example"]
    with wallets.writing() as session:
        assert checking._claim_due(session, later) == []
        again = checking._claim_due(session, later + timedelta(minutes=5))
        assert len(again) == 2, "the round had no time for them"
        assert checking._claim_due(session, NOW + timedelta(days=31)) == []
    with wallets.reading() as session:
        removed = session.scalars(select(Endorsement.removed_at)).all()
        assert removed == [NOW + timedelta(days=31)] * 2


def test_what_sonia_keeps_is_looked_at_for_as_long_as_she_likes_and_stays(wallets: Database, sonia: int) -> None:
    keeps(wallets, sonia, found())
    brings(wallets, sonia, said(COMMUNICATE.id))
    with wallets.writing() as session:
        session.execute(update(Endorsement).values(accepted_at=NOW))

    [due] = wallets.write(checking._claim_due, NOW + timedelta(days=31))

    assert due.host == "mairie.example"
    with wallets.reading() as session:
        assert session.scalar(select(Endorsement.removed_at)) is None


@pytest.mark.parametrize("withdrawn_at", [None, NOW], ids=["stands", "withdrawn"])
def test_what_is_said_of_a_badge_that_is_gone_for_good_goes(
    wallets: Database, sonia: int, withdrawn_at: datetime | None
) -> None:
    """No page of Sonia's leads to it any more: it takes the place of no other."""
    (badge,) = keeps(wallets, sonia, found())
    brings(wallets, sonia, said(COMMUNICATE.id))
    with wallets.writing() as session:
        session.execute(update(Endorsement).values(accepted_at=NOW, withdrawn_at=withdrawn_at))
    wallets.write(checking._claim_due, NOW + timedelta(days=1))
    with wallets.writing() as session:
        assert session.scalar(select(Endorsement.removed_at)) is None, "while its badge is here"
        session.execute(delete(lone_files.badges.KeptBadge).where(lone_files.badges.KeptBadge.id == badge))

    later = NOW + timedelta(days=3)
    wallets.write(checking._claim_due, later)
    with wallets.reading() as session:
        assert session.scalar(select(Endorsement.removed_at)) == later


def test_what_was_found_of_a_file_says_nothing_of_the_one_that_took_its_place(wallets: Database, sonia: int) -> None:
    keeps(wallets, sonia, found())
    word = said(COMMUNICATE.id, state="unknown")
    brings(wallets, sonia, word)
    [due] = wallets.write(checking._claim_due, NOW + timedelta(days=1))
    brings(wallets, sonia, said(COMMUNICATE.id), "e" * 64)

    wallets.write(checking.note_look, due, replace(word.found, state="revoked"), NOW + timedelta(days=1))

    with wallets.reading() as session:
        kept = session.scalars(select(Endorsement)).one()
        assert (kept.document, kept.withdrawn_at) == ("e" * 64, None)
