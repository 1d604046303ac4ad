"""Why a value is doubtful, and what stands behind a certain one (存疑原因与旁证), in plain words by language.

The codes are the checks and doubts that extraction keeps with a field; a leading ``!`` is a check that failed.
"""

from __future__ import annotations

import re

from qi_pipeline.model import Field, Lang
from qi_pipeline.reports.phrases import HEADINGS

BACKING: dict[str, tuple[str, str]] = {
    "text_layer": ("取自电子文本", "digital text"),
    "check_digit": ("校验位正确", "check digit right"),
    "qr": ("与二维码一致", "agrees with the QR code"),
    "repeated": ("本件他处重复印有", "printed again on this paper"),
    "other_paper": ("与另一材料一致", "agrees with another paper"),
    "second_reading": ("二次识读一致", "second reading agrees"),
    "passes": ("多次识读一致", "repeated readings agree"),
    "seal": ("与印章文字一致", "agrees with the name on a seal"),
    "term": ("符合法定有效期", "fits the legal term"),
    "whole_years": ("有效期为整年", "a term of whole years"),
    "order": ("日期先后合理", "dates in order"),
    "term_start": ("与起始日期一致", "agrees with the start of the term"),
    "established": ("与成立日期一致", "agrees with the date of establishment"),
    "issued": ("与发证日期一致", "agrees with the date of issue"),
    "number": ("与编号中的年份一致", "agrees with the year in the number"),
    "known_authority": ("与本件地名及机关名称相符", "made up of this paper's places and a known office"),
    "year": ("编号中的年份一致", "year in the number agrees"),
    "format": ("编号格式相符", "number of the right form"),
    "legal_person_agrees": ("与法人信息一致", "agrees with the legal person named"),
    "electronic_signature": ("电子签名", "electronic signature"),
    "adopted_wording": ("与标准文本一致", "the adopted wording"),
    "ink": ("见手写笔迹", "handwriting seen"),
    "ticked": ("勾选清晰", "clearly ticked"),
    "firm_letters": ("各字均清晰", "every letter is clear"),
}
"""What speaks for a value, by check."""

AGAINST: dict[str, tuple[str, str]] = {
    "check_digit": ("校验位不符", "its check digit is wrong"),
    "qr": ("与二维码内容不一致", "the QR code says something else"),
    "repeated": ("本件他处印的相近而不同", "elsewhere on this paper it reads a little differently"),
    "other_paper": ("另一材料上相近而不同", "another paper has it a little differently"),
    "second_reading": ("二次识读结果不同", "a second reading differs"),
    "passes": ("多次识读结果不同", "repeated readings differ"),
    "seen_again": ("再次识读未能看清", "a second look could not make it out"),
    "term": ("不合法定有效期，疑有误读", "it does not fit the legal term"),
    "order": ("与其他日期先后矛盾", "it contradicts another date's order"),
    "term_start": ("与起始日期不一致", "it differs from the start of the term"),
    "number": ("与编号中的年份不一致", "the year in the number differs"),
    "year": ("编号中的年份不一致", "its year differs from the dates"),
    "format": ("不合该类编号的格式", "numbers of this kind have another form"),
    "form": ("不像此项应有的内容", "it does not look like what should stand here"),
    "brackets": ("括号残缺，疑有漏读", "torn brackets: something was not read"),
    "ticked": ("勾选不清", "the tick is unclear"),
    "ink": ("未见可确认的手写笔迹", "no handwriting could be made out"),
    "ink_on_line": ("签字处笔迹难以确认", "the ink on the line is hard to tell"),
    "on_page": ("签字栏紧贴影像边缘，签名可能未拍全", "the place to sign lies at the picture's edge"),
    "label": ("未找到签字栏", "the place to sign was not found"),
    "repaired": ("数字残缺，按可能的日期补全", "a torn date, completed to the likeliest day"),
    "adopted_wording": ("文本与标准承诺书不同", "not the adopted wording"),
}
"""What speaks against a value, by the check that failed."""

FLAWS: dict[str, tuple[str, str]] = {
    "unreadable": ("印有内容但无法辨认", "printed, but it can't be made out"),
    "bitonal": ("黑白二值影像，笔画有损", "a one-bit copy, strokes are lost"),
    "grey": ("灰度复印件", "a grey copy"),
    "small_letters": ("字迹过小", "small letters"),
    "low_score": ("字迹不清", "unclear print"),
    "wide_print": ("字迹宽于所读字数，或有漏字", "wider print than its letters: one may be missing"),
    "under_seal": ("被印章压盖", "a seal lies over it"),
    "long_text": ("文字较长，或有个别误字", "a long text, in which a letter may be wrong"),
}
"""What about the picture speaks against a reading."""

