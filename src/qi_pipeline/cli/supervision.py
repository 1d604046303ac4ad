"""``inspection``, ``complaint`` and ``annual-audit``: how residents are supervised (5.2.4, 7.1 to 7.4)."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from qi_pipeline.cli.acting import (
    OPERATOR,
    PLATFORM,
    SUPERVISION,
    acted,
    add_act,
    add_command,
    add_group,
    add_list,
    open_store,
    order_day,
    show,
    tell,
)
from qi_pipeline.cli.arguments import as_of, iso_date, settings
from qi_pipeline.cli.output import print_json

if TYPE_CHECKING:
    from qi_pipeline.cli.acting import Commands
    from qi_pipeline.records.store import Store
    from qi_pipeline.residency.audit import Audit
    from qi_pipeline.residency.inspection import Inspection


def register(commands: Commands) -> None:
    """Adds the commands."""
    _inspections(commands)
    _complaints(commands)
    _audits(commands)


def _inspections(commands: Commands) -> None:
    acts = add_group(commands, "inspection", "inspections: draw a random sample, record results (7.1, 7.4)")
    drawing = add_act(acts, "draw", inspection_draw, "draw a sample that can be drawn again, by category", SUPERVISION)
    drawing.add_argument("--rate", type=float, help="share of the residents (default: inspection_rate of the policy)")
    drawing.add_argument("--seed", required=True, help="any text; the same seed draws the same institutions")
    drawing.add_argument("--round", help="name of the round (default: day and seed)")
    ordering = add_act(acts, "order", inspection_order, "inspect one institution for a reason", SUPERVISION)
    ordering.add_argument("uscc", help="the institution")
    ordering.add_argument("--reason", required=True, help="why, such as complaints or late changes")
    result = add_act(acts, "result", inspection_result, "record the result of one inspection", SUPERVISION)
    result.add_argument("id", type=int, help="number of the inspection, see `inspection list`")
    outcome = result.add_mutually_exclusive_group(required=True)
    outcome.add_argument("--passed", dest="result", action="store_const", const="passed", help="it did well")
    outcome.add_argument(
        "--failed", dest="result", action="store_const", const="failed", help="it did not: a notice of eviction"
    )
    result.add_argument("--note", help="what was found; needed for a failure")
    listing = add_command(acts, "list", inspection_list, "the inspections without a result")
    listing.add_argument("--round", help="of this round only")
    listing.add_argument("--all", action="store_true", help="those with a result too")


def _complaints(commands: Commands) -> None:
    acts = add_group(
        commands, "complaint", "complaints: received, investigated, forwarded, answered, closed (7.2, 7.3)"
    )
    opening = add_act(acts, "open", complaint_open, "put a complaint on record under its number", PLATFORM)
    opening.add_argument("uscc", help="the institution complained of")
    opening.add_argument(
        "--channel", required=True, choices=["phone", "web", "service_point", "letter"], help="how it came in (7.2)"
    )
    opening.add_argument("--type", required=True, help="such as 服务质量, 收费, 数据真实性, 超范围, 泄密")
    opening.add_argument("--text", required=True, help="what is complained of")
    moving = add_act(acts, "advance", complaint_advance, "record its next state, up to answered", PLATFORM)
    moving.add_argument("number", help="TS-YYYY-NNNNNN")
    moving.add_argument("--to", choices=["investigating", "forwarded", "answered"], help="refused if it isn't the next")
    moving.add_argument(
        "--note", help="what the investigation found (needed to forward), or what the institution replied (to answer)"
    )
    closing = add_act(acts, "close", complaint_close, "close it, once the complainant was told", PLATFORM)
    closing.add_argument("number", help="TS-YYYY-NNNNNN")
    closing.add_argument("--told-on", type=iso_date, metavar="YYYY-MM-DD", help="the day the complainant was told")
    closing.add_argument("--note", help="how it ended")
    listing = add_list(acts, complaint_list, "the complaints that are not closed")
    listing.add_argument("--overdue", action="store_true", help="only those open for too long")


def _audits(commands: Commands) -> None:
    acts = add_group(commands, "annual-audit", "annual audits: request, pass, fail (5.2.4)")
    add_act(acts, "request", audit_request, "request the audit papers", OPERATOR).add_argument(
        "uscc", help="the institution"
    )
    add_act(acts, "pass", audit_pass, "record that it passed", OPERATOR).add_argument("uscc", help="the institution")
    failing = add_act(acts, "fail", audit_fail, "record that it did not pass", OPERATOR)
    failing.add_argument("uscc", help="the institution")
    failing.add_argument("--reason", required=True, help="why, in a sentence")
    add_list(acts, audit_list, "the audits that were requested and are not passed")


def inspection_draw(arguments: argparse.Namespace) -> int:
    """Draws a round."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.residency import inspection

    policy = load_policy(settings().policy)
    rate = policy.residency.inspection_rate if arguments.rate is None else arguments.rate
    with open_store(arguments) as store:
        day = order_day(arguments, store)
        found = inspection.draw(store, rate=rate, seed=arguments.seed, on=day, round_=arguments.round)
    if arguments.json:
        name = found[0].round if found else arguments.round
        print_json({"round": name, "rate": rate, "seed": arguments.seed, "drawn": [each.to_json() for each in found]})
        return 0
    return show(arguments, "drawn", [each.to_json() for each in found], ["id", "uscc", "name", "category"])


