"""How long another tree of the wallet takes for one badge, for bench/verify.py --beside: one order a line in, one answer out, JSON.

Run with that tree in PYTHONPATH; of it only openbadges.examine is used. Times are those of the processor.
"""

import json
import sys
from datetime import UTC, datetime
from time import perf_counter, process_time

from wallet import openbadges


def offline(address: str) -> openbadges.Fetched:
    raise openbadges.Unreachable(address, "offline")


NOW = datetime.now(UTC)

for line in sys.stdin:
    order = json.loads(line)
    badge, times, found, end = order["badge"].encode(), [], None, perf_counter() + order["seconds"]
    while perf_counter() < end or found is None:
        begin = process_time()
        found = openbadges.examine(badge, offline, NOW)
        times.append(process_time() - begin)
    state = found.state if found else ""
    sys.stdout.write(json.dumps({"times": times, "refused": "" if state == "valid" else state}) + "\n")
    sys.stdout.flush()
