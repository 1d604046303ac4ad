"""Whatever is dropped into the inbox: its code, its end, the good packet beside it, and nothing else hurt."""

from __future__ import annotations

import errno
import io
import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from broken import curious, hostile, packages, pictures
from broken.files import BY_NAME, FILES, MEMBERS, Odd
from papers.packets import LETTER, good_packet
from qi_pipeline import ingest
from qi_pipeline.cli.main import main
from qi_pipeline.context import Context
from qi_pipeline.errors import InstallationError, PacketError, PassingError
from qi_pipeline.ingest import IngestRun, run_ingest
from qi_pipeline.intake import disk
from qi_pipeline.intake.packet import open_packet
from qi_pipeline.model import FileFailure, FileReading
from qi_pipeline.papers import extract_files
from qi_pipeline.policy import default_policy
from qi_pipeline.reading import jpeg_scans
from qi_pipeline.reading import pool as reading_pool
from qi_pipeline.reading.pool import Readable, ReaderPool
from qi_pipeline.records import database
from qi_pipeline.reports import files as report_files
from qi_pipeline.settings import Settings
from stored_pool import StoredPool, drop, workspace

AS_OF = date(2026, 11, 22)
STEP = int(os.environ.get("QI_TEST_EVERY", "4"))
ROUNDS = int(os.environ.get("QI_TEST_ROUNDS", "4"))
EVERY = (*FILES, *MEMBERS)
READ_WITHOUT_EYES = frozenset(
    {
        "word.pdf",
        "macros.docx",
        "macros.xlsx",
        "formula.xlsx",
        "patterns.docx",
        "last.xlsx",
        "outside.docx",
        "drawing.docx",
        "document2.docx",
        "utf-16.docx",
        "gb18030.docx",
    }
)
"""Odd files that are read and need no picture reader; the others that are read are tried with the engine."""
BLIND = tuple(row for row in EVERY if row.codes or row.name in READ_WITHOUT_EYES)
SEEN = tuple(row for row in EVERY if not row.codes and row.name not in READ_WITHOUT_EYES)


