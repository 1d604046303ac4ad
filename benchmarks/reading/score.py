"""What was read compared with the truth: values, boxes, kinds, rows, and how sure the program was of what is wrong."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from benchmarks.reading.corpus import Sample
from qi_pipeline.model import Box, Document, Field

CRITICAL = (
    "holder_name",
    "holder_uscc",
    "certificate_number",
    "legal_representative",
    "issued_on",
    "valid_from",
    "valid_to",
    "long_term",
    "address",
    "issuing_authority",
)
"""The fields that decisions, orders and the register rest on."""
SURE = 0.9
"""From this confidence on a value may decide (policy ``certain_from``)."""
_NOT_SCORED = ("scope_items", "promises", "services", "customer_service", "equipment")


@dataclass(frozen=True, slots=True)
class Judged:
    """One field of one sample."""

    sample: str
    kind: str
    edition: str
    degradation: str
    name: str
    truth: object
    read: object
    confidence: float
    right: bool
    present: bool
    """False: nothing was read there."""
    box: bool | None = None
    """Whether the box lies where the value is printed; None without a box to compare."""
    iou: float | None = None
    invented: bool = False
    """A critical value where none is printed."""
    said: tuple[str, ...] = ()
    """The checks and doubts that the program keeps with the value."""
    file: str = ""

    @property
    def critical(self) -> bool:
        """Whether a decision turns on it."""
        return self.name in CRITICAL

    @property
    def silently_wrong(self) -> bool:
        """Wrong, and sure enough to decide."""
        return not self.right and self.present and self.confidence >= SURE


@dataclass(slots=True)
class Rows:
    """Rows of scope annexes."""

    printed: int = 0
    found: int = 0
    cells: int = 0
    cells_right: int = 0


@dataclass(slots=True)
class Result:
    """Everything measured on one corpus."""

    fields: list[Judged] = field(default_factory=list)
    kinds: list[tuple[Sample, str, float, bool]] = field(default_factory=list)
    """(sample, kind read, confidence, whether the file was taken for one document)."""
    rows: dict[str, Rows] = field(default_factory=dict)
    failures: list[tuple[Sample, str]] = field(default_factory=list)


def fold(value: object) -> str:
    """A value without the differences that no reader can see: widths of brackets, spaces, dashes."""
    text = unicodedata.normalize("NFKC", str(value))
    text = re.sub(r"[—–－﹣−]", "-", text).replace("〔", "[").replace("〕", "]").replace("【", "[").replace("】", "]")
    return re.sub(r"\s", "", text)


def same(read: object, truth: object) -> bool:
    """Whether a value is what is printed."""
    return truth is not None and fold(read) == fold(truth)


def judge(sample: Sample, documents: list[Document], result: Result) -> None:
    """Adds what was read of one sample to the result."""
    document = main_document(sample, documents)
    named = [d for d in documents if d.kind != "unknown"]
    whole = len(named) <= (2 if "side by side" in sample.edition or sample.degradation == "real" else 1)
    result.kinds.append((sample, document.kind if document else "", document.confidence if document else 0.0, whole))
    fields = document.fields if document else {}
    for name, truth in sample.fields.items():
        if name in _NOT_SCORED:
            continue
        result.fields.append(_judge_field(sample, name, truth, fields.get(name)))
    if sample.complete:
        for name in CRITICAL:
            got = fields.get(name)
            if name not in sample.fields and got is not None and got.value is not None:
                result.fields.append(
                    Judged(
                        sample.key, sample.kind, sample.edition, sample.degradation, name, None, got.value,
                        got.confidence, right=False, present=True, invented=True, said=(*got.checks, *got.doubts),
                        file=str(sample.path),
                    )
                )  # fmt: skip
    if isinstance(sample.fields.get("scope_items"), list):
        _judge_rows(sample, fields.get("scope_items"), result)


def main_document(sample: Sample, documents: list[Document]) -> Document | None:
    """The document of the sample's kind that holds most, else the first."""
    same = [d for d in documents if d.kind == sample.kind]
    best = max(
        same,
        key=lambda d: (fold(_value(d, "holder_name")) == fold(sample.fields.get("holder_name")), len(d.fields)),
        default=None,
    )
    return best or (documents[0] if documents else None)


def _value(document: Document, name: str) -> object:
    got = document.fields.get(name)
    return got.value if got else None


def _judge_field(sample: Sample, name: str, truth: object, got: Field | None) -> Judged:
    present = got is not None and (got.value is not None or truth is None)
    read = got.value if got else None
    right = read is None if truth is None else present and fold(read) == fold(truth)
    if truth is None and name == "valid_to":
        present = got is not None
    hit, overlap = _boxes(sample, name, got) if right and got is not None else (None, None)
    return Judged(
        sample.key, sample.kind, sample.edition, sample.degradation, name, truth, read, got.confidence if got else 0.0,
        right=bool(right), present=bool(present), box=hit, iou=overlap,
        said=(*got.checks, *got.doubts) if got else (), file=str(sample.path),
    )  # fmt: skip


def _boxes(sample: Sample, name: str, got: Field) -> tuple[bool | None, float | None]:
    printed = [box for page, box in sample.boxes.get(name, []) if page == got.page]
    if name not in sample.boxes:
        return None, None
    if not printed:
        return False, 0.0
    x, y = (got.box[0] + got.box[2]) / 2, (got.box[1] + got.box[3]) / 2
    inside = any(b[0] - 0.01 <= x <= b[2] + 0.01 and b[1] - 0.01 <= y <= b[3] + 0.01 for b in printed)
    return inside, max(_iou(got.box, b) for b in printed)


def _iou(a: Box, b: Box) -> float:
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0
    both = wide * high
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def _judge_rows(sample: Sample, got: Field | None, result: Result) -> None:
    rows = result.rows.setdefault(sample.degradation, Rows())
    printed = sample.fields["scope_items"]
    assert isinstance(printed, list)
    read = list(got.value) if got is not None and isinstance(got.value, list) else []
    rows.printed += len(printed)
    for row in printed:
        matched = next(
            (
                r
                for r in read
                if fold(r.get("standard")) == fold(row["standard"]) and fold(r.get("item")) == fold(row["item"])
            ),
            None,
        )
        matched = matched or next(
            (
                r
                for r in read
                if fold(r.get("standard")) == fold(row["standard"])
                or (fold(r.get("item")) == fold(row["item"]) and fold(r.get("category")) == fold(row["category"]))
            ),
            None,
        )
        rows.cells += 4
        if matched is None:
            continue
        read.remove(matched)
        rows.found += 1
        rows.cells_right += sum(
            fold(matched.get(key) or "") == fold(row[key]) for key in ("category", "item", "standard", "limitation")
        )
