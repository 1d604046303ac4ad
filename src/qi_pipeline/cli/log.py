"""``verify-log`` and ``key``: the append-only event log checked from end to end, and the key that signs it."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from qi_pipeline.cli.arguments import add_json, settings
from qi_pipeline.cli.output import print_json, say
from qi_pipeline.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from qi_pipeline.model import Json
    from qi_pipeline.settings import Settings


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the commands."""
    parser = commands.add_parser("verify-log", help="check the event log and its signatures from end to end")
    parser.add_argument("--known-head", metavar="N:HASH", help="a head that was seen before and must be there still")
    add_json(parser)
    parser.set_defaults(run=run)
    key = commands.add_parser("key", help="the key that signs the event log each night")
    acts = key.add_subparsers(title="actions", required=True, metavar="ACTION")
    making = acts.add_parser("make", help="make a key in the file of QI_SIGNING_KEY (default: signing.key)")
    add_json(making)
    making.set_defaults(run=make_key)
    showing = acts.add_parser("show", help="the public key, to be kept where nobody can change it")
    add_json(showing)
    showing.set_defaults(run=show_key)


def run(arguments: argparse.Namespace) -> int:
    """Checks the log; exit 1 when an event or a signed head was changed, removed or inserted, or may be unseen."""
    from qi_pipeline.records.signing import prove
    from qi_pipeline.records.store import Store

    given = settings()
    with Store(given.database_url) as store:
        proof = prove(store, given, known_head=arguments.known_head)
    check = proof.check
    if arguments.json:
        answer: dict[str, Json] = {
            "ok": check.ok,
            "events": check.count,
            "first_bad": check.first_bad,
            "reason": check.why,
            "head": check.head or None,
            "signed_heads": proof.heads,
            "signed_to": proof.signed.seq if proof.signed else None,
            "signed_as_of": proof.signed.as_of if proof.signed else None,
            "unsigned": proof.unsigned if check.ok else None,
            "notes": list(proof.notes),
        }
        print_json(answer)
    elif check.ok:
        say(f"the event log is whole: {check.count} events, head {check.head}")
        if proof.signed is not None:
            say(f"signed up to event {proof.signed.seq} ({proof.signed.as_of}); {proof.unsigned} since are not signed")
    else:
        where = "not safe" if check.first_bad is None else f"broken at event {check.first_bad}"
        say(f"the event log is {where}: {check.why}; restore it from a backup")
    if not arguments.json:
        for note in proof.notes:
            say(note)
    return int(ExitCode.OK if check.ok else ExitCode.UNEXPECTED)


def make_key(arguments: argparse.Namespace) -> int:
    """Makes the key and prints its public half."""
    from qi_pipeline.records import signing

    given = settings()
    path = _place(given)
    if not path.parent.is_dir():
        raise UsageError(f"{path.parent}: no such folder; make it, or mend QI_SIGNING_KEY")
    return _tell(arguments, path, signing.make_key(path))


def show_key(arguments: argparse.Namespace) -> int:
    """Prints the public key; exit 2 where there is none."""
    from qi_pipeline.records import signing

    given = settings()
    if given.signing_key is None:
        raise UsageError("there is no signing key; make one with `qi-pipeline key make`")
    return _tell(arguments, given.signing_key, signing.public_key(signing.load_key(given.signing_key)))


def _place(given: Settings) -> Path:
    return given.signing_key or given.home / "signing.key"


def _tell(arguments: argparse.Namespace, path: Path, public: str) -> int:
    if arguments.json:
        print_json({"file": str(path), "public_key": public})
        return 0
    sys.stdout.write(public + "\n")
    say(f"{path}: keep it apart from the database and its backups; keep the public key where nobody can change it")
    return 0
