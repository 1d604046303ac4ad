"""The first schema: packets and decisions, the event log with its triggers, the register and what follows admission."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_SQLITE_TRIGGERS = (
    """CREATE TRIGGER events_kept BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'the event log is append-only: no row is removed'); END""",
    """CREATE TRIGGER events_unchanged BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'the event log is append-only: no row is changed'); END""",
    """CREATE TRIGGER events_in_turn BEFORE INSERT ON events
    WHEN NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM events)
    BEGIN SELECT RAISE(ABORT, 'the event log is append-only: rows are numbered in turn'); END""",
    """CREATE TRIGGER event_head_kept BEFORE DELETE ON event_head
    BEGIN SELECT RAISE(ABORT, 'the event log is append-only: its head is not removed'); END""",
    """CREATE TRIGGER event_head_forward BEFORE UPDATE ON event_head WHEN NEW.seq <= OLD.seq
    BEGIN SELECT RAISE(ABORT, 'the event log is append-only: its head only goes forward'); END""",
)

_POSTGRESQL_TRIGGERS = (
    """CREATE FUNCTION qi_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the event log is append-only: % of % refused', TG_OP, TG_TABLE_NAME; END $$""",
    """CREATE FUNCTION qi_events_in_turn() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM events) THEN
            RAISE EXCEPTION 'the event log is append-only: rows are numbered in turn';
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE FUNCTION qi_head_forward() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.seq <= OLD.seq THEN
            RAISE EXCEPTION 'the event log is append-only: its head only goes forward';
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE TRIGGER events_unchanged BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION qi_append_only()""",
    """CREATE TRIGGER events_kept BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION qi_append_only()""",
    """CREATE TRIGGER events_in_turn BEFORE INSERT ON events
    FOR EACH ROW EXECUTE FUNCTION qi_events_in_turn()""",
    """CREATE TRIGGER event_head_kept BEFORE DELETE ON event_head
    FOR EACH ROW EXECUTE FUNCTION qi_append_only()""",
    """CREATE TRIGGER event_head_cleared BEFORE TRUNCATE ON event_head
    FOR EACH STATEMENT EXECUTE FUNCTION qi_append_only()""",
    """CREATE TRIGGER event_head_forward BEFORE UPDATE ON event_head
    FOR EACH ROW EXECUTE FUNCTION qi_head_forward()""",
)


def upgrade() -> None:
    """Nothing; every table, index and trigger is there, and the event log is empty."""
    _create_tables()
    op.execute(sa.text("INSERT INTO event_head (id, seq, hash) VALUES (1, 0, :genesis)").bindparams(genesis="0" * 64))
    triggers = _SQLITE_TRIGGERS if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL_TRIGGERS
    for trigger in triggers:
        op.execute(trigger)


def downgrade() -> None:
    """Refused: going back would drop decisions."""
    raise NotImplementedError("the first schema is not taken back: it would drop every decision; restore a backup")


