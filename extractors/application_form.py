"""机构入驻申请表: the application that an institution fills in when it does not hand in the online form's export.

The standard leaves the form's layout open (clause 5.1); what it must say is the contract's application.json. Read by
the printed labels of its head and by the column titles of its three lists (服务项目, 客服人员, 仪器设备), in ruled
tables or aligned words, over one to three pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from qi_pipeline.extraction import identifiers, own_papers, readers, terms
from qi_pipeline.extraction.fields import DocumentPages, Extractor, FieldSpec, Found, Read
from qi_pipeline.extraction.folding import fold, tidy
from qi_pipeline.extraction.form_rows import ListRow, ListSpec, read_lists
from qi_pipeline.extraction.lines import around
from qi_pipeline.extraction.readers import joined
from qi_pipeline.extraction.standards import standards_in
from qi_pipeline.extraction.ticks import chosen
from qi_pipeline.kinds import CATEGORIES, SERVICE_ITEMS
from qi_pipeline.model import Field, Json, Page

_REQUESTS = {
    "首次入驻": "admission",
    "新入驻": "admission",
    "入驻申请": "admission",
    "入驻": "admission",
    "补正": "supplement",
    "补充材料": "supplement",
    "信息变更": "change",
    "变更": "change",
    "换证": "renewal",
    "续期": "renewal",
    "延续": "renewal",
    "年度审核": "annual_audit",
    "年审": "annual_audit",
    "退出": "exit",
}
_CATEGORIES = {name: key for key, name in CATEGORIES.items()} | {
    "共享实验室": "shared_laboratory",
    "仪器设备共享": "shared_laboratory",
    "认证": "certification_accreditation",
    "认可": "certification_accreditation",
    "检测": "inspection_testing",
    "检验": "inspection_testing",
    "培训": "training",
}
_ITEMS = {name: key for key, name in SERVICE_ITEMS.items()}
_EMPLOYMENTS = {"专职": "full_time", "全职": "full_time", "兼职": "part_time"}


def _choice(options: Mapping[str, str]) -> Read:
    """A reader of the one option that is ticked or filled in; null where options stand there and none can be told."""

    def read(found: Found) -> Field | None:
        text = " ".join(found.lines)
        choice = chosen(text, options)
        if choice is None:
            several = sum(name in fold(text) for name in options) > 1
            return readers.made(found, None) if several else None
        return readers.made(found, choice.key, checks=("ticked",) if choice.firm else ("!ticked",))

    return read


def person(found: Found) -> Field | None:
    """The person's name; not the rest of the label (负责人), and nothing at the place for the signature."""
    made = readers.person(found)
    if made is None or not isinstance(made.value, str):
        return made
    name = re.sub(r"^[（(]?负责人?[)）]?", "", made.value).strip(" :：)）")
    if not name or re.search(r"签[字名章]|盖章", made.raw):
        return None
    return replace(made, value=name)


def institution(found: Found) -> Field | None:
    """The institution's name; not a row of boxes to tick that came beside its label on a crooked page."""
    made = readers.name(found)
    if made is None or re.search(r"[□☑☐√]", made.raw) or re.search(r"变更.*退出|签字|盖章", made.raw):
        return None
    return made


def reference(found: Found) -> Field | None:
    """The application's number, without what else stands in its row."""
    # A letter set apart by its spacing (W X-2026-…) is the first of the number all the same.
    match = re.search(
        r"[A-Za-z0-9][A-Za-z0-9_/-]{3,}", re.sub(r"\b([A-Z]) (?=[A-Z]{1,4}-)", r"\1", " ".join(found.lines))
    )
    return readers.made(found, match.group()) if match is not None else None


def moment(found: Found) -> Field | None:
    """The printed day, with the time of day in Shanghai where one is printed."""
    made = terms.day(found)
    if made is None or made.value is None:
        return made
    clock = re.search(r"(?<!\d)([01]?\d|2[0-3])[:：]([0-5]\d)(?:[:：]([0-5]\d))?(?!\d)", made.raw)
    if clock is None:
        return made
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    return readers.made(found, f"{made.value}T{hour:02d}:{minute:02d}:{second:02d}+08:00")


