"""Both deployments served from one process: the inbox by interval, the nightly by cron in Asia/Shanghai."""

from __future__ import annotations

import asyncio
import logging
import warnings
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from prefect import get_client, serve
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron, Interval
from prefect.types.entrypoint import EntrypointType

from qi_pipeline.flows.intake import intake
from qi_pipeline.flows.nightly import nightly

if TYPE_CHECKING:
    from qi_pipeline.settings import Settings

# One at a time: a poll that finds the last one still at work, or a second night, is dropped. A service that was killed
# while it started one holds its place for so long.
_ONE = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW, grace_period_seconds=120)

# The server knows only in memory who holds a place: after it was killed nobody would give it back, and every poll would
# be dropped for ever. So a place falls free after a while; a poll that takes longer keeps the next ones off itself.
_FREE_AFTER_SECONDS = 600

# A flow loaded from its file would be a module "intake" that no Dask scheduler or worker can import.
_BY_MODULE = EntrypointType.MODULE_PATH


def serve_all(settings: Settings) -> None:
    """Serves until stopped; Prefect must have been configured by ``_runtime.configure``."""
    polling = intake.to_deployment(
        name="inbox",
        schedule=Interval(timedelta(seconds=max(1.0, settings.poll_seconds))),
        concurrency_limit=_ONE,
        entrypoint_type=_BY_MODULE,
    )
    nights = nightly.to_deployment(
        name="nightly",
        schedule=Cron(settings.nightly_cron, timezone="Asia/Shanghai"),
        concurrency_limit=_ONE,
        entrypoint_type=_BY_MODULE,
    )
    # Outside of an event loop they are deployments, inside one they would be awaitables.
    assert isinstance(polling, RunnerDeployment)
    assert isinstance(nights, RunnerDeployment)
    for each in (polling, nights):
        _let_places_fall_free(each)
    _hush_the_end()
    serve(polling, nights, pause_on_shutdown=False)


def _let_places_fall_free(deployment: RunnerDeployment) -> None:
    """Nothing; whatever a dead server left of the deployment's place is given back, now and later."""
    known = deployment.apply()
    assert isinstance(known, UUID)
    change = GlobalConcurrencyLimitUpdate(active_slots=0, slot_decay_per_second=1 / _FREE_AFTER_SECONDS)
    with get_client(sync_client=True) as client:
        client.update_global_concurrency_limit(f"deployment:{known}", change)


def _hush_the_end() -> None:
    """Nothing; who stops the service sees no traces of the tasks that Prefect leaves where they stand."""
    warnings.filterwarnings("ignore", "coroutine .*stop.* was never awaited", RuntimeWarning)
    logging.getLogger("asyncio").addFilter(
        lambda record: not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))
    )
