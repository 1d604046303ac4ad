"""The frozen data that flows from stage to stage: pages, documents, findings, decisions.

Boxes are ``(x0, y0, x1, y1)`` in fractions of the width and height of the page image turned
upright (EXIF, PDF rotation and detected direction applied; not flattened or cropped). Pages count
from 1. Confidences are probabilities from 0 to 1. Only :mod:`qi_pipeline.codec` turns these into
JSON and back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Box = tuple[float, float, float, float]
"""``(x0, y0, x1, y1)`` in fractions of the upright page."""

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
"""What JSON can say."""

Lang = Literal["zh", "en"]
"""Language of what people read."""

PageSource = Literal["text_layer", "ocr", "office", "form", "none"]
"""Where the words of a page came from; ``form`` is application.json, ``none`` a page without words."""

Appearance = Literal["colour", "grey", "bitonal"]
"""Whether a seal could be told by its colour on this page image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One run of text on a page: an OCR line segment, or neighbouring words of a text layer.

    Segments end where the paper leaves a wide gap, so a label and its value may share one segment or
    stand in two.
    """

    text: str
    box: Box
    confidence: float
    """What the engine said; not a probability that the text is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a table; a merged cell stands once, at its top left, with its spans."""

    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    text: str
    box: Box
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table found on a page, by rule lines or by alignment."""

    box: Box
    rows: int
    columns: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A seal (印章) found on a page; ``text`` is the name on its arc, None when it can't be read."""

    page: int
    box: Box
    text: str | None
    centre: str | None = None
    """The line below the star, such as 合同专用章; empty where there is ink that can't be read, None where is none."""
    colour: Literal["red", "blue", "black", "gold"] = "red"
    shape: Literal["round", "oval", "square"] = "round"
    confidence: float = 0.0
    """How sure it is that ``text`` is right; 0 when ``text`` is None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A decoded QR code or barcode."""

    page: int
    box: Box
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """A patch of handwriting-like ink that is not part of any printed word."""

    box: Box
    density: float
    """Share of dark pixels in the box."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page image turned upright, and all that was read on it."""

    number: int
    width: int
    """Pixels of the upright page image; for a text layer page, of its rendering."""
    height: int
    source: PageSource
    appearance: Appearance = "colour"
    turned: int = 0
    """Degrees clockwise by which the stored image was turned to stand upright (0, 90, 180, 270)."""
    dpi: float | None = None
    words: tuple[Word, ...] = ()
    tables: tuple[Table, ...] = ()
    seals: tuple[Seal, ...] = ()
    codes: tuple[Code, ...] = ()
    ink: tuple[Ink, ...] = ()
    image: str | None = None
    """File name of the upright page image in the packet's page folder; None for office text and forms."""
    seconds: float = 0.0
    """Processor time spent on reading this page."""
    engine: str = ""
    """Name and version of what read the words, as a decision records it."""
    notes: tuple[str, ...] = ()
    """What a reviewer should know of the page, such as a text layer that says something else than the picture."""
    marked: bool = False
    """No word was read on it, and yet its picture shows more than blank paper: it may hold print that is lost."""
    gutter: float | None = None
    """Where two pages lie side by side on one image, the x between them; words never cross it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectronicSignature:
    """An electronic signature or seal in a PDF or OFD; ``intact`` is None where it can't be verified offline."""

    signer: str | None
    intact: bool | None
    note: str
    """What was verified and what could not be, in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReading:
    """Everything read from one file of a packet."""

    file: str
    """Name inside the packet, with ``!`` between an archive and its member."""
    sha256: str
    media_type: str
    pages: tuple[Page, ...]
    signatures: tuple[ElectronicSignature, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFailure:
    """A file that gave no page, and why; ``code`` is one of the ``failed`` codes of the contract."""

    file: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One extracted value with the place it was read; ``value`` None: printed, but it can't be read.

    The type of ``value`` follows the field's name (the contract's table): a string, an ISO date string, a
    boolean, an integer, or a list or object of these.
    """

    value: Json
    raw: str
    confidence: float
    """Calibrated probability that ``value`` is right."""
    page: int
    box: Box
    derived: bool = False
    """True for a date computed from a printed term (有效期三年)."""
    checks: tuple[str, ...] = ()
    """Which independent checks the value passed or failed, such as ``check_digit`` or ``!second_reading``."""
    suggestion: str | None = None
    """A correction that a check digit offers; never applied silently."""
    doubts: tuple[str, ...] = ()
    """What about the picture speaks against the reading, such as ``under_seal`` or ``small_letters``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One licence, certificate, letter or form, of one kind, on some pages of one file."""

    file: str
    kind: str
    confidence: float
    pages: tuple[int, ...]
    fields: dict[str, Field] = field(default_factory=dict)
    seals: tuple[Seal, ...] = ()
    codes: tuple[Code, ...] = ()
    appearance: Appearance = "colour"
    """The poorest appearance among its pages."""
    signatures: tuple[ElectronicSignature, ...] = ()
    edition: str | None = None
    """Layout edition, where the kind has several (licence: 2014, 2019, 2022, old)."""
    legible: bool = True
    """Whether any word could be read on its pages; false for blank ones, and for noise or blur."""
    unread: tuple[int, ...] = ()
    """Those of its pages that show something of which not one word could be read."""
    annex_only: bool = False
    """Whether its pages are an annex's (附表, 附件) and none is the front of the certificate."""


