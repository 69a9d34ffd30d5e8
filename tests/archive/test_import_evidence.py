"""What somebody told comes back with their archive: all of it, once, and what is here is never lost to what was there."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.archive.test_import_responses import rest_on_the_shelf
from tests.fixtures.archived import Archive, Home, named
from tests.fixtures.examined import somebody_with_a_key
from tests.fixtures.moments import REMADE, Teller, a_moment, a_photo, a_recording, told_of
from tests.fixtures.visits import AWARDED, NOW, signed
from wallet import accounts
from wallet.accounts.holders import Holder
from wallet.archive import import_evidence
from wallet.badges import files
from wallet.badges.models import KeptBadge
from wallet.evidence import editing, views
from wallet.evidence.models import Answer, Attachment, Evidence, EvidencedBadge
from wallet.operations import all_tables
from wallet.shares import evidence_snapshots, lifecycle
from wallet.shares.models import Choice
from wallet.storage.database import Database

HOUR = timedelta(hours=1)
FILES = (("Atelier.jpg", a_photo()), ("voix.webm", a_recording()), ("plan.pdf", b"%PDF-1.7"))


@pytest.fixture
def maria(wallets: Database) -> int:
    return somebody_with_a_key(wallets)


@pytest.fixture
def teller(home: Home, maria: int) -> Teller:
    return Teller(home.wallets, home.shelf, maria)


def answer(text: str, at: datetime, key: str = "", question: str = "facts") -> dict[str, Any]:
    return {"question": question, "text": text, "key": key or text[:40], "made_at": at.isoformat()}


def told(home: Home, holder: int) -> list[dict[str, Any]]:
    with home.wallets.reading() as session:
        return told_of(session, holder)


def texts(home: Home, holder: int) -> list[str]:
    """Every text of the holder's only moment, in order."""
    [moment] = told(home, holder)
    return [text for _, text, *_ in moment["answers"]]


def holds(home: Home, holder: int) -> str:
    """What the holder's only moment says that happened."""
    with home.wallets.reading() as session:
        [one] = views.view_all_moments(session, holder)
    return one.text("facts")


def spoken_of(home: Home) -> set[tuple[int, int]]:
    with home.wallets.reading() as session:
        return {(one.evidence_id, one.badge_id) for one in session.scalars(select(EvidencedBadge))}


# What comes back


@pytest.mark.breadth(beside=["sqlite"])
def test_all_of_it_comes_back(home: Home, maria: int):
    moment = a_moment(badges=[1, 0], answers=[answer("a", AWARDED), answer("b", AWARDED + HOUR)])
    link = {"kind": "link", "file": None, "key": "l", "name": "", "address": "https://exemple.fr"}
    moment["attachments"] = [link | {"added_at": AWARDED.isoformat(), "removed_at": None}]
    archive = Archive().add(signed()).add(signed()).tells(moment, *FILES).tells(a_moment("b", told_at=None))
    for one in archive.told["evidence"][0]["attachments"]:
        one["question"] = "facts"

    back = home.brings(maria, archive)

    assert (back.moments, back.attachments, back.left_out, back.unattached, back.no_room) == (2, 4, 0, [], 0)
    whole, draft = told(home, maria)
    assert whole["moment"] == ("a", AWARDED, AWARDED, None)
    assert draft["moment"] == ("b", AWARDED, None, None)
    assert [(text, key, at) for _, text, key, at in whole["answers"]] == [
        ("a", "a", AWARDED),
        ("b", "b", AWARDED + HOUR),
    ]
    assert [one[1:4] for one in whole["attachments"]] == [
        ("link", "", "https://exemple.fr"),
        ("photo", "Atelier.jpg", ""),
        ("recording", "voix.webm", ""),
        ("file", "plan.pdf", ""),
    ]
    kept = [badge.id for badge in home.rows(KeptBadge, maria)]
    assert {badge for _, badge in spoken_of(home)} == set(kept)
    with home.wallets.reading() as session:
        photo, sound, plan = session.scalars(select(Attachment).where(Attachment.file.is_not(None))).all()
        needed = all_tables.files_in_use(session)
    assert home.shelf.read(photo.file or "") == FILES[0][1] + REMADE, "never the bytes of a stranger's photo"
    assert (photo.width, photo.preview and home.shelf.read(photo.preview)[:4]) == (64, b"RIFF")
    assert (sound.media_type, sound.seconds) == ("audio/webm", 1)
    assert [one.question for one in (photo, sound, plan)] == [None, "facts", None], "a voice alone is an answer"
    assert (home.shelf.read(plan.file or ""), plan.media_type) == (b"%PDF-1.7", "application/octet-stream")
    assert photo.size == len(FILES[0][1] + REMADE) + len(home.shelf.read(photo.preview or ""))
    assert needed <= set(home.shelf.names())


