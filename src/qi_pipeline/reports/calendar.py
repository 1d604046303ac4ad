"""The calendar of what is due and what ends (iCalendar, RFC 5545): all-day events that any calendar program takes.

Lines end with CRLF and are folded at 75 octets, never inside a character (3.1); text is escaped (3.3.11). The same
entry has the same UID in every export, so a calendar that is loaded again moves it instead of doubling it, and
``DTSTAMP`` is the as-of date, so the same state gives the same bytes. There are no alarms.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from qi_pipeline.model import Lang
from qi_pipeline.reports.phrases import kind_name
from qi_pipeline.residency.outlook import Ahead

_SPACE = uuid.UUID("5f1f2c34-7f0b-5d5c-9a52-2f6f9f0c7e11")
"""The name space of our UIDs; never changed."""
_OCTETS = 75
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_TITLES: dict[str, dict[str, str]] = {
    "certificate_ends": {"zh": "证书到期", "en": "Certificate ends"},
    "licence_ends": {"zh": "营业执照（法人证书）到期", "en": "Licence ends"},
    "notify_applicant": {"zh": "告知审核结果期限", "en": "Notify the applicant"},
    "complete_profile": {"zh": "完善机构信息期限", "en": "Complete the profile"},
    "deregister_closed": {"zh": "关闭后登记注销期限", "en": "Deregister after closing"},
    "annual_audit": {"zh": "年度审核", "en": "Annual audit"},
    "deregisters": {"zh": "无有效资质将注销", "en": "Deregistration without a renewal"},
    "complaint": {"zh": "投诉办结期限", "en": "Close the complaint"},
    "site_visit": {"zh": "实地调查", "en": "Site visit"},
}
_PROVISIONAL = {"zh": "（日历未发布，暂定）", "en": " (provisional)"}
_CLAUSE = {"zh": "条款", "en": "Clause"}
_NAME = {"zh": "期限与到期", "en": "Deadlines and expiries"}


def calendar_text(entries: Iterable[Ahead], *, as_of: date, platform: str, lang: Lang) -> Iterator[str]:
    """The calendar in parts, an event each, in the order of the entries."""
    yield _lines(
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//qi-pipeline//deadlines//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_escape(f'{platform} {_NAME[lang]}')}",
        "X-WR-TIMEZONE:Asia/Shanghai",
    )
    for entry in entries:
        yield _event(entry, as_of, lang)
    yield _lines("END:VCALENDAR")


def uid(entry: Ahead) -> str:
    """The entry's UID: the same in every export, whatever its day."""
    return f"{uuid.uuid5(_SPACE, f'{entry.what}|{entry.key}')}@qi-pipeline"


def _event(entry: Ahead, as_of: date, lang: Lang) -> str:
    title = _TITLES[entry.what][lang] + (_PROVISIONAL[lang] if entry.provisional else "")
    paper = kind_name(entry.kind, lang) if entry.kind else ""
    said = " ".join(part for part in (paper, entry.detail) if part)
    colon = "：" if lang == "zh" else ": "
    summary = f"{title}{colon}{entry.name or entry.uscc or entry.detail}" + (f" {said}" if said else "")
    description = "\n".join(
        part for part in (entry.name, entry.uscc or "", said, f"{_CLAUSE[lang]} {entry.clause}") if part
    )
    return _lines(
        "BEGIN:VEVENT",
        f"UID:{uid(entry)}",
        f"DTSTAMP:{as_of:%Y%m%d}T000000Z",
        f"DTSTART;VALUE=DATE:{_date(entry.day)}",
        f"DTEND;VALUE=DATE:{_date(entry.day + timedelta(days=1))}",
        f"SUMMARY:{_escape(summary)}",
        f"DESCRIPTION:{_escape(description)}",
        f"CATEGORIES:{entry.what.upper()}",
        "CLASS:CONFIDENTIAL",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    )


def _date(day: date) -> str:
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"


def _escape(text: str) -> str:
    r"""The text as a TEXT value; controls that no text may hold are left out.

    >>> _escape("a;b,c\\d\ne\x07")
    'a\\;b\\,c\\\\d\\ne'
    """
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return text.replace("\t", " ")


def _lines(*lines: str) -> str:
    return "".join(_folded(line) + "\r\n" for line in lines)


def _folded(line: str) -> str:
    """The line in pieces of at most 75 octets, each after the first begun with a space."""
    if len(line.encode()) <= _OCTETS:
        return line
    pieces, piece, size = [], "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _OCTETS:
            pieces.append(piece)
            piece, size = " ", 1
        piece += character
        size += octets
    return "\r\n".join([*pieces, piece])
