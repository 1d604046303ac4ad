"""Files made to lie, to swell or to loop where a format allows it: one function for each trick."""

from __future__ import annotations

import functools
import io
import struct
import unicodedata
import warnings
import zipfile
import zlib

from PIL import Image

from broken import packages, pdfs, pictures

_END = "<4s4H2LH"
_LOCAL = "<4s5H3L2H"
_ENTRY = "<4s6H3L5H2L"


def polyglot() -> bytes:
    """A PDF behind which a zip begins: each reader sees its own."""
    return pdfs.pdf() + packages.zipped({"other.pdf": pdfs.pdf()})


def zip_before_pdf() -> bytes:
    """A zip whose first, stored member is a PDF, so that the header of a PDF stands among the first bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.pdf", pdfs.pdf())
    return out.getvalue()


def many_objects(count: int) -> bytes:
    """A PDF of so many small objects that nothing uses."""
    return pdfs.pdf(extra=[b"<<>>"] * count)


def picture_in_pdf(name: bytes, data: bytes, width: int = 60_000, height: int = 60_000, *, bits: int = 1) -> bytes:
    """A PDF whose page is one picture under the filter ``name``, which says it is so large."""
    image = (
        b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent %d/Filter/%s"
        b"/Length %d>>stream\n%s\nendstream" % (width, height, bits, name, len(data), data)
    )
    return pdfs.pdf(content=b"q 595 0 0 842 0 0 cm /I1 Do Q", resources=b"/XObject<</I1 6 0 R>>", extra=[image])


def jbig2(width: int, height: int) -> bytes:
    """A JBIG2 page of that size, with an end and nothing in between."""
    page = struct.pack(">LLLLBH", width, height, 0, 0, 0, 0)
    return struct.pack(">LBBBL", 0, 0x30, 0, 1, len(page)) + page + struct.pack(">LBBBL", 1, 0x31, 0, 1, 0)


def jpeg2000(width: int, height: int) -> bytes:
    """The head of a JPEG 2000 codestream that says it is so large, in one tile."""
    size = struct.pack(">HLLLLLLLLHBBB", 0, width, height, 0, 0, width, height, 0, 0, 1, 7, 1, 1)
    cod = struct.pack(">BBHBBBBBB", 0, 0, 1, 0, 5, 4, 4, 0, 1)
    return (
        b"\xff\x4f\xff\x51"
        + struct.pack(">H", 2 + len(size))
        + size
        + b"\xff\x52"
        + struct.pack(">H", 2 + len(cod))
        + cod
        + b"\xff\x90\0\x0a\0\0\0\0\0\0\0\x01\xff\x93\xff\xd9"
    )


def laughing_forms(depth: int = 9) -> bytes:
    """Forms that draw the next one ten times each: ten to the ``depth`` at the end."""
    extra = []
    for level in range(depth):
        content = b"/X%d Do " % (level + 1) * 10 if level < depth - 1 else b"0 0 9 9 re f "
        extra.append(
            b"<</Type/XObject/Subtype/Form/BBox[0 0 99 99]/Resources<</XObject<</X%d %d 0 R>>>>/Length %d>>"
            b"stream\n%s\nendstream" % (level + 1, 7 + level, len(content), content)
        )
    return pdfs.pdf(content=b"/X0 Do", resources=b"/XObject<</X0 6 0 R>>", extra=extra)


def dense_tiles() -> bytes:
    """A pattern with tiles of a thousandth of a point all over the page."""
    pattern = (
        b"<</Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 .001 .001]/XStep .001/YStep .001"
        b"/Resources<<>>/Length 21>>stream\n0 0 .0005 .0005 re f \nendstream"
    )
    return pdfs.pdf(
        content=b"/Pattern cs /P1 scn 0 0 595 842 re f", resources=b"/Pattern<</P1 6 0 R>>", extra=[pattern]
    )


def odd_boxes() -> bytes:
    """A page whose box is turned inside out, beyond any number, and turned by 45 degrees."""
    return pdfs.pdf(page_extra=b"/Rotate 45/CropBox[1e38 -1e38 -1e38 1e38]/UserUnit 1e30")


def previous_in_a_circle() -> bytes:
    """Cross-reference tables of which each names the other as the one before."""
    data = pdfs.pdf()
    start = data.rindex(b"xref\n0", 0, data.rindex(b"startxref"))
    return data.replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev %d" % start)


def many_directories(count: int) -> bytes:
    """A TIFF of so many pages of one pixel."""
    entries = ((256, 1), (257, 1), (258, 1), (259, 1), (262, 0), (273, 8), (277, 1), (278, 1), (279, 1))
    out = bytearray(struct.pack("<2sHL2s", b"II", 42, 10, b"\0\0"))
    for number in range(count):
        size = 2 + 12 * len(entries) + 4
        following = 0 if number == count - 1 else len(out) + size
        out += struct.pack("<H", len(entries))
        out += b"".join(struct.pack("<HHLL", tag, 3, 1, value) for tag, value in entries)
        out += struct.pack("<L", following)
    return bytes(out)


def endless_strips() -> bytes:
    """A TIFF whose table of strips says it has four billion entries."""
    data = bytearray(many_directories(1))
    place = 10 + 2 + 12 * 5
    struct.pack_into("<HHLL", data, place, 273, 4, 0xFFFFFFFF, 8)
    return bytes(data)


def big_tiff(width: int, height: int) -> bytes:
    """A BigTIFF that says it is so large."""
    entries = ((256, width), (257, height), (258, 1), (259, 1), (262, 0), (273, 16), (277, 1), (278, height), (279, 1))
    body = struct.pack("<Q", len(entries)) + b"".join(struct.pack("<HHQQ", tag, 4, 1, value) for tag, value in entries)
    return struct.pack("<2sHHHQ", b"II", 43, 8, 0, 16) + body + struct.pack("<Q", 0)


def with_chunk(name: bytes, data: bytes) -> bytes:
    """A good PNG with one more chunk behind its header."""
    whole = pictures.saved(pictures.drawn("L"), "PNG")
    return (
        whole[:33]
        + struct.pack(">L", len(data))
        + name
        + data
        + struct.pack(">L", zlib.crc32(name + data))
        + whole[33:]
    )


def many_frames(kind: str, count: int) -> bytes:
    """A moving picture of so many frames."""
    frames = [Image.new("P" if kind == "GIF" else "RGB", (2, 2), number % 2 * 255) for number in range(2)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = pictures.saved(frames[0], kind, save_all=True, append_images=frames[1:])
    if kind != "GIF":
        return data
    frame = data[data.index(b"\x2c", 13 + 6) : -1]
    return data[:-1] + frame * count + b"\x3b"


def large_jpeg() -> bytes:
    """A JPEG that says it is 65,500 pixels wide and high."""
    data = bytearray(pictures.saved(pictures.drawn("L"), "JPEG"))
    struct.pack_into(">HH", data, data.index(b"\xff\xc0") + 5, 65_500, 65_500)
    return bytes(data)


@functools.cache
def many_scans(count: int) -> bytes:
    """A progressive JPEG of 7,000 by 7,000 whose last scan comes again and again."""
    data = pictures.saved(Image.new("L", (7000, 7000), 255), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * count + b"\xff\xd9"


def profile_of_many_parts() -> bytes:
    """A JPEG whose colour profile comes in 255 parts of 64 KiB."""
    data = pictures.saved(pictures.drawn("L"), "JPEG")
    parts = b"".join(
        b"\xff\xe2" + struct.pack(">H", 65_535) + b"ICC_PROFILE\0" + bytes([number, 255]) + bytes(65_519)
        for number in range(1, 256)
    )
    return data[:2] + parts + data[2:]


def named_alike(names: list[str], data: bytes) -> bytes:
    """A zip with these names, which some file systems take for one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, name in enumerate(names):
            archive.writestr(zipfile.ZipInfo(name), data + b" " * (number % 100))
    return out.getvalue()


