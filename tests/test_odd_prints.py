"""Print that misleads a reader: numbers that check by chance, strokes behind a date, dirt behind a name, odd terms."""

from __future__ import annotations

import pytest

from papers import invent
from qi_pipeline.extraction import authorities
from qi_pipeline.extraction.slope import slope_of
from qi_pipeline.model import Document, Word
from stored_pages import at, centred, documents, page, ruled

BODY = invent.institution(23, division="320205")


def licence(*foot: Word, code: str = "", born: str = "2017年6月16日") -> Document:
    """A licence of 2014 with a 注册号, and these words besides."""
    (found,) = documents(
        page(
            centred("营业执照", 0.1, 0.07),
            at("注册号 320205034399927", 0.55, 0.2),
            at("名称", 0.1, 0.3),
            at(BODY.name, 0.25, 0.3),
            at("法定代表人", 0.1, 0.34),
            at(BODY.person, 0.25, 0.34),
            at("住所", 0.1, 0.38),
            at("江苏省无锡市锡山区石桥路12号3幢405室", 0.25, 0.38),
            at("成立日期", 0.1, 0.42),
            at(born, 0.25, 0.42),
            *([at(code, 0.2, 0.05)] if code else []),
            at("登记机关", 0.55, 0.7),
            *foot,
            at("国家工商行政管理总局监制", 0.6, 0.96),
        )
    )
    return found


def test_a_number_that_checks_by_chance_and_names_no_province_is_no_code() -> None:
    assert "holder_uscc" not in licence(code="320205201706167527").fields
    assert licence(code=BODY.uscc).fields["holder_uscc"].value == BODY.uscc


@pytest.mark.parametrize("behind", [" .", "·", "。", ""])
def test_dirt_behind_a_name_is_no_part_of_it(behind: str) -> None:
    (found,) = documents(
        page(
            centred("测绘资质证书", 0.1, 0.06),
            at(f"单位名称：{BODY.name}{behind}", 0.1, 0.25),
            at("证书编号：32512345", 0.1, 0.3),
            at("发证机关：江苏省自然资源厅", 0.1, 0.35),
            at("有效期至：2028年3月1日", 0.1, 0.4),
        )
    )
    assert found.fields["holder_name"].value == BODY.name


@pytest.mark.parametrize(
    ("pieces", "day"),
    [
        (("2030-01-15", "1 月"), "2030-01-15"),
        (("2030年1月15日", "5"), "2030-01-15"),
        (("2030-01-1", "5 月"), None),
    ],
)
def test_a_stroke_behind_a_whole_date_does_not_hide_it(pieces: tuple[str, str], day: str | None) -> None:
    (found,) = documents(
        page(
            centred("实验室认可证书", 0.1, 0.06),
            at("注册号：CNAS L27542", 0.3, 0.2),
            at("兹证明：", 0.1, 0.25),
            at(BODY.name, 0.3, 0.3),
            at("符合ISO/IEC 17025:2017《检测和校准实验室能力的通用要求》", 0.1, 0.4),
            at("生效日期：2024-01-16", 0.1, 0.5),
            at(f"截止日期：{pieces[0]}", 0.1, 0.54),
            at(pieces[1], 0.42, 0.54),
        )
    )
    field = found.fields["valid_to"]
    assert field.value == day


def test_a_torn_day_is_the_printed_day_rather_than_one_that_a_term_would_give() -> None:
    term = [at("营业期限", 0.1, 0.46), at("二〇一二年八月十九日至二〇三二年八月十八日", 0.25, 0.46)]
    field = licence(*term, at("二年八月十九日", 0.65, 0.8), born="二〇一二年八月十九日").fields["issued_on"]
    assert (field.value, "mended" in field.checks) == ("2012-08-19", True)


def test_a_municipality_has_no_provincial_offices() -> None:
    known = authorities.spelt_out(["上海市"])
    assert {"上海市人力资源和社会保障局", "上海市教育委员会"} <= known
    assert "上海市人力资源和社会保障厅" not in known
    assert "江苏省人力资源和社会保障厅" in known


def test_one_letter_of_a_persons_name_is_printed_and_null() -> None:
    (found,) = documents(
        page(
            centred("营业执照", 0.1, 0.07),
            at("名称", 0.1, 0.3),
            at(BODY.name, 0.25, 0.3),
            at("投资人", 0.1, 0.34),
            at("马", 0.25, 0.34),
            at("住所", 0.1, 0.38),
            at("无锡市锡山区石桥路12号", 0.25, 0.38),
        )
    )
    assert found.fields["legal_representative"].value is None


