"""Seeded invented institutions, persons, addresses and numbers.

Names are coinages that no register holds; codes are valid by computation but lie in ranges that are not
assigned (主体标识码 from MAT upwards, or numeric from 99).
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta

AS_OF = date(2026, 11, 22)
"""The day for which examples and most tests judge."""

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_COINED = "汀澜舸槿柘翎砚皎暄屹峤珂霁珩翊菡筠岫祺宁蔺苕荻棠"
_PLAIN = "云泊远晴衡朗映川原松禾青石溪"
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜戚谢邹喻柏水窦章苏潘葛奚范彭郎鲁韦马苗"
_GIVEN = "汀澜柘翎砚皎暄屹珂霁珩翊筠岫祺衡朗映川原松禾青溪远晴泊云"
DISTRICTS = {
    "320205": "锡山区",
    "320206": "惠山区",
    "320211": "滨湖区",
    "320213": "梁溪区",
    "320214": "新吴区",
    "320281": "江阴市",
    "320282": "宜兴市",
}
ELSEWHERE = {
    "320506": ("江苏省", "苏州市", "吴中区"),
    "320102": ("江苏省", "南京市", "玄武区"),
    "330106": ("浙江省", "杭州市", "西湖区"),
    "310110": ("", "上海市", "杨浦区"),
    "410100": ("河南省", "郑州市", "高新区"),
    "440306": ("广东省", "深圳市", "宝安区"),
}
TRADES = {
    "metrology": "计量技术",
    "standardization": "标准化技术服务",
    "certification_accreditation": "认证",
    "inspection_testing": "检测技术",
    "quality_management": "质量管理咨询",
    "intellectual_property": "知识产权代理",
    "training": "人力资源服务",
    "shared_laboratory": "分析测试共享实验室",
}


def uscc_check(code17: str) -> str:
    """The 18th character of a 统一社会信用代码 (GB 32100-2015)."""
    total = sum(USCC_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(code17))
    return USCC_ALPHABET[(31 - total % 31) % 31]


def org_check(code8: str) -> str:
    """The 9th character of an organisation code (GB 11714)."""
    value = 11 - sum(int(c, 36) * w for c, w in zip(code8, _ORG_WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(value, str(value))


def uscc(rng: random.Random, *, kind: str = "91", division: str = "320214") -> str:
    """A code whose both check characters are right, in a range that is not assigned."""
    if rng.random() < 0.7:
        org8 = "MA" + rng.choice("TUWXY") + "".join(rng.choice(USCC_ALPHABET) for _ in range(5))
    else:
        org8 = "99" + "".join(rng.choice("0123456789") for _ in range(6))
    body = kind + division + org8 + org_check(org8)
    return body + uscc_check(body)


def broken_uscc(code: str, at: int = 14) -> str:
    """The code with one character changed, so that its check character is wrong."""
    other = next(c for c in "3785926" if c != code[at])
    return code[:at] + other + code[at + 1 :]


def registration_number(rng: random.Random, division: str = "320214") -> str:
    """A 15-digit 注册号 with its check digit (ISO 7064 MOD 11,10)."""
    digits = division + "0" + "".join(rng.choice("0123456789") for _ in range(7))
    product = 10
    for digit in digits:
        product = (int(digit) + product) % 10 or 10
        product = product * 2 % 11
    return digits + str((11 - product) % 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Institution:
    """One invented institution; everything its papers print about it."""

    name: str
    name_en: str
    short: str
    uscc: str
    person: str
    address: str
    division: str
    city: str
    category: str
    entity: str = "company"
    entity_type: str = "有限责任公司（自然人投资或控股）"
    capital: str = "500万元整"
    established_on: date = date(2016, 5, 12)
    scope: str = ""
    phone: str = "0510-80001234"
    postcode: str = "214000"

    def but(self, **changes: object) -> Institution:
        """The same institution with some facts changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


def person(rng: random.Random) -> str:
    """A name of two or three characters."""
    return rng.choice(_SURNAMES) + "".join(rng.sample(_GIVEN, rng.choice((1, 2, 2))))


def coinage(rng: random.Random) -> str:
    """Three characters that no one has joined into a company's name."""
    return "".join(rng.sample(_COINED, 2)) + rng.choice(_PLAIN)


def road(rng: random.Random) -> str:
    """An invented street."""
    return "".join(rng.sample(_COINED, 2)) + rng.choice(("路", "大道", "街", "东路", "西路"))


