"""Log lines as one JSON object each (WALLET_LOG=json): for tools, and without people.

    time     UTC, ISO 8601
    level    info, warning, error
    node     the name of the machine
    request  the number of the request, which its answer bears (X-Request-Id)
    message  a sentence of ours; of a request the word « request », with:
    route    its name in the map of addresses, `none` where it fits none
    status   of the answer; 0 where whoever asked was gone first
    ms       what it took

Never a path, a query, an address, a browser or a holder.
"""

import json
import logging
import platform
from datetime import UTC, datetime
from typing import Any

from .request_ids import current_request_id

JSON_LOGS: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "wallet.monitoring.log_lines.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"wallet": {"level": "INFO"}, "uvicorn": {"level": "INFO"}},
}
"""For logging.config, in place of uvicorn's own."""
requests = logging.getLogger("wallet.requests")


class JsonLines(logging.Formatter):
    """Writes each record as one line."""

    def __init__(self) -> None:
        super().__init__()
        self.node = platform.node()

    def format(self, record: logging.LogRecord) -> str:
        """The line of *record*; the trace of a fault is a text in it."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "node": self.node,
            "request": current_request_id(),
            "message": record.getMessage(),
            **getattr(record, "told", {}),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps({name: value for name, value in line.items() if value != ""}, ensure_ascii=False)


def tell_request(route: str, status: int, seconds: float) -> None:
    """Write down that a request was answered."""
    requests.info("request", extra={"told": {"route": route, "status": status, "ms": round(seconds * 1000, 1)}})
