"""One packet through all stages: intake → reading → extraction → admission → decision → report.

Every step can be repeated: a packet whose process died is judged again under the same id, and a decision that was
already made stands and is only reported once more. The database alone knows what was done.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from qi_pipeline import __version__
from qi_pipeline.admission.corrected import Corrected, corrected
from qi_pipeline.admission.corrected_form import corrected_bytes, of_form
from qi_pipeline.admission.decide import decide, versions
from qi_pipeline.admission.dossier import build
from qi_pipeline.admission.form import Form, form_from_document, form_from_json, merge
from qi_pipeline.admission.form_decoding import MAX_BYTES
from qi_pipeline.admission.rules import Rules
from qi_pipeline.admission.services import ServiceTable
from qi_pipeline.admission.wording import FAILURES
from qi_pipeline.errors import PacketError
from qi_pipeline.extraction.documents import extractors
from qi_pipeline.intake.archives import SourceFile
from qi_pipeline.intake.claims import Claim
from qi_pipeline.intake.packet import PacketContents, PacketRefused, open_packet
from qi_pipeline.intake.storage import shared_storage
from qi_pipeline.intake.turns import await_earlier
from qi_pipeline.kinds import LICENCE_KINDS
from qi_pipeline.model import Decision, Document, FileFailure, FileReading, Json
from qi_pipeline.papers import Papers, draw_places, read_papers
from qi_pipeline.policy import Policy
from qi_pipeline.reading.pool import ReaderPool
from qi_pipeline.reading.versions import READING_VERSION, engine_version
from qi_pipeline.records.corrections import NO_CHANGE, Change
from qi_pipeline.records.rows import DecisionRow, Entry, FileRow, PacketFacts, PacketRow
from qi_pipeline.records.samples import Draw
from qi_pipeline.records.store import Store
from qi_pipeline.registration import entry_of, resident_holder
from qi_pipeline.reporting import report_packet
from qi_pipeline.settings import Settings

_BOMBS = frozenset({"image_bomb", "archive_bomb"})
"""What can only be meant to harm quarantines the whole packet."""
_NO_FORM = FileFailure(
    file="application.json",
    code="corrupt",
    message="it is no JSON that can be read; export it again and add the papers",
)

Stage = Callable[[str], None]
"""Told the name of each stage as it begins; a progress bar listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What judging needs besides the packet: open doors and the rules in force."""

    settings: Settings
    policy: Policy
    services: ServiceTable
    rules: Rules
    store: Store
    pool: ReaderPool

    @property
    def conditions(self) -> str:
        """Names the policy and program under which a packet is read, for packets that are tried again."""
        return f"{__version__} {READING_VERSION} {self.policy.fingerprint}"

    def versions(self) -> dict[str, str]:
        """The versions that a decision records."""
        own = ",".join(f"{each.kind}:{each.version}" for each in extractors())
        return {
            **versions(self.policy, self.services, self.rules),
            "reading": READING_VERSION,
            "engine": engine_version(self.settings.ocr_engine),
            "extractors": hashlib.sha256(own.encode()).hexdigest()[:12],
        }


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


def judge_again(context: Context, packet: PacketRow, as_of: date) -> Decision:
    """The decision on a packet made again from stored facts for another day; nothing is recorded."""
    return judged_again(context, packet, as_of).decision


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedAgain:
    """A decision made again from stored facts, with what a record of it needs."""

    decision: Decision
    dossier: dict[str, Json]
    entry: Entry | None
    uscc: str | None
    institution: str | None
    packets: tuple[str, ...]
    """Ids of the packets whose papers counted: those it completes, and itself."""
    corrections: frozenset[int]
    """Numbers of the corrections that held for them."""


def judged_again(context: Context, packet: PacketRow, as_of: date, change: Change = NO_CHANGE) -> JudgedAgain:
    """The decision from stored facts and corrections, as it would be with a ``change`` of these."""
    facts = context.store.facts_of(packet.id)
    failures = [
        FileFailure(file=file.name, code=file.code, message=file.message or "")
        for file in facts.files
        if file.code is not None
    ]
    papers = context.store.papers_of(packet.id, change=change)[packet.id].documents
    form = _form(context, facts.form, papers, change)
    request = (form.request if form is not None else None) or packet.request or "admission"
    uscc = _uscc(form, papers, context.policy.admission.certain_from) or packet.uscc
    dossier, decision = _judged(context, packet.id, form, papers, failures, request, uscc, as_of, change)
    who = dossier["institution"]
    assert isinstance(who, dict)
    earlier = _completed(context, packet.id, request, uscc)
    counted = [*papers, *(each for one in _earlier_documents(context, earlier, change) for each in one)]
    ids = (*(each.id for each in earlier), packet.id)
    held = context.store.papers_of(*ids)
    return JudgedAgain(
        decision=decision,
        dossier=dossier,
        entry=entry_of(dossier, decision, counted, context.policy),
        uscc=_text(who.get("uscc")) or uscc,
        institution=_text(who.get("name")),
        packets=ids,
        corrections=frozenset(each.id for papers in held.values() for each in (*papers.applied, *papers.idle)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A decision made from papers just read, with what a record of it needs."""

    decision: Decision
    dossier: dict[str, Json]
    entry: Entry | None
    facts: PacketFacts
    packets: tuple[str, ...]
    """Ids of the packets whose papers counted: those it completes, and itself."""