def address(rng: random.Random, division: str) -> tuple[str, str]:
    """(address, city) in the given division."""
    if division in DISTRICTS:
        district = DISTRICTS[division]
        stem = ("无锡市" if district.endswith("区") else "") + district
        if rng.random() < 0.4:
            stem = "江苏省" + stem
        city = "无锡市"
    else:
        province, city, district = ELSEWHERE[division]
        stem = (province if rng.random() < 0.5 else "") + city + district
    tail = rng.choice(
        ("{}号{}幢{}室", "{}号{}号楼{}室", "{}-{}号{}室", "{}号科创园{}座{}室（一照多址）", "{}号{}栋{}层")
    )
    house = tail.format(rng.randint(1, 399), rng.choice(("1", "2", "3", "A", "B", "12")), rng.randint(101, 2309))
    return stem + road(rng) + house, city


SCOPES = {
    "metrology": (
        "许可项目：计量器具检定（依法须经批准的项目，经相关部门批准后方可开展经营活动，具体经"
        "营项目以审批结果为准）一般项目：计量技术服务；仪器仪表修理；技术服务、技术开发、技术"
        "咨询、技术交流、技术转让、技术推广（除依法须经批准的项目外，凭营业执照依法自主开展经"
        "营活动）"
    ),
    "standardization": (
        "一般项目：标准化服务；技术服务、技术开发、技术咨询、技术交流、技术转让、技术推广；企"
        "业管理咨询；会议及展览服务（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）"
    ),
    "certification_accreditation": (
        "许可项目：认证服务（依法须经批准的项目，经相关部门批准后方可开展经营活动，具体经营项"
        "目以审批结果为准）一般项目：认证咨询；企业管理咨询；信息咨询服务（不含许可类信息咨询"
        "服务）（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）"
    ),
    "inspection_testing": (
        "许可项目：检验检测服务；室内环境检测（依法须经批准的项目，经相关部门批准后方可开展经"
        "营活动，具体经营项目以审批结果为准）一般项目：技术服务、技术开发、技术咨询、技术交流"
        "、技术转让、技术推广；环境保护监测；计量技术服务；仪器仪表销售（除依法须经批准的项目"
        "外，凭营业执照依法自主开展经营活动）"
    ),
    "quality_management": (
        "一般项目：企业管理咨询；质量管理技术服务；信息咨询服务（不含许可类信息咨询服务）；业"
        "务培训（不含教育培训、职业技能培训等需取得许可的培训）（除依法须经批准的项目外，凭营"
        "业执照依法自主开展经营活动）"
    ),
    "intellectual_property": (
        "许可项目：专利代理（依法须经批准的项目，经相关部门批准后方可开展经营活动，具体经营项"
        "目以审批结果为准）一般项目：商标代理；知识产权服务；版权代理；信息咨询服务（不含许可"
        "类信息咨询服务）（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）"
    ),
    "training": (
        "许可项目：职业中介活动（依法须经批准的项目，经相关部门批准后方可开展经营活动，具体经"
        "营项目以审批结果为准）一般项目：业务培训（不含教育培训、职业技能培训等需取得许可的培"
        "训）；企业管理咨询；人力资源服务（不含劳务派遣服务）（除依法须经批准的项目外，凭营业"
        "执照依法自主开展经营活动）"
    ),
    "shared_laboratory": (
        "一般项目：仪器仪表租赁；租赁服务（不含许可类租赁服务）；技术服务、技术开发、技术咨询"
        "、技术交流、技术转让、技术推广；实验分析仪器销售（除依法须经批准的项目外，凭营业执照"
        "依法自主开展经营活动）"
    ),
}
_CAPITALS = (
    "500万元整",
    "壹佰万元整",
    "1000万元人民币",
    "贰仟万圆整",
    "300.000000万元人民币",
    "人民币200.0000万元整",
    "伍拾万元整",
    "5000 万元整",
)
_TYPES = (
    "有限责任公司（自然人投资或控股）",
    "有限责任公司(自然人独资)",
    "有限责任公司",
    "股份有限公司（非上市）",
    "有限责任公司（自然人投资或控股的法人独资）",
    "有限责任公司（外商投资、非独资）",
)


