"""``python -m benchmarks.reading.endurance``: memory over many packets, read by one pool as ``watch`` does.

Small drawn pages, each another one, from file to certain values. A row for every 50 packets has the most resident
memory of the parent and of its reading processes that was seen after one of them. Flat means: the last row is at
most 1.2 times the first.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_LINES = 7


def main() -> int:
    """Prints a row for every 50 packets and the ratio of the last to the first; exit 1 when that is above 1.2."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading.endurance", description=__doc__)
    parser.add_argument("--packets", type=int, default=500, help="how many (500)")
    parser.add_argument("--every", type=int, default=50, help="packets a row (50)")
    parser.add_argument("--jobs", type=int, default=1, help="reading processes (1)")
    parser.add_argument("--minutes", type=float, default=60, help="stop after so long (60)")
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tests"))
    os.nice(max(0, 10 - os.nice(0)))
    for variable in ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"
    from qi_pipeline.intake.packet import open_packet
    from qi_pipeline.papers import read_papers
    from qi_pipeline.policy import default_policy
    from qi_pipeline.reading.pool import ReaderPool
    from qi_pipeline.settings import load_settings

    limits = default_policy().limits
    first = last = 0
    most = (0, 0)
    print(f"{'packets':>8} {'parent MiB':>11} {'readers MiB':>12} {'CPU s/packet':>13}")
    with tempfile.TemporaryDirectory(prefix="qi-endurance-") as folder:
        home = Path(folder)
        with ReaderPool(load_settings({"QI_HOME": folder, "QI_WORKERS": str(given.jobs)}), limits) as pool:
            started = time.monotonic()
            from benchmarks.reading.ours import family_cpu

            used = family_cpu()
            for number in range(1, given.packets + 1):
                picture = home / f"{number}.jpg"
                picture.write_bytes(tiny(number))
                contents = open_packet(picture, limits, home / "originals")
                pages = home / "pages"
                read_papers(contents.files, pool, pages, None)
                for path in [picture, *pages.iterdir(), *(f.path for f in contents.files)]:
                    path.unlink()
                most = max(most, resident(), key=sum)  # a reader that was just renewed would hide the rest
                if number % given.every == 0:
                    (own, readers), most = most, (0, 0)
                    spent = (family_cpu() - used) / number
                    print(f"{number:>8} {own:>11} {readers:>12} {spent:>13.2f}", flush=True)
                    first, last = first or own + readers, own + readers
                    if time.monotonic() - started > 60 * given.minutes:
                        break
    if not first:
        print(f"fewer than {given.every} packets")
        return 0
    print(f"the last row has {last / first:.2f} times the memory of the first")
    return int(last > 1.2 * first)


def tiny(number: int) -> bytes:
    """A small certificate of a number of its own, as JPEG."""
    from papers import age, invent
    from papers.sheet import Sheet

    body = invent.institution(number)
    sheet = Sheet(120 + number % 7 * 4, 80 + number % 5 * 3)
    lines = (
        "安全生产许可证",
        f"编号：（苏）JZ安许证字〔2025〕{number:06d}",
        f"企业名称：{body.name}",
        f"统一社会信用代码：{body.uscc}",
        f"主要负责人：{body.person}",
        f"单位地址：{body.address}",
        f"有效期：2025年03月{1 + number % 28:02d}日至2028年03月{1 + number % 28:02d}日",
    )
    for n, text in enumerate(lines[:_LINES]):
        sheet.text(8, 6 + 10 * n, text, 6 if n == 0 else 3.6, face="song")
    return age.aged(sheet, "scan200", number).jpeg()


def resident() -> tuple[int, int]:
    """Resident MiB of this process and of all it started."""
    from benchmarks.reading.ours import family

    sizes = [_resident(pid) for pid in family()]
    return sizes[0], sum(sizes[1:])


def _resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status")
    told = status.read_text() if status.is_file() else ""
    return int(told.partition("VmRSS:")[2].split()[0]) // 1024 if "VmRSS:" in told else 0


if __name__ == "__main__":
    sys.exit(main())
