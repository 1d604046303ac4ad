"""A packet as a report shows it: invented papers whose boxes can be told apart, and pages that look scanned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from admission_cases import AS_OF, CLEAN, NAME, OTHER, POLICY, USCC, Case
from qi_pipeline.model import Code, Document, FileReading, Page
from qi_pipeline.records.events import StoredEvent
from qi_pipeline.reports.decision import ReportInput

WIDE, HIGH = 620, 877


def scanned_page(path: Path, *, seed: int = 0, size: tuple[int, int] = (WIDE, HIGH), noise: float = 6.0) -> Path:
    """A page of grey lines and a red ring under the noise of a scanner, as the reading stage leaves it."""
    rng = np.random.default_rng(seed)
    wide, high = size
    image = Image.new("RGB", size, (244, 242, 236))
    draw = ImageDraw.Draw(image)
    for line in range(12, 80):
        left = wide * 0.1
        while left < wide * 0.88:
            right = left + wide * rng.uniform(0.01, 0.05)
            draw.rectangle(
                (left, high * line / 90, min(right, wide * 0.9), high * (line + 0.55) / 90), fill=(52, 54, 60)
            )
            left = right + wide * 0.008
    draw.ellipse((wide * 0.6, high * 0.7, wide * 0.8, high * 0.84), outline=(190, 40, 40), width=max(3, wide // 150))
    pixels = np.asarray(image, dtype=np.int16) + rng.normal(0, noise, (high, wide, 3))
    Image.fromarray(pixels.clip(0, 255).astype("uint8")).save(path, "WEBP", quality=80, method=0)
    return path


def placed(document: Document) -> Document:
    """The document with every field on a line of its own."""
    fields = {
        name: replace(field, box=(0.15, 0.1 + 0.04 * at, 0.6, 0.13 + 0.04 * at))
        for at, (name, field) in enumerate(document.fields.items())
    }
    return replace(document, fields=fields)


def spoiled() -> Case:
    """A packet of another's certificate, a doubtful licence and a letter without a date; its codes are decoded."""
    case = CLEAN.changing("cma_certificate", "holder_name", OTHER)
    case = case.changing(
        "commitment_letter",
        "signed_on",
        confidence=0.42,
        checks=("!second_reading", "order"),
        doubts=("under_seal", "small_letters"),
        suggestion="2026-11-16",
    )
    case = replace(case, documents=tuple(placed(document) for document in case.documents))
    code = Code(page=1, box=(0.7, 0.05, 0.8, 0.12), text=f"https://example.invalid/?code={USCC}")
    return replace(
        case,
        documents=tuple(
            replace(document, codes=(code,)) if document.kind == "business_licence" else document
            for document in case.documents
        ),
    )


def no_images(_file: str, _page: int) -> None:
    """No page has an image."""


def report_of(case: Case, images: Callable[[str, int], Path | None] = no_images, **more: object) -> ReportInput:
    """What the report of a packet is made from."""
    given: dict[str, object] = {
        "packet": "wx-000321",
        "packet_id": "20261122-101200-0a1b2c3d",
        "request": case.request,
        "institution_name": NAME,
        "institution_uscc": USCC,
        "submitted_at": "2026-11-20 10:12",
        "decision": case.decide(),
        "documents": case.documents,
        "failures": case.failures,
        "images": images,
        "certain_from": POLICY.admission.certain_from,
    }
    return ReportInput(**{**given, **more})


def images_in(folder: Path, documents: tuple[Document, ...]) -> Callable[[str, int], Path | None]:
    """One scanned page for each page of the documents."""
    made: dict[tuple[str, int], Path] = {}
    for document in documents:
        for page in document.pages:
            if (document.file, page) not in made:
                made[document.file, page] = scanned_page(folder / f"{len(made)}.webp", seed=len(made))
    return lambda file, page: made.get((file, page))


def readings_of(documents: tuple[Document, ...]) -> tuple[FileReading, ...]:
    """Readings with seconds and a note."""
    return tuple(
        FileReading(
            file=document.file,
            sha256="0" * 64,
            media_type="application/pdf",
            pages=tuple(
                Page(
                    number=page,
                    width=WIDE,
                    height=HIGH,
                    source="ocr",
                    seconds=1.25,
                    engine="engine 1",
                    notes=("页边有批注",),
                )
                for page in document.pages
            ),
        )
        for document in documents
    )


def event(kind: str, seq: int = 1, **data: object) -> StoredEvent:
    """An event as the log holds it."""
    return StoredEvent(
        seq=seq, at=f"{AS_OF.isoformat()}T02:12:00.000000+00:00", kind=kind, subject="x", data=data, hash="ab" * 32
    )
