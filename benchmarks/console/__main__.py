"""How long the console takes over many packets, as an operator waits for it: whole processes, from start to end.

    python -m benchmarks.console [packets ...]        (default: 100000)

For each number a workspace is drawn with a seed: packets with decisions as large as real ones (findings, services, a
packed dossier), some waiting, some in quarantine. Printed are wall time, processor time and peak memory of each
command, the output thrown away.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import sqlalchemy as sa
from stdnum.cn import uscc as uscc_check

from qi_pipeline.codec import to_json
from qi_pipeline.kinds import CATEGORIES
from qi_pipeline.model import Deadline, Evidence, Finding, ServiceJudgement
from qi_pipeline.records import bulk
from qi_pipeline.records.events import Event, append
from qi_pipeline.records.store import Store
from qi_pipeline.records.tables import decisions, packets

AS_OF = date(2026, 11, 22)
OUTCOMES = ("admit", "supplement", "further_verification", "manual_review", "reject")
COMMANDS = (
    ("status",),
    ("status", "--json"),
    ("packet", "list"),
    ("packet", "list", "--waiting"),
    ("stats", "--from", "2026-01-01", "--to", "2026-11-22"),
    ("export", "decisions", "--format", "jsonl"),
    ("export", "findings", "--format", "csv"),
)


def fill(store: Store, count: int) -> None:
    """Writes ``count`` packets with their decisions and events."""
    rng = random.Random(count)
    with store.write() as (connection, _):
        taken: list[tuple[object, ...]] = []
        made: list[tuple[object, ...]] = []
        happened: list[Event] = []
        for number in range(count):
            row, decision, said = _packet(rng, number)
            taken.append(row)
            happened += said
            if decision is not None:
                made.append(decision)
            if len(taken) == 5_000 or number == count - 1:
                bulk.insert(connection, packets, _PACKET, taken)
                bulk.insert(connection, decisions, _DECISION, made)
                append(connection, happened)
                taken, made, happened = [], [], []


_PACKET = [
    "id",
    "name",
    "content_hash",
    "conditions",
    "state",
    "request",
    "uscc",
    "institution",
    "submitted_at",
    "taken_at",
    "as_of",
    "outcome",
    "automatic",
    "decided_on",
    "code",
    "message",
    "archived",
    "report",
]
_DECISION = [
    "packet",
    "made_at",
    "as_of",
    "outcome",
    "automatic",
    "final",
    "findings",
    "services",
    "deadlines",
    "versions",
    "entry",
    "dossier",
]


def _packet(rng: random.Random, number: int) -> tuple[tuple[object, ...], tuple[object, ...] | None, list[Event]]:
    day = AS_OF - timedelta(days=rng.randrange(300))
    body = f"91320299MA{number % 20_000:07d}"
    uscc = body + uscc_check.calc_check_digit(body)
    name = f"示例{number % 20_000}号检测有限公司"
    packet_id = f"{day:%Y%m%d}-101200-{number:08x}"
    outcome = rng.choices(OUTCOMES, (60, 20, 10, 6, 4))[0]
    quarantined = rng.random() < 0.01
    automatic = outcome in ("admit", "supplement", "further_verification")
    final = automatic or rng.random() < 0.7
    at = f"{day}T10:12:00+08:00"
    state = "quarantined" if quarantined else "decided" if final else "waiting"
    row = (
        packet_id,
        f"wx-{number:06d}",
        f"{number:064x}",
        "bench",
        state,
        "admission",
        uscc,
        name,
        at,
        at,
        day.isoformat(),
        None if quarantined else outcome,
        None if quarantined else automatic,
        day.isoformat() if state == "decided" else None,
        "corrupt" if quarantined else None,
        "cut short: hand the file in again" if quarantined else None,
        f"archive/{packet_id}/wx-{number:06d}",
        None if quarantined else f"reports/wx-{number:06d}/decision.html",
    )
    taken = Event(kind="packet.taken", subject=packet_id, data={"name": f"wx-{number:06d}"})
    if quarantined:
        return row, None, [taken, Event(kind="packet.quarantined", subject=packet_id, data={"code": "corrupt"})]
    found = [_finding(code, severity) for code, severity in rng.sample(_CODES, rng.randrange(1, 5))]
    services = [ServiceJudgement(name="食品中铅的测定", item="testing", qualified=True, by=("cma.pdf",))]
    deadlines = [Deadline(clause="5.2.1", duty="notify_applicant", due_on=(day + timedelta(days=3)).isoformat())]
    decision = (
        packet_id,
        f"{day}T02:13:00.123456+00:00",
        day.isoformat(),
        outcome,
        automatic,
        final,
        *(json.dumps([to_json(each) for each in part]) for part in (found, services, deadlines)),
        json.dumps({"program": "0.1.0", "policy": "0123456789ab"}),
        json.dumps({"uscc": uscc, "request": "admission", "category": rng.choice(list(CATEGORIES))}),
        rng.randbytes(6_000),
    )
    read = Event(kind="packet.read", subject=packet_id, data={"pages": rng.randrange(4, 30), "seconds": 21.5})
    said = Event(kind="decision.made", subject=packet_id, data={"outcome": outcome, "uscc": uscc})
    return row, decision, [taken, read, said]


_CODES = (
    ("qualification_expiring", "notice"),
    ("unknown_document", "notice"),
    ("seal_missing", "supplement"),
    ("qualification_expired", "supplement"),
    ("low_confidence", "review"),
    ("credit_not_checked", "verify"),
    ("standard_edition_differs", "verify"),
)


def _finding(code: str, severity: str) -> Finding:
    return Finding(
        code=code,
        clause="4.2",
        severity=severity,  # type: ignore[arg-type]  # one of the table above
        message={"zh": "资质证书“221020340350”的有效期至2026-12-01，即将到期", "en": "the certificate ends soon"},
        document="cma.pdf",
        evidence=(Evidence(file="cma.pdf", page=1, box=(0.1, 0.2, 0.3, 0.4)),),
        remedy={"zh": "请更新证书后重新提交", "en": "renew the certificate and hand it in"},
        expected={"zh": "在审核日有效", "en": "valid on the as-of date"},
    )


def measure(home: Path, command: tuple[str, ...]) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak MiB of one command."""
    code = (
        "import resource, sys, atexit\n"
        "from qi_pipeline.cli.main import main\n"
        "status = main(sys.argv[1:])\n"
        "used = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print('\\nused', used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, status, file=sys.stderr)\n"
    )
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *command],
        env=os.environ | {"QI_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    wall = time.perf_counter() - begun
    _, cpu, memory, status = done.stderr.splitlines()[-1].split()
    if status != "0":
        raise RuntimeError(f"{' '.join(command)} ended with {status}: {done.stderr}")
    return wall, float(cpu), float(memory)


def draw(home: Path, count: int) -> None:
    """Makes the workspace."""
    with Store(f"sqlite:///{home / 'qi.db'}") as store:
        fill(store, count)
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute(sa.text("ANALYZE"))


def main() -> None:
    """Prints the table."""
    for count in [int(text) for text in sys.argv[1:]] or [100_000]:
        with tempfile.TemporaryDirectory(prefix="qi-bench-console-") as folder:
            home = Path(folder)
            # In a process of its own: a child's peak memory would begin with what its parent has.
            code = "import pathlib, sys; from benchmarks.console.__main__ import draw; "
            code += "draw(pathlib.Path(sys.argv[1]), int(sys.argv[2]))"
            subprocess.run([sys.executable, "-c", code, folder, str(count)], check=True)
            size = (home / "qi.db").stat().st_size >> 20
            print(f"{count} packets, database {size} MiB")
            print(f"{'command':44} {'wall s':>8} {'cpu s':>8} {'MiB':>8}")
            for command in COMMANDS:
                wall, cpu, memory = measure(home, command)
                print(f"{' '.join(command):44} {wall:8.2f} {cpu:8.2f} {memory:8.0f}", flush=True)


if __name__ == "__main__":
    main()
