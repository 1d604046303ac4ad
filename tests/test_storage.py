"""Shared storage against a real S3 server on loopback (moto's): whole or not at all, verified, and errors that pass."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from papers.packets import good_packet
from qi_pipeline.codec import to_json
from qi_pipeline.doctor import storages
from qi_pipeline.errors import InstallationError, PassingError, UsageError
from qi_pipeline.ingest import run_ingest
from qi_pipeline.intake import inbox, local_copies, storage
from qi_pipeline.intake.originals import Originals
from qi_pipeline.intake.storage import Damaged, SharedStorage, shared_storage
from qi_pipeline.model import FileReading
from qi_pipeline.papers import TypedFile
from qi_pipeline.policy import default_policy
from qi_pipeline.reading import cache as readings
from qi_pipeline.reading.cache import ReadingCache
from qi_pipeline.reading.packed import packed, unpacked
from qi_pipeline.reading.pool import ReaderPool
from qi_pipeline.reading.versions import engine_version
from qi_pipeline.records import retention
from qi_pipeline.settings import load_settings
from stored_pages import at, page
from stored_pool import drop, workspace

DAY = date(2026, 11, 22)

BUCKET = "qi-test"
URL = f"s3://{BUCKET}/wuxi"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server of its own process: its threads leave nothing open in this one."""
    program = (
        "import sys, time\n"
        "from moto.server import ThreadedMotoServer\n"
        "server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)\n"
        "server.start()\n"
        "print(server.get_host_and_port()[1], flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        port = int(running.stdout.readline())
        yield f"http://127.0.0.1:{port}"
        running.kill()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The empty bucket, seen through another client than ours."""
    import boto3

    for key in [key for key in os.environ if key.startswith("AWS_")]:
        monkeypatch.delenv(key)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    storage._opened.cache_clear()
    yield client
    for each in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=each["Key"])
    client.delete_bucket(Bucket=BUCKET)
    client.close()
    storage._opened.cache_clear()


def keys(client: Any) -> list[str]:
    return [each["Key"] for each in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def reading(data: bytes, image: str | None) -> FileReading:
    one = replace(page(at("无锡甲检测有限公司", 0.2, 0.3)), image=image)
    return FileReading(file="a.pdf", sha256=sha(data), media_type="application/pdf", pages=(one,))


def reader(home: Path, shared: SharedStorage | None) -> ReadingCache:
    return ReadingCache(folder=home / "readings", engine="e 1", limits=default_policy().limits, shared=shared)


def test_original_of_one_machine_is_found_on_another(bucket: Any, tmp_path: Path) -> None:
    data = b"%PDF-1.7 licence" * 1000
    here = Originals(tmp_path / "a", shared_storage(URL))
    assert here.keep([data]) == (sha(data), len(data))
    assert keys(bucket) == [f"wuxi/originals/{sha(data)[:2]}/{sha(data)}"]
    there = Originals(tmp_path / "b", shared_storage(URL))
    found = there.find(sha(data))
    assert found == there.path(sha(data))
    assert found.read_bytes() == data
    assert found.stat().st_mode & 0o777 == 0o444
    assert not any((tmp_path / "b" / "new").iterdir())
    assert there.find(sha(b"other")) is None


def test_what_is_there_is_not_written_again_and_what_is_damaged_is(bucket: Any, tmp_path: Path) -> None:
    shared = SharedStorage(URL)
    assert shared.put("originals/a", b"one")
    first = bucket.head_object(Bucket=BUCKET, Key="wuxi/originals/a")["LastModified"]
    assert not shared.put("originals/a", b"one")
    assert bucket.head_object(Bucket=BUCKET, Key="wuxi/originals/a")["LastModified"] == first
    bucket.put_object(Bucket=BUCKET, Key="wuxi/originals/a", Body=b"on")
    assert shared.put("originals/a", b"one")
    assert shared.read("originals/a") == b"one"


def test_two_machines_that_put_at_once_leave_one_object(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = SharedStorage(URL)
    asked = []

    def size(key: str) -> int | None:
        asked.append(key)
        return None if len(asked) == 1 else 3  # the other machine wrote it between the two questions

    bucket.put_object(Bucket=BUCKET, Key="wuxi/originals/a", Body=b"one")
    monkeypatch.setattr(shared, "size", size)
    assert not shared.put("originals/a", b"one")
    assert len(asked) == 2
    assert bucket.get_object(Bucket=BUCKET, Key="wuxi/originals/a")["Body"].read() == b"one"


def test_changed_object_is_named_and_never_used(bucket: Any, tmp_path: Path) -> None:
    data = bytearray(b"%PDF-1.7 licence")
    Originals(tmp_path / "a", shared_storage(URL)).keep([bytes(data)])
    key = f"wuxi/originals/{sha(data)[:2]}/{sha(data)}"
    flipped = bytes([data[0] ^ 1, *data[1:]])
    bucket.put_object(Bucket=BUCKET, Key=key, Body=flipped)
    there = Originals(tmp_path / "b", shared_storage(URL))
    with pytest.raises(Damaged, match="restore"):
        there.find(sha(data))
    assert [path for path in (tmp_path / "b").rglob("*") if path.is_file()] == []


def test_reading_of_one_machine_is_found_on_another_with_its_images(bucket: Any, tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "abc-1.webp").write_bytes(b"picture")
    given = reading(b"x", "abc-1.webp")
    reader(tmp_path / "a", shared_storage(URL)).put(given, tmp_path / "pages")
    there = reader(tmp_path / "b", shared_storage(URL))
    found = there.get("b.pdf", given.sha256, tmp_path / "b" / "pages")
    assert found == replace(given, file="b.pdf")
    assert (tmp_path / "b" / "pages" / "abc-1.webp").read_bytes() == b"picture"
    assert there.get("b.pdf", sha(b"y"), tmp_path / "b" / "pages") is None
    # The same answer from the copy alone.
    assert reader(tmp_path / "b", None).get("b.pdf", given.sha256, tmp_path / "b" / "pages") == found


def test_damaged_reading_is_none_and_is_mended_by_the_next_one(bucket: Any, tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    given = reading(b"x", None)
    here = reader(tmp_path / "a", shared_storage(URL))
    here.put(given, tmp_path / "pages")
    (key,) = keys(bucket)
    data = bucket.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    bucket.put_object(Bucket=BUCKET, Key=key, Body=data[:-1] + bytes([data[-1] ^ 1]))
    there = reader(tmp_path / "b", shared_storage(URL))
    assert there.get("a.pdf", given.sha256, tmp_path / "b") is None
    there.put(given, tmp_path / "pages")
    assert bucket.get_object(Bucket=BUCKET, Key=key)["Body"].read() == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"qi-reading 1 ",
        packed({"reading.json": b"{}"})[:-1],
        packed({"reading.json": b"{}"}) + b"x",
        packed({"../../x.webp": b"x"}),
        packed({".ready.webp": b"x"}),
        packed({"x.json": b"x"}),
        packed({"a/b.webp": b"x"}),
    ],
)
def test_nothing_odd_is_unpacked(data: bytes) -> None:
    assert unpacked(data) is None


def test_sizes_that_lie_are_not_unpacked() -> None:
    body = json.dumps([["reading.json", 5], ["a-1.webp", -3]]).encode() + b"\n{}"
    lying = b"qi-reading 1 " + sha(body).encode() + b"\n" + body
    assert unpacked(lying) is None
    assert unpacked(packed({"reading.json": b"{}", "a-1.webp": b"x"})) == {"reading.json": b"{}", "a-1.webp": b"x"}


_PUT = """
import sys, itertools
from pathlib import Path
from qi_pipeline.intake.originals import Originals
from qi_pipeline.intake.storage import shared_storage
originals = Originals(Path(sys.argv[1]), shared_storage(sys.argv[2]))
for number in itertools.count():
    sha256, _ = originals.keep([f"{number} ".encode() * 40000])
    print(sha256, flush=True)
"""


@pytest.mark.system
@pytest.mark.parametrize("after", [1, 3, 4])
def test_killed_in_the_middle_leaves_nothing_half(bucket: Any, tmp_path: Path, after: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PUT, str(tmp_path / "a"), URL], stdout=subprocess.PIPE, text=True
    ) as putting:
        assert putting.stdout is not None
        answered = [putting.stdout.readline().strip() for _ in range(after)]
        putting.send_signal(signal.SIGKILL)
    found = keys(bucket)
    assert {key.rpartition("/")[2] for key in found} >= set(answered)
    for key in found:
        assert sha(bucket.get_object(Bucket=BUCKET, Key=key)["Body"].read()) == key.rpartition("/")[2]
    # The machine that comes after it has everything that was answered, and goes on.
    there = Originals(tmp_path / "b", shared_storage(URL))
    assert all(there.find(each) is not None for each in answered)
    again = Originals(tmp_path / "a", shared_storage(URL))
    assert all(again.intact(each) for each in answered)


def test_fetch_that_is_cut_off_leaves_nothing(bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"%PDF-1.7 licence"
    Originals(tmp_path / "a", shared_storage(URL)).keep([data])
    shared = SharedStorage(URL)

    def cut(_source: str, target: str) -> None:
        Path(target).write_bytes(data[:5])
        raise ConnectionResetError("cut off")

    monkeypatch.setattr(shared._system, "get_file", cut)
    there = Originals(tmp_path / "b", shared)
    with pytest.raises(PassingError, match="run again"):
        there.find(sha(data))
    assert [path for path in (tmp_path / "b").rglob("*") if path.is_file()] == []
    monkeypatch.undo()


@pytest.mark.parametrize("fault", ["away", "no bucket", "no key"])
def test_faults_pass_and_name_the_remedy(
    bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    url, said = URL, ""
    match fault:
        case "away":
            monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
            said = "AWS_ENDPOINT_URL"
        case "no bucket":
            url, said = "s3://qi-absent/wuxi", "create it or mend QI_STORAGE"
        case "no key":
            monkeypatch.delenv("AWS_ACCESS_KEY_ID")
            monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
            monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
            monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
            said = "AWS_ACCESS_KEY_ID"
    originals = Originals(tmp_path / "a", SharedStorage(url))
    with pytest.raises(PassingError, match=said) as raised:
        originals.keep([b"%PDF-1.7"])
    assert "nothing was lost" in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1
    assert [path for path in (tmp_path / "a").rglob("*") if path.is_file()] == []


def test_refused_access_passes_and_names_the_remedy(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """moto lets everyone in, so the refusal is given by the client's own words for it."""
    shared = SharedStorage(URL)

    def refuse(*_arguments: object, **_named: object) -> None:
        raise PermissionError("Access Denied")

    monkeypatch.setattr(shared._system, "pipe_file", refuse)
    with pytest.raises(PassingError, match="rights of this key"):
        shared.put("originals/a", b"one")
    monkeypatch.undo()


@pytest.mark.parametrize(
    "url",
    ["bucket/prefix", "file:///data", "s3://", "s3:///x", "s3://key:secret@host/x", "s3://host:9000/x", "s3://b?x"],
)
def test_url_that_is_none_of_s3_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="s3://bucket/prefix"):
        shared_storage(url)


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(InstallationError, match=r"qi-pipeline\[s3\]"):
        SharedStorage(URL)


