"""What ISO 19005-3 (PDF/A-3, level U) asks of a file, as far as our own PDFs can break it: departures by clause.

No validator for PDF/A is installed here, so this checks the file as written: every object, every font program, every
operator of every page. It is no certificate: clauses on what never occurs in these files (JPEG 2000, optional content,
forms, embedded files) are met by refusing these things altogether.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from fontTools.cffLib import CFFFontSet
from fontTools.ttLib import TTFont
from pdfminer.cmapdb import CMapParser, FileUnicodeMap
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfinterp import PDFContentParser
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import PDFStream, resolve1
from pdfminer.psexceptions import PSEOF
from pdfminer.psparser import PSKeyword, PSLiteral

_ALL = """
b B b* B* BDC BI BMC BT BX c cm CS cs d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i ID j J K k l m M MP n q Q re
RG rg ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' "
"""
_OPERATORS = frozenset(_ALL.split())
_ACTIONS = frozenset({"GoTo", "GoToR", "URI", "Named", "Thread", "SubmitForm"})
_INTENTS = frozenset({"RelativeColorimetric", "AbsoluteColorimetric", "Perceptual", "Saturation"})
_PDFAID = "{http://www.aiim.org/pdfa/ns/id/}"
_NAMES = 127
_NESTED = 28


def departures(data: bytes) -> list[str]:
    """Each departure with its clause; empty for a file that keeps them all."""
    document = PDFDocument(PDFParser(io.BytesIO(data)))
    return sorted(
        {*_file(data, document), *_identity(document), *_objects(document), *_fonts(document), *_pages(document)}
    )


def _name(value: Any) -> str:
    return str(value.name) if isinstance(value, PSLiteral) else ""


def _file(data: bytes, document: PDFDocument) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.[0-7]\r?\n%[\x80-\xff]{4}", data):
        yield "6.1.2 header"
    if not data.rstrip(b"\r\n").endswith(b"%%EOF"):
        yield "6.1.3 data after the end"
    if not any("ID" in getattr(xref, "trailer", {}) for xref in document.xrefs):
        yield "6.1.3 no identifier"
    if document.encryption is not None:
        yield "6.1.3 encrypted"


def _identity(document: PDFDocument) -> Iterator[str]:
    catalog = document.catalog
    intents = [resolve1(each) for each in resolve1(catalog.get("OutputIntents")) or []]
    profiles = [resolve1(each.get("DestOutputProfile")) for each in intents if _name(each.get("S")) == "GTS_PDFA1"]
    if len(profiles) != 1 or not isinstance(profiles[0], PDFStream):
        yield "6.2.3 no output intent"
    else:
        profile = profiles[0].get_data()
        sort, space = profile[12:16], profile[16:20]
        if profile[36:40] != b"acsp" or sort not in (b"mntr", b"prtr") or profile[8] > 4:
            yield "6.2.3 no colour profile"
        if space != b"RGB " or profiles[0].get("N") != 3:
            yield "6.2.4.3 device colours need an RGB profile"
    metadata = resolve1(catalog.get("Metadata"))
    if not isinstance(metadata, PDFStream) or _name(metadata.get("Subtype")) != "XML":
        yield "6.6.2.1 no metadata"
        return
    xmp = metadata.get_data()
    head = re.match(rb"<\?xpacket ([^>]*)\?>", xmp)
    if head is None or b"bytes=" in head[1] or b"encoding=" in head[1]:
        yield "6.6.2.1 packet header"
    said = {key: value for each in ElementTree.fromstring(xmp).iter() for key, value in each.attrib.items()}
    if (said.get(f"{_PDFAID}part"), said.get(f"{_PDFAID}conformance")) != ("3", "U"):
        yield "6.6.4 not identified as PDF/A-3u"
    for name in ("AcroForm", "OCProperties", "AA", "OpenAction", "Perms", "Requirements"):
        if name in catalog:
            yield f"6.4-6.11 {name} in the catalogue"
    names = resolve1(catalog.get("Names")) or {}
    for name in ("JavaScript", "EmbeddedFiles", "AlternatePresentations"):
        if name in names:
            yield f"6.5-6.10 {name}"


def _everything(document: PDFDocument) -> Iterator[Any]:
    """Every dictionary of the file, streams as such, those inside others too."""
    waiting = [document.getobj(number) for xref in document.xrefs for number in xref.get_objids() if number]
    while waiting:
        each = waiting.pop()
        if isinstance(each, PDFStream):
            yield each
            waiting += each.attrs.values()
        elif isinstance(each, dict):
            yield each
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def _objects(document: PDFDocument) -> Iterator[str]:
    for each in _everything(document):
        attrs = each.attrs if isinstance(each, PDFStream) else each
        if any(len(key.encode()) > _NAMES for key in attrs):
            yield "6.1.13 a name of more than 127 bytes"
        if isinstance(each, PDFStream):
            filters = resolve1(attrs.get("Filter")) or []
            named = {_name(item) for item in (filters if isinstance(filters, list) else [filters])}
            if named & {"LZWDecode", "Crypt"}:
                yield "6.1.7.2 filter"
            if {"F", "FFilter", "FDecodeParms"} & attrs.keys():
                yield "6.1.7.1 an external stream"
            if _name(attrs.get("Subtype")) == "Image":
                if attrs.get("Interpolate") is True or {"Alternates", "OPI"} & attrs.keys():
                    yield "6.2.8 image"
                space = _name(resolve1(attrs.get("ColorSpace")))
                if space == "DeviceCMYK" or "JPXDecode" in named:
                    yield "6.2.4.3 colours of an image"
            if _name(attrs.get("Subtype")) in ("PS", "Form") and {"OPI", "PS", "Ref"} & attrs.keys():
                yield "6.2.9 form"
        sort = _name(attrs.get("Type"))
        acts = sort == "Action" or ("S" in attrs and not sort and {"URI", "JS", "D", "F"} & attrs.keys())
        if acts and _name(attrs.get("S")) not in _ACTIONS:
            yield "6.5.1 action"
        if sort == "Annot" or (_name(attrs.get("Subtype")) == "Link" and "Rect" in attrs):
            flags = attrs.get("F", 0)
            if not flags & 4 or flags & 0b100011 or _name(attrs.get("Subtype")) != "Link":
                yield "6.3 annotation"
        if sort == "ExtGState":
            if {"TR", "TR2", "HTP"} & attrs.keys() and _name(attrs.get("TR2")) != "Default":
                yield "6.2.5 graphics state"
            if _name(attrs.get("RI", None)) and _name(attrs.get("RI")) not in _INTENTS:
                yield "6.2.6 rendering intent"
        if sort == "Filespec":
            yield "6.8 embedded file"


def _fonts(document: PDFDocument) -> Iterator[str]:
    for each in _everything(document):
        if isinstance(each, PDFStream) or _name(each.get("Type")) != "Font":
            continue
        if _name(each.get("Subtype")) != "Type0":
            if not _name(each.get("Subtype")).startswith("CIDFontType"):
                yield f"6.2.11 a font of type {_name(each.get('Subtype'))}"
            continue
        descendant = resolve1(resolve1(each["DescendantFonts"])[0])
        descriptor = resolve1(descendant["FontDescriptor"])
        if _name(each.get("Encoding")) != "Identity-H":
            yield "6.2.11.3.3 encoding"
        programs = [key for key in ("FontFile", "FontFile2", "FontFile3") if key in descriptor]
        if len(programs) != 1:
            yield "6.2.11.4.1 font not embedded"
            continue
        if not re.fullmatch(r"[A-Z]{6}\+.+", _name(each["BaseFont"])):
            yield "6.2.11.4.2 subset without its prefix"
        if _name(descendant["Subtype"]) == "CIDFontType2" and "CIDToGIDMap" not in descendant:
            yield "6.2.11.3.2 no map from characters to glyphs"
        widths = _widths(resolve1(descendant["W"]))
        for glyph, true in _advances(resolve1(descriptor[programs[0]]).get_data(), programs[0]).items():
            if glyph in widths and abs(widths[glyph] - true) > 1:
                yield "6.2.11.5 width differs from the font's"
        if "ToUnicode" not in each:
            yield "6.2.11.7.2 no Unicode"
            continue
        known = FileUnicodeMap()
        CMapParser(known, io.BytesIO(resolve1(each["ToUnicode"]).get_data())).run()
        texts = known.cid2unichr
        if any(not text or set(text) & set("\0\ufeff\ufffe") for text in texts.values()):
            yield "6.2.11.7.2 forbidden Unicode"
        if set(widths) - {0} - set(texts):
            yield "6.2.11.7.2 a character without Unicode"


def _widths(entries: list[Any]) -> dict[int, float]:
    """Glyph → width, of the array W."""
    found: dict[int, float] = {}
    at = 0
    while at < len(entries):
        first, then = entries[at], resolve1(entries[at + 1])
        if isinstance(then, list):
            found |= {first + place: width for place, width in enumerate(then)}
            at += 2
        else:
            found |= {glyph: entries[at + 2] for glyph in range(first, then + 1)}
            at += 3
    return found


def _advances(program: bytes, key: str) -> dict[int, float]:
    """Glyph → width in thousandths, as the embedded font itself has it."""
    if program[:4] in (b"OTTO", b"\0\1\0\0", b"true"):
        font = TTFont(io.BytesIO(program), lazy=True)
        unit = 1000 / font["head"].unitsPerEm if "head" in font else 1
        if "hmtx" not in font:
            return {}
        return {
            _character(name, place): font["hmtx"][name][0] * unit for place, name in enumerate(font.getGlyphOrder())
        }
    assert key == "FontFile3"
    fonts = CFFFontSet()
    fonts.decompile(io.BytesIO(program), None)
    assert len(fonts) == 1
    return {}


def _character(name: str, place: int) -> int:
    """The number by which the page calls a glyph: its character of a CID font, else its place."""
    return int(name[3:]) if re.fullmatch(r"cid\d+", name) else place


def _pages(document: PDFDocument) -> Iterator[str]:
    for page in PDFPage.create_pages(document):
        x0, y0, x1, y1 = page.mediabox
        if not all(3 <= side <= 14_400 for side in (x1 - x0, y1 - y0)):
            yield "6.1.13 size of the page"
        if {"AA", "PresSteps"} & page.attrs.keys():
            yield "6.5.2 actions of a page"
        contents = [resolve1(each) for each in page.contents]
        forms = [
            resolve1(each)
            for each in (resolve1(page.resources.get("XObject")) or {}).values()
            if _name(resolve1(each).get("Subtype")) == "Form"
        ]
        yield from _operators(contents)
        for form in forms:
            yield from _operators([form])


def _operators(streams: list[PDFStream]) -> Iterator[str]:
    parser = PDFContentParser(streams)
    depth = 0
    while True:
        try:
            _, value = parser.nextobject()
        except PSEOF:
            break
        if not isinstance(value, PSKeyword):
            continue
        word = value.name.decode() if isinstance(value.name, bytes) else value.name
        depth += {"q": 1, "Q": -1}.get(word, 0)
        if depth > _NESTED:
            yield "6.1.13 q nested too deep"
        if word in ("k", "K"):
            yield "6.2.4.3 CMYK without a profile of it"
        if word not in _OPERATORS:
            yield f"6.2.2 operator {word}"
