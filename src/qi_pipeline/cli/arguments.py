"""Arguments that several commands share."""

from __future__ import annotations

import argparse
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from qi_pipeline.settings import Settings

SHANGHAI = ZoneInfo("Asia/Shanghai")
_FIRST_YEAR, _LAST_YEAR = 1950, 2999
"""Years that a command judges for; a slip such as 9999 would be the last night for good."""


def iso_date(text: str) -> date:
    """The date of ``YYYY-MM-DD``; argparse reports anything else."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=SHANGHAI).date()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date YYYY-MM-DD") from None
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day of the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return day


def positive(text: str) -> int:
    """The number of a decimal from 1 on; argparse reports anything else."""
    if not text.isascii() or not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def add_json(parser: argparse.ArgumentParser) -> None:
    """Adds ``--json``."""
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def add_as_of(parser: argparse.ArgumentParser) -> None:
    """Adds ``--as-of``."""
    parser.add_argument(
        "--as-of",
        type=iso_date,
        metavar="YYYY-MM-DD",
        help="the day for which to judge (default: today in Asia/Shanghai)",
    )


def as_of(arguments: argparse.Namespace) -> date:
    """The as-of date of a command: the one given, or today in Asia/Shanghai."""
    given: date | None = arguments.as_of
    return given or datetime.now(SHANGHAI).date()


def settings(*, restoring: bool = False) -> Settings:
    """The settings of this run, whose log is on from now on; raises UsageError.

    A workspace into which a restore was cut off is half there: nothing but ``restoring`` works in it.
    """
    from qi_pipeline import logs
    from qi_pipeline.errors import UsageError
    from qi_pipeline.settings import load_settings

    given = load_settings()
    logs.configure(given)
    try:
        half_there = (given.home / ".restoring").is_dir()
    except PermissionError as error:
        raise UsageError(f"{given.home}: this user may not look into it; give it the right, or mend QI_HOME") from error
    if half_there and not restoring:
        raise UsageError(
            f"{given.home}: a restore is under way, or one was cut off; "
            "wait for it, or empty the workspace and restore again"
        )
    return given
