"""The document of an order that a person made: exit, eviction, deregistration (5.3, 7.4, 7.5)."""

from __future__ import annotations

from pathlib import Path

from qi_pipeline.model import Json
from qi_pipeline.reports import official
from qi_pipeline.residency.standing import Order


def write_order(order: Order, name: str, folder: Path, platform: str) -> Path:
    """The path of ``<number>.html`` in ``folder``, which is made."""
    text, left_open = order.data.get("text"), order.data.get("left_open")
    letter = official.leaving(
        number=order.number,
        uscc=order.uscc,
        name=name,
        reason=order.reason,
        text=str(text or ""),
        left_open=_texts(left_open),
        on=order.made_on,
    )
    path = folder / f"{order.number}.html"
    official.write_letters([letter], path, platform)
    return path


def _texts(value: Json) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []
