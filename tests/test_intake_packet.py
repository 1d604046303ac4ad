"""What a packet holds: files as originals, failures with their codes, bombs, and the hash that names its bytes."""

import io
import os
import struct
import time
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from qi_pipeline.errors import PassingError
from qi_pipeline.intake import archives, disk, names, zipdir
from qi_pipeline.intake.originals import Originals
from qi_pipeline.intake.packet import PacketContents, PacketRefused, open_packet
from qi_pipeline.policy import default_policy

LIMITS = default_policy().limits
MIB = 1 << 20


@pytest.fixture
def store(tmp_path):
    return tmp_path / "originals"


def zipped(members: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.comment = comment
        for name, data in members.items():
            info = zipfile.ZipInfo(name)  # always of 1980, so that the same members give the same bytes
            info.compress_type = method
            archive.writestr(info, data)
    return buffer.getvalue()


def opened(tmp_path: Path, data: bytes, name: str = "wx.zip", limits=LIMITS) -> PacketContents:
    path = tmp_path / name
    path.write_bytes(data)
    return open_packet(path, limits, tmp_path / "originals")


def found(contents: PacketContents) -> dict[str, bytes]:
    return {file.name: file.path.read_bytes() for file in contents.files}


def failed(contents: PacketContents) -> dict[str, str]:
    return {failure.file: failure.code for failure in contents.failures}


def patched(data: bytes, *, central: int | None = None, local: int | None = None, offset: int, value: bytes) -> bytes:
    """The zip with bytes of its n-th central or local header overwritten."""
    sign = b"PK\x01\x02" if local is None else b"PK\x03\x04"
    at = -1
    for _ in range((central if local is None else local) + 1):
        at = data.index(sign, at + 1)
    return data[: at + offset] + value + data[at + offset + len(value) :]


def test_a_folder_gives_its_files_in_the_order_people_sort_them(tmp_path, store):
    folder = tmp_path / "wx"
    (folder / "scans").mkdir(parents=True)
    for name in ("p10.jpg", "p2.jpg", "scans/a.pdf", "application.json", ".ready", "Thumbs.db", "scans/.x.pdf"):
        (folder / name).write_bytes(name.encode())
    contents = open_packet(folder, LIMITS, store)
    assert list(found(contents).items()) == [
        (name, name.encode()) for name in ("application.json", "p2.jpg", "p10.jpg", "scans/a.pdf")
    ]
    assert contents.form is not None
    assert contents.form.name == "application.json"
    assert [file.name for file in contents.papers] == ["p2.jpg", "p10.jpg", "scans/a.pdf"]
    assert contents.failures == ()


def test_originals_are_read_only_named_by_their_hash_and_shared(tmp_path, store):
    folder = tmp_path / "wx"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(b"same")
    (folder / "b.pdf").write_bytes(b"same")
    first, second = open_packet(folder, LIMITS, store).files
    assert first.path == second.path == store / first.sha256[:2] / first.sha256
    assert first.path.stat().st_mode & 0o777 == 0o444
    (folder / "a.pdf").write_bytes(b"changed after it was read")
    assert first.path.read_bytes() == b"same"
    assert Originals(store).intact(first.sha256)
    first.path.chmod(0o644)
    first.path.write_bytes(b"Same")
    assert not Originals(store).intact(first.sha256)


def test_links_pipes_and_devices_inside_are_never_followed(tmp_path, store):
    folder = tmp_path / "wx"
    folder.mkdir()
    (folder / "good.pdf").write_bytes(b"%PDF")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "s.pdf").write_bytes(b"secret")
    (folder / "link.pdf").symlink_to(tmp_path / "secret" / "s.pdf")
    (folder / "folder").symlink_to(tmp_path / "secret")
    (folder / "broken.pdf").symlink_to("nowhere")
    os.mkfifo(folder / "pipe.pdf")
    contents = open_packet(folder, LIMITS, store)
    assert found(contents) == {"good.pdf": b"%PDF"}
    assert failed(contents) == dict.fromkeys(["link.pdf", "folder", "broken.pdf", "pipe.pdf"], "unsafe_path")


def test_a_single_file_is_a_packet_of_one(tmp_path):
    contents = opened(tmp_path, b"%PDF-1.7", "cma.pdf")
    assert found(contents) == {"cma.pdf": b"%PDF-1.7"}
    assert failed(opened(tmp_path, b"", "empty.pdf")) == {"empty.pdf": "empty"}


