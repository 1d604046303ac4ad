"""Lists on a filled form (服务项目, 客服人员, 仪器设备): rows under a header, ruled or only aligned.

A list is known by the titles of its columns, wherever on the form it stands; a table that goes on over the page end
goes on without its header. Rows without any value are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from qi_pipeline.extraction.folding import fold, fold_with_origin
from qi_pipeline.extraction.lines import Row, around, cut, rows_of
from qi_pipeline.extraction.readers import joined
from qi_pipeline.model import Box, Cell, Page, Table, Word

INDEX = "index"
"""Name of the column that only counts the rows (序号)."""
_BRACKETS = re.compile(r"\([^()]*\)")
_STOP = re.compile(
    r"签字|签名|盖章|公章|承诺|保证|声明|填表说明|填写说明|备注[:：]|注[:：]|^[一二三四五六七八九](?:、|[.]|客服|拟|共享|仪器|服务|申请|机构|其他)|年月日|申请日期|审核意见|意见"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSpec:
    """One list: the titles that its columns may have, and which columns a header must show to be its header."""

    name: str
    columns: dict[str, tuple[str, ...]]
    """Value name to printed titles, folded, without what stands in brackets."""
    needs: tuple[tuple[str, ...], ...]
    """Any of these groups of columns makes a header."""
    short: str
    """A column whose values never break over lines: a line that fills it begins a row."""


@dataclass(slots=True)
class ListRow:
    """One filled row of a list."""

    page: int
    values: dict[str, str] = field(default_factory=dict)
    boxes: list[Box] = field(default_factory=list)
    confidence: float = 1.0

    @property
    def box(self) -> Box:
        """The box around its values."""
        return around(self.boxes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    spec: ListSpec
    columns: tuple[tuple[str, Box, int], ...]
    """Value name, box, and for a table the column's index."""
    bottom: float


def read_lists(pages: Iterable[Page], specs: Sequence[ListSpec]) -> dict[str, list[ListRow]]:
    """The rows of every list found on the pages, by the list's name."""
    found: dict[str, list[ListRow]] = {}
    open_table: tuple[_Header, int] | None = None
    for page in pages:
        tables = sorted(page.tables, key=lambda table: table.box[1])
        used: list[Table] = []
        for number, table in enumerate(tables):
            carried = open_table if number == 0 else None
            before = sum(map(len, found.values()))
            open_table = _read_table(page, table, specs, found, carried)
            if sum(map(len, found.values())) > before:
                used.append(table)
        if not tables:
            open_table = None
        # The words of a table whose header was not understood are read as lines: its cells may be cut wrong.
        loose = [w for w in page.words if not any(_centre_in(w.box, table.box) for table in used)]
        _read_words(page, loose, [spec for spec in specs if spec.name not in found], found)
    return found


def _read_table(
    page: Page,
    table: Table,
    specs: Sequence[ListSpec],
    found: dict[str, list[ListRow]],
    carried: tuple[_Header, int] | None,
) -> tuple[_Header, int] | None:
    """Adds the table's rows to ``found``; what comes back goes on where the next page's first table begins."""
    header = carried[0] if carried is not None and carried[1] == table.columns else None
    for index in range(table.rows):
        cells = [cell for cell in table.cells if cell.row <= index < cell.row + cell.row_span]
        fresh = _table_header([cell for cell in cells if cell.row == index], specs)
        if fresh is not None:
            header = fresh
            continue
        if header is None or not cells:
            continue
        starting = [cell for cell in cells if cell.row == index]
        if len(starting) == 1 and starting[0].column_span >= max(2, table.columns - 1):
            header = None  # a row that runs across: the title of another part
            continue
        row = _table_row(page, header, cells)
        if row is not None:
            found.setdefault(header.spec.name, []).append(row)
    return (header, table.columns) if header is not None else None


def _table_row(page: Page, header: _Header, cells: Sequence[Cell]) -> ListRow | None:
    row = ListRow(page=page.number)
    for name, _, column in header.columns:
        cell = next((c for c in cells if c.column <= column < c.column + c.column_span), None)
        text = joined(cell.text.split("\n")) if cell is not None else ""
        if cell is None or name == INDEX or not text or re.fullmatch(r"[/\\\-—_.。无]*", text):
            continue
        row.values[name] = cell.text
        row.boxes.append(cell.box)
        row.confidence = min(row.confidence, cell.confidence)
    return row if row.values else None


