"""The operator's own register, for others: in the form that verifiers of the Digital Credentials Consortium read.

Only what is in force, and nothing that the form has no place for: a reader would take no notice of it.
Source: github.com/digitalcredentials/issuer-registry-client, src/types.ts; docs/decisions.md 35.
"""

import json
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .. import openbadges
from ..trust import OPERATOR
from .differences import is_in_force
from .importing import rows_of
from .models import KeptRegister, RegisterChange, RegisterRow

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def publish_register(session: Session, now: datetime) -> tuple[str, datetime | None]:
    """The register as JSON, and until when it is right where nothing is changed in it."""
    rows, until = published_rows(session, now)
    mine = RegisterChange.register == OPERATOR
    first, last = (session.scalar(select(one(RegisterChange.at)).where(mine)) or _NEVER for one in (func.min, func.max))
    written = {
        "meta": {"created": first.isoformat(), "updated": last.isoformat()},
        "registry": {row.match: {"name": row.name, "location": "", "url": _site(row)} for row in rows},
    }
    return json.dumps(written, ensure_ascii=False), until


def published_rows(session: Session, now: datetime) -> tuple[list[RegisterRow], datetime | None]:
    """What of the operator's register is for others, and until when that is right where nothing is changed in it."""
    register = own_register(session)
    stale_after = register.stale_after if register else None
    is_believed = register is not None and is_fresh(register, now)
    rows = rows_of(session, register) if is_believed else []
    ends = [one for row in rows for one in (row.since, row.until, stale_after) if one and one > now]
    return [row for row in rows if is_for_others(row, now)], min(ends, default=None)


def own_register(session: Session) -> KeptRegister | None:
    """The operator's register, for whoever only looks: nobody waits for them."""
    return session.scalar(select(KeptRegister).where(KeptRegister.key == OPERATOR))


def is_fresh(register: KeptRegister, now: datetime) -> bool:
    """Whether the register is believed still: else no page of ours believes it either."""
    return not register.stale_after or now < register.stale_after


def is_for_others(row: RegisterRow, now: datetime) -> bool:
    """Whether *row* is in force, and whole: one for some keys or frameworks alone would be read as one for all of them."""
    return not row.keys and not row.scope and is_in_force(row, now) and (row.since is None or row.since <= now)


def _site(row: RegisterRow) -> str:
    host = openbadges.host_of(row.match)
    return f"https://{host}" if host else ""
