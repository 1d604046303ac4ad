"""Who reviews, and what the review commands answer: arguments and JSON shapes that they share."""

from __future__ import annotations

import argparse
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from qi_pipeline.cli.arguments import SHANGHAI
from qi_pipeline.errors import UsageError

if TYPE_CHECKING:
    from datetime import date

    from qi_pipeline.model import Correction, Finding, Hold, Json, Lang
    from qi_pipeline.records.review import FieldAgreement, Sampled, Waiting
    from qi_pipeline.settings import Settings


def add_reviewer(parser: argparse.ArgumentParser) -> None:
    """Adds ``--reviewer`` and ``--role``."""
    parser.add_argument("--reviewer", metavar="NAME", help="who does it (default: QI_REVIEWER)")
    parser.add_argument("--role", help="in which role, such as 运维机构 (default: QI_REVIEWER_ROLE)")


def reviewer_of(arguments: argparse.Namespace, settings: Settings) -> str:
    """The reviewer's name, from the command line or the settings; raises :class:`UsageError` for none."""
    name = " ".join((arguments.reviewer or settings.reviewer).split())
    if not name:
        raise UsageError("it needs the name of who does it; give --reviewer or set QI_REVIEWER")
    return name


def role_of(arguments: argparse.Namespace, settings: Settings) -> str | None:
    """The reviewer's role, from the command line or the settings."""
    return (arguments.role or settings.reviewer_role).strip() or None


def clock(moment: str) -> str:
    """A stored moment in the time of the platform.

    >>> clock("2026-11-22T01:30:00.000000+00:00")
    '2026-11-22 09:30'
    """
    return f"{datetime.fromisoformat(moment).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def hold_json(hold: Hold | None) -> Json:
    """Who holds a packet, since when and until when."""
    if hold is None:
        return None
    return {"reviewer": hold.reviewer, "role": hold.role, "since": hold.taken_at, "until": hold.held_until}


def waiting_json(each: Waiting, as_of: date, kept: Collection[str]) -> dict[str, Json]:
    """One entry of ``review queue --json``; ``kept`` are the outcomes that policy keeps for a person."""
    reasons = [_reason(finding) for finding in each.doubts]
    if each.recommended in kept or not reasons:
        reasons.append(_kept_for_a_person(each))
    return {
        "packet": each.name,
        "id": each.id,
        "request": each.request,
        "institution": {"uscc": each.uscc, "name": each.institution},
        "recommended": each.recommended,
        "waiting_since": each.since,
        "due_on": None if each.due_on is None else each.due_on.isoformat(),
        "days_left": None if each.due_on is None else (each.due_on - as_of).days,
        "overdue": each.is_overdue(as_of),
        "paused_on": None if each.paused_on is None else each.paused_on.isoformat(),
        "reasons": reasons,
        "held_by": hold_json(each.hold),
        "report": each.report,
    }


def reasons_line(entry: dict[str, Json], lang: str) -> str:
    """Why a packet waits, short enough for a table: the first reason, and how many more there are."""
    reasons = entry["reasons"]
    assert isinstance(reasons, list)
    said = [
        str(each["message"][lang]) for each in reasons if isinstance(each, dict) and isinstance(each["message"], dict)
    ]
    most = 36 if lang == "zh" else 72
    first = said[0] if len(said[0]) <= most else f"{said[0][: most - 1]}…"
    return first if len(said) == 1 else f"{first} (+{len(said) - 1})"


def _reason(finding: Finding) -> Json:
    return {
        "why": "doubt",
        "code": finding.code,
        "clause": finding.clause,
        "document": finding.document,
        "message": dict(finding.message),
    }


def _kept_for_a_person(each: Waiting) -> Json:
    """Why a packet without a doubt waits, with the first finding that its recommendation rests on."""
    cause = each.causes[0] if each.causes else None
    rests = {"zh": "", "en": ""} if cause is None else cause.message
    return {
        "why": "kept_for_person",
        "code": None if cause is None else cause.code,
        "clause": None if cause is None else cause.clause,
        "document": None if cause is None else cause.document,
        "message": {
            "zh": f"按审核政策，此结论须由审核人员作出。{rests.get('zh', '')}",
            "en": f"policy keeps this outcome for a person. {rests.get('en', '')}".rstrip(),
        },
    }


def correction_json(each: Correction, *, applied: bool | None = None) -> dict[str, Json]:
    """One correction, beside what the machine had read; ``applied`` false: it finds no such paper, or a later one."""
    shape: dict[str, Json] = {
        "id": each.id,
        "packet": each.packet,
        "file": each.file,
        "kind": each.kind,
        "page": each.page,
        "field": each.field,
        "value": each.value,
        "machine": {"value": each.machine_value, "confidence": each.machine_confidence},
        "reviewer": each.reviewer,
        "role": each.role,
        "why": each.reason,
        "made_on": each.made_on,
        "withdrawn": None,
    }
    if each.withdrawn_on is not None:
        shape["withdrawn"] = {"on": each.withdrawn_on, "by": each.withdrawn_by, "why": each.withdrawn_reason}
    if applied is not None:
        shape["applied"] = applied
    return shape


def correction_line(each: Correction, lang: Lang, *, applied: bool) -> str:
    """One correction in a line for people: the machine's value, the person's, who and why."""
    from qi_pipeline.reports.desk_words import line

    became = "stands" if applied else "withdrawn" if each.withdrawn_on else "replaced"
    return line(
        f"correction_{became}",
        lang,
        id=each.id,
        file=each.file,
        field=f"{each.kind}.{each.field}",
        before=brief(each.machine_value),
        after=brief(each.value),
        reviewer=each.reviewer,
        on=each.made_on,
        reason=each.reason,
        withdrawn=each.withdrawn_on,
    )


def brief(value: Json) -> str:
    """A corrected value in a few characters; a dash where the paper does not print it."""
    if isinstance(value, dict) and "kind" in value:
        return str(value["kind"])
    text = "—" if value is None else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def sampled_json(each: Sampled) -> dict[str, Json]:
    """One decision of ``review sample --json``."""
    return {
        "packet": each.name,
        "id": each.packet,
        "institution": {"uscc": each.uscc, "name": each.institution},
        "outcome": each.outcome,
        "drawn_on": each.drawn_on.isoformat(),
        "seed": each.seed,
        "rate": each.rate,
        "checked_on": None if each.checked_on is None else each.checked_on.isoformat(),
        "agrees": each.agrees,
        "reviewer": each.reviewer,
        "role": each.role,
        "why": each.reason,
        "report": each.report,
    }


def agreement_json(each: FieldAgreement) -> dict[str, Json]:
    """One field of ``review agreement --json``."""
    return {
        "kind": each.kind,
        "field": each.field,
        **each.all.to_json(),
        "sample": each.sample.to_json(),
        "bands": {band: count.to_json() for band, count in each.bands.items()},
    }
