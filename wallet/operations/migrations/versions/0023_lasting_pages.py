"""Shares: the one page of a holder that has no end, what it shows besides badges, who let it be seen again. Photos of holders, and
what they look for."""

import sqlalchemy as sa
from alembic import op

from wallet.operations.migrations.altering import altered

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Bring the schema one step forward."""
    with altered("holders") as holders:
        holders.add_column(sa.Column("sought", sa.String(60), nullable=False, server_default=sa.text("''")))
    with altered("shares") as shares:
        shares.add_column(sa.Column("is_page", sa.Boolean(), nullable=False, server_default=sa.false()))
        shares.add_column(sa.Column("page_of", sa.Integer(), nullable=True))
        shares.add_column(sa.Column("shows_photo", sa.Boolean(), nullable=False, server_default=sa.false()))
        shares.add_column(sa.Column("shows_sought", sa.Boolean(), nullable=False, server_default=sa.false()))
        shares.add_column(sa.Column("opened_in_id", sa.Integer(), nullable=True))
        shares.create_index("ix_shares_page_of", ["page_of"], unique=True)
        shares.create_foreign_key("fk_shares_opened_in_id", "returns", ["opened_in_id"], ["id"], ondelete="SET NULL")
    op.create_table(
        "photos",
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("holder_id", name="pk_photos"),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_photos_holder_id", ondelete="CASCADE"),
    )
