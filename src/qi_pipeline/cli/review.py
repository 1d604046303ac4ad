"""``decide`` and ``review``: a reviewer's work on the packets that wait for a person, and on the sample."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from qi_pipeline.cli.acting import add_command, add_group, decision_day, open_store, tell, worded
from qi_pipeline.cli.arguments import add_as_of, add_json, as_of, iso_date, settings
from qi_pipeline.cli.output import print_json, print_table, say
from qi_pipeline.cli.reviewers import (
    add_reviewer,
    agreement_json,
    clock,
    hold_json,
    reasons_line,
    reviewer_of,
    role_of,
    sampled_json,
    waiting_json,
)
from qi_pipeline.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from qi_pipeline.cli.acting import Commands
    from qi_pipeline.model import Hold, Json, Lang
    from qi_pipeline.records.review import Sampled, Waiting
    from qi_pipeline.records.rows import DecisionRow, PacketRow
    from qi_pipeline.records.store import Store


def register(commands: Commands) -> None:
    """Adds the commands."""
    parser = commands.add_parser("decide", help="record a reviewer's decision over a packet that waits for one")
    parser.add_argument("packet", help="name or id")
    parser.add_argument(
        "--outcome",
        required=True,
        choices=["admit", "supplement", "further_verification", "reject"],
        help="what is decided, whatever was recommended",
    )
    add_reviewer(parser)
    parser.add_argument("--reason", required=True, help="why, in a sentence; it stands in the report")
    parser.add_argument("--take-over", action="store_true", help="decide although somebody else holds the packet")
    add_as_of(parser)
    add_json(parser)
    parser.set_defaults(run=run)
    acts = add_group(commands, "review", "the packets that wait for a person, who holds them, and the sample")
    add_command(acts, "queue", review_queue, "what waits for a person, the most urgent first")
    _holding(acts)
    sample = add_command(acts, "sample", review_sample, "the automatic decisions drawn for checking")
    sample.add_argument("--all", action="store_true", help="those that were checked too")
    _period(sample, "drawn")
    checking = add_command(acts, "check", review_check, "record whether a drawn decision was right; it holds meanwhile")
    checking.add_argument("packet", help="name or id")
    answer = checking.add_mutually_exclusive_group(required=True)
    answer.add_argument("--agree", dest="agrees", action="store_const", const=True, help="it was right")
    answer.add_argument(
        "--disagree", dest="agrees", action="store_const", const=False, help="it was wrong; say why with --why"
    )
    checking.add_argument("--why", default="", help="what is wrong; needed with --disagree")
    add_reviewer(checking)
    agreement = acts.add_parser("agreement", help="how often people agreed with what the machine read, by field")
    _period(agreement, "looked at")
    add_json(agreement)
    agreement.set_defaults(run=review_agreement)


def _holding(acts: Commands) -> None:
    taking = acts.add_parser("next", help="take the most urgent free packet for a while")
    taking.set_defaults(run=review_next)
    named = acts.add_parser("take", help="take this packet for a while")
    named.add_argument("packet", help="name or id")
    named.set_defaults(run=review_take)
    for parser in (taking, named):
        add_reviewer(parser)
        parser.add_argument("--minutes", type=float, help="for how long (default: hold_minutes of the policy)")
        add_as_of(parser)
        add_json(parser)
    releasing = acts.add_parser("release", help="give a packet back")
    releasing.add_argument("packet", help="name or id")
    releasing.add_argument("--reviewer", metavar="NAME", help="refuse unless this person holds it")
    add_json(releasing)
    releasing.set_defaults(run=review_release)


def _period(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("--from", dest="first", type=iso_date, metavar="YYYY-MM-DD", help=f"{what} from this day")
    parser.add_argument("--to", dest="last", type=iso_date, metavar="YYYY-MM-DD", help=f"{what} up to this day")


def run(arguments: argparse.Namespace) -> int:
    """Records the decision, writes report and notice anew, and prints what was recorded."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.records.store import Store
    from qi_pipeline.reporting import packet_json, report_packet

    given = settings()
    reviewer = reviewer_of(arguments, given)
    policy = load_policy(given.policy)
    with Store(given.database_url) as store:
        day = decision_day(arguments, store, store.packet(arguments.packet, state="waiting"))
        made = store.record_reviewer_decision(
            arguments.packet,
            outcome=arguments.outcome,
            reviewer=reviewer,
            reason=arguments.reason,
            as_of=day,
            role=role_of(arguments, given),
            take_over=arguments.take_over,
        )
        report_packet(given, policy, store, made.packet)
        row = store.packet(made.packet)
        earlier = store.decisions_of(made.packet)[:-1]
        for note in _notes(store, row, made, earlier):
            say(note)
    answer: dict[str, Json] = {
        **packet_json(row, made),
        "state": row.state,
        "recommended": next(each.decision.outcome for each in reversed(earlier) if each.reviewer is None),
        "reviewer": made.reviewer,
        "role": made.role,
        "reason": made.reason,
    }
    outcome, report = made.decision.outcome, row.report
    return tell(
        arguments, answer, worded("decided", packet=row.name, outcome=outcome, reviewer=made.reviewer, report=report)
    )


