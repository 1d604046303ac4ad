"""How Prefect is set up for this work: before it is imported, quiet, offline, and with the runner of the settings."""

from __future__ import annotations

import atexit
import fcntl
import functools
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from qi_pipeline.errors import InstallationError

if TYPE_CHECKING:
    from qi_pipeline.context import Context
    from qi_pipeline.settings import Settings

_QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "600",
    "PREFECT_CLIENT_MAX_RETRIES": "10",
    "PREFECT_SERVER_DATABASE_TIMEOUT": "60",
    # Recording in batches keeps the embedded server's SQLite from locking itself under load.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    # Thousands of polls a day: by itself the server keeps every one of them for ever.
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": "604800",
    "PREFECT_LOGGING_LEVEL": "ERROR",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
}


def configure(settings: Settings) -> None:
    """Sets Prefect's environment, where the operator has not set it; must run before Prefect is imported.

    Raises InstallationError for a runner that needs a server of its own while none is named: the embedded server
    is one per process, and every child would start another one on the same file. So too for Dask without a scheduler.
    """
    os.environ.setdefault("PREFECT_HOME", str(settings.home / ".prefect"))
    for key, value in _QUIET.items():
        os.environ.setdefault(key, value)
    # Flow runs are children that load the flow anew: they find the workspace and the runner here.
    os.environ["QI_HOME"] = str(settings.home)
    os.environ["QI_RUNNER"] = settings.runner
    os.environ["QI_DASK_SCHEDULER"] = settings.dask_scheduler
    if settings.runner != "thread" and not os.environ.get("PREFECT_API_URL"):
        raise InstallationError(
            f"QI_RUNNER={settings.runner} needs a Prefect server; start one and set PREFECT_API_URL, "
            "or use QI_RUNNER=thread with the embedded one"
        )
    if settings.runner == "dask" and not settings.dask_scheduler:
        raise InstallationError(
            "QI_RUNNER=dask needs a Dask scheduler; start one with `dask scheduler` and name it, "
            "QI_DASK_SCHEDULER=tcp://host:8786, or use QI_RUNNER=thread"
        )


def runner() -> Any:  # noqa: ANN401 - Prefect's runners share no typed base that mypy accepts
    """The task runner of ``QI_RUNNER``: threads here, processes, or the scheduler at ``QI_DASK_SCHEDULER``."""
    name = os.environ.get("QI_RUNNER", "thread")
    if name == "process":
        from prefect.task_runners import ProcessPoolTaskRunner

        return ProcessPoolTaskRunner()
    if name == "dask":
        try:
            from prefect_dask.task_runners import DaskTaskRunner
        except ImportError:
            raise InstallationError(
                "QI_RUNNER=dask needs the package prefect-dask; install qi-pipeline[dask]"
            ) from None
        return DaskTaskRunner(address=os.environ["QI_DASK_SCHEDULER"])
    from prefect.task_runners import ThreadPoolTaskRunner

    # A packet's pages already keep every core busy, so packets go one after the other.
    return ThreadPoolTaskRunner(max_workers=1)


@contextmanager
def only_one(settings: Settings, what: str) -> Iterator[bool]:
    """Whether no other process of this workspace is at ``what``; the system itself frees the place of a dead one."""
    settings.work.mkdir(parents=True, exist_ok=True)
    with (settings.work / f"{what}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


_opening = threading.Lock()


def context() -> Context:
    """The doors that judging needs, opened once a process: its tasks share the reading processes and their models."""
    with _opening:  # a Dask worker may begin two tasks at once
        return _context()


@functools.cache
def _context() -> Context:
    from qi_pipeline.ingest import open_context
    from qi_pipeline.settings import load_settings

    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(open_context(load_settings()))
