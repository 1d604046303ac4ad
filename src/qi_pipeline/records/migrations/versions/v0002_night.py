"""Adds what a night looks up by index."""

from __future__ import annotations

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing; the tables and indexes of this step are there."""


def downgrade() -> None:
    """Refused: going back would drop what was recorded."""
    raise NotImplementedError("a schema is not taken back: restore a backup")
