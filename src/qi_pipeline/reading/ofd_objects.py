"""Graphic objects of an OFD page (图元) flattened to page millimetres: characters, pictures and paths.

GB/T 33190-2016, chapters 8 to 13: an object's inner coordinates pass through its CTM and are then moved to the
corner of its ``Boundary``; composite objects (复合图元) nest. Clips, patterns and shadings are not drawn: they
decorate, and what is read does not rest on them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from qi_pipeline.errors import PacketError
from qi_pipeline.reading.xml_package import Element, local_name

Matrix = tuple[float, float, float, float, float, float]
"""``a b c d e f`` as in OFD: ``x' = a·x + c·y + e``, ``y' = b·x + d·y + f``."""
Colour = tuple[int, int, int]
Point = tuple[float, float]

IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_DEEPEST = 12
_MOST_POINTS = 400_000
_DEFAULT_WIDTH_MM = 0.353
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyph:
    """One printed character: its origin on the baseline, its advance and its height, in page millimetres."""

    char: str
    origin: Point
    across: Point
    """Vector along the baseline to where the next character starts."""
    up: Point
    """Vector from the baseline to the top, one font size long."""
    run: int
    """Number of the text object it belongs to."""
    font: str
    colour: Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image that fills the parallelogram ``matrix`` makes of the unit square."""

    part: str
    """Part name in the package; empty for ``data``."""
    matrix: Matrix
    data: bytes = b""
    """The image itself, for seals that lie in a signed value."""
    format: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A path as polylines."""

    lines: tuple[tuple[Point, ...], ...]
    stroke: Colour | None
    fill: Colour | None
    width: float


Drawable = Glyph | Picture | Outline


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What a page's objects refer to by number."""

    fonts: Mapping[str, str] = field(default_factory=dict)
    """Font number to family name."""
    media: Mapping[str, str] = field(default_factory=dict)
    """Picture number to part name."""
    draw_params: Mapping[str, Element] = field(default_factory=dict)
    composites: Mapping[str, Element] = field(default_factory=dict)


def children(element: Element, name: str) -> Iterator[Element]:
    """The child elements of that name, in any namespace (producers differ)."""
    return (child for child in element if local_name(child) == name)


def first(element: Element, *path: str) -> Element | None:
    """The first descendant along child names."""
    here: Element | None = element
    for name in path:
        here = None if here is None else next(children(here, name), None)
    return here


def numbers(text: str | None) -> list[float]:
    """The numbers in an attribute; absurd ones are refused."""
    values = [float(match) for match in _NUMBER.findall(text or "")]
    if any(abs(value) > 1e6 for value in values):
        raise PacketError("corrupt", "a coordinate lies far outside any page; export the file again")
    return values


def box_of(text: str | None) -> tuple[float, float, float, float] | None:
    """``x y width height`` of a boundary, or None."""
    values = numbers(text)
    return (values[0], values[1], values[2], values[3]) if len(values) >= 4 else None


def deltas(text: str | None) -> list[float]:
    """The offsets of ``DeltaX``/``DeltaY`` with ``g n v`` (n times v) written out.

    >>> deltas("3 g 2 4.5 1")
    [3.0, 4.5, 4.5, 1.0]
    """
    tokens = (text or "").replace(",", " ").split()
    values: list[float] = []
    index = 0
    try:
        while index < len(tokens):
            if tokens[index] == "g":
                times = int(float(tokens[index + 1]))
                if times > 100_000:
                    raise PacketError("corrupt", "a text repeats an offset beyond measure")
                values += [float(tokens[index + 2])] * times
                index += 3
            else:
                values.append(float(tokens[index]))
                index += 1
    except (ValueError, IndexError) as error:
        raise PacketError("corrupt", f"an offset list can't be read ({text!r})") from error
    return values


def multiply(inner: Matrix, outer: Matrix) -> Matrix:
    """The matrix that applies ``inner`` and then ``outer``."""
    a, b, c, d, e, f = inner
    ao, bo, co, do, eo, fo = outer
    return (
        a * ao + b * co,
        a * bo + b * do,
        c * ao + d * co,
        c * bo + d * do,
        e * ao + f * co + eo,
        e * bo + f * do + fo,
    )


