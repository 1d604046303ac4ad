"""The event log: appended only, chained, and every way of tampering found and named."""

import json

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from qi_pipeline.errors import UsageError
from qi_pipeline.records import events
from qi_pipeline.records.columns import canonical, packed, unpacked
from qi_pipeline.records.events import Event
from qi_pipeline.records.store import Store, verify
from records_cases import Database


@pytest.fixture(params=["sqlite", "postgresql"])
def base(request, tmp_path):
    made = Database(request.param, tmp_path)
    yield made
    made.close()


@pytest.fixture
def log(base):
    """A log of seven events."""
    with Store(base.url) as store:
        for number in range(1, 8):
            with store.write() as (_, happened):
                happened.append(Event(kind="packet.taken", subject=f"p{number}", data={"name": f"证{number}"}))
    return base


def test_a_whole_log_is_whole(log):
    check = verify(log.url)
    assert (check.ok, check.count, check.first_bad, check.why) == (True, 7, None, None)
    assert check.head.startswith("7:")


def test_an_empty_log_is_whole(base):
    check = verify(base.url)
    assert (check.ok, check.count) == (True, 0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET data = '{}' WHERE seq = 3",
        "DELETE FROM events WHERE seq = 7",
        "INSERT INTO events SELECT seq + 2, at, kind, subject, data, prev_hash, hash FROM events WHERE seq = 7",
        "INSERT INTO events SELECT seq - 7, at, kind, subject, data, prev_hash, hash FROM events WHERE seq = 7",
        "UPDATE event_head SET seq = 3",
        "DELETE FROM event_head",
    ],
)
def test_triggers_refuse_to_change_the_log(log, statement):
    engine = sa.create_engine(log.url)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
    assert verify(log.url).ok


def test_sqlite_refuses_a_replacing_insert_and_postgresql_a_truncate(log):
    statement = "INSERT OR REPLACE INTO events SELECT * FROM events WHERE seq = 7"
    if log.kind == "postgresql":
        statement = "TRUNCATE events"
    engine = sa.create_engine(log.url)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.mark.parametrize("column", ["at", "kind", "subject", "data"])
@pytest.mark.parametrize("row", [1, 4, 7])
def test_a_changed_row_is_found_and_named(log, column, row):
    log.tamper(f"UPDATE events SET {column} = {column} || ' ' WHERE seq = {row}")
    check = verify(log.url)
    assert (check.ok, check.count, check.first_bad) == (False, row - 1, row)
    assert check.why == f"row {row} was changed"


def test_a_changed_hash_is_found(log):
    log.tamper("UPDATE events SET hash = prev_hash WHERE seq = 4")
    check = verify(log.url)
    assert (check.ok, check.first_bad) == (False, 4)


@pytest.mark.parametrize(
    ("rows", "first", "said"),
    [("3", 3, "row 3 removed"), ("3, 4, 5", 3, "rows 3 to 5 removed"), ("1", 1, "row 1 removed")],
)
def test_removed_rows_are_found_and_named(log, rows, first, said):
    log.tamper(f"DELETE FROM events WHERE seq IN ({rows})")
    check = verify(log.url)
    assert (check.ok, check.first_bad) == (False, first)
    assert said in check.why


def test_a_row_removed_and_the_rest_numbered_anew_is_found(log):
    log.tamper(
        "DELETE FROM events WHERE seq = 3", *[f"UPDATE events SET seq = {n - 1} WHERE seq = {n}" for n in range(4, 8)]
    )
    check = verify(log.url)
    assert (check.ok, check.first_bad) == (False, 3)
    assert "does not continue row 2" in check.why


def test_an_inserted_row_is_found_and_named(log):
    log.tamper(
        "INSERT INTO events SELECT seq - 7, at, kind, subject, data, prev_hash, hash FROM events WHERE seq = 7",
    )
    check = verify(log.url)
    assert (check.ok, check.first_bad) == (False, 0)
    assert "inserted" in check.why


def test_a_cut_end_is_found_by_the_head(log):
    log.tamper("DELETE FROM events WHERE seq > 5")
    check = verify(log.url)
    assert (check.ok, check.count, check.first_bad) == (False, 5, 6)
    assert "rows 6 to 7 are missing" in check.why