@pytest.mark.parametrize(("label", "twin"), [("地址", "Address"), ("地 址", "Address")])
def test_a_note_in_brackets_beside_an_english_label_belongs_to_the_address(label: str, twin: str) -> None:
    (found,) = documents(
        page(
            centred("校准证书", 0.05, 0.06),
            at("证书编号:XZ202577221", 0.35, 0.2),
            at("委托单位", 0.15, 0.29),
            at(BODY.name, 0.33, 0.29),
            at(label, 0.15, 0.335),
            at("无锡市锡山区南太西路152号科创园B座636室", 0.33, 0.335),
            at(twin, 0.15, 0.356),
            at("（一照多址）", 0.33, 0.358),
            at("器具名称", 0.15, 0.4),
            at("电子天平", 0.33, 0.4),
        )
    )
    assert found.fields["address"].value == "无锡市锡山区南太西路152号科创园B座636室（一照多址）"


def certificate(*words: Word) -> Document:
    """A CMA certificate with a name, and these words besides."""
    (found,) = documents(
        page(
            centred("检验检测机构资质认定证书", 0.06, 0.05),
            at("证书编号：231012050877", 0.13, 0.22),
            at(f"机构名称：{BODY.name}", 0.13, 0.26),
            *words,
        )
    )
    return found


def test_the_day_of_issue_below_that_of_the_first_issue_is_not_its_second_line() -> None:
    fields = certificate(at("首次发证：2017.3.1", 0.13, 0.67), at("发证日期：2023.3.1", 0.13, 0.7)).fields
    assert fields["issued_on"].value == "2023-03-01"


@pytest.mark.parametrize("label", ["注册地址", "检验检测地址"])
def test_an_address_is_one_by_any_of_its_names(label: str) -> None:
    fields = certificate(at(f"{label}：无锡市新吴区菱湖大道200号", 0.13, 0.3)).fields
    assert fields["address"].value == "无锡市新吴区菱湖大道200号"


@pytest.mark.parametrize(("speck", "kept"), [(".所", True), ("所", True), ("、所", True)])
def test_a_speck_before_the_second_letter_of_a_spread_label(speck: str, kept: bool) -> None:
    (found,) = documents(
        page(
            centred("社会团体法人登记证书", 0.06, 0.05),
            at("统一社会信用代码", 0.139, 0.183),
            at("51320200MATQ443M5J", 0.345, 0.183),
            at("名", 0.139, 0.218),
            at("称", 0.32, 0.218),
            at("无锡市检验检测行业协会", 0.345, 0.218),
            at("法定代表人", 0.139, 0.252),
            at(BODY.person, 0.345, 0.252),
            at("住", 0.139, 0.349),
            at(speck, 0.31 if len(speck) == 2 else 0.32, 0.349),
            at("无锡市滨湖区金融三街", 0.345, 0.349),
            at("嘉业中心5号楼903—905", 0.345, 0.371),
            at("发证机关：（印章）", 0.47, 0.68),
        )
    )
    assert (found.fields["address"].value == "无锡市滨湖区金融三街嘉业中心5号楼903—905") is kept


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("26年7月31日", "2026-07-31"),
        ("026年7月31日", "2026-07-31"),
        ("二六年七月三十一日", "2026-07-31"),
        ("2026/7月31日", "2026-07-31"),
        ("2026午7月31日", "2026-07-31"),
        ("2026年7月31日", "2026-07-31"),
    ],
)
def test_a_year_that_lost_a_sign_is_supposed_and_never_certain(raw: str, day: str) -> None:
    field = certificate(at(f"有效期至：{raw}", 0.13, 0.7)).fields["valid_to"]
    assert (field.value, "mended" in field.checks) == (day, not raw.startswith("2026年"))


def test_numerals_in_another_order_are_no_date() -> None:
    assert certificate(at("有效期至：26.3.1", 0.13, 0.7)).fields["valid_to"].value is None


