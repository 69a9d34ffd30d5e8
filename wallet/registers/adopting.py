"""The operator's own file, WALLET_ISSUERS: the wallet takes it at its first start; from then on the database counts.

Several workers start at once, and several machines may have other files: whoever comes second changes nothing, and says
so where their file says something else.
"""

import logging
from collections import Counter
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ..trust import OPERATOR, FaultyRegister, read_own_file, read_register_file
from .differences import Change
from .edition import raise_edition
from .importing import Source, compare, find_register, import_register, note_change

BY = "the start of the wallet"
log = logging.getLogger("wallet")


def adopt_file(session: Session, path: Path | None, operator: str, now: datetime) -> None:
    """Keep what the file at *path* says as the operator's register, where they have none yet; *operator* is their name.

    Where they have one it stays as it is, and the log says in a sentence whether the file is another one. A file that
    cannot be used any more changes nothing either.
    """
    register = find_register(session, OPERATOR)
    if register and operator and not register.name:
        note_change(session, OPERATOR, BY, now, before={"name": ""}, after={"name": operator})
        register.name = operator
        raise_edition(session)
    if path is None:
        return
    try:
        content, read = read_register_file(path), read_own_file(path, now)
        if register is None:
            source = Source(key=OPERATOR, content=content, name=read.name or operator, kind="operator")
            try:
                with session.begin_nested():
                    import_register(session, source, read, BY, now, says=True)
                return
            except IntegrityError:  # another worker was first
                pass
        told = compare(session, OPERATOR, read, now).changes
    except FaultyRegister as problem:
        log.warning("WALLET_ISSUERS names a file, %s, that %s", path, problem.faults[0])
        return
    with_end = {one.match for one in read.entries if one.until}  # the others are prolonged whenever they are read
    if different := [one for one in told if one.kind != "prolonged" or one.match in with_end]:
        log.warning(
            "WALLET_ISSUERS names a file, %s, that is not what this wallet goes by (%s): see it with"
            " wallet issuers import %s --as %s, and keep it with --keep behind that",
            path,
            _counted(different),
            path,
            OPERATOR,
        )


def _counted(changes: list[Change]) -> str:
    numbers = Counter(one.kind for one in changes)
    return ", ".join(f"{number} {kind}" for kind, number in sorted(numbers.items()))