def _notes(store: Store, row: PacketRow, made: DecisionRow, earlier: Sequence[DecisionRow]) -> Iterator[str]:
    """What the register did not take over from the decision, or holds in spite of it."""
    from datetime import date

    from qi_pipeline.admission.facts import RESIDENT_STATES

    if row.uscc is None or row.request == "exit":
        return
    known = store.institution(row.uscc)
    resident = known is not None and known.state in RESIDENT_STATES
    if made.decision.outcome == "admit":
        if not resident:
            yield worded("left", uscc=row.uscc)
            return
        held = store.registry_snapshot(row.uscc, date.fromisoformat(made.decision.as_of))
        offered = {*held.standards, *(name for each in held.qualifications for name in each.services)}
        out = [each.name for each in made.decision.services if not each.qualified and each.name not in offered]
        if out:
            yield worded("not_entered", packet=row.name, services=", ".join(out))
    elif resident and row.request in ("admission", "supplement"):
        was_admitted = any(each.final and each.decision.outcome == "admit" for each in earlier)
        yield worded("stays_corrected" if was_admitted else "stays", uscc=row.uscc)


def review_queue(arguments: argparse.Namespace) -> int:
    """Prints what waits, the most urgent first, with why it waits and who holds it."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.records import review

    given, day = settings(), as_of(arguments)
    kept = load_policy(given.policy).admission.decided_by_person
    with open_store() as store:
        rows = review.waiting(store)
    entries = [waiting_json(each, day, kept) for each in rows]
    if arguments.json:
        print_json({"as_of": day.isoformat(), "packets": list(entries)})
        return 0
    from qi_pipeline.reports.console_words import heading, sentence
    from qi_pipeline.reports.life_words import cell

    lang = given.lang
    print_table(
        [heading(each, lang) for each in ("packet", "institution", "recommended", "due", "why", "held_by")],
        [
            [
                each.name,
                each.institution or each.uscc or "",
                cell("packets", "outcome", each.recommended, lang),
                _due(each, day, lang),
                reasons_line(entry, lang),
                sentence("held", lang, who=each.hold.reviewer, until=clock(each.hold.held_until)) if each.hold else "",
            ]
            for each, entry in zip(rows, entries, strict=True)
        ],
    )
    return 0


def _due(each: Waiting, day: date, lang: Lang) -> str:
    from qi_pipeline.reports.console_words import sentence

    if each.due_on is None:
        return ""
    if each.paused_on is not None:
        return sentence("paused_since", lang, day=each.due_on, since=each.paused_on)
    return sentence("overdue", lang, day=each.due_on) if each.is_overdue(day) else str(each.due_on)


def review_next(arguments: argparse.Namespace) -> int:
    """Takes the most urgent free packet; prints null where nothing free waits."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.records import review

    given = settings()
    minutes = _minutes(arguments, load_policy(given.policy).review.hold_minutes)
    with open_store() as store:
        found = review.take_next(
            store, reviewer=reviewer_of(arguments, given), role=role_of(arguments, given), minutes=minutes
        )
    if found is None:
        return tell(arguments, {"packet": None}, worded("none_free"))
    return _taken(arguments, *found)


def review_take(arguments: argparse.Namespace) -> int:
    """Takes the named packet; exit 2 where somebody else holds it."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.records import review

    given = settings()
    minutes = _minutes(arguments, load_policy(given.policy).review.hold_minutes)
    with open_store() as store:
        found = review.take(
            store,
            arguments.packet,
            reviewer=reviewer_of(arguments, given),
            role=role_of(arguments, given),
            minutes=minutes,
        )
    return _taken(arguments, *found)


def _taken(arguments: argparse.Namespace, row: PacketRow, hold: Hold) -> int:
    """Status 0; the report shows who holds the packet, and the answer is its entry of the queue."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.records import review
    from qi_pipeline.reporting import report_packet

    given = settings()
    policy = load_policy(given.policy)
    with open_store() as store:
        report = report_packet(given, policy, store, row.id)
        entry = next((each for each in review.waiting(store) if each.id == row.id), None)
    answer: Json = {"packet": row.name, "id": row.id, "held_by": hold_json(hold), "report": report}
    if entry is not None:
        answer = waiting_json(entry, as_of(arguments), policy.admission.decided_by_person)
    return tell(
        arguments, {"packet": answer}, worded("taken", packet=row.name, until=clock(hold.held_until), report=report)
    )


