"""Words of others: what is asked for, what was said, where it is shown; the lists of what this instance withdrew."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from wallet.operations.migrations.naming_rows import note_naming_rows

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.create_table(
        "status_lists",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("given", sa.LargeBinary(), nullable=False),
        sa.Column("withdrawn", sa.LargeBinary(), nullable=False),
        sa.Column("noted", sa.LargeBinary(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_status_lists"),
        sqlite_autoincrement=True,
    )
    _requests()
    _endorsements()
    op.create_table(
        "shown_endorsements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("share_id", sa.Integer(), nullable=False),
        sa.Column("endorsement_id", sa.Integer(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("mark", sa.String(43), nullable=False),
        sa.Column("told", DOCUMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_shown_endorsements"),
        sa.ForeignKeyConstraint(["share_id"], ["shares.id"], name="fk_shown_endorsements_share_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["endorsement_id"],
            ["endorsements.id"],
            name="fk_shown_endorsements_endorsement_id",
            ondelete="SET NULL",
        ),
        sqlite_autoincrement=True,
    )
    for column in ("share_id", "endorsement_id"):
        op.create_index(f"ix_shown_endorsements_{column}", "shown_endorsements", [column])
    note_naming_rows("endorsement", "endorsements", ["document", "recording"])


def _requests() -> None:
    table = "endorsement_requests"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("token_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("told", DOCUMENT, nullable=False),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("subject", sa.String(45), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("was_declined", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=True),
        sa.Column("made_in_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name=f"fk_{table}_holder_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=f"fk_{table}_evidence_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["made_in_id"], ["returns.id"], name=f"fk_{table}_made_in_id", ondelete="SET NULL"),
        sa.UniqueConstraint("token_hash", name=f"uq_{table}_token_hash"),
        sa.UniqueConstraint("holder_id", "key", name=f"uq_{table}_holder_id"),
        sqlite_autoincrement=True,
    )
    for column in ("holder_id", "evidence_id", "made_at", "made_in_id"):
        op.create_index(f"ix_{table}_{column}", table, [column])


def _endorsements() -> None:
    table = "endorsements"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(8), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("evidence_id", sa.Integer(), nullable=True),
        sa.Column("badge_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("told", DOCUMENT, nullable=True),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("role", sa.String(80), nullable=False),
        sa.Column("organisation", sa.String(80), nullable=False),
        sa.Column("siret", sa.String(14), nullable=False),
        sa.Column("relation", sa.String(8), nullable=False),
        sa.Column("setting", sa.String(16), nullable=False),
        sa.Column("afest", DOCUMENT, nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("recording", sa.String(64), nullable=True),
        sa.Column("media_type", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("means", sa.String(8), nullable=False),
        sa.Column("mail_domain", sa.String(254), nullable=False),
        sa.Column("mail_mark", sa.LargeBinary(32), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("code_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("code_tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("arrives_at", MOMENT, nullable=False),
        sa.Column("withdrawal_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("accepted_at", MOMENT, nullable=True),
        sa.Column("document", sa.String(64), nullable=True),
        sa.Column("examination", DOCUMENT, nullable=True),
        sa.Column("checked_at", MOMENT, nullable=True),
        sa.Column("list_id", sa.Integer(), nullable=True),
        sa.Column("list_index", sa.Integer(), nullable=True),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.Column("reported_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name=f"fk_{table}_holder_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["endorsement_requests.id"], name=f"fk_{table}_request_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=f"fk_{table}_evidence_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["badge_id"], ["badges.id"], name=f"fk_{table}_badge_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["list_id"], ["status_lists.id"], name=f"fk_{table}_list_id"),
        sa.UniqueConstraint("request_id", name=f"uq_{table}_request_id"),
        sa.UniqueConstraint("withdrawal_hash", name=f"uq_{table}_withdrawal_hash"),
        sqlite_autoincrement=True,
    )
    for column in ("holder_id", "evidence_id", "badge_id", "list_id", "withdrawn_at"):
        op.create_index(f"ix_{table}_{column}", table, [column])
    looked = sa.text("checked_at IS NOT NULL")
    op.create_index(f"ix_{table}_checked_at", table, ["checked_at"], sqlite_where=looked, postgresql_where=looked)
    removed = sa.text("removed_at IS NOT NULL")
    waits = sa.text("accepted_at IS NULL")
    op.create_index(f"ix_{table}_arrives_at", table, ["arrives_at"], sqlite_where=waits, postgresql_where=waits)
    op.create_index(f"ix_{table}_removed_at", table, ["removed_at"], sqlite_where=removed, postgresql_where=removed)
