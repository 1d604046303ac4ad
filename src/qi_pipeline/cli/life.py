"""``exit``, ``leftover``, ``evict``, ``close``, ``revoke`` and ``profile``: transitions after admission.

Each is an event, and is refused with its clause where one forbids it.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from qi_pipeline.cli.acting import (
    OPERATOR,
    SUPERVISION,
    acted,
    add_act,
    add_group,
    add_list,
    open_store,
    order_day,
    show,
    tell,
)
from qi_pipeline.cli.arguments import as_of, iso_date, settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qi_pipeline.cli.acting import Commands
    from qi_pipeline.model import Json
    from qi_pipeline.records.store import Store
    from qi_pipeline.residency.standing import Order


def register(commands: Commands) -> None:
    """Adds the commands."""
    leaving = add_act(commands, "exit", exit_, "record a voluntary exit (5.3)", OPERATOR)
    leaving.add_argument("uscc", help="the institution")
    leaving.add_argument("--reason", default="", help="why, in a sentence")
    step = leaving.add_mutually_exclusive_group()
    step.add_argument("--request", action="store_true", help="only record the application, with what is still open")
    step.add_argument("--withdraw", action="store_true", help="the institution stays: withdraw its application")
    _leftovers(commands)
    evicting = add_act(commands, "evict", evict, "evict an institution that failed an inspection (7.4)", SUPERVISION)
    evicting.add_argument("uscc", help="the institution")
    evicting.add_argument("--reason", default="", help="why (default: what the inspection found)")
    closing = add_act(commands, "close", close, "record that an institution closed down (7.5)", OPERATOR)
    closing.add_argument("uscc", help="the institution")
    closing.add_argument(
        "--on", dest="closed_on", type=iso_date, metavar="YYYY-MM-DD", help="the day it closed (default: --as-of)"
    )
    closing.add_argument("--deregister", action="store_true", help="deregister it, which has to be done in a month")
    revoking = add_act(
        commands, "revoke", revoke, "deregister directly after a revocation for violation (7.5)", SUPERVISION
    )
    revoking.add_argument("uscc", help="the institution")
    revoking.add_argument("--reason", required=True, help="who revoked what, in a sentence")
    profile = add_act(
        commands, "profile", profile_, "record that profile and service plan are complete (6.3)", OPERATOR
    )
    profile.add_argument("uscc", help="the institution")


def _leftovers(commands: Commands) -> None:
    acts = add_group(commands, "leftover", "leftover issues, to settle before an institution leaves (5.3, 7.4)")
    opening = add_act(acts, "open", leftover_open, "put an issue on record", OPERATOR)
    opening.add_argument("uscc", help="the institution")
    opening.add_argument("--text", required=True, help="what is to be settled")
    opening.add_argument("--assigned-to", metavar="NAME", help="who sees to it")
    assigning = add_act(acts, "assign", leftover_assign, "say who sees to it", OPERATOR)
    assigning.add_argument("id", type=int, help="number of the issue, see `leftover list`")
    assigning.add_argument("--to", required=True, metavar="NAME", help="who sees to it from now on")
    settling = add_act(acts, "settle", leftover_settle, "record that it is settled", OPERATOR)
    settling.add_argument("id", type=int, help="number of the issue, see `leftover list`")
    settling.add_argument("--note", help="how")
    add_list(acts, leftover_list, "the open issues")


def _document(store: Store, order: Order) -> str:
    """Path of the order's document, relative to the workspace; it can be written again."""
    from qi_pipeline.reports.orders import write_order
    from qi_pipeline.residency.standing import orders_written

    given = settings()
    row = store.institution(order.uscc)
    path = write_order(order, row.name if row else "", given.reports / "orders", given)
    file = str(path.relative_to(given.home))
    orders_written(store, {order.number: file})
    return file


def exit_(arguments: argparse.Namespace) -> int:
    """Records the application or the exit; exit 2 names what is left open."""
    from qi_pipeline.residency import leaving

    day = as_of(arguments)
    with open_store(arguments) as store:
        if arguments.request:
            asked = leaving.request_exit(store, arguments.uscc, on=day, reason=arguments.reason)
            return tell(arguments, asked.to_json(), _requested(asked.uscc, asked.open_matters))
        if arguments.withdraw:
            leaving.withdraw_exit(store, arguments.uscc, on=day)
            uscc = arguments.uscc.strip().upper()
            return tell(arguments, {"uscc": uscc, "withdrawn_on": day.isoformat()}, acted("exit_withdrawn", uscc=uscc))
        order = leaving.exit_voluntarily(store, arguments.uscc, on=order_day(arguments, store), reason=arguments.reason)
        file = _document(store, order)
    return _left(arguments, "exited", order, file)


