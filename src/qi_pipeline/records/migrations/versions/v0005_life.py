"""Adds further proof and site visits, departures, change records with what they are about, and what was answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Nothing; the tables and indexes of this step are there."""
    _verifications()
    _departures()
    # The certificate that a change of qualification is about; none for a fact of the institution itself.
    op.add_column("changes", sa.Column("about", sa.Text()))
    op.create_index("ix_changes_source", "changes", ["source"])
    op.add_column("duties", sa.Column("rest", sa.Integer()))
    op.add_column("audits", sa.Column("reason", sa.Text()))
    op.add_column("complaints", sa.Column("investigation", sa.Text()))
    op.add_column("complaints", sa.Column("answer", sa.Text()))
    op.add_column("complaints", sa.Column("forwarded_on", sa.Date()))
    op.add_column("qualifications", sa.Column("replaced_by", BIG))
    op.create_index("ix_institutions_name", "institutions", ["name"])


def _verifications() -> None:
    op.create_table(
        "verifications",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        sa.Column("packet", sa.String(40), sa.ForeignKey("packets.id"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text()),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("planned_on", sa.Date()),
        sa.Column("held_on", sa.Date()),
        sa.Column("result", sa.String(16)),
        sa.Column("note", sa.Text()),
        sa.Column("closed_on", sa.Date()),
    )
    op.create_index("ix_verifications_packet", "verifications", ["packet"])
    op.create_index("ix_verifications_closed_on", "verifications", ["closed_on"])


def _departures() -> None:
    op.create_table(
        "departures",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        sa.Column("institution", BIG, sa.ForeignKey("institutions.id"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("notice", sa.String(24)),
        sa.Column("begun_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("file", sa.Text()),
        sa.Column("ended_on", sa.Date()),
        sa.Column("order", sa.String(24)),
    )
    op.create_index("ix_departures_institution_ended_on", "departures", ["institution", "ended_on"])


def downgrade() -> None:
    """Refused: going back would drop what was recorded."""
    raise NotImplementedError("a schema is not taken back: restore a backup")