def apply(matrix: Matrix, x: float, y: float) -> Point:
    """The point moved by the matrix."""
    a, b, c, d, e, f = matrix
    return (a * x + c * y + e, b * x + d * y + f)


class Flattener:
    """Turns content elements into drawables, in painting order."""

    def __init__(self, resources: Resources, most_characters: int) -> None:
        self.drawables: list[Drawable] = []
        self._resources = resources
        self._characters_left = most_characters
        self._points_left = _MOST_POINTS
        self._run = 0
        self._readers: dict[str, Callable[[Element, Matrix, Element | None, int], None]] = {
            "TextObject": self._text,
            "ImageObject": self._image,
            "PathObject": self._path,
            "CompositeObject": self._composite,
            "PageBlock": self._block,
            "Layer": self._block,
        }

    def add(self, content: Element, matrix: Matrix = IDENTITY) -> None:
        """Adds everything under a content, layer or appearance element."""
        self._block(content, matrix, None, 0)

    def _block(self, block: Element, matrix: Matrix, params: Element | None, depth: int) -> None:
        if depth > _DEEPEST:
            raise PacketError("corrupt", "graphic objects are nested beyond measure")
        params = self._params(block) if block.get("DrawParam") else params
        for child in block:
            reader = self._readers.get(local_name(child))
            if reader is not None and (child.get("Visible") or "true").lower() != "false":
                reader(child, matrix, params, depth + 1)

    def _params(self, element: Element) -> Element | None:
        return self._resources.draw_params.get(element.get("DrawParam") or "")

    def _placed(self, element: Element, outer: Matrix) -> Matrix:
        """The matrix from the object's inner coordinates to the page."""
        ctm = numbers(element.get("CTM"))
        inner: Matrix = (ctm[0], ctm[1], ctm[2], ctm[3], ctm[4], ctm[5]) if len(ctm) == 6 else IDENTITY
        boundary = box_of(element.get("Boundary")) or (0.0, 0.0, 0.0, 0.0)
        return multiply(multiply(inner, (1.0, 0.0, 0.0, 1.0, boundary[0], boundary[1])), outer)

    def _colour(self, element: Element, name: str, params: Element | None) -> Colour | None:
        chain = [element, self._params(element), params]
        for holder in chain:
            colour = None if holder is None else first(holder, name)
            if colour is not None:
                return _rgb(colour)
        return None

    def _text(self, element: Element, outer: Matrix, params: Element | None, _depth: int) -> None:
        size = (numbers(element.get("Size")) or [0.0])[0]
        if size <= 0:
            return
        matrix = self._placed(element, outer)
        stretch = (numbers(element.get("HScale")) or [1.0])[0]
        colour = self._colour(element, "FillColor", params) or (0, 0, 0)
        font = self._resources.fonts.get(element.get("Font") or "", "")
        self._run += 1
        origin = apply(matrix, 0, 0)
        top = apply(matrix, 0, -size)
        up = (top[0] - origin[0], top[1] - origin[1])
        x = y = 0.0
        for code in children(element, "TextCode"):
            text = code.text or ""
            x = (numbers(code.get("X")) or [x])[0]
            y = (numbers(code.get("Y")) or [y])[0]
            dx, dy = deltas(code.get("DeltaX")), deltas(code.get("DeltaY"))
            self._characters_left -= len(text)
            if self._characters_left < 0:
                raise PacketError("too_large", "a page holds more characters than is allowed")
            for index, char in enumerate(text):
                natural = size * stretch * _advance(char)
                here, there = apply(matrix, x, y), apply(matrix, x + natural, y)
                self.drawables.append(
                    Glyph(
                        char=char,
                        origin=here,
                        across=(there[0] - here[0], there[1] - here[1]),
                        up=up,
                        run=self._run,
                        font=font,
                        colour=colour,
                    )
                )
                x += dx[index] if index < len(dx) else (0.0 if dy else natural)
                y += dy[index] if index < len(dy) else 0.0

    def _image(self, element: Element, outer: Matrix, _params: Element | None, _depth: int) -> None:
        part = self._resources.media.get(element.get("ResourceID") or "")
        boundary = box_of(element.get("Boundary"))
        if part is None or boundary is None:
            return
        if element.get("CTM"):
            matrix = self._placed(element, outer)
        else:
            matrix = multiply((boundary[2], 0.0, 0.0, boundary[3], boundary[0], boundary[1]), outer)
        self.drawables.append(Picture(part=part, matrix=matrix))

    def _path(self, element: Element, outer: Matrix, params: Element | None, _depth: int) -> None:
        data = first(element, "AbbreviatedData")
        if data is None or not data.text:
            return
        matrix = self._placed(element, outer)
        holder = self._params(element) if element.get("DrawParam") else params
        width = (numbers(element.get("LineWidth")) or numbers(None if holder is None else holder.get("LineWidth")))[:1]
        stroke = fill = None
        if (element.get("Stroke") or "true").lower() != "false":
            stroke = self._colour(element, "StrokeColor", params) or (0, 0, 0)
        if (element.get("Fill") or "false").lower() == "true":
            fill = self._colour(element, "FillColor", params) or (0, 0, 0)
        lines = polylines(data.text)
        self._points_left -= sum(map(len, lines))
        if self._points_left < 0:
            raise PacketError("too_large", "a page holds more paths than is allowed")
        placed = tuple(tuple(apply(matrix, x, y) for x, y in line) for line in lines)
        self.drawables.append(
            Outline(lines=placed, stroke=stroke, fill=fill, width=width[0] if width else _DEFAULT_WIDTH_MM)
        )

    def _composite(self, element: Element, outer: Matrix, params: Element | None, depth: int) -> None:
        unit = self._resources.composites.get(element.get("ResourceID") or "")
        content = None if unit is None else first(unit, "Content")
        if content is not None:
            self._block(content, self._placed(element, outer), params, depth)


