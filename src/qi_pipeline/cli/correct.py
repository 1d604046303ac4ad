"""``correct``: what a person reads on a paper in place of the machine, and the decision made again at once."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from qi_pipeline.cli.acting import decision_day, worded
from qi_pipeline.cli.arguments import add_as_of, add_json, settings
from qi_pipeline.cli.output import print_json, print_table, say
from qi_pipeline.cli.reviewers import add_reviewer, brief, correction_json, reviewer_of, role_of
from qi_pipeline.errors import UsageError

if TYPE_CHECKING:
    from qi_pipeline.cli.acting import Commands
    from qi_pipeline.context import Context
    from qi_pipeline.model import Json
    from qi_pipeline.records.review import Act
    from qi_pipeline.records.rows import PacketRow
    from qi_pipeline.records.store import Store
    from qi_pipeline.reviewing import Done


def register(commands: Commands) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "correct",
        help="correct what was read of a packet's papers; the decision is made again at once",
        description="Puts a person's value beside the machine's and decides the packet again. FIELD is kind.field, "
        "such as cma_certificate.valid_to=2029-05-01 or commitment_letter.signature_present=true; the field alone "
        "where only one paper can be meant. An empty value: the paper does not print it. @FILE reads it from a file.",
    )
    parser.add_argument("packet", nargs="?", help="name or id")
    parser.add_argument("assignments", nargs="*", metavar="FIELD=VALUE", help="one or more; with --kind: FILE#n=KIND")
    parser.add_argument("--why", help="why, in a sentence; it stands in the report")
    add_reviewer(parser)
    parser.add_argument("--document", metavar="FILE[#n]", help="which file, and its n-th document")
    parser.add_argument("--as-printed", action="store_true", help="the paper prints a number that fails its own check")
    parser.add_argument("--take-over", action="store_true", help="correct although somebody else holds the packet")
    act = parser.add_mutually_exclusive_group()
    act.add_argument("--kind", action="store_true", help="correct what kind of document a paper is: FILE#n=KIND")
    act.add_argument("--list", action="store_true", help="the corrections of the packet, or all of them")
    act.add_argument("--withdraw", type=int, metavar="ID", help="take a correction back")
    add_as_of(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Records the corrections and prints the decision that stands now."""
    if arguments.list:
        return list_corrections(arguments)
    if not (arguments.why or "").strip():
        raise UsageError("a correction needs a reason; give --why, in a sentence")
    if arguments.withdraw is None and not arguments.assignments:
        raise UsageError("name packet and value, such as `correct wx-1 cma_certificate.valid_to=2029-05-01`")
    if arguments.withdraw is not None and arguments.assignments:
        raise UsageError("--withdraw takes back one correction; correct anew in a command of its own")
    from qi_pipeline.ingest import open_context

    given = settings()
    with open_context(given) as context:
        done = _done(context, arguments)
        row = context.store.packet(done.standing.packet)
    if arguments.json:
        from qi_pipeline.reporting import packet_json

        print_json(
            {
                **packet_json(row, done.standing),
                "state": row.state,
                "corrections": [correction_json(each) for each in done.corrections],
                "recommended": done.recommended.outcome if done.recommended else None,
                "remarks": [remark["en"] for remark in done.remarks],
                "decided_again": list(done.others),
            }
        )
        return 0
    for remark in done.remarks:
        say(worded("remark", remark=remark[given.lang]))
    numbers = ", ".join(str(each.id) for each in done.corrections)
    outcome = done.standing.decision.outcome
    say(worded("corrected", packet=row.name, numbers=numbers, outcome=outcome, state=row.state, report=row.report))
    if done.recommended is not None:
        say(worded("person_stands", reviewer=done.standing.reviewer, outcome=done.recommended.outcome))
    return 0


def _act(arguments: argparse.Namespace, store: Store, packet: PacketRow) -> Act:
    from datetime import UTC, datetime

    from qi_pipeline.records.review import Act

    given = settings()
    return Act(
        reviewer=reviewer_of(arguments, given),
        role=role_of(arguments, given),
        reason=arguments.why.strip(),
        on=decision_day(arguments, store, packet),
        at=datetime.now(UTC),
        take_over=arguments.take_over,
    )


def _done(context: Context, arguments: argparse.Namespace) -> Done:
    from qi_pipeline import reviewing
    from qi_pipeline.records import review

    store = context.store
    if arguments.withdraw is not None:
        packet = store.packet(review.correction(store, arguments.withdraw).packet)
        return reviewing.withdraw(context, arguments.withdraw, _act(arguments, store, packet))
    packet = store.packet(arguments.packet, state="waiting")
    act = _act(arguments, store, packet)
    if arguments.kind:
        return reviewing.correct_kind(context, packet, arguments.assignments, act)
    assignments = [_from_file(each) for each in arguments.assignments]
    return reviewing.correct(
        context, packet, assignments, act, document=arguments.document, as_printed=arguments.as_printed
    )


def _from_file(assignment: str) -> str:
    """The assignment with ``@FILE`` replaced by what the file says."""
    path, equals, text = assignment.partition("=")
    if not text.startswith("@"):
        return assignment
    from pathlib import Path

    try:
        return f"{path}{equals}{Path(text[1:]).read_text(encoding='utf-8')}"
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{text[1:]}: can't be read ({error}); name a text file in UTF-8") from error


def list_corrections(arguments: argparse.Namespace) -> int:
    """Prints the corrections that concern the packet, or all of them, withdrawn ones too."""
    from qi_pipeline.cli.acting import open_store
    from qi_pipeline.records import review

    with open_store() as store:
        packet = store.packet(arguments.packet) if arguments.packet else None
        rows = review.corrections_of(store, packet.id if packet else None)
        applied: set[int] | None = None
        if packet is not None:
            applied = {each.id for each in store.papers_of(packet.id)[packet.id].applied}
    if arguments.json:
        shown: list[Json] = [
            correction_json(each, applied=None if applied is None else each.id in applied) for each in rows
        ]
        print_json({"corrections": shown})
        return 0
    from qi_pipeline.reports.console_words import heading, sentence

    lang = settings().lang
    print_table(
        [heading(each, lang) for each in ("id", "file", "field", "machine", "person", "corrected_by", "on", "reason")],
        [
            [
                str(each.id),
                each.file,
                f"{each.kind}.{each.field}",
                brief(each.machine_value),
                brief(each.value),
                each.reviewer,
                sentence("withdrawn", lang, on=each.made_on, day=each.withdrawn_on)
                if each.withdrawn_on
                else each.made_on,
                each.reason,
            ]
            for each in rows
        ],
    )
    return 0