def test_an_address_goes_on_up_to_a_label_in_brackets() -> None:
    long = [
        at("住所", 0.1, 0.46),
        at("无锡市梁溪区中山路343号东方广场A座", 0.25, 0.46),
        at("21层C、D单元（联系电话：0510-", 0.25, 0.482),
        at("82751234）", 0.25, 0.504),
    ]
    (found,) = documents(page(centred("营业执照", 0.1, 0.07), at("名称", 0.1, 0.4), at(BODY.name, 0.25, 0.4), *long))
    assert found.fields["address"].value == "无锡市梁溪区中山路343号东方广场A座21层C、D单元"


def test_the_rest_of_an_address_in_the_row_of_another_column_stays_with_it() -> None:
    left = [("名称", BODY.name, 0.34), ("类型", "个人独资企业", 0.38), ("投资人", "李娜红", 0.42)]
    right = [
        ("出资额", "300万元", 0.34),
        ("成立日期", "2014年2月18日", 0.38),
        ("住所", "无锡市梁溪区人山东路282号A号", 0.42),
    ]
    (found,) = documents(
        page(
            centred("营业执照", 0.1, 0.05),
            *(at(label, 0.1, y, landscape=True) for label, _, y in left),
            *(at(value, 0.22, y, landscape=True) for _, value, y in left),
            *(at(label, 0.5, y, landscape=True) for label, _, y in right),
            *(at(value, 0.62, y, landscape=True) for _, value, y in right),
            at("楼1760室", 0.62, 0.452, landscape=True),
            at("经营范围", 0.1, 0.456, landscape=True),
            at("许可项目：检验检测服务。", 0.22, 0.49, landscape=True),
            landscape=True,
        )
    )
    assert found.fields["address"].value == "无锡市梁溪区人山东路282号A号楼1760室"


@pytest.mark.parametrize(
    ("printed", "capital"),
    [
        ("住伍拾万元整", "伍拾万元整"),
        ("一500万元整", "500万元整"),
        ("一百万元整", "一百万元整"),
        ("人民币200万元", "人民币200万元"),
        ("美元20万元", "美元20万元"),
    ],
)
def test_a_letter_before_an_amount_is_no_part_of_it(printed: str, capital: str) -> None:
    assert licence(at("注册资本", 0.1, 0.5), at(printed, 0.25, 0.5)).fields["registered_capital"].value == capital


def turned(words: list[Word], tilt: float) -> list[Word]:
    """The words of a straight page in the upright boxes that they have on a page so tilted."""
    aspect, found = 1654 / 2339, []
    for word in words:
        x0, y0, x1, y1 = word.box
        wide, high = (x1 - x0) * aspect, y1 - y0
        x, y = (x0 + x1) / 2 * aspect, (y0 + y1) / 2
        x, y = x - tilt * y, y + tilt * x
        half = (wide / 2, (high + abs(tilt) * wide) / 2)
        box = ((x - half[0]) / aspect, y - half[1], (x + half[0]) / aspect, y + half[1])
        found.append(Word(text=word.text, box=box, confidence=word.confidence))
    return found


@pytest.mark.parametrize("tilt", [0.09, -0.09, 0.0])
def test_a_page_whose_labels_have_a_second_language_below_them_leans_as_its_edges_do(tilt: float) -> None:
    rows = [
        ("客户名称", "Client", "无锡市腾万启检测技术有限公司"),
        ("客户地址", "Address", "无锡市新吴区城东路132-2号976室"),
        ("器具名称", "Name of Instrument", "电子天平"),
        ("型号规格", "Model/Specification", "FB-204S"),
        ("出厂编号", "Serial No.", "K30664"),
        ("制造单位", "Manufacturer", "无锡棠屹青仪器有限公司"),
        ("校准依据", "Reference Document", "JJF 1847-2020 电子天平校准规范"),
    ]
    words = []
    for n, (label, twin, value) in enumerate(rows):
        y = 0.2 + 0.042 * n
        words += [at(label, 0.2, y), at(twin, 0.2, y + 0.018, 0.014), at(value, 0.36, y + 0.009)]
    found = slope_of(turned(words, tilt), 1654 / 2339)
    assert found == pytest.approx(tilt * 1654 / 2339, abs=0.015)