def test_without_the_setting_nothing_of_it_is_loaded(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "import qi_pipeline.ingest\n"
        "from qi_pipeline.intake.originals import Originals\n"
        "from qi_pipeline.intake.storage import shared_storage\n"
        "assert shared_storage('') is None\n"
        "Originals(Path(sys.argv[1]), shared_storage('')).keep([b'x'])\n"
        "assert not {'fsspec', 's3fs', 'botocore', 'aiohttp'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)


def test_copies_are_bounded_and_the_longest_unused_go_first(bucket: Any, tmp_path: Path) -> None:
    shared = shared_storage(URL)
    assert shared is not None
    originals = Originals(tmp_path / "originals", shared)
    first, second = originals.keep([b"1" * 1000])[0], originals.keep([b"2" * 1000])[0]
    alone = Originals(tmp_path / "originals").keep([b"3" * 1000])[0]  # kept before there was a bucket
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "abc-1.webp").write_bytes(b"p" * 500)
    given = reading(b"x", "abc-1.webp")
    cache = reader(tmp_path, shared)
    cache.put(given, pages)
    now = time.time()
    # In use: nothing goes, however little may stay.
    assert local_copies.trim(tmp_path, shared, 0, now) == 0
    # It looked a moment ago.
    assert local_copies.trim(tmp_path, shared, 0, now + 1) == 0
    later = now + local_copies.IN_USE_SECONDS + 10
    assert local_copies.trim(tmp_path, shared, 1 << 20, later) == 0
    assert originals.path(first).is_file()
    removed = local_copies.trim(tmp_path, shared, 0, later + local_copies.LOOK_SECONDS)
    assert removed >= 2500
    assert not originals.path(first).exists()
    assert not originals.path(second).exists()
    assert originals.path(alone).is_file()
    assert not (pages / "abc-1.webp").exists()
    # And all of it comes back.
    found = originals.find(first)
    assert found is not None
    assert found.read_bytes() == b"1" * 1000
    assert cache.get("a.pdf", given.sha256, pages) == given
    assert (pages / "abc-1.webp").read_bytes() == b"p" * 500