def test_content_and_not_the_ending_says_what_is_an_archive(tmp_path):
    assert found(opened(tmp_path, zipped({"a.pdf": b"A"}), "scan.pdf")) == {"a.pdf": b"A"}
    assert found(opened(tmp_path, b"%PDF-1.7", "really.zip")) == {"really.zip": b"%PDF-1.7"}
    ofd = zipped({"OFD.xml": b"<ofd/>", "Doc_0/Document.xml": b"<d/>"})
    assert found(opened(tmp_path, ofd, "x.ofd")) == {"x.ofd": ofd}
    office = zipped({"[Content_Types].xml": b"<t/>", "word/document.xml": b"<d/>"})
    assert list(found(opened(tmp_path, zipped({"rules.docx": office, "e.ofd": ofd})))) == ["e.ofd", "rules.docx"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"Rar!\x1a\x07\x01\x00", "unsupported_type"),
        (b"7z\xbc\xaf\x27\x1c", "unsupported_type"),
        (b"not a zip at all", "corrupt"),
        (zipped({"a.pdf": b"A" * 500})[:-30], "corrupt"),
        (zipped({"a.pdf": os.urandom(500)})[40:], "corrupt"),
        (zipped({}), "empty"),
        (zipped({"__MACOSX/._a.pdf": b"x", ".DS_Store": b"y"}), "empty"),
    ],
)
def test_a_zip_from_which_nothing_comes_says_why(tmp_path, data, code):
    contents = opened(tmp_path, data)
    assert contents.files == ()
    assert failed(contents) == {"wx.zip": code}
    assert contents.blame is not None
    assert contents.blame.code == code


def test_an_empty_folder_is_empty(tmp_path, store):
    (tmp_path / "wx").mkdir()
    blame = open_packet(tmp_path / "wx", LIMITS, store).blame
    assert blame.code == "empty"
    assert "hand it in again" in blame.message


def gbk_zip(names_in: dict[bytes, bytes]) -> bytes:
    """A zip as old Chinese Windows writes it: names in GBK, no UTF-8 flag."""
    plain = {chr(65 + number) * len(raw): data for number, (raw, data) in enumerate(names_in.items())}
    data = zipped(plain)
    for placeholder, raw in zip(plain, names_in, strict=True):
        data = data.replace(placeholder.encode(), raw)
    return data


def test_names_are_utf8_else_gb18030_whatever_the_flag_says(tmp_path):
    wanted = {"营业执照.pdf": b"1", "附件\\资质认定证书.pdf": b"2", "㐀𠮷.pdf": b"3"}
    for encoding in ("utf-8", "gb18030"):
        data = gbk_zip({name.encode(encoding): content for name, content in wanted.items()})
        assert found(opened(tmp_path, data)) == {name.replace("\\", "/"): content for name, content in wanted.items()}
    flagged = patched(gbk_zip({"执照.pdf".encode("gbk"): b"1"}), central=0, offset=8, value=b"\x00\x08")
    assert found(opened(tmp_path, flagged)) == {"执照.pdf": b"1"}


def test_the_unicode_path_field_wins_where_it_belongs_to_the_name(tmp_path):
    raw, real = b"????.pdf", "执照.pdf".encode()
    extra = struct.pack("<2HBL", 0x7075, 5 + len(real), 1, zlib.crc32(raw)) + real
    info = zipfile.ZipInfo(raw.decode())
    info.extra = extra
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, b"1")
    assert found(opened(tmp_path, buffer.getvalue())) == {"执照.pdf": b"1"}


def test_paths_that_lead_out_are_named_and_the_rest_is_read(tmp_path):
    members = {name: b"x" for name in ("../up.pdf", "/etc/passwd", "a/../../b.pdf", "C:\\x.pdf", "..\\w.pdf")}
    contents = opened(tmp_path, zipped({**members, "good..pdf": b"good"}))
    assert found(contents) == {"good..pdf": b"good"}
    assert set(failed(contents).values()) == {"unsafe_path"}
    assert len(failed(contents)) == 5
    assert not (tmp_path / "up.pdf").exists()


def test_names_that_begin_where_they_stand_are_names_and_no_hidden_files(tmp_path):
    """Some programs pack ``./a.pdf``, and a folder ``./`` before it; only what is really hidden is passed over."""
    members = {"./": b"", "./a.pdf": b"A", "./sub/./b.pdf": b"B", "sub//c.pdf": b"C", "./.git/d.pdf": b"D", ".": b""}
    assert found(opened(tmp_path, zipped(members))) == {"a.pdf": b"A", "sub/b.pdf": b"B", "sub/c.pdf": b"C"}
    contents = opened(tmp_path, zipped({"a.pdf": b"1", "./a.pdf": b"2", "x/../../b.pdf": b"3"}))
    assert sorted(found(contents)) == ["a (2).pdf", "a.pdf"]
    assert failed(contents) == {"x/../../b.pdf": "unsafe_path"}


