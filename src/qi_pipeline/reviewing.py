"""A reviewer's corrections (更正): put on record beside the machine's values, and the decision made again at once.

Record and decision are one transaction. Whoever corrected or decided in between is not overwritten: what was judged
meanwhile is judged again. Packets that wait and rest on the same file are made again too.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from qi_pipeline.admission.corrected import corrected, part_of
from qi_pipeline.admission.corrected_form import corrected_bytes, form_document, of_form
from qi_pipeline.admission.correcting import Remark, Wanted, fits, value_of, wanted
from qi_pipeline.admission.form import DOCUMENT_PATHS
from qi_pipeline.codec import to_json
from qi_pipeline.context import Context
from qi_pipeline.errors import PassingError, UsageError
from qi_pipeline.extraction.certainty import assess
from qi_pipeline.extraction.documents import read_as
from qi_pipeline.intake.originals import Originals
from qi_pipeline.intake.storage import shared_storage
from qi_pipeline.judging import JudgedAgain, completed_by, judged_again
from qi_pipeline.kinds import KINDS
from qi_pipeline.model import Correction, Decision, Document, FileReading, Json
from qi_pipeline.papers import TypedFile
from qi_pipeline.reading.sniff import media_type
from qi_pipeline.records import review
from qi_pipeline.records.corrections import NO_CHANGE, Change
from qi_pipeline.records.review import Act, Outdated, Remade
from qi_pipeline.records.rows import DecisionRow, Entry, PacketFacts, PacketRow
from qi_pipeline.reporting import report_packet

_TRIES = 8
"""How often a decision is made anew because somebody else was quicker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One document that a correction may be about."""

    packet: str
    """Id of the packet that holds it: the reviewed one, or one that it completes."""
    name: str
    """Its file as the decision names it."""
    ordinal: int
    """Its number among the documents of the file, from 1."""
    sha256: str
    document: Document
    """As the machine read it, under its corrected kind."""
    machine: Document
    """As the machine read it."""
    current: Document
    """As corrected so far."""
    is_online: bool = False
    """It is the online form, which the applicant typed."""

    @property
    def label(self) -> str:
        """How ``--document`` names it."""
        return f"{self.name}#{self.ordinal}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a reviewer's correction brought."""

    corrections: tuple[Correction, ...]
    standing: DecisionRow
    """The decision that stands now."""
    recommended: Decision | None
    """What the machine would decide now, where a person's decision stands."""
    remarks: tuple[Remark, ...] = ()
    others: tuple[str, ...] = ()
    """Ids of other packets that rest on the same file, wait or stand in the register, and were decided again."""


def correct(
    context: Context,
    packet: PacketRow,
    assignments: Sequence[str],
    act: Act,
    *,
    document: str | None = None,
    as_printed: bool = False,
) -> Done:
    """The fields corrected as ``[kind.]field=value`` says; raises :class:`UsageError` for what can't be."""
    made: list[Correction] = []
    remarks: list[Remark] = []
    for each in map(wanted, assignments):
        papers = papers_of(context, packet, Change(added=tuple(made)))  # each counts on those before it
        paper = _paper_for(papers, each, document, packet)
        value, said = value_of(each, paper.current, as_printed=as_printed)
        remarks += said
        made.append(_correction(packet, paper, each.field, value, act))
    return replace(_apply(context, packet, Change(added=tuple(made)), act), remarks=tuple(remarks))


def correct_kind(context: Context, packet: PacketRow, assignments: Sequence[str], act: Act) -> Done:
    """The documents taken for other kinds, as ``FILE[#n]=KIND`` says, and read again as these."""
    papers = papers_of(context, packet)
    made = []
    for each in assignments:
        name, equals, kind = each.rpartition("=")
        if not equals or kind.strip() not in KINDS:
            raise UsageError(f"{each!r}: give FILE#n=KIND; kinds are {', '.join(KINDS)}")
        paper = _one_named(papers, name, packet)
        if paper.is_online:
            raise UsageError(f"{paper.label}: it is the online form and no paper; correct its values one by one")
        fields = None if kind.strip() == paper.document.kind else _read_again(context, paper, kind.strip())
        value: Json = {"kind": kind.strip(), "fields": fields}
        made.append(_correction(packet, paper, "kind", value, act))
    return _apply(context, packet, Change(added=tuple(made)), act)


def withdraw(context: Context, number: int, act: Act) -> Done:
    """The correction taken back, and the decision made again without it."""
    known = review.correction(context.store, number)
    if known.withdrawn_on is not None:
        raise UsageError(f"correction {number}: {known.withdrawn_by} withdrew it on {known.withdrawn_on} already")
    packet = context.store.packet(known.packet)
    return _apply(context, packet, Change(withdrawn=frozenset({number})), act)


