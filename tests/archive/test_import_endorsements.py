"""Words of others come back with an archive as what their signature and their list say today, and not as what the archive tells."""

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from tests.fixtures.archived import Archive, Home, list_at, named, signer
from tests.fixtures.erased import shelved
from tests.fixtures.examined import NOW, keeps, somebody_with_a_key
from tests.fixtures.filled import packed
from tests.fixtures.moments import Teller, a_recording
from tests.fixtures.signed_words import word
from wallet import accounts, inspection
from wallet.accounts.holders import Holder
from wallet.archive import export_evidence
from wallet.archive.import_report import ImportReport
from wallet.endorsements import erasing, keeping, owner_view, requests, signing, status_lists
from wallet.endorsements.models import MOST_ENDORSEMENTS, Endorsement
from wallet.endorsements.status_lists import StatusList, StatusPlace
from wallet.evidence import editing, views
from wallet.evidence.models import Evidence
from wallet.openbadges import UnreadableBadge
from wallet.operations.erasure_steps import erase_visitor
from wallet.shares import editions, lifecycle
from wallet.shares.editions import ShareEdition
from wallet.shares.models import Choice, Share
from wallet.shares.shown_endorsements import ShownEndorsement
from wallet.storage.keyring import Keyring

VOICE = a_recording("Nadia")


@pytest.fixture
def sonia(home: Home) -> int:
    return somebody_with_a_key(home.wallets)


@pytest.fixture
def said(home: Home, sonia: int) -> Callable[..., int]:
    """Lets Nadia say a word on a moment of Sonia's, which she reads and keeps: its number."""

    def say(*, with_voice: bool = True, read_as: str = "", **members: Any) -> int:
        holder = members.pop("holder", sonia)
        moment = Teller(home.wallets, home.shelf, holder).tells()
        with home.wallets.writing() as session:
            told = requests.moment_for_tutor(views.view_moment(session, holder, moment))
            place = status_lists.reserve_place(session)
            about = {"holder_id": holder, "evidence_id": moment, "list_id": place.list_id, "list_index": place.index}
            about |= {"told": told, "digest": requests.digest_of(told, read_as), "withdrawal_hash": b"w" * 32}
            if with_voice:
                about |= {"recording": home.shelf.keep(VOICE), "media_type": "audio/mp4", "seconds": 4}
            kept = word(NOW, **about | members)
            content = signing.make_document(kept, signer(home.keyring), list_at(place.list_id), "fr")
            kept.document, kept.size = home.shelf.keep(content), len(content) + len(VOICE) * with_voice
            session.add(kept)
            session.flush()
            return kept.id

    return say


def taken(home: Home, holder: int) -> bytes:
    """The archive of that holder."""
    file = packed(home.wallets, home.shelf, holder).fp
    assert file is not None
    file.seek(0)
    return file.read()


def bent(archive: bytes, *, files: dict[str, bytes] | None = None, **told: Any) -> Archive:
    """The archive, in which other things are told of its only word, or other *files* lie where its own were."""
    with zipfile.ZipFile(BytesIO(archive)) as zipped:
        members = {name: zipped.read(name) for name in zipped.namelist()}
    made = Archive()
    made.told = json.loads(members.pop("wallet.json"))
    members.pop("SHA256SUMS")
    one = made.told["endorsements"][0]
    for member, content in (files or {}).items():
        members[one[member]] = content
    one |= told
    made.members = members
    return made


def size_of(home: Home, holder: int) -> int:
    """How many bytes are counted of what the holder told, and of what others say."""
    with home.wallets.reading() as session:
        here = accounts.holder_size(session, holder)
        return here.moments if here else 0


def forget(home: Home) -> None:
    """As a wallet that was brought back from a backup of before: neither the words nor their places in the list are known."""
    with home.wallets.writing() as session:
        session.execute(delete(Endorsement))
        empty = dict.fromkeys(("given", "withdrawn", "noted"), status_lists.NO_BITS)
        session.execute(update(StatusList).values(**empty, count=0))


