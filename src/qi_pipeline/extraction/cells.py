"""Labels that fill a table cell, with what stands in the cell beside them (表格中的栏目)."""

from __future__ import annotations

import re

from qi_pipeline.extraction.fields import Found
from qi_pipeline.extraction.folding import HAN, fold
from qi_pipeline.extraction.labels import Label, Vocabulary
from qi_pipeline.extraction.lines import inside, rows_of
from qi_pipeline.model import Box, Cell, Page, Table, Word

_BRACKET = re.compile(r"\([^()]{1,24}\)")
_LONG = 4
"""Letters of a label that is one wherever it stands with a colon."""
_AS_HIGH = 1.6
"""A word so many times as high as the others of its cell is stamped over it."""
_ENGLISH_BELOW = re.compile(rf"(?<=[{HAN}])/?[a-z][a-z .,/&'()-]{{2,40}}$")
"""The label in English below the Chinese one."""


def cell_values(page: Page, vocabulary: Vocabulary) -> tuple[list[tuple[Label, Found]], list[Box]]:
    """Labels that fill a table cell, with the neighbouring cell as their value, and the boxes of both."""
    labelled: list[tuple[Label, Found]] = []
    covered: list[Box] = []
    for table in page.tables:
        if any(heads_changes(cell.text) for cell in table.cells):
            continue
        keys = {(cell.row, cell.column): _cell_label(cell.text, vocabulary) for cell in table.cells}
        for cell in table.cells:
            key = keys[cell.row, cell.column]
            if key is None:
                continue
            right = _beside(cell, table)
            if right is None or keys[right.row, right.column] is not None or _has_own_label(right.text, vocabulary):
                continue
            label = Label(text=key, page=page.number, row=-1, start=0, end=0, box=cell.box, firm=True, exact=True)
            beyond = _beside(right, table)
            if beyond is not None and keys[beyond.row, beyond.column] is not None:
                beyond = None
            labelled.append((label, _cell_value(page, right, key, beyond)))
            covered += [cell.box, right.box]
    return labelled, covered


def _beside(cell: Cell, table: Table) -> Cell | None:
    """The cell to the right of one."""
    for other in table.cells:
        if other.column == cell.column + cell.column_span and other.row <= cell.row < other.row + other.row_span:
            return other
    return None


def _cell_value(page: Page, cell: Cell, key: str, beyond: Cell | None) -> Found:
    """What stands in a table cell: the page's words within it, or else the cell's own text.

    ``beyond`` is the cell behind it, where that holds no label: what a streak of the scanner parted stays whole.
    """
    aspect = page.width / page.height if page.height else 0.707
    words = _without_stamps([w for w in page.words if inside(w.box, cell.box)])
    words = words if beyond is not None and _runs_on(words, cell, beyond) else _own_words(words, cell)
    rows = tuple(row.words for row in rows_of(words, aspect))
    if not rows and cell.text.strip():
        lines = cell.text.strip().split("\n")
        rows = tuple((Word(text=line, box=cell.box, confidence=cell.confidence),) for line in lines)
    return Found(
        label=key,
        words=tuple(word for row in rows for word in row),
        page=page.number,
        lines=tuple(" ".join(word.text for word in row) for row in rows),
        rows=rows,
    )


def _without_stamps(words: list[Word]) -> list[Word]:
    """The words of a cell without those that are much higher than the lowest one that has letters to tell by."""
    heights = [word.box[3] - word.box[1] for word in words if len(word.text.strip()) > 1]
    return [word for word in words if word.box[3] - word.box[1] <= _AS_HIGH * min(heights)] if heights else words


def _runs_on(words: list[Word], cell: Cell, beyond: Cell) -> bool:
    """Whether one line of print fills the end of the cell and all of the next, so that no border can part them."""
    text, rest = fold(cell.text), fold(beyond.text)
    if not rest or not words:
        return False
    return any(
        (line := fold(word.text)).endswith(rest) and len(line) > len(rest) and text.endswith(line.removesuffix(rest))
        for word in words
    )


def _own_words(words: list[Word], cell: Cell) -> list[Word]:
    """The words of a cell; on a photograph aslant its upright box holds the ends of its neighbours' words too.

    The cell's own text was put together on the flattened picture: it says which words are its own, where it says
    anything at all. Empty where it can't be made of these words: then the text itself is the value.
    """
    text = fold(cell.text)
    if not text or sum(len(fold(word.text)) for word in words) <= len(text):
        return words
    own = [word for word in words if fold(word.text) in text]
    return own if sum(len(fold(word.text)) for word in own) == len(text) else []


_CHANGES = re.compile(r"变更(?:事项|项目|内容|后内容|后|前内容|记录|记载|栏|情况|登记)(?:记录|记载|栏|表|情况)?")


def heads_changes(text: str) -> bool:
    """Whether a text heads a list of changes (变更栏, 变更事项), whose cells are not those of a form."""
    return _CHANGES.fullmatch(fold(text).rstrip(":")) is not None


def _has_own_label(text: str, vocabulary: Vocabulary) -> bool:
    """Whether a cell begins with a label and its colon, so that it is no other label's value."""
    folded = fold(text)
    label = vocabulary.exact_at(folded, 0) if folded else None
    return label is not None and len(label) >= _LONG and folded[len(label) : len(label) + 1] == ":"


def _cell_label(text: str, vocabulary: Vocabulary) -> str | None:
    folded = fold(text).rstrip(":")
    if folded in vocabulary.folded:
        return vocabulary.folded[folded]
    bare = _BRACKET.sub("", folded)
    return vocabulary.folded.get(bare) or vocabulary.folded.get(_ENGLISH_BELOW.sub("", bare))