Severity = Literal["reject", "supplement", "verify", "review", "notice"]
Outcome = Literal["reject", "supplement", "further_verification", "manual_review", "admit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The place on the paper that a statement rests on."""

    file: str
    page: int
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a check noticed, with its clause and the places it was read."""

    code: str
    clause: str
    severity: Severity
    message: dict[str, str]
    """Sentences by language: ``zh`` and ``en``."""
    document: str | None = None
    """File name of the document concerned."""
    service: str | None = None
    evidence: tuple[Evidence, ...] = ()
    remedy: dict[str, str] = field(default_factory=dict)
    """What to do, by language."""
    expected: dict[str, str] = field(default_factory=dict)
    """What was expected, by language, where it helps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceJudgement:
    """Whether one declared service qualifies, and by which documents."""

    name: str
    item: str
    qualified: bool
    by: tuple[str, ...] = ()
    """File names of the documents that qualify it."""
    rows: tuple[dict[str, Json], ...] = ()
    """Scope rows that cover its standards, with file and page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A duty and the last day on which it is done in time."""

    clause: str
    duty: str
    due_on: str
    provisional: bool = False
    """True when the day lies beyond the loaded working-day calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The outcome of one review of one packet, made for an as-of date from stored facts."""

    as_of: str
    outcome: Outcome
    automatic: bool
    """False: the outcome is a recommendation and the packet waits for a person."""
    findings: tuple[Finding, ...]
    services: tuple[ServiceJudgement, ...]
    deadlines: tuple[Deadline, ...]
    versions: dict[str, str]
    """Versions of program, schemas, policy, extractors and engines that made it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a person reads on a paper in place of the machine (更正); it stands beside the machine's value.

    It belongs to the bytes of a file, a kind and a page in it, so it holds in every packet with that file and after
    every new reading of it.
    """

    id: int
    """0 while it is not on record."""
    packet: str
    """Id of the packet in which it was made."""
    file: str
    sha256: str
    kind: str
    page: int
    """First page of the document, which tells two of one kind in one file apart."""
    field: str
    """A field of the contract, ``promises.<n>``, ``seal``, or ``kind``."""
    value: Json
    """None: the paper does not print it. Of a ``kind``: an object with ``kind`` and the ``fields`` read for it."""
    machine_value: Json
    machine_confidence: float | None
    """None: the machine did not find the field."""
    reviewer: str
    role: str | None
    reason: str
    made_on: str
    withdrawn_on: str | None = None
    withdrawn_by: str | None = None
    withdrawn_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Who holds a packet for review, and until which moment (UTC, ISO 8601)."""

    reviewer: str
    role: str | None
    taken_at: str
    held_until: str