def test_copy_in_use_outlives_an_older_one(bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = shared_storage(URL)
    assert shared is not None
    originals = Originals(tmp_path / "originals", shared)
    old, used = originals.keep([b"1" * 1000])[0], originals.keep([b"2" * 1000])[0]
    times = {originals.path(old): 1000.0, originals.path(used): 2000.0}
    monkeypatch.setattr(local_copies, "_used", lambda info: times[by_inode[info.st_ino]])
    by_inode = {path.stat().st_ino: path for path in times}
    assert local_copies.trim(tmp_path, shared, 1000, 1e6) == 1000
    assert not originals.path(old).exists()
    assert originals.path(used).is_file()


def test_reading_stays_the_same_file_without_shared_storage(tmp_path: Path) -> None:
    """The layout of a workspace does not change: JSON beside hard links."""
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "abc-1.webp").write_bytes(b"picture")
    given = reading(b"x", "abc-1.webp")
    reader(tmp_path, None).put(given, pages)
    (stored,) = (tmp_path / "readings").rglob("reading.json")
    assert json.loads(stored.read_bytes()) == to_json(given)
    assert (stored.parent / "abc-1.webp").samefile(pages / "abc-1.webp")
    assert readings.READING_VERSION


def test_second_machine_reads_nothing_that_the_first_has_read(bucket: Any, tmp_path: Path) -> None:
    given = reading(b"x", "abc-1.webp")
    limits = default_policy().limits
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "abc-1.webp").write_bytes(b"picture")
    own = replace(reader(tmp_path / "a", shared_storage(URL)), engine=engine_version("rapidocr"))
    own.put(given, tmp_path / "pages")
    settings = load_settings({"QI_HOME": str(tmp_path), "QI_STORAGE": URL})
    asked = TypedFile(name="b.pdf", path=tmp_path / "none", sha256=given.sha256, media_type="application/pdf")
    # Its reading processes can't even start: whatever had to be read would fail.
    with ReaderPool(settings, limits, command=(sys.executable, "-c", "raise SystemExit(9)")) as pool:
        (found,) = pool.read([asked], tmp_path / "b" / "pages", tmp_path / "b" / "readings")
    assert found == replace(given, file="b.pdf")
    assert (tmp_path / "b" / "pages" / "abc-1.webp").is_file()


