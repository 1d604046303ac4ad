"""PDFs of drawn papers: digital ones with real text in subset fonts, scanned ones, and scans with a hidden text layer.

Written by hand, so that tests decide every byte; nothing is needed but zlib.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from papers.age import Aged
from papers.faces import advance
from papers.sheet import Picture, Run, Sheet, Stroke
from papers.truetype import TrueType, load

_POINT = 72 / 25.4
_FONTS = Path("/usr/share/fonts/truetype")
_FILES = {
    "song": (("arphic-gbsn00lp/gbsn00lp.ttf", 0), ("arphic/uming.ttc", 0)),
    "hei": (("wqy/wqy-zenhei.ttc", 0),),
    "kai": (("arphic-gkai00mp/gkai00mp.ttf", 0), ("arphic/ukai.ttc", 0)),
}
_FAMILY = {
    "hei": "hei",
    "hei_bold": "hei",
    "zen": "hei",
    "arial": "hei",
    "arial_bold": "hei",
    "arial_bold_italic": "hei",
    "kai": "kai",
    "hand": "kai",
}


@dataclass(slots=True)
class _File:
    """Objects of a PDF, numbered from 1."""

    objects: list[bytes] = field(default_factory=list)

    def add(self, body: bytes) -> int:
        self.objects.append(body)
        return len(self.objects)

    def stream(self, head: str, data: bytes, *, packed: bool = True) -> int:
        if packed:
            data = zlib.compress(data, 9)
            head += " /Filter /FlateDecode"
        return self.add(f"<< {head} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream")

    def bytes(self, root: int) -> bytes:
        out = io.BytesIO()
        out.write(b"%PDF-1.6\n%\xe2\xe3\xcf\xd3\n")
        places = []
        for number, body in enumerate(self.objects, 1):
            places.append(out.tell())
            out.write(f"{number} 0 obj\n".encode() + body + b"\nendobj\n")
        start = out.tell()
        out.write(f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n".encode())
        out.write("".join(f"{place:010d} 00000 n \n" for place in places).encode())
        out.write(f"trailer\n<< /Size {len(places) + 1} /Root {root} 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
        return out.getvalue()


def digital(sheets: Sequence[Sheet], *, pictures_dpi: int = 130, rotate: int = 0) -> bytes:
    """A born-digital PDF: text as text, rules as rules, seals as pictures; ``rotate`` sets /Rotate on every page."""
    file = _File()
    pages_at = file.add(b"")
    fonts = _Fonts(file, [run for sheet in sheets for run in sheet.steps if isinstance(run, Run)])
    kids = []
    for sheet in sheets:
        kids.append(_digital_page(file, sheet, fonts, pages_at, pictures_dpi, rotate))
    return _finish(file, pages_at, kids)


def scanned(
    pages: Sequence[Aged | Image.Image], *, hidden: Sequence[Sheet] | None = None, dpi: int | None = None
) -> bytes:
    """A PDF of page images; ``hidden`` puts an invisible text layer of these sheets over them."""
    file = _File()
    pages_at = file.add(b"")
    fonts = _Fonts(file, [run for sheet in hidden or () for run in sheet.runs])
    kids = []
    for n, page in enumerate(pages):
        picture = page if isinstance(page, Image.Image) else page.image
        resolution = dpi or (page.dpi if isinstance(page, Aged) else 200)
        wide, high = (v / resolution * 72 for v in picture.size)
        name = _image(file, page)
        content = f"q {wide:.2f} 0 0 {high:.2f} 0 0 cm /I0 Do Q\n".encode()
        if hidden:
            sheet = hidden[n]
            scale = (wide / sheet.width, high / sheet.height)
            content += b"BT 3 Tr\n" + b"".join(fonts.show(run, high, scale) for run in sheet.runs) + b"ET\n"
        resources = f"<< /XObject << /I0 {name} 0 R >> /Font << {fonts.names} >> >>"
        at = file.stream("", content)
        kids.append(
            file.add(
                (
                    f"<< /Type /Page /Parent {pages_at} 0 R /MediaBox [0 0 {wide:.2f} {high:.2f}] /Content"
                    f"s {at} 0 R /Resources {resources} >>"
                ).encode()
            )
        )
    return _finish(file, pages_at, kids)


def merged(parts: Sequence[bytes]) -> bytes:
    """Several PDFs as one."""
    import pypdfium2

    whole = pypdfium2.PdfDocument.new()
    for part in parts:
        source = pypdfium2.PdfDocument(part)
        whole.import_pages(source)
        source.close()
    out = io.BytesIO()
    whole.save(out)
    whole.close()
    return out.getvalue()


def _finish(file: _File, pages_at: int, kids: Sequence[int]) -> bytes:
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    file.objects[pages_at - 1] = f"<< /Type /Pages /Kids [{listed}] /Count {len(kids)} >>".encode()
    return file.bytes(file.add(f"<< /Type /Catalog /Pages {pages_at} 0 R >>".encode()))


def _image(file: _File, page: Aged | Image.Image) -> int:
    picture = page if isinstance(page, Image.Image) else page.image
    head = f"/Type /XObject /Subtype /Image /Width {picture.width} /Height {picture.height}"
    if picture.mode == "1":
        return file.stream(head + " /ColorSpace /DeviceGray /BitsPerComponent 1", picture.tobytes())
    out = io.BytesIO()
    grey = picture.mode == "L"
    quality = page.quality if isinstance(page, Aged) else 80
    picture.convert("L" if grey else "RGB").save(out, "JPEG", quality=quality, optimize=True, progressive=quality < 60)
    space = "/DeviceGray" if grey else "/DeviceRGB"
    return file.stream(
        f"{head} /ColorSpace {space} /BitsPerComponent 8 /Filter /DCTDecode", out.getvalue(), packed=False
    )


class _Fonts:
    """The subset fonts of one file, and text shown in them."""

    def __init__(self, file: _File, runs: Sequence[Run]) -> None:
        self.names = ""
        self.glyphs: dict[str, dict[str, int]] = {}
        texts: dict[str, set[str]] = {}
        for run in runs:
            for c in run.text:
                texts.setdefault(self._family(run.face, c), set()).add(c)
        for family, characters in texts.items():
            number, glyphs = self._embed(file, family, characters)
            self.glyphs[family] = glyphs
            self.names += f"/{family} {number} 0 R "

    @staticmethod
    def _family(face: str, character: str) -> str:
        family = "hei" if character.isascii() else _FAMILY.get(face, "song")
        return family if ord(character) in _font(family).glyph_of else "hei"

    def show(self, run: Run, page_high: float, scale: tuple[float, float] = (_POINT, _POINT)) -> bytes:
        """Operators that show one run, each letter where the drawing has it."""
        out = []
        x = run.x
        size = run.size * scale[1]
        y = page_high - (run.y + run.size * 0.86) * scale[1]
        pieces: list[tuple[str, float, str]] = []
        for c in run.text:
            family = self._family(run.face, c)
            if pieces and pieces[-1][0] == family and run.spacing == 0.0 and run.stretch == 1.0:
                natural = (
                    _font(family).advance(_font(family).glyph_of.get(ord(pieces[-1][2][-1]), 0)) / _font(family).units
                )
                if abs(natural - advance(run.face, pieces[-1][2][-1])) < 0.02:
                    pieces[-1] = (family, pieces[-1][1], pieces[-1][2] + c)
                    x += advance(run.face, c) * run.size
                    continue
            pieces.append((family, x, c))
            x += advance(run.face, c) * run.size * run.stretch + run.spacing
        for family, left, text in pieces:
            codes = "".join(f"{self.glyphs[family][c]:04x}" for c in text)
            out.append(f"/{family} {size:.2f} Tf 1 0 0 1 {left * scale[0]:.2f} {y:.2f} Tm <{codes}> Tj\n")
        return "".join(out).encode()

    @staticmethod
    def _embed(file: _File, family: str, characters: set[str]) -> tuple[int, dict[str, int]]:
        font = _font(family)
        data, glyphs = font.subset(characters)
        stream = file.stream(f"/Length1 {len(data)}", data)
        name = {"song": "ABCDEF+SimSun", "hei": "ABCDEG+SimHei", "kai": "ABCDEH+KaiTi"}[family]
        descriptor = file.add(
            (
                f"<< /Type /FontDescriptor /FontName /{name} /Flags 4 /FontBBox [0 -200 1000 900] /Ita"
                f"licAngle 0 /Ascent 860 /Descent -140 /CapHeight 700 /StemV 80 /FontFile2 {stream} 0 "
                f"R >>"
            ).encode()
        )
        widths = {n: round(font.advance(font.glyph_of.get(ord(c), 0)) * 1000 / font.units) for c, n in glyphs.items()}
        listed = " ".join(f"{n} [{w}]" for n, w in sorted(widths.items()))
        cid = file.add(
            (
                f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{name} /CIDSystemInfo << /Registry "
                f"(Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor {descriptor} 0 R /DW 1"
                f"000 /W [{listed}] /CIDToGIDMap /Identity >>"
            ).encode()
        )
        pairs = [f"<{n:04x}> <{c.encode('utf-16-be').hex()}>" for c, n in glyphs.items()]
        blocks = [pairs[k : k + 100] for k in range(0, len(pairs), 100)]
        cmap = (
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapT"
            "ype 2 def 1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        )
        cmap += "".join(f"{len(b)} beginbfchar\n" + "\n".join(b) + "\nendbfchar\n" for b in blocks) + "endcmap end end"
        unicode = file.stream("", cmap.encode())
        number = file.add(
            (
                f"<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H /DescendantFo"
                f"nts [{cid} 0 R] /ToUnicode {unicode} 0 R >>"
            ).encode()
        )
        return number, glyphs


def _font(family: str) -> TrueType:
    for name, index in _FILES[family]:
        if (_FONTS / name).is_file():
            return load(_FONTS / name, index)
    raise FileNotFoundError(f"no TrueType font for {family}: install the fonts of system-packages.txt")


def _digital_page(file: _File, sheet: Sheet, fonts: _Fonts, pages_at: int, dpi: int, rotate: int) -> int:
    high = sheet.height * _POINT
    content: list[bytes] = []
    objects: list[str] = []
    if sheet.paper != (255, 255, 255):
        content.append(f"{_rgb(sheet.paper)} rg 0 0 {sheet.width * _POINT:.2f} {high:.2f} re f\n".encode())
    for step in sheet.steps:
        if isinstance(step, Run):
            content.append(f"BT {_rgb(step.colour)} rg\n".encode() + fonts.show(step, high) + b"ET\n")
        elif isinstance(step, Stroke):
            content.append(_stroke(step, high))
        else:
            name = f"P{len(objects)}"
            objects.append(f"/{name} {_picture(file, step, dpi)} 0 R")
            x0, y0, x1, y1 = (v * _POINT for v in step.box)
            content.append(
                (
                    f"q {'/M gs ' if step.multiply else ''}{x1 - x0:.2f} 0 0 {y1 - y0:.2f} {x0:.2f} {high - y1:.2f}"
                    f" cm /{name} Do Q\n"
                ).encode()
            )
    at = file.stream("", b"".join(content))
    resources = (
        f"<< /Font << {fonts.names} >> /XObject << {' '.join(objects)} >> /ExtGState << /M << /BM /Multiply >> >> >>"
    )
    turned = f" /Rotate {rotate}" if rotate else ""
    return file.add(
        (
            f"<< /Type /Page /Parent {pages_at} 0 R /MediaBox [0 0 {sheet.width * _POINT:.2f} {high:.2f}"
            f"] /Contents {at} 0 R /Resources {resources}{turned} >>"
        ).encode()
    )


def _rgb(colour: tuple[int, int, int]) -> str:
    return " ".join(f"{c / 255:.3f}" for c in colour)


def _stroke(step: Stroke, high: float) -> bytes:
    points = [(x * _POINT, high - y * _POINT) for x, y in step.points]
    path = f"{points[0][0]:.2f} {points[0][1]:.2f} m " + " ".join(f"{x:.2f} {y:.2f} l" for x, y in points[1:])
    if step.fill is not None:
        return f"{_rgb(step.fill)} rg {path} h f\n".encode()
    dash = f"[{step.dash * _POINT:.1f}] 0 d" if step.dash else "[] 0 d"
    return (
        f"{_rgb(step.colour)} RG {max(0.3, step.thick * _POINT):.2f} w {dash} {path} {'h ' if step.closed else ''}S\n"
    ).encode()


def _picture(file: _File, step: Picture, dpi: int) -> int:
    x0, y0, x1, y1 = step.box
    size = (max(8, round((x1 - x0) / 25.4 * dpi)), max(8, round((y1 - y0) / 25.4 * dpi)))
    painted = step.paint(*size)
    rgba = np.asarray(painted)
    mask = file.stream(
        (
            f"/Type /XObject /Subtype /Image /Width {painted.width} /Height {painted.height} /Colo"
            f"rSpace /DeviceGray /BitsPerComponent 8"
        ),
        rgba[..., 3].tobytes(),
    )
    return file.stream(
        (
            f"/Type /XObject /Subtype /Image /Width {painted.width} /Height {painted.height} /Colo"
            f"rSpace /DeviceRGB /BitsPerComponent 8 /SMask {mask} 0 R"
        ),
        rgba[..., :3].tobytes(),
    )
