"""How long a night takes over many certificates, and what the same rows cost a bare scan and an ORM loop.

    python -m benchmarks.nightly [certificates ...]        (default: 10000 100000)

For each number a roster is drawn with a seed and loaded. Each measure runs in a process of its own on a copy of that
database, so that neither memory nor a warm cache of one helps another. ``scan`` compares ``valid_to`` of every
certificate with the day in SQLite itself, without an index; ``orm`` loads every certificate as a mapped object and
compares the day in Python. ``first`` is the first night, ``same`` the same night again, ``next`` the night after it, in
which about one certificate in two thousand has ended since. ``writing`` is the part of a night that was spent in
statements that write and in commits, ``rows`` what they wrote, ``listed`` the entries of the answer.

The last lines say what is to be reached: the first night in 3 scans and what it writes, the others in a tenth of it.
Processor seconds stand beside the clock's, because the clock also counts what else the machine does.
"""

from __future__ import annotations

import csv
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
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
from qi_pipeline.residency.nightly import run_night

AS_OF = date(2026, 11, 22)
INSTITUTION = (
    "uscc,name,category,legal_representative,address,admitted_on,profile_completed_on,last_audit_on,licence_valid_to"
)
QUALIFICATION = "uscc,kind,number,issuing_authority,valid_from,valid_to,services"
SERVICES = ("食品检测", "水质检测", "空气检测", "电子产品检测", "建材检测", "纺织品检测")


def tables(folder: Path, count: int) -> tuple[Path, Path]:
    """CSV files of ``count`` certificates of a quarter as many institutions; some have ended, some are renewed."""
    rng = random.Random(count)
    first, second = folder / "institutions.csv", folder / "qualifications.csv"
    with first.open("w", encoding="utf-8", newline="") as one, second.open("w", encoding="utf-8", newline="") as two:
        institutions, certificates = csv.writer(one), csv.writer(two)
        institutions.writerow(INSTITUTION.split(","))
        certificates.writerow(QUALIFICATION.split(","))
        for number in range(max(1, count // 4)):
            body = f"91320299MA{number:07d}"
            uscc = body + uscc_check.calc_check_digit(body)
            audited = AS_OF - timedelta(days=rng.randrange(1, 365))
            name = f"示例{number}号检测有限公司"
            institutions.writerow(
                [uscc, name, "inspection_testing", "王小明", "无锡市", "2020-01-06", "2020-01-10", audited, ""]
            )
            for place in range(4):
                # A term of six years, with a few that ended and were not renewed.
                ends = AS_OF + timedelta(days=rng.randrange(-40, 2150))
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
    rows: int = 0
    listed: int = 0


class Writing:
    """The time of a store's statements that write, and of its commits, and how many rows they wrote."""

    def __init__(self, engine: sa.Engine) -> None:
        self.seconds = 0.0
        self.rows = 0
        self._began = 0.0
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)
        commit = engine.dialect.do_commit

        def timed(connection: Any) -> None:
            began = time.perf_counter()
            commit(connection)
            self.seconds += time.perf_counter() - began

        engine.dialect.do_commit = timed  # type: ignore[method-assign]

    def _before(self, *_: object) -> None:
        self._began = time.perf_counter()

    def _after(self, _connection: object, cursor: Any, statement: str, *_: object) -> None:
        if statement.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE"):
            self.seconds += time.perf_counter() - self._began
            self.rows += max(cursor.rowcount, 0)


def night(path: Path, as_of: date) -> Measure:
    """A whole night, with what it writes."""
    with Store(f"sqlite:///{path}") as store:
        writing = Writing(store.engine)
        answer = run_night(store, as_of, default_policy())
    listed = sum(len(each) for each in answer.values() if isinstance(each, list))
    return Measure(writing=writing.seconds, rows=writing.rows, listed=listed)


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
    "same": lambda path: night(path, AS_OF),
    "next": lambda path: night(path, AS_OF + timedelta(days=1)),
}
BEST_OF = {"scan": 3, "same": 3}
"""Measures that change nothing are taken several times; the best counts."""


def peak_mebibytes() -> int:
    """The most memory this process had; what getrusage tells also counts the process that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def measured(name: str, path: Path) -> Measure:
    """One measure in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.nightly", "--measure", name, str(path)]
    runs = []
    for _ in range(BEST_OF.get(name, 1)):
        answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        runs.append(Measure(**json.loads(answer)))
    return min(runs, key=lambda each: each.seconds)


def measure(name: str, path: Path) -> Measure:
    """The measure, taken in this process."""
    began, used = time.perf_counter(), time.process_time()
    found = MEASURES[name](path) or Measure()
    found.seconds, found.processor = time.perf_counter() - began, time.process_time() - used
    found.mebibytes = peak_mebibytes()
    return found


def verdicts(found: dict[str, Measure]) -> list[str]:
    """What was to be reached, and what was."""
    scan_, first, again, following = (found[name].seconds for name in ("scan", "first", "same", "next"))
    allowed = 3 * scan_ + found["first"].writing
    rows = found["import"]
    return [
        f"import: {rows.rows / rows.seconds:,.0f} rows a second, {rows.rows / rows.processor:,.0f} a processor second",
        f"first night: {first:.2f} s; 3 scans and its writing are {allowed:.2f} s"
        f" ({found['first'].writing:.2f} s for {found['first'].rows:,} rows)",
        f"of the first night: same {again / first:.1%}, next {following / first:.1%}"
        f" (processor: {found['same'].processor / found['first'].processor:.1%},"
        f" {found['next'].processor / found['first'].processor:.1%})",
        f"the ORM loop takes {found['orm'].seconds / again:.0f} x the same night,"
        f" {found['orm'].seconds / following:.0f} x the next, {found['orm'].seconds / first:.1f} x the first",
    ]


def main(arguments: list[str]) -> None:
    """Prints a row for each number of certificates and measure."""
    if arguments[:1] == ["--measure"]:
        print(json.dumps(asdict(measure(arguments[1], Path(arguments[2])))))
        return
    heads = ("seconds", "cpu", "MiB", "x scan", "writing", "rows", "listed")
    print(f"{'certificates':>12}  {'measure':<7}" + "".join(f"{head:>10}" for head in heads))
    for count in [int(each) for each in arguments] or [10_000, 100_000]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "qi.db"
            tables(Path(folder), count)
            found: dict[str, Measure] = {}
            for name in MEASURES:
                found[name] = each = measured(name, path)
                scans = each.seconds / found["scan"].seconds if "scan" in found else 0.0
                print(
                    f"{count:>12}  {name:<7}{each.seconds:>10.3f}{each.processor:>10.3f}{each.mebibytes:>10}"
                    f"{scans:>10.1f}{each.writing:>10.3f}{each.rows:>10}{each.listed:>10}",
                    flush=True,
                )
            print("\n".join(f"{'':>12}  {line}" for line in verdicts(found)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