def words(home: Home, holder: int) -> list[Endorsement]:
    return home.rows(Endorsement, holder)


def of(report: ImportReport) -> tuple[int, int]:
    """How many words came back, and how many did not."""
    return report.endorsements, report.unsaid


@pytest.mark.postgresql
@pytest.mark.breadth
def test_a_word_comes_back_whole_where_the_wallet_knows_nothing_of_it(home: Home, sonia: int, said: Callable[..., int]):
    said(accepted_at=NOW + timedelta(hours=1))
    archive = taken(home, sonia)
    [before] = words(home, sonia)
    counted = size_of(home, sonia)
    forget(home)

    assert of(home.brings(sonia, archive)) == (1, 0)

    [after] = words(home, sonia)
    assert size_of(home, sonia) == counted + after.size, "it takes as much room as it did"
    same = ("name", "role", "sentence", "subject", "digest", "evidence_id", "document", "recording", "seconds")
    for column in (*same, "given_at", "accepted_at"):
        assert getattr(after, column) == getattr(before, column), column
    assert (after.list_index, after.ends_at, after.size) == (before.list_index, before.ends_at, before.size)
    assert after.told is not None
    assert after.told["said"] == (before.told or {})["said"], "what Nadia read, as far as her digest tells"
    assert after.told["attachments"] == []
    assert after.withdrawal_hash is None, "no archive opens the page on which it is taken back"
    assert home.shelf.read(after.recording or "") == VOICE
    with home.wallets.writing() as session:
        assert status_lists.claim_place(session, StatusPlace(after.list_id or 0, after.list_index or 0))
        assert session.get_one(StatusList, after.list_id).count == 1


@pytest.mark.breadth
def test_what_was_read_under_a_first_name_comes_back_where_the_holder_has_none_yet(
    home: Home, sonia: int, said: Callable[..., int]
):
    with home.wallets.writing() as session:
        session.get_one(Holder, sonia).name = "Sonia"
    said(read_as="Sonia")
    archive = taken(home, sonia)
    forget(home)

    assert of(home.brings(None, archive)) == (1, 0)

    with home.wallets.reading() as session:
        [after] = session.scalars(select(Endorsement))
    assert after.told is not None


@pytest.mark.breadth
def test_so_does_what_was_read_before_she_gave_a_first_name(home: Home, sonia: int, said: Callable[..., int]):
    said()
    with home.wallets.writing() as session:
        session.get_one(Holder, sonia).name = "Sonia"
    archive = taken(home, sonia)
    forget(home)

    assert of(home.brings(sonia, archive)) == (1, 0)

    [after] = words(home, sonia)
    assert after.told is not None


def test_so_does_what_was_read_under_the_name_by_which_she_was_shown_elsewhere(
    home: Home, sonia: int, said: Callable[..., int]
):
    """She typed it where she asked, as where she shows her badges, and nowhere else."""
    [badge] = keeps(home.wallets, sonia, shelved(home.shelf, 1))
    choice = Choice(badge_ids=[badge], ends_at=NOW + timedelta(days=7), name="Sonia")
    with home.wallets.writing() as session:
        lifecycle.create_share(session, sonia, choice, lambda content, _: content, NOW)
    said(read_as="Sonia")
    archive = taken(home, sonia)
    forget(home)

    assert of(home.brings(sonia, archive)) == (1, 0)

    [after] = words(home, sonia)
    assert after.told is not None


@pytest.mark.breadth
def test_where_nobody_knows_what_was_read_its_holder_is_told_that_it_is_set_aside(
    home: Home, sonia: int, said: Callable[..., int]
):
    said(read_as="Soso")
    archive = taken(home, sonia)
    forget(home)

    assert of(home.brings(sonia, archive)) == (1, 0)

    [after] = words(home, sonia)
    assert (after.told, after.evidence_id) == (None, 1)
    assert home.wallets.read(owner_view.view_endorsement, sonia, after.id, NOW).is_aside, "nobody else is shown it"