def test_storage_that_is_away_costs_a_packet_only_time(
    bucket: Any, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with workspace(tmp_path / "home") as (doors, pool):
        doors = replace(doors, settings=replace(doors.settings, storage=URL))
        packet = good_packet()
        drop(doors, pool, packet, "one")
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        with pytest.raises(PassingError, match="nothing was lost"):
            run_ingest(doors, DAY)
        assert keys(bucket) == []
        assert [path.name for path in (tmp_path / "home" / ".qi" / "claims").glob("*/one")] == ["one"]
        monkeypatch.setenv("AWS_ENDPOINT_URL", server)
        storage._opened.cache_clear()
        run = run_ingest(doors, DAY)
        assert [(entry["packet"], entry["outcome"]) for entry in run.packets] == [("one", "admit")]
        assert len(doors.store.packets()) == 1
        assert not any((tmp_path / "home" / ".qi" / "claims").iterdir())
        files = sorted(path for path in (tmp_path / "home" / "archive").rglob("*") if path.is_file())
        stored = {key.rpartition("/")[2] for key in keys(bucket)}
        assert {sha(path.read_bytes()) for path in files if path.name != ".ready"} <= stored


def test_two_machines_share_one_register(bucket: Any, tmp_path: Path) -> None:
    """Each with an inbox of its own; database and bucket are one."""
    with workspace(tmp_path / "a") as (here, pool), workspace(tmp_path / "b") as (there, other):
        here = replace(here, settings=replace(here.settings, storage=URL))
        there = replace(there, store=here.store, settings=replace(there.settings, storage=URL))
        packet = good_packet()
        drop(here, pool, packet, "one")
        drop(there, other, packet, "one")
        assert [entry["outcome"] for entry in run_ingest(here, DAY).packets] == ["admit"]
        run = run_ingest(there, DAY)
        assert run.packets == []
        assert [entry["of"] for entry in run.duplicates] == ["one"]
        # What was judged there can be looked at here.
        (row,) = [row for row in here.store.packets() if row.state != "duplicate"]
        hashes = [file.sha256 for file in here.store.facts_of(row.id).files if file.sha256 is not None]
        originals = Originals(tmp_path / "c", shared_storage(URL))
        assert all(originals.find(each) is not None for each in hashes)


def test_what_is_removed_is_gone_with_every_reading_of_it(bucket: Any, tmp_path: Path) -> None:
    """At the end of its term a paper leaves the bucket: its bytes, and what any version of the program read of it."""
    settings = load_settings({"QI_HOME": str(tmp_path / "a"), "QI_STORAGE": URL})
    inbox.prepare(settings)
    shared = shared_storage(URL)
    assert shared is not None
    gone, kept = (Originals(settings.work / "originals", shared).keep([data])[0] for data in (b"x", b"y"))
    (tmp_path / "pages").mkdir()
    for engine in ("e 1", "e 2"):
        for data in (b"x", b"y"):
            replace(reader(settings.work, shared), engine=engine).put(reading(data, None), tmp_path / "pages")
    assert len(shared.below("readings")) == 2
    assert shared.below("nothing") == []
    retention._remove(settings, {"originals": [gone], "folders": []})
    assert len(keys(bucket)) == 3
    assert all(kept in key for key in keys(bucket))
    assert not list(settings.work.rglob(gone))
    retention._remove(settings, {"originals": [gone], "folders": []})


def examined(home: Path, **environment: str) -> dict[str, tuple[str, str]]:
    """What the doctor says of the storage: state and remedy by name."""
    settings = load_settings({"QI_HOME": str(home), **environment})
    return {check.name: (check.state, check.remedy) for check in storages.examine(settings, DAY)}


def test_doctor_tries_the_bucket_and_leaves_nothing(bucket: Any, tmp_path: Path) -> None:
    assert examined(tmp_path) == {"bucket": ("ok", "")}
    sound = {"bucket": ("ok", ""), "removal": ("ok", ""), "copies": ("ok", "")}
    assert examined(tmp_path, QI_STORAGE=URL) == sound
    assert keys(bucket) == []
    state, remedy = examined(tmp_path, QI_STORAGE=URL, QI_STORAGE_CACHE_MB=str(1 << 30))["copies"]
    assert (state, "QI_STORAGE_CACHE_MB" in remedy) == ("warning", True)


@pytest.mark.parametrize(
    ("url", "variable", "value", "said"),
    [
        ("s3://qi-absent/wuxi", None, "", "create it or mend QI_STORAGE"),
        ("file:///data", None, "", "mend it"),
        (URL, "AWS_ENDPOINT_URL", "http://127.0.0.1:9", "AWS_ENDPOINT_URL"),
        (URL, "AWS_ACCESS_KEY_ID", None, "AWS_ACCESS_KEY_ID"),
    ],
)
def test_doctor_names_what_keeps_the_bucket_away(
    bucket: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    variable: str | None,
    value: str | None,
    said: str,
) -> None:
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    if variable is not None and value is not None:
        monkeypatch.setenv(variable, value)
    elif variable is not None:
        monkeypatch.delenv(variable)
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    found = examined(tmp_path, QI_STORAGE=url)
    assert found.keys() == {"bucket"}
    assert found["bucket"][0] == "fault"
    assert said in found["bucket"][1]


def test_doctor_does_without_the_right_to_remove_and_says_so(
    bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_named: object) -> None:
        raise PermissionError("Access Denied")

    def no_removal(url: str) -> SharedStorage:
        shared = SharedStorage(url)
        monkeypatch.setattr(shared._system, "rm_file", refuse)
        return shared

    monkeypatch.setattr(storages, "SharedStorage", no_removal)
    for _ in range(2):
        found = examined(tmp_path, QI_STORAGE=URL)
        assert found["bucket"] == ("ok", "")
        assert found["removal"][0] == "warning"
        assert "retention run" in found["removal"][1]
    assert keys(bucket) == ["wuxi/doctor/trial"]


def test_doctor_sees_a_bucket_that_gives_back_other_bytes(
    bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SharedStorage, "read", lambda *_given: b"as it was an hour ago")
    assert examined(tmp_path, QI_STORAGE=URL)["bucket"][0] == "fault"
    assert keys(bucket) == []
