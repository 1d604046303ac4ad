"""Claims: one owner, moved whole, resumed after a crash, nothing ever overwritten or lost."""

import errno
import json
import multiprocessing
import os
import time
from pathlib import Path

import pytest

from qi_pipeline.errors import InstallationError, PacketError, PassingError, UsageError
from qi_pipeline.intake import claims, disk, inbox
from qi_pipeline.settings import Settings

NOW = 1_795_300_000.0


@pytest.fixture
def settings(tmp_path):
    made = Settings(home=tmp_path, database_url="sqlite://", settle_seconds=0)
    inbox.prepare(made)
    return made


def drop(settings: Settings, name: str = "wx-1", files: dict[str, bytes] | None = None) -> Path:
    folder = settings.inbox / name
    folder.mkdir()
    for file, data in (files or {"a.pdf": b"%PDF a", "b.pdf": b"%PDF b"}).items():
        (folder / file).write_bytes(data)
    return folder


def take(settings: Settings, name: str = "wx-1") -> claims.Claim:
    candidate = next(item for item in inbox.scan(settings, time.time() + 1).ready if item.name == name)
    claim = claims.claim(settings, candidate, NOW)
    assert claim is not None
    return claim


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def left_over(settings: Settings) -> list[str]:
    return sorted(path.name for path in (settings.work / "claims").iterdir())


def test_a_taken_packet_ends_whole_in_the_archive(settings):
    before = contents(drop(settings))
    claim = take(settings)
    assert list(settings.inbox.iterdir()) == []
    place = claim.finish_archive()
    assert place == Path("archive", claim.id, "wx-1")
    assert contents(settings.home / place) == before
    assert left_over(settings) == []


def test_a_quarantined_packet_lies_beside_its_reason(settings):
    (settings.inbox / "bad.zip").write_bytes(b"nothing")
    claim = take(settings, "bad.zip")
    assert claim.packet == "bad"
    place = claim.finish_quarantine("corrupt", {"zh": "压缩包已损坏", "en": "damaged"}, now=NOW)
    assert (settings.home / place).read_bytes() == b"nothing"
    reason = json.loads((settings.home / place.parent / "reason.json").read_text(encoding="utf-8"))
    assert reason == {
        "packet": "bad",
        "code": "corrupt",
        "message": {"zh": "压缩包已损坏", "en": "damaged"},
        "at": "2026-11-22T06:26:40+08:00",
    }


def test_a_packet_called_like_the_reason_is_not_overwritten(settings):
    drop(settings, "reason.json", {"a.pdf": b"mine"})
    place = take(settings, "reason.json").finish_quarantine("empty", {"en": "x"}, now=NOW)
    assert contents(settings.home / place) == {"a.pdf": b"mine"}
    assert len(list((settings.home / place.parent).iterdir())) == 2


def test_the_same_name_twice_never_overwrites(settings):
    places = []
    for data in (b"first", b"second"):
        drop(settings, "wx-1", {"a.pdf": data})
        places.append(take(settings).finish_archive())
    assert [contents(settings.home / place)["a.pdf"] for place in places] == [b"first", b"second"]


def test_a_packet_that_changed_since_the_scan_is_left_for_the_next(settings):
    folder = drop(settings)
    [candidate] = inbox.scan(settings, time.time() + 1).ready
    (folder / "c.pdf").write_bytes(b"late")
    assert claims.claim(settings, candidate, NOW) is None
    assert folder.is_dir()
    assert left_over(settings) == []


def test_of_two_claims_on_one_packet_one_fails(settings):
    drop(settings)
    [candidate] = inbox.scan(settings, time.time() + 1).ready
    first, second = claims.claim(settings, candidate, NOW), claims.claim(settings, candidate, NOW)
    assert (first is None) != (second is None)


def grab(home: Path, start, answers) -> None:
    settings = Settings(home=home, database_url="sqlite://", settle_seconds=0)
    found = inbox.scan(settings, time.time() + 1).ready
    start.wait()
    mine = []
    for candidate in found:
        claim = claims.claim(settings, candidate, NOW)
        if claim is not None:
            mine.append(claim.name)
            claim.finish_archive()
    answers.put(mine)


def test_processes_racing_for_one_inbox_share_it_without_a_packet_taken_twice(settings):
    wanted = {f"p{number:03}" for number in range(60)}
    for name in wanted:
        drop(settings, name, {"a.pdf": name.encode()})
    context = multiprocessing.get_context("fork")
    start, answers = context.Barrier(3), context.Queue()
    racers = [context.Process(target=grab, args=(settings.home, start, answers)) for _ in range(3)]
    for racer in racers:
        racer.start()
    taken = [name for _ in racers for name in answers.get()]
    for racer in racers:
        racer.join()
    assert sorted(taken) == sorted(wanted)
    assert sorted(path.name for path in settings.archive.glob("*/*")) == sorted(wanted)
    assert list(settings.inbox.iterdir()) == []
    assert left_over(settings) == []


