"""Which skills employers ask for, and whose shares answer them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.create_table(
        "calls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("owner_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("employer", sa.String(80), nullable=False),
        sa.Column("places", DOCUMENT, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.Column("reasons", DOCUMENT, nullable=True),
        sa.Column("reported_at", MOMENT, nullable=True),
        sa.Column("report_closed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
        sa.UniqueConstraint("code", name="uq_calls_code"),
        sa.UniqueConstraint("owner_hash", name="uq_calls_owner_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_calls_ends_at", "calls", ["ends_at"])
    op.create_table(
        "call_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("share_id", sa.Integer(), nullable=False),
        sa.Column("answered_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_call_answers"),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_call_answers_holder_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_call_answers_call_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["share_id"], ["shares.id"], name="fk_call_answers_share_id", ondelete="CASCADE"),
        sa.UniqueConstraint("share_id", name="uq_call_answers_share_id"),
        sqlite_autoincrement=True,
    )
    for column in ("call_id", "holder_id"):
        op.create_index(f"ix_call_answers_{column}", "call_answers", [column])
