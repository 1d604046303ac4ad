"""``packet list`` and ``institution list``: tables for people, entries for programs."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from qi_pipeline.cli.arguments import add_as_of, add_json, as_of, iso_date, positive, settings
from qi_pipeline.cli.output import print_json_rows, print_table
from qi_pipeline.errors import UsageError
from qi_pipeline.kinds import CATEGORIES

if TYPE_CHECKING:
    from datetime import date

    from qi_pipeline.model import Json, Lang
    from qi_pipeline.policy import Policy
    from qi_pipeline.records.listing import ListedInstitution, ListedPacket
    from qi_pipeline.records.rows import InstitutionRow, PacketRow
    from qi_pipeline.records.store import Store

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

OUTCOMES = ("admit", "supplement", "further_verification", "reject", "manual_review")
_REQUESTS = ("admission", "supplement", "change", "renewal", "annual_audit", "exit")
_PACKET_STATES = ("processing", "waiting", "decided", "quarantined")
_INSTITUTION_STATES = ("applied", "active", "suspended", "deregistered", "exited", "evicted")
_LONGEST = 36_500
_POLICY_DAYS = -1
"""``--expiring`` without a number: the policy's largest ``reminder_days``."""


def add_packet_list(acts: Commands) -> None:
    """Adds ``packet list``."""
    parser = acts.add_parser("list", help="all packets, or those that pass the filters")
    parser.add_argument("--state", choices=_PACKET_STATES, help="only these")
    parser.add_argument(
        "--waiting", action="store_true", help="only those that wait for a person, the most urgent first"
    )
    parser.add_argument(
        "--overdue",
        action="store_true",
        help="only those whose applicant should have been told before the as-of date (5.2.1), the most urgent first",
    )
    parser.add_argument("--request", choices=_REQUESTS, help="only this kind of request")
    _add_shared(parser, "taken in")
    parser.set_defaults(run=list_packets)


def add_institution_list(acts: Commands) -> None:
    """Adds ``institution list``."""
    parser = acts.add_parser("list", help="all institutions, or those that pass the filters")
    parser.add_argument("--state", choices=_INSTITUTION_STATES, help="only these")
    parser.add_argument("--waiting", action="store_true", help="only those with a packet that waits for a person")
    parser.add_argument(
        "--overdue", action="store_true", help="only those with an overdue duty or annual audit on the as-of date"
    )
    _add_shared(parser, "admitted")
    parser.set_defaults(run=list_institutions)


def _add_shared(parser: argparse.ArgumentParser, when: str) -> None:
    parser.add_argument(
        "--expiring",
        nargs="?",
        type=int,
        const=_POLICY_DAYS,
        metavar="DAYS",
        help="only institutions with a certificate or licence that ends within so many days of the as-of date and "
        "is not followed by another (default: the largest of reminder_days)",
    )
    parser.add_argument("--outcome", choices=OUTCOMES, help="only this (last) outcome")
    parser.add_argument("--category", choices=tuple(CATEGORIES), help="only this category")
    parser.add_argument("--uscc", help="only those whose 统一社会信用代码 begins so")
    parser.add_argument("--name", metavar="TEXT", help="only those with this in the name")
    parser.add_argument("--since", type=iso_date, metavar="YYYY-MM-DD", help=f"{when} on this day or later")
    parser.add_argument("--until", type=iso_date, metavar="YYYY-MM-DD", help=f"{when} on this day or before")
    parser.add_argument("--limit", type=positive, metavar="N", help="at most so many: the newest or the most urgent")
    add_as_of(parser)
    add_json(parser)


def packet_row_json(row: PacketRow) -> dict[str, Json]:
    """What every answer about packets says of one (contract, section 5)."""
    return {
        "packet": row.name,
        "id": row.id,
        "request": row.request,
        "institution": {"uscc": row.uscc, "name": row.institution},
        "outcome": row.outcome,
        "automatic": row.automatic,
        "state": row.state,
        "decided_on": row.decided_on.isoformat() if row.decided_on else None,
        "code": row.code,
    }


def institution_json(row: InstitutionRow) -> dict[str, Json]:
    """What every answer about institutions says of one."""
    return {
        "uscc": row.uscc,
        "name": row.name,
        "category": row.category,
        "state": row.state,
        "legal_representative": row.legal_representative,
        "address": row.address,
        "admitted_on": row.admitted_on.isoformat() if row.admitted_on else None,
        "profile_completed_on": row.profile_completed_on.isoformat() if row.profile_completed_on else None,
        "last_audit_on": row.last_audit_on.isoformat() if row.last_audit_on else None,
        "licence_valid_to": row.licence_valid_to.isoformat() if row.licence_valid_to else None,
    }


