"""The statistics of a period for people and programs: figures and tables, JSON, and one page with plots."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from qi_pipeline.admission.wording import FAILURES
from qi_pipeline.kinds import CATEGORIES
from qi_pipeline.model import Json, Lang
from qi_pipeline.records.agreement import FieldAgreement
from qi_pipeline.records.statistics import Statistics
from qi_pipeline.reports.bars import Part, columns, stacked
from qi_pipeline.reports.finding_names import finding_name
from qi_pipeline.reports.phrases import FIELDS, OUTCOMES, SEVERITIES, kind_name, pick
from qi_pipeline.reports.stats_words import WORDS
from qi_pipeline.reports.templating import render

_COLOURS = {
    "admit": "#2f7d4f",
    "supplement": "#d08a2e",
    "further_verification": "#2f6f9f",
    "manual_review": "#7b5ea7",
    "reject": "#b42318",
}
_SEVERITY_COLOURS = {
    "reject": "#b42318",
    "supplement": "#d08a2e",
    "verify": "#2f6f9f",
    "review": "#7b5ea7",
    "notice": "#8c959f",
}
_TOP = 15
"""Findings that text and page show; the JSON has all."""
_MOST_COLUMNS = 62
"""Days in one plot; a longer period is drawn by months."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table, with its plot where it has one."""

    key: str
    title: str
    headings: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    numbers: frozenset[int]
    """Places of the columns that are numbers."""
    plot: Markup | None = None
    folded: bool = False
    """Only what the plot shows, in numbers."""


def stats_json(found: Statistics, fields: Sequence[FieldAgreement]) -> dict[str, Json]:
    """The answer of ``stats --json``."""
    agreed, recommended = _agreed(found)
    return {
        "from": found.first.isoformat() if found.first else None,
        "to": found.last.isoformat() if found.last else None,
        "packets": found.packets,
        "pages": found.pages,
        "processing": found.processing,
        "waiting": found.waiting.total(),
        "duplicates": found.duplicates,
        "quarantined": dict(sorted(found.quarantined.items())),
        "decided": found.decided,
        "without_person": {"packets": found.automatic, "share": _ratio(found.automatic, found.decided)},
        "throughput": [
            {"day": day.isoformat(), "packets": each.packets, "pages": each.pages}
            for day, each in sorted(found.days.items())
        ],
        "outcomes": [
            {"category": category or None, "outcome": outcome, "packets": count}
            for (category, outcome), count in sorted(found.outcomes.items())
        ],
        "reviewers": {
            "decisions": found.reviewed.total() + found.reviewed_as_corrected,
            "with_recommendation": recommended,
            "agreed": agreed,
            "share": _ratio(agreed, recommended),
            "by": [
                {"recommended": machine, "decided": person, "packets": count}
                for (machine, person), count in sorted(found.reviewed.items())
            ],
        },
        "sample": {
            "drawn": found.sampled,
            "checked": found.checked,
            "agreed": found.agreed,
            "share": _ratio(found.agreed, found.checked),
        },
        "findings": [
            {"code": code, "severity": severity, "packets": count} for (code, severity), count in _ranked(found)
        ],
        "applicants_told": {
            "in_time": found.in_time,
            "late": found.late,
            "share": _ratio(found.in_time, found.in_time + found.late),
        },
        "days_to_decision": {
            "automatic": _spread_json(_spread(found.days_automatic)),
            "by_person": _spread_json(_spread(found.days_by_person)),
        },
        "seconds_to_first_decision": _spread_json(_spread_of(found.machine_seconds)),
        "seconds_a_page": round(found.seconds / found.pages, 3) if found.pages else None,
        "fields": [
            {
                "kind": each.kind,
                "field": each.field,
                **each.all.to_json(),
                "sample": each.sample.to_json(),
                "bands": {band: count.to_json() for band, count in each.bands.items()},
            }
            for each in fields
        ],
    }


def figures(found: Statistics, lang: Lang) -> list[tuple[str, str]]:
    """The single figures, each with its name."""
    agreed, recommended = _agreed(found)
    told = found.in_time + found.late
    shown = {
        "packets": str(found.packets),
        "pages": str(found.pages),
        "decided": str(found.decided),
        "without_person": _share(found.automatic, found.decided),
        "waiting": str(found.waiting.total()),
        "processing": str(found.processing),
        "quarantined": _with_reasons(found.quarantined, lang),
        "duplicates": str(found.duplicates),
        "agreement": _share(agreed, recommended),
        "sample": _share(found.agreed, found.checked),
        "told": _share(found.in_time, told),
        "days_automatic": _three(_spread(found.days_automatic)),
        "days_by_person": _three(_spread(found.days_by_person)),
        "machine_seconds": _three(_spread_of(found.machine_seconds)),
        "seconds_a_page": f"{found.seconds / found.pages:.2f}" if found.pages else "—",
    }
    return [(pick(WORDS, key, lang), value) for key, value in shown.items()]