def twins() -> bytes:
    """Names of 255 bytes that differ by normal form, by case, or not at all; and one that reads backwards."""
    long = unicodedata.normalize("NFC", "é" * 125 + ".docx")
    names = [long, unicodedata.normalize("NFD", "é" * 83 + ".docx"), unicodedata.normalize("NFC", "é" * 83 + ".docx")]
    names += ["A.docx", "a.docx", "a.docx", "\u202excod.\u202c\u2066x.docx", "con.docx", "a.docx.", "b\t\x07.docx"]
    return named_alike(names, packages.word("管理制度"))


def method(number: int, flags: int = 0, extra: bytes = b"", size: int = 20) -> bytes:
    """A zip with one member of a packing method that nobody expects."""
    data, name = b"x" * size, b"a.pdf"
    local = struct.pack(_LOCAL, b"PK\3\4", 51, flags, number, 0, 0, 0, size, size, len(name), len(extra))
    entry = struct.pack(
        _ENTRY, b"PK\1\2", 51, 51, flags, number, 0, 0, 0, size, size, len(name), len(extra), 0, 0, 0, 0, 0
    )
    directory = entry + name + extra
    body = local + name + extra + data
    return body + directory + struct.pack(_END, b"PK\5\6", 0, 0, 1, 1, len(directory), len(body), 0)


def lying_zip64() -> bytes:
    """A zip whose member says, by zip64, that it has an exabyte."""
    extra = struct.pack("<HHQQ", 1, 16, 1 << 60, 1 << 60)
    data = bytearray(method(8, extra=extra))
    for start, place in ((b"PK\3\4", 18), (b"PK\1\2", 20)):
        struct.pack_into("<LL", data, data.index(start) + place, 0xFFFFFFFF, 0xFFFFFFFF)
    return bytes(data)