def list_packets(arguments: argparse.Namespace) -> int:
    """Prints the packets that pass the filters."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.records import database
    from qi_pipeline.records.listing import PacketQuery, list_packets
    from qi_pipeline.records.store import Store

    given = settings()
    policy = load_policy(given.policy)
    day = as_of(arguments)
    if arguments.waiting and arguments.state not in (None, "waiting"):
        raise UsageError(f"--waiting and --state {arguments.state} exclude each other; leave one out")
    with Store(given.database_url) as store:
        wanted = PacketQuery(
            state="waiting" if arguments.waiting else arguments.state,
            outcome=arguments.outcome,
            request=arguments.request,
            category=arguments.category,
            uscc=arguments.uscc,
            name=arguments.name,
            usccs=_expiring(store, policy, day, arguments.expiring),
            overdue_on=day if arguments.overdue else None,
            since=arguments.since,
            until=arguments.until,
            order="urgency" if arguments.waiting or arguments.overdue else "taken",
            limit=arguments.limit,
        )
        with database.reading(store.engine) as connection:
            notify_days = policy.admission.notify_working_days
            found = list_packets(connection, wanted, notify_days, with_category=arguments.json)
            if arguments.json:
                print_json_rows("packets", (_packet_entry(each, day) for each in found))
            else:
                _show_packets(found, day, given.lang)
    return 0


def _packet_entry(each: ListedPacket, day: date) -> dict[str, Json]:
    return {
        **packet_row_json(each.row),
        "category": each.category,
        "taken_at": each.row.taken_at,
        "due_on": each.due_on.isoformat() if each.due_on else None,
        "overdue": _is_overdue(each, day),
    }


def _is_overdue(each: ListedPacket, day: date) -> bool:
    return each.due_on is not None and not each.paused and each.due_on < day


def _show_packets(found: Iterable[ListedPacket], day: date, lang: Lang) -> None:
    """Writes the table; on a terminal the codes give states and outcomes their colour."""
    from qi_pipeline.reports.console_words import heading, outcome_or_failure, sentence
    from qi_pipeline.reports.life_words import cell

    rows, states, outcomes = [], [], []
    for each in found:
        row = each.row
        due = "" if each.due_on is None or row.state == "quarantined" else str(each.due_on)
        if each.paused:
            due = sentence("paused", lang, day=due)
        elif due and _is_overdue(each, day):
            due = sentence("overdue", lang, day=due)
        rows.append(
            [
                row.name,
                row.institution or row.uscc or "",
                cell("packets", "request", row.request, lang),
                cell("packets", "state", row.state, lang),
                outcome_or_failure(row.outcome, row.code, lang, row.request or "admission"),
                str(row.decided_on or ""),
                due,
            ]
        )
        states.append(row.state)
        outcomes.append(row.outcome or "")
    columns = ("packet", "institution", "request", "state", "outcome", "decided_on", "due")
    print_table([heading(column, lang) for column in columns], rows, hues={3: states, 4: outcomes})


def list_institutions(arguments: argparse.Namespace) -> int:
    """Prints the institutions of the register that pass the filters."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.records import database
    from qi_pipeline.records.listing import InstitutionQuery, list_institutions
    from qi_pipeline.records.store import Store

    given = settings()
    policy = load_policy(given.policy)
    day = as_of(arguments)
    with Store(given.database_url) as store:
        owed = _overdue(store, policy, day) if arguments.overdue else None
        usccs = _expiring(store, policy, day, arguments.expiring)
        if owed is not None:
            usccs = frozenset(owed) if usccs is None else usccs & owed.keys()
        wanted = InstitutionQuery(
            state=arguments.state,
            category=arguments.category,
            uscc=arguments.uscc,
            name=arguments.name,
            usccs=usccs,
            waiting=arguments.waiting,
            outcome=arguments.outcome,
            since=arguments.since,
            until=arguments.until,
            limit=arguments.limit,
        )
        with database.reading(store.engine) as connection:
            found = list_institutions(connection, wanted, day)
            if arguments.json:
                print_json_rows("institutions", _institution_entries(found, owed))
            else:
                _show_institutions(found, owed, given.lang)
    return 0


def _institution_entries(
    found: Iterable[ListedInstitution], owed: dict[str, list[dict[str, Json]]] | None
) -> Iterator[dict[str, Json]]:
    for each in found:
        entry: dict[str, Json] = {
            **institution_json(each.row),
            "qualifications": each.row.qualification_count,
            "ends_on": each.ends_on.isoformat() if each.ends_on else None,
        }
        if owed is not None:
            entry["overdue"] = list(owed[each.row.uscc])
        yield entry


def _show_institutions(
    found: Iterable[ListedInstitution], owed: dict[str, list[dict[str, Json]]] | None, lang: Lang
) -> None:
    from qi_pipeline.reports import console_words
    from qi_pipeline.reports.life_words import cell

    columns = ["uscc", "name", "category", "state", "admitted_on", "certificates", "next_end"]
    rows, states = [], []
    for each in found:
        row = each.row
        rows.append(
            [
                row.uscc,
                row.name,
                cell("institutions", "category", row.category, lang),
                cell("institutions", "state", row.state, lang),
                str(row.admitted_on or ""),
                str(row.qualification_count),
                str(each.ends_on or ""),
            ]
        )
        states.append(row.state)
    if owed is not None:
        columns.append("overdue")
        for shown in rows:
            duties = [console_words.owed(str(duty["duty"]), str(duty["due_on"]), lang) for duty in owed[shown[0]]]
            shown.append(("；" if lang == "zh" else "; ").join(duties))
    print_table([console_words.heading(column, lang) for column in columns], rows, hues={3: states})


def _expiring(store: Store, policy: Policy, day: date, days: int | None) -> frozenset[str] | None:
    """Whose certificates or licence end within so many days; None where that is not asked."""
    if days is None:
        return None
    from qi_pipeline.records import database
    from qi_pipeline.residency import outlook

    if days != _POLICY_DAYS and not 0 <= days <= _LONGEST:
        raise UsageError(f"--expiring {days}: give a number of days from 0 to {_LONGEST}, such as --expiring 60")
    until = day + timedelta(days=max(policy.residency.reminder_days) if days == _POLICY_DAYS else days)
    with database.reading(store.engine) as connection:
        return frozenset(each.uscc for each in outlook.ending(connection, day, until) if each.uscc is not None)


def _overdue(store: Store, policy: Policy, day: date) -> dict[str, list[dict[str, Json]]]:
    """Overdue duties and annual audits by USCC."""
    from qi_pipeline.records import database
    from qi_pipeline.residency import outlook

    with database.reading(store.engine) as connection:
        return outlook.overdue(connection, day, policy.residency)