def sections(found: Statistics, fields: Sequence[FieldAgreement], lang: Lang) -> list[Section]:
    """The tables with their plots."""
    return [
        _throughput(found, lang),
        _outcomes(found, lang),
        _reviewers(found, lang),
        _findings(found, lang),
        _fields(fields, lang),
    ]


def period(found: Statistics, lang: Lang) -> str:
    """The days from and to, for people."""
    first = found.first.isoformat() if found.first else pick(WORDS, "beginning", lang)
    last = found.last.isoformat() if found.last else pick(WORDS, "end", lang)
    return f"{first} {pick(WORDS, 'to', lang)} {last}"


def stats_page(found: Statistics, fields: Sequence[FieldAgreement], *, platform: str, lang: Lang) -> str:
    """The whole as one self-contained HTML page."""
    return render(
        "stats.html",
        lang=lang,
        words={key: pick(WORDS, key, lang) for key in WORDS},
        platform=platform,
        period=period(found, lang),
        figures=figures(found, lang),
        sections=sections(found, fields, lang),
    )


def _throughput(found: Statistics, lang: Lang) -> Section:
    rows = [(day.isoformat(), str(each.packets), str(each.pages)) for day, each in sorted(found.days.items())]
    names, values = _over_time(found)
    return Section(
        key="throughput",
        title=pick(WORDS, "throughput", lang),
        headings=tuple(pick(WORDS, key, lang) for key in ("day", "packets", "pages")),
        rows=rows,
        numbers=frozenset({1, 2}),
        plot=columns(
            pick(WORDS, "throughput", lang),
            names,
            [(value,) for value in values],
            [Part(name=pick(WORDS, "packets", lang), colour="#2f6f9f")],
        ),
        folded=True,
    )


def _over_time(found: Statistics) -> tuple[list[str], list[int]]:
    """Packets by day with the days on which nothing came, or by month where the days are many."""
    if not found.days:
        return [], []
    first, last = min(found.days), max(found.days)
    if (last - first).days < _MOST_COLUMNS:
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        return [f"{day:%m-%d}" for day in days], [found.days[day].packets if day in found.days else 0 for day in days]
    months = {name: 0 for name in _months(first, last)}
    for day, each in found.days.items():
        months[f"{day:%Y-%m}"] += each.packets
    return list(months), list(months.values())


def _months(first: date, last: date) -> list[str]:
    """The months from the first day's to the last day's.

    >>> _months(date(2026, 11, 22), date(2027, 1, 3))
    ['2026-11', '2026-12', '2027-01']
    """
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in numbers]


def _outcomes(found: Statistics, lang: Lang) -> Section:
    outcomes = [each for each in OUTCOMES if any(outcome == each for _, outcome in found.outcomes)]
    named = {**CATEGORIES, "": pick(WORDS, "no_category", lang)}
    present = [key for key in named if any(category == key for category, _ in found.outcomes)]
    counts = [(key, [found.outcomes[key, outcome] for outcome in outcomes]) for key in present]
    shown = [(named[key] if lang == "zh" or not key else key.replace("_", " "), values) for key, values in counts]
    parts = [Part(name=pick(OUTCOMES, each, lang), colour=_COLOURS[each]) for each in outcomes]
    rows = [(name, *map(str, values), str(sum(values))) for name, values in shown]
    if rows:
        sums = [sum(values[place] for _, values in shown) for place in range(len(outcomes))]
        rows.append((pick(WORDS, "total", lang), *map(str, sums), str(sum(sums))))
    return Section(
        key="outcomes",
        title=pick(WORDS, "outcomes", lang),
        headings=(pick(WORDS, "category", lang), *(part.name for part in parts), pick(WORDS, "total", lang)),
        rows=rows,
        numbers=frozenset(range(1, len(parts) + 2)),
        plot=stacked(pick(WORDS, "outcomes", lang), shown, parts),
    )


def _reviewers(found: Statistics, lang: Lang) -> Section:
    rows = [
        (pick(OUTCOMES, machine, lang), pick(OUTCOMES, person, lang), str(count))
        for (machine, person), count in sorted(found.reviewed.items(), key=lambda item: (-item[1], item[0]))
    ]
    return Section(
        key="reviewers",
        title=pick(WORDS, "reviewers", lang),
        headings=tuple(pick(WORDS, key, lang) for key in ("recommended", "decision", "count")),
        rows=rows,
        numbers=frozenset({2}),
    )


