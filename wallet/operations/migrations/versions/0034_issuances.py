"""Offers of badges from the page that shows them until their badges are kept; the keys that badges are bound to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.create_table(
        "issuances",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("outcomes", DOCUMENT, nullable=False),
        sa.Column("busy_until", MOMENT, nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_issuances"),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_issuances_holder_id", ondelete="CASCADE"),
        sa.UniqueConstraint("token_hash", name="uq_issuances_token_hash"),
        sqlite_autoincrement=True,
    )
    for column in ("holder_id", "due_at", "ends_at"):
        op.create_index(f"ix_issuances_{column}", "issuances", [column])
    op.create_table(
        "holder_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("badge_id", sa.Integer(), nullable=False),
        sa.Column("did", sa.String(300), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_holder_keys"),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_holder_keys_holder_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["badge_id"], ["badges.id"], name="fk_holder_keys_badge_id", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    for column in ("holder_id", "badge_id"):
        op.create_index(f"ix_holder_keys_{column}", "holder_keys", [column])
