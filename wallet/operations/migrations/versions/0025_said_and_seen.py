"""Returns that the holder said were theirs, the key by which a device was signed in, and the openings of shares that the holder
has seen. A device that was signed in before tells no key, and what was opened before is seen."""

import sqlalchemy as sa

from wallet.operations.migrations.altering import altered

MOMENT = sa.DateTime(timezone=True)

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema one step forward."""
    with altered("returns") as returns:
        returns.add_column(sa.Column("acknowledged_at", MOMENT, nullable=True))
    with altered("devices") as devices:
        devices.add_column(sa.Column("passkey_id", sa.Integer(), nullable=True))
        devices.create_foreign_key("fk_devices_passkey_id", "passkeys", ["passkey_id"], ["id"], ondelete="SET NULL")
        devices.create_index("ix_devices_passkey_id", ["passkey_id"])
    with altered("openings") as openings:
        openings.add_column(sa.Column("seen", sa.Integer(), nullable=True))
