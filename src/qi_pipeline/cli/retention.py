"""``retention`` and ``hold``: papers past their term removed in two steps, and what keeps them from it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from qi_pipeline.cli.acting import PLATFORM, add_act, add_command, add_group, open_store, show, tell
from qi_pipeline.cli.arguments import as_of, settings
from qi_pipeline.cli.output import print_json, say, say_table
from qi_pipeline.errors import UsageError

if TYPE_CHECKING:
    from qi_pipeline.cli.acting import Commands
    from qi_pipeline.model import Json
    from qi_pipeline.records.retention import Plan


def register(commands: Commands) -> None:
    """Adds the commands."""
    acts = add_group(commands, "retention", "papers whose term is over, by the policy's [retention]")
    add_command(acts, "plan", run_plan, "what would be removed, and the fingerprint that confirms it")
    running = add_act(acts, "run", run_removal, "remove what the plan names; without --confirm nothing", PLATFORM)
    running.add_argument("--confirm", metavar="FINGERPRINT", help="of the plan that was looked at")
    holds = add_group(commands, "hold", "legal holds: what is under one is never removed")
    adding = add_act(holds, "add", add_hold, "keep a packet, or all of an institution", PLATFORM)
    adding.add_argument("about", metavar="PACKET|USCC", help="name or id of a packet, or an institution's code")
    adding.add_argument("--reason", required=True, help="why, in a sentence")
    lifting = add_act(holds, "remove", lift_hold, "lift a hold", PLATFORM)
    lifting.add_argument("id", type=int, help="its number")
    lifting.add_argument("--reason", required=True, help="why, in a sentence")
    listing = add_command(holds, "list", list_holds, "the holds in force")
    listing.add_argument("--all", action="store_true", help="lifted ones too")


def run_plan(arguments: argparse.Namespace) -> int:
    """Prints the packets whose term is over."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.records import retention

    given = settings()
    with open_store() as store:
        found = retention.plan(store, load_policy(given.policy).retention, as_of(arguments))
    return _show(arguments, found, [])


def run_removal(arguments: argparse.Namespace) -> int:
    """Removes the papers of the plan that was confirmed; without ``--confirm`` it is the plan again."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.records import retention
    from qi_pipeline.reporting import report_packet
    from qi_pipeline.workdays import today

    given = settings()
    policy = load_policy(given.policy)
    day = as_of(arguments)
    with open_store(arguments) as store:
        found = retention.plan(store, policy.retention, day)
        if arguments.confirm is None:
            return _show(arguments, found, [])
        if day > today():
            raise UsageError(f"{day} is still to come: a plan may look ahead, a removal may not")
        by = (arguments.by or given.reviewer).strip()
        removed = retention.run(store, given, policy.retention, day, confirmed=arguments.confirm, by=by, told=say)
        for packet in removed:
            if store.decision(packet) is not None:
                report_packet(given, policy, store, packet)  # without the pictures of its papers
    return _show(arguments, found, removed)


def _show(arguments: argparse.Namespace, found: Plan, removed: list[str]) -> int:
    if arguments.json:
        answer: dict[str, Json] = {
            "as_of": found.as_of.isoformat(),
            "fingerprint": found.fingerprint,
            "expired": [each.to_json() for each in found.expired],
            "removed": list(removed),
        }
        print_json(answer)
        return 0
    columns = ["packet", "name", "institution", "term", "since", "kept_until", "held"]
    rows = [[str(each.to_json()[key] or "") for key in columns] for each in found.expired]
    if rows:
        say_table(columns, rows)
    if removed:
        say(f"the papers of {len(removed)} packets were removed; their decisions and events stay")
    elif found.due:
        say(f"{len(found.due)} packets are past their term; `qi-pipeline retention run --confirm {found.fingerprint}`")
        say("removes their papers, with --as-of as here")
    else:
        say("nothing is to be removed")
    return 0


def add_hold(arguments: argparse.Namespace) -> int:
    """Puts a hold on record."""
    from qi_pipeline.records import legal_holds

    with open_store(arguments) as store:
        made = legal_holds.add(
            store,
            arguments.about,
            reason=arguments.reason,
            by=store.actor.get("by", ""),
            role=arguments.role,
            on=as_of(arguments),
        )
    return tell(arguments, made.to_json(), f"hold {made.id} keeps {made.about}")


def lift_hold(arguments: argparse.Namespace) -> int:
    """Lifts a hold."""
    from qi_pipeline.records import legal_holds

    with open_store(arguments) as store:
        by = store.actor.get("by", "")
        lifted = legal_holds.lift(store, arguments.id, reason=arguments.reason, by=by, on=as_of(arguments))
    return tell(arguments, lifted.to_json(), f"hold {lifted.id} on {lifted.about} is lifted")


def list_holds(arguments: argparse.Namespace) -> int:
    """Prints the holds."""
    from qi_pipeline.records import legal_holds

    with open_store() as store:
        found = [each.to_json() for each in legal_holds.listed(store, lifted=arguments.all)]
    return show(arguments, "holds", found, ["id", "packet", "uscc", "reason", "set_by", "role", "set_on", "lifted_on"])