def _advance(char: str) -> float:
    return 0.5 if ord(char) < 0x2000 else 1.0


def _rgb(colour: Element) -> Colour | None:
    """The colour as RGB, paled by its alpha; None for patterns and for fully transparent ones."""
    values = [min(255.0, max(0.0, v)) for v in numbers(colour.get("Value"))]
    if len(values) == 1:
        values *= 3
    if len(values) == 4:
        key = 1 - values[3] / 255
        values = [(255 - v) * key for v in values[:3]]
    if len(values) != 3:
        return None
    alpha = (numbers(colour.get("Alpha")) or [255.0])[0] / 255
    if alpha <= 0:
        return None
    red, green, blue = (round(255 - (255 - v) * min(1.0, alpha)) for v in values)
    return (red, green, blue)


def polylines(data: str) -> list[tuple[Point, ...]]:
    """The path of ``AbbreviatedData`` as polylines, curves cut in eight; arcs become their chord."""
    tokens = data.replace(",", " ").split()
    lines: list[tuple[Point, ...]] = []
    line: list[Point] = []
    index = 0
    sizes = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}
    while index < len(tokens):
        command = tokens[index]
        if command not in sizes:
            raise PacketError("corrupt", f"a path holds the unknown command {command[:20]!r}")
        values = numbers(" ".join(tokens[index + 1 : index + 1 + sizes[command]]))
        index += 1 + sizes[command]
        if len(values) < sizes[command]:
            break
        if command in "SM":
            if len(line) > 1:
                lines.append(tuple(line))
            line = [(values[0], values[1])]
        elif command == "C":
            if line:
                line.append(line[0])
        elif line:
            line += _curve(line[-1], command, values)
    if len(line) > 1:
        lines.append(tuple(line))
    return lines


def _curve(start: Point, command: str, v: list[float]) -> list[Point]:
    if command in "LA":
        return [(v[-2], v[-1])]
    if command == "Q":
        c1, c2, end = (v[0], v[1]), (v[0], v[1]), (v[2], v[3])
        points = [(start, 2 / 3, c1), (end, 2 / 3, c2)]
        b1, b2 = ((p[0] + t * (c[0] - p[0]), p[1] + t * (c[1] - p[1])) for p, t, c in points)
    else:
        b1, b2, end = (v[0], v[1]), (v[2], v[3]), (v[4], v[5])
    out = []
    for step in range(1, 9):
        t = step / 8
        w0, w1, w2, w3 = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        out.append(
            (
                w0 * start[0] + w1 * b1[0] + w2 * b2[0] + w3 * end[0],
                w0 * start[1] + w1 * b1[1] + w2 * b2[1] + w3 * end[1],
            )
        )
    return out