def institution(
    seed: int, *, category: str = "inspection_testing", entity: str = "company", division: str | None = None
) -> Institution:
    """A whole institution from its seed; the same seed and options give the same one.

    ``entity``: company, branch, partnership, sole, individual, public, private_nonenterprise, social.
    """
    rng = random.Random(f"{seed}|{category}|{entity}")
    division = division or rng.choice([*DISTRICTS, *DISTRICTS, *ELSEWHERE])
    where, city = address(rng, division)
    short = coinage(rng)
    stem = city.removesuffix("市") + rng.choice(("", "市")) + short + TRADES[category]
    prefix, ending = {
        "company": ("91", "有限公司"),
        "branch": ("91", f"有限公司{city.removesuffix('市')}分公司"),
        "partnership": ("91", "事务所（普通合伙）"),
        "sole": ("91", "工作室"),
        "individual": ("92", "经营部"),
        "public": ("12", ""),
        "private_nonenterprise": ("52", ""),
        "social": ("51", ""),
    }[entity]
    name = {
        "public": f"{city}{short}检验检测中心",
        "private_nonenterprise": f"{city}{short}技术服务中心",
        "social": f"{city}{short}标准化协会",
    }.get(entity, stem + ending)
    kind_of = {
        "branch": "有限责任公司分公司（自然人投资或控股）",
        "partnership": "普通合伙企业",
        "sole": "个人独资企业",
        "individual": "个体工商户",
    }
    established = date(2008, 1, 1) + timedelta(days=rng.randrange(5200))
    pinyin = "".join(rng.choice(("Ting", "Lan", "Ge", "Jin", "Zhe", "Ling", "Yan", "Jiao")) for _ in range(2))
    return Institution(
        name=name,
        name_en=f"{pinyin} {rng.choice(('Testing', 'Technology', 'Quality'))} Service Co., Ltd.",
        short=short,
        uscc=uscc(rng, kind=prefix, division=division),
        person=person(rng),
        address=where,
        division=division,
        city=city,
        category=category,
        entity=entity,
        entity_type=kind_of.get(entity) or rng.choice(_TYPES),
        capital=rng.choice(_CAPITALS),
        established_on=established,
        scope=SCOPES[category],
        phone=f"0510-8{rng.randrange(1000000, 9999999)}",
        postcode=f"214{rng.randrange(100, 999)}",
    )


def registrar(body: Institution) -> str:
    """The market regulator that registered it."""
    if body.division in DISTRICTS:
        district = DISTRICTS[body.division]
        return f"无锡市{district}市场监督管理局" if district.endswith("区") else f"{district}市场监督管理局"
    _, city, district = ELSEWHERE[body.division]
    return f"{city}{district}市场监督管理局"


def cma_number(rng: random.Random, issued: date, org: str = "10") -> str:
    """12 digits: year, authority (10 Jiangsu), field, department, serial."""
    return (
        f"{issued:%y}{org}{rng.choice(('00', '12', '13', '20', '21'))}{rng.choice(('11', '34'))}"
        f"{rng.randrange(1000, 9999)}"
    )


def number(kind: str, rng: random.Random, issued: date = date(2022, 6, 1)) -> str:
    """A certificate number of the pattern its kind prints (DOMAIN 3.1)."""
    four = rng.randrange(1000, 9999)
    makers = {
        "cma_certificate": lambda: cma_number(rng, issued),
        "cnas_certificate": lambda: f"CNAS L{rng.randrange(24000, 29999)}",
        "certification_body_approval": lambda: f"CNCA-R-{issued.year}-{rng.randrange(1500, 1999)}",
        "metrology_authorization": lambda: f"（苏）法计（{issued.year}）{rng.randrange(32000, 32999):05d}号",
        "measurement_standard_certificate": lambda: f"［{issued.year}］苏量标锡证字第{rng.randrange(100, 999)}号",
        "special_equipment_licence": lambda: f"TS7{rng.randrange(100000, 999999)}-{issued.year + 4}",
        "patent_agency_licence": lambda: f"32{rng.randrange(800, 999)}",
        "hr_service_licence": lambda: f"3202{rng.randrange(10, 99)}{issued:%y}{four}",
        "private_school_licence": lambda: f"教民13202{rng.randrange(10, 99)}{rng.randrange(10000000, 99999999)}号",
        "management_system_certificate": lambda: f"8{four}{issued:%y}Q{four + 7}R0S",
        "calibration_certificate": lambda: f"{rng.choice(('JL', 'XZ', 'LX'))}{issued:%Y}{rng.randrange(10000, 99999)}",
        "public_institution_certificate": lambda: f"事证第1320200{rng.randrange(10000, 99999)}号",
        "other_certificate": lambda: f"（苏）JZ安许证字〔{issued.year}〕0{four}9",
    }
    return makers[kind]()


def years_later(day: date, years: int) -> date:
    """The last valid day of a term of so many years that starts on ``day``."""
    try:
        return day.replace(year=day.year + years) - timedelta(days=1)
    except ValueError:
        return date(day.year + years, 2, 28)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeRow:
    """One printed row of a scope annex."""

    category: str
    item: str
    standard: str
    title: str = ""
    limitation: str = ""

    def truth(self, page: int) -> dict[str, object]:
        """The row as the contract has it."""
        return {
            "category": self.category,
            "item": self.item,
            "standard": self.standard,
            "limitation": self.limitation,
            "page": page,
        }


