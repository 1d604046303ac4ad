"""``status``: how far every packet is, since when, and what went wrong last."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from qi_pipeline.cli.arguments import add_json, positive, settings
from qi_pipeline.cli.output import has_colour, hue, print_json_rows, printable, say, write_out

if TYPE_CHECKING:
    from qi_pipeline.intake.underway import ClaimSeen
    from qi_pipeline.model import Json
    from qi_pipeline.records.stages import PacketStage
    from qi_pipeline.settings import Settings

STAGES = (
    "settling",
    "ready",
    "refused",
    "claimed",
    "reading",
    "reporting",
    "left behind",
    "waiting",
    "decided",
    "reported",
    "quarantined",
)
"""In the order of a packet's way; what each means stands in docs/operating.md."""
_FINISHED = frozenset({"decided", "reported", "quarantined"})
_LINES = 5_000
"""Lines that are written at a time."""


class Status(NamedTuple):
    """One packet, or one thing in the inbox; a tuple, because there are so many."""

    packet: str
    id: str | None
    institution: str | None
    stage: str
    since: str
    """ISO 8601 in Asia/Shanghai; empty where nobody knows."""
    outcome: str | None
    error: str | None


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = commands.add_parser("status", help="every packet: its stage, since when, the last error")
    parser.add_argument("--stage", choices=STAGES, help="only this stage")
    parser.add_argument("--open", action="store_true", help="only what is not finished")
    parser.add_argument("--limit", type=positive, metavar="N", help="at most the newest so many")
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints a line for each packet and a summary."""
    given = settings()
    counts: Counter[str] = Counter()
    found = _chosen(_all(given), arguments, counts)
    if arguments.json:
        print_json_rows("packets", (_entry(each) for each in found), {"home": str(given.home)})
        return 0
    _print(found)
    told = ", ".join(f"{counts[stage]} {stage}" for stage in STAGES if counts[stage])
    say(f"{counts.total()} packets{': ' if told else ''}{told}")
    return 0


def _chosen(found: Iterator[Status], arguments: argparse.Namespace, counts: Counter[str]) -> Iterator[Status]:
    """What passes the filters, counted on its way."""
    stage, unfinished = arguments.stage, arguments.open
    passing: Iterator[Status] = (
        each
        for each in found
        if (stage is None or each.stage == stage) and not (unfinished and each.stage in _FINISHED)
    )
    if arguments.limit is not None:
        from collections import deque

        passing = iter(deque(passing, maxlen=arguments.limit))
    for each in passing:
        counts[each.stage] += 1
        yield each


def _all(given: Settings) -> Iterator[Status]:
    """The packets on record oldest first, then claims that are not on record, then the inbox."""
    from qi_pipeline.intake.underway import claims_seen, inbox_seen
    from qi_pipeline.records import database
    from qi_pipeline.records.moments import local
    from qi_pipeline.records.stages import packet_stages
    from qi_pipeline.records.store import Store

    lying = inbox_seen(given, time.time())
    claims = {claim.id: claim for claim in claims_seen(given)}
    with Store.open(given) as store, database.reading(store.engine) as connection:
        for row in packet_stages(connection):
            yield _of_record(row, claims.pop(row.id, None), local(row.decided_at or row.taken_at))
    for claim in claims.values():
        stage = "claimed" if claim.alive else "left behind"
        yield Status(claim.packet, claim.id, None, stage, local(claim.taken_at), None, claim.trouble)
    for each in lying:
        yield Status(each.name, None, None, each.stage, each.since, None, each.message)


def _of_record(row: PacketStage, claim: ClaimSeen | None, since: str) -> Status:
    state, error = row.state, None
    if state == "quarantined":
        stage, error = state, f"{row.code}: {row.message}"
    elif claim is not None:
        under_way = "reading" if state == "processing" else "reporting"
        stage, error = under_way if claim.alive else "left behind", claim.trouble
    elif state == "processing":
        stage = "reading"  # by another machine: its claim lies there
    elif state == "waiting":
        stage = "waiting"
    else:
        stage = "reported" if row.report else "decided"
    return Status(row.name, row.id, row.institution, stage, since, row.outcome, error)


def _entry(each: Status) -> dict[str, Json]:
    return {
        "packet": each.packet,
        "id": each.id,
        "institution": each.institution,
        "stage": each.stage,
        "since": each.since or None,
        "outcome": each.outcome,
        "error": each.error,
    }


def _print(found: Iterator[Status]) -> None:
    """Writes a line each as they come: columns of fixed width first, names and sentences last."""
    coloured = has_colour(sys.stdout)
    stages = {stage: hue(stage, f"{stage:<11}") if coloured else f"{stage:<11}" for stage in STAGES}
    lines = [f"{'stage':<11}  {'since':<16}  {'outcome':<20}  packet"]
    for packet, _id, _institution, stage, since, outcome, error in found:
        said = f": {printable(error)}" if error else ""
        name = packet if packet.isprintable() else printable(packet)
        lines.append(f"{stages[stage]}  {since[:10]:<10} {since[11:16]:<5}  {outcome or '':<20}  {name}{said}")
        if len(lines) == _LINES:
            write_out("\n".join(lines) + "\n")
            lines.clear()
    if lines:
        write_out("\n".join(lines) + "\n")
