"""Files that are odd in ways that scanners, office programs, mail and mischief bring about: one function for each."""

from __future__ import annotations

import functools
import io
import json
import struct
import tarfile
import zipfile
import zlib

from PIL import Image

from broken import hostile, packages, pdfs, pictures

# PDF


def endless_dashes() -> bytes:
    """A line of 280,000 km in dashes of a ten-thousandth of a point."""
    return pdfs.pdf(content=b"[.0001 .0001] 0 d 9 w 0 0 m 800000000 1 l S " + pdfs.TEXT)


def glyphs_in_glyphs(depth: int = 9) -> bytes:
    """A font whose letter draws ten letters of the next font, and so on: ten to the ``depth`` at the end."""
    extra = []
    for level in range(depth):
        last = level == depth - 1
        draw = b"9 0 d0 0 0 9 9 re f" if last else b"9 0 d0 BT /G%d 1 Tf (%s) Tj ET" % (level + 1, b"a" * 10)
        number = 6 + 2 * level
        following = b"" if last else b"/G%d %d 0 R" % (level + 1, number + 2)
        extra.append(
            b"<</Type/Font/Subtype/Type3/FontBBox[0 0 9 9]/FontMatrix[1 0 0 1 0 0]/FirstChar 97/LastChar 97"
            b"/Widths[9]/Encoding<</Type/Encoding/Differences[97/a]>>/CharProcs<</a %d 0 R>>"
            b"/Resources<</Font<<%s>>>>>>" % (number + 1, following)
        )
        extra.append(b"<</Length %d>>stream\n%s\nendstream" % (len(draw), draw))
    font = b"/Font<</F1 3 0 R/G0 6 0 R>>"
    data = pdfs.pdf(content=b"BT /G0 9 Tf (aaaaaaaaaa) Tj ET", extra=extra)
    return data.replace(b"/Font<</F1 3 0 R>>", font, 1)


def deep_tree(depth: int) -> bytes:
    """A page tree with one kid at every level."""
    nodes = [b"<</Type/Pages/Parent %d 0 R/Kids[%d 0 R]/Count 1>>" % (at - 1, at + 1) for at in range(2, depth + 2)]
    page = b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]>>" % (depth + 1)
    return pdfs.joined([b"<</Type/Catalog/Pages 2 0 R>>", *nodes, page])


def mask_of_itself() -> bytes:
    """A picture whose soft mask is the picture."""
    image = (
        b"<</Type/XObject/Subtype/Image/Width 2/Height 2/ColorSpace/DeviceGray/BitsPerComponent 8/SMask 6 0 R"
        b"/Length 4>>stream\n\0\x55\xaa\xff\nendstream"
    )
    return pdfs.pdf(content=b"q 595 0 0 842 0 0 cm /I1 Do Q", resources=b"/XObject<</I1 6 0 R>>", extra=[image])


def inline_picture() -> bytes:
    """A picture of 60,000 × 60,000 that stands in the page's own content."""
    return pdfs.pdf(
        content=b"q 595 0 0 842 0 0 cm BI /W 60000 /H 60000 /CS /G /BPC 8 /F /Fl ID " + pdfs.swelling(16) + b" EI Q"
    )


def certificate_security() -> bytes:
    """A PDF under somebody's certificate, not under a password."""
    body = b"<</Filter/Adobe.PubSec/SubFilter/adbe.pkcs7.s4/V 4/Length 128/Recipients[<30820000>]>>"
    return pdfs.joined(
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>", body],
        b"/Encrypt 3 0 R/ID[<00><00>]",
    )


def wide_fields() -> bytes:
    """A cross-reference stream with fields of 2 billion bytes, for 2 billion objects."""
    data = bytearray(b"%PDF-1.7\n")
    start = len(data)
    data += (
        b"1 0 obj\n<</Type/XRef/Size 2147483647/W[2147483647 2147483647 1]/Root 2 0 R/Length 6>>stream\n\0\0\0\0\0\0\n"
        b"endstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start
    )
    return bytes(data)


def own_object_stream() -> bytes:
    """An object stream that extends itself and is said to hold itself."""
    inside = b"6 0 1 5 <<>> <<>>"
    stream = b"<</Type/ObjStm/N 2/First 8/Extends 6 0 R/Length %d>>stream\n%s\nendstream" % (len(inside), inside)
    return pdfs.pdf(extra=[stream])


def preface() -> bytes:
    """A mail's head before the PDF, as gateways leave it."""
    return b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: binary\r\n\r\n" + pdfs.pdf()


# pictures


def trailing_zeros() -> bytes:
    """A whole JPEG and 30 MiB of nothing behind it, as cards leave it on which a file was cut out of a larger one."""
    return pictures.saved(pictures.drawn(), "JPEG") + bytes(30 << 20)


def two_pictures() -> bytes:
    """A JPEG that holds a second one, as cameras write with a preview (MPO)."""
    return pictures.saved(
        pictures.drawn(), "MPO", save_all=True, append_images=[pictures.drawn(size=(160, 220))], quality=80
    )