FOOD = (
    ScopeRow(
        category="食品",
        item="铅",
        standard="GB 5009.12-2017",
        title="食品安全国家标准 食品中铅的测定",
        limitation="只测第一法",
    ),
    ScopeRow(category="食品", item="镉", standard="GB 5009.15-2014", title="食品安全国家标准 食品中镉的测定"),
    ScopeRow(
        category="食品",
        item="总汞",
        standard="GB 5009.17-2021",
        title="食品安全国家标准 食品中总汞及有机汞的测定",
        limitation="不测甲基汞",
    ),
    ScopeRow(
        category="食品",
        item="菌落总数",
        standard="GB 4789.2-2022",
        title="食品安全国家标准 食品微生物学检验 菌落总数测定",
    ),
    ScopeRow(
        category="食品",
        item="水分",
        standard="GB 5009.3-2016",
        title="食品安全国家标准 食品中水分的测定",
        limitation="除第四法外",
    ),
    ScopeRow(category="水和废水", item="化学需氧量", standard="HJ 828-2017", title="水质 化学需氧量的测定 重铬酸盐法"),
    ScopeRow(category="水和废水", item="氨氮", standard="HJ 535-2009", title="水质 氨氮的测定 纳氏试剂分光光度法"),
    ScopeRow(category="水和废水", item="pH值", standard="HJ 1147-2020", title="水质 pH值的测定 电极法"),
    ScopeRow(category="水和废水", item="总磷", standard="GB/T 11893-1989", title="水质 总磷的测定 钼酸铵分光光度法"),
    ScopeRow(
        category="环境空气和废气", item="颗粒物", standard="HJ 1263-2022", title="环境空气 总悬浮颗粒物的测定 重量法"
    ),
    ScopeRow(
        category="环境空气和废气",
        item="二氧化硫",
        standard="HJ 57-2017",
        title="固定污染源废气 二氧化硫的测定 定电位电解法",
        limitation="仅限固定污染源",
    ),
    ScopeRow(
        category="金属材料",
        item="拉伸性能",
        standard="GB/T 228.1-2021",
        title="金属材料 拉伸试验 第1部分：室温试验方法",
    ),
    ScopeRow(
        category="金属材料",
        item="布氏硬度",
        standard="GB/T 231.1-2018",
        title="金属材料 布氏硬度试验 第1部分：试验方法",
    ),
    ScopeRow(
        category="纺织品",
        item="甲醛",
        standard="GB/T 2912.1-2009; ISO 14184-1:2011",
        title="纺织品 甲醛的测定 第1部分：游离和水解的甲醛（水萃取法）",
    ),
    ScopeRow(
        category="电线电缆",
        item="导体电阻",
        standard="GB/T 3048.4-2007",
        title="电线电缆电性能试验方法 第4部分：导体直流电阻试验",
    ),
)
"""Rows with real method numbers (public facts), as annexes list them."""

_THINGS = (
    "塑料",
    "橡胶",
    "涂料",
    "饲料",
    "化肥",
    "食品接触材料",
    "玩具",
    "建筑涂料",
    "土壤",
    "化妆品",
    "润滑油",
    "水泥",
    "混凝土",
    "管材",
)
_PARAMETERS = (
    "密度",
    "灰分",
    "水分",
    "酸值",
    "黏度",
    "铅",
    "镉",
    "总砷",
    "六价铬",
    "拉伸强度",
    "撕裂强度",
    "冲击强度",
    "硬度",
    "耐磨性",
    "闪点",
    "氯离子",
    "耐热性",
)
_PREFIXES = ("GB/T", "GB", "HJ", "SN/T", "NY/T", "HG/T", "JC/T", "DB32/T")


def scope_rows(seed: int, count: int, *, known: tuple[ScopeRow, ...] = FOOD) -> list[ScopeRow]:
    """So many rows, the known ones first, the others invented; grouped by category as annexes are."""
    rng = random.Random(f"rows{seed}")
    rows = list(known[:count])
    while len(rows) < count:
        thing = rng.choice(_THINGS)
        for parameter in rng.sample(_PARAMETERS, rng.randint(2, 8)):
            part = rng.choice(("", "", f".{rng.randint(1, 30)}"))
            code = f"{rng.choice(_PREFIXES)} {rng.randint(100, 39999)}{part}-{rng.randint(1998, 2025)}"
            note = rng.choice(("", "", "", "", "只测A法", "不测附录B", "仅限实验室检测", "除第二法外"))
            rows.append(
                ScopeRow(
                    category=thing, item=parameter, standard=code, title=f"{thing} {parameter}的测定", limitation=note
                )
            )
    return rows[:count]
