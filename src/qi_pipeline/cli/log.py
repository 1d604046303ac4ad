"""``verify-log``: checks the append-only event log from end to end."""

from __future__ import annotations

import argparse

from qi_pipeline.cli.arguments import add_json, settings
from qi_pipeline.cli.output import print_json, say
from qi_pipeline.errors import ExitCode


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = commands.add_parser("verify-log", help="check the event log from end to end")
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Checks the log; exit 1 when an event was changed, removed or inserted."""
    from qi_pipeline.records.store import Store

    with Store(settings().database_url) as store:
        check = store.verify_log()
    if arguments.json:
        print_json({"ok": check.ok, "events": check.count, "first_bad": check.first_bad, "reason": check.why})
    elif check.ok:
        say(f"the event log is whole: {check.count} events")
    else:
        say(f"the event log is broken at event {check.first_bad}: {check.why}; restore it from a backup")
    return int(ExitCode.OK if check.ok else ExitCode.UNEXPECTED)