def other_coding() -> bytes:
    """A JPEG that says it is coded arithmetically, which nobody reads."""
    data = bytearray(pictures.saved(pictures.drawn("L"), "JPEG"))
    data[data.index(b"\xff\xc0") + 1] = 0xCA
    return bytes(data)


def no_height() -> bytes:
    """A JPEG whose height comes only behind its lines, which the standard allows."""
    data = bytearray(pictures.saved(pictures.drawn("L"), "JPEG"))
    place = data.index(b"\xff\xc0") + 5
    height = bytes(data[place : place + 2])
    data[place : place + 2] = b"\0\0"
    return bytes(data[:-2]) + b"\xff\xdc\0\x04" + height + b"\xff\xd9"


def many_empty_chunks(count: int) -> bytes:
    """A PNG with so many chunks of nothing before its picture."""
    whole = pictures.saved(pictures.drawn("L"), "PNG")
    place = whole.index(b"IDAT") - 4
    empty = struct.pack(">L", 0) + b"IDAT" + struct.pack(">L", zlib.crc32(b"IDAT"))
    return whole[:place] + empty * count + whole[place:]


def wrong_checksums() -> bytes:
    """A PNG all of whose checksums are wrong."""
    whole = bytearray(pictures.saved(pictures.drawn("L"), "PNG"))
    place = 8
    while place < len(whole):
        (length,) = struct.unpack_from(">L", whole, place)
        whole[place + 8 + length] ^= 0xFF
        place += 12 + length
    return bytes(whole)


def broken_second_page() -> bytes:
    """A fax of three pages of which the second has lost its lines."""
    data = bytearray(pictures.g4_pages(3))
    (first,) = struct.unpack_from("<L", data, 4)
    (count,) = struct.unpack_from("<H", data, first)
    (second,) = struct.unpack_from("<L", data, first + 2 + 12 * count)
    (count,) = struct.unpack_from("<H", data, second)
    for entry in range(count):
        place = second + 2 + 12 * entry
        if struct.unpack_from("<H", data, place)[0] == 273:
            struct.pack_into("<L", data, place + 8, 0xFFFFFF)
    return bytes(data)


def large_second_page() -> bytes:
    """A fax of two pages, the first small, the second 20,000 pixels wide and high."""
    large = Image.new("1", (20_000, 20_000), 1)
    return pictures.saved(
        Image.new("1", (60, 60), 1), "TIFF", compression="group4", save_all=True, append_images=[large]
    )


def floating_points() -> bytes:
    """A TIFF of floating-point numbers, among them some that are none."""
    image = Image.new("F", (320, 440), float("nan"))
    image.paste(float("inf"), (0, 0, 160, 220))
    return pictures.saved(image, "TIFF")


def old_jpeg_in_tiff() -> bytes:
    """A TIFF that says it holds a JPEG in the manner of 1992."""
    data = bytearray(pictures.saved(pictures.drawn("L"), "TIFF"))
    (place,) = struct.unpack_from("<L", data, 4)
    (count,) = struct.unpack_from("<H", data, place)
    for entry in range(count):
        at = place + 2 + 12 * entry
        if struct.unpack_from("<H", data, at)[0] == 259:
            struct.pack_into("<H", data, at + 8, 6)
    return bytes(data)


# zips and what is one


def self_extracting() -> bytes:
    """A program that unpacks itself: a zip behind some kilobytes of machine code."""
    return b"MZ" + bytes(4000) + packages.zipped({"a.pdf": pdfs.pdf()})


def split_archive() -> bytes:
    """The last of three volumes of a zip."""
    data = bytearray(packages.zipped({"a.pdf": pdfs.pdf()}))
    place = data.rindex(b"PK\5\6")
    struct.pack_into("<HH", data, place + 4, 2, 0)
    return b"PK\7\x08" + bytes(data)


def two_ends() -> bytes:
    """A zip whose comment is the end of another zip."""
    out = io.BytesIO(packages.zipped({"a.pdf": pdfs.pdf()}))
    with zipfile.ZipFile(out, "a") as archive:
        archive.comment = packages.zipped({"b.pdf": pdfs.pdf(pages=2)})
    return out.getvalue()


def folders_alone(count: int) -> bytes:
    """A zip of so many folders and no file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(count):
            archive.mkdir(f"{number}")
    return out.getvalue()


def named(*members: str) -> bytes:
    """A zip of a PDF under each of these names, as they stand."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, name in enumerate(members):
            info = zipfile.ZipInfo("x")
            info.filename = name  # given to ZipInfo at once, a name would end at its NUL
            archive.writestr(info, pdfs.pdf(content=b"%d " % number + pdfs.TEXT))
    return out.getvalue()


