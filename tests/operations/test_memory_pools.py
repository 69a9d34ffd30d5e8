"""Threads share few pools of memory: asked of the C library itself, in a process of its own."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from wallet.operations import memory_pools

BUSY = """
import ctypes, sys, threading
import memory_pools
if sys.argv[1] == "few":
    assert memory_pools.limit_memory_pools()
together = threading.Barrier(16)
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
def work():
    together.wait()
    for _ in range(200):
        assert libc.malloc(5000)
threads = [threading.Thread(target=work) for _ in range(16)]
[one.start() for one in threads]
[one.join() for one in threads]
memory_pools.return_memory()
libc.malloc_stats()
"""


def pools(how: str) -> int:
    """With the file of `memory_pools` alone: to load the package that it is in takes a second each time."""
    here = Path(memory_pools.__file__).parent
    told = subprocess.run([sys.executable, "-c", BUSY, how], cwd=here, capture_output=True, text=True, check=True)
    return told.stderr.count("Arena ")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has no such pools")
@pytest.mark.breadth
def test_sixteen_threads_share_two_pools():
    assert pools("few") <= memory_pools.POOLS
    assert pools("as ever") > memory_pools.POOLS


def test_where_the_c_library_is_another_one_nothing_happens(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(memory_pools.ctypes, "CDLL", lambda _: object())

    assert not memory_pools.limit_memory_pools()
    assert not memory_pools.return_memory()