def test_a_member_without_a_name_is_named_as_one(tmp_path):
    data = bytearray(zipped({"a.pdf": b"A", "b.pdf": b"B"}))
    at = data.index(b"PK\x01\x02")
    data[at + 28 : at + 32] = struct.pack("<2H", 0, 5)  # no name; its letters become an extra field
    contents = opened(tmp_path, bytes(data))
    assert found(contents) == {"b.pdf": b"B"}
    assert failed(contents) == {"(no name)": "unsafe_path"}


@pytest.mark.parametrize("kind", [0o120777, 0o010644, 0o020644, 0o060644, 0o140644])
def test_links_pipes_and_devices_in_a_zip_are_unsafe(tmp_path, kind):
    info = zipfile.ZipInfo("evil.pdf")
    info.create_system = 3
    info.external_attr = kind << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, "/etc/passwd")
        archive.writestr("good.pdf", b"good")
    contents = opened(tmp_path, buffer.getvalue())
    assert (found(contents), failed(contents)) == ({"good.pdf": b"good"}, {"evil.pdf": "unsafe_path"})


def test_a_bad_member_does_not_spoil_the_others(tmp_path):
    data = zipped({"a.pdf": b"a" * 100, "b.pdf": b"b" * 100, "c.pdf": b"", "d.pdf": b"d"})
    locked = patched(data, central=0, offset=8, value=b"\x01\x00")
    assert failed(opened(tmp_path, locked)) == {"a.pdf": "encrypted", "c.pdf": "empty"}
    wrong_sum = patched(data, central=1, offset=16, value=b"\0\0\0\0")
    contents = opened(tmp_path, wrong_sum)
    assert failed(contents) == {"b.pdf": "corrupt", "c.pdf": "empty"}
    assert sorted(found(contents)) == ["a.pdf", "d.pdf"]


@pytest.mark.parametrize(("method", "word"), [(9, "Deflate64"), (14, "LZMA"), (93, "Zstandard"), (77, "method 77")])
def test_an_unknown_compression_is_named(tmp_path, method, word):
    data = patched(zipped({"a.pdf": b"a", "b.pdf": b"b"}), central=0, offset=10, value=struct.pack("<H", method))
    contents = opened(tmp_path, data)
    assert failed(contents) == {"a.pdf": "unsupported_type"}
    assert word in contents.failures[0].message
    assert found(contents) == {"b.pdf": b"b"}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_usual_compressions_are_read(tmp_path, method):
    wanted = {"a.pdf": os.urandom(200_000), "b.pdf": b"b" * 300_000}
    assert found(opened(tmp_path, zipped(wanted, method=method))) == wanted


def test_a_zip_behind_other_bytes_with_a_comment_and_zip64_is_read(tmp_path):
    data = zipped({"a.pdf": b"A"}, comment=b"PK\x05\x06 a comment that looks like an end")
    assert found(opened(tmp_path, data)) == {"a.pdf": b"A"}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, archive.open("big.pdf", "w", force_zip64=True) as member:
        member.write(b"B")
    assert found(opened(tmp_path, buffer.getvalue())) == {"big.pdf": b"B"}


def test_the_same_name_twice_keeps_both(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("cma.pdf", b"one")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("cma.pdf", b"two")
    assert found(opened(tmp_path, buffer.getvalue())) == {"cma.pdf": b"one", "cma (2).pdf": b"two"}


def test_a_zip_in_a_zip_is_opened_one_level_deep(tmp_path, store):
    inner = zipped({"in.pdf": b"I", "d/in2.pdf": b"J"})
    wanted = {"more.zip!in.pdf": b"I", "more.zip!d/in2.pdf": b"J", "a.pdf": b"A"}
    assert found(opened(tmp_path, zipped({"a.pdf": b"A", "more.zip": inner}))) == wanted
    folder = tmp_path / "wx"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(b"A")
    (folder / "more.zip").write_bytes(inner)
    assert found(open_packet(folder, LIMITS, store)) == wanted


def test_a_member_called_zip_that_is_none_says_why(tmp_path):
    members = {"a.zip": b"garbage", "b.zip": b"Rar!\x1a\x07", "c.zip": b"%PDF-1.7", "d.zip": zipped({"x": b"x"})[:-9]}
    contents = opened(tmp_path, zipped(members))
    assert failed(contents) == {"a.zip": "corrupt", "b.zip": "unsupported_type", "d.zip": "corrupt"}
    assert found(contents) == {"c.zip": b"%PDF-1.7"}


def test_a_zip_two_levels_deep_is_a_bad_member_and_three_are_a_bomb(tmp_path):
    deep = zipped({"in.pdf": b"I"})
    contents = opened(tmp_path, zipped({"a.pdf": b"A", "b.zip": zipped({"c.zip": deep})}))
    assert found(contents) == {"a.pdf": b"A"}
    assert failed(contents) == {"b.zip!c.zip": "unsupported_type"}
    with pytest.raises(PacketRefused, match="archives in archives") as caught:
        opened(tmp_path, zipped({"a.pdf": b"A", "b.zip": zipped({"c.zip": zipped({"d.zip": deep})})}))
    assert caught.value.code == "archive_bomb"


def bomb(members: dict[str, bytes], **options) -> bytes:
    return zipped(members, **options)


def overlapping_zip() -> bytes:
    """Two entries of the directory that share one member's bytes."""
    data = zipped({"a.pdf": os.urandom(3000), "b.pdf": os.urandom(3000)}, method=zipfile.ZIP_STORED)
    return patched(data, central=1, offset=42, value=struct.pack("<L", 0))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: zipped({"a.pdf": bytes(10 * MIB)}), "times its size"),
        (lambda: zipped({"x.zip": zipped({"a.pdf": bytes(10 * MIB)})}), "times its size"),
        (lambda: zipped({"x.zip": zipped({"y.zip": zipped({"a.pdf": bytes(10 * MIB)})})}), "times its size"),
        (lambda: zipped({f"{n}.pdf": b"x" for n in range(LIMITS.archive_members + 1)}), "members"),
        (lambda: zipped({f"d{n}/": b"" for n in range(10 * LIMITS.archive_members + 1)}), "entries"),
        (overlapping_zip, "overlap"),
    ],
)
def test_bombs_stop_the_whole_packet(tmp_path, make, why):
    data = make()
    with pytest.raises(PacketRefused, match=why) as caught:
        opened(tmp_path, data)
    assert caught.value.code == "archive_bomb"
    assert caught.value.content_hash is not None


def test_sizes_are_counted_and_not_believed(tmp_path):
    honest = zipped({"a.pdf": bytes(10 * MIB)})
    for size in (0, 10, 0xFFFFFFF0):
        lying = patched(honest, central=0, offset=24, value=struct.pack("<L", size))
        lying = patched(lying, local=0, offset=22, value=struct.pack("<L", size))
        with pytest.raises(PacketRefused, match="times its size"):
            opened(tmp_path, lying)


def test_each_limit_one_below_and_one_above(tmp_path, store):
    small = replace(LIMITS, archive_bytes=3 * MIB, file_bytes=2 * MIB, packet_bytes=4 * MIB, packet_files=3)
    noise = os.urandom(2 * MIB)
    exact = {"a.bin.pdf": noise, "b.pdf": noise[:MIB]}
    assert len(opened(tmp_path, zipped(exact), limits=small).files) == 2
    with pytest.raises(PacketRefused, match="3 MiB unpacked"):
        opened(tmp_path, zipped({**exact, "c.pdf": b"x"}), limits=small)
    too_large = opened(tmp_path, zipped({"a.pdf": noise + b"x", "b.pdf": b"b"}), limits=small)
    assert (failed(too_large), list(found(too_large))) == ({"a.pdf": "too_large"}, ["b.pdf"])
    ratio = replace(LIMITS, archive_ratio=2)
    assert found(opened(tmp_path, zipped({"a.pdf": noise + bytes(MIB)}), limits=ratio))
    with pytest.raises(PacketRefused, match="more than 2 times"):
        opened(tmp_path, zipped({"a.pdf": noise + bytes(3 * MIB)}), limits=ratio)
    folder = tmp_path / "wx"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.pdf").write_bytes(b"x")
    assert len(open_packet(folder, small, store).files) == 3
    (folder / "d.pdf").write_bytes(b"x")
    with pytest.raises(PacketRefused, match="more than 3 files"):
        open_packet(folder, small, store)
    for name in "abc":
        (folder / f"{name}.pdf").write_bytes(noise if name != "c" else b"")
    (folder / "d.pdf").unlink()
    assert failed(open_packet(folder, small, store)) == {"c.pdf": "empty"}
    (folder / "c.pdf").write_bytes(b"x")
    with pytest.raises(PacketRefused, match="4 MiB") as caught:
        open_packet(folder, small, store)
    assert caught.value.code == "too_large"


