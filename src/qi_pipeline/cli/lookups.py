"""``institution`` and ``packet``: look-ups, and a decision made again from stored facts."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from qi_pipeline.cli.acting import decision_day, worded
from qi_pipeline.cli.arguments import add_as_of, add_json, as_of, settings
from qi_pipeline.cli.institution import add_institution_show
from qi_pipeline.cli.letter import add_packet_report
from qi_pipeline.cli.lists import add_institution_list, add_packet_list, packet_row_json
from qi_pipeline.cli.output import print_json, printable, say, width
from qi_pipeline.cli.reviewers import (
    add_reviewer,
    clock,
    correction_json,
    correction_line,
    hold_json,
    reviewer_of,
    role_of,
)
from qi_pipeline.errors import UsageError

if TYPE_CHECKING:
    from qi_pipeline.model import Decision, Json, Lang

_SEVERITY = 10
"""Columns of the longest severity in either language."""


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the commands."""
    institution = commands.add_parser("institution", help="list or show institutions")
    acts = institution.add_subparsers(title="actions", required=True, metavar="ACTION")
    add_institution_list(acts)
    add_institution_show(acts)
    packet = commands.add_parser("packet", help="list or show packets, or decide one again from stored facts")
    acts = packet.add_subparsers(title="actions", required=True, metavar="ACTION")
    add_packet_list(acts)
    showing = acts.add_parser("show", help="one packet with its decision and its trail")
    showing.add_argument("packet", help="name or id")
    add_json(showing)
    showing.set_defaults(run=show_packet)
    add_packet_report(acts)
    again = acts.add_parser("decide-again", help="make the decision again from stored facts; nothing is recorded")
    again.add_argument("packet", help="name or id")
    add_as_of(again)
    add_json(again)
    again.set_defaults(run=decide_again)
    anew = acts.add_parser("rerun", help="read the packet's archived papers anew and decide it again, on record")
    anew.add_argument("packet", help="name or id")
    anew.add_argument("--why", default="read anew", help="why, in a sentence; it stands in the log")
    add_reviewer(anew)
    anew.add_argument("--take-over", action="store_true", help="also where somebody else holds the packet")
    add_as_of(anew)
    add_json(anew)
    anew.set_defaults(run=rerun)


def show_packet(arguments: argparse.Namespace) -> int:
    """Prints one packet, its decisions and the events of its life."""
    from qi_pipeline.records import review
    from qi_pipeline.records.store import Store
    from qi_pipeline.reporting import packet_json

    given = settings()
    with Store(given.database_url) as store:
        row = store.packet(arguments.packet)
        made = store.decisions_of(row.id)
        events = store.events_of(row.id)
        applied = {each.id for each in store.papers_of(row.id)[row.id].applied}
        corrections = review.corrections_of(store, row.id)
        hold = review.hold_of(store, row.id)
    shown: dict[str, Json] = {
        **packet_row_json(row),
        "code": row.code,
        "message": row.message,
        "archived": row.archived,
    }
    if made:
        shown |= packet_json(row, made[-1])
        shown["decisions"] = [
            {
                "made_at": each.made_at,
                "outcome": each.decision.outcome,
                "automatic": each.decision.automatic,
                "reviewer": each.reviewer,
                "role": each.role,
                "reason": each.reason,
                "as_of": each.decision.as_of,
                "versions": dict(each.decision.versions),
            }
            for each in made
        ]
    shown["corrections"] = [correction_json(each, applied=each.id in applied) for each in corrections]
    shown["held_by"] = hold_json(hold)
    shown["events"] = [{"seq": each.seq, "at": each.at, "kind": each.kind} for each in events]
    if arguments.json:
        print_json(shown)
        return 0
    from qi_pipeline.reports.console_words import heading, sentence
    from qi_pipeline.reports.life_words import cell
    from qi_pipeline.reports.phrases import outcome_name

    lang = given.lang
    colon = "：" if lang == "zh" else ": "
    for key in ("packet", "id", "request", "state", "outcome", "message", "archived", "report"):
        if shown.get(key) is not None:
            said = cell("packets", key, shown[key], lang)
            if key == "outcome":
                said = outcome_name(str(shown["request"]), str(shown[key]), lang)
            sys.stdout.write(f"{heading(key, lang)}{colon}{printable(said)}\n")
    if made:
        _write_findings(made[-1].decision, lang)
    for each in corrections:
        sys.stdout.write(printable(correction_line(each, lang, applied=each.id in applied)) + "\n")
    if hold is not None:
        held = sentence("held", lang, who=hold.reviewer, until=clock(hold.held_until))
        sys.stdout.write(f"{heading('held_by', lang)}{colon}{printable(held)}\n")
    return 0


