"""The nightly flow: every institution re-verified, one task a range of institutions, our database as the only truth."""

from __future__ import annotations

from datetime import date

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from qi_pipeline.flows._runtime import context, runner
from qi_pipeline.model import Json
from qi_pipeline.records.watch import watched
from qi_pipeline.reports.night import report_night
from qi_pipeline.residency.night import Night, begin, do_range
from qi_pipeline.residency.nightly import conclude
from qi_pipeline.workdays import today


@task(name="range", retries=2, retry_delay_seconds=[5, 60], cache_policy=NO_CACHE, persist_result=False)
def reverify(night: Night, low: int, high: int) -> None:
    """The institutions with row numbers ``low`` to ``high`` brought to the state of the night; twice does nothing."""
    doors = context()
    do_range(doors.store, night, low, high, doors.policy.residency)


@flow(name="nightly", task_runner=runner(), validate_parameters=False)
def nightly(as_of: str | None = None) -> dict[str, Json]:
    """The night's answer; the same as ``nightly --json``."""
    doors = context()
    night = begin(doors.store, date.fromisoformat(as_of) if as_of else today(), doors.policy.residency)
    for low, high in night.ranges:
        # One after the other: a killed night goes on behind the last range that is done.
        reverify.submit(night, low, high).result()
    answer = conclude(doors.store, night, doors.policy)
    told = watched(doors.store, doors.settings, doors.policy.integrity, answer)
    report = report_night(doors.settings, doors.store, doors.policy, told)
    lines = [f"* {key}: {len(found)}" for key, found in answer.items() if isinstance(found, list)]
    create_markdown_artifact(
        key="nightly",
        markdown=f"As of {answer['as_of']}: {answer['institutions']} institutions, "
        f"{answer['qualifications']} certificates\n\n" + "\n".join([*lines, "", f"Report: {report}"]),
    )
    return answer
