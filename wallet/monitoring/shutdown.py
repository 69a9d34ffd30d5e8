"""An end that is announced: a node that was asked to end still serves for a while, and says that it is not ready.

The balancer needs a look or two to see it; until then it sends people here, who would find nobody.
"""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def announced_end(seconds: float, announce: Callable[[], object]) -> Iterator[None]:
    """Whoever sends SIGTERM meanwhile ends the server of this process *seconds* later, and *announce* is called at once;
    who sends it twice does not wait for that. For the running loop; nothing happens where no server takes signals."""
    before = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    loop, is_announced = asyncio.get_running_loop(), False

    def asked(number: int, frame: FrameType | None) -> None:
        nonlocal is_announced
        if is_announced:
            before(number, frame)
            return
        is_announced = True
        announce()
        loop.call_soon_threadsafe(loop.call_later, seconds, before, number, None)

    signal.signal(signal.SIGTERM, asked)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGTERM) is asked:
            signal.signal(signal.SIGTERM, before)
