"""The seeded corpus: every kind and edition, at every degradation, with the truth and its boxes.

A paper of the corpus is named by edition, degradation and number, and its content follows from these and the seed
alone: a run that goes on, or a wider one, draws the same papers again.
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.reading.editions import makers
from papers import age, pdf
from papers.sheet import Box, Paper

DEGRADATIONS = (*age.DEGRADATIONS, "digital")
"""Degradations of the corpus; ``digital`` is a born-digital PDF with a text layer."""
ONE_PAGE = ("exif",)
"""Degradations that only a picture can have."""
INCOMPLETE = (
    "management_rules",
    "capability_proof",
    "equipment_statement",
    "credit_report",
    "application_form",
    "unknown",
)
"""Kinds whose truth does not name everything printed."""

Boxes = dict[str, list[tuple[int, Box]]]


@dataclass(frozen=True, slots=True)
class Cell:
    """One paper to be drawn."""

    edition: str
    degradation: str
    number: int
    """Which of the papers of this edition and degradation."""
    seed: int

    @property
    def key(self) -> str:
        """Its name, which is its file's name too."""
        return f"{self.edition.replace(' ', '_')}-{self.degradation}-{self.seed}.{self.number}"

    @property
    def paper_seed(self) -> int:
        """The seed of what is printed; no two cells of a corpus print the same institution."""
        return (
            self.seed * 10_000_000 + zlib.crc32(f"{self.edition}|{self.degradation}|{self.number}".encode()) % 9_999_991
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """One file of the corpus."""

    key: str
    kind: str
    edition: str
    degradation: str
    seed: int
    path: Path
    images: tuple[Path, ...]
    """Its pages as stored pictures, for engines that read no PDF."""
    fields: dict[str, object]
    """Field → true value."""
    boxes: Boxes
    """Field → (page, box in fractions of the upright page image)."""
    complete: bool = True
    """Whether the truth names everything printed, so that an extra critical value is an invention."""


def plan(*, seed: int, per_cell: int = 1, sample: int = 0, only: str = "") -> list[Cell]:
    """The cells of a corpus, stratified over degradations; ``sample`` > 0: the first so many.

    ``only`` is ``KIND/DEGRADATION``: words that the edition's name holds, and the name of a degradation; either may
    be left out. A larger sample begins with the smaller one.
    """
    word, _, how = only.partition("/")
    editions = [name for name in makers() if word in name]
    orders: list[list[Cell]] = []
    for degradation in DEGRADATIONS:
        if how and degradation != how:
            continue
        cells = [
            Cell(edition, degradation, number, seed)
            for number in range(per_cell)
            for edition in random.Random(f"{seed}{degradation}{number}").sample(editions, len(editions))
            if not (degradation == "spread" and "side by side" in edition)
        ]
        orders.append(cells)
    drawn = [order[k] for k in range(max(map(len, orders), default=0)) for order in orders if k < len(order)]
    return drawn[:sample] if sample else drawn


def draw(cell: Cell, folder: Path) -> Sample:
    """The sample of a cell, drawn into ``folder`` unless it lies there already."""
    note = folder / f"{cell.key}.json"
    if not note.is_file():
        paper = makers()[cell.edition](cell.paper_seed)
        if cell.degradation in ONE_PAGE and len(paper.sheets) > 1:
            paper.sheets = paper.sheets[:1]
            paper.truth = {k: v for k, v in paper.truth.items() if k in paper.boxes() or k == "long_term"}
        kept = _written(paper, cell, folder)
        beside = note.with_suffix(".part")
        beside.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
        beside.replace(note)
    told = json.loads(note.read_text(encoding="utf-8"))
    return Sample(
        key=cell.key,
        kind=told["kind"],
        edition=cell.edition,
        degradation=cell.degradation,
        seed=cell.seed,
        path=folder / told["file"],
        images=tuple(folder / name for name in told["images"]),
        fields=told["fields"],
        boxes={name: [(page, tuple(box)) for page, box in found] for name, found in told["boxes"].items()},
        complete=told["kind"] not in INCOMPLETE,
    )


def _written(paper: Paper, cell: Cell, folder: Path) -> dict[str, object]:
    """Draws and stores the paper; what the sample's note says of it."""
    images: list[str] = []
    aged: list[age.Aged] = []
    if cell.degradation == "digital":
        file = f"{cell.key}.pdf"
        (folder / file).write_bytes(pdf.digital(paper.sheets))
        for n, sheet in enumerate(paper.sheets, 1):
            images.append(f"{cell.key}-{n}.stored.png")
            sheet.image(200).save(folder / images[-1])
    else:
        aged = [age.aged(sheet, cell.degradation, cell.paper_seed + n) for n, sheet in enumerate(paper.sheets)]
        for n, page in enumerate(aged, 1):
            bitonal = page.image.mode == "1"
            images.append(f"{cell.key}-{n}.stored.{'png' if bitonal else 'jpg'}")
            (folder / images[-1]).write_bytes(page.png() if bitonal else page.jpeg())
        file = images[0]
        if len(aged) > 1:
            file = f"{cell.key}.pdf"
            (folder / file).write_bytes(pdf.scanned(aged))
    boxes = {
        name: [(page, aged[page - 1].box(box) if aged else box) for page, box in found]
        for name, found in paper.boxes().items()
    }
    clean = paper.boxes()
    lost = [name for name, found in boxes.items() if aged and all(map(_is_cut_off, clean[name], found))]
    boxes = {name: found for name, found in boxes.items() if name not in lost}
    fields = {name: value for name, value in paper.truth.items() if name not in lost}
    if "long_term" in fields and "valid_to" in boxes:
        boxes["long_term"] = boxes["valid_to"]
    return {"kind": paper.kind, "file": file, "images": images, "fields": fields, "boxes": boxes}


def _is_cut_off(clean: tuple[int, Box], found: tuple[int, Box]) -> bool:
    """Whether of a line that was printed less than half its height is left on the picture: nobody can read that."""
    return found[1][3] - found[1][1] < 0.5 * (clean[1][3] - clean[1][1])


def real(folder: Path) -> list[Sample]:
    """The samples of a folder of real papers with a truth.json (file → kind, fields)."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return [
        Sample(name, entry["kind"], "real", "real", 0, folder / name, (folder / name,), entry["fields"], {}, False)
        for name, entry in truth.items()
    ]


def chosen(samples: Sequence[Sample], count: int) -> list[Sample]:
    """The first ``count`` samples; all where there are fewer or ``count`` is 0."""
    return list(samples[:count] if count else samples)
