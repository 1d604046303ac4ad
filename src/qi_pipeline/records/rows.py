"""What the records say, as frozen data: packets, decisions, institutions, and what the register takes over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from qi_pipeline.model import Decision, Document, FileFailure, Json, Outcome

PacketState = Literal["processing", "waiting", "decided", "quarantined"]
InstitutionState = Literal["applied", "active", "suspended", "deregistered", "exited", "evicted"]
CLOSED: tuple[InstitutionState, ...] = ("deregistered", "exited", "evicted")


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketRow:
    """One packet on record."""

    id: str
    name: str
    state: PacketState
    content_hash: str | None
    request: str | None
    reference: str | None
    uscc: str | None
    institution: str | None
    submitted_at: str | None
    taken_at: str
    as_of: date | None
    outcome: Outcome | None
    automatic: bool | None
    decided_on: date | None
    code: str | None
    message: str | None
    archived: str | None
    report: str | None
    completes: str | None
    """The packet that this one completes (补正)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """The answer to a packet that was taken in."""

    packet: PacketRow
    """The packet itself; for a duplicate, the packet it is the same as."""
    duplicate: bool
    resumed: bool
    """It was on record before: an earlier process died over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One file of a packet; ``code`` says why it could not be read."""

    name: str
    sha256: str | None
    size: int | None
    code: str | None = None
    message: str | None = None

    @classmethod
    def failed(cls, failure: FileFailure) -> FileRow:
        """The row of a file that gave no page."""
        return cls(name=failure.file, sha256=None, size=None, code=failure.code, message=failure.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketFacts:
    """What was read in one packet; it stands still, whatever is decided from it."""

    request: str | None
    uscc: str | None
    institution: str | None
    reference: str | None = None
    submitted_at: str | None = None
    form: Json = None
    files: tuple[FileRow, ...] = ()
    documents: tuple[Document, ...] = ()
    completes: str | None = None
    pages: int = 0
    """Pages that were read; 0 where nothing was read anew."""
    seconds: float = 0.0
    """Processor seconds that reading them took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceEntry:
    """A service as the register takes it over."""

    name: str
    item: str | None = None
    standards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QualificationEntry:
    """A certificate as the register takes it over; days are ISO text, ``valid_to`` None long-term."""

    kind: str
    number: str | None = None
    issuing_authority: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    services: tuple[str, ...] = ()
    """Names of the services that it qualifies."""
    file: str | None = None
    """The paper behind it."""
    page: int | None = None
    """The page on which it begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the register takes over when a packet is admitted; None leaves what it holds."""

    uscc: str
    request: str
    """``admission`` enters (or enters again); ``change``, ``renewal`` and ``annual_audit`` update."""
    name: str | None = None
    category: str | None = None
    legal_representative: str | None = None
    address: str | None = None
    licence_seen: bool = False
    """A licence with a certain term was read; only then ``licence_valid_to`` counts."""
    licence_valid_to: str | None = None
    """None with ``licence_seen``: long-term or without a term."""
    services: tuple[ServiceEntry, ...] = ()
    qualifications: tuple[QualificationEntry, ...] = ()
    papers: dict[str, str] = field(default_factory=dict)
    """The paper behind a fact of the institution, by its name: file and page."""
    doubtful: tuple[tuple[str, str], ...] = ()
    """Kind and file of certificates of which something is doubtful, so that they are not taken over."""
    report_by: dict[str, str] = field(default_factory=dict)
    """The last day on which a change of a fact that the licence shows is reported in time (5.2.3), by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """One decision on record, the machine's or a reviewer's."""

    id: int
    packet: str
    supersedes: int | None
    made_at: str
    final: bool
    reviewer: str | None
    role: str | None
    reason: str | None
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionRow:
    """One institution as the register holds it now."""

    id: int
    uscc: str
    name: str
    category: str | None
    legal_representative: str
    address: str
    state: InstitutionState
    licence_valid_to: date | None
    held_from: date
    admitted_on: date | None
    profile_completed_on: date | None
    last_audit_on: date | None
    closed_on: date | None
    qualification_count: int
    source: str
