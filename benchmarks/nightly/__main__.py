"""How long a night takes over many certificates, and what the same rows cost a bare scan and an ORM loop.

    python -m benchmarks.nightly [--best-of N] [certificates ...]        (default: 10000 100000)

For each number a roster is drawn with a seed and loaded. Each measure runs in a process of its own on a copy of that
database, so that neither memory nor a warm cache of one helps another. ``scan`` compares ``valid_to`` of every
certificate with the day in SQLite itself, without an index; ``orm`` loads every certificate as a mapped object and
compares the day in Python. ``first`` is the first night, ``same`` the same night again, ``quiet`` the night of the day
after, on which nothing ends and nothing is due, ``next`` the one after that, in which about one certificate in two
thousand has ended since. ``writing`` is the part of a night that was spent in
statements that write and in commits, ``rows`` what they wrote, ``listed`` the entries of the answer; a statement that
finds what it writes counts as writing, which flatters. ``floor`` writes the rows of the first night once more into a
copy of the loaded database, found already, by bare statements in the order of their keys and in the night's own
commits, each waited for: less than that no night can take that writes them.

The last lines say what is to be reached: the first night in 3 scans and what it writes, the others in a tenth of it.
Processor seconds stand beside the clock's, because the clock also counts what else the machine does.
"""

from __future__ import annotations

import argparse
import bisect
import contextlib
import csv
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, orm
from stdnum.cn import uscc as uscc_check

from qi_pipeline.policy import default_policy
from qi_pipeline.records.registry_tables import qualifications
from qi_pipeline.records.store import Store
from qi_pipeline.residency.agenda import audited_by
from qi_pipeline.residency.nightly import run_night

AS_OF = date(2026, 11, 22)
INSTITUTION = (
    "uscc,name,category,legal_representative,address,admitted_on,profile_completed_on,last_audit_on,licence_valid_to"
)
QUALIFICATION = "uscc,kind,number,issuing_authority,valid_from,valid_to,services"
RANGE = 5_000
"""Institutions that a night brings to their state in one transaction."""
SERVICES = ("食品检测", "水质检测", "空气检测", "电子产品检测", "建材检测", "纺织品检测")


def _quiet_days() -> tuple[frozenset[int], date]:
    """Days left of a certificate, and about the day of an audit, of which the second night has more to say."""
    policy = default_policy().residency
    ends = {0, -policy.deregistration_grace_days, *(days + 1 for days in policy.reminder_days)}
    return frozenset(ends), audited_by(AS_OF + timedelta(days=1 + policy.audit_notice_days))