def test_the_room_around_short_lines_does_not_tilt_the_page_over_a_long_one() -> None:
    printed = {
        "认证机构批准书": (0.313, 0.2297, 0.6939, 0.3216),
        "批准号：CNCA-R-2022-1980": (0.6738, 0.3513, 0.8807, 0.3906),
        "机构名称 苏州信瑞宇凯认证有限公司": (0.1112, 0.39, 0.4092, 0.4353),
        "地": (0.1133, 0.442, 0.1338, 0.4704),
        "址": (0.1817, 0.4444, 0.2095, 0.4722),
        "江苏省苏州市吴中区光太西路37号12号楼1107室": (0.2103, 0.4444, 0.5451, 0.4843),
        "法定代表人": (0.1112, 0.4855, 0.2056, 0.5224),
        "邓雯": (0.2099, 0.494, 0.2531, 0.5224),
        "业务范围": (0.1112, 0.5345, 0.2091, 0.5683),
        "管理体系认证：质量管理体系认证、环境管理体系认证、职业健康安全管理体系认证；产品认证": (
            0.2103,
            0.5399,
            0.87,
            0.5889,
        ),
        "工业产品": (0.218, 0.5695, 0.2834, 0.6004),
        "有效期至:2028年04月02日": (0.1099, 0.604, 0.3083, 0.6451),
        "批准机关:国家认证认可监督管理委员会": (0.4917, 0.7521, 0.7888, 0.7987),
        "发证日期:2022年04月03日": (0.4925, 0.8017, 0.6969, 0.8416),
    }
    words = [Word(text=text, box=box, confidence=0.99) for text, box in printed.items()]
    (found,) = documents(page(*words, landscape=True))
    assert found.fields["scope_text"].value.endswith("产品认证工业产品")
    assert found.fields["scope_text"].value.startswith("管理体系认证：质量")


def test_a_page_as_level_either_way_leans_as_its_edges_do() -> None:
    printed = {
        "企业法人营业执照": (0.31069, 0.16196, 0.71686, 0.27419),
        "(副本)": (0.48076, 0.25269, 0.54157, 0.29704),
        "住": (0.10356, 0.35081, 0.12637, 0.38508),
        "名": (0.10641, 0.3078, 0.12827, 0.34274),
        "所宜兴市新康西路52号12号楼102室": (0.20095, 0.36089, 0.45606, 0.41667),
        "称 无锡市途岫正英检测技术有限公司": (0.20238, 0.31519, 0.46366, 0.37634),
        "注册号 320282000729759": (0.67886, 0.30712, 0.86461, 0.35618),
        "实收资本贰仟万圆整": (0.09549, 0.48522, 0.30926, 0.53898),
        "注册资本贰仟万圆整": (0.09834, 0.43952, 0.31164, 0.49328),
        "法定代表人姓名 郑霞": (0.10071, 0.39583, 0.27031, 0.44556),
        "营业期限自二○一二年十月十四日至二○三二年十": (0.54869, 0.45968, 0.93064, 0.53091),
        "成立日期二○一二年十月十四日": (0.55202, 0.40793, 0.82375, 0.46774),
        "月十三日": (0.66841, 0.50403, 0.72922, 0.53629),
        "公司类型": (0.09311, 0.52957, 0.21758, 0.57392),
        "股份有限公司（非上市）": (0.22565, 0.54368, 0.38717, 0.59073),
        "经营范围": (0.09026, 0.57325, 0.21378, 0.61828),
        "仪器仪表销售（除依法须经批准的项目外，凭营业执照依法自": (0.22138, 0.65927, 0.49596, 0.70968),
        "主开展经营活动)": (0.22138, 0.67608, 0.30166, 0.70565),
        "术交流、技术转让、技术推广；环境保护监测；计量技术服务；": (0.22328, 0.64247, 0.50119, 0.69153),
        "批结果为准）一般项目：技术服务、技术开发、技术咨询、技": (0.22423, 0.62567, 0.49786, 0.67339),
        "许可项目：检验检测服务；室内环境检测（依法须经批准的项": (0.22518, 0.59073, 0.49929, 0.63978),
        "目，经相关部门批准后方可开展经营活动，具体经营项目以审": (0.22518, 0.60753, 0.49786, 0.65591),
        "登记机关": (0.619, 0.77419, 0.73159, 0.82594),
        "二〇一二年十月十四日": (0.67126, 0.8629, 0.83895, 0.9086),
    }
    words = [Word(text=text, box=box, confidence=0.99) for text, box in printed.items()]
    (found,) = documents(page(*words, landscape=True))
    assert found.fields["holder_name"].value == "无锡市途岫正英检测技术有限公司"
    assert found.fields["address"].value == "宜兴市新康西路52号12号楼102室"
    assert found.fields["scope_text"].value.startswith("许可项目：检验检测服务；室内环境检测")
    assert found.fields["scope_text"].value.endswith("凭营业执照依法自主开展经营活动）")


