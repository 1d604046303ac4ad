"""``decide``: a reviewer's decision over a packet that waits for one."""

from __future__ import annotations

import argparse

from qi_pipeline.cli.arguments import add_as_of, add_json, as_of, settings
from qi_pipeline.cli.output import print_json, say
from qi_pipeline.errors import UsageError


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = commands.add_parser("decide", help="record a reviewer's decision over a packet that waits for one")
    parser.add_argument("packet", help="name or id")
    parser.add_argument("--outcome", required=True, choices=["admit", "supplement", "further_verification", "reject"])
    parser.add_argument("--reviewer", help="who decides (default: QI_REVIEWER)")
    parser.add_argument("--role", help="in which role, such as 运维机构 or 管理机构")
    parser.add_argument("--reason", required=True, help="why, in a sentence; it stands in the report")
    add_as_of(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Records the decision, writes report and notice anew, and prints what was recorded."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.records.store import Store
    from qi_pipeline.reporting import packet_json, report_packet

    given = settings()
    reviewer = arguments.reviewer or given.reviewer
    if not reviewer:
        raise UsageError("a decision needs the name of who makes it; give --reviewer or set QI_REVIEWER")
    policy = load_policy(given.policy)
    with Store(given.database_url) as store:
        made = store.record_reviewer_decision(
            arguments.packet,
            outcome=arguments.outcome,
            reviewer=reviewer,
            reason=arguments.reason,
            as_of=as_of(arguments),
            role=arguments.role,
        )
        report_packet(given, policy, store, made.packet)
        row = store.packet(made.packet)
    if arguments.json:
        print_json({**packet_json(row, made), "state": row.state, "reviewer": made.reviewer, "reason": made.reason})
    else:
        say(f"{row.name}: {made.decision.outcome}, decided by {made.reviewer}; {row.report}")
    return 0
