"""Platforms that a holder connected, the codes by which they begin and the tokens by which they go on: marks alone."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
MARK = sa.LargeBinary(32)


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.create_table(
        "platform_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("client_mark", MARK, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("host", sa.String(260), nullable=False),
        sa.Column("scopes", sa.String(600), nullable=False),
        sa.Column("tells_name", sa.Boolean(), nullable=False),
        sa.Column("connected_at", MOMENT, nullable=False),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.Column("last_sent_at", MOMENT, nullable=True),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_platform_links"),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_platform_links_holder_id", ondelete="CASCADE"),
        sa.UniqueConstraint("holder_id", "client_mark", name="uq_platform_links_holder_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_platform_links_holder_id", "platform_links", ["holder_id"])
    op.create_table(
        "platform_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("mark", MARK, nullable=False),
        sa.Column("redirect_uri", sa.String(400), nullable=False),
        sa.Column("scopes", sa.String(600), nullable=False),
        sa.Column("challenge", sa.String(128), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_platform_codes"),
        sa.ForeignKeyConstraint(
            ["link_id"], ["platform_links.id"], name="fk_platform_codes_link_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("mark", name="uq_platform_codes_mark"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "platform_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("access_mark", MARK, nullable=False),
        sa.Column("refresh_mark", MARK, nullable=False),
        sa.Column("scopes", sa.String(600), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("access_until", MOMENT, nullable=False),
        sa.Column("refreshed_at", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_platform_tokens"),
        sa.ForeignKeyConstraint(
            ["link_id"], ["platform_links.id"], name="fk_platform_tokens_link_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("access_mark", name="uq_platform_tokens_access_mark"),
        sa.UniqueConstraint("refresh_mark", name="uq_platform_tokens_refresh_mark"),
        sqlite_autoincrement=True,
    )
    for column in ("link_id", "expires_at"):
        op.create_index(f"ix_platform_codes_{column}", "platform_codes", [column])
        op.create_index(f"ix_platform_tokens_{column}", "platform_tokens", [column])
