"""What admission is told about an institution besides its papers: the register and the credit lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

CreditList = Literal["violations", "abnormal", "serious"]
"""违法违规记录, 经营异常名录, 严重违法失信名单 (clause 4.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditEntry:
    """One line of a loaded public list, matched by USCC."""

    list: CreditList
    uscc: str
    name: str
    listed_on: date
    removed_on: date | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditSnapshot:
    """The loaded lists as far as they concern one institution."""

    loaded: tuple[CreditList, ...]
    """Lists that have been loaded at all; empty: nothing was checked."""
    entries: tuple[CreditEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownQualification:
    """A certificate on file in the register, from a roster or an earlier decision."""

    kind: str
    number: str | None
    issuing_authority: str | None
    valid_from: date | None
    valid_to: date | None
    """None: long-term."""
    services: tuple[str, ...] = ()


RESIDENT_STATES = ("active", "suspended")
"""States of the register in which an institution is resident (在驻)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrySnapshot:
    """What the register holds of one institution on the as-of date; ``state`` None: unknown institution."""

    state: str | None = None
    name: str | None = None
    uscc: str | None = None
    legal_representative: str | None = None
    address: str | None = None
    category: str | None = None
    licence_valid_to: date | None = None
    qualifications: tuple[KnownQualification, ...] = ()
    standards: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The standards with which each service was admitted, by its name; a roster's service, without any, is not here."""
    left_on: date | None = None
    """The day on which it left the platform, for one that has."""
    left_by: str | None = None
    """Number of the order by which it left."""
