"""Sizes: bytes of a holder's moments, of a visitor's badges, of the texts of a moment. What is there is measured later, by a
chore: while this changes the schema others wait."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.create_table(
        "holder_sizes",
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("moments", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("badges", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("holder_id", name="pk_holder_sizes"),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_holder_sizes_holder_id", ondelete="CASCADE"),
    )
    op.create_table(
        "moment_sizes",
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.Column("texts", sa.BigInteger(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("evidence_id", name="pk_moment_sizes"),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name="fk_moment_sizes_evidence_id", ondelete="CASCADE"
        ),
    )
