"""A backup taken while work goes on, restored elsewhere, verified, and gone on from."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from papers.packets import good_packet
from qi_pipeline.cli.main import main
from qi_pipeline.errors import PassingError, UsageError
from qi_pipeline.ingest import run_ingest
from qi_pipeline.intake import claims, disk, inbox, leftovers
from qi_pipeline.records import backup as backups
from qi_pipeline.records import database, dump, signing, sweep
from qi_pipeline.records.backup import alone, make_backup, snapshots
from qi_pipeline.records.events import Event
from qi_pipeline.records.restore import restore
from qi_pipeline.records.store import Store
from qi_pipeline.residency.nightly import run_night
from qi_pipeline.settings import Settings, load_settings
from records_cases import Database, decision, entry, facts, take
from stored_pool import drop, workspace
from test_schemas import problems

DAY = date(2026, 11, 22)


def elsewhere(home: Path) -> Settings:
    return Settings(home=home, database_url=f"sqlite:///{home / 'qi.db'}", settle_seconds=0)


def below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    from qi_pipeline.records.columns import METADATA

    with database.reading(store.engine) as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(sa.select(table))] for table in METADATA.sorted_tables
        }


@pytest.fixture
def judged(tmp_path):
    """A workspace with one packet judged and its log signed."""
    with workspace(tmp_path / "first") as (context, pool):
        drop(context, pool, good_packet(), "one")
        signing.make_key(context.settings.home / "signing.key")
        context = replace(
            context, settings=replace(context.settings, signing_key=context.settings.home / "signing.key")
        )
        assert run_ingest(context, DAY).packets[0]["outcome"] == "admit"
        signing.sign_head(context.store, context.settings, DAY)
        yield context, pool


@pytest.mark.sqlite
@pytest.mark.parametrize("moved", [0, 1, 2])
def test_nothing_works_in_a_workspace_that_a_restore_left_half_there(judged, tmp_path, monkeypatch, capsys, moved):
    """Else the next command makes an empty database, and an `ingest` judges claims anew without their history."""
    context, _ = judged
    make_backup(context.settings, tmp_path / "kept")
    home = tmp_path / "second"
    real, calls = disk.move, []

    def fail_after(source: Path, target: Path) -> None:
        if target.parent == home:
            calls.append(target)
            if len(calls) > moved:
                raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(disk, "move", fail_after)
    monkeypatch.setenv("QI_HOME", str(home))
    assert main(["restore", str(tmp_path / "kept")]) == 1
    monkeypatch.setattr(disk, "move", real)
    for command in (["ingest"], ["packet", "list"], ["nightly"], ["verify-log"]):
        assert main(command) == 2
    assert not (home / "qi.db").exists()
    assert main(["restore", str(tmp_path / "kept")]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    command = said.split("`")[1]
    assert command.startswith("rm -r ")
    assert subprocess.run(["sh", "-c", command], check=False).returncode == 0  # as an operator copies it
    assert main(["restore", str(tmp_path / "kept")]) == 0
    assert main(["verify-log"]) == 0


def killed_at(number: int, work: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a process of its own was killed at its ``number``-th touch of the disk."""
    child = os.fork()
    if child:
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status in (0, -signal.SIGKILL)
        return status != 0
    count = itertools.count(1)

    def door(plain: Callable[..., object]) -> Callable[..., object]:
        def opened(*arguments: object) -> object:
            if next(count) == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return plain(*arguments)

        return opened

    for name in ("rename", "sync_folder", "sync_file"):
        monkeypatch.setattr(disk, name, door(getattr(disk, name)))
    try:
        work()
    except BaseException:  # noqa: BLE001 - the border of the child process
        os._exit(70)
    os._exit(0)


@pytest.mark.sqlite  # the snapshot is copied from the file
def test_a_backup_killed_at_any_touch_leaves_nothing_to_the_next(judged, tmp_path, monkeypatch):
    context, _ = judged
    context.store.engine.dispose()
    kept = tmp_path / "kept"
    made, left = 0, 0
    for number in itertools.count(1, 5):
        if not killed_at(number, lambda: make_backup(context.settings, kept), monkeypatch):
            break
        left += any(kept.glob("snapshots/.*"))
        made += 1
    assert made > 5
    assert left > 3
    make_backup(context.settings, kept)
    assert [each.name for each in kept.rglob("*") if each.name.startswith(".") or each.name == "half"] == []
    assert all(len(each.name) == 64 for each in (kept / "blobs").glob("*/*"))
    assert sweep.check_all(context.store, context.settings, DAY)[1] == ()


