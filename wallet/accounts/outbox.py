"""Letters to holders by e-mail: written with what they are about, sent by a chore, gone when sent or come too late.

Rule 1: a letter is kept together with what it is about, in the transaction of whoever writes it.
Rule 2: it is claimed by one UPDATE, which only one of several workers can win. The claim is nothing but the time of the
next try, so that what a crash left undone comes again by itself: never lost, sent once more at most.
Rule 3: nothing is open while the mail server is asked, and nothing that it says of an address is written down.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, LargeBinary, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import network, storage
from . import holders, recoveries

log = logging.getLogger(__name__)

Words = Callable[..., tuple[str, str]]
"""The subject and the text of a kind of letter in a language, as pages.Pages.letter."""
MAIL_PURPOSE = "letter"
STOPPABLE = {"message"}
"""Kinds of letters that nobody needs: each says where they are stopped."""
STOPPABLE_EVERY = timedelta(days=1)
"""After which the next such letter to somebody goes at the earliest (holders.Holder.letter_at)."""
AGAIN = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30))
"""After which time it is tried again; the last one is for all the tries that follow."""
MOST = 50
"""Letters of one round."""
LASTS = timedelta(seconds=30)
"""After this a round begins no other letter; a server that hangs is given up by the mailer."""


class Mail(holders.OfHolder):
    """A letter that waits to be sent."""

    __tablename__ = "letters"

    address: Mapped[str] = mapped_column(String(254))
    kind: Mapped[str] = mapped_column(String(16))
    """What it says: the name of its template."""
    language: Mapped[str] = mapped_column(String(2))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The code in it, sealed by the instance's key; None where there is nothing that only its reader may know."""
    made_at: Mapped[datetime] = mapped_column(storage.Moment)
    due_at: Mapped[datetime] = mapped_column(storage.Moment, index=True)
    """When it is to be sent, or tried again."""
    ends_at: Mapped[datetime] = mapped_column(storage.Moment, index=True)
    """After this it is of no use any more."""
    tries: Mapped[int] = mapped_column(default=0)


def queue_mail(session: Session, letter: Mail, now: datetime, lasts: timedelta, due_at: datetime | None = None) -> None:
    """Send *letter*, which is of use for so long, at once or when it is due; it is kept when the transaction is."""
    letter.made_at, letter.due_at, letter.ends_at = now, due_at or now, now + lasts
    session.add(letter)


def send_due(
    database: storage.Database,
    mailer: network.Mailer,
    unseal: storage.Seal,
    words: Words,
    clock: Callable[[], datetime],
    goes_on: Callable[[], bool] = lambda: True,
    stop_at: Callable[[str], str] = lambda _token: "",
) -> bool:
    """Send what is due, the longest due first; *goes_on* is asked before each letter: whether there may be more. Raises what the
    database raises.

    *stop_at* gives the address that stops letters of a kind that can be stopped (STOPPABLE), by what was sealed in them.
    """
    began = clock()
    with database.reading() as session:
        waiting = list(
            session.execute(
                select(Mail.id, Mail.due_at).where(Mail.due_at <= began).order_by(Mail.due_at, Mail.id).limit(MOST)
            )
        )
    for id, due_at in waiting:
        if not goes_on() or clock() - began > LASTS:
            return True
        letter = _claim(database, id, due_at, clock())
        storage.failpoint("letter.claimed")
        try:
            if letter and _is_taken(letter, mailer, unseal, words, clock(), stop_at):
                storage.failpoint("letter.sent")
                with database.writing() as session:
                    session.execute(delete(Mail).where(Mail.id == id))
        except storage.Unsealable:
            log.warning("letter %d was sealed by other keys, and is dropped", id)
            database.write(drop_mail, clock(), Mail.id == id)
    return len(waiting) == MOST


def forget_late_mail(session: Session, now: datetime) -> bool:
    """Letters that came too late are of no use to anybody: some of them go; whether there are more."""
    late = select(Mail.id).where(Mail.ends_at <= now).order_by(Mail.ends_at).limit(storage.SOME)
    ids = session.scalars(late).all()
    drop_mail(session, now, Mail.id.in_(ids))  # and no others: by a letter that goes later nobody was told twice
    return len(ids) == storage.SOME


def drop_mail(session: Session, now: datetime, *which: ColumnElement[bool]) -> None:
    """Letters that go no more, though they may have something to tell."""
    _note_untold(session, now, *which)
    session.execute(delete(Mail).where(*which))


def _note_untold(session: Session, now: datetime, *which: ColumnElement[bool]) -> None:
    """By those of these letters that can be stopped nobody was told; one that waited for its day leaves the one before."""
    theirs = holders.Holder.id.in_(select(Mail.holder_id).where(Mail.kind.in_(STOPPABLE), *which))
    in_order = select(holders.Holder).where(theirs).order_by(holders.Holder.id)  # as all who lock several
    for holder in session.scalars(in_order.with_for_update()):
        at = holder.letter_at
        holder.letter_at = at - STOPPABLE_EVERY if at and at > now else None
    session.flush()


def _claim(database: storage.Database, id: int, due_at: datetime, now: datetime) -> Mail | None:
    """The letter, ours to send until it is due again; None when somebody else has it, or it came too late."""
    with database.writing() as session:
        mine = (Mail.id == id, Mail.due_at == due_at)
        tries = session.scalar(select(Mail.tries).where(*mine, Mail.ends_at > now))
        if tries is None:
            drop_mail(session, now, *mine, Mail.ends_at <= now)
            return None
        again = now + AGAIN[min(tries, len(AGAIN) - 1)]
        return session.scalar(update(Mail).where(*mine).values(due_at=again, tries=tries + 1).returning(Mail))


def _is_taken(
    letter: Mail,
    mailer: network.Mailer,
    unseal: storage.Seal,
    words: Words,
    now: datetime,
    stop_at: Callable[[str], str],
) -> bool:
    """Whether the server has the letter. Raises Unsealable where nobody can read it any more."""
    try:
        code = unseal(letter.sealed, MAIL_PURPOSE).decode() if letter.sealed else ""
        dates = {
            "made_at": letter.made_at,
            "opens_at": letter.made_at + recoveries.RECOVERY_WAIT,
            "ends_at": letter.ends_at,
        }
        stops = stop_at(code) if letter.kind in STOPPABLE else ""
        mailer.send(letter.address, *words(letter.kind, letter.language, code=code, **dates), now, stops)
    except network.MailRefused as problem:
        log.warning("letter %d (%s) was not taken, try %d: %s", letter.id, letter.kind, letter.tries, problem)
        return False
    return True