def read_contents(context: Context, contents: PacketContents) -> tuple[Papers, tuple[FileFailure, ...]]:
    """The papers that the packet holds, read, and every file of it that can't be."""
    papers = read_papers(
        contents.papers,
        context.pool,
        context.settings.work / "pages",
        context.settings.work / "readings",
        lambda documents: _declared(context, contents, documents),
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


def made_from(
    context: Context,
    packet_id: str,
    contents: PacketContents,
    papers: Papers,
    failures: Sequence[FileFailure],
    as_of: date,
    stage: Stage = lambda _name: None,
) -> Made:
    """The decision on a packet from its papers as they were just read; nothing is recorded."""
    kept = contents.form
    stored: Json = None
    if kept is not None:
        stored = {"file": kept.name, "bytes": base64.b64encode(_form_bytes(kept)).decode("ascii")}
    seen = _as_corrected(context, contents, papers.documents)
    form = _form(context, stored, seen)
    uscc = _uscc(form, seen, context.policy.admission.certain_from)
    if uscc is None and form is None:  # a resident's certificate, sent alone
        uscc = resident_holder(context.store, seen, context.policy.admission.certain_from)
    request = _request(context, form, uscc, as_of, packet_id)
    if request == "supplement":
        stage("waiting for what it completes")
        await_earlier(context.settings, packet_id, context.policy.limits.packet_seconds)
    dossier, decision = _judged(context, packet_id, form, seen, failures, request, uscc, as_of)
    who = dossier["institution"]
    assert isinstance(who, dict)
    earlier = _completed(context, packet_id, request, uscc)
    facts = PacketFacts(
        request=request,
        uscc=_text(who.get("uscc")) or uscc,
        institution=_text(who.get("name")),
        reference=form.reference if form else None,
        submitted_at=form.submitted_at.isoformat() if form and form.submitted_at else None,
        form=stored,
        files=tuple(
            [FileRow(name=file.name, sha256=file.sha256, size=file.size) for file in contents.files]
            + [FileRow.failed(failure) for failure in failures]
        ),
        documents=papers.documents,
        completes=earlier[-1].id if earlier else None,
        pages=sum(len(reading.pages) for reading in papers.readings),
        seconds=sum(page.seconds for reading in papers.readings for page in reading.pages),
    )
    counted = [*seen, *(each for packet in _earlier_documents(context, earlier) for each in packet)]
    return Made(
        decision=decision,
        dossier=dossier,
        entry=entry_of(dossier, decision, counted, context.policy),
        facts=facts,
        packets=(*(each.id for each in earlier), packet_id),
    )


def _as_corrected(context: Context, contents: PacketContents, documents: Sequence[Document]) -> tuple[Document, ...]:
    """The documents as a person corrected them where the same file came before; stored they are as they were read."""
    hashes = {file.name: file.sha256 for file in contents.files}
    return corrected(documents, hashes, context.store.corrections_for(hashes.values())).documents


def _judged(
    context: Context,
    packet_id: str,
    form: Form | None,
    documents: Sequence[Document],
    failures: Sequence[FileFailure],
    request: str,
    uscc: str | None,
    as_of: date,
    change: Change = NO_CHANGE,
) -> tuple[dict[str, Json], Decision]:
    """The dossier and the decision, from facts alone."""
    completed = _completed(context, packet_id, request, uscc)
    papers = context.store.papers_of(*(packet.id for packet in completed), change=change)
    for packet in reversed(completed):
        facts = context.store.facts_of(packet.id)
        # What the supplement's form leaves out was said in the packet that it completes.
        form = merge(form, _form(context, facts.form, papers[packet.id].documents, change))
    dossier = build(
        form=form,
        documents=documents,
        failures=failures,
        registry=context.store.registry_snapshot(uscc, as_of, without=packet_id),
        credit=context.store.credit_snapshot(uscc),
        request=request,
        as_of=as_of,
        policy=context.policy,
        services=context.services,
        earlier=_earlier_documents(context, completed, change),
    )
    return dossier, decide(dossier, context.policy, context.rules, context.versions())


def completed_by(context: Context, packet: PacketRow) -> list[PacketRow]:
    """The packets that this one completes, where it is a supplement (5.2.1), oldest first."""
    return _completed(context, packet.id, packet.request or "admission", packet.uscc)


def _completed(context: Context, packet_id: str, request: str, uscc: str | None) -> list[PacketRow]:
    """The packets that a supplement completes (5.2.1), oldest first."""
    if request != "supplement" or uscc is None:
        return []
    return context.store.open_packets_of(uscc, before=packet_id)


def _earlier_documents(
    context: Context, packets: Sequence[PacketRow], change: Change = NO_CHANGE
) -> list[list[Document]]:
    """Their documents, with files named by packet so that nobody looks for them in this one."""
    found: Mapping[str, Corrected] = context.store.papers_of(*(packet.id for packet in packets), change=change)
    return [
        [replace(document, file=f"{packet.name}/{document.file}") for document in found[packet.id].documents]
        for packet in packets
    ]


def _form(context: Context, stored: Json, documents: Sequence[Document], change: Change = NO_CHANGE) -> Form | None:
    items = context.services.items
    handed_in = None
    if isinstance(stored, dict):
        data = base64.b64decode(str(stored["bytes"]))
        mended = of_form(context.store.corrections_for([hashlib.sha256(data).hexdigest()], change))
        handed_in = form_from_json(corrected_bytes(data, mended), str(stored["file"]), items)
    scanned = None
    for document in documents:
        if document.kind == "application_form":
            scanned = merge(scanned, form_from_document(document, items))
    return merge(handed_in, scanned)


def _declared(context: Context, contents: PacketContents, documents: Sequence[Document]) -> list[str]:
    """The standards that the packet's form declares, filled in online or on paper."""
    stored: Json = None
    if contents.form is not None:
        data = base64.b64encode(_form_bytes(contents.form)).decode("ascii")
        stored = {"file": contents.form.name, "bytes": data}
    form = _form(context, stored, documents)
    return [standard for service in form.services for standard in service.standards] if form is not None else []


def cited(decision: Decision) -> set[tuple[str, int]]:
    """Files and pages that the decision's findings and services point to."""
    places = {(evidence.file, evidence.page) for finding in decision.findings for evidence in finding.evidence}
    for service in decision.services:
        for row in service.rows:
            file, page = row.get("file"), row.get("page")
            if isinstance(file, str) and isinstance(page, int):
                places.add((file, page))
    return places


def _form_bytes(file: SourceFile) -> bytes:
    """The bytes of an application.json; one byte more than any may have is enough to say that it is none."""
    with file.path.open("rb") as data:
        return data.read(MAX_BYTES + 1)


def _says_something(contents: PacketContents, services: ServiceTable) -> bool:
    """Whether the packet's application.json can be read at all."""
    if contents.form is None:
        return False
    form = form_from_json(_form_bytes(contents.form), contents.form.name, services.items)
    return not any(problem.path == "$" for problem in form.problems)


def _uscc(form: Form | None, documents: Sequence[Document], certain_from: float) -> str | None:
    """The code under which register and lists are asked: the form's, else the surest print, licences first."""
    if form is not None and form.institution.uscc:
        return form.institution.uscc
    printed = [
        (document.kind in LICENCE_KINDS, field.confidence, field.value)
        for document in documents
        if (field := document.fields.get("holder_uscc")) is not None
        and isinstance(field.value, str)
        and field.confidence >= certain_from
    ]
    return max(printed)[2] if printed else None


def _request(context: Context, form: Form | None, uscc: str | None, as_of: date, packet_id: str) -> str:
    if form is not None and form.request is not None:
        return form.request
    state = context.store.registry_snapshot(uscc, as_of, without=packet_id).state
    return "change" if state in ("active", "suspended") else "admission"


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


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None
