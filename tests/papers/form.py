"""机构入驻申请表: as application.json, and as a printed and filled form with ruled tables."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from papers import invent, marks
from papers.invent import Institution
from papers.sheet import Paper, Sheet
from qi_pipeline.kinds import CATEGORIES

ITEM_NAMES = {
    "testing": "检验检测",
    "internal_testing": "内部检测",
    "special_equipment_inspection": "特种设备检验",
    "verification": "检定",
    "calibration": "校准",
    "metrology_consulting": "计量咨询",
    "certification": "认证",
    "certification_consulting": "认证咨询",
    "standardization": "标准化",
    "quality_consulting": "质量管理咨询",
    "patent_agency": "专利代理",
    "ip_consulting": "知识产权咨询",
    "schooling": "办学",
    "job_placement": "职业中介",
    "business_training": "业务培训",
    "instrument_sharing": "仪器共享",
}
"""How a scanned form names the items (contract, section 3)."""
REQUEST_NAMES = {
    "admission": "入驻",
    "supplement": "补正",
    "change": "变更",
    "renewal": "换证",
    "annual_audit": "年度审核",
    "exit": "退出",
}
ITEM_OF_CATEGORY = {
    "metrology": "verification",
    "standardization": "standardization",
    "certification_accreditation": "certification",
    "inspection_testing": "testing",
    "quality_management": "quality_consulting",
    "intellectual_property": "patent_agency",
    "training": "job_placement",
    "shared_laboratory": "instrument_sharing",
}
_SERVICE_NAMES = {
    "testing": "食品中铅的测定",
    "internal_testing": "研发样品检测",
    "special_equipment_inspection": "起重机械定期检验",
    "verification": "电子天平检定",
    "calibration": "数字压力计校准",
    "metrology_consulting": "测量管理体系咨询",
    "certification": "质量管理体系认证",
    "certification_consulting": "认证前期咨询",
    "standardization": "企业标准起草",
    "quality_consulting": "卓越绩效辅导",
    "patent_agency": "发明专利申请代理",
    "ip_consulting": "知识产权检索分析",
    "schooling": "检验员职业技能培训",
    "job_placement": "质量人才招聘",
    "business_training": "内审员培训",
    "instrument_sharing": "原子吸收分光光度计共享",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A declared service."""

    name: str
    item: str
    standards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """An instrument that a shared laboratory offers."""

    name: str
    model: str
    serial: str
    maker: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What the form says."""

    body: Institution
    request: str | None = "admission"
    reference: str | None = "WX-2026-000123"
    submitted_at: str | None = "2026-11-20T10:12:00+08:00"
    services: tuple[Service, ...] = ()
    customer_service: tuple[tuple[str, str, str], ...] = (("吕晴", "0510-80001234", "full_time"),)
    equipment: tuple[Instrument, ...] = ()
    omit: tuple[str, ...] = ()
    """Names of institution fields left out (name, uscc, legal_representative, address, category)."""
    changes: dict[str, str] = field(default_factory=dict)
    """Institution fields that say something else than the papers."""

    def but(self, **changes: object) -> Application:
        """The same application with some facts changed."""
        return replace(self, **changes)  # type: ignore[arg-type]

    @property
    def institution(self) -> dict[str, str]:
        """The institution's part of the form."""
        facts = {
            "name": self.body.name,
            "uscc": self.body.uscc,
            "legal_representative": self.body.person,
            "address": self.body.address,
            "category": self.body.category,
        } | self.changes
        return {key: value for key, value in facts.items() if key not in self.omit}

    def as_json(self) -> dict[str, object]:
        """application.json."""
        data: dict[str, object] = {
            "request": self.request,
            "reference": self.reference,
            "submitted_at": self.submitted_at,
            "institution": self.institution,
            "services": [
                {"name": s.name, "item": s.item} | ({"standards": list(s.standards)} if s.standards else {})
                for s in self.services
            ],
            "customer_service": [{"name": n, "phone": p, "employment": e} for n, p, e in self.customer_service],
        }
        if self.equipment:
            data["equipment"] = [{"name": e.name, "model": e.model, "serial": e.serial} for e in self.equipment]
        return {key: value for key, value in data.items() if value is not None and key not in self.omit}

    def write_json(self, path: Path) -> None:
        """Writes application.json."""
        path.write_text(json.dumps(self.as_json(), ensure_ascii=False, indent=1), encoding="utf-8")