FIELDS = (
    FieldSpec(
        name="request",
        labels=("申请类型", "申请事项", "业务类型", "办理类型", "办理事项", "申请类别"),
        read=_choice(_REQUESTS),
    ),
    FieldSpec(name="reference", labels=("申请编号", "申请号", "受理编号", "申请单号", "流水号"), read=reference),
    FieldSpec(
        name="submitted_at",
        labels=("提交时间", "提交日期", "申请时间", "申请日期", "填报日期", "填表日期", "填写日期"),
        read=moment,
    ),
    FieldSpec(
        name="holder_name",
        labels=(
            "机构名称",
            "机构全称",
            "入驻机构名称",
            "入驻机构",
            "单位名称",
            "申请机构",
            "申请单位",
            "企业名称",
            "名称",
        ),
        read=institution,
        required=True,
    ),
    FieldSpec(
        name="holder_uscc",
        labels=("统一社会信用代码", "社会信用代码", "信用代码"),
        read=readers.uscc,
        required=True,
    ),
    FieldSpec(
        name="legal_representative",
        labels=(
            "法定代表人",
            "法定代表人(负责人)",
            "法定代表人（负责人）",
            "法定代表人/负责人",
            "法定代表人或负责人",
            "法定代表人姓名",
            "法人代表",
            "负责人",
            "机构负责人",
            "单位负责人",
            "经营者",
        ),
        read=person,
        required=True,
    ),
    FieldSpec(
        name="address",
        labels=("办公地址", "机构地址", "单位地址", "注册地址", "通讯地址", "联系地址", "地址", "住所"),
        read=readers.address,
        required=True,
    ),
    FieldSpec(
        name="category",
        labels=("机构类别", "服务类别", "入驻类别", "申请类别", "机构类型", "专业类别", "服务领域", "类别"),
        read=_choice(_CATEGORIES),
        required=True,
    ),
)

SERVICES = ListSpec(
    name="services",
    columns={
        "name": (
            "服务项目名称",
            "服务项目",
            "服务名称",
            "项目名称",
            "服务内容",
            "拟入驻服务项目",
            "拟提供服务",
            "拟提供服务项目",
            "申请服务项目",
            "名称",
        ),
        "item": (
            "项目类别",
            "服务类别",
            "服务类型",
            "项目类型",
            "服务项目类别",
            "业务类别",
            "业务类型",
            "类别",
            "类型",
        ),
        "standards": (
            "依据标准",
            "依据的标准",
            "检测标准",
            "检验标准",
            "执行标准",
            "标准编号",
            "标准号",
            "标准",
            "依据标准编号",
            "依据",
            "标准依据",
            "检测依据",
            "依据标准/规程",
        ),
    },
    needs=(("name", "item"), ("name", "standards")),
    short="item",
)
PEOPLE = ListSpec(
    name="customer_service",
    columns={
        "name": ("姓名", "客服姓名", "客服人员", "客服人员姓名", "人员姓名", "客服"),
        "phone": ("联系电话", "电话", "手机", "手机号", "手机号码", "电话号码", "联系方式"),
        "employment": (
            "专职/兼职",
            "专兼职",
            "专/兼职",
            "专职或兼职",
            "用工形式",
            "用工性质",
            "任职方式",
            "性质",
            "专职兼职",
        ),
    },
    needs=(("name", "phone"), ("name", "employment")),
    short="phone",
)
EQUIPMENT = ListSpec(
    name="equipment",
    columns={
        "name": ("仪器设备名称", "仪器名称", "设备名称", "仪器设备", "仪器/设备名称", "名称"),
        "model": ("型号规格", "规格型号", "型号", "型号/规格", "规格/型号", "规格"),
        "serial": ("出厂编号", "序列号", "出厂序号", "设备编号", "仪器编号", "机身编号", "编号", "产品编号"),
    },
    needs=(("name", "model"), ("name", "serial")),
    short="serial",
)
_PHONE = re.compile(r"(?:\+?86[- ]?)?(?:1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[- ]?\d{7,8}(?:[-转]\d{1,6})?|\d{7,8})")


