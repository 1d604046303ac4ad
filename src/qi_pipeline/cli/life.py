"""Commands ``exit``, ``leftover``, ``inspection``, ``evict``, ``complaint``, ``close``, ``revoke``, ``annual-audit``.

And ``profile``: the transitions of an institution's life after admission. Each is an event, and is refused with its
clause where one forbids it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from qi_pipeline.cli.arguments import add_as_of, add_json, as_of, iso_date, settings
from qi_pipeline.cli.output import print_json, say, say_table

if TYPE_CHECKING:
    from qi_pipeline.model import Json
    from qi_pipeline.records.store import Store
    from qi_pipeline.residency.inspection import Inspection
    from qi_pipeline.residency.standing import Order

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
    Run = Callable[[argparse.Namespace], int]


def register(commands: Commands) -> None:
    """Adds the commands."""
    leaving = _command(commands, "exit", exit_, "record a voluntary exit (5.3)")
    leaving.add_argument("uscc", help="the institution")
    leaving.add_argument("--reason", default="", help="why, in a sentence")
    _leftovers(commands)
    _inspections(commands)
    evicting = _command(commands, "evict", evict, "evict an institution that failed an inspection (7.4)")
    evicting.add_argument("uscc", help="the institution")
    evicting.add_argument("--reason", default="", help="why (default: what the inspection found)")
    _complaints(commands)
    closing = _command(commands, "close", close, "record that an institution closed down (7.5)")
    closing.add_argument("uscc", help="the institution")
    closing.add_argument(
        "--on", dest="closed_on", type=iso_date, metavar="YYYY-MM-DD", help="the day it closed (default: --as-of)"
    )
    closing.add_argument("--deregister", action="store_true", help="deregister it, which has to be done in a month")
    revoking = _command(commands, "revoke", revoke, "deregister directly after a revocation for violation (7.5)")
    revoking.add_argument("uscc", help="the institution")
    revoking.add_argument("--reason", required=True, help="who revoked what, in a sentence")
    _audits(commands)
    profile = _command(commands, "profile", profile_, "record that profile and service plan are complete (6.3)")
    profile.add_argument("uscc", help="the institution")


def _command(commands: Commands, name: str, run: Run, text: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text)
    add_as_of(parser)
    add_json(parser)
    parser.set_defaults(run=run)
    return parser


def _group(commands: Commands, name: str, text: str) -> Commands:
    return commands.add_parser(name, help=text).add_subparsers(title="actions", required=True, metavar="ACTION")


def _leftovers(commands: Commands) -> None:
    acts = _group(commands, "leftover", "leftover issues, to settle before an institution leaves (5.3, 7.4)")
    opening = _command(acts, "open", leftover_open, "put an issue on record")
    opening.add_argument("uscc", help="the institution")
    opening.add_argument("--text", required=True, help="what is to be settled")
    opening.add_argument("--assigned-to", metavar="NAME", help="who sees to it")
    assigning = _command(acts, "assign", leftover_assign, "say who sees to it")
    assigning.add_argument("id", type=int)
    assigning.add_argument("--to", required=True, metavar="NAME")
    settling = _command(acts, "settle", leftover_settle, "record that it is settled")
    settling.add_argument("id", type=int)
    settling.add_argument("--note", help="how")
    _listing(acts, leftover_list, "the open issues")


def _inspections(commands: Commands) -> None:
    acts = _group(commands, "inspection", "inspections: draw a random sample, record results (7.1, 7.4)")
    drawing = _command(acts, "draw", inspection_draw, "draw a sample that can be drawn again, by category")
    drawing.add_argument("--rate", type=float, help="share of the residents (default: inspection_rate of the policy)")
    drawing.add_argument("--seed", required=True, help="any text; the same seed draws the same institutions")
    drawing.add_argument("--round", help="name of the round (default: day and seed)")
    result = _command(acts, "result", inspection_result, "record the result of one inspection")
    result.add_argument("id", type=int)
    outcome = result.add_mutually_exclusive_group(required=True)
    outcome.add_argument("--passed", dest="result", action="store_const", const="passed")
    outcome.add_argument("--failed", dest="result", action="store_const", const="failed")
    result.add_argument("--note", help="what was found; needed for a failure")
    listing = _command(acts, "list", inspection_list, "the inspections without a result")
    listing.add_argument("--round", help="of this round only")
    listing.add_argument("--all", action="store_true", help="those with a result too")


def _complaints(commands: Commands) -> None:
    acts = _group(commands, "complaint", "complaints: received, investigated, forwarded, answered, closed (7.2, 7.3)")
    opening = _command(acts, "open", complaint_open, "put a complaint on record under its number")
    opening.add_argument("uscc", help="the institution complained of")
    opening.add_argument("--channel", required=True, choices=["phone", "web", "service_point", "letter"])
    opening.add_argument("--type", required=True, help="such as 服务质量, 收费, 数据真实性, 超范围, 泄密")
    opening.add_argument("--text", required=True, help="what is complained of")
    moving = _command(acts, "advance", complaint_advance, "record its next state, up to answered")
    moving.add_argument("number", help="TS-YYYY-NNNNNN")
    moving.add_argument("--to", choices=["investigating", "forwarded", "answered"], help="refused if it isn't the next")
    moving.add_argument("--note", help="what was found, or said")
    closing = _command(acts, "close", complaint_close, "close it, once the complainant was told")
    closing.add_argument("number", help="TS-YYYY-NNNNNN")
    closing.add_argument("--told-on", type=iso_date, metavar="YYYY-MM-DD", help="the day the complainant was told")
    closing.add_argument("--note", help="how it ended")
    listing = _listing(acts, complaint_list, "the complaints that are not closed")
    listing.add_argument("--overdue", action="store_true", help="only those open for too long")


def _audits(commands: Commands) -> None:
    acts = _group(commands, "annual-audit", "annual audits: request, pass, fail (5.2.4)")
    _command(acts, "request", audit_request, "request the audit papers").add_argument("uscc", help="the institution")
    _command(acts, "pass", audit_pass, "record that it passed").add_argument("uscc", help="the institution")
    failing = _command(acts, "fail", audit_fail, "record that it did not pass")
    failing.add_argument("uscc", help="the institution")
    failing.add_argument("--reason", required=True, help="why, in a sentence")
    _listing(acts, audit_list, "the audits that were requested and are not passed")


def _listing(acts: Commands, run: Run, text: str) -> argparse.ArgumentParser:
    parser = _command(acts, "list", run, text)
    parser.add_argument("uscc", nargs="?", help="of this institution only")
    parser.add_argument("--all", action="store_true", help="finished ones too")
    return parser


def _store() -> Store:
    from qi_pipeline.records.store import Store

    return Store(settings().database_url)


def _document(store: Store, order: Order) -> str:
    """Path of the order's document, relative to the workspace; it can be written again."""
    from qi_pipeline.reports.orders import write_order

    given = settings()
    row = store.institution(order.uscc)
    path = write_order(order, row.name if row else "", given.reports / "orders", given.platform)
    return str(path.relative_to(given.home))


