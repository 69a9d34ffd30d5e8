"""Migrations from 0009 on only add: a wallet of before goes on working on the new schema while the next one is rolled out.

What must go goes one release later. The files are read, not run; each kind of fault is made once below.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

VERSIONS = Path(__file__).parents[1] / "wallet" / "migrations" / "versions"
FIRST = "0009"
ADDS = {"create_table", "add_column", "create_index"}
"""What only adds; an index of a table that was there before is made without blocking it."""


def faults(source: str) -> list[str]:
    """What of a migration would break or block a wallet of before, a sentence each."""
    tree = ast.parse(source)
    new = {name_of(call) for call in calls(tree) if call.func.attr == "create_table"}
    return [fault for call in calls(tree) if (fault := fault_of(call, new))]


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    """Every call of a method of `op`, or of a batch of it."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
        ) and node.func.value.id in {"op", "batch"}:
            yield node


def fault_of(call: ast.Call, new: set[str]) -> str:
    """What is wrong with one call, "" for nothing."""
    done = call.func.attr
    if done not in ADDS:
        return f"line {call.lineno}: op.{done} does more than add"
    if done == "add_column" and not is_harmless(call.args[-1]):
        return f"line {call.lineno}: a column of a table that is there is nullable or has a server default"
    if done == "create_index" and table_of(call) not in new and not is_told(call, "postgresql_concurrently"):
        return f"line {call.lineno}: an index of a table that is there is made concurrently"
    return ""


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
        (
            'op.add_column("badges", sa.Column("size", sa.Integer(), nullable=False))',
            "nullable or has a server default",
        ),
        ('op.create_index("ix_badges_size", "badges", ["size"])', "made concurrently"),
    ],
)
def test_what_would_break_a_wallet_of_before_is_told(line: str, told: str):
    (fault,) = faults(line)

    assert told in fault


@pytest.mark.parametrize(
    "line",
    [
        'op.add_column("badges", sa.Column("size", sa.Integer(), nullable=True))',
        'op.add_column("badges", sa.Column("size", sa.Integer(), nullable=False, server_default="0"))',
        'op.create_table("stores", sa.Column("id", sa.Integer()))\nop.create_index("ix_stores_id", "stores", ["id"])',
        'op.create_index("ix_badges_size", "badges", ["size"], postgresql_concurrently=True)',
    ],
)
def test_what_only_adds_is_no_fault(line: str):
    assert faults(line) == []
