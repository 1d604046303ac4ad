"""Keeps notices of a night apart from what its answer needs, finds what was taken off the file, names who corrected."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing; a part of a night has a place of its own for its notices. What was kept before stays where it is."""
    op.add_column("nightly_parts", sa.Column("told", sa.LargeBinary()))
    op.add_column("changes", sa.Column("corrected_by", sa.Text()))
    off_file = sa.text("held_to < '9999-12-31'")
    op.create_index(
        "ix_qualifications_institution_held_to",
        "qualifications",
        ["institution", "held_to"],
        sqlite_where=off_file,
        postgresql_where=off_file,
    )


def downgrade() -> None:
    """Refused: going back would drop what was recorded."""
    raise NotImplementedError("a schema is not taken back: restore a backup")
