"""``nightly``: re-verifies every active and suspended institution."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from qi_pipeline.cli.arguments import add_as_of, add_json, as_of, settings
from qi_pipeline.cli.output import print_json, say

if TYPE_CHECKING:
    from qi_pipeline.model import Json


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = commands.add_parser("nightly", help="re-verify every active institution")
    add_as_of(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Runs the night, writes its report, and prints what it found; exit 2 for a day before the last run's."""
    from qi_pipeline.cli.progress import bar
    from qi_pipeline.policy import load_policy
    from qi_pipeline.records.store import Store
    from qi_pipeline.records.watch import watched
    from qi_pipeline.reports.night import report_night
    from qi_pipeline.residency.nightly import run_night

    given = settings()
    policy = load_policy(given.policy)
    with Store(given.database_url) as store:
        with bar(sys.stderr, "night") as done:
            answer = run_night(store, as_of(arguments), policy, done)
        answer = watched(store, given, policy.integrity, answer)
        report = report_night(given, store, policy, answer)
    if arguments.json:
        print_json(answer, indent=None)  # tens of thousands of entries
        return 0
    said = (f"{len(found)} {key}" for key, found in answer.items() if isinstance(found, list))
    say(f"as of {answer['as_of']}: {answer['institutions']} institutions, {answer['qualifications']} certificates")
    say(", ".join(said))
    for line in _integrity(answer):
        say(line)
    say(str(report))
    return 0


def _integrity(answer: dict[str, Json]) -> list[str]:
    """What people should know of originals and log."""
    said = []
    originals, log = answer["originals"], answer["log"]
    assert isinstance(originals, dict)
    assert isinstance(log, dict)
    if "problem" in originals:
        said.append(f"originals: {originals['problem']}")
    wrong = originals["wrong"]
    if isinstance(wrong, list) and wrong:
        said.append(f"{len(wrong)} originals are missing or changed; see `qi-pipeline originals verify`")
    if not log["signed"]:
        said.append("the log is not signed: " + ("no key" if log["reason"] == "no_key" else str(log["reason"])))
    return said