def papers_of(context: Context, packet: PacketRow, change: Change = NO_CHANGE) -> list[Paper]:
    """The documents that the packet's decision rests on, its own first."""
    found = []
    for each in (packet, *reversed(completed_by(context, packet))):
        facts = context.store.facts_of(each.id)
        hashes = {file.name: file.sha256 for file in facts.files if file.sha256 is not None and file.code is None}
        kinds = [one for one in context.store.corrections_for(hashes.values()) if one.field == "kind"]
        of_kind = corrected(facts.documents, hashes, kinds).documents
        current = context.store.papers_of(each.id, change=change)[each.id].documents
        seen: dict[str, int] = {}
        for machine, document, now in zip(facts.documents, of_kind, current, strict=True):
            seen[document.file] = seen.get(document.file, 0) + 1
            found.append(
                Paper(
                    packet=each.id,
                    name=document.file if each.id == packet.id else f"{each.name}/{document.file}",
                    ordinal=seen[document.file],
                    sha256=hashes.get(document.file, ""),
                    machine=machine,
                    document=document,
                    current=now,
                )
            )
        found += _online_form(context, facts, "" if each.id == packet.id else f"{each.name}/", each.id, change)
    return found


def _online_form(context: Context, facts: PacketFacts, prefix: str, packet_id: str, change: Change) -> list[Paper]:
    """The packet's application.json as a paper that may be corrected; none where it has none."""
    if not isinstance(facts.form, dict):
        return []
    data, name = base64.b64decode(str(facts.form["bytes"])), str(facts.form["file"])
    sha256 = hashlib.sha256(data).hexdigest()
    mended = corrected_bytes(data, of_form(context.store.corrections_for([sha256], change)))
    handed_in = form_document(data, name)
    return [
        Paper(
            packet=packet_id,
            name=f"{prefix}{name}",
            ordinal=1,
            sha256=sha256,
            machine=handed_in,
            document=handed_in,
            current=form_document(mended, name),
            is_online=True,
        )
    ]


def _apply(context: Context, packet: PacketRow, change: Change, act: Act) -> Done:
    """The change on record and the packet decided again from it."""
    hashes = [each.sha256 for each in change.added]
    hashes += [review.correction(context.store, number).sha256 for number in change.withdrawn]
    for _ in range(_TRIES):
        standing = context.store.decision(packet.id)
        if standing is None:
            raise UsageError(f"{packet.name}: nothing was read that could be corrected; see `qi-pipeline packet show`")
        remade = _remade(context, packet, standing, act, change)
        by_person = standing.reviewer is not None
        earlier = _as_they_are(context, packet.id, hashes, act)
        try:
            kept, now = review.record_change(context.store, packet.id, change, act, remade)
        except Outdated:
            continue
        others = _remake_others(context, earlier, act)
        for packet_id in (packet.id, *others):
            report_packet(context.settings, context.policy, context.store, packet_id)
        return Done(
            corrections=tuple(kept),
            standing=now,
            recommended=remade.decision if by_person else None,
            others=tuple(others),
        )
    raise PassingError(f"{packet.name}: others correct it at this moment; run again, nothing was recorded")


def _as_they_are(context: Context, packet_id: str, hashes: Sequence[str], act: Act) -> dict[str, JudgedAgain]:
    """The other packets that rest on these files, as they would be decided today without the change, by id."""
    found = {}
    for other in review.affected(context.store, hashes):
        row = context.store.known_packet(other)
        if other != packet_id and row is not None:
            found[other] = judged_again(context, row, act.on)
    return found


def _remake_others(context: Context, earlier: Mapping[str, JudgedAgain], act: Act) -> list[str]:
    """Ids of the other packets that rest on these files, decided again; of what is decided only where it matters."""
    done = []
    for other, before in earlier.items():
        for _ in range(_TRIES):
            row, standing = context.store.known_packet(other), context.store.decision(other)
            if row is None or standing is None:
                break
            remade = _remade(context, row, standing, act, NO_CHANGE, before.entry)
            same = (remade.decision.outcome, remade.entry) == (before.decision.outcome, before.entry)
            if row.state != "waiting" and same:
                break
            try:
                review.record_remade(context.store, other, remade, act)
            except Outdated:
                continue
            done.append(other)
            break
    return done


