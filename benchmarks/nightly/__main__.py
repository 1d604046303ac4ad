"""How long a night takes over many certificates, and what the same rows cost a bare scan and an ORM loop.

    python -m benchmarks.nightly [certificates ...]        (default: 10000 100000)

For each number a roster is drawn with a seed and loaded. Each measure runs in a process of its own on a copy of that
database, so that neither memory nor a warm cache of one helps another. ``scan`` compares ``valid_to`` of every
certificate with the day in SQLite itself, without an index; ``orm`` loads every certificate as a mapped object and
compares the day in Python. ``first`` is the first night, ``next`` the night after it, ``same`` the same night again.
"""

from __future__ import annotations

import csv
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import orm
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


def night(path: Path, as_of: date) -> None:
    """A whole night, with what it writes."""
    with Store(f"sqlite:///{path}") as store:
        run_night(store, as_of, default_policy())


MEASURES = {
    "scan": lambda path: scan(path),
    "orm": lambda path: loop(path),
    "first": lambda path: night(path, AS_OF),
    "same": lambda path: night(path, AS_OF),
    "next": lambda path: night(path, AS_OF + timedelta(days=1)),
}


def peak_mebibytes() -> int:
    """The most memory this process had; what getrusage tells also counts the process that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def main(arguments: list[str]) -> None:
    """Prints a row for each number of certificates and measure."""
    if arguments[:1] == ["--measure"]:
        began = time.perf_counter()
        MEASURES[arguments[1]](Path(arguments[2]))
        took = time.perf_counter() - began
        print(f"{took:.3f} {peak_mebibytes()}")
        return
    print(f"{'certificates':>12}  {'measure':<8} {'seconds':>8} {'MiB':>5} {'x scan':>7}")
    for count in [int(each) for each in arguments] or [10_000, 100_000]:
        with tempfile.TemporaryDirectory() as folder:
            loaded = Path(folder) / "loaded.db"
            began = time.perf_counter()
            with Store(f"sqlite:///{loaded}") as store:
                store.import_roster(*tables(Path(folder), count), on=AS_OF)
            print(f"{count:>12}  {'import':<8} {time.perf_counter() - began:>8.2f}")
            path = Path(folder) / "qi.db"
            shutil.copy(loaded, path)
            base = 0.0
            for name in MEASURES:
                command = [sys.executable, "-m", "benchmarks.nightly", "--measure", name, str(path)]
                answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
                seconds, memory = float(answer[0]), int(answer[1])
                base = base or seconds
                print(f"{count:>12}  {name:<8} {seconds:>8.3f} {memory:>5} {seconds / base:>7.1f}")


if __name__ == "__main__":
    main(sys.argv[1:])
