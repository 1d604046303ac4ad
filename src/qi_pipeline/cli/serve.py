"""``serve``: Prefect deployments of inbox polling and the nightly schedule."""

from __future__ import annotations

import argparse

from qi_pipeline.cli.arguments import settings
from qi_pipeline.cli.output import say


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = commands.add_parser("serve", help="poll the inbox and run the nightly schedule with Prefect")
    parser.set_defaults(run=run)


def run(_arguments: argparse.Namespace) -> int:
    """Serves both deployments until stopped, with a Prefect server of its own where none is named."""
    from qi_pipeline.flows._runtime import configure
    from qi_pipeline.flows.server import prefect_server
    from qi_pipeline.settings import refuse_unusable

    given = settings()
    refuse_unusable(given)
    configure(given)
    with prefect_server() as address:
        window = address.removesuffix("/api")
        say(f"serving {given.home}: the inbox every {given.poll_seconds:g} s, the nightly at {given.nightly_cron!r}")
        say(f"Prefect's window: {window}")
        from qi_pipeline.flows.deployments import serve_all

        serve_all(given)
    return 0
