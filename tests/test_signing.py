"""Signed heads: whatever is done to the log, or to what was signed of it, is found and named."""

import json
from datetime import date

import pytest
import sqlalchemy as sa

from qi_pipeline.cli.main import main
from qi_pipeline.errors import InstallationError, UsageError
from qi_pipeline.records import events, signing
from qi_pipeline.records.events import Event
from qi_pipeline.records.store import Store
from qi_pipeline.settings import load_settings
from records_cases import Database

FIRST, SECOND = date(2026, 11, 21), date(2026, 11, 22)


@pytest.fixture(params=["sqlite", "postgresql"])
def base(request, tmp_path):
    made = Database(request.param, tmp_path)
    yield made
    made.close()


def settings(tmp_path, base, **more):
    return load_settings({"QI_HOME": str(tmp_path), "QI_DATABASE_URL": base.url, **more})


def add(store: Store, *numbers: int) -> None:
    for number in numbers:
        with store.write() as (_, happened):
            happened.append(Event(kind="packet.taken", subject=f"p{number}", data={"name": f"证{number}"}))


@pytest.fixture
def signed(base, tmp_path):
    """A log of nine events with its key, signed at events 5 and 8; the last is not signed. Event 4 names the key."""
    signing.make_key(tmp_path / "signing.key")
    given = settings(tmp_path, base)
    with Store(base.url) as store:
        add(store, 1, 2, 3)
        signing.sign_head(store, given, FIRST)
        assert [head.seq for head in signing.stored_heads(store)] == [4]
        add(store, 5)
        signing.sign_head(store, given, FIRST)
        add(store, 6, 7, 8)
        assert signing.sign_head(store, given, SECOND).signed
        add(store, 9)
    return base, given


def prove(base, given):
    with Store(base.url) as store:
        return signing.prove(store, given)


def rechain(base, first: int) -> None:
    """Compute all hashes from this row on anew, as somebody does who knows how the log is made."""
    engine = sa.create_engine(base.url)
    with engine.begin() as connection:
        rows = connection.exec_driver_sql("SELECT seq, at, kind, subject, data, hash FROM events ORDER BY seq").all()
        previous = events.GENESIS
        for number, row in enumerate(rows, 1):
            digest = events._hash(previous, number, row.at, row.kind, row.subject, row.data)
            if number >= first:
                connection.exec_driver_sql(f"UPDATE events SET seq = {-number} WHERE seq = {row.seq}")
                connection.exec_driver_sql(
                    f"UPDATE events SET prev_hash = '{previous}', hash = '{digest}' WHERE seq = {-number}"
                )
            previous = digest
        connection.exec_driver_sql("UPDATE events SET seq = -seq WHERE seq < 0")
        connection.exec_driver_sql(f"UPDATE event_head SET seq = {len(rows)}, hash = '{previous}'")
    engine.dispose()


def test_a_signed_log_is_proven_and_what_is_not_signed_is_said(signed):
    proof = prove(*signed)
    assert proof.check.ok, proof.check
    assert (proof.heads, proof.signed.seq, proof.signed.as_of, proof.unsigned) == (3, 8, "2026-11-22", 1)
    assert proof.notes == ()


@pytest.mark.parametrize(
    ("statements", "bad", "why"),
    [
        (["UPDATE events SET data = '{}' WHERE seq = 3"], 3, "row 3 was changed"),
        (["DELETE FROM events WHERE seq = 6"], 6, "row 6 removed"),
        (
            ["INSERT INTO events SELECT seq + 1, at, kind, subject, data, hash, hash FROM events WHERE seq = 9"],
            10,
            "row 10 was changed",
        ),
        (["DELETE FROM events WHERE seq >= 8"], 8, "the end was cut: rows 8 to 9"),
        (
            [
                "UPDATE events SET seq = -6 WHERE seq = 6",
                "UPDATE events SET seq = 6 WHERE seq = 7",
                "UPDATE events SET seq = 7 WHERE seq = -6",
            ],
            6,
            "row 6 does not continue row 5",
        ),
    ],
    ids=["changed", "removed", "inserted", "truncated", "swapped"],
)
def test_tampering_is_named(signed, statements, bad, why):
    base, given = signed
    base.tamper(*statements)
    proof = prove(base, given)
    assert (proof.check.ok, proof.check.first_bad) == (False, bad)
    assert why in proof.check.why


