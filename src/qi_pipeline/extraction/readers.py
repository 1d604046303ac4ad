"""How what stands at a label becomes a field: one reader for each sort of value.

A reader returns None when the value is not one of its sort, so that the next place is tried; where no place gives
a value but the label is plainly printed with something at it, the kernel says so with a null value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace

from qi_pipeline.extraction import dates, identifiers
from qi_pipeline.extraction.fields import Found, Read
from qi_pipeline.extraction.folding import fold, is_han, printed_width, tidy
from qi_pipeline.extraction.lines import around
from qi_pipeline.extraction.slips import with_paired_brackets, without_slips
from qi_pipeline.model import Box, Field, Json, Word

_NOTHING = re.compile(r"^[\s/\\*\-—－_.。:：无]*$")
_ORGANISATION = re.compile(
    r"(公司|中心|研究院|研究所|学院|学校|大学|医院|协会|学会|商会|事务所|检测站|检验所|检测所|合作社|企业|工厂|厂|所|院|局|会|部|店|行|社|站|队|室|馆|场|园|基地|集团|分公司|委员会|基金会|联盟|经营部|工作室|\))$"
)
_NAME_END = re.compile(
    r"(?:股份|有限|责任|集团)*(?:有限)?(?:责任)?公司(?:\(.{2,12}\)|.{2,8}分公司)?|分公司|\((?:有限|普通|特殊普通)合伙\)|合伙企业"
)
"""What of a name may stand in a line of its own though the line before ends like a whole name."""
_MENDED = 0.85
"""What a date whose 〇 was lost in reading is worth at most: another sign may be lost as well."""
_AUTHORITY = re.compile(r"(局|委员会|委|厅|部|中心|院|政府|处|办公室|所|公司|协会|署)(?:\(.*\))?$")


_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def raw_of(found: Found) -> str:
    """The value as printed, its lines joined by spaces."""
    return " ".join(found.lines) if found.lines else " ".join(word.text for word in found.words)


def made(
    found: Found,
    value: Json,
    *,
    raw: str | None = None,
    words: tuple[Word, ...] | None = None,
    derived: bool = False,
    checks: tuple[str, ...] = (),
    suggestion: str | None = None,
) -> Field:
    """A field with the box of ``words`` (default: all of ``found``) and the engine's lowest confidence there."""
    words = found.words if words is None else words
    box: Box = around(word.box for word in words) if words else (0.0, 0.0, 0.0, 0.0)
    raw = raw_of(found) if raw is None else raw
    sure = min((word.confidence for word in words), default=0.0) if value is not None else 0.0
    if dates.is_supposed(raw) and isinstance(value, str) and _ISO.fullmatch(value):
        checks = (*checks, "mended")
    return Field(
        value=value,
        raw=raw,
        confidence=min(sure, _MENDED) if dates.has_lost_zero(raw) else sure,
        page=found.page,
        box=box,
        derived=derived,
        checks=checks,
        suggestion=suggestion,
    )


_TWICE = 6
"""Letters of what is printed twice, at least: an address, not a number's figures."""


def joined(lines: tuple[str, ...] | list[str]) -> str:
    """Printed lines as one string: nothing between Chinese characters, a space between words of Latin letters."""
    text = ""
    for line in lines:
        line = line.strip()
        latin = text.isascii() and text[-1:] in (",", ";", ".", ")")
        if line[:1].isascii() and line[:1].isalpha() and (latin or (text[-1:].isascii() and text[-1:].isalnum())):
            text += " "
        text += line
    return printed_width(tidy(text))


_SPECK_BEHIND = re.compile(r"(?<=[\u4e00-\u9fff)）])\s*[.·,，、'`]$")


_SIGN_BEFORE = re.compile(r"^[☑☐□■✓√·.,，、'`]+\s*(?=[\u4e00-\u9fff])")


def text(found: Found) -> Field | None:
    """Whatever is printed there, lines joined, without a lone stop that dirt was read as behind Chinese characters."""
    value = _SIGN_BEFORE.sub("", _SPECK_BEHIND.sub("", joined(found.lines)))
    return None if _NOTHING.match(value) else made(found, value)


_SPECK_BEFORE = re.compile(r"^[.·,'`]\s*(?=[A-Za-z\u4e00-\u9fff])")


def first_line(found: Found) -> Field | None:
    """Only the first printed line, for short values that nothing may follow."""
    if not found.lines or _NOTHING.match(found.lines[0]):
        return None
    value = _SPECK_BEFORE.sub("", tidy(found.lines[0]))
    return made(found, value, raw=found.lines[0], words=line_words(found, 1))


def line_words(found: Found, last: int, first: int = 0) -> tuple[Word, ...]:
    """The words of the printed lines ``first`` to ``last``, for the box of a value that takes only these."""
    return tuple(word for row in found.rows[first:last] for word in row) or found.words


