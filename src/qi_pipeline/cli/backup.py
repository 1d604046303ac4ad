"""``backup``, ``restore`` and ``originals``: copies of database and originals, and whether these are what they were."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from qi_pipeline.cli.arguments import add_as_of, add_json, as_of, settings
from qi_pipeline.cli.output import print_json, say
from qi_pipeline.errors import ExitCode

if TYPE_CHECKING:
    from qi_pipeline.model import Json

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def register(commands: Commands) -> None:
    """Adds the commands."""
    backup = commands.add_parser("backup", help="copy database, originals, archive and reports, while work goes on")
    backup.add_argument("folder", type=Path, help="where backups are kept; only what is new is copied")
    add_json(backup)
    backup.set_defaults(run=run_backup)
    restore = commands.add_parser("restore", help="lay a backup into an empty workspace and verify it")
    restore.add_argument("folder", type=Path, help="where backups are kept")
    restore.add_argument("--snapshot", metavar="NAME", help="which one (default: the newest)")
    add_json(restore)
    restore.set_defaults(run=run_restore)
    originals = commands.add_parser("originals", help="compare originals with the hashes by which they are kept")
    acts = originals.add_subparsers(title="actions", required=True, metavar="ACTION")
    verify = acts.add_parser("verify", help="look again at those known to be wrong, or with --all at every one")
    verify.add_argument("--all", action="store_true", help="every original, however long it takes")
    add_as_of(verify)
    add_json(verify)
    verify.set_defaults(run=run_verify)


def run_backup(arguments: argparse.Namespace) -> int:
    """Makes a snapshot and says where it lies."""
    from qi_pipeline.records.backup import make_backup

    made = make_backup(settings(), arguments.folder)
    if arguments.json:
        print_json(made.to_json())
        return 0
    say(f"{made.path}: {made.files} files, {made.copied} of them new ({made.bytes} bytes), head of the log {made.head}")
    if made.missing:
        say(f"{len(made.missing)} originals are missing or changed and not in it; see `qi-pipeline originals verify`")
    if not made.signed:
        say("the log's head is not signed; see `qi-pipeline key make`")
    return 0


def run_restore(arguments: argparse.Namespace) -> int:
    """Restores a snapshot; exit 2 for a damaged one, and for a workspace that is not empty."""
    from qi_pipeline.records.restore import restore

    done = restore(settings(restoring=True), arguments.folder, arguments.snapshot)
    if arguments.json:
        print_json(done.to_json())
        return 0
    say(f"restored {done.packets} packets, {done.files} files and {done.events} events; log whole, head {done.head}")
    for said in (
        f"{len(done.resumed)} packets were under way; `qi-pipeline ingest` takes them up" if done.resumed else "",
        f"{len(done.missing)} originals were not in the backup" if done.missing else "",
        *done.notes,
    ):
        if said:
            say(said)
    return 0


def run_verify(arguments: argparse.Namespace) -> int:
    """Compares originals with their hashes; exit 1 when one is missing or changed."""
    from qi_pipeline.cli.progress import bar
    from qi_pipeline.records import sweep
    from qi_pipeline.records.store import Store

    given = settings()
    with Store(given.database_url) as store:
        if arguments.all:
            total = sweep.count(store)
            with bar(sys.stderr, "originals") as done:
                checked, wrong = sweep.check_all(store, given, as_of(arguments), lambda count: done(count, total))
        else:
            checked, wrong = sweep.check_known(store, given, as_of(arguments))
    answer: dict[str, Json] = {"checked": checked, "wrong": [each.to_json() for each in wrong]}
    if arguments.json:
        print_json(answer)
    else:
        for each in wrong:
            say(f"{each.fault}: {each.sha256} of {', '.join(each.packets)}, found on {each.found_on}")
        say(_compared(checked, len(wrong), everything=arguments.all))
    return int(ExitCode.UNEXPECTED if wrong else ExitCode.OK)


def _compared(checked: int, wrong: int, *, everything: bool) -> str:
    """What was compared, and what to do now."""
    if checked:
        return f"{checked} originals compared, {wrong} wrong" + ("; restore them from a backup" if wrong else "")
    if everything:
        return "no original is kept yet: there is nothing to compare"
    return "no original is known to be wrong, so none was compared; `--all` compares every one, the night some each day"
