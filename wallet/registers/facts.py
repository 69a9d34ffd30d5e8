"""Public lists of organisations are kept whole, a thousand lines at a time, beside the one that counts until then.

Nobody who writes meanwhile waits for more than one batch: the new list is written under a key that nobody can type, takes
the place of the old one in a moment, and the old one is taken away a batch at a time. What a crash left is taken away
by the next one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from .. import storage
from ..trust import OPERATOR, FaultyRegister, Organisation, PublicList
from .edition import raise_edition
from .importing import MOST_REGISTERS, PUBLIC_LISTS, RANKS, find_register, note_change
from .models import KEY_LIMIT, KeptFact, KeptRegister

BATCH = 1000
MOST_FACTS = 300_000
"""Organisations of one list: twice those of the whole country."""
COMING, GOING = "~new", "~old"
"""Behind the key of a list that is not there yet, or no longer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptList:
    """What became of a list."""

    organisations: int
    with_site: int
    """Of which the list tells a site that is theirs alone."""
    shared_sites: int
    """Organisations whose site others name, too: it says of none of them that it is theirs."""


def keep_list(database: storage.Database, key: str, found: PublicList, name: str, by: str, now: datetime) -> KeptList:
    """Keep the organisations of *found* as the list *key*, in the place of those that were there; *name* says whose it is.

    Raises FaultyRegister, after which the old one counts as before.
    """
    try:
        return _keep(database, key, found, name, by, now)
    except (IntegrityError, storage.Missing):
        raise FaultyRegister(
            [f"is not kept: somebody else keeps a list as {key} just now, and theirs takes the place of this one."]
        ) from None


def _keep(database: storage.Database, key: str, found: PublicList, name: str, by: str, now: datetime) -> KeptList:
    """As `keep_list`; raises IntegrityError or Missing where somebody else began to keep the same list, and took this one away."""
    _take_away(database, key + COMING)
    _take_away(database, key + GOING)
    id = database.write(_begin, key, found, name, now)
    count = 0
    try:
        for some in _batches(found.organisations()):
            count += len(some)
            if count > MOST_FACTS:
                raise FaultyRegister([f"has more than {MOST_FACTS} organisations: say which --region."])
            database.write(_write, id, some, now)
        if not count:
            raise FaultyRegister([_nothing_of(found)])
    except FaultyRegister:
        _take_away(database, key + COMING)
        raise
    kept = database.write(_swap, key, id, by, now)
    _take_away(database, key + GOING)
    return kept


def _nothing_of(found: PublicList) -> str:
    """Why no organisation was found: it is a region that is not there, or a file that was cut, and never a list of nobody."""
    why = ", ".join(f"{number} {why}" for why, number in sorted(found.left_out.items()))
    return f"has no organisation that can be kept ({why or 'no line behind its first one'})."


def _batches(organisations: Iterator[Organisation]) -> Iterator[list[Organisation]]:
    while some := list(islice(organisations, BATCH)):
        yield some


def _begin(session: Session, key: str, found: PublicList, name: str, now: datetime) -> int:
    register = find_register(session, key)
    if key == OPERATOR or (register and register.form not in PUBLIC_LISTS):  # the operator's, which may come later
        raise FaultyRegister([f"cannot be kept as {key}, which is a register of issuers."])
    if register and register.form != found.form:
        raise FaultyRegister([f"cannot be kept as {key}, which is another list, {register.name}: call it otherwise."])
    if not register and (session.scalar(select(func.count()).select_from(KeptRegister)) or 0) >= MOST_REGISTERS:
        raise FaultyRegister([f"would be the {MOST_REGISTERS + 1}th register: {MOST_REGISTERS} is the most."])
    if not register and len(key + COMING) > KEY_LIMIT:
        raise FaultyRegister([f"cannot be kept as {key}: a list is called by {KEY_LIMIT - len(COMING)} signs at most."])
    coming = KeptRegister(
        key=key + COMING, form=found.form, name=name, kind="public-list", rank=RANKS["public-list"], is_on=False
    )
    coming.read_at = now
    return storage.insert(session, coming).id


def _write(session: Session, id: int, some: Sequence[Organisation], now: datetime) -> None:
    rows = [
        {
            "register_id": id,
            "siret": one.siret,
            "nda": one.nda,
            "name": one.name,
            "marks": list(one.marks),
            "host": one.host,
            "read_on": now.date(),
        }
        for one in some
    ]
    session.execute(insert(KeptFact), rows)


def _swap(session: Session, key: str, id: int, by: str, now: datetime) -> KeptList:
    """The new list counts from now on; a site that several organisations name is nobody's in particular."""
    siren = func.substr(KeptFact.siret, 1, 9)
    mine = KeptFact.register_id == id
    several = (
        select(KeptFact.host)
        .where(mine, KeptFact.host != "")
        .group_by(KeptFact.host)
        .having(func.count(siren.distinct()) > 1)
    )
    shared = session.scalars(
        update(KeptFact).where(mine, KeptFact.host.in_(several)).values(host="").returning(KeptFact.id)
    )
    shared_sites = len(shared.all())
    count = session.scalar(select(func.count()).select_from(KeptFact).where(mine)) or 0
    sites = session.scalar(select(func.count()).select_from(KeptFact).where(mine, KeptFact.host != "")) or 0
    before = find_register(session, key)
    if before:
        before.key, before.is_on = key + GOING, False
        session.flush()
    coming = storage.require(session.get(KeptRegister, id))
    coming.key, coming.is_on = key, True
    note_change(session, key, by, now, after={"name": coming.name, "organisations": count, "with a site": sites})
    raise_edition(session)
    return KeptList(organisations=count, with_site=sites, shared_sites=shared_sites)


def _take_away(database: storage.Database, key: str) -> None:
    register = database.read(find_register, key)
    if register is None:
        return
    while database.write(_take_some, register.id):
        pass
    database.write(_forget, register.id)


def _take_some(session: Session, id: int) -> bool:
    some = list(session.scalars(select(KeptFact.id).where(KeptFact.register_id == id).limit(BATCH)))
    session.execute(delete(KeptFact).where(KeptFact.id.in_(some)))
    return bool(some)


def _forget(session: Session, id: int) -> None:
    session.execute(delete(KeptRegister).where(KeptRegister.id == id))
