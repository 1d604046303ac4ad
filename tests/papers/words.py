"""Stored readings of drawn papers without any OCR: exact words, or words as an engine would err.

So rules are tested in milliseconds. :func:`reading` gives a file's reading, :func:`document` the document that
perfect extraction would find in it.
"""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass

from papers.sheet import Box, Paper, Run, Sheet, union
from qi_pipeline.model import (
    Appearance,
    Cell,
    Code,
    Document,
    ElectronicSignature,
    Field,
    FileReading,
    Ink,
    Page,
    PageSource,
    Seal,
    Table,
    Word,
)

_CONFUSED = {
    "0": "OD",
    "1": "l7",
    "5": "S",
    "8": "B",
    "B": "8",
    "D": "0",
    "G": "6",
    "2": "Z",
    "（": "(",
    "）": ")",
    "：": ":",
    "，": ",",
    "日": "目",
    "未": "末",
    "己": "已",
    "检": "栓",
    "测": "侧",
    "无": "元",
    "锡": "钖",
    "市": "巿",
    "人": "入",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """How an engine errs. The default errs not at all and merges neighbours as detectors do."""

    seed: int = 0
    split_labels: float = 0.0
    """Share of spread labels that come as two or more segments (负 / 责人)."""
    spaces: float = 0.0
    """Share of segments with a stray space."""
    characters: float = 0.0
    """Share of characters misread."""
    lost: float = 0.0
    """Share of segments not found at all."""
    merge: bool = True
    """Whether pieces on one line with a small gap come as one segment."""
    jitter: float = 0.0
    """Displacement of boxes, as a share of the letter size."""


EXACT = Noise()
SOME = Noise(seed=1, split_labels=0.3, spaces=0.03, characters=0.0, jitter=0.1)
"""Segmentation as engines do it, every character right."""


def page(
    sheet: Sheet,
    number: int = 1,
    *,
    noise: Noise = EXACT,
    source: PageSource = "ocr",
    appearance: Appearance = "colour",
    dpi: int = 200,
    ink: bool = True,
    image: str | None = None,
) -> Page:
    """The page that reading this sheet would give."""
    rng = random.Random(f"words{noise.seed}|{number}")
    fraction = sheet.fraction
    return Page(
        number=number,
        width=round(sheet.width / 25.4 * dpi),
        height=round(sheet.height / 25.4 * dpi),
        source=source,
        appearance=appearance,
        dpi=float(dpi),
        words=tuple(_words(sheet, noise, rng)),
        tables=tuple(
            Table(
                box=fraction(t.box),
                rows=t.rows,
                columns=t.columns,
                cells=tuple(
                    Cell(
                        row=c.row,
                        column=c.column,
                        row_span=c.row_span,
                        column_span=c.column_span,
                        text=c.text,
                        box=fraction(c.box),
                        confidence=0.99,
                    )
                    for c in t.cells
                ),
            )
            for t in sheet.tables
        ),
        seals=seals(sheet, number, appearance),
        codes=tuple(Code(page=number, box=fraction(box), text=text) for box, text in sheet.codes),
        ink=tuple(Ink(box=fraction(box), density=0.18) for box in sheet.ink) if ink else (),
        image=image,
        engine="papers 1",
    )


def seals(sheet: Sheet, number: int, appearance: Appearance = "colour") -> tuple[Seal, ...]:
    """The seals of a sheet as reading would find them; on a copy without colour none can be told."""
    if appearance != "colour":
        return ()
    return tuple(
        Seal(
            page=number,
            box=sheet.fraction(s.box),
            text=s.text,
            centre=s.centre,
            confidence=0.97,
            colour=s.colour,
            shape=s.shape,  # type: ignore[arg-type]
        )
        for s in sheet.seals
    )


def reading(
    paper: Paper | Sequence[Paper],
    file: str,
    *,
    noise: Noise = EXACT,
    source: PageSource = "ocr",
    appearance: Appearance = "colour",
    signatures: tuple[ElectronicSignature, ...] = (),
    ink: bool = True,
) -> FileReading:
    """The reading of a file that holds these papers, one after the other."""
    sheets = [s for p in ([paper] if isinstance(paper, Paper) else paper) for s in p.sheets]
    pages = tuple(
        page(s, n, noise=noise, source=source, appearance=appearance, ink=ink) for n, s in enumerate(sheets, 1)
    )
    ending = file.rpartition(".")[2].lower()
    media = {
        "pdf": "application/pdf",
        "png": "image/png",
        "tif": "image/tiff",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    }.get(ending, "image/jpeg")
    digest = hashlib.sha256(file.encode() + b"".join(w.text.encode() for p in pages for w in p.words)).hexdigest()
    return FileReading(file=file, sha256=digest, media_type=media, pages=pages, signatures=signatures)


def document(
    paper: Paper,
    file: str,
    *,
    first_page: int = 1,
    confidence: float = 0.99,
    appearance: Appearance = "colour",
    doubtful: Sequence[str] = (),
    signatures: tuple[ElectronicSignature, ...] = (),
) -> Document:
    """The document that perfect extraction finds; fields named in ``doubtful`` get confidence 0.5."""
    boxes = paper.boxes()
    fields = {}
    for name, value in paper.truth.items():
        at, box = boxes.get(name, [(1, (0.05, 0.05, 0.95, 0.95))])[0]
        if name in ("valid_from", "long_term") and name not in boxes and "valid_to" in boxes:
            at, box = boxes["valid_to"][0]
        sure = 0.5 if name in doubtful else confidence
        fields[name] = Field(
            value=value,
            raw="" if value is None else str(value),
            confidence=sure,
            page=at + first_page - 1,
            box=box,  # type: ignore[arg-type]
            derived=name == "valid_to" and paper.notes.get("derived") == "valid_to",
        )
    numbers = range(first_page, first_page + len(paper.sheets))
    return Document(
        file=file,
        kind=paper.kind,
        confidence=confidence,
        pages=tuple(numbers),
        fields=fields,
        seals=tuple(
            seal for n, sheet in zip(numbers, paper.sheets, strict=True) for seal in seals(sheet, n, appearance)
        ),
        codes=tuple(
            Code(page=n, box=sheet.fraction(box), text=text)
            for n, sheet in zip(numbers, paper.sheets, strict=True)
            for box, text in sheet.codes
        ),
        appearance=appearance,
        signatures=signatures,
        edition=paper.edition,
    )


def _words(sheet: Sheet, noise: Noise, rng: random.Random) -> list[Word]:
    found: list[Word] = []
    for segment in _segments(sheet.runs, noise, rng):
        text = "".join(_joined(segment))
        if not text.strip() or rng.random() < noise.lost:
            continue
        box = union([run.box for run in segment])
        size = segment[0].size
        if noise.jitter:
            box = tuple(v + rng.uniform(-1, 1) * noise.jitter * size for v in box)  # type: ignore[assignment]
        found.append(
            Word(
                text=_misread(text, noise, rng), box=sheet.fraction(box), confidence=round(rng.uniform(0.955, 0.999), 3)
            )
        )
    return sorted(found, key=lambda w: (round(w.box[1], 2), w.box[0]))


def _joined(segment: Sequence[Run]) -> list[str]:
    parts = [segment[0].text]
    for left, right in itertools.pairwise(segment):
        gap = right.x - left.box[2]
        both_latin = left.text[-1:].isascii() and right.text[:1].isascii()
        parts.append((" " if gap > 0.25 * left.size and both_latin else "") + right.text)
    return parts


def _segments(runs: Sequence[Run], noise: Noise, rng: random.Random) -> list[list[Run]]:
    """Runs that a detector would find as one segment: on one line, close together, of like size."""
    pieces: list[Run] = []
    for run in runs:
        pieces += _pieces(run, noise, rng)
    pieces.sort(key=lambda r: (r.y, r.x))
    segments: list[list[Run]] = []
    open_ones: list[list[Run]] = []
    for run in pieces:
        if noise.merge:
            joined = next((s for s in open_ones if _adjoins(s[-1], run)), None)
            if joined is not None:
                joined.append(run)
                continue
        segments.append([run])
        open_ones = [s for s in [*open_ones, segments[-1]] if abs(s[0].y - run.y) < 8]
    for segment in segments:
        segment.sort(key=lambda r: r.x)
    return segments


def _adjoins(left: Run, right: Run) -> bool:
    gap = right.x - left.box[2]
    level = abs((left.y + left.size / 2) - (right.y + right.size / 2)) < 0.35 * min(left.size, right.size)
    return level and -0.3 * left.size < gap < 0.8 * left.size and 0.6 < left.size / right.size < 1.7


def _pieces(run: Run, noise: Noise, rng: random.Random) -> list[Run]:
    """The run itself, or its letters apart where they are spread wide and the engine falls for it."""
    if run.spacing > 1.2 * run.size and rng.random() < noise.split_labels and len(run.text) > 1:
        from papers.faces import width

        at, parts = run.x, []
        for c in run.text:
            parts.append(Run(c, at, run.y, run.size, run.face, run.colour, 0.0, run.field))
            at += width(run.face, c, run.size) + run.spacing
        return parts
    return [run]


def _misread(text: str, noise: Noise, rng: random.Random) -> str:
    letters = [rng.choice(_CONFUSED[c]) if c in _CONFUSED and rng.random() < noise.characters * 4 else c for c in text]
    if len(letters) > 3 and rng.random() < noise.spaces:
        letters.insert(rng.randrange(1, len(letters)), " ")
    return "".join(letters)


def at(paper: Paper, field: str) -> tuple[int, Box]:
    """(page, box) of a value on the drawn paper."""
    return paper.boxes()[field][0]