def instruments(seed: int, count: int = 2) -> tuple[Instrument, ...]:
    """Invented instruments with serial numbers."""
    rng = random.Random(f"instruments{seed}")
    pool = [
        ("原子吸收分光光度计", "AA-7020"),
        ("气相色谱仪", "GC-9790"),
        ("电子万能试验机", "WDW-100E"),
        ("扫描电子显微镜", "KSM-500"),
        ("电感耦合等离子体质谱仪", "ICPX-3300"),
        ("电子天平", "FB-204S"),
    ]
    return tuple(
        Instrument(
            name=n,
            model=m,
            serial=f"{rng.choice('ABCFKT')}{rng.randrange(10000, 99999)}",
            maker=f"{invent.coinage(rng)}仪器有限公司",
            value=f"{rng.randrange(8, 240)}.00万元",
        )
        for n, m in rng.sample(pool, count)
    )


def application(
    body: Institution,
    *,
    item: str | None = None,
    standards: Sequence[str] | None = None,
    seed: int = 0,
    **changes: object,
) -> Application:
    """A complete application for the institution's category."""
    item = item or ITEM_OF_CATEGORY[body.category]
    if standards is None:
        standards = {"testing": ("GB 5009.12-2017",), "verification": ("JJG 1036-2022",)}.get(item, ())
    equipment = instruments(seed) if item == "instrument_sharing" else ()
    rng = random.Random(f"application{seed}{body.uscc}")
    people = (
        (invent.person(rng), body.phone, "full_time"),
        (invent.person(rng), f"139{rng.randrange(10**7, 10**8)}", "part_time"),
    )
    made = Application(
        body=body,
        reference=f"WX-2026-{rng.randrange(100000, 999999)}",
        services=(Service(name=_SERVICE_NAMES[item], item=item, standards=tuple(standards)),),
        customer_service=people[: rng.randint(1, 2)],
        equipment=equipment,
    )
    return made.but(**changes)


