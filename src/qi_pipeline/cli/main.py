"""The console script: parses the command line, runs one command, turns known errors into exit codes.

``--help`` must answer at once, so nothing heavy is imported before a command runs: each group's module
only describes its arguments, and imports what it needs inside the function that runs.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from qi_pipeline import __version__
from qi_pipeline.cli import (
    backup,
    config,
    correct,
    demo,
    doctor,
    export,
    extract,
    ingest,
    letter,
    life,
    log,
    lookups,
    nightly,
    retention,
    review,
    serve,
    stats,
    status,
    supervision,
    tables,
    verification,
)
from qi_pipeline.cli.output import say, say_error
from qi_pipeline.errors import ExitCode, QiError

GROUPS = (
    extract,
    ingest,
    nightly,
    serve,
    tables,
    status,
    stats,
    export,
    lookups,
    review,
    correct,
    verification,
    life,
    supervision,
    letter,
    log,
    backup,
    retention,
    doctor,
    config,
    demo,
)
"""Modules of the command groups, in the order of the help text."""

Run = Callable[[argparse.Namespace], int]
_LAST_STANDARD = 2
"""Number of the error output, the last of the three that every process is given."""
_REPORT = "run again with --debug and report it"


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line with the remedy."""

    def error(self, message: str) -> NoReturn:
        say_error(f"{message}; see `{self.prog} --help`")
        raise SystemExit(int(ExitCode.USAGE))


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = _Parser(
        prog="qi-pipeline",
        description="The gate of a quality-infrastructure platform: reads the papers institutions hand in, "
        "judges them by the admission standard, and re-verifies everyone each night.",
        epilog="Exit status: 0 done, 1 an unexpected failure, 2 wrong usage or configuration, "
        "3 done but some input was quarantined.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"qi-pipeline {__version__}")
    parser.add_argument("--debug", action="store_true", help="show a traceback when something fails")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", parser_class=_Parser)
    for group in GROUPS:
        group.register(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status of the command line ``argv``."""
    if not logging.getLogger("qi_pipeline").handlers:  # else Python prints what is logged before there are settings
        logging.getLogger("qi_pipeline").addHandler(logging.NullHandler())
    _open_standard_files()
    parser = build_parser()
    arguments = parser.parse_args(argv)
    if arguments.command is None:
        parser.print_help(sys.stderr)
        return int(ExitCode.USAGE)
    run: Run = arguments.run
    begun = time.monotonic()
    try:
        status = int(run(arguments))
        _log(arguments.command, status, begun)
        return status
    except QiError as error:
        _log(arguments.command, int(error.exit_code), begun, fault=error.code)
        if arguments.debug:
            raise
        first, *others = error.lines()
        say_error(first)
        for line in others:
            say(f"  {line}")
        return int(error.exit_code)
    except BrokenPipeError:
        # The reader of our output went away (`| head`); stdout is closed so that exiting does not complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.OK)
    except KeyboardInterrupt:
        say_error("stopped; nothing is lost, the next run goes on")
        return 130
    except Exception as error:
        logging.getLogger(__name__).exception("command failed", extra={"command": arguments.command})
        if arguments.debug:
            raise
        say_error(_passing(error) or f"unexpected failure: {type(error).__name__}: {error}; {_REPORT}")
        return int(ExitCode.UNEXPECTED)


def _open_standard_files() -> None:
    """Nothing; input, output and error are open: the next file would get the number of one that a service closed."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _LAST_STANDARD:
        os.set_inheritable(descriptor, True)  # what we start needs it as we do
    os.close(descriptor)
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - open to the end


def _passing(error: Exception) -> str | None:
    """What to do about a full disk or another fault that passes, wherever it showed; None for a mistake of our own."""
    from qi_pipeline.intake import disk

    if not isinstance(error, OSError) or not disk.is_passing(error):
        return None
    try:
        with disk.own_faults(str(error.filename2 or error.filename or "output")):
            raise error
    except QiError as known:
        return str(known)


def _log(command: str, status: int, begun: float, **more: str) -> None:
    seconds = round(time.monotonic() - begun, 3)
    said = {"command": command, "status": status, "seconds": seconds, **more}
    logging.getLogger(__name__).log(logging.WARNING if more else logging.INFO, "command ended", extra=said)
