"""Single values of an application brought to their types: text without control characters, moments with an offset.

What is not of the type becomes None; that something was there is said by the schema's problems.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""The platform's time zone; a moment without an offset is meant in it."""

_MOST_ROWS = 5000
_MOST_CHARACTERS = 2000
_USCC = re.compile(r"[0-9A-Z]{18}")


def text_of(value: object) -> str | None:
    r"""The text without control characters and outer spaces; a whole number as its digits; None for all else.

    >>> text_of("  江阴某某检测有限公司\x00 "), text_of(13800000000), text_of(True), text_of("  ")
    ('江阴某某检测有限公司', '13800000000', None, None)
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return None
    kept = "".join(
        " " if char.isspace() else char
        for char in value[:_MOST_CHARACTERS]
        if char.isspace() or unicodedata.category(char) not in ("Cc", "Cf", "Cs")
    )
    return re.sub(r" {2,}", " ", kept).strip() or None


def texts_of(value: object) -> tuple[str, ...]:
    """The texts of a list, those that are none left out."""
    if not isinstance(value, list):
        return ()
    return tuple(text for each in value[:_MOST_ROWS] if (text := text_of(each)))


def choice_of(value: object, choices: Collection[str]) -> str | None:
    """The value where it is one of ``choices``."""
    return value if isinstance(value, str) and value in choices else None


def uscc_of(value: object) -> tuple[str | None, bool]:
    """The 统一社会信用代码 in its normal spelling, and whether it has the 18 characters of one.

    >>> uscc_of(" ９１３２０２８１ＭＡ１ｘ ")
    ('91320281MA1X', False)
    """
    text = text_of(value)
    if text is None:
        return None, True
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
    return text, bool(_USCC.fullmatch(text))


def moment_of(value: object) -> datetime | None:
    """The aware moment that an ISO 8601 text names; None where it names none of this century.

    >>> moment_of("2026-11-20T10:12:00").isoformat()
    '2026-11-20T10:12:00+08:00'
    """
    text = text_of(value)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=SHANGHAI)
        moment.astimezone(SHANGHAI)
    except (ValueError, OverflowError):
        return None
    return moment if 2000 <= moment.year < 2100 else None


def rows_of(value: object) -> Iterator[tuple[int, Mapping[str, object]]]:
    """The objects of a list with their positions; whatever else is in it is left out."""
    if isinstance(value, list):
        for index, row in enumerate(value[:_MOST_ROWS]):
            if isinstance(row, Mapping):
                yield index, row
