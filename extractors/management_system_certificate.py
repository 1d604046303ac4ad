"""管理体系认证证书 (ISO 9001, 14001, 45001, 22000, 27001, 50001 …): free design, Chinese, English or both side
by side.

Issued by a 认证机构 for three years, kept alive by surveillance. The holder often stands in a large line of its
own between title and 统一社会信用代码, the address below it; the 认证机构 at the head, at the foot or only in
the seal. 初次发证日期 is not the day of issue; 换证日期 is, where nothing else is printed. A product or service
certificate is no management system.
"""

from __future__ import annotations

import re
from dataclasses import replace

from qi_pipeline.extraction import certificate_labels as labels
from qi_pipeline.extraction import entities, loose, readers, terms, unlabelled
from qi_pipeline.extraction.classify import bare_title, headings_of
from qi_pipeline.extraction.fields import DocumentPages, Extractor, FieldSpec, Found
from qi_pipeline.extraction.folding import fold, tidy
from qi_pipeline.model import Field, Page

SYSTEMS = (
    "质量",
    "环境",
    "职业健康安全",
    "食品安全",
    "能源",
    "信息安全",
    "信息技术服务",
    "知识产权",
    "知识产权合规",
    "测量",
    "合规",
    "企业诚信",
    "诚信",
    "社会责任",
    "业务连续性",
    "反贿赂",
    "资产",
    "隐私信息",
    "危害分析与关键控制点(HACCP)",
    "HACCP",
)
"""What the management systems are of; each heads titles and scope labels."""

_SCOPE = (
    "认证覆盖范围",
    "认证范围",
    "覆盖范围",
    "适用范围",
    "认证的范围",
    "认证覆盖的范围",
    "认证注册范围",
    "认证业务范围",
)

FIELDS = (
    FieldSpec(
        name="certificate_number",
        labels=(
            "认证证书编号",
            "认证证书号",
            # 批准号 is the certifier's own number, CNCA-R-…
            *(label for label in labels.NUMBER if not label.startswith("批准")),
        ),
        read=readers.number(),
        required=True,
    ),
    FieldSpec(
        name="holder_name",
        labels=(
            "获证组织名称",
            "获证组织",
            "获证企业名称",
            "获证企业",
            "获证方名称",
            "获证方",
            "获证单位",
            "认证组织名称",
            "受审核方名称",
            "受审核方",
            "认证委托人名称",
            "认证委托人",
            "委托人名称",
            "组织名称",
            "企业名称",
            "单位名称",
            "公司名称",
            "证书持有人",
            "名称",
            "Name of Organization",
            "Organization Name",
            "Company Name",
            "Name of Company",
        ),
        read=labels.name,
        required=True,
    ),
    FieldSpec(
        name="holder_uscc", labels=(*labels.USCC, "统一社会信用代码/组织机构代码", "组织机构代码"), read=readers.uscc
    ),
    FieldSpec(
        name="address",
        labels=(
            "注册地址",
            "组织注册地址",
            "单位注册地址",
            "企业注册地址",
            "注册/审核地址",
            "注册地址/审核地址",
            "注册/经营地址",
            "注册地址/经营地址",
            "登记地址",
            "住所",
            "审核地址",
            "经营地址",
            "实际经营地址",
            "生产经营地址",
            "生产地址",
            "生产/经营地址",
            "办公地址",
            "运营地址",
            "受审核地址",
            "认证地址",
            "组织地址",
            "单位地址",
            "地址",
            "Registered Address",
            "Organization registered address",
            "Registration Address",
            "Audit Address",
            "Business Address",
            "Address",
        ),
        read=labels.address,
    ),
    FieldSpec(name="address", labels=("公司地址", "机构地址", "认证机构地址", "网址", "电话"), read=labels.not_it),
    FieldSpec(
        name="scope_text",
        labels=(
            *(f"{system}管理体系{scope}" for system in SYSTEMS for scope in _SCOPE),
            *(f"管理体系{scope}" for scope in _SCOPE),
            "证书覆盖范围",
            *_SCOPE,
            "通过认证范围如下",
            "通过认证范围",
            "认证范围如下",
            "体系覆盖范围",
            "体系范围",
            "审核范围",
            "注册范围",
            "证书范围",
            "本证书覆盖范围",
            "覆盖的产品和服务范围",
            "覆盖产品及其过程",
            "范围",
            "The Applicable Scope",
            "Applicable Scope",
            "Scope of Certification",
            "Certification Scope",
            "Certified range is as follows",
            "Scope of registration",
            "Scope",
        ),
        read=labels.scope,
        required=True,
    ),
    FieldSpec(name="issued_on", labels=("发证日期", "颁证日期", "本次发证日期", *labels.ISSUED), read=terms.day),
    FieldSpec(name="issued_on", labels=labels.NOT_ISSUED, read=labels.not_it),
    FieldSpec(name="issued_on", labels=labels.RENEWED, read=terms.day),
    *terms.term(labels.VALID),
    FieldSpec(name="valid_from", labels=labels.EFFECTIVE, read=terms.day),
    FieldSpec(
        name="issuing_authority",
        labels=("认证机构名称", "认证机构", "发证机构名称", "颁证机构名称", *labels.ISSUER),
        read=readers.authority,
    ),
)

