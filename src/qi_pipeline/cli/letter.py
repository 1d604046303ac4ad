"""``letter``: orders and notices listed, shown, written again as HTML and PDF, and their templates checked."""

from __future__ import annotations

import argparse
import re
import sys
from typing import TYPE_CHECKING

from qi_pipeline.cli.acting import add_group
from qi_pipeline.cli.arguments import add_json, iso_date, settings
from qi_pipeline.cli.output import print_json, print_table, printable, say
from qi_pipeline.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from qi_pipeline.cli.acting import Commands
    from qi_pipeline.model import Json
    from qi_pipeline.policy import Policy
    from qi_pipeline.records.store import Store
    from qi_pipeline.reports.served import Served
    from qi_pipeline.settings import Settings

_COLUMNS = ("number", "kind", "on", "uscc", "institution", "file", "pdf")


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the commands."""
    acts = add_group(commands, "letter", "orders and notices: list, show, write again as HTML and PDF, check templates")
    listing = acts.add_parser("list", help="orders and notices of eviction, or all letters of a night")
    listing.add_argument("uscc", nargs="?", help="of this institution only")
    _add_night(listing, "the letters of that night")
    add_json(listing)
    listing.set_defaults(run=letter_list)
    showing = acts.add_parser("show", help="one letter as text, and where it lies")
    showing.add_argument("number", help="number of an order or a letter")
    add_json(showing)
    showing.set_defaults(run=letter_show)
    writing = acts.add_parser("write", help="write letters again, as HTML and PDF")
    writing.add_argument(
        "what", nargs="*", help="number of an order or letter, a packet (its notice), or a USCC (with --night: of it)"
    )
    _add_night(writing, "every letter of that night whose PDF is not there yet")
    add_json(writing)
    writing.set_defaults(run=letter_write)
    checking = acts.add_parser("check", help="fill every template with sample values; exit 2 names what is wrong")
    add_json(checking)
    checking.set_defaults(run=letter_check)


def add_packet_report(acts: Commands) -> None:
    """Adds ``packet report``."""
    parser = acts.add_parser("report", help="write a packet's report and notice again")
    parser.add_argument("packet", help="name or id")
    parser.add_argument("--pdf", action="store_true", help="the report as PDF too (decision.pdf)")
    add_json(parser)
    parser.set_defaults(run=packet_report)


def packet_report(arguments: argparse.Namespace) -> int:
    """Writes the report of a packet again from what is stored."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.records.store import Store
    from qi_pipeline.reporting import report_packet

    given = settings()
    with Store(given.database_url) as store:
        row = store.packet(arguments.packet)
        if not store.decisions_of(row.id):
            raise UsageError(f"{row.name}: it has no decision to report; see `qi-pipeline packet show`")
        page = report_packet(given, load_policy(given.policy), store, row.id, pdf=arguments.pdf)
    folder = (given.home / page).parent
    names = {"report": "decision.html", "pdf": "decision.pdf", "notice": "notice.html", "notice_pdf": "notice.pdf"}
    answer: dict[str, Json] = {"packet": row.name, "id": row.id}
    for key, name in names.items():
        answer[key] = str((folder / name).relative_to(given.home)) if (folder / name).is_file() else None
    if arguments.json:
        print_json(answer)
        return 0
    for key in names:
        if answer[key]:
            say(str(answer[key]))
    return 0


def letter_list(arguments: argparse.Namespace) -> int:
    """Lists letters."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.records.store import Store
    from qi_pipeline.reports.life_words import cell, heading
    from qi_pipeline.reports.served import of_night, on_record

    given = settings()
    policy, uscc = load_policy(given.policy), arguments.uscc and arguments.uscc.strip().upper()
    with Store(given.database_url) as store:
        if arguments.night:
            found = [
                each for each in of_night(given, store, policy, arguments.night) if uscc in (None, each.letter.uscc)
            ]
        else:
            found = on_record(given, store, policy, uscc=uscc)
    rows = [each.to_json(given.home) for each in found]
    if arguments.json:
        print_json({"letters": list(rows)})
        return 0
    lang = given.lang
    cells = [[cell("letters", key, row[key], lang) for key in _COLUMNS] for row in rows]
    print_table([heading(key, lang) for key in _COLUMNS], cells)
    return 0


def letter_show(arguments: argparse.Namespace) -> int:
    """Shows one letter."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.records.store import Store
    from qi_pipeline.reports.letter_templates import templates

    given = settings()
    with Store(given.database_url) as store:
        served = _by_number(given, store, load_policy(given.policy), arguments.number)
    article, title = templates(given.templates, given.platform).article(served.letter)
    text = _text(str(article))
    shown: dict[str, Json] = {**served.to_json(given.home), "title": title, "text": text}
    if arguments.json:
        print_json(shown)
        return 0
    sys.stdout.write("\n".join(printable(line) for line in text.splitlines()) + "\n")
    for key in ("file", "pdf"):
        if shown[key]:
            say(str(shown[key]))
    return 0


