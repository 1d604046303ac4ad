"""Adds further proof, site visits, change records."""

from __future__ import annotations

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing; the tables and indexes of this step are there."""


def downgrade() -> None:
    """Refused: going back would drop what was recorded."""
    raise NotImplementedError("a schema is not taken back: restore a backup")
