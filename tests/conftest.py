"""Whom and what every test may ask for."""

import gc
import os
from collections.abc import Iterator
from time import monotonic

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.fixtures.in_memory import memory_with_room
from wallet.concurrency import pools
from wallet.evidence import attachments
from wallet.operations import cleanup
from wallet.sandbox import child
from wallet.storage import database, postgresql

pytest_plugins = [
    "tests.fixtures.archived",
    "tests.fixtures.browser",
    "tests.fixtures.cameras",
    "tests.fixtures.chore",
    "tests.fixtures.clockwork",
    "tests.fixtures.codes",
    "tests.fixtures.erased",
    "tests.fixtures.examined",
    "tests.fixtures.failures",
    "tests.fixtures.firefox",
    "tests.fixtures.forks",
    "tests.fixtures.lossy",
    "tests.fixtures.mail",
    "tests.fixtures.mailboxes",
    "tests.fixtures.badge_files",
    "tests.fixtures.people",
    "tests.fixtures.postgres",
    "tests.fixtures.recordings",
    "tests.fixtures.s3",
    "tests.fixtures.server",
    "tests.fixtures.small_disk",
    "tests.fixtures.statements",
    "tests.fixtures.served_fablab",
    "tests.fixtures.strangers",
    "tests.fixtures.together",
    "tests.fixtures.visits",
    "tests.fixtures.walls",
    "tests.fixtures.webkit",
]

AROUND = {"app", "database_url", "playwright", "postgres_url", "s3", "serve", "server", "zygote"}
SLOW = {"browser", "slow", "soak", "words"}
"""Fixtures and marks of tests that are no units."""

# A machine that does other things as well stalls for seconds: it is slow, not wrong.
# Its examples are the same each time: what nobody thought of is looked for in `make soak`, where no landing hangs on it.
# What it finds it tells as it was found: to look for the least that does the same took minutes of a red run.
settings.register_profile(
    "patient",
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "thorough", settings.get_profile("patient"), max_examples=300, derandomize=False, phases=list(Phase)
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "patient"))
database.WAIT = postgresql.STATEMENT_LIMIT = postgresql.PLACE = 60
child.TRIAL = child.PATIENCE = attachments.PATIENCE = pools.PATIENCE = 120


@pytest.fixture(autouse=True)
def _just_started() -> None:
    """In its first hour a process sweeps nothing, and a run of tests may take longer: each begins in that hour."""
    cleanup.BEGAN = monotonic()


@pytest.fixture(autouse=True)
def _rights() -> Iterator[None]:
    """`wallet serve` keeps what it makes for itself: a test that calls it in this process does so for no other test."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def pytest_configure() -> None:
    """What tests write lies in memory where that has room: no test waits for a disk, and none asks one to lose its power."""
    if in_memory := memory_with_room():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(in_memory))


def pytest_sessionstart() -> None:
    """Nothing of what is collected goes before the end."""
    gc.disable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Say what `make quick` asks (tests with nothing around them that is started, made or served), and what is breadth.

    `@pytest.mark.breadth(beside=[id, …])`: these of its cases stand for the others, and are none.
    """
    named, there = set(), set()
    for item in items:
        function, _, case = item.nodeid.rstrip("]").partition("[")
        beside = {one for marker in item.iter_markers("breadth") for one in marker.kwargs.get("beside", ())}
        named |= {(function, one) for one in beside}
        there.add((function, case))
        if case in beside:
            item.own_markers[:] = [marker for marker in item.own_markers if marker.name != "breadth"]
        is_alone = AROUND.isdisjoint(getattr(item, "fixturenames", ()))
        if is_alone and not any(marker.name in SLOW for marker in item.iter_markers()):
            item.add_marker(pytest.mark.unit)
    if config.args == config.getini("testpaths") and (missing := named - there):
        raise pytest.UsageError(f"No such case stands for the others: {sorted(missing)}")


def pytest_collection_finish() -> None:
    """What was collected stays to the end: to look through it again and again for what may go took a sixth of a run.

    Nor is it looked through once: the little that might go took each worker most of a second.
    """
    gc.freeze()
    gc.set_threshold(50_000)
    gc.enable()
