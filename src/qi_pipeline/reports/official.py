"""Orders and notices to institutions as official letters (公文): which there are, and what each is filled with.

到期提醒, 暂停服务通知, 年度审核通知, 注销, 退出 and 清退, and the notices of a review. Their words stand in templates,
``letter_<kind>.html``. Those to residents are Chinese whatever the language of the reports, for that is the language
in which they are served.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from qi_pipeline.kinds import KINDS
from qi_pipeline.model import Lang
from qi_pipeline.reports.life_words import matter

REQUIRED: dict[str, tuple[str, ...]] = {
    "reminder": ("uscc", "ends"),
    "suspension": ("uscc",),
    "audit": ("uscc", "due_on"),
    "deregistration": ("uscc", "lapsed", "grace"),
    "voluntary_exit": ("uscc",),
    "inspection_failed": ("uscc", "text"),
    "closed": ("uscc",),
    "qualification_revoked": ("uscc", "text"),
    "eviction_notice": ("uscc", "text"),
    "admit": ("request_name",),
    "supplement": ("request_name", "items"),
    "further_verification": ("request_name", "items"),
    "reject": ("request_name", "items"),
}
"""Every kind of letter, and what it can't do without, besides issuer, addressee, number and day."""
NOTICES = ("admit", "supplement", "further_verification", "reject")
"""Notices of the result of a review (审核结果通知): they exist in English too."""
_SEE_RECORD = "详见检查记录"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter to one institution."""

    key: str
    """Name of its file, or of its place in a file with others."""
    kind: str
    """The letter's template is ``letter_<kind>.html``."""
    number: str
    institution: str
    uscc: str | None
    on: date
    values: Mapping[str, object] = field(default_factory=dict)
    lang: Lang = "zh"
    draft: bool = False


def night_number(series: str, on: date, uscc: str) -> str:
    """The number of a letter that a night writes: the same however often the night is run.

    >>> night_number("DQ", date(2026, 11, 2), "91320281MA1XXXXXXX")
    'DQ-20261102-91320281MA1XXXXXXX'
    """
    return f"{series}-{on:%Y%m%d}-{uscc}"


def reminder(*, uscc: str, name: str, ends: Sequence[tuple[str, str | None, date]], on: date) -> Letter:
    """到期提醒: ``ends`` are kind, number and last day of what ends soon."""
    return Letter(
        key=f"reminder-{uscc}",
        kind="reminder",
        number=night_number("DQ", on, uscc),
        institution=name,
        uscc=uscc,
        on=on,
        values={
            "ends": [
                {"paper": KINDS.get(kind, kind), "number": code, "valid_to": day, "days_left": (day - on).days}
                for kind, code, day in ends
            ]
        },
    )


def suspension(
    *, uscc: str, name: str, services: Sequence[str], licence: bool, deregisters_on: date | None, on: date
) -> Letter:
    """暂停服务通知: the services that may be offered no longer; ``licence`` when the licence has ended."""
    return Letter(
        key=f"suspension-{uscc}",
        kind="suspension",
        number=night_number("ZT", on, uscc),
        institution=name,
        uscc=uscc,
        on=on,
        values={"services": list(services), "licence": licence, "deregisters_on": deregisters_on},
    )


def audit(*, uscc: str, name: str, due_on: date, on: date, key: str | None = None) -> Letter:
    """年度审核通知."""
    return Letter(
        key=key or f"audit-{uscc}",
        kind="audit",
        number=night_number("NS", on, uscc),
        institution=name,
        uscc=uscc,
        on=on,
        values={"due_on": due_on},
    )


def deregistration(
    *, number: str, uscc: str, name: str, lapsed: Sequence[tuple[str, str, date]], grace: int, on: date
) -> Letter:
    """注销通知 after the last qualification lapsed (4.2): service, its papers, and the day from which it had none."""
    return Letter(
        key=number,
        kind="deregistration",
        number=number,
        institution=name,
        uscc=uscc,
        on=on,
        values={
            "lapsed": [{"service": service, "papers": papers, "on": day} for service, papers, day in lapsed],
            "grace": grace,
        },
    )


def leaving(*, number: str, uscc: str, name: str, reason: str, text: str, left_open: Sequence[str], on: date) -> Letter:
    """退出, 清退 or 注销 by an order that a person made; ``left_open`` stays on record."""
    return Letter(
        key=number,
        kind=reason,
        number=number,
        institution=name,
        uscc=uscc,
        on=on,
        values={"text": _clause(text), "left_open": [matter(each, "zh") for each in left_open]},
    )


def eviction_notice(*, uscc: str, name: str, note: str, on: date, number: str) -> Letter:
    """清退通知: after a failed inspection, before the leftover issues are settled (7.4)."""
    return Letter(
        key=number,
        kind="eviction_notice",
        number=number,
        institution=name,
        uscc=uscc,
        on=on,
        values={"text": _clause(note)},
    )


def _clause(text: str) -> str:
    """What was noted, as part of a sentence; an inspection without a note refers to its record."""
    return text.strip().rstrip("。.") or _SEE_RECORD