def form(
    app: Application, *, own_seal: bool = True, signature: bool = True, filled: str = "typed", seed: int = 0
) -> Paper:
    """The printed form; ``filled``: typed, or by hand (the longer values stay typed)."""
    rng = random.Random(f"form{seed}{app.body.uscc}")
    body, facts = app.body, app.institution
    sheet = Sheet()
    sheet.text(105, 18, "质量基础设施“一站式”服务线上平台", 5.4, face="hei_bold", anchor="centre")
    sheet.text(105, 27, "机构入驻申请表", 7.6, face="hei_bold", spacing=2, anchor="centre")
    truth: dict[str, object] = {}
    if app.reference:
        sheet.text(20, 39, "申请编号：", 3.8)
        sheet.text(39.5, 39, app.reference, 3.8, field="reference")
        truth["reference"] = app.reference
    if app.submitted_at:
        day = date.fromisoformat(app.submitted_at[:10])
        sheet.text(132, 39, "提交日期：", 3.8)
        sheet.text(151, 39, f"{day.year}年{day.month:02d}月{day.day:02d}日", 3.8, field="submitted_at")
        truth["submitted_at"] = app.submitted_at[:10]
    rows: list[list[str | None]] = []
    fields: dict[tuple[int, int], str] = {}
    if app.request:
        rows.append(
            [
                "申请类型",
                "　".join(
                    ("☑" if key == app.request else "□") + name
                    for key, name in REQUEST_NAMES.items()
                    if key != "supplement"
                ),
                "<",
                "<",
            ]
        )
        if app.request == "supplement":
            rows[-1][1] = "☑补正"
        fields[0, 1] = "request"
        truth["request"] = app.request

    def put(
        label: str, value: str | None, name: str, label2: str | None = None, value2: str | None = None, name2: str = ""
    ) -> None:
        row: list[str | None] = [label, value or ""]
        if value:
            fields[len(rows), 1] = name
            truth[name] = value
        if label2 is None:
            row += ["<", "<"]
        else:
            row += [label2, value2 or ""]
            if value2 and name2:
                fields[len(rows), 3] = name2
                truth[name2] = value2
        rows.append(row)

    put("机构名称", facts.get("name"), "holder_name")
    put(
        "统一社会信用代码",
        facts.get("uscc"),
        "holder_uscc",
        rng.choice(("法定代表人", "法定代表人（负责人）")),
        facts.get("legal_representative"),
        "legal_representative",
    )
    put(rng.choice(("办公地址", "地址", "机构地址")), facts.get("address"), "address")
    category = facts.get("category")
    put("服务类别", CATEGORIES.get(category, category) if category else None, "category", "联系电话", body.phone)
    if category:
        truth["category"] = category
    top = sheet.table(20, 46, (34, 62, 34, 40), rows, size=3.8, headers=0, min_height=9.5, fields=fields, face="song")
    sheet.text(20, top + 5, "一、拟入驻服务项目", 4.2, face="hei_bold")
    service_rows: list[list[str | None]] = [["序号", "服务项目名称", "项目类别", "依据标准（含年号）"]]
    for n, service in enumerate(app.services, 1):
        service_rows.append(
            [str(n), service.name, ITEM_NAMES.get(service.item, service.item), "；".join(service.standards)]
        )
    top = sheet.table(
        20,
        top + 12,
        (14, 62, 34, 60),
        service_rows,
        size=3.8,
        min_height=9,
        centre=(0,),
        fields={(r, c): "services" for r in range(1, len(service_rows)) for c in (1, 2, 3)},
    )
    sheet.text(20, top + 5, "二、客服人员", 4.2, face="hei_bold")
    people: list[list[str | None]] = [["序号", "姓名", "联系电话", "专职/兼职"]]
    for n, (name, phone, kind) in enumerate(app.customer_service, 1):
        people.append([str(n), name, phone, {"full_time": "专职", "part_time": "兼职"}.get(kind, kind)])
    if not app.customer_service:
        people.append(["", "", "", ""])
    top = sheet.table(
        20,
        top + 12,
        (14, 62, 54, 40),
        people,
        size=3.8,
        min_height=9,
        centre=(0,),
        fields={(r, c): "customer_service" for r in range(1, len(people)) for c in (1, 2, 3)}
        if app.customer_service
        else {},
    )
    if app.equipment:
        sheet.text(20, top + 5, "三、共享仪器设备", 4.2, face="hei_bold")
        kit: list[list[str | None]] = [["序号", "仪器设备名称", "型号规格", "出厂编号"]]
        kit += [[str(n), e.name, e.model, e.serial] for n, e in enumerate(app.equipment, 1)]
        top = sheet.table(
            20,
            top + 12,
            (14, 72, 44, 40),
            kit,
            size=3.8,
            min_height=9,
            centre=(0,),
            fields={(r, c): "equipment" for r in range(1, len(kit)) for c in (1, 2, 3)},
        )
    sheet.paragraph(
        20,
        top + 6,
        170,
        "本机构保证所填内容真实、准确，近三年内无违法违规行为，未列入经营异常名录和严重违法失信名单。",
        3.8,
        leading=1.5,
    )
    sheet.text(110, top + 22, "法定代表人签字：", 4.2)
    if signature:
        marks.handwriting(sheet, 146, top + 17, body.person, size=8, seed=seed + 5)
    sheet.text(110, top + 34, "申请机构（盖章）：", 4.2)
    if own_seal:
        marks.own_seal(sheet, body.name, x=160, y=top + 38, seed=seed + 2)
    truth["services"] = [
        {"name": s.name, "item": s.item} | ({"standards": list(s.standards)} if s.standards else {})
        for s in app.services
    ]
    if app.customer_service:
        truth["customer_service"] = [{"name": n, "phone": p, "employment": e} for n, p, e in app.customer_service]
    if app.equipment:
        truth["equipment"] = [{"name": e.name, "model": e.model, "serial": e.serial} for e in app.equipment]
    return Paper("application_form", [sheet], truth)