@pytest.mark.breadth
def test_whoever_is_nobody_becomes_a_visitor_who_told_it(home: Home):
    back = home.brings(None, Archive().tells(a_moment(), *FILES))

    assert (bool(back.token), back.moments, back.attachments) == (True, 1, 3)
    assert home.count(Evidence) == 1


@pytest.mark.breadth(beside=["sqlite"])
def test_what_finds_room_alone_and_not_beside_another_moment_is_told(
    home: Home, maria: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(editing, "ROOM", accounts.text_size("a" * 100))
    each = [a_moment(key, answers=[answer(key * 40, AWARDED)]) for key in "abc"]

    back = home.brings(maria, Archive().tells(each[0]).tells(each[1]).tells(each[2]))

    assert (back.moments, back.no_room, len(told(home, maria))) == (2, 1, 2)


@pytest.mark.breadth
def test_of_a_badge_that_did_not_come_it_speaks_no_more(home: Home, maria: int, wallets: Database):
    youssef = somebody_with_a_key(wallets)
    home.brings(youssef, Archive().add(signed()))
    [theirs] = home.rows(KeptBadge, youssef)

    home.brings(
        maria,
        Archive().add(b"none").add(signed(), removed_at=NOW.isoformat()).add(signed()).tells(
            a_moment(badges=[theirs.id, 0, 1, 2, 7, -1, 10**12])
        ),
    )  # fmt: skip

    [mine] = home.rows(KeptBadge, maria)
    [moment] = home.rows(Evidence, maria)
    assert spoken_of(home) == {(moment.id, mine.id)}


# What is here already


@pytest.mark.breadth
def test_the_same_archive_brought_twice_doubles_nothing(home: Home, maria: int):
    archive = Archive().add(signed()).tells(a_moment(badges=[0]), *FILES).tells(a_moment("b"))
    home.brings(maria, archive)
    before = told(home, maria), spoken_of(home), set(home.shelf.names())

    back = home.brings(maria, archive)

    assert (back.moments, back.attachments) == (0, 0)
    assert (told(home, maria), spoken_of(home), set(home.shelf.names())) == before


def test_a_later_archive_brings_what_was_told_since(home: Home, maria: int, monkeypatch: pytest.MonkeyPatch):
    """Also to whoever has as many moments as there may be: it is no further one."""
    monkeypatch.setattr(import_evidence, "MOST_MOMENTS", 1)
    first, second, third = (answer(text, AWARDED + number * HOUR) for number, text in enumerate("abc"))
    home.brings(maria, Archive().tells(a_moment(answers=[first])))

    back = home.brings(maria, Archive().tells(a_moment(answers=[first, second, third]), FILES[2]))

    assert (back.moments, back.attachments, back.no_room) == (1, 1, 0)
    assert (texts(home, maria), holds(home, maria)) == (["a", "b", "c"], "c")
    assert home.brings(maria, Archive().tells(a_moment("b"))).no_room == 1


@pytest.mark.breadth
def test_an_earlier_archive_takes_nothing_back(home: Home, maria: int):
    first, second = (answer(text, AWARDED + number * HOUR) for number, text in enumerate("ab"))
    home.brings(maria, Archive().tells(a_moment(answers=[first, second])))

    back = home.brings(maria, Archive().tells(a_moment(answers=[first])))

    assert (back.moments, texts(home, maria), holds(home, maria)) == (0, ["a", "b"], "b")


def test_what_was_written_elsewhere_before_is_an_earlier_text_and_what_holds_is_given_once_more(home: Home, maria: int):
    begun, there, here = (answer(text, AWARDED + number * HOUR) for number, text in enumerate(("a", "there", "here")))
    home.brings(maria, Archive().tells(a_moment(answers=[begun, here])))
    [before] = home.rows(Evidence, maria)
    with home.wallets.reading() as session:
        ids = list(session.scalars(select(Answer.id).where(Answer.evidence_id == before.id).order_by(Answer.id)))
    other = Archive().tells(a_moment(answers=[begun, there]))

    backs = [home.brings(maria, other).moments for _ in range(3)]

    assert backs == [1, 0, 0]
    assert (texts(home, maria), holds(home, maria)) == (["a", "here", "there", "here"], "here")
    with home.wallets.reading() as session:
        now = list(session.scalars(select(Answer.id).where(Answer.evidence_id == before.id).order_by(Answer.id)))
    assert now[:2] == ids, "no answer changes its number: a share may show it"


def test_what_was_written_elsewhere_since_holds(home: Home, maria: int):
    begun, here, there = (answer(text, AWARDED + number * HOUR) for number, text in enumerate(("a", "here", "there")))
    home.brings(maria, Archive().tells(a_moment(answers=[begun, here])))

    home.brings(maria, Archive().tells(a_moment(answers=[begun, there])))

    assert (texts(home, maria), holds(home, maria)) == (["a", "here", "there"], "there")


def test_what_holds_here_gives_way_to_no_older_text_where_a_clock_was_slow(home: Home, maria: int):
    older, late, last = (
        answer(text, AWARDED + hours * HOUR) for text, hours in (("older", 0), ("late", 2), ("last", 1))
    )
    home.brings(maria, Archive().tells(a_moment(answers=[late, last])))

    home.brings(maria, Archive().tells(a_moment(answers=[older, late])))

    assert (texts(home, maria), holds(home, maria)) == (["late", "last", "older", "last"], "last")


@pytest.mark.breadth
def test_two_wallets_that_went_on_apart_and_bring_each_other_everything_say_the_same(
    home: Home, maria: int, wallets: Database
):
    begun, here, there = (answer(text, AWARDED + number * HOUR) for number, text in enumerate(("a", "here", "there")))
    one, other = Archive().tells(a_moment(answers=[begun, here])), Archive().tells(a_moment(answers=[begun, there]))
    youssef = somebody_with_a_key(wallets)
    for holder, archives in ((maria, (one, other)), (youssef, (other, one))):
        for archive in archives:
            home.brings(holder, archive)

    assert holds(home, maria) == holds(home, youssef) == "there"
    assert set(texts(home, maria)) == set(texts(home, youssef)) == {"a", "here", "there"}


def test_what_holds_here_still_does_after_the_archive_of_a_wallet_that_was_given_it_once_more_too(
    home: Home, maria: int, wallets: Database
):
    begun, there, later, here = (
        answer(text, AWARDED + number * HOUR) for number, text in enumerate(("a", "there", "later", "here"))
    )
    youssef, hers = somebody_with_a_key(wallets), Archive().tells(a_moment(answers=[begun, here]))
    home.brings(youssef, hers)
    home.brings(youssef, Archive().tells(a_moment(answers=[begun, there])))
    [moment] = told(home, youssef)
    once_more = answer("here", AWARDED + 3 * HOUR, key=moment["answers"][-1][2])
    home.brings(maria, hers)

    home.brings(maria, Archive().tells(a_moment(answers=[begun, here, there, once_more, later])))

    assert (texts(home, maria), holds(home, maria)) == (["a", "here", "there", "here", "later", "here"], "here")


@pytest.mark.breadth
def test_in_a_new_moment_what_held_there_holds_here_whatever_the_clocks_said(home: Home, maria: int):
    home.brings(maria, Archive().tells(a_moment(answers=[answer("late", AWARDED + HOUR), answer("last", AWARDED)])))

    assert (texts(home, maria), holds(home, maria)) == (["late", "last"], "last")


def test_another_moment_of_the_same_key_is_another_one(home: Home, maria: int, teller: Teller):
    teller.tells(key="a")
    archive = Archive().tells(a_moment("a" * 8)).tells(a_moment("a" * 8, at=AWARDED + HOUR))

    backs = [home.brings(maria, archive).moments for _ in range(3)]

    assert backs == [2, 0, 0]
    keys = [moment["moment"][0] for moment in told(home, maria)]
    assert (keys[0], len(set(keys))) == ("a" * 8, 3)


def test_a_moment_and_a_file_that_were_removed_here_come_back(home: Home, maria: int):
    archive = Archive().tells(a_moment(), *FILES).tells(a_moment("b"))
    home.brings(maria, archive)
    before = told(home, maria)
    with home.wallets.writing() as session:
        first, second = session.scalars(select(Evidence).order_by(Evidence.id))
        editing.remove_moment(session, maria, second.id, NOW)
        session.scalars(select(Attachment).where(Attachment.evidence_id == first.id)).first().removed_at = NOW  # type: ignore[union-attr]

    back = home.brings(maria, archive)

    assert (back.moments, back.attachments) == (1, 1)
    assert told(home, maria) == before


@pytest.mark.parametrize("is_whole", [True, False])
def test_what_comes_back_is_shown_by_no_share_that_showed_it_before(home: Home, maria: int, is_whole: bool):
    archive = Archive().add(signed()).tells(a_moment(badges=[0]), *FILES)
    home.brings(maria, archive)
    [badge], [moment] = home.rows(KeptBadge, maria), home.rows(Evidence, maria)
    with home.wallets.writing() as session:
        chosen = Choice(badge_ids=[badge.id], ends_at=NOW + 24 * HOUR, pairs=[(badge.id, moment.id)])
        share = lifecycle.create_share(session, maria, chosen, home.keyring.seal, NOW).id
        if is_whole:
            editing.remove_moment(session, maria, moment.id, NOW)
        else:
            photo, *_ = views.view_moment(session, maria, moment.id).attachments
            editing.remove_attachment(session, maria, moment.id, photo.id, NOW)

    home.brings(maria, archive)

    with home.wallets.reading() as session:
        assert len(views.view_moment(session, maria, moment.id).attachments) == len(FILES)
        assert evidence_snapshots.list_snapshots(session, share) == []


@pytest.mark.breadth
def test_what_was_taken_off_a_moment_takes_no_room_of_what_goes_with_it(
    home: Home, maria: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(import_evidence, "MOST_ATTACHED", 3)
    home.brings(maria, Archive().tells(a_moment(), *FILES))
    with home.wallets.writing() as session:
        session.execute(update(Attachment).where(Attachment.kind != "file").values(removed_at=NOW))

    back = home.brings(maria, Archive().tells(a_moment(), *((f"{one}.pdf", one.encode()) for one in "abc")))

    assert (back.attachments, [(one.file_name, one.reason) for one in back.unattached]) == (2, [("c.pdf", "no-room")])


def test_one_more_than_may_go_with_a_moment_is_told_by_its_name(
    home: Home, maria: int, monkeypatch: pytest.MonkeyPatch
):
    """As many are there where one was taken off, another one came, and the first one was put back."""
    monkeypatch.setattr(import_evidence, "MOST_ATTACHED", 2)
    monkeypatch.setattr("wallet.evidence.MOST_ATTACHED", 2)

    back = home.brings(maria, Archive().tells(a_moment(), *FILES))

    assert (back.attachments, back.left_out) == (2, 0)
    assert [(one.file_name, one.reason) for one in back.unattached] == [("plan.pdf", "no-room")]
    assert named(FILES[2][1]) not in rest_on_the_shelf(home), "and lies on no shelf"


def test_a_moment_that_is_not_theirs_any_more_gets_no_file_and_none_stays_on_the_shelf(home: Home, maria: int):
    """As where it was erased, or went to another wallet, while its files were looked at."""
    youssef = somebody_with_a_key(home.wallets)
    home.brings(maria, Archive().tells(a_moment()))
    [moment] = home.rows(Evidence, maria)

    for evidence_id, content in ((moment.id, b"of another"), (moment.id + 1, b"of one that is gone")):
        name = home.shelf.keep(content)
        columns = {"key": "1", "size": 1, "kind": "file", "name": "plan.pdf", "media_type": "x", "file": name}
        taken = import_evidence.TakenAttachment(columns | {"added_at": NOW}, {name})
        with home.wallets.writing() as session:
            holder = session.get_one(Holder, youssef)
            import_evidence.keep_attachments(session, holder, evidence_id, [taken], [], NOW)

    assert (home.count(Attachment), rest_on_the_shelf(home)) == (0, set())


@pytest.mark.breadth
def test_a_badge_that_was_erased_here_and_comes_back_is_spoken_of_again(home: Home, maria: int):
    archive = Archive().add(signed()).tells(a_moment(badges=[0]))
    home.brings(maria, archive)
    with home.wallets.writing() as session:
        files.erase_badges(session, maria, 10)
    assert spoken_of(home) == set()

    home.brings(maria, archive)

    [badge] = home.rows(KeptBadge, maria)
    [moment] = home.rows(Evidence, maria)
    assert spoken_of(home) == {(moment.id, badge.id)}


def test_what_is_saved_there_is_no_draft_here(home: Home, maria: int):
    home.brings(maria, Archive().tells(a_moment(told_at=None)))
    home.brings(maria, Archive().tells(a_moment()))
    home.brings(maria, Archive().tells(a_moment(told_at=None)))

    assert [moment["moment"][2] for moment in told(home, maria)] == [AWARDED]


# What goes with it


def test_what_is_not_taken_in_is_told_and_all_else_comes(home: Home, maria: int):
    archive = Archive().tells(
        a_moment(),
        ("film.webm", b"a text"),
        ("gone.pdf", b"1"),
        ("changed.pdf", b"2"),
        ("plan.pdf", b"3"),
    )
    del archive.members["moments/001-02-gone.pdf"]

    back = home.brings(maria, archive.packed(sums={"moments/001-03-changed.pdf": named(b"else")}))

    assert [(one.file_name, one.reason) for one in back.unattached] == [
        ("film.webm", "not-audio"),
        ("gone.pdf", "missing"),
        ("changed.pdf", "changed"),
    ]
    assert (back.moments, back.attachments) == (1, 1)


def test_where_nobody_takes_files_in_none_is_kept_and_each_is_told(home: Home, maria: int):
    home.take_in = None

    back = home.brings(maria, Archive().tells(a_moment(), *FILES))

    assert [(one.file_name, one.reason) for one in back.unattached] == [(name, "not-taken") for name, _ in FILES]
    assert (back.moments, back.attachments, list(home.shelf.names())) == (1, 0, [])

    home.take_in = Home(home.wallets, home.shelf, home.web, home.keyring).take_in
    assert home.brings(maria, Archive().tells(a_moment(), *FILES)).attachments == 3


@pytest.mark.breadth(beside=["sqlite"])
def test_a_hash_alone_gets_nobody_the_file_of_somebody_else(home: Home, maria: int, wallets: Database):
    youssef = somebody_with_a_key(wallets)
    home.brings(youssef, Archive().tells(a_moment(), ("secret.pdf", b"secret")))
    theirs = named(b"secret")
    forged = Archive().tells(a_moment(), ("secret.pdf", b"mine"))
    forged.told["evidence"][0]["attachments"][0] |= {"file": f"files/{theirs}", "key": theirs[:40]}

    back = home.brings(maria, forged)

    assert [one.reason for one in back.unattached] == ["missing"]
    assert home.count(Attachment) == 1


def test_when_too_many_look_at_files_the_rest_comes_the_next_time(home: Home, maria: int):
    archive = Archive().tells(a_moment(), ("plan.pdf", b"1"), ("busy.jpg", b"busy"), ("c.pdf", b"2")).shows(word="Hé.")

    back = home.brings(maria, archive)

    assert (back.moments, back.attachments, back.shares, back.is_unfinished) == (1, 1, 1, True)

    archive.members["moments/001-02-busy.jpg"] = a_photo()
    back = home.brings(maria, archive)
    assert (back.attachments, back.is_unfinished, home.count(Attachment)) == (2, False, 3)


def test_what_takes_too_long_is_finished_the_next_time(home: Home, maria: int):
    home.longest = 0.0
    archive = Archive(addresses=[]).tells(a_moment(), *FILES)

    back = home.brings(maria, archive)

    assert (back.moments, back.attachments, back.is_unfinished) == (1, 0, True)
    home.longest = 300.0
    assert home.brings(maria, archive).attachments == 3