def _table_header(cells: Sequence[Cell], specs: Sequence[ListSpec]) -> _Header | None:
    titles = [(_title(cell.text), cell) for cell in cells if cell.text.strip()]
    best: _Header | None = None
    for spec in specs:
        columns: dict[str, Cell] = {}
        for title, cell in titles:
            name = next((name for name, known in _named(spec) if title in known), None)
            if name is not None and (name not in columns or cell.row_span == 1):
                columns[name] = cell
        if _is_header(spec, set(columns)) and (best is None or len(columns) > len(best.columns)):
            placed = tuple((name, cell.box, cell.column) for name, cell in columns.items())
            best = _Header(spec=spec, columns=placed, bottom=max(cell.box[3] for cell in columns.values()))
    return best


def _named(spec: ListSpec) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield INDEX, ("序号", "编号", "项次")
    yield from spec.columns.items()


def _title(text: str) -> str:
    return _BRACKETS.sub("", fold(text)).strip(":*、/.")


def _is_header(spec: ListSpec, names: set[str]) -> bool:
    return any(set(group) <= names for group in spec.needs)


def _read_words(page: Page, words: Sequence[Word], specs: Sequence[ListSpec], found: dict[str, list[ListRow]]) -> None:
    header: _Header | None = None
    last: Box | None = None
    for row in rows_of(words, page.width / page.height if page.height else 0.707):
        fresh = _word_header(row, specs)
        if fresh is not None:
            header, last = fresh, row.box
            continue
        if header is None or last is None:
            continue
        high = row.height
        if row.box[1] - last[3] > 4 * high or _STOP.search(fold(row.text)):
            header = None
            continue
        rows = found.setdefault(header.spec.name, [])
        made = _word_row(page, header, row, len(rows) + 1)
        last = row.box
        goes_on = INDEX not in made.values and header.spec.short not in made.values
        made.values.pop(INDEX, None)
        if goes_on and rows and made.values:
            for name, text in made.values.items():
                rows[-1].values[name] = "\n".join(filter(None, [rows[-1].values.get(name), text]))
            rows[-1].boxes += made.boxes
        elif made.values:
            rows.append(made)


def _word_header(row: Row, specs: Sequence[ListSpec]) -> _Header | None:
    pieces: list[tuple[str, Box]] = []
    covered = total = 0
    titles = {title for spec in specs for _, known in _named(spec) for title in known}
    for word in row.words:
        folded = fold_with_origin(word.text)
        total += len(folded.text)
        at = 0
        while at < len(folded.text):
            title = max((t for t in titles if folded.text.startswith(t, at)), key=len, default=None)
            if title is None:
                at += 1
                continue
            start, stop = folded.raw_span(at, at + len(title))
            pieces.append((title, cut(word, start, stop).box))
            covered += len(title)
            bracket = _BRACKETS.match(folded.text, at + len(title))
            at += len(title) + (len(bracket.group()) if bracket else 0)
            covered += len(bracket.group()) if bracket else 0
    if not total or covered < 0.7 * total:
        return None
    best: _Header | None = None
    for spec in specs:
        columns: dict[str, Box] = {}
        for title, box in pieces:
            name = next((name for name, known in _named(spec) if title in known), None)
            if name is not None:
                columns.setdefault(name, box)
        if _is_header(spec, set(columns)) and (best is None or len(columns) > len(best.columns)):
            placed = tuple((name, box, 0) for name, box in columns.items())
            best = _Header(spec=spec, columns=placed, bottom=row.box[3])
    return best


def _word_row(page: Page, header: _Header, row: Row, count: int) -> ListRow:
    made = ListRow(page=page.number)
    words = list(row.words)
    if any(name == INDEX for name, _, _ in header.columns):
        words[:1] = _without_count(words[0], count)
    for word in words:
        name = min(header.columns, key=lambda column: _apart(word.box, column[1]))[0]
        if name == INDEX and not re.fullmatch(r"[(（]?\d{1,3}[)）.、]?", word.text.strip()):
            name = "name"
        made.values[name] = " ".join(filter(None, [made.values.get(name), word.text.strip()]))
        if name != INDEX:
            made.boxes.append(word.box)
            made.confidence = min(made.confidence, word.confidence)
    return made


def _without_count(word: Word, count: int) -> list[Word]:
    """The first word of a row, with a count that recognition joined to it (1 食品检测) cut off."""
    match = re.match(rf"{count}(?=[^\d.-])[\s.、]*|\d{{1,3}}[\s、]+(?=\D)", word.text)
    if match is None or match.end() >= len(word.text):
        return [word]
    return [cut(word, 0, match.end()), cut(word, match.end(), len(word.text))]


def _apart(box: Box, column: Box) -> float:
    """Distance of two boxes along the line; negative where they lie over each other, the more the better."""
    common = min(box[2], column[2]) - max(box[0], column[0])
    if common > 0:
        return -common / min(box[2] - box[0], column[2] - column[0])
    return -common


def _centre_in(inner: Box, outer: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]
