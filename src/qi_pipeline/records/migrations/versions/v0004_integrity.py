"""Adds signed heads of the log, sweeps of originals, legal holds."""

from __future__ import annotations

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing; the tables and indexes of this step are there."""


def downgrade() -> None:
    """Refused: going back would drop what was recorded."""
    raise NotImplementedError("a schema is not taken back: restore a backup")
