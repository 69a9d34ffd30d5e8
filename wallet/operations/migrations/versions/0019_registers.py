"""Registers of issuers: who vouches for whom, and what public lists say of organisations."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
PLAIN = sa.JSON(none_as_null=True)


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.bulk_insert(
        op.create_table(
            "trust_edition",
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("number", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint("id", name="pk_trust_edition"),
        ),
        [{"id": 1, "number": 1}],
    )
    op.create_table(
        "registers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("form", sa.String(20), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("address", sa.String(2000), nullable=False),
        sa.Column("anchor", sa.String(2000), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("etag", sa.String(300), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=True),
        sa.Column("next_update", MOMENT, nullable=True),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("failed_since", MOMENT, nullable=True),
        sa.Column("stale_after", MOMENT, nullable=True),
        sa.Column("waiting", sa.LargeBinary(), nullable=True),
        sa.Column("waiting_since", MOMENT, nullable=True),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_registers"),
        sa.UniqueConstraint("key", name="uq_registers_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_registers_due_at", "registers", ["due_at"])
    op.create_table(
        "register_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("match", sa.String(1000), nullable=False),
        sa.Column("ignoring", DOCUMENT, nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("siret", sa.String(14), nullable=False),
        sa.Column("vouched_by", sa.String(300), nullable=False),
        sa.Column("read_where", sa.String(2000), nullable=False),
        sa.Column("keys", DOCUMENT, nullable=False),
        sa.Column("scope", DOCUMENT, nullable=False),
        sa.Column("asks_at", sa.String(2000), nullable=False),
        sa.Column("since", MOMENT, nullable=True),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.Column("why", sa.String(10), nullable=False),
        sa.Column("read_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_register_rows"),
        sa.ForeignKeyConstraint(
            ["register_id"], ["registers.id"], name="fk_register_rows_register_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("register_id", "match", name="uq_register_rows_register_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "facts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("register_id", sa.Integer(), nullable=False),
        sa.Column("siret", sa.String(14), nullable=False),
        sa.Column("nda", sa.String(11), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("marks", DOCUMENT, nullable=False),
        sa.Column("host", sa.String(253), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_facts"),
        sa.ForeignKeyConstraint(["register_id"], ["registers.id"], name="fk_facts_register_id", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    for column in ("register_id", "siret", "host"):
        op.create_index(f"ix_facts_{column}", "facts", [column])
    op.create_table(
        "register_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("register", sa.String(40), nullable=False),
        sa.Column("match", sa.String(1000), nullable=False),
        sa.Column("before", PLAIN, nullable=True),
        sa.Column("after", PLAIN, nullable=True),
        sa.Column("by", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_register_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_register_changes_at", "register_changes", ["at"])
