"""The number of a request: ours, random, never taken from outside. It stands in its log lines, and on the page of a fault."""

import secrets
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any

HEADER = "X-Request-Id"
_NAME = "request_id"
_current: ContextVar[str] = ContextVar(_NAME, default="")


def id_of_request(scope: MutableMapping[str, Any]) -> str:
    """The number of the request of *scope*, made when it is first asked for: ten hexadecimal digits, short enough to be told
    by telephone. From then on it is the current one."""
    state: dict[str, Any] = scope.setdefault("state", {})
    if _NAME not in state:
        state[_NAME] = secrets.token_hex(5)
        _current.set(state[_NAME])
    found: str = state[_NAME]
    return found


def current_request_id() -> str:
    """The number of the request for which this task or thread works; "" for none that was numbered."""
    return _current.get()
