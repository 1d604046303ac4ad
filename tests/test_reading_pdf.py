"""PDF files: opened or refused, drawn within limits, and their text taken in runs, tables and columns."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from papers import certificates, cma, invent, licence, pdf
from papers.age import Aged, pages
from papers.sheet import Sheet
from qi_pipeline.errors import PacketError
from qi_pipeline.policy import default_policy
from qi_pipeline.reading.page import RawPage
from qi_pipeline.reading.pdf import open_pdf
from qi_pipeline.reading.pdf_pages import pdf_pages

LIMITS = default_policy().limits
BODY = invent.institution(21)


def saved(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "paper"
    path.write_bytes(data)
    return path


def blank(count: int = 1, width: float = 595, height: float = 842, rotation: int = 0) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(count):
        document.new_page(width, height).set_rotation(rotation)
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


def raw(tmp_path: Path, data: bytes) -> list[RawPage]:
    path = saved(tmp_path, data)
    with open_pdf(path, LIMITS) as file:
        count = len(file)
    return list(pdf_pages(path, range(1, count + 1), LIMITS))


def refused(path: Path, **limits: int) -> str:
    with pytest.raises(PacketError) as caught, open_pdf(path, replace(LIMITS, **limits)) as file:
        file.render(1, 100)
    return caught.value.code


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_a_pdf_that_ends_early_is_corrupt(tmp_path: Path, share: float) -> None:
    whole = pdf.scanned([Image.effect_noise((300, 300), 60)])
    assert refused(saved(tmp_path, b"%PDF-1.6\n" + whole[9 : int(len(whole) * share)])) == "corrupt"


def test_a_password_is_asked_for_only_if_one_is_needed(tmp_path: Path) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    def locked(user: str) -> Path:
        writer = copy_into_new_writer(PdfFileReader(io.BytesIO(blank())))
        writer.encrypt(owner_pass="owner", user_pass=user)
        out = io.BytesIO()
        writer.write(out)
        return saved(tmp_path, out.getvalue())

    assert refused(locked("secret")) == "encrypted"
    with open_pdf(locked(""), LIMITS) as file:
        assert len(file) == 1


def test_a_file_may_have_just_as_many_pages_as_policy_says(tmp_path: Path) -> None:
    path = saved(tmp_path, blank(5))
    with open_pdf(path, replace(LIMITS, file_pages=5)) as file:
        assert len(file) == 5
    assert refused(path, file_pages=4) == "too_many_pages"


def test_a_page_is_drawn_within_resolution_and_pixels(tmp_path: Path) -> None:
    with open_pdf(saved(tmp_path, blank(width=720, height=720)), LIMITS) as file:
        assert file.render(1, 100)[0].shape == (1000, 1000, 3)
        assert file.render(1, 5000)[1] == pytest.approx(LIMITS.render_dpi)
    with open_pdf(saved(tmp_path, blank(width=14_400, height=14_400)), LIMITS) as file:
        pixels, dpi = file.render(1, 200)
        assert pixels.shape[0] * pixels.shape[1] <= 1.01 * LIMITS.page_pixels
        assert dpi < 200


def test_page_rotation_is_applied(tmp_path: Path) -> None:
    with open_pdf(saved(tmp_path, blank(width=600, height=300, rotation=90)), LIMITS) as file:
        assert file.render(1, 72)[0].shape[:2] == (600, 300)
        assert file.makeup(1).rotation == 90


def test_a_digital_page_gives_its_words_where_they_stand(tmp_path: Path) -> None:
    paper = licence.licence(BODY, edition="2019")
    (page,) = raw(tmp_path, pdf.digital(paper.sheets))
    assert page.layer is not None
    name = next(w for w in page.layer if BODY.name in w.text.replace(" ", ""))
    ((_, box),) = paper.boxes()["holder_name"]
    assert name.box[1] == pytest.approx(box[1], abs=0.02)
    assert name.box[2] == pytest.approx(box[2], abs=0.02)
    assert page.appearance == "colour"


def test_a_scan_is_drawn_at_its_own_resolution_and_has_no_words(tmp_path: Path) -> None:
    small = Image.effect_noise((600, 800), 60).convert("RGB")
    (page,) = raw(tmp_path, pdf.scanned([small], dpi=100))
    assert page.layer is None
    assert abs(page.pixels.shape[1] - 600) <= 2
    assert page.dpi == pytest.approx(100, abs=1)


def test_an_invisible_layer_is_not_even_compared(tmp_path: Path) -> None:
    paper = licence.licence(BODY, edition="2019")
    scan: list[Aged] = pages(paper, "low110")
    with_layer = raw(tmp_path, pdf.scanned(scan, hidden=paper.sheets))
    assert [page.layer for page in with_layer] == [None]


@pytest.mark.parametrize(("mode", "appearance"), [("1", "bitonal"), ("L", "grey"), ("RGB", "colour")])
def test_the_appearance_of_a_scan_is_that_of_its_picture(tmp_path: Path, mode: str, appearance: str) -> None:
    noise = np.random.default_rng(3).integers(60, 250, (400, 300, 3), dtype=np.uint8)
    picture = Image.fromarray(noise).convert(mode)
    assert raw(tmp_path, pdf.scanned([picture]))[0].appearance == appearance


def test_ruled_tables_come_with_rows_columns_and_merged_cells(tmp_path: Path) -> None:
    rows = invent.scope_rows(5, 24)
    paper = cma.certificate(BODY, rows=rows)
    data = pdf.digital(paper.sheets)
    path = saved(tmp_path, data)
    with open_pdf(path, LIMITS) as file:
        found = [file.text(number)[1] for number in range(1, len(file) + 1)]
    cells = [cell for tables in found for table in tables for cell in table.cells]
    texts = {"".join(cell.text.split()) for cell in cells}
    for row in rows:
        assert any("".join(row.standard.split()) in text for text in texts)
    assert any(cell.row_span > 1 for cell in cells)
    assert all(0 <= cell.box[0] < cell.box[2] <= 1 for cell in cells)


def test_words_never_cross_the_rules_of_a_table(tmp_path: Path) -> None:
    paper = cma.certificate(BODY, rows=invent.scope_rows(5, 24))
    path = saved(tmp_path, pdf.digital(paper.sheets))
    with open_pdf(path, LIMITS) as file:
        for number in range(1, len(file) + 1):
            words, tables = file.text(number)
            for cell in (cell for table in tables for cell in table.cells if cell.column_span == 1):
                x = cell.box[2]
                crossing = [
                    w.text
                    for w in words
                    if w.box[0] < x - 0.004
                    and x + 0.004 < w.box[2]
                    and cell.box[1] < (w.box[1] + w.box[3]) / 2 < cell.box[3]
                ]
                assert crossing == []


def test_a_label_and_a_smaller_value_near_it_are_two_runs_and_a_code_beside_cuts_no_value(tmp_path: Path) -> None:
    path = saved(tmp_path, pdf.digital(licence.licence(invent.institution(56), seed=56).sheets))
    with open_pdf(path, LIMITS) as file:
        words, _tables = file.text(1)
    runs = [word.text for word in words]
    assert "经营范围" in runs
    assert any(run.endswith("月21日") or (run.startswith("成立日期20") and run.endswith("日")) for run in runs)


def test_labels_spread_to_one_width_stay_whole_beside_level_rules(tmp_path: Path) -> None:
    """Rules under the values look like a table without uprights, whose columns a narrow gap parts."""
    body = invent.institution(7406, category="shared_laboratory")
    paper = certificates.calibration(
        body, name="原子吸收分光光度计", model="AA-7020", serial="K33256", seed=7408, calibrated_on=date(2026, 4, 8)
    )
    made = tmp_path / "a.pdf"
    made.write_bytes(pdf.digital(paper.sheets))
    with open_pdf(made, default_policy().limits) as opened, opened.page(1) as page:
        words = [word.text for word in page.text()[0]]
    assert {"客户名称", "仪器名称", "器具编号", "K33256"} <= set(words)
    assert not [word for word in words if len(word) == 1 and "一" <= word <= "龥"]


def test_values_set_close_to_spread_labels_are_runs_of_their_own_and_a_lone_gap_parts_no_line(tmp_path: Path) -> None:
    """One run of label and value placed the value by its share of letters, the other lines of the scope were lost."""
    sheet = Sheet(width=297, height=210)
    for row, (label, value) in enumerate(
        [("名称", "无锡澄衡检测有限公司"), ("类型", "有限责任公司"), ("经营范围", "许可项目：检验检测服务；一般项目：")]
    ):
        sheet.spread(26, 70 + 9 * row, label, 25)
        sheet.text(56, 70 + 9 * row, value)
    sheet.text(56, 94, "技术服务；计量技术服务")
    sheet.text(56, 100, "标准化服务")
    sheet.text(26, 120, "公司名下")
    sheet.text(26 + 5 * 4.2, 120, "另有场所二处")
    with open_pdf(saved(tmp_path, pdf.digital([sheet])), LIMITS) as file:
        words, _tables = file.text(1)
    placed = {word.text: word.box for word in words}
    assert {"无锡澄衡检测有限公司", "有限责任公司", "许可项目：检验检测服务；一般项目："} <= placed.keys()
    assert placed["许可项目：检验检测服务；一般项目："][0] == pytest.approx(56 / 297, abs=0.002)
    assert "公司名下另有场所二处" in placed
