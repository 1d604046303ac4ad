"""A page as a list of drawing steps in millimetres, with what is printed where.

Nothing is rasterised until an image is asked for, so that rules can be tested on the printed words alone.
Boxes in millimetres are ``(x0, y0, x1, y1)`` from the top left; :meth:`Sheet.fraction` makes them the contract's.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from PIL import Image, ImageDraw

from papers.faces import face_of, font, stretches, width

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]
INK: Colour = (28, 26, 28)
PALE: Colour = (226, 216, 200)
RED: Colour = (214, 38, 36)
GOLD: Colour = (176, 138, 60)
NO_LINE_START = "，。；、：）)】》”！？,.;:"
NO_LINE_END = "（(【《“"


@dataclass(frozen=True, slots=True)
class Run:
    """One piece of printed text on one line."""

    text: str
    x: float
    y: float
    size: float
    face: str
    colour: Colour
    spacing: float
    field: str | None
    stretch: float = 1.0
    """Horizontal scale of the letters (long names are squeezed)."""

    @property
    def box(self) -> Box:
        """The em boxes of its letters, in millimetres."""
        wide = width(self.face, self.text, self.size) * self.stretch + self.spacing * max(0, len(self.text) - 1)
        return (self.x, self.y, self.x + wide, self.y + self.size)


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line or polygon; ``fill`` None: outline only."""

    points: tuple[tuple[float, float], ...]
    colour: Colour
    thick: float
    closed: bool = False
    fill: Colour | None = None
    dash: float = 0.0


@dataclass(frozen=True, slots=True)
class Picture:
    """Something painted at any size: seal, emblem, border, signature; laid on by multiplication or as it is."""

    box: Box
    paint: Callable[[int, int], Image.Image]
    """(width, height in pixels) → RGBA."""
    multiply: bool = True


@dataclass(frozen=True, slots=True)
class SealMark:
    """A seal on the sheet."""

    box: Box
    text: str
    centre: str | None
    own: bool
    colour: str = "red"
    shape: str = "round"


@dataclass(frozen=True, slots=True)
class CellMark:
    """One cell of a drawn table."""

    row: int
    column: int
    row_span: int
    column_span: int
    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class TableMark:
    """A drawn table."""

    box: Box
    rows: int
    columns: int
    cells: tuple[CellMark, ...]


