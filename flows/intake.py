"""The intake flow: looks into the inbox and judges what is ready, one task a packet.

The database and the store decide what was done; a task that runs twice answers the same. The flow fails when
a packet failed unexpectedly, so that the window shows it; such a packet stays claimed and is taken up again.
"""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from qi_pipeline.flows._runtime import runner

from qi_pipeline.ingest import IngestRun, open_context, recover, take
from qi_pipeline.settings import load_settings
from qi_pipeline.workdays import today

log = logging.getLogger(__name__)


@task(name="packet", retries=2, retry_delay_seconds=[5, 60], cache_policy=NO_CACHE, persist_result=False)
def packet(path: str, as_of: str) -> dict[str, object]:
    """One packet of the inbox judged; its entry of ``ingest --json``."""
    with open_context(load_settings()) as context:
        run = IngestRun(as_of=as_of)
        take(Path(path), context, date.fromisoformat(as_of), run)
        return run.to_json()


@flow(name="intake", task_runner=runner(), validate_parameters=False)
def intake(as_of: str | None = None) -> dict[str, object]:
    """Everything that is ready in the inbox judged; the same as ``ingest --json``."""
    day = as_of or today().isoformat()
    settings = load_settings()
    run = IngestRun(as_of=day)
    with open_context(settings) as context:
        recover(context, date.fromisoformat(day), run)
        ready = run.look(context)
    for name, outcome in [(path.name, packet.submit(str(path), day)) for path in ready]:
        outcome.wait()
        if outcome.state.is_completed():
            run.add_json(outcome.result())
        else:
            run.failed.append(name)
    _show(run)
    if run.failed:
        raise RuntimeError(f"{len(run.failed)} packets failed and will be taken up again: {', '.join(run.failed)}")
    return run.to_json()


def _show(run: IngestRun) -> None:
    if not (run.packets or run.duplicates or run.quarantined or run.failed):
        return
    create_table_artifact(
        key="intake",
        table=[
            {"packet": str(entry["packet"]), "outcome": str(entry["outcome"]), "report": str(entry["report"])}
            for entry in run.packets
        ]
        + [
            {"packet": str(entry["packet"]), "outcome": f"quarantined: {entry['code']}", "report": ""}
            for entry in run.quarantined
        ],
        description=f"Packets judged as of {run.as_of}",
    )
    create_markdown_artifact(
        key="intake-summary",
        markdown=f"{len(run.packets)} decided, {len(run.duplicates)} duplicates, "
        f"{len(run.quarantined)} quarantined, {len(run.failed)} failed",
    )
