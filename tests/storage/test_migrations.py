"""Migrations from 0009 on only add: a wallet of before goes on working on the new schema while the next one is rolled out.

What must go goes one release later, by a migration that says so (docs/operating.md, upgrades). The files are read, not run; each kind of fault is made once below.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

VERSIONS = Path(__file__).parents[2] / "wallet" / "operations" / "migrations" / "versions"
FIRST = "0009"
CONCURRENTLY = "postgresql_concurrently"
ADDS = {"create_table", "add_column", "create_index", "create_foreign_key", "get_bind"}
"""What only adds, or only looks which database it is. An index or a reference of a column that was there before would block whoever writes there meanwhile;
of one that the same migration adds it is made over nothing."""


def faults(source: str) -> list[str]:
    """What of a migration would break or block a wallet of before, a sentence each.

    One that says `contract = "release"` takes away what no wallet needs any more, and from which one on that is so.
    """
    tree = ast.parse(source)
    told = dict(constants(tree))
    if told.get("contract") == "release":
        return [] if told.get("reads_from") else ["a contract says from which wallet on it is understood: reads_from"]
    done = list(calls(tree))
    new = {name_of(call) for call in done if verb(call) == "create_table"}
    added = {column_of(call.args[-1]) for call in done if verb(call) == "add_column" and call.args}
    return [fault for call in done if (fault := fault_of(call, new, added))]


def constants(tree: ast.Module) -> Iterator[tuple[str, object]]:
    """The names of the module that are given one value, and this."""
    for node in tree.body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        ):
            yield node.targets[0].id, node.value.value


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    """Every call of a method of `op`, and of a table that is being altered (migrations/altering.py)."""
    altered = {
        item.optional_vars.id
        for node in ast.walk(tree)
        if isinstance(node, ast.With)
        for item in node.items
        if isinstance(item.optional_vars, ast.Name)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in {"op"} | altered
        ):
            yield node


def verb(call: ast.Call) -> str:
    assert isinstance(call.func, ast.Attribute)
    return call.func.attr


def fault_of(call: ast.Call, new: set[str], added: set[str]) -> str:
    """What is wrong with one call, "" for nothing."""
    done = verb(call)
    if (
        done == "bulk_insert"
        and call.args
        and isinstance(call.args[0], ast.Call)
        and verb(call.args[0]) == "create_table"
    ):
        return ""  # the first rows of a table that nobody knew before
    if done not in ADDS:
        return f"line {call.lineno}: {done} does more than add"
    if done == "add_column" and not is_harmless(call.args[-1]):
        return f"line {call.lineno}: a column of a table that is there is nullable or has a server default"
    is_over_nothing = columns_of(call) <= added or table_of(call) in new
    if done in {"create_index", "create_foreign_key"} and not is_over_nothing and not is_told(call, CONCURRENTLY):
        return (
            f"line {call.lineno}: an index of a table that is there is made concurrently (altering.make_index_beside)"
        )
    return ""


def columns_of(call: ast.Call) -> set[str]:
    """The columns that it names: its first list."""
    lists = (one for one in call.args if isinstance(one, ast.List))
    return {str(one.value) for one in next(lists, ast.List(elts=[])).elts if isinstance(one, ast.Constant)} or {""}


def column_of(column: ast.expr) -> str:
    return name_of(column) if isinstance(column, ast.Call) else ""


def is_harmless(column: ast.expr) -> bool:
    """Whether a wallet that does not know the column can write its rows."""
    if not isinstance(column, ast.Call):
        return False
    told = {word.arg: word.value for word in column.keywords}
    nullable = told.get("nullable")
    is_nullable = nullable is None or (isinstance(nullable, ast.Constant) and nullable.value is True)
    return is_nullable or "server_default" in told


def is_told(call: ast.Call, name: str) -> bool:
    return any(word.arg == name and isinstance(word.value, ast.Constant) and word.value.value for word in call.keywords)


def name_of(call: ast.Call) -> str:
    return str(call.args[0].value) if call.args and isinstance(call.args[0], ast.Constant) else ""


def table_of(call: ast.Call) -> str:
    return str(call.args[1].value) if len(call.args) > 1 and isinstance(call.args[1], ast.Constant) else ""


@pytest.mark.parametrize(
    "path", sorted(path for path in VERSIONS.glob("0*.py") if path.name >= FIRST), ids=lambda p: p.stem
)
def test_a_migration_only_adds(path: Path):
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('op.drop_column("badges", "plate")', "does more than add"),
        ('op.drop_table("badges")', "does more than add"),
        ('op.alter_column("badges", "plate", new_column_name="white")', "does more than add"),
        ('op.execute("DELETE FROM badges")', "does more than add"),
        ('op.rename_table("badges", "credentials")', "does more than add"),
        ('op.bulk_insert(badges, [{"id": 1}])', "does more than add"),
        (
            'op.add_column("badges", sa.Column("size", sa.Integer(), nullable=False))',
            "nullable or has a server default",
        ),
        ('op.create_index("ix_badges_size", "badges", ["size"])', "made concurrently"),
        ('with altered("badges") as badges:\n    badges.drop_column("plate")', "does more than add"),
        (
            'with altered("badges") as badges:\n    badges.create_index("ix_badges_plate", ["plate"])',
            "made concurrently",
        ),
    ],
)
def test_what_would_break_a_wallet_of_before_is_told(line: str, told: str):
    (fault,) = faults(line)

    assert told in fault


def test_what_takes_away_says_that_it_does_and_who_understands_what_is_left():
    drops = 'op.drop_column("badges", "plate")'

    assert faults(f'contract = "release"\nreads_from = "0031"\n{drops}') == []
    assert "reads_from" in faults(f'contract = "release"\n{drops}')[0]
    assert "does more than add" in faults(f'contract = "some day"\nreads_from = "0031"\n{drops}')[0]


@pytest.mark.parametrize(
    "line",
    [
        'op.add_column("badges", sa.Column("size", sa.Integer(), nullable=True))',
        'op.add_column("badges", sa.Column("size", sa.Integer(), nullable=False, server_default="0"))',
        'op.create_table("stores", sa.Column("id", sa.Integer()))\nop.create_index("ix_stores_id", "stores", ["id"])',
        'op.bulk_insert(op.create_table("stores", sa.Column("id", sa.Integer())), [{"id": 1}])',
        'op.create_index("ix_badges_size", "badges", ["size"], postgresql_concurrently=True)',
        'op.add_column("badges", sa.Column("size", sa.Integer()))\nop.create_index("ix_badges_size", "badges", ["size"])',
    ],
)
def test_what_only_adds_is_no_fault(line: str):
    assert faults(line) == []
