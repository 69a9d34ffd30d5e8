"""The start of a store: whether database, shelf and keys are those of one wallet, before anything is made or removed.

Rule 1: nothing new is made beside something old. Where there is no database yet, there is no id, no file and no key
either; an address that was typed wrong is refused, and leaves nothing behind.
Rule 2: a store of before, without an id, is given one only where its database names files and nine in ten of them lie
on the shelf, or where there are none on either side.
Rule 3: keys are made for a store that holds nobody, and taken for its own only when they open what it sealed.
"""

import secrets
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from .. import accounts, endorsements, shares, storage
from ..accounts import Mail
from ..endorsements import EndorsementRequest
from ..shares import Passcode, Share
from . import all_tables, database_dump

SAMPLE = 1_000
"""Of so many files at most, chosen at random, it is asked whether they lie on the shelf."""
NEARLY_ALL = 0.9
OPENED = 20
"""So many of the newest shares and letters are tried with the keys of a store without a mark."""


def is_new(database: storage.Database) -> bool:
    """Whether there is no database yet, or an empty one."""
    return storage.is_missing(database) or database.read(storage.current_revision) is None


def is_unused(database: storage.Database) -> bool:
    """Whether nobody was in it yet: as `is_new`, or its tables alone are made (`wallet migrate`)."""
    return is_new(database) or (
        storage.schema_fit(database) is storage.Fit.SAME and database.read(_holds_nobody_of_any_store)
    )


def check_own_database(database: storage.Database) -> None:
    """Raises AnotherStore for the database of another program."""
    if others := database_dump.whose_else(database):
        raise storage.AnotherStore(others)


def check_before_creation(
    database: storage.Database, files: storage.FileStore, keys: storage.KeyPlace | None = None
) -> None:
    """Raises AnotherStore where a new database would be made beside something that is there, or in the database of another
    program; Unavailable."""
    check_own_database(database)
    if not is_new(database):
        return
    on_shelf = files.read_id()
    beside = ""
    if on_shelf:
        beside = f"the files in {files.place} are of the store {on_shelf}"
    elif has_files(files):
        beside = f"there are files in {files.place}"
    elif isinstance(keys, Path) and keys.exists():  # keys that are given are there before there is anything
        beside = f"there are keys at {keys}"
    if beside and is_new(database):  # and it was not made in this moment by somebody else who starts
        raise storage.AnotherStore(
            f"There is no database at {storage.place_of(database)}, and {beside}: {storage.ADDRESSES}."
            " A lost database is brought back with wallet restore. Nothing was made."
        )


def keys_for_new_store(database: storage.Database, place: storage.KeyPlace) -> storage.Keyring:
    """The keys at *place*, made for a store that holds nobody yet; raises AnotherStore, and FaultyKeys."""
    if not place.exists() and not is_new(database) and _needs_keys(database):
        raise storage.AnotherStore(
            f"There are no keys at {place}, and {storage.place_of(database)} holds people whose wallets need them:"
            f" {storage.KEYS_BACK} None were made."
        )
    return storage.Keyring(place)


def adopt_keys(database: storage.Database, place: storage.KeyPlace, now: datetime) -> None:
    """From now on the keys at *place*, made where there are none, are those of this store: the operator has lost its own.

    What the old ones sealed cannot be shown any more; what was given away goes on.
    """
    keyring = storage.Keyring(place)
    with database.writing() as session:
        row = storage.read_store(session) or storage.set_store_id(session, storage.new_id(), now)
        row.key_mark = storage.mark_of(keyring)


def adopt_store(database: storage.Database, files: storage.FileStore, keyring: storage.Keyring, now: datetime) -> None:
    """Raises AnotherStore unless database, shelf and keys are those of one store; one of before is given its id here.

    A store that has an id starts while its shelf does not answer: whatever removes files asks again, each time.
    """
    try:
        on_shelf = files.read_id()  # before the row: whoever starts at the same time writes the row first
    except storage.Unavailable:
        if storage.find_store(database) is None:
            raise
        _settle_keys(database, keyring)
        return
    row = storage.find_store(database)
    if row is None and on_shelf:
        raise storage.AnotherStore(storage.store_difference(database, None, files, on_shelf))
    _settle_keys(database, keyring)
    if row is None or on_shelf is None:
        fault = why_unfit(database, files)
        if fault:
            raise storage.AnotherStore(fault)
    if row is None:
        with database.writing(alone=True) as session:
            row = storage.read_store(session) or storage.set_store_id(session, storage.new_id(), now)
    if on_shelf is None:
        on_shelf = files.write_id(row.id)
    if on_shelf != row.id:
        raise storage.AnotherStore(storage.store_difference(database, row.id, files, on_shelf))
    _settle_keys(database, keyring)
    if row.left_meanwhile:
        _forget_left(database, files, row.left_meanwhile)


def why_unfit(database: storage.Database, files: storage.FileStore) -> str:
    """Why a shelf without an id is not taken for that of *database*; "" when it is."""
    named = database.read(all_tables.files_in_use)
    if not named:
        if not has_files(files):
            return ""
        return (
            f"The database {storage.place_of(database)} names no file, and there are files in {files.place}:"
            f" {storage.ADDRESSES}. If these files are nobody's any more, move them away first."
        )
    asked, there = count_lying(files, named)
    if there >= asked * NEARLY_ALL:
        return ""
    return (
        f"Of {asked} files that the database {storage.place_of(database)} names, {there} are in {files.place}:"
        f" {storage.ADDRESSES}. Files that are lost are brought back with wallet restore."
    )


