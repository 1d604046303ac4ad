"""``demo``: the example packets in a scratch workspace, through all of it."""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from qi_pipeline.cli.output import say, say_table
from qi_pipeline.errors import UsageError

_MARK = ".qi-demo"


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = commands.add_parser("demo", help="judge the example packets in a scratch workspace")
    parser.add_argument(
        "--workspace", type=Path, default=Path("demo"), help="scratch folder, made anew (default: demo)"
    )
    parser.add_argument("--examples", type=Path, help="folder of example packets (default: the repository's examples)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Lays the examples in a fresh workspace, runs the intake flow and the nightly flow, and says where to look."""
    examples = arguments.examples or Path(__file__).parents[3] / "examples"
    if not (examples / "as_of.txt").is_file():
        raise UsageError(f"{examples} holds no example packets; name their folder with --examples")
    home: Path = arguments.workspace.absolute()
    as_of = (examples / "as_of.txt").read_text(encoding="utf-8").strip()
    _lay_out(examples, home)
    for key in [key for key in os.environ if key.startswith("QI_")]:
        # The demo shows the defaults, whatever the shell around it is set to.
        del os.environ[key]
    os.environ["QI_HOME"] = str(home)
    os.environ["QI_SETTLE_SECONDS"] = "0"
    from qi_pipeline.flows._runtime import configure
    from qi_pipeline.settings import load_settings

    settings = load_settings()
    configure(settings)
    _load_lists(examples / "lists", settings.database_url, as_of)
    say("starting Prefect's embedded server; the first flow takes some seconds")
    from qi_pipeline.flows.intake import intake
    from qi_pipeline.flows.nightly import nightly

    answer = intake(as_of=as_of)
    nightly(as_of=as_of)
    _show(home, answer)
    return 0


def _lay_out(examples: Path, home: Path) -> None:
    if home.exists():
        if not (home / _MARK).is_file():
            raise UsageError(f"{home} exists and is no demo workspace; name another with --workspace")
        shutil.rmtree(home)
    (home / "inbox").mkdir(parents=True)
    (home / _MARK).touch()
    for packet in sorted((examples / "packets").iterdir()):
        target = home / "inbox" / packet.name
        if packet.is_dir():
            shutil.copytree(packet, target)
        else:
            shutil.copy2(packet, target)


def _load_lists(folder: Path, database_url: str, as_of: str) -> None:
    from datetime import date
    from typing import get_args

    from qi_pipeline.admission.facts import CreditList
    from qi_pipeline.records.credit_lists import read_credit_list
    from qi_pipeline.records.store import Store

    with Store(database_url) as store:
        for kind in get_args(CreditList):
            path = folder / f"{kind}.csv"
            loaded = store.import_credit_list(
                read_credit_list(path, kind), kind, loaded_on=date.fromisoformat(as_of), source=path.name
            )
            say(f"loaded {loaded.entries} entries of the list {kind}")
    say(f"judging as of {as_of}")


def _show(home: Path, answer: Mapping[str, object]) -> None:
    packets = answer["packets"]
    assert isinstance(packets, list)
    rows = [
        [entry["packet"], entry["outcome"], "yes" if entry["automatic"] else "no", str(home / entry["report"])]
        for entry in packets
    ]
    say_table(["packet", "outcome", "automatic", "report"], rows)
    say(f"reports: {home / 'reports'}")