class MixedPool(StoredPool):
    """Answers from the stored readings, and hands what is odd to real reading processes."""

    def __init__(self, stored: StoredPool, real: ReaderPool) -> None:
        super().__init__()
        self.known = stored.known
        self.real = real

    def read(
        self, files: Sequence[Readable], pages_dir: Path, cache_dir: Path | None = None
    ) -> Iterator[FileReading | FileFailure]:
        for file in files:
            pool = super() if file.name in self.known else self.real
            yield from pool.read([file], pages_dir)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Context, StoredPool]]:
    with workspace(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every file of the table."""
    folder = tmp_path_factory.mktemp("broken")
    for row in EVERY:
        (folder / row.name).write_bytes(row.make())
    return folder


@pytest.fixture(scope="module")
def extracted(made: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, FileFailure | int]:
    """What `extract` says of each file that needs no picture reader: its failure, or how many pages it has."""
    return extract(made, BLIND, tmp_path_factory.mktemp("scratch"))


def extract(made: Path, rows: Sequence[Odd], scratch: Path) -> dict[str, FileFailure | int]:
    settings = Settings(home=scratch, database_url="", workers=1)
    found, failed = extract_files([str(made / row.name) for row in rows], settings, default_policy(), scratch)

    def row_of(file: str) -> str:
        return file.removeprefix(f"{made}/").partition("!")[0]

    pages: Counter[str] = Counter()
    for item in found:
        pages[row_of(item.file)] += item.pages
    return {**pages, **{row_of(failure.file): failure for failure in failed}}


def check(row: Odd, said: FileFailure | int) -> None:
    if isinstance(said, int):
        assert not row.codes, f"{row.how}: was read"
        assert row.pages in (None, said), row.how
    else:
        assert said.code in row.codes, f"{row.how}: {said}"
        assert "Traceback" not in said.message
        assert len(said.message) > 20  # a sentence with a remedy
        assert "/originals/" not in said.message


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def codes(run: IngestRun) -> dict[str, str]:
    return {entry["packet"]: entry["code"] for entry in run.quarantined}


# files


@pytest.mark.parametrize("row", BLIND, ids=lambda row: row.name)
def test_each_file_has_its_code_and_a_remedy(row: Odd, extracted: dict[str, FileFailure | int]) -> None:
    check(row, extracted[row.name])


@pytest.mark.ocr
def test_odd_files_that_can_be_read_are_read(made: Path, tmp_path: Path) -> None:
    said = extract(made, SEEN, tmp_path)
    for row in SEEN:
        check(row, said[row.name])


def test_the_parent_needs_little_memory_for_all_of_it(extracted: dict[str, FileFailure | int]) -> None:
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    assert children < default_policy().limits.worker_memory_bytes
    assert not Path("/tmp/qi-was-here").exists()


def test_a_pdf_whose_forms_draw_each_other_is_too_large(tmp_path: Path) -> None:
    paper = tmp_path / "forms.pdf"
    paper.write_bytes(hostile.laughing_forms())
    policy = default_policy()
    small = replace(policy, limits=replace(policy.limits, worker_memory_bytes=800 << 20))
    settings = Settings(home=tmp_path, database_url="", workers=1)
    found, [failure] = extract_files([str(paper)], settings, small, tmp_path)
    assert (found, failure.code) == ([], "too_large")
    assert "send a simpler copy" in failure.message


@pytest.mark.parametrize(("scans", "refused"), [(100, False), (101, True)])
def test_a_jpeg_of_more_scans_than_any_encoder_writes_is_refused(scans: int, refused: bool) -> None:
    plain = pictures.saved(pictures.drawn("L"), "JPEG", progressive=True)
    last = plain.rindex(b"\xff\xda")
    data = plain[:-2] + plain[last:-2] * (scans - plain.count(b"\xff\xda")) + b"\xff\xd9"
    # Much else before it, so that one head lies across the border of two parts that are read.
    comment = b"\xff\xfe" + (60_000).to_bytes(2, "big") + bytes(59_998)
    data = data[:2] + comment * 17 + data[2:]
    missing = (1 << 20) - data.index(b"\xff\xda") - 2
    data = data[:2] + b"\xff\xfe" + (missing - 2).to_bytes(2, "big") + bytes(missing - 4) + data[2:]
    assert data[(1 << 20) - 2 :].startswith(b"\xff\xda")
    for look in (lambda: jpeg_scans.refuse_many_scans(io.BytesIO(data)), lambda: jpeg_scans.refuse_many_scans_in(data)):
        with pytest.raises(PacketError, match="scans") if refused else nullcontext():
            look()


def test_every_broken_packet_is_set_aside_and_the_good_one_decided(made: Path, tmp_path: Path) -> None:
    odd = [row for row in EVERY if row.codes]
    with (
        workspace(tmp_path) as (context, stored),
        ReaderPool(replace(context.settings, workers=1), context.policy.limits) as real,
    ):
        context = replace(context, pool=MixedPool(stored, real))
        for row in odd:
            data = (made / row.name).read_bytes()
            folder = context.settings.inbox / row.name.replace(".", "-")
            folder.mkdir()
            (folder / row.name).write_bytes(data)
        drop(context, stored, good_packet(), "good")
        run = run_ingest(context, AS_OF)
        assert run.failed == []
        assert [(entry["packet"], entry["outcome"]) for entry in run.packets] == [("good", "admit")]
        said = codes(run)
        for row in odd:
            assert said[row.name.replace(".", "-")] in row.codes, row.how
        assert list(context.settings.inbox.iterdir()) == []
        for row in odd:
            [kept] = context.settings.quarantine.glob(f"*/{row.name.replace('.', '-')}/{row.name}")
            assert kept.read_bytes() == (made / row.name).read_bytes()
            assert json.loads((kept.parent.parent / "reason.json").read_text(encoding="utf-8"))["code"] in row.codes
        assert context.store.verify_log().ok
        again = run_ingest(context, AS_OF)
        assert (again.packets, again.quarantined, again.failed) == ([], [], [])


def test_bad_members_are_named_and_the_rest_is_judged(made: Path, tmp_path: Path) -> None:
    bad = [
        "empty.pdf",
        "text.pdf",
        "cut50.jpg",
        "password.pdf",
        "entity.docx",
        "checksum.zip",
        "link.zip",
        "long-name.zip",
        "nul.zip",
        "locked.zip",
    ]
    with (
        workspace(tmp_path) as (context, stored),
        ReaderPool(replace(context.settings, workers=1), context.policy.limits) as real,
    ):
        context = replace(context, pool=MixedPool(stored, real))
        drop(context, stored, good_packet().but(broken={name: (made / name).read_bytes() for name in bad}), "mixed")
        run = run_ingest(context, AS_OF)
    [entry] = run.packets
    assert entry["outcome"] == "supplement"
    unreadable = [item["document"] for item in entry["findings"] if item["code"] == "document_unreadable"]
    assert sorted(name.partition("!")[0] for name in unreadable) == sorted(bad)
    assert {item["code"] for item in entry["findings"]} == {"document_unreadable"}


@pytest.mark.parametrize("name", ["bomb.png", "picture-bomb.pdf", "swelling.docx", "overlapping.zip"])
def test_a_bomb_quarantines_the_whole_packet(made: Path, tmp_path: Path, name: str) -> None:
    with (
        workspace(tmp_path) as (context, stored),
        ReaderPool(replace(context.settings, workers=1), context.policy.limits) as real,
    ):
        context = replace(context, pool=MixedPool(stored, real))
        drop(context, stored, good_packet().but(broken={name: (made / name).read_bytes()}), "bomb")
        run = run_ingest(context, AS_OF)
    assert codes(run)["bomb"] in BY_NAME[name].codes
    assert run.packets == []


def test_names_that_some_file_systems_take_for_one_are_all_kept_apart(tmp_path: Path) -> None:
    place = tmp_path / "twins.zip"
    place.write_bytes(hostile.twins())
    opened = open_packet(place, default_policy().limits, tmp_path / "originals")
    assert opened.failures == ()
    assert len({file.name for file in opened.files}) == 10
    assert len({file.sha256 for file in opened.files}) == 10
    assert {"\u202excod.\u202c\u2066x.docx", "A.docx", "a.docx"} <= {file.name for file in opened.files}


def test_a_folder_that_is_called_like_a_file_is_a_packet(place: tuple[Context, StoredPool]) -> None:
    context, stored = place
    drop(context, stored, good_packet(), "x.pdf")
    (context.settings.inbox / "nothing.pdf").mkdir()
    run = run_ingest(context, AS_OF)
    assert [(entry["packet"], entry["outcome"]) for entry in run.packets] == [("x.pdf", "admit")]
    assert codes(run) == {"nothing.pdf": "empty"}


def test_a_hole_of_ten_gigabytes_is_refused_unread(place: tuple[Context, StoredPool]) -> None:
    context, stored = place
    with (context.settings.inbox / "hole.pdf").open("wb") as file:
        file.write(b"%PDF-1.7")
        file.truncate(10 << 30)
    drop(context, stored, good_packet(), "good")
    run = run_ingest(context, AS_OF)
    assert codes(run) == {"hole": "too_large"}
    assert [entry["packet"] for entry in run.packets] == ["good"]


# application.json


@pytest.mark.parametrize(
    ("data", "how"),
    [
        (b'{"a": "' + b"x" * 50_000_000 + b'"}', "50 MB"),
        (b"[" * 100_000 + b"]" * 100_000, "100,000 brackets"),
        (b"\xff\xfe\x00", "no text"),
        (b'{"request": ', "cut"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_hostile_form_is_a_finding_beside_papers_and_quarantine_alone(
    place: tuple[Context, StoredPool], data: bytes, how: str
) -> None:
    context, stored = place
    beside = drop(context, stored, good_packet().but(application=None), "beside")
    alone = context.settings.inbox / "alone"
    alone.mkdir()
    for folder in (beside, alone):
        (folder / "application.json").write_bytes(data)
    run = run_ingest(context, AS_OF)
    assert codes(run) == {"alone": "corrupt"}
    [entry] = run.packets
    assert entry["outcome"] == "supplement"
    assert {item["code"] for item in entry["findings"]} & {"application_incomplete", "application_missing"}
    assert context.store.verify_log().ok


def test_forms_that_other_programs_write_are_read_or_named(place: tuple[Context, StoredPool]) -> None:
    context, stored = place
    names = {how.replace(" ", "-").replace(",", ""): data for how, data in curious.forms().items()}
    for number, (name, data) in enumerate(names.items()):
        folder = drop(context, stored, good_packet(seed=number).but(application=None), name)
        (folder / "application.json").write_bytes(data)
    drop(context, stored, good_packet(seed=99), "good")
    run = run_ingest(context, AS_OF)
    assert (run.failed, run.quarantined) == ([], [])
    said = {str(entry["packet"]): entry for entry in run.packets}
    assert said.keys() == names.keys() | {"good"}
    assert said["good"]["outcome"] == "admit"
    for name in names:
        found = {item["code"] for item in said[name]["findings"]}
        assert said[name]["outcome"] == "supplement", name
        assert found & {"application_incomplete", "application_missing"}, name


def test_a_packet_that_is_only_a_form_is_judged(place: tuple[Context, StoredPool]) -> None:
    context, _stored = place
    folder = context.settings.inbox / "form"
    folder.mkdir()
    (folder / "application.json").write_bytes(good_packet().application_bytes or b"")
    [entry] = run_ingest(context, AS_OF).packets
    assert entry["outcome"] == "supplement"
    assert {"licence_missing", "commitment_letter_missing"} <= {item["code"] for item in entry["findings"]}


MARKUP = "<img src=x onerror=alert(1)>\x1b[31m=cmd|'/C calc'!A0"


def test_markup_escapes_and_formulas_are_shown_and_never_obeyed(
    place: tuple[Context, StoredPool], capfd: pytest.CaptureFixture[str]
) -> None:
    context, stored = place
    form = json.loads(good_packet().application_bytes or b"{}")
    form["institution"]["name"] = f"{MARKUP}\ud800"
    form["reference"] = MARKUP
    form["services"][0]["name"] = f"{MARKUP}\u202e"
    folder = drop(context, stored, good_packet(), "<b>bold\x1b]0;title\x07\n=1+1")
    (folder / "application.json").write_text(json.dumps(form), encoding="utf-8")
    (folder / "<script>x<!--.exe").write_bytes(b"MZ")
    run = run_ingest(context, AS_OF)
    [entry] = run.packets
    report = context.settings.home / str(entry["report"])
    for page in report.parent.glob("*.html"):
        html = page.read_text(encoding="utf-8")
        assert "<img src=x" not in html
        assert "<script>x" not in html
        assert "<b>bold" not in html
        assert "\x1b" not in html
    ingest_shown(run)
    shown = capfd.readouterr().err
    assert "\x1b" not in shown
    assert "\x07" not in shown
    json.loads(json.dumps(run.to_json(), ensure_ascii=False).encode("utf-8", "replace"))


def ingest_shown(run: IngestRun) -> None:
    from qi_pipeline.cli.ingest import _show

    _show(run)


@pytest.mark.parametrize(
    "name",
    [
        "😀🏛️".encode(),
        b"n" * 251 + b".zip",
        b"two\nlines",
        b"\x1b[2J\x1b[31mred",
        "营业执照".encode("gb18030"),
        b"\xff\xfe\x80 odd",
        b"$(reboot) `x` ; rm -rf",
        b"-rf",
        b" . ",
        b"con.",
    ],
    ids=lambda name: ascii(name)[:24],
)
def test_any_name_is_judged_reported_and_archived_under_itself(
    place: tuple[Context, StoredPool], name: bytes, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    context, stored = place
    dropped = drop(context, stored, good_packet(), "plain")
    os.rename(dropped, os.fsencode(context.settings.inbox) + b"/" + name)  # noqa: PTH104 - a name in bytes
    before = contents(context.settings.inbox)
    run = run_ingest(context, AS_OF)
    [entry] = run.packets
    assert entry["outcome"] == "admit"
    assert (context.settings.home / str(entry["report"])).is_file()
    [kept] = [path for path in context.settings.archive.glob("*/*") if os.fsencode(path.name) == name]
    assert sorted(contents(kept).values()) == sorted(before.values())
    from qi_pipeline.cli.output import print_json

    print_json(run.to_json())
    assert json.loads(capfdbinary.readouterr().out.decode("utf-8"))["packets"][0]["outcome"] == "admit"


# the file system


def test_links_pipes_sockets_and_devices_stay_and_are_named(place: tuple[Context, StoredPool]) -> None:
    context, stored = place
    inbox = context.settings.inbox
    secret = context.settings.home / "secret.pdf"
    secret.write_bytes(b"%PDF-1.7 secret")
    (inbox / "link.pdf").symlink_to(secret)
    (inbox / "folder").symlink_to(context.settings.home)
    os.mkfifo(inbox / "pipe.pdf")
    (inbox / "null.pdf").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(inbox)
        try:
            listener.bind("socket.pdf")
        finally:
            os.chdir(here)
        folder = drop(context, stored, good_packet(), "good")
        (folder / "inner.pdf").symlink_to(secret)
        os.mkfifo(folder / "inner-pipe.pdf")
        run = run_ingest(context, AS_OF)
    assert codes(run) == dict.fromkeys(("link.pdf", "folder", "pipe.pdf", "null.pdf", "socket.pdf"), "unsafe_path")
    [entry] = run.packets
    unreadable = {item["document"] for item in entry["findings"] if item["code"] == "document_unreadable"}
    assert unreadable == {"inner.pdf", "inner-pipe.pdf"}
    assert len(list(inbox.iterdir())) == 5
    [kept] = context.settings.archive.glob("*/good/inner.pdf")
    assert kept.is_symlink()


def test_a_folder_deeper_than_a_path_can_say_is_set_aside(place: tuple[Context, StoredPool]) -> None:
    context, stored = place
    here = os.open(context.settings.inbox, os.O_RDONLY)
    os.mkdir("deep", dir_fd=here)
    part = "d" * 250
    at = os.open("deep", os.O_RDONLY, dir_fd=here)
    for _ in range(20):
        os.mkdir(part, dir_fd=at)
        deeper = os.open(part, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = deeper
    os.close(at)
    os.close(here)
    drop(context, stored, good_packet(), "good")
    run = run_ingest(context, AS_OF)
    assert codes(run) == {"deep": "too_large"}
    assert [entry["packet"] for entry in run.packets] == ["good"]
    assert list(context.settings.inbox.iterdir()) == []


def test_a_file_that_grows_while_it_is_read_ends(
    place: tuple[Context, StoredPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    context, _stored = place
    folder = context.settings.inbox / "growing"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(b"%PDF-1.7")
    plain = os.read
    monkeypatch.setattr(os, "read", lambda file, size: plain(file, size) or b"more" * 100_000)
    run = run_ingest(context, AS_OF)
    assert codes(run) == {"growing": "too_large"}


def test_a_half_written_file_waits_until_it_is_whole(place: tuple[Context, StoredPool]) -> None:
    context, stored = place
    context = replace(context, settings=replace(context.settings, settle_seconds=3600))
    drop(context, stored, good_packet(), "growing")
    run = run_ingest(context, AS_OF)
    assert (run.packets, run.quarantined) == ([], [])
    assert "growing: still changing" in run.ignored[0]


def test_a_packet_that_vanishes_costs_nothing(
    place: tuple[Context, StoredPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    context, stored = place
    gone = drop(context, stored, good_packet(seed=1), "a-gone")
    drop(context, stored, good_packet(seed=2), "good")
    plain = ingest.waiting

    def waiting(*arguments: object) -> object:
        found = plain(*arguments)
        gone.rename(context.settings.home / "elsewhere")
        return found

    monkeypatch.setattr(ingest, "waiting", waiting)
    run = run_ingest(context, AS_OF)
    assert [entry["packet"] for entry in run.packets] == ["good"]
    assert (run.quarantined, run.failed) == ([], [])


NOBODY = 65534


def open_to_all(folder: Path) -> bool:
    """Whether somebody else may go there; a checkout below a private folder keeps the program itself from them."""
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not read")
@pytest.mark.skipif(
    not all(map(open_to_all, (Path(sys.prefix), Path(__file__).parent))), reason="the checkout lies in a private folder"
)
def test_somebody_without_permission_leaves_the_packet_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    with workspace(tmp_path / "first") as (context, stored):
        drop(context, stored, good_packet(seed=3), "first")  # loads what is imported late: Python may be private, too
        assert len(run_ingest(context, AS_OF).packets) == 1
    child = os.fork()
    if child == 0:
        status = 70
        try:
            for folder in (tmp_path, *tmp_path.parents):
                if folder.stat().st_uid == 0 and str(folder).startswith("/tmp/"):
                    folder.chmod(0o755)
            os.chown(tmp_path, NOBODY, NOBODY)
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            with workspace(tmp_path) as (context, stored):
                unreadable = drop(context, stored, good_packet(seed=1), "unreadable") / LETTER
                os.chown(unreadable, 0, 0) if os.geteuid() == 0 else None
                unreadable.chmod(0o000)
                locked = drop(context, stored, good_packet(seed=2), "locked")
                locked.chmod(0o555)
                for path in tmp_path.rglob("*"):
                    os.lchown(path, NOBODY, NOBODY)
                os.setresuid(NOBODY, NOBODY, NOBODY)
                drop(context, stored, good_packet(seed=3), "good")
                run = run_ingest(context, AS_OF)
                context.settings.inbox.chmod(0o555)
                assert codes(run) == {"unreadable": "permission", "locked": "permission"}, codes(run)
                assert [entry["packet"] for entry in run.packets] == ["good"]
                assert sorted(path.name for path in context.settings.inbox.iterdir()) == ["locked", "unreadable"]
                locked.chmod(0o755)
                unreadable.chmod(0o644)
                again = run_ingest(context, AS_OF)  # the inbox itself may not be written
                assert codes(again) == {"unreadable": "permission", "locked": "permission"}, codes(again)
                context.settings.inbox.chmod(0o755)
                assert len(run_ingest(context, AS_OF).packets) == 2
                assert list((context.settings.work / "claims").iterdir()) == []
            status = 0
        except BaseException:  # noqa: BLE001 - the border of the child process
            import traceback

            traceback.print_exc()
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


# disk and database


def test_a_disk_full_at_the_nth_write_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with workspace(tmp_path) as (given, stored):
        # A letter as PDF takes longer than all the rest.
        context = replace(given, policy=replace(given.policy, reports=replace(given.policy.reports, notice_pdf=False)))
        number, full = 1 - STEP, True
        said: list[str] = []
        while full:
            number += STEP
            name = f"p{number}"
            before = contents(drop(context, stored, good_packet(seed=1), name))
            with monkeypatch.context() as patched:
                _fill(patched, number)
                try:
                    run_ingest(context, AS_OF)
                    full = False
                except PassingError as error:
                    said.append(str(error))
            run = run_ingest(context, AS_OF)
            assert (run.quarantined, run.failed) == ([], []), f"write {number}"
            [kept] = context.settings.archive.glob(f"*/{name}")
            assert contents(kept) == before
            assert list(context.settings.inbox.iterdir()) == []
            assert list((context.settings.work / "claims").iterdir()) == []
        assert number > 15
        assert all("run again" in each or "next run" in each for each in said)
        rows = context.store.packets()
        assert {row.state for row in rows} == {"decided"}
        assert len(rows) == len(said) + 1
        assert context.store.verify_log().ok
        assert list(context.settings.quarantine.iterdir()) == []


def _fill(patched: pytest.MonkeyPatch, number: int) -> None:
    """Makes the ``number``-th touch of the disk find it full."""
    count = iter(range(1, 100_000))

    def door(plain):
        def opened(*arguments, **named):
            if next(count) == number:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "x")
            return plain(*arguments, **named)

        return opened

    for name in ("rename", "sync_folder", "sync_file"):
        patched.setattr(disk, name, door(getattr(disk, name)))
    patched.setattr(report_files.tempfile, "mkstemp", door(report_files.tempfile.mkstemp))


def test_a_mistake_of_our_own_costs_one_packet_and_not_the_others(
    place: tuple[Context, StoredPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    context, stored = place
    plain = ingest.judge

    def judge(claim, *arguments, **named):
        if claim.packet == "a-strange":
            raise ZeroDivisionError("never thought of")
        return plain(claim, *arguments, **named)

    monkeypatch.setattr(ingest, "judge", judge)
    drop(context, stored, good_packet(seed=1), "a-strange")
    drop(context, stored, good_packet(seed=2), "good")
    for _ in range(2):  # the second time it comes first, as one that was left claimed
        run = run_ingest(context, AS_OF)
        assert [each.packet for each in run.failed] == ["a-strange"]
    monkeypatch.undo()
    assert [entry["packet"] for entry in run_ingest(context, AS_OF).packets] == ["a-strange"]
    assert [row.state for row in context.store.packets()] == ["decided", "decided"]


@pytest.mark.sqlite
def test_a_locked_database_is_a_fault_that_passes(
    place: tuple[Context, StoredPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    context, stored = place
    monkeypatch.setattr(database, "LOCK_SECONDS", 0.2)
    drop(context, stored, good_packet(), "good")
    holder = database.engine_for(context.settings.database_url)
    with database.engine_for(context.settings.database_url).connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    with sa.create_engine(context.settings.database_url).connect() as connection:
        raw = connection.connection.driver_connection
        raw.isolation_level = None
        raw.execute("BEGIN IMMEDIATE")
        impatient = replace(context, store=type(context.store)(context.settings.database_url))
        with impatient.store, pytest.raises(PassingError, match="locked"):
            run_ingest(impatient, AS_OF)
        raw.execute("ROLLBACK")
    holder.dispose()
    assert [entry["outcome"] for entry in run_ingest(context, AS_OF).packets] == ["admit"]


def test_a_database_that_is_away_is_said_before_anything_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.pdf").write_bytes(b"%PDF-1.7")
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    monkeypatch.setenv("QI_SETTLE_SECONDS", "0")
    monkeypatch.setenv("QI_DATABASE_URL", f"sqlite:///{tmp_path}/nowhere/qi.db")
    assert main(["ingest", "--json"]) in (1, 2)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert (tmp_path / "inbox" / "a.pdf").is_file()


# supplements and workers


def test_a_supplement_in_the_same_run_sees_what_it_completes(place: tuple[Context, StoredPool]) -> None:
    context, stored = place
    whole = good_packet()
    first = drop(context, stored, whole.without(LETTER), "wx-1")
    second = drop(
        context, stored, replace(whole, application=None, files={LETTER: whole.files[LETTER]}), "wx-1-supplement"
    )
    form = json.loads(whole.application_bytes or b"{}") | {"request": "supplement"}
    (second / "application.json").write_text(json.dumps(form), encoding="utf-8")
    moment = time.time() - 60
    for path in (*first.iterdir(), first, *second.iterdir(), second):
        os.utime(path, (moment, moment))  # copied together: only their names tell which came first
    run = run_ingest(context, AS_OF)
    assert [(entry["packet"], entry["outcome"]) for entry in run.packets] == [
        ("wx-1", "supplement"),
        ("wx-1-supplement", "admit"),
    ]


@pytest.mark.parametrize("times", [1, 2])
def test_a_process_that_somebody_kills_is_tried_once_more(tmp_path: Path, times: int) -> None:
    script = Path(__file__).with_name("faulty_worker.py")
    marks = tmp_path / "killed"
    wrapper = tmp_path / "worker.py"
    wrapper.write_text(
        "import os, runpy, signal, sys\n"
        f"sys.path.insert(0, {str(script.parent)!r})\n"
        "import faulty_worker\n"
        "plain = faulty_worker.open_file\n"
        "def killed(*given):\n"
        f"    marks = {str(marks)!r}\n"
        "    done = len(open(marks).read()) if os.path.exists(marks) else 0\n"
        f"    if done < {times}:\n"
        "        open(marks, 'a').write('x')\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    plain(*given)\n"
        "faulty_worker.open_file = killed\n"
        "faulty_worker.main()\n",
        encoding="utf-8",
    )
    paper = tmp_path / "paper.pdf"
    paper.write_text("good 1", encoding="utf-8")
    settings = Settings(home=tmp_path, database_url="", workers=1)
    kept = type("Kept", (), {"name": "paper.pdf", "path": paper, "sha256": "0" * 64, "media_type": "application/pdf"})
    with ReaderPool(settings, default_policy().limits, command=(sys.executable, str(wrapper))) as pool:
        [result] = pool.read([kept()], tmp_path / "pages")
    assert isinstance(result, FileReading) == (times == 1)
    if isinstance(result, FileFailure):
        assert result.code == "corrupt"
        assert "SIGKILL" in result.message


def test_a_disk_full_under_the_reading_process_blames_no_file(
    place: tuple[Context, StoredPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    context, stored = place
    drop(context, stored, good_packet(), "good")

    def read(*_arguments: object) -> Iterator[FileReading]:
        answer = reading_pool.Answer(kind="passing", message="page images can't be written")
        reading_pool._raise_own_fault(answer)
        yield from ()

    with monkeypatch.context() as patched:
        patched.setattr(StoredPool, "read", read)
        with pytest.raises(PassingError, match="run again"):
            run_ingest(context, AS_OF)
    run = run_ingest(context, AS_OF)
    assert [entry["outcome"] for entry in run.packets] == ["admit"]
    with pytest.raises(InstallationError):
        reading_pool._raise_own_fault(reading_pool.Answer(kind="installation", message="x"))


# the real program


def _workspace_of_words(home: Path, count: int) -> dict[str, dict[str, bytes]]:
    """Packets of a form and a Word file, which need no picture reader; half of one bad file beside them."""
    inbox = home / "inbox"
    inbox.mkdir(parents=True)
    # A letter as PDF takes longer than all the rest.
    (home / "policy.toml").write_text("[reports]\nnotice_pdf = false\nletters_pdf_per_night = 0\n", encoding="utf-8")
    form = json.loads(good_packet().application_bytes or b"{}")
    laid = {}
    for number in range(count):
        folder = inbox / f"p{number:02}"
        folder.mkdir()
        (folder / "application.json").write_text(json.dumps(form | {"reference": f"R-{number}"}), encoding="utf-8")
        (folder / "rules.docx").write_bytes(packages.word(f"管理制度 {number}", "第一章 总则"))
        (folder / "bad.pdf").write_bytes(b"%PDF-1.7 cut")
        laid[folder.name] = contents(folder)
    return laid


def _program(home: Path, *words: str) -> subprocess.Popen[bytes]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("QI_")}
    own = {"QI_POLICY": str(home / "policy.toml")} if (home / "policy.toml").exists() else {}
    return subprocess.Popen(
        [sys.executable, "-c", "from qi_pipeline.cli.main import main; raise SystemExit(main())", *words],
        env=environment
        | own
        | {"QI_HOME": str(home), "QI_SETTLE_SECONDS": "0", "QI_WORKERS": "1", "OMP_THREAD_LIMIT": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=home,
    )


def _places(home: Path) -> set[str]:
    """What is claimed and what is archived: it changes once a process is at work."""
    return {str(path) for part in (".qi/claims", "archive") for path in (home / part).glob("*")}


def _all_is_well(home: Path, laid: dict[str, dict[str, bytes]]) -> None:
    last = _program(home, "ingest", "--json")
    out, err = last.communicate()
    assert last.returncode == 0, err
    assert json.loads(out)["quarantined"] == []
    assert b"Traceback" not in err
    assert list((home / "inbox").iterdir()) == []
    for name, data in laid.items():
        [kept] = (home / "archive").glob(f"*/{name}")
        assert contents(kept) == data
    check = _program(home, "verify-log", "--json")
    check.communicate()
    assert check.returncode == 0
    engine = database.engine_for(f"sqlite:///{home}/qi.db")
    with database.reading(engine) as connection:
        made = connection.execute(sa.text("SELECT packet, count(*) FROM decisions GROUP BY packet")).all()
    engine.dispose()
    assert sorted(count for _packet, count in made) == [1] * len(laid)


@pytest.mark.system
@pytest.mark.timeout(600 if ROUNDS < 10 else 4 * 3600)
def test_killed_at_random_moments_every_packet_is_decided_once(tmp_path: Path) -> None:
    laid = _workspace_of_words(tmp_path, min(20, 2 * ROUNDS))
    chance = random.Random(20261122)
    killed = 0
    for _ in range(ROUNDS):
        run = _program(tmp_path, "ingest", "--json")
        before = _places(tmp_path)
        while run.poll() is None and _places(tmp_path) == before:
            time.sleep(0.02)
        time.sleep(chance.random() * 0.7)
        killed += run.poll() is None
        run.send_signal(signal.SIGKILL)
        run.communicate()
    assert killed >= 1  # the first of them in the middle of its work
    _all_is_well(tmp_path, laid)


@pytest.mark.system
def test_two_processes_share_one_inbox(tmp_path: Path) -> None:
    laid = _workspace_of_words(tmp_path, 4)
    both = [_program(tmp_path, "ingest", "--json") for _ in range(2)]
    taken: list[str] = []
    for run in both:
        out, err = run.communicate()
        assert run.returncode == 0, err
        assert b"Traceback" not in err
        answer = json.loads(out)
        assert answer["quarantined"] == []
        taken += [entry["packet"] for entry in answer["packets"]]
    assert sorted(taken) == sorted(laid)
    _all_is_well(tmp_path, laid)


@pytest.mark.system
def test_the_program_answers_with_one_document_whatever_it_was_given(made: Path, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    names = ["empty.pdf", "cut50.pdf", "password.pdf", "deep.zip", "bomb.png"]
    for name in names:
        (inbox / name).write_bytes((made / name).read_bytes())
    odd = os.fsencode(tmp_path) + b"/\xff\x1b[31m.pdf"
    with open(odd, "wb") as file:  # noqa: PTH123 - a name in bytes
        file.write(b"%PDF-1.7")
    run = _program(tmp_path, "extract", "--json", *(str(inbox / name) for name in names), os.fsdecode(odd))
    out, err = run.communicate()
    assert run.returncode == 3, err
    assert len(json.loads(out.decode("utf-8"))["failed"]) == len(names) + 1
    assert b"Traceback" not in err
    assert b"\x1b" not in err
    run = _program(tmp_path, "extract", "--json", str(inbox / names[0]), "nowhere.pdf")
    out, err = run.communicate()
    assert (run.returncode, out, err.count(b"\n")) == (2, b"", 1)
    run = _program(tmp_path, "ingest", "--json")
    out, err = run.communicate()
    assert run.returncode == 3, err
    answer = json.loads(out)
    assert {entry["packet"]: entry["code"] for entry in answer["quarantined"]} == {
        "empty": "empty",
        "cut50": "corrupt",
        "password": "encrypted",
        "deep": "archive_bomb",
        "bomb": "image_bomb",
    }
    assert b"Traceback" not in err
