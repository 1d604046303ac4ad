"""The decision (审核决定): findings by the rules, their gravest severity as outcome, services and deadlines.

Pure: the same dossier, policy and rules give the same decision. A decision with a doubt in it, and an outcome that
policy keeps for a person, are recommendations (``automatic`` is false); so is an early re-entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from qi_pipeline import __version__
from qi_pipeline.admission.findings import findings_of
from qi_pipeline.admission.rules import Rules
from qi_pipeline.admission.services import ServiceTable
from qi_pipeline.model import Deadline, Decision, Finding, Json, Outcome, ServiceJudgement, Severity
from qi_pipeline.policy import AdmissionPolicy, Policy
from qi_pipeline.workdays import add_working_days

_OUTCOMES: tuple[tuple[Severity, Outcome], ...] = (
    ("reject", "reject"),
    ("supplement", "supplement"),
    ("verify", "further_verification"),
    ("review", "manual_review"),
)
"""Severity to the outcome it causes, the gravest first (contract, section 6)."""


def decide(
    dossier: Mapping[str, Json], policy: Policy, rules: Rules, versions: Mapping[str, str] | None = None
) -> Decision:
    """The decision on a dossier; ``versions`` names what else made it, such as engines and extractors."""
    findings = findings_of(dossier, rules)
    services = _services(dossier)
    outcome = outcome_of(findings, services, policy.admission)
    return Decision(
        as_of=str(dossier["as_of"]),
        outcome=outcome,
        automatic=is_automatic(findings, outcome, policy.admission) and not reenters_early(dossier, outcome),
        findings=findings,
        services=services,
        deadlines=_deadlines(dossier, policy.admission),
        versions={
            **_stamps(dossier.get("made_with")),
            "policy": _stamped(policy.version, policy.fingerprint),
            "rules": _stamped(rules.version, rules.fingerprint),
            **(versions or {}),
        },
    )


def outcome_of(findings: Sequence[Finding], services: Sequence[ServiceJudgement], policy: AdmissionPolicy) -> Outcome:
    """The outcome that the gravest finding causes; ``admit`` with notices only.

    With ``partial_admission`` a finding about one service keeps only that service out, as long as another qualifies.
    """
    qualified = {service.name for service in services if service.qualified}
    counted = [
        finding
        for finding in findings
        if not (policy.partial_admission and qualified and finding.service and finding.service not in qualified)
    ]
    severities = {finding.severity for finding in counted}
    return next((outcome for severity, outcome in _OUTCOMES if severity in severities), "admit")


def is_automatic(findings: Sequence[Finding], outcome: Outcome, policy: AdmissionPolicy) -> bool:
    """Whether the outcome stands without a person: no doubt was found, and policy does not keep it for one."""
    doubt = any(finding.severity == "review" for finding in findings)
    return not doubt and outcome not in policy.decided_by_person


def reenters_early(dossier: Mapping[str, Json], outcome: Outcome) -> bool:
    """Whether it would admit an institution whose time after an eviction or a deregistration is not over."""
    registry = dossier.get("registry")
    again = registry.get("reentry_from") if isinstance(registry, dict) else None
    return outcome == "admit" and dossier.get("basis") == "admission" and str(again or "") > str(dossier["as_of"])


def versions(policy: Policy, services: ServiceTable, rules: Rules) -> dict[str, str]:
    """Versions and fingerprints of what makes a decision from stored facts."""
    return {
        "qi_pipeline": __version__,
        "policy": _stamped(policy.version, policy.fingerprint),
        "services": _stamped(services.version, services.fingerprint),
        "rules": _stamped(rules.version, rules.fingerprint),
    }


def _stamps(made_with: Json) -> dict[str, str]:
    """The versions that the dossier says it was made with."""
    return {name: str(stamp) for name, stamp in made_with.items()} if isinstance(made_with, dict) else {}


def _stamped(version: str, fingerprint: str) -> str:
    return f"{version}+{fingerprint}"


def _services(dossier: Mapping[str, Json]) -> tuple[ServiceJudgement, ...]:
    rows: Any = dossier.get("services", [])
    return tuple(
        ServiceJudgement(
            name=row["service"],
            item=row["item"] or "",
            qualified=row["qualified"],
            by=tuple(row["by"]),
            rows=tuple(row["rows"]),
        )
        for row in rows
    )


def _deadlines(dossier: Mapping[str, Json], policy: AdmissionPolicy) -> tuple[Deadline, ...]:
    """The duty to notify the applicant (5.2.1), from the day of submission in Asia/Shanghai."""
    start = date.fromisoformat(str(dossier.get("received_on") or dossier["as_of"]))
    due = add_working_days(start, policy.notify_working_days)
    return (
        Deadline(clause="5.2.1", duty="notify_applicant", due_on=due.date.isoformat(), provisional=due.provisional),
    )
