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
from .importing import find_register, rows_of
from .models import RegisterChange, RegisterRow

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def publish_register(session: Session, now: datetime) -> tuple[str, datetime | None]:
    """The register as JSON, and until when it is right where nothing is changed in it."""
    register = find_register(session, OPERATOR)
    stale_after = register.stale_after if register else None
    is_believed = not stale_after or now < stale_after  # else no page of ours believes it either
    rows = rows_of(session, register) if is_believed else []
    # A row for some keys or frameworks alone would be read as one for all of them.
    whole = [row for row in rows if not row.keys and not row.scope]
    begun = [row for row in whole if is_in_force(row, now) and (row.since is None or row.since <= now)]
    mine = RegisterChange.register == OPERATOR
    first, last = (session.scalar(select(one(RegisterChange.at)).where(mine)) or _NEVER for one in (func.min, func.max))
    written = {
        "meta": {"created": first.isoformat(), "updated": last.isoformat()},
        "registry": {row.match: {"name": row.name, "location": "", "url": _site(row)} for row in begun},
    }
    ends = [one for row in rows for one in (row.since, row.until, stale_after) if one and one > now]
    return json.dumps(written, ensure_ascii=False), min(ends, default=None)


def _site(row: RegisterRow) -> str:
    host = openbadges.host_of(row.match)
    return f"https://{host}" if host else ""