def other_name_inside() -> bytes:
    """A zip whose directory calls a member otherwise than the member itself."""
    return packages.zipped({"good.pdf": pdfs.pdf()}).replace(b"good.pdf", b"../x.pdf", 1)


def packed(kind: int, mib: int = 300) -> bytes:
    """A zip with a member that unfolds a thousandfold by bzip2 or LZMA."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as archive, archive.open("a.pdf", "w") as member:
        for _ in range(mib):
            member.write(bytes(1 << 20))
    return out.getvalue()


def sheet_with(body: bytes) -> bytes:
    """An XLSX whose only sheet is this."""
    head = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    return packages.altered(packages.sheet(("a", "b")), {"xl/worksheets/sheet1.xml": head + body + b"</worksheet>"})


def many_merged(count: int) -> bytes:
    """An XLSX with so many merged ranges, each of the whole sheet."""
    rows = b'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    return sheet_with(rows + b"<mergeCells>" + b'<mergeCell ref="A1:XFD1048576"/>' * count + b"</mergeCells>")


def last_cell() -> bytes:
    """An XLSX with a word in its last cell and none in all the others."""
    return sheet_with(
        b'<dimension ref="A1:XFD1048576"/><sheetData><row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is>'
        b"</c></row></sheetData>"
    )


def with_picture(name: str, data: bytes) -> bytes:
    """A DOCX with a part that no reader of papers expects."""
    return packages.altered(packages.word("管理制度"), {}, put={f"word/media/{name}": data})


def outside_parts() -> bytes:
    """A DOCX whose relationships lead to other machines and to this one's files."""
    word = packages.word("管理制度")
    rels = packages.part(word, "word/_rels/document.xml.rels")
    more = b"".join(
        b'<Relationship Id="x%d" TargetMode="External" Target="%s" '
        b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s"/>' % (number, target, kind)
        for number, (target, kind) in enumerate(
            (
                (b"http://127.0.0.1:9/x.dotm", b"attachedTemplate"),
                (b"file:///etc/passwd", b"image"),
                (b"\\\\127.0.0.1\\x", b"frame"),
            )
        )
    )
    return packages.altered(word, {"word/_rels/document.xml.rels": rels.replace(b"</Rel", more + b"</Rel", 1)})


def nested_tables(depth: int) -> bytes:
    """A DOCX with tables in tables."""
    name = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    text = b"<w:p><w:r><w:t>x</w:t></w:r></w:p>"
    body = b"<w:tbl><w:tr><w:tc>" * depth + text + b"</w:tc></w:tr></w:tbl>" * depth
    return packages.altered(
        packages.word("x"),
        {"word/document.xml": b"<w:document %s><w:body>%s</w:body></w:document>" % (name, body)},
    )


_OFD = b'xmlns:ofd="http://www.ofdspec.org/2016"'


def ofd_page(content: bytes, *, template: bytes = b"") -> bytes:
    """An OFD of one page with this in its layer, and perhaps a template."""
    page = b'<?xml version="1.0"?><ofd:Page %s>%s<ofd:Content><ofd:Layer ID="2">%s</ofd:Layer></ofd:Content></ofd:Page>'
    return packages.altered(packages.ofd(), {"Doc_0/Pages/P0/Content.xml": page % (_OFD, template, content)})


def ofd_template_circle() -> bytes:
    """An OFD whose template uses itself as its template."""
    whole = ofd_page(b"", template=b'<ofd:Template TemplateID="7"/>')
    document = packages.part(whole, "Doc_0/Document.xml").replace(
        b"</ofd:CommonData>",
        b'<ofd:TemplatePage ID="7" BaseLoc="Pages/P0/Content.xml"/></ofd:CommonData>',
    )
    return packages.altered(whole, {"Doc_0/Document.xml": document})


def ofd_own_root() -> bytes:
    """An OFD whose document is the file that names it."""
    return packages.ofd(
        root=b'<?xml version="1.0"?><ofd:OFD %s Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo/>'
        b"<ofd:DocRoot>OFD.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>" % _OFD
    )


def ofd_same_page(count: int) -> bytes:
    """An OFD that lists its page so many times."""
    whole = packages.ofd()
    document = packages.part(whole, "Doc_0/Document.xml")
    page = document[document.index(b"<ofd:Page ") : document.index(b"</ofd:Pages>")]
    return packages.altered(whole, {"Doc_0/Document.xml": document.replace(page, page * count)})


def ofd_endless_deltas() -> bytes:
    """An OFD whose text says that its letters stand two billion times apart."""
    return ofd_page(
        b'<ofd:TextObject ID="3" Boundary="0 0 1e308 1e308" CTM="1e308 0 0 1e308 0 0" Font="4" Size="1e308">'
        b'<ofd:TextCode X="0" Y="5" DeltaX="g 2147483647 2.5">x</ofd:TextCode></ofd:TextObject>'
    )
