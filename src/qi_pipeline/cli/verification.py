"""``verification``: further proof and site visits, while which the clock of 5.2.1 stands (5.2.2)."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from qi_pipeline.cli.acting import OPERATOR, acted, add_act, add_command, add_group, open_store, show, tell
from qi_pipeline.cli.arguments import as_of, iso_date, settings

if TYPE_CHECKING:
    from qi_pipeline.cli.acting import Commands
    from qi_pipeline.residency.verification import Verification


def register(commands: Commands) -> None:
    """Adds the commands."""
    acts = add_group(commands, "verification", "further proof and site visits; the 3-working-day clock stands (5.2.2)")
    asking = add_act(acts, "request", request, "ask for further proof", OPERATOR)
    asking.add_argument("packet", help="name or id")
    asking.add_argument("--text", required=True, help="what is to be proved")
    planning = add_act(acts, "visit", visit, "plan a site visit", OPERATOR)
    planning.add_argument("packet", help="name or id")
    planning.add_argument(
        "--planned-on", type=iso_date, metavar="YYYY-MM-DD", required=True, help="the day of the visit"
    )
    planning.add_argument("--text", required=True, help="what is to be looked at")
    holding = add_act(acts, "held", held, "record that the visit was held", OPERATOR)
    holding.add_argument("packet", help="name or id")
    holding.add_argument(
        "--on", dest="held_on", type=iso_date, metavar="YYYY-MM-DD", help="the day it was held (default: --as-of)"
    )
    holding.add_argument("--id", type=int, help="which one, where several are open")
    ending = add_act(
        acts, "result", result, "record what came of it; the clock runs on, and a person decides", OPERATOR
    )
    ending.add_argument("packet", help="name or id")
    outcome = ending.add_mutually_exclusive_group(required=True)
    outcome.add_argument("--satisfied", dest="result", action="store_const", const="satisfied", help="it was proved")
    outcome.add_argument(
        "--not-satisfied", dest="result", action="store_const", const="not_satisfied", help="it was not"
    )
    ending.add_argument("--note", required=True, help="what was found")
    ending.add_argument("--id", type=int, help="which one, where several are open")
    listing = add_command(acts, "list", list_, "the requests and visits that are open")
    listing.add_argument("packet", nargs="?", help="of this packet only")
    listing.add_argument("--all", action="store_true", help="those with a result too")


def request(arguments: argparse.Namespace) -> int:
    """Asks for further proof."""
    from qi_pipeline.residency import verification

    by = arguments.by or settings().reviewer or None
    with open_store(arguments) as store:
        one = verification.request(store, arguments.packet, arguments.text, on=as_of(arguments), by=by)
    return _told(arguments, one, acted("proof_requested", packet=one.packet))


def visit(arguments: argparse.Namespace) -> int:
    """Plans a site visit."""
    from qi_pipeline.residency import verification

    by = arguments.by or settings().reviewer or None
    with open_store(arguments) as store:
        one = verification.plan_visit(
            store, arguments.packet, arguments.text, planned_on=arguments.planned_on, on=as_of(arguments), by=by
        )
    return _told(arguments, one, acted("visit_planned", packet=one.packet, day=one.planned_on))


def held(arguments: argparse.Namespace) -> int:
    """Records that the visit was held."""
    from qi_pipeline.residency import verification

    day = as_of(arguments)
    with open_store(arguments) as store:
        one = verification.hold_visit(
            store, arguments.packet, held_on=arguments.held_on or day, on=day, number=arguments.id
        )
    return _told(arguments, one, acted("visit_held", packet=one.packet, day=one.held_on))


def result(arguments: argparse.Namespace) -> int:
    """Records the result; the packet then waits for a decision."""
    from qi_pipeline.residency import verification

    with open_store(arguments) as store:
        one = verification.conclude(
            store,
            arguments.packet,
            arguments.result,
            on=as_of(arguments),
            note=arguments.note,
            number=arguments.id,
        )
    return _told(arguments, one, acted("verified", packet=one.packet, result=one.result))


def list_(arguments: argparse.Namespace) -> int:
    """Lists requests and visits."""
    from qi_pipeline.residency import verification

    with open_store(arguments) as store:
        found = verification.listed(store, arguments.packet, closed_too=arguments.all)
    columns = ["id", "packet", "kind", "text", "asked_on", "planned_on", "held_on", "result"]
    return show(arguments, "verifications", [each.to_json() for each in found], columns)


def _told(arguments: argparse.Namespace, one: Verification, line: str) -> int:
    clock = one.clock
    if clock is not None and clock.state == "paused":
        line = acted("clock_paused", said=line, rest=clock.rest)
    elif clock is not None and clock.state == "running":
        line = acted("clock_runs", said=line, due_on=clock.due_on)
    return tell(arguments, one.to_json(), line)