PERMIT = [
    ("·企业名称江苏汀赟生物制药股份有限公司", "", "编号", "苏20210077"),
    ("注册地址", "无锡市新吴区和风路26号汇融商务广场F", "分类码", "AhBhCh"),
    ("", "栋", "日常监管机构", "江苏省药品监督管理局无锡检查分局"),
    ("社会信用代码91320214MAY3XQR63K", "", "日常监管人员", "见监管系统"),
    ("法定代表人朗犇", "", "发证机关", "江苏省药品监督管理局"),
    ("企业负责人华囍", "", "有效期至", "2026年01月04日"),
    ("", "", "发证日期", "2021年01月05日"),
]


def permit(rows: list[tuple[str, str, str, str]]) -> Document:
    """A permit in two columns, with labels that no table names."""
    words = [
        at(text, x, 0.24 + 0.045 * n - (0.018 if text == "栋" else 0), 0.018, landscape=True)
        for n, row in enumerate(rows)
        for text, x in zip(row, (0.062, 0.2, 0.56, 0.67), strict=True)
        if text
    ]
    (found,) = documents(page(centred("药品生产许可证", 0.1, 0.05, landscape=True), *words, landscape=True))
    return found


def test_a_label_that_no_table_names_ends_the_value_in_the_column_before_it() -> None:
    fields = permit(PERMIT).fields
    assert fields["address"].value == "无锡市新吴区和风路26号汇融商务广场F栋"
    assert fields["holder_name"].value == "江苏汀赟生物制药股份有限公司"


def test_no_row_of_two_columns_is_a_holder() -> None:
    holder = permit(PERMIT[1:]).fields.get("holder_name")
    assert holder is None or "江苏省药品监督管理局" not in str(holder.value)


@pytest.mark.parametrize(("opening", "sure"), [("兹证明", True), ("许可内容", False)])
def test_a_holder_that_nothing_calls_so_goes_to_a_person(opening: str, sure: bool) -> None:
    (found,) = documents(
        page(
            centred("安全生产许可证", 0.08, 0.05),
            at(opening, 0.1, 0.2),
            centred(BODY.name, 0.26, 0.03),
            at("证书编号：苏安20240001", 0.1, 0.4),
            at("发证机关：江苏省应急管理厅", 0.1, 0.45),
            at("有效期至：2028年3月1日", 0.1, 0.5),
        )
    )
    field = found.fields["holder_name"]
    assert (field.value, "holder_unknown" not in field.checks) == (BODY.name, sure)


def test_the_brackets_of_a_year_are_one_pair() -> None:
    (found,) = documents(
        page(
            centred("安全生产许可证", 0.08, 0.05),
            at("编号：（苏）JZ安许证字〔2024]020877", 0.3, 0.2),
            at(f"单位名称：{BODY.name}", 0.1, 0.3),
            at("有效期至：2028年3月1日", 0.1, 0.5),
        )
    )
    assert found.fields["certificate_number"].value == "（苏）JZ安许证字〔2024〕020877"


def test_a_cell_with_a_label_of_its_own_is_no_other_labels_value() -> None:
    table, _ = ruled(
        [["机构代码", "统一社会信用代码：91320102MAWHJ3JB3A"]], box=(0.09, 0.38, 0.87, 0.44), widths=[1, 4]
    )
    (found,) = documents(
        page(
            centred("专利代理机构执业许可证", 0.2, 0.05),
            at("机构名称", 0.1, 0.33),
            at(BODY.name, 0.225, 0.33),
            at("机构代码", 0.1, 0.4),
            at("32896", 0.225, 0.4),
            at("统一社会信用代码：", 0.5, 0.4),
            at("91320102MAWHJ3JB3A", 0.7, 0.4),
            at("法定代表人", 0.1, 0.5),
            at("孙才", 0.225, 0.5),
            tables=(table,),
        )
    )
    assert found.fields["certificate_number"].value == "32896"
    assert found.fields["holder_uscc"].value == "91320102MAWHJ3JB3A"