def test_it_is_known_once_she_has_that_name_and_brings_the_archive_again(
    home: Home, sonia: int, said: Callable[..., int]
):
    said(read_as="Soso")
    archive = taken(home, sonia)
    forget(home)
    home.brings(sonia, archive)
    with home.wallets.writing() as session:
        session.get_one(Holder, sonia).name = "Soso"

    assert of(home.brings(sonia, archive)) == (0, 0), "it is here once"

    [after] = words(home, sonia)
    assert not home.wallets.read(owner_view.view_endorsement, sonia, after.id, NOW).is_aside


@pytest.mark.breadth
def test_a_word_on_a_moment_comes_back_on_no_badge(home: Home, sonia: int, said: Callable[..., int]):
    keeps(home.wallets, sonia, shelved(home.shelf, 1))
    said()
    archive = bent(taken(home, sonia), badge=0, moment=None)
    forget(home)

    assert of(home.brings(sonia, archive)) == (1, 0)

    [after] = words(home, sonia)
    assert (after.badge_id, after.evidence_id) == (None, None), "Nadia read a moment, and no badge"


@pytest.mark.breadth(beside=["sqlite"])
def test_a_word_stays_on_its_moment_where_another_one_goes_while_it_is_packed(
    home: Home, sonia: int, said: Callable[..., int], monkeypatch: pytest.MonkeyPatch
):
    teller, some = Teller(home.wallets, home.shelf, sonia), export_evidence.moments_with_ids
    gone, _, _ = teller.tells(key="0"), said(), teller.tells(key="2")

    def while_it_goes(session: Any, holder_id: int, ids: Any) -> Any:
        with home.wallets.writing() as other:
            other.execute(delete(Evidence).where(Evidence.id == gone))
        return some(session, holder_id, ids)

    monkeypatch.setattr(export_evidence, "moments_with_ids", while_it_goes)
    archive = taken(home, sonia)
    [before] = words(home, sonia)
    forget(home)

    assert of(home.brings(sonia, archive)) == (1, 0)

    assert words(home, sonia)[0].evidence_id == before.evidence_id


def test_one_that_is_here_is_on_its_moment_again_when_that_was_erased_and_comes_back(
    home: Home, sonia: int, said: Callable[..., int]
):
    said()
    archive = taken(home, sonia)
    with home.wallets.writing() as session:
        session.execute(delete(Evidence))
    assert words(home, sonia)[0].evidence_id is None

    assert of(home.brings(sonia, archive)) == (0, 0)

    [moment] = home.rows(Evidence, sonia)
    assert words(home, sonia)[0].evidence_id == moment.id


@pytest.mark.breadth
def test_brought_twice_it_is_here_once(home: Home, sonia: int, said: Callable[..., int]):
    said()
    archive = taken(home, sonia)

    assert of(home.brings(sonia, archive)) == (0, 0)
    forget(home)
    assert [of(home.brings(sonia, archive)) for _ in range(2)] == [(1, 0), (0, 0)]
    assert len(words(home, sonia)) == 1


@pytest.mark.parametrize(
    "bent",
    [
        {"accepted_at": None, "document": None},
        {"document": None},
        {"ends_at": NOW - timedelta(days=1)},
    ],
    ids=["waits to be read", "is not signed", "is over"],
)
@pytest.mark.breadth(beside=["sqlite-waits to be read"])
def test_nobody_is_told_that_a_word_did_not_come_back_which_is_here(
    home: Home, sonia: int, said: Callable[..., int], bent: dict[str, Any]
):
    id = said(with_voice=False)
    unsigned = {"list_id": None, "list_index": None} if "document" in bent else {}
    with home.wallets.writing() as session:
        session.execute(update(Endorsement).where(Endorsement.id == id).values(**bent, **unsigned))
    archive = taken(home, sonia)

    back = home.brings(sonia, archive)

    assert (of(back), len(words(home, sonia))) == ((0, 0), 1)
    assert of(home.brings(somebody_with_a_key(home.wallets), archive)) == (0, 1), "there it is not"
    with home.wallets.writing() as session:
        session.execute(update(Endorsement).values(withdrawn_at=NOW))
    assert of(home.brings(sonia, archive)) == (0, 1), "it was taken back meanwhile"


