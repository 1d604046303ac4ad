"""A process in the cage of a reading process that tries to get out of it, and says what was refused (笼子自检).

``python -m qi_pipeline.reading.cage_probe`` is started by ``qi-pipeline doctor`` in place of a reading process. It says
what it could do, not what it was told.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from qi_pipeline.reading.cage import enter
from qi_pipeline.reading.protocol import Answer, line_of, read_request, read_setup
from qi_pipeline.reading.worker import set_limits, take_stdout

_SECRETS = ("PASSWORD", "SECRET", "TOKEN", "QI_", "PROXY", "AWS_")


def main() -> int:
    """Answers one request with the layers that held, as JSON in its message."""
    answers = take_stdout()
    requests = sys.stdin.buffer
    setup = read_setup(requests.readline())
    set_limits(setup)
    enter(setup.readable, setup.writable)
    answers.write(line_of(Answer(kind="ready")))
    answers.flush()
    outside = read_request(requests.readline()).path
    held = {name: layer(outside) for name, layer in _LAYERS.items()}
    answers.write(line_of(Answer(kind="done", message=json.dumps(held))))
    answers.flush()
    return 0


def _session(_outside: str) -> bool:
    return os.getsid(0) == os.getpid()


def _limits(_outside: str) -> bool:
    wanted = (resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE, resource.RLIMIT_CORE)
    return all(resource.getrlimit(what)[1] != resource.RLIM_INFINITY for what in wanted)


def _environment(_outside: str) -> bool:
    return not any(secret in name.upper() for name in os.environ for secret in _SECRETS)


def _network(_outside: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
        try:
            socket.socket(family, socket.SOCK_STREAM).close()
        except PermissionError:
            continue
        except OSError:  # the kind is not there at all
            continue
        return False
    return True


def _files(outside: str) -> bool:
    """Whether a file beside its folders can neither be read nor written, and none be made there."""
    place = Path(outside)
    tries: tuple[Callable[[], object], ...] = (
        place.read_bytes,
        lambda: place.write_bytes(b"x"),
        lambda: (place.parent / "made").touch(),
    )
    for attempt in tries:
        try:
            attempt()
        except PermissionError:
            continue
        return False
    return True


_LAYERS: dict[str, Callable[[str], bool]] = {
    "session": _session,
    "limits": _limits,
    "environment": _environment,
    "network": _network,
    "files": _files,
}


if __name__ == "__main__":
    raise SystemExit(main())