def name(found: Found) -> Field | None:
    """The name of an institution (名称): further lines only until it is complete."""
    if not found.lines:
        return None
    taken = 1
    while taken < len(found.lines) and (
        not _ORGANISATION.search(fold(joined(found.lines[:taken]))) or _goes_on_as_name(found.lines, taken)
    ):
        taken += 1
    value = _SPECK_BEHIND.sub("", joined(found.lines[:taken]).strip(" ,，。;；:："))
    if len(fold(value)) < 2 or _NOTHING.match(value) or not any(is_han(c) or c.isalpha() for c in value):
        return None
    return made(found, value, raw=" ".join(found.lines[:taken]), words=line_words(found, taken))


def _goes_on_as_name(lines: tuple[str, ...], taken: int) -> bool:
    """Whether the next line can only be the end of a name (有限公司, 无锡分公司), though the name seems complete."""
    following = fold(lines[taken])
    if fold(lines[taken - 1]).endswith("公司"):  # a legal form below it is the type of the company (类型)
        return re.fullmatch(r".{0,8}分(?:公司|部|所)", following) is not None
    return _NAME_END.fullmatch(following) is not None


_SPECK_IN_ADDRESS = re.compile(r"(?<=[号幢栋座楼层园区路])\s*[·.'`]\s*(?=[0-9A-Za-z])")


def address(found: Found) -> Field | None:
    """An address (住所): all aligned lines, without spaces between Chinese characters."""
    value = joined(found.lines).strip(" ;；。").rstrip("(（")  # （邮政编码：…） is a label of its own
    value = once(value if value.isascii() else _SPECK_IN_ADDRESS.sub("", value.rstrip(" .·、,，'")))
    return made(found, value) if len(fold(value)) >= 3 and not _NOTHING.match(value) else None


def once(text: str) -> str:
    """The text, or its half where it says the same twice, as of 注册地址 and 经营地址 read together.

    >>> once("无锡市梁溪路 1 号无锡市梁溪路 1 号"), once("无锡市梁溪路 11 号")
    ('无锡市梁溪路 1 号', '无锡市梁溪路 11 号')
    """
    half = len(text) // 2
    first, second = text[:half].strip(), text[-half:].strip() if half else ""
    return first if half >= _TWICE and fold(first) == fold(second) else text


def with_commas(address: str) -> str:
    """An English address with the commas that were read as full stops.

    >>> with_commas("Room.547, Building 5, No.35. Jinge Road, Wuxi"), with_commas("Block B, No. 7 Xi'an Rd., Wuxi")
    ('Room 547, Building 5, No.35, Jinge Road, Wuxi', "Block B, No. 7 Xi'an Rd., Wuxi")
    """
    parted = re.sub(r"(?<=[0-9])\.(?=\s+[A-Z])", ",", address)
    return re.sub(r"\b(Room|Building|Block|Floor|Unit)\.(?=[0-9A-Z])", r"\1 ", parted)


def uscc(found: Found) -> Field | None:
    """A 统一社会信用代码; one that fails its check digit is kept as read, with a possible correction as suggestion."""
    code = identifiers.uscc_in(raw_of(found))
    if code is None:
        digits = sum(char.isdigit() for char in fold(raw_of(found)))
        return made(found, None) if digits >= 8 and not re.fullmatch(r"\d{13,15}", fold(raw_of(found))) else None
    if identifiers.is_uscc(code):
        return made(found, code)
    # The code has no O and no I (GB 32100): such a sign is a 0 or a 1, if the check character bears that out.
    plain = code.replace("O", "0").replace("I", "1")
    if identifiers.is_uscc(plain):
        return made(found, plain, checks=("alphabet",))
    repairs = identifiers.uscc_repairs(code)
    return made(found, code, suggestion=repairs[0] if len(repairs) == 1 else None)


_SIGNS_AROUND = re.compile(r"^[^0-9A-Za-z\u3400-\u9fff\uf900-\ufaff(（]+|[^0-9A-Za-z\u3400-\u9fff\uf900-\ufaff)）.]+$")
"""Signs before and after a name: a box, a tick, a comma is no part of it."""


def person(found: Found) -> Field | None:
    """A person's name (法定代表人, 负责人 …), with （委派代表：…） and several partners where printed."""
    if not found.lines:
        return None
    lines = list(found.lines[:1])
    for line in found.lines[1:4]:
        if re.search(r"委派|[(（、,，]$", lines[-1]) or re.match(r"[(（]|委派", line.strip()):
            lines.append(line)
        else:
            break
    value = _SPECK_BEHIND.sub("", _SIGNS_AROUND.sub("", joined(lines)))
    folded = fold(value)
    if len(value) == 1 and is_han(value):
        return made(found, None, raw=" ".join(lines), words=line_words(found, len(lines)))  # nobody's whole name
    if len(folded) > 120 or any(c.isdigit() for c in folded) or not re.search(r"[\u4e00-\u9fff]{2}|[a-z]{2}", folded):
        return None
    return made(found, value, raw=" ".join(lines), words=line_words(found, len(lines)))


