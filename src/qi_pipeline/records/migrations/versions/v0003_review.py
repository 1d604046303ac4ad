"""Adds who holds a packet for review, corrections, samples."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Nothing; the tables and indexes of this step are there."""
    # When the decision that stands was made is asked for every packet at once; its rows are wide.
    op.drop_index("ix_decisions_packet_id", "decisions")
    op.create_index("ix_decisions_packet_id_made_at", "decisions", ["packet", "id", "made_at"])
    op.create_table(
        "review_holds",
        sa.Column("packet", sa.String(length=40), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("taken_at", sa.String(length=40), nullable=False),
        sa.Column("held_until", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["packet"], ["packets.id"], name="fk_review_holds_packet"),
        sa.PrimaryKeyConstraint("packet", name="pk_review_holds"),
    )
    op.create_table(
        "corrections",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("packet", sa.String(length=40), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("machine_value", sa.JSON(), nullable=False),
        sa.Column("machine_confidence", sa.Float(), nullable=True),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", sa.String(length=40), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["packet"], ["packets.id"], name="fk_corrections_packet"),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
    )
    op.create_index("ix_corrections_sha256", "corrections", ["sha256"])
    op.create_index("ix_corrections_packet", "corrections", ["packet"])
    op.create_index("ix_corrections_made_on", "corrections", ["made_on"])
    op.create_table(
        "samples",
        sa.Column("packet", sa.String(length=40), nullable=False),
        sa.Column("decision", BIG, nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("drawn_on", sa.Date(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("agrees", sa.Boolean(), nullable=True),
        sa.Column("reviewer", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["decision"], ["decisions.id"], name="fk_samples_decision"),
        sa.ForeignKeyConstraint(["packet"], ["packets.id"], name="fk_samples_packet"),
        sa.PrimaryKeyConstraint("packet", name="pk_samples"),
    )
    op.create_index("ix_samples_drawn_on", "samples", ["drawn_on"])
    op.create_index("ix_samples_checked_on", "samples", ["checked_on"])


def downgrade() -> None:
    """Refused: going back would drop what was recorded."""
    raise NotImplementedError("a schema is not taken back: restore a backup")
