"""Whether there is a face with Chinese characters, without which papers and reports show boxes."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from datetime import date

from qi_pipeline.doctor.checks import Check, fault, ok, warning
from qi_pipeline.settings import Settings

_GROUP = "fonts"
_REMEDY = "install one, such as fonts-noto-cjk (`sh tools/system-packages.sh`)"


def examine(_settings: Settings, _today: date) -> Iterator[Check]:
    """What fontconfig finds, which is what draws OFD pages and PDF reports."""
    program = shutil.which("fc-list")
    if program is None:
        yield warning(_GROUP, "chinese", "fc-list is not installed, so it can't be told", "install fontconfig")
        return
    shown = subprocess.run(  # noqa: S603 - the program found on PATH, with fixed arguments
        [program, ":lang=zh-cn", "family"], capture_output=True, text=True, check=False, timeout=60
    )
    families = sorted({line.partition(",")[0].strip() for line in shown.stdout.splitlines() if line.strip()})
    if not families:
        yield fault(_GROUP, "chinese", "there is no face with Chinese characters", _REMEDY)
    else:
        more = f" and {len(families) - 3} more" if len(families) > 3 else ""
        yield ok(_GROUP, "chinese", ", ".join(families[:3]) + more)
