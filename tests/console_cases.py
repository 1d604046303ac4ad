"""A workspace of invented packets and institutions for the tests of the console."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from nightly_cases import code
from qi_pipeline.admission.facts import CreditEntry
from qi_pipeline.model import Deadline, Decision, Finding
from qi_pipeline.records.store import Store
from records_cases import OTHER, USCC, decision, entry, facts, take

THIRD = code(3)
FOURTH = code(4)


def finding(code: str, severity: str, clause: str = "4.2", **changed: object) -> Finding:
    return Finding(
        code=code,
        clause=clause,
        severity=severity,  # type: ignore[arg-type]
        message={"zh": f"=发现{code}", "en": f"found {code}"},
        **changed,  # type: ignore[arg-type]
    )


def judged(outcome: str, *codes: tuple[str, str], automatic: bool = True, as_of: date, due_on: str) -> Decision:
    made = decision(outcome, automatic=automatic, as_of=as_of)
    return replace(
        made,
        findings=tuple(finding(code, severity) for code, severity in codes),
        deadlines=(Deadline(clause="5.2.1", duty="notify_applicant", due_on=due_on),),
    )


def fill(store: Store) -> None:
    """Seven packets: one admitted, two that wait (one late), one reviewed, one sent back, one broken, one in work."""
    on = date(2026, 11, 2)
    _packet(store, "p1", "wx-1", judged("admit", ("qualification_expiring", "notice"), as_of=on, due_on="2026-11-05"))
    late = judged("reject", ("serious_violation_listed", "reject"), automatic=False, as_of=on, due_on="2026-11-05")
    _packet(store, "p2", "wx-2", late, uscc=OTHER, institution="苏州乙计量有限公司", category="metrology")
    seals = (("seal_missing", "supplement"), ("qualification_expiring", "notice"))
    later = judged("supplement", *seals, automatic=False, as_of=date(2026, 11, 20), due_on="2026-11-25")
    _packet(store, "p3", "wx-3", later, uscc=FOURTH, institution="常州丁计量有限公司", category="metrology")
    _packet(
        store,
        "p4",
        "wx-4",
        judged("reject", ("licence_missing", "supplement"), automatic=False, as_of=on, due_on="2026-11-05"),
        uscc=THIRD,
        institution="南京丙培训中心",
        category="training",
    )
    store.record_reviewer_decision(
        "p4", outcome="supplement", reviewer="李审", reason="可以补正", as_of=date(2026, 11, 4), role="运维机构"
    )
    back = judged("supplement", ("seal_missing", "supplement"), as_of=date(2026, 11, 3), due_on="2026-11-06")
    _packet(store, "p5", "wx-5", back, uscc=THIRD, institution="南京丙培训中心", category="training")
    take(store, "p6", name="坏\x1b[31m包")
    store.save_quarantine("p6", "corrupt", "damaged\x1b]0;x")
    take(store, "p7", name="in-work")
    store.import_credit_list(
        [
            CreditEntry(
                list="abnormal",
                uscc=USCC,
                name="无锡甲检测有限公司",
                listed_on=date(2022, 3, 1),
                removed_on=date(2024, 2, 29),
                reason="=HYPERLINK(1)",
            )
        ],
        "abnormal",
        loaded_on=on,
        source="abnormal.csv",
    )


def _packet(store: Store, packet_id: str, name: str, made: Decision, **who: str) -> None:
    take(store, packet_id, name=name)
    uscc = who.get("uscc", USCC)
    institution = who.get("institution", "无锡甲检测有限公司")
    read = facts(uscc=uscc, institution=institution, submitted_at=None, pages=10, seconds=25.0)
    store.save_decision(
        packet_id,
        made,
        facts=read,
        entry=entry(uscc, name=institution, category=who.get("category", "inspection_testing")),
        report=f"reports/{name}/decision.html",
    )


def workspace(folder: Path) -> Path:
    """A workspace with the records of :func:`fill`."""
    with Store(f"sqlite:///{folder / 'qi.db'}") as store:
        fill(store)
    return folder
