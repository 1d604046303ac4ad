"""Periods on preprinted forms: digits over 年 月 日 that come as pieces within one another."""

from __future__ import annotations

from papers.invent import institution
from stored_pages import at, centred, document, page

BODY = institution(11)


def paper(*term: tuple[str, float, float]):
    return page(
        centred("安全生产许可证", 0.2, 0.06),
        at("编号：（苏）JZ安许证字〔2024〕007781", 0.4, 0.3),
        at("单位名称：" + BODY.name, 0.1, 0.38),
        at("许可范围：建筑施工", 0.1, 0.43),
        *[at(text, x, y) for text, x, y in term],
        at("发证机关：江苏省住房和城乡建设厅", 0.45, 0.7),
        at("发证日期：2024年05月20日", 0.45, 0.74),
    )


def found(*term: tuple[str, float, float]) -> tuple[object, object, object]:
    fields = document(paper(*term)).fields
    start, end = fields.get("valid_from"), fields.get("valid_to")
    return (start and start.value, end and end.value, fields["scope_text"].value)


def test_month_within_the_words_of_the_form() -> None:
    assert found(
        ("有效期：2024", 0.1, 0.48),
        ("年      月20", 0.22, 0.481),
        ("05", 0.252, 0.478),
        ("日至", 0.335, 0.481),
        ("2027年05月19日", 0.4, 0.479),
    ) == ("2024-05-20", "2027-05-19", "建筑施工")


def test_part_that_is_missing_leaves_the_end_open() -> None:
    # The month of the end was not read at all: no date is made of what is left.
    assert found(
        ("有效期：2024年05月20日至", 0.1, 0.48),
        ("2027年", 0.36, 0.48),
        ("月19日", 0.46, 0.48),
    ) == ("2024-05-20", None, "建筑施工")


def test_plain_period_is_left_as_it_was_read() -> None:
    whole = document(paper(("有效期：2024年05月20日至2027年05月19日", 0.1, 0.48))).fields
    assert whole["valid_to"].value == "2027-05-19"
    assert "pieced" not in whole["valid_to"].checks
