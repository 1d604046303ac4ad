"""What dead processes left is removed at the next start; what the living are at work on is not."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest

from qi_pipeline.ingest import open_context
from qi_pipeline.intake import inbox, leftovers
from qi_pipeline.intake.leftovers import YOUNG, at_work, hold
from qi_pipeline.settings import Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    made = load_settings({"QI_HOME": str(tmp_path / "home")})
    made.home.mkdir()
    inbox.prepare(made)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return made


def old(path: Path, seconds: float = 2 * YOUNG) -> Path:
    moment = time.time() - seconds
    os.utime(path, (moment, moment), follow_symlinks=False)
    return path


def half_copies(settings: Settings) -> list[Path]:
    new, incoming = settings.work / "originals" / "new", settings.work / "incoming" / "0a1b"
    new.mkdir()
    incoming.mkdir(parents=True)
    (new / "f00d").write_bytes(b"half a file")
    (incoming / "packet.pdf").write_bytes(b"half a packet")
    return [old(new / "f00d"), old(incoming)]


def test_half_copies_of_the_dead_are_removed_at_the_start(settings: Settings) -> None:
    left = half_copies(settings)
    kept = settings.work / "originals" / "ab" / ("ab" + "0" * 62)
    kept.parent.mkdir()
    kept.write_bytes(b"an original")
    old(kept)
    with open_context(settings):
        assert not any(os.path.lexists(path) for path in left)
        assert kept.read_bytes() == b"an original"


def test_nothing_is_removed_while_another_process_is_at_work(settings: Settings) -> None:
    left = half_copies(settings)
    (began, begins), (tell, told) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        with at_work(settings, now=0):  # by this clock everything is young
            os.write(begins, b"x")
            os.read(tell, 1)
        os._exit(0)
    os.read(began, 1)
    with at_work(settings) as removed:
        assert removed == 0
    os.write(told, b"x")
    os.waitpid(child, 0)
    with at_work(settings) as removed:
        assert removed == len(left)


def test_scratch_of_a_dead_parent_goes_and_that_of_a_living_one_stays(settings: Settings) -> None:
    scratch = Path(tempfile.gettempdir())
    dead, living, young, other = (
        scratch / name for name in ("qi-reading-dead", "qi-reading-live", "qi-reading-x", "y")
    )
    for folder in (dead, living, young, other):
        folder.mkdir(mode=0o700)
        (folder / "page.png").write_bytes(b"x")
    for folder in (dead, living, other):
        old(folder)
    link = scratch / "qi-reading-link"
    link.symlink_to(other)
    old(link)
    held = hold(living)
    try:
        with at_work(settings) as removed:
            assert removed == 1
        assert sorted(path.name for path in scratch.iterdir()) == sorted(
            ["qi-reading-live", "qi-reading-x", "y", "qi-reading-link"]
        )
        assert (other / "page.png").is_file()
    finally:
        os.close(held)
    with at_work(settings) as removed:
        assert removed == 1


def test_scratch_of_commands_goes_after_a_day(settings: Settings) -> None:
    folder = Path(tempfile.gettempdir()) / "qi-extract-1"
    folder.mkdir(mode=0o700)
    old(folder, 3 * 3600)
    with at_work(settings) as removed:
        assert removed == 0
    old(folder, 2 * 86_400)
    with at_work(settings) as removed:
        assert removed == 1


def test_a_folder_that_others_may_write_is_none_of_ours(settings: Settings) -> None:
    folder = Path(tempfile.gettempdir()) / "qi-reading-shared"
    folder.mkdir()
    folder.chmod(0o777)
    old(folder)
    assert not leftovers._is_ours(folder)
    with at_work(settings) as removed:
        assert removed == 0
