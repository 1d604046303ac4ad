"""Adds what a night looks up by index, the lists it keeps, and the period in which a certificate lists a service."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_RESIDENT = "coalesce(state, '') IN ('active', 'suspended')"

_WATCHED = (
    ("certificate_added", "INSERT", "qualifications", "NEW.institution"),
    ("certificate_changed", "UPDATE", "qualifications", "NEW.institution"),
    ("service_added", "INSERT", "services", "NEW.institution"),
    ("service_changed", "UPDATE OF name, held_to", "services", "NEW.institution"),
    (
        "link_added",
        "INSERT",
        "qualification_services",
        "(SELECT institution FROM services WHERE services.id = NEW.service)",
    ),
    (
        "link_removed",
        "DELETE",
        "qualification_services",
        "(SELECT institution FROM services WHERE services.id = OLD.service)",
    ),
    (
        "institution_changed",
        "UPDATE OF uscc, state, licence_valid_to, admitted_on, last_audit_on",
        "institutions",
        "NEW.id",
    ),
)
"""Name, what happens, to which table, whose institution: after it the next night looks at that institution."""


def upgrade() -> None:
    """Nothing; the tables, indexes and triggers of this step are there."""
    _days_of_institutions()
    _indexes()
    _periods_of_links()
    _kept_lists()
    _runs()
    for name, what, table, institution in _WATCHED:
        _watch(name, what, table, institution)


def _days_of_institutions() -> None:
    # Whoever was in the register before this step is looked at once in the next night.
    for name in ("holds_from", "holds_to"):
        op.add_column("institutions", sa.Column(name, sa.Date(), nullable=False, server_default="0001-01-01"))
    op.add_column(
        "institutions",
        sa.Column(
            "audited_on",
            sa.Date(),
            sa.Computed("CASE WHEN last_audit_on > admitted_on THEN last_audit_on ELSE admitted_on END"),
        ),
    )


def _indexes() -> None:
    op.drop_index("ix_institutions_state_id", "institutions")
    op.drop_index("ix_institutions_licence_valid_to", "institutions")
    op.drop_index("ix_services_covered_to", "services")
    op.drop_index("ix_qualifications_valid_to", "qualifications")
    op.create_index("ix_institutions_state_qualification_count", "institutions", ["state", "qualification_count"])
    op.create_index("ix_institutions_licence_valid_to_state", "institutions", ["licence_valid_to", "state"])
    op.create_index("ix_institutions_holds_to", "institutions", ["holds_to"])
    op.create_index("ix_institutions_holds_from", "institutions", ["holds_from"])
    op.create_index("ix_qualifications_valid_to_held_to", "qualifications", ["valid_to", "held_to"])
    resident = sa.text(_RESIDENT)
    for columns in (("audited_on", "uscc"), ("profile_completed_on", "admitted_on", "uscc"), ("closed_on", "uscc")):
        op.create_index(
            f"ix_institutions_{'_'.join(columns)}",
            "institutions",
            list(columns),
            sqlite_where=resident,
            postgresql_where=resident,
        )


def _periods_of_links() -> None:
    op.add_column("qualification_services", sa.Column("held_from", sa.Date()))
    op.create_table(
        "qualification_service_history",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        sa.Column("qualification", BIG, sa.ForeignKey("qualifications.id"), nullable=False),
        sa.Column("service", BIG, sa.ForeignKey("services.id"), nullable=False),
        sa.Column("held_from", sa.Date()),
        sa.Column("held_to", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
    )
    op.create_index("ix_qualification_service_history_service", "qualification_service_history", ["service"])
    op.create_index(
        "ix_qualification_service_history_qualification", "qualification_service_history", ["qualification"]
    )


def _kept_lists() -> None:
    op.create_table(
        "night_endings",
        sa.Column("valid_to", sa.Date(), primary_key=True),
        sa.Column("uscc", sa.String(18), primary_key=True),
        sa.Column("kind", sa.String(40), primary_key=True),
        sa.Column("number", sa.Text(), primary_key=True),
        sa.Column("about", sa.String(24), primary_key=True),
        sa.Column("institution", BIG, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_night_endings_institution", "night_endings", ["institution"])
    op.create_table(
        "night_stops",
        sa.Column("uscc", sa.String(18), primary_key=True),
        sa.Column("reason", sa.String(40), primary_key=True),
        sa.Column("institution", BIG, nullable=False),
        sa.Column("services", sa.Text(), nullable=False),
        sa.Column("deregisters_on", sa.Date()),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_night_stops_institution", "night_stops", ["institution"])
    op.create_table("night_flags", sa.Column("uscc", sa.String(18), primary_key=True), sqlite_with_rowid=False)


def _runs() -> None:
    for column in (
        sa.Column("listed_to", sa.Date()),
        sa.Column("rules", sa.Text()),
        sa.Column("credit_load", BIG),
    ):
        op.add_column("nightly_runs", column)
    op.create_table(
        "nightly_parts",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_nightly_parts_as_of", "nightly_parts", ["as_of"])


def _watch(name: str, what: str, table: str, institution: str) -> None:
    look = f"UPDATE institutions SET holds_to = '0001-01-01' WHERE id = {institution}"  # noqa: S608 - ours
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER night_{name} AFTER {what} ON {table} BEGIN {look}; END")
        return
    op.execute(
        f"CREATE FUNCTION qi_night_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {look}; RETURN NULL; END $$"
    )
    # A bulk load says itself what it changed: it sets qi.bulk for its transaction.
    op.execute(
        f"CREATE TRIGGER night_{name} AFTER {what} ON {table} FOR EACH ROW "
        f"WHEN (current_setting('qi.bulk', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION qi_night_{name}()"
    )


def downgrade() -> None:
    """Refused: going back would drop what was recorded."""
    raise NotImplementedError("a schema is not taken back: restore a backup")