@dataclass(slots=True)
class Sheet:
    """One page of paper."""

    width: float = 210.0
    height: float = 297.0
    paper: Colour = (255, 255, 255)
    steps: list[Run | Stroke | Picture] = field(default_factory=list)
    seals: list[SealMark] = field(default_factory=list)
    codes: list[tuple[Box, str]] = field(default_factory=list)
    ink: list[Box] = field(default_factory=list)
    tables: list[TableMark] = field(default_factory=list)
    penned: list[Run] = field(default_factory=list)
    """Legible handwriting, drawn elsewhere, as a reader may spell it out."""
    shift: tuple[float, float] = (0.0, 0.0)
    """By how much overprinted values lie beside the preprinted form."""

    @property
    def runs(self) -> list[Run]:
        """All printed text, in drawing order."""
        return [*(step for step in self.steps if isinstance(step, Run)), *self.penned]

    def fraction(self, box: Box) -> Box:
        """A box in fractions of the page."""
        x0, y0, x1, y1 = box
        return (
            round(max(0.0, x0 / self.width), 5),
            round(max(0.0, y0 / self.height), 5),
            round(min(1.0, x1 / self.width), 5),
            round(min(1.0, y1 / self.height), 5),
        )

    # -- text ---------------------------------------------------------------------------------------------------

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 4.2,
        *,
        face: str = "song",
        colour: Colour = INK,
        spacing: float = 0.0,
        anchor: str = "left",
        field: str | None = None,
        stretch: float = 1.0,
    ) -> Run:
        """One run; ``y`` is the top of its em boxes, ``anchor`` left, centre or right of ``x``."""
        wide = width(face, text, size) * stretch + spacing * max(0, len(text) - 1)
        x -= {"left": 0.0, "centre": wide / 2, "right": wide}[anchor]
        if field is not None:
            x, y = x + self.shift[0], y + self.shift[1]
        run = Run(text, x, y, size, face, colour, spacing, field, stretch)
        self.steps.append(run)
        return run

    def spread(self, x: float, y: float, label: str, wide: float, size: float = 4.2, **style: object) -> Run:
        """A label whose letters are spread over ``wide`` millimetres (名　　称)."""
        face = str(style.get("face", "hei_bold"))
        gap = (wide - width(face, label, size)) / max(1, len(label) - 1)
        return self.text(x, y, label, size, spacing=max(0.0, gap), **{"face": face, **style})  # type: ignore[arg-type]

    def paragraph(
        self,
        x: float,
        y: float,
        wide: float,
        text: str,
        size: float = 4.2,
        *,
        leading: float = 1.5,
        indent: float = 0.0,
        field: str | None = None,
        strict: bool = True,
        anchor: str = "left",
        **style: object,
    ) -> float:
        """Text wrapped at ``wide``; returns the y below it. ``strict`` False lets punctuation begin a line."""
        face = str(style.get("face", "song"))
        top = y
        for part in text.split("\n"):
            for n, line in enumerate(wrap(part, face, size, wide, indent, strict=strict)):
                left = {"left": x + (indent if n == 0 else 0.0), "centre": x + wide / 2, "right": x + wide}[anchor]
                self.text(left, top, line, size, field=field, anchor=anchor, **style)  # type: ignore[arg-type]
                top += size * leading
        return top

    # -- lines and pictures -------------------------------------------------------------------------------------

    def line(
        self, x0: float, y0: float, x1: float, y1: float, thick: float = 0.2, colour: Colour = INK, dash: float = 0
    ) -> None:
        """A straight rule."""
        self.steps.append(Stroke(((x0, y0), (x1, y1)), colour, thick, dash=dash))

    def rectangle(self, box: Box, thick: float = 0.2, colour: Colour = INK, fill: Colour | None = None) -> None:
        """A rectangle, outlined or filled."""
        x0, y0, x1, y1 = box
        self.steps.append(Stroke(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), colour, thick, closed=True, fill=fill))

    def polygon(
        self, points: Sequence[tuple[float, float]], colour: Colour, fill: Colour | None = None, thick: float = 0.2
    ) -> None:
        """A polygon."""
        self.steps.append(Stroke(tuple(points), colour, thick, closed=True, fill=fill))

    def picture(
        self, box: Box, paint: Callable[[int, int], Image.Image], *, multiply: bool = True, under: bool = False
    ) -> None:
        """Something painted; ``under`` puts it below everything drawn so far."""
        step = Picture(box, paint, multiply)
        if under:
            self.steps.insert(0, step)
        else:
            self.steps.append(step)

    # -- tables -------------------------------------------------------------------------------------------------

    def table(
        self,
        x: float,
        y: float,
        widths: Sequence[float],
        rows: Sequence[Sequence[str | None]],
        *,
        size: float = 3.4,
        pad: float = 1.2,
        face: str = "song",
        header_face: str = "hei",
        headers: int = 1,
        min_height: float = 7.0,
        rules: str = "all",
        fields: dict[tuple[int, int], str] | None = None,
        centre: Sequence[int] = (),
        thick: float = 0.25,
        shade: tuple[int, int, int] | None = None,
    ) -> float:
        """A ruled table; None continues the cell above, "<" the cell at the left. Returns the y below it.

        ``rules``: all, dotted, open (all but the outer uprights), rows (a rule below each row, no uprights),
        horizontal (above and below header and body), none. ``shade`` tints the header.
        """
        fields = fields or {}
        count, columns = len(rows), len(widths)
        lefts = [x + sum(widths[:i]) for i in range(columns + 1)]
        spans: dict[tuple[int, int], tuple[int, int]] = {}
        for r in range(count):
            for c in range(columns):
                if rows[r][c] is None or rows[r][c] == "<":
                    continue
                across = 1
                while c + across < columns and rows[r][c + across] == "<":
                    across += 1
                down = 1
                while r + down < count and rows[r + down][c] is None:
                    down += 1
                spans[r, c] = (down, across)
        wrapped: dict[tuple[int, int], list[str]] = {}
        heights = [min_height] * count
        for (r, c), (down, across) in spans.items():
            used = header_face if r < headers else face
            room = lefts[c + across] - lefts[c] - 2 * pad
            lines = [piece for part in str(rows[r][c]).split("\n") for piece in wrap(part, used, size, room)]
            wrapped[r, c] = lines
            need = len(lines) * size * 1.3 + 2 * pad
            if down == 1:
                heights[r] = max(heights[r], need)
        for (r, c), (down, _) in spans.items():
            need = len(wrapped[r, c]) * size * 1.3 + 2 * pad
            have = sum(heights[r : r + down])
            if have < need:
                heights[r + down - 1] += need - have
        tops = [y + sum(heights[:i]) for i in range(count + 1)]
        cells = []
        if shade is not None:
            self.rectangle((lefts[0], tops[0], lefts[-1], tops[headers]), fill=shade)
        for (r, c), (down, across) in spans.items():
            box = (lefts[c], tops[r], lefts[c + across], tops[r + down])
            if rules == "all":
                self.rectangle(box, thick)
            elif rules in ("dotted", "open", "rows"):
                self._cell_rules(box, rules, thick, first=c == 0, last=c + across == columns)
            lines, used = wrapped[r, c], header_face if r < headers else face
            block = len(lines) * size * 1.3
            top = box[1] + (box[3] - box[1] - block) / 2 + size * 0.15
            for piece in lines:
                if r < headers or c in centre:
                    self.text(
                        (box[0] + box[2]) / 2, top, piece, size, face=used, anchor="centre", field=fields.get((r, c))
                    )
                else:
                    self.text(box[0] + pad, top, piece, size, face=used, field=fields.get((r, c)))
                top += size * 1.3
            cells.append(CellMark(r, c, down, across, str(rows[r][c]).replace("\n", ""), box))
        if rules == "horizontal":
            for r in {0, headers, count}:
                self.line(lefts[0], tops[r], lefts[-1], tops[r], thick * 1.4)
        if rules != "none":
            self.tables.append(TableMark((lefts[0], tops[0], lefts[-1], tops[-1]), count, columns, tuple(cells)))
        return tops[-1]

    def _cell_rules(self, box: Box, rules: str, thick: float, *, first: bool, last: bool) -> None:
        x0, y0, x1, y1 = box
        dash = 0.7 if rules == "dotted" else 0
        for y in (y0, y1):
            self.line(x0, y, x1, y, thick, dash=dash)
        if rules == "rows":
            return
        for x, outer in ((x0, first), (x1, last)):
            if not (outer and rules == "open"):
                self.line(x, y0, x, y1, thick, dash=dash)

    # -- pixels -------------------------------------------------------------------------------------------------

    def image(self, dpi: int = 300) -> Image.Image:
        """The page as pixels."""
        scale = dpi / 25.4
        canvas = Image.new("RGB", (round(self.width * scale), round(self.height * scale)), self.paper)
        draw = ImageDraw.Draw(canvas)
        for step in self.steps:
            if isinstance(step, Run):
                _draw_run(draw, canvas, step, scale)
            elif isinstance(step, Stroke):
                _draw_stroke(draw, step, scale)
            else:
                _lay_picture(canvas, step, scale)
                draw = ImageDraw.Draw(canvas)
        return canvas


