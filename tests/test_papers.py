"""The drawn papers: numbers are valid, boxes lie on the ink, degradations carry boxes along, files open."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from stdnum.cn import uscc

from papers import age, certificates, cma, form, invent, letter, licence, packets, pdf, supporting, words
from papers.invent import AS_OF
from qi_pipeline.kinds import KINDS

BODY = invent.institution(41)


def _all() -> list:
    made = [licence.licence(BODY, edition=edition) for edition in licence.EDITIONS]
    made += [
        licence.legal_person(f"{kind}_certificate", BODY)
        for kind in ("public_institution", "private_nonenterprise", "social_organization")
    ]
    made += [cma.certificate(BODY), letter.letter(BODY), form.form(form.application(BODY))]
    made += [maker(BODY) for maker in certificates.MAKERS.values()]
    made += [supporting.rules(BODY), supporting.capability(BODY), supporting.equipment_statement(BODY)]
    made += [supporting.credit_report(BODY), *(draw(BODY) for draw in supporting.UNKNOWNS.values())]
    return made


@pytest.mark.parametrize("seed", range(40))
def test_invented_codes_are_valid_by_computation(seed: int) -> None:
    body = invent.institution(seed, entity=("company", "public", "individual", "social")[seed % 4])
    assert uscc.is_valid(body.uscc)
    org = body.uscc[8:17]
    assert invent.org_check(org[:8]) == org[8]
    assert not uscc.is_valid(invent.broken_uscc(body.uscc))


def test_the_same_seed_gives_the_same_paper() -> None:
    first, second = (licence.licence(BODY, edition="2019", seed=3).sheets[0].image(80) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_every_kind_of_the_contract_can_be_drawn() -> None:
    assert {paper.kind for paper in _all()} == set(KINDS)


@pytest.mark.parametrize("paper", _all(), ids=lambda p: f"{p.kind}-{p.edition}")
def test_values_are_printed_where_the_truth_says(paper) -> None:
    printed = {run.field: "" for sheet in paper.sheets for run in sheet.runs if run.field}
    for sheet in paper.sheets:
        for run in sheet.runs:
            if run.field:
                printed[run.field] += run.text
    for name in ("holder_name", "holder_uscc", "address", "scope_text"):
        if name in paper.truth and name in printed:
            bare = re.sub(r"\s", "", str(paper.truth[name]))
            assert bare in re.sub(r"\s", "", printed[name]) or name == "scope_text"
    for found in paper.boxes().values():
        for _, box in found:
            assert 0 <= box[0] < box[2] <= 1
            assert 0 <= box[1] < box[3] <= 1


@pytest.mark.parametrize("how", [*age.DEGRADATIONS, "small", "small_photo"])
def test_boxes_move_with_the_ink(how: str) -> None:
    from papers.sheet import Sheet

    sheet = Sheet()
    corners = ((0.16, 0.14), (0.78, 0.14), (0.16, 0.84), (0.78, 0.84), (0.5, 0.5))
    for x, y in corners:
        sheet.rectangle((x * 210 - 3, y * 297 - 3, x * 210 + 3, y * 297 + 3), fill=(0, 0, 0))
    aged = age.aged(sheet, how, 5)
    upright = aged.image.convert("L")
    if how.startswith("turned"):
        upright = upright.rotate(int(how.removeprefix("turned")), expand=True)
    if aged.exif:
        upright = upright.rotate({3: 180, 6: 270, 8: 90}[aged.exif], expand=True)
    pixels = np.asarray(upright)
    paper = np.median(pixels)
    for x, y in corners:
        x0, y0, x1, y1 = aged.box((x - 2 / 210, y - 2 / 297, x + 2 / 210, y + 2 / 297))
        cx, cy = (x0 + x1) / 2 * pixels.shape[1], (y0 + y1) / 2 * pixels.shape[0]
        assert pixels[int(cy) - 1 : int(cy) + 2, int(cx) - 1 : int(cx) + 2].mean() < paper * 0.7, (how, x, y)


def test_digital_pdf_has_the_text_that_is_seen() -> None:
    paper = cma.certificate(BODY, rows=invent.FOOD[:5])
    document = pypdfium2.PdfDocument(pdf.digital(paper.sheets))
    text = "".join(page.get_textpage().get_text_range() for page in document)
    assert BODY.name in text
    assert str(paper.truth["certificate_number"]) in text
    assert "GB 5009.12-2017" in text
    document.close()


def test_scanned_pdf_has_no_text_and_a_hidden_layer_has() -> None:
    paper = letter.letter(BODY)
    pages = age.pages(paper, "bitonal")
    plain, layered = pdf.scanned(pages), pdf.scanned(pages, hidden=paper.sheets)
    for data, expected in ((plain, False), (layered, True)):
        document = pypdfium2.PdfDocument(data)
        assert ("承诺" in document[0].get_textpage().get_text_range()) is expected
        document.close()


def test_gbk_zip_has_gbk_names_without_the_flag(tmp_path: Path) -> None:
    target = tmp_path / "a.zip"
    packets.zip_bytes(target, {"营业执照.jpg": b"x"}, encoding="gbk")
    assert "营业执照.jpg".encode("gbk") in target.read_bytes()
    with zipfile.ZipFile(target) as archive:
        info = archive.infolist()[0]
        assert not info.flag_bits & 0x800
        assert info.orig_filename.encode("cp437").decode("gbk") == "营业执照.jpg"


def test_exif_turned_jpeg_says_so() -> None:
    aged = age.aged(licence.licence(BODY).sheets[0], "exif", 2)
    with Image.open(io.BytesIO(aged.jpeg())) as image:
        assert image.getexif()[0x0112] in (3, 6, 8)


def test_stored_readings_hold_every_value() -> None:
    paper = licence.licence(BODY, edition="2019", valid_to=date(2031, 5, 11))
    text = "".join(word.text for word in words.reading(paper, "a.jpg").pages[0].words)
    assert BODY.uscc in text
    assert BODY.name in text
    assert BODY.address in re.sub(r"\s", "", text) or BODY.address[:10] in text


def test_noise_is_seeded_and_splits_labels() -> None:
    paper = licence.licence(BODY, edition="2019")
    noise = words.Noise(seed=2, split_labels=1.0, jitter=0.1)
    first, second = (words.reading(paper, "a.jpg", noise=noise) for _ in range(2))
    assert first == second
    texts = [word.text for word in first.pages[0].words]
    assert "名" in texts
    assert "称" in texts


def test_every_case_has_its_other_side() -> None:
    for name, case in packets.CASES.items():
        if case.twin is not None:
            assert case.twin in packets.CASES, name
    assert packets.CASES["good"].codes == ()


def test_packet_can_be_written_in_every_form(tmp_path: Path) -> None:
    made = packets.good_packet("quality_management", seed=4).without(packets.CREDIT)
    folder = made.write_folder(tmp_path / "folder", "low110")
    assert (folder / "application.json").is_file()
    assert made.write_pdf(tmp_path / "all.pdf", "low110").read_bytes().startswith(b"%PDF")


def test_as_of_is_the_day_of_the_examples() -> None:
    root = Path(__file__).parents[1]
    assert (root / "examples" / "as_of.txt").read_text(encoding="utf-8").strip() == AS_OF.isoformat()