def inspection_order(arguments: argparse.Namespace) -> int:
    """Puts one institution down for an inspection."""
    from qi_pipeline.residency import inspection

    with open_store(arguments) as store:
        one = inspection.order(store, arguments.uscc, on=as_of(arguments), reason=arguments.reason)
    return tell(arguments, one.to_json(), acted("inspection_ordered", id=one.id, uscc=one.uscc))


def inspection_result(arguments: argparse.Namespace) -> int:
    """Records a result; after a failure says what follows."""
    from qi_pipeline.residency import inspection

    with open_store(arguments) as store:
        one = inspection.record(store, arguments.id, arguments.result, on=as_of(arguments), note=arguments.note)
        answer, facts = one.to_json(), {"uscc": one.uscc, "id": one.id, "result": one.result}
        if one.notice is None:
            return tell(arguments, answer, acted("inspection_result", **facts))
        answer["file"] = _eviction_notice(one, one.notice)
        inspection.notice_written(store, one.id, str(answer["file"]))
    return tell(arguments, answer, acted("inspection_failed", **facts, file=answer["file"]))


def _eviction_notice(one: Inspection, number: str) -> str:
    from qi_pipeline.reports import official
    from qi_pipeline.reports.letter_files import write_letter

    given = settings()
    assert one.closed_on is not None  # it has a result
    letter = official.eviction_notice(
        uscc=one.uscc, name=one.name, note=one.note or "", on=one.closed_on, number=number
    )
    path, _ = write_letter(given, letter, given.reports / "orders")
    return str(path.relative_to(given.home))


def inspection_list(arguments: argparse.Namespace) -> int:
    """Lists inspections."""
    from qi_pipeline.residency import inspection

    with open_store(arguments) as store:
        found = inspection.listed(store, round_=arguments.round, closed_too=arguments.all)
    columns = ["id", "round", "uscc", "name", "category", "drawn_on", "result"]
    return show(arguments, "inspections", [each.to_json() for each in found], columns)


def complaint_open(arguments: argparse.Namespace) -> int:
    """Puts a complaint on record."""
    from qi_pipeline.residency import complaint

    with open_store(arguments) as store:
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

    with open_store(arguments) as store:
        one = complaint.advance(store, arguments.number, on=as_of(arguments), to=arguments.to, note=arguments.note)
    return _complaint_told(arguments, one)


def complaint_close(arguments: argparse.Namespace) -> int:
    """Closes a complaint; exit 2 while the complainant was not told."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.residency import complaint

    days = load_policy(settings().policy).residency.complaint_days
    with open_store(arguments) as store:
        one = complaint.close(
            store, arguments.number, on=as_of(arguments), told_on=arguments.told_on, days=days, note=arguments.note
        )
    return _complaint_told(arguments, one)


def complaint_list(arguments: argparse.Namespace) -> int:
    """Lists complaints."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.residency import complaint

    days = load_policy(settings().policy).residency.complaint_days
    with open_store(arguments) as store:
        found = complaint.listed(store, arguments.uscc, closed_too=arguments.all)
    rows = [each.to_json(days, as_of(arguments)) for each in found]
    if arguments.overdue:
        rows = [row for row in rows if row["overdue"]]
    columns = ["number", "respondent", "type", "state", "received_on", "due_on", "overdue"]
    return show(arguments, "complaints", rows, columns)


def _complaint_told(arguments: argparse.Namespace, one: object) -> int:
    from qi_pipeline.policy import load_policy
    from qi_pipeline.residency.complaint import Complaint

    assert isinstance(one, Complaint)
    days = load_policy(settings().policy).residency.complaint_days
    return tell(arguments, one.to_json(days, as_of(arguments)), acted("complaint", number=one.number, state=one.state))


def audit_request(arguments: argparse.Namespace) -> int:
    """Requests an audit."""
    from qi_pipeline.residency import audit

    with open_store(arguments) as store:
        one = audit.request(store, arguments.uscc, on=as_of(arguments))
        file = _audit_notice(store, one)
    line = acted("audit_requested", uscc=one.uscc, due_on=one.due_on, file=file)
    return tell(arguments, one.to_json() | {"file": file}, line)


def _audit_notice(store: Store, one: Audit) -> str:
    """Path of the notice (年度审核通知), relative to the workspace; it can be written again."""
    from qi_pipeline.reports.letter_files import write_letter
    from qi_pipeline.reports.served import audit_letter

    given, row = settings(), store.institution(one.uscc)
    path, _ = write_letter(given, audit_letter(one, row.name if row else ""), given.reports / "orders")
    return str(path.relative_to(given.home))


def audit_pass(arguments: argparse.Namespace) -> int:
    """Records a passed audit."""
    return _audit_concluded(arguments, passed=True)


def audit_fail(arguments: argparse.Namespace) -> int:
    """Records an audit that was not passed."""
    return _audit_concluded(arguments, passed=False)


def _audit_concluded(arguments: argparse.Namespace, *, passed: bool) -> int:
    from qi_pipeline.residency import audit

    reason = None if passed else arguments.reason
    with open_store(arguments) as store:
        one = audit.conclude(store, arguments.uscc, passed=passed, on=as_of(arguments), reason=reason)
    return tell(arguments, one.to_json(), acted("audit_passed" if passed else "audit_failed", uscc=one.uscc))


def audit_list(arguments: argparse.Namespace) -> int:
    """Lists audits."""
    from qi_pipeline.residency import audit

    with open_store(arguments) as store:
        found = audit.listed(store, arguments.uscc, closed_too=arguments.all)
    columns = ["uscc", "due_on", "requested_on", "passed", "closed_on"]
    return show(arguments, "audits", [each.to_json() for each in found], columns)