def decide_again(arguments: argparse.Namespace) -> int:
    """Prints the decision as it would be made on the as-of date from what is stored."""
    from qi_pipeline.ingest import open_context
    from qi_pipeline.judging import judge_again
    from qi_pipeline.shapes import deadline_json, finding_json, service_json

    with open_context(settings()) as context:
        row = context.store.packet(arguments.packet)
        if row.state == "quarantined" or context.store.decision(row.id) is None:
            raise UsageError(f"{row.name}: nothing was read that could be decided again; see `qi-pipeline packet show`")
        decision = judge_again(context, row, as_of(arguments))
    shown: dict[str, Json] = {
        **packet_row_json(row),
        "as_of": decision.as_of,
        "outcome": decision.outcome,
        "automatic": decision.automatic,
        "findings": [finding_json(finding) for finding in decision.findings],
        "services": [service_json(service) for service in decision.services],
        "deadlines": [deadline_json(deadline) for deadline in decision.deadlines],
        "versions": dict(decision.versions),
        "report": row.report,
    }
    if arguments.json:
        print_json(shown)
        return 0
    said = worded("again", packet=row.name, day=decision.as_of, outcome=decision.outcome)
    sys.stdout.write(f"{printable(said)}\n")
    _write_findings(decision, settings().lang)
    return 0


def _write_findings(decision: Decision, lang: Lang) -> None:
    from qi_pipeline.reports.phrases import SEVERITIES, pick

    for finding in decision.findings:
        severity = pick(SEVERITIES, finding.severity, lang)
        clause = "" if finding.clause == "—" else finding.clause
        said = f"{severity}{' ' * (_SEVERITY - width(severity))}  {clause:<7}  {printable(finding.message[lang])}"
        sys.stdout.write(f"  {said}\n")


def rerun(arguments: argparse.Namespace) -> int:
    """Reads the packet anew, records what that brings, and prints the decision that stands now."""
    from datetime import UTC, datetime

    from qi_pipeline.ingest import open_context
    from qi_pipeline.records.review import Act
    from qi_pipeline.reporting import packet_json
    from qi_pipeline.rereading import reread

    given = settings()
    with open_context(given) as context:
        packet = context.store.packet(arguments.packet, state="waiting")
        act = Act(
            reviewer=reviewer_of(arguments, given),
            role=role_of(arguments, given),
            reason=arguments.why.strip() or "read anew",
            on=decision_day(arguments, context.store, packet),
            at=datetime.now(UTC),
            take_over=arguments.take_over,
        )
        done = reread(context, packet, act)
        row = context.store.packet(done.standing.packet)
    by_person = done.standing.reviewer is not None
    if arguments.json:
        print_json(
            {
                **packet_json(row, done.standing),
                "state": row.state,
                "recommended": done.made.outcome if by_person else None,
            }
        )
        return 0
    outcome = done.standing.decision.outcome
    say(worded("reread", packet=row.name, outcome=outcome, state=row.state, report=row.report))
    if by_person:
        say(worded("person_stands", reviewer=done.standing.reviewer, outcome=done.made.outcome))
    return 0
