"""Reports written from the records: what was stored is all that a report needs, so it can be written again."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from qi_pipeline.errors import PassingError, UsageError
from qi_pipeline.intake.storage import shared_storage
from qi_pipeline.model import Document, FileFailure, FileReading, Json, Lang
from qi_pipeline.policy import Policy
from qi_pipeline.reading.cache import ReadingCache
from qi_pipeline.reading.protocol import image_name
from qi_pipeline.reading.versions import engine_version
from qi_pipeline.records import review
from qi_pipeline.records.rows import DecisionRow, PacketRow
from qi_pipeline.records.store import Store
from qi_pipeline.reports.decision import ReportInput, ReviewerDecision, render_decision, write_decision
from qi_pipeline.reports.letter_files import write_letter
from qi_pipeline.reports.letter_templates import LetterError
from qi_pipeline.reports.masking import masking, numbers_of
from qi_pipeline.reports.notice import NoticeInput, notice_letter
from qi_pipeline.reports.official import Letter
from qi_pipeline.reports.pdf import try_pdf, write_pdf
from qi_pipeline.reports.served import Served
from qi_pipeline.settings import Settings
from qi_pipeline.shapes import deadline_json, finding_json, service_json

_log = logging.getLogger(__name__)
_OWNER = ".packet"
_LONGEST_NAME = 80


def packet_json(packet: PacketRow, made: DecisionRow) -> dict[str, Json]:
    """The packet's entry of ``ingest --json``."""
    decision = made.decision
    return {
        "packet": packet.name,
        "id": packet.id,
        "request": packet.request,
        "institution": {"uscc": packet.uscc, "name": packet.institution},
        "outcome": decision.outcome,
        "automatic": decision.automatic,
        "findings": [finding_json(finding) for finding in decision.findings],
        "services": [service_json(service) for service in decision.services],
        "deadlines": [deadline_json(deadline) for deadline in decision.deadlines],
        "report": packet.report,
    }


def report_packet(
    settings: Settings,
    policy: Policy,
    store: Store,
    packet_id: str,
    readings: Sequence[FileReading] = (),
    *,
    pdf: bool = False,
) -> str:
    """The path of the packet's decision.html relative to the workspace, written anew with the notice beside it.

    ``pdf``: the report as PDF too, whatever the policy says; where none can be made the pages stand all the same, and
    :class:`InstallationError` says why. Raises :class:`PassingError` when the disk is full.
    """
    packet = store.known_packet(packet_id)
    rows = store.decisions_of(packet_id)
    assert packet is not None
    assert rows
    machine, last = _machine(rows), rows[-1]
    facts = store.facts_of(packet_id)
    papers = store.papers_of(packet_id)[packet_id]
    lang = settings.lang
    files = {file.name: file.sha256 for file in facts.files if file.sha256 is not None and file.code is None}
    read = tuple(readings) or _readings(settings, policy, files)
    earlier: list[Document] = []
    if packet.completes is not None:
        files |= _earlier_files(store, packet)
        earlier = _earlier_papers(store, packet)
    reviewer = None
    if last.reviewer is not None:
        reviewer = ReviewerDecision(
            name=last.reviewer,
            on=last.decision.as_of,
            outcome=last.decision.outcome,
            reason=last.reason or "",
            role=last.role,
        )
    kept = {*numbers_of(papers.documents), packet.uscc or ""}
    try:
        folder = _folder(settings.reports, packet)
        page = (folder / "decision.html").relative_to(settings.home)
        report = ReportInput(
            packet=packet.name,
            packet_id=packet.id,
            request=packet.request or "admission",
            institution_name=packet.institution,
            institution_uscc=packet.uscc,
            submitted_at=packet.submitted_at and packet.submitted_at[:16].replace("T", " "),
            decision=machine.decision,
            documents=papers.documents,
            failures=tuple(
                FileFailure(file=file.name, code=file.code, message=file.message or "")
                for file in facts.files
                if file.code is not None
            ),
            images=_images(settings.work / "pages", files),
            certain_from=policy.admission.certain_from,
            readings=read,
            events=tuple(store.events_of(packet_id)),
            reviewer=reviewer,
            corrections=papers.applied,
            hold=review.hold_of(store, packet_id),
            earlier=tuple(earlier),
        )
        summary: dict[str, Json] = {**packet_json(packet, last), "report": str(page)}
        with masking(policy.privacy, kept):
            write_decision(report, folder, lang, summary)
            _write_notice(
                settings,
                _notice(packet, last, papers.documents, lang),
                folder,
                packet.name,
                pdf=policy.reports.notice_pdf,
            )
            printed = folder / "decision.pdf"
            if pdf:
                write_pdf(printed, render_decision(report, lang, printed=True))
            elif policy.reports.decision_pdf:
                try_pdf(printed, render_decision(report, lang, printed=True))
            else:
                printed.unlink(missing_ok=True)  # one of an earlier decision would say what holds no longer
    except OSError as error:
        raise PassingError(
            f"the report of {packet.name} can't be written ({error.strerror}); "
            "make room or give the right to write; the decision stands and the next run writes it"
        ) from error
    return str(page)


