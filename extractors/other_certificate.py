"""Any other licence, permit or certificate (其他证书): read by its printed labels in the common vocabulary.

Known by a heading that ends like one (…许可证, …资质证书, …认可证书, …备案凭证 …) together with labels that only
certificates print. A medal, a diploma, an identity paper, a contract or an invoice may end like one or carry such
labels; none of them is taken.
"""

from __future__ import annotations

import re
from dataclasses import replace

from qi_pipeline.extraction import certificate_labels as labels
from qi_pipeline.extraction import entities, readers, unlabelled
from qi_pipeline.extraction.annexes import scope_items
from qi_pipeline.extraction.classify import headings_of
from qi_pipeline.extraction.fields import DocumentPages, Extractor, FieldSpec
from qi_pipeline.extraction.folding import fold, tidy
from qi_pipeline.model import Field, Page

FIELDS = (
    FieldSpec(name="certificate_number", labels=labels.NUMBER, read=readers.number(), required=True),
    FieldSpec(
        name="holder_name",
        labels=(
            *labels.HOLDER,
            "经营者名称",
            "生产者名称",
            "律师事务所名称",
            "获证组织名称",
            "获证组织",
            "认证委托人",
            "委托人名称",
            "申请人名称",
            "申请人",
            "持有者",
        ),
        read=labels.name,
        required=True,
    ),
    FieldSpec(name="holder_uscc", labels=labels.USCC, read=readers.uscc),
    FieldSpec(
        name="address",
        labels=("单位地址", "住所", *labels.ADDRESS, "检测地址", "检验检测地址", "生产经营场所地址"),
        read=labels.address,
    ),
    FieldSpec(name="legal_representative", labels=labels.PERSON, read=readers.person),
    FieldSpec(
        name="legal_representative",
        labels=(
            "经济类型",
            "企业类型",
            "经济性质",
            "资质等级",
            "企业类别",
            "技术负责人",
            "质量负责人",
            "仓库地址",
            "发证机关印章",
            "主体业态",
            "经营方式",
            "行业类别",
            "许可证类别",
            "日常监督管理机构",
            "日常监督管理人员",
            "投诉举报电话",
        ),
        read=labels.not_it,
    ),
    FieldSpec(
        name="scope_text",
        labels=(
            "许可范围",
            "资质类别及等级",
            "资质类别",
            "资质范围",
            "专业类别",
            "专业范围",
            "业务范围",
            "经营范围",
            "生产范围",
            "许可项目",
            "许可内容",
            "许可事项",
            "经营项目",
            "食品类别",
            "鉴定业务范围",
            "业务类别",
            "服务范围",
            "检测范围",
            "检测类别",
            "批准范围",
            "考核项目",
            "机构考核范围",
            "认证范围",
            "检测项目",
            "检测专项",
            "备案范围",
            "种类和范围",
            "产品名称",
        ),
        read=labels.scope,
    ),
    *labels.dates(),
    FieldSpec(name="issuing_authority", labels=labels.ISSUER, read=readers.authority),
)

_KINDS_OF_PAPER = re.compile(
    r"(?:许可证|许可证书|许可证明|资质证书|资质证|资格证书|认可证书|认定证书|登记证书|登记证|备案证明|备案凭证|备案证|备案通知书|备案回执|注册证书|注册证|核准证|核准证书|批准书"
    r"|批准证书|考核合格证书|合格证书|认证证书|企业证书|授权证书|执业证|鉴定许可证|等级证书|证书)$"
)
_NEVER = re.compile(
    r"荣誉|获奖|奖状|奖励|先进|优秀|表彰|聘书|毕业|学位|学历|结业|培训|职称|职业资格|身份证|房产|不动产|产权|土地|商标注册证|发明专利|实用新型|外观设计|著作权|版权|软件产品"
    r"|行驶证|驾驶证|出生|结婚|能力验证|会员|捐赠|出厂|产品合格证|质量合格证|人员|上岗|内审员|签字人|岗位|技能|继续教育|个人|执业药师|注册.{0,6}(?:师|员)|营业执照"
    r"|法人证书|民办非企业|社会团体|工商营业|检验检测机构资质认定|管理体系|计量授权|计量标准|校准证书|检定证书|通知书$"
)
# A licence may name its holder in the sentence that grants it: 某某律师事务所，符合……条件，准予设立并执业。
_STATED = re.compile(
    r"[\u4e00-\u9fff()]{2,30}(?:事务所|公司|中心|研究院|鉴定所|医院|学校|站),(?:符合|具备|经(?:审查|审核|考核))"
)
_FILING = re.compile(r"备案(?:登记)?(?:证明|凭证|证|通知书|回执)")


def score(page: Page) -> float:
    """How sure the heading and the labels make it that this is a certificate of some other kind.

    Kinds with a title of their own score higher; so does nothing that honours, trains or owns.
    """
    text = fold(" ".join(word.text for word in page.words))
    if re.search(r"结果通知书|荣誉证书|毕业证|授予|特发此证以资鼓励|以资鼓励|租赁合同|购销合同|增值税|发票", text):
        return -1.0
    marks = _marks(text)
    if len(marks) < 2:
        return 0.0
    named = 0.0
    for heading in headings_of(page):
        title = re.sub(r"\((?:正本|副本|[正副]本)\)|正本$|副本$|[\"'·*]", "", heading.text)
        if _NEVER.search(title) and not _FILING.search(title):
            if heading.size >= 1.4:
                return -1.0
            continue
        if heading.size >= _LARGE and len(marks) >= _SURE_MARKS and _is_near_title(title):
            named = max(named, 0.3)
        if len(title) > 30 or re.search(r"[,;。:]", title) or not _KINDS_OF_PAPER.search(title):
            continue
        named = max(named, 0.36 if heading.size >= 1.3 else 0.26)
    return named + min(0.04 * len(marks), 0.2) if named else 0.0


