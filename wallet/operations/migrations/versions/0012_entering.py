"""Mailed codes: of one that lives, the letter again, and the tries of each browser. Badges that came unasked, and wait.

Challenges: which browser may answer.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from wallet.operations.migrations.altering import altered

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Bring the schema one step forward."""
    with altered("mailed_codes") as codes:
        codes.add_column(sa.Column("sealed", sa.LargeBinary(), nullable=True))
        codes.add_column(sa.Column("letters_at", DOCUMENT, nullable=True))
    with altered("challenges") as challenges:
        challenges.add_column(sa.Column("browser", sa.LargeBinary(32), nullable=True))
    with altered("badges") as badges:
        badges.add_column(sa.Column("unasked", sa.Boolean(), nullable=True))
    with altered("holders") as holders:
        holders.add_column(sa.Column("waits_for_id", sa.Integer(), nullable=True))
        holders.create_foreign_key("fk_holders_waits_for_id", "holders", ["waits_for_id"], ["id"], ondelete="CASCADE")
        holders.create_index("ix_holders_waits_for_id", ["waits_for_id"])
    op.create_table(
        "mailed_code_tries",
        sa.Column("code_id", sa.Integer(), nullable=False),
        sa.Column("browser", sa.LargeBinary(32), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code_id", "browser", name="pk_mailed_code_tries"),
        sa.ForeignKeyConstraint(
            ["code_id"], ["mailed_codes.id"], name="fk_mailed_code_tries_code_id", ondelete="CASCADE"
        ),
    )
