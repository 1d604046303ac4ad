"""Labels and what stands at them, on pages as engines really give them: spread, split, offset, in columns."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qi_pipeline.extraction import readers, terms
from qi_pipeline.extraction.fields import FieldSpec
from qi_pipeline.extraction.harvest import harvest
from qi_pipeline.extraction.labels import Vocabulary
from qi_pipeline.extraction.slope import restored
from qi_pipeline.extraction.values import label_page
from qi_pipeline.model import Cell, Page, Table, Word
from stored_pages import at, centred, page, spread

LABELS = (
    "名称",
    "类型",
    "住所",
    "负责人",
    "法定代表人",
    "注册资本",
    "成立日期",
    "营业期限",
    "经营范围",
    "登记机关",
    "编号",
    "有效期至",
    "发证日期",
    "初次发证日期",
    "换证日期",
    "宗旨和业务范围",
    "业务范围",
    "证书编号",
    "Name",
    "Address",
    "Date of Issue",
    "地址",
)


def read(*words: Word | list[Word], tables: tuple[Table, ...] = ()) -> dict[str, str]:
    """Label to the text that stands at it, for labels with something at them."""
    found = label_page(page(*words, tables=tables), Vocabulary(LABELS))
    return {item.label.text: readers.joined(item.found.lines) for item in found.labelled if item.found.words}


@pytest.mark.parametrize(
    "words",
    [
        [at("法定代表人：沈知微", 0.1, 0.2)],
        [at("法定代表人沈知微", 0.1, 0.2), at("住所：无锡市", 0.1, 0.25)],
        [at("法定代表人 沈知微", 0.1, 0.2)],
        [at("法定代表人", 0.1, 0.2), at("沈知微", 0.25, 0.2)],
        [*spread("法定代表人", 0.1, 0.2, 0.2), at("沈知微", 0.34, 0.2)],
        [at("法定", 0.1, 0.2), at("代表人", 0.18, 0.2), at("沈知微", 0.3, 0.2)],
        [at("法定代表人", 0.1, 0.2), at("沈知微", 0.25, 0.211)],
        [at("法定代表人", 0.1, 0.2), at("沈知微", 0.1, 0.225)],
        [at("法定代衰人：沈知微", 0.1, 0.2)],
        [at("法定代表人（负责人）：沈知微", 0.1, 0.2)],
        [at("（法定代表人：沈知微", 0.1, 0.2)],
    ],
    ids=[
        "colon",
        "no gap",
        "space",
        "two segments",
        "letters apart",
        "split label",
        "value lower",
        "value below",
        "a letter misread",
        "bracket before the colon",
        "bracket in front",
    ],
)
def test_a_label_is_found_however_it_is_printed(words: list[Word]) -> None:
    assert read(*words).get("法定代表人") == "沈知微"


def test_a_label_of_two_characters_in_two_segments() -> None:
    assert read(at("负", 0.1, 0.2), at("责人", 0.17, 0.2), at("沈知微", 0.25, 0.2)) == {"负责人": "沈知微"}


def test_a_label_in_a_sentence_is_no_label() -> None:
    sentence = at("1、主体的经营范围由章程确定。经营范围中属于应当经批准的项目，住所以登记为准", 0.1, 0.4, 0.015)
    assert read(at("名称", 0.1, 0.2), at("无锡检测有限公司", 0.25, 0.2), sentence) == {"名称": "无锡检测有限公司"}


def test_a_longer_label_keeps_a_shorter_one_out() -> None:
    found = read(
        at("初次发证日期：2015年1月2日", 0.1, 0.2),
        at("换证日期：2021年3月4日", 0.1, 0.25),
        at("发证日期：2018年2月3日", 0.1, 0.3),
    )
    assert found["发证日期"] == "2018年2月3日"


def test_a_long_scope_at_the_left_leaves_the_right_column_alone() -> None:
    found = read(
        at("经营范围", 0.08, 0.3, 0.015),
        at("检验检测服务；计量技术服务；技术", 0.2, 0.3, 0.015),
        at("住所", 0.55, 0.3, 0.015),
        at("无锡市滨湖区漪棠路128号", 0.65, 0.3, 0.015),
        at("开发、技术咨询、技术交流；标准化", 0.2, 0.315, 0.015),
        at("科创园3号楼", 0.65, 0.315, 0.015),
        at("服务；企业管理咨询。", 0.2, 0.33, 0.015),
        at("登记机关", 0.6, 0.5, 0.015),
    )
    assert found == {
        "经营范围": "检验检测服务；计量技术服务；技术开发、技术咨询、技术交流；标准化服务；企业管理咨询。",
        "住所": "无锡市滨湖区漪棠路128号科创园3号楼",
    }


def test_the_second_line_of_a_right_value_may_stand_in_the_row_of_a_left_label() -> None:
    found = read(
        at("名称", 0.08, 0.3),
        at("无锡检测有限公司", 0.16, 0.3),
        at("住所", 0.55, 0.3),
        at("无锡市滨湖区漪棠路", 0.65, 0.3),
        at("类型", 0.08, 0.32),
        at("有限责任公司", 0.16, 0.32),
        at("128号", 0.65, 0.32),
    )
    assert found == {"名称": "无锡检测有限公司", "住所": "无锡市滨湖区漪棠路128号", "类型": "有限责任公司"}


def test_a_label_in_two_lines_beside_its_value() -> None:
    found = read(
        at("宗旨和", 0.1, 0.3),
        at("开展食品检验检测，计量检定", 0.25, 0.3),
        at("业务范围", 0.1, 0.32),
        at("校准，标准化技术服务。", 0.25, 0.32),
        at("住所", 0.1, 0.36),
        at("无锡市", 0.25, 0.36),
    )
    assert found["宗旨和业务范围"] == "开展食品检验检测，计量检定校准，标准化技术服务。"
    assert "业务范围" not in found


@pytest.mark.parametrize(("upper", "lower"), [("执行事务合伙", "人"), ("执行事务", "合伙人"), ("法定代表", "人")])
def test_a_label_whose_last_letters_stand_in_a_line_of_their_own(upper: str, lower: str) -> None:
    found = label_page(
        page(
            [at("类型", 0.1, 0.17), at("普通合伙企业", 0.32, 0.17)],
            [at(upper, 0.1, 0.2), at("丁若谷", 0.32, 0.2)],
            at(lower, 0.1, 0.222),
            [at("出资额", 0.1, 0.25), at("50万元整", 0.32, 0.25)],
        ),
        Vocabulary((*LABELS, "执行事务合伙人", "出资额")),
    )
    values = {item.label.text: readers.joined(item.found.lines) for item in found.labelled if item.found.words}
    assert values == {"类型": "普通合伙企业", upper + lower: "丁若谷", "出资额": "50万元整"}


def test_small_print_beside_a_large_label_keeps_its_first_line() -> None:
    found = read(
        at("经营范围", 0.08, 0.303, 0.024),
        at("检验检测服务；计量技术", 0.22, 0.3, 0.014),
        at("服务；技术咨询；认证", 0.219, 0.3112, 0.014),
        at("咨询。", 0.22, 0.3224, 0.014),
    )
    assert found == {"经营范围": "检验检测服务；计量技术服务；技术咨询；认证咨询。"}


def test_centred_lines_under_a_label_belong_together() -> None:
    found = read(
        centred("业务范围：", 0.3),
        centred("预包装食品（含冷藏冷冻食品）销售，散装食品（含冷藏", 0.33),
        centred("冷冻食品）销售", 0.35),
    )
    assert found == {"业务范围": "预包装食品（含冷藏冷冻食品）销售，散装食品（含冷藏冷冻食品）销售"}


def test_a_value_goes_on_beside_the_english_twin_of_its_label() -> None:
    found = read(
        at("地址", 0.15, 0.3),
        at("无锡市梁溪区大道178号科创园A座266室（一照多", 0.33, 0.3),
        at("Address", 0.15, 0.3155, 0.013),
        at("址）", 0.33, 0.322),
        at("证书编号", 0.15, 0.36),
        at("AB123", 0.33, 0.36),
    )
    assert found["地址"] == "无锡市梁溪区大道178号科创园A座266室（一照多址）"


def test_english_values_stay_with_english_labels() -> None:
    found = read(
        at("名称：", 0.1, 0.2),
        at("无锡检测有限公司", 0.2, 0.2),
        at("Name:", 0.1, 0.22),
        at("Wuxi Testing Co., Ltd.", 0.2, 0.22),
    )
    assert found == {"名称": "无锡检测有限公司", "Name": "Wuxi Testing Co., Ltd."}


def test_a_skewed_line_is_one_row() -> None:
    words = [
        at(text, x, 0.3 + 0.05 * x)
        for text, x in (("名称", 0.08), ("无锡检测有限公司", 0.2), ("编号：", 0.6), ("AB1234", 0.75))
    ]
    assert read(*words) == {"名称": "无锡检测有限公司", "编号": "AB1234"}


def test_a_neighbouring_cell_is_the_value() -> None:
    cells = (
        Cell(row=0, column=0, text="名  称", box=(0.1, 0.1, 0.3, 0.15)),
        Cell(row=0, column=1, text="无锡检测\n有限公司", box=(0.3, 0.1, 0.9, 0.15)),
        Cell(row=1, column=0, text="住所", box=(0.1, 0.15, 0.3, 0.2)),
        Cell(row=1, column=1, text="", box=(0.3, 0.15, 0.9, 0.2)),
    )
    table = Table(box=(0.1, 0.1, 0.9, 0.2), rows=2, columns=2, cells=cells)
    assert read(tables=(table,)) == {"名称": "无锡检测有限公司"}


@pytest.mark.parametrize(
    ("behind", "value"), [("栋1907层", "苏州市吴中区湖青路263号A栋1907层"), ("备注", "苏州市吴中区湖青路263号A")]
)
def test_a_line_that_a_streak_of_the_scanner_parts_is_one_value(behind: str, value: str) -> None:
    def cell(column: int, text: str, x0: float, x1: float, span: int = 1) -> Cell:
        return Cell(row=0, column=column, column_span=span, text=text, box=(x0, 0.29, x1, 0.32))

    table = Table(
        box=(0.09, 0.29, 0.92, 0.32),
        rows=1,
        columns=4,
        cells=(
            cell(0, "住所", 0.09, 0.24),
            cell(1, "苏州市吴中区湖青路263号A", 0.25, 0.467),
            cell(2, behind, 0.47, 0.92, 2),
        ),
    )
    whole = Word(text="苏州市吴中区湖青路263号A栋1907层", box=(0.25, 0.295, 0.53, 0.31), confidence=0.99)
    other = Word(text=behind, box=(0.5, 0.295, 0.6, 0.31), confidence=0.99)
    cut = Word(text="苏州市吴中区湖青路263号A", box=(0.25, 0.295, 0.46, 0.31), confidence=0.99)
    words = (at("住所", 0.1, 0.295), *([whole] if behind != "备注" else [cut, other]))
    labels = label_page(replace(page(*words), tables=(table,)), Vocabulary(["住所"]))
    (found,) = [each.found for each in labels.labelled if each.label.text == "住所"]
    assert "".join(found.lines) == value


def test_a_header_row_of_labels_is_no_form() -> None:
    cells = tuple(
        Cell(row=0, column=n, text=text, box=(0.1 * n, 0.1, 0.1 * n + 0.1, 0.15))
        for n, text in enumerate(("名称", "编号"))
    )
    assert read(tables=(Table(box=(0, 0.1, 0.2, 0.15), rows=1, columns=2, cells=cells),)) == {}


def boxed(*words: Word) -> Page:
    return page(*words)


def test_the_box_of_a_value_leaves_its_label_out() -> None:
    whole = at("法定代表人：沈知微", 0.1, 0.2)
    labels = label_page(boxed(whole), Vocabulary(LABELS))
    field = harvest([labels], [FieldSpec(name="legal_representative", labels=("法定代表人",), read=readers.person)])[
        "legal_representative"
    ]
    x0, y0, x1, y1 = field.box
    assert (y0, x1, y1) == (whole.box[1], whole.box[2], whole.box[3])
    assert x0 == pytest.approx(0.1 + (whole.box[2] - 0.1) * 6 / 9, abs=0.01)


@pytest.mark.parametrize(
    ("printed", "value"),
    [("2027年3月1日", "2027-03-01"), ("2027年2月30日", None), ("20?7年3月#日", None)],
)
def test_a_printed_date_that_cannot_be_read_is_null(printed: str, value: str | None) -> None:
    labels = label_page(boxed(at(f"有效期至：{printed}", 0.1, 0.2)), Vocabulary(LABELS))
    fields = harvest([labels], terms.term(("有效期至",)))
    assert fields["valid_to"].value == value


def test_a_blank_date_is_not_printed() -> None:
    labels = label_page(boxed(at("有效期至：    年  月  日", 0.1, 0.2)), Vocabulary(LABELS))
    assert harvest([labels], terms.term(("有效期至",))) == {}


def test_a_term_in_years_counts_from_the_day_of_issue() -> None:
    labels = label_page(
        boxed(at("发证日期：2024年2月29日", 0.1, 0.2), at("有效期至：三年", 0.1, 0.25)), Vocabulary(LABELS)
    )
    specs = (*terms.term(("有效期至",)), FieldSpec(name="issued_on", labels=("发证日期",), read=terms.day))
    field = harvest([labels], specs)["valid_to"]
    assert (field.value, field.derived) == ("2027-02-27", True)


def test_a_term_in_years_without_a_start_stays_unread() -> None:
    labels = label_page(boxed(at("有效期至：三年", 0.1, 0.25)), Vocabulary(LABELS))
    assert harvest([labels], terms.term(("有效期至",)))["valid_to"].value is None


def test_a_date_broken_over_two_lines_is_read_whole() -> None:
    words = [at("营业期限：2017年4月10日至2037年4月1", 0.1, 0.2), at("9日", 0.2, 0.22)]
    fields = harvest([label_page(boxed(*words), Vocabulary(LABELS))], terms.term(("营业期限",)))
    assert (fields["valid_from"].value, fields["valid_to"].value) == ("2017-04-10", "2037-04-19")


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (("苏州市某某共享实验室", "有限公司"), "苏州市某某共享实验室有限公司"),
        (("无锡某某检测中心", "（普通合伙）"), "无锡某某检测中心（普通合伙）"),
        (("无锡某某检测中心", "无锡市滨湖区"), "无锡某某检测中心"),
    ],
)
def test_a_name_goes_on_where_its_first_line_ends_like_a_whole_name(lines: tuple[str, str], name: str) -> None:
    spec = FieldSpec(name="holder_name", labels=("名称",), read=readers.name)
    first, second = lines
    found = label_page(page(at("名称", 0.1, 0.2), at(first, 0.2, 0.2), at(second, 0.2, 0.225)), Vocabulary(LABELS))
    assert harvest([found], (spec,))["holder_name"].value == name


def test_labels_that_run_into_a_year_are_labels() -> None:
    found = read(
        at("住", 0.1, 0.2),
        at("所", 0.2, 0.2),
        at("无锡市惠山区棠西路16-3号109", 0.23, 0.2),
        at("成立日期二〇一二年四月二十四日", 0.6, 0.205),
        at("室", 0.23, 0.22),
        at("营业期限自二〇一二年四月二十四日", 0.6, 0.235),
        at("至二〇三二年四月二十三日", 0.68, 0.255),
    )
    assert found["住所"] == "无锡市惠山区棠西路16-3号109室"
    assert found["成立日期"] == "二〇一二年四月二十四日"
    assert found["营业期限"].startswith("自二〇一二年")
    assert found["营业期限"].endswith("二〇三二年四月二十三日")


@pytest.mark.parametrize(
    "over",
    ["此件与原件一致", "本复印件仅供入驻审核使用", "他用无效", "再次复印无效", "年检合格", "与原件核对无误"],
)
def test_what_is_stamped_beside_a_value_is_no_part_of_it(over: str) -> None:
    assert read(at("住所：无锡市惠山区棠西路16号", 0.1, 0.2), at(over, 0.45, 0.2))["住所"] == "无锡市惠山区棠西路16号"


@pytest.mark.parametrize("above", ["(副本)", "副本（1-1）", "正 本"])
def test_which_copy_a_paper_is_is_no_value_of_the_label_close_below(above: str) -> None:
    label = at("编号：", 0.36, 0.244)
    number = at("苏建检字第20252578号", label.box[2], 0.244)
    mark = at(above, label.box[2] + 0.005, 0.233)
    assert read(mark, label, number)["编号"] == "苏建检字第20252578号"


def test_a_punched_hole_is_no_part_of_a_value_but_a_letter_of_it_is() -> None:
    line = at("住所：无锡市惠山区棠西路16号", 0.1, 0.2)
    assert read(line, at("O", 0.93, 0.2))["住所"] == "无锡市惠山区棠西路16号"
    assert read(line, at("O", line.box[2] + 0.002, 0.2))["住所"].endswith("O")


def test_a_slanting_mark_is_no_part_of_the_value_it_crosses() -> None:
    mark = Word(text="供入驻审核", box=(0.3, 0.1, 0.6, 0.3), confidence=0.9)
    assert read(at("住所：无锡市惠山区棠西路16号", 0.1, 0.2), mark)["住所"] == "无锡市惠山区棠西路16号"


def test_the_papers_own_sentence_goes_on_with_no_value() -> None:
    scope = at("授权项目：见附件", 0.1, 0.2)
    vocabulary = Vocabulary((*LABELS, "授权项目"))
    shown = page(
        scope, at("依据《中华人民共和国计量法》有关规定，授权你机构", 0.12, 0.225), at("开展上述项目。", 0.1, 0.25)
    )
    found = {item.label.text: item.found.lines for item in label_page(shown, vocabulary).labelled}
    assert found["授权项目"] == ("见附件",)


def test_a_reminder_in_another_column_ends_no_value() -> None:
    found = read(
        at("经营范围", 0.1, 0.2),
        at("检验检测服务；计量技术服务；仪器仪表", 0.3, 0.2),
        at("请于每年1月1日至6月30日", 0.02, 0.222),
        at("销售；环境保护监测", 0.3, 0.222),
    )
    assert found["经营范围"] == "检验检测服务；计量技术服务；仪器仪表销售；环境保护监测"


def test_the_last_letter_of_a_date_is_not_taken_by_the_address_below_it() -> None:
    found = read(
        at("营业期限", 0.1, 0.2),
        at("2010年02月24日至2029年04月24", 0.26, 0.2),
        at("日", 0.26, 0.218),
        at("住", 0.1, 0.236),
        at("所", 0.2, 0.236),
        at("无锡市惠山区棠西路12-3号", 0.26, 0.236),
        at("1880室", 0.26, 0.256),
    )
    assert found["住所"] == "无锡市惠山区棠西路12-3号1880室"
    assert found["营业期限"].endswith("24日")


def test_a_value_that_fills_its_line_over_one_that_reads_badly_is_doubtful() -> None:
    def sure(below: float) -> float:
        words = [
            at("地址", 0.1, 0.2),
            at("无锡市惠山区棠西路12-3号大学科技园1号楼西侧", 0.2, 0.2),
            at("负责人", 0.1, 0.224),
            replace(at("有限责侄", 0.2, 0.219), confidence=below),
        ]
        spec = FieldSpec(name="address", labels=("地址",), read=readers.address)
        return harvest([label_page(page(*words), Vocabulary(LABELS))], [spec])["address"].confidence

    assert sure(0.72) == 0.72
    assert sure(0.99) > 0.9


def test_a_type_below_a_name_whose_label_is_lost_is_no_part_of_the_name() -> None:
    words = [
        at("名称", 0.1, 0.2),
        at("无锡汀屹石检测技术有限公司", 0.2, 0.2),
        at("有限责任公司（自然人投资或控股）", 0.2, 0.225),
    ]
    spec = FieldSpec(name="holder_name", labels=("名称",), read=readers.name)
    assert (
        harvest([label_page(page(*words), Vocabulary(LABELS))], [spec])["holder_name"].value
        == "无锡汀屹石检测技术有限公司"
    )


@pytest.mark.parametrize("fall", [-0.07, -0.03, 0.0, 0.03, 0.07])
def test_columns_keep_apart_on_a_crooked_page(fall: float) -> None:
    straight = [
        at("名称", 0.1, 0.2),
        at("无锡汀屹石检测技术有限公司", 0.2, 0.2),
        at("成立日期", 0.6, 0.2),
        at("2008年12月03日", 0.72, 0.2),
        at("经营范围", 0.1, 0.23),
        at("许可项目：检验检测服务；室内环境检测", 0.2, 0.23),
        at("营业期限", 0.6, 0.23),
        at("2008年12月03日至长期", 0.72, 0.23),
        at("一般项目：技术服务、技术开发、技术咨询", 0.2, 0.25),
        at("住所", 0.6, 0.26),
        at("无锡市惠山区棠西路12-3号", 0.72, 0.26),
    ]
    crooked = [restored(word, fall) for word in straight]
    found = read(*crooked)
    assert found == read(*straight)
    labelled = label_page(page(*crooked), Vocabulary(LABELS)).labelled
    address = next(item for item in labelled if item.label.text == "住所").found.words[0]
    assert address.box == pytest.approx(crooked[-1].box, abs=0.004)


@pytest.mark.parametrize(
    ("printed", "name"), [("法定代表人韩岫青", "韩岫青"), ("法定代表人签字", None), ("法定代表人应当负责", None)]
)
def test_a_name_that_follows_its_label_without_a_gap_is_its_value(printed: str, name: str | None) -> None:
    """On a page seen aslant no other label stands below it to tell that it is one."""
    assert read(at(printed, 0.13, 0.3), at("名称：无锡汀屹石检测中心", 0.2, 0.2)).get("法定代表人") == name


def test_lines_go_on_with_a_value_that_was_read_in_one_with_its_spread_label() -> None:
    """经　营　范　围 and the first line in one run: its letters say 0.149 where the value begins at 0.189."""

    def printed(text: str, x0: float, y0: float, x1: float) -> Word:
        return Word(text=text, box=(x0, y0, x1, y0 + 0.0193), confidence=1.0)

    words = (
        printed("法定代表人沈慕青", 0.0875, 0.454, 0.2287),
        printed("经营范围许可项目：检验检测服务（依法须经批准的项目，经相", 0.0875, 0.497, 0.5163),
        printed("关部门批准后方可开展经营活动）一般项目：技术服", 0.1885, 0.529, 0.5026),
        printed("务、计量技术服务", 0.1885, 0.559, 0.3),
        printed("注册资本", 0.5589, 0.497, 0.62),
    )
    sheet = replace(page(), width=2339, height=1654, words=words)
    found = label_page(sheet, Vocabulary(LABELS))
    scope = next(item.found for item in found.labelled if item.label.text == "经营范围")
    assert readers.joined(scope.lines).endswith("一般项目：技术服务、计量技术服务")


def test_labels_that_all_run_into_their_values_are_labels_where_they_stand_in_a_column() -> None:
    def rows(*lines: str) -> dict[str, str]:
        words = [at(line, 0.1, 0.3 + 0.04 * row) for row, line in enumerate(lines)]
        return read(*words, at("发证日期：2025年07月27日", 0.6, 0.8))

    found = rows("名称无锡汀屹石检测中心", "地址无锡市惠山区棠西路16号", "有效期至2027年06月01日")
    assert found["名称"] == "无锡汀屹石检测中心"
    assert found["地址"] == "无锡市惠山区棠西路16号"
    assert "地址" not in rows("我单位承诺", "地址无锡市惠山区棠西路16号变更时告知", "并承担责任")


def test_a_scope_is_mended_where_it_can_not_be_printed_so_and_is_less_sure() -> None:
    def scope(text: str) -> tuple[object, float]:
        spec = FieldSpec(name="scope_text", labels=("经营范围",), read=readers.scope)
        labelled = label_page(page(at("经营范围：" + text, 0.1, 0.2)), Vocabulary(LABELS))
        field = harvest([labelled], [spec])["scope_text"]
        return field.value, field.confidence

    assert scope("仪器仪表销售")[1] > 0.95
    assert scope("仅器仪表销售") == ("仪器仪表销售", 0.85)
    assert scope("仅限电子产品")[0] == "仅限电子产品"
    assert scope("检测（依法须经批准的项目，方可开展经营活动")[0] == "检测（依法须经批准的项目，方可开展经营活动）"
    assert scope("检测（不含特种设备")[0] == "检测（不含特种设备"


def in_a_column(x: float, rows: int) -> Page:
    """Labels at the left margin, and all values at one edge far away."""
    said = (("证书编号：", "221020340987"), ("名称：", "无锡汀屹石检测技术有限公司"), ("住所：", "江阴市霁西路1号"))
    words = []
    for n, (label, value) in enumerate(said[:rows]):
        words += [at(label, 0.09, 0.2 + 0.04 * n), at(value, x, 0.2 + 0.04 * n)]
    return page(*words)


def test_values_at_one_edge_belong_to_short_labels_far_away() -> None:
    found = {
        each.label.text: "".join(each.found.lines)
        for each in label_page(in_a_column(0.4, 3), Vocabulary(LABELS)).labelled
    }
    assert found == {"证书编号": "221020340987", "名称": "无锡汀屹石检测技术有限公司", "住所": "江阴市霁西路1号"}


def test_lone_print_far_away_is_no_value() -> None:
    found = {each.label.text: each.found.words for each in label_page(in_a_column(0.4, 2), Vocabulary(LABELS)).labelled}
    assert found["名称"] == ()


def test_a_label_with_its_english_below_it_in_one_cell() -> None:
    box = (0.1, 0.2, 0.9, 0.3)
    cells = (
        Cell(row=0, column=0, text="名称\nName of Client", box=(0.1, 0.2, 0.4, 0.25)),
        Cell(row=0, column=1, text="无锡砚桥检测有限公司", box=(0.4, 0.2, 0.9, 0.25)),
    )
    words = (
        at("名称", 0.12, 0.205, 0.015),
        at("Name of Client", 0.12, 0.225, 0.015),
        at("无锡砚桥检测有限公司", 0.42, 0.21),
    )
    assert read(*words, tables=(Table(box=box, rows=1, columns=2, cells=cells),)) == {"名称": "无锡砚桥检测有限公司"}


def test_the_second_letter_of_a_label_that_came_into_another_row() -> None:
    """住 stands in the row of the left column, 所 in that of its value; two labels of two letters make the edge."""
    firm = [at("注册资本", 0.534, 0.3), at("10 万元整", 0.66, 0.3), at("营业期限", 0.534, 0.34), at("永久", 0.66, 0.34)]
    words = [*firm, at("住", 0.534, 0.38), at("无锡市砚桥路", 0.66, 0.388)]
    split = [*words, at("所", 0.62, 0.388)]
    assert read(*split)["住所"] == "无锡市砚桥路"
    # 所 before a name is a letter of the value where the label is whole.
    whole = [*firm, at("住所：", 0.534, 0.38), at("所前路 8 号", 0.66, 0.38)]
    assert read(*whole)["住所"] == "所前路8号"
