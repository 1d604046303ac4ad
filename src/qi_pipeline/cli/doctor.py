"""``doctor``: whether the installation and the workspace can do their work, each fault with its remedy."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from typing import TYPE_CHECKING

from qi_pipeline.cli.arguments import add_as_of, add_json, as_of, settings
from qi_pipeline.cli.output import has_colour, print_json, printable, say, write_out
from qi_pipeline.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qi_pipeline.doctor.checks import Check

_MARKS = {"ok": "ok      ", "warning": "warning ", "fault": "FAULT   "}
_HUES = {"ok": "32", "warning": "33", "fault": "31"}


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = commands.add_parser("doctor", help="look at folders, engines, database, disk, clock …; name each fault")
    parser.add_argument(
        "--require",
        action="append",
        default=[],
        choices=["cage=full"],
        help="what is a fault where it would be a warning; cage=full: every wall of the reading processes",
    )
    add_as_of(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints a line for each check, with the remedy under each that is not well; exit 2 when there is a fault."""
    counts = {"ok": 0, "warning": 0, "fault": 0}
    kept: list[Check] = []
    for check in _checks(as_of(arguments), arguments.require):
        counts[check.state] += 1
        kept.append(check)
        if not arguments.json:
            _print(check)
    if arguments.json:
        print_json(
            {
                "ok": not counts["fault"],
                "checks": [
                    {
                        "group": check.group,
                        "check": check.name,
                        "state": check.state,
                        "message": check.said,
                        "remedy": check.remedy or None,
                    }
                    for check in kept
                ],
            }
        )
    say(f"{len(kept)} checks: {counts['fault']} faults, {counts['warning']} warnings")
    return int(ExitCode.USAGE if counts["fault"] else ExitCode.OK)


def _checks(today: date, required: Sequence[str]) -> Iterator[Check]:
    from qi_pipeline.doctor.checks import fault
    from qi_pipeline.doctor.examination import examine

    try:
        given = settings()
    except UsageError as error:
        said, _, remedy = str(error).partition("; ")
        yield fault("settings", "settings", said, remedy or "mend it")
        return
    yield from examine(given, today, required)


def _print(check: Check) -> None:
    mark = _MARKS[check.state]
    if has_colour(sys.stdout):
        mark = f"\x1b[{_HUES[check.state]}m{mark}\x1b[0m"
    lines = [f"{mark}{check.group}: {check.name}: {printable(check.said)}"]
    if check.remedy:
        lines.append(f"        -> {printable(check.remedy)}")
    write_out("\n".join(lines) + "\n")
    sys.stdout.flush()
