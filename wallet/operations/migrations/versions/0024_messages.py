"""Messages that answer shares; whether a share takes them, and whether a holder is told of them by e-mail."""

import sqlalchemy as sa
from alembic import op

from wallet.operations.migrations.altering import altered

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Bring the schema one step forward."""
    with altered("holders") as holders:
        holders.add_column(sa.Column("wants_letters", sa.Boolean(), nullable=False, server_default=sa.false()))
        holders.add_column(sa.Column("letter_at", MOMENT, nullable=True))
    with altered("shares") as shares:
        shares.add_column(sa.Column("takes_messages", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("share_id", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.String(60), nullable=False),
        sa.Column("shared_at", MOMENT, nullable=True),
        sa.Column("choice", sa.String(16), nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.Column("sender", sa.String(80), nullable=False),
        sa.Column("reply_to", sa.String(120), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.Column("reported_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("is_history", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_messages_holder_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["share_id"], ["shares.id"], name="fk_messages_share_id", ondelete="SET NULL"),
        sqlite_autoincrement=True,
    )
    for column in ("holder_id", "share_id", "sent_at"):
        op.create_index(f"ix_messages_{column}", "messages", [column])
