"""What a Dask worker does before its first packet: Prefect is set up and the doors are opened, so that faults show.

::

    dask worker tcp://scheduler:8786 --nthreads 1 --preload qi_pipeline.flows.dask_worker

One thread a worker: a packet's pages keep every core of the machine busy by themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import Worker


async def dask_setup(worker: Worker) -> None:
    """Called by Dask as the worker starts; raises InstallationError or UsageError for settings that can't work."""
    from qi_pipeline.flows._runtime import configure, context
    from qi_pipeline.settings import load_settings

    configure(load_settings())
    context()
