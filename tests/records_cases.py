"""Invented packets, decisions and institutions for the tests of the records, and the databases they run on."""

import hashlib
import os
import secrets
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

import made_databases
from qi_pipeline.model import Deadline, Decision, Document, Evidence, Field, Finding, Seal, ServiceJudgement
from qi_pipeline.records.rows import Entry, FileRow, PacketFacts, QualificationEntry, ServiceEntry
from qi_pipeline.records.store import Store

USCC = "91320200MA1X0001X9"
OTHER = "91320200MA1X0002XA"
DAY = date(2026, 11, 22)


def postgresql_url() -> str:
    """The PostgreSQL server to test on, or a skip that says how to name one."""
    url = os.environ.get("QI_TEST_POSTGRESQL")
    if not url:
        pytest.skip("QI_TEST_POSTGRESQL names no PostgreSQL database to test on")
    return url


class Database:
    """One database without rows: a file of SQLite, or one of its own on PostgreSQL; ``bare``: without tables too."""

    def __init__(self, kind: str, folder: Path, *, bare: bool = False) -> None:
        self.kind = kind
        self._made: tuple[sa.URL, str] | None = None
        if kind == "sqlite":
            self.url = f"sqlite:///{folder / 'qi.db'}"  # made by whoever opens it first
            return
        server = sa.make_url(postgresql_url()).set(drivername="postgresql+psycopg")
        if bare:
            name = f"qi_{secrets.token_hex(6)}"
            made_databases.administer(server, f"CREATE DATABASE {name}")
        else:
            name = made_databases.copy_on(server)
        self._made = server, name
        self.url = server.set(database=name).render_as_string(False)

    def tamper(self, *statements: str) -> None:
        """Change the log as somebody does who may switch its triggers off."""
        engine = sa.create_engine(self.url)
        with engine.begin() as connection:
            for table in ("events", "event_head"):
                if self.kind == "sqlite":
                    query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
                    for (name,) in connection.exec_driver_sql(query, (table,)).all():
                        connection.exec_driver_sql(f"DROP TRIGGER {name}")
                else:
                    connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()

    def close(self) -> None:
        if self._made is not None:
            server, name = self._made
            made_databases.administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def decision(outcome: str = "admit", *, automatic: bool = True, as_of: date = DAY) -> Decision:
    finding = Finding(
        code="qualification_expiring",
        clause="4.2",
        severity="notice",
        message={"zh": "证书将于90日内到期", "en": "expires within 90 days"},
        document="cma.pdf",
        evidence=(Evidence(file="cma.pdf", page=1, box=(0.1, 0.2, 0.3, 0.4)),),
    )
    return Decision(
        as_of=as_of.isoformat(),
        outcome=outcome,
        automatic=automatic,
        findings=(finding,),
        services=(ServiceJudgement(name="食品中铅的测定", item="testing", qualified=True, by=("cma.pdf",)),),
        deadlines=(Deadline(clause="5.2.1", duty="notify_applicant", due_on="2026-11-25"),),
        versions={"program": "0.1.0", "policy": "abc"},
    )


def facts(uscc: str = USCC, **changed) -> PacketFacts:
    document = Document(
        file="cma.pdf",
        kind="cma_certificate",
        confidence=0.99,
        pages=(1, 2),
        fields={
            "certificate_number": Field(
                value="221020340350", raw="221020340350", confidence=0.98, page=1, box=(0.1, 0.1, 0.4, 0.2)
            ),
            "scope_items": Field(
                value=[{"item": "铅", "standard": "GB 5009.12-2017", "page": 2}],
                raw="",
                confidence=0.95,
                page=2,
                box=(0.0, 0.0, 1.0, 1.0),
            ),
        },
        seals=(Seal(page=1, box=(0.5, 0.5, 0.7, 0.7), text="江苏省市场监督管理局"),),
    )
    values = {
        "request": "admission",
        "uscc": uscc,
        "institution": "无锡甲检测有限公司",
        "reference": "WX-2026-000123",
        "submitted_at": "2026-11-20T10:12:00+08:00",
        "form": {"request": "admission", "services": []},
        "files": (
            FileRow(name="cma.pdf", sha256="a" * 64, size=10),
            FileRow(name="bad.pdf", sha256=None, size=None, code="encrypted", message="it needs a password"),
        ),
        "documents": (document,),
    }
    return PacketFacts(**{**values, **changed})


def entry(uscc: str = USCC, *, request: str = "admission", **changed) -> Entry:
    values = {
        "name": "无锡甲检测有限公司",
        "category": "inspection_testing",
        "legal_representative": "王小明",
        "address": "无锡市梁溪区一号",
        "licence_seen": True,
        "services": (ServiceEntry(name="食品检测", item="testing", standards=("GB 5009.12-2017",)),),
        "qualifications": (
            QualificationEntry(
                kind="cma_certificate",
                number="221020340350",
                issuing_authority="江苏省市场监督管理局",
                valid_from="2023-01-01",
                valid_to="2028-12-31",
                services=("食品检测",),
                file="cma.pdf",
            ),
        ),
    }
    return Entry(uscc=uscc, request=request, **{**values, **changed})


def take(store: Store, packet_id: str, *, content: str | None = None, name: str = "wx-1", conditions: str = "c1"):
    return store.register_packet(
        packet_id=packet_id,
        name=name,
        content_hash=hashlib.sha256((content or packet_id).encode()).hexdigest(),
        taken_at="2026-11-22T10:00:00+08:00",
        as_of=DAY,
        conditions=conditions,
    )
