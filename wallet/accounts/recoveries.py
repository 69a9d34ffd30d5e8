"""Coming back without a key: by the rescue paper at once, by an e-mail address after two days.

Whoever comes back this way may be the holder who lost the phone, or a thief with the paper or the mailbox. So the
return goes on for three days after they got in: until then what cannot be undone waits, and the holder stops it from
any device or key that was there before (docs/security.md A13). What is found to be theirs afterwards is an ordinary device.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ForeignKey, LargeBinary, Select, String, bindparam, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..storage import Missing, Moment, delete_some, insert
from .holders import LONGEST, Device, OfHolder

RecoveryWay = Literal["paper", "mail"]
RECOVERY_WAIT = timedelta(hours=48)
"""From the code in the mailbox to the day on which another one opens."""
RECOVERY_GUARD = timedelta(hours=72)
"""How long after a return that got in what cannot be undone waits."""
LAPSES = timedelta(days=7)
"""How long after its wait a return by e-mail may still be ended by getting in."""


@dataclass(eq=False)
class RecoveryPending(Exception):  # what happened, in the words of the page
    """What was asked waits until *until*, because somebody came back without a key lately."""

    until: datetime


class Recovery(OfHolder):
    """Somebody came back to a wallet without a key, or is about to."""

    __tablename__ = "returns"

    after_id: Mapped[int | None] = mapped_column(ForeignKey("returns.id", ondelete="SET NULL"), index=True)
    """The return during which the paper was made that this one came by, while that is running."""
    code_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    paper_made_at: Mapped[datetime | None] = mapped_column(Moment)
    """Of the paper that it came by, and when that was made: what came of the return may have to be undone."""
    way: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(16))
    """The kind of device, a word of accounts/user_agents.py."""
    began_at: Mapped[datetime] = mapped_column(Moment)
    opens_at: Mapped[datetime] = mapped_column(Moment)
    """Before this nobody gets in by it."""
    entered_at: Mapped[datetime | None] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment, index=True)
    """When it is over: it lapses, or what waited need wait no longer."""
    stopped_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the holder said that it was not them."""
    acknowledged_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the holder said that it was them: nobody is asked about it any more, and what waits goes on waiting."""


def begin_recovery(
    session: Session, holder_id: int, way: RecoveryWay, kind: str, now: datetime, after_id: int | None = None
) -> Recovery:
    """Somebody is coming back; by paper they are in, by e-mail the wait begins."""
    opens_at = now + RECOVERY_WAIT if way == "mail" else now
    began = Recovery(
        holder_id=holder_id,
        way=way,
        kind=kind,
        after_id=after_id,
        began_at=now,
        opens_at=opens_at,
        ends_at=opens_at + LAPSES,
    )
    if way == "paper":
        complete_recovery(began, now)
    return insert(session, began)


def complete_recovery(back: Recovery, now: datetime) -> None:
    """They got in; from now on what cannot be undone waits. Who said « c'est moi » to the wait is asked about this, too."""
    back.entered_at, back.ends_at, back.acknowledged_at = now, now + RECOVERY_GUARD, None


def running_recoveries(session: Session, holder_id: int, now: datetime) -> list[Recovery]:
    """The returns that can be stopped, the oldest first."""
    return list(
        session.scalars(
            select(Recovery)
            .where(Recovery.holder_id == holder_id, Recovery.stopped_at.is_(None), Recovery.ends_at > now)
            .order_by(Recovery.id)
        )
    )


ANY_RECOVERY_TO_TELL = select(Recovery.id).where(
    Recovery.holder_id == bindparam("holder"),
    Recovery.stopped_at.is_(None),
    Recovery.acknowledged_at.is_(None),
    Recovery.ends_at > bindparam("now"),
)
"""Asked at every page of a holder, of whom hardly any has one."""


def get_recovery(session: Session, holder_id: int, return_id: int | None, now: datetime) -> Recovery | None:
    """The running return of that id; None for none, for one that is over, and for somebody else's."""
    return next((back for back in running_recoveries(session, holder_id, now) if back.id == return_id), None)


def is_too_late_to_stop(session: Session, holder_id: int, return_id: int, now: datetime) -> bool:
    """Whether somebody got in by that return of the holder, and what waited for it waits no longer."""
    back = session.get(Recovery, return_id)
    if back is None or back.holder_id != holder_id or back.stopped_at is not None:
        return False
    return back.entered_at is not None and back.ends_at <= now


def pending_until(session: Session, holder_id: int, now: datetime) -> datetime | None:
    """Until when what cannot be undone waits; None when nothing waits."""
    return max((back.ends_at for back in running_recoveries(session, holder_id, now) if back.entered_at), default=None)


def erasure_due_at(session: Session, holder_id: int, planned_for: datetime, now: datetime) -> datetime:
    """When an erasure that was planned for then is due: later where somebody came back before that. Who comes back when it is due
    makes nothing wait, for its line may stand in the ledger already (operations/erasure.py)."""
    running = running_recoveries(session, holder_id, now)
    before = (back.ends_at for back in running if back.entered_at and back.entered_at < planned_for)
    return max(before, default=planned_for)


def pending_holders(now: datetime) -> Select[int]:
    """The ids of the holders for whom what cannot be undone waits, to be asked for within another question."""
    return select(Recovery.holder_id).where(
        Recovery.entered_at.is_not(None), Recovery.stopped_at.is_(None), Recovery.ends_at > now
    )


def refuse_while_pending(session: Session, holder_id: int, now: datetime) -> None:
    """Raises RecoveryPending while what cannot be undone waits."""
    if until := pending_until(session, holder_id, now):
        raise RecoveryPending(until)


def refuse_stopped(session: Session, return_id: int | None) -> None:
    """Raises Missing where that return was stopped: whoever came by it finishes nothing that they had begun, which nobody would
    undo. What is not refused while it runs begins with the lock of the holder."""
    back = session.get(Recovery, return_id) if return_id is not None else None
    if back and back.stopped_at is not None:
        raise Missing


def refuse_newcomer(session: Session, holder_id: int, came_in_id: int | None, now: datetime) -> None:
    """Raises RecoveryPending on a device that came by the return *came_in_id*, while that runs: what was written over could not
    be undone with it; and Missing when it was stopped."""
    refuse_stopped(session, came_in_id)
    if until := newcomer_until(session, holder_id, came_in_id, now):
        raise RecoveryPending(until)


def newcomer_until(session: Session, holder_id: int, came_in_id: int | None, now: datetime) -> datetime | None:
    """Until when `refuse_newcomer` refuses there; None where it does not."""
    back = get_recovery(session, holder_id, came_in_id, now)
    return back.ends_at if back else None


def may_be_newcomer(device: Device, now: datetime) -> bool:
    """Whether the return by which *device* came may still run, as far as it says itself: no table is asked."""
    return device.return_id is not None and device.created_at > now - RECOVERY_GUARD


def forget_ended_recoveries(session: Session, now: datetime) -> bool:
    """Returns that are over or were stopped long ago leave no trace but the events. Some of them; whether there are more.

    One by which somebody is signed in stays as long as that may be: they show the paper, where others show a key, for theirs may
    lie in a lost phone (routes/confirmation.py).
    """
    is_in_use = exists().where(Device.return_id == Recovery.id, Device.created_at > now - LONGEST)
    return delete_some(session, Recovery, Recovery.ends_at, now - LAPSES, ~is_in_use)
