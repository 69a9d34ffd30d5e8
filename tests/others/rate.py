"""How long PyPI's openbadgeslib takes to verify a badge, for bench/verify.py: one order a line in, one answer out, JSON.

The time is taken in here, around the verifying alone, and is that of the processor. Run by .venv-others alone, as issue.py is.
"""

import json
import sys
from time import perf_counter, process_time

from openbadgeslib.ob3 import OB3LdpVerifier, OB3VerificationError

VERIFIER = OB3LdpVerifier()


def refused(badge: str) -> str:
    """Why *badge* is refused; "" when it is not."""
    try:
        VERIFIER.verify(badge)
    except OB3VerificationError as problem:
        return str(problem)
    return ""


for line in sys.stdin:
    order = json.loads(line)
    times, why, end = [], "", perf_counter() + order["seconds"]
    while perf_counter() < end or not times:
        begin = process_time()
        why = refused(order["badge"])
        times.append(process_time() - begin)
    sys.stdout.write(json.dumps({"times": times, "refused": why}) + "\n")
    sys.stdout.flush()