def _remade(
    context: Context,
    packet: PacketRow,
    standing: DecisionRow,
    act: Act,
    change: Change,
    before: Entry | None = None,
) -> Remade:
    again = judged_again(context, packet, act.on, change)
    if before is None and standing.reviewer is not None:
        before = judged_again(context, packet, act.on).entry
    return Remade(
        # The clock of 5.2.1 began when the packet came, not when somebody looked at it.
        decision=replace(again.decision, deadlines=standing.decision.deadlines),
        dossier=again.dossier,
        entry=again.entry,
        uscc=again.uscc,
        institution=again.institution,
        packets=again.packets,
        seen=again.corrections,
        standing=standing.id,
        before=before,
    )


def _correction(packet: PacketRow, paper: Paper, field: str, value: Json, act: Act) -> Correction:
    name, _, part = field.partition(".")
    machine = paper.document.fields.get(name)
    before: Json = None if machine is None else machine.value
    confidence = None if machine is None else machine.confidence
    if part:
        before = part_of(before, part)
    elif field == "kind":
        before, confidence = paper.machine.kind, paper.machine.confidence
    elif field == "seal":
        before = [seal.text for seal in paper.document.seals]
        confidence = max((seal.confidence for seal in paper.document.seals), default=None)
    if not paper.sha256:
        raise UsageError(f"{paper.label}: its file can't be told by content, so no correction would hold")
    return Correction(
        id=0,
        packet=packet.id,
        file=paper.document.file,
        sha256=paper.sha256,
        kind=paper.document.kind,
        page=paper.document.pages[0] if paper.document.pages else 1,
        field=field,
        value=value,
        machine_value=before,
        machine_confidence=confidence,
        reviewer=act.reviewer,
        role=act.role,
        reason=act.reason,
        made_on=act.on.isoformat(),
    )


def _paper_for(papers: Sequence[Paper], each: Wanted, document: str | None, packet: PacketRow) -> Paper:
    """The one document that the assignment is about; raises :class:`UsageError` that names the choices."""
    name = each.field.partition(".")[0]
    if document is not None:
        paper = _one_named(papers, document, packet, lambda one: each.kind in (None, one.document.kind))
        if not _may_print(paper, name):
            raise UsageError(f"{paper.label}: a {paper.document.kind} prints no {name}")
        return paper
    found = [one for one in papers if each.kind in (None, one.document.kind) and _may_print(one, name)]
    if each.kind is None:  # a field alone means what was read on paper, where one prints it
        found = [one for one in found if not one.is_online] or found
    if not found:
        has = ", ".join(dict.fromkeys(one.document.kind for one in papers)) or "no paper that could be read"
        asked = each.kind or f"paper with {name}"
        raise UsageError(f"{packet.name} has no {asked}, only {has}; a wrong kind: `qi-pipeline correct --kind`")
    for narrower in (lambda one: one.packet == packet.id, lambda one: name in one.document.fields):
        found = [one for one in found if narrower(one)] or found
    if len(found) > 1:
        choices = ", ".join(f"{one.document.kind} {one.label}" for one in found)
        raise UsageError(f"{each.field} may be meant of {choices}; give kind.field, or --document FILE#n")
    return found[0]


def _may_print(paper: Paper, name: str) -> bool:
    """Whether the document may have the field; the online form has those of application.json."""
    return name in DOCUMENT_PATHS if paper.is_online else fits(paper.document.kind, name)


def _one_named(
    papers: Sequence[Paper], name: str, packet: PacketRow, counts: Callable[[Paper], bool] = lambda _paper: True
) -> Paper:
    """The document that ``FILE[#n]`` names, by the file's whole name or its end."""
    name = name.strip()
    exact = [one for one in papers if name in (one.name, one.label)]
    ends = [one for one in papers if one.name.endswith(f"/{name}") or one.label.endswith(f"/{name}")]
    found = [one for one in exact or ends if counts(one)]
    if len(found) == 1:
        return found[0]
    choices = ", ".join(f"{one.label} ({one.document.kind})" for one in found or papers)
    fault = "is not one document" if found else "is no document of that kind" if exact or ends else "is no document"
    raise UsageError(f"{name} {fault} of {packet.name}; it has {choices or 'none'}")


def _read_again(context: Context, paper: Paper, kind: str) -> Json:
    """The fields that the extractor of that kind finds; None where the file can't be read anew: its fields stay."""
    shared = shared_storage(context.settings.storage)
    place = Originals(context.settings.work / "originals", shared).find(paper.sha256)
    if place is None:
        return None
    file = TypedFile(name=paper.document.file, path=place, sha256=paper.sha256, media_type=media_type(place))
    work: Path = context.settings.work
    for reading in context.pool.read([file], work / "pages", work / "readings"):
        if isinstance(reading, FileReading):
            document = read_as(reading, paper.document.pages, kind)
            return to_json(assess([document], [reading], None)[0].fields)
    return None
