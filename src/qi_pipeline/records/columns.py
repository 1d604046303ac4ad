"""What the tables have in common: one metadata, names of constraints, open periods, bytes of JSON.

A period without a beginning or an end has the first or the last day there is, not NULL, so that set-based SQL
compares days and nothing else. ``None`` stands for them everywhere outside this package.
"""

from __future__ import annotations

import json
import zlib
from datetime import date
from typing import Any

import sqlalchemy as sa

from qi_pipeline.model import Json

Row = sa.Row[Any]
"""A row as the database gives it; the functions that turn it into frozen data are the border."""

OPEN_START = date.min
"""The beginning of a period that has none: 0001-01-01."""
OPEN_END = date.max
"""The end of a period that has none, such as a long-term (长期) certificate: 9999-12-31."""

METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""Row numbers: 64 bits on either database (SQLite numbers rows only by a column called INTEGER)."""

_JSON_BYTES = 64 << 20
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def start(day: date | None) -> date:
    """The day as a period's beginning is stored."""
    return OPEN_START if day is None else day


def end(day: date | None) -> date:
    """The day as a period's end is stored."""
    return OPEN_END if day is None else day


def shown(day: date) -> date | None:
    """The day as it is shown: None where the period is open."""
    return None if day in (OPEN_START, OPEN_END) else day


def canonical(data: object) -> str:
    """Canonical JSON: keys sorted, no spaces, Chinese as it is, no NaN; equal data gives equal text.

    >>> canonical({"b": 1, "a": "证"})
    '{"a":"证","b":1}'
    """
    return _CANONICAL.encode(data)


def packed(data: object, level: int = 6) -> bytes:
    """Compressed canonical JSON, for what is kept for years and seldom read."""
    return zlib.compress(canonical(data).encode("utf-8", "backslashreplace"), level)


def unpacked(data: bytes) -> Json:
    """What :func:`packed` was given; refuses more than 64 MiB."""
    unpacker = zlib.decompressobj()
    text = unpacker.decompress(data, _JSON_BYTES)
    if not unpacker.eof:
        raise ValueError("stored JSON is cut short or larger than 64 MiB")
    loaded: Json = json.loads(text)
    return loaded
