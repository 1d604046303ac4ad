"""What the commands of an institution's life share: their arguments, the store, how they answer.

The standard's roles are not merged: 运维机构 (operator: 5.2.2, 5.3), 管理机构 (supervision: 7.1, 7.4), 线上平台 itself
(7.2, 7.3).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from qi_pipeline.cli.arguments import add_as_of, add_json, as_of, settings
from qi_pipeline.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from datetime import date

    from qi_pipeline.model import Json
    from qi_pipeline.records.rows import PacketRow
    from qi_pipeline.records.store import Store

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
    Run = Callable[[argparse.Namespace], int]


OPERATOR = "运维机构"
SUPERVISION = "管理机构"
PLATFORM = "线上平台"


def add_command(commands: Commands, name: str, run: Run, text: str) -> argparse.ArgumentParser:
    """The parser of a command with ``--as-of`` and ``--json``, which ``run`` runs."""
    parser = commands.add_parser(name, help=text)
    add_as_of(parser)
    add_json(parser)
    parser.set_defaults(run=run)
    return parser


def add_act(commands: Commands, name: str, run: Run, text: str, role: str) -> argparse.ArgumentParser:
    """The parser of a command by which somebody acts in a role of the standard; who it was stands in the log."""
    parser = add_command(commands, name, run, text)
    parser.add_argument("--by", metavar="NAME", help="who acts (default: QI_REVIEWER)")
    parser.add_argument("--role", default=role, help=f"in which role (default: {role})")
    return parser


def add_group(commands: Commands, name: str, text: str) -> Commands:
    """Where the actions of a command group are added."""
    return commands.add_parser(name, help=text).add_subparsers(title="actions", required=True, metavar="ACTION")


def add_list(acts: Commands, run: Run, text: str) -> argparse.ArgumentParser:
    """The parser of an action ``list``, of one institution or of all."""
    parser = add_command(acts, "list", run, text)
    parser.add_argument("uscc", nargs="?", help="of this institution only")
    parser.add_argument("--all", action="store_true", help="finished ones too")
    return parser


def open_store(arguments: argparse.Namespace | None = None) -> Store:
    """The records of the workspace; with the arguments of an act every event names who acts and in which role."""
    from qi_pipeline.records.store import Store

    given = settings()
    _refuse_broken_text(arguments)
    store = Store(given.database_url)
    if arguments is not None and "role" in arguments:
        by = (arguments.by or given.reviewer).strip()
        store.actor = {"role": arguments.role, **({"by": by} if by else {})}
    return store


def _refuse_broken_text(arguments: argparse.Namespace | None) -> None:
    """Nothing; raises :class:`UsageError` where a terminal sent bytes that are no UTF-8, which no record can hold."""
    from qi_pipeline.errors import UsageError

    for name, given in vars(arguments).items() if arguments is not None else ():
        if isinstance(given, str) and any("\ud800" <= char <= "\udfff" for char in given):
            raise UsageError(f"{name.replace('_', '-')} is not UTF-8; set the terminal to UTF-8 and give it again")


def order_day(arguments: argparse.Namespace, store: Store) -> date:
    """The day that an order or a draw bears: the one given, else today, or the last night's where that lies ahead."""
    from qi_pipeline.residency.entering import day_of_an_order

    if arguments.as_of is not None:
        return as_of(arguments)
    today = as_of(arguments)
    day = day_of_an_order(store, today)
    if day != today:
        say(worded("dated_by_night", day=day, today=today))
    return day


def decision_day(arguments: argparse.Namespace, store: Store, packet: PacketRow) -> date:
    """The day of a decision on the packet, or of a correction in it; never before it was judged."""
    from qi_pipeline.residency.entering import day_of_a_decision, refuse_early_decision

    today = as_of(arguments)
    if arguments.as_of is not None:
        refuse_early_decision(store, packet, today)
        return today
    day = day_of_a_decision(store, packet, today)
    if day != today:
        say(worded("dated_by_packet", packet=packet.name, day=day, today=today))
    return day


def worded(key: str, **facts: object) -> str:
    """A line of :mod:`qi_pipeline.reports.desk_words`, in the language of the settings."""
    from qi_pipeline.reports.desk_words import line

    return line(key, settings().lang, **facts)


def acted(key: str, **facts: object) -> str:
    """A line of :mod:`qi_pipeline.reports.act_words`, in the language of the settings."""
    from qi_pipeline.reports.act_words import line

    return line(key, settings().lang, **facts)


def tell(arguments: argparse.Namespace, answer: dict[str, Json], line: str) -> int:
    """Status 0, with the answer as JSON on stdout or a line for people on stderr."""
    if arguments.json:
        print_json(answer)
    else:
        say(line)
    return 0


def show(arguments: argparse.Namespace, name: str, rows: list[dict[str, Json]], columns: list[str]) -> int:
    """Status 0, with the rows on stdout as JSON or as a table for people."""
    if arguments.json:
        print_json({name: list(rows)})
    else:
        from qi_pipeline.reports.life_words import cell, heading

        lang = settings().lang
        cells = [[cell(name, key, row[key], lang) for key in columns] for row in rows]
        print_table([heading(key, lang) for key in columns], cells)
    return 0
