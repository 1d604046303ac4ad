"""DOCX and XLSX supporting papers (制度文件, 设备清单) as pages of words and tables.

Office text has no place on paper: lines get boxes that only keep their order. Formulas give the value that was saved
with them and are never computed; macros, links and deleted text are not read. Automatic numbering is written out,
because a letter's promises may be numbered by the word processor.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from importlib.metadata import version
from pathlib import Path

import openpyxl
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import OpcError
from docx.opc.part import PartFactory
from docx.oxml.ns import qn
from docx.package import Package
from docx.parts.document import DocumentPart
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet
from PIL import Image, UnidentifiedImageError

from qi_pipeline.errors import PacketError
from qi_pipeline.model import Page
from qi_pipeline.policy import Limits
from qi_pipeline.reading.office_numbering import Numbering
from qi_pipeline.reading.office_pages import Block, Grid, GridCell, Line, lay_out
from qi_pipeline.reading.xml_package import Element, XmlPackage, parse_xml

_MC_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SYMBOLS = {"F0FE": "☑", "F052": "☑", "F0FC": "√", "F0A8": "□", "F06F": "□", "F0A3": "□", "F0FD": "☒"}
"""Wingdings characters that forms use as tick boxes."""
_SMALLEST_PAGE = 300
"""Embedded pictures with a shorter side are logos and icons, not scanned pages."""
_WIDEST_SHEET = 256
_LONGEST_SHEET = 20_000
_WORD_TYPES = (
    "application/vnd.ms-word.document.macroEnabled.main+xml",
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
)
"""Word files that the library would refuse though their text is the same; macros are never looked at."""
_LIBRARY_ERRORS = (
    OpcError,
    InvalidFileException,
    zipfile.BadZipFile,
    LookupError,
    ArithmeticError,
    ValueError,
    TypeError,
    AttributeError,
)
"""What python-docx and openpyxl raise on files that break their format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedImage:
    """A picture inside an office file that may be a scanned page."""

    name: str
    data: bytes


def read_docx(path: Path, limits: Limits) -> tuple[Page, ...]:
    """The pages of a Word file, split at its page breaks; raises :class:`PacketError`."""
    with XmlPackage(path, limits) as package:
        package.check_all_xml()
    try:
        document = _word_document(path)
        reader = _DocxReader(_numbering(document))
        body = document.element.body
        for section in list(document.sections)[:1]:
            if not section.header.is_linked_to_previous:
                reader.read(section.header._element)
        reader.read(body)
    except _LIBRARY_ERRORS as error:
        raise PacketError("corrupt", f"not a readable Word file ({_said(error, path)}); save it again") from error
    return _pages(reader.finished(), limits, f"python-docx {version('python-docx')}")


def _word_document(path: Path) -> Document:
    for kind in _WORD_TYPES:
        PartFactory.part_type_for.setdefault(kind, DocumentPart)
    with path.open("rb") as file:
        main = Package.open(file).main_document_part
    if not isinstance(main, DocumentPart):
        raise ValueError(f"its main part is {main.content_type}")
    document: Document = main.document
    return document


def read_xlsx(path: Path, limits: Limits) -> tuple[Page, ...]:
    """The visible sheets of a workbook, one page each; raises :class:`PacketError`."""
    with XmlPackage(path, limits) as package:
        package.check_all_xml()
    try:
        # Opened here, because given a path the library goes by its ending, and originals have none.
        with path.open("rb") as file:
            workbook = openpyxl.load_workbook(file, data_only=True, keep_links=False, keep_vba=False)
            sheets = [list(_sheet(sheet)) for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    except _LIBRARY_ERRORS as error:
        raise PacketError("corrupt", f"not a readable workbook ({_said(error, path)}); save it again") from error
    return _pages(sheets, limits, f"openpyxl {version('openpyxl')}")


def embedded_images(path: Path, limits: Limits) -> tuple[EmbeddedImage, ...]:
    """Pictures in a DOCX or XLSX that are large enough to be a scanned page, in the order of their names."""
    found = []
    with XmlPackage(path, limits) as package:
        names = [name for name in package.names if "/media/" in f"/{name.lower()}"]
        for name in sorted(names, key=lambda n: (len(n), n)):
            data = package.read(name)
            try:
                with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "TIFF", "BMP")) as picture:
                    width, height = picture.size
            except Image.DecompressionBombError as error:
                raise PacketError("image_bomb", "an embedded picture is far too large; scan it at 300 dpi") from error
            except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
                continue  # vector pictures and damaged ones: decoration
            if width * height > limits.page_pixels:
                raise PacketError(
                    "image_bomb", f"an embedded picture has {width} x {height} pixels; scan it at 300 dpi"
                )
            if min(width, height) >= _SMALLEST_PAGE:
                found.append(EmbeddedImage(name=name, data=data))
    return tuple(found)


