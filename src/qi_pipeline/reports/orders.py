"""The letter of an order by which an institution leaves (4.2, 5.3, 7.4, 7.5), from the order on record."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from qi_pipeline.model import Json
from qi_pipeline.reports import official
from qi_pipeline.reports.letter_files import write_letter
from qi_pipeline.reports.phrases import kind_name
from qi_pipeline.residency.standing import Order
from qi_pipeline.settings import Settings


def write_order(order: Order, name: str, folder: Path, settings: Settings) -> Path:
    """The path of ``<number>.html`` in ``folder``, which is made; the PDF lies beside it."""
    return write_letter(settings, letter_of(order, name, grace=0), folder)[0]


def letter_of(order: Order, name: str, *, grace: int) -> official.Letter:
    """The order as a letter; ``grace`` are the days that the policy leaves after the last service lapsed."""
    if order.reason == "qualification_expired":
        return official.deregistration(
            number=order.number,
            uscc=order.uscc,
            name=name,
            lapsed=lapsed(order.data),
            grace=grace,
            on=order.made_on,
        )
    return official.leaving(
        number=order.number,
        uscc=order.uscc,
        name=name,
        reason=order.reason,
        text=str(order.data.get("text") or ""),
        left_open=_texts(order.data.get("left_open")),
        on=order.made_on,
    )


def lapsed(data: dict[str, Json]) -> list[tuple[str, str, date]]:
    """Service, its certificates, and the day from which it had none, as a deregistration order holds them."""
    found, certificates = data["services_lapsed_on"], data["certificates"]
    assert isinstance(found, dict)
    assert isinstance(certificates, list)
    papers: dict[str, list[str]] = {}
    for entry in certificates:
        assert isinstance(entry, dict)
        name = f"{kind_name(str(entry['kind']), 'zh')} {entry['number']}（有效期至{entry['valid_to']}）"
        papers.setdefault(str(entry["service"]), []).append(name)
    return [
        (service, "；".join(papers.get(service, ())), date.fromisoformat(str(day))) for service, day in found.items()
    ]


def _texts(value: Json) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []
