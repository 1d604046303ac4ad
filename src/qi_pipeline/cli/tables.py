"""``import`` and ``credit-list``: rosters and public lists from CSV or XLSX."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qi_pipeline.cli.acting import acted
from qi_pipeline.cli.arguments import add_as_of, add_json, as_of, settings
from qi_pipeline.cli.output import print_json, say
from qi_pipeline.errors import UsageError


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the commands."""
    roster = commands.add_parser("import", help="load an existing roster, all or nothing")
    roster.add_argument("--institutions", type=Path, metavar="F", help="CSV or XLSX of institutions")
    roster.add_argument("--qualifications", type=Path, metavar="F", help="CSV or XLSX of their certificates")
    add_as_of(roster)
    add_json(roster)
    roster.set_defaults(run=import_roster)
    lists = commands.add_parser("credit-list", help="load a public list (clause 4.3)")
    acts = lists.add_subparsers(title="actions", required=True, metavar="ACTION")
    loading = acts.add_parser("import", help="load a CSV or XLSX: uscc,name,listed_on,removed_on,reason")
    loading.add_argument("file", type=Path, metavar="F", help="CSV or XLSX with those columns")
    loading.add_argument(
        "--list", required=True, choices=["violations", "abnormal", "serious"], help="which list it is"
    )
    add_as_of(loading)
    add_json(loading)
    loading.set_defaults(run=import_list)


def import_roster(arguments: argparse.Namespace) -> int:
    """Loads the roster; exit 2 names every bad row and loads nothing."""
    from qi_pipeline.cli.progress import bar
    from qi_pipeline.records.store import Store

    if arguments.institutions is None and arguments.qualifications is None:
        raise UsageError("nothing to load; give --institutions F, --qualifications F, or both")
    with Store(settings().database_url) as store, _told(arguments), bar(sys.stderr, "import") as done:
        total = _rows(arguments.institutions, arguments.qualifications)
        loaded = store.import_roster(
            arguments.institutions,
            arguments.qualifications,
            on=as_of(arguments),
            told=lambda rows: done(rows, total),
        )
    for warning in loaded.warnings:
        say(warning)
    if arguments.json:
        print_json(
            {
                "institutions": loaded.institutions,
                "institutions_added": loaded.institutions_added,
                "institutions_changed": loaded.institutions_changed,
                "qualifications": loaded.qualifications,
                "qualifications_added": loaded.qualifications_added,
                "qualifications_changed": loaded.qualifications_changed,
                "institutions_left": loaded.institutions_left,
                "qualifications_left": loaded.qualifications_left,
            }
        )
    else:
        say(acted("roster", institutions=loaded.institutions, qualifications=loaded.qualifications))
    return 0


@contextmanager
def _told(arguments: argparse.Namespace) -> Iterator[None]:
    """Meanwhile a table that is refused is told to programs too, every bad row of it."""
    from qi_pipeline.records.tables_in import BadRows

    try:
        yield
    except BadRows as error:
        if arguments.json:
            print_json({"count": error.count, "bad_rows": error.entries()})
        raise


def _rows(*tables: Path | None) -> int | None:
    """How many rows are coming, for the time left: the lines of CSV files; None where nobody can tell at once."""
    lines = 0
    for table in tables:
        if table is None:
            continue
        try:
            with table.open("rb") as file:
                if file.peek(2)[:2] == b"PK":
                    return None  # a packed workbook
                lines += sum(part.count(b"\n") for part in iter(lambda: file.read(1 << 20), b"")) - 1
        except OSError:
            return None  # the import itself says what is wrong
    return max(lines, 0)


def import_list(arguments: argparse.Namespace) -> int:
    """Loads one list; exit 2 names every bad row and loads nothing."""
    from qi_pipeline.records.credit_lists import read_credit_list
    from qi_pipeline.records.store import Store

    with _told(arguments):
        entries = read_credit_list(arguments.file, arguments.list)
    with Store(settings().database_url) as store:
        loaded = store.import_credit_list(
            entries, arguments.list, loaded_on=as_of(arguments), source=arguments.file.name
        )
    if arguments.json:
        print_json({"list": arguments.list, "entries": loaded.entries})
    else:
        say(acted("credit_list", entries=loaded.entries, list=arguments.list))
    return 0
