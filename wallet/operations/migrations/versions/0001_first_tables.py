"""The first tables: holders and their devices, passkeys and challenges, badges, shares."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Bring the schema one step forward."""
    _holders()
    _passkeys()
    _badges()
    _shares()


def _holders() -> None:
    op.create_table(
        "holders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handle", sa.LargeBinary(64), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("kept_at", MOMENT, nullable=True),
        sa.Column("leaves_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_holders"),
        sa.UniqueConstraint("handle", name="uq_holders_handle"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_holders_leaves_at", "holders", ["leaves_at"])
    op.create_table(
        "devices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_devices_holder_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_devices"),
        sa.UniqueConstraint("token_hash", name="uq_devices_token_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_devices_holder_id", "devices", ["holder_id"])


def _passkeys() -> None:
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("backup_eligible", sa.Boolean(), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("transports", sa.JSON(), nullable=False),
        sa.Column("aaguid", sa.String(36), nullable=False),
        sa.Column("attachment", sa.String(16), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_passkeys_holder_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_passkeys"),
        sa.UniqueConstraint("credential_id", name="uq_passkeys_credential_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_passkeys_holder_id", "passkeys", ["holder_id"])
    op.create_table(
        "challenges",
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_challenges_holder_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("hash", name="pk_challenges"),
    )
    op.create_index("ix_challenges_expires_at", "challenges", ["expires_at"])
    op.create_index("ix_challenges_holder_id", "challenges", ["holder_id"])


def _badges() -> None:
    op.create_table(
        "badges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("document", sa.String(64), nullable=False),
        sa.Column("file_name", sa.String(120), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("container", sa.String(16), nullable=False),
        sa.Column("picture", sa.String(64), nullable=True),
        sa.Column("plate", sa.Boolean(), nullable=False),
        sa.Column("read", DOCUMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("examination", DOCUMENT, nullable=False),
        sa.Column("checked_at", MOMENT, nullable=False),
        sa.Column("good", DOCUMENT, nullable=True),
        sa.Column("good_at", MOMENT, nullable=True),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_badges"),
        sa.UniqueConstraint("holder_id", "identity", name="uq_badges_holder_id"),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_badges_holder_id", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_badges_holder_id", "badges", ["holder_id"])


def _shares() -> None:
    op.create_table(
        "shares",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("token_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("word", sa.String(500), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_shares_holder_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_shares"),
        sa.UniqueConstraint("token_hash", name="uq_shares_token_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_shares_holder_id", "shares", ["holder_id"])
    op.create_table(
        "shown_badges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("share_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("badge_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["share_id"], ["shares.id"], name="fk_shown_badges_share_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["badge_id"], ["badges.id"], name="fk_shown_badges_badge_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_shown_badges"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_shown_badges_badge_id", "shown_badges", ["badge_id"])
    op.create_index("ix_shown_badges_share_id", "shown_badges", ["share_id"])
