"""``export``: the records as JSON Lines, CSV, XLSX or a calendar, the same bytes for the same state."""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast, get_args

from qi_pipeline.cli.arguments import add_as_of, add_json, as_of, positive, settings
from qi_pipeline.cli.output import print_json, say
from qi_pipeline.cli.stats import add_period, check_period
from qi_pipeline.errors import PassingError, UsageError

if TYPE_CHECKING:
    from qi_pipeline.model import Json
    from qi_pipeline.reports.export import Format

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

_STATES = ("qualifications", "flags")
"""Subjects that say what holds, not what happened: without --from they are of one day."""
_HELP = {
    "decisions": "the decisions of a period, superseded ones too",
    "findings": "the findings of the decisions that stand",
    "qualifications": "the certificates on file on a day or in a period",
    "flags": "hits in the public lists (4.3) on a day or in a period",
}


def register(commands: Commands) -> None:
    """Adds the command."""
    exporting = commands.add_parser("export", help="decisions, findings, qualifications, flags, or a calendar")
    subjects = exporting.add_subparsers(title="what to export", required=True, metavar="WHAT")
    for subject, text in _HELP.items():
        parser = subjects.add_parser(subject, help=text)
        add_period(parser)
        parser.add_argument(
            "--format", dest="form", choices=["jsonl", "csv", "xlsx"], default="jsonl", help="default: jsonl"
        )
        parser.add_argument("--bom", action="store_true", help="begin a CSV with a byte order mark, for Excel")
        _add_out(parser)
        parser.set_defaults(run=run, subject=subject)
    parser = subjects.add_parser("calendar", help="deadlines and expiries for calendar programs (.ics)")
    parser.add_argument("--days", type=positive, default=365, metavar="N", help="days ahead (default: 365)")
    add_as_of(parser)
    _add_out(parser)
    parser.set_defaults(run=run_calendar)


def _add_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="FILE", help="write to this file (default: stdout)")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Writes the rows of one subject."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.records import database
    from qi_pipeline.records.exports import COLUMNS, Period, Subject, rows
    from qi_pipeline.records.store import Store
    from qi_pipeline.reports.export import write_rows
    from qi_pipeline.reports.masking import shown_rows
    from qi_pipeline.workdays import today

    check_period(arguments)
    if arguments.bom and arguments.form != "csv":
        raise UsageError("--bom is for --format csv; leave it out")
    if arguments.form == "xlsx" and arguments.out is None and sys.stdout.isatty():
        raise UsageError("an XLSX is nothing for a terminal; give --out FILE")
    given = settings()
    policy = load_policy(given.policy)
    years = policy.admission.look_back_years
    subject = cast("Subject", arguments.subject)  # one of the parsers' names
    assert subject in get_args(Subject)
    first, last = arguments.first, arguments.last
    if subject in _STATES:
        last = last or (max(first, today()) if first else today())
        first = first or last
    period = Period(first=first or date.min, last=last or date.max)

    def write(stream: IO[bytes]) -> int:
        form = cast("Format", arguments.form)  # one of the choices
        with Store(given.database_url) as store, database.reading(store.engine) as connection:
            found = rows(connection, subject, period, years)
            may_show = shown_rows(COLUMNS[subject], found, policy.privacy)
            return write_rows(stream, form, subject, COLUMNS[subject], may_show, bom=arguments.bom)

    said: dict[str, Json] = {
        "what": subject,
        "format": arguments.form,
        "from": first.isoformat() if first else None,
        "to": last.isoformat() if last else None,
    }
    return _written(arguments, write, said)


def run_calendar(arguments: argparse.Namespace) -> int:
    """Writes the calendar."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.records import database
    from qi_pipeline.records.store import Store
    from qi_pipeline.reports.calendar import calendar_text
    from qi_pipeline.residency.outlook import ahead

    given = settings()
    policy = load_policy(given.policy)
    day = as_of(arguments)
    last = day + timedelta(days=min(arguments.days, (date.max - day).days - 1))

    def write(stream: IO[bytes]) -> int:
        with Store(given.database_url) as store, database.reading(store.engine) as connection:
            found = ahead(connection, day, last, policy.residency)
        for part in calendar_text(found, as_of=day, platform=given.platform, lang=given.lang):
            stream.write(part.encode("utf-8", "replace"))
        return len(found)

    said: dict[str, Json] = {"what": "calendar", "format": "ics", "from": day.isoformat(), "to": last.isoformat()}
    return _written(arguments, write, said)


def _written(arguments: argparse.Namespace, write: Callable[[IO[bytes]], int], said: dict[str, Json]) -> int:
    """Status 0, with everything written: to the file, whole or not at all, or to stdout."""
    out: Path | None = arguments.out
    if out is None:
        if arguments.json:
            raise UsageError("with --json the answer is on stdout; give --out FILE for the rows")
        with tempfile.TemporaryFile() as whole:  # nothing is written before all of it could be read
            with _faults("the temporary folder"):
                write(whole)
            whole.seek(0)
            sys.stdout.flush()
            shutil.copyfileobj(whole, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        return 0
    from qi_pipeline.reports.files import whole_file

    with _faults(str(out)), whole_file(out) as stream:
        count = write(stream)
        stream.flush()
        stream.seek(0)
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if arguments.json:
        print_json({**said, "rows": count, "file": str(out), "sha256": digest})
    else:
        say(f"{out}: {count} {'events' if said['format'] == 'ics' else 'rows'}")
    return 0


@contextmanager
def _faults(where: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except (FileNotFoundError, NotADirectoryError, PermissionError, IsADirectoryError) as error:
        raise UsageError(f"{where}: can't be written ({error.strerror}); name a file in a folder of yours") from error
    except OSError as error:
        raise PassingError(f"{where}: can't be written ({error.strerror}); make room and run again") from error