def test_a_stamp_over_a_cell_is_no_part_of_its_value() -> None:
    table, _ = ruled([["法定代表人", "吴凯"]], box=(0.09, 0.21, 0.9, 0.25), widths=[1, 4])
    (found,) = documents(
        page(
            centred("企业信用信息公示报告", 0.08, 0.04),
            at("法定代表人", 0.103, 0.223),
            at("吴凯", 0.255, 0.223),
            at("驻资", 0.436, 0.21, 0.045),
            at("统一社会信用代码", 0.103, 0.3),
            at(BODY.uscc, 0.3, 0.3),
            tables=(table,),
        )
    )
    assert found.fields["legal_representative"].value == "吴凯"


def test_a_stamp_beside_a_name_without_a_label_is_no_part_of_it() -> None:
    (found,) = documents(
        page(
            centred("食品安全管理体系认证证书", 0.15, 0.04),
            centred("证书号：56822F76077R0S", 0.22),
            centred("兹证明", 0.254),
            centred(BODY.name, 0.287),
            at("驻审核使用", 0.62, 0.268, 0.045),
            centred("食品安全管理体系符合", 0.45),
            centred("ISO 22000:2018", 0.487),
            at("颁证日期：2022年01月31日", 0.1, 0.67),
        )
    )
    assert found.fields["holder_name"].value == BODY.name


@pytest.mark.parametrize("read", ["二〇一年年八月十九日", "二〇一二年八月监日"])
def test_a_day_of_issue_with_a_sign_read_twice_or_under_the_seal(read: str) -> None:
    field = licence(at(read, 0.65, 0.8), born="二〇一二年八月十九日").fields["issued_on"]
    assert (field.value, "mended" in field.checks) == ("2012-08-19", True)


def test_the_end_of_a_place_that_reads_as_no_end_is_mended() -> None:
    assert authorities.nearest("无锡事民政局", ["无锡市"]) == "无锡市民政局"
    assert authorities.nearest("无锡县民政局", ["无锡市"]) is None


@pytest.mark.parametrize(
    ("printed", "value"),
    [("民山大道323号B幢·2184室", "民山大道323号B幢2184室"), ("民山大道3.5公里处", "民山大道3.5公里处")],
)
def test_a_speck_between_the_parts_of_an_address_is_none_of_it(printed: str, value: str) -> None:
    assert certificate(at(f"地址：{printed}", 0.13, 0.3)).fields["address"].value == value


def changed(*, listed: str = "吴赟") -> Document:
    """A certificate with a list of changes below its values."""
    rows = [["变更事项", "变更后内容", "变更日期"], ["法定代表人", listed, "2026年3月5日"]]
    table, words = ruled(rows, box=(0.1, 0.6, 0.9, 0.7))
    (found,) = documents(
        page(
            centred("安全生产许可证", 0.08, 0.05),
            at("编号：苏安20240001", 0.3, 0.2),
            at(f"单位名称：{BODY.name}", 0.1, 0.3),
            at("法定代表人：周淼", 0.1, 0.35),
            at("单位地址：无锡市锡山区锡北镇泾虹路12号", 0.1, 0.4),
            at("有效期至：2028年3月1日", 0.1, 0.5),
            *words,
            at("发证机关：江苏省应急管理厅", 0.1, 0.85),
            tables=(table,),
        )
    )
    return found


def test_a_list_of_changes_replaces_no_value_and_sends_it_to_a_person() -> None:
    fields = changed().fields
    assert (fields["legal_representative"].value, "changed" in fields["legal_representative"].checks) == ("周淼", True)
    assert "changed" not in fields["address"].checks
    assert fields["issuing_authority"].value == "江苏省应急管理厅"
    assert "changed" not in changed(listed="周淼").fields["legal_representative"].checks


@pytest.mark.parametrize(("listed", "doubtful"), [("吴赟", True), ("周淼", False)])
def test_a_list_of_changes_on_the_next_page_counts_as_well(listed: str, doubtful: bool) -> None:
    rows = [["变更事项", "变更后内容", "变更日期"], ["法定代表人", listed, "2026年3月5日"]]
    table, words = ruled(rows, box=(0.1, 0.1, 0.9, 0.2))
    front = page(
        centred("安全生产许可证", 0.08, 0.05),
        at("编号：苏安20240001", 0.3, 0.2),
        at(f"单位名称：{BODY.name}", 0.1, 0.3),
        at("法定代表人：周淼", 0.1, 0.35),
        at("有效期至：2028年3月1日", 0.1, 0.5),
    )
    behind = page(at("第2页", 0.4, 0.05), *words, tables=(table,), number=2)
    (found,) = documents(front, behind)
    field = found.fields["legal_representative"]
    assert (field.value, field.page, "changed" in field.checks) == ("周淼", 1, doubtful)