def notice_of(settings: Settings, store: Store, name_or_id: str) -> Served:
    """The notice to the applicant of a packet; raises :class:`UsageError` where there is nothing to tell yet."""
    packet = store.packet(name_or_id)
    rows = store.decisions_of(packet.id)
    letter = None
    if rows:
        papers = store.papers_of(packet.id)[packet.id]
        letter = _notice(packet, rows[-1], papers.documents, settings.lang)
    if letter is None:
        raise UsageError(f"{packet.name} waits for a person, there is nothing to tell yet; see `qi-pipeline decide`")
    return Served(letter=letter, folder=_folder(settings.reports, packet))


def _notice(packet: PacketRow, last: DecisionRow, documents: Sequence[Document], lang: Lang) -> Letter | None:
    return notice_letter(
        NoticeInput(
            institution_name=packet.institution,
            packet=packet.name,
            packet_id=packet.id,
            request=packet.request or "admission",
            submitted_on=datetime.fromisoformat(packet.submitted_at).date() if packet.submitted_at else None,
            outcome=last.decision.outcome,
            decision=last.decision,
            draft=not last.final,
            reason=last.reason,
            unread=tuple((document.file, page) for document in documents for page in document.unread),
        ),
        lang,
    )


def _write_notice(settings: Settings, letter: Letter | None, folder: Path, packet: str, *, pdf: bool) -> None:
    """Writes the notice to the applicant, or takes away one that holds no longer."""
    fault = None
    if letter is not None:
        try:
            write_letter(settings, letter, folder, pdf=pdf)
            return
        except LetterError as error:
            fault = error
    for name in ("notice.html", "notice.pdf"):
        (folder / name).unlink(missing_ok=True)
    if fault is not None:
        # The decision stands; `letter write` makes the notice once its template is mended.
        _log.warning("%s: no notice: %s", packet, fault)


def _machine(rows: Sequence[DecisionRow]) -> DecisionRow:
    return [row for row in rows if row.reviewer is None][-1]


def _readings(settings: Settings, policy: Policy, files: Mapping[str, str]) -> tuple[FileReading, ...]:
    """The readings of the files as far as they are still at hand, for a report that is written again."""
    cache = ReadingCache(
        folder=settings.work / "readings",
        engine=engine_version(settings.ocr_engine),
        limits=policy.limits,
        shared=shared_storage(settings.storage),
    )
    pages = settings.work / "pages"
    found = (cache.get(name, sha256, pages) for name, sha256 in files.items())
    return tuple(reading for reading in found if reading is not None)


def _earlier_files(store: Store, packet: PacketRow) -> dict[str, str]:
    """Files of the packets that a supplement completes, named as its decision names them."""
    found: dict[str, str] = {}
    for earlier in store.open_packets_of(packet.uscc or "", before=packet.id):
        for file in store.facts_of(earlier.id).files:
            if file.sha256 is not None and file.code is None:
                found[f"{earlier.name}/{file.name}"] = file.sha256
    return found


def _earlier_papers(store: Store, packet: PacketRow) -> list[Document]:
    """Documents of the packets that a supplement completes, as persons corrected them, in the order of taking in."""
    rows = store.open_packets_of(packet.uscc or "", before=packet.id)
    papers = store.papers_of(*(row.id for row in rows))
    return [
        replace(document, file=f"{row.name}/{document.file}") for row in rows for document in papers[row.id].documents
    ]


def _images(folder: Path, files: Mapping[str, str]) -> Callable[[str, int], Path | None]:
    """Where the image of a page lies, by file and page; None for a file that is not among ``files``."""

    def path(file: str, page: int) -> Path | None:
        if file not in files:
            return None
        image = folder / image_name(files[file][:16], page)
        before = image.with_suffix(".webp")  # as version 6 of the reader and those before it left them
        return before if not image.is_file() and before.is_file() else image

    return path


def _folder(reports: Path, packet: PacketRow) -> Path:
    """The packet's own folder under reports/: by its name, or with its id where another packet has that name."""
    reports.mkdir(parents=True, exist_ok=True)
    name = os.fsdecode(os.fsencode(packet.name)[:_LONGEST_NAME].decode("utf-8", "ignore").encode())
    for folder in (reports / name, reports / f"{name}-{packet.id}"):
        try:
            folder.mkdir()
            (folder / _OWNER).write_text(packet.id, encoding="ascii")
        except FileExistsError:
            owner = folder / _OWNER
            if not owner.is_file() or owner.read_text(encoding="ascii") != packet.id:
                continue
        return folder
    (folder / _OWNER).write_text(packet.id, encoding="ascii")
    return folder
