"""Drafts that were written with the network off: which ones came, and what was made of each, so that each is kept once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.create_table(
        "sendings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=True),
        sa.Column("refused", DOCUMENT, nullable=False),
        sa.Column("wants_sentence", sa.Boolean(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sendings"),
        sa.UniqueConstraint("holder_id", "key", name="uq_sendings_holder_id"),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_sendings_holder_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_sendings_evidence_id", ondelete="SET NULL"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sendings_holder_id", "sendings", ["holder_id"])
    op.create_index("ix_sendings_evidence_id", "sendings", ["evidence_id"])
    op.create_index("ix_sendings_sent_at", "sendings", ["sent_at"])
