"""Letters: kept with what they are about, sent by one worker while nobody waits, never lost, and gone afterwards."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select, update

from tests.fixtures.examined import NOW, somebody_with_a_key
from tests.fixtures.mail import Mailroom, Served, body
from tests.fixtures.screens import pages
from tests.fixtures.visits import Clock
from wallet.accounts import holders, outbox
from wallet.accounts.outbox import LASTS, MAIL_PURPOSE, Mail
from wallet.network.smtp import Mailer
from wallet.pages.environment import FOLDER
from wallet.pages.languages import LANGUAGES
from wallet.storage.database import Database
from wallet.storage.keyring import Keyring

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
KINDS = sorted(path.stem for path in (FOLDER / "templates/letters").glob("*.txt"))


class PowerCut(BaseException):
    """Ends a round where it stands, as a kill does."""


class Chore:
    """The chore that sends letters, with its clock and its mail server."""

    def __init__(self, wallets: Database, keyring: Keyring, mailer: Mailer, clock: Clock) -> None:
        self.wallets, self.keyring, self.mailer, self.clock = wallets, keyring, mailer, clock
        self.words = pages().letter
        self.maria = somebody_with_a_key(wallets)

    def writes(
        self,
        address: str = "maria@exemple.fr",
        kind: str = "verify",
        lasts: timedelta = timedelta(minutes=15),
        **other: Any,
    ) -> None:
        usual = {"holder_id": self.maria, "language": "fr", "sealed": self.keyring.seal(b"K7QD 3M9X", MAIL_PURPOSE)}
        with self.wallets.writing() as session:
            outbox.queue_mail(session, Mail(kind=kind, address=address, **(usual | other)), self.clock(), lasts)

    def round(self, **after: float) -> bool:
        self.clock.move(**after)
        return outbox.send_due(self.wallets, self.mailer, self.keyring.unseal, self.words, self.clock)

    @property
    def waiting(self) -> int:
        with self.wallets.reading() as session:
            return session.scalar(select(func.count()).select_from(Mail)) or 0

    @property
    def due_at(self) -> datetime:
        with self.wallets.reading() as session:
            return session.scalars(select(Mail.due_at)).one()


@pytest.fixture
def chore(wallets: Database, mail_server: Served, clock: Clock, tmp_path: Any) -> Chore:
    return Chore(wallets, Keyring(tmp_path / "keys.json"), mail_server.mailer(step=60, whole=60), clock)


# What they say


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_letter_is_plain_short_and_neutral_outside(kind: str, language: str):
    given = {"code": "K7QD 3M9X", "made_at": NOW, "opens_at": NOW + timedelta(days=2), "ends_at": NOW + HOUR}

    subject, text = pages().letter(kind, language, **given)

    assert "K7QD 3M9X" not in subject
    assert "\n" not in subject
    assert subject.count(" ") >= 2
    assert ("\nK7QD 3M9X\n" in text) == (kind in {"verify", "return", "endorsement", "petition-code"})
    assert "&" not in text
    assert "<" not in text
    assert "http://localhost:8000" in text
    assert all(len(line) <= 100 for line in text.splitlines())


def test_a_letter_in_english_tells_what_to_do_and_what_never_to_do():
    """Whoever reads it has nothing else: where the code is typed, that nobody else may have it, and that nothing need be done."""
    given = {"code": "K7QD", "made_at": NOW, "opens_at": NOW, "ends_at": NOW}
    place_of = {
        "verify": "Type it in My badges.",
        "return": "Type it in My badges.",
        "endorsement": "Type it on the page of your comment.",
        "petition-code": "Type it on the page of the request for a badge.",
    }
    texts = {kind: " ".join(pages().letter(kind, "en", **given)[1].split()) for kind in KINDS}

    assert all(text.startswith("Hello, ") for text in texts.values())
    assert all(text.endswith(" My badges http://localhost:8000") for text in texts.values())
    for kind, place in place_of.items():
        assert f"{place} It works until 24 November 2026 at 11:12. Do not give it to anyone. Did you not" in texts[kind]
    assert {kind for kind, text in texts.items() if "Then do nothing." in text} == {
        "verify", "endorsement", "petition-code", "return-entered",
    }  # fmt: skip
    assert "Without this code, they cannot open anything." in texts["return"]
    assert "Touch “No, stop this”. You have 3 days for it." in texts["return-entered"]
    assert "answer: http://localhost:8000/demande/K7QD You need no account." in texts["petition"]
    assert "touch the button: http://localhost:8000/letters/K7QD My badges" in texts["message"]


def test_a_notice_says_when_and_how_to_stop_it():
    given = {"code": "", "made_at": NOW, "opens_at": NOW + timedelta(days=2)}

    begun, entered = (pages().letter(kind, "fr", **given)[1] for kind in ("return-begun", "return-entered"))

    assert "26 novembre 2026 à 11\u00a0h\u00a012" in begun
    assert "24 novembre 2026 à 11\u00a0h\u00a012" in entered
    for text in (begun, entered):
        assert "Si ce n’est pas vous, ouvrez Mes badges. Touchez «\u00a0Non, arrêter\u00a0»." in text


@pytest.mark.parametrize("kind", ["verify", "return", "endorsement", "petition-code"])
def test_a_code_says_until_when_it_works_however_late_malik_reads_it(chore: Chore, mailroom: Mailroom, kind: str):
    mailroom.refuses["malik@exemple.fr"] = "450 grey list, come back later"
    chore.writes("malik@exemple.fr", kind, lasts=15 * MINUTE)
    chore.round()
    mailroom.refuses.clear()
    chore.round(minutes=10)

    assert "Il marche jusqu’au 24 novembre 2026 à 11\u00a0h\u00a027." in body(mailroom.letters[0])


def test_a_notice_that_came_late_says_the_same_day_from_which_they_can_come_in(chore: Chore, mailroom: Mailroom):
    mailroom.refuses["malik@exemple.fr"] = "450 grey list, come back later"
    chore.writes("malik@exemple.fr", "return-begun")
    chore.round()
    mailroom.refuses.clear()
    chore.round(minutes=10)

    assert "26 novembre 2026 à 11\u00a0h\u00a012" in body(mailroom.letters[0])


def test_a_code_stands_in_no_header_as_the_link_does_that_stops_letters(chore: Chore, mailroom: Mailroom):
    """Mail programs open that by themselves, and show it to whoever reads headers."""
    for kind in ("verify", "message"):
        chore.writes(kind=kind)

    outbox.send_due(
        chore.wallets, chore.mailer, chore.keyring.unseal, chore.words, chore.clock, stop_at=lambda token: f"at:{token}"
    )

    assert [letter["List-Unsubscribe"] for letter in mailroom.letters] == [None, "<at:K7QD 3M9X>"]


# How they go


@pytest.mark.postgresql
def test_a_letter_goes_at_once_and_is_gone(chore: Chore, mailroom: Mailroom):
    chore.writes()

    chore.round()

    assert mailroom.to == ["maria@exemple.fr"]
    assert mailroom.codes() == ["K7QD 3M9X"]
    assert body(mailroom.letters[0]).startswith("Bonjour,")
    assert chore.waiting == 0
    chore.round(minutes=1)
    assert len(mailroom.letters) == 1


def test_a_letter_is_kept_only_with_what_it_is_about(chore: Chore):
    def both_or_none() -> None:
        with chore.wallets.writing() as session:
            letter = Mail(holder_id=chore.maria, kind="verify", address="a@b.fr", language="fr")
            outbox.queue_mail(session, letter, NOW, HOUR)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        both_or_none()

    assert chore.waiting == 0


def test_the_code_in_a_letter_is_read_by_nobody_who_reads_the_database(chore: Chore):
    chore.writes()

    with chore.wallets.reading() as session:
        assert b"K7QD 3M9X" not in (session.scalars(select(Mail.sealed)).one() or b"")


@pytest.mark.parametrize("answer", ["550 no such user", "450 grey list, come back later", "421 too many"])
@pytest.mark.breadth
def test_what_is_not_taken_is_tried_after_1_5_and_30_minutes(chore: Chore, mailroom: Mailroom, answer: str):
    mailroom.refuses["maria@exemple.fr"] = answer
    chore.writes(lasts=3 * HOUR)

    for minutes in (1, 5, 30, 30):
        chore.round()
        assert chore.due_at == chore.clock() + minutes * MINUTE
        chore.round(minutes=minutes - 0.5)
        chore.clock.move(minutes=0.5)
    mailroom.refuses.clear()
    chore.round()

    assert mailroom.codes() == ["K7QD 3M9X"]
    assert chore.waiting == 0


def test_what_comes_too_late_is_dropped(chore: Chore, mailroom: Mailroom):
    mailroom.refuses["maria@exemple.fr"] = "450 later"
    chore.writes()
    for _ in range(20):
        chore.round(minutes=1)
    mailroom.refuses.clear()
    chore.round(hours=1)

    assert mailroom.letters == []
    assert chore.waiting == 0


def test_one_address_that_is_refused_keeps_no_other_waiting(chore: Chore, mailroom: Mailroom):
    mailroom.refuses["nobody@exemple.fr"] = "550 no such user"
    chore.writes("nobody@exemple.fr")
    chore.writes()

    chore.round()

    assert mailroom.to == ["maria@exemple.fr"]
    assert chore.waiting == 1


@pytest.mark.parametrize("fault", ["hangs", "drops", "forgets"])
def test_a_server_at_fault_loses_no_letter(chore: Chore, mailroom: Mailroom, fault: str):
    mailroom.does = fault
    chore.mailer.step = 0.5 if fault == "hangs" else 60
    chore.writes()
    chore.round()
    assert chore.waiting == 1

    mailroom.does, chore.mailer.step = "", 60
    chore.round(minutes=1)

    assert set(mailroom.codes()) == {"K7QD 3M9X"}
    assert len(mailroom.letters) == (2 if fault == "forgets" else 1), "twice only where it took one and did not say so"
    assert chore.waiting == 0


def test_a_round_does_not_last_longer_than_its_time(chore: Chore, mailroom: Mailroom):
    mailroom.refuses = {f"{number}@exemple.fr": "450 later" for number in range(5)}
    for address in mailroom.refuses:
        chore.writes(address)
    words, asked = chore.words, []

    def slow(kind: str, language: str, **given: Any) -> tuple[str, str]:
        asked.append(kind)
        chore.clock.now += LASTS * 0.6
        return words(kind, language, **given)

    chore.words = slow
    assert chore.round(), "there is more"

    assert len(asked) == 2
    assert chore.waiting == 5


@pytest.mark.postgresql
@pytest.mark.breadth
def test_a_round_takes_no_more_than_its_share(chore: Chore, mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outbox, "MOST", 8)
    for _ in range(8 + 3):
        chore.writes()

    assert chore.round(), "there is more"

    assert len(mailroom.letters) == 8
    assert not chore.round()
    assert chore.waiting == 0


def test_a_wallet_that_stops_begins_no_other_letter(chore: Chore, mailroom: Mailroom):
    chore.writes()

    outbox.send_due(chore.wallets, chore.mailer, chore.keyring.unseal, chore.words, chore.clock, goes_on=lambda: False)

    assert mailroom.letters == []
    assert chore.waiting == 1


@pytest.mark.postgresql
@pytest.mark.breadth(beside=["sqlite"])
def test_of_many_workers_one_sends_it(chore: Chore, mailroom: Mailroom):
    for number in range(6):
        chore.writes(f"{number}@exemple.fr")
    together = Barrier(4)

    def work(_: int) -> None:
        together.wait()
        chore.round()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))

    assert sorted(mailroom.to) == [f"{number}@exemple.fr" for number in range(6)]
    assert chore.waiting == 0


def test_what_a_crash_left_undone_comes_again_and_once_more_at_most(chore: Chore, mailroom: Mailroom):
    """Killed before the server is asked, then after it has the letter and before that is written down."""
    chore.writes(lasts=HOUR)
    send = chore.mailer.send

    def killed_before(*_letter: Any) -> None:
        raise PowerCut

    def killed_after(*letter: Any) -> None:
        send(*letter)
        raise PowerCut

    for killed, minutes in ((killed_before, 1), (killed_after, 5)):
        chore.mailer.send = killed  # type: ignore[method-assign]
        with pytest.raises(PowerCut):
            chore.round()
        assert chore.waiting == 1
        chore.clock.move(minutes=minutes)
    chore.mailer.send = send  # type: ignore[method-assign]
    chore.round()
    chore.round(minutes=30)

    assert mailroom.codes() == ["K7QD 3M9X", "K7QD 3M9X"]
    assert chore.waiting == 0


def test_a_letter_sealed_by_other_keys_is_dropped_and_told(
    chore: Chore, mailroom: Mailroom, tmp_path: Any, caplog: pytest.LogCaptureFixture
):
    chore.writes(kind="message", sealed=Keyring(tmp_path / "others.json").seal(b"K7QD 3M9X", MAIL_PURPOSE))
    with chore.wallets.writing() as session:
        session.get_one(holders.Holder, chore.maria).letter_at = chore.clock()

    chore.round()

    assert mailroom.letters == []
    assert chore.waiting == 0
    assert "sealed by other keys" in caplog.text
    with chore.wallets.reading() as session:
        assert session.get_one(holders.Holder, chore.maria).letter_at is None


def test_of_a_letter_among_very_many_that_came_too_late_it_is_noted_once_that_nobody_was_told(
    chore: Chore, monkeypatch: pytest.MonkeyPatch
):
    """Else the next one to Maria went at once, though one waits for its day already."""
    for place in ("wallet.storage.SOME", "wallet.storage.rows.SOME"):
        monkeypatch.setattr(place, 1)
    chore.writes()
    chore.writes(kind="message")
    tomorrow = chore.clock() + outbox.STOPPABLE_EVERY / 2
    with chore.wallets.writing() as session:
        session.execute(update(outbox.Mail).values(ends_at=chore.clock() - timedelta(minutes=1)))
        session.get_one(holders.Holder, chore.maria).letter_at = tomorrow

    while chore.wallets.write(outbox.forget_late_mail, chore.clock()):
        pass

    assert chore.waiting == 0
    with chore.wallets.reading() as session:
        assert session.get_one(holders.Holder, chore.maria).letter_at == tomorrow - outbox.STOPPABLE_EVERY


def test_the_log_names_nobody(chore: Chore, mailroom: Mailroom, caplog: pytest.LogCaptureFixture):
    mailroom.refuses["maria@exemple.fr"] = "550 <maria@exemple.fr> is unknown here"
    chore.writes()

    with caplog.at_level("DEBUG", "wallet"):
        chore.round()

    told = [record.getMessage() for record in caplog.records if record.name.startswith("wallet")]
    assert told
    assert all("maria" not in line and "K7QD 3M9X" not in line for line in told)


def test_whoever_is_erased_gets_no_letter(chore: Chore, mailroom: Mailroom):
    chore.writes()
    with chore.wallets.writing() as session:
        holders.erase_holder(session, chore.maria)

    chore.round()

    assert mailroom.letters == []
    assert chore.waiting == 0