def _create_tables() -> None:
    op.create_table(
        "credit_loads",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("list", sa.String(length=16), nullable=False),
        sa.Column("loaded_on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_loads")),
    )
    op.create_index(op.f("ix_credit_loads_list_loaded_on"), "credit_loads", ["list", "loaded_on"], unique=False)
    op.create_table(
        "event_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_head")),
    )
    op.create_table(
        "events",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_subject"), "events", ["subject"], unique=False)
    op.create_table(
        "institutions",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=True),
        sa.Column("legal_representative", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("licence_valid_to", sa.Date(), nullable=False),
        sa.Column("held_from", sa.Date(), nullable=False),
        sa.Column("admitted_on", sa.Date(), nullable=True),
        sa.Column("profile_completed_on", sa.Date(), nullable=True),
        sa.Column("last_audit_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("qualification_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institutions")),
        sa.UniqueConstraint("uscc", name=op.f("uq_institutions_uscc")),
    )
    op.create_index(op.f("ix_institutions_licence_valid_to"), "institutions", ["licence_valid_to"], unique=False)
    op.create_index(op.f("ix_institutions_state_id"), "institutions", ["state", "id"], unique=False)
    op.create_table(
        "nightly_runs",
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("started_at", sa.String(length=40), nullable=False),
        sa.Column("finished_at", sa.String(length=40), nullable=True),
        sa.Column("done_to", BIG, nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("as_of", name=op.f("pk_nightly_runs")),
    )
    op.create_table(
        "numbers",
        sa.Column("series", sa.String(length=24), nullable=False),
        sa.Column("last", BIG, nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_numbers")),
    )
    op.create_table(
        "packets",
        sa.Column("number", BIG, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("same_as", sa.String(length=64), nullable=True),
        sa.Column("conditions", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("request", sa.String(length=16), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column("institution", sa.Text(), nullable=True),
        sa.Column("submitted_at", sa.String(length=40), nullable=True),
        sa.Column("taken_at", sa.String(length=40), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("automatic", sa.Boolean(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("code", sa.String(length=24), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("archived", sa.Text(), nullable=True),
        sa.Column("report", sa.Text(), nullable=True),
        sa.Column("completes", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["completes"], ["packets.id"], name=op.f("fk_packets_completes")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_packets")),
        sa.UniqueConstraint("id", name=op.f("uq_packets_id")),
        sa.UniqueConstraint("same_as", name=op.f("uq_packets_same_as")),
    )
    op.create_index(op.f("ix_packets_name"), "packets", ["name"], unique=False)
    op.create_index(op.f("ix_packets_state"), "packets", ["state"], unique=False)
    op.create_index(op.f("ix_packets_uscc"), "packets", ["uscc"], unique=False)
    op.create_table(
        "reminders",
        sa.Column("about", sa.String(length=24), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("about", "valid_to", "days", name=op.f("pk_reminders")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_reminders_given_on"), "reminders", ["given_on"], unique=False)
    op.create_table(
        "audits",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("institution", BIG, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("packet", sa.String(length=40), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["institution"], ["institutions.id"], name=op.f("fk_audits_institution")),
        sa.ForeignKeyConstraint(["packet"], ["packets.id"], name=op.f("fk_audits_packet")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audits")),
        sa.UniqueConstraint("institution", "due_on", name=op.f("uq_audits_institution_due_on")),
    )
    op.create_table(
        "changes",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("institution", BIG, nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("noticed_on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("paper", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["institution"], ["institutions.id"], name=op.f("fk_changes_institution")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_index(op.f("ix_changes_institution_noticed_on"), "changes", ["institution", "noticed_on"], unique=False)
    op.create_table(
        "complaints",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("institution", BIG, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["institution"], ["institutions.id"], name=op.f("fk_complaints_institution")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_complaints")),
    )
    op.create_index(op.f("ix_complaints_institution"), "complaints", ["institution"], unique=False)
    op.create_index(op.f("ix_complaints_state_received_on"), "complaints", ["state", "received_on"], unique=False)
    op.create_table(
        "credit_entries",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("list", sa.String(length=16), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("listed_on", sa.Date(), nullable=False),
        sa.Column("removed_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("load", BIG, nullable=False),
        sa.ForeignKeyConstraint(["load"], ["credit_loads.id"], name=op.f("fk_credit_entries_load")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_entries")),
        sa.UniqueConstraint("uscc", "list", "listed_on", name=op.f("uq_credit_entries_uscc_list_listed_on")),
    )
    op.create_table(
        "decisions",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("packet", sa.String(length=40), nullable=False),
        sa.Column("supersedes", BIG, nullable=True),
        sa.Column("made_at", sa.String(length=40), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.Column("deadlines", sa.JSON(), nullable=False),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("entry", sa.JSON(), nullable=True),
        sa.Column("dossier", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["packet"], ["packets.id"], name=op.f("fk_decisions_packet")),
        sa.ForeignKeyConstraint(["supersedes"], ["decisions.id"], name=op.f("fk_decisions_supersedes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_packet_id"), "decisions", ["packet", "id"], unique=False)
    op.create_table(
        "documents",
        sa.Column("packet", sa.String(length=40), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["packet"], ["packets.id"], name=op.f("fk_documents_packet")),
        sa.PrimaryKeyConstraint("packet", "ordinal", name=op.f("pk_documents")),
    )
    op.create_index(op.f("ix_documents_kind"), "documents", ["kind"], unique=False)
    op.create_table(
        "duplicates",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("of", sa.String(length=40), nullable=False),
        sa.Column("taken_at", sa.String(length=40), nullable=False),
        sa.Column("archived", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["of"], ["packets.id"], name=op.f("fk_duplicates_of")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicates")),
    )
    op.create_index(op.f("ix_duplicates_of"), "duplicates", ["of"], unique=False)
    op.create_table(
        "duties",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column("packet", sa.String(length=40), nullable=True),
        sa.Column("clause", sa.String(length=16), nullable=False),
        sa.Column("duty", sa.String(length=40), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("paused_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["packet"], ["packets.id"], name=op.f("fk_duties_packet")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duties")),
    )
    op.create_index(op.f("ix_duties_done_on_due_on"), "duties", ["done_on", "due_on"], unique=False)
    op.create_index(op.f("ix_duties_packet"), "duties", ["packet"], unique=False)
    op.create_index(op.f("ix_duties_uscc"), "duties", ["uscc"], unique=False)
    op.create_table(
        "files",
        sa.Column("packet", sa.String(length=40), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size", BIG, nullable=True),
        sa.Column("code", sa.String(length=24), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["packet"], ["packets.id"], name=op.f("fk_files_packet")),
        sa.PrimaryKeyConstraint("packet", "ordinal", name=op.f("pk_files")),
    )
    op.create_index(op.f("ix_files_sha256"), "files", ["sha256"], unique=False)
    op.create_table(
        "forms",
        sa.Column("packet", sa.String(length=40), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["packet"], ["packets.id"], name=op.f("fk_forms_packet")),
        sa.PrimaryKeyConstraint("packet", name=op.f("pk_forms")),
    )
    op.create_table(
        "inspections",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("round", sa.Text(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("institution", BIG, nullable=False),
        sa.Column("drawn_on", sa.Date(), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["institution"], ["institutions.id"], name=op.f("fk_inspections_institution")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspections")),
        sa.UniqueConstraint("round", "institution", name=op.f("uq_inspections_round_institution")),
    )
    op.create_index(op.f("ix_inspections_institution"), "inspections", ["institution"], unique=False)
    op.create_table(
        "institution_history",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("institution", BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=True),
        sa.Column("legal_representative", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("licence_valid_to", sa.Date(), nullable=False),
        sa.Column("held_from", sa.Date(), nullable=False),
        sa.Column("held_to", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["institution"], ["institutions.id"], name=op.f("fk_institution_history_institution")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution_history")),
    )
    op.create_index(
        op.f("ix_institution_history_institution_held_from"),
        "institution_history",
        ["institution", "held_from"],
        unique=False,
    )
    op.create_table(
        "leftovers",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("institution", BIG, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("assigned_to", sa.Text(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["institution"], ["institutions.id"], name=op.f("fk_leftovers_institution")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leftovers")),
    )
    op.create_index(
        op.f("ix_leftovers_institution_settled_on"), "leftovers", ["institution", "settled_on"], unique=False
    )
    op.create_table(
        "orders",
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("institution", BIG, nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("clause", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("file", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["institution"], ["institutions.id"], name=op.f("fk_orders_institution")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_orders")),
    )
    op.create_index(op.f("ix_orders_institution"), "orders", ["institution"], unique=False)
    op.create_index(op.f("ix_orders_made_on"), "orders", ["made_on"], unique=False)
    op.create_table(
        "qualifications",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("institution", BIG, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("issuing_authority", sa.Text(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("held_from", sa.Date(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("held_to", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["institution"], ["institutions.id"], name=op.f("fk_qualifications_institution")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qualifications")),
        sa.UniqueConstraint(
            "institution",
            "kind",
            "number",
            "valid_from",
            name=op.f("uq_qualifications_institution_kind_number_valid_from"),
        ),
    )
    op.create_index(op.f("ix_qualifications_valid_to"), "qualifications", ["valid_to"], unique=False)
    op.create_table(
        "services",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("institution", BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=True),
        sa.Column("standards", sa.JSON(), nullable=True),
        sa.Column("held_from", sa.Date(), nullable=False),
        sa.Column("held_to", sa.Date(), nullable=False),
        sa.Column("covered_to", sa.Date(), nullable=False),
        sa.Column("suspended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["institution"], ["institutions.id"], name=op.f("fk_services_institution")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
        sa.UniqueConstraint("institution", "name", name=op.f("uq_services_institution_name")),
    )
    op.create_index(op.f("ix_services_covered_to"), "services", ["covered_to"], unique=False)
    op.create_table(
        "qualification_history",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("qualification", BIG, nullable=False),
        sa.Column("issuing_authority", sa.Text(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("held_from", sa.Date(), nullable=False),
        sa.Column("held_to", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["qualification"], ["qualifications.id"], name=op.f("fk_qualification_history_qualification")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qualification_history")),
    )
    op.create_index(
        op.f("ix_qualification_history_qualification_held_from"),
        "qualification_history",
        ["qualification", "held_from"],
        unique=False,
    )
    op.create_table(
        "qualification_services",
        sa.Column("qualification", BIG, nullable=False),
        sa.Column("service", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["qualification"], ["qualifications.id"], name=op.f("fk_qualification_services_qualification")
        ),
        sa.ForeignKeyConstraint(["service"], ["services.id"], name=op.f("fk_qualification_services_service")),
        sa.PrimaryKeyConstraint("qualification", "service", name=op.f("pk_qualification_services")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_qualification_services_service"), "qualification_services", ["service"], unique=False)
    op.create_table(
        "suspensions",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("institution", BIG, nullable=False),
        sa.Column("service", BIG, nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("held_from", sa.Date(), nullable=False),
        sa.Column("held_to", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["institution"], ["institutions.id"], name=op.f("fk_suspensions_institution")),
        sa.ForeignKeyConstraint(["service"], ["services.id"], name=op.f("fk_suspensions_service")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspensions")),
    )
    op.create_index(op.f("ix_suspensions_held_to"), "suspensions", ["held_to"], unique=False)
    op.create_index(op.f("ix_suspensions_institution_held_to"), "suspensions", ["institution", "held_to"], unique=False)