NEUTRAL: dict[str, tuple[str, str]] = {
    "near_second_reading": ("二次识读略有出入", "a second reading differs a little"),
    "weak_letter": ("有个别字难以确认", "a letter of it is hard to tell"),
    "passes_differ": ("多次识读不尽一致", "repeated readings do not all agree"),
    "coarse": ("只印到年月", "printed without a day"),
    "mended": ("残缺处按本件他处所印补全", "completed from what else this paper prints"),
    "pieced": ("由分散的数字拼合", "pieced together from single figures"),
    "holder_unknown": (
        "未读出持证人，可能就是持证人自己的名称",
        "no holder was read, so it may be the holder's own name",
    ),
    "changed": ("变更栏中另有记载", "the paper lists a change of it"),
    "other_number": ("标志或附表上印有另一编号", "the mark or the annex bears another number"),
    "from_seal": ("取自印章文字", "read from a seal"),
}
"""What a reviewer should know of a doubtful value, without being for or against it."""

_BLOCKS: dict[str, tuple[str, str]] = {
    "title": ("标题", "title"),
    "preamble": ("引言", "opening words"),
    "closing": ("结尾承诺", "closing words"),
}
"""Parts of the commitment letter that have no number."""
_STATES: dict[str, tuple[str, str]] = {
    "missing": ("缺失", "is missing"),
    "changed": ("被改动", "was changed"),
    "doubtful": ("未能读清", "could not be read clearly"),
}
_ALONE: tuple[str, str] = ("仅一次识读，没有其他依据可以印证", "read once, with nothing else to confirm it")
_FEW: tuple[str, str] = ("识读把握不足，旁证尚不充分", "not read surely enough, and too little confirms it")


_NOTES: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"text layer not believed: (\d+) of (\d+) lines.*"),
        r"电子文本与图像不符，未予采信：\2行中有\1行识读结果不同",
    ),
    (re.compile(r"the page is too thin to hold print"), r"页面过窄，无法印有文字"),
    (re.compile(r"(\d+) attached files? .*"), r"文件内嵌有\1个附件，未予识读：请机构将附件单独提交"),
)
"""What reading notes about a page, in Chinese."""


def page_note(note: str, lang: Lang) -> str:
    """What reading noted about a page, in the reader's language where it is known in it."""
    if lang == "zh":
        for pattern, said in _NOTES:
            if found := pattern.fullmatch(note):
                return found.expand(said)
    return note


def backing(field: Field, lang: Lang) -> tuple[str, ...]:
    """What stands behind the value."""
    return _words([BACKING[check] for check in field.checks if check in BACKING], lang)


def doubts(field: Field, lang: Lang, *, doubtful: bool) -> tuple[str, ...]:
    """Why the value is doubtful; of a certain value, only the checks that it failed."""
    failed = [check for check in field.checks if check.startswith("!")]
    reasons = [_failed(check) for check in failed]
    if doubtful:
        reasons += [FLAWS[flaw] for flaw in field.doubts if flaw in FLAWS]
        reasons += [NEUTRAL[check] for check in field.checks if check in NEUTRAL]
        if field.value is None and "unreadable" not in field.doubts:
            reasons.insert(0, FLAWS["unreadable"])
        if not reasons:
            reasons.append(_FEW if any(check in BACKING for check in field.checks) else _ALONE)
    said = list(_words(reasons, lang))
    if field.suggestion:
        said.append(f"{HEADINGS['suggestion'][lang]} {field.suggestion}")
    return tuple(said)


def _failed(check: str) -> tuple[str, str]:
    known = AGAINST.get(check[1:])
    if known is not None:
        return known
    block, _, state = check[1:].partition(":")
    if state in _STATES:  # a part of the commitment letter
        zh, en = _BLOCKS.get(block, (f"第{block}项", f"item {block}"))
        return (f"{zh}{_STATES[state][0]}", f"{en} {_STATES[state][1]}")
    return (f"核对未通过（{check[1:]}）", f"check failed ({check[1:]})")


def _words(pairs: list[tuple[str, str]], lang: Lang) -> tuple[str, ...]:
    return tuple(dict.fromkeys(pair[lang == "en"] for pair in pairs))