def test_one_that_was_removed_is_put_back_and_shown_by_no_share_of_before(
    home: Home, sonia: int, said: Callable[..., int]
):
    id, share = said(), a_share(home, sonia)
    archive = taken(home, sonia)
    with home.wallets.writing() as session:
        keeping.remove_endorsement(session, sonia, id, NOW)
        session.add(ShownEndorsement(share_id=share, endorsement_id=id, place=None, mark="", told=None))

    assert of(home.brings(sonia, archive)) == (1, 0)

    assert words(home, sonia)[0].removed_at is None
    with home.wallets.reading() as session:
        assert session.scalars(select(ShownEndorsement.endorsement_id)).all() == [None]


def test_one_that_was_removed_and_waits_for_the_operator_alone_is_withdrawn_and_stays_away(
    home: Home, sonia: int, said: Callable[..., int]
):
    id = said()
    archive = taken(home, sonia)
    with home.wallets.writing() as session:
        keeping.report_endorsement(session, sonia, id, NOW)
        keeping.remove_endorsement(session, sonia, id, NOW)
        erasing.forget_removed_endorsements(session, NOW + timedelta(days=1, minutes=1))

    assert of(home.brings(sonia, archive)) == (0, 1)

    assert words(home, sonia)[0].removed_at == NOW


def a_share(home: Home, holder: int) -> int:
    """A share of a badge of theirs."""
    badges = keeps(home.wallets, holder, shelved(home.shelf, 1))
    with home.wallets.writing() as session:
        choice = Choice(badge_ids=badges, ends_at=NOW + timedelta(days=7))
        return lifecycle.create_share(session, holder, choice, home.keyring.seal, NOW).id


OTHERWISE: list[dict[str, Any]] = [
    {"name": "La Région Normandie"},
    {"role": "préfet"},
    {"organisation": "Une autre"},
    {"sentence": "Elle sait tout faire."},
    {"relation": "knows"},
    {"means": "mail", "mail_domain": "normandie.fr"},
    {"subject": "urn:uuid:00000000-0000-4000-8000-000000000000"},
    {"digest": "sha384-" + "A" * 64},
    {"siret": "12345678901234"},
    {"setting": "afest", "afest": ["trainer"]},
    {"given_at": (NOW - timedelta(days=400)).isoformat()},
    {"ends_at": (NOW + timedelta(days=4000)).isoformat()},
    {"recording": None},
    {"document": None},
]


@pytest.mark.breadth(beside=["sqlite"])
def test_what_the_archive_tells_otherwise_than_was_signed_does_not_come_back(
    home: Home, sonia: int, said: Callable[..., int]
):
    said()
    archive = taken(home, sonia)
    forget(home)

    for told in OTHERWISE:
        assert of(home.brings(sonia, bent(archive, **told))) == (0, 1), told
    assert words(home, sonia) == []
    assert of(home.brings(sonia, bent(archive))) == (1, 0), "what is told as it was signed does"


def test_neither_does_what_another_key_signed_nor_another_voice(
    home: Home, sonia: int, said: Callable[..., int], tmp_path: Path
):
    said()
    archive = taken(home, sonia)
    [kept] = words(home, sonia)
    stranger = signer(Keyring(tmp_path / "stranger.json"))
    ours = signer(home.keyring)
    forged = signing.make_document(kept, replace(ours, key=stranger.key), list_at(kept.list_id or 0), "fr")
    forget(home)

    assert of(home.brings(sonia, bent(archive, files={"document": forged}))) == (0, 1)
    assert of(home.brings(sonia, bent(archive, files={"recording": a_recording("Sonia")}))) == (0, 1)
    assert words(home, sonia) == []
    assert named(a_recording("Sonia")) not in set(home.shelf.names())