def finish(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """The three lists, from their tables or from what stands at a single label."""
    rows = read_lists(document.pages, (SERVICES, PEOPLE, EQUIPMENT))
    made = {
        "services": _field(rows.get("services", []), _service),
        "customer_service": _field(rows.get("customer_service", []), _person),
        "equipment": _field(rows.get("equipment", []), _instrument),
    }
    if "holder_name" not in fields:
        made["holder_name"] = _name_alone(document)
    if "holder_uscc" not in fields:
        made["holder_uscc"] = _code_alone(document)
    if "submitted_at" not in fields:
        made["submitted_at"] = _day_alone(document)
    if "request" not in fields:
        made["request"] = _ticked_alone(document)
    return fields | {name: field for name, field in made.items() if field is not None}


def _name_alone(document: DocumentPages) -> Field | None:
    """The one institution named in a run of its own on the first page, doubtful, where its label was not found."""
    named = [word for word in document.pages[0].words if own_papers.is_organisation(word.text)]
    if len({fold(word.text) for word in named}) != 1:
        return None
    word = named[0]
    confidence = min(word.confidence, 0.8)
    return Field(
        value=tidy(word.text), raw=word.text, confidence=confidence, page=document.pages[0].number, box=word.box
    )


def _code_alone(document: DocumentPages) -> Field | None:
    """The one valid 统一社会信用代码 on the form, where its label could not be read."""
    found = [
        (page.number, word, code)
        for page in document.pages
        for word in page.words
        if (code := identifiers.uscc_in(word.text)) is not None and identifiers.is_uscc(code)
    ]
    if len({code for _, _, code in found}) != 1:
        return None
    number, word, code = found[0]
    return Field(value=code, raw=word.text, confidence=word.confidence, page=number, box=word.box)


def _day_alone(document: DocumentPages) -> Field | None:
    """The day in a run of text that itself begins with its label, where a crooked row hid it."""
    for page in document.pages:
        for word in page.words:
            if re.match(r"(?:提交|申请|填报|填表|填写)(?:日期|时间)", fold(word.text)):
                return moment(Found(label="提交日期", words=(word,), page=page.number, lines=(word.text,)))
    return None


def _ticked_alone(document: DocumentPages) -> Field | None:
    """The request ticked in a row of three or more, where its label could not be read."""
    for page in document.pages:
        for word in page.words:
            if sum(name in fold(word.text) for name in ("入驻", "变更", "换证", "年度审核", "退出")) < 3:
                continue
            choice = chosen(word.text, _REQUESTS)
            if choice is not None:
                confidence = word.confidence if choice.firm else min(word.confidence, 0.8)
                return Field(value=choice.key, raw=word.text, confidence=confidence, page=page.number, box=word.box)
    return None


def _field(rows: list[ListRow], shape: Callable[[Mapping[str, str]], dict[str, Json]]) -> Field | None:
    made: list[Json] = []
    used: list[ListRow] = []
    for row in rows:
        value = shape(row.values)
        if value:
            made.append(value)
            used.append(row)
    if not made:
        return None
    first = [row for row in used if row.page == used[0].page]
    return Field(
        value=made,
        raw="; ".join(" ".join(joined(text.split("\n")) for text in row.values.values()) for row in used),
        confidence=min(row.confidence for row in used),
        page=used[0].page,
        box=around(row.box for row in first),
    )


def _service(values: Mapping[str, str]) -> dict[str, Json]:
    made: dict[str, Json] = {}
    if "name" in values:
        made["name"] = joined(values["name"].split("\n"))
    if "item" in values:
        choice = chosen(values["item"], _ITEMS)
        made["item"] = choice.key if choice is not None else joined(values["item"].split("\n"))
    numbers: list[Json] = [standard.text for standard in standards_in(values.get("standards", ""))]
    if numbers:
        made["standards"] = numbers
    return made


def _person(values: Mapping[str, str]) -> dict[str, Json]:
    name = tidy(values.get("name", "").replace("\n", ""))
    if not re.search(r"[\u3400-\u9fffA-Za-z]", name):
        return {}
    made: dict[str, Json] = {"name": name}
    phone = _PHONE.search(fold(values.get("phone", "")))
    if phone is not None:
        made["phone"] = phone.group()
    choice = chosen(values.get("employment", ""), _EMPLOYMENTS)
    if choice is not None:
        made["employment"] = choice.key
    return made


def _instrument(values: Mapping[str, str]) -> dict[str, Json]:
    made: dict[str, Json] = {
        name: joined(text.split("\n")) for name, text in values.items() if name in ("name", "model", "serial")
    }
    return made if "name" in made or "serial" in made else {}


_TITLE = re.compile(r"(?:.{0,24}平台)?(?:机构入驻|入驻机构|入驻)申请(?:表|书)")


def score(page: Page) -> float:
    """Evidence besides the title: the lists of the form with its labels, on pages that say 入驻 or 申请."""
    text = fold("".join(word.text for word in page.words))
    if "申请表" not in text and "入驻" not in text:
        return 0.0
    marks = sum(
        mark in text for mark in ("客服", "服务项目", "统一社会信用代码", "专职", "依据标准", "机构名称", "申请类型")
    )
    titled = any(_TITLE.fullmatch(fold(word.text)) for word in page.words)
    return min(0.05 * marks, 0.25) + (0.3 if titled else 0.0)


EXTRACTOR = Extractor(
    kind="application_form",
    titles=("机构入驻申请表", "入驻机构申请表", "入驻申请表", "机构入驻申请书", "入驻申请书"),
    fields=FIELDS,
    finish=finish,
    score=score,
    version="1",
)
