"""``config``: the effective settings."""

from __future__ import annotations

import argparse
import sys

from qi_pipeline.cli.arguments import add_json, settings
from qi_pipeline.cli.output import print_json, printable


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = commands.add_parser("config", help="print the effective settings, without secrets")
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the effective settings."""
    shown = settings().shown()
    if arguments.json:
        print_json(dict(shown))
    else:
        sys.stdout.writelines(f"{key} = {printable(value)}\n" for key, value in shown.items())
    return 0
