"""What an operator's tools see of a node: counts, health, logs; and nothing of the people in it (docs/monitoring.md)."""

from typing import TYPE_CHECKING

from .counting import count, lead
from .request_ids import HEADER, id_of_request

if TYPE_CHECKING:
    from .health import Health
    from .listener import why_deaf
    from .log_lines import JSON_LOGS, tell_request
    from .metrics import Metrics, shared_folder
    from .node import PAGES, Node, Room, Seen
    from .requests import RequestWatch
    from .timing import time_calls
else:
    _LATER = {
        **dict.fromkeys(("JSON_LOGS", "tell_request"), "log_lines"),
        **dict.fromkeys(("Metrics", "shared_folder"), "metrics"),
        "Health": "health",
        "why_deaf": "listener",
        "RequestWatch": "requests",
        **dict.fromkeys(("PAGES", "Node", "Room", "Seen"), "node"),
        "time_calls": "timing",
    }

    def __getattr__(name: str) -> object:
        """Loaded where WALLET_OPERATIONS or WALLET_LOG asks for it: whoever has set neither pays for neither."""
        if name not in _LATER:
            raise AttributeError(name)
        from importlib import import_module  # noqa: PLC0415  # see above

        return getattr(import_module(f".{_LATER[name]}", __name__), name)
