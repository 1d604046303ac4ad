"""Policy (审核政策): what the standard leaves open, as one frozen object from one commented file."""

from __future__ import annotations

import dataclasses
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from qi_pipeline.codec import CodecError, from_json, to_json
from qi_pipeline.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionPolicy:
    """Keys of ``[admission]``; the comments in policy.toml say what each means."""

    certain_from: float
    decided_by_person: tuple[str, ...]
    partial_admission: bool
    expiring_days: int
    calibration_months: int
    look_back_years: int
    notify_working_days: int
    reentry_months: int
    reentry_after: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidencyPolicy:
    """Keys of ``[residency]``."""

    deregistration_grace_days: int
    reminder_days: tuple[int, ...]
    audit_notice_days: int
    profile_working_days: int
    list_stale_days: int
    complaint_days: int
    change_working_days: int
    inspection_rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPolicy:
    """Keys of ``[review]``."""

    hold_minutes: int
    sample_rate: float
    sample_seed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrityPolicy:
    """Keys of ``[integrity]``."""

    sweep_bytes: int
    sweep_seconds: int
    sweep_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyPolicy:
    """Keys of ``[privacy]``."""

    mask_reports: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """Keys of ``[retention]``."""

    years_after_leaving: int
    years_after_rejection: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsPolicy:
    """Keys of ``[reports]``."""

    decision_pdf: bool
    notice_pdf: bool
    letters_pdf_per_night: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Keys of ``[limits]``: how much one packet may ask of the machine."""

    file_bytes: int
    packet_bytes: int
    packet_files: int
    archive_members: int
    archive_depth: int
    archive_bytes: int
    archive_ratio: int
    file_pages: int
    packet_pages: int
    page_pixels: int
    render_dpi: int
    page_characters: int
    page_seconds: int
    packet_seconds: int
    worker_memory_bytes: int
    worker_pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The whole policy file."""

    version: str
    admission: AdmissionPolicy
    residency: ResidencyPolicy
    review: ReviewPolicy
    integrity: IntegrityPolicy
    privacy: PrivacyPolicy
    retention: RetentionPolicy
    reports: ReportsPolicy
    limits: Limits

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that change with any value of the policy."""
        return hashlib.sha256(repr(dataclasses.astuple(self)).encode()).hexdigest()[:12]


def default_policy() -> Policy:
    """The policy as shipped."""
    text = resources.files("qi_pipeline").joinpath("policy.toml").read_text(encoding="utf-8")
    return from_json(Policy, tomllib.loads(text))


def load_policy(path: Path | None) -> Policy:
    """The shipped policy with the values of ``path`` over it; raises :class:`UsageError` on a wrong key or type."""
    policy = default_policy()
    if path is None:
        return policy
    try:
        overrides = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: the policy file can't be read ({error}); mend it or remove it") from error
    merged = _merge(to_json(policy), overrides, str(path))
    try:
        given = from_json(Policy, merged)
    except CodecError as error:
        raise UsageError(f"{path}: {error}; see the comments in the shipped policy.toml") from error
    _refuse_impossible(merged, str(path))
    return given


_LEFT = {"deregistered", "evicted", "exited"}
"""States of an institution that has left the platform."""


def _refuse_impossible(tables: Mapping[str, object], where: str) -> None:
    """Nothing; raises :class:`UsageError` for a value with which no rule could work, such as minus three days."""
    for key, value in tables.items():
        place = f"{where}.{key}"
        if isinstance(value, Mapping):
            _refuse_impossible(value, place)
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, (int, float)) and each < 0:
                raise UsageError(f"{place}: {each} is below zero; see the comments in the shipped policy.toml")
        if key == "sample_rate" and isinstance(value, (int, float)) and value > 1:
            raise UsageError(f"{place}: {value} is above one; give a share, such as 0.02")
        if key == "hold_minutes" and value == 0:
            raise UsageError(f"{place}: nobody could hold a packet; give a number of minutes, such as 30")
        if key in ("sweep_bytes", "sweep_seconds", "sweep_days") and value == 0:
            raise UsageError(f"{place}: no original would ever be looked at; give a number from 1")
        if key == "reentry_after" and isinstance(value, list) and set(value) - _LEFT:
            raise UsageError(f"{place}: {value}; states in which one has left are {', '.join(sorted(_LEFT))}")
        if key == "reminder_days" and not value:
            raise UsageError(f"{place}: it is empty; give a number of days, such as [30]")


def _merge(base: object, over: Mapping[str, object], where: str) -> dict[str, object]:
    if not isinstance(base, dict):
        raise UsageError(f"{where}: a table stands where a value is needed")
    merged: dict[str, object] = dict(base)
    for key, value in over.items():
        if key not in merged:
            raise UsageError(f"{where}: unknown key {key!r}; known are {', '.join(sorted(merged))}")
        merged[key] = _merge(merged[key], value, f"{where}.{key}") if isinstance(value, dict) else value
    return merged
