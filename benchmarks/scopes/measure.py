"""The measurements: a long digital annex beside pdfplumber, digital annexes of every kind, scans by degradation."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from benchmarks.scopes.cases import cases
from benchmarks.scopes.score import Score, folded, score
from papers import age, cma, invent, pdf
from papers.sheet import Paper
from qi_pipeline.extraction.annexes import scope_items
from qi_pipeline.extraction.fields import DocumentPages
from qi_pipeline.model import Page
from qi_pipeline.policy import default_policy
from qi_pipeline.reading.files import read_file
from qi_pipeline.reading.page import PageReader
from qi_pipeline.reading.pdf import open_pdf

LIMITS = default_policy().limits
_ROUNDS = 3


def long_annex(pages: int, seed: int, folder: Path) -> str:
    """Words and tables of one long file in this process, and the same by pdfplumber, in turns; the best of each."""
    import pdfplumber

    paper = cma.annex(
        invent.institution(seed),
        "221020344321",
        invent.scope_rows(seed, round(pages * 16.9)),
        issued_on=date(2022, 3, 2),
        valid_to=date(2028, 3, 1),
        cover=False,
    )
    sheets = paper.sheets[:pages]
    path = folder / "long.pdf"
    path.write_bytes(pdf.digital(sheets))
    own, other, whole = [], [], []
    ours: list[str] = []
    theirs: list[str] = []
    for _ in range(_ROUNDS):
        started = time.process_time()
        with open_pdf(path, LIMITS) as file:
            found = [file.text(number) for number in range(1, len(file) + 1)]
        own.append(time.process_time() - started)
        ours = [folded(cell.text) for _words, tables in found for table in tables for cell in table.cells]
        started = time.process_time()
        with pdfplumber.open(path) as document:
            tables = [table for page in document.pages for table in page.extract_tables()]
        other.append(time.process_time() - started)
        theirs = [folded(cell) for table in tables for row in table for cell in row if cell is not None]
        started = _seconds()
        read_file(path, "long.pdf", PageReader(LIMITS, "rapidocr"), folder / "pages")
        whole.append(_seconds() - started)
    same = "the same" if sorted(ours) == sorted(theirs) else "NOT the same"
    return "\n".join(
        [
            f"### A digital annex of {len(sheets)} pages, processor seconds, best of {_ROUNDS}",
            "",
            "| | seconds | ratio | cells |",
            "|---|---|---|---|",
            f"| pdfplumber extract_tables | {min(other):.2f} | 1 | {len(theirs)} |",
            f"| words and tables | {min(own):.2f} | {min(other) / min(own):.1f} × faster | {len(ours)} |",
            f"| whole reading, text compared with the picture | {min(whole):.2f} | "
            f"{min(other) / min(whole):.1f} × faster | |",
            "",
            f"The cells are {same}.",
            "",
        ]
    )


def _seconds() -> float:
    """Processor seconds of this process and of the programs that it ran."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def digital(seeds: Iterable[int], folder: Path) -> str:
    """Rows and cells of digital annexes, by how they are ruled."""
    totals: dict[str, Score] = {}
    for case in itertools.chain.from_iterable(cases(seed) for seed in seeds):
        paper = case.paper()
        path = folder / "annex.pdf"
        path.write_bytes(pdf.digital(paper.sheets))
        pages = []
        with open_pdf(path, LIMITS) as file:
            for number in range(1, len(file) + 1):
                words, tables = file.text(number)
                pages.append(
                    Page(number=number, width=1754, height=1240, source="text_layer", words=words, tables=tables)
                )
        totals.setdefault(case.rules, Score()).add(_judged(paper, pages))
    return _table("Digital annexes by ruling", totals)


def scanned(count: int, degradations: Sequence[str], rules: Sequence[str], seed: int, folder: Path) -> str:
    """Rows and cells of scanned annexes, by degradation and ruling, read by the engine as papers are."""
    reader = PageReader(LIMITS, "rapidocr")
    totals: dict[str, Score] = {}
    for degradation in degradations:
        for case in itertools.islice(cases(seed, tuple(rules)), count):
            paper = case.paper()
            path = folder / "scan.pdf"
            path.write_bytes(pdf.scanned(age.pages(paper, degradation)))
            pages = read_file(path, "scan.pdf", reader, folder / "scans").pages
            totals.setdefault(f"{degradation}, {case.rules}", Score()).add(_judged(paper, pages))
    return _table("Scanned annexes by degradation and ruling", totals)


def _judged(paper: Paper, pages: Sequence[Page]) -> Score:
    printed = paper.truth["scope_items"]
    assert isinstance(printed, list)
    field = scope_items(DocumentPages(file="annex.pdf", pages=tuple(pages)))
    value = field.value if field is not None else []
    assert isinstance(value, list)
    return score(printed, [row for row in value if isinstance(row, dict)])


def _table(title: str, totals: dict[str, Score]) -> str:
    lines = [
        f"### {title}",
        "",
        "| | rows | found | cells exact | on their page | invented rows |",
        "|---|---|---|---|---|---|",
    ]
    for name, each in totals.items():
        found, exact = each.shares
        page = each.pages / max(1, each.found)
        lines.append(f"| {name} | {each.rows} | {found:.1%} | {exact:.1%} | {page:.1%} | {each.extra} |")
    return "\n".join([*lines, ""])
