"""What certificates call the things they all print: number, holder, issuer, dates (证书上的通用栏目名).

Best first: where a paper prints two of them, the earlier one is the field. Kinds put their own names in front.
English twins stand beside the Chinese ones, for bilingual papers print the value after the second.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from qi_pipeline.extraction import readers, terms
from qi_pipeline.extraction.annex_columns import is_header_cell
from qi_pipeline.extraction.fields import FieldSpec, Found, Read
from qi_pipeline.extraction.folding import fold, is_han
from qi_pipeline.extraction.identifiers import compact
from qi_pipeline.extraction.standards import standards_in
from qi_pipeline.model import Field

NUMBER = (
    "证书编号",
    "证书号",
    "证书号码",
    "许可证编号",
    "许可证号",
    "许可证号码",
    "批准书编号",
    "批准书号",
    "批准号",
    "备案编号",
    "备案号",
    "备案登记号",
    "登记编号",
    "登记号",
    "许可编号",
    "经营许可证编号",
    "登记证号",
    "资质证书编号",
    "资质证书号",
    "资质编号",
    "证照编号",
    "发证编号",
    "证件编号",
    "证编号",
    "编号",
    "证号",
    "证书注册号",
    "注册编号",
    "注册号",
    "Certificate No.",
    "Certificate No",
    "Certificate Number",
    "Cert. No.",
    "Registration No.",
    "Registration No",
    "Registration Number",
    "Reg. No.",
    "License No.",
    "Licence No.",
    "No.",
    "No",
)
"""Names of a certificate's number."""

HOLDER = (
    "机构名称",
    "单位名称",
    "企业名称",
    "组织名称",
    "公司名称",
    "持证单位",
    "持证人",
    "证书持有人",
    "申请单位",
    "名称",
)
"""Names of the holder."""

USCC = (
    "统一社会信用代码",
    "社会信用代码",
    "统一信用代码",
    "信用代码",
    "Unified Social Credit Code",
    "Unified Social Credit Identifier",
    "Social Credit Code",
    "USCC",
)
"""Names of the 统一社会信用代码."""

ADDRESS = (
    "地址",
    "住所",
    "单位地址",
    "机构地址",
    "机构住所",
    "企业地址",
    "注册地址",
    "登记地址",
    "通讯地址",
    "详细地址",
    "办公地址",
    "办公场所",
    "经营地址",
    "经营场所",
    "生产地址",
    "场所地址",
    "注册住所",
    "执业机构地址",
    "执业地址",
    "执业场所",
    "营业地址",
    "所在地",
    "机构所在地",
)
"""Names of the holder's address."""

PERSON = (
    "法定代表人",
    "法定代表人(负责人)",
    "法定代表人姓名",
    "法定代表人(主要负责人)",
    "主要负责人",
    "单位负责人",
    "机构负责人",
    "企业负责人",
    "执行事务合伙人",
    "负责人",
    "经营者",
    "投资人",
)
"""Names of the person who stands for the holder."""

ISSUED = (
    "发证日期",
    "本次发证日期",
    "本次颁证日期",
    "本次签发日期",
    "证书颁发日期",
    "证书签发日期",
    "颁发日期",
    "签发日期",
    "颁证日期",
    "核发日期",
    "发证时间",
    "颁发时间",
    "发布日期",
    "批准日期",
    "批准时间",
    "核准日期",
    "备案日期",
    "Date of Issue",
    "Date of Issuance",
    "Issue Date",
    "Issuing Date",
    "Issuance Date",
    "Date Issued",
    "Issued on",
    "Issued Date",
    "Certified on",
)
"""Names of the day of issue; first and renewed issues (初次发证, 换证) are others."""

RENEWED = (
    "换证日期",
    "证书换发日期",
    "换发日期",
    "再认证日期",
    "证书更新日期",
    "Date of renewal",
    "Re-issue Date",
    "Reissue Date",
)
"""Names of the day on which a certificate was exchanged: the day of issue where no other is printed."""

NOT_ISSUED = (
    "初次发证日期",
    "首次发证日期",
    "首次发证时间",
    "首次发证",
    "初次发证",
    "初次获证",
    "首次获证",
    "首次颁证",
    "初次颁证",
    "首次批准",
    "初次获证日期",
    "首次获证日期",
    "初次颁证日期",
    "首次颁证日期",
    "首次颁发日期",
    "初次颁发日期",
    "初次认证日期",
    "首次认证日期",
    "初次注册日期",
    "首次注册日期",
    "初次认可",
    "初次认可日期",
    "首次认可日期",
    "初次批准日期",
    "首次批准日期",
    "打印日期",
    "下载日期",
    "变更日期",
    "更新日期",
    "Date of initial issuance",
    "Date of initial issue",
    "Initial issue date",
    "Initial Certification Date",
    "Date of first issue",
    "First issue date",
    "First issued on",
    "Date of Initial Accreditation",
    "Initial Accreditation",
    "Original issue date",
    "Original Certification Date",
)
"""Dates that look like the day of issue and are not."""