def _findings(found: Statistics, lang: Lang) -> Section:
    top = _ranked(found)[:_TOP]
    severities = [each for each in SEVERITIES if any(severity == each for (_, severity), _ in top)]
    bars = [
        (finding_name(code, lang), [count if severity == each else 0 for each in severities])
        for (code, severity), count in top
    ]
    return Section(
        key="findings",
        title=pick(WORDS, "findings", lang),
        headings=tuple(pick(WORDS, key, lang) for key in ("finding", "severity", "count")),
        rows=[
            (finding_name(code, lang), pick(SEVERITIES, severity, lang), str(count)) for (code, severity), count in top
        ],
        numbers=frozenset({2}),
        plot=stacked(
            pick(WORDS, "findings", lang),
            bars,
            [Part(name=pick(SEVERITIES, each, lang), colour=_SEVERITY_COLOURS[each]) for each in severities],
        ),
    )


def _fields(fields: Sequence[FieldAgreement], lang: Lang) -> Section:
    rows = [
        (
            kind_name(each.kind, lang),
            pick(FIELDS, each.field, lang),
            str(each.all.shown),
            str(each.all.corrected),
            _percent(each.all.agreement),
            _percent(each.sample.agreement),
        )
        for each in fields
    ]
    keys = ("kind", "field", "shown", "corrected", "share", "sample_share")
    return Section(
        key="fields",
        title=pick(WORDS, "fields", lang),
        headings=tuple(pick(WORDS, key, lang) for key in keys),
        rows=rows,
        numbers=frozenset({2, 3, 4, 5}),
    )


def _ranked(found: Statistics) -> list[tuple[tuple[str, str], int]]:
    return sorted(found.findings.items(), key=lambda item: (-item[1], item[0]))


def _agreed(found: Statistics) -> tuple[int, int]:
    """How many reviewers' decisions agreed, and how many had a recommendation that they could agree with."""
    with_one = {pair: count for pair, count in found.reviewed.items() if pair[0] != "manual_review"}
    return sum(count for (machine, person), count in with_one.items() if machine == person), sum(with_one.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spread:
    count: int
    median: float
    ninety: float
    longest: float


def _spread(counts: Counter[int]) -> _Spread | None:
    """Nearest ranks of counted values.

    >>> _spread(Counter({0: 8, 3: 1, 9: 1}))
    _Spread(count=10, median=0, ninety=3, longest=9)
    """
    total = counts.total()
    if not total:
        return None
    ordered = sorted(counts.items())

    def rank(share: float) -> int:
        wanted, passed = math.ceil(share * total), 0
        for value, count in ordered:
            passed += count
            if passed >= wanted:
                return value
        return ordered[-1][0]

    return _Spread(count=total, median=rank(0.5), ninety=rank(0.9), longest=ordered[-1][0])


def _spread_of(values: Sequence[float]) -> _Spread | None:
    if not values:
        return None
    ordered = sorted(values)
    places = [math.ceil(share * len(ordered)) - 1 for share in (0.5, 0.9)]
    median, ninety = (round(ordered[place], 1) for place in places)
    return _Spread(count=len(ordered), median=median, ninety=ninety, longest=round(ordered[-1], 1))


def _spread_json(spread: _Spread | None) -> Json:
    if spread is None:
        return None
    return {"packets": spread.count, "median": spread.median, "p90": spread.ninety, "longest": spread.longest}


def _three(spread: _Spread | None) -> str:
    return "—" if spread is None else f"{spread.median:g} / {spread.ninety:g} / {spread.longest:g}"


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _share(part: int, whole: int) -> str:
    return f"{part} / {whole} ({100 * part / whole:.1f} %)" if whole else "—"


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{100 * share:.1f} %"


def _with_reasons(counts: Counter[str], lang: Lang) -> str:
    """How many packets, and why, the most frequent reason first.

    >>> _with_reasons(Counter({"empty": 1, "corrupt": 2}), "zh")
    '3（文件已损坏或不完整2，文件为空1）'
    >>> _with_reasons(Counter({"empty": 1}), "en")
    '1 (it is empty: 1)'
    """
    if not counts:
        return "0"
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    named = [(FAILURES.get(code, (code, code))[lang == "en"], count) for code, count in ranked]
    if lang == "en":
        return f"{counts.total()} ({', '.join(f'{name}: {count}' for name, count in named)})"
    return f"{counts.total()}（{'，'.join(f'{name}{count}' for name, count in named)}）"
