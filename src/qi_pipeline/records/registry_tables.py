"""The tables of the register (入驻机构名册) and of an institution's life after admission.

A row of ``institutions``, ``services`` or ``qualifications`` is what holds now, with the day since when
(``held_from``). What held before stands in ``institution_history`` and ``qualification_history`` with its period
``[held_from, held_to)``, so that any past day can be asked while an import still writes one row a fact.

For the nightly run over a million certificates: days are never NULL (see :mod:`qi_pipeline.records.columns`);
``services.covered_to`` is the last day on which any certificate on file that lists the service is valid, kept by
whoever writes a certificate; ``institutions.holds_from`` and ``holds_to`` are the days on which nothing changes of the
institution by the passing of days alone, so that a quiet night touches short index ranges and not the stock.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint

from qi_pipeline.records.columns import BIG, METADATA

RESIDENT = sa.text("coalesce(state, '') IN ('active', 'suspended')")
"""Who is resident (入驻), in the words of the partial indexes; SQLite uses one where a query has the same words.

``coalesce`` keeps it from searching by the state itself: nearly all rows are resident.
"""

OFF_FILE = sa.text("held_to < '9999-12-31'")
"""Certificates that were taken off the file, in the words of their index: few beside those that stand."""


def _of_residents(*columns: str) -> Index:
    return Index(None, *columns, sqlite_where=RESIDENT, postgresql_where=RESIDENT)


def _institution() -> Column[int]:
    return Column("institution", BIG, ForeignKey("institutions.id"), nullable=False)


def _institution_facts() -> list[Column[Any]]:
    return [
        Column("name", sa.Text, nullable=False),
        Column("category", sa.String(32)),
        Column("legal_representative", sa.Text, nullable=False),
        Column("address", sa.Text, nullable=False),
        # applied, active, suspended, deregistered, exited, evicted
        Column("state", sa.String(16), nullable=False),
        Column("licence_valid_to", sa.Date, nullable=False),
        Column("held_from", sa.Date, nullable=False),
    ]


def _qualification_facts() -> list[Column[Any]]:
    return [
        Column("issuing_authority", sa.Text, nullable=False),
        Column("valid_to", sa.Date, nullable=False),
        Column("held_from", sa.Date, nullable=False),
    ]


institutions = Table(
    "institutions",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("uscc", sa.String(18), nullable=False, unique=True),
    *_institution_facts(),
    Column("admitted_on", sa.Date),
    Column("profile_completed_on", sa.Date),
    Column("last_audit_on", sa.Date),
    Column("closed_on", sa.Date),
    # Certificates on file; counted here so that a night need not.
    Column("qualification_count", sa.Integer, nullable=False, server_default="0"),
    # The packet or the roster that the present facts come from.
    Column("source", sa.Text, nullable=False),
    # The days on which no night has anything to change; triggers set holds_to back when anything is written about it.
    Column("holds_from", sa.Date, nullable=False, server_default="0001-01-01"),
    Column("holds_to", sa.Date, nullable=False, server_default="0001-01-01"),
    # The day from which the year to the next annual audit counts (5.2.4).
    Column(
        "audited_on",
        sa.Date,
        sa.Computed("CASE WHEN last_audit_on > admitted_on THEN last_audit_on ELSE admitted_on END"),
    ),
    # A certificate that names its holder and no code is put to the one institution of that name.
    Index(None, "name"),
    Index(None, "state", "qualification_count"),
    Index(None, "licence_valid_to", "state"),
    Index(None, "holds_to"),
    Index(None, "holds_from"),
    _of_residents("audited_on", "uscc"),
    _of_residents("profile_completed_on", "admitted_on", "uscc"),
    _of_residents("closed_on", "uscc"),
)

institution_history = Table(
    "institution_history",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=True),
    _institution(),
    *_institution_facts(),
    Column("held_to", sa.Date, nullable=False),
    Column("source", sa.Text, nullable=False),
    Index(None, "institution", "held_from"),
)

services = Table(
    "services",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=True),
    _institution(),
    Column("name", sa.Text, nullable=False),
    # Key of the service table; NULL for a roster's service, which any of its certificates qualifies.
    Column("item", sa.String(40)),
    Column("standards", sa.JSON),
    Column("held_from", sa.Date, nullable=False),
    Column("held_to", sa.Date, nullable=False),
    Column("covered_to", sa.Date, nullable=False),
    # The first day of its present suspension; NULL while it may be offered.
    Column("suspended_on", sa.Date),
    UniqueConstraint("institution", "name"),
)

qualifications = Table(
    "qualifications",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=True),
    _institution(),
    Column("kind", sa.String(40), nullable=False),
    # As printed; empty where the paper prints none.
    Column("number", sa.Text, nullable=False),
    Column("valid_from", sa.Date, nullable=False),
    *_qualification_facts(),
    # The day it came on file; a renewal counts from it (contract, section 8).
    Column("recorded_on", sa.Date, nullable=False),
    # The day it was taken off the file (replaced, withdrawn, cancelled); open while it stands.
    Column("held_to", sa.Date, nullable=False),
    Column("source", sa.Text, nullable=False),
    # The certificate that took its place.
    Column("replaced_by", BIG),
    UniqueConstraint("institution", "kind", "number", "valid_from"),
    Index(None, "valid_to", "held_to"),
    Index(None, "institution", "held_to", sqlite_where=OFF_FILE, postgresql_where=OFF_FILE),
)

qualification_history = Table(
    "qualification_history",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("qualification", BIG, ForeignKey("qualifications.id"), nullable=False),
    *_qualification_facts(),
    Column("held_to", sa.Date, nullable=False),
    Column("source", sa.Text, nullable=False),
    Index(None, "qualification", "held_from"),
)

qualification_services = Table(
    "qualification_services",
    METADATA,
    Column("qualification", BIG, ForeignKey("qualifications.id"), primary_key=True),
    Column("service", BIG, ForeignKey("services.id"), primary_key=True),
    # The day from which the certificate lists the service; NULL: as long as it has been on file.
    Column("held_from", sa.Date),
    Index(None, "service"),
    sqlite_with_rowid=False,
)

qualification_service_history = Table(
    "qualification_service_history",
    METADATA,
    # What a certificate listed until it was narrowed.
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("qualification", BIG, ForeignKey("qualifications.id"), nullable=False),
    Column("service", BIG, ForeignKey("services.id"), nullable=False),
    Column("held_from", sa.Date),
    Column("held_to", sa.Date, nullable=False),
    Column("source", sa.Text, nullable=False),
    Index(None, "service"),
    Index(None, "qualification"),
)

credit_loads = Table(
    "credit_loads",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("list", sa.String(16), nullable=False),
    Column("loaded_on", sa.Date, nullable=False),
    Column("source", sa.Text, nullable=False),
    Column("entries", sa.Integer, nullable=False),
    Index(None, "list", "loaded_on"),
)

credit_entries = Table(
    "credit_entries",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("list", sa.String(16), nullable=False),
    Column("uscc", sa.String(18), nullable=False),
    Column("name", sa.Text, nullable=False),
    Column("listed_on", sa.Date, nullable=False),
    Column("removed_on", sa.Date),
    Column("reason", sa.Text, nullable=False),
    # The load that wrote it last.
    Column("load", BIG, ForeignKey("credit_loads.id"), nullable=False),
    UniqueConstraint("uscc", "list", "listed_on"),
)

duties = Table(
    "duties",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("uscc", sa.String(18)),
    Column("packet", sa.String(40), ForeignKey("packets.id")),
    Column("clause", sa.String(16), nullable=False),
    Column("duty", sa.String(40), nullable=False),
    Column("due_on", sa.Date, nullable=False),
    Column("provisional", sa.Boolean, nullable=False),
    Column("done_on", sa.Date),
    # While further proof or a visit is awaited the clock stands (5.2.2).
    Column("paused_on", sa.Date),
    # Working days that were left of it when it was paused.
    Column("rest", sa.Integer),
    Index(None, "packet"),
    Index(None, "done_on", "due_on"),
    Index(None, "uscc"),
)

suspensions = Table(
    "suspensions",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=True),
    _institution(),
    # NULL: the whole institution, for its licence.
    Column("service", BIG, ForeignKey("services.id")),
    Column("reason", sa.String(40), nullable=False),
    Column("held_from", sa.Date, nullable=False),
    Column("held_to", sa.Date, nullable=False),
    Index(None, "institution", "held_to"),
    Index(None, "held_to"),
)

reminders = Table(
    "reminders",
    METADATA,
    # "q" and the certificate's row, or "l" and the institution's for its licence.
    Column("about", sa.String(24), primary_key=True),
    Column("valid_to", sa.Date, primary_key=True),
    Column("days", sa.Integer, primary_key=True, autoincrement=False),
    Column("given_on", sa.Date, nullable=False),
    Index(None, "given_on"),
    sqlite_with_rowid=False,
)

changes = Table(
    "changes",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=True),
    _institution(),
    Column("field", sa.String(40), nullable=False),
    Column("before", sa.Text),
    Column("after", sa.Text),
    Column("noticed_on", sa.Date, nullable=False),
    # The packet or the list in which it was noticed, and the paper behind it.
    Column("source", sa.Text, nullable=False),
    Column("paper", sa.Text),
    # reported or late, by the institution; noticed in a roster; unconfirmed in a public list
    Column("state", sa.String(16), nullable=False),
    # The certificate that a change of qualification is about; NULL for a fact of the institution itself.
    Column("about", sa.Text),
    # Who read a paper otherwise than the machine had, where that is the change.
    Column("corrected_by", sa.Text),
    Index(None, "institution", "noticed_on"),
    Index(None, "source"),
)

audits = Table(
    "audits",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=True),
    _institution(),
    Column("due_on", sa.Date, nullable=False),
    Column("requested_on", sa.Date),
    Column("packet", sa.String(40), ForeignKey("packets.id")),
    Column("passed", sa.Boolean),
    Column("closed_on", sa.Date),
    Column("reason", sa.Text),
    UniqueConstraint("institution", "due_on"),
)

inspections = Table(
    "inspections",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=True),
    # The draw: a round with its rate and seed draws the same institutions again.
    Column("round", sa.Text, nullable=False),
    Column("rate", sa.Float, nullable=False),
    Column("seed", sa.Text, nullable=False),
    _institution(),
    Column("drawn_on", sa.Date, nullable=False),
    Column("result", sa.String(16)),
    Column("note", sa.Text),
    Column("closed_on", sa.Date),
    UniqueConstraint("round", "institution"),
    Index(None, "institution"),
)

complaints = Table(
    "complaints",
    METADATA,
    # TS-YYYY-NNNNNN
    Column("number", sa.String(20), primary_key=True),
    _institution(),
    Column("channel", sa.String(16), nullable=False),
    Column("type", sa.Text, nullable=False),
    Column("text", sa.Text, nullable=False),
    Column("state", sa.String(16), nullable=False),
    Column("received_on", sa.Date, nullable=False),
    Column("answered_on", sa.Date),
    Column("told_on", sa.Date),
    Column("closed_on", sa.Date),
    # What the investigation found, and what the institution replied (7.3).
    Column("investigation", sa.Text),
    Column("answer", sa.Text),
    Column("forwarded_on", sa.Date),
    Index(None, "institution"),
    Index(None, "state", "received_on"),
)

leftovers = Table(
    "leftovers",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=True),
    _institution(),
    Column("text", sa.Text, nullable=False),
    Column("assigned_to", sa.Text),
    Column("opened_on", sa.Date, nullable=False),
    Column("settled_on", sa.Date),
    Column("note", sa.Text),
    Index(None, "institution", "settled_on"),
)

verifications = Table(
    "verifications",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("packet", sa.String(40), ForeignKey("packets.id"), nullable=False),
    # proof (进一步证明材料) or visit (实地调查)
    Column("kind", sa.String(16), nullable=False),
    Column("text", sa.Text, nullable=False),
    Column("asked_by", sa.Text),
    Column("asked_on", sa.Date, nullable=False),
    Column("planned_on", sa.Date),
    Column("held_on", sa.Date),
    # satisfied, not_satisfied, or superseded by papers that came instead
    Column("result", sa.String(16)),
    Column("note", sa.Text),
    Column("closed_on", sa.Date),
    Index(None, "packet"),
    Index(None, "closed_on"),
)

departures = Table(
    "departures",
    METADATA,
    # An institution on its way out: leftover issues are settled before the order is made (5.3, 7.4).
    Column("id", BIG, primary_key=True, autoincrement=True),
    _institution(),
    # exit or eviction
    Column("kind", sa.String(16), nullable=False),
    # Number of the notice of eviction (清退通知).
    Column("notice", sa.String(24)),
    Column("begun_on", sa.Date, nullable=False),
    Column("reason", sa.Text),
    # The packet, the inspection, or the command that began it.
    Column("source", sa.Text, nullable=False),
    Column("file", sa.Text),
    Column("ended_on", sa.Date),
    Column("order", sa.String(24)),
    Index(None, "institution", "ended_on"),
)

orders = Table(
    "orders",
    METADATA,
    # Numbered in sequence a year by kind, such as ZX-2026-000001.
    Column("number", sa.String(24), primary_key=True),
    Column("kind", sa.String(24), nullable=False),
    _institution(),
    Column("made_on", sa.Date, nullable=False),
    Column("clause", sa.String(16), nullable=False),
    Column("reason", sa.String(40), nullable=False),
    Column("data", sa.JSON, nullable=False),
    Column("file", sa.Text),
    Index(None, "institution"),
    Index(None, "made_on"),
)

numbers = Table(
    "numbers",
    METADATA,
    # The last number given in a series, such as TS-2026.
    Column("series", sa.String(24), primary_key=True),
    Column("last", BIG, nullable=False),
)

nightly_runs = Table(
    "nightly_runs",
    METADATA,
    Column("as_of", sa.Date, primary_key=True),
    Column("started_at", sa.String(40), nullable=False),
    Column("finished_at", sa.String(40)),
    # The last institution whose range is done, so that a killed night goes on there.
    Column("done_to", BIG, nullable=False),
    Column("result", sa.LargeBinary),
    # What its lists hold: endings up to this day, by these rules, with the public lists up to this load.
    Column("listed_to", sa.Date),
    Column("rules", sa.Text),
    Column("credit_load", BIG),
)