@pytest.mark.postgresql
@pytest.mark.breadth
def test_what_was_withdrawn_since_does_not_come_back(home: Home, sonia: int, said: Callable[..., int]):
    said()
    archive = taken(home, sonia)
    [kept] = words(home, sonia)
    place = StatusPlace(kept.list_id or 0, kept.list_index or 0)
    with home.wallets.writing() as session:
        session.execute(delete(Endorsement))
        status_lists.set_withdrawn(session, place.list_id, [place.index])

    assert of(home.brings(sonia, archive)) == (0, 1)
    assert words(home, sonia) == []


@pytest.mark.breadth
def test_a_visitor_who_brought_it_and_makes_no_key_withdraws_nothing(home: Home, sonia: int, said: Callable[..., int]):
    said()
    archive = taken(home, sonia)
    forget(home)
    assert of(home.brings(None, archive)) == (1, 0)
    with home.wallets.writing() as session:
        visitor = session.scalars(select(Holder.id).where(Holder.kept_at.is_(None))).one()
        assert not erase_visitor(session, visitor, NOW + timedelta(hours=1))

    assert of(home.brings(sonia, archive)) == (1, 0)


def test_a_word_on_sonia_is_nobody_elses_whoever_has_her_archive(home: Home, sonia: int, said: Callable[..., int]):
    said()
    thief = somebody_with_a_key(home.wallets)

    assert of(home.brings(thief, taken(home, sonia))) == (0, 1)
    assert words(home, thief) == []
    assert len(words(home, sonia)) == 1


@pytest.mark.breadth
def test_whoever_opens_the_archive_reads_the_words_and_hears_the_voice(
    home: Home, sonia: int, said: Callable[..., int]
):
    said()
    archive = taken(home, sonia)
    [told] = told_in(archive)["endorsements"]

    with zipfile.ZipFile(BytesIO(archive)) as zipped:
        page = zipped.read("index.html").decode()
        assert zipped.read(told["recording"]) == VOICE
        assert json.loads(zipped.read(told["document"]))["credentialSubject"]["id"] == told["subject"]
    assert (told["document"], told["recording"]) == (
        "endorsements/001-nadia-martin.json",
        "endorsements/001-nadia-martin.m4a",
    )
    assert told["moment"] == 0
    for words_of_it in ("Ce que d’autres disent de vous", "Nadia Martin", "Jardins du Perche", told["sentence"]):
        assert words_of_it in page
    assert page.count(told["recording"]) == 2
    assert f'href="{told["document"]}"' in page


def test_whoever_opens_the_archive_reads_what_somebody_ticked_who_wrote_nothing(
    home: Home, sonia: int, said: Callable[..., int]
):
    said(
        with_voice=False,
        sentence="",
        relation="saw",
        setting="afest",
        afest=["trainer"],
        means="mail",
        mail_domain="jardins.fr",
    )

    with zipfile.ZipFile(BytesIO(taken(home, sonia))) as zipped:
        page = zipped.read("index.html").decode()

    for words_of_it in (
        "Cette personne dit que c’est vrai.",
        "Cette personne était là.",
        "<bdi>jardins.fr</bdi>",
        "(AFEST)",
        "Une personne était nommée pour former.",
    ):
        assert words_of_it in page


