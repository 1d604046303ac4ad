"""A disk that is really full: a small file system of its own, filled to the last block, and to some blocks before it.

Whatever lies on it (workspace, database, reports, backups): one clear error with the remedy, nothing lost, nothing
quarantined, and the next run after there is space again goes on. Needs the right to mount; left out where that is not.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from papers.packets import good_packet
from qi_pipeline.cli.main import main
from qi_pipeline.context import Context
from qi_pipeline.errors import PassingError
from qi_pipeline.ingest import run_ingest
from qi_pipeline.intake import inbox
from qi_pipeline.records.backup import make_backup, snapshots
from qi_pipeline.records.restore import restore
from qi_pipeline.records.store import Store
from qi_pipeline.records.watch import watched
from qi_pipeline.reports.night import report_night
from qi_pipeline.residency.nightly import run_night
from stored_pool import StoredPool, drop, workspace
from test_faults import all_is_well, contents

AS_OF = date(2026, 11, 22)
LEFT = (0, 40, 300)
"""KiB that are free when a run begins."""
pytestmark = pytest.mark.sqlite


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MiB."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "none", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no right to mount a file system")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@contextmanager
def filled(place: Path, left: int) -> Iterator[None]:
    """While it lasts, only ``left`` KiB of the disk are free."""
    ballast = place / ".ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 16))
        except OSError:
            pass
        free = os.statvfs(place)
        size = file.tell() + free.f_bavail * free.f_frsize
        with suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, size)
        os.ftruncate(file.fileno(), max(0, file.seek(0, os.SEEK_END) - left * 1024))
    try:
        yield
    finally:
        ballast.unlink()


def settings_on(disk: Path, which: str, tmp_path: Path, context: Context) -> Context:
    """The context with one of its parts on the small disk."""
    settings = context.settings
    if which == "database":
        settings = replace(settings, database_url=f"sqlite:///{disk / 'qi.db'}")
    return replace(context, settings=settings)


@pytest.mark.parametrize("which", ["workspace", "database", "reports"])
def test_a_full_disk_is_one_clear_error_and_heals_by_itself(disk: Path, tmp_path: Path, which: str) -> None:
    home = disk / "home" if which == "workspace" else tmp_path / "home"
    home.mkdir()
    if which == "reports":
        (home / "reports").symlink_to(disk)
    said: list[str] = []
    with workspace(home) as (given, stored):
        policy = replace(given.policy, reports=replace(given.policy.reports, notice_pdf=False))
        context = settings_on(disk, which, tmp_path, replace(given, policy=policy))
        laid: dict[str, dict[str, bytes]] = {}
        for number, left in enumerate(LEFT):
            name, as_of = f"p{left}", AS_OF + timedelta(days=number)
            laid[name] = contents(drop(context, stored, good_packet(), name))
            with filled(disk, left):
                said += attempts(context, as_of)
            with Store(context.settings.database_url) as store:
                own = replace(context, store=store)
                run = run_ingest(own, AS_OF)
                assert (run.failed, run.quarantined, run.duplicates) == ([], [], []), left
                night(own, as_of)
        with Store(context.settings.database_url) as store:
            all_is_well(replace(context, store=store), laid, which)
    assert len(said) >= 3
    for each in said:
        assert "the disk is full" in each or "No space left on device" in each
        assert "run again" in each or "the next run" in each


def attempts(context: Context, as_of: date) -> list[str]:
    """What an ingest and a night said that found no room."""
    said = []
    for work in (lambda own: run_ingest(own, AS_OF), lambda own: night(own, as_of)):
        try:
            with Store(context.settings.database_url) as store:
                work(replace(context, store=store))
        except PassingError as error:
            said.append(str(error))
    return said


def night(context: Context, as_of: date) -> None:
    answer = run_night(context.store, as_of, context.policy)
    answer = watched(context.store, context.settings, context.policy.integrity, answer)
    report_night(context.settings, context.store, context.policy, answer)


@pytest.fixture
def judged(tmp_path: Path) -> Iterator[tuple[Context, StoredPool]]:
    with workspace(tmp_path / "home") as (context, stored):
        drop(context, stored, good_packet(), "one")
        assert run_ingest(context, AS_OF).packets
        yield context, stored


@pytest.mark.parametrize("left", [0, 120, 500])
def test_a_backup_to_a_full_disk_is_whole_or_not_there(
    disk: Path, tmp_path: Path, judged: tuple[Context, StoredPool], left: int
) -> None:
    context, _ = judged
    kept = disk / "kept"
    with filled(disk, left), pytest.raises(PassingError, match=r"the disk is full; .*run again"):
        make_backup(context.settings, kept)
    assert snapshots(kept) == []
    assert list(kept.glob("snapshots/.*")) == []
    made = make_backup(context.settings, kept)
    home = tmp_path / "second"
    again = replace(context.settings, home=home, database_url=f"sqlite:///{home / 'qi.db'}")
    assert restore(again, kept).head == made.head


def test_a_restore_to_a_full_disk_leaves_nothing(
    disk: Path, tmp_path: Path, judged: tuple[Context, StoredPool]
) -> None:
    context, _ = judged
    kept, home = tmp_path / "kept", disk / "home"
    make_backup(context.settings, kept)
    again = replace(context.settings, home=home, database_url=f"sqlite:///{home / 'qi.db'}")
    for left in (0, 40, 300):
        with filled(disk, left), pytest.raises(PassingError, match=r"the disk is full; .*run again"):
            restore(again, kept)
        assert not home.exists() or list(home.iterdir()) == []
    assert restore(again, kept).packets == 1


@pytest.mark.parametrize("command", [["ingest"], ["nightly"], ["status"]])
@pytest.mark.parametrize("fresh", [True, False], ids=["fresh", "used"])
def test_commands_on_a_full_disk_say_so_in_one_line(
    disk: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    fresh: bool,
) -> None:
    monkeypatch.setenv("QI_HOME", str(disk / "home"))
    (disk / "home").mkdir()
    if not fresh:
        assert main(["nightly"]) == 0
    capsys.readouterr()
    with filled(disk, 0):
        status = main(command)
        err = capsys.readouterr().err
        if status:
            assert status == 1
            [line] = err.splitlines()
            assert "the disk is full" in line
    if fresh or command == ["nightly"]:
        assert status == 1
    assert main(command) == 0


def test_output_that_finds_no_room_is_one_line(tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        run = subprocess.run(
            [sys.executable, "-c", "from qi_pipeline.cli.main import main; raise SystemExit(main())", "config"],
            env=os.environ | {"QI_HOME": str(tmp_path)},
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert run.returncode == 1
    [line] = run.stderr.decode().splitlines()
    assert "the disk is full" in line


def test_a_disk_that_gives_no_more_than_a_file_may_have_is_full_too(tmp_path: Path) -> None:
    """A limit by quota or ``ulimit -f`` shows only when it is tried."""
    import resource
    import signal

    with workspace(tmp_path) as (context, stored):
        drop(context, stored, good_packet(), "one")
        size = (tmp_path / "qi.db").stat().st_size
        context.store.engine.dispose()
        before, plain = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size // 8, before[1]))
        try:
            with (
                pytest.raises(PassingError, match="the disk is full"),
                Store(context.settings.database_url) as store,
            ):
                run_ingest(replace(context, store=store), AS_OF)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, plain)
        inbox.prepare(context.settings)
        assert [each["outcome"] for each in run_ingest(context, AS_OF).packets] == ["admit"]