def _told(arguments: argparse.Namespace, answer: dict[str, Json], line: str) -> int:
    if arguments.json:
        print_json(answer)
    else:
        say(line)
    return 0


def _shown(arguments: argparse.Namespace, name: str, rows: list[dict[str, Json]], columns: list[str]) -> int:
    if arguments.json:
        print_json({name: list(rows)})
    else:
        say_table(columns, [["" if row[key] is None else str(row[key]) for key in columns] for row in rows])
    return 0


def exit_(arguments: argparse.Namespace) -> int:
    """Records the exit; exit 2 names what is left open."""
    from qi_pipeline.residency import leaving

    with _store() as store:
        order = leaving.exit_voluntarily(store, arguments.uscc, on=as_of(arguments), reason=arguments.reason)
        file = _document(store, order)
    return _told(arguments, order.to_json() | {"file": file}, f"{order.uscc} has left: order {order.number}, {file}")


def evict(arguments: argparse.Namespace) -> int:
    """Records the eviction; exit 2 without a failed inspection or with anything left open."""
    from qi_pipeline.residency import leaving

    with _store() as store:
        order = leaving.evict(store, arguments.uscc, on=as_of(arguments), reason=arguments.reason)
        file = _document(store, order)
    return _told(arguments, order.to_json() | {"file": file}, f"{order.uscc} is evicted: order {order.number}, {file}")


