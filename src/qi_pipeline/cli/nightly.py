"""``nightly``: re-verifies every active and suspended institution."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from qi_pipeline.cli.acting import acted
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
    from qi_pipeline.settings import refuse_unusable

    given = settings()
    refuse_unusable(given)
    policy = load_policy(given.policy)
    with Store(given.database_url) as store:
        with bar(sys.stderr, "night") as done:
            answer = run_night(store, as_of(arguments), policy, done)
        told = watched(store, given, policy.integrity, answer)
        report = report_night(given, store, policy, told)
    faults, notes = _integrity(told)
    for line in faults:
        say(line)
    if arguments.json:
        # The contract's answer, which a second run gives again; what was looked at besides is told in the report.
        print_json(answer, indent=None)  # tens of thousands of entries
        return 0
    counts = {key: len(found) for key, found in answer.items() if isinstance(found, list)}
    facts = {key: answer[key] for key in ("as_of", "institutions", "qualifications")}
    say(acted("night", **facts))
    say(acted("night_found", **counts))
    for line in notes:
        say(line)
    say(str(report))
    return 0


def _integrity(told: dict[str, Json]) -> tuple[list[str], list[str]]:
    """What is wrong with originals and log, and what people should know of them."""
    faults: list[str] = []
    notes: list[str] = []
    originals, log = told["originals"], told["log"]
    assert isinstance(originals, dict)
    assert isinstance(log, dict)
    if "problem" in originals:
        faults.append(f"originals: {originals['problem']}")
    wrong = originals["wrong"]
    if isinstance(wrong, list) and wrong:
        faults.append(f"{len(wrong)} originals are missing or changed; see `qi-pipeline originals verify`")
    if not log["signed"]:
        no_key = log["reason"] == "no_key"
        (notes if no_key else faults).append("the log is not signed: " + ("no key" if no_key else str(log["reason"])))
    return faults, notes