@pytest.mark.parametrize(
    ("printed", "serial"),
    [
        (["出厂编号/Serial No.", "L21445900177"], "L21445900177"),
        (["出厂编号/Serial No. L21445900177"], "L21445900177"),
        (["出厂编号/Serial No.：L21445900177"], "L21445900177"),
        (["出厂编号", "L21445/9"], "L21445/9"),
    ],
)
def test_a_label_in_two_languages_with_a_stroke_between_them(printed: list[str], serial: str) -> None:
    (found,) = documents(
        page(
            centred("校准证书", 0.08, 0.05),
            at("证书编号/Certificate No.", 0.1, 0.2),
            at("SHX25-1104-0392", 0.4, 0.2),
            at("委托方/Client", 0.1, 0.25),
            at(BODY.name, 0.4, 0.25),
            *(at(text, 0.1 if not n else 0.4, 0.3) for n, text in enumerate(printed)),
            at("校准日期/Cal. Date", 0.1, 0.35),
            at("2025年11月04日", 0.4, 0.35),
        )
    )
    read = {name: field.value for name, field in found.fields.items()}
    assert read["instrument_serial"] == serial
    assert (read["holder_name"], read["certificate_number"]) == (BODY.name, "SHX25-1104-0392")
    assert read["calibrated_on"] == "2025-11-04"


def test_a_legal_form_below_a_name_without_a_label_is_its_end() -> None:
    (found,) = documents(
        page(
            centred("职业健康安全管理体系认证证书", 0.08, 0.04),
            centred("证书号：CQM24S20087R1S", 0.14),
            centred("兹证明", 0.2),
            centred("江苏喆赟检验检测集团", 0.24, 0.03),
            centred("股份有限公司", 0.275, 0.03),
            centred("建立的职业健康安全管理体系符合标准", 0.4),
            centred("GB/T 45001-2020 / ISO 45001：2018", 0.44),
            at("换证日期：2024-03-11", 0.1, 0.6),
        )
    )
    assert found.fields["holder_name"].value == "江苏喆赟检验检测集团股份有限公司"


def test_a_code_below_the_end_of_its_label_proves_itself() -> None:
    (found,) = documents(
        page(
            centred("安全生产许可证", 0.08, 0.05),
            at("编号：苏安20240001", 0.3, 0.2),
            at(f"单位名称：{BODY.name}", 0.1, 0.3),
            at("统一社会信用代码：", 0.6, 0.3),
            at(BODY.uscc, 0.1, 0.335),
            at("有效期至：2028年3月1日", 0.1, 0.5),
        )
    )
    assert found.fields["holder_uscc"].value == BODY.uscc


def test_a_date_and_the_label_behind_it_read_in_one_are_two() -> None:
    (found,) = documents(
        page(
            centred("校准证书", 0.08, 0.05),
            at("证书编号：SHX25-1104-0392", 0.1, 0.2),
            at("委托方", 0.1, 0.25),
            at(BODY.name, 0.3, 0.25),
            at("接收日期/Receipt Date2025年11月03日校准日期/Cal. Date", 0.1, 0.3, 0.015),
            at("2025年11月04日", 0.53, 0.3, 0.015),
        )
    )
    assert found.fields["calibrated_on"].value == "2025-11-04"


@pytest.mark.parametrize("printed", ["W X-2026-590359", "WX-2026-590359"])
def test_a_letter_set_apart_is_the_first_of_a_reference(printed: str) -> None:
    (found,) = documents(
        page(
            centred("机构入驻申请表", 0.06, 0.04),
            at(f"申请编号：{printed}", 0.1, 0.13),
            at("提交日期：2026年11月20日", 0.63, 0.13),
            at("机构名称", 0.1, 0.2),
            at(BODY.name, 0.3, 0.2),
        )
    )
    assert found.fields["reference"].value == "WX-2026-590359"