def _pages(contents: list[list[Block]], limits: Limits, engine: str) -> tuple[Page, ...]:
    if len(contents) > limits.file_pages:
        raise PacketError("too_many_pages", f"{len(contents)} pages are more than is allowed")
    return tuple(
        lay_out(blocks, number, most_characters=limits.page_characters, engine=engine)
        for number, blocks in enumerate(contents, 1)
    )


def _numbering(document: Document) -> Numbering:
    parts = {
        rel.reltype: rel.target_part for rel in document.part.rels.values() if not rel.is_external
    }  # one part a type
    roots: list[Element | None] = []
    for kind in (RELATIONSHIP_TYPE.NUMBERING, RELATIONSHIP_TYPE.STYLES):
        part = parts.get(kind)
        roots.append(None if part is None else parse_xml(part.blob, kind))
    return Numbering.of(roots[0], roots[1])


class _DocxReader:
    """Walks the body once and cuts it into pages of blocks."""

    def __init__(self, numbering: Numbering) -> None:
        self._numbering = numbering
        self._pages: list[list[Block]] = [[]]
        self._text = ""

    def finished(self) -> list[list[Block]]:
        return [page for page in self._pages if page] or [[]]

    def read(self, container: Element) -> None:
        for child in container:
            if child.tag == qn("w:p"):
                self._paragraph(child)
            elif child.tag == qn("w:tbl"):
                self._pages[-1].append(self._grid(child))
            elif child.tag in (qn("w:sdt"), qn("w:ins"), qn("w:customXml")):
                self.read(child.find(qn("w:sdtContent")) if child.tag == qn("w:sdt") else child)

    def _paragraph(self, paragraph: Element) -> None:
        properties = paragraph.find(qn("w:pPr"))
        if properties is not None and _is_on(properties.find(qn("w:pageBreakBefore"))):
            self._break()
        self._text = self._numbering.label(paragraph)
        for piece in _pieces(paragraph):
            if piece == "\f":
                self._flush()
                self._break()
            else:
                self._text += piece
        self._flush()
        for box in paragraph.iter(qn("w:txbxContent")):
            if not any(above.tag == _MC_FALLBACK for above in box.iterancestors()):
                self.read(box)
        section = None if properties is None else properties.find(qn("w:sectPr"))
        if section is not None:
            kind = section.find(qn("w:type"))
            if kind is None or kind.get(qn("w:val")) != "continuous":
                self._break()

    def _flush(self) -> None:
        for line in self._text.split("\n"):
            pieces = tuple(piece for piece in line.split("\t") if piece.strip())
            if pieces:
                self._pages[-1].append(Line(pieces=pieces))
        self._text = ""

    def _break(self) -> None:
        if self._pages[-1]:
            self._pages.append([])

    def _grid(self, table: Element) -> Grid:
        """The table with its merges: ``gridSpan`` across, ``vMerge`` down."""
        cells: list[GridCell] = []
        open_cells: dict[int, int] = {}
        rows = columns = 0
        for row in _within(table, "w:tr"):
            column = _value(row.find(f"{qn('w:trPr')}/{qn('w:gridBefore')}"), 0)
            for cell in _within(row, "w:tc"):
                properties = cell.find(qn("w:tcPr"))
                span = _value(None if properties is None else properties.find(qn("w:gridSpan")), 1)
                merge = None if properties is None else properties.find(qn("w:vMerge"))
                goes_on = merge is not None and merge.get(qn("w:val")) != "restart"
                if goes_on and column in open_cells:
                    above = cells[open_cells[column]]
                    cells[open_cells[column]] = GridCell(
                        row=above.row,
                        column=above.column,
                        row_span=rows - above.row + 1,
                        column_span=above.column_span,
                        text=above.text,
                    )
                else:
                    open_cells[column] = len(cells)
                    cells.append(GridCell(row=rows, column=column, column_span=span, text=self._cell_text(cell)))
                column += span
            columns = max(columns, column)
            rows += 1
        return Grid(rows=rows, columns=columns, cells=tuple(cells))

    def _cell_text(self, cell: Element) -> str:
        lines = []
        for paragraph in cell.iter(qn("w:p")):
            if not any(above.tag == _MC_FALLBACK for above in paragraph.iterancestors()):
                text = self._numbering.label(paragraph) + "".join(_pieces(paragraph)).replace("\f", "")
                lines.append(text.replace("\t", " "))
        return "\n".join(lines)


