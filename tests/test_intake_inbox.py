"""What is ready, what still changes, what is none: with clocks and file times that tests set."""

import os
import socket
from pathlib import Path

import pytest

from qi_pipeline.errors import InstallationError, UsageError
from qi_pipeline.intake import disk, inbox
from qi_pipeline.settings import Settings

NOW = 2_000_000_000.0


@pytest.fixture
def settings(tmp_path):
    made = Settings(home=tmp_path / "home", database_url="sqlite://", settle_seconds=3.0)
    inbox.prepare(made)
    return made


def drop(settings: Settings, name: str, *, age: float, data: bytes = b"%PDF-1.7") -> Path:
    path = settings.inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (NOW - age, NOW - age))
    if path.parent != settings.inbox:
        os.utime(path.parent, (NOW - age, NOW - age))
    return path


def names(candidates):
    return [candidate.name for candidate in candidates]


def test_a_packet_is_ready_once_it_has_not_changed_for_the_settling_time(settings):
    drop(settings, "old.pdf", age=3.0)
    drop(settings, "new.pdf", age=2.9)
    scan = inbox.scan(settings, NOW)
    assert names(scan.ready) == ["old.pdf"]
    assert names(scan.unsettled) == ["new.pdf"]


def test_the_newest_file_deep_inside_a_folder_counts(settings):
    drop(settings, "wx/scans/a.pdf", age=100)
    drop(settings, "wx/scans/b.pdf", age=1)
    os.utime(settings.inbox / "wx", (NOW - 100, NOW - 100))
    assert names(inbox.scan(settings, NOW).unsettled) == ["wx"]
    os.utime(settings.inbox / "wx/scans/b.pdf", (NOW - 50, NOW - 50))
    os.utime(settings.inbox / "wx/scans", (NOW - 50, NOW - 50))
    assert names(inbox.scan(settings, NOW).ready) == ["wx"]


def test_a_ready_mark_takes_a_folder_at_once_but_only_at_its_top(settings):
    drop(settings, "marked/a.pdf", age=0)
    drop(settings, "marked/.ready", age=0, data=b"")
    drop(settings, "deep/sub/.ready", age=0, data=b"")
    scan = inbox.scan(settings, NOW)
    assert names(scan.ready) == ["marked"]
    assert names(scan.unsettled) == ["deep"]


def test_a_time_in_the_future_does_not_keep_a_packet_for_ever(settings):
    path = drop(settings, "camera.pdf", age=-86_400 * 365)
    now = path.stat().st_ctime
    assert names(inbox.scan(settings, now + 1).unsettled) == ["camera.pdf"]
    assert names(inbox.scan(settings, now + 4).ready) == ["camera.pdf"]


def test_a_clock_that_was_set_back_delays_a_packet_by_the_settling_time_only(settings):
    path = drop(settings, "wx.pdf", age=0)
    past = path.stat().st_ctime - 1_000_000  # both times of the file lie in the future now
    os.utime(path, (past + 2_000_000,) * 2)
    assert names(inbox.scan(settings, past).unsettled) == ["wx.pdf"]
    assert names(inbox.scan(settings, past + 2).unsettled) == ["wx.pdf"]
    assert names(inbox.scan(settings, past + 3).ready) == ["wx.pdf"]


def test_a_changing_packet_dated_in_the_future_is_not_taken(settings):
    path = drop(settings, "wx.pdf", age=0)
    past = path.stat().st_ctime - 1_000_000
    assert names(inbox.scan(settings, past).unsettled) == ["wx.pdf"]
    path.write_bytes(b"%PDF-1.7 more")
    assert names(inbox.scan(settings, past + 5).unsettled) == ["wx.pdf"]
    assert names(inbox.scan(settings, past + 8).ready) == ["wx.pdf"]


def test_hidden_files_are_passed_over_and_anything_else_is_named(settings):
    for name in (".hidden.pdf", "Thumbs.db", ".DS_Store", "notes.txt", "form.docx", "A.PDF", "b.TiFF", "c.ofd"):
        drop(settings, name, age=10)
    scan = inbox.scan(settings, NOW)
    assert sorted(names(scan.ready)) == ["A.PDF", "b.TiFF", "c.ofd"]
    assert sorted(left.name for left in scan.ignored) == ["form.docx", "notes.txt"]
    assert all(left.code is None for left in scan.ignored)


