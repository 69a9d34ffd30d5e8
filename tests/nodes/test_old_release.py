"""An old release and a new one side by side on the schema of the new one; the old one is started again, and serves.

The old one is the commit that OLD_RELEASE names, or the present one; the new one is what stands here, a migration ahead.
"""

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from random import Random

import pytest

from tests.durability.client import Person
from tests.durability.test_kills import when_it_answers
from tests.fixtures.nodes import goes_to, settings_of_nodes
from tests.fixtures.server import Server

pytestmark = [pytest.mark.soak, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]
PROJECT = Path(__file__).parents[2]
OLD = os.environ.get("OLD_RELEASE", "HEAD")
AHEAD = '''"""A release ahead."""

import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{before}"


def upgrade() -> None:
    op.add_column("holders", sa.Column("colour", sa.String(9), nullable=True))
    op.add_column("badges", sa.Column("weight", sa.Integer(), nullable=False, server_default="0"))
'''


class Release(Server):
    """A node that runs what stands in *tree*."""

    def __init__(self, tree: Path, folder: Path, **settings: str) -> None:
        folder.mkdir()
        super().__init__(folder, **settings)
        self.tree = tree

    def _execute(self, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
        program = "from wallet.cli.commands import main; main(['serve'], prog_name='wallet')"
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", program],
                cwd=self.folder,
                env=environment | {"PYTHONPATH": str(self.tree)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The tree of the old release."""
    tree = tmp_path / "old"
    packed = subprocess.run(["git", "archive", OLD, "wallet"], cwd=PROJECT, capture_output=True, check=False)
    if packed.returncode:
        pytest.skip(f"git has no {OLD} here")
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
        archive.extractall(tree, filter="data")
    _with_what_npm_brings(tree)
    return tree


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """The tree of the new release: the present one, and one more migration."""
    tree = tmp_path / "new"
    shutil.copytree(PROJECT / "wallet", tree / "wallet", ignore=shutil.ignore_patterns("__pycache__"))
    versions = tree / "wallet/operations/migrations/versions"
    newest = max(path.name[:4] for path in versions.glob("[0-9]*.py"))
    (versions / "9000_ahead.py").write_text(AHEAD.format(before=newest))
    return tree


def _with_what_npm_brings(tree: Path) -> None:
    vendor = "wallet/static/vendor"
    if not (tree / vendor).exists():
        shutil.copytree(PROJECT / vendor, tree / vendor)


@pytest.fixture
def ending() -> Iterator[ExitStack]:
    with ExitStack() as ending:
        yield ending


def test_the_old_release_serves_beside_the_new_one_and_is_restarted(
    database_url: str, s3_url: str, tmp_path: Path, old: Path, new: Path, ending: ExitStack
):
    settings = settings_of_nodes(tmp_path, database_url, s3_url)
    first, second = (Release(tree, tmp_path / f"node-{tree.name}", **settings) for tree in (old, new))
    for node in (first, second):
        ending.callback(node.kill)
    first.start()
    maria, youssef = (ending.enter_context(Person(first.origin, Random(seed))) for seed in (1, 2))  # noqa: S311
    for person in (maria, youssef):
        when_it_answers(lambda person=person: person.begin() or 0)

    second.start()  # it migrates under the old one
    goes_to(second, youssef)
    for _ in range(25):
        maria.act()
        youssef.act()
    first.kill()
    first.start()

    assert "is at revision 9000, this wallet at " in first.log
    assert "which is older and may run on it" in first.log
    assert "Traceback" not in first.log + second.log
    goes_to(first, youssef)  # each on the other release
    goes_to(second, maria)
    for _ in range(25):
        maria.act()
        youssef.act()
    assert min(maria.look(), youssef.look()) > 5
    youssef.erase()
    assert youssef.is_erased
    goes_to(second, youssef)
    youssef.look()