def close(arguments: argparse.Namespace) -> int:
    """Records the closing and the day by which it must deregister, or the deregistration."""
    from qi_pipeline.residency import leaving

    day = as_of(arguments)
    with _store() as store:
        if arguments.deregister:
            order = leaving.deregister_closed(store, arguments.uscc, on=day)
            file = _document(store, order)
            return _told(
                arguments,
                order.to_json() | {"file": file},
                f"{order.uscc} is deregistered: order {order.number}, {file}",
            )
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
    return _told(arguments, answer, f"{answer['uscc']} closed on {closed_on}; it must deregister by {due.date}")


def revoke(arguments: argparse.Namespace) -> int:
    """Deregisters directly."""
    from qi_pipeline.residency import leaving

    with _store() as store:
        order = leaving.revoke(store, arguments.uscc, on=as_of(arguments), reason=arguments.reason)
        file = _document(store, order)
    return _told(
        arguments, order.to_json() | {"file": file}, f"{order.uscc} is deregistered: order {order.number}, {file}"
    )


def profile_(arguments: argparse.Namespace) -> int:
    """Records that the profile is complete."""
    from qi_pipeline.residency import leaving

    day, uscc = as_of(arguments), arguments.uscc.strip().upper()
    with _store() as store:
        leaving.complete_profile(store, uscc, on=day)
    answer: dict[str, Json] = {"uscc": uscc, "profile_completed_on": day.isoformat()}
    return _told(arguments, answer, f"{uscc} completed its profile on {day}")


def leftover_open(arguments: argparse.Namespace) -> int:
    """Puts an issue on record."""
    from qi_pipeline.residency import leftover

    with _store() as store:
        issue = leftover.open_issue(
            store, arguments.uscc, arguments.text, on=as_of(arguments), assigned_to=arguments.assigned_to
        )
    return _told(arguments, issue.to_json(), f"leftover issue {issue.id} of {issue.uscc}")


def leftover_assign(arguments: argparse.Namespace) -> int:
    """Assigns an issue."""
    from qi_pipeline.residency import leftover

    with _store() as store:
        issue = leftover.assign(store, arguments.id, arguments.to, on=as_of(arguments))
    return _told(arguments, issue.to_json(), f"leftover issue {issue.id} is {issue.assigned_to}'s")


def leftover_settle(arguments: argparse.Namespace) -> int:
    """Settles an issue."""
    from qi_pipeline.residency import leftover

    with _store() as store:
        issue = leftover.settle(store, arguments.id, on=as_of(arguments), note=arguments.note)
    return _told(arguments, issue.to_json(), f"leftover issue {issue.id} is settled")


def leftover_list(arguments: argparse.Namespace) -> int:
    """Lists issues."""
    from qi_pipeline.residency import leftover

    with _store() as store:
        found = leftover.listed(store, arguments.uscc, settled_too=arguments.all)
    columns = ["id", "uscc", "text", "assigned_to", "opened_on", "settled_on"]
    return _shown(arguments, "leftovers", [each.to_json() for each in found], columns)