@dataclass(slots=True)
class Paper:
    """A drawn document with the truth about it."""

    kind: str
    sheets: list[Sheet]
    truth: dict[str, object]
    """Fields in the contract's vocabulary; None: printed but not legible."""
    edition: str | None = None
    notes: dict[str, str] = field(default_factory=dict)

    def boxes(self) -> dict[str, list[tuple[int, Box]]]:
        """Where each value stands: field → (page, box in fractions), one entry a page it stands on."""
        found: dict[str, list[tuple[int, Box]]] = {}
        for number, sheet in enumerate(self.sheets, 1):
            by_field: dict[str, list[Box]] = {}
            for run in sheet.runs:
                if run.field is not None and not run.field.startswith("~"):
                    by_field.setdefault(run.field, []).append(run.box)
            for name, boxes in by_field.items():
                found.setdefault(name, []).append((number, sheet.fraction(union(boxes))))
        return found

    def images(self, dpi: int = 300) -> list[Image.Image]:
        """Every page as pixels."""
        return [sheet.image(dpi) for sheet in self.sheets]

    def joined(self, *others: Paper) -> Paper:
        """The same paper with more pages behind it (truth of the first counts)."""
        return replace(self, sheets=[*self.sheets, *(s for other in others for s in other.sheets)])


def union(boxes: Sequence[Box]) -> Box:
    """The smallest box around all."""
    return (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))


