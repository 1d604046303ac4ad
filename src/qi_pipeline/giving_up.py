"""A packet over which the program stumbles again and again waits for a person (转人工处理).

Such a fault is the program's own, and the applicant must not pay for it: the packet is neither refused nor tried for
ever. It gets the outcome ``manual_review`` with a finding that says what happened, is archived like every other, and
stands in the queue of the reviewers, who look at the original; its clock (5.2.1) runs.
"""

from __future__ import annotations

import base64
import contextlib
from datetime import date, datetime

from qi_pipeline.admission.form import Form, form_from_json
from qi_pipeline.admission.form_decoding import MAX_BYTES
from qi_pipeline.context import Context
from qi_pipeline.errors import QiError
from qi_pipeline.intake.claims import Claim
from qi_pipeline.intake.packet import PacketContents, open_packet
from qi_pipeline.intake.storage import shared_storage
from qi_pipeline.model import Deadline, Decision, Finding, Json
from qi_pipeline.pipeline import Judged
from qi_pipeline.records.rows import FileRow, PacketFacts
from qi_pipeline.reporting import report_packet
from qi_pipeline.workdays import SHANGHAI, add_working_days

MOST_TRIES = 3
"""So often a packet is tried over which the program stumbles by a mistake of its own."""
MOST_DEATHS = 10
"""So often a packet is tried over which the process ends: by the system, for want of memory, or by its operator."""


def hand_over(claim: Claim, context: Context, as_of: date, why: str) -> Judged:
    """How it ended: waiting for a person, with ``why`` it could not be judged, archived whole.

    A decision that was made before the program stumbled stands; only what could not be written is left out.
    """
    store = context.store
    contents = _contents(claim, context)
    known = store.register_packet(
        packet_id=claim.id,
        name=claim.packet,
        content_hash=None if contents is None else contents.content_hash,
        taken_at=claim.taken_at,
        as_of=as_of,
        conditions=context.conditions,
    )
    if known.duplicate:
        store.save_place(claim.id, str(claim.destination("archive")))
        claim.finish_archive()
        return Judged(end="duplicate", packet=claim.packet, packet_id=claim.id, of=known.packet.name)
    standing = store.decision(claim.id)
    if standing is None:
        facts, started = _facts(contents, context)
        due = add_working_days(started or as_of, context.policy.admission.notify_working_days)
        standing = store.save_decision(
            claim.id,
            Decision(
                as_of=as_of.isoformat(),
                outcome="manual_review",
                automatic=False,
                findings=(_finding(claim.packet, why),),
                services=(),
                deadlines=(
                    Deadline(
                        clause="5.2.1",
                        duty="notify_applicant",
                        due_on=due.date.isoformat(),
                        provisional=due.provisional,
                    ),
                ),
                versions=context.versions(),
            ),
            facts=facts,
        )
    report = _report(claim, context)
    store.save_place(claim.id, str(claim.destination("archive")), report)
    claim.finish_archive()
    return Judged(
        end="decided", packet=claim.packet, packet_id=claim.id, row=store.known_packet(claim.id), decision=standing
    )


def _finding(packet: str, why: str) -> Finding:
    return Finding(
        code="low_confidence",
        clause="5.2.1",
        severity="review",
        message={
            "zh": f"程序多次未能处理完本申请（{why}），未得出可靠结论，须由人工查看原件",
            "en": f"the program could not work through this application ({why}); a person must look at the originals",
        },
        remedy={
            "zh": f"将错误报告给维护人员；修复后用 qi-pipeline packet rerun {packet} 重新识读。未识读前不能准予入驻，"
            "可查看归档的原件后用 qi-pipeline decide 作出其他决定",
            "en": f"report the error; once it is mended, `qi-pipeline packet rerun {packet}` reads it anew. Until then "
            "it can't be admitted; for any other outcome look at the archived originals and `qi-pipeline decide`",
        },
    )


def _contents(claim: Claim, context: Context) -> PacketContents | None:
    """What lies in the packet; None where opening it is what fails."""
    try:
        shared = shared_storage(context.settings.storage)
        return open_packet(claim.path, context.policy.limits, context.settings.work / "originals", shared)
    except QiError as error:
        if error.retryable:
            raise
        return None
    except Exception:  # noqa: BLE001 - this is the border for what stumbled before, perhaps here
        return None


def _facts(contents: PacketContents | None, context: Context) -> tuple[PacketFacts, date | None]:
    """What is known without judging: the files, and who hands them in where the form can be read; day of submission."""
    if contents is None:
        return PacketFacts(request=None, uscc=None, institution=None), None
    files = tuple(
        [FileRow(name=file.name, sha256=file.sha256, size=file.size) for file in contents.files]
        + [FileRow.failed(failure) for failure in contents.failures]
    )
    stored: Json = None
    form: Form | None = None
    if contents.form is not None:
        with contextlib.suppress(Exception):  # see above
            with contents.form.path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
            stored = {"file": contents.form.name, "bytes": base64.b64encode(data).decode("ascii")}
            form = form_from_json(data, contents.form.name, context.services.items)
    submitted: datetime | None = form.submitted_at if form else None
    facts = PacketFacts(
        request=(form.request if form else None) or "admission",
        uscc=form.institution.uscc if form else None,
        institution=form.institution.name if form else None,
        reference=form.reference if form else None,
        submitted_at=submitted.isoformat() if submitted else None,
        form=stored,
        files=files,
    )
    return facts, submitted.astimezone(SHANGHAI).date() if submitted else None


def _report(claim: Claim, context: Context) -> str | None:
    """The report; None where writing it is what fails."""
    try:
        return report_packet(context.settings, context.policy, context.store, claim.id)
    except QiError:
        raise
    except Exception:  # noqa: BLE001 - see above
        return None
