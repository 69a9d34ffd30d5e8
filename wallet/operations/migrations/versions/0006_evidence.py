"""My proof, my words: what holders tell, every answer that they gave, what is attached, and the badges that it speaks of."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Bring the schema one step forward."""
    op.create_table(
        "evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.Column("edition", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
        sa.UniqueConstraint("holder_id", "key", name="uq_evidence_holder_id"),
        sa.ForeignKeyConstraint(["holder_id"], ["holders.id"], name="fk_evidence_holder_id", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_evidence_holder_id", "evidence", ["holder_id"])
    op.create_table(
        "answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_answers"),
        sa.UniqueConstraint("evidence_id", "key", name="uq_answers_evidence_id"),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_answers_evidence_id", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_answers_latest", "answers", ["evidence_id", "question", "id"])
    op.create_table(
        "evidenced_badges",
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.Column("badge_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("evidence_id", "badge_id", name="pk_evidenced_badges"),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name="fk_evidenced_badges_evidence_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["badge_id"], ["badges.id"], name="fk_evidenced_badges_badge_id", ondelete="CASCADE"),
    )
    op.create_index("ix_evidenced_badges_badge_id", "evidenced_badges", ["badge_id"])
    op.create_table(
        "attachments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("file", sa.String(64), nullable=True),
        sa.Column("preview", sa.String(64), nullable=True),
        sa.Column("media_type", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_attachments"),
        sa.UniqueConstraint("evidence_id", "key", name="uq_attachments_evidence_id"),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name="fk_attachments_evidence_id", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "exhibits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("share_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=True),
        sa.Column("told", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_exhibits"),
        sa.ForeignKeyConstraint(["share_id"], ["shares.id"], name="fk_exhibits_share_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name="fk_exhibits_evidence_id", ondelete="SET NULL"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_exhibits_share_id", "exhibits", ["share_id"])
    op.create_index("ix_exhibits_evidence_id", "exhibits", ["evidence_id"])