def _requested(uscc: str, open_matters: Sequence[str]) -> str:
    from qi_pipeline.reports.act_words import matters

    if not open_matters:
        return acted("exit_requested", uscc=uscc)
    left = matters(open_matters, settings().lang)
    return acted("exit_requested_open", uscc=uscc, count=len(open_matters), matters=left)


def _left(arguments: argparse.Namespace, key: str, order: Order, file: str) -> int:
    line = acted(key, uscc=order.uscc, order=order.number, file=file)
    return tell(arguments, order.to_json() | {"file": file}, line)


def evict(arguments: argparse.Namespace) -> int:
    """Records the eviction; exit 2 without a failed inspection or with anything left open."""
    from qi_pipeline.residency import leaving

    with open_store(arguments) as store:
        order = leaving.evict(store, arguments.uscc, on=order_day(arguments, store), reason=arguments.reason)
        file = _document(store, order)
    return _left(arguments, "evicted", order, file)


def close(arguments: argparse.Namespace) -> int:
    """Records the closing and the day by which it must deregister, or the deregistration."""
    from qi_pipeline.residency import leaving

    day = as_of(arguments)
    with open_store(arguments) as store:
        if arguments.deregister:
            order = leaving.deregister_closed(store, arguments.uscc, on=order_day(arguments, store))
            file = _document(store, order)
            return _left(arguments, "deregistered", order, file)
        closed_on = arguments.closed_on or day
        due = leaving.report_closed(store, arguments.uscc, closed_on=closed_on, on=day)
    answer: dict[str, Json] = {
        "uscc": arguments.uscc.strip().upper(),
        "closed_on": closed_on.isoformat(),
        "clause": "7.5",
        "duty": "deregister_closed",
        "due_on": due.date.isoformat(),
    }
    if due.provisional:
        answer["provisional"] = True
    line = acted("closed_down", uscc=answer["uscc"], closed_on=closed_on, due_on=due.date)
    return tell(arguments, answer, line)


def revoke(arguments: argparse.Namespace) -> int:
    """Deregisters directly."""
    from qi_pipeline.residency import leaving

    with open_store(arguments) as store:
        order = leaving.revoke(store, arguments.uscc, on=order_day(arguments, store), reason=arguments.reason)
        file = _document(store, order)
    return _left(arguments, "deregistered", order, file)


def profile_(arguments: argparse.Namespace) -> int:
    """Records that the profile is complete."""
    from qi_pipeline.residency import leaving

    day, uscc = as_of(arguments), arguments.uscc.strip().upper()
    with open_store(arguments) as store:
        leaving.complete_profile(store, uscc, on=day)
    answer: dict[str, Json] = {"uscc": uscc, "profile_completed_on": day.isoformat()}
    return tell(arguments, answer, acted("profile", uscc=uscc, day=day))


def leftover_open(arguments: argparse.Namespace) -> int:
    """Puts an issue on record."""
    from qi_pipeline.residency import leftover

    with open_store(arguments) as store:
        issue = leftover.open_issue(
            store, arguments.uscc, arguments.text, on=as_of(arguments), assigned_to=arguments.assigned_to
        )
    return tell(arguments, issue.to_json(), acted("leftover_open", id=issue.id, uscc=issue.uscc))


def leftover_assign(arguments: argparse.Namespace) -> int:
    """Assigns an issue."""
    from qi_pipeline.residency import leftover

    with open_store(arguments) as store:
        issue = leftover.assign(store, arguments.id, arguments.to, on=as_of(arguments))
    return tell(arguments, issue.to_json(), acted("leftover_assigned", id=issue.id, to=issue.assigned_to))


def leftover_settle(arguments: argparse.Namespace) -> int:
    """Settles an issue."""
    from qi_pipeline.residency import leftover

    with open_store(arguments) as store:
        issue = leftover.settle(store, arguments.id, on=as_of(arguments), note=arguments.note)
    return tell(arguments, issue.to_json(), acted("leftover_settled", id=issue.id))


def leftover_list(arguments: argparse.Namespace) -> int:
    """Lists issues."""
    from qi_pipeline.residency import leftover

    with open_store(arguments) as store:
        found = leftover.listed(store, arguments.uscc, settled_too=arguments.all)
    columns = ["id", "uscc", "text", "assigned_to", "opened_on", "settled_on"]
    return show(arguments, "leftovers", [each.to_json() for each in found], columns)
