"""One packet through all stages: intake → reading → extraction → admission → decision → report.

Every step can be repeated: a packet whose process died is judged again under the same id, and a decision that was
already made stands and is only reported once more. The database alone knows what was done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from qi_pipeline.admission.form import form_from_json
from qi_pipeline.admission.services import ServiceTable
from qi_pipeline.admission.wording import FAILURES
from qi_pipeline.context import Context
from qi_pipeline.errors import PacketError
from qi_pipeline.intake.claims import Claim
from qi_pipeline.intake.packet import PacketContents, PacketRefused, open_packet
from qi_pipeline.intake.storage import shared_storage
from qi_pipeline.judging import Stage, cited, declared_standards, form_bytes, made_from
from qi_pipeline.model import FileFailure, FileReading
from qi_pipeline.papers import Papers, draw_places, read_papers
from qi_pipeline.records.rows import DecisionRow, PacketRow
from qi_pipeline.records.samples import Draw
from qi_pipeline.reporting import report_packet

_BOMBS = frozenset({"image_bomb", "archive_bomb"})
"""What can only be meant to harm quarantines the whole packet."""
_NO_FORM = FileFailure(
    file="application.json",
    code="corrupt",
    message="it is no JSON that can be read; export it again and add the papers",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How one packet ended."""

    end: Literal["decided", "duplicate", "quarantined"]
    packet: str
    packet_id: str
    row: PacketRow | None = None
    decision: DecisionRow | None = None
    of: str | None = None
    of_id: str | None = None
    """Id of the packet that a duplicate is the same as."""
    code: str | None = None
    message: str | None = None


def judge(claim: Claim, context: Context, as_of: date, *, now: float, stage: Stage = lambda _name: None) -> Judged:
    """How the claimed packet ended; afterwards it lies in archive/ or quarantine/ and the claim is over."""
    store = context.store
    stage("intake")
    try:
        shared = shared_storage(context.settings.storage)
        contents = open_packet(claim.path, context.policy.limits, context.settings.work / "originals", shared)
    except PacketError as error:
        if error.code == "permission":
            raise  # it goes back to the inbox
        content_hash = error.content_hash if isinstance(error, PacketRefused) else None
        return _quarantine(claim, context, as_of, content_hash, error.code, str(error), now)
    known = store.register_packet(
        packet_id=claim.id,
        name=claim.packet,
        content_hash=contents.content_hash,
        taken_at=claim.taken_at,
        as_of=as_of,
        conditions=context.conditions,
    )
    if known.duplicate:
        store.save_place(claim.id, str(claim.destination("archive")))  # while the claim can still be resumed
        claim.finish_archive()
        return Judged(
            end="duplicate", packet=claim.packet, packet_id=claim.id, of=known.packet.name, of_id=known.packet.id
        )
    standing = store.decision(claim.id)
    if standing is None and known.packet.state == "quarantined":  # its process died before it was laid there
        code, message = known.packet.code or "corrupt", known.packet.message or ""
        return _quarantine(claim, context, as_of, None, code, message, now)
    readings: Sequence[FileReading] = ()
    if standing is None:
        if contents.blame is not None:
            return _quarantine(claim, context, as_of, None, contents.blame.code, contents.blame.message, now)
        stage("reading")
        papers, failures = read_contents(context, contents)
        readings = papers.readings
        spoiled = spoiled_by(context, contents, papers, failures)
        if spoiled is not None:
            said = f"{spoiled.file}: {spoiled.message}"
            return _quarantine(claim, context, as_of, None, spoiled.code, said, now)
        stage("decision")
        standing = _decide(claim, context, contents, papers, failures, as_of, stage)
    stage("report")
    draw_places(contents.papers, cited(standing.decision), context.pool, context.settings.work / "pages")
    report = report_packet(context.settings, context.policy, store, claim.id, readings)
    store.save_place(claim.id, str(claim.destination("archive")), report)  # while the claim can still be resumed
    claim.finish_archive()
    return Judged(
        end="decided", packet=claim.packet, packet_id=claim.id, row=store.known_packet(claim.id), decision=standing
    )


def read_contents(context: Context, contents: PacketContents) -> tuple[Papers, tuple[FileFailure, ...]]:
    """The papers that the packet holds, read, and every file of it that can't be."""
    papers = read_papers(
        contents.papers,
        context.pool,
        context.settings.work / "pages",
        context.settings.work / "readings",
        lambda documents: declared_standards(context, contents, documents),
    )
    return papers, (*contents.failures, *papers.failures)


def spoiled_by(
    context: Context, contents: PacketContents, papers: Papers, failures: Sequence[FileFailure]
) -> FileFailure | None:
    """Why the whole packet goes to quarantine: a bomb, or nothing in it that says anything; None where it is judged."""
    spoiled = next((failure for failure in failures if failure.code in _BOMBS), None)
    if spoiled is None and not papers.readings and not _says_something(contents, context.services):
        return failures[0] if failures else _NO_FORM
    return spoiled


def _decide(
    claim: Claim,
    context: Context,
    contents: PacketContents,
    papers: Papers,
    failures: Sequence[FileFailure],
    as_of: date,
    stage: Stage,
) -> DecisionRow:
    made = made_from(context, claim.id, contents, papers, failures, as_of, stage)
    return context.store.save_decision(
        claim.id,
        made.decision,
        facts=made.facts,
        entry=made.entry,
        dossier=made.dossier,
        draw=Draw(seed=context.policy.review.sample_seed, rate=context.policy.review.sample_rate),
    )


def _quarantine(
    claim: Claim, context: Context, as_of: date, content_hash: str | None, code: str, message: str, now: float
) -> Judged:
    context.store.register_packet(
        packet_id=claim.id,
        name=claim.packet,
        content_hash=content_hash,
        taken_at=claim.taken_at,
        as_of=as_of,
        conditions=context.conditions,
    )
    place = claim.destination("quarantine")
    context.store.save_quarantine(claim.id, code, message, archived=str(place))
    claim.finish_quarantine(code, {"zh": f"{FAILURES[code][0]}，请处理后重新提交。", "en": message}, now=now)
    return Judged(end="quarantined", packet=claim.packet, packet_id=claim.id, code=code, message=message)


def _says_something(contents: PacketContents, services: ServiceTable) -> bool:
    """Whether the packet's application.json can be read at all."""
    if contents.form is None:
        return False
    form = form_from_json(form_bytes(contents.form), contents.form.name, services.items)
    return not any(problem.path == "$" for problem in form.problems)