def test_the_claim_of_a_living_process_is_left_alone_and_a_dead_ones_taken_over(settings):
    drop(settings)
    claim = take(settings)
    assert claims.recover(settings) == []
    claim.release()  # what the kernel does when its owner dies
    [again] = claims.recover(settings)
    assert (again.id, again.name, again.end) == (claim.id, "wx-1", None)
    assert claims.recover(settings) == []
    again.finish_archive()
    assert contents(settings.archive / claim.id / "wx-1") == {"a.pdf": b"%PDF a", "b.pdf": b"%PDF b"}


def crash_at(number: int, work) -> bool:
    """Whether ``work`` was killed at the ``number``-th touch of the disk, in a process of its own."""
    child = os.fork()
    if child == 0:
        calls = [0]

        def door(plain):
            def counted(*arguments):
                calls[0] += 1
                if calls[0] == number:
                    os._exit(9)
                return plain(*arguments)

            return counted

        for name in ("rename", "sync_folder", "sync_file"):
            setattr(disk, name, door(getattr(disk, name)))
        try:
            work()
        except BaseException:  # noqa: BLE001 - the border of the child process
            os._exit(70)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, 9)
    return status == 9


@pytest.mark.parametrize("end", ["archive", "quarantine"])
def test_killed_at_any_touch_of_the_disk_a_packet_ends_whole_exactly_once(settings, end):
    def run() -> None:
        found = claims.recover(settings)
        for candidate in inbox.scan(settings, time.time() + 1).ready:
            claim = claims.claim(settings, candidate, NOW)
            if claim is not None:
                found.append(claim)
        for claim in found:
            if end == "archive":
                claim.finish_archive()
            else:
                claim.finish_quarantine("corrupt", {"en": "damaged"}, now=NOW)

    number, killed = 0, True
    while killed:
        number += 1
        name = f"wx-{number}"
        before = contents(drop(settings, name))
        killed = crash_at(number, run)
        run()
        [place] = [path for path in (settings.home / end).glob(f"*/{name}")]
        assert contents(place) == before, f"after a crash at touch {number}"
        assert list(settings.inbox.iterdir()) == []
        assert left_over(settings) == []
        if end == "quarantine":
            assert json.loads((place.parent / "reason.json").read_text())["code"] == "corrupt"
    assert number > 8  # the loop went through every door


def test_a_finish_that_was_cut_off_keeps_its_end_and_knows_where_the_packet_is(settings, monkeypatch):
    before = contents(drop(settings))
    claim = take(settings)

    def fails(*_: object) -> None:
        raise OSError(errno.EIO, "broken", "x")

    with monkeypatch.context() as patch:
        patch.setattr(disk, "remove_own", fails)
        with pytest.raises(PassingError):
            claim.finish_archive()
    claim.release()
    [again] = claims.recover(settings)
    assert again.end == "archive"
    assert contents(again.path) == before
    again.finish_quarantine("corrupt", {"en": "no: it was archived"}, now=NOW)
    assert contents(settings.archive / claim.id / "wx-1") == before
    assert list(settings.quarantine.iterdir()) == []


def test_a_full_disk_quarantines_nothing_and_the_next_run_goes_on(settings, monkeypatch):
    before = contents(drop(settings))
    plain = disk.sync_file
    for full in range(1, 12):

        def fails(descriptor: int, count=[0], full=full) -> None:  # noqa: B006 - counts over the calls
            count[0] += 1
            if count[0] == full:
                raise OSError(errno.ENOSPC, "No space left on device")
            plain(descriptor)

        monkeypatch.setattr(disk, "sync_file", fails)
        try:
            found = claims.recover(settings)
            for candidate in inbox.scan(settings, time.time() + 1).ready:
                claim = claims.claim(settings, candidate, NOW)
                assert claim is not None
                found.append(claim)
            for claim in found:
                with claim:
                    claim.finish_archive()
        except PassingError:
            continue
        break
    [place] = settings.archive.glob("*/*")
    assert contents(place) == before
    assert list(settings.quarantine.iterdir()) == []
    assert left_over(settings) == []