def test_what_was_taken_back_or_is_on_its_way_is_in_no_archive(home: Home, sonia: int, said: Callable[..., int]):
    """Nadia Petit is still asked for a code: her word is not before Sonia yet."""
    id = said()
    said(name="Nadia Petit", withdrawal_hash=b"p" * 32, arrives_at=NOW + timedelta(minutes=1))
    with home.wallets.writing() as session:
        keeping.withdraw_kept(session, sonia, id, NOW)

    archive = taken(home, sonia)

    assert b"Nadia" not in archive
    assert told_in(archive)["endorsements"] == []


def told_in(archive: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(BytesIO(archive)) as zipped:
        told: dict[str, Any] = json.loads(zipped.read("wallet.json"))
    return told


@pytest.mark.breadth(beside=["sqlite"])
def test_one_too_many_and_one_too_heavy_find_no_room(
    home: Home, sonia: int, said: Callable[..., int], monkeypatch: pytest.MonkeyPatch
):
    said()
    archive = taken(home, sonia)
    forget(home)
    with home.wallets.writing() as session:
        session.add_all(word(NOW, holder_id=sonia) for _ in range(MOST_ENDORSEMENTS))
    back = home.brings(sonia, archive)
    assert (of(back), back.unheard) == ((0, 0), 1), "nobody is told that it was withdrawn"

    with home.wallets.writing() as session:
        session.execute(delete(Endorsement))
    monkeypatch.setattr(editing, "ROOM", 100)
    back = home.brings(sonia, archive)
    assert (of(back), back.unheard) == ((0, 0), 1)


def test_one_that_could_not_be_looked_at_just_now_comes_when_the_archive_is_brought_once_more(
    home: Home, sonia: int, said: Callable[..., int], monkeypatch: pytest.MonkeyPatch
):
    said()
    archive = taken(home, sonia)
    forget(home)

    def look(*_what: Any) -> Any:
        raise UnreadableBadge("busy")

    with monkeypatch.context() as full:
        full.setattr(inspection, "inspect_endorsement", look)
        back = home.brings(sonia, archive)

    assert (of(back), back.is_unfinished) == ((0, 0), True)
    assert of(home.brings(sonia, archive)) == (1, 0)


def test_a_share_tells_which_words_it_showed_as_history(home: Home, sonia: int, said: Callable[..., int]):
    id, share = said(), a_share(home, sonia)
    told = {"given_at": NOW.isoformat()}
    with home.wallets.writing() as session:
        session.add(ShownEndorsement(share_id=share, endorsement_id=id, place=None, mark="", told=told))
    archive = taken(home, sonia)
    another = somebody_with_a_key(home.wallets)

    home.brings(another, archive)

    shown = told_in(archive)["shares"][0]["endorsements"]
    assert shown == [{"endorsement": 0, "place": None, "mark": "", "told": told}]
    with home.wallets.reading() as session:
        rows = session.scalars(select(ShownEndorsement).order_by(ShownEndorsement.id)).all()
    assert [(one.endorsement_id, one.told) for one in rows] == [(id, told), (None, told)]


@pytest.mark.breadth
def test_so_does_what_it_showed_before_it_was_changed(home: Home, sonia: int, said: Callable[..., int]):
    id, share = said(), a_share(home, sonia)
    told = {"given_at": NOW.isoformat()}
    with home.wallets.writing() as session:
        session.add(ShownEndorsement(share_id=share, endorsement_id=id, place=None, mark="", told=told))
        session.flush()
        before = editions.edition_of(session, session.get_one(Share, share))
        session.add(ShareEdition(share_id=share, shown_from=NOW, shown_until=NOW, told=before))
    archive = taken(home, sonia)
    another = somebody_with_a_key(home.wallets)

    home.brings(another, archive)

    [edition] = told_in(archive)["shares"][0]["editions"]
    assert edition["endorsements"] == [{"endorsement": 0, "place": None, "mark": "", "told": told}]
    [back] = home.rows(Share, another)
    with home.wallets.reading() as session:
        [row] = editions.list_editions(session, back.id)
    assert row.told["endorsements"] == [{"endorsement_id": None, "place": None, "mark": "", "told": told}]
