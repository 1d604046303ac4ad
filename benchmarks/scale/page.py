"""What docs/scaling.md says of a run: the table, and every figure of the plan for 100,000 packets that rests on it."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

_DAY = 86_400
_PACKETS = 100_000
_PAGES = 8
"""Pages of a packet in the plan."""
_BUSIEST = 0.12
"""Share of a day's packets that comes in its busiest hour."""
_BUSY = 0.7
"""How busy processors are planned to be."""
_PROCESSORS = 16
"""Of one machine of the plan."""
_QUIET = 0.3
"""So much of a processor PostgreSQL and the system take beside a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one page, or one packet, costs and leaves."""

    cpu_seconds_a_page: float
    originals: float
    """KiB a page; so the next three."""
    readings: float
    archive: float
    reports: float
    database: float
    """KiB a packet."""
    commits: float
    """Transactions a packet."""


def write(page: Path, table: str, left: str, spent: Spent, others: float) -> None:
    """Nothing; the marked parts of the page say what this run measured.

    ``others``: so many processors were at most kept busy by something else, PostgreSQL included.
    """
    text = page.read_text(encoding="utf-8")
    for name, said in (
        ("measured", _measured(table, left, others)),
        ("plan", _plan(spent)),
        ("storage", _storage(spent)),
    ):
        mark = re.compile(rf"(<!-- scale: {name} -->\n).*?(\n<!-- scale: end -->)", re.DOTALL)
        text, count = mark.subn(lambda found, said=said: f"{found[1]}{said}{found[2]}", text)
        if count != 1:
            raise SystemExit(f"{page} has not one part marked <!-- scale: {name} -->")
    page.write_text(text, encoding="utf-8")


def _measured(table: str, left: str, others: float) -> str:
    shared = (
        "nothing else ran beside it"
        if others < _QUIET
        else f"**others used the processors too (up to {others:.1f} of them), which hits the runs unequally: read the "
        "rows as a proof that it works, not as the program's speed**"
    )
    return f"{date.today():%Y-%m-%d}, {_processor()}, PostgreSQL on the same machine; {shared}.\n\n{table}\n\n{left}"  # noqa: DTZ011 - the day of the run


def _processor() -> str:
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def _plan(spent: Spent) -> str:
    pages = _PACKETS * _PAGES
    hour = pages * _BUSIEST / 3600
    seconds = pages * spent.cpu_seconds_a_page
    busy = seconds / _DAY
    planned = busy / _BUSY
    machines = _up(planned / _PROCESSORS)
    peak = _up(hour * spent.cpu_seconds_a_page / _BUSY / _PROCESSORS)
    up = spent.originals + spent.readings
    return "\n".join(
        (
            "| what | figure | rests on |",
            "|---|---|---|",
            f"| pages | {pages:,} a day; {pages / _DAY:.1f} a second over 24 hours; {hour:.1f} a second in the "
            "busiest hour | the assumptions |",
            f"| processor time | {seconds / 1e6:.1f} million s a day at {spent.cpu_seconds_a_page:.1f} s a page: "
            f"{busy:.0f} processors always busy, {planned:.0f} at {_BUSY * 100:.0f} %; digital pages cost a "
            "fraction | *Measured*: "
            f"{spent.cpu_seconds_a_page:.2f} CPU s a page with everything, PostgreSQL aside |",
            f"| machines | {machines} of {_PROCESSORS} processors and 32 GiB finish a day's packets within the day, "
            f"the last ones at night; {peak} finish each busiest hour within the hour. {machines + 1} leave room for "
            "one to fail, and 5.2.1 allows 3 working days | processor time; 0.9 GiB a reading process |",
            f"| database, size and reads | {_PACKETS * spent.database / (1 << 20):.1f} GiB a day; {spent.commits:.0f} "
            f"transactions a packet, {_PACKETS * spent.commits / _DAY:.0f} a second over the day, "
            f"{_PACKETS * _BUSIEST * spent.commits / 3600:.0f} in the busiest hour, nearly all of them reads by key "
            f"| *Measured*: {spent.database:.0f} KiB a packet of one page; more fields and scope rows need more |",
            f"| network to the bucket | originals and readings go up once: {up:.0f} KiB a page, "
            f"{_mbit(up * pages / _DAY)} Mbit/s on average, {_mbit(up * hour)} Mbit/s in the busiest hour; down only "
            f"what another machine looks at | {spent.originals:.0f} + {spent.readings:.0f} KiB a page |",
        )
    )


def _storage(spent: Spent) -> str:
    pages = _PACKETS * _PAGES

    def gib(kib: float) -> float:
        return kib * pages / (1 << 20)

    whole = sum(map(gib, (spent.archive, spent.originals, spent.readings, spent.reports)))
    return (
        f"Storage a day: archive {gib(spent.archive):.0f} GiB on the workspaces' disks (bytes as handed in), originals "
        f"{gib(spent.originals):.0f} GiB and readings {gib(spent.readings):.0f} GiB in the bucket, reports at most "
        f"{gib(spent.reports):.0f} GiB ({spent.reports:.0f} KiB for a packet of one page, the notice as PDF included; "
        f"pages in the report are shrunk). So a year needs about {whole * 365 / 1024:.0f} TiB, most of it the same "
        "paper three times."
    )


def _mbit(kib_a_second: float) -> str:
    return f"{kib_a_second * 1024 * 8 / 1e6:.0f}"


def _up(number: float) -> int:
    return int(-(-number // 1))