def _minutes(arguments: argparse.Namespace, default: int) -> float:
    minutes: float = default if arguments.minutes is None else arguments.minutes
    if not 0 < minutes <= 7 * 24 * 60:
        raise UsageError("--minutes: give a number above 0, a week (10080) at most")
    return minutes


def review_release(arguments: argparse.Namespace) -> int:
    """Gives a packet back."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.records import review
    from qi_pipeline.reporting import report_packet

    given = settings()
    with open_store() as store:
        row = review.release(store, arguments.packet, reviewer=arguments.reviewer)
        report_packet(given, load_policy(given.policy), store, row.id)
    return tell(arguments, {"packet": row.name, "id": row.id, "held_by": None}, worded("released", packet=row.name))


def review_sample(arguments: argparse.Namespace) -> int:
    """Prints the drawn decisions that nobody checked yet, and how those that were checked came out."""
    from qi_pipeline.records import review

    with open_store() as store:
        rows = review.sample(store, arguments.first, arguments.last)
    shown = [each for each in rows if arguments.all or each.checked_on is None]
    if arguments.json:
        print_json({**_counted(rows), "packets": [sampled_json(each) for each in shown]})
        return 0
    from qi_pipeline.reports.console_words import heading, sentence
    from qi_pipeline.reports.life_words import cell

    lang = settings().lang
    print_table(
        [heading(each, lang) for each in ("packet", "institution", "outcome", "drawn", "checked", "checked_by")],
        [
            [
                each.name,
                each.institution or each.uscc or "",
                cell("packets", "outcome", each.outcome, lang),
                str(each.drawn_on),
                _checked(each, lang),
                each.reviewer or "",
            ]
            for each in shown
        ],
    )
    say(sentence("sampled", lang, **_counted(rows)))
    return 0


def _checked(each: Sampled, lang: Lang) -> str:
    from qi_pipeline.reports.console_words import sentence

    if each.checked_on is None:
        return ""
    return sentence("right", lang) if each.agrees else sentence("wrong", lang, why=each.reason)


def _counted(rows: list[Sampled]) -> dict[str, Json]:
    checked = [each for each in rows if each.checked_on is not None]
    agreed = sum(each.agrees is True for each in checked)
    return {
        "drawn": len(rows),
        "checked": len(checked),
        "agreed": agreed,
        "disagreed": len(checked) - agreed,
        "agreement": round(agreed / len(checked), 4) if checked else None,
    }


def review_check(arguments: argparse.Namespace) -> int:
    """Records the check of one drawn decision."""
    from qi_pipeline.records import review

    given = settings()
    with open_store() as store:
        checked = review.check(
            store,
            arguments.packet,
            agrees=arguments.agrees,
            reviewer=reviewer_of(arguments, given),
            role=role_of(arguments, given),
            reason=arguments.why,
            on=as_of(arguments),
        )
    came = "checked_right" if checked.agrees else "checked_wrong"
    return tell(arguments, sampled_json(checked), worded(came, packet=checked.name, outcome=checked.outcome))


def review_agreement(arguments: argparse.Namespace) -> int:
    """Prints how far people agreed with what the machine read, a row a field."""
    from qi_pipeline.records import review

    with open_store() as store:
        (looked_at, sampled), fields = review.agreement(store, arguments.first, arguments.last)
    if arguments.json:
        print_json(
            {
                "from": arguments.first.isoformat() if arguments.first else None,
                "to": arguments.last.isoformat() if arguments.last else None,
                "packets": looked_at,
                "sampled": sampled,
                "fields": [agreement_json(each) for each in fields],
            }
        )
        return 0
    from qi_pipeline.reports.console_words import heading, sentence
    from qi_pipeline.reports.phrases import FIELDS, kind_name, pick

    lang = settings().lang
    columns = ("kind", "field", "shown", "corrected", "agreed", "sample", "sample_agreed")
    print_table(
        [heading(each, lang) for each in columns],
        [
            [
                kind_name(each.kind, lang),
                pick(FIELDS, each.field, lang),
                str(each.all.shown),
                str(each.all.corrected),
                _share(each.all.agreement),
                str(each.sample.shown),
                _share(each.sample.agreement),
            ]
            for each in fields
        ],
    )
    say(sentence("looked_at", lang, n=looked_at, sampled=sampled))
    return 0


def _share(share: float | None) -> str:
    return "" if share is None else f"{share:.2%}"
