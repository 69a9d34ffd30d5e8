"""How the C library keeps memory for us: in few pools, and given back once it is quiet.

glibc gives threads that wait for it pools of their own, up to eight a core, and each keeps what its busiest moment took.
Forty threads that answer people, and now and then read an archive, make that grow for hours: half of what was seen to grow
under mixed traffic was in such pools (bench/memory.py).
"""

import ctypes

POOLS = 2
_M_ARENA_MAX = -8
"""Source: glibc, malloc.h."""


def limit_memory_pools() -> bool:
    """Let threads share POOLS pools from now on; False where the C library is another one, which has none."""
    return _call("mallopt", _M_ARENA_MAX, POOLS)


def return_memory() -> bool:
    """Give what is free back to the system; False where there was nothing, or the C library is another one."""
    return _call("malloc_trim", 0)


def _call(name: str, *what: int) -> bool:
    try:
        function = getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError):
        return False
    return bool(function(*what))