def inspection_draw(arguments: argparse.Namespace) -> int:
    """Draws a round."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.residency import inspection

    policy = load_policy(settings().policy)
    rate = policy.residency.inspection_rate if arguments.rate is None else arguments.rate
    with _store() as store:
        found = inspection.draw(store, rate=rate, seed=arguments.seed, on=as_of(arguments), round_=arguments.round)
    if arguments.json:
        name = found[0].round if found else arguments.round
        print_json({"round": name, "rate": rate, "seed": arguments.seed, "drawn": [each.to_json() for each in found]})
        return 0
    return _shown(arguments, "drawn", [each.to_json() for each in found], ["id", "uscc", "name", "category"])


def inspection_result(arguments: argparse.Namespace) -> int:
    """Records a result; after a failure says what follows."""
    from qi_pipeline.residency import inspection

    with _store() as store:
        one = inspection.record(store, arguments.id, arguments.result, on=as_of(arguments), note=arguments.note)
    answer, line = one.to_json(), f"{one.uscc} {one.result} inspection {one.id}"
    if one.result == "failed":
        answer["file"] = _eviction_notice(one)
        line += f": {answer['file']}; put what is left on record with `leftover open`, then `evict {one.uscc}`"
    return _told(arguments, answer, line)


def _eviction_notice(one: Inspection) -> str:
    from qi_pipeline.reports import official

    given = settings()
    assert one.closed_on is not None  # it has a result
    letter = official.eviction_notice(uscc=one.uscc, name=one.name, note=one.note or "", on=one.closed_on)
    path = given.reports / "orders" / f"inspection-{one.id}.html"
    official.write_letters([letter], path, given.platform)
    return str(path.relative_to(given.home))


def inspection_list(arguments: argparse.Namespace) -> int:
    """Lists inspections."""
    from qi_pipeline.residency import inspection

    with _store() as store:
        found = inspection.listed(store, round_=arguments.round, closed_too=arguments.all)
    columns = ["id", "round", "uscc", "name", "category", "drawn_on", "result"]
    return _shown(arguments, "inspections", [each.to_json() for each in found], columns)


def complaint_open(arguments: argparse.Namespace) -> int:
    """Puts a complaint on record."""
    from qi_pipeline.residency import complaint

    with _store() as store:
        one = complaint.receive(
            store,
            arguments.uscc,
            channel=arguments.channel,
            type_=arguments.type,
            text=arguments.text,
            on=as_of(arguments),
        )
    return _complaint_told(arguments, one)


def complaint_advance(arguments: argparse.Namespace) -> int:
    """Moves a complaint on."""
    from qi_pipeline.residency import complaint

    with _store() as store:
        one = complaint.advance(store, arguments.number, on=as_of(arguments), to=arguments.to, note=arguments.note)
    return _complaint_told(arguments, one)


def complaint_close(arguments: argparse.Namespace) -> int:
    """Closes a complaint; exit 2 while the complainant was not told."""
    from qi_pipeline.residency import complaint

    with _store() as store:
        one = complaint.close(
            store, arguments.number, on=as_of(arguments), told_on=arguments.told_on, note=arguments.note
        )
    return _complaint_told(arguments, one)


def complaint_list(arguments: argparse.Namespace) -> int:
    """Lists complaints."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.residency import complaint

    days = load_policy(settings().policy).residency.complaint_days
    with _store() as store:
        found = complaint.listed(store, arguments.uscc, closed_too=arguments.all)
    rows = [each.to_json(days, as_of(arguments)) for each in found]
    if arguments.overdue:
        rows = [row for row in rows if row["overdue"]]
    columns = ["number", "respondent", "type", "state", "received_on", "due_on", "overdue"]
    return _shown(arguments, "complaints", rows, columns)


def _complaint_told(arguments: argparse.Namespace, one: object) -> int:
    from qi_pipeline.policy import load_policy
    from qi_pipeline.residency.complaint import Complaint

    assert isinstance(one, Complaint)
    days = load_policy(settings().policy).residency.complaint_days
    return _told(arguments, one.to_json(days, as_of(arguments)), f"{one.number} is {one.state}")


def audit_request(arguments: argparse.Namespace) -> int:
    """Requests an audit."""
    from qi_pipeline.residency import audit

    with _store() as store:
        one = audit.request(store, arguments.uscc, on=as_of(arguments))
    return _told(arguments, one.to_json(), f"the audit of {one.uscc} is due on {one.due_on}")


def audit_pass(arguments: argparse.Namespace) -> int:
    """Records a passed audit."""
    return _audit_concluded(arguments, passed=True)


def audit_fail(arguments: argparse.Namespace) -> int:
    """Records an audit that was not passed."""
    return _audit_concluded(arguments, passed=False)


def _audit_concluded(arguments: argparse.Namespace, *, passed: bool) -> int:
    from qi_pipeline.residency import audit

    reason = None if passed else arguments.reason
    with _store() as store:
        one = audit.conclude(store, arguments.uscc, passed=passed, on=as_of(arguments), reason=reason)
    return _told(arguments, one.to_json(), f"{one.uscc} {'passed' if passed else 'did not pass'} its annual audit")


def audit_list(arguments: argparse.Namespace) -> int:
    """Lists audits."""
    from qi_pipeline.residency import audit

    with _store() as store:
        found = audit.listed(store, arguments.uscc, closed_too=arguments.all)
    columns = ["uscc", "due_on", "requested_on", "passed", "closed_on"]
    return _shown(arguments, "audits", [each.to_json() for each in found], columns)
