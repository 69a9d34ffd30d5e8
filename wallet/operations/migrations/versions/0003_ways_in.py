"""Ways in and out: rescue papers, returns, addresses, letters, what happened lately, what came back with an archive."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from wallet.operations.migrations.altering import altered

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Bring the schema one step forward."""
    _returns()
    _papers()
    _addresses()
    _letters()
    _events()
    with altered("holders") as holders:
        holders.add_column(sa.Column("erase_at", MOMENT, nullable=True))
        holders.create_index("ix_holders_erase_at", ["erase_at"])
    _devices()
    _passkeys()
    with altered("badges") as badges:
        badges.add_column(sa.Column("match", DOCUMENT, nullable=True))
        badges.add_column(sa.Column("history", DOCUMENT, nullable=True))
    with altered("shares") as shares:
        shares.add_column(sa.Column("is_history", sa.Boolean(), nullable=False, server_default=sa.false()))
    with altered("shares") as shares:
        shares.alter_column("is_history", existing_type=sa.Boolean(), server_default=None)


def _devices() -> None:
    with altered("devices") as devices:
        devices.add_column(sa.Column("shown_at", MOMENT, nullable=True))
        devices.add_column(sa.Column("kind", sa.String(16), nullable=False, server_default=""))
        devices.add_column(sa.Column("is_shared", sa.Boolean(), nullable=False, server_default=sa.false()))
        devices.add_column(sa.Column("return_id", sa.Integer(), nullable=True))
    op.execute("UPDATE devices SET shown_at = created_at")
    with altered("devices") as devices:
        devices.alter_column("shown_at", existing_type=MOMENT, nullable=False)
        devices.alter_column("kind", existing_type=sa.String(16), server_default=None)
        devices.alter_column("is_shared", existing_type=sa.Boolean(), server_default=None)
        devices.create_foreign_key("fk_devices_return_id", "returns", ["return_id"], ["id"], ondelete="SET NULL")
        devices.create_index("ix_devices_return_id", ["return_id"])


def _passkeys() -> None:
    with altered("passkeys") as passkeys:
        passkeys.add_column(sa.Column("kind", sa.String(16), nullable=False, server_default=""))
        passkeys.add_column(sa.Column("return_id", sa.Integer(), nullable=True))
    with altered("passkeys") as passkeys:
        passkeys.alter_column("kind", existing_type=sa.String(16), server_default=None)
        passkeys.create_foreign_key("fk_passkeys_return_id", "returns", ["return_id"], ["id"], ondelete="SET NULL")
        passkeys.create_index("ix_passkeys_return_id", ["return_id"])


def _returns() -> None:
    op.create_table(
        "returns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("after_id", sa.Integer(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("paper_made_at", MOMENT, nullable=True),
        sa.Column("way", sa.String(8), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("opens_at", MOMENT, nullable=False),
        sa.Column("entered_at", MOMENT, nullable=True),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_returns"),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_returns_holder_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["after_id"], ["returns.id"], name="fk_returns_after_id", ondelete="SET NULL"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_returns_holder_id", "returns", ["holder_id"])
    op.create_index("ix_returns_ends_at", "returns", ["ends_at"])


def _papers() -> None:
    op.create_table(
        "papers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("return_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_papers"),
        sa.UniqueConstraint("holder_id", name="uq_papers_holder_id"),
        sa.UniqueConstraint("code_hash", name="uq_papers_code_hash"),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_papers_holder_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"], name="fk_papers_return_id", ondelete="SET NULL"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_papers_return_id", "papers", ["return_id"])


def _addresses() -> None:
    op.create_table(
        "addresses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("written", sa.String(254), nullable=False),
        sa.Column("plain", sa.String(254), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("verified_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_addresses"),
        sa.UniqueConstraint("holder_id", "plain", name="uq_addresses_holder_id"),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_addresses_holder_id", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_addresses_holder_id", "addresses", ["holder_id"])
    verified = sa.text("verified_at IS NOT NULL")
    op.create_index(
        "uq_addresses_plain", "addresses", ["plain"], unique=True, sqlite_where=verified, postgresql_where=verified
    )
    op.create_table(
        "mailed_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("plain", sa.String(254), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mailed_codes"),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_mailed_codes_holder_id", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mailed_codes_plain", "mailed_codes", ["plain"])
    op.create_index("ix_mailed_codes_holder_id", "mailed_codes", ["holder_id"])
    op.create_index("ix_mailed_codes_ends_at", "mailed_codes", ["ends_at"])


def _letters() -> None:
    op.create_table(
        "letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_letters"),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_letters_holder_id", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_letters_holder_id", "letters", ["holder_id"])
    op.create_index("ix_letters_due_at", "letters", ["due_at"])


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(24), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("is_history", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_events_holder_id", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_holder_id", "events", ["holder_id"])
    op.create_index("ix_events_at", "events", ["at"])