@pytest.mark.sqlite  # the snapshot is copied from the file
def test_a_backup_leaves_the_half_snapshot_of_a_living_one(judged, tmp_path):
    context, _ = judged
    kept = tmp_path / "kept"
    make_backup(context.settings, kept)
    other, dead = (kept / "snapshots" / f".2026110{day}T000000.000000Z.new" for day in (1, 2))
    dead.mkdir()
    with leftovers.held_new(other) as held:
        assert held
        make_backup(context.settings, kept)
        assert (other.is_dir(), dead.is_dir()) == (True, False)
    make_backup(context.settings, kept)
    assert not other.exists()


@pytest.mark.sqlite
def test_a_restore_killed_at_any_touch_is_done_again_as_it_says(judged, tmp_path, monkeypatch):
    context, _ = judged
    make_backup(context.settings, tmp_path / "kept")
    by_itself, by_command = 0, 0
    for number in itertools.count(1, 7):
        home = tmp_path / f"home-{number}"
        killed = killed_at(number, lambda home=home: restore(elsewhere(home), tmp_path / "kept"), monkeypatch)
        if killed:
            said = ""
            try:
                restore(elsewhere(home), tmp_path / "kept")
            except UsageError as error:
                said = str(error)
            if said:
                subprocess.run(["sh", "-c", said.split("`")[1]], check=True)
                restore(elsewhere(home), tmp_path / "kept")
            by_command, by_itself = by_command + bool(said), by_itself + (not said)
        assert below(home / "archive") == below(context.settings.archive)
        assert not (home / ".restoring").exists()
        shutil.rmtree(home)
        if not killed:
            break
    assert by_itself > 3
    assert by_command > 0


