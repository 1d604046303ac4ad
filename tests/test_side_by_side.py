"""Papers in two languages side by side on one upright page, titles set in two lines, letters that two boxes hold."""

from __future__ import annotations

from qi_pipeline.extraction.doubled_ends import without_doubled_ends
from qi_pipeline.extraction.spreads import faces
from qi_pipeline.model import Word
from stored_pages import HEIGHT, WIDTH, at, centred, document, page, values

CHINESE = (
    at("环境管理体系", 0.1, 0.06, 0.026),
    at("认证证书", 0.1, 0.092, 0.026),
    at("证书编号：YQ25E20418R2M", 0.1, 0.13),
    at("兹证明", 0.1, 0.16),
    at("无锡砚桥仪器有限公司", 0.1, 0.19),
    at("(91320214MATU80TY37)", 0.1, 0.215),
    at("注册地址：无锡市锡山区鹅湖镇苕原", 0.1, 0.25),
    at("路 6 号", 0.1, 0.272),
    at("建立的管理体系符合标准：", 0.1, 0.34),
    at("GB/T 24001-2016/ISO 14001:2015", 0.1, 0.365),
    at("覆盖范围：分析仪器的生产和销售", 0.1, 0.4),
    at("颁证日期：2025 年 1 月 16 日", 0.1, 0.48),
    at("有效期至：2028 年 1 月 15 日", 0.1, 0.51),
)
ENGLISH = (
    at("Environmental", 0.53, 0.055, 0.026),
    at("Management System", 0.53, 0.08, 0.026),
    at("Certificate", 0.53, 0.105, 0.026),
    at("Certificate No.: YQ25E20418R2M", 0.53, 0.135),
    at("This is to certify that", 0.53, 0.16),
    at("Wuxi Yanqiao Instrument Co., Ltd.", 0.53, 0.185),
    at("Registered address: No.6 Tiaoyuan", 0.53, 0.24),
    at("Road, Ehu Town, Xishan District", 0.53, 0.264),
    at("Date of issue: Jan. 16, 2025", 0.53, 0.47),
    at("Valid until: Jan. 15, 2028", 0.53, 0.5),
)
FOOT = (centred("江苏晴衡认证有限公司", 0.63),)


def test_each_language_is_read_by_itself() -> None:
    found = document(page(*CHINESE, *ENGLISH, *FOOT))
    assert found.kind == "management_system_certificate"
    assert values(found.fields) == {
        "certificate_number": "YQ25E20418R2M",
        "holder_name": "无锡砚桥仪器有限公司",
        "holder_uscc": "91320214MATU80TY37",
        "address": "无锡市锡山区鹅湖镇苕原路6号",
        "scope_text": "分析仪器的生产和销售",
        "issued_on": "2025-01-16",
        "valid_to": "2028-01-15",
        "issuing_authority": "江苏晴衡认证有限公司",
    }


def test_a_column_without_a_title_is_none() -> None:
    untitled = tuple(word for word in ENGLISH if "ertificate" not in word.text)
    assert [len(paper) for paper in faces(page(*CHINESE, *ENGLISH, *FOOT))] == [2]
    assert [len(paper) for paper in faces(page(*CHINESE, *untitled, *FOOT))] == [1]
    # Nor are labels at the left and values in Latin letters at the right, with a line across between them.
    assert [len(paper) for paper in faces(page(*CHINESE, *ENGLISH, centred("两种文字同等有效" * 3, 0.3)))] == [1]


def test_a_letter_that_two_boxes_hold_is_printed_once() -> None:
    aspect = WIDTH / HEIGHT
    whole = at("500万元整", 0.3, 0.2)
    label = at("注册资本5", 0.21, 0.2)
    label = Word(text=label.text, box=(0.21, 0.2, 0.311, label.box[3]), confidence=0.97)
    assert [word.text for word in without_doubled_ends((label, whole), aspect)] == ["注册资本", "500万元整"]
    # Beside each other and alike, but in no common place: 5 and 500 stay two numbers.
    apart = Word(text=label.text, box=(0.19, 0.2, 0.298, label.box[3]), confidence=0.97)
    assert [word.text for word in without_doubled_ends((apart, whole), aspect)] == ["注册资本5", "500万元整"]
    # Nor is another letter taken away where boxes overlap.
    other = Word(text="注册资本8", box=label.box, confidence=0.97)
    assert [word.text for word in without_doubled_ends((other, whole), aspect)] == ["注册资本8", "500万元整"]


def test_pieces_of_one_title_are_no_titles() -> None:
    """A title found in two pieces, its first letters misread, is not the other title that ends like it."""
    rest = (at("机构名称：无锡砚桥知识产权代理有限公司", 0.1, 0.3), at("机构代码：32889", 0.1, 0.36))
    torn = document(page(at("マ利代", 0.2, 0.15, 0.05), at("理机构执业许可证", 0.36, 0.15, 0.05), *rest))
    assert torn.kind == "patent_agency_licence"
