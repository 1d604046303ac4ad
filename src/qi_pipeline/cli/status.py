"""``status``: how far every packet is, since when, and what went wrong last."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from qi_pipeline.cli.arguments import add_json, positive, settings
from qi_pipeline.cli.output import has_colour, hue, print_json_rows, printable, say, width, write_out

if TYPE_CHECKING:
    from qi_pipeline.intake.underway import ClaimSeen
    from qi_pipeline.model import Json, Lang
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
    lang = given.lang
    _print(found, lang)
    say(_summary(counts, lang))
    return 0


def _summary(counts: Counter[str], lang: Lang) -> str:
    from qi_pipeline.reports.console_words import sentence, stage_name

    told = [(stage_name(stage, lang), counts[stage]) for stage in STAGES if counts[stage]]
    if lang == "en":
        stages = ", ".join(f"{count} {name}" for name, count in told)
    else:
        stages = "，".join(f"{name}{count}" for name, count in told)
    return sentence("packets", lang, n=counts.total()) + (sentence("stages", lang, stages=stages) if told else "")


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


def _print(found: Iterator[Status], lang: Lang) -> None:
    """Writes a line each as they come: columns of fixed width first, names and sentences last."""
    from qi_pipeline.reports.console_words import heading, stage_name
    from qi_pipeline.reports.phrases import OUTCOMES, pick

    coloured = has_colour(sys.stdout)
    named = {stage: stage_name(stage, lang) for stage in STAGES}
    wide = max(width(each) for each in (*named.values(), heading("stage", lang)))
    stages = {stage: _padded(name, wide) for stage, name in named.items()}
    if coloured:
        stages = {stage: hue(stage, shown) for stage, shown in stages.items()}
    said = {outcome: pick(OUTCOMES, outcome, lang) for outcome in OUTCOMES}
    broad = max(width(each) for each in (*said.values(), heading("outcome", lang)))
    outcomes = {None: " " * broad} | {outcome: _padded(shown, broad) for outcome, shown in said.items()}
    head = (("stage", wide), ("since", 16), ("outcome", broad), ("packet", 0))
    lines = ["  ".join(_padded(heading(column, lang), columns) for column, columns in head)]
    for packet, _id, _institution, stage, since, outcome, error in found:
        told = f"{_COLON[lang]}{printable(_fault(stage, error, lang))}" if error else ""
        name = packet if packet.isprintable() else printable(packet)
        lines.append(f"{stages[stage]}  {since[:10]:<10} {since[11:16]:<5}  {outcomes[outcome]}  {name}{told}")
        if len(lines) == _LINES:
            write_out("\n".join(lines) + "\n")
            lines.clear()
    if lines:
        write_out("\n".join(lines) + "\n")


_COLON: dict[Lang, str] = {"zh": "：", "en": ": "}


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))


def _fault(stage: str, error: str, lang: Lang) -> str:
    """The last error; that of a quarantined packet begins with its code, which people read in words."""
    from qi_pipeline.reports.console_words import outcome_or_failure

    code, colon, message = error.partition(": ")
    if stage != "quarantined" or not colon:
        return error
    named = outcome_or_failure(None, code, lang)
    return f"{named}（{message}）" if lang == "zh" else f"{named} ({message})"
