"""The intake flow: looks into the inbox and judges what is ready, one task a packet.

Store and database decide what was done; a task that runs twice answers the same. The flow fails when a packet
failed unexpectedly, so that the window shows it; such a packet stays claimed and is taken up by the next poll. A task
whose worker was killed runs again on another one, where it finds its packet claimed by nobody alive; so what was
left behind is looked for once more at the end.
"""

from __future__ import annotations

import time
from datetime import date

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture

from qi_pipeline.flows._runtime import context, only_one, runner
from qi_pipeline.ingest import IngestRun, recover, take, trim_copies, waiting
from qi_pipeline.model import Json
from qi_pipeline.settings import load_settings
from qi_pipeline.workdays import today


@task(
    name="packet",
    task_run_name="{name}",
    retries=2,
    retry_delay_seconds=[5, 60],
    cache_policy=NO_CACHE,
    persist_result=False,
)
def packet(name: str, as_of: str) -> dict[str, Json]:
    """One packet of the inbox judged: an ``ingest --json`` of it alone; empty when another process has it."""
    run = IngestRun(as_of=as_of)
    doors = context()
    for candidate in waiting(doors.settings, run, time.time(), [name]):
        take(candidate, doors, date.fromisoformat(as_of), run)
    trim_copies(doors.settings)
    return run.to_json()


@task(name="left-behind", retries=2, retry_delay_seconds=[5, 60], cache_policy=NO_CACHE, persist_result=False)
def left_behind(as_of: str) -> dict[str, Json]:
    """The packets that a crash left claimed, judged."""
    run = IngestRun(as_of=as_of)
    recover(context(), date.fromisoformat(as_of), run)
    return run.to_json()


@flow(name="intake", task_runner=runner(), validate_parameters=False)
def intake(as_of: str | None = None) -> dict[str, Json]:
    """Everything that is ready in the inbox judged; the same answer as ``ingest --json``."""
    run = IngestRun(as_of=as_of or today().isoformat())
    with only_one(load_settings(), "poll") as alone:
        if alone:  # else the last poll is still at work, although Prefect has given its place away
            _poll(run)
    return run.to_json()


def _poll(run: IngestRun) -> None:
    """Nothing; what is ready is in ``run``. Raises RuntimeError where a packet failed."""
    day = run.as_of
    ready = [candidate.path.name for candidate in waiting(context().settings, run, time.time())]
    asked = [("left behind", left_behind.submit(day)), *((name, packet.submit(name, day)) for name in ready)]
    failed: list[str] = []
    missed = False
    for name, future in asked:
        found = _answer(future)
        if found is None:
            failed.append(name)
        else:
            run.add_run(found)
            missed = missed or (name in ready and not any(found[end] for end in _ENDS))
    if missed:
        found = _answer(left_behind.submit(day))
        if found is not None:
            run.add_run(found)
        else:
            failed.append("left behind")
    _show(run, failed)
    if failed:
        raise RuntimeError(f"{len(failed)} packets failed and will be taken up again: {', '.join(failed)}")


_ENDS = ("packets", "duplicates", "quarantined")


def _answer(future: PrefectFuture[dict[str, Json]]) -> dict[str, Json] | None:
    """What a task answered; None when it failed."""
    future.wait()
    return future.result() if future.state.is_completed() else None


def _show(run: IngestRun, failed: list[str]) -> None:
    if not (run.packets or run.duplicates or run.quarantined or failed):
        return  # a poll that found nothing is no news
    rows = [
        {"packet": str(entry["packet"]), "outcome": str(entry["outcome"]), "report": str(entry["report"])}
        for entry in run.packets
    ]
    rows += [
        {"packet": str(entry["packet"]), "outcome": f"quarantined: {entry['code']}", "report": ""}
        for entry in run.quarantined
    ]
    if rows:
        create_table_artifact(key="intake", table=rows, description=f"Packets judged as of {run.as_of}")
    create_markdown_artifact(
        key="intake-summary",
        markdown=f"As of {run.as_of}: {len(run.packets)} judged, {len(run.duplicates)} duplicates, "
        f"{len(run.quarantined)} quarantined, {len(failed)} failed",
    )
