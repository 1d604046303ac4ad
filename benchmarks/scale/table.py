"""The table of a scale run: what each way reached beside the two ideals, and what it spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One way of working through all packets."""

    way: str
    workers: int
    packets: int
    wall_seconds: float
    packets_a_minute: float
    cpu_seconds_a_page: float
    """Of all processes of the run once their models are loaded, PostgreSQL aside."""
    cpu_seconds_a_page_by_part: dict[str, float]
    processors_busy: float
    """So many of them the run kept busy over the same stretch."""
    machine_busy: float
    """So many were busy at all: PostgreSQL, and whatever else ran."""
    load: float
    kib_a_page: dict[str, float]
    """What a page leaves behind, by folder; hard links count once, in the first folder that has them."""
    database_kib_a_packet: float | None
    commits_a_packet: float | None


def table(found: Sequence[Measured], cores: int, database: str, pages: int, as_of: str) -> str:
    """A row a run.

    The first ideal is n times one worker. One worker may keep more than one processor busy, so that n of them can't be
    n times as fast on n processors: the second ideal is what the processors could if all of them were busy, as far as n
    workers can keep them so, at the cost of a page with one worker.
    """
    one = next((each for each in found if each.workers == 1), found[0])
    lines = [
        f"{found[0].packets} packets of {pages} page(s), {cores} processors, {database}, as of {as_of}",
        "",
        "| way | workers | packets/min | ideal: n × one | reached | ideal by processor time | reached "
        "| CPU s/page | processors busy by it | by all | load before |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for each in found:
        ideal = one.packets_a_minute * each.workers / one.workers
        could = min(cores, one.processors_busy * each.workers / one.workers)
        bounded = 60 * could / (one.cpu_seconds_a_page * pages)
        lines.append(
            f"| {each.way} | {each.workers} | {each.packets_a_minute:.1f} | {ideal:.1f} | "
            f"{each.packets_a_minute / ideal:.0%} | {bounded:.1f} | {each.packets_a_minute / bounded:.0%} | "
            f"{each.cpu_seconds_a_page:.2f} | {each.processors_busy:.2f} | {each.machine_busy:.2f} | {each.load} |"
        )
    return "\n".join(lines)


def left(found: Sequence[Measured]) -> str:
    """What a page and a packet leave behind, and which part of each run took how much processor time."""
    one = found[0]
    kept = ", ".join(f"{name} {size:g}" for name, size in one.kib_a_page.items())
    text = f"KiB a page: {kept}."
    if one.database_kib_a_packet is not None:
        text += f" Database: {one.database_kib_a_packet:g} KiB and {one.commits_a_packet:g} transactions a packet."
    spent = [
        f"{each.workers} {each.way}: "
        + ", ".join(f"{part} {seconds:.2f}" for part, seconds in each.cpu_seconds_a_page_by_part.items())
        for each in found
    ]
    return f"{text}\n\nCPU s/page by part: {'; '.join(spent)}."