_NUMBER_SIGN = re.compile(r"^\s*(?:[A-Z][a-z]+\s+){0,2}(?:No\b|NO\b|№|Nº|Number\b)[.:：]?\s*")
"""The sign of a number before it, or its label in English where it stands in one run with it."""


_PAGE_BESIDE = re.compile(
    r"\s*[（(]?(?:第\s*\d{1,3}\s*页|共\s*\d{1,3}\s*页|\bPage\s*\d{1,3}\s*(?:of|/)).*$", re.IGNORECASE
)
"""The count of pages that stands on the line of a number (编号 第1页 共3页)."""


def number(pattern: str | re.Pattern[str] | None = None, *, shape: Callable[[str], str] | None = None) -> Read:
    """A reader of printed numbers; ``pattern`` is searched after :func:`identifiers.compact`.

    Without a pattern the first line is taken as printed. ``shape`` brings what was found to the printed spelling.
    """
    compiled = re.compile(pattern) if isinstance(pattern, str) else pattern

    def read(found: Found) -> Field | None:
        if not found.lines:
            return None
        if compiled is None:
            line = _PAGE_BESIDE.sub("", _NUMBER_SIGN.sub("", found.lines[0]))
            value = with_paired_brackets(tidy(line).strip(" ,，。;；:："))
            value = unicodedata.normalize("NFKC", value) if value.isascii() else value
            if not re.search(r"[0-9]|[一二三四五六七八九十〇○零]{2}", value):
                return None  # no number is written without a figure; its label's English twin is
            return made(found, value, raw=found.lines[0], words=line_words(found, 1))
        for at, source in enumerate((*found.lines, raw_of(found))):
            match = compiled.search(identifiers.compact(source))
            if match:
                words = line_words(found, at + 1, at) if at < len(found.lines) else found.words
                return made(found, shape(match.group()) if shape else match.group(), raw=source, words=words)
        return None

    return read


_BEFORE_AMOUNT = re.compile(
    r"^(?:[^0-9A-Za-z（(¥￥零一二三四五六七八九十百壹贰叁肆伍陆柒捌玖拾佰仟人美欧港日英澳新瑞加万](?=[0-9零壹贰叁肆伍陆柒捌玖拾人])"
    r"|[一\-—](?=[0-9]))"
)
"""A letter that dirt or a watermark left before an amount (住伍拾万元整, 一500万元整)."""


def capital(found: Found) -> Field | None:
    """A capital as printed (1000万元整, 贰仟万圆整); only the first line that holds an amount."""
    for index, line in enumerate(found.lines[:2]):
        if re.search(r"[0-9零一二三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]", line):
            lines = found.lines[: index + 1]
            return made(
                found, _BEFORE_AMOUNT.sub("", joined(lines)), raw=" ".join(lines), words=line_words(found, index + 1)
            )
    return None


_SPECK_AFTER_STOP = re.compile(r"(?<=[。；])\s*[.,·'`]$")
"""A speck behind the stop that ends a scope."""


_SPECK_AFTER_COMMA = re.compile(r"(?<=[，；、。])[·.'`](?=[\u4e00-\u9fff])")


def scope(found: Found) -> Field | None:
    """A scope (经营范围, 业务范围 …): all lines as one string."""
    value = _SPECK_AFTER_COMMA.sub("", _SPECK_AFTER_STOP.sub("", joined(found.lines)))
    if ";" in fold(value) or len(_MISREAD_COLON.findall(value)) > 1:
        value = _MISREAD_COLON.sub("；", value)
    if len(fold(value)) < 2 or _NOTHING.match(value):
        return None
    whole = without_slips(value)
    field = made(found, whole)
    return field if whole == value else replace(field, confidence=min(field.confidence, _MENDED))


_MISREAD_COLON = re.compile(r"(?<=[\u4e00-\u9fff)）])(?<![项目范围如下包括限为含类])[：:](?=[\u4e00-\u9fff])")
"""A colon between items that semicolons part: recognition takes ； for ：. Not after 项目, 范围, 如下 …"""


def authority(found: Found) -> Field | None:
    """The name of an issuing authority; not the date or remark that may follow it."""
    if not found.lines:
        return None
    for at, line in enumerate(found.lines):
        value = tidy(re.sub(r"[(（]?(?:盖章|公章|印章|签章)[)）]?", "", line)).strip(" :：,，。")
        value = re.split(r"(?:19|20)\d{2}\s*年", value)[0].strip()
        if _AUTHORITY.search(fold(value)) and len(value) >= 4:
            return made(found, value, raw=line, words=line_words(found, at + 1, at))
    return None