_TITLE = re.compile(
    r"管理体系(?:认证|注册)?证书|体系认证证书|managementsystemcertificat|systemcertificate|certificateofregistration"
)
_TITLE_END = re.compile(r"^(?:体系)?(?:认证|注册)证书$|^certificate$")
"""The second line of a title that is set in two."""
_OPENING = re.compile(r"兹证明|特此证明|证明|herebycertify|thisistocertify|certifythat|certifiesthat")
_OPENED = re.compile(r"兹证明[:：\s]*(?P<name>.+)$")
_STANDARD = re.compile(
    r"(?:gb/?t|iso(?:/iec)?)[0-9]{4,5}|体系符合|符合标准|符合以下|符合下列|conformity|conformto|inaccordancewith|hasbeenaudited"
)
_CERTIFIER = re.compile(
    r"认证|检验|检测|评定|质量|标准|审核|评价|certification|certify|register|inspection|assurance|quality|veritas|tuv|sgs|bsi"
)


def score(page: Page) -> float:
    """Evidence besides the title: a management system's standard, words of certification."""
    text = fold(" ".join(word.text for word in page.words))
    evidence = 0.0
    if re.search(r"(?:19001|24001|45001|22000|27001|50001|23331|9001|14001|20000|29490|22080|19022|10012)", text):
        evidence += 0.08
    if "管理体系" in text or "managementsystem" in text:
        evidence += 0.05
    if any(phrase in text for phrase in ("覆盖范围", "适用范围", "认证范围", "监督审核", "cnca.gov.cn", "获证组织")):
        evidence += 0.08
    if evidence > _BARE and any(bare_title(h.text) == "certificate" and h.size >= 1.4 for h in headings_of(page)):
        evidence += 0.4  # a foreign certifier heads its paper with this word alone
    return evidence


_BARE = 0.1
"""With a standard and the words management system beside it, the bare title Certificate is one of this kind."""
_VALID = re.compile(r"\bvalid(?:\s+(?:from|until|till|through|to))\b|有效期(?:限)?自", re.IGNORECASE)


def _with_stated_term(page: Page, fields: dict[str, Field]) -> dict[str, Field]:
    """``fields`` with the term that a sentence states (This certificate is valid from … until …)."""
    if "valid_to" in fields:
        return fields
    for row in unlabelled.rows(page):
        if (said := _VALID.search(row.text)) is not None:
            text = row.text[said.start() :]
            found = Found(label="", words=row.words, page=page.number, lines=(text,), rows=(row.words,))
            ends = terms.term_end(found)
            starts = terms.term_start(found) if "valid_from" not in fields else None
            if ends is not None and ends.value is not None:
                return fields | {"valid_to": ends} | ({"valid_from": starts} if starts is not None else {})
    return fields


def finish(document: DocumentPages, fields: dict[str, Field]) -> dict[str, Field]:
    """Holder, address and certifier where they have no label; the certifier's own address is not the holder's."""
    fields = dict(fields)
    for page in document.pages:
        title = unlabelled.title_word(page, _TITLE) or unlabelled.title_word(page, _TITLE_END)
        if title is None:
            continue
        face = unlabelled.face(page, title)
        fields = _with_holder(face, fields, title.box[3])
        fields = _with_certifier(document, face, _with_stated_term(face, fields))
        if "holder_uscc" not in fields and "holder_name" in fields:
            code, name = entities.proven_code(document), fields["holder_name"]
            if code is not None and code.page == name.page and 0 <= code.box[1] - name.box[1] < _NEAR_NAME:
                fields["holder_uscc"] = code
        break
    else:
        fields = _with_certifier(document, document.pages[0], fields) if document.pages else fields
    return fields


