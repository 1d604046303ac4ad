"""``ingest`` and ``watch``: the packets of the inbox, once or again and again."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from qi_pipeline.cli.arguments import add_as_of, add_json, as_of, settings
from qi_pipeline.cli.output import print_json, say, say_error, say_table
from qi_pipeline.errors import ExitCode, QiError

if TYPE_CHECKING:
    from qi_pipeline.ingest import IngestRun


_LONGEST_WAIT = 600.0
"""Seconds between two looks while a fault lasts that passes; it doubles from ``poll_seconds``."""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the commands."""
    ingest = commands.add_parser("ingest", help="take every ready packet of the inbox, decide, write reports")
    ingest.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="only these packets")
    add_as_of(ingest)
    add_json(ingest)
    ingest.set_defaults(run=run)
    watch = commands.add_parser("watch", help="the same again and again, as a service")
    add_as_of(watch)
    watch.set_defaults(run=run_watch)


def run(arguments: argparse.Namespace) -> int:
    """Judges what is ready; exit 3 when something was quarantined."""
    from qi_pipeline.cli.progress import progress_for
    from qi_pipeline.ingest import open_context, run_ingest

    day = as_of(arguments)
    with open_context(settings()) as context, progress_for(sys.stderr) as progress:
        done = run_ingest(context, day, arguments.paths, progress)
    for sentence in done.ignored:
        say(sentence)
    if arguments.json:
        print_json(done.to_json())
    else:
        _show(done)
    if done.failed:
        _say_failed(done)
        if arguments.debug:
            raise done.failed[0].error
        return int(ExitCode.UNEXPECTED)
    return int(ExitCode.QUARANTINED if done.quarantined else ExitCode.OK)


def run_watch(arguments: argparse.Namespace) -> int:
    """Judges whatever becomes ready until it is told to stop; a fault that passes is tried again."""
    from qi_pipeline.ingest import open_context, run_ingest

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    given = settings()
    said: set[str] = set()
    patience = given.poll_seconds
    with open_context(given) as context:
        say(f"watching {given.inbox}")
        while not stop.is_set():
            try:
                done = run_ingest(context, as_of(arguments))
            except QiError as error:
                if not error.retryable:
                    raise
                say_error(str(error))
                patience = min(2 * patience, max(_LONGEST_WAIT, given.poll_seconds))
            else:
                patience = given.poll_seconds
                # Told once: what is still there at the next look is no news.
                for sentence in [each for each in done.ignored if each not in said]:
                    say(sentence)
                said = set(done.ignored)
                _say_failed(done)
                if done.packets or done.duplicates or done.quarantined:
                    _show(done)
            stop.wait(patience)
    say("stopped")
    return int(ExitCode.OK)


def _say_failed(done: IngestRun) -> None:
    for each in done.failed:
        what = f"{type(each.error).__name__}: {each.error}"
        say_error(f"{each.packet}: unexpected failure: {what}; it stays taken; run again with --debug and report it")


def _show(done: IngestRun) -> None:
    rows = [
        [
            str(entry["packet"]),
            str(entry["outcome"]) + ("" if entry["automatic"] else " (waits for a person)"),
            str(entry["report"]),
        ]
        for entry in done.packets
    ]
    rows += [[str(entry["packet"]), f"duplicate of {entry['of']}", ""] for entry in done.duplicates]
    rows += [
        [str(entry["packet"]), f"quarantined: {entry['code']}", str(entry["message"])] for entry in done.quarantined
    ]
    if rows:
        say_table(["packet", "outcome", "report"], rows)
    else:
        say("nothing was ready")
