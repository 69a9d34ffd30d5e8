"""Whom and what every test may ask for."""

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.fixtures.in_memory import memory_with_room
from wallet import attachments, children, database, pools, postgresql

pytest_plugins = [
    "tests.fixtures.archived",
    "tests.fixtures.browser",
    "tests.fixtures.cameras",
    "tests.fixtures.chore",
    "tests.fixtures.clockwork",
    "tests.fixtures.erased",
    "tests.fixtures.examined",
    "tests.fixtures.lossy",
    "tests.fixtures.mail",
    "tests.fixtures.mailboxes",
    "tests.fixtures.papers",
    "tests.fixtures.people",
    "tests.fixtures.postgres",
    "tests.fixtures.recordings",
    "tests.fixtures.s3",
    "tests.fixtures.server",
    "tests.fixtures.small_disk",
    "tests.fixtures.strangers",
    "tests.fixtures.visits",
    "tests.fixtures.walls",
    "tests.fixtures.webkit",
]

# A machine that does other things as well stalls for seconds: it is slow, not wrong.
settings.register_profile("patient", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("patient"), max_examples=300)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "patient"))
database.WAIT = postgresql.STATEMENT = postgresql.PLACE = 60
children.TRIAL = children.PATIENCE = attachments.PATIENCE = pools.PATIENCE = 120


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


def pytest_collection_finish() -> None:
    """What was collected stays to the end: to look through it again and again for what may go took a sixth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)