def test_what_cannot_be_read_stays_in_the_inbox(settings, monkeypatch):
    folder = drop(settings)
    plain = os.open

    def refused(path, *arguments, **options):
        if str(path).endswith("b.pdf"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return plain(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refused)
    [candidate] = inbox.scan(settings, time.time() + 1).ready
    with pytest.raises(PacketError, match=r"wx-1/b\.pdf: can't be read") as caught:
        claims.claim(settings, candidate, NOW)
    assert caught.value.code == "permission"
    assert folder.is_dir()
    assert left_over(settings) == []


def test_what_cannot_be_moved_stays_in_the_inbox(settings, monkeypatch):
    folder = drop(settings)
    plain = disk.rename

    def refused(source: Path, target: Path) -> None:
        if source == folder:
            raise PermissionError(errno.EPERM, "Operation not permitted", str(source))
        plain(source, target)

    monkeypatch.setattr(disk, "rename", refused)
    [candidate] = inbox.scan(settings, time.time() + 1).ready
    with pytest.raises(PacketError, match="can't be moved") as caught:
        claims.claim(settings, candidate, NOW)
    assert caught.value.code == "permission"
    assert folder.is_dir()
    assert left_over(settings) == []


def test_our_own_folders_without_permission_are_the_installations_fault(settings, monkeypatch):
    drop(settings)
    [candidate] = inbox.scan(settings, time.time() + 1).ready

    def refused(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "x")

    monkeypatch.setattr(disk, "write_whole", refused)
    with pytest.raises(InstallationError, match="no permission"):
        claims.claim(settings, candidate, NOW)


def test_a_packet_put_back_never_replaces_one_that_came_meanwhile(settings):
    (settings.inbox / "a.pdf").write_bytes(b"first")
    claim = take(settings, "a.pdf")
    (settings.inbox / "a.pdf").write_bytes(b"second")
    assert claim.put_back() is False
    (settings.inbox / "a.pdf").rename(settings.home / "elsewhere.pdf")
    assert claim.put_back() is True
    assert (settings.inbox / "a.pdf").read_bytes() == b"first"
    assert left_over(settings) == []


def test_a_claim_whose_journal_is_lost_goes_back_to_the_inbox(settings):
    before = contents(drop(settings))
    claim = take(settings)
    claim.release()
    (settings.work / "claims" / claim.id / ".claim.json").write_text("{")
    assert claims.recover(settings) == []
    assert contents(settings.inbox / "wx-1") == before
    assert left_over(settings) == []


def test_a_packet_from_elsewhere_is_copied_in_and_stays_where_it_is(settings, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.pdf").write_bytes(b"%PDF")
    (outside / "link.pdf").symlink_to("/etc/hostname")
    os.mkfifo(outside / "pipe.pdf")
    place = claims.bring_in(settings, outside, NOW).finish_archive()
    kept = settings.home / place
    assert (kept / "a.pdf").read_bytes() == (outside / "a.pdf").read_bytes()
    assert (kept / "link.pdf").readlink() == Path("/etc/hostname")
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(UsageError, match="not a packet"):
        claims.bring_in(settings, tmp_path / "notes.txt", NOW)


def test_names_in_any_bytes_come_through(settings):
    for raw in ("营业执照.pdf".encode("gbk"), "换\n行.pdf".encode(), b"\xff\xfe.pdf", ("长" * 83 + ".pdf").encode()):
        path = Path(os.fsdecode(os.fsencode(settings.inbox) + b"/" + raw))
        path.write_bytes(raw)
        [candidate] = inbox.scan(settings, time.time() + 1).ready
        claim = claims.claim(settings, candidate, NOW)
        assert claim is not None
        claim.name.encode("utf-8")
        place = claim.finish_archive()
        assert os.fsencode(place.name) == raw
        assert (settings.home / place).read_bytes() == raw


# network file systems


def test_a_move_that_is_answered_twice_is_one_that_was_done(settings, monkeypatch):
    """Over NFS the answer to a rename may be lost; asked for again, it finds nothing to move."""
    before = contents(drop(settings))
    plain = disk.rename

    def twice(source, target):
        plain(source, target)
        if source.parent == settings.inbox:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(source))

    with monkeypatch.context() as patch:
        patch.setattr(disk, "rename", twice)
        claim = take(settings)
    assert contents(settings.home / claim.finish_archive()) == before
    assert left_over(settings) == []


def test_a_claim_is_left_with_no_file_of_it_open(settings, monkeypatch):
    """NFS keeps an open file in its folder under another name, and the folder could never be removed."""
    drop(settings)
    plain = Path.rmdir
    seen = []

    def rmdir(path):
        held = [str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if os.path.lexists(each)]
        seen.append([each for each in held if each.startswith(str(path))])
        plain(path)

    monkeypatch.setattr(Path, "rmdir", rmdir)
    take(settings).finish_archive()
    (settings.work / "claims" / "20261122-000000-lost").mkdir()
    (settings.work / "claims" / "20261122-000000-lost" / ".lock").touch()
    assert claims.recover(settings) == []
    assert seen == [[], []]
    assert left_over(settings) == []


def test_what_nfs_keeps_in_a_claim_goes_by_itself(settings, monkeypatch):
    drop(settings)
    claim = take(settings)
    folder = settings.work / "claims" / claim.id
    (folder / ".nfs0000000000001").touch()
    claim.finish_archive()
    assert left_over(settings) == [claim.id]
    (folder / ".nfs0000000000001").unlink()  # as its client does once nobody has it open
    assert claims.recover(settings) == []
    assert left_over(settings) == []


def test_a_packet_in_a_claim_that_has_lost_its_files_goes_back_to_the_inbox(settings):
    before = contents(drop(settings))
    claim = take(settings)
    folder = settings.work / "claims" / claim.id
    claim.release()
    for name in (".lock", ".claim.json"):
        (folder / name).unlink()
    assert claims.recover(settings) == []
    assert contents(settings.inbox / "wx-1") == before
    assert left_over(settings) == []
