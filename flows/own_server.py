"""Prefect's server for as long as `serve` lives (随服务存续的服务器): who started it holds its standard input.

``python -m qi_pipeline.flows.own_server --port 4200`` is ``prefect server start`` by these. Its input ends with the
process that holds the other end, also where that one was killed and could end nothing itself; a server left behind
would keep the port and the database of the next one.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

_STOP_SECONDS = 15.0


def end_with_parent() -> None:
    """Nothing; from now on this process ends once its standard input does: asked first, then at once."""
    threading.Thread(target=_watch, name="parent", daemon=True).start()


def _watch() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_STOP_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Serves until it is stopped or left alone."""
    end_with_parent()
    from prefect.cli import app

    sys.argv = ["prefect", "server", "start", *sys.argv[1:]]
    app()


if __name__ == "__main__":
    main()
