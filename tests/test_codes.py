from __future__ import annotations

import cv2
import numpy as np
import pytest
import zxingcpp
from numpy.typing import NDArray

from qi_pipeline.reading.codes import find_codes

Pixels = NDArray[np.uint8]


def _code(text: str, side: int, kind: zxingcpp.BarcodeFormat = zxingcpp.BarcodeFormat.QRCode) -> Pixels:
    picture = np.asarray(zxingcpp.create_barcode(text, kind).to_image(), dtype=np.uint8)
    scale = side / picture.shape[1]
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=method), dtype=np.uint8)


def _page(width: int, height: int, *codes: tuple[int, int, Pixels]) -> Pixels:
    page = np.full((height, width, 3), 255, dtype=np.uint8)
    for x, y, code in codes:
        page[y : y + code.shape[0], x : x + code.shape[1]] = code[:, :, None]
    return page


def test_every_code_of_a_page_is_read_from_top_to_bottom() -> None:
    page = _page(
        1654,
        2339,
        (1300, 200, _code("https://example.cn/uniscid=1", 180)),
        (150, 2000, _code("https://example.cn/query?no=2", 160)),
        (600, 1200, _code("JL20260001", 420, zxingcpp.BarcodeFormat.Code128)),
    )
    codes = find_codes(page, 3)
    assert [code.text for code in codes] == [
        "https://example.cn/uniscid=1",
        "JL20260001",
        "https://example.cn/query?no=2",
    ]
    assert {code.page for code in codes} == {3}
    x0, y0, x1, y1 = codes[0].box
    assert (x0, y0) == pytest.approx((1300 / 1654, 200 / 2339), abs=0.02)
    assert (x1, y1) == pytest.approx((1480 / 1654, 380 / 2339), abs=0.02)


def test_a_small_code_on_a_small_blurred_page_is_read() -> None:
    page = _page(524, 727, (60, 560, _code("https://example.cn/cert/320214000012345", 84)))
    blurred = np.asarray(cv2.GaussianBlur(page, (0, 0), 0.7), dtype=np.uint8)
    assert [code.text for code in find_codes(blurred, 1)] == ["https://example.cn/cert/320214000012345"]


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_turned_codes_are_read_where_they_stand(quarter: int) -> None:
    page = np.ascontiguousarray(np.rot90(_page(900, 1200, (100, 150, _code("TURNED-1", 150))), quarter))
    (code,) = find_codes(page, 1)
    assert code.text == "TURNED-1"
    middle = ((code.box[0] + code.box[2]) / 2, (code.box[1] + code.box[3]) / 2)
    place = {1: (225 / 1200, 1 - 175 / 900), 2: (1 - 175 / 900, 1 - 225 / 1200), 3: (1 - 225 / 1200, 175 / 900)}
    assert middle == pytest.approx(place[quarter], abs=0.03)


def test_a_page_of_rules_and_stripes_holds_no_code() -> None:
    page = np.full((1200, 900, 3), 255, dtype=np.uint8)
    page[100:1100:40] = 0
    for x in range(100, 800, 7):
        page[500:560, x : x + (x * 7919) % 5 + 1] = 0
    assert find_codes(page, 1) == ()


@pytest.mark.parametrize("kind", [zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.QRCode], ids=str)
def test_square_codes_of_both_kinds_are_read_beside_large_letters(kind: zxingcpp.BarcodeFormat) -> None:
    page = _page(1654, 2339, (1200, 300, _code("JL-2026-000123", 200, kind)))
    for column in range(4):  # as dense and as square as a code from afar
        cv2.putText(page, "H", (150 + 180 * column, 500), cv2.FONT_HERSHEY_SIMPLEX, 5, (0, 0, 0), 22)
    assert [code.text for code in find_codes(page, 1)] == ["JL-2026-000123"]


def test_a_white_code_on_black_is_read() -> None:
    code = 255 - _code("https://example.cn/a?b=3", 220)
    assert [found.text for found in find_codes(_page(1654, 2339, (300, 400, code)), 1)] == ["https://example.cn/a?b=3"]


@pytest.mark.parametrize("quarter", [0, 1])
@pytest.mark.parametrize(
    "kind",
    [
        zxingcpp.BarcodeFormat.PDF417,
        zxingcpp.BarcodeFormat.Aztec,
        zxingcpp.BarcodeFormat.DataMatrix,
        zxingcpp.BarcodeFormat.Code128,
        zxingcpp.BarcodeFormat.Code39,
    ],
    ids=str,
)
def test_every_kind_of_code_is_read_in_each_direction_on_a_page_of_any_size(
    kind: zxingcpp.BarcodeFormat, quarter: int
) -> None:
    square = kind in (zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.Aztec)
    code = np.rot90(_code("JL-2026-000123", 130 if square else 800, kind), quarter)
    for width, height in ((1654, 2339), (1240, 1754), (2480, 3508)):
        found = find_codes(_page(width, height, (400, 300, np.ascontiguousarray(code))), 1)
        assert [each.text for each in found] == ["JL-2026-000123"], (width, height)
