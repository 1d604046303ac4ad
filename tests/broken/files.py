"""The table: every broken, hostile or odd file, how it is made, and what must become of it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from broken import curious, hostile, packages, pdfs, pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """One file."""

    name: str
    make: Callable[[], bytes]
    how: str
    """How it is made, or what is wrong in it."""
    codes: frozenset[str] = frozenset()
    """With one of these it fails; empty: it is read."""
    pages: int | None = None
    """So many pages are read; None: any number."""


def odd(name: str, how: str, make: Callable[[], bytes], *codes: str, pages: int | None = None) -> Odd:
    """A row of the table."""
    return Odd(name=name, how=how, make=make, codes=frozenset(codes), pages=pages)


def _cut(make: Callable[[], bytes], percent: int) -> Callable[[], bytes]:
    def cut() -> bytes:
        data = make()
        return data[: max(1, len(data) * percent // 100)]

    return cut


def _flipped(make: Callable[[], bytes], where: Callable[[bytes], int]) -> Callable[[], bytes]:
    def flipped() -> bytes:
        data = bytearray(make())
        data[where(bytes(data))] ^= 0xFF
        return bytes(data)

    return flipped


def _jpeg() -> bytes:
    return pictures.saved(pictures.drawn(size=(640, 900)), "JPEG", quality=90)


def _word() -> bytes:
    return packages.word("Certificate No. 12345", "of the year 2026")


def _sheet() -> bytes:
    return packages.sheet(("name", "number"), ("scale", "12345"))


_SEVERAL = ("corrupt", "unsupported_type", "empty")
"""What is left of a cut file may not even be enough to say what it was."""


def _each_cut(ending: str, make: Callable[[], bytes], percents: tuple[int, ...], *codes: str) -> Iterator[Odd]:
    """A row for each share of a file of this type that is left of it."""
    for percent in percents:
        yield odd(f"cut{percent}.{ending}", f"{percent} % of a file", _cut(make, percent), *codes)


def _entities(ending: str, make: Callable[[], bytes], file_part: str, laugh_part: str) -> Iterator[Odd]:
    """The two rows of a package whose XML has a document type."""
    for name, how, part, doctype, used in (
        ("entity", "an entity that names a file", file_part, packages.ENTITIES, b"&a;"),
        ("laughs", "entities that double themselves", laugh_part, packages.LAUGHS, b"&i;"),
    ):
        yield odd(f"{name}.{ending}", how, partial(_with_doctype, make, part, doctype, used), "corrupt")


def _with_doctype(make: Callable[[], bytes], part: str, doctype: bytes, used: bytes) -> bytes:
    return packages.with_doctype(make(), part, doctype, used)


FILES: tuple[Odd, ...] = (
    # nothing, or not what it says
    odd("empty.pdf", "no byte", bytes, "empty"),
    odd("text.pdf", "plain text", lambda: b"Dear Sir or Madam,\n" * 9, "unsupported_type"),
    odd("zeros.jpg", "a hole: zero bytes alone", lambda: bytes(5000), "unsupported_type"),
    odd("noise.png", "bytes without meaning", lambda: bytes(range(1, 256)) * 40, "unsupported_type"),
    odd("picture.pdf", "a JPEG that is called PDF", _jpeg, pages=1),
    odd("paper.jpg", "a PDF that is called JPEG", pdfs.pdf, pages=1),
    odd("word.pdf", "a DOCX that is called PDF", _word, pages=1),
    odd("form.pdf", "a JSON document that is called PDF", lambda: b'{"request": "admission"}', "unsupported_type"),
    odd(
        "old.docx",
        "an OLE file of before 2007",
        lambda: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600),
        "unsupported_type",
    ),
    odd("page.png", "HTML", lambda: b"<html><script>alert(1)</script></html>", "unsupported_type"),
    # cut
    *_each_cut("pdf", pdfs.pdf, (10, 50, 90), "corrupt"),
    odd("cut99.pdf", "a PDF without its last bytes", _cut(pdfs.pdf, 99)),
    *_each_cut("jpg", _jpeg, (10, 50, 90), "corrupt"),
    *_each_cut("png", pictures.sixteen_bit, (10, 50, 90), "corrupt"),
    *_each_cut("tif", lambda: pictures.g4_pages(2), (10, 50, 90), "corrupt"),
    *_each_cut("docx", _word, (10, 50, 90, 99), *_SEVERAL),
    *_each_cut("xlsx", _sheet, (50, 99), *_SEVERAL),
    *_each_cut("ofd", packages.ofd, (50, 99), *_SEVERAL),
    # one byte flipped
    odd("flip-header.pdf", "in the header", _flipped(pdfs.pdf, lambda _data: 2), "unsupported_type"),
    odd("flip-xref.pdf", "in the cross-reference table", _flipped(pdfs.pdf, lambda data: data.rindex(b"xref\n0") + 30)),
    odd("flip-stream.pdf", "in a page's content", _flipped(pdfs.pdf, lambda data: data.index(b"Certificate") + 3)),
    odd("flip-scan.jpg", "in the picture", _flipped(_jpeg, lambda data: len(data) // 2)),
    odd(
        "flip-part.docx",
        "in the packed text",
        _flipped(_word, lambda data: data.index(b"word/document.xml") + 60),
        "corrupt",
    ),
    # PDF: structure
    odd("password.pdf", "asks for the user's password", lambda: pdfs.locked(b"secret", b"owner"), "encrypted"),
    odd("owner.pdf", "an owner's password alone", lambda: pdfs.locked(b"", b"owner"), pages=1),
    odd("no-pages.pdf", "a page tree without pages", lambda: pdfs.pdf(pages=0), "empty", "corrupt"),
    odd("bare.pdf", "a page without content", lambda: pdfs.pdf(content=b""), pages=1),
    odd("point.pdf", "a page of no size", lambda: pdfs.pdf(size=(0, 0))),
    odd("five-metres.pdf", "a page of 5 m", lambda: pdfs.pdf(size=(14173, 14173)), pages=1),
    odd("ribbon.pdf", "a page of 0.1 mm by 5 m", lambda: pdfs.pdf(size=(0.3, 14173))),
    odd("circle.pdf", "a page tree whose only kid is itself", lambda: pdfs.pdf(kids=b"2 0 R"), "corrupt", "empty"),
    odd(
        "form-circle.pdf",
        "a form that draws itself",
        lambda: pdfs.pdf(
            content=b"/X1 Do",
            resources=b"/XObject<</X1 6 0 R>>",
            extra=[
                b"<</Type/XObject/Subtype/Form/BBox[0 0 99 99]/Resources<</XObject<</X1 6 0 R>>>>/Length 6>>"
                b"stream\n/X1 Do\nendstream"
            ],
        ),
        pages=1,
    ),
    odd(
        "outline-circle.pdf",
        "bookmarks in a circle",
        lambda: pdfs.pdf(
            catalog=b"/Outlines 6 0 R",
            extra=[b"<</First 7 0 R/Last 7 0 R/Count 1>>", b"<</Title(a)/Parent 6 0 R/Next 7 0 R/First 7 0 R>>"],
        ),
        pages=1,
    ),
    odd(
        "length-circle.pdf",
        "a stream whose length is the stream",
        lambda: pdfs.pdf().replace(b"/Length 70", b"/Length 5 0 R"),
    ),
    odd(
        "no-font-map.pdf",
        "text in a font without a map to characters",
        lambda: pdfs.pdf(
            content=b"BT /F1 24 Tf 60 700 Td <0102030405060708090a0b0c0d0e0f10111213> Tj ET",
            font=b"<</Type/Font/Subtype/Type0/BaseFont/AAAAAA+Song/Encoding/Identity-H/DescendantFonts[<</Type/Font"
            b"/Subtype/CIDFontType2/BaseFont/AAAAAA+Song/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
            b"/Supplement 0>>>>]>>",
        ),
        pages=1,
    ),
    odd("invisible.pdf", "text that is not painted", lambda: pdfs.pdf(content=b"3 Tr " + pdfs.TEXT), pages=1),
    odd(
        "script.pdf",
        "a script that runs on opening",
        lambda: pdfs.pdf(catalog=b"/OpenAction<</S/JavaScript/JS(app.alert(1))>>"),
        pages=1,
    ),
    odd(
        "deep.pdf",
        "arrays in arrays, 100,000 deep",
        lambda: pdfs.pdf(page_extra=b"/Odd " + b"[" * 100_000 + b"]" * 100_000),
    ),
    odd(
        "many-pages.pdf",
        "100,000 pages that are one",
        lambda: pdfs.pdf(kids=b"4 0 R " * 100_000).replace(b"/Count 1", b"/Count 100000"),
        "too_many_pages",
        "corrupt",
    ),
    odd(
        "million-words.pdf",
        "300,000 words of one letter on a page",
        lambda: pdfs.pdf(content=b"BT /F1 1 Tf 1 0 0 1 10 800 Tm " + b"(a) Tj 2 0 Td " * 300_000 + b"ET"),
        "too_large",
    ),
    odd(
        "patterns.docx",
        "what patterns search longest: figures, years and brackets without end",
        lambda: packages.word(
            "统一社会信用代码：" + "9" * 20_000, "有效期至" + "2026年" * 4_000, "(" * 9_000 + "（" * 9_000
        ),
    ),
    # PDF: bombs
    odd(
        "swelling.pdf",
        "a content stream that unfolds to 200 MiB",
        lambda: pdfs.pdf(content=pdfs.swelling(200), content_filter=b"/Filter/FlateDecode"),
    ),
    odd(
        "nested-filters.pdf",
        "eight filters one in another",
        lambda: pdfs.pdf(content=pdfs.swelling(64), content_filter=b"/Filter[" + b"/FlateDecode" * 8 + b"]"),
    ),
    odd(
        "picture-bomb.pdf",
        "a picture of 60,000 × 60,000 in one colour",
        lambda: pdfs.pdf(
            content=b"q 595 0 0 842 0 0 cm /I1 Do Q",
            resources=b"/XObject<</I1 6 0 R>>",
            extra=[
                b"<</Type/XObject/Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceRGB/BitsPerComponent 8"
                b"/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(_WAVE), _WAVE)
            ],
        ),
        "image_bomb",
    ),
    # pictures
    odd("cmyk.jpg", "CMYK", lambda: pictures.saved(pictures.drawn("CMYK"), "JPEG"), pages=1),
    odd("sixteen.png", "16 bits a pixel", pictures.sixteen_bit, pages=1),
    odd(
        "palette.png",
        "a palette with a clear colour",
        lambda: pictures.saved(pictures.drawn("P"), "PNG", transparency=0),
        pages=1,
    ),
    odd("fax.tif", "three pages of one bit, Group 4", lambda: pictures.g4_pages(3), pages=3),
    odd("circle.tif", "a directory that points at itself", pictures.circular_tiff, pages=1),
    odd("exif.jpg", "EXIF lies", pictures.lying_exif, pages=1),
    odd(
        "pixel.png",
        "one pixel",
        lambda: pictures.saved(pictures.drawn(size=(40, 40)).crop((0, 0, 1, 1)), "PNG"),
        pages=1,
    ),
    odd(
        "thread.png",
        "1 × 20,000 pixels",
        lambda: pictures.saved(pictures.drawn(size=(40, 20000)).crop((0, 0, 1, 20000)), "PNG"),
        pages=1,
    ),
    odd(
        "bomb.png",
        "60,000 × 60,000 pixels of one colour",
        lambda: pictures.png(60_000, 60_000, rows=True),
        "image_bomb",
    ),
    odd(
        "claimed.png",
        "says 2 billion by 2 billion pixels",
        lambda: pictures.png(2**31 - 1, 2**31 - 1),
        "image_bomb",
        "corrupt",
    ),
    odd("flat.png", "no pixel", lambda: pictures.png(0, 0), "corrupt"),
    # documents that are zips
    *_entities("docx", _word, "word/document.xml", "word/document.xml"),
    *_entities("xlsx", _sheet, "xl/worksheets/sheet1.xml", "xl/workbook.xml"),
    *_entities("ofd", packages.ofd, "OFD.xml", "Doc_0/Document.xml"),
    odd(
        "outside.ofd",
        "a page that lies outside",
        lambda: packages.ofd(location="../../../etc/passwd"),
        "corrupt",
        "unsafe_path",
    ),
    odd("whole.ofd", "nothing wrong", packages.ofd, pages=1),
    odd(
        "traversal.docx",
        "a part called ../../x",
        lambda: packages.altered(_word(), {}, put={"../../x": b"x"}),
        "unsafe_path",
    ),
    odd(
        "macros.docx",
        "a macro-enabled document",
        lambda: packages.with_macros(
            _word(), "word/document.xml", b"application/vnd.ms-word.document.macroEnabled.main+xml"
        ),
        pages=1,
    ),
    odd(
        "macros.xlsx",
        "a macro-enabled workbook",
        lambda: packages.with_macros(
            _sheet(), "xl/workbook.xml", b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
        ),
        pages=1,
    ),
    odd(
        "formula.xlsx",
        "formulas that call programs",
        lambda: packages.sheet(("=cmd|' /C calc'!A0", "+1", "@x"), ("a", "b", "c")),
        pages=1,
    ),
    odd(
        "deep.docx",
        "XML 20,000 deep",
        lambda: packages.altered(_word(), {"word/document.xml": b"<a>" * 20_000 + b"</a>" * 20_000}),
        "corrupt",
    ),
    odd(
        "swelling.docx",
        "a part that unfolds to 300 MiB",
        lambda: packages.altered(_word(), {}, put={"word/x.bin": bytes(300 << 20)}),
        "archive_bomb",
    ),
    odd(
        "directory.docx",
        "a directory of 900,000 entries",
        lambda: packages.hostile_directory(900_000),
        "corrupt",
        "archive_bomb",
    ),
    # zips
    odd("flat.zip", "a member that unfolds a thousandfold", packages.flat_bomb, "archive_bomb"),
    odd("nested.zip", "bombs in a zip", packages.nested_bomb, "archive_bomb"),
    odd("overlapping.zip", "ninety entries of the same bytes", packages.overlapping_bomb, "archive_bomb"),
    odd("deep.zip", "zips in zips in zips in zips", packages.in_itself, "archive_bomb"),
    odd("many.zip", "100,000 entries", lambda: packages.many_entries(100_000), "archive_bomb"),
    odd("cut.zip", "a zip, half of it", _cut(lambda: packages.zipped({"a.pdf": pdfs.pdf()}), 50), "corrupt"),
    odd("nothing.zip", "a zip without a member", lambda: packages.zipped({}), "empty"),
    odd(
        "lying.zip",
        "a member that says, by zip64, that it has an exabyte",
        hostile.lying_zip64,
        "corrupt",
        "archive_bomb",
    ),
    odd(
        "bzip2.zip",
        "a member that bzip2 unfolds a hundred-thousandfold",
        lambda: hostile.packed(zipfile.ZIP_BZIP2, 8),
        "archive_bomb",
    ),
    odd("rar.zip", "a RAR that is called zip", lambda: b"Rar!\x1a\x07\x01\0" + bytes(99), "unsupported_type"),
    # tricks of each format
    odd("polyglot.pdf", "a PDF behind which a zip begins", hostile.polyglot, pages=1),
    odd("boxes.pdf", "a page turned inside out, beyond any number, and by 45 degrees", hostile.odd_boxes, pages=1),
    odd("previous.pdf", "a cross-reference table that is its own predecessor", hostile.previous_in_a_circle, pages=1),
    odd(
        "launch.pdf",
        "a program to start on opening, and an XFA form",
        lambda: pdfs.pdf(catalog=b"/OpenAction<</S/Launch/F(/bin/sh)>>/AcroForm<</XFA(x)/Fields[]>>"),
        pages=1,
    ),
    odd(
        "jbig2.pdf",
        "a JBIG2 picture of 60,000 × 60,000",
        lambda: hostile.picture_in_pdf(b"JBIG2Decode", hostile.jbig2(60_000, 60_000)),
        "image_bomb",
    ),
    odd(
        "jpeg2000.pdf",
        "a JPEG 2000 picture of 60,000 × 60,000",
        lambda: hostile.picture_in_pdf(b"JPXDecode", hostile.jpeg2000(60_000, 60_000)),
        "image_bomb",
    ),
    odd(
        "hidden-size.pdf",
        "a JPEG 2000 picture of 60,000 × 60,000 that the page calls 100 × 100",
        lambda: hostile.picture_in_pdf(b"JPXDecode", hostile.jpeg2000(60_000, 60_000), 100, 100),
        pages=1,
    ),
    odd("directories.tif", "10,000 pages of one pixel", lambda: hostile.many_directories(10_000), "too_many_pages"),
    odd("strips.tif", "a table of four billion strips", hostile.endless_strips, "corrupt"),
    odd("big.tif", "a BigTIFF of 100,000 × 100,000", lambda: hostile.big_tiff(100_000, 100_000), "image_bomb"),
    odd(
        "profile.png",
        "a colour profile that unfolds to 20 MiB",
        lambda: hostile.with_chunk(b"iCCP", b"x\0\0" + pdfs.swelling(20)),
        "corrupt",
    ),
    odd(
        "text.png",
        "a comment that unfolds to 20 MiB",
        lambda: hostile.with_chunk(b"zTXt", b"x\0\0" + pdfs.swelling(20)),
        "corrupt",
    ),
    odd("large.jpg", "says it is 65,500 × 65,500 pixels", hostile.large_jpeg, "image_bomb"),
    odd("scans.jpg", "49 megapixels, repainted 3,000 times", lambda: hostile.many_scans(3000), "too_large"),
    odd(
        "scans.pdf",
        "a page of such a picture",
        lambda: hostile.picture_in_pdf(b"DCTDecode", hostile.many_scans(3000), 7000, 7000, bits=8),
        "too_large",
    ),
    odd(
        "frames.png",
        "a GIF of 100,000 frames that is called PNG",
        lambda: hostile.many_frames("GIF", 100_000),
        "unsupported_type",
    ),
    odd("moving.jpg", "a moving WebP", lambda: hostile.many_frames("WEBP", 0), "unsupported_type"),
    odd("phone.jpg", "an HEIC", lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(500), "unsupported_type"),
    odd(
        "merged.xlsx",
        "200,000 merged ranges, each the whole sheet",
        lambda: hostile.many_merged(200_000),
        "archive_bomb",
    ),
    odd("last.xlsx", "a word in the last cell there is, none in the others", hostile.last_cell, pages=1),
    odd("tables.docx", "tables in tables, 800 deep", lambda: hostile.nested_tables(800), "corrupt"),
    odd("outside.docx", "relations to other machines and to files of this one", hostile.outside_parts, pages=1),
    odd(
        "drawing.docx",
        "an SVG with a script among its pictures",
        lambda: hostile.with_picture("x.svg", b"<svg onload='alert(1)'><script>alert(2)</script></svg>"),
        pages=1,
    ),
    odd("template-circle.ofd", "a template that is its own", hostile.ofd_template_circle, pages=1),
    odd("own-root.ofd", "a document that is the list of documents", hostile.ofd_own_root, "empty", "corrupt"),
    odd("same-page.ofd", "one page listed 100,000 times", lambda: hostile.ofd_same_page(100_000), "archive_bomb"),
    odd("deltas.ofd", "letters two billion times apart", hostile.ofd_endless_deltas, "corrupt"),
    # what scanners, office programs, mail and mischief bring about
    odd("dashes.pdf", "a line of 280,000 km in dashes of a ten-thousandth of a point", curious.endless_dashes, pages=1),
    odd("glyphs.pdf", "a letter that draws ten letters of the next font, nine deep", curious.glyphs_in_glyphs),
    odd("own-mask.pdf", "a picture that is its own soft mask", curious.mask_of_itself, pages=1),
    odd("inline.pdf", "a picture of 60,000 × 60,000 in the page's own content", curious.inline_picture, "image_bomb"),
    odd("certificate.pdf", "under somebody's certificate, not a password", curious.certificate_security, "encrypted"),
    odd("fields.pdf", "a cross-reference stream with fields of 2 GB", curious.wide_fields, "corrupt"),
    odd("own-stream.pdf", "an object stream that extends itself", curious.own_object_stream, pages=1),
    odd("mail.pdf", "a mail's head before the PDF", curious.preface, pages=1),
    odd("card.jpg", "30 MiB of nothing behind the picture", curious.trailing_zeros, pages=1),
    odd("preview.jpg", "a camera's second picture behind the first", curious.two_pictures, pages=1),
    odd("arithmetic.jpg", "says it is coded arithmetically", curious.other_coding, "corrupt"),
    odd("no-height.jpg", "its height comes behind its lines", curious.no_height, "corrupt"),
    odd("chunks.png", "100,000 chunks of nothing", lambda: curious.many_empty_chunks(100_000), pages=1),
    odd("checksums.png", "every checksum wrong", curious.wrong_checksums, "corrupt"),
    odd("second.tif", "a fax whose second page has lost its lines", curious.broken_second_page, "corrupt"),
    odd("floating.tif", "numbers that are none, and endless ones, for pixels", curious.floating_points, pages=1),
    odd("jpeg-1992.tif", "says it holds a JPEG in the manner of 1992", curious.old_jpeg_in_tiff, "corrupt"),
    odd("program.zip", "a program that unpacks itself", curious.self_extracting, "corrupt"),
    odd("volume.zip", "the last of three volumes", curious.split_archive, "unsupported_type"),
    odd("two-ends.zip", "its comment is another zip, which every reader finds first", curious.two_ends, "corrupt"),
    odd(
        "controls.zip",
        "names of controls and of one letter",
        lambda: curious.named("a\x01b\x1b[2J.pdf", "x"),
        pages=2,
    ),
    odd("folders.zip", "fifty folders and no file", lambda: curious.folders_alone(50), "empty"),
    odd("tar.zip", "a tar under gzip", curious.tarred, "unsupported_type"),
    odd("slides.docx", "a presentation", curious.presentation, "unsupported_type"),
    odd("open.docx", "an OpenDocument text", curious.open_document, "unsupported_type"),
    odd("no-main.docx", "everything but its document", curious.without_main_part, "unsupported_type"),
    odd("document2.docx", "its document is called document2.xml", curious.renamed_main_part, pages=1),
    odd("paragraphs.docx", "200,000 paragraphs", lambda: curious.many_paragraphs(200_000), "archive_bomb"),
    odd("utf-16.docx", "text in UTF-16", lambda: curious.encoded("UTF-16", "utf-16"), pages=1),
    odd("gb18030.docx", "text in GB 18030", lambda: curious.encoded("GB18030", "gb18030"), pages=1),
    odd("lost-strings.xlsx", "cells that name strings which are not there", curious.lost_strings, "corrupt"),
    odd(
        "tree.pdf", "a page below 50,000 nodes, each the other's only kid", lambda: curious.deep_tree(50_000), "corrupt"
    ),
    odd(
        "facsimile.pdf",
        "a fax whose lines are 2 billion pixels long",
        lambda: hostile.picture_in_pdf(b"CCITTFaxDecode", bytes(1000), 2**31 - 1, 10),
        "image_bomb",
    ),
    odd("second-large.tif", "a fax whose second page has 400 megapixels", curious.large_second_page, "image_bomb"),
    odd("nowhere.ofd", "words that stand nowhere and have no size", curious.odd_numbers_ofd),
)
"""Files that fail or are read each by itself."""

MEMBERS: tuple[Odd, ...] = (
    odd("link.zip", "a symbolic link", packages.with_link, "unsafe_path"),
    odd("up.zip", "a name that leads out", lambda: packages.zipped({"../../../tmp/qi-was-here": b"x"}), "unsafe_path"),
    odd("absolute.zip", "an absolute name", lambda: packages.zipped({"/tmp/qi-was-here": b"x"}), "unsafe_path"),
    odd("long-name.zip", "a name of 60,000 letters", lambda: curious.named("n" * 60_000 + ".pdf"), "unsafe_path"),
    odd("nul.zip", "a name with a NUL in it", lambda: curious.named("a\0b.pdf"), "unsafe_path"),
    odd("drive.zip", "a Windows drive", lambda: packages.zipped({"C:\\qi-was-here": b"x"}), "unsafe_path"),
    odd("locked.zip", "a member that needs a password", packages.locked_member, "encrypted"),
    odd("checksum.zip", "a member whose checksum is wrong", packages.wrong_checksum, "corrupt"),
    odd("deflate64.zip", "a member packed by Deflate64", lambda: hostile.method(9), "unsupported_type"),
    odd("lzma.zip", "a member packed by LZMA", lambda: hostile.packed(zipfile.ZIP_LZMA, 4), "unsupported_type"),
    odd(
        "aes.zip",
        "a member under AES",
        lambda: hostile.method(99, 1, b"\x01\x99\x07\0\x02\0AE\x03\x08\0"),
        "encrypted",
    ),
)
"""Zips with one bad member; the failure names the member."""

_WAVE = pdfs.swelling(16)

BY_NAME = {row.name: row for row in (*FILES, *MEMBERS)}

__all__ = ["BY_NAME", "FILES", "MEMBERS", "Odd"]
