"""Every template tried with sample values: what a platform's edit broke is found before a letter is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from markupsafe import Markup

from qi_pipeline.errors import InstallationError
from qi_pipeline.model import Lang
from qi_pipeline.reports import official
from qi_pipeline.reports.dates import long_date
from qi_pipeline.reports.letter_templates import LetterError, Templates, template_name
from qi_pipeline.reports.official import NOTICES, REQUIRED, Letter
from qi_pipeline.reports.pdf import pdf_of

_NAME = "示例<检测>&有限公司"
_USCC = "91320299MA0000001N"
_NUMBER = "SL-2026-000001"
_ON = date(2026, 11, 22)
_ITEM = {"text": "资质证书已过有效期。", "clause": "第4.2条", "todo": "请提交有效的证书。", "document": "cma.pdf"}
_VALUES: dict[str, object] = {
    "ends": [{"paper": "资质证书", "number": "221020340001", "valid_to": date(2026, 12, 31), "days_left": 39}],
    "services": ["食品检测"],
    "licence": False,
    "deregisters_on": date(2026, 12, 23),
    "due_on": date(2026, 12, 20),
    "lapsed": [{"service": "食品检测", "papers": "资质证书 221020340001", "on": date(2026, 10, 23)}],
    "grace": 30,
    "text": "超出资质范围出具报告",
    "left_open": ["两份报告未交付"],
    "request_name": "入驻申请",
    "entering": True,
    "leaving": False,
    "submitted_on": date(2026, 11, 20),
    "items": [_ITEM],
}
_LEAVING, _REVIEW = ("text", "left_open"), ("request_name", "entering", "leaving", "submitted_on", "items")
_USED: dict[str, tuple[str, ...]] = {
    "reminder": ("ends",),
    "suspension": ("services", "licence", "deregisters_on"),
    "audit": ("due_on",),
    "deregistration": ("lapsed", "grace"),
    "voluntary_exit": _LEAVING,
    "inspection_failed": _LEAVING,
    "closed": _LEAVING,
    "qualification_revoked": _LEAVING,
    "eviction_notice": ("text",),
    **dict.fromkeys(NOTICES, _REVIEW),
}
"""The values that each letter is filled with."""
_OPTIONAL: dict[str, object] = {
    "services": [],
    "licence": True,
    "deregisters_on": None,
    "left_open": [],
    "entering": False,
    "leaving": True,
    "submitted_on": None,
}
"""The same without what a letter may lack."""
_OUTSIDE = re.compile(
    r"""(?:src|href)\s*=\s*["']?\s*(?!data:|#)[^"'\s>]+|url\(\s*["']?(?!data:)|@import""", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One template, and what is wrong with it."""

    kind: str
    lang: Lang
    template: str
    own: bool
    """Whether the platform has its own in place of the shipped one."""
    faults: tuple[str, ...]


def check_templates(templates: Templates) -> list[Checked]:
    """Each letter in each language it exists in."""
    own = set(templates.names())
    found = []
    for kind in REQUIRED:
        languages: tuple[Lang, ...] = ("zh", "en") if kind in NOTICES else ("zh",)
        for lang in languages:
            name = template_name(kind, lang)
            faults = _faults(templates, kind, lang)
            found.append(Checked(kind=kind, lang=lang, template=name, own=name in own, faults=tuple(faults)))
    return found


def stray_files(templates: Templates) -> list[str]:
    """Files of the platform's folder that stand in the place of no shipped template and that none of its own uses."""
    shipped = {path.name for path in files("qi_pipeline.reports").joinpath("templates").iterdir()}
    strays = [name for name in templates.names() if not (name in shipped and name.startswith("letter"))]
    return [name for name in strays if name not in templates.used_by_own()]


def check_pdf(templates: Templates) -> str | None:
    """Why no letter can be written as PDF here; None where one can."""
    try:
        pdf_of(templates.page(_sample("audit", "zh", _VALUES)))
    except (InstallationError, LetterError) as error:
        return str(error)
    return None


def _sample(kind: str, lang: Lang, values: dict[str, object]) -> Letter:
    used = {name: values[name] for name in _USED[kind]}
    return official.Letter(
        key="sample", kind=kind, number=_NUMBER, institution=_NAME, uscc=_USCC, on=_ON, lang=lang, values=used
    )


def _faults(templates: Templates, kind: str, lang: Lang) -> list[str]:
    """What is wrong with the letter, filled with all that can stand in it and with as little as may."""
    found: list[str] = []
    for values in (_VALUES, {**_VALUES, **_OPTIONAL}):
        try:
            page = templates.page(_sample(kind, lang, values))
        except LetterError as error:
            found.append(str(error))
            continue
        text = Markup(page.partition("<body>")[2]).striptags()  # noqa: S704 - only stripped of its tags
        wanted = {"number": _NUMBER, "institution": _NAME, "platform": templates.platform, "on": long_date(_ON, lang)}
        found += [f"it does not print {name}" for name, value in wanted.items() if value not in text]
        if "<检测>" in page:
            found.append("it prints values unescaped (|safe): a name could put a form or a script into the letter")
        found += [f"it refers to something outside, which no letter loads: {each}" for each in _OUTSIDE.findall(page)]
    return list(dict.fromkeys(found))
