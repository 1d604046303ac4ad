"""Papers that are no certificates: rules, proofs of capability, equipment statements, credit reports, and others."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date

from papers import invent, marks
from papers.form import Instrument, instruments
from papers.invent import Institution
from papers.sheet import Paper, Sheet


def _body_text(sheet: Sheet, y: float, paragraphs: list[str], *, size: float = 4.4, face: str = "song") -> float:
    for text in paragraphs:
        y = sheet.paragraph(26, y, 158, text, size, leading=1.7, indent=size * 2, face=face)
    return y


def rules(body: Institution, *, title: str | None = None, own_seal: bool = True, seed: int = 0) -> Paper:
    """管理制度文件: a cover and two pages of numbered rules."""
    rng = random.Random(f"rules{seed}{body.uscc}")
    title = title or rng.choice(
        ("质量管理制度汇编", "检验检测质量手册", "客户服务与投诉处理管理制度", "管理制度文件汇编")
    )
    cover = Sheet()
    cover.text(105, 60, body.name, 7.4 if len(body.name) < 22 else 5.8, face="song_bold", anchor="centre")
    cover.text(105, 96, title, 12, face="hei_bold", anchor="centre", spacing=2)
    cover.text(
        105, 130, f"文件编号：{rng.choice(('QM', 'ZD', 'QP'))}-{rng.randint(1, 99):02d}-2025", 4.8, anchor="centre"
    )
    cover.text(105, 140, "版本号：A/1　　受控状态：受控", 4.8, anchor="centre")
    for n, (label, day) in enumerate(
        (("编制日期：", "2025年01月06日"), ("批准日期：", "2025年01月10日"), ("实施日期：", "2025年02月01日"))
    ):
        cover.text(70, 176 + n * 10, label + day, 4.6)
    if own_seal:
        marks.own_seal(cover, body.name, x=132, y=214, seed=seed)
    cover.text(105, 262, f"{body.name}　发布", 5, face="hei", anchor="centre")
    inner = Sheet()
    inner.text(105, 22, title, 6, face="hei_bold", anchor="centre")
    inner.text(26, 34, "第一章　总则", 4.8, face="hei")
    y = _body_text(
        inner,
        44,
        [
            "第一条　为规范本机构服务活动，保证服务质量，依据有关法律法规和标准，制定本制度。",
            "第二条　本制度适用于本机构全体人员及所有服务项目。",
            "第三条　本机构实行总经理负责制，质量负责人主管管理体系的建立、实施和改进。",
        ],
    )
    inner.text(26, y + 3, "第二章　投诉与保密", 4.8, face="hei")
    _body_text(
        inner,
        y + 13,
        [
            "第四条　客服人员收到投诉后，应在一个工作日内登记，五个工作日内给出处理意见。",
            "第五条　全体人员应当保守客户的技术和商业秘密，未经许可不得向第三方提供。",
            "第六条　记录保存期限不少于六年。",
        ],
    )
    inner.text(105, 284, "第 1 页 共 2 页", 3.6, anchor="centre")
    return Paper("management_rules", [cover, inner], {})


_PROOFS = (
    "技术能力证明材料",
    "近三年主要业绩一览表",
    "能力验证结果通知单",
    "获奖情况说明",
    "技术人员资格一览表",
    "技术服务合同",
)


def capability(body: Institution, *, title: str = _PROOFS[0], own_seal: bool = True, seed: int = 0) -> Paper:
    """capability_proof in one of its shapes."""
    rng = random.Random(f"capability{seed}{body.uscc}{title}")
    sheet = Sheet()
    sheet.text(105, 26, title, 8.6, face="hei_bold", anchor="centre", spacing=1.5)
    client = f"{invent.coinage(rng)}精密机械有限公司"
    if title == "近三年主要业绩一览表":
        sheet.text(26, 44, f"单位名称：{body.name}", 4.2)
        table: list[list[str | None]] = [["序号", "委托单位", "服务内容", "合同金额", "完成时间"]]
        for n in range(1, 6):
            table.append(
                [
                    str(n),
                    f"{invent.coinage(rng)}科技有限公司",
                    rng.choice(("产品委托检测", "计量校准服务", "体系咨询", "标准起草")),
                    f"{rng.randint(2, 60)}.5万元",
                    f"202{rng.randint(4, 6)}年{rng.randint(1, 10)}月",
                ]
            )
        y = sheet.table(22, 54, (14, 62, 44, 24, 26), table, size=3.8, centre=(0,), min_height=9)
    elif title == "技术人员资格一览表":
        table = [["序号", "姓名", "职称/资格", "专业", "从业年限"]]
        table += [
            [
                str(n),
                invent.person(rng),
                rng.choice(("高级工程师", "工程师", "注册计量师")),
                rng.choice(("分析化学", "测控技术", "机械")),
                str(rng.randint(3, 22)),
            ]
            for n in range(1, 7)
        ]
        y = sheet.table(22, 50, (14, 36, 48, 42, 30), table, size=3.8, centre=(0,), min_height=9)
    elif title == "能力验证结果通知单":
        y = _body_text(
            sheet,
            48,
            [
                f"参加机构：{body.name}",
                f"计划编号：PT-{rng.randint(2024, 2026)}-{rng.randint(100, 999)}",
                "项目名称：食品中铅含量的测定",
                "结果评价：满意（|z|≤2）",
                "特此通知。",
            ],
        )
    elif title == "技术服务合同":
        y = _body_text(
            sheet,
            48,
            [
                f"委托方（甲方）：{client}",
                f"受托方（乙方）：{body.name}",
                "第一条　服务内容：乙方为甲方提供产品委托检验检测技术服务，并按约定出具报告。",
                "第二条　服务期限：2026年1月1日至2026年12月31日。",
                "第三条　服务费用：人民币贰拾万元整，分两次支付。",
                "第四条　双方应当对在履行合同中知悉的对方技术秘密保密。",
            ],
        )
        marks.seal(sheet, 60, y + 40, client, size=40, centre="合同专用章", turn=-8, seed=seed)
        sheet.text(30, y + 22, "甲方（盖章）", 4.4)
        sheet.text(116, y + 22, "乙方（盖章）", 4.4)
    else:
        y = _body_text(
            sheet,
            48,
            [
                (
                    f"{body.name}成立于{body.established_on.year}年，现有专业技术人员{rng.randint(12, 80)}"
                    f"人，其中高级职称{rng.randint(2, 9)}人。"
                ),
                f"近三年累计为{rng.randint(120, 900)}家企业提供技术服务，客户满意度98%以上。",
                f"2025年获得“{invent.coinage(rng)}杯”质量创新大赛二等奖。",
                "特此说明。",
            ],
        )
    if own_seal:
        marks.own_seal(sheet, body.name, x=150, y=min(250, y + 38), seed=seed)
    sheet.text(124, min(262, y + 56), "2026年10月12日", 4.4)
    return Paper("capability_proof", [sheet], {}, title)


def equipment_statement(
    body: Institution,
    kit: tuple[Instrument, ...] | None = None,
    *,
    title: str | None = None,
    own_seal: bool = True,
    seed: int = 0,
) -> Paper:
    """仪器设备情况说明, 设备清单 or 区域领先说明."""
    rng = random.Random(f"equipment{seed}{body.uscc}")
    title = title or rng.choice(("仪器设备情况说明", "仪器设备清单", "设备区域领先情况说明"))
    kit = kit or instruments(seed, 3)
    sheet = Sheet()
    sheet.text(105, 26, title, 8.6, face="hei_bold", anchor="centre", spacing=1.5)
    sheet.text(26, 42, f"单位名称：{body.name}", 4.2)
    table: list[list[str | None]] = [["序号", "设备名称", "型号规格", "出厂编号", "制造厂", "原值", "状态"]]
    table += [[str(n), e.name, e.model, e.serial, e.maker, e.value, "完好"] for n, e in enumerate(kit, 1)]
    y = sheet.table(18, 52, (12, 46, 28, 26, 36, 22, 16), table, size=3.5, centre=(0,), min_height=10)
    y = _body_text(
        sheet,
        y + 8,
        [
            (
                "上述设备运行保养良好，均按周期检定或校准，相关技术指标和共享能力在无锡地区处于领先地"
                "位，年均对外服务机时超过1200小时。"
            ),
            "特此说明。",
        ],
    )
    if own_seal:
        marks.own_seal(sheet, body.name, x=150, y=y + 30, seed=seed)
    sheet.text(124, y + 46, "2026年10月20日", 4.4)
    return Paper("equipment_statement", [sheet], {}, title)


def credit_report(
    body: Institution,
    *,
    source: str = "信用中国",
    printed_on: date = date(2026, 11, 16),
    abnormal: int = 0,
    serious: int = 0,
    penalties: int = 0,
    own_seal: bool = True,
    seed: int = 0,
) -> Paper:
    """A report of 信用中国 or 企业信用信息公示报告."""
    sheet = Sheet()
    if source == "信用中国":
        sheet.text(20, 16, "信用中国", 7, face="hei_bold", colour=(190, 40, 40))
        sheet.text(105, 34, "法人和非法人组织公共信用信息报告", 7.4, face="hei_bold", anchor="centre")
    else:
        sheet.text(105, 18, "国家企业信用信息公示系统", 6, face="hei_bold", anchor="centre", colour=(40, 70, 150))
        sheet.text(105, 34, "企业信用信息公示报告", 8, face="hei_bold", anchor="centre")
    sheet.text(20, 50, f"报告编号：{printed_on:%Y%m%d}{random.Random(seed).randrange(10**9, 10**10)}", 3.6)
    sheet.text(120, 50, f"生成时间：{printed_on.year}年{printed_on.month:02d}月{printed_on.day:02d}日 09:41:22", 3.6)
    rows: list[list[str | None]] = [
        ["主体名称", body.name, "统一社会信用代码", body.uscc],
        ["法定代表人", body.person, "登记状态", "存续"],
        ["成立日期", body.established_on.isoformat(), "登记机关", invent.registrar(body)],
        ["住所", body.address, "<", "<"],
    ]
    y = sheet.table(
        20,
        58,
        (32, 58, 36, 48),
        rows,
        size=3.6,
        headers=0,
        min_height=8,
        fields={(0, 1): "holder_name", (0, 3): "holder_uscc", (1, 1): "legal_representative", (3, 1): "address"},
    )
    counts: list[list[str | None]] = [
        ["信息类别", "记录条数"],
        ["行政许可", "4"],
        ["行政处罚", str(penalties)],
        ["列入经营异常名录信息", str(abnormal)],
        ["列入严重违法失信名单信息", str(serious)],
        ["守信激励", "0"],
    ]
    y = sheet.table(20, y + 8, (120, 54), counts, size=3.8, min_height=9)
    sheet.paragraph(
        20,
        y + 8,
        174,
        "本报告仅供参考，不作为任何行政决定的依据；数据由各有关部门提供，如有异议请向来源单位申请核实。",
        3.4,
    )
    if source == "信用中国":
        marks.watermark(sheet, "信用中国", strength=0.12, size=14)
    if own_seal:
        marks.own_seal(sheet, body.name, x=150, y=232, seed=seed)
    sheet.text(105, 284, "1 / 1", 3.4, anchor="centre")
    return Paper(
        "credit_report",
        [sheet],
        {
            "holder_name": body.name,
            "holder_uscc": body.uscc,
            "legal_representative": body.person,
            "address": body.address,
        },
        source,
    )


# -- what is nobody's kind ------------------------------------------------------------------------------------------


def lease(body: Institution, seed: int = 0) -> Paper:
    """房屋租赁合同."""
    sheet = Sheet()
    rng = random.Random(f"lease{seed}")
    sheet.text(105, 26, "房屋租赁合同", 9, face="hei_bold", anchor="centre", spacing=2)
    _body_text(
        sheet,
        46,
        [
            f"出租方（甲方）：{invent.coinage(rng)}置业有限公司",
            f"承租方（乙方）：{body.name}",
            f"第一条　甲方将位于{body.address}的房屋出租给乙方作办公使用，建筑面积{rng.randint(80, 900)}平方米。",
            "第二条　租赁期限自2024年1月1日起至2028年12月31日止。",
            "第三条　月租金人民币壹万贰仟元整，按季支付。",
            "第四条　未经甲方同意，乙方不得转租。",
        ],
    )
    marks.own_seal(sheet, body.name, x=140, y=190, seed=seed)
    return Paper("unknown", [sheet], {}, "lease")


def invoice(body: Institution, seed: int = 0) -> Paper:
    """A purchase invoice."""
    rng = random.Random(f"invoice{seed}")
    sheet = Sheet(240, 140)
    sheet.text(120, 12, "电子发票（增值税专用发票）", 7, face="kai", anchor="centre", colour=(140, 60, 40))
    sheet.text(180, 26, f"发票号码：2632{rng.randrange(10**15, 10**16)}", 3.4)
    sheet.text(180, 32, "开票日期：2026年08月11日", 3.4)
    rows: list[list[str | None]] = [
        [
            "购买方信息",
            f"名称：{body.name}\n统一社会信用代码/纳税人识别号：{body.uscc}",
            "销售方信息",
            f"名称：{invent.coinage(rng)}仪器销售有限公司",
        ]
    ]
    y = sheet.table(12, 40, (16, 92, 16, 92), rows, size=3.4, headers=0, min_height=20)
    rows = [
        ["项目名称", "规格型号", "单位", "数量", "金额", "税率"],
        ["*仪器仪表*电子天平", "FB-204S", "台", "1", "21238.94", "13%"],
        ["合　计", "", "", "", "¥21238.94", ""],
        ["价税合计（大写）", "贰万肆仟圆整", "<", "<", "<", "<"],
    ]
    sheet.table(12, y, (66, 40, 20, 20, 44, 26), rows, size=3.4, min_height=8)
    marks.seal(
        sheet, 200, 118, f"{invent.coinage(rng)}仪器销售有限公司", size=30, centre="发票专用章", oval=True, seed=seed
    )
    return Paper("unknown", [sheet], {}, "invoice")


def card(body: Institution, seed: int = 0) -> Paper:
    """A membership-card-like paper."""
    sheet = Sheet(210, 297)
    sheet.rectangle((52, 60, 158, 126), 0.5, (90, 90, 90))
    for n, (label, value) in enumerate(
        (("姓名", body.person), ("性别", "女"), ("部门", "客户服务部"), ("工号", f"0{seed + 117}"))
    ):
        sheet.text(60, 70 + n * 11, label, 4.2, colour=(70, 90, 150))
        sheet.text(78, 70 + n * 11, value, 4.6)
    sheet.rectangle((122, 70, 150, 106), fill=(200, 206, 214))
    sheet.text(105, 136, "工作证", 5, face="hei", anchor="centre")
    return Paper("unknown", [sheet], {}, "card")


def blank(body: Institution, seed: int = 0) -> Paper:
    """A page with nothing on it."""
    return Paper("unknown", [Sheet()], {}, "blank")


def minutes(body: Institution, seed: int = 0) -> Paper:
    """会议纪要."""
    sheet = Sheet()
    sheet.text(105, 26, "会议纪要", 9, face="hei_bold", anchor="centre", spacing=3)
    _body_text(
        sheet,
        46,
        [
            "时间：2026年9月3日下午",
            f"地点：{body.name}三楼会议室",
            f"主持：{body.person}",
            "一、讨论了平台入驻事项，由客户服务部负责准备营业执照、资质证书等材料。",
            "二、安排下半年内部审核，有效期内的校准证书由设备管理员统一收存。",
            "三、散会。",
        ],
    )
    return Paper("unknown", [sheet], {}, "minutes")


UNKNOWNS: dict[str, Callable[..., Paper]] = {
    "lease": lease,
    "invoice": invoice,
    "card": card,
    "blank": blank,
    "minutes": minutes,
}
PROOFS = _PROOFS
