"""The decision on a packet from its papers: as they were just read, or again from stored facts and corrections.

Nothing is recorded here; what a record of the decision needs comes back with it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from qi_pipeline.admission.corrected import Corrected, corrected
from qi_pipeline.admission.corrected_form import corrected_bytes, of_form
from qi_pipeline.admission.decide import decide
from qi_pipeline.admission.dossier import build
from qi_pipeline.admission.form import Form, form_from_document, form_from_json, merge
from qi_pipeline.admission.form_decoding import MAX_BYTES
from qi_pipeline.context import Context
from qi_pipeline.intake.archives import SourceFile
from qi_pipeline.intake.packet import PacketContents
from qi_pipeline.intake.turns import await_earlier
from qi_pipeline.kinds import LICENCE_KINDS
from qi_pipeline.model import Decision, Document, FileFailure, Json
from qi_pipeline.papers import Papers
from qi_pipeline.records.corrections import NO_CHANGE, Change
from qi_pipeline.records.rows import Entry, FileRow, PacketFacts, PacketRow
from qi_pipeline.registration import entry_of, resident_holder

Stage = Callable[[str], None]
"""Told the name of each stage as it begins; a progress bar listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A decision made from papers just read, with what a record of it needs."""

    decision: Decision
    dossier: dict[str, Json]
    entry: Entry | None
    facts: PacketFacts
    packets: tuple[str, ...]
    """Ids of the packets whose papers counted: those it completes, and itself."""


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
    stored = _stored_form(contents)
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


def declared_standards(context: Context, contents: PacketContents, documents: Sequence[Document]) -> list[str]:
    """The standards that the packet's form declares, filled in online or on paper."""
    form = _form(context, _stored_form(contents), documents)
    return [standard for service in form.services for standard in service.standards] if form is not None else []


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


def cited(decision: Decision) -> set[tuple[str, int]]:
    """Files and pages that the decision's findings and services point to."""
    places = {(evidence.file, evidence.page) for finding in decision.findings for evidence in finding.evidence}
    for service in decision.services:
        for row in service.rows:
            file, page = row.get("file"), row.get("page")
            if isinstance(file, str) and isinstance(page, int):
                places.add((file, page))
    return places


def _stored_form(contents: PacketContents) -> Json:
    """The form that was filled in online, as the records keep it; None where there is none."""
    if contents.form is None:
        return None
    return {"file": contents.form.name, "bytes": base64.b64encode(form_bytes(contents.form)).decode("ascii")}


def form_bytes(file: SourceFile) -> bytes:
    """The bytes of an application.json; one byte more than any may have is enough to say that it is none."""
    with file.path.open("rb") as data:
        return data.read(MAX_BYTES + 1)


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


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None
