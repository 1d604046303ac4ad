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


@pytest.mark.parametrize("scale", ["", "0.24 0 0 -0.24 0 842 cm 1 0 0 -1 0 1400 cm"])
def test_text_that_a_browser_names_stands_in_its_line(tmp_path: Path, scale: str) -> None:
    """A browser gives letters that share a radical's glyph as ActualText, under a scaled page."""
    spelled = (
        "BT /F 20 Tf 100 700 Td (A) Tj ET /Span <</ActualText <FEFF65E0>>> BDC BT /F 20 Tf 120 700 Td (B) Tj ET EMC"
    )
    after = (
        " /Span <</ActualText <FEFF4EBA>>> BDC BT /F 20 Tf 140 700 Td (C) Tj ET EMC BT /F 20 Tf 160 700 Td (D) Tj ET"
    )
    made = mapped("江", "⽆", "⼈", "公").decode()
    printed = "BT /F 20 Tf 100 700 Td (ABCD) Tj ET"
    whole = f"{scale} {spelled}{after}"
    made = made.replace(f"<< /Length {len(printed)} >>", f"<< /Length {len(whole)} >>").replace(printed, whole)
    path = tmp_path / "annex.pdf"
    path.write_bytes(made.encode())
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