VALID = (
    "有效期至",
    "证书有效期至",
    "有效期限至",
    "本证书有效期至",
    "有效期截止日期",
    "有效期截止日",
    "有效期截止",
    "截止日期",
    "有效截止日期",
    "证书到期日期",
    "到期日期",
    "证书有效日期",
    "有效日期",
    "有效至",
    "失效日期",
    "有效期限",
    "证书有效期限",
    "证书有效期",
    "本证书有效期",
    "资质有效期",
    "许可有效期",
    "授权期限",
    "授权有效期",
    "授权有效期限",
    "许可期限",
    "许可证有效期",
    "许可证有效期限",
    "批准有效期",
    "核准有效期",
    "资质有效期限",
    "证书有效期间",
    "有效期",
    "有效期自",
    "Valid until",
    "Valid to",
    "Valid till",
    "Valid through",
    "Expiry Date",
    "Date of Expiry",
    "Date of Expiration",
    "Expiration Date",
    "Expires on",
    "Closing date",
    "Validity",
    "Valid from",
    "Period of validity",
    "Validity period",
    "Term of validity",
)
"""Names of the validity: a last day, a period or a term."""

EFFECTIVE = (
    "生效日期",
    "证书生效日期",
    "有效期起始日期",
    "有效期起",
    "起始日期",
    "Effective Date",
    "Date of Effectiveness",
    "Effective from",
)
"""Names of the first day of validity."""

ISSUER = (
    "发证机关",
    "发证机构",
    "发证部门",
    "发证单位",
    "颁发机关",
    "颁发机构",
    "颁证机关",
    "颁证机构",
    "颁发部门",
    "批准机关",
    "批准部门",
    "批准单位",
    "审批机关",
    "审批部门",
    "许可机关",
    "核发机关",
    "核准机关",
    "授权机关",
    "登记机关",
    "备案机关",
    "签发机关",
    "签发机构",
    "认定机关",
    "认定机构",
    "主管机关",
    "Issued by",
    "Issuing Authority",
    "Issuing Body",
)
"""Names of the issuing authority."""


def name(found: Found) -> Field | None:
    """The holder's name; the head of a table's next column is none, nor are the standards listed below 名称."""
    field = readers.name(found)
    if field is None or is_header_cell(str(field.value)) or "《" in str(field.value) or standards_in(str(field.value)):
        return None
    return field


def number(pattern: re.Pattern[str], *, shape: Callable[[str], str] | None = None) -> Read:
    """A reader of numbers of a known form; what stands there in another form is printed and can't be read: null."""
    read = readers.number(pattern, shape=shape)

    def read_or_null(found: Found) -> Field | None:
        field = read(found)
        if field is None and re.search(r"[0-9A-Z]{4}", compact("".join(found.lines[:1]))):
            return readers.made(found, None, raw=found.lines[0])
        return field

    return read_or_null


_BODY = re.compile(
    r"^(?:经(?:审查|考核|评审|审核|批准|认定)|你(?:机构|单位|公司)|该(?:机构|单位)|根据|依据|按照|符合|批准|准予|兹|特发|特此|检验检测能力|授权|上述|资质认定)"
    r"|具备.{0,12}条件|现予(?:批准|发证)|特发此证|^[\u4e00-\u9fff]{2,8}管理体系(?:符合|认证|已)"
)


def _upto(found: Found, kept: int) -> Found:
    """``found`` with its first lines only; each line is its words joined by single spaces."""
    if kept >= len(found.lines):
        return found
    characters = sum(len(line) + 1 for line in found.lines[:kept])
    words, used = [], 0
    for word in found.words:
        if used >= characters:
            break
        words.append(word)
        used += len(word.text) + 1
    return replace(found, words=tuple(words), lines=found.lines[:kept], rows=found.rows[:kept])


def _without_english(found: Found) -> Found:
    """``found`` without the English lines that repeat a Chinese value below it."""
    if not found.lines or not any(is_han(char) for char in found.lines[0]):
        return found
    english = (
        at for at, line in enumerate(found.lines) if line.isascii() and len(re.findall(r"[A-Za-z]{3,}", line)) >= 2
    )
    return _upto(found, next(english, len(found.lines)))


def scope(found: Found) -> Field | None:
    """A scope: all lines joined, an English translation below the Chinese left out."""
    return readers.text(_without_english(found))


def address(found: Found) -> Field | None:
    """An address without the statement that many certificates print right below it (经审查，你机构 …)."""
    kept = next((at for at, line in enumerate(found.lines) if _BODY.search(fold(line))), len(found.lines))
    found = _upto(_without_english(found), kept)
    field = readers.address(found) if found.lines else None
    if field is None or not isinstance(field.value, str) or not any(is_han(char) for char in field.value):
        return field
    # In a Chinese address a space between digits is where the print was cut, not where it parts.
    return replace(field, value=re.sub(r"(?<=[0-9]) (?=[0-9])", "", field.value))


def not_it(_found: Found) -> Field | None:
    """Nothing: the reader of labels that are known only so that they end the value before them and are never taken."""
    return None


def dates(*, issued: tuple[str, ...] = ()) -> tuple[FieldSpec, ...]:
    """The specs of issue and validity that every certificate shares; a kind's own names come first."""
    return (
        FieldSpec(name="issued_on", labels=(*issued, *ISSUED, *RENEWED), read=terms.day),
        FieldSpec(name="issued_on", labels=NOT_ISSUED, read=not_it),
        *terms.term(VALID),
        FieldSpec(name="valid_from", labels=EFFECTIVE, read=terms.day),
    )