def tarred() -> bytes:
    """A tar under gzip."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        info = tarfile.TarInfo("a.pdf")
        info.size = len(pdfs.pdf())
        archive.addfile(info, io.BytesIO(pdfs.pdf()))
    return out.getvalue()


@functools.cache
def many_paragraphs(count: int) -> bytes:
    """A DOCX of so many paragraphs."""
    body = packages.part(packages.word("x"), "word/document.xml")
    one = b"<w:p><w:r><w:t>Certificate No. 12345</w:t></w:r></w:p>"
    place = body.index(b"<w:p>")
    return packages.altered(packages.word("x"), {"word/document.xml": body[:place] + one * count + body[place:]})


def encoded(name: str, encoding: str) -> bytes:
    """A DOCX whose text is in an encoding that it names ``name``."""
    body = packages.part(packages.word("Certificate No. 12345"), "word/document.xml").decode()
    declared = f'<?xml version="1.0" encoding="{name}"?>' + body.partition("?>")[2]
    return packages.altered(packages.word("x"), {"word/document.xml": declared.encode(encoding)})


def without_main_part() -> bytes:
    """A DOCX that has everything but its document."""
    return packages.altered(packages.word("x"), {"word/document.xml": None})


def renamed_main_part() -> bytes:
    """A DOCX whose document is called document2.xml, as online services write it."""
    word = packages.word("Certificate No. 12345")
    parts = {name: packages.part(word, name) for name in ("[Content_Types].xml", "_rels/.rels", "word/document.xml")}
    relations = packages.part(word, "word/_rels/document.xml.rels")
    return packages.altered(
        word,
        {name: data.replace(b"word/document.xml", b"word/document2.xml") for name, data in parts.items() if "[" in name}
        | {"_rels/.rels": parts["_rels/.rels"].replace(b"word/document.xml", b"word/document2.xml")}
        | {"word/document.xml": None, "word/_rels/document.xml.rels": None},
        put={"word/document2.xml": parts["word/document.xml"], "word/_rels/document2.xml.rels": relations},
    )


def presentation() -> bytes:
    """The parts of a presentation that calls itself a Word file."""
    kind = b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
    name = b"http://schemas.openxmlformats.org/package/2006/content-types"
    types = b'<Types xmlns="%s"><Override ContentType="%s"/></Types>'
    return packages.zipped(
        {"[Content_Types].xml": types % (name, kind), "ppt/presentation.xml": b"<p/>"}
        | {f"ppt/slides/slide{number}.xml": b"<p/>" for number in range(1, 40)}
    )


def open_document() -> bytes:
    """An OpenDocument text that calls itself a Word file."""
    return packages.zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.text",
            "META-INF/manifest.xml": b"<manifest/>",
            "content.xml": b"<text>Certificate No. 12345</text>",
            "styles.xml": b"<styles/>",
            "Thumbnails/thumbnail.png": pictures.saved(pictures.drawn(), "PNG"),
        }
    )


def lost_strings() -> bytes:
    """An XLSX whose cells name strings that are not there, dates beyond time and numbers that are none."""
    cells = (
        ("s", "999999999"),
        ("s", "-1"),
        ("s", "x"),
        ("n", "1e400"),
        ("n", "NaN"),
        ("d", "9999-99-99"),
        ("b", "7"),
        ("e", "#REF!"),
        ("zz", "1"),
    )
    row = "".join(f'<c r="{chr(65 + at)}1" t="{kind}"><v>{value}</v></c>' for at, (kind, value) in enumerate(cells))
    return hostile.sheet_with(f'<sheetData><row r="1">{row}</row></sheetData>'.encode())


def odd_numbers_ofd() -> bytes:
    """An OFD whose page is endless, whose words stand nowhere, and whose letters have no size."""
    return hostile.ofd_page(
        b'<ofd:TextObject ID="3" Boundary="NaN Infinity 1e400 -1e400" Font="4" Size="NaN" CTM="1e308 1e308 1e308 1e308'
        b' 0 0"><ofd:TextCode X="Infinity" Y="NaN" DeltaX="1e400">Certificate</ofd:TextCode></ofd:TextObject>'
    )


# forms


def forms() -> dict[str, bytes]:
    """Online forms as other programs write them, each of which some JSON reader takes or refuses by surprise."""
    plain = {"request": "admission", "reference": "R-1"}
    return {
        "5,000 digits": b'{"request": "admission", "services": ' + b"9" * 5000 + b"}",
        "beyond any number": b'{"request": "admission", "reference": 1e999, "services": [-1e999, NaN, Infinity]}',
        "twice": b'{"request": "admission", "request": "exit", "institution": {}, "institution": []}',
        "UTF-16": json.dumps(plain).encode("utf-16"),
        "half a pair": b'{"request": "admission", "reference": "\\ud83d", "institution": {"name": "\\udc00\\u0000"}}',
        "a list": json.dumps([plain, plain]).encode(),
        "a word": b'"admission"',
        "nothing": b"null",
        "two documents": json.dumps(plain).encode() * 2,
        "comments": b'// exported\n{"request": "admission", /* x */ "reference": "R-1",}',
    }