@pytest.mark.parametrize(
    ("statement", "rechained_from", "bad"),
    [
        ("UPDATE events SET data = '{}' WHERE seq = 7", 7, 6),
        ("DELETE FROM events WHERE seq = 2", 2, 1),
        ("UPDATE events SET subject = 'p77' WHERE seq = 4", 4, 1),
    ],
    ids=["changed", "removed", "changed-at-a-signed-row"],
)
def test_a_chain_computed_anew_is_found_by_the_signatures(signed, statement, rechained_from, bad):
    base, given = signed
    base.tamper(statement)
    rechain(base, rechained_from)
    with Store(base.url) as store:
        assert store.verify_log().ok  # the chain alone does not show it
    proof = prove(base, given)
    assert (proof.check.ok, proof.check.first_bad) == (False, bad)
    assert "was written anew in" in proof.check.why


def test_a_cut_with_the_head_set_back_is_found_although_the_database_forgot_its_signatures(signed):
    base, given = signed
    base.tamper(
        "DELETE FROM events WHERE seq > 5",
        "UPDATE event_head SET seq = 5, hash = (SELECT hash FROM events WHERE seq = 5)",
    )
    drop_heads(base, "WHERE seq > 5")
    proof = prove(base, given)
    assert (proof.check.ok, proof.check.first_bad) == (False, 6)
    assert "row 8 was seen before" in proof.check.why


def test_a_signed_head_that_was_removed_from_the_database_is_found(signed):
    base, given = signed
    drop_heads(base, "WHERE seq = 5")
    proof = prove(base, given)
    assert (proof.check.ok, proof.check.first_bad) == (False, 5)
    assert "removed from the database" in proof.check.why


def test_a_log_signed_by_another_key_is_not_the_platforms(signed, tmp_path):
    base, given = signed
    thief = tmp_path / "thief"
    thief.mkdir()
    signing.make_key(thief / "signing.key")
    drop_heads(base, "")
    base.tamper("UPDATE events SET data = '{}' WHERE seq = 2")
    rechain(base, 2)
    theirs = settings(tmp_path, base, QI_SIGNING_KEY=str(thief / "signing.key"))
    with Store(base.url) as store:
        # In a workspace of their own they can sign, but not in the platform's.
        own = load_settings({"QI_HOME": str(thief), "QI_DATABASE_URL": base.url})
        assert signing.sign_head(store, own, SECOND).signed
        assert not signing.sign_head(store, theirs, SECOND).signed
    assert not prove(base, given).check.ok


def test_a_changed_line_of_the_file_is_found(signed):
    base, given = signed
    place = signing.heads_file(given)
    lines = place.read_text().splitlines()
    changed = json.loads(lines[1]) | {"as_of": "2026-11-20"}
    place.write_text("\n".join([lines[0], json.dumps(changed), lines[2]]) + "\n")
    proof = prove(base, given)
    assert (proof.check.ok, proof.check.first_bad) == (False, 5)
    assert "signature of the head at row 5 is wrong" in proof.check.why


def test_triggers_keep_signed_heads(signed):
    base, _ = signed
    engine = sa.create_engine(base.url)
    for statement in ("DELETE FROM signed_heads", "UPDATE signed_heads SET seq = 1"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
            connection.exec_driver_sql(statement)
    engine.dispose()


def test_a_new_key_begins_an_epoch_and_old_signatures_hold(signed, tmp_path):
    base, given = signed
    (tmp_path / "signing.key").rename(tmp_path / "old.key")
    new = signing.make_key(tmp_path / "signing.key")
    with Store(base.url) as store:
        assert signing.sign_head(store, given, SECOND).head.key == new
        told = [event.data for event in store.events_of("log") if event.kind == "log.key"]
    assert [each["before"] for each in told] == [None, told[0]["key"]]
    proof = prove(base, given)
    assert (proof.check.ok, proof.heads, proof.unsigned) == (True, 4, 0)


def test_signing_again_signs_nothing_new_and_a_lost_line_is_written_again(signed):
    base, given = signed
    with Store(base.url) as store:
        first = signing.sign_head(store, given, SECOND)
        assert signing.sign_head(store, given, SECOND) == first
        assert len(signing.stored_heads(store)) == 4
    place = signing.heads_file(given)
    whole = place.read_bytes()
    place.write_bytes(whole[:-30])  # cut off by a crash
    assert not prove(base, given).check.ok
    place.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))  # the crash came before it
    assert prove(base, given).check.ok
    with Store(base.url) as store:
        signing.sign_head(store, given, SECOND)
    assert place.read_bytes() == whole