def count_lying(files: storage.FileStore, named: Collection[str]) -> tuple[int, int]:
    """How many of *named*, or of some chosen at random, were looked for, and how many of these lie there."""
    asked = secrets.SystemRandom().sample(sorted(named), min(len(named), SAMPLE))
    with ThreadPoolExecutor(storage.AT_ONCE) as together:
        return len(asked), sum(together.map(files.has, asked))


def has_files(files: storage.FileStore) -> bool:
    """Whether anything lies there."""
    return next(iter(files.names()), None) is not None


def is_bare(files: storage.FileStore) -> bool:
    """Whether nothing lies there, and it is no store's yet."""
    return files.read_id() is None and not has_files(files)


def _forget_left(database: storage.Database, files: storage.FileStore, left: list[str]) -> None:
    """Of what was gone when a backup was made, only what rows name still, and what lies nowhere, stays excused."""
    named = database.read(storage.needed_files, left)
    still = [name for name in left if name in named and not files.has(name)]
    if still != left:
        with database.writing() as session:
            session.execute(update(storage.StoreIdentity).values(left_meanwhile=still or None))


def unsealable(database: storage.Database, keys: storage.KeyPlace, now: datetime) -> list[str]:
    """What these keys cannot open of all that lasts still: `share 3`, `the code of share 3`, `letter 5`, `request 2` for a word,
    `petition 4`."""
    try:
        keyring = storage.Keyring(keys) if keys.exists() else None
    except storage.FaultyKeys:
        keyring = None
    if keyring is None:
        return []  # told as such
    still = (or_(Share.stopped_at.is_(None), Share.page_of.is_not(None)), Share.ends_at > now)  # a page opens again
    codes = select(Share.id, Passcode.code_sealed).join(Passcode, Passcode.share_id == Share.id)
    requests = select(EndorsementRequest.id, EndorsementRequest.token_sealed)
    petitions = select(shares.petitions.Petition.id, shares.petitions.Petition.token_sealed)
    asked = (
        ("share", shares.SEALED, select(Share.id, Share.token_sealed).where(*still).order_by(Share.id)),
        ("the code of share", shares.PASSCODE_SEAL, codes.where(*still).order_by(Share.id)),
        ("request", endorsements.SEALED, requests.where(endorsements.may_answer(now)).order_by(EndorsementRequest.id)),
        (
            "petition",
            shares.petitions.SEALED,
            petitions.where(shares.petitions.waits(now)).order_by(shares.petitions.Petition.id),
        ),
        ("letter", accounts.MAIL_PURPOSE, select(Mail.id, Mail.sealed).where(Mail.ends_at > now).order_by(Mail.id)),
    )
    with database.reading() as session:
        sealed = [(f"{what} {id}", it, purpose) for what, purpose, rows in asked for id, it in session.execute(rows)]
    return [what for what, content, purpose in sealed if content and not _is_open(keyring, content, purpose)]


def _holds_nobody_of_any_store(session: Session) -> bool:
    return storage.read_store(session) is None and session.scalar(select(accounts.Holder.id).limit(1)) is None


def _needs_keys(database: storage.Database) -> bool:
    row = storage.find_store(database)
    return database_dump.count_holders(database) > 0 or (row is not None and row.key_mark is not None)


def _settle_keys(database: storage.Database, keyring: storage.Keyring) -> None:
    """Raises AnotherStore for other keys; those of a store without a mark must open something of what it sealed."""
    row = storage.find_store(database)
    if row is None or row.key_mark is None:
        opened = [_is_open(keyring, *one) for one in database.read(_sealed)]
        if opened and not any(opened):
            raise storage.AnotherStore(
                f"None of the {len(opened)} newest things that this wallet sealed can be opened with these keys:"
                f" {storage.KEYS_BACK}"
            )
    if row is not None and row.key_mark is None:
        with database.writing() as session:
            mark = storage.mark_of(keyring)
            session.execute(
                update(storage.StoreIdentity).where(storage.StoreIdentity.key_mark.is_(None)).values(key_mark=mark)
            )
            row = storage.read_store(session)
    storage.check_store_keys(row, keyring)


def _sealed(session: Session) -> list[tuple[bytes, str]]:
    """The newest things that were sealed, each with its purpose."""
    tokens = session.scalars(select(Share.token_sealed).order_by(Share.id.desc()).limit(OPENED))
    codes = session.scalars(select(Mail.sealed).where(Mail.sealed.is_not(None)).order_by(Mail.id.desc()).limit(OPENED))
    return [(sealed, shares.SEALED) for sealed in tokens] + [(code, accounts.MAIL_PURPOSE) for code in codes if code]


def _is_open(keyring: storage.Keyring, sealed: bytes, purpose: str) -> bool:
    try:
        keyring.unseal(sealed, purpose)
    except storage.Unsealable:
        return False
    return True