def test_members_at_the_limit_are_read_and_junk_does_not_count(tmp_path):
    members = {f"{n:03}.pdf": b"%d" % n for n in range(LIMITS.archive_members)}
    junk = {f"__MACOSX/._{n:03}.pdf": b"junk" for n in range(LIMITS.archive_members)}
    assert found(opened(tmp_path, zipped({**members, **junk, "sub/": b""}))) == members


def test_the_same_bytes_are_recognised_under_any_name(tmp_path, store):
    data = zipped({"a.pdf": b"A"})
    assert opened(tmp_path, data, "x.zip").content_hash == opened(tmp_path, data, "y.zip").content_hash
    assert opened(tmp_path, data + b"\0", "x.zip").content_hash != opened(tmp_path, data, "y.zip").content_hash

    def folder(name: str, files: dict[str, bytes]) -> str:
        (tmp_path / name).mkdir()
        for file, content in files.items():
            (tmp_path / name / file).write_bytes(content)
        return open_packet(tmp_path / name, LIMITS, store).content_hash

    first = folder("one", {"a.pdf": b"A", "b.pdf": b"B"})
    assert folder("two", {"b.pdf": b"B", "a.pdf": b"A", ".ready": b""}) == first
    others = [
        folder("three", {"a.pdf": b"B", "b.pdf": b"A"}),
        folder("four", {"a.pdf": b"A"}),
        folder("five", {"a.pdf": b"A", "c.pdf": b"B"}),
    ]
    assert len({first, *others}) == 4


def test_too_large_files_with_different_bytes_are_different_packets(tmp_path, store):
    limits = replace(LIMITS, file_bytes=10)
    hashes = set()
    for number in range(2):
        folder = tmp_path / f"wx{number}"
        folder.mkdir()
        (folder / "a.tif").write_bytes(b"%d" % number * 20)
        contents = open_packet(folder, limits, store)
        assert failed(contents) == {"a.tif": "too_large"}
        hashes.add(contents.content_hash)
    assert len(hashes) == 2


def test_a_full_disk_keeps_nothing_half(tmp_path, store, monkeypatch):
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, "sync_file", full)
    with pytest.raises(PassingError, match="disk is full"):
        opened(tmp_path, b"%PDF", "a.pdf")
    assert [path for path in store.rglob("*") if path.is_file()] == []


@given(data=st.data())
@hypothesis_settings(max_examples=80, deadline=None)
def test_a_damaged_zip_gives_only_known_errors(tmp_path_factory, data):
    members = {"a.pdf": b"A" * 300, "目录/b.pdf": b"B", "c.zip": zipped({"d.pdf": b"D"})}
    whole = bytearray(zipped(members, method=data.draw(st.sampled_from([0, 8, 12]))))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))]) if data.draw(st.booleans()) else bytes(whole)
    folder = tmp_path_factory.mktemp("z")
    try:
        contents = opened(folder, cut)
    except PacketRefused:
        return
    for file in contents.files:
        assert file.path.stat().st_size == file.size


@given(raw=st.binary(max_size=60))
def test_any_bytes_are_a_name_that_can_be_stored_and_sorted(raw):
    name = names.decoded(raw)
    name.encode("utf-8")
    assert names.natural(name) <= names.natural(name)


@given(
    parts=st.lists(st.sampled_from(["..", ".", "a", "b.pdf", "", "C:"]), min_size=1, max_size=6),
    slash=st.sampled_from("/\\"),
)
def test_no_safe_name_leads_out_of_its_folder(parts, slash):
    name = slash.join(parts)
    if not names.unsafe(name):
        joined = os.path.normpath("/root/packet/" + name.replace("\\", "/"))
        assert (joined + "/").startswith("/root/packet/")


def test_a_hostile_directory_costs_neither_time_nor_memory(tmp_path):
    entry = zipdir._CENTRAL.pack(b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    directory = entry * 400_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(directory), 4, 0)
    started = time.perf_counter()
    with pytest.raises(PacketRefused, match="directory"):
        opened(tmp_path, b"PK\x03\x04" + directory + end)
    assert time.perf_counter() - started < 5


def test_archives_are_told_from_documents_by_what_they_hold(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(zipped({"word/document.xml": b"x"}))
    assert archives.is_archive(path, "x.docx")  # no content types: not an office file
    path.write_bytes(zipped({"a.pdf": b"A"})[:-5])
    assert archives.is_archive(path, "x.zip")
    assert not archives.is_archive(path, "x.docx")