def test_a_broken_log_is_never_signed(signed):
    base, given = signed
    base.tamper("UPDATE events SET data = '{}' WHERE seq = 9")
    with Store(base.url) as store:
        answer = signing.sign_head(store, given, SECOND)
    assert (answer.signed, answer.reason) == (False, "row 9 was changed")


def test_without_a_key_nothing_is_signed_and_it_is_said(base, tmp_path):
    given = settings(tmp_path, base)
    with Store(base.url) as store:
        add(store, 1)
        assert signing.sign_head(store, given, FIRST).to_json() == {
            "signed": False,
            "signed_to": None,
            "reason": "no_key",
        }
    proof = prove(base, given)
    assert (proof.check.ok, proof.unsigned) == (True, 1)
    assert "no night was signed" in proof.notes[0]


def test_a_key_is_made_once_for_its_owner_alone(tmp_path):
    place = tmp_path / "k.pem"
    assert len(signing.make_key(place)) == 64
    assert place.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UsageError, match="there already"):
        signing.make_key(place)
    place.chmod(0o640)
    with pytest.raises(InstallationError, match="chmod 600"):
        signing.load_key(place)
    place.chmod(0o600)
    place.write_text("no key")
    with pytest.raises(InstallationError, match="no Ed25519 key"):
        signing.load_key(place)


def drop_heads(base, where: str) -> None:
    engine = sa.create_engine(base.url)
    with engine.begin() as connection:
        if base.kind == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER IF EXISTS signed_heads_kept")
        else:
            connection.exec_driver_sql("ALTER TABLE signed_heads DISABLE TRIGGER USER")
        connection.exec_driver_sql(f"DELETE FROM signed_heads {where}")
    engine.dispose()


@pytest.mark.sqlite  # a typed column takes no garbage
@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE signed_heads SET as_of = 'garbage' WHERE seq = 5", "the signature of the head at row 5 is wrong"),
        ("UPDATE signed_heads SET seq = 'garbage' WHERE seq = 5", "signed_heads, row 2: no signed head"),
        ("UPDATE signed_heads SET hash = x'00ff' WHERE seq = 5", "signed_heads, row 2: no signed head"),
        ("UPDATE events SET data = x'00ff' WHERE seq = 6", "row 6 was changed"),
        ("UPDATE events SET subject = CAST(x'ffff' AS TEXT) WHERE seq = 6", "row 6 can't be read as text"),
        ("UPDATE events SET data = 'no json' WHERE seq = 4", "row 4 was changed"),
        ("UPDATE event_head SET seq = 'garbage'", "the head does not name row 9"),
        ("DROP TABLE events", "the table events is gone"),
        ("DROP TABLE event_head", "the table event_head is gone"),
        ("DROP TABLE signed_heads", "the table signed_heads is gone"),
    ],
)
def test_garbage_and_what_is_gone_are_named_and_never_unexpected(tmp_path, capsys, monkeypatch, statement, why):
    base = Database("sqlite", tmp_path)
    monkeypatch.setenv("QI_HOME", str(tmp_path))
    monkeypatch.setenv("QI_DATABASE_URL", base.url)
    signing.make_key(tmp_path / "signing.key")
    given = settings(tmp_path, base)
    with Store(base.url) as store:
        for number, day in ((1, FIRST), (4, FIRST), (8, SECOND)):
            add(store, *range(number, number + (3 if number != 4 else 1)))
            signing.sign_head(store, given, day)
        add(store, 9)
    base.tamper("DROP TRIGGER signed_heads_unchanged", statement)
    assert main(["verify-log", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is False
    assert why in answer["reason"]
    assert main(["verify-log"]) == 1
    said = capsys.readouterr().err
    assert "restore it from a backup" in said or "restore the file from a backup" in said
    assert "unexpected" not in said
    base.close()


@pytest.mark.parametrize(
    "line", ["garbage", "[1]", "5", '{"seq": "8"}', "[" * 3000, '{"seq": 8, "hash": null}', "\x00ÿ"]
)
def test_garbage_in_the_file_of_heads_is_named(signed, capsys, line):
    base, given = signed
    with signing.heads_file(given).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    proof = prove(base, given)
    assert not proof.check.ok
    assert "line 4: no signed head" in proof.check.why


def test_a_log_without_its_triggers_is_not_safe(signed):
    base, given = signed
    assert prove(base, given).check.ok
    base.tamper("SELECT 1")  # nothing is changed but the triggers
    proof = prove(base, given)
    assert (proof.check.ok, proof.check.first_bad, proof.check.count) == (False, None, 9)
    assert "events_kept" in proof.check.why
