"""Public lists from CSV or XLSX: headings as exports spell them, rows checked.

违法违规记录, 经营异常名录 and 严重违法失信名单 of clause 4.3, in one shape.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from pathlib import Path

from qi_pipeline.admission.facts import CreditEntry, CreditList
from qi_pipeline.records.tables_in import ColumnSpec, Problems, date_reader, read_table, refuse

COLUMNS = (
    ColumnSpec(
        name="uscc",
        aliases=(
            "统一社会信用代码",
            "社会信用代码",
            "统一社会信用代码/注册号",
            "信用代码",
            "行政相对人代码_1(统一社会信用代码)",
        ),
    ),
    ColumnSpec(
        name="name",
        required=False,
        aliases=("企业名称", "名称", "机构名称", "当事人名称", "行政相对人名称", "主体名称"),
    ),
    ColumnSpec(
        name="listed_on",
        aliases=(
            *("列入日期", "纳入日期", "标记日期", "列入时间", "列入经营异常名录日期", "列入严重违法失信名单日期"),
            *("处罚决定日期", "行政处罚决定日期", "决定日期", "处罚日期", "认定日期"),
        ),
    ),
    ColumnSpec(
        name="removed_on",
        required=False,
        aliases=(
            "移出日期",
            "移除日期",
            "恢复日期",
            "移出时间",
            "移出经营异常名录日期",
            "移出严重违法失信名单日期",
            "退出日期",
        ),
    ),
    ColumnSpec(
        name="reason",
        required=False,
        aliases=(
            *("列入原因", "纳入原因", "标记原因", "列入经营异常名录原因", "列入严重违法失信名单原因", "列入事由"),
            *("违法行为类型", "违法事实", "处罚事由", "原因", "事由"),
        ),
    ),
)
"""The contract's headings and those of public pages and exports (列入, 纳入 and 标记 are one thing)."""

_USCC = re.compile(r"[0-9A-Z]{18}")


def read_credit_list(path: Path, kind: CreditList) -> list[CreditEntry]:
    """The entries of the list; raises :class:`UsageError` that names every bad row."""
    problems = Problems(path.name)
    day = date_reader()
    found: list[CreditEntry] = []
    for number, (written, name, listed, removed, reason) in read_table(path, COLUMNS, problems):
        uscc = unicodedata.normalize("NFKC", written).upper()
        listed_on, removed_on = day(listed), day(removed)
        if not _USCC.fullmatch(uscc):
            problems.add(number, f"uscc {written!r} is not 18 digits and letters")
        elif not listed_on:
            problems.add(number, f"listed_on {listed!r} is not a date; write 2026-11-22")
        elif removed_on is None:
            problems.add(number, f"removed_on {removed!r} is not a date; write 2026-11-22 or leave it empty")
        elif removed_on and removed_on < listed_on:
            problems.add(number, f"removed_on {removed_on} is before listed_on {listed_on}")
        else:
            found.append(
                CreditEntry(
                    list=kind,
                    uscc=uscc,
                    name=name,
                    listed_on=date.fromisoformat(listed_on),
                    removed_on=date.fromisoformat(removed_on) if removed_on else None,
                    reason=reason,
                )
            )
    refuse(problems)
    return found
