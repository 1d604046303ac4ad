"""``stats``: what was done in a period, as text, JSON, and a page with plots."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from qi_pipeline.cli.arguments import add_json, iso_date, settings
from qi_pipeline.cli.output import print_json, printable, say, table, width, write_out
from qi_pipeline.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qi_pipeline.model import Lang
    from qi_pipeline.records.agreement import FieldAgreement
    from qi_pipeline.records.statistics import Statistics

_SHOWN = 31
"""Days of throughput that the text shows, the last ones; page and JSON have all."""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = commands.add_parser("stats", help="throughput, outcomes, agreement, findings and times of a period")
    add_period(parser)
    parser.add_argument("--html", type=Path, metavar="FILE", help="write one self-contained page with plots, too")
    parser.add_argument("--lang", choices=["zh", "en"], help="language of text and page (default: QI_LANG)")
    add_json(parser)
    parser.set_defaults(run=run)


def add_period(parser: argparse.ArgumentParser) -> None:
    """Adds ``--from`` and ``--to``."""
    parser.add_argument(
        "--from", dest="first", type=iso_date, metavar="YYYY-MM-DD", help="first day (default: the beginning)"
    )
    parser.add_argument("--to", dest="last", type=iso_date, metavar="YYYY-MM-DD", help="last day (default: the end)")


def check_period(arguments: argparse.Namespace) -> None:
    """Nothing; raises :class:`UsageError` for a period that ends before it begins."""
    if arguments.first is not None and arguments.last is not None and arguments.last < arguments.first:
        raise UsageError(f"--to {arguments.last} lies before --from {arguments.first}; exchange them")


def run(arguments: argparse.Namespace) -> int:
    """Prints the figures of the period and writes the page."""
    from qi_pipeline.records import database
    from qi_pipeline.records.agreement import field_agreement
    from qi_pipeline.records.statistics import statistics
    from qi_pipeline.records.store import Store
    from qi_pipeline.reports.files import write_whole
    from qi_pipeline.reports.stats import stats_json, stats_page

    check_period(arguments)
    given = settings()
    lang: Lang = arguments.lang or given.lang
    with Store(given.database_url) as store, database.reading(store.engine) as connection:
        found = statistics(connection, arguments.first, arguments.last)
        fields = field_agreement(connection, arguments.first, arguments.last)
    if arguments.html is not None:
        page = stats_page(found, fields, platform=given.platform, lang=lang)
        try:
            write_whole(arguments.html, page)
        except OSError as error:
            raise UsageError(f"{arguments.html}: can't be written ({error.strerror}); name another file") from error
    if arguments.json:
        print_json(stats_json(found, fields))
        return 0
    _print(found, fields, lang)
    if arguments.html is not None:
        say(str(arguments.html))
    return 0


def _print(found: Statistics, fields: Sequence[FieldAgreement], lang: Lang) -> None:
    from qi_pipeline.reports.stats import figures, period, sections
    from qi_pipeline.reports.stats_words import WORDS

    lines = [f"{WORDS['title'][lang]}  {period(found, lang)}", ""]
    named = figures(found, lang)
    widest = max(width(name) for name, _ in named)
    lines += [f"{name}{' ' * (widest - width(name))}  {printable(value)}" for name, value in named]
    for section in sections(found, fields, lang):
        rows = section.rows[-_SHOWN:] if section.key == "throughput" else section.rows
        lines += ["", section.title]
        if rows:
            lines.append(table(list(section.headings), [list(row) for row in rows], right=section.numbers))
        else:
            lines.append(WORDS["none"][lang])
    write_out("\n".join(lines) + "\n")
