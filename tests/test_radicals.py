"""Characters that a text layer names by their radicals come as they are printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from qi_pipeline.policy import default_policy
from qi_pipeline.reading.pdf import open_pdf
from qi_pipeline.reading.radicals import as_printed


def mapped(*codes: str) -> bytes:
    """A PDF that prints A, B, C … and says in its font's map that they are the characters of ``codes``."""
    pairs = "".join(f"<{65 + n:02x}> <{ord(code):04x}>" for n, code in enumerate(codes))
    names = {
        "map": f"begincmap 1 begincodespacerange <00> <ff> endcodespacerange {len(codes)} beginbfchar {pairs} "
        "endbfchar endcmap",
        "text": f"BT /F 20 Tf 100 700 Td ({''.join(chr(65 + n) for n in range(len(codes)))}) Tj ET",
    }
    stream = {key: f"<< /Length {len(text)} >> stream\n{text}\nendstream" for key, text in names.items()}
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
        stream["text"],
        "<< /Type /Font /Subtype /Type1 /BaseFont /Letters /FirstChar 65 /LastChar 74 "
        f"/Widths [{'1000 ' * 10}] /FontDescriptor 7 0 R /ToUnicode 6 0 R >>",
        stream["map"],
        "<< /Type /FontDescriptor /FontName /Letters /Flags 4 /FontBBox [0 0 1000 1000] /Ascent 800 /Descent -200 >>",
    ]
    body, places = "%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj {text} endobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF"
    return f"{body}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{end}".encode()


def test_radicals_of_a_text_layer_are_the_characters_themselves(tmp_path: Path) -> None:
    path = tmp_path / "annex.pdf"
    path.write_bytes(mapped("⻝", "品", "⽣", "产"))
    with open_pdf(path, default_policy().limits) as file:
        words, _tables = file.text(1)
    assert [word.text for word in words] == ["食品生产"]


def drawn_as_form(pdf: str, printed: str, whole: str) -> bytes:
    """The PDF of :func:`mapped` whose page paints its text as a form under a scaled page, as a browser's does."""
    placed = "0.24 0 0 0.24 10 20 cm /X Do"
    form = (
        f"<< /Type /XObject /Subtype /Form /BBox [0 0 4000 4000] /Resources << /Font << /F 5 0 R >> >> "
        f"/Length {len(whole)} >> stream\n{whole}\nendstream"
    )
    body = pdf[: pdf.index("xref\n0")]
    body = body.replace(f"<< /Length {len(printed)} >>", f"<< /Length {len(placed)} >>").replace(printed, placed)
    body = body.replace("/Font << /F 5 0 R >> >> >>", "/Font << /F 5 0 R >> /XObject << /X 8 0 R >> >> >>", 1)
    return f"{body}8 0 obj {form} endobj\ntrailer << /Size 9 /Root 1 0 R >>\n%%EOF".encode()


def test_letters_that_a_browser_spells_out_stand_in_their_line(tmp_path: Path) -> None:
    """A browser gives letters that share a radical's glyph as ActualText, which PDFium puts elsewhere on the page."""
    line = "BT /F 80 Tf 400 2800 Td (A) Tj /Span <</ActualText <FEFF65E0>>> BDC 80 0 Td (B) Tj EMC "
    line += "/Span <</ActualText <FEFF4EBA>>> BDC 80 0 Td (C) Tj EMC 80 0 Td (D) Tj ET"
    printed = "BT /F 20 Tf 100 700 Td (ABCD) Tj ET"
    path = tmp_path / "annex.pdf"
    path.write_bytes(drawn_as_form(mapped("江", "⽆", "⼈", "公").decode(), printed, line))
    with open_pdf(path, default_policy().limits) as file:
        words, _tables = file.text(1)
    assert [word.text for word in words] == ["江无人公"]
    assert words[0].box[3] - words[0].box[1] < 0.04


@pytest.mark.parametrize(
    ("layer", "printed"),
    [
        ("⾄⻓期", "至长期"),
        ("⾷⻝⻢⻋⻔⻚⻛", "食食马车门页风"),
        ("\uf967锈", "不锈"),
        ("GB／T（㎎）", "GB／T（㎎）"),
        ("ab", "ab"),
    ],
)
def test_only_radicals_and_compatible_forms_are_replaced(layer: str, printed: str) -> None:
    assert as_printed(layer) == printed