def _within(parent: Element, name: str) -> Iterator[Element]:
    """Children of that name, also inside content controls and tracked insertions."""
    for child in parent:
        if child.tag == qn(name):
            yield child
        elif child.tag in (qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:customXml")):
            yield from _within(child, name)


def _pieces(paragraph: Element) -> Iterator[str]:
    """The text of a paragraph, with a form feed for a page break. Deleted text and text boxes are left out."""
    skipped = {qn("w:del"), qn("w:txbxContent"), qn("w:moveFrom"), qn("w:pPr"), _MC_FALLBACK}
    stack: list[Element] = list(reversed(paragraph))
    while stack:
        element = stack.pop()
        if element.tag in skipped or not isinstance(element.tag, str):
            continue
        if element.tag == qn("w:t"):
            yield element.text or ""
        elif element.tag == qn("w:tab"):
            yield "\t"
        elif element.tag == qn("w:br"):
            yield "\f" if element.get(qn("w:type")) == "page" else "\n"
        elif element.tag == qn("w:cr"):
            yield "\n"
        elif element.tag == qn("w:lastRenderedPageBreak"):
            yield "\f"
        elif element.tag == qn("w:noBreakHyphen"):
            yield "-"
        elif element.tag == qn("w:sym"):
            yield _SYMBOLS.get((element.get(qn("w:char")) or "").upper(), "")
        else:
            stack += reversed(element)


def _is_on(flag: Element | None) -> bool:
    return flag is not None and flag.get(qn("w:val")) not in ("0", "false", "off")


def _value(element: Element | None, default: int) -> int:
    try:
        return min(500, max(0, int((None if element is None else element.get(qn("w:val"))) or default)))
    except ValueError:
        return default


def _sheet(sheet: Worksheet) -> Iterator[Block]:
    """The used range of a sheet as one grid; its merged ranges as spans."""
    filled = {}
    for (row, column), cell in sheet._cells.items():  # iterating rows would create every cell up to a stray one
        text = _shown(cell.value)
        if text:
            filled[row, column] = text
    if not filled:
        return
    if (
        len({column for _row, column in filled}) > _WIDEST_SHEET
        or len({row for row, _column in filled}) > _LONGEST_SHEET
    ):
        raise PacketError("too_large", "a sheet has more rows or columns than is allowed")
    spans = {(r.min_row, r.min_col): (r.max_row, r.max_col) for r in sheet.merged_cells.ranges}
    rows = {row: index for index, row in enumerate(sorted({row for row, _column in filled}))}
    columns = {column: index for index, column in enumerate(sorted({column for _row, column in filled}))}
    cells = []
    for (row, column), text in sorted(filled.items()):
        last_row, last_column = spans.get((row, column), (row, column))
        cells.append(
            GridCell(
                row=rows[row],
                column=columns[column],
                row_span=max(1, sum(row <= other <= last_row for other in rows)),
                column_span=max(1, sum(column <= other <= last_column for other in columns)),
                text=text,
            )
        )
    yield Grid(rows=len(rows), columns=len(columns), cells=tuple(cells))


def _shown(value: object) -> str:
    """A cell's value as people write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value).strip()


def _said(error: BaseException, path: Path) -> str:
    """What the library complains of, without the place on this machine, which is nobody's business outside."""
    said = (str(error) or type(error).__name__).replace(str(path), "it")
    return said.split("\n", maxsplit=1)[0][:120]
