"""What the nodes of one wallet must have in common, and what an operator reads where they have not."""

from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from tests.durability.client import Person
from tests.fixtures.nodes import goes_to, nodes, typed

pytestmark = [pytest.mark.soak, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]


def test_a_node_with_other_keys_does_not_serve_and_says_why(database_url: str, s3_url: str, tmp_path: Path):
    with nodes(tmp_path, database_url, s3_url, 1) as (node,):
        made = typed(node, "make-keys", "others.json")
        assert made.returncode == 0
        others = (node.folder / "others.json").read_text()

        served = typed(node, "serve", "--port", "1", KEYS_OF_ALL_NODES=others)
        looked = typed(node, "check-store", KEYS_OF_ALL_NODES=others)

        assert served.returncode == looked.returncode == 1
        for said in (served.stderr, looked.stdout):
            assert "These keys are not those of this wallet" in said
        assert "Traceback" not in served.stderr + looked.stderr
        # Nor does one that makes its own.
        alone = typed(node, "serve", "--port", "1", WALLET_KEYS="var/keys.json", KEYS_OF_ALL_NODES="")
        assert alone.returncode == 1
        assert "None were made." in alone.stderr
        assert not (node.folder / "var/keys.json").exists()


def test_who_left_by_node_2_is_gone_again_after_node_1_restored_an_older_backup(
    database_url: str, s3_url: str, tmp_path: Path
):
    with nodes(tmp_path, database_url, f"{s3_url}/instance") as (first, second), ExitStack() as ending:
        maria, youssef = (
            ending.enter_context(Person(first.origin, Random(seed)))  # noqa: S311  # chance, and no secret
            for seed in (1, 2)
        )
        for person in (maria, youssef):
            person.begin()
            person.add()
        taken = typed(first, "backup", "backups")
        assert taken.returncode == 0, taken.stderr
        assert "The keys in env:KEYS_OF_ALL_NODES are kept in it as well" in taken.stdout

        goes_to(second, maria)
        maria.erase()
        assert maria.is_erased
        second.stop()
        first.stop()
        back = typed(first, "restore", "backups", "--replace")
        assert back.returncode == 0, back.stderr
        assert "The ledger has 1 lines" in back.stdout
        first.start()

        goes_to(first, maria)
        maria.look()
        youssef.look()
        looked = typed(first, "check-store")
        assert looked.returncode == 0, looked.stdout
        assert not (first.folder / "var/erasures").exists()