_NEAR_NAME = 0.08
"""A code without a label is the holder's when it stands so close below its name, in page heights."""


def _body_top(page: Page, below: float) -> float:
    """The height at which the certified standard or the conformity statement begins: names stand above it."""
    return min(
        (row.box[1] for row in unlabelled.rows(page) if row.box[1] > below and _STANDARD.search(fold(row.text))),
        default=1.0,
    )


def _with_holder(page: Page, fields: dict[str, Field], title_bottom: float) -> dict[str, Field]:
    body = _body_top(page, title_bottom)
    dates = unlabelled.top_of(fields, ("issued_on", "valid_to", "valid_from"), page.number)
    address = fields.get("address")
    if address is not None and address.page == page.number and address.box[1] > dates:
        # An address below the dates is the certifier's.
        del fields["address"]
    if (
        "holder_name" not in fields
        and (named := _named_in_the_opening(page, title_bottom, min(body, dates))) is not None
    ):
        fields["holder_name"] = named
    if "holder_name" not in fields:
        opening = [row.box[3] for row in unlabelled.rows(page) if _OPENING.search(fold(row.text)) and row.box[1] < body]
        holder = unlabelled.holder(page, below=max([title_bottom, *opening]), above=min(body, dates))
        holder = holder or unlabelled.holder(page, below=title_bottom, above=min(body, dates))
        if holder is not None:
            fields["holder_name"] = holder
    if "address" not in fields and "holder_name" in fields and fields["holder_name"].page == page.number:
        found = unlabelled.address_below(page, below=fields["holder_name"].box[3], above=min(body, dates))
        if found is not None:
            fields["address"] = found
    return fields


def _named_in_the_opening(page: Page, below: float, above: float) -> Field | None:
    """The holder on the line that opens the certificate (兹证明：某某公司)."""
    for row in unlabelled.rows(page):
        said = _OPENED.match(tidy(row.text))
        if said is not None and below < row.box[1] < above and unlabelled.is_organisation(said["name"]):
            return unlabelled.field_of([row], said["name"], page.number)
    return None


def _with_certifier(document: DocumentPages, page: Page, fields: dict[str, Field]) -> dict[str, Field]:
    """The 认证机构 by its label, by a line of its own that is not the holder's, or by the seal."""
    if "issuing_authority" in fields and fields["issuing_authority"].value is not None:
        return fields
    holder = fields.get("holder_name")
    name = str(holder.value) if holder is not None and holder.value is not None else None
    found = unlabelled.issuer_line(page, not_name=name, wanted=_CERTIFIER) or _seal_name(document, name)
    if found is not None and name is None:  # it may as well be the holder's own name, or its seal
        found = replace(found, checks=(*found.checks, "holder_unknown"))
    return fields | {"issuing_authority": found} if found is not None else fields


def _seal_name(document: DocumentPages, holder: str | None) -> Field | None:
    """The certifier as its seal spells it: a company's seal that is not the holder's."""
    seals = [
        seal for page in document.pages for seal in page.seals if seal.text and unlabelled.is_organisation(seal.text)
    ]
    other = [seal for seal in seals if seal.text and not unlabelled.names(seal.text, holder)]
    certifiers = [seal for seal in other if seal.text and _CERTIFIER.search(fold(seal.text))]
    best = max(certifiers, key=lambda seal: seal.confidence, default=None)
    if best is None or best.text is None:
        return loose.authority_from_seal(document.pages, not_name=holder)
    return Field(
        value=best.text, raw=best.text, confidence=best.confidence, page=best.page, box=best.box, checks=("from_seal",)
    )


def _titles() -> tuple[str, ...]:
    chinese = [f"{system}管理体系{kind}" for system in SYSTEMS for kind in ("认证证书", "证书")]
    english = (
        "Quality Management System Certificate",
        "Environmental Management System Certificate",
        "Occupational Health and Safety Management System Certificate",
        "Food Safety Management System Certificate",
        "Food Safety Management System Certification Certificate",
        "Information Security Management System Certificate",
        "Energy Management System Certificate",
        "Management System Certificate",
        "Management System Certification Certificate",
        "System Certificate",
    )
    return (*chinese, "管理体系认证证书", "管理体系证书", "体系认证证书", "HACCP体系认证证书", *english)


EXTRACTOR = Extractor(
    kind="management_system_certificate",
    titles=_titles(),
    annex_titles=("认证证书附件", "证书附件", "Certificate Annex", "Annex to Certificate"),
    fields=FIELDS,
    score=score,
    finish=finish,
)