def test_a_backup_where_nothing_can_be_made_is_one_line(judged, tmp_path, monkeypatch, capsys):
    context, _ = judged
    monkeypatch.setenv("QI_HOME", str(context.settings.home))
    assert main(["backup", "/proc/nowhere"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "name another place" in line


def test_originals_verify_says_why_nothing_was_compared(judged, monkeypatch, capsys):
    context, _ = judged
    monkeypatch.setenv("QI_HOME", str(context.settings.home))
    assert main(["originals", "verify"]) == 0
    assert "--all" in capsys.readouterr().err
    assert main(["originals", "verify", "--all"]) == 0
    assert " 0 wrong" in capsys.readouterr().err


@pytest.mark.sqlite
def test_a_restored_workspace_is_what_it_was_and_a_rerun_does_nothing(judged, tmp_path, monkeypatch, capsys):
    context, _ = judged
    made = make_backup(context.settings, tmp_path / "kept")
    assert (made.signed, made.missing) == (True, ())
    monkeypatch.setenv("QI_HOME", str(tmp_path / "second"))
    assert main(["restore", str(tmp_path / "kept"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert problems("output_restore", answer) == []
    assert (answer["packets"], answer["resumed"], answer["missing"]) == (1, [], [])
    for folder in ("archive", "reports", ".qi/originals"):
        assert below(tmp_path / "second" / folder) == below(context.settings.home / folder)
    assert main(["verify-log", "--json"]) == 0
    log = json.loads(capsys.readouterr().out)
    assert problems("output_verify_log", log) == []
    assert (log["ok"], log["unsigned"], log["head"]) == (True, 0, made.head)
    assert main(["packet", "list", "--json"]) == 0
    assert [each["packet"] for each in json.loads(capsys.readouterr().out)["packets"]] == ["one"]
    assert main(["originals", "verify", "--all", "--json"]) == 0
    assert problems("output_originals", json.loads(capsys.readouterr().out)) == []
    with workspace(tmp_path / "second") as (again, _):
        run = run_ingest(again, DAY)
        assert run.to_json() == {"as_of": "2026-11-22", "packets": [], "duplicates": [], "quarantined": []}
        assert rows(again.store)["decisions"] == rows(context.store)["decisions"]


@pytest.mark.sqlite
def test_the_second_snapshot_copies_only_what_is_new(judged, tmp_path):
    context, pool = judged
    first = make_backup(context.settings, tmp_path / "kept")
    second = make_backup(context.settings, tmp_path / "kept")
    assert first.copied > 5
    assert (second.copied, second.files) == (0, first.files)
    drop(context, pool, good_packet(), "two")
    run_ingest(context, DAY)
    third = make_backup(context.settings, tmp_path / "kept")
    assert 0 < third.copied < first.copied + second.files
    assert len(snapshots(tmp_path / "kept")) == 3
    for number, name in enumerate(each.name for each in snapshots(tmp_path / "kept")):
        done = restore(elsewhere(tmp_path / f"r{number}"), tmp_path / "kept", name)
        assert done.packets == (1, 1, 2)[number]


@pytest.mark.sqlite
def test_a_backup_while_an_ingest_writes_is_one_state(judged, tmp_path):
    context, pool = judged
    stop = threading.Event()
    written = []

    def ingest() -> None:
        number = 0
        while not stop.is_set() or number < 3:
            number += 1
            drop(context, pool, good_packet(), f"more-{number}")
            written.append(len(run_ingest(context, DAY).packets))

    worker = threading.Thread(target=ingest)
    worker.start()
    try:
        for _ in range(4):
            make_backup(context.settings, tmp_path / "kept")
    finally:
        stop.set()
        worker.join()
    assert sum(written) == len(written) >= 3
    for number, snapshot in enumerate(snapshots(tmp_path / "kept")):
        home = tmp_path / f"r{number}"
        done = restore(elsewhere(home), tmp_path / "kept", snapshot.name)
        assert done.missing == ()
        with workspace(home) as (again, same):
            same.known = pool.known
            run = run_ingest(again, DAY)
            assert {each["packet"] for each in run.packets} <= {f"more-{n}" for n in range(1, len(written) + 1)}
            assert run.failed == []
            listed = again.store.packets()
            assert {each.state for each in listed} == {"decided"}
            assert all((home / str(each.archived)).exists() for each in listed)
            assert all(len(again.store.decisions_of(each.id)) == 1 for each in listed)
            assert not any((home / ".qi" / "claims").iterdir())
            assert signing.prove(again.store, again.settings).check.ok
            assert run_ingest(again, DAY).packets == []


@pytest.mark.sqlite
def test_a_packet_under_way_is_taken_up_under_its_own_id(judged, tmp_path):
    context, pool = judged
    drop(context, pool, good_packet(), "two")
    found = inbox.scan(context.settings, 4e9)
    claim = claims.claim(context.settings, found.ready[0], 1.8e9)
    make_backup(context.settings, tmp_path / "kept")
    claim.release()
    done = restore(elsewhere(tmp_path / "second"), tmp_path / "kept")
    assert done.resumed == (claim.id,)
    with workspace(tmp_path / "second") as (again, same):
        same.known = pool.known
        assert [each["id"] for each in run_ingest(again, DAY).packets] == [claim.id]


@pytest.mark.sqlite
def test_a_packet_archived_after_the_database_was_copied_is_judged_again(judged, tmp_path, monkeypatch):
    context, pool = judged
    whole = dump.write

    def then_ingest(url: str, folder: Path) -> dict[str, str]:
        made = whole(url, folder)
        drop(context, pool, good_packet(), "late")
        assert len(run_ingest(context, DAY).packets) == 1
        return made

    monkeypatch.setattr(dump, "write", then_ingest)
    make_backup(context.settings, tmp_path / "kept")
    late = context.store.packet("late").id
    done = restore(elsewhere(tmp_path / "second"), tmp_path / "kept")
    assert done.resumed == (late,)
    with workspace(tmp_path / "second") as (again, same):
        same.known = pool.known
        assert [each["id"] for each in run_ingest(again, DAY).packets] == [late]
        assert below(again.settings.archive) == below(context.settings.archive)


@pytest.mark.sqlite
def test_a_backup_is_whole_or_not_there(judged, tmp_path, monkeypatch):
    context, _ = judged

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(backups, "_sync_all", full)
        with pytest.raises(PassingError, match="disk is full"):
            make_backup(context.settings, tmp_path / "kept")
    assert snapshots(tmp_path / "kept") == []
    make_backup(context.settings, tmp_path / "kept")
    assert len(snapshots(tmp_path / "kept")) == 1


@pytest.mark.sqlite
def test_what_is_not_empty_is_never_written_over(judged, tmp_path):
    context, _ = judged
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").touch()
    with pytest.raises(UsageError, match="holds something else"):
        make_backup(context.settings, tmp_path / "photos")
    with pytest.raises(UsageError, match="another disk"):
        make_backup(context.settings, context.settings.home / "backup")
    make_backup(context.settings, tmp_path / "kept")
    before = below(context.settings.home)
    with pytest.raises(UsageError, match="a database is there"):
        restore(context.settings, tmp_path / "kept")
    (tmp_path / "second" / "inbox").mkdir(parents=True)
    (tmp_path / "second" / "inbox" / "new.zip").touch()
    with pytest.raises(UsageError, match="not empty"):
        restore(elsewhere(tmp_path / "second"), tmp_path / "kept")
    with alone(context.settings), pytest.raises(PassingError, match="under way"):
        make_backup(context.settings, tmp_path / "kept")
    assert below(context.settings.home).keys() == before.keys()
    with pytest.raises(UsageError, match="no backup is there"):
        restore(elsewhere(tmp_path / "third"), tmp_path / "photos")


@pytest.mark.parametrize("victim", ["blob", "lost", "database", "listing"])
@pytest.mark.sqlite
def test_a_damaged_backup_is_refused_and_leaves_nothing(judged, tmp_path, victim):
    context, _ = judged
    made = make_backup(context.settings, tmp_path / "kept")
    blobs = sorted(path for path in (tmp_path / "kept" / "blobs").rglob("*") if path.is_file())
    place = {
        "blob": blobs[0],
        "lost": blobs[0],
        "database": made.path / "database" / "qi.db",
        "listing": made.path / "files.jsonl.gz",
    }[victim]
    if victim == "lost":
        place.unlink()
    else:
        data = bytearray(place.read_bytes())
        data[len(data) // 2] ^= 1
        place.chmod(0o644)
        place.write_bytes(data)
    with pytest.raises(UsageError, match="restore another snapshot"):
        restore(elsewhere(tmp_path / "second"), tmp_path / "kept")
    assert list((tmp_path / "second").iterdir() if (tmp_path / "second").exists() else []) == []


@pytest.mark.sqlite
def test_a_changed_original_is_not_taken_over_and_an_earlier_copy_mends_it(judged, tmp_path):
    context, _ = judged
    make_backup(context.settings, tmp_path / "kept")
    place = next(path for path in (context.settings.work / "originals").rglob("*") if path.is_file())
    good = place.read_bytes()
    for same in context.settings.archive.rglob("*"):
        if same.is_file() and same.read_bytes() == good:
            same.write_bytes(b"changed too")  # or the archive's copy would stand in
    place.chmod(0o644)
    place.write_bytes(b"changed")
    assert make_backup(context.settings, tmp_path / "other").missing == (place.name,)
    assert make_backup(context.settings, tmp_path / "kept").missing == ()
    restore(elsewhere(tmp_path / "second"), tmp_path / "kept")
    assert (tmp_path / "second" / place.relative_to(context.settings.home)).read_bytes() == good
    assert [each.fault for each in sweep.check_all(context.store, context.settings, DAY)[1]] == ["changed"]


@pytest.mark.sqlite
def test_links_pipes_and_odd_names_in_the_archive_come_back(judged, tmp_path):
    context, _ = judged
    packet = context.settings.home / context.store.packet("one").archived
    (packet / "link").symlink_to("/etc/passwd")
    os.mkfifo(packet / "pipe")
    (packet / os.fsdecode(b"\xb1\xed")).write_bytes(b"1")
    make_backup(context.settings, tmp_path / "kept")
    restore(elsewhere(tmp_path / "second"), tmp_path / "kept")
    back = tmp_path / "second" / context.store.packet("one").archived
    assert back.joinpath("link").readlink() == Path("/etc/passwd")
    assert back.joinpath("pipe").is_fifo()
    assert back.joinpath(os.fsdecode(b"\xb1\xed")).read_bytes() == b"1"


def test_postgresql_goes_into_a_backup_and_out_again(tmp_path):
    first, second = Database("postgresql", tmp_path), Database("postgresql", tmp_path, bare=True)
    try:
        given = load_settings({"QI_HOME": str(tmp_path / "first"), "QI_DATABASE_URL": first.url})
        (tmp_path / "first").mkdir()
        signing.make_key(tmp_path / "first" / "signing.key")
        given = replace(given, signing_key=tmp_path / "first" / "signing.key")
        with Store(first.url) as store:
            take(store, "p1")
            store.save_decision("p1", decision(), facts=facts(files=()), entry=entry(), dossier={"a": None})
            store.save_place("p1", "archive/p1/x", None)
            from qi_pipeline.policy import default_policy

            run_night(store, DAY, default_policy())
            signing.sign_head(store, given, DAY)
            made = make_backup(given, tmp_path / "kept")
            assert made.signed
            before = rows(store)
        target = load_settings({"QI_HOME": str(tmp_path / "second"), "QI_DATABASE_URL": second.url})
        done = restore(target, tmp_path / "kept")
        assert (done.packets, done.head) == (1, made.head)
        with Store(second.url) as store:
            assert rows(store) == before
            proof = signing.prove(store, target)
            assert (proof.check.ok, proof.unsigned) == (True, 0)
            take(store, "p2")  # numbers go on behind the last
            with store.write() as (_, happened):
                happened.append(Event(kind="test", subject="x", data={}))
        with pytest.raises(UsageError, match="holds rows already"):
            restore(replace(target, home=tmp_path / "third"), tmp_path / "kept")
    finally:
        first.close()
        second.close()
        shutil.rmtree(tmp_path / "kept", ignore_errors=True)
