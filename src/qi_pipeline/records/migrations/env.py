"""Run by Alembic on the connection that :mod:`qi_pipeline.records.schema` hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from qi_pipeline.records import integrity_tables, night_tables, registry_tables, review_tables, tables
from qi_pipeline.records.columns import METADATA

assert {
    integrity_tables.signed_heads.name,
    night_tables.endings.name,
    registry_tables.institutions.name,
    review_tables.corrections.name,
    tables.packets.name,
} <= set(METADATA.tables)  # all have told theirs

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=False,  # the caller's transaction holds everything
)
context.run_migrations()