_LARGE = 1.5
_SURE_MARKS = 4
"""Groups of labels that only a certificate has together."""


def _is_near_title(title: str) -> bool:
    """Whether a large heading is one of the kind's longer titles with two letters misread (测绘员质证节)."""
    return any(
        len(known) == len(title) >= 6 and sum(a != b for a, b in zip(known, title, strict=True)) <= 2
        for known in EXTRACTOR.titles
    )


def _marks(text: str) -> set[str]:
    """The groups of labels that certificates print: number, holder, issuer, date, validity."""
    groups = {
        "number": r"编号|证号|注册号|批准号|备案号|no[.:]",
        "holder": r"(?:单位|企业|机构|组织|公司)名称|名称:|持证|兹证明|统一社会信用代码",
        "issuer": r"发证|颁发|颁证|批准(?:机关|部门)|核发|备案机关|主管部门|认定机构",
        "date": r"(?:发证|颁发|颁证|签发|批准|核准|备案)(?:日期|时间)",
        "validity": r"有效期|有效日期|截止日期|有效至|validuntil|expir",
    }
    return {name for name, pattern in groups.items() if re.search(pattern, text)}


def finish(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """Authority and date beside the seal, the holder under 兹证明, and an annex where there is one."""
    fields = dict(fields)
    if "holder_name" not in fields:
        for page in document.pages:
            dates = unlabelled.top_of(fields, ("issued_on", "valid_to"), page.number)
            stated = next((row for row in unlabelled.rows(page) if _STATED.match(fold(row.text))), None)
            if stated is not None:
                name = tidy(re.split("[,，]", stated.text)[0])
                fields["holder_name"] = unlabelled.field_of([stated], name, page.number)
                break
            opened = [row for row in unlabelled.rows(page) if re.search(r"兹证明|认定|经审查|经考核", fold(row.text))]
            holder = unlabelled.holder(page, below=opened[0].box[1] if opened else 0.15, above=dates)
            if holder is not None:
                # Nothing on the paper says that this name is the holder's, so a person looks.
                checks = holder.checks if opened else (*holder.checks, "holder_unknown")
                fields["holder_name"] = replace(holder, checks=checks)
                break
    fields = unlabelled.with_issue_date(
        document, _with_certifier(document, unlabelled.with_authority(document, fields))
    )
    if "holder_uscc" not in fields and any("信用代码" in fold(w.text) for page in document.pages for w in page.words):
        # Its label ends a line, and the code begins the next one: it proves itself.
        proven = entities.proven_code(document)
        fields |= {"holder_uscc": proven} if proven is not None else {}
    items = scope_items(document)
    return fields | {"scope_items": items} if items is not None else fields


_CERTIFIED = re.compile(r"(?:产品|服务|过程|绿色|有机|强制性).{0,6}认证证书")
_CERTIFIER = re.compile(r"认证|检验|检测|评定|质量|标准")


def _with_certifier(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """``fields`` with the 认证机构 that a product's or service's certificate names in a line of its own."""
    if "issuing_authority" in fields:
        return fields
    holder = fields.get("holder_name")
    name = str(holder.value) if holder is not None and holder.value is not None else None
    for page in document.pages:
        if name is not None and any(_CERTIFIED.search(heading.text) for heading in headings_of(page)):
            found = unlabelled.issuer_line(page, not_name=name, wanted=_CERTIFIER)
            return fields | {"issuing_authority": found} if found is not None else fields
    return fields


EXTRACTOR = Extractor(
    kind="other_certificate",
    titles=(
        "安全生产许可证",
        "测绘资质证书",
        "药品经营许可证",
        "药品生产许可证",
        "医疗器械经营许可证",
        "医疗器械生产许可证",
        "第二类医疗器械经营备案凭证",
        "医疗机构执业许可证",
        "高新技术企业证书",
        "食品生产许可证",
        "食品经营许可证",
        "司法鉴定许可证",
        "律师事务所执业许可证",
        "建设工程质量检测机构资质证书",
        "建设工程质量检测资质证书",
        "工程质量检测机构资质证书",
        "水利工程质量检测单位资质等级证书",
        "公路水运工程质量检测机构资质证书",
        "公路水运工程试验检测机构等级证书",
        "农产品质量安全检测机构考核合格证书",
        "安全生产检测检验机构资质证书",
        "职业卫生技术服务机构资质证书",
        "放射卫生技术服务机构资质证书",
        "雷电防护装置检测资质证书",
        "防雷装置检测资质证书",
        "安全评价机构资质证书",
        "建筑业企业资质证书",
        "工程设计资质证书",
        "工程勘察资质证书",
        "工程监理资质证书",
        "辐射安全许可证",
        "排污许可证",
        "危险化学品经营许可证",
        "劳务派遣经营许可证",
        "增值电信业务经营许可证",
        "出版物经营许可证",
        "道路运输经营许可证",
        "特种设备生产许可证",
        "特种设备制造许可证",
        "全国工业产品生产许可证",
        "制造计量器具许可证",
        "中国国家强制性产品认证证书",
        "产品认证证书",
        "服务认证证书",
        "商标代理机构备案",
        "实验动物使用许可证",
        "病原微生物实验室备案凭证",
        "民用核安全设备无损检验许可证",
        "电力业务许可证",
        "开户许可证",
    ),
    fields=FIELDS,
    score=score,
    finish=finish,
)
