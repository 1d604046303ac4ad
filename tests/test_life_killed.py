"""A night that was killed while it wrote: nothing half written stays behind, and nothing of the living is touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from qi_pipeline.reports.files import remove_unfinished, write_pieces

WRITER = """
import sys
from pathlib import Path
from qi_pipeline.reports.files import write_pieces

def pieces():
    yield "half"
    print("begun", flush=True)
    sys.stdin.read()
    yield " whole"

write_pieces(Path(sys.argv[1]), pieces())
"""


def writer(path: Path) -> subprocess.Popen[str]:
    """A process that has written half of the file and waits."""
    begun = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert begun.stdout is not None
    assert begun.stdout.readline() == "begun\n"
    return begun


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    write_pieces(path, ["before"])
    with writer(path) as killed:
        assert len(list(tmp_path.iterdir())) == 2
        os.kill(killed.pid, signal.SIGKILL)
    assert path.read_text(encoding="utf-8") == "before"
    assert remove_unfinished(tmp_path, tmp_path / "letters") == 1
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_living_process_writes_stays(tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    with writer(path) as living:
        assert remove_unfinished(tmp_path) == 0
        living.communicate()
    assert path.read_text(encoding="utf-8") == "half whole"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_no_copy_stays(tmp_path: Path) -> None:
    (tmp_path / ".ready").write_text("x", encoding="utf-8")
    (tmp_path / "notes.part").write_text("x", encoding="utf-8")
    assert remove_unfinished(tmp_path) == 0
    assert len(list(tmp_path.iterdir())) == 2