def test_links_pipes_and_sockets_are_named_unsafe_and_never_followed(settings, tmp_path):
    secret = tmp_path / "secret.pdf"
    secret.write_bytes(b"%PDF")
    (settings.inbox / "link.pdf").symlink_to(secret)
    (settings.inbox / "folder").symlink_to(tmp_path)
    os.mkfifo(settings.inbox / "pipe.pdf")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(settings.inbox / "s.pdf"))
        scan = inbox.scan(settings, NOW * 2)
    assert scan.ready == ()
    assert {left.name: left.code for left in scan.ignored} == dict.fromkeys(
        ["link.pdf", "folder", "pipe.pdf", "s.pdf"], "unsafe_path"
    )


def test_packets_come_oldest_first_and_pages_in_order(settings):
    drop(settings, "supplement.zip", age=5)
    drop(settings, "first.zip", age=50)
    for number in (10, 9):
        drop(settings, f"p{number}.pdf", age=20)
    assert names(inbox.scan(settings, NOW).ready) == ["first.zip", "p9.pdf", "p10.pdf", "supplement.zip"]


def test_names_in_gbk_bytes_are_shown_as_text(settings):
    raw = os.fsencode(settings.inbox) + b"/" + "检测.pdf".encode("gbk")
    Path(os.fsdecode(raw)).write_bytes(b"%PDF")
    assert names(inbox.scan(settings, NOW).ready) == ["检测.pdf"]


def test_a_file_that_vanishes_while_it_is_looked_at_is_passed_over(settings):
    drop(settings, "gone.pdf", age=10)
    drop(settings, "stays.pdf", age=10)
    looks = []

    def lstat(path):
        looks.append(path.name)
        if path.name == "gone.pdf" and looks.count("gone.pdf") > 1:
            raise FileNotFoundError(2, "gone")
        return path.lstat()

    assert names(inbox.scan(settings, NOW, lstat=lstat).ready) == ["stays.pdf"]


def test_packets_named_by_the_caller_are_found_by_path_and_by_name(settings, monkeypatch):
    drop(settings, "a.pdf", age=10)
    drop(settings, "b.pdf", age=1)
    monkeypatch.chdir(settings.home)
    scan = inbox.named(settings, [Path("inbox/a.pdf"), Path("b.pdf")], NOW)
    assert (names(scan.ready), names(scan.unsettled)) == (["a.pdf"], ["b.pdf"])
    with pytest.raises(UsageError, match="no such packet"):
        inbox.named(settings, [Path("c.pdf")], NOW)
    outside = settings.home / "x.pdf"
    outside.write_bytes(b"%PDF")
    with pytest.raises(UsageError, match="not in the inbox"):
        inbox.named(settings, [outside], NOW)


def test_the_inbox_named_by_the_caller_stands_for_the_packets_in_it(settings, monkeypatch):
    first, second = drop(settings, "a.pdf", age=10), drop(settings, "b.pdf", age=10)
    monkeypatch.chdir(settings.home)
    assert inbox.places(settings, [Path("inbox"), Path("b.pdf")]) == [first, second]
    assert inbox.places(settings, [settings.inbox]) == [first, second]
    assert inbox.places(settings, [Path("inbox/b.pdf")]) == [second]


@pytest.mark.parametrize("path", [".", ".."])
def test_a_folder_that_holds_the_workspace_is_no_packet(settings, monkeypatch, path):
    monkeypatch.chdir(settings.home)
    with pytest.raises(UsageError, match="the workspace lies in it"):
        inbox.places(settings, [Path(path)])


def test_a_workspace_on_two_file_systems_is_refused(settings, monkeypatch):
    plain = Path.stat

    def stat(self, **options):
        info = plain(self, **options)
        return os.stat_result((*info[:2], 99, *info[3:])) if self == settings.archive else info

    monkeypatch.setattr(Path, "stat", stat)
    with pytest.raises(InstallationError, match="another file system"):
        inbox.prepare(settings)


def test_a_workspace_that_cannot_be_made_names_the_place(tmp_path):
    (tmp_path / "home").write_text("in the way")
    settings = Settings(home=tmp_path / "home", database_url="sqlite://")
    with pytest.raises(InstallationError, match="home"):
        inbox.prepare(settings)


def test_a_full_disk_is_a_fault_that_passes(tmp_path):
    from qi_pipeline.errors import PassingError

    with pytest.raises(PassingError, match="disk is full"), disk.own_faults("originals"):
        raise OSError(28, "No space left on device")
