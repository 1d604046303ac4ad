"""A port of this machine that nobody takes before the test's own server does."""

from __future__ import annotations

import random
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """A port on which nobody listens, outside the range from which the system gives out ports of its own accord.

    One from that range, which is what binding to port 0 gives, is free again once it is let go: any connection of a
    neighbouring test may get it before the server that it was meant for, or while that one is being restarted.
    """
    lowest, highest = map(int, _RANGE.read_text(encoding="ascii").split()) if _RANGE.exists() else (32_768, 60_999)
    own = [port for port in range(10_000, 65_536) if not lowest <= port <= highest] or range(10_000, 65_536)
    for port in random.SystemRandom().sample(own, 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")