def letter_write(arguments: argparse.Namespace) -> int:
    """Writes letters again; exit 2 names what could not be written."""
    from qi_pipeline.policy import load_policy
    from qi_pipeline.records.store import Store
    from qi_pipeline.reports.letter_files import write_letter
    from qi_pipeline.reports.served import draw_night

    given = settings()
    policy = load_policy(given.policy)
    if not arguments.what and arguments.night is None:
        raise UsageError("which letter? Give a number, a packet or a USCC, or --night with a day")
    written: list[dict[str, Json]] = []
    faults: list[str] = []
    with Store(given.database_url) as store:
        if not arguments.what:
            done = draw_night(given, store, policy, arguments.night)
            folder = (given.reports / "nightly" / arguments.night.isoformat()).relative_to(given.home)
            for each in (place for some in done.places.values() for place in some):
                pdf = f"{folder}/{each.pdf}" if each.pdf else None
                written.append({"number": each.number, "file": f"{folder}/{each.file}", "pdf": pdf})
            faults += done.faults
        for what in arguments.what:
            for served in _named(given, store, policy, what, arguments):
                path, fault = write_letter(given, served.letter, served.folder)
                pdf = str(path.with_suffix(".pdf").relative_to(given.home)) if fault is None else None
                file = str(path.relative_to(given.home))
                written.append({"number": served.letter.number, "file": file, "pdf": pdf})
                faults += [fault] if fault else []
    faults = list(dict.fromkeys(faults))
    if arguments.json:
        print_json({"written": list(written), "faults": list(faults)})
    else:
        for row in written:
            say(" ".join(str(row[key]) for key in ("file", "pdf") if row[key]))
        for fault in faults:
            say(fault)
    return int(ExitCode.USAGE) if faults else 0


def letter_check(arguments: argparse.Namespace) -> int:
    """Checks the templates; exit 2 when one is wrong or no PDF can be made."""
    from qi_pipeline.reports.letter_check import check_pdf, check_templates, stray_files
    from qi_pipeline.reports.letter_templates import templates
    from qi_pipeline.reports.pdf import VARIANT

    given = settings()
    inuse = templates(given.templates, given.platform)
    checked, strays, pdf = check_templates(inuse), stray_files(inuse), check_pdf(inuse)
    fine = not strays and pdf is None and not any(each.faults for each in checked)
    if arguments.json:
        print_json(
            {
                "ok": fine,
                "folder": str(given.templates) if given.templates else None,
                "letters": [
                    {
                        "kind": each.kind,
                        "lang": each.lang,
                        "template": each.template,
                        "own": each.own,
                        "faults": list(each.faults),
                    }
                    for each in checked
                ],
                "strays": list(strays),
                "pdf": {"ok": pdf is None, "variant": VARIANT, "problem": pdf},
            }
        )
    else:
        for each in checked:
            for fault in each.faults:
                say(f"{each.template}: {fault}")
        for name in strays:
            say(f"{name}: it stands in the place of no shipped template; see docs/operating.md for their names")
        if pdf is not None:
            say(pdf)
        own = sum(each.own for each in checked)
        if fine:
            say(f"{len(checked)} letters are fine and can be written as PDF; {own} by a template of the platform's own")
    return 0 if fine else int(ExitCode.USAGE)


def _add_night(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--night", type=iso_date, metavar="YYYY-MM-DD", help=text)


def _by_number(given: Settings, store: Store, policy: Policy, number: str) -> Served:
    from qi_pipeline.reports.served import by_number

    found = by_number(given, store, policy, number.strip().upper())
    if found is None:
        raise UsageError(f"no letter has the number {number}; see `qi-pipeline letter list`")
    return found


def _named(given: Settings, store: Store, policy: Policy, what: str, arguments: argparse.Namespace) -> list[Served]:
    """The letters that one argument names."""
    from qi_pipeline.reporting import notice_of
    from qi_pipeline.reports.served import by_number, of_night, on_record

    code = what.strip().upper()
    if len(code) == 18 and store.institution(code) is not None:
        if arguments.night is not None:
            found = [each for each in of_night(given, store, policy, arguments.night) if each.letter.uscc == code]
        else:
            found = on_record(given, store, policy, uscc=code)
        if not found:
            raise UsageError(f"{code} was served no letter; with --night its reminders, suspensions and audits count")
        return found
    letter = by_number(given, store, policy, code)
    return [letter] if letter is not None else [notice_of(given, store, what)]


def _text(article: str) -> str:
    """The letter as plain text, a line each for paragraph, row and heading."""
    from markupsafe import Markup

    rows = re.sub(r"</t[hd]>\s*(?=<t[hd])", "  ", article)
    lines = (Markup(line).striptags() for line in re.split(r"</(?:p|h1|tr|li|div)>", rows))  # noqa: S704
    return "\n".join(line for line in lines if line)
