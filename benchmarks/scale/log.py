"""``python -m benchmarks.scale.log``: how many packets a second the one event log takes from many writers at once.

Every event is chained to the one before, so on PostgreSQL writers wait for each other at the head of the log: this is
the ceiling that no number of machines lifts. Each writer registers packets, the shortest transaction that writes an
event. With ``QI_TEST_FSYNC=on`` the server of ``tools/with-postgresql.sh`` waits for the disk at each commit.
"""

from __future__ import annotations

import argparse
import os
import secrets
import threading
import time
from datetime import date

import sqlalchemy as sa

from qi_pipeline.records.store import Store

_DAY = date(2026, 11, 22)


def main() -> int:
    """Prints transactions a second for each number of writers."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale.log", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="seconds of each run (5)")
    parser.add_argument("--writers", default="1,4,16", help="numbers of writers (1,4,16)")
    given = parser.parse_args()
    url = sa.make_url(os.environ["QI_TEST_POSTGRESQL"]).set(drivername="postgresql+psycopg")
    name = f"qi_log_{secrets.token_hex(6)}"
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        own = url.set(database=name).render_as_string(False)
        Store(own).close()
        for writers in map(int, given.writers.split(",")):
            rate, load = _rate(own, writers, given.seconds), os.getloadavg()[0]
            print(f"{writers:>3} writers: {rate:8.1f} registered packets a second (load {load:.1f})", flush=True)
        with admin.connect() as connection:
            print("fsync:", connection.exec_driver_sql("SHOW fsync").scalar_one())
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        admin.dispose()
    return 0


def _rate(url: str, writers: int, seconds: float) -> float:
    done = [0] * writers
    until = time.monotonic() + seconds

    def write(place: int) -> None:
        with Store(url) as store:
            while time.monotonic() < until:
                own = secrets.token_hex(16)
                store.register_packet(
                    packet_id=own,
                    name=own,
                    content_hash=own * 2,
                    taken_at="2026-11-22T10:00:00+08:00",
                    as_of=_DAY,
                    conditions="bench",
                )
                done[place] += 1

    threads = [threading.Thread(target=write, args=(place,)) for place in range(writers)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.monotonic() - started)


if __name__ == "__main__":
    raise SystemExit(main())
