"""The nightly flow in a real Prefect: the same answer as the command, a report, one task a range."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nightly_cases import Roster

_FLOW = """
import json
from qi_pipeline.flows._runtime import configure
from qi_pipeline.settings import load_settings
configure(load_settings())
from qi_pipeline.flows.server import prefect_server
with prefect_server():  # as serve does
    from qi_pipeline.flows.nightly import nightly
    print(json.dumps(nightly(as_of="2026-05-01")))
"""


@pytest.mark.system
def test_flow_gives_the_answer_of_the_command(tmp_path: Path) -> None:
    roster = Roster(tmp_path)
    gone, ending = roster.institution(1), roster.institution(2)
    roster.certificate(gone, "2026-03-31")
    roster.certificate(ending, "2026-05-31")
    roster.store.close()
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("QI_", "PREFECT_"))}
    environment |= {"QI_HOME": str(tmp_path)}
    result = subprocess.run([sys.executable, "-c", _FLOW], env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-3000:]
    answer = json.loads(result.stdout.strip().splitlines()[-1])
    assert [entry["uscc"] for entry in answer["deregistered"]] == [gone]
    assert [entry["uscc"] for entry in answer["expiring"]] == [ending]
    assert (tmp_path / "reports" / "nightly" / "2026-05-01" / "letters" / "ZX-2026-000001.html").is_file()
    command = "from qi_pipeline.cli.main import main; raise SystemExit(main())"
    again = subprocess.run(
        [sys.executable, "-c", command, "nightly", "--as-of", "2026-05-01", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(again.stdout) == {**answer, "deregistered": []}