def test_rows_added_past_the_head_and_a_lost_head_are_found(log):
    log.tamper("UPDATE event_head SET seq = 6")
    assert "past the head" in verify(log.url).why
    log.tamper("DELETE FROM event_head")
    assert "head of the log was removed" in verify(log.url).why


def test_a_cut_end_with_the_head_set_back_is_found_by_a_head_kept_elsewhere(log):
    kept = verify(log.url).head
    log.tamper(
        "DELETE FROM events WHERE seq > 5",
        "UPDATE event_head SET seq = 5, hash = (SELECT hash FROM events WHERE seq = 5)",
    )
    assert verify(log.url).ok  # what the database alone can't know, as the docstring says
    check = verify(log.url, known_head=kept)
    assert (check.ok, check.first_bad) == (False, 6)
    assert "row 7 was seen before" in check.why


def test_a_head_that_is_none_is_refused(log):
    with pytest.raises(UsageError, match="not a head"):
        verify(log.url, known_head="seven")


def test_a_log_written_anew_is_found_by_a_head_kept_elsewhere(log):
    kept = verify(log.url).head
    log.tamper("DELETE FROM events", f"UPDATE event_head SET seq = 0, hash = '{events.GENESIS}'")
    with Store(log.url) as store:
        for number in range(1, 8):
            with store.write() as (_, happened):
                happened.append(Event(kind="packet.taken", subject=f"p{number}", data={"name": "another"}))
    assert verify(log.url).ok
    check = verify(log.url, known_head=kept)
    assert (check.ok, check.first_bad) == (False, 1)
    assert "written anew in one or more of rows 1 to 7" in check.why


def test_events_of_a_transaction_that_fails_are_not_in_the_log(base):
    def fails(store: Store) -> None:
        with store.write() as (connection, happened):
            events.append(connection, [Event(kind="x", subject="y", data={})])
            happened.append(Event(kind="x", subject="z", data={}))
            raise ZeroDivisionError

    with Store(base.url) as store:
        with pytest.raises(ZeroDivisionError):
            fails(store)
        assert store.verify_log().count == 0


def test_data_that_many_events_hold_is_masked_and_said_whole_of_each(base):
    shared = {"text": "电话13812345678"}
    with Store(base.url) as store:
        store.actor = {"by": "李", "role": "运维机构"}
        with store.write() as (connection, happened):
            happened += [Event(kind="k", subject=name, data=shared) for name in ("a", "b")]
            # Data that is gone as soon as it was said must not be taken for what comes after it.
            events.append(connection, (Event(kind="k", subject="c", data={"n": n}) for n in range(5)))
        assert shared == {"text": "电话13812345678"}
        assert [event.data for event in store.events_of("c")] == [{"n": n} for n in range(5)]
        said = {"text": "电话138****5678", "by": "李", "role": "运维机构"}
        assert [event.data for name in "ab" for event in store.events_of(name)] == [said, said]
        assert store.verify_log().count == 7


def test_events_of_a_subject_come_in_their_order(base):
    with Store(base.url) as store:
        for kind in ("a", "b"):
            with store.write() as (_, happened):
                happened += [Event(kind=kind, subject="p1", data={"n": 1}), Event(kind=kind, subject="p2", data={})]
        assert [(event.seq, event.kind, event.data) for event in store.events_of("p1")] == [
            (1, "a", {"n": 1}),
            (3, "b", {"n": 1}),
        ]


def test_a_long_log_is_checked_page_by_page(base, monkeypatch):
    monkeypatch.setattr(events, "_PAGE", 10)
    with Store(base.url) as store:
        with store.write() as (_, happened):
            happened += [Event(kind="k", subject=str(number), data={}) for number in range(35)]
        assert store.verify_log().count == 35


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(value=json_values)
def test_canonical_json_is_the_same_after_a_round_trip(value):
    text = canonical(value)
    assert canonical(json.loads(text)) == text


@given(value=json_values)
def test_packed_json_comes_back(value):
    assert canonical(unpacked(packed(value))) == canonical(value)


def test_packed_json_that_unfolds_without_end_is_refused():
    import zlib

    with pytest.raises(ValueError, match="larger than 64 MiB"):
        unpacked(zlib.compress(b" " * (65 << 20)))
    with pytest.raises(ValueError, match="cut short"):
        unpacked(packed({"a": "b" * 1000})[:-5])


def test_numbers_without_a_value_are_not_json():
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"a": float("nan")})
