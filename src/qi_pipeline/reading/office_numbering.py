"""Automatic numbering of Word paragraphs (自动编号), written out as Word prints it: 一、 （二） 3. ④ …"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from docx.oxml.ns import qn

from qi_pipeline.reading.xml_package import Element

_DIGITS = "〇一二三四五六七八九"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How one level of a list prints."""

    format: str
    text: str
    start: int


@dataclass(slots=True)
class Numbering:
    """Counts the numbered paragraphs of one document, in order."""

    levels: dict[tuple[str, int], Level]
    """List number and level to how it prints."""
    styles: dict[str, tuple[str, int]]
    """Paragraph style to list number and level."""
    counts: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, numbering: Element | None, styles: Element | None) -> Numbering:
        """The numbering of a document from its numbering and styles parts, either of which may be missing."""
        levels: dict[tuple[str, int], Level] = {}
        if numbering is not None:
            levels = dict(_levels(numbering))
        by_style = {}
        for style in [] if styles is None else styles.iter(qn("w:style")):
            place = _place(style.find(qn("w:pPr")))
            if place is not None:
                by_style[style.get(qn("w:styleId")) or ""] = place
        return cls(levels=levels, styles=by_style)

    def label(self, paragraph: Element) -> str:
        """The printed number of the paragraph; empty when it has none."""
        properties = paragraph.find(qn("w:pPr"))
        place = _place(properties)
        style = None if properties is None else properties.find(qn("w:pStyle"))
        if place is None and style is not None:
            place = self.styles.get(style.get(qn("w:val")) or "")
        if place is None or place not in self.levels:
            return ""
        identity, depth = place
        level = self.levels[place]
        if level.format in ("bullet", "none"):
            return ""
        counts = self.counts.setdefault(identity, [])
        while len(counts) <= depth:
            above = self.levels.get((identity, len(counts)))
            counts.append((above.start if above else 1) - 1)
        counts[depth] += 1
        del counts[depth + 1 :]
        text = level.text
        for index, count in enumerate(counts):
            own = self.levels.get((identity, index))
            text = text.replace(f"%{index + 1}", number(count, own.format if own else "decimal"))
        return text


def number(count: int, style: str) -> str:
    """The count in the style of the list.

    >>> [number(12, s) for s in ("decimal", "chineseCounting", "decimalEnclosedCircle", "upperLetter", "lowerRoman")]
    ['12', '十二', '⑫', 'L', 'xii']
    """
    if style.startswith(("chinese", "japanese", "ideograph", "taiwanese")) and 0 < count < 100:
        tens, ones = divmod(count, 10)
        head = "" if tens == 0 else ("十" if tens == 1 else _DIGITS[tens] + "十")
        return head + (_DIGITS[ones] if ones else "")
    if style.startswith("decimalEnclosedCircle") and 0 < count <= 20:
        return chr(0x2460 + count - 1)
    if style in ("upperLetter", "lowerLetter") and 0 < count <= 26:
        return chr((0x41 if style == "upperLetter" else 0x61) + count - 1)
    if style in ("upperRoman", "lowerRoman") and 0 < count < 400:
        roman = _roman(count)
        return roman if style == "upperRoman" else roman.lower()
    return str(count)


def _roman(count: int) -> str:
    out = ""
    for value, letters in ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV")):
        out += letters * (count // value)
        count %= value
    return out + "I" * count


def _place(properties: Element | None) -> tuple[str, int] | None:
    entry = None if properties is None else properties.find(qn("w:numPr"))
    identity = None if entry is None else entry.find(qn("w:numId"))
    if entry is None or identity is None:
        return None
    depth = entry.find(qn("w:ilvl"))
    return (identity.get(qn("w:val")) or "", _integer(depth, 0))


def _levels(numbering: Element) -> Iterator[tuple[tuple[str, int], Level]]:
    abstract = {
        element.get(qn("w:abstractNumId")): {
            _integer_text(level.get(qn("w:ilvl")), 0): level for level in element.iterfind(qn("w:lvl"))
        }
        for element in numbering.iterfind(qn("w:abstractNum"))
    }
    for entry in numbering.iterfind(qn("w:num")):
        identity = entry.get(qn("w:numId")) or ""
        pointer = entry.find(qn("w:abstractNumId"))
        for depth, level in abstract.get(None if pointer is None else pointer.get(qn("w:val")), {}).items():
            style, text = level.find(qn("w:numFmt")), level.find(qn("w:lvlText"))
            yield (
                (identity, depth),
                Level(
                    format="decimal" if style is None else style.get(qn("w:val")) or "decimal",
                    text="" if text is None else text.get(qn("w:val")) or "",
                    start=_integer(level.find(qn("w:start")), 1),
                ),
            )


def _integer(element: Element | None, default: int) -> int:
    return _integer_text(None if element is None else element.get(qn("w:val")), default)


def _integer_text(text: str | None, default: int) -> int:
    try:
        return min(10_000, max(0, int(text or default)))
    except ValueError:
        return default