def tables(folder: Path, count: int) -> tuple[Path, Path]:
    """CSV files of ``count`` certificates of a quarter as many institutions; some have ended, some are renewed."""
    rng = random.Random(count)
    telling, audit = _quiet_days()
    first, second = folder / "institutions.csv", folder / "qualifications.csv"
    with first.open("w", encoding="utf-8", newline="") as one, second.open("w", encoding="utf-8", newline="") as two:
        institutions, certificates = csv.writer(one), csv.writer(two)
        institutions.writerow(INSTITUTION.split(","))
        certificates.writerow(QUALIFICATION.split(","))
        for number in range(max(1, count // 4)):
            body = f"91320299MA{number:07d}"
            uscc = body + uscc_check.calc_check_digit(body)
            audited = AS_OF - timedelta(days=rng.randrange(1, 365))
            if abs((audited - audit).days) <= 2:
                audited -= timedelta(days=5)
            name = f"示例{number}号检测有限公司"
            institutions.writerow(
                [uscc, name, "inspection_testing", "王小明", "无锡市", "2020-01-06", "2020-01-10", audited, ""]
            )
            for place in range(4):
                # A term of six years, with a few that ended and were not renewed.
                left = rng.randrange(-40, 2150)
                ends = AS_OF + timedelta(days=left + 1 if left in telling else left)
                certificates.writerow(
                    [
                        uscc,
                        "cma_certificate",
                        f"{number:08d}{place}",
                        "江苏省市场监督管理局",
                        ends - timedelta(days=2190),
                        ends,
                        rng.choice(SERVICES),
                    ]
                )
    return first, second


class Base(orm.DeclarativeBase):
    """Mapped classes of the ORM loop."""


class Certificate(Base):
    """One certificate as a mapped object."""

    __table__ = qualifications


def scan(path: Path) -> None:
    """Every certificate's day compared by SQLite itself."""
    with sqlite3.connect(path) as connection:
        connection.execute(
            "SELECT count(*) FROM qualifications NOT INDEXED WHERE valid_to < ?", (str(AS_OF),)
        ).fetchone()


def loop(path: Path) -> None:
    """Every certificate loaded and compared in Python."""
    engine = sa.create_engine(f"sqlite:///{path}")
    with orm.Session(engine) as session:
        sum(each.valid_to < AS_OF for each in session.scalars(sa.select(Certificate)).yield_per(1000))


@dataclass(slots=True)
class Measure:
    """What one measure took."""

    seconds: float = 0.0
    processor: float = 0.0
    mebibytes: int = 0
    writing: float = 0.0
    writing_processor: float = 0.0
    rows: int = 0
    listed: int = 0


class _Cursor(sqlite3.Cursor):
    """A cursor that tells its connection how long statements took that write, and how many rows they wrote."""

    def execute(self, statement: str, *parameters: Any) -> sqlite3.Cursor:  # type: ignore[override]
        """The cursor itself."""
        with self._timed(statement):
            return super().execute(statement, *parameters)

    def executemany(self, statement: str, *parameters: Any) -> sqlite3.Cursor:  # type: ignore[override]
        """The cursor itself."""
        with self._timed(statement):
            return super().executemany(statement, *parameters)

    @contextlib.contextmanager
    def _timed(self, statement: str) -> Iterator[None]:
        began, used = time.perf_counter(), time.process_time()
        yield
        if statement.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE"):
            Writing.seconds += time.perf_counter() - began
            Writing.processor += time.process_time() - used
            Writing.rows += max(self.rowcount, 0)


class Writing(sqlite3.Connection):
    """A connection that counts what its statements that write took, and its commits."""

    seconds = 0.0
    processor = 0.0
    rows = 0

    def cursor(self, *_: Any, **__: Any) -> sqlite3.Cursor:  # type: ignore[override]
        """A cursor that counts."""
        return super().cursor(_Cursor)

    def commit(self) -> None:
        """Nothing; what was written is kept."""
        began, used = time.perf_counter(), time.process_time()
        super().commit()
        Writing.seconds += time.perf_counter() - began
        Writing.processor += time.process_time() - used


def watch(_dialect: object, _record: object, _arguments: object, options: dict[str, Any]) -> None:
    """Nothing; the driver makes connections that count."""
    options["factory"] = Writing


def night(path: Path, as_of: date) -> Measure:
    """A whole night, with what it writes."""
    with Store(f"sqlite:///{path}") as store:
        store.engine.dispose()
        event.listen(store.engine, "do_connect", watch)
        answer = run_night(store, as_of, default_policy())
    listed = sum(len(each) for each in answer.values() if isinstance(each, list))
    return Measure(writing=Writing.seconds, writing_processor=Writing.processor, rows=Writing.rows, listed=listed)


_INSERTED = {
    "suspensions": ("id", "institution"),
    "night_stops": ("uscc, reason", "institution"),
    "events": ("seq", "(SELECT id FROM institutions WHERE uscc = subject)"),
    "night_endings": ("valid_to, uscc, kind, number, about", "NULL"),
    "reminders": ("about, valid_to, days", "NULL"),
}
"""What a first night adds rows to: by the order of their keys, and the institution in whose range each is written."""
_SET = (("services", "suspended_on", "new.institution"), ("institutions", "holds_to", "new.id"))
"""What a first night sets in rows that are there."""
_Batches = list[list[tuple[str, list[tuple[Any, ...]]]]]


def floor(path: Path) -> Measure:
    """The rows of the first night written by bare statements into the database as it was before that night."""
    batches = _batches(path)
    copy = path.with_name("floor.db")
    _copy(_loaded(path), copy)
    with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -32768"):
            connection.execute(f"PRAGMA {pragma}")
        began, used = time.perf_counter(), time.process_time()
        for batch in batches:
            connection.execute("BEGIN IMMEDIATE")
            for statement, rows in batch:
                connection.executemany(statement, rows)
            connection.execute("COMMIT")
        seconds, processor = time.perf_counter() - began, time.process_time() - used
    written = sum(len(rows) for batch in batches for _, rows in batch)
    return Measure(seconds=seconds, processor=processor, rows=written)


def _batches(path: Path) -> _Batches:
    """What the first night wrote, by its commits: one for each range of institutions, and one for the lists by date."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("ATTACH ? AS loaded", (str(_loaded(path)),))
        looked_at = [
            number
            for (number,) in connection.execute(
                "SELECT new.id FROM institutions new JOIN loaded.institutions old ON old.id = new.id"
                " WHERE new.holds_to <> old.holds_to ORDER BY new.id"
            )
        ]
        lasts = looked_at[RANGE - 1 :: RANGE]
        batches: _Batches = [[] for _ in range(len(lasts) + 2)]

        def share(statement: str, rows: list[tuple[Any, ...]]) -> None:
            """Nothing; each row is in the batch of its institution, which stands last in it."""
            shares: list[list[tuple[Any, ...]]] = [[] for _ in batches]
            for row in rows:
                shares[-1 if row[-1] is None else bisect.bisect_left(lasts, row[-1])].append(row[:-1])
            for batch, own in zip(batches, shares, strict=True):
                if own:
                    batch.append((statement, own))

        for table, (key, owner) in _INSERTED.items():
            seen = "WHERE seq > (SELECT seq FROM loaded.event_head)" if table == "events" else ""
            rows = connection.execute(f"SELECT *, {owner} FROM {table} {seen} ORDER BY {key}").fetchall()
            share(f"INSERT INTO {table} VALUES ({', '.join('?' * (len(rows[0]) - 1))})", rows)
        for table, column, owner in _SET:
            rows = connection.execute(
                f"SELECT new.{column}, new.id, {owner} FROM {table} new JOIN loaded.{table} old ON old.id = new.id"
                f" WHERE new.{column} IS NOT old.{column} ORDER BY new.id"
            ).fetchall()
            share(f"UPDATE {table} SET {column} = ? WHERE id = ?", rows)
    return [batch for batch in batches if batch]


def _loaded(path: Path) -> Path:
    """Where the database lies as it was before its first night."""
    return path.with_name("loaded.db")


def _copy(one: Path, other: Path) -> None:
    """Nothing; the copy is on the disk: no night waits for what copying it left to be written."""
    for ending in ("-wal", "-shm"):
        other.with_name(other.name + ending).unlink(missing_ok=True)
    shutil.copyfile(one, other)
    with other.open("rb+") as file:
        os.fsync(file.fileno())


def load(path: Path) -> Measure:
    """The roster loaded into an empty database."""
    with Store(f"sqlite:///{path}") as store:
        done = store.import_roster(path.parent / "institutions.csv", path.parent / "qualifications.csv", on=AS_OF)
    return Measure(rows=done.institutions + done.qualifications)


MEASURES: dict[str, Callable[[Path], Measure | None]] = {
    "import": load,
    "scan": scan,
    "orm": loop,
    "first": lambda path: night(path, AS_OF),
    "floor": floor,
    "same": lambda path: night(path, AS_OF),
    "quiet": lambda path: night(path, AS_OF + timedelta(days=1)),
    "next": lambda path: night(path, AS_OF + timedelta(days=2)),
}
BEST_OF = ("scan", "first", "floor", "same")
"""Measures that are taken several times; the best counts."""


def peak_mebibytes() -> int:
    """The most memory this process had; what getrusage tells also counts the process that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def measured(name: str, path: Path, best_of: int) -> Measure:
    """One measure in a process of its own, the one of several that took the processor least."""
    command = [sys.executable, "-m", "benchmarks.nightly", "--measure", name, str(path)]
    runs = []
    for _ in range(best_of if name in BEST_OF else 1):
        if name == "first":
            _copy(_loaded(path), path)
        answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        runs.append(Measure(**json.loads(answer)))
    if name == "import":
        _copy(path, _loaded(path))
    return min(runs, key=lambda each: each.processor)


def measure(name: str, path: Path) -> Measure:
    """The measure, taken in this process."""
    began, used = time.perf_counter(), time.process_time()
    found = MEASURES[name](path) or Measure()
    if not found.seconds:
        found.seconds, found.processor = time.perf_counter() - began, time.process_time() - used
    found.mebibytes = peak_mebibytes()
    return found


def verdicts(found: dict[str, Measure]) -> list[str]:
    """What was to be reached, and what was, by the clock and by the processor."""
    rows = found["import"]
    lines = [
        f"import: {rows.rows / rows.seconds:,.0f} rows a second, {rows.rows / rows.processor:,.0f} a processor second"
    ]
    for what, taken, writing in (
        ("clock", "seconds", found["first"].writing),
        ("processor", "processor", found["first"].writing_processor),
    ):
        scan_, first, bare, again, quiet, following, loop_ = (
            getattr(found[name], taken) for name in ("scan", "first", "floor", "same", "quiet", "next", "orm")
        )
        lines += [
            f"{what}: first night {first:.2f} s; 3 scans and its writing {3 * scan_ + writing:.2f} s,"
            f" 3 scans and its rows written barely in the same commits {3 * scan_ + bare:.2f} s",
            f"{what}: of the first night: same {again / first:.1%}, quiet {quiet / first:.1%},"
            f" next {following / first:.1%}; the ORM loop takes {loop_ / again:.0f} x the same night,"
            f" {loop_ / quiet:.0f} x the quiet, {loop_ / following:.0f} x the next, {loop_ / first:.1f} x the first",
        ]
    return lines


def main(arguments: list[str]) -> None:
    """Prints a row for each number of certificates and measure."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.nightly", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("certificates", type=int, nargs="*", default=[10_000, 100_000], help="how many (10000 100000)")
    parser.add_argument("--best-of", type=int, default=3, metavar="N", help="runs of what can be repeated (3)")
    parser.add_argument("--measure", nargs=2, metavar=("NAME", "DATABASE"), help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.measure:
        print(json.dumps(asdict(measure(asked.measure[0], Path(asked.measure[1])))))
        return
    heads = ("seconds", "cpu", "MiB", "x scan", "writing", "(cpu)", "rows", "listed")
    print(f"{'certificates':>12}  {'measure':<7}" + "".join(f"{head:>10}" for head in heads))
    for count in asked.certificates:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "qi.db"
            tables(Path(folder), count)
            found: dict[str, Measure] = {}
            for name in MEASURES:
                found[name] = each = measured(name, path, asked.best_of)
                scans = each.processor / found["scan"].processor if "scan" in found else 0.0
                print(
                    f"{count:>12}  {name:<7}{each.seconds:>10.3f}{each.processor:>10.3f}{each.mebibytes:>10}"
                    f"{scans:>10.1f}{each.writing:>10.3f}{each.writing_processor:>10.3f}{each.rows:>10}"
                    f"{each.listed:>10}",
                    flush=True,
                )
            print("\n".join(f"{'':>12}  {line}" for line in verdicts(found)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
