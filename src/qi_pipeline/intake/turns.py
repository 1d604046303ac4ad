"""Whose turn it is (先后次序): a supplement is judged after what it may complete, whichever process has that.

Several processes share one inbox, and nobody knows whose a packet is before it was read. So a supplement waits until
every packet that was taken before it, and that another living process still works on, is through. Nobody waits in a
circle: each process works on the oldest packet it holds, and waits for older ones alone.

Not guaranteed: machines whose file system keeps locks to itself do not see each other's work; a packet that nobody
works on (its process died a moment ago), or that takes longer than a packet may, is not waited for.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from qi_pipeline.intake.underway import claims_seen
from qi_pipeline.settings import Settings

_GLANCE = 0.2
"""Seconds between two looks."""


def earlier_at_work(settings: Settings, claim_id: str) -> list[str]:
    """Ids of the packets that were taken before this one and that other processes are at work on."""
    own = os.getpid()
    return [
        each.id for each in claims_seen(settings) if each.alive and each.id < claim_id and each.owner not in (None, own)
    ]


def await_earlier(
    settings: Settings, claim_id: str, seconds: float, *, sleep: Callable[[float], None] = time.sleep
) -> bool:
    """Whether every packet that was taken before this one is through; false when ``seconds`` were over before."""
    until = time.monotonic() + seconds
    while earlier_at_work(settings, claim_id):
        if time.monotonic() > until:
            return False
        sleep(_GLANCE)
    return True