def wrap(text: str, face: str, size: float, wide: float, indent: float = 0.0, *, strict: bool = True) -> list[str]:
    """Lines no wider than ``wide``; Chinese breaks anywhere, Latin words and numbers stay whole where they can."""
    lines: list[str] = []
    room = wide - indent
    current = ""
    for piece in _pieces(text):
        if current and width(face, current + piece, size) > room:
            if strict and piece[0] in NO_LINE_START:
                current += piece
                continue
            carried = ""
            while strict and current and current[-1] in NO_LINE_END:
                carried, current = current[-1] + carried, current[:-1]
            lines.append(current.rstrip())
            current, room = (carried + piece).lstrip(), wide
        else:
            current += piece
        while width(face, current, size) > room + size and len(current) > 1:
            cut = len(current) - 1
            while cut > 1 and width(face, current[:cut], size) > room:
                cut -= 1
            lines.append(current[:cut])
            current, room = current[cut:], wide
    lines.append(current)
    return [line for line in lines if line] or [""]


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for c in text:
        latin = c.isascii() and not c.isspace() and c not in "()/,;"
        if (
            latin
            and pieces
            and pieces[-1][-1].isascii()
            and not pieces[-1][-1].isspace()
            and pieces[-1][-1] not in "()/,;"
        ):
            pieces[-1] += c
        else:
            pieces.append(c)
    return pieces


def _draw_run(draw: ImageDraw.ImageDraw, canvas: Image.Image, run: Run, scale: float) -> None:
    pixels = max(4, round(run.size * scale))
    if run.stretch != 1.0:
        _draw_squeezed(canvas, run, scale, pixels)
        return
    x, baseline = run.x * scale, (run.y + run.size * 0.86) * scale
    if run.spacing == 0.0:
        for used, piece in stretches(run.face, run.text):
            draw.text((x, baseline), piece, fill=run.colour, font=font(used, pixels), anchor="ls")
            x += width(used, piece, run.size) * scale
        return
    for c in run.text:
        draw.text((x, baseline), c, fill=run.colour, font=font(face_of(run.face, c), pixels), anchor="ls")
        x += width(run.face, c, run.size) * scale + run.spacing * scale


def _draw_squeezed(canvas: Image.Image, run: Run, scale: float, pixels: int) -> None:
    natural = math.ceil(width(run.face, run.text, run.size) * scale) + 2
    mask = Image.new("L", (natural, pixels * 2), 0)
    ImageDraw.Draw(mask).text((0, pixels * 1.36), run.text, fill=255, font=font(run.face, pixels), anchor="ls")
    mask = mask.resize((max(1, round(natural * run.stretch)), pixels * 2), Image.Resampling.LANCZOS)
    at = (round(run.x * scale), round(run.y * scale - pixels * 0.5))
    canvas.paste(Image.new("RGB", mask.size, run.colour), at, mask)


def _draw_stroke(draw: ImageDraw.ImageDraw, step: Stroke, scale: float) -> None:
    points = [(x * scale, y * scale) for x, y in step.points]
    thick = max(1, round(step.thick * scale))
    if step.fill is not None:
        draw.polygon(points, fill=step.fill)
        return
    if step.closed:
        points.append(points[0])
    if not step.dash:
        draw.line(points, fill=step.colour, width=thick, joint="curve" if len(points) > 2 else None)
        return
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        long = math.hypot(x1 - x0, y1 - y0)
        for k in range(0, int(long / (step.dash * scale)), 2):
            a, b = k * step.dash * scale / long, min(1.0, (k + 1) * step.dash * scale / long)
            draw.line(
                [(x0 + a * (x1 - x0), y0 + a * (y1 - y0)), (x0 + b * (x1 - x0), y0 + b * (y1 - y0))], step.colour, thick
            )


def _lay_picture(canvas: Image.Image, step: Picture, scale: float) -> None:
    x0, y0, x1, y1 = (round(v * scale) for v in step.box)
    painted = step.paint(max(1, x1 - x0), max(1, y1 - y0))
    left, top = max(0, x0), max(0, y0)
    right, bottom = min(canvas.width, x0 + painted.width), min(canvas.height, y0 + painted.height)
    if right <= left or bottom <= top:
        return
    painted = painted.crop((left - x0, top - y0, right - x0, bottom - y0))
    if not step.multiply:
        canvas.paste(painted, (left, top), painted)
        return
    above = np.asarray(painted, np.float32) / 255.0
    below = np.asarray(canvas.crop((left, top, right, bottom)), np.float32)
    alpha = above[..., 3:]
    mixed = below * (1.0 - alpha + alpha * above[..., :3])
    canvas.paste(Image.fromarray(mixed.clip(0, 255).astype(np.uint8)), (left, top))
