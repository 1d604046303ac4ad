"""A digital annex of many pages: our rows and time beside pdfplumber's extract_tables on the same file."""

from __future__ import annotations

import hashlib
import tempfile
import time
from datetime import date
from pathlib import Path

from benchmarks.reading.score import fold
from papers import cma, invent, pdf
from qi_pipeline.extraction.documents import extract
from qi_pipeline.model import FileReading
from qi_pipeline.papers import TypedFile
from qi_pipeline.policy import default_policy
from qi_pipeline.reading.pool import ReaderPool
from qi_pipeline.settings import load_settings


def measure(pages: int, seed: int) -> str:
    """Markdown: time and cells of an annex of about so many pages."""
    import pdfplumber

    body = invent.institution(seed)
    paper = cma.annex(
        body,
        "221020344321",
        invent.scope_rows(seed, pages * 17),
        issued_on=date(2022, 3, 2),
        valid_to=date(2028, 3, 1),
        cover=False,
    )
    printed = paper.truth["scope_items"]
    assert isinstance(printed, list)
    data = pdf.digital(paper.sheets)
    with tempfile.TemporaryDirectory(prefix="qi-annex-") as folder:
        path = Path(folder) / "annex.pdf"
        path.write_bytes(data)
        policy = default_policy()
        with ReaderPool(load_settings({"QI_HOME": folder, "QI_WORKERS": "1"}), policy.limits) as pool:
            file = TypedFile(
                name="annex.pdf",
                path=path,
                sha256=hashlib.sha256(data).hexdigest(),
                media_type="application/pdf",
            )
            started = time.monotonic()
            readings = [r for r in pool.read([file], Path(folder) / "pages") if isinstance(r, FileReading)]
            reading_time = time.monotonic() - started
        started = time.monotonic()
        documents = extract(readings)
        extraction_time = time.monotonic() - started
        started = time.monotonic()
        with pdfplumber.open(path) as document:
            theirs = [row for page in document.pages for table in page.extract_tables() for row in table]
        their_time = time.monotonic() - started
    rows = [row for each in documents for row in _rows(each.fields.get("scope_items"))]
    found = {(fold(r["item"]), fold(r["standard"])): r for r in rows}
    keys = ("category", "item", "standard", "limitation")
    matched = [(row, found.get((fold(row["item"]), fold(row["standard"])))) for row in printed]
    right = sum(got is not None and all(fold(got[k] or "") == fold(row[k]) for k in keys) for row, got in matched)
    cells_ours = [
        fold(cell.text) for r in readings for page in r.pages for table in page.tables for cell in table.cells
    ]
    cells_theirs = [fold(cell) for row in theirs for cell in row if cell is not None]
    same = sorted(c for c in cells_ours if c) == sorted(c for c in cells_theirs if c)
    count = len(paper.sheets)
    return "\n".join(
        [
            f"### A digital annex of {count} pages, {len(printed)} rows",
            "",
            "| | seconds | |",
            "|---|---|---|",
            f"| qi-pipeline reading (words, tables, page pictures) | {reading_time:.1f} | {len(cells_ours)} cells |",
            f"| qi-pipeline extraction | {extraction_time:.1f} | {right} of {len(printed)} rows exact |",
            f"| pdfplumber extract_tables | {their_time:.1f} | {len(cells_theirs)} cells |",
            "",
            f"The cells are {'the same' if same else 'not the same'}.",
        ]
    )


def _rows(field: object) -> list[dict[str, object]]:
    value = getattr(field, "value", None)
    return value if isinstance(value, list) else []
